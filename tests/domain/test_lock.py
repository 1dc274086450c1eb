"""The lock's format: deterministic, one line an entry, and damage is named."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.domain.lock import VERSION, Base, Held, Kept, Lock, LockEntry, base_value, stored
from modelsync.domain.lock_format import decode, encode
from modelsync.errors import LockInvalid

DAYS = st.dates().map(str)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
STORED = st.none() | NAMES | st.integers(0, 2**53) | st.booleans() | st.lists(NAMES, max_size=3)
BASES = st.dictionaries(NAMES, st.builds(Base, STORED, NAMES, DAYS), max_size=4)
KEPT = st.dictionaries(NAMES, st.builds(Kept, NAMES, STORED, NAMES, DAYS), max_size=2)
HELD = st.dictionaries(NAMES, st.builds(Held, NAMES, STORED, DAYS, NAMES), max_size=2)
FOREIGN = st.lists(NAMES, max_size=2).map(tuple)
ENTRIES = st.builds(LockEntry, NAMES, NAMES, BASES, KEPT, HELD, NAMES, st.just("") | DAYS, foreign=FOREIGN)
LOCKS = st.builds(
    Lock, st.sampled_from(["1k", "1m"]), st.just("default"), st.dictionaries(NAMES, ENTRIES, max_size=4), st.dictionaries(NAMES, DAYS, max_size=3), st.dictionaries(NAMES, DAYS, max_size=3), additions=HELD
)  # fmt: skip

SMALL = Lock(
    "1k",
    "default",
    {
        "openai/gpt-4o": LockEntry(
            "openai/gpt-4o", "gpt-4o", {"pricing.input": Base("0.0000025", "openrouter", "2026-03-01")}
        ),
        "anthropic/x": LockEntry(
            "anthropic/x",
            "x",
            {},
            kept={"pricing.input": Kept("0.1", "0.2", "openrouter", "2026-03-04")},
            held={"features": Held("not a list", ["vision"], "2026-03-05", "gemini")},
            kind="image",
            missing_since="2026-03-02",
        ),
    },
    {"openai:openai/o4": "2026-03-03"},
)
TEXT = """\
{
"version": 1,
"catalog": "",
"unit": "1k",
"preset": "default",
"entries": {
  "anthropic/x": {"upstream":"anthropic/x","model":"x","base":{},"kept":{"pricing.input":["0.1","0.2","openrouter","2026-03-04"]},"held":{"features":["not a list",["vision"],"2026-03-05","gemini"]},"kind":"image","missing_since":"2026-03-02"},
  "openai/gpt-4o": {"upstream":"openai/gpt-4o","model":"gpt-4o","base":{"pricing.input":["0.0000025","openrouter","2026-03-01"]}}
},
"tombstones": {
  "openai:openai/o4": "2026-03-03"
},
"waiting": {},
"pruned": {}
}
"""


def invalid(data: bytes) -> LockInvalid:
    """Decode what must be refused."""
    with pytest.raises(LockInvalid) as caught:
        decode(data, "x.lock.json")
    assert str(caught.value).startswith("x.lock.json")
    return caught.value


def test_the_text() -> None:
    """One line an entry, sorted, without what is empty."""
    lines = encode(SMALL).decode().splitlines()
    assert [line.partition(":")[0] for line in lines] == [line.partition(":")[0] for line in TEXT.splitlines()]
    assert json.loads(encode(SMALL)) == json.loads(TEXT)


@given(LOCKS)
def test_round_trip(lock: Lock) -> None:
    """What is written is read back the same, and written again byte for byte."""
    data = encode(lock)
    assert decode(data, "lock") == lock
    assert encode(decode(data, "lock")) == data


@given(LOCKS)
def test_one_line_an_entry_sorted_whatever_the_order(lock: Lock) -> None:
    """The order in which entries came does not show; every entry has one line of its own."""
    backwards = Lock(
        lock.unit, lock.preset, dict(reversed(lock.entries.items())), dict(reversed(lock.tombstones.items())), dict(reversed(lock.pruned.items())),
        additions=dict(reversed(lock.additions.items())),
    )  # fmt: skip
    data = encode(lock)
    assert encode(backwards) == data
    sections = (lock.entries, lock.tombstones, lock.pruned, lock.additions)
    closing = sum(map(bool, sections))
    assert data.count(b"\n") == 10 + sum(map(len, sections)) + closing + bool(lock.additions)
    assert data.endswith(b"}\n")


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("pricing.input", Decimal("0.00002"), "0.00002"), ("pricing.input", Decimal(0), "0"), ("pricing.input", None, None), ("context_length", 128000, 128000),
        ("features", ("b", "a"), ["a", "b"]), ("description", "any prose", True), ("model", "gpt-4o", True), ("description", None, None),
    ],
)  # fmt: skip
def test_what_is_kept_of_a_value(field: str, value: Any, kept: object) -> None:
    """Prices as plain text, features sorted, prose only as being there."""
    assert stored(field, value) == kept
    again = base_value(field, Base(stored(field, value), "s", "2026-03-01"))
    if isinstance(value, Decimal | int):
        assert again == value
    elif isinstance(value, tuple):
        assert again == ("a", "b")
    else:
        assert (again is None) is (value is None)


def test_a_base_that_cannot_be_read_is_none() -> None:
    """A price that is no number, features that are no list."""
    assert base_value("pricing.input", Base(5, "s", "d")) is None
    assert base_value("pricing.input", Base("x", "s", "d")) is None
    assert base_value("features", Base("x", "s", "d")) == ()


class TestDamage:
    """Exit 5, naming the line."""

    @pytest.mark.parametrize("marker", ["<<<<<<< HEAD", ">>>>>>> theirs"])
    @pytest.mark.parametrize("number", [1, 6, 12])
    def test_conflict_markers(self, marker: str, number: int) -> None:
        """A merge that was not finished, wherever it is."""
        lines = TEXT.splitlines(keepends=True)
        error = invalid("".join([*lines[: number - 1], marker + "\n", *lines[number - 1 :]]).encode())
        assert (error.line, "conflict markers" in error.problem) == (number, True)
        assert "either side" in error.hint

    def test_markers_inside_a_value_are_data(self) -> None:
        """A source may be called anything."""
        lock = Lock("1k", "default", {"a": LockEntry("u", "<<<<<<< m", {})})
        assert decode(encode(lock), "x") == lock

    @pytest.mark.parametrize(
        ("old", "new", "line"),
        [
            ('"anthropic/x": {', '"anthropic/x": ', 7), ('"pruned": {}', '"pruned": {', 15), ('"version": 1,', '"version": 1', 3), ('"upstream":"openai/gpt-4o"', '"upstream":5', 8),
            ('"base":{}', '"base":[]', 7), ('"2026-03-02"}', '"someday"}', 7), ('"2026-03-02"}', '"2026-13-45"}', 7), ('["0.0000025","openrouter","2026-03-01"]', '["0.0000025"]', 8), ('"2026-03-03"', "3", 11),
            ('"2026-03-04"', '"x"', 7), ('["0.1","0.2"', '["0.1","cheap"', 7), ('"2026-03-05"', '"x"', 7), ('["0.1","0.2"', '["0.1"', 7), ('"kept":{', '"kept":{"y":"0.1",', 7),
        ],
        ids=str,
    )  # fmt: skip
    def test_the_line_is_named(self, old: str, new: str, line: int) -> None:
        """A missing brace, a wrong type, a day or a price that is none, a hand-set value without upstream's."""
        data = TEXT.replace(old, new).encode()
        assert decode(TEXT.encode(), "x") == SMALL
        error = invalid(data)
        assert error.line == line
        assert "restore" in error.hint

    @pytest.mark.parametrize(
        ("old", "new"), [('"2026-03-06"', '"someday"'), ('["too dear",', "["), ('["too dear",', '[["too dear"],')]
    )
    def test_the_line_of_an_addition_is_named(self, old: str, new: str) -> None:
        """A model that was held back has a reason, an upstream id and a day."""
        lock = Lock("1k", "default", additions={"openai/x": Held("too dear", "openai/x", "2026-03-06")})
        data = encode(lock)
        assert decode(data, "x") == lock
        assert invalid(data.replace(old.encode(), new.encode())).line == 11

    @pytest.mark.parametrize("data", [b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"version": 1}', b'{"version": "1"}', b"[" * 100_000, TEXT.encode()[:-20], b'{"version":1,"unit":"1k","preset":"d","entries":{"a":5}}'])  # fmt: skip
    def test_what_is_no_lock(self, data: bytes) -> None:
        """Whatever it is, it is refused, not crashed on."""
        assert "damaged" in invalid(data).problem

    def test_a_newer_version(self) -> None:
        """Never read by an older program, whatever else is in it."""
        error = invalid(b'{"version": %d, "entirely": "new"}' % (VERSION + 1))
        assert "newer modelsync" in error.problem
        assert error.hint == "Upgrade modelsync."

    def test_unknown_fields_of_this_version_are_read_over(self) -> None:
        """A line with more in it is still a line."""
        assert decode(TEXT.replace('"model":"x"', '"model":"x","note":1').encode(), "x") == SMALL
