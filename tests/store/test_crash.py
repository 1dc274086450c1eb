"""Kill -9, full disks and failing disks at every system call of a write, and interruptions in the middle of one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.store import copies
from modelsync.store.backups import backups
from modelsync.store.commit import Write, effective_lock, is_untidy, recover, write
from modelsync.store.files import digest, lock_path, read_state
from modelsync.store.mutex import hold, mutex_path

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

OLD = (b"old: catalog\n", b'{"old": "lock"}\n')
NEW = (b"new: catalog\n", b'{"new": "lock"}\n')
EARLIER = datetime(2026, 1, 1, tzinfo=UTC)
ERRORS = {
    "write": "ENOSPC",
    "openat": "ENOSPC",
    "fsync": "EIO",
    "rename": "EBUSY",
    "renameat": "EBUSY",
    "renameat2": "EBUSY",
    "unlink": "EIO",
    "unlinkat": "EIO",
    "fchmod": "EPERM",
}
Command = Callable[..., list[str]]
Files = tuple[bytes | None, bytes | None]


def read(catalog: Path) -> Files:
    """Return the bytes of both files."""
    return read_state(catalog).data, read_state(lock_path(catalog)).data


@pytest.fixture
def kept(catalog: Path) -> Path:
    """Return a catalog with one earlier backup, taken when it had no lock, so that a write also thins out."""
    lock_path(catalog).unlink()
    write(Write(catalog, *OLD, digest(OLD[0]), digest(None)), now=EARLIER, keep=10)
    return catalog


@contextlib.contextmanager
def fresh(catalog: Path, spare: Path) -> Generator[None]:
    """Run the block on the folder of `catalog`, then put the folder back as it was."""
    shutil.copytree(catalog.parent, spare)
    try:
        yield
    finally:
        shutil.rmtree(catalog.parent)
        spare.rename(catalog.parent)


def write_both(command: Command, catalog: Path) -> list[str]:
    """Write both files, keeping one backup."""
    return command("write", catalog, new_catalog=NEW[0].decode(), new_lock=NEW[1].decode(), keep=1)


def write_lock(command: Command, catalog: Path) -> list[str]:
    """Write the lock alone."""
    return command("write", catalog, new_catalog=OLD[0].decode(), new_lock=NEW[1].decode())


def restore_without_lock(command: Command, catalog: Path) -> list[str]:
    """Go back to when there was no lock; the catalog's bytes were the same."""
    return command("restore", catalog, stamp="20260101_000000")


RENAMING = r"(rename|unlink).*"
CASES = [
    pytest.param(write_both, NEW, RENAMING, id="both files"),
    pytest.param(write_lock, (OLD[0], NEW[1]), RENAMING, id="the lock alone"),
    pytest.param(restore_without_lock, (OLD[0], None), RENAMING, id="removing the lock"),
]
"""A command, the pair it makes, and which of its system calls to try: `tests/crash` tries all, with the real command."""


@pytest.mark.parametrize(("make", "new", "which"), CASES)
def test_kill_at_every_call_leaves_the_old_or_the_new_pair(  # noqa: PLR0917 - fixtures
    kept: Path,
    command: Command,
    strace: Any,
    tmp_path: Path,
    make: Callable[[Command, Path], list[str]],
    new: Files,
    which: str,
) -> None:
    """Kill -9 before each call: one repair gives a whole pair, as readers saw it already, and a tidy folder."""
    arguments = make(command, kept)
    with fresh(kept, tmp_path / "spare"):
        calls = [call for call in strace.calls(arguments, kept.parent) if re.fullmatch(which, call[0])]
        assert read(kept) == new
    outcomes: list[Files] = []
    for call, nth in calls:
        with fresh(kept, tmp_path / "spare"):
            result = strace.tamper(arguments, call, nth, "signal=KILL")
            assert result.returncode in {-signal.SIGKILL, 128 + signal.SIGKILL}, (call, nth, result)
            outcomes.append(repaired(kept))
    assert set(outcomes) == {OLD, new}
    assert outcomes == sorted(outcomes, key=[OLD, new].index), "once new, always new"


def repaired(catalog: Path) -> Files:
    """Repair what a killed run left, check that the folder is sound, and return the pair."""
    seen, needed = effective_lock(catalog), is_untidy(catalog)
    with hold(catalog):
        assert (recover(catalog) is not None) == needed
    assert read(catalog)[1] == seen, "readers saw the lock that the repair made"
    assert not is_untidy(catalog)
    found = backups(catalog)
    assert found
    for backup in found:
        copies.contents(catalog, backup)
    assert {path.name for path in catalog.parent.iterdir()} <= {
        "llm_models.yml",
        "llm_models.lock.json",
        *(path.name for backup in found for path in copies.names(catalog, backup.stamp)),
    }
    return read(catalog)


