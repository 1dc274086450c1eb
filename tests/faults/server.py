"""A server that does wrong on purpose, one fault a path; it remembers what it was asked, and how much of it at the same time.

python server.py [CERTIFICATE_AND_KEY]      prints its port, then one JSON line a request, until its input ends
python server.py --proxy                    a CONNECT proxy that prints what it connects to
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import ssl
import sys
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from email.utils import formatdate
from time import time

Writer = asyncio.StreamWriter
Fault = Callable[["Server", Writer], Awaitable[None]]
GOOD = (
    b'{"data": [{"id": "openai/gpt-4o", "pricing": {"prompt": "0.000002", "completion": "0.00001"}}],'
    b' "models": [{"name": "models/gemini-2.5-flash", "id": "grok-4"}]}'
)
MODEL = '{"id": "openai/gpt-4o", "pricing": {"prompt": %s, "completion": "0.00001"}, "top_provider": {"max_completion_tokens": %s}}'


def answer(body: bytes = GOOD, status: str = "200 OK", *, length: int | None = None, **headers: str) -> bytes:
    """Write a whole answer; `length` is what it says its length is."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body) if length is None else length)}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()} | {"Connection": "close"}
    return (
        f"HTTP/1.1 {status}\r\n".encode() + "".join(f"{n}: {v}\r\n" for n, v in lines.items()).encode() + b"\r\n" + body
    )


def bomb(layers: int) -> bytes:
    """Pack a gigabyte of blanks, once or twice."""
    packer, blanks = zlib.compressobj(9, wbits=31), b" " * 2**20
    first, again = (packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    body = first + again * 1023
    return body if layers == 1 else gzip.compress(body)


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def drip(writer: Writer, head: bytes, piece: bytes) -> None:
    """Send a little, again and again, as long as anyone listens: never silent for long enough to be given up."""
    writer.write(head)
    while not writer.is_closing():
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.05)


def says(*answers: bytes) -> Fault:
    """Make a fault of fixed answers; the last one is given again and again."""

    async def send(server: Server, writer: Writer) -> None:
        path = server.log[-1]["path"]
        writer.write(answers[min(sum(seen["path"] == path for seen in server.log), len(answers)) - 1])

    return send


async def reset(_: Server, writer: Writer) -> None:
    """Answer in part, then drop the connection without ceremony."""
    writer.write(answer(length=999)[:-20])
    await writer.drain()
    writer.transport.abort()


async def five(server: Server, writer: Writer) -> None:
    """Answer nobody before five have asked: who asks one after the other never hears."""
    await server.wait_for(5)
    writer.write(answer())


async def shows(server: Server, writer: Writer) -> None:
    """Be an Ollama with twenty models that takes its time over each: what is asked at the same time is counted meanwhile."""
    tags = {"models": [{"name": f"m{number}:latest", "digest": f"{number:064}"} for number in range(20)]}
    if server.log[-1]["path"].endswith("/api/tags"):
        writer.write(answer(json.dumps(tags).encode()))
    else:
        await asyncio.sleep(0.05)
        writer.write(answer(b'{"capabilities": ["completion"], "model_info": {}}'))


async def tagged(server: Server, writer: Writer) -> None:
    """Tag the good answer, and send it only to who does not have it."""
    known = 'if-none-match: "1"' in server.log[-1]["head"].lower()
    writer.write(answer(b"", "304 Not Modified", ETag='"1"') if known else answer(ETag='"1"'))


def later(**headers: str) -> Fault:
    """Answer well only the second time; the first time say when to come."""
    return says(answer(b"{}", "429 Too Many Requests", length=2, **headers), answer())


def model(price: str = '"0.000002"', limit: str = "4") -> bytes:
    """Write a listing of one model with this price and this limit."""
    return f'{{"data": [{MODEL % (price, limit)}]}}'.encode()


