"""A report as lines of styled text: the same lines are printed plain in a pipe and coloured on a terminal."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from modelsync.domain import fields
from modelsync.planning.changes import Add, Hold, Keep, Remove, RenameEntry, Update
from modelsync.views.report import HEADINGS, WARNING, counts, kept_reason
from modelsync.views.text import per_million, percent, unit_name, usd, usual_price, value_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modelsync.planning.changes import Change, FieldChange, Note
    from modelsync.views.report import Report

Span: TypeAlias = "tuple[str, str]"
Line: TypeAlias = "tuple[Span, ...]"

_FIELD_WIDTH = 20
_NOTES_SHOWN = 12
_SHORT = 60
_KINDS = ("other rates", "tiers", "windows", "batch prices")
_ADDED = {
    fields.INPUT_PRICE: "in",
    fields.OUTPUT_PRICE: "out",
    fields.CONTEXT_LENGTH: "context",
    fields.MAX_OUTPUT_TOKENS: "output",
    fields.FEATURES: "features",
}


def report_lines(report: Report, *, verbose: bool = False) -> Iterator[Line]:
    """Render a report: per provider, per entry, field by field, then the notes and a one-line summary."""
    origin = f" against {visible(report.source)} of {report.day}" if report.source else ""
    if report.compares:
        origin = f" compared with {visible(report.source)}"
    yield (("bold", visible(report.catalog)), ("", f"{origin}, prices in USD per {unit_name(report.unit)}"))
    ordered = sorted(report.changes, key=lambda change: (change.provider, _rank(change)))
    for provider, changes in groupby(ordered, key=lambda change: change.provider):
        yield ()
        yield (("bold", visible(provider)),)
        for change in changes:
            yield from _change(change, report.unit)
    if notes := list(_notes(report.notes, verbose=verbose)):
        yield ()
        yield from notes
    yield ()
    yield from _summary(report)


def _rank(change: Change) -> int:
    """What matters most stands nearest to the end, where a terminal leaves it in sight."""
    return (Add, Remove, Keep, RenameEntry, Update, Hold).index(type(change))


def _change(change: Change, unit: str) -> Iterator[Line]:
    if isinstance(change, Add):
        yield from _add(change, unit)
        return
    yield _headline(change, unit)
    if isinstance(change, Update | Hold):
        width = max((len(field.field) + 2 for field in change.fields), default=0)
        for field in change.fields:
            yield _field(field, unit, max(_FIELD_WIDTH, width))


def _add(change: Add, unit: str) -> Iterator[Line]:
    model_id = change.values.get(fields.MODEL)
    unverified = " (unverified)" if change.unverified else ""
    known_as = [change.upstream] * bool(change.upstream) + [f"id {model_id}{unverified}"] * (model_id is not None)
    yield _head("green", "+", change.key, ": ".join(filter(None, (change.reason, ", ".join(known_as)))))
    spelled = {
        name: value_text(field, change.values[field], unit) for field, name in _ADDED.items() if field in change.values
    }
    features = spelled.pop("features", "")
    prices = [per_million(price) for field in fields.PRICES if isinstance(price := change.values.get(field), Decimal)]
    facts = ", ".join(f"{name} {text}" for name, text in spelled.items())
    others = {part for name in change.values if (part := _kind_of_price(name))}
    yield _indented(facts, _prices_note(prices, [kind for kind in _KINDS if kind in others]))
    if features:
        yield _indented(features)


def _prices_note(usual: list[str], others: list[str]) -> str:
    """Tell a new entry's prices of input and output, per 1M, and which kinds of others it has."""
    if usual:
        return ", and ".join([f"{' / '.join(usual)} per 1M", *filter(None, [", ".join(others)])])
    return f"priced only by {', '.join(others)}" if others else "price unknown"


def _kind_of_price(name: str) -> str:
    """Tell what a price is that is none of input or output: a kind of them, since there are many."""
    if name in fields.PRICES or not fields.is_price(name):
        return ""
    if name.startswith("pricing.batch."):
        return _KINDS[3]
    return {"tiers": _KINDS[1], "windows": _KINDS[2]}.get(name.split(".")[1], _KINDS[0])


