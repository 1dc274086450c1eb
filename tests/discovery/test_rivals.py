"""Several places of one fact: what their words say comes first, then upstream's values, and between rivals nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modelsync.discovery.proposal import Proposal
from modelsync.errors import UsageError

Propose = Callable[..., Proposal]

MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4.5")
RIGHT, MORE, LESS = ("2.5", "0.15", "3"), ("3.5", "0.2", "4.2"), ("1.25", "0.075", "1.5")


def rows(**columns: tuple[str, ...]) -> str:
    """Write a table of models: `a__b` is `b` inside `a`; an empty value is not written."""
    text = "models:\n"
    for at, name in enumerate(MODELS):
        values = {place: column[at] for place, column in columns.items() if column[at]}
        fields = (
            f"{key}: {{{inner}: {value}}}" if (key := place.partition("__")[0]) != place else f"{place}: {value}"
            for place, value in values.items()
            for inner in [place.partition("__")[2]]
        )
        text += f"  {name}: {{{', '.join(fields)}}}\n"
    return text


def left_out(found: Proposal) -> dict[str, str]:
    """Return what was left out, and why."""
    return {".".join(one.way): one.reason for one in found.left_out}


@pytest.mark.parametrize("order", [1, -1], ids=["right first", "right last"])
def test_of_places_that_differ_the_one_with_upstreams_values_is_taken(order: int, proposed: Propose) -> None:
    """Whichever comes first in the file, and though more rows have the other."""
    places = {"pricing__input": ("2.5", "0.15", ""), "price__input": MORE}
    found = proposed(rows(**dict([*places.items()][::order])))
    assert found.table.fields == {"pricing.input": "pricing.input"}
    assert left_out(found) == {
        "price.input": "not upstream's: the place that has its values is `pricing.input`",
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [(("2", "0.1", "2.9"), MORE), (("2.5", "0.15", "3.1"), ("2.5", "0.2", "3"))],
    ids=["neither is upstream's", "each is in some rows"],
)
def test_of_places_that_differ_none_is_taken_where_nothing_says_which(
    one: tuple[str, ...], other: tuple[str, ...], proposed: Propose
) -> None:
    """The file has no other price, so it is refused."""
    with pytest.raises(
        UsageError, match=r"`price.input` and `pricing.input` differ, and nothing says which is upstream's"
    ):
        proposed(rows(price__input=one, pricing__input=other, context=("128000", "128000", "200000")))


def test_other_prices_are_kept_true_beside_those_that_nothing_settles(proposed: Propose) -> None:
    """Both rivals stand in the settings with the reason."""
    found = proposed(rows(price__input=MORE, pricing__input=LESS, output=("10", "0.6", "15")))
    assert found.table.fields == {"pricing.output": "output"}
    reason = "`price.input` and `pricing.input` differ, and nothing says which is upstream's"
    assert left_out(found) == {"price.input": reason, "pricing.input": reason}


def test_only_places_with_the_same_values_are_said_to_say_the_same(proposed: Propose) -> None:
    """Per another unit too, and a row without the first has the second."""
    found = proposed(rows(price__input=RIGHT, pricing__input=RIGHT))
    assert left_out(found) == {"pricing.input": "`price.input` says the same"}
    found = proposed(rows(input=RIGHT, input_usd=("0.0025", "0.00015", "0.003")), unit="1m")
    assert left_out(found) == {"input_usd": "`input` says the same per another unit"}
    found = proposed(rows(input_cost=("2.5", "0.15", ""), input_price=("2.5", "", "3")))
    assert found.table.fields == {"pricing.input": "input_cost|input_price"}


WORDS = (
    "old", "previous", "former", "customer", "sell", "resale", "buy", "our", "target", "priority", "flex", "fine_tuned", "trained",
    "discounted", "audio_cache_miss", "2024", "max",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("spelled", ["{}_input_price", "{}__input", "input_price_{}"])
def test_a_plain_name_wins_over_one_with_a_word_that_is_not_known(spelled: str, word: str, proposed: Propose) -> None:
    """Though more rows have the other, and though its values are upstream's: a former price may be the same."""
    place = spelled.format(word)
    for values in (MORE, RIGHT):
        found = proposed(rows(**{place: values, "price__input": ("2", "0.1", "")}))
        assert found.table.fields == {"pricing.input": "price.input"}


def test_a_place_with_an_unknown_word_is_read_where_its_values_agree(proposed: Propose) -> None:
    """In rows that have no plain one."""
    found = proposed(rows(input_price=("2.5", "0.15", ""), list_or_input_price=RIGHT))
    assert found.table.fields == {"pricing.input": "input_price|list_or_input_price"}


def test_alone_a_place_with_an_unknown_word_is_taken_if_it_has_upstreams_values(proposed: Propose) -> None:
    """In nearly all of the known rows; of two such, that which has them."""
    found = proposed(rows(sell__input=MORE, buy__input=RIGHT))
    assert found.table.fields == {"pricing.input": "buy.input"}
    assert left_out(found) == {"sell.input": "not the usual price, which is at `buy.input`"}
    reason = "may be another price than upstream's: it is upstream's in 0 of 3 known rows"
    with pytest.raises(UsageError, match=reason):
        proposed(rows(sell__input=MORE))
    found = proposed(rows(sell__input=MORE, output=("10", "0.6", "15")))
    assert (found.table.fields, left_out(found)) == ({"pricing.output": "output"}, {"sell.input": reason})


