"""Where entries stand, told offline after real syncs; and what the lock remembers for it, without churning."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.domain.lock import Held, Kept
from modelsync.errors import GuardRefused
from modelsync.pipeline.standing import status_of
from modelsync.planning.changes import Remove
from modelsync.planning.standing import Gone, Pin, Seen
from modelsync.project import Project
from modelsync.store.files import lock_path
from modelsync.views.standing import Status

if TYPE_CHECKING:
    from modelsync.planning.standing import EntryStanding, FieldStanding

TWO = "model: gpt-4o\npricing: {input: 0.0025, output: 0.01}"
NAME = "openai/gpt-4o"
SOURCE = "models.json"


def status(world: Any) -> Status:
    """Tell where the world's catalog stands on its day; nothing in its folder changes."""
    before = world.files()
    told = status_of(Project(world.path, world.settings), {}, today=date.fromisoformat(world.day))
    assert world.files() == before
    return told


def entry(world: Any, name: str = NAME) -> EntryStanding:
    """One entry."""
    return next(entry for entry in status(world).standing.entries if entry.name == name)


def field(world: Any, name: str, of: str = NAME) -> FieldStanding:
    """One field of an entry."""
    return next(field for field in entry(world, of).fields if field.field == name)


def judged(world: Any, name: str) -> tuple[str, str]:
    """The state of a field, and what changes it."""
    told = field(world, name)
    return told.state, told.command


def line(world: Any, name: str = NAME) -> Any:
    """The lock's line of an entry."""
    return world.lock.entries[name]


def same_lock(world: Any, **wishes: Any) -> None:
    """Sync again: nothing of catalog and lock changes, and no backup is made."""
    before = world.files()
    world.sync(**wishes)
    assert world.files() == before


