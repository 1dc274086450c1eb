"""Lives of catalogs that once went wrong: each is a way in which trust was lost, and must not be again."""

from __future__ import annotations

from typing import Any

import pytest

from modelsync import Catalog
from modelsync.errors import GuardRefused, LockInvalid, Refused
from modelsync.pipeline.editing import rename_model_id
from modelsync.planning.changes import Add, Keep, Remove
from modelsync.project import Project
from modelsync.settings import Prune


def _kinds(plan: Any) -> list[str]:
    return [type(change).__name__ for change in plan.changes]


def _notes(plan: Any, kind: str) -> list[str]:
    return [note.subject for note in plan.notes if note.kind == kind]


@pytest.fixture
def ten(world: Any, upstream: Any) -> Any:
    """Return a world with ten managed models."""
    world.catalog("providers:\n  openai:\n    models: {}")
    world.records = [upstream(f"openai/m{number}") for number in range(10)]
    world.listing(*world.records)
    world.sync()
    return world


class TestShrunkenLists:
    """Half an answer removes nothing."""

    @pytest.mark.parametrize("preset", ["default", "classic"])
    def test_a_list_that_lost_most_of_its_models(self, ten: Any, preset: str) -> None:
        """Two of ten models left, seen twice a week apart, pruned without grace: nothing goes, and the plan says why."""
        ten.configure(preset=preset, prune=Prune(grace_days=0))
        ten.listing(*ten.records[:2])
        for day in ("2026-03-02", "2026-03-12"):
            ten.day = day
            plan = ten.sync(prune="all").plan
            assert not [change for change in plan.changes if isinstance(change, Remove)]
            assert _notes(plan, "shrunken")
        assert len(ten.entry_keys()) == 10

    def test_a_small_catalog_of_several_providers(self, world: Any, upstream: Any) -> None:
        """No provider has five models, all together have: half a list is noticed, and the run does not count as clean."""
        ids = ("openai/a", "openai/b", "anthropic/c", "anthropic/d", "google/e", "google/f")
        world.catalog("providers:\n  openai: {models: {}}\n  anthropic: {models: {}}\n  gemini: {models: {}}")
        world.listing(*map(upstream, ids))
        world.sync()
        world.listing(*map(upstream, ids[::2]))
        plan = world.sync().plan
        assert (_notes(plan, "shrunken"), _notes(plan, "stale"), plan.partial) == (["models.json"], [], True)

    def test_force_believes_it(self, ten: Any) -> None:
        """A person may say that they are really gone."""
        ten.configure(prune=Prune(grace_days=0))
        ten.listing(*ten.records[:2])
        ten.sync(prune="stale", force=True)
        assert ten.entry_keys() == ["m0", "m1"]

    def test_many_removals_at_once_are_refused(self, ten: Any, upstream: Any) -> None:
        """A list of the right size that lacks five of ten models: refused, naming number and limit."""
        ten.configure(prune=Prune(grace_days=0), add={"openai": "none"})
        ten.listing(*ten.records[:5], *[upstream(f"openai/other{number}") for number in range(9)])
        with pytest.raises(GuardRefused, match=r"5 of openai's 10 entries"):
            ten.sync(prune="stale")
        ten.sync(prune="stale", force=True)
        assert len(ten.entry_keys()) == 5


