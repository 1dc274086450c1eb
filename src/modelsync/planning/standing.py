"""Where every entry of a catalog stands: what is managed, kept, pinned, held, gone, and why. Told by `judging`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from modelsync.domain import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modelsync.catalog.entries import Path, Section
    from modelsync.domain.fields import Value
    from modelsync.domain.lock import Lock
    from modelsync.layouts.layout import Layout
    from modelsync.settings import Policy, Settings

EntryState: TypeAlias = Literal["managed", "stale", "unknown", "new", "unmanaged"]
"""managed: matched to an upstream model. stale: that model is gone. unknown: never matched, though syncs have looked. new: not
in the lock, or there is no lock. unmanaged: of a provider that no source speaks for.
"""

FieldState: TypeAlias = Literal[
    "follows upstream", "set by hand", "pinned", "deleted by hand", "unknown upstream", "held", "gone upstream",
    "not yet synced", "left alone",
]  # fmt: skip


class Ground(Struct, frozen=True):
    """What a standing is told from. `covered` are the providers that a source speaks for; `settings_place` names the file of
    the settings for a reader. Days of absence are counted up to `today`.
    """

    sections: tuple[Section, ...]
    lock: Lock | None
    settings: Settings
    policy: Policy
    covered: frozenset[str]
    layout: Layout
    editable: Callable[[Path], str | None]
    settings_place: str
    today: date


class Seen(Struct, frozen=True):
    """A value of upstream's as the lock remembers it: null means that upstream had none. Of a text, only that it was there."""

    value: Value | None
    source: str
    day: str


class Pin(Struct, frozen=True):
    """What fixes an entry: field patterns (`*`: all of it), by the glob of the settings, or the entry itself (empty)."""

    fields: tuple[str, ...]
    glob: str = ""


class FieldStanding(Struct, frozen=True):
    """One field. `base` is what the file last agreed with, `theirs` what upstream last said; None: the lock has no record.

    `why` is a sentence, `since` the day a hold began, `command` what changes the state: a command, or what to edit.
    """

    field: str
    state: FieldState
    why: str
    ours: Value | None
    ours_text: str
    base: Seen | None = None
    theirs: Seen | None = None
    since: str = ""
    command: str = ""


class EntryStanding(Struct, frozen=True):
    """One entry. `upstream` is the model it is matched to, or empty; `since` the day it went stale or was first unmatched.

    `hold` is the field standing that speaks for all of the entry when all of it is held. `was` is the name it has in the lock
    when its key was edited since. `way_out` says what becomes of a stale one, with the commands.
    `retires` is the day on which its model ends, as far as a source has named one to a sync. `beside` are prices that the entry
    has and no sync keeps true, since the settings leave them alone.
    """

    name: str
    provider: str
    model_id: str
    upstream: str
    state: EntryState
    why: str
    fields: tuple[FieldStanding, ...]
    pins: tuple[Pin, ...] = ()
    since: str = ""
    hold: FieldStanding | None = None
    was: str = ""
    way_out: str = ""
    retires: Seen | None = None
    beside: tuple[FieldStanding, ...] = ()

    @property
    def told(self) -> tuple[FieldStanding, ...]:
        """Every field, those that no sync keeps true last."""
        return (*self.fields, *self.beside)


class Gone(Struct, frozen=True):
    """An upstream model that has no entry any more, and the day that was seen; `name` is the entry's where it is known."""

    provider: str
    upstream: str
    day: str
    name: str = ""


