"""What differs between two states of a catalog, as data: formatting, comments, order, quotes and anchors are no differences.

A key without a value is the same as no key, and so is an empty mapping.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from modelsync.catalog.document import Alias, Mapping, Sequence, plain_value
from modelsync.catalog.entries import Keys
from modelsync.catalog.nodes import is_merge_key
from modelsync.catalog.values import Other, resolve
from modelsync.domain import fields
from modelsync.domain.money import plain
from modelsync.planning.changes import Add, FieldChange, Note, Remove, RenameEntry, Update

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from modelsync.catalog.document import Document, Node
    from modelsync.catalog.entries import Entry, Section
    from modelsync.layouts.layout import Layout
    from modelsync.planning.changes import Change

Path = tuple[str | int, ...]

OTHER = "other"
"""The kind of a note on a difference that is in no entry."""

_ALL_OF_IT = "entry"
_WHOLE = "the file"
_ROW = -1
_MARKS = frozenset(",[]{}:#\"'")
_MOST_PLACES = 60  # beyond them a number is spelled with its exponent, or in hex
_MOST_BITS = 200


class State(Struct, frozen=True):
    """One state of a catalog. The entries of `sections` have their prices in USD per token, so that states compare."""

    document: Document
    sections: tuple[Section, ...]


class _Fact(Struct, frozen=True):
    """What an entry says in one field: its value, None where modelsync does not know it or it is of another kind, and the text."""

    value: fields.Value | None
    text: str

    def says(self) -> fields.Value:
        return self.text if self.value is None else self.value

    def means(self) -> object:
        said = self.says()
        return frozenset(said) if isinstance(said, tuple) else said


class _Facts:
    """Everything a state says: by entry and field, and outside of entries.

    `providers` are empty where the layout does not lead by their names. `rows` are items beside entries that hold none, each as
    the list that it is in and what it says.
    """

    def __init__(self, state: State, layout: Layout) -> None:
        self.entries = {entry.name: entry for section in state.sections for entry in section.entries}
        self.providers = [section.provider for section in state.sections] if layout.names_providers else []
        self.fields: dict[str, dict[str, _Fact]] = {name: _typed(entry) for name, entry in self.entries.items()}
        self.outside: dict[str, str] = {}
        self.rows: Counter[tuple[str, str]] = Counter()
        known = {steps: name for name, steps in layout.paths.items() if all(isinstance(step, str) for step in steps)}
        places = {entry.path: entry for entry in self.entries.values()}
        around = {path[:depth] for path in places for depth in range(len(path))}
        items = _item_names(self.entries.values())
        for path, text in _flat(state.document.root, (), around, around | places.keys()):
            entry = next((found for depth in range(len(path) + 1) if (found := places.get(path[:depth]))), None)
            if entry is None and path[-1:] == (_ROW,):
                self.rows[_dotted(path[:-1], items), text] += 1
                continue
            if entry is None:  # outside of the entries, or under a key that is an alias or a collection
                self.outside[_dotted(path, items)] = text
                continue
            inner = tuple(map(str, path[len(entry.path) :]))
            if not _is_told(entry, inner):
                own = {steps: name for name, steps in entry.places.items()}
                field = own.get(inner) or known.get(inner) or ".".join(inner) or _ALL_OF_IT
                self.fields[entry.name].setdefault(field, _Fact(None, text))


def differences(before: State, after: State, layout: Layout) -> tuple[tuple[Change, ...], tuple[Note, ...]]:
    """Return what became of every entry from one state to the other, and notes on what differs outside of entries."""
    old, new = _Facts(before, layout), _Facts(after, layout)
    gone = [entry for name, entry in old.entries.items() if name not in new.entries]
    came = [entry for name, entry in new.entries.items() if name not in old.entries]
    renamed = _renamed(gone, came)
    changes: list[Change] = []
    for name, entry in new.entries.items():
        before_name = renamed.get(name, name)
        if before_name not in old.entries:
            changes.append(_added(entry, new.fields[name]))
            continue
        if before_name != name:
            changes.append(RenameEntry(entry.provider, old.entries[before_name].key, entry.key))
        if moved := _moved(old.fields[before_name], new.fields[name]):
            changes.append(Update(entry.provider, entry.key, "", moved, ""))
    for entry in gone:
        if entry.name not in renamed.values():
            reason = f"there before, with the model id {entry.model_id}" if entry.model_id else "there before"
            changes.append(Remove(entry.provider, entry.key, "", reason))
    notes = (
        *_sections_moved(old.providers, new.providers),
        *_outside_moved(old.outside, new.outside),
        *_rows_moved(old.rows, new.rows),
    )
    return tuple(changes), notes


def _renamed(gone: Iterable[Entry], came: Iterable[Entry]) -> dict[str, str]:
    """New name → old name, where one entry went and one came with the same provider and model id."""
    by_id: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for side, entries in enumerate((gone, came)):
        for entry in entries:
            if entry.model_id:
                by_id.setdefault((entry.provider, entry.model_id), ([], []))[side].append(entry.name)
    return {new[0]: old[0] for old, new in by_id.values() if len(old) == len(new) == 1}


def _added(entry: Entry, facts: dict[str, _Fact]) -> Add:
    values = {name: fact.says() for name, fact in facts.items()}
    return Add(entry.provider, entry.key, "", values, "not there before", unverified=False)


def _moved(old: dict[str, _Fact], new: dict[str, _Fact]) -> tuple[FieldChange, ...]:
    moved: list[FieldChange] = []
    for name in dict.fromkeys((*new, *old)):
        was, now = old.get(name), new.get(name)
        if (was.means() if was else None) != (now.means() if now else None):
            value, text = (was.value, was.text) if was else (None, "")
            moved.append(FieldChange(name, value, now.says() if now else None, text))
    return tuple(moved)


def _sections_moved(old: list[str], new: list[str]) -> Iterator[Note]:
    for provider in new:
        if provider not in old:
            yield Note(OTHER, provider, "the section was not there before")
    for provider in old:
        if provider not in new:
            yield Note(OTHER, provider, "the section is gone")


def _outside_moved(old: dict[str, str], new: dict[str, str]) -> Iterator[Note]:
    for name in dict.fromkeys((*new, *old)):
        was, now = old.get(name, "none"), new.get(name, "none")
        if was != now:
            yield Note(OTHER, name, f"{was} → {now}")


def _rows_moved(old: Counter[tuple[str, str]], new: Counter[tuple[str, str]]) -> Iterator[Note]:
    for home, row in (old - new).elements():
        yield Note(OTHER, home, f"a row is gone: {row}")
    for home, row in (new - old).elements():
        yield Note(OTHER, home, f"a row was not there before: {row}")


def _item_names(entries: Iterable[Entry]) -> dict[Path, str]:
    """Name the items of lists that hold entries by those, since their numbers move: by the only entry, else by the providers."""
    held: dict[Path, list[Entry]] = {}
    for entry in entries:
        for depth, step in enumerate(entry.path[:-1]):
            if isinstance(step, int):
                held.setdefault(entry.path[: depth + 1], []).append(entry)
    names: dict[Path, str] = {}
    keys = Keys()
    for path, inside in held.items():
        providers = ", ".join(dict.fromkeys(entry.provider for entry in inside))
        names[path] = keys.unique("", inside[0].name if len(inside) == 1 else providers)
    return names


def _dotted(path: Path, items: dict[Path, str]) -> str:
    return ".".join(items.get(path[: depth + 1]) or str(step) for depth, step in enumerate(path)) or _WHOLE


def _typed(entry: Entry) -> dict[str, _Fact]:
    """The fields that modelsync knows, where what stands there is of their kind."""
    return {
        name: _Fact(entry.fields[name].value, entry.fields[name].raw)
        for name in fields.ordered(entry.fields)
        if entry.fields[name].value is not None
    }


def _is_told(entry: Entry, path: tuple[str, ...]) -> bool:
    """Say whether all that a place of an entry says is in its fields: a list's rows, or a feature."""
    if path in entry.flags.values():
        return True
    if path not in entry.rows or entry.groups[path] or any(steps[: len(path)] == path for steps in entry.shared):
        return False
    rows = tuple(f"{'.'.join(path)}.{part}." for part in entry.rows[path])
    found = (field for name, field in entry.fields.items() if name.startswith(rows))
    return all(field.value is not None or not field.present for field in found)


