"""The providers' own lists through the real command: a real server, keys that nobody may see, exit codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

GPT = {"object": "list", "data": [{"id": "gpt-4o", "object": "model", "created": 1_715_367_049}]}
FLASH = {"name": "models/gemini-2.5-flash", "inputTokenLimit": 128000, "outputTokenLimit": 65536}
CATALOG = """\
providers:
  openai:
    models:
      gpt-4o: {model: gpt-4o, context_length: 128000, max_output_tokens: 16384, pricing: {input: 0.0025, output: 0.01}}
  gemini:
    models:
      flash: {model: gemini-2.5-flash, max_output_tokens: 16384}
  anthropic:
    models: {}
"""


@pytest.fixture
def run(shell: Any, providers: Any, record: Any) -> Any:
    """Return the function that runs the command; OpenRouter lists one model of OpenAI's and one of Google's."""
    shell.write(CATALOG)
    providers.answer("openrouter", {"data": [record(), record("google/gemini-2.5-flash")]})

    def start(*arguments: str) -> Any:
        return shell.run(*arguments, env=providers.environment)

    return start


def test_a_sync_with_keys_takes_the_providers_word(run: Any, shell: Any, providers: Any) -> None:
    """The lock names who said it; --verbose tells what was fetched, and who was not asked for want of a key."""
    providers.answer("openai", GPT)
    providers.answer("gemini", {"models": [FLASH]})
    done = run("sync", "--verbose")
    assert (done.code, providers.asked()[0]) == (0, "/openrouter/models")
    lock = json.loads(shell.lock.read_text())
    assert lock["entries"]["gemini/flash"]["base"]["max_output_tokens"][:2] == [65536, "gemini"]
    assert "max_output_tokens: 65536" in shell.catalog.read_text()
    assert "fetched gemini: 1 model of" in done.err
    assert "Anthropic: not asked for its own list, no key in ANTHROPIC_API_KEY" in done.err
    assert "Anthropic" not in run("sync").err


def test_a_failing_provider_ends_in_exit_4_and_the_others_go_on(run: Any, shell: Any, providers: Any) -> None:
    """Gemini is answered with an error, OpenAI is fine: what is known is written, and the warning names Gemini."""
    providers.answer("openai", GPT)
    providers.answer("gemini", {"error": {"code": 403, "status": "PERMISSION_DENIED"}}, status=403)
    done = run("sync")
    assert done.code == 4
    assert "Warning:\n  gemini  Gemini did not give its own list, so what it said before stands" in done.out
    assert "gemini/flash" in json.loads(shell.lock.read_text())["entries"]
    assert run("sync", "--check").code == 4
    report = json.loads(run("sync", "--dry-run", "--format", "json").out)
    assert [note["subject"] for note in report["notes"] if note["kind"] == "unreachable"] == ["gemini"]
    assert report["exit_code"] == 4


def test_an_id_that_is_not_served_is_told_and_changes_nothing(run: Any, shell: Any, providers: Any) -> None:
    """The entry stays as it is, and nobody says that all is well with it."""
    providers.answer("openai", {"object": "list", "data": [{"id": "gpt-4.1", "object": "model", "created": 1}]})
    run("sync")
    before = shell.files()
    done = run("sync")
    assert done.code == 0
    assert "openai/gpt-4o  gpt-4o is not in this account's OpenAI list" in done.out
    assert "the catalog agrees with upstream" not in done.out
    assert shell.files() == before
