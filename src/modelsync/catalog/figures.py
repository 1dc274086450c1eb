"""Numbers as people write them in a catalog: `0.005`, `128_000`, `2.5e-07`; never octal or sexagesimal."""

from __future__ import annotations

import re
from functools import lru_cache

from modelsync.domain.money import from_unit, parse_number
from modelsync.domain.rates import hours_name, read_hours

TYPE_CHECKING = False  # what type checkers know as true, without the cost of importing typing
if TYPE_CHECKING:
    from decimal import Decimal

_UNDERSCORED = re.compile(r"[+-]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?\Z")
_OCTAL = re.compile(r"[+-]?0[0-9_]+\Z")


@lru_cache(maxsize=4096)
def number(text: str) -> Decimal | None:
    """Read a number; None for what is none."""
    if _OCTAL.match(text):
        return None
    if "_" in text:
        text = text.replace("_", "") if _UNDERSCORED.match(text) else ""
    return parse_number(text)


@lru_cache(maxsize=4096)  # a catalog repeats its prices
def price(text: str, unit: str) -> Decimal | None:
    """Read a price in USD per `unit` as USD per token."""
    read = number(text)
    return from_unit(read, unit) if read is not None else None


def whole(text: str) -> int | None:
    """Read a whole number; None for what is none."""
    read = number(text)
    return int(read) if read is not None and read == int(read) else None


def tokens(text: str) -> str:
    """Read a number of tokens as it stands in the names of fields; empty for what is none."""
    read = whole(text)
    return str(read) if read is not None and read >= 0 else ""


def hours(text: str) -> str:
    """Read hours of the day as they stand in the names of fields; empty for what is none."""
    read = read_hours(text)
    return hours_name(*read) if read else ""
