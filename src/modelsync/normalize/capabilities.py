"""Features of a model, under the names the field uses, from what upstream lists of modalities and parameters."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from modelsync.domain.fields import EMBEDDINGS

if TYPE_CHECKING:
    from modelsync.domain.listing import Record
    from modelsync.domain.money import Variable


def _costs(price: Decimal | Variable | None) -> bool:
    """Say whether upstream charges for something; older lists write 0 where it is not offered."""
    return isinstance(price, Decimal) and price > 0


_READS = {"image": "vision", "audio": "audio_input", "video": "video_input", "file": "file_input"}
_NONE: frozenset[str] = frozenset()


def features(record: Record, stated: frozenset[str] = _NONE, lacks: frozenset[str] = _NONE) -> tuple[str, ...]:
    """Derive the features of a model, in a fixed order. Vision means images among the *inputs*.

    `stated` are those that the provider itself says the model has, `lacks` those it says the model has not: they win.
    """
    searches = _costs(record.prices.get("web_search"))
    return _derive(
        record.input_modalities, record.output_modalities, record.parameters, stated, lacks, searches=searches
    )


@lru_cache(maxsize=4096)  # many models of a list can do the same
def _derive(
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    parameters: frozenset[str],
    stated: frozenset[str],
    lacks: frozenset[str],
    *,
    searches: bool,
) -> tuple[str, ...]:
    if lacks:
        inputs = tuple(modality for modality in inputs if _READS.get(modality) not in lacks)
    found = {
        "vision": "image" in inputs,
        "multimodal": "image" in inputs or "audio" in inputs,
        "function_calling": "tools" in parameters,
        "structured_outputs": "structured_outputs" in parameters or "response_format" in parameters,
        "reasoning": "reasoning" in parameters or "include_reasoning" in parameters,
        "audio_input": "audio" in inputs,
        "video_input": "video" in inputs,
        "file_input": "file" in inputs,
        "audio_output": "audio" in outputs or "speech" in outputs,
        "image_output": "image" in outputs,
        "video_output": "video" in outputs,
        "web_search": "web_search_options" in parameters or searches,
        EMBEDDINGS: EMBEDDINGS in outputs,
        "rerank": "rerank" in outputs,
    }
    if not stated and not lacks:
        return tuple(name for name, present in found.items() if present)
    have = tuple(name for name, present in found.items() if (present or name in stated) and name not in lacks)
    return have + tuple(sorted(stated - found.keys() - lacks))


def original_features(record: Record) -> tuple[str, ...]:
    """Derive features by the original task's rules, which read the modality *string* and so count image output as vision."""
    found = {
        "vision": "image" in record.modality,
        "multimodal": "image" in record.modality or "audio" in record.modality,
        "function_calling": "tools" in record.parameters,
        "structured_outputs": "response_format" in record.parameters,
    }
    return tuple(name for name, present in found.items() if present)
