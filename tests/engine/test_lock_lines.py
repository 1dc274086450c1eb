"""Whose a lock line is, after people renamed, swapped, added and deleted entries by hand and by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelsync.errors import CatalogInvalid, Refused, UsageError
from modelsync.pipeline.opening import open_catalog
from modelsync.pipeline.standing import status_of
from modelsync.planning.changes import Keep, Update
from modelsync.project import Project

DEARER = "0.000009"


@pytest.fixture(name="pair")
def _pair(world: Any, upstream: Any) -> Any:
    """Return a synced catalog with the entries `x`, of the model aa, and `y`, of bb; a sync adds whatever is listed."""
    world.catalog("""
        providers:
          openai:
            models:
              x: {model: aa, pricing: {input: 0.002}}
              y: {model: bb, pricing: {input: 0.002}}
    """)
    world.listing(upstream("openai/aa"), upstream("openai/bb"))
    world.sync()
    return world


def _rewrite(world: Any, *replacements: tuple[str, str]) -> None:
    """Rewrite the entries by hand: the lines that have the first of a pair get the second; an empty one goes."""
    lines: list[str] = []
    for line in world.text.splitlines(keepends=True):
        old, new = next(((old, new) for old, new in replacements if old in line), ("", ""))
        lines.append(line.replace(old, new) if not old or new else "")
    world.path.write_text("".join(lines), encoding="utf-8")


def _lines(world: Any) -> dict[str, str]:
    return {name.partition("/")[2]: line.upstream.partition("/")[2] for name, line in world.lock.entries.items()}


def _tombstones(world: Any) -> set[str]:
    return {name.rpartition("/")[2] for name in world.lock.tombstones}


def _notes(plan: Any) -> list[tuple[str, str]]:
    return [(note.kind, note.subject) for note in plan.notes]


def _sync_dearer(world: Any, upstream: Any, *models: str) -> Any:
    """Sync a day later, when every model costs more."""
    world.day = "2026-03-02"
    world.listing(*(upstream(f"openai/{model}", prompt=DEARER) for model in models))
    return world.sync().plan


class TestEditsByHand:
    """What a sync makes of keys that people moved."""

    def test_a_deleted_entrys_key_given_to_another(self, pair: Any, upstream: Any) -> None:
        """`x` is deleted, y becomes x: aa is tombstoned and told, bb keeps its base under the new key."""
        _rewrite(pair, ("x:", ""), ("y:", "x:"))
        plan = pair.sync().plan
        assert plan.changes == ()
        assert _notes(plan) == [("renamed", "openai/x"), ("deleted", "openai/x"), ("not-added", "openai/aa")]
        assert (_lines(pair), _tombstones(pair)) == ({"x": "bb"}, {"aa"})
        plan = _sync_dearer(pair, upstream, "aa", "bb")
        assert [type(change) for change in plan.changes] == [Update]
        assert pair.model("x")["pricing"]["input"] == 0.009

    def test_status_knows_both(self, pair: Any) -> None:
        """Before the sync, status tells the same: which entry was renamed and which is gone."""
        _rewrite(pair, ("x:", ""), ("y:", "x:"))
        standing = status_of(Project(pair.path, pair.settings), {}, today=pair.now().date()).standing
        (entry,) = standing.entries
        assert (entry.upstream, entry.was, entry.state) == ("openai/bb", "openai/y", "managed")
        assert [(gone.name, gone.upstream) for gone in standing.deleted] == [("openai/x", "openai/aa")]

    def test_swapped_keys(self, pair: Any, upstream: Any) -> None:
        """Each line goes where its model is."""
        _rewrite(pair, ("x:", "y:"), ("y:", "x:"))
        pair.sync()
        assert (_lines(pair), _tombstones(pair)) == ({"x": "bb", "y": "aa"}, set())
        assert not [change for change in _sync_dearer(pair, upstream, "aa", "bb").changes if isinstance(change, Keep)]

    def test_a_copy_of_a_deleted_entry(self, pair: Any) -> None:
        """`x` is deleted, two others have its model now: which of them it was is open, but the model is in use."""
        _rewrite(pair, ("x:", ""))
        pair.edit("    models:\n", "    models:\n      c: {model: aa}\n      d: {model: aa}\n")
        plan = pair.sync().plan
        assert "deleted" not in [kind for kind, _ in _notes(plan)]
        assert (_lines(pair), _tombstones(pair)) == ({"c": "aa", "d": "aa", "y": "bb"}, set())

    def test_a_waiting_entrys_key_given_to_another(self, world: Any, upstream: Any) -> None:
        """The one that waited for its first sync is gone; what was typed into the other stays."""
        world.catalog("""
            providers:
              openai:
                models:
                  x: {model: aa, pricing: {input: 0.002}}
                  y: {model: strange}
        """)
        world.listing(upstream("openai/aa"))
        world.sync()
        assert set(world.lock.waiting) == {"openai/y"}
        world.edit("input: 0.0025", "input: 0.0011")
        _rewrite(world, ("y:", ""), ("x:", "y:"))
        world.sync()
        assert world.model("y")["pricing"]["input"] == 0.0011
        assert (world.lock.waiting, _lines(world)) == ({}, {"y": "aa"})


class TestRenameKey:
    """`rename --key` moves everything the lock knows of an entry, and nothing else's."""

    @pytest.mark.parametrize(("gone", "stays", "model"), [("x", "y", "bb"), ("y", "x", "aa")], ids=["first", "second"])
    def test_onto_the_key_of_a_deleted_entry(self, pair: Any, upstream: Any, gone: str, stays: str, model: str) -> None:
        """The deleted one is tombstoned, the renamed one keeps its base."""
        _rewrite(pair, (f"{gone}:", ""))
        pair.rename_key(stays, gone)
        deleted = "aa" if model == "bb" else "bb"
        assert (_lines(pair), _tombstones(pair)) == ({gone: model}, {deleted})
        assert pair.sync().plan.changes == ()
        _sync_dearer(pair, upstream, "aa", "bb")
        assert pair.entry_keys() == [gone]
        assert pair.model(gone)["pricing"]["input"] == 0.009

    def test_onto_the_former_key_of_a_renamed_entry(self, pair: Any) -> None:
        """`x` became z by hand, y becomes x by name: nobody was deleted."""
        _rewrite(pair, ("x:", "z:"))
        pair.rename_key("y", "x")
        assert (_lines(pair), _tombstones(pair)) == ({"z": "aa", "x": "bb"}, set())

    def test_of_an_entry_renamed_by_hand(self, pair: Any) -> None:
        """The line is found under the key it had."""
        _rewrite(pair, ("x:", "z:"))
        pair.rename_key("z", "w")
        assert _lines(pair) == {"w": "aa", "y": "bb"}

    def test_a_deletion_is_left_for_the_sync_to_tell(self, pair: Any) -> None:
        """Where nobody takes its key, a deleted entry keeps its line."""
        _rewrite(pair, ("x:", ""))
        pair.rename_key("y", "z")
        assert (_lines(pair), _tombstones(pair)) == ({"x": "aa", "z": "bb"}, set())
        assert ("deleted", "openai/x") in _notes(pair.sync().plan)

    def test_an_entry_without_a_line_takes_no_other(self, pair: Any) -> None:
        """`x` is deleted and a new entry gets its key: it does not become aa."""
        _rewrite(pair, ("x:", "n:"))
        pair.edit("model: aa", "model: cc")
        pair.rename_key("n", "x")
        assert (_lines(pair), _tombstones(pair)) == ({"y": "bb"}, {"aa"})

    def test_waiting_moves_along(self, world: Any, upstream: Any) -> None:
        """An entry that upstream did not have on the first sync is still to have its first sync under the new key."""
        world.entry("model: bb\npricing: {input: 0.002}", key="x")
        world.listing(upstream("openai/aa"))
        world.configure(add={"openai": "none"})
        world.sync()
        world.rename_key("x", "n")
        assert world.lock.waiting == {"openai/n": "2026-03-01"}
        world.listing(upstream("openai/bb"))
        world.sync()
        assert world.model("n")["pricing"]["input"] == 0.0025
        assert world.lock.waiting == {}


