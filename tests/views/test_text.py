"""Text that is safe to show, and numbers as people say them."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.domain import fields
from modelsync.views.text import age, counted, per_million, percent, unit_name, unreadable, value_text, visible

ANYTHING = st.text(st.characters())


class TestVisible:
    """Upstream's text is data; a terminal must never obey it."""

    @given(ANYTHING)
    def test_nothing_hidden_is_left(self, text: str) -> None:
        """No control, bidi, zero-width, surrogate or unassigned character, and one line."""
        shown = visible(text)
        assert not any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for letter in shown)
        assert len(shown.splitlines()) <= 1
        shown.encode()

    @given(ANYTHING)
    def test_showing_twice_is_showing_once(self, text: str) -> None:
        """Escapes are plain text."""
        assert visible(visible(text, 10**6), 10**6) == visible(text, 10**6)

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("gpt-4o", "gpt-4o"), ("Größe 🐬 模型", "Größe 🐬 模型"), ("a\x1b[31mred\x1b[0m", "a\\x1b[31mred\\x1b[0m"), ("a\nb\r\tc\0", "a\\x0ab\\x0d\\x09c\\x00"), ("\x9b31m", "\\x9b31m"), ("x\u202ey\u200b", "x\\u202ey\\u200b"),
            ("\ud800", "\\ud800"), ("\U000e0041", "\\U000e0041"), ("\u2028", "\\u2028"), ("", ""),
        ],
        ids=ascii,
    )  # fmt: skip
    def test_escapes(self, text: str, shown: str) -> None:
        """People's languages stay, what steers a terminal is spelled out."""
        assert visible(text) == shown

    def test_long_text_is_cut(self) -> None:
        """With a sign that it was."""
        assert visible("x" * 300, 10) == "x" * 9 + "…"
        assert visible("x" * 10, 10) == "x" * 10


@pytest.mark.parametrize(
    ("field", "value", "unit", "text"),
    [
        (fields.INPUT_PRICE, Decimal("0.0000025"), "1k", "0.0025"), (fields.INPUT_PRICE, Decimal("0.0000025"), "1m", "2.5"), (fields.INPUT_PRICE, Decimal("0.0000025"), "token", "0.0000025"), (fields.OUTPUT_PRICE, Decimal(0), "1k", "0"),
        (fields.CONTEXT_LENGTH, 128000, "1k", "128000"), (fields.FEATURES, ("a", "b"), "1k", "a, b"), (fields.FEATURES, (), "1k", "[]"), (fields.INPUT_PRICE, None, "1k", "none"), (fields.DESCRIPTION, "a\x1bb", "1k", "a\\x1bb"),
    ],
    ids=str,
)  # fmt: skip
def test_values(field: str, value: fields.Value | None, unit: str, text: str) -> None:
    """As the catalog spells them."""
    assert value_text(field, value, unit) == text


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("0.0000025", "$2.50"),
        ("0.00003", "$30.00"),
        ("0.000000447528", "$0.447528"),
        ("0", "$0.00"),
        ("0.000001", "$1.00"),
        ("0.00000000305", "$0.00305"),
        ("0.0001234567", "$123.4567"),
    ],
)
def test_per_million(price: str, text: str) -> None:
    """Dollars and at least two decimals, and no digit lost."""
    assert per_million(Decimal(price)) == text


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("1", "2", "+100.0%"),
        ("2", "1", "-50.0%"),
        ("3", "3.1", "+3.3%"),
        ("1", "1.00001", "+0.0010%"),
        ("1", "1", "±0%"),
        ("0", "1", ""),
        ("1", "0", "-100.0%"),
        ("1.0", "1.00", "±0%"),
    ],
)
def test_percent(old: str, new: str, text: str) -> None:
    """Signed; nothing where there is nothing to compare with; a small move is never shown as none."""
    assert percent(Decimal(old), Decimal(new)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "just now"), (59, "just now"), (60, "1 minute ago"), (3599, "59 minutes ago"), (3600, "1 hour ago"), (86399, "23 hours ago"), (86400, "1 day ago"), (864000, "10 days ago"), (-5, "just now")],
)  # fmt: skip
def test_age(seconds: int, text: str) -> None:
    """In the largest unit that fits; a clock that went backwards is no reason to crash."""
    assert age(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 models"), (1, "1 model"), (2, "2 models")])
def test_one_is_not_many(number: int, text: str) -> None:
    """In regular words, and in those that are not."""
    assert counted(number, "model") == text
    assert counted(number, "entry", "entries") == text.replace("models", "entries").replace("model", "entry")


@pytest.mark.parametrize(
    ("field", "value", "written", "text"),
    [
        (fields.INPUT_PRICE, None, "0,002", "cannot be read as a price"), ("pricing.cache_read", None, "x", "cannot be read as a price"),
        (fields.CONTEXT_LENGTH, None, "128k", "cannot be read as a number"), (fields.MODEL, None, "[x]", ""),
        (fields.INPUT_PRICE, None, "", ""), (fields.INPUT_PRICE, Decimal(0), "0", ""),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_read(field: str, value: fields.Value | None, written: str, text: str) -> None:
    """Only what is there and has no meaning; free is a price."""
    assert unreadable(field, value, written) == text


def test_units_have_names() -> None:
    """As a sentence wants them."""
    assert [unit_name(unit) for unit in ("token", "1k", "1m")] == ["token", "1K tokens", "1M tokens"]
