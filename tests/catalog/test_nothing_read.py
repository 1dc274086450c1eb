"""A layout by which not one row of a file is a model: an error that says why, and no catalog that agrees with everything."""

from __future__ import annotations

import pytest

from modelsync.catalog.document import parse
from modelsync.catalog.entries import Entry, read_sections
from modelsync.errors import CatalogInvalid
from modelsync.layouts.builtin import layout_named
from modelsync.layouts.layout import Layout
from modelsync.layouts.table import Table, layout_of

LITELLM = """\
model_list:
  - model_name: here
    litellm_params: {model: openai/gpt-4o, api_base: http://localhost}
    model_info: {input_cost_per_token: 0}
  - model_name: request default
    litellm_params: {model: openai/gpt-4o, max_tokens: 500}
  - model_info: {input_cost_per_token: 2.5e-06}
"""
SEVERAL_HOMES = Table(at="{provider}.models.{id}", fields={"pricing.input": "in"})


def entries(text: str, layout: Layout) -> list[Entry]:
    """Read a file."""
    sections = read_sections(parse(text.encode(), "models.yaml"), layout, unit="token", path="models.yaml")
    return [entry for section in sections for entry in section.entries]


def test_the_rows_are_counted_by_why_none_is_an_entry() -> None:
    """A deployment of one's own, one without a fact, and one without an id."""
    with pytest.raises(CatalogInvalid) as caught:
        entries(LITELLM, layout_named("litellm"))
    assert caught.value.line == 2
    assert caught.value.problem == (
        "the layout reads no model, rows: 1 left alone by its rules, 2 without an id or any of its fields"
    )


def test_only_the_reason_that_there_is_gets_a_number() -> None:
    """All rows are left alone."""
    alone = "\n".join(LITELLM.splitlines()[:4])
    with pytest.raises(CatalogInvalid, match=r"no model, rows: 1 left alone by its rules\Z"):
        entries(alone, layout_named("litellm"))


def test_the_homes_of_providers_count_too() -> None:
    """Where the pattern says whose the rows are."""
    with pytest.raises(CatalogInvalid, match="rows: 2 without"):
        entries("a:\n  models:\n    m: {out: 1}\nb:\n  models:\n    n: {}\n", layout_of(SEVERAL_HOMES))


def test_one_entry_is_enough() -> None:
    """The others are left as they are."""
    (entry,) = entries(LITELLM + "  - litellm_params: {model: o3, input_cost_per_token: 1}\n", layout_named("litellm"))
    assert entry.name == "openai/o3"


def test_a_list_that_is_empty_is_no_error() -> None:
    """There is nothing to misread."""
    assert entries("model_list: []\n", layout_named("litellm")) == []