class TestPruning:
    """What goes, and what is said of its coming back."""

    def test_a_pin_on_any_field_protects(self, ten: Any) -> None:
        """Somebody cares about the entry: it would be lost with the value."""
        ten.configure(prune=Prune(grace_days=0), pins=("openai/m9.pricing",))
        ten.edit("      m8:", "      m8:\n        pinned: [features]")
        ten.listing(*ten.records[:8])
        plan = ten.sync(prune="stale").plan
        assert not [change for change in plan.changes if isinstance(change, Remove)]
        assert [note.text.partition("; ")[2] for note in plan.notes if note.kind == "stale"] == [
            "never pruned: pinned"
        ] * 2

    @pytest.mark.parametrize(("rule", "word"), [("all", "it is added"), ("none", "only `modelsync add` adds it")])
    def test_whether_it_comes_back(self, ten: Any, rule: str, word: str) -> None:
        """Only a rule that asks for it adds it again."""
        ten.configure(prune=Prune(grace_days=0), add={"openai": rule})
        ten.listing(*ten.records[:9])
        (gone,) = (change for change in ten.sync(prune="stale").plan.changes if isinstance(change, Remove))
        assert word in gone.reason


class TestOldLists:
    """A snapshot after a newer list knows nothing better."""

    def test_it_brings_nothing_back_and_forgets_no_absence(self, ten: Any) -> None:
        """What was pruned stays away, what is missing stays missing, and the grace counts from the first sighting."""
        ten.configure(prune=Prune(grace_days=3))
        ten.day = "2026-03-05"
        ten.listing(*ten.records[:9])
        ten.sync()
        ten.day = "2026-03-02"
        ten.listing(*ten.records)
        assert ten.sync().plan.changes == ()
        assert ten.lock.entries["openai/m9"].missing_since == "2026-03-05"
        ten.day = "2026-03-08"
        ten.listing(*ten.records[:9])
        ten.sync(prune="stale")
        ten.day = "2026-03-02"
        ten.listing(*ten.records)
        assert not [change for change in ten.sync().plan.changes if isinstance(change, Add)]

    def test_an_old_list_is_not_old_for_what_it_lacked_before(self, ten: Any) -> None:
        """It is of long ago and says that a model is gone: on the next run it says the same, and in time it may be pruned."""
        ten.configure(add={"openai": "none"})
        ten.sync()
        ten.listing(*ten.records[:9])
        lock = ten.lock
        for day, prune, kinds in (("2026-03-01", "", []), ("2026-03-01", "", []), ("2026-04-01", "stale", ["Remove"])):
            ten.day = day
            ten.listed = "2026-03-01"
            plan = ten.sync(prune=prune).plan
            assert (_notes(plan, "outdated"), _kinds(plan)) == ([], kinds)
        assert lock.entries.keys() - ten.lock.entries.keys() == {"openai/m9"}

    def test_it_decides_about_nothing(self, ten: Any) -> None:
        """Neither about an entry added by hand since, nor about a wish; so the same run again has nothing to do."""
        ten.path.write_text(ten.text + "      m99: {model: m99, pricing: {input: 0.1}}\n", encoding="utf-8")
        ten.day = "2026-02-20"
        before = ten.files()
        for wishes in ({}, {"take": ("openai/m99",)}, {"take": ("openai/m99",)}):
            assert _notes(ten.sync(**wishes).plan, "outdated")
            assert ten.files() == before

    def test_the_entries_that_told_its_age_may_be_gone(self, ten: Any, upstream: Any) -> None:
        """The newest price was that of an entry that was deleted since: the old list is known to be old on every run."""
        ten.day = "2026-03-05"
        ten.listing(*ten.records[:9], upstream("openai/m9", prompt="0.000003"))
        ten.sync()
        ten.listing(*ten.records[:5])
        ten.path.write_text(ten.path.read_text().partition("      m9:")[0], encoding="utf-8")
        ten.day = "2026-03-02"
        for _ in range(3):
            assert _notes(ten.sync(prune="all").plan, "outdated")
        assert ten.lock.seen == "2026-03-05"
        ten.day = "2026-03-06"
        ten.listing(*ten.records[:8], upstream("openai/m8", prompt="0.000003"))
        ten.sync()
        assert ten.lock.seen == ""

    def test_what_was_deleted_by_hand_is_no_reason_to_doubt_a_list(self, ten: Any) -> None:
        """Only what the catalog still has is looked for in it, on the first run as on the next."""
        ten.configure(add={"openai": "none"})
        ten.path.write_text(ten.path.read_text().partition("      m3:")[0], encoding="utf-8")
        ten.listing(*ten.records[:3])
        first = ten.sync(force=True).plan
        assert _notes(first, "shrunken") == _notes(ten.sync().plan, "shrunken") == []


