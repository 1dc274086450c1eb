"""A YAML document as text and tree: parse it, find a node, say what a node means.

PyYAML's libyaml parser finds the spans; everything else here is bookkeeping. What cannot be edited safely is refused
with line and column; what is only unusual (duplicate keys, a root that is no mapping) is left to the caller.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError

from modelsync.catalog.aliases import bad_merge, problem
from modelsync.catalog.lines import Lines, position
from modelsync.catalog.nodes import Alias, Mapping, Node, Scalar, Sequence
from modelsync.catalog.tree import Builder, Fault, collection_paused
from modelsync.catalog.values import plain_value
from modelsync.errors import CatalogInvalid

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Alias", "Document", "Mapping", "Node", "Scalar", "Sequence", "locate", "parse", "plain_value", "position")

_BOM = "\ufeff"
_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


class Document(Struct, eq=False):
    """A parsed file. `text` is exactly its characters, a byte order mark included; `newline` the break it mostly uses.

    Of a file read as `several` documents, `root` is the list of their roots: paths begin with the number of a document. One
    without content is a null there. `stream` is that list where this is only one of them, taken by itself.
    """

    text: str
    root: Node | None
    newline: str
    aliases: list[Alias]
    lines_cache: Lines | None = None
    several: bool = False
    stream: Sequence | None = None

    @property
    def lines(self) -> Lines:
        """The text by lines, found on first use."""
        if self.lines_cache is None:
            self.lines_cache = Lines(self.text)
        return self.lines_cache

    def position(self, index: int) -> tuple[int, int]:
        """Line and column of a character, counted from 1, by bisection."""
        return position(self.text, index)

    def part(self, number: int) -> Document:
        """One of several documents by itself: the whole text, its own tree. Raises `IndexError`."""
        if not self.several or not isinstance(self.root, Sequence):
            msg = "the file was read as one document"
            raise IndexError(msg)
        root = self.root.items[number]
        first, end = (bisect_left(self.aliases, place, key=_start) for place in (root.start, root.end))
        return Document(self.text, root, self.newline, self.aliases[first:end], self.lines, stream=self.root)


def _start(alias: Alias) -> int:
    return alias.start


def parse(data: bytes, path: str, *, several: bool = False) -> Document:
    """Read one YAML document, or `several`: any number of them. `path` names the file in errors; nothing is opened.

    Raises `CatalogInvalid` with line and column for what cannot be edited safely: a second document where not `several` may
    come, bytes that are not UTF-8, characters YAML forbids, tabs as indentation, nesting over 100, alias bombs, recursive aliases, a `<<` that
    merges no mapping, and everything libyaml refuses.
    """
    text = _decode(data, path)
    try:
        root, aliases = _tree(text, several=several)
    except Fault as fault:
        line, column = position(text, fault.index)
        raise CatalogInvalid(path, fault.what, line=line, column=column, hint=fault.hint) from None
    crlf = text.count("\r\n")
    newline = "\r\n" if crlf * 2 > text.count("\n") else "\n"
    return Document(text, root, newline, aliases, several=several)


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


def _tree(text: str, *, several: bool) -> tuple[Node | None, list[Alias]]:
    try:
        with collection_paused():
            root, aliases = Builder(text, several=several).build(events(text))
    except YAMLError as error:
        raise fault(text, error) from None
    if root is not None:
        _check_references(text, root, aliases)
    return root, aliases


def events(text: str) -> Callable[[], Any]:
    """A function that returns libyaml's next event of a text. It raises `YAMLError`; two byte order marks are a `Fault`."""
    if text.startswith(_BOM * 2):
        raise Fault("two byte order marks", 1)
    # A line break in place of the mark: libyaml does not count the mark, and offsets must be ours.
    return CParser("\n" + text[1:] if text.startswith(_BOM) else text).get_event


def _check_references(text: str, root: Node, aliases: list[Alias]) -> None:
    if aliases and (found := problem(root, aliases)):
        raise Fault(*found)
    if "<<" in text and (index := bad_merge(root)) is not None:
        raise Fault("`<<` must merge a mapping, or a list of mappings", index)


def fault(text: str, error: YAMLError) -> Fault:
    """What libyaml cannot read in a text, and where."""
    if not isinstance(error, MarkedYAMLError):
        found = re.search(_FORBIDDEN, text)
        what = f"the character U+{ord(found[0]):04X} is not allowed in YAML" if found else str(error)
        return Fault(what, found.start() if found else 0)
    mark = error.problem_mark or error.context_mark
    index = min(mark.index, len(text)) if mark is not None else 0
    what = ", ".join(str(part) for part in (error.context, error.problem) if part)
    if text[index : index + 1] == "\t":
        return Fault("a tab cannot indent YAML", index, "Indent with spaces.")
    return Fault(what, index)
