"""Rename a model id, or an entry's key, at a person's word."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.edits import SetScalar
from modelsync.catalog.entries import Keys, without_number
from modelsync.catalog.placing import captured, renaming, why_not_written
from modelsync.domain import fields
from modelsync.errors import Refused, UsageError
from modelsync.normalize.upstream import AGGREGATOR
from modelsync.planning.changes import FieldChange, Note, RenameEntry, Update
from modelsync.planning.ledger import assign
from modelsync.planning.match import Index
from modelsync.planning.naming import entry_named, no_such_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from modelsync.catalog.edits import Edit
    from modelsync.catalog.entries import Entry, Section
    from modelsync.domain.lock import Lock, LockEntry
    from modelsync.layouts.layout import Layout
    from modelsync.normalize.upstream import Model
    from modelsync.planning.changes import Change


Writable: TypeAlias = "Callable[[Edit], str | None]"
"""Says why an edit cannot be made, or None."""


class Renamed(Struct, frozen=True):
    """What a rename changes, and the lock afterwards."""

    changes: tuple[Change, ...]
    lock: Lock | None


def rename_id(
    section: Section, old: str, new: str, *, lock: Lock | None, entries: Sequence[Entry], layout: Layout,
    writable: Writable, today: str,
) -> Renamed:  # fmt: skip
    """Give every entry whose model id is `old` (else the entry whose key it is) the model id `new`.

    What the lock knows of an entry that goes by its id moves along. `entries` are those of all sections. Raises `UsageError` with
    the nearest names when there is none, or the file has the new name in the place of the old already, and `Refused` where the id
    cannot be edited in place.
    """
    chosen = _meant(section, old, layout)
    if not layout.has_keys and without_number(new) != new:
        raise UsageError(
            f"{new!r} is no model id", hint="A number behind # tells rows of one id apart: name the id alone."
        )
    if fields.MODEL not in layout.paths:
        changes = _keys_of_ids(section, chosen, new, layout, writable)
    else:
        changes = tuple(filter(None, (_new_id(entry, new, layout, writable) for entry in chosen)))
    if not changes or lock is None:
        return Renamed(changes, lock)
    going = {} if layout.has_keys else {entry.name: new for entry in chosen}
    return Renamed(changes, _moved(lock, entries, _new_names(section, going), today, former=frozenset(going)))


def _meant(section: Section, name: str, layout: Layout) -> list[Entry]:
    """The entries with that model id, which is that of several rows where they have no keys, else the one with that key."""
    chosen = [entry for entry in section.entries if entry.model_id == name]
    if not layout.has_keys:
        chosen = chosen or [entry for entry in section.entries if entry.common == name]
    chosen = chosen or [entry for entry in section.entries if entry.key == name]
    if not chosen:
        raise no_such_entry(section, name)
    return chosen


def _new_id(entry: Entry, new: str, layout: Layout, writable: Writable) -> Update | None:
    field = entry.fields.get(fields.MODEL)
    reason = entry.blocked or why_not_written(entry, fields.MODEL, layout, lambda path: writable(SetScalar(path, new)))
    if reason:
        raise Refused(f"{entry.name} cannot be edited: {reason}", hint="Edit it by hand.")
    if entry.model_id == new:
        return None
    change = FieldChange(
        fields.MODEL, field.value if field is not None else None, new, field.raw if field is not None else ""
    )
    return Update(entry.provider, entry.key, "", (change,), "renamed as you asked")


def _keys_of_ids(
    section: Section, chosen: Sequence[Entry], new: str, layout: Layout, writable: Writable
) -> tuple[Change, ...]:
    """Rename the keys of the file that are the ids of these entries."""
    if all(entry.common == new for entry in chosen):
        return ()
    if any(entry.common == new for entry in section.entries):
        raise UsageError(f"{section.provider}/{new} is there already", hint="Remove one of the two.")
    keys = Keys()
    return tuple(
        RenameEntry(entry.provider, entry.key, keys.unique(entry.provider, new))
        for entry in chosen
        if _require_renaming(entry, new, layout, writable)
    )


def rename_key(
    section: Section, old: str, new: str, *, lock: Lock | None, entries: Sequence[Entry], layout: Layout,
    writable: Writable, today: str,
) -> Renamed:  # fmt: skip
    """Give the entry with the key `old` (else the only one with that model id) the key `new`; what the lock knows moves along.

    `entries` are those of all sections. A deleted entry that had the key has a tombstone of `today` then. Raises `UsageError` where no entry or several fit, or the
    new name is taken, and `Refused` where the entry cannot be edited.
    """
    entry = entry_named(section, old)
    if not layout.has_keys:
        command = f"modelsync rename {shlex.quote(section.provider)} {shlex.quote(entry.common)} {shlex.quote(new)}"
        raise Refused(f"{entry.name} has no key of its own: its key is its model id", hint=f"Rename that: `{command}`.")
    name = f"{section.provider}/{new}"
    if any(other.name == name for other in entries if other is not entry):
        raise UsageError(f"{name} is there already", hint="Choose another key.")
    _require_renaming(entry, new, layout, writable)
    if new in (entry.key, entry.common):
        return Renamed((), lock)
    change = RenameEntry(section.provider, entry.key, new)
    moved = _moved(lock, entries, _new_names(section, {entry.name: new}), today) if lock is not None else None
    return Renamed((change,), moved)


def _require_renaming(entry: Entry, new: str, layout: Layout, writable: Writable) -> bool:
    edit = renaming(entry, new, layout)
    if edit is None:
        why = (
            "a rule of the layout rewrites the id"
            if captured(entry, "id", layout)
            else "it has no key, and goes by its id"
        )
    else:
        why = writable(edit)
    if reason := entry.blocked or why:
        raise Refused(f"{entry.name} cannot be edited: {reason}", hint="Edit it by hand.")
    return True


def _new_names(section: Section, going: Mapping[str, str]) -> dict[str, str]:
    """Return the names that the entries of a section have once those that are `going` are called otherwise: rows are counted anew."""
    keys = Keys()
    names: dict[str, str] = {}
    for entry in section.entries:
        key = keys.unique(entry.provider, going.get(entry.name) or entry.common or entry.key)
        names[entry.name] = f"{entry.provider}/{key}"
    return names


def _moved(
    lock: Lock, entries: Sequence[Entry], names: Mapping[str, str], today: str, *, former: Collection[str] = ()
) -> Lock:
    """Return the lock with every line under the new name of its entry; those of `former` speak of the id that it had before."""
    assigned = assign(lock, entries)
    known = {entry.name: entry.known_as for entry in entries if entry.name in former}
    lines: dict[str, LockEntry] = {}
    for name, line in assigned.lock.entries.items():
        was = known.get(name, "")
        lines[names.get(name, name)] = replace(line, model=line.model or was) if was else line
    free = {*names.values()} - names.keys()  # what waits under such a name is no entry any more
    waiting = {names.get(name, name): day for name, day in assigned.lock.waiting.items() if name not in free}
    present = {names.get(entry.name, entry.name) for entry in entries}
    return replace(assigned.lock_for(present, lines, today), waiting=waiting)


def check_new_id(
    section: Section, old: str, new: str, models: Iterable[Model], known_from: str, vendors: Mapping[str, str]
) -> tuple[Note, ...]:
    """Warn about a model id that upstream does not know, or that has the vendor's prefix, by which a provider knows no model.

    `old` is as for `rename_id`; `known_from` names the listing; `vendors` maps upstream prefixes to providers.
    """
    notes: list[Note] = []
    name = f"{section.provider}/{new}"
    if not Index(section.provider, models).search(new).models:
        by_key = all(old not in (entry.model_id, entry.common) for entry in section.entries)
        to_rename_key = "; to rename the key, use `--key`" if by_key else ""
        notes.append(Note("unlisted", name, f"{known_from} does not know this model id{to_rename_key}"))
    vendor, _, own = new.partition("/")
    if own and section.provider != AGGREGATOR and vendors.get(vendor) == section.provider:
        notes.append(
            Note("doubt", name, f"`{vendor}/` is the prefix in upstream's list: {section.provider}'s own id is {own}")
        )
    return tuple(notes)
