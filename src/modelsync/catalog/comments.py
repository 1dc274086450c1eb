"""Which lines belong to a child of a block collection: its own text, the comments above it, the deeper ones below.

A commented-out entry above a child is nobody's comment: neither it nor anything above it belongs to the child.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.document import locate
from modelsync.catalog.editable import colon_end
from modelsync.catalog.lines import BREAKS
from modelsync.catalog.nodes import Mapping, Node, Scalar, Sequence, children, last_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Path
    from modelsync.catalog.lines import Lines

_ENTRY = r"""(?:"[^"]*"|'[^']*'|[^\s"'#{}\[\]]\S*):(?:[ \t]*(?:#.*)?|[ \t]+\{.*)"""
_QUOTED = r"""(?:[,\[{][ \t]*|:[ \t]+|(?<=["'\]}]):[ \t]*)(?:"(?:[^"\\]|\\.)*(?:"|\Z)|'(?:[^']|'')*(?:'|\Z))"""
_BESIDE = re.compile(rf"(?P<comment>(?<=[ \t,\[\]{{}}])#.*)|{_QUOTED}|.", re.DOTALL)
_HEADER = r"(?:[&!]\S*\s+)*([|>][0-9+-]*)"


class Block(Struct, eq=False):
    """A block collection by lines. `heads` are the offsets of its keys or dashes, `column` where they all stand."""

    document: Document
    nodes: list[Node]
    heads: list[int]
    column: int

    @property
    def lines(self) -> Lines:
        """The document's lines."""
        return self.document.lines

    @property
    def starts_inline(self) -> bool:
        """Whether the first child stands behind something on its line, as in `- key: value`."""
        return bool(self.lines.before(self.heads[0]).strip(" "))

    def first_line(self, number: int) -> int:
        """The first line of a child: the topmost comment directly above it at its own indentation that is about it."""
        lines = self.lines
        line = own = lines.number(self.heads[number])
        floor = self.text_end(number - 1) if number else -1
        while line - 1 > floor and lines.comment_column(line - 1) == self.column:
            line -= 1
        return line + _commented_out([lines.line(above) for above in range(line, own)])

    def text_end(self, number: int) -> int:
        """The last line of a child's own text, trailing blank lines included where they are part of its value."""
        leaf = last_leaf(self.nodes[number])
        line = self.lines.number(max(leaf.end, self.heads[number] + 1))
        if keeps_blanks(self.document, leaf):
            while self.lines.is_blank(line + 1):
                line += 1
        return line

    def last_line(self, number: int) -> int:
        """The last line of a child: its own text, or the last comment below that is indented deeper than it."""
        line = found = self.text_end(number)
        while True:
            line += 1
            column = self.lines.comment_column(line)
            if column is not None and column > self.column:
                found = line
            elif not self.lines.is_blank(line):
                return found

    def gap(self, number: int) -> int:
        """How many blank lines stand directly after a child."""
        end = self.last_line(number)
        line = end + 1
        while self.lines.is_blank(line):
            line += 1
        return line - end - 1


def _commented_out(comments: list[str]) -> int:
    """How many of these comment lines end with the last commented-out entry: its key, what is deeper, its bracket."""
    count, key = 0, None
    for number, comment in enumerate(comments, 1):
        text = comment.partition("#")[2].rstrip()
        bare = text.lstrip()
        column = len(text) - len(bare)
        if re.fullmatch(_ENTRY, bare):
            key = column if key is None else min(key, column)
            count = number
        elif key is not None and bare and (column > key or bare in ("}", "},")):
            count = number
        elif bare:
            key = None
    return count


def comments_of(document: Document, path: Path) -> tuple[str, ...]:
    """The comments that go with the key or item at `path` when that is removed: above, behind and inside of it, without `#`."""
    parent, step = locate(document, path[:-1]), path[-1]
    if not isinstance(parent, Mapping | Sequence):
        return ()
    number = parent.numbers()[str(step)] if isinstance(parent, Mapping) else int(step)
    start, end = (_flow_span if parent.flow else _block_span)(document, parent, number)
    text = document.text[start:end]
    for leaf in _leaves(parent):
        if start <= leaf.start < end:  # what stands in it may look like a comment
            inside = slice(leaf.start - start, leaf.end - start)
            text = text[: inside.start] + "x" * len(text[inside]) + text[inside.stop :]
    found = re.findall(rf"(?:^|(?<=[ \t{BREAKS}]))#([^{BREAKS}]*)", text)
    return tuple(comment.strip() for comment in found if comment.strip())


