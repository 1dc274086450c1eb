"""Every exit code, from a real process, as text and as JSON."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from command import record
from modelsync.errors import Exit
from modelsync.store.mutex import mutex_path

if TYPE_CHECKING:
    from collections.abc import Callable

DAMAGED = "        features: []\n        features: []\n"  # an entry with a key twice is held


def done(shell: Any) -> list[str]:
    """Nothing to do."""
    return ["sync", "--source", str(shell.source)]


def drift(shell: Any) -> list[str]:
    """A price moved."""
    shell.run("sync", "--source", str(shell.source))
    shell.write(shell.catalog.read_text().replace("0.0025", "0.001"))
    return ["sync", "--check", "--source", str(shell.source), "--take", "openai/gpt-4o"]


def drift_and_held(shell: Any) -> list[str]:
    """An entry is damaged and another is missing: 1 wins over 4."""
    partial(shell)
    return ["sync", "--check", "--source", "snapshot"]


def usage(shell: Any) -> list[str]:
    """No such option."""
    assert shell
    return ["sync", "--bogus"]


def no_catalog(shell: Any) -> list[str]:
    """Nothing to sync."""
    shell.catalog.unlink()
    return ["sync", "--source", "snapshot"]


def no_source(shell: Any) -> list[str]:
    """A listing that is none."""
    shell.source.write_text("<html>")
    return ["sync", "--source", str(shell.source)]


def nobody_there(shell: Any) -> list[str]:
    """An address at which nobody listens."""
    assert shell
    return ["sync", "--source", "http://127.0.0.1:1/models"]


def partial(shell: Any) -> list[str]:
    """Something was held."""
    shell.write(shell.catalog.read_text().replace("        features: []\n", DAMAGED))
    return ["sync", "--source", str(shell.source)]


def held_price(shell: Any) -> list[str]:
    """A price leaps: nothing else differs, and `--check` does not call that clean."""
    shell.run("sync", "--source", str(shell.source))
    shell.write(shell.catalog.read_text().replace("0.0025", "0.0001"))
    return ["sync", "--check", "--source", str(shell.source), "--take", "openai/gpt-4o"]


def empty_listing(shell: Any) -> list[str]:
    """Upstream delivers nothing: that is not agreement."""
    shell.run("sync", "--source", str(shell.source))
    shell.listing()
    return ["sync", "--check", "--source", str(shell.source)]


def empty_first_listing(shell: Any) -> list[str]:
    """Also where there is no lock yet."""
    shell.listing()
    return ["sync", "--source", str(shell.source)]


def incomplete_listing(shell: Any) -> list[str]:
    """A record has no id, so that nobody knows what is missing."""
    shell.run("sync", "--source", str(shell.source))
    shell.listing(record(), {"name": "nameless"})
    return ["sync", "--check", "--source", str(shell.source)]


def shrunken_listing(shell: Any) -> list[str]:
    """Of six models there is one left."""
    shell.listing(record(), *(record(f"openai/gpt-{number}") for number in range(5, 10)))
    shell.run("sync", "--source", str(shell.source))
    shell.listing(record())
    return ["sync", "--check", "--source", str(shell.source)]


def outdated_listing(shell: Any) -> list[str]:
    """A file that was written long before the lock's newest value is whole, and only old."""
    shell.run("sync", "--source", str(shell.source))
    shell.listing(record(prompt="0.000004"))
    os.utime(shell.source, (1_700_000_000, 1_700_000_000))
    return ["sync", "--check", "--source", str(shell.source)]


def bad_catalog(shell: Any) -> list[str]:
    """Tabs."""
    shell.write("providers:\n\topenai: {}\n")
    return ["sync", "--source", "snapshot"]


def bad_lock(shell: Any) -> list[str]:
    """Conflict markers."""
    shell.lock.write_text("<<<<<<< HEAD\n")
    return ["sync", "--source", "snapshot"]


def bad_settings(shell: Any) -> list[str]:
    """A misspelt key."""
    (shell.folder / "modelsync.toml").write_text("sorce = 'snapshot'\n")
    return ["sync"]


def refused(shell: Any) -> list[str]:
    """Prices per million in a catalog that should have them per thousand."""
    shell.write(shell.catalog.read_text().replace("0.0025", "2.5").replace("0.01", "10"))
    return ["sync", "--source", str(shell.source)]


