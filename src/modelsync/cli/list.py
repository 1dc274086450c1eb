"""`modelsync list`: what each provider says it serves."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsync.cli import completing, options
from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import progress, show
from modelsync.errors import Exit, UsageError
from modelsync.pipeline.asking import apis_named
from modelsync.pipeline.served import Wanted, exit_code, serving_of
from modelsync.pipeline.writing import fetched
from modelsync.project import Project, open_project, settings_in

if TYPE_CHECKING:
    from modelsync.views.served import Serving


@click.command("list")
@click.argument("names", nargs=-1, metavar="[PROVIDER]...", shell_complete=completing.apis)
@click.option("--filter", "pattern", default="", metavar="GLOB|TEXT", help="Only models whose id or name matches.")
@click.option("--new", is_flag=True, help="Only models that are not in the catalog.")
@options.catalog
@options.network
@options.output_format("text", "json", "markdown")
@click.option("--verbose", "-v", is_flag=True, help="Show every model and note, and how long it took.")
def command(
    *, names: tuple[str, ...], pattern: str, new: bool, catalog: str | None, network: options.Network,
    output_format: str, verbose: bool,
) -> int:  # fmt: skip
    """Ask the providers what they serve: how many models each, and with PROVIDER, --filter, --new or -v which.

    Each is asked with the key that its variable or the settings name, all at the same time; without a key it is skipped. The
    catalog, if there is one, only says which of the models are in it.

    \b
    Examples:
      modelsync list
      modelsync list openai --filter 'gpt-5*'
      modelsync list --new --format json
    """
    apis = apis_named(names)
    project = _project(catalog, required=new)
    settings = project.settings if project is not None else settings_in(Path.cwd()).settings
    around = network.surroundings(datetime.now().astimezone())
    with progress() as stages:
        serving = serving_of(apis, settings, project, Wanted(pattern, new), around=around, tell=stages.tell)
    code = exit_code(serving)
    with reader_may_leave():
        _show(serving, output_format, models=bool(names) or serving.chosen or verbose, verbose=verbose, code=code)
    if verbose:
        stages.report(tuple(fetched(answer.listed) for answer in serving.answers if answer.listed is not None))
    if code is Exit.NOTHING_FETCHED:
        _explain(serving)
    return code


def _project(catalog: str | None, *, required: bool) -> Project | None:
    """Find the catalog; None where there is none and none is needed."""
    try:
        project = open_project(catalog, folder=Path.cwd())
    except UsageError:
        if required:
            raise
        return None
    if catalog is not None and not project.catalog.exists():
        raise UsageError(f"no such catalog: {catalog}", hint="Without --catalog the list needs none.")
    return project


def _show(serving: Serving, output_format: str, *, models: bool, verbose: bool, code: Exit) -> None:
    match output_format:
        case "json":
            from modelsync.views.served_json import serving_json

            click.echo(serving_json(serving, exit_code=code), nl=False)
        case "markdown":
            from modelsync.views.served_markdown import serving_page

            click.echo(serving_page(serving, models=models), nl=False)
        case _:
            from modelsync.views.served import serving_lines

            show(serving_lines(serving, models=models, verbose=verbose))


def _explain(serving: Serving) -> None:
    click.echo("modelsync: no provider answered", err=True)
    keyless = [answer for answer in serving.answers if answer.state == "skipped" and not answer.message]
    if missing := [answer.variables[0] for answer in keyless]:
        click.echo(f"  Set {' or '.join(missing)}, or name a key file in the settings.", err=True)
