"""Every row of the merge table, end to end on a real file: what the person typed, what upstream says, what the file becomes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from modelsync.errors import GuardRefused, LockInvalid, Refused, SettingsInvalid, UsageError
from modelsync.planning.changes import Add, Hold, Keep, Remove, Update
from modelsync.settings import Prune

PRICES = "model: gpt-4o\npricing:\n  input: 0.005\n  output: 0.015"


def _of(plan: Any, kind: type) -> list[Any]:
    return [change for change in plan.changes if isinstance(change, kind)]


def _notes(plan: Any, kind: str) -> list[str]:
    return [note.subject for note in plan.notes if note.kind == kind]


def _prices(world: Any, key: str = "gpt-4o") -> dict[str, Any]:
    return world.model(key)["pricing"]


class TestFirstSync:
    """No lock at all."""

    def test_upstream_replaces_what_was_typed(self, world: Any, upstream: Any) -> None:
        """The first sync of a file takes upstream's values, as the original task did."""
        world.entry(PRICES)
        world.listing(upstream())
        result = world.sync()
        assert _prices(world) == {"input": 0.0025, "output": 0.01}
        assert result.plan.first_sync
        assert [change.field for change in _of(result.plan, Update)[0].fields][:2] == [
            "context_length",
            "max_output_tokens",
        ]

    def test_ours_keeps_them_as_set_by_hand(self, world: Any, upstream: Any) -> None:
        """`--ours` answers "keep": the values stay, now and on every later sync."""
        world.entry(PRICES)
        world.listing(upstream())
        assert {change.field for change in _of(world.sync(ours=True).plan, Keep)} == {"pricing.input", "pricing.output"}
        world.listing(upstream(prompt="0.000003"))
        world.sync()
        assert _prices(world) == {"input": 0.005, "output": 0.015}

    def test_what_is_missing_is_filled(self, world: Any, upstream: Any) -> None:
        """Limits, features and a description that the entry lacks are written."""
        world.entry("model: gpt-4o")
        world.listing(upstream(inputs=("text", "image"), parameters=("tools",), description="A model."))
        world.sync()
        assert world.model() == {
            "model": "gpt-4o", "description": "A model.", "context_length": 128000, "max_output_tokens": 16384,
            "pricing": {"input": 0.0025, "output": 0.01}, "features": ["vision", "multimodal", "function_calling"],
        }  # fmt: skip


class TestAddedByHandSince:
    """A lock exists, but the entry is not in it."""

    @pytest.fixture(autouse=True)
    def _start(self, world: Any, upstream: Any) -> None:
        world.configure(add={"openai": "none"})
        world.entry("model: gpt-4.1\npricing: {input: 0.002, output: 0.008}", key="gpt-4-1")
        world.listing(upstream("openai/gpt-4.1", prompt="0.000002", completion="0.000008"), upstream())
        world.sync()

    def test_equal_or_absent_is_managed_from_now_on(self, world: Any, upstream: Any) -> None:
        """A new entry that agrees with upstream, or leaves a field out, is kept true from then on."""
        world.path.write_text(world.text + "      gpt-4o:\n        model: gpt-4o\n        pricing: {input: 0.0025}\n")
        world.sync()
        assert _prices(world) == {"input": 0.0025, "output": 0.01}
        world.listing(upstream("openai/gpt-4.1", prompt="0.000002", completion="0.000008"), upstream(prompt="0.000003"))
        world.sync()
        assert _prices(world)["input"] == 0.003

    def test_another_value_is_kept_until_taken(self, world: Any) -> None:
        """A new entry with a price of its own keeps it, and says so, until `--take`."""
        world.path.write_text(
            world.text + "      gpt-4o:\n        model: gpt-4o\n        pricing: {input: 0.001, output: 0.01}\n"
        )
        keep = _of(world.sync().plan, Keep)
        assert [(change.key, change.field, change.theirs) for change in keep] == [
            ("gpt-4o", "pricing.input", Decimal("0.0000025"))
        ]
        assert [change.field for change in _of(world.plan(), Keep)] == ["pricing.input"]
        world.sync(take=("openai/gpt-4o.pricing.input",))
        assert _prices(world) == {"input": 0.0025, "output": 0.01}
        assert not _of(world.plan(), Keep)


