"""A sync: fetch, plan, ask where there is something to ask, write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec.structs import replace

from modelsync.catalog.comments import comment_beside, comments_of
from modelsync.catalog.splice import why_not_removable
from modelsync.normalize.upstream import AGGREGATOR, normalize
from modelsync.pipeline.opening import open_catalog
from modelsync.pipeline.own_lists import NOBODY_ASKED, OwnLists, directories, fetch_lists, remarks
from modelsync.pipeline.telling import Tell, say_nothing
from modelsync.pipeline.writing import Result, carry_out, fetched
from modelsync.planning.changes import Digests, Note, Plan, Update
from modelsync.planning.context import Inputs
from modelsync.planning.planner import make_plan
from modelsync.planning.requests import check_requests
from modelsync.settings import SELF_HOSTED, deciding_digest, policy, vendors
from modelsync.store.backups import backups
from modelsync.store.commit import require_writable
from modelsync.store.files import digest, lock_path

if TYPE_CHECKING:
    from datetime import datetime

    from modelsync.catalog.entries import Section
    from modelsync.domain.listing import Listing
    from modelsync.fetch.listing import Surroundings
    from modelsync.pipeline.opening import Opened
    from modelsync.planning.context import Options
    from modelsync.project import Project
    from modelsync.settings import Settings

Answer: TypeAlias = Literal["take", "keep", "abort"]
Ask = Callable[[Result], Answer]
"""Asked once on the first sync of a catalog whose values would be replaced: take upstream's, keep the file's, or abort."""


def sync_project(
    project: Project,
    options: Options,
    *,
    around: Surroundings,
    now: datetime,
    dry_run: bool = False,
    ask: Ask | None = None,
    tell: Tell = say_nothing,
) -> Result:
    """Sync one catalog. This is the whole program; everything else is a stage of it or a way to show its result."""
    tell("reading the catalog")
    opened = open_catalog(project)
    if not dry_run:
        require_writable(project.catalog)
    result = _review(opened, options, around=around, ask=None if dry_run else ask, tell=tell)
    if dry_run or result.aborted:
        return result
    tell("writing")
    return replace(result, written=carry_out(opened, result.plan, now))


def _review(opened: Opened, options: Options, *, around: Surroundings, ask: Ask | None, tell: Tell) -> Result:
    """Fetch, plan, and ask where there is something to ask. The listing is let go on return."""
    providers = (section.provider for section in opened.sections)
    listing, own = fetch_lists(providers, opened.project.settings, around, tell)
    tell("working out what changed")
    today = date.fromisoformat(around.today)
    planned = decide(opened, listing, options, today, own)
    replaces = any(isinstance(change, Update) for change in planned.changes)
    hand_set_counts = policy(opened.project.settings).keep_by_hand
    result = Result(planned, None, opened, (fetched(listing), *map(fetched, own.lists)), unasked=own.unasked)
    if ask is None or not planned.first_sync or options.ours or not replaces or not hand_set_counts:
        return result
    answer = ask(result)
    if answer == "keep":
        return replace(result, plan=decide(opened, listing, replace(options, ours=True), today, own))
    return replace(result, aborted=answer == "abort")


def decide(opened: Opened, listing: Listing, options: Options, today: date, own: OwnLists = NOBODY_ASKED) -> Plan:
    """Compute the plan for an opened catalog, a listing and the providers' own lists.

    Pure but for looking whether backups remember a lost lock.
    """
    inputs = inputs_of(opened, listing, options, today, own)
    check_requests(inputs)
    planned = make_plan(inputs, digests_of(opened, listing, own))
    missing = lost_lock(opened) if opened.lock is None else ()
    return replace(planned, notes=(*missing, *remarks(own, opened.lock), *planned.notes))


def digests_of(opened: Opened, listing: Listing, own: OwnLists) -> Digests:
    """Identify what a plan is computed from."""
    native = {served.provider: served.digest for served in own.lists}
    settings = deciding_digest(opened.project.settings)
    return Digests(opened.catalog_digest, opened.lock_digest, listing.digest, native, settings)


def inputs_of(opened: Opened, listing: Listing, options: Options, today: date, own: OwnLists = NOBODY_ASKED) -> Inputs:
    """Gather what a plan for an opened catalog, a listing and the providers' own lists is computed from."""
    project = opened.project
    rules, provider_of = policy(project.settings), vendors(project.settings)
    covered = covered_providers(opened.sections, project.settings)
    native = directories(own, opened.lock, provider_of)
    return Inputs(
        sections=opened.sections,
        lock=opened.lock,
        listing=listing,
        models=normalize(listing, covered, provider_of, rules, native),
        covered=covered,
        policy=rules,
        settings=project.settings,
        options=options,
        layout=project.layout,
        catalog=project.catalog.name,
        editable=opened.why_not_editable,
        removable=lambda path: why_not_removable(opened.document, path),
        comments=partial(comments_of, opened.document),
        today=today,
        comment_beside=partial(comment_beside, opened.document),
        native=native,
        silent=frozenset(note.subject for note in own.failures),
    )


def covered_providers(sections: tuple[Section, ...], settings: Settings) -> frozenset[str]:
    """Return the providers of the catalog that a hosted list speaks for; none with a slash in its name, which has no lock lines."""
    rules = policy(settings)
    hosted = set(vendors(settings).values()) - (set() if rules.hosted_prices else SELF_HOSTED)
    if rules.full_ids:
        hosted.add(AGGREGATOR)
    return frozenset(section.provider for section in sections if "/" not in section.provider) & hosted


def lost_lock(opened: Opened) -> tuple[Note, ...]:
    """Warn where a catalog without a lock should have one, by what the settings or a backup say."""
    project = opened.project
    path = lock_path(project.catalog)
    known = backups(project.catalog)
    if project.settings.expect_lock:
        why = "the settings say that it is committed"
    elif any(backup.lock is None and digest(backup.catalog.read_bytes()) == opened.catalog_digest for backup in known):
        return ()  # this very catalog was there before the first sync: it was restored
    elif any(backup.lock is not None for backup in known):
        why = "a backup has one"
    else:
        return ()
    text = f"the lock is missing, though {why}: hand-set values cannot be told from old ones. Bring it back from version control or a backup"
    return (Note("lock", str(path), text),)
