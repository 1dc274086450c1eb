"""From upstream's prices, with those under conditions, to the price model in its one canonical form.

The form does not depend on the hour of the answer. Where windows cover the whole day, the price that holds longest is the
model's own (of several the highest), and `windows` has what deviates. Where they leave a gap, they are all there, and the gap's
price is known only if the answer tells that it was made in the gap. Neighbours in the day that say the same are one window.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from modelsync.domain.money import Variable
from modelsync.domain.pricing import MINUTES_A_DAY, RATES, Pricing, Rates, Tier, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.domain.listing import Override, Record

_RATES = {
    "prompt": "input", "completion": "output", "input_cache_read": "cache_read", "input_cache_write": "cache_write",
    "input_cache_write_1h": "cache_write_1h", "internal_reasoning": "reasoning", "audio": "audio_input", "audio_output": "audio_output",
    "input_audio_cache": "audio_cache_read", "image_token": "image_input", "image_output": "image_output", "request": "request",
    "web_search": "web_search",
}  # fmt: skip
_RATES_AND_IMAGE = _RATES | {"image": "image"}
_BASIC = frozenset({"input", "output"})
_IMAGE, _IMAGE_TOKEN, _PROMPT = "image", "image_token", "prompt"
_MOST_FOR_A_TOKEN = 10
_CHEAPEST_IMAGE, _DEAREST_TOKEN = Decimal("0.00001"), Decimal("0.0001")
"""`image` is USD per image, which costs hundreds of tokens; up to ten times the price of a prompt's token it is a token's.

What is far below the price of any image is that of a token, and what is far above that of any token one of an image, whatever
the prompt is said to cost: one price that is wrong must not change what another means.
"""

Span: TypeAlias = tuple[int, int]


class Prices(Struct, frozen=True):
    """What upstream says of one model's prices. `variable` rates have no one price, `unclear` ones a price nobody can tell."""

    pricing: Pricing = Pricing()
    variable: frozenset[str] = frozenset()
    unclear: frozenset[str] = frozenset()

    def basic(self) -> Prices:
        """Return these with two prices only: those of a short prompt, and of the answer to it, for most of the day."""
        rates = {rate: price for rate, price in self.pricing.rates.items() if rate in _BASIC}
        return Prices(Pricing(rates), self.variable & _BASIC, self.unclear & _BASIC)


def prices(record: Record, batch: Record | None = None) -> Prices:
    """Return the prices of one model and, where upstream lists one, of its batch offer."""
    own = _prices(record)
    if batch is None:
        return own
    offer = _prices(batch)
    return Prices(
        replace(own.pricing, batch=offer.pricing if offer.pricing != Pricing() else None),
        own.variable | {f"batch.{rate}" for rate in offer.variable},
        own.unclear | {f"batch.{rate}" for rate in offer.unclear},
    )


def as_answered(record: Record) -> Prices:
    """Return the prices of the hour of the answer, for a prompt of any length: what upstream says first."""
    return _prices(replace(record, overrides=()))


def _prices(record: Record) -> Prices:
    rates = _rates_of(record)
    known = {rates[key]: price for key, price in record.prices.items() if key in rates}
    if record.overrides:
        return _Conditions(rates, known, record.overrides).prices()
    variable = frozenset(rate for rate, price in known.items() if isinstance(price, Variable))
    return Prices(Pricing(_ordered(known)), variable)


def _ordered(found: Mapping[str, object]) -> Rates:
    return {rate: price for rate in RATES if rate in found and isinstance(price := found[rate], Decimal)}


def _rates_of(record: Record) -> Mapping[str, str]:
    """Map upstream's keys to rates. What `image` is a price of depends on how much it is, at any hour."""
    if _IMAGE not in record.prices and not record.overrides:
        return _RATES_AND_IMAGE
    images = _positive(_IMAGE, record)
    most = _MOST_FOR_A_TOKEN * max(_positive(_PROMPT, record), default=Decimal(0))
    if not images or min(images) > min(max(most, _CHEAPEST_IMAGE), _DEAREST_TOKEN):
        return _RATES_AND_IMAGE
    named = (record.prices, *(override.prices for override in record.overrides))
    return _RATES if any(_IMAGE_TOKEN in prices for prices in named) else _RATES | {_IMAGE: "image_input"}


def _positive(key: str, record: Record) -> list[Decimal]:
    """Return the prices of a key that are known at every hour: the answer's own is not where it may be that of a window."""
    conditions = [override for override in record.overrides if key in override.prices]
    own = () if any(override.hours or override.unclear for override in conditions) else (record.prices,)
    named = (*own, *(override.prices for override in conditions))
    return [price for prices in named if isinstance(price := prices.get(key), Decimal) and price > 0]


class _Untold:
    """The type of `_GAP`: the price outside of all windows, which an answer made within one does not tell."""


_GAP = _Untold()
_Cell: TypeAlias = Decimal | Variable | _Untold | None


class _Rule(Struct, frozen=True):
    """One condition that is understood, with its prices by rate."""

    above: int | None
    hours: Window | None
    prices: Mapping[str, Decimal | Variable | None]

    def holds(self, above: int | None, minute: int) -> bool:
        reached = self.above is None or (above is not None and self.above <= above)
        return reached and (self.hours is None or self.hours.holds(minute))


