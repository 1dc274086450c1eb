"""What scalars mean to a YAML 1.1 loader (PyYAML's safe loader), with exact numbers instead of floats."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from modelsync.catalog.nodes import Alias, Mapping, Node, Scalar, Sequence, is_merge_key

if TYPE_CHECKING:
    from datetime import date

_TAG = "tag:yaml.org,2002:"
_INT = "[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*(?::[0-5]?[0-9])*)"
_FLOAT = (
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_MOST_COLONS = 12  # more of them make no number that anybody means, and one that takes long to work out
_TIME = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?"
)


class Other(Struct, frozen=True):
    """A value that is none of text, number, boolean, null: a date, a binary, `=`, or anything with a tag of its own."""

    kind: str
    content: object


Plain: TypeAlias = "str | int | Decimal | bool | Other | list[Plain] | dict[object, Plain] | None"


def plain_value(node: Node | None) -> Plain:
    """The data a YAML 1.1 safe loader would see; numbers as int or Decimal, never float. Of a key that is there twice
    the last counts; `<<` is merged; keys that are collections become tuples.
    """
    if node is None:
        return None
    if isinstance(node, Alias):
        return plain_value(node.target)
    if isinstance(node, Scalar):
        return scalar_value(node)
    value: Plain = [plain_value(item) for item in node.items] if isinstance(node, Sequence) else _mapping(node)
    standard = (None, "!", _TAG + "map", _TAG + "seq")
    return value if node.tag in standard else Other(node.tag or "", value)


def _mapping(node: Mapping) -> dict[object, Plain]:
    data: dict[object, Plain] = {}
    for source in reversed(node.merged()):
        data.update(_mapping(source))
    for key, value in node.pairs:
        if not is_merge_key(key):
            data[_hashable(scalar_value(key))] = plain_value(value)
    for key, value in node.opaque:
        data[_hashable(plain_value(key))] = plain_value(value)
    return data


def _hashable(value: Plain) -> object:
    if isinstance(value, list):
        return tuple(_hashable(item) for item in value)
    if isinstance(value, dict):
        return tuple((key, _hashable(item)) for key, item in value.items())
    return value


def scalar_value(node: Scalar) -> str | int | Decimal | bool | Other | None:
    """What one scalar means."""
    if node.tag is None or node.tag == "!":
        return node.value if node.style or node.tag else resolve(node.value)
    name = node.tag.removeprefix(_TAG)
    if name == "str":
        return node.value
    resolved = resolve(node.value)
    kinds = {"int": int, "float": Decimal, "bool": bool, "null": type(None)}
    if name in kinds and type(resolved) is kinds[name]:
        return resolved
    return Other(node.tag, node.value)


def says_day(present: object, day: date) -> bool:
    """Say whether a scalar's value is a day: as YAML's own date, or as a text."""
    return present in (Other("timestamp", day.isoformat()), day.isoformat())


def resolve(text: str) -> str | int | Decimal | bool | Other | None:
    """What a plain scalar's text means in YAML 1.1."""
    if text[:1] in "0123456789+-.":
        return _numeric(text) if text else None
    if text in ("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"):
        return True
    if text in ("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"):
        return False
    if text in ("~", "null", "Null", "NULL"):
        return None
    return Other(text, text) if text in ("=", "<<") else text


def _numeric(text: str) -> str | int | Decimal | Other:
    if text.count(":") > _MOST_COLONS:
        return Other("number", text)
    if re.fullmatch(_INT, text):
        return _integer(text.replace("_", ""))
    if re.fullmatch(_FLOAT, text):
        return _decimal(text.replace("_", "").lower())
    return Other("timestamp", text) if re.fullmatch(_TIME, text) else text


def _integer(text: str) -> int | Decimal:
    """Exact at any length: Python refuses to read more than 4,300 digits as an int, Decimal does not."""
    digits = text.lstrip("+-")
    if digits.startswith("0") and digits != "0":
        base = {"b": 2, "x": 16}.get(digits[1:2], 8)
        value: int | Decimal = int(digits[2 if base != 8 else 0 :] or "0", base)
    elif ":" in digits:
        value = int(_sexagesimal(digits))
    else:
        value = int(digits) if len(digits) <= 4_000 else Decimal(digits)
    if not text.startswith("-"):
        return value
    return value.copy_negate() if isinstance(value, Decimal) else -value


def _decimal(text: str) -> Decimal | Other:
    if text.endswith(("inf", "nan")):
        return Decimal(text.replace(".", ""))
    digits = text.lstrip("+-")
    try:
        value = _sexagesimal(digits) if ":" in digits else Decimal(digits)
    except InvalidOperation:  # an exponent that not even a Decimal can hold
        return Other("number", text)
    return value.copy_negate() if text.startswith("-") else value


def _sexagesimal(text: str) -> Decimal:
    total = Decimal(0)
    for part in text.split(":"):
        total = total * 60 + Decimal(part)
    return total
