"""Whether a catalog is sound, in itself and with its lock and settings: without network, and fast enough for every commit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.catalog.checking import check, in_order
from modelsync.catalog.checking_prices import Bounds
from modelsync.catalog.checking_rows import check_rows
from modelsync.catalog.findings import Problem
from modelsync.domain.fields import is_price
from modelsync.domain.lock import base_value
from modelsync.pipeline.opening import catalog_bytes, open_lock
from modelsync.planning.pins import idle_globs, remembered, rowless_pins
from modelsync.settings import hint_beside
from modelsync.views.checked import CheckReport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.catalog.checking import Checked
    from modelsync.domain.lock import Lock, LockEntry
    from modelsync.project import Project


def check_catalog(project: Project) -> CheckReport:
    """Look for problems in the catalog; what looks wrong is measured by the guards of the settings.

    Raises `UsageError` where there is no catalog, and what `open_lock` raises.
    """
    data = catalog_bytes(project)
    lock, _ = open_lock(project)
    guards, unit, place = project.settings.guards, project.settings.unit, str(project.catalog)
    bounds = Bounds(Decimal(str(guards.output_share)), Decimal(str(guards.usd_per_1k)))
    entries = lock.entries if lock is not None else {}
    if not project.layout.described:
        found = check_rows(data, place, project.layout, unit=unit, bounds=bounds)
    else:
        found = check(data, place, unit=unit, bounds=bounds, listed=lambda name: _listed(entries.get(name)))
    if project.layout.described and not found.models and (hint := hint_beside(project.catalog)):
        found = replace(found, problems=tuple(replace(problem, hint=hint) for problem in found.problems))
    problems = in_order((*found.problems, *_idle_pins(found, project, lock)))
    return CheckReport(place, unit, found.models, problems)


def _idle_pins(found: Checked, project: Project, lock: Lock | None) -> Iterator[Problem]:
    """Yield the pins that fix nothing, by the rule of a sync; those that name no field at all were found in the document."""
    upstream = remembered(lock)
    entries = [entry for section in found.sections for entry in section.entries]
    for entry in entries:
        for text in rowless_pins(entry, upstream):
            yield Problem("warning", *found.pinned.get(entry.name, (1, 1)), f"{entry.name}.pinned", text)
    if entries:
        for whose, text in idle_globs(entries, project.settings.pins, upstream):
            yield Problem("warning", 1, 1, "", f"{whose} of the settings: {text}")


def _listed(entry: LockEntry | None) -> frozenset[tuple[str, Decimal]]:
    """Return the prices that the lock knows of upstream, each as its rate and USD per token (or use)."""
    if entry is None:
        return frozenset()
    known = ((name.rpartition(".")[2], base_value(name, base)) for name, base in entry.base.items() if is_price(name))
    return frozenset((rate, price) for rate, price in known if isinstance(price, Decimal))
