"""The report file of a bug: what happened, without anything secret."""

from __future__ import annotations

import os
import platform
import re
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from modelsync import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHORTEST_SECRET = 6
_SECRET_WORDS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "AUTH")
_LOGIN = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_QUERY = re.compile(r"(?<=\?)[^\s'\"]+")


def redact(text: str, environment: Mapping[str, str]) -> str:
    """Black out what must not leave this machine: values of secret variables, and logins and queries of addresses."""
    for name, value in environment.items():
        if len(value) >= _SHORTEST_SECRET and any(word in name.upper() for word in _SECRET_WORDS):
            text = text.replace(value, f"<{name}>").replace(repr(value)[1:-1], f"<{name}>")
    return _QUERY.sub("<query>", _LOGIN.sub("<login>", text))


def write_report(error: BaseException, arguments: list[str], environment: Mapping[str, str]) -> Path:
    """Write the traceback to a new file, without secrets, and return its path."""
    body = "".join(traceback.format_exception(error))
    text = f"modelsync {__version__}, Python {platform.python_version()}, {platform.platform()}\narguments: {arguments}\n\n{body}"
    handle, path = tempfile.mkstemp(prefix="modelsync-bug-", suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(redact(text, environment))
    return Path(path)
