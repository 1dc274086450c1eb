"""`modelsync completion`: the script that makes a shell complete commands, options, entries and backups."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from modelsync.cli.app import COMPLETION_VARIABLE, app

_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command("completion")
@click.argument("shell", type=click.Choice(list(_SHELLS)))
def command(*, shell: str) -> None:
    """Print the completion script for SHELL: bash (4.4 or newer), zsh or fish.

    \b
    Examples:
      eval "$(modelsync completion bash)"                                  # in ~/.bashrc
      eval "$(modelsync completion zsh)"                                   # in ~/.zshrc
      modelsync completion fish > ~/.config/fish/completions/modelsync.fish
    """
    script = _SHELLS[shell](app, {}, "modelsync", COMPLETION_VARIABLE)
    click.echo(script.source_template % script.source_vars())
