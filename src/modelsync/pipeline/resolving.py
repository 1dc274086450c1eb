"""How a layout reads a catalog: every entry with its place and what it resolves to, offline."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from modelsync.catalog.entries import count_passed_over
from modelsync.fetch.listing import embedded_snapshot
from modelsync.pipeline.fault import found_misfits, line_of
from modelsync.pipeline.opening import open_catalog
from modelsync.pipeline.syncing import inputs_of
from modelsync.planning.context import Options
from modelsync.planning.resolving import complaints, resolve, strange_providers
from modelsync.views.resolved import Reading, Remark, Row

if TYPE_CHECKING:
    from modelsync.catalog.misfits import Misfit
    from modelsync.project import Project


def read_through_layout(project: Project) -> Reading:
    """Read a catalog through its layout and look its models up in the embedded snapshot. Nothing is fetched or written.

    Raises what `open_catalog` raises.
    """
    opened = open_catalog(project)
    listing = embedded_snapshot()
    inputs = inputs_of(opened, listing, Options(), date.fromisoformat(listing.day))
    found = resolve(inputs)
    rows = (Row(opened.line_at(one.entry.path), one) for one in found)
    return Reading(
        catalog=str(project.catalog),
        unit=project.settings.unit,
        day=listing.day,
        rows=tuple(sorted(rows, key=lambda row: row.line)),
        complaints=complaints(found, inputs),
        remarks=tuple(
            _remark(one, project)
            for one in (*found_misfits(opened.document, project), *strange_providers(found, inputs))
        ),
        passed_over=count_passed_over(opened.document, project.layout, path=str(project.catalog)),
    )


def _remark(misfit: Misfit, project: Project) -> Remark:
    file = str(project.settings_file) if project.settings_file is not None else "the settings"
    return Remark(file, line_of(misfit, project), f"`layout.{misfit.setting}`: {misfit.problem}", misfit.is_error)
