"""Gemini's `GET /v1beta/models`: pages of at most 1000, an opaque token for the next, `{}` when there are none.

Source: the discovery document and recorded answers from July 2025 to March 2026. Without `pageSize` a page ends after 50.
`thinking` is there only when true; embedding models are said to put out one token, which is no limit anybody needs.
A bad key is answered with 400, and "come back later" with a delay in the body.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from msgspec import Raw, Struct

from modelsync.domain.fields import EMBEDDINGS
from modelsync.domain.served import Served
from modelsync.sources.api import Api, Conversation, Headers, Request, as_object, details, no_list, page, paged, spelled
from modelsync.sources.facts import tokens
from modelsync.sources.reading import Reading

_KINDS = {
    "generateContent": "", "embedContent": "embeddings", "embedText": "embeddings", "predictLongRunning": "video",
    "predict": "image", "bidiGenerateContent": "audio", "bidiGenerateMusic": "audio",
}  # fmt: skip
_ENVELOPE = {"models", "nextPageToken"}
_DELAY = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)s\Z")


class _Page(Struct, rename={"following": "nextPageToken"}):
    models: list[Raw] | None = None
    following: str | None = None


class _Model(Struct, rename="camel"):
    name: str
    display_name: str | None = None
    input_token_limit: Any = None
    output_token_limit: Any = None
    supported_generation_methods: list[str] | None = None
    thinking: Any = None


def _ask(base: str, headers: Headers, today: str) -> Conversation:
    reading = Reading(API.name, key="name", prefix="models/")
    url = f"{base}/v1beta/models?pageSize=1000"

    def turn(body: bytes) -> str:
        listed = page(body, _Page, API.display)
        if listed.models is None and not as_object(body).keys() <= _ENVELOPE:
            raise no_list(body, API.display)
        reading.records(listed.models, _Model, _served)
        return f"{url}&pageToken={quote(listed.following, safe='')}" if listed.following else ""

    because = yield from paged(Request(url, headers), turn)
    return reading.served_list(today, because=because)


def _served(model: _Model) -> Served:
    kind = _kind(model.name, model.supported_generation_methods or [])
    embeds = kind == EMBEDDINGS
    return Served(
        model.name,
        name=model.display_name or "",
        context_length=tokens(model.input_token_limit),
        max_output_tokens=None if embeds else tokens(model.output_token_limit),
        features=frozenset({EMBEDDINGS} if embeds else {"reasoning"} if model.thinking is True else ()),
        kind=kind,
    )


def _kind(name: str, methods: list[str]) -> str:
    kind = next((kind for method, kind in _KINDS.items() if method in methods), "other")
    return "speech" if not kind and "-tts" in name else kind


def _refuses_key(status: int, body: bytes) -> bool:
    refused = any(detail.get("reason") == "API_KEY_INVALID" for detail in details(as_object(body)))
    return status == 401 or (status == 400 and refused)


def _retry_after(body: bytes) -> float | None:
    delays = (detail.get("retryDelay") for detail in details(as_object(body)))
    return next(
        (float(found[1]) for delay in delays if isinstance(delay, str) and (found := _DELAY.match(delay))), None
    )


API = Api(
    name="gemini",
    display="Gemini",
    base="https://generativelanguage.googleapis.com",
    ask=_ask,
    key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_AI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"),
    base_variables=("GOOGLE_GEMINI_BASE_URL", "GEMINI_API_BASE"),
    sign=lambda key, _: {"x-goog-api-key": key},
    spell=lambda base: spelled(base).removesuffix("/v1beta"),
    refuses_key=_refuses_key,
    retry_after=_retry_after,
)
