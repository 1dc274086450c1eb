"""The fast reader and the full one: two ways, one result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.catalog import plain
from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.catalog.snapshot import Snapshot
from modelsync.errors import CatalogInvalid
from modelsync.layouts.builtin import LLM_MODELS

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = [
    "{}",
    "{model: gpt-4o-2024-08-06, description: Ours., context_length: 128_000, features: [vision, 'null', ~]}",
    "{model: ~, description: '', context_length: 1.5, max_output_tokens: 017, features: vision}",
    "{model: '', context_length: '8192', max_output_tokens: [1], features: [[vision]], extra: {a: [1, {b: 2}]}}",
    "{pricing: {input: 0.0025, output: '0.01', cache_read: 2.5e-07, request: 0.01, note: [x]}}",
    "{pricing: {input: -1, output: cheap, image: ~, web_search: {a: 1}, batch: ~, tiers: ~, windows: }}",
    "{pricing: {input: 1_000.5, batch: {input: 0.5, tiers: [{above: 200000, input: 1}]}}}",
    "{pricing: {tiers: [{above: 200_000, input: 1, note: x}, {above: 1e5, output: ~}], input: 0}}",
    "{pricing: {windows: [{utc: '01:00-04:00', input: 1}, {utc: 2200-0100, output: 2, request: 3}]}}",
    "\n        model: |-\n          two\n          lines\n        description: >\n          folded\n          text\n",
]
ODD = [
    "~",
    "[1]",
    "word",
    "{model: x, model: y}",
    "{a: {b: 1, b: 2}}",
    "{a: [{b: 1, b: 2}]}",
    "{model: &id gpt-4o, description: *id}",
    "{<<: {model: gpt-4o}, context_length: 5}",
    "{model: !!str 5, context_length: !!int '7'}",
    "{? [a] : 1, model: x}",
    "{pricing: 5}",
    "{pricing: [1]}",
    "{pricing: {batch: 5}}",
    "{pricing: {tiers: 5}}",
    "{pricing: {tiers: [5]}}",
    "{pricing: {tiers: [{input: 1}]}}",
    "{pricing: {tiers: [{above: ~, input: 1}]}}",
    "{pricing: {tiers: [{above: few, input: 1}]}}",
    "{pricing: {tiers: [{above: 5, input: 1}, {above: 5.0, output: 1}]}}",
    "{pricing: {tiers: [{above: 5, input: much}]}}",
    "{pricing: {windows: {utc: 0100-0400}}}",
    "{pricing: {windows: [{utc: noon, input: 1}]}}",
    "{pricing: {batch: {windows: [{utc: 0100-0100, input: 1}]}}}",
]
KEYS = ["gpt-4o", "b", "'null'", "5", "~", "on", "openai/gpt-4o"]
PROVIDERS = ["openai", "anthropic", "~", "1"]


@st.composite
def catalogs(draw: st.DrawFn) -> str:
    """Write a catalog of entries of every kind."""
    text = draw(st.sampled_from(["", "# ours\n", "%YAML 1.1\n---\n"])) + "providers:\n"
    for provider in draw(st.lists(st.sampled_from([*PROVIDERS, "a/b"]), max_size=3)):
        text += f"  {provider}:\n"
        if draw(st.booleans()):
            text += "    models:\n"
            for key in draw(st.lists(st.sampled_from(KEYS), max_size=3, unique=draw(st.booleans()))):
                text += f"      {key}: {draw(st.sampled_from(PLAIN * 3 + ODD))}\n"
    return text + draw(st.sampled_from(["", "other: 1\n", "...\n", "---\na: 1\n", "\tx\n"]))


def _read(read: Any, text: str) -> object:
    """Return the keys and all facts of the models, or what is wrong."""
    try:
        snapshot: Snapshot = read(text.encode())
    except CatalogInvalid as error:
        return str(error)
    return snapshot.keys, [(model.name, model, _pricing(model)) for model in snapshot.all()]


def _pricing(model: Any) -> object:
    try:
        return model.pricing
    except CatalogInvalid as error:
        return str(error)


def _fast(data: bytes) -> Snapshot:
    return Snapshot.read(data, "c.yml", "1k")


def _full(data: bytes) -> Snapshot:
    snapshot = Snapshot("c.yml", "1k")
    snapshot.take(read_sections(parse(data, "c.yml"), LLM_MODELS, unit="1k", path="c.yml"))
    return snapshot


@given(catalogs())
def test_both_readers_agree(text: str) -> None:
    """On every value, on what is damaged and on every refusal."""
    assert _read(_fast, text) == _read(_full, text)


@pytest.mark.parametrize("entry", [*PLAIN, *ODD])
def test_both_readers_agree_on_each_entry(entry: str) -> None:
    """Each kind by itself."""
    text = f"providers:\n  openai:\n    models:\n      a: {entry}\n"
    assert _read(_fast, text) == _read(_full, text)


@pytest.mark.parametrize("entry", PLAIN)
def test_a_plain_entry_needs_no_full_reader(entry: str) -> None:
    """Otherwise the fast way would be none."""
    (raw,) = plain.providers(f"providers:\n  openai:\n    models:\n      a: {entry}\n".encode())["openai"].values()
    plain.prices(raw, "1k")


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "\ufeffproviders: {}\n", "\ufeff\ufeffa: 1\n", "a: 1\n", "providers: [a]\n", "providers:\n  a: 5\n", "providers: {a: {models: 5}}\n",
     "[1]\n", "a: 'x\n", "providers: {a: {models: {}}, a: {}}\n", "providers: {a: {models: ~}, b: ~, c: {}}\n", "providers: " + "[" * 120, "a: \x00\n"],
    ids=range(14),
)  # fmt: skip
def test_both_readers_agree_on_files(text: str) -> None:
    """Also where the file as a whole is odd."""
    assert _read(_fast, text) == _read(_full, text)


def test_both_refuse_what_is_no_text() -> None:
    """Bytes that are not UTF-8."""
    with pytest.raises(CatalogInvalid, match="not UTF-8"):
        _fast(b"providers: {a: \xff}\n")


def test_both_readers_agree_on_recorded_catalogs(shared_data: Path) -> None:
    """Catalogs that people have."""
    paths = [
        *shared_data.glob("catalogs/*.yml"),
        *shared_data.glob("golden/**/*.yml"),
        *shared_data.glob("wild/**/*.y*ml"),
    ]
    assert paths
    for path in paths:
        text = re.sub(r"\r\n?", "\n", path.read_text(encoding="utf-8", errors="replace"))
        assert _read(_fast, text) == _read(_full, text), path