class TestRenameId:
    """`rename` changes what the next sync would know an entry by."""

    def test_of_an_entry_renamed_by_hand(self, pair: Any, upstream: Any) -> None:
        """The line moves to the new key first: the entry goes on from its base, and nothing was deleted."""
        pair.listing(upstream("openai/aa"), upstream("openai/bb"), upstream("openai/cc", prompt=DEARER))
        _rewrite(pair, ("x:", "z:"))
        pair.rename_id("aa", "cc")
        plan = pair.sync().plan
        assert not [change for change in plan.changes if isinstance(change, Keep)]
        assert "deleted" not in [kind for kind, _ in _notes(plan)]
        assert pair.model("z")["pricing"]["input"] == 0.009

    def test_nothing_to_rename_writes_nothing(self, pair: Any) -> None:
        """The id is there already: a key renamed by hand is left for the sync."""
        _rewrite(pair, ("x:", "z:"))
        files = pair.files()
        pair.rename_id("aa", "aa")
        assert pair.files() == files


class TestRemove:
    """`remove` takes the line of the entry that goes, and no other."""

    def test_after_swapped_models(self, pair: Any, upstream: Any) -> None:
        """`x` and y swapped their models: the one that stays keeps its history."""
        _rewrite(pair, ("aa", "bb"), ("bb", "aa"))
        pair.remove("openai/x")
        assert (_lines(pair), _tombstones(pair)) == ({"y": "aa"}, {"bb"})
        plan = _sync_dearer(pair, upstream, "aa", "bb")
        assert not [change for change in plan.changes if isinstance(change, Keep)]
        assert pair.model("y")["pricing"]["input"] == 0.009

    def test_the_key_of_a_deleted_entry(self, pair: Any) -> None:
        """`x` was deleted and y became x before it was removed: neither model comes back."""
        _rewrite(pair, ("x:", ""), ("y:", "x:"))
        pair.remove("openai/x")
        assert pair.sync().plan.changes == ()
        assert _tombstones(pair) == {"aa", "bb"}

    def test_beside_a_deleted_entrys_key(self, pair: Any) -> None:
        """`x` was deleted, y became x, and another is removed: the deletion is not forgotten."""
        pair.edit("    models:\n", "    models:\n      z: {model: zz}\n")
        _rewrite(pair, ("x:", ""), ("y:", "x:"))
        pair.remove("openai/z")
        assert (_lines(pair), _tombstones(pair)) == ({"x": "bb"}, {"aa"})

    def test_another_entry_of_that_model_added_by_hand(self, pair: Any) -> None:
        """Neither the lock nor the snapshot knows the other; it has the model id: no tombstone."""
        pair.edit("    models:\n", "    models:\n      h: {model: bb}\n")
        (change,) = pair.remove("openai/y").plan.changes
        assert change.reason == "removed as you asked; openai/h still stands for openai/bb"
        assert (_lines(pair), _tombstones(pair)) == ({"x": "aa"}, set())
        plan = pair.sync().plan
        assert [(type(change), change.key) for change in plan.changes] == [(Update, "h")]

    def test_the_entry_added_by_hand(self, pair: Any) -> None:
        """The other way round."""
        pair.edit("    models:\n", "    models:\n      h: {model: bb}\n")
        (change,) = pair.remove("openai/h").plan.changes
        assert change.reason == "removed as you asked; openai/y still stands for openai/bb"
        assert (_lines(pair), _tombstones(pair)) == ({"x": "aa", "y": "bb"}, set())


