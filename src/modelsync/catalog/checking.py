"""Everything that is wrong with a catalog, or looks wrong, each with its line and column: what reading alone would not say.

What may stand where is told by the types in `schema`.
"""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from modelsync.catalog import schema
from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.catalog.figures import number, price, tokens
from modelsync.catalog.nodes import Alias, Mapping, Scalar, Sequence, children, is_merge_key
from modelsync.catalog.plain import NULLS
from modelsync.catalog.values import plain_value
from modelsync.domain import fields
from modelsync.domain.money import plain, to_unit
from modelsync.domain.pricing import RATES, Window, read_hours
from modelsync.errors import CatalogInvalid
from modelsync.layouts.builtin import LLM_MODELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modelsync.catalog.document import Document, Node

Level: TypeAlias = Literal["error", "warning"]

_SIMILAR = 0.8
_CHEAP_USD_PER_TOKEN = Decimal("4e-9")
_OF_PRICES = {"price": "pricing", "prices": "pricing"}
_PINS = ("*", "pricing", *fields.ALL)


class Problem(Struct, frozen=True):
    """One thing that is wrong (an error), or looks so (a warning). `where` is its place as pins name it; line and column count from 1."""

    level: Level
    line: int
    column: int
    where: str
    text: str
    hint: str = ""

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do about it."""
        return f"{self.text}{'' if self.text.endswith('?') else '.'} {self.hint}" if self.hint else self.text


class Bounds(Struct, frozen=True):
    """What looks wrong: an output price, not zero, of less than this share of the input's; a price of more USD per 1K tokens."""

    output_share: Decimal
    usd_per_1k: Decimal


class Checked(Struct, frozen=True):
    """The problems of a catalog in the order of its lines, and how many models it has."""

    problems: tuple[Problem, ...]
    models: int


def check(data: bytes, path: str, *, unit: str, bounds: Bounds) -> Checked:
    """Look for problems in a catalog whose prices are USD per `unit`. Raises nothing: what cannot be read is a problem too."""
    try:
        document = parse(data, path)
    except CatalogInvalid as error:
        return Checked((_of(error),), 0)
    checker = _Checker(document, unit, bounds)
    checker.run()
    if not any(problem.level == "error" for problem in checker.found):
        checker.found |= dict.fromkeys(_left(document, unit, path))  # the reader has the last word
    found = sorted(checker.found, key=lambda problem: (problem.line, problem.column, problem.text))
    return Checked(tuple(found), checker.models)


def _of(error: CatalogInvalid) -> Problem:
    return Problem("error", error.line or 1, error.column or 1, "", error.problem, error.hint)


def _left(document: Document, unit: str, path: str) -> Iterator[Problem]:
    """Yield what the reader refuses, so that nothing passes that it would not read."""
    try:
        sections = read_sections(document, LLM_MODELS, unit=unit, path=path)
    except CatalogInvalid as error:
        yield _of(error)
        return
    for entry in (entry for section in sections for entry in section.entries):
        for damage in filter(None, (entry.blocked, *entry.groups.values())):
            yield Problem("error", 1, 1, entry.name, damage)


