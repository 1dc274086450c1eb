"""Several writers of one catalog at once: nobody's update is lost, and whoever loses is told why."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import modelsync
from modelsync.store.backups import backups
from modelsync.store.files import lock_path

WRITER = Path(__file__).with_name("writer.py")
WRITERS, TURNS = 8, 25
REFUSED = 6
PATIENCE_SECONDS = 120
ENTRY = "      model-{0}:\n        model: model-{0}\n        pricing: {{input: 0.001}}\n"
BUSY = r"{catalog} is being written by process \d+ on {host} since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
CHANGED = r"{catalog} was changed( and {lock} was changed)? after the plan was made; nothing was written|{lock} was changed after .*"
MOVED = r"({catalog}|{lock}|{catalog} and {lock}) changed since the plan was made"


def reason(pattern: str, project: Any) -> str:
    """Fill in the names of the files and of this machine."""
    return pattern.format(
        catalog=re.escape(str(project.catalog)), lock=re.escape(str(project.lock)), host=re.escape(os.uname().nodename)
    )


def test_eight_processes_that_sync_the_same_catalog_25_times_lose_no_update(
    bare: Any, variables: dict[str, str]
) -> None:
    """Each moves the price of its own model 25 times; all 200 moves were written, all last prices stand, losers know why."""
    bare.catalog.write_text("providers:\n  openai:\n    models:\n" + "".join(map(ENTRY.format, range(WRITERS))))
    everyone = [{"id": f"openai/model-{number}", "pricing": {"prompt": "0.000001"}} for number in range(WRITERS)]
    listing = bare.scratch / "everyone.json"
    listing.write_text(json.dumps({"data": everyone}))
    modelsync.sync(bare.catalog, source=str(listing))
    commands = [
        [sys.executable, str(WRITER), str(bare.catalog), str(number), str(WRITERS), str(TURNS)]
        for number in range(WRITERS)
    ]
    writers = [subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) for command in commands]
    outcomes = [json.loads(writer.communicate(timeout=PATIENCE_SECONDS)[0]) for writer in writers]
    assert [outcome["written"] for outcome in outcomes] == [TURNS] * WRITERS
    told = {sentence for outcome in outcomes for sentence in outcome["told"]}
    assert told, "they never met"
    known = re.compile(f"{reason(BUSY, bare)}|{reason(CHANGED, bare)}")
    assert [sentence for sentence in told if not known.fullmatch(sentence)] == []
    entries = yaml.safe_load(bare.catalog.read_text())["providers"]["openai"]["models"]
    assert {str(entry["pricing"]["input"]) for entry in entries.values()} == {"0.00125"}
    lock = json.loads(lock_path(bare.catalog).read_text())
    assert {entry["base"]["pricing.input"][0] for entry in lock["entries"].values()} == {"0.00000125"}
    assert not lock["tombstones"]
    assert len(backups(bare.catalog)) == 10
    bare.require_tidy()


def save_in_place(catalog: Path) -> None:
    """Save as `nano` does."""
    catalog.write_text("providers: {}  # saved by an editor\n")


def save_by_rename(catalog: Path) -> None:
    """Save as `vim` does."""
    other = catalog.with_name("4913")
    save_in_place(other)
    other.replace(catalog)


@pytest.mark.parametrize("save", [save_in_place, save_by_rename])
@pytest.mark.parametrize(
    ("call", "sign"),
    [
        pytest.param("flock", ".llm_models.yml.modelsync.mutex", id="before the files are read again"),
        pytest.param("fsync", "llm_models.lock.json.next", id="before the rename"),
    ],
)
def test_an_editor_that_saves_between_plan_and_rename_wins(
    copy: Any, strace: Any, variables: dict[str, str], call: str, sign: str, save: Callable[[Path], None]
) -> None:
    """The sync ends with exit 6 and the name of the file that moved; what the editor saved stands, and nothing is left behind."""
    lock, present = copy.lock.read_bytes(), copy.names()
    nth = 1 if call == "flock" else FSYNC_OF_NEXT
    slow = [
        *strace.command,
        "-o",
        "/dev/null",
        *strace.tampering(call, nth, "delay_enter=800000"),
        *copy.command("sync"),
    ]
    with started(slow, copy, variables) as process:
        wait_for(copy.folder / sign)
        save(copy.catalog)
        saved = copy.catalog.read_bytes()
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == REFUSED
    assert re.match(f"modelsync: {reason(CHANGED, copy)}\n  Run again to plan anew.\n", err)
    assert (copy.catalog.read_bytes(), copy.lock.read_bytes(), copy.names()) == (saved, lock, present)


FSYNC_OF_NEXT = 5
"""After those of the backup: its claim, both copies, its sums."""


def started(command: list[str], project: Any, variables: dict[str, str]) -> subprocess.Popen[str]:
    """Start a program beside the project."""
    return subprocess.Popen(
        command, env=variables, cwd=project.beside, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def planned(project: Any, listing: str) -> list[str]:
    """Make a plan for a listing and return the command that applies it."""
    path = project.folder.parent / f"{listing}.plan"
    source = str(project.beside / listing / "models.json")
    sync = project.command("sync")
    done = project.run([*sync[:3], "plan", "--catalog", str(project.catalog), "--source", source, "-o", str(path)])
    assert done.returncode == 0, done.stderr
    return [*sync[:3], "apply", "--catalog", str(project.catalog), str(path)]


def test_of_two_plans_applied_at_once_one_wins_and_the_other_says_why(copy: Any, variables: dict[str, str]) -> None:
    """However they meet: exactly one is carried out, whole, and the other ends with exit 6 and a reason; three times over."""
    plans = [planned(copy, listing) for listing in ("second", "third")]
    results = {listing: synced_alone(copy, listing) for listing in ("second", "third")}
    why = re.compile(f"modelsync: ({reason(BUSY, copy)}|{reason(CHANGED, copy)}|{reason(MOVED, copy)})\n")
    for turn in range(3):
        there = copy.copy(f"{copy.folder.parent.name}-{turn}")
        commands = [[word.replace(str(copy.catalog), str(there.catalog)) for word in plan] for plan in plans]
        running = [started(command, there, variables) for command in commands]
        outcomes = {
            listing: (process.communicate(timeout=PATIENCE_SECONDS)[1], process.returncode)
            for listing, process in zip(results, running, strict=True)
        }
        winner, loser = sorted(outcomes, key=lambda listing: outcomes[listing][1])
        assert [outcomes[winner][1], outcomes[loser][1]] == [0, REFUSED], outcomes
        assert why.match(outcomes[loser][0].replace(str(there.folder), str(copy.folder))), outcomes[loser]
        assert there.raw() == results[winner]
        there.require_tidy()


def synced_alone(project: Any, listing: str) -> Any:
    """Return the pair that a sync with a listing makes of a project when nobody else is there."""
    alone = project.copy(f"{project.folder.parent.name}-{listing}")
    alone.synced(listing)
    return alone.raw()


def test_a_writer_that_meets_one_at_work_is_told_its_process_host_and_since_when(
    copy: Any, strace: Any, variables: dict[str, str]
) -> None:
    """The second is refused at once; the first comes through."""
    slow = [
        *strace.command,
        "-o",
        "/dev/null",
        *strace.tampering("fsync", 1, "delay_enter=2000000"),
        *copy.command("sync"),
    ]
    with started(slow, copy, variables) as first:
        wait_for(copy.folder / ".llm_models.yml.modelsync.mutex")
        second = copy.run(planned(copy, "third"))
        assert first.poll() is None, "the second did not wait"
        first.communicate(timeout=PATIENCE_SECONDS)
    assert (first.returncode, second.returncode) == (0, REFUSED)
    assert re.match(f"modelsync: {reason(BUSY, copy)}\n  Wait until it has finished and run again.\n", second.stderr)
    copy.require_tidy()
