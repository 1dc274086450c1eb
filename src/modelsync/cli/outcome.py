"""What a verb that plans says when it is done, and the exit code it ends with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import say, show
from modelsync.errors import CannotWrite, Exit
from modelsync.views.lines import report_lines
from modelsync.views.report import Report, report_of
from modelsync.views.text import visible

if TYPE_CHECKING:
    from modelsync.cli.options import Output
    from modelsync.cli.stages import Stages
    from modelsync.pipeline.opening import Opened
    from modelsync.pipeline.writing import Result


def report_result(
    result: Result, output: Output, stages: Stages, *, dry_run: bool, check: bool = False, remarks: tuple[str, ...] = ()
) -> Exit:
    """Print what was planned and what became of it, and return the exit code."""
    code = exit_code(result, check=check)
    report = _report(result, code, remarks)
    with reader_may_leave():
        if output.format == "text":
            _show_text(result, report, output, dry_run=dry_run, remarks=remarks)
        else:
            show_report(report, output.format, result.opened)
    if output.verbose:
        stages.report(result.fetched)
        for sentence in result.unasked:
            click.echo(sentence, err=True)
    return code


def exit_code(result: Result, *, check: bool) -> Exit:
    """Return the exit code that a result means; `check` asks whether the catalog has drifted."""
    if check and result.plan.edits_catalog:
        return Exit.DRIFT
    return Exit.PARTIAL if result.plan.partial else Exit.DONE


def show_report(report: Report, output_format: str, opened: Opened) -> None:
    """Print a report in one of the formats that are not text. Annotations point to lines of `opened`, the catalog as read."""
    match output_format:
        case "json":
            from modelsync.views.json import render

            click.echo(render(report), nl=False)
        case "markdown":
            from modelsync.views.markdown import render

            click.echo(render(report), nl=False)
        case _:
            from modelsync.cli.job_log import annotate
            from modelsync.views.github import render
            from modelsync.views.markdown import render as render_page

            annotate(render(report, opened.line_of))
            add_to_summary(render_page(report), applied=report.applied)


def add_to_summary(page: str, *, applied: bool) -> None:
    """Append a page to the summary of the GitHub step that this runs in, if it does. Raises `CannotWrite`."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if not summary:
        return
    try:
        with open(summary, "a", encoding="utf-8") as file:
            file.write("\n" + page)
    except OSError as error:
        hint = "What was applied stays." if applied else ""
        raise CannotWrite(f"cannot write the step summary {summary}: {error.strerror}", hint=hint) from error


def _report(result: Result, code: Exit, remarks: tuple[str, ...]) -> Report:
    written = result.written
    return replace(
        report_of(result.plan, str(result.opened.project.catalog)),
        applied=written is not None,
        backup=str(written.backup.catalog) if written is not None and written.backup is not None else None,
        exit_code=int(code),
        messages=remarks + (written.notes if written is not None else ()),
    )


def _show_text(result: Result, report: Report, output: Output, *, dry_run: bool, remarks: tuple[str, ...]) -> None:
    if output.quiet:
        for change in result.plan.held:
            say(f"held: {change.provider}/{change.key}: {visible(change.reason, 400)}. {change.way_out}")
        return
    for remark in remarks:
        click.echo(f"{remark}.")
    show(report_lines(report, verbose=output.verbose))
    _show_outcome(result, report.catalog, dry_run=dry_run)


def _show_outcome(result: Result, where: str, *, dry_run: bool) -> None:
    written = result.written
    if result.aborted:
        click.echo("Aborted: nothing was written.")
    elif dry_run:
        click.echo("Dry run: nothing was written.")
    elif written is not None:
        if written.backup is not None and not result.plan.edits_catalog:
            say(f"{where} is as it was; only its lock has changed.")
        if written.backup is not None:
            say(f"Backup created: {written.backup.catalog}")
        for note in written.notes:
            say(f"Note: {note}")
