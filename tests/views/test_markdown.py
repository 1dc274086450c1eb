"""A report as Markdown, read by a Markdown library: no broken table, no link, no HTML but the folds, never too long."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from modelsync.domain import fields
from modelsync.fetch.listing import Surroundings
from modelsync.pipeline.syncing import sync_project
from modelsync.planning.changes import Add, Change, FieldChange, Hold, Keep, Note, Remove, RenameEntry, Update
from modelsync.planning.context import Options
from modelsync.project import Project
from modelsync.settings import Settings
from modelsync.views.gfm import Section, bullets, code, page, prose, table
from modelsync.views.markdown import LONGEST_BYTES, render
from modelsync.views.report import HEADINGS, Report, report_of
from modelsync.views.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

    from modelsync.fetch.exchange import Call, Response

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
BLOCKS = {"paragraph", "heading", "table", "thead", "tbody", "tr", "th", "td", "bullet_list", "list_item"}
FOLD = re.compile(r"<details><summary>[A-Z][A-Za-z ,']+: \d+</summary>\n|</details>\n")
LINKED = re.compile(  # what GitHub makes of bare text after Markdown is done with it
    r"@\w|#\d|\bGH-\d|\b[0-9a-fA-F]{7,40}\b|https?:/|www\.|\w@\w|\$|:\w+:|[\[\]<>&*_~\\|]"
)

HOSTILE = (
    "|", "a|b", "\\|", "\\\\|", "a\\", "\\", "`", "``a```", "` `", " `a` ", "a` | `b", "x`y z`", "<script>alert(1)</script>", "<!-- x", "</details>",
    "</summary>", "<b>x</b>", "<https://example.com>", "[x](javascript:alert(1))", "![x](http://example.com/x.png)", "[x]: http://example.com",
    "https://example.com/a_b", "www.example.com", "me@example.com", "@octocat", "(@octocat)", "#123", "GH-123", "octo/repo#1", "deadbeef",
    "0123456789abcdef", "a\nb", "\r\n| x |", "| --- |", "---", "===", "# x", "- x", "1. x", "> x", "```\nx", "&lt;b&gt;", "&#124;", "**x**", "_x_",
    "~~x~~", "$x$", ":tada:", "\u202egpj", "\x1b[31m", "a\u200bb", "\u2028", "\u00a0", "\t", "\ud800", "\0", "::error::x", "##[error]x",
    "Größe 🐬 模型", "x" * 10_000, "|" * 300, "`" * 300, "\U0010ffff" * 300, " ", "",
)  # fmt: skip


class Cell(NamedTuple):
    """What a reader sees in one inline run: bare text, and the code spans."""

    bare: str
    codes: list[str]


class Page(NamedTuple):
    """What a Markdown reader finds."""

    cells: list[Cell]
    tables: list[list[list[str]]]
    headings: list[str]
    folds: list[str]

    @property
    def codes(self) -> set[str]:
        """Every code span of the page."""
        return {text for cell in self.cells for text in cell.codes}

    def table(self, *head: str) -> list[list[str]]:
        """The rows of the table that has this header."""
        return next(rows[1:] for rows in self.tables if tuple(rows[0]) == head)


def read(text: str) -> Page:
    """Read a page, and check what holds of every page."""
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert len(text.encode()) <= LONGEST_BYTES
    tokens = READER.parse(text)
    folds = [token.content for token in tokens if token.type == "html_block"]
    assert [fold for fold in folds if not FOLD.fullmatch(fold)] == []
    assert folds == [fold for pair in zip(folds[::2], folds[1::2], strict=True) for fold in pair]
    assert all(("<details>" in fold) == (number % 2 == 0) for number, fold in enumerate(folds))
    for token in tokens:
        assert token.type in {"inline", "html_block"} or token.type.rpartition("_")[0] in BLOCKS, token
    lines = text.split("\n")
    for token in tokens:
        if token.type == "table_open" and token.map is not None:
            rows = lines[token.map[0] : token.map[1]]
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1, rows
    headings = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return Page(list(_cells(tokens)), _tables(tokens), headings, folds)


def _cells(tokens: list[Token]) -> Iterator[Cell]:
    for token in tokens:
        if token.type != "inline":
            continue
        children = token.children or []
        assert {child.type for child in children} <= {
            "text",
            "code_inline",
            "strong_open",
            "strong_close",
            "softbreak",
        }, token
        bare = "".join(
            " " if child.type == "softbreak" else child.content
            for child in children
            if child.type in ("text", "softbreak")
        )
        assert not LINKED.search(bare), token.content
        yield Cell(bare, [child.content for child in children if child.type == "code_inline"])


def _tables(tokens: list[Token]) -> list[list[list[str]]]:
    tables: list[list[list[str]]] = []
    for token, after in pairwise(tokens):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type in ("th_open", "td_open"):
            tables[-1][-1].append("".join(child.content for child in after.children or []))
    return tables


def shown(text: str) -> str:
    """A name as a reader sees it: one line, nothing hidden, not too long."""
    return visible(visible(text))


def price(old: str | None, new: str | None, *, field: str = fields.INPUT_PRICE, text: str = "") -> FieldChange:
    """Make a change of a price, given in USD per 1M tokens."""
    old_price, new_price = (None if amount is None else Decimal(amount).scaleb(-6) for amount in (old, new))
    return FieldChange(field, old_price, new_price, text)


def update(key: str, *changes: FieldChange, reason: str = "upstream changed") -> Update:
    """Make an update."""
    return Update("openai", key, f"openai/{key}", changes, reason)


def report(*changes: Change, notes: tuple[Note, ...] = (), **more: object) -> Report:
    """Make a report of a plan."""
    made = Report("llm_models.yml", "openrouter", "2026-08-21", "1k", changes, notes)
    return replace(made, **more)


def everything(word: str) -> Report:
    """Make a report that has `word` in every place where somebody else's text can be."""
    moved = (
        FieldChange(fields.DESCRIPTION, word, word, word), FieldChange(fields.FEATURES, (word,), ("x", word), word), FieldChange(fields.INPUT_PRICE, None, Decimal(1), word),
        FieldChange(fields.OUTPUT_PRICE, Decimal(1), word, word), FieldChange(word, word, word, word), FieldChange(f"pricing.{word}", Decimal(1), None),
    )  # fmt: skip
    values: dict[str, fields.Value] = {
        fields.MODEL: word,
        fields.DESCRIPTION: word,
        fields.CONTEXT_LENGTH: 5,
        f"pricing.{word}": Decimal(2),
        fields.FEATURES: (word, word),
        word: word,
    }
    changes = (
        Update(word, word, word, moved, word), Add(word, word, word, values, word), Remove(word, word, word, word), RenameEntry(word, word, word, word),
        Hold(word, word, word, word, word, word, moved), Keep(word, word, fields.INPUT_PRICE, None, Decimal(1), word, word), Keep(word, word, word, word, word, word, word),
    )  # fmt: skip
    notes = tuple(Note(kind, word, word) for kind in HEADINGS)
    return Report(word, word, word, "1k", changes, notes, backup=word, messages=(word,))


