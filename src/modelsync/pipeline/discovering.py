"""From a team's file to the settings by which modelsync reads it: nothing is fetched, and nothing written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.discovery.known import KnownModels
from modelsync.discovery.proposal import propose
from modelsync.errors import UsageError
from modelsync.fetch.listing import embedded_snapshot
from modelsync.pipeline.resolving import read_through_layout
from modelsync.project import Project
from modelsync.settings import Settings
from modelsync.store.files import read_state
from modelsync.views.proposed import settings_text
from modelsync.views.resolved import Reading

if TYPE_CHECKING:
    from pathlib import Path

    from modelsync.settings import UnitName


class Discovered(Struct, frozen=True):
    """The text of a `modelsync.toml`, and what modelsync reads of the file with it."""

    settings: str
    reading: Reading


def discover(catalog: Path, *, unit: UnitName | None = None) -> Discovered:
    """Propose settings for a file. `unit` is what its prices are per, where the person says it.

    Raises `UsageError` where there is no such file or no layout can be told, `UnitUnclear`, and `CatalogInvalid`.
    """
    data = read_state(catalog).data
    if data is None:
        raise UsageError(f"no such file: {catalog}", hint="--from takes the YAML file in which you list your models.")
    found = propose(data, str(catalog), KnownModels(embedded_snapshot()), unit=unit)
    settings = Settings(
        catalog=str(catalog),
        unit=found.unit.name if found.unit is not None else "1m",
        layout=found.named or found.table,
        vendors=found.vendors,
    )
    reading = read_through_layout(Project(catalog, settings))
    return Discovered(settings_text(found, str(catalog), unit_given=unit is not None), reading)