def _headline(change: Update | Remove | RenameEntry | Hold | Keep, unit: str) -> Line:
    match change:
        case Update():
            upstream = f"{change.upstream}: " if change.upstream else ""
            return _head("yellow", "~", change.key, f"{upstream}{change.reason}")
        case Remove():
            return _head("red", "-", change.key, change.reason)
        case RenameEntry():
            return _head("yellow", "~", change.key, f"key becomes {change.new_key}")
        case Hold():
            return _head("magenta", "!", change.key, f"held: {change.reason}. {change.way_out}")
        case Keep():
            theirs = (
                f", upstream says {value_text(change.field, change.theirs, unit)}" if change.theirs is not None else ""
            )
            text = f"{change.field} stays {visible(change.ours_text)}{theirs}: {kept_reason(change)}"
            return _head("cyan", "=", change.key, text)


def _head(style: str, mark: str, key: str, text: str) -> Line:
    return (("", "  "), (style, f"{mark} {visible(key)}"), ("dim", f"  {visible(text, 400)}"))


def _indented(text: str, note: str = "") -> Line:
    return (("", f"      {text}"), ("dim", f"  {note}" if note else ""))


def _field(change: FieldChange, unit: str, width: int) -> Line:
    name = f"{change.field:<{width}}"
    if isinstance(change.new, tuple):
        return _indented(name + _list_move(change.old, change.new))
    old = value_text(change.field, change.old, unit) if change.old is not None else visible(change.old_text) or "none"
    new = value_text(change.field, change.new, unit)
    if change.field == fields.DESCRIPTION:
        return _indented(f"{name}{old} → {visible(new, _SHORT)}")
    return _indented(f"{name}{old} → {new}", _price_note(change))


def _price_note(change: FieldChange) -> str:
    if not isinstance(change.new, Decimal):
        return ""
    if not isinstance(change.old, Decimal):
        return usual_price(change.field, change.new)
    moved, new = percent(change.old, change.new), usual_price(change.field, change.new)
    old = usd(change.old) if fields.is_per_use(change.field) else per_million(change.old)
    return f"{moved + ', ' if moved else ''}{old} → {new}"


def _list_move(old: fields.Value | None, new: tuple[str, ...]) -> str:
    had = old if isinstance(old, tuple) else ()
    came = [f"+{visible(name)}" for name in new if name not in had]
    went = [f"-{visible(name)}" for name in had if name not in new]
    return " ".join(came + went) or "[]"


def _notes(notes: Iterable[Note], *, verbose: bool) -> Iterator[Line]:
    order = list(HEADINGS)
    ranked = sorted(notes, key=lambda note: (order.index(note.kind), note.subject))
    for kind, group in groupby(ranked, key=lambda note: note.kind):
        members = list(group)
        style = "yellow" if HEADINGS[kind] == WARNING else "bold"
        yield ((style, f"{HEADINGS[kind]}:"), ("dim", f" {len(members)}" if len(members) > 1 else ""))
        shown = members if verbose or kind != "not-added" else members[:_NOTES_SHOWN]
        for note in shown:
            yield (("", f"  {visible(note.subject)}"), ("dim", f"  {visible(note.text, 400)}"))
        if len(shown) < len(members):
            yield (("dim", f"  and {len(members) - len(shown)} more (--verbose shows all)"),)


def _summary(report: Report) -> Iterator[Line]:
    found = counts(report.changes)
    if report.compares and not any(found.values()):
        yield (("green", "No entry differs." if report.notes else "No differences."),)
        return
    if not any(found.values()):
        agrees = ": the catalog agrees with upstream" if report.agrees else ""
        yield (("green", f"Nothing to do{agrees}."),)
        return
    yield (("bold", ", ".join(f"{count} {what}" for what, count in found.items() if count) + "."),)
    if report.replaces_typed:
        yield (
            (
                "dim",
                "First sync of this catalog: it has no lock yet, so upstream's values replace those in the file; --ours keeps them.",
            ),
        )


def plain_text(lines: Iterable[Line]) -> str:
    """Join lines without any styling."""
    return "".join("".join(text for _, text in line).rstrip() + "\n" for line in lines)
