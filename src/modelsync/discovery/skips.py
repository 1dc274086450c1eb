"""Which rows of a file are no models of its list: placeholders, prices in other money, endpoints of one's own."""

from __future__ import annotations

from collections.abc import Iterator

from modelsync.discovery.columns import columns_of
from modelsync.discovery.money import foreign_rows
from modelsync.discovery.rows import Found
from modelsync.discovery.words import dotted, word_set, words

_HALF = 0.5


def skips(found: Found) -> list[str]:
    """Return the conditions on which rows are no models of the list: placeholders, prices in other money, endpoints of one's own."""
    return [*_placeholders(found), *foreign_rows(found), *_own_endpoints(found)]


_PLACEHOLDERS = word_set("default defaults sample_spec base-config base_config base template example fallback unknown")


def _placeholders(found: Found) -> list[str]:
    written = dict.fromkeys(map(found.written, found.sites))
    hidden = ["{id}=_*"] if any(text.startswith("_") for text in written) else []
    return hidden + [f"{{id}}={text}" for text in written if text.lower() in _PLACEHOLDERS]


def _own_endpoints(found: Found) -> Iterator[str]:
    for column in columns_of(found.sites):
        if words(column.way[-1]) in (("api", "base"), ("base", "url")) and len(column.nodes) < _HALF * len(found.sites):
            yield dotted(column.way)
