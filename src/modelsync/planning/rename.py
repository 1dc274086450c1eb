"""Rename a model id, or an entry's key, at a person's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.domain import fields
from modelsync.errors import Refused, UsageError
from modelsync.planning.changes import FieldChange, Note, RenameEntry, Update
from modelsync.planning.match import Index
from modelsync.planning.naming import entry_named, no_such_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from modelsync.catalog.entries import Entry, Path, Section
    from modelsync.catalog.layout import Layout
    from modelsync.domain.lock import Lock
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
    steps = layout.paths[fields.MODEL]
    for entry in chosen:
        field = entry.fields.get(fields.MODEL)
        obstacle = field.obstacle if field is not None else ""
        if reason := entry.blocked or obstacle or editable((*entry.path, *steps) if field is not None else entry.path):
            raise Refused(f"{entry.name} cannot be edited: {reason}", hint="Edit it by hand.")
        if entry.model_id != new:
            before = field.value if field is not None else None
            change = FieldChange(fields.MODEL, before, new, field.raw if field is not None else "")
            changes.append(Update(section.provider, entry.key, "", (change,), "renamed as you asked"))
    return tuple(changes)


def rename_key(
    section: Section, old: str, new: str, lock: Lock | None, editable: Callable[[Path], str | None]
) -> tuple[tuple[Change, ...], Lock | None]:
    """Give the entry with the key `old` (else the only one with that model id) the key `new`; its lock line moves along."""
    entry = entry_named(section, old)
    if any(other.key == new for other in section.entries if other is not entry):
        raise UsageError(f"{section.provider}/{new} is there already", hint="Choose another key.")
    if reason := entry.blocked or editable(entry.path):
        raise Refused(f"{entry.name} cannot be edited: {reason}", hint="Edit it by hand.")
    if entry.key == new:
        return (), lock
    return (RenameEntry(section.provider, entry.key, new),), _moved(lock, entry, new)


def _moved(lock: Lock | None, entry: Entry, new: str) -> Lock | None:
    if lock is None or entry.name not in lock.entries:
        return lock
    entries = {(f"{entry.provider}/{new}" if name == entry.name else name): line for name, line in lock.entries.items()}
    return replace(lock, entries=entries)


def unknown_upstream(section: Section, new: str, models: Iterable[Model], known_from: str) -> tuple[Note, ...]:
    """Warn about a model id that upstream does not know."""
    if Index(section.provider, models).search(new).models:
        return ()
    return (Note("unknown", f"{section.provider}/{new}", f"{known_from} does not know this model id"),)