FAULTS: dict[str, Fault] = {
    "good": says(answer()),
    "etag": tagged,
    "five": five,
    "ollama": shows,
    "slow-headers": lambda _, writer: drip(writer, b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "slow-line": lambda _, writer: drip(writer, b"HTTP/1.1 200 ", b"O"),
    "slow-body": lambda _, writer: drip(writer, answer(b"[", length=10**6), b" "),
    "truncated": says(answer(GOOD[:-9], length=len(GOOD))),
    "reset": reset,
    "204": says(answer(b"", "204 No Content")),
    "empty": says(answer(b"")),
    "html": says(answer(b"<!doctype html><title>Sign in</title>", Content_Type="text/html")),
    "wrong-type": says(answer(b"GIF89a", Content_Type="image/gif")),
    "storm": says(answer(b"", "429 Too Many Requests")),
    "for-hours": says(answer(b"", "429 Too Many Requests", Retry_After="86400")),
    "seconds": later(Retry_After="0"),
    "float": later(Retry_After="0.01"),
    "milliseconds": later(Retry_After="86400", retry_after_ms="10"),
    "date": later(Retry_After=formatdate(time() - 60, usegmt=True)),
    "no-date": later(Retry_After="soon"),
    "no-retry": says(answer(b"{}", "500 Oops", x_should_retry="false")),
    "do-retry": says(answer(b"{}", "400 Bad Request", x_should_retry="true"), answer()),
    "cut-once": says(answer(GOOD[:-9], length=len(GOOD)), answer()),
    "silent-once": says(b"", answer()),
    "gzip-bomb": says(answer(bomb(1), Content_Encoding="gzip")),
    "double-bomb": says(answer(bomb(2), Content_Encoding="gzip, gzip")),
    "hidden-bomb": says(answer(bomb(2), Content_Encoding="gzip")),
    "deep": says(answer(b'{"data": [{"id": "openai/x", "name": ' + b"[" * 5000 + b"]" * 5000 + b"}]}")),
    "deep-open": says(answer(b'{"data": ' + b'{"a":[' * 5000)),
    "nan": says(answer(model("NaN", "NaN"))),
    "1e400": says(answer(model("1e400", "1e400"))),
    "duplicate": says(answer(b'{"data": [%s, %s]}' % (model('"1e-6"')[10:-2], model('"2e-6"')[10:-2]))),
    "null-data": says(answer(b'{"data": null}')),
    "echo": says(answer(b'{"error": {"message": "bad key sk-canary-0123456789", "code": "invalid_api_key"}}', "401 No")),
}  # fmt: skip


NO_FAULT = says(answer(b"", "404 Not Found"))


class Server:
    """What it was asked so far, how many answers are under way, and how many were at most."""

    def __init__(self) -> None:
        self.log: list[dict[str, str]] = []
        self._under_way = self._most = 0
        self._arrival = asyncio.Condition()

    async def wait_for(self, number: int) -> None:
        """Wait until this many requests are under way."""
        async with self._arrival:
            self._arrival.notify_all()
            await self._arrival.wait_for(lambda: self._most >= number)

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Answer one request and close."""
        self._under_way += 1
        self._most = max(self._most, self._under_way)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            if length := re.search(r"(?i)^content-length: (\d+)", head, re.MULTILINE):
                await reader.readexactly(int(length[1]))
            path = head.split(" ")[1].partition("?")[0]
            self.log.append({"path": path, "head": head})
            await self._fault(path)(self, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._under_way -= 1
            if self.log:
                tell(json.dumps({**self.log[-1], "at_once": self._most}))
            writer.close()

    def _fault(self, path: str) -> Fault:
        """The first segment names the fault; `/redirect/ADDRESS` leads to an address."""
        name, _, rest = path.lstrip("/").partition("/")
        return says(answer(b"", "302 Found", Location=rest)) if name == "redirect" else FAULTS.get(name, NO_FAULT)


async def connect(reader: asyncio.StreamReader, writer: Writer) -> None:
    """Connect whoever asks to whatever is asked for, as a proxy does, and print it."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    tell(json.dumps({"path": head.split(" ")[1], "head": head}))
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", int(head.split(" ")[1].rpartition(":")[2]))
    writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")

    async def pump(source: asyncio.StreamReader, target: Writer) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                target.write(data)
                await target.drain()

    ways = (asyncio.ensure_future(pump(reader, far_writer)), asyncio.ensure_future(pump(far_reader, writer)))
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    far_writer.close()
    writer.close()


async def main(arguments: list[str]) -> None:
    """Serve on a port of this machine that is free, until the input ends."""
    secure = None
    if arguments and arguments[0] != "--proxy":
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(arguments[0])
    handler = connect if arguments == ["--proxy"] else Server().serve
    listener = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=secure)
    tell(str(listener.sockets[0].getsockname()[1]))
    await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
