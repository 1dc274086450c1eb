"""OpenAI's list: ids and dates, and from the ids what each model is for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelsync.sources.openai import API

# file: how many generate text, and how many there are of each other kind; some ids with the day they were made
RECORDED: dict[str, tuple[dict[str, int], dict[str, str]]] = {
    "models.same-set-other-order.2025-04-02T1608Z": (
        {"": 43, "embeddings": 3, "moderation": 2, "transcription": 3, "speech": 5, "audio": 5, "image": 2},
        {"gpt-4.5-preview": "2025-02-27", "o1-preview": "2024-09-06", "davinci-002": "2023-08-21"},
    ),
    "models.same-set-other-order.2025-04-02T1753Z": (
        {"": 43, "embeddings": 3, "moderation": 2, "transcription": 3, "speech": 5, "audio": 5, "image": 2},
        {"gpt-4.5-preview": "2025-02-27", "o1-preview": "2024-09-06", "davinci-002": "2023-08-21"},
    ),
    "models.2025-07-30T1154Z": (
        {"": 51, "embeddings": 3, "moderation": 2, "transcription": 3, "speech": 5, "audio": 6, "image": 3},
        {"codex-mini-latest": "2025-05-08", "gpt-4.1": "2025-04-10", "gpt-4o-2024-11-20": "2025-02-12"},
    ),
    "models.2025-11-03T1404Z": (
        {"": 73, "embeddings": 3, "moderation": 2, "transcription": 4, "speech": 5, "audio": 10, "image": 4, "video": 2},
        {"gpt-5": "2025-08-05", "gpt-5-search-api": "2025-10-03", "o3-deep-research": "2025-06-13"},
    ),
    "models.2026-03-06T0405Z": (
        {"": 84, "embeddings": 3, "moderation": 2, "transcription": 6, "speech": 7, "audio": 11, "image": 6, "video": 2},
        {"gpt-5.4": "2026-03-05", "gpt-5.3-codex": "2026-02-08", "gpt-audio-1.5": "2026-02-20"},
    ),
    "models.shutdown-date.SYNTHETIC": (
        {"": 3, "embeddings": 1, "transcription": 1, "speech": 1},
        {"gpt-4-0613": "2023-06-12"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDED)
def test_recorded(shared_data: Path, said: Callable[..., Any], name: str) -> None:
    """Every model is there, of the right kind, made on the right day; limits and features are not stated."""
    talk = said(API, (shared_data / "openai" / f"{name}.json").read_bytes())
    kinds, days = RECORDED[name]
    assert talk.kinds == kinds
    assert {model: talk.models[model].created for model in days} == days
    assert talk.list.complete
    assert not talk.list.quarantined
    assert talk.urls == ["/models"]
    assert {(model.context_length, model.features, model.lacks) for model in talk.list.models} == {
        (None, frozenset(), frozenset())
    }


def test_the_recorded_pair_is_one_list(shared_data: Path, said: Callable[..., Any]) -> None:
    """Two calls of one day answered in two orders: the same list, with the same digest."""
    one, other = (
        (shared_data / "openai" / f"models.same-set-other-order.2025-04-02T{time}Z.json").read_bytes()
        for time in ("1608", "1753")
    )
    assert one != other
    assert said(API, one).list == said(API, other).list


def test_recorded_openai_list_of_an_ollama_server(shared_data: Path, said: Callable[..., Any]) -> None:
    """A server of the same shape is read too; one without models is an empty list, not an error."""
    talk = said(API, (shared_data / "ollama" / "v1-models.2025-11-03T1404Z.json").read_bytes())
    assert {model.id: model.created for model in talk.list.models} == {
        "qwen3:latest": "2025-11-02",
        "gpt-oss:latest": "2025-11-01",
    }
    empty = said(API, (shared_data / "ollama" / "v1-models.empty.SYNTHETIC.json").read_bytes())
    assert empty.list.models == ()
    assert empty.list.incomplete_because == "it lists no models"


def test_shutdown_dates(shared_data: Path, said: Callable[..., Any]) -> None:
    """A date, or null."""
    talk = said(API, (shared_data / "openai" / "models.shutdown-date.SYNTHETIC.json").read_bytes())
    assert {model.id: model.retires for model in talk.list.models if model.retires} == {"whisper-1": "2026-10-23"}


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("gpt-4o", ""), ("gpt-audio-mini", ""), ("gpt-4o-audio-preview", ""), ("gpt-5-search-api", ""), ("babbage-002", ""), ("gpt-live-1", ""),
        ("text-embedding-3-small", "embeddings"), ("omni-moderation-latest", "moderation"), ("whisper-1", "transcription"),
        ("gpt-4o-transcribe-diarize", "transcription"), ("tts-1-hd", "speech"), ("gpt-4o-mini-tts-2025-12-15", "speech"),
        ("gpt-realtime", "audio"), ("gpt-4o-realtime-preview", "audio"), ("dall-e-3", "image"), ("chatgpt-image-latest", "image"), ("sora-2-pro", "video"),
        ("ft:gpt-4o-mini-2024-07-18:tts-team::AbCd1234", ""), ("ft:gpt-4.1:org:my-image-namer:x:ckpt-step-90", ""), ("gpt-imagelike", ""),
    ],
)  # fmt: skip
def test_what_a_model_is_for(said: Callable[..., Any], model: str, kind: str) -> None:
    """Whole words of the id say it; the names that a team gives its fine-tunes do not."""
    talk = said(API, json.dumps({"data": [{"id": model, "created": 1750000000}]}).encode())
    assert (talk.models[model].kind, talk.models[model].created) == (kind, "2025-06-15")


def test_how_it_is_asked() -> None:
    """A bearer key; the base URL as the SDK has it, with the version in it."""
    assert API.base == "https://api.openai.com/v1"
    assert API.spell(" https://proxy.test/v1/ ") == "https://proxy.test/v1"
    assert API.sign("k", "OPENAI_API_KEY") == {"Authorization": "Bearer k"}
    assert API.key_variables == ("OPENAI_API_KEY",)
    assert API.needs_key