class TestManaged:
    """The lock has a base."""

    @pytest.fixture(autouse=True)
    def _start(self, world: Any, upstream: Any) -> None:
        world.entry(
            "model: gpt-4o\ncontext_length: 128000\nmax_output_tokens: 16384\npricing:\n  input: 0.0025\n  output: 0.01\nfeatures: [function_calling]"
        )
        world.listing(upstream(parameters=("tools",)))
        world.sync()

    def test_untouched_follows_upstream(self, world: Any, upstream: Any) -> None:
        """Ours equals base: upstream's new value is written."""
        world.listing(upstream(prompt="0.000002", parameters=("tools",)))
        world.sync()
        assert _prices(world) == {"input": 0.002, "output": 0.01}

    def test_set_by_hand_is_kept_and_reported_with_both_values(self, world: Any, upstream: Any) -> None:
        """Ours differs from base and from upstream: a person set it; it stays on every run."""
        world.edit("input: 0.0025", "input: 0.0021")
        world.listing(upstream(prompt="0.000002", parameters=("tools",)))
        for _ in range(2):
            keep = _of(world.sync().plan, Keep)
            assert [(change.ours, change.theirs) for change in keep] == [(Decimal("0.0000021"), Decimal("0.000002"))]
        assert _prices(world)["input"] == 0.0021

    def test_each_price_key_by_itself(self, world: Any, upstream: Any) -> None:
        """A hand-set input price does not stop the output price from following."""
        world.edit("input: 0.0025", "input: 0.0021")
        world.listing(upstream(prompt="0.000002", completion="0.000008", parameters=("tools",)))
        world.sync()
        assert _prices(world) == {"input": 0.0021, "output": 0.008}

    def test_equal_by_hand_moves_the_base(self, world: Any, upstream: Any) -> None:
        """A person types what upstream says: the value is managed, and follows the next change."""
        world.edit("input: 0.0025", "input: 0.002")
        world.listing(upstream(prompt="0.000002", parameters=("tools",)))
        assert not _of(world.sync().plan, Keep)
        assert world.lock.entries["openai/gpt-4o"].base["pricing.input"].value == "0.000002"
        world.listing(upstream(prompt="0.000001", parameters=("tools",)))
        world.sync()
        assert _prices(world)["input"] == 0.001

    def test_deleted_field_stays_deleted(self, world: Any, upstream: Any) -> None:
        """A field that was there and that a person removed does not come back, whatever upstream does."""
        world.edit("        context_length: 128000\n", "")
        world.listing(upstream(context=200000, parameters=("tools",)))
        world.sync()
        assert "context_length" not in world.model()

    @pytest.mark.parametrize("prompt", [None, "-1", "free", "NaN", "1e400", "-0.5", ""])
    def test_what_upstream_does_not_say_keeps_ours(self, world: Any, upstream: Any, prompt: str | None) -> None:
        """Null, absent, -1 and unreadable prices are unknown: never zero, never a deletion, and the base stays."""
        world.listing(upstream(prompt=prompt, parameters=("tools",)))
        plan = world.sync().plan
        assert not plan.edits_catalog
        assert world.lock.entries["openai/gpt-4o"].base["pricing.input"].value == "0.0000025"

    def test_ours_makes_a_difference_deliberate(self, world: Any, upstream: Any) -> None:
        """`--ours` moves the base without touching the file: the value counts as set by hand from then on."""
        world.listing(upstream(prompt="0.000002", parameters=("tools",)))
        world.sync(ours=True)
        assert _prices(world)["input"] == 0.0025
        assert world.lock.entries["openai/gpt-4o"].base["pricing.input"].value == "0.000002"
        assert [change.reason for change in _of(world.plan(), Keep)] == ["set by hand"]

    def test_free_is_a_price(self, world: Any, upstream: Any) -> None:
        """Zero is free, not unknown: accepted by a person, it is written."""
        world.listing(upstream(prompt="0", completion="0", parameters=("tools",)))
        world.sync(accept=("openai/gpt-4o",))
        assert _prices(world) == {"input": 0, "output": 0}

    def test_upstream_learns_a_price_it_did_not_have(self, world: Any, upstream: Any) -> None:
        """A field upstream had none of is filled when it is still absent, and kept when a person typed one meanwhile."""
        world.path.with_name("llm_models.lock.json").unlink()
        world.catalog(
            "providers:\n  openai:\n    models:\n      a: {model: gpt-4o, pricing: {input: 0.0025}}\n      b: {model: gpt-4o, pricing: {input: 0.0025}}"
        )
        world.listing(upstream(completion=None))
        world.sync()
        assert world.lock.entries["openai/a"].base["pricing.output"].value is None
        head, _, tail = world.text.rpartition("{input: 0.0025}")
        world.path.write_text(head + "{input: 0.0025, output: 0.02}" + tail)
        world.listing(upstream())
        plan = world.sync().plan
        assert _prices(world, "a") == {"input": 0.0025, "output": 0.01}
        assert _prices(world, "b") == {"input": 0.0025, "output": 0.02}
        assert [change.reason for change in _of(plan, Keep)] == ["set by hand while upstream had none"]


