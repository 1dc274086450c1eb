"""`modelsync layout`: how the catalog is read."""

from __future__ import annotations

from pathlib import Path

import click

from modelsync.cli import options
from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import show
from modelsync.errors import Exit
from modelsync.pipeline.resolving import read_through_layout
from modelsync.project import open_project


@click.group("layout")
def command() -> None:
    """Show or test how the catalog is read: by the layout that the settings name, offline.

    \b
    Examples:
      modelsync layout show
      modelsync layout test config/models.yaml
    """


@command.command("show")
@click.argument("path", metavar="[FILE]", required=False, type=click.Path())
@options.catalog
@options.unit
@options.output_format("text", "json")
def show_command(*, path: str | None, catalog: str | None, unit: str | None, output_format: str) -> Exit:
    """Show every entry with its line, the model it stands for in the embedded snapshot, and what is read of it.

    \b
    Examples:
      modelsync layout show
      modelsync layout show config.yaml --format json
    """
    from modelsync.views.resolved import resolved_lines

    reading = read_through_layout(open_project(path or catalog, folder=Path.cwd(), unit=unit))
    with reader_may_leave():
        if output_format == "json":
            from modelsync.views.resolved_json import resolved_json

            click.echo(resolved_json(reading, exit_code=Exit.DONE), nl=False)
        else:
            show(resolved_lines(reading))
    return Exit.DONE


@command.command("test")
@click.argument("path", metavar="[FILE]", required=False, type=click.Path())
@options.catalog
@options.unit
@options.output_format("text", "json")
def test_command(*, path: str | None, catalog: str | None, unit: str | None, output_format: str) -> Exit:
    """Test that the layout fits: entries are found and known, every value is read, and the prices are of the unit.

    What does not fit is an error with its line, and the exit code is 1 then.

    \b
    Examples:
      modelsync layout test
      modelsync layout test prices.yaml --unit 1m
    """
    from modelsync.views.resolved import tested_lines

    reading = read_through_layout(open_project(path or catalog, folder=Path.cwd(), unit=unit))
    code = Exit.DONE if reading.sound else Exit.DRIFT
    with reader_may_leave():
        if output_format == "json":
            from modelsync.views.resolved_json import resolved_json

            click.echo(resolved_json(reading, exit_code=code), nl=False)
        else:
            show(tested_lines(reading))
    return code
