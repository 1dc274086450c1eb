"""What a check has found, each with its line and column, and the questions it asks of any value."""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from modelsync.catalog import schema
from modelsync.catalog.figures import number
from modelsync.catalog.nodes import Alias, Mapping, Scalar, is_merge_key
from modelsync.catalog.plain import NULLS
from modelsync.catalog.values import plain_value
from modelsync.domain.money import plain

if TYPE_CHECKING:
    from modelsync.catalog.document import Document, Node

Level: TypeAlias = Literal["error", "warning"]

_SIMILAR = 0.8
_LONGEST_NUMBER = 40  # who writes a longer one is not helped by another spelling of it
_OF_PRICES = {"price": "pricing", "prices": "pricing"}


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


class Findings:
    """The problems of a document, each once, in the order in which they were found."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: dict[Problem, None] = {}

    def error(self, node: Node, where: str, text: str, hint: str = "") -> None:
        """Report what would not be understood."""
        self.problems[Problem("error", *self.place(node), where, text, hint)] = None

    def warn(self, node: Node, where: str, text: str, hint: str = "") -> None:
        """Report what looks wrong."""
        self.problems[Problem("warning", *self.place(node), where, text, hint)] = None

    def place(self, node: Node) -> tuple[int, int]:
        """Return the line and the column where a node starts."""
        return self.document.position(node.start)

    def mapping(self, node: Node, where: str, what: str) -> Mapping | None:
        """Return what must be a mapping, or None after an error."""
        found = target(node)
        if isinstance(found, Mapping):
            return found
        self.error(node, where, f"{what} must be a mapping")
        return None

    def scalar(self, node: Node, where: str) -> Scalar | None:
        """Return what must be a single value, or None after an error."""
        found = target(node)
        if isinstance(found, Scalar):
            return found
        self.error(node, where, "must be a single value")
        return None

    def number(self, node: Node, where: str, kind: str, hint: str) -> str | None:
        """Return the text of what must be a number of a kind, or None after an error."""
        scalar = self.scalar(node, where)
        if scalar is None:
            return None
        if number(scalar.value) is None:
            self.no_number(scalar, where, kind, hint)
            return None
        self.text_to_many(scalar, where)
        return scalar.value

    def no_number(self, scalar: Scalar, where: str, kind: str, hint: str) -> None:
        """Report what is no number of a kind here, and what readers of YAML 1.1 take it for."""
        read = _read_as(scalar)
        taken = f": many readers of YAML take it for {read}" if read else ""
        self.error(scalar, where, f"`{scalar.value}` is no {kind}{taken}", hint)

    def text_to_many(self, scalar: Scalar, where: str) -> None:
        """Warn of a number that many readers of YAML take for text."""
        if isinstance(plain_value(scalar), str):
            hint = "Without quotes it is a number." if scalar.style else "Write it without an exponent."
            self.warn(scalar, where, f"`{scalar.value}` is text to many readers of YAML", hint)

    def keys(self, node: Mapping, kind: type[Struct], where: str) -> None:
        """Report keys that stand where they mean nothing: misspelt ones of which there is none, and parts of prices in other parts."""
        seen = pairs(node)
        present = {key.value for key, _ in seen}
        for key, value in seen:
            meant = _meant(key.value, kind)
            if kind is schema.Entry and isinstance(target(value), Mapping):
                meant = meant or _OF_PRICES.get(key.value, "")
            if key.value in schema.misplaced(kind):
                self.error(key, where, f"`{key.value}` means nothing here", "Nobody would read the prices in it.")
            elif meant and meant not in present:
                self.error(key, where, f"`{key.value}` means nothing here", f"Did you mean `{meant}`?")


def _read_as(scalar: Scalar) -> str:
    """Spell the number that readers of YAML 1.1 take a value for; empty where they take it for none."""
    known = plain_value(scalar) if len(scalar.value) <= _LONGEST_NUMBER else None
    if not isinstance(known, int | Decimal) or isinstance(known, bool) or not Decimal(known).is_finite():
        return ""
    return plain(Decimal(known))


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


def pairs(node: Mapping | None) -> list[tuple[Scalar, Node]]:
    """Return the pairs that a reader sees in a mapping, those that it merges included; none where there is no mapping."""
    if node is None:
        return []
    merged = [pair for source in reversed(node.merged()) for pair in pairs(source)]
    own = [(key, value) for key, value in node.pairs if not is_merge_key(key)]
    return [*{key.value: (key, value) for key, value in (*merged, *own)}.values()]


def target(node: Node) -> Node:
    """Return the node itself, or the one that an alias stands for."""
    return node.target if isinstance(node, Alias) else node


def is_null(node: Node) -> bool:
    """Say whether nothing stands there."""
    found = target(node)
    return isinstance(found, Scalar) and not found.style and found.value in NULLS
