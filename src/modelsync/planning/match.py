"""Identity: which upstream model is this entry? The model id decides, the key only helps; first hit wins."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.domain import fields
from modelsync.normalize.identity import normalize_key, vendor_spelling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from modelsync.catalog.entries import Entry
    from modelsync.domain.lock import LockEntry
    from modelsync.normalize.upstream import Model

BY_SETTINGS = "the settings"

_DATE = re.compile(r"-(20[0-9]{6})\Z")


class Match(Struct, frozen=True):
    """The outcome for one entry.

    `models` is empty when nothing matched, one model in nearly every match, several only where the preset matches by key
    and upstream has several records of that key, or when the match is `ambiguous`. `gone` is the upstream id the entry was
    matched to before, when that no longer exists; `other` is what its id would match instead.
    """

    models: tuple[Model, ...] = ()
    how: str = ""
    ambiguous: bool = False
    gone: str = ""
    other: Model | None = None
    id_edited: bool = False

    @property
    def model(self) -> Model | None:
        """The one upstream model, or None."""
        return self.models[-1] if self.models and not self.ambiguous else None


class Index:
    """The models of one provider, by every name they may be asked for."""

    def __init__(self, provider: str, models: Iterable[Model]) -> None:
        self.provider = provider
        self.models = tuple(models)
        self.by_id = {model.upstream: model for model in self.models}

    @cached_property
    def _by_slug(self) -> dict[str, list[Model]]:
        return _grouped(self.models, lambda model: model.slug)

    @cached_property
    def _by_key(self) -> dict[str, list[Model]]:
        return _grouped(self.models, lambda model: model.key)

    @cached_property
    def _by_served(self) -> dict[str, list[Model]]:
        """The models by the id that the provider's own list has for them."""
        own = (model for model in self.models if model.directory is not None and not model.variant)
        return _grouped(own, lambda model: model.served.id if model.served is not None else "")

    @cached_property
    def _by_rule(self) -> dict[str, list[Model]]:
        base = (model for model in self.models if not model.variant)
        return _grouped(base, lambda model: vendor_spelling(self.provider, model.slug))

    def by_key(self, key: str) -> tuple[Model, ...]:
        """The models whose normalized name is exactly `key`, variants included."""
        return tuple(self._by_key.get(key, ()))

    def search(self, name: str) -> Match:
        """Find a model by an id as an application spells it: exact, then normalized, then by the vendor's rules."""
        if exact := self.by_id.get(name):
            return Match((exact,), "exact id")
        if found := self._by_slug.get(name):
            return _match(found, "exact id")
        if ":" in name:
            return Match()
        base = [model for model in self._by_key.get(normalize_key(name), ()) if not model.variant]
        if base:
            return _match(base, "id after normalization")
        alike = [
            model
            for model in self._by_rule.get(vendor_spelling(self.provider, name), ())
            if _dates_agree(name, model.slug)
        ]
        if alike:
            return _match(alike, "the vendor's naming rules")
        same = self._by_served.get(name, ()) if name else ()
        return Match((same[0],), "the provider's own list") if len(same) == 1 else Match()


def _grouped(models: Iterable[Model], name: Callable[[Model], str]) -> dict[str, list[Model]]:
    groups: dict[str, list[Model]] = {}
    for model in models:
        groups.setdefault(name(model), []).append(model)
    return groups


def _match(found: list[Model], how: str) -> Match:
    return Match(tuple(found), how, ambiguous=len(found) > 1)


def _dates_agree(one: str, other: str) -> bool:
    """Two dated ids are one model only if the dates are the same."""
    left, right = _DATE.search(one), _DATE.search(other)
    return left is None or right is None or left[1] == right[1]


def match(entry: Entry, index: Index, locked: LockEntry | None, named: Mapping[str, str], native_id: str = "") -> Match:
    """Match one entry. `named` maps `provider/key` to the upstream id the settings give it.

    `native_id` is what the provider's own list has for the entry's id in another spelling, if it has that for certain.
    """
    edited = locked is not None and locked.model != entry.model_id
    if explicit := named.get(entry.name):
        model = index.by_id.get(explicit)
        return Match((model,), BY_SETTINGS, id_edited=edited) if model else Match(how=BY_SETTINGS, gone=explicit)
    if locked is not None and not edited and (model := index.by_id.get(locked.upstream)):
        return Match((model,), "the lock")
    found = index.search(entry.known_as)
    if native_id and not found.models:
        found = index.search(native_id)
    if locked is None or edited or (locked.native and not _was_priced(locked)):
        return Match(found.models, found.how, found.ambiguous, id_edited=edited)
    return Match(gone=locked.upstream, other=found.model)


def _was_priced(locked: LockEntry) -> bool:
    """Say whether an entry was matched to a priced model before, so that another one would be a rematch."""
    return any(fields.is_price(name) for name in locked.base)


def match_by_key(entry: Entry, index: Index, locked: LockEntry | None) -> Match:
    """Match as the original task did: the entry's key is the normalized name of the model."""
    models = index.by_key(entry.key)
    if models:
        return Match(models, "key")
    return Match(gone=locked.upstream) if locked is not None and locked.upstream not in index.by_id else Match()
