"""Where a catalog stands, as styled lines: plain in a pipe, coloured on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.views.standing import (
    COUNTS,
    beside_text,
    entry_text,
    lists_of,
    newest_text,
    ours_text,
    pin_text,
    state_text,
    why_text,
)
from modelsync.views.text import unit_name, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.planning.standing import EntryStanding, Standing
    from modelsync.views.lines import Line
    from modelsync.views.standing import Status

ALWAYS_SHOWN = ("catalog", "source", "preset", "unit")
"""Settings that are shown though they are as by default."""

_FIELD_WIDTH = 20

_STYLES = {
    "set by hand": "cyan",
    "pinned": "cyan",
    "held": "magenta",
    "gone upstream": "red",
    "follows upstream": "green",
}


def status_lines(status: Status) -> Iterator[Line]:
    """Render the standing of a whole catalog."""
    yield (("bold", visible(status.catalog)), ("", f", prices in USD per {unit_name(status.unit)}"))
    yield (("dim", newest_text(status)),)
    if status.lock is not None:
        yield (
            ("dim", f"{visible(status.lock.path)} was made with unit {status.lock.unit}, preset {status.lock.preset}."),
        )
    for warning in status.warnings:
        yield (("yellow", f"Warning: {visible(warning, 400)}"),)
    yield ()
    yield from _count_lines(status.standing)
    for title, rows in lists_of(status).items():
        if rows:
            yield ()
            yield (("bold", f"{title}:"), ("dim", f" {len(rows)}"))
            for name, text in rows:
                yield (("", f"  {visible(name)}"), ("dim", f"  {visible(text, 400)}"))
    yield ()
    yield from _setting_lines(status)


def _setting_lines(status: Status) -> Iterator[Line]:
    yield (("bold", "Settings in force:"),)
    shown = [one for one in status.settings if one.origin != "default" or one.setting in ALWAYS_SHOWN]
    for one in shown:
        yield (("", f"  {one.setting:<17} {visible(one.value_text, 400)}"), ("dim", f"  {visible(one.origin_text)}"))
    yield (("dim", f"  and {len(status.settings) - len(shown)} more as by default (--format json has them)"),)


def _count_lines(standing: Standing) -> Iterator[Line]:
    width = max(map(len, (*standing.providers, "provider")))
    yield (("dim", f"{'provider':<{width}}" + "".join(f"{name:>11}" for name in COUNTS)),)
    for provider in standing.providers:
        counts = standing.counts(provider)
        numbers = "".join(f"{counts[name] or '-':>11}" for name in COUNTS)
        yield (("", f"{visible(provider):<{width}}{numbers}"),)


def entry_lines(entry: EntryStanding, status: Status) -> Iterator[Line]:
    """Render one entry field by field: value, state, why, what upstream said, what changes it."""
    yield (("bold", visible(entry.name)), ("dim", f"  {visible(entry_text(entry), 400)}"))
    for pin in entry.pins:
        yield (("dim", f"  pinned: {visible(pin_text(pin))}"),)
    if entry.way_out:
        yield (("dim", f"  way out: {visible(entry.way_out, 600)}"),)
    width = max((_FIELD_WIDTH, *(len(field.field) + 2 for field in entry.fields)))
    indent = f"  {'':{width}}"
    for field in entry.fields:
        value = f"  {field.field:<{width}}{ours_text(field, status.unit)}  "
        yield (("", value), (_STYLES.get(field.state, ""), state_text(field)))
        yield (("dim", f"{indent}{visible(why_text(field, status.unit), 400)}"),)
        if field.command:
            yield (("dim", f"{indent}to change it: {visible(field.command, 400)}"),)
    if entry.beside:
        yield (("dim", f"  {beside_text(entry)}"),)
