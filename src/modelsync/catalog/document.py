"""A YAML document as text and tree: parse it, find a node, say what a node means.

PyYAML's libyaml parser finds the spans; everything else here is bookkeeping. What cannot be edited safely is refused
with line and column; what is only unusual (duplicate keys, a root that is no mapping) is left to the caller.
"""

from __future__ import annotations

import gc
import re

from msgspec import Struct
from yaml._yaml import CParser
from yaml.error import MarkedYAMLError
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
from yaml.reader import ReaderError

from modelsync.catalog.aliases import MAX_DEPTH, bad_merge, problem
from modelsync.catalog.lines import BREAKS, Lines, position
from modelsync.catalog.nodes import Alias, Mapping, Node, Scalar, Sequence
from modelsync.catalog.values import plain_value
from modelsync.errors import CatalogInvalid

__all__ = ("Alias", "Document", "Mapping", "Node", "Scalar", "Sequence", "locate", "parse", "plain_value", "position")

_BOM = "\ufeff"
_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


class Document(Struct, eq=False):
    """A parsed file. `text` is exactly its characters, a byte order mark included; `newline` the break it mostly uses."""

    text: str
    root: Node | None
    newline: str
    aliases: list[Alias]
    lines_cache: Lines | None = None

    @property
    def lines(self) -> Lines:
        """The text by lines, found on first use."""
        if self.lines_cache is None:
            self.lines_cache = Lines(self.text)
        return self.lines_cache

    def position(self, index: int) -> tuple[int, int]:
        """Line and column of a character, counted from 1, by bisection."""
        return position(self.text, index)


