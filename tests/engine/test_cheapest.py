"""Which model of a catalog is the cheapest for a call, as an application asks."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from modelsync import Catalog, Excess, InvalidCall, ModelsyncError, NoSuchFeature, NoSuchProvider, Usage

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
providers:
  openai:
    models:
      plain: {context_length: 200_000, max_output_tokens: 4000, pricing: {input: 0.002, output: 0.008}, features: [vision]}
      cached: {context_length: 400_000, pricing: {input: 0.003, output: 0.008, cache_read: 0.0001, batch: {input: 0.0001, output: 0.0001}}, features: [vision, ours]}
      unknown: {features: [vision]}
      half: {pricing: {input: 0}}
      damaged: {pricing: {input: 0, output: 0, cache_read: 0, tiers: [{above: many, input: 1}]}}
  night:
    models:
      owl: {context_length: 1000, pricing: {input: 0.01, output: 0.01, windows: [{utc: "01:00-04:00", input: 0, output: 0}]}}
"""
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture(name="catalog")
def catalog_fixture(tmp_path: Path) -> Catalog:
    """Return the catalog as an application reads it."""
    path = tmp_path / "llm_models.yml"
    path.write_text(TEXT, encoding="utf-8")
    return Catalog.load(path)


def _names(found: list[Any]) -> list[str]:
    return [model.name for model, _ in found]


def test_what_is_known_in_full_comes_first(catalog: Catalog) -> None:
    """However little the known part of another costs; what is damaged stands last, and nothing of it is counted."""
    found = catalog.cheapest(Usage(input=100, output=10), at=NOON)
    assert _names(found) == [
        "openai/plain", "openai/cached", "night/owl", "openai/half", "openai/unknown", "openai/damaged",
    ]  # fmt: skip
    assert [cost.complete for _, cost in found] == [True, True, True, False, False, False]
    assert [(cost.total, cost.lines) for _, cost in found[-2:]] == [(Decimal(0), ()), (Decimal(0), ())]
    assert found[0][1] == catalog["openai/plain"].cost(Usage(input=100, output=10))


