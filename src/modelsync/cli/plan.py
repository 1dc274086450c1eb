"""`modelsync plan`: everything a sync decides, for a person to read or to approve; nothing of the catalog is written."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsync import __version__
from modelsync.cli import options
from modelsync.cli.outcome import exit_code, report_result
from modelsync.cli.terminal import progress, say
from modelsync.errors import UsageError
from modelsync.pipeline.syncing import sync_project
from modelsync.planning.plan_file import encode
from modelsync.store.copies import names, stamps
from modelsync.store.files import lock_path
from modelsync.store.output import write_out
from modelsync.store.pending import next_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.project import Project


@click.command("plan")
@click.option(
    "-o",
    "--output",
    "plan_file",
    type=click.Path(allow_dash=True),
    metavar="FILE",
    help="Write the plan here, for `modelsync apply` (- for standard output).",
)
@options.request
@options.network
@options.output
def command(
    *, plan_file: str | None, request: options.Request, network: options.Network, output: options.Output
) -> int:
    """Work out what a sync would do and write nothing, except the plan itself where -o says.

    A plan file holds the changes and the digests of the catalog, the lock, the listing and the settings. `modelsync apply`
    carries out exactly it, without network, and refuses when the catalog, the lock or the settings have moved.

    \b
    Examples:
      modelsync plan
      modelsync plan -o plan.json && modelsync apply plan.json
      modelsync plan --format markdown > pull-request.md
    """
    now = datetime.now().astimezone()
    project = request.project()
    if plan_file not in (None, "-"):
        _require_spared(Path(plan_file), project)
    with progress() as stages:
        around = network.surroundings(now, project.settings.source)
        result = sync_project(project, request.options, around=around, now=now, dry_run=True, tell=stages.tell)
    file = encode(result.plan, catalog=project.catalog.name, modelsync=__version__)
    if plan_file == "-":
        click.echo(file, nl=False)
        return exit_code(result, check=False)
    code = report_result(result, output, stages, dry_run=True)
    if plan_file is not None:
        write_out(Path(plan_file), file)
        if output.format == "text" and not output.quiet:
            say(f"Plan written: {plan_file}")
    return code


def _require_spared(target: Path, project: Project) -> None:
    """Raise `UsageError` where the plan would take the place of a file that a sync needs, under whatever name."""
    for what, path in _needed(project):
        if os.path.realpath(target) == os.path.realpath(path) or _is_one_file(target, path):
            raise UsageError(f"-o {target} would overwrite {what}, {path}", hint="Name another file.")


def _needed(project: Project) -> Iterator[tuple[str, Path]]:
    catalog, settings = project.catalog, project.settings
    yield "the catalog", catalog
    yield "its lock", lock_path(catalog)
    yield "its lock in the making", next_path(catalog)
    for stamp in stamps(catalog):
        for path in names(catalog, stamp):
            yield "a backup", path
    if project.settings_file is not None:
        yield "the settings", project.settings_file
    if Path(settings.source).is_file():
        yield "the source", Path(settings.source)


def _is_one_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False  # one of them is not there
