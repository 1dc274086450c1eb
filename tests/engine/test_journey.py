"""The hand-edited sample catalog through every recorded listing, oldest to newest, with the defaults."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from modelsync.planning.changes import Add, Keep, Update
from modelsync.store.files import lock_path

LISTINGS = ("2025-05-12T1347Z", "2025-11-03T1404Z", "2026-01-16T1715Z", "2026-03-09T1905Z", "2026-06-18T1311Z", "2026-07-17T0952Z", "2026-08-21T0812Z")  # fmt: skip


class Step(NamedTuple):
    """One sync: with which listing, what came of it, and the catalog before and after."""

    listing: str
    result: Any
    before: str
    after: str


def through(world: Any, shared_data: Path) -> Iterator[Step]:
    """Sync the sample catalog with one listing after the other."""
    world.path.write_bytes((shared_data / "catalogs" / "hand-edited.yml").read_bytes())
    for number, listing in enumerate(LISTINGS, 1):
        world.day = f"2026-09-{number:02}"
        world.source = shared_data / "openrouter" / f"models.{listing}.json"
        before = world.text
        yield Step(listing, world.sync(), before, world.text)


@pytest.fixture(scope="module")
def journey(
    new_world: Any, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], tuple[Any, list[Step]]]:
    """Return the function that makes the whole journey, once, and returns its world and its steps; nobody changes either.

    It is the tests that call it, since a fixture's work would be measured by coverage.
    """
    world = new_world(tmp_path_factory.mktemp("journey"))
    return cache(lambda: (world, list(through(world, shared_data))))


def test_a_second_run_of_each_changes_nothing(world: Any, shared_data: Path) -> None:
    """Idempotence: the same listing again plans nothing and leaves both files byte-identical, without a backup."""
    for step in through(world, shared_data):
        files = world.files()
        again = world.sync()
        assert not again.plan.edits_catalog, step.listing
        assert world.files() == files


def test_only_planned_entries_change(journey: Any) -> None:
    """At each step every line outside the entries that the plan names is the line it was, in its place."""
    for listing, result, before, after in journey()[1]:
        updated = {change.key for change in result.plan.changes if isinstance(change, Update)}
        added = {change.key for change in result.plan.changes if isinstance(change, Add)}
        old, new = _blocks(before), _blocks(after)
        assert [key for key, _ in new if key not in added] == [key for key, _ in old], listing
        were = dict(old)
        for key, lines in new:
            if key not in added | updated:
                assert lines == were[key], (listing, key)


def _blocks(text: str) -> list[tuple[str, list[str]]]:
    """Cut a catalog into its entries (keys six columns in, in this file) and what stands between them."""
    blocks: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        key = re.match(r" {6}([\w-]+):", line)
        section = re.match(r" {0,4}\S", line)
        if key or section:
            blocks.append((key[1] if key else line, []))
        if line.strip():
            blocks[-1][1].append(line)
    return blocks


def test_what_people_wrote_survives(journey: Any, shared_data: Path) -> None:
    """Every comment, the anchor, the flow maps, notes, quotes and custom features are there at the end, in their lines."""
    original = (shared_data / "catalogs" / "hand-edited.yml").read_text(encoding="utf-8")
    text = journey()[0].text
    lines = set(text.splitlines())
    for line in original.splitlines():
        stripped = line.strip()
        if (
            stripped.startswith(("#", "Negotiated", "see the contract"))
            or "&defaults" in line
            or "*defaults" in line
            or "tags:" in line
        ):
            assert line in lines
        if " #" in line:
            assert line[line.index(" #") :].strip() in text
    data = yaml.safe_load(text)["providers"]
    assert "house_style" in data["openai"]["models"]["gpt-4o"]["features"]
    assert data["anthropic"]["models"]["claude-sonnet-4-5"]["model"] == "claude-sonnet-4-5-20250929"
    assert data["openai"]["models"]["gpt-4o-mini"]["temperature"] == 0.2
    assert "gemini-2-5-pro: {model: gemini-2.5-pro," in text
    assert text.endswith("\n# vim: set ft=yaml :\n")


def test_the_alias_is_updated_and_never_stale(journey: Any) -> None:
    """`fast` stands for gpt-4.1-mini: it gets its facts and is never reported."""
    end, steps = journey()
    for step in steps:
        assert not [note for note in step.result.plan.notes if note.subject == "openai/fast"]
    models = end.data["providers"]["openai"]["models"]
    fast = models["fast"]
    assert fast["context_length"] == 1047576
    assert "vision" in fast["features"]
    assert "gpt-4-1-mini" not in models


def test_retired_goes_only_with_prune_all_and_embeddings_never(world: Any, journey: Any) -> None:
    """The davinci model never matched: only `--prune all` removes it; the embeddings model stays through everything."""
    end, _ = journey()
    shutil.copytree(end.folder, world.folder, dirs_exist_ok=True)
    world.day, world.source = end.day, end.source
    world.sync(prune="stale")
    assert {"davinci-retired", "text-embedding-3-small"} <= set(world.entry_keys())
    world.sync(prune="all")
    keys = world.entry_keys()
    assert ("davinci-retired" in keys, "text-embedding-3-small" in keys) == (False, True)
    assert "Long gone upstream" not in world.text


def test_order_of_the_listing_does_not_matter(world: Any, shared_data: Path) -> None:
    """A reversed list gives the same catalog and the same lock."""
    listing = json.loads((shared_data / "openrouter" / "models.2026-08-21T0812Z.json").read_bytes())["data"]
    original = (shared_data / "catalogs" / "hand-edited.yml").read_bytes()
    results = []
    for records in (listing, listing[::-1], sorted(listing, key=lambda record: record["name"])):
        world.path.write_bytes(original)
        lock_path(world.path).unlink(missing_ok=True)
        world.source = world.folder / "models.json"
        world.listing(*records)
        world.sync()
        lock = lock_path(world.path).read_bytes()
        results.append((world.path.read_bytes(), lock))
    assert results[0] == results[1] == results[2]


def test_hand_set_values_stay_through_all_of_it(world: Any, shared_data: Path) -> None:
    """A price set by hand after the first sync is the same at the end, and reported at every step."""
    steps = through(world, shared_data)
    next(steps)
    world.edit(
        "context_length: 128000\n        max_output_tokens: 16384\n        pricing: { input: 0.0025,",
        "context_length: 128000\n        max_output_tokens: 16384\n        pricing: { input: 0.0019,",
    )
    for step in steps:
        kept = [(change.key, change.field) for change in step.result.plan.changes if isinstance(change, Keep)]
        assert ("gpt-4o", "pricing.input") in kept, step.listing
    assert world.model("gpt-4o")["pricing"]["input"] == 0.0019
