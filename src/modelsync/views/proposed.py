"""A proposed layout: the settings that would be written, and what is shown before."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from modelsync.discovery.words import dotted
from modelsync.domain.money import from_unit, plain
from modelsync.layouts.table import Table
from modelsync.views.columns import table
from modelsync.views.resolved import resolved_lines
from modelsync.views.text import counted, per_million, unit_name, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modelsync.discovery.proposal import Proposal
    from modelsync.discovery.unit import UnitUnclear
    from modelsync.views.lines import Line
    from modelsync.views.resolved import Reading

MOST_LINES = 15
"""So many lines, without comments and blank ones, a proposal has at most where its fields allow."""

_ROWS_SHOWN = 30
_LEFT_OUT_SHOWN = 6
_GROUPS = ("features", "pricing")
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def settings_text(proposal: Proposal, catalog: str, *, unit_given: bool) -> str:
    """Return the `modelsync.toml` of a proposal, with comments that say what was recognized."""
    head = [
        (
            f"# Proposed by `modelsync init --from`: {counted(proposal.entries, 'entry', 'entries')},"
            f" of which the snapshot of {proposal.day} knows {proposal.known}."
        ),
        f"catalog = {_quoted(catalog)}",
        _unit(proposal, unit_given=unit_given),
    ]
    body = [f"layout = {_quoted(proposal.named)}", *_left_alone(proposal)] if proposal.named else _layout(proposal)
    vendors = ["", "[vendors]", *(f"{_key(name)} = {_quoted(to)}" for name, to in proposal.vendors.items())]
    return "\n".join([*head, *body, *(vendors if proposal.vendors else []), ""])


def _unit(proposal: Proposal, *, unit_given: bool) -> str:
    unit = proposal.unit
    if unit is None:
        return 'unit = "1m"  # the file has no prices: this counts from the first one on'
    whose = " that no list speaks for" if unit.hosted else ""
    told = (
        f"{unit.agreeing} of {counted(unit.known, 'known model')}{whose} with prices fit USD per {unit_name(unit.name)}"
    )
    return f'unit = "{unit.name}"  # {"as you said; " if unit_given else ""}{told}'


def _layout(proposal: Proposal) -> list[str]:
    said = proposal.table
    keys = ("at", "id", "key", "provider", "provider_around", "skip", "words", "scale")
    empty = Table(at="")
    rows = [f"{key} = {_value(value)}" for key in keys if (value := getattr(said, key)) != getattr(empty, key)]
    fields: dict[str, str] = said.fields
    spelled = _fields(fields, ())
    for grouped in (("features",), _GROUPS):
        if 4 + len(rows) + len(spelled) + len(proposal.vendors) > MOST_LINES:
            spelled = _fields(fields, grouped)
    reviewed = (
        f"# reviewed_at = {_quoted(proposal.reviewed)}  # a day: take the # away to have it set when a price changes"
    )
    more = [*([reviewed] if proposal.reviewed else []), *_left_alone(proposal)]
    return ["", "[layout]", *rows, "", "[layout.fields]", *spelled, *more]


def _left_alone(proposal: Proposal) -> list[str]:
    shown = proposal.left_out[:_LEFT_OUT_SHOWN]
    return [f"# Left alone: {visible(dotted(one.way))}: {visible(one.reason)}" for one in shown]


def _fields(fields: Mapping[str, str], grouped: tuple[str, ...]) -> list[str]:
    """Spell where fields are, a line each; those of groups in one line."""
    lines = [f"{name} = {_quoted(place)}" for name, place in fields.items() if name.partition(".")[0] not in grouped]
    for group in grouped:
        own = {name.partition(".")[2]: place for name, place in fields.items() if name.startswith(f"{group}.")}
        if own:
            lines.append(f"{group} = {_value(own)}")
        elif group in fields:
            lines.append(f"{group} = {_quoted(fields[group])}")
    return lines


def _value(value: str | list[str] | dict[str, str]) -> str:
    match value:
        case dict():
            return f"{{ {', '.join(f'{_dotted(name)} = {_quoted(text)}' for name, text in value.items())} }}"
        case list():
            return f"[{', '.join(map(_quoted, value))}]"
        case _:
            return _quoted(value)


def _dotted(name: str) -> str:
    return ".".join(map(_key, name.split(".")))


def _key(name: str) -> str:
    return name if _BARE.match(name) else _quoted(name)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def proposed_lines(reading: Reading, settings: str) -> Iterator[Line]:
    """Render what the layout reads, its first rows if there are many, and then the settings."""
    lines = list(resolved_lines(reading))
    rows = len(reading.rows)
    if rows > _ROWS_SHOWN:
        more = (
            (
                "dim",
                f"  … and {rows - _ROWS_SHOWN} more: `modelsync layout show` lists all, once the settings are written",
            ),
        )
        lines[2 + _ROWS_SHOWN : 2 + rows] = [more]
    yield from lines
    yield ()
    for line in settings.splitlines():
        yield (("dim" if line.startswith("#") else "", f"  {line}" if line else ""),)
    yield ()


def readings_lines(unclear: UnitUnclear) -> Iterator[Line]:
    """Render prices of the file under the two readings of their unit, beside what upstream says."""
    one, two = unclear.readings
    heads = (
        "line",
        "entry",
        "price",
        "in the file",
        f"if per {unit_name(one)}",
        f"if per {unit_name(two)}",
        "upstream",
    )
    rows = [
        (
            str(price.line),
            visible(price.entry),
            price.field.removeprefix("pricing."),
            plain(price.written),
            _per_million(price.written, one),
            _per_million(price.written, two),
            per_million(price.upstream) if price.upstream is not None else "unknown",
        )
        for price in unclear.prices
    ]
    yield (("bold", "What the prices would be, in USD per 1M tokens:"),)
    yield from table(
        heads, rows, numbers=("line", *heads[3:]), styles={"entry": "", heads[4]: "", heads[5]: "", "upstream": "green"}
    )


def _per_million(written: Decimal, unit: str) -> str:
    return per_million(from_unit(written, unit))
