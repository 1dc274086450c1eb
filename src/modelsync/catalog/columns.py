"""Keep the columns of a file when a number gets longer or shorter: only runs of spaces beside it change.

What stands behind a number keeps its column where that column is one: a gap wider than usual, or the same kind of thing in
the same column of a neighbouring line. Numbers that end below each other, behind keys of any length, still do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelsync.catalog.lines import BREAKS
from modelsync.catalog.spans import Span

if TYPE_CHECKING:
    from modelsync.catalog.document import Document

_BEHIND = re.compile(r",?(?P<pad> +)(?=[^\s])")
_KEY = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s"'#,{}\[\]:]+):(?=\s|\Z)""")
_NUMBER = re.compile(r""": +(?P<number>["']?[-+]?[0-9.][0-9_.eE+-]*["']?)(?=[ ,}\]\s]|\Z)""")
_WIDEST = 60  # so far from a number others of its column begin or end
_NEAREST = 4  # lines above and below that are asked where values end


def padding_spans(document: Document, start: int, end: int, text: str) -> list[Span]:
    """The runs of spaces to change where the value between `start` and `end`, on one line, becomes `text`.

    Each run keeps at least one space, two before a comment that had two. Where there is no room, nothing changes.
    """
    grown = len(text) - (end - start)
    if not grown:
        return []
    behind = _BEHIND.match(document.text, end)
    if behind is None and grown > 0 and document.text[start - 2 : start] != "  ":
        return []
    columns = _Columns(document, start, end)
    found = columns.before(grown) or (behind and columns.behind(grown, *behind.span("pad")))
    return [found] if found else []


class _Columns:
    def __init__(self, document: Document, start: int, end: int) -> None:
        self.text = document.text
        self.lines = document.lines
        self.line = self.lines.number(start)
        self.first = self._first(self.line)
        self.start = start - self.first
        self.end = end - self.first

    def before(self, grown: int) -> Span | None:
        """The new space between the colon and a number that ends below others."""
        ahead = self.text[self.first : self.first + self.start]
        key = ahead.rstrip(" ")
        pad = len(ahead) - len(key)
        if pad - grown < 1 or not key.endswith(":") or (pad == 1 and grown > 0):
            return None
        if not self._ends_below_others(padded=pad == 1):
            return None
        return Span(self.first + len(key), self.first + self.start, " " * (pad - grown), yields=True)

    def behind(self, grown: int, start: int, end: int) -> Span | None:
        """The new space in place of the one between these places, behind a number."""
        pad = end - start
        usual = 2 if self.text[end] == "#" else 1
        if pad - grown < min(pad, usual) or not (pad > usual or self._is_column(end)):
            return None
        return Span(start, end, " " * (pad - grown), yields=True)

    def _is_column(self, at: int) -> bool:
        """Whether what stands at a place has the same kind of thing above it or below it, and stands there on purpose."""
        own = _kind(self.text, at)
        gap = " " if own == "#" else "  "
        for line in (self.line - 1, self.line + 1):
            there = self._first(line) + at - self.first
            is_there = 0 <= line < self.lines.count and there < self.lines.start(line + 1)
            if is_there and self.text[there - len(gap) : there] == gap and _kind(self.text, there) == own is not None:
                return True
        return False

    def _ends_below_others(self, *, padded: bool) -> bool:
        """Whether numbers nearby end in the same column and start in others, and none starts in the same and ends elsewhere.

        `padded`: only numbers with more space before them than usual tell, so that keys of other lengths make no column.
        """
        above = self._side(range(self.line - 1, max(-1, self.line - 1 - _NEAREST), -1), padded=padded)
        if above == "left":
            return False
        below = self._side(range(self.line + 1, min(self.lines.count, self.line + 1 + _NEAREST)), padded=padded)
        return "right" in (above, below) and below != "left"

    def _side(self, lines: range, *, padded: bool) -> str:
        """The side on which the nearest number that tells is flush with this one: "left", "right", or "" for neither."""
        for line in lines:
            flush = self._flush(line, padded=padded)
            if flush != "both":
                return flush
        return ""

    def _flush(self, line: int, *, padded: bool) -> str:
        """The side on which a number of a line is flush with this one: "left", "right", "both", or "" for neither."""
        first = self._first(line)
        start, end = first + self.start, first + self.end
        side = ""
        near = max(first, start - _WIDEST), min(self.lines.start(line + 1), end + _WIDEST)
        for found in _NUMBER.finditer(self.text, *near):
            is_left, is_right = found.start("number") == start, found.end("number") == end
            is_right = is_right and (not padded or found.start("number") - found.start() > len(": "))
            if is_left and is_right:
                return "both"
            side = "right" if is_right else side or ("left" if is_left else "")
        return side

    def _first(self, line: int) -> int:
        """Where the columns of a line begin: behind a byte order mark."""
        start = self.lines.start(max(line, 0))
        return start + (start == 0 and self.text.startswith("\ufeff"))


def _kind(text: str, at: int) -> str | None:
    """What starts at a place: a comment, a bracket that closes, a key; None for anything else."""
    first = text[at]
    if first in "#}]":
        return first
    return "key" if first not in BREAKS and _KEY.match(text, at) else None
