"""The two little languages of a layout: patterns and paths."""

from __future__ import annotations

import re

import pytest

from modelsync.layouts.layout import Capture, Items, Key, Rows
from modelsync.layouts.spelling import Misspelt, read_pattern, read_places

PATTERNS = {
    "providers.{provider}.models.{key}": (Key(("providers",)), Capture("provider"), Key(("models",)), Capture("key")),
    "models[]": (Key(("models",)), Items()),
    "[]": (Items(),),
    "[].models[]": (Items(), Key(("models",)), Items()),
    "{id}": (Capture("id"),),
    "tables.*.{id}": (Key(("tables",)), Capture(""), Capture("id")),
    "*[]": (Capture(""), Items()),
    "models|engines[]": (Key(("models", "engines")), Items()),
    "a|b|c.{id}": (Key(("a", "b", "c")), Capture("id")),
    '"gpt.models"[]': (Key(("gpt.models",)), Items()),
    '"x | y".{id}': (Key(("x | y",)), Capture("id")),
    "price list[]": (Key(("price list",)), Items()),
    "grid[][]": (Key(("grid",)), Items(), Items()),
    "info-2_b.{id}": (Key(("info-2_b",)), Capture("id")),
}


@pytest.mark.parametrize("text", PATTERNS)
def test_a_pattern_leads_to_entries(text: str) -> None:
    """Keys, any keys, keys that say something, items of lists."""
    assert read_pattern(text) == (PATTERNS[text], False)


def test_each_document_may_be_a_start() -> None:
    """Three dashes stand for each document of the file."""
    assert read_pattern("---") == ((), True)
    assert read_pattern("---.models[]") == ((Key(("models",)), Items()), True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty pattern"),
        ("models[0]", "begin with 'models[0]'"),
        ("models.{name}", "takes note of {name}"),
        ("models..x", "begin with '.x'"),
        ("{id", "begin with '{id'"),
        ("a b  c", "begin with"),
        ('"open', "begin with"),
        ("models]", "begin with"),
        ("models.", "begin with ''"),
    ],
)
def test_what_is_no_pattern_is_told(text: str, why: str) -> None:
    """The message has the pattern, and from where on it cannot be read."""
    with pytest.raises(Misspelt, match=re.escape(why)):
        read_pattern(text)


PLACES = {
    "input": (("input",),),
    "pricing.input": (("pricing", "input"),),
    "params.in|info.in": (("params", "in"), ("info", "in")),
    "a | b.c": (("a",), ("b", "c")),
    '"per.1k".in': (("per.1k", "in"),),
    '"a|b".in|c': (("a|b", "in"), ("c",)),
    "price per 1k": (("price per 1k",),),
}


@pytest.mark.parametrize("text", PLACES)
def test_a_path_leads_to_a_field(text: str) -> None:
    """Keys with dots between them, and quotes around a key with a dot in it."""
    assert read_places(text) == PLACES[text]


def test_a_path_may_lead_into_rows() -> None:
    """The key in brackets is what tells the rows apart: by tokens or by hours, as the field's name says."""
    assert read_places("costs.tiers[from].in", "pricing.tiers.*.input") == (
        ("costs", "tiers", Rows("from", "tokens"), "in"),
    )
    assert read_places("w[utc].in", "pricing.windows.*.input") == (("w", Rows("utc", "hours"), "in"),)


@pytest.mark.parametrize(
    ("text", "name"),
    [("", ""), ("a..b", ""), ("a[", ""), ("tiers[above].in", "pricing.input"), ("a.", ""), ("{id}", "")],
)
def test_what_is_no_path_is_told(text: str, name: str) -> None:
    """The message has the path."""
    with pytest.raises(Misspelt, match="into a list" if name else "is no path"):
        read_places(text, name)
