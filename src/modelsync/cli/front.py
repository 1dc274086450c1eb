"""The command's front page: its verbs, and the help that lists them. Nothing is imported for it that it does not print."""

from modelsync.errors import Exit

VERBS = {
    "sync": "Bring the catalog into agreement with upstream.",
    "plan": "Show what a sync would do, or write it to a file for review.",
    "apply": "Carry out a reviewed plan, if nothing has moved since.",
    "status": "Say where each entry stands, who set it and why; offline.",
    "list": "Ask the providers what they serve.",
    "verify": "Check that every model id works and until when; --fix corrects.",
    "check": "Check the catalog for mistakes, line by line; offline.",
    "show": "Show all that the catalog says of a model; offline.",
    "find": "Find the models that fit, the cheapest first; offline.",
    "cost": "Say what a call of a model costs; offline.",
    "compare": "Compare what a call costs with several models; offline.",
    "diff": "Compare the catalog with a backup or a git revision.",
    "add": "Add models by name, from the listing.",
    "remove": "Remove entries by name, so that no sync adds them again.",
    "rename": "Rename a model id, or an entry's key.",
    "backups": "List the backups of a catalog.",
    "restore": "Bring back a catalog and its lock from a backup.",
    "init": "Start a catalog and its settings.",
    "layout": "Show or test how the catalog is read; offline.",
    "schema": "Print the JSON Schema of the catalog, for editors.",
    "completion": "Print the script that makes a shell complete this command.",
}
"""Every verb with its one-line help; the module of the same name has the command."""

HELP_FLAGS = ("-h", "--help")

_HEAD = """\
Usage: modelsync [OPTIONS] COMMAND [ARGS]...

  Keep the YAML file in which an application lists its LLM models true.

Examples:
  modelsync sync --dry-run                  what would change?
  modelsync sync                            change it, after a backup
  modelsync sync --source snapshot          the same, offline
  modelsync sync --check                    in CI: exit 1 when something drifted
  modelsync status openai/gpt-4o            who set this price, and why does it stay?
  modelsync restore                         undo the last sync

Commands (each has a --help with examples):
"""
_OPTIONS = """
Options:
  --version   Show the version and the embedded snapshot's date.
  -h, --help  Show this page.

Exit codes:
"""


def help_page() -> str:
    """Return the help of the command itself, for a terminal of 80 columns."""
    verbs = "".join(f"  {verb:<11} {what}\n" for verb, what in VERBS.items())
    codes = "".join(f"  {code.value:<4}{_short(code.meaning)}\n" for code in Exit)
    return _HEAD + verbs + _OPTIONS + codes


def _short(meaning: str) -> str:
    return meaning.partition(":")[0].replace("`", "")
