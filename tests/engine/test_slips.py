"""A listing whose unit has slipped: no price that nothing measures is taken from it, on any run, until a person vouches for it."""

from __future__ import annotations

from typing import Any

import pytest

from modelsync.errors import Refused
from modelsync.pipeline.standing import status_of
from modelsync.planning.changes import Hold
from modelsync.project import Project

UNIT = "seems to count in another unit"
CHEAP = {"prompt": "0.000000002", "completion": "0.000000008"}


@pytest.fixture
def known(world: Any, upstream: Any) -> Any:
    """Return a world with one managed model, and from the next run on a listing a thousand times too cheap."""
    world.entry("model: gpt-4o")
    world.listing(upstream())
    world.sync()
    world.slipped = [
        upstream(prompt="0.0000000025", completion="0.00000001"),
        upstream("openai/o4", **CHEAP),
        upstream("openai/new", **CHEAP),
    ]
    world.listing(*world.slipped)
    return world


def held(plan: Any) -> list[str]:
    """The keys of what is held."""
    return [change.key for change in plan.changes if isinstance(change, Hold)]


def settled(world: Any, **wishes: Any) -> Any:
    """Sync twice alike: the second time changes no file. Return the first plan."""
    plan = world.sync(**wishes).plan
    before = world.files()
    world.sync(**wishes)
    assert world.files() == before
    return plan


class TestUnmeasured:
    """Blanks, new ids and new entries have no price of their own to be compared with."""

    def test_a_blank_is_not_filled_in(self, known: Any) -> None:
        """An entry added by hand without prices; its limits come all the same."""
        known.path.write_text(known.text + "      o4: {model: o4}\n", encoding="utf-8")
        plan = settled(known)
        assert held(plan) == ["gpt-4o", "o4", "new"]
        assert [UNIT in change.reason for change in plan.changes if isinstance(change, Hold)] == [False, True, True]
        assert known.model("o4") == {"model": "o4", "context_length": 128000, "max_output_tokens": 16384}

    def test_a_new_id_has_no_price_yet(self, known: Any, upstream: Any) -> None:
        """Its old price is another model's."""
        known.listing(upstream(), upstream("openai/o3", prompt="0.000002", completion="0.000008"))
        known.sync()
        known.edit("model: o3", "model: o4")
        known.listing(*known.slipped)
        settled(known)
        assert known.model("o3")["pricing"] == {"input": 0.002, "output": 0.008}

    def test_forced_too(self, world: Any, upstream: Any) -> None:
        """`--force` lets the listing in, and each price is judged by itself: nothing measures this one."""
        world.catalog("providers:\n  openai:\n    models: {}")
        ids = [f"openai/m{number}" for number in range(4)]
        world.listing(*map(upstream, ids))
        world.sync()
        world.path.write_text(world.text + "      m9: {model: m9}\n", encoding="utf-8")
        world.listing(*(upstream(name, **CHEAP) for name in (*ids, "openai/m9")))
        assert held(settled(world, force=True)) == ["m0", "m1", "m2", "m3", "m9"]

    def test_prices_that_were_deleted_still_measure(self, known: Any) -> None:
        """The lock knows what they were."""
        known.edit("        pricing:\n          input: 0.0025\n          output: 0.01\n", "")
        assert held(settled(known)) == ["new", "o4"]

    def test_added_by_name(self, known: Any) -> None:
        """Refused, even if the file has no price to compare: the lock knows what they were."""
        known.edit("        pricing:\n          input: 0.0025\n          output: 0.01\n", "")
        with pytest.raises(Refused, match=UNIT):
            known.add("openai/new")

    def test_one_vendor_alone(self, world: Any, upstream: Any) -> None:
        """The prices of the others are no proof for its own; without a known one the others are asked."""
        world.catalog("providers:\n  openai: {models: {}}\n  anthropic: {models: {}}\n  gemini: {models: {}}")
        world.listing(upstream("openai/a"), upstream("anthropic/b"))
        world.sync()
        world.listing(
            upstream("openai/a"),
            upstream("anthropic/b", **CHEAP),
            upstream("anthropic/c", **CHEAP),
            upstream("google/d"),
        )
        assert held(settled(world)) == ["b", "c"]
        assert world.entry_keys("gemini") == ["d"]


class TestVouched:
    """What a person says of the known price counts in that very run, so that the next one finds nothing to do."""

    def test_accepted(self, known: Any) -> None:
        """The known price is right: then so are the others."""
        assert held(settled(known, accept=("openai/gpt-4o",))) == []
        assert known.entry_keys() == ["gpt-4o", "new", "o4"]

    def test_ours(self, known: Any) -> None:
        """The person has compared, and keeps theirs."""
        assert held(settled(known, ours=True)) == []

    def test_the_accepted_one_alone_is_let_in(self, known: Any) -> None:
        """The known price stays in doubt, and with it what nobody has named."""
        plan = known.sync(accept=("openai/new",)).plan
        assert held(plan) == ["gpt-4o", "o4"]

    def test_status_says_why(self, known: Any) -> None:
        """Offline nothing measures it anew: it is held until a sync decides."""
        known.path.write_text(known.text + "      o4: {model: o4}\n", encoding="utf-8")
        known.sync()
        standing = status_of(Project(known.path, known.settings), {}, today=known.now().date())
        (entry,) = (one for one in standing.standing.entries if one.name == "openai/o4")
        assert {field.state for field in entry.fields if UNIT in field.why} == {"held"}
