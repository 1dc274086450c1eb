"""xAI's two lists, asked for at once: every id, and what the text models read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelsync.domain.served import Served
from modelsync.errors import NothingFetched
from modelsync.sources.api import Request
from modelsync.sources.xai import API

EVERY = [
    {"id": "grok-4", "created": 1752019200, "object": "model", "owned_by": "xai"},
    {"id": "grok-4-latest", "created": 1752019200, "object": "model", "owned_by": "xai"},
    {"id": "grok-3-mini", "created": 1743724800, "context_length": 131072},
    {"id": "grok-2-image-1212", "created": 1736726400},
    {"id": "grok-imagine-video", "created": 1767225600},
    {"id": "grok-ears", "created": 0},
]
TEXTS = [
    {"id": "grok-4", "created": 1752019200, "input_modalities": ["text", "image"], "output_modalities": ["text"], "prompt_text_token_price": 30000, "aliases": ["grok-4-0709", "grok-4-latest"]},
    {"id": "grok-3-mini", "input_modalities": ["text"], "aliases": []},
]  # fmt: skip


def server(every: object, texts: object) -> Callable[[Request], bytes | None]:
    """Make a server with these two lists; None fails."""

    def answer(request: Request) -> bytes | None:
        if request.url.endswith("/language-models"):
            return None if texts is None else json.dumps({"models": texts}).encode()
        return json.dumps({"object": "list", "data": every}).encode()

    return answer


def test_both_lists_are_one(talk: Callable[..., Any]) -> None:
    """Days from one, inputs and aliases from the other; an alias that only the other names is served too."""
    found = talk(API, server(EVERY, TEXTS))
    reads = frozenset({"vision", "multimodal"})
    assert found.list.models == (
        Served("grok-2-image-1212", created="2025-01-13", kind="image"),
        Served("grok-3-mini", created="2025-04-04", context_length=131072),
        Served("grok-4", created="2025-07-09", features=reads),
        Served("grok-4-0709", features=reads, alias_of="grok-4"),
        Served("grok-4-latest", created="2025-07-09", features=reads, alias_of="grok-4"),
        Served("grok-ears", kind="other"),
        Served("grok-imagine-video", created="2026-01-01", kind="video"),
    )
    assert found.list.complete
    assert not found.list.notes
    assert [[request.url for request in requests] for requests in found.rounds] == [
        ["https://provider.test/base/models", "https://provider.test/base/language-models"]
    ]


def test_without_the_second(talk: Callable[..., Any]) -> None:
    """The ids are there, taken for text models, and a note says what is unknown."""
    found = talk(API, server(EVERY, None))
    assert found.kinds == {"": 4, "image": 1, "video": 1}
    assert len(found.list.notes) == 1
    assert found.list.complete


def test_two_answers_that_contradict(talk: Callable[..., Any]) -> None:
    """A text model with `image` in its id: what it is for is unclear, and said to be."""
    found = talk(API, server([{"id": "grok-image"}], [{"id": "grok-image"}]))
    assert found.models["grok-image"].kind == "other"
    assert len(found.list.notes) == 1


class TestErrors:
    """A bad key is a 400."""

    def test_recorded_refusal(self, shared_data: Path) -> None:
        """As recorded."""
        body = (shared_data / "errors" / "xai-400-invalid-key.json").read_bytes()
        assert API.refuses_key(400, body)
        assert not API.refuses_key(500, body)

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"error": {}}', b'{"code": "invalid-argument", "error": "No such path"}'])  # fmt: skip
    def test_another_400_is_not_the_keys_fault(self, body: bytes) -> None:
        """It says nothing of a key."""
        assert not API.refuses_key(400, body)

    def test_an_error_instead_of_the_second_list(self, said: Callable[..., Any]) -> None:
        """Is an error, of which the message is not repeated."""
        error = b'{"code": "internal-error", "error": "your key xai-1234"}'
        with pytest.raises(NothingFetched, match=r"^xAI did not answer with a model list, but with internal-error$"):
            said(API, b'{"data": []}', error)
