"""The real command under strace: what it does to its folder is recorded, and any one of those system calls can be made to fail."""

from __future__ import annotations

import compileall
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import modelsync
from command import CATALOG as ONE_ENTRY
from command import MODULE, environment, record
from modelsync.planning.changes import Keep
from modelsync.store.backups import backups, contents
from modelsync.store.commit import effective_lock
from modelsync.store.copies import names
from modelsync.store.files import lock_path

PATIENCE_SECONDS = 120
DAY = re.compile(rb"\d{4}-\d\d-\d\d")

CATALOG = (
    ONE_ENTRY
    + """
      gpt-4.1:
        model: gpt-4.1
        context_length: 1000000
        max_output_tokens: 32768
        pricing: {input: 0.002, output: 0.008}
        features: [house_style]
"""
)

Pair = tuple[bytes | None, bytes | None]

CHANGING = frozenset({
    "write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link",
    "linkat", "symlink", "symlinkat", "mkdir", "mkdirat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat",
    "lchown", "setxattr", "fsetxattr", "truncate", "ftruncate", "fallocate", "utimensat", "flock", "copy_file_range", "sendfile",
})  # fmt: skip
"""The calls that change a folder, besides an `openat` that may create or write. Between two of them the disk stays as it is."""


class Call(NamedTuple):
    """One system call of an undisturbed run: its name, the how manieth of that name it is, its arguments as strace shows them,
    and the names of the files in the project's folder that it touches.
    """

    name: str
    nth: int
    arguments: str
    files: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Say whether it may change what is on the disk."""
        return self.name in CHANGING or (self.name == "openat" and not re.search(r"\bO_RDONLY\b", self.arguments))


def touched(folder: Path, line: str) -> tuple[str, ...]:
    """Return which files of a folder a line of a log names; what differs from run to run in the names is left out."""
    called = line.rpartition(" = ")[0]
    found = re.findall(rf'(?:\(|, |<)"?{re.escape(str(folder))}((?:/[^"<>]*)?)[">]', called)
    return tuple(re.sub(r"\.[0-9a-f]{8}\.tmp|backup\.\d{8}_\d{6}(_\d+)?", "*", name) for name in found)


def steady(scratch: Path) -> dict[str, str]:
    """Return an environment in which two runs make the same system calls."""
    return environment(scratch, PYTHONHASHSEED="0")


BEFORE = [record(prompt="0.000002"), record("openai/gpt-4.1", "0.000002", "0.000007", context_length=1000000)]
FIRST = [record(), record("openai/gpt-4.1", "0.000002", "0.000008", context_length=1000000)]
SECOND = [
    record(prompt="0.000003"),
    record("openai/gpt-4.1", "0.000002", "0.000009", context_length=1000000),
    record("openai/gpt-5", "0.00001", "0.00004"),
]
THIRD = [
    record(prompt="0.0000035", completion="0.000011"),
    record("openai/gpt-4.1", "0.000001", "0.0000085", context_length=1047576),
    record("openai/gpt-5", "0.000009", "0.00003"),
]
"""The third differs from the second wherever the second differs from the first, so that whichever of the two came before it
leads to the same catalog.
"""


class Project:
    """A folder with a catalog in agreement with the first listing, its lock, and two backups of earlier states.

    The command is run beside it, in a folder whose settings keep one backup only, so that every write also thins out.
    """

    def __init__(self, scratch: Path, name: str = "original") -> None:
        self.scratch = scratch
        self.folder = scratch / name / "project"
        self.catalog = self.folder / "llm_models.yml"
        self.lock = lock_path(self.catalog)
        self.beside = scratch / "beside"

    def make(self) -> None:
        """Make the folder, the listings and the state from which the runs start."""
        self.folder.mkdir(parents=True)
        self.beside.mkdir()
        (self.beside / "modelsync.toml").write_text("[backups]\nkeep = 1\n")
        for name, records in (("before", BEFORE), ("first", FIRST), ("second", SECOND), ("third", THIRD)):
            (self.beside / name).mkdir()
            (self.beside / name / "models.json").write_text(json.dumps({"data": records}))
        self.catalog.write_text(CATALOG)
        self.synced("before")
        self.synced("first")

    def copy(self, name: str) -> Project:
        """Return a copy in a folder of its own; a path of the same length everywhere keeps the runs alike."""
        other = self.empty(name)
        shutil.copytree(self.folder, other.folder)
        return other

    def empty(self, name: str) -> Project:
        """Return another project beside this one, with nothing in it yet."""
        return Project(self.scratch, name)

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder.parent)

    def synced(self, listing: str) -> modelsync.Result:
        """Sync within this process."""
        return modelsync.sync(
            self.catalog, source=str(self.beside / listing / "models.json"), now=datetime.now().astimezone()
        )

    def command(self, verb: str) -> list[str]:
        """Return the command line of a sync with the second listing, or of a restore of the newest backup."""
        source = ["--source", str(self.beside / "second" / "models.json")] if verb == "sync" else []
        return [*MODULE, verb, "--catalog", str(self.catalog), *source]

    def run(self, arguments: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program beside the project, to its end."""
        return subprocess.run(
            arguments, env=steady(self.beside), cwd=self.beside, capture_output=True, text=True, check=False,
            timeout=PATIENCE_SECONDS, **options,
        )  # fmt: skip

    def raw(self) -> Pair:
        """Return the bytes of both files, days left out: the tests may run over midnight."""
        return undated(read(self.catalog)), undated(read(self.lock))

    def seen(self) -> Pair:
        """Return the pair as readers see it: a pending lock counts."""
        return undated(read(self.catalog)), undated(effective_lock(self.catalog))

    def names(self) -> set[str]:
        """Return the names of all files in the folder."""
        return {path.name for path in self.folder.iterdir()}

    def require_sound(self, old: Pair, new: Pair, end: Pair) -> Pair:
        """Require that a disturbed run left the old pair or the new one, and that a sync of the third listing comes to the end
        that an undisturbed run reaches, takes nothing for a hand edit or a deletion, and tidies up. Return the pair found.
        """
        found = self.seen()
        assert found in (old, new), "torn"
        assert {
            one: {was, will} for one, was, will in zip(self.raw(), old, new, strict=True) if one not in {was, will}
        } == {}
        result = self.synced("third")
        assert [change for change in result.plan.changes if isinstance(change, Keep)] == [], "taken for a hand edit"
        assert not result.plan.lock.tombstones, "taken for a deletion"
        assert self.raw() == end
        self.require_tidy()
        return found

    def require_tidy(self) -> None:
        """Require that nothing lies in the folder but the pair and whole backups."""
        found = backups(self.catalog)
        for backup in found:
            contents(self.catalog, backup)
        kept = {path.name for backup in found for path in names(self.catalog, backup.stamp)}
        assert self.names() <= {self.catalog.name, self.lock.name} | kept
        real = self.catalog.resolve()
        assert real.parent == self.folder.resolve() or [path.name for path in real.parent.iterdir()] == [real.name]


