"""`modelsync verify`: whether every model id works, and until when."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsync.cli import completing, options
from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import progress, show
from modelsync.errors import Exit
from modelsync.pipeline.verifying import Wishes, verify_catalog
from modelsync.pipeline.writing import fetched
from modelsync.project import open_project
from modelsync.views.text import visible
from modelsync.views.verified import verdict_text, weight

if TYPE_CHECKING:
    from modelsync.pipeline.verifying import Verification
    from modelsync.views.verified import Verified


@click.command("verify")
@click.argument("names", nargs=-1, metavar="[PROVIDER/KEY]...", shell_complete=completing.entries)
@click.option("--fix", is_flag=True, help="Correct the ids of which it is certain what they mean.")
@click.option("--expiring", default="", metavar="SPAN", help="Also fail on what retires within 30d, 4w or 1m.")
@options.dry_run
@options.catalog
@options.unit
@options.network
@options.output
def command(
    *, names: tuple[str, ...], fix: bool, expiring: str, dry_run: bool, catalog: str | None, unit: str | None,
    network: options.Network, output: options.Output,
) -> Exit:  # fmt: skip
    """Look up every model id in its provider's own list: served, retiring, or failing, with the id that would work.

    Each provider of the catalog is asked with the key that its variable or the settings name; the entries of one that cannot be
    asked are unknown. Exits with 1 when something would fail. Changes nothing without --fix.

    \b
    Examples:
      modelsync verify
      modelsync verify anthropic/sonnet
      modelsync verify --fix --dry-run
      modelsync verify --expiring 30d --format github
    """
    project = open_project(catalog, folder=Path.cwd(), unit=unit)
    now = datetime.now().astimezone()
    wishes = Wishes(names, expiring, fix, dry_run)
    with progress() as stages:
        found = verify_catalog(project, wishes, around=network.surroundings(now), now=now, tell=stages.tell)
    with reader_may_leave():
        _show(found, output)
    if output.verbose:
        stages.report(tuple(map(fetched, found.lists)))
    if found.verified.exit_code is Exit.NOTHING_FETCHED:
        _explain(found.verified, told=output.format == "text" and not output.quiet)
    return found.verified.exit_code


def _show(found: Verification, output: options.Output) -> None:
    verified = found.verified
    match output.format:
        case "json":
            from modelsync.views.verified_json import verified_json

            click.echo(verified_json(verified), nl=False)
        case "markdown":
            from modelsync.views.verified_markdown import verified_page

            click.echo(verified_page(verified), nl=False)
        case "github":
            from modelsync.cli.job_log import annotate
            from modelsync.cli.outcome import add_to_summary
            from modelsync.views.verified_github import verified_annotations
            from modelsync.views.verified_markdown import verified_page

            annotate(verified_annotations(verified, found.opened.line_of))
            add_to_summary(verified_page(verified), applied=verified.applied)
        case _ if output.quiet:
            _show_needs(verified)
        case _:
            from modelsync.views.verified import verified_lines

            show(verified_lines(verified, verbose=output.verbose))


def _show_needs(verified: Verified) -> None:
    """Print only what a person must see to."""
    for verdict in verified.verdicts:
        if weight(verdict) in ("error", "warning") and not (verdict.fix and verified.applied):
            click.echo(f"{visible(verdict.name)}: {visible(verdict_text(verdict), 400)}")


def _explain(verified: Verified, *, told: bool) -> None:
    """Say on standard error why there is no list, unless standard output has `told`."""
    click.echo("modelsync: no provider answered", err=True)
    for heard in () if told else verified.heard:
        click.echo(f"  {visible(heard.display)}: {visible(heard.silence, 400)}", err=True)
