"""HTTP with bounds: time, retries and decoded size; no redirect that leaves the host; a body kept where a server tags it."""

from __future__ import annotations

import random
import re
import ssl
import time
import zlib
from contextlib import closing
from email.utils import parsedate_to_datetime
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import urllib3
from msgspec.structs import replace
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout, make_headers, parse_url

from modelsync.errors import NobodyListens, NothingFetched
from modelsync.fetch.address import follow, is_loopback, shown
from modelsync.fetch.deadline import pools
from modelsync.fetch.exchange import OFFLINE, Limits, Response
from modelsync.fetch.proxy import proxy_for
from modelsync.fetch.secrets import without_keys, without_secrets
from modelsync.fetch.tls import AUTHORITY_HINT, trust

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modelsync.fetch.cache import Cache
    from modelsync.fetch.exchange import Call

MAX_REDIRECTS = 3
_LARGEST_ERROR_BYTES = 1024 * 1024
_CHUNK = 64 * 1024
_OK, _NOT_MODIFIED, _REDIRECTS = 200, 304, (301, 302, 303, 307, 308)
_HEADERS = ("content-type", "etag", "retry-after", "retry-after-ms", "x-should-retry", "location")


class _Dropped(NothingFetched):
    """The connection failed or ended early: worth another attempt."""


class Http:
    """The network, as one process's environment makes it reachable. Threads may share it."""

    def __init__(self, environment: Mapping[str, str], limits: Limits, cache: Cache) -> None:
        self._environment = environment
        self._limits = limits
        self._cache = cache

    def send(self, call: Call) -> Response:
        """Send a request until it is answered, attempts or time run out. Raises `NothingFetched` when no answer comes.

        Headers (which may hold a key) go to the host of the request's address and nowhere else.
        """
        kept = self._cache.find(call.request)
        tag = {"If-None-Match": kept.etag} if kept else {}
        response = self._without_keys(self._persist(call, tag))
        if kept and response.status == _NOT_MODIFIED:
            return Response(_OK, {"content-type": "application/json", "etag": kept.etag}, kept.body)
        if response.status == _OK:
            self._cache.keep(call.request, response.headers.get("etag", ""), response.body)
        return response

    def _without_keys(self, response: Response) -> Response:
        return replace(response, body=without_keys(response.body, self._environment))

    def _persist(self, call: Call, tag: Mapping[str, str]) -> Response:
        attempt = 1
        while True:
            outcome = self._attempt(call, tag)
            if isinstance(outcome, Response) and not _is_passing(outcome):
                return outcome
            asked = _asked_wait(outcome, call) if isinstance(outcome, Response) else None
            wait = self._pause(attempt) if asked is None else asked
            if attempt == self._limits.attempts or wait > min(self._limits.longest_wait, call.left()):
                break
            time.sleep(wait)
            attempt += 1
        if isinstance(outcome, NothingFetched):
            raise outcome
        if asked is not None:
            where = shown(call.request.url)
            raise NothingFetched(f"{where} answered HTTP {outcome.status} and asks to wait {asked:.0f} s", hint=OFFLINE)
        return outcome

    def _attempt(self, call: Call, tag: Mapping[str, str]) -> Response | _Dropped:
        try:
            return self._follow(call, tag)
        except _Dropped as error:
            return error

    def _pause(self, attempt: int) -> float:
        """Choose a pause, longer each time, and by chance: many clients must not come back at the same moment."""
        longest = self._limits.backoff * 2 ** (attempt - 1)
        return longest * random.uniform(0.5, 1)  # noqa: S311  chance, not secrets

    def _follow(self, call: Call, tag: Mapping[str, str]) -> Response:
        address = call.request.url
        for _ in range(MAX_REDIRECTS + 1):
            response = self._once(address, call, tag)
            if response.status not in _REDIRECTS:
                return response
            if call.request.body is not None:
                raise NothingFetched(f"{shown(address)} redirects what was sent to it", hint=OFFLINE)
            address = follow(address, response.headers.get("location", ""), "the redirect of", hint=OFFLINE)
        raise NothingFetched(f"{shown(call.request.url)} redirects more than {MAX_REDIRECTS} times", hint=OFFLINE)

    def _once(self, url: str, call: Call, tag: Mapping[str, str]) -> Response:
        try:
            with self._way_to(url, call.deadline) as pool, closing(self._request(pool, url, call, tag)) as raw:
                headers = {name: raw.headers[name] for name in _HEADERS if name in raw.headers}
                if raw.status in _REDIRECTS:
                    return Response(raw.status, headers, b"")
                if raw.status != _OK:
                    return Response(raw.status, headers, _error_body(raw))
                return Response(raw.status, headers, self._body(raw, url, call))
        except NothingFetched:
            raise
        except (HTTPError, zlib.error, OSError, ValueError) as error:
            raise self._failure(error, url, call) from None

    def _failure(self, error: Exception, url: str, call: Call) -> NothingFetched:
        where = shown(url)
        if call.left() <= 0:
            return NothingFetched(f"{where} took longer than {self._limits.total:g} s", hint=OFFLINE)
        inner = _innermost(error)
        problem = f"cannot reach {where}: {without_secrets(_text(inner), self._environment)}"
        if isinstance(inner, ssl.SSLCertVerificationError):
            return NothingFetched(problem, hint=f"Is there a certificate authority of your own? {AUTHORITY_HINT}")
        if isinstance(inner.__cause__, ConnectionRefusedError) and is_loopback(url):
            return NobodyListens(problem, hint=OFFLINE)
        if isinstance(error, ValueError):
            return NothingFetched(problem, hint=OFFLINE)
        return _Dropped(problem, hint=OFFLINE)

    def _request(
        self, pool: urllib3.PoolManager, url: str, call: Call, tag: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        request = call.request
        left = max(call.left(), 0.001)
        kind = {} if request.body is None else {"Content-Type": "application/json"}
        sent = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "modelsync", **kind, **tag}
        return pool.request(
            "GET" if request.body is None else "POST",
            url,
            body=request.body,
            headers={**sent, **request.headers},
            retries=False,
            redirect=False,
            timeout=Timeout(connect=min(self._limits.connect, left), read=min(self._limits.read, left)),
            preload_content=False,
        )

    def _body(self, raw: urllib3.BaseHTTPResponse, url: str, call: Call) -> bytes:
        """Read and decode piece by piece, so that neither a slow server nor a bomb gets past its bound."""
        where = shown(url)
        encoding = raw.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip"):
            problem = f"{where} answered in the encoding {encoding[:60]!a}, which was not asked for"
            raise NothingFetched(problem, hint=OFFLINE)
        try:
            body = _decoded(raw, call.most, packed=encoding == "gzip")
        except (HTTPError, zlib.error, OSError) as error:
            if call.left() <= 0:
                raise
            cause = without_secrets(_text(_innermost(error)), self._environment)
            raise _Dropped(f"{where} stopped in the middle of its answer: {cause}", hint=OFFLINE) from None
        if body is None:
            raise NothingFetched(f"{where} sent more than {call.most // 2**20} MiB", hint=OFFLINE)
        return body

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return trust(self._environment)

    def _way_to(self, url: str, deadline: float) -> urllib3.PoolManager:
        """Choose the way to a host: directly, or through the proxy that the environment names for it."""
        proxy = proxy_for(url, self._environment)
        tls: dict[str, Any] = {"ssl_context": self._trusted} if url.lower().startswith("https:") else {}
        manager = urllib3.PoolManager(**tls) if proxy is None else self._through(proxy, url, tls)
        manager.pool_classes_by_scheme = pools(deadline)
        return manager

    def _through(self, proxy: str, url: str, tls: Mapping[str, Any]) -> urllib3.ProxyManager:
        try:
            login = parse_url(proxy).auth
            headers = make_headers(proxy_basic_auth=unquote(login)) if login else None
            own = self._trusted if proxy.lower().startswith("https:") else None
            return urllib3.ProxyManager(proxy, proxy_headers=headers, proxy_ssl_context=own, **tls)
        except (HTTPError, ValueError):
            problem = f"the proxy for {shown(url)} that the environment names is no http(s) address"
            raise NothingFetched(problem, hint=OFFLINE) from None


