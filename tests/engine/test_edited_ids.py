"""An entry whose model id was edited by hand: what the lock knew of the model before is no measure of the new one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from modelsync.pipeline.standing import status_of
from modelsync.planning.changes import Hold, Keep
from modelsync.project import Project

NAME = "openai/gpt-4o"
OLD = {"prompt": "0.0000025", "completion": "0.00001"}
DEAR = {"prompt": "0.0015", "completion": "0.006"}


def held(plan: Any) -> list[Any]:
    """Return what a plan holds."""
    return [change for change in plan.changes if isinstance(change, Hold)]


def kept(plan: Any) -> list[str]:
    """Return the fields that a plan keeps as set by hand."""
    return [change.field for change in plan.changes if isinstance(change, Keep)]


@pytest.fixture
def synced(world: Any, upstream: Any) -> Any:
    """Return a world with one entry in step with `gpt-4o`; `mini` is a thousand times cheaper, `dear` dear."""
    world.configure(add={"openai": "none"})
    world.entry("model: gpt-4o")

    def records(**dear: Any) -> None:
        mini = upstream("openai/mini", prompt="0.0000000025", completion="0.00000001", context=64000)
        world.listing(upstream(**OLD), mini, upstream("openai/dear", **(DEAR | {"context": 256000} | dear)))

    world.records = records
    records()
    world.sync()
    world.day = "2026-03-02"
    return world


def settles(world: Any, **wishes: Any) -> Any:
    """Sync once with wishes, then twice more: neither changes a byte. Return the first plan."""
    plan = world.sync(**wishes).plan
    files = world.files()
    for _ in range(2):
        world.day = (date.fromisoformat(world.day) + timedelta(days=1)).isoformat()
        again = world.sync().plan
        assert world.files() == files
        assert held(again) == held(plan)
    return plan


class TestHandSetValues:
    """What a person typed stays, and is known as that beside the new model's."""

    def test_a_kept_price_is_measured_by_the_new_model(self, synced: Any) -> None:
        """Three entries whose prices are kept through a change of models: their old prices are no listing's slip."""
        for number in range(3):
            synced.path.write_text(synced.text + f"      m{number}: {{model: gpt-4o}}\n")
        synced.sync()
        synced.path.write_text(
            synced.text.replace("input: 0.0025", "input: 0.003").replace("output: 0.01", "output: 0.02")
        )
        synced.sync(force=True)
        synced.path.write_text(synced.text.replace("model: gpt-4o", "model: mini"))
        plan = settles(synced)
        assert kept(plan) == ["pricing.input", "pricing.output"] * 4
        base = synced.lock.entries[NAME].base
        assert (base["pricing.input"].value, base["pricing.output"].value) == ("0.0000000025", "0.00000001")

    def test_a_deleted_field_stays_deleted(self, synced: Any) -> None:
        """It was deleted from the entry, whatever its model is."""
        synced.edit("          output: 0.01\n", "")
        synced.sync()
        synced.edit("model: gpt-4o", "model: mini")
        settles(synced)
        assert synced.model()["pricing"] == {"input": 0.0000025}
        assert synced.lock.entries[NAME].base["pricing.output"].value == "0.00000001"

    def test_a_pinned_value_unpinned_later_follows(self, synced: Any) -> None:
        """It was never set by hand; that it is another model's is no leap."""
        synced.configure(pins=[f"{NAME}.pricing"])
        synced.edit("model: gpt-4o", "model: mini")
        settles(synced)
        synced.configure(pins=[])
        assert not held(settles(synced))
        assert synced.model()["pricing"] == {"input": 0.0000025, "output": 0.00001}

    def test_a_limit_of_the_new_model_does_not_fall(self, synced: Any) -> None:
        """Half the context, and no remark: it is another model's."""
        synced.edit("model: gpt-4o", "model: mini")
        synced.configure(guards=type(synced.settings.guards)(limit_drop=0.1))
        assert not [note for note in settles(synced).notes if note.kind == "dropped"]
        assert synced.model()["context_length"] == 64000


class TestSilence:
    """Upstream does not say what the new model costs."""

    @pytest.fixture
    def silent(self, synced: Any) -> Any:
        """Return the world after an edit to a model without a known output price."""
        synced.records(prompt="0.000003", completion=None)
        synced.edit("model: gpt-4o", "model: dear")
        settles(synced)
        assert synced.model()["pricing"] == {"input": 0.003, "output": 0.01}
        return synced

    def test_the_old_price_follows_once_upstream_speaks(self, silent: Any) -> None:
        """Nobody typed it, so it is not kept; it is no leap either, from another model's price."""
        silent.records(prompt="0.000003", completion="0.0005")
        plan = settles(silent)
        assert (held(plan), kept(plan)) == ([], [])
        assert silent.model()["pricing"] == {"input": 0.003, "output": 0.5}

    def test_a_price_typed_meanwhile_is_kept(self, silent: Any) -> None:
        """It differs from the old model's: a person set it."""
        silent.edit("output: 0.01", "output: 0.02")
        settles(silent)
        silent.records(prompt="0.000003", completion="0.0005")
        assert kept(settles(silent)) == ["pricing.output"]

    def test_status_says_whose_it_is(self, silent: Any) -> None:
        """Not that it follows upstream."""
        standing = status_of(Project(silent.path, silent.settings), {}, today=date(2026, 3, 4)).standing
        field = next(field for field in standing.entries[0].fields if field.field == "pricing.output")
        assert (field.state, field.base, field.theirs) == ("unknown upstream", None, None)
        assert "the model that the entry had before" in field.why

    def test_the_old_price_says_nothing_of_a_listing(self, silent: Any, upstream: Any) -> None:
        """Under classic one model is enough to refuse a slipped listing: the old model's price is no measure of it."""
        silent.configure(preset="classic", add={"openai": "none"})
        silent.listing(upstream("openai/dear", prompt="0.000003", completion="0.01"))
        silent.edit("gpt-4o:\n", "dear:\n")
        silent.sync()
        assert silent.model("dear")["pricing"]["output"] == 10


