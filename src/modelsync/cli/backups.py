"""`modelsync backups`: what can be brought back."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from modelsync.cli import options
from modelsync.cli.terminal import say
from modelsync.pipeline.comparing import Past, history
from modelsync.project import open_project
from modelsync.views.report import Report, counts
from modelsync.views.summary import summary
from modelsync.views.text import age

_EDITS = ("updated", "renamed", "added", "removed")


@click.command("backups")
@options.catalog
@options.output_format("text", "json")
def command(*, catalog: str | None, output_format: str) -> None:
    """List the backups of the catalog, newest first: stamp, age, size, and what changed after it until the next one.

    Each is checked against its checksums; one that is damaged is named so and cannot be restored.

    \b
    Example:
      modelsync backups
      modelsync restore 20261122_101500
    """
    project = open_project(catalog, folder=Path.cwd(), forgiving=True)
    found = history(project)
    if output_format == "json":
        click.echo(
            json.dumps(
                {"version": 1, "catalog": str(project.catalog), "backups": [_row(past) for past in found]}, indent=2
            )
        )
        return
    if not found:
        say(f"No backups of {project.catalog}: a sync makes one before it writes.")
    now = datetime.now().astimezone()
    width = max((len(past.backup.stamp) for past in found), default=0)
    for past in found:
        say(_line(past, now, width))


def _line(past: Past, now: datetime, width: int) -> str:
    backup = past.backup
    when = age(now - backup.taken.astimezone())
    lock = "with its lock" if backup.lock is not None else "before there was a lock"
    return f"{backup.stamp:<{width}}  {when:>14}  {backup.size:>9} bytes  {lock}  {backup.catalog}  {_became(past)}"


def _became(past: Past) -> str:
    if past.damage:
        return past.damage
    return f"then {', '.join(summary(past.then))}" if past.then is not None else "then: cannot be compared"


def _row(past: Past) -> dict[str, object]:
    backup = past.backup
    return {
        "stamp": backup.stamp,
        "taken": backup.taken.isoformat(),
        "size": backup.size,
        "catalog": str(backup.catalog),
        "lock": str(backup.lock) if backup.lock is not None else None,
        "then": _counts(past.then) if past.then is not None else None,
        "damage": past.damage or None,
    }


def _counts(then: Report) -> dict[str, int]:
    return {what: count for what, count in counts(then.changes).items() if what in _EDITS}
