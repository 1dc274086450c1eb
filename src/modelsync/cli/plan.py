"""`modelsync plan`: everything a sync decides, for a person to read or to approve; nothing of the catalog is written."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from modelsync import __version__
from modelsync.cli import options
from modelsync.cli.outcome import exit_code, report_result
from modelsync.cli.terminal import progress
from modelsync.errors import CannotWrite, UsageError
from modelsync.pipeline.syncing import sync_project
from modelsync.planning.plan_file import encode
from modelsync.store.files import lock_path


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

    A plan file holds the changes and the digests of the catalog, the lock and the listing. `modelsync apply` carries out
    exactly it, without network, and refuses when one of the files has moved.

    \b
    Examples:
      modelsync plan
      modelsync plan -o plan.json && modelsync apply plan.json
      modelsync plan --format markdown > pull-request.md
    """
    now = datetime.now().astimezone()
    project = request.project()
    if plan_file not in (None, "-") and Path(plan_file).absolute() in _precious(project.catalog):
        raise UsageError(f"-o {plan_file} would overwrite the catalog or its lock", hint="Name another file.")
    with progress() as stages:
        around = network.surroundings(now)
        result = sync_project(project, request.options, around=around, now=now, dry_run=True, tell=stages.tell)
    file = encode(result.plan, catalog=project.catalog.name, modelsync=__version__)
    if plan_file == "-":
        click.echo(file, nl=False)
        return exit_code(result, check=False)
    code = report_result(result, output, stages, dry_run=True)
    if plan_file is not None:
        _write(plan_file, file)
        if output.format == "text" and not output.quiet:
            click.echo(f"Plan written: {plan_file}")
    return code


def _precious(catalog: Path) -> set[Path]:
    return {catalog.absolute(), lock_path(catalog).absolute()}


def _write(place: str, file: bytes) -> None:
    try:
        Path(place).write_bytes(file)
    except OSError as error:
        raise CannotWrite(f"cannot write {place}: {error.strerror}") from error