class TestFeatures:
    """ours ∪ (theirs - base)."""

    @pytest.fixture(autouse=True)
    def _start(self, world: Any, upstream: Any) -> None:
        world.entry("model: gpt-4o\nfeatures: [house_style, function_calling]")
        world.listing(upstream(parameters=("tools",)))
        world.sync()

    def test_custom_features_stay_and_new_ones_arrive(self, world: Any, upstream: Any) -> None:
        """A team's own feature stays first; a new upstream feature is appended."""
        world.listing(upstream(parameters=("tools", "response_format")))
        world.sync()
        assert world.model()["features"] == ["house_style", "function_calling", "structured_outputs"]

    def test_a_deleted_feature_stays_deleted_even_if_upstream_flaps(self, world: Any, upstream: Any) -> None:
        """Deleted by hand, gone upstream, back upstream: it does not come back."""
        world.edit("[house_style, function_calling]", "[house_style]")
        for parameters in (("tools",), (), ("tools",)):
            world.listing(upstream(parameters=parameters))
            world.sync()
        assert world.model()["features"] == ["house_style"]

    def test_a_feature_upstream_drops_stays(self, world: Any, upstream: Any) -> None:
        """Features are never removed by a sync."""
        world.listing(upstream())
        world.sync()
        assert world.model()["features"] == ["house_style", "function_calling"]


class TestFilled:
    """Description and model id: only when missing, never when deleted by hand."""

    def test_a_description_is_never_replaced(self, world: Any, upstream: Any) -> None:
        """What a person wrote stays."""
        world.entry("model: gpt-4o\ndescription: Ours.")
        world.listing(upstream(description="Theirs."))
        world.sync()
        assert world.model()["description"] == "Ours."

    def test_a_deleted_description_stays_deleted(self, world: Any, upstream: Any) -> None:
        """Filled once, deleted by hand, it stays away."""
        world.entry("model: gpt-4o")
        world.listing(upstream(description="Theirs."))
        world.sync()
        world.edit("        description: Theirs.\n", "")
        world.sync()
        assert "description" not in world.model()

    def test_a_null_description_counts_as_missing(self, world: Any, upstream: Any) -> None:
        """`description: ~` is filled, in its place."""
        world.entry("model: gpt-4o\ndescription: ~\ncontext_length: 128000")
        world.listing(upstream(description="Theirs."))
        world.sync()
        assert list(world.model())[:3] == ["model", "description", "context_length"]
        assert world.model()["description"] == "Theirs."

    def test_a_missing_model_id_is_filled_and_a_deleted_one_is_not(self, world: Any, upstream: Any) -> None:
        """An entry without a model id is matched by its key and given the provider's id, unless that was deleted."""
        world.entry("context_length: 128000")
        world.listing(upstream())
        world.sync()
        assert world.model()["model"] == "gpt-4o"
        world.edit("model: gpt-4o\n", "note: none\n")
        world.sync()
        assert "model" not in world.model()


class TestOtherFields:
    """Anything else is never touched."""

    def test_unknown_fields_and_price_keys_stay(self, world: Any, upstream: Any) -> None:
        """Tags, notes and a hand-added cache price survive a change of the prices beside them."""
        world.entry(
            "model: gpt-4o\ntags: [\"a\", 'b']   # mine\npricing: {input: 0.005, cache_read: 0.00125, output: 0.015}"
        )
        world.listing(upstream())
        world.sync()
        assert _prices(world) == {"input": 0.0025, "cache_read": 0.00125, "output": 0.01}
        assert "tags: [\"a\", 'b']   # mine\n" in world.text


