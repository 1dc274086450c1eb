"""What a call costs by a catalog's prices: read from its file, without network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.catalog.ranking import charged
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
    _ = model.pricing  # damaged, it is refused: there is nothing else to say
    return Costing(str(project.catalog), call, (_cost(model, call),))


def costs_of(project: Project, names: Iterable[str], call: Call) -> Costing:
    """Work out what a call costs with each of these models of the catalog, in their order, each once.

    Raises what `open_catalog` raises, so that prices are never taken for another unit's, and `UsageError` for a name that the
    catalog does not have, with the nearest ones, or that means several.
    """
    catalog = view_of(open_catalog(project))
    models = {model.name: model for model in (catalog[name] for name in names)}
    return Costing(str(project.catalog), call, tuple(_cost(model, call) for model in models.values()))


def _cost(model: Model, call: Call) -> ModelCost:
    found = charged(model, call.usage, at=call.at, batch=call.batch)
    return ModelCost(model, found, model.exceeds(call.usage))
