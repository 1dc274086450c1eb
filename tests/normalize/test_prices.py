"""From prices under conditions to the price model in its canonical form."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise, permutations
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.domain.listing import Override, Record
from modelsync.domain.money import VARIABLE, Variable
from modelsync.domain.pricing import RATES, Pricing, Tier, Window, assemble, flatten
from modelsync.normalize.prices import Prices, as_answered, prices
from modelsync.sources import openrouter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from random import Random

Price = Decimal | Variable | None
KEYS = {"prompt": "input", "completion": "output", "web_search": "web_search"}


def per_token(**usd: str) -> dict[str, Decimal | Variable]:
    """Spell prices; `-1` is variable."""
    return {key: VARIABLE if text == "-1" else Decimal(text) for key, text in usd.items()}


def rule(above: int | None = None, hours: tuple[int, int] | None = None, unclear: str = "", **usd: str) -> Override:
    """Spell a condition; `?` is a price that cannot be read."""
    return Override(
        {key: None if text == "?" else per_token(x=text)["x"] for key, text in usd.items()}, above, hours, unclear
    )


def told(own: Mapping[str, Decimal | Variable], *rules: Override) -> Prices:
    """Normalize one record."""
    return prices(Record("a/b", prices=dict(own), overrides=rules))


def in_force(record: Record, tokens: int, minute: int) -> dict[str, Price]:
    """Work out what upstream bills, by its own rules and its own keys: where all conditions hold, the later wins."""
    found: dict[str, Price] = dict(record.prices)
    for override in record.overrides:
        start, end = override.hours or (0, 1440)
        inside = start <= minute < end if start < end else minute >= start or minute < end
        if inside and (override.above is None or tokens > override.above):
            found |= override.prices
    return found


def answered_at(minute: int, own: Mapping[str, Decimal | Variable], rules: Iterable[Override]) -> Record:
    """Make the record that upstream answers at some time: its first prices are those of a short prompt at that time."""
    record = Record("a/b", prices=dict(own), overrides=tuple(rules))
    now = {key: price for key, price in in_force(record, 0, minute).items() if price is not None}
    return msgspec.structs.replace(record, prices=now)


def moments(record: Record) -> list[tuple[int, int]]:
    """Pick numbers of tokens and minutes on both sides of everything that could matter."""
    tokens = {above + more for override in record.overrides if override.above is not None for above in (override.above,) for more in (0, 1)}  # fmt: skip
    minutes = {(minute + more) % 1440 for override in record.overrides for minute in override.hours or () for more in (-1, 0)}  # fmt: skip
    return [(count, minute) for count in tokens | {0} for minute in minutes | {0}]


def rates_of(pricing: Pricing, tokens: int, minute: int) -> dict[str, Decimal]:
    """Read the canonical form: a window's rates go before those of the rest of the day, and a tier's before either."""
    found = dict(pricing.rates)
    for window in pricing.windows:
        found.update(window.rates if window.holds(minute) else {})
    for tier in pricing.tiers:
        found.update(tier.rates if tokens > tier.above else {})
    return found


def check(record: Record, keys: Mapping[str, str] = KEYS) -> Prices:
    """Compare the canonical form with upstream's rules, wherever it says anything."""
    found = prices(record)
    assert assemble(flatten(found.pricing)) == found.pricing
    for tokens, minute in moments(record):
        billed, holding = in_force(record, tokens, minute), rates_of(found.pricing, tokens, minute)
        for key, rate in keys.items():
            if rate in found.unclear | found.variable:
                assert rate not in holding
            elif rate in holding:
                assert holding[rate] == billed.get(key), (rate, tokens, minute)
    return found


