"""What is held stays so on every run, whatever that run can see, until a person settles it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from modelsync.pipeline.applying import apply_plan
from modelsync.pipeline.standing import status_of
from modelsync.planning import plan_file
from modelsync.planning.changes import Hold, Keep
from modelsync.project import Project

NAME = "openai/gpt-4o"


def held(plan: Any) -> list[Any]:
    """Return what a plan holds."""
    return [change for change in plan.changes if isinstance(change, Hold)]


def told(world: Any, name: str = NAME) -> list[tuple[str, str]]:
    """Return what `status` calls held, as field and since when."""
    standing = status_of(Project(world.path, world.settings), {}, today=date.fromisoformat(world.day)).standing
    return [(field.field, field.since) for entry, field in standing.held if entry.name == name]


@pytest.fixture
def waiting(world: Any, upstream: Any) -> Any:
    """Return a world in which a price waits since 2026-03-02; `others` are models beside it."""
    world.configure(add={"openai": "none"})
    world.others = [upstream(f"openai/m{number}") for number in range(6)]
    world.catalog(
        "providers:\n  openai:\n    models:\n      gpt-4o: {model: gpt-4o}\n"
        + "".join(f"      m{number}: {{model: m{number}}}\n" for number in range(6))
    )
    world.listing(upstream(), *world.others)
    world.sync()
    world.day = "2026-03-02"
    world.listing(upstream(prompt="0.0001"), *world.others)
    assert held(world.sync().plan)
    world.day = "2026-03-03"
    return world


def _outdated(world: Any, upstream: Any) -> None:
    world.day = "2026-02-01"
    world.listing(upstream(), *world.others)


AGAIN = "Once a listing has openai/gpt-4o again, "
SIGHTS = {
    "outdated": (_outdated, "Once a listing is not older than the lock, "),
    "partial": (lambda world, _: world.listing(*world.others, {"id": "openai/gpt-4o", "name": 5}), AGAIN),
    "shrunken": (lambda world, _: world.listing(*world.others[:1]), AGAIN),
    "match": (lambda world, _: world.configure(match={NAME: "openai/no"}), "Once upstream lists openai/no, "),
    "silent": (lambda world, upstream: world.listing(upstream(prompt=None), *world.others), "Once upstream names it again, "),
    "excluded": (lambda world, _: world.configure(preset="classic", exclude={"openai": ["gpt-4o"]}), "Once the settings do not exclude it, "),
    "uncovered": (lambda world, _: world.configure(vendors={"openai": "elsewhere"}), "Once a source speaks for openai, "),
}  # fmt: skip
"""What a run sees, and when it could decide."""

sights = pytest.mark.parametrize("sight", SIGHTS)


class TestEverySight:
    """Runs that cannot decide about an entry."""

    @sights
    def test_it_stays_visible(self, waiting: Any, upstream: Any, sight: str) -> None:
        """With both values, the reason of the day it began, and a way out that fits; no byte changes."""
        line = waiting.lock.entries[NAME]
        see, until = SIGHTS[sight]
        see(waiting, upstream)
        waiting.sync()
        files = waiting.files()
        plan = waiting.sync().plan
        assert waiting.files() == files
        (hold,) = held(plan)
        assert plan.partial
        assert (hold.key, hold.what, hold.upstream) == ("gpt-4o", "price", "openai/gpt-4o")
        assert [(change.field, str(change.old), str(change.new)) for change in hold.fields] == [
            ("pricing.input", "0.0000025", "0.0001")
        ]
        assert hold.reason == line.held["pricing.input"].reason
        assert hold.way_out == f"{until}--accept {NAME} lets it through; or set the price by hand."
        assert waiting.lock.entries[NAME] == line
        assert told(waiting) == [("pricing.input", "2026-03-02")]

    @sights
    def test_it_can_be_let_through_when_it_is_seen_again(self, waiting: Any, upstream: Any, sight: str) -> None:
        """The first part of the way out: there is nothing else to do than wait and accept."""
        settings = waiting.settings
        SIGHTS[sight][0](waiting, upstream)
        waiting.sync()
        waiting.settings, waiting.day = settings, "2026-03-04"
        waiting.listing(upstream(prompt="0.0001"), *waiting.others)
        assert held(waiting.sync().plan)
        assert not held(waiting.sync(accept=(NAME,)).plan)
        assert waiting.model()["pricing"]["input"] == 0.1

    @sights
    @pytest.mark.parametrize("price", ["0.1", "0.003"])
    def test_it_is_settled_by_hand(self, waiting: Any, upstream: Any, sight: str, price: str) -> None:
        """Upstream's value typed, or another: then nothing waits any more, now and when it is seen again."""
        settings = waiting.settings
        SIGHTS[sight][0](waiting, upstream)
        first, rest = waiting.text.split("m0:")
        waiting.path.write_text(f"{first.replace('input: 0.0025', f'input: {price}')}m0:{rest}")
        plan = waiting.sync().plan
        assert not held(plan)
        assert not told(waiting)
        waiting.settings, waiting.day = settings, "2026-03-04"
        waiting.listing(upstream(prompt="0.0001"), *waiting.others)
        plan = waiting.sync().plan
        assert not held(plan)
        assert [change.field for change in plan.changes if isinstance(change, Keep)] == (
            ["pricing.input"] if price == "0.003" else []
        )

    @sights
    def test_a_pin_settles_it(self, waiting: Any, upstream: Any, sight: str) -> None:
        """A pinned price waits for nobody."""
        SIGHTS[sight][0](waiting, upstream)
        waiting.configure(pins=[f"{NAME}.pricing"])
        assert not held(waiting.sync().plan)
        assert not told(waiting)

    @sights
    def test_a_plan_file_carries_it(self, waiting: Any, upstream: Any, sight: str) -> None:
        """Planned, read back and applied: what a sync would leave."""
        SIGHTS[sight][0](waiting, upstream)
        plan = waiting.plan()
        file = plan_file.decode(plan_file.encode(plan, catalog="llm_models.yml", modelsync="0.1.0"), "plan.json")
        assert held(file.plan) == held(plan)
        project = Project(waiting.path, waiting.settings)
        apply_plan(project, file, "plan.json", now=waiting.now())
        assert waiting.lock == plan.lock
        assert not waiting.sync().plan.edits_catalog
        assert waiting.lock == plan.lock

    @sights
    def test_nothing_can_be_accepted_unseen(self, waiting: Any, upstream: Any, sight: str) -> None:
        """`--accept` in such a run changes nothing and says why."""
        SIGHTS[sight][0](waiting, upstream)
        entry = waiting.model()
        plan = waiting.sync(accept=(NAME,)).plan
        assert waiting.model() == entry
        assert len(held(plan)) == 1
        assert [note.subject for note in plan.notes if note.kind == "asked"] == [NAME]


