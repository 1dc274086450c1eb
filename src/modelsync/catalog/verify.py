"""Prove that an edited text says what was promised, and nothing else: the new tree against the old one and the edits."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, TypeAlias

from modelsync.catalog.document import locate, parse
from modelsync.catalog.nodes import Alias, Mapping, Node, Scalar, Sequence
from modelsync.catalog.values import scalar_value
from modelsync.errors import CatalogInvalid, SpliceMismatch

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceOf

    from modelsync.catalog.arrange import Arranged, Arrangement, Slot
    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Atom, Path, Value

    Pairs: TypeAlias = SequenceOf[tuple[Scalar, Node]] | SequenceOf[tuple[Node, Node]]


def verify(old: Document, data: bytes, arranged: Arranged) -> None:
    """Raise `SpliceMismatch` unless new bytes parse to the old tree with exactly the arranged changes."""
    try:
        new = parse(data, "the edited text")
    except CatalogInvalid as error:
        raise SpliceMismatch(f"the edited text is no longer valid: {error}") from error
    checker = _Checker(old, arranged)
    root = arranged.collections.get(())
    if old.root is None and root is not None:
        agrees = checker.collection(root, new.root)
    elif old.root is None or new.root is None:
        agrees = old.root is new.root
    else:
        agrees = checker.same(old.root, new.root)
    if not agrees or len(old.aliases) < len(new.aliases):
        msg = f"the edited text differs from the plan{checker.place()}"
        raise SpliceMismatch(msg)


class _Checker:
    def __init__(self, old: Document, arranged: Arranged) -> None:
        self.old = old
        self.scalars = {id(node): value for node, value in arranged.scalars.values()}
        self.collections = {id(item.node): item for item in arranged.collections.values() if item.node is not None}
        self.plain = not old.aliases
        touched = (*arranged.scalars, *arranged.collections)
        self.parents = {id(_parent(old, path)) for path in touched}
        self.anchored: dict[int, Node] = {}
        self.wrong: Node | None = None

    def place(self) -> str:
        """Where the first difference is, in the old text."""
        return f", near line {self.old.position(self.wrong.start)[0]} of the old text" if self.wrong is not None else ""

    def same(self, old: Node, new: Node) -> bool:
        """Whether a new node is the old one after its edits."""
        arrangement = self.collections.get(id(old))
        if arrangement is not None:
            agrees = self.collection(arrangement, new)
        elif id(old) in self.scalars:
            agrees = matches(new, self.scalars[id(old)], may_quote=isinstance(old, Scalar) and bool(old.style))
        else:
            agrees = self._untouched(old, new)
        if agrees and not isinstance(old, Alias):
            agrees = not isinstance(new, Alias) and old.anchor == new.anchor and old.tag == new.tag
            if old.anchor is not None:
                self.anchored[id(old)] = new
        if not agrees and self.wrong is None:
            self.wrong = old
        return agrees

    def collection(self, arrangement: Arrangement, new: Node | None) -> bool:
        """Whether a new node has exactly the final children of an arrangement, in order."""
        final = arrangement.final
        old = arrangement.node
        if arrangement.is_mapping:
            if not isinstance(new, Mapping) or new.opaque or len(new.pairs) != len(final):
                return False
            return all(self._pair(old, slot, key, value) for slot, (key, value) in zip(final, new.pairs, strict=True))
        if not isinstance(new, Sequence) or len(new.items) != len(final):
            return False
        items = old.items if isinstance(old, Sequence) else []
        return all(
            self.same(items[slot.number], item) if slot.number >= 0 else matches(item, slot.value)
            for slot, item in zip(final, new.items, strict=True)
        )

    def _pair(self, old: Node | None, slot: Slot, key: Scalar, value: Node) -> bool:
        if slot.number < 0 or not isinstance(old, Mapping):
            return _is_key(key, slot.key) and matches(value, slot.value)
        old_key, old_value = old.pairs[slot.number]
        agrees = _is_key(key, slot.rename) if slot.rename is not None else self.same(old_key, key)
        return agrees and self.same(old_value, value)

    def _untouched(self, old: Node, new: Node) -> bool:
        if old.__class__ is not new.__class__:
            return False
        if isinstance(old, Scalar) and isinstance(new, Scalar):
            return old.value == new.value and (old.style == new.style)
        if isinstance(old, Alias) and isinstance(new, Alias):
            return old.name == new.name and self.anchored.get(id(old.target)) is new.target
        if isinstance(old, Sequence) and isinstance(new, Sequence):
            return old.flow == new.flow and self._all(old.items, new.items)
        return isinstance(old, Mapping) and isinstance(new, Mapping) and self._mapping(old, new)

    def _mapping(self, old: Mapping, new: Mapping) -> bool:
        if old.flow != new.flow:
            return False
        if self.plain and not old.opaque and not new.opaque and id(old) not in self.parents:
            return self._quick(old.pairs, new.pairs)
        return self._pairs(old.pairs, new.pairs) and self._pairs(old.opaque, new.opaque)

    def _quick(self, old: list[tuple[Scalar, Node]], new: list[tuple[Scalar, Node]]) -> bool:
        """`_pairs` for what most mappings are: no alias in the document, and no scalar in them is edited."""
        if len(old) != len(new):
            return False
        for (old_key, old_value), (new_key, new_value) in zip(old, new, strict=True):
            if not _same_scalar(old_key, new_key):
                return False
            same = (
                isinstance(old_value, Scalar) and isinstance(new_value, Scalar) and _same_scalar(old_value, new_value)
            )
            if not same and not self.same(old_value, new_value):
                return False
        return True

    def _all(self, old: list[Node], new: list[Node]) -> bool:
        return len(old) == len(new) and all(map(self._child, old, new))

    def _pairs(self, old: Pairs, new: Pairs) -> bool:
        if len(old) != len(new):
            return False
        child = self._child
        for (old_key, old_value), (new_key, new_value) in zip(old, new, strict=True):
            if not (child(old_key, new_key) and child(old_value, new_value)):
                return False
        return True

    def _child(self, old: Node, new: Node) -> bool:
        """`same`, short for what most nodes are: a scalar that nobody edits."""
        if isinstance(old, Scalar) and isinstance(new, Scalar) and old.anchor is new.anchor is None:
            same_text = old.value == new.value and old.style == new.style and old.tag == new.tag
            if same_text and id(old) not in self.scalars:
                return True
        return self.same(old, new)


def matches(node: Node, value: Value, *, may_quote: bool = False) -> bool:
    """Whether a node says exactly a value. `may_quote`: a number may stand in quotes, as the old one did."""
    if isinstance(node, Alias) or node.tag is not None:
        return False
    if isinstance(value, dict):
        if not isinstance(node, Mapping) or node.opaque or len(node.pairs) != len(value):
            return False
        pairs = zip(node.pairs, value.items(), strict=True)
        return all(_is_key(key, name) and matches(inner, item) for (key, inner), (name, item) in pairs)
    if isinstance(value, list):
        if not isinstance(node, Sequence) or len(node.items) != len(value):
            return False
        return all(matches(inner, item) for inner, item in zip(node.items, value, strict=True))
    return isinstance(node, Scalar) and _scalar_matches(node, value, may_quote=may_quote)


def _scalar_matches(node: Scalar, value: Atom, *, may_quote: bool) -> bool:
    present = scalar_value(node)
    if value is None or isinstance(value, bool):
        return present is value
    if isinstance(value, str):
        return isinstance(present, str) and present == value
    if isinstance(present, str) and may_quote:
        try:
            return Decimal(present) == value
        except InvalidOperation:
            return False
    return isinstance(present, int | Decimal) and not isinstance(present, bool) and present == value


def _is_key(key: Scalar, name: str | None) -> bool:
    return key.tag is None and key.anchor is None and key.value == name and scalar_value(key) == name


def _same_scalar(old: Scalar, new: Scalar) -> bool:
    return old.value == new.value and old.style == new.style and old.tag == new.tag and old.anchor == new.anchor


def _parent(document: Document, path: Path) -> Node | None:
    return locate(document, path[:-1]) if path else None
