"""The guards in a sync: what looks wrong is held or refused with number, limit and way out, and never counts as clean."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from modelsync.errors import GuardRefused, Refused
from modelsync.pipeline.applying import apply_plan
from modelsync.pipeline.standing import status_of
from modelsync.planning import plan_file
from modelsync.planning.changes import Add, Hold, Remove, Update
from modelsync.project import Project
from modelsync.settings import Guards, Prune

NAME = "openai/gpt-4o"


def held(plan: Any) -> list[Any]:
    """Return what a plan holds."""
    return [change for change in plan.changes if isinstance(change, Hold)]


def notes(plan: Any, kind: str) -> list[tuple[str, str]]:
    """Return the notes of a kind, as subject and text."""
    return [(note.subject, note.text) for note in plan.notes if note.kind == kind]


def prices(world: Any, key: str = "gpt-4o") -> tuple[float, float]:
    """Return an entry's prices, input and output, as the file has them."""
    pricing = world.model(key)["pricing"]
    return pricing["input"], pricing["output"]


@pytest.fixture
def synced(world: Any, upstream: Any) -> Any:
    """Return a world with one entry at 0.0025 and 0.01 USD per 1K tokens, in step with upstream."""
    world.configure(add={"openai": "none"})
    world.entry("model: gpt-4o")
    world.listing(upstream())
    world.sync()
    world.day = "2026-03-02"
    return world


