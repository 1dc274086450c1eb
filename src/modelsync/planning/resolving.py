"""What each entry of a catalog resolves to: whose model it is, which one upstream, and what of its facts can be read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from modelsync.domain import fields
from modelsync.errors import GuardRefused
from modelsync.layouts.naming import UNNAMED
from modelsync.planning.guards import refuse_unit_slip
from modelsync.planning.match import Index, match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modelsync.catalog.entries import Entry
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Inputs

Standing: TypeAlias = Literal["matched", "unknown", "several", "left alone", "unnamed", "damaged"]


class Resolved(Struct, frozen=True):
    """One entry: how it stands, the upstream id it means (or the candidates), and what of it cannot be read.

    It is `left alone` where no list speaks for its provider, and `unnamed` where nothing says whose model it is.
    """

    entry: Entry
    standing: Standing
    upstream: tuple[str, ...] = ()
    how: str = ""
    problems: tuple[str, ...] = ()


def resolve(inputs: Inputs) -> tuple[Resolved, ...]:
    """Resolve every entry, in the order of the sections."""
    return tuple(_resolved(entry, inputs) for entry in _entries(inputs))


def complaints(resolved: Iterable[Resolved], inputs: Inputs) -> tuple[str, ...]:
    """Say what is wrong with a catalog as a whole: no entry, none that is known, or prices of another unit."""
    found = tuple(resolved)
    if not found:
        return ("no entry: the pattern leads nowhere, or what it leads to has none of the fields",)
    if not any(one.standing == "matched" for one in found):
        return ("not one model is known upstream: the id or the provider is read from the wrong place",)
    models = {model.upstream: model for models in inputs.models.values() for model in models}
    pairs = [pair for one in found if one.standing == "matched" for pair in _prices(one.entry, models[one.upstream[0]])]
    try:
        refuse_unit_slip(pairs, unit=inputs.settings.unit)
    except GuardRefused as error:
        return (error.message,)
    return ()


def _entries(inputs: Inputs) -> Iterator[Entry]:
    return (entry for section in inputs.sections for entry in section.entries)


def _resolved(entry: Entry, inputs: Inputs) -> Resolved:
    problems = tuple(field.obstacle for field in entry.fields.values() if field.obstacle)
    if entry.blocked:
        return Resolved(entry, "damaged", problems=(entry.blocked, *problems))
    if entry.provider == UNNAMED:
        return Resolved(entry, "unnamed", problems=problems)
    if entry.provider not in inputs.covered:
        return Resolved(entry, "left alone", problems=problems)
    known = inputs.lock.entries.get(entry.name) if inputs.lock is not None else None
    found = match(entry, Index(entry.provider, inputs.models[entry.provider]), known, inputs.settings.match)
    ids = tuple(model.upstream for model in found.models)
    standing: Standing = "unknown" if not ids else "several" if found.ambiguous else "matched"
    return Resolved(entry, standing, ids, found.how, problems)


def _prices(entry: Entry, model: Model) -> Iterator[tuple[Decimal, Decimal]]:
    for name in fields.PRICES:
        field, theirs = entry.fields.get(name), model.values.get(name)
        if field is not None and isinstance(field.value, Decimal) and isinstance(theirs, Decimal):
            yield field.value, theirs
