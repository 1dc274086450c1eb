"""One bounded HTTP GET: deadlines, retries, a cap on the decoded size, and no redirect that leaves the host."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment

import urllib3
from urllib3.util import Retry, Timeout

from modelsync.errors import NothingFetched

if TYPE_CHECKING:
    from collections.abc import Mapping

DEADLINE_SECONDS = 90
MAX_DECODED_BYTES = 128 * 1024 * 1024
MAX_REDIRECTS = 3
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
        with _pool(address, environment) as pool:
            response = _request(pool, address, headers)
            if response.status in _REDIRECTS:
                address = _redirect(address, response.headers.get("Location", ""))
                continue
            _refuse_failure(address, response)
            return _body(address, response, deadline)
    raise NothingFetched(f"{_shown(url)} redirects more than {MAX_REDIRECTS} times", hint=_OFFLINE)


def _pool(url: str, environment: Mapping[str, str]) -> urllib3.PoolManager:
    parts = urlsplit(url)
    proxies = getproxies_environment() if environment else {}
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy and not proxy_bypass_environment(parts.hostname or "", proxies):
        return urllib3.ProxyManager(proxy)
    return urllib3.PoolManager()


def _request(pool: urllib3.PoolManager, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
    retries = Retry(
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
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise NothingFetched(f"cannot reach {_shown(url)}: {_cause(error)}", hint=_OFFLINE) from None


def _cause(error: BaseException) -> str:
    """Name the innermost reason, without the request's own representation."""
    reason = getattr(error, "reason", None)
    while isinstance(reason, BaseException) and getattr(reason, "reason", None) is not None:
        reason = reason.reason  # pyright: ignore[reportAttributeAccessIssue]  # urllib3 nests reasons
    text = str(reason or error)
    return text.rpartition(">: ")[2] or text


def _redirect(url: str, location: str) -> str:
    target = urljoin(url, location)
    before, after = urlsplit(url), urlsplit(target)
    if not location or (before.scheme, before.netloc) != (after.scheme, after.netloc):
        raise NothingFetched(
            f"{_shown(url)} redirects to another host, {after.netloc or 'none'}: not followed", hint=_OFFLINE
        )
    return target


def _refuse_failure(url: str, response: urllib3.BaseHTTPResponse) -> None:
    if response.status == _UNAUTHORIZED:
        raise NothingFetched(
            f"{_shown(url)} refused the API key (HTTP 401)",
            hint="Check the key, or unset it: OpenRouter's list needs none.",
        )
    if response.status != _OK:
        raise NothingFetched(f"{_shown(url)} answered HTTP {response.status}", hint=_OFFLINE)


def _body(url: str, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """Read and decode piece by piece, so that neither a slow server nor a bomb gets past its bound."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise NothingFetched(
            f"{_shown(url)} answered in the encoding {encoding!r}, which was not asked for", hint=_OFFLINE
        )
    unpacker = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    body = bytearray()
    try:
        while piece := response.read1(_CHUNK, decode_content=False):
            if time.monotonic() > deadline:
                raise NothingFetched(f"{_shown(url)} took longer than {DEADLINE_SECONDS} s", hint=_OFFLINE)
            body += unpacker.decompress(piece, MAX_DECODED_BYTES + 1 - len(body)) if unpacker else piece
            if len(body) > MAX_DECODED_BYTES:
                raise NothingFetched(f"{_shown(url)} sent more than {MAX_DECODED_BYTES // 2**20} MiB", hint=_OFFLINE)
        if unpacker and not unpacker.eof:
            raise NothingFetched(f"{_shown(url)} stopped in the middle of its answer", hint=_OFFLINE)
    except (urllib3.exceptions.HTTPError, zlib.error, OSError) as error:
        raise NothingFetched(
            f"{_shown(url)} stopped in the middle of its answer: {_cause(error)}", hint=_OFFLINE
        ) from None
    return bytes(body)


def _shown(url: str) -> str:
    """An address fit to print: no user, password or query, where keys like to hide."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"
