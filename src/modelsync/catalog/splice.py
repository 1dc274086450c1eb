"""Edit a document by replacing spans of its text, and prove that nothing else changed.

Public: the edits, `splice`, `why_not_editable` and `why_not_removable`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.arrange import arrange
from modelsync.catalog.block import block_spans
from modelsync.catalog.editable import why_not_editable, why_not_removable
from modelsync.catalog.edits import (
    AppendItems,
    Conflict,
    Edit,
    InsertKey,
    NotEditable,
    RemoveKey,
    RenameKey,
    SetList,
    SetScalar,
    Value,
)
from modelsync.catalog.fill import fill_spans
from modelsync.catalog.flow import flow_spans
from modelsync.catalog.habits import Habits
from modelsync.catalog.nodes import Mapping, Sequence, children
from modelsync.catalog.scalar_edit import key_span, scalar_spans
from modelsync.catalog.spans import Span, apply, merge
from modelsync.catalog.tree import collection_paused
from modelsync.catalog.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.catalog.arrange import Arranged, Arrangement
    from modelsync.catalog.document import Document

__all__ = (
    "AppendItems",
    "Conflict",
    "Edit",
    "InsertKey",
    "NotEditable",
    "RemoveKey",
    "RenameKey",
    "SetList",
    "SetScalar",
    "Spliced",
    "Value",
    "splice",
    "why_not_editable",
    "why_not_removable",
)


class Spliced(Struct, frozen=True):
    """An edited file: its bytes, and what was replaced: (start, end, replacement) in characters of the old text, in order,
    not overlapping.
    """

    data: bytes
    spans: tuple[tuple[int, int, str], ...]


def splice(document: Document, edits: Iterable[Edit]) -> Spliced:
    """Apply edits to a document's text. Pure: the document is not changed.

    The new text is parsed again and compared with the old tree and the edits. Raises `NotEditable` for a place that
    cannot be edited alone, `Conflict` (a ValueError) for edits that contradict each other, and `SpliceMismatch`, a bug,
    if the result is not what was asked for.
    """
    with collection_paused():
        arranged = arrange(document, tuple(edits))
        spans = _finish(document, merge(_spans(document, arranged)))
        data = apply(document.text, spans).encode("utf-8")
        if spans:
            verify(document, data, arranged)
    return Spliced(data, tuple((span.start, span.end, span.replacement) for span in spans))


def _spans(document: Document, arranged: Arranged) -> list[Span]:
    habits = Habits(document)
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