class TestRemembered:
    """What the lock keeps of hand-set and held values."""

    def test_a_hand_set_value_with_upstreams(self, world: Any, upstream: Any) -> None:
        """Upstream's value, its source and the day it was first seen; an unchanged one keeps its day, a new one brings its own."""
        world.entry(TWO)
        world.listing(upstream())
        world.sync()
        world.edit("0.0025", "0.002")
        world.day = "2026-03-02"
        world.sync()
        assert line(world).kept == {"pricing.input": Kept("0.000002", "0.0000025", SOURCE, "2026-03-02")}
        for world.day in ("2026-03-03", "2026-03-04"):
            same_lock(world)
        world.listing(upstream(prompt="0.000003"))
        world.day = "2026-03-05"
        world.sync()
        assert line(world).kept["pricing.input"] == Kept("0.000002", "0.000003", SOURCE, "2026-03-05")
        world.edit("0.002,", "0.0021,")
        world.day = "2026-03-06"
        world.sync()
        assert line(world).kept["pricing.input"] == Kept("0.0000021", "0.000003", SOURCE, "2026-03-05")
        world.sync(take=(NAME,))
        assert line(world).kept == {}

    def test_what_upstream_last_said_is_not_forgotten_when_it_falls_silent(self, world: Any, upstream: Any) -> None:
        """A price that flaps leaves the lock alone; it goes when the person agrees with it, or takes the field out."""
        world.entry(TWO)
        world.listing(upstream())
        world.sync()
        world.edit("0.0025", "0.002")
        world.sync()
        kept = line(world).kept
        world.listing(upstream(prompt=None))
        world.day = "2026-03-02"
        same_lock(world)
        assert field(world, "pricing.input").theirs == Seen(Decimal("0.0000025"), SOURCE, "2026-03-01")
        world.edit("0.002,", "nonsense,")
        world.sync()
        assert line(world).kept["pricing.input"].ours == "nonsense"
        assert line(world).kept["pricing.input"].theirs == kept["pricing.input"].theirs
        world.edit("nonsense", "0.0025")
        world.sync()
        assert line(world).kept == {}

    def test_values_known_as_set_by_hand_do_not_put_the_lock_out_of_step(self, world: Any, upstream: Any) -> None:
        """A catalog full of deliberate values is refused once at most; the same values again are no surprise, others are."""
        keys = [f"m{number}" for number in range(6)]
        entries = "".join(f"      {key}: {{model: {key}, pricing: {{input: 0.0025}}}}\n" for key in keys)
        world.catalog(f"providers:\n  openai:\n    models:\n{entries}".rstrip())
        world.listing(*[upstream(f"openai/{key}") for key in keys])
        world.sync()
        world.path.write_text(world.text.replace("input: 0.0025", "input: 0.002"))
        world.sync(force=True)
        world.listing(*[upstream(f"openai/{key}", prompt="0.000003", completion=None, context=None, output=None) for key in keys])  # fmt: skip
        world.sync()
        world.path.write_text(world.text.replace("input: 0.002", "input: 0.0021"))
        with pytest.raises(GuardRefused, match="out of step"):
            world.sync()

    def test_a_held_field_has_its_reason_and_the_day_it_began(self, world: Any, upstream: Any) -> None:
        """Whatever upstream says meanwhile; line numbers are left out, so that the edits of a sync do not rewrite the lock."""
        world.path.write_text(
            "providers:\n  openai:\n    models:\n      first: {model: gpt-4o}\n      gpt-4o:\n        model: gpt-4.1\n        context_length: [1]\n"
        )
        world.listing(upstream(), upstream("openai/gpt-4.1", context=1000))
        world.sync()
        held = Held("`context_length` is not a single value", 1000, "2026-03-01")
        assert line(world).held == {"context_length": held}
        same_lock(world)
        world.listing(upstream(), upstream("openai/gpt-4.1", context=2000))
        world.day = "2026-03-08"
        world.sync()
        assert line(world).held == {"context_length": Held(held.reason, 2000, "2026-03-01")}
        world.edit("[1]", "1")
        world.sync()
        assert line(world).held == {}

    def test_an_anchor_of_another_line_moves_no_lock(self, world: Any, upstream: Any) -> None:
        """`line 5 has the anchor` becomes another line by the sync's own edits: the second sync finds nothing to write."""
        world.catalog(
            "providers:\n  openai:\n    models:\n      top: {model: o4}\n      a: {model: gpt-4o, pricing: &p {input: 0.005}}\n      b:\n        model: gpt-4o\n        pricing: *p"
        )
        world.listing(upstream(), upstream("openai/o4"), upstream("openai/o5"))
        world.configure(add={"openai": "all"})
        world.sync()
        assert "a line" in line(world, "openai/a").held["pricing.input"].reason
        same_lock(world)

    def test_a_rematch_is_held_with_the_model_it_would_become(self, world: Any, upstream: Any) -> None:
        """On the entry as a whole; it goes when it is accepted, and when the other model goes too."""
        world.entry(TWO, key="x")
        world.listing(upstream())
        world.sync()
        world.listing(upstream("openai/gpt-4o:free"), upstream("openai/GPT-4O", prompt="0.1"))
        world.day = "2026-03-02"
        world.sync()
        held = line(world, "openai/x").held["entry"]
        assert (held.theirs, held.day) == ("openai/GPT-4O", "2026-03-02")
        same_lock(world)
        told = entry(world, "openai/x")
        assert {one.state for one in told.fields} == {"held"}
        assert told.hold is not None
        assert told.hold.command == "modelsync sync --accept openai/x"
        world.listing(upstream("openai/o4"))
        world.sync()
        assert (line(world, "openai/x").held, line(world, "openai/x").missing_since) == ({}, "2026-03-02")

    def test_an_older_listing_does_not_undo_what_was_seen(self, world: Any, upstream: Any) -> None:
        """The day of a hand-set value's counterpart counts as a day of the lock's: an older list is not believed."""
        world.entry(TWO)
        world.listing(upstream())
        world.sync()
        world.edit("0.0025", "0.002")
        world.day = "2026-03-05"
        world.listing(upstream(prompt="0.000003"))
        world.sync()
        world.day = "2026-03-04"
        world.listing(upstream())
        same_lock(world)


