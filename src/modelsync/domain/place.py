"""What the files beside a catalog are called."""

from __future__ import annotations

import os


def lock_name(catalog: str) -> str:
    """Return the path of a catalog's lock: the same folder and stem, ending in `.lock.json`."""
    return os.path.splitext(catalog)[0] + ".lock.json"


def schema_name(catalog: str) -> str:
    """Return the path of the JSON Schema that editors read for a catalog: the same folder and stem, ending in `.schema.json`."""
    return os.path.splitext(catalog)[0] + ".schema.json"
