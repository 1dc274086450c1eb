"""Build the tree of a document from libyaml's events, with a stack of open collections instead of recursion."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from modelsync.catalog.aliases import MAX_DEPTH
from modelsync.catalog.lines import BREAKS
from modelsync.catalog.nodes import Alias, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_STARTS = frozenset((MappingStartEvent, SequenceStartEvent))
_ENDS = frozenset((MappingEndEvent, SequenceEndEvent))


class Fault(Exception):
    """What cannot be edited safely, and the character it is at."""

    def __init__(self, what: str, index: int, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.index = index
        self.hint = hint


@contextmanager
def collection_paused() -> Generator[None]:
    """Keep Python's cyclic garbage collector from walking a growing tree; its state is restored."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class Builder:
    """Makes one tree. Raises `Fault` for nesting too deep, unknown or recursive aliases, and a second document where not
    `several` may come.
    """

    def __init__(self, text: str, *, several: bool = False) -> None:
        self.text = text
        self.several = several
        self.anchors: dict[str, Node] = {}
        self.aliases: list[Alias] = []
        self.open: list[tuple[Mapping | Sequence, list[Node]]] = []
        self.words: dict[str, str] = {}
        self.opaque: set[int] = set()
        self.documents = 0

    def build(self, next_event: Callable[[], Any]) -> tuple[Node | None, list[Alias]]:
        """Read all events: the root, and all aliases in order. The root of one document is None where that is empty; of
        several it is a list of their roots.
        """
        top: list[Node] = []
        nodes = top
        shared = self.words.setdefault  # keys and features repeat: one string for all
        while True:
            event = next_event()
            kind: Any = event.__class__
            if kind is ScalarEvent:
                style = event.style
                start, end = event.start_mark.index, event.end_mark.index
                if style and style in "|>":
                    end = _content_end(self.text, start, end)
                anchor = event.anchor
                value = event.value
                node = Scalar(shared(value, value), style, start, end, event.tag, anchor)
                if anchor is not None:
                    self.anchors[anchor] = node
                nodes.append(node)
            elif kind in _STARTS:
                nodes = self._start(event, nodes)
            elif kind in _ENDS:
                node, outer = self.open.pop()
                _close(node, nodes, event.end_mark.index, has_opaque=id(node) in self.opaque)
                nodes = outer
            elif kind is StreamEndEvent:
                return self._root(top), self.aliases
            else:
                self._other(event, nodes)

    def _root(self, top: list[Node]) -> Node | None:
        if not self.several:
            return top[0] if top else None
        return Sequence(top, flow=False, start=top[0].start if top else 0, end=top[-1].end if top else 0)

    def _start(self, event: Any, outer: list[Node]) -> list[Node]:
        start = event.start_mark.index
        if len(self.open) >= MAX_DEPTH:
            raise Fault(f"nested more than {MAX_DEPTH} deep", start)
        inner: list[Node] = []
        node: Mapping | Sequence
        if type(event) is MappingStartEvent:
            node = Mapping([], bool(event.flow_style), start, start, event.tag, event.anchor)
        else:
            node = Sequence(inner, bool(event.flow_style), start, start, event.tag, event.anchor)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        if not len(outer) % 2:
            self._note_key()
        outer.append(node)
        self.open.append((node, outer))
        return inner

    def _note_key(self) -> None:
        """Remember a mapping that is about to get a key that is no scalar."""
        if self.open and isinstance(self.open[-1][0], Mapping):
            self.opaque.add(id(self.open[-1][0]))

    def _other(self, event: Any, nodes: list[Node]) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if type(event) is DocumentStartEvent:
            self.documents += 1
            self.anchors.clear()
            if self.documents > 1 and not self.several:
                raise Fault("a second YAML document starts here", start, "Keep one document in the file.")
        elif type(event) is AliasEvent:
            name = str(event.anchor)
            target = self.anchors.get(name)
            if target is None:
                raise Fault(f"no anchor is named {name} before this", start)
            if any(node is target for node, _ in self.open):
                raise Fault(f"the alias *{name} contains itself", start)
            alias = Alias(name, target, start, end)
            self.aliases.append(alias)
            if not len(nodes) % 2:
                self._note_key()
            nodes.append(alias)


def _content_end(text: str, start: int, end: int) -> int:
    """Where a block scalar's last line that is not blank ends. Blanks at the end of a file count: they may be content."""
    if end == len(text) and text[-1] not in BREAKS:
        return end
    used = len(text[start:end].rstrip(" \t" + BREAKS)) + start
    return end - len(text[used:end].lstrip(" \t"))


def _close(node: Mapping | Sequence, nodes: list[Any], end: int, *, has_opaque: bool) -> None:
    """Give a finished collection its children; a block collection ends where its last child does."""
    node.end = end if node.flow or not nodes else nodes[-1].end
    if isinstance(node, Mapping):
        following = iter(nodes)
        pairs = list(zip(following, following, strict=True))
        if has_opaque:
            node.opaque = tuple(pair for pair in pairs if not isinstance(pair[0], Scalar))
            pairs = [pair for pair in pairs if isinstance(pair[0], Scalar)]
        node.pairs = pairs
