"""Identity: which upstream model an entry is. A wrong match is a wrong price."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.catalog.entries import Entry, Field
from modelsync.domain import fields
from modelsync.domain.listing import Listing, Record
from modelsync.domain.lock import LockEntry
from modelsync.normalize.upstream import normalize
from modelsync.planning.match import Index, Match, match, match_by_key
from modelsync.settings import Settings, policy, vendors
from modelsync.sources import openrouter

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = {"openai": "openai/", "anthropic": "anthropic/", "gemini": "google/", "openrouter": ""}


def index(provider: str, *slugs: str) -> Index:
    """Make the index of a provider whose upstream has these models."""
    settings = Settings()
    listing = Listing("test", tuple(Record(PREFIX[provider] + slug) for slug in slugs), "2026-03-01", "sha256:0")
    return Index(provider, normalize(listing, [provider], vendors(settings), policy(settings))[provider])


def entry(provider: str, model_id: str, key: str = "my-key") -> Entry:
    """Make an entry with a model id, or without one."""
    path = ("providers", provider, "models", key)
    return Entry(provider, key, path, {fields.MODEL: Field(model_id)} if model_id else {})


def found(result: Match) -> tuple[str, ...]:
    """Return the upstream ids of a match, without the vendor."""
    return tuple(model.upstream.partition("/")[2] for model in result.models)


EXACT, NORMALIZED, RULES = "exact id", "id after normalization", "the vendor's naming rules"

TABLE = [
    # provider, model id, upstream, what it is (None: nothing), how
    ("openai", "gpt-4o", ("gpt-4o",), "gpt-4o", EXACT),
    ("openai", "openai/gpt-4o", ("gpt-4o",), "gpt-4o", EXACT),
    ("openai", "GPT-4o", ("gpt-4o",), "gpt-4o", NORMALIZED),
    ("openai", "gpt-4-1", ("gpt-4.1",), "gpt-4.1", NORMALIZED),
    ("openai", "gpt-4.1", ("gpt-4.1", "gpt-4.1-mini"), "gpt-4.1", EXACT),
    ("openai", "gpt-4o-2024-05-13", ("gpt-4o",), None, ""),
    ("openai", "gpt-4o", ("gpt-4o-2024-05-13", "gpt-4o-2024-08-06"), None, ""),
    ("openai", "gpt-4o-2024-05-13", ("gpt-4o", "gpt-4o-2024-05-13"), "gpt-4o-2024-05-13", EXACT),
    ("openai", "gpt-4o-20240513", ("gpt-4o", "gpt-4o-2024-05-13"), None, ""),
    ("openai", "o4-mini", ("o4-mini-high",), None, ""),
    ("openai", "o4-mini-high", ("o4-mini",), None, ""),
    ("openai", "o4-mini-high", ("o4-mini", "o4-mini-high"), "o4-mini-high", EXACT),
    ("openai", "gpt-5-chat-latest", ("gpt-5-chat", "gpt-5"), None, ""),
    ("openai", "gpt-oss-120b", ("gpt-oss-120b:free",), None, ""),
    ("openai", "gpt-oss-120b-free", ("gpt-oss-120b:free",), None, ""),
    ("openai", "gpt-oss-120b:free", ("gpt-oss-120b:free", "gpt-oss-120b"), "gpt-oss-120b:free", EXACT),
    ("openai", "gpt-oss-120b:free", ("gpt-oss-120b",), None, ""),
    ("openai", "openai/gpt-oss-120b:free", ("gpt-oss-120b:free",), "gpt-oss-120b:free", EXACT),
    ("openai", "ft:gpt-4o:acme::1", ("gpt-4o",), None, ""),
    ("openai", "anthropic/claude-opus-5", ("gpt-4o",), None, ""),
    ("anthropic", "claude-3-5-haiku-20241022", ("claude-3.5-haiku",), "claude-3.5-haiku", RULES),
    ("anthropic", "claude-3-5-haiku", ("claude-3.5-haiku",), "claude-3.5-haiku", NORMALIZED),
    ("anthropic", "claude-3-5-haiku", ("claude-3.5-haiku-20241022",), "claude-3.5-haiku-20241022", RULES),
    ("anthropic", "claude-sonnet-4-5-20250929", ("claude-sonnet-4.5", "claude-sonnet-4"), "claude-sonnet-4.5", RULES),
    ("anthropic", "claude-sonnet-4-20250514", ("claude-sonnet-4.5", "claude-sonnet-4"), "claude-sonnet-4", RULES),
    ("anthropic", "claude-3-5-sonnet-20240620", ("claude-3.5-sonnet-20241022",), None, ""),
    ("anthropic", "claude-3-5-sonnet-20241022", ("claude-3.5-sonnet-20240620",), None, ""),
    ("anthropic", "claude-3-5-sonnet-20240620", ("claude-3.5-sonnet", "claude-3.5-sonnet-20240620"), "claude-3.5-sonnet-20240620", NORMALIZED),
    ("anthropic", "claude-3-5-sonnet-20241022", ("claude-3.5-sonnet", "claude-3.5-sonnet-20240620"), "claude-3.5-sonnet", RULES),
    ("anthropic", "claude-3-5-sonnet@20240620", ("claude-3.5-sonnet-20241022",), None, ""),
    ("anthropic", "claude-opus-4-6-fast", ("claude-opus-4.6",), None, ""),
    ("anthropic", "claude-opus-4-6", ("claude-opus-4.6-fast",), None, ""),
    ("anthropic", "claude-opus-4-6-fast", ("claude-opus-4.6", "claude-opus-4.6-fast"), "claude-opus-4.6-fast", NORMALIZED),
    ("anthropic", "claude-3.7-sonnet", ("claude-3.7-sonnet:thinking",), None, ""),
    ("anthropic", "claude-haiku-3-5", ("claude-3.5-haiku",), None, ""),
    ("gemini", "gemini-2.5-pro", ("gemini-2.5-pro",), "gemini-2.5-pro", EXACT),
    ("gemini", "models/gemini-2.5-pro", ("gemini-2.5-pro",), "gemini-2.5-pro", RULES),
    ("gemini", "google/gemini-2.5-pro", ("gemini-2.5-pro",), "gemini-2.5-pro", EXACT),
    ("gemini", "gemini-1.5-flash", ("gemini-flash-1.5", "gemini-flash-1.5-8b"), "gemini-flash-1.5", RULES),
    ("gemini", "models/gemini-1.5-flash-8b", ("gemini-flash-1.5", "gemini-flash-1.5-8b"), "gemini-flash-1.5-8b", RULES),
    ("gemini", "gemini-2.5-flash", ("gemini-2.5-flash-lite", "gemini-2.5-flash-image"), None, ""),
    ("gemini", "gemini-2.5-pro-preview-05-06", ("gemini-2.5-pro", "gemini-2.5-pro-preview"), None, ""),
    ("openrouter", "openai/gpt-4o", ("openai/gpt-4o", "openai/gpt-4o:free"), "gpt-4o", EXACT),
    ("openrouter", "openai/gpt-4o:free", ("openai/gpt-4o", "openai/gpt-4o:free"), "gpt-4o:free", EXACT),
    ("openrouter", "openai/gpt-4o:batch", ("openai/gpt-4o",), None, ""),
    ("openrouter", "gpt-4o", ("openai/gpt-4o",), None, ""),
    ("openrouter", "~openai/gpt-latest", ("~openai/gpt-latest", "openai/gpt-5"), "gpt-latest", EXACT),
    ("openrouter", "mistral/ministral-8b", ("mistralai/ministral-8b",), None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "model_id", "upstream", "is_", "how"), TABLE)
def test_table(provider: str, model_id: str, upstream: tuple[str, ...], is_: str | None, how: str) -> None:
    """First hit wins: exact, normalized, the vendor's rules; and what only looks alike is not matched."""
    result = match(entry(provider, model_id), index(provider, *upstream), None, {})
    assert found(result) == ((is_,) if is_ else ())
    assert result.how == how
    assert (result.model is None) is (is_ is None)


