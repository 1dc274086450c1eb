"""Rows that a layout passes over: by what they hold, and by what the mappings around them hold."""

from __future__ import annotations

from textwrap import dedent

import pytest

from modelsync.catalog.document import parse
from modelsync.catalog.entries import PassedOver, count_passed_over, read_sections
from modelsync.layouts.table import Table, layout_of

FILE = """\
type: team
clients:
- type: azure-openai
  models: [{name: gpt-4o, in: 1}]
- type: openai
  api_base: https://proxy.example/v1
  models: [{name: gpt-4.1, in: 1}, {name: o3, in: 1, type: azure-row}]
- type: openai
  api_base: ''
  settings: {proxy: yes}
  models: [{name: gpt-5, in: 1}]
- models: [{name: gpt-4, in: 1}]
- {type: none, models: [{name: o1}]}
"""


@pytest.mark.parametrize(
    ("skip", "kept"),
    [
        ("^type=azure*", ["gpt-4.1", "o3", "gpt-5", "gpt-4"]),
        ("type=azure*", ["gpt-4o", "gpt-4.1", "gpt-5", "gpt-4"]),
        ("^api_base", ["gpt-4o", "gpt-5", "gpt-4"]),
        ("^ settings.proxy", ["gpt-4o", "gpt-4.1", "o3", "gpt-4"]),
        ("^type=team", ["gpt-4o", "gpt-4.1", "o3", "gpt-5"]),
        ("^nothing", ["gpt-4o", "gpt-4.1", "o3", "gpt-5", "gpt-4"]),
    ],
)
def test_what_is_around_a_row_counts_the_nearest_first(skip: str, kept: list[str]) -> None:
    """An empty text is nothing; the row itself is not around it."""
    layout = layout_of(Table(at="clients[].models[]", id="name", skip=[skip], fields={"pricing.input": "in"}))
    document = parse(dedent(FILE).encode(), "models.yaml")
    entries = [
        entry for section in read_sections(document, layout, unit="1m", path="models.yaml") for entry in section.entries
    ]
    assert [entry.model_id for entry in entries] == kept
    assert count_passed_over(document, layout, path="models.yaml") == PassedOver(5 - len(kept), 1)
