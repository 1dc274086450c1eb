"""What `from modelsync import plan, sync` gives: the commands' own pipeline for a program."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from modelsync.fetch.listing import live_surroundings
from modelsync.pipeline.syncing import sync_project
from modelsync.planning.context import Options
from modelsync.project import open_project

if TYPE_CHECKING:
    from modelsync.fetch.listing import Surroundings
    from modelsync.pipeline.writing import Result
    from modelsync.planning.changes import Plan


def sync(
    catalog: str | os.PathLike[str] | None = None,
    *,
    source: str | None = None,
    preset: str | None = None,
    settings: str | os.PathLike[str] | None = None,
    options: Options | None = None,
    dry_run: bool = False,
    around: Surroundings | None = None,
    now: datetime | None = None,
) -> Result:
    """Bring a catalog into agreement with upstream, as `modelsync sync` does, and return what was planned and written.

    `catalog` defaults to the one the settings name; `source` is `openrouter`, `snapshot`, a file, or an address. `settings` is the
    path of the settings file; without it they are looked for from the working folder upwards. Raises the errors of `modelsync.errors`; none of them leaves anything half written.
    """
    moment = now or datetime.now().astimezone()
    project = open_project(
        os.fspath(catalog) if catalog is not None else None,
        folder=Path.cwd(),
        source=source,
        preset=preset,
        settings_file=Path(settings) if settings is not None else None,
    )
    surroundings = around or live_surroundings(os.environ, moment.astimezone(UTC).date().isoformat())
    return sync_project(project, options or Options(), around=surroundings, now=moment, dry_run=dry_run)


def plan(
    catalog: str | os.PathLike[str] | None = None,
    *,
    source: str | None = None,
    preset: str | None = None,
    settings: str | os.PathLike[str] | None = None,
    options: Options | None = None,
    around: Surroundings | None = None,
    now: datetime | None = None,
) -> Plan:
    """Work out what `sync` would do, and write nothing."""
    return sync(
        catalog, source=source, preset=preset, settings=settings, options=options, dry_run=True, around=around, now=now
    ).plan
