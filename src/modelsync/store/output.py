"""A file that a command was asked to write its result to."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from modelsync.errors import CannotWrite
from modelsync.store import atomic


def write_out(place: Path, file: bytes) -> None:
    """Write a whole file in one step. Raises `CannotWrite`; what was there before is whole then."""
    try:
        if place.exists() and not place.is_file():
            place.write_bytes(file)  # a pipe or a device takes bytes, but cannot be replaced
            return
        target = Path(os.path.realpath(place))
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        temporary, _ = atomic.put(target, file, target if target.exists() else None)
        try:
            temporary.replace(target)
        except BaseException:
            atomic.remove(temporary)
            raise
    except OSError as error:
        raise CannotWrite(f"cannot write {place}: {error.strerror}") from error
