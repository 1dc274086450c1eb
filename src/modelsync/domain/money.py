"""Prices: exact decimals, one unit inside (USD per token), the file's unit outside.

Missing, free and variable are three different things: a missing price is no value at all, a free one is
`Decimal(0)`, and a variable one (`-1` upstream, or a price that changes with the hour) is `VARIABLE`.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

UNITS: dict[str, int] = {"token": 0, "1k": 3, "1m": 6}
"""Price units a catalog may use, with the power of ten that leads there from USD per token."""

QUANTUM_USD_PER_TOKEN = Decimal("1e-15")
"""Upstream prices are rounded to this once, when read: it removes float noise and loses no real digit."""

_EXACT = Context(prec=120)
_NUMBER = re.compile(
    r"[+-]?[0-9]{1,40}(?:\.[0-9]{0,60})?(?:[eE][+-]?[0-9]{1,3})?\Z|[+-]?\.[0-9]{1,60}(?:[eE][+-]?[0-9]{1,3})?\Z"
)
_MAX_EXPONENT = 60


class Variable:
    """The type of `VARIABLE`: upstream names a price, but no single number is true all day."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "variable"


VARIABLE = Variable()


@lru_cache(maxsize=4096)  # a list of models, a lock and a catalog repeat a few hundred prices many times over
def parse_number(text: str) -> Decimal | None:
    """Read a number strictly: ASCII digits, an optional point and exponent; None for anything else.

    `NaN`, `Infinity`, underscores, other scripts' digits and absurd exponents are not numbers here.
    """
    if not _NUMBER.match(text):
        return None
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _MAX_EXPONENT:
        return None
    return number


def usd_per_token(raw: object) -> Decimal | Variable | None:
    """Turn one upstream price (a decimal string, USD per token) into a quantized Decimal.

    `-1` means that the price varies. Absent, null, negative or unreadable prices are unknown: None.
    """
    if isinstance(raw, str):
        return _quantized(raw)
    return _quantized(repr(raw)) if isinstance(raw, int | float) and not isinstance(raw, bool) else None


@lru_cache(maxsize=4096)
def _quantized(text: str) -> Decimal | Variable | None:
    number = parse_number(text)
    if number is None:
        return None
    if number < 0:
        return VARIABLE if number == -1 else None
    price = number.quantize(QUANTUM_USD_PER_TOKEN, rounding=ROUND_HALF_EVEN, context=_EXACT)
    return price.normalize(_EXACT) if price or not number else None  # too small to be read is not free


def to_unit(price_usd_per_token: Decimal, unit: str) -> Decimal:
    """Convert exactly from USD per token to USD per `unit` (`token`, `1k`, `1m`)."""
    return _EXACT.scaleb(price_usd_per_token, UNITS[unit])


def from_unit(price: Decimal, unit: str) -> Decimal:
    """Convert exactly from USD per `unit` to USD per token."""
    return _EXACT.scaleb(price, -UNITS[unit])


def unit_words(unit: str) -> str:
    """Say what a price of a unit is for: `1k tokens`, `token`."""
    return unit if unit == "token" else f"{unit} tokens"


def shifted(price: Decimal, places: int) -> Decimal:
    """Multiply exactly by a power of ten."""
    return _EXACT.scaleb(price, places)


@lru_cache(maxsize=4096)
def plain(number: Decimal) -> str:
    """Write a number without an exponent and without idle zeros: `0.00002`, never `2e-05`."""
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
