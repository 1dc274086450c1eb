"""How one value is written: plain where every YAML reader sees the same text, else quoted or as a literal block.

"Every reader" means YAML 1.1 (PyYAML, Psych) and YAML 1.2 (ruamel.yaml, js-yaml, Go): booleans, numbers, dates and nulls
of either are never written plain when text is meant.
"""

from __future__ import annotations

import re
from decimal import Decimal

from modelsync.catalog.lines import BREAKS

SPECIAL = frozenset(
    ("", "~", "null", "y", "n", "yes", "no", "on", "off", "true", "false", "=", "<<", ".inf", "-.inf", "+.inf", ".nan")
)
_NUMERIC = (
    r"[-+]?(?:[0-9][0-9_,]*)?\.?[0-9_,]*(?:[eE][-+]?[0-9_]+)?"  # integers and floats of 1.1, 1.2 and Psych
    r"|[-+]?0[xX][0-9a-fA-F_,]+|[-+]?0[oO]?[0-7_,]+|[-+]?0[bB][01_,]+"
    r"|[-+]?[0-9][0-9_,]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"  # sexagesimal
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt\s].*)?"  # dates
)
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
# What no text may hold as it is, not even in quotes: controls, breaks, marks that reorder or hide text, invisible letters.
_HIDDEN = (
    "[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_TO_ESCAPE = re.compile(f'["\\\\]|{_HIDDEN}')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\x1b": "\\e", "\x85": "\\N"}


def number_text(value: int | Decimal) -> str:
    """A number in plain notation: no exponent, no zeros at the end, `0` for any zero. Raises `ValueError` for what is
    not finite.
    """
    if isinstance(value, Decimal):
        if not value.is_finite():
            msg = f"{value} is no number that YAML readers agree on"
            raise ValueError(msg)
        text = format(value, "f")
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return "0" if text in ("-0", "") else text
    return format(Decimal(value), "f")


def holds_surrogate(text: str) -> bool:
    """Whether a text has a lone surrogate, which no YAML file can hold in any spelling."""
    return not text.isascii() and re.search("[\ud800-\udfff]", text) is not None


def is_visible(text: str) -> bool:
    """Whether a text is one line that can stand in a file as it is."""
    return text.isprintable() if text.isascii() else re.search(_HIDDEN, text) is None


def can_be_plain(text: str, *, flow: bool) -> bool:
    """Whether every reader takes the unquoted text for this very text."""
    if text.lower() in SPECIAL or text[0] in _INDICATORS or text[0] == " " or text[-1] in " :":
        return False
    if ": " in text or " #" in text or text.startswith("...") or not is_visible(text) or "\xa0" in (text[0], text[-1]):
        return False
    if text[0] in "+.0123456789" and re.fullmatch(_NUMERIC, text):
        return False
    return not (flow and re.search(r"[,\[\]{}:?#]", text))


def string_text(text: str, quote: str, *, flow: bool) -> str:
    """A text on one line. `quote`: '' plain if possible, "'" or '"' in that quote if possible; what a style cannot hold is
    written in the next stronger one, single before double quotes unless `quote` says double ('?' prefers none: plain,
    else double).
    """
    if quote in ("", "?") and can_be_plain(text, flow=flow):
        return text
    if quote in ("", "'") and is_visible(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _TO_ESCAPE.sub(lambda found: _escaped(found[0]), text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def literal_lines(text: str, step: int) -> list[str] | None:
    """A text of several lines as a literal block: the header, then the lines without their indentation. `step` is by
    how much the block is indented below its parent.

    None where a literal block would not surely hold the text for every reader and editor: only line breaks, characters
    to escape, blanks at the end of a line (editors strip them), a tab or a blank line first, several breaks at the end
    (their number would depend on the blank lines around).
    """
    body = text.removesuffix("\n")
    lines = body.split("\n")
    if "\n" not in text or not lines[0].strip() or lines[-1] == "" or "\t" in text or not 1 <= step <= 9:
        return None
    if any(line != line.rstrip() or not is_visible(line) or any(mark in line for mark in BREAKS) for line in lines):
        return None
    indicator = str(step) if lines[0].startswith(" ") else ""
    return ["|" + indicator + ("" if text.endswith("\n") else "-"), *lines]