class TestPrices:
    """A price that looks wrong waits for a person."""

    @pytest.mark.parametrize(
        ("prompt", "completion", "reason"),
        [
            ("0.000025001", "0.00001", "pricing.input would go from 0.0025 to 0.025001 USD per 1k tokens, 10 times higher (limit 10, guards.price_factor)"),
            ("0.000000249", "0.00001", "pricing.input would go from 0.0025 to 0.000249 USD per 1k tokens, 10 times lower (limit 10, "),
            ("0.0000025", "0.01", "pricing.output would go from 0.01 to 10 USD per 1k tokens, 1000 times higher (limit 10, "),
            ("0", "0.00001", "pricing.input would go from 0.0025 to 0 USD per 1k tokens (limit: only a model marked `:free` may become free"),
            ("0.0000025", "0", "pricing.output would go from 0.01 to 0 USD per 1k tokens (limit: only a model marked `:free`"),
            ("0.000024", "0.0000023", "pricing.input would change while the output price, 0.0023 USD per 1k tokens, is 9.6% of the input price, 0.024 (limit 10%, guards.output_share)"),
        ],
    )  # fmt: skip
    def test_it_is_held_with_its_reason(
        self, synced: Any, upstream: Any, prompt: str, completion: str, reason: str
    ) -> None:
        """The numbers, the limit and the way out; the file keeps its price, on every run."""
        synced.listing(upstream(prompt=prompt, completion=completion))
        for _ in range(2):
            plan = synced.sync().plan
            (hold,) = held(plan)
            assert reason in hold.reason
            assert (hold.provider, hold.key) == ("openai", "gpt-4o")
            assert hold.way_out == f"Accept it with --accept {NAME}, or set the price by hand."
            assert plan.partial
            assert prices(synced) == (0.0025, 0.01)

    @pytest.mark.parametrize(
        ("prompt", "completion"),
        [("0.000025", "0.00001"), ("0.00000025", "0.00001"), ("0.00001", "0.000001"), ("0.0000025", None)],
    )
    def test_at_the_limit_it_goes_through(
        self, synced: Any, upstream: Any, prompt: str, completion: str | None
    ) -> None:
        """Ten times, a tenth, and silence are no reason."""
        synced.listing(upstream(prompt=prompt, completion=completion))
        plan = synced.sync().plan
        assert not held(plan)
        assert not plan.partial

    def test_the_rest_of_the_entry_goes_on(self, synced: Any, upstream: Any) -> None:
        """Only the price that looks wrong waits; that it makes the other one look small is no reason to hold that too."""
        synced.listing(upstream(prompt="0.0025", completion="0.000011", context=200000))
        plan = synced.sync().plan
        (update,) = (change for change in plan.changes if isinstance(change, Update))
        assert [change.field for change in update.fields] == ["context_length", "pricing.output"]
        assert [change.field for change in held(plan)[0].fields] == ["pricing.input"]

    def test_held_moves_no_base_and_settles(self, synced: Any, upstream: Any) -> None:
        """The lock remembers the hold and its day; a second run changes no byte."""
        base = synced.lock.entries[NAME].base
        synced.listing(upstream(prompt="0.0025"))
        synced.sync()
        line = synced.lock.entries[NAME]
        assert line.base == base
        assert (line.held["pricing.input"].theirs, line.held["pricing.input"].day) == ("0.0025", "2026-03-02")
        files = synced.files()
        synced.day = "2026-03-05"
        synced.sync()
        assert synced.files() == files

    def test_accepted_once(self, synced: Any, upstream: Any) -> None:
        """Accepted, it is written; it may then move within the limit; a further leap is held again."""
        synced.listing(upstream(prompt="0.0001", completion="0.0001"))
        assert not held(synced.sync(accept=(NAME,)).plan)
        assert prices(synced)[0] == 0.1
        for prompt, written, waits in (("0.00012", 0.12, False), ("0.0000012", 0.12, True), ("0.00011", 0.11, False)):
            synced.listing(upstream(prompt=prompt, completion="0.0001"))
            assert bool(held(synced.sync().plan)) is waits
            assert prices(synced)[0] == written
        assert synced.lock.entries[NAME].held == {}

    def test_a_price_that_flaps_back_is_not_held_any_more(self, synced: Any, upstream: Any) -> None:
        """Upstream says again what the file has: nothing waits."""
        synced.listing(upstream(prompt="0.0001"))
        synced.sync()
        synced.listing(upstream())
        plan = synced.sync().plan
        assert plan.changes == ()
        assert synced.lock.entries[NAME].held == {}

    def test_what_was_accepted_however_odd_is_not_held_again(self, synced: Any, upstream: Any) -> None:
        """Above $1 per 1K tokens and lopsided: asked once, not at every small move."""
        synced.listing(upstream(prompt="0.002", completion="0.0001"))
        (hold,) = held(synced.sync().plan)
        assert "2" in hold.reason
        synced.sync(accept=(NAME,))
        assert prices(synced) == (2, 0.1)
        synced.listing(upstream(prompt="0.0022", completion="0.00011"))
        assert not held(synced.sync().plan)

    def test_free_models_come_and_go(self, world: Any, upstream: Any) -> None:
        """Marked `:free`, a price may become zero and stop being so."""
        world.configure(add={"openrouter": "none"})
        world.catalog(
            "providers:\n  openrouter:\n    models:\n      x: {model: 'a/x:free', pricing: {input: 0, output: 0}}"
        )
        for prompt in ("0", "0.0000001", "0"):
            world.listing(upstream("a/x:free", prompt=prompt, completion=prompt))
            assert not held(world.sync().plan)
        assert world.model("x", "openrouter")["pricing"] == {"input": 0, "output": 0}

    def test_another_model_id_is_no_move(self, synced: Any, upstream: Any) -> None:
        """The entry becomes another model, sixteen times cheaper: its prices are not compared."""
        synced.listing(upstream(), upstream("openai/mini", prompt="0.00000015", completion="0.0000006"))
        synced.edit("model: gpt-4o", "model: mini")
        assert not held(synced.sync().plan)
        assert prices(synced) == (0.00015, 0.0006)

    def test_classic_lets_everything_through(self, synced: Any, upstream: Any) -> None:
        """The original held nothing; only plans as a whole are judged."""
        synced.configure(preset="classic", add={"openai": "none"})
        synced.listing(upstream(prompt="0.00005", completion="0", context=1000))
        plan = synced.sync().plan
        assert not held(plan)
        assert not notes(plan, "dropped")
        assert prices(synced) == (0.05, 0)

    def test_the_limits_are_settings(self, synced: Any, upstream: Any) -> None:
        """A wider factor lets it through, a narrower one holds what was fine."""
        synced.listing(upstream(prompt="0.000004"))
        synced.configure(guards=Guards(price_factor=1.5))
        (hold,) = held(synced.sync().plan)
        assert "1.6 times higher (limit 1.5," in hold.reason
        synced.configure(guards=Guards(price_factor=100))
        synced.listing(upstream(prompt="0.0001"))
        assert not held(synced.sync().plan)

    def test_a_limit_that_is_raised_lets_it_go(self, synced: Any, upstream: Any) -> None:
        """What is held is held by the settings in force."""
        synced.listing(upstream(prompt="0.0001"))
        synced.sync()
        assert set(synced.lock.entries[NAME].held) == {"pricing.input"}
        synced.configure(guards=Guards(price_factor=1000, output_share=0))
        assert not held(synced.sync().plan)
        assert prices(synced) == (0.1, 0.01)

    def test_status_says_what_waits(self, synced: Any, upstream: Any) -> None:
        """Offline: the reason, the day, both values and the command; gone when the limit is raised or it is accepted."""

        def told() -> Any:
            today = date.fromisoformat(synced.day)
            standing = status_of(Project(synced.path, synced.settings), {}, today=today).standing
            return next(field for field in standing.entries[0].fields if field.field == "pricing.input")

        synced.listing(upstream(prompt="0.0001"))
        synced.sync()
        synced.day = "2026-03-09"
        synced.sync()
        waiting = told()
        assert (waiting.state, waiting.since, waiting.command) == (
            "held",
            "2026-03-02",
            f"modelsync sync --accept {NAME}",
        )
        assert "from 0.0025 to 0.1 USD per 1k tokens, 40 times higher" in waiting.why
        assert (waiting.ours_text, str(waiting.theirs.value)) == ("0.0025", "0.0001")
        synced.configure(guards=Guards(price_factor=50, output_share=0))
        assert "the next sync decides" in told().why
        synced.configure(guards=Guards())
        synced.sync(accept=(NAME,))
        assert told().state == "follows upstream"

    def test_a_plan_file_carries_what_is_held(self, synced: Any, upstream: Any) -> None:
        """Held prices and held models: the plan is applied without them, and leaves what a sync leaves."""
        synced.configure(add={"openai": "all"})
        synced.listing(upstream(prompt="0.0001", context=64000), upstream("openai/dear", prompt="0.1"))
        plan = synced.plan()
        assert [change.what for change in held(plan)] == ["price", "add"]
        file = plan_file.encode(plan, catalog="llm_models.yml", modelsync="0.1.0")
        apply_plan(
            Project(synced.path, synced.settings), plan_file.decode(file, "plan.json"), "plan.json", now=synced.now()
        )
        assert synced.model()["context_length"] == 64000
        files = {name: data for name, data in synced.files().items() if ".backup." not in name}
        again = synced.sync().plan
        assert held(again) == held(plan)
        assert not again.edits_catalog
        assert {name: data for name, data in synced.files().items() if ".backup." not in name} == files


