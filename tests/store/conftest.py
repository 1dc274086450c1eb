"""A catalog with its lock in a folder of its own, and workers that run store operations in other processes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from command import environment
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORKER = Path(__file__).with_name("worker.py")
OLD = (b"old: catalog\n", b'{"old": "lock"}\n')
NOBODY = 65534
SYSCALLS = "/^(openat|write|fsync|rename.*|unlink.*|fchmod|ftruncate|flock)$"


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Return a catalog that has a lock, alone in its folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    path = folder / "llm_models.yml"
    path.write_bytes(OLD[0])
    lock_path(path).write_bytes(OLD[1])
    return path


def command(operation: str, catalog: Path, **more: object) -> list[str]:
    """Return the command line that runs one operation of `worker.py`."""
    request = {"operation": operation, "catalog": str(catalog), **{key: str(value) for key, value in more.items()}}
    return [sys.executable, str(WORKER), json.dumps(request)]


def steady() -> dict[str, str]:
    """Return an environment in which two runs of a worker make the same system calls."""
    return environment(Path(tempfile.gettempdir()), PYTHONHASHSEED="0")


def run(arguments: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run to the end and return what was printed."""
    return subprocess.run(arguments, env=steady(), capture_output=True, text=True, check=False, timeout=60, **options)


def outcome(result: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return what the worker reported."""
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(name="command")
def command_fixture() -> Callable[..., list[str]]:
    """Return `command`."""
    return command


@pytest.fixture
def worker() -> Callable[..., dict[str, Any]]:
    """Return a function that runs one operation in a process of its own and returns the outcome."""

    def work(operation: str, catalog: Path, **more: object) -> dict[str, Any]:
        return outcome(run(command(operation, catalog, **more)))

    return work


class Strace:
    """Runs workers under strace: lists the system calls that matter, and tampers with one of them."""

    def __init__(self, scratch: Path) -> None:
        self._log = scratch / "strace.log"
        run(command("check", scratch / "none.yml"))  # compiles the sources, so that later runs do not

    def calls(self, arguments: list[str], folder: Path) -> list[tuple[str, int]]:
        """Run untouched; return each call from the first that names `folder` on, with its count among its kind.

        Files opened elsewhere, as imports do, are left out.
        """
        result = run(["strace", "-o", str(self._log), "-e", f"trace={SYSCALLS}", *arguments])
        assert result.returncode == 0, result.stderr
        counts: dict[str, int] = {}
        found: list[tuple[str, int]] = []
        for line in self._log.read_text().splitlines():
            match = re.match(r"(?:\d+ +)?(\w+)\(", line)
            if match:
                name, inside = match[1], f'"{folder}' in line
                counts[name] = counts.get(name, 0) + 1
                if inside or (found and name != "openat"):
                    found.append((name, counts[name]))
        assert found[-1][0] == "write", "the last call prints the outcome"
        return found[:-1]

    def durability(self, arguments: list[str]) -> list[str]:
        """Run untouched; return each `fsync NAME` and `rename OLD NEW` in order, by file names."""
        trace = "trace=/^(fsync|rename.*)$"
        result = run(["strace", "-y", "-o", str(self._log), "-e", trace, *arguments])
        assert result.returncode == 0, result.stderr
        steps: list[str] = []
        for line in self._log.read_text().splitlines():
            if line.startswith("fsync("):
                steps.append("fsync " + line[line.rindex("/") + 1 : line.rindex(">")])
            elif line.startswith("rename"):
                steps.append(
                    " ".join(["rename", *(path.rpartition("/")[2] for path in re.findall(r'"([^"]*)"', line))])
                )
        return [re.sub(r"\.[0-9a-f]{8}\.tmp", ".tmp", step) for step in steps]

    def tamper(self, arguments: list[str], call: str, nth: int, how: str) -> subprocess.CompletedProcess[str]:
        """Run with `how` (`signal=KILL`, `error=EIO`, …) done to the `nth` `call`."""
        return run(self.tampering(arguments, call, nth, how))

    def tampering(self, arguments: list[str], call: str, nth: int, how: str) -> list[str]:
        """Return the command line of `tamper`."""
        inject = f"inject={call}:{how}:when={nth}"
        return ["strace", "-o", str(self._log), "-e", f"trace={call}", "-e", inject, *arguments]


@pytest.fixture
def strace(tmp_path: Path) -> Strace:
    """Return strace, or skip where it cannot be used: crash safety is then NOT tested."""
    if sys.platform != "linux" or not shutil.which("strace"):
        pytest.skip("CRASH SAFETY NOT TESTED: strace is not installed (apt-get install strace)")
    if run(["strace", "-o", "/dev/null", "true"]).returncode != 0:
        pytest.skip("CRASH SAFETY NOT TESTED: strace may not trace here (ptrace is forbidden)")
    return Strace(tmp_path)


@pytest.fixture
def unprivileged() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Return a folder, and what makes a worker run as a user whom permission bits bind (they do not bind root)."""
    folder = Path(tempfile.mkdtemp(prefix="modelsync-test-"))
    request: dict[str, Any] = {}
    if os.geteuid() == 0:
        request = {"user": NOBODY}
        os.chown(folder, NOBODY, NOBODY)
    yield folder, request
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def listing() -> Callable[[Path], dict[str, bytes]]:
    """Return a function that reads a whole folder: names to bytes."""
    return lambda folder: {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def shell() -> Callable[[list[str], Path], tuple[int, str]]:
    """Return a function that runs a program in a folder and returns its exit code and output."""

    def shell(arguments: list[str], folder: Path) -> tuple[int, str]:
        result = run(arguments, cwd=folder)
        return result.returncode, result.stdout

    return shell


@pytest.fixture
def sources() -> dict[str, str]:
    """Return the environment for workers that a test starts itself."""
    return steady()
