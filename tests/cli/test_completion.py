"""What a shell offers after Tab, asked in the words of each shell, and in a real bash."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from typing import Any

import pytest

PATIENCE_SECONDS = 30
TWO_ENTRIES = """\
providers:
  openai:
    models:
      gpt-4o: {model: gpt-4o, features: [vision, tools]}
      fast: {model: gpt-4.1-mini}
  anthropic:
    models:
      sonnet: {model: claude-sonnet-4-5}
"""


def offered(shell: Any, line: str) -> list[str]:
    """Return what is offered at the end of a command line, as bash is told."""
    words = f"modelsync {line}"
    count = len(f"{words}x".split()) - 1
    done = shell.run(
        env={"_MODELSYNC_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(count)},
    )
    assert done.err == ""
    return done.out.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("ren", ["plain,rename"], id="verb"),
        pytest.param("sync --pru", ["plain,--prune"], id="option"),
        pytest.param("rename ", ["plain,openai", "plain,anthropic"], id="provider"),
        pytest.param("rename openai ", ["plain,gpt-4o", "plain,gpt-4.1-mini", "plain,fast"], id="ids-and-keys"),
        pytest.param("rename nobody ", [], id="unknown-provider"),
        pytest.param("sync --accept anth", ["plain,anthropic/sonnet"], id="entry"),
        pytest.param("sync --take openai/f", ["plain,openai/fast"], id="entry-to-take"),
        pytest.param("sync --take openai/fast.p", ["plain,openai/fast.pricing"], id="field"),
        pytest.param("cost anth", ["plain,anthropic/sonnet"], id="model-to-charge"),
        pytest.param("show anth", ["plain,anthropic/sonnet"], id="model-to-show"),
        pytest.param("find --feature v", ["plain,vision"], id="feature-to-find"),
        pytest.param("find --provider a", ["plain,anthropic"], id="provider-to-find-in"),
        pytest.param("compare openai/fast openai/g", ["plain,openai/gpt-4o"], id="models-to-compare"),
        pytest.param("sync --source sn", ["plain,snapshot"], id="source"),
        pytest.param("sync --source mod", ["file,mod"], id="source-file"),
        pytest.param("sync --catalog conf", ["file,conf"], id="catalog"),
        pytest.param("apply pl", ["file,pl"], id="plan-file"),
    ],
)
def test_what_is_offered(shell: Any, line: str, expected: list[str]) -> None:
    """What is offered."""
    shell.write(TWO_ENTRIES)
    assert offered(shell, line) == expected


def test_backups_are_offered_with_their_age(shell: Any, record: Any) -> None:
    """Backups are offered with their age."""
    shell.listing(record(prompt="0.000003"))
    assert shell.sync().code == 0
    stamp = shell.run("backups", "--format", "json").json["backups"][0]["stamp"]
    assert offered(shell, "restore ") == [f"plain,{stamp}"]
    zsh = shell.run(env={"_MODELSYNC_COMPLETE": "zsh_complete", "COMP_WORDS": "modelsync restore ", "COMP_CWORD": "2"})
    assert zsh.out.splitlines() == ["plain", stamp, "just now"]


HOSTILE = [
    "$(touch PWNED)", "$(touch${IFS}PWNED)", "`touch PWNED`", "a;b", "a|b", "a&b", "a>b", "a<b", "a b", "a\tb", "a\nb", "a'b", 'a"b', "a\\b",
    "a*b", "a?b", "a[b]", "a{b,c}", "a(b)", "a!b", "a#b", "a^b", "a%b", "~root", "=ls", "-rf", "\x1b[31m", "\u202e", "gpt\n", "\u00e9", "",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("line", ["remove ", "rename ", "rename openai ", "sync --take openai/fine."])
def test_names_that_a_shell_would_interpret_are_not_offered(shell: Any, kind: str, line: str) -> None:
    """As a provider, as a key and as a model id; a name that is plain is offered beside them."""
    models = {name: {"model": f"{name}{name}"} for name in [*HOSTILE, "fine", "a:b+c,d=e~f@1"]}
    shell.write(json.dumps({"providers": {"openai": {"models": models}} | {name: {} for name in HOSTILE}}))
    words = f"modelsync {line}"
    word = line.rpartition(" ")[2] if kind == "fish" else str(len(f"{words}x".split()) - 1)
    done = shell.run(env={"_MODELSYNC_COMPLETE": f"{kind}_complete", "COMP_WORDS": words, "COMP_CWORD": word})
    assert (done.code, done.err) == (0, "")
    assert "fine" in done.out or "openai" in done.out
    assert "a:b+c,d=e~f@1" in done.out or line in ("rename ", "sync --take openai/fine.")
    assert set(re.sub(r"\bplain\b|[A-Za-z0-9._/@:+,=~_-]", "", done.out)) <= {"\n"}
    assert not any(re.search(f"^(plain,)?{sign}", done.out, re.MULTILINE) for sign in "~=-")


@pytest.mark.parametrize("broken", ["not: [a catalog", "providers: 5\n"])
def test_a_broken_catalog_offers_nothing_and_says_nothing(shell: Any, broken: str) -> None:
    """A broken catalog offers nothing and says nothing."""
    shell.write(broken)
    assert offered(shell, "rename ") == []


def test_without_a_catalog_nothing_is_offered(shell: Any) -> None:
    """Without a catalog nothing is offered."""
    shell.catalog.unlink()
    assert offered(shell, "sync --accept ") == []
    assert offered(shell, "restore ") == []


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
def test_the_script_asks_this_command(shell: Any, kind: str) -> None:
    """The script asks this command."""
    done = shell.run("completion", kind)
    assert done.code == 0
    assert f"_MODELSYNC_COMPLETE={kind}_complete" in done.out


def test_a_real_bash_completes(shell: Any) -> None:
    """The printed script, sourced by bash, fills bash's reply."""
    shell.write(TWO_ENTRIES)
    _command(shell)
    script = (
        'eval "$(./modelsync completion bash)" || exit 1\n'
        "COMP_WORDS=(./modelsync rename openai g); COMP_CWORD=3\n"
        '_modelsync_completion ./modelsync g rename\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", script],
        cwd=shell.folder,
        env=shell.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (["gpt-4o", "gpt-4.1-mini"], "")


def test_tab_and_enter_in_a_real_bash_run_nothing(shell: Any) -> None:
    """A person at a prompt presses Tab and Enter on a key that is a command; the plain key beside it is completed."""
    keys = {"openai": "$(touch${IFS}PWNED)", "anthropic": "sonnet"}
    shell.write(json.dumps({"providers": {name: {"models": {key: {"model": "x"}}} for name, key in keys.items()}}))
    _command(shell)
    lines = ['PATH="$PWD:$PATH"', 'eval "$(modelsync completion bash)"', "modelsync status openai/\t", "modelsync status anthropic/\t", "exit"]  # fmt: skip
    seen = _typed_into_bash(shell, "".join(f"{line}\n" for line in lines))
    assert "modelsync status anthropic/sonnet" in seen
    assert not (shell.folder / "PWNED").exists(), seen


def _command(shell: Any) -> None:
    """Leave the command in the folder, so that a shell finds it."""
    command = shell.folder / "modelsync"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m modelsync "$@"\n', encoding="utf-8")
    command.chmod(0o755)


def _typed_into_bash(shell: Any, text: str) -> str:
    """Type into an interactive bash, which the last line ends, and return all it shows."""
    terminal, slave = pty.openpty()
    env = shell.environment(TERM="dumb", PS1="$ ")
    command = ["bash", "--norc", "--noprofile", "-i"]
    with subprocess.Popen(command, cwd=shell.folder, env=env, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        os.write(terminal, text.encode())
        seen = ""
        while select.select([terminal], [], [], PATIENCE_SECONDS)[0]:
            try:
                seen += os.read(terminal, 65536).decode(errors="replace")
            except OSError:  # Linux says so when the other end is gone
                break
        process.kill()
    os.close(terminal)
    return seen
