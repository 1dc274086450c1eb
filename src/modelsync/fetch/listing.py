"""Fetch one listing from wherever `--source` points."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from modelsync.errors import NothingFetched, UsageError
from modelsync.sources import openrouter, snapshot

if TYPE_CHECKING:
    from modelsync.domain.listing import Listing

STANDARD_INPUT = "-"
MAX_PAGES = 100
MAX_BYTES = 256 * 1024 * 1024

Get = Callable[[str, Mapping[str, str]], bytes]
"""Fetch one address with these headers and return the body; raises `NothingFetched`."""

_OFFLINE = "Work offline with `--source snapshot`, or name a file you downloaded."


class Surroundings(Struct, frozen=True):
    """What a fetch touches of the outside world: environment, today's date (ISO), standard input, and how to GET."""

    environment: Mapping[str, str]
    today: str
    stdin: BinaryIO
    get: Get


def fetch(source: str, around: Surroundings) -> Listing:
    """Get the listing named by `source`: `openrouter`, `snapshot`, `-`, an http(s) address, or a file's path."""
    if source == openrouter.NAME:
        return _fetch_pages(
            _openrouter_url(around.environment), _openrouter_headers(around.environment), source, around
        )
    if source == snapshot.NAME:
        body, day = snapshot.read(_embedded_snapshot())
        return openrouter.read([body], source=source, day=day)
    if source == STANDARD_INPUT:
        return openrouter.read([around.stdin.read(MAX_BYTES)], source="standard input", day=around.today)
    if urlsplit(source).scheme in ("http", "https"):
        return _fetch_pages(source, {}, source, around)
    return openrouter.read([_read_file(source)], source=source, day=around.today)


def snapshot_day() -> str:
    """Return the date (ISO) on which the embedded snapshot was true."""
    return snapshot.read(_embedded_snapshot())[1]


def _embedded_snapshot() -> bytes:
    return (Path(__file__).parent.parent / "data" / "snapshot.json.gz").read_bytes()


def _openrouter_url(environment: Mapping[str, str]) -> str:
    base = environment.get("OPENROUTER_API_BASE", "").strip()
    return base.rstrip("/") + "/models" if base else openrouter.URL


def _openrouter_headers(environment: Mapping[str, str]) -> dict[str, str]:
    for variable in openrouter.KEY_VARIABLES:
        if key := environment.get(variable, "").strip():
            return {"Authorization": f"Bearer {key}"}
    return {}


def _fetch_pages(url: str, headers: Mapping[str, str], source: str, around: Surroundings) -> Listing:
    pages = [around.get(url, headers)]
    address = url
    while (following := openrouter.next_page(pages[-1])) is not None:
        address = _same_host(address, urljoin(address, following))
        if len(pages) == MAX_PAGES:
            raise NothingFetched(f"{source} goes on after {MAX_PAGES} pages", hint=_OFFLINE)
        pages.append(around.get(address, headers))
    return openrouter.read(pages, source=source, day=around.today)


def _same_host(old: str, new: str) -> str:
    """Follow a link to the next page only within the same scheme and host: the key must not travel."""
    before, after = urlsplit(old), urlsplit(new)
    if (before.scheme, before.netloc) != (after.scheme, after.netloc):
        raise NothingFetched(f"the next page of {before.netloc} is on another host, {after.netloc}", hint=_OFFLINE)
    return new


def _read_file(source: str) -> bytes:
    path = Path(source)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise NothingFetched(f"{source} is larger than {MAX_BYTES // 2**20} MiB", hint=_OFFLINE)
        return path.read_bytes()
    except (FileNotFoundError, ValueError) as error:
        hint = "--source takes openrouter, snapshot, a file, - for standard input, or an http(s) address."
        raise UsageError(
            f"no such source: {source!r} is not a known name and no such file exists", hint=hint
        ) from error
    except OSError as error:
        raise NothingFetched(f"cannot read {source}: {error.strerror}", hint=_OFFLINE) from error


def live_surroundings(environment: Mapping[str, str], today: str) -> Surroundings:
    """The real world: this process's standard input and the network (whose library is imported only when asked)."""

    def get(url: str, headers: Mapping[str, str]) -> bytes:
        from modelsync.fetch.http import get as http_get

        return http_get(url, headers, environment)

    return Surroundings(environment=environment, today=today, stdin=sys.stdin.buffer, get=get)
