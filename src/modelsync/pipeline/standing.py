"""Where a catalog stands: read from its files and the settings, without network."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import to_builtins
from msgspec.structs import asdict

from modelsync.fetch.address import shown
from modelsync.layouts.table import Table
from modelsync.pipeline.opening import open_catalog
from modelsync.pipeline.syncing import covered_providers, lost_lock
from modelsync.planning.judging import standing_of
from modelsync.planning.pins import doubtful_pins, remembered
from modelsync.planning.standing import Ground
from modelsync.settings import EXCLUDED, excluded, policy, vendors, written_settings
from modelsync.store.files import lock_path
from modelsync.store.recovery import is_interrupted
from modelsync.views.standing import InForce, LockFacts, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from modelsync.pipeline.opening import Opened
    from modelsync.project import Project
    from modelsync.settings import Settings


def status_of(project: Project, given: Mapping[str, str], *, today: date) -> Status:
    """Tell where the catalog stands today, and where each setting in force came from. Writes nothing, fetches nothing.

    `given` maps what the command line or the environment decided to its name there: `unit` to `--unit` or `MODELSYNC_UNIT`.
    Raises what `open_catalog` raises.
    """
    opened = open_catalog(project)
    settings = project.settings
    ground = Ground(
        sections=opened.sections,
        lock=opened.lock,
        settings=settings,
        policy=policy(settings),
        covered=covered_providers(opened.sections, settings),
        layout=project.layout,
        editable=opened.why_not_editable,
        settings_place=_shown_path(project.settings_file),
        today=today,
    )
    lock = opened.lock
    return Status(
        catalog=str(project.catalog),
        unit=settings.unit,
        today=today,
        grace_days=ground.policy.grace_days,
        standing=standing_of(ground),
        settings=settings_in_force(project, given),
        lock=LockFacts(str(lock_path(project.catalog)), lock.unit, lock.preset) if lock is not None else None,
        warnings=tuple(_warnings(opened)),
    )


def _warnings(opened: Opened) -> Iterator[str]:
    catalog = opened.project.catalog
    if is_interrupted(catalog):
        yield f"a write of {catalog} was interrupted, or is under way: the next command that writes finishes or undoes it"
    if opened.lock is None:
        yield from (note.text for note in lost_lock(opened))
    elif opened.lock.preset != opened.project.settings.preset:
        yield f"the lock was made with the preset {opened.lock.preset}, the one in force is {opened.project.settings.preset}"
    yield from (
        f"{whose}: {text}"
        for whose, text in doubtful_pins(opened.sections, opened.project.settings.pins, remembered(opened.lock))
    )


def settings_in_force(project: Project, given: Mapping[str, str]) -> tuple[InForce, ...]:
    """Return every setting in force with its origin; `given` is as for `status_of`."""
    path = project.settings_file
    written = written_settings(path) if path is not None else {}
    return tuple(
        _in_force(name, value, given.get(name, ""), _shown_path(path), written)
        for name, value in _values(project).items()
    )


def _in_force(name: str, value: object, given: str, path: str, written: Mapping[str, int]) -> InForce:
    if given:
        return InForce(name, value, "flag" if given.startswith("-") else "variable", given)
    if name in written:
        return InForce(name, value, "file", f"{path}:{written[name]}" if written[name] else path)
    return InForce(name, value, "default")


def _values(project: Project) -> dict[str, object]:
    """What holds for each setting, what is built in and the preset's part of it included."""
    settings, rules = project.settings, policy(project.settings)
    source = settings.source
    return {
        "catalog": str(project.catalog),
        "source": shown(source) if "://" in source else source,
        "preset": settings.preset,
        "unit": settings.unit,
        "layout": _layout(settings),
        "expect_lock": settings.expect_lock,
        "vendors": vendors(settings),
        "add": dict(rules.add),
        "exclude": {name: list(excluded(settings, name)) for name in sorted({*EXCLUDED, *settings.exclude})},
        "match": settings.match,
        "pins": settings.pins,
        "pricing.detail": "full" if rules.all_prices else "basic",
        "prune.grace_days": rules.grace_days,
        **{f"guards.{name}": limit for name, limit in asdict(settings.guards).items()},
        "backups.keep": settings.backups.keep,
        "backups.keep_days": settings.backups.keep_days,
    }


def _layout(settings: Settings) -> object:
    """The layout's name, or what its table says."""
    if isinstance(settings.layout, str):
        return settings.layout
    usual = to_builtins(Table(at=""))
    return {name: said for name, said in to_builtins(settings.layout).items() if said != usual[name]}


def _shown_path(path: object) -> str:
    return os.path.relpath(str(path)) if path is not None else "the settings"
