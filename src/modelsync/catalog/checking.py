"""Everything that is wrong with a catalog, or looks wrong, each with its line and column: what reading alone would not say.

What may stand where is told by the types in `schema`.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog import schema
from modelsync.catalog.checking_prices import Bounds, PriceCheck
from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.catalog.figures import number
from modelsync.catalog.findings import Findings, Problem, is_null, pairs, target
from modelsync.catalog.nodes import Mapping, Scalar, Sequence, children
from modelsync.catalog.values import plain_value, resolve
from modelsync.domain import fields
from modelsync.errors import CatalogInvalid
from modelsync.layouts.builtin import LLM_MODELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from modelsync.catalog.checking_prices import Listed
    from modelsync.catalog.document import Node
    from modelsync.catalog.entries import Section

_PINS = ("*", *fields.GROUPS, *fields.ALL)
_TEXTLESS = ("embed", "rerank")


class Checked(Struct, frozen=True):
    """The problems of a catalog in the order of its lines, and how many models it has.

    Where none of them is an error, `sections` are what was read, and `pinned` has line and column of each entry's `pinned`.
    """

    problems: tuple[Problem, ...]
    models: int
    sections: tuple[Section, ...] = ()
    pinned: dict[str, tuple[int, int]] = {}


def _nothing_listed(_entry: str) -> Listed:
    return ()


def check(
    data: bytes, path: str, *, unit: str, bounds: Bounds, listed: Callable[[str], Listed] = _nothing_listed
) -> Checked:
    """Look for problems in a catalog whose prices are USD per `unit`. Raises nothing: what cannot be read is a problem too.

    `listed` returns, for an entry named as `provider/key`, the prices that upstream lists, as `PriceCheck` has them.
    """
    try:
        document = parse(data, path)
    except CatalogInvalid as error:
        return Checked((of_error(error),), 0)
    checker = _Checker(Findings(document), unit, bounds, listed)
    checker.run()
    problems = checker.findings.problems
    sections: tuple[Section, ...] = ()
    if not any(problem.level == "error" for problem in problems):  # the reader has the last word
        try:
            sections = read_sections(document, LLM_MODELS, unit=unit, path=path)
        except CatalogInvalid as error:
            problems[of_error(error)] = None
    problems |= dict.fromkeys(_damages(sections))
    return Checked(in_order(problems), checker.models, sections, checker.pinned)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems in the order of their lines."""
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.column, problem.text)))


def of_error(error: CatalogInvalid) -> Problem:
    """Return what cannot be read as a problem."""
    return Problem("error", error.line or 1, error.column or 1, "", error.problem, error.hint)


def _damages(sections: Iterable[Section]) -> Iterator[Problem]:
    """Yield what the reader could not read, so that nothing passes that it would not read."""
    for entry in (entry for section in sections for entry in section.entries):
        for damage in filter(None, (entry.blocked, *entry.groups.values())):
            yield Problem("error", 1, 1, entry.name, damage)


