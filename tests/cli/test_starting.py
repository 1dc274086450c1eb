"""A run in a forked process, as most tests here have it, is a run in an interpreter that was started for it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from modelsync.cli.front import VERBS

from .conftest import PIPES

RUNS = [
    ("sync", "--dry-run", "--source", "snapshot", "--format", "markdown"),
    ("plan", "--source", "snapshot", "-o", "-"),
    ("list", "nobody"),
    ("verify", "--replay", "nothing"),
    ("diff", "nothing.yml"),
    ("add", "openai/gpt-5", "--dry-run", "--source", "snapshot"),
    ("remove", "openai/gpt-4o", "--dry-run"),
    ("rename", "openai", "gpt-4o", "gpt-5", "--dry-run"),
    ("restore",),
    *((verb, *flags) for verb in ("status", "check", "backups") for flags in ((), ("--format", "json"))),
]


@pytest.mark.no_cover
@pytest.mark.parametrize("words", [*RUNS, *((verb, "--help") for verb in VERBS)], ids=" ".join)
def test_a_new_interpreter_says_the_same(shell: Any, words: tuple[str, ...]) -> None:
    """Whatever verb it imports first: no module needs one that only another verb would have imported."""
    before = shell.files()
    with shell.start(*words, **PIPES) as process:
        out, err = process.communicate(timeout=60)
    forked = shell.run(*words)
    assert (process.returncode, out.decode(), err.decode()) == forked
    assert re.search(r"\w", forked.out + forked.err)
    assert shell.files() == before
