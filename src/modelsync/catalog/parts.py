"""The documents of one file that edits touch, each with its own edits, in its own terms."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.editable import STREAM
from modelsync.catalog.edits import NotEditable
from modelsync.catalog.nodes import Sequence

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Edit, Path


class Part(Struct):
    """One document with its edits, whose paths begin at its root. `path` leads there from the root of the file."""

    path: Path
    document: Document
    edits: list[Edit]

    @contextmanager
    def whole_paths(self) -> Generator[None]:
        """Let a `NotEditable` from inside name its place by the path from the root of the file."""
        try:
            yield
        except NotEditable as error:
            raise NotEditable((*self.path, *error.path), error.reason) from None


def parts(document: Document, edits: Iterable[Edit]) -> list[Part]:
    """The documents to edit, in file order. Raises `NotEditable` for edits of the list of documents itself."""
    if not document.several:
        return [Part((), document, [*edits])]
    found: dict[int, Part] = {}
    for edit in edits:
        number = _number(document, edit.path)
        if number not in found:
            found[number] = Part((number,), document.part(number), [])
        found[number].edits.append(replace(edit, path=edit.path[1:]))
    return [found[number] for number in sorted(found)]


def _number(document: Document, path: Path) -> int:
    if not path:
        raise NotEditable(path, STREAM)
    number, count = path[0], len(document.root.items) if isinstance(document.root, Sequence) else 0
    if not isinstance(number, int) or not 0 <= number < count:
        raise NotEditable(path, f"there is no document {number}")
    return number
