"""Edit a document by replacing spans of its text, and prove that nothing else changed.

Public: the edits, `splice`, `why_not_editable` and `why_not_removable`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.editable import why_not_editable, why_not_removable
from modelsync.catalog.edits import (
    AppendItems,
    Conflict,
    Edit,
    InsertItem,
    InsertKey,
    NotEditable,
    RemoveKey,
    RenameKey,
    SetList,
    SetScalar,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.catalog.document import Document
    from modelsync.catalog.habits import Survey
    from modelsync.catalog.spans import Span

__all__ = (
    "AppendItems",
    "Conflict",
    "Edit",
    "InsertItem",
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
    """Apply edits to a document's text. Pure: the document is not changed. Without edits nothing is looked at.

    The new text is parsed again and compared with the old tree and the edits. Raises `NotEditable` for a place that
    cannot be edited alone, `Conflict` (a ValueError) for edits that contradict each other, and `SpliceMismatch`, a bug,
    if the result is not what was asked for.
    """
    edits = tuple(edits)
    if not edits:
        return Spliced(document.text.encode("utf-8"), ())
    # Half of all runs edit nothing: only the others pay for importing what follows.
    from modelsync.catalog.arrange import Arranged, arrange
    from modelsync.catalog.parts import parts
    from modelsync.catalog.replacements import joined, replacements
    from modelsync.catalog.spans import apply
    from modelsync.catalog.tree import collection_paused
    from modelsync.catalog.verify import verify

    with collection_paused():
        arranged = Arranged({}, {}, {})
        spans: list[Span] = []
        surveys: dict[int, Survey] = {}
        for part in parts(document, edits):
            with part.whole_paths():
                own = arrange(part.document, tuple(part.edits))
                spans += replacements(part.document, own, surveys)
            arranged.include(own, part.path)
        spans = joined(document, spans)
        data = apply(document.text, spans).encode("utf-8")
        if spans:
            verify(document, data, arranged)
    return Spliced(data, tuple((span.start, span.end, span.replacement) for span in spans))
