"""Check what a person names on the command line against the catalog, before anything is planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.errors import Refused, UsageError
from modelsync.planning.entry import pins_of
from modelsync.planning.patterns import is_pinned

if TYPE_CHECKING:
    from modelsync.catalog.entries import Entry
    from modelsync.planning.context import Inputs


def check_requests(inputs: Inputs) -> None:
    """Raise `UsageError` for a `--take` or `--accept` that names nothing, and `Refused` for a `--take` of a pinned value."""
    entries = {entry.name: entry for section in inputs.sections for entry in section.entries}
    for name in inputs.options.accept:
        if find_entry(name, entries, "--accept").name != name:
            raise UsageError(f"--accept {name}: accept a whole entry", hint="Name it as provider/key.")
    for name in inputs.options.take:
        entry = find_entry(name, entries, "--take")
        part = name[len(entry.name) + 1 :]
        taken = [field for field in (*fields.OWNED, fields.FEATURES) if not part or fields.covers(part, field)]
        if not taken:
            hint = f"Fields: {', '.join((*fields.OWNED, fields.FEATURES))}; `pricing` is all prices."
            raise UsageError(f"--take {name}: upstream owns no field `{part}`", hint=hint)
        if all(is_pinned(pins_of(entry, inputs), field) for field in taken):
            raise Refused(f"--take {name}: it is pinned", hint="Remove the pin from the entry or the settings first.")


def find_entry(name: str, entries: dict[str, Entry], asked_by: str) -> Entry:
    """Return the entry that `provider/key` or `provider/key.field` names. Raises `UsageError` with the nearest names."""
    if name in entries:
        return entries[name]
    for cut in (place for place, letter in enumerate(name) if letter == "."):
        if name[:cut] in entries:
            return entries[name[:cut]]
    from difflib import get_close_matches

    near = get_close_matches(name, entries, n=3, cutoff=0.5)
    hint = f"Did you mean {', '.join(near)}?" if near else "Name an entry as provider/key."
    raise UsageError(f"{asked_by} {name}: no such entry", hint=hint)
