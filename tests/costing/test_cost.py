"""Laws of costs, for any prices and any usage; and what a breakdown tells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync import Cost, Usage, cost
from modelsync.costing.cost import Line
from modelsync.domain.pricing import RATES, Pricing, Rates, Tier, Window
from modelsync.errors import InvalidCall

FIELDS = Usage.__struct_fields__
RATE_OF = {"images": "image", "requests": "request", "searches": "web_search"}
PRICES = st.dictionaries(st.sampled_from(RATES), st.decimals(0, 1000, places=15), max_size=len(RATES))
ALL_PRICES = st.fixed_dictionaries({rate: st.decimals(0, 1000, places=15) for rate in RATES})
SPANS = st.tuples(st.integers(0, 1439), st.integers(0, 1439)).filter(lambda span: span[0] != span[1])
COUNTS = st.one_of(st.just(0), st.integers(0, 3000), st.integers(0, 10**30))
USAGES = st.builds(Usage, **dict.fromkeys(FIELDS, COUNTS))
MOMENTS = st.builds(
    lambda seconds, hours: datetime.fromtimestamp(seconds, timezone(hours)),
    st.integers(0, 4 * 10**9),
    st.timedeltas(timedelta(hours=-23), timedelta(hours=23)),
)


@st.composite
def repeating(draw: st.DrawFn, rates: st.SearchStrategy[Rates] = PRICES) -> Rates:
    """Build rates of which some may repeat others, as upstream often has them."""
    found = dict(draw(rates))
    for rate, other in (("reasoning", "output"), ("image_input", "input")):
        if other in found and draw(st.booleans()):
            found[rate] = found[other]
    return found


@st.composite
def pricings(draw: st.DrawFn, rates: st.SearchStrategy[Rates] = PRICES, *, batch: bool = True) -> Pricing:
    """Build any prices, with tiers that usages fall between, and windows that may overlap."""
    above = sorted(draw(st.sets(st.integers(0, 5000), max_size=3)))
    spans = sorted(draw(st.sets(SPANS, max_size=3)))
    return Pricing(
        draw(repeating(rates)),
        tuple(Tier(threshold, draw(repeating())) for threshold in above),
        tuple(Window(*span, draw(repeating())) for span in spans),
        draw(st.none() | pricings(batch=False)) if batch else None,
    )


def in_force(prices: Pricing, prompt_tokens: int, at: datetime) -> list[Rates]:
    """Return all rates that hold for a call, the weakest first."""
    minute = at.astimezone(UTC).hour * 60 + at.astimezone(UTC).minute
    found = [prices.rates]
    for window in prices.windows:
        minutes = range(window.start, window.end + (1440 if window.end <= window.start else 0))
        if minute in minutes or minute + 1440 in minutes:
            found.append(window.rates)
    return found + [tier.rates for tier in prices.tiers if prompt_tokens > tier.above]


def naive(pricing: Pricing, usage: Usage, at: datetime, *, batch: bool) -> tuple[Fraction, set[str]]:
    """Work out a cost as slowly and plainly as the rules read: the total, and what is unknown."""
    prices = (pricing.batch or Pricing()) if batch else pricing
    prompt = ("input", "cache_read", "cache_write", "cache_write_1h", "audio_input", "audio_cache_read", "image_input")
    rates: dict[str, Decimal] = {}
    follows: dict[str, bool] = {}
    others = {"reasoning": "output", "image_input": "input"}
    for named in in_force(prices, sum(getattr(usage, part) for part in prompt), at):
        rates |= named
        follows |= {rate: rates[rate] == rates.get(others[rate]) for rate in others if rate in named}
    for rate, other in others.items():
        if rate not in rates or follows[rate] or (rate == "reasoning" and not rates[rate]):
            rates.pop(rate, None)
            rates |= {rate: rates[other]} if other in rates else {}
    rates.setdefault("request", Decimal(0))
    used = {name: getattr(usage, name) for name in FIELDS if getattr(usage, name)}
    known = {name: count for name, count in used.items() if RATE_OF.get(name, name) in rates}
    total = sum((Fraction(rates[RATE_OF.get(name, name)]) * count for name, count in known.items()), Fraction())
    return total, used.keys() - known.keys()


@pytest.mark.hypothesis
@given(pricings(), USAGES, MOMENTS, st.booleans())
def test_it_is_what_the_rules_say(pricing: Pricing, usage: Usage, at: datetime, batch: bool) -> None:
    """In fractions, which cannot be wrong by a digit."""
    found = cost(pricing, usage, at=at, batch=batch)
    assert (Fraction(found.total), set(found.unknown)) == naive(pricing, usage, at, batch=batch)


@pytest.mark.hypothesis
@given(pricings(), USAGES, MOMENTS, st.booleans())
def test_the_lines_are_the_total(pricing: Pricing, usage: Usage, at: datetime, batch: bool) -> None:
    """Each is its count times its rate; each component that was used is in one line, or unknown, or a request without a fee."""
    found = cost(pricing, usage, at=at, batch=batch)
    assert Fraction(found.total) == sum((Fraction(line.amount) for line in found.lines), Fraction())
    for line in found.lines:
        assert Fraction(line.amount) == Fraction(line.rate) * line.count
        assert line.count == getattr(usage, line.component) > 0
    told = [line.component for line in found.lines] + list(found.unknown)
    assert sorted({*told, "requests"}) == sorted({*(name for name in FIELDS if getattr(usage, name)), "requests"})
    assert len(told) == len(set(told))


@pytest.mark.hypothesis
@given(pricings(), USAGES, MOMENTS, st.booleans())
def test_a_price_is_named_where_it_stands(pricing: Pricing, usage: Usage, at: datetime, batch: bool) -> None:
    """The name of a line leads to its rate."""
    from modelsync.domain.pricing import flatten

    named = flatten(pricing)
    for line in cost(pricing, usage, at=at, batch=batch).lines:
        assert named[line.price] == line.rate


@pytest.mark.hypothesis
@given(ALL_PRICES, USAGES, st.sampled_from(FIELDS), st.integers(1, 10**6))
def test_more_never_costs_less(rates: Rates, usage: Usage, field: str, more: int) -> None:
    """Within a tier, where everything has a price."""
    dearer = msgspec.structs.replace(usage, **{field: getattr(usage, field) + more})
    assert cost(Pricing(rates), dearer).total >= cost(Pricing(rates), usage).total


@pytest.mark.hypothesis
@given(ALL_PRICES, USAGES, st.integers(0, 1000))
def test_so_many_times_the_usage_costs_so_many_times_as_much(rates: Rates, usage: Usage, times: int) -> None:
    """Within a tier."""
    manifold = Usage(**{field: getattr(usage, field) * times for field in FIELDS})
    once = Fraction(cost(Pricing(rates), usage).total)
    assert Fraction(cost(Pricing(rates), manifold).total) == times * once


@pytest.mark.hypothesis
@given(ALL_PRICES, USAGES, USAGES)
def test_two_calls_cost_what_each_does(rates: Rates, one: Usage, two: Usage) -> None:
    """Within a tier."""
    both = Usage(**{field: getattr(one, field) + getattr(two, field) for field in FIELDS})
    apart = sum(Fraction(cost(Pricing(rates), usage).total) for usage in (one, two))
    assert Fraction(cost(Pricing(rates), both).total) == apart


@pytest.mark.hypothesis
@given(pricings(), USAGES, MOMENTS)
def test_the_callers_arithmetic_does_not_matter(pricing: Pricing, usage: Usage, at: datetime) -> None:
    """A thread that counts with three digits gets all of them."""
    expected = cost(pricing, usage, at=at)
    with localcontext() as context:
        context.prec, context.rounding, context.Emax, context.Emin = 3, ROUND_UP, 5, -5
        assert cost(pricing, usage, at=at) == expected


ONE = {"input": Decimal("0.000001")}
TWO = {"input": Decimal("0.000002")}


def test_what_a_breakdown_tells() -> None:
    """Which count, at which rate, from which price; and what was found beside it."""
    pricing = Pricing(
        {**ONE, "output": Decimal("0.000003"), "web_search": Decimal("0.01")}, (Tier(100, TWO),), (Window(60, 120, {"output": Decimal("0.000004")}),)
    )  # fmt: skip
    usage = Usage(input=101, reasoning=7, searches=2, audio_input=1)
    assert cost(pricing, usage, at=datetime(2026, 9, 1, 1, 30, tzinfo=UTC)) == Cost(
        total=Decimal("0.020230"),
        lines=(
            Line("input", 101, Decimal("0.000002"), Decimal("0.000202"), "pricing.tiers.100.input"),
            Line("reasoning", 7, Decimal("0.000004"), Decimal("0.000028"), "pricing.windows.0100-0200.output"),
            Line("searches", 2, Decimal("0.01"), Decimal("0.02"), "pricing.web_search"),
        ),
        unknown=("audio_input",),
        above=100,
        window="0100-0200",
    )


@pytest.mark.parametrize(
    ("prompt", "hour", "price", "rate"),
    [
        (201, 12, "pricing.tiers.200.output", 20),
        (101, 12, "pricing.tiers.100.reasoning", 15),
        (1, 12, "pricing.reasoning", 10),
        (1, 1, "pricing.windows.0000-1000.reasoning", 5),
        (201, 1, "pricing.tiers.200.output", 20),
    ],
    ids=["two tiers", "its own tier", "no layer", "its own window", "a window and two tiers"],
)  # fmt: skip
def test_reasoning_that_repeats_output_follows_it_through_every_layer(
    prompt: int, hour: int, price: str, rate: int
) -> None:
    """Wherever it stands, what counts is the output beside it."""
    pricing = Pricing(
        {"output": Decimal(10), "reasoning": Decimal(10)},
        (
            Tier(100, {"output": Decimal(15), "reasoning": Decimal(15)}),
            Tier(200, {"output": Decimal(20)}),
        ),
        (Window(0, 600, {"output": Decimal(5), "reasoning": Decimal(5)}),),
    )
    (line,) = cost(pricing, Usage(cache_read=prompt, reasoning=1), at=datetime(2026, 9, 1, hour, tzinfo=UTC)).lines
    assert (line.price, line.rate) == (price, rate)


def test_a_price_of_the_batch_offer_says_so() -> None:
    """At its tiers and hours too."""
    batch = Pricing(
        ONE, (Tier(100, TWO),), (Window(0, 720, {"output": Decimal(1)}), Window(720, 0, {"output": Decimal(1)}))
    )
    found = cost(Pricing({}, batch=batch), Usage(input=101, output=1), batch=True)
    assert [line.price for line in found.lines] == [
        "pricing.batch.tiers.100.input",
        f"pricing.batch.windows.{found.window}.output",
    ]


def test_of_windows_that_overlap_the_last_wins() -> None:
    """Each for what it names."""
    pricing = Pricing({}, windows=(Window(0, 600, {**ONE, "output": Decimal(1)}), Window(300, 900, TWO)))
    found = cost(pricing, Usage(input=1, output=1), at=datetime(2026, 9, 1, 6, tzinfo=UTC))
    assert [line.price for line in found.lines] == [
        "pricing.windows.0500-1500.input",
        "pricing.windows.0000-1000.output",
    ]
    assert found.window == "0500-1500"


def test_a_time_needs_a_zone() -> None:
    """Whether or not the prices have hours: the mistake shows at the first call."""
    with pytest.raises(ValueError, match="2026-09-01T03:00:00 has no time zone") as raised:
        cost(Pricing(ONE), Usage(input=1), at=datetime.fromisoformat("2026-09-01T03:00"))
    assert isinstance(raised.value, InvalidCall)


@pytest.mark.parametrize(
    "at",
    [
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
    ],
    ids=["last", "first"],
)
@pytest.mark.parametrize("windows", [(), (Window(60, 120, ONE),)], ids=["no hours", "hours"])
def test_a_time_is_in_the_calendar_in_utc(at: datetime, windows: tuple[Window, ...]) -> None:
    """Before the first year and after the last there are no hours to charge by; up to there, there are."""
    with pytest.raises(InvalidCall, match="is not in the calendar in UTC"):
        cost(Pricing(ONE, windows=windows), Usage(input=1), at=at)
    assert cost(Pricing(ONE, windows=windows), Usage(input=1), at=at.replace(tzinfo=UTC)).complete


@pytest.mark.parametrize("at", [date(2026, 1, 1), "2026-01-01T00:00Z", 0, False], ids=repr)
def test_a_time_is_a_datetime(at: Any) -> None:
    """A day has no hour."""
    with pytest.raises(InvalidCall, match="at must be a datetime, not "):
        cost(Pricing(ONE), Usage(input=1), at=at)


def test_a_call_is_a_usage() -> None:
    """A report as it comes is none yet: it does not say whose it is."""
    report: Any = {"prompt_tokens": 3}
    with pytest.raises(InvalidCall, match="not as dict") as raised:
        cost(Pricing(ONE), report)
    assert "Usage.from_openai" in raised.value.hint


def test_now_is_the_default() -> None:
    """Windows of an hour each tell which one it is; the clock may move on while the test looks at it."""
    pricing = Pricing({}, windows=tuple(Window(hour * 60, (hour + 1) % 24 * 60, ONE) for hour in range(24)))
    before, found, after = datetime.now(UTC), cost(pricing, Usage(input=1)), datetime.now(UTC)
    assert found.window in {f"{moment.hour:02}00-{(moment.hour + 1) % 24:02}00" for moment in (before, after)}


def test_whatever_has_prices_will_do() -> None:
    """A catalog's model, or prices alone."""

    class Model(msgspec.Struct, frozen=True):
        pricing: Pricing

    assert cost(Model(Pricing(ONE)), Usage(input=3)) == cost(Pricing(ONE), Usage(input=3))


def test_one_thing_is_free_and_another_unknown() -> None:
    """A line of 0 is not the same as no line."""
    found = cost(Pricing({"input": Decimal(0)}), Usage(input=1, output=1))
    assert ([line.amount for line in found.lines], found.unknown, found.complete) == ([Decimal(0)], ("output",), False)


@pytest.mark.parametrize(
    ("rate", "count", "amount"),
    [("0.0000025000", 20_000, "0.05"), ("0.0005", 200_000, "100"), ("0.000123", 100_000, "12.3"), ("0.00", 7, "0")],
)
def test_amounts_have_no_idle_zeros(rate: str, count: int, amount: str) -> None:
    """As a person would write them, and as the command does; nor is a hundred 1E+2."""
    found = cost(Pricing({"input": Decimal(rate)}), Usage(input=count))
    assert (str(found.total), str(found.lines[0].amount)) == (amount, amount)