@pytest.mark.parametrize(
    ("usage", "wanted", "names"),
    [
        (Usage(input=10, cache_read=90), {"features": {"vision"}, "min_context": 1}, ["openai/cached", "openai/plain"]),
        (Usage(input=10), {"features": "ours"}, ["openai/cached"]),
        (Usage(input=10), {"max_input_price": "0.002"}, ["openai/half", "openai/plain", "openai/damaged"]),
        (Usage(input=10), {"provider": "night", "at": datetime(2026, 9, 1, 3, tzinfo=UTC)}, ["night/owl"]),
        (Usage(input=10, output=10), {"batch": True, "features": ["vision"], "min_context": 1}, ["openai/cached", "openai/plain"]),
        (Usage(input=1000, output=1), {"provider": "night", "at": NOON}, ["night/owl"]),
        (Usage(input=1001, output=1), {"provider": "night", "at": NOON}, []),
        (Usage(input=1, output=4001), {"features": {"vision"}, "min_context": 1}, ["openai/cached"]),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_is_asked(catalog: Catalog, usage: Usage, wanted: dict[str, Any], names: list[str]) -> None:
    """As of `find` and `cost`; who cannot take the call is left out, who does not say its limits stays."""
    assert _names(catalog.cheapest(usage, **wanted)) == names


def test_the_hour_counts(catalog: Catalog) -> None:
    """At night the owl is free."""
    night = datetime(2026, 9, 1, 1, tzinfo=UTC)
    (model, cost), *_ = catalog.cheapest(Usage(input=100, output=10), at=night)
    assert (model.name, cost.total, cost.window) == ("night/owl", 0, "0100-0400")


def test_limits(catalog: Catalog) -> None:
    """A prompt as long as the context, and an output as long as the longest, are taken; one more is not. All kinds of tokens count."""
    plain = catalog["openai/plain"]
    assert plain.exceeds(Usage(input=100_000, cache_read=100_000, output=3000, reasoning=1000)) == ()
    assert plain.exceeds(Usage(input=100_000, cache_write=100_001, output=3000, audio_output=1001)) == (
        Excess("context_length", 200_001, 200_000),
        Excess("max_output_tokens", 4001, 4000),
    )
    assert catalog["openai/unknown"].exceeds(Usage(input=10**9, output=10**9)) == ()


@pytest.mark.parametrize(
    ("usage", "more"),
    [({"prompt_tokens": 1}, {}), (None, {}), (Usage(input=1), {"at": datetime(2026, 9, 1)}), (Usage(), {})],  # noqa: DTZ001  # no zone
    ids=["a report", "nothing", "no zone", "nothing used"],
)
def test_what_is_no_call_is_refused(catalog: Catalog, usage: Any, more: dict[str, Any]) -> None:
    """Whatever the models are, and where none is left."""
    for wanted in ({}, {"provider": "night", "min_context": 10**9}):
        with pytest.raises(InvalidCall):
            catalog.cheapest(usage, **wanted, **more)


def test_limits_are_asked_of_a_call(catalog: Catalog) -> None:
    """What an API reports is none yet."""
    report: Any = {"prompt_tokens": 1}
    with pytest.raises(InvalidCall, match="not as dict"):
        catalog["openai/plain"].exceeds(report)


def test_a_feature_that_nobody_has_is_an_error(catalog: Catalog) -> None:
    """It is likely to be misspelt, and an empty answer would not say so."""
    for found in (catalog.find, lambda features: catalog.cheapest(Usage(input=1), features=features)):
        with pytest.raises(ValueError, match="no model of the catalog has the feature 'vison'") as caught:
            found(features={"vison", "vision"})
        assert isinstance(caught.value, NoSuchFeature)
        assert isinstance(caught.value, ModelsyncError)
        assert (caught.value.hint, caught.value.exit_code) == ("Did you mean vision?", 2)
    with pytest.raises(NoSuchFeature) as caught:
        catalog.find(features=["telepathy"])
    assert caught.value.hint == "Those of the catalog are ours, vision."
    assert (
        str(caught.value)
        == "no model of the catalog has the feature 'telepathy'. Those of the catalog are ours, vision."
    )


@pytest.mark.parametrize(("provider", "hint"), [("opnai", "Did you mean openai?"), ("zzz", "It has openai, night.")])
def test_a_provider_that_is_not_there_is_an_error(catalog: Catalog, provider: str, hint: str) -> None:
    """As the command says it."""
    for found in (catalog.find, lambda provider: catalog.cheapest(Usage(input=1), provider=provider)):
        with pytest.raises(NoSuchProvider) as caught:
            found(provider=provider)
        assert isinstance(caught.value, ValueError)
        assert str(caught.value) == f"no provider {provider!r} in the catalog. {hint}"


@pytest.mark.parametrize("tokens", ["200k", "200000", 2e5, -1, None, True])
def test_a_context_that_is_no_number_of_tokens_is_an_error(catalog: Catalog, tokens: Any) -> None:
    """Not one from deep inside."""
    with pytest.raises(InvalidCall, match="min_context must be a whole number of at least 0, not"):
        catalog.find(min_context=tokens)


@pytest.mark.parametrize("wrong", [[1, "vision"], [None], 5, [["vision"]], b"vision"], ids=repr)
def test_a_feature_is_a_text(catalog: Catalog, wrong: Any) -> None:
    """Anything else is named."""
    with pytest.raises(InvalidCall, match="a feature is told by its name, not as"):
        catalog.find(features=wrong)


@pytest.mark.parametrize("name", ["rerank", "embeddings", "function_calling"])
def test_a_feature_that_a_sync_writes_may_be_asked_for(catalog: Catalog, name: str) -> None:
    """No model has it, and that is an answer."""
    assert catalog.find(features={name}) == []


def test_damage_is_told_without_an_error(catalog: Catalog) -> None:
    """By a model that keeps it through a copy; empty for a sound one."""
    damaged = catalog["openai/damaged"]
    assert damaged.damage == "line 8: `above` of a row of `pricing.tiers` cannot be read"
    assert pickle.loads(pickle.dumps(damaged)) == damaged  # noqa: S301  # our own
    assert catalog["openai/plain"].damage == ""