class TestFirstSync:
    """Values that people typed before modelsync came."""

    def test_one_wrong_typed_price_is_held(self, world: Any, upstream: Any) -> None:
        """Typed per 1M among prices per 1K: not replaced unseen, held until accepted, or kept with --ours."""
        world.catalog(
            "providers:\n  openai:\n    models:\n"
            + "".join(
                f"      m{n}: {{model: m{n}, pricing: {{input: {2.5 if not n else 0.0024}}}}}\n" for n in range(4)
            )
        )
        world.listing(*(upstream(f"openai/m{n}") for n in range(4)))
        plan = world.sync().plan
        assert [(hold.key, [change.field for change in hold.fields]) for hold in held(plan)] == [
            ("m0", ["pricing.input"])
        ]
        assert world.model("m0")["pricing"] == {"input": 2.5, "output": 0.01}
        assert world.model("m1")["pricing"]["input"] == 0.0025
        assert held(world.sync().plan)
        world.sync(accept=("openai/m0",))
        assert world.model("m0")["pricing"]["input"] == 0.0025

    def test_a_typed_zero_is_a_blank(self, world: Any, upstream: Any) -> None:
        """Nobody pays nothing: it is filled in, as an absent price is."""
        world.entry("model: gpt-4o\npricing: {input: 0}")
        world.listing(upstream())
        assert not held(world.sync().plan)
        assert prices(world) == (0.0025, 0.01)

    def test_a_free_upstream_price_for_a_typed_one_is_held(self, world: Any, upstream: Any) -> None:
        """What was paid for does not become free unseen."""
        world.entry("model: gpt-4o\npricing: {input: 0.0025, output: 0.01}")
        world.listing(upstream(prompt="0"))
        assert [change.field for change in held(world.sync().plan)[0].fields] == ["pricing.input"]

    def test_ours_keeps_it(self, world: Any, upstream: Any) -> None:
        """Whoever says that the file's values stay has decided: nothing waits."""
        world.entry("model: gpt-4o\npricing: {input: 0.05, output: 0.01}")
        world.listing(upstream())
        assert not held(world.sync(ours=True).plan)
        assert prices(world) == (0.05, 0.01)


class TestTake:
    """`--take` is guarded too."""

    def test_a_leap_is_held_until_accepted(self, synced: Any) -> None:
        """Taken and accepted in one run; the value set by hand is not forgotten in between."""
        synced.edit("input: 0.0025", "input: 0.0001")
        synced.sync()
        kept = synced.lock.entries[NAME].kept
        (hold,) = held(synced.sync(take=(NAME,)).plan)
        assert "25 times higher" in hold.reason
        assert synced.lock.entries[NAME].kept == kept
        assert prices(synced)[0] == 0.0001
        assert not held(synced.sync(take=(NAME,), accept=(NAME,)).plan)
        assert prices(synced)[0] == 0.0025

    def test_the_way_out_is_the_whole_command(self, synced: Any) -> None:
        """Neither `--take` nor `--accept` alone would do: both are named, with the field that was asked for."""
        synced.edit("input: 0.0025", "input: 0.0001")
        synced.sync()
        wish = f"{NAME}.pricing.input"
        (hold,) = held(synced.sync(take=(wish,)).plan)
        assert hold.way_out == f"Write it with --take {wish} --accept {NAME}, or leave the price that was set by hand."
        assert not held(synced.sync(accept=(NAME,)).plan)
        assert prices(synced)[0] == 0.0001
        synced.sync(take=(wish,), accept=(NAME,))
        assert prices(synced)[0] == 0.0025

    def test_of_a_price_that_follows_anyway(self, synced: Any, upstream: Any) -> None:
        """`--take` adds nothing there: `--accept` is enough."""
        synced.listing(upstream(prompt="0.0001"))
        (hold,) = held(synced.sync(take=(NAME,)).plan)
        assert hold.way_out.startswith(f"Accept it with --accept {NAME},")

    def test_without_a_base_it_is_still_known_as_set_by_hand(self, synced: Any, upstream: Any) -> None:
        """Of an entry that was written since: the lock knows its price as kept, before and after the wish."""
        synced.path.write_text(synced.text + "      mine: {model: mine, pricing: {input: 0.0001}}\n")
        synced.listing(upstream(), upstream("openai/mine"))
        synced.sync()
        line = synced.lock.entries["openai/mine"]
        assert "pricing.input" not in line.base
        assert held(synced.sync(take=("openai/mine",)).plan)
        assert synced.lock.entries["openai/mine"].kept == line.kept
        synced.sync()
        assert synced.lock.entries["openai/mine"] == line


