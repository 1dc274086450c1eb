"""Any text comes back as it went in, from every reader, wherever it is written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modelsync.catalog.scalars import number_text, string_text
from modelsync.catalog.splice import AppendItems, Edit, InsertKey, RenameKey, SetList, SetScalar

Readers = dict[str, Callable[[str], object]]

TRAPS = [
    "",
    " ",
    "\n",
    "\n\n",
    " \n",
    "a\n",
    "a\n\n",
    "a\n b",
    " a\nb",
    "\ta\nb",
    "a\n\tb",
    "a \nb",
    "a\n \nb",
    "a\rb",
    "a\r\nb",
    "a\x85b",
    "a\u2028b\n",
    "a\u2029b",
    "\ufeff",
    "a\ufeffb\nc",
    "\u202eevil",
    "\x00\x1b[31m\x7f\x9f",
    "\ufffe\uffff",
    "😀 \U0010ffff",
    "trailing ",
    " leading",
    "tab\t",
    "#",
    "a #b",
    "a: b",
    "a:",
    ":a",
    "- a",
    "-",
    "---",
    "--- a",
    "...",
    "... a",
    "?",
    "? a",
    "!",
    "&a",
    "*a",
    "%a",
    "@a",
    "`a",
    "{a}",
    "[a]",
    "a]",
    "a, b",
    "a{b",
    "'",
    '"',
    "'a'",
    '"a"',
    "\\",
    "a\\nb",
    "it's",
    "~",
    "null",
    "Null",
    "y",
    "N",
    "yes",
    "No",
    "ON",
    "off",
    "true",
    "False",
    "1",
    "-1",
    "+1",
    "0",
    "017",
    "0o17",
    "0x1F",
    "0b1",
    "1_000",
    "1,000",
    "1:30",
    "1:30:30.5",
    "1.5",
    ".5",
    "5.",
    "1e5",
    "1E-5",
    "1.e+5",
    ".inf",
    "-.INF",
    ".nan",
    "2024-05-13",
    "2024-5-1",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43",
    "<<",
    "=",
    "| a",
    "> a",
    "a" * 300 + " " + "b" * 300,
    "word " * 100 + "end",
    "1.2.3",
    "llama3.1:8b",
    "\xa0",
    "\xa0a\xa0",
    "\u3000",
]

BEFORE = "plain: x\nsingle: 'x'\ndouble: \"x\"\nblock: |-\n  x\nfold: >\n  x\nnull:\nflow: {a: x, b: [x]}\nlist:\n  - x\nlast: 1\n"


def edits(text: str, key: str) -> list[Edit]:
    """The text in every place that can hold one."""
    return [
        *(SetScalar((name,), text) for name in ("plain", "single", "double", "block", "fold", "null")),
        SetScalar(("flow", "a"), text),
        SetScalar(("flow", "b", 0), text),
        AppendItems(("flow", "b"), (text,)),
        InsertKey(("flow",), "new" + key, text),
        AppendItems(("list",), (text, {"deep" + key: text})),
        InsertKey((), "new" + key, {"in" + key: [text, {"x": text}], "y": text}),
        RenameKey(("last",), "re" + key),
    ]


def expected(text: str, key: str) -> dict[Any, Any]:
    """What readers must see then."""
    return {
        "plain": text,
        "single": text,
        "double": text,
        "block": text,
        "fold": text,
        None: text,
        "flow": {"a": text, "b": [text, text], "new" + key: text},
        "list": ["x", text, {"deep" + key: text}],
        "re" + key: 1,
        "new" + key: {"in" + key: [text, {"x": text}], "y": text},
    }


def written(text: str, key: str, edited: Callable[..., str]) -> str:
    """A document with the text in every place."""
    before = BEFORE.replace("null:", "~:")
    changes = [
        SetScalar(("~",), text) if isinstance(edit, SetScalar) and edit.path == ("null",) else edit
        for edit in edits(text, key)
    ]
    return edited(before, *changes)


@pytest.mark.parametrize("text", TRAPS)
def test_traps_come_back_from_every_reader(text: str, edited: Callable[..., str], readers: Readers) -> None:
    """Texts that one reader or another takes for something else, as values and in keys."""
    result = written(text, text[:40], edited)
    for name, read in readers.items():
        assert read(result) == expected(text, text[:40]), name
    assert all(ord(mark) not in (*range(9), *range(11, 13), *range(14, 32), 127, 0x202E) for mark in result), (
        "controls are escaped"
    )


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    key=st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
@example(text="0", key="0")
def test_any_text_comes_back_from_every_reader(
    text: str, key: str, edited: Callable[..., str], readers: Readers
) -> None:
    """Characters of every kind, in values of every style and in keys."""
    result = written(text, key, edited)
    for name, read in readers.items():
        assert read(result) == expected(text, key), (name, result)


@given(text=st.text(st.sampled_from("ab \t\n\r:#-'\"\\{}[],&*!|>%@`?~0123._eEx+<=\u2028\x85"), max_size=12))
def test_any_mixture_of_special_characters_comes_back(text: str, edited: Callable[..., str], readers: Readers) -> None:
    """The characters that mean something to YAML, in any order."""
    result = written(text, text, edited)
    for name, read in readers.items():
        assert read(result) == expected(text, text), (name, result)


@given(text=st.text(st.sampled_from("0123456789+-._:,eExXoObBaftTZ yn"), min_size=1, max_size=10))
def test_nothing_that_looks_like_a_number_or_a_date_becomes_one(
    text: str, edited: Callable[..., str], readers: Readers
) -> None:
    """A text of digits and signs is still a text for YAML 1.1 and 1.2."""
    result = edited("a: x\nb: [x]\n", SetScalar(("a",), text), SetList(("b",), (text,)))
    for name, read in readers.items():
        assert read(result) == {"a": text, "b": [text]}, (name, result)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e12"), max_value=Decimal("1e12"), places=15)
    | st.integers()
)
def test_numbers_are_exact_and_plain(value: Decimal | int) -> None:
    """The text of a number is the number itself, without exponent and without zeros at the end."""
    text = number_text(value)
    assert Decimal(text) == value
    assert "e" not in text.lower()
    assert text == "0" or "." not in text or not text.endswith("0")


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_what_is_not_finite_is_no_number(value: Decimal) -> None:
    """NaN and the infinities are refused, not spelled."""
    with pytest.raises(ValueError, match="no number"):
        number_text(value)


@pytest.mark.parametrize(
    ("text", "block", "flow"),
    [
        ("gpt-4o", "gpt-4o", "gpt-4o"),
        ("llama3.1:8b", "llama3.1:8b", "'llama3.1:8b'"),
        ("it's", "it's", "it's"),
        ("8b", "8b", "8b"),
        ("4.1-mini", "4.1-mini", "4.1-mini"),
        ("~vendor/x-latest", "~vendor/x-latest", "~vendor/x-latest"),
        ("a, b", "a, b", "'a, b'"),
        ("ünï 日本", "ünï 日本", "ünï 日本"),
        ("2024-5-1x", "2024-5-1x", "2024-5-1x"),
    ],
)
def test_harmless_texts_stay_plain(text: str, block: str, flow: str) -> None:
    """Quotes are for what needs them; inside brackets a little more does."""
    assert string_text(text, "", flow=False) == block
    assert string_text(text, "", flow=True) == flow
