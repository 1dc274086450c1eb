"""One store operation in a process of its own, so that tests may kill it, starve it or take its rights away.

Reads the request as JSON from its first argument; prints the outcome as JSON: `{"done": …}` or `{"error": …}`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from modelsync.errors import Busy, Changed, ModelsyncError
from modelsync.store.backups import backups, restore
from modelsync.store.commit import Write, recover, require_writable, write
from modelsync.store.files import digest, lock_path, read_state
from modelsync.store.mutex import hold

LATE = (fcntl, hashlib)
"""The store imports these when it needs them; a worker that gave up its rights may not reach them by then."""
NOW = datetime(2026, 11, 22, 23, 11, tzinfo=UTC)


def _write(catalog: Path, request: dict[str, str]) -> object:
    """Write the requested bytes over whatever is there now."""
    lock = lock_path(catalog)
    plan = Write(
        catalog,
        request["new_catalog"].encode(),
        request["new_lock"].encode(),
        digest(read_state(catalog).data),
        digest(read_state(lock).data),
    )
    written = write(plan, now=NOW, keep=int(request.get("keep", 10)))
    return {"durable": written.durable, "notes": written.notes}


def _restore(catalog: Path, request: dict[str, str]) -> object:
    """Restore the backup with the requested stamp."""
    chosen = next(backup for backup in backups(catalog) if backup.stamp == request["stamp"])
    written = restore(catalog, chosen, now=NOW, keep=10)
    return {"durable": written.durable, "notes": written.notes}


def _recover(catalog: Path, _: dict[str, str]) -> object:
    with hold(catalog):
        return recover(catalog)


def _count(catalog: Path, request: dict[str, str]) -> object:
    """Add one to the number in both files, as often as asked, planning anew whenever another writer was faster."""
    for turn in range(int(request["times"])):
        while not _increment(catalog, turn):
            pass
    return None


def _increment(catalog: Path, turn: int) -> bool:
    try:
        data, lock = read_state(catalog).data or b"0", read_state(lock_path(catalog)).data or b"0"
        new = str(int(data) + 1).encode()
        plan = Write(catalog, new, new, digest(data), digest(lock))
        write(plan, now=NOW + timedelta(seconds=turn), keep=3)
    except (Busy, Changed):
        return False
    return True


def _hold(catalog: Path, _: dict[str, str]) -> object:
    """Hold the file lock until standard input ends."""
    with hold(catalog):
        sys.stdout.write("held\n")
        sys.stdout.flush()
        sys.stdin.read()


def _check(catalog: Path, _: dict[str, str]) -> object:
    require_writable(catalog)


def _read(catalog: Path, _: dict[str, str]) -> object:
    return (read_state(catalog).data or b"").decode()


def _become(user: int) -> None:
    """Give up root for good: permission bits bind every other user."""
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)


OPERATIONS = {
    "write": _write,
    "restore": _restore,
    "recover": _recover,
    "count": _count,
    "hold": _hold,
    "check": _check,
    "read": _read,
}


def main() -> None:
    """Do what the first argument asks."""
    request: dict[str, str] = json.loads(sys.argv[1])
    if "user" in request:
        _become(int(request["user"]))
    try:
        outcome = {"done": OPERATIONS[request["operation"]](Path(request["catalog"]), request)}
    except ModelsyncError as error:
        outcome = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
    sys.stdout.write(json.dumps(outcome))


if __name__ == "__main__":
    main()