def test_a_key_that_a_prune_frees_is_free_at_once(world: Any, upstream: Any) -> None:
    """Otherwise the same command would have something to do when it is run again."""
    world.catalog("providers:\n  openai:\n    models:\n      gpt-a: {model: whisper}\n      gpt-b: {model: gpt-b}")
    world.listing(upstream("openai/gpt-a"), upstream("openai/gpt-b"))
    world.sync()
    assert _kinds(world.sync(prune="all").plan) == ["Remove", "Add"]
    assert world.entry_keys() == ["gpt-b", "gpt-a"]
    assert world.sync(prune="all").plan.changes == ()


def test_a_key_that_is_taken_in_the_same_run_is_held_for_nobody(world: Any, upstream: Any) -> None:
    """A model waits under a key that another model gets: two of one name could not both be."""
    world.entry("model: gpt-4o")
    world.listing(upstream(), upstream("openai/gpt-5.5", prompt="0.01", completion="0.05"))
    world.sync()
    world.listing(upstream(), upstream("openai/gpt-5-5"), {"id": ""})
    assert _kinds(world.sync().plan) == ["Add"]
    before = world.files()
    world.sync()
    assert world.files() == before


class TestFirstSyncLeftOpen:
    """What the first sync could not decide is decided later, as on that day."""

    def test_an_empty_first_listing_freezes_nothing(self, world: Any, upstream: Any) -> None:
        """Nothing matched the first time: the next listing is the first sync of those entries."""
        world.entry("model: gpt-4o\npricing: {input: 0.005}")
        world.listing()
        world.sync()
        world.listing(upstream())
        world.sync()
        assert world.model()["pricing"]["input"] == 0.0025

    def test_what_was_called_set_by_hand_is_not_replaced_later(self, world: Any, upstream: Any) -> None:
        """`--ours` counts for an entry that upstream does not list yet, too."""
        world.entry("model: gpt-6\npricing: {input: 0.001}")
        world.listing(upstream("openai/gpt-5"))
        world.configure(add={"openai": "none"})
        world.sync(ours=True)
        world.listing(upstream("openai/gpt-6"))
        assert _kinds(world.sync().plan) == ["Update", "Keep"]
        assert world.model()["pricing"] == {"input": 0.001, "output": 0.01}

    def test_a_held_value_is_held_again(self, world: Any, upstream: Any) -> None:
        """The limit comes through a merge key: held on every run, never taken for set by hand."""
        world.path.write_text(
            "base: &b {context_length: 1000}\nproviders:\n  openai:\n    models:\n      gpt-4o: {<<: *b, model: gpt-4o}\n"
        )
        world.listing(upstream())
        world.sync()
        files = {path.name: path.read_bytes() for path in world.folder.iterdir()}
        assert "Hold" in _kinds(world.sync().plan)
        assert {path.name: path.read_bytes() for path in world.folder.iterdir()} == files

    def test_pinned_from_the_first_day_is_managed_once_unpinned(self, world: Any, upstream: Any) -> None:
        """The pin is removed: the value follows upstream."""
        world.entry("model: gpt-4o\npinned: true\npricing: {input: 0.005}")
        world.listing(upstream())
        world.sync()
        world.edit("        pinned: true\n", "")
        world.sync()
        assert world.model()["pricing"]["input"] == 0.0025


