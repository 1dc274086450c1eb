"""A report as workflow commands, read as GitHub's runner reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from modelsync.domain import fields
from modelsync.planning.changes import Add, Change, FieldChange, Hold, Keep, Note, Remove, RenameEntry, Update
from modelsync.views.github import SHOWN, render, render_error
from modelsync.views.report import HEADINGS, Report

WARNINGS = [kind for kind, heading in HEADINGS.items() if heading == "Warning"]


class Command(NamedTuple):
    """A workflow command as the runner understands it."""

    kind: str
    properties: dict[str, str]
    text: str


def commands(output: str) -> list[Command]:
    """Read output as the runner does; every line must be one of our commands."""
    assert output.endswith("\n")
    return [_command(line) for line in output.split("\n")[:-1]]


def remarks(output: str) -> list[Command]:
    """Read what comes after the notice that sums up, which always comes first."""
    first, *others = commands(output)
    assert (first.kind, first.properties["title"], first.properties["line"]) == ("notice", "modelsync", "1")
    return others


def _command(line: str) -> Command:
    assert not any(ord(letter) < 32 for letter in line), line
    nothing, head, text = line.split("::", 2)
    kind, _, given_properties = head.partition(" ")
    assert (nothing, kind in {"warning", "notice", "error"}) == ("", True), line
    pairs = [pair.partition("=") for pair in given_properties.split(",")]
    return Command(
        kind, {name: _decoded(value, {"%3A": ":", "%2C": ","}) for name, _, value in pairs}, _decoded(text, {})
    )


def _decoded(text: str, more: dict[str, str]) -> str:
    for code, letter in {"%0D": "\r", "%0A": "\n", **more, "%25": "%"}.items():
        text = text.replace(code, letter)
    return text


def line_of(provider: str, key: str) -> int:
    """Pretend that each entry starts on a line of its own."""
    return 10 * len(provider) + len(key)


def report(*changes: Change, notes: tuple[Note, ...] = ()) -> Report:
    """Make a report."""
    return Report("config/llm models,100%.yml", "openrouter", "2026-08-21", "1k", changes, notes)


def repriced(key: str, old: str = "0.000001", new: str = "0.000002") -> Update:
    """Make an update of one price and a limit."""
    moved = FieldChange(fields.INPUT_PRICE, Decimal(old), Decimal(new), "")
    return Update("openai", key, f"openai/{key}", (moved, FieldChange(fields.CONTEXT_LENGTH, 1, 2)), "upstream changed")


HELD = Hold("anthropic", "a", "anthropic/a", "update", "comes through an alias", "Edit it by hand.")
REMOVED = Remove("openai", "r", "openai/r", "gone upstream since 2026-02-01")


def test_what_is_held_is_a_warning_at_its_entry() -> None:
    """With the path as typed, the line, the reason and the way out."""
    (found,) = remarks(render(report(HELD), line_of))
    place = {"file": "config/llm models,100%.yml", "line": str(line_of("anthropic", "a")), "title": "Held: anthropic/a"}
    assert found == Command("warning", place, "comes through an alias. Edit it by hand.")


def test_removals_and_prices_are_notices() -> None:
    """Removals first; a price with both values in the catalog's unit and its percentage, nothing of other fields."""
    removed, priced = remarks(render(report(repriced("p"), REMOVED), line_of))
    assert (removed.kind, removed.properties["title"], removed.text) == ("notice", "Removed: openai/r", REMOVED.reason)
    assert (priced.kind, priced.properties["title"]) == ("notice", "Price of openai/p")
    assert priced.text == "pricing.input 0.001 → 0.002 (+100.0%); USD per 1K tokens"
    assert priced.properties["line"] == str(line_of("openai", "p"))


def test_prices_of_one_entry_are_one_notice() -> None:
    """The entry with the largest move first."""
    both = (
        FieldChange(fields.OUTPUT_PRICE, None, Decimal(0), "a lot"),
        FieldChange(fields.INPUT_PRICE, Decimal(2), Decimal(1)),
    )
    small, large = repriced("small", "1", "1.1"), Update("openai", "z", "openai/z", both, "upstream changed")
    assert [found.text for found in remarks(render(report(small, large), line_of))] == [
        "pricing.output a lot → 0 (was unreadable), pricing.input 2000 → 1000 (-50.0%); USD per 1K tokens",
        "pricing.input 1000 → 1100 (+10.0%); USD per 1K tokens",
    ]


@pytest.mark.parametrize("kind", HEADINGS)
def test_warnings_about_the_listing_are_warnings(kind: str) -> None:
    """At the catalog's first line; other notes are for the summary."""
    found = remarks(render(report(notes=(Note(kind, "openrouter", "50% is gone"),)), line_of))
    told = [(one.kind, one.properties["title"], one.properties["line"], one.text) for one in found]
    assert told == ([("warning", "openrouter", "1", "50% is gone")] if kind in WARNINGS else [])


