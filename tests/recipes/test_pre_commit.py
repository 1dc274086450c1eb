"""The pre-commit hooks: their own entries, run as pre-commit runs them."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

HOOK_KEYS = {"id", "name", "description", "entry", "language", "files", "pass_filenames"}


@pytest.fixture(name="hooks")
def hooks_fixture(repo: Path) -> dict[str, dict[str, Any]]:
    """Return the hooks by id."""
    hooks = yaml.safe_load((repo / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return {hook["id"]: hook for hook in hooks}


@pytest.fixture(name="hook")
def hook_fixture(hooks: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the hook that compares the catalog with its lock."""
    return hooks["modelsync-in-step"]


@pytest.fixture(name="check")
def check_fixture(hooks: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the hook that looks for mistakes."""
    return hooks["modelsync-check"]


def _run(forge: Any, hook: dict[str, Any], folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = forge.environment(PATH=f"{forge.folder / 'runner/modelsync/bin'}:/usr/bin:/bin")
    command = [*shlex.split(hook["entry"]), *args]
    return subprocess.run(command, cwd=folder, env=env, check=False, capture_output=True, text=True)


def _synced(forge: Any) -> Path:
    assert forge.action().code == 0
    forge.merge()
    place: Path = forge.clone()
    return place


def test_the_hooks_have_what_pre_commit_asks_for(hooks: dict[str, dict[str, Any]]) -> None:
    """Only keys that pre-commit knows; they install the package; their pattern is of a kind that Python can read, and the same."""
    assert set(hooks) == {"modelsync-check", "modelsync-in-step"}
    for hook in hooks.values():
        assert set(hook) == HOOK_KEYS
        assert hook["language"] == "python"
        assert hook["pass_filenames"] is False
    assert len({hook["files"] for hook in hooks.values()}) == 1


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("llm_models.yml", True), ("config/llm_models.yaml", True), ("llm_models.lock.json", True),
        ("app/modelsync.toml", True), ("my_llm_models.yml", False), ("llm_models.yml.backup.20260901_120000", False),
        ("llm_models.py", False),
    ],
)  # fmt: skip
def test_which_files_start_it(hook: dict[str, Any], name: str, seen: bool) -> None:
    """The catalog, its lock and the settings, wherever they are."""
    assert (re.search(hook["files"], name) is not None) is seen


def test_a_catalog_in_step_with_its_lock_passes(forge: Any, hook: dict[str, Any]) -> None:
    """Although upstream, even the embedded list, says other prices: and nothing is written."""
    place = _synced(forge)
    text = (place / "llm_models.yml").read_text(encoding="utf-8")
    (place / "llm_models.yml").write_text(text.replace("0.01\n", "0.012\n"), encoding="utf-8")
    before = {path: path.read_bytes() for path in place.iterdir() if path.is_file()}
    done = _run(forge, hook, place)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path: path.read_bytes() for path in place.iterdir() if path.is_file()} == before


def test_held_changes_pass(forge: Any, hook: dict[str, Any]) -> None:
    """What waits for a person does not stop a commit."""
    place = _synced(forge)
    text = (place / "llm_models.yml").read_text(encoding="utf-8")
    (place / "llm_models.yml").write_text(text.replace("features: []", "features: []\n        features: []"))
    assert _run(forge, hook, place).returncode == 0


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("llm_models.lock.json", "<<<<<<< HEAD\n", "conflict"),
        ("llm_models.yml", "providers:\n\topenai: {}\n", "llm_models.yml:2:1"),
        ("modelsync.toml", "sorce = 'x'\n", "sorce"),
        ("modelsync.toml", "unit = '1m'\n", "unit"),
    ],
    ids=["conflict", "tabs", "settings", "unit"],
)
def test_damage_fails_and_is_named(forge: Any, hook: dict[str, Any], name: str, text: str, message: str) -> None:
    """The commit stops with the reason on standard error."""
    place = _synced(forge)
    (place / name).write_text(text, encoding="utf-8")
    done = _run(forge, hook, place)
    assert done.returncode != 0
    assert message in done.stderr


def test_arguments_reach_modelsync(forge: Any, hook: dict[str, Any]) -> None:
    """`args: [--catalog, FILE]` names another catalog."""
    place = _synced(forge)
    (place / "llm_models.yml").rename(place / "our models.yml")
    assert _run(forge, hook, place).returncode != 0
    assert _run(forge, hook, place, "--catalog", "our models.yml").returncode == 0


def test_a_sound_catalog_passes_the_check(forge: Any, check: dict[str, Any]) -> None:
    """Nothing is written."""
    place = _synced(forge)
    before = {path: path.read_bytes() for path in place.iterdir() if path.is_file()}
    assert _run(forge, check, place).returncode == 0
    assert {path: path.read_bytes() for path in place.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("llm_models.yml", "pricing:", "pricng:", "Did you mean `pricing`?"),
        ("llm_models.yml", "features: []", "features: []\n        features: []", "`features` is there twice"),
        ("llm_models.lock.json", "{", "<<<<<<< HEAD\n{", "conflict"),
    ],
    ids=["misspelt", "twice", "conflict"],
)
def test_a_mistake_fails_the_check(
    forge: Any, check: dict[str, Any], name: str, old: str, new: str, message: str
) -> None:
    """The commit stops, and it is said where."""
    place = _synced(forge)
    text = (place / name).read_text(encoding="utf-8")
    assert old in text
    (place / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    done = _run(forge, check, place)
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
