"""Entries removed by name: gone with their comments, and no sync brings them back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelsync.errors import Refused, UsageError
from modelsync.planning.changes import Remove
from modelsync.store.backups import backups, restore

CATALOG = """\
# ours
providers:
  openai:
    models:
      # the good one
      gpt-4o:   # in use
        model: gpt-4o

      # the small ones

      # cheap
      mini:
        model: gpt-4.1-mini
        pricing: {input: 0.0004, output: 0.0016}
      fast: {model: gpt-4.1-mini}
      # end of the models
  openrouter:
    models:
      free: {model: "openai/gpt-4o:free"}
      openai/gpt-4o: {model: openai/gpt-4o}
# tail
"""


@pytest.fixture(name="shelf")
def shelf_fixture(world: Any, upstream: Any) -> Any:
    """Return a world that was synced; every model of openai is added when it is new."""
    world.catalog(CATALOG)
    world.listing(upstream(), upstream("openai/gpt-4.1-mini"), upstream("openai/gpt-4o:free"))
    world.sync()
    return world


def _notes(plan: Any) -> list[tuple[str, str]]:
    return [(note.subject, note.text) for note in plan.notes if note.kind == "forgotten"]


def _refused(world: Any, error: type[Exception], *names: str) -> Any:
    """Remove, expect an error, and see that no file has changed; return the error."""
    before = world.files()
    with pytest.raises(error) as caught:
        world.remove(*names)
    assert world.files() == before
    return caught.value


class TestWhatGoes:
    """The entry, its comments, its lock line."""

    def test_the_text(self, shelf: Any) -> None:
        """The entry and what belongs to it; every other byte stays."""
        before = shelf.text
        shelf.remove("openai/mini")
        start, end = before.index("      # cheap\n"), before.index("      fast:")
        assert shelf.text == before[:start] + before[end:]
        assert "# the small ones" in shelf.text
        assert "# end of the models" in shelf.text

    def test_the_lock(self, shelf: Any) -> None:
        """Only its line goes, and its tombstone is of today."""
        lines = shelf.lock.entries
        shelf.day = "2026-03-05"
        (change,) = shelf.remove("openai/gpt-4o").plan.changes
        assert isinstance(change, Remove)
        assert change.reason == "removed as you asked; openai/gpt-4o will not be added again"
        assert shelf.lock.entries == {name: line for name, line in lines.items() if name != "openai/gpt-4o"}
        assert shelf.lock.tombstones == {"openai:openai/gpt-4o": "2026-03-05"}

    def test_no_sync_brings_it_back_but_add_does(self, shelf: Any) -> None:
        """The next sync plans nothing and writes nothing; an add gives it upstream's facts and lifts the tombstone."""
        shelf.remove("openai/gpt-4o", "openrouter/free")
        before = shelf.files()
        assert shelf.sync().plan.changes == ()
        assert shelf.files() == before
        shelf.add("openai/gpt-4o", "openrouter/openai/gpt-4o:free")
        assert shelf.model()["pricing"] == {"input": 0.0025, "output": 0.01}
        assert shelf.lock.tombstones == {}
        assert shelf.sync().plan.changes == ()

    @pytest.mark.parametrize("text", [CATALOG, CATALOG.replace("\n", "\r\n")], ids=["lf", "crlf"])
    def test_the_last_one_leaves_an_empty_mapping(self, world: Any, upstream: Any, text: str) -> None:
        """The file stays a catalog, in which models can be put again."""
        world.path.write_bytes(text.encode())
        world.listing(upstream(), upstream("openai/gpt-4.1-mini"))
        world.configure(add={"openai": "none"})
        world.sync()
        world.remove("openai/gpt-4o", "openai/mini", "openai/fast", "openrouter/free", "openrouter/openai/gpt-4o")
        assert world.data == {"providers": {"openai": {"models": {}}, "openrouter": {"models": {}}}}
        assert world.text.startswith("# ours\n")
        assert world.text.endswith("# tail\n")
        world.add("openai/gpt-4o")
        assert world.entry_keys() == ["gpt-4o"]

    def test_more_than_a_sync_may_remove(self, world: Any, upstream: Any) -> None:
        """The guard against mass removal is for what nobody named."""
        world.path.write_text("providers:\n  openai:\n    models: {}\n")
        world.listing(*(upstream(f"openai/m{number}") for number in range(10)))
        world.sync()
        assert len(world.remove(*(f"openai/m{number}" for number in range(10))).plan.changes) == 10
        assert world.entry_keys() == []
        assert world.sync().plan.changes == ()

    def test_an_embeddings_model(self, shelf: Any) -> None:
        """Pruning never takes one; a person may."""
        shelf.edit("      # end of", "      small: {model: text-embed-9, features: [embeddings]}\n      # end of")
        shelf.remove("openai/small")
        assert "small" not in shelf.entry_keys()