class TestEveryHold:
    """Other changes that wait, through an outdated listing."""

    def outdated(self, world: Any) -> Any:
        """Sync twice on a day before the lock's; return the second plan."""
        world.day = "2026-02-01"
        world.sync()
        files = world.files()
        plan = world.sync().plan
        assert world.files() == files
        return plan

    def test_what_cannot_be_edited_in_place(self, world: Any, upstream: Any) -> None:
        """A limit and features behind a merge key: to be edited by hand, then or now."""
        world.path.write_text(
            "base: &b {context_length: 1000, features: [mine]}\n"
            "providers:\n  openai:\n    models:\n      gpt-4o: {<<: *b, model: gpt-4o}\n"
        )
        world.listing(upstream(parameters=("tools",)))
        before = held(world.sync().plan)
        plan = self.outdated(world)
        assert [[change.field for change in hold.fields] for hold in before] == [["context_length"], ["features"]]
        assert held(plan) == before
        world.edit("{<<: *b, model", "{<<: *b, context_length: 128000, features: [mine, function_calling], model")
        assert not held(world.sync().plan)

    def test_a_text_is_named_by_its_reason(self, world: Any, upstream: Any) -> None:
        """The lock has no texts: the hold has no values, and ends when one is there."""
        world.path.write_text(
            "no: &no ~\nproviders:\n  openai:\n    models:\n      gpt-4o: {model: gpt-4o, description: *no}\n"
        )
        world.listing(upstream(description="All about it."))
        (before,) = held(world.sync().plan)
        (hold,) = held(self.outdated(world))
        assert (hold.reason, hold.what, hold.way_out, hold.fields) == (before.reason, "update", before.way_out, ())
        world.edit("description: *no,", "description: mine,")
        assert not held(world.sync().plan)

    def test_a_rematch(self, world: Any, upstream: Any) -> None:
        """Another id of other prices waits, until it is accepted or the model id is corrected."""
        world.configure(add={"anthropic": "none"})
        world.entry("model: claude-3-5-haiku-20241022", provider="anthropic", key="haiku")
        world.listing(upstream("anthropic/claude-3.5-haiku-20241022"))
        world.sync()
        world.listing(upstream("anthropic/claude-3.5-haiku", prompt="0.000003"))
        (before,) = held(world.sync().plan)
        (hold,) = held(self.outdated(world))
        assert (hold.what, hold.reason) == ("rematch", before.reason)
        assert hold.way_out == (
            "Once a listing is not older than the lock, --accept anthropic/haiku lets it through; or correct the model id."
        )
        world.edit("model: claude-3-5-haiku-20241022", "model: none-such")
        assert not held(world.sync().plan)
        assert not world.lock.entries["anthropic/haiku"].held

    def test_on_the_first_sync_a_pin_is_the_way_out(self, world: Any, upstream: Any) -> None:
        """What is typed there would be replaced, so nobody is told to type."""
        world.entry("model: gpt-4o\npricing: {input: 0.05, output: 0.01}")
        world.listing(upstream())
        (hold,) = held(world.sync().plan)
        assert hold.way_out == f"Accept it with --accept {NAME}, or pin it in the entry."
        (still,) = held(self.outdated(world))
        assert still.way_out.endswith("; or pin it in the entry.")
        world.edit("        model: gpt-4o\n", "        model: gpt-4o\n        pinned: [pricing.input]\n")
        assert not held(world.sync().plan)
        world.day = "2026-03-02"
        assert not held(world.sync().plan)
        assert world.model()["pricing"]["input"] == 0.05

    def test_a_field_outlives_the_damage_of_its_entry(self, waiting: Any) -> None:
        """A key twice in the entry is held first; mended, the price waits as before."""
        before = waiting.lock.entries[NAME].held
        waiting.edit("gpt-4o: {model: gpt-4o,", "gpt-4o: {model: gpt-4o, model: gpt-4o,")
        assert [hold.what for hold in held(waiting.sync().plan)] == ["entry"]
        waiting.configure(vendors={"openai": "elsewhere"})
        assert [hold.what for hold in held(waiting.sync().plan)] == ["entry"]
        waiting.edit("model: gpt-4o, model: gpt-4o,", "model: gpt-4o,")
        assert [hold.what for hold in held(waiting.sync().plan)] == ["price"]
        assert waiting.lock.entries[NAME].held == before

    def test_of_a_model_that_is_gone_nothing_waits(self, waiting: Any, upstream: Any) -> None:
        """Its price is no question any more: it is stale, and told so."""
        waiting.listing(upstream("openai/x"), *waiting.others)
        plan = waiting.sync().plan
        assert not held(plan)
        assert [note.subject for note in plan.notes if note.kind == "stale"] == [NAME]
        assert not told(waiting)

    def test_names_are_quoted_for_the_shell(self, world: Any, upstream: Any) -> None:
        """A key with a space in it is one word of the command."""
        world.configure(add={"openai": "none"})
        world.entry("model: gpt-4o", key="my model")
        world.listing(upstream())
        world.sync()
        world.listing(upstream(prompt="0.0001"))
        assert held(world.sync().plan)[0].way_out.startswith("Accept it with --accept 'openai/my model', or ")