class Standing(Struct, frozen=True):
    """Where a whole catalog stands.

    `deleted` are entries of the lock that are not in the file: the next sync tombstones them. `newest` is the newest value the
    lock has: the lock has no times of running, so a later sync that found nothing moved left no trace. `additions` are models held
    back by their prices, told as the entries they would be.
    """

    entries: tuple[EntryStanding, ...]
    providers: tuple[str, ...]
    deleted: tuple[Gone, ...] = ()
    tombstones: tuple[Gone, ...] = ()
    pruned: tuple[Gone, ...] = ()
    newest: Seen | None = None
    additions: tuple[EntryStanding, ...] = ()

    @property
    def kept(self) -> list[tuple[EntryStanding, FieldStanding]]:
        """The values set by hand."""
        return [(entry, field) for entry in self.entries for field in entry.fields if field.state == "set by hand"]

    @property
    def taken_out(self) -> list[tuple[EntryStanding, FieldStanding]]:
        """The values that were deleted by hand, each price of a tier or a window that is no more in the file included."""
        return [(entry, field) for entry in self.entries for field in entry.fields if field.state == "deleted by hand"]

    @property
    def held(self) -> list[tuple[EntryStanding, FieldStanding]]:
        """What waits for a person: fields, or one line for a whole entry."""
        found: list[tuple[EntryStanding, FieldStanding]] = []
        for entry in (*self.entries, *self.additions):
            held = (
                [entry.hold] if entry.hold is not None else [field for field in entry.fields if field.state == "held"]
            )
            found += [(entry, field) for field in held]
        return found

    def of(self, state: EntryState) -> list[EntryStanding]:
        """The entries in one state."""
        return [entry for entry in self.entries if entry.state == state]

    def counts(self, provider: str) -> dict[str, int]:
        """Count the entries of a provider. `managed` to `unmanaged` add up to `entries`; `kept` and `deleted` count values."""
        mine = [entry for entry in self.entries if entry.provider == provider]
        states: tuple[EntryState, ...] = ("managed", "stale", "unknown", "new", "unmanaged")
        return {
            "entries": len(mine),
            **{state: sum(entry.state == state for entry in mine) for state in states},
            "kept": sum(entry.provider == provider for entry, _ in self.kept),
            "deleted": sum(entry.provider == provider for entry, _ in self.taken_out),
            "pinned": sum(bool(entry.pins) for entry in mine),
            "held": len({entry.name for entry, _ in self.held if entry.provider == provider}),
        }


def entries_named(standing: Standing, name: str) -> list[EntryStanding]:
    """Return the entries that a name means: `P/KEY` one, `P/MODEL` or `MODEL` every one with that model id, or none.

    With `.FIELD` behind it, or a group such as `.pricing`, they have only these fields.
    """
    if whole := _of_name(standing, name):
        return whole
    for place in (place for place, letter in enumerate(name) if letter == "."):
        told = {field.field for entry in standing.entries for field in entry.told}
        chosen = {field for field in {*fields.ALL, *told} if fields.covers(name[place + 1 :], field)}
        found = _of_name(standing, name[:place]) if chosen else []
        if found:
            return [with_fields(entry, chosen) for entry in found]
    return []


def with_fields(entry: EntryStanding, names: set[str]) -> EntryStanding:
    """Return an entry with only these of its fields; the whole of it where all of them are named."""
    if names >= {field.field for field in entry.told}:
        return entry
    return replace(entry, fields=tuple(field for field in entry.told if field.field in names), beside=())


def _of_name(standing: Standing, name: str) -> list[EntryStanding]:
    exact = [entry for entry in standing.entries if entry.name == name]
    return exact or [
        entry
        for entry in standing.entries
        if entry.model_id and name in (entry.model_id, f"{entry.provider}/{entry.model_id}")
    ]


def find(standing: Standing, name: str) -> Iterator[Gone]:
    """Find what is known of a name that is no entry: models of that name that were deleted or pruned."""
    provider, _, key = name.partition("/")
    for gone in (*standing.deleted, *standing.tombstones, *standing.pruned):
        if gone.name == name or (gone.provider == provider and key and gone.upstream.rpartition("/")[2] == key):
            yield gone


def days_between(earlier: str, today: date) -> int:
    """Count the days from an ISO date to today; a date in the future is today."""
    return max((today - date.fromisoformat(earlier)).days, 0)
