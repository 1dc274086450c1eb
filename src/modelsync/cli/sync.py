"""`modelsync sync`: bring the catalog into agreement with upstream."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING, cast

import click
from click.core import ParameterSource
from msgspec.structs import replace

from modelsync.cli import options
from modelsync.cli.outcome import report_result
from modelsync.cli.terminal import is_terminal, progress, show
from modelsync.pipeline.syncing import sync_project
from modelsync.views.lines import report_lines
from modelsync.views.report import counts, report_of
from modelsync.views.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelsync.cli.stages import Stages
    from modelsync.pipeline.syncing import Answer, Ask
    from modelsync.pipeline.writing import Result

_RAKE_VARIABLES = {"DRY_RUN": "dry_run", "PRUNE": "prune"}


@click.command("sync")
@options.dry_run
@click.option(
    "--check", is_flag=True, envvar="MODELSYNC_CHECK", help="Write nothing; exit 1 when something would change."
)
@options.request
@options.network
@options.output
def command(
    *, dry_run: bool, check: bool, request: options.Request, network: options.Network, output: options.Output
) -> int:
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
    wishes = request.options
    if "PRUNE" in decisive:
        wishes = replace(wishes, prune="stale")
    now = datetime.now().astimezone()
    project = request.project()
    a_person_watches = output.format == "text" and is_terminal(sys.stdin) and is_terminal(sys.stdout)
    with progress() as stages:
        result = sync_project(
            project,
            wishes,
            around=network.surroundings(now, project.settings.source),
            now=now,
            dry_run=dry_run,
            ask=_question(stages) if a_person_watches and not dry_run else None,
            tell=stages.tell,
        )
    return report_result(result, output, stages, dry_run=dry_run, check=check, remarks=remarks)


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


def _question(stages: Stages) -> Ask:
    """Make the question of a first sync: what becomes of the values people typed before modelsync came."""

    def ask(result: Result) -> Answer:
        stages.tell("")
        report = report_of(result.plan, str(result.opened.project.catalog))
        show(report_lines(report))
        found = counts(report.changes)
        click.echo(
            f"\nThis catalog has no lock yet. {counted(found['updated'], 'entry', 'entries')} would take upstream's values and {found['added']} would be added."
        )
        answer = click.prompt(
            "Take upstream's values, keep the file's as set by hand, or abort?",
            type=click.Choice(["take", "keep", "abort"]),
            default="abort",
        )
        return cast("Answer", answer)

    return ask
