"""The lock as a plan rewrites it: bases that move, entries that come, go, or are known under a new key."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from modelsync.domain.fields import FEATURES
from modelsync.domain.lock import Lock, LockEntry, base_value
from modelsync.normalize.upstream import AGGREGATOR
from modelsync.planning.siblings import siblings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from modelsync.catalog.entries import Entry
    from modelsync.domain.lock import Base

TOMBSTONE = "{}:{}"
"""The name of an upstream model in the lock: provider and upstream id."""


def base_features(base: Mapping[str, Base]) -> tuple[str, ...]:
    """Return the features upstream is known to have had, or none."""
    known = base.get(FEATURES)
    value = base_value(FEATURES, known) if known is not None else ()
    return value if isinstance(value, tuple) else ()


def is_native(source: str, provider: str) -> bool:
    """Say whether a value is from the provider's own list. OpenRouter's own list is the listing itself."""
    return source == provider != AGGREGATOR


def newest_day(lock: Lock) -> str:
    """The day of the newest listing from which the lock learnt something; the providers' own lists do not count."""
    told: dict[str, set[tuple[str, str]]] = {}
    for name, entry in lock.entries.items():
        known = told.setdefault(name.partition("/")[0], set())
        known.update([(base.source, base.day) for base in entry.base.values()])
        known.update([(kept.source, kept.day) for kept in entry.kept.values()])
    days = {day for provider, known in told.items() for source, day in known if not is_native(source, provider)}
    return max(days | {lock.seen})


def remembering(lock: Lock, day: str) -> Lock:
    """Return the lock with the day of the newest listing it is made from, where its lines no longer tell that."""
    plain = replace(lock, seen="")
    return replace(plain, seen=day) if newest_day(plain) < day else plain


def learnt_absence(before: Lock, after: Lock) -> bool:
    """Say whether a lock has models that the one before it had, and that were not known to be gone."""
    gone = {name for name, entry in after.entries.items() if entry.missing_since}
    known = {name for name, entry in before.entries.items() if entry.missing_since}
    return not gone <= known or not after.pruned.keys() <= before.pruned.keys()


def newest_native_day(lock: Lock, provider: str) -> str:
    """The newest day on which the lock learnt something from the provider's own list."""
    mine = [entry for name, entry in lock.entries.items() if name.startswith(f"{provider}/")]
    values = (value for entry in mine for value in (*entry.base.values(), *entry.kept.values()))
    return max((value.day for value in values if is_native(value.source, provider)), default="")


class Assignment(Struct, frozen=True):
    """Whose every line of a lock is, after people may have renamed, swapped, added and deleted entries.

    `lock` has the lines of entries only, each under the name its entry has now. `renames` maps the names that are new to those
    in the lock. `orphans` are the lines of deleted entries, by their names in the lock, where another entry may stand by now;
    `shared` are those of them whose model another entry stands for.
    """

    lock: Lock
    renames: dict[str, str]
    orphans: dict[str, LockEntry]
    shared: frozenset[str]

    def lock_for(self, present: Collection[str], lines: Mapping[str, LockEntry], today: str) -> Lock:
        """Return the lock of a catalog whose entries have the names `present`, of which the lock knows `lines`.

        A deleted entry keeps its line, for the next sync to tell, unless another has its name: then it has a tombstone of `today`.
        """
        kept = {name: line for name, line in self.orphans.items() if name not in present}
        buried = {
            TOMBSTONE.format(name.partition("/")[0], line.upstream): today
            for name, line in self.orphans.items()
            if name not in kept and name not in self.shared
        }
        return replace(self.lock, entries=kept | dict(lines), tombstones=buried | self.lock.tombstones)


def assign(lock: Lock, entries: Iterable[Entry]) -> Assignment:
    """Say whose the lines of a lock are.

    Of rows of one name each has the line of its values, whatever their numbers. An entry that has its line's name and model id keeps it. A line whose entry is gone or has another id now goes to the entry
    that has its id under a new key; two candidates are no rename. What is left belongs to the entry of its name, whose id was
    edited, or to nobody. A provider with a slash in its name has no lines: `a/b/c` is the entry `b/c` of `a`.
    """
    present = {entry.name: entry for entry in entries if "/" not in entry.provider}
    rows = siblings(lock, present)
    lock = replace(
        lock, entries={name: _sure(line) if name in rows.unsure else line for name, line in lock.entries.items()}
    )
    numbered = {*rows.lines, *rows.lines.values()}
    settled = {name for name, line in lock.entries.items() if name in present and present[name].model_id == line.model}
    settled -= numbered
    renames = _renames(lock, present, settled | numbered)
    moved = {**rows.lines, **renames}
    given = {*moved.values()}
    taken = settled.union(moved, given)
    stay = {
        name: line for name, line in lock.entries.items() if name in settled or (name in present and name not in taken)
    }
    lines = stay | {name: lock.entries[old] for name, old in moved.items()}
    orphans = {name: line for name, line in lock.entries.items() if name not in stay and name not in given}
    known = {(entry.provider, entry.model_id) for entry in present.values()}
    known |= {
        (present[name].provider, line.upstream) for name, line in lines.items() if present[name].model_id == line.model
    }
    shared = {
        name for name, line in orphans.items() if not known.isdisjoint(product((name.partition("/")[0],), _names(line)))
    }
    shared |= rows.spare & orphans.keys()
    waiting = {name: day for name, day in lock.waiting.items() if name not in lines and name not in rows.unsure}
    return Assignment(replace(lock, entries=lines, waiting=waiting), renames, orphans, frozenset(shared))


def _sure(line: LockEntry) -> LockEntry:
    """Take what a first sync left open for what a person wants: nothing is overwritten that may be of another row."""
    return replace(line, undecided=()) if line.undecided else line


def settle(lock: Lock | None, entries: Iterable[Entry], today: str) -> Lock | None:
    """Return the lock with every line under the name its entry has now, before an edit makes that harder to see."""
    if lock is None:
        return None
    present = tuple(entries)
    assigned = assign(lock, present)
    return assigned.lock_for({entry.name for entry in present}, assigned.lock.entries, today)


def _names(line: LockEntry) -> set[str]:
    """What an entry is known by: its upstream id, and its model id if it has one."""
    return {line.upstream, line.model} - {""}


def _renames(lock: Lock, present: Mapping[str, Entry], settled: Collection[str]) -> dict[str, str]:
    """Return new name → old name of the entries whose keys were renamed by hand."""
    gone: dict[tuple[str, str], list[str]] = {}
    for name, line in lock.entries.items():
        if line.model and name not in settled:
            gone.setdefault((name.partition("/")[0], line.model), []).append(name)
    new: dict[tuple[str, str], list[str]] = {}
    for name, entry in present.items():
        if entry.model_id and name not in settled:
            new.setdefault((entry.provider, entry.model_id), []).append(name)
    return {new[same][0]: old[0] for same, old in gone.items() if len(old) == 1 and len(new.get(same, ())) == 1}
