"""A catalog to read: what an application asks of it, without network and without a way to change it.

Any thread may use it, and there are no locks: what has been read never changes, and a reload replaces one reference.
"""

from __future__ import annotations

import os
import time

from modelsync.catalog.model import AmbiguousModel, Model, NoSuchFeature, NoSuchModel, NoSuchProvider
from modelsync.catalog.snapshot import Snapshot, locked_unit
from modelsync.domain.place import lock_name
from modelsync.errors import CatalogInvalid, InvalidCall, InvalidFile, UsageError

TYPE_CHECKING = False  # what type checkers know as true, without the cost of importing typing
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime
    from decimal import Decimal

    from modelsync.catalog.entries import Section
    from modelsync.costing.cost import Cost
    from modelsync.costing.usage import Usage
    from modelsync.layouts.layout import Layout

    Described = tuple[int, int, int, int] | None
    Signature = tuple[Described, Described] | None

__all__ = ("AmbiguousModel", "Catalog", "Model", "NoSuchFeature", "NoSuchModel", "NoSuchProvider", "Provider", "Reload")

_SETTLED_NS = 2_000_000_000


class Provider:
    """One provider of the catalog, with its models by key, in file order."""

    __slots__ = ("_snapshot", "name")

    def __init__(self, name: str, snapshot: Snapshot) -> None:
        self.name = name
        self._snapshot = snapshot

    @property
    def models(self) -> Mapping[str, Model]:
        """Its models by key."""
        return {key: self._snapshot.model(f"{self.name}/{key}") for key in self._snapshot.keys[self.name]}

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models.values())

    def __len__(self) -> int:
        return len(self._snapshot.keys[self.name])


class Reload:
    """What came of `reload_if_changed`: whether other models are seen now, and what is wrong with the file or its lock, or None."""

    __slots__ = ("changed", "error")

    def __init__(self, error: InvalidFile | None = None, *, changed: bool = False) -> None:
        self.changed = changed
        self.error = error

    def __repr__(self) -> str:
        return f"Reload(changed={self.changed}, error={self.error!r})"


class _State:
    """A snapshot, the catalog and lock it is of, as the system described them when last read, and what was wrong with them then."""

    __slots__ = ("error", "signature", "snapshot")

    def __init__(self, snapshot: Snapshot, signature: Signature, error: InvalidFile | None = None) -> None:
        self.snapshot = snapshot
        self.signature = signature
        self.error = error


