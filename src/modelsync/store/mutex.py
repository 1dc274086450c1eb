"""One writer at a time: a fail-fast file lock that the kernel gives back when its holder dies."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from typing import TYPE_CHECKING

from modelsync.errors import Busy
from modelsync.store.atomic import refusing, write_all
from modelsync.store.files import resolve

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_LOOKS, _LOOK_SECONDS = 100, 0.002
_FAR = 1 << 30
"""Windows locks bytes, and nobody may read locked ones: the locked byte lies far beyond the holder's name."""


def mutex_path(catalog: Path) -> Path:
    """Return the lock file of `catalog`: hidden, beside the real file, so that all names of one file share it."""
    real = resolve(catalog)
    return real.with_name(f".{real.name}.modelsync.mutex")


@contextlib.contextmanager
def hold(catalog: Path) -> Generator[None]:
    """Hold the file lock of `catalog` for the block. Not reentrant: a second hold in the same process is Busy.

    Raises Busy at once, naming the holder, when another process has it, and CannotWrite when the folder or the file
    system allows no lock file. A holder that was killed holds nothing. The lock file is removed on release.
    """
    path = mutex_path(catalog)
    with refusing(catalog):
        fd = _acquire(catalog, path)
    try:
        with refusing(catalog):
            _sign(fd)
        yield
    finally:
        _release(fd, path)


def _acquire(catalog: Path, path: Path) -> int:
    """Lock the file at `path`, retrying when the holder before us removed it between our open and our lock."""
    while True:
        fd = os.open(path, _FLAGS, 0o666)
        try:
            if not _try_lock(fd):
                message = f"{catalog} is being written by {_holder(fd)}"
                raise Busy(message, hint="Wait until it has finished and run again.")  # noqa: TRY301 - closes fd below
            if _is_still(fd, path):
                return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


def _try_lock(fd: int) -> bool:
    """Take the lock without waiting; False when another has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(fd, _FAR, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}:
            return False
        raise
    return True


def _is_still(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.lstat())
    except FileNotFoundError:
        return False


def _sign(fd: int) -> None:
    """Write who holds the lock. The file's own time says since when, so that no clock is asked."""
    host = os.uname().nodename if sys.platform != "win32" else "this host"
    os.ftruncate(fd, 0)
    os.lseek(fd, 0, os.SEEK_SET)
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(os.fstat(fd).st_mtime))
    write_all(fd, f"process {os.getpid()} on {host} since {since}\n".encode())


def _holder(fd: int) -> str:
    """Read who holds the lock. One who has only just taken it is given a moment to sign."""
    for _ in range(_LOOKS):
        os.lseek(fd, 0, os.SEEK_SET)
        name = os.read(fd, 500).decode(errors="replace").strip()
        if name:
            return name if name.isprintable() else "another process"
        time.sleep(_LOOK_SECONDS)
    return "another process"


def _release(fd: int, path: Path) -> None:
    """Remove the lock file while it is still ours, then let go. Windows removes no open file: let go first.

    Trouble with either is no news of the write: the kernel takes the lock back in any case.
    """
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            os.close(fd)
            path.unlink()
        return
    with contextlib.suppress(OSError):
        if _is_still(fd, path):
            path.unlink()
    with contextlib.suppress(OSError):
        os.close(fd)
