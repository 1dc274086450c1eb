"""Connections whose every wait for bytes ends at a deadline, those for the status line and the headers included."""

from __future__ import annotations

import http.client
import io
import time
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    import socket


def pools(deadline: float) -> dict[str, type[HTTPConnectionPool]]:
    """Connections whose every wait for bytes ends at the deadline: a header a second would get past a time-out of its own."""

    class Plain(HTTPConnectionPool):
        ConnectionCls = _ending(HTTPConnection, deadline)

    class Secure(HTTPSConnectionPool):
        ConnectionCls = _ending(HTTPSConnection, deadline)

    return {"http": Plain, "https": Secure}


def _ending(connection: type, deadline: float) -> Any:
    return type("Connection", (connection,), {"response_class": staticmethod(partial(_Answer, deadline=deadline))})


class _Answer(http.client.HTTPResponse):
    """An answer whose bytes, status line and headers included, must have come by a deadline."""

    def __init__(self, sock: socket.socket, *arguments: Any, deadline: float, **named: Any) -> None:
        super().__init__(cast("socket.socket", _Socket(sock, deadline)), *arguments, **named)


class _Socket:
    """What an answer needs of a socket: the stream of its bytes."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._deadline = deadline

    def makefile(self, _: str) -> io.BufferedReader:
        return io.BufferedReader(_Stream(self._socket, self._deadline))


class _Stream(io.RawIOBase):
    """A socket's bytes. Each wait is as long as the socket's time-out says, or as is left."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._bytes = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        patience = self._socket.gettimeout()
        self._socket.settimeout(left if patience is None else min(patience, left))
        return self._bytes.readinto(buffer)

    def close(self) -> None:
        self._bytes.close()
        super().close()