MONEY = st.sampled_from([Decimal(1), Decimal(2), Decimal(3), Decimal(0)])
ANY_PRICE = st.one_of(MONEY, MONEY, MONEY, st.just(VARIABLE))
NAMED = st.dictionaries(st.sampled_from(sorted(KEYS)), ANY_PRICE, min_size=1)
MINUTES = st.sampled_from([0, 1, 60, 600, 601, 1439])
HOURS = st.tuples(MINUTES, MINUTES).filter(lambda hours: hours[0] != hours[1])
RULES = st.lists(
    st.builds(Override, NAMED, st.none() | st.sampled_from([0, 1000, 200000]), st.none() | HOURS), max_size=4
)


@pytest.mark.hypothesis
@given(NAMED, RULES, MINUTES)
def test_any_conditions_mean_what_upstream_bills(
    own: dict[str, Decimal | Variable], rules: list[Override], now: int
) -> None:
    """At any hour, for any prompt: what is said is what the conditions give."""
    check(answered_at(now, own, rules))


@st.composite
def days(draw: st.DrawFn) -> list[Override]:
    """Draw windows that do not overlap; perhaps they cover the day."""
    bounds = sorted(draw(st.sets(MINUTES, min_size=2)))
    spans = [*pairwise(bounds), (bounds[-1], bounds[0])]
    chosen = [span for span in spans if draw(st.integers(0, 4))]
    keys = draw(st.sets(st.sampled_from(sorted(KEYS)), min_size=1))
    return [Override({key: draw(MONEY) for key in sorted(keys)}, hours=span) for span in chosen]


@pytest.mark.hypothesis
@given(
    st.dictionaries(st.sampled_from(sorted(KEYS)), MONEY, min_size=3),
    days(),
    st.randoms(),
    st.sets(MINUTES, min_size=2),
)
def test_neither_order_nor_hour_matters(
    own: dict[str, Decimal | Variable], windows: list[Override], random: Random, hours: set[int]
) -> None:
    """Windows that do not overlap have one form, however listed and whenever asked for; only a gap's price may be untold."""
    shuffled = list(windows)
    random.shuffle(shuffled)
    forms = [check(answered_at(minute, own, order)) for minute in sorted(hours) for order in (windows, shuffled)]
    minutes = sum((end - start) % 1440 for start, end in (window.hours or (0, 0) for window in windows))
    if minutes == 1440:
        assert all(form == forms[0] for form in forms)
    assert all(form.pricing.windows == forms[0].pricing.windows for form in forms)
    for rate in KEYS.values():
        assert len({form.pricing.rates.get(rate) for form in forms} - {None}) <= 1
    assert not any(form.unclear or form.variable for form in forms)


WHOLE_HOURS = st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda hours: hours[0] != hours[1])
ANY_RULE = st.builds(
    Override,
    NAMED,
    st.none() | st.sampled_from([1000, 2000]),
    st.none() | WHOLE_HOURS.map(lambda hours: (hours[0] * 180, hours[1] * 180)),
    st.sampled_from(["", "", "", "", "moon"]),
)


@pytest.mark.hypothesis
@given(NAMED, st.lists(ANY_RULE, min_size=1, max_size=4))
def test_the_hour_of_the_answer_does_not_matter(own: dict[str, Decimal | Variable], rules: list[Override]) -> None:
    """Whatever the conditions, tiers and windows are the same all day, and so is what cannot be told; a gap's price may be untold."""
    forms = [prices(answered_at(hour * 60, own, rules)) for hour in range(24)]
    assert len({repr((form.pricing.tiers, form.pricing.windows)) for form in forms}) == 1
    assert len({(form.variable, form.unclear) for form in forms}) == 1
    for rate in KEYS.values():
        assert len({form.pricing.rates.get(rate) for form in forms} - {None}) <= 1