def read(path: Path) -> bytes | None:
    """Return the bytes of a file, None when there is none."""
    return path.read_bytes() if path.exists() else None


def undated(data: bytes | None) -> bytes | None:
    """Leave days out."""
    return None if data is None else DAY.sub(b"DAY", data)


class Strace:
    """Records the system calls of a run, and tampers with one of them.

    `quick` are the options with which only the calls that are traced stop a run; no signal can be sent with them.
    """

    def __init__(self, quick: list[str]) -> None:
        self.command = ["strace", "-f", *quick]

    def record(self, project: Project, arguments: list[str], log: Path, *options: str) -> list[str]:
        """Run untouched, and return the log's lines without the process id. The command has one thread only."""
        done = project.run([*self.command, "-o", str(log), *options, *arguments])
        assert done.returncode == 0, done.stderr
        lines = [line.split(maxsplit=1) for line in log.read_text(errors="surrogateescape").splitlines()]
        assert len({process for process, _ in lines}) == 1, "calls are counted by thread"
        return [rest for _, rest in lines]

    def calls(self, project: Project, arguments: list[str], log: Path) -> list[Call]:
        """Run untouched; return, from the first on, every call that touches the project's folder: by a path or a file in it."""
        counts: dict[str, int] = {}
        found: list[Call] = []
        for line in self.record(project, arguments, log, "-y", "-e", "trace=%file,%desc"):
            name, _, rest = line.partition("(")
            counts[name] = counts.get(name, 0) + 1
            if files := touched(project.folder, line):
                found.append(Call(name, counts[name], rest, files))
        return found

    def tamper(self, project: Project, arguments: list[str], call: Call, how: str) -> subprocess.CompletedProcess[str]:
        """Run with `how` (`signal=KILL`, `error=EIO`, …) done to a call, and require that it was that call."""
        log = project.folder.parent / "strace.log"
        command = ["strace", "-f"] if how.startswith("signal") else self.command
        done = project.run([*command, "-y", "-o", str(log), *self.tampering(call.name, call.nth, how), *arguments])
        lines = log.read_text(errors="surrogateescape").splitlines()
        hit = next((line for line in lines if "(INJECTED" in line), lines[-2] if len(lines) > 1 else "")
        assert f" {call.name}(" in hit, f"{call} was to be tampered with, {hit} was"
        assert touched(project.folder, hit) == call.files, f"{call} was to be tampered with, {hit} was"
        return done

    def tampering(self, name: str, nth: int, how: str) -> list[str]:
        """Return the options of strace that do `how` to the `nth` call of a name."""
        return ["-e", f"trace={name}", "-e", f"inject={name}:{how}:when={nth}"]


