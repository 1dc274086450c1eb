"""What a call costs with models that are to be compared, and which of them is the cheapest."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from modelsync.costing.cost import Cost

if TYPE_CHECKING:
    from datetime import datetime

    from modelsync.catalog.model import Model
    from modelsync.costing.usage import Usage


def charged(model: Model, usage: Usage, *, at: datetime, batch: bool) -> Cost:
    """Work out what a call costs, as `Model.cost` does; where the prices are damaged, all that is used is unknown."""
    if model.damage:
        used = tuple(component for component, count in asdict(usage).items() if count)
        return Cost(Decimal(0), (), used, batch=batch)
    return model.cost(usage, at=at, batch=batch)


def cheapest_first(pair: tuple[Model, Cost]) -> tuple[object, ...]:
    """Order models by what a call costs with them: those that lack a price stand last, whatever the rest costs, the damaged after them."""
    model, found = pair
    return (bool(model.damage), not found.complete, found.total, model.name)
