"""`modelsync sync`: bring the catalog into agreement with upstream."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from click.core import ParameterSource

from modelsync.cli import options
from modelsync.cli.outcome import report_result
from modelsync.cli.terminal import is_terminal, progress, show
from modelsync.fetch.listing import live_surroundings
from modelsync.pipeline import sync_project
from modelsync.planning.context import Options
from modelsync.project import open_project
from modelsync.views.report import counts, plan_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelsync.pipeline import Answer, Ask
    from modelsync.planning.changes import Plan
    from modelsync.planning.context import PruneMode

_RAKE_VARIABLES = {"DRY_RUN": "dry_run", "PRUNE": "prune"}


@click.command("sync")
@options.dry_run
@click.option(
    "--check", is_flag=True, envvar="MODELSYNC_CHECK", help="Write nothing; exit 1 when something would change."
)
@options.wishes
@options.output_format
@click.option("--verbose", "-v", is_flag=True, help="Show every note.")
def command(
    *, dry_run: bool, prune: str | None, check: bool, take: tuple[str, ...], accept: tuple[str, ...], ours: bool, force: bool,
    source: str | None, catalog: str | None, preset: str | None, unit: str | None, output_format: str, verbose: bool,
) -> int:  # fmt: skip
    """Bring the catalog into agreement with upstream, after a backup.

    \b
    Examples:
      modelsync sync --dry-run
      modelsync sync --prune
      modelsync sync --source models.json --format json
      modelsync sync --take openai/gpt-4o.pricing
    """
    decisive, remarks = _rake_variables(os.environ)
    dry_run = dry_run or check or "DRY_RUN" in decisive
    prune = prune or ("stale" if "PRUNE" in decisive else None)
    now = datetime.now().astimezone()
    project = open_project(catalog, folder=Path.cwd(), source=source, preset=preset, unit=unit)
    wishes = Options(cast("PruneMode", prune or ""), take, accept, ours, force)
    with progress() as tell:
        ask = (
            _question(tell)
            if output_format == "text" and not dry_run and is_terminal(sys.stdin) and is_terminal(sys.stdout)
            else None
        )
        around = live_surroundings(os.environ, now.astimezone(UTC).date().isoformat())
        result = sync_project(project, wishes, around=around, now=now, dry_run=dry_run, ask=ask, tell=tell)
    return report_result(
        result, str(project.catalog), output_format=output_format, dry_run=dry_run, check=check, verbose=verbose,
        remarks=remarks,
    )  # fmt: skip


def _rake_variables(environment: Mapping[str, str]) -> tuple[list[str], tuple[str, ...]]:
    """Read the variables of the original task: which of them decide, and what is said about them.

    Only exactly `1` counts; a flag or a `MODELSYNC_*` variable wins.
    """
    given = click.get_current_context().get_parameter_source
    seen = [name for name in _RAKE_VARIABLES if environment.get(name) == "1"]
    decisive = [name for name in seen if given(_RAKE_VARIABLES[name]) is ParameterSource.DEFAULT]
    remarks = (
        f"{name}=1 seen in the environment{'' if name in decisive else ', but a flag or a MODELSYNC variable decides'}"
        for name in seen
    )
    return decisive, tuple(remarks)


def _question(tell: object) -> Ask:
    """Make the question of a first sync: what becomes of the values people typed before modelsync came."""

    def ask(plan: Plan) -> Answer:
        if callable(tell):
            tell("")
        show(plan_lines(plan, catalog="First sync"))
        found = counts(plan)
        click.echo(
            f"\nThis catalog has no lock yet. {found['updated']} entries would take upstream's values and {found['added']} would be added."
        )
        answer = click.prompt(
            "Take upstream's values, keep the file's as set by hand, or abort?",
            type=click.Choice(["take", "keep", "abort"]),
            default="abort",
        )
        return cast("Answer", answer)

    return ask
