"""From a plan's changes to edits of the catalog's text."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from modelsync.catalog.edits import AppendItems, InsertKey, RemoveKey, RenameKey, SetList, SetScalar
from modelsync.domain import fields
from modelsync.domain.money import to_unit
from modelsync.planning.changes import Add, Remove, RenameEntry, Update

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelsync.catalog.edits import Edit, Value
    from modelsync.catalog.entries import Entry, Path, Section
    from modelsync.catalog.layout import Layout
    from modelsync.planning.changes import FieldChange, Plan


def edits_of(plan: Plan, sections: Iterable[Section], layout: Layout) -> list[Edit]:
    """Return the edits that carry out a plan on the catalog it was made for."""
    by_provider = {section.provider: section for section in sections}
    entries = {entry.name: entry for section in by_provider.values() for entry in section.entries}
    edits: list[Edit] = []
    added: dict[str, dict[str, Value]] = {}
    for change in plan.changes:
        match change:
            case Update():
                edits += _update(entries[f"{change.provider}/{change.key}"], change.fields, layout, plan.unit)
            case Remove():
                edits.append(RemoveKey(path=(*by_provider[change.provider].path, change.key)))
            case RenameEntry():
                edits.append(RenameKey(path=(*by_provider[change.provider].path, change.key), new=change.new_key))
            case Add():
                added.setdefault(change.provider, {})[change.key] = _nested(change.values, layout, plan.unit)
            case _:
                pass
    for provider, entries_of in added.items():
        edits += _insert(by_provider[provider], entries_of)
    return edits


def _insert(section: Section, added: dict[str, Value]) -> list[Edit]:
    if section.has_models:
        return [InsertKey(path=section.path, key=key, value=value) for key, value in added.items()]
    return [InsertKey(path=section.path[:-1], key=str(section.path[-1]), value=added)]


def _update(entry: Entry, changes: Iterable[FieldChange], layout: Layout, unit: str) -> list[Edit]:
    edits: list[Edit] = []
    missing: dict[str, fields.Value] = {}
    for change in changes:
        if change.new is None:
            continue  # said by comparisons only, which nobody carries out
        field = entry.fields.get(change.field)
        path = (*entry.path, *layout.paths[change.field])
        if field is None:
            missing[change.field] = change.new
        elif isinstance(change.new, tuple):
            edits.append(_list_edit(path, change.old, change.new))
        else:
            edits.append(SetScalar(path=path, value=_spelled(change.field, change.new, unit)))
    ordered = {name: missing[name] for name in layout.paths if name in missing}
    for key, value in _grouped(ordered, entry, layout, unit):
        edits.append(InsertKey(path=key[:-1], key=str(key[-1]), value=value, after=_before(key, entry, layout)))
    return edits


def _list_edit(path: Path, old: fields.Value | None, new: tuple[str, ...]) -> Edit:
    had = old if isinstance(old, tuple) else ()
    if new[: len(had)] == had:
        return AppendItems(path=path, values=new[len(had) :])
    return SetList(path=path, values=new)


def _grouped(missing: Mapping[str, fields.Value], entry: Entry, layout: Layout, unit: str) -> list[tuple[Path, Value]]:
    """Put missing fields where the layout wants them; those of one missing mapping (`pricing`) go in together."""
    whole: dict[str, fields.Value] = {}
    grouped: list[tuple[Path, Value]] = []
    for name, value in missing.items():
        steps = layout.paths[name]
        if len(steps) == 1 or steps[:-1] in entry.groups:
            grouped.append(((*entry.path, *steps), _spelled(name, value, unit)))
        else:
            whole[name] = value
    nested = _nested(whole, layout, unit)
    return grouped + [((*entry.path, key), value) for key, value in nested.items()]


def _before(path: Path, entry: Entry, layout: Layout) -> tuple[str, ...]:
    """The keys after which a new one belongs, in the layout's own order."""
    depth = len(path) - 1
    siblings: list[str] = []
    for steps in layout.paths.values():
        full = (*entry.path, *steps)
        if full[:depth] == path[:-1]:
            key = str(full[depth])
            if key == path[-1]:
                break
            if key not in siblings:
                siblings.append(key)
    return tuple(siblings)


def _nested(values: Mapping[str, fields.Value], layout: Layout, unit: str) -> dict[str, Value]:
    """Spell fields as the nested mappings of an entry, in the layout's order."""
    tree: dict[str, Value] = {}
    for name, value in values.items():
        *outer, last = layout.paths[name]
        place = tree
        for step in outer:
            inner = place.setdefault(step, {})
            if isinstance(inner, dict):
                place = inner
        place[last] = _spelled(name, value, unit)
    return tree


def _spelled(name: str, value: fields.Value, unit: str) -> Value:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Decimal) and fields.is_price(name):
        return to_unit(value, unit)
    return value
