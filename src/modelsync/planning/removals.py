"""Remove entries at a person's word, so that no sync brings them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.domain.lock import Lock
from modelsync.errors import Refused
from modelsync.normalize.identity import split_vendor
from modelsync.normalize.upstream import AGGREGATOR
from modelsync.planning.adds import obstacle
from modelsync.planning.changes import Note, Remove
from modelsync.planning.claims import claims, upstream_ids
from modelsync.planning.ledger import TOMBSTONE, assign, newest_day, remembering
from modelsync.planning.match import Index
from modelsync.planning.naming import entry_named, read_names
from modelsync.planning.patterns import any_names, asked_for, pins_of
from modelsync.settings import excluded, vendors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from modelsync.catalog.entries import Entry, Section
    from modelsync.planning.context import Inputs
    from modelsync.planning.ledger import Assignment


def plan_removals(names: Sequence[str], inputs: Inputs) -> tuple[tuple[Remove, ...], tuple[Note, ...], Lock | None]:
    """Plan the removal of every entry named as `PROVIDER/KEY`; returns the changes, the notes and the lock afterwards.

    What an entry stands for upstream is tombstoned, unless another entry stands for it too; the listing of `inputs` is
    asked where the lock does not know. Raises `UsageError` where a name fits no entry, or several by their model id, and
    `Refused` where one is pinned or others need it.
    """
    chosen = _chosen(names, inputs)
    before = inputs.lock or Lock(inputs.settings.unit, inputs.settings.preset)
    entries = [entry for section in inputs.sections for entry in section.entries]
    assigned = assign(before, entries)
    going = {entry.name for entry in chosen}
    removals: list[_Removal] = []
    for section in inputs.sections:
        mine = [entry for entry in chosen if entry.provider == section.provider]
        removals += _removals(section, mine, going, assigned.lock, inputs) if mine else []
    staying = {entry.name for entry in entries} - going
    after = None
    if inputs.lock is not None:
        after = remembering(_after(assigned, staying, removals, inputs), newest_day(before))
    notes = [note for removal in removals if (note := removal.note()) is not None]
    return tuple(removal.change() for removal in removals), tuple(notes), after


def _chosen(names: Sequence[str], inputs: Inputs) -> list[Entry]:
    """Find every entry that is named, each once, and refuse one that has to stay."""
    known = (
        f"{entry.provider}/{name}"
        for section in inputs.sections
        for entry in section.entries
        for name in dict.fromkeys((entry.key, entry.model_id))
    )
    found: dict[str, Entry] = {}
    for named in read_names(names, inputs.sections, known, vendors(inputs.settings)):
        entry = entry_named(named.section, named.rest)
        found[entry.name] = entry
    for entry in found.values():
        _require_free(entry, inputs)
    return list(found.values())


def _require_free(entry: Entry, inputs: Inputs) -> None:
    if "*" in pins_of(entry, inputs):
        where = "`pinned` from the entry" if "*" in entry.pins else "its pin from the settings"
        raise Refused(f"{entry.name} is pinned", hint=f"Take {where} first; nothing was written.")
    if reason := entry.not_removable or inputs.removable(entry.path):
        raise Refused(f"{entry.name} cannot be removed: {reason}", hint="Edit it by hand; nothing was written.")


def _removals(section: Section, chosen: Iterable[Entry], going: set[str], lock: Lock, inputs: Inputs) -> list[_Removal]:
    index = Index(section.provider, inputs.models.get(section.provider, ()))
    staying = claims((entry for entry in section.entries if entry.name not in going), index, lock, inputs)
    removals: list[_Removal] = []
    for entry in chosen:
        locked = lock.entries.get(entry.name)
        former = (locked.upstream,) if locked is not None else ()
        removals.append(_Removal(entry, upstream_ids(entry, index, lock, inputs), former, staying, index, inputs))
    return removals


class _Removal:
    """One entry that goes: what it stood for, which other entry still does, and whether a sync would bring it back."""

    def __init__(
        self, entry: Entry, present: tuple[str, ...], former: tuple[str, ...], staying: dict[str, Entry], index: Index,
        inputs: Inputs,
    ) -> None:  # fmt: skip
        upstream = tuple(dict.fromkeys((*present, *former)))  # both, where the model id was edited since the last sync
        self.entry = entry
        self.upstream = upstream[0] if upstream else ""
        self.others = {name: staying[name] for name in upstream if name in staying}
        self.buried = tuple(name for name in upstream if name not in staying)
        self._known = bool(present)
        self._index = index
        self._inputs = inputs

    def change(self) -> Remove:
        """Return the change, whose reason says what becomes of the upstream model."""
        reason = "removed as you asked"
        if self._is_remembered():
            reason += f"; {', '.join(self.buried)} will not be added again"
        for name, other in self.others.items():
            reason += f"; {other.name} still stands for {name}"
        return Remove(self.entry.provider, self.entry.key, self.upstream, reason)

    def note(self) -> Note | None:
        """Return what a person should know where no tombstone keeps the entry from coming back."""
        if self._known and self._is_remembered():
            return None
        listing = self._inputs.listing
        if not self._inputs.policy.keep_by_hand:
            why = f"the preset {self._inputs.settings.preset} brings deleted entries back"
        elif self._inputs.lock is None:
            why = "there is no lock yet, so nothing remembers that it was removed"
        else:
            name = self.entry.known_as
            why = f"{name} matches no single model of the {listing.source} of {listing.day}, so nothing remembers that it was removed"
        if not (returning := self._returning()):
            tail = "a sync does not add it again of itself"
            return None if self._known else Note("forgotten", self.entry.name, f"{why}; {tail}")
        names = ", ".join(f'"{name}"' for name in returning)
        remedy = f"to prevent that, write `{self.entry.provider} = [{names}]` under [exclude] in the settings"
        return Note("forgotten", self.entry.name, f"{why}: a sync adds it again if upstream lists it; {remedy}")

    def _is_remembered(self) -> bool:
        return bool(self.buried) and self._inputs.lock is not None and self._inputs.policy.keep_by_hand

    def _returning(self) -> list[str]:
        """Return the names under which a sync would add again what the entry stood for."""
        provider = self.entry.provider
        slugs = [name if provider == AGGREGATOR else split_vendor(name)[1] for name in self.buried]
        unknown = self.entry.known_as
        return [slug for slug in (slugs if self._known else [unknown]) if self._returns(provider, slug)]

    def _returns(self, provider: str, slug: str) -> bool:
        inputs = self._inputs
        if provider not in inputs.covered or not asked_for(provider, slug, inputs):
            return False
        listed = [model for model in self._index.models if model.slug == slug]
        if listed:
            return any(not obstacle(model, {}, inputs) for model in listed)
        return not any_names(excluded(inputs.settings, provider), slug)


def _after(assigned: Assignment, staying: set[str], removals: Iterable[_Removal], inputs: Inputs) -> Lock:
    """Return the lock without the lines of removed entries, and with their tombstones."""
    today = inputs.today.isoformat()
    buried = {
        TOMBSTONE.format(removal.entry.provider, upstream): today for removal in removals for upstream in removal.buried
    }
    going = {removal.entry.name for removal in removals}
    lines = {name: line for name, line in assigned.lock.entries.items() if name in staying}
    lock = assigned.lock_for(staying, lines, today)
    return replace(
        lock,
        tombstones=lock.tombstones | buried,
        waiting={name: day for name, day in lock.waiting.items() if name not in going},
    )
