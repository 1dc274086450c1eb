"""The models of a catalog that fit what is asked, to show: the facts that every format shares, and the lines of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.model import Model
from modelsync.costing.cost import rates_for
from modelsync.costing.limits import Excess
from modelsync.views.columns import table
from modelsync.views.costs import Costing, ModelCost, amount, call_text, remarks
from modelsync.views.text import counted, per_million, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from modelsync.views.costs import Call
    from modelsync.views.lines import Line

_HEADS = ("model", "cost", "input", "output", "context", "max output", "")
_NUMBERS = _HEADS[1:-1]
_NAMED = 10
_SHORT = {"context_length": "context", "max_output_tokens": "max output"}


class Found(Struct, frozen=True):
    """Models in the order in which they are to be shown, of `total` in the catalog; `asked` says in words what they had to have.

    `costing` is what a call costs with each of them, where a call was told; `too_small` names those that were left out, with
    the limits of theirs that the call goes beyond.
    """

    catalog: str
    unit: str
    total: int
    asked: tuple[str, ...]
    models: tuple[Model, ...]
    costing: Costing | None = None
    too_small: tuple[tuple[str, tuple[Excess, ...]], ...] = ()

    @property
    def call(self) -> Call | None:
        """The call, where one was told."""
        return self.costing.call if self.costing is not None else None

    @property
    def complete(self) -> bool:
        """Whether nothing that the order depends on is unknown: all parts of the call have a price with every model."""
        return self.costing is None or self.costing.complete

    def costs(self) -> dict[str, ModelCost]:
        """Return what the call costs by `provider/key`; empty where none was told."""
        return {cost.name: cost for cost in self.costing.models} if self.costing is not None else {}


def quoted(model: Model, rate: str, call: Call | None) -> Decimal | None:
    """Return the price of a token of `input` or `output`: the one that holds for a call where there is one, else the usual one."""
    if call is None:
        return model.prices.get(f"pricing.{rate}")
    return None if model.damage else rates_for(model, call.usage, at=call.at, batch=call.batch).get(rate)


def headline(found: Found) -> str:
    """Say how many models there are, and of what kind."""
    what = f": {', '.join(found.asked)}" if found.asked else ""
    call = f"; a call with {call_text(found.call)}" if found.call is not None else ""
    return f"{len(found.models)} of {counted(found.total, 'model')}{visible(what, 500)}{call}"


def rows(found: Found) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return a table of the models: its heads, and a row each. Prices are USD per 1M tokens."""
    costs = found.costs()
    return _HEADS, [_row(model, costs.get(model.name), found.call) for model in found.models]


def _row(model: Model, cost: ModelCost | None, call: Call | None) -> tuple[str, ...]:
    prices = (quoted(model, "input", call), quoted(model, "output", call))
    return (
        visible(model.name),
        amount(cost.cost) if cost is not None else "",
        *(per_million(price) if price is not None else "" for price in prices),
        _limit(model.context_length, call.usage.prompt_tokens if call is not None else 0),
        _limit(model.max_output_tokens, call.usage.output_tokens if call is not None else 0),
        remarks(cost) if cost is not None else "",
    )


def _limit(limit: int | None, tokens: int) -> str:
    """Spell a limit; of one that is not known, say so where a call has tokens that it may not have room for."""
    return f"{limit:,}" if limit is not None else "unknown" if tokens else ""


def footnotes(found: Found) -> tuple[str, ...]:
    """Say what the prices of the table are, and which models were left out as too small for the call."""
    hold = ", as they hold for this call," if found.call is not None else ""
    prices = (f"input and output{hold} in USD per 1M tokens",) * bool(found.models)
    named = [_too_small(name, exceeds) for name, exceeds in found.too_small[:_NAMED]]
    more = [f"and {len(found.too_small) - _NAMED} more"] if len(found.too_small) > _NAMED else []
    return (*prices, f"too small for this call: {', '.join([*named, *more])}") if named else prices


def _too_small(name: str, exceeds: tuple[Excess, ...]) -> str:
    """Name a model with the limits that keep it from a call: `openai/gpt-4o (context 128,000)`."""
    return f"{visible(name)} ({', '.join(f'{_SHORT[limit.limit]} {limit.most:,}' for limit in exceeds)})"


def found_lines(found: Found) -> Iterator[Line]:
    """Render what was asked, then the table of the models, and what is to be known of it."""
    yield (("bold", headline(found)),)
    heads, table_rows = rows(found)
    if table_rows:
        yield from table(heads, table_rows, numbers=_NUMBERS, styles={"model": "", "cost": "bold", "": "yellow"})
    yield from ((("dim", f"  {note}"),) for note in footnotes(found))
