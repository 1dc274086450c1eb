"""A number that replaces another: in the old one's spelling, and the same number to every reader."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelsync.catalog.figures import number
from modelsync.catalog.number_style import Shown, respelled, shown
from modelsync.catalog.splice import SetScalar

D = Decimal
EXAMPLES = settings.default.max_examples if settings.default else 100

SPELLED: dict[str, list[tuple[str, str, str]]] = {
    "decimals that end in zero are meant": [
        ("10.00", "7.5", "7.50"),
        ("10.00", "7.123", "7.123"),
        ("10.00", "8", "8.00"),
        ("3.0", "4", "4.0"),
        ("3.0", "2.5", "2.5"),
        ("3.0", "2.55", "2.55"),
        ("0.00", "0.15", "0.15"),
        ("0.00", "0", "0.00"),
        ("0.00000250", "0.0000003", "0.00000030"),
        ("3.", "4", "4.0"),
    ],
    "others are not": [
        ("1.25", "3", "3"),
        ("1.25", "0.5", "0.5"),
        ("1.25", "0", "0"),
        ("0.5", "1E+3", "1000"),
        ("0.5", "1.500", "1.5"),
    ],
    "whole numbers": [
        ("3", "4", "4"),
        ("3", "2.50", "2.5"),
        ("3", "4.00", "4"),
        ("0", "0.00002", "0.00002"),
        ("128000", "131072", "131072"),
    ],
    "groups of three": [
        ("1_000_000", "1048576", "1_048_576"),
        ("450_000", "1048576", "1_048_576"),
        ("450_000", "512", "512"),
        ("1_000", "1000.5", "1_000.5"),
        ("1_000.50", "2000", "2_000.00"),
        ("1_000", "-2000", "-2_000"),
        ("10_00", "2000", "2000"),
        ("1000_", "2000", "2000"),
    ],
    "exponents": [
        ("2.5e-07", "3E-7", "3.0e-07"),
        ("2.5e-07", "0.0000125", "1.25e-05"),
        ("2.50e-07", "3E-7", "3.00e-07"),
        ("3e-06", "0.0000025", "2.5e-06"),
        ("3e-6", "1E-12", "1.0e-12"),
        ("2.5E-007", "3E-7", "3.0E-007"),
        ("2.5e-07", "0", "0.0"),
        ("1e6", "2000000", "2.0e+6"),
        ("1e6", "12.5", "1.25e+1"),
        ("1e-7", "-0.5", "-5.0e-1"),
    ],
    "an exponent that was chosen": [
        ("15e-6", "0.0000125", "12.5e-6"),
        ("15e-6", "0.00001", "10.0e-6"),
        ("0.15e-6", "0.0000001", "0.1e-6"),
        ("0.150e-6", "0.0000001", "0.100e-6"),
        (".15e-6", "0.0000001", "0.1e-6"),
        ("0.0e+00", "0.0000025", "2.5e-06"),
    ],
    "signs and leading dots": [
        ("+1.50", "2", "2.00"),
        ("-1", "0.5", "0.5"),
        (".5", "0.25", ".25"),
        (".50", "0.3", ".30"),
        (".5", "1.5", "1.5"),
        (".5", "0", "0"),
        (".5", "-0.25", "-0.25"),
    ],
    "no decimal number": [
        (old, "0.50", "0.5")
        for old in ("", "$0.15", "0x10", "1:30", "free", "1e9999", "e5", ".", "-", "_1", ".inf", "1 000", "1,5")
    ],
}
CASES = [(name, *case) for name, cases in SPELLED.items() for case in cases]


@pytest.mark.parametrize(("old", "value", "new"), [case[1:] for case in CASES], ids=[f"{c[0]} {c[1:]}" for c in CASES])
def test_a_number_is_spelled_as_the_one_it_replaces(old: str, value: str, new: str) -> None:
    """Decimals, groups, exponent and leading dot are the old ones; digits are added where the value needs them."""
    assert respelled(old, D(value), Shown()) == new


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
@pytest.mark.parametrize("old", ["1", "1.00", "1e-7", "x"])
def test_what_is_not_finite_has_no_spelling(old: str, value: str) -> None:
    """NaN and the infinities are refused in every style."""
    with pytest.raises(ValueError, match="no number"):
        respelled(old, D(value), Shown())


@pytest.mark.parametrize(
    ("texts", "count"),
    [
        (["1.25", "10.00"], 2),
        (["3.0", "1.25", "0.075"], 1),
        (["3.0", "10.00", "2.50"], 2),
        (["3.0", "10.00"], 2),
        (["1.25", "3", "450_000", "gpt-4.10", "2024-05-10", "2.50e-07", ""], 0),
        (["1_000.50"], 2),
        ([], 0),
    ],
)
def test_a_zero_at_the_end_shows_how_many_decimals_are_meant(texts: list[str], count: int) -> None:
    """The count that most numbers show, the larger on a tie; texts, dates and exponents show none."""
    assert shown(texts).decimals == count


def test_another_number_before_it_shows_that_an_exponent_was_chosen() -> None:
    """One digit before the dot, and zero, show nothing."""
    assert shown(["15e-6", "0.15e-3", ".5e+1", "2.5e-07", "0.0e-2", "0e-4", "15", "e-5"]).exponents == {-6, -3, 1}


IN_FILES: dict[str, tuple[str, dict[str, str | int], str]] = {
    "a sibling shows the decimals": ("a: 1.25\nb: 10.00\n", {"a": "3"}, "a: 3.00\nb: 10.00\n"),
    "a whole number stays whole beside it": ("a: 1\nb: 10.00\n", {"a": "3"}, "a: 3\nb: 10.00\n"),
    "one that cannot be whole any more shows them": ("a: 1\nb: 10.00\n", {"a": "2.5"}, "a: 2.50\nb: 10.00\n"),
    "its own decimals win": ("a: 1.0\nb: 10.00\n", {"a": "3"}, "a: 3.0\nb: 10.00\n"),
    "a sibling shows that the exponent was chosen": (
        "a: 5.00e-6\nb: 15.00e-6\nc: 2.5e-07\n",
        {"a": "12.5e-6", "b": "10e-6", "c": "12e-7"},
        "a: 12.50e-6\nb: 10.00e-6\nc: 1.2e-06\n",
    ),
    "a cousin shows nothing": ("{a: 1.25, b: {c: 10.00}}\n", {"a": "3"}, "{a: 3, b: {c: 10.00}}\n"),
    "quotes stay, with the same rules inside": (
        "a: \"0.15\"\nb: '10.00'\nc: '1_000'\nd: \"2.5e-07\"\n",
        {"a": "0.2", "b": "7.5", "c": 2048, "d": "3e-7"},
        "a: \"0.20\"\nb: '7.50'\nc: '2_048'\nd: \"3.0e-07\"\n",
    ),
    "what YAML 1.1 takes for a text becomes a number": ("a: 1e-7\n", {"a": "2e-7"}, "a: 2.0e-7\n"),
    "a block scalar shows nothing": ("a: |\n  1.00\nb: 1.25\n", {"a": "2", "b": "3"}, "a: 2\nb: 3\n"),
    "a limit": ("a: 450_000 # tokens\n", {"a": 1_048_576}, "a: 1_048_576 # tokens\n"),
    "a number over several lines is none": ('a: "1\n  2"\n', {"a": "2.50"}, 'a: "2.5"\n'),
}


@pytest.mark.parametrize("name", IN_FILES)
def test_a_file_keeps_its_spelling(name: str, edited: Callable[..., str]) -> None:
    """Whole files before and after."""
    before, values, after = IN_FILES[name]
    edits = [SetScalar((key,), value if isinstance(value, int) else D(value)) for key, value in values.items()]
    assert edited(before, *edits) == after


DIGITS = st.text(st.sampled_from("0123456789"), min_size=1, max_size=7)
WHOLES = DIGITS | st.sampled_from(["", "1_000", "450_000", "1_000_000", "10_00", "0", "1"])
FRACTIONS = st.just("") | DIGITS.map(lambda digits: "." + digits) | st.sampled_from([".", ".0", ".00", ".50"])
EXPONENTS = st.sampled_from(["", "", "", "e-07", "e-6", "E-006", "e6", "e+06", "E+0", "e-12"])
OLD = (
    st.tuples(st.sampled_from(["", "", "+", "-"]), WHOLES, FRACTIONS, EXPONENTS)
    .map("".join)
    .filter(lambda text: any(mark.isdigit() for mark in text))
)
VALUES = st.builds(
    lambda digits, power: D(digits).scaleb(power), st.integers(0, 10**12 - 1), st.integers(-18, 3)
) | st.integers(0, 10**15)


@settings(max_examples=3 * EXAMPLES)
@given(
    old=OLD,
    value=VALUES,
    quote=st.sampled_from(["", "", "'", '"']),
    sibling=st.sampled_from(["10.00", "1.5", "2.5e-07", "x"]),
)
def test_whatever_stood_there_the_new_number_reads_exactly(
    old: str,
    value: D | int,
    quote: str,
    sibling: str,
    edited: Callable[..., str],
    readers: dict[str, Callable[..., Any]],
) -> None:
    """Our reader sees the very number, and PyYAML, ruamel.yaml as YAML 1.1 and as 1.2 its float; a second edit changes nothing."""
    before = f"a: {quote}{old}{quote}\nb: {sibling}\n"
    after = edited(before, SetScalar(("a",), value))
    if after == before:
        return
    text = after.removeprefix("a: ").partition("\n")[0].strip("'\"")
    assert number(text) == value
    assert edited(after, SetScalar(("a",), value)) == after
    assert "e" not in text.lower() or "e" in old.lower()
    for name, read in readers.items():
        seen = read(after)["a"]
        assert isinstance(seen, str) == bool(quote), (name, after)
        assert float(seen) == float(value), (name, after)
