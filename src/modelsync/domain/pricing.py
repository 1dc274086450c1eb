"""The price model: what one model costs, what changes that (long prompts, hours of the day), and its batch offer.

Rates are exact USD per token, except those of `PER_USE`, which are USD for one image, one request or one search. A rate that is
not there is unknown; a free one is zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from modelsync.domain.rates import PER_USE, RATES, hours_name, minute_of, read_hours

__all__ = (
    "MINUTES_A_DAY", "PER_USE", "RATES", "Pricing", "Rates", "Tier", "Window", "assemble", "flatten", "hours_name", "minute_of",
    "read_hours",
)  # fmt: skip

Rates: TypeAlias = Mapping[str, Decimal]

MINUTES_A_DAY = 24 * 60


class Tier(Struct, frozen=True):
    """What a call costs whose prompt has more than `above` tokens. A rate that it does not name is that of the tier below it."""

    above: int
    rates: Rates


class Window(Struct, frozen=True):
    """What a call costs from `start` to `end`, in minutes of the UTC day, the end excluded; it may run over midnight.

    A rate that it does not name is that of the rest of the day.
    """

    start: int
    end: int
    rates: Rates

    def holds(self, minute: int) -> bool:
        """Say whether a minute of the day is in the window."""
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def overlaps(self, other: Window) -> bool:
        """Say whether there is a minute of the day that is in both."""
        return self.holds(other.start) or other.holds(self.start)

    @property
    def name(self) -> str:
        """`0100-0400`."""
        return hours_name(self.start, self.end)


class Pricing(Struct, frozen=True):
    """All prices of one model. `tiers` ascend, `windows` follow the day; `batch` is the offer for calls that may wait."""

    rates: Rates = {}
    tiers: tuple[Tier, ...] = ()
    windows: tuple[Window, ...] = ()
    batch: Pricing | None = None


def flatten(pricing: Pricing, group: str = "pricing") -> dict[str, Decimal]:
    """Give every price a name of its own, as in `pricing.tiers.200000.input` or `pricing.batch.output`."""
    named = {f"{group}.{rate}": price for rate, price in pricing.rates.items()}
    for tier in pricing.tiers:
        named |= {f"{group}.tiers.{tier.above}.{rate}": price for rate, price in tier.rates.items()}
    for window in pricing.windows:
        named |= {f"{group}.windows.{window.name}.{rate}": price for rate, price in window.rates.items()}
    if pricing.batch is not None:
        named |= flatten(pricing.batch, f"{group}.batch")
    return named


def assemble(prices: Rates, group: str = "pricing") -> Pricing:
    """Put named prices together again; names that are none of `flatten`'s are left out."""
    rates: dict[str, Decimal] = {}
    tiers: dict[int, dict[str, Decimal]] = {}
    windows: dict[tuple[int, int], dict[str, Decimal]] = {}
    batch: dict[str, Decimal] = {}
    for name, price in prices.items():
        match name.removeprefix(f"{group}.").split("."):
            case [rate] if rate in RATES:
                rates[rate] = price
            case ["tiers", above, rate] if rate in RATES and above.isascii() and above.isdigit():
                tiers.setdefault(int(above), {})[rate] = price
            case ["windows", hours, rate] if rate in RATES and (span := read_hours(hours)):
                windows.setdefault(span, {})[rate] = price
            case ["batch", *_]:
                batch[name] = price
            case _:
                continue
    return Pricing(
        rates,
        tuple(Tier(above, tiers[above]) for above in sorted(tiers)),
        tuple(Window(*span, windows[span]) for span in sorted(windows)),
        assemble(batch, f"{group}.batch") if batch and not group.endswith(".batch") else None,
    )