class TestNames:
    """What a person may call an entry."""

    @pytest.mark.parametrize(
        ("name", "key"),
        [
            pytest.param("openai/mini", "mini", id="key"),
            pytest.param("openai/gpt-4o", "gpt-4o", id="key-and-id"),
            pytest.param("openrouter/openai/gpt-4o:free", "free", id="model-id"),
            pytest.param("openrouter/openai/gpt-4o", "openai/gpt-4o", id="key-with-a-slash"),
        ],
    )
    def test_each_finds_it(self, shelf: Any, name: str, key: str) -> None:
        """The key, else the only entry with that model id."""
        assert [change.key for change in shelf.remove(name).plan.changes] == [key]

    @pytest.mark.parametrize("key", ["modèle 中", "a.b.c", "a:b", "4", "it's", "x/y/z", "~", "yes", "a #b", "🐟"])
    def test_keys_of_any_kind(self, world: Any, upstream: Any, key: str) -> None:
        """Dots, slashes, colons, quotes, words that YAML reads as something else."""
        quoted = "'" + key.replace("'", "''") + "'"
        world.path.write_text(f"providers:\n  openai:\n    models:\n      {quoted}: {{model: gpt-4o}}\n      b: {{model: x}}\n", encoding="utf-8")  # fmt: skip
        world.listing(upstream())
        world.sync()
        world.remove(f"openai/{key}")
        assert world.entry_keys() == ["b"]

    def test_twice_in_one_command(self, shelf: Any) -> None:
        """By key and by model id: one removal."""
        assert (
            len(shelf.remove("openrouter/free", "openrouter/openai/gpt-4o:free", "openrouter/free").plan.changes) == 1
        )

    @pytest.mark.parametrize(
        ("names", "message", "hint"),
        [
            pytest.param(("openai/gpt-4",), "no entry of openai", "Did you mean gpt-4o", id="near"),
            pytest.param(("openai/xyzzy",), "no entry of openai", "openai has 3 entries.", id="nothing-near"),
            pytest.param(("openai/gpt-4.1-mini",), "the model id of 2 entries", "openai/mini, openai/fast", id="an-id-of-two"),
            pytest.param(("openai", "gpt-4o"), "names only a provider", "openai/gpt-4o", id="two-words"),
            pytest.param(("openai", "openai/mini"), "names only a provider", "openai/NAME", id="a-provider-beside-a-name"),
            pytest.param(("openai/",), "names only a provider", "openai/NAME", id="nothing-after-the-slash"),
            pytest.param(("gpt-4o",), "names no provider", "openai/gpt-4o", id="only-a-key"),
            pytest.param(("openai/gpt-4o:free",), "no entry of openai", "", id="an-id-of-another-provider"),
            pytest.param(("xyzzy",), "names no provider", "Write PROVIDER/NAME, as one word.", id="neither"),
            pytest.param(("opnai/gpt-4o",), "no provider 'opnai'", "Did you mean openai/gpt-4o? The catalog has openai, openrouter.", id="misspelt-provider"),
            pytest.param(("",), "names no provider", "PROVIDER/NAME", id="empty"),
            pytest.param(("/gpt-4o",), "no provider ''", "The catalog has", id="nothing-before-the-slash"),
            pytest.param(("openai/mini", "openai/nope"), "no entry of openai", "", id="one-wrong-among-right-ones"),
        ],
    )  # fmt: skip
    def test_what_names_nothing(self, shelf: Any, names: tuple[str, ...], message: str, hint: str) -> None:
        """A usage error with the nearest names or the right form, and nothing is written."""
        error = _refused(shelf, UsageError, *names)
        assert message in error.message
        assert hint in error.hint
        assert "To begin a section" not in error.hint

    def test_once_more(self, shelf: Any) -> None:
        """An entry that is gone is no longer there to be named."""
        shelf.remove("openai/gpt-4o")
        _refused(shelf, UsageError, "openai/gpt-4o")


