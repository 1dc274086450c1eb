"""The journey of the data, from files and sources to a plan and back to the files."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.catalog.layout import LLM_MODELS
from modelsync.catalog.splice import NotEditable, splice, why_not_editable, why_not_removable
from modelsync.domain import lock as lock_format
from modelsync.domain.lock import Lock
from modelsync.errors import Changed, LockInvalid, Refused, SettingsInvalid, UsageError
from modelsync.fetch.address import shown
from modelsync.fetch.listing import fetch, live_surroundings
from modelsync.normalize.upstream import AGGREGATOR, normalize
from modelsync.planning.changes import Digests, Note, Plan, Update
from modelsync.planning.context import Inputs, Options
from modelsync.planning.edits import edits_of
from modelsync.planning.planner import make_plan
from modelsync.planning.rename import rename_id, rename_key, unknown_upstream
from modelsync.planning.requests import check_requests
from modelsync.project import Project, open_project
from modelsync.settings import SELF_HOSTED, policy, vendors
from modelsync.store.backups import backups
from modelsync.store.commit import Write, Written, require_writable, write
from modelsync.store.files import digest, lock_path, read_state
from modelsync.store.pending import effective_lock

if TYPE_CHECKING:
    from modelsync.catalog.document import Document
    from modelsync.catalog.entries import Section
    from modelsync.domain.listing import Listing
    from modelsync.fetch.listing import Surroundings
    from modelsync.settings import Settings

Answer: TypeAlias = Literal["take", "keep", "abort"]
Ask = Callable[[Plan], Answer]
"""Asked once on the first sync of a catalog whose values would be replaced: take upstream's, keep the file's, or abort."""

Tell = Callable[[str], None]
"""Told what is happening, in a few words, at the start of each stage that may take long."""


def _say_nothing(_: str) -> None:
    """Nobody is watching."""


class Opened(Struct, frozen=True):
    """A catalog as it was read: its bytes' digests, its document and entries, its lock (None: there is none)."""

    project: Project
    document: Document
    sections: tuple[Section, ...]
    lock: Lock | None
    catalog_digest: str
    lock_digest: str

    def why_not_editable(self, path: tuple[str | int, ...]) -> str | None:
        """Say why a path of the catalog cannot be edited, or None."""
        return why_not_editable(self.document, path)


class Result(Struct, frozen=True):
    """What a sync did: the plan, and what was written (None: a dry run, or the person aborted)."""

    plan: Plan
    written: Written | None
    aborted: bool = False


def sync_project(
    project: Project,
    options: Options,
    *,
    around: Surroundings,
    now: datetime,
    dry_run: bool = False,
    ask: Ask | None = None,
    tell: Tell = _say_nothing,
) -> Result:
    """Sync one catalog. This is the whole program; everything else is a stage of it or a way to show its result."""
    opened = open_catalog(project)
    if not dry_run:
        require_writable(project.catalog)
    planned, agreed = _review(opened, options, around=around, now=now, ask=None if dry_run else ask, tell=tell)
    if dry_run or not agreed:
        return Result(planned, None, aborted=not agreed)
    tell("writing")
    return Result(planned, carry_out(opened, planned, now))


def _review(
    opened: Opened, options: Options, *, around: Surroundings, now: datetime, ask: Ask | None, tell: Tell
) -> tuple[Plan, bool]:
    """Fetch, plan, and ask where there is something to ask; say whether to go on. The listing is let go on return."""
    source = opened.project.settings.source
    tell(f"reading models from {shown(source) if '://' in source else source}")
    listing = fetch(source, around)
    tell("working out what changed")
    planned = decide(opened, listing, options, now)
    replaces = any(isinstance(change, Update) for change in planned.changes)
    hand_set_counts = policy(opened.project.settings).keep_by_hand
    if ask is None or not planned.first_sync or options.ours or not replaces or not hand_set_counts:
        return planned, True
    answer = ask(planned)
    if answer == "keep":
        planned = decide(opened, listing, replace(options, ours=True), now)
    return planned, answer != "abort"


