"""Guards that refuse a whole plan. Each message names the subject, the number, the limit and the way out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from modelsync.domain.fields import PRICES
from modelsync.domain.money import UNITS, unit_words
from modelsync.errors import GuardRefused
from modelsync.normalize.identity import split_vendor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from modelsync.settings import Guards

    Moves: TypeAlias = Mapping[tuple[str, str], tuple[Decimal, Decimal]]

UNIT_SLIP = Decimal(100)
OUT_OF_STEP_SHARE = Decimal("0.20")
OUT_OF_STEP_LEAST = 5
SHRUNKEN_LEAST = 5
SLIPPED_LEAST = 3


def refuse_unit_slip(prices: Iterable[tuple[Decimal, Decimal]], *, unit: str) -> None:
    """Refuse when the file's prices are off by a factor of a hundred or more: its unit is not what the settings say.

    `prices` are pairs of the file's and upstream's price in USD per token.
    """
    ratios = [ours / theirs for ours, theirs in prices if ours > 0 and theirs > 0]
    if not ratios:
        return
    middle = _median(ratios)
    if middle >= UNIT_SLIP or middle <= 1 / UNIT_SLIP:
        factor = middle if middle >= 1 else 1 / middle
        direction = "higher" if middle >= 1 else "lower"
        raise GuardRefused(
            f"the catalog's prices are a median of {factor:.0f} times {direction} than upstream's over {len(ratios)} matched price(s) "
            f"(limit {UNIT_SLIP}): they do not look like USD per {unit_words(unit)}",
            hint=f"Say what they are per with {_likely_unit(unit, middle)} in modelsync.toml; if the file is right, the listing is not: "
            "name another --source. Nothing was written.",
        )


def _likely_unit(unit: str, ratio: Decimal) -> str:
    """Spell the setting that would explain why the file's prices are off by a factor, or all there are."""
    power = UNITS[unit] + ratio.adjusted() + (ratio.scaleb(-ratio.adjusted()) > 3)
    likely = next((name for name, at in UNITS.items() if at == power), "")
    return f'`unit = "{likely}"`' if likely else "`unit` (" + ", ".join(f'"{name}"' for name in UNITS) + ")"


def refuse_slipped_listing(source: str, moves: Moves, *, held_singly: bool) -> None:
    """Refuse a listing whose prices are off by a factor of a hundred or more, or gone to zero: its unit is not what it was.

    `moves` maps each upstream model and price to what lock or file have, whichever is nearer, and to what upstream says now.
    Where a wrong price is `held_singly`, fewer than three models do not speak for a listing. Those of input and output are judged
    by themselves too: the rates of caches and tiers must not outvote them.
    """
    for ratios in _ratios(moves):
        if held_singly and len({upstream for upstream, _ in ratios}) < SLIPPED_LEAST:
            continue
        middle = _median(list(ratios.values()))
        if middle >= UNIT_SLIP or middle <= 1 / UNIT_SLIP:
            raise GuardRefused(
                f"the prices of {source} are {_times(middle)} what they were, by the median of {len(ratios)} price(s) "
                f"(limit {UNIT_SLIP} times): the listing seems to count in another unit",
                hint="Wait until that is mended, or name another --source. If the prices are right, --force goes on, and each of them "
                "is judged by itself. Nothing was written.",
            )


def slip_of_all(source: str, ratios: Sequence[Decimal]) -> str:
    """Say that every price which is known moved a hundredfold the same way, or to zero; else empty.

    Of few models that is not enough to refuse a listing, but what it says of others cannot be believed unseen.
    """
    if not ratios or (min(ratios) < UNIT_SLIP and max(ratios) > 1 / UNIT_SLIP):
        return ""
    return (
        f"all {len(ratios)} known price(s) of {source} are {_times(_median(list(ratios)))} what they were, by the median "
        f"(limit {UNIT_SLIP} times): the listing seems to count in another unit"
    )


def _ratios(moves: Moves) -> Iterator[dict[tuple[str, str], Decimal]]:
    """Yield how many times what they were prices are: those of input and output, then all, as far as there are any."""
    found = {place: now / base for place, (base, now) in moves.items() if base > 0}
    usual = {place: ratio for place, ratio in found.items() if place[1] in PRICES}
    yield from filter(None, (usual, found))


class Slips:
    """How many times what it was each known price of a listing is, by vendor."""

    def __init__(self, source: str, ratios: Mapping[str, Sequence[Decimal]]) -> None:
        self._source = source
        self._ratios = ratios
        self._judged: dict[str, str] = {}

    def of(self, upstream: str) -> str:
        """Say why a price of a model that nothing measures is not to be believed; empty when nothing speaks against it.

        The known prices of its vendor are asked, or those of all where its vendor has none.
        """
        vendor = split_vendor(upstream)[0]
        if vendor not in self._judged:
            own = self._ratios.get(vendor)
            known = own or [ratio for ratios in self._ratios.values() for ratio in ratios]
            self._judged[vendor] = slip_of_all(self._source, known)
        return self._judged[vendor]


def _times(ratio: Decimal) -> str:
    """Spell a ratio: `1000 times`, `1/1000 of`."""
    return f"{ratio:.0f} times" if ratio >= 1 or not ratio else f"1/{1 / ratio:.0f} of"


def _median(ratios: list[Decimal]) -> Decimal:
    """The middle one, or the mean of the two in the middle: importing `statistics` would cost more than all the merging."""
    ratios.sort()
    half = len(ratios) // 2
    return ratios[half] if len(ratios) % 2 else (ratios[half - 1] + ratios[half]) / 2


def refuse_out_of_step(*, absent: int, entries: int, differing: int, values: int) -> None:
    """Refuse when the lock and the catalog do not belong together: a wrong branch, or one of them restored by hand.

    `absent` of the lock's `entries` are not in the catalog; `differing` of its `values` are neither the base nor a value
    already known as set by hand.
    """
    for count, total, what in (
        (absent, entries, "locked entries are not in the catalog"),
        (differing, values, "managed values differ from the lock"),
    ):
        if count >= OUT_OF_STEP_LEAST and count > OUT_OF_STEP_SHARE * total:
            raise GuardRefused(
                f"the lock and the catalog are out of step: {count} of {total} {what} (limit {OUT_OF_STEP_SHARE:.0%} and {OUT_OF_STEP_LEAST})",
                hint="If that is intended, run again with --force; if not, take both files from the same commit, or `modelsync restore`. "
                "Deleting the lock starts over as on a first sync.",
            )


def refuse_mass_removal(provider: str, *, removed: int, entries: int, limits: Guards) -> None:
    """Refuse a plan that would remove a large part of a provider's entries; `entries` counts those it adds too."""
    if removed >= limits.removed_entries and removed > limits.removed_share * entries:
        raise GuardRefused(
            f"{removed} of {provider}'s {entries} entries would be removed (limit {limits.removed_share:.0%} and {limits.removed_entries})",
            hint="If that is intended, run again with --force.",
        )
