"""Prices of all kinds through whole syncs: tiers, windows and batch offers are merged, guarded, pinned and removed price by price."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from modelsync import Catalog
from modelsync.catalog.checking import Bounds, check
from modelsync.domain.pricing import Pricing, flatten
from modelsync.errors import UsageError
from modelsync.normalize.upstream import normalize
from modelsync.pipeline.standing import settings_in_force
from modelsync.planning.changes import Add, Hold, Keep, Update
from modelsync.planning.plan_file import decode, encode
from modelsync.project import Project
from modelsync.settings import PriceDetail, Settings, policy, vendors
from modelsync.sources import openrouter

if TYPE_CHECKING:
    from pathlib import Path

    from modelsync.planning.changes import Plan

TIER = {"min_prompt_tokens": 200000, "prompt": "0.000005", "completion": "0.000015"}
OTHER = "openai/other"


def priced(
    upstream: Any, model_id: str = "openai/gpt-4o", *, overrides: Any = (), **prices: str | None
) -> dict[str, Any]:
    """Make a record with these prices besides 2.5 and 10 USD per 1M."""
    record = upstream(model_id)
    pricing = record["pricing"] | prices | ({"overrides": list(overrides)} if overrides else {})
    return record | {"pricing": {key: price for key, price in pricing.items() if price is not None}}


def moved(plan: Plan) -> dict[str, object]:
    """Return the prices that updates move, without `pricing.`; None goes."""
    return {
        change.field.removeprefix("pricing."): change.new
        for update in plan.changes
        if isinstance(update, Update)
        for change in update.fields
        if change.field.startswith("pricing.")
    }


def held(plan: Plan) -> list[str]:
    """Return the fields that are held."""
    return [change.field for hold in plan.changes if isinstance(hold, Hold) for change in hold.fields]


@pytest.fixture
def synced(world: Any, upstream: Any) -> Any:
    """Return a world with one entry that has a tier, in step with upstream, of which another model has a tier too."""
    world.entry("model: gpt-4o")
    world.configure(add={"openai": "none"})
    tell(world, upstream, overrides=[TIER], input_cache_read="0.00000125")
    world.sync()
    assert world.model()["pricing"] == {
        "input": 0.0025, "output": 0.01, "cache_read": 0.00125, "tiers": [{"above": 200000, "input": 0.005, "output": 0.015}]
    }  # fmt: skip
    return world


def tell(world: Any, upstream: Any, **prices: Any) -> None:
    """Say what upstream says from now on, of the entry's model and of another one with a tier."""
    offers = [upstream("openai/gpt-4o:batch") | {"pricing": prices.pop("batch")}] if "batch" in prices else []
    world.listing(priced(upstream, **prices), priced(upstream, OTHER, overrides=[TIER]), *offers)


