"""The file lock."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.errors import Busy, CannotWrite
from modelsync.store.backups import backups
from modelsync.store.files import lock_path
from modelsync.store.mutex import hold, mutex_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def holder(
    catalog: Path, command: Callable[..., list[str]], sources: dict[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """Start another process that holds the file lock until its input ends."""
    with subprocess.Popen(
        command("hold", catalog), env=sources, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_writer_fails_at_once_and_is_told_who_holds_it(catalog: Path, holder: subprocess.Popen[str]) -> None:
    """Busy names process, host and since when, without waiting."""
    start = time.monotonic()
    with pytest.raises(Busy) as refused, hold(catalog):
        pass
    assert time.monotonic() - start < 1
    said = re.escape(f"{catalog} is being written by process {holder.pid} on {os.uname().nodename} since ")
    assert re.fullmatch(said + r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(refused.value))


def test_a_writer_that_comes_before_the_holder_has_signed_learns_its_name_all_the_same(
    catalog: Path, command: Callable[..., list[str]], strace: Any, sources: dict[str, str]
) -> None:
    """Between taking the lock and signing it lies a moment: the second writer looks again rather than name nobody."""
    slow = strace.tampering(command("hold", catalog), "ftruncate", 1, "delay_exit=100000")
    with subprocess.Popen(slow, env=sources, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        while not mutex_path(catalog).exists():
            time.sleep(0.001)
        refused = refusal(catalog)
        process.communicate("")
    assert re.search(r"is being written by process \d+ on ", refused)


def refusal(catalog: Path) -> str:
    """Try to hold a catalog until it is refused; return what is said."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with hold(catalog):
                pass
        except Busy as busy:
            return str(busy)
    return "nobody held it"


def test_a_killed_holder_holds_nothing(catalog: Path, holder: subprocess.Popen[str]) -> None:
    """After kill -9 the stale lock file stays, and the next writer takes it over and removes it."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert mutex_path(catalog).exists()
    with hold(catalog):
        assert f"process {os.getpid()} on " in mutex_path(catalog).read_text()
    assert not mutex_path(catalog).exists()


def test_the_file_lock_is_released_when_the_block_fails(catalog: Path) -> None:
    """An error inside leaves no lock file, and the catalog can be locked again."""
    with contextlib.suppress(ZeroDivisionError), hold(catalog):
        raise ZeroDivisionError
    assert not mutex_path(catalog).exists()
    with hold(catalog):
        pass


def test_all_names_of_one_file_share_the_lock(catalog: Path, tmp_path: Path) -> None:
    """A link in another folder is kept out while the real file is locked."""
    link = tmp_path / "link.yml"
    link.symlink_to(catalog)
    with hold(catalog), pytest.raises(Busy), hold(link):
        pass


def test_a_lock_file_made_by_somebody_else_meanwhile_is_not_removed(catalog: Path) -> None:
    """When a person deletes the lock file and another writer makes a new one, releasing leaves the new one alone."""
    with hold(catalog):
        mutex_path(catalog).unlink()
        mutex_path(catalog).write_text("another")
    assert mutex_path(catalog).read_text() == "another"


def test_a_lock_file_that_is_a_link_is_refused(catalog: Path, tmp_path: Path) -> None:
    """Nobody can make modelsync write through a planted link."""
    (tmp_path / "victim").write_text("mine")
    mutex_path(catalog).symlink_to(tmp_path / "victim")
    with pytest.raises(CannotWrite), hold(catalog):
        pass
    assert (tmp_path / "victim").read_text() == "mine"


def test_a_file_system_without_locks_is_named(
    catalog: Path,
    command: Callable[..., list[str]],
    strace: Any,
) -> None:
    """ENOLCK, as from NFS without a lock daemon, is a clear refusal, and nothing is written."""
    arguments = command("write", catalog, new_catalog="new", new_lock="new")
    result = strace.tamper(arguments, "flock", 1, "error=ENOLCK")
    assert '"CannotWrite"' in result.stdout
    assert "the file system offers no file locks; the old bytes are intact" in result.stdout
    assert catalog.read_bytes() == b"old: catalog\n"


def test_four_writers_lose_no_update(catalog: Path, command: Callable[..., list[str]], sources: dict[str, str]) -> None:
    """Four processes that each add one twelve times, planning anew when refused, arrive at 48 in both files."""
    catalog.write_bytes(b"0")
    lock_path(catalog).write_bytes(b"0")
    arguments = command("count", catalog, times=12)
    writers = [subprocess.Popen(arguments, env=sources, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [writer.communicate(timeout=50)[0] for writer in writers] == ['{"done": null}'] * 4
    assert (catalog.read_bytes(), lock_path(catalog).read_bytes()) == (b"48", b"48")
    names = {path.name for path in catalog.parent.iterdir()}
    kept = backups(catalog)
    assert [backup.catalog.read_bytes() for backup in kept] == [b"47", b"46", b"45"]
    assert names == {"llm_models.yml", "llm_models.lock.json"} | {
        name.format(backup.stamp)
        for backup in kept
        for name in ("llm_models.yml.backup.{}", "llm_models.lock.json.backup.{}", ".llm_models.yml.backup.{}.sum")
    }