class TestThePairThatWouldStand:
    """Whether an output price is small is asked of the two prices that would be in the file."""

    @pytest.mark.parametrize(
        ("edit", "pins"),
        [
            (("input: 0.0025", "input: 0.011"), []),
            (("input: 0.0025", "input: 0.0025"), ["openai/gpt-4o.pricing.input"]),
            (("          input: 0.0025\n", ""), []),
        ],
        ids=["kept", "pinned", "deleted"],
    )
    def test_upstreams_own_pair_is_not_judged(
        self, synced: Any, upstream: Any, edit: tuple[str, str], pins: list[str]
    ) -> None:
        """Upstream's two prices are lopsided, but one of them never comes: nothing is held."""
        synced.edit(*edit)
        synced.configure(pins=pins)
        synced.sync()
        before = synced.model()["pricing"].get("input")
        synced.listing(upstream(prompt="0.000024", completion="0.0000023"))
        plan = synced.sync().plan
        assert not held(plan)
        assert synced.model()["pricing"].get("input") == before
        assert synced.model()["pricing"]["output"] == 0.0023

    @pytest.mark.parametrize("pins", [[], ["openai/gpt-4o.pricing.input"]], ids=["kept", "pinned"])
    def test_a_lopsided_pair_comes_of_one_that_stays(self, synced: Any, upstream: Any, pins: list[str]) -> None:
        """Upstream's pair is sound, yet the one in the file would not be; `status` says the same."""
        synced.configure(pins=pins)
        synced.edit("input: 0.0025", "input: 0.02")
        synced.sync()
        synced.listing(upstream(completion="0.0000019"))
        (hold,) = held(synced.sync().plan)
        assert "the output price, 0.0019 USD per 1k tokens, is 9.5% of the input price, 0.02 " in hold.reason
        assert prices(synced) == (0.02, 0.01)
        standing = status_of(Project(synced.path, synced.settings), {}, today=date(2026, 3, 2)).standing
        assert [field.why for _, field in standing.held] == [hold.reason]

    def test_one_that_cannot_be_written_stands_as_it_is(self, synced: Any, upstream: Any) -> None:
        """The input price behind an alias does not move, so the output price is judged beside it."""
        synced.path.write_text(
            synced.text.replace("providers:", "price: &price 0.02\nproviders:").replace("0.0025", "*price")
        )
        synced.listing(upstream(prompt="0.00003", completion="0.0000019"))
        reasons = {hold.what: hold.reason for hold in held(synced.sync().plan)}
        assert "is 9.5% of the input price, 0.02 " in reasons["price"]


class TestNewEntries:
    """A model whose first prices look wrong is not added unseen."""

    @pytest.fixture
    def odd(self, world: Any, upstream: Any) -> Any:
        """Return a world in which three new models have odd prices, and one has none."""
        world.catalog("providers:\n  openai:\n    models: {}")
        world.listing(
            upstream("openai/dear", prompt="0.0011", completion="0.0011"),
            upstream("openai/lopsided", prompt="0.00001", completion="0.0000009"),
            upstream("openai/fine"),
            upstream("openai/at-the-limit", prompt="0.001", completion="0.0001"),
        )
        return world

    def test_they_are_held_on_every_run(self, odd: Any) -> None:
        """Reason and way out; nothing of them is in the file or in the lock."""
        for _ in range(2):
            plan = odd.sync().plan
            found = {hold.key: hold for hold in held(plan)}
            assert set(found) == {"dear", "lopsided"}
            assert "pricing.input would be 1.1 USD per 1k tokens (limit 1, guards.usd_per_1k)" in found["dear"].reason
            assert "is 9.0% of the input price, 0.01 (limit 10%" in found["lopsided"].reason
            assert "--accept openai/dear" in found["dear"].way_out
        assert set(odd.entry_keys()) == {"fine", "at-the-limit"}
        assert set(odd.lock.entries) == {"openai/fine", "openai/at-the-limit"}

    def test_accepted_they_are_added(self, odd: Any) -> None:
        """Once; afterwards nothing is held of them."""
        plan = odd.sync(accept=("openai/dear",)).plan
        assert "dear" in [change.key for change in plan.changes if isinstance(change, Add)]
        assert not notes(plan, "asked")
        assert [hold.key for hold in held(odd.sync().plan)] == ["lopsided"]

    def test_add_refuses_them(self, odd: Any) -> None:
        """At a person's word too, with the way out; classic adds them."""
        odd.configure(add={"openai": "none"})
        with pytest.raises(Refused, match=r"cannot add openai/dear: .*limit 1") as caught:
            odd.add("openai/dear")
        assert "[guards]" in caught.value.hint
        odd.configure(preset="classic")
        odd.add("openai/dear")
        assert "dear" in odd.entry_keys()


