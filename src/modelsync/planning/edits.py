"""From a plan's changes to edits of the catalog's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.catalog.edits import AppendItems, InsertKey, RemoveKey, SetList
from modelsync.catalog.entries import without_number
from modelsync.catalog.neighbour import Neighbour
from modelsync.catalog.placing import Placing, path_of, renaming
from modelsync.domain import fields
from modelsync.planning.changes import Add, Remove, RenameEntry, Update

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Edit, Value
    from modelsync.catalog.entries import Entry, Path, Section
    from modelsync.layouts.layout import Layout
    from modelsync.planning.changes import FieldChange, Plan


def edits_of(plan: Plan, document: Document, sections: Iterable[Section], layout: Layout) -> list[Edit]:
    """Return the edits that carry out a plan on the catalog it was made for."""
    by_provider = {section.provider: section for section in sections}
    entries = {entry.name: entry for section in by_provider.values() for entry in section.entries}
    placing = Placing(layout, plan.unit)
    edits: list[Edit] = []
    added: dict[str, list[Add]] = {}
    for change in plan.changes:
        match change:
            case Update():
                edits += _update(entries[f"{change.provider}/{change.key}"], change.fields, placing)
            case Remove():
                edits.append(RemoveKey(path=entries[f"{change.provider}/{change.key}"].path))
            case RenameEntry():
                edits += _rename(entries[f"{change.provider}/{change.key}"], change.new_key, layout, edits)
            case Add():
                added.setdefault(change.provider, []).append(change)
            case _:
                pass
    for provider, entries_of in added.items():
        edits += _insert(by_provider[provider], entries_of, placing, document)
    return edits


def _insert(section: Section, added: Iterable[Add], placing: Placing, document: Document) -> list[Edit]:
    """Put new entries behind the others of their provider, spelled as those are."""
    like = section.neighbour
    style = Neighbour(document, like) if like is not None and not placing.layout.described else None
    rows: dict[str, Value] = {}
    for change in added:
        key = f"{like.prefix}{change.key}" if like is not None and fields.MODEL not in change.values else change.key
        rows[key] = placing.row(change.key, change.values, like, style)
    if like is not None and isinstance(like.path[-1], int):
        return [AppendItems(path=section.path, values=tuple(rows.values()))]
    if section.has_models:
        return [InsertKey(path=section.path, key=key, value=value) for key, value in rows.items()]
    return [InsertKey(path=section.path[:-1], key=str(section.path[-1]), value=rows)]


def _rename(entry: Entry, new: str, layout: Layout, known: Sequence[Edit]) -> list[Edit]:
    """Give an entry another key. Rows that share one in the file share the edit."""
    edit = renaming(entry, without_number(new) if entry.common else new, layout)
    return [edit] if edit is not None and edit not in known else []


def _update(entry: Entry, changes: Iterable[FieldChange], placing: Placing) -> list[Edit]:
    edits: list[Edit] = []
    values: dict[str, fields.Value] = {}
    removed: list[str] = []
    for change in changes:
        if change.new is None:
            removed.append(change.field)
        elif isinstance(change.new, tuple) and entry.flags:
            edits += placing.flags(entry, change.old if isinstance(change.old, tuple) else (), change.new)
        elif isinstance(change.new, tuple) and change.field in entry.fields:
            edits.append(
                _list_edit(path_of(entry, change.field, placing.layout), change.old, change.new, placing.layout.words)
            )
        else:
            values[change.field] = change.new
    return edits + placing.edits(entry, values, removed)


def _list_edit(path: Path, old: fields.Value | None, new: tuple[str, ...], words: Mapping[str, str]) -> Edit:
    had = old if isinstance(old, tuple) else ()
    if new[: len(had)] == had:
        return AppendItems(path=path, values=tuple(words.get(feature, feature) for feature in new[len(had) :]))
    return SetList(path=path, values=tuple(words.get(feature, feature) for feature in new))