def test_kill_during_the_repair_is_repaired_too(
    kept: Path,
    command: Command,
    strace: Any,
    tmp_path: Path,
) -> None:
    """Killed between the two renames, and again at every change the repair makes: the new pair arrives all the same."""
    arguments = write_both(command, kept)
    with fresh(kept, tmp_path / "spare"):
        renames = [(call, nth) for call, nth in strace.calls(arguments, kept.parent) if call.startswith("rename")]
    strace.tamper(arguments, *renames[-1], "signal=KILL")
    assert read(kept) == (NEW[0], OLD[1]), "the catalog is new, the lock waits in .next"
    repair = command("recover", kept)
    with fresh(kept, tmp_path / "spare"):
        calls = [
            call for call in strace.calls(repair, kept.parent) if re.fullmatch(r"(rename|unlink|fsync).*", call[0])
        ]
    for call, nth in calls:
        with fresh(kept, tmp_path / "spare"):
            strace.tamper(repair, call, nth, "signal=KILL")
            assert repaired(kept) == NEW


def test_what_a_person_edits_after_a_kill_keeps_the_lock_that_belongs_to_it(
    kept: Path,
    command: Command,
    strace: Any,
    tmp_path: Path,
) -> None:
    """Killed before each rename, then edited by hand: the lock is the one of the catalog that was edited, before and after the repair."""
    arguments = write_both(command, kept)
    with fresh(kept, tmp_path / "spare"):
        calls = [call for call in strace.calls(arguments, kept.parent) if re.fullmatch(RENAMING, call[0])]
    outcomes: list[Files] = []
    for call, nth in calls:
        with fresh(kept, tmp_path / "spare"):
            strace.tamper(arguments, call, nth, "signal=KILL")
            with kept.open("ab") as file:
                file.write(b"# mine\n")
            outcomes.append(repaired(kept))
    assert set(outcomes) == {(OLD[0] + b"# mine\n", OLD[1]), (NEW[0] + b"# mine\n", NEW[1])}


@pytest.mark.parametrize(("make", "new", "which"), CASES)
def test_an_error_at_every_call_leaves_the_files_or_is_survived(  # noqa: PLR0917 - fixtures
    kept: Path,
    command: Command,
    strace: Any,
    tmp_path: Path,
    listing: Callable[[Path], dict[str, bytes]],
    make: Callable[[Command, Path], list[str]],
    new: Files,
    which: str,
) -> None:
    """A refused write names the catalog and leaves the folder exactly as it was; any other has the new pair."""
    arguments = make(command, kept)
    before = listing(kept.parent)
    with fresh(kept, tmp_path / "spare"):
        calls = [call for call in strace.calls(arguments, kept.parent) if re.fullmatch(which, call[0])]
    refused = 0
    for call, nth in (call for call in calls if call[0] in ERRORS):
        with fresh(kept, tmp_path / "spare"):
            result = strace.tamper(arguments, call, nth, f"error={ERRORS[call]}")
            assert result.stdout, (call, nth, result.stderr)
            outcome = json.loads(result.stdout)
            after = listing(kept.parent)
            after.pop(mutex_path(kept).name, None)
            if "error" in outcome:
                refused += 1
                assert outcome["message"], outcome
                assert after == before, (call, nth, outcome)
            else:
                assert (read(kept)[0], effective_lock(kept)) == new, (call, nth, outcome)
                assert repaired(kept) == new
    assert refused > 1


def test_everything_is_synced_before_it_is_renamed(
    kept: Path,
    command: Command,
    strace: Any,
) -> None:
    """Backups, `.next` and both new files reach the disk before the first rename, the folder before and after."""
    stamp = "backup.20261122_231100"
    catalog, lock, folder = "llm_models.yml", "llm_models.lock.json", kept.parent.name
    assert strace.durability(write_both(command, kept)) == [
        f"fsync .{catalog}.{stamp}.sum",
        f"fsync {catalog}.{stamp}",
        f"fsync {lock}.{stamp}",
        f"fsync .{catalog}.modelsync.tmp",
        f"rename .{catalog}.modelsync.tmp .{catalog}.{stamp}.sum",
        f"fsync {lock}.next",
        f"fsync .{catalog}.modelsync.tmp",
        f"fsync .{lock}.modelsync.tmp",
        f"fsync {folder}",
        f"rename .{catalog}.modelsync.tmp {catalog}",
        f"rename .{lock}.modelsync.tmp {lock}",
        f"fsync {folder}",
    ]


def test_the_catalog_in_another_folder_is_synced_before_its_lock_is_renamed(
    catalog: Path, command: Command, strace: Any, tmp_path: Path
) -> None:
    """Two folders may be two file systems: a lock must never survive a power cut that its catalog did not."""
    (tmp_path / "shared").mkdir()
    catalog.rename(tmp_path / "shared" / "real.yml")
    catalog.symlink_to("../shared/real.yml")
    steps = strace.durability(write_both(command, catalog))
    first = steps.index("rename .real.yml.modelsync.tmp real.yml")
    assert steps[first : first + 3] == [
        "rename .real.yml.modelsync.tmp real.yml",
        "fsync shared",
        "rename .llm_models.lock.json.modelsync.tmp llm_models.lock.json",
    ]