class _Checker:
    def __init__(self, document: Document, unit: str, bounds: Bounds) -> None:
        self.document = document
        self.unit = unit
        self.bounds = bounds
        self.models = 0
        self.found: dict[Problem, None] = {}

    def run(self) -> None:
        root = self.document.root
        if root is None:
            self.found[Problem("error", 1, 1, "", "the catalog is empty", "`modelsync init` starts one.")] = None
            return
        self._twice(root)
        top = self._mapping(root, "", "the catalog")
        if top is None:
            return
        self._keys(top, schema.Catalog, "")
        providers = top.find("providers")
        if providers is None:
            self._error(root, "", "no `providers` here", "A catalog starts with `providers:`.")
            return
        for name, value in _pairs(self._mapping(providers[0], "providers", "`providers`")):
            self._provider(name, value)

    def _provider(self, name: Scalar, node: Node) -> None:
        if "/" in name.value:
            hint = "Its entries could be taken for another provider's."
            self._warn(name, name.value, "a provider with a slash in its name is not managed", hint)
        if _is_null(node):
            return
        section = self._mapping(node, name.value, "a provider")
        if section is None:
            return
        self._keys(section, schema.Provider, name.value)
        models = section.find("models")
        if models is None or _is_null(models[0]):
            return
        for key, value in _pairs(self._mapping(models[0], f"{name.value}.models", "`models`")):
            self.models += 1
            self._entry(f"{name.value}/{key.value}", key, value)

    def _entry(self, name: str, key: Scalar, node: Node) -> None:
        if _is_null(node):
            self._error(key, name, "the entry is empty", f"Write `{key.value}: {{}}` for one that says nothing.")
            return
        entry = self._mapping(node, name, "an entry")
        if entry is None:
            return
        self._keys(entry, schema.Entry, name)
        checks: dict[str, Callable[[Node, str], object]] = {
            "model": self._text,
            "description": self._text,
            "context_length": self._limit,
            "max_output_tokens": self._limit,
            "features": self._names,
            "pinned": self._pins,
            "pricing": self._pricing,
        }
        for field, value in _pairs(entry):
            if field.value in checks and not _is_null(value):
                checks[field.value](value, f"{name}.{field.value}")

    # ------------------------------------------------------------------------------------------------------- prices

    def _pricing(self, node: Node, where: str) -> None:
        pricing = self._offer(node, where, schema.Pricing)
        batch = pricing.find("batch") if pricing is not None else None
        if batch is not None and not _is_null(batch[0]):
            self._offer(batch[0], f"{where}.batch", schema.Offer)

    def _offer(self, node: Node, where: str, kind: type[Struct]) -> Mapping | None:
        offer = self._mapping(node, where, "prices")
        if offer is None:
            return None
        self._keys(offer, kind, where)
        self._rates(offer, where)
        self._tiers([*self._rows(offer, "tiers", where, schema.Tier)], f"{where}.tiers")
        self._windows([*self._rows(offer, "windows", where, schema.Window)], f"{where}.windows")
        return offer

    def _rows(self, offer: Mapping, name: str, where: str, kind: type[Struct]) -> Iterator[Mapping]:
        """Yield the rows of a list in an offer that are mappings, checked but for what tells them apart."""
        found = offer.find(name)
        if found is None or _is_null(found[0]):
            return
        node = _target(found[0])
        if not isinstance(node, Sequence):
            self._error(node, f"{where}.{name}", "must be a list", f"Begin each of its {name} with a dash.")
            return
        for item in node.items:
            row = self._mapping(item, f"{where}.{name}", f"each of the {name}")
            if row is not None:
                self._keys(row, kind, f"{where}.{name}")
                self._rates(row, f"{where}.{name}")
                yield row

    def _tiers(self, rows: list[Mapping], where: str) -> None:
        last = -1
        for row in rows:
            node = self._selector(row, "above", where)
            if node is None:
                continue
            above = tokens(node.value)
            if not above:
                self._error(node, where, f"`{node.value}` is no number of tokens", "Write it as in `above: 200000`.")
                continue
            self._warn_of_text(node, where)
            if int(above) <= last:
                what = "there is a tier of the same `above`" if int(above) == last else "tiers must ascend"
                self._error(node, where, f"{what}: {above} comes after {last}")
            last = int(above)

    def _windows(self, rows: list[Mapping], where: str) -> None:
        seen: list[tuple[Window, set[str]]] = []
        for row in rows:
            node = self._selector(row, "utc", where)
            if node is None:
                continue
            hours = read_hours(node.value)
            if hours is None:
                self._error(node, where, f"`{node.value}` are no hours", 'Write them as in `utc: "01:00-04:00"`.')
                continue
            window, rates = Window(*hours, {}), _named_rates(row)
            for other, others in seen:
                at_once = window.holds(other.start) or other.holds(window.start)
                if at_once and (rates & others or window.name == other.name):
                    self._error(node, where, f"{window.name} overlaps {other.name}")
            seen.append((window, rates))

    def _selector(self, row: Mapping, key: str, where: str) -> Scalar | None:
        found = row.find(key)
        node = _target(found[0]) if found is not None else None
        if isinstance(node, Scalar) and not _is_null(node):
            return node
        self._error(row, where, f"has no `{key}`", "Without it nobody knows when these prices hold.")
        return None

    def _rates(self, home: Mapping, where: str) -> None:
        known: dict[str, tuple[Node, Decimal]] = {}
        for key, value in _pairs(home):
            if key.value in RATES and not _is_null(value):
                read = self._price(value, f"{where}.{key.value}")
                if read is not None:
                    known[key.value] = (value, read)
            self._decimal_comma(key, value, where)
        for name in ("input", "output"):
            if name in known:
                self._size(*known[name], f"{where}.{name}")
        if "input" in known and "output" in known:
            node, output = known["output"]
            if 0 < output < known["input"][1] * self.bounds.output_share:
                self._warn(
                    node,
                    f"{where}.output",
                    f"less than {self.bounds.output_share:%} of the input price".replace(".0%", "%"),
                )

    def _decimal_comma(self, key: Scalar, value: Node, where: str) -> None:
        """Refuse the rest of a price that ended at its comma, as in `{output: 0,015}`."""
        if key.value.isascii() and key.value.isdigit() and _is_null(value):
            hint = "Write a point: in `{…}` a comma begins the next key, and the price before it ends there."
            self._error(key, where, f"`{key.value}` is a key without a value: a decimal comma?", hint)

    def _price(self, node: Node, where: str) -> Decimal | None:
        text = self._number(
            node, where, "price", "Write it in plain digits, as in `0.0025`; nothing is known without it."
        )
        if text is None:
            return None
        if text.startswith("-"):
            self._error(
                node, where, "a price cannot be negative", "Leave out a price that varies or is unknown; 0 is free."
            )
            return None
        return price(text, fields.unit_of(where, self.unit))

    def _size(self, node: Node, read: Decimal, where: str) -> None:
        """Warn of a price that is likely to be in another unit."""
        told = f"${plain(to_unit(read, '1m'))} per 1M tokens"
        if to_unit(read, "1k") > self.bounds.usd_per_1k:
            self._warn(node, where, f"{told}: in another unit?", f"The unit of this catalog is {self.unit}.")
        elif 0 < read < _CHEAP_USD_PER_TOKEN:
            self._warn(node, where, f"{told}: in another unit?", f"The unit of this catalog is {self.unit}; 0 is free.")

    # ------------------------------------------------------------------------------------------------- single values

    def _number(self, node: Node, where: str, kind: str, hint: str) -> str | None:
        """Return the text of a number."""
        scalar = self._scalar(node, where)
        if scalar is None:
            return None
        if number(scalar.value) is None:
            self._error(node, where, f"`{scalar.value}` is no {kind}", hint)
            return None
        self._warn_of_text(scalar, where)
        return scalar.value

    def _warn_of_text(self, scalar: Scalar, where: str) -> None:
        if isinstance(plain_value(scalar), str):
            hint = "Without quotes it is a number." if scalar.style else "Write it without an exponent."
            self._warn(scalar, where, f"`{scalar.value}` is text to many readers of YAML", hint)

    def _limit(self, node: Node, where: str) -> None:
        text = self._number(node, where, "number of tokens", "Write it as in `128000`.")
        read = number(text) if text is not None else None
        if read is not None and read != int(read):
            self._error(node, where, f"`{text}` has a fraction: tokens are whole")
        elif read is not None and read < 0:
            self._error(node, where, "a number of tokens cannot be negative")

    def _text(self, node: Node, where: str) -> None:
        scalar = self._scalar(node, where)
        if scalar is not None and not isinstance(plain_value(scalar), str):
            self._warn(node, where, f"`{scalar.value}` is no text to readers of YAML", f'Write "{scalar.value}".')

    def _names(self, node: Node, where: str) -> None:
        target = _target(node)
        if not isinstance(target, Sequence):
            self._error(node, where, "must be a list", f"Write `{where.rpartition('.')[2]}: [a, b]`.")
            return
        for item in target.items:
            if not isinstance(_target(item), Scalar):
                self._error(item, where, "each must be a name")
            else:
                self._text(item, where)

    def _pins(self, node: Node, where: str) -> None:
        target = _target(node)
        if isinstance(target, Scalar) and isinstance(plain_value(target), bool):
            return
        if not isinstance(target, Sequence):
            self._error(node, where, "must be true, or a list of fields", "Write `pinned: [pricing]`.")
            return
        for item in target.items:
            name = item.value if isinstance(item, Scalar) else ""
            if name not in _PINS and not fields.is_price(name):
                near = get_close_matches(name, _PINS, n=1)
                self._warn(item, where, f"`{name}` is no field", f"Did you mean `{near[0]}`?" if near else "")

    def _scalar(self, node: Node, where: str) -> Scalar | None:
        target = _target(node)
        if isinstance(target, Scalar):
            return target
        self._error(node, where, "must be a single value")
        return None

    # ------------------------------------------------------------------------------------------------------ mappings

    def _mapping(self, node: Node, where: str, what: str) -> Mapping | None:
        target = _target(node)
        if isinstance(target, Mapping):
            return target
        self._error(node, where, f"{what} must be a mapping")
        return None

    def _keys(self, node: Mapping, kind: type[Struct], where: str) -> None:
        """Report keys that look like misspelt ones of which there is none."""
        present = {key.value for key, _ in _pairs(node)}
        for key, value in _pairs(node):
            meant = _meant(key.value, kind)
            if kind is schema.Entry and isinstance(_target(value), Mapping):
                meant = meant or _OF_PRICES.get(key.value, "")
            if meant and meant not in present:
                self._error(key, where, f"`{key.value}` means nothing here", f"Did you mean `{meant}`?")

    def _twice(self, node: Node) -> None:
        """Report every key that stands twice in its mapping, wherever."""
        if isinstance(node, Mapping) and node.duplicate is not None:
            seen: dict[str, Scalar] = {}
            for key, _ in node.pairs:
                first = seen.setdefault(key.value, key)
                if first is not key:
                    self._error(key, "", f"`{key.value}` is there twice", f"It is on line {self._place(first)[0]} too.")
        for child in children(node):
            self._twice(child)

    # ------------------------------------------------------------------------------------------------------ reporting

    def _error(self, node: Node, where: str, text: str, hint: str = "") -> None:
        self.found[Problem("error", *self._place(node), where, text, hint)] = None

    def _warn(self, node: Node, where: str, text: str, hint: str = "") -> None:
        self.found[Problem("warning", *self._place(node), where, text, hint)] = None

    def _place(self, node: Node) -> tuple[int, int]:
        return self.document.position(node.start)


