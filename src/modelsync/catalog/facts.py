"""Read the facts of one entry through a layout: every field with its value, where it stands, and whether it may be edited."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.document import Alias, Mapping, Scalar, Sequence
from modelsync.catalog.figures import hours, price, tokens, whole
from modelsync.catalog.nodes import MERGE_KEY
from modelsync.catalog.plain import NULLS
from modelsync.catalog.values import scalar_value
from modelsync.domain import fields
from modelsync.domain.money import shifted
from modelsync.layouts.layout import ANY, Row, Rows

if TYPE_CHECKING:
    from modelsync.catalog.document import Document, Node
    from modelsync.domain.fields import Value
    from modelsync.layouts.layout import Layout, Place, Steps


class Field(Struct, frozen=True, gc=False):
    """One field of an entry as the file has it.

    `value` is None when there is nothing to compare: the field is null (`present` is False then) or something else stands
    there; `obstacle` says so when that is more than a wrong word, so that it cannot be replaced either. Prices are USD per
    token. `raw` is the text a person sees.
    """

    value: Value | None
    present: bool = True
    obstacle: str = ""
    raw: str = ""


_NULL = Field(None, present=False, raw="null")


class Facts(Struct):
    """What was found in one entry.

    `fields` has what the file has. `groups` has the mappings and lists that hold fields (`pricing`, and in it `tiers`) and are
    there, with what is wrong with each, if anything. `rows` says by the steps to a list where in it each row is that can be told
    from the others; `shared` has the steps to mappings inside groups that hold more than the layout knows. `places` are the
    steps to fields that do not stand in their first place. `flags` has the features that are booleans here, with their steps;
    `true` those that the entry says it has. `ranks` are those of the places that count.
    """

    fields: dict[str, Field] = msgspec.field(default_factory=dict)
    groups: dict[Steps, str] = msgspec.field(default_factory=dict)
    rows: dict[Steps, dict[str, int]] = msgspec.field(default_factory=dict)
    shared: set[Steps] = msgspec.field(default_factory=set)
    places: dict[str, Steps] = msgspec.field(default_factory=dict)
    flags: dict[str, Steps] = msgspec.field(default_factory=dict)
    true: set[str] = msgspec.field(default_factory=set)
    ranks: dict[str, tuple[bool, int]] = msgspec.field(default_factory=dict)


class _Leaf(Struct):
    """The place of a field; the one with the lowest rank counts where an entry has several. `flag` is a feature."""

    name: str
    rank: int = 0
    flag: bool = False


class _Home(Struct):
    """What the layout keeps in a mapping, by key: a field, or another mapping or list. `rows` makes it a list."""

    known: dict[str, _Leaf | _Home]
    rows: Rows | None = None

    @property
    def selector(self) -> str:
        """The key that tells its rows apart; empty for a mapping."""
        return self.rows.key if self.rows is not None else ""


def _home(layout: Layout) -> _Home:
    """Put the paths of a layout together."""
    root = _Home({})
    for name, place in layout.paths.items():
        for rank, one in enumerate((place, *layout.others.get(name, ()))):
            _settle(root, one, _Leaf(name, rank))
    for feature, place in layout.flags.items():
        _settle(root, place, _Leaf(feature, flag=True))
    return root


def _settle(home: _Home, place: Place, leaf: _Leaf) -> None:
    for step in place[:-1]:
        if isinstance(step, Rows):
            home.rows = step
            continue
        inner = home.known.setdefault(step, _Home({}))
        home = inner if isinstance(inner, _Home) else home
    home.known[str(place[-1])] = leaf


class FactReader:
    """Reads the entries of one document. Prices are USD per `unit`, in the money of the layout."""

    def __init__(self, document: Document, layout: Layout, unit: str) -> None:
        self.document = document
        self.layout = layout
        self.unit = unit
        self.home = _home(layout)
        self.spelled = {word: feature for feature, word in layout.words.items()}
        self.common: dict[tuple[str, str], Field] = {}

    def read(self, node: Mapping) -> Facts:
        """Read one entry."""
        found = Facts()
        self._read(node, self.home, found)
        if found.flags:
            have = tuple(feature for feature in self.layout.flags if feature in found.true)
            found.fields[fields.FEATURES] = Field(have, raw=", ".join(have))
        return found

    def pins(self, node: Mapping) -> tuple[str, ...]:
        """Return the patterns of the entry's own pin (`*` for all)."""
        pin = inside(node, self.layout.pinned) if self.layout.pinned else None
        if isinstance(pin, Sequence):
            return tuple(item.value for item in pin.items if isinstance(item, Scalar))
        if isinstance(pin, Scalar):
            return _pin(pin)
        return ("*",) if pin is not None else ()

    def _read(self, node: Mapping, home: _Home, found: Facts, steps: Steps = (), part: str = "") -> None:
        """Read a mapping that holds fields, and the mappings and lists in it that do; `part` stands in their names for `*`."""
        known = home.known
        for key, value in _seen(node):
            here = known.get(key)
            target = value.target if isinstance(value, Alias) else value
            if isinstance(here, _Leaf):
                self._read_leaf(here, target, found, (*steps, key), part)
            elif here is not None:
                self._read_group(target, here, found, (*steps, key), part)
            elif steps and key != home.selector:
                found.shared.add(steps)
        if node.opaque and steps:
            found.shared.add(steps)

    def _read_leaf(self, leaf: _Leaf, node: Node, found: Facts, steps: Steps, part: str) -> None:
        if leaf.flag:
            self._read_flag(leaf.name, node, found, steps)
            return
        name = leaf.name.replace(ANY, part) if part else leaf.name
        rank = (is_null(node), leaf.rank)  # where nothing stands counts last
        if rank > found.ranks.get(name, rank):
            return
        found.fields[name], found.ranks[name] = self._field(leaf.name, node), rank
        if leaf.rank:
            found.places[name] = steps
        else:
            found.places.pop(name, None)

    def _read_flag(self, feature: str, node: Node, found: Facts, steps: Steps) -> None:
        """Read a feature that is a boolean. Where it is none, the entry has no word for it."""
        says = scalar_value(node) if isinstance(node, Scalar) else None
        if isinstance(says, bool):
            found.flags[feature] = steps
            if says:
                found.true.add(feature)

    def _read_group(self, node: Node, home: _Home, found: Facts, steps: Steps, part: str) -> None:
        """Read a mapping or a list inside an entry; note that it is there, and what is wrong."""
        found.groups[steps] = ""
        if is_null(node):
            return
        if home.rows is not None and isinstance(node, Sequence):
            self._read_rows(node, home, home.rows, found, steps)
        elif home.rows is None and isinstance(node, Mapping):
            self._read(node, home, found, steps, part)
        else:
            what = "mapping" if home.rows is None else "list"
            found.groups[steps] = f"{self._line(node)}: `{_dotted(steps)}` is not a {what}"

    def _read_rows(self, node: Sequence, home: _Home, rows: Rows, found: Facts, steps: Steps) -> None:
        """Read a list of rows. What is wrong with one of them is an obstacle to all: nobody knows what it stands for."""
        places: dict[str, int] = {}
        read = Facts()
        problem = ""
        for number, item in enumerate(node.items):
            row = item.target if isinstance(item, Alias) else item
            part, wrong = self._part(row, rows, steps)
            if part in places:
                wrong = f"{self._line(item)}: `{_dotted(steps)}` has a row with the same `{rows.key}` twice"
            problem = problem or wrong
            if not wrong and isinstance(row, Mapping):
                places[part] = number
                self._read(row, home, read, (*steps, Row(rows, part)), part)
        found.rows[steps] = places
        found.groups[steps] = problem
        found.groups |= read.groups
        found.rows |= read.rows
        found.shared |= read.shared
        for name, field in read.fields.items():
            found.fields[name] = replace(field, obstacle=field.obstacle or problem) if problem else field

    def _part(self, row: Node, rows: Rows, steps: Steps) -> tuple[str, str]:
        """Return what tells a row from others, and what is wrong with it, if anything."""
        list_name = f"a row of `{_dotted(steps)}`"
        if not isinstance(row, Mapping):
            return "", f"{self._line(row)}: {list_name} is not a mapping"
        if row.duplicate is not None:
            return "", f"{self._line(row.duplicate)}: `{row.duplicate.value}` is there twice"
        key = row.find(rows.key)
        if key is None:
            return "", f"{self._line(row)}: {list_name} has no `{rows.key}`"
        value = key[0].value if isinstance(key[0], Scalar) else ""
        part = tokens(value) if rows.kind == "tokens" else hours(value)
        if not part:
            return "", f"{self._line(key[0])}: `{rows.key}` of {list_name} cannot be read"
        return part, ""

    def _field(self, name: str, node: Node) -> Field:
        target = node.target if isinstance(node, Alias) else node
        if is_null(target):
            return _NULL
        kind = "list of names" if name == fields.FEATURES else "single value"
        if name == fields.FEATURES and isinstance(target, Sequence):
            names = tuple(item.value for item in target.items if isinstance(item, Scalar))
            if len(names) == len(target.items):
                return Field(tuple(self.spelled.get(word, word) for word in names), raw=", ".join(names))
        elif name != fields.FEATURES and isinstance(target, Scalar):
            return self._scalar(name, target)
        obstacle = f"{self._line(node)}: `{name}` is not a {kind}"
        return Field(None, obstacle=obstacle, raw=self.document.text[target.start : target.end])

    def _scalar(self, name: str, node: Scalar) -> Field:
        """Read a field of one value. Entries repeat prices and limits: what is the same is the same object."""
        field = self.common.get((name, node.value))
        if field is None:
            field = self._unread(name, node)
            if not field.obstacle and name not in fields.FILLED:
                self.common[name, node.value] = field
        return field

    def _unread(self, name: str, node: Scalar) -> Field:
        """Read a value. One of the wrong kind is none; in a team's own file it is not ours to replace."""
        value = self._value(name, node.value)
        strange = value is None and not self.layout.described
        what = "day, such as 2026-01-31" if name == fields.REVIEWED else "number"
        obstacle = f"{self._line(node)}: `{name}` is no {what}" if strange else ""
        return Field(value, obstacle=obstacle, raw=node.value)

    def _value(self, name: str, text: str) -> Value | None:
        """Read a scalar field's value; None when it is not of the right kind."""
        if fields.is_price(name):
            read = price(text, fields.unit_of(name, self.unit))
            return shifted(read, self.layout.shift) if read is not None and self.layout.shift else read
        if name in fields.LIMITS:
            return whole(text)
        if name == fields.REVIEWED:
            return text if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
        return text

    def _line(self, node: Node) -> str:
        return f"line {self.document.position(node.start)[0]}"


