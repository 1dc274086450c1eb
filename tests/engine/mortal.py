"""A process whose children sync or restore and are killed on the way. Requests are lines of JSON; so are the answers.

A request has `verb`, `die_at` and what the verb takes; the answer says whether the child was killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from modelsync.fetch.listing import Surroundings
from modelsync.pipeline.syncing import sync_project
from modelsync.planning.context import Options
from modelsync.project import Project
from modelsync.settings import Settings
from modelsync.store.backups import backups, restore

CHANGING = {os.open, os.write, os.fsync, os.replace, os.rename, os.unlink, os.fchmod}


def _die_at(number: int) -> Callable[[FrameType, str, Any], None]:
    """Return a profiler that kills this process before the `number`-th call that may change a file."""
    left = number

    def watch(_: FrameType, event: str, function: Any) -> None:
        nonlocal left
        if event == "c_call" and function in CHANGING:
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    return watch


def _sync(catalog: Path, request: dict[str, Any]) -> None:
    """Sync; the first call that counts is the first of the write."""
    settings = msgspec.convert(request["settings"], Settings)
    options = msgspec.convert(request["wishes"], Options)
    watch = _die_at(request["die_at"])
    sync_project(
        Project(catalog, settings),
        options,
        around=Surroundings(environment={}, today=request["day"], stdin=BytesIO(), send=_no_network),
        now=datetime.fromisoformat(request["now"]),
        tell=lambda stage: sys.setprofile(watch) if stage == "writing" else None,
    )


def _restore(catalog: Path, request: dict[str, Any]) -> None:
    chosen = next(backup for backup in backups(catalog) if backup.stamp == request["stamp"])
    sys.setprofile(_die_at(request["die_at"]))
    restore(catalog, chosen, now=datetime.fromisoformat(request["now"]), keep=request["keep"])


def _no_network(call: Any) -> Any:
    raise AssertionError(f"nothing is to be fetched: {call}")


VERBS = {"sync": _sync, "restore": _restore}


def _live(request: dict[str, Any]) -> None:
    """Do what is asked, and end this process."""
    try:
        VERBS[request["verb"]](Path(request["catalog"]), request)
    except Exception:  # noqa: BLE001 - a child must not go on with its parent's work, whatever happens
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    """Answer every request."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _live(json.loads(line))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, -signal.SIGKILL), status
        sys.stdout.write(json.dumps(status == -signal.SIGKILL) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