def _decoded(raw: urllib3.BaseHTTPResponse, most: int, *, packed: bool) -> bytes | None:
    """Return the whole body, unpacked, or None when it is larger than `most`."""
    unpacker = zlib.decompressobj(wbits=31) if packed else None
    body = bytearray()
    while piece := raw.read1(_CHUNK, decode_content=False):
        body += unpacker.decompress(piece, most + 1 - len(body)) if unpacker else piece
        if len(body) > most:
            return None
        if unpacker and unpacker.eof:
            return bytes(body)
    if unpacker:
        raise zlib.error("the packed data has no end")
    return bytes(body)


def _error_body(raw: urllib3.BaseHTTPResponse) -> bytes:
    """Return the body of an error as far as it says anything; it is only looked into for a hint."""
    try:
        packed = raw.headers.get("Content-Encoding", "").strip().lower() == "gzip"
        return _decoded(raw, _LARGEST_ERROR_BYTES, packed=packed) or b""
    except (HTTPError, zlib.error, OSError):
        return b""


def _is_passing(response: Response) -> bool:
    """Say whether the same request may be answered better later; a server that says so itself is believed."""
    said = response.headers.get("x-should-retry", "").strip().lower()
    if response.status < 400 or said == "false":
        return False
    return said == "true" or response.status in (408, 409, 429) or response.status >= 500


def _asked_wait(response: Response, call: Call) -> float | None:
    """Return the seconds that an answer asks to wait, in whichever way it says so."""
    headers = response.headers
    ways: tuple[Callable[[], float | None], ...] = (
        lambda: float(headers["retry-after-ms"]) / 1000,
        lambda: float(headers["retry-after"]),
        lambda: parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time(),
        lambda: call.manner.retry_after(response.body),
    )
    for way in ways:
        try:
            wait = way()
        except (KeyError, ValueError, OverflowError):
            continue
        if wait is not None and isfinite(wait):
            return max(wait, 0)
    return None


def _innermost(error: BaseException) -> BaseException:
    """Return the reason behind a library's error."""
    while True:
        named = (getattr(error, "reason", None), getattr(error, "original_error", None), *error.args)
        inner = next((reason for reason in named if isinstance(reason, BaseException)), None)
        if inner is None:
            return error
        error = inner


def _text(error: BaseException) -> str:
    """Say what an error says, without the representation of the connection it is about."""
    return re.split(r"(?:\)|>): ", str(error))[-1] or type(error).__name__