@pytest.mark.parametrize("key", ["service_tier", "tier", "mode"])
@pytest.mark.parametrize("tier", ["batch", "flex", "priority"])
def test_rows_of_another_tier_are_left_alone(key: str, tier: str, proposed: Propose) -> None:
    """Their prices are no standard ones; a file of nothing else is refused."""
    usual = f"- {{id: gpt-4o, {key}: standard, input: 2.5}}\n- {{id: gpt-4o-mini, {key}: chat, input: 0.15}}\n"
    other = usual.replace("standard", tier).replace("chat", tier).replace("2.5", "1.25").replace("0.15", "0.075")
    found = proposed(usual + other)
    assert (found.table.skip, found.entries) == ([f"{key}={tier}"], 2)
    with pytest.raises(UsageError, match=rf"`{key}={tier}`\): upstream's prices are those of the standard tier"):
        proposed(other)


def test_a_tier_that_is_said_around_the_rows_counts_too(proposed: Propose) -> None:
    """In a mapping that they are in, or by a key on the way to them."""
    listed = "[{id: gpt-4o, input: 2.5}, {id: o3-mini, input: 1.1}]"
    halved = "[{id: gpt-4o, input: 1.25}, {id: o3-mini, input: 0.55}]"
    found = proposed(f"- {{tier: standard, models: {listed}}}\n- {{tier: batch, models: {halved}}}\n")
    assert (found.table.skip, found.entries) == (["^tier=batch"], 2)
    for text in (f"standard: {listed}\nbatch: {halved}\n", f"batch: {halved}\nstandard: {listed}\n"):
        found = proposed(text)
        assert (found.table.at, found.entries) == ("standard[]", 2)
        assert left_out(found) == {"batch": "the rows of a tier: no list says their prices"}
    with pytest.raises(UsageError, match=r"\(`batch`\): upstream's prices are those of the standard tier"):
        proposed(f"batch: {halved}\n")


def test_a_tier_says_nothing_of_rows_without_prices(proposed: Propose) -> None:
    """Limits are the same in all of them."""
    found = proposed("- {id: gpt-4o, tier: flex, context: 128000}\n- {id: o3-mini, tier: batch, context: 200000}\n")
    assert (found.table.skip, found.entries) == ([], 2)


@pytest.mark.parametrize("home", ["quota", "usage_last_month", "budget", "used", "min"])
def test_what_is_used_or_allowed_is_no_limit_of_the_model(home: str, proposed: Propose) -> None:
    """Even where it is the same number."""
    found = proposed(rows(**{f"{home}__max_output_tokens": ("16384", "16384", "64000"), "input": RIGHT}))
    assert found.table.fields == {"pricing.input": "input"}
    assert "is no limit of the model" in left_out(found)[f"{home}.max_output_tokens"]


@pytest.mark.parametrize("place", ["ours__max_output", "output_tokens"])
def test_limits_whose_words_leave_doubt_are_told_by_values(place: str, proposed: Propose) -> None:
    """They are the model's in most known rows, or nobody's."""
    found = proposed(rows(**{place: ("16384", "16384", "64000"), "input": RIGHT}))
    assert found.table.fields["max_output_tokens"] == place.replace("__", ".")
    found = proposed(rows(**{place: ("16000", "8000", "8000"), "input": RIGHT}))
    assert found.table.fields == {"pricing.input": "input"}
    assert place.replace("__", ".") in left_out(found)


def test_of_limits_that_differ_the_one_with_upstreams_values_is_taken(proposed: Propose) -> None:
    """And neither where nothing says which."""
    right, less, least = ("128000", "128000", "200000"), ("100000",) * 3, ("90000",) * 3
    found = proposed(rows(context_window=less, max_input_tokens=right))
    assert found.table.fields == {"context_length": "max_input_tokens"}
    found = proposed(rows(context_window=less, max_input_tokens=least, input=RIGHT))
    assert found.table.fields == {"pricing.input": "input"}
    assert left_out(found).keys() == {"context_window", "max_input_tokens"}


def test_prices_among_limits_are_none(proposed: Propose) -> None:
    """`input` and `output` are both a price and a number of tokens by their names."""
    found = proposed(rows(limits__output=("4000",) * 3, output_price=("10", "0.6", "15")))
    assert (found.table.fields, found.left_out) == ({"pricing.output": "output_price"}, ())


def test_a_price_inside_of_the_place_of_another_is_left_out(proposed: Propose) -> None:
    """In some rows the place is a number, and in others a mapping."""
    found = proposed(
        "- {id: gpt-4o, input_price: 2.5}\n- {id: gpt-4o-mini, input_price: 0.15}\n- {id: o3-mini, input_price: {cache_read: 0.55}}\n"
    )
    assert found.table.fields == {"pricing.input": "input_price"}
    assert left_out(found) == {"input_price.cache_read": "some rows have a price here, others a mapping"}


def test_a_deeper_place_is_an_alternative_only_with_upstreams_values(proposed: Propose) -> None:
    """It may be the price of something else."""
    models = "- {id: gpt-4o, input: 2.5}\n- {id: gpt-4o-mini, input: 0.15}\n- {id: phi-4, input: 0.06}\n"
    deeper = "- {id: o3-mini, pricing: {input: PRICE}}\n- {id: claude-sonnet-4.5, pricing: {input: 3}}\n"
    found = proposed(models + deeper.replace("PRICE", "1.1"))
    assert found.table.fields == {"pricing.input": "input|pricing.input"}
    found = proposed(models + deeper.replace("PRICE", "1.4"))
    assert found.table.fields == {"pricing.input": "input"}
    assert left_out(found) == {"pricing.input": "not the usual price, which is at `input`"}
