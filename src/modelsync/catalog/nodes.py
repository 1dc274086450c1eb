"""The light tree of a YAML document: what each node says, and which characters of the text say it.

Offsets count characters of `Document.text`. `end` is where a node's own content stops: blank lines and comments after it
are outside. Nodes are compared by identity; a parsed tree is not changed.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

MERGE_KEY = "<<"


class Scalar(Struct, eq=False, gc=False):
    """One value. `style` is '' (plain), "'", '"', '|' or '>'; `start` includes an anchor or a tag before the text."""

    value: str
    style: str | None
    start: int
    end: int
    tag: str | None = None
    anchor: str | None = None


class Alias(Struct, eq=False, gc=False):
    """`*name`: another node, seen again here."""

    name: str
    target: Node
    start: int
    end: int


class Sequence(Struct, eq=False, gc=False):
    """A list. A block list starts at its first dash, or at its anchor or tag."""

    items: list[Node]
    flow: bool
    start: int
    end: int
    tag: str | None = None
    anchor: str | None = None


class Mapping(Struct, eq=False, gc=False):
    """A map. `pairs` has the keys that are scalars; `opaque` the others (lists, maps, aliases), which nobody edits."""

    pairs: list[tuple[Scalar, Node]]
    flow: bool
    start: int
    end: int
    tag: str | None = None
    anchor: str | None = None
    opaque: tuple[tuple[Node, Node], ...] = ()
    index: dict[str, int] | None = None

    def numbers(self) -> dict[str, int]:
        """Key → its place in `pairs`; of a key that is there twice the last, as loaders do. Built once."""
        if self.index is None:
            self.index = {pair[0].value: number for number, pair in enumerate(self.pairs)}
        return self.index

    def own(self, key: str) -> Node | None:
        """The value written in this mapping itself."""
        number = (self.index if self.index is not None else self.numbers()).get(key)
        return None if number is None else self.pairs[number][1]

    def find(self, key: str) -> tuple[Node, str] | None:
        """The value a reader sees, and how it comes here: "own", "alias" (the value is `*name`) or "merge" (`<<`)."""
        value = self.own(key)
        if value is not None:
            return (value.target, "alias") if isinstance(value, Alias) else (value, "own")
        for source in self.merged():
            found = source.find(key)
            if found is not None:
                return found[0], "merge"
        return None

    def merged(self) -> list[Mapping]:
        """The mappings that `<<` brings in, the one that wins first."""
        if MERGE_KEY not in (self.index if self.index is not None else self.numbers()):
            return []
        return [source for key, value in self.pairs if is_merge_key(key) for source in merge_sources(value) or ()]

    @property
    def duplicate(self) -> Scalar | None:
        """The first key that was there before, or None. Keys are compared as text, so `1` and `"1"` are the same."""
        if len(self.numbers()) == len(self.pairs):
            return None
        first: dict[str, Scalar] = {}
        return next((key for key, _ in self.pairs if first.setdefault(key.value, key) is not key), None)


Node: TypeAlias = "Scalar | Mapping | Sequence | Alias"


def is_merge_key(key: Scalar) -> bool:
    """Whether a key is the merge key: a plain `<<`, or one tagged so."""
    return key.value == MERGE_KEY and not key.style and key.tag in (None, "tag:yaml.org,2002:merge")


def merge_sources(value: Node) -> list[Mapping] | None:
    """The mappings a `<<` value stands for, or None where it is something else."""
    target = value.target if isinstance(value, Alias) else value
    if isinstance(target, Mapping):
        return [target]
    if not isinstance(target, Sequence):
        return None
    sources = [item.target if isinstance(item, Alias) else item for item in target.items]
    mappings = [source for source in sources if isinstance(source, Mapping)]
    return mappings if len(mappings) == len(sources) else None


def children(node: Node) -> list[Node]:
    """The nodes written directly inside a node, keys included, in file order (opaque pairs last)."""
    if isinstance(node, Sequence):
        return node.items
    if not isinstance(node, Mapping):
        return []
    return [child for pair in (*node.pairs, *node.opaque) for child in pair]


def last_leaf(node: Node) -> Node:
    """The innermost node that ends where `node` ends; flow collections count as one piece."""
    while not isinstance(node, Scalar | Alias) and not node.flow:
        inner = [pair[1] for pair in (*node.pairs[-1:], *node.opaque[-1:])] if isinstance(node, Mapping) else node.items
        node = max(inner, key=lambda child: child.end) if isinstance(node, Mapping) else inner[-1]
    return node
