"""A report as GitHub-flavoured Markdown: the body of a pull request, or the summary of a job.

At most `LONGEST_BYTES` of UTF-8, and the same report gives the same bytes. What upstream says stays text: see `gfm`.
"""

from __future__ import annotations

import shlex
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from modelsync.domain import fields
from modelsync.planning.changes import Add, Hold, Keep, Remove, RenameEntry, Update
from modelsync.views.gfm import bullets, code, page, prose, table
from modelsync.views.prices import is_price_change, price_changes, told
from modelsync.views.report import HEADINGS, WARNING, counts, kept_reason
from modelsync.views.summary import summary, unchanged
from modelsync.views.text import per_million, unit_name, usual_price, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from modelsync.planning.changes import Change, FieldChange, Note
    from modelsync.views.gfm import Section
    from modelsync.views.report import Report

Kind = TypeVar("Kind", Add, Update, Remove, RenameEntry, Hold, Keep)

LONGEST_BYTES = 60_000
"""GitHub takes 65,536 characters in a pull request's body; the rest is left to the workflow that opens it."""

_OPEN_PRICES = 40
_SHORT = 100
_MANY = 20
_PER_MILLION = "USD per 1M tokens"


def render(report: Report) -> str:
    """Render a report as one page that ends with a newline. Where rows do not fit, the page says how many."""
    sections = [section for section in _sections(report) if section.lines]
    return page(_opening(report), sections, _closing(report), longest_bytes=LONGEST_BYTES)


# ------------------------------------------------------------------------------------------------------ top and bottom


def _opening(report: Report) -> str:
    lines = [f"{_subject(report)}: {', '.join(f'**{said}**' for said in summary(report))}{unchanged(report)}."]
    if held := counts(report.changes)["held"]:
        what = "1 change waits" if held == 1 else f"{held} changes wait"
        lines.append(f"**Needs you:** {what} for a decision. Under “Held” stands why, and the way out.")
    if unverified := sum(isinstance(change, Add) and change.unverified for change in report.changes):
        what = "1 new model id is" if unverified == 1 else f"{unverified} new model ids are"
        lines.append(f"**To check:** {what} not confirmed by a list of the provider's own (marked “unverified”).")
    if report.replaces_typed:
        keeps = "would have kept" if report.applied else "keeps"
        text = "the catalog had no lock, so upstream's values replace those typed before"
        lines.append(f"**First sync:** {text}; `--ours` {keeps} them.")
    return "\n\n".join(lines) + "\n"


def _subject(report: Report) -> str:
    catalog = code(report.catalog)
    if report.compares:
        return f"{catalog} compared with {code(report.source)}"
    origin = f" against {code(report.source)} of {prose(report.day)}" if report.source else ""
    return f"{'Applied to' if report.applied else 'Plan for'} {catalog}{origin}"


def _closing(report: Report) -> str:
    """Say how to undo what is applied."""
    if report.backup:
        command = f"modelsync restore --catalog {shlex.quote(report.catalog)} {shlex.quote(report.backup)}"
        return f"\nTo undo this: {code(command, len(command))}\n"
    return "\nNo file had to be changed.\n" if report.applied else ""


# --------------------------------------------------------------------------------------------------------- the sections


def _sections(report: Report) -> Iterator[Section]:
    """Yield every section, the most important first; those without lines too."""
    notes = {
        heading: tuple(group) for heading, group in groupby(_ordered(report.notes), lambda note: HEADINGS[note.kind])
    }
    yield _noted("Warnings", notes.pop(WARNING, ()), open_rows=len(report.notes))
    yield _held(report)
    yield _prices(report)
    yield _removed(report)
    yield _added(report)
    yield _renamed(report)
    yield _others(report)
    yield _kept(report)
    for heading, group in notes.items():
        yield _noted(heading, group)
    yield bullets("About this run", [f"Note: {prose(message)}" for message in report.messages])


def _ordered(notes: Iterable[Note]) -> list[Note]:
    order = list(HEADINGS)
    return sorted(notes, key=lambda note: (order.index(note.kind), note.subject, note.text))


def _noted(title: str, notes: Iterable[Note], **folding: int) -> Section:
    return bullets(title, [f"{code(note.subject)}: {prose(note.text)}" for note in notes], **folding)


def _held(report: Report) -> Section:
    rows = [
        (
            _entry(change),
            code(change.what),
            _moves(change.fields, report.unit),
            prose(change.reason),
            prose(change.way_out),
        )
        for change in _of(report, Hold)
    ]
    return table("Held", ("Entry", "What", "Change", "Why", "Way out"), rows)


def _prices(report: Report) -> Section:
    rows = [
        (
            _entry(change), _price_name(field.field), f"{_amount(field.field, field.old)} → {_amount(field.field, field.new)}",
            _move(field, report.unit) if report.unit != "1m" else "", told(field), _why(change),
        )
        for change, field in price_changes(report)
    ]  # fmt: skip
    head = ("Entry", "Price", _PER_MILLION, f"As in the catalog, per {unit_name(report.unit)}", "Change", "Why")
    return table("Price changes", head, rows, open_rows=_OPEN_PRICES)


