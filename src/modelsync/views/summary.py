"""What a report comes to, in one line: counts, or words where there is nothing to count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.views.prices import price_changes
from modelsync.views.report import counts
from modelsync.views.text import counted

if TYPE_CHECKING:
    from modelsync.views.report import Report


def summary(report: Report) -> list[str]:
    """Sum a report up in counts, such as `2 prices changed`, `1 updated`; where there are none, in words."""
    said = [f"{count} {what}" for what, count in counts(report.changes).items() if count]
    if not said:
        unlike = "no entry differs" if report.notes else "no differences"
        return [unlike if report.compares else "nothing to do"]
    prices = len(price_changes(report))
    return [f"{counted(prices, 'price')} changed"] * bool(prices) + said


def unchanged(report: Report) -> str:
    """Return what a summary adds where no change edits the catalog; empty where one does, and for a comparison."""
    return "" if report.compares or report.edits_catalog else "; the catalog stays as it is"
