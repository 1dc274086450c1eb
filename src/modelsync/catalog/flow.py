"""Rearrange a flow collection, `{a: 1, b: 2}` or `[a, b]`, on one line or several.

Its inside is cut into pieces: each child with the space and comments before it, its comma and the comment behind. The
pieces that stay are put in their new order with the new children between; the rest of the text is the replacement.
A comment on the line of the opening bracket, and those behind the last child, are the collection's own: they stay.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.comments import content_start
from modelsync.catalog.lines import BREAK, BREAKS
from modelsync.catalog.nodes import Mapping, Sequence
from modelsync.catalog.render import Writer
from modelsync.catalog.spans import Span

if TYPE_CHECKING:
    from modelsync.catalog.arrange import Arrangement, Slot
    from modelsync.catalog.document import Document
    from modelsync.catalog.habits import Habits

_SPACE = re.escape(" \t" + BREAKS)


class _Piece(Struct):
    """One child: `lead` ends at `head`, its text at `end`; then perhaps a comma, and a comment up to `trail`."""

    lead: int
    head: int
    end: int
    comma: int | None
    trail: int


def flow_spans(document: Document, arrangement: Arrangement, habits: Habits) -> list[Span]:
    """The replacements that give a flow collection with children its new order."""
    node = arrangement.node
    if not isinstance(node, Mapping | Sequence) or len(arrangement.kept) == len(arrangement.slots):
        return []
    return _Rearranging(document, node, arrangement, Writer(habits, arrangement.path)).spans()


class _Rearranging:
    def __init__(self, document: Document, node: Mapping | Sequence, arrangement: Arrangement, writer: Writer) -> None:
        self.document = document
        self.text = document.text
        self.arrangement = arrangement
        self.writer = writer
        self.start = content_start(document, node) + 1
        self.close = node.end - 1
        self.pieces = self._cut(node)
        self.leads_with_comma = len(self.pieces) > 1 and all(self._comma_leads(piece) for piece in self.pieces[:-1])
        self.out: list[str | tuple[int, int]] = []
        self.in_comment = False

    def spans(self) -> list[Span]:
        final = self.arrangement.final
        opening, rest = (self.start, self.pieces[0].lead), (self.pieces[-1].trail, self.close)
        if not final and not any("#" in self.text[slice(*own)] for own in (opening, rest)):
            opening = rest = (self.close, self.close)
        self._emit(opening)
        for place, slot in enumerate(final):
            is_last = place == len(final) - 1
            if slot.number >= 0:
                self._old(self.pieces[slot.number], is_first=place == 0, is_last=is_last)
            else:
                self._new(slot, is_first=place == 0, is_last=is_last)
        self._emit(rest)
        self._emit((self.close, self.close + 1))
        return self._replaced()

    def _cut(self, node: Mapping | Sequence) -> list[_Piece]:
        children = [(key.start, value.end) for key, value in node.pairs] if isinstance(node, Mapping) else None
        children = children or [(item.start, item.end) for item in getattr(node, "items", [])]
        pieces: list[_Piece] = []
        done = self._trail(self.start, children[0][0])
        for number, (head, end) in enumerate(children):
            limit = children[number + 1][0] if number + 1 < len(children) else self.close
            comma = self._comma(end, limit)
            done_next = self._trail(end if comma is None else comma + 1, limit)
            pieces.append(_Piece(done, head, end, comma, done_next))
            done = done_next
        return pieces

    def _comma(self, start: int, limit: int) -> int | None:
        """The comma after a child: only space and comments can stand before it."""
        found = re.compile(f"(?:[{_SPACE}]|(?<=[{_SPACE}])#[^{BREAKS}]*[{BREAKS}])*,").match(self.text, start, limit)
        return found.end() - 1 if found else None

    def _comma_leads(self, piece: _Piece) -> bool:
        """Whether a child's comma starts the line of the next."""
        return piece.comma is not None and not self.document.lines.before(piece.comma).strip(" \t")

    def _trail(self, start: int, limit: int) -> int:
        """The end of a comment (or of blanks) behind a child on its line; `start` if something else follows."""
        found = re.compile(rf"[ \t]*(?:#[^{BREAKS}]*)?(?=[{BREAKS}])").match(self.text, start, limit)
        return found.end() if found else start

    def _old(self, piece: _Piece, *, is_first: bool, is_last: bool) -> None:
        own = self.text[piece.lead : piece.head]
        if is_first and piece is not self.pieces[0] and not set(own) & set(BREAKS):
            self._emit(self._first_lead())
        elif not is_first and piece is self.pieces[0] and not set(own) & set(BREAKS):
            self._emit(self._lead())
        else:
            self._emit((piece.lead, piece.head))
        self._emit((piece.head, piece.end))
        self.in_comment = False  # a quoted text can have a line that starts with `#`
        if piece.comma is None:
            parts = [self._separator(is_last=is_last), (piece.end, piece.trail)]
            for part in reversed(parts) if self.leads_with_comma else parts:
                self._emit(part)
            return
        if not is_last or self.pieces[-1].comma is not None:
            self._emit((piece.end, piece.comma))
            self._emit((piece.comma, piece.comma + 1))
        else:
            self._emit((piece.end, piece.end + len(self.text[piece.end : piece.comma].rstrip(" \t" + BREAKS))))
        self._emit((piece.comma + 1, piece.trail))

    def _new(self, slot: Slot, *, is_first: bool, is_last: bool) -> None:
        self._emit(self._first_lead() if is_first else self._lead())
        value = self.writer.inline(slot.value, self.writer.name(slot.key), flow=True)
        key = self.writer.key(slot.key, flow=True, top=True) + ": " if self.arrangement.is_mapping else ""
        self._emit(key + value)
        self._emit(self._separator(is_last=is_last))

    def _separator(self, *, is_last: bool) -> str:
        """The comma behind a new child, or one that was the last: on a new line where the others stand so."""
        if is_last:
            return "" if self.pieces[-1].comma is None else ","
        return self._line_break() + "," if self.leads_with_comma else ","

    def _first_lead(self) -> str:
        """The space behind the opening bracket, without comments of the child that was there."""
        lead = self.text[self.pieces[0].lead : self.pieces[0].head]
        if "#" not in lead:
            return lead
        *_, last = re.finditer(BREAK, lead)
        return lead[last.start() :]

    def _lead(self) -> str:
        """The space before a new child: a line of its own where all others have one."""
        leads = [self.text[piece.lead : piece.head] for piece in self.pieces]
        between = [lead for lead in leads[1:] if not set(lead) & set(BREAKS)]
        if not between and set(leads[-1]) & set(BREAKS):
            return self._line_break()
        return between[-1] if between else self.writer.comma()[1:]

    def _line_break(self) -> str:
        """A new line, indented as the last child's, or where that stands behind the bracket a little deeper than it."""
        lines = self.document.lines
        before = lines.before(self.pieces[-1].head)
        indent = len(before) - len(before.lstrip(" "))
        if lines.number(self.pieces[-1].head) == lines.number(self.start):
            indent += 2
        return self.document.newline + " " * indent

    def _emit(self, piece: str | tuple[int, int]) -> None:
        """Put text out, on a new line if it would become part of the comment before it."""
        text = piece if isinstance(piece, str) else self.text[slice(*piece)]
        if text and self.in_comment and text[0] not in BREAKS:
            self.out.append(self._line_break())
            bare = text.lstrip(" \t")
            piece = bare if isinstance(piece, str) else (piece[1] - len(bare), piece[1])
            self.in_comment = False
        if text:
            self.out.append(piece)
            self.in_comment = re.split(BREAK, text)[-1].lstrip(" \t").startswith("#")

    def _replaced(self) -> list[Span]:
        """What stands between the old pieces that stay, as replacements."""
        depth = len(self.arrangement.path)
        spans: list[Span] = []
        done, pending = self.start, ""
        for piece in self.out or ((self.close, self.close),):
            if isinstance(piece, str):
                pending += piece
                continue
            if piece[0] > done or pending:
                spans.append(Span(done, piece[0], pending, depth))
            done, pending = piece[1], ""
        return spans
