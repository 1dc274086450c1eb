"""What every view shows: a set of changes, where they come from, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.planning.changes import Add, Hold, Keep, Remove, RenameEntry, Update

if TYPE_CHECKING:
    from modelsync.planning.changes import Change, Note, Plan

HEADINGS = {  # every kind of note, in the order of the report
    "lock": "Warning",
    "incomplete": "Warning",
    "outdated": "Warning",
    "shrunken": "Warning",
    "settings": "Settings that name nothing here",
    "quarantined": "Left out of the listing",
    "listing": "About the listing",
    "stale": "Gone upstream",
    "rematched": "Matched to another model",
    "renamed": "Renamed by hand",
    "deleted": "Deleted by hand",
    "ambiguous": "Ambiguous, left as they are",
    "unknown": "Unknown upstream, left as they are",
    "unlisted": "Changed, but unknown upstream",
    "doubt": "Check the model id",
    "present": "There already",
    "forgotten": "Removed, but not remembered",
    "variable": "No single price",
    "unmanaged": "Not managed",
    "not-added": "Not added",
    "other": "Outside of entries",
}


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