SCENES: list[tuple[Callable[[Any], list[str]], Exit]] = [
    (done, Exit.DONE), (drift, Exit.DRIFT), (drift_and_held, Exit.DRIFT), (usage, Exit.USAGE), (no_catalog, Exit.USAGE), (no_source, Exit.NOTHING_FETCHED), (nobody_there, Exit.NOTHING_FETCHED),
    (empty_listing, Exit.PARTIAL), (empty_first_listing, Exit.PARTIAL), (incomplete_listing, Exit.PARTIAL), (shrunken_listing, Exit.PARTIAL), (outdated_listing, Exit.DONE),
    (partial, Exit.PARTIAL), (held_price, Exit.PARTIAL), (bad_catalog, Exit.INVALID), (bad_lock, Exit.INVALID), (bad_settings, Exit.INVALID), (refused, Exit.REFUSED),
]  # fmt: skip


@pytest.mark.parametrize(("scene", "code"), SCENES, ids=lambda value: getattr(value, "__name__", None))
def test_each(shell: Any, scene: Callable[[Any], list[str]], code: Exit) -> None:
    """The code is the documented one, and the JSON says the same; an error leaves every file as it was."""
    arguments = scene(shell)
    before = shell.files()
    result = shell.run(*arguments)
    assert result.code == code, result
    if code not in (Exit.DONE, Exit.PARTIAL):
        assert shell.files() == before
    if code in (Exit.DONE, Exit.DRIFT, Exit.PARTIAL):
        assert result.out
        assert not result.err
    else:
        assert not result.out
        assert "Traceback" not in result.err
    as_json = shell.run(*arguments, "--format", "json")
    assert as_json.code == as_json.json["exit_code"] == code
    assert ("error" in as_json.json) is bool(result.err)
    assert not as_json.err


def test_an_unreachable_source_says_what_was_tried_and_the_way_out(shell: Any) -> None:
    """Exit 3, the address, the system's reason, `--source snapshot`; and nothing is written."""
    before = shell.files()
    result = shell.run("sync", OPENROUTER_API_BASE="http://127.0.0.1:1/api/v1")
    assert result.code == Exit.NOTHING_FETCHED
    assert "cannot reach http://127.0.0.1:1/api/v1/models: " in result.err
    assert "--source snapshot" in result.err
    assert shell.files() == before


def test_a_busy_catalog_is_refused(shell: Any, record: Any) -> None:
    """Another process holds the file lock: exit 6 at once, naming it, nothing written."""
    shell.listing(record(prompt="0.000002"))
    mutex = mutex_path(shell.catalog)
    with mutex.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        before = shell.catalog.read_bytes()
        result = shell.sync()
        assert result.code == Exit.REFUSED
        assert "is being written by" in result.err
        assert shell.catalog.read_bytes() == before
    assert shell.sync().code == Exit.DONE


