"""The plan as a file: what a reviewer approves and `modelsync apply` carries out, bit for bit.

JSON, versioned, the same plan the same bytes. It holds the changes, the lock as it will be, and the digests of the catalog,
the lock and the listing it was computed from; no key, no path of the machine it was made on. Prices are strings in USD per
token.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from modelsync.domain.fields import FEATURES, Value, is_price
from modelsync.domain.money import parse_number, plain
from modelsync.errors import PlanInvalid
from modelsync.planning.changes import Add, FieldChange, Hold, Keep, Plan, Update

if TYPE_CHECKING:
    from modelsync.planning.changes import Change

VERSION = 1

Convert: TypeAlias = "Callable[[str, Value | None], Value | None]"


class PlanFile(Struct, frozen=True):
    """A plan on its way: `catalog` is the file's name without its folder, to be found again where it is applied."""

    version: int
    modelsync: str
    catalog: str
    plan: Plan


class _Versioned(Struct):
    version: int


def encode(planned: Plan, *, catalog: str, modelsync: str) -> bytes:
    """Write a plan for the catalog of that name, made by that version of modelsync."""
    changes = tuple(_converted(change, _spelled) for change in planned.changes)
    file = PlanFile(VERSION, modelsync, catalog, replace(planned, changes=changes))
    compact = msgspec.json.encode(file)  # in the order in which the plan was made: it is the order of the file
    return msgspec.json.format(compact, indent=2) + b"\n"


def decode(data: bytes, path: str) -> PlanFile:
    """Read a plan. Raises `PlanInvalid` for damage and for a newer version."""
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version > VERSION:
            raise PlanInvalid(path, f"made by a newer modelsync (plan version {version}, this one reads {VERSION})")
        file = msgspec.json.decode(data, type=PlanFile)
        changes = tuple(_converted(change, _revived) for change in file.plan.changes)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise PlanInvalid(path, f"not a plan: {error}", hint="Make it again with `modelsync plan -o FILE`.") from error
    return replace(file, plan=replace(file.plan, changes=changes))


def _converted(change: Change, convert: Convert) -> Change:
    """Return a change with every value converted."""
    match change:
        case Add():
            values = {name: new for name, value in change.values.items() if (new := convert(name, value)) is not None}
            return replace(change, values=values)
        case Update() | Hold():
            return replace(change, fields=tuple(_field(field, convert) for field in change.fields))
        case Keep():
            name = change.field
            return replace(change, ours=convert(name, change.ours), theirs=convert(name, change.theirs))
        case _:
            return change


def _field(change: FieldChange, convert: Convert) -> FieldChange:
    return replace(change, old=convert(change.field, change.old), new=convert(change.field, change.new))


def _spelled(_: str, value: Value | None) -> Value | None:
    """Spell a price so that a person can read it too."""
    return plain(value) if isinstance(value, Decimal) else value


def _revived(name: str, value: Value | None) -> Value | None:
    """Give a decoded value back its type, which the name of its field tells."""
    if value is None:
        return None
    if is_price(name):
        price = parse_number(value) if isinstance(value, str) else None
        if price is None:
            raise ValueError(f"{name}: {value!r} is no price")
        return price
    if name == FEATURES:
        return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
    return value
