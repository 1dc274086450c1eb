"""A catalog to read: what an application asks of it, without network and without a way to change it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import force_setattr

from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.catalog.layout import LLM_MODELS
from modelsync.domain import fields
from modelsync.domain.place import lock_name
from modelsync.domain.pricing import Pricing, assemble
from modelsync.errors import CatalogInvalid, ModelsyncError

if TYPE_CHECKING:
    from datetime import datetime

    from modelsync.catalog.entries import Entry, Section
    from modelsync.costing.cost import Cost
    from modelsync.costing.usage import Usage


_ASSEMBLED = "assembled"


class _Unit(Struct):
    unit: str


class NoSuchModel(ModelsyncError, KeyError):
    """The catalog has no such entry; `hint` names the nearest ones."""

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class Model(Struct, frozen=True, dict=True):
    """One entry. Prices are USD per token, limits are tokens; None means that the catalog does not say.

    `model_id` is what the application sends to the API: the entry's own, or its key when it has none. `prices` are all prices by
    name (`pricing.tiers.200000.input`); `damage` says what of them cannot be read.
    """

    provider: str
    key: str
    model_id: str
    description: str | None
    context_length: int | None
    max_output_tokens: int | None
    input_usd_per_token: Decimal | None
    output_usd_per_token: Decimal | None
    features: frozenset[str]
    prices: Mapping[str, Decimal] = {}
    damage: str = ""

    @property
    def pricing(self) -> Pricing:
        """All prices: tiers, windows and the batch offer too.

        Raises `CatalogInvalid` where a tier or a window cannot be read: without it, calls would seem to cost something else.
        """
        if self.damage:
            raise CatalogInvalid(self.name, self.damage)
        known: Pricing | None = self.__dict__.get(_ASSEMBLED)
        if known is None:
            known = assemble(self.prices)
            force_setattr(self, _ASSEMBLED, known)
        return known

    def __hash__(self) -> int:
        return hash((self.provider, self.key))

    @property
    def name(self) -> str:
        """`provider/key`."""
        return f"{self.provider}/{self.key}"

    def cost(self, usage: Usage, *, at: datetime | None = None, batch: bool = False) -> Cost:
        """Work out what a call costs, as `modelsync.cost` does."""
        from modelsync.costing.cost import cost

        return cost(self, usage, at=at, batch=batch)


class Provider(Struct, frozen=True):
    """One provider of the catalog, with its models by key, in file order."""

    name: str
    models: Mapping[str, Model]

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models.values())

    def __len__(self) -> int:
        return len(self.models)


class Catalog:
    """An immutable view of a catalog: `catalog["openai/gpt-4o"]`, iteration over models, `catalog.providers`."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self.providers = dict(providers)
        self._models = {model.name: model for provider in providers.values() for model in provider}

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, unit: str | None = None) -> Catalog:
        """Read a catalog whose prices are USD per `unit` (`token`, `1k`, `1m`; default: what its lock says, else `1k`).

        Raises `CatalogInvalid` with line and column when it cannot be read safely, also for an entry that is damaged.
        """
        place = os.fspath(path)
        try:
            with open(place, "rb") as file:  # pathlib would double the cost of the imports
                document = parse(file.read(), place)
        except OSError as error:
            raise CatalogInvalid(place, f"cannot be read: {error.strerror}") from error
        return cls.of(read_sections(document, LLM_MODELS, unit=unit or _locked_unit(place), path=place), place)

    @classmethod
    def of(cls, sections: Iterable[Section], place: str) -> Catalog:
        """Make the view of a catalog that has been read. Raises `CatalogInvalid` for an entry that is damaged."""
        providers: dict[str, Provider] = {}
        for section in sections:
            models = {entry.key: _model(entry, place) for entry in section.entries}
            providers[section.provider] = Provider(section.provider, models)
        return cls(providers)

    def __getitem__(self, name: str) -> Model:
        """Return the model `provider/key`. Raises `NoSuchModel`, a KeyError that names the nearest ones."""
        try:
            return self._models[name]
        except KeyError:
            from difflib import get_close_matches

            near = get_close_matches(name, self._models, n=3)
            hint = f"Did you mean {', '.join(near)}?" if near else ""
            raise NoSuchModel(f"no model {name!r} in the catalog", hint=hint) from None

    def __contains__(self, name: object) -> bool:
        return name in self._models

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def __len__(self) -> int:
        return len(self._models)


def _locked_unit(place: str) -> str:
    """Return the unit the catalog's lock was made with."""
    try:
        with open(lock_name(place), "rb") as file:
            return msgspec.json.decode(file.read(), type=_Unit).unit
    except (OSError, msgspec.DecodeError):
        return "1k"


def _model(entry: Entry, path: str) -> Model:
    if entry.blocked:
        raise CatalogInvalid(path, f"{entry.name}: {entry.blocked}")
    values = {name: field.value for name, field in entry.fields.items()}
    features = values.get(fields.FEATURES)
    return Model(
        provider=entry.provider,
        key=entry.key,
        model_id=entry.model_id or entry.key,
        description=_text(values.get(fields.DESCRIPTION)),
        context_length=_limit(values.get(fields.CONTEXT_LENGTH)),
        max_output_tokens=_limit(values.get(fields.MAX_OUTPUT_TOKENS)),
        input_usd_per_token=_price(values.get(fields.INPUT_PRICE)),
        output_usd_per_token=_price(values.get(fields.OUTPUT_PRICE)),
        features=frozenset(features) if isinstance(features, tuple) else frozenset(),
        prices={name: value for name, value in values.items() if isinstance(value, Decimal)},
        damage=_damage(entry) if entry.rows or any(entry.groups.values()) else "",
    )


def _damage(entry: Entry) -> str:
    """Say what keeps the prices of an entry from being known as a whole, or empty."""
    unread = (
        f"`{name}` is no price: {field.raw!a}"
        for name, field in entry.fields.items()
        if field.present and field.value is None and name not in LLM_MODELS.paths  # it is in a row
    )
    return next(filter(None, entry.groups.values()), "") or next(unread, "")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _limit(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _price(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None
