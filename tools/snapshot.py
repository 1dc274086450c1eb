"""Make the embedded snapshot from a listing: facts only, the same bytes for the same listing.

    make snapshot LISTING=models.json DAY=2026-08-21
    python tools/snapshot.py LISTING DAY [OUTPUT]

LISTING is a saved answer of OpenRouter's `GET /api/v1/models`; DAY is the date on which it was true.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from modelsync.sources import openrouter, snapshot

EMBEDDED = Path(__file__).resolve().parent.parent / "src" / "modelsync" / "data" / "snapshot.json.gz"


def main() -> None:
    """Write the snapshot; refuse a listing that is not complete."""
    parser = argparse.ArgumentParser(description="Make the embedded snapshot from a listing.")
    parser.add_argument("listing", type=Path)
    parser.add_argument("day", type=date.fromisoformat)
    parser.add_argument("output", type=Path, nargs="?", default=EMBEDDED)
    options = parser.parse_args()
    answer, day = options.listing.read_bytes(), options.day.isoformat()
    listing = openrouter.read([answer], source=str(options.listing), day=day)
    if not listing.complete:
        parser.error(f"{options.listing} is not a complete listing: {listing.incomplete_because}")
    compressed = snapshot.reduce(answer, day=day)
    options.output.write_bytes(compressed)
    print(f"{options.output.name}: {len(listing.records)} models of {day}, {len(compressed)} bytes")


if __name__ == "__main__":
    main()
