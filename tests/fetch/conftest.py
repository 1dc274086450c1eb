"""A source on this machine that answers as it is told, down to the bytes on the wire."""

from __future__ import annotations

import socket
from contextlib import suppress
from io import BytesIO
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from modelsync.fetch.cache import Cache
from modelsync.fetch.exchange import Limits
from modelsync.fetch.http import Http
from modelsync.fetch.listing import Surroundings, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from modelsync.domain.listing import Listing


HASTY = Limits(backoff=0.01)
"""As a person's, but with short pauses."""


def fetch_over_http(source: str, environment: Mapping[str, str] | None = None, stdin: bytes = b"") -> Listing:
    """Fetch with the real HTTP client, in an environment of the test's own."""
    variables = environment or {}
    around = Surroundings(
        environment=variables,
        today="2026-03-01",
        stdin=BytesIO(stdin),
        send=Http(variables, HASTY, Cache(variables)).send,
        limits=HASTY,
    )
    return fetch(source, around)


@pytest.fixture(name="fetched")
def fetched_fixture() -> Callable[..., Listing]:
    """Return the function that fetches with the real HTTP client."""
    return fetch_over_http


@pytest.fixture
def wire() -> Iterator[Callable[[bytes], str]]:
    """Return a function that serves these very bytes to whoever connects, and closes; it returns the address."""
    listeners: list[socket.socket] = []

    def serve(answer: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        Thread(target=_answer_all, args=(listener, answer), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/models"

    yield serve
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _answer_all(listener: socket.socket, answer: bytes) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(ConnectionError):  # a client that has seen enough leaves
            connection.recv(65536)
            connection.sendall(answer)


@pytest.fixture
def unreachable() -> str:
    """Return an address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/models"
