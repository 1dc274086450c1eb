"""Which proxy the environment names for an address."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from modelsync.fetch.address import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping


def proxy_for(url: str, environment: Mapping[str, str]) -> str | None:
    """Return the proxy's address for an http(s) address, None to go there directly.

    `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are read in either case; lower case wins. This machine itself is
    never asked through a proxy: what goes to it may go without TLS.
    """
    parts = urlsplit(url)
    proxies = {
        name[:-6].lower(): value for name, value in sorted(environment.items()) if name.lower().endswith("_proxy")
    }
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or is_loopback(url) or _bypasses(parts.hostname or "", proxies.get("no", "")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _bypasses(host: str, no_proxy: str) -> bool:
    """Say whether `NO_PROXY` (hosts, domains and networks with commas between, or `*`) names a host."""
    names = [name.strip().lower().lstrip(".") for name in no_proxy.split(",")]
    return any(name and (name in ("*", host) or host.endswith(f".{name}") or _within(host, name)) for name in names)


def _within(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
