"""Tell where every entry stands from the catalog, the lock and the settings alone: nothing is fetched.

The lock has upstream's values as the last sync saw them. Whether upstream has moved since is for a sync to find out.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from modelsync.catalog.placing import why_not_written
from modelsync.domain import fields
from modelsync.domain.lock import WHOLE_ENTRY, Base, base_value
from modelsync.planning.change_guards import PriceGuard, is_free, named_prices, standing_prices
from modelsync.planning.changes import HELD_ADD
from modelsync.planning.ledger import assign, base_features
from modelsync.planning.patterns import is_pinned, pinned_fields
from modelsync.planning.standing import EntryStanding, FieldStanding, Gone, Pin, Seen, Standing, days_between

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from modelsync.catalog.entries import Entry, Field, Path, Section
    from modelsync.catalog.layout import Layout
    from modelsync.domain.lock import Held, Kept, Lock, LockEntry
    from modelsync.planning.standing import EntryState, FieldState
    from modelsync.settings import Policy, Settings

_NAMED = 3
_FIRST_SYNC = "there is no lock yet: the first sync takes upstream's values, with --ours it keeps the file's"


class Ground(Struct, frozen=True):
    """What a standing is told from. `covered` are the providers that a source speaks for; `settings_place` names the file of
    the settings for a reader. Days of absence are counted up to `today`.
    """

    sections: tuple[Section, ...]
    lock: Lock | None
    settings: Settings
    policy: Policy
    covered: frozenset[str]
    layout: Layout
    editable: Callable[[Path], str | None]
    settings_place: str
    today: date


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


# ------------------------------------------------------------------------------------------------------------- an entry


def _entry(entry: Entry, locked: LockEntry | None, ground: Ground, was: str) -> EntryStanding:
    state, why, since = _entry_state(entry, locked, ground)
    pins = _pins(entry, ground)
    hold = _hold(entry, locked, ground)
    names = fields.ordered({*fields.ALL, *_prices_of(entry, locked)} if ground.policy.all_prices else fields.ALL)
    told = tuple(_field(entry, name, locked, ground, (state, why, pins, hold)) for name in names)
    upstream = locked.upstream if locked is not None else ""
    way_out = _way_out(entry, since, pins, ground) if state == "stale" else ""
    named = locked.retires if locked is not None and state == "managed" else None
    retires = Seen(str(named.value), named.source, named.day) if named is not None else None
    return EntryStanding(
        entry.name, entry.provider, entry.model_id, upstream, state, why, told, pins, since, hold, was, way_out, retires
    )


def _prices_of(entry: Entry, locked: LockEntry | None) -> set[str]:
    """The prices that the entry has, or that the lock knows upstream to have: a mere "upstream had none" is not told."""
    known = {name for name, base in locked.base.items() if base.value is not None} if locked is not None else set[str]()
    held = {*locked.held, *locked.kept} if locked is not None else set[str]()
    return {name for name in {*entry.fields, *known, *held} if fields.is_price(name)}


def _entry_state(entry: Entry, locked: LockEntry | None, ground: Ground) -> tuple[EntryState, str, str]:
    """Return the state, a sentence why, and the day since which it is so."""
    native = locked is not None and locked.native and ground.policy.native_lists
    if entry.provider not in ground.covered and not native:
        return "unmanaged", f"no source speaks for the provider {entry.provider}: a sync leaves it as it is", ""
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
    ways = [f"`{_rename(entry)}` to a model that is there"]
    if also := _also_renamed(entry, ground):
        ways[0] += f" (in {also} too)"
    if any("*" in pin.fields for pin in pins):
        ways.append("once it is not pinned any more, remove it")
    else:
        ways.append(f"`modelsync remove {shlex.quote(entry.name)}` now")
        ways += [_prune(since, ground)] if not embeds else []
    return "; ".join(ways[:-1]) + f"; or {ways[-1]}"


def _prune(since: str, ground: Ground) -> str:
    days, grace = days_between(since, ground.today), ground.policy.grace_days
    if days >= grace:
        return "`modelsync sync --prune` now"
    return f"`modelsync sync --prune` when {grace} of {grace} days are over ({days} by now)"


def _rename(entry: Entry) -> str:
    return f"modelsync rename {shlex.quote(entry.provider)} {shlex.quote(entry.model_id or entry.key)} NEW"


def _also_renamed(entry: Entry, ground: Ground) -> str:
    """Name the other entries that have the same model id, which a rename changes too; empty when there are none."""
    same = [
        other.name
        for section in ground.sections
        if section.provider == entry.provider and entry.model_id
        for other in section.entries
        if other.model_id == entry.model_id and other.key != entry.key
    ]
    rest = [f"{len(same) - _NAMED} more"] if len(same) > _NAMED else []
    return " and ".join([*same[:_NAMED], *rest])


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


# -------------------------------------------------------------------------------------------------------------- a field


class _Verdict(Struct, frozen=True):
    state: FieldState
    why: str
    command: str = ""
    since: str = ""


_Told: TypeAlias = "tuple[EntryState, str, tuple[Pin, ...], FieldStanding | None]"


def _field(entry: Entry, name: str, locked: LockEntry | None, ground: Ground, told: _Told) -> FieldStanding:
    field = entry.fields.get(name)
    base = _seen(name, locked.own_base.get(name)) if locked is not None else None
    theirs = _last_said(name, locked) if locked is not None else None
    verdict = _pinned(name, told, ground) or _as_all_held(told[3])
    if verdict is None and locked is not None:
        verdict = _held(entry, name, locked, ground)
    verdict = verdict or _as_the_entry(told)
    if verdict is None:
        judged = locked is not None
        verdict = _judged(entry, name, locked, ground) if judged else _unsynced(entry, name, field, ground)
    return FieldStanding(
        field=name,
        state=verdict.state,
        why=verdict.why,
        ours=field.value if field is not None else None,
        ours_text=field.raw if field is not None and field.present else "",
        base=base,
        theirs=theirs if verdict.state != "pinned" else None,
        since=verdict.since,
        command=verdict.command,
    )


def _seen(name: str, base: Base | None) -> Seen | None:
    if base is None:
        return None
    return Seen(None if name in fields.FILLED else base_value(name, base), base.source, base.day)


def _last_said(name: str, locked: LockEntry) -> Seen | None:
    """What upstream last said of a field: beside a hand-set or a held value, else the base."""
    kept, held = locked.kept.get(name), locked.held.get(name)
    if kept is not None:
        return _seen(name, Base(kept.theirs, kept.source, kept.day))
    if held is not None:
        return _seen(name, Base(held.theirs, "", ""))
    return _seen(name, locked.own_base.get(name))


def _pinned(name: str, told: _Told, ground: Ground) -> _Verdict | None:
    """Tell whose pin fixes a field. The lock does not follow upstream's value of such a field, but a plan reports it."""
    pin = next((pin for pin in told[2] if is_pinned(pin.fields, name)), None)
    if pin is None:
        return None
    reported = told[0] in ("managed", "new") and name not in fields.FILLED
    to_see = "; `modelsync plan` shows upstream's value if it is another" if reported else ""
    if not pin.glob:
        return _Verdict("pinned", f"the entry itself pins it{to_see}", "take it out of the entry's `pinned`")
    where = f"`pins` in {ground.settings_place}"
    return _Verdict("pinned", f"`{pin.glob}` pins it: {where}{to_see}", f"take `{pin.glob}` out of {where}")


