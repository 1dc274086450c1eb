"""Tiers and windows that a person moves, damages or waits for: what a sync makes of them, and what `status` says."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.domain.lock import Kept
from modelsync.pipeline.standing import status_of
from modelsync.planning.changes import Hold, Keep, Update
from modelsync.project import Project
from modelsync.views.standing_json import status_json
from modelsync.views.standing_lines import status_lines

if TYPE_CHECKING:
    from modelsync.domain.lock import LockEntry
    from modelsync.planning.changes import Plan
    from modelsync.planning.standing import FieldStanding
    from modelsync.views.standing import Status

NAME = "openai/gpt-4o"
TIER = {"min_prompt_tokens": 200000, "prompt": "0.000005", "completion": "0.000015"}
NIGHT = {"utc_start": 100, "utc_end": 400, "prompt": "0.000001", "completion": "0.000004"}
TIERS = "pricing.tiers"
INPUT, OUTPUT = (f"{TIERS}.200000.{rate}" for rate in ("input", "output"))


def tell(world: Any, upstream: Any, *overrides: Any, **prices: Any) -> None:
    """Say what upstream says from now on, of the entry's model and of another one that has a tier."""
    for name, own in (("gpt-4o", overrides), ("other", (TIER,))):
        record = upstream(f"openai/{name}")
        record["pricing"] |= prices | {"overrides": [*own]} if own else prices
        world.records = {**getattr(world, "records", {}), name: record}
    world.listing(*world.records.values())


@pytest.fixture
def synced(world: Any, upstream: Any) -> Any:
    """Return a world with one entry that has a tier, in step with upstream."""
    world.entry("model: gpt-4o")
    world.configure(add={"openai": "none"})
    tell(world, upstream, TIER)
    world.sync()
    return world


def moved(plan: Plan) -> dict[str, object]:
    """Return what updates write, by field; None goes."""
    updates = (change for change in plan.changes if isinstance(change, Update))
    return {change.field: change.new for update in updates for change in update.fields}


def held(plan: Plan) -> dict[str, str]:
    """Return the fields that are held, with the reason."""
    holds = (change for change in plan.changes if isinstance(change, Hold))
    return {change.field: hold.reason for hold in holds for change in hold.fields}


def kept(plan: Plan) -> dict[str, str]:
    """Return the fields that are kept, with the reason."""
    return {change.field: change.reason for change in plan.changes if isinstance(change, Keep)}


def told(plan: Plan) -> list[str]:
    """Return what is noted of tiers and windows."""
    return [note.text for note in plan.notes if note.kind == "rows" and note.subject == NAME]


def line(world: Any) -> LockEntry:
    """The lock's line of the entry."""
    return world.lock.entries[NAME]


def status(world: Any) -> Status:
    """Tell where the catalog stands."""
    return status_of(Project(world.path, world.settings), {}, today=date.fromisoformat(world.day))


def field(world: Any, name: str) -> FieldStanding:
    """Tell where one field of the entry stands."""
    return next(field for field in status(world).standing.entries[0].fields if field.field == name)