class _Checker:
    def __init__(self, findings: Findings, unit: str, bounds: Bounds, listed: Callable[[str], Listed]) -> None:
        self.findings = findings
        self.unit = unit
        self.bounds = bounds
        self.listed = listed
        self.models = 0
        self.pinned: dict[str, tuple[int, int]] = {}

    def run(self) -> None:
        root = self.findings.document.root
        if root is None:
            empty = Problem("error", 1, 1, "", "the catalog is empty", "`modelsync init` starts one.")
            self.findings.problems[empty] = None
            return
        self._twice(root)
        top = self.findings.mapping(root, "", "the catalog")
        if top is None:
            return
        self.findings.keys(top, schema.Catalog, "")
        providers = top.find("providers")
        if providers is None:
            self.findings.error(root, "", "no `providers` here", "A catalog starts with `providers:`.")
            return
        for name, value in pairs(self.findings.mapping(providers[0], "providers", "`providers`")):
            self._provider(name, value)

    def _provider(self, name: Scalar, node: Node) -> None:
        if "/" in name.value:
            hint = "Its entries could be taken for another provider's."
            self.findings.warn(name, name.value, "a provider with a slash in its name is not managed", hint)
        if is_null(node):
            return
        section = self.findings.mapping(node, name.value, "a provider")
        if section is None:
            return
        self.findings.keys(section, schema.Provider, name.value)
        models = section.find("models")
        if models is None or is_null(models[0]):
            return
        for key, value in pairs(self.findings.mapping(models[0], f"{name.value}.models", "`models`")):
            self.models += 1
            self._entry(f"{name.value}/{key.value}", key, value)

    def _entry(self, name: str, key: Scalar, node: Node) -> None:
        if is_null(node):
            hint = f"Write `{key.value}: {{}}` for one that says nothing."
            self.findings.error(key, name, "the entry is empty", hint)
            return
        entry = self.findings.mapping(node, name, "an entry")
        if entry is None:
            return
        self.findings.keys(entry, schema.Entry, name)
        textless = _is_textless(key, entry)
        listed = partial(self.listed, name)
        checks: dict[str, Callable[[Node, str], object]] = {
            "model": self._text,
            "description": self._text,
            "context_length": self._limit,
            "max_output_tokens": self._limit,
            "features": self._names,
            "pinned": self._pins,
            "pricing": PriceCheck(self.findings, self.unit, self.bounds, textless=textless, listed=listed).pricing,
        }
        for field, value in pairs(entry):
            if field.value in checks and not is_null(value):
                checks[field.value](value, f"{name}.{field.value}")

    def _limit(self, node: Node, where: str) -> None:
        text = self.findings.number(node, where, "number of tokens", "Write it as in `128000`.")
        read = number(text) if text is not None else None
        if read is not None and read != int(read):
            self.findings.error(node, where, f"`{text}` has a fraction: tokens are whole")
        elif read is not None and read < 0:
            self.findings.error(node, where, "a number of tokens cannot be negative")

    def _text(self, node: Node, where: str) -> None:
        scalar = self.findings.scalar(node, where)
        if scalar is not None and not isinstance(plain_value(scalar), str):
            hint = f'Write "{scalar.value}".'
            self.findings.warn(node, where, f"`{scalar.value}` is no text to readers of YAML", hint)

    def _names(self, node: Node, where: str) -> None:
        found = target(node)
        if not isinstance(found, Sequence):
            self.findings.error(node, where, "must be a list", f"Write `{where.rpartition('.')[2]}: [a, b]`.")
            return
        for item in found.items:
            if not isinstance(target(item), Scalar):
                self.findings.error(item, where, "each must be a name")
            else:
                self._text(item, where)

    def _pins(self, node: Node, where: str) -> None:
        self.pinned[where.removesuffix(".pinned")] = self.findings.place(node)
        found = target(node)
        if isinstance(found, Scalar) and isinstance(resolve(found.value), bool):
            return
        if isinstance(found, Sequence):
            items: list[Node] = found.items
        elif isinstance(found, Scalar) and isinstance(plain_value(found), str):
            items = [found]
        else:
            hint = "Write `pinned: [pricing]`."
            self.findings.error(node, where, "must be true, a field or a list of fields", hint)
            return
        for item in items:
            name = item.value if isinstance(item, Scalar) else ""
            if name != "*" and not fields.is_pattern(name):
                near = get_close_matches(name, _PINS, n=1)
                hint = f"Did you mean `{near[0]}`?" if near else ""
                self.findings.warn(item, where, f"`{name}` is no field", hint)

    def _twice(self, node: Node) -> None:
        """Report every key that stands twice in its mapping, wherever."""
        if isinstance(node, Mapping) and node.duplicate is not None:
            seen: dict[str, Scalar] = {}
            for key, _ in node.pairs:
                first = seen.setdefault(key.value, key)
                if first is not key:
                    hint = f"It is on line {self.findings.place(first)[0]} too."
                    self.findings.error(key, "", f"`{key.value}` is there twice", hint)
        for child in children(node):
            self._twice(child)


def _is_textless(key: Scalar, entry: Mapping) -> bool:
    """Say whether a model answers without text: its features or its names say so."""
    found = (entry.find(field) for field in (fields.MODEL, fields.FEATURES))
    nodes = [key, *(node for value in found if value is not None for node in (value[0], *children(value[0])))]
    return any(
        word in node.value.lower() for node in map(target, nodes) if isinstance(node, Scalar) for word in _TEXTLESS
    )