class TestTombstones:
    """What keeps an upstream model from coming back, and what is said where nothing does."""

    def test_another_entry_stands_for_it(self, shelf: Any) -> None:
        """`fast` is the same model: it is not tombstoned; once `fast` goes too, it is."""
        (change,) = shelf.remove("openai/mini").plan.changes
        assert change.reason == "removed as you asked; openai/fast still stands for openai/gpt-4.1-mini"
        assert shelf.lock.tombstones == {}
        assert shelf.sync().plan.changes == ()
        shelf.remove("openai/fast")
        assert set(shelf.lock.tombstones) == {"openai:openai/gpt-4.1-mini"}
        assert shelf.sync().plan.changes == ()

    def test_both_at_once(self, shelf: Any) -> None:
        """Nobody stands for it any more."""
        plan = shelf.remove("openai/mini", "openai/fast").plan
        assert all("will not be added again" in change.reason for change in plan.changes)
        assert set(shelf.lock.tombstones) == {"openai:openai/gpt-4.1-mini"}

    def test_an_entry_added_by_hand_since(self, shelf: Any) -> None:
        """The lock does not know it; the embedded snapshot knows its model, which is tombstoned."""
        shelf.edit("      # end of", "      new: {model: gpt-4.1}\n      # end of")
        plan = shelf.remove("openai/new").plan
        assert plan.changes[0].upstream == "openai/gpt-4.1"
        assert plan.notes == ()
        assert set(shelf.lock.tombstones) == {"openai:openai/gpt-4.1"}

    def test_a_waiting_entry_that_nobody_knows(self, shelf: Any, upstream: Any) -> None:
        """Removed without a tombstone; the note says what that means, and what it advises helps."""
        shelf.edit("      # end of", "      new: {model: gpt-99-preview}\n      # end of")
        shelf.sync()
        ((subject, text),) = _notes(shelf.remove("openai/new").plan)
        assert subject == "openai/new"
        assert "gpt-99-preview matches no single model of the snapshot of" in text
        assert 'write `openai = ["gpt-99-preview"]` under [exclude]' in text
        assert shelf.lock.tombstones == {}
        shelf.listing(upstream("openai/gpt-99-preview"))
        assert "gpt-99-preview" in [change.key for change in shelf.plan().changes]
        shelf.configure(exclude={"openai": ["gpt-99-preview"]})
        assert "gpt-99-preview" not in [change.key for change in shelf.plan().changes]

    def test_nobody_knows_it_and_nothing_is_added(self, shelf: Any) -> None:
        """Where a sync adds nothing of itself, the note says so."""
        shelf.edit("      free:", "      odd: {model: house/odd}\n      free:")
        ((_, text),) = _notes(shelf.remove("openrouter/odd").plan)
        assert text.endswith("a sync does not add it again of itself")

    @pytest.mark.parametrize(
        "configured",
        [{"exclude": {"openai": ["gpt-99*"]}}, {"add": {"openai": ["gpt-4*"]}}],
        ids=["excluded", "not-asked-for"],
    )
    def test_nobody_knows_it_and_the_settings_keep_it_away(self, shelf: Any, configured: Any) -> None:
        """The note advises nothing that is there already."""
        shelf.edit("      # end of", "      new: {model: gpt-99}\n      # end of")
        shelf.configure(**configured)
        ((_, text),) = _notes(shelf.remove("openai/new").plan)
        assert text.endswith("a sync does not add it again of itself")

    def test_a_local_server(self, world: Any, upstream: Any) -> None:
        """Whatever the rule says, a hosted list adds nothing there."""
        world.configure(add={"ollama": "all"})
        world.path.write_text("providers:\n  ollama:\n    models: {a: {model: llama-3}}\n")
        world.listing(upstream("meta-llama/llama-3"))
        world.sync()
        ((_, text),) = _notes(world.remove("ollama/a").plan)
        assert text.endswith("a sync does not add it again of itself")
        assert world.sync().plan.changes == ()

    def test_a_full_id(self, world: Any, upstream: Any) -> None:
        """Under `openrouter` the rules and exclusions are about full ids: so is the advice, and it helps."""
        world.configure(add={"openai": "none", "openrouter": ["openai/gpt*"]})
        world.catalog(CATALOG)
        world.listing(upstream())
        ((_, text),) = _notes(world.remove("openrouter/openai/gpt-4o").plan)
        assert '`openrouter = ["openai/gpt-4o"]` under [exclude]' in text
        assert "openai-gpt-4o" in [change.key for change in world.plan().changes]
        world.configure(exclude={"openrouter": ["openai/gpt-4o"]})
        assert "openai-gpt-4o" not in [change.key for change in world.plan().changes]

    def test_waiting_is_forgotten_too(self, world: Any, upstream: Any) -> None:
        """The lock has nothing more of it."""
        world.entry("model: strange")
        world.listing(upstream())
        world.sync()
        assert set(world.lock.waiting) == {"openai/gpt-4o"}
        world.remove("openai/strange")
        assert world.lock.waiting == {}

    @pytest.mark.parametrize(
        ("configured", "said"),
        [({}, True), ({"add": {"openai": "none"}}, False), ({"add": {"openai": ["gpt-4o"]}}, True), ({"add": {"openai": ["o3"]}}, False), ({"exclude": {"openai": ["gpt-4o"]}}, False)],
        ids=["all", "none", "named", "not-named", "excluded"],
    )  # fmt: skip
    def test_without_a_lock(self, world: Any, upstream: Any, configured: Any, said: bool) -> None:
        """Nothing remembers it: the note says so exactly where the first sync adds it again. No lock is made."""
        world.configure(**configured)
        world.catalog(CATALOG)
        world.listing(upstream(), upstream("openai/gpt-4.1-mini"))
        notes = _notes(world.remove("openai/gpt-4o").plan)
        assert bool(notes) == said
        assert all(
            "there is no lock yet" in text and '`openai = ["gpt-4o"]` under [exclude]' in text for _, text in notes
        )
        assert not (world.folder / "llm_models.lock.json").exists()
        world.sync()
        assert ("gpt-4o" in world.entry_keys()) == said

    def test_without_a_lock_where_another_entry_stays(self, world: Any) -> None:
        """It is not added beside the other: nothing is to be said."""
        world.catalog(CATALOG)
        plan = world.remove("openai/mini").plan
        assert "openai/fast still stands for" in plan.changes[0].reason
        assert plan.notes == ()

    def test_without_a_lock_a_model_no_sync_would_add(self, world: Any) -> None:
        """Of a doubtful model the note would not be true."""
        world.entry("model: gpt-oss-20b")
        assert world.remove("openai/gpt-4o").plan.notes == ()

    def test_a_preset_that_brings_deletions_back(self, world: Any, upstream: Any) -> None:
        """`classic` does not heed tombstones: the note says so, and its advice helps."""
        world.configure(preset="classic")
        world.path.write_text("providers:\n  openai:\n    models: {}\n")
        world.listing(upstream(), upstream("openai/o1"))
        world.sync()
        ((_, text),) = _notes(world.remove("openai/gpt-4o").plan)
        assert "the preset classic brings deleted entries back" in text
        assert [change.key for change in world.plan().changes] == ["gpt-4o"]
        world.configure(exclude={"openai": ["gpt-4o"]})
        assert world.sync().plan.changes == ()

    def test_an_id_edited_since_the_last_sync(self, shelf: Any, upstream: Any) -> None:
        """What it was and what it is: neither comes back."""
        shelf.edit("        model: gpt-4o\n", "        model: gpt-4.1\n")
        shelf.remove("openai/gpt-4o")
        assert set(shelf.lock.tombstones) == {"openai:openai/gpt-4o", "openai:openai/gpt-4.1"}
        shelf.listing(
            upstream(), upstream("openai/gpt-4.1"), upstream("openai/gpt-4.1-mini"), upstream("openai/gpt-4o:free")
        )
        assert shelf.sync().plan.changes == ()

    def test_an_id_edited_to_one_that_nobody_knows(self, shelf: Any) -> None:
        """What it was is tombstoned; of what it is the note tells."""
        shelf.edit("        model: gpt-4o\n", "        model: gpt-99\n")
        ((_, text),) = _notes(shelf.remove("openai/gpt-4o").plan)
        assert "gpt-99" in text
        assert set(shelf.lock.tombstones) == {"openai:openai/gpt-4o"}

    def test_a_key_renamed_since_the_last_sync(self, shelf: Any) -> None:
        """Its lock line is found under the old key and goes; the next sync has nothing to tell."""
        shelf.edit("      gpt-4o:   #", "      smart:   #")
        shelf.remove("openai/smart")
        assert "openai/gpt-4o" not in shelf.lock.entries
        assert set(shelf.lock.tombstones) == {"openai:openai/gpt-4o"}
        plan = shelf.sync().plan
        assert plan.changes == ()
        assert not [note for note in plan.notes if note.kind in ("deleted", "renamed")]

    def test_a_key_that_took_over_anothers_model(self, shelf: Any) -> None:
        """Neither the line it has taken over nor the one it had is left."""
        shelf.edit("      gpt-4o:   #", "      fast:   #")
        shelf.edit("      fast: {model: gpt-4.1-mini", "      quick: {model: gpt-4.1-mini")
        shelf.remove("openai/fast")
        assert set(shelf.lock.entries) & {"openai/fast", "openai/gpt-4o"} == set()

    def test_removed_again_later(self, shelf: Any) -> None:
        """Written by hand once more and removed once more: the tombstone is of the later day."""
        entry = "      gpt-4o: {model: gpt-4o}\n"
        shelf.remove("openai/gpt-4o")
        shelf.edit("      # end of", f"{entry}      # end of")
        shelf.day = "2026-03-09"
        shelf.remove("openai/gpt-4o")
        assert shelf.lock.tombstones == {"openai:openai/gpt-4o": "2026-03-09"}

    def test_a_stale_entry(self, shelf: Any, upstream: Any) -> None:
        """Gone upstream, removed by name: if the model returns, it is not added."""
        shelf.listing(upstream(), upstream("openai/gpt-4o:free"))
        shelf.sync()
        shelf.remove("openai/mini", "openai/fast")
        shelf.listing(upstream(), upstream("openai/gpt-4.1-mini"), upstream("openai/gpt-4o:free"))
        assert shelf.sync().plan.changes == ()

    def test_matched_by_the_settings(self, shelf: Any) -> None:
        """What the settings say it is, is what is tombstoned."""
        shelf.edit("      # end of", "      mine: {model: deployment-7}\n      # end of")
        shelf.configure(match={"openai/mine": "openai/gpt-77"})
        assert shelf.remove("openai/mine").plan.notes == ()
        assert set(shelf.lock.tombstones) == {"openai:openai/gpt-77"}


