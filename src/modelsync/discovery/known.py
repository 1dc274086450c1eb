"""Models that a listing knows, by whatever a file calls them."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from modelsync.discovery.words import words
from modelsync.domain.listing import Listing
from modelsync.layouts import labels
from modelsync.layouts.naming import AGGREGATOR, UNNAMED, name_of
from modelsync.layouts.table import Table, layout_of
from modelsync.normalize.identity import normalize_key, split_vendor
from modelsync.normalize.upstream import Model, normalize
from modelsync.planning.match import Index
from modelsync.settings import VENDORS, Settings, policy

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{1,119}\Z")
_REGION = re.compile(r"\A(?:[a-z]{2,6}\.)?[a-z0-9]+\.(?=[a-z]+-)")
_EDITION = re.compile(r"(?:@[0-9]+|-v[0-9]+:[0-9]+)\Z")
_CLOUDS = frozenset({"azure", "bedrock", "sagemaker", "vertex", "vertexai"})
"""Words that name a host wherever they stand."""
_TELLING = re.compile(r"[0-9-]")


class Known(Struct, frozen=True):
    """Whose a model is, and the model itself where the listing has it (any more). `hosted` is one that another provider serves."""

    provider: str
    model: Model | None = None
    hosted: bool = False


class KnownModels:
    """The models of a listing, of all vendors."""

    def __init__(self, listing: Listing) -> None:
        found = {split_vendor(record.id)[0] for record in listing.records}
        self.vendors = {vendor: vendor.lstrip("~") for vendor in found} | VENDORS | labels.VENDORS
        self.day = listing.day
        models = normalize(listing, {*self.vendors.values(), AGGREGATOR}, self.vendors, policy(Settings()))
        self._indexes = {provider: Index(provider, own) for provider, own in models.items()}
        self._owners: dict[str, list[str]] = {}
        for provider, own in models.items():
            for model in own:
                if provider != AGGREGATOR and _TELLING.search(model.slug):
                    self._owners.setdefault(model.key, []).append(provider)
        self._layout = layout_of(Table(at="[]", id="id"))
        self.find = lru_cache(maxsize=100_000)(self._find)

    def model(self, provider: str, model_id: str) -> Model | None:
        """Return the model of a provider that an id means, as a sync matches it."""
        index = self._indexes.get(provider)
        return index.search(model_id).model if index is not None else None

    def _find(self, written: str, label: str = "") -> Known | None:
        """Return what is known by an id as it is written, under a provider as the file calls it (empty: it does not say)."""
        if not _ID.match(written) or not _TELLING.search(written):
            return None
        name = name_of(written, label, self._layout)
        if model := self.model(name.provider, name.model_id):
            return Known(name.provider, model)
        bare = bare_id(written)
        provider = self._layout.family(bare)
        if not provider:
            return self._by_name(bare, hosted=name.provider != UNNAMED)
        return Known(provider, self.model(provider, bare), hosted=name.provider not in (UNNAMED, provider))

    def _by_name(self, bare: str, *, hosted: bool) -> Known | None:
        owners = self._owners.get(normalize_key(bare), [])
        if len(set(owners)) != 1:
            return None
        return Known(owners[0], self.model(owners[0], bare), hosted=hosted)


def bare_id(written: str) -> str:
    """Take off what hosts put around an id: `bedrock/eu.anthropic.claude-x-v1:0`, `vertex_ai/claude-x@20250929`."""
    return _EDITION.sub("", _REGION.sub("", written.rpartition("/")[2]))


def has_label(written: str) -> bool:
    """Say whether a text is the name of a provider, or of a host."""
    plain = re.sub(r"[^a-z0-9]", "", written.lower())
    return plain in labels.LABELS or plain in labels.HOSTS


def names_host(text: str) -> bool:
    """Say whether a text names a host: `groq`, `AWS Bedrock`, `azure-westeurope`, `models_azure`."""
    named = words(text)
    return bool(named) and ("".join(named) in labels.HOSTS or named[0] in labels.HOSTS or bool(_CLOUDS & {*named}))