class TestMovedByHand:
    """A person writes another threshold, or other hours."""

    @pytest.mark.parametrize(
        ("override", "old", "new", "upstreams", "own", "group"),
        [
            (TIER, "above: 200000", "above: 272000", "tier above 200000", "272000", "pricing.tiers.200000"),
            (NIGHT, "utc: 01:00-04:00", "utc: 04:00-05:00", "window 0100-0400", "0400-0500", "pricing.windows.0100-0400"),
        ],
        ids=["tier", "window"],
    )  # fmt: skip
    def test_it_is_said_once_and_stays(
        self, world: Any, upstream: Any, *, override: Any, old: str, new: str, upstreams: str, own: str, group: str
    ) -> None:
        """Neither comes back by itself; `--take` brings upstream's, and the person's stays beside it."""
        world.entry("model: gpt-4o")
        world.configure(add={"openai": "none"})
        tell(world, upstream, override)
        world.sync()
        world.edit(old, new)
        before = world.text
        said = f"upstream's {upstreams} is not in the file any more, and upstream has none for {own}: both stay so; --take {NAME}.{group} brings upstream's back"
        assert told(world.plan()) == told(world.sync().plan) == [said]
        assert world.text == before
        assert not told(world.sync().plan)
        assert not world.sync().plan.changes
        rows = group.rpartition(".")[0]
        gone, mine = field(world, f"{group}.input"), field(world, f"{rows}.{own}.input")
        kind = upstreams.partition(" ")[0]
        assert (gone.state, gone.why) == ("deleted by hand", f"the file has no such {kind} any more, and it stays so")
        assert gone.command == f"modelsync sync --take {NAME}.{group}.input"
        assert (mine.state, mine.why) == (
            "unknown upstream",
            f"models.json named no such {kind} on 2026-03-01: the file's value stays",
        )
        taken = world.sync(take=(f"{NAME}.{group}",)).plan
        assert moved(taken).keys() == {f"{group}.input", f"{group}.output"}
        assert not told(taken)
        assert len(world.model()["pricing"][rows.partition(".")[2]]) == 2
        assert not world.sync().plan.changes

    def test_hours_that_overlap_upstreams_must_go_first(self, world: Any, upstream: Any) -> None:
        """Both at once are nothing that a catalog can say: the note says so, and `--take` waits."""
        world.entry("model: gpt-4o")
        world.configure(add={"openai": "none"})
        tell(world, upstream, NIGHT)
        world.sync()
        world.edit("utc: 01:00-04:00", "utc: 01:00-05:00")
        (said,) = told(world.sync().plan)
        assert said.endswith(
            f"both stay so; once 0100-0500 is gone, --take {NAME}.pricing.windows.0100-0400 brings upstream's back"
        )
        before = world.files()
        plan = world.sync(take=(f"{NAME}.pricing.windows.0100-0400",)).plan
        assert set(held(plan).values()) == {"it would overlap your window 01:00-05:00"}
        deleted = field(world, "pricing.windows.0100-0400.input")
        assert deleted.state == "deleted by hand"
        assert deleted.command == "remove pricing.windows.0100-0500 by hand, or change its hours"
        assert world.files() == before
        world.edit("            - utc: 01:00-05:00\n              input: 0.001\n              output: 0.004\n", "")
        world.sync(take=(f"{NAME}.pricing.windows.0100-0400",))
        assert world.model()["pricing"]["windows"] == [{"utc": "01:00-04:00", "input": 0.001, "output": 0.004}]

    def test_the_overview_counts_and_lists_what_is_missing(self, synced: Any) -> None:
        """As long as it is so, each price of upstream's tier by its name, and one deleted by itself too; in text and JSON."""
        synced.edit("above: 200000", "above: 272000")
        synced.edit("          output: 0.01\n", "")
        for _ in range(2):
            synced.sync()
            told = status(synced)
            missing = ["pricing.output", INPUT, OUTPUT]
            assert [field.field for _, field in told.standing.taken_out] == missing
            assert told.standing.counts("openai")["deleted"] == len(missing)
            text = "\n".join("".join(part for _, part in line) for line in status_lines(told))
            assert "\nValues deleted by hand: 3\n" in text
            assert (
                f"  {NAME}.{INPUT}  the file has no such tier any more, and it stays so; upstream last said 0.005 (models.json, since 2026-03-01)\n"
                in text
            )
            rows = json.loads(status_json(told))["deleted_values"]
            assert [(row["entry"], row["field"], row["theirs"]["value"]) for row in rows] == [
                (NAME, "pricing.output", "0.01"), (NAME, INPUT, "0.005"), (NAME, OUTPUT, "0.015"),
            ]  # fmt: skip

    def test_nothing_is_said_of_a_tier_that_is_only_new_or_only_deleted(self, synced: Any) -> None:
        """What a person adds is the person's, and what is deleted stays deleted."""
        synced.edit("          tiers:\n", "          tiers:\n            - above: 1000\n              input: 0.003\n")
        assert not told(synced.sync().plan)
        synced.edit("            - above: 200000\n              input: 0.005\n              output: 0.015\n", "")
        assert not told(synced.sync().plan)

    def test_a_price_of_the_persons_in_a_tier_of_upstreams_is_no_other_tier(self, synced: Any) -> None:
        """Status knows that upstream has the tier, and a sync says nothing."""
        synced.edit("              output: 0.015\n", "              output: 0.015\n              request: 1\n")
        assert not told(synced.sync().plan)
        assert (
            field(synced, f"{TIERS}.200000.request").why
            == "models.json named none on 2026-03-01: the file's value stays"
        )
        synced.edit("              output: 0.015\n", "")
        synced.sync()
        assert field(synced, OUTPUT).why == "it is not in the file any more, and stays deleted"

    def test_nothing_is_said_where_upstream_has_the_new_threshold(self, synced: Any, upstream: Any) -> None:
        """Then the person was only faster."""
        synced.edit("above: 200000", "above: 272000")
        tell(synced, upstream, TIER | {"min_prompt_tokens": 272000})
        plan = synced.sync().plan
        assert not told(plan)
        assert not plan.changes
        tell(synced, upstream, TIER | {"min_prompt_tokens": 272000, "prompt": "0.000006"})
        assert moved(synced.sync().plan) == {"pricing.tiers.272000.input": Decimal("0.000006")}

    def test_nothing_is_said_where_both_are_upstreams(self, synced: Any, upstream: Any) -> None:
        """One was deleted, another one comes."""
        synced.edit("above: 200000", "above: 1000")
        tell(synced, upstream, TIER, TIER | {"min_prompt_tokens": 1000})
        assert not told(synced.sync().plan)


