"""The plan as a file: what a reviewer approves and `modelsync apply` carries out, bit for bit.

JSON, versioned, the same plan the same bytes. It holds the changes, the lock as it will be, and the digests of the catalog,
the lock, the listing and the settings it was computed from; no key, no path of the machine it was made on. Prices are
strings in USD per token. A file that comes back may have been edited: nothing in it is believed before it is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from modelsync.domain.fields import FEATURES, LIMITS, Value, is_known, is_price
from modelsync.domain.legible import legible
from modelsync.domain.money import plain
from modelsync.errors import PlanInvalid
from modelsync.planning.changes import Add, FieldChange, Hold, Keep, Plan, Update
from modelsync.planning.plan_checks import check_plan, place_of

if TYPE_CHECKING:
    from modelsync.planning.changes import Change

VERSION = 1
_PLAIN_PRICE = re.compile(r"-?[0-9]{1,120}(?:\.[0-9]{1,120})?\Z")
_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)  # not every msgspec derives the first from the second

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
    return legible(msgspec.json.format(compact, indent=2).decode() + "\n").encode()


def decode(data: bytes, path: str) -> PlanFile:
    """Read a plan and check all that can be checked without its catalog.

    Raises `PlanInvalid`, naming the place, for damage, another version, values of a wrong kind, and changes or a lock that
    contradict each other.
    """
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version > VERSION:
            raise PlanInvalid(path, f"made by a newer modelsync (plan version {version}, this one reads {VERSION})")
        if version != VERSION:
            raise ValueError(f"there is no plan version {version}")
        file = msgspec.json.decode(data, type=PlanFile)
        changes = tuple(_read(number, change) for number, change in enumerate(file.plan.changes))
        file = replace(file, plan=replace(file.plan, changes=changes))
        check_plan(file.plan)
    except _UNREADABLE as error:
        raise PlanInvalid(path, f"not a plan: {error}", hint="Make it again with `modelsync plan -o FILE`.") from error
    return file


def _read(number: int, change: Change) -> Change:
    try:
        return _converted(change, _revived)
    except ValueError as error:
        raise ValueError(f"{place_of(number, change)}: {error}") from error


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
    """Give a decoded value back its type, which the name of its field tells. Raises ValueError for any other type."""
    if not is_known(name):
        raise ValueError(f"there is no field `{name}`")
    if value is None:
        return None
    if is_price(name):
        price = Decimal(value) if isinstance(value, str) and _PLAIN_PRICE.match(value) else None
        return _known(price, name, value, "price")
    if name in LIMITS:
        return _known(value if type(value) is int else None, name, value, "number of tokens")
    if name == FEATURES:
        return _known(_names(value), name, value, "list of names")
    return _known(value if isinstance(value, str) else None, name, value, "text")


def _names(value: object) -> tuple[str, ...] | None:
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    names = tuple(item for item in items if isinstance(item, str))
    return names if len(names) == len(items) else None


def _known(found: Value | None, name: str, value: Value, kind: str) -> Value:
    if found is None:
        raise ValueError(f"{name}: {value!r:.80} is no {kind}")
    return found
