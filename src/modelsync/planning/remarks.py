"""What a reader should know of the changes to one entry: limits that fall far, and comments that stay or go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.catalog.placing import path_of
from modelsync.domain import fields
from modelsync.planning.change_guards import remark
from modelsync.planning.changes import COMMENT, DROPPED, ROWS
from modelsync.planning.rows import comments_lost

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from modelsync.catalog.entries import Entry
    from modelsync.planning.changes import FieldChange
    from modelsync.planning.context import Draft, Inputs


def note_changes(
    entry: Entry, changed: Sequence[FieldChange], foreign: Collection[str], inputs: Inputs, draft: Draft
) -> None:
    """Note what is to be known of the changes to an entry. A limit of another model (`foreign`) does not fall."""
    own = (change for change in changed if change.field not in foreign)
    for change in own if inputs.policy.guard_changes else ():
        if text := remark(change, inputs.settings.guards, _pin_for(entry, change.field, inputs)):
            draft.note(DROPPED, entry.name, text)
    for text in comments_lost(entry, changed, inputs):
        draft.note(ROWS, entry.name, text)
    for text in _comments_beside(entry, changed, inputs):
        draft.note(COMMENT, entry.name, text)


def _pin_for(entry: Entry, field: str, inputs: Inputs) -> str:
    """Spell the pin that keeps a field: in the entry, unless entries have no place for one."""
    if inputs.layout.pinned:
        return f"`{'.'.join(inputs.layout.pinned)}: [{field}]` in the entry"
    return f'`pins = ["{entry.name}.{field}"]` in the settings'


def _comments_beside(entry: Entry, changed: Sequence[FieldChange], inputs: Inputs) -> Iterator[str]:
    """Yield the comments beside prices that move: they stay as they are, and often repeat the old price."""
    moved = (change.field for change in changed if fields.is_price(change.field) and change.new is not None)
    beside: dict[str, list[str]] = {}
    for name in (name for name in moved if name in entry.fields):
        beside.setdefault(inputs.comment_beside(path_of(entry, name, inputs.layout)), []).append(name)
    return (f"{', '.join(names)}: {comment}" for comment, names in beside.items() if comment)