class TestDeletedEntries:
    """An entry of the lock that is not in the file."""

    @pytest.fixture(autouse=True)
    def _start(self, world: Any, upstream: Any) -> None:
        world.catalog("providers:\n  openai:\n    models: {}")
        self.records = [upstream("openai/gpt-4o"), upstream("openai/gpt-4.1"), upstream("openai/o4")]
        world.listing(*self.records)
        world.sync()
        assert world.entry_keys() == ["gpt-4-1", "gpt-4o", "o4"]

    def _delete(self, world: Any, key: str) -> None:
        lines = world.text.splitlines(keepends=True)
        start = next(number for number, line in enumerate(lines) if line.strip() == f"{key}:")
        end = next(
            (
                number
                for number in range(start + 1, len(lines))
                if len(lines[number]) - len(lines[number].lstrip()) <= 6
            ),
            len(lines),
        )
        world.path.write_text("".join(lines[:start] + lines[end:]))

    def test_it_stays_deleted_under_any_key(self, world: Any) -> None:
        """The upstream id is tombstoned: no later sync adds it again."""
        self._delete(world, "o4")
        for _ in range(2):
            world.sync()
            assert world.entry_keys() == ["gpt-4-1", "gpt-4o"]
        assert list(world.lock.tombstones) == ["openai:openai/o4"]

    def test_not_tombstoned_while_another_entry_uses_it(self, world: Any) -> None:
        """Deleting one of two entries for the same model leaves no tombstone."""
        world.path.write_text(world.text + "      alias:\n        model: o4\n")
        world.sync()
        self._delete(world, "o4")
        world.sync()
        assert not world.lock.tombstones
        assert world.entry_keys() == ["gpt-4-1", "gpt-4o", "alias"]

    def test_writing_it_again_lifts_the_tombstone(self, world: Any) -> None:
        """An entry for the model typed by hand is welcome."""
        self._delete(world, "o4")
        world.sync()
        world.path.write_text(world.text + "      mine:\n        model: o4\n")
        world.sync()
        assert not world.lock.tombstones
        assert "mine" in world.entry_keys()

    def test_a_key_renamed_by_hand_is_recognized(self, world: Any) -> None:
        """Same provider, same model id, new key: the lock line moves, nothing is added or tombstoned."""
        world.edit("      o4:\n", "      smart:\n")
        plan = world.sync().plan
        assert _notes(plan, "renamed") == ["openai/smart"]
        assert world.entry_keys() == ["gpt-4-1", "gpt-4o", "smart"]
        assert sorted(world.lock.entries) == ["openai/gpt-4-1", "openai/gpt-4o", "openai/smart"]
        assert not world.lock.tombstones


class TestIdEditedByHand:
    """The model id of a locked entry was changed."""

    def test_matched_anew_and_refreshed_only_where_untouched(self, world: Any, upstream: Any) -> None:
        """Values that equal the old base follow the new model; a hand-set one stays; features = (ours - base) ∪ theirs."""
        world.entry(
            "model: gpt-4o\ncontext_length: 128000\npricing: {input: 0.0025, output: 0.01}\nfeatures: [house_style, vision, multimodal]"
        )
        world.configure(add={"openai": "none"})
        records = [
            upstream(inputs=("text", "image")),
            upstream(
                "openai/gpt-4.1", prompt="0.000002", completion="0.000008", context=1000000, parameters=("tools",)
            ),
        ]
        world.listing(*records)
        world.sync()
        world.edit("model: gpt-4o", "model: gpt-4.1")
        world.edit("output: 0.01", "output: 0.02")
        world.sync()
        assert world.model()["context_length"] == 1000000
        assert _prices(world) == {"input": 0.002, "output": 0.02}
        assert world.model()["features"] == ["house_style", "function_calling"]
        assert world.lock.entries["openai/gpt-4o"].upstream == "openai/gpt-4.1"


