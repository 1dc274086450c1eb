"""Pins that look like a slip of the pen: they fix nothing, or other than they seem to."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias

from modelsync.domain import fields
from modelsync.planning.patterns import ALL_OF_IT, pinned_fields
from modelsync.planning.rows import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from modelsync.catalog.entries import Entry, Section
    from modelsync.domain.lock import Lock

    UpstreamHas: TypeAlias = Callable[[str], tuple[Collection[str], bool]]
    """Returns the fields that upstream is known to have of an entry, named as `provider/key`, and whether these are all."""


def doubtful_pins(
    sections: Iterable[Section], globs: Iterable[str], upstream: UpstreamHas
) -> Iterator[tuple[str, str]]:
    """Yield what a person should look at, each pin once: whose it is, and a sentence. `globs` are those of the settings."""
    globs = tuple(dict.fromkeys(globs))
    entries = [entry for section in sections for entry in section.entries]
    pinned = [entry for entry in entries if entry.pins]
    if globs:
        yield from idle_globs(entries, globs, upstream)
    known = _known(entries) if pinned else ()
    for entry in pinned:
        yield from ((entry.name, text) for text in (*_no_fields(entry, known), *rowless_pins(entry, upstream)))


def remembered(lock: Lock | None) -> UpstreamHas:
    """Tell what upstream had of each entry by the lock alone: it does not know what was pinned all along."""

    def has(name: str) -> tuple[Collection[str], bool]:
        line = lock.entries.get(name) if lock is not None else None
        return (
            [field for field, base in line.base.items() if base.value is not None] if line is not None else ()
        ), False

    return has


def idle_globs(entries: Collection[Entry], globs: Iterable[str], upstream: UpstreamHas) -> Iterator[tuple[str, str]]:
    """Yield the pins of the settings that fix nothing, each once, and why."""
    for glob in dict.fromkeys(globs):
        fixed = [(entry, field) for entry in entries for field in pinned_fields([glob], entry.provider, entry.key)]
        reasons = [_no_such_row(field, entry, upstream) for entry, field in fixed]
        if all(reasons):
            why = reasons[0] if reasons else _why_idle(glob, [entry.name for entry in entries], _known(entries))
            yield f"pin {glob}", f"it fixes nothing: {why}"


def rowless_pins(entry: Entry, upstream: UpstreamHas) -> Iterator[str]:
    """Say of each of an entry's own pins of a tier or a window whether there is one."""
    for pin in entry.pins:
        if why := _no_such_row(pin, entry, upstream):
            yield f"`{pin}` in its `pinned` fixes nothing: {why}"


def _known(entries: Iterable[Entry]) -> tuple[str, ...]:
    return (*fields.GROUPS, *fields.ordered({*fields.ALL, *(name for entry in entries for name in entry.fields)}))


def _no_fields(entry: Entry, known: Collection[str]) -> Iterator[str]:
    effect = "the whole entry is pinned" if ALL_OF_IT in entry.pins else "it fixes nothing"
    for pin in entry.pins:
        if pin != ALL_OF_IT and not fields.is_pattern(pin):
            near = _nearest(pin, known)
            meant = f"; did you mean `{near}`?" if near else ""
            yield f"`{pin}` in its `pinned` is no field, so {effect}{meant}"


def _no_such_row(pin: str, entry: Entry, upstream: UpstreamHas) -> str:
    """Say that there is no such tier or window, in the file or upstream; empty where there is, and where none can be told."""
    row = fields.row_of(pin) or fields.row_of(f"{pin}.input")
    if not row:
        return ""
    has, certain = upstream(entry.name)
    there = {fields.row_of(name) for name in (*entry.fields, *has)}
    beside = sorted(other for other in there if other and other.rpartition(".")[0] == row.rpartition(".")[0])
    if row in there or not (beside or certain):
        return ""
    near = _nearest(row, beside)
    meant = f"; did you mean `{near}{pin[len(row) :]}`?" if near else ""
    return f"there is no {kind_of(row)} {row.rpartition('.')[2]}{meant}"


def _why_idle(glob: str, names: Collection[str], known: Collection[str]) -> str:
    """Say what a pin of the settings names wrongly, the field or the entry, and what is near."""
    cuts = [(glob[:place], glob[place + 1 :]) for place, letter in enumerate(glob) if letter == "."]
    for name, field in cuts:
        near = _nearest(field, known)
        if near and any(fnmatchcase(one, name) for one in names):
            return f"`{field}` is no field; did you mean {name}.{near}?"
    wanted, field = next(((name, f".{field}") for name, field in cuts if fields.is_pattern(field)), (glob, ""))
    near = _nearest(wanted, names)
    return f"no entry has that name{f'; did you mean {near}{field}?' if near else ''}"


def _nearest(word: str, known: Collection[str]) -> str:
    """Return the one of the known words that is most like a word, or empty."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, n=1)), "")
