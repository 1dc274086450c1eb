"""SIGKILL, a full disk and a failing disk at the system calls by which the real `sync` and `restore` touch the catalog's folder."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

AtOnce = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
USAGE, INVALID, REFUSED = 2, 5, 6

REASONS = {
    "ENOSPC": "no space left on (the )?device|is not readable|is read-only for this user",
    "EIO": "the disk reported an error|input/output error|is not readable|is read-only for this user",
}
"""What the answers say. A check of permissions tells nothing but yes and no, so that no is what any error of it means."""


class Scenario:
    """One verb on the project: where it starts from, the system calls it makes, and the pairs there may be."""

    def __init__(self, project: Any, strace: Any, verb: str) -> None:
        self.verb = verb
        self.strace = strace
        self.start = project.copy(f"try-{verb}")
        if verb == "restore":
            self.start.synced("second")
        self.before = self.start.raw()
        undisturbed = self.start.copy(f"try-{verb}0")
        log = undisturbed.folder.parent / "log"
        self.calls = strace.calls(undisturbed, undisturbed.command(verb), log)
        self.after = undisturbed.raw()
        undisturbed.synced("third")
        self.end = undisturbed.raw()
        never = self.start.copy(f"try-{verb}1")
        never.synced("third")
        assert never.raw() == self.end, "the end does not depend on whether the run came through"
        assert len({self.before, self.after, self.end}) == 3

    def disturb(self, number: int, how: str) -> tuple[Any, subprocess.CompletedProcess[str]]:
        """Run the verb on a copy with `how` done to the call of this number; return the copy and what came of it."""
        copy = self.start.copy(f"try-{self.verb}-{number}-{re.sub('[^A-Z]', '', how)}")
        return copy, self.strace.tamper(copy, copy.command(self.verb), self.calls[number], how)

    def killed(self, number: int) -> str:
        """Kill before a call; return which pair was found."""
        copy, done = self.disturb(number, "signal=KILL")
        assert done.returncode in {-signal.SIGKILL, 128 + signal.SIGKILL}, (self.calls[number], done)
        return self.judged(copy, number)

    def failed(self, case: tuple[int, str]) -> str:
        """Fail a call with an error; require an answer that fits what was found; return which pair it was."""
        number, error = case
        copy, done = self.disturb(number, f"error={error}")
        context = (self.calls[number], done)
        assert done.returncode in {0, USAGE, INVALID, REFUSED}, context
        assert "Traceback" not in done.stderr, context
        if done.returncode:
            assert copy.raw() == self.before, context
            said = re.search(rf"(?m)^(?:modelsync|Error): (.*{re.escape(str(copy.folder))}.*)", done.stderr)
            assert said, context
            assert re.search(REASONS[error], said[1]), context
        found = self.judged(copy, number)
        assert (found == "new") == (done.returncode == 0), context
        return found

    def judged(self, copy: Any, number: int) -> str:
        """Require that the copy is sound, and say whether its pair was the old or the new one."""
        try:
            found = copy.require_sound(self.before, self.after, self.end)
        except AssertionError as error:
            error.add_note(f"{self.verb}, call {number} of {len(self.calls)}: {self.calls[number]}")
            raise
        copy.remove()
        return "old" if found == self.before else "new"


def tried(function: Callable[[Any], str]) -> Callable[[Any], str]:
    """Return the function with what it found wrong as its result, so that one run tells of all."""

    def attempt(case: Any) -> str:
        try:
            return function(case)
        except AssertionError as error:
            return "\n".join(["WRONG", str(error), *getattr(error, "__notes__", [])])

    return attempt


@pytest.fixture(scope="module")
def scenarios(project: Any, strace: Any) -> dict[str, Scenario]:
    """Return both verbs, each recorded once."""
    return {verb: Scenario(project, strace, verb) for verb in ("sync", "restore")}


def changing(scenario: Scenario) -> list[int]:
    """Return the numbers of the calls that change something."""
    found = [number for number, call in enumerate(scenario.calls) if call.changes]
    assert len(found) > 30
    return found


def chosen(scenario: Scenario, thorough: bool, every: int) -> list[int]:
    """Return the numbers of the calls to fail: all, or every so manieth of those that change something."""
    return list(range(len(scenario.calls))) if thorough else changing(scenario)[::every]


def told_apart(scenario: Scenario, thorough: bool) -> list[int]:
    """Return the numbers of the calls to kill before: all, or those that find names or bytes which none before it found.

    To a process that is killed, a sync of a file, its mode and the mutex make no difference.
    """
    if thorough:
        return list(range(len(scenario.calls)))
    numbers = changing(scenario)
    before = [scenario.calls[number].name for number in numbers[:-1]]
    alike = {"fsync", "fdatasync", "fchmod", "flock"}
    return [numbers[0], *(number for name, number in zip(before, numbers[1:], strict=True) if name not in alike)]


def closing(scenario: Scenario) -> list[int]:
    """Return the calls that close what was written: some file systems tell of an error only then."""
    written = {call.files for call in scenario.calls if call.name == "write"}
    return [number for number, call in enumerate(scenario.calls) if call.name == "close" and call.files in written]


@pytest.mark.parametrize("verb", ["sync", "restore"])
def test_killed_at_every_step_the_pair_is_old_or_new_and_the_next_sync_mends_all(
    scenarios: dict[str, Scenario], at_once: AtOnce, thorough: bool, verb: str
) -> None:
    """Once new, always new; a different listing then leads to the end that an undisturbed run reaches.

    Killed before each call that finds the disk changed: between two of them it is the same whenever the kill comes.
    """
    scenario = scenarios[verb]
    found = list(at_once(tried(scenario.killed), told_apart(scenario, thorough)))
    wrong = [one for one in found if one.startswith("WRONG")]
    assert not wrong, "\n\n".join(wrong)
    assert set(found) == {"old", "new"}
    assert found == sorted(found, reverse=True), "once new, always new"


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("verb", ["sync", "restore"])
def test_a_full_or_failing_disk_at_any_step_is_refused_with_the_old_bytes_or_survived(
    scenarios: dict[str, Scenario], at_once: AtOnce, thorough: bool, verb: str, error: str
) -> None:
    """Exit 0 means the new pair, any other exit the old one and a sentence that names the file and says what went wrong."""
    scenario = scenarios[verb]
    if (verb, error) == ("sync", "ENOSPC"):
        numbers = sorted({*chosen(scenario, thorough, every=2), *closing(scenario)})
    else:
        numbers = chosen(scenario, thorough, every=4)
    found = list(at_once(tried(scenario.failed), [(number, error) for number in numbers]))
    wrong = [one for one in found if one.startswith("WRONG")]
    assert not wrong, "\n\n".join(wrong)
    assert set(found) == {"old", "new"}