SETTLED = {
    "excluded": lambda world: world.configure(exclude={"openai": ["dear"]}),
    "not asked for": lambda world: world.configure(add={"openai": "none"}),
    "written": lambda world: world.edit("    models:\n", "    models:\n      mine:\n        model: dear\n"),
}


class TestAdditions:
    """A model that was not added because its prices look wrong."""

    @pytest.fixture
    def offered(self, world: Any, upstream: Any) -> Any:
        """Return a world in which `dear` is held back since 2026-03-01, beside six models that are there."""
        world.others = [upstream(f"openai/m{number}") for number in range(6)]
        world.dear = upstream("openai/dear", prompt="0.1", completion="0.2")
        world.catalog("providers:\n  openai:\n    models: {}")
        world.listing(world.dear, *world.others)
        assert [hold.what for hold in held(world.sync().plan)] == ["add"]
        world.day = "2026-03-02"
        return world

    @pytest.mark.parametrize(
        ("see", "until"),
        [
            pytest.param(lambda world: _outdated(world, lambda: world.dear), "Once a listing is not older than the lock, ", id="outdated"),
            pytest.param(lambda world: world.listing(*world.others, {"name": "no id"}), "Once a listing has openai/dear again, ", id="partial"),
            pytest.param(lambda world: world.listing(*world.others, {"id": "openai/dear", "name": 5}), "Once a listing has openai/dear again, ", id="damaged"),
            pytest.param(lambda world: world.listing(*world.others[:1]), "Once a listing has openai/dear again, ", id="shrunken"),
            pytest.param(lambda world: world.configure(vendors={"openai": "elsewhere"}), "Once a source speaks for openai, ", id="uncovered"),
        ],
    )  # fmt: skip
    def test_it_stays_visible(self, offered: Any, see: Any, until: str) -> None:
        """On runs that cannot see it, with the reason and the day it began; no byte changes."""
        offered.sync()
        line = offered.lock.additions["openai/dear"]
        see(offered)
        files = offered.files()
        for wishes in ({}, {"accept": ("openai/dear",)}):
            plan = offered.sync(**wishes).plan
            (hold,) = held(plan)
            assert (hold.key, hold.what, hold.upstream, hold.reason) == ("dear", "add", "openai/dear", line.reason)
            assert hold.way_out == f"{until}--accept openai/dear lets it through; or exclude it in the settings."
            assert plan.partial
            assert len([note for note in plan.notes if note.kind == "asked"]) == len(wishes)
        assert offered.files() == files
        assert told(offered, "openai/dear") == [("add", "2026-03-01")]

    def test_status_has_it_with_the_way_out(self, offered: Any) -> None:
        """Among what is held, and in the count of its provider, but it is no entry."""
        standing = status_of(Project(offered.path, offered.settings), {}, today=date(2026, 3, 2)).standing
        ((entry, field),) = standing.held
        assert (entry.name, entry.upstream, field.command) == (
            "openai/dear", "openai/dear", "modelsync sync --accept openai/dear",
        )  # fmt: skip
        assert "(limit 1, guards.usd_per_1k)" in field.why
        assert standing.counts("openai")["held"] == 1
        assert standing.counts("openai")["entries"] == len(standing.entries) == 6

    @pytest.mark.parametrize("settle", [*SETTLED, "accepted", "gone"])
    def test_it_is_settled(self, offered: Any, settle: str) -> None:
        """Accepted, excluded, not asked for any more, written by hand, or gone: nothing waits, nor is it remembered."""
        if settle == "accepted":
            offered.sync(accept=("openai/dear",))
        elif settle == "gone":
            offered.listing(*offered.others)
        else:
            SETTLED[settle](offered)
        self.is_settled(offered)

    @pytest.mark.parametrize("settle", SETTLED)
    def test_it_is_settled_unseen(self, offered: Any, settle: str) -> None:
        """On a run that could not decide about it, too."""
        SETTLED[settle](offered)
        offered.day = "2026-02-01"
        self.is_settled(offered)

    def is_settled(self, world: Any) -> None:
        """A sync holds nothing, and neither lock nor `status` speaks of the model."""
        assert not [hold for hold in held(world.sync().plan) if hold.what == "add"]
        assert world.lock.additions == {}
        assert not told(world, "openai/dear")


