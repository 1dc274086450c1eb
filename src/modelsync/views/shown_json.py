"""Everything a catalog says of one model, as JSON for machines. The shape is documented in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelsync.views.json import VERSION, dump, prefixed

if TYPE_CHECKING:
    from modelsync.catalog.model import Model
    from modelsync.views.shown import Shown


def shown_json(shown: Shown) -> str:
    """Render one model, as one JSON object with a final newline."""
    retires = shown.retires
    return dump(
        {
            "version": VERSION,
            "catalog": shown.catalog,
            "line": shown.line,
            "unit": shown.unit,
            **described(shown.model),
            "upstream": shown.upstream,
            "retires": {"day": retires.value, "source": retires.source, "since": retires.day} if retires else None,
            "missing_since": shown.missing_since,
            "pins": list(shown.pins),
            "damage": shown.damage,
            "prices": [_price(shown, name) for name in shown.model.prices],
        }
    )


def described(model: Model) -> dict[str, Any]:
    """Return what an entry says of its model besides prices."""
    return {
        "model": model.name,
        "provider": model.provider,
        "key": model.key,
        "model_id": model.model_id,
        "description": model.description,
        "context_length": model.context_length,
        "max_output_tokens": model.max_output_tokens,
        "features": sorted(model.features),
    }


def _price(shown: Shown, name: str) -> dict[str, Any]:
    base = shown.bases.get(name)
    return {
        "price": name,
        **prefixed("value", name, shown.model.prices[name], shown.unit),
        "since": base.day if base is not None else "",
        "source": base.source if base is not None else "",
    }
