"""Prices are exact: from text to number to text, in any unit, without an exponent."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from modelsync.domain.money import (
    QUANTUM_USD_PER_TOKEN,
    UNITS,
    VARIABLE,
    from_unit,
    parse_number,
    plain,
    to_unit,
    unit_words,
    usd_per_token,
)

PRICES = st.decimals(0, 1000, allow_nan=False, allow_infinity=False, places=15)
ANY = st.decimals(-(10**30), 10**30, allow_nan=False, allow_infinity=False)
UNIT = st.sampled_from(sorted(UNITS))


@given(ANY)
def test_plain_text_has_no_exponent_and_loses_nothing(number: Decimal) -> None:
    """`0.00002`, never `2e-05`: and reading it gives the number back."""
    assume(abs(number.as_tuple().exponent) <= 60)  # pyright: ignore[reportArgumentType]  # finite numbers only
    text = plain(number)
    assert set(text) <= set("-0123456789.")
    assert Decimal(text) == number
    assert not text.endswith((".", "-"))
    assert "." not in text or not text.endswith("0")


@given(PRICES)
def test_plain_text_is_the_same_number_to_any_reader(price: Decimal) -> None:
    """A YAML 1.1 reader takes it for a number, and for the right one."""
    assert math.isclose(yaml.safe_load(plain(price)), float(price), rel_tol=1e-15)


@given(PRICES, UNIT)
def test_units_are_invertible_without_rounding(price: Decimal, unit: str) -> None:
    """To the file's unit and back is the same number, in both directions."""
    assert from_unit(to_unit(price, unit), unit) == price
    assert to_unit(from_unit(price, unit), unit) == price


@pytest.mark.parametrize(("unit", "text"), [("token", "0.0000025"), ("1k", "0.0025"), ("1m", "2.5")])
def test_units(unit: str, text: str) -> None:
    """Two dollars fifty per million."""
    assert plain(to_unit(Decimal("0.0000025"), unit)) == text


@given(PRICES)
def test_a_price_is_read_exactly(price: Decimal) -> None:
    """Every price of at most fifteen decimals survives, in every notation."""
    for text in (plain(price), f"{price:e}", f"{price:f}", str(price)):
        assert usd_per_token(text) == price


@given(st.integers(0, 10**9), st.integers(-4, 4))
def test_noise_is_removed_once(femto: int, noise: int) -> None:
    """What differs by less than half a quantum is the same price: no fake reprice."""
    price = femto * QUANTUM_USD_PER_TOKEN
    assert usd_per_token(str(price + noise * Decimal("1e-16"))) == price or price + noise < 0


def test_the_noise_that_was_recorded() -> None:
    """`gpt-5.6-terra` had this price one day and the plain one three days later."""
    assert usd_per_token("0.00000100000000000000015") == usd_per_token("0.000001") == Decimal("0.000001")


@given(st.text() | st.text(alphabet="0123456789.eE+-_ ", max_size=12))
def test_reading_agrees_with_decimal_or_says_nothing(text: str) -> None:
    """Whatever is read as a number is that number; the grammar is ASCII and never crashes."""
    number = parse_number(text)
    if number is not None:
        assert text.isascii()
        assert number == Decimal(text)
        assert number.is_finite()


@pytest.mark.parametrize(
    "text",
    ["", "NaN", "sNaN", "Infinity", "1_000", "1,5", "١٢", "１", "0x1", "1e", "e5", ".", "+", "1.2.3", " 1", "1 ", "1\n", "1e9999", "1e-9999", "9" * 41, "1e61", "0." + "0" * 61 + "1"],  # noqa: RUF001  # other scripts' digits are the point
    ids=ascii,
)  # fmt: skip
def test_what_is_no_number(text: str) -> None:
    """`NaN`, underscores, other scripts' digits and absurd sizes."""
    assert parse_number(text) is None


@pytest.mark.parametrize("raw", [None, True, False, [], {}, b"1", "-0.1", -2, float("nan"), float("inf"), Decimal(1)])
def test_what_is_no_price(raw: object) -> None:
    """A price comes as text or a plain number, and is not negative."""
    assert usd_per_token(raw) is None


@pytest.mark.parametrize("raw", ["-1", -1, -1.0, "-1.000"], ids=repr)
def test_variable(raw: object) -> None:
    """`-1` says that the price varies."""
    assert usd_per_token(raw) is VARIABLE


def test_free_is_not_missing() -> None:
    """Zero is a price."""
    assert usd_per_token("0") == 0
    assert usd_per_token("") is None
    assert plain(Decimal("-0")) == plain(Decimal("0E-15")) == "0"


def test_variable_reads_as_a_word() -> None:
    """In a debugger, not as an address."""
    assert repr(VARIABLE) == "variable"


@pytest.mark.parametrize(("unit", "words"), [("token", "per token"), ("1k", "per 1k tokens"), ("1m", "per 1m tokens")])
def test_a_unit_is_named(unit: str, words: str) -> None:
    """One token is no tokens."""
    assert f"per {unit_words(unit)}" == words
