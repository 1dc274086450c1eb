"""Addresses on the network: which one may be followed from where, and how much of one may be printed or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from modelsync.errors import NothingFetched, UsageError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_PLAIN_HTTP = (
    "Anyone on the way could read a key and change a price. Use https, or set `providers.{}.allow_http = true`."
)
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
    here = origin(address)
    if reached != here:
        place = f"{reached.scheme}://{reached.host}:{reached.port}"
        drops_tls = here is not None and (here.scheme, reached.scheme) == ("https", "http")
        problem = "is without TLS" if drops_tls else "is on another host"
        raise NothingFetched(f"{what} {shown(address)} {problem}, {place}: not followed", hint=hint)
    return target


def is_loopback(address: str) -> bool:
    """Say whether an address is this very machine's, by its name or number; nothing is looked up."""
    reached = origin(address)
    if reached is None or reached.host == "localhost":
        return reached is not None
    from ipaddress import ip_address

    try:
        return ip_address(reached.host).is_loopback
    except ValueError:
        return False


def checked(address: str, named_by: str, *, provider: str, allow_http: bool) -> str:
    """Return an http(s) address that may be asked. Raises `UsageError` for another, and for plain http to another machine.

    `provider` is the one whose settings may allow that.
    """
    found = origin(address)
    if found is None:
        raise UsageError(f"{named_by} is no http(s) address: {shown(address)}", hint="Write it as https://host/path.")
    if found.scheme == "http" and not allow_http and not is_loopback(address):
        raise UsageError(f"{named_by} is without TLS: {shown(address)}", hint=_PLAIN_HTTP.format(provider))
    return address


def checked_base(address: str, named_by: str, *, provider: str, allow_http: bool) -> str:
    """Do as `checked` for an address to which paths are appended. Raises `UsageError` also for a query or a fragment."""
    if "?" in address or "#" in address:
        hint = "What is asked for is appended to its path: write it as https://host/path."
        raise UsageError(f"{named_by} has a query or a fragment: {shown(address)}", hint=hint)
    return checked(address, named_by, provider=provider, allow_http=allow_http)


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
