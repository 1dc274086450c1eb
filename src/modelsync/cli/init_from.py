"""`modelsync init --from FILE`: propose settings for a file that a team has, show what they read, and write them after a yes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsync.cli.terminal import is_terminal, say, show
from modelsync.discovery.unit import UnitUnclear
from modelsync.errors import UsageError
from modelsync.pipeline.discovering import discover
from modelsync.project import with_a_name
from modelsync.settings import FILE, find
from modelsync.store.files import lock_path
from modelsync.store.starters import write_new
from modelsync.views.proposed import proposed_lines, readings_lines

if TYPE_CHECKING:
    from modelsync.pipeline.discovering import Discovered
    from modelsync.settings import UnitName


def start_from(name: str, *, unit: UnitName | None, yes: bool) -> bool:
    """Propose settings and write them if the person agrees; say whether they were written. The file itself is only read.

    Raises `UsageError` where settings are there already, and what `discover` raises.
    """
    catalog = with_a_name(Path(name))
    _refuse_settings(Path.cwd())
    found = _discovered(catalog, unit)
    show(proposed_lines(found.reading, found.settings))
    if not yes and not _agrees():
        return False
    if not write_new(Path(FILE), found.settings):
        raise UsageError(f"{FILE} is there already", hint="Somebody wrote it just now: look at it, and run this again.")
    say(
        f"Wrote {FILE}. Commit it and, after the first sync, {lock_path(catalog)}: the lock is what tells your edits from upstream's."
    )
    return True


def _discovered(catalog: Path, unit: UnitName | None) -> Discovered:
    try:
        return discover(catalog, unit=unit)
    except UnitUnclear as unclear:
        show(readings_lines(unclear))
        raise


def _refuse_settings(folder: Path) -> None:
    there = Path(FILE) if Path(FILE).exists() else find(folder).path
    if there is not None and there.resolve().parent == folder.resolve():
        hint = (
            "Move them away and run this again, or write `catalog`, `unit` and `layout` there: see the page on layouts."
        )
        raise UsageError(f"{there.name} has settings already", hint=hint)


def _agrees() -> bool:
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        click.echo("Nothing was written: run this with --yes, or on a terminal.", err=True)
        return False
    if click.confirm(f"Write {FILE}?", default=True):
        return True
    say("Nothing was written.")
    return False
