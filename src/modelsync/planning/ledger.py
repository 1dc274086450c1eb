"""The lock as a plan rewrites it: bases that move, entries that come, go, or are known under a new key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.domain.fields import FEATURES
from modelsync.domain.lock import Lock, base_value
from modelsync.normalize.upstream import AGGREGATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelsync.catalog.entries import Entry
    from modelsync.domain.lock import Base


def base_features(base: Mapping[str, Base]) -> tuple[str, ...]:
    """Return the features upstream is known to have had, or none."""
    known = base.get(FEATURES)
    value = base_value(FEATURES, known) if known is not None else ()
    return value if isinstance(value, tuple) else ()


def is_native(source: str, provider: str) -> bool:
    """Say whether a value is from the provider's own list. OpenRouter's own list is the listing itself."""
    return source == provider != AGGREGATOR


def newest_day(lock: Lock) -> str:
    """The newest day on which the lock learnt something from a listing; the providers' own lists do not count."""
    days: set[str] = set()
    for name, entry in lock.entries.items():
        provider = name.partition("/")[0]
        values = (*entry.base.values(), *entry.kept.values())
        days.update(value.day for value in values if not is_native(value.source, provider))
        days.add(entry.missing_since)
    return max(days.union(lock.pruned.values()), default="")


def newest_native_day(lock: Lock, provider: str) -> str:
    """The newest day on which the lock learnt something from the provider's own list."""
    mine = [entry for name, entry in lock.entries.items() if name.startswith(f"{provider}/")]
    values = (value for entry in mine for value in (*entry.base.values(), *entry.kept.values()))
    return max((value.day for value in values if is_native(value.source, provider)), default="")


def follow_renames(lock: Lock, entries: Iterable[Entry]) -> tuple[Lock, dict[str, str]]:
    """Recognize keys renamed by hand: a lock line whose key is gone or has another id now, and an entry that has its id.

    Returns the lock with those lines moved, and new name → old name. Two candidates are no rename.
    """
    present = {entry.name: entry for entry in entries}
    gone: dict[tuple[str, str], list[str]] = {}
    for name, locked in lock.entries.items():
        if locked.model and (name not in present or present[name].model_id != locked.model):
            gone.setdefault((name.partition("/")[0], locked.model), []).append(name)
    new: dict[tuple[str, str], list[str]] = {}
    for name, entry in present.items():
        known = lock.entries.get(name)
        if entry.model_id and (known is None or known.model != entry.model_id):
            new.setdefault((entry.provider, entry.model_id), []).append(name)
    renames = {new[same][0]: old[0] for same, old in gone.items() if len(old) == 1 and len(new.get(same, ())) == 1}
    moved = {name: locked for name, locked in lock.entries.items() if name not in renames.values()}
    moved.update({name: lock.entries[old] for name, old in renames.items()})
    return replace(lock, entries=moved), renames
