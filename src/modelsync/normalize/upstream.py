"""Normalize a listing: what upstream offers each provider of the catalog, in the catalog's own terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.domain.listing import Record
from modelsync.domain.pricing import Pricing, flatten
from modelsync.normalize.capabilities import features, original_features
from modelsync.normalize.identity import mode_suffix, native_id, normalize_key, split_variant, split_vendor
from modelsync.normalize.prices import Prices, as_answered, prices
from modelsync.settings import SELF_HOSTED
from modelsync.sources.facts import day

if TYPE_CHECKING:
    from modelsync.domain.fields import Value
    from modelsync.domain.listing import Listing
    from modelsync.domain.served import Served
    from modelsync.normalize.native import Directory, Resolution
    from modelsync.settings import Policy

AGGREGATOR = "openrouter"
"""The provider whose entries hold full upstream ids."""

_NOTHING: frozenset[str] = frozenset()
_BATCH = "batch"


class Model:
    """One upstream model as one provider of the catalog would hold it.

    Most models of a listing are never asked for, so everything beyond the names is worked out when it is. `directory` is the
    provider's own list, where one is at hand: what it states of limits and features wins. `listed` says whether the listing has
    the model; otherwise it is known from that list alone. `batch` is the record of its batch offer, where there is one.
    `tells_conditions` says that the listing has prices under conditions, of this model or of others.
    """

    __slots__ = (
        "_policy",
        "_prices",
        "_served",
        "_values",
        "batch",
        "directory",
        "listed",
        "provider",
        "record",
        "slug",
        "tells_conditions",
        "upstream",
        "variant",
    )  # fmt: skip

    def __init__(
        self,
        record: Record,
        provider: str,
        slug: str,
        policy: Policy,
        directory: Directory | None = None,
        batch: Record | None = None,
        *,
        tells_conditions: bool = False,
    ) -> None:
        self.batch = batch
        self.tells_conditions = tells_conditions
        self.directory = directory
        self.listed = True
        self._served: Served | None = None
        self.record = record
        self.upstream = record.id
        self.provider = provider
        self.slug = slug
        self.variant = split_variant(slug)[1]
        self._policy = policy
        self._values: dict[str, Value] | None = None
        self._prices: Prices | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return False
        return (self.provider, self.record, self.batch) == (other.provider, other.record, other.batch)

    def __hash__(self) -> int:
        return hash((self.provider, self.upstream))

    @property
    def key(self) -> str:
        """The key of a new entry: the normalized name."""
        return normalize_key(self.slug)

    def seen_as(self, served: Served) -> Model:
        """Return this model with the facts of the one in the provider's list that an entry's own id names."""
        model = Model(
            self.record,
            self.provider,
            self.slug,
            self._policy,
            self.directory,
            self.batch,
            tells_conditions=self.tells_conditions,
        )
        model._served = served
        return model

    @property
    def resolution(self) -> Resolution | None:
        """What its name means in the provider's own list; None without such a list."""
        if self.directory is None or self.variant or self.provider == AGGREGATOR:
            return None
        return self.directory.resolve(self.slug)

    @property
    def served(self) -> Served | None:
        """The model of the provider's own list that this one is for certain, or None."""
        if self._served is None and (resolution := self.resolution) is not None and resolution.certain:
            self._served = resolution.served
        return self._served

    @property
    def native_limits(self) -> dict[str, Value]:
        """The limits that the provider itself states."""
        served = self.served if self.directory is not None else None
        if served is None:
            return {}
        limits = {
            fields.CONTEXT_LENGTH: served.context_length,
            fields.MAX_OUTPUT_TOKENS: served.max_output_tokens,
        }
        return {field: limit for field, limit in limits.items() if limit is not None}

    @property
    def states_features(self) -> bool:
        """Say whether the provider itself states features that the model has or lacks."""
        return self.served is not None and bool(self.served.features or self.served.lacks)

    @property
    def model_id(self) -> str:
        """What a new entry would send to the API: the provider's own spelling, or upstream's where the preset says so."""
        native = self._policy.native_ids and not self.variant and self.provider != AGGREGATOR
        if native and self.served is not None:
            return self.served.id
        return native_id(self.provider, self.slug) if native else self.slug

    @property
    def values(self) -> dict[str, Value]:
        """The fields upstream knows (prices in USD per token): a field that is not in it is unknown."""
        if self._values is None:
            limits = _limits(self.record, self._policy) | self.native_limits
            self._values = limits | flatten(self.pricing)
        return self._values

    @property
    def pricing(self) -> Pricing:
        """The prices upstream knows, as far as the catalog is to have them."""
        return self._said.pricing

    @property
    def variable(self) -> frozenset[str]:
        """The prices that upstream calls variable."""
        return frozenset(f"pricing.{rate}" for rate in self._said.variable)

    @property
    def unclear(self) -> frozenset[str]:
        """The prices that upstream makes depend on something that cannot be told."""
        return frozenset(f"pricing.{rate}" for rate in self._said.unclear)

    def drops(self, name: str) -> bool:
        """Say whether upstream certainly has no such price of a tier or a window (any more).

        A rate that cannot be told says nothing, nor does a batch offer that is not listed, as many are not for days, nor a listing
        that has no tier and no window at all.
        """
        if name in self.values or not (self.listed and self.tells_conditions) or not fields.row_of(name):
            return False
        is_batch = name.startswith("pricing.batch.")
        rate = f"{'batch.' if is_batch else ''}{name.rpartition('.')[2]}"
        told = self._said.pricing.batch if is_batch else self._said.pricing
        return bool(told and told.rates) and rate not in self._said.variable | self._said.unclear

    @property
    def _said(self) -> Prices:
        if self._prices is None:
            whole = as_answered(self.record) if self._policy.prices_as_answered else prices(self.record, self.batch)
            self._prices = whole if self._policy.all_prices else whole.basic()
        return self._prices

    @property
    def says_features(self) -> bool:
        """Say whether anybody speaks of the model's features at all: a listing may have nothing but prices."""
        record = self.record
        spoken = record.input_modalities or record.output_modalities or record.modality or record.parameters
        return bool(spoken) or self.states_features

    @property
    def features(self) -> tuple[str, ...]:
        """The features, by the field's usual names or by the original's four rules."""
        served = self.served if self.directory is not None else None
        if served is None:
            return self.features_without(_NOTHING)
        return features(self.record, served.features, served.lacks)

    def features_without(self, lacks: frozenset[str]) -> tuple[str, ...]:
        """The features by the listing, except those that the provider once said the model lacks."""
        return original_features(self.record) if self._policy.original_features else features(self.record, lacks=lacks)

    @property
    def description(self) -> str | None:
        """What upstream says about it, or None."""
        return self.record.description

    @property
    def created(self) -> int:
        """When upstream says it came (Unix time; 0 unknown)."""
        return self.record.created

    @property
    def expires(self) -> str:
        """The ISO day on which upstream says it ends; empty when it names none, or one that stands for "not planned"."""
        return day(self.record.expires) if self.record.expires else ""

    @property
    def kind(self) -> str:
        """The output modality that decides whether a listing covers this model; empty for text."""
        outputs = self.record.output_modalities
        if not self.listed and self.served is not None:
            return self.served.kind
        return "" if not outputs or "text" in outputs else outputs[0]

    @property
    def doubt(self) -> str:
        """Why the provider probably does not serve it under this id, or empty."""
        if self.provider == AGGREGATOR or not self._policy.only_served:
            return ""
        if self.record.alias_of:
            return f"an alias of {self.record.alias_of}"
        if self.served is not None:
            return ""
        if self.record.open_weights:
            return "open weights: hosted by others, probably not by the provider"
        suffix = mode_suffix(self.provider, split_variant(self.slug)[0])
        return f"`{suffix}` is OpenRouter's name for a mode, not an id of the provider" if suffix else ""

    @property
    def unserved(self) -> str:
        """Why the provider's own list says that no entry should be made of it, or empty."""
        resolution = self.resolution
        if resolution is None or self.directory is None:
            return ""
        if self.served is not None:
            return "retired, its provider says" if self.served.lifecycle == "retired" else ""
        if resolution.ambiguous:
            names = ", ".join(served.id for served in resolution.candidates)
            return f"could be {names} in the provider's own list"
        return "not served to this account" if self.directory.list.complete else ""


