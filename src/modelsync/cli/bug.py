"""The report file of a bug: what happened, without anything secret."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from pathlib import Path

from modelsync import __version__

_SHORTEST_SECRET = 6
_SECRET_WORDS = ("KEY", "TOKEN", "SECRET", "PASSWORD")


def write_report(error: BaseException, arguments: list[str]) -> Path:
    """Write the traceback to a new file and return its path; values of secret environment variables are blacked out."""
    body = "".join(traceback.format_exception(error))
    text = f"modelsync {__version__}, Python {platform.python_version()}, {platform.platform()}\narguments: {arguments}\n\n{body}"
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST_SECRET and any(word in name.upper() for word in _SECRET_WORDS):
            text = text.replace(value, f"<{name}>")
    handle, path = tempfile.mkstemp(prefix="modelsync-bug-", suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return Path(path)
