"""Rows of one name: whose their lock lines are, after people moved, added and deleted some. The numbers in their names just count them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.domain import fields
from modelsync.domain.lock import stored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from modelsync.catalog.entries import Entry, Field
    from modelsync.domain.lock import Lock, LockEntry


class Siblings(Struct, frozen=True):
    """`lines` maps the names of rows to those of their lines. `unsure` are names in the lock of which nobody can tell any more
    which row they are of, since rows came or went; `spare` those of lines without a row, of a model that another row's line is of.
    """

    lines: dict[str, str]
    unsure: frozenset[str]
    spare: frozenset[str]


def siblings(lock: Lock, present: Mapping[str, Entry]) -> Siblings:
    """Say whose the lines of rows are that share a name, a model id and a provider.

    A row has the line of which it has the values, as the last sync left them; what is left is told apart by its order.
    """
    rows: dict[str, list[Entry]] = {}
    for entry in present.values():
        if entry.common:
            rows.setdefault(f"{entry.provider}/{entry.common}", []).append(entry)
    if not rows:
        return Siblings({}, frozenset(), frozenset())
    lines, waiting = _by_name(lock.entries, rows), _by_name(lock.waiting, rows)
    found: dict[str, str] = {}
    unsure: set[str] = set()
    spare: set[str] = set()
    for name, mine in rows.items():
        known = lines.get(name, [])
        if known != [name] or len(mine) > 1:
            assigned = _assigned(mine, {line: lock.entries[line] for line in known})
            found |= assigned
            spare |= _spare({line: lock.entries[line].model for line in known}, {*assigned.values()})
        expected = [*known, *waiting.get(name, ())]
        if len(expected) != len(mine):
            unsure.update(expected)
    return Siblings(found, frozenset(unsure), frozenset(spare))


def _spare(models: Mapping[str, str], given: Collection[str]) -> set[str]:
    """The lines that no row has, where some row has one of the same model id."""
    alive = {models[name] for name in given}
    return {name for name, model in models.items() if name not in given and model in alive}


def spelled(name: str, ours: Field) -> str:
    """Spell a value of the file as the lock remembers it."""
    return str(stored(name, ours.value)) if ours.value is not None else ours.raw


def _by_name(names: Iterable[str], rows: Collection[str]) -> dict[str, list[str]]:
    """Put together names that differ in nothing but the number behind them, in the order of that."""
    found: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        common, _, number = name.rpartition("#")
        if name in rows:
            found.setdefault(name, []).append((1, name))
        elif common in rows and number.isdecimal():
            found.setdefault(common, []).append((int(number), name))
    return {common: [name for _, name in sorted(members)] for common, members in found.items()}


def _assigned(rows: Iterable[Entry], lines: Mapping[str, LockEntry]) -> dict[str, str]:
    """Give each row the line of one model id: the first with its values, else the first that is left."""
    told = {name for line in lines.values() for name in _values(line)}
    alike: dict[tuple[str, frozenset[tuple[str, str]]], deque[str]] = {}
    for name, line in lines.items():
        alike.setdefault((line.model, frozenset(_values(line).items())), deque()).append(name)
    found: dict[str, str] = {}
    left: list[Entry] = []
    for row in rows:
        has = ((name, spelled(name, field)) for name, field in row.fields.items() if name in told and field.present)
        if same := alike.get((row.model_id, frozenset(has))):
            found[row.name] = same.popleft()
        else:
            left.append(row)
    given = {*found.values()}
    return found | _in_order(left, {name: line for name, line in lines.items() if name not in given})


def _in_order(rows: Iterable[Entry], lines: Mapping[str, LockEntry]) -> dict[str, str]:
    """Give each row the first line of its model id that is left; one that goes by its id may have a line of the id before a rename."""
    free: dict[str, deque[str]] = {}
    for name, line in lines.items():
        free.setdefault(line.model, deque()).append(name)
    found: dict[str, str] = {}
    others: list[Entry] = []
    for row in rows:
        if same := free.get(row.model_id):
            found[row.name] = same.popleft()
        elif not row.key_at:
            others.append(row)
    given = {*found.values()}
    rest = (name for name in lines if name not in given)
    return found | {row.name: name for row, name in zip(others, rest, strict=False)}


def _values(line: LockEntry) -> dict[str, str]:
    """The prices and limits that a row had when its line was written, as far as that says them."""
    agreed = {name: str(base.value) for name, base in line.base.items() if base.value is not None and _is_number(name)}
    return agreed | {name: kept.ours for name, kept in line.kept.items() if _is_number(name)}


def _is_number(name: str) -> bool:
    return fields.is_price(name) or name in fields.LIMITS
