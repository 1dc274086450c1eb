"""The command `modelsync`: one module a verb; parsing, wiring and exit codes, nothing else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave the process with its exit code."""
    import gc

    gc.disable()  # the process is over before a collection would pay: this halves a large sync
    from modelsync.cli.app import run

    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))
