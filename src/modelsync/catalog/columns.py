"""Keep the columns of a file when a number gets longer or shorter: only runs of spaces beside it change.

What stands behind a number keeps its column where that column is one: a gap wider than usual, or the same kind of thing in
the same column of a neighbouring line. Numbers that end below each other, behind keys of any length, still do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelsync.catalog.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.catalog.document import Document

_BEHIND = re.compile(r",?(?P<pad> +)(?P<next>[^\s])")
_KEY = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s"'#,{}\[\]:]+):(?: |$)""")
_NUMBER = re.compile(r""":(?P<pad> +)(?P<number>["']?[-+]?[0-9.][0-9_.eE+-]*["']?)(?=[ ,}\]]|$)""")
_USUAL_BEFORE_COMMENT = 2
_NEAREST = 4  # lines above and below that are asked where values end


def padding_spans(document: Document, start: int, end: int, text: str) -> list[Span]:
    """The runs of spaces to change where the value between `start` and `end`, on one line, becomes `text`.

    Each run keeps at least one space, two before a comment that had two. Where there is no room, nothing changes.
    """
    grown = len(text) - (end - start)
    if not grown:
        return []
    columns = _Columns(document, start, end)
    found = columns.before(grown) or columns.behind(grown)
    return [found] if found is not None else []


class _Columns:
    def __init__(self, document: Document, start: int, end: int) -> None:
        self.text = document.text
        self.lines = document.lines
        self.start = start
        self.end = end
        self.line = self.lines.number(start)
        self.shift = start - self.lines.column(start)

    def before(self, grown: int) -> Span | None:
        """The new space between the colon and a number that ends below others."""
        ahead = self.lines.before(self.start)
        pad = len(ahead) - len(ahead.rstrip(" "))
        has_room = pad > max(1, grown)
        if not has_room or not ahead.rstrip(" ").endswith(":") or not self._ends_below_others():
            return None
        return Span(self.start - pad, self.start, " " * (pad - grown), yields=True)

    def behind(self, grown: int) -> Span | None:
        """The new space between a number and what follows on its line."""
        found = _BEHIND.match(self.text, self.end)
        if found is None:
            return None
        pad = len(found["pad"])
        is_comment = found["next"] == "#"
        least = _USUAL_BEFORE_COMMENT if is_comment and pad > 1 else 1
        if pad - grown < least or not self._is_column(found.start("next"), pad):
            return None
        return Span(*found.span("pad"), " " * (pad - grown), yields=True)

    def _is_column(self, at: int, pad: int) -> bool:
        """Whether what stands `at` a place, behind so many spaces, is there to stand in a column."""
        is_comment = self.text[at] == "#"
        if pad > (_USUAL_BEFORE_COMMENT if is_comment else 1):
            return True
        column = at - self.shift
        own = self._row(self.line)
        for line in (self.line - 1, self.line + 1):
            row = self._row(line)
            gap = len(row[:column]) - len(row[:column].rstrip(" "))
            if gap >= (1 if is_comment else 2) and _kind(row, column) == _kind(own, column) is not None:
                return True
        return False

    def _ends_below_others(self) -> bool:
        """Whether numbers nearby end in the same column and start in others, and none starts in the same and ends elsewhere."""
        sides = [self._side(range(self.line - 1, self.line - 1 - _NEAREST, -1))]
        sides.append(self._side(range(self.line + 1, self.line + 1 + _NEAREST)))
        return "right" in sides and "left" not in sides

    def _side(self, lines: range) -> str:
        """The side on which the nearest number that tells is flush with this one: "left", "right", or "" for neither."""
        start, end = self.start - self.shift, self.end - self.shift
        for line in lines:
            ends = {(first == start, last == end) for first, last in _numbers(self._row(line))}
            if (True, True) in ends:
                continue
            return "right" if (False, True) in ends else "left" if (True, False) in ends else ""
        return ""

    def _row(self, line: int) -> str:
        return self.lines.line(line).removeprefix("\ufeff") if 0 <= line < self.lines.count else ""


def _kind(row: str, column: int) -> str | None:
    """What starts in a column: a comment, a bracket that closes, a key; None for anything else."""
    first = row[column : column + 1]
    if first in ("#", "}", "]"):
        return first
    return "key" if _KEY.match(row, column) else None


def _numbers(row: str) -> Iterator[tuple[int, int]]:
    """The columns where the numbers of a line start and end."""
    return (found.span("number") for found in _NUMBER.finditer(row))