def _as_all_held(hold: FieldStanding | None) -> _Verdict | None:
    return _Verdict("held", hold.why, hold.command, hold.since) if hold is not None else None


def _as_the_entry(told: _Told) -> _Verdict | None:
    """What goes for every field of an entry that is not simply managed."""
    state, why, _, _ = told
    match state:
        case "unmanaged":
            return _Verdict("left alone", why)
        case "stale":
            return _Verdict("gone upstream", why)
        case "unknown":
            return _Verdict(
                "unknown upstream", why, "correct its model id, or name its model under [match] in the settings"
            )
        case _:
            return None


def _unsynced(entry: Entry, name: str, field: Field | None, ground: Ground) -> _Verdict:
    """Tell what becomes of a field when its entry is matched for the first time."""
    first = ground.lock is None
    if field is None or not field.present:
        why = "the sync that finds the entry upstream writes what upstream says"
    elif name in fields.FILLED:
        return _kept_text(entry, name, ground)
    elif name == fields.FEATURES:
        why = "the sync that finds the entry upstream adds upstream's to them"
    elif first or not ground.policy.keep_by_hand:
        why = "the first sync takes upstream's value" + (", with --ours it keeps the file's" if first else "")
    else:
        why = "the sync that finds the entry upstream keeps this value, if upstream has another"
    return _Verdict("not yet synced", why, "modelsync sync")


def _held(entry: Entry, name: str, locked: LockEntry, ground: Ground) -> _Verdict | None:
    held: Held | None = locked.held.get(name)
    if held is None:
        return None
    if obstacle := why_not_written(entry, name, ground.layout, ground.editable):
        return _Verdict("held", obstacle, "edit it by hand, or write the value into the entry itself", held.day)
    if reason := _doubt(entry, name, held, locked, ground):
        return _Verdict("held", reason, f"modelsync sync --accept {shlex.quote(entry.name)}", held.day)
    return _Verdict("held", f"{held.reason}; that was mended, so the next sync decides", "modelsync sync", held.day)