class TestHostileText:
    """Upstream's text is text."""

    @pytest.mark.parametrize("word", HOSTILE, ids=lambda word: ascii(word)[:30])
    def test_it_stays_text_in_every_place(self, word: str) -> None:
        """No table breaks, nothing becomes a link or HTML, and the name can still be read."""
        found = read(render(everything(word)))
        assert shown(f"{word}/{word}") in found.codes
        assert not word or shown(word) in found.codes
        assert len(found.tables) == 7

    @given(st.text(st.characters(), max_size=30))
    def test_any_text_stays_text(self, word: str) -> None:
        """Whatever it is made of."""
        assert shown(f"{word}/{word}") in read(render(everything(word))).codes

    @given(
        st.lists(st.sampled_from([*"`|\\<>[]()!*_~#@&:.,;'\"- \n\t1a", "``", "http", "deadbeef", "\u202e"])).map(
            "".join
        )
    )
    def test_any_punctuation_stays_text(self, word: str) -> None:
        """However it is arranged."""
        assert shown(f"{word}/{word}") in read(render(everything(word))).codes

    @given(st.text(st.characters(), min_size=1, max_size=100))
    def test_a_code_span_shows_exactly_the_text(self, text: str) -> None:
        """One span, with the text as `visible` shows it."""
        (cell,) = read(f"x {code(text)}\n").cells
        assert cell == Cell("x ", [visible(text)])

    @given(
        st.text(st.characters())
        | st.lists(st.sampled_from([*"`|\\<>[]()!*_#@:.,'- 1a", "b c ", "`d e`", "--f "])).map("".join)
    )
    def test_a_sentence_loses_only_quotes_and_spaces(self, text: str) -> None:
        """Every other character of it is there, in its order."""
        tokens = READER.parse(f"x {prose(text, 10**6)}")
        shown = "".join(child.content for child in tokens[1].children or [])
        read(f"x {prose(text, 10**6)}\n")
        assert re.sub(r"[\s`]", "", shown) == "x" + re.sub(r"[\s`]", "", visible(text, 10**6))

    def test_a_code_span_has_no_more_backticks_than_github_reads(self) -> None:
        """GitHub takes a run of more than 80 for text, and what stood in it would not be code any more."""
        worst = "".join("`" * length + "@" for length in range(1, 30))
        for text in (worst, worst[::-1], "`" * 200, "@octocat" + "`" * 150):
            assert max(len(run) for run in re.findall(r"\A`+|`+\Z", code(text, 10**6))) < 80
            assert read(f"x {code(text)}\n").codes == {visible(text)}

    @pytest.mark.parametrize(
        ("text", "markdown"),
        [
            ("set by hand while upstream had none", "set by hand while upstream had none"), ("upstream's value, kept (5 of 7 days).", "upstream's value, kept (5 of 7 days)."),
            ("line 5: `x` is not a list", "line 5: `x` is not a list"), ("the key `a b`, taken", "the key `a b`, taken"), ("openai/a, openai/b (openai/c openai/d)", "`openai/a`, `openai/b` (`openai/c openai/d`)"), ("was openai/a, is openai/b", "was `openai/a`, is `openai/b`"),
            ("Accept it with --accept openai/gpt-4o, or correct it.", "Accept it with `--accept openai/gpt-4o`, or correct it."), ("x" * 500, "x" * 399 + "…"), ("thanks (@octocat)!", "thanks (`@octocat`)!"),
            ("since 2026-02-01, 80% of 128000", "since 2026-02-01, 80% of 128000"), ("a `b`c` d", "a `` `b`c` `` d"), ("", ""),
        ],
        ids=lambda text: text[:20],
    )  # fmt: skip
    def test_a_sentence_reads_as_it_is_written(self, text: str, markdown: str) -> None:
        """Words stay words; ids, options and what is quoted become code."""
        assert prose(text) == markdown


