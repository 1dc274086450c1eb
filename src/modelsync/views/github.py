"""A report as annotations: commands that GitHub's runner reads from standard output and shows beside the catalog's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.planning.changes import Hold, Keep, Remove
from modelsync.views.prices import price_changes, told
from modelsync.views.report import HEADINGS, WARNING, kept_reason
from modelsync.views.summary import summary, unchanged
from modelsync.views.text import unit_name, unreadable, value_text, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from modelsync.planning.changes import FieldChange
    from modelsync.views.report import Report

    LineOf = Callable[[str, str], int]

SHOWN = 10
"""GitHub shows this many annotations of a kind for a step, and drops the rest without a word."""

_LONGEST_PATH = 4096


def render(report: Report, line_of: LineOf) -> str:
    """Return one line an annotation; `line_of` gives the line of an entry by provider and key.

    First a notice with all counts. Then warnings: what the listing is warned about, what is held, prices that cannot be read.
    Then notices: removals and price changes. Where there are more than GitHub shows, the last one counts the rest.
    """
    warnings = [*_warnings(report), *_held(report), *_unreadable(report)]
    notices = [*_removed(report), *_repriced(report)]
    return (
        annotate("notice", [_summary(report)], report.catalog, line_of)
        + annotate("warning", warnings, report.catalog, line_of)
        + annotate("notice", notices, report.catalog, line_of, shown=SHOWN - 1)
    )


def render_error(message: str, *, hint: str) -> str:
    """Return the annotation of an error that ended the run: the message and, on a line of its own in it, the hint."""
    text = "\n".join(visible(part, 1000) for part in (message, hint) if part)
    return f"::error title=modelsync::{_data(text)}\n"


class Remark(Struct, frozen=True):
    """What is said, and about which entry (no provider: about the catalog), or about which line and column (0: none is known)."""

    title: str
    text: str
    provider: str = ""
    key: str = ""
    line: int = 0
    column: int = 0


def annotate(kind: str, remarks: Sequence[Remark], catalog: str, line_of: LineOf, *, shown: int = SHOWN) -> str:
    """Return an annotation of a kind (`error`, `warning`, `notice`) for each remark; where they are more than `shown`, the
    last one counts the rest.
    """
    annotated = list(remarks)
    if len(annotated) > shown:
        del annotated[shown - 1 :]
        annotated.append(Remark("modelsync", f"and {len(remarks) - len(annotated)} more of these {kind}s"))
    return "".join(_command(kind, remark, catalog, line_of) for remark in annotated)


def _command(kind: str, remark: Remark, catalog: str, line_of: LineOf) -> str:
    line = remark.line or (line_of(remark.provider, remark.key) if remark.provider else 1)
    column = f",col={remark.column}" if remark.column else ""
    place = f"file={_property(visible(catalog, _LONGEST_PATH))},line={line}{column}"
    return f"::{kind} {place},title={_property(visible(remark.title))}::{_data(visible(remark.text, 1000))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _summary(report: Report) -> Remark:
    said = f"{', '.join(summary(report))}{unchanged(report)}"
    if report.compares:
        return Remark("modelsync", f"compared with {report.source}: {said}")
    return Remark("modelsync", f"{'applied' if report.applied else 'plan'}: {said}")


def _warnings(report: Report) -> Iterator[Remark]:
    for note in sorted(report.notes, key=lambda note: (note.kind, note.subject, note.text)):
        if HEADINGS[note.kind] == WARNING:
            yield Remark(note.subject, note.text)


def _held(report: Report) -> Iterator[Remark]:
    held = [change for change in report.changes if isinstance(change, Hold)]
    for change in sorted(held, key=lambda change: (change.provider, change.key)):
        title = f"Held: {change.provider}/{change.key}"
        yield Remark(title, f"{change.reason}. {change.way_out}", change.provider, change.key)


def _unreadable(report: Report) -> Iterator[Remark]:
    kept = [change for change in report.changes if isinstance(change, Keep)]
    for change in sorted(kept, key=lambda change: (change.provider, change.key, change.field)):
        if unreadable(change.field, change.ours, change.ours_text):
            theirs = value_text(change.field, change.theirs, report.unit)
            text = f"{change.ours_text}: {kept_reason(change)}; upstream says {theirs}"
            yield Remark(f"{change.field} of {change.provider}/{change.key}", text, change.provider, change.key)


def _removed(report: Report) -> Iterator[Remark]:
    removed = [change for change in report.changes if isinstance(change, Remove)]
    for change in sorted(removed, key=lambda change: (change.provider, change.key)):
        yield Remark(f"Removed: {change.provider}/{change.key}", change.reason, change.provider, change.key)


def _repriced(report: Report) -> Iterator[Remark]:
    moves: dict[tuple[str, str], list[str]] = {}
    for update, field in price_changes(report):
        moves.setdefault((update.provider, update.key), []).append(_move(field, report.unit))
    for (provider, key), told_moves in moves.items():
        text = f"{', '.join(told_moves)}; USD per {unit_name(report.unit)}"
        yield Remark(f"Price of {provider}/{key}", text, provider, key)


def _move(change: FieldChange, unit: str) -> str:
    old, new = (value_text(change.field, value, unit) for value in (change.old, change.new))
    return f"{change.field} {change.old_text or old} → {new} ({told(change)})"