def open_catalog(project: Project) -> Opened:
    """Read catalog and lock. Raises `CatalogInvalid`, `LockInvalid` or `SettingsInvalid`; writes nothing."""
    catalog, settings = project.catalog, project.settings
    state = read_state(catalog)
    if state.data is None:
        hint = "`modelsync init` starts one, `modelsync restore` brings one back."
        raise UsageError(f"no such catalog: {catalog}", hint=hint)
    document = parse(state.data, str(catalog))
    sections = read_sections(document, LLM_MODELS, unit=settings.unit, path=str(catalog))
    locked = effective_lock(catalog)
    lock = lock_format.decode(locked, str(lock_path(catalog))) if locked is not None else None
    if lock is not None and lock.catalog not in ("", catalog.name) and catalog.with_name(lock.catalog).exists():
        problem = f"it belongs to {lock.catalog}, which lies beside {catalog.name}: two catalogs cannot share a lock"
        raise LockInvalid(str(lock_path(catalog)), problem, hint="Rename one of the two.")
    if lock is not None and lock.unit != settings.unit:
        raise SettingsInvalid(
            str(project.settings_file or "the settings"),
            f"the unit is {settings.unit!r}, but the lock was made with {lock.unit!r}",
            hint=f'Set `unit = "{lock.unit}"`; if the catalog was really converted, delete {lock_path(catalog)} to start over.',
        )
    return Opened(project, document, sections, lock, digest(state.data), digest(locked))


def decide(opened: Opened, listing: Listing, options: Options, now: datetime) -> Plan:
    """Compute the plan for an opened catalog and a listing. Pure but for looking whether backups remember a lost lock."""
    project = opened.project
    rules, provider_of = policy(project.settings), vendors(project.settings)
    covered = _covered(opened.sections, project.settings)
    inputs = Inputs(
        sections=opened.sections,
        lock=opened.lock,
        listing=listing,
        models=normalize(listing, covered, provider_of, rules),
        covered=covered,
        policy=rules,
        settings=project.settings,
        options=options,
        layout=LLM_MODELS,
        catalog=project.catalog.name,
        editable=opened.why_not_editable,
        removable=lambda path: why_not_removable(opened.document, path),
        today=now.astimezone(UTC).date(),
    )
    check_requests(inputs)
    planned = make_plan(inputs, Digests(opened.catalog_digest, opened.lock_digest, listing.digest))
    missing = _lost_lock(opened) if opened.lock is None else ()
    return replace(planned, notes=(*missing, *planned.notes))


def _covered(sections: tuple[Section, ...], settings: Settings) -> frozenset[str]:
    """The providers of the catalog that a hosted list speaks for."""
    rules = policy(settings)
    hosted = set(vendors(settings).values()) - (set() if rules.hosted_prices else SELF_HOSTED)
    if rules.full_ids:
        hosted.add(AGGREGATOR)
    return frozenset(section.provider for section in sections) & hosted


def _lost_lock(opened: Opened) -> tuple[Note, ...]:
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


def preview(opened: Opened, planned: Plan) -> bytes:
    """Return the catalog's bytes as they would be after the plan. Raises `SpliceMismatch` if the splice cannot be proven."""
    try:
        return splice(opened.document, edits_of(planned, opened.sections, LLM_MODELS)).data
    except NotEditable as error:
        raise Refused(f"{error.reason}: {'.'.join(map(str, error.path))}", hint="Edit that by hand first.") from error


def carry_out(opened: Opened, planned: Plan, now: datetime, *, keep_lock: bool = False) -> Written:
    """Write what the plan says, if catalog and lock are still what it was computed from.

    `keep_lock` leaves a missing lock missing: a rename before the first sync must not look like one.
    """
    project = opened.project
    change = Write(
        catalog=project.catalog,
        new_catalog=preview(opened, planned),
        new_lock=None if keep_lock else lock_format.encode(planned.lock),
        expect_catalog=planned.digests.catalog,
        expect_lock=planned.digests.lock,
    )
    return write(change, now=now, keep=project.settings.backups.keep)


