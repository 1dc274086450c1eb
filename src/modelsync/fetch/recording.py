"""Recordings: what was received, one JSON file an exchange, without secrets; and runs from them, without a network.

`run.json` holds the `day`; it is there also where nobody could be asked. The file of an exchange holds `provider`, `base`, `key_from` (the variable that held the key), `method`, `url` (without login, and of its query
only what pages through a list), `sent` (a digest of the body), `status`, `headers` (those that matter for reading), `body`
(`base64` where it is no text), and `day`. Where no answer came, or the run ended before it, `failed` and `hint` say why and `status` is 0; where nothing
could even be asked, `method` is empty too.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from msgspec import Struct

from modelsync.errors import NobodyListens, NothingFetched, UsageError
from modelsync.fetch.address import shown
from modelsync.fetch.exchange import Response
from modelsync.fetch.secrets import without_keys, without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelsync.errors import ModelsyncError
    from modelsync.fetch.exchange import Call, Send

RUN = "run.json"
_HEADERS = ("content-type", "etag", "retry-after", "retry-after-ms")
_PAGING = frozenset({"limit", "offset", "after_id", "before_id", "pageSize", "pageToken", "output_modalities", "page"})


class _Run(Struct, frozen=True):
    """What is said of a recording as a whole."""

    day: str


class _Exchange(Struct, frozen=True):
    """One exchange of a recording."""

    provider: str
    base: str
    key_from: str
    method: str
    url: str
    sent: str
    day: str
    status: int = 0
    headers: dict[str, str] = {}
    body: str = ""
    base64: bool = False
    failed: str = ""
    hint: str = ""
    nobody_listens: bool = False

    def identity(self) -> tuple[str, str, str, str]:
        """What asks for this very answer; several answers to the same are told apart by their order."""
        return self.provider, self.method, self.url, self.sent

    def response(self) -> Response:
        """What came; raises `NothingFetched` as it was raised when nothing came."""
        if self.failed:
            raise (NobodyListens if self.nobody_listens else NothingFetched)(self.failed, hint=self.hint)
        body = base64.b64decode(self.body) if self.base64 else self.body.encode()
        return Response(self.status, self.headers, body)


File = TypeVar("File", _Exchange, _Run)

_INTERRUPTED = NothingFetched("the run was interrupted before this was answered", hint="Record it again.")


class Recorder:
    """Writes down what `send` receives. Raises `UsageError` when the folder cannot be made or is not empty: one run, one recording."""

    def __init__(self, folder: Path, send: Send, environment: Mapping[str, str], day: str) -> None:
        self._folder = folder
        self._send = send
        self._environment = environment
        self._day = day
        self._count: Counter[str] = Counter()
        self._open: list[tuple[_Exchange, Path]] = []
        self._lock = Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            used = any(folder.iterdir())
        except OSError as error:
            raise UsageError(f"cannot record into {folder}: {error.strerror}", hint="Name a new folder.") from error
        if used:
            raise UsageError(f"there is something in {folder} already", hint="Name a new or an empty folder.")
        self._put(folder / RUN, _Run(day))

    def send(self, call: Call) -> Response:
        """Have the exchange and write it down. Until it ends, and if the run ends first, it stands there as interrupted."""
        asked = _asked(call, self._day, self._environment)
        started = asked, self._place(asked)
        with self._lock:
            self._open.append(started)
        self._put(started[1], self._failed(asked, _INTERRUPTED))
        try:
            response = self._send(call)
        except NothingFetched as error:
            self._end(started, self._failed(asked, error))
            raise
        self._end(started, _answered(asked, response, self._environment))
        return response

    def gave_up(self, provider: str, error: NothingFetched) -> None:
        """Write down that nobody waits any more for what this provider was asked; what still comes is not written."""
        with self._lock:
            late = [started for started in self._open if started[0].provider == provider]
            self._open = [started for started in self._open if started[0].provider != provider]
        for asked, path in late:
            self._put(path, self._failed(asked, error))

    def could_not_ask(self, provider: str, error: UsageError) -> None:
        """Write down that a provider was not asked, because its key or its address cannot be used."""
        nothing = _Exchange(provider, base="", key_from="", method="", url="", sent="", day=self._day)
        self._put(self._place(nothing), self._failed(nothing, error))

    def _end(self, started: tuple[_Exchange, Path], exchange: _Exchange) -> None:
        with self._lock:
            if started not in self._open:
                return
            self._open.remove(started)
        self._put(started[1], exchange)

    def _failed(self, asked: _Exchange, error: ModelsyncError) -> _Exchange:
        failed, hint = (without_secrets(text, self._environment) for text in (error.message, error.hint))
        nobody_listens = isinstance(error, NobodyListens)
        return msgspec.structs.replace(asked, failed=failed, hint=hint, nobody_listens=nobody_listens)

    def _place(self, exchange: _Exchange) -> Path:
        """The file of an exchange: the next of its kind."""
        name = hashlib.sha256(msgspec.json.encode(exchange.identity())).hexdigest()[:16]
        with self._lock:
            self._count[name] += 1
            number = self._count[name]
        return self._folder / f"{exchange.provider or 'address'}-{name}-{number:03}.json"

    def _put(self, path: Path, content: _Exchange | _Run) -> None:
        part = path.with_suffix(".part")  # a run that ends meanwhile leaves no half of an exchange
        try:
            part.write_bytes(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
            part.replace(path)
        except OSError as error:
            raise UsageError(
                f"cannot record into {path}: {error.strerror}", hint="The catalog is untouched."
            ) from error


class Asked(Struct, frozen=True):
    """How a provider was asked: at which address, and which variable held the key ("" for none).

    `failed` says why it could not be asked, `hint` what to do about that; else both are empty.
    """

    base: str
    key_from: str
    failed: str = ""
    hint: str = ""


class Replay:
    """Answers from a recording. Raises `UsageError` when the folder holds none, or one of several days.

    `day` is the date on which it was made, `asked` says how each of its providers was asked.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        files = sorted(folder.glob("*.json"))
        exchanges = [_read(path, _Exchange) for path in files if path.name != RUN]
        days = {each.day for each in (*exchanges, *(_read(path, _Run) for path in files if path.name == RUN))}
        if len(days) != 1:
            problem = "holds recordings of several days" if days else "holds no recording"
            raise UsageError(f"{folder} {problem}", hint="`--record DIR` makes one in a new folder.")
        (self.day,) = days
        self.asked = {each.provider: _how_asked(each) for each in exchanges if each.provider}
        self._answers: dict[tuple[str, str, str, str], list[_Exchange]] = {}
        for exchange in exchanges:
            self._answers.setdefault(exchange.identity(), []).append(exchange)

    def send(self, call: Call) -> Response:
        """Return the recorded answer, each once, in the order in which they came."""
        asked = _asked(call, self.day, self._environment)
        answers = self._answers.get(asked.identity())
        if not answers:
            problem = f"the recording in {self._folder} has no answer to {asked.method} {asked.url}"
            raise NothingFetched(problem, hint="Replay what was recorded: the same command, catalog and settings.")
        return answers.pop(0).response()


