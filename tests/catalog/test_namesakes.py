"""Rows of one model in a team's own file: each goes by a name of its own, whatever the others are called."""

from __future__ import annotations

import pytest

from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.layouts.builtin import layout_named

LIST = layout_named("list")


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        ("a a a", "a a#2 a#3"),
        ("a b a b", "a b a#2 b#2"),
        ("a#2 a a", "a#2 a a#3"),
        ("a a a#2", "a a#2 a#2#2"),
    ],
)
def test_no_two_entries_share_a_name(names: str, keys: str) -> None:
    """The second of a name is `#2`, unless a row is called so."""
    rows = "".join(f"- {{name: {name!r}, id: gpt-4o, input: {number}}}\n" for number, name in enumerate(names.split()))
    (section,) = read_sections(parse(rows.encode(), "models.yaml"), LIST, unit="1m", path="models.yaml")
    assert [entry.key for entry in section.entries] == keys.split()
