"""Merge one matched entry of the catalog, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.entries import Field
from modelsync.catalog.placing import expressible, path_of, why_not_written
from modelsync.domain import fields
from modelsync.domain.lock import LACKED, Base, LockEntry, stored
from modelsync.planning.change_guards import PriceGuard, is_free, named_prices, standing_prices
from modelsync.planning.changes import COMMENT, ROWS, FieldChange, Update
from modelsync.planning.holding import Holding, change_to, held_since, hidden_fields, pending
from modelsync.planning.keeping import Keeping
from modelsync.planning.ledger import base_features
from modelsync.planning.merge import How, Outcome, merge_features, merge_filled, merge_owned
from modelsync.planning.overlaps import overlapped, way_out_now, why_overlapping
from modelsync.planning.patterns import asked, is_pinned, pins_of
from modelsync.planning.remarks import note_changes
from modelsync.planning.retirement import EXPIRING, ending, retirement
from modelsync.planning.rows import Dropped, moved_by_hand, no_such_any_more
from modelsync.planning.said import Said, UpstreamSays, native_word
from modelsync.planning.weighing import Scales

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.catalog.entries import Entry
    from modelsync.domain.lock import Held
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Draft, Inputs
    from modelsync.planning.merge import BaseMove


class _Decision(Struct, frozen=True):
    """What becomes of one owned field, before the guards have a word."""

    name: str
    ours: Field | None
    said: Said
    how: How
    outcome: Outcome


class EntryMerge:
    """The merge of one matched entry, field by field, into changes and a lock line.

    `other_model` says that the lock line speaks of another model, which the entry had before its id was edited.
    """

    def __init__(
        self, entry: Entry, model: Model, locked: LockEntry | None, inputs: Inputs, *, other_model: bool
    ) -> None:
        self.entry = entry
        self.model = model
        self.inputs = inputs
        self.locked = locked
        self.pins = pins_of(entry, inputs)
        self.base: dict[str, Base] = dict(locked.base) if locked is not None else {}
        self.changed: list[FieldChange] = []
        self.reasons: list[str] = []
        waiting = inputs.lock is None or entry.name in inputs.lock.waiting
        self.known = None if other_model else locked
        self.pending = pending(entry, self.known, inputs)
        self.names = self._owned_names()
        self.hidden = hidden_fields(entry, self.names, inputs.layout)
        self.undecided = frozenset(self.names if waiting else locked.undecided if locked is not None else ())
        self.foreign = set(self._merged if other_model else locked.foreign if locked is not None else ())
        self.holding = Holding(entry, model.upstream, self.known, inputs, self.undecided)
        self.says = UpstreamSays(entry.provider, model, self.known, inputs)
        self.keeping = Keeping(entry, self.known, self.says)
        self.dropped = Dropped(entry, model, self.known, self.base, inputs)
        self.scales = Scales(model.upstream, locked, frozenset(self.foreign))
        self.how = How(
            first_sync=waiting,
            keep_by_hand=inputs.policy.keep_by_hand,
            ours=inputs.options.ours,
            other_model=other_model,
        )

    def _owned_names(self) -> tuple[str, ...]:
        """The fields that follow upstream: where all prices do, those that file, lock or upstream names."""
        names = fields.OWNED
        if self.inputs.policy.all_prices:
            names = fields.owned({*self.entry.fields, *self.base, *self.pending, *self.model.values})
        return tuple(name for name in names if self._has_place(name))

    @property
    def _merged(self) -> tuple[str, ...]:
        return (*self.names, fields.FEATURES) if self._has_place(fields.FEATURES) else self.names

    def run(self, draft: Draft) -> None:
        """Merge every field; add the update, the kept values and the held ones to the draft, and the lock line."""
        self.keeping.out_of_sight(self.hidden)
        gone = [name for name in self.names if self.dropped.may_go(name) and self._goes(name)]
        here = (name for name in self.names if name not in gone)
        decided = [decision for name in here if (decision := self._decide(name, draft)) is not None]
        guard = self._price_guard(decided, draft)
        for decision in decided:
            self._carry_out(decision, guard, draft)
        self._beside_prices(draft)
        entry, model = self.entry, self.model
        if self.changed:
            reason = "; ".join(dict.fromkeys(self.reasons))
            draft.changes.append(Update(entry.provider, entry.key, model.upstream, tuple(self.changed), reason))
        draft.changes.extend(self.keeping.changes)
        draft.changes.extend(self.holding.changes())
        draft.entries[entry.name] = line = self._line()
        note_changes(entry, self.changed, self.scales.foreign, self.inputs, draft)
        self._note_moved_rows(draft)
        if end := ending(model, line.retires):
            draft.note(EXPIRING, entry.name, end)
        for name in sorted(filter(self._has_place, model.variable)):
            draft.note("variable", entry.name, f"upstream's {name} changes with the route: left as it is")
        for name in sorted(filter(self._has_place, model.unclear)):
            draft.note("variable", entry.name, f"upstream's {name} depends on what nobody understands: left as it is")

    def _goes(self, name: str) -> bool:
        """Take a price out of the file, and forget what upstream said of it, or hold that; say whether all is done about it."""
        field = self.entry.fields[name]
        change = FieldChange(name, field.value, None, field.raw)
        path = path_of(self.entry, name, self.inputs.layout)
        reason = self._obstacle(name) or self.inputs.removable(path) or ""
        if reason:
            lasts = self.dropped.goes_unasked(name)
            line = held_since(self.known, name, reason, None, self.inputs.listing.day) if lasts else None
            self.holding.obstacle(change, reason, line)
            return lasts
        self.changed.append(change)
        self.reasons.append(no_such_any_more(name))
        self.base.pop(name, None)
        self.foreign.discard(name)
        return True

    def _line(self) -> LockEntry:
        """The lock line of the entry after this run."""
        entry, model, known = self.entry, self.model, self.known
        filled = next((str(change.new) for change in self.changed if change.field == fields.MODEL), "")
        still_open = frozenset[str]() if self.how.ours else self.undecided - self.base.keys()
        same = self.locked is not None and self.base == self.locked.base
        line = LockEntry(
            upstream=known.upstream if known is not None and not model.listed else model.upstream,
            model=entry.model_id or filled,
            base=self.locked.base if same and self.locked is not None else dict(sorted(self.base.items())),
            kept=dict(sorted(self.keeping.lines.items())),
            held=dict(sorted(self.holding.lines.items())),
            kind=model.kind,
            undecided=tuple(name for name in self.names if name in still_open) if still_open else (),
            native=not model.listed,
            retires=retirement(model, known.retires if known is not None else None, self.inputs),
            foreign=tuple(name for name in self._merged if name in self.foreign),
        )
        return self.locked if line == self.locked and self.locked is not None else line

    def _how(self, name: str) -> How:
        """What applies to one field. One that was held or pinned on the first sync has still to be decided as on that day."""
        first, foreign = name in self.undecided, name in self.foreign
        pinned = bool(self.pins) and is_pinned(self.pins, name)
        take = self.inputs.options.take
        taken = bool(take) and asked(take, self.entry, name)
        if not pinned and not taken and (first, foreign) == (self.how.first_sync, self.how.other_model):
            return self.how
        return replace(self.how, pinned=pinned, take=taken, first_sync=first, other_model=foreign)

    def _decide(self, name: str, draft: Draft) -> _Decision | None:
        """Merge a price or a limit; None where file, lock and upstream agree."""
        ours, base = self.entry.fields.get(name), self.base.get(name)
        said = self.says.of(name)
        theirs, how = said.value, self._how(name)
        if ours is not None and theirs is not None and not how.other_model and _agree(name, ours, base, theirs):
            self.scales.weigh_agreed(name, ours, draft, pinned=how.pinned)
            if self.model.directory is None or not self.says.confirms(base, said):
                return None
        else:
            self.scales.weigh(name, ours, base, theirs, draft, pinned=how.pinned)
        if theirs is None and how.take:
            draft.silent.add((self.entry.name, name))
        if name in self.hidden and theirs is not None:
            base = None  # it may be there or not: to be written, were that not in the way
        return _Decision(name, ours, said, how, merge_owned(name, ours, base, theirs, how))

    def _carry_out(self, decision: _Decision, guard: PriceGuard, draft: Draft) -> None:
        name, ours, outcome = decision.name, decision.ours, decision.outcome
        if (theirs := decision.said.value) is None:
            self._leave(decision, draft)
            return
        if outcome.write is not None and self._waits(decision, theirs, guard, draft):
            outcome = self._unasked(decision)
            if outcome.write is not None:
                return
        elif outcome.kept and ours is not None:
            self.keeping.tell(name, ours, theirs, outcome.kept)
        self._settle(name, outcome, decision.said)
        if outcome.kept not in ("", "pinned") and ours is not None:
            self.keeping.remember(name, ours, decision.said)

    def _unasked(self, decision: _Decision) -> Outcome:
        """What becomes of a field without `--take`. What only that would write is no news for the lock when it has to wait."""
        name, how = decision.name, replace(decision.how, take=False)
        base = None if name in self.hidden else self.base.get(name)
        return merge_owned(name, decision.ours, base, decision.said.value, how)

    def _leave(self, decision: _Decision, draft: Draft) -> None:
        """Leave a field of which upstream says nothing as it is, with what is known of it."""
        name, ours, dropped = decision.name, decision.ours, self.dropped.has(decision.name)
        if name in self.pending and not dropped:
            self._still_held(name)
            return
        if name in self.pending:
            draft.note(ROWS, self.entry.name, f"{name} is not held any more: {no_such_any_more(name)}")
        if self.model.listed:
            self._settle(name, decision.outcome, decision.said)
        if ours is None:
            return
        if dropped and ours.present and self.dropped.was_named(name):
            self._keep_dropped(decision, ours)
        elif not decision.how.pinned:
            self.keeping.still(name, ours, self.base.get(name))

    def _keep_dropped(self, decision: _Decision, ours: Field) -> None:
        """Tell of a person's price in a tier or window that upstream has not any more, and remember that it has not."""
        name, pinned = decision.name, decision.how.pinned
        self.keeping.tell(name, ours, None, f"{'pinned' if pinned else 'set by hand'}; {no_such_any_more(name)}")
        if pinned:
            return
        self.keeping.remember(name, ours, decision.said)
        if name in self.foreign:
            self._move_base(name, "none", decision.said)

    def _held_line(self, name: str, reason: str, value: fields.Value) -> Held:
        source = self.says.native_source(name)
        return held_since(self.known, name, reason, value, self.inputs.listing.day, source)

    def _still_held(self, name: str) -> None:
        self.holding.still(name, self.pending[name], "Once upstream names it again")

    def _objection(self, name: str, guard: PriceGuard, draft: Draft) -> str:
        """Say why a price must not be written; empty where it looks right, or somebody accepts it."""
        if not fields.is_price(name) or not self.inputs.policy.guard_changes or not (reason := guard.objection(name)):
            return ""
        if self.entry.name in self.inputs.options.accept:
            draft.accepted.add(self.entry.name)
            return ""
        return reason

    def _waits(self, decision: _Decision, value: fields.Value, guard: PriceGuard, draft: Draft) -> bool:
        """Hold a value that looks wrong, or that cannot be written where it belongs; say whether it is held."""
        name = decision.name
        doubt = self._objection(name, guard, draft)
        reason = doubt or self._obstacle(name)
        if not reason:
            return False
        lasts = self._unasked(decision).write is not None
        change, line = change_to(self.entry, name, value), self._held_line(name, reason, value) if lasts else None
        if doubt:
            takes = () if lasts else self.inputs.options.take
            wishes = tuple(wish for wish in takes if asked((wish,), self.entry, name))
            self.holding.doubt(change, reason, line, wishes)
        else:
            other = overlapped(self.entry, name, self._going)
            out = way_out_now(self.entry, name, other, takeable=self.dropped.is_takeable(other)) if other else ""
            self.holding.obstacle(change, reason, line, out)
        return True

    @property
    def _going(self) -> frozenset[str]:
        """The fields that go."""
        return frozenset(change.field for change in self.changed if change.new is None)

    def _price_guard(self, decided: Iterable[_Decision], draft: Draft) -> PriceGuard:
        """The guard of the pair of prices that would stand in the file; those that go, and those of the model it had before, are none of it."""
        inputs = self.inputs
        free, limits = is_free(self.model.upstream), inputs.settings.guards
        written = {
            one.name: value
            for one in decided
            if (value := one.outcome.write) is not None and not self._obstacle(one.name)
        }
        if not written:
            return PriceGuard({}, {}, free, limits, inputs.settings.unit)
        standing = standing_prices(self.entry, self.undecided)
        before = {name: price for name, price in standing.items() if name not in self.foreign | self._going}
        slip = draft.slips.of(self.model.upstream)
        return PriceGuard(before, before | named_prices(written), free, limits, inputs.settings.unit, slip)

    def _beside_prices(self, draft: Draft) -> None:
        """Merge what is no price and no limit. Where a layout fills nothing in, only what the entry has."""
        if self._has_place(fields.FEATURES):
            self._features()
        if self._has_place(fields.DESCRIPTION):
            self._filled(fields.DESCRIPTION, self.model.description)
        if self._has_place(fields.MODEL) and self.inputs.policy.native_ids:
            self._filled(fields.MODEL, self.model.model_id)
        self._reviewed(draft)

    def _has_place(self, name: str) -> bool:
        layout = self.inputs.layout
        return name in self.entry.fields or (layout.fills and layout.keeps(name))

    def _note_moved_rows(self, draft: Draft) -> None:
        """Note the tiers and windows that a person has moved to another place."""
        if self.known is not None:
            written = [change.field for change in self.changed]
            for text in moved_by_hand(self.entry, self.model, self.known.base, self.base, written):
                draft.note(ROWS, self.entry.name, text)

    def _settle(self, name: str, outcome: Outcome, said: Said) -> None:
        """Write the value, which does not have to wait, and move the base."""
        if outcome.write is not None:
            self._change(name, outcome.write, outcome.reason)
        self._move_base(name, outcome.base, said)

    def _move_base(self, name: str, move: BaseMove, said: Said) -> None:
        """Move a field's base; an unchanged value keeps its source and day, so that the lock does not churn."""
        if move == "stay":
            return
        value = stored(name, said.value) if move == "theirs" else None
        base = self.base.get(name)
        promoted = name in fields.LIMITS and self.says.confirms(base, said)
        if base is None or base.value != value or promoted or name in self.foreign:
            self.base[name] = Base(value, said.source, said.day)
        self.foreign.discard(name)

    def _write(self, name: str, value: fields.Value, reason: str, *, lasts: bool = True) -> bool:
        """Change the features or a text, or hold that; a hold that does not last is not for the lock."""
        if obstacle := self._obstacle(name):
            line = self._held_line(name, obstacle, value) if lasts else None
            self.holding.obstacle(change_to(self.entry, name, value), obstacle, line)
            return False
        self._change(name, value, reason)
        return True

    def _change(self, name: str, value: fields.Value, reason: str) -> None:
        self.changed.append(change_to(self.entry, name, value))
        self.reasons.append(reason)

    def _obstacle(self, name: str) -> str:
        if reason := why_not_written(self.entry, name, self.inputs.layout, self.inputs.editable):
            return reason
        other = overlapped(self.entry, name, self._going)
        return why_overlapping(other) if other else ""

    def _features(self) -> None:
        name = fields.FEATURES
        how = self._how(name)
        if not self.model.says_features and (how.other_model or name in self.pending):
            if name in self.pending:
                self._still_held(name)
            return
        field = self.entry.fields.get(name)
        ours = field.value if field is not None and isinstance(field.value, tuple) else ()
        known = base_features(self.base)
        theirs, lacks, said = self.says.features()
        if (words := expressible(self.entry, self.inputs.layout)) is not None:
            theirs, lacks = tuple(one for one in theirs if one in words), lacks & words
        merged, moved = merge_features(ours, known, theirs, how)
        unasked = merge_features(ours, known, theirs, replace(how, take=False)) if how.take else (merged, moved)
        empty_but_wanted = not merged and field is None and not self.inputs.policy.keep_by_hand
        reason, lasts = "features of the new id" if how.other_model else "new features", unasked[0] != ours
        if (merged != ours or empty_but_wanted) and not self._write(
            name, merged, reason, lasts=lasts or empty_but_wanted
        ):
            if lasts or empty_but_wanted:
                return
            moved = unasked[1]
        if not how.pinned:
            marked = moved + tuple(LACKED + feature for feature in sorted(lacks)) if lacks else moved
            self._move_base(name, "theirs", Said(marked, said.source, said.day))
        elif not set(theirs) <= set(ours):
            self.keeping.tell(name, Field(ours, raw=", ".join(ours)), theirs, "pinned")

    def _reviewed(self, draft: Draft) -> None:
        """Set the day of the last review where a price moves, and only there. One that cannot be set is no reason to wait."""
        field = self.entry.fields.get(fields.REVIEWED)
        if field is None or not any(fields.is_price(change.field) for change in self.changed):
            return
        day = self.inputs.today.isoformat()
        if field.raw == day or is_pinned(self.pins, fields.REVIEWED):
            return
        if obstacle := self._obstacle(fields.REVIEWED):
            draft.note(COMMENT, self.entry.name, f"{fields.REVIEWED}: {field.raw} ({obstacle})")
        else:
            self._write(fields.REVIEWED, day, "a price changed")

    def _filled(self, name: str, theirs: str | None) -> None:
        if theirs is None and name in self.pending:
            self._still_held(name)
            return
        offered = theirs or (None if self.inputs.policy.keep_by_hand else theirs)
        outcome = merge_filled(self.entry.fields.get(name), self.base.get(name), offered, self._how(name))
        listing = self.inputs.listing
        told = native_word(name, self.model) if name == fields.MODEL else None
        if outcome.write is None or self._write(name, outcome.write, outcome.reason):
            self._move_base(name, outcome.base, told or Said(theirs or "", listing.source, listing.day))


def _agree(name: str, ours: Field, base: Base | None, theirs: fields.Value) -> bool:
    """Say whether file, lock and upstream have one value, as most have: then nothing is to be decided."""
    return base is not None and ours.value == theirs and base.value == stored(name, theirs)
