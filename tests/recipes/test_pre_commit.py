"""The pre-commit hook: its own entry, run as pre-commit runs it."""

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


@pytest.fixture(name="hook")
def hook_fixture(repo: Path) -> dict[str, Any]:
    """Return the hook."""
    (hook,) = yaml.safe_load((repo / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return hook


def _run(forge: Any, hook: dict[str, Any], folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = forge.environment(PATH=f"{forge.folder / 'runner/modelsync/bin'}:/usr/bin:/bin")
    command = [*shlex.split(hook["entry"]), *args]
    return subprocess.run(command, cwd=folder, env=env, check=False, capture_output=True, text=True)


def _synced(forge: Any) -> Path:
    assert forge.action().code == 0
    forge.merge()
    place: Path = forge.clone()
    return place


def test_the_hook_has_what_pre_commit_asks_for(hook: dict[str, Any]) -> None:
    """Only keys that pre-commit knows; it installs the package; its pattern is of a kind that Python can read."""
    assert set(hook) == HOOK_KEYS
    assert hook["language"] == "python"
    assert hook["pass_filenames"] is False


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
