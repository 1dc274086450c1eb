"""`modelsync list` as a person runs it, against providers on this machine."""

from __future__ import annotations

import json
import re
import socket
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt
from werkzeug import Request, Response

from modelsync.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CATALOG = """\
providers:
  openai:
    models:
      smart:
        model: gpt-4o
      also-smart:
        model: openai/gpt-4o
      gpt-old:
        model: gpt-3
  anthropic:
    models:
      sonnet:
        model: claude-sonnet-4.5
  gemini:
    models:
      gemini-2.5-flash: {}
"""
OPENAI = {
    "data": [
        {"id": "gpt-4o", "created": 1715367049},
        {"id": "gpt-3.5-turbo-instruct", "created": 1692901427, "shutdown_date": "2024-09-28"},
        {"id": "text-embedding-3-small", "created": 1705948997},
    ]
}
ANTHROPIC = {
    "data": [
        {"id": "claude-sonnet-4-5-20250929", "display_name": "Claude Sonnet 4.5", "created_at": "2025-09-29T00:00:00Z",
         "max_input_tokens": 200000, "max_tokens": 64000, "lifecycle": "active", "capabilities": {
            "image_input": {"supported": True}, "thinking": {"supported": False}}},
        {"id": "claude-opus-4-20250514", "display_name": "Claude Opus 4", "created_at": "2025-05-22T00:00:00Z",
         "max_input_tokens": 200000, "max_tokens": 32000, "lifecycle": "deprecated", "retires_at": "2089-08-05T00:00:00Z"},
        {"id": "claude-2", "display_name": "Claude 2", "created_at": "2023-07-11T00:00:00Z", "lifecycle": "retired",
         "retires_at": "2025-07-21T00:00:00Z"},
    ],
    "has_more": False,
}  # fmt: skip
GEMINI = {
    "models": [
        {"name": "models/gemini-2.5-flash", "displayName": "Gemini 2.5 Flash", "inputTokenLimit": 1048576,
         "outputTokenLimit": 65536, "supportedGenerationMethods": ["generateContent"]},
    ]
}  # fmt: skip
OPENROUTER = {
    "data": [
        {"id": "openai/gpt-4o", "name": "OpenAI: GPT-4o", "context_length": 128000, "created": 1715558400,
         "architecture": {"output_modalities": ["text"]}, "top_provider": {"max_completion_tokens": 16384}},
        {"id": "openai/text-embedding-3-small", "architecture": {"output_modalities": ["embeddings"]}},
    ]
}  # fmt: skip
TAGS = {
    "models": [
        {"name": "llama3.2:latest", "digest": "a", "modified_at": "2026-02-03T04:05:06Z"},
        {"name": "llama3.2:3b", "digest": "a", "modified_at": "2026-02-03T04:05:06Z"},
    ]
}
SHOW = {
    "model_info": {"general.architecture": "llama", "llama.context_length": 131072},
    "capabilities": ["completion", "tools"],
}
NO_KEY = {
    "Gemini": "GEMINI_API_KEY (or GOOGLE_API_KEY, GOOGLE_AI_API_KEY, GOOGLE_GENERATIVE_AI_API_KEY)",
    "Mistral": "MISTRAL_API_KEY",
    "xAI": "XAI_API_KEY",
}


@pytest.fixture
def served(shell: Any, providers: Any) -> Any:
    """Return providers of which five answer, beside a catalog that has some of their models."""
    shell.write(CATALOG)
    providers.answer("openai", OPENAI)
    providers.answer("anthropic", ANTHROPIC)
    providers.answer("gemini", GEMINI)
    providers.answer("openrouter", OPENROUTER)
    providers.answer("ollama", TAGS)
    providers.answer("ollama", SHOW, path="/api/show")
    return providers


@pytest.fixture
def listed(shell: Any, providers: Any) -> Callable[..., Any]:
    """Return the function that runs the command where the providers are."""

    def run(*words: str, **env: str) -> Any:
        return shell.run("list", *words, env={**providers.environment, **env})

    return run


