"""Merge one matched entry of the catalog, field by field."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from modelsync.domain import fields
from modelsync.domain.lock import LACKED, Base, Held, Kept, LockEntry, base_value, lacked, stored
from modelsync.planning.change_guards import PriceGuard, is_free, named_prices, remark, standing_prices
from modelsync.planning.changes import DROPPED, FieldChange, Hold, Keep, Update
from modelsync.planning.ledger import base_features, is_native
from modelsync.planning.merge import How, Outcome, merge_features, merge_filled, merge_owned
from modelsync.planning.patterns import is_pinned, pinned_fields
from modelsync.planning.retirement import EXPIRING, ending, retirement

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelsync.catalog.entries import Entry, Field, Path
    from modelsync.catalog.layout import Layout
    from modelsync.domain.lock import Stored
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Draft, Inputs
    from modelsync.planning.merge import BaseMove


def pins_of(entry: Entry, inputs: Inputs) -> tuple[str, ...]:
    """Every pin on an entry: its own and the settings'."""
    return (*entry.pins, *pinned_fields(inputs.settings.pins, entry.provider, entry.key))


def asked(names: tuple[str, ...], entry: Entry, field: str) -> bool:
    """Say whether `--take` or `--accept` names this field of this entry, or all of the entry."""
    return any(
        name == entry.name or (name.startswith(entry.name + ".") and fields.covers(name[len(entry.name) + 1 :], field))
        for name in names
    )


def why_not_written(entry: Entry, name: str, layout: Layout, editable: Callable[[Path], str | None]) -> str:
    """Say why a field of an entry cannot be set where it stands, or would stand; empty when it can."""
    field = entry.fields.get(name)
    steps = layout.paths[name]
    if field is not None:
        return field.obstacle or editable((*entry.path, *steps)) or ""
    group = steps[:-1]
    if wrong := entry.groups.get(group):
        return wrong
    return editable((*entry.path, *group) if group in entry.groups else entry.path) or ""


def held_since(locked: LockEntry | None, what: str, reason: str, theirs: Stored, day: str) -> Held:
    """Remember that something is held. It keeps the day on which that began; line numbers are left out, since they move."""
    before = locked.held.get(what) if locked is not None else None
    placeless = re.sub(r"\bline [0-9]+", "a line", re.sub(r"\Aline [0-9]+: ", "", reason))
    return Held(placeless, theirs, before.day if before is not None else day)


class Said(Struct, frozen=True):
    """What upstream says of a field (None: nothing), and the source and the day that this is from."""

    value: fields.Value | None
    source: str
    day: str


def native_word(name: str, model: Model) -> Said | None:
    """Return what the provider's own list states of a limit, the features or the id, or None where it states nothing."""
    if model.directory is None or model.served is None:
        return None
    day = model.directory.list.day
    if name == fields.MODEL:
        return Said(model.served.id, model.provider, day)
    if name == fields.FEATURES and model.states_features:
        return Said(model.features, model.provider, day)
    limit = model.native_limits.get(name)
    return Said(limit, model.provider, day) if limit is not None else None


