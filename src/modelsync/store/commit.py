"""Replacing the catalog and its lock as one pair, so that a crash anywhere leaves the old pair or the new one.

The order of a write, under the file lock:

1. finish or undo what a killed run left (`recover`), read both files again, compare with the plan's digests;
2. back up both files; write `<lock>.next`, the new catalog and the new lock under temporary names; fsync each;
3. sync the folders, look once more whether an editor saved meanwhile;
4. rename the catalog, rename the lock, sync the folders, remove `.next`, thin out old backups. Within one folder the
   file system keeps the order of the renames; in two, which may be two file systems, the catalog's is synced first.

All space is taken before the first rename. Until then every failure leaves the old bytes and removes what was made.
After it the write has happened, and whatever is still missing `recover` does, now or on the next run.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.errors import Busy, CannotWrite, Changed, ModelsyncError
from modelsync.store import atomic, copies, pending
from modelsync.store.files import ABSENT, digest, read_state
from modelsync.store.mutex import hold
from modelsync.store.pending import effective_lock
from modelsync.store.recovery import Pair, folders, is_interrupted, is_untidy, model, read_pair, recover, settle_catalog

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from datetime import datetime
    from pathlib import Path

    from modelsync.store.copies import Backup

__all__ = [
    "Goal",
    "Pair",
    "Write",
    "Written",
    "effective_lock",
    "is_interrupted",
    "is_untidy",
    "read_pair",
    "recover",
    "replace",
    "require_writable",
    "write",
]


class Write(Struct, frozen=True):
    """The bytes to write (`new_lock` None: no lock), and the digests (see `files.digest`) of the two files planned from."""

    catalog: Path
    new_catalog: bytes
    new_lock: bytes | None
    expect_catalog: str
    expect_lock: str


class Written(Struct, frozen=True):
    """What a write did. `backup` is None when there was nothing to back up or nothing to write.

    `durable` is False when the system did not confirm that the new files survive a power loss. `notes` are sentences
    a person should see: hard links that were split, an owner that could not be kept, work left for the next run.
    """

    backup: Backup | None
    durable: bool
    notes: tuple[str, ...]


class Goal(Struct, frozen=True):
    """The bytes both files shall have, `lock` None for no lock.

    A file that is not there yet takes owner and mode after `like`, else after its partner, else the umask decides.
    """

    catalog: bytes
    lock: bytes | None
    like: Path | None = None


class _Staged(Struct, frozen=True):
    """The finished temporaries, None where a file is not to be rewritten, and what a person should know of them.

    `no_lock` says that the lock, if there is one, is to be removed.
    """

    catalog: Path | None
    lock: Path | None
    no_lock: bool
    notes: tuple[str, ...]


def write(write: Write, *, now: datetime, keep: int, keep_days: int | None = None) -> Written:
    """Replace catalog and lock by the new bytes, keeping a backup, and of the backups those that `copies.trim` says.

    A file whose bytes do not change is not rewritten. When neither changes nothing is touched at all, unless a killed
    run left something to finish and nobody else is at it. What `recover` did is the first note. Raises Changed when a
    file is not the one the plan was computed from, Busy when another process is writing, CannotWrite when the
    file system refuses. After each of these the files are as they were found.
    """
    if (digest(write.new_catalog), digest(write.new_lock)) == (write.expect_catalog, write.expect_lock):
        return Written(None, durable=True, notes=_tidied(write.catalog))
    with hold(write.catalog):
        done = recover(write.catalog)
        pair = read_pair(write.catalog)
        _require_expected(pair, write)
        written = replace(pair, Goal(write.new_catalog, write.new_lock), now=now, keep=keep, keep_days=keep_days)
    return Written(written.backup, written.durable, (done, *written.notes)) if done else written


def require_writable(catalog: Path) -> None:
    """Raise CannotWrite when a write would surely be refused: a read-only file, folder or file system.

    Writes nothing, so that a run can refuse before it fetches. Passing promises nothing about space or quotas.
    """
    _require_writable(read_pair(catalog))


def replace(pair: Pair, goal: Goal, *, now: datetime, keep: int, keep_days: int | None = None) -> Written:
    """Replace the files of `pair`, read under the file lock that the caller holds. Otherwise as `write`."""
    if (pair.catalog.data, pair.lock.data) == (goal.catalog, goal.lock):
        return Written(None, durable=True, notes=())
    catalog = pair.catalog.path
    _require_writable(pair)
    with atomic.refusing(catalog), _undoing(pair, goal, now) as (backup, remarks):
        staged = _stage(pair, goal)
        durable = atomic.sync_folders(folders(pair))
        notes = remarks + staged.notes + tuple(_hard_links(pair, staged))
        _require_unmoved(pair)
        problem = _swap(pair, staged)
    synced = atomic.sync_folders(folders(pair)) and durable
    notes += problem + _unless(
        synced,
        f"{catalog} is written, durability unknown: the system did not confirm that it would survive a power cut.",
    )
    if not problem:
        with contextlib.suppress(OSError):
            atomic.remove(pending.next_path(catalog))
    thinned = copies.trim(catalog, now, keep=keep, keep_days=keep_days)
    notes += _unless(thinned, "Old backups could not be deleted.")
    return Written(backup, synced and not problem, notes)


def _unless(fine: bool, note: str) -> tuple[str, ...]:  # noqa: FBT001 - reads as a sentence
    return () if fine else (note,)


def _tidied(catalog: Path) -> tuple[str, ...]:
    """Finish what a killed run left, if anything; a writer at work is left to do it himself."""
    done = None
    if is_untidy(catalog):
        with contextlib.suppress(Busy), hold(catalog):
            done = recover(catalog)
    return (done,) if done else ()


def _require_writable(pair: Pair) -> None:
    catalog = pair.catalog.path
    for folder in folders(pair):
        with atomic.refusing(catalog):
            there = folder.is_dir()
        if not there:
            raise CannotWrite(f"cannot write {catalog}: there is no folder {folder}", hint="Create it and run again.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise _read_only(catalog, folder)
    for state in (pair.catalog, pair.lock):
        if state.data is not None and not os.access(state.real, os.W_OK):
            raise _read_only(catalog, state.path)


@contextlib.contextmanager
def _undoing(pair: Pair, goal: Goal, now: datetime) -> Generator[tuple[Backup | None, tuple[str, ...]]]:
    """Back up `pair`, and if the block fails remove all that was made, unless the catalog has been replaced by then.

    `Changed` means that the block replaced nothing.
    """
    catalog, backup, remarks = pair.catalog.path, None, ()
    try:
        if pair.catalog.data is not None:
            backup = copies.take(pair.catalog, pair.lock, now)
        elif pair.lock.data is not None:
            remarks = (f"The lock had no catalog; it was kept as {copies.keep_lock(pair.lock, catalog, now)}.",)
        yield backup, remarks
    except BaseException as error:
        with contextlib.suppress(OSError, ModelsyncError):
            _undo(pair, goal, backup, replaced_nothing=isinstance(error, Changed))
        raise


def _undo(pair: Pair, goal: Goal, backup: Backup | None, *, replaced_nothing: bool) -> None:
    """Discard `.next` when the catalog was not replaced, else finish; sweep; drop a backup that has become needless."""
    catalog = pair.catalog.path
    if pair.catalog.data == goal.catalog or read_state(catalog).data != goal.catalog:
        atomic.remove(pending.next_path(catalog))
    recover(catalog)
    if backup and (replaced_nothing or _bytes(read_pair(catalog)) == _bytes(pair)):
        copies.discard(catalog, backup.stamp)


def _stage(pair: Pair, goal: Goal) -> _Staged:
    """Write everything that is to be renamed, in that order. A lock that changes is announced in `.next` first."""
    staged_catalog = staged_lock = None
    kept: dict[Path, bool] = {}
    catalog, lock = pair.catalog, pair.lock
    catalog_like = model(catalog) or goal.like or model(lock)
    lock_like = model(lock) or catalog_like
    if goal.lock != lock.data:
        announced = pending.encode(goal.catalog, goal.lock, former=catalog.data, replaces=lock.data)
        atomic.create(pending.next_path(catalog.path), announced, lock_like)
    if goal.catalog != catalog.data:
        staged_catalog, kept[catalog.path] = atomic.put(catalog.real, goal.catalog, catalog_like)
    if goal.lock is not None and goal.lock != lock.data:
        staged_lock, kept[lock.path] = atomic.put(lock.real, goal.lock, lock_like)
    notes = tuple(f"The owner of {path} could not be kept." for path, owned in kept.items() if not owned)
    return _Staged(staged_catalog, staged_lock, goal.lock is None, notes)


def _swap(pair: Pair, staged: _Staged) -> tuple[str, ...]:
    """Rename catalog, then lock. Once the catalog is replaced, trouble with the lock is a note: `.next` keeps it."""
    if staged.catalog:
        staged.catalog.replace(pair.catalog.real)
        settle_catalog(pair)
    try:
        if staged.lock:
            staged.lock.replace(pair.lock.real)
        elif staged.no_lock:
            atomic.remove(pair.lock.real)
    except OSError as error:
        if not staged.catalog:
            raise
        reason, hint = atomic.reason_of(error)
        return (f"{pair.lock.path} could not be replaced yet: {reason}. The next run completes it. {hint}",)
    return ()


def _require_expected(pair: Pair, write: Write) -> None:
    expected = (pair.catalog, write.expect_catalog), (pair.lock, write.expect_lock)
    moved = [(state, digest(state.data)) for state, wanted in expected if digest(state.data) != wanted]
    if moved:
        _refuse_changed([(state.path, now == ABSENT) for state, now in moved])


def _require_unmoved(pair: Pair) -> None:
    """Refuse when a file was saved while we worked: the last look before the rename."""
    moved = [
        (state.path, now.data is None)
        for state, now in ((state, read_state(state.path)) for state in (pair.catalog, pair.lock))
        if (now.data, now.real) != (state.data, state.real)
    ]
    if moved:
        _refuse_changed(moved)


def _refuse_changed(moved: list[tuple[Path, bool]]) -> None:
    what = " and ".join(f"{path} was {'deleted' if gone else 'changed'}" for path, gone in moved)
    raise Changed(f"{what} after the plan was made; nothing was written", hint="Run again to plan anew.")


def _read_only(catalog: Path, place: Path) -> CannotWrite:
    return CannotWrite(
        f"cannot write {catalog}: {place} is read-only for this user; the old bytes are intact",
        hint="Make the file and its folder writable for this user.",
    )


def _hard_links(pair: Pair, staged: _Staged) -> Iterator[str]:
    for state, temporary in ((pair.catalog, staged.catalog), (pair.lock, staged.lock)):
        links = state.real.stat().st_nlink if temporary and state.data is not None else 1
        if links > 1:
            yield f"{state.path} had {links} hard links; the other names keep the old contents."


def _bytes(pair: Pair) -> tuple[bytes | None, bytes | None]:
    return pair.catalog.data, pair.lock.data
