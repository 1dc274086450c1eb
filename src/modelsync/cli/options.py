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