@pytest.fixture(scope="session")
def strace(tmp_path_factory: pytest.TempPathFactory) -> Strace:
    """Return strace, or skip where it cannot be used: crash safety is then NOT tested."""
    if sys.platform != "linux" or not shutil.which("strace"):
        pytest.skip("CRASH SAFETY NOT TESTED: strace is not installed (apt-get install strace)")
    log = tmp_path_factory.mktemp("strace") / "log"
    probe = ["-o", str(log), "-e", "trace=close", "-e", "inject=close:error=EIO:when=999", "true"]
    for quick in (["--seccomp-bpf"], []):  # strace has it since 5.3
        chosen = Strace(quick)
        if subprocess.run([*chosen.command, *probe], capture_output=True, check=False).returncode == 0:
            compileall.compile_dir(modelsync.__path__[0], quiet=2)  # so that every run reads the same files
            return chosen
    pytest.skip("CRASH SAFETY NOT TESTED: strace may not trace here (ptrace is forbidden)")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the project from which all runs start; it is copied, never written."""
    made = Project(tmp_path_factory.mktemp("crash"))
    made.make()
    return made


@pytest.fixture(scope="session")
def thorough() -> bool:
    """Say whether everything is to be tried (`make crash`), not a sample."""
    return os.environ.get("MODELSYNC_CRASH") == "all"


@pytest.fixture
def at_once() -> Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]:
    """Return a `map` that has as many runs going as there are processors, in order."""

    def work(function: Callable[[Any], Any], cases: Iterable[Any]) -> Iterator[Any]:
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            yield from pool.map(function, cases)

    return work


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Return the environment for processes that a test starts itself."""
    return steady(tmp_path)


@pytest.fixture
def copy(project: Project, request: pytest.FixtureRequest) -> Project:
    """Return a copy of the project for one test."""
    return project.copy(re.sub(r"\W+", "-", request.node.name))


@pytest.fixture
def bare(tmp_path: Path) -> Project:
    """Return a project with nothing in it."""
    empty = Project(tmp_path)
    empty.folder.mkdir(parents=True)
    return empty