class TestLimits:
    """A limit that falls far is worth a look; a third of such falls are real."""

    @pytest.mark.parametrize(("context", "noted"), [(63999, True), (64000, False), (128001, False)])
    def test_it_is_noted_and_written(self, synced: Any, upstream: Any, context: int, noted: bool) -> None:
        """By more than half: a note with numbers, limit and way out; no hold."""
        synced.listing(upstream(context=context))
        plan = synced.sync().plan
        assert synced.model()["context_length"] == context
        assert not plan.partial
        text = "context_length falls from 128000 to 63999, by 50% (limit 50%, guards.limit_drop); `pinned: [context_length]` in the entry keeps a value of yours"
        assert notes(plan, "dropped") == ([(NAME, text)] if noted else [])


class TestSlippedListing:
    """Every price of a listing off by one factor is the listing's fault."""

    @pytest.fixture
    def three(self, world: Any, upstream: Any) -> Any:
        """Return a world with three models in step, and a function that lists them at so many times their price."""
        world.configure(add={"openai": "none"})
        world.catalog(
            "providers:\n  openai:\n    models:\n      a: {model: a}\n      b: {model: b}\n      c: {model: c}"
        )

        def at(prompt: str, completion: str) -> None:
            world.listing(*(upstream(f"openai/{key}", prompt=prompt, completion=completion) for key in "abc"))

        world.at = at
        at("0.0000025", "0.00001")
        world.sync()
        return world

    @pytest.mark.parametrize(
        ("prompt", "completion", "said"),
        [
            ("0.0025", "0.01", "1000 times what they were, by the median of 6 price(s) (limit 100 times)"),
            ("2.5", "10", "1000000 times"),
            ("0.0000000025", "0.00000001", "1/1000 of what they were"),
            ("0.000000000003", "0.00000000001", "of what they were"),
            ("0", "0", "0 times what they were"),
        ],
    )
    def test_it_is_refused(self, three: Any, prompt: str, completion: str, said: str) -> None:
        """In dry runs too; source, number, limit and way out; no byte changes, nor with classic."""
        three.at(prompt, completion)
        files = three.files()
        for preset in ("default", "classic"):
            three.configure(preset=preset)
            for dry_run in (True, False):
                with pytest.raises(GuardRefused) as caught:
                    three.sync(dry_run=dry_run)
                assert said in caught.value.message
                assert "models.json" in caught.value.message
                assert "--source" in caught.value.hint
                assert "--force" in caught.value.hint
        assert three.files() == files

    def test_with_force_each_price_is_judged_by_itself(self, three: Any) -> None:
        """The plan goes on; every price is held until it is accepted."""
        three.at("0.0025", "0.01")
        assert [hold.key for hold in held(three.sync(force=True).plan)] == ["a", "b", "c"]
        assert prices(three, "a") == (0.0025, 0.01)
        three.sync(force=True, accept=("openai/a", "openai/b", "openai/c"))
        assert prices(three, "c") == (2.5, 10)
        three.sync()

    def test_what_the_file_says_too_is_no_slip(self, three: Any) -> None:
        """`--ours` moved the bases while the listing was slipped; mended, it is what the file has, and nobody has to force it."""
        three.at("0.0025", "0.01")
        three.sync(force=True, ours=True)
        three.at("0.0000025", "0.00001")
        plan = three.sync().plan
        assert not plan.changes
        assert three.lock.entries["openai/a"].base["pricing.input"].value == "0.0000025"

    def test_nor_what_is_near_to_the_file(self, three: Any) -> None:
        """The same, and the prices have moved a little since: kept as set by hand, on this run and the next."""
        three.at("0.0025", "0.01")
        three.sync(force=True, ours=True)
        three.at("0.000003", "0.000011")
        assert prices(three, "a") == (0.0025, 0.01)
        for _ in range(2):
            assert len(three.sync().plan.changes) == 6

    def test_what_is_far_from_both_is_one(self, three: Any) -> None:
        """The bases are slipped values, and the listing slips the other way."""
        three.at("0.0025", "0.01")
        three.sync(force=True, ours=True)
        three.at("0.0000000025", "0.00000001")
        with pytest.raises(GuardRefused, match="1/1000 of what they were"):
            three.sync()

    def test_one_model_does_not_speak_for_a_listing(self, synced: Any, upstream: Any) -> None:
        """A catalog of one entry: its leap is held, nothing is refused; with classic, which holds nothing, it is refused."""
        synced.listing(upstream(prompt="0.0025", completion="0.01"))
        assert held(synced.sync().plan)
        synced.configure(preset="classic")
        with pytest.raises(GuardRefused, match="1000 times"):
            synced.sync()

    def test_the_catalogs_own_slip_is_told_from_it(self, three: Any) -> None:
        """The file was rewritten per 1M tokens by hand: that is the unit's fault, and says so."""
        three.path.write_text(three.text.replace("0.0025", "2.5").replace("0.01", "10"))
        with pytest.raises(GuardRefused, match="they do not look like USD per 1k tokens"):
            three.sync()


