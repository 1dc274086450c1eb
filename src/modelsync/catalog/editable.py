"""Which places of a document can be edited without anything else changing, and why not, in words for the user."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelsync.catalog.nodes import MERGE_KEY, Alias, Mapping, Node, Scalar, Sequence, children

if TYPE_CHECKING:
    from modelsync.catalog.document import Document
    from modelsync.catalog.edits import Path


EMPTY = "the document is empty after its `---`"
STREAM = "documents can neither be added to the file nor taken out of it"


def why_not_editable(document: Document, path: Path) -> str | None:
    """Why the node at `path` cannot be changed, or None when it can: a scalar set, a mapping or a list added to."""
    node = document.root
    if node is None:
        return "the document is empty" if path else None
    if document.several and not path:
        return STREAM
    for depth, step in enumerate(path):
        reason = _why_not_inside(document, node)
        if reason is None:
            node, reason = _enter(document, node, step, path[: depth + 1])
        if reason is not None:
            return reason
    reason = _why_not_inside(document, node)
    if reason is None and isinstance(node, Mapping):
        reason = why_not_rearranged(document, node)
    return reason


def why_not_removable(document: Document, path: Path) -> str | None:
    """Why the key or item at `path` cannot be removed, or None. That its value is an alias or has a tag does not matter."""
    if not path:
        return "the document itself cannot be removed"
    return why_not_editable(document, path[:-1]) or why_child_stays(document, path)


def why_child_stays(document: Document, path: Path) -> str | None:
    """Why the last step of a path cannot be removed, where all steps before are known to be editable."""
    parent = document.root
    for step in path[:-1]:
        parent = _child(parent, step)
    if parent is None:
        return "the document is empty"
    node, reason = _enter(document, parent, path[-1], path)
    if reason is not None:
        return reason
    if isinstance(parent, Mapping) and document.aliases:
        key = parent.pairs[parent.numbers()[str(path[-1])]][0]
        reason = why_still_used(document, key)
    return reason or why_still_used(document, node)


def why_still_used(document: Document, node: Node) -> str | None:
    """Why other places need what is inside a node: an anchor that an alias outside it names."""
    if not document.aliases:
        return None
    stack = [node]
    while stack:
        inner = stack.pop()
        stack.extend(children(inner))
        if isinstance(inner, Alias) or inner.anchor is None:
            continue
        for alias in document.aliases:
            if alias.target is inner and not node.start <= alias.start < node.end:
                return _anchor_reason(document, inner, alias)
    return None


def why_not_rearranged(document: Document, node: Mapping) -> str | None:
    """Why keys cannot be added to, removed from or renamed in a mapping."""
    if node.opaque:
        line = document.position(node.opaque[0][0].start)[0]
        return f"line {line} has a key that is no plain text"
    if node.flow and document.text[node.end - 1 : node.end] != "}":
        return "it is a single pair inside a list, without braces"
    for key, _ in node.pairs:
        if is_explicit(document, node, key):
            return f"line {document.position(key.start)[0]} writes its key as `? key`"
    return None


def is_explicit(document: Document, node: Mapping, key: Scalar) -> bool:
    """Whether a key is written `? key`, or its colon stands on another line."""
    text = document.text
    if text[key.end : key.end + 1] != ":" and colon_end(document, key) is None:
        follows = text[key.end : node.end].lstrip()[:1]
        if not (node.flow and follows in ",}"):
            return True
    before = text[max(0, key.start - 200) : key.start].rstrip(" \t\r\n")
    return before.endswith("?") and (len(before) == 1 or before[-2] in " \t\r\n{,[-")


def colon_end(document: Document, key: Scalar) -> int | None:
    """The offset behind a key's colon, or None where none follows on the same line."""
    found = re.compile(r"[ \t]*:").match(document.text, key.end)
    return found.end() if found else None


def _child(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, Mapping) and isinstance(step, str):
        return node.own(step)
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def _enter(document: Document, node: Node, step: str | int, path: Path) -> tuple[Node, str | None]:
    """The child at a step; where there is none, the reason."""
    name = ".".join(map(str, path))
    child = _child(node, step)
    if step == MERGE_KEY and isinstance(node, Mapping) and node.merged():
        return node, "`<<` merges other mappings"
    if child is None:
        if isinstance(node, Mapping) and isinstance(step, str) and (found := node.find(step)):
            line = document.position(found[0].start)[0]
            return node, f"`{name}` is not written here: `<<` merges it from line {line}"
        return node, f"there is no `{name}`"
    if isinstance(node, Mapping) and node.duplicate is not None and sum(key.value == step for key, _ in node.pairs) > 1:
        return node, f"`{name}` is there twice"
    if _is_bare(document, node, child):
        return node, f"`{name}` is a `? key` without a value"
    return child, None


def _is_bare(document: Document, node: Node, child: Node) -> bool:
    """Whether a value is nothing behind a `? key` of a block, which has no colon to write one behind."""
    empty = isinstance(child, Scalar) and child.start == child.end
    return empty and isinstance(node, Mapping) and not node.flow and document.text[child.start - 1] != ":"


def _why_not_inside(document: Document, node: Node) -> str | None:
    if isinstance(node, Alias):
        line = document.position(node.target.start)[0]
        return f"`*{node.name}` repeats line {line}, where the anchor &{node.name} is"
    if node.tag is not None:
        return f"line {document.position(node.start)[0]} gives it the tag {node.tag}"
    if node.anchor is not None:
        for alias in document.aliases:
            if alias.target is node:
                return _anchor_reason(document, node, alias)
    return None


def _anchor_reason(document: Document, node: Scalar | Mapping | Sequence, alias: Alias) -> str:
    line, used = document.position(node.start)[0], document.position(alias.start)[0]
    return f"line {line} has the anchor &{node.anchor}, and line {used} uses it: the change would show there too"
