"""What is wrong with a catalog, as annotations beside its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.views.checked import verdict
from modelsync.views.github import Remark, annotate

if TYPE_CHECKING:
    from modelsync.catalog.findings import Problem
    from modelsync.views.checked import CheckReport


def checked_annotations(report: CheckReport) -> str:
    """Return one line an annotation: errors, then warnings, then a notice with the counts."""
    errors, warnings = (
        [_remark(problem) for problem in report.problems if problem.level == level] for level in ("error", "warning")
    )
    kinds = {"error": errors, "warning": warnings, "notice": [Remark("modelsync check", verdict(report))]}
    return "".join(annotate(kind, remarks, report.catalog, _no_entry) for kind, remarks in kinds.items())


def _remark(problem: Problem) -> Remark:
    return Remark(problem.where or "modelsync check", problem.sentence, line=problem.line, column=problem.column)


def _no_entry(_provider: str, _key: str) -> int:
    return 1
