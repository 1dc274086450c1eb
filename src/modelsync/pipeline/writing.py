"""From a plan to the files: what the catalog will be, and the write that makes it so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.splice import NotEditable, splice
from modelsync.domain import lock_format
from modelsync.domain.served import ServedList
from modelsync.errors import Refused
from modelsync.planning.changes import Plan
from modelsync.planning.edits import edits_of
from modelsync.store.commit import Write, Written, write

if TYPE_CHECKING:
    from datetime import datetime

    from modelsync.domain.listing import Listing
    from modelsync.pipeline.opening import Opened


class Fetched(Struct, frozen=True):
    """What was fetched for a plan: from where, true on which day, how many models, the digest of the bytes."""

    source: str
    day: str
    models: int
    digest: str
    complete: bool


def fetched(listing: Listing | ServedList) -> Fetched:
    """Say what a listing was, without its records."""
    models = listing.models if isinstance(listing, ServedList) else listing.records
    return Fetched(listing.source, listing.day, len(models), listing.digest, listing.complete)


class Result(Struct, frozen=True):
    """What came of a verb that plans: the plan, what was written (None: a dry run, or the person aborted), what was fetched
    for it, the catalog as it was read, and a sentence on each provider that was not asked for its own list.
    """

    plan: Plan
    written: Written | None
    opened: Opened
    fetched: tuple[Fetched, ...] = ()
    aborted: bool = False
    unasked: tuple[str, ...] = ()


def preview(opened: Opened, planned: Plan) -> bytes:
    """Return the catalog's bytes as they would be after the plan. Raises `SpliceMismatch` if the splice cannot be proven."""
    try:
        return edited(opened, planned)
    except NotEditable as error:
        raise Refused(f"{error.reason}: {'.'.join(map(str, error.path))}", hint="Edit that by hand first.") from error


def edited(opened: Opened, planned: Plan) -> bytes:
    """Do as `preview`, but raise `NotEditable`, or `Conflict` for changes that contradict each other."""
    return splice(opened.document, edits_of(planned, opened.document, opened.sections, opened.project.layout)).data


def carry_out(opened: Opened, planned: Plan, now: datetime, *, keep_lock: bool = False) -> Written:
    """Write what the plan says, if catalog and lock are still what it was computed from.

    `keep_lock` leaves a missing lock missing: a rename before the first sync must not look like one.
    """
    return put_in_place(opened, planned, preview(opened, planned), now, keep_lock=keep_lock)


def put_in_place(
    opened: Opened, planned: Plan, new_catalog: bytes, now: datetime, *, keep_lock: bool = False
) -> Written:
    """Write the catalog that the plan makes, and the plan's lock, as `carry_out` does."""
    project = opened.project
    change = Write(
        catalog=project.catalog,
        new_catalog=new_catalog,
        new_lock=None if keep_lock else lock_format.encode(planned.lock),
        expect_catalog=planned.digests.catalog,
        expect_lock=planned.digests.lock,
    )
    kept = project.settings.backups
    return write(change, now=now, keep=kept.keep, keep_days=kept.keep_days)
