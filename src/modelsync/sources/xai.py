"""xAI's `GET /v1/models`, every id and its date, with `GET /v1/language-models` for what the text models read and their aliases.

Source: the API reference and answers quoted in public client tests of 2026. A bad key is answered with 400.
"""

from __future__ import annotations

from typing import Any

from msgspec import Raw, Struct

from modelsync.domain.served import Served
from modelsync.sources.api import Api, Conversation, Headers, Request, as_object, page
from modelsync.sources.facts import day, inputs, tokens
from modelsync.sources.reading import Reading


class _Page(Struct):
    data: list[Raw] | None


class _Texts(Struct):
    models: list[Raw] | None


class _Model(Struct):
    id: str
    created: Any = None
    context_length: Any = None
    aliases: list[str] | None = None
    input_modalities: list[str] | None = None


def _ask(base: str, headers: Headers, today: str) -> Conversation:
    every, texts = yield [
        Request(f"{base}/models", headers),
        Request(f"{base}/language-models", headers, optional=True),
    ]
    reading = Reading(API.name)
    unclear = "" if texts is None else "other"
    reading.records(page(every, _Page, API.display).data, _Model, lambda model: _served(model, unclear))
    if texts is None:
        reading.note("what its text models read is unknown: /language-models did not answer")
    else:
        reading.records(page(texts, _Texts, API.display).models, _Model, lambda model: _text(model, reading))
    return reading.served_list(today)


def _served(model: _Model, unclear: str) -> Served:
    kind = next((kind for kind in ("image", "video") if kind in model.id), unclear)
    return Served(model.id, created=day(model.created), context_length=tokens(model.context_length), kind=kind)


def _text(model: _Model, reading: Reading) -> Served:
    features = inputs(model.input_modalities or ())
    for alias in model.aliases or ():
        reading.model(Served(alias, features=features, alias_of=model.id))
    return Served(model.id, features=features)


def _refuses_key(status: int, body: bytes) -> bool:
    return status == 401 or (status == 400 and "API key" in str(as_object(body).get("error")))


API = Api(
    name="xai",
    display="xAI",
    base="https://api.x.ai/v1",
    ask=_ask,
    key_variables=("XAI_API_KEY",),
    base_variables=("XAI_API_BASE",),
    refuses_key=_refuses_key,
)
