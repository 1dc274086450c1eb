"""What a plan must be in itself, wherever it comes from: sound values, no two changes of one thing, a lock that is one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, get_args

from modelsync.domain import fields, lock_format
from modelsync.domain.lock import VERSION
from modelsync.domain.money import UNITS
from modelsync.planning.changes import NOTE_KINDS, Add, Hold, Keep, Remove, RenameEntry, Update
from modelsync.settings import PresetName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modelsync.domain.fields import Value
    from modelsync.planning.changes import Change, Plan

PRESETS: tuple[str, ...] = get_args(PresetName)


def check_plan(plan: Plan) -> None:
    """Raise ValueError, naming the place, for a plan that no sync makes, whatever the catalog."""
    _check_units(plan)
    lock_format.check(plan.lock)
    _check_notes(plan)
    for number, change in enumerate(plan.changes):
        _check_change(place_of(number, change), change)
    _check_alone(plan.changes)


def place_of(number: int, change: Change) -> str:
    """Return what a message calls a change: where it stands in the file, and what it is about."""
    name = f"{change.provider}/{change.key}"
    return f"changes[{number}] ({name if name.isprintable() else repr(name)})"


def _check_units(plan: Plan) -> None:
    lock = plan.lock
    if lock.version != VERSION:
        raise ValueError(f"there is no lock version {lock.version}")
    if plan.unit not in UNITS:
        raise ValueError(f"unit: {plan.unit!r} is none of {', '.join(UNITS)}")
    if lock.unit != plan.unit:
        raise ValueError(f"lock.unit: {lock.unit!r}, but the plan's unit is {plan.unit!r}")
    if lock.preset not in PRESETS:
        raise ValueError(f"lock.preset: {lock.preset!r} is none of {', '.join(PRESETS)}")


def _check_notes(plan: Plan) -> None:
    if not lock_format.is_day(plan.day):
        raise ValueError(f"day: {plan.day!r} is no day")
    for number, note in enumerate(plan.notes):
        if note.kind not in NOTE_KINDS:
            raise ValueError(f"notes[{number}]: this modelsync knows no kind of note {note.kind!r}")


def _check_change(place: str, change: Change) -> None:
    match change:
        case Add():
            _check_key(place, change.key)
            for name, value in change.values.items():
                _check_new(place, name, value)
        case Update() | Hold():
            for field in change.fields:
                _check_new(place, field.field, field.new)
        case Keep():
            _check_new(place, change.field, change.theirs)
        case RenameEntry():
            _check_key(place, change.new_key)
        case Remove():
            pass


def _check_key(place: str, key: str) -> None:
    """Refuse a key that no sync writes. One that is there already may be anything: a person chose it."""
    if not key or not key.isprintable():
        raise ValueError(f"{place}: {key!r} cannot be a key")


def _check_new(place: str, field: str, value: Value | None) -> None:
    if value is None and not fields.row_of(field):  # a price of a row may go
        raise ValueError(f"{place}: {field} has no value")
    if isinstance(value, Decimal | int) and value < 0:
        raise ValueError(f"{place}: {field} cannot be {value}")


def _check_alone(changes: Iterable[Change]) -> None:
    """Refuse two changes of one entry, two words on one field, and a word on a field of an entry that goes."""
    seen: dict[tuple[str, str], list[str]] = {}
    removed: set[tuple[str, str]] = set()
    for number, change in enumerate(changes):
        entry = (change.provider, change.key)
        told = seen.setdefault(entry, [])
        touched = [*_touched(change)]
        if isinstance(change, Remove):
            removed.add(entry)
            touched += told
        for field in touched:
            if field in told or (field and entry in removed):
                what = f"the field {field}" if field else "the entry"
                raise ValueError(f"{place_of(number, change)}: {what} is in another change too")
            told.append(field)


def _touched(change: Change) -> Iterator[str]:
    """Yield the fields that a change is about, and an empty text where it edits the entry."""
    if isinstance(change, Add | Update | Remove | RenameEntry):
        yield ""
    if isinstance(change, Update | Hold):
        for field in change.fields:
            yield field.field
    if isinstance(change, Keep):
        yield change.field
