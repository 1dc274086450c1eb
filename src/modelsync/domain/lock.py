"""The lock: the upstream values the catalog last agreed with, an entry each, committed beside the catalog."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from modelsync.domain.fields import FEATURES, FILLED, Value, is_price
from modelsync.domain.money import parse_number, plain

VERSION = 1

Stored: TypeAlias = "str | int | bool | list[str] | None"


class Base(Struct, frozen=True, array_like=True):
    """The base of one field: the upstream value, the source that gave it, the day it last moved.

    A `value` of null means "upstream had none", which is not the same as no record of the field. A description and a model id
    are kept as `true`: that they were there is all a merge asks.
    """

    value: Stored
    source: str
    day: str


class Kept(Struct, frozen=True, array_like=True):
    """A hand-set value: `ours` as the last run saw it, and upstream's at that time, with the source and the day that first gave it."""

    ours: str
    theirs: Stored
    source: str
    day: str


class Held(Struct, frozen=True, array_like=True):
    """A change that waits for a person: why (no line numbers: they move), what upstream wants there, and since which day.

    `theirs` is the value the field would get; for a whole entry the upstream id it would be matched to or added for, or null. `source` is the
    provider whose own list says so, else empty.
    """

    reason: str
    theirs: Stored
    day: str
    source: str = ""


LACKED = "-"
"""Marks, in the base of the features, one that the provider's own list said the model lacks."""

WHOLE_ENTRY = "entry"
"""Stands in `LockEntry.held` where a field's name would, when all of an entry is held."""


class LockEntry(Struct, frozen=True, omit_defaults=True):
    """One line: the upstream id an entry was matched to, the model id it had then, and the base of its fields.

    `kept` has the hand-set values seen by the last run, so that a catalog full of deliberate values is not taken for a wrong
    branch, and upstream's beside them. `held` has what the last run held, by field or `entry`. `undecided` has the fields that
    the first sync held or found pinned: they are decided as on that day. `foreign` has the fields whose value and base are still
    those of the model the entry had before its id was edited. `kind` is the output modality when it is not text.
    `missing_since` is the day a complete listing first lacked it. `native` says that only the provider's own list has it, so that
    no other listing makes it gone. `retires` is the day on which the model ends, as far as somebody has named one.
    """

    upstream: str
    model: str
    base: dict[str, Base]
    kept: dict[str, Kept] = {}
    held: dict[str, Held] = {}
    kind: str = ""
    missing_since: str = ""
    undecided: tuple[str, ...] = ()
    native: bool = False
    retires: Base | None = None
    foreign: tuple[str, ...] = ()

    @property
    def own_base(self) -> dict[str, Base]:
        """The base of the fields in which the lock speaks of the model that the entry is now."""
        return (
            {name: base for name, base in self.base.items() if name not in self.foreign} if self.foreign else self.base
        )


class Lock(Struct, frozen=True):
    """The whole lock. Keys of `entries` are `provider/key`; `tombstones` and `pruned` map `provider:upstream id` to a day.

    `waiting` maps the entries that the first sync found unmatched to its day: when they match one day, that is their first
    sync. `catalog` is the name of the file the lock belongs to. `unserved` maps the models (as in `tombstones`) that were not
    added because the provider's own list did not have them to the day of that list. `additions` has the entries that the last
    run would have added but for their prices, by the name they would have. `seen` is the day of the newest listing, where the
    entries that told it are gone.
    """

    unit: str
    preset: str
    entries: dict[str, LockEntry] = {}
    tombstones: dict[str, str] = {}
    pruned: dict[str, str] = {}
    waiting: dict[str, str] = {}
    catalog: str = ""
    version: int = VERSION
    unserved: dict[str, str] = {}
    additions: dict[str, Held] = {}
    seen: str = ""


def stored(field: str, value: Value | None) -> Stored:
    """Turn a field's value into what the lock keeps of it."""
    if value is None:
        return None
    if field in FILLED:
        return True
    match value:
        case Decimal():
            return plain(value)
        case tuple():
            return sorted(value)
        case _:
            return value


def base_value(field: str, base: Base) -> Value | None:
    """Read a base back as a field's value; None means that upstream had none."""
    value = base.value
    if value is None:
        return None
    if is_price(field):
        return parse_number(value) if isinstance(value, str) else None
    if field == FEATURES:
        return tuple(name for name in value if not name.startswith(LACKED)) if isinstance(value, list) else ()
    return str(value) if isinstance(value, (bool, list)) else value


def lacked(base: Base | None) -> frozenset[str]:
    """Return the features that the provider's own list said the model lacks; the base of the features keeps them as `-vision`."""
    value = base.value if base is not None else None
    marked = [name for name in value if name.startswith(LACKED)] if isinstance(value, list) else []
    return frozenset(name.removeprefix(LACKED) for name in marked)