class TestMerge:
    """Each price by itself."""

    def test_a_price_of_a_tier_moves(self, synced: Any, upstream: Any) -> None:
        """One scalar of one row."""
        tell(synced, upstream, overrides=[TIER | {"prompt": "0.000006"}], input_cache_read="0.00000125")
        before = synced.text
        assert moved(synced.sync().plan) == {"tiers.200000.input": Decimal("0.000006")}
        assert synced.text == before.replace("input: 0.005", "input: 0.006")

    def test_what_is_set_by_hand_in_a_tier_stays(self, synced: Any, upstream: Any) -> None:
        """And is told beside upstream's; `--take` adopts it."""
        synced.edit("input: 0.005", "input: 0.004 # ours")
        tell(
            synced,
            upstream,
            overrides=[TIER | {"prompt": "0.000006", "completion": "0.000016"}],
            input_cache_read="0.00000125",
        )
        plan = synced.sync().plan
        assert moved(plan) == {"tiers.200000.output": Decimal("0.000016")}
        (keep,) = (change for change in plan.changes if isinstance(change, Keep))
        assert (keep.field, keep.ours, keep.theirs) == (
            "pricing.tiers.200000.input",
            Decimal("0.000004"),
            Decimal("0.000006"),
        )
        assert synced.lock.entries["openai/gpt-4o"].kept.keys() == {"pricing.tiers.200000.input"}
        for wish in (
            "openai/gpt-4o.pricing.tiers",
            "openai/gpt-4o.pricing.tiers.200000",
            "openai/gpt-4o.pricing.tiers.200000.input",
        ):
            assert moved(synced.plan(take=(wish,))) == {"tiers.200000.input": Decimal("0.000006")}
        assert not moved(synced.plan(take=("openai/gpt-4o.pricing.batch.input",)))
        with pytest.raises(UsageError, match=r"owns no field `pricing\.mine`"):
            synced.plan(take=("openai/gpt-4o.pricing.mine",))

    @pytest.mark.parametrize("pin", ["pricing", "pricing.tiers", "pricing.tiers.200000", "pricing.tiers.200000.input"])
    def test_pins(self, synced: Any, upstream: Any, pin: str) -> None:
        """Of a price, of a row, of all rows, of all prices."""
        synced.edit("model: gpt-4o", f"model: gpt-4o\n        pinned: [{pin}]")
        tell(synced, upstream, overrides=[TIER | {"prompt": "0.000006"}], input_cache_read="0.00000125")
        plan = synced.sync().plan
        assert not moved(plan)
        assert [change.reason for change in plan.changes if isinstance(change, Keep)] == ["pinned"]

    def test_a_price_that_is_deleted_stays_deleted(self, synced: Any) -> None:
        """In a row, and with its row."""
        synced.edit("              output: 0.015\n", "")
        assert not moved(synced.sync().plan)
        synced.edit("          tiers:\n            - above: 200000\n              input: 0.005\n", "")
        assert not moved(synced.sync().plan)
        assert set(synced.model()["pricing"]) == {"input", "output", "cache_read"}

    def test_keys_that_a_person_added_stay(self, synced: Any, upstream: Any) -> None:
        """Beside prices and in rows; a price that only the person knows too."""
        synced.edit("cache_read: 0.00125", "cache_read: 0.00125\n          mine: x\n          audio_input: 0.5")
        synced.edit("              output: 0.015", "              output: 0.015\n              note: ours")
        tell(synced, upstream, overrides=[TIER | {"prompt": "0.000006"}], input_cache_read="0.00000125")
        synced.sync()
        pricing = synced.model()["pricing"]
        assert (pricing["mine"], pricing["audio_input"], pricing["tiers"]) == (
            "x",
            0.5,
            [{"above": 200000, "input": 0.006, "output": 0.015, "note": "ours"}],
        )
        assert not synced.sync().plan.changes

    def test_nothing_is_written_into_a_damaged_list(self, synced: Any, upstream: Any) -> None:
        """Its prices wait; the others go on."""
        synced.edit("above: 200000", "below: 200000")
        tell(synced, upstream, overrides=[TIER | {"prompt": "0.000006"}], input_cache_read="0.000001")
        plan = synced.sync().plan
        assert moved(plan) == {"cache_read": Decimal("0.000001")}
        assert held(plan) == ["pricing.tiers.200000.input", "pricing.tiers.200000.output"]
        assert not moved(synced.sync().plan)
        assert "below: 200000" in synced.text

    def test_an_absent_price_says_nothing(self, synced: Any, upstream: Any) -> None:
        """Upstream leaves noughts out, and may forget: the file's price stays."""
        tell(synced, upstream, overrides=[TIER])
        assert not synced.sync().plan.changes
        assert synced.model()["pricing"]["cache_read"] == 0.00125


