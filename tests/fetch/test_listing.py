"""From what `--source` names to a listing: OpenRouter, the snapshot, files, standard input and addresses."""

from __future__ import annotations

import json
import os
from datetime import datetime
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest

from modelsync.errors import NothingFetched, UsageError
from modelsync.fetch.exchange import Call, Limits, Response
from modelsync.fetch.listing import MAX_PAGES, Surroundings, fetch, snapshot_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

    from modelsync.domain.listing import Listing

    Fetched = Callable[..., Listing]

LIST = b'{"data": [{"id": "a/b"}]}'
CANARY = "sk-canary-0123456789"


def page(*names: str, following: str | None = None) -> str:
    """Write one page of a listing."""
    return json.dumps({"data": [{"id": name} for name in names], "links": {"next": following}})


class TestOpenRouter:
    """The default source."""

    def serve(self, server: HTTPServer) -> dict[str, str]:
        """Answer as OpenRouter does, and return the environment that leads there."""
        server.expect_request("/api/v1/models").respond_with_data(LIST, content_type="application/json")
        return {"OPENROUTER_API_BASE": server.url_for("/api/v1/")}

    def test_the_key_is_sent_when_there_is_one(self, httpserver: HTTPServer, fetched: Fetched) -> None:
        """As a bearer token, in a header, without the blanks around it."""
        listing = fetched("openrouter", self.serve(httpserver) | {"OPENROUTER_API_KEY": f" {CANARY}\n"})
        request = httpserver.log[0][0]
        assert request.headers["Authorization"] == f"Bearer {CANARY}"
        assert CANARY not in request.url
        assert (listing.source, listing.day, len(listing.records)) == ("openrouter", "2026-03-01", 1)

    @pytest.mark.parametrize("key", [None, "", "  "])
    def test_no_key_no_header(self, httpserver: HTTPServer, fetched: Fetched, key: str | None) -> None:
        """Keys of other services are nobody's business."""
        others = {"OPENAI_API_KEY": CANARY} | ({} if key is None else {"OPENROUTER_API_KEY": key})
        fetched("openrouter", self.serve(httpserver) | others)
        assert "Authorization" not in httpserver.log[0][0].headers
        assert CANARY not in str(httpserver.log[0][0].headers)

    @pytest.mark.parametrize("key", [f"{CANARY}\nX: y", f"{CANARY}\x00", f"{CANARY}é"])
    def test_a_key_that_cannot_be_one_is_refused_unseen(
        self, httpserver: HTTPServer, fetched: Fetched, key: str
    ) -> None:
        """A pasted line break would end up in an error of the HTTP library."""
        with pytest.raises(UsageError, match=r"^OPENROUTER_API_KEY has characters") as caught:
            fetched("openrouter", self.serve(httpserver) | {"OPENROUTER_API_KEY": key})
        assert CANARY not in caught.value.message + caught.value.hint
        assert not httpserver.log

    @pytest.mark.parametrize("base", ["openrouter.example/api", "ftp://h", "http://[", "http://h:99999", "https://"])
    def test_a_base_that_is_no_address(self, fetched: Fetched, base: str) -> None:
        """The variable is named."""
        with pytest.raises(UsageError, match="OPENROUTER_API_BASE is no http"):
            fetched("openrouter", {"OPENROUTER_API_BASE": base})