class TestAdditionsFromASlippedListing:
    """Too few models are known to refuse a listing, but enough to doubt what else it says."""

    def sync(self, world: Any, upstream: Any, price: str, **wishes: Any) -> Any:
        """Sync with a listing whose known model has that price, and which has a new one."""
        world.configure(add={"openai": "all"})
        world.listing(
            upstream(prompt=price, completion=price), upstream("openai/new", prompt="0.0000003", completion="0.0000012")
        )
        return world.sync(**wishes).plan

    @pytest.mark.parametrize(
        ("price", "said"),
        [
            ("0.001", "all 2 known price(s) of models.json are 250 times what they were, by the median"),
            ("0.00000000001", "are 1/400000 of what they were"),
            ("0", "are 0 times what they were"),
        ],
    )  # fmt: skip
    def test_they_are_held(self, synced: Any, upstream: Any, price: str, said: str) -> None:
        """The reason names the numbers and the limit; what is held of the known model stays a hold of its own."""
        for _ in range(2):
            plan = self.sync(synced, upstream, price)
            assert [(hold.key, hold.what) for hold in held(plan)] == [("gpt-4o", "price"), ("new", "add")]
            assert said in held(plan)[1].reason
            assert "(limit 100 times): the listing seems to count in another unit" in held(plan)[1].reason
            assert [change.field for change in held(plan)[1].fields] == ["pricing.input", "pricing.output"]
            assert synced.entry_keys() == ["gpt-4o"]

    def test_either_of_them_can_be_accepted(self, synced: Any, upstream: Any) -> None:
        """The new model by itself; or the known price, which is then known to be right."""
        self.sync(synced, upstream, "0.0000000001")
        files = synced.files()
        self.sync(synced, upstream, "0.0000000001", accept=("openai/new",))
        assert synced.entry_keys() == ["gpt-4o", "new"]
        for name, data in files.items():
            (synced.folder / name).write_bytes(data)
        self.sync(synced, upstream, "0.0000000001", accept=(NAME,))
        self.sync(synced, upstream, "0.0000000001")
        assert synced.entry_keys() == ["gpt-4o", "new"]

    def test_one_price_that_did_not_move_is_enough(self, synced: Any, upstream: Any) -> None:
        """Then the listing counts as it always did."""
        synced.configure(add={"openai": "all"})
        synced.listing(upstream(prompt="0.001"), upstream("openai/new"))
        assert [(hold.key, hold.what) for hold in held(synced.sync().plan)] == [("gpt-4o", "price")]
        assert synced.entry_keys() == ["gpt-4o", "new"]

    def test_classic_holds_nothing(self, synced: Any, upstream: Any) -> None:
        """There the listing is refused as a whole."""
        synced.configure(preset="classic")
        with pytest.raises(GuardRefused):
            self.sync(synced, upstream, "0.001")
        self.sync(synced, upstream, "0.001", force=True)
        assert "new" in synced.entry_keys()


