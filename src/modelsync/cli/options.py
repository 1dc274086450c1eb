"""Options that several verbs share. A flag wins over its `MODELSYNC_*` variable, which wins over the settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
from msgspec import Struct

from modelsync.cli import completing
from modelsync.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from modelsync.fetch.listing import Surroundings
    from modelsync.planning.context import Options, PruneMode
    from modelsync.project import Project

Command = TypeVar("Command", bound=Callable[..., Any])

catalog = click.option(
    "--catalog",
    metavar="FILE",
    envvar="MODELSYNC_CATALOG",
    type=click.Path(),
    help="The catalog (default: llm_models.yml, else config/llm_models.yml).",
)
source = click.option(
    "--source",
    metavar="SOURCE",
    shell_complete=completing.sources,
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


def output_format(*choices: str) -> Callable[[Command], Command]:
    """Give a command `--format` with these choices, the first of which is the default."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(choices),
        default=choices[0],
        envvar="MODELSYNC_FORMAT",
        help="How to print the result.",
    )


class Network(Struct, frozen=True):
    """Where answers come from, and whether they are kept: the network, or the folder of a recording."""

    record: str | None
    replay: str | None

    def surroundings(self, now: datetime, source: str = "") -> Surroundings:
        """Return the outside world as of `now`, or of the day of the recording. `source` is that of the settings, "" for a verb
        that asks providers. Raises `UsageError` for a folder of no use, and where nothing can be recorded or replayed.
        """
        from modelsync.fetch.listing import is_network, live_surroundings

        if self.record is not None and self.replay is not None:
            raise UsageError("--record and --replay exclude each other", hint="A replay receives nothing new.")
        if source and not is_network(source):
            self._refuse_without_network(source)
        record, replay = (Path(folder) if folder is not None else None for folder in (self.record, self.replay))
        return live_surroundings(os.environ, now.astimezone(UTC).date().isoformat(), record=record, replay=replay)

    def _refuse_without_network(self, source: str) -> None:
        """Raise `UsageError` if a recording is to be made or replayed of a source that no recording holds."""
        if self.record is not None:
            hint = "A file can be handed on as it is. The network is recorded with `--source openrouter`."
            raise UsageError(f"--record keeps what the network answers, and the source is {source!r}", hint=hint)
        if self.replay is not None:
            hint = "Name the source that was recorded, such as `--source openrouter`, or leave --replay out."
            raise UsageError(f"--replay answers for the network, and the source is {source!r}", hint=hint)


class Output(Struct, frozen=True):
    """How a verb that plans prints its result."""

    format: str
    quiet: bool
    verbose: bool


class Request(Struct, frozen=True):
    """What a plan is to be made from, as the command line has it."""

    options: Options
    catalog: str | None
    source: str | None
    preset: str | None
    unit: str | None

    def project(self) -> Project:
        """Find the catalog and the settings in force."""
        from modelsync.project import open_project

        return open_project(self.catalog, folder=Path.cwd(), source=self.source, preset=self.preset, unit=self.unit)


_NETWORK = (
    click.option(
        "--record",
        metavar="DIR",
        type=click.Path(file_okay=False),
        help="Write what is received into this new folder, without keys.",
    ),
    click.option(
        "--replay",
        metavar="DIR",
        type=click.Path(file_okay=False),
        help="Answer from such a folder, as on the day it was made; no network, no key.",
    ),
)
_OUTPUT = (
    output_format("text", "json", "markdown", "github"),
    click.option("--quiet", "-q", is_flag=True, help="Say nothing unless a person is needed."),
    click.option("--verbose", "-v", is_flag=True, help="Show every note, what was fetched, and how long it took."),
)
_READING = (catalog, unit, output_format("text", "json", "markdown"))
_REQUEST = (
    click.option(
        "--prune",
        type=click.Choice(["stale", "all"]),
        is_flag=False,
        flag_value="stale",
        envvar="MODELSYNC_PRUNE",
        help="Remove entries whose upstream model is gone (all: also those that never matched).",
    ),
    click.option(
        "--take",
        multiple=True,
        metavar="P/K[.FIELD]",
        shell_complete=completing.entry_fields,
        help="Adopt upstream's value where the file has another.",
    ),
    click.option(
        "--accept",
        multiple=True,
        metavar="P/K",
        shell_complete=completing.entries,
        help="Let one held change through.",
    ),
    click.option("--ours", is_flag=True, help="Keep every value of the file that differs, as set by hand from now on."),
    click.option(
        "--force",
        is_flag=True,
        help="Go on where a guard refuses: out of step, a shrunken or slipped listing, many removals.",
    ),
    source,
    catalog,
    preset,
    unit,
)


def network(command: Command) -> Command:
    """Give a command that fetches where its answers come from, as the argument `network`."""

    @wraps(command)
    def gathered(*, record: str | None, replay: str | None, **others: Any) -> Any:
        return command(network=Network(record, replay), **others)

    return _with(_NETWORK, gathered)


def output(command: Command) -> Command:
    """Give a command how its result is printed, as the argument `output`."""

    @wraps(command)
    def gathered(*, output_format: str, quiet: bool, verbose: bool, **others: Any) -> Any:
        return command(output=Output(output_format, quiet, verbose), **others)

    return _with(_OUTPUT, gathered)


def reading(command: Command) -> Command:
    """Give a command that reads a catalog without network what it reads, as the argument `project`, and its `output_format`."""

    @wraps(command)
    def gathered(*, catalog: str | None, unit: str | None, **others: Any) -> Any:
        from modelsync.project import open_project

        return command(project=open_project(catalog, folder=Path.cwd(), unit=unit), **others)

    return _with(_READING, gathered)


def request(command: Command) -> Command:
    """Give a command what a plan is made from, as the argument `request`: what to prune, take, accept and keep, from where."""

    @wraps(command)
    def gathered(
        *, prune: str | None, take: tuple[str, ...], accept: tuple[str, ...], ours: bool, force: bool,
        source: str | None, catalog: str | None, preset: str | None, unit: str | None, **others: Any,
    ) -> Any:  # fmt: skip
        from modelsync.planning.context import Options

        wishes = Options(cast("PruneMode", prune or ""), take, accept, ours, force)
        return command(request=Request(wishes, catalog, source, preset, unit), **others)

    return _with(_REQUEST, gathered)


def _with(options: tuple[Callable[[Any], Any], ...], command: Any) -> Any:
    for option in reversed(options):
        command = option(command)
    return command
