"""Where a catalog keeps its providers, entries and fields. A layout is data; the engine knows none by name."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from modelsync.domain import fields


class Layout(Struct, frozen=True):
    """The shape of a catalog.

    `providers` is the path of the mapping that holds the providers; `models` is the path, inside one provider, of the mapping
    that holds its entries by key. `paths` says where an entry keeps each field; `pinned` is the entry's own pin.
    """

    providers: tuple[str, ...]
    models: tuple[str, ...]
    paths: Mapping[str, tuple[str, ...]]
    pinned: str


LLM_MODELS = Layout(
    providers=("providers",),
    models=("models",),
    paths={
        fields.MODEL: ("model",),
        fields.DESCRIPTION: ("description",),
        fields.CONTEXT_LENGTH: ("context_length",),
        fields.MAX_OUTPUT_TOKENS: ("max_output_tokens",),
        fields.INPUT_PRICE: ("pricing", "input"),
        fields.OUTPUT_PRICE: ("pricing", "output"),
        fields.FEATURES: ("features",),
    },
    pinned="pinned",
)
"""The original's shape: `providers.<provider>.models.<key>.{model, description, …, pricing.{input, output}, features[]}`."""
