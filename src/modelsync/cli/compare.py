"""`modelsync compare`: what a call costs with several models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelsync.cli import calls, completing, options
from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import show
from modelsync.errors import Exit
from modelsync.pipeline.costs import costs_of

if TYPE_CHECKING:
    from modelsync.project import Project
    from modelsync.views.costs import Call, Costing


@click.command("compare")
@click.argument("models", nargs=-1, required=True, metavar="MODEL...", shell_complete=completing.entries)
@calls.call
@options.reading
def command(*, models: tuple[str, ...], call: Call, project: Project, output_format: str) -> Exit:
    """Compare what a call costs with each MODEL by the prices of the catalog, the cheapest first; offline.

    --input is the whole prompt, and --cached, --cache-write and the like are parts of it; --output is the whole output, and
    --reasoning a part of it. A model that lacks a price for something stands last, with what is missing,
    and one whose prices cannot be read after it; the exit code is 4. Last of all are those whose limits the call exceeds.

    \b
    Examples:
      modelsync compare openai/gpt-5.4 anthropic/claude-opus-5 --input 50k --output 1k
      modelsync compare openai/gpt-5.4 openai/gpt-4o --input 50k --cached 25k --output 1k
    """
    costing = costs_of(project, models, call)
    code = Exit.DONE if costing.complete else Exit.PARTIAL
    with reader_may_leave():
        _show(costing, output_format, code)
    return code


def _show(costing: Costing, output_format: str, code: Exit) -> None:
    match output_format:
        case "json":
            from modelsync.views.costs_json import comparison_json

            click.echo(comparison_json(costing, exit_code=code), nl=False)
        case "markdown":
            from modelsync.views.costs_markdown import comparison_page

            click.echo(comparison_page(costing), nl=False)
        case _:
            from modelsync.views.costs import comparison_lines

            show(comparison_lines(costing))
