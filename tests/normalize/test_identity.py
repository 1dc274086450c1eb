"""Names: keys, variants, native ids, and what a vendor's rules take for one model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.normalize.identity import (
    mode_suffix,
    native_id,
    normalize_key,
    split_variant,
    split_vendor,
    vendor_spelling,
)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("gpt-4o", "gpt-4o"), ("gpt-4.1", "gpt-4-1"), ("GPT 4.1 (mini)", "gpt-4-1-mini"), ("gpt-5.6-luna:batch", "gpt-5-6-luna-batch"), ("--a..b__c--", "a-b-c"),
        ("openai/gpt-4o", "openai-gpt-4o"), ("é", ""), ("...", ""), ("", ""), ("a\x1b[31m", "a-31m"), ("~x/y-latest", "x-y-latest"),
    ],
)  # fmt: skip
def test_keys(name: str, key: str) -> None:
    """Lower case, everything else a dash, no runs, no ends."""
    assert normalize_key(name) == key


@given(st.text())
def test_a_key_is_its_own_key(name: str) -> None:
    """Normalizing twice is normalizing once, and only safe characters are left."""
    key = normalize_key(name)
    assert normalize_key(key) == key
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert "--" not in key
    assert key == key.strip("-")


@pytest.mark.parametrize(
    ("upstream_id", "parts"),
    [("openai/gpt-4o:batch", ("openai", "gpt-4o", "batch")), ("a/b", ("a", "b", "")), ("a/b/c:free", ("a", "b/c", "free")), ("~a/b-latest", ("~a", "b-latest", ""))],
)  # fmt: skip
def test_splitting(upstream_id: str, parts: tuple[str, str, str]) -> None:
    """Vendor, base and variant."""
    vendor, slug = split_vendor(upstream_id)
    assert (vendor, *split_variant(slug)) == parts


@pytest.mark.parametrize(
    ("provider", "slug", "native"),
    [
        ("anthropic", "claude-3.5-haiku", "claude-3-5-haiku"), ("anthropic", "claude-opus-4.1", "claude-opus-4-1"), ("anthropic", "claude-sonnet-4", "claude-sonnet-4"),
        ("gemini", "gemini-2.5-pro", "gemini-2.5-pro"), ("gemini", "gemini-flash-1.5", "gemini-1.5-flash"), ("gemini", "gemini-flash-1.5-8b", "gemini-1.5-flash-8b"),
        ("gemini", "gemini-pro-1.5", "gemini-1.5-pro"), ("gemini", "gemini-pro-vision", "gemini-pro-vision"), ("gemini", "gemini-pro", "gemini-pro"),
        ("openai", "gpt-4.1-mini", "gpt-4.1-mini"), ("openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13"), ("xai", "grok-4.1", "grok-4.1"),
    ],
)  # fmt: skip
def test_native_ids(provider: str, slug: str, native: str) -> None:
    """Anthropic has dashes where OpenRouter has dots; old Gemini names had their parts the other way round."""
    assert native_id(provider, slug) == native


@pytest.mark.parametrize(
    ("provider", "one", "other", "same"),
    [
        ("anthropic", "claude-3.5-haiku", "claude-3-5-haiku-20241022", True), ("anthropic", "claude-sonnet-4.5", "Claude-Sonnet-4-5", True),
        ("anthropic", "claude-opus-4.6-fast", "claude-opus-4.6", False), ("anthropic", "claude-3-opus", "claude-3-sonnet", False),
        ("gemini", "models/gemini-2.5-pro", "gemini-2.5-pro", True), ("gemini", "gemini-flash-1.5", "gemini-1.5-flash", True), ("gemini", "models/gemini-flash-1.5-8b", "gemini-1.5-flash-8b", True),
        ("gemini", "gemini-flash-1.5", "gemini-flash-1.5-8b", False), ("gemini", "gemini-2.5-flash", "gemini-2.5-flash-lite", False),
        ("openai", "gpt-4o", "gpt-4o-2024-05-13", False), ("openai", "gpt-4o-20240513", "gpt-4o", False), ("openai", "o4-mini", "o4-mini-high", False), ("openai", "gpt-5-chat", "gpt-5-chat-latest", False),
    ],
)  # fmt: skip
def test_vendor_spelling(provider: str, one: str, other: str, same: bool) -> None:
    """Two spellings are one model only by the vendor's own rules."""
    assert (vendor_spelling(provider, one) == vendor_spelling(provider, other)) is same


@pytest.mark.parametrize(
    ("provider", "slug", "suffix"),
    [("openai", "o4-mini-high", "-high"), ("openai", "gpt-5-chat", "-chat"), ("openai", "o3-mini-low", "-low"), ("anthropic", "claude-opus-5-fast", "-fast"), ("openai", "gpt-4o", ""), ("openai", "gpt-chat-latest", ""), ("anthropic", "x-high", ""), ("gemini", "x-fast", "")],
)  # fmt: skip
def test_mode_suffixes(provider: str, slug: str, suffix: str) -> None:
    """Modes and efforts that upstream lists as models."""
    assert mode_suffix(provider, slug) == suffix