class Catalog:
    """A view of a catalog: `catalog["openai/gpt-4o"]`, iteration over models in file order, `catalog.providers`, `catalog.find(…)`.

    It shows one state of the file, until `reload_if_changed` replaces that as a whole.
    """

    __slots__ = ("_state", "_unit")

    def __init__(self, snapshot: Snapshot, signature: Signature = None, unit: str | None = None) -> None:
        self._state = _State(snapshot, signature)
        self._unit = unit

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, unit: str | None = None, settings: str | os.PathLike[str] | None = None
    ) -> Catalog:
        """Read a catalog whose prices are USD per `unit` (`token`, `1k`, `1m`; default: what its lock says, else `1k`).

        `settings` is the path of the settings file where the catalog has a layout of its own: it says layout and unit then.
        Raises `CatalogInvalid` with line and column when it cannot be read safely, also for an entry that is damaged,
        `LockInvalid` where no unit is given and the lock does not say it, and `SettingsInvalid`.
        """
        place = os.fspath(path)
        if unit not in (None, "token", "1k", "1m"):
            raise UsageError(f"{unit!r} is no unit of prices", hint="Units are token, 1k and 1m.")
        signature = _signature(place)
        if settings is not None:
            shape, said = _shape(settings)
            return cls(Snapshot.read(_read(place), place, unit or said, shape), signature, unit or said)
        try:
            return cls(Snapshot.read(_read(place), place, unit or locked_unit(place)), signature, unit)
        except CatalogInvalid as error:
            error.hint = _hint_beside(place) or error.hint
            raise

    @classmethod
    def of(
        cls, sections: Iterable[Section], place: str, *, unit: str = "1k", upstream: Mapping[str, str] | None = None
    ) -> Catalog:
        """Make the view of a catalog that has been read. Raises `CatalogInvalid` for an entry that is damaged.

        `upstream` maps `provider/key` to the upstream id that the entry was matched to; default: what the lock beside `place` says.
        """
        snapshot = Snapshot(place, unit, upstream=upstream)
        snapshot.take(sections)
        return cls(snapshot, unit=unit)

    @property
    def providers(self) -> Mapping[str, Provider]:
        """The providers by name, in file order."""
        snapshot = self._state.snapshot
        return {name: Provider(name, snapshot) for name in snapshot.keys}

    @property
    def unit(self) -> str:
        """What prices in the file are per: `token`, `1k` or `1m` tokens."""
        return self._state.snapshot.unit

    def __getitem__(self, name: str) -> Model:
        """Return the model `provider/key`, or the one that another of its names means.

        Such names are, the most exact first: its model id or its key, without the provider or with it; the upstream id it was
        matched to, as the lock says; and any of these in another spelling (case, dots for dashes). Raises `NoSuchModel` with the
        nearest names, and `AmbiguousModel` where a name means several; both are a KeyError.
        """
        snapshot = self._state.snapshot
        try:
            return snapshot.models[name]
        except (KeyError, TypeError):  # what is not hashable is no name either
            return snapshot.find(name)

    def __contains__(self, name: object) -> bool:
        try:
            self._state.snapshot.find(name)
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[Model]:
        return iter(self._state.snapshot.all())

    def __len__(self) -> int:
        return len([*self._state.snapshot.names()])

    def find(
        self,
        *,
        features: Collection[str] = (),
        max_input_price: Decimal | str | float | None = None,
        min_context: int = 0,
        provider: str | None = None,
    ) -> list[Model]:
        """Return the models that have all these features, the cheapest first: by the input price, then by the output price.

        `max_input_price` is USD per `unit` of the catalog, as prices stand in its file. A model of which the catalog does not say
        what is asked is left out; one without an input price stands last. For the price of a call see `cheapest`.

        Raises `UsageError` for a price that is no number, `InvalidCall` for a feature that is no text and a context that is no whole
        number of at least 0, `NoSuchProvider` for a provider that the catalog does not have, and `NoSuchFeature` for a feature that
        no model of it has and no sync writes.
        """
        _require_context(min_context)
        if provider is not None:
            _require_provider(provider, self._state.snapshot.keys)
        wanted = _wanted(features)
        if wanted:
            _require_features(wanted, self)
        limit = _usd_per_token(max_input_price, self.unit)
        found = [
            model
            for model in self
            if wanted <= model.features
            and (not min_context or (model.context_length or 0) >= min_context)
            and (provider is None or model.provider == provider)
            and (limit is None or _is_within(model.input_usd_per_token, limit))
        ]
        return sorted(found, key=_cheapest_first)

    def cheapest(
        self,
        usage: Usage,
        *,
        features: Collection[str] = (),
        max_input_price: Decimal | str | float | None = None,
        min_context: int = 0,
        provider: str | None = None,
        at: datetime | None = None,
        batch: bool = False,
    ) -> list[tuple[Model, Cost]]:
        """Return the models that `find` finds and that can take a call, each with what the call costs, the cheapest first.

        A model that lacks a price for a part of the call stands after all whose cost is known, one whose prices are damaged last:
        ask `cost.complete` of the first before you rely on it. A model can take a call unless it says a limit that the call goes
        beyond (`Model.exceeds`). `at` and `batch` are as for `Model.cost`; all models are charged at one moment.

        Raises what `find` raises, and `InvalidCall` as `Model.cost` does, and for a call that uses nothing.
        """
        from datetime import UTC, datetime

        from modelsync.catalog.ranking import charged, cheapest_first
        from modelsync.costing.cost import in_utc
        from modelsync.costing.usage import require_usage, require_use

        require_usage(usage)
        require_use(usage)
        moment = in_utc(at) if at is not None else datetime.now(UTC)
        fitting = self.find(
            features=features, max_input_price=max_input_price, min_context=min_context, provider=provider
        )
        pairs = [
            (model, charged(model, usage, at=moment, batch=batch)) for model in fitting if not model.exceeds(usage)
        ]
        return sorted(pairs, key=cheapest_first)

    def upstream_id(self, model: Model) -> str:
        """Return the upstream id that an entry was matched to, as the lock says; empty for one that was not."""
        return self._state.snapshot.upstream_ids().get(model.name, "")

    def reload_if_changed(self) -> Reload:
        """Look whether the file or its lock is another one now, and if so read it and show that from then on; cheap when not.

        A file counts as another when the system describes it so (times of writing and of change, size, inode) and it says something else: of the
        lock, the unit and the upstream ids. One that cannot be read or is broken leaves the view as it is; the error says so, again
        at each call until the files are sound. Raises nothing for what may be wrong with a file. Threads that read at the same time
        see the one state or the other.
        """
        state = self._state
        snapshot = state.snapshot
        signature = _signature(snapshot.place)
        if state.signature is not None and state.signature == signature:
            return Reload(state.error)
        try:
            data = _read(snapshot.place)
            unit = self._unit or locked_unit(snapshot.place)
            if not snapshot.is_of(data, unit):
                snapshot = Snapshot.read(data, snapshot.place, unit, snapshot.layout)
        except InvalidFile as error:
            return self._show(state, _State(state.snapshot, signature, error))
        return self._show(state, _State(snapshot, signature))

    def _show(self, seen: _State, new: _State) -> Reload:
        """Show another state, unless another thread has been faster."""
        if self._state is seen:
            self._state = new
        return Reload(new.error, changed=new.snapshot is not seen.snapshot)


