"""Windows of a person's beside windows of upstream's: no sync writes two prices of one rate for one minute."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelsync import Catalog, Usage
from modelsync.catalog.checking import check
from modelsync.catalog.checking_prices import Bounds
from modelsync.domain.rates import hours_name
from modelsync.pipeline.standing import status_of
from modelsync.planning.changes import Hold, Keep, Update
from modelsync.project import Project
from modelsync.settings import PriceDetail

NAME = "openai/gpt-4o"
WINDOWS = "pricing.windows"
OWN = '        pricing:\n          windows:\n            - utc: "00:00-12:00"  # our contract\n              input: 0.001\n'
NIGHT = {"utc_start": 100, "utc_end": 400, "prompt": "0.000005", "completion": "0.00002"}
LATER = NIGHT | {"utc_start": 200, "utc_end": 500}
BOUNDS = Bounds(Decimal("0.1"), Decimal(1))


def tell(world: Any, upstream: Any, *overrides: Any, batch: Any = None) -> None:
    """Say what upstream says from now on, of the entry's model and of another one that has a window."""
    records = {"openai/gpt-4o": overrides, "openai/other": (NIGHT,)}
    listed: list[dict[str, Any]] = [] if batch is None else [batch]
    for name, rules in records.items():
        record = upstream(name)
        record["pricing"]["overrides"] = [*rules]
        listed.append(record)
    world.listing(*listed)


def written(plan: Any) -> dict[str, object]:
    """Return what updates write, by field."""
    updates = (change for change in plan.changes if isinstance(change, Update))
    return {change.field: change.new for update in updates for change in update.fields}


def held(plan: Any) -> dict[str, Hold]:
    """Return the holds by field."""
    holds = (change for change in plan.changes if isinstance(change, Hold))
    return {change.field: hold for hold in holds for change in hold.fields}


def overlaps(world: Any) -> list[str]:
    """Return what `check` says of overlapping windows."""
    problems = check(world.path.read_bytes(), "c.yml", unit="1k", bounds=BOUNDS).problems
    return [problem.text for problem in problems if "overlaps" in problem.text]


def price_at(world: Any, hour: int) -> Decimal:
    """Return what a million tokens of the prompt cost at an hour."""
    at = datetime(2026, 3, 1, hour, tzinfo=UTC)
    return Catalog.load(world.path)[NAME].cost(Usage(input=10**6), at=at).total


def settles(world: Any, **wishes: Any) -> Any:
    """Sync with wishes, then twice more: neither changes a byte. Return the first plan."""
    plan = world.sync(**wishes).plan
    files = world.files()
    for _ in range(2):
        world.sync()
        assert world.files() == files
    return plan


class TestOfTheirOwn:
    """A window that upstream never had."""

    @pytest.fixture
    def own(self, world: Any, upstream: Any) -> Any:
        """Return a world with such a window, in which upstream gets one that overlaps it."""
        world.configure(add={"openai": "none"})
        world.entry("model: gpt-4o")
        tell(world, upstream)
        world.path.write_text(world.text + OWN)
        world.sync()
        tell(world, upstream, NIGHT | {"utc_start": 900, "utc_end": 1700})
        return world

    def test_upstreams_waits(self, own: Any) -> None:
        """The person's price goes on holding, what does not overlap is written, and a pin or an edit settles it."""
        hold = held(settles(own))[f"{WINDOWS}.0900-1700.input"]
        assert hold.reason == "it would overlap your window 00:00-12:00"
        assert hold.way_out == (
            f"Remove yours by hand, or change its hours; a pin of {WINDOWS}.0900-1700 keeps upstream's away."
        )
        assert own.model()["pricing"]["windows"] == [
            {"utc": "00:00-12:00", "input": 0.001},
            {"utc": "09:00-17:00", "output": 0.02},
        ]
        assert not overlaps(own)
        assert price_at(own, 10) == 1

    @pytest.mark.parametrize("wish", [{"accept": (NAME,)}, {"take": (NAME,)}], ids=["accept", "take"])
    def test_no_wish_writes_it(self, own: Any, wish: Any) -> None:
        """It is not about what may be believed."""
        assert f"{WINDOWS}.0900-1700.input" in held(own.sync(**wish).plan)
        assert not overlaps(own)

    def test_with_other_hours_it_is_written(self, own: Any) -> None:
        """The end of a window is not in it."""
        own.sync()
        own.edit("00:00-12:00", "17:00-09:00")
        assert written(settles(own)) == {f"{WINDOWS}.0900-1700.input": Decimal("0.000005")}

    def test_a_pin_keeps_it_away(self, own: Any) -> None:
        """As the way out says."""
        own.edit("model: gpt-4o", f"model: gpt-4o\n        pinned: [{WINDOWS}.0900-1700]")
        assert not held(settles(own))

    @pytest.mark.parametrize("preset", ["", "classic"])
    def test_also_where_upstream_wins(self, own: Any, preset: str) -> None:
        """What upstream never named is the person's there too."""
        own.configure(preset=preset or own.settings.preset, pricing=PriceDetail("full"))
        assert f"{WINDOWS}.0900-1700.input" in held(settles(own))

    def test_status_and_a_run_that_cannot_decide_say_the_same(self, own: Any) -> None:
        """`--accept` would not let it through."""
        own.day = "2026-03-05"
        own.sync()
        own.day, own.listed = "2026-03-06", "2026-02-01"
        hold = held(own.sync().plan)[f"{WINDOWS}.0900-1700.input"]
        assert hold.reason == "it would overlap your window 00:00-12:00"
        assert hold.way_out.startswith("Remove yours by hand")
        standing = status_of(Project(own.path, own.settings), {}, today=date(2026, 3, 6)).standing
        field = next(field for field in standing.entries[0].fields if field.field == f"{WINDOWS}.0900-1700.input")
        assert (field.state, field.why) == ("held", hold.reason)
        assert field.command == f"remove {WINDOWS}.0000-1200 by hand, or change its hours"


