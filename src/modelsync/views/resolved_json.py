"""How a layout reads a catalog, as JSON for machines. The shape is documented in docs/json.md."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from modelsync.domain import fields
from modelsync.domain.money import plain, to_unit
from modelsync.views.json import VERSION, dump

if TYPE_CHECKING:
    from modelsync.domain.fields import Value
    from modelsync.views.resolved import Reading, Row


def resolved_json(reading: Reading, *, exit_code: int) -> str:
    """Render the entries in the order of their lines, as one JSON object with a final newline."""
    return dump(
        {
            "version": VERSION,
            "catalog": reading.catalog,
            "exit_code": exit_code,
            "unit": reading.unit,
            "snapshot": reading.day,
            "counts": reading.counts(),
            "entries": [_entry(row, reading.unit) for row in reading.rows],
            "complaints": list(reading.complaints),
            "passed_over": {"by_rules": reading.passed_over.by_rules, "without_facts": reading.passed_over.bare},
            "settings": [
                {
                    "file": remark.file,
                    "line": remark.line,
                    "severity": "error" if remark.is_error else "warning",
                    "message": remark.text,
                }
                for remark in reading.remarks
            ],
        }
    )


def _entry(row: Row, unit: str) -> dict[str, Any]:
    one = row.resolved
    return {
        "line": row.line,
        "provider": one.entry.provider,
        "key": one.entry.key,
        "model_id": one.entry.known_as,
        "standing": one.standing,
        "upstream": list(one.upstream),
        "how": one.how,
        "fields": {
            name: _spelled(name, field.value, unit)
            for name, field in one.entry.fields.items()
            if field.value is not None and name != fields.MODEL
        },
        "problems": list(one.problems),
    }


def _spelled(name: str, value: Value, unit: str) -> Value | list[str]:
    """Spell a price as a text in the catalog's unit, so that no reader rounds it."""
    if isinstance(value, Decimal):
        return plain(to_unit(value, fields.unit_of(name, unit)))
    return list(value) if isinstance(value, tuple) else value