def test_what_needs_no_attention_is_not_annotated() -> None:
    """Additions, renames, kept values and other fields are in the summary only."""
    other = Update("openai", "u", "openai/u", (FieldChange(fields.CONTEXT_LENGTH, 1, 2),), "upstream changed")
    quiet = (
        Add("openai", "n", "openai/n", {}, "new upstream"),
        RenameEntry("openai", "a", "b"),
        Keep("openai", "k", fields.INPUT_PRICE, None, Decimal(1), "set by hand"),
        other,
    )
    assert remarks(render(report(*quiet), line_of)) == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (report(), "plan: nothing to do; the catalog stays as it is"),
        (report(HELD), "plan: 1 held; the catalog stays as it is"),
        (replace(report(repriced("p"), REMOVED), applied=True), "applied: 1 price changed, 1 updated, 1 removed"),
        (replace(report(REMOVED), source="HEAD", day=""), "compared with HEAD: 1 removed"),
        (replace(report(), source="HEAD", day=""), "compared with HEAD: no differences"),
    ],
    ids=["nothing", "held", "applied", "compared", "same"],
)  # fmt: skip
def test_the_first_notice_sums_up(made: Report, said: str) -> None:
    """Whatever else is shown or not, so that nothing is hidden where there is no step summary."""
    assert commands(render(made, line_of))[0].text == said


def test_a_price_that_cannot_be_read_is_a_warning() -> None:
    """At its entry, with what stands there and what upstream says; other values that are kept are not."""
    kept = Keep("openai", "k", fields.INPUT_PRICE, None, Decimal("0.000002"), "set by hand", "0,002")
    other = replace(kept, field=fields.OUTPUT_PRICE, ours=Decimal(1), ours_text="1000")
    (found,) = remarks(render(report(other, kept), line_of))
    assert (found.kind, found.properties["title"]) == ("warning", "pricing.input of openai/k")
    assert found.text == "0,002: cannot be read as a price; upstream says 0.002"
    assert found.properties["line"] == str(line_of("openai", "k"))


@pytest.mark.parametrize("count", [SHOWN - 1, SHOWN, SHOWN + 1, 5000])
def test_never_more_than_github_shows(count: int) -> None:
    """Up to ten of a kind are shown; beyond that the tenth counts the others, so that none is lost silently."""
    held = [replace(HELD, key=f"k{number:05}") for number in range(count)]
    priced = [repriced(f"k{number:05}", "1", str(number + 2)) for number in range(count)]
    asked: list[tuple[str, str]] = []

    def counting(provider: str, key: str) -> int:
        asked.append((provider, key))
        return 1

    found = remarks(render(report(*held, *priced), counting))
    assert len(asked) <= 2 * SHOWN
    for kind, room in (("warning", SHOWN), ("notice", SHOWN - 1)):  # one notice sums up
        mine = [one for one in found if one.kind == kind]
        if count <= room:
            assert len(mine) == count
        else:
            assert len(mine) == room
            assert mine[-1].text == f"and {count - room + 1} more of these {kind}s"
    assert next(one for one in found if one.kind == "notice").properties["title"] == f"Price of openai/k{count - 1:05}"


HOSTILE = ("\n::error::x", "\r::set-output name=a::b", "a::b", "::", "%0A::error::x", "a,file=/etc/passwd", "a:b=c", "%25", "%", "\x1b[2J", "\u2028::warning::x", "##[error]x", "\x85::error::x", "\0", "x" * 5000)  # fmt: skip


@pytest.mark.parametrize("word", HOSTILE, ids=lambda word: ascii(word)[:30])
def test_upstream_text_gives_no_command_of_its_own(word: str) -> None:
    """Wherever it stands, the runner reads our commands, with our properties."""
    _check(word)


@given(
    st.text(st.characters())
    | st.lists(st.sampled_from(["::", "\n", "\r", "%", "error", ",", "=", " ", "line", "0A"])).map("".join)
)
def test_no_text_gives_a_command_of_its_own(word: str) -> None:
    """Whatever it is made of."""
    _check(word)


def _check(word: str) -> None:
    moved = FieldChange(f"pricing.{word}", Decimal(1), None, word)
    changes = (
        Hold(word, word, word, word, word, word),
        Remove(word, word, word, word),
        Update(word, word, word, (moved,), word),
        Keep(word, word, fields.INPUT_PRICE, None, Decimal(1), word, word or "x"),
    )
    notes = tuple(Note(kind, word, word) for kind in WARNINGS)
    found = remarks(render(replace(report(*changes, notes=notes), catalog=word), line_of))
    assert [one.kind for one in found] == ["warning"] * (len(WARNINGS) + 2) + ["notice"] * 2
    assert all(set(one.properties) == {"file", "line", "title"} for one in found)
    (error,) = commands(render_error(word or "x", hint=word))
    assert (error.kind, set(error.properties)) == ("error", {"title"})


@pytest.mark.parametrize("text", ["%0A::error::x", "100%25 of 50%", "a:b,c", "%3A%2C", "%"])
def test_text_arrives_as_it_was(text: str) -> None:
    """What looks like an escape is no escape: path, title and message are what they were."""
    removed = replace(REMOVED, key=text, reason=text)
    (found,) = remarks(render(replace(report(removed), catalog=text), line_of))
    assert found.text == text
    assert (found.properties["file"], found.properties["title"]) == (text, f"Removed: openai/{text}")


def test_an_error_is_one_command() -> None:
    """With message and hint as two lines of it."""
    assert commands(render_error("100% wrong", hint="Do: this, that.")) == [
        Command("error", {"title": "modelsync"}, "100% wrong\nDo: this, that.")
    ]
    assert commands(render_error("wrong", hint=""))[0].text == "wrong"


def test_the_same_report_gives_the_same_bytes() -> None:
    """In whatever order changes and notes were put together."""
    changes = (repriced("b"), repriced("a"), HELD, replace(HELD, key="b"), REMOVED, replace(REMOVED, key="b"))
    notes = tuple(Note(kind, subject, "text") for kind in WARNINGS for subject in ("a", "b"))
    assert render(report(*changes, notes=notes), line_of) == render(report(*changes[::-1], notes=notes[::-1]), line_of)