class TestWindows:
    """Hours of the day."""

    DAY = (
        rule(hours=(600, 60), prompt="1"),
        rule(hours=(60, 240), prompt="2"),
        rule(hours=(240, 360), prompt="1"),
        rule(hours=(360, 600), prompt="2"),
    )

    def test_the_longest_price_is_the_models_own(self) -> None:
        """Seventeen hours against seven; what deviates are two windows, whatever hour it is and in whatever order."""
        expected = Prices(
            Pricing(
                {"input": Decimal(1)},
                (),
                (Window(60, 240, {"input": Decimal(2)}), Window(360, 600, {"input": Decimal(2)})),
            )
        )
        for order in permutations(self.DAY):
            for now in ("1", "2"):
                assert told(per_token(prompt=now), *order) == expected

    def test_of_two_halves_the_dearer_is_the_models_own(self) -> None:
        """Nobody should count on the cheap half of the day."""
        halves = (rule(hours=(0, 720), prompt="1"), rule(hours=(720, 0), prompt="2"))
        assert told(per_token(prompt="1"), *halves).pricing == Pricing(
            {"input": Decimal(2)}, (), (Window(0, 720, {"input": Decimal(1)}),)
        )

    def test_the_same_all_day_is_no_window(self) -> None:
        """However it is cut up."""
        assert told(
            per_token(prompt="1"), rule(hours=(0, 5), prompt="2"), rule(hours=(5, 0), prompt="2")
        ).pricing == Pricing({"input": Decimal(2)})

    def test_neighbours_over_midnight_are_one(self) -> None:
        """As any others."""
        found = told(per_token(prompt="2"), rule(hours=(0, 60), prompt="1"), rule(hours=(1380, 0), prompt="1"))
        assert found.pricing == Pricing({"input": Decimal(2)}, (), (Window(1380, 60, {"input": Decimal(1)}),))

    def test_a_gap_is_told_by_the_answer(self) -> None:
        """Prices that no window has are the gap's; those of a window may be of its hour. A price no window names is always known."""
        night = rule(hours=(0, 300), prompt="1", completion="2")
        rows = (Window(0, 300, {"input": Decimal(1), "output": Decimal(2)}),)
        assert told(per_token(prompt="1", completion="3"), night).pricing == Pricing(
            {"input": Decimal(1), "output": Decimal(3)}, (), rows
        )
        assert told(per_token(prompt="1", completion="2", request="7"), night).pricing == Pricing(
            {"request": Decimal(7)}, (), rows
        )

    def test_prices_of_different_windows(self) -> None:
        """Each key by itself."""
        found = told(
            per_token(prompt="5", completion="5"),
            rule(hours=(0, 600), prompt="1"),
            rule(hours=(300, 900), completion="2"),
        )
        assert found.pricing == Pricing(
            {"input": Decimal(5), "output": Decimal(5)},
            (),
            (
                Window(0, 300, {"input": Decimal(1)}),
                Window(300, 600, {"input": Decimal(1), "output": Decimal(2)}),
                Window(600, 900, {"output": Decimal(2)}),
            ),
        )

    def test_windows_and_tiers(self) -> None:
        """A tier holds at any hour; one that changes with the hour has no place in the form."""
        night, long = rule(hours=(0, 300), prompt="1", completion="1"), rule(above=1000, prompt="9")
        found = told(per_token(prompt="2", completion="2"), night, long)
        assert found.pricing.tiers == (Tier(1000, {"input": Decimal(9)}),)
        assert found.unclear == frozenset()
        found = told(per_token(prompt="2", completion="2"), long, night)
        assert found == Prices(
            Pricing({"output": Decimal(2)}, (), (Window(0, 300, {"output": Decimal(1)}),)), unclear=frozenset({"input"})
        )

    def test_a_tier_beside_a_gap_is_unclear_at_any_hour(self) -> None:
        """Also in the hours of the gap, whose price is that of the tier; the windows of other prices stay whole."""
        rules = (
            rule(hours=(360, 1260), completion="2"),
            rule(above=2000, web_search="1"),
            rule(hours=(900, 360), web_search="3"),
        )
        forms = [
            prices(answered_at(hour * 60, per_token(prompt="3", completion="1", web_search="1"), rules))
            for hour in range(24)
        ]
        assert {form.unclear for form in forms} == {frozenset({"web_search"})}
        assert all(form.pricing.windows == (Window(360, 1260, {"output": Decimal(2)}),) for form in forms)

    def test_a_gap_without_one_price_is_untold(self) -> None:
        """Its windows are known all the same, as they are in an answer that is made in one of them."""
        night = rule(hours=(0, 300), prompt="1")
        for now in ("-1", "1"):
            assert told(per_token(prompt=now), night) == Prices(
                Pricing({}, (), (Window(0, 300, {"input": Decimal(1)}),))
            )

    def test_a_price_that_cannot_be_told_does_not_tell_the_hour(self) -> None:
        """It may differ from the window's in the middle of the window."""
        night = rule(hours=(0, 300), prompt="1", completion="2")
        found = told(per_token(prompt="7", completion="2"), night, rule(unclear="moon", prompt="7"))
        assert found == Prices(Pricing({}, (), (Window(0, 300, {"output": Decimal(2)}),)), unclear=frozenset({"input"}))


