"""How to keep a value of one's own in a file whose entries have no place for a pin: what is said works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from modelsync.layouts.table import Table
from modelsync.planning.changes import DROPPED, Hold

from .conftest import changes

if TYPE_CHECKING:
    from .conftest import World

FIELDS = {"context_length": "context", "pricing.input": "in"}


@pytest.mark.parametrize("pinned", ["", "keep.mine"])
def test_a_limit_that_falls_far_is_kept_by_the_pin_that_is_named(world: World, upstream: Any, pinned: str) -> None:
    """In the settings, or where the layout has the entry's own pins."""
    world.configure(layout=Table(at="{id}", fields=FIELDS, pinned=pinned), unit="1m")
    world.catalog("gpt-4o: {context: 128000, in: 2.5}")
    world.listing(upstream(context=32000))
    (note,) = (note for note in world.plan().notes if note.kind == DROPPED)
    if pinned:
        assert "; `keep.mine: [context_length]` in the entry keeps" in note.text
        world.catalog("gpt-4o: {context: 128000, in: 2.5, keep: {mine: [context_length]}}")
    else:
        assert '; `pins = ["openai/gpt-4o.context_length"]` in the settings keeps' in note.text
        world.configure(pins=["openai/gpt-4o.context_length"])
    world.sync()
    assert "context: 128000" in world.text


@pytest.mark.parametrize(("pinned", "place"), [("", "settings"), ("keep", "entry")])
def test_a_held_price_says_where_a_pin_would_stand(world: World, upstream: Any, pinned: str, place: str) -> None:
    """On the first sync, when an edit would not settle it."""
    world.configure(layout=Table(at="{id}", fields=FIELDS, pinned=pinned), unit="1m")
    world.catalog("gpt-4o: {in: 0.1}")
    world.listing(upstream())
    (hold,) = changes(world.plan(), Hold)
    assert hold.way_out == f"Accept it with --accept openai/gpt-4o, or pin it in the {place}."