class TestSetByHand:
    """A window of upstream's in which a person set a price, and which upstream then moves."""

    @pytest.fixture
    def moved(self, world: Any, upstream: Any) -> Any:
        """Return such a world, before the sync that sees it."""
        world.configure(add={"openai": "none"})
        world.entry("model: gpt-4o")
        tell(world, upstream, NIGHT)
        world.sync()
        world.edit("input: 0.005", "input: 0.004")
        tell(world, upstream, LATER)
        return world

    def test_only_the_price_that_would_overlap_waits(self, moved: Any) -> None:
        """And the row of the person's has only that price left."""
        plan = settles(moved)
        assert held(plan).keys() == {f"{WINDOWS}.0200-0500.input"}
        assert [change.field for change in plan.changes if isinstance(change, Keep)] == [f"{WINDOWS}.0100-0400.input"]
        assert not overlaps(moved)
        assert price_at(moved, 3) == 4

    def test_take_of_the_old_one_lets_the_new_one_in(self, moved: Any) -> None:
        """In the same run; that is the way out which the hold and status name."""
        (hold,) = held(moved.sync().plan).values()
        take = f"--take {NAME}.{WINDOWS}.0100-0400"
        assert hold.way_out.startswith(f"Let yours go with {take}, or remove it by hand; ")
        standing = status_of(Project(moved.path, moved.settings), {}, today=date(2026, 3, 1)).standing
        field = next(field for field in standing.entries[0].fields if field.field == f"{WINDOWS}.0200-0500.input")
        assert field.command == f"modelsync sync {take}"
        settles(moved, take=(f"{NAME}.{WINDOWS}.0100-0400",))
        assert moved.model()["pricing"]["windows"] == [{"utc": "02:00-05:00", "input": 0.005, "output": 0.02}]

    def test_of_a_pinned_one_the_take_is_not_named(self, moved: Any) -> None:
        """It would be refused."""
        moved.configure(pins=[f"{NAME}.{WINDOWS}.0100-0400"])
        (hold,) = {change.way_out for change in held(moved.sync().plan).values()}
        assert hold.startswith("Remove yours by hand")

    def test_in_the_batch_offer_too(self, moved: Any, upstream: Any) -> None:
        """Its windows are compared with each other, not with the model's own."""
        batch = upstream("openai/gpt-4o:batch", prompt="0.000001", completion="0.000004")
        batch["pricing"]["overrides"] = [NIGHT]
        tell(moved, upstream, NIGHT, batch=batch)
        moved.sync()
        own, _, offer = moved.text.partition("batch:")
        moved.path.write_text(f"{own}batch:{offer.replace('input: 0.005', 'input: 0.003')}")
        batch["pricing"]["overrides"] = [LATER]
        tell(moved, upstream, LATER, batch=batch)
        plan = settles(moved)
        assert held(plan).keys() == {f"{WINDOWS}.0200-0500.input", "pricing.batch.windows.0200-0500.input"}
        assert not overlaps(moved)


HOURS = st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda span: span[0] != span[1])
PRICES = st.fixed_dictionaries(
    {},
    optional={key: st.sampled_from(["0.000002", "0.000003"]) for key in ("prompt", "completion", "input_cache_read")},
).filter(bool)
LISTED = st.lists(st.tuples(HOURS, PRICES), max_size=3)
RATES = st.fixed_dictionaries(
    {}, optional={key: st.sampled_from(["0.002", "0.004"]) for key in ("input", "output", "cache_read")}
)
EDITS = st.lists(st.tuples(HOURS, RATES.filter(bool)), max_size=2)


def rules(listed: Any) -> list[dict[str, Any]]:
    """Spell windows as upstream does."""
    return [{"utc_start": start * 100, "utc_end": end * 100, **prices} for (start, end), prices in listed]


@pytest.mark.hypothesis
@settings(
    max_examples=max(settings().max_examples // 3, 1),  # a life is long
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(LISTED, EDITS), min_size=2, max_size=3), st.sampled_from(["", "take", "accept"]))
def test_no_sync_makes_windows_overlap(world: Any, upstream: Any, life: Any, wish: str) -> None:
    """Whatever upstream says next, and whatever a person types between two runs, as long as that is sound itself."""
    for path in world.folder.iterdir():
        path.unlink()
    world.configure(add={"openai": "none"})
    world.entry("model: gpt-4o")
    for number, (listed, edits) in enumerate(life):
        world.day = f"2026-03-{number + 1:02}"
        tell(world, upstream, *rules(listed))
        world.sync(force=True, **({wish: (NAME,)} if wish else {}))
        assert not overlaps(world)
        before = world.files()
        world.sync(force=True)
        assert world.files() == before
        for (start, end), rates in edits:
            type_window(world, hours_name(start * 60, end * 60), rates)


def type_window(world: Any, hours: str, rates: dict[str, str]) -> None:
    """Write a window by hand, or set its prices; leave it where that would overlap another one."""
    before, data = world.text, world.data
    pricing = data["providers"]["openai"]["models"]["gpt-4o"].setdefault("pricing", {})
    rows = pricing.setdefault("windows", [])
    name = f"{hours[:2]}:{hours[2:7]}:{hours[7:]}"
    row = next((row for row in rows if row["utc"] == name), None)
    if row is None:
        rows.append(row := dict[str, Any](utc=name))
        rows.sort(key=lambda row: row["utc"])
    row.update({rate: float(price) for rate, price in rates.items()})
    world.path.write_text(yaml.safe_dump(data, sort_keys=False))
    if overlaps(world):
        world.path.write_text(before)
