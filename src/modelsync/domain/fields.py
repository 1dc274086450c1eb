"""The fields of a model that modelsync understands, and the values they hold.

Prices are USD per token, limits are tokens, features are names. Which of them a sync owns decides how it merges them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from modelsync.domain.rates import PER_USE, RATES, hours_name, read_hours

if TYPE_CHECKING:
    from collections.abc import Iterable
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
"""The prices that nearly every model has. What others there are depends on the model; see `owned`."""

LIMITS = (CONTEXT_LENGTH, MAX_OUTPUT_TOKENS)
OWNED = (*LIMITS, *PRICES)
"""Fields whose value follows upstream until a person sets one by hand; all prices are such fields."""

FILLED = (DESCRIPTION, MODEL)
"""Fields written only where they are missing."""

ALL = (MODEL, DESCRIPTION, *LIMITS, *PRICES, FEATURES)
"""The fields that any entry may have, in the order in which a new one spells them; prices of a model's own stand among its prices."""

REVIEWED = "reviewed_at"
"""The day on which the prices of an entry last changed, where a layout has a place for it. Nobody upstream says it."""

GROUPS = ("pricing", "pricing.batch", "pricing.tiers", "pricing.windows")
"""The groups of prices that any entry may have."""

EMBEDDINGS = "embeddings"
"""The feature that marks an embeddings model, which pruning never removes."""

CAPABILITIES = frozenset({
    "vision", "multimodal", "function_calling", "structured_outputs", "reasoning", "audio_input", "video_input", "file_input",
    "audio_output", "image_output", "video_output", "web_search", EMBEDDINGS, "rerank",
})  # fmt: skip
"""The features that a sync writes; a catalog may have others of its own."""


def is_price(field: str) -> bool:
    """Say whether a field holds money: USD per token, or of some prices (see `is_per_use`) USD for each."""
    return field.startswith("pricing.")


def is_known(field: str) -> bool:
    """Say whether there is such a field: one of `ALL`, `REVIEWED`, or a price of any name that the price model gives."""
    return field in ALL or field == REVIEWED or _price_place(field) is not None


def is_pattern(text: str) -> bool:
    """Say whether a text names a field, or a group that may hold some: `pricing`, `pricing.batch`, `pricing.tiers.200000`."""
    group = text.removeprefix("pricing.batch.").removeprefix("pricing.")
    return group in ("tiers", "windows") or is_known(text) or is_known(f"{text}.{RATES[0]}")


def owned(names: Iterable[str]) -> tuple[str, ...]:
    """Return the limits, the two usual prices and all prices among `names`, in the order in which an entry spells them."""
    return _owned(frozenset(names))


@lru_cache(maxsize=4096)  # many models have prices of the same names
def _owned(names: frozenset[str]) -> tuple[str, ...]:
    return (*LIMITS, *_prices({*PRICES, *names}))


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Return the fields among `names` in the order in which an entry spells them."""
    known = set(names)
    return tuple(name for name in (MODEL, DESCRIPTION, *LIMITS, *_prices(known), FEATURES, REVIEWED) if name in known)


def row_of(field: str) -> str:
    """Return the tier or window whose price this is (`pricing.tiers.200000`), or empty."""
    place = _price_place(field)
    return field.rpartition(".")[0] if place is not None and place[1] else ""


def _prices(names: Iterable[str]) -> list[str]:
    found = ((place, name) for name in names if (place := _price_place(name)) is not None)
    return [name for _, name in sorted(found)]


@lru_cache(maxsize=4096)  # a catalog has few names of prices
def _price_place(field: str) -> tuple[bool, str, int, int] | None:
    """Where an entry spells a price: the batch offer last, in each the tiers and windows behind the rest, in their order."""
    found = _PRICE.match(field)
    if found is None or found["rate"] not in RATES:
        return None
    rows, part, rank = found["rows"] or "", found["part"] or "", 0
    if rows == "windows":
        hours = read_hours(part)
        if hours is None or hours_name(*hours) != part:
            return None
        rank = hours[0] * 10_000 + hours[1]
    elif rows:
        if not part.isdigit() or str(int(part)) != part:
            return None
        rank = int(part)
    return found["batch"] is not None, rows, rank, RATES.index(found["rate"])


_PRICE = re.compile(
    r"pricing\.(?P<batch>batch\.)?(?:(?P<rows>tiers|windows)\.(?P<part>[0-9-]{1,20})\.)?(?P<rate>[a-z_0-9]+)\Z"
)


@lru_cache(maxsize=4096)
def is_per_use(field: str) -> bool:
    """Say whether a price is for one image, one request or one search, and so the same whatever the catalog's unit."""
    return field.rpartition(".")[2] in PER_USE


def unit_of(field: str, unit: str) -> str:
    """Return the unit in which a catalog of that unit spells a price."""
    return "token" if is_per_use(field) else unit


def covers(pattern: str, field: str) -> bool:
    """Say whether `pattern` (`pricing`, `pricing.input`, `features`) names `field` or a group that holds it."""
    return field == pattern or field.startswith(pattern + ".")