def _block_span(document: Document, parent: Mapping | Sequence, number: int) -> tuple[int, int]:
    block = block_of(document, parent)
    return document.lines.start(block.first_line(number)), document.lines.end(block.last_line(number))


def _flow_span(document: Document, parent: Mapping | Sequence, number: int) -> tuple[int, int]:
    """From behind the child before, and what stands behind that on its line, to the end of the line or to the next child."""
    lines = document.lines
    if isinstance(parent, Mapping):
        spans = [(key.start, value.end) for key, value in parent.pairs]
    else:
        spans = [(item.start, item.end) for item in parent.items]
    head, end = spans[number]
    start = spans[number - 1][1] if number else parent.start + 1
    if lines.number(start) != lines.number(head):
        start = lines.start(lines.number(start) + 1)
    limit = spans[number + 1][0] if number + 1 < len(spans) else parent.end - 1
    return start, min(lines.end(lines.number(end)), limit)


def _leaves(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    for child in children(node):
        yield from _leaves(child)


def block_of(document: Document, node: Mapping | Sequence) -> Block:
    """A block collection that has children, by lines."""
    lines = document.lines
    nodes = [value for _, value in node.pairs] if isinstance(node, Mapping) else node.items
    heads = [key.start for key, _ in node.pairs] if isinstance(node, Mapping) else _dashes(document, node)
    return Block(document, nodes, heads, lines.column(heads[0]))


def _dashes(document: Document, node: Sequence) -> list[int]:
    """The offset of each dash: on the first line after the item before whose first character is one in the column."""
    lines = document.lines
    first = node.start
    if node.anchor is not None:
        line = lines.number(first) + 1
        while line < lines.count and (lines.is_blank(line) or lines.comment_column(line) is not None):
            line += 1
        first = lines.start(line) + len(lines.line(line)) - len(lines.line(line).lstrip(" "))
    heads = [first]
    column = lines.column(first)
    for before, item in zip(node.items, node.items[1:], strict=False):
        line = lines.number(max(before.end, heads[-1] + 1)) + 1
        last = lines.number(item.start)
        while line < last and not _is_dash(document, line, column):
            line += 1
        heads.append(lines.start(line) + column)
    return heads


def _is_dash(document: Document, line: int, column: int) -> bool:
    found = document.lines.line(line)
    return found[column : column + 1] == "-" and not found[:column].strip(" ")


def content_start(document: Document, node: Node) -> int:
    """Where a node's own text starts, behind an anchor on its line."""
    found = re.compile(r"&\S+[ \t]*").match(document.text, node.start)
    return found.end() if found and getattr(node, "anchor", None) is not None else node.start


def block_header(document: Document, node: Node) -> tuple[int, int] | None:
    """The span of `|2-` and its like where a node is a block scalar, else None."""
    if not isinstance(node, Scalar) or node.style not in ("|", ">"):
        return None
    found = re.compile(_HEADER).match(document.text, node.start)
    return found.span(1) if found else None


def comment_beside(document: Document, path: Path) -> str:
    """The comment at the end of the line where the value at `path` ends, as it is written (`# was 0.60`), or "". A block
    scalar, list or mapping in block style has none beside it. Raises `KeyError` where nothing is written at the path.
    """
    node = locate(document, path)
    is_block = node.style in ("|", ">") if isinstance(node, Scalar) else not getattr(node, "flow", True)
    if is_block:
        return ""
    line = document.lines.number(node.end)
    row, start = document.lines.line(line), document.lines.start(line)
    if "#" not in row:
        return ""
    found = (match["comment"] for match in _BESIDE.finditer(row, node.end - start))
    return next((comment.rstrip() for comment in found if comment), "")


def keeps_blanks(document: Document, node: Node) -> bool:
    """Whether the blank lines after a node are part of its value: `|+` and `>+`."""
    header = block_header(document, node)
    return header is not None and "+" in document.text[header[0] : header[1]]


def header_end(document: Document, path: Path) -> int | None:
    """Where the value of the key or item at `path` would start: behind the colon or the dash; None behind `? key`."""
    parent, step = locate(document, path[:-1]), path[-1]
    if isinstance(parent, Mapping):
        return colon_end(document, parent.pairs[parent.numbers()[str(step)]][0])
    return _dashes(document, parent)[step] + 1 if isinstance(parent, Sequence) and isinstance(step, int) else None
