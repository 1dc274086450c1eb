"""Ollama: what is installed, what each model can do, and where the server is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelsync.domain.served import Served
from modelsync.sources.api import Request
from modelsync.sources.ollama import API

GEMMA = {"function_calling", "vision"}


def spelled(value: object) -> str:
    """Spell a case's value for its id; the order of a set differs from process to process."""
    return str(sorted(map(str, value))) if isinstance(value, set) else str(value)


def read(shared_data: Path, name: str) -> bytes:
    """Return a recorded body."""
    return (shared_data / "ollama" / f"{name}.json").read_bytes()


def server(tags: object, **shows: object) -> Callable[[Request], bytes | None]:
    """Make a server with these tags, and what it shows of models, by the name's first part."""

    def answer(request: Request) -> bytes | None:
        if request.body is None:
            return tags if isinstance(tags, bytes) else json.dumps({"models": tags}).encode()
        shown = shows.get(json.loads(request.body)["model"].partition(":")[0])
        return shown if isinstance(shown, bytes) or shown is None else json.dumps(shown).encode()

    return answer


def show(**facts: object) -> dict[str, object]:
    """Make what a server shows of a model."""
    info = {"general.architecture": "arch", "arch.context_length": 8192, "other.context_length": 1}
    return {"model_info": info, "capabilities": ["completion"], "license": "x"} | facts


class TestRecorded:
    """Recorded tags and shows."""

    def test_tags_of_may_2025(self, shared_data: Path, talk: Callable[..., Any]) -> None:
        """Six names of five models; the one with the size in its name is the model, `latest` another name of it."""
        found = talk(
            API, server(read(shared_data, "tags.2025-05-17T1527Z"), qwen3=read(shared_data, "show.qwen3.2025-08-05"))
        )
        assert {model.id: (model.created, model.context_length, model.alias_of) for model in found.list.models} == {
            "llama3.2:latest": ("2025-05-16", None, ""),
            "llava:latest": ("2025-05-16", None, ""),
            "mistral-small3.1:latest": ("2025-05-16", None, ""),
            "qwen2.5vl:7b": ("2025-05-16", None, ""),
            "qwen3:14b": ("2025-05-16", 40960, ""),
            "qwen3:latest": ("2025-05-17", 40960, "qwen3:14b"),
        }
        assert found.list.complete
        assert [[request.url.rpartition("/")[2] for request in requests] for requests in found.rounds] == [
            ["tags"],
            ["show"] * 5,
        ]
        assert len(found.list.notes) == 4

    def test_tags_of_august_2025(self, shared_data: Path, talk: Callable[..., Any]) -> None:
        """Sixteen models; what a model shows, and what an older server does not say."""
        found = talk(
            API,
            server(
                read(shared_data, "tags.16models.2025-08-06"),
                gemma3=read(shared_data, "show.gemma3.2025-07-30"),
                qwen3=read(shared_data, "show.qwen3.2025-08-05"),
            ),
        )
        assert len(found.list.models) == 16
        assert found.models["gemma3:4b"] == Served(
            "gemma3:4b", created="2025-06-05", context_length=32768, lacks=frozenset(GEMMA)
        )
        for name, day in (("qwen3:8b", "2025-06-20"), ("qwen3:1.7b", "2025-06-09")):
            assert found.models[name] == Served(
                name, created=day, context_length=40960, features=frozenset({"function_calling", "reasoning"}), lacks=frozenset({"vision"}),
            )  # fmt: skip
        assert found.models["cogito:3b"] == Served("cogito:3b", created="2025-07-08", kind="other")

    def test_tags_with_the_newest_fields(self, shared_data: Path, talk: Callable[..., Any]) -> None:
        """Where `/api/show` fails, the tags' own context and capabilities are used."""
        found = talk(API, server(read(shared_data, "tags.current-fields.SYNTHETIC")))
        facts = {model.id: (model.created, model.context_length, set(model.features)) for model in found.list.models}
        assert facts == {
            "smollm2:1.7b": ("2025-08-03", 40960, {"function_calling"}),
            "mistral:7b": ("2025-08-03", 40960, {"function_calling"}),
            "gpt-oss:120b-cloud": ("2026-08-01", None, {"function_calling", "reasoning"}),
        }
        assert found.kinds == {"": 3}

    def test_nothing_installed(self, shared_data: Path, talk: Callable[..., Any]) -> None:
        """Is the whole truth about such a server, and nothing more is asked."""
        found = talk(API, server(read(shared_data, "tags.empty.SYNTHETIC")))
        assert (found.list.models, found.list.complete, len(found.rounds)) == ((), True, 1)
        assert talk(API, server(b'{"models": null}')).list.complete


