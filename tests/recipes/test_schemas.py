"""Every recipe is valid by its tool's published schema, and every script by shellcheck."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
FENCE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def _check(schema: str, path: Path) -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("vendor.github-actions", "action.yml"),
        ("vendor.gitlab-ci", "recipes/gitlab.yml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
    ],
)
def test_the_files_are_valid(repo: Path, schema: str, name: str) -> None:
    """Checked with the schema that comes with the checker, without network."""
    _check(schema, repo / name)


def test_the_checker_finds_faults(repo: Path, tmp_path: Path) -> None:
    """An action without its steps is refused: the checks above can fail."""
    broken = tmp_path / "action.yml"
    broken.write_text(
        (repo / "action.yml").read_text(encoding="utf-8").replace("  steps:", "  stebs:"), encoding="utf-8"
    )
    with pytest.raises(AssertionError, match="is not valid under any"):
        _check("vendor.github-actions", broken)


def test_the_workflows_of_the_documentation_are_valid(repo: Path, tmp_path: Path) -> None:
    """Every GitHub workflow printed in docs/ci.md, with its least permissions."""
    blocks = FENCE.findall((repo / "docs" / "ci.md").read_text(encoding="utf-8"))
    workflows = [block for block in blocks if block.startswith("# .github/workflows/")]
    assert len(workflows) == 2
    for number, block in enumerate(workflows):
        path = tmp_path / f"{number}.yml"
        path.write_text(block, encoding="utf-8")
        _check("vendor.github-workflows", path)
    assert "permissions: {contents: read}" in workflows[1]
    assert "permissions: {contents: write, pull-requests: write}" in workflows[0]


def test_the_scripts_are_clean(repo: Path) -> None:
    """Shellcheck has nothing to say."""
    scripts = sorted((repo / "recipes").glob("*.sh"))
    assert len(scripts) == 3
    done = subprocess.run([str(BIN / "shellcheck"), *map(str, scripts)], check=False, capture_output=True, text=True)
    assert done.stdout == ""
    assert done.returncode == 0


def test_the_scripts_may_be_started(repo: Path) -> None:
    """A job that clones them runs them as they are."""
    assert [path.name for path in (repo / "recipes").glob("*.sh") if not path.stat().st_mode & 0o100] == []
