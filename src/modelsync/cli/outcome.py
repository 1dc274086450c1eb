"""What a verb that plans says when it is done, and the exit code it ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelsync.cli.terminal import reader_may_leave, show
from modelsync.errors import Exit
from modelsync.views.report import plan_lines

if TYPE_CHECKING:
    from modelsync.pipeline import Result


def report_result(
    result: Result,
    where: str,
    *,
    output_format: str,
    dry_run: bool,
    check: bool = False,
    verbose: bool = False,
    remarks: tuple[str, ...] = (),
) -> Exit:
    """Print what was planned and what became of it, and return the exit code."""
    code = exit_code(result, check=check)
    with reader_may_leave():
        if output_format == "json":
            _show_json(result, where, code, remarks)
            return code
        for remark in remarks:
            click.echo(f"{remark}.")
        show(plan_lines(result.plan, catalog=where, verbose=verbose))
        _show_outcome(result, where, dry_run=dry_run)
    return code


def exit_code(result: Result, *, check: bool) -> Exit:
    """Return the exit code that a result means; `check` asks whether the catalog has drifted."""
    if check and result.plan.edits_catalog:
        return Exit.DRIFT
    return Exit.PARTIAL if result.plan.held else Exit.DONE


def _show_json(result: Result, where: str, code: Exit, remarks: tuple[str, ...]) -> None:
    from modelsync.views.json import render

    written = result.written
    backup = str(written.backup.catalog) if written is not None and written.backup is not None else None
    messages = remarks + (written.notes if written is not None else ())
    click.echo(
        render(result.plan, catalog=where, applied=written is not None, backup=backup, exit_code=code, notes=messages),
        nl=False,
    )


def _show_outcome(result: Result, where: str, *, dry_run: bool) -> None:
    written = result.written
    if result.aborted:
        click.echo("Aborted: nothing was written.")
    elif dry_run:
        click.echo("Dry run: nothing was written.")
    elif written is not None:
        if written.backup is not None and not result.plan.edits_catalog:
            click.echo(f"{where} is as it was; only its lock has changed.")
        if written.backup is not None:
            click.echo(f"Backup created: {written.backup.catalog}")
        for note in written.notes:
            click.echo(f"Note: {note}")
        if not written.durable:
            click.echo(f"Note: {where} was written, but the system did not confirm that it would survive a power cut.")
