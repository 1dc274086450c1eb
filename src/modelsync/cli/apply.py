"""`modelsync apply`: carry out a reviewed plan."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from modelsync.cli import options
from modelsync.cli.outcome import report_result
from modelsync.cli.terminal import progress
from modelsync.errors import UsageError
from modelsync.pipeline.applying import apply_plan
from modelsync.planning.plan_file import decode
from modelsync.project import open_project


@click.command("apply")
@click.argument("plan", type=click.Path(allow_dash=True))
@options.catalog
@options.output
def command(*, plan: str, catalog: str | None, output: options.Output) -> int:
    """Carry out PLAN, a file that `modelsync plan -o` wrote: exactly it, after a backup, without network.

    Refused with exit 6 when the catalog, its lock or the settings that decide are not what the plan was computed from, and
    with exit 5 when the plan itself was damaged since; the message says which.

    \b
    Example:
      modelsync plan -o plan.json
      modelsync apply plan.json
    """
    try:
        data = sys.stdin.buffer.read() if plan == "-" else Path(plan).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the plan {plan}: {error.strerror}") from error
    file = decode(data, plan)
    project = open_project(catalog, folder=Path.cwd())
    with progress() as stages:
        result = apply_plan(project, file, plan, now=datetime.now().astimezone(), tell=stages.tell)
    return report_result(result, output, stages, dry_run=False)