class TestText:
    """What a person sees."""

    def test_one_line_a_provider(self, served: Any, listed: Any) -> None:
        """Counts, and for those without a key the variable to set; nothing else."""
        done = listed()
        assert done.out == (
            "OpenAI: 3 models\nAnthropic: 3 models\nGemini: 1 model\nOpenRouter: 2 models\nOllama: 2 models\n"
            f"Mistral: skipped, no key: set {NO_KEY['Mistral']}\nxAI: skipped, no key: set {NO_KEY['xAI']}\n"
        )
        assert (done.code, done.err) == (Exit.DONE, "")
        assert not [path for path in served.asked() if path.startswith(("/mistral", "/xai"))]

    def test_the_models_of_those_that_are_named(self, served: Any, listed: Any) -> None:
        """In the order asked, each once, with the columns that say something; nobody else is asked."""
        done = listed("ANTHROPIC", "openai", "Anthropic")
        assert done.code == Exit.DONE
        assert (
            done.out
            == """\
Anthropic: 3 models
  id                          context  output  date        in catalog
  claude-2                                     2023-07-11              retired on 2025-07-21
  claude-opus-4-20250514       200000   32000  2025-05-22              deprecated, retires on 2089-08-05
  claude-sonnet-4-5-20250929   200000   64000  2025-09-29  sonnet

OpenAI: 3 models
  id                      date        in catalog
  gpt-3.5-turbo-instruct  2023-08-24                     was to retire on 2024-09-28
  gpt-4o                  2024-05-10  smart, also-smart
  text-embedding-3-small  2024-01-22                     embeddings
"""
        )
        assert {path.split("/")[1] for path in served.asked()} == {"anthropic", "openai"}

    def test_names_of_one_model(self, served: Any, listed: Any) -> None:
        """Ollama's tags of one digest."""
        assert served.environment["OLLAMA_HOST"]
        assert (
            listed("ollama").out
            == """\
Ollama: 2 models
  id               context  date
  llama3.2:3b       131072  2026-02-03
  llama3.2:latest   131072  2026-02-03  alias of llama3.2:3b
"""
        )

    def test_verbose(self, providers: Any, listed: Any) -> None:
        """All models, what is peculiar about each list, and on standard error what was fetched and how long it took."""
        providers.answer("openai", {"data": [{"id": "gpt-4o"}, {"id": "gpt-4o", "created": 1}, {"id": "a b"}, 3]})
        providers.answer("openrouter", OPENROUTER)
        providers.answer("ollama", {"models": []})
        done = listed("-v")
        assert done.out.startswith("OpenAI: 1 model, 2 left out, incomplete: 2 records had no usable id\n  left out: ")
        assert "\n  gpt-4o " in done.out
        assert "\nOllama: 0 models\nMistral: " in done.out
        assert " s  asking OpenAI, Anthropic, Gemini, OpenRouter, Ollama, Mistral, xAI\n" in done.err
        assert "\nfetched openai: 1 model of " in done.err

    def test_what_providers_say_cannot_steer_a_terminal(self, shell: Any, providers: Any, listed: Any) -> None:
        """Nor can what the catalog says."""
        shell.write('providers: {gemini: {models: {"k\\e[2J\\u202e|`": {model: gemini-x}}}}\n')
        providers.answer("gemini", {"models": [{"name": "models/gemini-x", "displayName": "\x1b]0;owned\x07"}]})
        for words in ((), ("--format", "markdown"), ("--format", "json")):
            out = listed("gemini", "-v", *words).out
            assert "gemini-x" in out
            assert not set(out) & {"\x1b", "\x07", "\u202e"}

    def test_on_a_terminal(self, shell: Any, providers: Any, terminal: Any) -> None:
        """What is being done shows while a provider is slow."""
        shell.write(CATALOG)
        go_on = Event()

        def slowly(_: Request) -> Response:
            assert go_on.wait(20)
            return Response(json.dumps(OPENAI), content_type="application/json")

        providers.expect("openai").respond_with_handler(slowly)
        screen = terminal("list", "openai", **providers.environment)
        screen.until("asking OpenAI …")
        go_on.set()
        assert screen.finish() == Exit.DONE
        shown = STYLE.sub("", screen.seen).replace("\r\n", "\n")
        assert "OpenAI: 3 models\n" in shown
        assert "  gpt-4o                  2024-05-10  smart, also-smart\n" in shown


