"""The command's frame: its verbs, loaded when used, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module

import click

from modelsync import __version__
from modelsync.cli.front import HELP_FLAGS, VERBS, help_page
from modelsync.errors import Exit, ModelsyncError, SpliceMismatch

COMPLETION_VARIABLE = "_MODELSYNC_COMPLETE"
"""What a shell sets when it asks for completions."""


class _PipeClosed(Exception):
    """Whoever read the output has seen enough. click would turn the system's own error into exit code 1, which means drift."""


class _Verbs(click.Group):
    """A group that imports a verb's module only when that verb runs."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _PipeClosed from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest verb when there is none of that name."""
        name = args[0]
        if name not in VERBS and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, VERBS, n=1)
            meant = f" Did you mean `{near[0]}`?" if near else ""
            ctx.fail(f"No such command {name!r}.{meant}")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"modelsync.cli.{cmd_name}").command
        return command

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002  # click's signature
        return help_page().rstrip("\n")


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001  # click's signature
    if not wanted or ctx.resilient_parsing:
        return
    from modelsync.fetch.listing import snapshot_day

    click.echo(f"modelsync {__version__} (embedded snapshot of {snapshot_day()})")
    ctx.exit()


@click.group(cls=_Verbs, context_settings={"help_option_names": list(HELP_FLAGS), "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
)
def app() -> None:
    """Keep the YAML file in which an application lists its LLM models true. Its help is the front page."""


def run(arguments: list[str]) -> int:
    """Run the command with these arguments and return the exit code; what went wrong goes to standard error.

    Where JSON was asked for, an error is a JSON object on standard output; for GitHub it is an annotation too. In a job of
    GitHub nothing else that is printed is a command to its runner.
    """
    _guard_job_log(arguments)
    try:
        result = app.main(
            args=arguments, prog_name="modelsync", complete_var=COMPLETION_VARIABLE, standalone_mode=False
        )
        if sys.stdout is not None:
            sys.stdout.flush()  # a full disk must not be found out after the exit code is said
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # a bug becomes a report, never a traceback in a user's face
        return _explain(error, arguments)
    return int(result) if isinstance(result, int) else Exit.DONE


def _guard_job_log(arguments: list[str]) -> None:
    """Let nothing printed be a command where GitHub's runner reads it."""
    wanted = _wanted_format(arguments)
    if wanted == "github" or os.environ.get("GITHUB_ACTIONS") == "true":
        from modelsync.cli.job_log import guard

        guard(json=wanted == "json")


def _explain(error: BaseException, arguments: list[str]) -> Exit:
    match error:
        case _PipeClosed():
            from modelsync.cli.pipe import silence_output

            silence_output()
            code = Exit.DONE
        case ModelsyncError() if not isinstance(error, SpliceMismatch):
            code = _complain(error.message, error.hint, error.exit_code, arguments)
        case click.UsageError():
            code = _show_usage(error, arguments)
        case click.Abort() | KeyboardInterrupt():
            code = _complain("interrupted", "Nothing is left half written.", Exit.INTERRUPTED, arguments)
        case PermissionError() | OSError(filename=None) | OSError(errno=errno.ENAMETOOLONG):
            # Also a full disk under the output, or a working folder that is gone.
            from modelsync.cli.pipe import silence_output

            silence_output()  # it may be the output that cannot be written
            from modelsync.views.text import visible

            what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
            click.echo(f"modelsync: {visible(what, 5000)}\n  The system refused; your files are whole.", err=True)
            code = Exit.REFUSED
        case _:
            code = _report_bug(error, arguments)
    return code


def _show_usage(error: click.UsageError, arguments: list[str]) -> Exit:
    if _wanted_format(arguments) in ("json", "github"):
        return _complain(error.format_message(), "", Exit.USAGE, arguments)
    error.show()
    return Exit.USAGE


def _report_bug(error: BaseException, arguments: list[str]) -> Exit:
    from modelsync.cli.bug import write_report
    from modelsync.fetch.secrets import redact

    report = write_report(error, arguments, os.environ)
    what = redact(f"a bug: {type(error).__name__}: {error}", os.environ)
    return _complain(what, f"Your files are whole. Please report it with {report}", Exit.BUG, arguments)


def _complain(message: str, hint: str, code: Exit, arguments: list[str]) -> Exit:
    from modelsync.views.text import visible

    wanted = _wanted_format(arguments)
    if wanted == "json":
        from modelsync.views.json import render_error

        click.echo(render_error(message, hint=hint, exit_code=code), nl=False)
        return code
    if wanted == "github":
        from modelsync.cli.job_log import annotate
        from modelsync.views.github import render_error

        annotate(render_error(message, hint=hint))
    click.echo(f"modelsync: {visible(message, 1000)}", err=True)
    if hint:
        click.echo(f"  {visible(hint, 1000)}", err=True)
    return code


def _wanted_format(arguments: list[str]) -> str:
    """Return the format that was asked for, also where the command line could not be understood; a flag wins over the variable."""
    wanted = os.environ.get("MODELSYNC_FORMAT", "")
    for word, following in zip(arguments, [*arguments, ""][1:], strict=True):
        if word == "--format":
            wanted = following
        elif word.startswith("--format="):
            wanted = word.removeprefix("--format=")
    return wanted
