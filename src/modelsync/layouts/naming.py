"""Whose model an entry is, and under which id: from what a file calls them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from modelsync.layouts.layout import Layout

UNNAMED = "unnamed"
"""The provider of entries of which nothing says whose they are."""

AGGREGATOR = "openrouter"
"""The provider whose ids keep the prefix of the vendor."""


class Name(Struct, frozen=True):
    """A provider by its usual name, a model id as that provider has it, and what stands before the id in the file."""

    provider: str
    model_id: str
    prefix: str = ""


def name_of(written: str, label: str, layout: Layout) -> Name:
    """Name a model by its id as it is written, and by what the file calls its provider (empty: it does not say).

    An id that a rewrite changed has no prefix, and is not what stands in the file.
    """
    model_id = written
    for pattern, replacement in layout.rewrites:
        model_id = re.sub(pattern, replacement, model_id)
    provider = layout.provider_named(label) if label else ""
    if layout.labels and (not provider or provider != AGGREGATOR or model_id.startswith(f"{AGGREGATOR}/")):
        provider, model_id = _without_prefix(provider, model_id, layout)
    prefix = written[: -len(model_id)] if model_id and written.endswith(model_id) else ""
    return Name(provider or UNNAMED, model_id, prefix)


def _without_prefix(provider: str, model_id: str, layout: Layout) -> tuple[str, str]:
    """Take the provider's name off the front of an id, and the provider from there where nothing else says it."""
    before, slash, rest = model_id.partition("/")
    owner = layout.provider_named(before) if slash and before and rest else ""
    if not provider:
        return (owner, rest) if owner else (layout.family(model_id), model_id)
    return (provider, rest) if owner == provider else (provider, model_id)
