"""Models that will be gone: what a sync says about their day, and what the lock keeps of it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from modelsync.domain.listing import Listing, Record
from modelsync.domain.lock import Base
from modelsync.domain.served import Served, ServedList
from modelsync.layouts.builtin import LLM_MODELS
from modelsync.normalize.native import Directory
from modelsync.normalize.upstream import Model
from modelsync.pipeline.standing import status_of
from modelsync.planning.context import Inputs, Options
from modelsync.planning.retirement import ending, retirement
from modelsync.project import Project
from modelsync.settings import Settings, policy
from modelsync.views.standing import entry_text, lists_of
from modelsync.views.standing_json import entries_json, status_json

ENTRY = "model: gpt-4o\npricing: {input: 0.0025, output: 0.01}"
OPENROUTER = Base("2026-05-01", "openrouter", "2026-03-01")
OPENAI = Base("2026-06-01", "openai", "2026-03-01")


def told(plan: Any) -> list[tuple[str, str]]:
    """Return what a plan says of models that end."""
    return [(note.subject, note.text) for note in plan.notes if note.kind == "expiring"]


def test_the_day_is_told_on_every_sync_and_kept_once(world: Any, upstream: Any) -> None:
    """Upstream's day is a note and stands in the lock; saying it again changes nothing."""
    world.entry(ENTRY)
    world.listing(upstream(expiration_date="2026-05-01"))
    assert told(world.sync().plan) == [("openai/gpt-4o", "upstream says it expires on 2026-05-01")]
    files = world.files()
    world.day = "2026-03-09"
    again = world.sync()
    assert told(again.plan) == [("openai/gpt-4o", "upstream says it expires on 2026-05-01")]
    assert world.files() == files
    assert world.lock.entries["openai/gpt-4o"].retires == Base("2026-05-01", "models.json", "2026-03-01")


def test_another_day_is_taken_and_a_withdrawn_one_dropped(world: Any, upstream: Any) -> None:
    """The lock follows upstream's day, from the day on which it was said."""
    world.entry(ENTRY)
    for day, said in (("2026-03-01", "2026-05-01"), ("2026-03-02", "2026-07-01"), ("2026-03-03", None)):
        world.day = day
        world.listing(upstream(expiration_date=said))
        world.sync()
        expected = Base(said, "models.json", day) if said else None
        assert world.lock.entries["openai/gpt-4o"].retires == expected


@pytest.mark.parametrize("said", ["2098-12-31", "", "soon", None])
def test_a_day_that_stands_for_never_is_none(world: Any, upstream: Any, said: str | None) -> None:
    """What is no day, or stands for "not planned", is not spoken of."""
    world.entry(ENTRY)
    world.listing(upstream(expiration_date=said))
    assert told(world.sync().plan) == []
    assert world.lock.entries["openai/gpt-4o"].retires is None


def test_a_new_entry_says_so_too(world: Any, upstream: Any) -> None:
    """A model that is added although it ends is told at once; the next sync has nothing to do."""
    world.catalog("providers: {openai: {models: {}}}")
    world.listing(upstream(expiration_date="2026-05-01"))
    assert told(world.sync().plan) == [("openai/gpt-4o", "upstream says it expires on 2026-05-01")]
    files = world.files()
    world.sync()
    assert world.files() == files


def test_status_knows_the_day(world: Any, upstream: Any) -> None:
    """What the last sync heard is told without network: for the whole catalog, for one entry, and in JSON."""
    world.entry(ENTRY)
    world.listing(upstream(expiration_date="2026-05-01"))
    world.sync()
    status = status_of(Project(world.path, world.settings), {}, today=date(2026, 3, 9))
    (entry,) = status.standing.entries
    assert lists_of(status)["Will be gone"] == [
        ("openai/gpt-4o", "ends on 2026-05-01, says models.json since 2026-03-01")
    ]
    assert (
        entry_text(entry) == "managed: matched to openai/gpt-4o; ends on 2026-05-01, says models.json since 2026-03-01"
    )
    said = {"day": "2026-05-01", "source": "models.json", "since": "2026-03-01"}
    assert json.loads(status_json(status))["expiring"] == [{"entry": "openai/gpt-4o", **said}]
    assert json.loads(entries_json([entry], status))["entries"][0]["retires"] == said
    world.listing(upstream())
    world.sync()
    status = status_of(Project(world.path, world.settings), {}, today=date(2026, 3, 9))
    assert lists_of(status)["Will be gone"] == []
    assert json.loads(entries_json(status.standing.entries, status))["entries"][0]["retires"] is None


