"""What cannot be edited in place is held with its reason, and what the guards must not trip over."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from modelsync.domain.lock import Held
from modelsync.errors import CatalogInvalid, GuardRefused
from modelsync.planning.changes import Hold, Remove, Update


def _holds(plan: Any) -> list[tuple[str, str]]:
    return [(change.key, change.reason) for change in plan.changes if isinstance(change, Hold)]


class TestAliases:
    """A value that comes through an alias or a merge is not edited through the anchor."""

    def test_a_price_through_an_alias_is_held(self, world: Any, upstream: Any) -> None:
        """Both entries share one mapping: neither is edited, both are held on every run, the file stays."""
        world.catalog(
            "providers:\n  openai:\n    models:\n      a: {model: gpt-4o, pricing: &p {input: 0.005}}\n      b:\n        model: gpt-4o\n        pricing: *p"
        )
        world.listing(upstream())
        for _ in range(2):
            held = _holds(world.sync().plan)
            assert {key for key, _ in held} == {"a", "b"}
            assert world.text.count("0.005") == 1
        assert "pricing: &p {input: 0.005}" in world.text

    def test_a_merged_limit_is_held_and_the_rest_goes_through(self, world: Any, upstream: Any) -> None:
        """`<<: *base` brings the limit: it is held, the entry's own price is updated."""
        world.path.write_text(
            "base: &base\n  context_length: 1000\nproviders:\n  openai:\n    models:\n      gpt-4o:\n        <<: *base\n        model: gpt-4o\n"
            "        pricing: {input: 0.005, output: 0.01}\n"
        )
        world.listing(upstream())
        plan = world.sync().plan
        assert [key for key, _ in _holds(plan)] == ["gpt-4o"]
        assert [change.field for change in plan.held[0].fields] == ["context_length"]
        assert world.model()["context_length"] == 1000
        assert world.model()["pricing"]["input"] == 0.0025

    def test_a_whole_entry_that_is_an_alias(self, world: Any, upstream: Any) -> None:
        """`b: *a` is `a`: nothing is edited through it."""
        world.catalog(
            "providers:\n  openai:\n    models:\n      a: &a {model: gpt-4o, pricing: {input: 0.005}}\n      b: *a"
        )
        world.listing(upstream())
        before = world.text
        assert {key for key, _ in _holds(world.sync().plan)} == {"a", "b"}
        assert world.text == before

    def test_an_aliased_entry_is_never_pruned(self, world: Any, upstream: Any) -> None:
        """Removing the anchor would break the alias elsewhere."""
        world.path.write_text(
            "providers:\n  openai:\n    models:\n      a: &a {model: nope}\n      b: {model: gpt-4o}\nother: *a\n"
        )
        world.listing(upstream())
        assert not [change for change in world.plan(prune="all").changes if isinstance(change, Remove)]

    def test_nothing_is_added_to_a_shared_mapping_of_models(self, world: Any, upstream: Any) -> None:
        """`models: *shared` is not extended; the reason is reported."""
        world.path.write_text("shared: &shared {a: {model: gpt-4o}}\nproviders:\n  openai:\n    models: *shared\n")
        world.listing(upstream(), upstream("openai/o4"))
        before = world.text
        plan = world.sync().plan
        assert [note.subject for note in plan.notes if note.kind == "not-added"] == ["openai/o4"]
        assert world.text == before


class TestDamagedEntries:
    """One bad entry does not stop the others."""

    @pytest.mark.parametrize(
        "bad",
        [
            "      bad:\n        model: o4\n        model: o5\n",
            "      bad:\n        model: o4\n        pricing:\n          input: 1\n          input: 2\n",
            "      bad: just text\n",
            "      bad: [o4]\n",
        ],
    )
    def test_it_is_held_and_the_rest_is_synced(self, world: Any, upstream: Any, bad: str) -> None:
        """Duplicate keys inside, or no mapping at all: held, not normalized."""
        world.path.write_text(
            f"providers:\n  openai:\n    models:\n{bad}      gpt-4o: {{model: gpt-4o, pricing: {{input: 0.005}}}}\n"
        )
        world.listing(upstream(), upstream("openai/o4"))
        plan = world.sync().plan
        assert [key for key, _ in _holds(plan)] == ["bad"]
        assert bad in world.text
        assert world.model()["pricing"]["input"] == 0.0025

    def test_it_stays_known_to_the_lock(self, world: Any, upstream: Any) -> None:
        """An entry damaged after a sync keeps its line, is not tombstoned, and goes on when it is mended."""
        world.entry("model: gpt-4o")
        world.listing(upstream())
        world.sync()
        line = world.lock.entries["openai/gpt-4o"]
        world.edit("        model: gpt-4o\n", "        model: gpt-4o\n        model: gpt-4o\n")
        world.sync()
        held = {"entry": Held("`model` is there twice", None, "2026-03-01")}
        assert world.lock.entries["openai/gpt-4o"] == replace(line, held=held)
        assert not world.lock.tombstones

    @pytest.mark.parametrize(
        ("field", "body"),
        [
            ("context_length", "context_length: [1, 2]"),
            ("features", "features: yes please"),
            ("pricing", "pricing: free"),
            ("features", "features: [{a: 1}]"),
        ],
    )
    def test_a_field_of_another_kind_is_held(self, world: Any, upstream: Any, field: str, body: str) -> None:
        """What is no value of the right kind is not replaced; the line is named."""
        world.entry(f"model: gpt-4o\n{body}")
        world.listing(upstream(parameters=("tools",)))
        reasons = [reason for _, reason in _holds(world.sync().plan)]
        assert any(f"`{field}`" in reason and "line 6" in reason for reason in reasons)
        assert body in world.text

    @pytest.mark.parametrize(
        "body", ["openai:\n    models: [a]", "openai: text", "openai:\n    models:\n      a: {}\n      a: {}"]
    )
    def test_a_broken_section_refuses_the_file(self, world: Any, upstream: Any, body: str) -> None:
        """A provider that is no mapping, or an entry twice, is an error with its place."""
        world.path.write_text(f"providers:\n  {body}\n")
        world.listing(upstream())
        with pytest.raises(CatalogInvalid, match=r"llm_models\.yml:\d+:\d+"):
            world.sync()


