"""Verifying: ask the providers of a catalog, judge every entry, and write the ids that are certain where that was asked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from modelsync.domain.served import ServedList
from modelsync.errors import Exit
from modelsync.fetch.providers import Failed, Skipped
from modelsync.pipeline.asking import apis_of, ask_providers
from modelsync.pipeline.editing import finish, plan_edit
from modelsync.pipeline.opening import open_catalog
from modelsync.pipeline.telling import Tell, say_nothing
from modelsync.planning.ledger import settle
from modelsync.planning.naming import entry_named, read_names
from modelsync.planning.verifying import Ground, Heard, end_of, plan_fixes, remarks_on, verdicts_on
from modelsync.settings import vendors
from modelsync.store.commit import require_writable
from modelsync.views.verified import Verified

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from modelsync.catalog.entries import Section
    from modelsync.fetch.listing import Surroundings
    from modelsync.fetch.providers import Outcome
    from modelsync.pipeline.opening import Opened
    from modelsync.project import Project
    from modelsync.settings import Settings


class Wishes(Struct, frozen=True):
    """What is asked of a verification.

    `names` are `provider/key` (none: every entry). `expiring` is a span such as `30d` within which a model that retires counts
    as failing. `fix` is to write the ids that are certain, unless it is a dry run.
    """

    names: tuple[str, ...] = ()
    expiring: str = ""
    fix: bool = False
    dry_run: bool = False


class Verification(Struct, frozen=True):
    """What came of a verification, for a reader, with the catalog as it was read and the lists that providers gave."""

    verified: Verified
    opened: Opened
    lists: tuple[ServedList, ...]


def verify_catalog(
    project: Project, wishes: Wishes, *, around: Surroundings, now: datetime, tell: Tell = say_nothing
) -> Verification:
    """Compare the ids of a catalog with the lists of its providers. Writes nothing unless `wishes.fix` says so.

    A provider that gives no list makes its entries unknown, and is no error. Raises `UsageError` for a name or a span of time
    that is none.
    """
    today = date.fromisoformat(around.today)
    until = end_of(wishes.expiring, today) if wishes.expiring else None
    tell("reading the catalog")
    opened = open_catalog(project)
    chosen = _chosen(opened, wishes.names, project.settings)
    sections = [section for section in opened.sections if any(entry.name in chosen for entry in section.entries)]
    if wishes.fix and not wishes.dry_run:
        require_writable(project.catalog)
    heard = _hear(sections, project.settings, around, tell)
    ground = Ground(
        _prefixes(project.settings), project.settings.pins, opened.project.layout, opened.why_not_editable, today, until
    )
    every = [verdict for section in sections for verdict in verdicts_on(section, heard[section.provider], ground)]
    remarks = [remark for remark in remarks_on(sections, every, opened.lock) if chosen & set(remark.entries)]
    verified = Verified(
        catalog=str(project.catalog),
        day=around.today,
        heard=tuple(heard.values()),
        verdicts=tuple(verdict for verdict in every if verdict.name in chosen),
        remarks=tuple(remarks),
        chosen=bool(wishes.names),
        fixing=wishes.fix,
    )
    if wishes.fix:
        verified = _fix(opened, verified, wishes, now, tell)
    lists = tuple(one.served for one in heard.values() if one.served is not None)
    return Verification(replace(verified, exit_code=_exit_code(verified)), opened, lists)


def _exit_code(verified: Verified) -> Exit:
    """What is corrected, or would be without `--dry-run`, fails no more, unless the right id is about to go as well."""
    failing = (verdict for verdict in verified.verdicts if verdict.level == "error")
    if any(verdict.fails_when_fixed or not (verdict.fix and verified.fixing) for verdict in failing):
        return Exit.DRIFT
    if verified.heard and all(heard.served is None for heard in verified.heard):
        return Exit.NOTHING_FETCHED
    return Exit.PARTIAL if any(heard.failed for heard in verified.heard) else Exit.DONE


def _chosen(opened: Opened, names: Sequence[str], settings: Settings) -> set[str]:
    every = {entry.name for section in opened.sections for entry in section.entries}
    if not names:
        return every
    named = read_names(names, opened.sections, sorted(every), vendors(settings))
    return {entry_named(one.section, one.rest).name for one in named}


def _prefixes(settings: Settings) -> dict[str, tuple[str, ...]]:
    prefixes: dict[str, tuple[str, ...]] = {}
    for prefix, provider in vendors(settings).items():
        prefixes[provider] = (*prefixes.get(provider, ()), prefix)
    return prefixes


def _hear(sections: Sequence[Section], settings: Settings, around: Surroundings, tell: Tell) -> dict[str, Heard]:
    """Ask every provider of these sections that has a list API, and say of each what came of it."""
    names = [section.provider for section in sections]
    apis = apis_of(names)
    outcomes: Mapping[str, Outcome] = ask_providers(apis, settings, around, tell) if apis else {}
    return {name: _heard(name, outcomes.get(name)) for name in names}


def _heard(provider: str, outcome: Outcome | None) -> Heard:
    if outcome is None:
        return Heard(provider, provider, silence=f"modelsync cannot read a list of {provider}")
    if isinstance(outcome, ServedList):
        return Heard(provider, apis_of([provider])[0].display, outcome)
    if isinstance(outcome, Skipped):
        variables = " or ".join(outcome.variables)
        needed = f"{outcome.display} needs a key in {variables}"
        silence = f"not asked: {needed if outcome.needs_key else f'not in the recording; {variables} says where it is'}"
        return Heard(provider, outcome.display, silence=silence)
    if isinstance(outcome, Failed):
        hint = f". {outcome.hint}" if outcome.hint else ""
        return Heard(provider, outcome.display, silence=f"{outcome.message}{hint}", failed=True)
    return Heard(provider, outcome.display, silence=f"{outcome.display} is not running at {outcome.base}")


def _fix(opened: Opened, verified: Verified, wishes: Wishes, now: datetime, tell: Tell) -> Verified:
    entries = {entry.name: entry for entry in opened.entries}
    known = settle(opened.lock, opened.entries, verified.day)
    changes, lock = plan_fixes(verified.verdicts, entries, known)
    if not changes:
        return verified
    tell("writing")
    written = finish(opened, plan_edit(opened, changes, lock), now, dry_run=wishes.dry_run).written
    if written is None:
        return verified
    backup = str(written.backup.catalog) if written.backup is not None else None
    return replace(verified, applied=True, backup=backup, messages=written.notes)
