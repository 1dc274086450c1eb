"""Tiers and windows as wholes: what becomes of one that upstream drops, and what is said of one that a person moves."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.edits import RemoveKey
from modelsync.catalog.placing import Placing, path_of
from modelsync.domain import fields
from modelsync.domain.lock import stored
from modelsync.domain.pricing import Window, read_hours
from modelsync.planning.patterns import asked, is_pinned, pins_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from modelsync.catalog.entries import Entry
    from modelsync.domain.lock import Base, LockEntry
    from modelsync.normalize.upstream import Model
    from modelsync.planning.changes import FieldChange
    from modelsync.planning.context import Inputs


def kind_of(name: str) -> str:
    """Say what the price of a row, or the row itself, stands in: `tier` or `window`."""
    return "tier" if ".tiers." in name else "window"


def no_such_any_more(name: str) -> str:
    """Say why a price of a tier or a window goes, or would."""
    return f"upstream has no such {kind_of(name)} any more"


class Dropped(Struct, frozen=True):
    """Knows the prices of one entry in tiers and windows that upstream certainly has not any more.

    They may be left of the model that the entry had before its id was edited. `known` is what the lock knows of the model that the
    entry is; `base` is that of the merge, as it goes on.
    """

    entry: Entry
    model: Model
    known: LockEntry | None
    base: Mapping[str, Base]
    inputs: Inputs

    def has(self, name: str) -> bool:
        """Say whether a price is one of them."""
        return self.model.drops(name)

    def may_go(self, name: str) -> bool:
        """Say whether one stands in the file as upstream last gave it, or is asked to be as upstream says."""
        return self.is_takeable(name) and (self.goes_unasked(name) or asked(self.inputs.options.take, self.entry, name))

    def goes_unasked(self, name: str) -> bool:
        """Say whether one that may go does so without `--take`: no person set it, or the preset lets upstream win."""
        field, base = self.entry.fields[name], self.base.get(name)
        agreed = base is not None and base.value is not None and stored(name, field.value) == base.value
        return agreed or not self.inputs.policy.keep_by_hand

    def is_takeable(self, name: str) -> bool:
        """Say whether `--take` removes a price: upstream once had it and has it no more, and no pin fixes it."""
        if name not in self.entry.fields or not self.has(name) or not self.was_named(name):
            return False
        return not is_pinned(pins_of(self.entry, self.inputs), name)

    def was_named(self, name: str) -> bool:
        """Say whether upstream once had such a price: one that it never had is a person's own."""
        base = self.base.get(name)
        return (base is not None and base.value is not None) or (self.known is not None and name in self.known.kept)


def comments_lost(entry: Entry, changes: Iterable[FieldChange], inputs: Inputs) -> Iterator[str]:
    """Say which comments of a person's go with prices that go, or with whole tiers and windows of theirs."""
    values = {change.field: change.new for change in changes if change.new is not None}
    gone = {change.field: path_of(entry, change.field, inputs.layout) for change in changes if change.new is None}
    for edit in Placing(inputs.layout, inputs.settings.unit).edits(entry, values, gone) if gone else ():
        if isinstance(edit, RemoveKey) and (comments := inputs.comments(edit.path)):
            inside = [name for name, path in gone.items() if path[: len(edit.path)] == edit.path]
            rows = inside if gone[inside[0]] == edit.path else _rows(inside)
            yield f"{', '.join(rows)} goes with its comment: {' / '.join(comments)}"


def moved_by_hand(
    entry: Entry, model: Model, before: Mapping[str, Base], after: Mapping[str, Base], written: Collection[str]
) -> Iterator[str]:
    """Say of each tier and window of upstream's that is no more in the file, beside which of the person's own it is missed.

    That is what a changed threshold, or changed hours, look like. `before` and `after` are the bases of this run, which records
    once that upstream has no such prices, so that this is said once; `written` are the fields that the run writes.
    """
    if after.keys() <= before.keys():
        return
    new = [name for name in entry.fields if name in after and name not in before and model.drops(name)]
    own = [row for row in _rows(new) if row not in _rows(before.keys() & entry.fields.keys())]
    if not own:
        return
    present = _rows({*entry.fields, *written})
    for row in _rows(name for name in model.values if name in before and before[name].value is not None):
        places = [_place(other) for other in own if other.rpartition(".")[0] == row.rpartition(".")[0]]
        if places and row not in present:
            where = f"{'above ' if kind_of(row) == 'tier' else ''}{_place(row)}"
            take = f"--take {shlex.quote(f'{entry.name}.{row}')}"
            yield (
                f"upstream's {kind_of(row)} {where} is not in the file any more, and upstream has none for {', '.join(places)}: "
                f"both stay so; {_once_free(row, own)}{take} brings upstream's back"
            )


def _once_free(row: str, own: Iterable[str]) -> str:
    """Say what must go before a window can be back: those that it would overlap."""
    span = read_hours(_place(row))
    if span is None:
        return ""
    spans = [(other, read_hours(_place(other))) for other in own if kind_of(other) == "window"]
    in_the_way = [_place(other) for other, hours in spans if hours and Window(*hours, {}).overlaps(Window(*span, {}))]
    return f"once {', '.join(in_the_way)} is gone, " if in_the_way else ""


def _place(row: str) -> str:
    """What tells a row from the others of its list: the threshold, or the hours."""
    return row.rpartition(".")[2]


def _rows(names: Iterable[str]) -> list[str]:
    """The rows that have one of these prices, in the order in which an entry spells them."""
    return [*dict.fromkeys(row for name in fields.ordered(names) if (row := fields.row_of(name)))]
