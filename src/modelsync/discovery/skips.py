"""Which rows of a file are no models of its list: placeholders, prices in other money, prices of hosts."""

from __future__ import annotations

from modelsync.discovery.hosting import hosted_rows
from modelsync.discovery.money import rows_without_dollars
from modelsync.discovery.rows import Found
from modelsync.discovery.whose import Said
from modelsync.discovery.words import word_set


def skips(found: Found, whose: Said) -> list[str]:
    """Return the conditions on which rows are no models of the list: placeholders, prices in other money or of hosts."""
    return [*_placeholders(found), *rows_without_dollars(found), *hosted_rows(found, whose)]


_PLACEHOLDERS = word_set("default defaults sample_spec base-config base_config base template example fallback unknown")


def _placeholders(found: Found) -> list[str]:
    written = dict.fromkeys(map(found.written, found.sites))
    hidden = ["{id}=_*"] if any(text.startswith("_") for text in written) else []
    return hidden + [f"{{id}}={text}" for text in written if text.lower() in _PLACEHOLDERS]