class TestVanishedVendor:
    """All models of a vendor gone at once is no news about the models."""

    @pytest.fixture
    def vendors(self, world: Any, upstream: Any) -> Any:
        """Return a world with models of three vendors (three, two, twenty) under `openrouter`, in step, without grace."""
        world.configure(add={"openrouter": "all"}, prune=Prune(grace_days=0))
        world.catalog("providers:\n  openrouter:\n    models:\n      mine: {model: mine/private}")
        world.records = {
            name: upstream(name) for name in ("a/1", "a/2", "a/3", "b/1", "b/2", *(f"c/{n}" for n in range(20)))
        }
        world.listing(*world.records.values())
        world.sync()
        return world

    def gone(self, world: Any, *names: str) -> None:
        """List the models but those whose ids begin so."""
        world.listing(*(record for name, record in world.records.items() if not name.startswith(names)))

    @pytest.mark.parametrize("preset", ["default", "classic"])
    def test_none_of_its_models_counts_as_gone(self, vendors: Any, preset: str) -> None:
        """Neither stale nor pruned, on any run; the note names vendor, number, limit and way out; never clean."""
        vendors.configure(preset=preset)
        self.gone(vendors, "a/")
        lines = vendors.lock.entries
        for prune in ("", "stale", "all"):
            plan = vendors.sync(prune=prune).plan
            assert not [change for change in plan.changes if isinstance(change, Remove)]
            if preset == "default":
                ((subject, text),) = notes(plan, "vanished")
                assert subject == "models.json"
                for part in ("no model of a,", "knows 3", "limit 3", "--force"):
                    assert part in text
                assert plan.partial
        assert vendors.lock.entries == lines

    def test_others_go_on(self, vendors: Any) -> None:
        """A single model of another vendor that is gone at the same time goes."""
        self.gone(vendors, "a/", "c/7")
        plan = vendors.sync(prune="stale", force=False).plan
        assert [change.upstream for change in plan.changes if isinstance(change, Remove)] == ["c/7"]

    def test_two_models_are_no_vendor(self, vendors: Any) -> None:
        """Below the limit they count as gone; the limit is a setting."""
        self.gone(vendors, "b/")
        assert len([change for change in vendors.plan(prune="stale").changes if isinstance(change, Remove)]) == 2
        vendors.configure(guards=Guards(vendor_models=2))
        assert not [change for change in vendors.plan(prune="stale").changes if isinstance(change, Remove)]

    def test_force_believes_it(self, vendors: Any) -> None:
        """Then they are stale, and no run after that doubts it."""
        vendors.configure(prune=Prune(grace_days=7))
        self.gone(vendors, "a/")
        vendors.sync(force=True)
        plan = vendors.sync().plan
        assert not notes(plan, "vanished")
        assert len(notes(plan, "stale")) == 3

    def test_a_vendor_that_goes_one_by_one_is_noticed_with_its_last(self, vendors: Any) -> None:
        """Two are stale since earlier runs; when the third goes, no model of the vendor is left, and that is no news of it."""
        vendors.configure(prune=Prune(grace_days=7))
        for number, name in enumerate(("a/1", "a/2"), 1):
            vendors.day = f"2026-03-0{number}"
            vendors.records.pop(name)
            self.gone(vendors, "none")
            assert not notes(vendors.sync().plan, "vanished")
        self.gone(vendors, "a/")
        vendors.day = "2026-03-20"
        for _ in range(2):
            plan = vendors.sync(prune="stale").plan
            ((_, text),) = notes(plan, "vanished")
            assert "knows 3" in text
            assert plan.partial
            assert not [change for change in plan.changes if isinstance(change, Remove)]
        lines = {line.upstream: line.missing_since for line in vendors.lock.entries.values()}
        assert (lines["a/1"], lines["a/2"], lines["a/3"]) == ("2026-03-01", "2026-03-02", "")
        vendors.sync(force=True)
        assert not notes(vendors.sync().plan, "vanished")


class TestRemovals:
    """The limits of a mass removal are settings."""

    def test_fewer_are_enough_to_refuse(self, world: Any, upstream: Any) -> None:
        """Two of ten entries, with limits of two and a tenth."""
        world.configure(prune=Prune(grace_days=0))
        world.catalog("providers:\n  openai:\n    models: {}")
        records = [upstream(f"openai/m{number}") for number in range(10)]
        world.listing(*records)
        world.sync()
        world.listing(*records[:8])
        world.configure(guards=Guards(removed_entries=2, removed_share=0.1))
        with pytest.raises(
            GuardRefused, match=r"2 of openai's 10 entries would be removed \(limit 10% and 2\)"
        ) as caught:
            world.sync(prune="stale")
        assert "--force" in caught.value.hint
        world.configure(guards=Guards(listed_share=0.9))
        assert notes(world.plan(prune="stale"), "shrunken")