class TestForReviewers:
    """What a page says."""

    def test_the_first_line_sums_up(self) -> None:
        """What against what, of which day, with counts of prices and of entries."""
        prices = update("a", price("1", "2"), price("1", "2", field=fields.OUTPUT_PRICE))
        shown = render(report(prices, Remove("openai", "b", "", "gone"), Remove("openai", "c", "", "gone")))
        assert (
            shown.splitlines()[0]
            == "Plan for `llm_models.yml` against `openrouter` of 2026-08-21: **2 prices changed**, **1 updated**, **2 removed**."
        )

    @pytest.mark.parametrize(
        ("made", "first"),
        [
            (report(), "Plan for `llm_models.yml` against `openrouter` of 2026-08-21: **nothing to do**; the catalog stays as it is."),
            (report(applied=True), "Applied to `llm_models.yml` against `openrouter` of 2026-08-21: **nothing to do**; the catalog stays as it is."),
            (report(Keep("p", "k", fields.INPUT_PRICE, None, Decimal(1), "pinned"), Hold("p", "k", "", "update", "why", "way out")), "Plan for `llm_models.yml` against `openrouter` of 2026-08-21: **1 held**, **1 kept**; the catalog stays as it is."),
            (report(RenameEntry("p", "a", "b"), source="", day=""), "Plan for `llm_models.yml`: **1 renamed**."),
            (report(source="backup 20261122_101500", day=""), "`llm_models.yml` compared with `backup 20261122_101500`: **no differences**."),
            (report(source="HEAD", day="", notes=(Note("other", "x", "1 → 2"),)), "`llm_models.yml` compared with `HEAD`: **no entry differs**."),
        ],
        ids=["nothing", "applied", "nothing-edited", "offline", "compared", "outside"],
    )  # fmt: skip
    def test_the_first_line_says_what_this_is(self, made: Report, first: str) -> None:
        """A plan, something applied, an edit that needed no listing, a comparison."""
        assert render(made).splitlines()[0] == first

    def test_prices_are_a_table_with_the_largest_move_first(self) -> None:
        """What has no percentage comes first with an honest word; then by size, ties by name; numbers per 1M and as in the file."""
        rows = [
            ("small", price("10", "10.1")), ("free", price("1", "0")), ("double", price("1", "2")), ("was-free", price("0", "1")), ("b-half", price("2", "1")),
            ("a-half", price("2", "1")), ("unset", price(None, "1")), ("unreadable", price(None, "1", text="a lot")), ("gone", price("1", None)),
        ]  # fmt: skip
        found = read(render(report(*(update(key, change) for key, change in rows))))
        found_rows = found.table(
            "Entry", "Price", "USD per 1M tokens", "As in the catalog, per 1K tokens", "Change", "Why"
        )
        assert [(row[0].removeprefix("openai/"), row[2], row[4]) for row in found_rows] == [
            ("free", "1.00 → free", "now free"), ("gone", "1.00 → unknown", "no longer set"), ("unreadable", "unknown → 1.00", "was unreadable"),
            ("unset", "unknown → 1.00", "was not set"), ("was-free", "free → 1.00", "was free"), ("double", "1.00 → 2.00", "+100.0%"),
            ("a-half", "2.00 → 1.00", "-50.0%"), ("b-half", "2.00 → 1.00", "-50.0%"), ("small", "10.00 → 10.10", "+1.0%"),
        ]  # fmt: skip
        assert (found_rows[2][3], found_rows[1][3]) == ("a lot → 0.001", "0.001 → none")

    def test_prices_of_one_entry_are_told_in_the_order_of_the_entry(self) -> None:
        """Input and output first, then caches, tiers by their threshold, windows, the batch offer."""
        order = [
            "input", "output", "cache_read", "web_search", "tiers.32000.output", "tiers.200000.input", "windows.0100-0400.input",
            "batch.input", "batch.cache_read", "batch.tiers.200000.input",
        ]  # fmt: skip
        changes = [price(None, "1", field=f"pricing.{name}") for name in sorted(order)]
        found = read(render(report(update("b", *changes), update("a", changes[-1]))))
        rows = found.table("Entry", "Price", "USD per 1M tokens", "As in the catalog, per 1K tokens", "Change", "Why")
        assert [row[0] for row in rows] == ["openai/a", *["openai/b"] * len(order)]
        assert [row[1] for row in rows[1:]] == order

    def test_a_catalog_priced_per_million_has_each_number_once(self) -> None:
        """The column of the catalog's own unit would say the same again."""
        found = read(render(report(update("a", price("1", "2")), unit="1m")))
        assert found.table("Entry", "Price", "USD per 1M tokens", "Change", "Why") == [
            ["openai/a", "input", "1.00 → 2.00", "+100.0%", "openai/a: upstream changed"]
        ]

    def test_what_waits_for_a_person_comes_first(self) -> None:
        """A sentence at the top, then the table with the reason, the change and the way out."""
        held = Hold(
            "openai", "a", "openai/a", "update", "comes through an alias", "Edit it by hand.", (price("1", "2"),)
        )
        found = read(render(report(update("b", price("1", "2")), held)))
        assert any(cell.bare.startswith("Needs you: 1 change waits") for cell in found.cells[:3])
        assert found.headings == ["Held: 1", "Price changes: 1"]
        assert found.table("Entry", "What", "Change", "Why", "Way out") == [
            ["openai/a", "update", "pricing.input 0.001 → 0.002", "comes through an alias", "Edit it by hand."]
        ]

    def test_a_first_sync_is_told_where_it_replaces_what_people_typed(self) -> None:
        """Nothing is said of a first sync that only fills in, nor of any other; nothing can be kept that is replaced already."""
        typed = update("a", price("1", "2"), reason="first sync, typed values replaced")
        assert "replace those typed before; `--ours` keeps them." in render(report(typed, first_sync=True))
        assert "`--ours` would have kept them." in render(report(typed, first_sync=True, applied=True))
        for made in (report(update("a", price("1", "2"), reason="filled in"), first_sync=True), report(typed)):
            assert "First sync:" not in render(made)

    def test_an_added_entry_has_its_facts(self) -> None:
        """Id, prices, limits, features; an unverified id is marked, and the reviewer told at the top."""
        values = {
            fields.MODEL: "o4",
            fields.CONTEXT_LENGTH: 1047576,
            fields.FEATURES: ("vision", "tools"),
            fields.INPUT_PRICE: Decimal("0.000002"),
            fields.OUTPUT_PRICE: Decimal(0),
        }
        found = read(
            render(
                report(
                    Add("openai", "o4", "openai/o4", values, "new upstream"),
                    Add("openai", "p", "openai/p", {fields.MODEL: "p"}, "new upstream", unverified=False),
                )
            )
        )
        assert found.table("Entry", "Model id", "USD per 1M tokens", "Context", "Features", "Why") == [
            [
                "openai/o4",
                "o4 (unverified)",
                "input 2.00, output free",
                "1,047,576",
                "vision, tools",
                "openai/o4: new upstream",
            ],
            ["openai/p", "p", "unknown", "", "", "openai/p: new upstream"],
        ]
        assert any("1 new model id is not confirmed" in cell.bare for cell in found.cells[:3])

    def test_removed_renamed_kept_and_other_changes(self) -> None:
        """Each with its reason; of a kept value both sides; of a list what came and went."""
        changes = (
            Remove("openai", "r", "openai/r", "gone upstream since 2026-02-01"), RenameEntry("openai", "fast", "quick"),
            Keep("openai", "k", fields.INPUT_PRICE, Decimal("0.0000021"), Decimal("0.000002"), "set by hand", "0.0021"),
            update("u", FieldChange(fields.CONTEXT_LENGTH, 8000, 16000), FieldChange(fields.FEATURES, ("a", "b"), ("b", "c")), FieldChange(fields.DESCRIPTION, None, "d" * 200)),
        )  # fmt: skip
        found = read(render(report(*changes)))
        assert found.table("Entry", "Upstream", "Why") == [["openai/r", "openai/r", "gone upstream since 2026-02-01"]]
        assert found.table("Entry", "New name") == [["openai/fast", "openai/quick"]]
        assert found.table("Entry", "Field", "The file", "Upstream", "Why") == [
            ["openai/k", "pricing.input", "0.0021", "0.002", "set by hand"]
        ]
        assert [row[2] for row in found.table("Entry", "Field", "Change", "Why")] == [
            "8000 → 16000",
            "added c, removed a",
            f"none → {'d' * 99}…",
        ]

    def test_many_names_are_counted(self) -> None:
        """A list of a hundred features does not fill a page."""
        many = tuple(f"f{number}" for number in range(100))
        shown = render(report(update("u", FieldChange(fields.FEATURES, (), many))))
        assert "`f19`, and 80 more" in shown
        assert "`f20`" not in shown

    def test_every_note_stands_under_its_heading(self) -> None:
        """No kind is forgotten; warnings are together, first, and never folded."""
        notes = tuple(Note(kind, f"openai/{kind}", f"about {kind}") for kind in HEADINGS)
        many = tuple(Note("lock", f"openai/{number}", "about lock") for number in range(30))
        found = read(render(report(notes=(*notes, *many))))
        assert found.headings[0].startswith("Warnings: ")
        assert {f"openai/{kind}" for kind in HEADINGS} <= found.codes
        assert not any("Warnings" in fold for fold in found.folds)
        assert {heading.rpartition(":")[0] for heading in found.headings[1:]} == set(HEADINGS.values()) - {"Warning"}

    def test_long_sections_are_folded(self) -> None:
        """Ten rows are open, eleven are not; prices stay open up to forty. A blank line follows the summary."""
        removed = [Remove("openai", f"m{number}", "", "gone") for number in range(11)]
        priced = [update(f"p{number}", price("1", "2")) for number in range(41)]
        assert read(render(report(*removed[:10], *priced[:40]))).folds == []
        shown = render(report(*removed, *priced))
        assert read(shown).folds[::2] == [
            "<details><summary>Price changes: 41</summary>\n",
            "<details><summary>Removed: 11</summary>\n",
        ]
        assert "</summary>\n\n| Entry" in shown

    def test_messages_of_the_run_are_there(self) -> None:
        """What the command remarked."""
        assert "- Note: `DRY_RUN=1` seen" in render(report(messages=("DRY_RUN=1 seen",)))


