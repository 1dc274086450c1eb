"""OpenAI's `GET /v1/models`: ids, dates and, since August 2026, shutdown dates; one page, in no particular order.

Source: the OpenAPI description and recorded answers from April 2025 to March 2026. It states neither limits nor features,
and says what a model is for only in its id. What it lists depends on the account.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from modelsync.domain.served import Served
from modelsync.sources.api import Api, Conversation, Headers, Request, one_page
from modelsync.sources.facts import day

_KINDS = {
    kind: re.compile(rf"(?:^|-)(?:{words})(?:-|$)")
    for kind, words in (
        ("embeddings", "embedding"),
        ("moderation", "moderation"),
        ("transcription", "transcribe|whisper"),
        ("speech", "tts"),
        ("audio", "realtime"),
        ("image", "image|dall-e"),
        ("video", "sora"),
    )
}


class _Model(Struct):
    id: str
    created: Any = None
    shutdown_date: Any = None


def _ask(base: str, headers: Headers, today: str) -> Conversation:
    return one_page(API, Request(f"{base}/models", headers), today, _Model, _served)


def _served(model: _Model) -> Served:
    return Served(model.id, created=day(model.created), kind=_kind(model.id), retires=day(model.shutdown_date))


def _kind(model_id: str) -> str:
    """What the model is for; a fine-tune (`ft:BASE:ORGANIZATION:…`) is for what its base is."""
    base = model_id.removeprefix("ft:").partition(":")[0]
    return next((kind for kind, words in _KINDS.items() if words.search(base)), "")


API = Api(
    name="openai",
    display="OpenAI",
    base="https://api.openai.com/v1",
    ask=_ask,
    key_variables=("OPENAI_API_KEY",),
    base_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
)
