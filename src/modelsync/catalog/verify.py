"""Prove that an edited text says what was promised, and nothing else: libyaml reads it again, and each event must be the one
that the old tree and the edits make next. No second tree is built.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import TYPE_CHECKING, Any

from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from modelsync.catalog.aliases import MAX_DEPTH
from modelsync.catalog.document import events, fault, position
from modelsync.catalog.edits import Written
from modelsync.catalog.nodes import Alias, Mapping, Scalar, Sequence
from modelsync.catalog.tree import Fault
from modelsync.catalog.values import says_day, scalar_value
from modelsync.errors import SpliceMismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from modelsync.catalog.arrange import Arranged, Arrangement, Slot
    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Value
    from modelsync.catalog.nodes import Node


def verify(old: Document, data: bytes, arranged: Arranged) -> None:
    """Raise `SpliceMismatch` unless new bytes parse to the old tree with exactly the arranged changes."""
    text = data.decode("utf-8")
    try:
        _Checker(old, arranged, events(text)).documents()
    except (Fault, YAMLError) as error:
        found = fault(text, error) if isinstance(error, YAMLError) else error
        line = position(text, found.index)[0]
        raise SpliceMismatch(f"the edited text is no longer valid: line {line}: {found.what}") from error


class _Checker:
    """Reads events and holds each against what must come. `near` is the old node that is read: where a difference is."""

    def __init__(self, old: Document, arranged: Arranged, next_event: Callable[[], Any]) -> None:
        self.old = old
        self.arranged = arranged
        self.next_event = next_event
        self.scalars = {id(node): value for node, value in arranged.scalars.values()}
        self.collections = {id(item.node): item for item in arranged.collections.values() if item.node is not None}
        self.edited = {*self.scalars, *self.collections}
        self.anchors: dict[str, Node] = {}
        self.depth = 0
        self.near: Node | None = old.root

    def documents(self) -> None:
        """Read all events of a text, with as many documents as there were."""
        self._expect(StreamStartEvent)
        root = self.old.root
        for one in root.items if self.old.several and isinstance(root, Sequence) else (root,):
            self._document(one)
        self._expect(StreamEndEvent)

    def _document(self, root: Node | None) -> None:
        """Read one document. One that was empty has been given a root."""
        self.anchors.clear()
        self._expect(DocumentStartEvent)
        event = self.next_event()
        if root is None:
            self._collection(self.arranged.collections[()], event)
        else:
            self._node(root, event)
        self._expect(DocumentEndEvent)

    def _nodes(self, nodes: Iterable[Node]) -> None:
        """Read what was not rearranged: all of the nodes, in order. Most are scalars that nobody edits."""
        next_event, edited = self.next_event, self.edited
        for node in nodes:
            event = next_event()
            if (
                event.__class__ is ScalarEvent
                and isinstance(node, Scalar)
                and event.value == node.value
                and event.style == node.style
                and event.anchor is node.anchor is None
                and event.tag == node.tag
                and id(node) not in edited
            ):
                continue
            self._node(node, event)

    def _node(self, old: Node, event: Any) -> None:
        """Read the rest of one old node, as it is after its edits."""
        self.near = old
        if isinstance(old, Alias):
            self._require(fits=event.__class__ is AliasEvent and event.anchor == old.name)
            self._require(fits=self.anchors.get(old.name) is old.target)
            return
        self._require(fits=event.__class__ is not AliasEvent and _names(event) == (old.anchor, old.tag))
        if old.anchor is not None:
            self.anchors[old.anchor] = old
        if id(old) in self.collections:
            self._collection(self.collections[id(old)], event)
        elif id(old) in self.scalars:
            quoted = isinstance(old, Scalar) and bool(old.style)
            self._require(fits=_says(event, self.scalars[id(old)], may_quote=quoted))
        else:
            self._untouched(old, event)

    def _untouched(self, old: Scalar | Sequence | Mapping, event: Any) -> None:
        if isinstance(old, Scalar):
            same = event.__class__ is ScalarEvent and event.value == old.value and event.style == old.style
            self._require(fits=same)
            return
        is_mapping = isinstance(old, Mapping)
        self._start(event, is_mapping=is_mapping)
        self._require(fits=bool(event.flow_style) == old.flow)
        self._nodes(_in_order(old) if is_mapping else old.items)
        self.near = old
        self._end(MappingEndEvent if is_mapping else SequenceEndEvent)

    def _collection(self, arrangement: Arrangement, event: Any) -> None:
        """Read exactly the final children of an arrangement, in order."""
        old = arrangement.node
        self._start(event, is_mapping=arrangement.is_mapping)
        for slot in arrangement.final:
            if slot.number < 0:
                self._new(slot, is_mapping=arrangement.is_mapping)
            elif isinstance(old, Sequence):
                self._nodes((old.items[slot.number],))
            elif isinstance(old, Mapping):
                self._pair(*old.pairs[slot.number], slot.rename)
        self.near = old
        self._end(MappingEndEvent if arrangement.is_mapping else SequenceEndEvent)

    def _pair(self, key: Scalar, value: Node, rename: str | None) -> None:
        if rename is None:
            self._nodes((key, value))
        else:
            self._key(rename)
            self._nodes((value,))

    def _new(self, slot: Slot, *, is_mapping: bool) -> None:
        if is_mapping:
            self._key(slot.key)
        self._value(slot.value)

    def _key(self, name: str) -> None:
        event = self.next_event()
        self._require(fits=event.__class__ is ScalarEvent and _names(event) == (None, None) and _says(event, name))

    def _value(self, value: Value) -> None:
        """Read a value that was not there before."""
        event = self.next_event()
        self._require(fits=event.__class__ is not AliasEvent and _names(event) == (None, None))
        if isinstance(value, dict):
            self._start(event, is_mapping=True)
            for name, item in value.items():
                self._key(name)
                self._value(item)
            self._end(MappingEndEvent)
        elif isinstance(value, list):
            self._start(event, is_mapping=False)
            for item in value:
                self._value(item)
            self._end(SequenceEndEvent)
        elif isinstance(value, Written):
            self._require(fits=_says(event, value.value, may_quote=True))
        else:
            self._require(fits=_says(event, value))

    def _start(self, event: Any, *, is_mapping: bool) -> None:
        self._require(fits=event.__class__ is (MappingStartEvent if is_mapping else SequenceStartEvent))
        self._require(fits=self.depth < MAX_DEPTH)
        self.depth += 1

    def _end(self, kind: type) -> None:
        self._expect(kind)
        self.depth -= 1

    def _expect(self, kind: type) -> None:
        self._require(fits=self.next_event().__class__ is kind)

    def _require(self, *, fits: bool) -> None:
        if not fits:
            line = self.old.position(self.near.start)[0] if self.near is not None else 1
            raise SpliceMismatch(f"the edited text differs from the plan, near line {line} of the old text")


def _in_order(node: Mapping) -> Iterable[Node]:
    """The keys and values of a mapping as they stand in the text."""
    pairs: Iterable[tuple[Node, Node]] = node.pairs
    if node.opaque:
        pairs = sorted((*node.pairs, *node.opaque), key=lambda pair: pair[0].start)
    return chain.from_iterable(pairs)


def _names(event: Any) -> tuple[str | None, str | None]:
    """The anchor and the tag of an event; those that end something have none."""
    return getattr(event, "anchor", None), getattr(event, "tag", None)


def _says(event: Any, value: Value, *, may_quote: bool = False) -> bool:
    """Whether a scalar without a tag says exactly a value. `may_quote`: a number may stand in quotes, as the old one did."""
    if event.__class__ is not ScalarEvent or event.tag is not None:
        return False
    present = scalar_value(Scalar(event.value, event.style, 0, 0))
    if value is None or isinstance(value, bool):
        return present is value
    if isinstance(value, date | str):
        return says_day(present, value) if isinstance(value, date) else isinstance(present, str) and present == value
    if isinstance(present, str) and may_quote:
        try:
            return Decimal(present) == value
        except InvalidOperation:
            return False
    return isinstance(present, int | Decimal) and not isinstance(present, bool) and present == value
