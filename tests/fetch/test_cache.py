"""Bodies kept under a server's tag: asked for with it, taken on 304, and never in anybody's way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from modelsync.errors import NothingFetched
from modelsync.fetch.cache import MAX_ENTRIES, Cache
from modelsync.fetch.exchange import Call, Limits, Manner, json_body
from modelsync.fetch.http import Http
from modelsync.sources.api import Request as Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pytest_httpserver import HTTPServer

CANARY = "sk-canary-0123456789"
LIST = b'{"data": [{"id": "a/b"}]}'
LIMITS = Limits(backoff=0.01)


@pytest.fixture
def served(httpserver: HTTPServer) -> Callable[..., str]:
    """Return a function that serves a body with a tag, and 304 to who has it; it returns the address."""

    def serve(path: str = "/models", body: bytes = LIST, etag: str = 'W/"1"') -> str:
        def answer(request: Request) -> Response:
            if etag and request.headers.get("If-None-Match") == etag:
                return Response(status=304)
            return Response(body, headers={"ETag": etag} if etag else {}, content_type="application/json")

        httpserver.clear_all_handlers()
        httpserver.expect_request(path).respond_with_handler(answer)
        return httpserver.url_for(path)

    return serve


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Return an environment with a cache folder and a secret."""
    return {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path / "home"), "A_KEY": CANARY}


def get(
    url: str, environment: Mapping[str, str], headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> bytes:
    """Have one exchange as the program does."""
    call = Call(Asked(url, headers or {}, body), Manner(), time.monotonic() + LIMITS.total, LIMITS.body)
    return json_body(call, Http(environment, LIMITS, Cache(environment)).send(call))


def tags(server: HTTPServer) -> list[str | None]:
    """Return the tag of each request so far."""
    return [request.headers.get("If-None-Match") for request, _ in server.log]


def kept(environment: Mapping[str, str]) -> list[Path]:
    """Return the files of the cache."""
    from pathlib import Path

    return sorted((Path(environment["XDG_CACHE_HOME"]) / "modelsync").glob("*"))


def test_an_unchanged_list_is_not_sent_again(
    httpserver: HTTPServer, served: Callable[..., str], home: dict[str, str]
) -> None:
    """The second time the tag goes along, 304 comes back and the kept body is the answer; a new one replaces it."""
    url = served()
    assert get(url, home) == get(url, home) == LIST
    assert tags(httpserver) == [None, 'W/"1"']
    assert [response.status_code for _, response in httpserver.log] == [200, 304]
    newer = LIST.replace(b"a/b", b"a/c")
    served(body=newer, etag='"2"')
    assert get(url, home) == get(url, home) == newer
    assert tags(httpserver)[2:] == ['W/"1"', '"2"']
    assert len(kept(home)) == 1


def test_where_there_is_no_tag_nothing_is_kept(
    httpserver: HTTPServer, served: Callable[..., str], home: dict[str, str]
) -> None:
    """Nothing is asked differently, and no folder is made."""
    url = served(etag="")
    assert get(url, home) == get(url, home) == LIST
    assert tags(httpserver) == [None, None]
    assert kept(home) == []


def test_nobody_else_reads_it_and_no_key_is_in_it(served: Callable[..., str], home: dict[str, str]) -> None:
    """Modes of a private folder; name and content hold neither header, key, login nor query."""
    url = served().replace("http://", f"http://me:{CANARY}@") + f"?key={CANARY}"
    get(url, home, {"Authorization": f"Bearer {CANARY}", "X-Custom": "hunter22"})
    (path,) = kept(home)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert len(path.stem) == 64
    assert b"canary" not in path.read_bytes()
    assert b"hunter22" not in path.read_bytes()


def test_a_body_with_a_key_in_it_is_not_kept(served: Callable[..., str], home: dict[str, str]) -> None:
    """A server that repeats the key is believed, and forgotten."""
    url = served(body=b'{"data": [{"id": "' + CANARY.encode() + b'"}]}')
    assert CANARY.encode() in get(url, home)
    assert kept(home) == []


def test_another_key_is_another_entry(httpserver: HTTPServer, served: Callable[..., str], home: dict[str, str]) -> None:
    """What one account is shown says nothing about another's."""
    url = served()
    for key in ("one", "two", "one"):
        get(url, home, {"Authorization": f"Bearer {key}"})
    assert tags(httpserver) == [None, None, 'W/"1"']


def test_what_is_sent_is_not_kept(httpserver: HTTPServer, served: Callable[..., str], home: dict[str, str]) -> None:
    """A POST's answer is its own."""
    url = served()
    get(url, home, body=b"{}")
    assert kept(home) == []
    get(url, home)
    get(url, home, body=b"{}")
    assert tags(httpserver) == [None, None, None]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda data: data[:-3], id="cut off"),
        pytest.param(lambda data: data.replace(b"a/b", b"a/c"), id="changed"),
        pytest.param(lambda _: b"[" * 100_000, id="deep"),
        pytest.param(lambda data: data.replace(b"W/", b"\\n"), id="a tag of two lines"),
        pytest.param(lambda data: b"\xff\xfe" + data, id="no text"),
        pytest.param(lambda data: data.partition(b"\n")[0], id="no body"),
    ],
)
def test_a_damaged_file_is_ignored(
    httpserver: HTTPServer, served: Callable[..., str], home: dict[str, str], damage: Callable[[bytes], bytes]
) -> None:
    """The list is asked for as if there were none, and kept anew."""
    url = served()
    get(url, home)
    (path,) = kept(home)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert get(url, home) == LIST
    assert tags(httpserver) == [None, None]
    assert path.read_bytes() == whole


