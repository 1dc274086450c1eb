"""What is wrong with the prices of an entry, or looks wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from modelsync.catalog import schema
from modelsync.catalog.figures import price, tokens
from modelsync.catalog.findings import is_null, pairs, target
from modelsync.catalog.nodes import Mapping, Scalar, Sequence
from modelsync.domain import fields
from modelsync.domain.money import plain, to_unit
from modelsync.domain.pricing import RATES, Window, read_hours

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from modelsync.catalog.document import Node
    from modelsync.catalog.findings import Findings

    Listed: TypeAlias = Collection[tuple[str, Decimal]]
    _Rates: TypeAlias = dict[str, tuple[Node, Decimal]]

_CHEAP_USD_PER_TOKEN = Decimal("4e-9")
_NO_PRICE = "Write it in plain digits, as in `0.0025`; nothing is known without it."


class Bounds(Struct, frozen=True):
    """What looks wrong: an output price, not zero, of less than this share of the input's; a price of more USD per 1K tokens."""

    output_share: Decimal
    usd_per_1k: Decimal


class PriceCheck:
    """A check of one entry's prices, USD per `unit`.

    `textless` says that an output of 0 is right where the input has a price. `listed` returns the prices that upstream lists, at any
    length, hour or offer, each as its rate and USD per token: what upstream says is no slip of the file's.
    """

    def __init__(
        self, findings: Findings, unit: str, bounds: Bounds, *, textless: bool, listed: Callable[[], Listed]
    ) -> None:
        self.findings = findings
        self.unit = unit
        self.bounds = bounds
        self.textless = textless
        self.listed = listed

    def pricing(self, node: Node, where: str) -> None:
        """Check all prices of the entry."""
        pricing = self._offer(node, where, schema.Pricing)
        batch = pricing[0].find("batch") if pricing is not None else None
        offer = (
            self._offer(batch[0], f"{where}.batch", schema.Offer)
            if batch is not None and not is_null(batch[0])
            else None
        )
        if pricing is not None and offer is not None:
            self._dear_batch(offer[1], pricing[1], f"{where}.batch")

    def _dear_batch(self, batch: _Rates, ordinary: _Rates, where: str) -> None:
        """Warn of prices of the batch offer that are above those of a call that does not wait."""
        for name, (node, read) in batch.items():
            if name in ordinary and read > ordinary[name][1] and (name, read) not in self.listed():
                self.findings.warn(node, f"{where}.{name}", "more than the same price without batch")

    def _offer(self, node: Node, where: str, kind: type[Struct]) -> tuple[Mapping, _Rates] | None:
        """Check one offer; return its mapping and its own rates."""
        offer = self.findings.mapping(node, where, "prices")
        if offer is None:
            return None
        self.findings.keys(offer, kind, where)
        own = self._rates(offer, where, {})
        self._tiers([*self._rows(offer, "tiers", where, schema.Tier, own)], f"{where}.tiers")
        self._windows([*self._rows(offer, "windows", where, schema.Window, own)], f"{where}.windows")
        return offer, own

    def _rows(self, offer: Mapping, name: str, where: str, kind: type[Struct], own: _Rates) -> Iterator[Mapping]:
        """Yield the rows of a list in an offer that are mappings, checked but for what tells them apart.

        A row inherits the offer's `own` rates, and a tier those of the tier before it too.
        """
        found = offer.find(name)
        if found is None or is_null(found[0]):
            return
        node = target(found[0])
        if not isinstance(node, Sequence):
            self.findings.error(node, f"{where}.{name}", "must be a list", f"Begin each of its {name} with a dash.")
            return
        inherited = own
        for item in node.items:
            row = self.findings.mapping(item, f"{where}.{name}", f"each of the {name}")
            if row is not None:
                self.findings.keys(row, kind, f"{where}.{name}")
                rates = self._rates(row, f"{where}.{name}", inherited)
                inherited = inherited | rates if kind is schema.Tier else own
                yield row

    def _tiers(self, rows: list[Mapping], where: str) -> None:
        last = -1
        for row in rows:
            node = self._selector(row, "above", where)
            if node is None:
                continue
            above = tokens(node.value)
            if not above:
                self.findings.no_number(node, where, "number of tokens", "Write it as in `above: 200000`.")
                continue
            self.findings.text_to_many(node, where)
            if int(above) <= last:
                what = "there is a tier of the same `above`" if int(above) == last else "tiers must ascend"
                self.findings.error(node, where, f"{what}: {above} comes after {last}")
            last = int(above)

    def _windows(self, rows: list[Mapping], where: str) -> None:
        seen: list[tuple[Window, set[str]]] = []
        for row in rows:
            node = self._selector(row, "utc", where)
            if node is None:
                continue
            hours = read_hours(node.value)
            if hours is None:
                hint = 'Write them as in `utc: "01:00-04:00"`.'
                self.findings.error(node, where, f"`{node.value}` are no hours", hint)
                continue
            window, rates = Window(*hours, {}), _named_rates(row)
            for other, others in seen:
                if window.overlaps(other) and (rates & others or window.name == other.name):
                    self.findings.error(node, where, f"{window.name} overlaps {other.name}")
            seen.append((window, rates))

    def _selector(self, row: Mapping, key: str, where: str) -> Scalar | None:
        found = row.find(key)
        node = target(found[0]) if found is not None else None
        if isinstance(node, Scalar) and not is_null(node):
            return node
        self.findings.error(row, where, f"has no `{key}`", "Without it nobody knows when these prices hold.")
        return None

    def _rates(self, home: Mapping, where: str, inherited: _Rates) -> _Rates:
        """Check the rates that stand in a mapping, beside those that it inherits, and return them."""
        known: _Rates = {}
        for key, value in pairs(home):
            if key.value in RATES and not is_null(value):
                read = self._price(value, f"{where}.{key.value}")
                if read is not None:
                    known[key.value] = (value, read)
            self._decimal_comma(key, value, where)
        for name in ("input", "output"):
            if name in known:
                self._size(*known[name], f"{where}.{name}")
        self._beside_input(known, inherited, where)
        return known

    def _beside_input(self, known: _Rates, inherited: _Rates, where: str) -> None:
        """Compare what stands there with the input price that holds there."""
        whole = inherited | known
        if "input" not in whole:
            return
        of_input = whole["input"][1]
        if "output" in known:
            self._share(*known["output"], of_input, f"{where}.output")
        if "cache_read" in known:
            node, read = known["cache_read"]
            if read > of_input and ("cache_read", read) not in self.listed():
                self.findings.warn(node, f"{where}.cache_read", "more than the input price")

    def _share(self, node: Node, output: Decimal, of_input: Decimal, where: str) -> None:
        """Warn of an output price that is unlikely beside the input's."""
        if 0 < output < of_input * self.bounds.output_share:
            share = f"{self.bounds.output_share:%}".replace(".0%", "%")
            self.findings.warn(node, where, f"less than {share} of the input price")
        elif not output and of_input and not self.textless and ("output", output) not in self.listed():
            hint = "Leave out a price that is unknown; 0 is free."
            self.findings.warn(node, where, "free, though the input is not", hint)

    def _decimal_comma(self, key: Scalar, value: Node, where: str) -> None:
        """Refuse the rest of a price that ended at its comma, as in `{output: 0,015}`."""
        if key.value.isascii() and key.value.isdigit() and is_null(value):
            hint = "Write a point: in `{…}` a comma begins the next key, and the price before it ends there."
            self.findings.error(key, where, f"`{key.value}` is a key without a value: a decimal comma?", hint)

    def _price(self, node: Node, where: str) -> Decimal | None:
        text = self.findings.number(node, where, "price", _NO_PRICE)
        if text is None:
            return None
        read = price(text, fields.unit_of(where, self.unit))
        if read is not None and read < 0:
            hint = "Leave out a price that varies or is unknown; 0 is free."
            self.findings.error(node, where, "a price cannot be negative", hint)
            return None
        return read

    def _size(self, node: Node, read: Decimal, where: str) -> None:
        """Warn of a price that is likely to be in another unit."""
        told = f"${plain(to_unit(read, '1m'))} per 1M tokens"
        if to_unit(read, "1k") > self.bounds.usd_per_1k:
            self.findings.warn(node, where, f"{told}: in another unit?", f"The unit of this catalog is {self.unit}.")
        elif 0 < read < _CHEAP_USD_PER_TOKEN:
            hint = f"The unit of this catalog is {self.unit}; 0 is free."
            self.findings.warn(node, where, f"{told}: in another unit?", hint)


def _named_rates(row: Mapping) -> set[str]:
    return {key.value for key, value in pairs(row) if key.value in RATES and not is_null(value)}