class TestPages:
    """Links to the next page."""

    @pytest.mark.parametrize("absolute", [False, True])
    def test_they_are_followed_with_the_key(self, httpserver: HTTPServer, fetched: Fetched, absolute: bool) -> None:
        """Relative or absolute, within the same origin, until there is none."""
        start = httpserver.url_for("/api") if absolute else ""
        for number, following in ((1, f"{start}/models?offset=1" if absolute else "models?offset=1"), (2, None)):
            query = {"output_modalities": "all"} if number == 1 else {"offset": "1"}
            httpserver.expect_request("/api/models", query_string=query).respond_with_data(
                page(f"a/m{number}", following=following), content_type="application/json"
            )
        environment = {"OPENROUTER_API_BASE": httpserver.url_for("/api"), "OPENROUTER_API_KEY": CANARY}
        listing = fetched("openrouter", environment)
        assert [record.id for record in listing.records] == ["a/m1", "a/m2"]
        assert listing.complete
        assert [request.headers["Authorization"] for request, _ in httpserver.log] == [f"Bearer {CANARY}"] * 2

    @pytest.mark.parametrize(
        "link",
        [
            "http://127.0.0.1:1/models",
            "//evil.example/x",
            "https://localhost/models",
            "file:///etc/passwd",
            "http://[",
            "http://h:99999/",
        ],
    )
    def test_another_host_is_refused(self, httpserver: HTTPServer, fetched: Fetched, link: str) -> None:
        """The key must not travel: nothing is fetched there, and nothing is half read."""
        httpserver.expect_request("/models").respond_with_data(
            page("a/b", following=link), content_type="application/json"
        )
        with pytest.raises(NothingFetched, match=r"^the next page of http://localhost") as caught:
            fetched("openrouter", {"OPENROUTER_API_BASE": httpserver.url_for("/"), "OPENROUTER_API_KEY": CANARY})
        assert CANARY not in str(caught.value)
        assert len(httpserver.log) == 1

    def test_a_circle_ends(self) -> None:
        """A page that leads to itself is given up after a bound."""
        asked: list[str] = []

        def send(call: Call) -> Response:
            asked.append(call.request.url)
            return Response(200, {}, page("a/b", following="?again").encode())

        with pytest.raises(NothingFetched, match=f"goes on after {MAX_PAGES} pages"):
            fetch("http://localhost/models", Surroundings({}, "2026-03-01", BytesIO(), send))
        assert len(asked) == MAX_PAGES

    def test_nothing_is_ever_heard(self) -> None:
        """A name server that never answers: the deadline ends it, and nobody waits for the thread."""
        never = Event()

        def send(_: Call) -> Response:
            never.wait(60)
            return Response(200, {}, LIST)

        with pytest.raises(NothingFetched, match=r"^http://localhost/models took longer than 0.1 s"):
            fetch("http://localhost/models", Surroundings({}, "2026-03-01", BytesIO(), send, Limits(total=0.1)))
        assert not never.is_set()
        never.set()

    def test_a_missing_page_is_no_listing(self, httpserver: HTTPServer, fetched: Fetched) -> None:
        """An error on the second page costs the whole listing: half of one would look like deletions."""
        httpserver.expect_request("/models", query_string="").respond_with_data(
            page("a/b", following="/models?offset=1")
        )
        httpserver.expect_request("/models", query_string="offset=1").respond_with_data("", status=404)
        with pytest.raises(NothingFetched, match="answered HTTP 404"):
            fetched(httpserver.url_for("/models"))


class TestAddresses:
    """`--source http://…`."""

    def test_no_key_goes_there(self, httpserver: HTTPServer, fetched: Fetched) -> None:
        """OpenRouter's key belongs to OpenRouter."""
        httpserver.expect_request("/list.json").respond_with_data(LIST)
        fetched(httpserver.url_for("/list.json"), {"OPENROUTER_API_KEY": CANARY})
        assert CANARY not in str(httpserver.log[0][0].headers)

    def test_it_is_named_without_its_secrets(self, httpserver: HTTPServer, fetched: Fetched) -> None:
        """The name goes into plans and locks; user, password and query do not."""
        httpserver.expect_request("/list.json").respond_with_data(LIST)
        address = httpserver.url_for("/list.json")
        listing = fetched(address.replace("http://", f"HTTP://me:{CANARY}@") + f"?key={CANARY}")
        assert listing.source == address
        assert httpserver.log[0][0].args["key"] == CANARY

    @pytest.mark.parametrize(
        "body", [b"", b"<!doctype html><title>Sign in</title>", b"null", b'{"error": {"code": 401}}']
    )
    def test_200_with_anything_else_is_no_listing(self, httpserver: HTTPServer, fetched: Fetched, body: bytes) -> None:
        """A captive portal, an empty answer, an error with the wrong status."""
        httpserver.expect_request("/list.json").respond_with_data(body)
        with pytest.raises(NothingFetched, match=r"not a model list|the answer is|answered with (nothing|a web page)"):
            fetched(httpserver.url_for("/list.json"))

    @pytest.mark.parametrize("address", ["http://", "https://[", "http://h:99999/x", f"http://me:{CANARY}@"])
    def test_a_malformed_one_is_a_usage_error(self, fetched: Fetched, address: str) -> None:
        """Before anything is tried."""
        with pytest.raises(UsageError, match="--source is no http") as caught:
            fetched(address)
        assert CANARY not in str(caught.value)


