"""`modelsync diff`: what differs between another state of the catalog and the present one."""

from __future__ import annotations

import os
from pathlib import Path

import click

from modelsync.cli import completing, options
from modelsync.cli.outcome import show_report
from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import show
from modelsync.pipeline.comparing import compare
from modelsync.project import open_project
from modelsync.views.lines import report_lines


@click.command("diff")
@click.argument("state", required=False, metavar="[BACKUP|REVISION]", shell_complete=completing.backup_stamps)
@options.catalog
@options.unit
@options.output_format("text", "json", "markdown", "github")
def command(*, state: str | None, catalog: str | None, unit: str | None, output_format: str) -> None:
    """Compare the catalog with a BACKUP, else a git REVISION; default: the newest backup, so what the last sync changed.

    Only what the catalog says counts: formatting, comments, order and quotes are no differences. A stamp of
    `modelsync backups` wins over a revision of that name. Nothing is fetched and nothing is written.

    \b
    Examples:
      modelsync diff
      modelsync diff 20261122_101500
      modelsync diff HEAD~3 --format markdown
    """
    report, opened = compare(open_project(catalog, folder=Path.cwd(), unit=unit), state, environment=os.environ)
    with reader_may_leave():
        if output_format == "text":
            show(report_lines(report, verbose=True))
        else:
            show_report(report, output_format, opened)
