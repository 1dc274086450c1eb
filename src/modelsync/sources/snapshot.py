"""The snapshot embedded in the package: one OpenRouter listing reduced to facts, so that modelsync works offline.

The file is gzip-compressed JSON in OpenRouter's own shape plus a `"day"`; it holds ids, names, numbers, dates, parameter
and modality lists, and no prose. `reduce` makes one from any listing; `read` gives the bytes and the day back.

A new one is made from a saved answer of the list API with `make snapshot LISTING=models.json DAY=2026-08-21`, that is
`tools/snapshot.py`.
"""

from __future__ import annotations

import zlib
from typing import Any

import msgspec

from modelsync.errors import NothingFetched

NAME = "snapshot"
_FACTS = (
    "id", "name", "created", "context_length", "architecture", "pricing", "top_provider", "supported_parameters", "hugging_face_id",
    "alias_target", "expiration_date", "knowledge_cutoff",
)  # fmt: skip
_ARCHITECTURE = ("modality", "input_modalities", "output_modalities")
_TOP_PROVIDER = ("context_length", "max_completion_tokens")


class _Dated(msgspec.Struct):
    day: str


def reduce(listing: bytes, *, day: str) -> bytes:
    """Make the snapshot file from the bytes of a listing that was true on `day` (ISO date). The same input, the same bytes."""
    models = [_facts(model) for model in msgspec.json.decode(listing)["data"]]
    body = msgspec.json.encode({"day": day, "data": models})
    packer = zlib.compressobj(level=9, wbits=31)
    return packer.compress(body) + packer.flush()


def _facts(model: dict[str, Any]) -> dict[str, Any]:
    kept = {key: model[key] for key in _FACTS if model.get(key) not in (None, "", [])}
    for key, parts in (("architecture", _ARCHITECTURE), ("top_provider", _TOP_PROVIDER)):
        whole: dict[str, Any] = model.get(key) or {}
        kept[key] = {part: whole.get(part) for part in parts}
    return kept


def read(compressed: bytes) -> tuple[bytes, str]:
    """Unpack a snapshot file: the listing's bytes, and the day (ISO) on which it was true."""
    try:
        body = zlib.decompress(compressed, wbits=31)
        day = msgspec.json.decode(body, type=_Dated).day
    except (zlib.error, msgspec.DecodeError) as error:
        raise NothingFetched(f"the snapshot is damaged: {error}", hint="Install modelsync again.") from error
    return body, day
