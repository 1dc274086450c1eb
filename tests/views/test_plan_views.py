"""A plan as text and as JSON: complete, safe, and as documented."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from modelsync.domain import fields
from modelsync.domain.lock import Lock
from modelsync.planning.changes import (
    Add,
    Change,
    Digests,
    FieldChange,
    Hold,
    Keep,
    Note,
    Plan,
    Remove,
    RenameEntry,
    Update,
)
from modelsync.views.json import render, render_error
from modelsync.views.lines import plain_text, report_lines
from modelsync.views.report import counts, report_of

if TYPE_CHECKING:
    from pathlib import Path

ESC = "\x1b[31m\u202e\n"
PRICE = FieldChange(fields.INPUT_PRICE, Decimal("0.000005"), Decimal("0.0000025"), "0.005")
CHANGES: dict[str, Change] = {
    "update": Update("openai", "gpt-4o", "openai/gpt-4o", (PRICE, FieldChange(fields.FEATURES, ("vision",), ("vision", "tools")), FieldChange(fields.DESCRIPTION, None, f"News{ESC}")), "upstream changed"),
    "add": Add("openai", "o4", "openai/o4", {fields.MODEL: "o4", fields.DESCRIPTION: f"New{ESC}", fields.CONTEXT_LENGTH: 200000, fields.INPUT_PRICE: Decimal("0.000001"), fields.FEATURES: ("vision",)}, "new upstream"),
    "remove": Remove("gemini", "old", "google/old", "gone upstream since 2026-02-01"),
    "rename": RenameEntry("openai", "fast", "quick"),
    "hold": Hold("anthropic", "s", "anthropic/s", "update", "line 5: `x` is not a list", "Edit it by hand.", (PRICE,)),
    "keep": Keep("openai", "mini", fields.INPUT_PRICE, Decimal("0.0000021"), Decimal("0.000002"), "set by hand", "0.0021"),
}  # fmt: skip
KINDS = (
    "lock",
    "incomplete",
    "outdated",
    "quarantined",
    "listing",
    "stale",
    "expiring",
    "rematched",
    "renamed",
    "deleted",
    "ambiguous",
    "unknown",
    "unlisted",
    "doubt",
    "present",
    "forgotten",
    "variable",
    "unmanaged",
    "not-added",
    "settings",
    "shrunken",
    "vanished",
    "asked",
    "dropped",
    "comment",
    "unreachable",
    "pins",
    "rows",
    "unpriced",
    "not-served",
    "other",
)
NOTES = tuple(Note(kind, f"openai/{kind}", f"text of {kind}") for kind in KINDS)


def make_plan(*changes: Change, notes: tuple[Note, ...] = (), first_sync: bool = False) -> Plan:
    """Make a plan of these changes."""
    return Plan(
        changes, notes, Lock("1k", "default"), "1k", Digests("c", "l", "u"), "snapshot", "2026-08-21", first_sync
    )


def text(plan: Plan, *, verbose: bool = False) -> str:
    """Render as in a pipe."""
    return plain_text(report_lines(report_of(plan, "llm_models.yml"), verbose=verbose))


def as_json(plan: Plan) -> dict[str, Any]:
    """Render as JSON, and read it."""
    return json.loads(render(report_of(plan, "c.yml")))


EVERYTHING = make_plan(*CHANGES.values(), notes=NOTES, first_sync=True)


class TestText:
    """Ten seconds for a reviewer."""

    def test_every_change_has_its_line(self) -> None:
        """Each key with its mark, grouped by provider in a stable order."""
        shown = text(EVERYTHING)
        for mark, key in (("~", "gpt-4o"), ("+", "o4"), ("-", "old"), ("~", "fast"), ("!", "s"), ("=", "mini")):
            assert re.search(rf"^  {re.escape(mark)} {key}  ", shown, re.MULTILINE), key
        assert [line for line in shown.splitlines() if line in ("anthropic", "gemini", "openai")] == [
            "anthropic",
            "gemini",
            "openai",
        ]
        backwards = replace(EVERYTHING, changes=tuple(reversed(EVERYTHING.changes)), notes=NOTES[::-1])
        assert text(backwards) == shown

    def test_a_price_has_both_values_both_units_and_the_move(self) -> None:
        """Per 1K as in the file, per 1M as people quote, and the percentage."""
        line = next(line for line in text(make_plan(CHANGES["update"])).splitlines() if fields.INPUT_PRICE in line)
        for part in ("0.005 → 0.0025", "-50.0%", "$5.00 → $2.50 per 1M"):
            assert part in line

    @pytest.mark.parametrize(
        ("names", "said"),
        [
            (["windows.0100-0400.input", "windows.0100-0400.output"], "priced only by windows"),
            (["batch.input", "image"], "priced only by other rates, batch prices"),
            (["input", "tiers.200000.input"], "$1.00 per 1M, and tiers"),
            (["input", "output"], "$1.00 / $1.00 per 1M\n"),
            ([], "price unknown"),
        ],
        ids=["windows", "batch", "tiers", "usual", "none"],
    )
    def test_an_addition_tells_which_prices_it_has(self, names: list[str], said: str) -> None:
        """Unknown is only said where not one is known."""
        values = {fields.MODEL: "o4", **{f"pricing.{name}": Decimal("0.000001") for name in names}}
        shown = text(make_plan(Add("openai", "o4", "openai/o4", values, "new upstream")))
        assert said in shown
        assert ("price unknown" in shown) == (not names)

    def test_what_is_held_and_kept_says_why_and_what_to_do(self) -> None:
        """Reason, values of both sides, way out."""
        shown = text(make_plan(CHANGES["hold"], CHANGES["keep"]))
        for part in ("line 5: `x` is not a list", "Edit it by hand.", "0.0021", "0.002", "set by hand"):
            assert part in shown

    def test_every_note_is_shown_under_a_heading(self) -> None:
        """No kind of note is forgotten."""
        shown = text(EVERYTHING)
        for kind in KINDS:
            assert f"text of {kind}" in shown

    def test_many_models_not_added_are_cut_unless_verbose(self) -> None:
        """A dozen, and how to see the rest; other notes are never cut."""
        notes = tuple(Note("not-added", f"openai/m{number:02}", "excluded") for number in range(20))
        notes += tuple(Note("unknown", f"openai/u{number:02}", "x") for number in range(20))
        assert "and 8 more (--verbose shows all)" in text(make_plan(notes=notes))
        assert text(make_plan(notes=notes)).count("openai/u") == 20
        assert text(make_plan(notes=notes), verbose=True).count("openai/m") == 20

    def test_the_summary_counts(self) -> None:
        """One line; and one that says so when there is nothing."""
        assert "1 updated, 1 renamed, 1 added, 1 removed, 1 held, 1 kept." in text(EVERYTHING)
        assert text(make_plan()).endswith("Nothing to do: the catalog agrees with upstream.\n")
        assert sum(counts(EVERYTHING.changes).values()) == len(CHANGES)

    @pytest.mark.parametrize(
        "kind",
        ["lock", "incomplete", "outdated", "shrunken", "stale", "rows", "ambiguous", "unknown", "unlisted", "present"],
    )
    def test_nothing_is_said_to_agree_that_may_not(self, kind: str) -> None:
        """A warning, or a model that upstream lacks: then there is nothing to do, and that is all."""
        assert text(make_plan(notes=(Note(kind, "openai/x", "y"),))).endswith("\nNothing to do.\n")
        assert text(make_plan(notes=(Note("not-added", "openai/x", "y"),))).endswith("agrees with upstream.\n")

    def test_an_edit_by_name_has_asked_nobody(self) -> None:
        """Without a listing nothing is known of upstream."""
        assert text(replace(make_plan(), source="", day="")).endswith("\nNothing to do.\n")

    @pytest.mark.parametrize(
        ("field", "ours", "reason", "said"),
        [
            (fields.INPUT_PRICE, "0,002", "set by hand", "cannot be read as a price"), (fields.INPUT_PRICE, "x", "set by hand while upstream had none", "cannot be read as a price"),
            (fields.INPUT_PRICE, "x", "pinned", "pinned; cannot be read as a price"), (fields.CONTEXT_LENGTH, "128k", "set by hand", "cannot be read as a number"),
        ],
    )  # fmt: skip
    def test_a_value_that_cannot_be_read_is_not_called_set_by_hand(
        self, field: str, ours: str, reason: str, said: str
    ) -> None:
        """What stands there, and what is wrong with it."""
        kept = Keep("openai", "mini", field, None, 5 if field == fields.CONTEXT_LENGTH else Decimal(1), reason, ours)
        assert f"  {field} stays {ours}, upstream says " in text(make_plan(kept))
        assert f": {said}\n" in text(make_plan(kept))

    def test_nothing_of_upstreams_steers_a_terminal(self) -> None:
        """Escape sequences, bidi controls and line breaks are spelled out wherever they come from."""
        nasty = [
            Add("openai", ESC, ESC, {fields.MODEL: ESC, fields.DESCRIPTION: ESC, fields.FEATURES: (ESC,)}, ESC),
            Update("openai", ESC, ESC, (FieldChange(fields.DESCRIPTION, ESC, ESC, ESC), FieldChange(fields.FEATURES, (ESC,), (ESC, "x"), ESC), FieldChange(fields.CONTEXT_LENGTH, None, 5, ESC)), ESC),
            Remove("openai", ESC, ESC, ESC), RenameEntry("openai", ESC, ESC), Hold(ESC, ESC, ESC, ESC, ESC, ESC, (FieldChange(fields.MODEL, None, ESC, ESC),)), Keep("openai", ESC, fields.INPUT_PRICE, None, Decimal(1), ESC, ESC),
        ]  # fmt: skip
        plan = replace(make_plan(*nasty, notes=tuple(Note(kind, ESC, ESC) for kind in KINDS)), source=ESC)
        lines = list(report_lines(report_of(plan, ESC)))
        assert not any(letter in content for line in lines for _, content in line for letter in ESC[0] + "\u202e\n\r")
        render(report_of(plan, ESC)).encode("ascii")


class TestJson:
    """The documented shape."""

    def test_the_object_has_the_documented_fields(self, repo: Path) -> None:
        """Exactly those that docs/json.md lists, in one object with a final newline."""
        documented = _documented(repo)
        whole = as_json(EVERYTHING)
        assert set(whole) == set(documented["object"])
        assert set(whole["summary"]) == {"updated", "renamed", "added", "removed", "held", "kept"}
        assert [note["kind"] for note in whole["notes"]] == list(KINDS)
        assert set(documented["notes"]) == set(KINDS)
        assert render(report_of(EVERYTHING, "c")).endswith("}\n")

    @pytest.mark.parametrize("kind", CHANGES)
    def test_each_kind_of_change_has_its_documented_fields(self, repo: Path, kind: str) -> None:
        """Besides prices per token, which come along with prices."""
        (change,) = as_json(make_plan(CHANGES[kind]))["changes"]
        assert change["kind"] == kind
        named = {name for name in change if not name.endswith("_usd_per_token")}
        assert named == {"kind", "provider", "key", *_documented(repo)[kind]}

    def test_prices_are_exact_strings(self) -> None:
        """In the file's unit and per token, never a float."""
        field = as_json(make_plan(CHANGES["update"]))["changes"][0]["fields"][0]
        assert field == {
            "field": "pricing.input", "old_text": "0.005", "old": "0.005", "old_usd_per_token": "0.000005",
            "new": "0.0025", "new_usd_per_token": "0.0000025", "percent": "-50.0%",
        }  # fmt: skip
        values = as_json(make_plan(CHANGES["add"]))["changes"][0]["values"]
        assert (values["pricing.input"], values["pricing.input_usd_per_token"], values["context_length"]) == (
            "0.001",
            "0.000001",
            200000,
        )
        keep = as_json(make_plan(CHANGES["keep"]))["changes"][0]
        assert (keep["ours"], keep["theirs"], keep["theirs_usd_per_token"]) == ("0.0021", "0.002", "0.000002")

    def test_what_upstream_says_comes_through_whole(self) -> None:
        """Escaped by JSON, unchanged for whoever reads it."""
        assert as_json(make_plan(CHANGES["add"]))["changes"][0]["values"]["description"] == f"New{ESC}"

    def test_an_error_is_an_object_too(self) -> None:
        """With message, hint and exit code."""
        assert json.loads(render_error(f"bad{ESC}", hint="do", exit_code=5)) == {"version": 1, "error": f"bad{ESC}", "hint": "do", "exit_code": 5}  # fmt: skip


def _documented(repo: Path) -> dict[str, list[str]]:
    """Read the fields that docs/json.md promises: of the object, of each kind of change, and the kinds of notes."""
    promised: dict[str, list[str]] = {"object": []}
    for line in (repo / "docs" / "json.md").read_text(encoding="utf-8").splitlines():
        cells = [re.findall(r"`([^`]+)`", cell) for cell in line.strip("|").split("|")]
        if not line.startswith("| `") or len(cells) != 2:
            continue
        if cells[0] == ["notes"]:
            promised["notes"] = cells[1][1:]
        if len(cells[0]) == 1 and cells[0][0] in CHANGES:
            promised[cells[0][0]] = cells[1]
        else:
            promised["object"] += cells[0]
    return promised
