"""What the keys on the way to a value say of it."""

from __future__ import annotations

import pytest

from modelsync.discovery.words import Meaning, feature_named, feature_word, meaning, unit_said, words


@pytest.mark.parametrize(
    ("way", "field", "unit"),
    [
        ("input_price", "pricing.input", ""),
        ("input", "pricing.input", ""),
        ("outputPrice", "pricing.output", ""),
        ("pricing.prompt", "pricing.input", ""),
        ("pricing.completion", "pricing.output", ""),
        ("cost.in", "pricing.input", ""),
        ("cost.out", "pricing.output", ""),
        ("price_per_1000_input_tokens", "pricing.input", "1k"),
        ("input_usd_per_1k_tokens", "pricing.input", "1k"),
        ("cost_per_million.input", "pricing.input", "1m"),
        ("input_per_million", "pricing.input", "1m"),
        ("rates.output_per_mtok", "pricing.output", "1m"),
        ("prices.input_mtok", "pricing.input", "1m"),
        ("inputCostPerToken", "pricing.input", "token"),
        ("input-cost-per-token", "pricing.input", "token"),
        ("cost_per_million.cached_input", "pricing.cache_read", "1m"),
        ("costs_per_million_token.cache.read", "pricing.cache_read", "1m"),
        ("rates.cache_hit_per_mtok", "pricing.cache_read", "1m"),
        ("cache_creation_input_token_cost", "pricing.cache_write", ""),
        ("cache_write_5m_per_mtok", "pricing.cache_write", "1m"),
        ("cache_creation_input_token_cost_above_1hr", "pricing.cache_write_1h", ""),
        ("output_cost_per_reasoning_token", "pricing.reasoning", ""),
        ("input_cost_per_audio_token", "pricing.audio_input", ""),
        ("output_cost_per_audio_token", "pricing.audio_output", ""),
        ("input_cost_per_token_batches", "pricing.batch.input", "token"),
        ("batch_output_per_mtok", "pricing.batch.output", "1m"),
        ("input_cost_per_token_above_200k_tokens", "pricing.tiers.200000.input", "token"),
        ("context_length", "context_length", ""),
        ("contextWindow", "context_length", ""),
        ("limits.max_input_tokens", "context_length", ""),
        ("info.maxOutputTokens", "max_output_tokens", ""),
        ("max_completion_tokens", "max_output_tokens", ""),
        ("max_tokens", "limit", ""),
    ],
)
def test_the_words_on_the_way_to_a_value_say_which_field_it_is(way: str, field: str, unit: str) -> None:
    """Whatever the style of the keys is."""
    said = meaning(tuple(way.split(".")))
    assert (said.field, said.unit) == (field, unit)


@pytest.mark.parametrize(
    "way",
    [
        "temperature",
        "input_tokens",
        "tokens_per_second",
        "default",
        "pricing.unit",
        "output_format",
        "cost_tracking",
        "input_and_output_price",
        "...",
    ],
)
def test_other_words_say_nothing(way: str) -> None:
    """What a value is that has neither a side nor a limit in its keys cannot be told."""
    assert meaning((way,)) == Meaning()


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("max-input-chars", "characters"),
        ("cache_read_discount_factor", "discount"),
        ("costFactor", "factor"),
        ("input_price_per_image", "image"),
        ("price_eur.input", "eur"),
        ("output_price_multiplier", "multiplier"),
    ],
)
def test_what_is_no_price_per_token_is_left_out_with_the_reason(way: str, reason: str) -> None:
    """The reason names the word that says so."""
    said = meaning(tuple(way.split(".")))
    assert not said.field
    assert reason in said.reason


def test_limits_in_parameters_of_requests_are_weak() -> None:
    """Only values can tell whether they are the model's."""
    assert meaning(("extra_params", "max_output_tokens")).weak
    assert not meaning(("limits", "max_output_tokens")).weak


def test_cents_are_told_by_their_name() -> None:
    """A price in cents is a hundred times what it is in dollars."""
    assert meaning(("inputCentsPer1kTokens",)) == Meaning("pricing.input", unit="1k", cents=True)


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("maxInputTokens", ("max", "input", "tokens")),
        ("max-input-tokens", ("max", "input", "tokens")),
        ("MAX_INPUT_TOKENS", ("max", "input", "tokens")),
        ("inputPer1KTokens", ("input", "per", "1k", "tokens")),
        ("cache_write_5m", ("cache", "write", "5m")),
        ("above200kTokens", ("above", "200k", "tokens")),
    ],
)
def test_keys_of_every_style_have_the_same_words(key: str, parts: tuple[str, ...]) -> None:
    """Snake, kebab and camel case, with numbers in them."""
    assert words(key) == parts


def test_a_unit_is_said_by_per_or_by_a_word_for_it() -> None:
    """`per_image` and a mere `tokens` say none."""
    assert [
        unit_said(words(key)) for key in ("per_1k", "usd_mtok", "per_million", "per_token", "per_image", "tokens")
    ] == [
        "1k",
        "1m",
        "1m",
        "token",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("way", "feature"),
    [
        ("supports_vision", "vision"),
        ("supports.images", "vision"),
        ("supportsFunctionCalling", "function_calling"),
        ("capabilities.tools", "function_calling"),
        ("reasoning_model", "reasoning"),
        ("has_embeddings", "embeddings"),
        ("embeddings", ""),
        ("stream", ""),
        ("enabled", ""),
    ],
)
def test_booleans_are_features_where_their_words_are_known(way: str, feature: str) -> None:
    """A bare `embeddings: true` may be an option of anything."""
    assert feature_named(tuple(way.split("."))) == feature


def test_words_of_lists_are_features_in_any_style() -> None:
    """Others are none."""
    assert [feature_word(word) for word in ("tool-call", "imageInput", "chat")] == ["function_calling", "vision", ""]