class TestStale:
    """Matched before, gone upstream."""

    @pytest.fixture(autouse=True)
    def _start(self, world: Any, upstream: Any) -> None:
        world.configure(add={"openai": "none"})
        world.catalog(
            "providers:\n  openai:\n    models:\n      gpt-4o: {model: gpt-4o}\n      old: {model: gpt-3.9}\n      emb: {model: text-embedding-9, features: [embeddings]}\n"
            "      fixed: {model: gpt-3.8, pinned: true}"
        )
        self.all = [
            upstream(),
            upstream("openai/gpt-3.9"),
            upstream("openai/text-embedding-9"),
            upstream("openai/gpt-3.8"),
        ]
        world.listing(*self.all)
        world.sync()
        world.listing(upstream())

    def test_reported_with_its_days(self, world: Any) -> None:
        """The note counts the days since a complete listing first lacked it."""
        world.sync()
        world.day = "2026-03-04"
        notes = {note.subject: note.text for note in world.sync().plan.notes if note.kind == "stale"}
        assert "missing 3 of 7 days" in notes["openai/old"]
        assert world.entry_keys() == ["gpt-4o", "old", "emb", "fixed"]

    def test_pruned_after_the_grace_days_only_when_asked(self, world: Any) -> None:
        """`--prune` removes it on the seventh day, never embeddings or pinned entries; without it nothing goes."""
        world.sync()
        world.day = "2026-03-07"
        assert not _of(world.plan(prune="stale"), Remove)
        world.day = "2026-03-08"
        assert not _of(world.plan(), Remove)
        world.sync(prune="stale")
        assert world.entry_keys() == ["gpt-4o", "emb", "fixed"]
        assert "openai/old" not in world.lock.entries

    def test_a_model_that_returns_starts_over(self, world: Any, upstream: Any) -> None:
        """One day back upstream clears the count."""
        world.sync()
        world.listing(*self.all)
        world.day = "2026-03-05"
        world.sync()
        assert not world.lock.entries["openai/old"].missing_since
        world.listing(upstream())
        world.day = "2026-03-09"
        world.sync(prune="stale")
        assert "old" in world.entry_keys()

    def test_a_pruned_model_that_returns_is_added_with_a_note(self, world: Any) -> None:
        """Removing drops the lock line; the return is an addition that says so."""
        world.configure(add={"openai": ["gpt-3.9"]}, prune=Prune(grace_days=0))
        world.sync(prune="stale")
        world.listing(*self.all)
        added = _of(world.sync().plan, Add)
        assert [(change.upstream, change.reason) for change in added] == [
            ("openai/gpt-3.9", "back upstream (pruned 2026-03-01)")
        ]
        assert not world.lock.pruned

    def test_an_incomplete_listing_makes_nothing_stale(self, world: Any, upstream: Any) -> None:
        """A record without a usable id, or an empty list, may hide the missing model."""
        world.configure(prune=Prune(grace_days=0))
        for records in ([upstream(), {"id": "\x1b[31m"}], [upstream(), {"name": "no id"}], []):
            world.listing(*records)
            plan = world.sync(prune="all").plan
            assert not _of(plan, Remove)
            assert not any(entry.missing_since for entry in world.lock.entries.values())
            assert _notes(plan, "incomplete")

    def test_a_listing_of_other_kinds_says_nothing(self, world: Any, upstream: Any) -> None:
        """A model matched as an image model is not stale because a text-only list lacks it."""
        world.configure(prune=Prune(grace_days=0))
        world.path.write_text(world.text + "      pic: {model: gpt-image-9}\n")
        world.listing(*self.all, upstream("openai/gpt-image-9", outputs=("image",)))
        world.sync()
        world.listing(*self.all)
        plan = world.sync(prune="stale").plan
        assert not _of(plan, Remove)
        assert "openai/pic" not in _notes(plan, "stale")


