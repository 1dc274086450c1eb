"""The habits of a file, found where the new text will stand: in the same collection first, then in those around it.

Each collection on the way to the root is surveyed at most once, from its end backward and over a bounded number of
nodes, so that asking costs the same in a large file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from modelsync.catalog.nodes import Mapping, Node, Scalar, Sequence
from modelsync.catalog.number_style import Shown, shown
from modelsync.catalog.scalars import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Path, Value

SAMPLE = 12
FLOW, BLOCK = "flow", "block"
PADDED, TIGHT = "padded", "tight"
_BUDGET = 400
_NUMBERS = 50
_FLOW_LIST_WIDTH = 60

Option: TypeAlias = "str | int"
Survey: TypeAlias = "dict[tuple[str, str | None], dict[Option, int]]"


class Chain:
    """The surveys of a collection and of those around it, the innermost first; each is made when it is needed."""

    __slots__ = ("_habits", "_needed", "_nodes")

    def __init__(self, habits: Habits, nodes: list[Mapping | Sequence]) -> None:
        self._habits = habits
        self._nodes = nodes
        self._needed: str | None = None

    def __iter__(self) -> Iterator[Survey]:
        for node in reversed(self._nodes):
            yield self._habits.survey(node)

    def most(self, what: str, key: str | None, options: tuple[Option, ...]) -> Option | None:
        """What the nearest survey that knows says most often; on a tie the option named first. None if none knows."""
        for survey in self:
            found = survey.get((what, key))
            if found:
                counts = [found.get(option, 0) for option in options]
                return options[counts.index(max(counts))]
        return None

    def number(self, what: str, key: str | None) -> int | None:
        """The number the nearest survey that knows has most often, the smaller on a tie."""
        for survey in self:
            found = survey.get((what, key))
            if found:
                return -max((count, -option) for option, count in found.items() if isinstance(option, int))[1]
        return None

    def uniform(self, what: str, key: str | None) -> str | None:
        """The text that the nearest survey that knows finds always, '' if it finds several, None if none knows."""
        for survey in self:
            found = survey.get((what, key))
            if found:
                return str(next(iter(found))) if len(found) == 1 else ""
        return None

    def quote(self, key: str | None) -> str:
        """The quote for a text: the one that siblings always use under the same key, else everywhere; '' for none; '?'
        for none, but double where one is needed.
        """
        found = self.uniform("quote", key)
        if found is None:
            found = self.uniform("quote", None)
        return found or self.needed_quote()

    def needed_quote(self) -> str:
        """How to quote where plain is usual but not possible: '?' for double, '' for single."""
        if self._needed is None:
            self._needed = "?" if self._most_quoted() == '"' else ""
        return self._needed

    def _most_quoted(self) -> str:
        for survey in self:
            found = survey.get(("quote", None), {})
            single, double = found.get("'", 0), found.get('"', 0)
            if single or double:
                return '"' if double > single else "'"
        return ""

    def is_flow_list(self, key: str | None, values: list[Value]) -> bool:
        """Whether a list is written `[a, b]`: as under the same key in siblings, else as other lists, else if short."""
        if any(isinstance(value, dict | list) and value for value in values):
            return self.most("list of collections", None, (FLOW, BLOCK)) == FLOW
        known = self.most("list", key, (FLOW, BLOCK)) or self.most("list", None, (FLOW, BLOCK))
        return known == FLOW if known else sum(len(str(value)) + 2 for value in values) <= _FLOW_LIST_WIDTH


class Habits:
    """How a document is written. The documents of one file share their `surveys`."""

    def __init__(self, document: Document, surveys: dict[int, Survey]) -> None:
        self.document = document
        self._surveys = surveys
        self._shown: dict[int, Shown] = {}

    def chain(self, path: Path) -> Chain:
        """The surveys of the collections at a path, the innermost first, then of all documents of the file. A missing one
        is skipped.
        """
        stream = self.document.stream
        return Chain(self, [*([stream] if stream is not None else []), *self.around(path)])

    def around(self, path: Path) -> list[Mapping | Sequence]:
        """The collections from the root to a path."""
        found: list[Mapping | Sequence] = []
        node = self.document.root
        for step in (*path, None):
            if not isinstance(node, Mapping | Sequence):
                break
            found.append(node)
            if isinstance(node, Mapping):
                node = node.own(step) if isinstance(step, str) else None
            else:
                node = node.items[step] if isinstance(step, int) else None
        return found

    def cousins(self, path: Path) -> list[Mapping | Sequence]:
        """The collections under the same key in the siblings of a collection's parent: the `models` of other providers."""
        around = self.around(path[:-2])
        step = path[-1] if len(path) > 1 else None
        if not isinstance(step, str) or len(around) < len(path) - 1:
            return []
        home = around[-1]
        siblings = [value for _, value in home.pairs[-SAMPLE:]] if isinstance(home, Mapping) else home.items[-SAMPLE:]
        found = [sibling.own(step) for sibling in siblings if isinstance(sibling, Mapping)]
        return [node for node in found if isinstance(node, Mapping | Sequence)]

    def inner_step(self, node: Node | None) -> int | None:
        """By how much a mapping's own block mappings are indented, mostly."""
        if not isinstance(node, Mapping) or node.flow:
            return None
        pairs = [(key, value) for key, value in node.pairs[-SAMPLE:] if isinstance(value, Mapping)]
        steps = [step for key, value in pairs if (step := self._step(key, value))]
        return max(set(steps), key=steps.count) if steps else None

    def _step(self, key: Scalar, value: Mapping) -> int:
        lines = self.document.lines
        return 0 if value.flow or not value.pairs else lines.column(value.pairs[0][0].start) - lines.column(key.start)

    def numbers(self, node: Node | None) -> Shown:
        """What the numbers in a mapping show of their style."""
        if not isinstance(node, Mapping):
            return Shown()
        found = self._shown.get(id(node))
        if found is None:
            values = (value for _, value in node.pairs[:_NUMBERS])
            texts = (value.value for value in values if isinstance(value, Scalar) and value.style not in ("|", ">"))
            found = self._shown[id(node)] = shown(texts)
        return found

    def survey(self, node: Mapping | Sequence) -> Survey:
        """What is counted below one collection."""
        survey = self._surveys.get(id(node))
        if survey is None:
            survey = self._surveys[id(node)] = _Surveyor(self.document).take(node)
        return survey