DAMAGES = {
    "no list": ("          tiers:\n            - above: 200000\n              input: 0.005\n              output: 0.015\n", "          tiers: 5\n", "`pricing.tiers` is not a list"),
    "a row without its threshold": ("above: 200000", "below: 200000", "a row of `pricing.tiers` has no `above`"),
    "no mapping": ("        pricing:\n", "        pricing: 5\n        mine:\n", "`pricing` is not a mapping"),
}  # fmt: skip


class TestDamaged:
    """A list or mapping of prices that cannot be read after it could."""

    @pytest.mark.parametrize(("old", "new", "reason"), DAMAGES.values(), ids=DAMAGES)
    def test_its_prices_are_held_until_it_is_mended(
        self, synced: Any, upstream: Any, old: str, new: str, reason: str
    ) -> None:
        """Nobody can tell what was deleted there: the lock keeps what it knows, and the merge goes on once it is mended."""
        known = line(synced).base
        synced.edit(old, new)
        before = field(synced, INPUT)
        assert (before.state, before.command) == (
            "held",
            "edit it by hand, write the value into the entry itself, or pin it",
        )
        tell(synced, upstream, TIER | {"prompt": "0.000006"})
        for plan in (synced.sync().plan, synced.sync().plan):
            assert held(plan).keys() >= {INPUT, OUTPUT}
            assert reason in held(plan)[OUTPUT]
            assert not moved(plan)
        assert line(synced).base == known
        assert line(synced).held.keys() >= {INPUT, OUTPUT}
        after = field(synced, INPUT)
        assert (after.state, after.since) == ("held", "2026-03-01")
        assert reason in after.why
        synced.edit(new, old)
        assert moved(synced.sync().plan) == {INPUT: Decimal("0.000006")}
        assert not synced.sync().plan.changes
        assert not line(synced).held

    def test_a_listing_that_is_too_old_holds_them_still(self, synced: Any) -> None:
        """A run that cannot decide forgets nothing."""
        synced.edit("above: 200000", "below: 200000")
        synced.day = "2026-03-05"
        synced.sync()
        synced.day, synced.listed = "2026-03-06", "2026-02-01"
        assert held(synced.sync().plan).keys() == {INPUT, OUTPUT}

    def test_a_price_that_was_set_by_hand_is_still_known_as_that(self, synced: Any) -> None:
        """So that the lock is not out of step when it is back."""
        synced.edit("input: 0.005", "input: 0.004")
        synced.sync()
        known = line(synced).kept
        assert known.keys() == {INPUT}
        synced.edit("above: 200000", "below: 200000")
        synced.sync()
        assert line(synced).kept == known
        synced.edit("below: 200000", "above: 200000")
        assert kept(synced.sync().plan) == {INPUT: "set by hand"}

    def test_what_was_deleted_before_stays_deleted_when_it_is_mended(self, synced: Any) -> None:
        """The lock still says that upstream had it."""
        synced.edit("              output: 0.015\n", "")
        synced.sync()
        synced.edit("above: 200000", "below: 200000")
        assert held(synced.sync().plan).keys() == {INPUT, OUTPUT}
        synced.edit("below: 200000", "above: 200000")
        assert not synced.sync().plan.changes

    def test_a_price_that_upstream_never_had_is_not_held(self, world: Any, upstream: Any) -> None:
        """There is nothing to be written, whether the prices can be read or not."""
        world.entry("model: gpt-4o\npricing: {input: 0.0025}")
        world.listing(upstream(completion=None))
        world.sync()
        world.edit("{input: 0.0025}", "5")
        assert held(world.sync().plan).keys() == {"pricing.input"}
        assert [field(world, f"pricing.{rate}").state for rate in ("input", "output")] == ["held", "unknown upstream"]

    def test_a_pin_goes_before(self, synced: Any) -> None:
        """What is pinned is not to be written, and so nothing is in the way."""
        synced.edit("model: gpt-4o", "model: gpt-4o\n        pinned: [pricing.tiers]")
        synced.edit("above: 200000", "below: 200000")
        assert not held(synced.sync().plan)


