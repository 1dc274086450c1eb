"""What prices are per: told by known prices, never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modelsync.discovery.unit import Price, UnitUnclear, settle_unit

GPT = ("gpt", "0.000002")
MINI = ("mini", "0.0000004")
NANO = ("nano", "0.0000001")


def price(model: tuple[str, str], written: str) -> Price:
    """Write a price of a model, in the file and upstream."""
    return Price(model[0], 1, "pricing.input", Decimal(written), Decimal(model[1]))


@pytest.mark.parametrize(
    ("written", "unit"),
    [(("0.000002", "4e-07"), "token"), (("0.002", "0.0004"), "1k"), (("2", "0.4"), "1m"), (("3.5", "0.2"), "1m")],
)
def test_two_known_models_that_agree_settle_the_unit(written: tuple[str, str], unit: str) -> None:
    """Prices may be older than upstream's, by a factor of five."""
    settled = settle_unit([price(GPT, written[0]), price(MINI, written[1])], ())
    assert (settled.name, settled.agreeing, settled.known) == (unit, 2, 2)


def test_one_known_model_is_enough_only_where_names_say_the_same() -> None:
    """Two witnesses either way."""
    assert settle_unit([price(GPT, "2")], ["1m"]).name == "1m"
    with pytest.raises(UnitUnclear, match="only one known model has prices"):
        settle_unit([price(GPT, "2")], ())


def test_prices_of_one_model_are_one_voice() -> None:
    """Its input and output price are read together."""
    output = Price("gpt", 1, "pricing.output", Decimal(8), Decimal("0.000008"))
    with pytest.raises(UnitUnclear):
        settle_unit([price(GPT, "2"), output], ())


@pytest.mark.parametrize(
    ("written", "said", "problem"),
    [
        (("2", "0.0004", "0.1"), (), "of 3 known models with prices, 2 agree"),
        (("2", "0.4", "0.1"), ("1k",), "names in the file say 1k, the values say 1m for 3 of 3"),
        (("2", "0.4", "0.1"), ("1k", "1m"), "names in the file say 1k and 1m"),
        (("40", "8", "2"), (), "of 3 known models with prices, 0 agree"),
        (("0", "0", "0"), ("1m",), "no model of the file has a price that is known"),
    ],
    ids=["values disagree", "a name contradicts", "names contradict each other", "between two units", "free"],
)
def test_what_does_not_agree_is_refused_with_two_readings(
    written: tuple[str, ...], said: tuple[str, ...], problem: str
) -> None:
    """They are to be shown side by side, with upstream's prices."""
    prices = [price(model, text) for model, text in zip((GPT, MINI, NANO), written, strict=True)]
    with pytest.raises(UnitUnclear, match=problem) as refused:
        settle_unit(prices, said)
    assert len(set(refused.value.readings)) == 2
    assert "--unit" in refused.value.hint
    assert all(one.written for one in refused.value.prices)


def test_what_the_person_says_settles_it() -> None:
    """How many models agree is told none the less."""
    settled = settle_unit([price(GPT, "2"), price(MINI, "0.0004")], ["1k"], given="1k")
    assert (settled.name, settled.agreeing, settled.known) == ("1k", 1, 2)


def test_a_price_that_upstream_does_not_know_is_no_voice() -> None:
    """It is shown behind those that are known."""
    strange = Price("strange", 9, "pricing.input", Decimal(7), None)
    with pytest.raises(UnitUnclear) as refused:
        settle_unit([strange, price(GPT, "2")], ())
    assert [one.entry for one in refused.value.prices] == ["gpt", "strange"]
