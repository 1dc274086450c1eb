"""The lock as a file: JSON with one line an entry, so that a diff shows one line per changed entry.

Prices are strings in USD per token whatever the catalog's unit. Nothing in it is a time of running: a sync that changes
nothing leaves it byte-identical.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from modelsync.domain.fields import is_price
from modelsync.domain.legible import legible
from modelsync.domain.lock import VERSION, Held, Lock, LockEntry
from modelsync.domain.money import parse_number
from modelsync.errors import LockInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelsync.domain.lock import Stored

_ENCODER = msgspec.json.Encoder(order="sorted")
_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)  # not every msgspec derives the first from the second


def encode(lock: Lock) -> bytes:
    """Write the lock: sorted, one line an entry, ending in a newline, with escapes for what cannot be seen."""
    sections = [
        b'"version": %d' % lock.version,
        b'"catalog": ' + _json(lock.catalog),
        b'"unit": ' + _json(lock.unit),
        b'"preset": ' + _json(lock.preset),
        _lines("entries", lock.entries),
        _lines("tombstones", lock.tombstones),
        _lines("waiting", lock.waiting),
        _lines("pruned", lock.pruned),
        *([_lines("unserved", lock.unserved)] if lock.unserved else []),
        *([_lines("additions", lock.additions)] if lock.additions else []),
        *([b'"seen": ' + _json(lock.seen)] if lock.seen else []),
    ]
    return b"{\n" + b",\n".join(sections) + b"\n}\n"


def _lines(name: str, rows: Mapping[str, LockEntry | Held | str]) -> bytes:
    if not rows:
        return b'"%b": {}' % name.encode()
    body = b",\n".join([b"  %b: %b" % (_json(key), _json(rows[key])) for key in sorted(rows)])
    return b'"%b": {\n%b\n}' % (name.encode(), body)


def _json(value: LockEntry | Held | str) -> bytes:
    encoded = _ENCODER.encode(value)
    if encoded.isascii() and b"\x7f" not in encoded:
        return encoded
    return legible(encoded.decode()).encode()


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
