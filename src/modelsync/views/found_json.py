"""The models of a catalog that fit what is asked, as JSON for machines. The shape is documented in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelsync.domain.fields import INPUT_PRICE, OUTPUT_PRICE
from modelsync.views.costs_json import call_facts, cost_facts, excess_facts
from modelsync.views.json import VERSION, dump, prefixed
from modelsync.views.shown_json import described

if TYPE_CHECKING:
    from modelsync.catalog.model import Model
    from modelsync.views.found import Found


def found_json(found: Found, *, exit_code: int) -> str:
    """Render the models in order, as one JSON object with a final newline."""
    costs = found.costs()
    shape: dict[str, Any] = {
        "version": VERSION,
        "catalog": found.catalog,
        "exit_code": exit_code,
        "unit": found.unit,
        "total": found.total,
        "call": call_facts(found.call) if found.call is not None else None,
        "too_small": [{"model": name, "exceeds": excess_facts(exceeds)} for name, exceeds in found.too_small],
    }
    models = [
        {**_model(model, found.unit), "cost": cost_facts(costs[model.name]) if costs else None}
        for model in found.models
    ]
    return dump({**shape, "models": models})


def _model(model: Model, unit: str) -> dict[str, Any]:
    return {
        **described(model),
        **prefixed("input", INPUT_PRICE, model.prices.get(INPUT_PRICE), unit),
        **prefixed("output", OUTPUT_PRICE, model.prices.get(OUTPUT_PRICE), unit),
    }
