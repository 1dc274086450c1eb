"""The floor: what any Python program must spend to bring a catalog up to date once.

    python -I bench/floor.py CATALOG LISTING [--write]

It decodes the listing, turns its prices into Decimals, walks libyaml's events over the catalog noting where each scalar
stands and, with --write, replaces the file durably by its own bytes. It decides nothing: modelsync's time is read as a
multiple of this program's. It imports no module that the work itself does not need.
"""

import gc
import json
import os
import sys
from decimal import Decimal


def prices(listing: bytes) -> dict[str, dict[str, Decimal]]:
    """Return model id → price key → USD per token."""
    return {
        model["id"]: {key: Decimal(text) for key, text in model["pricing"].items() if isinstance(text, str)}
        for model in json.loads(listing)["data"]
    }


def spans(text: str) -> list[tuple[str, int, int]]:
    """Return every scalar of a YAML text with its first and last offset."""
    from yaml import ScalarEvent
    from yaml._yaml import CParser

    next_event = CParser(text).get_event
    found: list[tuple[str, int, int]] = []
    while (event := next_event()) is not None:
        if isinstance(event, ScalarEvent) and event.start_mark and event.end_mark:
            found.append((event.value, event.start_mark.index, event.end_mark.index))
    return found


def read(path: str) -> bytes:
    """Return the bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


def replace(path: str, data: bytes) -> None:
    """Write a new file beside `path`, make it durable and put it in the place of the old one."""
    beside = path + ".new"
    with open(beside, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def main() -> None:
    """Do it once and print two counts, so that nothing could be left out."""
    gc.disable()
    catalog, listing = sys.argv[1:3]
    known = prices(read(listing))
    data = read(catalog)
    found = spans(data.decode())
    if "--write" in sys.argv:
        replace(catalog, data)
    print(len(known), len(found))


if __name__ == "__main__":
    main()
