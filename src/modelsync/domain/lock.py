"""The lock: the upstream values the catalog last agreed with, one line an entry, committed beside the catalog.

The format is JSON written so that a diff shows one line per changed entry. Prices are strings in USD per token whatever
the catalog's unit. Nothing in it is a time of running: a sync that changes nothing leaves it byte-identical.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import Struct

from modelsync.domain.fields import FEATURES, FILLED, Value, is_price
from modelsync.domain.legible import legible
from modelsync.domain.money import parse_number, plain
from modelsync.errors import LockInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
_ENCODER = msgspec.json.Encoder(order="sorted")
_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)  # not every msgspec derives the first from the second

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


def encode(lock: Lock) -> bytes:
    """Write the lock: sorted, one line an entry, ending in a newline, with escapes for what cannot be seen."""
    sections = [
        f'"version": {lock.version}',
        f'"catalog": {_json(lock.catalog)}',
        f'"unit": {_json(lock.unit)}',
        f'"preset": {_json(lock.preset)}',
        _lines("entries", lock.entries),
        _lines("tombstones", lock.tombstones),
        _lines("waiting", lock.waiting),
        _lines("pruned", lock.pruned),
        *([_lines("unserved", lock.unserved)] if lock.unserved else []),
        *([_lines("additions", lock.additions)] if lock.additions else []),
        *([f'"seen": {_json(lock.seen)}'] if lock.seen else []),
    ]
    return legible("{\n" + ",\n".join(sections) + "\n}\n").encode()


def _lines(name: str, rows: Mapping[str, LockEntry | Held | str]) -> str:
    if not rows:
        return f'"{name}": {{}}'
    body = ",\n".join(f"  {_json(key)}: {_json(rows[key])}" for key in sorted(rows))
    return f'"{name}": {{\n{body}\n}}'


def _json(value: LockEntry | Held | str) -> str:
    return _ENCODER.encode(value).decode()


def decode(data: bytes, path: str) -> Lock:
    """Read a lock. Conflict markers, damage and newer versions raise `LockInvalid`, naming the line."""
    _refuse_conflict_markers(data, path)
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version > VERSION:
            problem = f"written by a newer modelsync (lock version {version}, this one reads {VERSION})"
            raise LockInvalid(path, problem, hint="Upgrade modelsync.")
        lock = msgspec.json.decode(data, type=Lock)
        check(lock)
    except _UNREADABLE as error:
        line = _line_of(data, str(error))
        raise LockInvalid(path, f"damaged: {error}", line=line, column=1 if line else 0, hint=_WAY_OUT) from error
    return lock


def check(lock: Lock) -> None:
    """Raise ValueError for what the types of a lock let through: a day that is none, a price that is none."""
    for entry in lock.entries.values():
        _check(entry)
    for rows in (lock.tombstones, lock.waiting, lock.pruned, lock.unserved):
        for name, day in rows.items():
            if not is_day(day):
                raise ValueError(f"{name}: {day!r} is no day")
    for name, held in lock.additions.items():
        _check_value(name, held.theirs, held.day)
    if lock.seen and not is_day(lock.seen):
        raise ValueError(f"seen: {lock.seen!r} is no day")


def _check(entry: LockEntry) -> None:
    if entry.missing_since:
        date.fromisoformat(entry.missing_since)
    for name, base in entry.base.items():
        _check_value(name, base.value, base.day)
    if entry.retires is not None:
        date.fromisoformat(str(entry.retires.value))
        _check_value("retires", entry.retires.value, entry.retires.day)
    for name, kept in entry.kept.items():
        _check_value(name, kept.theirs, kept.day)
    for name, held in entry.held.items():
        _check_value(name, held.theirs, held.day)


def _check_value(name: str, value: Stored, day: str) -> None:
    if not is_day(day):
        raise ValueError(f"{name}: {day!r} is no day")
    if is_price(name) and value is not None and not _is_price_text(value):
        raise ValueError(f"{name}: {value!r} is no price")


@lru_cache(maxsize=1024)  # a lock has few days
def is_day(day: str) -> bool:
    """Say whether a text has the form of a date, as in `2026-03-01`."""
    return _DAY.match(day) is not None


def _is_price_text(value: Stored) -> bool:
    return isinstance(value, str) and _known_number(value)


@lru_cache(maxsize=4096)  # and few prices
def _known_number(text: str) -> bool:
    return parse_number(text) is not None


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


_WAY_OUT = "Take it from version control or run `modelsync restore`; deleting it starts over as on a first sync."


class _Versioned(Struct):
    version: int


def _refuse_conflict_markers(data: bytes, path: str) -> None:
    if b"<<<<<<<" not in data and b">>>>>>>" not in data:
        return
    for number, line in enumerate(data.splitlines(), 1):
        if line.startswith((b"<<<<<<< ", b">>>>>>> ")):
            hint = "Take either side: the next sync brings the lock back in step with the catalog."
            raise LockInvalid(path, "conflict markers of an unfinished merge", line=number, column=1, hint=hint)


def _line_of(data: bytes, message: str) -> int:
    """Find the damaged line: by the byte msgspec's message names, the end, or the first entry that cannot be read by itself."""
    _, _, tail = message.partition("(byte ")
    offset = tail.partition(")")[0]
    if offset.isdigit():
        return data.count(b"\n", 0, int(offset)) + 1
    if "truncated" in message:
        return len(data.splitlines())
    return next((number for number, line in enumerate(data.split(b"\n"), 1) if not _is_sound(line)), 0)


def _is_sound(line: bytes) -> bool:
    """Say whether a line that looks like an entry or a tombstone is one."""
    if not line.startswith(b'  "'):
        return True
    try:
        text = b"{" + line.rstrip(b" ,\r") + b"}"
        if line.partition(b'": ')[2].startswith(b"["):
            held = msgspec.json.decode(text, type=dict[str, Held])
            return all(is_day(row.day) for row in held.values())
        for row in msgspec.json.decode(text, type=dict[str, LockEntry | str]).values():
            if isinstance(row, LockEntry):
                _check(row)
            elif not is_day(row):
                return False
    except _UNREADABLE:
        return False
    return True
