"""One bounded HTTP GET: deadlines, retries, a cap on the decoded size, and no redirect that leaves the host."""

from __future__ import annotations

import re
import time
import zlib
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError, ResponseError
from urllib3.util import Retry, Timeout, make_headers, parse_url

from modelsync.errors import NothingFetched
from modelsync.fetch.address import follow, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from urllib3.connectionpool import ConnectionPool

DEADLINE_SECONDS = 90
MAX_DECODED_BYTES = 128 * 1024 * 1024
MAX_REDIRECTS = 3
LONGEST_WAIT_SECONDS = 20
_CHUNK = 64 * 1024
_OK, _UNAUTHORIZED, _REDIRECTS = 200, 401, (301, 302, 303, 307, 308)
_RETRIED = (408, 409, 429, 500, 502, 503, 504)
_OFFLINE = "Nothing was written. Work offline with `--source snapshot`, or name a file you downloaded."


def get(url: str, headers: Mapping[str, str], environment: Mapping[str, str]) -> bytes:
    """GET `url` and return the decoded body. Raises `NothingFetched` saying what was tried and what came back.

    Headers (which may hold a key) go to the host of `url` and nowhere else.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    address = url
    for _ in range(MAX_REDIRECTS + 1):
        with _pool(address, environment) as pool, closing(_request(pool, address, headers)) as response:
            if response.status in _REDIRECTS:
                location = response.headers.get("Location", "")
                address = follow(address, location, "the redirect of", hint=_OFFLINE)
                continue
            _refuse_failure(address, response, with_key="Authorization" in headers)
            return _body(address, response, deadline)
    raise NothingFetched(f"{shown(url)} redirects more than {MAX_REDIRECTS} times", hint=_OFFLINE)


def _pool(url: str, environment: Mapping[str, str]) -> urllib3.PoolManager:
    """Choose the way to a host: directly, or through the proxy that the environment names for it."""
    parts = urlsplit(url)
    proxies = _proxies(environment)
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or _bypasses(parts.hostname or "", proxies.get("no", "")):
        return urllib3.PoolManager()
    address = proxy if "://" in proxy else f"http://{proxy}"
    try:
        login = parse_url(address).auth
        headers = make_headers(proxy_basic_auth=unquote(login)) if login else None
        return urllib3.ProxyManager(address, proxy_headers=headers)
    except (HTTPError, ValueError):
        raise NothingFetched(
            f"the proxy for {shown(url)} that the environment names is no http(s) address", hint=_OFFLINE
        ) from None


def _proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Read `HTTPS_PROXY`, `no_proxy` and their like; lower case wins, because it sorts last."""
    return {name[:-6].lower(): value for name, value in sorted(environment.items()) if name.lower().endswith("_proxy")}


def _bypasses(host: str, no_proxy: str) -> bool:
    """Say whether `NO_PROXY` (hosts and domains with commas between, or `*`) names a host."""
    names = [name.strip().lower().lstrip(".") for name in no_proxy.split(",")]
    return any(name == "*" or (name and (host == name or host.endswith(f".{name}"))) for name in names)


class _Patience(Retry):
    """Retries that wait as long as the server asks, but give up at once when that is longer than a person waits."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: urllib3.BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if response is not None and _pool is not None and (self.get_retry_after(response) or 0) > LONGEST_WAIT_SECONDS:
            raise MaxRetryError(_pool, url or "", ResponseError("asks for a long wait"))
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _request(pool: urllib3.PoolManager, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
    retries = _Patience(
        total=3, connect=2, redirect=0, status_forcelist=_RETRIED, backoff_factor=0.5, backoff_jitter=0.25,
        backoff_max=10, raise_on_status=False, raise_on_redirect=False,
    )  # fmt: skip
    sent = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "modelsync", **headers}
    try:
        return pool.request(
            "GET",
            url,
            headers=sent,
            retries=retries,
            timeout=Timeout(connect=5, read=20),
            preload_content=False,
            redirect=False,
        )
    except (HTTPError, ValueError) as error:
        raise NothingFetched(f"cannot reach {shown(url)}: {_cause(error)}", hint=_OFFLINE) from None


def _cause(error: BaseException) -> str:
    """Name the innermost reason, without the request's own representation."""
    while isinstance(inner := getattr(error, "reason", None) or getattr(error, "original_error", None), BaseException):
        error = inner
    return re.split(r"(?:\)|>): ", str(error))[-1] or str(error)


def _refuse_failure(url: str, response: urllib3.BaseHTTPResponse, *, with_key: bool) -> None:
    if response.status == _UNAUTHORIZED and with_key:
        raise NothingFetched(
            f"{shown(url)} refused the API key (HTTP 401)",
            hint="Check the key, or unset it: OpenRouter's list needs none.",
        )
    if response.status != _OK:
        asked = response.headers.get("Retry-After", "")
        wait = f" and asks to wait {asked} s" if asked.isascii() and asked.isdigit() else ""
        raise NothingFetched(f"{shown(url)} answered HTTP {response.status}{wait}", hint=_OFFLINE)


def _body(url: str, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """Read and decode piece by piece, so that neither a slow server nor a bomb gets past its bound."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise NothingFetched(
            f"{shown(url)} answered in the encoding {encoding!r}, which was not asked for", hint=_OFFLINE
        )
    unpacker = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    body = bytearray()
    try:
        while piece := response.read1(_CHUNK, decode_content=False):
            if time.monotonic() > deadline:
                raise NothingFetched(f"{shown(url)} took longer than {DEADLINE_SECONDS} s", hint=_OFFLINE)
            body += unpacker.decompress(piece, MAX_DECODED_BYTES + 1 - len(body)) if unpacker else piece
            if len(body) > MAX_DECODED_BYTES:
                raise NothingFetched(f"{shown(url)} sent more than {MAX_DECODED_BYTES // 2**20} MiB", hint=_OFFLINE)
        if unpacker and not unpacker.eof:
            raise NothingFetched(f"{shown(url)} stopped in the middle of its answer", hint=_OFFLINE)
    except (HTTPError, zlib.error, OSError) as error:
        raise NothingFetched(
            f"{shown(url)} stopped in the middle of its answer: {_cause(error)}", hint=_OFFLINE
        ) from None
    return bytes(body)
