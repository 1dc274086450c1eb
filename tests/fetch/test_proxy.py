"""Which proxy the environment names: a table."""

from __future__ import annotations

import pytest

from modelsync.fetch.proxy import proxy_for

SECURE, PLAIN = "https://api.example/v1/models", "http://lists.example:8080/models"


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        (SECURE, {}, None),
        (SECURE, {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        (SECURE, {"HTTP_PROXY": "http://p:1"}, None),
        (PLAIN, {"HTTP_PROXY": "p:1"}, "http://p:1"),
        (SECURE, {"ALL_PROXY": "https://p:1"}, "https://p:1"),
        (SECURE, {"ALL_PROXY": "http://a:1", "https_proxy": "http://p:1"}, "http://p:1"),
        (SECURE, {"HTTPS_PROXY": "http://upper:1", "https_proxy": "http://lower:1"}, "http://lower:1"),
        (SECURE, {"HTTPS_PROXY": ""}, None),
    ],
)
def test_the_proxy(url: str, environment: dict[str, str], proxy: str | None) -> None:
    """The one for the scheme, else the one for all; lower case wins; a scheme may be missing."""
    assert proxy_for(url, environment) == proxy


@pytest.mark.parametrize(
    ("url", "no_proxy", "direct"),
    [
        (SECURE, "api.example", True), (SECURE, "API.Example", True), (SECURE, "example", True), (SECURE, ".example", True),
        (SECURE, "x, .example ,y", True), (SECURE, "*", True), (SECURE, "", False), (SECURE, " , ", False),
        (SECURE, "pi.example", False), (SECURE, "api.example.org", False), ("https://10.1.2.3/x", "10.0.0.0/8", True),
        ("https://10.1.2.3/x", "11.0.0.0/8", False), ("https://[fd00::1]/x", "fd00::/8", True), (SECURE, "10.0.0.0/8", False),
    ],
)  # fmt: skip
def test_no_proxy(url: str, no_proxy: str, direct: bool) -> None:
    """Hosts, whole domains and networks that are asked directly."""
    found = proxy_for(url, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": no_proxy})
    assert found == (None if direct else "http://p:1")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
def test_this_machine_is_asked_directly(host: str) -> None:
    """What may go to it without TLS must not go out to a proxy."""
    assert proxy_for(f"http://{host}:11434/api/tags", {"HTTP_PROXY": "http://p:1", "ALL_PROXY": "http://p:1"}) is None
