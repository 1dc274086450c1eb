"""What is printed in a job on GitHub, read as its runner reads it: no line is a command unless it is meant."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from modelsync.errors import Exit

IN_A_JOB = {"GITHUB_ACTIONS": "true"}
HOSTILE = """\
providers:
  "::add-mask::p":
    models: {}
  openai:
    models:
      "::error::k": {model: gpt-4o, pricing: {input: 0.0025}}
      "##[error]k": {model: gpt-4o, features: [[a]]}
      "##[warning]k": {model: nope}
"""
ANNOTATION = re.compile(r"::(error|warning|notice) (file=[^:,]*,line=[0-9]+,)?title=[^:]*::")


def commands(text: str) -> list[str]:
    """Return the lines that the runner would obey."""
    lines = re.split(r"[\r\n]", text)
    return [line for line in lines if line.strip().startswith("::") or "##[" in line]


@pytest.fixture
def hostile(shell: Any, record: Any) -> Any:
    """Return a project whose catalog and upstream are full of commands, and that was another before."""
    shell.listing(record(prompt="0.000003"))
    assert shell.sync().code == Exit.DONE
    shell.write(HOSTILE)
    shell.lock.unlink()
    shell.listing(
        record(prompt="0.000004", name="##[error]n"), record("openai/::error::y"), record("openai/##[group]y"), record("openai/gpt-9", name="n\n::error::x")
    )  # fmt: skip
    return shell


VERBS = [
    pytest.param(("plan", "-v"), id="plan"),
    pytest.param(("diff",), id="diff"),
    pytest.param(("status",), id="status"),
    pytest.param(("status", "openai/##[error]k"), id="status-entry"),
    pytest.param(("status", "::error::x ##[error]y"), id="wrong-name"),
    pytest.param(("plan", "--source", "::add-mask::x ##[error]y"), id="wrong-source"),
    pytest.param(("diff", "::error::x\n::error::y ##[error]"), id="wrong-revision"),
    pytest.param(("x\n::error::y\r  ::error::z ##[error]",), id="wrong-verb"),
]


def look(shell: Any, words: tuple[str, ...], **variables: str) -> Any:
    """Run a command offline."""
    return shell.run(*words, env={"MODELSYNC_SOURCE": str(shell.source)} | variables)


@pytest.mark.no_cover  # what each verb prints is measured where its own tests run it
@pytest.mark.parametrize("output_format", ["text", "json", "markdown"])
@pytest.mark.parametrize("words", VERBS)
def test_in_a_job_nothing_printed_is_a_command(hostile: Any, words: tuple[str, ...], output_format: str) -> None:
    """Whatever the format, on both streams; nothing is left out."""
    outside = look(hostile, words, MODELSYNC_FORMAT=output_format)
    inside = look(hostile, words, MODELSYNC_FORMAT=output_format, **IN_A_JOB)
    assert commands(inside.out + inside.err) == []
    assert inside.code == outside.code
    whole = (inside.out.replace("##\\u005b", "##[") + inside.err).replace("## [", "##[").replace(": :", "::")
    assert _undated(whole) == _undated(outside.out + outside.err)


def test_the_hostile_project_is_hostile(hostile: Any) -> None:
    """Outside of a job text stays as it is, and there it would be commands of both forms."""
    told = "".join(done.out + done.err for done in (look(hostile, ("plan", "-v")), look(hostile, ("diff",))))
    assert any(line.strip().startswith("::") for line in commands(told))
    assert any("##[" in line for line in commands(told))


def test_json_means_the_same_in_a_job(hostile: Any) -> None:
    """Its strings are spelled otherwise, and read as before."""
    inside, outside = (look(hostile, ("plan", "--format", "json"), **env) for env in (IN_A_JOB, {}))
    assert "##[error]k" in outside.out
    assert json.loads(inside.out) == json.loads(outside.out)


@pytest.mark.parametrize("env", [{}, IN_A_JOB], ids=["anywhere", "in-a-job"])
@pytest.mark.parametrize(
    "words", [words for words in VERBS if words.id not in ("status", "status-entry", "wrong-name")]
)
def test_annotations_are_the_only_commands(hostile: Any, words: tuple[str, ...], env: dict[str, str]) -> None:
    """`--format github` prints annotations and nothing else that the runner obeys, wherever it runs."""
    done = look(hostile, words, MODELSYNC_FORMAT="github", **env)
    assert commands(done.err) == []
    assert done.out
    assert [line for line in commands(done.out) if "##[" in line or not ANNOTATION.match(line)] == []
    assert len(commands(done.out)) == len(done.out.splitlines())


def test_a_line_in_pieces_is_no_command_either(shell: Any) -> None:
    """What a stream was given before counts: a command that is written letter by letter is broken all the same."""
    text = "::error::a\n \t::b ##[error]c :: d\r::e\r\n:\n:f\n###[g]"
    script = "import sys\nfrom modelsync.cli.job_log import guard\nguard(json=False)\n"
    expected = ": :error::a\n \t: :b ## [error]c :: d\r: :e\r\n:\n:f\n### [g]"
    for write in (f"sys.stdout.write({text!r})", f"for letter in {text!r}: sys.stdout.write(letter)"):
        command = [sys.executable, "-c", script + write]
        done = subprocess.run(command, env=shell.environment(), capture_output=True, check=True)
        assert done.stdout.decode() == expected


def _undated(text: str) -> str:
    """Leave out what differs from run to run: how long the stages took."""
    return re.sub(r"^ +[0-9.]+ s  .*$", "", text, flags=re.MULTILINE)
