"""The preset `classic` gives what the original Rake task gave, for every recorded listing and both sample catalogs."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.settings import PriceDetail

if TYPE_CHECKING:
    from pathlib import Path

LISTINGS = (
    "2025-05-12T1347Z",
    "2025-11-03T1404Z",
    "2026-01-16T1715Z",
    "2026-03-09T1905Z",
    "2026-06-18T1311Z",
    "2026-07-17T0952Z",
    "2026-08-21T0812Z",
)
FIELDS = ("model", "context_length", "max_output_tokens", "pricing", "features")


def _original_shape(entry: dict[str, Any]) -> dict[str, Any]:
    """Reduce an entry to what the golden files hold; prices as the original rounded them."""
    shape = {field: entry[field] for field in FIELDS if field in entry}
    if "pricing" in shape:
        shape["pricing"] = {key: float(round(Decimal(str(price)), 8)) for key, price in shape["pricing"].items()}
    return shape | {"has_description": bool(entry.get("description"))}


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize(("catalog", "prune"), [("empty", False), ("hand-edited", False), ("hand-edited", True)])
def test_golden(world: Any, shared_data: Path, listing: str, catalog: str, prune: bool) -> None:
    """Key for key and value for value what the original computed."""
    world.path.write_bytes((shared_data / "catalogs" / f"{catalog}.yml").read_bytes())
    world.source = shared_data / "openrouter" / f"models.{listing}.json"
    world.configure(preset="classic")
    world.sync(prune="stale" if prune else "")
    golden = json.loads(
        (shared_data / "golden" / f"{listing}.{catalog}.sync{'-prune' if prune else ''}.json").read_text()
    )
    ours = {
        provider: {key: _original_shape(entry) for key, entry in (section["models"] or {}).items()}
        for provider, section in world.data["providers"].items()
    }
    assert ours == golden


class TestByTheLetter:
    """The original's rules on made-up lists."""

    def test_a_new_entry_in_the_original_order_without_nulls(self, world: Any, upstream: Any) -> None:
        """`model, description, context_length, max_output_tokens, pricing, features`; nulls dropped, empty features kept."""
        world.configure(preset="classic")
        world.catalog("providers:\n  openai:\n    models: {}")
        world.listing(upstream("openai/gpt-9", description="New.", output=None))
        world.sync()
        assert list(world.model("gpt-9").items()) == [
            ("model", "gpt-9"), ("description", "New."), ("context_length", 128000), ("pricing", {"input": 0.0025, "output": 0.01}), ("features", []),
        ]  # fmt: skip

    def test_variants_are_entries_and_ids_are_openrouters(self, world: Any, upstream: Any) -> None:
        """`claude-9.1:batch` becomes the entry `claude-9-1-batch` with that very id."""
        world.configure(preset="classic")
        world.catalog("providers:\n  anthropic:\n    models: {}")
        world.listing(upstream("anthropic/claude-9.1"), upstream("anthropic/claude-9.1:batch"))
        world.sync()
        assert {key: world.model(key, "anthropic")["model"] for key in world.entry_keys("anthropic")} == {
            "claude-9-1": "claude-9.1", "claude-9-1-batch": "claude-9.1:batch",
        }  # fmt: skip

    def test_hand_set_prices_are_overwritten_on_every_run(self, world: Any, upstream: Any) -> None:
        """Upstream wins each time; a price key that upstream does not speak of stays."""
        world.configure(preset="classic")
        world.entry("model: gpt-4o\npricing: {input: 0.09, cache_read: 0.1}")
        world.listing(upstream())
        world.sync()
        world.edit("input: 0.0025", "input: 0.005")
        world.sync()
        assert world.model()["pricing"] == {"input": 0.0025, "cache_read": 0.1, "output": 0.01}

    def test_deleted_entries_and_features_come_back(self, world: Any, upstream: Any) -> None:
        """The original had no memory."""
        world.configure(preset="classic")
        world.catalog("providers:\n  openai:\n    models: {}")
        world.listing(upstream(parameters=("tools",)), upstream("openai/o4"))
        world.sync()
        before = world.data
        world.catalog("providers:\n  openai:\n    models:\n      gpt-4o:\n        model: gpt-4o\n        features: []")
        world.sync()
        assert world.data["providers"]["openai"]["models"].keys() == before["providers"]["openai"]["models"].keys()
        assert world.model()["features"] == ["function_calling"]

    @pytest.mark.parametrize("excluded", ["gpt-4-turbo-preview", "gpt-3.5-turbo", "chatgpt-4o-latest"])
    def test_an_excluded_model_is_frozen_but_counts_as_present(self, world: Any, upstream: Any, excluded: str) -> None:
        """It is neither added nor updated, and pruning does not take it for stale."""
        world.configure(preset="classic")
        key = excluded.replace(".", "-")
        world.entry(f"model: {excluded}\npricing: {{input: 0.003}}", key=key)
        world.listing(upstream(f"openai/{excluded}"), upstream())
        world.sync(prune="stale")
        assert world.model(key) == {"model": excluded, "pricing": {"input": 0.003}}

    def test_prune_takes_stale_and_unknown_at_once_but_never_embeddings(self, world: Any, upstream: Any) -> None:
        """No grace, and whatever does not match by key goes."""
        world.configure(preset="classic")
        world.catalog(
            "providers:\n  openai:\n    models:\n      gpt-4o: {model: gpt-4o}\n      fast: {model: gpt-4o}\n      emb: {model: e, features: [embeddings]}"
        )
        world.listing(upstream())
        world.sync(prune="stale")
        assert world.entry_keys() == ["gpt-4o", "emb"]

    def test_three_faults_are_not_reproduced(self, world: Any, upstream: Any) -> None:
        """Llama models do not crash it, the openrouter section survives a prune, extra price keys stay."""
        world.configure(preset="classic")
        world.catalog(
            "providers:\n  ollama:\n    models: {}\n  openrouter:\n    models:\n      a: {model: openai/gpt-4o}"
        )
        world.listing(upstream("meta-llama/llama-9"), upstream("mistralai/mistral-9"))
        world.sync(prune="all")
        assert world.entry_keys("ollama") == ["llama-9", "mistral-9"]
        assert world.model("a", "openrouter") == {"model": "openai/gpt-4o"}

    def test_with_all_prices_a_tier_that_upstream_never_had_stays(self, world: Any, upstream: Any) -> None:
        """Upstream wins over what it names; what it never named is the person's, also where upstream has tiers of its own."""
        world.configure(preset="classic", add={"openai": "none"}, pricing=PriceDetail("full"))
        world.entry(
            "model: gpt-4o\npricing:\n    input: 0.001\n    tiers:\n    - above: 64000  # negotiated\n      input: 0.0005"
        )
        record = upstream()
        record["pricing"]["overrides"] = [{"min_prompt_tokens": 200000, "prompt": "0.000005"}]
        other = upstream("openai/other")
        other["pricing"]["overrides"] = [{"min_prompt_tokens": 272000, "prompt": "0.000005"}]
        world.listing(record, other)
        world.sync()
        assert [row["above"] for row in world.model()["pricing"]["tiers"]] == [64000, 200000]
        assert "- above: 64000  # negotiated\n" in world.text
        world.edit("input: 0.005\n", "input: 0.004\n")
        del record["pricing"]["overrides"]
        world.listing(record, other)
        world.sync()
        assert world.model()["pricing"]["tiers"] == [{"above": 64000, "input": 0.0005}]
