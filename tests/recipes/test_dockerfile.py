"""The Dockerfile, read by a parser: what it copies is there, and what it makes runs as nobody in particular."""

from __future__ import annotations

import fnmatch
import json
import re
from typing import TYPE_CHECKING

import pytest
from dockerfile_parse import DockerfileParser

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="steps")
def steps_fixture(repo: Path) -> list[tuple[str, str]]:
    """Return the instructions and their values."""
    structure = DockerfileParser(str(repo)).structure
    return [(step["instruction"], step["value"]) for step in structure if step["instruction"] != "COMMENT"]


def _copied(steps: list[tuple[str, str]]) -> list[str]:
    """Return what is copied from the repository."""
    copies = [value.split() for instruction, value in steps if instruction == "COPY"]
    return [name for words in copies if not words[0].startswith("--from=") for name in words[:-1]]


def test_what_is_copied_is_there_and_sent(repo: Path, steps: list[tuple[str, str]]) -> None:
    """Every COPY names something in the repository that .dockerignore does not keep back."""
    first, *rules = (repo / ".dockerignore").read_text(encoding="utf-8").split()
    assert first == "*"
    sent = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    names = _copied(steps)
    assert names
    for name in names:
        assert (repo / name).exists()
        assert name.partition("/")[0] in sent
    assert [rule for rule in sent if not any(fnmatch.fnmatch(name.partition("/")[0], rule) for name in names)] == []


def test_the_wheel_can_be_built_from_what_is_copied(repo: Path, steps: list[tuple[str, str]]) -> None:
    """The files that pyproject.toml names for the build are among them."""
    text = (repo / "pyproject.toml").read_text(encoding="utf-8")
    named = {"pyproject.toml", "src", *re.findall(r'^(?:readme = |license-files = \[)"([^"]+)"', text, re.MULTILINE)}
    assert {"README.md", "LICENSE"} <= named <= set(_copied(steps))


def test_it_ends_as_an_ordinary_user_in_the_mounted_folder(steps: list[tuple[str, str]]) -> None:
    """The last stage's last USER is a number other than 0; the command is modelsync; the folder is /work."""
    last = steps[max(number for number, (instruction, _) in enumerate(steps) if instruction == "FROM") :]
    values = dict(last)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", values["USER"])
    assert values["WORKDIR"] == "/work"
    assert json.loads(values["ENTRYPOINT"]) == ["/opt/modelsync/bin/modelsync"]


def test_everything_from_outside_is_checked(repo: Path, steps: list[tuple[str, str]]) -> None:
    """Packages come through tools/setup.sh, which asks for hashes, and by no other way; the sections it is given exist."""
    sections = set(
        re.findall(r"^# section: (\w+)$", (repo / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    )
    runs = [command for instruction, value in steps if instruction == "RUN" for command in value.split("&&")]
    setups = [command.split() for command in runs if "tools/setup.sh" in command]
    assert [set(words[2:]) for words in setups] == [{"runtime"}, {"runtime", "build"}]
    assert {section for words in setups for section in words[2:]} <= sections
    for command in runs:
        if "pip install" in command:
            assert "--no-index" in command
            assert "--no-deps" in command
        if "pip wheel" in command:
            assert "--no-build-isolation" in command
            assert "--no-deps" in command