class TestTiers:
    """Long prompts."""

    def test_later_entries_win_key_by_key(self) -> None:
        """Thresholds ascend; where a lower one was listed later, it wins above the higher one too."""
        low, high = rule(above=32000, prompt="2", completion="3"), rule(above=128000, prompt="4")
        own = per_token(prompt="1", completion="1")
        assert told(own, low, high).pricing.tiers == (
            Tier(32000, {"input": Decimal(2), "output": Decimal(3)}),
            Tier(128000, {"input": Decimal(4)}),
        )
        assert told(own, high, low).pricing.tiers == (
            Tier(32000, {"input": Decimal(2), "output": Decimal(3)}),
            Tier(128000, {"input": Decimal(2)}),
        )

    def test_a_price_that_is_the_same_is_named_as_upstream_names_it(self) -> None:
        """So that a change of the first price alone changes one line."""
        assert told(per_token(prompt="1"), rule(above=5, prompt="1")).pricing.tiers == (Tier(5, {"input": Decimal(1)}),)

    def test_a_price_of_long_prompts_only(self) -> None:
        """Below, it is unknown: upstream leaves out what is nought."""
        assert told({}, rule(above=5, prompt="1")).pricing == Pricing({}, (Tier(5, {"input": Decimal(1)}),))


class TestUnknown:
    """Free, unknown and variable are three things."""

    def test_variable_under_any_condition_is_variable(self) -> None:
        """A tier without the price would seem to have the one below."""
        for condition in (rule(above=5, prompt="-1"), rule(hours=(0, 5), prompt="-1")):
            assert told(per_token(prompt="1", completion="0"), condition) == Prices(
                Pricing({"output": Decimal(0)}), frozenset({"input"})
            )

    @pytest.mark.parametrize(
        "condition",
        [rule(above=5, prompt="?"), rule(unclear="moon", prompt="2"), rule(above=5, hours=(0, 5), prompt="3")],
        ids=["unreadable", "unclear", "both"],
    )
    def test_what_cannot_be_told_is_unclear(self, condition: Override) -> None:
        """The other prices stand."""
        assert told(per_token(prompt="1", completion="0"), condition) == Prices(
            Pricing({"output": Decimal(0)}), unclear=frozenset({"input"})
        )

    def test_an_unconditional_entry_is_the_price(self) -> None:
        """It holds for every prompt."""
        assert told(per_token(prompt="1"), rule(prompt="2")).pricing == Pricing({"input": Decimal(2)})