class TestUnknown:
    """Never matched anything."""

    @pytest.fixture(autouse=True)
    def _start(self, world: Any, upstream: Any) -> None:
        world.configure(add={"openai": "none"})
        world.catalog(
            "providers:\n  openai:\n    models:\n      gpt-4o: {model: gpt-4o}\n      whisper: {model: whisper-1}\n"
            "      tuned: {model: 'ft:gpt-4o:acme::1'}\n      emb: {model: text-embedding-9, features: [embeddings]}\n  ollama:\n    models:\n      mine: {model: 'llama3.1:8b'}\n"
            "  azure:\n    models:\n      theirs: {model: gpt-4o}"
        )
        world.listing(upstream(), upstream("meta-llama/llama-3.1-8b-instruct"))

    def test_reported_and_left_alone(self, world: Any) -> None:
        """A fine-tune is unknown, not stale; a plain prune leaves it."""
        plan = world.sync(prune="stale").plan
        assert _notes(plan, "unknown") == ["openai/whisper", "openai/tuned", "openai/emb"]
        assert not _of(plan, Remove)

    def test_prune_all_removes_it_but_never_embeddings_fine_tunes_or_other_providers(self, world: Any) -> None:
        """`--prune all` removes what never matched; self-hosted and unmapped providers are not this source's business."""
        world.sync(prune="all")
        assert world.entry_keys() == ["gpt-4o", "tuned", "emb"]
        assert world.entry_keys("ollama") == ["mine"]
        assert world.entry_keys("azure") == ["theirs"]

    def test_hosted_prices_are_not_copied_to_ollama(self, world: Any) -> None:
        """OpenRouter neither prices nor adds self-hosted models."""
        world.sync()
        assert world.data["providers"]["ollama"]["models"] == {"mine": {"model": "llama3.1:8b"}}


class TestRematch:
    """The locked match is gone and another id would match."""

    def _start(self, world: Any, upstream: Any, *, prompt: str) -> None:
        world.configure(add={"anthropic": "none"})
        world.entry("model: claude-3-5-haiku-20241022", provider="anthropic", key="haiku")
        world.listing(upstream("anthropic/claude-3.5-haiku-20241022", prompt="0.0000008", completion="0.000004"))
        world.sync()
        world.listing(upstream("anthropic/claude-3.5-haiku", prompt=prompt, completion="0.000004"))

    def test_automatic_when_the_prices_are_the_base(self, world: Any, upstream: Any) -> None:
        """Upstream renamed it: the same prices under another id."""
        self._start(world, upstream, prompt="0.0000008")
        assert _notes(world.sync().plan, "rematched") == ["anthropic/haiku"]
        assert world.lock.entries["anthropic/haiku"].upstream == "anthropic/claude-3.5-haiku"

    def test_held_when_they_differ_until_accepted(self, world: Any, upstream: Any) -> None:
        """Other prices, perhaps another model: held on every run, let through by `--accept`."""
        self._start(world, upstream, prompt="0.0000009")
        for _ in range(2):
            assert [change.what for change in _of(world.sync().plan, Hold)] == ["rematch"]
            assert world.model("haiku", "anthropic")["pricing"]["input"] == 0.0008
        world.sync(accept=("anthropic/haiku",))
        assert world.model("haiku", "anthropic")["pricing"]["input"] == 0.0009
        assert not world.plan().held

    def test_a_dated_openai_id_is_not_its_undated_cousin(self, world: Any, upstream: Any) -> None:
        """`gpt-4o-2024-05-13` has its own price: it is never matched to `gpt-4o`."""
        world.configure(add={"openai": "none"})
        world.entry("model: gpt-4o-2024-05-13\npricing: {input: 0.005}")
        world.listing(upstream())
        plan = world.sync().plan
        assert _notes(plan, "unknown") == ["openai/gpt-4o"]
        assert _prices(world) == {"input": 0.005}


