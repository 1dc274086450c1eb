"""Columns: what stands behind a number, or ends below others, stays in its column where there is one and room for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.catalog.document import parse, plain_value
from modelsync.catalog.splice import Edit, InsertKey, RemoveKey, SetScalar, splice

D = Decimal

TABLES: dict[str, tuple[str, dict[str, str], str]] = {
    "a wide gap before a comment": ("a: 10.00     # why\n", {"a": "7.5"}, "a: 7.50      # why\n"),
    "a wide gap that gets narrow": ("a: 1     # why\n", {"a": "2.55"}, "a: 2.55  # why\n"),
    "a gap without room stays": ("a: 1    # why\n", {"a": "2.55"}, "a: 2.55    # why\n"),
    "one space is enough where there was one": (
        "a: 1.5 # x\nb: 22  # y\nc: 333 # z\n",
        {"b": "2.5"},
        "a: 1.5 # x\nb: 2.5  # y\nc: 333 # z\n",
    ),
    "two spaces are how comments are written": ("a: 10.5  # why\n", {"a": "3"}, "a: 3  # why\n"),
    "but not below another comment": (
        "a: 10.5  # why\nb: 2     # how\n",
        {"a": "3"},
        "a: 3     # why\nb: 2     # how\n",
    ),
    "one space, and a comment in the same column above": (
        "a: 2    # how\nb: 10.5 # why\n",
        {"b": "3"},
        "a: 2    # how\nb: 3    # why\n",
    ),
    "a comment that goes on": ("a: 10.5 # why\n        # and how\n", {"a": "3"}, "a: 3    # why\n        # and how\n"),
    "comments in other columns": ("a: 2 # how\nb: 10.5 # why\n", {"b": "3"}, "a: 2 # how\nb: 3 # why\n"),
    "columns of a table": (
        "a:  {in: 10.5, out: 2.50 }\nbb: {in: 2,    out: 10.00}\n",
        {"a.in": "0.3", "bb.in": "0.5", "a.out": "10"},
        "a:  {in: 0.30, out: 10.00 }\nbb: {in: 0.50, out: 10.00}\n",
    ),
    "a bracket below another": (
        "a: { in: 2.50  }\nb: { in: 10.00 }\n",
        {"b.in": "7.5"},
        "a: { in: 2.50  }\nb: { in: 7.50  }\n",
    ),
    "rows that are alike by chance": (
        "a: {in: 2.5, out: 1}\nb: {in: 1.5, out: 2}\n",
        {"a.in": "3"},
        "a: {in: 3, out: 1}\nb: {in: 1.5, out: 2}\n",
    ),
    "the longest number, below padded ones": (
        "a: {in:  3.00} # x\nb: {in: 10.00} # y\n",
        {"b.in": "2"},
        "a: {in:  3.00} # x\nb: {in:  2.00} # y\n",
    ),
    "keys of other lengths are no padding": (
        "ab: 10.00\na: 333.00\n",
        {"ab": "2"},
        "ab: 2.00\na: 333.00\n",
    ),
    "numbers that end below each other": (
        "in:     3.00\nout:   15.00\ncache:  0.30\n",
        {"in": "10", "out": "7.5"},
        "in:    10.00\nout:    7.50\ncache:  0.30\n",
    ),
    "the first of them may be neighbours of the same length": (
        "in:     3.00\ncache:  0.30\nout:   15.00\n",
        {"in": "12.5"},
        "in:    12.50\ncache:  0.30\nout:   15.00\n",
    ),
    "without room they grow to the right": ("in:  3.00\nout: 15.00\n", {"out": "150"}, "in:  3.00\nout: 150.00\n"),
    "numbers that start below each other": (
        "in:    3.00\nout:   15.00\ncache: 0.30\n",
        {"in": "10"},
        "in:    10.00\nout:   15.00\ncache: 0.30\n",
    ),
    "numbers of one length start below each other": (
        "in:   3.00\nout:  2.00\n",
        {"in": "10"},
        "in:   10.00\nout:  2.00\n",
    ),
    "numbers that end below each other before comments": (
        "in:   3.00  # a\nout: 15.00  # b\n",
        {"in": "10"},
        "in:  10.00  # a\nout: 15.00  # b\n",
    ),
    "numbers in rows": (
        "a:  { in:  2.50, out: 10.00 }\nbb: { in: 10.00, out:  0.60 }\n",
        {"a.in": "12", "bb.out": "12.5"},
        "a:  { in: 12.00, out: 10.00 }\nbb: { in: 10.00, out: 12.50 }\n",
    ),
    "quoted numbers": ("a: '10.00'   # x\nb: '2.00'    # y\n", {"a": "3"}, "a: '3.00'    # x\nb: '2.00'    # y\n"),
    "tabs are left alone": ("a: 1.5\t   # x\n", {"a": "3"}, "a: 3\t   # x\n"),
    "spaces at the end of a line are no column": ("a: 1.5    \nb: 1\n", {"a": "3"}, "a: 3    \nb: 1\n"),
    "behind a byte order mark": ("\ufeffa: 10.5 # x\nb: 2    # y\n", {"a": "3"}, "\ufeffa: 3    # x\nb: 2    # y\n"),
    "CRLF": ("a: 10.5 # x\r\nb: 2    # y\r\n", {"a": "3"}, "a: 3    # x\r\nb: 2    # y\r\n"),
    "an anchor": ("a: &x 10.5   # x\n", {"a": "3"}, "a: &x 3      # x\n"),
    "a list": ("- 10.5   # x\n- 1      # y\n", {"0": "3"}, "- 3      # x\n- 1      # y\n"),
}


def at(key: str) -> tuple[str | int, ...]:
    """The path of a dotted key."""
    return tuple(int(step) if step.isdigit() else step for step in key.split("."))


@pytest.mark.parametrize("name", TABLES)
def test_columns_stay_where_a_file_has_them(name: str, edited: Callable[..., str]) -> None:
    """Whole files before and after."""
    before, values, after = TABLES[name]
    assert edited(before, *(SetScalar(at(key), D(value)) for key, value in values.items())) == after


def test_a_text_moves_what_follows(edited: Callable[..., str]) -> None:
    """Only numbers stand in columns: a name that changes leaves the space behind it as it is."""
    assert edited("a: gpt-4    # x\n", SetScalar(("a",), "o1")) == "a: o1    # x\n"


def test_other_edits_on_the_line_win(edited: Callable[..., str]) -> None:
    """Where a key is added or removed beside a number, the space there is the business of that edit."""
    row = "a: {in: 10.5,   out: 2}\n"
    edits: list[Edit] = [SetScalar(("a", "in"), 3), InsertKey(("a",), "new", 1, ("in",))]
    assert plain_value(parse(edited(row, *edits).encode(), "c").root) == {"a": {"in": 3, "new": 1, "out": 2}}
    assert edited(row, SetScalar(("a", "in"), 3), RemoveKey(("a", "out"))) == "a: {in: 3}\n"


@given(random=st.randoms(use_true_random=False))
def test_only_numbers_and_runs_of_spaces_beside_them_change(random: Random) -> None:
    """In tables of any spacing: outside the numbers that are set, the file without its spaces is the same, and every run of
    spaces is still one.
    """
    keys = ["in", "out", "cache"]
    rows = "".join(
        f"m{n}:{' ' * random.randint(1, 3)}{{ "
        + f",{' ' * random.randint(1, 4)}".join(
            f"{key}:{' ' * random.randint(1, 3)}{random.choice(['1', '2.50', '10.00', '0.075', '450_000'])}"
            for key in keys
        )
        + f"{' ' * random.randint(0, 3)}}}{random.choice(['', ' # x', '  # y', '     # z'])}\n"
        for n in range(4)
    )
    document = parse(rows.encode(), "c")
    paths = random.sample([(f"m{n}", key) for n in range(4) for key in keys], random.randint(1, 6))
    value = random.choice([D("3"), D("12.5"), D("0.00002"), D("1000000")])
    after = splice(document, [SetScalar(path, value) for path in paths]).data.decode()
    assert skeleton(after) == skeleton(rows)
    wanted = {f"m{n}": {key: float(document_value(rows, n, key)) for key in keys} for n in range(4)}
    for model, key in paths:
        wanted[model][key] = float(value)
    read: Any = plain_value(parse(after.encode(), "c").root)
    assert {model: {key: float(item) for key, item in row.items()} for model, row in read.items()} == wanted


def document_value(rows: str, number: int, key: str) -> str:
    """What a row says for a key."""
    found = re.search(rf"{key}: +([0-9._]+)", rows.splitlines()[number])
    assert found is not None
    return found[1].replace("_", "")


def skeleton(text: str) -> str:
    """A text with each number, and each run of spaces, as one mark."""
    return re.sub(r"(?<=: )[0-9._]+", "N", re.sub(" +", " ", text))
