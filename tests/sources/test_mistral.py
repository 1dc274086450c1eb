"""Mistral's list: aliases as rows of their own, duplicate ids, a day that is only the request's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelsync.domain.served import Served
from modelsync.sources.mistral import API

CHAT = {"completion_chat": True, "function_calling": True, "completion_fim": False, "vision": False, "moderation": False, "audio": False}  # fmt: skip


def body(*models: dict[str, object]) -> bytes:
    """Make an answer, in which every model was made just now."""
    common = {"object": "model", "created": 1766520693, "owned_by": "mistralai", "deprecation": None, "type": "base"}
    return json.dumps({"object": "list", "data": [common | model for model in models]}).encode()


def test_rows_of_one_model(said: Callable[..., Any]) -> None:
    """The row whose id is the name is the model; the others are names of it."""
    facts: dict[str, object] = {
        "name": "mistral-medium-2508", "max_context_length": 131072, "capabilities": CHAT | {"vision": True},
    }  # fmt: skip
    talk = said(
        API,
        body(
            facts | {"id": "mistral-medium-2508", "aliases": ["mistral-medium-latest", "mistral-medium"]},
            facts | {"id": "mistral-medium-latest", "aliases": ["mistral-medium-2508", "mistral-medium"]},
            facts | {"id": "mistral-medium", "aliases": ["mistral-medium-2508", "mistral-medium-latest"]},
            {"id": "open-mistral-nemo", "name": "open-mistral-nemo", "aliases": [], "capabilities": CHAT},
            {"id": "ft:open-mistral-7b:abc:20260101:x", "name": "mine", "aliases": [], "capabilities": CHAT},
        ),
    )
    assert talk.urls == ["/models"]
    assert talk.models["mistral-medium-latest"] == Served(
        "mistral-medium-latest", name="mistral-medium-2508", context_length=131072, alias_of="mistral-medium-2508",
        features=frozenset({"vision", "multimodal", "function_calling"}),
    )  # fmt: skip
    assert {model.id: model.alias_of for model in talk.list.models if model.alias_of} == {
        "mistral-medium": "mistral-medium-2508",
        "mistral-medium-latest": "mistral-medium-2508",
    }
    assert talk.models["open-mistral-nemo"].lacks == {"vision"}
    assert talk.list.complete


def test_the_time_of_the_request_is_no_day(said: Callable[..., Any]) -> None:
    """Two calls a day apart are one list."""
    one = body({"id": "a", "capabilities": CHAT})
    other = one.replace(b"1766520693", b"1766607093")
    assert said(API, one).list == said(API, other).list
    assert said(API, one).models["a"].created == ""


@pytest.mark.parametrize(
    ("other", "context", "notes"),
    [({}, 32768, 0), ({"max_context_length": 131072}, None, 1), ({"max_context_length": None}, 32768, 0)],
    ids=["the same again", "another length", "no length"],
)
def test_an_id_twice(said: Callable[..., Any], other: dict[str, object], context: int | None, notes: int) -> None:
    """It is served; what its rows do not agree on is unknown, and said to be."""
    first: dict[str, object] = {"id": "a", "max_context_length": 32768, "capabilities": CHAT}
    for rows in ((first, first | other), (first | other, first)):
        talk = said(API, body(*rows))
        assert [(model.id, model.context_length, model.kind) for model in talk.list.models] == [("a", context, "")]
        assert len(talk.list.notes) == notes
        assert talk.list.complete


def test_a_feature_both_had_and_lacked(said: Callable[..., Any]) -> None:
    """Is neither; what only one row says is believed."""
    both: list[dict[str, object]] = [{"vision": True}, {"reasoning": True}]
    rows: list[dict[str, object]] = [{"id": "a", "capabilities": CHAT | can} for can in both]
    talk = said(API, body(*rows))
    assert talk.models["a"].features == {"multimodal", "function_calling", "reasoning"}
    assert talk.models["a"].lacks == set()
    assert len(talk.list.notes) == 1


@pytest.mark.parametrize(
    ("model", "capabilities", "kind"),
    [
        ("codestral-2508", {"completion_fim": True}, ""),
        ("voxtral-mini-2507", {"completion_chat": True, "audio": True}, ""),
        ("mistral-moderation-2411", {"classification": True, "moderation": True}, "moderation"),
        ("voxtral-mini-transcribe", {"audio_transcription": True}, "transcription"),
        ("voxtral-tts", {"audio_speech": True}, "speech"),
        ("mistral-embed", {}, "embeddings"),
        ("codestral-embed-2505", {"completion_chat": False}, "embeddings"),
        ("mistral-ocr-2512", {"completion_chat": False, "vision": True, "ocr": True}, "other"),
        ("mistral-new", None, "other"),
    ],
)
def test_what_a_model_is_for(
    said: Callable[..., Any], model: str, capabilities: dict[str, bool] | None, kind: str
) -> None:
    """Its capabilities say it; for embeddings there is none, so the name does."""
    found = said(API, body({"id": model, "capabilities": capabilities})).models[model]
    assert found.kind == kind
    assert ("embeddings" in found.features) is (kind == "embeddings")
    assert ("audio_input" in found.features) is ("audio" in (capabilities or ()))


@pytest.mark.parametrize(
    ("deprecation", "retires"),
    [("2026-08-31T12:00:00Z", "2026-08-31"), ("2026-08-31", "2026-08-31"), (None, ""), ("soon", ""), (5e9, "")],
    ids=str,
)  # fmt: skip
def test_deprecation(said: Callable[..., Any], deprecation: object, retires: str) -> None:
    """A time, or null."""
    model = said(API, body({"id": "a", "capabilities": CHAT, "deprecation": deprecation})).models["a"]
    assert (model.retires, model.lifecycle) == (retires, "deprecated" if retires else "")


def test_recorded_refusal(shared_data: Path) -> None:
    """A plain 401."""
    assert API.refuses_key(401, (shared_data / "errors" / "mistral-401.json").read_bytes())
    assert not API.refuses_key(403, b"")


def test_it_is_small(repo: Path) -> None:
    """A provider is one file of under 80 lines."""
    for name in ("mistral", "xai", "openai"):
        lines = (repo / "src" / "modelsync" / "sources" / f"{name}.py").read_text(encoding="utf-8").splitlines()
        assert len(lines) < 80
