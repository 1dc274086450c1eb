"""Which rows are served by a host, or at an address of one's own: their prices are agreed upon there, and no list says them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from modelsync.catalog.document import Mapping, Scalar
from modelsync.catalog.facts import is_null
from modelsync.discovery.columns import columns_of
from modelsync.discovery.known import names_host
from modelsync.discovery.rows import Found
from modelsync.discovery.survey import Site
from modelsync.discovery.whose import Said, label_of
from modelsync.discovery.words import dotted, exactly, word_set, words
from modelsync.layouts.labels import VENDOR_DOMAINS

_MOST_VALUES = 8
_HOST_KEYS = word_set(
    "host hosts hosted hosting cloud platform deployment deployed deploy backend via gateway service server infra infrastructure "
    "runtime engine channel type kind client"
)
_CLOUDS = word_set("azure aws bedrock gcp vertex vertexai sagemaker watsonx databricks")
_OF_CLOUDS = word_set("deployment endpoint resource region project location account workspace name")
"""`azure_deployment`, `aws_region_name`: what only a model at such a host has."""
_ADDRESS_KEYS = frozenset({
    ("api", "base"), ("api", "base", "url"), ("api", "endpoint"), ("api", "host"), ("api", "url"), ("azure", "endpoint"),
    ("base", "url"), ("endpoint",), ("endpoint", "url"), ("proxy",), ("proxy", "url"), ("url",),
})  # fmt: skip
_NOTHING = frozenset({"", "false", "no", "off", "none", "direct"})
_PAGE = re.compile(
    r"https?://(?:docs?\.|www\.|blog\.|platform\.|(?:huggingface\.co|github\.com|arxiv\.org|openrouter\.ai)/)"
    r"|/(?:docs?|pricing|blog|models?/)|\.html?\Z"
)
_IN_ENVIRONMENT = re.compile(r"os\.environ/|\$|%[A-Z_]+%|[A-Z][A-Z0-9]*_[A-Z0-9_]+\Z")
_MACHINE_KEYS = word_set("host server gateway backend")
_HOST_NAME = re.compile(
    r"(?:localhost|[0-9]+(?:\.[0-9]+){3}|(?:[\w-]+\.){2,}[a-z]{2,})(?::[0-9]+)?(?:/|\Z)|[\w-]+(?:\.[\w-]+)*:[0-9]{2,5}(?:/|\Z)"
)


def hosted_rows(found: Found, said: Said) -> list[str]:
    """Return the conditions by which rows of hosts and of addresses of one's own are left alone.

    Where the provider that is `said` is a host, no list speaks for it anyway.
    """
    sites = [site for site in found.sites if not names_host(label_of(site, found, said))]
    inside = {dotted(column.way): [node.value for _, node in column.scalars] for column in columns_of(sites)}
    around = held_around(sites)
    inside.pop(said.field, None)
    around.pop(said.around, None)
    return [*_conditions(inside, ""), *_conditions(around, "^")]


def held_around(sites: Iterable[Site]) -> dict[str, list[str]]:
    """Return what the keys of the mappings around the rows hold, without those in which the rows are."""
    mappings = {id(node): node for site in sites for node in site.around if isinstance(node, Mapping)}
    held: dict[str, list[str]] = {}
    for mapping in mappings.values():
        for key, value in mapping.pairs:
            if isinstance(value, Scalar) and not is_null(value) and '"' not in key.value:
                held.setdefault(dotted((key.value,)), []).append(value.value)
    return held


def _conditions(held: dict[str, list[str]], before: str) -> Iterator[str]:
    for place, values in held.items():
        last = words(place.rpartition(".")[2])
        if last[:1] and last[0] in _CLOUDS and last[-1] in _OF_CLOUDS:
            yield f"{before}{place}"
            continue
        if last in _ADDRESS_KEYS:
            meant = [value for value in dict.fromkeys(values) if _is_own_address(value, last)]
        elif _HOST_KEYS & {*last}:
            is_machine = bool(_MACHINE_KEYS & {*last})
            named = dict.fromkeys(values)
            meant = [text for text in named if names_host(text) or (is_machine and _is_own_address(text, last))]
        else:
            continue
        if (last in _ADDRESS_KEYS and len(meant) == len({*values})) or len(meant) > _MOST_VALUES:
            yield f"{before}{place}"
        else:
            yield from (exactly(f"{before}{place}", value) for value in meant)


def _is_own_address(text: str, key: tuple[str, ...]) -> bool:
    """Say whether a text is an address, and neither a vendor's nor that of a page to read."""
    if text.strip().lower() in _NOTHING:
        return False
    if key[0] == "proxy" or _IN_ENVIRONMENT.match(text):
        return True
    address = text if "://" in text else f"//{text}" if _HOST_NAME.match(text) else ""
    name = (urlsplit(address).hostname or "") if address else ""
    if not name or any(name == domain or name.endswith(f".{domain}") for domain in VENDOR_DOMAINS):
        return False
    return key != ("url",) or not _PAGE.search(text)
