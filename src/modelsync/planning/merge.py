"""The three-way merge of single fields: base (the lock), ours (the file), theirs (upstream).

A base has three states: a value, "upstream had none" (`Base` with value None), and no record (None). It moves only when the
file ends equal to upstream, by `--ours`, or from the model that an entry had to the one that it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from modelsync.domain.lock import Base, base_value

if TYPE_CHECKING:
    from modelsync.catalog.entries import Field
    from modelsync.domain.fields import Value

BaseMove: TypeAlias = Literal["stay", "theirs", "none"]


class How(Struct, frozen=True):
    """What applies to one field in this run.

    first_sync: the catalog has no lock at all. keep_by_hand: three-way merge (otherwise upstream wins). pinned, take, ours:
    the person's word on this field. other_model: the base is still that of the
    model which the entry had before its id was edited.
    """

    first_sync: bool = False
    keep_by_hand: bool = True
    pinned: bool = False
    take: bool = False
    ours: bool = False
    other_model: bool = False


class Outcome(Struct, frozen=True):
    """What becomes of a field: `write` this value (None: leave the file), move the base so, and report `kept` if not empty."""

    write: Value | None = None
    base: BaseMove = "stay"
    kept: str = ""
    reason: str = ""


_LEFT = Outcome()


def merge_owned(name: str, ours: Field | None, base: Base | None, theirs: Value | None, how: How) -> Outcome:
    """Merge a price or a limit. `ours` is None where the file does not have the field; `theirs` None where upstream does not say."""
    present = ours is not None and ours.present
    differs = present and ours is not None and ours.value != theirs
    if how.pinned:
        return Outcome(kept="pinned") if differs and theirs is not None else _LEFT
    if theirs is None:
        return Outcome(base="none") if base is None or (how.other_model and base.value is None) else _LEFT
    if present and not differs:
        return Outcome(base="theirs")
    if how.take:
        return Outcome(write=theirs, base="theirs", reason="taken as you asked")
    outcome = _merge_present(name, ours, base, theirs, how) if present else _merge_absent(base, theirs, how)
    return replace(outcome, base="theirs") if how.other_model else outcome


def _merge_absent(base: Base | None, theirs: Value, how: How) -> Outcome:
    deleted = base is not None and base.value is not None and how.keep_by_hand
    return _LEFT if deleted else Outcome(write=theirs, base="theirs", reason="filled in")


def _merge_present(name: str, ours: Field | None, base: Base | None, theirs: Value, how: How) -> Outcome:
    if how.ours:
        return Outcome(base="theirs", kept="kept as you asked")
    if not how.keep_by_hand:
        return Outcome(write=theirs, base="theirs", reason="upstream wins")
    if base is None:
        replaced = Outcome(write=theirs, base="theirs", reason="first sync, typed values replaced")
        return replaced if how.first_sync else Outcome(kept="set by hand")
    agreed = base_value(name, base)
    if agreed is None:
        return Outcome(kept="set by hand while upstream had none")
    if ours is not None and ours.value == agreed:
        return Outcome(write=theirs, base="theirs", reason="upstream changed")
    return Outcome(kept="set by hand")


def merge_features(
    ours: tuple[str, ...], base: tuple[str, ...], theirs: tuple[str, ...], how: How
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Merge the features: custom ones stay, new ones arrive, deleted ones stay deleted. Returns the file's and the base's."""
    if how.pinned:
        return ours, base
    if how.take or not how.keep_by_hand:
        return _joined(ours, theirs), _joined(base, theirs)
    if how.other_model:
        stay = tuple(name for name in ours if name not in base or name in theirs)
        return _joined(stay, theirs), theirs
    new = tuple(name for name in theirs if name not in base)
    return (_joined(ours, new), _joined(base, new)) if new else (ours, base)


def _joined(first: tuple[str, ...], then: tuple[str, ...]) -> tuple[str, ...]:
    return first + tuple(name for name in dict.fromkeys(then) if name not in first)


def merge_filled(ours: Field | None, base: Base | None, theirs: str | None, how: How) -> Outcome:
    """Merge a description or a model id: written only when missing and never deleted by hand."""
    present = ours is not None and ours.present
    if present:
        return Outcome(base="theirs")
    deleted = base is not None and base.value is not None and how.keep_by_hand
    if theirs is None or deleted or how.pinned:
        return _LEFT
    return Outcome(write=theirs, base="theirs", reason="filled in")
