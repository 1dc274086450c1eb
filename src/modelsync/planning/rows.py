"""Tiers and windows as wholes: what is said of one that upstream drops, and of one that a person moves to another place."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from modelsync.domain import fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from modelsync.catalog.entries import Entry
    from modelsync.domain.lock import Base
    from modelsync.normalize.upstream import Model


def kind_of(name: str) -> str:
    """Say what the price of a row, or the row itself, stands in: `tier` or `window`."""
    return "tier" if ".tiers." in name else "window"


def no_such_any_more(name: str) -> str:
    """Say why a price of a tier or a window goes, or would."""
    return f"upstream has no such {kind_of(name)} any more"


def moved_by_hand(
    entry: Entry, model: Model, before: Mapping[str, Base], after: Mapping[str, Base], written: Collection[str]
) -> Iterator[str]:
    """Say of each tier and window of upstream's that is no more in the file, beside which of the person's own it is missed.

    That is what a changed threshold, or changed hours, look like. `before` and `after` are the bases of this run, which records
    once that upstream has no such prices, so that this is said once; `written` are the fields that the run writes.
    """
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
                f"both stay so; {take} brings upstream's back"
            )


def _place(row: str) -> str:
    """What tells a row from the others of its list: the threshold, or the hours."""
    return row.rpartition(".")[2]


def _rows(names: Iterable[str]) -> list[str]:
    """The rows that have one of these prices, in the order in which an entry spells them."""
    return [*dict.fromkeys(row for name in fields.ordered(names) if (row := fields.row_of(name)))]