class TestQuarantine:
    """A record that could not be read is not a model that is gone."""

    def test_its_entry_is_neither_stale_nor_pruned(self, world: Any, upstream: Any) -> None:
        """The listing stays complete, yet says nothing about that one model; unknown entries may be what it was."""
        world.configure(add={"openai": "none"})
        world.catalog(
            "providers:\n  openai:\n    models:\n      a: {model: m-a}\n      b: {model: m-b}\n      c: {model: m-c}"
        )
        world.listing(upstream("openai/m-a"), upstream("openai/m-b"))
        world.sync()
        world.listing(upstream("openai/m-a"), {"id": "openai/m-b", "name": 5})
        world.day = "2027-01-01"
        world.sync(prune="all")
        assert world.entry_keys() == ["a", "b", "c"]
        assert not world.lock.entries["openai/b"].missing_since

    def test_a_list_of_other_kinds_prunes_no_text_models(self, world: Any, upstream: Any) -> None:
        """An embeddings list says nothing about chat models, not even about unknown ones."""
        world.catalog("providers:\n  openai:\n    models:\n      a: {model: m-a}")
        world.listing(upstream("openai/text-embedding-9", outputs=("embeddings",)))
        world.sync(prune="all")
        assert "a" in world.entry_keys()


class TestOddPrices:
    """Prices nobody should have typed."""

    @pytest.mark.parametrize("typed", ["-1", "0", "'0'", ".inf", "1:30", "017", "free", "1e-400"])
    def test_they_do_not_trip_the_guards(self, world: Any, upstream: Any, typed: str) -> None:
        """The first sync replaces them like any other value, or the unit guard says why not; it never crashes."""
        world.entry(f"model: gpt-4o\npricing: {{input: {typed}, output: 0.01}}")
        world.listing(upstream())
        plan = world.sync().plan
        assert any(isinstance(change, Update) for change in plan.changes)
        assert world.model()["pricing"] in ({"input": 0.0025, "output": 0.01}, {"input": "0.0025", "output": 0.01})

    def test_a_price_too_small_to_be_read_is_not_free(self, world: Any, upstream: Any) -> None:
        """Upstream's 1e-16 USD per token is unknown, not zero."""
        world.entry("model: gpt-4o\npricing: {input: 0.0025}")
        world.listing(upstream(prompt="0.0000000000000001"))
        world.sync()
        assert world.model()["pricing"]["input"] == 0.0025


class TestOutdatedListing:
    """A snapshot older than the lock."""

    def test_newer_values_are_not_reverted_and_nothing_goes_missing(self, world: Any, upstream: Any) -> None:
        """What the lock has from a newer listing stays; the plan says so."""
        world.entry("model: gpt-4o\npricing: {input: 0.0025}")
        world.configure(add={"openai": "none"})
        world.day = "2026-09-01"
        world.listing(upstream())
        world.sync()
        world.day = "2026-08-01"
        world.listing(upstream("openai/other"), upstream(prompt="0.000009"))
        plan = world.sync().plan
        assert world.model()["pricing"]["input"] == 0.0025
        assert [note.kind for note in plan.notes if note.kind == "outdated"] == ["outdated"]
        world.listing(upstream("openai/other"))
        world.sync(prune="stale")
        assert world.entry_keys() == ["gpt-4o"]

    def test_nor_by_half_of_one(self, world: Any, upstream: Any) -> None:
        """A page that is missing makes an old listing no younger."""
        world.entry("model: gpt-4o\npricing: {input: 0.0025}")
        world.configure(add={"openai": "none"})
        world.listing(upstream())
        world.sync()
        world.day = "2026-02-01"
        world.listing(upstream(prompt="0.000003"), {"name": "no id"})
        plan = world.sync().plan
        assert world.model()["pricing"]["input"] == 0.0025
        assert [note.kind for note in plan.notes if note.kind in ("incomplete", "outdated")] == [
            "incomplete",
            "outdated",
        ]


def test_the_guards_also_hold_in_a_dry_run(world: Any, upstream: Any) -> None:
    """A plan that would be refused is refused before anybody approves it."""
    world.entry("model: gpt-4o\npricing: {input: 2.5}")
    world.listing(upstream())
    with pytest.raises(GuardRefused):
        world.plan()