def _read(path: Path, kind: type[File]) -> File:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise UsageError(f"{path} is no recorded exchange", hint="`--record DIR` makes them.") from error


def _how_asked(exchange: _Exchange) -> Asked:
    if exchange.method:
        return Asked(exchange.base, exchange.key_from)
    return Asked(exchange.base, exchange.key_from, exchange.failed, exchange.hint)


def _asked(call: Call, day: str, environment: Mapping[str, str]) -> _Exchange:
    request, manner = call.request, call.manner
    return _Exchange(
        provider=manner.provider,
        base=without_secrets(_plain(manner.base), environment) if manner.base else "",
        key_from=manner.key_from,
        method="GET" if request.body is None else "POST",
        url=without_secrets(_plain(request.url), environment),
        sent="" if request.body is None else f"sha256:{hashlib.sha256(request.body).hexdigest()}",
        day=day,
    )


def _answered(asked: _Exchange, response: Response, environment: Mapping[str, str]) -> _Exchange:
    headers = {
        name: without_secrets(value, environment) for name, value in response.headers.items() if name in _HEADERS
    }
    received = without_keys(response.body, environment)
    try:
        body, packed = received.decode(), False
    except UnicodeDecodeError:
        body, packed = base64.b64encode(received).decode(), True
    return msgspec.structs.replace(asked, status=response.status, headers=headers, body=body, base64=packed)


def _plain(url: str) -> str:
    """An address without login and fragment; of its query only what pages through a list is kept."""
    kept = urlencode([(name, value) for name, value in parse_qsl(urlsplit(url).query) if name in _PAGING])
    return shown(url) + (f"?{kept}" if kept else "")