class TestGone:
    """Tiers and windows that upstream has not any more."""

    def test_a_tier_goes(self, synced: Any, upstream: Any) -> None:
        """With its list, when it was the last; the lock forgets it, so that it may come back."""
        whole = synced.text
        tell(synced, upstream, input_cache_read="0.00000125")
        plan = synced.sync().plan
        assert moved(plan) == {"tiers.200000.input": None, "tiers.200000.output": None}
        (update,) = (change for change in plan.changes if isinstance(change, Update))
        assert update.reason == "upstream has no such tier any more"
        assert "tiers" not in synced.text
        assert not any("tiers" in name for name in synced.lock.entries["openai/gpt-4o"].base)
        assert not synced.sync().plan.changes
        tell(synced, upstream, overrides=[TIER], input_cache_read="0.00000125")
        synced.sync()
        assert synced.text == whole

    def test_the_comments_that_go_with_a_tier_are_told(self, synced: Any, upstream: Any) -> None:
        """They may have been somebody's reason; those of a row that stays are not among them."""
        synced.edit(
            "            - above: 200000\n",
            "            # asked for in May\n            - above: 200000  # per contract\n",
        )
        synced.edit("input: 0.0025", "input: 0.0025  # ours")
        tell(synced, upstream, input_cache_read="0.00000125")
        plan = synced.sync().plan
        notes = [note.text for note in plan.notes if note.kind == "rows"]
        assert notes == ["pricing.tiers.200000 goes with its comment: asked for in May / per contract"]
        assert "ours" in synced.text
        assert "contract" not in synced.text

    def test_the_comment_of_a_price_that_goes_alone_is_told(self, synced: Any, upstream: Any) -> None:
        """The row stays, for it has a key of the person's own."""
        synced.edit(
            "              output: 0.015\n", "              output: 0.015  # per contract\n              mine: 1\n"
        )
        tell(synced, upstream, input_cache_read="0.00000125")
        notes = [note.text for note in synced.sync().plan.notes if note.kind == "rows"]
        assert notes == ["pricing.tiers.200000.output goes with its comment: per contract"]

    def test_what_goes_is_told_in_the_order_of_the_entry(self, synced: Any, upstream: Any) -> None:
        """Not in one that changes from run to run."""
        cheap = TIER | {
            "min_prompt_tokens": 9,
            "prompt": "0.000004",
            "request": "1",
            "web_search": "1",
            "audio": "0.000001",
        }
        tell(synced, upstream, overrides=[cheap, TIER], input_cache_read="0.00000125")
        synced.sync()
        tell(synced, upstream, input_cache_read="0.00000125")
        assert list(moved(synced.sync().plan)) == [
            *(f"tiers.9.{rate}" for rate in ("input", "output", "audio_input", "request", "web_search")),
            *(f"tiers.200000.{rate}" for rate in ("input", "output")),
        ]

    def test_a_threshold_moves(self, synced: Any, upstream: Any) -> None:
        """The old row goes, the new one comes."""
        tell(synced, upstream, overrides=[TIER | {"min_prompt_tokens": 272000}], input_cache_read="0.00000125")
        before = synced.text
        synced.sync()
        assert synced.text == before.replace("200000", "272000")

    def test_a_price_leaves_its_tier(self, synced: Any, upstream: Any) -> None:
        """Then the one below holds."""
        tell(
            synced,
            upstream,
            overrides=[{"min_prompt_tokens": 200000, "prompt": "0.000005"}],
            input_cache_read="0.00000125",
        )
        assert moved(synced.sync().plan) == {"tiers.200000.output": None}
        assert synced.model()["pricing"]["tiers"] == [{"above": 200000, "input": 0.005}]

    @pytest.mark.parametrize(
        ("old", "new", "stays", "kept"),
        [
            ("input: 0.005", "input: 0.004", {"input": 0.004}, {"input": "set by hand; upstream has no such tier any more"}),
            ("model: gpt-4o", "model: gpt-4o\n        pinned: [pricing.tiers.200000.input]", {"input": 0.005}, {"input": "pinned; upstream has no such tier any more"}),
            ("              output: 0.015", "              output: 0.015\n              request: 1", {"request": 1}, {}),
        ],
        ids=["edited", "pinned", "added"],
    )  # fmt: skip
    def test_what_is_a_persons_stays_and_the_rest_of_its_tier_goes(
        self, synced: Any, upstream: Any, old: str, new: str, stays: Any, kept: dict[str, str]
    ) -> None:
        """It is told on every sync why it stays; what upstream never named is the person's own."""
        synced.edit(old, new)
        synced.sync()
        tell(synced, upstream, overrides=[TIER | {"min_prompt_tokens": 128000}], input_cache_read="0.00000125")
        first = synced.sync().plan
        row = "pricing.tiers.200000."
        assert {name for name, price in moved(first).items() if price is None} == {
            f"tiers.200000.{rate}" for rate in {"input", "output"} - stays.keys()
        }
        assert synced.model()["pricing"]["tiers"] == [
            {"above": 128000, "input": 0.005, "output": 0.015},
            {"above": 200000, **stays},
        ]
        before = synced.files()
        for plan in (first, synced.sync().plan, synced.sync().plan):
            keeps = [change for change in plan.changes if isinstance(change, Keep)]
            assert {change.field.removeprefix(row): change.reason for change in keeps} == kept
            assert all(change.theirs is None for change in keeps)
        assert synced.files() == before

    @pytest.mark.parametrize("wish", ["", ".pricing", ".pricing.tiers.200000", ".pricing.tiers.200000.input"])
    def test_take_removes_what_upstream_dropped(self, synced: Any, upstream: Any, wish: str) -> None:
        """The price that was set by hand goes with the rest of its tier; one that upstream never named does not."""
        synced.edit("input: 0.005", "input: 0.004\n              request: 1")
        tell(synced, upstream, input_cache_read="0.00000125")
        synced.sync()
        plan = synced.sync(take=(f"openai/gpt-4o{wish}",)).plan
        assert moved(plan) == {"tiers.200000.input": None}
        assert not [note for note in plan.notes if note.kind == "asked"]
        assert synced.model()["pricing"]["tiers"] == [{"above": 200000, "request": 1}]
        assert not synced.sync().plan.changes

    def test_a_tier_of_the_model_that_the_entry_had_goes(self, synced: Any, upstream: Any) -> None:
        """Nobody set its prices, and the new model certainly has no such tier: a call of it must not be charged by the old one's."""
        synced.listing(priced(upstream, overrides=[TIER]), priced(upstream, "openai/plain"))
        synced.edit("model: gpt-4o", "model: plain")
        assert moved(synced.sync().plan) == dict.fromkeys(("tiers.200000.input", "tiers.200000.output"))
        assert "tiers" not in synced.text
        assert not synced.sync().plan.changes

    def test_what_was_set_by_hand_in_it_stays_and_is_told(self, synced: Any, upstream: Any) -> None:
        """On every sync; `--take` removes it, and in the new model's tier it is kept beside upstream's."""
        synced.listing(priced(upstream, overrides=[TIER]), priced(upstream, "openai/plain"))
        synced.edit("input: 0.005", "input: 0.004")
        synced.edit("model: gpt-4o", "model: plain")
        name = "pricing.tiers.200000.input"
        plans = [synced.sync().plan]
        before = synced.files()
        plans += [synced.sync().plan, synced.sync().plan]
        for plan in plans:
            kept = [(change.field, change.reason) for change in plan.changes if isinstance(change, Keep)]
            assert kept == [(name, "set by hand; upstream has no such tier any more")]
        assert synced.files() == before
        assert synced.model()["pricing"]["tiers"] == [{"above": 200000, "input": 0.004}]
        synced.listing(priced(upstream, overrides=[TIER]), priced(upstream, "openai/plain", overrides=[TIER]))
        assert moved(synced.sync().plan) == {"tiers.200000.output": Decimal("0.000015")}
        synced.listing(priced(upstream, overrides=[TIER]), priced(upstream, "openai/plain"))
        synced.sync(take=("openai/gpt-4o.pricing.tiers",))
        assert "tiers" not in synced.text
        assert not synced.sync().plan.changes

    def test_a_pinned_tier_of_the_model_that_the_entry_had_stays(self, synced: Any, upstream: Any) -> None:
        """Until the pin is gone."""
        synced.listing(priced(upstream, overrides=[TIER]), priced(upstream, "openai/plain"))
        synced.configure(pins=["openai/gpt-4o.pricing.tiers"])
        synced.edit("model: gpt-4o", "model: plain")
        synced.sync()
        assert not moved(synced.sync().plan)
        assert len(synced.model()["pricing"]["tiers"]) == 1
        synced.configure(pins=[])
        assert moved(synced.sync().plan) == dict.fromkeys(("tiers.200000.input", "tiers.200000.output"))

    def test_a_window_that_moves_leaves_what_is_set_by_hand(self, synced: Any, upstream: Any) -> None:
        """And that is told; a plan that keeps it can be written down and applied."""
        night = {"utc_start": 100, "utc_end": 400, "prompt": "0.000001", "completion": "0.000004"}
        tell(synced, upstream, overrides=[night, TIER], input_cache_read="0.00000125")
        synced.sync()
        synced.edit("input: 0.001", "input: 0.0011")
        moves = night | {"utc_start": 200, "utc_end": 500}
        tell(synced, upstream, overrides=[moves, TIER], input_cache_read="0.00000125")
        plan = synced.sync().plan
        (keep,) = (change for change in plan.changes if isinstance(change, Keep))
        assert (keep.field, keep.reason) == (
            "pricing.windows.0100-0400.input",
            "set by hand; upstream has no such window any more",
        )
        data = encode(plan, catalog="models.yml", modelsync="1")
        assert decode(data, "plan.json").plan == plan
        assert synced.model()["pricing"]["windows"] == [
            {"utc": "01:00-04:00", "input": 0.0011},
            {"utc": "02:00-05:00", "output": 0.004},
        ]

    def test_nothing_goes_where_a_listing_has_no_tiers_at_all(self, synced: Any, upstream: Any) -> None:
        """Then the list has lost them, not the model."""
        synced.listing(priced(upstream, input_cache_read="0.00000125"), priced(upstream, OTHER))
        assert not synced.sync().plan.changes

    @pytest.mark.parametrize(
        "rule", [{"min_prompt_tokens": 5, "moon": "full", "prompt": "1", "completion": "1"}, "x", {"min_prompt_tokens": 272000, "utc_start": 0, "utc_end": 100, "prompt": "1", "completion": "1"}], ids=str
    )  # fmt: skip
    def test_nothing_goes_where_prices_cannot_be_told(self, synced: Any, upstream: Any, rule: object) -> None:
        """A condition nobody understands: all it touches stays as it is, and that is said."""
        tell(synced, upstream, overrides=[rule], input_cache_read="0.00000125")
        plan = synced.sync().plan
        assert not plan.changes
        assert ("variable", "upstream's pricing.input depends on what nobody understands: left as it is") in {
            (note.kind, note.text) for note in plan.notes
        }

    def test_a_batch_offer_that_is_not_listed_stays(self, synced: Any, upstream: Any) -> None:
        """Dozens of offers vanished for six days and came back."""
        batch = {"prompt": "0.00000125", "completion": "0.000005", "overrides": [TIER]}
        tell(synced, upstream, overrides=[TIER], input_cache_read="0.00000125", batch=batch)
        assert set(moved(synced.sync().plan)) == {
            "batch.input",
            "batch.output",
            "batch.tiers.200000.input",
            "batch.tiers.200000.output",
        }
        tell(synced, upstream, overrides=[TIER], input_cache_read="0.00000125")
        assert not synced.sync().plan.changes
        tell(synced, upstream, overrides=[TIER], input_cache_read="0.00000125", batch=batch | {"overrides": []})
        assert moved(synced.sync().plan) == {"batch.tiers.200000.input": None, "batch.tiers.200000.output": None}

    def test_a_batch_price_goes_by_the_rule_of_every_price(self, synced: Any, upstream: Any) -> None:
        """What upstream falls silent of stays, be it all of the offer or one price of it; and the merge goes on when it is back."""
        batch = {"prompt": "0.00000125", "completion": "0.000005", "web_search": "0.01"}
        tier = {"overrides": [TIER], "input_cache_read": "0.00000125"}
        tell(synced, upstream, **tier, batch=batch)
        synced.sync()
        synced.edit("            output: 0.005\n", "            output: 0.004\n")
        synced.sync()
        whole = synced.text, synced.lock
        for silent in ({}, {"batch": batch | {"web_search": None}}, {"batch": batch | {"prompt": "-1"}}, {"batch": {}}):
            tell(synced, upstream, **tier, **silent)
            assert not moved(synced.sync().plan)
            assert (synced.text, synced.lock) == whole
        tell(synced, upstream, **tier, batch=batch | {"prompt": "0.000001", "completion": "0.000006"})
        plan = synced.sync().plan
        assert moved(plan) == {"batch.input": Decimal("0.000001")}
        assert [change.field for change in plan.changes if isinstance(change, Keep)] == ["pricing.batch.output"]

    def test_windows_of_different_prices_may_overlap(self, world: Any, upstream: Any) -> None:
        """As they do where one price turns variable while the hours move: `check` finds no fault with what a sync wrote."""
        world.entry("model: gpt-4o")
        world.configure(add={"openai": "none"})
        night = {"utc_start": 100, "utc_end": 400, "prompt": "0.000005", "completion": "0.000012"}
        tell(world, upstream, overrides=[night])
        world.sync()
        moves = night | {"utc_start": 200, "utc_end": 500, "prompt": "-1"}
        tell(world, upstream, overrides=[moves])
        world.sync()
        assert world.model()["pricing"]["windows"] == [
            {"utc": "01:00-04:00", "input": 0.005},
            {"utc": "02:00-05:00", "output": 0.012},
        ]
        bounds = Bounds(Decimal("0.1"), Decimal(1))
        assert not check(world.path.read_bytes(), "c.yml", unit="1k", bounds=bounds).problems
        both = world.text.replace(
            "              output: 0.012", "              input: 0.006\n              output: 0.012"
        )
        assert both != world.text
        texts = [problem.text for problem in check(both.encode(), "c.yml", unit="1k", bounds=bounds).problems]
        assert texts == ["0200-0500 overlaps 0100-0400"]
        same = world.text.replace("02:00-05:00", "01:00-04:00")
        texts = [problem.text for problem in check(same.encode(), "c.yml", unit="1k", bounds=bounds).problems]
        assert texts == ["0100-0400 overlaps 0100-0400"]