def _shape(settings: str | os.PathLike[str]) -> tuple[Layout, str]:
    """Return the layout and the unit that a settings file says."""
    from pathlib import Path

    from modelsync.settings import layout, load

    found = load(Path(settings))
    return layout(found), found.unit


def _hint_beside(place: str) -> str:
    from pathlib import Path

    from modelsync.settings import hint_beside

    return hint_beside(Path(place))


def _read(place: str) -> bytes:
    try:
        with open(place, "rb") as file:  # pathlib would double the cost of the imports
            return file.read()
    except OSError as error:
        raise CatalogInvalid(place, f"cannot be read: {error.strerror}") from error


def _signature(place: str) -> Signature:
    """Return what tells whether a catalog or its lock is another file later: None while that is not certain.

    A file that was written or replaced just now may be so again without the system's clock moving. To be asked for before reading,
    so that a file that is replaced in between counts as another one at the next look.
    """
    catalog, lock = _described(place), _described(lock_name(place))
    now = time.time_ns()
    if catalog is None or not all(_is_settled(found, now) for found in (catalog, lock)):
        return None
    return catalog, lock


def _is_settled(found: Described, now: int) -> bool:
    return found is None or all(abs(now - moment) > _SETTLED_NS for moment in found[:2])


def _described(path: str) -> Described:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino  # anybody can set the first of them back


def _usd_per_token(price: Decimal | str | float | None, unit: str) -> Decimal | None:
    from modelsync.domain.money import from_unit, parse_number

    if price is None:
        return None
    number = parse_number(str(price))
    if number is None:
        raise UsageError(f"{price!r} is no price", hint='Write it as in "0.003".')
    return from_unit(number, unit)


def _wanted(features: object) -> set[str]:
    """Return the names of the features that are asked for."""
    from collections.abc import Iterable

    if isinstance(features, str):
        return {features}
    names: list[object] = [*features] if isinstance(features, Iterable) else [features]
    strange = [name for name in names if not isinstance(name, str)]
    if strange:
        raise InvalidCall(f"a feature is told by its name, not as {strange[0]!r}", hint='`features={"vision"}` is one.')
    return {str(name) for name in names}


def _require_context(tokens: object) -> None:
    if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 0:
        hint = "Write it as in min_context=200_000."
        raise InvalidCall(f"min_context must be a whole number of at least 0, not {tokens!r}", hint=hint)


def _require_provider(name: str, providers: Collection[str]) -> None:
    if name not in providers:
        from difflib import get_close_matches

        near = get_close_matches(name, providers, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"It has {', '.join(providers) or 'none'}."
        raise NoSuchProvider(f"no provider {name!r} in the catalog", hint=hint)


def _require_features(wanted: set[str], models: Iterable[Model]) -> None:
    """Raise `NoSuchFeature` for one that is likely to be misspelt: nothing would be found, and nobody would know why."""
    from modelsync.domain.fields import CAPABILITIES

    strange = wanted - CAPABILITIES
    if not strange:
        return
    there = {name for model in models for name in model.features}
    for name in sorted(strange - there):
        from difflib import get_close_matches

        near = get_close_matches(name, sorted(there | CAPABILITIES), n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Those of the catalog are {', '.join(sorted(there)) or 'none'}."
        raise NoSuchFeature(f"no model of the catalog has the feature {name!r}", hint=hint)


def _is_within(price: Decimal | None, limit: Decimal) -> bool:
    return price is not None and price <= limit


def _cheapest_first(model: Model) -> tuple[object, ...]:
    prices = (model.input_usd_per_token, model.output_usd_per_token)
    return (*((price is None, price or 0) for price in prices), model.name)
