"""A result as JSON for machines. The shape is documented in docs/json.md; `version` changes when it does.

Prices are strings in the catalog's unit, and in USD per token under `…_usd_per_token`.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from modelsync.domain import fields
from modelsync.domain.legible import legible
from modelsync.domain.money import plain, to_unit
from modelsync.planning.changes import Add, Hold, Keep, Remove, RenameEntry, Update
from modelsync.views.report import counts
from modelsync.views.text import percent

if TYPE_CHECKING:
    from modelsync.domain.fields import Value
    from modelsync.planning.changes import Change, FieldChange
    from modelsync.views.report import Report

VERSION = 1


def render(report: Report) -> str:
    """Render a report as one JSON object with a final newline."""
    return dump({
        "version": VERSION,
        "catalog": report.catalog,
        "source": report.source,
        "day": report.day,
        "unit": report.unit,
        "first_sync": report.first_sync,
        "applied": report.applied,
        "backup": report.backup,
        "exit_code": report.exit_code,
        "summary": counts(report.changes),
        "changes": [_change(change, report.unit) for change in report.changes],
        "notes": [{"kind": note.kind, "subject": note.subject, "text": note.text} for note in report.notes],
        "messages": list(report.messages),
    })  # fmt: skip


def render_error(message: str, *, hint: str, exit_code: int) -> str:
    """Render an error as JSON, so that a machine that asked for JSON gets it in every case."""
    return dump({"version": VERSION, "error": message, "hint": hint, "exit_code": exit_code})


def dump(shape: dict[str, Any]) -> str:
    """Write an object as every JSON output of modelsync is written: indented, in ASCII, with a final newline."""
    return legible(json.dumps(shape, indent=2, ensure_ascii=True) + "\n")


def _change(change: Change, unit: str) -> dict[str, Any]:
    common = {"provider": change.provider, "key": change.key}
    match change:
        case Update():
            return {
                "kind": "update",
                **common,
                "upstream": change.upstream,
                "reason": change.reason,
                "fields": _fields(change.fields, unit),
            }
        case Add():
            values: dict[str, Any] = {}
            for field, value in change.values.items():
                values |= _named(field, value, unit)
            return {
                "kind": "add", **common, "upstream": change.upstream, "reason": change.reason, "unverified": change.unverified,
                "values": values,
            }  # fmt: skip
        case Remove():
            return {"kind": "remove", **common, "upstream": change.upstream, "reason": change.reason}
        case RenameEntry():
            return {"kind": "rename", **common, "new_key": change.new_key}
        case Hold():
            return {
                "kind": "hold", **common, "upstream": change.upstream, "what": change.what, "reason": change.reason,
                "way_out": change.way_out, "fields": _fields(change.fields, unit),
            }  # fmt: skip
        case Keep():
            row = {
                "kind": "keep",
                **common,
                "field": change.field,
                "reason": change.reason,
                "ours_text": change.ours_text,
            }
            return (
                row
                | prefixed("ours", change.field, change.ours, unit)
                | prefixed("theirs", change.field, change.theirs, unit)
            )


def _fields(changes: tuple[FieldChange, ...], unit: str) -> list[dict[str, Any]]:
    return [_field(change, unit) for change in changes]


def _field(change: FieldChange, unit: str) -> dict[str, Any]:
    row: dict[str, Any] = {"field": change.field, "old_text": change.old_text}
    row |= prefixed("old", change.field, change.old, unit) | prefixed("new", change.field, change.new, unit)
    if isinstance(change.old, Decimal) and isinstance(change.new, Decimal):
        row["percent"] = percent(change.old, change.new)
    return row


def _named(field: str, value: Value | None, unit: str) -> dict[str, Any]:
    shown = {field: _value(field, value, unit)}
    if isinstance(value, Decimal) and fields.is_price(field):
        shown[f"{field}{_suffix(field)}"] = plain(value)
    return shown


def prefixed(name: str, field: str, value: Value | None, unit: str) -> dict[str, Any]:
    """Write a field's value under `name`: a price as a string in `unit`, and in USD per token beside it."""
    shown = {name: _value(field, value, unit)}
    if isinstance(value, Decimal) and fields.is_price(field):
        shown[f"{name}{_suffix(field)}"] = plain(value)
    return shown


def _suffix(field: str) -> str:
    """What the name of a price in one unit for all catalogs ends with."""
    return "_usd" if fields.is_per_use(field) else "_usd_per_token"


def _value(field: str, value: Value | None, unit: str) -> object:
    match value:
        case Decimal():
            return plain(to_unit(value, fields.unit_of(field, unit))) if fields.is_price(field) else plain(value)
        case tuple():
            return list(value)
        case _:
            return value
