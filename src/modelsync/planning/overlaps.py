"""Windows that would hold at once: no price is written for hours in which the file has another one for the same."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from modelsync.catalog.placing import spelled_hours
from modelsync.domain import fields
from modelsync.domain.pricing import Window, read_hours
from modelsync.planning.patterns import is_pinned

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from modelsync.catalog.entries import Entry
    from modelsync.domain.lock import LockEntry

_WINDOWS = ".windows"


def overlapped(entry: Entry, name: str, going: Collection[str] = ()) -> str:
    """Return the price of an entry that a new one, `name`, would stand beside for some of its hours; empty where none does.

    That is a price of the same rate in another window of the same list. One that the file has already is not new; `going` are those
    that the run takes out of the file.
    """
    windows, window = _place(name)
    field = entry.fields.get(name)
    if window is None or (field is not None and field.present):
        return ""
    rate = name.rpartition(".")[2]
    for other, theirs in entry.fields.items():
        if not theirs.present or other in going or other.rpartition(".")[2] != rate:
            continue
        home, hours = _place(other)
        if hours is not None and home == windows and window.overlaps(hours):
            return other
    return ""


def is_takeable(other: str, locked: LockEntry | None, pins: Iterable[str]) -> bool:
    """Say whether `--take` removes a person's price, as the last run left it: upstream once had it, and no pin fixes it."""
    kept = locked.kept.get(other) if locked is not None else None
    return kept is not None and kept.theirs is None and not is_pinned(pins, other)


def why_overlapping(other: str) -> str:
    """Say why a price cannot be written beside another one, of which this is the name."""
    return f"it would overlap your window {spelled_hours(fields.row_of(other).rpartition('.')[2])}"


def way_out_now(entry: Entry, name: str, other: str, *, takeable: bool) -> str:
    """Say how a price can be written that would overlap another one. `takeable` says that `--take` removes that one."""
    pin = f"a pin of {fields.row_of(name)} keeps upstream's away"
    if takeable:
        return f"Let yours go with {_take(entry, other)}, or remove it by hand; {pin}."
    return f"Remove yours by hand, or change its hours; {pin}."


def way_out_later(entry: Entry, other: str, *, takeable: bool) -> str:
    """Say the same where nothing runs: the command, or what to do."""
    if takeable:
        return f"modelsync sync {_take(entry, other)}"
    return f"remove {fields.row_of(other)} by hand, or change its hours"


def _take(entry: Entry, name: str) -> str:
    return f"--take {shlex.quote(f'{entry.name}.{fields.row_of(name)}')}"


def _place(name: str) -> tuple[str, Window | None]:
    """Return the list of windows in which a price stands, and its window; None for a price outside of windows."""
    home, _, hours = fields.row_of(name).rpartition(".")
    span = read_hours(hours) if home.endswith(_WINDOWS) else None
    return home, Window(*span, {}) if span is not None else None
