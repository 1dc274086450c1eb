"""Every error modelsync raises on purpose, and the exit code each one means.

    ModelsyncError
    ├── UsageError            2    the command line asks for something that cannot be
    │   └── InvalidCall            the call whose cost is asked for cannot have been
    ├── NothingFetched        3    no source answered with a usable listing
    │   └── NobodyListens          the address is this machine's, and no server has it
    ├── InvalidFile           5    a catalog, lock, settings or plan file cannot be read safely
    │   ├── CatalogInvalid
    │   ├── LockInvalid
    │   ├── SettingsInvalid
    │   └── PlanInvalid
    ├── Refused               6    modelsync could, but will not: nothing was written
    │   ├── GuardRefused           a guard judged the whole plan wrong
    │   ├── Changed                a file moved between reading and writing
    │   ├── Busy                   another process holds the file lock
    │   └── CannotWrite            the file system said no
    └── SpliceMismatch        70   the edited text is not what was planned: a bug

Errors carry data and never print. `str(error)` is one line for a person; `error.hint` says what to do about it.
"""

from enum import IntEnum

TYPE_CHECKING = False  # what type checkers know as true, without the cost of importing typing
if TYPE_CHECKING:
    from typing import Self


class Exit(IntEnum):
    """The exit codes of the command, each with the sentence the documentation prints."""

    DONE = 0, "done"
    DRIFT = 1, "`--check` found drift, `verify` an id that would fail, or `check` an error"
    USAGE = 2, "usage: the command line asks for something that cannot be"
    NOTHING_FETCHED = 3, "nothing could be fetched, nothing written"
    PARTIAL = (
        4,
        "done in part, or a price was not known: something was held, one source of several failed, or a list was not whole",
    )
    INVALID = 5, "the catalog, the lock, the settings or a plan file are invalid"
    REFUSED = 6, "refused: a guard, a plan that no longer fits, a busy file lock, or a file that cannot be written"
    BUG = 70, "a bug; a report file was written"
    INTERRUPTED = 130, "interrupted"

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "Self":
        """Make a member that is its number and carries its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member


class ModelsyncError(Exception):
    """Base of all errors that a user can meet. `hint` is the way out, in one sentence, or empty."""

    exit_code: Exit = Exit.BUG

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ModelsyncError):
    """The request itself is wrong: an unknown entry, two catalogs and none named."""

    exit_code = Exit.USAGE


class InvalidCall(UsageError, ValueError):
    """What is said of a call cannot be: a negative count, parts that are more than the whole, a time without a zone."""


class NothingFetched(ModelsyncError):
    """No source gave a usable listing."""

    exit_code = Exit.NOTHING_FETCHED


class NobodyListens(NothingFetched):
    """No server listens at an address of this machine."""


class InvalidFile(ModelsyncError):
    """A file modelsync must trust cannot be trusted. `line` and `column` count from 1; 0 means unknown."""

    exit_code = Exit.INVALID

    def __init__(self, path: str, problem: str, *, line: int = 0, column: int = 0, hint: str = "") -> None:
        place = f":{line}:{column}" if line else ""
        super().__init__(f"{path}{place}: {problem}", hint=hint)
        self.path = path
        self.problem = problem
        self.line = line
        self.column = column


class CatalogInvalid(InvalidFile):
    """The catalog is not a YAML document that can be edited safely."""


class LockInvalid(InvalidFile):
    """The lock is damaged, from a newer version, or has conflict markers."""


class SettingsInvalid(InvalidFile):
    """The settings say something modelsync does not understand."""


class PlanInvalid(InvalidFile):
    """A plan file is damaged, from another version, or does not fit the catalog it says it was made for."""


class Refused(ModelsyncError):
    """modelsync will not go on; nothing was written."""

    exit_code = Exit.REFUSED


class GuardRefused(Refused):
    """A guard judged the whole plan wrong."""


class Changed(Refused):
    """A file is no longer what the plan was computed from."""


class Busy(Refused):
    """Another process is writing this catalog."""


class CannotWrite(Refused):
    """The file system refused a write; the old bytes are intact."""


class SpliceMismatch(ModelsyncError):
    """The edited text does not parse to what was planned. Nothing was written; this is a bug in modelsync."""

    exit_code = Exit.BUG
