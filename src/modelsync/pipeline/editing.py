"""Edits that a person asks for by name, through the same plan and splice as a sync."""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.catalog.edits import RenameKey
from modelsync.catalog.splice import why_not_removable
from modelsync.domain.lock import Lock
from modelsync.errors import UsageError
from modelsync.fetch.listing import embedded_snapshot, fetch
from modelsync.normalize.upstream import normalize
from modelsync.pipeline.opening import open_catalog
from modelsync.pipeline.own_lists import fetch_lists, remarks
from modelsync.pipeline.syncing import digests_of, inputs_of
from modelsync.pipeline.telling import Tell, say_nothing
from modelsync.pipeline.writing import Result, carry_out, fetched
from modelsync.planning.additions import plan_additions
from modelsync.planning.beginning import begun
from modelsync.planning.changes import Digests, Plan
from modelsync.planning.context import Options
from modelsync.planning.removals import plan_removals
from modelsync.planning.rename import check_new_id, rename_id, rename_key
from modelsync.settings import policy, vendors
from modelsync.store.commit import require_writable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from modelsync.catalog.edits import Edit
    from modelsync.catalog.entries import Section
    from modelsync.domain.listing import Listing
    from modelsync.fetch.listing import Surroundings
    from modelsync.pipeline.opening import Opened
    from modelsync.planning.changes import Change, Note
    from modelsync.project import Project


def add_models(
    project: Project,
    names: Sequence[str],
    *,
    around: Surroundings,
    now: datetime,
    dry_run: bool = False,
    tell: Tell = say_nothing,
) -> Result:
    """Add every model named as `PROVIDER/MODEL` from the settings' source, with the facts a sync would give it.

    Raises the errors of `plan_additions`; every name is checked before anything is written.
    """
    opened = _open(project, tell, dry_run=dry_run)
    sections = (*opened.sections, *begun(names, opened.sections, project.layout, project.settings))
    opened = replace(opened, sections=sections)
    named = {name.partition("/")[0] for name in names}
    present = (section.provider for section in opened.sections if section.provider in named)
    listing, own = fetch_lists(present, project.settings, around, tell, named=True)
    today = date.fromisoformat(around.today)
    changes, notes, lock = plan_additions(names, inputs_of(opened, listing, Options(), today, own))
    tell("writing")
    planned = plan_edit(opened, changes, lock, (*remarks(own, opened.lock), *notes), listing)
    planned = replace(planned, digests=digests_of(opened, listing, own))
    result = finish(opened, planned, now, dry_run=dry_run)
    return replace(result, fetched=(fetched(listing), *map(fetched, own.lists)), unasked=own.unasked)


def remove_entries(
    project: Project, names: Sequence[str], *, now: datetime, dry_run: bool = False, tell: Tell = say_nothing
) -> Result:
    """Remove every entry named as `PROVIDER/KEY`, with its comments, so that no sync brings it back. Needs no network.

    What the lock does not know of an entry is looked up in the embedded snapshot. Raises the errors of `plan_removals`;
    every name is checked before anything is written.
    """
    opened = _open(project, tell, dry_run=dry_run)
    changes, notes, lock = plan_removals(
        names, inputs_of(opened, embedded_snapshot(), Options(), now.astimezone(UTC).date())
    )
    tell("writing")
    return finish(opened, plan_edit(opened, changes, lock, notes), now, dry_run=dry_run)


def _open(project: Project, tell: Tell, *, dry_run: bool) -> Opened:
    tell("reading the catalog")
    opened = open_catalog(project)
    if not dry_run:
        require_writable(project.catalog)
    return opened


def rename_model_id(
    project: Project, provider: str, old: str, new: str, *, around: Surroundings, now: datetime, dry_run: bool = False
) -> Result:
    """Give every entry of `provider` with the model id `old` (else the entry with that key) the model id `new`.

    Whether upstream knows the new id is looked up in the settings' source; that it does not is a note, no error,
    and so is a vendor's prefix before it.
    """
    opened = open_catalog(project)
    section = _section(opened, provider)
    renamed = rename_id(
        section,
        old,
        new,
        lock=opened.lock,
        entries=opened.entries,
        layout=project.layout,
        writable=lambda edit: _why_not_written(opened, edit),
        today=around.today,
    )
    listing = fetch(project.settings.source, around, project.settings.providers)
    prefixes = vendors(project.settings)
    models = normalize(listing, {provider}, prefixes, policy(project.settings))[provider]
    notes = check_new_id(provider, renamed, models, f"{listing.source} of {listing.day}", prefixes)
    return finish(opened, plan_edit(opened, renamed.changes, renamed.lock, notes, listing), now, dry_run=dry_run)


def rename_entry(
    project: Project, provider: str, old: str, new: str, *, now: datetime, dry_run: bool = False
) -> Result:
    """Give the entry of `provider` with the key `old` (else the only one with that model id) the key `new`."""
    opened = open_catalog(project)
    section = _section(opened, provider)
    renamed = rename_key(
        section,
        old,
        new,
        lock=opened.lock,
        entries=opened.entries,
        layout=project.layout,
        writable=lambda edit: _why_not_written(opened, edit),
        today=_day(now),
    )
    return finish(opened, plan_edit(opened, renamed.changes, renamed.lock), now, dry_run=dry_run)


def _why_not_written(opened: Opened, edit: Edit) -> str | None:
    if isinstance(edit, RenameKey):
        return why_not_removable(opened.document, edit.path)
    return opened.why_not_editable(edit.path)


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def _section(opened: Opened, provider: str) -> Section:
    section = next((section for section in opened.sections if section.provider == provider), None)
    if section is None:
        names = ", ".join(section.provider for section in opened.sections)
        raise UsageError(f"no provider {provider!r} in the catalog", hint=f"It has {names}.")
    return section


def plan_edit(
    opened: Opened,
    changes: tuple[Change, ...],
    lock: Lock | None,
    notes: tuple[Note, ...] = (),
    listing: Listing | None = None,
) -> Plan:
    """Make the plan of an edit; one that needed no listing names no source."""
    settings = opened.project.settings
    digests = Digests(opened.catalog_digest, opened.lock_digest, listing.digest if listing is not None else "")
    source, day = (listing.source, listing.day) if listing is not None else ("", "")
    after = lock or Lock(settings.unit, settings.preset)
    return Plan(changes, notes, after, settings.unit, digests, source, day)


def finish(opened: Opened, planned: Plan, now: datetime, *, dry_run: bool) -> Result:
    """Write the plan. A catalog without a lock gets none: an edit before the first sync must not look like one."""
    if dry_run:
        return Result(planned, None, opened)
    return Result(planned, carry_out(opened, planned, now, keep_lock=opened.lock is None), opened)