class TestDearModels:
    """The new model is one whose prices are held."""

    def test_the_reason_stays_the_same(self, synced: Any) -> None:
        """It is no move, on the first run and on those after: the lock is not touched again."""
        synced.edit("model: gpt-4o", "model: dear")
        (hold,) = held(settles(synced))
        assert hold.reason == "; ".join(
            f"pricing.{kind} would be {price} USD per 1k tokens (limit 1, guards.usd_per_1k)"
            for kind, price in (("input", "1.5"), ("output", "6"))
        )
        assert synced.model()["pricing"] == {"input": 0.0025, "output": 0.01}
        standing = status_of(Project(synced.path, synced.settings), {}, today=date(2026, 3, 4)).standing
        assert [field.why for _, field in standing.held] == hold.reason.split("; ")

    def test_accepted_it_is_managed(self, synced: Any) -> None:
        """From then on moves are measured again."""
        synced.edit("model: gpt-4o", "model: dear")
        settles(synced)
        settles(synced, accept=(NAME,))
        assert synced.model()["pricing"] == {"input": 1.5, "output": 6}
        assert not synced.lock.entries[NAME].foreign
        synced.records(prompt="0.00001")
        assert "150 times lower" in held(settles(synced))[0].reason

    def test_set_by_hand_it_is_kept(self, synced: Any) -> None:
        """The other way out."""
        synced.edit("model: gpt-4o", "model: dear")
        settles(synced)
        synced.edit("input: 0.0025", "input: 1.1")
        plan = settles(synced)
        assert kept(plan) == ["pricing.input"]
        assert [change.field for change in held(plan)[0].fields] == ["pricing.output"]

    def test_edited_back_it_is_as_before(self, synced: Any) -> None:
        """The old model's price is there still, and is believed."""
        synced.edit("model: gpt-4o", "model: dear")
        settles(synced)
        synced.edit("model: dear", "model: gpt-4o")
        assert not settles(synced).held
        assert not synced.lock.entries[NAME].foreign

    def test_a_lopsided_one(self, synced: Any) -> None:
        """The pair is held as one, with the same words on each run."""
        synced.records(prompt="0.0001", completion="0.000001")
        synced.edit("model: gpt-4o", "model: dear")
        (hold,) = held(settles(synced))
        assert [change.field for change in hold.fields] == ["pricing.input", "pricing.output"]
        assert "is 1.0% of the input price" in hold.reason

    def test_features_behind_an_alias(self, world: Any, upstream: Any) -> None:
        """Those of the old model are still to go on the next run, though they cannot be edited."""
        world.configure(add={"openai": "none"})
        world.entry("model: gpt-4o\nfeatures: [mine]")
        world.listing(upstream(parameters=("tools",)), upstream("openai/plain", parameters=("reasoning",)))
        world.sync()
        world.path.write_text(world.text.replace("providers:", "own: &own [mine, function_calling]\nproviders:"))
        world.edit("features: [mine, function_calling]", "features: *own")
        world.edit("model: gpt-4o", "model: plain")
        (hold,) = held(settles(world))
        assert hold.fields[0].new == ("mine", "reasoning")


class TestOtherWaysToAnotherModel:
    """The id stays, and stands for another model now."""

    def test_by_the_settings(self, synced: Any) -> None:
        """Three entries matched to a model a thousand times cheaper: no slip, and what is typed stays typed."""
        for number in range(3):
            synced.path.write_text(synced.text + f"      m{number}: {{model: gpt-4o}}\n")
        synced.sync()
        synced.edit("          input: 0.0025\n", "          input: 0.003\n")
        synced.sync()
        synced.configure(match={f"openai/{key}": "openai/mini" for key in ("gpt-4o", "m0", "m1", "m2")})
        plan = settles(synced)
        assert (held(plan), kept(plan)) == ([], ["pricing.input"])
        assert synced.model("m1")["pricing"] == {"input": 0.0000025, "output": 0.00001}

    def test_by_the_key_under_classic(self, synced: Any) -> None:
        """There the key decides; one model would be enough to refuse a listing."""
        synced.configure(preset="classic", add={"openai": "none"})
        synced.sync()
        synced.edit("gpt-4o:\n", "mini:\n")
        settles(synced)
        assert synced.model("mini")["pricing"] == {"input": 0.0000025, "output": 0.00001}

    def test_an_accepted_rematch(self, world: Any, upstream: Any) -> None:
        """A price kept by hand is known beside the new model's, and its old base is no measure."""
        world.configure(add={"anthropic": "none"})
        world.entry("model: claude-3-5-haiku-20241022", provider="anthropic", key="haiku")
        world.listing(upstream("anthropic/claude-3.5-haiku-20241022"))
        world.sync()
        world.edit("input: 0.0025", "input: 0.003")
        world.sync()
        world.listing(upstream("anthropic/claude-3.5-haiku", prompt="0.0000000025", completion="0.00002"))
        plan = settles(world, accept=("anthropic/haiku",))
        assert kept(plan) == ["pricing.input"]
        assert world.lock.entries["anthropic/haiku"].base["pricing.input"].value == "0.0000000025"