class TestDropped:
    """What is left of a tier that upstream drops."""

    def test_a_held_price_is_let_go(self, synced: Any, upstream: Any) -> None:
        """It could wait for ever: upstream names it no more, and that is said once."""
        dear = {"min_prompt_tokens": 500000, "prompt": "0.002"}
        tell(synced, upstream, TIER, dear)
        name = "pricing.tiers.500000.input"
        assert held(synced.sync().plan).keys() == {name}
        tell(synced, upstream, TIER)
        plan = synced.sync().plan
        assert told(plan) == [f"{name} is not held any more: upstream has no such tier any more"]
        assert not plan.changes
        assert not line(synced).held
        assert not told(synced.sync().plan)

    def test_one_that_was_held_on_the_first_sync_is_let_go(self, world: Any, upstream: Any) -> None:
        """The value that was typed there is the person's own from then on."""
        world.entry("model: gpt-4o\npricing: {tiers: [{above: 200000, input: 0.0001}]}")
        world.configure(add={"openai": "none"})
        tell(world, upstream, TIER)
        assert INPUT in held(world.sync().plan)
        tell(world, upstream)
        assert told(world.sync().plan) == [f"{INPUT} is not held any more: upstream has no such tier any more"]
        before = world.files()
        assert not world.sync().plan.changes
        assert world.files() == before
        assert world.model()["pricing"]["tiers"] == [{"above": 200000, "input": 0.0001}]

    def test_a_batch_offer_that_is_not_listed_holds_on(self, synced: Any, upstream: Any) -> None:
        """It may be back tomorrow: that it is not listed says nothing."""
        batch = upstream("openai/gpt-4o:batch") | {"pricing": {"prompt": "0.002", "overrides": [TIER]}}
        synced.listing(*synced.records.values(), batch)
        assert "pricing.batch.input" in held(synced.sync().plan)
        synced.listing(*synced.records.values())
        assert "pricing.batch.input" in held(synced.sync().plan)

    @pytest.mark.parametrize("earlier", [True, False], ids=["kept before", "edited since"])
    def test_status_says_why_a_kept_price_stays(self, synced: Any, upstream: Any, earlier: bool) -> None:
        """It was not edited since the last sync, and upstream does not say something else: upstream has no such tier."""
        synced.edit("input: 0.005", "input: 0.004")
        if earlier:
            synced.sync()
        tell(synced, upstream)
        synced.day = "2026-03-02"
        assert kept(synced.sync().plan) == {INPUT: "set by hand; upstream has no such tier any more"}
        assert line(synced).kept == {INPUT: Kept("0.000004", None, "models.json", "2026-03-02")}
        told = field(synced, INPUT)
        assert (told.state, told.why) == (
            "set by hand",
            "upstream has no such tier any more; it stays until you let it go",
        )
        assert told.command == f"modelsync sync --take {INPUT.replace('pricing', NAME + '.pricing', 1)}"
        text = "\n".join("".join(part for _, part in line) for line in status_lines(status(synced)))
        assert f"{NAME}.{INPUT}  is 0.004, upstream has no such tier any more\n" in text
        before = synced.files()
        synced.day = "2026-03-03"
        assert kept(synced.sync().plan) == {INPUT: "set by hand; upstream has no such tier any more"}
        assert synced.files() == before
        tell(synced, upstream, TIER)
        assert kept(synced.sync().plan) == {INPUT: "set by hand"}
        assert line(synced).kept[INPUT].theirs == "0.000005"
