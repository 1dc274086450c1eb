"""The embedded snapshot: facts only, small, the same bytes for the same listing."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from modelsync.errors import NothingFetched
from modelsync.fetch.listing import snapshot_day
from modelsync.sources import openrouter, snapshot

LISTINGS = ("models.2025-05-12T1347Z", "models.2026-08-21T0812Z", "models.all-modalities.2026-08-05")
DAY = "2026-08-21"


@pytest.fixture(params=LISTINGS)
def listing(request: pytest.FixtureRequest, shared_data: Path) -> bytes:
    """Return the bytes of a recorded list."""
    return (shared_data / "openrouter" / f"{request.param}.json").read_bytes()


def test_it_says_what_the_listing_says(listing: bytes) -> None:
    """Every fact of every model is the same after reduction, but for the prose."""
    body, day = snapshot.read(snapshot.reduce(listing, day=DAY))
    before = openrouter.read([listing], source="x", day=DAY)
    after = openrouter.read([body], source="x", day=day)
    assert after.records == tuple(replace(record, description=None) for record in before.records)
    assert (after.complete, after.kinds, after.day) == (before.complete, before.kinds, DAY)


def test_it_is_small_and_deterministic_and_has_no_prose(listing: bytes) -> None:
    """A few dozen kilobytes, byte for byte the same each time, and no description in it."""
    compressed = snapshot.reduce(listing, day=DAY)
    assert compressed == snapshot.reduce(listing, day=DAY)
    assert len(compressed) < 60_000
    assert not any("description" in model for model in json.loads(snapshot.read(compressed)[0])["data"])


def test_the_embedded_one_is_in_order(repo: Path) -> None:
    """The one in the package is complete, dated, small, without prose or quarantined records."""
    compressed = (repo / "src" / "modelsync" / "data" / "snapshot.json.gz").read_bytes()
    body, day = snapshot.read(compressed)
    embedded = openrouter.read([body], source="snapshot", day=day)
    assert day == snapshot_day() == date.fromisoformat(day).isoformat()
    assert embedded.complete
    assert len(embedded.records) > 300
    assert not embedded.quarantined
    assert len(compressed) < 60_000
    assert not any(record.description for record in embedded.records)


@pytest.mark.parametrize("damage", [b"", b"not gzip", zlib.compress(b"{}", wbits=31), zlib.compress(b"[", wbits=31)])
def test_damage_is_named(damage: bytes) -> None:
    """A snapshot that cannot be read says so, and what to do."""
    with pytest.raises(NothingFetched, match="snapshot is damaged") as caught:
        snapshot.read(damage)
    assert "Install" in caught.value.hint


def test_a_cut_snapshot_is_damaged() -> None:
    """Half a file is not half the truth."""
    whole = snapshot.reduce(b'{"data": [{"id": "a/b"}]}', day=DAY)
    with pytest.raises(NothingFetched):
        snapshot.read(whole[:-9])


def test_the_command_makes_one_from_any_complete_listing(repo: Path, tmp_path: Path) -> None:
    """`tools/snapshot.py` writes what `reduce` makes, and refuses a listing that is not complete."""
    source, output = tmp_path / "models.json", tmp_path / "snapshot.json.gz"
    command = [sys.executable, repo / "tools" / "snapshot.py", source, DAY, output]
    source.write_text('{"data": [{"id": "a/b", "description": "prose"}]}', encoding="utf-8")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=30)
    assert output.read_bytes() == snapshot.reduce(source.read_bytes(), day=DAY)
    output.unlink()
    source.write_text('{"data": [{"id": "a/b"}], "links": {"next": "/2"}}', encoding="utf-8")
    failed = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True, timeout=30)
    assert failed.returncode == 2
    assert "a page is missing" in failed.stderr
    assert not output.exists()
