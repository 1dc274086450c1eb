"""Guards that refuse a whole plan: the limits, to the value, and messages that say what to do."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from modelsync.domain import fields
from modelsync.errors import GuardRefused
from modelsync.planning.change_guards import PriceGuard, remark
from modelsync.planning.changes import FieldChange
from modelsync.planning.guards import (
    refuse_mass_removal,
    refuse_out_of_step,
    refuse_slipped_listing,
    refuse_unit_slip,
)
from modelsync.settings import Guards

if TYPE_CHECKING:
    from collections.abc import Callable


def prices(*pairs: tuple[str, str]) -> list[tuple[Decimal, Decimal]]:
    """Make pairs of the file's and upstream's price."""
    return [(Decimal(ours), Decimal(theirs)) for ours, theirs in pairs]


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ([("100", "1")], "higher"), ([("1", "100")], "lower"), ([("1000", "1")] * 3 + [("1", "1")] * 2, "higher"), ([("0.001", "1")] * 2 + [("0", "1")] * 5, "lower"), ([("1e-6", "1")], "lower"),
    ],
)  # fmt: skip
def test_a_unit_slip_is_refused(pairs: list[tuple[str, str]], word: str) -> None:
    """A median of a hundred or a hundredth; free prices say nothing about a unit."""
    with pytest.raises(GuardRefused, match=f"times {word} than upstream's .* USD per 1k tokens") as caught:
        refuse_unit_slip(prices(*pairs), unit="1k")
    assert "unit" in caught.value.hint


@pytest.mark.parametrize(
    ("unit", "ours", "said"),
    [("1k", "1000", '`unit = "1m"`'), ("1k", "0.0009", '`unit = "token"`'), ("1m", "0.0011", '`unit = "1k"`'),
     ("1m", "0.000001", '`unit = "token"`'), ("1m", "1000", "`unit` ("), ("1k", "100", "`unit` (")],
)  # fmt: skip
def test_the_unit_that_would_explain_it_is_named(unit: str, ours: str, said: str) -> None:
    """And all there are, where none would."""
    with pytest.raises(GuardRefused) as caught:
        refuse_unit_slip(prices((ours, "1")), unit=unit)
    assert said in caught.value.hint


@pytest.mark.parametrize(
    "pairs",
    [[], [("99.9", "1")], [("0.0101", "1")], [("0", "1")], [("1", "0")], [("1000", "1")] * 2 + [("1", "1")] * 3, [("1000", "1"), ("0.001", "1"), ("1", "1")]],
    ids=str,
)  # fmt: skip
def test_no_unit_slip(pairs: list[tuple[str, str]]) -> None:
    """Below the limit, or only a few of many: a price may really be far off."""
    refuse_unit_slip(prices(*pairs), unit="1k")


@pytest.mark.parametrize(
    ("absent", "entries", "differing", "values"), [(5, 24, 0, 0), (5, 5, 0, 0), (0, 100, 21, 100), (0, 0, 5, 6)]
)
def test_out_of_step_is_refused(absent: int, entries: int, differing: int, values: int) -> None:
    """More than a fifth, and at least five: of the entries or of the values."""
    with pytest.raises(GuardRefused, match="out of step") as caught:
        refuse_out_of_step(absent=absent, entries=entries, differing=differing, values=values)
    assert "--force" in caught.value.hint


@pytest.mark.parametrize(
    ("absent", "entries", "differing", "values"),
    [(0, 0, 0, 0), (4, 4, 4, 4), (5, 25, 0, 0), (0, 100, 20, 100), (20, 100, 200, 1000)],
)
def test_in_step(absent: int, entries: int, differing: int, values: int) -> None:
    """A handful of deletions, or a fifth, is somebody's work."""
    refuse_out_of_step(absent=absent, entries=entries, differing=differing, values=values)


@pytest.mark.parametrize(("removed", "entries", "refused"), [(5, 16, True), (5, 17, False), (4, 4, False)])
def test_a_mass_removal_is_refused(removed: int, entries: int, refused: bool) -> None:
    """At least five, and more than 30 %."""
    if not refused:
        refuse_mass_removal("openai", removed=removed, entries=entries, limits=Guards())
        return
    with pytest.raises(GuardRefused):
        refuse_mass_removal("openai", removed=removed, entries=entries, limits=Guards())


def moves(count: int, base: str, now: str) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """Make so many models whose input price moves alike."""
    return {(f"openai/m{number}", fields.INPUT_PRICE): (Decimal(base), Decimal(now)) for number in range(count)}


