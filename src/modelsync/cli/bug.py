"""The report file of a bug: what happened, without anything secret."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from modelsync import __version__
from modelsync.fetch.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_report(error: BaseException, arguments: list[str], environment: Mapping[str, str]) -> Path:
    """Write the traceback to a new file, without secrets, and return its path."""
    body = "".join(traceback.format_exception(error))
    text = f"modelsync {__version__}, Python {platform.python_version()}, {platform.platform()}\narguments: {arguments}\n\n{body}"
    handle, path = tempfile.mkstemp(prefix="modelsync-bug-", suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(redact(text, environment))
    return Path(path)
