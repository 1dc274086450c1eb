"""Models added by name: found as people write them, with the facts a sync would give, and nothing else touched."""

from __future__ import annotations

from typing import Any

import pytest

from modelsync.errors import GuardRefused, Refused, UsageError
from modelsync.planning.changes import Add
from modelsync.store.backups import backups, restore

EMPTY = "providers:\n  openai:\n    models: {}\n  anthropic:\n    models: {}\n  openrouter:\n    models: {}\n"


@pytest.fixture(name="shelf")
def shelf_fixture(world: Any, upstream: Any) -> Any:
    """Return a world with three empty sections, a lock, and models to choose from; nothing is added of itself."""
    world.path.write_text(EMPTY)
    world.configure(add={"openai": "none", "anthropic": "none"})
    world.listing(
        upstream(), upstream("openai/gpt-4o:batch"), upstream("openai/gpt-5.2", created=1_700_000_001), upstream("openai/o3-high"),
        upstream("anthropic/claude-opus-4.5"), upstream("anthropic/claude-3.5-haiku"), upstream("z-ai/glm-5:free"),
    )  # fmt: skip
    world.sync()
    return world


def _notes(plan: Any, kind: str) -> list[tuple[str, str]]:
    return [(note.subject, note.text) for note in plan.notes if note.kind == kind]


def _refused(world: Any, error: type[Exception], *names: str) -> Any:
    """Add, expect an error, and see that no file has changed; return the error."""
    before = world.files()
    with pytest.raises(error) as caught:
        world.add(*names)
    assert world.files() == before
    return caught.value