class EntryMerge:
    """The merge of one matched entry, field by field, into changes and a lock line."""

    def __init__(
        self, entry: Entry, model: Model, locked: LockEntry | None, inputs: Inputs, *, id_edited: bool
    ) -> None:
        self.entry = entry
        self.model = model
        self.inputs = inputs
        self.locked = locked
        self.id_edited = id_edited
        self.pins = pins_of(entry, inputs)
        self.base: dict[str, Base] = dict(locked.base) if locked is not None else {}
        self.changed: list[FieldChange] = []
        self.reasons: list[str] = []
        self.keeps: list[Keep] = []
        self.held: dict[str, list[FieldChange]] = {}
        self.doubted: dict[str, tuple[FieldChange, str]] = {}
        self.kept: dict[str, Kept] = {}
        waiting = inputs.lock is None or entry.name in inputs.lock.waiting
        self.undecided = set(fields.OWNED) if waiting else set(locked.undecided if locked is not None else ())
        self.how = How(
            first_sync=waiting,
            keep_by_hand=inputs.policy.keep_by_hand,
            ours=inputs.options.ours,
            id_edited=id_edited,
        )

    def run(self, draft: Draft) -> None:
        """Merge every field; add the update, the kept values and the held ones to the draft, and the lock line."""
        for name in fields.OWNED:
            self._owned(name, draft)
        self._features()
        self._filled(fields.DESCRIPTION, self.model.description)
        if self.inputs.policy.native_ids:
            self._filled(fields.MODEL, self.model.model_id)
        entry, model = self.entry, self.model
        if self.changed:
            reason = "; ".join(dict.fromkeys(self.reasons))
            draft.changes.append(Update(entry.provider, entry.key, model.upstream, tuple(self.changed), reason))
        draft.changes.extend(self.keeps)
        for reason, changes in self.held.items():
            what, way_out = "update", "Edit it by hand, or write the value into the entry itself."
            draft.changes.append(Hold(entry.provider, entry.key, model.upstream, what, reason, way_out, tuple(changes)))
        self._say_doubts(draft)
        filled = next((str(change.new) for change in self.changed if change.field == fields.MODEL), "")
        undecided = tuple(name for name in fields.OWNED if name in self.undecided and name not in self.base)
        known_as = self.locked.upstream if self.locked is not None and not model.listed and not self.id_edited else ""
        known_end = self.locked.retires if self.locked is not None and not self.id_edited else None
        retires = retirement(model, known_end, self.inputs)
        draft.entries[entry.name] = LockEntry(
            upstream=known_as or model.upstream,
            model=entry.model_id or filled,
            base=dict(sorted(self.base.items())),
            kept=dict(sorted(self.kept.items())),
            held=self._held_fields(),
            kind=model.kind,
            undecided=undecided,
            native=not model.listed,
            retires=retires,
        )
        if end := ending(model, retires):
            draft.note(EXPIRING, entry.name, end)
        for name in sorted(model.variable):
            draft.note("variable", entry.name, f"upstream's {name} changes with the hour or the route: left as it is")

    def _how(self, name: str) -> How:
        """What applies to one field. One that was held or pinned on the first sync has still to be decided as on that day."""
        first = name in self.undecided
        pinned = bool(self.pins) and is_pinned(self.pins, name)
        take = self.inputs.options.take
        taken = bool(take) and asked(take, self.entry, name)
        if not pinned and not taken and first == self.how.first_sync:
            return self.how
        return replace(self.how, pinned=pinned, take=taken, first_sync=first)

    def _owned(self, name: str, draft: Draft) -> None:
        ours, base = self.entry.fields.get(name), self.base.get(name)
        said = self._said(name)
        theirs, how = said.value, self._how(name)
        self._weigh(name, ours, theirs, how, draft)
        promotes = self.model.directory is not None and self._promotes(base, said)
        if theirs is None and how.take:
            draft.silent.add((self.entry.name, name))
        if theirs is not None and not promotes and _agree(name, ours, base, theirs):
            return
        outcome = merge_owned(name, ours, base, theirs, how)
        if theirs is not None or self.model.listed:
            if outcome.write is not None and self._doubts(name, draft):
                self._hold_price(name, ours, outcome.write, said)
                return
            self._settle(name, outcome, said)
        if outcome.kept and theirs is not None and ours is not None:
            entry = self.entry
            self.keeps.append(Keep(entry.provider, entry.key, name, ours.value, theirs, outcome.kept, ours.raw))
            if outcome.kept != "pinned":
                self._remember_kept(name, ours, said)
        elif theirs is None and ours is not None and not how.pinned:
            self._still_kept(name, ours)

    def _said(self, name: str) -> Said:
        """What upstream says of a field: the provider's own list wins. What that last said stands where this run has no such list."""
        model, listing = self.model, self.inputs.listing
        if name in fields.LIMITS and (native := native_word(name, model) or self._last_stated(name)):
            return native
        return Said(model.values.get(name), listing.source, listing.day)

    def _last_stated(self, name: str) -> Said | None:
        """What the provider's own list last said of a limit, if that was the last word."""
        if self.locked is None or self.id_edited or not self.inputs.policy.native_lists:
            return None
        kept, base = self.locked.kept.get(name), self.base.get(name)
        last = kept or base
        if last is None or not is_native(last.source, self.entry.provider):
            return None
        value = kept.theirs if kept is not None else base and base.value
        return Said(base_value(name, Base(value, last.source, last.day)), last.source, last.day)

    def _promotes(self, known: Base | Kept | None, said: Said) -> bool:
        """Say whether the provider's own list confirms what was known from elsewhere: from now on it has the word."""
        return known is not None and known.source != said.source and is_native(said.source, self.entry.provider)

    def _remember_kept(self, name: str, ours: Field, said: Said) -> None:
        """Note a hand-set value beside upstream's; an unchanged one of upstream's keeps its source and day."""
        value = stored(name, said.value)
        before = self.locked.kept.get(name) if self.locked is not None else None
        if before is not None and before.theirs == value and not self._promotes(before, said):
            self.kept[name] = replace(before, ours=_spelled(name, ours))
        else:
            self.kept[name] = Kept(_spelled(name, ours), value, said.source, said.day)

    def _still_kept(self, name: str, ours: Field) -> None:
        """Go on knowing a hand-set value while upstream says nothing: what it last said is not forgotten."""
        before = self.locked.kept.get(name) if self.locked is not None else None
        base = self.base.get(name)
        if before is None or not ours.present:
            return
        agreed = [before.theirs] if base is None or base.value is None else [before.theirs, base.value]
        if stored(name, ours.value) not in agreed:
            self.kept[name] = replace(before, ours=_spelled(name, ours))

    def _held_fields(self) -> dict[str, Held]:
        day = self.inputs.listing.day
        reasons = [(change, reason) for reason, changes in self.held.items() for change in changes]
        found = {
            change.field: held_since(self.locked, change.field, reason, stored(change.field, change.new), day)
            for change, reason in (*reasons, *self.doubted.values())
        }
        return dict(sorted(found.items()))

    def _weigh(self, name: str, ours: Field | None, theirs: fields.Value | None, how: How, draft: Draft) -> None:
        """Count a field for the guards."""
        value = ours.value if ours is not None else None
        if isinstance(value, Decimal) and isinstance(theirs, Decimal):
            measure = self._measure(name, theirs, draft)
            if not (self.id_edited or how.pinned or self._is_meant(name, ours)):
                draft.prices.append((value, measure))
        base = self.base.get(name)
        if base is None or base.value is None or how.pinned or self.id_edited or self.locked is None:
            return
        draft.values += 1
        if ours is not None and ours.present and value != theirs and stored(name, value) != base.value:
            known = self.locked.kept.get(name)
            draft.differing += known is None or known.ours != _spelled(name, ours)

    def _is_meant(self, name: str, ours: Field | None) -> bool:
        """Say whether an earlier run has seen this value as set by hand: then it says nothing of the catalog's unit."""
        known = self.locked.kept.get(name) if self.locked is not None else None
        return known is not None and ours is not None and known.ours == _spelled(name, ours)

    def _measure(self, name: str, theirs: Decimal, draft: Draft) -> Decimal:
        """Return what a price of the file is measured by: the base, where there is one, else what upstream says now."""
        base = self.base.get(name)
        known = base_value(name, base) if base is not None and not self.id_edited else None
        if not isinstance(known, Decimal):
            return theirs
        draft.moves[self.model.upstream, name] = (known, theirs)
        return known

    def _doubts(self, name: str, draft: Draft) -> bool:
        """Say whether a price looks wrong and nobody accepts it."""
        if not fields.is_price(name) or not self.inputs.policy.guard_changes or not self._price_guard.objection(name):
            return False
        if self.entry.name in self.inputs.options.accept:
            draft.accepted.add(self.entry.name)
            return False
        return True

    def _hold_price(self, name: str, ours: Field | None, value: fields.Value, said: Said) -> None:
        """Leave a price as it is and say why; one that was set by hand, and asked to be taken, is still known as that."""
        change = FieldChange(name, ours.value if ours else None, value, ours.raw if ours else "")
        self.doubted[name] = (change, self._price_guard.objection(name))
        base = self.base.get(name)
        if ours is not None and ours.present and base is not None and stored(name, ours.value) != base.value:
            self._remember_kept(name, ours, said)

    @cached_property
    def _price_guard(self) -> PriceGuard:
        inputs, model = self.inputs, self.model
        standing = standing_prices(self.entry, self.undecided)
        return PriceGuard(
            before={} if self.id_edited else standing,
            after=standing | named_prices(model.values),
            free=is_free(model.upstream),
            limits=inputs.settings.guards,
            unit=inputs.settings.unit,
        )

    def _say_doubts(self, draft: Draft) -> None:
        """Put into the draft what the guards hold of this entry, in one piece, and note what they only remark on."""
        entry, upstream = self.entry, self.model.upstream
        if self.doubted:
            changes, reasons = zip(*self.doubted.values(), strict=True)
            way_out = f"Accept it with --accept {entry.name}, or set the price by hand."
            draft.changes.append(
                Hold(entry.provider, entry.key, upstream, "price", "; ".join(dict.fromkeys(reasons)), way_out, changes)
            )
        for change in self.changed:
            if (
                self.inputs.policy.guard_changes
                and not self.id_edited
                and (text := remark(change, self.inputs.settings.guards))
            ):
                draft.note(DROPPED, entry.name, text)

    def _settle(self, name: str, outcome: Outcome, said: Said) -> None:
        """Write the value and move the base, unless the place cannot be edited: then hold both."""
        if outcome.write is not None and not self._write(name, outcome.write, outcome.reason):
            return
        self._move_base(name, outcome.base, said)

    def _move_base(self, name: str, move: BaseMove, said: Said) -> None:
        """Move a field's base; an unchanged value keeps its source and day, so that the lock does not churn."""
        if move == "stay":
            return
        value = stored(name, said.value) if move == "theirs" else None
        base = self.base.get(name)
        promoted = name in fields.LIMITS and self._promotes(base, said)
        if base is None or base.value != value or promoted:
            self.base[name] = Base(value, said.source, said.day)

    def _write(self, name: str, value: fields.Value, reason: str) -> bool:
        field = self.entry.fields.get(name)
        change = FieldChange(name, field.value if field else None, value, field.raw if field else "")
        obstacle = why_not_written(self.entry, name, self.inputs.layout, self.inputs.editable)
        if obstacle:
            self.held.setdefault(obstacle, []).append(change)
            return False
        self.changed.append(change)
        self.reasons.append(reason)
        return True

    def _features(self) -> None:
        name = fields.FEATURES
        if self.id_edited and not self.model.says_features:
            return
        field = self.entry.fields.get(name)
        ours = field.value if field is not None and isinstance(field.value, tuple) else ()
        known = base_features(self.base)
        how = self._how(name)
        theirs, lacks, said = self._told_features()
        merged, moved = merge_features(ours, known, theirs, how)
        empty_but_wanted = not merged and field is None and not self.inputs.policy.keep_by_hand
        wanted = merged != ours or empty_but_wanted
        if wanted and not self._write(name, merged, "features of the new id" if self.id_edited else "new features"):
            return
        if not how.pinned:
            marked = moved + tuple(LACKED + feature for feature in sorted(lacks)) if lacks else moved
            self._move_base(name, "theirs", Said(marked, said.source, said.day))
        elif not set(theirs) <= set(ours):
            entry = self.entry
            self.keeps.append(Keep(entry.provider, entry.key, name, ours, theirs, "pinned", ", ".join(ours)))

    def _told_features(self) -> tuple[tuple[str, ...], frozenset[str], Said]:
        """The features, those the provider said the model lacks (perhaps on an earlier run), and who says so."""
        model, listing = self.model, self.inputs.listing
        if (said := native_word(fields.FEATURES, model)) is not None and model.served is not None:
            return model.features, model.served.lacks, said
        before = self.base.get(fields.FEATURES) if self.inputs.policy.native_lists and not self.id_edited else None
        lacks = lacked(before)
        return model.features_without(lacks), lacks, Said(None, listing.source, listing.day)

    def _filled(self, name: str, theirs: str | None) -> None:
        offered = theirs or (None if self.inputs.policy.keep_by_hand else theirs)
        outcome = merge_filled(self.entry.fields.get(name), self.base.get(name), offered, self._how(name))
        listing = self.inputs.listing
        told = native_word(name, self.model) if name == fields.MODEL else None
        self._settle(name, outcome, told or Said(theirs or "", listing.source, listing.day))


def _agree(name: str, ours: Field | None, base: Base | None, theirs: fields.Value) -> bool:
    """Say whether file, lock and upstream have one value, as most have: then nothing is to be decided."""
    return ours is not None and ours.value == theirs and base is not None and base.value == stored(name, theirs)


def _spelled(name: str, ours: Field) -> str:
    """A hand-set value as the lock remembers it."""
    return str(stored(name, ours.value)) if ours.value is not None else ours.raw