@pytest.mark.parametrize(("provider", "model_id", "upstream"), [row[:3] for row in TABLE])
def test_order_does_not_matter(provider: str, model_id: str, upstream: tuple[str, ...]) -> None:
    """The same models listed backwards, the same match."""
    one = match(entry(provider, model_id), index(provider, *upstream), None, {})
    assert one == match(entry(provider, model_id), index(provider, *reversed(upstream)), None, {})


class TestKey:
    """Only an entry without a model id is looked up by its key."""

    def test_the_id_decides(self) -> None:
        """`fast` may be any model; a key that is another model's name helps nobody."""
        upstream = index("openai", "gpt-4o", "gpt-4.1-mini")
        assert found(match(entry("openai", "gpt-4.1-mini", key="gpt-4o"), upstream, None, {})) == ("gpt-4.1-mini",)
        assert found(match(entry("openai", "my-own", key="gpt-4o"), upstream, None, {})) == ()

    def test_without_an_id(self) -> None:
        """The key stands in."""
        assert found(match(entry("openai", "", key="gpt-4-1-mini"), index("openai", "gpt-4.1-mini"), None, {})) == (
            "gpt-4.1-mini",
        )


class TestAmbiguous:
    """Never guessed."""

    def test_two_dated_releases(self) -> None:
        """An undated id that both could be."""
        result = match(
            entry("anthropic", "claude-9"), index("anthropic", "claude-9-20260101", "claude-9-20260201"), None, {}
        )
        assert (result.model, result.ambiguous, len(result.models)) == (None, True, 2)

    def test_one_of_the_exact_id_is_not(self) -> None:
        """An exact hit ends the search."""
        upstream = index("anthropic", "claude-9", "claude-9-20260101", "claude-9-20260201")
        assert found(match(entry("anthropic", "claude-9"), upstream, None, {})) == ("claude-9",)