class TestFields:
    """Each state, what it rests on and what changes it."""

    @pytest.fixture
    def synced(self, world: Any, upstream: Any) -> Any:
        """Return a world that has been synced once."""
        world.entry(TWO + "\nfeatures: [house, vision]\ndescription: Ours.")
        world.listing(upstream(parameters=("tools",), inputs=("text", "image")))
        world.sync()
        return world

    def test_what_follows_upstream(self, synced: Any) -> None:
        """The file's value is the base; source and day are the base's."""
        told = field(synced, "pricing.input")
        assert (told.state, told.command, told.ours, told.ours_text) == ("follows upstream", "", Decimal("0.0000025"), "0.0025")  # fmt: skip
        assert told.base == told.theirs == Seen(Decimal("0.0000025"), SOURCE, "2026-03-01")
        assert "2026-03-01" in told.why

    def test_what_is_set_by_hand(self, synced: Any) -> None:
        """At once after the edit, and after a sync with upstream's newest; taking it is one command."""
        synced.edit("0.0025", "0.002")
        take = ("set by hand", f"modelsync sync --take {NAME}.pricing.input")
        assert judged(synced, "pricing.input") == take
        assert "next one keeps" in field(synced, "pricing.input").why
        synced.sync()
        assert judged(synced, "pricing.input") == take
        assert [(one.name, kept.field) for one, kept in status(synced).standing.kept] == [(NAME, "pricing.input")]
        synced.edit("0.002,", "0.0025,")
        assert judged(synced, "pricing.input")[0] == "follows upstream"

    def test_a_person_who_types_upstreams_value_follows_it_again(self, synced: Any, upstream: Any) -> None:
        """Not the base, but what upstream last said."""
        synced.edit("0.0025", "0.002")
        synced.listing(upstream(prompt="0.000003"))
        synced.sync()
        synced.edit("0.002,", "0.003,")
        assert judged(synced, "pricing.input")[0] == "follows upstream"

    def test_the_commands_do_what_they_say(self, synced: Any) -> None:
        """After the command that a field names, it follows upstream."""
        synced.edit("0.0025", "0.002")
        synced.edit("output: 0.01", "")
        names = [field(synced, name).command.rpartition(" ")[2] for name in ("pricing.input", "pricing.output")]
        synced.sync(take=tuple(names))
        assert [field(synced, name).state for name in ("pricing.input", "pricing.output")] == ["follows upstream"] * 2

    def test_what_was_deleted_by_hand(self, synced: Any) -> None:
        """A price can be taken again, a description is written by hand; features are told one by one."""
        synced.edit(", output: 0.01", "")
        synced.edit("        description: Ours.\n", "")
        synced.edit("[house, vision, multimodal, function_calling]", "[house, vision]")
        assert judged(synced, "pricing.output") == ("deleted by hand", f"modelsync sync --take {NAME}.pricing.output")
        assert judged(synced, "description") == ("deleted by hand", "write one by hand")
        features = field(synced, "features")
        assert (features.state, features.command) == ("follows upstream", f"modelsync sync --take {NAME}.features")
        assert "house: yours" in features.why
        assert "function_calling, multimodal: deleted by hand" in features.why

    def test_what_upstream_does_not_say(self, synced: Any, upstream: Any) -> None:
        """With a value of one's own and without; a model without a description."""
        synced.entry("model: gpt-4o\nmax_output_tokens: 5", key="other")
        synced.listing(upstream(output=None, context=None))
        lock_path(synced.path).unlink()
        synced.sync()
        told = {one.field: one for one in entry(synced, "openai/other").fields}
        for name, ours in (("max_output_tokens", 5), ("context_length", None), ("description", None)):
            assert (told[name].state, told[name].ours) == ("unknown upstream", ours), name

    def test_texts_are_left_alone(self, synced: Any) -> None:
        """A model id is changed by `rename`, a description by hand; the lock keeps no text."""
        assert judged(synced, "model") == ("left alone", "modelsync rename openai gpt-4o NEW")
        told = field(synced, "description")
        assert (told.state, told.ours) == ("left alone", "Ours.")
        assert told.base == Seen(None, SOURCE, "2026-03-01")

    def test_a_pin_says_whose_it_is(self, synced: Any) -> None:
        """The entry's own by field, the settings' by glob; whatever the value, and with the way to lift it."""
        synced.edit("        description: Ours.\n", "        description: Ours.\n        pinned: [features]\n")
        synced.configure(pins=["openai/*.pricing", "openai/other"])
        assert entry(synced).pins == (Pin(("features",)), Pin(("pricing",), "openai/*.pricing"))
        to_see = "; `modelsync plan` shows upstream's value if it is another"
        assert [field(synced, name).why.endswith(to_see) for name in ("features", "pricing.input")] == [True, True]
        assert judged(synced, "features") == ("pinned", "take it out of the entry's `pinned`")
        assert judged(synced, "pricing.input") == ("pinned", "take `openai/*.pricing` out of `pins` in the settings")
        assert judged(synced, "context_length")[0] == "follows upstream"
        assert status(synced).standing.counts("openai")["pinned"] == 1

    def test_of_a_pinned_field_the_lock_knows_no_value_of_upstreams(self, synced: Any, upstream: Any) -> None:
        """The lock does not follow it, so nothing is said to be upstream's last word; what file and upstream agreed on is there."""
        synced.configure(pins=[f"{NAME}.pricing"])
        synced.listing(upstream(prompt="0.000009"))
        synced.sync()
        told = field(synced, "pricing.input")
        assert told.theirs is None
        assert told.base == Seen(Decimal("0.0000025"), SOURCE, "2026-03-01")
        assert [keep.theirs for keep in synced.plan().changes] == [Decimal("0.000009")]

    def test_what_a_plan_does_not_show_is_not_promised(self, synced: Any, upstream: Any) -> None:
        """Texts, and fields of a model that is gone."""
        synced.configure(pins=[NAME])
        assert "modelsync plan" not in field(synced, "description").why
        synced.listing(upstream("openai/o4"))
        synced.sync()
        assert (field(synced, "pricing.input").state, "modelsync plan" in field(synced, "pricing.input").why) == (
            "pinned",
            False,
        )

    def test_a_rename_says_whom_else_it_changes(self, world: Any) -> None:
        """The other entries of the provider that have the same model id, some of them by name."""
        models = "".join(f"      {key}: {{model: {model}}}\n" for key, model in (("a", "x"), ("b", "x"), ("c", "y")))
        world.path.write_text(
            f"providers:\n  openai:\n    models:\n{models}  gemini:\n    models:\n      d: {{model: y}}\n"
        )
        for name, said in (("openai/a", "in openai/b too"), ("openai/b", "in openai/a too"), ("openai/c", "")):
            told = field(world, "model", name)
            assert told.why.endswith(f"renaming it changes it {said}" if said else "a sync never changes it"), name
        world.path.write_text(
            "providers:\n  openai:\n    models:\n" + "".join(f"      k{n}: {{model: x}}\n" for n in range(9))
        )
        assert field(world, "model", "openai/k0").why.endswith(
            "in openai/k1 and openai/k2 and openai/k3 and 5 more too"
        )

    def test_a_pin_of_the_first_sync_that_is_lifted(self, world: Any, upstream: Any) -> None:
        """The next sync decides as the first would have; a field that was never looked at keeps its value."""
        world.entry(TWO.replace("0.0025", "0.002"))
        world.listing(upstream())
        world.configure(pins=[f"{NAME}.pricing"])
        world.sync()
        world.configure(pins=[])
        told = field(world, "pricing.input")
        assert (told.state, told.base, told.command) == ("not yet synced", None, "modelsync sync")
        assert "takes upstream's value" in told.why
        world.sync()
        assert judged(world, "pricing.input")[0] == "follows upstream"

    def test_what_is_held(self, world: Any, upstream: Any) -> None:
        """With the line of today, since when, and what upstream wants; when it was mended, that the next sync decides."""
        world.entry(TWO + "\ncontext_length: [1]")
        world.listing(upstream())
        world.sync()
        world.day = "2026-03-09"
        world.path.write_text("# a line more\n" + world.text)
        told = field(world, "context_length")
        assert (told.state, told.since, told.theirs) == ("held", "2026-03-01", Seen(128000, "", ""))
        assert told.why == "line 8: `context_length` is not a single value"
        assert [(one.name, held.field) for one, held in status(world).standing.held] == [(NAME, "context_length")]
        world.edit("[1]", "1")
        assert "next sync decides" in field(world, "context_length").why

    def test_a_damaged_entry_is_held_as_a_whole(self, synced: Any) -> None:
        """Since the sync that saw it; told before one did."""
        synced.edit("        model: gpt-4o\n", "        model: gpt-4o\n        model: gpt-4o\n")
        told = entry(synced).hold
        assert told is not None
        assert (told.since, told.why) == ("", "line 6: `model` is there twice")
        synced.day = "2026-03-04"
        synced.sync()
        told = entry(synced).hold
        assert told is not None
        assert (told.since, told.command) == ("2026-03-04", "correct the entry by hand")
        assert {one.state for one in entry(synced).fields} == {"held"}
        assert len(status(synced).standing.held) == 1

    def test_under_classic_upstream_wins(self, world: Any, upstream: Any) -> None:
        """An edited value is not called hand-set: the next sync puts upstream's back, and does."""
        world.configure(preset="classic")
        world.entry(TWO)
        world.listing(upstream())
        world.sync()
        world.edit("0.0025", "0.002")
        told = field(world, "pricing.input")
        assert (told.state, told.ours) == ("follows upstream", Decimal("0.000002"))
        assert "puts upstream's value back" in told.why
        assert not status(world).standing.kept
        world.edit("        max_output_tokens: 16384\n", "")
        gone = field(world, "max_output_tokens")
        assert (gone.state, gone.ours) == ("follows upstream", None)
        assert "puts upstream's value back" in gone.why
        assert not status(world).standing.taken_out
        world.sync()
        assert "0.0025" in world.text
        assert "16384" in world.text


