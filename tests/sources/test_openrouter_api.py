"""OpenRouter as a provider: every kind of model, pages, and the embeddings list where it has one of its own."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelsync.errors import NothingFetched
from modelsync.sources.openrouter_api import API

# file: models of each kind, and the days on which some will no longer be served (2098 is not planned)
RECORDED: dict[str, tuple[dict[str, int], dict[str, str]]] = {
    "models.2025-05-12T1347Z": ({"": 321}, {}),
    "models.2025-11-03T1404Z": ({"": 343}, {}),
    "models.2026-01-16T1715Z": (
        {"": 339},
        {"google/gemini-2.5-flash-preview-09-2025": "2026-02-17", "google/gemini-2.0-flash-exp:free": "2026-02-06"},
    ),
    "models.2026-03-09T1905Z": ({"": 346}, {"anthropic/claude-3.7-sonnet:thinking": "2026-05-05"}),
    "models.2026-06-18T1311Z": (
        {"": 339},
        {"anthropic/claude-opus-4.6-fast": "2026-06-29", "openai/gpt-5.3-chat": "2026-08-10", "z-ai/glm-5.2": ""},
    ),
    "models.2026-07-17T0952Z": ({"": 344}, {"z-ai/glm-5-turbo": "", "poolside/laguna-m.1:free": "2026-07-28"}),
    "models.2026-08-21T0812Z": ({"": 419}, {"~z-ai/glm-latest": "", "inclusionai/ring-2.6-1t": "2026-08-24"}),
    "models.all-modalities.2026-08-05": (
        {"": 338, "embeddings": 31, "image": 29, "video": 21, "speech": 19, "transcription": 13, "rerank": 6},
        {"z-ai/glm-4.5": "2026-12-31", "z-ai/glm-5v-turbo": "", "openai/gpt-5.2-chat": "2026-08-10"},
    ),
    "embeddings-models.2025-12-14": ({"embeddings": 21}, {}),
    "models-user.SYNTHETIC": ({"": 2}, {}),
    "models.unpaged-envelope.SYNTHETIC": ({"": 5}, {"stealth/ox-alpha": ""}),
}
NO_LISTS = ("endpoints-reduced.2026-07-22", "model-single.SYNTHETIC", "models-count.SYNTHETIC")


def read(shared_data: Path, name: str) -> bytes:
    """Return a recorded body."""
    return (shared_data / "openrouter" / f"{name}.json").read_bytes()


def body(*models: str | dict[str, Any], **envelope: object) -> bytes:
    """Make a page; a name alone is a text model."""
    records = [{"id": model} if isinstance(model, str) else model for model in models]
    return json.dumps({"data": records} | envelope).encode()


EMBEDDING: dict[str, Any] = {"id": "a/embed", "architecture": {"output_modalities": ["embeddings"]}}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded(shared_data: Path, said: Callable[..., Any], name: str) -> None:
    """Every model of the file, of its kind; the embeddings are asked for where there are none among them."""
    talk = said(API, read(shared_data, name))
    kinds, days = RECORDED[name]
    assert talk.kinds == kinds
    assert {model: talk.models[model].retires for model in days} == days
    assert talk.list.complete
    assert not talk.list.quarantined
    assert talk.urls == ["/models?output_modalities=all"] + ([] if "embeddings" in kinds else ["/embeddings/models"])


def test_one_model_in_full(shared_data: Path, said: Callable[..., Any]) -> None:
    """Limits of the top provider, zero as unknown, aliases with what they stand for."""
    models = said(API, read(shared_data, "models.2026-08-21T0812Z")).models
    gpt = models["openai/gpt-4o"]
    assert (gpt.context_length, gpt.max_output_tokens, gpt.created, gpt.kind) == (128000, 16384, "2024-05-13", "")
    assert models["~z-ai/glm-latest"].alias_of == "z-ai/glm-5.3"
    video = said(API, read(shared_data, "models.all-modalities.2026-08-05")).models["black-forest-labs/flux-3-video"]
    assert (video.kind, video.context_length, video.created) == ("video", None, "2026-08-04")


def test_recorded_days(shared_data: Path, said: Callable[..., Any]) -> None:
    """Forty-three days of lists that shrink and recover: each is whole."""
    days = sorted((shared_data / "openrouter" / "daily").glob("*.json.gz"))
    counts = {path.name[:10]: said(API, gzip.decompress(path.read_bytes())).list for path in days}
    assert len(counts) == 43
    assert all(listed.complete and 328 <= len(listed.models) <= 353 for listed in counts.values())


@pytest.mark.parametrize("name", NO_LISTS)
def test_what_is_no_list(shared_data: Path, said: Callable[..., Any], name: str) -> None:
    """Single models and counts are refused."""
    with pytest.raises(NothingFetched, match=r"^OpenRouter did not answer with a model list$"):
        said(API, read(shared_data, name))


class TestPages:
    """Links to the next page."""

    def test_recorded_pages(self, shared_data: Path, said: Callable[..., Any]) -> None:
        """Five models in two pages; the link is relative to the host."""
        talk = said(API, read(shared_data, "models.page1.SYNTHETIC"), read(shared_data, "models.page2.SYNTHETIC"))
        assert (len(talk.list.models), talk.list.complete) == (5, True)
        assert talk.rounds[1][0].url == "https://provider.test/api/v1/models?offset=3&limit=3"

    def test_page_two_missing(self, shared_data: Path, said: Callable[..., Any]) -> None:
        """Three of five, and known to be so."""
        listed = said(API, read(shared_data, "models.page1.SYNTHETIC")).list
        assert (len(listed.models), listed.incomplete_because) == (3, "page 2 did not arrive")

    @pytest.mark.parametrize(
        "link",
        ["https://elsewhere.test/models", "http://provider.test/models", "//elsewhere.test/x", "https://provider.test:444/x", "https://me@provider.test/x", "https://[", "ftp://provider.test/"],
    )  # fmt: skip
    def test_a_link_to_another_host_is_not_followed(self, said: Callable[..., Any], link: str) -> None:
        """The key stays where it belongs; the list is known not to be all."""
        talk = said(API, body("a/b", EMBEDDING, links={"next": link}))
        assert (len(talk.rounds), talk.list.incomplete_because) == (1, "there is more, but nothing says where")

    @pytest.mark.parametrize("link", ["", "?output_modalities=all", "/base/models?output_modalities=all"])
    def test_a_link_to_itself(self, said: Callable[..., Any], link: str) -> None:
        """Is a circle; an empty one is the end."""
        talk = said(API, body("a/b", EMBEDDING, links={"next": link}))
        assert (len(talk.rounds), talk.list.complete) == (1, not link)

    def test_a_total_that_is_not_reached(self, said: Callable[..., Any]) -> None:
        """Fewer models than promised."""
        assert said(API, body("a/b", EMBEDDING, total_count=3)).list.incomplete_because == "2 of 3 models arrived"


class TestEmbeddings:
    """Where `output_modalities=all` is not understood."""

    def test_they_are_asked_for(self, said: Callable[..., Any]) -> None:
        """Both lists are one; a model in both is one model."""
        talk = said(API, body("a/b"), body(EMBEDDING, "a/b"))
        assert {model.id: model.kind for model in talk.list.models} == {"a/b": "", "a/embed": "embeddings"}
        assert talk.list.complete

    def test_an_unfinished_list_of_them_is_not_used(self, said: Callable[..., Any]) -> None:
        """It has only been asked for its first page."""
        talk = said(API, body("a/b"), body(EMBEDDING, links={"next": "/more"}))
        assert list(talk.models) == ["a/b"]

    def test_something_else_instead(self, said: Callable[..., Any]) -> None:
        """Is an error, in no word of its own."""
        with pytest.raises(NothingFetched, match=r"^OpenRouter did not answer with a model list, but with not-found$"):
            said(API, body("a/b"), b'{"error": {"code": "not-found", "message": "secret"}}')


def test_a_bad_record_is_told(said: Callable[..., Any]) -> None:
    """What the reader of the list left out is left out here too."""
    talk = said(API, body("gpt", "a/b", EMBEDDING))
    assert [record.subject for record in talk.list.quarantined] == ["'gpt'"]
    assert talk.list.incomplete_because == "1 record had no usable id"


def test_how_it_is_asked() -> None:
    """A bearer if there is a key; none is needed."""
    assert not API.needs_key
    assert API.sign("k", "OPENROUTER_API_KEY") == {"Authorization": "Bearer k"}
    assert API.base == "https://openrouter.ai/api/v1"
