"""Gemini's list: pages with opaque tokens, methods instead of kinds, errors with their reasons inside."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelsync.domain.served import Served
from modelsync.errors import NothingFetched
from modelsync.sources.gemini import API

# file: models of each kind, why it is incomplete, and some models with their limits and whether they are stated to think
RECORDED: dict[str, tuple[dict[str, int], str, dict[str, tuple[int | None, int | None, bool]]]] = {
    "models.2025-07-17T1009Z": (
        {"": 38, "embeddings": 6, "speech": 2, "image": 3, "other": 1},
        "page 2 did not arrive",
        {
            "gemini-1.5-pro": (2000000, 8192, False), "gemini-2.5-flash": (1048576, 65536, True),
            "gemma-3n-e4b-it": (8192, 2048, False), "gemini-exp-1206": (1048576, 65536, True), "aqa": (7168, 1024, False),
            "embedding-gecko-001": (1024, None, False), "gemini-2.5-flash-preview-tts": (8192, 16384, False),
        },
    ),
    "models.2026-01-09T1557Z": (
        {"": 31, "embeddings": 6, "speech": 2, "image": 5, "video": 5, "other": 1},
        "page 2 did not arrive",
        {
            "gemini-3-pro-preview": (1048576, 65536, True), "gemini-2.5-flash-image": (32768, 32768, False),
            "nano-banana-pro-preview": (131072, 32768, True), "veo-3.1-generate-preview": (480, 8192, False),
        },
    ),
    "models.2026-02-23T1141Z": (
        {"": 28, "embeddings": 1, "speech": 2, "image": 3, "video": 5, "audio": 3, "other": 1},
        "",
        {
            "gemini-3.1-pro-preview-customtools": (1048576, 65536, True), "gemini-2.0-flash-lite": (1048576, 8192, False),
            "gemini-2.5-flash-native-audio-latest": (131072, 8192, True), "gemini-embedding-001": (2048, None, False),
        },
    ),
    "models.2026-03-18T0432Z": (
        {"": 29, "embeddings": 2, "speech": 2, "image": 3, "video": 5, "audio": 3, "other": 1},
        "",
        {"gemini-3.1-flash-image-preview": (65536, 65536, True), "gemini-embedding-2-preview": (8192, None, False)},
    ),
    "models.page2.SYNTHETIC": (
        {"audio": 1}, "", {"gemini-2.5-flash-native-audio-latest": (131072, 8192, True)},
    ),
    "models.empty.SYNTHETIC": ({}, "it lists no models", {}),
}  # fmt: skip


def read(shared_data: Path, name: str) -> bytes:
    """Return a recorded body."""
    return (shared_data / "gemini" / f"{name}.json").read_bytes()


def body(*names: str, **envelope: object) -> bytes:
    """Make a page."""
    models = [{"name": f"models/{name}", "supportedGenerationMethods": ["generateContent"]} for name in names]
    return json.dumps({"models": models} | envelope).encode()


def one(said: Callable[..., Any], **facts: object) -> Served:
    """Read one model."""
    talk = said(API, json.dumps({"models": [{"name": "models/gemini-x"} | facts]}).encode())
    assert not talk.list.quarantined
    return talk.models["gemini-x"]


@pytest.mark.parametrize("name", RECORDED)
def test_recorded(shared_data: Path, said: Callable[..., Any], name: str) -> None:
    """Kinds, limits, thinking; two of the four recordings are first pages of 50."""
    talk = said(API, read(shared_data, name))
    kinds, because, facts = RECORDED[name]
    found = {model.id: (model.context_length, model.max_output_tokens, "reasoning" in model.features) for model in talk.list.models}  # fmt: skip
    assert talk.kinds == kinds
    assert (talk.list.incomplete_because, talk.list.complete) == (because, not because)
    assert {model: found[model] for model in facts} == facts
    assert not talk.list.quarantined
    assert all(model.created == "" for model in talk.list.models)


def test_a_first_page_of_fifty_and_the_next(shared_data: Path, said: Callable[..., Any]) -> None:
    """The token is opaque, and a parameter like any other: its `=` is quoted."""
    talk = said(API, read(shared_data, "models.2026-01-09T1557Z"), read(shared_data, "models.page2.SYNTHETIC"))
    assert (len(talk.list.models), talk.list.complete) == (51, True)
    assert talk.urls[0] == "/v1beta/models?pageSize=1000"
    assert talk.urls[1].startswith("/v1beta/models?pageSize=1000&pageToken=Ci")
    assert talk.urls[1].endswith("%3D")


def test_names_need_not_be_unique(shared_data: Path, said: Callable[..., Any]) -> None:
    """Four ids were displayed under one name; they are four ids."""
    models = said(API, read(shared_data, "models.2025-07-17T1009Z")).list.models
    assert sum(model.name == "Gemini 2.5 Flash Preview 05-20" for model in models) == 4


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        (b"{}", "it lists no models"),
        (b" { } ", "it lists no models"),
        (b'{"models": null}', "it lists no models"),
        (b'{"models": []}', "it lists no models"),
        (b'{"nextPageToken": "x"}', "page 2 did not arrive"),
    ],
)
def test_empty(said: Callable[..., Any], answer: bytes, because: str) -> None:
    """An object with nothing in it is a list with nothing in it."""
    talk = said(API, answer)
    assert (talk.list.models, talk.list.incomplete_because) == ((), because)


@pytest.mark.parametrize("answer", [b'{"model": []}', b'{"error": {}}', b'{"data": []}', b"[]", b"null", b""])
def test_no_list(said: Callable[..., Any], answer: bytes) -> None:
    """An object with anything else in it is not."""
    with pytest.raises(NothingFetched, match=r"^Gemini did not answer with a model list"):
        said(API, answer)


def test_a_repeated_token(said: Callable[..., Any]) -> None:
    """Ends the conversation."""
    talk = said(API, *[body("gemini-a", nextPageToken="x")] * 5)
    assert (talk.list.incomplete_because, len(talk.rounds)) == ("its pages go in circles", 2)


@pytest.mark.parametrize(
    ("methods", "kind"),
    [
        (["generateContent", "countTokens"], ""),
        (["countTokens", "bidiGenerateContent", "generateContent"], ""),
        (["countTokens", "bidiGenerateContent"], "audio"),
        (["bidiGenerateMusic"], "audio"),
        (["embedContent", "asyncBatchEmbedContent"], "embeddings"),
        (["predict"], "image"),
        (["predictLongRunning"], "video"),
        (["generateAnswer"], "other"),
        (["countTokens"], "other"),
        ([], "other"),
        (None, "other"),
    ],
)
def test_what_a_model_is_for(said: Callable[..., Any], methods: list[str] | None, kind: str) -> None:
    """The methods say it."""
    model = one(said, supportedGenerationMethods=methods)
    assert model.kind == kind
    assert model.features == ({"embeddings"} if kind == "embeddings" else set())


def test_facts_that_are_none(said: Callable[..., Any]) -> None:
    """Thinking is stated only when true; a limit of zero is none."""
    model = one(
        said, inputTokenLimit=0, outputTokenLimit=None, thinking=False, temperature=1, topP=0.95, extra={"x": 1}
    )
    assert model == Served("gemini-x", kind="other")


class TestErrors:
    """A bad key, and patience."""

    @pytest.mark.parametrize(
        ("name", "status", "refused"),
        [("gemini-400-invalid-key", 400, True), ("gemini-403-no-key.REPORTED", 403, False), ("gemini-404.SYNTHETIC", 404, False), ("gemini-429", 429, False)],
    )  # fmt: skip
    def test_recorded_refusals(self, shared_data: Path, name: str, status: int, refused: bool) -> None:
        """Google answers a bad key with 400."""
        assert API.refuses_key(status, (shared_data / "errors" / f"{name}.json").read_bytes()) is refused

    def test_recorded_delay(self, shared_data: Path) -> None:
        """It is in the body, and in no header."""
        assert API.retry_after((shared_data / "errors" / "gemini-429.json").read_bytes()) == 48

    def test_refusals(self) -> None:
        """Another 400 is not the key's fault; a 401 is."""
        reason = b'{"error": {"details": [null, {"reason": "OTHER"}, {"reason": "API_KEY_INVALID"}]}}'
        assert API.refuses_key(400, reason)
        assert not API.refuses_key(400, reason.replace(b"API_KEY_INVALID", b"FIELD_INVALID"))
        assert API.refuses_key(401, b"")

    @pytest.mark.parametrize(
        ("delay", "seconds"),
        [("48s", 48), ("0.5s", 0.5), ("1.000000001s", 1.000000001), ("s", None), ("-1s", None), ("1m", None), ("1e9s", None), ("9" * 99 + "s", None), (48, None), (None, None)],
        ids=ascii,
    )  # fmt: skip
    def test_delays(self, delay: object, seconds: float | None) -> None:
        """Seconds with an `s`."""
        body = json.dumps({"error": {"details": [{"retryDelay": delay}]}}).encode()
        assert API.retry_after(body) == seconds

    @pytest.mark.parametrize("answer", [b"", b"{}", b"[]", b'{"error": {"details": {}}}', b'{"error": "x"}', b"\xff"])
    def test_no_delay(self, answer: bytes) -> None:
        """Most errors name none."""
        assert API.retry_after(answer) is None


def test_how_it_is_asked() -> None:
    """The key in a header, never in the URL; Google's several variables; a base URL without the version."""
    assert API.sign("k", "GEMINI_API_KEY") == {"x-goog-api-key": "k"}
    assert API.key_variables[:3] == ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_AI_API_KEY")
    assert {API.spell(f"https://proxy.test{path}") for path in ("", "/", "/v1beta/")} == {"https://proxy.test"}