class TestChoice:
    """`--filter` and `--new`."""

    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            pytest.param("gpt-*", ["gpt-3.5-turbo-instruct", "gpt-4o"], id="glob"),
            pytest.param("GPT-4?", ["gpt-4o"], id="glob-in-any-case"),
            pytest.param("4?", [], id="a-glob-is-for-the-whole"),
            pytest.param("embedding", ["text-embedding-3-small"], id="text"),
            pytest.param("sonnet 4.5", ["claude-sonnet-4-5-20250929"], id="name"),
            pytest.param("* 4.5", ["claude-sonnet-4-5-20250929"], id="glob-for-a-name"),
            pytest.param("[", [], id="a-bracket-is-no-error"),
        ],
    )
    def test_filter(self, served: Any, listed: Any, pattern: str, expected: list[str]) -> None:
        """By id or name, whole by a glob, in part by a text."""
        done = listed("openai", "anthropic", "--filter", pattern, "--format", "json")
        assert [model["id"] for one in done.json["providers"] for model in one["models"]] == expected
        assert served.asked()

    def test_a_filter_shows_the_models(self, served: Any, listed: Any) -> None:
        """Of every provider, and how many there are besides."""
        out = listed("--filter", "gpt-4o").out
        assert out.startswith(
            "OpenAI: 1 of 3 models\n  id      date        in catalog\n  gpt-4o  2024-05-10  smart, also-smart\n"
        )
        assert "\nAnthropic: 0 of 3 models\nGemini: 0 of 1 model\nOpenRouter: 1 of 2 models\n  id " in out
        assert served.asked()

    def test_new(self, served: Any, shell: Any, listed: Any) -> None:
        """What no entry means: neither by its id nor by the vendor's rules nor under another name of the same model."""
        shell.write(CATALOG + "  ollama: {models: {llama: {model: llama3.2}}}\n")
        done = listed("--new", "--format", "json")
        assert {one["provider"]: [model["id"] for model in one["models"]] for one in done.json["providers"]} == {
            "openai": ["gpt-3.5-turbo-instruct", "text-embedding-3-small"],
            "anthropic": ["claude-2", "claude-opus-4-20250514"],
            "gemini": [],
            "openrouter": ["openai/gpt-4o", "openai/text-embedding-3-small"],
            "ollama": [],
            "mistral": [],
            "xai": [],
        }
        assert "OpenAI: 2 of 3 models\n" in listed("--new").out
        assert served.asked()

    def test_a_mode_is_not_the_model(self, served: Any, shell: Any, listed: Any) -> None:
        """An entry that means a way of using a model is no entry of the model."""
        shell.write("providers: {openai: {models: {hard: {model: gpt-4o-high}}}}\n")
        assert "gpt-4o" in listed("openai", "--new").out
        assert "hard" not in listed("openai").out
        assert served.asked()

    def test_new_needs_a_catalog(self, served: Any, shell: Any, listed: Any) -> None:
        """Without one the question has no answer, and nobody is asked."""
        shell.catalog.unlink()
        done = listed("--new")
        assert done.code == Exit.USAGE
        assert done.err.startswith("modelsync: no catalog: ")
        (shell.folder / "modelsync.toml").write_text('catalog = "gone.yml"')
        assert listed("--new").err == "modelsync: there is no catalog to say what is new\n  Name one with --catalog.\n"
        assert served.asked() == []


class TestCatalog:
    """The catalog only says what is in it."""

    def test_none_is_needed(self, served: Any, shell: Any, listed: Any) -> None:
        """Without one there is no such column; the settings count all the same."""
        shell.catalog.unlink()
        (shell.folder / "modelsync.toml").write_text(
            f'[providers.mistral]\nbase_url = "{served.server.url_for("/here")}"\n'
        )
        served.environment |= {"MISTRAL_API_BASE": "", "MISTRAL_API_KEY": "sk-canary-0123456789-m"}
        served.server.expect_request("/here/models").respond_with_json({"data": [{"id": "mistral-small-2506"}]})
        done = listed("openai", "mistral")
        assert "in catalog" not in done.out
        assert "smart" not in done.out
        assert "\n\nMistral: 1 model\n  id\n  mistral-small-2506  other kind\n" in done.out
        assert done.code == Exit.DONE
        assert shell.files().keys() == {"modelsync.toml"}

    def test_settings_for_nobody(self, served: Any, shell: Any, listed: Any) -> None:
        """A misspelt provider would look like one without a key; with or without a catalog."""
        (shell.folder / "modelsync.toml").write_text('[providers.mistrl]\nbase_url = "https://gateway.example"\n')
        expected = "modelsync: modelsync.toml:1:1: unknown setting `providers.mistrl`\n  Did you mean `mistral`?\n"
        assert (listed().code, listed().err.replace(f"{shell.folder}/", "")) == (Exit.INVALID, expected)
        shell.catalog.unlink()
        assert listed().err.replace(f"{shell.folder}/", "") == expected
        assert served.asked() == []

    def test_nothing_is_written(self, served: Any, shell: Any, listed: Any) -> None:
        """Not even a lock."""
        before = shell.files()
        listed("-v")
        assert shell.files() == before
        assert served.asked()

    def test_a_broken_one_is_an_error(self, served: Any, shell: Any, listed: Any) -> None:
        """Found out before anybody is asked."""
        shell.write("providers: [\n")
        assert listed().code == Exit.INVALID
        assert served.asked() == []

    def test_one_that_is_named_must_be_there(self, served: Any, listed: Any) -> None:
        """A misspelt path would look like a catalog that has nothing."""
        done = listed("--catalog", "nowhere.yml")
        assert (done.code, done.err.split("\n")[0]) == (Exit.USAGE, "modelsync: no such catalog: nowhere.yml")
        assert served.asked() == []

    def test_a_broken_lock_does_not_matter(self, served: Any, shell: Any, listed: Any) -> None:
        """The question is about the catalog."""
        shell.lock.write_text("<<<<<<<")
        assert "smart" in listed("openai").out
        assert served.asked()


