"""A catalog as it was read once: its models, made when they are first asked for, and every name that finds one.

Nothing here is locked. Whatever is made late is made of what never changes, so that it is the same whoever comes first.
"""

from __future__ import annotations

import re

from modelsync.catalog import plain
from modelsync.catalog.model import AmbiguousModel, Model, NoSuchModel
from modelsync.domain.place import lock_name
from modelsync.errors import CatalogInvalid, LockInvalid

TYPE_CHECKING = False  # what type checkers know as true, without the cost of importing typing
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from modelsync.catalog.entries import Entry, Section
    from modelsync.layouts.layout import Layout


_UNIT = re.compile(rb'\n"unit": "(token|1k|1m)"')
_LOCK_HEAD_BYTES = 8192
_SAY_IT = 'Take the lock from version control, or say the unit, as in `Catalog.load(path, unit="1k")`.'
_JOINTS = re.compile(r"[\s._-]+")
_NEAREST = 3


class Snapshot:
    """What one state of a catalog says. `keys` has the keys of each provider; `upstream` says to which id each entry was matched.

    Prices in the file are USD per `unit`.
    """

    __slots__ = ("_data", "_indexes", "_raw", "_upstream", "keys", "layout", "models", "place", "unit")

    def __init__(
        self,
        place: str,
        unit: str,
        data: bytes = b"",
        upstream: Mapping[str, str] | None = None,
        layout: Layout | None = None,
    ) -> None:
        self.place = place
        self.unit = unit
        self.layout = layout
        self.keys: dict[str, tuple[str, ...]] = {}
        self.models: dict[str, Model] = {}
        self._data = data
        self._raw: dict[str, tuple[str, str, plain.Raw]] = {}
        self._upstream = upstream
        self._indexes: dict[str, dict[str, tuple[str, ...]]] = {}

    @classmethod
    def read(cls, data: bytes, place: str, unit: str, layout: Layout | None = None) -> Snapshot:
        """Read a catalog of a layout, without one of the original's: that the fast way, where it is enough. Raises `CatalogInvalid`."""
        snapshot = cls(place, unit, data, layout=layout)
        if layout is not None:
            snapshot.take(_sections(data, place, unit, layout))
            return snapshot
        try:
            found = plain.providers(data)
        except plain.Unusual:
            snapshot.take(_sections(data, place, unit, None))
            return snapshot
        for provider, entries in found.items():
            snapshot.keys[provider] = tuple(entries)
            for key, raw in entries.items():
                snapshot._raw[f"{provider}/{key}"] = (provider, key, raw)
        return snapshot

    def take(self, sections: Iterable[Section]) -> None:
        """Take the models of sections that were read in full. Raises `CatalogInvalid` for an entry that is damaged."""
        for section in sections:
            self.keys[section.provider] = tuple(entry.key for entry in section.entries)
            for entry in section.entries:
                self.models.setdefault(entry.name, _model(entry, self.place))

    def is_of(self, data: bytes, unit: str) -> bool:
        """Say whether it was read from these bytes in this unit, and the upstream ids that it has told are those of the lock still."""
        is_same = self._data == data and self.unit == unit
        return is_same and (self._upstream is None or self._upstream == _locked_ids(self.place))

    def names(self) -> Iterable[str]:
        """Return every `provider/key`, in file order."""
        return self._raw or self.models

    def model(self, name: str) -> Model:
        """Return the model `provider/key`. Raises `KeyError`."""
        found = self.models.get(name)
        return found if found is not None else self.models.setdefault(name, self._make(name))

    def all(self) -> list[Model]:
        """Return every model, in file order."""
        return [self.model(name) for name in self.names()]

    def _make(self, name: str) -> Model:
        provider, key, raw = self._raw[name]
        try:
            return _plain_model(provider, key, raw, self.unit)
        except plain.Unusual:
            self.take(_sections(self._data, self.place, self.unit, self.layout))
            return self.models[name]

    def find(self, name: object) -> Model:
        """Find a model by any of its names, the most exact first. Raises `NoSuchModel` or `AmbiguousModel`."""
        if not isinstance(name, str):
            raise NoSuchModel(f"{name!r} is no name of a model", "Name a model as provider/key.")
        if name in self.models or name in self._raw:
            return self.model(name)
        for kind, wanted in (("spelled", name), ("upstream", name), ("loose", loose(name))):
            found = self._index(kind).get(wanted, ())
            if len(found) > 1:
                raise AmbiguousModel(name, found)
            if found:
                return self.model(found[0])
        raise NoSuchModel(f"no model {name!r} in the catalog", lambda: self._nearest(name))

    def upstream_ids(self) -> Mapping[str, str]:
        """Return the upstream id of each entry that was matched, by `provider/key`; of a file's catalog as its lock says now."""
        if self._upstream is None:
            self._upstream = _locked_ids(self.place)
        return self._upstream

    def _index(self, kind: str) -> dict[str, tuple[str, ...]]:
        """Return the models that each name of a kind means, as `provider/key`."""
        index = self._indexes.get(kind)
        if index is None:
            found: dict[str, dict[str, None]] = {}
            for spelling, name in _INDEXES[kind](self):
                found.setdefault(spelling, {})[name] = None
            index = self._indexes[kind] = {spelling: tuple(names) for spelling, names in found.items()}
        return index

    def spelled(self) -> Iterator[tuple[str, str]]:
        """Pair each key and model id, with the provider before it and without, with the `provider/key` it stands for."""
        for model in self.all():
            yield from ((spelling, model.name) for spelling in (model.key, model.model_id))
            yield f"{model.provider}/{model.model_id}", model.name

    def matched(self) -> Iterator[tuple[str, str]]:
        """Pair each upstream id with the `provider/key` that was matched to it."""
        known = {*self.names()}
        return ((upstream, name) for name, upstream in self.upstream_ids().items() if upstream and name in known)

    def loosely(self) -> Iterator[tuple[str, str]]:
        """Pair each name, in the form that all its spellings share, with the `provider/key` it stands for."""
        yield from ((loose(name), name) for name in self.names())
        yield from ((loose(spelling), name) for spelling, name in (*self.spelled(), *self.matched()))

    def _nearest(self, name: str) -> str:
        from difflib import get_close_matches

        spellings = {name: name for name in self.names()} | dict(self.spelled()) | {one: one for one in self.names()}
        near = dict.fromkeys(spellings[spelling] for spelling in get_close_matches(name, spellings, n=_NEAREST * 2))
        return f"Did you mean {', '.join([*near][:_NEAREST])}?" if near else "Name a model as provider/key."