def _removed(report: Report) -> Section:
    rows = [
        (_entry(change), code(change.upstream) if change.upstream else "", prose(change.reason))
        for change in _of(report, Remove)
    ]
    return table("Removed", ("Entry", "Upstream", "Why"), rows)


def _added(report: Report) -> Section:
    rows = [
        (
            _entry(change), _model_id(change), _prices_of(change), _limit(change, fields.CONTEXT_LENGTH),
            _limit(change, fields.MAX_OUTPUT_TOKENS), _features(change), _why(change),
        )
        for change in _of(report, Add)
    ]  # fmt: skip
    return table("Added", ("Entry", "Model id", _PER_MILLION, "Context", "Max output", "Features", "Why"), rows)


def _renamed(report: Report) -> Section:
    rows = [(_entry(change), code(f"{change.provider}/{change.new_key}")) for change in _of(report, RenameEntry)]
    return table("Renamed", ("Entry", "New name"), rows)


def _others(report: Report) -> Section:
    rows = [
        (_entry(change), code(field.field), _move(field, report.unit), _why(change))
        for change in _of(report, Update)
        for field in change.fields
        if not is_price_change(field)
    ]
    return table("Other changes", ("Entry", "Field", "Change", "Why"), rows)


def _kept(report: Report) -> Section:
    rows = [
        (
            _entry(change), code(change.field), code(change.ours_text or "none"),
            code(value_text(change.field, change.theirs, report.unit)), prose(kept_reason(change)),
        )
        for change in _of(report, Keep)
    ]  # fmt: skip
    return table("Kept as in the file", ("Entry", "Field", "The file", "Upstream", "Why"), rows)


# ------------------------------------------------------------------------------------------------------------ the cells


def _of(report: Report, kind: type[Kind]) -> list[Kind]:
    """Return the changes of one kind, by name."""
    found = [change for change in report.changes if isinstance(change, kind)]
    return sorted(found, key=lambda change: (change.provider, change.key))


def _entry(change: Change) -> str:
    return code(f"{change.provider}/{change.key}")


def _why(change: Update | Add) -> str:
    """Say why, and from which upstream model."""
    return ": ".join(part for part in (code(change.upstream) if change.upstream else "", prose(change.reason)) if part)


def _amount(field: str, price: fields.Value | None) -> str:
    """Spell a price in USD per 1M tokens, without the sign: between two of them GitHub would see a formula."""
    if not isinstance(price, Decimal):
        return "unknown"
    if fields.is_per_use(field):
        return prose(usual_price(field, price).removeprefix("$")) if price else "free"
    return prose(per_million(price).removeprefix("$")) if price else "free"


def _price_name(field: str) -> str:
    return prose(field.removeprefix("pricing."))


def _moves(changes: Iterable[FieldChange], unit: str) -> str:
    return "; ".join(f"{code(change.field)} {_move(change, unit)}" for change in changes)


def _move(change: FieldChange, unit: str) -> str:
    """Spell old and new as the catalog does; of a list, what came and what went."""
    if isinstance(change.new, tuple):
        return _list_move(change.old if isinstance(change.old, tuple) else (), change.new)
    old = change.old_text if change.old is None else value_text(change.field, change.old, unit)
    return f"{code(old or 'none', _SHORT)} → {code(value_text(change.field, change.new, unit), _SHORT)}"


def _list_move(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    came = [name for name in new if name not in old]
    went = [name for name in old if name not in new]
    said = [f"{what} {_names(names)}" for what, names in (("added", came), ("removed", went)) if names]
    return ", ".join(said) or "reordered"


def _names(names: Sequence[str]) -> str:
    """List names, the first of them where they are many."""
    rest = len(names) - _MANY
    return ", ".join([code(name) for name in names[:_MANY]] + ([f"and {rest} more"] if rest > 0 else []))


def _model_id(change: Add) -> str:
    model_id = change.values.get(fields.MODEL)
    if model_id is None:
        return ""
    return code(str(model_id)) + (" (unverified)" if change.unverified else "")


def _prices_of(change: Add) -> str:
    prices = {
        field: value for field, value in change.values.items() if fields.is_price(field) and isinstance(value, Decimal)
    }
    named = fields.ordered(prices)
    ordered = (*named, *sorted(prices.keys() - set(named)))
    return ", ".join(f"{_price_name(field)} {_amount(field, prices[field])}" for field in ordered) or "unknown"


def _features(change: Add) -> str:
    features = change.values.get(fields.FEATURES)
    return _names(features) if isinstance(features, tuple) else ""


def _limit(change: Add, field: str) -> str:
    tokens = change.values.get(field)
    return f"{tokens:,}" if isinstance(tokens, int) else ""
