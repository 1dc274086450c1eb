"""Everything a catalog says of one model, to show: the facts that every format shares, and the styled lines of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.model import Model
from modelsync.domain.lock import Base
from modelsync.views.columns import table
from modelsync.views.text import unit_name, usual_price, value_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modelsync.views.lines import Line

_LONGEST_DESCRIPTION = 500
_LABEL_WIDTH = 13


class Shown(Struct, frozen=True):
    """One model of a catalog, whose prices are USD per `unit` there, and what the lock adds.

    `upstream` is the id it was matched to, or empty. `bases` has, for each field that is what upstream said, the source that gave it
    and the day it last moved. `retires` is the day the model ends, `missing_since` the one on which upstream first lacked it.
    `pins` are the entry's own. `damage` says why its prices are not known as a whole, or is empty.
    """

    catalog: str
    line: int
    unit: str
    model: Model
    upstream: str = ""
    bases: Mapping[str, Base] = {}
    retires: Base | None = None
    missing_since: str = ""
    pins: tuple[str, ...] = ()
    damage: str = ""


def facts(shown: Shown) -> dict[str, str]:
    """Name what is known of the model besides its prices, with each as a text; what the catalog does not say is left out."""
    model = shown.model
    found = {
        "model id": visible(model.model_id),
        "upstream id": visible(shown.upstream),
        "description": visible(" ".join((model.description or "").split()), _LONGEST_DESCRIPTION),
        "context": _tokens(model.context_length),
        "max output": _tokens(model.max_output_tokens),
        "features": visible(", ".join(sorted(model.features)), _LONGEST_DESCRIPTION),
        "pinned": visible(", ".join("everything" if pin == "*" else pin for pin in shown.pins)),
        "retires": f"{shown.retires.value} ({visible(shown.retires.source)})" if shown.retires is not None else "",
        "gone since": shown.missing_since,
        "line": f"{visible(shown.catalog)}:{shown.line}",
    }
    return {name: text for name, text in found.items() if text}


def price_rows(shown: Shown) -> list[tuple[str, str, str, str, str]]:
    """Return a row for each price: its name, as people quote it, as the file has it, since when, and from where.

    The last two are empty for a price that is not what upstream said.
    """
    rows: list[tuple[str, str, str, str, str]] = []
    for name, price in shown.model.prices.items():
        base = shown.bases.get(name)
        since, source = (base.day, visible(base.source)) if base is not None else ("", "")
        rows.append((name, usual_price(name, price), value_text(name, price, shown.unit), since, source))
    return rows


def price_heads(shown: Shown) -> tuple[str, str, str, str, str]:
    """Return the heads of the rows of prices."""
    return ("price", "USD", f"per {unit_name(shown.unit)}", "since", "source")


def shown_lines(shown: Shown) -> Iterator[Line]:
    """Render the name, a line for each fact, then a table of the prices."""
    yield (("bold", visible(shown.model.name)),)
    for name, text in facts(shown).items():
        yield (("dim", f"  {name:<{_LABEL_WIDTH}}"), ("", text))
    heads, rows = price_heads(shown), price_rows(shown)
    if rows:
        yield from table(heads, rows, numbers=(heads[2],), styles={"price": "", "USD": "bold"})
    else:
        yield (("yellow", "  no price is known"),)
    if shown.damage:
        yield (("red", f"  not all prices can be read: {visible(shown.damage, _LONGEST_DESCRIPTION)}"),)


def _tokens(limit: int | None) -> str:
    return f"{limit:,} tokens" if limit is not None else ""
