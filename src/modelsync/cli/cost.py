"""`modelsync cost`: what a call of a model costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelsync.cli import calls, completing, options
from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import show
from modelsync.errors import Exit
from modelsync.pipeline.costs import cost_of

if TYPE_CHECKING:
    from modelsync.project import Project
    from modelsync.views.costs import Call, Costing


@click.command("cost")
@click.argument("model", metavar="MODEL", shell_complete=completing.entries)
@calls.call
@options.reading
def command(*, model: str, call: Call, project: Project, output_format: str) -> Exit:
    """Say what a call of MODEL costs by the prices of the catalog, component by component, exactly; offline.

    --input is the whole prompt, and --cached, --cache-write and the like are parts of it; --output is the whole output, and
    --reasoning a part of it. What has no price in the catalog is named and not counted, and the exit code is 4. A limit of the
    model that the call exceeds is named too. Numbers may be written as 300k, 1.5M or 2_000.

    \b
    Examples:
      modelsync cost openai/gpt-5.4 --input 300k --output 2k --cached 100k
      modelsync cost openai/gpt-5.4 --input 300k --output 2k --batch
      modelsync cost openai/gpt-5.4 --input 5k --at 2026-09-01T03:00Z --format json
    """
    costing = cost_of(project, model, call)
    code = Exit.DONE if costing.complete else Exit.PARTIAL
    with reader_may_leave():
        _show(costing, output_format, code)
    return code


def _show(costing: Costing, output_format: str, code: Exit) -> None:
    match output_format:
        case "json":
            from modelsync.views.costs_json import cost_json

            click.echo(cost_json(costing, exit_code=code), nl=False)
        case "markdown":
            from modelsync.views.costs_markdown import cost_page

            click.echo(cost_page(costing), nl=False)
        case _:
            from modelsync.views.costs import cost_lines

            show(cost_lines(costing))