class TestSettings:
    """A match that a person names."""

    def test_it_comes_first(self) -> None:
        """Before the id, and before the lock."""
        upstream = index("openai", "gpt-4o", "gpt-5")
        locked = LockEntry("openai/gpt-4o", "gpt-4o", {})
        result = match(entry("openai", "gpt-4o"), upstream, locked, {"openai/my-key": "openai/gpt-5"})
        assert (found(result), result.how) == (("gpt-5",), "the settings")

    def test_one_that_is_not_listed_is_gone(self) -> None:
        """Rather than replaced by what the id would match."""
        result = match(entry("openai", "gpt-4o"), index("openai", "gpt-4o"), None, {"openai/my-key": "openai/gpt-5"})
        assert (result.models, result.gone) == ((), "openai/gpt-5")


class TestLock:
    """The lock's match holds while the entry's id stays."""

    def test_it_holds(self) -> None:
        """Although the id would now match something else exactly."""
        upstream = index("anthropic", "claude-3.5-haiku", "claude-3-5-haiku-20241022")
        result = match(
            entry("anthropic", "claude-3-5-haiku-20241022"),
            upstream,
            LockEntry("anthropic/claude-3.5-haiku", "claude-3-5-haiku-20241022", {}),
            {},
        )
        assert (found(result), result.how, result.id_edited) == (("claude-3.5-haiku",), "the lock", False)

    def test_an_edited_id_is_matched_anew(self) -> None:
        """And known to be edited."""
        result = match(
            entry("openai", "gpt-5"), index("openai", "gpt-4o", "gpt-5"), LockEntry("openai/gpt-4o", "gpt-4o", {}), {}
        )
        assert (found(result), result.how, result.id_edited) == (("gpt-5",), EXACT, True)

    def test_gone_with_and_without_another(self) -> None:
        """The locked model is gone: what the id would match instead is only offered."""
        locked = LockEntry("anthropic/claude-3.5-haiku-20241022", "claude-3-5-haiku-20241022", {})
        item = entry("anthropic", "claude-3-5-haiku-20241022")
        other = match(item, index("anthropic", "claude-3.5-haiku"), locked, {})
        assert (other.models, other.gone, other.other.upstream if other.other else "") == (
            (),
            locked.upstream,
            "anthropic/claude-3.5-haiku",
        )
        assert match(item, index("anthropic", "claude-opus-5"), locked, {}).other is None


class TestByKey:
    """As the original did, for `classic`."""

    def test_the_normalized_name_is_the_key(self) -> None:
        """Variants included, whatever the model id says."""
        upstream = index("openai", "gpt-4.1", "gpt-4.1:batch")
        assert found(match_by_key(entry("openai", "anything", key="gpt-4-1-batch"), upstream, None)) == (
            "gpt-4.1:batch",
        )
        assert match_by_key(entry("openai", "gpt-4.1", key="other"), upstream, None) == Match()
        assert (
            match_by_key(entry("openai", "", key="other"), upstream, LockEntry("openai/old", "", {})).gone
            == "openai/old"
        )


@given(st.text(max_size=30))
def test_any_text_is_an_id(model_id: str) -> None:
    """Whatever a file says, looking it up gives a match or none."""
    result = match(entry("anthropic", model_id), index("anthropic", "claude-3.5-haiku", "claude-opus-5"), None, {})
    assert len(result.models) <= 1


def test_recorded_native_ids_match_their_own_models(shared_data: Path) -> None:
    """Every real model of a vendor, as the vendor's own API spells it, is found, and as itself."""
    body = (shared_data / "openrouter" / "models.2026-08-21T0812Z.json").read_bytes()
    listing = openrouter.read([body], source="x", day="2026-08-21")
    settings = Settings()
    models = normalize(listing, PREFIX, vendors(settings), policy(settings))
    for provider in PREFIX:
        of_provider = Index(provider, models[provider])
        assert of_provider.models
        for model in of_provider.models:
            for spelled in (model.model_id, model.upstream):
                assert [hit.upstream for hit in of_provider.search(spelled).models] == [model.upstream]
