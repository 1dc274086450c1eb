"""What an answer must be to be read: JSON by type and by depth; and the limits that the environment may set."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.errors import NothingFetched, UsageError
from modelsync.fetch.exchange import MAX_DEPTH, Call, Limits, Manner, Response, json_body, limits_of, refuse_depth
from modelsync.sources.api import Request

LIST = b'{"data": []}'
JSON = st.recursive(
    st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


def body_of(response: Response, provider: str = "", key_from: str = "") -> bytes:
    """Judge an answer."""
    call = Call(
        Request("https://me:x@api.example/models?key=x", {}), Manner(provider, key_from=key_from), time.monotonic(), 0
    )
    return json_body(call, response)


class TestTypes:
    """`Content-Type`."""

    @pytest.mark.parametrize(
        "kind", ["application/json", "Application/JSON; charset=utf-8", "text/json", "application/vnd.api+json", ""]
    )
    @pytest.mark.parametrize("provider", ["openai", ""])
    def test_json(self, kind: str, provider: str) -> None:
        """However it is spelled; also where the server does not say."""
        assert body_of(Response(200, {"content-type": kind}, LIST), provider) == LIST

    @pytest.mark.parametrize("kind", ["text/plain; charset=utf-8", "application/octet-stream", "binary/octet-stream"])
    def test_files(self, kind: str) -> None:
        """A file server knows no better; a provider's API does."""
        assert body_of(Response(200, {"content-type": kind}, LIST)) == LIST
        with pytest.raises(NothingFetched, match="not with JSON"):
            body_of(Response(200, {"content-type": kind}, LIST), "openai")

    @pytest.mark.parametrize("kind", ["text/html", "application/xhtml+xml", "text/plain", "application/json"])
    def test_a_web_page(self, kind: str) -> None:
        """Has a message of its own, whatever it calls itself."""
        with pytest.raises(NothingFetched, match=r"^https://api.example/models answered with a web page") as caught:
            body_of(Response(200, {"content-type": kind}, b"\n <html>"))
        assert "sign-in page" in caught.value.hint

    @pytest.mark.parametrize("kind", ["image/png", "application/xml", "x\x1b[31m"])
    def test_anything_else(self, kind: str) -> None:
        """Is named, without its control characters."""
        with pytest.raises(NothingFetched, match="not with JSON") as caught:
            body_of(Response(200, {"content-type": kind}, LIST))
        assert caught.value.message.isprintable()


class TestErrors:
    """Other statuses."""

    def test_the_word_of_the_provider(self) -> None:
        """The short word by which an error names itself is shown; its message, which may repeat a key, is not."""
        body = b'{"error": {"type": "permission_error", "message": "key sk-1 may not"}}'
        with pytest.raises(NothingFetched) as caught:
            body_of(Response(403, {}, body), "anthropic")
        assert caught.value.message == "https://api.example/models answered HTTP 403 (permission_error)"

    def test_a_refused_key(self) -> None:
        """With a key it is the key's fault, and the hint says where it is from."""
        with pytest.raises(NothingFetched, match=r"refused the API key \(HTTP 401\)") as caught:
            body_of(Response(401, {}, b""), "openai", "OPENAI_API_KEY")
        assert caught.value.hint == "Check the key that OPENAI_API_KEY holds, or unset it."
        with pytest.raises(NothingFetched, match="answered HTTP 401"):
            body_of(Response(401, {}, b""), "openai")


def depth_of(value: Any) -> int:
    """Measure nesting the plain way."""
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


def is_refused(body: bytes) -> bool:
    """Say whether it is too deep."""
    try:
        refuse_depth(body, "it")
    except NothingFetched:
        return True
    return False


class TestDepth:
    """Nesting is measured before anything is decoded."""

    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"]}":', "}]")])
    def test_the_bound(self, opening: str, closing: str) -> None:
        """As deep as allowed passes, one level more does not, closed or not."""
        levels = len(opening.replace('"]}"', "").replace('"a"', "").replace(":", ""))
        most = MAX_DEPTH // levels
        for count in (most, most + 1):
            body = opening * count + "1" + closing * count
            assert is_refused(body.encode()) is is_refused((opening * count).encode()) is (count > most)

    @given(JSON, st.integers(0, MAX_DEPTH + 20), st.sampled_from([None, "\t"]))
    def test_it_is_the_decoded_value_s(self, value: Any, around: int, indent: str | None) -> None:
        """Brackets, quotes and backslashes in texts do not count."""
        for _ in range(around):
            value = [value]
        body = json.dumps(value, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")
        assert is_refused(body) is (depth_of(value) > MAX_DEPTH)

    @pytest.mark.parametrize("text", ['"', "\\", '\\"', "]", "[", '"[', "\\\\" * 7, "é["])
    @pytest.mark.parametrize("shift", range(4))
    def test_it_goes_on_over_the_edge_of_a_piece(self, text: str, shift: int) -> None:
        """A body is looked at a mebibyte at a time; a text or an escape may lie across."""
        value = ["x" * (2**20 - 8 + shift), text * 9, [text] * 3, "y" * 2**20, text]
        body = json.dumps(value, ensure_ascii=False).encode()
        assert not is_refused(body)
        assert is_refused(body[:-1] + b"," + b"[" * MAX_DEPTH)

    def test_backslashes_without_end(self) -> None:
        """What is no JSON is looked through once, and left to the decoder."""
        assert not is_refused(b'"' + b"\\" * (3 * 2**20))


class TestLimits:
    """`MODELSYNC_NETWORK_SECONDS`."""

    @pytest.mark.parametrize(("said", "total"), [("", 90), (" ", 90), ("5", 5), (" 0.5\n", 0.5), ("3600", 3600)])
    def test_the_total(self, said: str, total: float) -> None:
        """Seconds; blank is the default."""
        assert limits_of({"MODELSYNC_NETWORK_SECONDS": said}) == Limits(total=total)

    @pytest.mark.parametrize("said", ["x", "0", "-1", "nan", "inf", "3601", "1 s"])
    def test_anything_else(self, said: str) -> None:
        """Is refused."""
        with pytest.raises(UsageError, match="no number of seconds"):
            limits_of({"MODELSYNC_NETWORK_SECONDS": said})