@pytest.mark.parametrize(
    ("known", "held_singly", "refused"),
    [
        (moves(3, "0.000001", "0.0001"), True, True),
        (moves(3, "0.000001", "0.0000999"), True, False),
        (moves(3, "0.000001", "0.00000001"), True, True),
        (moves(3, "0.000001", "0"), True, True),
        (moves(3, "0", "1"), True, False),
        (moves(2, "0.000001", "0.001"), True, False),
        (moves(2, "0.000001", "0.001"), False, True),
        (moves(5, "0.000001", "0.001") | moves(3, "0.000001", "0.000001"), True, False),
        ({}, False, False),
    ],
    ids=["100 times", "below", "a hundredth", "zero", "from zero", "two of many", "nothing else holds", "less than half", "none"],
)  # fmt: skip
def test_a_slipped_listing(
    known: dict[tuple[str, str], tuple[Decimal, Decimal]], held_singly: bool, refused: bool
) -> None:
    """A median of a hundred, a hundredth or zero, over three models; over one where single prices are not held."""
    if not refused:
        refuse_slipped_listing("openrouter", known, held_singly=held_singly)
        return
    with pytest.raises(GuardRefused):
        refuse_slipped_listing("openrouter", known, held_singly=held_singly)


def price_guard(before: tuple[str, str], after: tuple[str, str], unit: str = "1k") -> PriceGuard:
    """Make the guard of an entry from its input and output prices, in USD per token."""
    old, new = (
        {fields.INPUT_PRICE: Decimal(each), fields.OUTPUT_PRICE: Decimal(other)} for each, other in (before, after)
    )
    return PriceGuard(old, new, free=False, limits=Guards(), unit=unit)


FINE = ("0.000001", "0.000004")


@pytest.mark.parametrize(
    ("after", "held"),
    [
        (("0.00001", "0.00004"), ()),
        (("0.0000100001", "0.00004"), (fields.INPUT_PRICE,)),
        (("0.000001", "0.000000399"), (fields.OUTPUT_PRICE,)),
        (("0", "0"), fields.PRICES),
        (("0.001", "0.000003"), (fields.INPUT_PRICE,)),
        (("0.000009", "0.0000008"), fields.PRICES),
        (("0.000009", "0.0000009"), ()),
    ],
)  # fmt: skip
def test_which_prices_are_held(after: tuple[str, str], held: tuple[str, ...]) -> None:
    """More than ten times, from and to zero, an output price under a tenth of the input price."""
    guard = price_guard(FINE, after)
    assert tuple(name for name in fields.PRICES if guard.objection(name)) == held


def refusal(call: Callable[[], None]) -> str:
    """Return message and hint of what a guard refuses."""
    with pytest.raises(GuardRefused) as caught:
        call()
    return f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (lambda: refusal(lambda: refuse_unit_slip(prices(("1000", "1")), unit="1k")), ("the catalog's prices", "1000 times", "limit 100", "`unit =")),
        (lambda: refusal(lambda: refuse_slipped_listing("openrouter", moves(3, "1", "1000"), held_singly=True)), ("prices of openrouter", "1000 times", "limit 100", "--source", "--force")),
        (lambda: refusal(lambda: refuse_out_of_step(absent=5, entries=6, differing=0, values=0)), ("the lock and the catalog", "5 of 6", "limit 20%", "--force")),
        (lambda: refusal(lambda: refuse_mass_removal("openai", removed=5, entries=6, limits=Guards())), ("openai's", "5 of", "limit 30% and 5", "--force")),
        (lambda: price_guard(FINE, ("0.00002", "0.00004")).objection(fields.INPUT_PRICE), ("pricing.input", "from 0.001 to 0.02", "20 times", "limit 10, guards.price_factor")),
        (lambda: price_guard(FINE, ("0", "0")).objection(fields.INPUT_PRICE), ("pricing.input", "from 0.001 to 0 ", "limit: only a model marked `:free`")),
        (lambda: price_guard(("0.0009", "0.0009"), ("0.0011", "0.0009"), "1m").objection(fields.INPUT_PRICE), ("pricing.input", "1.1 USD per 1k", "limit 1, guards.usd_per_1k")),
        (lambda: price_guard(FINE, ("0.000009", "0.0000008")).objection(fields.OUTPUT_PRICE), ("pricing.output", "0.0008", "8.9%", "limit 10%, guards.output_share")),
        (lambda: remark(FieldChange(fields.CONTEXT_LENGTH, 1000, 400), Guards(), "a pin"), ("context_length", "from 1000 to 400, by 60%", "limit 50%, guards.limit_drop", "; a pin keeps a value of yours")),
    ],
    ids=["unit", "listing", "step", "removal", "leap", "zero", "dear", "lopsided", "drop"],
)  # fmt: skip
def test_every_message_names_subject_number_limit_and_way_out(
    message: Callable[[], str], parts: tuple[str, ...]
) -> None:
    """The way out of a held price stands beside its reason, for the entry: `--accept P/K`."""
    text = message()
    for part in parts:
        assert part in text