class TestWhatStays:
    """Entries that are not removed."""

    def test_a_pinned_one(self, shelf: Any) -> None:
        """Refused until the pin is taken away, wherever it is; a pin on a field does not count."""
        text = shelf.text
        shelf.edit("        model: gpt-4o\n", "        model: gpt-4o\n        pinned: true\n")
        assert "Take `pinned` from the entry first" in _refused(shelf, Refused, "openai/mini", "openai/gpt-4o").hint
        shelf.path.write_text(text)
        shelf.configure(pins=["openai/gpt-4*"])
        error = _refused(shelf, Refused, "openai/gpt-4o")
        assert error.message == "openai/gpt-4o is pinned"
        assert "its pin from the settings first" in error.hint
        shelf.configure(pins=["openai/gpt-4o.pricing"])
        assert shelf.remove("openai/gpt-4o").plan.changes

    def test_one_that_others_use(self, shelf: Any) -> None:
        """An anchor of it is used elsewhere: refused with the place; the one that uses it can go, and then it can too."""
        shelf.edit("        model: gpt-4o\n", "        model: gpt-4o\n        tags: &tags [ours]\n")
        shelf.edit("      # end of", "      other: {model: o3, tags: *tags}\n      # end of")
        error = _refused(shelf, Refused, "openai/gpt-4o")
        assert "openai/gpt-4o cannot be removed: line " in error.message
        assert "&tags" in error.message
        shelf.remove("openai/other")
        shelf.remove("openai/gpt-4o")
        assert "gpt-4o" not in shelf.entry_keys()

    def test_one_that_is_merged_in(self, world: Any) -> None:
        """An entry that comes through `<<` is not written in this section."""
        world.path.write_text(
            "base: &b\n  a: {model: x}\nproviders:\n  openai:\n    models:\n      <<: *b\n      c: {model: y}\n"
        )
        before = world.files()
        with pytest.raises(UsageError, match="no entry of openai"):
            world.remove("openai/a")
        assert world.files() == before

    @pytest.mark.parametrize("body", ["{model: a, model: b}", "just words", "", "[a]"])
    def test_a_damaged_one_can_go(self, shelf: Any, body: str) -> None:
        """What cannot be read as an entry can be removed as one."""
        text = shelf.text
        shelf.edit("      # end of", f"      odd: {body}\n      # end of")
        shelf.remove("openai/odd")
        assert shelf.text == text


