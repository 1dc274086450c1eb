"""What a plan is made of. Every change names its entry and its reason; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from modelsync.domain.fields import Value
from modelsync.domain.lock import Lock


class FieldChange(Struct, frozen=True):
    """One field, old to new. Prices are USD per token; `old` is None where the file had nothing readable.

    `new` is None where the field goes: a price of a tier or a window that upstream has not any more, or in a comparison of two
    states, which nobody carries out.
    """

    field: str
    old: Value | None
    new: Value | None
    old_text: str = ""


class Add(Struct, frozen=True, tag="add"):
    """A new entry.

    `values` has its fields in the order the file will have them; `unverified` says that no list of the provider's own
    confirms the model id.
    """

    provider: str
    key: str
    upstream: str
    values: Mapping[str, Value]
    reason: str
    unverified: bool = True


class Update(Struct, frozen=True, tag="update"):
    """Fields of an entry that follow upstream."""

    provider: str
    key: str
    upstream: str
    fields: tuple[FieldChange, ...]
    reason: str


class Remove(Struct, frozen=True, tag="remove"):
    """An entry that goes. `upstream` is what it was matched to, empty if it never was."""

    provider: str
    key: str
    upstream: str
    reason: str


class Hold(Struct, frozen=True, tag="hold"):
    """A change that waits for a person. It is held again on every run until `way_out` is taken."""

    provider: str
    key: str
    upstream: str
    what: str
    reason: str
    way_out: str
    fields: tuple[FieldChange, ...] = ()


HELD_ADD = "add"
"""What a hold is about when the entry is not there yet."""


class Keep(Struct, frozen=True, tag="keep"):
    """A value of the file that stays although upstream says otherwise. `ours_text` is how the file spells it.

    `theirs` is None for a price of a tier or a window that upstream has not any more.
    """

    provider: str
    key: str
    field: str
    ours: Value | None
    theirs: Value | None
    reason: str
    ours_text: str = ""


class Note(Struct, frozen=True, tag="note"):
    """Something a reader should know that changes nothing; `kind` groups notes (`stale`, `unknown`, `not-added` …)."""

    kind: str
    subject: str
    text: str


UNREACHABLE = "unreachable"
"""The kind of a note about a provider that was asked for its own list and gave none."""

INCOMPLETE = "incomplete"
"""The kind of a note about a list of which a part is missing, or that is empty."""

SHRUNKEN = "shrunken"
"""The kind of a note about a listing with far fewer models than the lock knows."""

VANISHED = "vanished"
"""The kind of a note about a vendor of which the listing has not one model any more."""

ASKED = "asked"
"""The kind of a note about a wish (`--take`, `--accept`) that had nothing to do."""

DROPPED = "dropped"
"""The kind of a note about a limit that falls far."""

COMMENT = "comment"
"""The kind of a note about what stands beside a price that changes: a comment, or a day of review that cannot be set."""

ROWS = "rows"
"""The kind of a note about a tier or a window: one that a person has moved, or that upstream drops while a price of it waits."""

PINS = "pins"
"""The kind of a note about a pin that fixes nothing, or other than it seems to."""

NOTE_KINDS = frozenset({
    "lock", INCOMPLETE, "outdated", SHRUNKEN, VANISHED, UNREACHABLE, ASKED, "settings", "quarantined", "listing", "stale", "expiring",
    DROPPED, COMMENT, ROWS, PINS, "rematched", "renamed", "deleted", "ambiguous", "unknown", "unlisted", "unpriced", "not-served", "doubt", "present",
    "forgotten", "variable", "unmanaged", "not-added", "other",
})  # fmt: skip
"""Every kind of note there is."""

_NOT_WHOLE = frozenset({UNREACHABLE, INCOMPLETE, SHRUNKEN, VANISHED})


class RenameEntry(Struct, frozen=True, tag="rename"):
    """An entry that gets a new key, and nothing else."""

    provider: str
    key: str
    new_key: str
    upstream: str = ""


Change: TypeAlias = Add | Update | Remove | RenameEntry | Hold | Keep


class Digests(Struct, frozen=True):
    """What a plan was computed from: digests of the catalog's, the lock's and the listing's bytes, by provider those of
    the providers' own lists, and that of the settings that decide (see `settings.deciding_digest`).
    """

    catalog: str
    lock: str
    listing: str
    native: Mapping[str, str] = {}
    settings: str = ""


class Plan(Struct, frozen=True):
    """Everything a sync would do, and why. `lock` is the lock as it will be afterwards.

    `first_sync` says that the catalog had no lock, so that values typed before modelsync came are replaced.
    """

    changes: tuple[Change, ...]
    notes: tuple[Note, ...]
    lock: Lock
    unit: str
    digests: Digests
    source: str
    day: str
    first_sync: bool = False

    @property
    def edits_catalog(self) -> bool:
        """Say whether applying the plan would change the catalog: this is what `--check` calls drift."""
        return any(isinstance(change, Add | Update | Remove | RenameEntry) for change in self.changes)

    @property
    def held(self) -> tuple[Hold, ...]:
        """The changes that wait for a person."""
        return tuple(change for change in self.changes if isinstance(change, Hold))

    @property
    def partial(self) -> bool:
        """Say whether something waits for a person, or upstream's word was not whole: a list that is missing, or misses too much."""
        return bool(self.held) or any(note.kind in _NOT_WHOLE for note in self.notes)
