"""Where a catalog stands, as a page in GitHub-flavoured Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.views.gfm import code, page, prose, table
from modelsync.views.markdown import LONGEST_BYTES
from modelsync.views.standing import (
    COUNTS,
    beside_text,
    entry_text,
    lists_of,
    newest_text,
    ours_text,
    state_text,
    why_text,
)
from modelsync.views.text import unit_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.planning.standing import EntryStanding
    from modelsync.views.gfm import Section
    from modelsync.views.standing import Status

_ALL_OPEN = 40


def status_page(status: Status) -> str:
    """Render the standing of a whole catalog as a page that ends with a newline."""
    counts = [
        (code(provider), *(str(status.standing.counts(provider)[name]) for name in COUNTS))
        for provider in status.standing.providers
    ]
    sections = [table("Providers", ("Provider", *COUNTS), counts, open_rows=_ALL_OPEN)]
    for title, rows in lists_of(status).items():
        sections.append(table(title, ("Name", "Standing"), [(code(name), prose(text)) for name, text in rows]))
    settings = [(code(one.setting), code(one.value_text), prose(one.origin_text)) for one in status.settings]
    sections.append(table("Settings in force", ("Setting", "Value", "From"), settings))
    return _page(status, sections)


def entries_page(entries: Iterable[EntryStanding], status: Status) -> str:
    """Render some entries, field by field, as a page that ends with a newline."""
    return _page(status, [_entry(entry, status) for entry in entries])


def _entry(entry: EntryStanding, status: Status) -> Section:
    rows = [("the entry", "", prose(entry.state), prose(entry.why), prose(entry.way_out, 600))] if entry.way_out else []
    rows += [("other prices", "", prose("left alone"), prose(beside_text(entry)), "")] if entry.beside else []
    rows += [
        (
            code(field.field),
            code(ours_text(field, status.unit), 100),
            prose(state_text(field)),
            prose(why_text(field, status.unit)),
            code(field.command) if field.command.startswith("modelsync ") else prose(field.command),
        )
        for field in entry.fields
    ]
    head = ("Field", "The file", "State", "Why", "To change it")
    return table(f"{code(entry.name)}, {prose(entry_text(entry))}", head, rows)


def _page(status: Status, sections: list[Section]) -> str:
    about = f"{code(status.catalog)}, prices in USD per {unit_name(status.unit)}. {prose(newest_text(status))}"
    warnings = "".join(f"\n**Warning:** {prose(warning)}\n" for warning in status.warnings)
    filled = [section for section in sections if section.lines]
    return page(f"{about}\n{warnings}", filled, "", longest_bytes=LONGEST_BYTES)
