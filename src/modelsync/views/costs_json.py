"""What calls cost, as JSON for machines. The shape is documented in docs/json.md. Amounts are strings, exact, in USD."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from modelsync.domain.money import plain
from modelsync.views.json import VERSION, dump

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.costing.limits import Excess
    from modelsync.views.costs import Call, Costing, ModelCost


def cost_json(costing: Costing, *, exit_code: int) -> str:
    """Render what a call costs with one model, as one JSON object with a final newline."""
    (model,) = costing.models
    return dump(_call(costing, exit_code) | _model(model))


def comparison_json(costing: Costing, *, exit_code: int) -> str:
    """Render what a call costs with each model, the cheapest first, as one JSON object with a final newline."""
    return dump(_call(costing, exit_code) | {"models": [_model(model) for model in costing.ranked()]})


def _call(costing: Costing, exit_code: int) -> dict[str, Any]:
    return {
        "version": VERSION,
        "catalog": costing.catalog,
        "exit_code": exit_code,
        **call_facts(costing.call),
    }


def call_facts(call: Call) -> dict[str, Any]:
    """Return when a call is made, how, and what it uses."""
    return {"at": call.at.isoformat(timespec="seconds"), "batch": call.batch, "usage": asdict(call.usage)}


def _model(model: ModelCost) -> dict[str, Any]:
    facts = {"model": model.name, "model_id": model.model.model_id, "exceeds": excess_facts(model.exceeds)}
    return facts | cost_facts(model)


def excess_facts(exceeds: Iterable[Excess]) -> list[dict[str, Any]]:
    """Return the limits that a call goes beyond, with what it has and the most there may be."""
    return [{"limit": limit.limit, "tokens": limit.tokens, "most": limit.most} for limit in exceeds]


def cost_facts(model: ModelCost) -> dict[str, Any]:
    """Return what a call costs with a model, line by line."""
    found = model.cost
    return {
        "total_usd": plain(found.total),
        "complete": found.complete,
        "unknown": list(found.unknown),
        "damage": model.damage,
        "above": found.above,
        "window": found.window,
        "lines": [
            {
                "component": line.component,
                "count": line.count,
                "rate_usd": plain(line.rate),
                "amount_usd": plain(line.amount),
                "price": line.price,
            }
            for line in found.lines
        ],
    }
