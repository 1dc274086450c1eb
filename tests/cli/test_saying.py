"""How much a run says: nothing, what matters, or everything; and what the command says of itself."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from modelsync import __version__

Record = Callable[..., dict[str, Any]]


def test_quiet_says_nothing_when_nobody_is_needed(shell: Any, record: Record) -> None:
    """Quiet says nothing when nobody is needed."""
    shell.listing(record(prompt="0.000003"))
    done = shell.sync("--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert "0.003" in shell.catalog.read_text()


def test_quiet_still_says_what_is_held(shell: Any) -> None:
    """Quiet still says what is held."""
    shell.write("providers:\n  openai:\n    models:\n      gpt-4o:\n        model: gpt-4o\n        pricing: [1, 2]\n")
    done = shell.sync("-q")
    assert done.code == 4
    assert done.out.startswith("held: openai/gpt-4o: ")
    assert done.out.count("\n") == 1


def test_quiet_errors_are_said(shell: Any) -> None:
    """Quiet errors are said."""
    done = shell.run("sync", "-q", "--source", "nowhere.json")
    assert (done.code, done.out) == (2, "")
    assert "no such source" in done.err


def test_verbose_says_what_was_fetched_and_how_long_it_took(shell: Any) -> None:
    """Verbose says what was fetched and how long it took."""
    done = shell.sync("--verbose")
    stages = [line.split(" s  ")[1] for line in done.err.splitlines() if re.match(r" +[0-9]+\.[0-9]{3} s  ", line)]
    assert stages == [
        "reading the catalog",
        f"reading models from {shell.source}",
        "working out what changed",
        "writing",
    ]
    assert re.search(r"^fetched models\.json: 1 model of [0-9-]{10}, sha256:[0-9a-f]{64}$", done.err, re.MULTILINE)
    assert "fetched" not in done.out


def test_verbose_leaves_json_alone(shell: Any) -> None:
    """Verbose leaves json alone."""
    assert shell.sync("--verbose", "--format", "json", "--dry-run").json["version"] == 1


def test_apply_and_rename_have_stages_too(shell: Any, record: Record) -> None:
    """Apply and rename have stages too."""
    shell.listing(record(prompt="0.000003"))
    assert shell.run("plan", "-o", "plan.json", "--source", str(shell.source), "-q").out == ""
    assert "writing" in shell.run("apply", "plan.json", "-v").err
    assert shell.run("rename", "openai", "gpt-4o", "gpt-4.1", "-q").out == ""


def test_renaming_a_key_reads_no_list(shell: Any) -> None:
    """A source that cannot be read does not matter to it."""
    done = shell.run("rename", "--key", "openai", "gpt-4o", "best", "--source", "nowhere.json")
    assert done.code == 0
    assert done.out.startswith("llm_models.yml, prices in USD per 1K tokens\n")


def test_the_version_names_the_snapshot(shell: Any) -> None:
    """The version names the snapshot."""
    done = shell.run("--version")
    assert re.fullmatch(
        rf"modelsync {re.escape(__version__)} \(embedded snapshot of 20[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}\)\n", done.out
    )


def test_a_misspelt_verb_is_told_the_nearest(shell: Any) -> None:
    """A misspelt verb is told the nearest."""
    done = shell.run("snyc")
    assert done.code == 2
    assert "Did you mean `sync`?" in done.err
    assert "Did you mean" not in shell.run("frobnicate").err


def test_the_front_page_survives_its_reader(shell: Any) -> None:
    """Whoever reads it may leave early, there may be no reader at all, and a full disk is an error."""
    for sink, code in (("| true; exit ${PIPESTATUS[0]}", 0), (">&-", 0), (">/dev/full", 6)):
        done = subprocess.run(
            ["bash", "-c", f'"{sys.executable}" -m modelsync --help {sink}'],
            cwd=shell.folder,
            env=shell.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code
        assert "Traceback" not in done.stderr


def test_an_error_in_a_github_job_is_an_annotation(shell: Any) -> None:
    """It is on standard output, where the runner looks for it, as well as on standard error."""
    done = shell.run("sync", "--source", "no%where\n::error::x", "--format", "github")
    assert done.code == 2
    assert done.out.startswith("::error title=modelsync::no such source: ")
    assert done.out.count("\n") == 1
    assert "no%25where" in done.out
    assert done.err.startswith("modelsync: no such source: ")


def test_a_misused_option_in_a_github_job_is_an_annotation(shell: Any) -> None:
    """Also what the command line's own reader finds wrong."""
    done = shell.run("sync", "--format=github", "--no-such-option")
    assert (done.code, done.out.startswith("::error title=modelsync::No such option")) == (2, True)
