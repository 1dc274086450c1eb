"""What a file says of its money beside the prices: the unit that they are per, and a currency that is not the dollar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelsync.catalog.document import Mapping, Scalar
from modelsync.catalog.figures import number
from modelsync.discovery.columns import Column, columns_of
from modelsync.discovery.rows import Found
from modelsync.discovery.words import FOREIGN, dotted, unit_said, words
from modelsync.domain.money import UNITS, to_unit
from modelsync.layouts.layout import Key

_DOLLARS = ("USD", "$", "US$", "DOLLAR", "DOLLARS")


def units_said(found: Found) -> set[str]:
    """Return the units that values in the rows and around them name, and the keys on the way to the rows."""
    said = (node.value for column in columns_of(found.sites) if _ends(column, "unit") for _, node in column.scalars)
    named = {_unit_named(text) for text in (*said, *_around(found, "unit"))}
    keyed = {unit_said(words(name)) for name in _keys(found)}
    return (named | keyed) - {""}


def _unit_named(text: str) -> str:
    """Read a unit: `0.000001` of a dollar for a token, `1M tokens`, `per_1k`."""
    read = number(text)
    if read is None:
        return unit_said(("per", *words(text))) or unit_said(words(text))
    return next((name for name in UNITS if to_unit(read, name) == 1), "")


def foreign_money(found: Found) -> str:
    """Return the currency of all prices, where something around the rows or on the way to them says that it is not the dollar."""
    said = [text for text in _around(found, "currency") if text.upper() not in _DOLLARS]
    keyed = [word for name in _keys(found) for word in words(name) if word in FOREIGN]
    return next(iter((*said, *keyed)), "")


def foreign_rows(found: Found) -> list[str]:
    """Return the conditions by which rows are left alone whose own currency is not the dollar."""
    return [
        f"{dotted(column.way)}={value}"
        for column in columns_of(found.sites)
        if _ends(column, "currency")
        for value in dict.fromkeys(node.value for _, node in column.scalars)
        if value.upper() not in _DOLLARS
    ]


def _ends(column: Column, word: str) -> bool:
    return words(column.way[-1])[-1:] == (word,)


def _keys(found: Found) -> Iterator[str]:
    return (name for pattern in found.patterns for step in pattern if isinstance(step, Key) for name in step.names)


def _around(found: Found, word: str) -> Iterable[str]:
    """The values of keys that end with a word, in the mappings around the rows."""
    around = {id(node): node for site in found.sites for node in site.around if isinstance(node, Mapping)}
    pairs = (pair for node in around.values() for pair in node.pairs)
    return [value.value for key, value in pairs if isinstance(value, Scalar) and words(key.value)[-1:] == (word,)]
