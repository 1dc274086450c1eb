"""The cost of a call, component by component, in exact decimals."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import astuple

from modelsync.costing.usage import Usage, require_usage
from modelsync.domain.pricing import Pricing
from modelsync.errors import InvalidCall

if TYPE_CHECKING:
    from typing import Protocol

    from modelsync.domain.pricing import Rates

    class Priced(Protocol):
        """Whatever has prices, as a catalog's `Model` does."""

        @property
        def pricing(self) -> Pricing:
            """The prices of all that may be used."""
            ...


_Layer: TypeAlias = "tuple[str, Rates]"

_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Sums and products come out whole: nothing is rounded, whatever context the caller's thread has."""

_SHORT = {"images": "image", "requests": "request", "searches": "web_search"}
_COMPONENTS = tuple((component, _SHORT.get(component, component)) for component in Usage.__struct_fields__)
"""What may be used, and the rate of each."""

_BILLED_AS = {"reasoning": "output", "image_input": "input"}
"""Whose rate is charged for what has none of its own."""

_NO_LAYERS: tuple[_Layer, ...] = ()
_NOTHING, _ONE, _TEN = Decimal(0), Decimal(1), Decimal(10)


class Line(Struct, frozen=True, gc=False):
    """One component of a cost: `count` times `rate` USD.

    `component` is a field of `Usage`. `price` is the name of the price it was charged at, as pins spell it:
    `pricing.tiers.200000.input`, `pricing.windows.0100-0400.output`, `pricing.batch.cache_read`.
    """

    component: str
    count: int
    rate: Decimal
    amount: Decimal
    price: str


