"""Find the rows of a document that a layout's patterns lead to, and the mappings and lists that hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from modelsync.catalog.document import Alias, Mapping, Scalar, Sequence
from modelsync.catalog.facts import is_null
from modelsync.catalog.nodes import MERGE_KEY
from modelsync.errors import CatalogInvalid
from modelsync.layouts.layout import Capture, Items, Key

if TYPE_CHECKING:
    from modelsync.catalog.document import Document, Node
    from modelsync.layouts.layout import Layout, Pattern

    Path: TypeAlias = tuple[str | int, ...]


class Row(Struct, frozen=True):
    """What a pattern leads to: a node, its place, the captured keys, and the mappings around it, the outermost first.

    `key` is the key it stands under, where it is that of a mapping. `alone` says what the pattern leads to just once (`document`),
    so that no other row can be beside this one; else it is empty.
    """

    node: Node
    path: Path
    captured: dict[str, str]
    around: tuple[Mapping, ...]
    key: Scalar | None = None
    alone: str = ""


class Home(Struct, frozen=True):
    """The mapping or list in which the rows of one provider are; `node` is None where it is missing.

    `label` is the scalar that names the provider, `alone` that of its rows.
    """

    label: Scalar
    path: Path
    node: Node | None
    rows: tuple[Row, ...] = ()
    alone: str = ""


class Rows(Struct, frozen=True):
    """All rows of a document in its order, and the homes where the pattern itself says whose the rows are."""

    rows: tuple[Row, ...]
    homes: tuple[Home, ...]


def find_rows(document: Document, layout: Layout, file: str) -> Rows:
    """Follow every pattern from the root, or from each document.

    A document in which a pattern leads nowhere is passed over. Raises `CatalogInvalid` with line and column where no pattern
    leads anywhere, or a mapping on the way is damaged.
    """
    root = document.root
    if root is None:
        raise CatalogInvalid(file, "the catalog is empty", hint="`modelsync init` writes one to start from.")
    walks = [_Walk(document, file, pattern) for pattern in layout.patterns]
    lost: _LeadsNowhere | None = None
    astray = 0
    for walk in walks:
        try:
            walk.start(root, several=layout.several)
        except _LeadsNowhere as error:
            lost = lost or error
            astray += 1
    if lost is not None and astray == len(walks):
        raise lost.fault
    found = [row for walk in walks for row in walk.rows]
    if len(walks) > 1:
        found.sort(key=lambda row: row.node.start)
    return Rows(tuple(found), tuple(home for walk in walks for home in walk.homes))


class _LeadsNowhere(Exception):
    """What a pattern asks for is not there at all; `fault` says so to the user."""

    def __init__(self, fault: CatalogInvalid) -> None:
        super().__init__(fault.message)
        self.fault = fault


class _Walk:
    """One pattern on its way through a document."""

    def __init__(self, document: Document, file: str, pattern: Pattern) -> None:
        self.document = document
        self.file = file
        self.pattern = pattern
        self.rows: list[Row] = []
        self.homes: list[Home] = []
        self.label: Scalar | None = None
        self.alone = _alone(pattern)
        self.fixed = next((place for place, step in enumerate(pattern) if not isinstance(step, Key)), len(pattern))

    @property
    def found(self) -> bool:
        return bool(self.rows or self.homes)

    def start(self, root: Node, *, several: bool) -> None:
        if not several:
            self._follow(root, Row(root, (), {}, ()), 0)
            return
        lost: _LeadsNowhere | None = None
        for number, document in enumerate(root.items if isinstance(root, Sequence) else []):
            if is_null(document):
                continue
            try:
                self._follow(document, Row(document, (number,), {}, ()), 0)
            except _LeadsNowhere as error:
                lost = lost or error
        if lost is not None and not self.found:
            raise lost

    def _follow(self, node: Node, row: Row, depth: int) -> None:
        if depth == len(self.pattern):
            self.rows.append(Row(node, row.path, row.captured, row.around, row.key, self.alone))
            return
        step = self.pattern[depth]
        is_last = depth == len(self.pattern) - 1
        if is_last and self.label is not None:
            self._settle(self.label, node, row, depth)
        elif isinstance(step, Items):
            self._items(node, row, depth)
        elif isinstance(step, Key):
            self._key(step, node, row, depth)
        else:
            self._captures(step, node, row, depth)

    def _settle(self, label: Scalar, node: Node, row: Row, depth: int) -> None:
        """Follow the last step for one provider, whose rows have a home here."""
        before = len(self.rows)
        if not is_null(node):
            step = self.pattern[depth]
            if isinstance(step, Items):
                self._items(node, row, depth)
            elif isinstance(step, Capture):
                self._captures(step, node, row, depth)
            else:
                self._key(step, node, row, depth)
        self.homes.append(Home(label, row.path, node, tuple(self.rows[before:]), self.alone))

    def _key(self, step: Key, node: Node, row: Row, depth: int) -> None:
        is_null_here = is_null(node) and self.label is not None
        mapping = None if is_null_here else self._mapping(node, row, depth)
        name, found = step.names[0], None
        if mapping is not None:
            name, found = next(((one, at) for one in step.names if (at := mapping.find(one)) is not None), (name, None))
        path = (*row.path, name)
        if found is not None and mapping is not None:
            self._follow(found[0], Row(found[0], path, row.captured, (*row.around, mapping)), depth + 1)
        elif self.label is not None and depth == len(self.pattern) - 2:
            self.homes.append(Home(self.label, path, None))
        elif depth < self.fixed and mapping is not None:
            wanted = ".".join(step.names[0] for step in self.pattern[: self.fixed] if isinstance(step, Key))
            raise self._nowhere(mapping, f"no `{name}` here", f"A catalog starts with `{wanted}:`.")

    def _captures(self, step: Capture, node: Node, row: Row, depth: int) -> None:
        mapping = self._mapping(node, row, depth)
        if mapping is None:
            return
        for key, value in mapping.pairs:
            if key.value == MERGE_KEY:
                continue
            if step.name == "provider":
                self.label = key
            captured = {**row.captured, step.name: key.value} if step.name else row.captured
            self._follow(value, Row(value, (*row.path, key.value), captured, (*row.around, mapping), key), depth + 1)
        if step.name == "provider":
            self.label = None

    def _items(self, node: Node, row: Row, depth: int) -> None:
        target = node.target if isinstance(node, Alias) else node
        if not isinstance(target, Sequence):
            if depth <= self.fixed:
                raise self._nowhere(node, f"{self._what(row, depth)} must be a list")
            return
        for number, item in enumerate(target.items):
            self._follow(item, Row(item, (*row.path, number), row.captured, row.around), depth + 1)

    def _mapping(self, node: Node, row: Row, depth: int) -> Mapping | None:
        """Return the mapping that a step leads into. Behind a step to many places, what is none is passed over."""
        target = node.target if isinstance(node, Alias) else node
        if not isinstance(target, Mapping):
            if depth > self.fixed and self.label is None:
                return None
            fault = self._nowhere if depth <= self.fixed else self._invalid
            raise fault(node, f"{self._what(row, depth)} must be a mapping")
        if target.duplicate is not None:
            raise self._invalid(target.duplicate, f"{self._what(row, depth)} has `{target.duplicate.value}` twice")
        return target

    def _what(self, row: Row, depth: int) -> str:
        if not depth:
            return "the catalog" if not row.path else "a document"
        before = self.pattern[depth - 1]
        if isinstance(before, Capture) and before.name == "provider":
            return f"provider `{row.path[-1]}`"
        return f"`{'.'.join(map(str, row.path))}`"

    def _nowhere(self, node: Node, problem: str, hint: str = "") -> _LeadsNowhere:
        return _LeadsNowhere(self._invalid(node, problem, hint))

    def _invalid(self, node: Node, problem: str, hint: str = "") -> CatalogInvalid:
        line, column = self.document.position(node.start)
        return CatalogInvalid(self.file, problem, line=line, column=column, hint=hint)


def _alone(pattern: Pattern) -> str:
    """What a pattern leads to just once wherever it leads: a document, or one key. Empty where rows are beside each other."""
    if not pattern:
        return "document"
    last = pattern[-1]
    return f"`{'|'.join(last.names)}`" if isinstance(last, Key) else ""