class TestSlips:
    """People mistype and change their minds."""

    def test_a_match_that_names_nothing_removes_nothing(self, world: Any, upstream: Any) -> None:
        """A typo under [match] is reported; the entry is not taken for gone."""
        world.configure(add={"openai": "none"}, prune=Prune(grace_days=0))
        world.entry("model: gpt-4o")
        world.listing(upstream())
        world.sync()
        world.configure(match={"openai/gpt-4o": "openai/gpt-4oo"})
        plan = world.sync(prune="all").plan
        assert _notes(plan, "unknown") == ["openai/gpt-4o"]
        assert world.entry_keys() == ["gpt-4o"]

    def test_a_mistyped_id_corrected_later_stays_managed(self, world: Any, upstream: Any) -> None:
        """The lock remembers the entry through the typo."""
        world.configure(add={"openai": "none"})
        world.entry("model: gpt-4o\npricing: {input: 0.0025}")
        world.listing(upstream())
        world.sync()
        world.edit("model: gpt-4o", "model: gpt-4oo")
        world.sync()
        world.edit("model: gpt-4oo", "model: gpt-4o")
        world.listing(upstream(prompt="0.000003"))
        plan = world.sync().plan
        assert not [change for change in plan.changes if isinstance(change, Keep)]
        assert world.model()["pricing"]["input"] == 0.003

    def test_a_damaged_entry_still_stands_for_its_model(self, world: Any, upstream: Any) -> None:
        """A key twice inside: held, and its model is not added a second time; its rename is no deletion."""
        world.catalog("providers:\n  openai:\n    models:\n      fast:\n        model: gpt-4.1-mini\n        note: a")
        world.listing(upstream("openai/gpt-4.1-mini"))
        world.sync()
        world.edit("      fast:\n", "      quick:\n        note: b\n")
        plan = world.sync().plan
        assert _kinds(plan) == ["Hold"]
        assert not world.lock.tombstones

    def test_a_key_reused_for_another_model_does_not_inherit(self, world: Any, upstream: Any) -> None:
        """`fast` becomes `fast-old`, a new `fast` is another model: each keeps its own history."""
        world.configure(add={"openai": "none"})
        world.catalog("providers:\n  openai:\n    models:\n      fast: {model: a, pricing: {input: 0.001}}")
        world.listing(upstream("openai/a", prompt="0.000001"), upstream("openai/b", prompt="0.000002"))
        world.sync()
        world.catalog(
            "providers:\n  openai:\n    models:\n      fast-old: {model: a, pricing: {input: 0.001, output: 0.01}}\n      fast: {model: b, pricing: {input: 0.001}}"
        )
        world.listing(upstream("openai/a", prompt="0.0000011"), upstream("openai/b", prompt="0.000002"))
        world.sync()
        assert world.model("fast-old")["pricing"]["input"] == 0.0011
        assert world.model("fast")["pricing"]["input"] == 0.001

    def test_settings_that_name_nothing_are_reported(self, world: Any, upstream: Any) -> None:
        """A misspelt provider under [add] or entry under [match] is said, not swallowed."""
        world.configure(add={"opnai": "none"}, exclude={"gemni": ["x"]}, match={"openai/fst": "openai/gpt-4o"})
        world.entry("model: gpt-4o")
        world.listing(upstream())
        assert _notes(world.plan(), "settings") == ["[add] opnai", "[exclude] gemni", "[match] openai/fst"]

    def test_ours_counts_under_classic_too(self, world: Any, upstream: Any) -> None:
        """Whoever says that the file's values stay is believed."""
        world.configure(preset="classic")
        world.entry("model: gpt-4o\npricing: {input: 0.005, output: 0.02}")
        world.listing(upstream())
        world.sync(ours=True)
        assert world.model()["pricing"] == {"input": 0.005, "output": 0.02}


