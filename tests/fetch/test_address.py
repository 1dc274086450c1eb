"""Addresses: two of one origin may share a key, and none is shown with its secrets."""

from __future__ import annotations

import pytest

from modelsync.errors import NothingFetched
from modelsync.fetch.address import Origin, follow, origin, shown


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://Host.example/x", Origin("https", "host.example", 443)),
        ("HTTP://h", Origin("http", "h", 80)),
        ("http://u:p@h:8080/?q#f", Origin("http", "h", 8080)),
        ("https://[::1]:8443/", Origin("https", "::1", 8443)),
        ("ftp://h/x", None), ("h/x", None), ("", None), ("http://", None), ("http://[", None), ("http://h:x/", None), ("http://h:70000/", None), ("file:///x", None),
    ],
)  # fmt: skip
def test_origin(address: str, expected: Origin | None) -> None:
    """Scheme, host and port, spelled one way; None for what is no http(s) address."""
    assert origin(address) == expected


@pytest.mark.parametrize(
    ("link", "target"),
    [("/y", "https://h/y"), ("y?p=2", "https://h/a/y?p=2"), ("?p=2", "https://h/a/b?p=2"), ("https://H:443/y", "https://H:443/y"), ("//h/y", "https://h/y")],
)  # fmt: skip
def test_links_within_the_origin_are_followed(link: str, target: str) -> None:
    """However they are written."""
    assert follow("https://h/a/b", link, "the link of", hint="") == target


@pytest.mark.parametrize(
    "link",
    [
        "http://h/y",
        "https://h:444/y",
        "//g/y",
        "https://h.evil/y",
        "https://h@evil/y",
        "javascript:x",
        "http://[",
    ],
)
def test_links_out_of_it_are_not(link: str) -> None:
    """Another scheme, host or port is another place."""
    with pytest.raises(NothingFetched, match=r"^the link of https://h/a/b is "):
        follow("https://h/a/b", link, "the link of", hint="")


@pytest.mark.parametrize(
    ("address", "text"),
    [("https://u:p@h:1/x?k=1#f", "https://h:1/x"), ("http://[::1]/x", "http://[::1]/x"), ("http://[", "an unreadable address"), ("HTTPS://H/X", "https://h/X")],
)  # fmt: skip
def test_shown(address: str, text: str) -> None:
    """User, password, query and fragment stay out."""
    assert shown(address) == text