class TestNames:
    """What a person may call a model."""

    @pytest.mark.parametrize(
        ("name", "upstream_id"),
        [
            pytest.param("openai/gpt-5.2", "openai/gpt-5.2", id="slug"),
            pytest.param("openai/openai/gpt-5.2", "openai/gpt-5.2", id="full-id"),
            pytest.param("openai/gpt-5-2", "openai/gpt-5.2", id="key"),
            pytest.param("openai/GPT-5.2", "openai/gpt-5.2", id="another-case"),
            pytest.param("anthropic/claude-opus-4-5", "anthropic/claude-opus-4.5", id="native-id"),
            pytest.param("anthropic/claude-3-5-haiku-20241022", "anthropic/claude-3.5-haiku", id="dated-native-id"),
            pytest.param("openai/gpt-4o:batch", "openai/gpt-4o:batch", id="variant"),
            pytest.param("openrouter/openai/gpt-4o", "openai/gpt-4o", id="openrouter"),
            pytest.param("openrouter/openai-gpt-4o", "openai/gpt-4o", id="openrouter-key"),
            pytest.param("openrouter/z-ai/glm-5:free", "z-ai/glm-5:free", id="openrouter-variant"),
        ],
    )
    def test_each_spelling_finds_it(self, shelf: Any, name: str, upstream_id: str) -> None:
        """One entry is added, for that model and under that provider."""
        (change,) = shelf.add(name).plan.changes
        assert (change.provider, change.upstream) == (name.partition("/")[0], upstream_id)
        assert shelf.entry_keys(change.provider) == [change.key]

    def test_an_exact_name_wins(self, shelf: Any, upstream: Any) -> None:
        """`m-1` and `m.1` are two models: each is found by its own id, and what fits both is not guessed."""
        shelf.listing(upstream("openai/m-1"), upstream("openai/m.1"))
        for name in ("m-1", "m.1"):
            (change,) = shelf.add(f"openai/{name}", dry_run=True).plan.changes
            assert change.upstream == f"openai/{name}"
        error = _refused(shelf, UsageError, "openai/M_1")
        assert "could be 2 models" in error.message
        assert "openai/openai/m-1, openai/openai/m.1" in error.hint

    def test_an_id_of_its_own_wins_over_a_spelling(self, shelf: Any, upstream: Any) -> None:
        """`claude-x-4-5` is how the provider spells `claude-x-4.5`, but upstream lists it by itself too."""
        shelf.listing(upstream("anthropic/claude-x-4.5"), upstream("anthropic/claude-x-4-5"))
        assert shelf.add("anthropic/claude-x-4-5").plan.changes[0].upstream == "anthropic/claude-x-4-5"

    def test_the_candidates_that_are_named_can_be_typed(self, shelf: Any, upstream: Any) -> None:
        """What the message of an ambiguous name offers is found."""
        shelf.listing(upstream("openai/m-1"), upstream("openai/m.1"))
        assert shelf.add("openai/openai/m.1").plan.changes[0].upstream == "openai/m.1"

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            pytest.param("openai/gpt-5.3", "Did you mean openai/gpt-5.2", id="near"),
            pytest.param("openai/gpt-4o-batch", "openai/gpt-4o:batch", id="variant-by-key"),
            pytest.param("openrouter/z-ai/glm-5", "openrouter/z-ai/glm-5:free", id="variant-without-its-name"),
            pytest.param("openrouter/gpt-4o", "Did you mean openrouter/openai/gpt-4o?", id="openrouter-without-vendor"),
            pytest.param("openai/xyzzy", "It lists 4 models of openai.", id="nothing-near"),
            pytest.param("openai/claude-opus-4.5", "It lists 4 models of openai.", id="another-provider's"),
        ],
    )
    def test_no_such_model(self, shelf: Any, name: str, hint: str) -> None:
        """A usage error with the nearest names."""
        error = _refused(shelf, UsageError, name)
        assert "no model" in error.message
        assert hint in error.hint

    @pytest.mark.parametrize(
        ("names", "message", "hint"),
        [
            pytest.param(("gpt-5.2",), "names no provider", "openai/gpt-5.2", id="no-provider"),
            pytest.param(("openai", "gpt-5.2"), "only a provider", "openai/gpt-5.2", id="two-words"),
            pytest.param(("openai",), "only a provider", "openai/NAME", id="only-a-provider"),
            pytest.param(("openai/",), "only a provider", "openai/NAME", id="nothing-after-the-slash"),
            pytest.param(("opnai/gpt-5.2",), "no provider 'opnai'", "Did you mean openai/gpt-5.2?", id="misspelt"),
            pytest.param(("xyz/grok",), "no provider 'xyz'", "The catalog has openai, anthropic, openrouter. To begin a section, write `xyz: {models: {}}` under `providers:`.", id="missing"),
            pytest.param(("google/gemini-3",), "no provider 'google'", "write `gemini: {models: {}}`", id="upstream's-prefix"),
        ],
    )  # fmt: skip
    def test_no_such_provider(self, shelf: Any, names: tuple[str, ...], message: str, hint: str) -> None:
        """A usage error that shows the right form, or the sections there are and what to write."""
        error = _refused(shelf, UsageError, *names)
        assert message in error.message
        assert hint in error.hint

    def test_upstreams_prefix_of_a_provider_that_is_there(self, world: Any, upstream: Any) -> None:
        """`google/…` is meant for the section `gemini`."""
        world.path.write_text("providers:\n  gemini: {models: {}}\n")
        world.listing(upstream("google/gemini-3"))
        assert "Did you mean gemini/gemini-3?" in _refused(world, UsageError, "google/gemini-3").hint

    def test_what_the_hint_says_to_write_works(self, shelf: Any, upstream: Any) -> None:
        """A section begun as the message says takes the model."""
        shelf.listing(upstream("google/gemini-3"))
        shelf.path.write_text(shelf.text + "  gemini: {models: {}}\n")
        shelf.add("gemini/gemini-3")
        assert shelf.entry_keys("gemini") == ["gemini-3"]

    def test_a_provider_without_an_upstream_prefix(self, world: Any, upstream: Any) -> None:
        """The settings can name one, as the message says."""
        world.path.write_text("providers:\n  xai: {models: {}}\n")
        world.listing(upstream("x-ai/grok-4"))
        error = _refused(world, UsageError, "xai/grok-4")
        assert '"x-ai" = "xai"' in error.hint
        world.configure(vendors={"x-ai": "xai"})
        world.add("xai/grok-4")
        assert world.entry_keys("xai") == ["grok-4"]

    def test_a_provider_of_any_script(self, world: Any, upstream: Any) -> None:
        """With a blank and an accent in its name."""
        provider = "café 中 eu"
        world.path.write_text(f"providers:\n  café: {{}}\n  {provider}:\n    models: {{}}\n", encoding="utf-8")
        world.configure(vendors={"x-ai": provider})
        world.listing(upstream("x-ai/grok-4.1"))
        (change,) = world.add(f"{provider}/x-ai/grok-4.1").plan.changes
        assert world.model(change.key, provider)["model"] == "grok-4.1"