def _flat(node: Node | None, path: Path, around: Container[Path], known: Container[Path]) -> Iterator[tuple[Path, str]]:
    """Yield what a node says, by the path of keys that leads there; nulls and empty mappings say nothing.

    A list is one value, but for those `around` entries. Of such a list each item is one, at its path and `_ROW`, but for the `known`
    ones, which are entries or around them.
    """
    target = node.target if isinstance(node, Alias) else node
    if isinstance(target, Mapping):
        for key, value in _members(target).items():
            yield from _flat(value, (*path, key), around, known)
    elif isinstance(target, Sequence) and path in around:
        for number, item in enumerate(target.items):
            if (*path, number) in known:
                yield from _flat(item, (*path, number), around, known)
            elif (value := plain_value(item)) is not None:
                yield (*path, _ROW), _spelled(value)
    elif (value := plain_value(target)) is not None:
        yield path, _spelled(value)


def _members(node: Mapping) -> dict[str, Node]:
    """The pairs a reader sees, by the text of their keys, in the order of the file."""
    merged: dict[str, Node] = {}
    for source in reversed(node.merged()):
        merged.update(_members(source))
    own = {key.value: value for key, value in node.pairs if not is_merge_key(key)}
    own.update({_spelled(plain_value(key)): value for key, value in node.opaque})
    return {**merged, **own}


def _spelled(value: object) -> str:
    """Spell a value so that what differs looks different: text that could be read as something else is in quotes."""
    match value:
        case list() | tuple():
            return f"[{', '.join(_item(item) for item in cast('Iterable[object]', value))}]"
        case dict():
            pairs = cast("dict[object, object]", value).items()
            return f"{{{', '.join(sorted(f'{_item(key)}: {_item(inner)}' for key, inner in pairs))}}}"
        case Other(kind="timestamp"):
            return str(value.content)
        case Other():
            return f"{value.kind} {_spelled(value.content)}"
        case _:
            return _scalar(value)


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return value if resolve(value) == value and value.strip() == value else _quoted(value)
        case Decimal() if value.is_finite() and abs(value.adjusted()) <= _MOST_PLACES:
            return plain(value)
        case int() if value.bit_length() > _MOST_BITS:
            return hex(value)
        case _:
            return str(value)


def _item(value: object) -> str:
    """Spell a value inside a list or a mapping, where commas and brackets have a meaning."""
    return _quoted(value) if isinstance(value, str) and not _MARKS.isdisjoint(value) else _spelled(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
