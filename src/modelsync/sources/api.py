"""What a provider's own list API is to modelsync: where it is, how a key is shown to it, and how it is asked.

A conversation does no IO. It is a generator that yields requests, is sent their bodies, and returns a `ServedList`:

    talk = api.ask(base, api.sign(key, variable), day)
    requests = next(talk)           # may run at the same time; all go to the origin of `base`
    requests = talk.send(bodies)    # one body for each, in the same order; None for an optional request that failed
    …                               # until StopIteration, whose value is the ServedList

A request that fails and is not optional ends the conversation. `NothingFetched` says that an answer was no model list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec
from msgspec import Raw, Struct

from modelsync.domain.served import Served, ServedList
from modelsync.errors import NothingFetched
from modelsync.sources import records
from modelsync.sources.reading import Reading

if TYPE_CHECKING:
    from modelsync.sources.reading import Record
    from modelsync.sources.records import Page

MAX_PAGES = 100
Headers: TypeAlias = Mapping[str, str]

_WORD = re.compile(r"[A-Za-z]{2,20}(?:[_-][A-Za-z]{1,20}){0,5}\Z")
_WORDS = ("reason", "code", "status", "type")


class Request(Struct, frozen=True):
    """A GET, or with a `body` a POST of that JSON. If an `optional` one fails, the conversation goes on without its body."""

    url: str
    headers: Headers
    body: bytes | None = None
    optional: bool = False


Conversation: TypeAlias = Generator[list[Request], "list[bytes | None]", ServedList]
"""Yields requests, is sent a body for each, returns the list."""


def bearer(key: str, _variable: str = "") -> dict[str, str]:
    """Show a key as most APIs want it."""
    return {"Authorization": f"Bearer {key}"}


def unauthorized(status: int, _body: bytes) -> bool:
    """Most APIs refuse a key with 401."""
    return status == 401


def no_hint(_body: bytes) -> float | None:
    """Most APIs say nothing in the body about when to come back."""
    return None


def spelled(base: str) -> str:
    """Read a base URL as the SDKs do: the path of the list is appended to it."""
    return base.strip().rstrip("/")


class Api(Struct, frozen=True):
    """One provider's list API. It adds paths to `base`; it puts keys into headers only.

    `name` is the provider in the catalog, `display` what people call it. The first of `key_variables` that is not blank holds the
    key; `sign` turns it into headers (told the variable, or "" for a key from elsewhere). The first of `base_variables`
    that is not blank, or the settings, replace `base`; `spell` reads what they say. `refuses_key` recognizes the answer
    to a bad key, `retry_after` the seconds that an error's body asks to wait.
    """

    name: str
    display: str
    base: str
    ask: Callable[[str, Headers, str], Conversation]
    key_variables: tuple[str, ...] = ()
    base_variables: tuple[str, ...] = ()
    needs_key: bool = True
    sign: Callable[[str, str], dict[str, str]] = bearer
    spell: Callable[[str], str] = spelled
    refuses_key: Callable[[int, bytes], bool] = unauthorized
    retry_after: Callable[[bytes], float | None] = no_hint


def page(body: bytes | None, shape: type[Page], display: str) -> Page:
    """Read a page, a struct whose lists are of `Raw` records. Raises `NothingFetched` when it is none."""
    try:
        return records.decode(body or b"", shape, display)
    except NothingFetched:
        raise no_list(body or b"", display) from None


class _OnePage(Struct):
    data: list[Raw] | None


def one_page(
    api: Api, request: Request, today: str, record: type[Record], served: Callable[[Record], Served]
) -> Conversation:
    """Ask for a list that comes whole, its records under `data`; `served` makes a model of each `record`."""
    (body,) = yield [request]
    reading = Reading(api.name)
    reading.records(page(body, _OnePage, api.display).data, record, served)
    return reading.served_list(today)


def no_list(body: bytes, display: str) -> NothingFetched:
    """Make the error for an answer that is something else: with the provider's word for it, and nothing else of the answer."""
    word = reason(body)
    return NothingFetched(f"{display} did not answer with a model list{f', but with {word}' if word else ''}")


def paged(first: Request, turn: Callable[[bytes], str | None]) -> Generator[list[Request], list[bytes | None], str]:
    """Ask for page after page. Return why the list is incomplete, or "".

    `turn` takes in a page and returns the URL of the next: "" after the last one, None if there must be more but nothing says where.
    """
    request, seen = first, {first.url}
    while len(seen) <= MAX_PAGES:
        (body,) = yield [request]
        if body is None:
            return f"page {len(seen)} did not arrive"
        following = turn(body)
        if not following:
            return "there is more, but nothing says where" if following is None else ""
        if following in seen:
            return "its pages go in circles"
        seen.add(following)
        request = msgspec.structs.replace(first, url=following, optional=True)
    return f"it goes on after {MAX_PAGES} pages"


def reason(body: bytes) -> str:
    """Return the short word by which an error names itself (`invalid_api_key`, `RESOURCE_EXHAUSTED`), or "".

    Only letters with `_` or `-` between them, and never a message: messages repeat keys.
    """
    for holder in _holders(as_object(body)):
        for name in _WORDS:
            word = holder.get(name)
            if isinstance(word, str) and _WORD.match(word):
                return word
    return ""


def as_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a body is, or an empty one."""
    try:
        decoded = msgspec.json.decode(body)
    except records.UNREADABLE:
        return {}
    return cast("dict[str, Any]", decoded) if isinstance(decoded, dict) else {}


def _holders(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Where an error may name itself, the most telling place first."""
    yield from details(body)
    if isinstance(error := body.get("error"), dict):
        yield cast("dict[str, Any]", error)
    else:
        yield body


def details(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects in `error.details`, where Google says what happened."""
    error: Any = body.get("error")
    listed: Any = cast("dict[str, Any]", error).get("details") if isinstance(error, dict) else None
    if isinstance(listed, list):
        yield from (detail for detail in cast("list[Any]", listed) if isinstance(detail, dict))
