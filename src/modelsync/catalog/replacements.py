"""The replacements of text that carry out arranged edits, each kind by the module that knows how such text is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.catalog.block import block_spans
from modelsync.catalog.fill import fill_spans
from modelsync.catalog.flow import flow_spans
from modelsync.catalog.habits import Habits
from modelsync.catalog.nodes import Mapping, Sequence, children
from modelsync.catalog.scalar_edit import key_span, scalar_spans
from modelsync.catalog.spans import Span, merge

if TYPE_CHECKING:
    from modelsync.catalog.arrange import Arranged, Arrangement
    from modelsync.catalog.document import Document
    from modelsync.catalog.habits import Survey


def replacements(document: Document, arranged: Arranged, surveys: dict[int, Survey]) -> list[Span]:
    """The spans to replace in one document, in no order. What is learned of the file's habits is kept in `surveys`."""
    habits = Habits(document, surveys)
    spans: list[Span] = []
    for path, (node, value) in arranged.scalars.items():
        spans += scalar_spans(document, path, node, value, habits)
    for path, (key, new) in arranged.renames.items():
        spans.append(key_span(path, key, new, habits))
    for arrangement in arranged.collections.values():
        spans += _collection_spans(document, arrangement, habits)
    return spans


def _collection_spans(document: Document, arrangement: Arrangement, habits: Habits) -> list[Span]:
    node = arrangement.node
    if not isinstance(node, Mapping | Sequence) or not children(node):
        return fill_spans(document, arrangement, habits)
    if node.flow:
        return flow_spans(document, arrangement, habits)
    return block_spans(document, arrangement, habits)


def joined(document: Document, spans: list[Span]) -> list[Span]:
    """The spans to replace in a whole file, in order and not overlapping."""
    return _finish(document, merge(spans))


def _finish(document: Document, spans: list[Span]) -> list[Span]:
    """A file without a final line break gets none, unless a block scalar at its end needs the one it has."""
    text = document.text
    if not spans or spans[-1].end < len(text) or not text or text.endswith(("\n", "\r")):
        return spans
    last = spans[-1]
    if last.replacement.endswith(document.newline):
        replacement = last.replacement.removesuffix(document.newline)
        return [*spans[:-1], Span(last.start, last.end, replacement)]
    if not last.replacement and not last.keep_break:
        before = text[: last.start]
        start = len(before.removesuffix("\n").removesuffix("\r"))
        return merge([*spans[:-1], Span(start, last.end, "")])
    return spans
