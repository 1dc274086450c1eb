"""The fields of a model that modelsync understands, and the values they hold.

Prices are USD per token, limits are tokens, features are names. Which of them a sync owns decides how it merges them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

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
    """Say whether a field holds money (USD per token)."""
    return field.startswith("pricing.")


def covers(pattern: str, field: str) -> bool:
    """Say whether `pattern` (`pricing`, `pricing.input`, `features`) names `field` or a group that holds it."""
    return field == pattern or field.startswith(pattern + ".")