class _Invalid(Exception):
    """A fault and the character it is at."""

    def __init__(self, what: str, index: int, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.index = index
        self.hint = hint


def parse(data: bytes, path: str) -> Document:
    """Read one YAML document. `path` names the file in errors; nothing is opened.

    Raises `CatalogInvalid` with line and column for what cannot be edited safely: several documents, bytes that are not
    UTF-8, characters YAML forbids, tabs as indentation, nesting over 100, alias bombs, recursive aliases, a `<<` that
    merges no mapping, and everything libyaml refuses.
    """
    text = _decode(data, path)
    try:
        root, aliases = _tree(text)
    except _Invalid as fault:
        line, column = position(text, fault.index)
        raise CatalogInvalid(path, fault.what, line=line, column=column, hint=fault.hint) from None
    crlf = text.count("\r\n")
    newline = "\r\n" if crlf * 2 > text.count("\n") else "\n"
    return Document(text, root, newline, aliases)


def locate(document: Document, path: tuple[str | int, ...]) -> Node:
    """The node at a path of keys and list positions. Raises `KeyError` if it is not written there: aliases and merges
    are not followed.
    """
    node = document.root
    for step in path:
        inner: Node | None = None
        if isinstance(node, Mapping) and isinstance(step, str):
            inner = node.own(step)
        elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
            inner = node.items[step]
        if inner is None:
            raise KeyError(path)
        node = inner
    if node is None:
        raise KeyError(path)
    return node


def _decode(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line, column = position(before, len(before))
        hint = "Save it as UTF-8."
        raise CatalogInvalid(path, "not UTF-8 text", line=line, column=column, hint=hint) from None


def _tree(text: str) -> tuple[Node | None, list[Alias]]:
    if text.startswith(_BOM * 2):
        raise _Invalid("two byte order marks", 1)
    # A line break in place of the mark: libyaml does not count the mark, and offsets must be ours.
    source = "\n" + text[1:] if text.startswith(_BOM) else text
    collecting = gc.isenabled()
    gc.disable()
    try:
        root, aliases = _Builder(text).build(CParser(source))
    except ReaderError as error:
        found = re.search(_FORBIDDEN, text)
        what = f"the character U+{ord(found[0]):04X} is not allowed in YAML" if found else str(error.reason)
        raise _Invalid(what, found.start() if found else 0) from None
    except MarkedYAMLError as error:
        raise _fault(text, error) from None
    finally:
        if collecting:
            gc.enable()
    if root is not None:
        _check_references(text, root, aliases)
    return root, aliases


def _check_references(text: str, root: Node, aliases: list[Alias]) -> None:
    if aliases and (found := problem(root, aliases)):
        raise _Invalid(*found)
    if "<<" in text and (index := bad_merge(root)) is not None:
        raise _Invalid("`<<` must merge a mapping, or a list of mappings", index)


def _fault(text: str, error: MarkedYAMLError) -> _Invalid:
    mark = error.problem_mark or error.context_mark
    index = min(mark.index, len(text)) if mark is not None else 0
    what = ", ".join(str(part) for part in (error.context, error.problem) if part)
    if text[index : index + 1] == "\t":
        return _Invalid("a tab cannot indent YAML", index, "Indent with spaces.")
    return _Invalid(what, index)


def _content_end(text: str, start: int, end: int) -> int:
    """Where a block scalar's last line that is not blank ends. Blanks at the end of a file count: they may be content."""
    if end == len(text) and text[-1] not in BREAKS:
        return end
    used = len(text[start:end].rstrip(" \t" + BREAKS)) + start
    found = re.compile(f"[{BREAKS}]").search(text, used, end)
    return found.start() if found else end


class _Builder:
    """Makes the tree from libyaml's events; a stack of open collections instead of recursion."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.anchors: dict[str, Node] = {}
        self.aliases: list[Alias] = []
        self.open: list[tuple[Mapping | Sequence, list[Node]]] = []
        self.documents = 0

    def build(self, parser: CParser) -> tuple[Node | None, list[Alias]]:
        top: list[Node] = []
        nodes = top
        next_event = parser.get_event
        while True:
            event = next_event()
            kind = event.__class__
            if kind is ScalarEvent:
                style = event.style
                start, end = event.start_mark.index, event.end_mark.index
                if style and style in "|>":
                    end = _content_end(self.text, start, end)
                anchor = event.anchor
                node = Scalar(event.value, style, start, end, event.tag, anchor)
                if anchor is not None:
                    self.anchors[anchor] = node
                nodes.append(node)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                node, inner = self._start(event, kind is MappingStartEvent)
                nodes.append(node)
                self.open.append((node, nodes))
                nodes = inner
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                node, outer = self.open.pop()
                _close(node, nodes, event.end_mark.index)
                nodes = outer
            elif kind is AliasEvent:
                nodes.append(self._alias(event))
            elif kind is DocumentStartEvent:
                self._count_document(event)
            elif kind is StreamEndEvent:
                return (top[0] if top else None), self.aliases

    def _start(
        self, event: MappingStartEvent | SequenceStartEvent, is_mapping: bool
    ) -> tuple[Mapping | Sequence, list[Node]]:
        start = event.start_mark.index
        if len(self.open) >= MAX_DEPTH:
            raise _Invalid(f"nested more than {MAX_DEPTH} deep", start)
        node: Mapping | Sequence
        inner: list[Node] = []
        if is_mapping:
            node = Mapping([], bool(event.flow_style), start, start, event.tag, event.anchor)
        else:
            node = Sequence(inner, bool(event.flow_style), start, start, event.tag, event.anchor)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node, inner

    def _alias(self, event: AliasEvent) -> Alias:
        start = event.start_mark.index
        target = self.anchors.get(event.anchor)
        if target is None:
            raise _Invalid(f"no anchor is named {event.anchor} before this", start)
        if any(node is target for node, _ in self.open):
            raise _Invalid(f"the alias *{event.anchor} contains itself", start)
        alias = Alias(event.anchor, target, start, event.end_mark.index)
        self.aliases.append(alias)
        return alias

    def _count_document(self, event: DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            hint = "Keep one document in the file."
            raise _Invalid("a second YAML document starts here", event.start_mark.index, hint)


def _close(node: Mapping | Sequence, nodes: list[Node], end: int) -> None:
    """Give a finished collection its children; a block collection ends where its last child does."""
    node.end = end if node.flow or not nodes else nodes[-1].end
    if not nodes or not isinstance(node, Mapping):
        return
    keys = nodes[::2]
    if set(map(type, keys)) == {Scalar}:
        node.pairs = list(zip(keys, nodes[1::2], strict=True))  # type: ignore[assignment]
        return
    for key, value in zip(keys, nodes[1::2], strict=True):
        if isinstance(key, Scalar):
            node.pairs.append((key, value))
        else:
            node.opaque.append((key, value))