def native_model(served: Served, directory: Directory, policy: Policy) -> Model:
    """Return a model that is known from the provider's own list alone. Other names of it give the same upstream id."""
    provider = directory.provider
    slug = served.id.removesuffix(":latest") if provider in SELF_HOSTED else served.id
    record = Record(f"{provider}/{served.alias_of or served.id}")
    model = Model(record, provider, slug, policy, directory).seen_as(served)
    model.variant = ""
    model.listed = False
    return model


def normalize(
    listing: Listing,
    providers: Iterable[str],
    vendors: Mapping[str, str],
    policy: Policy,
    directories: Mapping[str, Directory] | None = None,
) -> dict[str, tuple[Model, ...]]:
    """Return the models of each provider in `providers`, sorted by creation date and id so that listing order cannot matter.

    `directories` are the providers' own lists, by provider, as far as they are at hand.
    """
    own = directories or {}
    wanted = set(providers)
    found: dict[str, list[Model]] = {provider: [] for provider in wanted}
    batches = {name: record for record in listing.records if (name := _offered_as_batch(record.id))}
    tells = any(record.overrides for record in listing.records)
    for record in sorted(listing.records, key=_by_age):
        vendor, slug = split_vendor(record.id)
        provider, batch = vendors.get(vendor), batches.get(record.id)
        if provider in wanted and provider != AGGREGATOR:
            found[provider].append(
                Model(record, provider, slug, policy, own.get(provider), batch, tells_conditions=tells)
            )
        if AGGREGATOR in wanted:
            found[AGGREGATOR].append(Model(record, AGGREGATOR, record.id, policy, batch=batch, tells_conditions=tells))
    return {provider: tuple(models) for provider, models in found.items()}


def _offered_as_batch(upstream: str) -> str:
    """Return the model of which an id is the batch offer, or empty."""
    base, variant = split_variant(upstream)
    return base if variant == _BATCH else ""


def _by_age(record: Record) -> tuple[int, str]:
    return record.created, record.id


def _limits(record: Record, policy: Policy) -> dict[str, Value]:
    limits = {fields.CONTEXT_LENGTH: record.context_length, fields.MAX_OUTPUT_TOKENS: record.max_output_tokens}
    known = {field: limit for field, limit in limits.items() if limit is not None}
    return {field: limit for field, limit in known.items() if limit or policy.zero_is_a_limit}
