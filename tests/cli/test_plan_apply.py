"""`modelsync plan` and `modelsync apply`, and the report of a bug."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from modelsync.cli.bug import write_report
from modelsync.errors import Exit


def _plan(shell: Any, *words: str, seed: str = "0") -> Any:
    return shell.run("plan", "--source", str(shell.source), *words, PYTHONHASHSEED=seed)


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


def test_the_same_plan_is_the_same_bytes(shell: Any) -> None:
    """In whatever order a process keeps its sets."""
    unknown = "".join(f"      {name}: {{model: {name}}}\n" for name in ("one", "two", "three", "four", "five", "six"))
    shell.write(f"providers:\n  openai:\n    models:\n{unknown}")
    plans = {_plan(shell, "-o", "-", seed=seed) for seed in ("1", "2", "3")}
    assert [list(json.loads(plan.out)["plan"]["lock"]["waiting"]) for plan in plans] == [
        [f"openai/{name}" for name in ("five", "four", "one", "six", "three", "two")]
    ]


def test_apply_in_json(shell: Any) -> None:
    """The same object as a sync prints."""
    _plan(shell, "-o", "plan.json")
    result = shell.run("apply", "plan.json", "--format", "json")
    assert (result.json["applied"], result.json["exit_code"]) == (True, Exit.DONE)


def test_plan_in_json_says_nothing_else(shell: Any) -> None:
    """With -o and JSON, standard output is one object."""
    assert _plan(shell, "-o", "plan.json", "--format", "json").json["applied"] is False


@pytest.fixture
def furnished(shell: Any) -> Any:
    """A project with everything that a slip after -o could cost: settings, a source, a lock, a backup, links to them."""
    shell.sync()
    shell.write(shell.catalog.read_text(encoding="utf-8").replace("input: 0.0025", "input: 0.002"))
    shell.run("sync", "--source", str(shell.source), "--take", "openai/gpt-4o")
    (shell.folder / "sub").mkdir()
    (shell.folder / "linked.json").symlink_to("llm_models.yml")
    (shell.folder / "hard.json").hardlink_to(shell.lock)
    (shell.folder / "away").symlink_to(shell.folder, target_is_directory=True)
    (shell.folder / "list.json").write_bytes(shell.source.read_bytes())
    (shell.folder / "modelsync.toml").write_text('source = "list.json"\n', encoding="utf-8")
    return shell


PRECIOUS = {
    "llm_models.yml": "the catalog, llm_models.yml",
    "./llm_models.yml": "the catalog, llm_models.yml",
    "sub/../llm_models.yml": "the catalog, llm_models.yml",
    "away/llm_models.yml": "the catalog, llm_models.yml",
    "linked.json": "the catalog, llm_models.yml",
    "llm_models.lock.json": "its lock, llm_models.lock.json",
    "hard.json": "its lock, llm_models.lock.json",
    "llm_models.lock.json.next": "its lock in the making",
    "modelsync.toml": "the settings",
    "sub/../modelsync.toml": "the settings",
    "list.json": "the source",
    "sub/../list.json": "the source",
}


@pytest.mark.parametrize(("name", "what"), PRECIOUS.items(), ids=PRECIOUS)
def test_the_plan_never_overwrites_what_a_sync_needs(furnished: Any, name: str, what: str) -> None:
    """A slip after -o costs nothing, under whatever name: exit 2, naming what it would have cost."""
    before = furnished.files()
    result = furnished.run("plan", "-o", name)
    assert result.code == Exit.USAGE
    assert f"-o {name.removeprefix('./')} would overwrite {what}" in result.err
    assert furnished.files() == before


def test_the_plan_never_overwrites_a_backup(furnished: Any) -> None:
    """Neither a copy of the catalog, nor one of the lock, nor their checksums."""
    before = furnished.files()
    backups = [name for name in before if ".backup." in name]
    assert len(backups) >= 3
    for name in backups:
        result = furnished.run("plan", "-o", f"sub/../{name}")
        assert result.code == Exit.USAGE
        assert f"would overwrite a backup, {name}" in result.err
    assert furnished.files() == before


def test_the_plan_never_overwrites_the_source_named_on_the_command_line(shell: Any) -> None:
    """Nor a source outside of the project."""
    before = shell.source.read_bytes()
    assert _plan(shell, "-o", str(shell.source)).code == Exit.USAGE
    assert shell.source.read_bytes() == before


def test_a_plan_that_cannot_be_finished_leaves_the_old_one_whole(shell: Any) -> None:
    """The process may write no more than 100 bytes to a file: exit 6, no half plan, nothing left behind."""
    assert _plan(shell, "-o", "plan.json").code == Exit.DONE
    before = shell.files()
    limited = "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); runpy.run_module('modelsync', run_name='__main__')"
    command = [sys.executable, "-B", "-c", limited, "plan", "--source", str(shell.source), "-o", "plan.json", "--quiet"]
    done = subprocess.run(
        command, cwd=shell.folder, env=shell.environment(), capture_output=True, check=False, timeout=60
    )
    assert done.returncode == Exit.REFUSED, done.stderr
    assert b"cannot write plan.json" in done.stderr
    assert shell.files() == before


def test_a_plan_file_keeps_its_mode_and_its_link(shell: Any) -> None:
    """A plan that is there is replaced where it is, for the same readers."""
    (shell.folder / "kept.json").write_text("old", encoding="utf-8")
    (shell.folder / "kept.json").chmod(0o600)
    (shell.folder / "plan.json").symlink_to("kept.json")
    assert _plan(shell, "-o", "plan.json").code == Exit.DONE
    assert (shell.folder / "plan.json").is_symlink()
    assert (shell.folder / "kept.json").stat().st_mode & 0o777 == 0o600
    assert shell.run("apply", "plan.json").code == Exit.DONE


def test_a_plan_can_be_written_to_a_pipe(shell: Any) -> None:
    """`-o /dev/fd/N`, as `-o >(…)` in a shell, is not replaced but filled."""
    read, write = os.pipe()
    command = [sys.executable, "-m", "modelsync", "plan", "--source", str(shell.source), "-o", f"/dev/fd/{write}"]
    done = subprocess.run(
        command,
        cwd=shell.folder,
        env=shell.environment(),
        pass_fds=[write],
        capture_output=True,
        check=False,
        timeout=60,
    )
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        assert json.loads(pipe.read())["version"] == 1
    assert done.returncode == Exit.DONE


EDITS = {
    "unknown provider": lambda plan: plan["changes"][0].update(provider="nope"),
    "absent entry": lambda plan: plan["changes"][0].update(key="zz"),
    "unknown field": lambda plan: plan["changes"][0]["fields"][0].update(field="display"),
    "bogus unit": lambda plan: plan.update(unit="bogus"),
    "unknown kind of note": lambda plan: plan["notes"].append(
        {"type": "note", "kind": "zzz", "subject": "s", "text": "t"}
    ),
    "contradiction": lambda plan: plan["changes"].append(plan["changes"][0]),
    "a lock that does not fit": lambda plan: plan["changes"].clear(),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_plan_is_invalid_and_never_a_bug(shell: Any, edit: Any) -> None:
    """Exit 5, naming the plan and the place; nothing is written."""
    shell.listing({"id": "openai/gpt-4o", "pricing": {"prompt": "0.000004"}})
    assert _plan(shell, "-o", "plan.json").code == Exit.DONE
    path = shell.folder / "plan.json"
    file = json.loads(path.read_text(encoding="utf-8"))
    edit(file["plan"])
    path.write_text(json.dumps(file), encoding="utf-8")
    before = shell.files()
    result = shell.run("apply", "plan.json")
    assert result.code == Exit.INVALID
    assert result.err.startswith("modelsync: plan.json: ")
    assert shell.files() == before


def test_a_plan_is_not_applied_to_a_catalog_of_another_name(shell: Any) -> None:
    """Exit 6, naming both."""
    _plan(shell, "-o", "plan.json")
    (shell.folder / "prices.yml").write_bytes(shell.catalog.read_bytes())
    result = shell.run("apply", "plan.json", "--catalog", "prices.yml")
    assert result.code == Exit.REFUSED
    assert "made for 'llm_models.yml', not for 'prices.yml'" in result.err


def test_settings_that_changed_since_the_plan_was_made(shell: Any) -> None:
    """A pin that came later is not broken: exit 6. The same settings elsewhere, in another order, are the same."""
    settings = shell.folder / "modelsync.toml"
    settings.write_text('pins = ["openai/x"]\n[add]\nopenai = "none"\ngemini = "none"\n', encoding="utf-8")
    _plan(shell, "-o", "plan.json")
    settings.write_text('pins = ["openai/*"]\n[add]\nopenai = "none"\ngemini = "none"\n', encoding="utf-8")
    refused = shell.run("apply", "plan.json")
    assert refused.code == Exit.REFUSED
    assert "the settings changed since the plan was made" in refused.err
    assert not shell.lock.exists()
    settings.unlink()
    (shell.folder / "pyproject.toml").write_text(
        '[tool.modelsync.add]\ngemini = "none"\nopenai = "none"\n[tool.modelsync]\npins = ["openai/x"]\n',
        encoding="utf-8",
    )
    assert shell.run("apply", "plan.json").code == Exit.DONE


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
