"""Edits that set and remove fields of an entry, wherever the layout keeps them: in the entry, in mappings, in rows of lists."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from modelsync.catalog.edits import InsertItem, InsertKey, RemoveKey, RenameKey, SetScalar
from modelsync.domain import fields
from modelsync.domain.money import shifted, to_unit
from modelsync.layouts.layout import Capture, Row, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from modelsync.catalog.edits import Edit, Path, Value
    from modelsync.catalog.entries import Entry
    from modelsync.catalog.neighbour import Neighbour
    from modelsync.layouts.layout import Layout, Step, Steps

_Pattern: TypeAlias = "tuple[str | Rows, ...]"


class _Tree(dict["Step", "_Tree | Value"]):
    """Values by the steps that lead to them."""


def path_of(entry: Entry, name: str, layout: Layout) -> Path:
    """Return where a field stands that an entry has."""
    return _path(entry, steps_of(entry, name, layout))


def steps_of(entry: Entry, name: str, layout: Layout) -> Steps:
    """Return the steps from an entry to a field: to where it has it, else to where the layout has it first."""
    return entry.places.get(name) or layout.steps(name)


def captured(entry: Entry, name: str, layout: Layout) -> Path | None:
    """Return the path to the key of the file that a pattern takes for `id` or `key`; None where the entry has none."""
    begin = 1 if layout.several else 0
    for pattern in layout.patterns:
        if begin + len(pattern) != len(entry.path):
            continue
        for depth, step in enumerate(pattern, begin):
            if isinstance(step, Capture) and step.name == name:
                return entry.path[: depth + 1]
    return None


def goes_by_id(entry: Entry, layout: Layout) -> bool:
    """Say whether the key of an entry is its model id as the file has it, for want of a key of its own."""
    return bool(entry.common) and not entry.key_at and captured(entry, "key", layout) is None


def renaming(entry: Entry, new: str, layout: Layout) -> Edit | None:
    """Return the edit that gives an entry another key: in its field, in the file's key, or in that of the model id which it goes by.

    None where no place has the entry's key as it is: it goes by its id for want of a key, or a rule of the layout rewrites the id.
    """
    if entry.key_at:
        return SetScalar((*entry.path, *entry.key_at), new)
    if (path := captured(entry, "key", layout)) is not None:
        return RenameKey(path, new)
    path = captured(entry, "id", layout)
    if path is None or path[-1] != f"{entry.prefix}{entry.common}":
        return None
    return RenameKey(path, f"{entry.prefix}{new}")


def expressible(entry: Entry, layout: Layout) -> frozenset[str] | None:
    """Return the features that an entry can say that its model has; None where it can say any."""
    if layout.flags:
        return frozenset(entry.flags)
    return frozenset(layout.words) if layout.words else None


def why_not_written(entry: Entry, name: str, layout: Layout, editable: Callable[[Path], str | None]) -> str:
    """Say why a field of an entry cannot be set where it stands, or would stand; empty when it can."""
    field = entry.fields.get(name)
    if name == fields.FEATURES and entry.flags:
        wrong = (editable(_path(entry, steps)) for steps in entry.flags.values())
        return next(filter(None, wrong), "")
    steps = steps_of(entry, name, layout)
    if field is not None:
        return field.obstacle or editable(_path(entry, steps)) or ""
    wrong = next((wrong for depth in range(len(steps)) if (wrong := entry.groups.get(steps[:depth]))), "")
    return wrong or editable(_path(entry, steps[: _depth(entry, steps)])) or ""


class Placing:
    """Knows where the entries of one catalog keep their fields, and how: the layout, and the unit of its prices."""

    def __init__(self, layout: Layout, unit: str) -> None:
        self.layout = layout
        self.unit = unit
        self._places = {pattern: place for place, pattern in enumerate(layout.paths.values())}
        self._keys: dict[_Pattern, tuple[str, ...]] = {}

    def edits(self, entry: Entry, values: Mapping[str, fields.Value], removed: Collection[str] = ()) -> list[Edit]:
        """Return the edits that set fields of an entry to these values, and take others out.

        Mappings, lists and rows that are missing are made, in the layout's order; of those that nothing is left in, the largest
        goes. What holds something that the layout does not know stays, and so does every mapping of the entry's own.
        """
        edits: list[Edit] = []
        missing: dict[Steps, _Tree] = {}
        for name in sorted(values, key=self._order):
            steps, value = steps_of(entry, name, self.layout), self.spelled(name, values[name])
            if name == fields.MODEL:
                value = f"{entry.prefix}{value}"
            if name in entry.fields:
                edits.append(SetScalar(_path(entry, steps), value))
            else:
                depth = _depth(entry, steps) + 1
                _grow(missing.setdefault(steps[:depth], _Tree()), steps[depth - 1 :], value)
        inserted = sorted(missing, key=_row_rank)
        edits += [self._insert(entry, steps, _written(missing[steps][steps[-1]])) for steps in inserted]
        return edits + self._removals(entry, removed, {steps_of(entry, name, self.layout) for name in values})

    def nested(self, values: Mapping[str, fields.Value]) -> dict[str, Value]:
        """Spell the fields of a new entry as its mapping, in the order given."""
        return self.row("", values, None)

    def row(
        self, key: str, values: Mapping[str, fields.Value], like: Entry | None, style: Neighbour | None = None
    ) -> dict[str, Value]:
        """Spell a new entry as its mapping: what it goes by, whose model it is, and its fields, where an entry `like` it has them.

        With a `style` the keys stand in its order, and numbers are written as its are.
        """
        tree = _Tree()
        if self.layout.keys:
            _grow(tree, (like.key_at if like is not None else ()) or self.layout.keys[0], key)
        if like is not None and like.label and self.layout.provider.places:
            _grow(tree, self.layout.provider.places[0], like.label)
        for name, value in values.items():
            if name == fields.FEATURES and self.layout.flags:
                for feature in value if isinstance(value, tuple) else ():
                    _grow(tree, self.layout.flags[feature], value=True)
                continue
            steps = self.layout.steps(name) if like is None else steps_of(like, name, self.layout)
            prefix = like.prefix if like is not None and name == fields.MODEL else ""
            said = f"{prefix}{value}" if prefix else self.spelled(name, value)
            _grow(
                tree,
                steps,
                style.spelled(path_of(like, name, self.layout), said)
                if style and like and name in like.fields
                else said,
            )
        row = {str(step): _written(inner) for step, inner in tree.items()}
        return style.in_order(row) if style is not None else row

    def spelled(self, name: str, value: fields.Value) -> Value:
        """Return a field's value as the catalog writes it: prices in its unit, features as a list."""
        if name == fields.REVIEWED:
            return date.fromisoformat(str(value))
        if isinstance(value, tuple):
            return [self.layout.words.get(feature, feature) for feature in value]
        if isinstance(value, Decimal) and fields.is_price(name):
            return shifted(to_unit(value, fields.unit_of(name, self.unit)), -self.layout.shift)
        return value

    def flags(self, entry: Entry, old: Collection[str], new: Collection[str]) -> list[Edit]:
        """Return the edits that make the booleans of an entry say these features."""
        return [
            SetScalar(_path(entry, steps), feature in new)
            for feature, steps in entry.flags.items()
            if (feature in old) != (feature in new)
        ]

    def _order(self, name: str) -> int:
        return self._places[_pattern(self.layout.steps(name))]

    def _insert(self, entry: Entry, steps: Steps, value: Value) -> Edit:
        home, step = steps[:-1], steps[-1]
        if isinstance(step, Row):
            later = [number for part, number in entry.rows.get(home, {}).items() if _rank(part) > _rank(step.part)]
            return InsertItem(_path(entry, home), _row(step, value), min(later, default=None))
        keys = self._keys_in(_pattern(home))
        return InsertKey(_path(entry, home), step, value, keys[: keys.index(step)])

    def _keys_in(self, home: _Pattern) -> tuple[str, ...]:
        """The keys that the layout knows in a mapping, in its order."""
        known = self._keys.get(home)
        if known is None:
            depth = len(home)
            inside = [path[depth] for path in self._places if path[:depth] == home and len(path) > depth]
            selector = [home[-1].key] if home and isinstance(home[-1], Rows) else []
            known = tuple(dict.fromkeys((*selector, *(key for key in inside if isinstance(key, str)))))
            self._keys[home] = known
        return known

    def _removals(self, entry: Entry, removed: Collection[str], written: Iterable[Steps]) -> list[Edit]:
        gone = [steps_of(entry, name, self.layout) for name in removed]
        left = {
            steps_of(entry, name, self.layout)[:-1]
            for name in entry.fields
            if name not in removed and not (name == fields.FEATURES and entry.flags)
        }
        left |= {steps[:-1] for steps in entry.flags.values()}
        left |= (
            {steps[:-1] for steps in written} | entry.shared | {home for home, wrong in entry.groups.items() if wrong}
        )
        kept = {steps[:depth] for steps in left for depth in range(len(steps) + 1)}
        return [RemoveKey(_path(entry, steps)) for steps in dict.fromkeys(_largest(steps, kept) for steps in gone)]


