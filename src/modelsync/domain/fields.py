"""The fields of a model that modelsync understands, and the values they hold.

Prices are USD per token, limits are tokens, features are names. Which of them a sync owns decides how it merges them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from modelsync.domain.pricing import PER_USE

if TYPE_CHECKING:
    from decimal import Decimal

    Value: TypeAlias = int | Decimal | str | tuple[str, ...]
else:
    Value = Any  # for decoders: a Decimal and a str look alike in JSON, so the field's name must tell them apart

MODEL = "model"
DESCRIPTION = "description"
CONTEXT_LENGTH = "context_length"
MAX_OUTPUT_TOKENS = "max_output_tokens"
INPUT_PRICE = "pricing.input"
OUTPUT_PRICE = "pricing.output"
FEATURES = "features"

PRICES = (INPUT_PRICE, OUTPUT_PRICE)
LIMITS = (CONTEXT_LENGTH, MAX_OUTPUT_TOKENS)
OWNED = (*LIMITS, *PRICES)
"""Fields whose value follows upstream until a person sets one by hand."""

FILLED = (DESCRIPTION, MODEL)
"""Fields written only where they are missing."""

ALL = (MODEL, DESCRIPTION, *LIMITS, *PRICES, FEATURES)
"""Every field, in the order in which a new entry spells them."""

EMBEDDINGS = "embeddings"
"""The feature that marks an embeddings model, which pruning never removes."""


def is_price(field: str) -> bool:
    """Say whether a field holds money: USD per token, or of some prices (see `is_per_use`) USD for each."""
    return field.startswith("pricing.")


def is_per_use(field: str) -> bool:
    """Say whether a price is for one image, one request or one search, and so the same whatever the catalog's unit."""
    return field.rpartition(".")[2] in PER_USE


def unit_of(field: str, unit: str) -> str:
    """Return the unit in which a catalog of that unit spells a price."""
    return "token" if is_per_use(field) else unit


def covers(pattern: str, field: str) -> bool:
    """Say whether `pattern` (`pricing`, `pricing.input`, `features`) names `field` or a group that holds it."""
    return field == pattern or field.startswith(pattern + ".")
