"""The fields that a sync knows, and which pattern names which."""

from __future__ import annotations

import pytest

from modelsync.domain import fields


@pytest.mark.parametrize(
    ("pattern", "field", "named"),
    [("pricing", "pricing.input", True), ("pricing.input", "pricing.input", True), ("pricing.input", "pricing.output", False), ("pricing.in", "pricing.input", False), ("features", "features", True), ("pricing.input", "pricing", False), ("", "model", False)],
)  # fmt: skip
def test_covers(pattern: str, field: str, named: bool) -> None:
    """A pattern names a field or a whole group, never half a word."""
    assert fields.covers(pattern, field) is named


def test_every_field_has_one_owner() -> None:
    """Owned, filled, or merged as a set: nothing twice, nothing forgotten."""
    assert sorted((*fields.OWNED, *fields.FILLED, fields.FEATURES)) == sorted(fields.ALL)
    assert [field for field in fields.ALL if fields.is_price(field)] == list(fields.PRICES)
