"""Whether a plan fits the catalog it is applied to, and its lock what the catalog will be.

The digests say that catalog and lock are those the plan was made from; they do not say that nobody edited the plan since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.domain.lock import base_value, stored
from modelsync.planning.changes import HELD_ADD, Add, Hold, Keep, Remove, RenameEntry, Update
from modelsync.planning.ledger import base_features
from modelsync.planning.plan_checks import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelsync.catalog.entries import Entry, Section
    from modelsync.domain.fields import Value
    from modelsync.domain.lock import Base, Lock, LockEntry
    from modelsync.planning.changes import Change, Plan


class Misfit(Exception):
    """A plan does not fit; the text names the place in the plan."""


def check_before(plan: Plan, catalog: str, sections: Iterable[Section]) -> None:
    """Raise `Misfit` unless the plan speaks of the catalog of that name as it is: its providers, its entries, its values."""
    if plan.lock.catalog != catalog:
        raise Misfit(f"lock.catalog: the plan's lock is that of {plan.lock.catalog!r}")
    sections = tuple(sections)
    providers = {section.provider for section in sections}
    entries = {(entry.provider, entry.key): entry for section in sections for entry in section.entries}
    for number, change in enumerate(plan.changes):
        place = place_of(number, change)
        if change.provider not in providers:
            raise Misfit(f"{place}: the catalog has no provider {change.provider!r}")
        entry = entries.get((change.provider, change.key))
        if isinstance(change, Add) and entry is not None:
            raise Misfit(f"{place}: the catalog has this entry already")
        if not isinstance(change, Add):
            if entry is not None:
                _check_old(place, change, entry)
            elif not (isinstance(change, Hold) and change.what == HELD_ADD):
                raise Misfit(f"{place}: the catalog has no such entry")


def _check_old(place: str, change: Change, entry: Entry) -> None:
    """Compare what a change says of the file with the file."""
    if isinstance(change, Update | Hold):
        for field in change.fields:
            _check_same(place, entry, field.field, field.old)
            found = entry.fields.get(field.field)
            if field.old_text != (found.raw if found is not None else ""):
                raise Misfit(f"{place}: {field.field} is not written {field.old_text!r}")
    if isinstance(change, Keep):
        _check_same(place, entry, change.field, change.ours)


def _check_same(place: str, entry: Entry, name: str, said: Value | None) -> None:
    found = _value(entry, name)
    if name == fields.FEATURES:
        found, said = found or (), said or ()
    if found != said:
        raise Misfit(f"{place}: {name} is {found}, not {said}")


def _value(entry: Entry, name: str) -> Value | None:
    field = entry.fields.get(name)
    return field.value if field is not None else None


def check_after(plan: Plan, before: Lock | None, sections: Iterable[Section]) -> None:
    """Raise `Misfit` unless the catalog as it will be has what the plan promises, and the plan's lock tells the truth of it.

    `before` is the lock that the catalog has, `sections` are those of the catalog after the plan. What only the listing knows
    cannot be checked.
    """
    entries = {(entry.provider, entry.key): entry for section in sections for entry in section.entries}
    for number, change in enumerate(plan.changes):
        _check_done(place_of(number, change), change, entries, plan.lock)
    _Ledgers(plan, before, {entry.name: entry for entry in entries.values()}).check()


def _check_done(place: str, change: Change, entries: Mapping[tuple[str, str], Entry], lock: Lock) -> None:
    entry = entries.get((change.provider, change.key))
    if isinstance(change, Remove | RenameEntry) and entry is not None:
        raise Misfit(f"{place}: the entry would still be there")
    if isinstance(change, RenameEntry) and (change.provider, change.new_key) not in entries:
        raise Misfit(f"{place}: {change.new_key} would not be there")
    if isinstance(change, Add | Update):
        line = lock.entries.get(f"{change.provider}/{change.key}")
        if entry is None or line is None:
            raise Misfit(f"{place}: the plan's lock does not have the entry")
        _check_written(place, change, entry, line)


def _check_written(place: str, change: Add | Update, entry: Entry, line: LockEntry) -> None:
    """Compare the values of a change with the catalog and with the lock as they will be."""
    if isinstance(change, Add):
        if change.values.keys() != entry.fields.keys():
            raise Misfit(f"{place}: the entry would not have the fields planned")
        written: dict[str, tuple[Value | None, Value | None]] = {
            name: (None, value) for name, value in change.values.items()
        }
    else:
        written = {field.field: (field.old, field.new) for field in change.fields}
    for name, (old, new) in written.items():
        if _value(entry, name) != new:
            raise Misfit(f"{place}: {name} would be {_value(entry, name)}, not {new}")
        if new is None:
            _check_gone(place, name, entry, line)
        elif name != fields.REVIEWED and not _recorded(name, old, new, line):
            raise Misfit(f"{place}: {name} would be {new}, but the plan's lock says otherwise")


def _check_gone(place: str, name: str, entry: Entry, line: LockEntry) -> None:
    """Compare a field that goes with the catalog and with the lock as they will be."""
    if name in entry.fields or name in line.base:
        raise Misfit(f"{place}: {name} would still be known")


def _recorded(name: str, old: Value | None, new: Value | None, line: LockEntry) -> bool:
    """Say whether a lock line has a written value as what upstream said."""
    base = line.base.get(name)
    if base is None:
        return False
    if name == fields.FEATURES:
        return set(_names(new)) - set(_names(old)) <= set(base_features(line.base))
    return base.value == stored(name, new)


def _names(value: Value | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


class _Ledgers:
    """The lock that is and the lock that will be, beside the entries that will be."""

    def __init__(self, plan: Plan, before: Lock | None, entries: Mapping[str, Entry]) -> None:
        self.lock = plan.lock
        self.before: Mapping[str, LockEntry] = before.entries if before is not None else {}
        self.entries = entries
        self.added = {f"{change.provider}/{change.key}" for change in plan.changes if isinstance(change, Add)}
        self.gone = {
            (f"{change.provider}/{change.key}", field.field)
            for change in plan.changes
            if isinstance(change, Update)
            for field in change.fields
            if field.new is None
        }
        self.kept = {
            (f"{change.provider}/{change.key}", change.field): stored(change.field, change.theirs)
            for change in plan.changes
            if isinstance(change, Keep) and change.theirs is not None
        }

    def check(self) -> None:
        """Raise `Misfit` for a line of no entry, a line that is lost, and a base that neither lock nor catalog accounts for."""
        for name in (*self.lock.entries, *self.lock.waiting):
            if name not in self.entries:
                raise Misfit(f"lock: {name} would not be in the catalog")
        for name, old in self.before.items():
            entry = self.entries.get(name)
            if entry is not None and old.model and old.model == entry.model_id and name not in self.added:
                self._check_not_lost(name, old)
        for name, line in self.lock.entries.items():
            self._check_line(name, line, self.entries[name])

    def _check_not_lost(self, name: str, old: LockEntry) -> None:
        line = self.lock.entries.get(name)
        if line is None:
            raise Misfit(f"lock: {name} has lost its line")
        if lost := sorted(field for field in old.base.keys() - line.base.keys() if (name, field) not in self.gone):
            raise Misfit(f"lock: {name} has lost the base of {', '.join(lost)}")

    def _check_line(self, name: str, line: LockEntry, entry: Entry) -> None:
        known = self._known(name, line)
        if line.model != entry.model_id and all(line.model != old.model for old in known):
            raise Misfit(f"lock: {name} has the model id {entry.model_id!r}, not {line.model!r}")
        for field, base in line.base.items():
            bases = [old.base[field] for old in known if field in old.base]
            if all(base.value != old.value for old in bases) and not self._accounted(entry, field, base, bases):
                raise Misfit(f"lock: the base of {name}.{field} is neither what it was nor what the catalog will have")

    def _known(self, name: str, line: LockEntry) -> list[LockEntry]:
        """The lines that the entry may have had before: by its name, or under another key that a person gave it."""
        provider = name.partition("/")[0] + "/"
        return [
            old
            for known_as, old in self.before.items()
            if known_as == name
            or (known_as.startswith(provider) and (old.model == line.model or old.upstream == line.upstream))
        ]

    def _accounted(self, entry: Entry, field: str, base: Base, bases: list[Base]) -> bool:
        """Say whether a base that moved is what the catalog will have, or a kept value stands against it.

        That upstream had none is said where nothing was known; what was known of an entry stays known.
        """
        if field == fields.FEATURES:
            earlier = {name for old in bases for name in _names(base_value(field, old))}
            return set(_names(base_value(field, base))) - earlier <= set(_names(_value(entry, field)))
        if base.value is None:
            own = self.before.get(entry.name)
            return entry.name in self.added or own is None or own.model != entry.model_id or field not in own.base
        found = entry.fields.get(field)
        if field in fields.FILLED:
            return base.value is True and found is not None and found.present
        if found is not None and stored(field, found.value) == base.value:
            return True
        return self.kept.get((entry.name, field)) == base.value
