"""Fetch one listing from wherever `--source` points."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from modelsync.errors import NothingFetched, UsageError
from modelsync.fetch.address import follow, origin, shown
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
    """Get the listing named by `source`: `openrouter`, `snapshot`, `-`, an http(s) address, or a file's path.

    Raises `UsageError` when there is no such source, `NothingFetched` when it does not give a model list. A listing fetched
    from an address is named after it without its query, one from a file after the file without its folder, so that neither a
    key nor a path of this machine gets into a lock.
    """
    if source == openrouter.NAME:
        headers = _openrouter_headers(around.environment)
        return _fetch_pages(_openrouter_url(around.environment), headers, source, around)
    if source == snapshot.NAME:
        return embedded_snapshot()
    if source == STANDARD_INPUT:
        name = "standard input"
        return openrouter.read([_bounded(around.stdin, name)], source=name, day=around.today)
    if source.lower().startswith(("http://", "https://")):
        return _fetch_pages(_checked(source, "--source"), {}, shown(source), around)
    return openrouter.read([_read_file(source)], source=Path(source).name, day=around.today)


def snapshot_day() -> str:
    """Return the date (ISO) on which the embedded snapshot was true."""
    return snapshot.read(_snapshot_file())[1]


def embedded_snapshot() -> Listing:
    """Return the listing that comes with the package."""
    body, day = snapshot.read(_snapshot_file())
    return openrouter.read([body], source=snapshot.NAME, day=day)


def _snapshot_file() -> bytes:
    return (Path(__file__).parent.parent / "data" / "snapshot.json.gz").read_bytes()


def _openrouter_url(environment: Mapping[str, str]) -> str:
    base = environment.get("OPENROUTER_API_BASE", "").strip()
    return _checked(base, "OPENROUTER_API_BASE").rstrip("/") + "/models" if base else openrouter.URL


def _openrouter_headers(environment: Mapping[str, str]) -> dict[str, str]:
    for variable in openrouter.KEY_VARIABLES:
        if key := environment.get(variable, "").strip():
            if not (key.isascii() and key.isprintable()):
                raise UsageError(
                    f"{variable} has characters in it that no API key has", hint="Set it anew, or unset it."
                )
            return {"Authorization": f"Bearer {key}"}
    return {}


def _checked(address: str, named_by: str) -> str:
    if origin(address) is None:
        raise UsageError(f"{named_by} is no http(s) address: {shown(address)}", hint="Write it as https://host/path.")
    return address


def _fetch_pages(url: str, headers: Mapping[str, str], source: str, around: Surroundings) -> Listing:
    pages = [around.get(url, headers)]
    address = url
    while (following := openrouter.next_page(pages[-1])) is not None:
        address = follow(address, following, "the next page of", hint=_OFFLINE)
        if len(pages) == MAX_PAGES:
            raise NothingFetched(f"{source} goes on after {MAX_PAGES} pages", hint=_OFFLINE)
        pages.append(around.get(address, headers))
        if sum(map(len, pages)) > MAX_BYTES:
            raise NothingFetched(f"{source} sent more than {MAX_BYTES // 2**20} MiB", hint=_OFFLINE)
    return openrouter.read(pages, source=source, day=around.today)


def _read_file(source: str) -> bytes:
    try:
        with Path(source).open("rb") as file:
            return _bounded(file, source)
    except (FileNotFoundError, ValueError) as error:
        hint = "--source takes openrouter, snapshot, a file, - for standard input, or an http(s) address."
        raise UsageError(
            f"no such source: {source!r} is not a known name and no such file exists", hint=hint
        ) from error
    except OSError as error:
        raise NothingFetched(f"cannot read {source}: {error.strerror}", hint=_OFFLINE) from error


def _bounded(file: BinaryIO, name: str) -> bytes:
    """Read to the end, but never more than `MAX_BYTES`: a device or a pipe may have none."""
    body = file.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise NothingFetched(f"{name} is larger than {MAX_BYTES // 2**20} MiB", hint=_OFFLINE)
    return body


def live_surroundings(environment: Mapping[str, str], today: str) -> Surroundings:
    """The real world: this process's standard input and the network (whose library is imported only when asked)."""

    def get(url: str, headers: Mapping[str, str]) -> bytes:
        from modelsync.fetch.http import get as http_get

        return http_get(url, headers, environment)

    stdin = sys.stdin.buffer if sys.stdin is not None else BytesIO()  # None after `<&-`
    return Surroundings(environment=environment, today=today, stdin=stdin, get=get)