def apply_plan(project: Project, planned: Plan, *, now: datetime) -> Result:
    """Carry out a plan that was made before, perhaps elsewhere: exactly it, without any network.

    Raises `Changed` when the catalog or the lock is not what the plan was computed from, naming which.
    """
    settings = replace(project.settings, unit=planned.unit)
    require_writable(project.catalog)
    opened = open_catalog(replace(project, settings=settings))
    found = {project.catalog: opened.catalog_digest, lock_path(project.catalog): opened.lock_digest}
    expected = (planned.digests.catalog, planned.digests.lock)
    moved = [
        str(path)
        for (path, digest_now), digest_then in zip(found.items(), expected, strict=True)
        if digest_now != digest_then
    ]
    if moved:
        hint = "Make a new plan with `modelsync plan`; nothing was written."
        raise Changed(f"{' and '.join(moved)} changed since the plan was made", hint=hint)
    return Result(planned, carry_out(opened, planned, now))


def rename_project(
    project: Project,
    provider: str,
    old: str,
    new: str,
    *,
    key: bool,
    around: Surroundings,
    now: datetime,
    dry_run: bool = False,
) -> Result:
    """Rename a model id (of every entry that has it), or with `key` an entry's key. Whether upstream knows the new id is
    looked up in the settings' source, which the command sets to the embedded snapshot unless told otherwise.
    """
    opened = open_catalog(project)
    section = next((section for section in opened.sections if section.provider == provider), None)
    if section is None:
        names = ", ".join(section.provider for section in opened.sections)
        raise UsageError(f"no provider {provider!r} in the catalog", hint=f"It has {names}.")
    listing = fetch(project.settings.source, around)
    lock, notes = opened.lock, ()
    if key:
        changes, lock = rename_key(
            section, old, new, opened.lock, lambda path: why_not_removable(opened.document, path)
        )
    else:
        changes = rename_id(section, old, new, layout=LLM_MODELS, editable=opened.why_not_editable)
        models = normalize(listing, {provider}, vendors(project.settings), policy(project.settings))[provider]
        notes = unknown_upstream(section, new, models, f"{listing.source} of {listing.day}")
    digests = Digests(opened.catalog_digest, opened.lock_digest, listing.digest)
    settings = project.settings
    after = lock or Lock(settings.unit, settings.preset)
    planned = Plan(changes, notes, after, settings.unit, digests, listing.source, listing.day)
    if dry_run:
        return Result(planned, None)
    return Result(planned, carry_out(opened, planned, now, keep_lock=opened.lock is None))


def sync(
    catalog: str | os.PathLike[str] | None = None,
    *,
    source: str | None = None,
    preset: str | None = None,
    options: Options | None = None,
    dry_run: bool = False,
    around: Surroundings | None = None,
    now: datetime | None = None,
) -> Result:
    """Bring a catalog into agreement with upstream, as `modelsync sync` does, and return what was planned and written.

    `catalog` defaults to the one the settings name; `source` is `openrouter`, `snapshot`, a file, or an address. Settings are
    read from the working folder upwards. Raises the errors of `modelsync.errors`; none of them leaves anything half written.
    """
    moment = now or datetime.now().astimezone()
    project = open_project(
        os.fspath(catalog) if catalog is not None else None, folder=Path.cwd(), source=source, preset=preset
    )
    surroundings = around or live_surroundings(os.environ, moment.astimezone(UTC).date().isoformat())
    return sync_project(project, options or Options(), around=surroundings, now=moment, dry_run=dry_run)


def plan(
    catalog: str | os.PathLike[str] | None = None,
    *,
    source: str | None = None,
    preset: str | None = None,
    options: Options | None = None,
    around: Surroundings | None = None,
    now: datetime | None = None,
) -> Plan:
    """Work out what `sync` would do, and write nothing."""
    return sync(catalog, source=source, preset=preset, options=options, dry_run=True, around=around, now=now).plan
