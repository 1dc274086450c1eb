"""Plan one entry of the catalog: merge what is matched, keep watch over what is gone, report what is unknown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.domain import fields
from modelsync.domain.lock import Base, stored
from modelsync.planning.changes import FieldChange, Hold, Keep, Remove, Update
from modelsync.planning.ledger import base_features, locked_entry
from modelsync.planning.merge import How, Outcome, merge_features, merge_filled, merge_owned
from modelsync.planning.patterns import is_pinned, pinned_fields

if TYPE_CHECKING:
    from modelsync.catalog.entries import Entry, Field
    from modelsync.domain.lock import LockEntry
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Draft, Inputs
    from modelsync.planning.match import Match
    from modelsync.planning.merge import BaseMove


def pins_of(entry: Entry, inputs: Inputs) -> tuple[str, ...]:
    """Every pin on an entry: its own and the settings'."""
    return (*entry.pins, *pinned_fields(inputs.settings.pins, entry.provider, entry.key))


def asked(names: tuple[str, ...], entry: Entry, field: str) -> bool:
    """Say whether `--take` or `--accept` names this field of this entry, or all of the entry."""
    return any(
        name == entry.name or (name.startswith(entry.name + ".") and fields.covers(name[len(entry.name) + 1 :], field))
        for name in names
    )