class TestOnlyAsked:
    """What only `--take` would write waits for nobody: the lock knows nothing of it, and the next plain run has nothing to write."""

    @pytest.fixture
    def typed(self, world: Any, upstream: Any) -> Any:
        """Return a world in which a person typed two prices, and deleted a limit, and a sync has seen that."""
        world.configure(add={"openai": "none"})
        world.entry("model: gpt-4o")
        record = upstream(parameters=("tools",))
        record["pricing"]["overrides"] = [{"min_prompt_tokens": 200000, "prompt": "0.000005"}]
        world.listing(record)
        world.sync()
        world.edit("input: 0.0025", "input: 0")
        world.edit("input: 0.005", "input: 0.004")
        world.edit("        context_length: 128000\n", "")
        world.sync()
        return world

    @staticmethod
    def _only_told(world: Any, *wishes: str) -> list[Any]:
        """Sync twice with wishes and once without: no byte changes. Return what is held while it is asked for."""
        before = world.files()
        holds = held(world.sync(take=wishes).plan)
        assert world.files() == before
        assert held(world.sync(take=wishes).plan) == holds
        assert not held(world.sync().plan)
        assert world.files() == before
        return holds

    def test_a_price_that_looks_wrong(self, typed: Any) -> None:
        """The way out is the same wish again, with `--accept`; status names the wish."""
        (hold,) = self._only_told(typed, f"{NAME}.pricing.input")
        assert hold.way_out.startswith(f"Write it with --take {NAME}.pricing.input --accept {NAME}, or leave")
        assert told(typed) == []
        field = _field(typed, "pricing.input")
        assert (field.state, field.command) == ("set by hand", f"modelsync sync --take {NAME}.pricing.input")
        typed.sync(take=(f"{NAME}.pricing.input",), accept=(NAME,))
        assert typed.model()["pricing"]["input"] == 0.0025

    def test_a_price_in_a_damaged_list(self, typed: Any) -> None:
        """It cannot be written there, whoever asks; what a person set stays known as that."""
        typed.edit("- above: 200000", "- 5\n            - above: 200000")
        typed.sync()
        assert "pricing.tiers.200000.input" in typed.lock.entries[NAME].kept
        (hold,) = self._only_told(typed, f"{NAME}.pricing.tiers")
        assert "a row of `pricing.tiers` is not a mapping" in hold.reason
        field = _field(typed, "pricing.tiers.200000.input")
        assert field.state == "set by hand"
        assert field.command == "edit it by hand, write the value into the entry itself, or pin it"

    def test_a_dropped_price_in_a_damaged_list(self, typed: Any, upstream: Any) -> None:
        """It cannot be removed there either."""
        record, other = upstream(parameters=("tools",)), upstream("openai/other")
        other["pricing"]["overrides"] = [{"min_prompt_tokens": 100, "prompt": "0.000005"}]
        typed.listing(record, other)
        typed.edit("- above: 200000", "- 5\n            - above: 200000")
        typed.sync()
        (hold,) = self._only_told(typed, f"{NAME}.pricing.tiers")
        assert [(change.field, change.new) for change in hold.fields] == [("pricing.tiers.200000.input", None)]

    def test_features_behind_an_alias(self, typed: Any) -> None:
        """One that was deleted by hand would come back, could the list be edited."""
        typed.path.write_text(typed.text.replace("providers:", "own: &own [mine]\nproviders:"))
        typed.edit("features: [function_calling]", "features: *own")
        typed.sync()
        (hold,) = self._only_told(typed, f"{NAME}.features")
        assert hold.fields[0].new == ("mine", "function_calling")

    def test_after_the_id_was_edited(self, typed: Any, upstream: Any) -> None:
        """The lock goes over to the new model as it would without the wish."""
        typed.listing(upstream(), upstream("openai/other", prompt="0.0015", completion="0.002"))
        typed.edit("model: gpt-4o", "model: other")
        assert held(typed.sync(take=(f"{NAME}.pricing.input",)).plan)
        before = typed.files()
        typed.sync()
        assert typed.files() == before

    def test_what_waits_anyway_goes_on_waiting(self, waiting: Any) -> None:
        """A wish does not make the lock forget it."""
        waiting.sync()
        before = waiting.files()
        assert held(waiting.sync(take=(NAME,)).plan)
        assert waiting.files() == before
        assert held(waiting.sync().plan)


def _field(world: Any, name: str) -> Any:
    standing = status_of(Project(world.path, world.settings), {}, today=date.fromisoformat(world.day)).standing
    return next(field for field in standing.entries[0].fields if field.field == name)
