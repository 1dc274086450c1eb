"""One exchange with a server: what is asked on which terms, what came back, and whether that is JSON worth reading."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from itertools import accumulate
from re import compile as pattern
from typing import TypeAlias

from msgspec import Struct

from modelsync.errors import NothingFetched, UsageError
from modelsync.fetch.address import shown
from modelsync.sources.api import Api, Request, no_hint, reason, unauthorized

PATIENCE_VARIABLE = "MODELSYNC_NETWORK_SECONDS"
OFFLINE = "Nothing was written. Work offline with `--source snapshot`, or name a file you downloaded."
MAX_DEPTH = 100
_LONGEST_PATIENCE = 3600
_PIECE = 1024 * 1024
_MARKS = b'"[]{}'
_NO_MARKS = bytes(byte for byte in range(256) if byte not in _MARKS)
_TEXT = pattern(rb'"[^"]*"')
_BEYOND_BACKSLASHES = pattern(rb"[^\\]")
_STEPS = [1 if byte in b"[{" else -1 if byte in b"]}" else 0 for byte in range(256)]
_JSON_TYPES = ("application/json", "text/json", "")
_FILE_TYPES = ("text/plain", "application/octet-stream", "binary/octet-stream")
_WEB_PAGES = ("text/html", "application/xhtml+xml")


class Limits(Struct, frozen=True):
    """How much of a person's time and of a machine's memory the network may take. Times are in seconds.

    `total` is for all that one source is asked; `connect` and `read` for each connection and each wait for more bytes. A
    server that asks to wait longer than `longest_wait` is not waited for. After `attempts` it is over. The first pause
    is about `backoff`, each further one twice as long. A decoded body may have `body` bytes, one of the many that
    providers are asked for at the same time `page` bytes.
    """

    total: float = 90
    connect: float = 5
    read: float = 20
    longest_wait: float = 20
    attempts: int = 4
    backoff: float = 0.5
    body: int = 128 * 1024 * 1024
    page: int = 16 * 1024 * 1024


def limits_of(environment: Mapping[str, str]) -> Limits:
    """Return the limits; `MODELSYNC_NETWORK_SECONDS` replaces the total. Raises `UsageError` when it is no such number."""
    said = environment.get(PATIENCE_VARIABLE, "").strip()
    if not said:
        return Limits()
    try:
        total = float(said)
    except ValueError:
        total = math.nan
    if not 0 < total <= _LONGEST_PATIENCE:
        raise UsageError(f"{PATIENCE_VARIABLE} is no number of seconds up to {_LONGEST_PATIENCE}", hint="Unset it: 90.")
    return Limits(total=total)


class Manner(Struct, frozen=True):
    """What is particular about asking one provider. `provider` is "" for an address that a person named.

    `base` is the address to which the requests were made relative, `key_from` where the key is from, "" if there is none.
    """

    provider: str = ""
    display: str = ""
    base: str = ""
    key_from: str = ""
    refuses_key: Callable[[int, bytes], bool] = unauthorized
    retry_after: Callable[[bytes], float | None] = no_hint


def manner_of(api: Api, base: str, key_from: str) -> Manner:
    """Return what is particular about asking this provider."""
    return Manner(api.name, api.display, base, key_from, api.refuses_key, api.retry_after)


class Call(Struct, frozen=True):
    """A request, how its provider wants to be asked, and what bounds the answer.

    `deadline` is the time (of `time.monotonic`) at which patience ends, `most` the bytes that a decoded body may have.
    """

    request: Request
    manner: Manner
    deadline: float
    most: int

    def left(self) -> float:
        """Return the seconds left; not positive when time is up."""
        return self.deadline - time.monotonic()


class Response(Struct, frozen=True):
    """What a server answered: status, headers by lower-case name, decoded body (empty where it could not be read)."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Send: TypeAlias = Callable[[Call], Response]
"""Have one exchange; raises `NothingFetched` when no answer comes. An answer may be of any status."""


def json_body(call: Call, response: Response) -> bytes:
    """Return the body of an answer that brought JSON. Raises `NothingFetched` saying what it brought instead."""
    where = shown(call.request.url)
    manner = call.manner
    if manner.key_from and manner.refuses_key(response.status, response.body):
        raise NothingFetched(
            f"{where} refused the API key (HTTP {response.status})",
            hint=f"Check the key that {manner.key_from} holds, or unset it.",
        )
    if response.status != 200:
        raise NothingFetched(_failure(where, response), hint=OFFLINE)
    if not response.body.strip():
        raise NothingFetched(f"{where} answered with nothing", hint=OFFLINE)
    _refuse_other_types(where, response, a_file_will_do=not manner.provider)
    refuse_depth(response.body, where)
    return response.body


def _failure(where: str, response: Response) -> str:
    if response.status == 204:
        return f"{where} answered with nothing (HTTP 204)"
    word = reason(response.body)
    return f"{where} answered HTTP {response.status}{f' ({word})' if word else ''}"


def _refuse_other_types(where: str, response: Response, *, a_file_will_do: bool) -> None:
    """Refuse what does not call itself JSON; servers of plain files know no better than text, and are believed."""
    said = response.headers.get("content-type", "").partition(";")[0].strip()
    kind = said.lower()
    if kind in _WEB_PAGES or response.body.lstrip()[:1] == b"<":
        raise NothingFetched(
            f"{where} answered with a web page, not with JSON",
            hint="A sign-in page, a proxy or a wrong path answers so. " + OFFLINE,
        )
    if kind not in _JSON_TYPES and not kind.endswith("+json") and not (a_file_will_do and kind in _FILE_TYPES):
        raise NothingFetched(f"{where} answered with {said[:60]!a}, not with JSON", hint=OFFLINE)


def refuse_depth(body: bytes, what: str) -> None:
    """Raise `NothingFetched` for JSON that is nested too deeply to be decoded safely. Memory stays small whatever the size."""
    depth, in_text, start = 0, False, 0
    while start < len(body):
        end = _end_of_piece(body, start + _PIECE)
        marks = body[start:end].replace(rb"\\", b"").replace(rb"\"", b"").translate(None, _NO_MARKS)
        marks = _TEXT.sub(b"", (b'"' + marks if in_text else marks).replace(b'""', b""))
        marks, quote, _ = marks.partition(b'"')
        in_text, start = bool(quote), end
        depths = list(accumulate(map(_STEPS.__getitem__, marks), initial=depth))
        depth = depths[-1]
        if max(depths) > MAX_DEPTH:
            raise NothingFetched(f"{what} is JSON nested over {MAX_DEPTH} levels deep", hint=OFFLINE)


def _end_of_piece(body: bytes, end: int) -> int:
    """Move the end of a piece to behind a character that is no backslash, so that no escape is cut in two."""
    found = _BEYOND_BACKSLASHES.search(body, max(end - 1, 0)) if end < len(body) else None
    return found.end() if found else len(body)