class TestHowToGoOn:
    """The page says how to undo only what was done."""

    def test_what_was_applied_says_how_to_undo_it(self) -> None:
        """With the very backup, quoted for a shell; nothing about applying."""
        made = report(
            update("a", price("1", "2")),
            catalog="my models.yml",
            applied=True,
            backup="my models.yml.backup.20260901_120000",
        )
        shown = render(made)
        assert (
            "To undo this: `modelsync restore --catalog 'my models.yml' 'my models.yml.backup.20260901_120000'`\n"
            in shown
        )

    def test_nothing_written_is_said(self) -> None:
        """Applied without a backup means that no file had to change."""
        assert render(report(applied=True)).endswith("No file had to be changed.\n")

    @pytest.mark.parametrize(
        "made",
        [
            report(), report(update("a", price("1", "2"))), report(source="HEAD", day=""), report(update("a", price("1", "2")), source="HEAD", day=""),
            report(Keep("p", "k", fields.INPUT_PRICE, None, Decimal(1), "set by hand")),
        ],
        ids=["nothing", "planned", "same", "compared", "kept"],
    )  # fmt: skip
    def test_what_was_not_applied_names_no_command(self, made: Report) -> None:
        """In a pull request, the way to apply it is to merge: nothing about `apply` or dry runs, nothing to undo."""
        shown = render(made)
        assert not [word for word in ("apply", "dry", "undo", "written") if word in shown.lower()]

    def test_a_price_that_cannot_be_read_is_called_so(self) -> None:
        """Not set by hand."""
        kept = Keep("openai", "k", fields.INPUT_PRICE, None, Decimal("0.000002"), "set by hand", "0,002")
        assert read(render(report(kept))).table("Entry", "Field", "The file", "Upstream", "Why") == [
            ["openai/k", "pricing.input", "0,002", "0.002", "cannot be read as a price"]
        ]


