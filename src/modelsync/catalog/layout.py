"""Where a catalog keeps its providers, entries and fields. A layout is data; the engine knows none by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from modelsync.domain import fields
from modelsync.domain.pricing import RATES

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


class Layout(Struct, frozen=True):
    """The shape of a catalog.

    `providers` is the path of the mapping that holds the providers; `models` is the path, inside one provider, of the mapping
    that holds its entries by key. `paths` says where an entry keeps each field, in the order in which it spells them; a name with
    a `*` is that of a field in each row of a list. `pinned` is the entry's own pin.
    """

    providers: tuple[str, ...]
    models: tuple[str, ...]
    paths: Mapping[str, tuple[str | Rows, ...]]
    pinned: str

    def steps(self, name: str) -> Steps:
        """Return the steps that lead from an entry to a field. Raises `KeyError` for a field that the layout does not keep."""
        pattern, part = self._pattern(name)
        return tuple(Row(step, part) if isinstance(step, Rows) else step for step in self.paths[pattern])

    def keeps(self, name: str) -> bool:
        """Say whether an entry has a place for a field."""
        return self._pattern(name)[0] in self.paths

    def _pattern(self, name: str) -> tuple[str, str]:
        """Find the name in `paths` that stands for a field, and what it has for the `*`."""
        if name in self.paths:
            return name, ""
        parts = name.split(".")
        patterns = (".".join((*parts[:place], ANY, *parts[place + 1 :])) for place in range(len(parts)))
        return next(((found, parts[place]) for place, found in enumerate(patterns) if found in self.paths), (name, ""))


_TIER = Rows("above", "tokens")
_WINDOW = Rows("utc", "hours")


def _prices(name: str, *place: str) -> dict[str, tuple[str | Rows, ...]]:
    """Keep each rate in the mapping at a place, and those of tiers and windows in lists beside them."""
    return {
        **{f"{name}.{rate}": (*place, rate) for rate in RATES},
        **{f"{name}.tiers.{ANY}.{rate}": (*place, "tiers", _TIER, rate) for rate in RATES},
        **{f"{name}.windows.{ANY}.{rate}": (*place, "windows", _WINDOW, rate) for rate in RATES},
    }


LLM_MODELS = Layout(
    providers=("providers",),
    models=("models",),
    paths={
        fields.MODEL: ("model",),
        fields.DESCRIPTION: ("description",),
        fields.CONTEXT_LENGTH: ("context_length",),
        fields.MAX_OUTPUT_TOKENS: ("max_output_tokens",),
        **_prices("pricing", "pricing"),
        **_prices("pricing.batch", "pricing", "batch"),
        fields.FEATURES: ("features",),
    },
    pinned="pinned",
)
"""The original's shape: `providers.<provider>.models.<key>.{model, description, …, pricing.{input, output, …}, features[]}`.

`pricing` may have `tiers`, a list of `{above: <prompt tokens>, <rates>}`, `windows`, a list of `{utc: <hours>, <rates>}`, and
`batch`, a mapping like itself.
"""
