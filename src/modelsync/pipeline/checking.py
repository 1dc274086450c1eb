"""Whether a catalog is sound, in itself and with its lock and settings: without network, and fast enough for every commit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from modelsync.catalog.checking import check
from modelsync.catalog.checking_prices import Bounds
from modelsync.catalog.checking_rows import check_rows
from modelsync.domain.lock import base_value
from modelsync.pipeline.opening import catalog_bytes, open_lock
from modelsync.views.checked import CheckReport

if TYPE_CHECKING:
    from modelsync.domain.lock import LockEntry
    from modelsync.project import Project


def check_catalog(project: Project) -> CheckReport:
    """Look for problems in the catalog; what looks wrong is measured by the guards of the settings.

    Raises `UsageError` where there is no catalog, and what `open_lock` raises.
    """
    data = catalog_bytes(project)
    lock, _ = open_lock(project)
    guards, unit, place = project.settings.guards, project.settings.unit, str(project.catalog)
    bounds = Bounds(Decimal(str(guards.output_share)), Decimal(str(guards.usd_per_1k)))
    free = (
        frozenset(name for name, entry in lock.entries.items() if _gives_free_output(entry))
        if lock
        else frozenset[str]()
    )
    if not project.layout.described:
        found = check_rows(data, place, project.layout, unit=unit, bounds=bounds)
        return CheckReport(place, unit, found.models, found.problems)
    found = check(data, place, unit=unit, bounds=bounds, free_outputs=free)
    return CheckReport(place, unit, found.models, found.problems)


def _gives_free_output(entry: LockEntry) -> bool:
    """Say whether upstream lists an output price of 0, at any length or hour."""
    return any(name.endswith(".output") and base_value(name, base) == 0 for name, base in entry.base.items())
