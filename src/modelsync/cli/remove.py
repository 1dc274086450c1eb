"""`modelsync remove`: entries, by name, for good."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from modelsync.cli import completing, options
from modelsync.cli.outcome import report_result
from modelsync.cli.terminal import progress
from modelsync.pipeline.editing import remove_entries
from modelsync.project import open_project


@click.command("remove")
@click.argument("names", nargs=-1, required=True, metavar="PROVIDER/KEY...", shell_complete=completing.entries)
@options.dry_run
@options.catalog
@options.preset
@options.unit
@options.output
def command(
    *, names: tuple[str, ...], dry_run: bool, catalog: str | None, preset: str | None, unit: str | None,
    output: options.Output,
) -> int:  # fmt: skip
    """Remove each PROVIDER/KEY from the catalog, with its comments; no sync adds it again.

    KEY is the entry's key, or the model id of one entry only. The lock remembers the upstream model as removed; `modelsync
    add` lifts that. Nothing is fetched.

    \b
    Examples:
      modelsync remove openai/gpt-4
      modelsync remove openai/gpt-4 openrouter/openai/gpt-4 --dry-run
    """
    now = datetime.now().astimezone()
    project = open_project(catalog, folder=Path.cwd(), preset=preset, unit=unit)
    with progress() as stages:
        result = remove_entries(project, names, now=now, dry_run=dry_run, tell=stages.tell)
    return report_result(result, output, stages, dry_run=dry_run)