class TestIdleWishes:
    """A wish that came to nothing says why."""

    @pytest.mark.parametrize(
        ("wishes", "subject", "why"),
        [
            ({"take": (NAME,)}, NAME, "--take changes nothing: already as upstream says (context_length, max_output_tokens, pricing.input, pricing.output, features)"),
            ({"take": (f"{NAME}.pricing",)}, f"{NAME}.pricing", "already as upstream says (pricing.input, pricing.output)"),
            ({"accept": (NAME,)}, NAME, "--accept changes nothing: nothing of that entry is held"),
            ({"accept": ("openai/other",)}, "openai/other", "--accept changes nothing: that model is not held"),
        ],
    )  # fmt: skip
    def test_it_agrees_already(self, synced: Any, upstream: Any, wishes: Any, subject: str, why: str) -> None:
        """Nothing to take, nothing to accept."""
        synced.listing(upstream(), upstream("openai/other"))
        ((said, text),) = notes(synced.sync(**wishes).plan, "asked")
        assert said == subject
        assert why in text

    def test_upstream_does_not_say(self, synced: Any, upstream: Any) -> None:
        """Unknown is not the same as agreeing."""
        synced.listing(upstream(completion=None))
        ((_, text),) = notes(synced.sync(take=(f"{NAME}.pricing",)).plan, "asked")
        assert (
            text
            == "--take changes nothing: already as upstream says (pricing.input); unknown upstream (pricing.output)"
        )

    def test_only_a_pin_keeps_it_from_upstreams_value(self, synced: Any, upstream: Any) -> None:
        """That comes first; no name is there that neither side has, though another model has many, and long lists end in a count."""
        prices = {"prompt": "0.000003", "completion": "0.00001", "input_cache_read": "0.000001", "web_search": "0.01"}
        tiers = [
            {"min_prompt_tokens": 100_000 * one, "prompt": "0.000005", "completion": "0.00002"} for one in (1, 2, 3)
        ]
        other = upstream("openai/other") | {"pricing": prices | {"overrides": tiers}}
        synced.configure(pins=[f"{NAME}.pricing.input"], add={"openai": "none"})
        synced.listing(upstream(prompt="0.000003"), other)
        ((_, text),) = notes(synced.plan(take=(NAME,)), "asked")
        assert text == (
            "--take changes nothing: pinned, though upstream says otherwise (pricing.input); "
            "already as upstream says (context_length, max_output_tokens, pricing.output, features)"
        )
        synced.listing(upstream() | {"pricing": prices | {"prompt": "0.0000025", "overrides": tiers}})
        synced.sync()
        ((_, text),) = notes(synced.plan(take=(NAME,)), "asked")
        assert text.endswith(
            "already as upstream says (context_length, max_output_tokens, pricing.output, pricing.cache_read, pricing.web_search, "
            "pricing.tiers.100000.input, and 6 more); pinned (pricing.input)"
        )

    def test_part_of_it_is_pinned(self, synced: Any) -> None:
        """What a pin keeps is named."""
        synced.configure(pins=[f"{NAME}.pricing"])
        ((_, text),) = notes(synced.sync(take=(NAME,)).plan, "asked")
        assert text.endswith("; pinned (pricing.input, pricing.output)")

    def test_an_old_listing(self, synced: Any, upstream: Any) -> None:
        """The lock knows newer values: nothing is taken or accepted from this one."""
        synced.listing(upstream(prompt="0.000003"))
        synced.day = "2026-02-01"
        found = notes(synced.sync(take=(NAME,), accept=(NAME,)).plan, "asked")
        assert [subject for subject, _ in found] == [NAME, NAME]
        assert all("the listing is of 2026-02-01, the lock has values of 2026-03-01" in text for _, text in found)

    def test_gone_unknown_and_unmanaged(self, world: Any, upstream: Any) -> None:
        """Each for its own reason."""
        world.configure(add={"openai": "none"})
        world.catalog(
            "providers:\n  openai:\n    models:\n      gone: {model: gone}\n      never: {model: never}\n"
            "  azure:\n    models:\n      mine: {model: mine}"
        )
        world.listing(upstream("openai/gone"), upstream("openai/x"))
        world.sync()
        world.listing(upstream("openai/x"))
        plan = world.sync(take=("openai/gone", "openai/never", "azure/mine")).plan
        assert [(subject, text.partition(": ")[2]) for subject, text in notes(plan, "asked")] == [
            ("openai/gone", "openai/gone is gone upstream"),
            ("openai/never", "no single model upstream is never"),
            ("azure/mine", "this run has no word on the provider azure"),
        ]

    def test_what_accept_cannot_let_through(self, world: Any, upstream: Any) -> None:
        """A value behind an alias is not a matter of trust."""
        world.path.write_text(
            "base: &b {context_length: 1000}\nproviders:\n  openai:\n    models:\n      gpt-4o: {<<: *b, model: gpt-4o}\n"
        )
        world.listing(upstream())
        ((_, text),) = notes(world.sync(accept=(NAME,)).plan, "asked")
        assert text.startswith("--accept changes nothing: what is held there, it cannot let through (")

    def test_a_wish_that_was_granted_is_not_mentioned(self, synced: Any, upstream: Any) -> None:
        """Taken, accepted, or held with its reason: said elsewhere."""
        synced.edit("input: 0.0025", "input: 0.002")
        assert not notes(synced.sync(take=(NAME,)).plan, "asked")
        synced.listing(upstream(prompt="0.0001"))
        assert not notes(synced.plan(take=(NAME,)), "asked")
        assert not notes(synced.sync(accept=(NAME,)).plan, "asked")
