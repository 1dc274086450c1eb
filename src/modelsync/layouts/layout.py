"""What a layout says: where the entries are, what each stands for, where its fields are and how they are spelled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

ANY = "*"
"""Stands in the name of a field for what selects a row."""


class Rows(Struct, frozen=True):
    """A step into a list of mappings: to the one of which `key` says what stands in the field's name for `*`.

    `kind` is what the key holds: a number of tokens, or hours of the day.
    """

    key: str
    kind: Literal["tokens", "hours"]


class Row(Struct, frozen=True):
    """A step into one row of a list: that of which the key says `part` (`200000`, `0100-0400`)."""

    rows: Rows
    part: str


Step: TypeAlias = str | Row
Steps: TypeAlias = tuple[Step, ...]
Place: TypeAlias = tuple[str | Rows, ...]
"""Where an entry may keep a field."""


class Key(Struct, frozen=True):
    """A step of a pattern into a mapping: to one of these keys, whichever is there."""

    names: tuple[str, ...]


class Capture(Struct, frozen=True):
    """A step of a pattern to every key of a mapping, of which it takes note as `provider`, `key` or `id`; empty: no note."""

    name: str


class Items(Struct, frozen=True):
    """A step of a pattern to every item of a list."""


Pattern: TypeAlias = tuple[Key | Capture | Items, ...]
"""The way from the root of a document to its entries."""


class Skip(Struct, frozen=True):
    """A condition on which a row is left alone: the place holds something, and that fits the glob if there is one.

    `capture` stands for the place where it is the row's `id`, `key` or `provider`. With `around` the place is in the mappings around
    the row, the nearest first that holds something there.
    """

    capture: str
    place: tuple[str, ...]
    glob: str | None
    around: bool = False


class Source(Struct, frozen=True):
    """Where the provider of an entry is said, besides the pattern: a field of its own, of a mapping around it, or here.

    Where nothing of this is, the id says it: by its prefix (`openai/…`), or by the family of its name.
    """

    places: tuple[tuple[str, ...], ...] = ()
    around: tuple[str, ...] = ()
    constant: str = ""


class Layout(Struct, frozen=True):
    """The shape of a catalog.

    `patterns` lead to the entries; with `several`, from each document of the file. `paths` says where an entry keeps each
    field, in the order in which it spells them; a name with a `*` is that of a field in each row of a list. `others` has
    further places of a field, for entries that have it there. `flags` are features that are written as booleans, `words` how
    features are spelled in a list. `keys` are the places of what tells entries of one model apart. `rewrites` turn an id as it is written into one that is known, `labels` names of providers into the usual ones,
    `families` say whose a model of a name is. `vendors` are prefixes upstream and the provider of each, besides the settings'.
    `shift` is the power of ten between USD and the money of the file. `fills` says that fields which an entry lacks are
    written, `adds` that new models are by default, `described` that a JSON Schema tells what may stand where.
    """

    patterns: tuple[Pattern, ...]
    paths: Mapping[str, Place]
    several: bool = False
    others: Mapping[str, tuple[Place, ...]] = {}
    flags: Mapping[str, tuple[str, ...]] = {}
    words: Mapping[str, str] = {}
    keys: tuple[tuple[str, ...], ...] = ()
    provider: Source = Source()
    rewrites: tuple[tuple[str, str], ...] = ()
    labels: Mapping[str, str] = {}
    families: tuple[tuple[str, str], ...] = ()
    vendors: Mapping[str, str] = {}
    skips: tuple[Skip, ...] = ()
    pinned: tuple[str, ...] = ()
    shift: int = 0
    fills: bool = False
    adds: bool = False
    described: bool = False

    @property
    def has_keys(self) -> bool:
        """Whether entries have names of their own, besides their model ids."""
        captured = (step.name for pattern in self.patterns for step in pattern if isinstance(step, Capture))
        return bool(self.keys) or "key" in captured

    @property
    def names_providers(self) -> bool:
        """Whether the way to the entries leads by their providers' names."""
        return any(isinstance(step, Capture) and step.name == "provider" for way in self.patterns for step in way)

    def steps(self, name: str) -> Steps:
        """Return the steps that lead from an entry to a field. Raises `KeyError` for a field that the layout does not keep."""
        pattern, part = self._pattern(name)
        return tuple(Row(step, part) if isinstance(step, Rows) else step for step in self.paths[pattern])

    def keeps(self, name: str) -> bool:
        """Say whether an entry has a place for a field."""
        return self._pattern(name)[0] in self.paths

    def provider_named(self, label: str) -> str:
        """Return the provider that a file calls so: `Google` is `gemini`. A slash is no part of a provider's name."""
        if not self.labels:
            return label
        return self.labels.get(_plain(label)) or label.strip().replace("/", "-")

    def family(self, model_id: str) -> str:
        """Return the provider of whose models this is surely one, by its name; empty for any other."""
        return next((provider for pattern, provider in self.families if re.match(pattern, model_id)), "")

    def _pattern(self, name: str) -> tuple[str, str]:
        """Find the name in `paths` that stands for a field, and what it has for the `*`."""
        if name in self.paths:
            return name, ""
        parts = name.split(".")
        patterns = (".".join((*parts[:place], ANY, *parts[place + 1 :])) for place in range(len(parts)))
        return next(((found, parts[place]) for place, found in enumerate(patterns) if found in self.paths), (name, ""))


def _plain(label: str) -> str:
    return re.sub(r"[^a-z0-9]", "", label.lower())