class TestAdd:
    """`add` makes a line and takes none."""

    def test_onto_the_former_key_of_a_renamed_entry(self, world: Any, upstream: Any) -> None:
        """bb, of the model aa, became mine by hand; the model bb gets the key bb: mine keeps its base."""
        world.configure(add={"openai": "none"})
        world.entry("model: aa", key="bb")
        world.listing(upstream("openai/aa"), upstream("openai/bb"))
        world.sync()
        world.edit("      bb:", "      mine:")
        world.add("openai/bb")
        assert (_lines(world), _tombstones(world)) == ({"mine": "aa", "bb": "bb"}, set())
        _sync_dearer(world, upstream, "aa", "bb")
        assert [world.model(key)["pricing"]["input"] for key in ("mine", "bb")] == [0.009, 0.009]

    def test_onto_the_key_of_a_deleted_entry_of_another_model(self, world: Any, upstream: Any) -> None:
        """The deletion is remembered, though the key has another line now."""
        world.entry("model: aa", key="bb")
        world.listing(upstream("openai/aa"))
        world.sync()
        world.path.write_text("providers:\n  openai:\n    models: {}\n")
        world.listing(upstream("openai/aa"), upstream("openai/bb"))
        world.add("openai/bb")
        assert (_lines(world), _tombstones(world)) == ({"bb": "bb"}, {"aa"})


