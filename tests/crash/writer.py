"""One of several processes that sync the same catalog: arguments are the catalog, this one's number, how many there are, and how often.

Each has a listing of its own that speaks of the price of its own model only. Prints as JSON how often it wrote, and what it was
told whenever another was faster.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

import modelsync
from modelsync.errors import Busy, Changed
from modelsync.planning.changes import Update


def main() -> None:
    """Sync until every one of the turns was written."""
    catalog, number, writers, turns = Path(sys.argv[1]), *map(int, sys.argv[2:])
    listing = catalog.parent.parent / f"models-{number}.json"
    written, told = 0, list[str]()
    for turn in range(1, turns + 1):
        listing.write_text(json.dumps({"data": [_record(other, number, turn) for other in range(writers)]}))
        while not (done := _synced(catalog, listing, told)):
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - only so that they do not stay in step
        written += [(change.key, type(change)) for change in done.plan.changes] == [(f"model-{number}", Update)]
    sys.stdout.write(json.dumps({"written": written, "told": told}))


def _record(model: int, number: int, turn: int) -> dict[str, object]:
    pricing = {"prompt": f"0.00000{100 + turn}"} if model == number else {}
    return {"id": f"openai/model-{model}", "pricing": pricing}


def _synced(catalog: Path, listing: Path, told: list[str]) -> modelsync.Result | None:
    try:
        return modelsync.sync(catalog, source=str(listing))
    except (Busy, Changed) as error:
        told.append(error.message)
        return None


if __name__ == "__main__":
    main()
