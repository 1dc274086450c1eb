"""`modelsync plan`: everything a sync decides, for a person to read or to approve; nothing of the catalog is written."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from modelsync import __version__
from modelsync.cli import options
from modelsync.cli.outcome import exit_code, report_result
from modelsync.cli.terminal import progress
from modelsync.errors import CannotWrite, UsageError
from modelsync.fetch.listing import live_surroundings
from modelsync.pipeline import sync_project
from modelsync.planning.context import Options
from modelsync.planning.plan_file import encode
from modelsync.project import open_project
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from modelsync.planning.context import PruneMode


@click.command("plan")
@click.option(
    "-o", "--output", metavar="FILE", help="Write the plan here, for `modelsync apply` (- for standard output)."
)
@options.wishes
@options.output_format
@click.option("--verbose", "-v", is_flag=True, help="Show every note.")
def command(
    *, output: str | None, prune: str | None, take: tuple[str, ...], accept: tuple[str, ...], ours: bool, force: bool,
    source: str | None, catalog: str | None, preset: str | None, unit: str | None, output_format: str, verbose: bool,
) -> int:  # fmt: skip
    """Work out what a sync would do and write nothing, except the plan itself where -o says.

    A plan file holds the changes and the digests of the catalog, the lock and the listing. `modelsync apply` carries out
    exactly it, without network, and refuses when one of the files has moved.

    \b
    Examples:
      modelsync plan
      modelsync plan -o plan.json && modelsync apply plan.json
    """
    now = datetime.now().astimezone()
    project = open_project(catalog, folder=Path.cwd(), source=source, preset=preset, unit=unit)
    if output not in (None, "-") and Path(output).absolute() in _precious(project.catalog):
        raise UsageError(f"-o {output} would overwrite the catalog or its lock", hint="Name another file.")
    wishes = Options(cast("PruneMode", prune or ""), take, accept, ours, force)
    with progress() as tell:
        around = live_surroundings(os.environ, now.astimezone(UTC).date().isoformat())
        result = sync_project(project, wishes, around=around, now=now, dry_run=True, tell=tell)
    file = encode(result.plan, catalog=project.catalog.name, modelsync=__version__)
    if output == "-":
        click.echo(file, nl=False)
        return exit_code(result, check=False)
    code = report_result(result, str(project.catalog), output_format=output_format, dry_run=True, verbose=verbose)
    if output is not None:
        _write(output, file)
        if output_format == "text":
            click.echo(f"Plan written: {output}")
    return code


def _precious(catalog: Path) -> set[Path]:
    return {catalog.absolute(), lock_path(catalog).absolute()}


def _write(output: str, file: bytes) -> None:
    try:
        Path(output).write_bytes(file)
    except OSError as error:
        raise CannotWrite(f"cannot write {output}: {error.strerror}") from error
