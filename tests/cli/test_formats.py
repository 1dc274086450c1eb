"""`--format markdown` and `--format github` from the command line: one page, annotations, and the job's summary."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from markdown_it import MarkdownIt

from modelsync.errors import Exit

NO_SUMMARY = {"GITHUB_STEP_SUMMARY": ""}  # whatever runs these tests may have one


def _repriced(shell: Any, record: Any) -> None:
    """A second sync finds one price doubled."""
    assert shell.sync().code == Exit.DONE
    shell.listing(record(prompt="0.000005"))


def _plan(shell: Any, *words: str, **env: str) -> Any:
    return shell.run("plan", "--source", str(shell.source), *words, env=NO_SUMMARY | env)


def _headings(page: str) -> list[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    return [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]


def test_a_plan_is_one_page(shell: Any, record: Any) -> None:
    """Standard output is the page and nothing else, also beside -o; it writes what a plan writes."""
    _repriced(shell, record)
    before = shell.files()
    page = _plan(shell, "--format", "markdown")
    assert (page.code, page.err) == (Exit.DONE, "")
    assert page.out.startswith("Plan for `llm_models.yml` against ")
    assert _headings(page.out) == ["Price changes: 1"]
    assert "| `openai/gpt-4o` | input | 2.50 → 5.00 | `0.0025` → `0.005` | +100.0% |" in page.out
    assert shell.files() == before
    assert _plan(shell, "-o", "plan.json", "--format", "markdown").out == page.out
    assert {name for name in shell.files() if name not in before} == {"plan.json"}


def test_what_is_applied_says_how_to_undo_it_and_that_undoes_it(shell: Any, record: Any) -> None:
    """The command on the page brings back the bytes from before."""
    _repriced(shell, record)
    before = shell.catalog.read_bytes()
    _plan(shell, "-o", "plan.json")
    page = shell.run("apply", "plan.json", "--format", "markdown")
    assert page.out.startswith("Applied to `llm_models.yml`")
    assert shell.catalog.read_bytes() != before
    undo = re.search(r"^To undo this: `modelsync (.+)`$", page.out, re.MULTILINE)
    assert undo is not None
    assert shell.run(*undo[1].split()).code == Exit.DONE
    assert shell.catalog.read_bytes() == before


def test_the_same_plan_gives_the_same_page(shell: Any, record: Any) -> None:
    """Byte for byte, run after run."""
    _repriced(shell, record)
    assert _plan(shell, "--format", "markdown").out == _plan(shell, "--format", "markdown").out


@pytest.mark.parametrize("verb", ["sync", "rename"])
def test_every_verb_that_plans_prints_pages(shell: Any, verb: str) -> None:
    """A sync with its exit code for drift; a rename, which names no listing it was not compared with."""
    words = {
        "sync": ("sync", "--check", "--source", str(shell.source)),
        "rename": ("rename", "--key", "openai", "gpt-4o", "best"),
    }
    page = shell.run(*words[verb], "--format", "markdown")
    first = page.out.split("\n")[0]
    assert first.startswith(
        {"sync": "Plan for `llm_models.yml` against ", "rename": "Applied to `llm_models.yml`: **1 renamed**."}[verb]
    )


def test_drift_keeps_its_exit_code(shell: Any, record: Any) -> None:
    """`--check` says 1 whatever the format."""
    _repriced(shell, record)
    for name in ("markdown", "github"):
        assert (
            shell.run("sync", "--check", "--source", str(shell.source), "--format", name, env=NO_SUMMARY).code
            == Exit.DRIFT
        )


def test_annotations_point_to_the_entry(shell: Any, record: Any) -> None:
    """Path as typed, the line of the key in the file, the move in the catalog's unit."""
    _repriced(shell, record)
    shell.folder.joinpath("config").mkdir()
    for path in (shell.catalog, shell.lock):
        path.rename(shell.folder / "config" / path.name)
    found = _plan(shell, "--catalog", "config/llm_models.yml", "--format", "github")
    assert found.out == (
        "::notice file=config/llm_models.yml,line=1,title=modelsync::plan: 1 price changed, 1 updated\n"
        "::notice file=config/llm_models.yml,line=5,title=Price of openai/gpt-4o::"
        "pricing.input 0.0025 → 0.005 (+100.0%25); USD per 1K tokens\n"
    )


def test_what_is_held_is_a_warning_and_not_an_error(shell: Any) -> None:
    """Exit 4, one warning at the entry with the reason; the summary says that a person is needed."""
    shell.write(shell.catalog.read_text(encoding="utf-8") + "        features: []\n")
    found = _plan(shell, "--format", "github", GITHUB_STEP_SUMMARY="summary.md")
    assert found.code == Exit.PARTIAL
    first, _, rest = found.out.partition("\n")
    assert first == "::notice file=llm_models.yml,line=1,title=modelsync::plan: 1 held; the catalog stays as it is"
    assert re.fullmatch(r"::warning file=llm_models\.yml,line=5,title=Held%3A openai/gpt-4o::.*features.*\n", rest)
    assert "**Needs you:** 1 change waits" in (shell.folder / "summary.md").read_text(encoding="utf-8")


