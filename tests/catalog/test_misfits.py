"""What a layout asks for that a document does not have: in lists, in several documents, behind aliases."""

from __future__ import annotations

import pytest

from modelsync.catalog.document import parse
from modelsync.catalog.misfits import Misfit, misfits
from modelsync.layouts.table import Table, layout_of


def found(text: str, **table: object) -> list[Misfit]:
    """Return what a layout asks in vain of a text."""
    said = {"at": "models[]", "id": "name", "fields": {"pricing.input": "in"}} | table
    layout = layout_of(Table(**said))  # pyright: ignore[reportArgumentType]
    return list(misfits(parse(text.encode(), "models.yaml", several=layout.several), layout))


TIERS = "models:\n- {name: a, in: 1, tiers: [{above: 200000, in: 2}]}\n"


def test_a_place_in_the_rows_of_a_list_is_there_if_one_row_has_it() -> None:
    """With its own key, past the list."""
    assert found(TIERS, fields={"pricing.tiers.*.input": "tiers[above].in"}) == []
    lost = found(
        TIERS, fields={"pricing.tiers.*.input": "tiers[above].inp", "pricing.windows.*.input": "hours[utc].in"}
    )
    assert [(one.setting, one.problem.partition(";")[0]) for one in lost] == [
        ("fields.pricing.tiers.*.input", "no row has `tiers.inp`"),
        ("fields.pricing.windows.*.input", "no row has `hours.in`"),
    ]


def test_a_place_that_holds_nothing_is_there() -> None:
    """A null is a place for a value."""
    assert found("models:\n- {name: a, in: }\n- {name: b, out: 1}\n") == []


def test_aliases_and_merges_are_seen_through() -> None:
    """As a reader sees them."""
    assert found("base: &base {in: 1}\nmodels: &all\n- {<<: *base, name: a}\n") == []
    assert found("all: &all [{name: a, in: 1}]\nmodels: *all\n") == []


@pytest.mark.parametrize(
    ("at", "problem"),
    [
        ("---", ""),
        ("---.spec", "`spec` stops at `spec`: no such key is there"),
    ],
    ids=["documents", "a key of none"],
)
def test_each_document_counts(at: str, problem: str) -> None:
    """One that has it is enough."""
    lost = found("other: 1\n---\nname: a\nin: 1\n", at=at)
    assert [one.problem for one in lost] == ([problem] if problem else [])


@pytest.mark.parametrize("text", ["models: []\n", "models:\n", "models: [{}]\n"])
def test_an_empty_place_is_no_misfit_of_a_pattern(text: str) -> None:
    """Some may come."""
    assert [one.setting for one in found(text) if one.setting == "at"] == []
