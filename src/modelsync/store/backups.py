"""Listing backups and bringing one back. How backups are stored is told in `copies`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from modelsync.store import commit, copies
from modelsync.store.copies import Backup, contents
from modelsync.store.mutex import hold

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from modelsync.store.commit import Written

__all__ = ["Backup", "backups", "contents", "named", "restore"]


def backups(catalog: Path) -> tuple[Backup, ...]:
    """List the backups of `catalog`, newest first, by reading only. The catalog itself need not exist."""
    return copies.listed(catalog)


def named(found: Iterable[Backup], wanted: str) -> Backup | None:
    """Return the backup that a person means by a stamp, a path or a file's name."""
    path = os.path.abspath(wanted)
    return next(
        (copy for copy in found if wanted in (copy.stamp, copy.catalog.name) or os.path.abspath(copy.catalog) == path),
        None,
    )


def restore(catalog: Path, backup: Backup, *, now: datetime, keep: int, keep_days: int | None = None) -> Written:
    """Bring both files back byte for byte, after backing up the present ones; a backup without a lock removes the lock.

    Works when the catalog is missing or broken. Raises InvalidFile for a damaged backup and otherwise what `write`
    raises; after each of these the present files are in place.
    """
    data, lock = contents(catalog, backup)
    with hold(catalog):
        done = commit.recover(catalog)
        pair = commit.read_pair(catalog)
        goal = commit.Goal(data, lock, backup.catalog)
        written = commit.replace(pair, goal, now=now, keep=keep, keep_days=keep_days)
    return commit.Written(written.backup, written.durable, (done, *written.notes)) if done else written