class TestOutcome:
    """Exit codes, and what is said of those that gave no list."""

    def test_one_fails(self, served: Any, listed: Any) -> None:
        """Its message and what to do; the others are listed all the same."""
        served.answer("xai", {"error": "Incorrect API key provided: sk-canary-0123456789-xai"}, status=400)
        done = listed("xai", "openai")
        assert done.code == Exit.PARTIAL
        where = served.server.url_for("/xai/models")
        assert done.out.startswith(
            f"xAI: failed: {where} refused the API key (HTTP 400)\n  Check the key that XAI_API_KEY holds, or unset it.\n"
            "OpenAI: 3 models\n"
        )
        assert done.err == ""

    def test_all_fail(self, providers: Any, listed: Any) -> None:
        """Nothing was fetched. What would help a sync is not offered."""
        providers.answer("openai", {"error": {"code": "oops"}}, status=404)
        done = listed("openai", "mistral")
        assert done.code == Exit.NOTHING_FETCHED
        assert "OpenAI: failed: " in done.out
        assert "\n  Check the address and the network, or try again later.\n" in done.out
        assert "snapshot" not in done.out
        assert (
            done.err == "modelsync: no provider answered\n  Set MISTRAL_API_KEY, or name a key file in the settings.\n"
        )

    def test_nothing_is_configured(self, providers: Any, listed: Any) -> None:
        """Every variable that would help is named."""
        done = listed("openai", "gemini")
        assert done.code == Exit.NOTHING_FETCHED
        assert (
            done.out
            == f"OpenAI: skipped, no key: set OPENAI_API_KEY\nGemini: skipped, no key: set {NO_KEY['Gemini']}\n"
        )
        assert "Set OPENAI_API_KEY or GEMINI_API_KEY, or name a key file" in done.err
        assert providers.asked() == []

    def test_a_key_file_that_others_can_read(self, served: Any, shell: Any, listed: Any) -> None:
        """That provider fails, the others do not."""
        key = shell.folder.parent / "key"
        key.write_text("sk-canary-0123456789-file")
        key.chmod(0o644)
        (shell.folder / "modelsync.toml").write_text(f'[providers.mistral]\napi_key_file = "{key}"\n')
        done = listed()
        assert (
            f"Mistral: failed: others may read the API key in {key}\n  Make it yours alone: chmod 600 {key}\n"
            in done.out
        )
        assert done.code == Exit.PARTIAL
        assert served.asked()

    def test_a_page_that_is_missing(self, providers: Any, listed: Any) -> None:
        """The list is incomplete, and says so."""
        first = {"data": ANTHROPIC["data"], "has_more": True, "last_id": "claude-2"}
        providers.expect("anthropic", query_string={"limit": "1000"}).respond_with_json(first)
        providers.expect("anthropic", query_string={"limit": "1000", "after_id": "claude-2"}).respond_with_data("", 404)
        done = listed("anthropic")
        assert done.out.startswith("Anthropic: 3 models, incomplete: page 2 did not arrive\n")
        assert done.code == Exit.PARTIAL

    def test_ollama_is_not_running(self, providers: Any, listed: Any) -> None:
        """Where nobody said that it should be, that is no failure; alone, it is no answer either."""
        with socket.socket() as taken:
            if taken.connect_ex(("127.0.0.1", 11434)) == 0:
                pytest.skip("something runs where Ollama would")
        providers.answer("openai", OPENAI)
        done = listed("ollama", "openai", OLLAMA_HOST="")
        told = "Ollama: not running at http://127.0.0.1:11434; OLLAMA_HOST names another address\n"
        assert done.out.startswith(f"{told}OpenAI: 3 models\n")
        assert (done.code, done.err) == (Exit.DONE, "")
        alone = listed("ollama", OLLAMA_HOST="")
        assert (alone.code, alone.out, alone.err) == (
            Exit.NOTHING_FETCHED,
            told,
            "modelsync: no provider answered\n",
        )

    def test_ollama_is_not_where_it_should_be(self, served: Any, listed: Any) -> None:
        """An address that somebody named is meant."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"127.0.0.1:{listener.getsockname()[1]}"
        done = listed("ollama", "openai", OLLAMA_HOST=address)
        assert done.out.startswith(f"Ollama: failed: cannot reach http://{address}/api/tags: ")
        assert done.code == Exit.PARTIAL
        assert served.asked()

    def test_a_name_that_is_none(self, served: Any, listed: Any) -> None:
        """The nearest is named, else all are; nobody is asked."""
        assert listed("opnai").err == "modelsync: no provider 'opnai' whose list can be read\n  Did you mean openai?\n"
        done = listed("openai", "x")
        assert done.code == Exit.USAGE
        assert "There are openai, anthropic, gemini, openrouter, ollama, mistral, xai." in done.err
        assert served.asked() == []


class TestTogether:
    """Nobody waits for another."""

    def test_five_are_asked_at_the_same_time(self, providers: Any, listed: Any) -> None:
        """Each answers only once all five have been asked: one after the other, none would."""
        all_there = Barrier(5, timeout=30)

        def answer(request: Request) -> Response:
            all_there.wait()
            body = {"models": []} if "gemini" in request.path else {"data": [{"id": "a/model"}], "has_more": False}
            return Response(json.dumps(body), content_type="application/json")

        five = ("openai", "anthropic", "gemini", "openrouter", "mistral")
        for name in five:
            providers.expect(name).respond_with_handler(answer)
        providers.answer("openrouter", {"data": []}, path="/embeddings/models")
        done = listed(*five)
        assert "failed" not in done.out
        assert not all_there.broken


class TestJson:
    """For machines."""

    def test_a_model(self, served: Any, listed: Any) -> None:
        """Everything the provider states, and the entries that mean it."""
        done = listed("anthropic", "--format", "json")
        (answer,) = done.json["providers"]
        assert answer["models"][-1] == {
            "id": "claude-sonnet-4-5-20250929", "name": "Claude Sonnet 4.5", "kind": "", "created": "2025-09-29",
            "context_length": 200000, "max_output_tokens": 64000, "features": ["multimodal", "vision"], "lacks": ["reasoning"],
            "lifecycle": "active", "retires": "", "alias_of": "", "in_catalog": ["sonnet"],
        }  # fmt: skip
        assert answer["models"][1]["retires"] == "2089-08-05"
        assert served.asked()

    def test_answers(self, served: Any, listed: Any) -> None:
        """Every state has the same shape; a list says whether it is whole."""
        served.answer("xai", {}, status=403)
        done = listed("--format", "json")
        assert (done.code, done.err) == (Exit.PARTIAL, "")
        whole = done.json
        assert {key: whole[key] for key in ("version", "catalog", "exit_code")} == {
            "version": 1, "catalog": "llm_models.yml", "exit_code": Exit.PARTIAL,
        }  # fmt: skip
        answers = {answer["provider"]: answer for answer in whole["providers"]}
        assert {name: answer["state"] for name, answer in answers.items()} == {
            "openai": "listed", "anthropic": "listed", "gemini": "listed", "openrouter": "listed", "ollama": "listed",
            "mistral": "skipped", "xai": "failed",
        }  # fmt: skip
        assert len({tuple(answer) for answer in answers.values()}) == 1
        assert answers["mistral"]["variables"] == ["MISTRAL_API_KEY"]
        assert answers["mistral"]["list"] is None
        assert answers["xai"]["message"].endswith("/xai/models answered HTTP 403")
        listing = answers["openai"]["list"]
        assert listing.pop("digest").startswith("sha256:")
        assert listing == {"models": 3, "complete": True, "incomplete_because": "", "left_out": [], "notes": []}

    def test_no_catalog(self, served: Any, shell: Any, listed: Any) -> None:
        """Not in the catalog and no catalog are two things."""
        models = listed("openrouter", "--format", "json").json["providers"][0]["models"]
        assert [model["in_catalog"] for model in models] == [[], []]
        shell.catalog.unlink()
        whole = listed("openrouter", "--format", "json").json
        assert whole["catalog"] is None
        assert [model["in_catalog"] for model in whole["providers"][0]["models"]] == [None, None]
        assert served.asked()


class TestMarkdown:
    """For a page."""

    def test_a_page(self, served: Any, listed: Any) -> None:
        """A table of the providers; with names one of the models of each."""
        assert served.environment
        page = listed("--format", "markdown").out
        assert "`llm_models.yml`.\n\n### Providers: 7\n\n| Provider | What it serves |\n" in page
        assert "| Mistral | skipped, no key: set `MISTRAL_API_KEY` |\n" in page
        assert "gpt-4o" not in page
        page = listed("openai", "anthropic", "--format", "markdown").out
        assert "| Id | Context | Output | Date | In catalog | Remarks |\n" in page
        assert (
            "| `claude-opus-4-20250514` | 200000 | 32000 | 2025-05-22 |  | deprecated, retires on 2089-08-05 |\n"
            in page
        )
        tokens = MarkdownIt("commonmark").enable("table").parse(page)
        assert sum(token.type == "table_open" for token in tokens) == 3

    def test_an_incomplete_list_is_told_in_plain_words(self, providers: Any, listed: Any) -> None:
        """Nothing in the sentence looks like code."""
        providers.answer("openai", {"data": [{"id": "gpt-4o"}, {"id": "a b"}]})
        page = listed("openai", "--format", "markdown").out
        assert "| OpenAI | 1 model, 1 left out, incomplete: 1 record had no usable id |\n" in page

    def test_pipes_and_backticks(self, shell: Any, providers: Any, listed: Any) -> None:
        """A key cannot end a cell."""
        shell.write('providers: {openai: {models: {"a|b`c": {model: gpt-4o}}}}\n')
        providers.answer("openai", OPENAI)
        assert "| ``a\\|b`c`` |" in listed("openai", "--format", "markdown").out


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("list ", ["openai", "anthropic", "gemini", "openrouter", "ollama", "mistral", "xai"], id="all"),
        pytest.param("list openai o", ["openai", "openrouter", "ollama"], id="second"),
    ],
)
def test_completion(shell: Any, line: str, expected: list[str]) -> None:
    """Providers are offered, whatever the catalog has."""
    words = f"modelsync {line}"
    count = len(f"{words}x".split()) - 1
    asked = {"_MODELSYNC_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(count)}
    assert shell.run(env=asked).out.split() == [f"plain,{name}" for name in expected]


RECORDED = [
    ("openai", "openai/models.2026-03-06T0405Z.json", "OpenAI: 121 models"),
    ("anthropic", "anthropic/models.2026-01-09T1557Z.json", "Anthropic: 9 models"),
    ("gemini", "gemini/models.2026-02-23T1141Z.json", "Gemini: 43 models"),
    ("openrouter", "openrouter/models.all-modalities.2026-08-05.json", "OpenRouter: 457 models"),
    ("ollama", "ollama/tags.16models.2025-08-06.json", "Ollama: 16 models"),
]


def test_recorded_answers(shell: Any, providers: Any, listed: Any, shared_data: Path) -> None:
    """What the providers really said, with the headers they said it with where those were recorded."""
    for name, file, _ in RECORDED:
        headers_file = shared_data / file.replace(".json", ".headers.json")
        headers = {}
        if headers_file.exists():
            said = json.loads(headers_file.read_text())["response_headers"]
            headers = {key: values[0] for key, values in said.items() if key in ("Content-Type", "Server", "Date")}
        body = (shared_data / file).read_bytes()
        providers.expect(name).respond_with_data(body, headers={"Content-Type": "application/json"} | headers)
    providers.answer("ollama", {"error": "not found"}, status=404, path="/api/show")
    shell.write((shared_data / "catalogs" / "hand-edited.yml").read_text(encoding="utf-8"))
    done = listed()
    assert done.out.splitlines()[:5] == [line for _, _, line in RECORDED]
    assert done.code == Exit.DONE
    models = {
        model["id"]: model
        for answer in listed("--format", "json").json["providers"]
        for model in answer["models"]
    }  # fmt: skip
    assert models["gemini-2.5-flash"]["max_output_tokens"] == 65536
    assert models["gemini-2.5-flash"]["in_catalog"] == ["gemini-2-5-flash"]
    assert models["claude-sonnet-4-5-20250929"]["created"] == "2025-09-29"
    assert models["text-embedding-3-small"]["kind"] == "embeddings"
