"""What every view shows: a set of changes, where they come from, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.planning.changes import Add, Hold, Keep, Remove, RenameEntry, Update
from modelsync.views.text import unreadable

if TYPE_CHECKING:
    from modelsync.planning.changes import Change, Note, Plan

WARNING = "Warning"

HEADINGS = {  # every kind of note, in the order of the report
    "lock": WARNING,
    "incomplete": WARNING,
    "outdated": WARNING,
    "shrunken": WARNING,
    "vanished": WARNING,
    "unreachable": WARNING,
    "pins": WARNING,
    "asked": "Asked for, but nothing to do",
    "settings": "Settings that name nothing here",
    "quarantined": "Left out of the listing",
    "listing": "About the listing",
    "stale": "Gone upstream",
    "expiring": "Will be gone",
    "dropped": "Limits that fall far",
    "comment": "Beside changed prices, left as it is",
    "rows": "Tiers and windows",
    "rematched": "Matched to another model",
    "renamed": "Renamed by hand",
    "deleted": "Deleted by hand",
    "ambiguous": "Ambiguous, left as they are",
    "unknown": "Unknown upstream, left as they are",
    "unlisted": "Changed, but unknown upstream",
    "unpriced": "Served, but no price is known",
    "not-served": "Not listed by the provider itself",
    "doubt": "Check the model id",
    "present": "There already",
    "forgotten": "Removed, but not remembered",
    "variable": "No single price",
    "unmanaged": "Not managed",
    "not-added": "Not added",
    "other": "Outside of entries",
}

_DISAGREEING = frozenset({"stale", "rows", "ambiguous", "unknown", "unlisted", "not-served", "present"})


class Report(Struct, frozen=True):
    """Changes of one catalog, for a reader. Views render it and decide nothing.

    `source` and `day` say what the catalog was compared with (empty: with nothing; no day: another state of it); `unit` is
    what the catalog's prices are per. `applied` says that files were written, or found to need nothing, by a run that may write; `backup` is the path of
    the catalog's backup, or None. `messages` are sentences about this run.
    """

    catalog: str
    source: str
    day: str
    unit: str
    changes: tuple[Change, ...]
    notes: tuple[Note, ...] = ()
    first_sync: bool = False
    applied: bool = False
    backup: str | None = None
    exit_code: int = 0
    messages: tuple[str, ...] = ()

    @property
    def compares(self) -> bool:
        """Say whether this is a comparison with another state of the catalog, which `source` names, not with upstream."""
        return bool(self.source) and not self.day

    @property
    def edits_catalog(self) -> bool:
        """Say whether a change would be seen in the catalog: what is held and what is kept leave it as it is."""
        return any(not isinstance(change, Hold | Keep) for change in self.changes)

    @property
    def agrees(self) -> bool:
        """Say whether the catalog is known to agree with upstream: nothing differs, nothing is missing, no doubt is left."""
        notes = any(HEADINGS[note.kind] == WARNING or note.kind in _DISAGREEING for note in self.notes)
        return bool(self.day) and not self.changes and not notes

    @property
    def replaces_typed(self) -> bool:
        """Say whether this is a first sync that replaces values people typed before modelsync came."""
        return self.first_sync and any(
            isinstance(change, Update) and "typed values replaced" in change.reason for change in self.changes
        )


def report_of(plan: Plan, catalog: str) -> Report:
    """Make the report of a plan that has not been carried out."""
    return Report(catalog, plan.source, plan.day, plan.unit, plan.changes, plan.notes, plan.first_sync)


def counts(changes: tuple[Change, ...]) -> dict[str, int]:
    """Count changes by what they do to entries; `kept` counts values."""
    names = {Update: "updated", RenameEntry: "renamed", Add: "added", Remove: "removed", Hold: "held", Keep: "kept"}
    found = dict.fromkeys(names.values(), 0)
    for change in changes:
        found[names[type(change)]] += 1
    return found


def kept_reason(change: Keep) -> str:
    """Say why a value stays, or what is wrong with it: nobody sets a price by hand that cannot be read."""
    wrong = unreadable(change.field, change.ours, change.ours_text)
    if not wrong:
        return change.reason
    return wrong if change.reason.startswith("set by hand") else f"{change.reason}; {wrong}"
