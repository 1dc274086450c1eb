"""What a file says of its money beside the prices: the unit that they are per, and what is no dollar or is per something else than tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from modelsync.catalog.document import Mapping, Scalar
from modelsync.catalog.facts import is_null
from modelsync.catalog.figures import number
from modelsync.discovery.columns import columns_of
from modelsync.discovery.rows import Found
from modelsync.discovery.words import CHARACTERS, FOREIGN, PRICE, dotted, exactly, unit_said, word_set, words
from modelsync.domain.money import UNITS, to_unit
from modelsync.layouts.layout import Key

_DOLLARS = ("USD", "$", "US$", "DOLLAR", "DOLLARS", "US DOLLAR", "US DOLLARS")
_DOLLAR = re.compile(r"\$|\b(?:usd|dollars?)\b", re.IGNORECASE)
_CURRENCY = re.compile(r"[^\W\d_]+|[€£¥￥₹₩]")
_SIGNS = frozenset("€£¥￥₹₩元")
_CURRENCIES = FOREIGN - {"won"}
"""Words for other money that mean nothing else in a sentence."""
_MEASURES = CHARACTERS | word_set(
    "image images request requests call calls second seconds minute minutes hour hours page pages song songs"
)
_TOKENS = word_set("token tokens tok mtok ktok mtokens ktokens")
_PER_CHARACTERS = re.compile(
    r"(?:\bper|/)\s*(?:[0-9][0-9,._]*\s*)?(?:[km]|thousand|million)?\s*(?:chars?|characters?)\b", re.IGNORECASE
)
_UNITS = word_set("unit units per")


def units_said(found: Found) -> set[str]:
    """Return the units that values in the rows and around them name, and the keys on the way to the rows."""
    said = (text for _, texts in _columns(found) for key, text in texts if _is_unit(key))
    around = (text for key, text in _around(found) if _is_unit(key))
    keyed = {unit_said(words(name)) for name in _keys(found)}
    return ({_unit_named(text) for text in (*said, *around)} | keyed) - {""}


def _unit_named(text: str) -> str:
    """Read a unit: `0.000001` of a dollar for a token, `1M tokens`, `per_1k`."""
    read = number(text)
    if read is None:
        return unit_said(("per", *words(text))) or unit_said(words(text))
    return next((name for name in UNITS if to_unit(read, name) == 1), "")


def why_no_dollars(found: Found, comments: Iterable[tuple[int, str]]) -> str:
    """Say why no price of a file is in USD per token; empty where nothing says so.

    What says it is around the rows, on the way to them, or one of the `comments` at the file's head, each with its line.
    """
    for key, text in _around(found):
        if reason := _why_not(key, text):
            return f"the prices are {reason}, and upstream's are in USD per token"
    for name in _keys(found):
        if other := sorted((FOREIGN | CHARACTERS) & {*words(name)}):
            return f"`{name}` says that the prices are in {other[0]}, and upstream's are in USD per token"
    for line, text in comments:
        if _is_of_prices(text) and (_PER_CHARACTERS.search(text) or _money_named(text)):
            return f"line {line} says {text!r}, and upstream's prices are in USD per token"
    return ""


def rows_without_dollars(found: Found) -> list[str]:
    """Return the conditions by which rows are left alone whose own prices are not in USD per token."""
    return [
        exactly(dotted(place), text)
        for place, texts in _columns(found)
        for key, text in dict.fromkeys(texts)
        if _why_not(key, text)
    ]


def _why_not(key: str, text: str) -> str:
    """Say in which money or per what prices are, by a key beside them; empty where that is nothing, or as upstream's are."""
    said = text.strip()
    if not said:
        return ""
    if _is_currency(key):
        return f"in {said}" if said.upper() not in _DOLLARS else ""
    if not _is_unit(key):
        return ""
    if money := _money_named(said):
        return f"in {money}"
    return f"per {said.removeprefix('per ')!r}" if _is_other_measure(said) else ""


def _is_currency(key: str) -> bool:
    """Say whether a key is that of a currency: `currency`, `price_currency`, `currencyCode`, `money`."""
    last = words(key)[-1:]
    return last in (("currency",), ("money",)) or (
        last in (("code",), ("symbol",)) and words(key)[-2:-1] == ("currency",)
    )


def _is_unit(key: str) -> bool:
    """Say whether a key is that of the unit of prices: `unit`, `price_unit`, `per`; not `rate_limit_unit`."""
    said = words(key)
    return said[-1:] != () and said[-1] in _UNITS and {*said} <= _UNITS | PRICE | _TOKENS | {"currency", "billing"}


def _money_named(text: str) -> str:
    """Return the word or sign in a text for money that is not the dollar; empty where it speaks of dollars too."""
    if _DOLLAR.search(text):
        return ""
    named = (match[0] for match in _CURRENCY.finditer(text))
    return next((word for word in named if word in _SIGNS or word.lower() in _CURRENCIES), "")


def _is_other_measure(text: str) -> bool:
    said = {*words(text)}
    return bool(_MEASURES & said) and not _TOKENS & said


def _is_of_prices(text: str) -> bool:
    return bool((PRICE | {"currency", "money"}) & {*words(text)})


def _columns(found: Found) -> Iterator[tuple[tuple[str, ...], list[tuple[str, str]]]]:
    """Each place in the rows, and what stands there as text, with the last key."""
    for column in columns_of(found.sites):
        yield column.way, [(column.way[-1], node.value) for _, node in column.scalars]


def _around(found: Found) -> Iterator[tuple[str, str]]:
    """The keys with single values in the mappings around the rows."""
    around = {id(node): node for site in found.sites for node in site.around if isinstance(node, Mapping)}
    for node in around.values():
        for key, value in node.pairs:
            if isinstance(value, Scalar) and not is_null(value):
                yield key.value, value.value


def _keys(found: Found) -> Iterator[str]:
    return (name for pattern in found.patterns for step in pattern if isinstance(step, Key) for name in step.names)
