"""Give content to a null, a `{}`, a `[]` or an empty document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelsync.catalog.block import line_span, usual_gap
from modelsync.catalog.comments import content_start, header_end
from modelsync.catalog.editable import EMPTY, colon_end
from modelsync.catalog.edits import NotEditable
from modelsync.catalog.lines import BREAKS
from modelsync.catalog.nodes import Mapping, Node, Scalar, Sequence
from modelsync.catalog.render import Writer
from modelsync.catalog.spans import Span

if TYPE_CHECKING:
    from modelsync.catalog.arrange import Arrangement
    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Path, Value
    from modelsync.catalog.habits import Habits


def fill_spans(document: Document, arrangement: Arrangement, habits: Habits) -> list[Span]:
    """The replacements that make an empty node a mapping or a list with content."""
    return _Filling(document, arrangement, habits).spans()


def inside_flow(habits: Habits, path: Path) -> bool:
    """Whether a node stands inside brackets or braces."""
    return bool(path) and any(node.flow for node in habits.around(path[:-1]))


def empty_prefix(document: Document, parent: Node | None, path: Path, at: int) -> str:
    """What must stand between an empty value's place and its new text: a space, or the colon of `{key}`."""
    if isinstance(parent, Mapping) and parent.flow:
        key = parent.pairs[parent.numbers()[str(path[-1])]][0]
        if colon_end(document, key) is None:
            return ": "
    return "" if at == 0 or document.text[at - 1] in " \t\n\r" else " "


class _Filling:
    def __init__(self, document: Document, arrangement: Arrangement, habits: Habits) -> None:
        self.document = document
        self.arrangement = arrangement
        self.habits = habits
        self.path = arrangement.path
        self.node = arrangement.node
        self.lines = document.lines
        self.depth = len(self.path)
        around = habits.around(self.path[:-1]) if self.path else []
        self.parent = around[-1] if around else None

    def spans(self) -> list[Span]:
        node = self.node
        if node is None and not self.arrangement.slots:
            brackets = "{}" if self.arrangement.is_mapping else "[]"
            return [line_span(self.document, self.lines.count, [brackets], self.depth)]
        if node is None:
            return [line_span(self.document, self.lines.count, self._lines(0), self.depth)]
        if not self.arrangement.slots and not isinstance(node, Scalar):
            return []
        if not self.path and node.start == node.end:
            raise NotEditable(self.path, EMPTY)
        start = min(content_start(self.document, node), node.end)
        if self.arrangement.slots and self._can_be_block(node, start):
            if not isinstance(self.parent, Mapping):
                return [self._inline_block(node, start)]
            return self._below(node, self.parent)
        return [self._flow(node, start)]

    def _can_be_block(self, node: Node, start: int) -> bool:
        """Whether block style is possible here (alone on its line but for a comment behind a key) and usual."""
        if inside_flow(self.habits, self.path) or self.lines.number(start) != self.lines.number(node.end):
            return False
        behind = self.document.text[node.end : self.lines.end(self.lines.number(node.end))].strip(" \t")
        if not isinstance(self.parent, Mapping):
            return not behind and (self.parent is not None or not self.lines.before(start).strip(" "))
        writer = Writer(self.habits, self.path[:-1])
        key = str(self.path[-1])
        end = header_end(self.document, self.path)
        if end is None or self.lines.number(end) != self.lines.number(start):
            return False
        if self.arrangement.is_mapping:
            return not writer.is_flow_mapping(key, top=True)
        return not writer.chain.is_flow_list(key, [slot.value for slot in self.arrangement.slots])

    def _below(self, node: Node, parent: Mapping) -> list[Span]:
        """Children on the lines below the key; what stood behind the colon goes, a comment stays."""
        text = self.document.text
        anchor = getattr(node, "anchor", None)
        after = header_end(self.document, self.path) or node.start
        after = after if anchor is None else node.start + 1 + len(anchor)
        line = self.lines.number(after)
        end = node.end if text[node.end : self.lines.end(line)].strip(" \t") else self.lines.end(line)
        writer = Writer(self.habits, self.path[:-1])
        key = str(self.path[-1])
        column = self.lines.column(parent.pairs[parent.numbers()[key]][0].start)
        column += writer.step(key, top=True) if self.arrangement.is_mapping else writer.dash(key)
        return [
            Span(after, max(after, end), "", self.depth),
            line_span(self.document, line + 1, self._lines(column), self.depth),
        ]

    def _inline_block(self, node: Node, start: int) -> Span:
        """Children in block style, the first behind a dash, or at the root in place of the brackets."""
        prefix = "" if node.start < node.end else empty_prefix(self.document, self.parent, self.path, start)
        column = self.lines.column(start) + len(prefix)
        text = self.document.newline.join(self._lines(column))[column:]
        return Span(start, node.end, prefix + text, self.depth)

    def _flow(self, node: Node, start: int) -> Span:
        writer = Writer(self.habits, self.path[:-1] if self.path else ())
        key = str(self.path[-1]) if self.path else None
        text = writer.inline(self._value(), key, flow=True)
        if isinstance(node, Mapping | Sequence):
            inner = self.document.text[start + 1 : node.end - 1]
            if inner.strip():
                return self._before_comments(start + 1, text[1:-1], node.end)
            return Span(start, node.end, text, self.depth)
        prefix = empty_prefix(self.document, self.parent, self.path, start) if start == node.end else ""
        return Span(start, node.end, prefix + text, self.depth)

    def _before_comments(self, start: int, text: str, end: int) -> Span:
        """Content for brackets with only comments inside: below one behind the opening bracket, else before all."""
        comment = re.compile(rf"[ \t]*#[^{BREAKS}]*").match(self.document.text, start)
        if comment is None:
            return Span(start, start, text.rstrip(" "), self.depth)
        outer = (self.lines.before(start), self.lines.before(end))
        indent = max(len(line) - len(line.lstrip(" ")) for line in outer) + 2
        return Span(comment.end(), comment.end(), self.document.newline + " " * indent + text.strip(" "), self.depth)

    def _value(self) -> Value:
        slots = self.arrangement.slots
        return (
            {slot.key: slot.value for slot in slots} if self.arrangement.is_mapping else [slot.value for slot in slots]
        )

    def _lines(self, column: int) -> list[str]:
        writer = Writer(self.habits, self.path)
        if self.node is not None and self.lines.next_comment(self.lines.number(self.node.end)) is not None:
            writer.literals = False  # an indented comment below would become part of a literal block
        slots = self.arrangement.slots
        gap = usual_gap(self.document, self.habits, self.path) if len(slots) > 1 else 0
        lines: list[str] = []
        for number, slot in enumerate(slots):
            lines += [""] * (gap if number else 0)
            lines += writer.slot(slot.key, slot.value, column, is_mapping=self.arrangement.is_mapping)
        return lines
