"""What a killed run leaves behind, and how the next one finishes or undoes it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.store import atomic, copies, pending
from modelsync.store.files import State, lock_path, read_state

if TYPE_CHECKING:
    from pathlib import Path


class Pair(Struct, frozen=True):
    """The catalog and its lock as they are on disk at one moment."""

    catalog: State
    lock: State


def recover(catalog: Path) -> str | None:
    """Finish or undo what a killed run left behind; return a sentence when anything was done, else None.

    A `<lock>.next` that fits the catalog on disk becomes the lock (see `pending`), any other is discarded; temporaries
    half-made backups and what is left of deleted ones are swept. The caller holds the file lock. This writes: dry runs and readers use
    `effective_lock` instead. Raises CannotWrite when the file system refuses.
    """
    pair = read_pair(catalog)
    with atomic.refusing(catalog):
        verdict = pending.judge(catalog, pair.lock)
        if verdict and verdict.fits and not verdict.done:
            settle_catalog(pair)
            pending.promote(pair.lock, verdict.body, model(pair.lock) or model(pair.catalog))
        unfinished, deleted = copies.sweep(catalog)
        unfinished += atomic.sweep(_targets(pair))
        if verdict:
            atomic.sync_folders(folders(pair))
            atomic.remove(pending.next_path(catalog))
    if verdict and verdict.fits:
        return f"An interrupted write of {catalog} was completed."
    if verdict and not verdict.done:
        return f"An interrupted write was undone: the lock it left does not belong to the {catalog} on disk."
    if unfinished or verdict:
        return f"The leftovers of an interrupted write of {catalog} were removed."
    return f"The hidden checksums of deleted backups of {catalog} were removed." if deleted else None


def settle_catalog(pair: Pair) -> None:
    """Make the catalog's new name durable before the lock's, where nothing else keeps their order: in two folders.

    A lock that survives a power cut which its catalog did not would make every change look as if a person had undone it.
    """
    if pair.catalog.real.parent != pair.lock.real.parent:
        atomic.sync_folders([pair.catalog.real.parent])


def is_untidy(catalog: Path) -> bool:
    """Tell whether `recover` would do anything, without the file lock and without writing."""
    return is_interrupted(catalog) or any(copies.half_deleted(catalog))


def is_interrupted(catalog: Path) -> bool:
    """Tell whether a write was cut short or is under way, without the file lock and without writing."""
    pair = read_pair(catalog)
    return (
        os.path.lexists(pending.next_path(catalog))
        or any(atomic.temporaries(target) for target in _targets(pair))
        or any(copies.cut_short(catalog))
    )


def read_pair(catalog: Path) -> Pair:
    """Read catalog and lock as they are on disk; raises what `read_state` raises."""
    return Pair(read_state(catalog), read_state(lock_path(catalog)))


def model(state: State) -> Path | None:
    """Return the file whose owner and mode a new version takes after; None when there is none yet."""
    return None if state.data is None else state.real


def _targets(pair: Pair) -> tuple[Path, ...]:
    return pair.catalog.path, pair.catalog.real, pair.lock.real


def folders(pair: Pair) -> tuple[Path, ...]:
    """Return the folders whose entries a write of `pair` changes."""
    return tuple(dict.fromkeys((pair.catalog.path.parent, pair.catalog.real.parent, pair.lock.real.parent)))
