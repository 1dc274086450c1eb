"""One GET against a real server on this machine: what is retried, followed, refused and bounded."""

from __future__ import annotations

import gzip
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from modelsync.errors import NothingFetched
from modelsync.fetch.cache import Cache
from modelsync.fetch.exchange import Call, Limits, Manner, json_body
from modelsync.fetch.http import MAX_REDIRECTS, Http
from modelsync.sources.api import Request as Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_httpserver import HTTPServer

LIST = b'{"data": [{"id": "a/b"}]}'
CANARY = "sk-canary-0123456789"
KEY = {"Authorization": f"Bearer {CANARY}"}


HASTY = Limits(backoff=0.01)
LONGEST_WAIT_SECONDS = int(HASTY.longest_wait)


def get(
    url: str, headers: Mapping[str, str], environment: Mapping[str, str], body: bytes | None = None, left: float = 90
) -> bytes:
    """GET an address, or POST a body to it, with short pauses between attempts and `left` seconds for all of them."""
    manner = Manner(key_from="A_KEY" if headers else "")
    call = Call(Asked(url, headers, body), manner, time.monotonic() + left, HASTY.body)
    return json_body(call, Http(environment, HASTY, Cache({})).send(call))


def refused(
    url: str, headers: dict[str, str] | None = None, environment: dict[str, str] | None = None
) -> NothingFetched:
    """GET what must fail, and return why; the key is not in it, the way out is."""
    with pytest.raises(NothingFetched) as caught:
        get(url, headers or {}, environment or {})
    assert CANARY not in caught.value.message + caught.value.hint
    return caught.value


class TestAnswers:
    """What comes back decides."""

    def test_the_body_as_it_is(self, httpserver: HTTPServer) -> None:
        """HTTP 200 gives the bytes, asked for as JSON, gzip or plain."""
        httpserver.expect_request("/models").respond_with_data(LIST)
        assert get(httpserver.url_for("/models"), KEY, {}) == LIST
        sent = httpserver.log[0][0].headers
        assert (sent["Accept"], sent["Accept-Encoding"], sent["User-Agent"]) == (
            "application/json",
            "gzip",
            "modelsync",
        )
        assert sent["Authorization"] == f"Bearer {CANARY}"

    @pytest.mark.parametrize("status", [201, 205, 400, 403, 404, 410, 451])
    def test_any_other_status_is_no_listing(self, httpserver: HTTPServer, status: int) -> None:
        """Another status is named, once, without a retry, and the hint says how to go on offline."""
        httpserver.expect_request("/models").respond_with_data(LIST, status=status)
        error = refused(httpserver.url_for("/models"), KEY)
        assert error.message.endswith(f"/models answered HTTP {status}")
        assert "--source snapshot" in error.hint
        assert len(httpserver.log) == 1

    def test_401_with_a_key_blames_the_key(self, httpserver: HTTPServer) -> None:
        """A refused key says so; without a key it is a status like any other."""
        httpserver.expect_request("/models").respond_with_data(f"no {CANARY}", status=401)
        assert "refused the API key" in refused(httpserver.url_for("/models"), KEY).message
        assert "answered HTTP 401" in refused(httpserver.url_for("/models")).message

    @pytest.mark.parametrize("status", [200, 204])
    def test_nothing_is_no_listing(self, httpserver: HTTPServer, status: int) -> None:
        """An answer without a body says nothing about any model."""
        httpserver.expect_request("/models").respond_with_data(b" \r\n", status=status)
        assert "/models answered with nothing" in refused(httpserver.url_for("/models")).message

    @pytest.mark.parametrize("status", [408, 409, 429, 500, 501, 503, 529])
    def test_a_passing_trouble_is_retried(self, httpserver: HTTPServer, status: int) -> None:
        """One bad answer, then a good one: the good one counts."""
        httpserver.expect_ordered_request("/models").respond_with_data("later", status=status)
        httpserver.expect_ordered_request("/models").respond_with_data(LIST)
        assert get(httpserver.url_for("/models"), {}, {}) == LIST
        assert len(httpserver.log) == 2

    def test_retry_after_is_obeyed(self, httpserver: HTTPServer) -> None:
        """The server asks for a second: it gets one."""
        httpserver.expect_ordered_request("/models").respond_with_data("", status=429, headers={"Retry-After": "1"})
        httpserver.expect_ordered_request("/models").respond_with_data(LIST)
        before = time.monotonic()
        assert get(httpserver.url_for("/models"), {}, {}) == LIST
        assert time.monotonic() - before >= 1

    @pytest.mark.parametrize("wait", [str(LONGEST_WAIT_SECONDS + 1), "86400", "Fri, 31 Dec 2100 23:59:59 GMT"])
    @pytest.mark.parametrize("status", [429, 503])
    def test_nobody_waits_for_long(self, httpserver: HTTPServer, status: int, wait: str) -> None:
        """A wait longer than a person has is reported at once, not slept through."""
        httpserver.expect_request("/models").respond_with_data("", status=status, headers={"Retry-After": wait})
        before = time.monotonic()
        error = refused(httpserver.url_for("/models"))
        assert time.monotonic() - before < 1
        assert f"HTTP {status}" in error.message
        assert f"wait {wait} s" in error.message or not wait.isdigit()
        assert len(httpserver.log) == 1

    def test_the_body_of_an_error_need_not_be_whole(self, wire: Callable[[bytes], str]) -> None:
        """It is only looked into for a hint: a damaged one hides no status."""
        answer = b"HTTP/1.1 403 No\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\nno gzip"
        assert refused(wire(answer)).message.endswith("/models answered HTTP 403")

    def test_a_body_is_posted_as_json(self, httpserver: HTTPServer) -> None:
        """Ollama's `/api/show` wants one; passing trouble is retried as for a GET."""
        httpserver.expect_ordered_request("/show", method="POST", json={"model": "m"}).respond_with_data(status=503)
        httpserver.expect_ordered_request("/show", method="POST", json={"model": "m"}).respond_with_data(LIST)
        assert get(httpserver.url_for("/show"), {}, {}, body=b'{"model": "m"}') == LIST

    def test_silence_is_given_up(self) -> None:
        """A server that takes the request and says nothing: each attempt ends by itself, well before the total."""
        limits = Limits(read=0.05, attempts=2, backoff=0.01)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/models"
            call = Call(Asked(url, {}), Manner(), time.monotonic() + limits.total, limits.body)
            with pytest.raises(NothingFetched, match=r"cannot reach .*/models: Read timed out"):
                Http({}, limits, Cache({})).send(call)
            for _ in range(limits.attempts):
                connection, _ = listener.accept()
                connection.close()

    def test_a_host_that_cannot_be_one(self) -> None:
        """It is not tried again."""
        assert refused(f"http://{'a' * 64}.localhost/models").message.startswith("cannot reach http://aaa")

    def test_when_time_is_up_before_it_begins(self, httpserver: HTTPServer) -> None:
        """Nobody waits for more."""
        httpserver.expect_request("/models").respond_with_data(LIST)
        with pytest.raises(NothingFetched, match="took longer than 90 s"):
            get(httpserver.url_for("/models"), {}, {}, left=-1)

    def test_nobody_there(self, unreachable: str) -> None:
        """A port at which nobody listens: what was tried, what the system said, and the way out."""
        error = refused(unreachable, KEY)
        assert error.message.startswith(f"cannot reach {unreachable}: Failed to establish a new connection: ")
        assert error.message.endswith("refused")
        assert "--source snapshot" in error.hint

    def test_the_address_is_shown_without_its_secrets(self, unreachable: str) -> None:
        """User, password and query stay out of messages."""
        address = unreachable.replace("http://", f"http://me:{CANARY}@") + f"?key={CANARY}#{CANARY}"
        assert unreachable in refused(address).message


