"""`modelsync add`: models from the listing, by name."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from modelsync.cli import completing, options
from modelsync.cli.outcome import report_result
from modelsync.cli.terminal import progress
from modelsync.pipeline.editing import add_models
from modelsync.project import open_project


@click.command("add")
@click.argument("names", nargs=-1, required=True, metavar="PROVIDER/MODEL...", shell_complete=completing.models)
@options.dry_run
@options.source
@options.catalog
@options.preset
@options.unit
@options.network
@options.output
def command(
    *, names: tuple[str, ...], dry_run: bool, source: str | None, catalog: str | None, preset: str | None,
    unit: str | None, network: options.Network, output: options.Output,
) -> int:  # fmt: skip
    """Add each PROVIDER/MODEL to the catalog as a sync would: with upstream's id, limits, prices and features.

    MODEL is an id as you know it: upstream's (gpt-5.2, openai/gpt-5.2), the provider's own, or the key the entry gets.
    Exclusions, `add` rules and earlier removals do not count against what you name. A model that has its entry already is
    left as it is.

    \b
    Examples:
      modelsync add openai/gpt-5.2
      modelsync add gemini/gemini-2.5-pro anthropic/claude-opus-4.5 --dry-run
      modelsync add openrouter/openai/gpt-4o
    """
    now = datetime.now().astimezone()
    project = open_project(catalog, folder=Path.cwd(), source=source, preset=preset, unit=unit)
    with progress() as stages:
        around = network.surroundings(now, project.settings.source)
        result = add_models(project, names, around=around, now=now, dry_run=dry_run, tell=stages.tell)
    return report_result(result, output, stages, dry_run=dry_run)
