"""Tell where every entry stands from the catalog, the lock and the settings alone: nothing is fetched.

The lock has upstream's values as the last sync saw them. Whether upstream has moved since is for a sync to find out.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.domain.lock import WHOLE_ENTRY
from modelsync.planning.changes import HELD_ADD
from modelsync.planning.judging_fields import also_renamed, field_standing, left_alone, rename_command
from modelsync.planning.ledger import assign
from modelsync.planning.patterns import pinned_fields
from modelsync.planning.standing import EntryStanding, FieldStanding, Gone, Pin, Seen, Standing, days_between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.catalog.entries import Entry
    from modelsync.domain.lock import Lock, LockEntry
    from modelsync.planning.standing import EntryState, Ground

_FIRST_SYNC = "there is no lock yet: the first sync takes upstream's values, with --ours it keeps the file's"


def standing_of(ground: Ground) -> Standing:
    """Tell where every entry stands."""
    entries = [entry for section in ground.sections for entry in section.entries]
    providers = tuple(section.provider for section in ground.sections)
    if ground.lock is None:
        return Standing(tuple(_entry(entry, None, ground, "") for entry in entries), providers)
    assigned = assign(ground.lock, entries)
    lock, renames = assigned.lock, assigned.renames
    return Standing(
        entries=tuple(
            _entry(entry, lock.entries.get(entry.name), ground, renames.get(entry.name, "")) for entry in entries
        ),
        providers=providers,
        deleted=tuple(
            Gone(name.partition("/")[0], line.upstream, "", name) for name, line in sorted(assigned.orphans.items())
        ),
        tombstones=_gone(lock.tombstones),
        pruned=_gone(lock.pruned),
        newest=_newest(ground.lock),
        additions=tuple(_held_back(ground.lock, {entry.name for entry in entries})),
    )


def _held_back(lock: Lock, present: set[str]) -> Iterator[EntryStanding]:
    for name, held in sorted(lock.additions.items()):
        if name not in present:
            command = f"modelsync sync --accept {shlex.quote(name)}"
            why = f"{held.theirs} is not added: {held.reason}"
            hold = FieldStanding(HELD_ADD, "held", why, None, "", since=held.day, command=command)
            provider, upstream = name.partition("/")[0], str(held.theirs)
            yield EntryStanding(name, provider, "", upstream, "new", "it would be added", (), hold=hold)


def _gone(days: dict[str, str]) -> tuple[Gone, ...]:
    split = ((name.partition(":"), day) for name, day in sorted(days.items()))
    return tuple(Gone(provider, upstream, day) for (provider, _, upstream), day in split)


def _newest(lock: Lock) -> Seen | None:
    days = {(base.day, base.source) for line in lock.entries.values() for base in line.base.values()}
    days.update((kept.day, kept.source) for line in lock.entries.values() for kept in line.kept.values())
    if not days:
        return None
    day, source = max(days)
    return Seen(None, source, day)


def _entry(entry: Entry, locked: LockEntry | None, ground: Ground, was: str) -> EntryStanding:
    state, why, since = _entry_state(entry, locked, ground)
    pins = _pins(entry, ground)
    hold = _hold(entry, locked, ground)
    names = fields.ordered({*fields.ALL, *_prices_of(entry, locked)} if ground.policy.all_prices else fields.ALL)
    names = tuple(name for name in names if name in entry.fields or (ground.layout.fills and ground.layout.keeps(name)))
    told = tuple(field_standing(entry, name, locked, ground, (state, why, pins, hold)) for name in names)
    beside = tuple(left_alone(entry, name) for name in fields.ordered(_prices_of(entry, None)) if name not in names)
    upstream = locked.upstream if locked is not None else ""
    way_out = _way_out(entry, since, pins, ground) if state == "stale" else ""
    named = locked.retires if locked is not None and state == "managed" else None
    retires = Seen(str(named.value), named.source, named.day) if named is not None else None
    return EntryStanding(
        entry.name, entry.provider, entry.model_id, upstream, state, why, told, pins, since, hold, was, way_out, retires, beside
    )  # fmt: skip


def _prices_of(entry: Entry, locked: LockEntry | None) -> set[str]:
    """The prices that the entry has, or that the lock knows upstream to have: a mere "upstream had none" is not told."""
    known = {name for name, base in locked.base.items() if base.value is not None} if locked is not None else set[str]()
    held = {*locked.held, *locked.kept} if locked is not None else set[str]()
    return {name for name in {*entry.fields, *known, *held} if fields.is_price(name)}


def _entry_state(entry: Entry, locked: LockEntry | None, ground: Ground) -> tuple[EntryState, str, str]:
    """Return the state, a sentence why, and the day since which it is so."""
    native = locked is not None and locked.native and ground.policy.native_lists
    if entry.provider not in ground.covered and not native:
        why = f"no source speaks for the provider {entry.provider}"
        if entry.unnamed:
            why = "nothing says whose model it is"
        return "unmanaged", f"{why}: a sync leaves it as it is", ""
    if ground.lock is None:
        return "new", _FIRST_SYNC, ""
    if locked is not None and locked.missing_since:
        return "stale", f"{locked.upstream} is gone upstream since {locked.missing_since}", locked.missing_since
    if locked is not None:
        return "managed", _match(entry, locked), ""
    if since := ground.lock.waiting.get(entry.name, ""):
        return "unknown", f"no sync since {since} has found it upstream", since
    return "new", "the lock does not know it: it is new since the first sync, and no sync has matched it yet", ""


def _match(entry: Entry, locked: LockEntry) -> str:
    if locked.model != entry.model_id:
        return f"matched to {locked.upstream} as {locked.model}; its model id was edited since: the next sync matches it anew"
    if locked.native:
        return f"matched to {locked.upstream}, which only the provider's own list has"
    return f"matched to {locked.upstream}"


def _way_out(entry: Entry, since: str, pins: tuple[Pin, ...], ground: Ground) -> str:
    """Say what becomes of an entry whose model is gone: it is removed, now or by a prune, or has another model."""
    features = entry.fields.get(fields.FEATURES)
    embeds = features is not None and isinstance(features.value, tuple) and fields.EMBEDDINGS in features.value
    ways = [f"`{rename_command(entry)}` to a model that is there"]
    if also := also_renamed(entry, ground):
        ways[0] += f" (in {also} too)"
    if any("*" in pin.fields for pin in pins):
        ways.append("once it is not pinned any more, remove it")
    else:
        ways.append(f"`modelsync remove {shlex.quote(entry.name)}` now")
        ways += [_prune(since, ground)] if not embeds and not pins else []
    return "; ".join(ways[:-1]) + f"; or {ways[-1]}"


def _prune(since: str, ground: Ground) -> str:
    days, grace = days_between(since, ground.today), ground.policy.grace_days
    if days >= grace:
        return "`modelsync sync --prune` now"
    return f"`modelsync sync --prune` when {grace} of {grace} days are over ({days} by now)"


def _pins(entry: Entry, ground: Ground) -> tuple[Pin, ...]:
    own = (Pin(entry.pins),) if entry.pins else ()
    globs = ((glob, pinned_fields([glob], entry.provider, entry.key)) for glob in ground.settings.pins)
    return (*own, *(Pin(fixed, glob) for glob, fixed in globs if fixed))


def _hold(entry: Entry, locked: LockEntry | None, ground: Ground) -> FieldStanding | None:
    """Tell why all of an entry is held: it is damaged, or the lock says that it would be matched to another model."""
    known = locked.held.get(WHOLE_ENTRY) if locked is not None else None
    if entry.blocked:
        waiting = ground.lock.waiting.get(entry.name, "") if ground.lock is not None else ""
        since = known.day if known is not None else waiting
        command = "correct the entry by hand"
        return FieldStanding(WHOLE_ENTRY, "held", entry.blocked, None, "", since=since, command=command)
    if known is None or known.theirs is None:
        return None
    command = f"modelsync sync --accept {shlex.quote(entry.name)}"
    return FieldStanding(WHOLE_ENTRY, "held", known.reason, None, "", since=known.day, command=command)
