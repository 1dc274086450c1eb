"""How a layout reads a catalog, to show: the facts that every format shares, and the lines of a terminal."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.entries import PassedOver
from modelsync.domain import fields
from modelsync.planning.resolving import Resolved
from modelsync.views.columns import table
from modelsync.views.text import counted, per_million, unit_name, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.domain.fields import Value
    from modelsync.views.lines import Line

_HEADS = ("line", "entry", "model id", "upstream", "input", "output", "context", "max output", "features", "more")
_NUMBERS = ("line", "input", "output", "context", "max output")
_SHOWN = (fields.INPUT_PRICE, fields.OUTPUT_PRICE, fields.CONTEXT_LENGTH, fields.MAX_OUTPUT_TOKENS, fields.FEATURES)
_STANDINGS = {
    "matched": "known upstream",
    "unknown": "not known upstream",
    "several": "could be several models",
    "left alone": "of a provider that no list speaks for",
    "unnamed": "of which nothing says whose they are",
    "damaged": "that cannot be read",
}


class Row(Struct, frozen=True):
    """One entry, and the line on which it starts."""

    line: int
    resolved: Resolved


class Remark(Struct, frozen=True):
    """Something about the settings: their file, the line (0: none), and whether it is wrong or only worth a look."""

    file: str
    line: int
    text: str
    is_error: bool = True


class Reading(Struct, frozen=True):
    """A catalog as its layout reads it, with the snapshot's day; `complaints` are about all of it.

    `remarks` are about the settings, `passed_over` counts the rows that are no entries.
    """

    catalog: str
    unit: str
    day: str
    rows: tuple[Row, ...]
    complaints: tuple[str, ...]
    passed_over: PassedOver
    remarks: tuple[Remark, ...] = ()

    @property
    def problems(self) -> tuple[tuple[int, str, str], ...]:
        """What cannot be read, with the line and the name of its entry."""
        return tuple((row.line, row.resolved.entry.name, one) for row in self.rows for one in row.resolved.problems)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.problems or self.complaints or any(remark.is_error for remark in self.remarks))

    def counts(self) -> dict[str, int]:
        """Count the entries by how they stand, in a fixed order."""
        found = Counter(row.resolved.standing for row in self.rows)
        return {standing: found[standing] for standing in _STANDINGS if found[standing]}


def headline(reading: Reading) -> str:
    """Say how many entries there are, and how they stand."""
    what = ", ".join(f"{number} {_STANDINGS[standing]}" for standing, number in reading.counts().items())
    count = counted(len(reading.rows), "entry", "entries")
    return f"{visible(reading.catalog)}: {count}{f': {what}' if what else ''}; prices are USD per {unit_name(reading.unit)}"


def resolved_lines(reading: Reading) -> Iterator[Line]:
    """Render a row for each entry, then what is wrong."""
    yield (("bold", headline(reading)),)
    if reading.rows:
        rows = [_cells(row) for row in reading.rows]
        yield from table(_HEADS, rows, numbers=_NUMBERS, styles={"entry": "", "upstream": "green"})
        yield (("dim", f"  input and output in USD per 1M tokens; upstream is the snapshot of {reading.day}"),)
    if passed_over := _passed_over(reading.passed_over):
        yield (("dim", f"  {passed_over}"),)
    yield from verdict_lines(reading)


def _passed_over(count: PassedOver) -> str:
    rules = f"{counted(count.by_rules, 'row')} passed over by the rules of the layout" if count.by_rules else ""
    bare = f"{counted(count.bare, 'row')} without an id or any of its fields" if count.bare else ""
    return ", ".join(filter(None, (rules, bare)))


def verdict_lines(reading: Reading) -> Iterator[Line]:
    """Render what is wrong, a line each."""
    for line, name, problem in reading.problems:
        place = f"{visible(reading.catalog)}:{line}: "
        yield (("", place), ("red", "error: "), ("", f"{visible(name)}: {visible(problem, 400)}"))
    for complaint in reading.complaints:
        yield (("", f"{visible(reading.catalog)}: "), ("red", "error: "), ("", visible(complaint, 400)))
    for remark in reading.remarks:
        place = f"{visible(remark.file)}{f':{remark.line}' if remark.line else ''}: "
        kind = ("red", "error: ") if remark.is_error else ("yellow", "warning: ")
        yield (("", place), kind, ("", visible(remark.text, 400)))


def tested_lines(reading: Reading) -> Iterator[Line]:
    """Render what is wrong, then how many entries there are."""
    yield from verdict_lines(reading)
    yield (("bold", headline(reading)),)


def _cells(row: Row) -> tuple[str, ...]:
    one = row.resolved
    values = {name: field.value for name, field in one.entry.fields.items() if field.value is not None}
    more = [name for name in values if name not in (*_SHOWN, fields.MODEL, fields.DESCRIPTION)]
    return (
        str(row.line),
        visible(one.entry.name),
        visible(one.entry.model_id) if one.entry.model_id != one.entry.key else "",
        visible(_upstream(one)),
        *(_money(values.get(name)) for name in fields.PRICES),
        *(_tokens(values.get(name)) for name in fields.LIMITS),
        visible(one.entry.fields[fields.FEATURES].raw) if fields.FEATURES in values else "",
        visible(" ".join(more)),
    )


def _upstream(one: Resolved) -> str:
    if one.standing == "several":
        return f"one of {', '.join(one.upstream)}"
    return one.upstream[0] if one.upstream else one.standing


def _money(value: Value | None) -> str:
    return per_million(value) if isinstance(value, Decimal) else ""


def _tokens(value: Value | None) -> str:
    return f"{value:,}" if isinstance(value, int) else ""
