"""What all providers' lists have in common: errors, damage, duplicates, order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.domain.served import ServedList
from modelsync.errors import NothingFetched
from modelsync.sources.api import Api, Request, reason
from modelsync.sources.registry import APIS

# error body: the word by which it names itself
WORDS = {
    "anthropic-400": "invalid_request_error", "anthropic-401": "authentication_error", "anthropic-403.SYNTHETIC": "permission_error",
    "anthropic-404.SYNTHETIC": "not_found_error", "anthropic-429.SYNTHETIC": "rate_limit_error", "anthropic-500.SYNTHETIC": "api_error",
    "anthropic-529.SYNTHETIC": "overloaded_error",
    "azure-401": "", "azure-429": "RateLimitReached", "bedrock-403": "", "cohere-401": "", "deepseek-401": "invalid_request_error",
    "gemini-400-invalid-key": "API_KEY_INVALID", "gemini-403-no-key.REPORTED": "PERMISSION_DENIED", "gemini-404.SYNTHETIC": "NOT_FOUND",
    "gemini-429": "RESOURCE_EXHAUSTED", "gemini-503.SYNTHETIC": "UNAVAILABLE",
    "gpustack-401.2026-02-10T0945Z": "Unauthorized", "html-502.SYNTHETIC": "", "mistral-401": "",
    "ollama-404.SYNTHETIC": "", "ollama-cloud-400": "invalid_request_error", "ollama-cloud-401": "api_error",
    "openai-401": "invalid_api_key", "openai-403.SYNTHETIC": "insufficient_permissions", "openai-404.SYNTHETIC": "model_not_found",
    "openai-429.SYNTHETIC": "rate_limit_exceeded", "openai-500.SYNTHETIC": "server_error", "openai-503.SYNTHETIC": "server_error",
    "openrouter-400.SYNTHETIC": "", "openrouter-401": "", "openrouter-403.SYNTHETIC": "", "openrouter-404.SYNTHETIC": "",
    "openrouter-429.SYNTHETIC": "", "openrouter-500.SYNTHETIC": "", "perplexity-401": "invalid_api_key", "xai-400-invalid-key": "invalid-argument",
}  # fmt: skip
REFUSALS = {"anthropic": "anthropic-401", "mistral": "mistral-401", "ollama": "ollama-cloud-401", "openai": "openai-401", "openrouter": "openrouter-401"}  # fmt: skip

# provider: the field of the records, the field of their ids, what stands before an id
SHAPES = {
    "openai": ("data", "id", ""),
    "anthropic": ("data", "id", ""),
    "gemini": ("models", "name", "models/"),
    "ollama": ("models", "name", ""),
    "mistral": ("data", "id", ""),
    "xai": ("data", "id", ""),
}
every_shape = pytest.mark.parametrize("name", SHAPES)
every_api = pytest.mark.parametrize("name", APIS)


def page(name: str, records: list[Any], **envelope: object) -> bytes:
    """Make the answer of a provider from records whose ids stand under `id`."""
    field, key, prefix = SHAPES[name]
    spelled = [_spelled(record, key, prefix) for record in records]
    return json.dumps({field: spelled} | envelope).encode()


def _spelled(record: Any, key: str, prefix: str) -> Any:
    if not isinstance(record, dict) or "id" not in record:
        return record
    name = record["id"]
    return {field: value for field, value in record.items() if field != "id"} | {
        key: prefix + name if isinstance(name, str) else name
    }


def ids(listed: ServedList) -> list[str]:
    """The ids of a list."""
    return [model.id for model in listed.models]


class TestRegistry:
    """The providers."""

    def test_names(self) -> None:
        """Each is under its own name, in the order in which they are shown."""
        assert {name: api.display for name, api in APIS.items()} == {
            "openai": "OpenAI", "anthropic": "Anthropic", "gemini": "Gemini", "openrouter": "OpenRouter", "ollama": "Ollama", "mistral": "Mistral", "xai": "xAI",
        }  # fmt: skip
        assert [api.name for api in APIS.values()] == list(APIS)

    @every_api
    def test_addresses(self, name: str) -> None:
        """A base URL over https (a server of one's own aside) means itself, and some variable overrides it."""
        api = APIS[name]
        assert api.spell(api.base) == api.spell(f" {api.base}/ ") == api.base
        assert api.base.startswith("https://") or name == "ollama"
        assert api.key_variables
        assert api.base_variables

    @every_api
    def test_a_key_is_in_headers_only(self, name: str) -> None:
        """Not in the first request's address, nor in its body."""
        api = APIS[name]
        headers = api.sign("CANARY", api.key_variables[0])
        (request, *_) = next(api.ask(api.base, headers, "2026-09-01"))
        assert "CANARY" in str(headers)
        assert "CANARY" not in request.url + str(request.body)

    @every_api
    def test_the_first_request_must_succeed(self, name: str) -> None:
        """Without it there is no list at all."""
        requests = next(APIS[name].ask("https://provider.test", {}, "2026-09-01"))
        assert not requests[0].optional


class TestErrors:
    """Bodies that are no list."""

    @every_api
    def test_recorded_errors_are_no_lists(self, shared_data: Path, said: Callable[..., Any], name: str) -> None:
        """Should one come with HTTP 200, it is an error, told in the provider's own word and no other of it."""
        api = APIS[name]
        for error, word in WORDS.items():
            body = (shared_data / "errors" / f"{error}.json").read_bytes()
            with pytest.raises(NothingFetched) as caught:
                said(api, body)
            but = f", but with {word}" if word else ""
            assert str(caught.value) == f"{api.display} did not answer with a model list{but}"

    def test_every_recorded_error_is_in_the_table(self, shared_data: Path) -> None:
        """None is forgotten."""
        found = {path.name[:-5] for path in (shared_data / "errors").glob("*.json") if "headers" not in path.name}
        assert found == set(WORDS)

    @pytest.mark.parametrize("name", REFUSALS)
    def test_recorded_refusals(self, shared_data: Path, name: str) -> None:
        """401 says that the key is bad, whatever the body."""
        body = (shared_data / "errors" / f"{REFUSALS[name]}.json").read_bytes()
        assert APIS[name].refuses_key(401, body)
        assert not APIS[name].refuses_key(403, body)
        assert not APIS[name].refuses_key(429, body)
        assert APIS[name].retry_after(body) is None

    @every_api
    @pytest.mark.parametrize(
        "body",
        [b"", b"null", b"[]", b"42", b'"x"', b"<!doctype html><p>Sign in", b'{"object": "list"}', b'{"data": {}, "models": {}}', b'{"data": "x", "models": "x"}', b'{"data": [, "models": [', b"\xff\xfe\x00", b"{'data': []}", b'{"a":' * 200_000],
        ids=lambda body: ascii(body[:20]),
    )  # fmt: skip
    def test_no_lists(self, said: Callable[..., Any], name: str, body: bytes) -> None:
        """Nothing else is taken for an empty list."""
        with pytest.raises(NothingFetched, match=r"did not answer with a model list$"):
            said(APIS[name], body)

    @pytest.mark.parametrize(
        ("body", "word"),
        [
            (b'{"error": {"code": "invalid_api_key", "type": "x_y"}}', "invalid_api_key"),
            (b'{"error": {"code": null, "type": "server_error"}}', "server_error"),
            (b'{"error": {"code": "sk-proj-1234567890abcdef", "type": "api_error"}}', "api_error"),
            (b'{"error": {"code": "AbCdEfGhIjKlMnOpQrStUvWxYz"}}', ""),
            (b'{"error": {"code": "see https://x.test"}}', ""),
            (b'{"error": {"code": "\\u001b[31mred"}}', ""),
            (b'{"error": {"message": "invalid"}}', ""),
            (b'{"error": {"details": [1, null, {"reason": "QUOTA"}], "status": "S_S"}}', "QUOTA"),
            (b'{"type": "error", "error": {"type": "overloaded_error"}}', "overloaded_error"),
            (b'{"error": "nope", "code": "not-here"}', "not-here"),
            (b'{"error": ["x"]}', ""),
            (b"NaN", ""),
            (b"[" * 100_000, ""),
        ],
        ids=lambda body: ascii(body[:40]),
    )
    def test_words(self, body: bytes, word: str) -> None:
        """Words are letters and few; nothing that could be a key or a sentence is one."""
        assert reason(body) == word


class TestDamage:
    """One bad record never costs the list."""

    @every_shape
    @pytest.mark.parametrize(
        "bad", [5, None, True, [], {}, "", "../x", "a b", "a\n", "a/../b", "/a", "a\x1b[31m", "\u0430", "a" * 300, "a::::b"], ids=ascii
    )  # fmt: skip
    def test_without_a_usable_id(self, said: Callable[..., Any], name: str, bad: object) -> None:
        """Who knows which model it was: the list is not complete."""
        listed = said(APIS[name], page(name, [{"id": bad}, {"id": "good"}])).list
        assert ids(listed) == ["good"]
        assert [record.by_id for record in listed.quarantined] == [True]
        assert listed.quarantined[0].subject.isascii()
        assert len(listed.quarantined[0].subject) < 250
        assert listed.incomplete_because == "1 record had no usable id"

    @every_shape
    @pytest.mark.parametrize("bad", [None, 1, "x", [], [[]], True, {}])
    def test_what_is_no_record(self, said: Callable[..., Any], name: str, bad: object) -> None:
        """It is counted."""
        listed = said(APIS[name], page(name, [bad, {"id": "good"}])).list
        assert (ids(listed), len(listed.quarantined), listed.complete) == (["good"], 1, False)

    @pytest.mark.parametrize(
        ("name", "facts"),
        [
            ("anthropic", {"display_name": 5}), ("anthropic", {"capabilities": "all"}), ("anthropic", {"capabilities": {"thinking": {"supported": "yes"}}}),
            ("gemini", {"supportedGenerationMethods": "generateContent"}), ("gemini", {"displayName": {}}),
            ("ollama", {"digest": 5}), ("ollama", {"details": []}), ("mistral", {"capabilities": []}), ("mistral", {"aliases": "x"}),
            ("xai", {"aliases": {}}),
        ],
        ids=str,
    )  # fmt: skip
    def test_wrong_types_cost_the_facts(self, said: Callable[..., Any], name: str, facts: dict[str, object]) -> None:
        """The model is served: that much is known of it, and the reason is told."""
        listed = said(APIS[name], page(name, [{"id": "bad"} | facts, {"id": "good"}])).list
        assert ids(listed) == ["bad", "good"]
        assert listed.models[0].kind == "other"
        assert [(record.by_id, record.subject.endswith("bad")) for record in listed.quarantined] == [(False, True)]
        assert listed.complete

    @every_shape
    @pytest.mark.parametrize(
        "bad", ["NaN", "-Infinity", "1e400", "9" * 5000, '"\\ud800"', '"\udce9"'], ids=lambda bad: ascii(bad[:9])
    )
    def test_json_that_only_lax_readers_take(self, said: Callable[..., Any], name: str, bad: str) -> None:
        """At worst it spoils the facts of its record; the list is whole."""
        body = page(name, [{"id": "bad", "x": "SPOT"}, {"id": "good"}]).replace(b'"SPOT"', bad.encode("utf-8", "surrogateescape"))  # fmt: skip
        listed = said(APIS[name], body).list
        assert ids(listed) == ["bad", "good"]
        assert listed.complete

    @every_shape
    def test_a_byte_order_mark_and_extra_keys(self, said: Callable[..., Any], name: str) -> None:
        """Are read over."""
        body = b"\xef\xbb\xbf" + page(
            name, [{"id": "good", "new": {"deep": [1]}}], new=[1], object=None, links={"x": 1}
        )
        assert ids(said(APIS[name], body).list) == ["good"]

    @every_shape
    def test_null_is_an_empty_list(self, said: Callable[..., Any], name: str) -> None:
        """As some servers say it."""
        field = SHAPES[name][0]
        listed = said(APIS[name], json.dumps({field: None}).encode()).list
        assert listed.models == ()
        assert listed.complete is (name == "ollama")

    @every_shape
    def test_long_names_are_cut(self, said: Callable[..., Any], name: str) -> None:
        """Ten megabytes of name become one line."""
        long = "x" * 10_000_000
        listed = said(APIS[name], page(name, [{"id": "good", "display_name": long, "displayName": long}])).list
        assert len(listed.models[0].name) <= 200


class TestOrder:
    """The same records in any order are the same list."""

    RECORDS = st.lists(
        st.fixed_dictionaries(
            {"id": st.sampled_from(["a", "b", "c:latest", "ft:a:b::c", "../x", "models/a"])},
            optional={
                "created": st.sampled_from([0, 1750000000, 1760000000]),
                "display_name": st.sampled_from(["A", "B"]),
                "displayName": st.sampled_from(["A", "B", None]),
                "max_input_tokens": st.sampled_from([0, 10, 20]),
                "inputTokenLimit": st.sampled_from([10, 20]),
                "max_context_length": st.sampled_from([10, 20]),
                "context_length": st.sampled_from([10, 20]),
                "supportedGenerationMethods": st.sampled_from([["generateContent"], ["predict"], None, 5]),
                "thinking": st.booleans(),
                "lifecycle": st.sampled_from(["active", "deprecated"]),
                "shutdown_date": st.sampled_from([None, "2026-10-23", "2027-01-01"]),
                "digest": st.sampled_from(["", "d1", "d2"]),
                "name": st.sampled_from(["a", "b"]),
                "aliases": st.sampled_from([["a"], ["b"], []]),
                "capabilities": st.sampled_from([None, {"vision": True}, {"vision": False, "completion_chat": True}]),
            },
        ),
        max_size=6,
    )

    @every_shape
    @given(records=RECORDS, order=st.randoms(use_true_random=False))
    def test_shuffled(self, said: Callable[..., Any], name: str, records: list[dict[str, object]], order: Any) -> None:
        """Also with duplicates that contradict each other, and with records that cannot be used."""
        shuffled = list(records)
        order.shuffle(shuffled)
        one, other = (said(APIS[name], page(name, some)).list for some in (records, shuffled))
        assert one == other
        assert ids(one) == sorted(set(ids(one)))

    @every_shape
    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "data", "models", "capabilities", "aliases", "details", "created"]), inner, max_size=4)))  # fmt: skip
    def test_any_json(self, said: Callable[..., Any], name: str, tree: object) -> None:
        """Whatever a record is, the list accounts for it."""
        listed = said(APIS[name], page(name, [tree, {"id": "good"}])).list
        assert "good" in ids(listed)
        assert len(listed.models) + len(listed.quarantined) >= (1 if tree == {"id": "good"} else 2)

    @every_shape
    def test_the_digest_names_the_facts(self, said: Callable[..., Any], name: str) -> None:
        """Another model, another digest; another spelling of the same, the same."""
        api = APIS[name]
        one = page(name, [{"id": "a"}, {"id": "b"}])
        assert said(api, one).list.digest == said(api, one.replace(b", ", b",\n ")).list.digest
        assert said(api, one).list.digest != said(api, page(name, [{"id": "a"}])).list.digest
        assert said(api, one).list.digest.startswith("sha256:")


def test_a_request_is_a_value() -> None:
    """Two of the same are equal, whoever made them."""
    assert Request("https://x.test", {}) == Request("https://x.test", {}, None, optional=False)
    assert isinstance(APIS["openai"], Api)
