"""OpenRouter as a provider: the models of every kind that it serves under its own ids, from the list `openrouter` reads.

`output_modalities=all` has it list embeddings, images, audio, video and rerank too; where that is not understood, embeddings are
asked for by themselves. Features are left to `normalize`, which derives them from the same records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from modelsync.domain.fields import EMBEDDINGS
from modelsync.domain.served import Served
from modelsync.errors import NothingFetched
from modelsync.sources import openrouter
from modelsync.sources.api import Api, Conversation, Headers, Request, no_list, paged
from modelsync.sources.facts import day, tokens
from modelsync.sources.reading import Reading

if TYPE_CHECKING:
    from modelsync.domain.listing import Listing, Record


def _ask(base: str, headers: Headers, today: str) -> Conversation:
    url = f"{base}/models?{openrouter.EVERY_KIND}"
    pages: list[bytes] = []

    def turn(body: bytes) -> str | None:
        pages.append(body)
        return _beside(url, _next(body))

    because = yield from paged(Request(url, headers), turn)
    listing = openrouter.read(pages, source=API.display, day=today)
    reading = Reading(API.name)
    _take_in(listing, reading)
    if EMBEDDINGS not in listing.kinds:
        (body,) = yield [Request(f"{base}/embeddings/models", headers, optional=True)]
        if body is not None and _next(body) is None:
            _take_in(openrouter.read([body], source=API.display, day=today), reading)
    return reading.served_list(today, because=because or listing.incomplete_because)


def _next(body: bytes) -> str | None:
    try:
        return openrouter.next_page(body)
    except NothingFetched:
        raise no_list(body, API.display) from None


def _beside(url: str, link: str | None) -> str | None:
    """Resolve a link to the next page; one that leads to another host leads nowhere."""
    if link is None:
        return ""
    try:
        following = urljoin(url, link)
        return following if urlsplit(following)[:2] == urlsplit(url)[:2] else None
    except ValueError:
        return None


def _take_in(listing: Listing, reading: Reading) -> None:
    reading.left_out(listing.quarantined)
    for record in listing.records:
        reading.model(_served(record))


def _served(record: Record) -> Served:
    outputs = record.output_modalities
    return Served(
        record.id,
        name=record.name,
        created=day(record.created),
        context_length=tokens(record.context_length),
        max_output_tokens=tokens(record.max_output_tokens),
        kind="" if not outputs or "text" in outputs else outputs[0],
        retires=day(record.expires),
        alias_of=record.alias_of,
    )


API = Api(
    name=openrouter.NAME,
    display="OpenRouter",
    base="https://openrouter.ai/api/v1",
    ask=_ask,
    key_variables=openrouter.KEY_VARIABLES,
    base_variables=("OPENROUTER_API_BASE",),
    needs_key=False,
)