def _largest(steps: Steps, kept: Collection[Steps]) -> Steps:
    """The steps to the largest thing that goes with a field, where all of `kept` stays."""
    return next((steps[:depth] for depth in range(2, len(steps)) if steps[:depth] not in kept), steps)


def _path(entry: Entry, steps: Steps) -> Path:
    """Turn steps to what an entry has into a path of the document."""
    return (
        *entry.path,
        *(entry.rows[steps[:depth]][step.part] if isinstance(step, Row) else step for depth, step in enumerate(steps)),
    )


def _depth(entry: Entry, steps: Steps) -> int:
    """How many of the steps lead to mappings, lists and rows that are there; the last step is not asked."""
    for depth, step in enumerate(steps[:-1]):
        there = (
            step.part in entry.rows.get(steps[:depth], ())
            if isinstance(step, Row)
            else steps[: depth + 1] in entry.groups
        )
        if not there:
            return depth
    return len(steps) - 1


def _pattern(steps: Steps) -> _Pattern:
    return tuple(step.rows if isinstance(step, Row) else step for step in steps)


def _grow(tree: _Tree, steps: Steps, value: Value) -> None:
    """Put a value where the steps lead."""
    for step in steps[:-1]:
        inner = tree.setdefault(step, _Tree())
        if isinstance(inner, _Tree):
            tree = inner
    tree[steps[-1]] = value


def _written(tree: _Tree | Value) -> Value:
    """Turn a tree into mappings, and lists of rows in their order."""
    if not isinstance(tree, _Tree):
        return tree
    rows = sorted((step for step in tree if isinstance(step, Row)), key=lambda row: _rank(row.part))
    if rows:
        return [_row(row, _written(tree[row])) for row in rows]
    return {str(step): _written(inner) for step, inner in tree.items()}


def _row(row: Row, value: Value) -> Value:
    """Put before the fields of a row what tells it from others."""
    part: Value = int(row.part) if row.rows.kind == "tokens" else spelled_hours(row.part)
    return {row.rows.key: part, **value} if isinstance(value, dict) else value


def spelled_hours(name: str) -> str:
    """Spell hours of the day for a reader: `01:00-04:00`."""
    return "-".join(f"{clock[:2]}:{clock[2:]}" for clock in name.split("-"))


def _row_rank(steps: Steps) -> tuple[int, str]:
    """Order what is missing: rows of one list as they will stand in it."""
    return _rank(steps[-1].part) if isinstance(steps[-1], Row) else (0, "")


def _rank(part: str) -> tuple[int, str]:
    """Order rows: by tokens, or by the hour at which they begin."""
    return int(part.partition("-")[0]), part
