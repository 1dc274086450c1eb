"""Whatever a file holds, it is refused with a reason, or what is proposed for it can be written down and read."""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.discovery.known import KnownModels
from modelsync.discovery.proposal import propose
from modelsync.errors import CatalogInvalid, UsageError
from modelsync.layouts.builtin import layout_named
from modelsync.layouts.table import layout_of
from modelsync.settings import Settings
from modelsync.views.proposed import settings_text

IDS = ("gpt-4o", "openai/gpt-4o-mini", "claude-sonnet-4.5", "azure/gpt-4o", "microsoft/phi-4", "_default", "unheard-of")
PRICES = (2.5, 0.15, 0.0025, "10.00", 1e-06, 0, -1, None, "free")
WORDS = (
    "models", "model", "name", "id", "api_name", "provider", "openai", "google", "pricing", "input", "output", "input_per_1k", "prompt",
    "per_1m", "cache", "read", "context_window", "max_tokens", "supports_vision", "features", "unit", "currency", "api_base", "date",
    "litellm_params", "model_list", "tiers", 'a "b"', "a.b", "a|b", "a b", "x[]", "{id}", "---", "*", "", "1", "é", "=",
)  # fmt: skip
LEAVES = st.sampled_from(
    [*IDS, *PRICES, True, False, "vision", "USD", "EUR", "2026-01-02", 128_000, ["vision", "chat"], "a\nb"]
)
ROWS = st.dictionaries(st.sampled_from(WORDS), LEAVES, max_size=6)


KEYS = st.sampled_from([*WORDS, *IDS])
INPUTS = {"gpt-4o": 2.5, "gpt-4o-mini": 0.15, "claude-sonnet-4.5": 3, "o3-mini": 1.1}


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5)


@st.composite
def _lists_of_models(draw: st.DrawFn) -> Any:
    """Draw rows of models with their prices per 1M, and anything beside them and around."""
    place = draw(st.sampled_from(["", "id", "name", "model", "api_name"]))
    price = draw(st.sampled_from(["input", "input_price", "prompt"]))
    chosen = draw(st.lists(st.sampled_from(list(INPUTS)), min_size=2, max_size=4, unique=True))
    rows = {name: draw(ROWS) | ({place: name} if place else {}) | {price: INPUTS[name]} for name in chosen}
    held: Any = rows if not place or draw(st.booleans()) else list(rows.values())
    for _ in range(draw(st.integers(0, 3))):
        held = draw(st.dictionaries(KEYS, LEAVES, max_size=2)) | {draw(KEYS): held}
    return held


ANYTHING = st.recursive(ROWS | LEAVES, _grown, max_leaves=12)
FILES = _lists_of_models() | ANYTHING


@given(documents=st.lists(FILES, min_size=1, max_size=2))
def test_a_proposal_can_be_written_and_read_and_anything_else_is_refused(
    documents: list[Any], known: KnownModels
) -> None:
    """The settings that are shown mean the layout that was tried."""
    data = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True).encode()
    try:
        found = propose(data, "models.yaml", known)
    except (UsageError, CatalogInvalid):
        return
    written = tomllib.loads(settings_text(found, "models.yaml", unit_given=False))
    settings = msgspec.convert(written, Settings)
    if isinstance(settings.layout, str):
        layout = layout_named(settings.layout)
    else:
        layout = layout_of(settings.layout)
        assert layout == layout_of(found.table)
    assert settings.vendors == found.vendors
    document = parse(data, "models.yaml", several=layout.several)
    sections = read_sections(document, layout, unit=settings.unit, path="models.yaml")
    assert sum(len(section.entries) for section in sections) == found.entries > 0
