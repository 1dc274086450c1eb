"""Replace one scalar or one key in place, in its own style where that can hold the new value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from modelsync.catalog.columns import padding_spans
from modelsync.catalog.comments import block_header, content_start, header_end, keeps_blanks
from modelsync.catalog.fill import empty_prefix, inside_flow
from modelsync.catalog.nodes import Node, Scalar, Sequence
from modelsync.catalog.number_style import respelled
from modelsync.catalog.render import Writer, scalar_text
from modelsync.catalog.scalars import is_visible, literal_lines, string_text
from modelsync.catalog.spans import Span
from modelsync.catalog.values import says_day, scalar_value

if TYPE_CHECKING:
    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Atom, Path
    from modelsync.catalog.habits import Habits


_QUOTES = ("'", '"')
_BOOLEANS = tuple(
    (spell(false), spell(true))
    for false, true in (("false", "true"), ("no", "yes"), ("off", "on"))
    for spell in (str.lower, str.capitalize, str.upper)
)


def same_value(node: Scalar, value: Atom) -> bool:
    """Whether a scalar says a value already. A number in quotes is that number."""
    present = scalar_value(node)
    if isinstance(value, date):
        return says_day(present, value)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return type(present) is type(value) and present == value
    if isinstance(present, str) and node.style in _QUOTES:
        try:
            present = Decimal(present)
        except InvalidOperation:
            return False
    return isinstance(present, int | Decimal) and not isinstance(present, bool) and present == value


def _boolean(old: str, value: bool) -> str:  # noqa: FBT001  # it is what is to be written
    """Spell a boolean as the one it replaces was: `True` for `False`."""
    pair = next((pair for pair in _BOOLEANS if old in pair), _BOOLEANS[0])
    return pair[value]


def key_span(path: Path, key: Scalar, new: str, habits: Habits) -> Span:
    """The replacement that renames a key."""
    style = key.style or habits.chain(path[:-1]).needed_quote()
    flow = any(node.flow for node in habits.around(path[:-1]))
    return Span(key.start, key.end, string_text(new, style, flow=flow), len(path))


def scalar_spans(document: Document, path: Path, node: Scalar, value: Atom, habits: Habits) -> list[Span]:
    """The replacements that set a scalar; none if it has the value already."""
    if same_value(node, value):
        return []
    return _Setting(document, path, node, habits).spans(value)


class _Setting:
    def __init__(self, document: Document, path: Path, node: Scalar, habits: Habits) -> None:
        self.document = document
        self.path = path
        self.node = node
        self.habits = habits
        self.lines = document.lines
        self.flow = inside_flow(habits, path)
        around = habits.around(path[:-1]) if path else []
        self.parent: Node | None = around[-1] if around else None

    def spans(self, value: Atom) -> list[Span]:
        block = self._literal(value) if isinstance(value, str) and not self.flow else None
        header = block_header(self.document, self.node)
        depth = len(self.path)
        if header is None:
            start = min(content_start(self.document, self.node), self.node.end)
            empty = start == self.node.end
            prefix = empty_prefix(self.document, self.parent, self.path, start) if empty else ""
            text = self.document.newline.join(block) if block else self._inline(value)
            replaced = Span(start, self.node.end, prefix + text, depth)
            is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
            return [replaced, *(self._padding(start, text) if is_number and not empty else ())]
        first = self.lines.end(self.lines.number(header[0]))
        rest = "".join(self.document.newline + line for line in block[1:]) if block else ""
        return [
            Span(*header, block[0] if block else self._inline(value), depth),
            Span(first, max(first, self._block_end()), rest, depth),
        ]

    def _inline(self, value: Atom) -> str:
        """The value on one line."""
        style = self.node.style or ""
        if isinstance(value, str):
            chain = self.habits.chain(self.path[:-1])
            if style not in _QUOTES:
                is_null = scalar_value(self.node) is None
                key = next((f"{step}" for step in reversed(self.path) if isinstance(step, str)), None)
                style = chain.quote(key) if is_null else chain.needed_quote()
            return string_text(value, style, flow=self.flow)
        if isinstance(value, bool):
            return _boolean(self.node.value, value)
        if value is None:
            return scalar_text(value)
        quote = style if style in _QUOTES else ""
        if isinstance(value, date):
            return f"{quote}{value.isoformat()}{quote}"
        old = self.node.value if quote or not style else ""
        return f"{quote}{respelled(old, value, self.habits.numbers(self.parent))}{quote}"

    def _padding(self, start: int, text: str) -> list[Span]:
        """The spaces beside a value on one line that keep the columns of the file."""
        is_one_line = self.lines.number(start) == self.lines.number(self.node.end)
        return padding_spans(self.document, start, self.node.end, text) if is_one_line else []

    def _literal(self, value: str) -> list[str] | None:
        """The value as header and indented lines, where a block is, or where several lines can become one."""
        style = self.node.style or ""
        text = self.document.text
        if not self.path or style in _QUOTES or text[self.node.end : self.node.end + 1] not in ("\n", "\r"):
            return None
        writer = Writer(self.habits, self.path[:-1])
        if (not style and not writer.literals) or header_end(self.document, self.path) is None:
            return None
        column = self._parent_column()
        if not style and (self.lines.next_comment(self.lines.number(self.node.end)) or 0) > column:
            return None
        step = self._old_step(column) or writer.step(None, top=True)
        lines = literal_lines(value, step)
        if lines is None and style and is_visible(value) and value.strip() == value and value:
            lines = [f"{style}-", value]
        if lines is None:
            return None
        return [lines[0], *(" " * (column + step) + line if line else "" for line in lines[1:])]

    def _parent_column(self) -> int:
        """The column that indents below it are counted from: that of the key or the dash."""
        if isinstance(self.parent, Sequence):
            before = self.lines.before(self.node.start).rstrip(" ")
            return len(before) - 1
        node = self.parent
        pairs = getattr(node, "pairs", [])
        return next((self.lines.column(key.start) for key, value in pairs if value is self.node), 0)

    def _old_step(self, column: int) -> int | None:
        """By how much the old block was indented."""
        if self.node.style not in ("|", ">"):
            return None
        line = self.lines.number(self.node.start) + 1
        while line <= self.lines.number(self.node.end):
            found = self.lines.line(line)
            if found.strip():
                return max(1, len(found) - len(found.lstrip(" ")) - column) if self.node.value[:1] != " " else None
            line += 1
        return None

    def _block_end(self) -> int:
        if not keeps_blanks(self.document, self.node):
            return self.node.end
        line = self.lines.number(self.node.end)
        while self.lines.is_blank(line + 1):
            line += 1
        return self.lines.end(line)
