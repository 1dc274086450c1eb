"""Text that is safe to show: upstream names are data, and a terminal must never obey them."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.domain.money import plain, to_unit

if TYPE_CHECKING:
    from datetime import timedelta

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LAST_BYTE, _LAST_SHORT = 0xFF, 0xFFFF
_UNIT_NAMES = {"token": "token", "1k": "1K tokens", "1m": "1M tokens"}


def visible(text: str, longest: int = 200) -> str:
    """Return one line in which control, bidi, zero-width and unassigned characters show as escapes; cut when too long."""
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    if text.isprintable():
        return text
    return "".join(letter if unicodedata.category(letter) not in _HIDDEN else _escape(letter) for letter in text)


def _escape(letter: str) -> str:
    code = ord(letter)
    short = f"\\x{code:02x}" if code <= _LAST_BYTE else f"\\u{code:04x}"
    return short if code <= _LAST_SHORT else f"\\U{code:08x}"


def unit_name(unit: str) -> str:
    """Spell a price unit: `1K tokens`."""
    return _UNIT_NAMES[unit]


def value_text(field: str, value: fields.Value | None, unit: str) -> str:
    """Spell a field's value as the catalog would: prices in its unit, lists with commas, nothing as `none`."""
    match value:
        case None:
            return "none"
        case Decimal() if fields.is_price(field):
            return plain(to_unit(value, fields.unit_of(field, unit)))
        case tuple():
            return visible(", ".join(value)) or "[]"
        case _:
            return visible(str(value))


def counted(number: int, one: str, many: str = "") -> str:
    """Spell a number of things: `1 model`, `2 models`; `many` where that is not `one` with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def unreadable(field: str, value: fields.Value | None, written: str) -> str:
    """Say that what is written for a field has no meaning: `cannot be read as a price`; empty when it has, or nothing is there."""
    if value is not None or not written:
        return ""
    if fields.is_price(field):
        return "cannot be read as a price"
    return "cannot be read as a number" if field in fields.LIMITS else ""


def per_million(price: Decimal) -> str:
    """Spell a price the way people quote it: `$2.50` per 1M tokens."""
    return usd(to_unit(price, "1m"))


def usual_price(field: str, price: Decimal) -> str:
    """Spell a price the way people quote it, with what it is for: `$2.50 per 1M`, `$0.01 each`."""
    return f"{usd(price)} each" if fields.is_per_use(field) else f"{per_million(price)} per 1M"


def usd(amount: Decimal) -> str:
    """Spell an amount of money to its last digit: `$1.10`, `$0.000016`."""
    whole, _, cents = plain(amount).partition(".")
    return f"${Decimal(whole):,}.{cents.ljust(2, '0')}"


def percent(old: Decimal, new: Decimal) -> str:
    """Spell a price's move in percent, with the sign; empty when there is nothing to compare with."""
    if not old:
        return ""
    move = (new - old) / old * 100
    if not move:
        return "±0%"
    return f"{move:+.1f}%" if abs(move) >= Decimal("0.05") else f"{move:+.2g}%"


def age(elapsed: timedelta) -> str:
    """Spell how long ago something was: `3 minutes ago`."""
    seconds = max(int(elapsed.total_seconds()), 0)
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"
