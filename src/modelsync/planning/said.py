"""What upstream says of an entry's fields: the provider's own list where it states something, else the listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.domain import fields
from modelsync.domain.lock import Base, base_value, lacked
from modelsync.planning.ledger import is_native

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelsync.domain.lock import Held, Kept, LockEntry
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Inputs


class Said(Struct, frozen=True):
    """What upstream says of a field (None: nothing), and the source and the day that this is from."""

    value: fields.Value | None
    source: str
    day: str


def native_word(name: str, model: Model) -> Said | None:
    """Return what the provider's own list states of a limit, the features or the id, or None where it states nothing."""
    if model.directory is None or model.served is None:
        return None
    day = model.directory.list.day
    if name == fields.MODEL:
        return Said(model.served.id, model.provider, day)
    if name == fields.FEATURES and model.states_features:
        return Said(model.features, model.provider, day)
    limit = model.native_limits.get(name)
    return Said(limit, model.provider, day) if limit is not None else None


class UpstreamSays(Struct, frozen=True):
    """What upstream says of one entry, which the catalog has under `provider`, and what the lock knows that it said before.

    `locked` is None for an entry without a lock line, and for one whose model id was edited since: that spoke of another model.
    """

    provider: str
    model: Model
    locked: LockEntry | None
    inputs: Inputs

    def of(self, name: str) -> Said:
        """Tell of a field. What the provider's own list last said of a limit stands where this run has no such list."""
        model, listing = self.model, self.inputs.listing
        if name in fields.LIMITS and (native := native_word(name, model) or self._last_stated(name)):
            return native
        return Said(model.values.get(name), listing.source, listing.day)

    def features(self) -> tuple[tuple[str, ...], frozenset[str], Said]:
        """Tell the features, those the provider said the model lacks (perhaps on an earlier run), and who says so."""
        model, listing = self.model, self.inputs.listing
        if (said := native_word(fields.FEATURES, model)) is not None and model.served is not None:
            return model.features, model.served.lacks, said
        lacks = lacked(self._before.get(fields.FEATURES))
        return model.features_without(lacks), lacks, Said(None, listing.source, listing.day)

    def native_source(self, name: str) -> str:
        """Return the provider where its own list has the last word on a field, else empty."""
        source = self.of(name).source
        return source if is_native(source, self.provider) else ""

    def confirms(self, known: Base | Kept | None, said: Said) -> bool:
        """Say whether the provider's own list now states what was known from elsewhere: from now on it has the word."""
        return known is not None and known.source != said.source and is_native(said.source, self.provider)

    @property
    def _before(self) -> Mapping[str, Base]:
        return self.locked.own_base if self.locked is not None and self.inputs.policy.native_lists else {}

    def _last_stated(self, name: str) -> Said | None:
        """What the provider's own list last said of a limit, if that was the last word: held, kept or agreed with."""
        if self.locked is None or not self.inputs.policy.native_lists:
            return None
        last: Held | Kept | Base | None = (
            self.locked.held.get(name) or self.locked.kept.get(name) or self.locked.own_base.get(name)
        )
        if last is None or not is_native(last.source, self.provider):
            return None
        value = last.value if isinstance(last, Base) else last.theirs
        return Said(base_value(name, Base(value, last.source, last.day)), last.source, last.day)