class TestFacts:
    """What an added entry holds."""

    @pytest.mark.parametrize("preset", ["default", "classic"])
    def test_catalog_and_lock_are_what_a_sync_would_have_made(self, world: Any, upstream: Any, preset: str) -> None:
        """Byte for byte: values, their order, and the lock's lines."""
        text = "# head\nproviders:\n  openai:\n    models:\n      a:   # first\n        model: old\n        pricing: {input: 1}\n"
        records = [
            upstream("openai/m-1", created=1, description="One: two", parameters=("tools",), inputs=("text", "image")),
            upstream("openai/m-2", created=2, prompt=None, context=None),
            upstream("openai/m-3", created=3, prompt="0", output=None, outputs=("image", "text")),
        ]
        world.configure(preset=preset)
        world.catalog(text)
        world.listing(upstream("openai/other", created=0))
        world.sync()
        start = world.text, world.lock
        world.listing(upstream("openai/other", created=0), *records)
        world.sync()
        synced = world.text, world.lock
        restore(world.path, backups(world.path)[0], now=world.now(), keep=10)
        assert (world.text, world.lock) == start
        world.add("openai/m-1", "openai/m-2", "openai/m-3")
        assert (world.text, world.lock) == synced

    def test_a_sync_afterwards_has_nothing_to_do(self, shelf: Any) -> None:
        """The entries are managed: nothing is planned, nothing written."""
        shelf.add("openai/gpt-5.2", "openrouter/openai/gpt-4o", "openai/o3-high", "anthropic/claude-opus-4.5")
        before = shelf.files()
        assert shelf.sync().plan.changes == ()
        assert shelf.files() == before

    def test_it_follows_upstream_from_then_on(self, shelf: Any, upstream: Any) -> None:
        """A new price reaches it."""
        shelf.add("openai/gpt-5.2")
        shelf.listing(upstream("openai/gpt-5.2", prompt="0.000005"))
        shelf.sync()
        assert shelf.model("gpt-5-2")["pricing"]["input"] == 0.005

    @pytest.mark.parametrize("unit", ["token", "1k", "1m"])
    def test_prices_are_in_the_catalogs_unit(self, world: Any, upstream: Any, unit: str) -> None:
        """As the settings have it."""
        world.path.write_text(EMPTY)
        world.configure(unit=unit)
        world.listing(upstream())
        world.add("openai/gpt-4o")
        scale = {"token": "0.0000025", "1k": "0.0025", "1m": "2.5"}[unit]
        assert f"input: {scale}\n" in world.text

    @pytest.mark.parametrize(
        "rest",
        ["\n    models: {}\n", "\n    models:\n", " {}\n", "\n", "\n    name: x\n", " {models: {}}\n"],
        ids=["empty", "null", "empty-section", "null-section", "no-models", "flow"],
    )
    def test_every_way_to_write_an_empty_section(self, world: Any, upstream: Any, rest: str) -> None:
        """The entry is there, and what else was there still is."""
        world.path.write_text("# head\nproviders:\n  openai:" + rest + "# tail\n")
        world.listing(upstream())
        world.add("openai/gpt-4o")
        assert world.model()["context_length"] == 128000
        assert world.text.startswith("# head\n")
        assert world.text.endswith("# tail\n")
        assert ("name: x" in world.text) == ("name" in rest)


