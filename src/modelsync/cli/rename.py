"""`modelsync rename`: a model id in every entry that has it, or an entry's key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from modelsync.cli import completing, options
from modelsync.cli.outcome import report_result
from modelsync.cli.terminal import progress
from modelsync.errors import UsageError
from modelsync.pipeline.editing import rename_entry, rename_model_id
from modelsync.project import open_project


@click.command("rename")
@click.argument("provider", shell_complete=completing.providers)
@click.argument("old", shell_complete=completing.entries_of_provider)
@click.argument("new")
@click.option("--key", is_flag=True, help="Rename the entry's key instead of its model id.")
@options.dry_run
@options.source
@options.catalog
@options.unit
@options.network
@options.output
def command(
    *, provider: str, old: str, new: str, key: bool, dry_run: bool, source: str | None, catalog: str | None,
    unit: str | None, network: options.Network, output: options.Output,
) -> int:  # fmt: skip
    """Rename the model id OLD (else of the entry with the key OLD) to NEW, in every entry of PROVIDER that has it.

    Upstream is asked whether it knows NEW: the embedded snapshot, unless --source says otherwise.

    \b
    Examples:
      modelsync rename openai gpt-4-turbo gpt-4.1
      modelsync rename --key openai fast quick
    """
    if not new.strip():
        raise UsageError("NEW is empty", hint="Name the new model id, or the new key with --key.")
    now = datetime.now().astimezone()
    project = open_project(catalog, folder=Path.cwd(), source=source or "snapshot", unit=unit)
    with progress() as stages:
        if key:
            result = rename_entry(project, provider, old, new, now=now, dry_run=dry_run)
        else:
            around = network.surroundings(now, project.settings.source)
            result = rename_model_id(project, provider, old, new, around=around, now=now, dry_run=dry_run)
    return report_result(result, output, stages, dry_run=dry_run)
