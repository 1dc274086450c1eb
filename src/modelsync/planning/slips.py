"""Whether a listing seems to count in another unit, by every price that can be measured, before any of them is written."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.domain.lock import base_value
from modelsync.normalize.identity import split_vendor
from modelsync.planning.guards import Slips
from modelsync.planning.weighing import nearer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modelsync.catalog.entries import Entry
    from modelsync.domain.lock import LockEntry
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Inputs


def find_slips(pairs: Iterable[tuple[Entry, Model]], inputs: Inputs) -> Slips:
    """Measure every price that the catalog or the lock knows, by the models of the entries."""
    found: dict[str, list[Decimal]] = {}
    lines = inputs.lock.entries if inputs.lock is not None else {}
    for entry, model in pairs:
        locked = lines.get(entry.name)
        if locked is None or locked.native or locked.upstream == model.upstream:
            vendor = split_vendor(model.upstream)[0]
            found.setdefault(vendor, []).extend(_ratios(entry, model, locked, inputs))
    return Slips(inputs.listing.source, {vendor: tuple(ratios) for vendor, ratios in found.items()})


def _ratios(entry: Entry, model: Model, locked: LockEntry | None, inputs: Inputs) -> Iterator[Decimal]:
    """Yield how many times what it was each price of an entry is; one where a person vouches for what upstream says."""
    vouched = inputs.options.ours or entry.name in inputs.options.accept
    for name in fields.PRICES:
        now, known = model.values.get(name), _known(name, entry, model, locked)
        if isinstance(now, Decimal) and known is not None and known > 0:
            yield Decimal(1) if vouched else now / known


def _known(name: str, entry: Entry, model: Model, locked: LockEntry | None) -> Decimal | None:
    """The price that upstream's is measured by: the file's or the base, whichever is nearer; None where both are another model's."""
    if locked is not None and name in locked.foreign:
        return None
    field = entry.fields.get(name)
    ours = field.value if field is not None else None
    base = locked.base.get(name) if locked is not None else None
    agreed = base_value(name, base) if base is not None else None
    now = model.values.get(name)
    if isinstance(ours, Decimal) and isinstance(agreed, Decimal) and isinstance(now, Decimal):
        return nearer(agreed, ours, now)
    return next((price for price in (ours, agreed) if isinstance(price, Decimal)), None)
