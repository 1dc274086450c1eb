"""Turn edits into what happens to each node: scalars to set, keys to rename, and collections with their new order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.document import locate
from modelsync.catalog.editable import EMPTY, why_child_stays, why_not_editable, why_not_rearranged, why_still_used
from modelsync.catalog.edits import (
    AppendItems,
    Conflict,
    InsertItem,
    InsertKey,
    NotEditable,
    RemoveKey,
    RenameKey,
    SetList,
    SetScalar,
    Written,
)
from modelsync.catalog.nodes import Alias, Mapping, Node, Scalar, Sequence, children
from modelsync.catalog.scalars import holds_surrogate
from modelsync.catalog.values import plain_value, scalar_value

if TYPE_CHECKING:
    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Atom, Edit, Path, Value

_LONGEST_KEY = 200  # YAML allows 1,024 characters on the key's line before the colon; escapes take up to ten each


class Slot(Struct):
    """One place of a collection: an old child (`number` in the tree) that stays or goes, or a new one (`number` is -1)."""

    number: int
    key: str = ""
    value: Value = None
    removed: bool = False
    rename: str | None = None


class Arrangement(Struct, eq=False):
    """What becomes of one collection: `slots` in their new order, `old` those of `node`'s children by number. `node` may
    be a null or, at the root, nothing at all.
    """

    path: Path
    node: Node | None
    is_mapping: bool
    slots: list[Slot]
    old: list[Slot]

    @property
    def kept(self) -> list[Slot]:
        """The old children that stay."""
        return [slot for slot in self.slots if slot.number >= 0 and not slot.removed]

    @property
    def final(self) -> list[Slot]:
        """The children there will be."""
        return [slot for slot in self.slots if not slot.removed]


class Arranged(Struct):
    """All edits of one call, by the node they touch."""

    scalars: dict[Path, tuple[Scalar, Atom]]
    renames: dict[Path, tuple[Scalar, str]]
    collections: dict[Path, Arrangement]

    def include(self, other: Arranged, path: Path) -> None:
        """Take in what is arranged in a part of the document, which begins at a path."""
        self.scalars.update({(*path, *inner): found for inner, found in other.scalars.items()})
        self.renames.update({(*path, *inner): found for inner, found in other.renames.items()})
        self.collections.update({(*path, *inner): found for inner, found in other.collections.items()})


def is_null(node: Node | None) -> bool:
    """Whether a node is a null that may become a collection."""
    return isinstance(node, Scalar) and node.tag is None and scalar_value(node) is None


def arrange(document: Document, edits: tuple[Edit, ...]) -> Arranged:
    """Sort edits by node. Raises `NotEditable`, or `Conflict` for edits that contradict each other."""
    arranger = _Arranger(document)
    for edit in edits:
        arranger.add(edit)
    arranger.check_conflicts()
    return arranger.result


class _Arranger:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.result = Arranged({}, {}, {})
        self.removed: set[Path] = set()
        self.editable: set[Path] = set()

    def add(self, edit: Edit) -> None:
        path = edit.path
        if isinstance(edit, SetScalar):
            self._set(path, edit.value)
        elif isinstance(edit, InsertKey):
            self._insert(self._collection(path, is_mapping=True), edit)
        elif isinstance(edit, AppendItems):
            slots = self._collection(path, is_mapping=False).slots
            slots.extend(Slot(-1, value=_writable(path, value)) for value in edit.values)
        elif isinstance(edit, InsertItem):
            slots = self._collection(path, is_mapping=False).slots
            found = (place for place, slot in enumerate(slots) if slot.number == edit.before)
            slots.insert(next(found, len(slots)), Slot(-1, value=_writable(path, edit.value)))
        elif isinstance(edit, RemoveKey):
            self._remove(path)
        elif isinstance(edit, RenameKey):
            self._rename(path, edit.new)
        else:
            self._set_list(path, edit)

    def check_conflicts(self) -> None:
        """Edits inside what another edit removes, and keys that would be there twice."""
        touched = [*self.result.scalars, *self.result.renames, *self.result.collections]
        for path in touched:
            if any(path[: depth + 1] in self.removed for depth in range(len(path))):
                msg = f"{path} is both removed and edited"
                raise Conflict(msg)
        for arrangement in self.result.collections.values():
            _check_keys(arrangement)

    def _check(self, path: Path) -> None:
        if path not in self.editable:
            reason = why_not_editable(self.document, path)
            if reason is not None:
                raise NotEditable(path, reason)
            self.editable.add(path)

    def _set(self, path: Path, value: Value) -> None:
        self._check(path)
        node = locate(self.document, path)
        _writable(path, value)
        if path in self.result.scalars or path in self.result.collections:
            msg = f"{path} is set twice"
            raise Conflict(msg)
        if isinstance(value, dict):
            slots = self._collection(path, is_mapping=True, only_empty=True).slots
            slots.extend(Slot(-1, key, item) for key, item in value.items())
        elif isinstance(value, list):
            slots = self._collection(path, is_mapping=False, only_empty=True).slots
            slots.extend(Slot(-1, value=item) for item in value)
        elif isinstance(node, Scalar):
            if not path and node.start == node.end:
                raise NotEditable(path, EMPTY)
            self.result.scalars[path] = (node, value.value if isinstance(value, Written) else value)
        else:
            raise NotEditable(path, "it is a list or a mapping, not a single value")

    def _insert(self, arrangement: Arrangement, edit: InsertKey) -> None:
        _writable_key(arrangement.path, edit.key)
        _writable((*edit.path, edit.key), edit.value)
        slots = arrangement.slots
        at = len(slots)
        wanted = set(edit.after)
        if wanted:
            found = [number for number, slot in enumerate(slots) if slot.key in wanted]
            at = found[-1] + 1 if found else at
            while at < len(slots) and slots[at].number < 0 and found:
                at += 1
        slots.insert(at, Slot(-1, edit.key, edit.value))

    def _remove(self, path: Path) -> None:
        if not path:
            raise NotEditable(path, "the document itself cannot be removed")
        self._check(path[:-1])
        reason = why_child_stays(self.document, path)
        if reason is not None:
            raise NotEditable(path, reason)
        if path in self.removed:
            msg = f"{path} is removed twice"
            raise Conflict(msg)
        self.removed.add(path)
        self._order(path[:-1], is_mapping=isinstance(path[-1], str))
        arrangement = self.result.collections[path[:-1]]
        number = path[-1] if isinstance(path[-1], int) else _number(arrangement.node, path[-1])
        arrangement.old[number].removed = True

    def _rename(self, path: Path, new: str) -> None:
        parent = locate(self.document, path[:-1])
        reason = why_not_editable(self.document, path[:-1]) if path else "the document has no key"
        if reason is None and not (isinstance(parent, Mapping) and isinstance(path[-1], str) and parent.own(path[-1])):
            reason = "there is no such key"
        if reason is None and isinstance(parent, Mapping):
            reason = why_not_rearranged(self.document, parent)
            key = parent.pairs[_number(parent, str(path[-1]))][0]
            if key.tag is not None or key.anchor is not None:
                reason = reason or "the key has a tag or an anchor"
            if reason is None:
                _writable_key(path, new)
                self.result.renames[path] = (key, new)
                self._order(path[:-1], is_mapping=True).old[_number(parent, path[-1])].rename = new
        if reason is not None:
            raise NotEditable(path, reason)

    def _set_list(self, path: Path, edit: SetList) -> None:
        arrangement = self._collection(path, is_mapping=False)
        wanted = list(edit.values)
        items = arrangement.node.items if isinstance(arrangement.node, Sequence) else []
        for slot, item in zip(arrangement.slots, items, strict=False):
            target = item.target if isinstance(item, Alias) else item
            if not isinstance(target, Scalar):
                raise NotEditable((*path, slot.number), "it is no single value")
            value = plain_value(target)
            if isinstance(value, str) and value in wanted:
                wanted.remove(value)
            elif reason := why_still_used(self.document, item):
                raise NotEditable((*path, slot.number), reason)
            else:
                slot.removed = True
                self.removed.add((*path, slot.number))
        arrangement.slots.extend(Slot(-1, value=_writable(path, value)) for value in wanted)

    def _collection(self, path: Path, *, is_mapping: bool, only_empty: bool = False) -> Arrangement:
        """The arrangement of a collection that is to get children. A null or an empty one becomes what is wanted."""
        self._check(path)
        node = None if self.document.root is None else locate(self.document, path)
        if path in self.result.scalars:
            msg = f"{path} is both set and added to"
            raise Conflict(msg)
        fits = isinstance(node, Mapping if is_mapping else Sequence) and not (only_empty and children(node))
        if node is not None and not is_null(node) and not fits:
            what = "mapping" if is_mapping else "list"
            raise NotEditable(path, f"it is not an empty {what}" if only_empty else f"it is not a {what}")
        return self._order(path, is_mapping=is_mapping)

    def _order(self, path: Path, *, is_mapping: bool) -> Arrangement:
        arrangement = self.result.collections.get(path)
        if arrangement is None:
            node = None if self.document.root is None else locate(self.document, path)
            if isinstance(node, Mapping):
                slots = [Slot(number, key.value) for number, (key, _) in enumerate(node.pairs)]
            elif isinstance(node, Sequence):
                slots = [Slot(number) for number in range(len(node.items))]
            else:
                slots = []
            arrangement = self.result.collections[path] = Arrangement(path, node, is_mapping, slots, list(slots))
        if arrangement.is_mapping != is_mapping:
            msg = f"{path} cannot become a mapping and a list"
            raise Conflict(msg)
        return arrangement


def _check_keys(arrangement: Arrangement) -> None:
    incoming = [slot.key for slot in arrangement.slots if slot.number < 0 and arrangement.is_mapping]
    incoming += [slot.rename for slot in arrangement.kept if slot.rename is not None]
    known = {slot.key for slot in arrangement.kept if slot.rename is None} if incoming else set[str]()
    for key in incoming:
        if key in known:
            raise NotEditable((*arrangement.path, key), "the key is there already")
        known.add(key)


def _number(node: Node | None, key: str | int) -> int:
    return node.numbers()[str(key)] if isinstance(node, Mapping) else -1


def _writable(path: Path, value: Value) -> Value:
    """The value, if every YAML file can hold it."""
    if isinstance(value, str) and holds_surrogate(value):
        raise NotEditable(path, "the text has half a surrogate pair, which YAML cannot hold")
    if isinstance(value, Decimal) and not value.is_finite():
        raise NotEditable(path, f"{value} is no number that YAML readers agree on")
    if isinstance(value, dict):
        for key, item in value.items():
            _writable_key(path, key)
            _writable((*path, key), item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _writable((*path, number), item)
    return value


def _writable_key(path: Path, key: str) -> None:
    if len(key) > _LONGEST_KEY:
        raise NotEditable(path, f"a key of {len(key)} characters is too long")
    _writable(path, key)