class TestProvidersWithASlash:
    """`a/b/c` may be `b/c` of `a`, or `c` of `a/b`."""

    CATALOG = """
        providers:
          openrouter:
            models:
              openai/aa: {model: openai/aa, pricing: {input: 0.002}}
          openrouter/openai:
            models:
              zz: {model: private, pricing: {input: 0.002}}
    """

    @pytest.fixture(name="slashed")
    def _slashed(self, world: Any, upstream: Any) -> Any:
        world.catalog(self.CATALOG)
        world.listing(upstream("openai/aa"), upstream("openai/zz"))
        return world

    def test_two_entries_of_one_name_are_refused(self, slashed: Any) -> None:
        """Nothing could say which of them a line of the lock, or a change, is about."""
        slashed.edit("zz: {", "aa: {")
        before = slashed.files()
        with pytest.raises(CatalogInvalid) as caught:
            slashed.sync()
        assert "`openrouter/openai/aa` names an entry of `openrouter` and one of `openrouter/openai`" in str(
            caught.value
        )
        assert (caught.value.line, caught.value.column) == (5, 3)
        assert slashed.files() == before

    def test_a_sync_leaves_the_section_alone(self, slashed: Any) -> None:
        """It is reported; the lock knows nothing of it; the other provider is synced."""
        text = slashed.text.partition("openrouter/openai")[2]
        slashed.configure(vendors={"openai": "openrouter/openai"})
        plan = slashed.sync().plan
        assert ("unmanaged", "openrouter/openai") in _notes(plan)
        assert slashed.text.partition("openrouter/openai")[2] == text
        assert (list(slashed.lock.entries), slashed.lock.waiting) == (["openrouter/openai/aa"], {})

    def test_nothing_is_added_to_it(self, slashed: Any) -> None:
        """By name neither, whatever the settings say."""
        slashed.configure(vendors={"openai": "openrouter/openai"})
        with pytest.raises(Refused, match="slash"):
            slashed.add("openrouter/openai/zz")

    def test_a_line_of_its_neighbour_is_not_its_own(self, slashed: Any) -> None:
        """`openai/aa` of `openrouter` is deleted, `aa` of `openrouter/openai` written: the deletion is remembered."""
        slashed.sync()
        _rewrite(slashed, ("openai/aa: {", ""), ("zz: {", "aa: {"))
        plan = slashed.sync().plan
        assert ("deleted", "openrouter/openai/aa") in _notes(plan)
        assert set(slashed.lock.tombstones) == {"openrouter:openai/aa"}

    def test_no_rename_makes_two_of_one_name(self, slashed: Any) -> None:
        """Neither from one side nor from the other."""
        with pytest.raises(UsageError, match="there already"):
            slashed.rename_key("zz", "aa", provider="openrouter/openai")
        with pytest.raises(UsageError, match="there already"):
            slashed.rename_key("openai/aa", "openai/zz", provider="openrouter")

    def test_its_entries_can_be_read(self, slashed: Any) -> None:
        """They are entries like others to a reader."""
        sections = open_catalog(Project(Path(slashed.path), slashed.settings)).sections
        assert [(section.provider, bool(section.blocked)) for section in sections] == [
            ("openrouter", False),
            ("openrouter/openai", True),
        ]
        assert [entry.blocked for section in sections for entry in section.entries] == ["", ""]
