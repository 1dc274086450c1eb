"""Which upstream models the entries of a provider stand for: what is neither to be added again nor tombstoned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.planning.match import match, match_by_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.catalog.entries import Entry
    from modelsync.domain.lock import Lock
    from modelsync.planning.context import Inputs
    from modelsync.planning.match import Index


def upstream_ids(entry: Entry, index: Index, lock: Lock, inputs: Inputs) -> tuple[str, ...]:
    """Return the upstream ids an entry stands for, by the lock while its model id is unchanged, else by the listing.

    Where neither knows it, it stands for what another line of the lock has for its model id.
    """
    locked = lock.entries.get(entry.name)
    if inputs.policy.match_by_key:
        found = match_by_key(entry, index, locked)
    else:
        found = match(entry, index, locked, inputs.settings.match)
    if found.model is not None:
        return tuple(model.upstream for model in found.models)
    if found.gone or inputs.policy.match_by_key:
        return (found.gone,) if found.gone else ()
    return tuple(sorted(_known_as(entry, lock)))


def _known_as(entry: Entry, lock: Lock) -> set[str]:
    return {
        line.upstream
        for name, line in lock.entries.items()
        if line.model and line.model == entry.model_id and name.startswith(f"{entry.provider}/")
    }


def claims(entries: Iterable[Entry], index: Index, lock: Lock, inputs: Inputs) -> dict[str, Entry]:
    """Return the first entry that stands for each upstream id."""
    claimed: dict[str, Entry] = {}
    for entry in entries:
        for upstream in upstream_ids(entry, index, lock, inputs):
            claimed.setdefault(upstream, entry)
    return claimed