class TestAPersonsWord:
    """An explicit add counts for more than what keeps a sync from adding."""

    def test_exclusions_and_add_rules(self, shelf: Any) -> None:
        """A model that is excluded, of a provider to which nothing is added."""
        shelf.configure(exclude={"openai": ["gpt-5*"]})
        assert [change.key for change in shelf.add("openai/gpt-5.2").plan.changes] == ["gpt-5-2"]
        assert shelf.sync().plan.changes == ()

    def test_a_tombstone_is_lifted(self, shelf: Any) -> None:
        """Deleted by hand, seen by a sync, added again: the plan says since when it was gone, and the lock forgets it."""
        shelf.add("openai/gpt-5.2", "openai/gpt-4o")
        shelf.path.write_text(EMPTY)
        shelf.sync()
        assert set(shelf.lock.tombstones) == {"openai:openai/gpt-5.2", "openai:openai/gpt-4o"}
        (change,) = shelf.add("openai/gpt-5.2").plan.changes
        assert change.reason == "added as you asked (removed 2026-03-01)"
        assert set(shelf.lock.tombstones) == {"openai:openai/gpt-4o"}

    def test_a_deletion_that_no_sync_has_seen(self, shelf: Any) -> None:
        """Deleted by hand and added at once: nothing is tombstoned by the next sync."""
        shelf.add("openai/gpt-5.2")
        lock = shelf.lock
        shelf.path.write_text(EMPTY)
        shelf.add("openai/gpt-5.2")
        assert shelf.lock == lock
        assert shelf.sync().plan.changes == ()
        assert shelf.lock == lock

    def test_an_entry_that_waited_under_the_same_key(self, shelf: Any) -> None:
        """What nobody knew is gone from the file: the new entry of that key does not wait for its first match."""
        shelf.path.write_text(EMPTY.replace("models: {}", "models: {gpt-5-2: {model: ours}}", 1))
        (shelf.folder / "llm_models.lock.json").unlink()
        shelf.sync()
        assert set(shelf.lock.waiting) == {"openai/gpt-5-2"}
        shelf.path.write_text(EMPTY)
        shelf.add("openai/gpt-5.2")
        assert shelf.lock.waiting == {}

    def test_a_pruned_model(self, shelf: Any, upstream: Any) -> None:
        """Pruned, then back upstream: the lock no longer calls it pruned."""
        shelf.add("openai/gpt-5.2")
        shelf.listing(upstream(), upstream("anthropic/x"))
        shelf.sync()
        shelf.day = "2026-03-20"
        shelf.sync(prune="stale")
        assert "openai:openai/gpt-5.2" in shelf.lock.pruned
        shelf.listing(upstream("openai/gpt-5.2"))
        shelf.add("openai/gpt-5.2")
        assert shelf.lock.pruned == {}

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            pytest.param("o3-high", "`-high` is OpenRouter's name for a mode", id="mode"),
            pytest.param("gpt-4o:batch", "`:batch` is OpenRouter's name for an offer", id="variant"),
            pytest.param("open", "open weights", id="open-weights"),
        ],
    )
    def test_a_doubtful_model_comes_with_a_note(self, shelf: Any, upstream: Any, name: str, why: str) -> None:
        """It is added as unverified, and the note says why to check its id."""
        shelf.listing(
            upstream("openai/open", hugging_face_id="x/y"), upstream("openai/o3-high"), upstream("openai/gpt-4o:batch")
        )
        plan = shelf.add(f"openai/{name}").plan
        (change,) = plan.changes
        ((subject, text),) = _notes(plan, "doubt")
        assert change.unverified
        assert subject == f"openai/{change.key}"
        assert why in text
        before = shelf.files()
        assert shelf.sync().plan.changes == ()
        assert shelf.files() == before

    def test_no_doubt_is_no_note(self, shelf: Any) -> None:
        """A plain model, and a variant under openrouter, where it is an id."""
        assert shelf.add("openai/gpt-5.2", "openrouter/z-ai/glm-5:free").plan.notes == ()
        assert shelf.add("openai/gpt-4o").plan.notes == ()

    def test_a_model_without_a_single_price(self, shelf: Any, upstream: Any) -> None:
        """A router is added without a price, and a note says so."""
        shelf.listing(upstream("openrouter/auto", prompt="-1", completion="-1"))
        plan = shelf.add("openrouter/openrouter/auto").plan
        assert [subject for subject, _ in _notes(plan, "variable")] == ["openrouter/openrouter-auto"] * 2
        assert "pricing" not in shelf.model("openrouter-auto", "openrouter")