class TestShow:
    """One request a model, and what it brings."""

    TAG = {"name": "a:1b", "digest": "d1"}

    @pytest.mark.parametrize(
        ("shown", "context"),
        [
            (show(), 8192),
            (show(parameters='stop    "x"\nnum_ctx                        4096\ntemperature 1'), 4096),
            (show(parameters='stop "num_ctx 12"'), 8192),
            (show(parameters="num_ctx 0"), None),
            (show(model_info={"general.architecture": "arch"}), None),
            (show(model_info={"arch.context_length": 5}), None),
            (show(model_info=None), None),
            (show(model_info={"general.architecture": ["x"], "arch.context_length": 5}), None),
            (show(model_info={"general.architecture": "arch", "arch.context_length": "many"}), None),
        ],
    )  # fmt: skip
    def test_context(self, talk: Callable[..., Any], shown: object, context: int | None) -> None:
        """The architecture's own context length, unless a parameter of the model says otherwise."""
        assert talk(API, server([self.TAG], a=shown)).models["a:1b"].context_length == context

    @pytest.mark.parametrize(
        ("capabilities", "kind", "features", "lacks"),
        [
            (["completion", "tools", "insert"], "", {"function_calling"}, {"vision"}),
            (["completion", "vision"], "", {"vision", "multimodal"}, {"function_calling"}),
            (["completion", "audio"], "", {"audio_input", "multimodal"}, {"function_calling", "vision"}),
            (["completion", "thinking"], "", {"reasoning"}, {"function_calling", "vision"}),
            (["embedding"], "embeddings", {"embeddings"}, {"function_calling", "vision"}),
            (["image"], "image", set[str](), {"function_calling", "vision"}),
            (["new"], "other", set[str](), {"function_calling", "vision"}),
            (None, "other", set[str](), set[str]()),
        ],
        ids=spelled,
    )
    def test_capabilities(
        self, talk: Callable[..., Any], capabilities: object, kind: str, features: set[str], lacks: set[str]
    ) -> None:
        """Tools and vision are had or lacked; newer words are had, and not missed where the server is older."""
        model = talk(API, server([self.TAG], a=show(capabilities=capabilities))).models["a:1b"]
        assert (model.kind, model.features, model.lacks) == (kind, features, lacks)

    @pytest.mark.parametrize(
        "shown", [None, b"", b"[]", b"<html>", b'{"error": "not found"}', b"\xff", b'{"model_info": 5}']
    )
    def test_a_failed_show_costs_its_model_the_facts(self, talk: Callable[..., Any], shown: bytes | None) -> None:
        """The model is there, the others are described, and a note says what is missing."""
        found = talk(API, server([self.TAG, {"name": "b:1b", "digest": "d2"}], a=shown, b=show()))
        assert found.models["a:1b"] == Served("a:1b", kind="other")
        assert found.models["b:1b"].context_length == 8192
        assert found.list.notes == ("/api/show did not describe a:1b",)
        assert found.list.complete

    def test_each_model_is_asked_for_once(self, talk: Callable[..., Any]) -> None:
        """By its digest; without one, by its name."""
        tags = [
            {"name": "a:latest", "digest": "d1"}, {"name": "a:mini", "digest": "d1"}, {"name": "b:1b"}, {"name": "b:2b", "digest": ""},
            {"name": "hf.co/org/Model-GGUF:IQ4_XS", "digest": "d2"},
        ]  # fmt: skip
        found = talk(API, server(tags, a=show(), b=show()))
        asked = [json.loads(request.body)["model"] for request in found.rounds[1]]
        assert sorted(asked) == ["a:mini", "b:1b", "b:2b", "hf.co/org/Model-GGUF:IQ4_XS"]
        assert {model.id: model.alias_of for model in found.list.models if model.alias_of} == {"a:latest": "a:mini"}
        assert all(request.optional and request.url.endswith("/api/show") for request in found.rounds[1])

    def test_a_name_that_is_none_is_not_asked_for(self, talk: Callable[..., Any]) -> None:
        """It is left out, and counted."""
        found = talk(API, server([{"name": "../x", "digest": "d"}, self.TAG], a=show()))
        assert len(found.rounds[1]) == 1
        assert found.list.incomplete_because == "1 record had no usable id"


