"""New text in the habits of its neighbourhood: values as lines of block style, or on one line in flow style."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from modelsync.catalog.edits import Written
from modelsync.catalog.habits import BLOCK, FLOW, PADDED, SAMPLE, TIGHT
from modelsync.catalog.nodes import Mapping, Node
from modelsync.catalog.scalars import literal_lines, number_text, string_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.catalog.edits import Bare, Path, Value
    from modelsync.catalog.habits import Habits

_STEP = 2


class Writer:
    """Writes values that go into the collection at `path`. Lines come without line breaks, indented in full."""

    def __init__(self, habits: Habits, path: Path) -> None:
        self.habits = habits
        self.path = path
        self.chain = habits.chain(path)
        around = habits.around(path)
        self.home = around[-1] if len(around) == len(path) + 1 else None
        self._keys: dict[tuple[str, bool, bool], str] = {}
        self._steps: dict[tuple[str | None, bool], int] = {}
        text = habits.document.text
        # A literal block as the last thing in a file without a final line break would lose its own.
        self.literals = text.endswith(("\n", "\r")) or not text

    def slot(self, key: str, value: Value, column: int, *, is_mapping: bool) -> list[str]:
        """A new child of the home collection in block style."""
        return self.pair(key, value, column) if is_mapping else self.item(value, column, self.name(""))

    def name(self, key: str) -> str | None:
        """What a child's habits are asked for by: its key, or for an item the key of the list."""
        return key or next((step for step in reversed(self.path) if isinstance(step, str)), None)

    def pair(self, key: str, value: Value, column: int, *, top: bool = True) -> list[str]:
        """`key: value` in block style, the key at a column. `top`: it goes into the home collection itself."""
        head = f"{' ' * column}{self.key(key, flow=False, top=top)}:"
        if isinstance(value, dict) and value and not self.is_flow_mapping(key, top=top):
            return [head, *self.mapping(value, column + self.step(key, top=top))]
        if isinstance(value, list) and value and not self.chain.is_flow_list(key, value):
            return [head, *self.sequence(value, column + self.dash(key), key)]
        if (
            isinstance(value, str)
            and "\n" in value
            and (block := self._literal(value, column, self.step(key, top=top)))
        ):
            return [f"{head} {block[0]}", *block[1:]]
        return [f"{head} {self.inline(value, key)}"]

    def item(self, value: Value, column: int, key: str | None) -> list[str]:
        """`- value` in block style, the dash at a column, in the list of a key."""
        indent = " " * column
        lines: list[str] = []
        if isinstance(value, dict) and value and not self._is_flow_item():
            lines = self.mapping(value, column + 2)
        elif isinstance(value, list) and value:
            lines = self.sequence(value, column + 2, f"{key}[]")
        elif isinstance(value, str) and (block := self._literal(value, column, 2)):
            return [f"{indent}- {block[0]}", *block[1:]]
        if lines:
            return [f"{indent}- {lines[0][column + 2 :]}", *lines[1:]]
        return [f"{indent}- {self.inline(value, f'{key}[]')}"]

    def _is_flow_item(self) -> bool:
        """Whether a mapping in a block list is written `- {a: 1}`."""
        if self.chain.most("list of collections", None, (FLOW, BLOCK)) == FLOW:
            return True
        return self.chain.most("item", None, (BLOCK, FLOW)) == FLOW

    def mapping(self, value: dict[str, Value], column: int) -> list[str]:
        """The pairs of a mapping in block style."""
        return [line for key, item in value.items() for line in self.pair(key, item, column, top=False)]

    def sequence(self, value: list[Value], column: int, key: str | None) -> list[str]:
        """The items of a list in block style."""
        return [line for item in value for line in self.item(item, column, key)]

    def inline(self, value: Value, key: str | None, *, flow: bool = False) -> str:
        """A value on one line. `flow`: it stands inside brackets or braces."""
        if isinstance(value, dict):
            pairs = (
                f"{self.key(name, flow=True)}: {self.inline(item, name, flow=True)}" for name, item in value.items()
            )
            return self._flow("{", pairs, "}", "map pad")
        if isinstance(value, list):
            return self._flow("[", (self.inline(item, f"{key}[]", flow=True) for item in value), "]", "list pad")
        if isinstance(value, str):
            return string_text(value, self.chain.quote(key), flow=flow)
        if isinstance(value, Written):
            return value.text
        return scalar_text(value)

    def key(self, key: str, *, flow: bool, top: bool = False) -> str:
        """A key, quoted if its siblings always are, or if it is elsewhere."""
        known = self._keys.get((key, flow, top))
        if known is None:
            known = self._keys[key, flow, top] = self._new_key(key, flow=flow, top=top)
        return known

    def _new_key(self, key: str, *, flow: bool, top: bool) -> str:
        style: str | None = None
        if top and isinstance(self.home, Mapping) and self.home.pairs:
            styles = {name.style or "" for name, _ in self.home.pairs[-SAMPLE:]}
            style = styles.pop() if len(styles) == 1 else ""
        if style is None:
            style = self.chain.uniform("key", key)
        if style is None:
            style = self.chain.uniform("key", None)
        return string_text(key, style or self.chain.needed_quote(), flow=flow)

    def is_flow_mapping(self, key: str, *, top: bool) -> bool:
        """Whether the mapping under a key is written `{a: 1}`: as under the same key nearby, else as all its siblings."""
        if top:
            same = [
                node.flow for node in self.habits.cousins((*self.path, key)) if isinstance(node, Mapping) and node.pairs
            ]
            if same:
                return same.count(True) * 2 > len(same)
            siblings = self._mappings(self.home)
            for cousin in self.habits.cousins(self.path) if not siblings else ():
                siblings += self._mappings(cousin)
            if siblings:
                return all(node.flow for node in siblings)
        return self.chain.most("map", key, (BLOCK, FLOW)) == FLOW

    def step(self, key: str | None, *, top: bool) -> int:
        """By how much the content of a key is indented."""
        place = (None, True) if top and self.home is not None else (key, top)
        known = self._steps.get(place)
        if known is None:
            known = self._steps[place] = self._new_step(key, top=top)
        return known

    def _new_step(self, key: str | None, *, top: bool) -> int:
        found = self.habits.inner_step(self.home) if top else None
        if found is None and top:
            cousins = (self.habits.inner_step(cousin) for cousin in self.habits.cousins(self.path))
            found = next((step for step in cousins if step), None)
        found = found or self.chain.number("step", key) or self.chain.number("step", None) or _STEP
        return max(found, 1)

    def dash(self, key: str | None) -> int:
        """By how much the dashes of a list are indented below its key; 0 is the compact style."""
        found = self.chain.number("dash", key)
        if found is None:
            found = self.chain.number("dash", None)
        return self.step(key, top=False) if found is None else max(found, 0)

    def comma(self) -> str:
        """What separates the items of a flow collection."""
        return "," if self.chain.most("comma", None, (PADDED, TIGHT)) == TIGHT else ", "

    def _flow(self, opening: str, parts: Iterable[str], closing: str, pad: str) -> str:
        inner = self.comma().join(parts)
        space = " " if inner and self.chain.most(pad, None, (TIGHT, PADDED)) == PADDED else ""
        return f"{opening}{space}{inner}{space}{closing}"

    def _literal(self, value: str, column: int, step: int) -> list[str] | None:
        lines = literal_lines(value, step) if self.literals else None
        if lines is None:
            return None
        indent = " " * (column + step)
        return [lines[0], *(indent + line if line else "" for line in lines[1:])]

    @staticmethod
    def _mappings(node: Node | None) -> list[Mapping]:
        if not isinstance(node, Mapping):
            return []
        return [value for _, value in node.pairs[-SAMPLE:] if isinstance(value, Mapping) and value.pairs]


def scalar_text(value: Bare | date) -> str:
    """A value that is no text, as YAML 1.1 and 1.2 read it alike."""
    if value is None:
        return "null"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value)