class TestWhatIsThere:
    """Entries that are in the way, and entries that are the model already."""

    @pytest.mark.parametrize("locked", [True, False], ids=["locked", "no-lock"])
    def test_twice_is_once(self, shelf: Any, locked: bool) -> None:
        """The second add has a note and nothing to do: no file changes, not even a backup."""
        if not locked:
            (shelf.folder / "llm_models.lock.json").unlink()
        shelf.add("openai/gpt-5.2")
        before = shelf.files()
        result = shelf.add("openai/gpt-5.2")
        assert result.plan.changes == ()
        assert _notes(result.plan, "present") == [("openai/gpt-5-2", "stands for openai/gpt-5.2 already")]
        assert shelf.files() == before

    def test_twice_in_one_command(self, shelf: Any) -> None:
        """By two of its names: one entry."""
        assert len(shelf.add("openai/gpt-5.2", "openai/gpt-5-2", "openai/openai/gpt-5.2").plan.changes) == 1

    def test_in_a_list_with_others(self, shelf: Any) -> None:
        """The others are added."""
        shelf.add("openai/gpt-5.2")
        result = shelf.add("openai/gpt-5.2", "openai/gpt-4o")
        assert [change.key for change in result.plan.changes] == ["gpt-4o"]
        assert [subject for subject, _ in _notes(result.plan, "present")] == ["openai/gpt-5-2"]

    def test_an_entry_of_another_key_stands_for_it(self, shelf: Any) -> None:
        """`fast` is that model: nothing is added beside it; nor where the settings match it."""
        shelf.path.write_text(EMPTY.replace("models: {}", "models: {fast: {model: gpt-5.2}, mine: {model: x}}", 1))
        assert _notes(shelf.add("openai/gpt-5.2").plan, "present")[0][0] == "openai/fast"
        shelf.configure(match={"openai/mine": "openai/gpt-4o"})
        assert _notes(shelf.add("openai/gpt-4o").plan, "present")[0][0] == "openai/mine"

    def test_the_key_is_taken(self, shelf: Any) -> None:
        """By an entry of another model: it is named, and so is the way out."""
        shelf.path.write_text(EMPTY.replace("models: {}", "models: {gpt-5-2: {model: ours}}", 1))
        error = _refused(shelf, UsageError, "openai/gpt-4o", "openai/gpt-5.2")
        assert "the key `gpt-5-2` is taken by openai/gpt-5-2 (model id ours)" in error.message
        assert "modelsync rename --key openai gpt-5-2 NEW" in error.hint
        assert "Nothing was written." in error.hint

    def test_the_id_is_taken(self, shelf: Any) -> None:
        """By an entry that the settings match to another model."""
        shelf.path.write_text(EMPTY.replace("models: {}", "models: {mine: {model: gpt-5.2}}", 1))
        shelf.configure(match={"openai/mine": "openai/gpt-4o"})
        error = _refused(shelf, UsageError, "openai/gpt-5.2")
        assert "openai/mine has the model id `gpt-5.2` already" in error.message
        assert "Nothing was written." in error.hint

    def test_two_entries_of_one_id_where_the_key_decides(self, shelf: Any) -> None:
        """Under `classic` another key is another entry, whatever its model id."""
        (shelf.folder / "llm_models.lock.json").unlink()
        shelf.path.write_text(EMPTY.replace("models: {}", "models: {mine: {model: gpt-5.2}}", 1))
        shelf.configure(preset="classic")
        shelf.add("openai/gpt-5.2")
        assert shelf.entry_keys() == ["mine", "gpt-5-2"]

    def test_two_models_of_one_key(self, shelf: Any, upstream: Any) -> None:
        """Named together they are refused together."""
        shelf.listing(upstream("openai/m-1"), upstream("openai/m.1"))
        error = _refused(shelf, UsageError, "openai/m-1", "openai/m.1")
        assert "its key `m-1` would be that of openai/m-1 too" in error.message

    def test_all_names_are_checked_first(self, shelf: Any) -> None:
        """One wrong name among right ones: nothing is written."""
        _refused(shelf, UsageError, "openai/gpt-5.2", "openai/nope", "openai/gpt-4o")

    def test_a_section_that_cannot_be_added_to(self, shelf: Any) -> None:
        """Two providers share one mapping: adding to one would add to both."""
        shelf.path.write_text("providers:\n  openai: {models: &m {}}\n  azure: {models: *m}\n")
        assert "anchor" in _refused(shelf, Refused, "openai/gpt-5.2").message


class TestProviders:
    """Which providers a hosted list speaks for."""

    def test_hosted_prices_are_not_copied_to_a_local_server(self, world: Any, upstream: Any) -> None:
        """Refused with the reason; the preset that copies them copies them."""
        world.path.write_text("providers:\n  ollama: {models: {}}\n")
        world.listing(upstream("meta-llama/llama-3"))
        error = _refused(world, Refused, "ollama/llama-3")
        assert "runs on your own machines" in error.message
        assert "by hand" in error.hint
        world.configure(preset="classic")
        world.add("ollama/llama-3")
        assert world.entry_keys("ollama") == ["llama-3"]

    def test_a_preset_that_leaves_openrouter_alone(self, shelf: Any) -> None:
        """What no sync would keep true is not added."""
        (shelf.folder / "llm_models.lock.json").unlink()
        shelf.configure(preset="classic")
        assert "classic leaves openrouter alone" in _refused(shelf, Refused, "openrouter/openai/gpt-4o").message

    def test_a_variants_key_where_variants_are_entries(self, shelf: Any) -> None:
        """Under `classic` a sync gives a variant a key of its own, so that it can be named by it."""
        (shelf.folder / "llm_models.lock.json").unlink()
        shelf.configure(preset="classic")
        assert shelf.add("openai/gpt-4o-batch").plan.changes[0].upstream == "openai/gpt-4o:batch"