def test_nothing_to_do_is_said(shell: Any) -> None:
    """In one notice, and in the summary."""
    shell.sync()
    found = _plan(shell, "--format", "github", GITHUB_STEP_SUMMARY="summary.md")
    said = "::notice file=llm_models.yml,line=1,title=modelsync::plan: nothing to do; the catalog stays as it is\n"
    assert (found.code, found.out, found.err) == (Exit.DONE, said, "")
    assert "**nothing to do**" in (shell.folder / "summary.md").read_text(encoding="utf-8")


def test_the_summary_is_added_to(shell: Any, record: Any) -> None:
    """What stood there stays, and the page begins a paragraph of its own."""
    _repriced(shell, record)
    summary = shell.folder / "summary.md"
    summary.write_text("Before.\n", encoding="utf-8")
    _plan(shell, "-o", "plan.json")
    page = _plan(shell, "--format", "markdown").out
    assert _plan(shell, "--format", "github", GITHUB_STEP_SUMMARY=str(summary)).code == Exit.DONE
    assert summary.read_text(encoding="utf-8") == "Before.\n\n" + page
    applied = shell.run("apply", "plan.json", "--format", "github", GITHUB_STEP_SUMMARY=str(summary))
    assert (applied.code, applied.out.count("::notice ")) == (Exit.DONE, 2)
    assert "\n\nApplied to `llm_models.yml`" in summary.read_text(encoding="utf-8")


def test_without_a_summary_nothing_is_written(shell: Any, record: Any) -> None:
    """Outside of a job, annotations are all there is."""
    _repriced(shell, record)
    before = shell.files()
    assert _plan(shell, "--format", "github").code == Exit.DONE
    assert shell.files() == before


def test_a_summary_that_cannot_be_written_does_not_undo_what_was_applied(shell: Any, record: Any) -> None:
    """Exit 6 with the reason, and that what was applied stays; catalog, lock and backup are whole."""
    _repriced(shell, record)
    _plan(shell, "-o", "plan.json")
    found = shell.run("apply", "plan.json", "--format", "github", GITHUB_STEP_SUMMARY=str(shell.folder))
    assert found.code == Exit.REFUSED
    assert "cannot write the step summary" in found.err
    assert "What was applied stays." in found.err
    assert found.out.startswith("::notice ")
    assert "input: 0.005" in shell.catalog.read_text(encoding="utf-8")
    assert shell.sync("--check").code == Exit.DONE
    assert len([name for name in shell.files() if name.startswith("llm_models.yml.backup.")]) == 2


def test_a_plan_without_its_summary_promises_nothing(shell: Any) -> None:
    """Exit 6; nothing was applied, and nothing is said to stay."""
    found = _plan(shell, "--format", "github", GITHUB_STEP_SUMMARY="nowhere/summary.md")
    assert found.code == Exit.REFUSED
    assert "nowhere/summary.md: No such file or directory" in found.err
    assert "stays" not in found.err


def test_hostile_upstream_text_reaches_neither_page_nor_runner(shell: Any, record: Any) -> None:
    """Names with pipes, HTML, mentions and commands in a real listing: text on the page, no second command in the log."""
    evil = "a|b <img src=x> @octocat [x](javascript:alert)\n::error::owned `x`"
    shell.sync()
    shell.listing(
        record(prompt="0.000005", name=evil),
        record("openai/o9", description=evil),
        {"id": f"openai/{evil}"},
        {"id": evil, "name": 5},
    )
    page = _plan(shell, "--format", "markdown").out
    assert _headings(page)
    for token in MarkdownIt("commonmark").enable("table").parse(page):
        for child in token.children or []:
            assert child.type in {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
            assert child.type == "code_inline" or not re.search(r"@octocat|javascript:|<img", child.content)
    assert all(
        line.startswith(("::notice file=", "::warning file="))
        for line in _plan(shell, "--format", "github").out.splitlines()
    )


@pytest.mark.parametrize(
    "words", [("plan", "--unit", "x"), ("apply", "nowhere.json"), ("plan", "--source", "nowhere.json")]
)
def test_an_error_is_an_annotation(shell: Any, words: tuple[str, ...]) -> None:
    """On standard output, in one line, with the error's exit code."""
    found = shell.run(*words, "--format", "github")
    assert found.code >= Exit.USAGE
    assert re.fullmatch(r"::error title=modelsync::[^\n]+\n", found.out)
