"""Facts about the repository itself: what is pinned, what is promised, what an import costs."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

import modelsync

SRC = "src/modelsync"
REQUIREMENT = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([^ ;]+)( ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
DEVELOPERS_FOLDER = re.compile(rb"(?<![\w.])/(home|Users|root|work)/[a-z]")


class Metadata(msgspec.Struct, rename="kebab"):
    """What these tests read of `[project]`."""

    version: str
    dependencies: list[str]


class Pyproject(msgspec.Struct, rename="kebab"):
    """What these tests read of pyproject.toml."""

    project: Metadata
    dependency_groups: dict[str, list[str]]


def pyproject(repo: Path) -> Pyproject:
    """Return the project's own settings."""
    return msgspec.convert(tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8")), Pyproject)


def tracked(repo: Path) -> list[Path]:
    """Return the files that are, or would be, committed; skip outside a clone."""
    if not (repo / ".git").exists():
        pytest.skip("not a clone: which files belong to the project is git's knowledge")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=repo, check=True, stdout=subprocess.PIPE, text=True).stdout.split("\0")
    return [repo / name for name in names if name and (repo / name).is_file()]


def run_python(code: str, repo: Path) -> list[str]:
    """Run code in a fresh interpreter that finds the package in the source tree; return the words it printed.

    Its environment is empty, so that a coverage measurement of this process does not load its own modules there.
    """
    prelude = f"import sys; sys.path.insert(0, {str(repo / 'src')!r})\n"
    command = [sys.executable, "-I", "-c", prelude + code]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=60, env={}).stdout.split()


def normal(name: str) -> str:
    """Return a package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[ <>=!~;\[]", name, maxsplit=1)[0]).lower()


def test_constraints_are_exact_versions_with_hashes_and_nothing_else(repo: Path) -> None:
    """Each line of constraints.txt is a comment, an exact pin or a SHA-256 hash: no host, no option, no path."""
    lines = (repo / "constraints.txt").read_text(encoding="utf-8").splitlines()
    other = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in other if not REQUIREMENT.match(line) and not HASH.match(line)] == []
    unhashed = [
        line for line, after in zip(other, [*other[1:], ""], strict=True) if "==" in line and not HASH.match(after)
    ]
    assert unhashed == []


def test_everything_the_project_asks_for_is_pinned(repo: Path) -> None:
    """Every dependency of the package and of its groups has a line in constraints.txt."""
    asked = pyproject(repo)
    groups = [asked.project.dependencies, *asked.dependency_groups.values()]
    wanted = {normal(name) for group in groups for name in group}
    lines = (repo / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert wanted - {match[1] for line in lines if (match := REQUIREMENT.match(line))} == set()


def test_changelog_metadata_and_package_agree_on_the_version(repo: Path) -> None:
    """The first version in CHANGELOG.md is the one in pyproject.toml and the one that the package states."""
    versions = re.findall(r"^## \[(\d[^\]]*)\]", (repo / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [versions[0], modelsync.__version__] == [pyproject(repo).project.version] * 2


def test_no_file_names_a_folder_of_a_developers_machine(repo: Path) -> None:
    """No committed file mentions somebody's home or work folder."""
    found = [str(path.relative_to(repo)) for path in tracked(repo) if DEVELOPERS_FOLDER.search(path.read_bytes())]
    assert found == []


def test_every_folder_of_code_is_a_package_that_says_what_it_is(repo: Path) -> None:
    """Every folder with Python files under the package has an `__init__.py` that begins with a docstring."""
    folders = {path.parent for path in (repo / SRC).rglob("*.py")}
    silent = [
        str(folder.relative_to(repo))
        for folder in folders
        if not (folder / "__init__.py").is_file()
        or not (folder / "__init__.py").read_text(encoding="utf-8").startswith('"""')
    ]
    assert silent == []


def test_the_package_says_that_it_is_typed(repo: Path) -> None:
    """A `py.typed` marker lies in the package, so that its users' type checkers believe it."""
    assert (repo / SRC / "py.typed").is_file()


def test_importing_the_package_loads_nothing_heavy(repo: Path) -> None:
    """`import modelsync` loads no parser, no terminal library, no HTTP client and no logging."""
    ours = {"click", "rich", "urllib3", "yaml"}
    heavy = ours | {"asyncio", "dataclasses", "http", "inspect", "logging", "ssl", "tempfile"}
    loaded = run_python("import modelsync; print(*{name.partition('.')[0] for name in sys.modules})", repo)
    assert heavy.intersection(loaded) == set()


def test_importing_the_package_opens_no_socket_and_no_process(repo: Path) -> None:
    """`import modelsync` asks the system for no socket, no name look-up and no process."""
    code = """
seen = []
sys.addaudithook(lambda event, _: seen.append(event))
import modelsync
print(*(event for event in seen if event.startswith(("socket.", "subprocess.", "os.exec", "os.fork"))))
"""
    assert run_python(code, repo) == []


def test_tests_cannot_leave_this_machine() -> None:
    """A connection to an address that is not loopback fails before a packet is sent."""
    with socket.socket() as outside, pytest.raises(RuntimeError, match="this machine only"):
        outside.connect(("192.0.2.1", 9))
