"""The backups of a catalog as files: how they are named, made, listed, checked and thinned out.

A backup is three files beside the catalog's named path:

    llm_models.yml.backup.20261122_231100            the catalog, plain bytes
    llm_models.lock.json.backup.20261122_231100      the lock, plain bytes; missing when there was no lock
    .llm_models.yml.backup.20261122_231100.sum       hidden; in the format of `sha256sum`, so `sha256sum -c` checks it

The sum file comes first, empty, as the claim on the stamp, and is filled last. So an empty one marks a backup that was
cut short (never listed, swept by the next run), and a filled one tells a backup made without a lock from one whose
lock was lost. A backup without a sum file was made by somebody else (the original task, `cp`): it is listed and
restored as it is, and never deleted.

Order is the order of stamps, and stamps only grow: when the clock stands still or went backwards, the newest stamp is
used again with a sequence number (`_2`, `_3`, …). The true time is kept in the sum file.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from modelsync.errors import InvalidFile, ModelsyncError
from modelsync.store import atomic
from modelsync.store.files import State, digest, entries, lock_path, read_state, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

_STAMP = re.compile(r"(\d{8}_\d{6})(?:_(\d{1,9}))?")
_TAKEN = "# modelsync backup, taken "
_PREFIX = "sha256:"


class Backup(Struct, frozen=True):
    """One backup: its stamp, the two copies (`lock` None: there was no lock then), when, and the catalog's bytes.

    `taken` is what the clock of that run said; for backups of others it is the stamp, without a time zone.
    """

    stamp: str
    catalog: Path
    lock: Path | None
    taken: datetime
    size: int


class Names(NamedTuple):
    """The three paths of the backup of one stamp."""

    catalog: Path
    lock: Path
    sums: Path


def names(catalog: Path, stamp: str) -> Names:
    """Return the paths of the backup of `catalog` named `stamp`."""
    lock = lock_path(catalog)
    return Names(
        catalog.with_name(f"{catalog.name}.backup.{stamp}"),
        lock.with_name(f"{lock.name}.backup.{stamp}"),
        catalog.with_name(f".{catalog.name}.backup.{stamp}.sum"),
    )


def order(stamp: str) -> tuple[str, int]:
    """Return the sort key of a stamp: by time, then by sequence number as a number."""
    found = _STAMP.fullmatch(stamp)
    return (found[1], int(found[2] or 1)) if found else ("", 0)


def stamps(catalog: Path) -> list[str]:
    """List the stamps of which any backup file exists, newest first."""
    lock = lock_path(catalog)
    heads = f"{catalog.name}.backup.", f"{lock.name}.backup.", f".{catalog.name}.backup."
    found: set[str] = set()
    for name in entries(catalog.parent):
        for head in heads:
            stamp = name[len(head) :].removesuffix(".sum" if head is heads[2] else "")
            if name.startswith(head) and _STAMP.fullmatch(stamp):
                found.add(stamp)
    return sorted(found, key=order, reverse=True)


def listed(catalog: Path) -> tuple[Backup, ...]:
    """List the complete backups of `catalog`, newest first. Reads sizes and the small sum files, not the copies."""
    found = (_describe(catalog, stamp) for stamp in stamps(catalog))
    return tuple(backup for backup in found if backup)


def take(catalog: State, lock: State, now: datetime) -> Backup:
    """Copy both files, durably but for their folder entry. `catalog.data` must be there.

    Raises OSError when the file system refuses; nothing of the backup stays then.
    """
    stamp, paths = _claim(catalog.path, now)
    made = [paths.sums]
    try:
        lines = [f"{_TAKEN}{now.isoformat()}\n".encode()]
        for state, path in ((catalog, paths.catalog), (lock, paths.lock)):
            if state.data is not None:
                atomic.create(path, state.data, state.real)
                made.insert(0, path)
                lines.append(_line(state.data, path))
        _fill(paths.sums, b"".join(lines), catalog)
    except BaseException:
        with contextlib.suppress(OSError):
            for path in made:
                atomic.remove(path)
        raise
    kept = paths.lock if lock.data is not None else None
    return Backup(stamp, paths.catalog, kept, now, len(catalog.data or b""))


def keep_lock(lock: State, catalog: Path, now: datetime) -> Path:
    """Copy a lock that has no catalog; it is a file for a person to find, not a backup that can be restored."""
    stamp, paths = _claim(catalog, now)
    try:
        atomic.create(paths.lock, lock.data or b"", lock.real)
    finally:
        atomic.remove(names(catalog, stamp).sums)
    return paths.lock


def contents(catalog: Path, backup: Backup) -> tuple[bytes, bytes | None]:
    """Return the bytes of the catalog and the lock in `backup`, checked against its sums.

    Raises InvalidFile when a copy is missing or is not what was saved. Backups of others have no sums to check.
    """
    data = read_state(backup.catalog).data
    lock = read_state(backup.lock).data if backup.lock else None
    if data is None:
        raise _damaged(backup, "it is gone")
    sums = read_state(names(catalog, backup.stamp).sums).data
    if sums is None:
        return data, lock
    expected = _sums(sums)
    if len(expected) not in {1, 2}:
        raise _damaged(backup, "its checksums cannot be read")
    if digest(data) != expected[0]:
        raise _damaged(backup, "its bytes are not those that were saved")
    if [digest(lock)] != (expected[1:] or [digest(None)]):
        raise _damaged(backup, "its lock is missing or not the one that was saved")
    return data, lock


def trim(catalog: Path, now: datetime, *, keep: int, keep_days: int | None = None) -> bool:
    """Delete the backups made by modelsync but the `keep` newest, and of these the ones `keep_days` old or older.

    The newest always stays. False when some resisted.
    """
    try:
        ours = [stamp for stamp in stamps(catalog) if _is_complete(names(catalog, stamp))]
        for place, stamp in enumerate(ours[1:], start=1):
            if place >= keep or _is_old(catalog, stamp, now, keep_days):
                discard(catalog, stamp)
    except (OSError, ModelsyncError):
        return False
    return True


def _is_old(catalog: Path, stamp: str, now: datetime, days: int | None) -> bool:
    if days is None:
        return False
    backup = _describe(catalog, stamp)
    return backup is not None and (now - backup.taken.astimezone()).days >= days


def sweep(catalog: Path) -> tuple[int, int]:
    """Delete backups that were cut short, and what is left of those whose catalog copy was deleted; return how many of each."""
    unfinished, deleted = list(cut_short(catalog)), list(half_deleted(catalog))
    for stamp in (*unfinished, *deleted):
        discard(catalog, stamp)
    return len(unfinished), len(deleted)


def cut_short(catalog: Path) -> Iterator[str]:
    """Find the stamps of backups that were not finished."""
    return (stamp for stamp in stamps(catalog) if _size(names(catalog, stamp).sums) == 0)


def half_deleted(catalog: Path) -> Iterator[str]:
    """Find the stamps of backups whose catalog copy somebody deleted, and not the hidden sums."""
    for stamp in stamps(catalog):
        paths = names(catalog, stamp)
        if _size(paths.sums) and _size(paths.catalog) is None:
            yield stamp


def discard(catalog: Path, stamp: str) -> None:
    """Delete the files of one backup, the sums last, so that an interrupted deletion is finished by `sweep`."""
    for path in names(catalog, stamp):
        atomic.remove(path)


def _claim(catalog: Path, now: datetime) -> tuple[str, Names]:
    """Find a stamp later than all others and claim it with an empty sum file that nobody else has made."""
    moment = now.strftime("%Y%m%d_%H%M%S")
    newest, sequence = order(next(iter(stamps(catalog)), ""))
    base, sequence = (moment, 1) if moment > newest else (newest, sequence + 1)
    while True:
        stamp = base if sequence == 1 else f"{base}_{sequence}"
        try:
            atomic.create(names(catalog, stamp).sums, b"", None)
        except FileExistsError:
            sequence += 1
        else:
            return stamp, names(catalog, stamp)


def _fill(sums: Path, data: bytes, catalog: State) -> None:
    """Put the sums in the place of their claim, in one step."""
    temporary, _ = atomic.put(catalog.path, data, catalog.real)
    try:
        temporary.replace(sums)
    except BaseException:
        atomic.remove(temporary)
        raise


def _describe(catalog: Path, stamp: str) -> Backup | None:
    from datetime import datetime

    paths = names(catalog, stamp)
    size, sums = _size(paths.catalog), read_state(paths.sums).data
    if size is None or sums == b"":
        return None
    taken = datetime.strptime(order(stamp)[0], "%Y%m%d_%H%M%S")  # noqa: DTZ007 - the stamp has no zone
    lock: Path | None = paths.lock if _size(paths.lock) is not None else None
    if sums is not None:
        lock = paths.lock if len(_sums(sums)) > 1 else None
        with contextlib.suppress(ValueError):
            taken = datetime.fromisoformat(sums.decode().split("\n", 1)[0].removeprefix(_TAKEN))
    return Backup(stamp, paths.catalog, lock, taken, size)


def _is_complete(paths: Names) -> bool:
    return bool(_size(paths.sums)) and _size(paths.catalog) is not None


def _line(data: bytes, path: Path) -> bytes:
    return digest(data).removeprefix(_PREFIX).encode() + b"  " + os.fsencode(path.name) + b"\n"


def _sums(data: bytes) -> list[str]:
    """Return the digests of a sum file in their order: catalog, then lock if there was one."""
    found = re.findall(rb"^([0-9a-f]{64})  ", data, re.MULTILINE)
    return [f"{_PREFIX}{hexes.decode()}" for hexes in found]


def _size(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error) from error


def _damaged(backup: Backup, why: str) -> InvalidFile:
    return InvalidFile(str(backup.catalog), f"this backup is damaged: {why}", hint="Choose another backup.")
