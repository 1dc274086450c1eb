"""What calls cost, to show: the facts that every format shares, and the styled lines of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.model import Model
from modelsync.catalog.ranking import cheapest_first
from modelsync.costing.cost import Cost, Line
from modelsync.costing.limits import Excess
from modelsync.costing.usage import Usage
from modelsync.domain.pricing import PER_USE
from modelsync.views.columns import table
from modelsync.views.text import per_million, usd, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from modelsync.views.lines import Line as Styled

_MODEL, _COST, _REMARKS = "model", "cost", ""
_LONGEST_DAMAGE = 400
_LIMITS = {
    "context_length": "prompt exceeds the context",
    "max_output_tokens": "output exceeds the limit",
}


class Call(Struct, frozen=True):
    """A call to be charged: what it uses, when it is made, and whether through the batch offer."""

    usage: Usage
    at: datetime
    batch: bool = False


class ModelCost(Struct, frozen=True):
    """What a call costs with one model, and the limits of the model that the call goes beyond."""

    model: Model
    cost: Cost
    exceeds: tuple[Excess, ...] = ()

    @property
    def name(self) -> str:
        """`provider/key` in the catalog."""
        return self.model.name

    @property
    def damage(self) -> str:
        """Why the prices of the model cannot be read, and then all that is used is unknown; else empty."""
        return self.model.damage

    @property
    def offered(self) -> bool:
        """Whether there is an offer of this kind: not so for a batch where none has a price."""
        return not self.cost.batch or self.model.pricing.batch is not None


class Costing(Struct, frozen=True):
    """What one call costs with some models of a catalog."""

    catalog: str
    call: Call
    models: tuple[ModelCost, ...]

    @property
    def complete(self) -> bool:
        """Whether everything that is used has a price with every model."""
        return all(model.cost.complete for model in self.models)

    def ranked(self) -> tuple[ModelCost, ...]:
        """Return the cheapest first, as a catalog ranks them; those that cannot take the call stand last, whatever it would cost."""
        return tuple(sorted(self.models, key=lambda one: (bool(one.exceeds), *cheapest_first((one.model, one.cost)))))


_PROMPT = {
    "cached": "cache_read",
    "cache write": "cache_write",
    "cache write for an hour": "cache_write_1h",
    "audio": "audio_input",
    "cached audio": "audio_cache_read",
    "images": "image_input",
}
_OUTPUT = {"reasoning": "reasoning", "audio": "audio_output", "images": "image_output"}


def used(usage: Usage) -> str:
    """Say what a call uses, as it is asked: `input 300,000 (of which cached 100,000), output 2,000`. One request goes without saying."""
    counts = {name: getattr(usage, name) for name in ("images", "requests", "searches")}
    told = [
        _whole("input", usage.prompt_tokens, _PROMPT, usage),
        _whole("output", usage.output_tokens, _OUTPUT, usage),
        *(f"{name} {count:,}" for name, count in counts.items() if count and (name, count) != ("requests", 1)),
    ]
    return ", ".join(filter(None, told))


def call_text(call: Call) -> str:
    """Say what a call uses, and how it is made."""
    return f"{used(call.usage)}{', as a batch' if call.batch else ''}"


def _whole(name: str, tokens: int, parts: dict[str, str], usage: Usage) -> str:
    """Spell all tokens of a prompt or an answer, and those that may have a price of their own."""
    inside = ", ".join(f"{part} {count:,}" for part, field in parts.items() if (count := getattr(usage, field)))
    return f"{name} {tokens:,}{f' (of which {inside})' if inside else ''}" if tokens else ""


def amount(found: Cost) -> str:
    """Spell a total; of one that is not all, what it is at least."""
    if found.complete:
        return usd(found.total)
    return f"at least {usd(found.total)}" if found.lines else "unknown"


def rate(line: Line) -> str:
    """Spell a rate as people quote it: `$2.50 per 1M`, or `$0.01 each` for what is not tokens."""
    return f"{usd(line.rate)} each" if line.price.rpartition(".")[2] in PER_USE else f"{per_million(line.rate)} per 1M"


def remarks(model: ModelCost) -> str:
    """Say which limits a call goes beyond, which prices hold for it, and what is not in its total."""
    beyond = (f"{_LIMITS[limit.limit]} of {limit.most:,}" for limit in model.exceeds)
    return ", ".join(filter(None, (*beyond, _remarks_on_prices(model))))


def _remarks_on_prices(model: ModelCost) -> str:
    found = model.cost
    if model.damage:
        return visible(f"not all prices can be read: {model.damage}", _LONGEST_DAMAGE)
    hours = f"{found.window[:2]}:{found.window[2:7]}:{found.window[7:]} UTC" if found.window else ""
    tier = f"more than {found.above:,} prompt tokens" if found.above is not None else ""
    unknown = f"no price for {', '.join(found.unknown)}" if found.unknown else ""
    return ", ".join(filter(None, (tier, hours, unknown if model.offered else "no batch offer")))


def cost_lines(costing: Costing) -> Iterator[Styled]:
    """Render what a call costs with one model: the total, then a line for each component with the name of its price."""
    (model,) = costing.models
    style = "bold" if model.cost.complete else "yellow"
    yield (
        ("bold", f"{visible(model.name)}: "),
        (style, amount(model.cost)),
        ("dim", f" for {call_text(costing.call)}"),
    )
    rows = [
        (line.component, f"{line.count:,}", f"× {rate(line)}", usd(line.amount), line.price)
        for line in model.cost.lines
    ]
    if rows:
        heads = ("used", "count", "rate", "amount", "price")
        yield from table(heads, rows, numbers=("count", "amount"), styles={"used": "", "amount": ""})
    if told := remarks(model):
        yield (("" if model.cost.complete and not model.exceeds else "yellow", f"  {told}"),)


def comparison(costing: Costing) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return a table of the models, the cheapest first: its heads, and a row each with every component's amount."""
    parts = tuple(
        name for name in Usage.__struct_fields__ if any(_amounts(model).get(name) for model in costing.models)
    )
    rows = [
        (visible(model.name), amount(model.cost), *(_amounts(model).get(part, "") for part in parts), remarks(model))
        for model in costing.ranked()
    ]
    return (_MODEL, _COST, *parts, _REMARKS), rows


def _amounts(model: ModelCost) -> dict[str, str]:
    return {line.component: usd(line.amount) for line in model.cost.lines}


def comparison_lines(costing: Costing) -> Iterator[Styled]:
    """Render what is compared, then the table of the models."""
    yield (("bold", call_text(costing.call)),)
    heads, rows = comparison(costing)
    yield from table(heads, rows, numbers=heads[1:-1], styles={_MODEL: "", _COST: "bold", _REMARKS: "yellow"})