class TestPins:
    """Never touched, still reported."""

    def test_a_pinned_entry_is_never_touched(self, world: Any, upstream: Any) -> None:
        """`pinned: true` keeps everything, also on the first sync."""
        world.entry("model: gpt-4o\npinned: true\npricing: {input: 0.005}")
        before = world.text
        world.listing(upstream(parameters=("tools",), description="x"))
        keep = _of(world.sync().plan, Keep)
        assert world.text == before
        assert [(change.field, change.reason) for change in keep] == [
            ("pricing.input", "pinned"),
            ("features", "pinned"),
        ]

    def test_a_pinned_field_is_never_touched(self, world: Any, upstream: Any) -> None:
        """`pinned: [pricing]` keeps the prices and lets the limits follow."""
        world.entry("model: gpt-4o\npinned: [pricing]\ncontext_length: 1000\npricing: {input: 0.005}")
        world.listing(upstream())
        world.sync()
        assert _prices(world) == {"input": 0.005}
        assert world.model()["context_length"] == 128000

    @pytest.mark.parametrize("pin", ["openai/gpt-4o", "openai/*", "*/gpt-*.pricing", "openai/gpt-4o.pricing.input"])
    def test_a_pin_in_the_settings(self, world: Any, upstream: Any, pin: str) -> None:
        """A glob in the settings pins as the entry's own pin does."""
        world.configure(pins=[pin])
        world.entry("model: gpt-4o\npricing: {input: 0.005}")
        world.listing(upstream())
        world.sync()
        assert _prices(world)["input"] == 0.005

    def test_take_refuses_what_is_pinned(self, world: Any, upstream: Any) -> None:
        """`--take` on a pinned price is refused: the pin goes first."""
        world.entry("model: gpt-4o\npinned: [pricing]\npricing: {input: 0.005}")
        world.listing(upstream())
        with pytest.raises(Refused, match="pinned"):
            world.sync(take=("openai/gpt-4o.pricing",))

    def test_unpinning_makes_it_managed_again(self, world: Any, upstream: Any) -> None:
        """A pin leaves the base alone, so that the value follows upstream once the pin is gone."""
        world.entry("model: gpt-4o\npricing: {input: 0.0025}")
        world.listing(upstream())
        world.sync()
        world.configure(pins=["openai/gpt-4o"])
        world.listing(upstream(prompt="0.000002"))
        world.sync()
        assert _prices(world)["input"] == 0.0025
        world.configure(pins=[])
        world.sync()
        assert _prices(world)["input"] == 0.002


class TestCollisions:
    """A new entry's key or native id is taken."""

    def test_not_added_and_reported(self, world: Any, upstream: Any) -> None:
        """An unknown entry under the new model's key, or with its id, keeps its place."""
        world.catalog(
            "providers:\n  openai:\n    models:\n      o4: {model: 'ft:o4:acme'}\n      mine: {model: gpt-4.1}"
        )
        world.configure(match={"openai/mine": "openai/gpt-4o"})
        world.listing(upstream("openai/o4"), upstream("openai/gpt-4o"), upstream("openai/gpt-4.1"))
        plan = world.sync().plan
        assert not _of(plan, Add)
        assert sorted(_notes(plan, "not-added")) == ["openai/gpt-4-1", "openai/o4"]


class TestSeveralEntriesOneModel:
    """`fast` and `gpt-4.1-mini` may be the same upstream model."""

    def test_all_are_updated_and_none_is_stale(self, world: Any, upstream: Any) -> None:
        """The model id decides, not the key."""
        world.catalog(
            "providers:\n  openai:\n    models:\n      fast: {model: gpt-4.1-mini, pricing: {input: 0.01}}\n      gpt-4-1-mini: {model: gpt-4.1-mini}"
        )
        world.listing(upstream("openai/gpt-4.1-mini", prompt="0.000002"))
        plan = world.sync().plan
        assert [_prices(world, key)["input"] for key in ("fast", "gpt-4-1-mini")] == [0.002, 0.002]
        assert not _notes(plan, "stale")
        assert not _of(plan, Add)


class TestAmbiguous:
    """More than one upstream model fits."""

    def test_reported_never_guessed(self, world: Any, upstream: Any) -> None:
        """Two dated releases fit an undated id: neither is taken, neither is added."""
        world.entry("model: claude-9-sonnet", provider="anthropic", key="s")
        world.listing(
            upstream("anthropic/claude-9-sonnet-20260101"),
            upstream("anthropic/claude-9-sonnet-20260201", prompt="0.000003"),
        )
        before = world.text
        plan = world.sync().plan
        assert _notes(plan, "ambiguous") == ["anthropic/s"]
        assert world.text == before


