"""The lock that waits for its catalog: `<lock>.next`, and what becomes of it after a crash.

Two files cannot be renamed in one step. So before the catalog is replaced, `<lock>.next` is made durable. Its first
line is a JSON header with four digests: `catalog`, the catalog it belongs to, and `former`, the one before that; `lock`,
the new lock, and `replaces`, the one it was made to follow. The new lock's bytes come after that line (none when the
lock is to be removed).

The file is promoted exactly when its own bytes match `lock`, the lock on disk is still `replaces` or already `lock`, and
the catalog has come: it matches `catalog`, or a person has edited it since. The latter is seen by the finished new lock
that still waits beside the old one while no new catalog does: of the two the catalog is made first and renamed first.
Anything else was cut short, belongs to a catalog that never came, or would overwrite a lock that came from elsewhere (a
git checkout): it is discarded. Promoting writes a temporary, renames it
over the lock and only then removes `.next`, so it may itself be interrupted anywhere and done again. The header stays
out of the lock itself: a lock must not change when nothing but a comment in the catalog does.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import msgspec

from modelsync.store import atomic
from modelsync.store.files import ABSENT, State, digest, lock_path, read_all, read_state, unreadable

if TYPE_CHECKING:
    from pathlib import Path


class _Header(msgspec.Struct, frozen=True):
    catalog: str
    lock: str
    replaces: str
    former: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """What a `.next` file amounts to now. `body` is the lock it carries, None for "no lock"; `done` says that it is in place."""

    fits: bool
    done: bool
    body: bytes | None


def next_path(catalog: Path) -> Path:
    """Return the name of the pending lock of `catalog`: the lock's name and `.next`."""
    lock = lock_path(catalog)
    return lock.with_name(f"{lock.name}.next")


def encode(catalog: bytes | None, lock: bytes | None, *, former: bytes | None, replaces: bytes | None) -> bytes:
    """Return the bytes of a `.next` that carries `lock` for the catalog bytes `catalog`, in place of a former pair."""
    header = _Header(digest(catalog), digest(lock), digest(replaces), digest(former))
    return msgspec.json.encode(header) + b"\n" + (lock or b"")


def judge(catalog: Path, lock: State) -> Verdict | None:
    """Judge the `.next` of `catalog` against the files on disk, without writing; None when there is none."""
    raw = _read(next_path(catalog))
    if raw is None:
        return None
    line, _, rest = raw.partition(b"\n")
    try:
        header = msgspec.json.decode(line, type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Verdict(fits=False, done=False, body=None)
    body = None if header.lock == ABSENT else rest
    present = digest(lock.data)
    whole = digest(body) == header.lock and present in {header.lock, header.replaces}
    fits = whole and _has_come(read_state(catalog), lock, header)
    return Verdict(fits=fits, done=whole and present == header.lock, body=body)


def _has_come(catalog: State, lock: State, header: _Header) -> bool:
    """Say whether the catalog was replaced, even if a person has edited it since."""
    if (there := digest(catalog.data)) in {header.catalog, header.former}:
        return there == header.catalog
    return bool(atomic.temporaries(lock.real)) and not atomic.temporaries(catalog.real)


def effective_lock(catalog: Path) -> bytes | None:
    """Return the lock of `catalog` as `recover` would leave it, without writing anything; None when there is none."""
    lock = read_state(lock_path(catalog))
    verdict = judge(catalog, lock)
    return verdict.body if verdict and verdict.fits else lock.data


def promote(lock: State, body: bytes | None, like: Path | None) -> None:
    """Make `body` the lock, in one rename. OSError when the file system refuses; the old lock is then in place."""
    if body is None:
        atomic.remove(lock.real)
        return
    temporary, _ = atomic.put(lock.real, body, like)
    try:
        temporary.replace(lock.real)
    except OSError:
        atomic.remove(temporary)
        raise


def _read(path: Path) -> bytes | None:
    """Read a file that only modelsync makes; what is no regular file reads as empty, which fits nothing."""
    try:
        info = path.lstat()
        if not stat.S_ISREG(info.st_mode):
            return b""
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        try:
            return read_all(fd, info.st_size)
        finally:
            os.close(fd)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error) from error
