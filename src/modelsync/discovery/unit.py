"""What the prices of a file are per: told by those of models whose prices are known, and not guessed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from statistics import median
from typing import cast

from msgspec import Struct

from modelsync.domain.money import UNITS
from modelsync.errors import UsageError
from modelsync.settings import UnitName

_ENOUGH = 2
_AGREEING = 0.8
_NEAR = 0.7
"""So far apart, in powers of ten, may an old price and the present one be: a factor of five."""


class Price(Struct, frozen=True):
    """A price in the file as the number that it is there, in USD or cents as the words say, beside upstream's in USD per token."""

    entry: str
    line: int
    field: str
    written: Decimal
    upstream: Decimal | None


class Unit(Struct, frozen=True):
    """What prices are per, and how many of the known models that have prices say so; `hosted` models are those of hosts."""

    name: UnitName
    agreeing: int
    known: int
    hosted: bool = False


class UnitUnclear(UsageError):
    """Nothing tells for certain what the prices are per. `readings` are the two that are likeliest, of the `prices`."""

    def __init__(self, message: str, prices: tuple[Price, ...], readings: tuple[str, str]) -> None:
        super().__init__(message, hint="Say what the prices are per: --unit token, --unit 1k or --unit 1m.")
        self.prices = prices
        self.readings = readings


def settle_unit(prices: Sequence[Price], said: Iterable[str], *, given: UnitName | None = None) -> Unit:
    """Tell what prices are per, by their ratio to upstream's, model by model.

    `said` are the units that names in the file claim, `given` is what the person says. Raises `UnitUnclear` where fewer than two
    known models speak for a unit (one, where the names say the same), where less than 80 % of them agree, or names contradict.
    """
    votes = _votes(prices)
    counted = Counter(vote for vote in votes if vote)
    if given:
        return Unit(given, counted[given], len(votes))
    claimed = sorted({*said})
    best, agreeing = counted.most_common(1)[0] if counted else ("", 0)
    problem = _problem(best, agreeing, len(votes), claimed)
    if problem:
        raise UnitUnclear(problem, _shown(prices), _readings(counted, claimed))
    return Unit(cast("UnitName", best), agreeing, len(votes))


def _problem(best: str, agreeing: int, known: int, claimed: list[str]) -> str:
    start = "it is not clear what the prices are per"
    if len(claimed) > 1:
        return f"{start}: names in the file say {' and '.join(claimed)}"
    if not known:
        return f"{start}: no model of the file has a price that is known"
    if agreeing < _AGREEING * known:
        return f"{start}: of {known} known models with prices, {agreeing} agree on a unit"
    if claimed and claimed != [best]:
        return (
            f"{start}: names in the file say {claimed[0]}, the values say {best} for {agreeing} of {known} known models"
        )
    if agreeing < _ENOUGH and not claimed:
        return f"{start}: only one known model has prices"
    return ""


def _votes(prices: Iterable[Price]) -> list[str]:
    """Return the unit that each known model with a price speaks for; empty where its prices fit none."""
    ratios: defaultdict[tuple[str, int], list[Decimal]] = defaultdict(list)
    for price in prices:
        if price.written > 0 and price.upstream:
            ratios[price.entry, price.line].append((price.written / price.upstream).log10())
    return [_unit_at(median(found)) for found in ratios.values()]


def _unit_at(power: Decimal) -> str:
    return next((name for name, exact in UNITS.items() if abs(power - exact) <= _NEAR), "")


def _readings(counted: Counter[str], claimed: list[str]) -> tuple[str, str]:
    """Choose the two readings to show: what the values and the names say, else the usual ones."""
    one, two = list(dict.fromkeys((*(unit for unit, _ in counted.most_common()), *claimed, "1m", "1k")))[:2]
    return one, two


def _shown(prices: Iterable[Price]) -> tuple[Price, ...]:
    ordered = sorted((price for price in prices if price.written), key=lambda price: not price.upstream)
    first = {price.entry: price for price in reversed(ordered)}
    return tuple([price for price in ordered if first[price.entry] is price][:6])
