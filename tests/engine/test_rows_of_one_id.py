"""Rows of one model id have no names of their own: a lock line follows its row, whatever else comes, goes or moves."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import convert

from modelsync.layouts.table import Table
from modelsync.planning.changes import Keep, Note

from .conftest import World, changes, upstream

LAYOUT = convert({"at": "[]", "id": "id", "fields": {"pricing.input": "in", "pricing.output": "out"}}, Table)


class Sheet:
    """A file of rows, each of them a note by which a person knows it, an id and prices."""

    def __init__(self, world: World, rows: list[dict[str, Any]]) -> None:
        self.world = world
        self.rows = rows
        self.price = 2.5
        world.configure(layout=LAYOUT, unit="1m")

    def write(self) -> None:
        """Write the rows as they are."""
        lines = ("- {" + ", ".join(f"{key}: {value}" for key, value in row.items()) + "}\n" for row in self.rows)
        self.world.path.write_text("".join(lines), encoding="utf-8")

    def sync(self, price: float | None = None) -> Any:
        """Sync, with another price upstream if one is given, and read the rows again."""
        self.write()
        self.price = price or self.price
        self.world.listing(upstream(prompt=f"{self.price / 1e6:.12f}", completion="0.00001"))
        plan = self.world.sync().plan
        self.rows = self.world.data or []
        return plan

    def row(self, note: str) -> dict[str, Any]:
        """The row that a person knows by its note."""
        return next(row for row in self.rows if row["note"] == note)


@pytest.fixture(name="sheet")
def sheet_fixture(world: World) -> Sheet:
    """Return three synced rows of one id; the second has a price by hand."""
    sheet = Sheet(world, [{"note": note, "id": "gpt-4o", "in": 2.5} for note in "abc"])
    sheet.sync()
    sheet.row("b")["in"] = 2.25
    sheet.sync()
    return sheet


def _quiet(plan: Any) -> bool:
    """Whether a plan says nothing of names or of deletions."""
    return not {note.kind for note in plan.notes} & {"renamed", "deleted"}


@pytest.mark.parametrize("order", ["acb", "bac", "b", "ab", "cb", "bc", "ba"])
def test_a_row_has_its_line_wherever_it_stands(sheet: Sheet, order: str) -> None:
    """The price by hand stays, the others move; nothing is said of names."""
    sheet.rows = [sheet.row(note) for note in order]
    plan = sheet.sync(price=3)
    assert [(row["note"], row["in"]) for row in sheet.rows] == [(note, 2.25 if note == "b" else 3) for note in order]
    assert (_quiet(plan), [change.reason for change in changes(plan, Keep)]) == (True, ["set by hand"])
    assert len(sheet.world.lock.entries) == len(order)
    assert sheet.sync().changes == tuple(changes(plan, Keep))


def test_the_row_that_is_left_is_not_called_renamed(sheet: Sheet) -> None:
    """Its name changes as rows before it are removed by name; that is all."""
    sheet.world.remove("openai/gpt-4o#3")
    sheet.world.remove("openai/gpt-4o")
    assert [(row["note"], row["in"]) for row in sheet.world.data] == [("b", 2.25)]
    sheet.rows = sheet.world.data
    plan = sheet.sync(price=3)
    assert (_quiet(plan), sheet.row("b")["in"]) == (True, 2.25)
    assert ([change.ours_text for change in changes(plan, Keep)], {*sheet.world.lock.entries}) == (
        ["2.25"],
        {"openai/gpt-4o"},
    )
    assert sheet.world.lock.tombstones == {}


def test_rows_that_were_renamed_are_known_when_one_of_them_goes(sheet: Sheet) -> None:
    """Before a sync has met the new id, too: nothing counts as deleted, and the price by hand stays."""
    sheet.world.rename_id("gpt-4o", "gpt-4.1")
    sheet.world.path.write_text("".join(sheet.world.text.splitlines(keepends=True)[1:2]), encoding="utf-8")
    sheet.world.listing(upstream("openai/gpt-4.1", prompt="0.000003"))
    plan = sheet.world.sync().plan
    assert [(row["note"], row["id"], row["in"]) for row in sheet.world.data] == [("b", "gpt-4.1", 2.25)]
    assert (_quiet(plan), {*sheet.world.lock.entries}) == (True, {"openai/gpt-4.1"})


def test_a_new_row_takes_no_line_of_another(sheet: Sheet) -> None:
    """What a person typed into it stays, before or behind the others."""
    sheet.rows = [{"note": "x", "id": "gpt-4o", "in": 9}, *sheet.rows, {"note": "y", "id": "gpt-4o", "in": 8}]
    plan = sheet.sync(price=3)
    assert [row["in"] for row in sheet.rows] == [9, 3, 2.25, 3, 8]
    assert _quiet(plan)


def test_a_value_that_the_first_sync_left_open_is_not_taken_from_another_row(world: World) -> None:
    """A held price has no value in the lock: once a row has come before it, nobody can tell whose it is."""
    sheet = Sheet(world, [{"note": "a", "id": "gpt-4o", "in": 0.1}])
    sheet.sync()
    sheet.rows.insert(0, {"note": "b", "id": "gpt-4o", "in": 2.25})
    sheet.sync()
    assert [row["in"] for row in sheet.rows] == [2.25, 0.1]


def test_rows_that_nothing_matched_are_no_first_sync_for_a_new_one(world: World) -> None:
    """They waited for their first sync; a row that came since did not."""
    sheet = Sheet(world, [{"note": "a", "id": "gpt-9", "in": 2}, {"note": "b", "id": "gpt-4o", "in": 2.5}])
    sheet.sync()
    sheet.rows.insert(0, {"note": "x", "id": "gpt-9", "in": 7})
    sheet.write()
    world.listing(upstream(), upstream("openai/gpt-9", prompt="0.000003"))
    world.sync()
    assert [row["in"] for row in world.data] == [7, 2, 2.5]


def test_names_with_numbers_in_a_file_with_keys_of_its_own_are_names(world: World) -> None:
    """There `x#2` is what somebody called it, and a new key is a rename."""
    world.catalog("""
        providers:
          openai:
            models:
              "x#2": {model: gpt-4o, pricing: {input: 0.0025}}
    """)
    world.listing(upstream())
    world.configure(add={"openai": "none"})
    world.sync()
    world.edit("x#2", "x")
    assert Note("renamed", "openai/x", "was openai/x#2: the same model id under a new key") in world.sync().plan.notes


STEPS = st.lists(
    st.one_of(
        st.permutations(range(6)).map(lambda order: ("order", order)),
        st.integers(0, 5).map(lambda place: ("remove", place)),
        st.integers(0, 5).map(lambda place: ("insert", place)),
        st.integers(0, 5).map(lambda place: ("type", place)),
        st.sampled_from([2.5, 3.0, 3.5]).map(lambda price: ("upstream", price)),
    ),
    max_size=12,
)


@pytest.mark.hypothesis
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(STEPS)
def test_nothing_that_was_typed_is_overwritten_and_nothing_is_called_renamed(steps: list[tuple[str, Any]]) -> None:
    """Whatever a person does to the rows between two syncs."""
    with tempfile.TemporaryDirectory() as folder:
        sheet = Sheet(World(Path(folder)), [{"note": f"n{number}", "id": "gpt-4o", "in": 2.5} for number in range(3)])
        sheet.sync()
        typed: dict[str, float] = {}
        for number, (what, value) in enumerate(steps):
            price = None
            if what == "order":
                sheet.rows = [sheet.rows[place] for place in value if place < len(sheet.rows)]
            elif what == "remove" and len(sheet.rows) > 1:
                sheet.rows.pop(value % len(sheet.rows))
            elif what == "insert" and len(sheet.rows) < 6:
                typed[f"x{number}"] = 1.5 + number / 64
                sheet.rows.insert(value, {"note": f"x{number}", "id": "gpt-4o", "in": typed[f"x{number}"]})
            elif what == "type":
                row = sheet.rows[value % len(sheet.rows)]
                typed[row["note"]] = row["in"] = 2 + number / 64
            elif what == "upstream":
                price = value
            plan = sheet.sync(price)
            assert _quiet(plan)
            for row in sheet.rows:
                assert row["in"] == typed.get(row["note"], row["in"])