def test_copies_of_a_private_catalog_are_private_from_the_start(
    kept: Path,
    command: Command,
    strace: Any,
    tmp_path: Path,
) -> None:
    """Killed before any file got its final mode, with an open umask: no copy can be read by others."""
    kept.chmod(0o600)
    lock_path(kept).chmod(0o600)
    present = {*kept.parent.iterdir(), mutex_path(kept)}
    arguments = ["sh", "-c", 'umask 0; exec "$0" "$@"', *write_both(command, kept)]
    with fresh(kept, tmp_path / "spare"):
        calls = [call for call in strace.calls(arguments, kept.parent) if call[0] == "fchmod"]
    copied = 0
    for call, nth in calls:
        with fresh(kept, tmp_path / "spare"):
            strace.tamper(arguments, call, nth, "signal=KILL")
            made = [path for path in kept.parent.iterdir() if path not in present and path.stat().st_size]
            assert [path.name for path in made if path.stat().st_mode & 0o077] == []
            copied += len(made)
    assert copied >= len(calls) == 6


def failing(strace: Any, arguments: list[str], folder: Path, kind: str, which: int) -> tuple[str, int]:
    """Return the `which`-th call of a kind in an untouched run."""
    return [(call, nth) for call, nth in strace.calls(arguments, folder) if call.startswith(kind)][which]


def test_a_folder_that_cannot_be_synced_is_written_but_not_durable(
    kept: Path,
    command: Command,
    strace: Any,
    tmp_path: Path,
) -> None:
    """When only the last fsync fails the new files are there, and the caller learns that durability is unknown."""
    arguments = write_both(command, kept)
    with fresh(kept, tmp_path / "spare"):
        call = failing(strace, arguments, kept.parent, "fsync", -1)
    outcome = json.loads(strace.tamper(arguments, *call, "error=EIO").stdout)
    note = f"{kept} is written, durability unknown: the system did not confirm that it would survive a power cut."
    assert outcome == {"done": {"durable": False, "notes": [note]}}
    assert read(kept) == NEW


def test_a_lock_that_cannot_be_renamed_waits_for_the_next_run(
    kept: Path,
    command: Command,
    strace: Any,
    tmp_path: Path,
) -> None:
    """The catalog is new by then: the run says what is left to do, readers see the new lock, the next run does it."""
    arguments = write_both(command, kept)
    with fresh(kept, tmp_path / "spare"):
        call = failing(strace, arguments, kept.parent, "rename", -1)
    outcome = json.loads(strace.tamper(arguments, *call, "error=EBUSY").stdout)
    assert outcome["done"]["durable"] is False
    [note] = outcome["done"]["notes"]
    assert note.startswith(f"{lock_path(kept)} could not be replaced yet: it is busy")
    assert (read(kept), effective_lock(kept)) == ((NEW[0], OLD[1]), NEW[1])
    assert repaired(kept) == NEW


def test_old_backups_that_resist_are_a_note(
    kept: Path,
    command: Command,
    strace: Any,
    tmp_path: Path,
) -> None:
    """Failing to thin out does not undo a write."""
    arguments = write_both(command, kept)
    with fresh(kept, tmp_path / "spare"):
        call = failing(strace, arguments, kept.parent, "unlink", -4)
    outcome = json.loads(strace.tamper(arguments, *call, "error=EPERM").stdout)
    assert outcome == {"done": {"durable": True, "notes": ["Old backups could not be deleted."]}}
    assert (read(kept), len(backups(kept))) == (NEW, 2)


@contextlib.contextmanager
def slowed(
    strace: Any, arguments: list[str], catalog: Path, sources: dict[str, str]
) -> Generator[subprocess.Popen[str]]:
    """Start a write whose first fsync takes a second, and wait until it is there."""
    slow = strace.tampering(arguments, "fsync", 1, "delay_enter=1000000")
    with subprocess.Popen(slow, env=sources, stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 20
        while not any(".backup.20261122" in path.name for path in catalog.parent.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield process


def test_an_editor_that_saves_during_the_write_wins(
    kept: Path,
    command: Command,
    strace: Any,
    sources: dict[str, str],
    listing: Callable[[Path], dict[str, bytes]],
) -> None:
    """A save after the digests were compared is still seen before the rename: nothing is overwritten, no backup left behind."""
    before = listing(kept.parent)
    with slowed(strace, write_both(command, kept), kept, sources) as process:
        kept.write_bytes(b"saved by an editor")
        outcome = json.loads(process.communicate()[0])
    assert outcome["error"] == "Changed"
    after = listing(kept.parent)
    assert after.pop(kept.name) == b"saved by an editor"
    assert after.keys() == before.keys() - {kept.name}


def test_ctrl_c_during_the_write_leaves_everything_as_it_was(
    kept: Path,
    command: Command,
    strace: Any,
    sources: dict[str, str],
    listing: Callable[[Path], dict[str, bytes]],
) -> None:
    """An interrupt before the rename removes all that was made, the file lock too."""
    before = listing(kept.parent)
    with slowed(strace, write_both(command, kept), kept, {**sources, "PYTHONUNBUFFERED": "1"}) as process:
        writer = int(mutex_path(kept).read_text().split()[1])
        os.kill(writer, signal.SIGINT)
        process.communicate()
    assert process.returncode != 0
    assert listing(kept.parent) == before
