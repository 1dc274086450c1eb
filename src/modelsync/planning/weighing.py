"""What the guards of a whole plan judge by: each price and limit of the file, weighed against the lock and upstream."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.domain import fields
from modelsync.domain.lock import base_value, stored
from modelsync.planning.siblings import spelled

if TYPE_CHECKING:
    from modelsync.catalog.entries import Field
    from modelsync.domain.fields import Value
    from modelsync.domain.lock import Base, LockEntry
    from modelsync.planning.context import Draft


class Scales(Struct, frozen=True):
    """Weighs the fields of one entry, which is matched to `upstream`. In the `foreign` ones the lock speaks of another model."""

    upstream: str
    locked: LockEntry | None
    foreign: frozenset[str]

    def weigh(
        self, name: str, ours: Field | None, base: Base | None, theirs: Value | None, draft: Draft, *, pinned: bool
    ) -> None:
        """Put into the draft what one field says of the catalog's unit, of the listing's, and of the lock; see `weigh_agreed`."""
        value = ours.value if ours is not None else None
        agreed = None if name in self.foreign else base
        if isinstance(value, Decimal) and isinstance(theirs, Decimal):
            known = base_value(name, agreed) if agreed is not None else None
            self._measure(name, known, value, theirs, draft, of_unit=not (pinned or self._is_meant(name, ours)))
        if agreed is None or agreed.value is None or pinned:
            return
        draft.values += 1
        if ours is not None and ours.present and value != theirs and stored(name, value) != agreed.value:
            draft.differing += not self._is_meant(name, ours)

    def weigh_agreed(self, name: str, ours: Field, draft: Draft, *, pinned: bool) -> None:
        """Do as `weigh` where file, lock and upstream have one value of the same model, as most have: that is soon weighed."""
        value = ours.value
        if isinstance(value, Decimal):
            self._measure(name, value, value, value, draft, of_unit=not (pinned or self._is_meant(name, ours)))
        if not pinned:
            draft.values += 1

    def _is_meant(self, name: str, ours: Field | None) -> bool:
        """Say whether an earlier run has seen this value as set by hand: then it says nothing of the catalog's unit."""
        known = self.locked.kept.get(name) if self.locked is not None and self.locked.kept else None
        return known is not None and ours is not None and known.ours == spelled(name, ours)

    def _measure(
        self, name: str, known: Value | None, ours: Decimal, theirs: Decimal, draft: Draft, *, of_unit: bool
    ) -> None:
        """Measure a price of the file by the base, where there is one, else by what upstream says now.

        Prices of an image, a request or a search say nothing of a unit; `of_unit` says whether this one tells of the catalog's.
        """
        if fields.is_per_use(name):
            return
        has_base = isinstance(known, Decimal)
        if has_base:
            draft.moves[self.upstream, name] = (nearer(known, ours, theirs), theirs)
        if of_unit and name not in self.foreign:
            draft.prices.append((ours, known if has_base else theirs))


def nearer(known: Decimal, ours: Decimal, theirs: Decimal) -> Decimal:
    """Return the one of two prices that upstream's is nearer to: a listing that says what the file says has not slipped."""
    if ours == theirs:
        return ours
    if min(known, ours, theirs) <= 0:
        return known
    return min(known, ours, key=lambda price: max(price / theirs, theirs / price))
