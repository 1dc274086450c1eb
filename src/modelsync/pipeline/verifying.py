"""Verifying: ask the providers of a catalog, judge every entry, and write the ids that are certain where that was asked."""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.layout import LLM_MODELS
from modelsync.domain.served import ServedList
from modelsync.fetch.providers import Failed, Skipped
from modelsync.pipeline.asking import apis_of, ask_providers
from modelsync.pipeline.editing import finish, plan_edit
from modelsync.pipeline.opening import open_catalog
from modelsync.pipeline.telling import Tell, say_nothing
from modelsync.planning.naming import entry_named, read_names
from modelsync.planning.verifying import Ground, Heard, plan_fixes, remarks_on, verdicts_on
from modelsync.settings import vendors
from modelsync.store.commit import require_writable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from modelsync.catalog.entries import Section
    from modelsync.fetch.listing import Surroundings
    from modelsync.fetch.providers import Outcome
    from modelsync.pipeline.opening import Opened
    from modelsync.planning.verifying import Remark, Verdict
    from modelsync.project import Project
    from modelsync.settings import Settings
    from modelsync.store.commit import Written


class Wishes(Struct, frozen=True):
    """What is asked of a verification: `names` are `provider/key` (none: every entry), `until` the day up to which a model that
    retires is an error, `fix` to write what is certain, unless it is a dry run.
    """

    names: tuple[str, ...] = ()
    until: date | None = None
    fix: bool = False
    dry_run: bool = False


class Verification(Struct, frozen=True):
    """What came of it: what each provider said, a verdict an entry, remarks, and what was written (None: nothing was to be)."""

    opened: Opened
    heard: tuple[Heard, ...]
    verdicts: tuple[Verdict, ...]
    remarks: tuple[Remark, ...]
    wishes: Wishes
    written: Written | None = None


def verify_catalog(
    project: Project, wishes: Wishes, *, around: Surroundings, now: datetime, tell: Tell = say_nothing
) -> Verification:
    """Compare the ids of a catalog with the lists of its providers. Writes nothing unless `wishes.fix` says so.

    A provider that gives no list makes its entries unknown, and is no error. Raises `UsageError` for a name that is none.
    """
    tell("reading the catalog")
    opened = open_catalog(project)
    chosen = _chosen(opened, wishes.names, project.settings)
    sections = [section for section in opened.sections if any(entry.name in chosen for entry in section.entries)]
    if wishes.fix and not wishes.dry_run:
        require_writable(project.catalog)
    heard = _hear(sections, project.settings, around, tell)
    ground = Ground(
        prefixes=_prefixes(project.settings),
        pins=project.settings.pins,
        layout=LLM_MODELS,
        editable=opened.why_not_editable,
        today=now.astimezone(UTC).date(),
        until=wishes.until,
    )
    every = [verdict for section in sections for verdict in verdicts_on(section, heard[section.provider], ground)]
    verdicts = tuple(verdict for verdict in every if verdict.name in chosen)
    remarks = [remark for remark in remarks_on(sections, every, opened.lock) if chosen & set(remark.entries)]
    written = _fix(opened, verdicts, wishes, now, tell) if wishes.fix else None
    return Verification(opened, tuple(heard.values()), verdicts, tuple(remarks), wishes, written)


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
        silence = f"not asked: {outcome.display} needs a key in {' or '.join(outcome.variables)}"
        return Heard(provider, outcome.display, silence=silence)
    if isinstance(outcome, Failed):
        hint = f". {outcome.hint}" if outcome.hint else ""
        return Heard(provider, outcome.display, silence=f"{outcome.message}{hint}", failed=True)
    return Heard(provider, outcome.display, silence=f"{outcome.display} is not running at {outcome.base}")


def _fix(opened: Opened, verdicts: Sequence[Verdict], wishes: Wishes, now: datetime, tell: Tell) -> Written | None:
    entries = {entry.name: entry for section in opened.sections for entry in section.entries}
    changes, lock = plan_fixes(verdicts, entries, opened.lock)
    if not changes:
        return None
    tell("writing")
    return finish(opened, plan_edit(opened, changes, lock), now, dry_run=wishes.dry_run).written