class EntryMerge:
    """The merge of one matched entry, field by field, into changes and a lock line."""

    def __init__(
        self, entry: Entry, model: Model, locked: LockEntry | None, inputs: Inputs, *, id_edited: bool
    ) -> None:
        self.entry = entry
        self.model = model
        self.inputs = inputs
        self.locked = locked
        self.id_edited = id_edited
        self.pins = pins_of(entry, inputs)
        self.base: dict[str, Base] = dict(locked.base) if locked is not None else {}
        self.changed: list[FieldChange] = []
        self.reasons: list[str] = []
        self.keeps: list[Keep] = []
        self.held: dict[str, list[FieldChange]] = {}
        self.kept: dict[str, str] = {}
        self.how = How(
            first_sync=inputs.lock is None,
            keep_by_hand=inputs.policy.keep_by_hand,
            ours=inputs.options.ours,
            id_edited=id_edited,
        )

    def run(self, draft: Draft) -> None:
        """Merge every field; add the update, the kept values and the held ones to the draft, and the lock line."""
        for name in fields.OWNED:
            self._owned(name, draft)
        self._features()
        self._filled(fields.DESCRIPTION, self.model.description)
        if self.inputs.policy.native_ids:
            self._filled(fields.MODEL, self.model.model_id)
        entry, model = self.entry, self.model
        if self.changed:
            reason = "; ".join(dict.fromkeys(self.reasons))
            draft.changes.append(Update(entry.provider, entry.key, model.upstream, tuple(self.changed), reason))
        draft.changes.extend(self.keeps)
        for reason, changes in self.held.items():
            what, way_out = "update", "Edit it by hand, or write the value into the entry itself."
            draft.changes.append(Hold(entry.provider, entry.key, model.upstream, what, reason, way_out, tuple(changes)))
        filled = next((str(change.new) for change in self.changed if change.field == fields.MODEL), "")
        draft.entries[entry.name] = locked_entry(model, entry.model_id or filled, self.base, self.kept)
        for name in sorted(model.variable):
            draft.note("variable", entry.name, f"upstream's {name} changes with the hour or the route: left as it is")

    def _how(self, name: str) -> How:
        pinned = bool(self.pins) and is_pinned(self.pins, name)
        taken = asked(self.inputs.options.take, self.entry, name)
        return replace(self.how, pinned=pinned, take=taken) if pinned or taken else self.how

    def _theirs(self, name: str) -> fields.Value | None:
        """Upstream's value; an older listing (a snapshot, say) knows nothing about a base that has moved since."""
        base = self.base.get(name)
        if base is not None and base.day > self.inputs.listing.day and not self.id_edited:
            return None
        return self.model.values.get(name)

    def _owned(self, name: str, draft: Draft) -> None:
        ours, theirs = self.entry.fields.get(name), self._theirs(name)
        how = self._how(name)
        self._weigh(name, ours, theirs, how, draft)
        outcome = merge_owned(name, ours, self.base.get(name), theirs, how)
        self._settle(name, outcome, theirs)
        if outcome.kept and theirs is not None and ours is not None:
            entry = self.entry
            self.keeps.append(Keep(entry.provider, entry.key, name, ours.value, theirs, outcome.kept, ours.raw))
            if outcome.kept != "pinned":
                self.kept[name] = _spelled(name, ours)

    def _weigh(self, name: str, ours: Field | None, theirs: fields.Value | None, how: How, draft: Draft) -> None:
        """Count a field for the guards."""
        value = ours.value if ours is not None else None
        if isinstance(value, Decimal) and isinstance(theirs, Decimal):
            draft.prices.append((value, theirs))
        base = self.base.get(name)
        if base is None or base.value is None or how.pinned or self.id_edited or self.locked is None:
            return
        draft.values += 1
        if ours is not None and ours.present and value != theirs and stored(name, value) != base.value:
            draft.differing += self.locked.kept.get(name) != _spelled(name, ours)

    def _settle(self, name: str, outcome: Outcome, theirs: fields.Value | None) -> None:
        """Write the value and move the base, unless the place cannot be edited: then hold both."""
        if outcome.write is not None and not self._write(name, outcome.write, outcome.reason):
            return
        self._move_base(name, outcome.base, theirs)

    def _move_base(self, name: str, move: BaseMove, theirs: fields.Value | None) -> None:
        """Move a field's base; an unchanged value keeps its source and day, so that the lock does not churn."""
        if move == "stay":
            return
        value = stored(name, theirs) if move == "theirs" else None
        base = self.base.get(name)
        if base is None or base.value != value:
            self.base[name] = Base(value, self.inputs.listing.source, self.inputs.listing.day)

    def _write(self, name: str, value: fields.Value, reason: str) -> bool:
        field = self.entry.fields.get(name)
        change = FieldChange(name, field.value if field else None, value, field.raw if field else "")
        obstacle = self._obstacle(name)
        if obstacle:
            self.held.setdefault(obstacle, []).append(change)
            return False
        self.changed.append(change)
        self.reasons.append(reason)
        return True

    def _obstacle(self, name: str) -> str:
        field = self.entry.fields.get(name)
        steps = self.inputs.layout.paths[name]
        if field is not None:
            return field.obstacle or self.inputs.editable((*self.entry.path, *steps)) or ""
        group = steps[:-1]
        if wrong := self.entry.groups.get(group):
            return wrong
        return self.inputs.editable((*self.entry.path, *group) if group in self.entry.groups else self.entry.path) or ""

    def _features(self) -> None:
        name = fields.FEATURES
        field = self.entry.fields.get(name)
        ours = field.value if field is not None and isinstance(field.value, tuple) else ()
        known = base_features(self.base)
        listing = self.inputs.listing
        base = self.base.get(name)
        outdated = base is not None and base.day > listing.day
        theirs = () if outdated else self.model.features
        merged, moved = merge_features(ours, known, theirs, self._how(name))
        empty_but_wanted = not merged and field is None and not self.inputs.policy.keep_by_hand
        wanted = merged != ours or empty_but_wanted
        if wanted and not self._write(name, merged, "upstream's features"):
            return
        if not is_pinned(self.pins, name):
            self._move_base(name, "theirs", moved)

    def _filled(self, name: str, theirs: str | None) -> None:
        offered = theirs or (None if self.inputs.policy.keep_by_hand else theirs)
        outcome = merge_filled(self.entry.fields.get(name), self.base.get(name), offered, self._how(name))
        self._settle(name, outcome, theirs or "")


def _spelled(name: str, ours: Field) -> str:
    """A hand-set value as the lock remembers it."""
    return str(stored(name, ours.value)) if ours.value is not None else ours.raw


