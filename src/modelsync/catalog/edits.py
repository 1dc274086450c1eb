"""The edits a plan asks for. Paths name nodes of the document as it is before any edit of the same call."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

Path: TypeAlias = "tuple[str | int, ...]"
Bare: TypeAlias = "int | Decimal | bool | None"
Atom: TypeAlias = "str | date | Bare"
Value: TypeAlias = "str | date | int | Decimal | bool | Written | list[Value] | dict[str, Value] | None"


class Written(Struct, frozen=True):
    """A number or a day of a new entry, and how it is written."""

    value: int | Decimal | date
    text: str


class SetScalar(Struct, frozen=True):
    """Replace a scalar's text; its quotes and its trailing comment stay. A day takes the place of one. A list or a dict only replaces a null, a `{}` or
    a `[]`.
    """

    path: Path
    value: Value


class InsertKey(Struct, frozen=True):
    """Add a key to the mapping at `path` (or to a null, a `{}`, the empty document): after the last of the siblings
    `after` that are there, in file order, else at the end.
    """

    path: Path
    key: str
    value: Value
    after: tuple[str, ...] = ()


class AppendItems(Struct, frozen=True):
    """Add items at the end of the list at `path` (or to a null or a `[]`)."""

    path: Path
    values: tuple[Value, ...]


class InsertItem(Struct, frozen=True):
    """Add an item to the list at `path` (or to a null or a `[]`) before the item that has the number `before`, else at the end."""

    path: Path
    value: Value
    before: int | None = None


class RemoveKey(Struct, frozen=True):
    """Remove a key with its value (or, where the path ends in a number, a list item) and the comments that belong to it.
    The last one leaves `{}` or `[]`.
    """

    path: Path


class RenameKey(Struct, frozen=True):
    """Write another key before the same value."""

    path: Path
    new: str


class SetList(Struct, frozen=True):
    """Make a list of scalars hold these values: items that stay keep their place and comments, the others go, new ones
    are added at the end in the order given.
    """

    path: Path
    values: tuple[str, ...]


Edit: TypeAlias = "SetScalar | InsertKey | AppendItems | InsertItem | RemoveKey | RenameKey | SetList"


class NotEditable(Exception):
    """A place that cannot be edited without touching something else. `reason` is a sentence for the user."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{'.'.join(map(str, path)) or 'the document'}: {reason}")
        self.path = path
        self.reason = reason


class Conflict(ValueError):
    """Two edits of one call contradict each other: a mistake of the caller, not of the file."""
