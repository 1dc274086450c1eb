"""What a catalog says, and which of its models fit: read from its file and its lock, without network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from modelsync.domain.lock import LockEntry, base_value
from modelsync.pipeline.opening import open_catalog, view_of
from modelsync.views.costs import Costing, ModelCost
from modelsync.views.found import Found, quoted
from modelsync.views.shown import Shown
from modelsync.views.text import unit_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from modelsync.catalog.model import Model
    from modelsync.project import Project
    from modelsync.views.costs import Call


class Wanted(Struct, frozen=True):
    """What a model must have: all these features, at least so much context, an input price of at most so much in the catalog's unit."""

    features: tuple[str, ...] = ()
    min_context: int = 0
    max_input_price: str | None = None
    provider: str | None = None

    def told(self, unit: str) -> tuple[str, ...]:
        """Say each of it in words."""
        return (
            *((self.provider,) if self.provider is not None else ()),
            *self.features,
            *((f"context of at least {self.min_context:,}",) if self.min_context else ()),
            *(
                (f"input of at most ${self.max_input_price} per {unit_name(unit)}",)
                if self.max_input_price is not None
                else ()
            ),
        )


def shown_model(project: Project, name: str) -> Shown:
    """Return all that the catalog says of a model, whichever of its names is given, and what the lock adds.

    Raises what `open_catalog` raises, `NoSuchModel` and `AmbiguousModel`.
    """
    opened = open_catalog(project)
    model = view_of(opened)[name]
    line = opened.lock.entries.get(model.name) if opened.lock is not None else None
    line = line or LockEntry("", "", {})
    (entry,) = (entry for entry in opened.entries if entry.name == model.name)
    same = {
        field: line.base[field]
        for field, found in entry.fields.items()
        if field in line.base and base_value(field, line.base[field]) == found.value
    }
    return Shown(
        catalog=str(project.catalog),
        line=opened.line_of(model.provider, model.key),
        unit=project.settings.unit,
        model=model,
        upstream=line.upstream,
        bases=same,
        retires=line.retires,
        missing_since=line.missing_since,
        pins=entry.pins,
        damage=model.damage,
    )


_ORDERS: dict[str, Callable[[Model, Call | None], tuple[object, ...]]] = {
    "input": lambda model, call: _ascending(quoted(model, "input", call)),
    "output": lambda model, call: _ascending(quoted(model, "output", call)),
    "context": lambda model, _: _descending(model.context_length),
    "max-output": lambda model, _: _descending(model.max_output_tokens),
    "name": lambda model, _: (model.name,),
}
"""How models may be ordered besides by the cost of a call: what is unknown stands last."""

ORDERS = ("cost", *_ORDERS)


def found_models(project: Project, wanted: Wanted, *, call: Call | None = None, order: str = "") -> Found:
    """Return the models of the catalog that are wanted: by what the call costs, else the cheapest input first, else in `order`.

    Those that cannot take the call are left out, and named. Raises what `open_catalog` and `Catalog.find` raise.
    """
    catalog = view_of(open_catalog(project))
    asked = asdict(wanted)
    models = catalog.find(**asked)
    costing, too_small = None, ()
    if call is not None:
        ranked = catalog.cheapest(call.usage, at=call.at, batch=call.batch, **asked)
        costing = Costing(str(project.catalog), call, tuple(ModelCost(model, cost) for model, cost in ranked))
        too_small = tuple((model.name, exceeds) for model in models if (exceeds := model.exceeds(call.usage)))
        models = [model for model, _ in ranked]
    if order in _ORDERS:
        models.sort(key=lambda model: _ORDERS[order](model, call))
    told = wanted.told(catalog.unit)
    return Found(str(project.catalog), catalog.unit, len(catalog), told, tuple(models), costing, too_small)


def _ascending(price: Decimal | None) -> tuple[object, ...]:
    known = price is not None and price >= 0
    return (not known, price if known else 0)


def _descending(limit: int | None) -> tuple[object, ...]:
    return (-(limit or 0),)