class TestPlacesThatCannotBeEdited:
    """Refused or left alone with a reason; never a crash."""

    def test_an_anchor_inside_an_entry_protects_it(self, world: Any, upstream: Any) -> None:
        """Another entry uses the list: the entry is not pruned."""
        world.catalog(
            "providers:\n  openai:\n    models:\n      old: {model: gone, features: &f [legacy]}\n      gpt-4o: {model: gpt-4o}\n"
            "  azure:\n    models:\n      d: {model: d, features: *f}"
        )
        world.listing(upstream())
        assert not [change for change in world.sync(prune="all").plan.changes if isinstance(change, Remove)]

    def test_a_question_mark_key(self, world: Any, upstream: Any) -> None:
        """`? gone` is left alone by a prune."""
        world.path.write_text(
            "providers:\n  openai:\n    models:\n      ? gone\n      : model: gone\n      gpt-4o: {model: gpt-4o}\n"
        )
        world.listing(upstream())
        world.sync(prune="all")
        assert "? gone" in world.text

    def test_renaming_an_id_that_is_a_list(self, world: Any, upstream: Any) -> None:
        """The place is named, nothing is written."""
        world.catalog("providers:\n  openai:\n    models:\n      a: {model: [x]}")
        world.listing(upstream())
        project = Project(world.path, world.settings)
        with pytest.raises(Refused, match="a cannot be edited"):
            _rename(world, project)


def _rename(world: Any, project: Project) -> None:
    from datetime import UTC, datetime
    from io import BytesIO

    from msgspec.structs import replace

    from modelsync.fetch.exchange import Response
    from modelsync.fetch.listing import Surroundings

    around = Surroundings(environment={}, today="2026-03-01", stdin=BytesIO(), send=lambda _: Response(200, {}, b""))
    project = replace(project, settings=replace(project.settings, source=str(world.source)))
    rename_model_id(project, "openai", "a", "b", around=around, now=datetime(2026, 3, 1, tzinfo=UTC))


class TestTwoCatalogs:
    """`a.yml` and `a.yaml` would share a lock."""

    def test_the_second_is_refused(self, world: Any, upstream: Any) -> None:
        """The lock says whose it is."""
        world.entry("model: gpt-4o")
        world.listing(upstream())
        world.sync()
        other = world.path.with_suffix(".yaml")
        other.write_text(world.text)
        world.path, first = other, world.path
        with pytest.raises(LockInvalid, match=r"belongs to llm_models\.yml"):
            world.sync()
        first.unlink()
        world.sync()


def test_the_library_reads_the_unit_the_lock_was_made_with(world: Any, upstream: Any) -> None:
    """A catalog per 1M tokens is not a thousand times dearer to a reader who forgets to say so."""
    world.configure(unit="1m")
    world.entry("model: gpt-4o")
    world.listing(upstream())
    world.sync()
    price = Catalog.load(world.path)["openai/gpt-4o"].input_usd_per_token
    assert price is not None
    assert f"{price:f}" == "0.0000025"