class TestBodies:
    """Bytes on the wire."""

    @pytest.mark.parametrize("cut", [1, 10, len(LIST) - 1])
    def test_a_body_that_stops_early(self, wire: Callable[[bytes], str], cut: int) -> None:
        """Fewer bytes than promised are no answer."""
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(LIST)}\r\n\r\n".encode()
        assert "stopped in the middle" in refused(wire(head + LIST[:cut])).message

    def test_a_chunked_body_that_stops_early(self, wire: Callable[[bytes], str]) -> None:
        """A last chunk that never comes is noticed."""
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert "stopped in the middle" in refused(wire(head + b"19\r\n" + LIST + b"\r\n")).message

    def test_no_http_at_all(self, wire: Callable[[bytes], str]) -> None:
        """Another protocol's greeting is not an answer."""
        assert refused(wire(b"SSH-2.0-OpenSSH_9.2\r\n")).message.startswith("cannot reach http://127.0.0.1:")

    def test_gzip_is_unpacked(self, httpserver: HTTPServer) -> None:
        """The one encoding that was asked for."""
        httpserver.expect_request("/models").respond_with_data(
            gzip.compress(LIST), headers={"Content-Encoding": "gzip"}
        )
        assert get(httpserver.url_for("/models"), {}, {}) == LIST

    @pytest.mark.parametrize(
        "damage", [gzip.compress(LIST, mtime=0)[:-9], b"no gzip", gzip.compress(LIST, mtime=0)[:5], b""]
    )
    def test_damaged_gzip(self, httpserver: HTTPServer, damage: bytes) -> None:
        """What does not unpack to its end is no answer."""
        httpserver.expect_request("/models").respond_with_data(damage, headers={"Content-Encoding": "gzip"})
        assert "stopped in the middle" in refused(httpserver.url_for("/models")).message

    @pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate", "zstd", "x\x1b[31m"])
    def test_other_and_stacked_encodings_are_refused(self, wire: Callable[[bytes], str], encoding: str) -> None:
        """Two layers make a bomb of a few hundred bytes; nothing but one layer of gzip was asked for."""
        body = gzip.compress(gzip.compress(LIST))
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        assert "not asked for" in refused(wire(head + body)).message


class TestRedirects:
    """Within one origin only."""

    def test_within_the_host_it_is_followed(self, httpserver: HTTPServer) -> None:
        """A relative redirect keeps its origin, and the key."""
        httpserver.expect_request("/old").respond_with_data(status=307, headers={"Location": "/models"})
        httpserver.expect_request("/models", headers=KEY).respond_with_data(LIST)
        assert get(httpserver.url_for("/old"), KEY, {}) == LIST

    def test_what_was_sent_is_not_sent_again(self, httpserver: HTTPServer) -> None:
        """A redirect of a POST is refused: servers and clients disagree about what it means."""
        httpserver.expect_request("/old").respond_with_data(status=307, headers={"Location": "/models"})
        with pytest.raises(NothingFetched, match="redirects what was sent to it"):
            get(httpserver.url_for("/old"), {}, {}, body=b"{}")
        assert len(httpserver.log) == 1

    def test_in_circles_it_ends(self, httpserver: HTTPServer) -> None:
        """A redirect to itself is followed a few times."""
        httpserver.expect_request("/old").respond_with_data(status=302, headers={"Location": "/old"})
        assert "redirects more than" in refused(httpserver.url_for("/old")).message
        assert len(httpserver.log) == MAX_REDIRECTS + 1

    def test_to_another_host_it_is_refused_and_the_key_unseen(
        self, httpserver: HTTPServer, make_server: Callable[[], HTTPServer]
    ) -> None:
        """The other host is never even asked."""
        other = make_server()
        other.expect_request("/models").respond_with_data(LIST)
        httpserver.expect_request("/old").respond_with_data(status=302, headers={"Location": other.url_for("/models")})
        error = refused(httpserver.url_for("/old"), KEY)
        assert "another host" in error.message
        assert not other.log

    @pytest.mark.parametrize(
        "location",
        [
            "",
            "http://[",
            "http://h:99999/",
            "//evil/x",
            "https://127.0.0.1/x",
            "file:///etc/passwd",
            "http://127.0.0.1:1/\x1b[31m",
        ],
    )
    def test_to_nowhere_in_particular_it_is_refused(self, wire: Callable[[bytes], str], location: str) -> None:
        """Whatever the server writes there, it is an error with a message, not a crash."""
        address = wire(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
        assert refused(address).message.startswith(("the redirect of http://127.0.0.1:", "http://127.0.0.1:"))


class TestProxy:
    """The environment that was given names it; nothing else does."""

    @pytest.fixture
    def proxy(self, httpserver: HTTPServer) -> HTTPServer:
        """Return a server that answers for every address, as a proxy does for plain HTTP."""

        def answer(request: Request) -> Response:
            return Response(LIST if request.host == "upstream.invalid" else b"", status=200)

        httpserver.expect_request("/models").respond_with_handler(answer)
        return httpserver

    @pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
    @pytest.mark.parametrize("scheme", ["http://", ""])
    def test_it_is_used(self, proxy: HTTPServer, name: str, scheme: str) -> None:
        """In either case, with or without a scheme."""
        assert get("http://upstream.invalid/models", {}, {name: f"{scheme}127.0.0.1:{proxy.port}"}) == LIST

    def test_lower_case_wins(self, proxy: HTTPServer, unreachable: str) -> None:
        """As in other programs."""
        assert (
            get("http://upstream.invalid/models", {}, {"HTTP_PROXY": unreachable, "http_proxy": proxy.url_for("/")})
            == LIST
        )

    def test_its_login_is_sent_and_not_shown(self, proxy: HTTPServer) -> None:
        """User and password become the proxy's header."""
        address = f"http://me:s%40{CANARY}@127.0.0.1:{proxy.port}"
        assert get("http://upstream.invalid/models", {}, {"http_proxy": address}) == LIST
        assert proxy.log[0][0].headers["Proxy-Authorization"].startswith("Basic ")

    @pytest.mark.parametrize("address", ["socks5://me:{}@h:1", "http://[", "http://me:{}@h:99999"])
    def test_one_that_cannot_be_used(self, address: str) -> None:
        """A malformed proxy, or one of another kind, is an error that keeps its login to itself."""
        refused("http://upstream.invalid/models", {}, {"all_proxy": address.format(CANARY)})

    def test_one_that_is_down(self, unreachable: str) -> None:
        """The message names the address that was wanted, and not the proxy's login."""
        login = unreachable.replace("http://", f"http://me:{CANARY}@")
        assert (
            "cannot reach http://upstream.invalid/models"
            in refused("http://upstream.invalid/models", {}, {"http_proxy": login}).message
        )


@pytest.fixture
def make_server() -> Any:
    """Return a function that starts one more server."""
    from pytest_httpserver import HTTPServer

    servers: list[HTTPServer] = []

    def make() -> HTTPServer:
        server = HTTPServer(host="127.0.0.1", port=0)
        server.start()
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.stop()
