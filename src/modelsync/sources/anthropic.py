"""Anthropic's `GET /v1/models`: pages of at most 1000, limits and capabilities since March 2026, lifecycle since summer 2026.

Source: the API reference, the SDK and recorded answers from July 2025 to April 2026. Without `limit` a page ends after 20.
A `retires_at` in the past does not mean retired: `lifecycle` does.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from msgspec import Raw, Struct

from modelsync.domain.served import Served
from modelsync.sources.api import Api, Conversation, Headers, Request, bearer, page, paged, spelled
from modelsync.sources.facts import day, inputs, stated, tokens
from modelsync.sources.reading import Reading

_VERSION = {"anthropic-version": "2023-06-01"}
_DEFAULT_LIMIT = 20
_LIFECYCLES = ("active", "deprecated", "retired")


class _Page(Struct):
    data: list[Raw] | None
    has_more: bool | None = None
    last_id: str | None = None


class _Flag(Struct):
    supported: bool | None = None


class _Tools(Struct):
    web_search: _Flag | None = None


class _Capabilities(Struct):
    image_input: _Flag | None = None
    pdf_input: _Flag | None = None
    structured_outputs: _Flag | None = None
    thinking: _Flag | None = None
    server_tools: _Tools | None = None


class _Model(Struct):
    id: str
    display_name: str | None = None
    created_at: Any = None
    max_input_tokens: Any = None
    max_tokens: Any = None
    capabilities: _Capabilities | None = None
    lifecycle: Any = None
    retires_at: Any = None


def _ask(base: str, headers: Headers, today: str) -> Conversation:
    reading = Reading(API.name)
    url = f"{base}/v1/models?limit=1000"

    def turn(body: bytes) -> str | None:
        listed = page(body, _Page, API.display)
        reading.records(listed.data, _Model, _served)
        cut = listed.has_more is None and len(listed.data or ()) == _DEFAULT_LIMIT
        if not listed.has_more and not cut:
            return ""
        return f"{url}&after_id={quote(listed.last_id, safe='')}" if listed.last_id else None

    because = yield from paged(Request(url, _VERSION | dict(headers)), turn)
    return reading.served_list(today, because=because)


def _served(model: _Model) -> Served:
    can = model.capabilities or _Capabilities()
    flags = {
        "vision": can.image_input, "file_input": can.pdf_input, "structured_outputs": can.structured_outputs,
        "reasoning": can.thinking, "web_search": can.server_tools and can.server_tools.web_search,
    }  # fmt: skip
    features, lacks = stated((flag and flag.supported, feature) for feature, flag in flags.items())
    return Served(
        model.id,
        name=model.display_name or "",
        created=day(model.created_at),
        context_length=tokens(model.max_input_tokens),
        max_output_tokens=tokens(model.max_tokens),
        features=features | inputs(("image",) if "vision" in features else ()),
        lacks=lacks,
        lifecycle=model.lifecycle if model.lifecycle in _LIFECYCLES else "",
        retires=day(model.retires_at),
    )


API = Api(
    name="anthropic",
    display="Anthropic",
    base="https://api.anthropic.com",
    ask=_ask,
    key_variables=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    base_variables=("ANTHROPIC_BASE_URL",),
    sign=lambda key, variable: bearer(key) if variable == "ANTHROPIC_AUTH_TOKEN" else {"x-api-key": key},
    spell=lambda base: spelled(base).removesuffix("/v1"),
)
