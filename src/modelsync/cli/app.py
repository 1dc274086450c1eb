"""The command's frame: its verbs, loaded when used, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from modelsync import __version__
from modelsync.errors import Exit, ModelsyncError

VERBS = {
    "sync": "Bring the catalog into agreement with upstream.",
    "init": "Start a catalog and its settings.",
    "rename": "Rename a model id, or an entry's key.",
    "backups": "List the backups of a catalog.",
    "restore": "Bring back a catalog and its lock from a backup.",
}
"""Every verb with its one-line help; the module of the same name has the command."""


class _Verbs(click.Group):
    """A group that imports a verb's module only when that verb runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"modelsync.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: "
    + ", ".join(f"{code.value} {code.meaning.split(':')[0].replace('`', '')}" for code in Exit)
    + ".",
)
@click.version_option(__version__, prog_name="modelsync")
def app() -> None:
    """Keep the YAML file in which an application lists its LLM models true.

    \b
    Examples:
      modelsync sync --dry-run                  what would change?
      modelsync sync                            change it, after a backup
      modelsync sync --source snapshot          the same, offline
      modelsync sync --check                    in CI: exit 1 when something drifted
      modelsync restore                         undo the last sync
    """


def run(arguments: list[str]) -> int:
    """Run the command with these arguments and return the exit code; what went wrong goes to standard error."""
    try:
        result = app.main(args=arguments, prog_name="modelsync", standalone_mode=False)
        return int(result) if isinstance(result, int) else Exit.DONE
    except ModelsyncError as error:
        _complain(error, arguments)
        return error.exit_code
    except click.UsageError as error:
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted; nothing is left half written.", err=True)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except Exception as error:  # noqa: BLE001  # the last resort: a bug becomes a report, never a traceback in a user's face
        from modelsync.cli.bug import write_report

        click.echo(f"modelsync: a bug: {type(error).__name__}: {error}", err=True)
        click.echo(f"  Nothing was written. Please report it with {write_report(error, arguments)}", err=True)
        return Exit.BUG


def _complain(error: ModelsyncError, arguments: list[str]) -> None:
    from modelsync.views.text import visible

    if "json" in arguments or "--format=json" in arguments:
        from modelsync.views.json import render_error

        click.echo(render_error(error.message, hint=error.hint, exit_code=error.exit_code), nl=False)
        return
    click.echo(f"modelsync: {visible(error.message, 1000)}", err=True)
    if error.hint:
        click.echo(f"  {visible(error.hint, 1000)}", err=True)
