"""What calls cost, as a page in GitHub-flavoured Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.views.costs import amount, call_text, comparison, rate, remarks
from modelsync.views.gfm import code, page, prose, table
from modelsync.views.markdown import LONGEST_BYTES
from modelsync.views.text import usd

if TYPE_CHECKING:
    from modelsync.views.costs import Costing

_ALL_OPEN = 40


def cost_page(costing: Costing) -> str:
    """Render the total and a table of its components, as a page that ends with a newline."""
    (model,) = costing.models
    rows = [
        (code(line.component), f"{line.count:,}", rate(line), usd(line.amount), code(line.price))
        for line in model.cost.lines
    ]
    sections = [table("Components", ("Used", "Count", "Rate", "Amount", "Price"), rows, open_rows=_ALL_OPEN)] * bool(
        rows
    )
    told = f" ({prose(remarks(model))})" if remarks(model) else ""
    call = code(call_text(costing.call))
    return page(
        f"{code(model.name)}: **{amount(model.cost)}** for {call}{told}\n", sections, "", longest_bytes=LONGEST_BYTES
    )


def comparison_page(costing: Costing) -> str:
    """Render what is compared and a table of the models, the cheapest first, as a page that ends with a newline."""
    heads, rows = comparison(costing)
    cells = [(code(name), *amounts, prose(told)) for name, *amounts, told in rows]
    named = tuple(head.capitalize() or "Remarks" for head in heads)
    opening = f"A call with {code(call_text(costing.call))}, by {code(costing.catalog)}.\n"
    return page(opening, [table("Models", named, cells, open_rows=_ALL_OPEN)], "", longest_bytes=LONGEST_BYTES)
