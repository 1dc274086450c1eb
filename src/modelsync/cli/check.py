"""`modelsync check`: what is wrong with the catalog, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsync.cli import options
from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import show
from modelsync.errors import Exit
from modelsync.pipeline.checking import check_catalog
from modelsync.project import open_project

if TYPE_CHECKING:
    from modelsync.views.checked import CheckReport


@click.command("check")
@click.argument("path", metavar="[CATALOG]", required=False, type=click.Path())
@options.catalog
@options.unit
@options.output_format("text", "json", "github")
def command(*, path: str | None, catalog: str | None, unit: str | None, output_format: str) -> Exit:
    """Check the catalog for mistakes, each with line and column; offline, and fast enough for every commit.

    An error is what modelsync, or whoever reads the catalog, would not understand: YAML that cannot be read, a key twice or
    misspelt, a price that is text or negative, tiers that do not ascend, windows that overlap; the exit code is 1 then. A warning
    is what looks wrong: a price in another unit, an output price far below the input's. Also reads the lock and the settings.

    \b
    Examples:
      modelsync check
      modelsync check config/llm_models.yml
      modelsync check --format github
    """
    report = check_catalog(open_project(path or catalog, folder=Path.cwd(), unit=unit))
    code = Exit.DRIFT if report.failed else Exit.DONE
    with reader_may_leave():
        _show(report, output_format, code)
    return code


def _show(report: CheckReport, output_format: str, code: Exit) -> None:
    match output_format:
        case "json":
            from modelsync.views.checked_json import checked_json

            click.echo(checked_json(report, exit_code=code), nl=False)
        case "github":
            from modelsync.cli.job_log import annotate
            from modelsync.views.checked_github import checked_annotations

            annotate(checked_annotations(report))
        case _:
            from modelsync.views.checked import checked_lines

            show(checked_lines(report))
