"""Rename a model id, or an entry's key, at a person's word."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.edits import SetScalar
from modelsync.catalog.entries import Keys, without_number
from modelsync.catalog.placing import captured, goes_by_id, renaming, why_not_written
from modelsync.domain import fields
from modelsync.errors import Refused, UsageError
from modelsync.layouts.naming import UNNAMED, Name, name_of
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
    """What a rename changes, and the lock afterwards.

    `model_id` is the new one without what stands before it in the file, empty where a key was renamed; `by_key` says that nothing
    but its key was the name by which the entry was found.
    """

    changes: tuple[Change, ...]
    lock: Lock | None
    model_id: str = ""
    by_key: bool = False


def rename_id(
    section: Section, old: str, new: str, *, lock: Lock | None, entries: Sequence[Entry], layout: Layout,
    writable: Writable, today: str,
) -> Renamed:  # fmt: skip
    """Give every entry whose model id is `old` (else the entry whose key it is) the model id `new`.

    Both may have the prefix with which the file spells them, or that is usual for the provider; the file keeps its own. What the
    lock knows of an entry that goes by its id moves along. `entries` are those of all sections. Raises `UsageError` with the
    nearest names when there is none, where the file has the new name in the place of the old already, or where what would be
    written is read as another model, and `Refused` where the id cannot be edited in place.
    """
    chosen, found_by = _meant(section, old, layout)
    _refuse_number(chosen, new, "model id")
    model_id = _own_id(section, new, layout)
    if fields.MODEL not in layout.paths:
        changes = _keys_of_ids(section, chosen, model_id, layout, writable)
    else:
        changes = tuple(filter(None, (_new_id(entry, model_id, layout, writable) for entry in chosen)))
    by_key = all(found_by not in (entry.model_id, entry.common) for entry in section.entries)
    if not changes or lock is None:
        return Renamed(changes, lock, model_id, by_key)
    going = {entry.name: model_id for entry in chosen if goes_by_id(entry, layout)}
    moved = _moved(lock, entries, _new_names(section, going), today, former=frozenset(going))
    return Renamed(changes, moved, model_id, by_key)


def _meant(section: Section, name: str, layout: Layout) -> tuple[list[Entry], str]:
    """Find the entries that a name means as it was typed, else without its prefix; with the name that fits."""
    for one in (name, _own_id(section, name, layout)):
        if chosen := _called(section, one, layout):
            return chosen, one
    raise no_such_entry(section, name)


def _called(section: Section, name: str, layout: Layout) -> list[Entry]:
    """The entries with that model id, which is that of several rows where they have no keys, else the one with that key."""
    chosen = [entry for entry in section.entries if entry.model_id == name]
    if not layout.has_keys:
        chosen = chosen or [entry for entry in section.entries if entry.common == name]
    return chosen or [entry for entry in section.entries if entry.key == name]


def _own_id(section: Section, name: str, layout: Layout) -> str:
    """Take off a model id what an entry of its provider has before its own, else what is usual; an aggregator's ids keep theirs."""
    prefixes = [entry.prefix for entry in section.entries if entry.prefix and name.startswith(entry.prefix)]
    before, slash, _ = name.partition("/")
    if layout.labels and slash and section.provider != AGGREGATOR and layout.provider_named(before) == section.provider:
        prefixes.append(f"{before}/")
    return name.removeprefix(max(prefixes, key=len, default="")) or name


def _refuse_number(chosen: Iterable[Entry], new: str, what: str) -> None:
    """Refuse a name that ends as rows of one name are told apart, where a file's rows are."""
    if without_number(new) != new and any(entry.common for entry in chosen):
        raise UsageError(
            f"{new!r} is no {what}",
            hint=f"A number behind # tells rows of one name apart: write the {what} without it.",
        )


def _require_read_back(entry: Entry, new: str, layout: Layout) -> None:
    """Refuse a model id that, as it would stand in the file, is read as that of another model."""
    read = name_of(f"{entry.prefix}{new}", entry.label, layout)
    if read == Name(entry.provider, new, entry.prefix):
        return
    if read.provider == UNNAMED:
        why = f"nothing in its row would say that it is of {entry.provider}"
    else:
        why = f"it would be read as {read.provider}/{read.model_id}"
    raise UsageError(
        f"{entry.name} cannot become {entry.prefix}{new}: {why}",
        hint="A rename keeps to the models of one provider. For any other, edit the file by hand.",
    )


def _new_id(entry: Entry, new: str, layout: Layout, writable: Writable) -> Update | None:
    field = entry.fields.get(fields.MODEL)
    reason = entry.blocked or why_not_written(entry, fields.MODEL, layout, lambda path: writable(SetScalar(path, new)))
    if reason:
        raise Refused(f"{entry.name} cannot be edited: {reason}", hint="Edit it by hand.")
    if entry.model_id == new:
        return None
    _require_read_back(entry, new, layout)
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

    `entries` are those of all sections. A deleted entry that had the key has a tombstone of `today` then. Raises `UsageError`
    where no entry or several fit, or the new name is taken, ends like the number of a row or is read as another model, and
    `Refused` where the entry cannot be edited.
    """
    entry = entry_named(section, old)
    _refuse_number((entry,), new, "key")
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
    if goes_by_id(entry, layout):
        _require_read_back(entry, new, layout)
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
    provider: str, renamed: Renamed, models: Iterable[Model], known_from: str, vendors: Mapping[str, str]
) -> tuple[Note, ...]:
    """Warn about a new model id that upstream does not know, or that has the vendor's prefix, by which a provider knows no model.

    `known_from` names the listing; `vendors` maps upstream prefixes to providers.
    """
    notes: list[Note] = []
    name = f"{provider}/{renamed.model_id}"
    if not Index(provider, models).search(renamed.model_id).models:
        to_rename_key = "; to rename the key, use `--key`" if renamed.by_key else ""
        notes.append(Note("unlisted", name, f"{known_from} does not know this model id{to_rename_key}"))
    vendor, _, own = renamed.model_id.partition("/")
    if own and provider != AGGREGATOR and vendors.get(vendor) == provider:
        notes.append(Note("doubt", name, f"`{vendor}/` is the prefix in upstream's list: {provider}'s own id is {own}"))
    return tuple(notes)
