"""Whether a catalog is sound, in itself and with its lock and settings: without network, and fast enough for every commit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from modelsync.catalog.checking import Bounds, check
from modelsync.pipeline.opening import catalog_bytes, open_lock
from modelsync.views.checked import CheckReport

if TYPE_CHECKING:
    from modelsync.project import Project


def check_catalog(project: Project) -> CheckReport:
    """Look for problems in the catalog; what looks wrong is measured by the guards of the settings.

    Raises `UsageError` where there is no catalog, and what `open_lock` raises.
    """
    data = catalog_bytes(project)
    open_lock(project)
    guards, unit, place = project.settings.guards, project.settings.unit, str(project.catalog)
    bounds = Bounds(Decimal(str(guards.output_share)), Decimal(str(guards.usd_per_1k)))
    found = check(data, place, unit=unit, bounds=bounds)
    return CheckReport(place, unit, found.models, found.problems)
