"""Guards that refuse a whole plan: the limits, to the value, and messages that say what to do."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modelsync.errors import GuardRefused
from modelsync.planning.guards import refuse_out_of_step, refuse_unit_slip


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