class _Conditions:
    """The prices of a model by the number of prompt tokens and the time of the day, as cells that have one price each.

    `known` has the prices of the answer by rate; `spans` divide the day wherever a condition's hours begin or end. `day` has what
    the conditions say of prompts of any length, span by span, and `long` of those above each threshold.
    """

    def __init__(
        self, rates: Mapping[str, str], known: Mapping[str, Decimal | Variable], rules: Iterable[Override]
    ) -> None:
        self.known = known
        self.unclear: set[str] = set()
        self.variable: set[str] = set()
        self.rules: list[_Rule] = []
        for rule in rules:
            named = {rates[key]: price for key, price in rule.prices.items() if key in rates}
            self.unclear |= {rate for rate, price in named.items() if rule.unclear or price is None}
            if not rule.unclear:
                self.rules.append(_Rule(rule.above, Window(*rule.hours, {}) if rule.hours else None, named))
        bounds = sorted({minute for rule in self.rules if rule.hours for minute in (rule.hours.start, rule.hours.end)})
        self.spans: list[Span] = list(zip(bounds or [0], (*bounds[1:], *bounds[:1]) or [0], strict=True))
        self.day = [self._named(None, start) for start, _ in self.spans]
        thresholds = sorted({rule.above for rule in self.rules if rule.above is not None})
        self.long = {above: [self._named(above, start) for start, _ in self.spans] for above in thresholds}
        self.own: dict[str, Decimal] = {}
        self.tiers: dict[int, dict[str, Decimal]] = {above: {} for above in thresholds}
        self.windows: dict[Span, dict[str, Decimal]] = {span: {} for span in self.spans}

    def _named(self, above: int | None, minute: int) -> dict[str, _Cell]:
        """What the conditions say of prompts of more than `above` tokens, at one time of the day."""
        found: dict[str, _Cell] = {}
        for rule in self.rules:
            if rule.holds(above, minute):
                found |= rule.prices
        return found

    def prices(self) -> Prices:
        """Find the place of every rate."""
        may_be_now = [
            named
            for named in self.day
            if named and all(self.known.get(rate) == named[rate] for rate in named.keys() - self.unclear)
        ]
        untold = {rate for named in may_be_now for rate in named}
        rates = {rate for rule in self.rules for rate in rule.prices} | self.known.keys()
        for rate in rates - self.unclear:
            self._place(rate, _GAP if rate in untold else self.known.get(rate))
        tiers = tuple(Tier(above, _ordered(found)) for above, found in self.tiers.items() if found)
        pricing = Pricing(_ordered(self.own), tiers, self._windows())
        return Prices(pricing, frozenset(self.variable), frozenset(self.unclear))

    def _place(self, rate: str, own: _Cell) -> None:
        """Find the places of one rate; `own` is its price where no condition names it, as far as the answer tells that.

        Beside windows that leave a gap, the gap's price decides nothing here: not every answer tells it.
        """
        named_in = sum(rate in named for named in self.day)
        otherwise = _GAP if 0 < named_in < len(self.day) else own
        day = [named.get(rate, otherwise) for named in self.day]
        long = {above: [named.get(rate, otherwise) for named in cells] for above, cells in self.long.items()}
        if any(isinstance(cell, Variable) for cells in (day, *long.values()) for cell in cells):
            self.variable.add(rate)
            return
        tiers = self._tiers(rate, day, long)
        if tiers is None:
            self.unclear.add(rate)
            return
        for above, price in tiers.items():
            self.tiers[above][rate] = price
        self._place_in_day(rate, day, own)

    def _tiers(self, rate: str, day: list[_Cell], long: Mapping[int, list[_Cell]]) -> dict[int, Decimal] | None:
        """Return a rate's price in each tier that names it; None where it changes with the hour, which no tier can say."""
        found: dict[int, Decimal] = {}
        below = day
        for above, cells in long.items():
            price = cells[0]
            names_it = any(rule.above == above and rate in rule.prices for rule in self.rules)
            if names_it and isinstance(price, Decimal) and all(cell == price for cell in cells):
                found[above] = price
            elif cells != below:
                return None
            below = cells
        return found

    def _place_in_day(self, rate: str, day: list[_Cell], own: _Cell) -> None:
        is_named = [rate in named for named in self.day]
        if all(is_named):
            own = self._longest(day)
        if isinstance(own, Decimal):
            self.own[rate] = own
        for span, price, is_window in zip(self.spans, day, is_named, strict=True):
            if is_window and isinstance(price, Decimal) and not (all(is_named) and price == own):
                self.windows[span][rate] = price

    def _longest(self, day: list[_Cell]) -> Decimal:
        """The price that holds for most minutes of the day; of several the highest."""
        minutes: defaultdict[Decimal, int] = defaultdict(int)
        for (start, end), price in zip(self.spans, day, strict=True):
            if isinstance(price, Decimal):
                minutes[price] += (end - start) % MINUTES_A_DAY or MINUTES_A_DAY
        return max(minutes, key=lambda price: (minutes[price], price))

    def _windows(self) -> tuple[Window, ...]:
        """Join neighbours that say the same, also over midnight."""
        found: list[Window] = []
        for (start, end), rates in self.windows.items():
            if found and found[-1].rates == rates:
                found[-1] = Window(found[-1].start, end, rates)
            else:
                found.append(Window(start, end, rates))
        if len(found) > 1 and found[-1].rates == found[0].rates:
            found[0] = Window(found.pop().start, found[0].end, found[0].rates)
        named = (Window(window.start, window.end, _ordered(window.rates)) for window in found if window.rates)
        return tuple(sorted(named, key=lambda window: window.start))
