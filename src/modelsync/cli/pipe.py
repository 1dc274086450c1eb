"""Standard output whose reader may leave early, as in `modelsync status | head`."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager

TYPE_CHECKING = False  # what type checkers know as true, without the cost of importing typing
if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def reader_may_leave() -> Generator[None]:
    """Let whoever reads standard output stop early (`| head`): what was done is done, and its exit code stands."""
    try:
        yield
    except BrokenPipeError:
        silence_output()


def silence_output() -> None:
    """Send what is still to be printed nowhere, so that leaving the process does not stumble over a closed pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
