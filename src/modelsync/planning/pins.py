"""Pins that look like a slip of the pen: they fix nothing, or other than they seem to."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.planning.patterns import ALL_OF_IT, pinned_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from modelsync.catalog.entries import Entry, Section

_GROUPS = ("pricing", "pricing.batch", "pricing.tiers", "pricing.windows")


def doubtful_pins(sections: Iterable[Section], globs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what a person should look at, each pin once: whose it is, and a sentence. `globs` are those of the settings."""
    globs = tuple(dict.fromkeys(globs))
    entries = [entry for section in sections for entry in section.entries]
    pinned = [entry for entry in entries if entry.pins]
    if not globs and not pinned:
        return
    known = (*_GROUPS, *fields.ordered({*fields.ALL, *(name for entry in entries for name in entry.fields)}))
    for glob in globs:
        if not any(pinned_fields([glob], entry.provider, entry.key) for entry in entries):
            yield f"pin {glob}", f"it fixes nothing: {_why_idle(glob, [entry.name for entry in entries], known)}"
    for entry in pinned:
        yield from ((entry.name, text) for text in _own(entry, known))


def _own(entry: Entry, known: Collection[str]) -> Iterator[str]:
    effect = "the whole entry is pinned" if ALL_OF_IT in entry.pins else "it fixes nothing"
    for pin in entry.pins:
        if pin != ALL_OF_IT and not fields.is_pattern(pin):
            near = _nearest(pin, known)
            meant = f"; did you mean `{near}`?" if near else ""
            yield f"`{pin}` in its `pinned` is no field, so {effect}{meant}"


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
