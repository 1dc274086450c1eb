"""Every fault of a server, through the real command: its documented error within its deadline, no byte changed, no key seen."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.fetch.exchange import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CANARY = "sk-canary-0123456789"
AGREED = "Nothing to do"
MEASURED = """\
import re, resource, sys
from pathlib import Path
from modelsync.cli.app import run
code = run(sys.argv[1:])
status = Path("/proc/self/status")  # Linux counts the memory of whoever started this process into its ru_maxrss
unit = 1 if sys.platform == "darwin" else 1024
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1]) * 1024 if status.exists() else peak)
sys.exit(code)
"""
"""Runs the command and prints the most memory it ever had, in bytes."""

MESSAGES = [
    ("slow-headers", 1, "took longer than 1 s"),
    ("slow-line", 1, "took longer than 1 s"),
    ("slow-body", 1, "took longer than 1 s"),
    ("truncated", 3, "stopped in the middle of its answer: IncompleteRead("),
    ("reset", 3, "stopped in the middle of its answer: "),
    ("204", 60, "answered with nothing (HTTP 204)"),
    ("empty", 60, "answered with nothing\n"),
    ("html", 60, "answered with a web page, not with JSON"),
    ("wrong-type", 60, "answered with 'image/gif', not with JSON"),
    ("storm", 3, "answered HTTP 429\n"),
    ("for-hours", 60, "answered HTTP 429 and asks to wait 86400 s"),
    ("no-retry", 60, "answered HTTP 500\n"),
    ("gzip-bomb", 60, "sent more than 128 MiB"),
    ("double-bomb", 60, "the encoding 'gzip, gzip', which was not asked for"),
    ("hidden-bomb", 60, "is not a model list"),
    ("deep", 60, "is JSON nested over 100 levels deep"),
    ("deep-open", 60, "is JSON nested over 100 levels deep"),
    ("null-data", 60, "is not a model list"),
    ("echo", 60, "refused the API key (HTTP 401)"),
]
"""What each fault is answered with, and within how many seconds altogether."""


@pytest.fixture(scope="module")
def agreed(faults: Any, make_project: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose catalog has been synced with the server's good answer: whatever changes later, a fault did."""
    root = tmp_path_factory.mktemp("agreed")
    assert make_project(root).sync(OPENROUTER_API_BASE=faults.url("good")).code == 0
    return root


@pytest.fixture
def project(agreed: Path, project: Any) -> Any:
    """Return a copy of that project."""
    shutil.copytree(agreed, project.root, dirs_exist_ok=True)
    return project


@pytest.mark.parametrize(("fault", "seconds", "message"), MESSAGES)
def test_nothing_is_fetched(faults: Any, project: Any, fault: str, seconds: int, message: str) -> None:
    """Exit 3, a message that says what came, and every file as it was."""
    before = project.files()
    done = project.sync(OPENROUTER_API_BASE=faults.url(fault), MODELSYNC_NETWORK_SECONDS=str(seconds))
    assert (done.code, message in done.err, done.out) == (3, True, ""), done.err
    assert project.files() == before


@pytest.mark.parametrize(("fault", "seconds", "message"), MESSAGES)
def test_a_provider_s_list(faults: Any, project: Any, fault: str, seconds: int, message: str) -> None:
    """The same through `list`, beside a provider that answers: that one is shown, exit 4, and every file as it was."""
    before = project.files()
    bases = {"OPENAI_BASE_URL": faults.url(fault), "OPENROUTER_API_BASE": faults.url("good")}
    done = project.command(
        "list",
        "openai",
        "openrouter",
        **bases,
        OPENAI_API_KEY=f"{CANARY}-openai",
        MODELSYNC_NETWORK_SECONDS=str(seconds),
    )
    said = {"null-data": "it lists no models", "hidden-bomb": "did not answer with a model list"}
    assert done.code == 4, done
    assert said.get(fault, message.replace("128 MiB", "16 MiB").strip()) in done.out
    assert "OpenRouter: 1 model\n" in done.out
    assert project.files() == before


@pytest.mark.parametrize(
    "fault", ["seconds", "float", "milliseconds", "date", "no-date", "do-retry", "cut-once", "silent-once"]
)
def test_the_second_attempt_succeeds(faults: Any, project: Any, fault: str) -> None:
    """However the server says when to come back, and also if it says it badly, or drops the connection."""
    done = project.sync(OPENROUTER_API_BASE=faults.url(fault))
    assert (done.code, AGREED in done.out) == (0, True), done.err


