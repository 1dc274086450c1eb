"""The catalog as an application reads it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from modelsync import Catalog, Usage
from modelsync.domain.pricing import Pricing, Tier, Window
from modelsync.errors import CatalogInvalid

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
providers:
  openai:
    models:
      gpt-4o: {model: gpt-4o-2024-08-06, description: Ours., context_length: 128_000, pricing: {input: 0.0025, output: "0.01"}, features: [vision]}
      bare: {}
  ollama:
    models:
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a catalog."""
    path = tmp_path / "llm_models.yml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_model_has_exact_values(path: Path) -> None:
    """Prices are Decimals in USD per token; what the file does not say is None."""
    catalog = Catalog.load(path)
    model = catalog["openai/gpt-4o"]
    assert (model.name, model.model_id, model.description) == ("openai/gpt-4o", "gpt-4o-2024-08-06", "Ours.")
    assert (model.input_usd_per_token, model.output_usd_per_token) == (Decimal("0.0000025"), Decimal("0.00001"))
    assert (model.context_length, model.max_output_tokens, model.features) == (128000, None, frozenset({"vision"}))
    bare = catalog["openai/bare"]
    assert (bare.model_id, bare.input_usd_per_token, bare.features) == ("bare", None, frozenset())


def test_it_is_iterated_in_file_order(path: Path) -> None:
    """Models, providers, lengths and membership."""
    catalog = Catalog.load(path)
    assert [model.key for model in catalog] == ["gpt-4o", "bare"]
    assert list(catalog.providers) == ["openai", "ollama"]
    assert [model.key for model in catalog.providers["openai"]] == ["gpt-4o", "bare"]
    assert (len(catalog), len(catalog.providers["openai"]), len(catalog.providers["ollama"])) == (2, 2, 0)
    assert "openai/gpt-4o" in catalog
    assert "openai/nope" not in catalog


def test_an_unknown_name_is_a_key_error_with_the_nearest(path: Path) -> None:
    """The message helps; without anything near it says how models are named."""
    with pytest.raises(KeyError, match=r"Did you mean openai/gpt-4o"):
        _ = Catalog.load(path)["openai/gpt4o"]
    with pytest.raises(KeyError, match=r"no model 'zzz' in the catalog. Name a model as provider/key.$"):
        _ = Catalog.load(path)["zzz"]


def test_the_unit_may_be_said(path: Path) -> None:
    """A caller's word wins."""
    assert Catalog.load(path, unit="1m")["openai/gpt-4o"].input_usd_per_token == Decimal("0.0000000025")


def test_all_prices(path: Path) -> None:
    """Tiers, windows and batch offers, USD per token; an image costs what it costs in any unit."""
    pricing = "{input: 1, image: 0.5, tiers: [{above: 5, input: 2}], windows: [{utc: '01:00-04:00', input: 3}], batch: {output: 4}}"
    path.write_text(f"providers: {{openai: {{models: {{a: {{pricing: {pricing}}}, b: {{}}}}}}}}\n", encoding="utf-8")
    catalog = Catalog.load(path)
    assert catalog["openai/a"].pricing == Pricing(
        {"input": Decimal("0.001"), "image": Decimal("0.5")},
        (Tier(5, {"input": Decimal("0.002")}),),
        (Window(60, 240, {"input": Decimal("0.003")}),),
        Pricing({"output": Decimal("0.004")}),
    )
    assert catalog["openai/a"].pricing is catalog["openai/a"].pricing
    assert catalog["openai/b"].pricing == Pricing()
    assert len({catalog["openai/a"], Catalog.load(path)["openai/a"], catalog["openai/b"]}) == 2


