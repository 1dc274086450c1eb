"""Where a catalog stands, for a reader: what `modelsync status` shows in every format, and the words it uses for it."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from modelsync.domain import fields
from modelsync.planning.rows import no_such_any_more
from modelsync.planning.standing import days_between
from modelsync.views.text import unreadable, value_text, visible

if TYPE_CHECKING:
    from modelsync.planning.standing import EntryStanding, FieldStanding, Gone, Pin, Seen, Standing

COUNTS = ("entries", "managed", "stale", "unknown", "new", "unmanaged", "kept", "deleted", "pinned", "held")


class InForce(Struct, frozen=True):
    """A setting in force, its value, and where it came from.

    `place` is the flag (`--unit`), the variable (`MODELSYNC_UNIT`) or the file with its line (`modelsync.toml:3`); empty for
    a default.
    """

    setting: str
    value: object
    origin: Literal["flag", "variable", "file", "default"]
    place: str = ""

    @property
    def value_text(self) -> str:
        """The value as it would stand in JSON."""
        return json.dumps(self.value, ensure_ascii=False)

    @property
    def origin_text(self) -> str:
        """Where the value came from, in a few words."""
        return {"file": self.place, "default": "default"}.get(self.origin, f"{self.origin} {self.place}")


class LockFacts(Struct, frozen=True):
    """The lock of a catalog: where it is, and the unit and preset it was made with."""

    path: str
    unit: str
    preset: str


class Status(Struct, frozen=True):
    """Where one catalog stands today. `lock` is None when there is none; `warnings` are sentences about the files."""

    catalog: str
    unit: str
    today: date
    grace_days: int
    standing: Standing
    settings: tuple[InForce, ...]
    lock: LockFacts | None
    warnings: tuple[str, ...] = ()


def newest_text(status: Status) -> str:
    """Say how old the newest value of the lock is, and what that means."""
    seen = status.standing.newest
    if status.lock is None:
        return "No lock yet: this catalog was never synced. The first sync takes upstream's values where they differ (--ours keeps the file's), adds what the settings ask for, and writes the lock."
    if seen is None:
        return "The lock has no value of upstream's yet."
    return f"Newest value known: {seen_text(seen, status.today)}. Later syncs may have found nothing moved: the lock has no times of running."


def seen_text(seen: Seen, today: date) -> str:
    """Spell a source with its day and age: `openrouter of 2026-08-21, 94 days ago`."""
    return f"{seen.source} of {seen.day}, {_ago(days_between(seen.day, today))}"


def _ago(days: int) -> str:
    return "today" if not days else f"{days} day{'s' if days > 1 else ''} ago"


def absence_text(entry: EntryStanding, status: Status) -> str:
    """Spell how long a stale entry has been missing: `missing since 2026-03-01, 3 of 7 days`."""
    return f"missing since {entry.since}, {days_between(entry.since, status.today)} of {status.grace_days} days"


def ending_text(retires: Seen) -> str:
    """Say on which day a model ends, and who has said so since when."""
    return f"ends on {retires.value}, says {retires.source} since {retires.day}"


def ours_text(field: FieldStanding, unit: str) -> str:
    """Spell the file's value: as it is written there, `none` where the file has none."""
    return value_text(field.field, field.ours, unit) if field.ours is not None else visible(field.ours_text) or "none"


def state_text(field: FieldStanding) -> str:
    """Name a field's state; nobody is said to have set by hand what cannot be read."""
    wrong = unreadable(field.field, field.ours, field.ours_text)
    if not wrong or field.state == "held":
        return field.state
    return wrong if field.state == "set by hand" else f"{field.state}, {wrong}"


def pin_text(pin: Pin) -> str:
    """Say what a pin fixes and whose it is."""
    what = "everything" if "*" in pin.fields else ", ".join(pin.fields)
    return f"{what}, by {f'the settings ({pin.glob})' if pin.glob else 'the entry'}"


def gone_text(gone: Gone) -> str:
    """Name what is gone as a person types it: the entry where it is known, else provider and upstream id."""
    return gone.name or f"{gone.provider}: {gone.upstream}"