def test_a_file_that_cannot_be_replaced(
    httpserver: HTTPServer, served: Callable[..., str], home: dict[str, str]
) -> None:
    """A folder is in its place: the answer counts, and no half-written file stays beside it."""
    url = served()
    get(url, home)
    (path,) = kept(home)
    path.unlink()
    path.mkdir()
    assert get(url, home) == LIST
    assert tags(httpserver) == [None, None]
    assert kept(home) == [path]


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "HOME"])
def test_a_folder_that_cannot_be_made(
    httpserver: HTTPServer, served: Callable[..., str], tmp_path: Path, variable: str
) -> None:
    """A file is in its place: nothing is kept, and nothing is said."""
    (tmp_path / "file").write_text("")
    environment = {variable: str(tmp_path / "file")}
    url = served()
    assert get(url, environment) == get(url, environment) == LIST
    assert tags(httpserver) == [None, None]


@pytest.mark.parametrize("environment", [{}, {"HOME": ""}, {"XDG_CACHE_HOME": "relative"}])
def test_without_a_home_nothing_is_kept(
    httpserver: HTTPServer, served: Callable[..., str], environment: dict[str, str], tmp_path: Path, monkeypatch: Any
) -> None:
    """A relative folder would be one of the project's; it counts as none."""
    monkeypatch.chdir(tmp_path)
    url = served()
    assert get(url, environment) == get(url, environment) == LIST
    assert tags(httpserver) == [None, None]
    assert list(tmp_path.iterdir()) == []


def test_the_newest_entries_stay(served: Callable[..., str], home: dict[str, str]) -> None:
    """The folder does not grow without bound."""
    url = served()
    for number in range(MAX_ENTRIES + 3):
        get(f"{url}?page={number}", home)
    assert len(kept(home)) == MAX_ENTRIES
    assert not any(path.name.startswith(".") for path in kept(home))


def test_304_to_whom_it_was_not_promised(httpserver: HTTPServer, home: dict[str, str]) -> None:
    """Without a kept body it is a status like any other."""
    httpserver.expect_request("/models").respond_with_data(status=304)
    with pytest.raises(NothingFetched, match="answered HTTP 304"):
        get(httpserver.url_for("/models"), home)