class TestSilence:
    """What a list does not speak of proves nothing."""

    def test_a_new_id_of_which_no_features_are_known_keeps_the_old_ones(self, world: Any, upstream: Any) -> None:
        """A list of bare prices says nothing of features: none goes, whatever the id was before."""
        world.configure(add={"openai": "none"})
        world.entry("model: gpt-4o\npricing: {input: 0.0025, output: 0.01}\nfeatures: [ours]")
        world.listing(upstream(inputs=("text", "image"), parameters=("tools",)))
        world.sync()
        kept = world.model()["features"]
        world.edit("model: gpt-4o", "model: gpt-4.1")
        world.listing({"id": "openai/gpt-4.1", "pricing": {"prompt": "0.0000025", "completion": "0.00001"}})
        world.sync()
        assert world.model()["features"] == kept == ["ours", "vision", "multimodal", "function_calling"]

    def test_the_features_of_a_new_id_are_called_so(self, world: Any, upstream: Any) -> None:
        """They come and go with the id."""
        world.configure(add={"openai": "none"})
        world.entry("model: gpt-4o\npricing: {input: 0.0025, output: 0.01}")
        world.listing(upstream(inputs=("text", "image")), upstream("openai/gpt-4.1", parameters=("tools",)))
        world.sync()
        world.edit("model: gpt-4o", "model: gpt-4.1")
        (update,) = world.sync().plan.changes
        assert update.reason == "features of the new id"
        assert world.model()["features"] == ["function_calling"]

    @pytest.mark.parametrize(
        ("model_id", "stays"),
        [
            pytest.param("ft:gpt-4o-mini:acme::abc", True, id="fine-tune"),
            pytest.param("text-embedding-3-small", True, id="embedding"),
            pytest.param("nomic-embed-text", True, id="embed"),
            pytest.param("embedded-llm", False, id="another-word"),
            pytest.param("whisper-1", False, id="unknown"),
        ],
    )
    def test_what_no_list_of_text_models_can_have_is_not_pruned(
        self, world: Any, upstream: Any, model_id: str, *, stays: bool
    ) -> None:
        """That a fine-tune or an embeddings model matches nothing says nothing about it."""
        world.configure(add={"openai": "none"}, prune=Prune(grace_days=0))
        world.entry(f'model: "{model_id}"', key="mine")
        world.listing(*[upstream(f"openai/m{number}") for number in range(10)])
        world.sync(prune="all")
        assert (world.entry_keys() == ["mine"]) is stays

    def test_models_of_every_kind_are_known_but_only_those_that_write_are_added(
        self, world: Any, upstream: Any
    ) -> None:
        """`add = "all"` is about text; what is there is kept true whatever it puts out, and a pattern names the rest."""
        world.catalog("providers:\n  openai:\n    models:\n      emb: {model: text-embedding-3-small}")
        records = [
            upstream(),
            upstream("openai/text-embedding-3-small", prompt="0.00000002", outputs=("embeddings",)),
            upstream("openai/gpt-image-2", outputs=("image",)),
        ]
        world.listing(*records)
        world.sync()
        assert world.entry_keys() == ["emb", "gpt-4o"]
        assert world.model("emb")["pricing"]["input"] == 0.00002
        world.configure(add={"openai": ["gpt-image-*"]})
        world.sync()
        assert world.entry_keys() == ["emb", "gpt-4o", "gpt-image-2"]


class TestWaysOut:
    """No guard may leave a catalog without a way on."""

    @staticmethod
    def _pair(upstream: Any, prompt: str, completion: str) -> list[dict[str, Any]]:
        return [upstream(f"openai/{name}", prompt=prompt, completion=completion) for name in ("a", "b")]

    def test_a_slip_that_was_answered_with_ours_can_be_mended(self, world: Any, upstream: Any) -> None:
        """`--force` overrules the guard against slipped units; then file and upstream agree again."""
        world.configure(add={"openai": "none"})
        world.catalog("providers:\n  openai:\n    models:\n      a: {model: a}\n      b: {model: b}")
        good = self._pair(upstream, "0.0000025", "0.00001")
        world.listing(*good)
        world.sync()
        world.listing(*self._pair(upstream, "0.0025", "0.01"))
        world.sync(ours=True)
        world.listing(*good)
        world.sync(force=True)
        assert world.model("a")["pricing"] == {"input": 0.0025, "output": 0.01}
        assert not world.sync().plan.changes

    def test_a_new_id_with_other_prices_says_nothing_of_the_unit(self, world: Any, upstream: Any) -> None:
        """From a small model to a large one is a thousandfold, and no slip."""
        world.configure(add={"openai": "none"})
        world.entry("model: nano", key="fast")
        nano = upstream("openai/nano", prompt="0.0000001", completion="0.0000004")
        world.listing(nano, upstream("openai/pro", prompt="0.00015", completion="0.0006"))
        world.sync()
        world.edit("model: nano", "model: pro")
        world.sync()
        assert world.model("fast")["pricing"] == {"input": 0.15, "output": 0.6}
