"""Every state in which a power cut could leave the disk during a real `sync` or `restore`, rebuilt from its system calls.

What is modelled: bytes that were not synced may be missing, cut short or zero. Names (created, renamed, removed) that were not
made durable by a sync of their folder arrive in their order or not at all, as on every journalling file system; two folders
may be two file systems, so nothing is assumed of the order between them. A sync of a file says nothing of its name.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

Tree = dict[str, bytes]

TRACE = "trace=/^(openat|close|write|pwrite64|ftruncate|fsync|fdatasync|rename.*|unlink.*|link.*|symlink.*|mkdir.*)$"
SAID = (b"Backup created", b"Restored")
OPENAT = re.compile(r'openat\(AT_FDCWD, "([^"]*)", ([\w|]+)(?:, 0\d+)?\) = (\d+)$')
WRITE = re.compile(r'write\((\d+), "([^"]*)", \d+\) = (\d+)$')
RENAME = re.compile(r'rename\("([^"]*)", "([^"]*)"\) = 0$')
UNLINK = re.compile(r'unlink\("([^"]*)"\) = 0$')
NUMBER = re.compile(r"(close|fsync|ftruncate)\((\d+)(?:, (\d+))?\) = 0$")


class File:
    """What is in one file: its synced bytes, and what may be there instead while the last writes are not synced."""

    def __init__(self, synced: bytes, *, is_new: bool) -> None:
        self.synced = b"" if is_new else synced
        self.written = synced

    def possible(self) -> list[bytes]:
        """Return what a power cut now could leave of it."""
        if self.written == self.synced:
            return [self.synced]
        cut = self.written[: len(self.written) // 2]
        return list(dict.fromkeys([self.synced, cut, bytes(len(self.written)), self.written]))


class Step(NamedTuple):
    """A change of one folder's names: `old` goes (None: nothing does), `new` becomes `file` (None: it only goes)."""

    old: str | None
    new: str | None
    file: File | None


class Disk:
    """Files and their names while a recorded run goes on. A state is a mapping of paths to bytes."""

    def __init__(self, start: Tree) -> None:
        self.names = {path: File(data, is_new=False) for path, data in start.items()}
        self.durable = dict(self.names)
        self.pending: dict[str, list[Step]] = {}
        self.open: dict[int, File | str] = {}
        self.said = b""

    def play(self, line: str) -> bool:
        """Do one call of the log; say whether a power cut after it could leave anything new."""
        line = re.sub(r"\)\s+= ", ") = ", line)
        for pattern, does in (
            (OPENAT, self._openat), (WRITE, self._write), (RENAME, self._rename), (UNLINK, self._unlink), (NUMBER, self._number),
        ):  # fmt: skip
            if found := pattern.match(line):
                return does(*found.groups())
        assert re.search(r"= -1 E|O_DIRECTORY|\+\+\+ exited", line), f"the model does not know {line}"
        return False

    def possible(self) -> Iterator[Tree]:
        """Return the states in which a power cut now could leave the disk."""
        for lengths in itertools.product(*(range(len(steps) + 1) for steps in self.pending.values())):
            names = dict(self.durable)
            for length, steps in zip(lengths, self.pending.values(), strict=True):
                for step in steps[:length]:
                    _do(step, names)
            for contents in itertools.product(*(file.possible() for file in names.values())):
                yield dict(zip(names, contents, strict=True))

    def _openat(self, path: str, flags: str, number: str) -> bool:
        path = _text(path).decode()
        self.open[int(number)] = self.names.get(path, path)
        if "O_CREAT" not in flags or path in self.names:
            return False
        self.open[int(number)] = file = File(b"", is_new=True)
        return self._name(Step(None, path, file))

    def _write(self, number: str, data: str, count: str) -> bool:
        written = _text(data)[: int(count)]
        assert len(written) == int(count), "strace cut it short"
        if number in {"1", "2"}:
            self.said += written
            return True
        file = self.open[int(number)]
        assert isinstance(file, File)
        file.written += written
        return True

    def _rename(self, old: str, new: str) -> bool:
        source, target = _text(old).decode(), _text(new).decode()
        assert _folder(source) == _folder(target)
        return self._name(Step(source, target, self.names[source]))

    def _unlink(self, path: str) -> bool:
        return self._name(Step(_text(path).decode(), None, None))

    def _number(self, call: str, number: str, length: str | None) -> bool:
        file = self.open.get(int(number))
        if call == "close":
            self.open.pop(int(number), None)
            return False
        if isinstance(file, File):
            if call == "ftruncate":
                assert (length, file.written) == ("0", b""), "only an empty file is truncated"
            file.synced = file.written if call == "fsync" else file.synced
            return True
        assert isinstance(file, str)
        for step in self.pending.pop(file, []):
            _do(step, self.durable)
        return True

    def _name(self, step: Step) -> bool:
        _do(step, self.names)
        self.pending.setdefault(_folder(step.new or step.old or ""), []).append(step)
        return True


