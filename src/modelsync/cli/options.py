"""Options that several verbs share. A flag wins over its `MODELSYNC_*` variable, which wins over the settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

catalog = click.option(
    "--catalog",
    metavar="FILE",
    envvar="MODELSYNC_CATALOG",
    help="The catalog (default: llm_models.yml, else config/llm_models.yml).",
)
source = click.option(
    "--source",
    metavar="SOURCE",
    envvar="MODELSYNC_SOURCE",
    help="openrouter (default), snapshot (embedded, offline), a file, - for standard input, or an http(s) address.",
)
preset = click.option(
    "--preset",
    type=click.Choice(["default", "classic"]),
    envvar="MODELSYNC_PRESET",
    help="classic reproduces the original Rake task.",
)
unit = click.option(
    "--unit",
    type=click.Choice(["token", "1k", "1m"]),
    envvar="MODELSYNC_UNIT",
    help="What the catalog's prices are per.",
)
dry_run = click.option(
    "--dry-run", is_flag=True, envvar="MODELSYNC_DRY_RUN", help="Show what would change; write nothing."
)
output_format = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    envvar="MODELSYNC_FORMAT",
    help="How to print the result.",
)
_WISHES = (
    click.option(
        "--prune",
        type=click.Choice(["stale", "all"]),
        is_flag=False,
        flag_value="stale",
        envvar="MODELSYNC_PRUNE",
        help="Remove entries whose upstream model is gone (all: also those that never matched).",
    ),
    click.option(
        "--take", multiple=True, metavar="P/K[.FIELD]", help="Adopt upstream's value where the file has another."
    ),
    click.option("--accept", multiple=True, metavar="P/K", help="Let one held change through."),
    click.option("--ours", is_flag=True, help="Keep every value of the file that differs, as set by hand from now on."),
    click.option("--force", is_flag=True, help="Go on although lock and catalog are out of step."),
    source,
    catalog,
    preset,
    unit,
)


def wishes(command: Command) -> Command:
    """Give a command what a plan is made from: what to prune, take, accept and keep, from where, for which catalog."""
    for option in reversed(_WISHES):
        command = option(command)
    return command
