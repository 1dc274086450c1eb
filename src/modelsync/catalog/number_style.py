"""How the number that replaces another is written: as the old one was, and always so that every reader sees it exactly.

"Every reader" means YAML 1.1 and 1.2: an exponent has a sign, and a dot stands before it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from modelsync.catalog.scalars import number_text

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(
    r"[-+]?(?=\.?[0-9])(?P<whole>[0-9_]*)(?P<dot>\.(?P<fraction>[0-9_]*))?(?:(?P<e>[eE])(?P<exponent>[-+]?[0-9]{1,3}))?\Z"
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:_[0-9]{3})+\Z")
_ONE_DIGIT = re.compile(r"[1-9]\Z")


def respelled(old: str, value: int | Decimal, decimals: int = 0) -> str:
    """Write a number in place of an old text, without quotes: its decimals, exponent, `1_000` groups and leading dot.

    A zero at the end of the old text shows that the number of decimals is meant; `decimals` is the number of them where
    the old text does not show it. Digits are added where the value needs them, and never dropped. What is no number gives
    plain notation. Raises `ValueError` for what is not finite.
    """
    style = _NUMBER.match(old)
    if style is None:
        return number_text(value)
    text = number_text(value)
    if style["e"]:
        return _with_exponent(style, text)
    is_whole = style["dot"] is None and "." not in text
    places = 0 if is_whole else _own_decimals(style["fraction"]) or decimals
    whole, _, fraction = text.partition(".")
    fraction = fraction.ljust(places, "0")
    if _GROUPED.match(style["whole"]):
        whole = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+\Z)", "_", whole)
    if whole == "0" and not style["whole"] and fraction:
        whole = ""
    return f"{whole}.{fraction}" if fraction else whole


def decimals_shown(texts: Iterable[str]) -> int:
    """How many decimals texts show by a zero at their end: mostly, more on a tie; 0 where none does."""
    styles = (_NUMBER.match(text) for text in texts)
    shown = [_own_decimals(style["fraction"]) for style in styles if style is not None and not style["e"]]
    shown = [count for count in shown if count]
    return max(shown, key=lambda count: (shown.count(count), count), default=0)


def _own_decimals(fraction: str | None) -> int:
    """How many decimals a fraction shows to be meant; a lone dot stands for one."""
    if fraction is None or (fraction and not fraction.endswith("0")):
        return 0
    return max(1, len(fraction.replace("_", "")))


def _with_exponent(style: re.Match[str], text: str) -> str:
    """A number with an exponent: the old one where that was chosen (`15e-6`), else that of one digit before the dot."""
    if text == "0":
        return "0.0"
    exponent = Decimal(text).adjusted() if _ONE_DIGIT.match(style["whole"]) else int(style["exponent"])
    whole, _, fraction = number_text(Decimal(f"{text}e{-exponent}")).partition(".")
    fraction = fraction.ljust(max(1, _own_decimals(style["fraction"])), "0")
    width = len(style["exponent"].lstrip("+-"))
    return f"{whole}.{fraction}{style['e']}{'-' if exponent < 0 else '+'}{abs(exponent):0{width}}"