def _doubt(entry: Entry, name: str, held: Held, locked: LockEntry, ground: Ground) -> str:
    """Say why a price that upstream wants there looks wrong, by the guards of the settings now in force; empty if it does not."""
    price = base_value(name, Base(held.theirs, "", "")) if fields.is_price(name) else None
    if not isinstance(price, Decimal) or not ground.policy.guard_changes:
        return ""
    waiting = {
        other: value
        for other, one in locked.held.items()
        if fields.is_price(other) and (value := base_value(other, Base(one.theirs, "", ""))) is not None
    }
    standing = standing_prices(entry, locked.undecided)
    before = {each: value for each, value in standing.items() if each not in locked.foreign}
    after = before | named_prices(waiting)
    guard = PriceGuard(before, after, is_free(locked.upstream), ground.settings.guards, ground.settings.unit)
    return guard.objection(name)


def _judged(entry: Entry, name: str, locked: LockEntry, ground: Ground) -> _Verdict:
    """Judge a field of a matched entry: base against ours."""
    field = entry.fields.get(name)
    if name in locked.foreign and field is not None and field.present:
        why = "it is the value of the model that the entry had before; upstream has named none for this one"
        return _Verdict("unknown upstream", why, "edit it by hand")
    if name == fields.FEATURES:
        return _features(entry, field, locked)
    present = field is not None and field.present
    if name in fields.FILLED:
        return _kept_text(entry, name, ground) if present else _filled(name, locked)
    if field is None or not present:
        return _absent(entry, name, locked)
    return _present(entry, name, field, locked, ground)


def _features(entry: Entry, field: Field | None, locked: LockEntry) -> _Verdict:
    ours = field.value if field is not None and isinstance(field.value, tuple) else ()
    theirs = base_features(locked.base)
    own = [feature for feature in ours if feature not in theirs]
    deleted = [feature for feature in theirs if feature not in ours]
    said = [f"{', '.join(own)}: yours, stays"] if own else []
    said += [f"{', '.join(deleted)}: deleted by hand, stays away"] if deleted else []
    why = "; ".join(["new ones of upstream's are added", *said])
    return _Verdict("follows upstream", why, _take(entry, fields.FEATURES) if deleted else "")


def _filled(name: str, locked: LockEntry) -> _Verdict:
    base = locked.base.get(name)
    if base is not None and base.value is not None:
        return _Verdict("deleted by hand", "there was one: it stays deleted", "write one by hand")
    return _Verdict("unknown upstream", "upstream had none, and the file has none")


def _kept_text(entry: Entry, name: str, ground: Ground) -> _Verdict:
    """A model id or a description that is there."""
    if name == fields.MODEL:
        why = "it decides which upstream model this is; a sync never changes it"
        if also := _also_renamed(entry, ground):
            why += f"; renaming it changes it in {also} too"
        return _Verdict("left alone", why, _rename(entry))
    return _Verdict("left alone", "a sync writes one where there is none, and never changes it", "edit it by hand")


def _absent(entry: Entry, name: str, locked: LockEntry) -> _Verdict:
    base = locked.base.get(name)
    if base is None:
        return _Verdict("not yet synced", "no sync has decided about it yet", "modelsync sync")
    if base.value is None:
        return _Verdict("unknown upstream", f"{base.source} named none on {base.day}, and the file has none")
    return _Verdict("deleted by hand", "it is not in the file any more, and stays deleted", _take(entry, name))


def _present(entry: Entry, name: str, field: Field, locked: LockEntry, ground: Ground) -> _Verdict:
    base, kept = locked.base.get(name), locked.kept.get(name)
    if base is not None and base.value is not None and field.value == base_value(name, base):
        return _Verdict("follows upstream", f"the file has what {base.source} said on {base.day}")
    if not ground.policy.keep_by_hand:
        return _Verdict("follows upstream", "it differs, but with this preset every sync puts upstream's value back")
    if kept is not None:
        return _kept(entry, name, field, kept)
    if base is None:
        return _undecided(name, locked)
    if base.value is None:
        return _Verdict("unknown upstream", f"{base.source} named none on {base.day}: the file's value stays")
    return _Verdict("set by hand", "it was edited since the last sync; the next one keeps it", _take(entry, name))


def _kept(entry: Entry, name: str, field: Field, kept: Kept) -> _Verdict:
    if field.value == base_value(name, Base(kept.theirs, kept.source, kept.day)):
        return _Verdict("follows upstream", f"the file now has what {kept.source} said on {kept.day}")
    return _Verdict("set by hand", "it stays until you take upstream's", _take(entry, name))


def _undecided(name: str, locked: LockEntry) -> _Verdict:
    if name in locked.undecided:
        why = "the first sync found it pinned or held: the next one takes upstream's value"
        return _Verdict("not yet synced", why, "modelsync sync")
    return _Verdict("not yet synced", "no sync has decided about it yet: one that finds another value keeps this one")


def _take(entry: Entry, name: str) -> str:
    return f"modelsync sync --take {shlex.quote(f'{entry.name}.{name}')}"
