"""Pins that fix nothing, or other than they seem to: a sync and `status` say so, once for each."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from modelsync.pipeline.standing import status_of
from modelsync.planning.changes import Keep, Update
from modelsync.project import Project

TWO = """
providers:
  openai:
    models:
      gpt-4o: {model: gpt-4o, pricing: {input: 0.0025, output: 0.01}}
      gpt-4.1: {model: gpt-4.1, pricing: {input: 0.0025, output: 0.01}}
"""


def warned(world: Any) -> list[tuple[str, str]]:
    """What a sync says of pins; `status` says the same."""
    notes = [(note.subject, note.text) for note in world.plan().notes if note.kind == "pins"]
    told = status_of(Project(world.path, world.settings), {}, today=date.fromisoformat(world.day))
    assert [text for text in told.warnings if "pin" in text] == [f"{subject}: {text}" for subject, text in notes]
    return notes


@pytest.fixture
def two(world: Any, upstream: Any) -> Any:
    """Return a world with two entries in step with upstream."""
    world.catalog(TWO)
    world.configure(add={"openai": "none"})
    world.listing(upstream(), upstream("openai/gpt-4.1"))
    world.sync()
    return world


FINE = [
    "openai/gpt-4o", "openai/*", "*/*.pricing", "openai/gpt-4.1", "openai/gpt-4.1.pricing", "openai/gpt-4*.pricing.input",
    "openai/gpt-4o.features", "openai/gpt-4o.pricing.cache_read", "openai/gpt-4o.pricing.tiers", "openai/gpt-4o.pricing.batch",
    "openai/gpt-4o.pricing.batch.windows",
]  # fmt: skip
IDLE = {
    "openai/gtp-4o": "no entry has that name; did you mean openai/gpt-4o?",
    "openai/gtp-4o.pricing": "no entry has that name; did you mean openai/gpt-4o.pricing?",
    "anthropic/*": "no entry has that name",
    "openai/gpt-4o.pricng": "`pricng` is no field; did you mean openai/gpt-4o.pricing?",
    "openai/*.pricing.inptu": "`pricing.inptu` is no field; did you mean openai/*.pricing.input?",
    "openai/gpt-4.1.features_": "`features_` is no field; did you mean openai/gpt-4.1.features?",
    "openai/gpt-4o.pricing.tiers.inf.input": "`pricing.tiers.inf.input` is no field; did you mean openai/gpt-4o.pricing.tiers?",
    "openai/gpt-4.5": "no entry has that name; did you mean openai/gpt-4.1?",
}


class TestSettings:
    """Pins of the settings."""

    def test_those_that_name_something_are_not_told(self, two: Any) -> None:
        """Also a price that the entry has not: a pin keeps it away."""
        two.configure(pins=FINE)
        assert not warned(two)

    @pytest.mark.parametrize("pin", IDLE)
    def test_one_that_names_nothing_is_told_once_with_what_is_near(self, two: Any, pin: str) -> None:
        """However many entries there are."""
        two.configure(pins=[*FINE, pin])
        assert warned(two) == [(f"pin {pin}", f"it fixes nothing: {IDLE[pin]}")]


class TestRows:
    """Pins of one tier or window."""

    @pytest.fixture
    def tiered(self, two: Any, upstream: Any) -> Any:
        """Return a world in which one of the entries has a tier."""
        record = upstream()
        record["pricing"]["overrides"] = [{"min_prompt_tokens": 200000, "prompt": "0.000005"}]
        two.listing(record, upstream("openai/gpt-4.1"))
        two.sync()
        return two

    @pytest.mark.parametrize(
        ("pin", "said"),
        [
            ("pricing.tiers.200000", ""),
            ("pricing.tiers.200000.output", ""),
            ("pricing.tiers", ""),
            ("pricing.tiers.20000", "there is no tier 20000; did you mean `pricing.tiers.200000`?"),
            ("pricing.tiers.272000.input", "there is no tier 272000; did you mean `pricing.tiers.200000.input`?"),
        ],
    )
    def test_one_that_exists_nowhere_is_told(self, tiered: Any, pin: str, said: str) -> None:
        """Of the settings and of an entry; a glob fixes something where one of its entries has the row."""
        tiered.configure(pins=[f"openai/gpt-4o.{pin}"])
        assert warned(tiered) == ([(f"pin openai/gpt-4o.{pin}", f"it fixes nothing: {said}")] if said else [])
        tiered.configure(pins=["openai/*.pricing.tiers.200000.input"])
        tiered.edit("model: gpt-4o,", f"model: gpt-4o, pinned: [{pin}],")
        assert warned(tiered) == ([("openai/gpt-4o", f"`{pin}` in its `pinned` fixes nothing: {said}")] if said else [])

    def test_where_there_are_none_at_all_only_a_sync_is_certain(self, two: Any, upstream: Any) -> None:
        """It knows the listing; where upstream has the row, the pin keeps it away, which the lock does not know."""
        two.configure(pins=["openai/gpt-4o.pricing.windows.0100-0400"])
        (note,) = (note for note in two.plan().notes if note.kind == "pins")
        assert note.text == "it fixes nothing: there is no window 0100-0400"
        record = upstream()
        night = {"utc_start": 100, "utc_end": 400, "prompt": "0.000001"}
        two.listing(record | {"pricing": record["pricing"] | {"overrides": [night]}}, upstream("openai/gpt-4.1"))
        assert not two.plan().changes
        assert not warned(two)


class TestEntry:
    """An entry's own `pinned`."""

    @pytest.mark.parametrize(
        ("pinned", "said"),
        [
            ("[pricing, features]", ""),
            ("['*']", ""),
            ("true", ""),
            ("no", ""),
            ("[pricing, pricng]", "`pricng` in its `pinned` is no field, so it fixes nothing; did you mean `pricing`?"),
            ("[contract]", "`contract` in its `pinned` is no field, so it fixes nothing"),
            ("pricng", "`pricng` in its `pinned` is no field, so the whole entry is pinned; did you mean `pricing`?"),
        ],
        ids=str,
    )
    def test_a_word_that_names_no_field_is_told(self, two: Any, pinned: str, said: str) -> None:
        """With what it does instead."""
        two.edit("gpt-4o: {", f"gpt-4o: {{pinned: {pinned}, ")
        assert warned(two) == ([("openai/gpt-4o", said)] if said else [])

    @pytest.mark.parametrize(
        ("pinned", "fixed"),
        [
            ("pricing.input", {"pricing.input"}),
            ("'pricing'", {"pricing.input", "pricing.output"}),
            ("pricing.tiers", set[str]()),
            ("true", {"pricing.input", "pricing.output", "context_length"}),
            ("YES", {"pricing.input", "pricing.output", "context_length"}),
            ("wages", {"pricing.input", "pricing.output", "context_length"}),
            ("off", set[str]()),
        ],
    )
    def test_a_text_that_names_a_field_pins_that_field(
        self, two: Any, upstream: Any, pinned: str, fixed: set[str]
    ) -> None:
        """`true` and its like pin all, and so does, to be safe, a word that is no field."""
        two.edit("gpt-4o: {", f"gpt-4o: {{pinned: {pinned}, ")
        two.listing(upstream(prompt="0.000002", completion="0.000009", context=64000), upstream("openai/gpt-4.1"))
        plan = two.sync().plan
        assert {change.field for change in plan.changes if isinstance(change, Keep)} == fixed
        moved = {field.field for change in plan.changes if isinstance(change, Update) for field in change.fields}
        assert moved == {"pricing.input", "pricing.output", "context_length"} - fixed