def entry_text(entry: EntryStanding) -> str:
    """Say in a sentence where an entry stands."""
    renamed = f"; it was {entry.was}: the next sync follows the new name" if entry.was else ""
    ends = f"; {ending_text(entry.retires)}" if entry.retires is not None else ""
    return f"{entry.state}: {entry.why}{renamed}{ends}"


def lists_of(status: Status) -> dict[str, list[tuple[str, str]]]:
    """Return what a reader may ask for, by heading: the name of each thing and a sentence about it."""
    standing = status.standing
    return {
        "Kept by hand": [(f"{entry.name}.{field.field}", _kept_text(field, status)) for entry, field in standing.kept],
        "Values deleted by hand": [(f"{entry.name}.{field.field}", _taken_out_text(field, status)) for entry, field in standing.taken_out],
        "Pinned": [(entry.name, pin_text(pin)) for entry in standing.entries for pin in entry.pins],
        "Held": [(_held_name(entry, field), _held_text(field)) for entry, field in standing.held],
        "Gone upstream": [(e.name, f"{e.upstream}: {absence_text(e, status)}") for e in standing.of("stale")],
        "Will be gone": [(e.name, ending_text(e.retires)) for e in standing.entries if e.retires is not None],
        "Unknown upstream": [(e.name, f"{e.model_id or e.name}: {e.why}") for e in standing.of("unknown")],
        "Not yet matched": [(e.name, e.why) for e in standing.of("new")] if status.lock is not None else [],
        "Key edited by hand": [(e.name, f"was {e.was}") for e in standing.entries if e.was],
        "Deleted by hand since the last sync": [(gone_text(g), f"{g.upstream} will not be added again") for g in standing.deleted],
        "Deleted or removed, not added again": [(gone_text(g), f"since {g.day}") for g in standing.tombstones],
        "Pruned, added again when back upstream, if `add` asks for it": [(gone_text(g), f"on {g.day}") for g in standing.pruned],
    }  # fmt: skip


def _kept_text(field: FieldStanding, status: Status) -> str:
    wrong = unreadable(field.field, field.ours, field.ours_text)
    ours = f"is {ours_text(field, status.unit)}{', which ' * bool(wrong)}{wrong}"
    if field.theirs is None:
        return ours
    if field.theirs.value is None:
        return f"{ours}, {no_such_any_more(field.field)}"
    return f"{ours}, upstream said {said_text(field, field.theirs, status.unit)}"


def _taken_out_text(field: FieldStanding, status: Status) -> str:
    return "; ".join([field.why, *_seen_parts(field, status.unit)])


def _held_name(entry: EntryStanding, field: FieldStanding) -> str:
    return entry.name if entry.hold is not None else f"{entry.name}.{field.field}"


def _held_text(field: FieldStanding) -> str:
    since = f" (since {field.since})" if field.since else ""
    return f"{field.why}{since}. Way out: {field.command}"


def beside_text(entry: EntryStanding) -> str:
    """Say in a line how many prices of an entry no sync keeps true, and why; empty where there are none."""
    if not entry.beside:
        return ""
    count, first = len(entry.beside), entry.beside[0]
    what = f"{count} further price{'s are' if count > 1 else ' is'} not kept true"
    return f"{what}: {first.why}; to change it: {first.command}"


def why_text(field: FieldStanding, unit: str) -> str:
    """Say why a field is in its state, what upstream last said, and what the two last agreed on."""
    since = f", since {field.since}" if field.since else ""
    return "; ".join([f"{field.why}{since}", *_seen_parts(field, unit)])


def _seen_parts(field: FieldStanding, unit: str) -> list[str]:
    """Say what upstream last said, and the base where the file last agreed with something else."""
    if field.field in fields.FILLED or field.state == "follows upstream":
        return []
    seen = {"upstream last said": field.theirs, "base": field.base if field.base != field.theirs else None}
    return [
        f"{what} {said_text(field, value, unit)}"
        for what, value in seen.items()
        if value is not None and value.value is not None
    ]


def said_text(field: FieldStanding, seen: Seen, unit: str) -> str:
    """Spell a value of upstream's with its source, where the lock has it, and the day since which that is known to say so."""
    origin = f" ({seen.source}, since {seen.day})" if seen.source else ""
    return f"{value_text(field.field, seen.value, unit)}{origin}"
