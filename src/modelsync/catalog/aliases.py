"""What aliases and merges would do to a reader, found without expanding them."""

from __future__ import annotations

from modelsync.catalog.nodes import Alias, Mapping, Node, children, is_merge_key, merge_sources

MAX_ALIASES = 10_000
MAX_EXPANDED = 1_000_000
MAX_DEPTH = 100


def problem(root: Node, aliases: list[Alias]) -> tuple[str, int] | None:
    """Why a tree with aliases is not safe to walk, and where; None when it is. Costs one visit of each node."""
    if len(aliases) > MAX_ALIASES:
        return f"more than {MAX_ALIASES} aliases", aliases[MAX_ALIASES].start
    anchored: dict[int, tuple[int, int]] = {}
    size, depth = _measure(root, anchored)
    if size > MAX_EXPANDED:
        return f"its aliases stand for more than {MAX_EXPANDED} nodes", aliases[0].start
    if depth > MAX_DEPTH:
        return f"nested more than {MAX_DEPTH} deep through its aliases", aliases[0].start
    return None


def bad_merge(root: Node) -> int | None:
    """Where a `<<` stands that merges something else than mappings, or None."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            for key, value in node.pairs:
                if is_merge_key(key) and merge_sources(value) is None:
                    return key.start
        stack.extend(children(node))
    return None


def _measure(node: Node, anchored: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """How many nodes a node stands for and how deep they go, each alias counted as what it names."""
    if isinstance(node, Alias):
        return anchored.get(id(node.target), (1, 1))
    size, depth = 1, 1
    for child in children(node):
        inner_size, inner_depth = _measure(child, anchored)
        size += inner_size
        depth = max(depth, inner_depth + 1)
    if node.anchor is not None:
        anchored[id(node)] = (size, depth)
    return size, depth
