"""JSON pages of records, read record by record: what is wrong with one record costs that record, never the list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec
from msgspec import Raw

from modelsync.errors import NothingFetched

if TYPE_CHECKING:
    from collections.abc import Callable

UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)  # not every msgspec derives the first from the second
LONGEST_ID = 200
_LONGEST_INT = 18
_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9._@+-]*"
_ID = re.compile(rf"~?{_SEGMENT}(?:(?:/|::?){_SEGMENT})*\Z")

Page = TypeVar("Page")


def decode(body: bytes, page: type[Page], what: str, *, hint: str = "") -> Page:
    """Read a page, a struct whose lists are of `Raw` records, still undecoded. Raises `NothingFetched` naming `what` it should have been.

    JSON that is not strict (`NaN`, half a surrogate pair, a byte order mark) is read too; it spoils the records it is in.
    """
    try:
        return msgspec.json.decode(body, type=page)
    except UNREADABLE as error:
        try:
            return msgspec.convert(_laxly(body), page)
        except UNREADABLE:
            raise NothingFetched(f"{what} is not a model list: {error}", hint=hint) from error


def is_id(name: str) -> bool:
    """Say whether this can be a model's id: short, printable ASCII, no spaces, no `..`; `ft:gpt-4o:org::x` and `hf.co/a/B:Q4` can."""
    return len(name) <= LONGEST_ID and _ID.match(name) is not None


def named(raw: Raw, usable: Callable[[str], bool] = is_id, *, key: str = "id") -> str | None:
    """Return what stands under `key` in a record that cannot be read otherwise, if it is a usable id."""
    import json

    try:
        record = json.loads(bytes(raw).decode(errors="replace"), parse_int=_parse_int)
    except UNREADABLE:
        return None
    name = cast("dict[str, object]", record).get(key) if isinstance(record, dict) else None
    return name if isinstance(name, str) and usable(name) else None


def unnamed(count: int) -> str:
    """Say why a list is incomplete from which so many records were left out for their ids."""
    return f"{count} {'record' if count == 1 else 'records'} had no usable id"


def _laxly(body: bytes) -> object:
    import json

    page = json.loads(body, parse_int=_parse_int)
    if not isinstance(page, dict):
        return page
    fields = cast("dict[str, object]", page)
    return {
        name: [_raw(record) for record in cast("list[object]", value)] if isinstance(value, list) else value
        for name, value in fields.items()
    }


def _raw(record: object) -> Raw:
    import json

    return Raw(json.dumps(record).encode())


def _parse_int(digits: str) -> float:
    """Python refuses to read very long numbers; as an infinite one the number spoils its own record only."""
    return int(digits) if len(digits) <= _LONGEST_INT else float(digits)