class TestImages:
    """`image` is a price of an image, unless it is plainly a token's."""

    @pytest.mark.parametrize(
        ("own", "rates"),
        [
            ({"prompt": "0.000001", "image": "0.000258"}, {"image": "0.000258"}), ({"prompt": "0.000002", "image": "0.00002"}, {"image_input": "0.00002"}), ({"prompt": "0.000002", "image": "0.0000201"}, {"image": "0.0000201"}),
            ({"prompt": "0", "image": "0.01"}, {"image": "0.01"}), ({"image": "0.0001"}, {"image": "0.0001"}), ({"prompt": "0.000001", "image": "0"}, {"image": "0"}),
            ({"prompt": "0.000001", "image": "0.000001", "image_token": "0.000002"}, {"image_input": "0.000002"}),
            ({"prompt": "0.000001", "image": "0.0003", "image_token": "0.000002"}, {"image_input": "0.000002", "image": "0.0003"}), ({"prompt": "-1", "image": "-1"}, {}),
            ({"prompt": "0.000000001", "image": "0.000001"}, {"image_input": "0.000001"}), ({"prompt": "0.001", "image": "0.00516"}, {"image": "0.00516"}),
        ],
    )  # fmt: skip
    def test_which(self, own: dict[str, str], rates: dict[str, str]) -> None:
        """Up to ten times a prompt token's price; a prompt's price that is far off does not matter."""
        found = told(per_token(**own)).pricing.rates
        assert {rate: price for rate, price in found.items() if rate != "input"} == per_token(**rates)

    def test_the_hour_does_not_matter(self) -> None:
        """Nor does a tier."""
        for now in ("0.000001", "0.00002"):
            found = told(
                per_token(prompt=now, image="0.000015"),
                rule(hours=(0, 5), prompt="0.000001"),
                rule(hours=(5, 0), prompt="0.00002"),
            )
            assert found.pricing.rates["image_input"] == Decimal("0.000015")

    def test_nor_does_the_price_of_a_gap(self) -> None:
        """Which not every answer tells."""
        for now in ("0.000001", "0.000002"):
            found = told(per_token(prompt=now, image="0.000015"), rule(hours=(0, 5), prompt="0.000001"))
            assert found.pricing.rates["image"] == Decimal("0.000015")


class TestOffers:
    """Batches, and what the classic preset sees."""

    def test_a_batch_offer(self) -> None:
        """With tiers of its own; one without a price is none."""
        base = Record("a/b", prices=per_token(prompt="2"))
        offer = Record(
            "a/b:batch",
            prices=per_token(prompt="1", completion="-1"),
            overrides=(rule(above=5, prompt="3"), rule(request="?")),
        )
        batch = Pricing({"input": Decimal(1)}, (Tier(5, {"input": Decimal(3)}),))
        assert prices(base, offer) == Prices(
            Pricing({"input": Decimal(2)}, batch=batch), frozenset({"batch.output"}), frozenset({"batch.request"})
        )
        assert prices(base, Record("a/b:batch")) == prices(base)

    def test_as_answered(self) -> None:
        """The hour's, and a short prompt's."""
        record = Record("a/b", prices=per_token(prompt="2"), overrides=TestWindows.DAY)
        assert as_answered(record).basic() == Prices(Pricing({"input": Decimal(2)}))

    def test_basic(self) -> None:
        """Input and output."""
        found = told(
            per_token(prompt="2", completion="-1", request="-1"),
            rule(above=5, prompt="1"),
            rule(unclear="x", web_search="1"),
        )
        assert found.basic() == Prices(Pricing({"input": Decimal(2)}), frozenset({"output"}))


def test_every_recorded_price(shared_data: Path) -> None:
    """Each recorded `pricing` has its form, which says what upstream bills, and has nothing unclear in it."""
    count = 0
    for path in sorted((shared_data / "openrouter").rglob("*.json")):
        data = json.loads(path.read_bytes()).get("data")
        entries = [*data.get("endpoints", []), data] if isinstance(data, dict) else data or []
        found = [entry["pricing"] for entry in entries if isinstance(entry, dict) and entry.get("pricing")]
        bodies = [{"id": f"a/m{number}", "pricing": pricing} for number, pricing in enumerate(found)]
        listing = openrouter.read([json.dumps({"data": bodies}).encode()], source="x", day="2026-08-21")
        assert not listing.notes
        for record in listing.records:
            form = check(record)
            assert not form.unclear
            assert set(form.pricing.rates) | form.variable <= set(RATES)
            assert len(form.pricing.rates) + len(form.variable) >= len(record.prices) - ("image" in record.prices)
            count += 1
    assert count > 2900