class Cost(Struct, frozen=True):
    """What a call costs in USD: `total` is the exact sum of `lines`. Amounts have no idle zeros.

    `unknown` names the components that were used and have no price; they are in no line and not in the total. `above` is the
    threshold of the tier the call fell into, `window` the hours (`0100-0400`) it fell into; None where none did.
    """

    total: Decimal
    lines: tuple[Line, ...]
    unknown: tuple[str, ...] = ()
    above: int | None = None
    window: str | None = None
    batch: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything that was used has a price."""
        return not self.unknown


def cost(model: Priced | Pricing, usage: Usage, *, at: datetime | None = None, batch: bool = False) -> Cost:
    """Work out what a call of a model costs; `batch` is for a call through the batch offer.

    A prompt of more tokens than a tier's threshold is billed whole at that tier; a rate that the tier does not name is that of the
    tier below it, then that of the window of the day, then the model's own. `at` is when the call was made, with a time zone; it
    matters only where prices have windows, and is now by default. Reasoning is billed as output where the model has no rate for it,
    has 0, or has the same rate for both where it names one; image tokens likewise as input, except that 0 is free. Whatever else was used and has no
    rate is `unknown`, all of it where `batch` is asked for and not offered; only the fee for a request is none where no rate is
    known. A negative rate is no price.

    Raises `InvalidCall` for what is no `Usage`, what is no `datetime`, one without a zone, and one that the calendar does not
    have in UTC.
    """
    require_usage(usage)
    moment = in_utc(at) if at is not None else None
    pricing, group = _offer(model if isinstance(model, Pricing) else model.pricing, batch=batch)
    rates, layers, above, window = pricing.rates, _NO_LAYERS, None, None
    if pricing.windows or pricing.tiers:
        rates, layers, above, window = _in_force(pricing, usage.prompt_tokens, moment)
    lines: list[Line] = []
    unknown: list[str] = []
    total = _NOTHING
    for count, (component, name) in zip(astuple(usage), _COMPONENTS, strict=True):
        if not count:
            continue
        if name in _BILLED_AS and _says_nothing(name, rates, pricing, layers):
            name = _BILLED_AS[name]  # noqa: PLW2901  # it is charged as another component is
        rate = rates.get(name)
        if rate is not None and rate >= 0:
            amount = _tidy(_EXACT.multiply(rate, count))
            total = _EXACT.add(total, amount)
            lines.append(Line(component, count, rate, amount, f"{group}{_place(name, layers)}.{name}"))
        elif rate is not None or component != "requests":
            unknown.append(component)
    return Cost(_tidy(total), tuple(lines), tuple(unknown), above, window, batch)


def _tidy(amount: Decimal) -> Decimal:
    """Drop idle zeros behind the point, and no others: `0.165`, `100`."""
    short = amount.normalize(_EXACT)
    return (
        short if short < _TEN else short.quantize(_ONE, context=_EXACT) if short == short.to_integral_value() else short
    )


def rates_for(model: Priced | Pricing, usage: Usage, *, at: datetime | None = None, batch: bool = False) -> Rates:
    """Return the rates that `cost` charges such a call by, those of what it does not use too. Raises what `cost` raises."""
    require_usage(usage)
    moment = in_utc(at) if at is not None else None
    pricing, _ = _offer(model if isinstance(model, Pricing) else model.pricing, batch=batch)
    return _in_force(pricing, usage.prompt_tokens, moment)[0]


def in_utc(at: object) -> datetime:
    """Return a moment in UTC, in which windows are told. Raises `InvalidCall` as `cost` does."""
    if not isinstance(at, datetime):
        raise InvalidCall(f"at must be a datetime, not {at!r}", hint="`datetime(…, tzinfo=UTC)` is one.")
    try:
        if at.utcoffset() is None:
            raise InvalidCall(f"{at.isoformat()} has no time zone", hint="`datetime(…, tzinfo=UTC)` has one.")
        return at.astimezone(UTC)
    except OverflowError:
        raise InvalidCall(f"{at!s} is not in the calendar in UTC") from None


def _offer(pricing: Pricing, *, batch: bool) -> tuple[Pricing, str]:
    """Return the prices of the batch offer or of the others, and what their names begin with."""
    return (pricing.batch or Pricing(), "pricing.batch") if batch else (pricing, "pricing")


def _in_force(
    pricing: Pricing, prompt_tokens: int, moment: datetime | None
) -> tuple[Rates, tuple[_Layer, ...], int | None, str | None]:
    """Return the rates that hold for a call, what changed them (the strongest first), and the tier and window it fell into."""
    layers: list[_Layer] = []
    above = window = None
    if pricing.windows:
        moment = moment or datetime.now(UTC)
        for one in pricing.windows:
            if one.holds(moment.hour * 60 + moment.minute):
                window = one.name
                layers.append((f".windows.{window}", one.rates))
    for tier in pricing.tiers:
        if prompt_tokens > tier.above:
            above = tier.above
            layers.append((f".tiers.{above}", tier.rates))
    rates = dict(pricing.rates)
    for _, others in layers:
        rates.update(others)
    return rates, tuple(reversed(layers)), above, window


def _says_nothing(name: str, rates: Rates, own: Pricing, layers: tuple[_Layer, ...]) -> bool:
    """Say whether a rate is not there, is the 0 that upstream puts for reasoning it bills as output, or only repeats another one.

    Upstream repeats the rate of output for reasoning, and of input for images, but in tiers it changes only the other: what
    repeats it where it stands goes on doing so in all that is stronger.
    """
    rate = rates.get(name)
    if rate is None or (not rate and name == "reasoning"):
        return True
    if not layers:
        return False
    weaker = [*(named for _, named in layers), own.rates]
    stands = next(place for place, named in enumerate(weaker) if name in named)
    other = _BILLED_AS[name]
    beside = next((named[other] for named in weaker[stands:] if other in named), None)
    return stands > 0 and rate == beside


def _place(rate: str, layers: tuple[_Layer, ...]) -> str:
    """Say where in the prices a rate that is in force stands; empty for the top."""
    for place, rates in layers:
        if rate in rates:
            return place
    return ""