class TestGuards:
    """Every price is guarded."""

    @pytest.mark.parametrize(
        ("prices", "field", "reason"),
        [
            ({"overrides": [TIER | {"prompt": "0.0006"}]}, "pricing.tiers.200000.input", "pricing.tiers.200000.input would go from 0.005 to 0.6 USD per 1k tokens, 120 times higher"),
            ({"overrides": [TIER | {"completion": "0"}]}, "pricing.tiers.200000.output", "may become free"),
            ({"overrides": [TIER], "input_cache_read": "0.0000000125"}, "pricing.cache_read", "100 times lower"),
            ({"overrides": [TIER], "internal_reasoning": "0.002"}, "pricing.reasoning", "pricing.reasoning would be 2 USD per 1k tokens (limit 1"),
            ({"overrides": [TIER], "web_search": "1.5"}, "pricing.web_search", "pricing.web_search would be 1.5 USD each (limit 1"),
        ],
        ids=["moved", "free", "cache", "dear", "search"],
    )  # fmt: skip
    def test_what_looks_wrong_is_held(self, synced: Any, upstream: Any, prices: Any, field: str, reason: str) -> None:
        """The others go through; `--accept` lets it in."""
        tell(synced, upstream, **{"input_cache_read": "0.00000125", "audio": "0.000004"} | prices)
        plan = synced.sync().plan
        assert held(plan) == [field]
        assert reason in plan.held[0].reason
        assert set(moved(plan)) == {"audio_input"}
        accepted = synced.sync(accept=("openai/gpt-4o",)).plan
        assert f"pricing.{next(iter(moved(accepted)))}" == field
        assert not synced.sync().plan.changes

    def test_from_nought_to_a_price_is_no_wonder_but_for_input_and_output(self, synced: Any, upstream: Any) -> None:
        """Upstream gives 0 for a rate that it does not know yet."""
        tell(synced, upstream, overrides=[TIER], input_cache_read="0.00000125", internal_reasoning="0", web_search="0")
        synced.sync()
        tell(
            synced,
            upstream,
            overrides=[TIER],
            input_cache_read="0.00000125",
            internal_reasoning="0.00001",
            web_search="0.01",
        )
        assert moved(synced.sync().plan) == {"reasoning": Decimal("0.00001"), "web_search": Decimal("0.01")}

    def test_a_pair_in_a_tier_is_lopsided(self, synced: Any, upstream: Any) -> None:
        """Its output price is compared with its own input price."""
        tell(
            synced,
            upstream,
            overrides=[TIER | {"prompt": "0.000045", "completion": "0.000003"}],
            input_cache_read="0.00000125",
        )
        assert set(held(synced.sync().plan)) == {"pricing.tiers.200000.input", "pricing.tiers.200000.output"}

    def test_a_price_that_goes_is_no_pair_of_one_that_comes(self, synced: Any, upstream: Any) -> None:
        """What one sync removes holds nothing back that the next would write."""
        own = TIER | {"prompt": "0.000003", "completion": "0.0000004"}
        tell(synced, upstream, overrides=[own], input_cache_read="0.00000125")
        synced.sync(accept=("openai/gpt-4o",))
        only = {"min_prompt_tokens": 200000, "prompt": "0.000006"}
        tell(synced, upstream, overrides=[only], input_cache_read="0.00000125")
        plan = synced.sync().plan
        assert not held(plan)
        assert moved(plan) == {"tiers.200000.input": Decimal("0.000006"), "tiers.200000.output": None}
        assert not synced.sync().plan.changes