class TestWriting:
    """What becomes of the files."""

    def test_a_dry_run_writes_nothing(self, shelf: Any) -> None:
        """It plans the same."""
        before = shelf.files()
        planned = shelf.remove("openai/gpt-4o", dry_run=True)
        assert shelf.files() == before
        assert planned.written is None
        assert planned.plan == shelf.remove("openai/gpt-4o").plan

    @pytest.mark.parametrize("locked", [True, False], ids=["locked", "no-lock"])
    def test_restore_brings_everything_back(self, shelf: Any, locked: bool) -> None:
        """Byte for byte, the lock too."""
        if not locked:
            (shelf.folder / "llm_models.lock.json").unlink()
        before = shelf.files()
        shelf.remove("openai/gpt-4o", "openrouter/free")
        restore(shelf.path, backups(shelf.path)[0], now=shelf.now(), keep=10)
        after = shelf.files()
        assert {name: after.get(name) for name in before} == before
        assert ("llm_models.lock.json" in after) == locked

    def test_it_compares_with_nothing(self, shelf: Any) -> None:
        """The plan names no source: nothing was asked of upstream."""
        result = shelf.remove("openai/gpt-4o")
        assert (result.plan.source, result.plan.day, result.fetched) == ("", "", ())


@pytest.mark.hypothesis
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_add_after_remove_gives_back_upstreams_facts(world: Any, upstream: Any, data: Any) -> None:
    """Whichever entries go and come back, in whichever order: the same lock, no tombstone left, the same values, and a sync
    after either plans nothing (under the default preset, which heeds tombstones).
    """
    for path in world.folder.iterdir():
        path.unlink()
    preset = data.draw(st.sampled_from(("default", "classic")))
    world.configure(preset=preset)
    prices = st.sampled_from(("0.0000025", "0.000000447528", "0", None))
    ids = ("openai/gpt-4o", "openai/gpt-4.1", "openai/o4-mini", "anthropic/claude-opus-4.5", "anthropic/claude-3-haiku")
    world.listing(*(upstream(name, prompt=data.draw(prices), completion=data.draw(prices)) for name in ids))
    tail = data.draw(st.sampled_from(("", "# tail\n", "  azure: {}\n")))
    models = data.draw(
        st.sampled_from(("{}", "", "{kept: {model: ft-ours}}", "\n      # ours\n      kept:\n        model: ft-ours"))
    )
    world.path.write_text(f"providers:\n  openai:\n    models: {models}\n  anthropic: {{}}\n{tail}")
    world.sync()
    values, lock = world.data, world.lock
    entries = sorted(lock.entries)
    going = data.draw(st.lists(st.sampled_from(entries), unique=True, min_size=1))
    world.remove(*going)
    assert len(world.lock.entries) == len(entries) - len(going)
    assert len(world.lock.tombstones) == len(going)
    if preset == "default":
        removed = world.text, world.lock
        assert world.sync().plan.changes == ()
        assert (world.text, world.lock) == removed
    coming = data.draw(st.permutations(going))
    world.add(*(f"{name.partition('/')[0]}/{lock.entries[name].upstream}" for name in coming))
    assert world.lock == lock
    assert world.data == values
    assert world.sync().plan.changes == ()
