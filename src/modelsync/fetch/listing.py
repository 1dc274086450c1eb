"""Fetch one listing from wherever `--source` points."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property, partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from modelsync.errors import NothingFetched, UsageError
from modelsync.fetch.address import checked, follow, shown
from modelsync.fetch.exchange import OFFLINE, Call, Limits, Manner, Send, json_body, limits_of, refuse_depth
from modelsync.settings import ProviderAccess
from modelsync.sources import openrouter, openrouter_api, snapshot
from modelsync.sources.api import Request

if TYPE_CHECKING:
    from modelsync.domain.listing import Listing
    from modelsync.fetch.exchange import Response
    from modelsync.fetch.http import Http
    from modelsync.fetch.recording import Recorder, Replay

STANDARD_INPUT = "-"
MAX_PAGES = 100
MAX_BYTES = 256 * 1024 * 1024

_OFFLINE = "Work offline with `--source snapshot`, or name a file you downloaded."


class Surroundings(Struct, frozen=True):
    """What a fetch touches of the outside world: environment, today's date (ISO), standard input, and how to ask a server.

    `replay` is the recording that `send` answers from, None on the real network; `record` the one that is being made.
    """

    environment: Mapping[str, str]
    today: str
    stdin: BinaryIO
    send: Send
    limits: Limits = Limits()
    replay: Replay | None = None
    record: Recorder | None = None

    def out_of_time(self, provider: str, what: str) -> NothingFetched:
        """Make the error for what has not come when time is up, and have it recorded. `provider` is "" for a named address."""
        error = NothingFetched(f"{what} took longer than {self.limits.total:g} s", hint=OFFLINE)
        if self.record is not None:
            self.record.gave_up(provider, error)
        return error


def is_network(source: str) -> bool:
    """Say whether `fetch` asks the network for a source of that name."""
    return source == openrouter.NAME or source.lower().startswith(("http://", "https://"))


def fetch(source: str, around: Surroundings, providers: Mapping[str, ProviderAccess] | None = None) -> Listing:
    """Get the listing named by `source`: `openrouter`, `snapshot`, `-`, an http(s) address, or a file's path.

    Raises `UsageError` when there is no such source, `NothingFetched` when it does not give a model list. A listing fetched
    from an address is named after it without its query, one from a file after the file without its folder, so that neither a
    key nor a path of this machine gets into a lock. A file's listing is of the day (UTC) on which the file was last written, any
    other but the snapshot's of today. `providers` are the settings; OpenRouter's also say whether an address
    may be asked without TLS.
    """
    access = (providers or {}).get(openrouter.NAME, ProviderAccess())
    if source == openrouter.NAME:
        return _fetch_openrouter(access, around)
    if source == snapshot.NAME:
        return embedded_snapshot()
    if source == STANDARD_INPUT:
        name = "standard input"
        return _local(_bounded(around.stdin, name), name, around.today)
    if is_network(source):
        request = Request(checked(source, "--source", provider=openrouter.NAME, allow_http=access.allow_http), {})
        return _fetch_pages(request, Manner(), shown(source), around)
    body, day = _read_file(source, around.today)
    return _local(body, Path(source).name, day)


def _local(body: bytes, name: str, day: str) -> Listing:
    """Read what is no answer of a server. How deeply it is nested is counted only where it could not be read."""
    try:
        return openrouter.read([body], source=name, day=day)
    except NothingFetched:
        refuse_depth(body, name)
        raise


def snapshot_day() -> str:
    """Return the date (ISO) on which the embedded snapshot was true."""
    return snapshot.read(_snapshot_file())[1]


def embedded_snapshot() -> Listing:
    """Return the listing that comes with the package."""
    body, day = snapshot.read(_snapshot_file())
    return openrouter.read([body], source=snapshot.NAME, day=day)


def _snapshot_file() -> bytes:
    return (Path(__file__).parent.parent / "data" / "snapshot.json.gz").read_bytes()


def _fetch_openrouter(access: ProviderAccess, around: Surroundings) -> Listing:
    from modelsync.fetch.reach import way_to  # what only the network needs is imported when it is asked

    way = way_to(openrouter_api.API, access, around.environment, replay=around.replay, record=around.record)
    if way is None:
        raise NothingFetched("the recording did not ask OpenRouter", hint="Replay with the source that was recorded.")
    return _fetch_pages(
        Request(f"{way.manner.base}/models?{openrouter.EVERY_KIND}", way.headers), way.manner, openrouter.NAME, around
    )


def _fetch_pages(request: Request, manner: Manner, source: str, around: Surroundings) -> Listing:
    from modelsync.fetch.together import GRACE_SECONDS, together

    deadline = time.monotonic() + around.limits.total

    def ask(address: str) -> bytes:
        call = Call(Request(address, request.headers), manner, deadline, around.limits.body)
        (response,) = together([partial(around.send, call)], most=1, deadline=deadline + GRACE_SECONDS)
        if response is None:
            raise around.out_of_time(manner.provider, shown(address))
        return json_body(call, response)

    address = request.url
    pages = [ask(address)]
    while (following := openrouter.next_page(pages[-1])) is not None:
        address = follow(address, following, "the next page of", hint=_OFFLINE)
        if len(pages) == MAX_PAGES:
            raise NothingFetched(f"{source} goes on after {MAX_PAGES} pages", hint=_OFFLINE)
        pages.append(ask(address))
        if sum(map(len, pages)) > MAX_BYTES:
            raise NothingFetched(f"{source} sent more than {MAX_BYTES // 2**20} MiB", hint=_OFFLINE)
    return openrouter.read(pages, source=source, day=around.today)


def _read_file(source: str, today: str) -> tuple[bytes, str]:
    """Return what is in a file, and the day (ISO, UTC) on which it was last written."""
    try:
        with Path(source).open("rb") as file:
            return _bounded(file, source), _written_on(file, today)
    except (FileNotFoundError, ValueError) as error:
        hint = "--source takes openrouter, snapshot, a file, - for standard input, or an http(s) address."
        raise UsageError(
            f"no such source: {source!r} is not a known name and no such file exists", hint=hint
        ) from error
    except OSError as error:
        raise NothingFetched(f"cannot read {source}: {error.strerror}", hint=_OFFLINE) from error


def _written_on(file: BinaryIO, today: str) -> str:
    """A clock that was ahead makes nothing newer than today; what comes through a pipe or a device is of today."""
    about = os.fstat(file.fileno())
    this_day = datetime.fromisoformat(today).replace(tzinfo=UTC).timestamp()
    if not stat.S_ISREG(about.st_mode) or about.st_mtime >= this_day:
        return today
    return datetime.fromtimestamp(max(about.st_mtime, 0), UTC).date().isoformat()


def _bounded(file: BinaryIO, name: str) -> bytes:
    """Read to the end, but never more than `MAX_BYTES`: a device or a pipe may have none."""
    body = file.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise NothingFetched(f"{name} is larger than {MAX_BYTES // 2**20} MiB", hint=_OFFLINE)
    return body


def live_surroundings(
    environment: Mapping[str, str], today: str, *, record: Path | None = None, replay: Path | None = None
) -> Surroundings:
    """The real world: this process's standard input and the network (whose library is imported only when asked).

    `record` names a new or empty folder to write down what is received; `replay` one to answer from instead of the network,
    as of the day it was recorded. Raises `UsageError` when such a folder is of no use.
    """
    stdin = sys.stdin.buffer if sys.stdin is not None else BytesIO()  # None after `<&-`
    limits = limits_of(environment)
    if replay is not None:
        from modelsync.fetch.recording import Replay

        recorded = Replay(replay, environment)
        return Surroundings(environment, recorded.day, stdin, recorded.send, limits, recorded)
    send = _Network(environment, limits).send
    if record is not None:
        from modelsync.fetch.recording import Recorder

        recorder = Recorder(record, send, environment, today)
        return Surroundings(environment, today, stdin, recorder.send, limits, record=recorder)
    return Surroundings(environment, today, stdin, send, limits)


class _Network:
    """The network, whose library is imported when something is sent."""

    def __init__(self, environment: Mapping[str, str], limits: Limits) -> None:
        self._environment = environment
        self._limits = limits

    def send(self, call: Call) -> Response:
        return self._http.send(call)

    @cached_property
    def _http(self) -> Http:
        from modelsync.fetch.cache import Cache
        from modelsync.fetch.http import Http

        return Http(self._environment, self._limits, Cache(self._environment))
