"""Anthropic's list: pages, limits, capabilities, lifecycle."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelsync.domain.served import Served
from modelsync.sources.anthropic import API

# file: ids with the day, the limits and the number of stated features
RECORDED: dict[str, dict[str, tuple[str, int | None, int | None]]] = {
    "models.2025-07-23T0430Z": {
        "claude-opus-4-20250514": ("2025-05-22", None, None),
        "claude-sonnet-4-20250514": ("2025-05-22", None, None),
        "claude-3-7-sonnet-20250219": ("2025-02-24", None, None),
        "claude-3-5-sonnet-20241022": ("2024-10-22", None, None),
        "claude-3-5-haiku-20241022": ("2024-10-22", None, None),
        "claude-3-5-sonnet-20240620": ("2024-06-20", None, None),
        "claude-3-haiku-20240307": ("2024-03-07", None, None),
        "claude-3-opus-20240229": ("2024-02-29", None, None),
    },
    "models.2026-01-09T1557Z": {
        "claude-opus-4-5-20251101": ("2025-11-24", None, None),
        "claude-haiku-4-5-20251001": ("2025-10-15", None, None),
        "claude-sonnet-4-5-20250929": ("2025-09-29", None, None),
        "claude-opus-4-1-20250805": ("2025-08-05", None, None),
        "claude-opus-4-20250514": ("2025-05-22", None, None),
        "claude-sonnet-4-20250514": ("2025-05-22", None, None),
        "claude-3-7-sonnet-20250219": ("2025-02-24", None, None),
        "claude-3-5-haiku-20241022": ("2024-10-22", None, None),
        "claude-3-haiku-20240307": ("2024-03-07", None, None),
    },
    "models.with-capabilities.2026-04-17": {
        "claude-opus-4-7": ("2026-04-14", 1000000, 128000),
        "claude-sonnet-4-6": ("2026-02-17", 1000000, 128000),
        "claude-opus-4-6": ("2026-02-04", 1000000, 128000),
        "claude-opus-4-5-20251101": ("2025-11-24", 200000, 64000),
        "claude-haiku-4-5-20251001": ("2025-10-15", 200000, 64000),
        "claude-sonnet-4-5-20250929": ("2025-09-29", 1000000, 64000),
        "claude-opus-4-1-20250805": ("2025-08-05", 200000, 32000),
        "claude-opus-4-20250514": ("2025-05-22", 200000, 32000),
        "claude-sonnet-4-20250514": ("2025-05-22", 1000000, 64000),
    },
    "models.lifecycle-fields.SYNTHETIC": {
        "claude-opus-4-7": ("2026-04-14", 1000000, 128000),
        "claude-sonnet-4-6": ("2026-02-17", 1000000, 128000),
        "claude-sonnet-4-20250514": ("2025-05-22", 1000000, 64000),
        "claude-unknown-epoch": ("", None, None),
    },
}


def read(shared_data: Path, name: str) -> bytes:
    """Return a recorded body."""
    return (shared_data / "anthropic" / f"{name}.json").read_bytes()


def body(*ids: str, **envelope: object) -> bytes:
    """Make a page."""
    return json.dumps({"data": [{"type": "model", "id": name} for name in ids]} | envelope).encode()


class TestRecorded:
    """Every recorded body, and those written from the schema."""

    @pytest.mark.parametrize("name", RECORDED)
    def test_ids_days_and_limits(self, shared_data: Path, said: Callable[..., Any], name: str) -> None:
        """Older answers state no limits; the epoch is no day."""
        talk = said(API, read(shared_data, name))
        found = {model.id: (model.created, model.context_length, model.max_output_tokens) for model in talk.list.models}
        assert found == RECORDED[name]
        assert talk.list.complete
        assert not talk.list.quarantined
        assert talk.kinds == {"": len(found)}

    def test_names(self, shared_data: Path, said: Callable[..., Any]) -> None:
        """As Anthropic displays them."""
        models = said(API, read(shared_data, "models.2025-07-23T0430Z")).models
        assert models["claude-3-5-sonnet-20240620"].name == "Claude Sonnet 3.5 (Old)"

    def test_capabilities(self, shared_data: Path, said: Callable[..., Any]) -> None:
        """What is stated to be supported, and what is stated not to be: two models of May 2025 have no structured outputs."""
        models = said(API, read(shared_data, "models.with-capabilities.2026-04-17")).models
        everything = {"vision", "multimodal", "file_input", "structured_outputs", "reasoning"}
        for name, model in models.items():
            older = name in ("claude-opus-4-20250514", "claude-sonnet-4-20250514")
            assert model.features == everything - ({"structured_outputs"} if older else set())
            assert model.lacks == ({"structured_outputs"} if older else set())

    def test_lifecycle(self, shared_data: Path, said: Callable[..., Any]) -> None:
        """Active and deprecated are both served; a day of retirement belongs to the second."""
        talk = said(API, read(shared_data, "models.lifecycle-fields.SYNTHETIC"))
        assert {model.id: (model.lifecycle, model.retires) for model in talk.list.models} == {
            "claude-opus-4-7": ("active", ""),
            "claude-sonnet-4-20250514": ("deprecated", "2026-06-15"),
            "claude-sonnet-4-6": ("active", ""),
            "claude-unknown-epoch": ("active", ""),
        }
        assert "web_search" in talk.models["claude-opus-4-7"].features
        assert talk.models["claude-unknown-epoch"] == Served(
            "claude-unknown-epoch", name="Epoch date, null limits", lifecycle="active"
        )

    def test_two_pages(self, shared_data: Path, said: Callable[..., Any]) -> None:
        """Five models and four, asked for 1000 at a time and after the last one seen."""
        talk = said(API, read(shared_data, "models.page1.SYNTHETIC"), read(shared_data, "models.page2.SYNTHETIC"))
        assert set(talk.models) == set(RECORDED["models.with-capabilities.2026-04-17"])
        assert talk.list.complete
        assert talk.urls == ["/v1/models?limit=1000", "/v1/models?limit=1000&after_id=claude-haiku-4-5-20251001"]

    def test_page_two_missing(self, shared_data: Path, said: Callable[..., Any]) -> None:
        """What came is kept, and known not to be all."""
        talk = said(API, read(shared_data, "models.page1.SYNTHETIC"))
        assert len(talk.list.models) == 5
        assert (talk.list.complete, talk.list.incomplete_because) == (False, "page 2 did not arrive")

    def test_empty(self, shared_data: Path, said: Callable[..., Any]) -> None:
        """No models: a list that proves nothing."""
        empty = said(API, read(shared_data, "models.empty.SYNTHETIC")).list
        assert (empty.models, empty.incomplete_because) == ((), "it lists no models")


class TestPages:
    """The default limit of 20, and pages that lead nowhere."""

    FIRST = tuple(f"claude-{number}" for number in range(20))

    def test_a_page_of_the_default_limit_is_not_the_whole(self, said: Callable[..., Any]) -> None:
        """A server that ignores `limit` is asked on, until it has no more."""
        talk = said(
            API, body(*self.FIRST, has_more=True, last_id="claude-19"), body("claude-20", has_more=False, last_id="claude-20")
        )  # fmt: skip
        assert (len(talk.list.models), talk.list.complete) == (21, True)

    @pytest.mark.parametrize(
        ("envelope", "because"),
        [
            ({"has_more": True, "last_id": "claude-19"}, "page 2 did not arrive"),
            ({"has_more": True, "last_id": None}, "there is more, but nothing says where"),
            ({"has_more": True, "last_id": ""}, "there is more, but nothing says where"),
            ({"has_more": True}, "there is more, but nothing says where"),
            ({}, "there is more, but nothing says where"),
            ({"last_id": "claude-19"}, "page 2 did not arrive"),
            ({"has_more": False, "last_id": "claude-19"}, ""),
            ({"has_more": False}, ""),
        ],
    )
    def test_twenty_models(self, said: Callable[..., Any], envelope: dict[str, object], because: str) -> None:
        """Exactly twenty are all only if the answer says so."""
        talk = said(API, body(*self.FIRST, **envelope))
        assert (talk.list.incomplete_because, talk.list.complete) == (because, not because)
        assert len(talk.list.models) == 20

    def test_a_cursor_twice(self, said: Callable[..., Any]) -> None:
        """Pages that go in circles end at once."""
        talk = said(API, *[body("claude-a", has_more=True, last_id="claude-a")] * 9)
        assert talk.list.incomplete_because == "its pages go in circles"
        assert len(talk.rounds) == 2

    def test_pages_without_end(self, talk: Callable[..., Any]) -> None:
        """A hundred pages, and no more."""
        numbers = iter(range(1000))

        def answer(_: object) -> bytes:
            name = f"claude-{next(numbers)}"
            return body(name, has_more=True, last_id=name)

        found = talk(API, answer)
        assert found.list.incomplete_because == "it goes on after 100 pages"
        assert len(found.list.models) == len(found.rounds) == 100

    def test_a_cursor_is_quoted(self, said: Callable[..., Any]) -> None:
        """Whatever a cursor holds, it stays one parameter of the same address."""
        talk = said(API, body("claude-a", has_more=True, last_id="a&limit=1/../?x#y"))
        assert talk.urls[1] == "/v1/models?limit=1000&after_id=a%26limit%3D1%2F..%2F%3Fx%23y"


class TestFacts:
    """What the schema allows and nobody wants to trip over."""

    @pytest.mark.parametrize(
        "facts",
        [
            {"capabilities": None},
            {"capabilities": {}},
            {"capabilities": {"image_input": None, "thinking": {}, "server_tools": {"web_search": None}, "new": {"x": 1}}},
            {"max_input_tokens": 0, "max_tokens": None, "created_at": "soon", "retires_at": "2098-12-31T00:00:00Z"},
            {"max_input_tokens": True, "max_tokens": "64000", "created_at": 0, "retires_at": ["2026"], "lifecycle": "new"},
            {"max_input_tokens": 1e300, "max_tokens": -1, "created_at": None, "lifecycle": ["active"], "line": {}},
        ],
        ids=str,
    )  # fmt: skip
    def test_what_is_not_stated_is_unknown(self, said: Callable[..., Any], facts: dict[str, object]) -> None:
        """Null, empty, unheard-of: the model is served, and nothing else is known."""
        talk = said(API, json.dumps({"data": [{"id": "claude-x"} | facts], "has_more": False}).encode())
        assert talk.list.models == (Served("claude-x"),)

    def test_lacking(self, said: Callable[..., Any]) -> None:
        """`supported: false` is a fact; what reads no images may still read something else than text."""
        record = {
            "id": "claude-x",
            "capabilities": {"image_input": {"supported": False}, "thinking": {"supported": True}},
        }
        talk = said(API, json.dumps({"data": [record], "has_more": False}).encode())
        assert (talk.models["claude-x"].features, talk.models["claude-x"].lacks) == ({"reasoning"}, {"vision"})

    def test_lifecycle_is_the_signal(self, said: Callable[..., Any]) -> None:
        """A day in the past with an active lifecycle is still served."""
        record = {"id": "claude-x", "lifecycle": "active", "retires_at": "2026-01-02T03:04:05Z"}
        talk = said(API, json.dumps({"data": [record], "has_more": False}).encode())
        assert (talk.models["claude-x"].lifecycle, talk.models["claude-x"].retires) == ("active", "2026-01-02")


def test_how_it_is_asked(talk: Callable[..., Any]) -> None:
    """A version on every request; a key in its own header, a gateway's token as a bearer; a base URL without the version."""
    found = talk(API, lambda _: body("claude-x", has_more=False), headers={"x-api-key": "k"})
    assert dict(found.rounds[0][0].headers) == {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    assert API.sign("k", "ANTHROPIC_API_KEY") == API.sign("k", "") == {"x-api-key": "k"}
    assert API.sign("k", "ANTHROPIC_AUTH_TOKEN") == {"Authorization": "Bearer k"}
    assert {API.spell(f"https://proxy.test{path}") for path in ("", "/", "/v1", "/v1/")} == {"https://proxy.test"}