class TestOutOfStep:
    """The lock and the catalog do not belong together."""

    @pytest.fixture(autouse=True)
    def _start(self, world: Any, upstream: Any) -> None:
        world.catalog("providers:\n  openai:\n    models: {}")
        self.records = [upstream(f"openai/m{number}") for number in range(10)]
        world.listing(*self.records)
        world.sync()

    def test_many_entries_gone_is_refused_unless_forced(self, world: Any) -> None:
        """Five of ten entries missing looks like a wrong branch."""
        kept = world.text.split("      m5:\n")[0]
        world.path.write_text(kept)
        with pytest.raises(GuardRefused, match="5 of 10 locked entries"):
            world.sync()
        world.sync(force=True)
        assert world.entry_keys() == ["m0", "m1", "m2", "m3", "m4"]

    def test_many_values_off_is_refused_once_and_known_after_force(self, world: Any) -> None:
        """A third of the values changed is refused; forced once, they are known as set by hand and never refused again."""
        world.path.write_text(
            world.text.replace("input: 0.0025", "input: 0.0026").replace("output: 0.01\n", "output: 0.011\n")
        )
        with pytest.raises(GuardRefused, match="20 of 40 managed values"):
            world.sync()
        assert len(_of(world.sync(force=True).plan, Keep)) == 20
        assert len(_of(world.sync().plan, Keep)) == 20

    def test_a_handful_is_fine(self, world: Any) -> None:
        """Four missing entries are deletions."""
        world.path.write_text(world.text.split("      m6:\n")[0])
        world.sync()
        assert len(world.lock.tombstones) == 4

    def test_a_changed_unit_is_invalid(self, world: Any) -> None:
        """The unit of the settings must be the lock's."""
        world.configure(unit="1m")
        with pytest.raises(SettingsInvalid, match=r"'1m'.*'1k'"):
            world.sync()

    def test_conflict_markers_name_their_line(self, world: Any) -> None:
        """A lock with conflict markers is refused with the line."""
        path = world.path.with_name("llm_models.lock.json")
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(lines[:6]) + "<<<<<<< HEAD\n" + "".join(lines[6:]))
        with pytest.raises(LockInvalid, match=r"lock\.json:7:1"):
            world.sync()

    def test_a_lost_lock_is_warned_about(self, world: Any) -> None:
        """A backup has a lock, the folder has none."""
        world.edit("m0:\n", "m0:\n        note: x\n")
        world.configure(add={"openai": "none"})
        world.listing(*self.records[1:])
        world.sync()
        world.path.with_name("llm_models.lock.json").unlink()
        assert _notes(world.plan(), "lock")


class TestUnitSlip:
    """The catalog's unit is not what the settings say."""

    @pytest.mark.parametrize(
        ("typed", "unit"), [("2.5", "1k"), ("0.0000025", "1k"), ("0.0025", "1m"), ("0.0025", "token")]
    )
    def test_refused_naming_the_setting(self, world: Any, upstream: Any, typed: str, unit: str) -> None:
        """A median of a hundred times or a hundredth refuses the plan."""
        world.configure(unit=unit)
        world.entry(f"model: gpt-4o\npricing: {{input: {typed}}}")
        world.listing(upstream())
        with pytest.raises(GuardRefused, match="USD per") as caught:
            world.sync()
        assert "unit" in caught.value.hint

    @pytest.mark.parametrize(("typed", "unit"), [("2.5", "1m"), ("0.0025", "1k"), ("0.0000025", "token")])
    def test_the_right_unit_is_written_exactly(self, world: Any, upstream: Any, typed: str, unit: str) -> None:
        """Prices are converted exactly and written without exponents."""
        world.configure(unit=unit, add={"openai": "none"})
        world.entry(f"model: gpt-4o\npricing: {{input: {typed}}}")
        world.listing(upstream(prompt="0.0000005"))
        world.sync()
        written = {"1m": "0.5", "1k": "0.0005", "token": "0.0000005"}[unit]
        assert f"input: {written}," in world.text


class TestWishes:
    """What a person names on the command line."""

    def test_an_unknown_entry_is_a_usage_error_with_the_nearest(self, world: Any, upstream: Any) -> None:
        """`--take` and `--accept` check their names first."""
        world.entry("model: gpt-4o")
        world.listing(upstream())
        with pytest.raises(UsageError) as caught:
            world.sync(take=("openai/gpt4o",))
        assert "openai/gpt-4o" in caught.value.hint
        with pytest.raises(UsageError, match="--accept"):
            world.sync(accept=("openai/nope",))

    def test_a_field_upstream_does_not_own(self, world: Any, upstream: Any) -> None:
        """`--take` takes owned fields only."""
        world.entry("model: gpt-4o\ntags: [a]")
        world.listing(upstream())
        with pytest.raises(UsageError, match="owns no field `tags`"):
            world.sync(take=("openai/gpt-4o.tags",))
