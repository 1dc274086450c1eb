"""What providers serve, as JSON for machines. The shape is documented in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelsync.views.json import VERSION, dump

if TYPE_CHECKING:
    from modelsync.views.served import Answer, Offer, Serving


def serving_json(serving: Serving, *, exit_code: int) -> str:
    """Render every answer with all the models that were wanted, as one JSON object with a final newline."""
    return dump({
        "version": VERSION,
        "day": serving.day,
        "catalog": serving.catalog or None,
        "exit_code": exit_code,
        "providers": [_answer(answer, compared=bool(serving.catalog)) for answer in serving.answers],
    })  # fmt: skip


def _answer(answer: Answer, *, compared: bool) -> dict[str, Any]:
    return {
        "provider": answer.provider,
        "display": answer.display,
        "state": answer.state,
        "message": answer.message,
        "hint": answer.hint,
        "variables": list(answer.variables),
        "list": _list(answer),
        "models": [_offer(offer, compared=compared) for offer in answer.offers],
    }


def _list(answer: Answer) -> dict[str, Any] | None:
    listed = answer.listed
    if listed is None:
        return None
    return {
        "models": len(listed.models),
        "complete": listed.complete,
        "incomplete_because": listed.incomplete_because,
        "digest": listed.digest,
        "left_out": [{"subject": record.subject, "reason": record.reason} for record in listed.quarantined],
        "notes": list(listed.notes),
    }


def _offer(offer: Offer, *, compared: bool) -> dict[str, Any]:
    model = offer.model
    return {
        "id": model.id,
        "name": model.name,
        "kind": model.kind,
        "created": model.created,
        "context_length": model.context_length,
        "max_output_tokens": model.max_output_tokens,
        "features": sorted(model.features),
        "lacks": sorted(model.lacks),
        "lifecycle": model.lifecycle,
        "retires": model.retires,
        "alias_of": model.alias_of,
        "in_catalog": list(offer.keys) if compared else None,
    }
