"""How an entry is written that a new one will stand beside: the order of its keys, and its numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from modelsync.catalog.document import Mapping, Scalar, locate
from modelsync.catalog.edits import Written
from modelsync.catalog.number_style import respelled, shown

if TYPE_CHECKING:
    from modelsync.catalog.document import Document, Node
    from modelsync.catalog.edits import Path, Value
    from modelsync.catalog.entries import Entry

_QUOTES = ("'", '"')


class Neighbour:
    """One entry of a document, to write another one like it."""

    def __init__(self, document: Document, entry: Entry) -> None:
        self._document = document
        self._path = entry.path

    def spelled(self, path: Path, value: Value) -> Value:
        """Spell a number or a day as the one at a path is; any other value, or where something else is there, as it would be anyway."""
        node = self._at(path)
        if not isinstance(node, Scalar) or isinstance(value, bool) or not isinstance(value, int | Decimal | date):
            return value
        quote = node.style if node.style in _QUOTES else ""
        if isinstance(value, date):
            return Written(value, f"{quote}{value.isoformat()}{quote}")
        around = self._at(path[:-1])
        texts = (
            (other.value for _, other in around.pairs if isinstance(other, Scalar))
            if isinstance(around, Mapping)
            else ()
        )
        return Written(value, f"{quote}{respelled(node.value, value, shown(texts))}{quote}")

    def in_order(self, row: dict[str, Value]) -> dict[str, Value]:
        """Put the keys of a new entry, and of the mappings in it, in the order in which this one has them; others come last."""
        return _in_order(row, self._at(self._path))

    def _at(self, path: Path) -> Node | None:
        try:
            return locate(self._document, path)
        except KeyError:
            return None


def _in_order(row: dict[str, Value], node: Node | None) -> dict[str, Value]:
    if not isinstance(node, Mapping):
        return row
    order = node.numbers()
    keys = sorted(row, key=lambda key: order.get(key, len(order)))
    return {key: _in_order(value, node.own(key)) if isinstance(value := row[key], dict) else value for key in keys}
