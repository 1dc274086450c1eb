"""Which prices a report changes, the largest move first, and how each move is told."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from modelsync.domain.fields import is_price, ordered
from modelsync.planning.changes import Update
from modelsync.views.text import percent

if TYPE_CHECKING:
    from modelsync.planning.changes import FieldChange
    from modelsync.views.report import Report


def price_changes(report: Report) -> list[tuple[Update, FieldChange]]:
    """Return every change of a price with its update: those without a percentage, then by its size; ties as an entry spells them."""
    found = [
        (update, field)
        for update in report.changes
        if isinstance(update, Update)
        for field in update.fields
        if is_price_change(field)
    ]
    place = {name: number for number, name in enumerate(ordered(field.field for _, field in found))}

    def rank(pair: tuple[Update, FieldChange]) -> tuple[object, ...]:
        update, field = pair
        return _rank(field), update.provider, update.key, place.get(field.field, len(place)), field.field

    return sorted(found, key=rank)


def is_price_change(change: FieldChange) -> bool:
    """Say whether a price is among a field's old and new value."""
    return is_price(change.field) and (isinstance(change.old, Decimal) or isinstance(change.new, Decimal))


def told(change: FieldChange) -> str:
    """Tell a price's move: a percentage with its sign, or words where no percentage is true."""
    if not isinstance(change.new, Decimal):
        return "no longer set"
    if not isinstance(change.old, Decimal):
        return "was unreadable" if change.old_text else "was not set"
    if not change.old:
        return "was free"
    return percent(change.old, change.new) if change.new else "now free"


def _rank(change: FieldChange) -> tuple[bool, Decimal]:
    if isinstance(change.old, Decimal) and isinstance(change.new, Decimal) and change.old and change.new:
        return True, -abs((change.new - change.old) / change.old)
    return False, Decimal()
