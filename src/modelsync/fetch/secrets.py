"""API keys: where they are found, and how they are kept out of everything that is printed or written."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from modelsync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modelsync.settings import ProviderAccess

_SHORTEST_SECRET = 6
_ESCAPE = re.compile(rb"\\(?:u00([2-7][0-9a-fA-F])|.)", re.DOTALL)
_SHORTEST_KEY = 16
_LARGEST_FILE = 16 * 1024
_SECRET_NAME = re.compile(r"(?:KEYS?|TOKENS?|SECRETS?|PASSWORD|PASSWD|CREDENTIALS?|AUTH)(?:_|\Z)", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_QUERY = re.compile(r"(?<=\?)[^\s'\"]+")

_from_files: dict[str, str] = {}
"""The keys this process has read from files, by the path: an error anywhere may not show them, so all must be known.

Several threads find keys at the same time: go through a copy.
"""


class Key(Struct, frozen=True):
    """An API key. `source` says where it is from: a variable, or `api_key_file`; `variable` is "" for the latter."""

    value: str
    source: str
    variable: str = ""


def find_key(variables: tuple[str, ...], access: ProviderAccess, environment: Mapping[str, str]) -> Key | None:
    """Return the key of the first variable that is not blank, else of the settings' file, else None.

    Raises `UsageError` for a value that cannot be a key and for a file that others can read.
    """
    for variable in variables:
        if value := environment.get(variable, "").strip():
            return Key(_checked(value, variable), variable, variable)
    if access.api_key_file is None:
        return None
    value = _checked(_read(access.api_key_file), access.api_key_file)
    _from_files[value] = access.api_key_file
    return Key(value, "api_key_file")


def _checked(value: str, source: str) -> str:
    if not value:
        raise UsageError(f"{source} holds no API key", hint="Put the key into it, and nothing else.")
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise UsageError(f"{source} has characters in it that no API key has", hint="Set it anew, or unset it.")
    return value


def _read(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise UsageError(
                    f"others may read the API key in {path}", hint=f"Make it yours alone: chmod 600 {path}"
                )
            return file.read(_LARGEST_FILE).decode("utf-8", errors="replace").strip()
    except (OSError, ValueError) as error:
        problem = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot read the API key in {path}: {problem}", hint="`api_key_file` names it.") from error


def redact(text: str, environment: Mapping[str, str]) -> str:
    """Black out what must not leave this machine: secrets known by their value, and logins and queries of addresses."""
    return _QUERY.sub("<query>", _LOGIN.sub("<login>", without_secrets(text, environment)))


def without_secrets(text: str, environment: Mapping[str, str]) -> str:
    """Black out the values of secret variables and of key files, as they are and as they may be quoted."""
    for value, name in sorted(_secrets(environment), key=lambda secret: len(secret[0]), reverse=True):
        for spelled in {value, repr(value)[1:-1], json.dumps(value)[1:-1], quote(value), quote(value, safe="")}:
            text = text.replace(spelled, f"<{name}>")
    return text


def holds_secrets(body: bytes, environment: Mapping[str, str]) -> bool:
    """Say whether a secret is in these bytes."""
    return any(value.encode(errors="surrogateescape") in body for value, _ in _secrets(environment))


def without_keys(body: bytes, environment: Mapping[str, str]) -> bytes:
    """Black out API keys that a server repeats in what it sends, so that none gets into a catalog, an output or a recording.

    Only keys of list APIs, and none that is short: `OPENAI_API_KEY=ollama` must not change what a list says.
    Bytes without a key in them are returned as they are.
    """
    keys = [(value.encode(errors="surrogateescape"), name) for value, name in _keys(environment)]
    keys = [(value, name) for value, name in keys if len(value) >= _SHORTEST_KEY]
    if keys and b"\\" in body:
        unescaped = _ESCAPE.sub(_unescaped, body)
        body = unescaped if any(value in unescaped for value, _ in keys) else body
    for value, name in keys:
        for spelled in {value, quote(value).encode(), quote(value, safe="").encode()}:
            body = body.replace(spelled, f"<{name}>".encode())
    return body


def _unescaped(escape: re.Match[bytes]) -> bytes:
    """Write an ASCII character that JSON need not escape (a letter, a slash) as itself, so that a key is recognized."""
    letter = b"/" if escape[0] == b"\\/" else bytes([int(escape[1], 16)]) if escape[1] else b""
    return letter if letter and letter not in b'"\\\x7f' else escape[0]


def _keys(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    from modelsync.sources.registry import APIS

    for api in APIS.values():
        yield from ((environment.get(variable, "").strip(), variable) for variable in api.key_variables)
    yield from ((value, Path(path).name) for value, path in list(_from_files.items()))


def _secrets(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in environment.items():
        if _SECRET_NAME.search(name):
            yield from ((part, name) for part in {value, value.strip()} if len(part) >= _SHORTEST_SECRET)
    yield from ((value, Path(path).name) for value, path in list(_from_files.items()) if len(value) >= _SHORTEST_SECRET)
