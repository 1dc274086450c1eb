"""The models of a catalog that fit what is asked, to show: the facts that every format shares, and the lines of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.model import Model
from modelsync.costing.cost import rates_for
from modelsync.views.columns import table
from modelsync.views.costs import Costing, ModelCost, amount, remarks, used
from modelsync.views.text import counted, per_million, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from modelsync.views.costs import Call
    from modelsync.views.lines import Line

_HEADS = ("model", "cost", "input", "output", "context", "max output", "")
_NUMBERS = _HEADS[1:-1]
_LONGEST_NAMES = 400


class Found(Struct, frozen=True):
    """Models in the order in which they are to be shown, of `total` in the catalog; `asked` says in words what they had to have.

    `costing` is what a call costs with each of them, where a call was told; `too_small` names those that were left out, since the
    call goes beyond a limit of theirs.
    """

    catalog: str
    unit: str
    total: int
    asked: tuple[str, ...]
    models: tuple[Model, ...]
    costing: Costing | None = None
    too_small: tuple[str, ...] = ()

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
    call = f"; a call with {used(found.call.usage)}" if found.call is not None else ""
    batch = ", as a batch" if found.call is not None and found.call.batch else ""
    return f"{len(found.models)} of {counted(found.total, 'model')}{visible(what, 500)}{call}{batch}"


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
    names = visible(", ".join(found.too_small), _LONGEST_NAMES)
    return (*prices, f"too small for this call: {names}") if found.too_small else prices


def found_lines(found: Found) -> Iterator[Line]:
    """Render what was asked, then the table of the models, and what is to be known of it."""
    yield (("bold", headline(found)),)
    heads, table_rows = rows(found)
    if table_rows:
        yield from table(heads, table_rows, numbers=_NUMBERS, styles={"model": "", "cost": "bold", "": "yellow"})
    yield from ((("dim", f"  {note}"),) for note in footnotes(found))
