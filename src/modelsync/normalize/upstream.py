"""Normalize a listing: what upstream offers each provider of the catalog, in the catalog's own terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

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


class Model(Struct, frozen=True):
    """One upstream model as one provider of the catalog would hold it.

    `values` has the fields upstream knows (prices in USD per token): a field that is not in it is unknown. `variable` has the
    prices that upstream calls variable. `doubt` says why the provider probably does not serve it under this id, or is empty.
    """

    upstream: str
    provider: str
    slug: str
    variant: str
    key: str
    model_id: str
    values: Mapping[str, Value]
    features: tuple[str, ...]
    description: str | None
    variable: frozenset[str]
    created: int
    kind: str
    alias_of: str
    doubt: str
    expires: str


def normalize(
    listing: Listing, providers: Iterable[str], vendors: Mapping[str, str], policy: Policy
) -> dict[str, tuple[Model, ...]]:
    """Return the models of each provider in `providers`, sorted by creation date and id so that listing order cannot matter."""
    wanted = set(providers)
    found: dict[str, list[Model]] = {provider: [] for provider in wanted}
    for record in listing.records:
        vendor, slug = split_vendor(record.id)
        provider = vendors.get(vendor)
        if provider in wanted and provider != AGGREGATOR:
            found[provider].append(_model(record, provider, slug, policy))
        if AGGREGATOR in wanted:
            found[AGGREGATOR].append(_model(record, AGGREGATOR, record.id, policy))
    return {provider: tuple(sorted(models, key=_by_age)) for provider, models in found.items()}


def _by_age(model: Model) -> tuple[int, str]:
    return model.created, model.upstream


def _model(record: Record, provider: str, slug: str, policy: Policy) -> Model:
    base, variant = split_variant(slug)
    native = policy.native_ids and not variant and provider != AGGREGATOR
    values, variable = _values(record, policy)
    return Model(
        upstream=record.id,
        provider=provider,
        slug=slug,
        variant=variant,
        key=normalize_key(slug),
        model_id=native_id(provider, slug) if native else slug,
        values=values,
        features=original_features(record) if policy.original_features else features(record),
        description=record.description,
        variable=variable,
        created=record.created,
        kind=_kind(record),
        alias_of=record.alias_of,
        doubt=_doubt(record, provider, base) if policy.only_served else "",
        expires=record.expires,
    )


def _values(record: Record, policy: Policy) -> tuple[dict[str, Value], frozenset[str]]:
    limits = {fields.CONTEXT_LENGTH: record.context_length, fields.MAX_OUTPUT_TOKENS: record.max_output_tokens}
    known = {field: limit for field, limit in limits.items() if limit is not None}
    values: dict[str, Value] = {field: limit for field, limit in known.items() if limit or policy.zero_is_a_limit}
    variable: set[str] = set()
    for key, field in _PRICE_KEYS.items():
        price = record.prices.get(key)
        if price is VARIABLE or (key in record.hourly and policy.hourly_is_variable):
            variable.add(field)
        elif isinstance(price, Decimal):
            values[field] = price
    return values, frozenset(variable)


def _kind(record: Record) -> str:
    """The output modality that decides whether a listing covers this model; empty for text."""
    outputs = record.output_modalities
    return "" if not outputs or "text" in outputs else outputs[0]


def _doubt(record: Record, provider: str, base: str) -> str:
    if provider == AGGREGATOR:
        return ""
    if record.alias_of:
        return f"an alias of {record.alias_of}"
    if record.open_weights:
        return "open weights: hosted by others, probably not by the provider"
    if suffix := mode_suffix(provider, base):
        return f"`{suffix}` is OpenRouter's name for a mode, not an id of the provider"
    return ""
