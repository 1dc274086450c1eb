"""`modelsync init`: start a catalog, its settings, and the habits around them."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from modelsync.catalog.schema import schema_text
from modelsync.cli.init_from import start_from
from modelsync.cli.terminal import is_terminal, say
from modelsync.domain.place import schema_name
from modelsync.errors import CannotWrite, UsageError
from modelsync.project import DEFAULT_CATALOGS, project_to_start
from modelsync.settings import FILE, UnitName
from modelsync.store.files import lock_path
from modelsync.store.starters import BACKUPS_PATTERN, ignores_backups, starter_catalog, starter_settings, write_new

if TYPE_CHECKING:
    from modelsync.project import Project

PROVIDERS = ("openai", "anthropic", "gemini", "ollama", "openrouter")
_PROVIDER = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z][a-z0-9_-]*", re.IGNORECASE
)  # YAML reads some words as values
_DEFAULT_PROVIDERS = ("openai", "anthropic", "gemini")


@click.command("init")
@click.argument("providers", nargs=-1, metavar="[PROVIDER]...")
@click.option(
    "--catalog",
    metavar="FILE",
    envvar="MODELSYNC_CATALOG",
    help=f"The catalog to start (default: that of the settings, else {DEFAULT_CATALOGS[0]}).",
)
@click.option(
    "--unit",
    type=click.Choice(["token", "1k", "1m"]),
    help="What the catalog's prices are per (default: what the settings say, else 1k; with --from: what its values say).",
)
@click.option(
    "--from",
    "source",
    metavar="FILE",
    type=click.Path(),
    help="Propose settings for the YAML file that you have, whatever its shape.",
)
@click.option("--yes", is_flag=True, help="With --from: write the settings without a question.")
@click.option("--gitignore/--no-gitignore", default=None, help="Add the backups to .gitignore (asked on a terminal).")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    providers: tuple[str, ...],
    catalog: str | None,
    unit: UnitName | None,
    source: str | None,
    yes: bool,
    gitignore: bool | None,
) -> None:
    """Write a catalog for these PROVIDERs (default: openai anthropic gemini) and a commented modelsync.toml.

    Beside the catalog stands its JSON Schema, by which editors complete and check it. Files that are there already are never touched,
    and where the settings name a catalog, or a default one is there, no second one is started.
    With --from nothing is written but settings that fit the file: where its models are, what their prices are per.

    \b
    Examples:
      modelsync init
      modelsync init openai ollama --catalog config/llm_models.yml
      modelsync init --from models.yaml
    """
    if source is not None:
        if providers or ctx.get_parameter_source("catalog") is ParameterSource.COMMANDLINE:
            raise UsageError("--from takes the providers and the catalog from the file", hint="Leave the others out.")
        if start_from(source, unit=unit, yes=yes):
            _offer_gitignore(wanted=gitignore)
            click.echo("Next: modelsync sync --dry-run")
        return
    if yes:
        raise UsageError("--yes goes with --from", hint="Plain `modelsync init` asks nothing before it writes.")
    chosen = tuple(dict.fromkeys(providers or _DEFAULT_PROVIDERS))
    if wrong := [name for name in chosen if not _PROVIDER.fullmatch(name)]:
        raise UsageError(f"{wrong[0]!r} is no name for a provider", hint=f"Known ones are {', '.join(PROVIDERS)}.")
    _start_project(chosen, project_to_start(catalog, folder=Path.cwd()), unit)
    _offer_gitignore(wanted=gitignore)
    click.echo("Next: modelsync sync --dry-run")


def _start_project(providers: tuple[str, ...], project: Project, unit: str | None) -> None:
    """Write what is missing of catalog, schema and settings, and say what to commit of it."""
    path = project.catalog
    settings = Path(project.settings_file.name) if project.settings_file is not None else None
    schema = Path(schema_name(str(path)))
    unit = unit or project.settings.unit
    if settings is not None and unit != project.settings.unit:
        raise UsageError(f"{settings} has the unit {project.settings.unit!r}, not {unit!r}", hint="Leave out --unit.")
    if _start(path, starter_catalog(providers, unit, schema.name)):
        _start(schema, schema_text())
    elif not schema.exists():
        say(f"For completion in editors: modelsync schema -o {shlex.quote(str(schema))}")
    if settings is None:
        settings = Path(FILE)
        _start(settings, starter_settings(path.as_posix(), unit))
    else:
        say(f"{settings} is there already: left as it is")
    kept = ", ".join(str(each) for each in (path, schema, settings) if each.exists())
    say(
        f"Commit {kept} and, after the first sync, {lock_path(path)}: the lock is what tells your edits from upstream's."
    )


def _start(path: Path, text: str) -> bool:
    written = write_new(path, text)
    say(f"Wrote {path}" if written else f"{path} is there already: left as it is")
    return written


def _offer_gitignore(*, wanted: bool | None) -> None:
    path = Path(".gitignore")
    if ignores_backups(path):
        return
    if wanted is None and is_terminal(sys.stdin) and is_terminal(sys.stdout):
        wanted = click.confirm(f"Add {BACKUPS_PATTERN} to .gitignore?", default=True)
    if wanted:
        _append_line(path, BACKUPS_PATTERN)
        click.echo(f"Added {BACKUPS_PATTERN} to .gitignore")
    else:
        click.echo(
            f"Backups are for this machine only: put {BACKUPS_PATTERN} into .gitignore (or run with --gitignore)."
        )


def _append_line(path: Path, line: str) -> None:
    """Add a line at the end of a file, in its own line ends; its other bytes stay."""
    try:
        had = path.read_bytes() if path.exists() else b""
        end = b"\r\n" if b"\r\n" in had else b"\n"
        with path.open("ab") as file:
            file.write((b"" if not had or had.endswith(b"\n") else end) + line.encode() + end)
    except OSError as error:
        raise CannotWrite(f"cannot write {path}: {error.strerror}") from error