def inputs(preset: Any = "default") -> Inputs:
    """Make what a day is judged by."""
    settings = Settings(preset=preset)
    listing = Listing("openrouter", (), "2026-03-01", "d")
    return Inputs(
        (), None, listing, {}, frozenset(), policy(settings), settings, Options(), LLM_MODELS, "c", lambda _: None, lambda _: None, lambda _: (),
        date(2026, 3, 1), lambda _: "",
    )  # fmt: skip


def model(expires: str = "", served: Served | None = None) -> Model:
    """Make a model of the listing, with what the provider's own list says of it."""
    directory = None
    if served is not None:
        directory = Directory("openai", ServedList("openai", "openai", (served,), "2026-03-01", "d"))
    return Model(Record("openai/gpt-4o", expires=expires), "openai", "gpt-4o", policy(Settings()), directory)


@pytest.mark.parametrize(
    ("upstream_says", "served", "known", "expected"),
    [
        ("2026-05-01", Served("gpt-4o", retires="2026-06-01"), None, OPENAI),
        ("2026-05-01", Served("gpt-4o"), OPENAI, OPENROUTER),
        ("2026-05-01", None, OPENAI, OPENAI),
        ("2026-05-01", None, None, OPENROUTER),
        ("", None, OPENAI, OPENAI),
        ("", Served("gpt-4o"), OPENAI, None),
        ("", None, OPENROUTER, None),
        ("2026-05-01", None, Base("2026-05-01", "openrouter", "2026-01-01"), Base("2026-05-01", "openrouter", "2026-01-01")),
        ("", Served("gpt-4o", retires="2026-06-01"), Base("2026-06-01", "openai", "2026-01-01"), Base("2026-06-01", "openai", "2026-01-01")),
    ],
)  # fmt: skip
def test_the_providers_word_wins_and_stands(upstream_says: str, served: Served | None, known: Base | None, expected: Base | None) -> None:  # fmt: skip
    """A run without the provider's list leaves the day that the provider named; one with it follows the list."""
    assert retirement(model(upstream_says, served), known, inputs()) == expected


def test_runs_with_and_without_a_list_do_not_take_turns() -> None:
    """Whatever both sources say, after a run with the provider's list one without it changes nothing, and the reverse."""
    for said in ("", "2026-05-01"):
        for served in (Served("gpt-4o"), Served("gpt-4o", retires="2026-06-01")):
            first = retirement(model(said, served), None, inputs())
            without = retirement(model(said), first, inputs())
            assert without == first
            assert retirement(model(said, served), without, inputs()) == first


def test_the_classic_preset_knows_no_lists_of_providers() -> None:
    """There, what a provider once said does not stand."""
    assert retirement(model("2026-05-01"), OPENAI, inputs("classic")) == OPENROUTER


def test_the_sentence_names_who_says_it() -> None:
    """The provider's own word is told apart from upstream's; deprecation without a day is told too."""
    assert ending(model(), OPENAI) == "its provider says it retires on 2026-06-01"
    assert ending(model(), OPENROUTER) == "upstream says it expires on 2026-05-01"
    assert ending(model(served=Served("gpt-4o", lifecycle="deprecated")), None) == "its provider calls it deprecated"
    assert ending(model(served=Served("gpt-4o", lifecycle="active")), None) == ""