class TestFiles:
    """Files, pipes and what only looks like them."""

    def test_a_file(self, tmp_path: Path, fetched: Fetched) -> None:
        """Named without the folder, which is this machine's business."""
        path = tmp_path / "models.json"
        path.write_bytes(LIST)
        listing = fetched(str(path))
        assert (listing.source, len(listing.records), listing.complete) == ("models.json", 1, True)

    @pytest.mark.parametrize(
        ("written", "day"),
        [
            ("2026-02-27T23:59:59+00:00", "2026-02-27"),
            ("2026-02-28T01:00:00+02:00", "2026-02-27"),
            ("2026-02-28T23:59:59.9+00:00", "2026-02-28"),
            ("2026-03-01T00:00:00+00:00", "2026-03-01"),
            ("2031-01-01T00:00:00+00:00", "2026-03-01"),
            ("1960-01-01T00:00:00+00:00", "1970-01-01"),
        ],
    )
    def test_a_file_is_of_the_day_it_was_written(
        self, tmp_path: Path, fetched: Fetched, written: str, day: str
    ) -> None:
        """In UTC, as every day in a lock; a clock that was ahead makes it no newer than today."""
        path = tmp_path / "models.json"
        path.write_bytes(LIST)
        seconds = datetime.fromisoformat(written).timestamp()
        os.utime(path, (seconds, seconds))
        assert fetched(str(path)).day == day

    def test_standard_input(self, fetched: Fetched) -> None:
        """`-`; nobody knows how old that is."""
        listing = fetched("-", stdin=LIST)
        assert (listing.source, listing.day) == ("standard input", "2026-03-01")
        with pytest.raises(NothingFetched, match=r"^standard input is not a model list"):
            fetched("-", stdin=b"")

    def test_a_pipe(self, fetched: Fetched) -> None:
        """As a shell's `<(…)` makes one."""
        reading, writing = os.pipe()
        os.write(writing, LIST)
        os.close(writing)
        listing = fetched(f"/dev/fd/{reading}")
        assert (len(listing.records), listing.day) == (1, "2026-03-01")
        os.close(reading)

    @pytest.mark.parametrize("name", ["nowhere.json", "openrouterr", "\0", "a/b/c"])
    def test_none_of_that_name(self, fetched: Fetched, name: str) -> None:
        """A usage error that lists what a source can be."""
        with pytest.raises(UsageError, match="no such source") as caught:
            fetched(name)
        assert "snapshot" in caught.value.hint

    def test_a_folder(self, tmp_path: Path, fetched: Fetched) -> None:
        """Says that it is one."""
        with pytest.raises(NothingFetched, match="Is a directory"):
            fetched(str(tmp_path))

    def test_a_file_without_end(self, fetched: Fetched) -> None:
        """A device that never ends is given up at the bound."""
        with pytest.raises(NothingFetched, match="larger than 256 MiB"):
            fetched("/dev/zero")

    def test_the_snapshot(self, fetched: Fetched) -> None:
        """It is of its own day, whatever day it is."""
        listing = fetched("snapshot")
        assert (listing.source, listing.day, listing.complete) == ("snapshot", snapshot_day(), True)
        assert listing.day != "2026-03-01"