_INDEXES: dict[str, Callable[[Snapshot], Iterator[tuple[str, str]]]] = {
    "spelled": Snapshot.spelled,
    "upstream": Snapshot.matched,
    "loose": Snapshot.loosely,
}


def loose(name: str) -> str:
    """Reduce a name to what all its spellings share: `Claude_Sonnet-4.5` and `claude-sonnet-4-5` are one."""
    return _JOINTS.sub("-", name.casefold())


def locked_unit(place: str) -> str:
    """Return the unit that the lock of a catalog says, `1k` where there is no lock; no more is read than that takes.

    Raises `LockInvalid` for a lock that does not say it: a guess could be wrong by a thousand or a million.
    """
    path = lock_name(place)
    try:
        with open(path, "rb") as file:  # pathlib would double the cost of the imports
            found = {*_UNIT.findall(head := file.read(_LOCK_HEAD_BYTES))}  # an unfinished merge may have two
            return found.pop().decode() if len(found) == 1 else _unit_of(head + file.read(), path)
    except FileNotFoundError:
        return "1k"
    except OSError as error:
        raise LockInvalid(path, f"cannot be read: {error.strerror}", hint=_SAY_IT) from error


def _unit_of(lock: bytes, path: str) -> str:
    """Return the unit that a lock says, whatever laid it out. Raises `LockInvalid`."""
    import json

    try:
        unit = json.loads(lock)["unit"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        line, column = getattr(error, "lineno", 0), getattr(error, "colno", 0)
        raise LockInvalid(path, "does not say the unit of prices", line=line, column=column, hint=_SAY_IT) from error
    if unit not in ("token", "1k", "1m"):
        raise LockInvalid(path, f"{unit!r} is no unit of prices", hint=_SAY_IT)
    return unit


def _locked_ids(place: str) -> dict[str, str]:
    """Read the upstream ids from the lock of a catalog; none where there is no lock, or none that can be read."""
    import json

    try:
        with open(lock_name(place), "rb") as file:
            lines: dict[str, dict[str, object]] = json.loads(file.read())["entries"]
            return {name: str(line["upstream"]) for name, line in lines.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _sections(data: bytes, place: str, unit: str, layout: Layout | None) -> tuple[Section, ...]:
    """Read a catalog in full; without a layout it has the original's. Raises `CatalogInvalid` with line and column."""
    from modelsync.catalog.document import parse
    from modelsync.catalog.entries import read_sections
    from modelsync.layouts.builtin import LLM_MODELS

    shape = layout or LLM_MODELS
    return read_sections(parse(data, place, several=shape.several), shape, unit=unit, path=place)


def _plain_model(provider: str, key: str, raw: plain.Raw, unit: str) -> Model:
    """Make a model of a plain entry. Raises `plain.Unusual` where its prices need the full reader."""
    features = raw.get("features")
    return Model(
        provider,
        key,
        model_id=_text(raw.get("model")) or "",
        description=_text(raw.get("description")),
        context_length=_limit(raw.get("context_length")),
        max_output_tokens=_limit(raw.get("max_output_tokens")),
        features=plain.names(features),
        prices=plain.prices(raw, unit),
    )


def _text(data: object) -> str | None:
    return data if isinstance(data, str) else None


def _limit(data: object) -> int | None:
    from modelsync.catalog.figures import whole

    return whole(data) if isinstance(data, str) else None


def _model(entry: Entry, place: str) -> Model:
    """Make a model of an entry that was read in full. Raises `CatalogInvalid` for one that is damaged."""
    from decimal import Decimal

    from modelsync.domain import fields

    if entry.blocked:
        raise CatalogInvalid(place, f"{entry.name}: {entry.blocked}")
    values = {name: field.value for name, field in entry.fields.items()}
    features = values.get(fields.FEATURES)
    limits = {name: value for name in fields.LIMITS if isinstance(value := values.get(name), int)}
    return Model(
        entry.provider,
        entry.key,
        model_id=entry.model_id or entry.common,
        description=_text(values.get(fields.DESCRIPTION)),
        context_length=limits.get(fields.CONTEXT_LENGTH),
        max_output_tokens=limits.get(fields.MAX_OUTPUT_TOKENS),
        features=frozenset(features) if isinstance(features, tuple) else frozenset(),
        prices={name: value for name, value in values.items() if isinstance(value, Decimal)},
        damage=_damage(entry) if entry.rows or any(entry.groups.values()) else "",
    )


def _damage(entry: Entry) -> str:
    """Say what keeps the prices of an entry from being known as a whole, or empty."""
    from modelsync.domain.fields import row_of

    unread = (
        f"`{name}` is no price: {field.raw!a}"
        for name, field in entry.fields.items()
        if field.present and field.value is None and row_of(name)
    )
    return next(filter(None, entry.groups.values()), "") or next(unread, "")
