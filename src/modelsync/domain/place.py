"""What the lock of a catalog is called."""

from __future__ import annotations

import os


def lock_name(catalog: str) -> str:
    """Return the path of a catalog's lock: the same folder and stem, ending in `.lock.json`."""
    return os.path.splitext(catalog)[0] + ".lock.json"
