"""`modelsync plan` and `modelsync apply`, and the report of a bug."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modelsync.cli.bug import write_report
from modelsync.errors import Exit


def _plan(shell: Any, *words: str) -> Any:
    return shell.run("plan", "--source", str(shell.source), *words)


def test_what_was_reviewed_is_what_is_applied(shell: Any) -> None:
    """Plan -o writes the plan and nothing else; apply carries it out; a second apply is refused, naming both files."""
    before = shell.files()
    assert _plan(shell, "-o", "plan.json").code == Exit.DONE
    assert {name for name in shell.files() if name not in before} == {"plan.json"}
    shell.source.unlink()  # apply asks nobody
    assert shell.run("apply", "plan.json").code == Exit.DONE
    assert shell.lock.exists()
    again = shell.run("apply", "plan.json")
    assert again.code == Exit.REFUSED
    assert "llm_models.lock.json changed since the plan was made" in again.err


def test_a_plan_on_standard_output_can_be_piped_into_apply(shell: Any) -> None:
    """`plan -o -` prints the plan alone; `apply -` reads it."""
    plan = _plan(shell, "-o", "-")
    assert json.loads(plan.out)["version"] == 1
    assert shell.run("apply", "-", stdin=plan.out.encode()).code == Exit.DONE
    assert shell.lock.exists()


def test_apply_in_json(shell: Any) -> None:
    """The same object as a sync prints."""
    _plan(shell, "-o", "plan.json")
    result = shell.run("apply", "plan.json", "--format", "json")
    assert (result.json["applied"], result.json["exit_code"]) == (True, Exit.DONE)


def test_plan_in_json_says_nothing_else(shell: Any) -> None:
    """With -o and JSON, standard output is one object."""
    assert _plan(shell, "-o", "plan.json", "--format", "json").json["applied"] is False


@pytest.mark.parametrize("name", ["llm_models.yml", "./llm_models.yml", "llm_models.lock.json"])
def test_the_plan_never_overwrites_the_catalog_or_its_lock(shell: Any, name: str) -> None:
    """A slip after -o costs nothing."""
    before = shell.files()
    assert _plan(shell, "-o", name).code == Exit.USAGE
    assert shell.files() == before


def test_a_plan_that_cannot_be_written(shell: Any) -> None:
    """The folder is missing: exit 6 and the reason."""
    result = _plan(shell, "-o", "nowhere/plan.json")
    assert result.code == Exit.REFUSED
    assert "cannot write nowhere/plan.json" in result.err


@pytest.mark.parametrize(("content", "code"), [(None, Exit.USAGE), ("{}", Exit.INVALID), ("x", Exit.INVALID)])
def test_no_plan(shell: Any, content: str | None, code: Exit) -> None:
    """A missing file is a slip, anything but a plan is invalid."""
    if content is not None:
        (shell.folder / "plan.json").write_text(content, encoding="utf-8")
    result = shell.run("apply", "plan.json")
    assert result.code == code
    assert "plan.json" in result.err


def test_a_restore_needs_no_settings_and_no_catalog(shell: Any) -> None:
    """Both are broken or gone: the newest backup comes back all the same."""
    shell.catalog.write_text(
        shell.catalog.read_text(encoding="utf-8").replace("model:", "note: x\n        model:", 1), encoding="utf-8"
    )
    shell.sync()
    before = shell.catalog.read_bytes()
    shell.listing({"id": "openai/gpt-4o", "pricing": {"prompt": "0.000004"}})
    shell.sync()
    shell.catalog.unlink()
    (shell.folder / "modelsync.toml").write_text("broken = [", encoding="utf-8")
    assert shell.run("sync").code == Exit.INVALID
    assert shell.run("backups").code == Exit.DONE
    assert shell.run("restore").code == Exit.DONE
    assert shell.catalog.read_bytes() == before


def test_the_report_of_a_bug_keeps_secrets() -> None:
    """The error is there; values of secret variables, logins and queries are not; nobody else may read it."""
    error = RuntimeError("hunter22 at https://me:hunter23@host/list?key=hunter24")
    report = write_report(error, ["sync"], {"MY_TOKEN": "hunter22", "SHORT_KEY": "x"})
    text = report.read_text(encoding="utf-8")
    mode = report.stat().st_mode
    report.unlink()
    assert "RuntimeError" in text
    assert "hunter2" not in text
    assert mode & 0o077 == 0