class _Surveyor:
    """Counts the habits below one node."""

    def __init__(self, document: Document) -> None:
        self.lines = document.lines
        self.text = document.text
        self.counts: Survey = {}
        self.left = _BUDGET

    def take(self, node: Mapping | Sequence) -> Survey:
        self._visit(node, "")
        return self.counts

    def _count(self, what: str, key: str | None, option: Option) -> None:
        found = self.counts.setdefault((what, key), {})
        found[option] = found.get(option, 0) + 1

    def _both(self, what: str, key: str, option: Option) -> None:
        self._count(what, key, option)
        self._count(what, None, option)

    def _visit(self, node: Node, key: str) -> None:
        self.left -= 1
        if self.left < 0:
            return
        if isinstance(node, Scalar):
            self._scalar(node, key)
        elif isinstance(node, Mapping):
            self._mapping(node)
        elif isinstance(node, Sequence):
            if node.flow and node.items:
                self._padding(node, node.items[0])
            for item in reversed(node.items[-SAMPLE:]):
                if isinstance(item, Mapping) and item.pairs and not node.flow:
                    self._count("item", None, FLOW if item.flow else BLOCK)
                self._visit(item, f"{key}[]")

    def _mapping(self, node: Mapping) -> None:
        if node.flow and node.pairs:
            self._padding(node, node.pairs[0][0])
        for name, value in reversed(node.pairs[-SAMPLE:]):
            self._both("key", name.value, name.style or "")
            self._pair(name, value)
            self._visit(value, name.value)

    def _scalar(self, node: Scalar, key: str) -> None:
        style = node.style or ""
        if style in ("'", '"') or (
            not style and node.value[:1] not in "+-.0123456789" and node.value.lower() not in SPECIAL
        ):
            self._both("quote", key, style)

    def _pair(self, key: Scalar, value: Node) -> None:
        if isinstance(value, Mapping) and value.pairs:
            self._both("map", key.value, FLOW if value.flow else BLOCK)
            if not value.flow:
                self._both("step", key.value, self._offset(key, value.pairs[0][0].start))
        elif isinstance(value, Sequence) and value.items:
            style = FLOW if value.flow else BLOCK
            if isinstance(value.items[0], Mapping | Sequence):
                self._count("list of collections", None, style)
            else:
                self._both("list", key.value, style)
            if not value.flow and value.anchor is None:
                self._both("dash", key.value, self._offset(key, value.start))

    def _offset(self, key: Scalar, start: int) -> int:
        return self.lines.column(start) - self.lines.column(key.start)

    def _padding(self, node: Mapping | Sequence, first: Node) -> None:
        inside = self.text[first.start - 2 : first.start]
        if inside.endswith(("{", "[")) or inside in ("{ ", "[ "):
            what = "map pad" if isinstance(node, Mapping) else "list pad"
            self._count(what, None, PADDED if inside.endswith(" ") else TIGHT)
        comma = self.text.find(",", first.end, node.end)
        if comma >= 0:
            self._count("comma", None, TIGHT if self.text[comma + 1 : comma + 2].strip() else PADDED)
