"""`modelsync find`: which models of the catalog fit, the cheapest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelsync.cli import calls, completing, options
from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import show
from modelsync.errors import Exit, UsageError
from modelsync.pipeline.reading import ORDERS, Wanted, found_models

if TYPE_CHECKING:
    from modelsync.project import Project
    from modelsync.views.costs import Call
    from modelsync.views.found import Found


@click.command("find")
@click.option(
    "--feature",
    "features",
    multiple=True,
    metavar="NAME",
    shell_complete=completing.features,
    help="A feature it must have; may be repeated.",
)
@click.option(
    "--min-context", callback=calls.count, default="0", metavar="N", help="Tokens its context must have room for."
)
@click.option("--max-input-price", metavar="USD", help="What its input may cost at most, in the catalog's unit.")
@click.option("--provider", metavar="NAME", shell_complete=completing.providers, help="Only models of this provider.")
@click.option("--sort", "order", type=click.Choice(ORDERS), help="Another order than the cheapest first.")
@calls.call_if_told
@options.reading
def command(
    *, features: tuple[str, ...], min_context: int, max_input_price: str | None, provider: str | None, order: str | None,
    call: Call | None, project: Project, output_format: str,
) -> Exit:  # fmt: skip
    """Find the models of the catalog that have what is asked, the cheapest first; offline.

    With --input and the other options of `modelsync cost`, the cheapest is the one with which such a call costs least; input and
    output are then the prices that hold for it. A model whose limits the call exceeds is left out and named. One that
    lacks a price for it, or whose prices cannot be read, stands last, and the exit code is 4. Without a call, the cheapest is the one
    with the lowest input price. A model of which the catalog does not say what is asked is left out.

    \b
    Examples:
      modelsync find --feature vision --min-context 200k
      modelsync find --feature vision --min-context 200k --input 50k --cached 25k --output 1k
      modelsync find --provider openai --max-input-price 0.003 --sort context
    """
    if order == "cost" and call is None:
        raise UsageError("--sort cost needs a call", hint="Say what it uses, as in `--input 50k --output 1k`.")
    wanted = Wanted(features, min_context, max_input_price, provider)
    found = found_models(project, wanted, call=call, order=order or "")
    code = Exit.DONE if found.complete else Exit.PARTIAL
    with reader_may_leave():
        _show(found, output_format, code)
    return code


def _show(found: Found, output_format: str, code: Exit) -> None:
    match output_format:
        case "json":
            from modelsync.views.found_json import found_json

            click.echo(found_json(found, exit_code=code), nl=False)
        case "markdown":
            from modelsync.views.found_markdown import found_page

            click.echo(found_page(found), nl=False)
        case _:
            from modelsync.views.found import found_lines

            show(found_lines(found))