class TestDetail:
    """`pricing.detail`."""

    def test_basic_is_input_and_output(self, world: Any, upstream: Any) -> None:
        """What a person has typed besides is not looked at; full fills in the rest."""
        world.entry("model: gpt-4o\npricing: {input: 0.0025, output: 0.01, cache_read: 7, tiers: 5}")
        world.configure(add={"openai": "none"}, pricing=PriceDetail("basic"))
        tell(world, upstream, overrides=[TIER], input_cache_read="0.00000125", web_search="0.01")
        before = world.text
        plan = world.sync().plan
        assert not [change for change in plan.changes if isinstance(change, Keep | Hold)]
        assert "cache_read: 7, tiers: 5}" in world.text
        assert before.splitlines()[5] in world.text
        assert {name for name in world.lock.entries["openai/gpt-4o"].base if "pricing" in name} == {
            "pricing.input",
            "pricing.output",
        }
        world.configure(pricing=PriceDetail("full"))
        plan = world.sync().plan
        assert moved(plan) == {"web_search": Decimal("0.01")}
        assert [change.field for change in plan.changes if isinstance(change, Keep)] == ["pricing.cache_read"]
        assert set(held(plan)) == {"pricing.tiers.200000.input", "pricing.tiers.200000.output"}

    @pytest.mark.parametrize(
        "part", ["pricing.tiers", "pricing.batch", "pricing.cache_read", "pricing.tiers.200000.input"]
    )
    def test_to_take_what_basic_leaves_alone_is_refused_with_the_setting(self, synced: Any, part: str) -> None:
        """The words do not offer what was just refused."""
        synced.configure(pricing=PriceDetail("basic"))
        with pytest.raises(UsageError, match="looks at input and output alone") as caught:
            synced.plan(take=(f"openai/gpt-4o.{part}",))
        assert (
            caught.value.message
            == f'--take openai/gpt-4o.{part}: with pricing.detail = "basic" a sync looks at input and output alone'
        )
        assert caught.value.hint == 'Set `detail = "full"` under [pricing] in the settings to keep all prices true.'
        with pytest.raises(UsageError, match=r"owns no field `tags`") as caught:
            synced.plan(take=("openai/gpt-4o.tags",))
        assert "pricing.tiers" not in caught.value.hint
        assert not synced.plan(take=("openai/gpt-4o.pricing",)).changes

    @pytest.mark.parametrize(
        ("values", "detail"),
        [
            ({}, "full"), ({"pricing": PriceDetail("basic")}, "basic"), ({"preset": "classic"}, "basic"),
            ({"preset": "classic", "pricing": PriceDetail("full")}, "full"),
        ],
        ids=["default", "basic", "classic", "classic full"],
    )  # fmt: skip
    def test_status_shows_what_holds(self, world: Any, values: Any, detail: str) -> None:
        """Also where the preset says it."""
        world.entry("model: gpt-4o")
        project = Project(world.path, replace(Settings(), **values))
        shown = {one.setting: one.value for one in settings_in_force(project, {})}
        assert shown["pricing.detail"] == detail

    def test_a_new_entry_has_all_prices(self, world: Any, upstream: Any) -> None:
        """Or two."""
        for pricing, count in ((PriceDetail(), 5), (PriceDetail("full"), 5), (PriceDetail("basic"), 2)):
            world.catalog("providers:\n  openai:\n    models: {}")
            world.configure(pricing=pricing)
            tell(world, upstream, overrides=[TIER], request="0.001")
            values = {change.key: change.values for change in world.plan().changes if isinstance(change, Add)}
            assert len([name for name in values["gpt-4o"] if name.startswith("pricing.")]) == count