class TestEntries:
    """Each state of an entry, and the lists."""

    def test_before_the_first_sync(self, world: Any) -> None:
        """Everything is new; what would happen to each field is said."""
        world.entry(TWO + "\nfeatures: [x]\npinned: [features]")
        told = entry(world)
        assert (told.state, told.upstream) == ("new", "")
        states = {one.field: one.state for one in told.fields}
        assert states == {
            "model": "left alone", "description": "not yet synced", "context_length": "not yet synced", "max_output_tokens": "not yet synced",
            "pricing.input": "not yet synced", "pricing.output": "not yet synced", "features": "pinned",
        }  # fmt: skip
        assert "--ours" in field(world, "pricing.input").why
        assert status(world).standing.counts("openai") == {
            "entries": 1, "managed": 0, "stale": 0, "unknown": 0, "new": 1, "unmanaged": 0, "kept": 0, "deleted": 0, "pinned": 1, "held": 0,
        }  # fmt: skip
        assert status(world).standing.newest is None

    def test_after_it(self, world: Any, upstream: Any) -> None:
        """Managed, unknown since the day, unmanaged; new what came since; the states add up."""
        world.catalog(
            "providers:\n  openai:\n    models:\n      gpt-4o: {model: gpt-4o}\n      mine: {model: ft-mine}\n  ollama:\n    models:\n      llama: {model: llama}"
        )
        world.listing(upstream())
        world.sync()
        world.edit("      mine:", "      late: {model: o4, pricing: {input: 1}, features: [x]}\n      mine:")
        told = {one.name: (one.state, one.since) for one in status(world).standing.entries}
        assert told == {
            NAME: ("managed", ""), "openai/late": ("new", ""), "openai/mine": ("unknown", "2026-03-01"), "ollama/llama": ("unmanaged", ""),
        }  # fmt: skip
        assert {one.state for one in entry(world, "openai/mine").fields} == {"unknown upstream"}
        assert {one.state for one in entry(world, "ollama/llama").fields} == {"left alone"}
        assert "keeps this value" in field(world, "pricing.input", "openai/late").why
        assert "adds upstream's" in field(world, "features", "openai/late").why
        for provider in ("openai", "ollama"):
            counts = status(world).standing.counts(provider)
            assert counts["entries"] == sum(counts[state] for state in ("managed", "stale", "unknown", "new", "unmanaged"))  # fmt: skip

    def test_one_that_is_gone_upstream(self, world: Any, upstream: Any) -> None:
        """Since the day a complete listing lacked it."""
        world.entry(TWO)
        world.listing(upstream())
        world.sync()
        world.listing(upstream("openai/o4"))
        world.day = "2026-03-10"
        world.sync()
        told = entry(world)
        assert (told.state, told.since, told.upstream) == ("stale", "2026-03-10", NAME)
        assert {(one.state, one.command) for one in told.fields} == {("gone upstream", "")}
        assert told.way_out == (
            "`modelsync rename openai gpt-4o NEW` to a model that is there; `modelsync remove openai/gpt-4o` now; "
            "or `modelsync sync --prune` when 7 of 7 days are over (0 by now)"
        )
        world.day = "2026-03-16"
        assert entry(world).way_out.endswith("when 7 of 7 days are over (6 by now)")
        assert [type(change) for change in world.plan(prune="stale").changes] == []
        world.day = "2026-03-17"
        assert entry(world).way_out.endswith("or `modelsync sync --prune` now")
        assert [type(change) for change in world.plan(prune="stale").changes] == [Remove]

    @pytest.mark.parametrize(
        ("more", "way_out"),
        [
            ("features: [embeddings]", "there; or `modelsync remove openai/gpt-4o` now"),
            ("pinned: true", "there; or once it is not pinned any more, remove it"),
        ],
        ids=["embeddings", "pinned"],
    )
    def test_one_that_is_gone_and_never_pruned(self, world: Any, upstream: Any, more: str, way_out: str) -> None:
        """No way out is named that is closed."""
        world.entry(f"{TWO}\n{more}")
        world.listing(upstream())
        world.sync()
        world.listing(upstream("openai/o4"))
        world.sync()
        world.day = "2026-04-01"
        assert entry(world).way_out.endswith(way_out)
        assert world.plan(prune="stale").changes == ()

    def test_a_key_and_an_id_edited_by_hand(self, world: Any, upstream: Any) -> None:
        """A new key is followed, a new id is matched anew by the next sync: both are said."""
        world.entry(TWO)
        world.listing(upstream())
        world.sync()
        world.edit("      gpt-4o:", "      main:")
        told = entry(world, "openai/main")
        assert (told.state, told.was) == ("managed", NAME)
        assert status(world).standing.deleted == ()
        world.edit("      main:", "      gpt-4o:")
        world.edit("model: gpt-4o", "model: gpt-5")
        assert "matches it anew" in entry(world).why

    def test_what_disappeared(self, world: Any, upstream: Any) -> None:
        """Deleted since the last sync, tombstoned by it, pruned: each with its upstream id and its day."""
        world.catalog(
            "providers:\n  openai:\n    models:\n      a: {model: gpt-4o}\n      b: {model: o4}\n      c: {model: o5}"
        )
        world.listing(upstream(), upstream("openai/o4"), upstream("openai/o5"))
        world.sync()
        world.edit("      a: {model: gpt-4o", "      z: {model: zz")
        assert status(world).standing.deleted == (Gone("openai", "openai/gpt-4o", "", "openai/a"),)
        world.listing(upstream(), upstream("openai/o5"))
        world.day = "2026-03-02"
        world.sync()
        world.day = "2026-03-20"
        world.sync(prune="stale")
        told = status(world).standing
        assert (told.deleted, told.tombstones, told.pruned) == (
            (), (Gone("openai", "openai/gpt-4o", "2026-03-02"),), (Gone("openai", "openai/o4", "2026-03-20"),),
        )  # fmt: skip

    def test_the_newest_value_known(self, world: Any, upstream: Any) -> None:
        """The last day on which something moved, not the last day of a sync."""
        world.entry(TWO)
        world.listing(upstream())
        world.sync()
        world.day = "2026-03-20"
        world.sync()
        newest = status(world).standing.newest
        assert newest is not None
        assert (newest.source, newest.day) == (SOURCE, "2026-03-01")
        world.edit("0.0025", "0.002")
        world.sync()
        newest = status(world).standing.newest
        assert newest is not None
        assert newest.day == "2026-03-20"
