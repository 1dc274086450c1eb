"""OLLAMA_HOST in all its spellings: where an Ollama server is, read as Ollama itself reads it."""

from __future__ import annotations

import ipaddress

_PORTS = {"http": "80", "https": "443"}
_PORT = "11434"
_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 nothing is bound: this is what a server binds to


def address(spelling: str) -> str:
    """Return the base URL that `OLLAMA_HOST` means: scheme, port and host may be missing, quotes and slashes too many.

    Without a scheme it is http on port 11434 (but `ollama.com` is https); with one, that scheme's port. An address to bind to,
    such as `0.0.0.0`, is this machine. A port that is none is the default one.
    """
    bare = spelling.strip().strip("\"'").strip()
    scheme, rest, default = _scheme(bare)
    hostport, _, path = rest.partition("/")
    host, port = _split(hostport)
    port = port if port.isascii() and port.isdigit() and int(port[:6]) <= 65535 else default
    host = _LOOPBACK.get(host, host)
    authority = f"[{host}]" if ":" in host else host
    shown = "" if port == _PORTS.get(scheme) else f":{port}"
    return f"{scheme}://{authority}{shown}/{path}".rstrip("/")


def _scheme(spelling: str) -> tuple[str, str, str]:
    """Scheme, the rest, and the port if the rest names none."""
    scheme, found, rest = spelling.partition("://")
    if found:
        return scheme.lower(), rest, _PORTS.get(scheme.lower(), _PORT)
    return ("https", spelling, _PORTS["https"]) if spelling == "ollama.com" else ("http", spelling, _PORT)


def _split(hostport: str) -> tuple[str, str]:
    """Host and port; an IPv6 address stands in brackets, or alone."""
    bare = hostport.strip("[]")
    try:
        return str(ipaddress.ip_address(bare)), ""
    except ValueError:
        host, _, port = hostport.rpartition(":") if ":" in hostport else (hostport, "", "")
        return host.strip("[]"), port
