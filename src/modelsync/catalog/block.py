"""Rearrange a block collection: remove children with their lines, add new ones as lines in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.catalog.comments import block_header, block_of, header_end, keeps_blanks
from modelsync.catalog.edits import NotEditable
from modelsync.catalog.habits import SAMPLE
from modelsync.catalog.nodes import Mapping, Scalar, Sequence, last_leaf
from modelsync.catalog.render import Writer
from modelsync.catalog.spans import Span

if TYPE_CHECKING:
    from modelsync.catalog.arrange import Arrangement, Slot
    from modelsync.catalog.comments import Block
    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Path
    from modelsync.catalog.habits import Habits


def block_spans(document: Document, arrangement: Arrangement, habits: Habits) -> list[Span]:
    """The replacements that give a block collection with children its new order."""
    node = arrangement.node
    if not isinstance(node, Mapping | Sequence) or len(arrangement.kept) == len(arrangement.slots):
        return []
    return _Rearranging(block_of(document, node), node, arrangement, habits).spans()


def line_span(document: Document, line: int, lines: list[str], depth: int) -> Span:
    """Whole new lines before an old one; at the end of a file without a final line break, without one."""
    at, newline = document.lines.start(line), document.newline
    body = newline.join(lines)
    if at == len(document.text) and document.lines.starts[-1] != at:
        return Span(at, at, newline + body, depth)
    return Span(at, at, body + newline, depth)


def usual_gap(document: Document, habits: Habits, path: Path) -> int:
    """How many blank lines stand between the children of the collection at a path: mostly, more on a tie. Where it has
    fewer than two, its cousins are asked, then its siblings.
    """
    around = habits.around(path)
    homes = [around[-1]] if len(around) == len(path) + 1 else []
    parent = habits.around(path[:-1])[-1:] if path else []
    siblings = [value for node in parent if isinstance(node, Mapping) for _, value in node.pairs[-SAMPLE:]]
    for group in (homes, habits.cousins(path), siblings):
        gaps = [gap for node in group if isinstance(node, Mapping | Sequence) for gap in _gaps(document, node)]
        if gaps:
            return max(set(gaps), key=lambda gap: (gaps.count(gap), gap))
    return 0


def _gaps(document: Document, node: Mapping | Sequence) -> list[int]:
    count = len(node.pairs) if isinstance(node, Mapping) else len(node.items)
    if node.flow or count < 2 or node.tag is not None:
        return []
    block = block_of(document, node)
    return [block.gap(number) for number in range(max(0, count - 1 - SAMPLE), count - 1)]


class _Rearranging:
    def __init__(self, block: Block, node: Mapping | Sequence, arrangement: Arrangement, habits: Habits) -> None:
        self.block = block
        self.node = node
        self.arrangement = arrangement
        self.habits = habits
        self.document = block.document
        self.lines = block.lines
        self.depth = len(arrangement.path)
        self.removed = {slot.number for slot in arrangement.old if slot.removed}
        self.kept = [slot.number for slot in arrangement.kept]
        self.done: set[int] = set()

    def spans(self) -> list[Span]:
        opening, news = self._news()
        spans: list[Span] = []
        if self.removed and self.block.starts_inline and 0 in self.removed:
            spans.append(self._replace_inline(opening))
        elif opening:
            line = self.block.first_line(0)
            spans.append(line_span(self.document, line, self._render(opening, 0), self.depth))
        elif not self.kept:
            spans.append(self._empty())
        for anchor, slots in news.items():
            spans += self._after(anchor, slots)
        at_root = not self.kept and not self.arrangement.path
        return spans + [self._deletion(group, has_opening=bool(opening) or at_root) for group in self._groups()]

    def _news(self) -> tuple[list[Slot], dict[int, list[Slot]]]:
        """The new children before the first one that stays, and those after each one that stays."""
        opening: list[Slot] = []
        news: dict[int, list[Slot]] = {}
        current = opening
        for slot in self.arrangement.slots:
            if slot.number < 0:
                current.append(slot)
            elif not slot.removed:
                current = news.setdefault(slot.number, [])
        return opening, {anchor: slots for anchor, slots in news.items() if slots}

    def _render(self, slots: list[Slot], gap_before: int) -> list[str]:
        """The lines of new children, blank lines between them as between their siblings."""
        path = self.arrangement.path
        writer = Writer(self.habits, path)
        gap = usual_gap(self.document, self.habits, path) if len(slots) > 1 else 0
        lines: list[str] = []
        for number, slot in enumerate(slots):
            lines += [""] * (gap if number else gap_before)
            lines += writer.slot(slot.key, slot.value, self.block.column, is_mapping=self.arrangement.is_mapping)
        return lines

    def _after(self, anchor: int, slots: list[Slot]) -> list[Span]:
        leaf = last_leaf(self.block.nodes[anchor])
        line = self.block.last_line(anchor) + 1
        gap = 0 if keeps_blanks(self.document, leaf) else usual_gap(self.document, self.habits, self.arrangement.path)
        spans = [line_span(self.document, line, self._render(slots, gap), self.depth)]
        header = block_header(self.document, leaf)
        if header and spans[0].replacement.startswith(("\r", "\n")) and spans[0].start == len(self.document.text):
            spans += self._seal(leaf, header)
        return spans

    def _seal(self, leaf: object, header: tuple[int, int]) -> list[Span]:
        """Keep the value of a block scalar that ended the file without a line break, now that one follows."""
        text = self.document.text[slice(*header)]
        if (
            not isinstance(leaf, Scalar)
            or leaf.value.endswith("\n")
            or "-" in text
            or self.document.text.endswith(("\n", "\r"))
        ):
            return []
        return [Span(*header, text.replace("+", "") + "-", yields=True)]

    def _empty(self) -> Span:
        """`{}` or `[]` where all children go."""
        brackets = "{}" if self.arrangement.is_mapping else "[]"
        path = self.arrangement.path
        if self.node.anchor is not None:
            at = self.node.start + 1 + len(self.node.anchor)
        elif path:
            end = header_end(self.document, path)
            if end is None:
                raise NotEditable(path, "its key and value are not written as `key: value`")
            at = end
        else:
            return line_span(self.document, self.block.first_line(0), [" " * self.block.column + brackets], self.depth)
        return Span(at, at, " " + brackets, self.depth)

    def _replace_inline(self, opening: list[Slot]) -> Span:
        """What becomes of a first child that goes and stands behind a dash: new text, brackets, or the next child."""
        block, lines = self.block, self.lines
        head, last = block.heads[0], block.last_line(0)
        end = lines.end(last)
        self.done.add(0)
        if opening:
            return Span(head, end, self.document.newline.join(self._render(opening, 0))[block.column :], self.depth)
        if not self.kept:
            return Span(head, end, "{}" if self.arrangement.is_mapping else "[]", self.depth)
        following = self.kept[0]
        gone = {
            line
            for number in range(1, following)
            for line in range(block.first_line(number), block.last_line(number) + 1)
        }
        between = range(last + 1, lines.number(block.heads[following]))
        if all(line in gone or lines.is_blank(line) for line in between):
            self.done.update(range(following))
            return Span(head, block.heads[following], "", self.depth)
        return Span(head - len(lines.before(head)) + len(lines.before(head).rstrip(" ")), end, "", self.depth)

    def _groups(self) -> list[list[int]]:
        """The children to delete by lines, together where only blank lines stand between them."""
        groups: list[list[int]] = []
        for number in sorted(self.removed - self.done):
            if groups and groups[-1][-1] == number - 1 and self._only_blanks_before(number):
                groups[-1].append(number)
            else:
                groups.append([number])
        return groups

    def _only_blanks_before(self, number: int) -> bool:
        between = range(self.block.last_line(number - 1) + 1, self.block.first_line(number))
        return all(self.lines.is_blank(line) for line in between)

    def _deletion(self, group: list[int], *, has_opening: bool) -> Span:
        """Delete the lines of neighbours that go, and the blank lines that would meet or be left over."""
        block, lines = self.block, self.lines
        before = group[0] - 1
        first, last = block.first_line(group[0]), block.last_line(group[-1])
        floor = block.text_end(before) if before >= 0 else lines.number(block.heads[0]) - lines.count
        leaf = last_leaf(block.nodes[before]) if before >= 0 and before not in self.removed else None
        at_end = last + 1 >= lines.count
        if before in self.done and self._only_blanks_before(group[0]):
            first = block.last_line(before) + 1
        elif leaf is not None and keeps_blanks(self.document, leaf) and floor >= first - 1:
            last = self._blanks_after(last)
        elif before < 0 and has_opening:
            pass  # new text stands here, and takes the blank lines over
        elif before < 0 and self.kept and not lines.is_blank(first - 1) and lines.comment_column(first - 1) is None:
            last = self._blanks_after(last)
        elif first - 1 > floor and lines.is_blank(first - 1) and (at_end or lines.is_blank(last + 1)):
            first -= 1
            while at_end and first - 1 > floor and lines.is_blank(first - 1):
                first -= 1
        keep = leaf is not None and block_header(self.document, leaf) is not None
        return Span(lines.start(first), lines.start(last + 1), "", self.depth, keep)

    def _blanks_after(self, line: int) -> int:
        while self.lines.is_blank(line + 1):
            line += 1
        return line
