"""What a call costs by a catalog's prices: read from its file, without network."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from modelsync.costing.cost import Cost
from modelsync.errors import CatalogInvalid
from modelsync.pipeline.opening import open_catalog, view_of
from modelsync.views.costs import Costing, ModelCost

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.catalog.model import Model
    from modelsync.project import Project
    from modelsync.views.costs import Call


def cost_of(project: Project, name: str, call: Call) -> Costing:
    """Work out what a call costs with a model of the catalog. Raises what `costs_of` raises, and `CatalogInvalid` for damaged prices."""
    model = view_of(open_catalog(project))[name]
    return Costing(str(project.catalog), call, (_cost(model, call),))


def costs_of(project: Project, names: Iterable[str], call: Call) -> Costing:
    """Work out what a call costs with each of these models of the catalog, in their order, each once.

    Raises what `open_catalog` raises, so that prices are never taken for another unit's, and `UsageError` for a name that the
    catalog does not have, with the nearest ones, or that means several.
    """
    catalog = view_of(open_catalog(project))
    models = {model.name: model for model in (catalog[name] for name in names)}
    return costing(str(project.catalog), models.values(), call)


def costing(catalog: str, models: Iterable[Model], call: Call) -> Costing:
    """Work out what a call costs with each of these models, in their order. With one whose prices are damaged all is unknown."""
    return Costing(catalog, call, tuple(_cost_if_readable(model, call) for model in models))


def _cost_if_readable(model: Model, call: Call) -> ModelCost:
    try:
        return _cost(model, call)
    except CatalogInvalid as error:
        used = tuple(component for component, count in asdict(call.usage).items() if count)
        return ModelCost(model.name, model.model_id, Cost(Decimal(0), (), used, batch=call.batch), damage=error.problem)


def _cost(model: Model, call: Call) -> ModelCost:
    found = model.cost(call.usage, at=call.at, batch=call.batch)
    return ModelCost(model.name, model.model_id, found, offered=not call.batch or model.pricing.batch is not None)
