"""What is wrong with a catalog, to show: the facts that every format shares, and the styled lines of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.findings import Problem
from modelsync.views.text import counted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.views.lines import Line

_LONGEST = 400
_STYLES = {"error": "red", "warning": "yellow"}


class CheckReport(Struct, frozen=True):
    """The problems of a catalog in the order of its lines, and how many models it has; `unit` is what its prices were read as."""

    catalog: str
    unit: str
    models: int
    problems: tuple[Problem, ...]

    def count(self, level: str) -> int:
        """Count the problems of a level."""
        return sum(problem.level == level for problem in self.problems)

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return self.count("error") > 0


def sentence(problem: Problem) -> str:
    """Say what is wrong where, and what to do about it."""
    where = f"{visible(problem.where)}: " if problem.where else ""
    return f"{where}{visible(problem.sentence, _LONGEST)}"


def verdict(report: CheckReport) -> str:
    """Say how many problems there are."""
    errors, warnings = report.count("error"), report.count("warning")
    found = [counted(number, what) for number, what in ((errors, "error"), (warnings, "warning")) if number]
    return f"{', '.join(found) or 'no problems'} in {counted(report.models, 'model')}"


def checked_lines(report: CheckReport) -> Iterator[Line]:
    """Render a line for each problem, with its place as editors read it, and then how many there are."""
    for problem in report.problems:
        place = f"{visible(report.catalog)}:{problem.line}:{problem.column}: "
        yield (("", place), (_STYLES[problem.level], f"{problem.level}: "), ("", sentence(problem)))
    yield (("bold", f"{visible(report.catalog)}: {verdict(report)}"),)
