"""What is wrong with a catalog, as JSON for machines. The shape is documented in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict

from modelsync.views.json import VERSION, dump

if TYPE_CHECKING:
    from modelsync.views.checked import CheckReport


def checked_json(report: CheckReport, *, exit_code: int) -> str:
    """Render all problems, as one JSON object with a final newline."""
    return dump(
        {
            "version": VERSION,
            "catalog": report.catalog,
            "exit_code": exit_code,
            "unit": report.unit,
            "models": report.models,
            "errors": report.count("error"),
            "warnings": report.count("warning"),
            "problems": [asdict(problem) for problem in report.problems],
        }
    )