@pytest.mark.parametrize("output", ["text", "json"])
def test_interrupted(shell: Any, output: str) -> None:
    """Ctrl-C while it waits for a listing: 130, one sentence, nothing written."""
    before = shell.files()
    pipe = subprocess.PIPE
    with shell.start("sync", "--source", "-", "--format", output, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        _wait_until_reading(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == Exit.INTERRUPTED
    assert b"interrupted" in (out if output == "json" else err)
    assert b"Traceback" not in err
    assert shell.files() == before


def _wait_until_reading(process: subprocess.Popen[bytes]) -> None:
    """Wait until the process sleeps in a read of its standard input."""
    state = Path(f"/proc/{process.pid}/wchan")
    for _ in range(200):
        time.sleep(0.05)
        if not state.exists() or "pipe_read" in state.read_text() or "pipe_wait" in state.read_text():
            break
    time.sleep(0.1 if state.exists() else 2)


class TestBug:
    """Exit 70: an installation with a file missing is nothing the command expects."""

    @pytest.fixture
    def broken(self, tmp_path: Path) -> str:
        """Return where a copy of the package is that lost its snapshot."""
        import modelsync

        copy = tmp_path / "broken"
        ignored = shutil.ignore_patterns("__pycache__", "snapshot.json.gz")
        shutil.copytree(modelsync.__path__[0], copy / "modelsync", ignore=ignored)
        return str(copy)

    def test_a_report_is_written_without_secrets(self, shell: Any, broken: str, tmp_path: Path) -> None:
        """The report has the traceback and the arguments, and neither keys nor logins nor queries."""
        login = "https://me:hunter22@models.example/list?key=hunter23"
        secrets = {"MY_TOKEN": "hunter24/x", "HTTPS_PROXY": "http://me:hunter25@127.0.0.1:1"}
        wishes = ["--take", login, "--accept", secrets["MY_TOKEN"]]
        result = shell.run("sync", "--source", "snapshot", *wishes, sources=broken, TMPDIR=str(tmp_path), env=secrets)
        assert result.code == Exit.BUG
        assert "Traceback" not in result.err
        assert not result.out
        (report,) = tmp_path.glob("modelsync-bug-*.txt")
        assert str(report) in result.err
        text = report.read_text(encoding="utf-8")
        assert "FileNotFoundError" in text
        assert "in _snapshot_file" in text
        assert "--take" in text
        assert "<MY_TOKEN>" in text
        assert "hunter2" not in text

    def test_in_json_too(self, shell: Any, broken: str, tmp_path: Path) -> None:
        """The object names the report."""
        result = shell.run("sync", "--source", "snapshot", "--format=json", sources=broken, TMPDIR=str(tmp_path))
        (report,) = tmp_path.glob("modelsync-bug-*.txt")
        assert result.code == result.json["exit_code"] == Exit.BUG
        assert str(report) in result.json["hint"]

    def test_nobody_else_may_read_the_report(self, shell: Any, broken: str, tmp_path: Path) -> None:
        """It may say more than one thinks."""
        shell.run("sync", "--source", "snapshot", sources=broken, TMPDIR=str(tmp_path))
        (report,) = tmp_path.glob("modelsync-bug-*.txt")
        assert report.stat().st_mode & 0o077 == 0


class TestClosedPipes:
    """Output that nobody reads, and input that is not there."""

    @pytest.mark.parametrize(
        ("arguments", "code"), [(["--dry-run"], 0), (["--check"], 1), (["--check", "--format", "json"], 1), ([], 0)]
    )
    def test_the_exit_code_stands_when_the_reader_leaves(self, shell: Any, arguments: list[str], code: int) -> None:
        """`| head -1` must neither invent drift nor hide it, and leaves no noise."""
        reading, writing = os.pipe()
        os.close(reading)
        with shell.start(
            "sync", "--source", "snapshot", *arguments, stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.PIPE
        ) as process:
            os.close(writing)
            _, err = process.communicate(timeout=30)
        assert process.returncode == code
        assert not err

    def test_other_verbs_too(self, shell: Any) -> None:
        """`backups | head`."""
        reading, writing = os.pipe()
        os.close(reading)
        with shell.start("backups", stdout=writing, stderr=subprocess.PIPE) as process:
            os.close(writing)
            _, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, b"")

    @pytest.mark.parametrize("closing", ["<&-", ">&-", "<&- >&- 2>&-"])
    def test_a_stream_that_was_closed_before(self, shell: Any, closing: str) -> None:
        """A service may start the command without standard input or output."""
        command = f"exec {sys.executable} -m modelsync sync --source snapshot {closing}"
        finished = subprocess.run(
            ["sh", "-c", command],
            cwd=shell.folder,
            env=shell.environment(),
            check=False,
            timeout=60,
            capture_output=True,
        )
        assert finished.returncode == 0, finished
        assert b"gpt-4-1" in shell.catalog.read_bytes()


class TestTheSystemRefuses:
    """What is neither the user's fault nor ours is said in a line, never as a traceback."""

    def test_a_full_disk_under_the_output(self, shell: Any) -> None:
        """The output cannot be written: exit 6, not 1, which would mean drift."""
        if not Path("/dev/full").exists():
            pytest.skip("no /dev/full here")
        for form in ("text", "json"):
            command = [sys.executable, "-m", "modelsync", "sync", "--source", "snapshot", "--dry-run", "--format", form]
            with Path("/dev/full").open("w", encoding="utf-8") as full:
                done = subprocess.run(
                    command, cwd=shell.folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False
                )
            assert "Traceback" not in done.stderr
            assert done.returncode == Exit.REFUSED
