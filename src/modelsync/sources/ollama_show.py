"""What `POST /api/show` says of one Ollama model: how much it can read at once, and what it can do."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

from modelsync.domain.fields import EMBEDDINGS
from modelsync.domain.served import Served
from modelsync.sources.facts import inputs, stated, tokens
from modelsync.sources.records import UNREADABLE

_KINDS = {"completion": "", "embedding": EMBEDDINGS, "image": "image"}
_INPUTS = (("vision", "image"), ("audio", "audio"))
_HAS_OR_LACKS = (("tools", "function_calling"), ("vision", "vision"))
_HAS = {"thinking": "reasoning", "embedding": EMBEDDINGS}
_NUM_CTX = re.compile(r"^num_ctx\s+(\d{1,12})\s*$", re.MULTILINE)


class Shown(Struct, frozen=True):
    """The context length as it was stated, and the capabilities in Ollama's words; None where nothing was stated."""

    context: Any = None
    capabilities: list[str] | None = None


class _Show(Struct):
    parameters: str | None = None
    model_info: dict[str, Any] | None = None
    capabilities: list[str] | None = None


def read(body: bytes | None) -> Shown | None:
    """Read an answer; None when there is none, or it is something else. `num_ctx` in the model's parameters is what counts."""
    try:
        show = msgspec.json.decode(body or b"", type=_Show)
    except UNREADABLE:
        return None
    info = show.model_info or {}
    if not info and show.capabilities is None:
        return None
    context = info.get(f"{info.get('general.architecture')}.context_length")
    chosen = _NUM_CTX.search(show.parameters or "")
    return Shown(int(chosen[1]) if chosen else context, show.capabilities)


def described(name: str, shown: Shown, *, alias_of: str) -> Served:
    """Return the model as its server describes it. Without capabilities, what it is for is unclear."""
    can = shown.capabilities
    features, lacks = stated((None if can is None else word in can, feature) for word, feature in _HAS_OR_LACKS)
    also = frozenset(feature for word, feature in _HAS.items() if word in (can or ()))
    return Served(
        name,
        context_length=tokens(shown.context),
        features=features | also | inputs(modality for word, modality in _INPUTS if word in (can or ())),
        lacks=lacks,
        kind=next((kind for word, kind in _KINDS.items() if word in (can or ())), "other"),
        alias_of=alias_of,
    )
