"""The habits of a file, found where the new text will stand: in the same collection first, then in those around it.

Each collection on the way to the root is surveyed once, from its end backward and over a bounded number of nodes, so
that asking costs the same in a large file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from modelsync.catalog.nodes import Mapping, Node, Scalar, Sequence
from modelsync.catalog.scalars import SPECIAL

if TYPE_CHECKING:
    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Path, Value

_BUDGET = 2_000
_SAMPLE = 64
_FLOW_LIST_WIDTH = 60

Survey: TypeAlias = "dict[tuple[str, str | None, object], int]"


class Habits:
    """How a document is written. Questions take a chain: the surveys of a collection and of those around it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._surveys: dict[int, Survey] = {}

    def chain(self, path: Path) -> list[Survey]:
        """The surveys of the collections at a path, the innermost first. A missing one is skipped."""
        return [self._survey(node) for node in reversed(self.around(path))]

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
        if len(path) < 2 or len(around) < len(path) - 1 or not isinstance(around[-1], Mapping):
            return []
        step = path[-1]
        siblings = [value for _, value in around[-1].pairs[-_SAMPLE:] if isinstance(value, Mapping)]
        found = [sibling.own(step) for sibling in siblings if isinstance(step, str)]
        return [node for node in found if isinstance(node, Mapping | Sequence)]

    def column(self, node: Node) -> int:
        """The column where a node starts."""
        return self.document.lines.column(node.start)

    def inner_step(self, node: Node | None) -> int | None:
        """By how much a mapping's own block mappings are indented, mostly."""
        if not isinstance(node, Mapping) or node.flow:
            return None
        pairs = [(key, value) for key, value in node.pairs[-_SAMPLE:] if isinstance(value, Mapping)]
        steps = [step for key, value in pairs if (step := self._step(key, value))]
        return max(set(steps), key=steps.count) if steps else None

    def _step(self, key: Scalar, value: Mapping) -> int:
        return 0 if value.flow or not value.pairs else self.column(value.pairs[0][0]) - self.column(key)

    def _survey(self, node: Mapping | Sequence) -> Survey:
        survey = self._surveys.get(id(node))
        if survey is None:
            survey = self._surveys[id(node)] = _Surveyor(self.document).take(node)
        return survey


def most(chain: list[Survey], what: str, key: str | None, options: tuple[object, ...]) -> object | None:
    """What the nearest survey that knows says most often; on a tie the option named first. None if no survey knows."""
    for survey in chain:
        counts = [survey.get((what, key, option), 0) for option in options]
        if any(counts):
            return options[counts.index(max(counts))]
    return None


def numbers(chain: list[Survey], what: str, key: str | None) -> int | None:
    """The number the nearest survey that knows has most often, the smaller on a tie."""
    for survey in chain:
        found = [(count, -option) for (w, k, option), count in survey.items() if w == what and k == key and isinstance(option, int)]
        if found:
            return -max(found)[1]
    return None


def uniform(chain: list[Survey], what: str, key: str | None) -> str | None:
    """The quote that the nearest survey that knows finds always, '' if it finds several, None if none knows."""
    for survey in chain:
        found = [style for style in ("", "'", '"') if survey.get((what, key, style))]
        if found:
            return found[0] if len(found) == 1 else ""
    return None


def quote(chain: list[Survey], key: str | None) -> str:
    """The quote for a text: the one that siblings always use under the same key, else everywhere; '' for none; '?' for
    none, but double where one is needed."""
    found = uniform(chain, "quote", key)
    if found is None:
        found = uniform(chain, "quote", None)
    return found or needed_quote(chain)


def needed_quote(chain: list[Survey]) -> str:
    """How to quote where plain is usual but not possible: '?' for double, '' for single."""
    return "?" if most(chain, "quote", None, ("'", '"')) == '"' else ""


def is_flow_list(chain: list[Survey], key: str | None, values: list[Value]) -> bool:
    """Whether a list is written `[a, b]`: as under the same key in siblings, else as other lists, else if it is short."""
    known = most(chain, "list", key, (True, False))
    if known is None:
        known = most(chain, "list", None, (True, False))
    if any(isinstance(value, dict | list) and value for value in values):
        return known is True and most(chain, "list of collections", None, (True, False)) is True
    if known is not None:
        return known is True
    return sum(len(str(value)) + 2 for value in values) <= _FLOW_LIST_WIDTH


class _Surveyor:
    """Counts the habits below one node."""

    def __init__(self, document: Document) -> None:
        self.lines = document.lines
        self.text = document.text
        self.counts: Survey = {}
        self.left = _BUDGET

    def take(self, node: Mapping | Sequence) -> Survey:
        self._visit(node, None)
        return self.counts

    def _count(self, what: str, key: str | None, option: object) -> None:
        counts = self.counts
        counts[what, key, option] = counts.get((what, key, option), 0) + 1

    def _both(self, what: str, key: str | None, option: object) -> None:
        self._count(what, key, option)
        if key is not None:
            self._count(what, None, option)

    def _visit(self, node: Node, key: str | None) -> None:
        self.left -= 1
        if self.left < 0:
            return
        if isinstance(node, Scalar):
            self._scalar(node, key)
        elif isinstance(node, Mapping):
            if node.flow and node.pairs:
                self._padding(node, node.pairs[0][0])
            self._keys(node)
            for name, value in reversed(node.pairs[-_SAMPLE:]):
                self._pair(name, value)
                self._visit(value, name.value)
        elif isinstance(node, Sequence):
            if node.flow and node.items:
                self._padding(node, node.items[0])
            for item in reversed(node.items[-_SAMPLE:]):
                self._visit(item, f"{key}[]")

    def _scalar(self, node: Scalar, key: str | None) -> None:
        style = node.style or ""
        if style in ("'", '"') or (not style and node.value[:1] not in "+-.0123456789" and node.value.lower() not in SPECIAL):
            self._both("quote", key, style)

    def _keys(self, node: Mapping) -> None:
        for name, _ in node.pairs[-_SAMPLE:]:
            self._both("key", name.value, name.style or "")

    def _pair(self, key: Scalar, value: Node) -> None:
        if isinstance(value, Mapping) and value.pairs:
            self._both("map", key.value, value.flow)
            if not value.flow:
                self._both("step", key.value, self._offset(key, value.pairs[0][0].start))
        elif isinstance(value, Sequence) and value.items:
            self._both("list", key.value, value.flow)
            if isinstance(value.items[0], Mapping | Sequence):
                self._count("list of collections", None, value.flow)
            if not value.flow and value.anchor is None:
                self._both("dash", key.value, self._offset(key, value.start))

    def _offset(self, key: Scalar, start: int) -> int:
        return self.lines.column(start) - self.lines.column(key.start)

    def _padding(self, node: Mapping | Sequence, first: Node) -> None:
        inside = self.text[first.start - 1 : first.start]
        if inside in (" ", "{", "["):
            self._count("map pad" if isinstance(node, Mapping) else "list pad", None, inside == " ")
        commas = self.text.count(",", node.start, node.end)
        if commas and first.end < node.end:
            comma = self.text.find(",", first.end, node.end)
            self._count("comma", None, self.text[comma + 1 : comma + 2] != " ")
