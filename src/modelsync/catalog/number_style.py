"""How the number that replaces another is written: as the old one was, and always so that every reader sees it exactly.

"Every reader" means YAML 1.1 and 1.2: an exponent has a sign, and a dot stands before it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.scalars import number_text

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(
    r"[-+]?(?=\.?[0-9])(?P<whole>[0-9_]*)(?P<dot>\.(?P<fraction>[0-9_]*))?(?:(?P<e>[eE])(?P<exponent>[-+]?[0-9]{1,3}))?\Z"
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:_[0-9]{3})+\Z")
_ONE_DIGIT = re.compile(r"[1-9]\Z")


class Shown(Struct, frozen=True):
    """What the numbers of a mapping show of its style: how many decimals are meant, by a zero at their end (0: none do), and
    which exponents were chosen, by another number before them than one of one digit before the dot (`15e-6`).
    """

    decimals: int = 0
    exponents: frozenset[int] = frozenset()


def respelled(old: str, value: int | Decimal, near: Shown) -> str:
    """Write a number in place of an old text, without quotes: its decimals, exponent, `1_000` groups and leading dot.

    What the old text itself does not show, the numbers `near` it do. Digits are added where the value needs them, and never
    dropped. What is no number gives plain notation. Raises `ValueError` for what is not finite.
    """
    style = _style(old)
    if style is None:
        return number_text(value)
    text = number_text(value)
    if style["e"]:
        return _with_exponent(style, text, near)
    is_whole = style["dot"] is None and "." not in text
    places = 0 if is_whole else _own_decimals(style["fraction"]) or near.decimals
    whole, _, fraction = text.partition(".")
    fraction = fraction.ljust(places, "0")
    if _GROUPED.match(style["whole"]):
        whole = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+\Z)", "_", whole)
    if whole == "0" and not style["whole"] and fraction:
        whole = ""
    return f"{whole}.{fraction}" if fraction else whole


@lru_cache(maxsize=4096)  # a catalog repeats its prices
def _style(text: str) -> re.Match[str] | None:
    return _NUMBER.match(text)


def shown(texts: Iterable[str]) -> Shown:
    """What texts show, those that are no numbers aside. Where they differ in decimals: most of them, the larger on a tie."""
    styles = [style for text in texts if (style := _style(text)) is not None]
    counts = [_own_decimals(style["fraction"]) for style in styles if not style["e"]]
    counts = [count for count in counts if count]
    decimals = max(counts, key=lambda count: (counts.count(count), count), default=0)
    return Shown(decimals, frozenset(int(style["exponent"]) for style in styles if _has_chosen_exponent(style)))


def _has_chosen_exponent(style: re.Match[str]) -> bool:
    """Whether a number has an exponent that is not the one of one digit before the dot."""
    digits = (style["whole"] + (style["fraction"] or "")).strip("0_")
    return bool(style["e"] and digits) and not _ONE_DIGIT.match(style["whole"])


def _own_decimals(fraction: str | None) -> int:
    """How many decimals a fraction shows to be meant; a lone dot stands for one."""
    if fraction is None or (fraction and not fraction.endswith("0")):
        return 0
    return max(1, len(fraction.replace("_", "")))


def _with_exponent(style: re.Match[str], text: str, near: Shown) -> str:
    """A number with an exponent: the old one where that was chosen, else that of one digit before the dot."""
    if text == "0":
        return "0.0"
    exponent = int(style["exponent"])
    if exponent not in near.exponents and not _has_chosen_exponent(style):
        exponent = Decimal(text).adjusted()
    whole, _, fraction = number_text(Decimal(f"{text}e{-exponent}")).partition(".")
    fraction = fraction.ljust(max(1, _own_decimals(style["fraction"])), "0")
    width = len(style["exponent"].lstrip("+-"))
    return f"{whole}.{fraction}{style['e']}{'-' if exponent < 0 else '+'}{abs(exponent):0{width}}"
