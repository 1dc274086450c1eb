"""Guards of single changes: a price is held that moves too far to be believed, or that no model costs; a limit is remarked on.

Each reason names the field, the numbers and the limit; the way out of a hold is `--accept`, for one run.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from modelsync.domain import fields
from modelsync.domain.money import plain, to_unit, unit_words
from modelsync.normalize.identity import split_variant

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from modelsync.catalog.entries import Entry
    from modelsync.domain.fields import Value
    from modelsync.planning.changes import FieldChange
    from modelsync.settings import Guards

Prices: TypeAlias = "Mapping[str, Decimal]"

_FREE = "free"


class PriceGuard(Struct, frozen=True):
    """Judges the prices that one entry would get: all that it has, in tiers, windows and the batch offer too.

    `before` are those it has, as far as a move can be measured from them; `after` those it would have. `free` says that the
    model is marked `:free`. `unit` is what messages count in. `slip` says why a price that nothing measures is not believed.
    """

    before: Prices
    after: Prices
    free: bool
    limits: Guards
    unit: str
    slip: str = ""

    def objection(self, name: str) -> str:
        """Say why the price must not be written without a person's word, or empty.

        What the entry has already, however odd, is no objection again: it was typed or accepted.
        """
        old, new = self.before.get(name), self.after.get(name)
        if new is None or old == new:
            return ""
        unseen = self.slip if old is None else ""
        return unseen or self._alone(name) or self._lopsided(name)

    def _alone(self, name: str) -> str:
        """Say what is wrong with one price, whatever the other is."""
        old, new = self.before.get(name), self.after.get(name)
        return "" if new is None else self._moved(name, old, new) or self._too_dear(name, old, new)

    def _moved(self, name: str, old: Decimal | None, new: Decimal) -> str:
        if old is None:
            return ""
        move = f"{name} would go from {self._spelled(name, old)} to {self._spelled(name, new)} USD {self._per(name)}"
        if not old or not new:
            if self.free or not (old or _is_usual(name)):  # upstream gives 0 for many a rate that it does not know yet
                return ""
            return f"{move} (limit: only a model marked `:free` may become free, or stop being so)"
        factor, limit = max(old / new, new / old), exact(self.limits.price_factor)
        if factor <= limit:
            return ""
        direction = "higher" if new > old else "lower"
        return f"{move}, {short(factor)} times {direction} (limit {plain(limit)}, guards.price_factor)"

    def _too_dear(self, name: str, old: Decimal | None, new: Decimal) -> str:
        limit = exact(self.limits.usd_per_1k)
        if not self._is_dear(name, new) or (old is not None and self._is_dear(name, old)):
            return ""
        price, per = plain(to_unit(new, fields.unit_of(name, "1k"))), self._per(name, "1k")
        return f"{name} would be {price} USD {per} (limit {plain(limit)}, guards.usd_per_1k)"

    def _is_dear(self, name: str, price: Decimal) -> bool:
        return to_unit(price, fields.unit_of(name, "1k")) > exact(self.limits.usd_per_1k)

    def _lopsided(self, name: str) -> str:
        """Output costs more than input nearly everywhere; a tenth of it looks like a digit that was lost.

        The two of one place are compared: the model's own, those of a tier, a window or the batch offer.
        """
        pair = _pair_of(name)
        if name not in pair or not self._is_lopsided(pair, self.after) or self._is_lopsided(pair, self.before):
            return ""
        believed = {price: new for price, new in self.after.items() if not self._alone(price)}
        if not self._is_lopsided(pair, {**self.before, **believed}):
            return ""  # one of the two is held by itself, and the pair that will stand is sound
        each, other = (self.after[price] for price in pair)
        share, limit = other / each, exact(self.limits.output_share)
        return (
            f"{name} would change while the output price, {self._spelled(name, other)} USD {self._per(name)}, is {share:.1%} of the "
            f"input price, {self._spelled(name, each)} (limit {limit:.0%}, guards.output_share)"
        )

    def _is_lopsided(self, pair: tuple[str, str], prices: Prices) -> bool:
        each, other = (prices.get(name) for name in pair)
        return each is not None and other is not None and 0 < other < exact(self.limits.output_share) * each

    def _spelled(self, name: str, price: Decimal) -> str:
        return plain(to_unit(price, fields.unit_of(name, self.unit)))

    def _per(self, name: str, unit: str = "") -> str:
        return "each" if fields.is_per_use(name) else f"per {unit_words(unit or self.unit)}"


def _pair_of(name: str) -> tuple[str, str]:
    """Return the prices of input and output that stand beside a price."""
    place = name.rpartition(".")[0]
    return f"{place}.input", f"{place}.output"


def _is_usual(name: str) -> bool:
    """Say whether a price is one of input or output."""
    return name in _pair_of(name)


@lru_cache(maxsize=64)  # the settings have few
def exact(limit: float) -> Decimal:
    """Return a limit of the settings as the number that was written there."""
    return Decimal(str(limit))


def short(factor: Decimal) -> str:
    """Spell how many times more or less: in full from ten on, else with one digit."""
    return f"{factor:.0f}" if factor >= 10 or factor == factor.to_integral_value() else f"{factor:.1f}"


def is_free(upstream: str) -> bool:
    """Say whether an upstream id is marked `:free`."""
    return split_variant(upstream)[1] == _FREE


def named_prices(values: Mapping[str, Value]) -> dict[str, Decimal]:
    """Return the prices among the values upstream names."""
    return {name: value for name, value in values.items() if fields.is_price(name) and isinstance(value, Decimal)}


def standing_prices(entry: Entry, undecided: Collection[str]) -> dict[str, Decimal]:
    """Return the prices of an entry that a move can be measured from.

    In a field whose first sync is still to come a zero counts as a blank that was never filled in; a negative one is no price.
    """
    found = named_prices({name: field.value for name, field in entry.fields.items() if field.value is not None})
    return {name: price for name, price in found.items() if price > 0 or (not price and name not in undecided)}


def remark(change: FieldChange, limits: Guards, pin: str) -> str:
    """Say that a limit falls far, or empty. A third of such falls are real, so they are not held. `pin` says how to keep a value."""
    old, new, limit = change.old, change.new, exact(limits.limit_drop)
    if change.field not in fields.LIMITS or not isinstance(old, int) or not isinstance(new, int):
        return ""
    if new >= (1 - limit) * old:
        return ""
    return (
        f"{change.field} falls from {old} to {new}, by {1 - Decimal(new) / old:.0%} (limit {limit:.0%}, guards.limit_drop); "
        f"{pin} keeps a value of yours"
    )
