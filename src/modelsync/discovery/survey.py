"""Survey a document: every mapping with the way that leads to it, and the values inside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from modelsync.catalog.document import Alias, Document, Mapping, Node, Scalar, Sequence
from modelsync.catalog.facts import is_null
from modelsync.catalog.figures import number
from modelsync.catalog.nodes import MERGE_KEY
from modelsync.discovery.known import KnownModels
from modelsync.discovery.words import FEATURE_LISTS, Way, feature_named, meaning, speaks_of_prices, words
from modelsync.domain.fields import is_price

Path: TypeAlias = tuple[str | int, ...]

_DEEPEST = 3
_MOST_LEAVES = 400


class Site(Struct, frozen=True):
    """A mapping that may be a row: where it is in its document, what is around it, and the values that it has.

    `around` are the nodes on the way, the document's root first; `values` are by the keys that lead to them, without nulls.
    """

    document: int
    path: Path
    around: tuple[Node, ...]
    node: Mapping
    values: dict[Way, Node]

    @property
    def key(self) -> str:
        """The key it stands under; empty for an item of a list or a document."""
        last = self.path[-1] if self.path else 0
        return last if isinstance(last, str) else ""

    def text(self, way: Way) -> str:
        """Return what stands at a way as text; the empty way is the key."""
        if not way:
            return self.key
        node = self.values.get(way)
        return node.value if isinstance(node, Scalar) else ""


def survey(document: Document, known: KnownModels) -> list[Site]:
    """Return every mapping in which something looks like a fact of a model, in the order of the file.

    `document` was read as one of several.
    """
    documents = document.root.items if isinstance(document.root, Sequence) else []
    return [site for number, root in enumerate(documents) for site in _sites(root, number, (), (), known)]


def _sites(node: Node, document: int, path: Path, around: tuple[Node, ...], known: KnownModels) -> Iterator[Site]:
    if isinstance(node, Mapping):
        values = dict(_values(node, known))
        if any(map(is_fact, values.items())):
            yield Site(document, path, around, node, values)
        for key, value in node.pairs:
            if key.value != MERGE_KEY:
                yield from _sites(value, document, (*path, key.value), (*around, node), known)
    elif isinstance(node, Sequence):
        for number, item in enumerate(node.items):
            yield from _sites(item, document, (*path, number), (*around, node), known)


def is_fact(found: tuple[Way, Node]) -> bool:
    """Say whether a value, by the words that lead to it, looks like a fact of a model, usable or not."""
    way, node = found
    said = meaning(way)
    if isinstance(node, Sequence):
        return is_feature_list(way) or holds_prices(node) or is_price_list(way, node)
    return bool(said.field or said.reason or feature_named(way))


def holds_prices(node: Node) -> bool:
    """Say whether a list has rows with prices in them."""
    rows = node.items if isinstance(node, Sequence) else []
    return any(
        is_price(meaning((key.value,)).field) for row in rows if isinstance(row, Mapping) for key, _ in row.pairs
    )


def is_price_list(way: Way, node: Node) -> bool:
    """Say whether a list has prices for items: `price: [2.5, 10]`."""
    items = node.items if isinstance(node, Sequence) else []
    return speaks_of_prices(way) and any(isinstance(item, Scalar) and number(item.value) is not None for item in items)


def is_feature_list(way: Way) -> bool:
    """Say whether a list at a way may be one of features."""
    return bool(FEATURE_LISTS & {*words(way[-1])})


def _values(node: Mapping, known: KnownModels, way: Way = ()) -> Iterator[tuple[Way, Node]]:
    """The values inside a mapping, but not those of models that are keys in it."""
    if len(node.pairs) > _MOST_LEAVES:
        return
    for key, value in _pairs(node):
        target = value.target if isinstance(value, Alias) else value
        here = (*way, key)
        if isinstance(target, Mapping):
            if len(here) < _DEEPEST and known.find(key) is None:
                yield from _values(target, known, here)
        elif not is_null(target):
            yield here, target


def _pairs(node: Mapping) -> Iterator[tuple[str, Node]]:
    """The keys that a reader sees, those that come by a merge too."""
    own = {key.value: value for key, value in node.pairs if key.value != MERGE_KEY}
    merged = {key: value for source in reversed(node.merged()) for key, value in _pairs(source)}
    yield from (merged | own).items()
