"""Judge one field of an entry: what its state is, why, and what a person can do about it.

It is told from the file, the lock and the settings, as the last sync left them.
"""

from __future__ import annotations

import shlex
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.placing import why_not_written
from modelsync.domain import fields
from modelsync.domain.lock import Base, base_value
from modelsync.planning.change_guards import PriceGuard, is_free, named_prices, standing_prices
from modelsync.planning.holding import hidden_fields
from modelsync.planning.ledger import base_features
from modelsync.planning.overlaps import is_takeable, overlapped, way_out_later, why_overlapping
from modelsync.planning.patterns import is_pinned, pinned_fields
from modelsync.planning.rows import kind_of, no_such_any_more
from modelsync.planning.standing import FieldStanding, Pin, Seen

if TYPE_CHECKING:
    from modelsync.catalog.entries import Entry, Field
    from modelsync.domain.lock import Held, Kept, LockEntry
    from modelsync.planning.standing import EntryState, FieldState, Ground

_NAMED = 3
_EDIT = "edit it by hand, write the value into the entry itself, or pin it"


class _Verdict(Struct, frozen=True):
    state: FieldState
    why: str
    command: str = ""
    since: str = ""


Told: TypeAlias = "tuple[EntryState, str, tuple[Pin, ...], FieldStanding | None]"


def field_standing(entry: Entry, name: str, locked: LockEntry | None, ground: Ground, told: Told) -> FieldStanding:
    """Tell where one field stands. `told` is what is known of its entry: state, why, pins, and the hold of all of it."""
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


def left_alone(entry: Entry, name: str) -> FieldStanding:
    """Tell of a price that no sync keeps true, since the settings ask for those of input and output only."""
    field = entry.fields[name]
    why = 'with `pricing.detail = "basic"` a sync looks at input and output alone'
    command = 'set `detail = "full"` under [pricing] in the settings'
    return FieldStanding(name, "left alone", why, field.value, field.raw if field.present else "", command=command)


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


def _pinned(name: str, told: Told, ground: Ground) -> _Verdict | None:
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


def _as_the_entry(told: Told) -> _Verdict | None:
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
        return _Verdict("held", obstacle, _EDIT, held.day)
    if other := overlapped(entry, name):
        return _Verdict("held", why_overlapping(other), _out_of_the_way(entry, other, locked, ground), held.day)
    if reason := _doubt(entry, name, held, locked, ground):
        return _Verdict("held", reason, f"modelsync sync --accept {shlex.quote(entry.name)}", held.day)
    return _Verdict("held", f"{held.reason}; that was mended, so the next sync decides", "modelsync sync", held.day)


def _out_of_the_way(entry: Entry, other: str, locked: LockEntry, ground: Ground) -> str:
    """Say how a window's price makes room for one that it overlaps."""
    pins = (*entry.pins, *pinned_fields(ground.settings.pins, entry.provider, entry.key))
    return way_out_later(entry, other, takeable=is_takeable(other, locked, pins))


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
    return guard.objection(name) or ("" if name in before else held.reason)


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
    verdict = (
        _present(entry, name, field, locked, ground)
        if field is not None and present
        else _absent(entry, name, locked, ground)
    )
    return _as_it_can_be_written(verdict, entry, name, locked, ground)


def _as_it_can_be_written(verdict: _Verdict, entry: Entry, name: str, locked: LockEntry, ground: Ground) -> _Verdict:
    """Name another way out of what is set or deleted by hand where upstream's value cannot be written, whoever asks to take it."""
    if verdict.state not in ("set by hand", "deleted by hand"):
        return verdict
    if why_not_written(entry, name, ground.layout, ground.editable):
        return replace(verdict, command=_EDIT)
    if other := overlapped(entry, name):
        return replace(verdict, command=_out_of_the_way(entry, other, locked, ground))
    return verdict


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
        if also := also_renamed(entry, ground):
            why += f"; renaming it changes it in {also} too"
        return _Verdict("left alone", why, rename_command(entry))
    return _Verdict("left alone", "a sync writes one where there is none, and never changes it", "edit it by hand")


def _absent(entry: Entry, name: str, locked: LockEntry, ground: Ground) -> _Verdict:
    base = locked.base.get(name)
    if base is None:
        return _Verdict("not yet synced", "no sync has decided about it yet", "modelsync sync")
    if base.value is None:
        return _Verdict("unknown upstream", f"{base.source} named none on {base.day}, and the file has none")
    if hidden_fields(entry, (name,), ground.layout):
        return _Verdict("held", why_not_written(entry, name, ground.layout, ground.editable), _EDIT)
    if not ground.policy.keep_by_hand:
        return _Verdict(
            "follows upstream", "the file has none, but with this preset every sync puts upstream's value back"
        )
    row = fields.row_of(name)
    if row and not any(fields.covers(row, other) for other in entry.fields):
        why = f"the file has no such {kind_of(row)} any more, and it stays so"
        return _Verdict("deleted by hand", why, _take(entry, name))
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
        named = "none" if _knows_row(name, locked) else f"no such {kind_of(name)}"
        return _Verdict("unknown upstream", f"{base.source} named {named} on {base.day}: the file's value stays")
    return _Verdict("set by hand", "it was edited since the last sync; the next one keeps it", _take(entry, name))


def _knows_row(name: str, locked: LockEntry) -> bool:
    """Say whether a field stands in no tier or window, or in one that upstream has had."""
    row = fields.row_of(name)
    return not row or any(base.value is not None and fields.covers(row, other) for other, base in locked.base.items())


def _kept(entry: Entry, name: str, field: Field, kept: Kept) -> _Verdict:
    if kept.theirs is None:
        why = f"{no_such_any_more(name)}; it stays until you let it go"
        return _Verdict("set by hand", why, _take(entry, name))
    if field.value == base_value(name, Base(kept.theirs, kept.source, kept.day)):
        return _Verdict("follows upstream", f"the file now has what {kept.source} said on {kept.day}")
    return _Verdict("set by hand", "it stays until you take upstream's", _take(entry, name))


def _undecided(name: str, locked: LockEntry) -> _Verdict:
    if name in locked.undecided:
        why = "no sync could decide about it yet (pinned, held, or upstream named none): the first that can takes upstream's value"
        return _Verdict("not yet synced", why, "modelsync sync")
    return _Verdict("not yet synced", "no sync has decided about it yet: one that finds another value keeps this one")


def _take(entry: Entry, name: str) -> str:
    return f"modelsync sync --take {shlex.quote(f'{entry.name}.{name}')}"


def rename_command(entry: Entry) -> str:
    """Return the command that gives an entry another model id."""
    return f"modelsync rename {shlex.quote(entry.provider)} {shlex.quote(entry.known_as)} NEW"


def also_renamed(entry: Entry, ground: Ground) -> str:
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
