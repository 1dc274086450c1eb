"""Merge one matched entry of the catalog, field by field."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.domain import fields
from modelsync.domain.lock import LACKED, Base, Held, Kept, LockEntry, stored
from modelsync.planning.change_guards import PriceGuard, is_free, named_prices, remark, standing_prices
from modelsync.planning.changes import DROPPED, FieldChange, Hold, Keep, Update
from modelsync.planning.ledger import base_features, spelled
from modelsync.planning.merge import How, Outcome, merge_features, merge_filled, merge_owned
from modelsync.planning.patterns import asked, is_pinned, pins_of
from modelsync.planning.retirement import EXPIRING, ending, retirement
from modelsync.planning.said import Said, UpstreamSays, native_word
from modelsync.planning.weighing import Scales

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelsync.catalog.entries import Entry, Field, Path
    from modelsync.catalog.layout import Layout
    from modelsync.domain.lock import Stored
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Draft, Inputs
    from modelsync.planning.merge import BaseMove


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


def held_since(locked: LockEntry | None, what: str, reason: str, theirs: Stored, day: str, source: str = "") -> Held:
    """Remember that something is held. It keeps the day on which that began; line numbers are left out, since they move."""
    before = locked.held.get(what) if locked is not None else None
    placeless = re.sub(r"\bline [0-9]+", "a line", re.sub(r"\Aline [0-9]+: ", "", reason))
    return Held(placeless, theirs, before.day if before is not None else day, source)


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
        known = None if id_edited else locked
        self.says = UpstreamSays(entry.provider, model, known, inputs)
        self.scales = Scales(model.upstream, locked, id_edited=id_edited)
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
        said = self.says.of(name)
        theirs, how = said.value, self._how(name)
        self.scales.weigh(name, ours, base, theirs, draft, pinned=how.pinned)
        promotes = self.model.directory is not None and self.says.confirms(base, said)
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

    def _remember_kept(self, name: str, ours: Field, said: Said) -> None:
        """Note a hand-set value beside upstream's; an unchanged one of upstream's keeps its source and day."""
        value = stored(name, said.value)
        before = self.locked.kept.get(name) if self.locked is not None else None
        if before is not None and before.theirs == value and not self.says.confirms(before, said):
            self.kept[name] = replace(before, ours=spelled(name, ours))
        else:
            self.kept[name] = Kept(spelled(name, ours), value, said.source, said.day)

    def _still_kept(self, name: str, ours: Field) -> None:
        """Go on knowing a hand-set value while upstream says nothing: what it last said is not forgotten."""
        before = self.locked.kept.get(name) if self.locked is not None else None
        base = self.base.get(name)
        if before is None or not ours.present:
            return
        agreed = [before.theirs] if base is None or base.value is None else [before.theirs, base.value]
        if stored(name, ours.value) not in agreed:
            self.kept[name] = replace(before, ours=spelled(name, ours))

    def _held_fields(self) -> dict[str, Held]:
        day, says = self.inputs.listing.day, self.says
        reasons = [(change, reason) for reason, changes in self.held.items() for change in changes]
        found = {
            name: held_since(self.locked, name, reason, stored(name, change.new), day, says.native_source(name))
            for change, reason in (*reasons, *self.doubted.values())
            for name in (change.field,)
        }
        return dict(sorted(found.items()))

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
        promoted = name in fields.LIMITS and self.says.confirms(base, said)
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
        theirs, lacks, said = self.says.features()
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

    def _filled(self, name: str, theirs: str | None) -> None:
        offered = theirs or (None if self.inputs.policy.keep_by_hand else theirs)
        outcome = merge_filled(self.entry.fields.get(name), self.base.get(name), offered, self._how(name))
        listing = self.inputs.listing
        told = native_word(name, self.model) if name == fields.MODEL else None
        self._settle(name, outcome, told or Said(theirs or "", listing.source, listing.day))


def _agree(name: str, ours: Field | None, base: Base | None, theirs: fields.Value) -> bool:
    """Say whether file, lock and upstream have one value, as most have: then nothing is to be decided."""
    return ours is not None and ours.value == theirs and base is not None and base.value == stored(name, theirs)