HOSTS = {
    "": "http://127.0.0.1:11434", "  ": "http://127.0.0.1:11434", "127.0.0.1": "http://127.0.0.1:11434", "localhost": "http://localhost:11434",
    "example.com": "http://example.com:11434", "example.com:8080": "http://example.com:8080", "example.com/": "http://example.com:11434",
    "http://example.com": "http://example.com", "http://example.com:11434/": "http://example.com:11434", "http://example.com:80": "http://example.com",
    "https://example.com": "https://example.com", "https://example.com:443": "https://example.com", "https://example.com:8443": "https://example.com:8443",
    "HTTPS://example.com": "https://example.com",
    "https://example.com/ollama/": "https://example.com/ollama", "example.com:1234/a/b": "http://example.com:1234/a/b",
    "ollama.com": "https://ollama.com", "https://ollama.com": "https://ollama.com", "http://ollama.com": "http://ollama.com",
    "0.0.0.0": "http://127.0.0.1:11434", "0.0.0.0:8000": "http://127.0.0.1:8000", "http://0.0.0.0": "http://127.0.0.1", ":8000": "http://127.0.0.1:8000",  # noqa: S104 a spelling to be read; nothing is bound
    "::1": "http://[::1]:11434", "[::1]": "http://[::1]:11434", "[::1]:8000": "http://[::1]:8000", "http://[::1]:8000": "http://[::1]:8000",
    "::": "http://[::1]:11434", "[::]": "http://[::1]:11434", "[::]:8000": "http://[::1]:8000", "[2001:db8::5]:80": "http://[2001:db8::5]",
    "example.com:": "http://example.com:11434", "example.com:0x1": "http://example.com:11434", "example.com:65536": "http://example.com:11434",
    "example.com:-1": "http://example.com:11434", "https://example.com:99999": "https://example.com", "example.com:" + "9" * 5000: "http://example.com:11434",
    '"http://example.com:1"': "http://example.com:1", "'example.com'": "http://example.com:11434", ' " example.com " ': "http://example.com:11434",
    "http://example.com:11434/v1": "http://example.com:11434", "http://example.com:11434/v1/": "http://example.com:11434",
}  # fmt: skip


class TestWhere:
    """OLLAMA_HOST."""

    @pytest.mark.parametrize(("spelling", "base"), HOSTS.items(), ids=[ascii(name[:40]) for name in HOSTS])
    def test_spellings(self, spelling: str, base: str) -> None:
        """Scheme, port and host may be missing; an address to bind to is this machine."""
        assert API.spell(spelling) == base

    @pytest.mark.parametrize("base", sorted(set(HOSTS.values())))
    def test_what_it_means_means_itself(self, base: str) -> None:
        """A base URL spelled out is read as it stands."""
        assert API.spell(base) == base

    def test_no_key_is_needed(self) -> None:
        """A server of one's own has none."""
        assert not API.needs_key
        assert API.spell("") == API.base

    @pytest.mark.parametrize(("base", "sent"), [("http://127.0.0.1:11434", False), ("https://ollama.com", True)])
    def test_a_key_goes_over_https_only(self, talk: Callable[..., Any], base: str, sent: bool) -> None:
        """The key for ollama.com is no business of a server in the same network."""
        found = talk(API, server([{"name": "a"}]), base=base, headers=API.sign("k", ""))
        headers = [dict(request.headers) for requests in found.rounds for request in requests]
        assert headers == [{"Authorization": "Bearer k"} if sent else {}] * 2
