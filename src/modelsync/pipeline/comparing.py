"""Comparing the catalog with another state of it: a backup, or a git revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.domain import lock_format
from modelsync.errors import InvalidFile, ModelsyncError, UsageError
from modelsync.pipeline.opening import open_catalog
from modelsync.planning.changes import Note
from modelsync.planning.difference import OTHER, State, differences
from modelsync.store.backups import backups, contents, named
from modelsync.store.files import lock_path, read_state
from modelsync.store.pending import effective_lock
from modelsync.store.revisions import Git, NoSuchRevision
from modelsync.views.report import Report
from modelsync.views.text import unit_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from modelsync.layouts.layout import Layout
    from modelsync.pipeline.opening import Opened
    from modelsync.project import Project
    from modelsync.store.backups import Backup


class _Other(Struct, frozen=True):
    """Another state as bytes. `name` is for a reader, `catalog_name` and `lock_name` for errors; `lock` is None without one."""

    name: str
    catalog: bytes
    catalog_name: str
    lock: bytes | None
    lock_name: str


def compare(project: Project, wanted: str | None, *, environment: Mapping[str, str]) -> tuple[Report, Opened]:
    """Report what differs between the state `wanted` and the present catalog, from then to now.

    `wanted` is what `restore` takes for a backup, else a revision that git finds in `environment`; None is the newest backup. Prices compare in USD per
    token, each state read with the unit of its own lock. Raises `UsageError` when there is no such state, and `InvalidFile`,
    naming the state, when it cannot be read.
    """
    opened = open_catalog(project)
    other = _find(project.catalog, wanted, Git(environment))
    unit = _unit_of(other, project.settings.unit)
    changes, notes = differences(
        _state(other, unit, project.layout), State(opened.document, opened.sections), project.layout
    )
    moved = _unit_moved(unit, project.settings.unit)
    return Report(str(project.catalog), other.name, "", project.settings.unit, changes, (*moved, *notes)), opened


class Past(Struct, frozen=True):
    """A backup, and what changed after it until the next backup or the present: None when one of the two cannot be read.

    `damage` says why it cannot be restored; it is empty for one that can.
    """

    backup: Backup
    then: Report | None
    damage: str = ""


def history(project: Project) -> tuple[Past, ...]:
    """Say of each backup of the catalog, newest first, what changed after it. Damage anywhere is told, never raised."""
    catalog, unit = project.catalog, project.settings.unit
    later = _readable(_present(catalog), unit, project.layout)
    told: list[Past] = []
    for backup in backups(catalog):
        try:
            bytes_then, damage = _backup(catalog, backup), ""
        except InvalidFile as error:
            bytes_then, damage = None, error.problem
        state = _readable(bytes_then, unit, project.layout)
        told.append(Past(backup, _between(state, later, project, backup.stamp), damage))
        later = state
    return tuple(told)


def _present(catalog: Path) -> _Other | None:
    try:
        data = read_state(catalog).data
        lock = effective_lock(catalog)
    except ModelsyncError:
        return None
    return None if data is None else _Other("", data, str(catalog), lock, str(lock_path(catalog)))


def _readable(other: _Other | None, unit: str, layout: Layout) -> State | None:
    """Read a state; None when that is not possible."""
    if other is None:
        return None
    try:
        return _state(other, _unit_of(other, unit), layout)
    except ModelsyncError:
        return None


def _between(then: State | None, later: State | None, project: Project, name: str) -> Report | None:
    if then is None or later is None:
        return None
    changes, notes = differences(then, later, project.layout)
    return Report(str(project.catalog), name, "", project.settings.unit, changes, tuple(notes))


def _state(other: _Other, unit: str, layout: Layout) -> State:
    document = parse(other.catalog, other.catalog_name, several=layout.several)
    return State(document, read_sections(document, layout, unit=unit, path=other.catalog_name))


def _find(catalog: Path, wanted: str | None, git: Git) -> _Other:
    found = backups(catalog)
    if wanted is None:
        if not found:
            hint = "Name a git revision, such as `modelsync diff HEAD`. A sync makes a backup before it writes."
            raise UsageError(f"no backups of {catalog} to compare with", hint=hint)
        return _backup(catalog, found[0])
    if (backup := named(found, wanted)) is not None:
        return _backup(catalog, backup)
    try:
        return _revision(catalog, wanted, git)
    except NoSuchRevision as error:
        stamps = f"The newest backup is {found[0].stamp}." if found else f"There are no backups of {catalog}."
        raise UsageError(
            f"{wanted!r} is no backup of {catalog}, and {error.message}", hint=f"{error.hint} {stamps}".strip()
        ) from error


def _backup(catalog: Path, backup: Backup) -> _Other:
    data, lock = contents(catalog, backup)
    return _Other(f"backup {backup.stamp}", data, str(backup.catalog), lock, str(backup.lock))


def _revision(catalog: Path, revision: str, git: Git) -> _Other:
    commit = git.commit_of(revision, catalog)
    data = git.read(commit, catalog)
    if data is None:
        hint = "It was not committed yet, or had another name then: renamed files are not followed."
        raise UsageError(f"{catalog} is not in revision {revision}", hint=hint)
    lock = lock_path(catalog)
    # Beside a link into another repository lies the present lock; that repository's commits have none.
    kept = git.read(commit, lock) if git.share_repository(catalog, lock) else None
    return _Other(f"revision {revision}", data, f"{revision}:{catalog}", kept, f"{revision}:{lock}")


def _unit_of(other: _Other, present: str) -> str:
    """The unit of a state's prices: what its lock says; without a lock, the present one."""
    return lock_format.decode(other.lock, other.lock_name).unit if other.lock is not None else present


def _unit_moved(then: str, now: str) -> tuple[Note, ...]:
    if then == now:
        return ()
    text = f"prices were USD per {unit_name(then)}, are USD per {unit_name(now)}; those of fields modelsync does not know are compared as text"
    return (Note(OTHER, "unit", text),)
