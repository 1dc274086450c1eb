"""Rename a model id, or an entry's key, at a person's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.catalog.placing import why_not_written
from modelsync.domain import fields
from modelsync.errors import Refused, UsageError
from modelsync.normalize.upstream import AGGREGATOR
from modelsync.planning.changes import FieldChange, Note, RenameEntry, Update
from modelsync.planning.ledger import assign
from modelsync.planning.match import Index
from modelsync.planning.naming import entry_named, no_such_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from modelsync.catalog.entries import Entry, Path, Section
    from modelsync.domain.lock import Lock
    from modelsync.layouts.layout import Layout
    from modelsync.normalize.upstream import Model
    from modelsync.planning.changes import Change


def rename_id(
    section: Section, old: str, new: str, *, layout: Layout, editable: Callable[[Path], str | None]
) -> tuple[Change, ...]:
    """Give every entry whose model id is `old` (else the entry whose key it is) the model id `new`.

    Raises `UsageError` with the nearest names when there is none, and `Refused` where the id cannot be edited in place.
    """
    chosen = [entry for entry in section.entries if entry.model_id == old] or [
        entry for entry in section.entries if entry.key == old
    ]
    if not chosen:
        raise no_such_entry(section, old)
    changes: list[Change] = []
    for entry in chosen:
        field = entry.fields.get(fields.MODEL)
        if reason := entry.blocked or why_not_written(entry, fields.MODEL, layout, editable):
            raise Refused(f"{entry.name} cannot be edited: {reason}", hint="Edit it by hand.")
        if entry.model_id != new:
            before = field.value if field is not None else None
            change = FieldChange(fields.MODEL, before, new, field.raw if field is not None else "")
            changes.append(Update(section.provider, entry.key, "", (change,), "renamed as you asked"))
    return tuple(changes)


def rename_key(
    entries: Sequence[Entry],
    section: Section,
    old: str,
    new: str,
    *,
    lock: Lock | None,
    editable: Callable[[Path], str | None],
    today: str,
) -> tuple[tuple[Change, ...], Lock | None]:
    """Give the entry with the key `old` (else the only one with that model id) the key `new`; what the lock knows moves along.

    `entries` are those of all sections. A deleted entry that had the key has a tombstone of `today` then. Raises `UsageError` where no entry or several fit, or the
    new name is taken, and `Refused` where the entry cannot be edited.
    """
    entry = entry_named(section, old)
    name = f"{section.provider}/{new}"
    if any(other.name == name for other in entries if other is not entry):
        raise UsageError(f"{name} is there already", hint="Choose another key.")
    if reason := entry.blocked or editable(entry.path):
        raise Refused(f"{entry.name} cannot be edited: {reason}", hint="Edit it by hand.")
    if entry.key == new:
        return (), lock
    return (RenameEntry(section.provider, entry.key, new),), _moved(lock, entries, entry.name, name, today)


def _moved(lock: Lock | None, entries: Sequence[Entry], old: str, new: str, today: str) -> Lock | None:
    if lock is None:
        return None
    assigned = assign(lock, entries)
    present = {new if entry.name == old else entry.name for entry in entries}
    lines = {new if name == old else name: line for name, line in assigned.lock.entries.items()}
    waiting = {name: day for name, day in assigned.lock.waiting.items() if name not in (old, new)}
    if (since := assigned.lock.waiting.get(old)) is not None:
        waiting[new] = since
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
        by_key = all(entry.model_id != old for entry in section.entries)
        to_rename_key = "; to rename the key, use `--key`" if by_key else ""
        notes.append(Note("unlisted", name, f"{known_from} does not know this model id{to_rename_key}"))
    vendor, _, own = new.partition("/")
    if own and section.provider != AGGREGATOR and vendors.get(vendor) == section.provider:
        notes.append(
            Note("doubt", name, f"`{vendor}/` is the prefix in upstream's list: {section.provider}'s own id is {own}")
        )
    return tuple(notes)