@pytest.mark.parametrize(
    ("pricing", "problem"),
    [
        ("{tiers: 5, input: 1}", "openai/a: line 1: `pricing.tiers` is not a list"),
        ("{tiers: [{above: 5, input: x}], input: 1}", "openai/a: `pricing.tiers.5.input` is no price: 'x'"),
        ("{windows: [{input: 1}], input: 1}", "openai/a: line 1: a row of `pricing.windows` has no `utc`"),
    ],
)  # fmt: skip
def test_a_tier_that_cannot_be_read(path: Path, pricing: str, problem: str) -> None:
    """Without it the prices would seem to be others: asking for them all is an error, the rest of the entry stands."""
    path.write_text(f"providers: {{openai: {{models: {{a: {{pricing: {pricing}}}}}}}}}\n", encoding="utf-8")
    model = Catalog.load(path)["openai/a"]
    assert model.input_usd_per_token == Decimal("0.001")
    with pytest.raises(CatalogInvalid) as caught:
        _ = model.pricing
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("a: 1\n", "no `providers` here"),
        ("providers: [a]\n", "must be a mapping"),
        ("providers:\n  openai:\n    models:\n      a: {model: x, model: y}\n", "openai/a: line 4"),
    ],
)
def test_what_cannot_be_read_safely_is_refused(path: Path, text: str, problem: str) -> None:
    """An application must not run on half a catalog."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogInvalid, match=problem):
        Catalog.load(path)


@pytest.mark.parametrize("entry", ["5", "", "[a]", "{model: x, model: y}", "{pricing: {input: 1, input: 2}}"])
def test_an_entry_that_nobody_can_read_is_refused_when_the_catalog_is_loaded(path: Path, entry: str) -> None:
    """With its name and its line; the models beside it are not shown either."""
    path.write_text(f"providers:\n  openai:\n    models:\n      good: {{}}\n      a: {entry}\n", encoding="utf-8")
    with pytest.raises(CatalogInvalid, match=r"openai/a: line 5: "):
        Catalog.load(path)


@pytest.mark.parametrize(
    ("facts", "prices", "damage"),
    [
        ("pricing: {input: cheap, output: 1}", {"pricing.output": Decimal("0.001")}, ""),
        ("pricing: {input: [1], output: 1}", {"pricing.output": Decimal("0.001")}, ""),
        ("pricing: {batch: {input: cheap}}", {}, ""),
        ("context_length: big, max_output_tokens: 1.5", {}, ""),
        ("features: vision", {}, ""),
        ("features: [[vision]]", {}, ""),
        ("pricing: 5", {}, "line 4: `pricing` is not a mapping"),
        ("pricing: {input: 1, batch: 5}", {"pricing.input": Decimal("0.001")}, "line 4: `pricing.batch` is not a mapping"),
        ("pricing: {input: 1, tiers: [{input: 2}]}", {"pricing.input": Decimal("0.001")}, "line 4: a row of `pricing.tiers` has no `above`"),
        ("pricing: {windows: [{utc: 01:00-02:00, input: x}]}", {}, "`pricing.windows.0100-0200.input` is no price: 'x'"),
    ],
    ids=range(10),
)  # fmt: skip
def test_damage_inside_an_entry_takes_away_only_what_it_concerns(
    path: Path, facts: str, prices: dict[str, Decimal], damage: str
) -> None:
    """A single price, limit or the features count as not there; what leaves the prices unclear is told, and refused where they are asked for."""
    path.write_text(f"providers:\n  openai:\n    models:\n      a: {{{facts}}}\n", encoding="utf-8")
    catalog = Catalog.load(path)
    model = catalog["openai/a"]
    assert (model.context_length, model.max_output_tokens, model.features) == (None, None, frozenset())
    assert (dict(model.prices), model.damage) == (prices, damage)
    assert catalog.find() == [model]
    ((ranked, cost),) = catalog.cheapest(Usage(input=1, output=1))
    assert (ranked, cost.complete) == (model, False)
    if damage:
        with pytest.raises(CatalogInvalid, match="openai/a: "):
            model.cost(Usage(input=1))
    else:
        assert model.cost(Usage(input=1)).unknown == ("input",)


def test_a_missing_file(tmp_path: Path) -> None:
    """It is said which."""
    with pytest.raises(CatalogInvalid, match=r"none\.yml: cannot be read"):
        Catalog.load(tmp_path / "none.yml")