WINDOWS = [(600, 60, "0.00000022"), (60, 240, "0.00000044"), (240, 360, "0.00000022"), (360, 600, "0.00000044")]


def hhmm(minute: int) -> int:
    """Spell a time as upstream does: 130 is half past one."""
    return minute // 60 * 100 + minute % 60


@pytest.mark.parametrize("windows", [WINDOWS, WINDOWS[1:2], WINDOWS[1::2]], ids=["all day", "one", "two"])
def test_a_second_sync_plans_nothing_at_any_hour(world: Any, upstream: Any, windows: Any) -> None:
    """The first price of the answer is that of its hour; the file does not follow the clock."""
    world.catalog("providers:\n  openai:\n    models: {}")
    texts: list[str] = []
    for hour in (5, *range(24)):
        minute = hour * 60
        now = "0.0000003"
        for start, end, price in windows:
            if start <= minute < end or (end < start and not end <= minute < start):
                now = price
        overrides = [{"utc_start": hhmm(start), "utc_end": hhmm(end), "prompt": price} for start, end, price in windows]
        world.listing(
            priced(
                upstream, prompt=now, overrides=overrides[hour % len(overrides) :] + overrides[: hour % len(overrides)]
            )
        )
        changes = world.sync().plan.changes
        assert bool(changes) == (not texts), (hour, changes)
        texts.append(world.text)
    assert set(texts) == {texts[0]}
    rows = world.model()["pricing"]["windows"]
    assert [row["utc"] for row in rows] == (["01:00-04:00", "06:00-10:00"] if len(windows) > 1 else ["01:00-04:00"])


