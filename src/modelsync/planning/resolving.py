"""What each entry of a catalog resolves to: whose model it is, which one upstream, and what of its facts can be read."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.misfits import Misfit
from modelsync.domain import fields
from modelsync.errors import GuardRefused
from modelsync.layouts.labels import HOSTS, LABELS
from modelsync.layouts.naming import AGGREGATOR, UNNAMED, name_of
from modelsync.normalize.upstream import normalize
from modelsync.planning.guards import refuse_unit_slip
from modelsync.planning.match import Index, match
from modelsync.settings import vendors

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
    if all(one.standing == "left alone" for one in found):
        whose = ", ".join(sorted({one.entry.provider for one in found}))
        return (f"no list speaks for {whose}: there is nothing in this file that a sync could keep true",)
    if not any(one.standing == "matched" for one in found):
        return ("not one model is known upstream: the id or the provider is read from the wrong place",)
    models = {model.upstream: model for models in inputs.models.values() for model in models}
    pairs = [pair for one in found if one.standing == "matched" for pair in _prices(one.entry, models[one.upstream[0]])]
    swapped = _swapped([(one.entry, models[one.upstream[0]]) for one in found if one.standing == "matched"])
    try:
        refuse_unit_slip(pairs, unit=inputs.settings.unit)
    except GuardRefused as error:
        return (error.message, *swapped)
    return swapped


def _swapped(matched: Iterable[tuple[Entry, Model]]) -> tuple[str, ...]:
    """Say that input and output seem to be swapped: in most known rows one is what upstream says of the other."""
    pairs = [
        pair for entry, model in matched if (pair := tuple(_prices(entry, model))) and len(pair) == len(fields.PRICES)
    ]
    telling = [(into, out) for into, out in pairs if into[1] != out[1]]
    swapped = [
        (into, out)
        for into, out in telling
        if (into[0] == out[1] or out[0] == into[1]) and into[0] != into[1] and out[0] != out[1]
    ]
    if len(swapped) * 2 <= len(telling):
        return ()
    return (
        f"input and output look swapped: in {len(swapped)} of {len(telling)} known rows one price is what upstream says of the other",
    )


def strange_providers(resolved: Iterable[Resolved], inputs: Inputs) -> tuple[Misfit, ...]:
    """Return the names of providers in the layout's table that are none, while their rows would be known without them."""
    table, known = inputs.settings.layout, {AGGREGATOR, *vendors(inputs.settings).values()}
    if isinstance(table, str):
        return ()
    said = {**dict.fromkeys(table.providers.values(), "providers"), table.provider_is: "provider_is"}
    strange = {name: key for name, key in said.items() if name and name not in {*known, *HOSTS, *LABELS.values()}}
    rows = [one.entry for one in resolved if one.entry.provider in strange]
    owned = [(entry.provider, owner) for entry, owner in _owners(rows, inputs) if owner]
    counts = {name: Counter(owner for provider, owner in owned if provider == name) for name in strange}
    return tuple(Misfit(strange[name], _strange(name, owners)) for name, owners in counts.items() if owners)


def _owners(entries: list[Entry], inputs: Inputs) -> Iterator[tuple[Entry, str]]:
    """Tell whose models entries are by the usual names of providers, else by their own; nobody's where no list has them."""
    usual = replace(inputs.layout, labels=LABELS)
    named = [(entry, name_of(entry.prefix + (entry.model_id or entry.key), entry.label, usual)) for entry in entries]
    wanted = {owner for _, name in named for owner in (name.provider, usual.family(name.model_id)) if owner}
    models = normalize(inputs.listing, wanted, vendors(inputs.settings), inputs.policy)
    indexes = {owner: Index(owner, models.get(owner, ())) for owner in wanted}
    for entry, name in named:
        owners = [owner for owner in (name.provider, usual.family(name.model_id)) if owner]
        yield entry, next((owner for owner in owners if indexes[owner].search(name.model_id).models), "")


def _strange(name: str, owners: Counter[str]) -> str:
    near = get_close_matches(name, sorted(owners), n=1)
    meant = f"; did you mean `{near[0]}`?" if near else ""
    rows = f"{owners.total()} row{'s' if owners.total() > 1 else ''}"
    return f"`{name}` is no provider that a list speaks for, and {rows} would be known as of {', '.join(sorted(owners))}{meant}"


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
