"""The models of a catalog that fit what is asked, to show: the facts that every format shares, and the lines of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.model import Model
from modelsync.domain.fields import INPUT_PRICE, OUTPUT_PRICE
from modelsync.views.columns import table
from modelsync.views.costs import Costing, ModelCost, amount, remarks, used
from modelsync.views.text import counted, per_million, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.views.lines import Line

_HEADS = ("model", "cost", "input", "output", "context", "max output", "")
_NUMBERS = _HEADS[1:-1]


class Found(Struct, frozen=True):
    """Models in the order in which they are to be shown, of `total` in the catalog; `asked` says in words what they had to have.

    `costing` is what a call costs with each of them, where a call was told.
    """

    catalog: str
    unit: str
    total: int
    asked: tuple[str, ...]
    models: tuple[Model, ...]
    costing: Costing | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing that the order depends on is unknown: all parts of the call have a price with every model."""
        return self.costing is None or self.costing.complete

    def costs(self) -> dict[str, ModelCost]:
        """Return what the call costs by `provider/key`; empty where none was told."""
        return {cost.name: cost for cost in self.costing.models} if self.costing is not None else {}


def headline(found: Found) -> str:
    """Say how many models there are, and of what kind."""
    what = f": {', '.join(found.asked)}" if found.asked else ""
    call = f"; a call with {used(found.costing.call.usage)}" if found.costing is not None else ""
    batch = ", as a batch" if found.costing is not None and found.costing.call.batch else ""
    return f"{len(found.models)} of {counted(found.total, 'model')}{visible(what, 500)}{call}{batch}"


def rows(found: Found) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return a table of the models: its heads, and a row each. Prices are USD per 1M tokens."""
    costs = found.costs()
    return _HEADS, [_row(model, costs.get(model.name)) for model in found.models]


def _row(model: Model, cost: ModelCost | None) -> tuple[str, ...]:
    prices = (model.prices.get(INPUT_PRICE), model.prices.get(OUTPUT_PRICE))
    limits = (model.context_length, model.max_output_tokens)
    return (
        visible(model.name),
        amount(cost.cost) if cost is not None else "",
        *(per_million(price) if price is not None else "" for price in prices),
        *(f"{limit:,}" if limit is not None else "" for limit in limits),
        remarks(cost) if cost is not None else "",
    )


def found_lines(found: Found) -> Iterator[Line]:
    """Render what was asked, then the table of the models."""
    yield (("bold", headline(found)),)
    heads, table_rows = rows(found)
    if table_rows:
        yield from table(heads, table_rows, numbers=_NUMBERS, styles={"model": "", "cost": "bold", "": "yellow"})
        yield (("dim", "  input and output in USD per 1M tokens"),)