class TestListings:
    """What the listing may be like."""

    @pytest.fixture(name="partial")
    def partial_fixture(self, shelf: Any, upstream: Any) -> Any:
        """Return a world whose listing has a record that cannot be read."""
        shelf.listing(upstream("openai/gpt-5.2"), {"id": "openai/broken", "pricing": []}, {"id": 7})
        assert not shelf.plan().lock.entries
        return shelf

    def test_an_incomplete_one_that_has_the_model(self, partial: Any) -> None:
        """It is added, and the report says what the listing is."""
        plan = partial.add("openai/gpt-5.2").plan
        assert [change.key for change in plan.changes] == ["gpt-5-2"]
        assert _notes(plan, "incomplete")

    def test_an_incomplete_one_without_it(self, partial: Any) -> None:
        """The message says that the listing is incomplete, or why that very record was left out."""
        assert "incomplete" in _refused(partial, UsageError, "openai/gpt-9").hint
        assert "was left out of" in _refused(partial, UsageError, "openai/broken").message
        assert "was left out of" in _refused(partial, UsageError, "openrouter/openai/broken").message
        assert "no model 'broken' of anthropic" in _refused(partial, UsageError, "anthropic/broken").message

    def test_one_older_than_the_lock(self, shelf: Any) -> None:
        """Allowed; a note names both days, and the next sync of the old listing plans nothing."""
        shelf.day = "2026-04-01"
        shelf.add("openai/gpt-4o")
        shelf.day = "2026-03-15"
        plan = shelf.add("openai/gpt-5.2").plan
        ((_, text),) = _notes(plan, "outdated")
        assert "2026-03-15" in text
        assert "2026-04-01" in text
        assert shelf.lock.entries["openai/gpt-5-2"].base["pricing.input"].day == "2026-03-15"
        assert shelf.sync().plan.changes == ()

    def test_a_unit_that_cannot_be_right(self, world: Any, upstream: Any) -> None:
        """A catalog per 1M whose settings say per 1K: no price of the wrong unit is written into it."""
        world.entry("model: gpt-4o\npricing: {input: 2.5, output: 10}")
        world.listing(upstream(), upstream("openai/gpt-5.2"))
        assert "unit" in _refused(world, GuardRefused, "openai/gpt-5.2").hint


class TestWriting:
    """What becomes of the files."""

    def test_no_lock_stays_no_lock(self, world: Any, upstream: Any) -> None:
        """The first sync is still the first; it has nothing to change in the entry."""
        world.path.write_text(EMPTY)
        world.listing(upstream())
        assert world.add("openai/gpt-4o").written.backup is not None
        assert not (world.folder / "llm_models.lock.json").exists()
        result = world.sync()
        assert result.plan.first_sync
        assert result.plan.changes == ()

    def test_a_dry_run_writes_nothing(self, shelf: Any) -> None:
        """It plans the same."""
        before = shelf.files()
        planned = shelf.add("openai/gpt-5.2", dry_run=True)
        assert shelf.files() == before
        assert planned.written is None
        assert planned.plan == shelf.add("openai/gpt-5.2").plan

    def test_restore_brings_both_files_back(self, shelf: Any) -> None:
        """Byte for byte."""
        before = shelf.files()
        shelf.add("openai/gpt-5.2", "anthropic/claude-opus-4.5")
        restore(shelf.path, backups(shelf.path)[0], now=shelf.now(), keep=10)
        after = shelf.files()
        assert {name: after[name] for name in before} == before

    def test_what_was_fetched_is_told(self, shelf: Any) -> None:
        """For `--verbose`, and the plan names its source."""
        result = shelf.add("openai/gpt-5.2")
        assert [(item.source, item.models) for item in result.fetched] == [("models.json", 7)]
        assert (result.plan.source, result.plan.day) == ("models.json", "2026-03-01")
        assert isinstance(result.plan.changes[0], Add)