def crowd(count: int) -> Report:
    """Make a report of `count` changes of every kind, with long names."""
    name = "model-with-a-long-name-" * 4
    changes: list[Change] = []
    for number in range(count // 7):
        key = f"{name}{number:05}"
        changes += [
            update(key, price("1", str(1 + number)), price("2", str(2 + number), field=fields.OUTPUT_PRICE)), Add("openai", key, key, {fields.MODEL: key}, "new upstream"), Remove("openai", key, "", "gone"),
            Hold("openai", key, key, "update", "why", "way out"), Keep("openai", key, fields.INPUT_PRICE, Decimal(1), Decimal(2), "set by hand", "1"), RenameEntry("openai", key, key + "x"),
            update(key, FieldChange(fields.CONTEXT_LENGTH, 1, 2)),
        ]  # fmt: skip
    notes = tuple(Note(kind, f"{name}{number:05}", "text") for kind in HEADINGS for number in range(count // 50))
    return report(*changes, notes=notes)


class TestSize:
    """A page is never too long, and says what it leaves out."""

    @pytest.mark.parametrize("count", [700, 2000, 10_000])
    def test_a_crowd_fits_and_every_count_is_exact(self, count: int) -> None:
        """In each section rows shown + rows said to be missing = the count in its title; the first line has the true counts."""
        made = crowd(count)
        shown = render(made)
        read(shown)
        each = count // 7
        for words in (
            f"**{2 * each} prices changed**",
            f"**{2 * each} updated**",
            *(f"**{each} {what}**" for what in ("renamed", "added", "removed", "held", "kept")),
        ):
            assert words in shown.splitlines()[0]
        sections = re.split(r"^(?:### |<details><summary>)", shown, flags=re.MULTILINE)[1:]
        assert len(sections) > 15
        for section in sections:
            total = int(section.partition(": ")[2].partition("\n")[0].removesuffix("</summary>"))
            rows = len(re.findall(r"^(?:\| `|- )", section, re.MULTILINE))
            more = re.search(r"^and (\d+) more$", section, re.MULTILINE)
            assert rows + (int(more[1]) if more else 0) == total, section[:80]
        assert len(shown.encode()) > LONGEST_BYTES * 0.95

    @given(st.lists(st.text(st.characters(categories=("L", "So")), min_size=1), max_size=30), st.integers(300, 2000))
    def test_a_page_is_never_longer_than_it_may_be(self, words: list[str], longest: int) -> None:
        """Bytes of UTF-8 are counted, not letters; no line is cut inside."""
        sections = [bullets("One", words), table("Two", ("A", "B"), [(word, "x") for word in words])]
        shown = page("opening\n", sections, "\nclosing\n", longest_bytes=longest)
        assert len(shown.encode()) <= longest
        whole = page("opening\n", sections, "\nclosing\n", longest_bytes=10**9)
        added = set(shown.split("\n")) - set(whole.split("\n"))
        assert all(re.fullmatch(r"and \d+ more", line) for line in added)
        assert (shown == whole) == (not added)

    def test_every_section_has_its_share(self) -> None:
        """A thousand important lines leave some room to the few below; what the few do not need, the first gets."""
        line = "- " + "x" * 97 + "\n"
        shown = page("", [Section("Many", (line,) * 1000), Section("Few", (line,) * 5)], "", longest_bytes=10_000)
        assert "Few: 5" in shown
        many, _, few = shown.partition("Few")
        assert few.count(line) == 5
        assert many.count(line) > 85


def test_the_same_report_gives_the_same_bytes() -> None:
    """In whatever order changes, notes and values were put together."""
    values: dict[str, fields.Value] = {
        fields.MODEL: "m",
        fields.FEATURES: ("b", "a"),
        fields.OUTPUT_PRICE: Decimal(2),
        fields.INPUT_PRICE: Decimal(1),
        "pricing.cache": Decimal(3),
    }
    changes = (*crowd(70).changes, Add("openai", "m", "openai/m", values, "new upstream"))
    notes = tuple(Note(kind, subject, "text") for kind in HEADINGS for subject in ("a", "b"))
    backwards = (
        Add("openai", "m", "openai/m", dict(reversed(values.items())), "new upstream"),
        *reversed(changes[:-1]),
    )
    assert render(report(*changes, notes=notes)) == render(report(*backwards, notes=notes[::-1]))


def test_every_step_of_the_replay_renders(tmp_path: Path, shared_data: Path) -> None:
    """Forty-three days of recorded listings, synced one after the other into a hand-edited catalog, pruning what is gone."""
    catalog, listing = tmp_path / "llm_models.yml", tmp_path / "models.json"
    catalog.write_bytes((shared_data / "catalogs" / "hand-edited.yml").read_bytes())
    days = sorted((shared_data / "openrouter" / "daily").glob("*.json.gz"))
    assert len(days) > 40
    project = Project(catalog, replace(Settings(), source=str(listing)))
    seen: set[str] = set()
    for day in days:
        listing.write_bytes(gzip.decompress(day.read_bytes()))
        date = day.name.removesuffix(".json.gz")
        now = datetime.fromisoformat(date).replace(hour=12, tzinfo=UTC)
        around = Surroundings(environment={}, today=date, stdin=BytesIO(), send=_no_network)
        plan = sync_project(project, Options(prune="stale"), around=around, now=now).plan
        found = read(render(report_of(plan, "llm_models.yml")))
        for change in plan.changes:
            assert f"{change.provider}/{change.key}" in found.codes
        seen.update(type(change).__name__ for change in plan.changes)
    assert {"Add", "Update"} <= seen


def _no_network(call: Call) -> Response:
    message = f"the test did not expect {call.request.url} to be fetched"
    raise AssertionError(message)
