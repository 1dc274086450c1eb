"""The steps every safe write is made of: a finished temporary beside its target, a synced folder, a clear refusal."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
from typing import TYPE_CHECKING

from modelsync.errors import CannotWrite
from modelsync.store.files import entries

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)

_REASONS = {
    errno.ENOSPC: ("no space left on the device", "Free some space and run again."),
    errno.EDQUOT: ("the disk quota is used up", "Free some space and run again."),
    errno.EACCES: ("permission denied", "Make the file and its folder writable for this user."),
    errno.EPERM: ("not permitted", "Make the file and its folder writable for this user."),
    errno.EROFS: ("the file system is read-only", "Mount it writable, or work on a copy elsewhere."),
    errno.EBUSY: (
        "it is busy, as a file is that is itself a mount point",
        "Mount the folder that holds the file, not the single file.",
    ),
    errno.EIO: ("the disk reported an error", "Check the disk before running again."),
    errno.ENOLCK: (
        "the file system offers no file locks",
        "Enable locking on the (network) file system, or work on a local copy.",
    ),
    errno.ENOENT: ("the folder does not exist, or the file vanished", "Create the folder and run again."),
}


@contextlib.contextmanager
def refusing(path: Path) -> Generator[None]:
    """Turn an OSError of the block into CannotWrite. Only for blocks that leave the old bytes of `path` in place."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """Say what the file system said about `path`, that its old bytes are intact, and what to do."""
    reason, hint = reason_of(error)
    return CannotWrite(f"cannot write {path}: {reason}; the old bytes are intact", hint=hint)


def reason_of(error: OSError) -> tuple[str, str]:
    """Return what happened and the way out, each as text for a person."""
    known = _REASONS.get(error.errno or 0)
    return known or ((error.strerror or str(error)).lower(), "Nothing was written; repair the cause and run again.")


def put(target: Path, data: bytes, like: Path | None) -> tuple[Path, bool]:
    """Write `data` and its fsync to a new temporary beside `target`, with the attributes of the file `like`.

    Returns the temporary and whether owner and group could be kept. Without `like` the process's umask decides.
    On failure no temporary stays.
    """
    temporary = target.with_name(f".{target.name}.modelsync.{os.urandom(4).hex()}.tmp")
    return temporary, create(temporary, data, like)


def create(path: Path, data: bytes, like: Path | None) -> bool:
    """Create `path` (FileExistsError if it is there), write `data`, fsync; True when owner and group were kept.

    Until its bytes are complete the file is private to this user, so that it is never looser than `like`.
    """
    fd = os.open(path, _CREATE, 0o666 if like is None else 0o600)
    try:
        try:
            write_all(fd, data)
            kept = like is None or _copy_attributes(fd, like)
            os.fsync(fd)
        finally:
            os.close(fd)  # may fail too: some network file systems tell only now that there is no space
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    return kept


def write_all(fd: int, data: bytes) -> None:
    """Write every byte: the system may take fewer than offered."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def remove(path: Path) -> bool:
    """Delete `path`; False when it was not there."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def sync_folders(folders: Iterable[Path]) -> bool:
    """Make renames and new names in `folders` durable; False when the system could not promise it.

    Windows has no such call and is taken at its word. On macOS this reaches the drive, not the platter.
    """
    if sys.platform == "win32":
        return True
    durable = True
    for folder in dict.fromkeys(folders):
        try:
            fd = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
        except OSError:
            durable = False
    return durable


def sweep(targets: Iterable[Path]) -> int:
    """Delete the temporaries that a killed process left beside `targets`; return how many there were."""
    swept = 0
    for target in dict.fromkeys(targets):
        swept += sum(remove(stale) for stale in temporaries(target))
    return swept


def temporaries(target: Path) -> list[Path]:
    """List the temporaries beside `target`. Only names that `put` makes for exactly this target qualify."""
    name = re.compile(re.escape(f".{target.name}.modelsync.") + r"[0-9a-f]{8}\.tmp")
    return [target.with_name(found) for found in entries(target.parent) if name.fullmatch(found)]


def _copy_attributes(fd: int, like: Path) -> bool:
    """Give the open file the owner, mode and extended attributes (ACLs among them) of `like`.

    Returns False when the owner or group cannot be kept; bits meant for a group that is lost are cut to those of
    everybody, and ACLs stay behind, so that nobody gains access.
    """
    if sys.platform == "win32":
        return True
    want, have = like.stat(), os.fstat(fd)
    kept = _own(fd, want, have)
    mode = stat.S_IMODE(want.st_mode)
    if os.fstat(fd).st_gid != want.st_gid:
        mode &= ~0o7070 | (mode & 0o007) << 3
    os.fchmod(fd, mode)
    if kept:
        _copy_xattrs(fd, like)
    return kept


def _own(fd: int, want: os.stat_result, have: os.stat_result) -> bool:
    if sys.platform == "win32" or (want.st_uid, want.st_gid) == (have.st_uid, have.st_gid):
        return True
    try:
        os.fchown(fd, want.st_uid, want.st_gid)
    except PermissionError:
        with contextlib.suppress(PermissionError):
            os.fchown(fd, -1, want.st_gid)
        return False
    return True


def _copy_xattrs(fd: int, like: Path) -> None:
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):
        for name in os.listxattr(like):
            with contextlib.suppress(OSError):
                os.setxattr(fd, name, os.getxattr(like, name))