def plan_gone(entry: Entry, found: Match, locked: LockEntry | None, inputs: Inputs, draft: Draft) -> None:
    """Plan an entry whose upstream model is no longer listed: a rematch to be accepted, or one more day of absence."""
    if locked is None:
        draft.note("unknown", entry.name, f"the settings match it to {found.gone}, which upstream does not list")
        return
    draft.claim(entry.provider, found.gone)
    if not _absence_counts(locked, inputs):
        draft.entries[entry.name] = locked
        return
    if found.other is not None:
        _plan_rematch(entry, found, locked, found.other, inputs, draft)
        return
    since = locked.missing_since or inputs.listing.day
    days = max((inputs.today - date.fromisoformat(since)).days, 0)
    grace = inputs.policy.grace_days
    protected = _protection(entry, inputs)
    if inputs.options.prune and days >= grace and not protected:
        draft.changes.append(
            Remove(
                entry.provider,
                entry.key,
                locked.upstream,
                f"gone upstream since {since}; comes back if {locked.upstream} does",
            )
        )
        return
    draft.entries[entry.name] = replace(locked, missing_since=since)
    reason = f"; never pruned: {protected}" if protected else ""
    draft.note(
        "stale",
        entry.name,
        f"{locked.upstream} is gone upstream: missing {days} of {grace} days (since {since}){reason}",
    )


def _absence_counts(locked: LockEntry, inputs: Inputs) -> bool:
    """Absence means something only in a complete listing that covers this kind of model and is not older than the lock.

    A model whose record was unusable is not absent either.
    """
    listing = inputs.listing
    if any(record.subject == locked.upstream for record in listing.quarantined):
        return False
    newest = max((base.day for base in locked.base.values()), default="")
    return listing.complete and (locked.kind or "text") in listing.kinds and newest <= listing.day


def _plan_rematch(entry: Entry, found: Match, locked: LockEntry, other: Model, inputs: Inputs, draft: Draft) -> None:
    """Another upstream id would match: take it over only if its prices are the base's, or when a person accepts it."""
    draft.claim(entry.provider, other.upstream)
    if _same_prices(locked, other) or entry.name in inputs.options.accept:
        EntryMerge(entry, other, locked, inputs, id_edited=False).run(draft)
        draft.note("rematched", entry.name, f"was {found.gone}, is now {other.upstream}")
        return
    draft.entries[entry.name] = locked
    reason = f"{found.gone} is gone; {other.upstream} has a similar id but other prices"
    way_out = f"Accept it with --accept {entry.name}, or correct the model id."
    draft.changes.append(Hold(entry.provider, entry.key, other.upstream, "rematch", reason, way_out))


def _same_prices(locked: LockEntry, other: Model) -> bool:
    known = {name: base.value for name, base in locked.base.items() if fields.is_price(name) and base.value is not None}
    theirs = {
        name: stored(name, value)
        for name, value in other.values.items()
        if fields.is_price(name) and isinstance(value, Decimal)
    }
    return bool(known) and known == theirs


def plan_unknown(entry: Entry, found: Match, inputs: Inputs, draft: Draft) -> None:
    """Plan an entry that matches nothing: report it, and remove it only when that was asked for."""
    if found.ambiguous:
        names = ", ".join(model.upstream for model in found.models)
        for model in found.models:
            draft.claim(entry.provider, model.upstream)
        draft.note("ambiguous", entry.name, f"could be {names}: name one under [match] in the settings")
        return
    prune = inputs.options.prune
    wanted = prune == "all" or (prune == "stale" and inputs.policy.unknown_is_stale)
    protected = _protection(entry, inputs)
    listing = inputs.listing
    proven = listing.complete and "text" in listing.kinds and not listing.quarantined
    if wanted and proven and not protected:
        draft.changes.append(Remove(entry.provider, entry.key, "", "matches nothing upstream"))
        return
    reason = f" (never pruned: {protected})" if protected else ""
    draft.note("unknown", entry.name, f"{entry.model_id or entry.key} matches nothing upstream{reason}")


def _protection(entry: Entry, inputs: Inputs) -> str:
    """Why pruning must not touch an entry, or empty."""
    features = entry.fields.get(fields.FEATURES)
    if features is not None and isinstance(features.value, tuple) and fields.EMBEDDINGS in features.value:
        return "an embeddings model"
    if "*" in pins_of(entry, inputs):
        return "pinned"
    return entry.blocked or inputs.editable(entry.path) or ""
