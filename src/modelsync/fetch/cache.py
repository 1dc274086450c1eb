"""Bodies that servers have tagged, kept in the user's cache folder, so that an unchanged list is not sent again."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from modelsync.fetch.address import shown
from modelsync.fetch.secrets import holds_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelsync.sources.api import Request

MAX_ENTRIES = 32
_LARGEST_BODY = 16 * 1024 * 1024
_LONGEST_TAG = 256
_SUFFIX = ".http"


class Kept(Struct, frozen=True):
    """A body, and the tag by which the server knows it."""

    etag: str
    body: bytes


class _Head(Struct, frozen=True):
    """The first line of a cache file; the body follows."""

    url: str
    etag: str
    sha256: str


class Cache:
    """The cache folder. What cannot be read is not there; what cannot be written is not kept: neither is an error.

    A file's name is a hash of the address and of the headers sent, since what an account is shown depends on its key.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._folder = _folder(environment)

    def find(self, request: Request) -> Kept | None:
        """Return what is kept for a request, if it is whole."""
        if self._folder is None or request.body is not None:
            return None
        try:
            with (self._folder / _name(request)).open("rb") as file:
                line, _, body = file.read(2 * _LARGEST_BODY).partition(b"\n")
            head = msgspec.json.decode(line, type=_Head)
        except (OSError, ValueError, msgspec.MsgspecError, RecursionError):
            return None
        whole = head.sha256 == hashlib.sha256(body).hexdigest() and _is_tag(head.etag)
        return Kept(head.etag, body) if whole else None

    def keep(self, request: Request, etag: str, body: bytes) -> None:
        """Keep a body with its tag in place of what was kept before; nothing without a tag, and nothing with a secret in it."""
        if self._folder is None or request.body is not None or not _is_tag(etag) or len(body) > _LARGEST_BODY:
            return
        head = msgspec.json.encode(_Head(shown(request.url), etag, hashlib.sha256(body).hexdigest()))
        if holds_secrets(head + body, self._environment):
            return
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._folder / _name(request), head + b"\n" + body)
            _drop_oldest(self._folder)


def _folder(environment: Mapping[str, str]) -> Path | None:
    """The user's cache folder for this program; None where there is no home."""
    if sys.platform == "win32":
        roots = [environment.get("LOCALAPPDATA", "")]
    else:
        home = environment.get("HOME", "")
        roots = [environment.get("XDG_CACHE_HOME", ""), f"{home}/.cache" if home else ""]
    return next((Path(root) / "modelsync" for root in roots if os.path.isabs(root)), None)


def _name(request: Request) -> str:
    identity = msgspec.json.encode([request.url, sorted(request.headers.items())])
    return hashlib.sha256(identity).hexdigest() + _SUFFIX


def _is_tag(etag: str) -> bool:
    return 0 < len(etag) <= _LONGEST_TAG and etag.isascii() and etag.isprintable()


def _write(path: Path, data: bytes) -> None:
    """Put a whole file in place, which nobody else may read."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def _drop_oldest(folder: Path) -> None:
    files = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in files[MAX_ENTRIES:]:
        path.unlink(missing_ok=True)
