"""The price model: windows of the day, and prices by their names."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.domain.pricing import RATES, Pricing, Tier, Window, assemble, flatten, minute_of, read_hours

PRICES: st.SearchStrategy[dict[str, Decimal]] = st.dictionaries(
    st.sampled_from(RATES), st.decimals(0, 1, places=9), min_size=1, max_size=3
)
SPANS = st.tuples(st.integers(0, 1439), st.integers(0, 1439)).filter(lambda span: span[0] != span[1])


@st.composite
def pricings(draw: st.DrawFn) -> Pricing:
    """Build any prices: tiers that ascend, windows that follow the day, perhaps a batch offer."""
    tiers = draw(st.dictionaries(st.integers(0, 10**7), PRICES, max_size=3))
    windows = draw(st.dictionaries(SPANS, PRICES, max_size=3))
    batch = draw(st.none() | st.builds(Pricing, PRICES))
    return Pricing(
        draw(PRICES),
        tuple(Tier(above, tiers[above]) for above in sorted(tiers)),
        tuple(Window(*span, windows[span]) for span in sorted(windows)),
        batch,
    )


@pytest.mark.hypothesis
@given(pricings())
def test_prices_come_back_from_their_names(pricing: Pricing) -> None:
    """Nothing is lost, and no two prices have one name."""
    assert assemble(flatten(pricing)) == pricing


def test_the_names() -> None:
    """As pins and questions spell them."""
    one = {"input": Decimal(1)}
    pricing = Pricing(one, (Tier(200000, one),), (Window(60, 240, one),), Pricing({}, (Tier(5, one),)))
    assert list(flatten(pricing)) == [
        "pricing.input",
        "pricing.tiers.200000.input",
        "pricing.windows.0100-0400.input",
        "pricing.batch.tiers.5.input",
    ]


def test_what_is_no_price_has_no_place() -> None:
    """A key that a person added, hours that are none, a batch offer of a batch offer."""
    names = ("own", "tiers.x.input", "tiers.²00.input", "windows.0100-0100.input", "batch.batch.input", "tiers.5.own")
    assert assemble({f"pricing.{name}": Decimal(1) for name in names}) == Pricing(batch=Pricing())


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [(60, 240, (60, 239), (59, 240, 0)), (1320, 60, (1320, 1439, 0, 59), (60, 1319)), (600, 0, (600, 1439), (0, 599))],
)
def test_the_end_is_not_in_a_window(start: int, end: int, inside: tuple[int, ...], outside: tuple[int, ...]) -> None:
    """Half-open, and over midnight where it ends before it starts."""
    window = Window(start, end, {})
    assert [window.holds(minute) for minute in inside] == [True] * len(inside)
    assert [window.holds(minute) for minute in outside] == [False] * len(outside)


def test_hours() -> None:
    """With and without a colon; the day's end is its beginning."""
    assert read_hours("01:00-2400") == (60, 0)
    assert [minute_of(text) for text in ("0000", "2359", "2400", "2460", "24:01", "1", "\u0660\u0661\u0660\u0660", "")] == [
        0, 1439, 0, None, None, None, None, None,
    ]  # fmt: skip
