"""`modelsync show`: everything the catalog says of one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelsync.cli import completing, options
from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import show
from modelsync.pipeline.reading import shown_model

if TYPE_CHECKING:
    from modelsync.project import Project
    from modelsync.views.shown import Shown


@click.command("show")
@click.argument("model", metavar="MODEL", shell_complete=completing.entries)
@options.reading
def command(*, model: str, project: Project, output_format: str) -> None:
    """Show all that the catalog says of MODEL: ids, limits, features and every price, with what the lock knows of them; offline.

    MODEL is PROVIDER/KEY, or another name that means one entry: its key, its model id, its id at OpenRouter.

    \b
    Examples:
      modelsync show openai/gpt-4o
      modelsync show anthropic/claude-sonnet-4.5
      modelsync show gpt-4o-2024-08-06 --format json
    """
    shown = shown_model(project, model)
    with reader_may_leave():
        _show(shown, output_format)


def _show(shown: Shown, output_format: str) -> None:
    match output_format:
        case "json":
            from modelsync.views.shown_json import shown_json

            click.echo(shown_json(shown), nl=False)
        case "markdown":
            from modelsync.views.shown_markdown import shown_page

            click.echo(shown_page(shown), nl=False)
        case _:
            from modelsync.views.shown import shown_lines

            show(shown_lines(shown))
