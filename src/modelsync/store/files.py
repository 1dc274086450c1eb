"""Reading the catalog and its lock: which file a name means, what it holds, and what that is called for short."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from msgspec import Struct

from modelsync.domain.place import lock_name
from modelsync.errors import CannotWrite, InvalidFile

ABSENT = "absent"
"""The digest of a file that is not there."""


class State(Struct, frozen=True):
    """One file at one moment: the name a person gave, the file behind it, its bytes and permission bits.

    `data` and `mode` are None when the file is absent; `real` is then where it would be created.
    """

    path: Path
    real: Path
    data: bytes | None
    mode: int | None


def lock_path(catalog: Path) -> Path:
    """Return where the lock of `catalog` lives: `<stem>.lock.json` beside the name the person used.

    Beside the name, not beside the file a symlink leads to: the link is what lies in the project that commits the
    lock, and two projects that link to one shared catalog agree with upstream each at their own pace.
    """
    return Path(lock_name(str(catalog)))


def digest(data: bytes | None) -> str:
    """Name the bytes: `sha256:` and 64 hex digits, or `absent` for None."""
    if data is None:
        return ABSENT
    from hashlib import sha256

    return f"sha256:{sha256(data).hexdigest()}"


def resolve(path: Path) -> Path:
    """Follow every symlink of `path`, which may be absent. CannotWrite for a loop or a link that leads nowhere."""
    try:
        return Path(os.path.realpath(path, strict=True))
    except FileNotFoundError:
        if path.is_symlink():
            raise CannotWrite(
                f"{path} is a symlink to {path.readlink()}, which leads to no file",
                hint="Create the file it should lead to, or remove the link.",
            ) from None
        return Path(os.path.realpath(path))
    except OSError as error:
        raise unreadable(path, error) from error


def read_state(path: Path) -> State:
    """Read the file behind `path`; an absent file is a State with `data` None.

    Raises CannotWrite for what can be no catalog or lock (directory, device, fifo, socket, a symlink that dangles or
    loops), and InvalidFile for a file that is there but cannot be read.
    """
    real = resolve(path)
    try:
        _require_regular(path, real.stat().st_mode)
        fd = os.open(real, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            info = os.fstat(fd)
            _require_regular(path, info.st_mode)
            return State(path, real, read_all(fd, info.st_size), stat.S_IMODE(info.st_mode))
        finally:
            os.close(fd)
    except FileNotFoundError:
        return State(path, real, None, None)
    except OSError as error:
        raise unreadable(path, error) from error


def read_all(fd: int, size: int) -> bytes:
    """Read from `fd` to the end of the file; `size` is the number of bytes expected."""
    chunks: list[bytes] = []
    while chunk := os.read(fd, max(size + 1, 65536)):
        chunks.append(chunk)
    return b"".join(chunks)


def entries(folder: Path) -> list[str]:
    """List the names in `folder`, none when it does not exist. InvalidFile when it cannot be listed."""
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unreadable(folder, error) from error


def _require_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise CannotWrite(f"{path} is {_kind(mode)}, not a file", hint="Name a regular file.")


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a fifo", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


def unreadable(path: Path, error: OSError) -> CannotWrite | InvalidFile:
    """Return the error that tells a person why `path` cannot be read."""
    import errno

    if error.errno == errno.ELOOP:
        return CannotWrite(f"{path} is a symlink that leads back to itself", hint="Remove the link or repair it.")
    reason = (error.strerror or str(error)).lower()
    return InvalidFile(str(path), f"cannot be read: {reason}", hint="Check the permissions of the file and its folder.")
