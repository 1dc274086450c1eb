"""What waits for a person in one entry: as changes of the plan, and as the entry's lock line remembers it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.placing import why_not_written
from modelsync.domain import fields
from modelsync.domain.lock import WHOLE_ENTRY, Base, Held, base_value, stored
from modelsync.planning.changes import FieldChange, Hold
from modelsync.planning.ledger import base_features
from modelsync.planning.merge import How, merge_features, merge_owned
from modelsync.planning.overlaps import is_takeable, overlapped, way_out_now, why_overlapping
from modelsync.planning.patterns import is_pinned, pins_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modelsync.catalog.entries import Entry
    from modelsync.domain.fields import Value
    from modelsync.domain.lock import LockEntry
    from modelsync.layouts.layout import Layout
    from modelsync.planning.context import Draft, Inputs

_EDIT = "Edit it by hand, write the value into the entry itself, or pin it."


def held_since(
    locked: LockEntry | None, what: str, reason: str, theirs: Value | None, day: str, source: str = ""
) -> Held:
    """Remember that something is held. It keeps the day on which that began; line numbers are left out, since they move."""
    before = locked.held.get(what) if locked is not None else None
    placeless = re.sub(r"\bline [0-9]+", "a line", re.sub(r"\Aline [0-9]+: ", "", reason))
    return Held(placeless, stored(what, theirs), before.day if before is not None else day, source)


def change_to(entry: Entry, name: str, value: Value) -> FieldChange:
    """Return the change of an entry's field to a value."""
    field = entry.fields.get(name)
    return FieldChange(name, field.value if field else None, value, field.raw if field else "")


class _Waiting(Struct, frozen=True):
    """One field that waits; a text that only the lock remembers has no `change`, since its words are not kept there."""

    what: str
    reason: str
    way_out: str
    change: FieldChange | None


class Holding:
    """What a run holds of one entry, which it matched to `upstream`, gathered field by field. `known` is what the lock knows of that."""

    def __init__(
        self, entry: Entry, upstream: str, known: LockEntry | None, inputs: Inputs, undecided: frozenset[str]
    ) -> None:
        self.lines: dict[str, Held] = {}
        self._entry = entry
        self._upstream = upstream
        self._known = known
        self._inputs = inputs
        self._undecided = undecided
        self._waiting: list[_Waiting] = []

    def obstacle(self, change: FieldChange, reason: str, line: Held | None, way_out: str = "") -> None:
        """Hold a change that cannot be written where it belongs; without a line only this run tells of it."""
        self._waiting.append(_Waiting("update", reason, way_out or _EDIT, change))
        if line is not None:
            self.lines[change.field] = line

    def doubt(self, change: FieldChange, reason: str, line: Held | None, takes: tuple[str, ...] = ()) -> None:
        """Hold a price that looks wrong. `takes` are the wishes without which it would not be written at all: then without a line."""
        name = shlex.quote(self._entry.name)
        if takes:
            asked = " ".join(f"--take {shlex.quote(take)}" for take in takes)
            way_out = f"Write it with {asked} --accept {name}, or leave the price that was set by hand."
        else:
            way_out = f"Accept it with --accept {name}, or {self._by_hand(change.field)}."
        self._waiting.append(_Waiting("price", reason, way_out, change))
        if line is not None:
            self.lines[change.field] = line

    def still(self, what: str, line: Held, until: str) -> None:
        """Hold what the lock says was held, in a run that cannot decide about it; `until` says when one can."""
        name = shlex.quote(self._entry.name)
        accept = f"{until}, --accept {name} lets it through"
        if what == WHOLE_ENTRY:
            waiting = _Waiting("rematch", line.reason, f"{accept}; or correct the model id.", None)
        else:
            change = self._remembered(what, line)
            obstacle = why_not_written(self._entry, what, self._inputs.layout, self._inputs.editable)
            other = overlapped(self._entry, what)
            if other and not obstacle:
                takeable = is_takeable(other, self._known, pins_of(self._entry, self._inputs))
                out = way_out_now(self._entry, what, other, takeable=takeable)
                waiting = _Waiting("update", why_overlapping(other), out, change)
            elif fields.is_price(what) and not obstacle:
                waiting = _Waiting("price", line.reason, f"{accept}; or {self._by_hand(what)}.", change)
            else:
                waiting = _Waiting("update", obstacle or line.reason, _EDIT, change)
        self._waiting.append(waiting)
        self.lines[what] = line

    def changes(self) -> Iterator[Hold]:
        """Yield what is held: all prices that have one way out in one piece, other fields by their reason."""
        groups: dict[tuple[str, str, str], list[_Waiting]] = {}
        for one in self._waiting:
            groups.setdefault((one.what, one.way_out, "" if one.what == "price" else one.reason), []).append(one)
        for (what, way_out, _), waiting in sorted(groups.items(), key=lambda group: group[0][0] == "price"):
            reason = "; ".join(dict.fromkeys(one.reason for one in waiting))
            changes = tuple(one.change for one in waiting if one.change is not None)
            yield Hold(self._entry.provider, self._entry.key, self._upstream, what, reason, way_out, changes)

    def _by_hand(self, field: str) -> str:
        """Say what to edit instead. What the first sync left open still follows upstream, whatever is typed there."""
        place = "entry" if self._inputs.layout.pinned else "settings"
        return f"pin it in the {place}" if field in self._undecided else "set the price by hand"

    def _remembered(self, what: str, line: Held) -> FieldChange | None:
        value = base_value(what, Base(line.theirs, line.source, line.day))
        if value is None or what in fields.FILLED:
            return None
        if isinstance(value, tuple):
            had = _features(self._entry)
            value = (*(name for name in had if name in value), *(name for name in value if name not in had))
        return change_to(self._entry, what, value)