def test_every_recorded_price_comes_back_from_a_catalog(shared_data: Path, world: Any) -> None:
    """What upstream says of every model of every list, through a whole sync, is what an application reads; then nothing is left to do."""
    paths = sorted((shared_data / "openrouter").glob("models.*.json"))
    lists = [path for path in paths if "headers" not in path.name and "page" not in path.name]
    assert len(lists) >= 8
    for path in lists:
        body = path.read_bytes()
        world.path.write_text("providers:\n  openrouter:\n    models: {}\n", encoding="utf-8")
        world.path.with_name("llm_models.lock.json").unlink(missing_ok=True)
        world.source.write_bytes(body)
        settings = Settings(
            add={"openrouter": ["*"]}, guards=replace(Settings().guards, usd_per_1k=1000, output_share=0)
        )
        world.settings = settings
        world.sync()
        catalog = Catalog.load(world.path)
        listing = openrouter.read([body], source="x", day="2026-08-21")
        models = normalize(listing, ["openrouter"], vendors(settings), policy(settings))["openrouter"]
        read = {model.model_id: model.pricing for model in catalog}
        expected = {model.upstream: model.pricing for model in models if model.upstream in read}
        assert {name: flatten(pricing) for name, pricing in read.items()} == {
            name: flatten(pricing) for name, pricing in expected.items()
        }
        assert len(read) > 0.9 * len({model.upstream for model in models if model.pricing != Pricing()})
        assert not world.sync().plan.changes
        assert json.loads(world.path.with_name("llm_models.lock.json").read_text())["version"] == 1
