"""Mistral's `GET /v1/models`: one page with limits and capabilities, where every alias is a row of its own.

Source: the API reference and answers from December 2025 to August 2026 quoted in public client tests. `created` is the time of
the request. `name` is the id that an alias stands for. `deprecation` is a time to come, after which it is not promised any more.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from modelsync.domain.fields import EMBEDDINGS
from modelsync.domain.served import Served
from modelsync.sources.api import Api, Conversation, Headers, Request, one_page
from modelsync.sources.facts import day, inputs, stated, tokens

_KINDS = {
    "completion_chat": "", "completion_fim": "", "moderation": "moderation", "audio_transcription": "transcription",
    "audio_speech": "speech",
}  # fmt: skip


class _Model(Struct):
    id: str
    name: str | None = None
    max_context_length: Any = None
    aliases: list[str] | None = None
    capabilities: dict[str, Any] | None = None
    deprecation: Any = None


def _ask(base: str, headers: Headers, today: str) -> Conversation:
    return one_page(API, Request(f"{base}/models", headers), today, _Model, _served)


def _served(model: _Model) -> Served:
    can = model.capabilities or {}
    kind = next((kind for capability, kind in _KINDS.items() if can.get(capability) is True), "other")
    kind = EMBEDDINGS if kind == "other" and "embed" in model.id else kind
    features, lacks = stated((can.get(name), name) for name in ("vision", "function_calling", "reasoning"))
    read = inputs(name for name, capability in (("image", "vision"), ("audio", "audio")) if can.get(capability) is True)
    retires = day(model.deprecation)
    return Served(
        model.id,
        name=model.name or "",
        context_length=tokens(model.max_context_length),
        features=features | read | frozenset({EMBEDDINGS} & {kind}),
        lacks=lacks,
        kind=kind,
        lifecycle="deprecated" if retires else "",
        retires=retires,
        alias_of=model.name if model.name and model.name in (model.aliases or ()) else "",
    )


API = Api(
    name="mistral",
    display="Mistral",
    base="https://api.mistral.ai/v1",
    ask=_ask,
    key_variables=("MISTRAL_API_KEY",),
    base_variables=("MISTRAL_API_BASE",),
)