@lru_cache(maxsize=1024)  # a catalog repeats its keys
def _meant(key: str, kind: type[Struct]) -> str:
    """Return the key that a misspelt one stands for; empty for one that is known, and for one like no other.

    Numbers tell words apart: `cache_write_5m` is not `cache_write_1h`.
    """
    known = schema.keys(kind)
    if key in known:
        return ""
    near = get_close_matches(key.lower().replace("-", "_"), known, n=3, cutoff=_SIMILAR)
    return next((one for one in near if _digits(one) == _digits(key)), "")


def _digits(text: str) -> list[str]:
    return [letter for letter in text if letter.isdigit()]


def _named_rates(row: Mapping) -> set[str]:
    return {key.value for key, value in _pairs(row) if key.value in RATES and not _is_null(value)}


def _pairs(node: Mapping | None) -> list[tuple[Scalar, Node]]:
    """Return the pairs that a reader sees in a mapping, those that it merges included."""
    if node is None:
        return []
    merged = [pair for source in reversed(node.merged()) for pair in _pairs(source)]
    own = [(key, value) for key, value in node.pairs if not is_merge_key(key)]
    return [*{key.value: (key, value) for key, value in (*merged, *own)}.values()]


def _target(node: Node) -> Node:
    return node.target if isinstance(node, Alias) else node


def _is_null(node: Node) -> bool:
    target = _target(node)
    return isinstance(target, Scalar) and not target.style and target.value in NULLS
