"""Normalize a listing: what upstream offers each provider of the catalog, in the catalog's own terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.domain.money import VARIABLE
from modelsync.normalize.capabilities import features, original_features
from modelsync.normalize.identity import mode_suffix, native_id, normalize_key, split_variant, split_vendor

if TYPE_CHECKING:
    from modelsync.domain.fields import Value
    from modelsync.domain.listing import Listing, Record
    from modelsync.settings import Policy

AGGREGATOR = "openrouter"
"""The provider whose entries hold full upstream ids."""

_PRICE_KEYS = {"prompt": fields.INPUT_PRICE, "completion": fields.OUTPUT_PRICE}


class Model:
    """One upstream model as one provider of the catalog would hold it.

    Most models of a listing are never asked for, so everything beyond the names is worked out when it is.
    """

    __slots__ = ("_policy", "_values", "_variable", "provider", "record", "slug", "upstream", "variant")

    def __init__(self, record: Record, provider: str, slug: str, policy: Policy) -> None:
        self.record = record
        self.upstream = record.id
        self.provider = provider
        self.slug = slug
        self.variant = split_variant(slug)[1]
        self._policy = policy
        self._values: dict[str, Value] | None = None
        self._variable: frozenset[str] | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and (self.provider, self.record) == (other.provider, other.record)

    def __hash__(self) -> int:
        return hash((self.provider, self.upstream))

    @property
    def key(self) -> str:
        """The key of a new entry: the normalized name."""
        return normalize_key(self.slug)

    @property
    def model_id(self) -> str:
        """What a new entry would send to the API: the provider's own spelling, or upstream's where the preset says so."""
        native = self._policy.native_ids and not self.variant and self.provider != AGGREGATOR
        return native_id(self.provider, self.slug) if native else self.slug

    @property
    def values(self) -> dict[str, Value]:
        """The fields upstream knows (prices in USD per token): a field that is not in it is unknown."""
        if self._values is None:
            self._values = _limits(self.record, self._policy) | _prices(self.record, self.variable)
        return self._values

    @property
    def variable(self) -> frozenset[str]:
        """The prices that upstream calls variable, or that change with the hour."""
        if self._variable is None:
            hourly = self.record.hourly if self._policy.hourly_is_variable else frozenset[str]()
            prices = self.record.prices
            varying = {field for key, field in _PRICE_KEYS.items() if key in hourly or prices.get(key) is VARIABLE}
            self._variable = frozenset(varying)
        return self._variable

    @property
    def features(self) -> tuple[str, ...]:
        """The features, by the field's usual names or by the original's four rules."""
        return original_features(self.record) if self._policy.original_features else features(self.record)

    @property
    def description(self) -> str | None:
        """What upstream says about it, or None."""
        return self.record.description

    @property
    def created(self) -> int:
        """When upstream says it came (Unix time; 0 unknown)."""
        return self.record.created

    @property
    def kind(self) -> str:
        """The output modality that decides whether a listing covers this model; empty for text."""
        outputs = self.record.output_modalities
        return "" if not outputs or "text" in outputs else outputs[0]

    @property
    def doubt(self) -> str:
        """Why the provider probably does not serve it under this id, or empty."""
        if self.provider == AGGREGATOR or not self._policy.only_served:
            return ""
        if self.record.alias_of:
            return f"an alias of {self.record.alias_of}"
        if self.record.open_weights:
            return "open weights: hosted by others, probably not by the provider"
        suffix = mode_suffix(self.provider, split_variant(self.slug)[0])
        return f"`{suffix}` is OpenRouter's name for a mode, not an id of the provider" if suffix else ""


def normalize(
    listing: Listing, providers: Iterable[str], vendors: Mapping[str, str], policy: Policy
) -> dict[str, tuple[Model, ...]]:
    """Return the models of each provider in `providers`, sorted by creation date and id so that listing order cannot matter."""
    wanted = set(providers)
    found: dict[str, list[Model]] = {provider: [] for provider in wanted}
    for record in sorted(listing.records, key=_by_age):
        vendor, slug = split_vendor(record.id)
        provider = vendors.get(vendor)
        if provider in wanted and provider != AGGREGATOR:
            found[provider].append(Model(record, provider, slug, policy))
        if AGGREGATOR in wanted:
            found[AGGREGATOR].append(Model(record, AGGREGATOR, record.id, policy))
    return {provider: tuple(models) for provider, models in found.items()}


def _by_age(record: Record) -> tuple[int, str]:
    return record.created, record.id


def _limits(record: Record, policy: Policy) -> dict[str, Value]:
    limits = {fields.CONTEXT_LENGTH: record.context_length, fields.MAX_OUTPUT_TOKENS: record.max_output_tokens}
    known = {field: limit for field, limit in limits.items() if limit is not None}
    return {field: limit for field, limit in known.items() if limit or policy.zero_is_a_limit}


def _prices(record: Record, variable: frozenset[str]) -> dict[str, Value]:
    prices = {field: record.prices.get(key) for key, field in _PRICE_KEYS.items() if field not in variable}
    return {field: price for field, price in prices.items() if isinstance(price, Decimal)}
