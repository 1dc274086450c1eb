"""What is wrong with a catalog of a team's own layout, or looks wrong: values that cannot be read, and prices that seem mistaken."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from modelsync.catalog.checking import Checked, in_order, of_error
from modelsync.catalog.document import locate, parse
from modelsync.catalog.entries import read_sections
from modelsync.catalog.findings import Findings
from modelsync.catalog.placing import path_of
from modelsync.domain import fields
from modelsync.domain.money import from_unit, plain, to_unit
from modelsync.errors import CatalogInvalid

if TYPE_CHECKING:
    from modelsync.catalog.checking_prices import Bounds
    from modelsync.catalog.document import Document, Node
    from modelsync.catalog.entries import Entry, Path
    from modelsync.layouts.layout import Layout


def check_rows(data: bytes, path: str, layout: Layout, *, unit: str, bounds: Bounds) -> Checked:
    """Look for problems in a catalog of a layout, its prices being USD per `unit`. Raises nothing: what cannot be read is a problem too.

    What the layout does not name is the team's own: nothing is said of it.
    """
    try:
        document = parse(data, path, several=layout.several)
        sections = read_sections(document, layout, unit=unit, path=path)
    except CatalogInvalid as error:
        return Checked((of_error(error),), 0)
    checker = _RowChecker(document, layout, unit, bounds)
    entries = [entry for section in sections for entry in section.entries]
    for entry in entries:
        checker.check(entry)
    return Checked(in_order(checker.findings.problems), len(entries), sections)


class _RowChecker:
    def __init__(self, document: Document, layout: Layout, unit: str, bounds: Bounds) -> None:
        self.document = document
        self.findings = Findings(document)
        self.layout = layout
        self.unit = unit
        self.bounds = bounds

    def check(self, entry: Entry) -> None:
        """Check one entry: that all of it is read, then its prices."""
        node = self._at(entry.path)
        for damage in filter(None, (entry.blocked, *entry.groups.values())):
            self.findings.error(node, entry.name, _without_line(damage))
        for name, field in entry.fields.items():
            if field.obstacle and not any(entry.groups.values()):
                text = f"{_without_line(field.obstacle)}: {field.raw}"
                self.findings.error(self._field(entry, name), f"{entry.name}.{name}", text)
            elif fields.is_price(name) and isinstance(field.value, Decimal):
                self._price(entry, name, field.value)
        self._output(entry)

    def _price(self, entry: Entry, name: str, price: Decimal) -> None:
        node, where = self._field(entry, name), f"{entry.name}.{name}"
        if price < 0:
            self.findings.error(node, where, f"`{entry.fields[name].raw}` is less than nothing")
        elif not fields.is_per_use(name) and price > from_unit(self.bounds.usd_per_1k, "1k"):
            hint = f"Is the unit of this file really {self.unit}? `modelsync layout test` compares with known prices."
            self.findings.warn(node, where, f"{plain(to_unit(price, '1m'))} USD per 1M tokens looks too dear", hint)

    def _output(self, entry: Entry) -> None:
        dear, cheap = (entry.fields.get(name) for name in fields.PRICES)
        if dear is None or cheap is None or not isinstance(dear.value, Decimal) or not isinstance(cheap.value, Decimal):
            return
        if 0 < cheap.value < self.bounds.output_share * dear.value:
            node = self._field(entry, fields.OUTPUT_PRICE)
            self.findings.warn(node, f"{entry.name}.{fields.OUTPUT_PRICE}", "output costs far less than input")

    def _field(self, entry: Entry, name: str) -> Node:
        return self._at(path_of(entry, name, self.layout), entry.path)

    def _at(self, path: Path, otherwise: Path = ()) -> Node:
        """Return what stands at a place; where that is merged or an alias, what it is in."""
        try:
            return locate(self.document, path)
        except KeyError:
            return locate(self.document, otherwise)


def _without_line(problem: str) -> str:
    """Leave out the line that a problem begins with: it has a place of its own here."""
    return problem.partition(": ")[2] if problem.startswith("line ") else problem
