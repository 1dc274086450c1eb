"""The hand-edited sample catalog through every recorded listing, oldest to newest, with the defaults."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from modelsync.planning.changes import Add, Keep, Update
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from pathlib import Path

LISTINGS = ("2025-05-12T1347Z", "2025-11-03T1404Z", "2026-01-16T1715Z", "2026-03-09T1905Z", "2026-06-18T1311Z", "2026-07-17T0952Z", "2026-08-21T0812Z")  # fmt: skip


@pytest.fixture
def travelled(world: Any, shared_data: Path) -> Any:
    """Return the world before the first listing, with a function that goes through them all."""
    world.path.write_bytes((shared_data / "catalogs" / "hand-edited.yml").read_bytes())

    def through() -> Any:
        for number, listing in enumerate(LISTINGS, 1):
            world.day = f"2026-09-{number:02}"
            world.source = shared_data / "openrouter" / f"models.{listing}.json"
            yield listing, world.sync()

    world.through = through
    return world


def test_a_second_run_of_each_changes_nothing(travelled: Any) -> None:
    """Idempotence: the same listing again plans nothing and leaves both files byte-identical, without a backup."""
    for listing, _ in travelled.through():
        files = {path.name: path.read_bytes() for path in travelled.folder.iterdir()}
        again = travelled.sync()
        assert not again.plan.edits_catalog, listing
        assert {path.name: path.read_bytes() for path in travelled.folder.iterdir()} == files


def test_only_planned_entries_change(travelled: Any) -> None:
    """At each step every line outside the entries that the plan names is the line it was, in its place."""
    before = travelled.text
    for listing, result in travelled.through():
        updated = {change.key for change in result.plan.changes if isinstance(change, Update)}
        added = {change.key for change in result.plan.changes if isinstance(change, Add)}
        old, new = _blocks(before), _blocks(travelled.text)
        assert [key for key, _ in new if key not in added] == [key for key, _ in old], listing
        were = dict(old)
        for key, lines in new:
            if key not in added | updated:
                assert lines == were[key], (listing, key)
        before = travelled.text


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


def test_what_people_wrote_survives(travelled: Any, shared_data: Path) -> None:
    """Every comment, the anchor, the flow maps, notes, quotes and custom features are there at the end, in their lines."""
    original = (shared_data / "catalogs" / "hand-edited.yml").read_text(encoding="utf-8")
    for _ in travelled.through():
        pass
    lines = set(travelled.text.splitlines())
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
            assert line[line.index(" #") :].strip() in travelled.text
    data = yaml.safe_load(travelled.text)["providers"]
    assert "house_style" in data["openai"]["models"]["gpt-4o"]["features"]
    assert data["anthropic"]["models"]["claude-sonnet-4-5"]["model"] == "claude-sonnet-4-5-20250929"
    assert data["openai"]["models"]["gpt-4o-mini"]["temperature"] == 0.2
    assert "gemini-2-5-pro: {model: gemini-2.5-pro," in travelled.text
    assert travelled.text.endswith("\n# vim: set ft=yaml :\n")


def test_the_alias_is_updated_and_never_stale(travelled: Any) -> None:
    """`fast` stands for gpt-4.1-mini: it gets its facts and is never reported."""
    for _, result in travelled.through():
        assert not [note for note in result.plan.notes if note.subject == "openai/fast"]
    fast = travelled.model("fast")
    assert fast["context_length"] == 1047576
    assert "vision" in fast["features"]
    assert "gpt-4-1-mini" not in travelled.entry_keys()


def test_retired_goes_only_with_prune_all_and_embeddings_never(travelled: Any) -> None:
    """The davinci model never matched: only `--prune all` removes it; the embeddings model stays through everything."""
    for _ in travelled.through():
        pass
    travelled.sync(prune="stale")
    assert {"davinci-retired", "text-embedding-3-small"} <= set(travelled.entry_keys())
    travelled.sync(prune="all")
    assert "davinci-retired" not in travelled.entry_keys()
    assert "text-embedding-3-small" in travelled.entry_keys()
    assert "Long gone upstream" not in travelled.text


def test_order_of_the_listing_does_not_matter(travelled: Any, shared_data: Path) -> None:
    """A reversed list gives the same catalog and the same lock."""
    listing = json.loads((shared_data / "openrouter" / "models.2026-08-21T0812Z.json").read_bytes())["data"]
    original = travelled.path.read_bytes()
    results = []
    for records in (listing, listing[::-1], sorted(listing, key=lambda record: record["name"])):
        travelled.path.write_bytes(original)
        lock_path(travelled.path).unlink(missing_ok=True)
        travelled.source = travelled.folder / "models.json"
        travelled.listing(*records)
        travelled.sync()
        lock = lock_path(travelled.path).read_bytes()
        results.append((travelled.path.read_bytes(), lock))
    assert results[0] == results[1] == results[2]


def test_hand_set_values_stay_through_all_of_it(travelled: Any) -> None:
    """A price set by hand after the first sync is the same at the end, and reported at every step."""
    steps = travelled.through()
    next(steps)
    travelled.edit(
        "context_length: 128000\n        max_output_tokens: 16384\n        pricing: { input: 0.0025,",
        "context_length: 128000\n        max_output_tokens: 16384\n        pricing: { input: 0.0019,",
    )
    for listing, result in steps:
        kept = [(change.key, change.field) for change in result.plan.changes if isinstance(change, Keep)]
        assert ("gpt-4o", "pricing.input") in kept, listing
    assert travelled.model("gpt-4o")["pricing"]["input"] == 0.0019
