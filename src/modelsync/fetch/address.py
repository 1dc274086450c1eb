"""Addresses on the network: which one may be followed from where, and how much of one may be printed or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from modelsync.errors import NothingFetched

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_PORTS = {"http": 80, "https": 443}


class Origin(Struct, frozen=True):
    """What a request is sent to: two addresses with the same origin may share a key."""

    scheme: str
    host: str
    port: int


def origin(address: str) -> Origin | None:
    """Return the origin of an http(s) address, or None for anything that is not one."""
    split = _split(address)
    if split is None:
        return None
    parts, port = split
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return Origin(parts.scheme, parts.hostname, port or _PORTS[parts.scheme])


def follow(address: str, link: str, what: str, *, hint: str) -> str:
    """Resolve a link the server gave. Raises `NothingFetched` when it leaves the origin: a key must not travel.

    `what` names the link in the message, such as "the next page of".
    """
    try:
        target = urljoin(address, link)
    except ValueError:
        target = ""
    reached = origin(target)
    if reached is None:
        raise NothingFetched(f"{what} {shown(address)} is no http(s) address", hint=hint)
    if reached != origin(address):
        place = f"{reached.scheme}://{reached.host}:{reached.port}"
        raise NothingFetched(f"{what} {shown(address)} is on another host, {place}: not followed", hint=hint)
    return target


def shown(address: str) -> str:
    """An address fit to print and to keep: no user, password, query or fragment, where keys like to hide."""
    split = _split(address)
    if split is None:
        return "an unreadable address"
    parts, port = split
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"


def _split(address: str) -> tuple[SplitResult, int | None] | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    return parts, port
