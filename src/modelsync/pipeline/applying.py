"""Carrying out a plan that was made before and approved since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.errors import Changed
from modelsync.pipeline.opening import open_catalog
from modelsync.pipeline.telling import Tell, say_nothing
from modelsync.pipeline.writing import Result, carry_out
from modelsync.store.commit import require_writable
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from datetime import datetime

    from modelsync.planning.changes import Plan
    from modelsync.project import Project


def apply_plan(project: Project, planned: Plan, *, now: datetime, tell: Tell = say_nothing) -> Result:
    """Carry out a plan that was made before, perhaps elsewhere: exactly it, without any network.

    Raises `Changed` when the catalog or the lock is not what the plan was computed from, naming which.
    """
    settings = replace(project.settings, unit=planned.unit)
    require_writable(project.catalog)
    tell("reading the catalog")
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
    tell("writing")
    return Result(planned, carry_out(opened, planned, now), opened)