@pytest.mark.parametrize(("fault", "attempts"), [("no-retry", 1), ("for-hours", 1), ("404", 1), ("storm", 4)])
def test_how_often_it_is_tried(make_server: Callable[..., Any], project: Any, fault: str, attempts: int) -> None:
    """Once where another attempt would not help or has to wait for too long, else a few times."""
    server = make_server()
    assert project.sync(OPENROUTER_API_BASE=server.url(fault)).code == 3
    assert len(server.stop()) == attempts


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("nan", "JSON is malformed"),
        ("1e400", "Number out of range"),
        ("duplicate", "listed twice with different facts"),
    ],
)
def test_one_bad_record_costs_that_record(faults: Any, project: Any, fault: str, reason: str) -> None:
    """It is left out and said so; nothing is changed and nothing counts as gone. It was the only one, so the list is not whole."""
    before = project.files()
    done = project.sync("--prune", OPENROUTER_API_BASE=faults.url(fault))
    assert done.code == 4, done.err
    assert f"openai/gpt-4o  {reason}" in done.out
    assert "nothing counts as gone" in done.out
    assert project.files() == before


@pytest.mark.parametrize("fault", ["gzip-bomb", "double-bomb", "hidden-bomb"])
def test_a_bomb_is_bounded_in_memory(faults: Any, project: Any, fault: str) -> None:
    """A gigabyte in a megabyte, or in two kilobytes: the process never grew far past the bound."""
    done = project.run("-c", MEASURED, "sync", OPENROUTER_API_BASE=faults.url(fault))
    assert (done.code, int(done.out) < 2.5 * Limits().body) == (3, True), done


@pytest.mark.parametrize("source", ["--source", "base"])
def test_a_redirect_to_another_host(make_server: Callable[..., Any], project: Any, source: str) -> None:
    """It is refused, and the other host is never even asked."""
    here, there = make_server(), make_server()
    before = project.files()
    address = here.url(f"redirect/http://127.0.0.1:{there.port}/good")
    done = project.sync("--source", address) if source == "--source" else project.sync(OPENROUTER_API_BASE=address)
    assert (done.code, "is on another host" in done.err) == (3, True), done.err
    assert project.files() == before
    assert there.stop() == []
    (asked,) = here.stop()
    assert ("authorization: bearer sk-canary" in asked["head"].lower()) is (source == "base")


@pytest.mark.parametrize("said", ["0", "-1", "nan", "inf", "soon", "99999"])
def test_a_patience_that_is_none(faults: Any, project: Any, said: str) -> None:
    """A usage error, before anything is asked."""
    done = project.sync(OPENROUTER_API_BASE=faults.url("good"), MODELSYNC_NETWORK_SECONDS=said)
    assert (done.code, "MODELSYNC_NETWORK_SECONDS is no number of seconds" in done.err) == (2, True)


def test_an_unchanged_list_is_not_sent_again(make_server: Callable[..., Any], project: Any) -> None:
    """Where the server tags it, the second sync asks with the tag; what is kept holds no key (the fixture looks)."""
    server = make_server()
    done = [project.sync(OPENROUTER_API_BASE=server.url("etag")) for _ in range(2)]
    assert [(run.code, AGREED in run.out) for run in done] == [(0, True)] * 2
    assert ['if-none-match: "1"' in line["head"].lower() for line in server.stop()] == [False, True]
    assert any(name.startswith("home/.cache/modelsync/") for name in project.files())


@pytest.mark.parametrize("fault", ["good", "echo", "html", "null-data", "truncated", "deep", "seconds"])
def test_a_run_can_be_replayed(make_server: Callable[..., Any], project: Any, fault: str) -> None:
    """Without the server, its address or a key: the same words and the same exit code. No key is in the recording (the fixture looks)."""
    server = make_server()
    recorded = project.sync("--dry-run", "--record", "recording", OPENROUTER_API_BASE=server.url(fault))
    server.stop()
    replayed = project.sync("--dry-run", "--replay", "recording", OPENROUTER_API_KEY="")
    assert replayed == recorded
    assert (recorded.code, any(name.startswith("project/recording/") for name in project.files())) == (
        0 if fault in ("good", "seconds") else 3,
        True,
    )