def _do(step: Step, names: dict[str, File]) -> None:
    if step.old is not None:
        names.pop(step.old, None)
    if step.new is not None and step.file is not None:
        names[step.new] = step.file


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _text(escaped: str) -> bytes:
    """Read a string of `strace -xx`."""
    return bytes.fromhex(escaped.replace("\\x", ""))


def regular(root: Path) -> Tree:
    """Read every regular file under a folder."""
    found = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path): path.read_bytes() for path in found}


def linked(project: Any) -> None:
    """Make the catalog a link into another folder, as a mounted volume or a shared file is."""
    shared = project.folder.parent / "shared"
    shared.mkdir()
    project.catalog.rename(shared / "real.yml")
    project.catalog.symlink_to("../shared/real.yml")


def plain(_: Any) -> None:
    """Leave both files in one folder."""


class Cut:
    """A recorded run, and what is left of it when the power goes."""

    def __init__(self, project: Any, strace: Any, verb: str, arrange: Callable[[Any], None]) -> None:
        run = project.copy(f"cut-{verb}-{arrange.__name__}")
        arrange(run)
        if verb == "restore":
            run.synced("second")
        self.root = run.folder.parent
        self.links = {path: path.readlink() for path in self.root.rglob("*") if path.is_symlink()}
        self.project = run
        self.start = regular(self.root)
        self.before = run.raw()
        log = project.scratch / f"cut-{verb}-{arrange.__name__}.log"
        self.lines = strace.record(run, run.command(verb), log, "-xx", "-s", "1000000", "-e", TRACE)
        self.after = run.raw()
        assert not self.log_is_short(), self.lines[-5:]
        run.synced("third")
        self.end = run.raw()

    def log_is_short(self) -> bool:
        """Say whether the replayed log does not end in the files that are there."""
        disk = Disk(self.start)
        for line in self.lines:
            disk.play(line)
        return {path: file.written for path, file in disk.names.items()} != regular(self.root)

    def states(self) -> list[tuple[Tree, bool]]:
        """Return each state that a power cut could leave, and whether the run had told of its success by then."""
        disk = Disk(self.start)
        found: dict[frozenset[tuple[str, bytes]], bool] = {}
        for line in self.lines:
            if disk.play(line):
                told = any(word in disk.said for word in SAID)
                for state in disk.possible():
                    key = frozenset(state.items())
                    found[key] = found.get(key, False) or told
        assert any(found.values())
        return [(dict(state), told) for state, told in found.items()]

    def rebuilt(self, state: Tree, name: str) -> Any:
        """Return the project as a state has it."""
        project = self.project.empty(f"{self.root.name}-{name}")
        for path, data in state.items():
            place = project.folder.parent / Path(path).relative_to(self.root)
            place.parent.mkdir(exist_ok=True, parents=True)
            place.write_bytes(data)
        for path, target in self.links.items():
            (project.folder.parent / path.relative_to(self.root)).symlink_to(target)
        return project

    def judged(self, number: int, state: Tree, *, told: bool, mend: bool) -> str:
        """Require that a state is sound, and new when success was told; say whether it was the old pair or the new.

        `mend` has a sync follow, which must come to the end that an undisturbed run reaches.
        """
        project = self.rebuilt(state, str(number))
        try:
            found = project.require_sound(self.before, self.after, self.end) if mend else project.seen()
            assert found in (self.before, self.after), "torn"
            assert found == self.after or not told, "told, and lost"
        except AssertionError as error:
            error.add_note(
                f"files: { {str(Path(path).relative_to(self.root)): len(data) for path, data in state.items()} }"
            )
            raise
        project.remove()
        return "new" if found == self.after else "old"


@pytest.mark.parametrize("arrange", [plain, linked])
@pytest.mark.parametrize("verb", ["sync", "restore"])
def test_after_a_power_cut_the_pair_is_old_or_new_and_what_was_acknowledged_is_there(
    project: Any, strace: Any, thorough: bool, verb: str, arrange: Callable[[Any], None]
) -> None:
    """Whatever had not reached the disk: never torn, nothing taken for a hand edit; once success was told, the new pair."""
    cut = Cut(project, strace, verb, arrange)
    states = cut.states()
    assert len(states) > 100
    every = 1 if thorough else len(states) // 25
    found = [
        cut.judged(number, state, told=told, mend=number % every == 0) for number, (state, told) in enumerate(states)
    ]
    assert set(found) == {"old", "new"}
