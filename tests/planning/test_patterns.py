"""Globs over model names, and pins."""

from __future__ import annotations

import pytest

from modelsync.planning.patterns import any_names, is_pinned, names_model, pinned_fields


@pytest.mark.parametrize(
    ("pattern", "slug", "named"),
    [
        ("gpt-4o", "gpt-4o", True), ("gpt-4o", "gpt-4o-mini", False), ("gpt-4o*", "gpt-4o-mini", True), ("gpt-3.5*", "gpt-3.5-turbo", True), ("gpt-3.5*", "gpt-3-5-turbo", True), ("gpt-3-5-*", "gpt-3.5-turbo", True),
        ("GPT-4o", "gpt-4o", True), ("*:free", "x:free", True), ("*-free", "x:free", True), ("gpt-[45]*", "gpt-5", True), ("gpt-[!45]*", "gpt-5", False), ("*", "anything", True), ("", "x", False), ("gpt-4", "gpt-4:batch", False), ("[", "x", False),
    ],
)  # fmt: skip
def test_names_model(pattern: str, slug: str, named: bool) -> None:
    """As written, or both sides normalized; never a mere beginning."""
    assert names_model(pattern, slug) is named


def test_any_names() -> None:
    """One of several is enough; none of none."""
    assert any_names(["a", "b*"], "bc")
    assert not any_names([], "bc")


@pytest.mark.parametrize(
    ("pin", "key", "fixed"),
    [
        ("openai/gpt-4o", "gpt-4o", ("*",)), ("openai/*", "gpt-4o", ("*",)), ("*/gpt-*", "gpt-4o", ("*",)), ("openai/gpt-4o", "gpt-4o-mini", ()), ("anthropic/*", "gpt-4o", ()),
        ("openai/*.pricing", "gpt-4o", ("pricing",)), ("openai/gpt-4.1.pricing.input", "gpt-4.1", ("pricing.input",)), ("openai/gpt-4.1", "gpt-4.1", ("*",)), ("openai/gpt-4.1.features", "gpt-4.1", ("features",)),
        ("openai/gpt-4o.prices", "gpt-4o", ()), ("openai/gpt-4o.prices", "gpt-4o.prices", ("*",)), ("openai/*.pricing", "gpt-4.1", ("pricing",)), ("openai/*.max_output_tokens", "x", ("max_output_tokens",)),
    ],
)  # fmt: skip
def test_pins_of_the_settings(pin: str, key: str, fixed: tuple[str, ...]) -> None:
    """A glob of entries, with or without a field; dots in keys and globs are no fields."""
    assert pinned_fields([pin], "openai", key) == fixed


def test_several_pins_add_up() -> None:
    """Each that fits counts."""
    assert pinned_fields(["openai/*.features", "x/*", "openai/a.pricing"], "openai", "a") == ("features", "pricing")


@pytest.mark.parametrize(
    ("pins", "field", "fixed"),
    [(("*",), "pricing.input", True), (("pricing",), "pricing.input", True), (("pricing.input",), "pricing.output", False), ((), "model", False), (("pricing",), "features", False)],
)  # fmt: skip
def test_is_pinned(pins: tuple[str, ...], field: str, fixed: bool) -> None:
    """All, a group, or one field."""
    assert is_pinned(pins, field) is fixed
