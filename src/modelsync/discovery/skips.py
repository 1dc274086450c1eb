"""Which rows of a file are no models of its list: placeholders, prices in other money, of hosts, of tiers other than the standard."""

from __future__ import annotations

from modelsync.discovery.columns import columns_of
from modelsync.discovery.hosting import held_around, hosted_rows
from modelsync.discovery.money import rows_without_dollars
from modelsync.discovery.rows import Found
from modelsync.discovery.whose import Said
from modelsync.discovery.words import dotted, exactly, names_tier, word_set, words

_TIER_KEYS = frozenset({
    ("tier",), ("mode",), ("service", "tier"), ("price", "tier"), ("pricing", "tier"), ("processing", "tier"), ("processing", "mode"),
})  # fmt: skip


def skips(found: Found, whose: Said, *, priced: bool) -> list[str]:
    """Return the conditions on which rows are no models of the list; rows of other tiers are, where nothing is `priced`."""
    tiers = other_tiers(found) if priced else []
    return [*_placeholders(found), *rows_without_dollars(found), *tiers, *hosted_rows(found, whose)]


def other_tiers(found: Found) -> list[str]:
    """Return the conditions by which rows are left alone that have the prices of another tier than the standard one."""
    inside = {dotted(column.way): [node.value for _, node in column.scalars] for column in columns_of(found.sites)}
    around = {f"^{place}": texts for place, texts in held_around(found.sites).items()}
    return [
        exactly(place, text)
        for place, texts in (inside | around).items()
        if words(place.rpartition(".")[2]) in _TIER_KEYS
        for text in dict.fromkeys(texts)
        if names_tier(text)
    ]


_PLACEHOLDERS = word_set("default defaults sample_spec base-config base_config base template example fallback unknown")


def _placeholders(found: Found) -> list[str]:
    written = dict.fromkeys(map(found.written, found.sites))
    hidden = ["{id}=_*"] if any(text.startswith("_") for text in written) else []
    return hidden + [f"{{id}}={text}" for text in written if text.lower() in _PLACEHOLDERS]
