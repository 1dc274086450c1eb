"""`modelsync backups`: what can be brought back."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from modelsync.cli import options
from modelsync.cli.terminal import say
from modelsync.project import open_project
from modelsync.store.backups import Backup, backups
from modelsync.views.text import age


@click.command("backups")
@options.catalog
@options.output_format("text", "json")
def command(*, catalog: str | None, output_format: str) -> None:
    """List the backups of the catalog, newest first.

    \b
    Example:
      modelsync backups
      modelsync restore 20261122_101500
    """
    project = open_project(catalog, folder=Path.cwd(), forgiving=True)
    found = backups(project.catalog)
    if output_format == "json":
        click.echo(
            json.dumps(
                {"version": 1, "catalog": str(project.catalog), "backups": [_row(backup) for backup in found]}, indent=2
            )
        )
        return
    if not found:
        say(f"No backups of {project.catalog}: a sync makes one before it writes.")
    now = datetime.now().astimezone()
    for backup in found:
        lock = "with its lock" if backup.lock is not None else "before there was a lock"
        say(f"{backup.stamp}  {age(now - _aware(backup.taken)):>14}  {backup.size:>9} bytes  {lock}  {backup.catalog}")


def _aware(moment: datetime) -> datetime:
    return moment.astimezone()


def _row(backup: Backup) -> dict[str, object]:
    return {
        "stamp": backup.stamp,
        "taken": backup.taken.isoformat(),
        "size": backup.size,
        "catalog": str(backup.catalog),
        "lock": str(backup.lock) if backup.lock is not None else None,
    }
