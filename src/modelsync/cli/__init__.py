"""The command `modelsync`: one module a verb; parsing, wiring and exit codes, nothing else."""

TYPE_CHECKING = False  # what type checkers know as true, without the cost of importing typing
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Run the command and leave the process with its exit code."""
    import gc
    import sys

    gc.disable()  # the process is over before a collection would pay: this halves a large sync
    words = sys.argv[1:] if arguments is None else list(arguments)
    if not _shows_the_front_page(words):
        from modelsync.cli.app import run

        code = run(words)
        gc.freeze()  # and none on the way out
        sys.exit(code)


def _shows_the_front_page(words: "Sequence[str]") -> bool:
    """Print the help of the command itself, the one page that needs none of the rest; False when that is not asked."""
    import sys

    from modelsync.cli.front import HELP_FLAGS, help_page
    from modelsync.cli.pipe import silence_output

    if len(words) != 1 or words[0] not in HELP_FLAGS or sys.stdout is None:
        return False
    try:
        sys.stdout.write(help_page())
        sys.stdout.flush()
    except BrokenPipeError:
        silence_output()
    except OSError:
        return False  # a full disk: what explains errors comes with the rest
    return True
