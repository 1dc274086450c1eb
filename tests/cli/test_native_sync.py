"""The providers' own lists through the real command: a real server, keys that nobody may see, exit codes."""

from __future__ import annotations

import json
from threading import Barrier, Event
from typing import Any

import pytest
import yaml
from werkzeug import Request, Response

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
    assert (done.code, sorted(providers.asked())) == (
        0,
        ["/gemini/v1beta/models", "/openai/models", "/openrouter/models"],
    )
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


def test_a_wrong_key_is_told_with_where_it_is_from(run: Any, providers: Any) -> None:
    """The warning of a sync says as much as `list` and `verify` do."""
    providers.answer("openai", {"error": {"code": "invalid_api_key"}}, status=401)
    done = run("sync", "--dry-run")
    assert (
        "/openai/models refused the API key (HTTP 401). Check the key that OPENAI_API_KEY holds, or unset it."
        in done.out
    )
    assert done.code == 4


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


class TestTogether:
    """OpenRouter and the providers are asked at the same time."""

    @pytest.mark.parametrize(
        "words",
        [
            pytest.param(("sync", "--dry-run"), id="sync"),
            pytest.param(("plan",), id="plan"),
            pytest.param(("add", "openai/gpt-4o", "gemini/gemini-2.5-flash", "--dry-run"), id="add"),
        ],
    )
    def test_nobody_waits_for_another(self, run: Any, providers: Any, record: Any, words: tuple[str, ...]) -> None:
        """Each answers only once all have been asked: one after the other, none would."""
        all_there = Barrier(3, timeout=30)
        bodies = {
            "openrouter": {"data": [record(), record("google/gemini-2.5-flash")]},
            "openai": GPT,
            "gemini": {"models": [FLASH]},
        }

        def answer(request: Request) -> Response:
            all_there.wait()
            return Response(json.dumps(bodies[request.path.split("/")[1]]), content_type="application/json")

        providers.server.clear_all_handlers()
        for name in bodies:
            providers.expect(name).respond_with_handler(answer)
        done = run(*words, "--verbose")
        assert (done.code, all_there.broken) == (0, False), done.err
        stages = [line.split(" s  ")[1] for line in done.err.splitlines() if " s  " in line]
        asking = "OpenAI, Gemini" if words[0] == "add" else "OpenAI, Anthropic, Gemini"
        assert stages[:2] == ["reading the catalog", f"reading models from openrouter, asking {asking}"]

    def test_without_the_listing_nobody_is_waited_for(self, run: Any, providers: Any) -> None:
        """It failed, so there is no sync, and what a slow provider would have said does not matter."""
        over = Event()

        def slowly(_: Request) -> Response:
            over.wait(120)
            return Response("{}", content_type="application/json")

        providers.server.clear_all_handlers()
        providers.answer("openrouter", {"error": "gone"}, status=404)
        providers.expect("openai").respond_with_handler(slowly)
        try:
            done = run("sync", "--record", "report")
        finally:
            over.set()
        assert (done.code, done.err.split("\n")[0].endswith("/openrouter/models answered HTTP 404")) == (3, True)
        assert run("sync", "--replay", "report") == done

    def test_a_person_may_stop_waiting(
        self, run: Any, shell: Any, providers: Any, terminal: Any, tmp_path_factory: Any
    ) -> None:
        """Ctrl-C, while the listing is there and a provider is not: replayed, that provider was asked in vain."""
        report = str(tmp_path_factory.mktemp("stopped") / "report")
        asked, over = Event(), Event()

        def slowly(_: Request) -> Response:
            asked.set()
            over.wait(120)
            return Response("{}", content_type="application/json")

        providers.expect("openai").respond_with_handler(slowly)
        before = shell.files()
        screen = terminal("sync", "--record", report, **providers.environment)
        screen.until("reading models from openrouter, asking OpenAI, Anthropic, Gemini …")
        assert asked.wait(30)
        screen.type("\x03")
        try:
            assert screen.finish() == 130
        finally:
            over.set()
        assert shell.files() == before
        again = run("sync", "--replay", report, "--dry-run")
        assert (again.code, "the run was interrupted before this was answered" in again.out) == (4, True)


class TestAddFromItsOwnList:
    """`modelsync add` where no hosted list speaks for the provider."""

    @pytest.fixture
    def local(self, run: Any, shell: Any, providers: Any) -> Any:
        """Return the function that runs the command beside an Ollama with three names of two models."""
        shell.write("providers:\n  ollama:\n    models: {}\n  mistral:\n    models: {}\n")
        names = {"llama3.2:latest": "a", "llama3.2:3b": "a", "qwen3:8b": "b"}
        tags = {"models": [{"name": name, "digest": digest} for name, digest in names.items()]}
        show = {
            "model_info": {"general.architecture": "x", "x.context_length": 131072},
            "capabilities": ["completion", "tools"],
        }
        providers.answer("ollama", tags)
        providers.answer("ollama", show, path="/api/show")
        return run

    def test_a_local_model(self, local: Any, shell: Any) -> None:
        """What the server says of it, and no price; a sync has nothing to do after that, and it is not added twice."""
        assert local("sync").code == 0
        done = local("add", "ollama/llama3.2")
        assert done.code == 0, done.err
        assert yaml.safe_load(shell.catalog.read_text())["providers"]["ollama"]["models"] == {
            "llama3-2": {"model": "llama3.2:latest", "context_length": 131072, "features": ["function_calling"]}
        }
        before = shell.files()
        for words in (("sync",), ("add", "ollama/llama3.2:3b")):
            done = local(*words)
            assert (done.code, shell.files()) == (0, before), done.out
        assert "ollama/llama3-2  stands for ollama/llama3.2:3b already" in done.out

    def test_what_it_has_not(self, local: Any, shell: Any) -> None:
        """The nearest names, and how many there are; nothing is written."""
        before = shell.files()
        done = local("add", "ollama/qwen3:8", "ollama/llama3.2")
        assert (done.code, done.err.splitlines()) == (
            2,
            [
                "modelsync: no model 'qwen3:8' in the list of Ollama",
                "  Did you mean ollama/qwen3:8b? It lists 3 models. Nothing was written.",
            ],
        )
        assert shell.files() == before

    def test_a_hosted_one(self, local: Any, shell: Any, providers: Any) -> None:
        """A provider with a key, to which no prefix of OpenRouter's belongs."""
        refused = local("add", "mistral/mistral-small-2506")
        assert (refused.code, "`modelsync list mistral` says whether it answers" in refused.err) == (2, True)
        rows = [{"id": "mistral-small-2506", "max_context_length": 131072, "capabilities": {"completion_chat": True}}]
        providers.answer("mistral", {"data": rows})
        assert local("add", "mistral/mistral-small-2506").code == 0
        assert yaml.safe_load(shell.catalog.read_text())["providers"]["mistral"]["models"] == {
            "mistral-small-2506": {"model": "mistral-small-2506", "context_length": 131072, "features": []}
        }

    @pytest.mark.parametrize("words", [("--source", "snapshot"), ("--source", "openrouter")])
    def test_its_list_is_not_at_hand(self, local: Any, shell: Any, providers: Any, words: tuple[str, ...]) -> None:
        """Offline nobody is asked, and a server may be down: refused, with what to do."""
        providers.environment["OLLAMA_HOST"] = "127.0.0.1:1"
        before = shell.files()
        done = local("add", "ollama/llama3.2", *words)
        assert done.code == 6
        assert "only its own list knows its models: it is not at hand" in done.err
        assert "`modelsync list ollama` says whether it answers. Else write the entry by hand." in done.err
        assert shell.files() == before