def _features(entry: Entry) -> tuple[str, ...]:
    field = entry.fields.get(fields.FEATURES)
    return field.value if field is not None and isinstance(field.value, tuple) else ()


def pending(entry: Entry, locked: LockEntry | None, inputs: Inputs) -> dict[str, Held]:
    """Return what the lock holds of an entry and nobody has settled by hand since, by an edit or by a pin."""
    if locked is None or not locked.held or locked.model != entry.model_id:
        return {}
    return {name: held for name, held in locked.held.items() if _is_pending(name, held, entry, locked, inputs)}


def _is_pending(name: str, held: Held, entry: Entry, locked: LockEntry, inputs: Inputs) -> bool:
    """Say whether a merge with what upstream last said would still write it."""
    if name == WHOLE_ENTRY:
        return held.theirs is not None
    theirs, ours = base_value(name, Base(held.theirs, held.source, held.day)), entry.fields.get(name)
    if theirs is None or is_pinned(pins_of(entry, inputs), name):
        return False
    if name in fields.FILLED:
        return ours is None or not ours.present
    how = How(first_sync=name in locked.undecided, other_model=name in locked.foreign)
    base = None if hidden_fields(entry, (name,), inputs.layout) else locked.base.get(name)
    if isinstance(theirs, tuple):
        had = _features(entry)
        return merge_features(had, base_features(locked.base), theirs, how)[0] != had
    return merge_owned(name, ours, base, theirs, how).write is not None


def hidden_fields(entry: Entry, names: Iterable[str], layout: Layout) -> frozenset[str]:
    """Return the fields of which nobody can tell whether the file has them: what they would stand in cannot be read."""
    damaged = [home for home, wrong in entry.groups.items() if wrong]
    if not damaged:
        return frozenset()
    absent = ((name, layout.steps(name)) for name in names if name not in entry.fields)
    return frozenset(name for name, steps in absent if any(steps[: len(home)] == home for home in damaged))


def carry_over(entry: Entry, locked: LockEntry | None, inputs: Inputs, draft: Draft, until: str) -> None:
    """Leave an entry undecided: its lock line stays, and what that holds is held again, or it goes on waiting for its first match,
    unless its values were called set by hand.

    `until` says when a run can decide about it, as the beginning of a sentence.
    """
    if locked is None:
        if not inputs.options.ours and (inputs.lock is None or entry.name in inputs.lock.waiting):
            draft.waiting.add(entry.name)
        return
    holding = Holding(entry, locked.upstream, locked, inputs, frozenset(locked.undecided))
    for what, line in pending(entry, locked, inputs).items():
        holding.still(what, line, until)
    draft.entries[entry.name] = locked if holding.lines == locked.held else replace(locked, held=holding.lines)
    draft.changes.extend(holding.changes())
