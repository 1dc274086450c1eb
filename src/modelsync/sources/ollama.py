"""Ollama's `GET /api/tags`, what is installed, with `POST /api/show` for each model's context and capabilities.

Source: the API reference, the server's code and recorded answers of 2025. No key locally; one for ollama.com goes out over https
only. A model's day is the one it was pulled on. Names with one digest are names of one model.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from modelsync.domain.served import Served
from modelsync.sources.api import Api, Conversation, Headers, Request, page
from modelsync.sources.facts import day
from modelsync.sources.ollama_host import address
from modelsync.sources.ollama_show import Shown, described, read
from modelsync.sources.reading import Reading
from modelsync.sources.records import is_id


class _Page(Struct):
    models: list[Raw] | None


class _Details(Struct):
    context_length: Any = None


class _Tag(Struct):
    name: str
    digest: str = ""
    modified_at: Any = None
    capabilities: list[str] | None = None
    details: _Details | None = None


def _ask(base: str, headers: Headers, today: str) -> Conversation:
    headers = headers if base.startswith("https://") else {}
    (body,) = yield [Request(f"{base}/api/tags", headers)]
    reading = Reading(API.name, key="name")
    tags: list[_Tag] = []
    reading.records(page(body, _Page, API.display).models, _Tag, lambda tag: _installed(tag, tags))
    models = _models(tags)
    shows = [Request(f"{base}/api/show", headers, _body(names[0]), optional=True) for names in models]
    for names, body in zip(models, (yield shows) if shows else (), strict=True):
        _describe(names, read(body), reading)
    return reading.served_list(today, may_be_empty=True)


def _installed(tag: _Tag, tags: list[_Tag]) -> Served:
    if is_id(tag.name):
        tags.append(tag)
    return Served(tag.name, created=day(tag.modified_at), kind="other")


def _models(tags: list[_Tag]) -> list[list[_Tag]]:
    """Put the names of one model together, the most telling one first."""
    by_digest: dict[str, list[_Tag]] = {}
    for tag in sorted(tags, key=lambda tag: (tag.name.endswith(":latest"), tag.name)):
        by_digest.setdefault(tag.digest or tag.name, []).append(tag)
    return list(by_digest.values())


def _body(tag: _Tag) -> bytes:
    return msgspec.json.encode({"model": tag.name})


def _describe(names: list[_Tag], shown: Shown | None, reading: Reading) -> None:
    if shown is None:
        reading.note(f"/api/show did not describe {names[0].name}")
    for tag in names:
        context = tag.details.context_length if tag.details else None
        known = shown or Shown(context=context, capabilities=tag.capabilities)
        reading.model(described(tag.name, known, alias_of=names[0].name))


API = Api(
    name="ollama",
    display="Ollama",
    base="http://127.0.0.1:11434",
    ask=_ask,
    key_variables=("OLLAMA_API_KEY",),
    base_variables=("OLLAMA_HOST", "OLLAMA_API_BASE"),
    needs_key=False,
    spell=lambda spelling: address(spelling).removesuffix("/v1"),
)