def _pin(pin: Scalar) -> tuple[str, ...]:
    """Read a pin of one word: a yes or a no, or the field that it names."""
    if fields.is_pattern(pin.value):
        return (pin.value,)
    word = pin.value.lower()
    if word in ("false", "no", "off", "") or is_null(pin):
        return ()
    return ("*",) if word in ("true", "yes", "on") else ("*", pin.value)  # what was meant is pinned, to be safe


def is_null(node: Node | None) -> bool:
    """Say whether nothing stands there."""
    return node is None or (isinstance(node, Scalar) and not node.style and node.value in NULLS)


def inside(node: Node | None, place: tuple[str, ...]) -> Node | None:
    """Return what a reader sees at a place inside a mapping; None where there is nothing."""
    for step in place:
        found = node.find(step) if isinstance(node, Mapping) else None
        if found is None:
            return None
        node = found[0]
    return node.target if isinstance(node, Alias) else node


def _seen(node: Mapping) -> list[tuple[str, Node]]:
    """The keys that a reader sees in a mapping, and their values."""
    merged = node.merged()
    if not merged:
        return [(key.value, value) for key, value in node.pairs]
    pairs = {key: value for source in reversed(merged) for key, value in _seen(source)}
    return [*(pairs | {key.value: value for key, value in node.pairs if key.value != MERGE_KEY}).items()]


def _dotted(steps: Steps) -> str:
    return ".".join(step.part if isinstance(step, Row) else step for step in steps)
