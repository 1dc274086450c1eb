"""Carrying out a plan that was made before and approved since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.catalog.splice import Conflict, NotEditable
from modelsync.errors import CatalogInvalid, Changed, PlanInvalid, Refused
from modelsync.pipeline.opening import open_catalog
from modelsync.pipeline.telling import Tell, say_nothing
from modelsync.pipeline.writing import Result, edited, put_in_place
from modelsync.planning.fitting import Misfit, check_after, check_before
from modelsync.settings import deciding_digest
from modelsync.store.commit import require_writable
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from datetime import datetime

    from modelsync.pipeline.opening import Opened
    from modelsync.planning.changes import Digests, Plan
    from modelsync.planning.plan_file import PlanFile
    from modelsync.project import Project


def apply_plan(project: Project, file: PlanFile, path: str, *, now: datetime, tell: Tell = say_nothing) -> Result:
    """Carry out the plan of a file that was decoded from `path`, perhaps made elsewhere: exactly it, without any network.

    Raises `Refused` when it was made for a catalog of another name, `Changed` when the catalog, the lock or the settings are
    not what it was computed from, naming which, and `PlanInvalid` when it does not fit what it says it was made from.
    """
    if file.catalog != project.catalog.name:
        hint = "Name the plan's catalog with --catalog, or make a new plan; nothing was written."
        raise Refused(f"the plan was made for {file.catalog!r}, not for {project.catalog.name!r}", hint=hint)
    planned = file.plan
    require_writable(project.catalog)
    tell("reading the catalog")
    opened = open_catalog(replace(project, settings=replace(project.settings, unit=planned.unit)))
    _require_unmoved(opened, planned.digests)
    new_catalog = _fitting(opened, planned, path)
    tell("writing")
    return Result(planned, put_in_place(opened, planned, new_catalog, now), opened)


def _require_unmoved(opened: Opened, digests: Digests) -> None:
    project = opened.project
    found = (
        (str(project.catalog), opened.catalog_digest, digests.catalog),
        (str(lock_path(project.catalog)), opened.lock_digest, digests.lock),
        ("the settings", deciding_digest(project.settings), digests.settings),
    )
    moved = [name for name, digest_now, digest_then in found if digest_now != digest_then]
    if moved:
        hint = "Make a new plan with `modelsync plan`; nothing was written."
        raise Changed(f"{' and '.join(moved)} changed since the plan was made", hint=hint)


def _fitting(opened: Opened, planned: Plan, path: str) -> bytes:
    """Return the catalog after the plan. Raises `PlanInvalid` unless plan, catalog and the plan's lock agree."""
    catalog = opened.project.catalog
    name = str(catalog)
    try:
        check_before(planned, catalog.name, opened.sections)
        new_catalog = edited(opened, planned)
        layout = opened.project.layout
        after = read_sections(parse(new_catalog, name, several=layout.several), layout, unit=planned.unit, path=name)
        check_after(planned, opened.lock, after)
    except (Misfit, NotEditable, Conflict, CatalogInvalid) as error:
        hint = "It was edited, or made by another modelsync. Make a new one with `modelsync plan`; nothing was written."
        raise PlanInvalid(path, f"does not fit {name}: {error}", hint=hint) from error
    return new_catalog
