"""A verification as JSON for machines. The shape is documented in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelsync.views.json import VERSION, dump
from modelsync.views.verified import counts

if TYPE_CHECKING:
    from modelsync.planning.verifying import Heard, Verdict
    from modelsync.views.verified import Verified


def verified_json(verified: Verified) -> str:
    """Render a verification as one JSON object with a final newline."""
    return dump({
        "version": VERSION,
        "catalog": verified.catalog,
        "day": verified.day,
        "applied": verified.applied,
        "backup": verified.backup,
        "exit_code": verified.exit_code,
        "summary": counts(verified),
        "providers": [_provider(heard) for heard in verified.heard],
        "entries": [_entry(verdict) for verdict in verified.verdicts],
        "remarks": [{"kind": remark.kind, "entries": list(remark.entries), "text": remark.text} for remark in verified.remarks],
        "messages": list(verified.messages),
    })  # fmt: skip


def _provider(heard: Heard) -> dict[str, Any]:
    served = heard.served
    return {
        "provider": heard.provider,
        "models": len(served.models) if served is not None else None,
        "complete": served.complete if served is not None else None,
        "digest": served.digest if served is not None else "",
        "why": served.incomplete_because if served is not None else heard.silence,
        "failed": heard.failed,
    }


def _entry(verdict: Verdict) -> dict[str, Any]:
    return {
        "entry": verdict.name,
        "model": verdict.model_id,
        "state": verdict.state,
        "level": verdict.level,
        "text": verdict.text,
        "served": verdict.served,
        "nearest": list(verdict.nearest),
        "lifecycle": verdict.lifecycle,
        "retires": verdict.retires,
        "fix": verdict.fix,
        "unfixable": verdict.unfixable,
    }
