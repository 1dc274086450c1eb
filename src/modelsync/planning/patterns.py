"""Globs over model names, pins and exclusions."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.normalize.identity import normalize_key, split_variant
from modelsync.normalize.upstream import AGGREGATOR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.catalog.entries import Entry
    from modelsync.planning.context import Inputs

ALL_OF_IT = "*"
"""The pin of all of an entry."""

_WILD = frozenset("*?[")
_UNSAFE_IN_GLOB = re.compile(r"[^a-z0-9*?\[\]!-]")


def names_model(pattern: str, slug: str) -> bool:
    """Say whether a glob names a model, as written or after normalization (`gpt-3.5*` also names `gpt-3-5-turbo`)."""
    if not _WILD.intersection(pattern):
        return slug == pattern or normalize_key(slug) == _UNSAFE_IN_GLOB.sub("-", pattern.lower())
    return fnmatchcase(slug, pattern) or fnmatchcase(normalize_key(slug), _UNSAFE_IN_GLOB.sub("-", pattern.lower()))


def any_names(patterns: Iterable[str], slug: str) -> bool:
    """Say whether any of the globs names the model."""
    return any(names_model(pattern, slug) for pattern in patterns)


def pinned_fields(pins: Iterable[str], provider: str, key: str) -> tuple[str, ...]:
    """Return what the settings' pins fix of an entry: `*` for all of it, or field patterns such as `pricing`."""
    name = f"{provider}/{key}"
    fixed: list[str] = []
    for pin in pins:
        if fnmatchcase(name, pin):
            fixed.append(ALL_OF_IT)
            continue
        fixed += [
            pin[cut + 1 :]
            for cut, letter in enumerate(pin)
            if letter == "." and fields.is_pattern(pin[cut + 1 :]) and fnmatchcase(name, pin[:cut])
        ]
    return tuple(fixed)


def is_pinned(pins: Iterable[str], field: str) -> bool:
    """Say whether a field is fixed by these pin patterns."""
    return any(pin == ALL_OF_IT or fields.covers(pin, field) for pin in pins)


def pins_of(entry: Entry, inputs: Inputs) -> tuple[str, ...]:
    """Every pin on an entry: its own and the settings'."""
    return (*entry.pins, *pinned_fields(inputs.settings.pins, entry.provider, entry.key))


def asked_for(provider: str, slug: str, inputs: Inputs, *, kind: str = "") -> bool:
    """Say whether the provider's rule asks for a model of that name; `all` means every model that writes text."""
    rule = inputs.policy.add.get(provider, "none")
    if rule == "none":
        return False
    offered = inputs.policy.variants or not split_variant(slug)[1]
    if isinstance(rule, list):
        return any_names(rule, slug) and (offered or provider == AGGREGATOR)
    return offered and not kind


def asked(names: tuple[str, ...], entry: Entry, field: str) -> bool:
    """Say whether `--take` or `--accept` names this field of this entry, or all of the entry."""
    return any(
        name == entry.name or (name.startswith(entry.name + ".") and fields.covers(name[len(entry.name) + 1 :], field))
        for name in names
    )
