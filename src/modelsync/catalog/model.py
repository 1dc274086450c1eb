"""One model of a catalog, as an application sees it, and the errors for a name that is none or means several."""

from __future__ import annotations

from types import MappingProxyType

from modelsync.errors import CatalogInvalid, UsageError

TYPE_CHECKING = False  # what type checkers know as true, without the cost of importing typing
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from decimal import Decimal
    from typing import Any

    from modelsync.costing.cost import Cost
    from modelsync.costing.limits import Excess
    from modelsync.costing.usage import Usage
    from modelsync.domain.pricing import Pricing


class _Hinted(UsageError):
    """An error of the library, whose text ends with what to do about it."""

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class NoSuchModel(_Hinted, KeyError):
    """The catalog has no such model; `hint` names the nearest ones. It is worked out when it is first asked for: that takes long."""

    def __init__(self, message: str, hint: str | Callable[[], str] = "") -> None:
        super().__init__(message)
        self._hint = hint

    @property
    def hint(self) -> str:
        """The nearest names, in one sentence."""
        if not isinstance(self._hint, str):
            self._hint = self._hint()
        return self._hint

    @hint.setter
    def hint(self, hint: str) -> None:
        self._hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return NoSuchModel, (self.message, self.hint)


class AmbiguousModel(_Hinted, KeyError):
    """A name means several models of the catalog: `candidates`, each as `provider/key`."""

    def __init__(self, name: str, candidates: tuple[str, ...]) -> None:
        message = f"{name!r} means {len(candidates)} models of the catalog"
        super().__init__(message, hint=f"Name one of them: {', '.join(candidates)}.")
        self.candidates = candidates


class NoSuchFeature(_Hinted, ValueError):
    """No model of the catalog has a feature of this name, and none that a sync writes is called so."""


class NoSuchProvider(_Hinted, ValueError):
    """The catalog has no provider of this name."""


class Model:
    """One entry. Prices are USD per token, limits are tokens; None means that the catalog does not say.

    `model_id` is what the application sends to the API: the entry's own, or its key when it has none. `prices` are all prices by
    name (`pricing.tiers.200000.input`); those of an image, a request and a search are USD for each. `damage` says what keeps the prices
    from being known as a whole; empty where nothing does. A model cannot be changed.
    """

    __slots__ = (
        "_pricing", "context_length", "damage", "description", "features", "key", "max_output_tokens", "model_id", "prices",
        "provider",
    )  # fmt: skip

    provider: str
    key: str
    model_id: str
    description: str | None
    context_length: int | None
    max_output_tokens: int | None
    features: frozenset[str]
    prices: Mapping[str, Decimal]
    damage: str
    _pricing: Pricing | None

    def __init__(  # noqa: PLR0913  # an entry has as many facts
        self,
        provider: str,
        key: str,
        *,
        model_id: str = "",
        description: str | None = None,
        context_length: int | None = None,
        max_output_tokens: int | None = None,
        features: frozenset[str] = frozenset(),
        prices: dict[str, Decimal],
        damage: str = "",
    ) -> None:
        """Make a model of the facts of an entry."""
        set_once = object.__setattr__
        set_once(self, "provider", provider)
        set_once(self, "key", key)
        set_once(self, "model_id", model_id or key)
        set_once(self, "description", description)
        set_once(self, "context_length", context_length)
        set_once(self, "max_output_tokens", max_output_tokens)
        set_once(self, "features", features)
        set_once(self, "prices", MappingProxyType(prices))
        set_once(self, "damage", damage)
        set_once(self, "_pricing", None)

    @property
    def name(self) -> str:
        """`provider/key`."""
        return f"{self.provider}/{self.key}"

    @property
    def input_usd_per_token(self) -> Decimal | None:
        """The price of a token of the prompt, before tiers, windows and caches; None also for one below zero, which is no price."""
        return _known(self.prices.get("pricing.input"))

    @property
    def output_usd_per_token(self) -> Decimal | None:
        """The price of a token of the output, before tiers and windows; None also for one below zero, which is no price."""
        return _known(self.prices.get("pricing.output"))

    @property
    def pricing(self) -> Pricing:
        """All prices: tiers, windows and the batch offer too.

        Raises `CatalogInvalid` where a tier or a window cannot be read: without it, calls would seem to cost something else.
        """
        if self.damage:
            raise CatalogInvalid(self.name, self.damage)
        if self._pricing is None:
            from modelsync.domain.pricing import assemble

            object.__setattr__(self, "_pricing", assemble(self.prices))  # the same for whoever comes first
            return self.pricing
        return self._pricing

    def cost(self, usage: Usage, *, at: datetime | None = None, batch: bool = False) -> Cost:
        """Work out what a call costs, as `modelsync.cost` does."""
        from modelsync.costing.cost import cost

        return cost(self, usage, at=at, batch=batch)

    def exceeds(self, usage: Usage) -> tuple[Excess, ...]:
        """Return the limits that a call goes beyond: a prompt longer than the context, an output longer than the longest.

        A limit that the catalog does not say is not gone beyond. Raises `InvalidCall` for what is no `Usage`.
        """
        from modelsync.costing.limits import excesses

        return excesses(self, usage)

    def _facts(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__ if name != "_pricing")

    def __eq__(self, other: object) -> bool:
        return self._facts() == other._facts() if isinstance(other, Model) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.provider, self.key, self.model_id))

    def __repr__(self) -> str:
        return f"Model({self.name!r}, model_id={self.model_id!r})"

    def __reduce__(self) -> tuple[object, ...]:
        facts = {name: getattr(self, name) for name in self.__slots__ if not name.startswith("_")}
        return _restored, ({**facts, "prices": dict(self.prices)},)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a model of a catalog cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a model of a catalog cannot be changed: {name}")


def _known(price: Decimal | None) -> Decimal | None:
    return price if price is not None and price >= 0 else None


def _restored(facts: dict[str, Any]) -> Model:
    """Make a model again that was pickled or copied."""
    return Model(**facts)
