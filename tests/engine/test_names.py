"""Every name by which an application may know a model, what it finds, and what it does not."""

from __future__ import annotations

import copy
import pickle
import sys
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from modelsync import AmbiguousModel, Catalog, NoSuchModel
from modelsync.domain.lock import Lock, LockEntry
from modelsync.domain.lock_format import encode
from modelsync.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

TEXT = """\
providers:
  openai:
    models:
      gpt-4o: {model: gpt-4o-2024-08-06, context_length: 128000, pricing: {input: 0.0025, output: 0.01}, features: [vision, tools]}
      mini: {model: gpt-4.1-mini, context_length: 1000000, pricing: {input: 0.0004, output: 0.0016}, features: [vision]}
      cheap: {model: gpt-4.1-mini, context_length: 1000000, pricing: {input: 0.0004, output: 0.0008}, features: [vision]}
      unpriced: {model: gpt-5}
  anthropic:
    models:
      sonnet: {model: claude-sonnet-4-5-20250929, context_length: 200000, pricing: {input: 0.003, output: 0.015}, features: [vision]}
      free: {context_length: 8192, pricing: {input: 0, output: 0}}
  openrouter:
    models:
      qwen/qwen3: {model: qwen/qwen3, pricing: {input: 0.001}}
"""
LOCK = {
    "openai/gpt-4o": "openai/gpt-4o-2024-08-06",
    "anthropic/sonnet": "anthropic/claude-sonnet-4.5",
    "openai/gone": "openai/gone",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a catalog with a lock."""
    path = tmp_path / "llm_models.yml"
    path.write_text(TEXT, encoding="utf-8")
    entries = {name: LockEntry(upstream, "x", {}) for name, upstream in LOCK.items()}
    (tmp_path / "llm_models.lock.json").write_bytes(encode(Lock("1k", "default", entries)))
    return path


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("openai/gpt-4o", "openai/gpt-4o"),
        ("gpt-4o", "openai/gpt-4o"),
        ("gpt-4o-2024-08-06", "openai/gpt-4o"),
        ("openai/gpt-4o-2024-08-06", "openai/gpt-4o"),
        ("anthropic/claude-sonnet-4.5", "anthropic/sonnet"),
        ("Claude_Sonnet-4.5-20250929", "anthropic/sonnet"),
        ("OpenAI/GPT-4o", "openai/gpt-4o"),
        ("anthropic/claude-sonnet-4-5", "anthropic/sonnet"),
        ("free", "anthropic/free"),
        ("qwen/qwen3", "openrouter/qwen/qwen3"),
        ("openrouter/qwen/qwen3", "openrouter/qwen/qwen3"),
    ],
)
def test_a_model_is_found_by_any_of_its_names(path: Path, name: str, found: str) -> None:
    """Its name, its key, the native id, the upstream id that the lock knows, and other spellings of these."""
    catalog = Catalog.load(path)
    assert catalog[name] is catalog[found]
    assert name in catalog


def test_a_name_that_means_several_names_them(path: Path) -> None:
    """It is a KeyError, and not a wrong model."""
    catalog = Catalog.load(path)
    with pytest.raises(AmbiguousModel, match=r"means 2 models .*openai/mini, openai/cheap") as caught:
        _ = catalog["gpt-4.1-mini"]
    assert caught.value.candidates == ("openai/mini", "openai/cheap")
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, UsageError)
    assert "gpt-4.1-mini" not in catalog


@pytest.mark.parametrize("name", ["", "-", "日本", "openai/", "gpt-4o:batch", "gpt4o", "openai", "anthropic/gpt-4o"])
def test_what_is_only_like_a_name_is_none(path: Path, name: str) -> None:
    """A wrong model would be worse than none: only capitals and what joins words may differ."""
    path.write_text(TEXT.replace("      free:", "      中文: {}\n      free:"), encoding="utf-8")
    assert name not in Catalog.load(path)


def test_what_the_lock_knows_and_the_catalog_has_no_more_is_no_model(path: Path) -> None:
    """An entry that was taken out stays out."""
    with pytest.raises(NoSuchModel):
        _ = Catalog.load(path)["openai/gone"]


@pytest.mark.parametrize(
    "lock", [None, b"{", b"[]", b'{"entries": []}', b'{"entries": {"openai/gpt-4o": []}}', b"[" * 100_000], ids=range(6)
)
def test_without_a_lock_no_upstream_id_is_known(path: Path, lock: bytes | None) -> None:
    """A damaged one is as none to whoever says the unit: such a program must not stop for it. The near names are named."""
    place = path.with_suffix(".lock.json")
    place.unlink() if lock is None else place.write_bytes(lock)
    catalog = Catalog.load(path, unit="1k")
    with pytest.raises(NoSuchModel, match="Did you mean anthropic/sonnet"):
        _ = catalog["anthropic/claude-sonnet-4.5"]
    assert catalog.upstream_id(catalog["anthropic/sonnet"]) == ""


def test_the_upstream_id(path: Path) -> None:
    """As the lock says; empty for an entry that was never matched."""
    catalog = Catalog.load(path)
    assert catalog.upstream_id(catalog["sonnet"]) == "anthropic/claude-sonnet-4.5"
    assert catalog.upstream_id(catalog["mini".replace("mini", "openai/mini")]) == ""


@pytest.mark.parametrize("name", [5, None, ("openai", "gpt-4o"), ["gpt-4o"], b"gpt-4o"], ids=range(5))
def test_only_text_is_a_name(path: Path, name: Any) -> None:
    """Anything else is not in a catalog, and as a key it is one that is missing."""
    catalog = Catalog.load(path)
    assert name not in catalog
    with pytest.raises(NoSuchModel, match=r"is no name of a model\. Name a model as provider/key\."):
        _ = catalog[name]


def test_the_nearest_names_are_looked_for_when_they_are_asked_for(path: Path) -> None:
    """A program that only asks whether there is such a model does not wait for them. Pickled errors have them too."""
    catalog = Catalog.load(path)
    assert "gpt-4" not in catalog  # what is read once is read
    calls = Counter[str]()

    def count(frame: FrameType, event: str, _: object) -> None:
        calls[frame.f_code.co_name] += event == "call"

    sys.setprofile(count)
    try:
        found = "gpt-4" in catalog
        with pytest.raises(NoSuchModel) as caught:
            _ = catalog["gpt-4"]
        before = calls["get_close_matches"]
        hint = caught.value.hint
    finally:
        sys.setprofile(None)
    assert (found, before, calls["get_close_matches"]) == (False, 0, 1)
    assert hint.startswith("Did you mean openai/gpt-4o")
    for twin in (caught.value, pickle.loads(pickle.dumps(caught.value))):  # noqa: S301  # our own
        assert (str(twin), twin.hint) == (f"no model 'gpt-4' in the catalog. {hint}", hint)


def test_find_returns_the_cheapest_first(path: Path) -> None:
    """By the input price, then the output price; what has no price stands last."""
    catalog = Catalog.load(path)
    assert [model.name for model in catalog.find()] == [
        "anthropic/free", "openai/cheap", "openai/mini", "openrouter/qwen/qwen3", "openai/gpt-4o", "anthropic/sonnet",
        "openai/unpriced",
    ]  # fmt: skip


def test_a_negative_price_is_unknown(path: Path) -> None:
    """It is not the cheapest, and not within any limit; nor is a model with such an output price cheaper than its like."""
    text = TEXT.replace("{input: 0, output: 0}", "{input: -1, output: -1}").replace("output: 0.0016", "output: -1")
    path.write_text(text, encoding="utf-8")
    catalog = Catalog.load(path)
    assert [model.name for model in catalog.find()] == [
        "openai/cheap", "openai/mini", "openrouter/qwen/qwen3", "openai/gpt-4o", "anthropic/sonnet",
        "anthropic/free", "openai/unpriced",
    ]  # fmt: skip
    assert catalog.find(max_input_price=0) == []
    free = catalog["free"]
    assert (free.input_usd_per_token, free.output_usd_per_token) == (None, None)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"features": {"vision"}, "min_context": 200_000}, ["openai/cheap", "openai/mini", "anthropic/sonnet"]),
        ({"features": "tools"}, ["openai/gpt-4o"]),
        ({"features": ["vision", "tools"]}, ["openai/gpt-4o"]),
        ({"max_input_price": "0.0004"}, ["anthropic/free", "openai/cheap", "openai/mini"]),
        ({"max_input_price": Decimal("0.0004"), "features": {"vision"}}, ["openai/cheap", "openai/mini"]),
        ({"max_input_price": 0.00039999}, ["anthropic/free"]),
        ({"max_input_price": 0}, ["anthropic/free"]),
        ({"provider": "anthropic", "min_context": 1}, ["anthropic/free", "anthropic/sonnet"]),
    ],
    ids=range(8),
)
def test_find_leaves_out_what_is_not_known_to_fit(path: Path, wanted: dict[str, object], found: list[str]) -> None:
    """A price is in the unit of the file; who has no context length has not 200,000."""
    assert [model.name for model in Catalog.load(path).find(**wanted)] == found  # pyright: ignore[reportArgumentType]


def test_find_asks_in_the_unit_of_the_catalog(path: Path) -> None:
    """The lock's, or the caller's word."""
    assert Catalog.load(path).unit == "1k"
    millions = Catalog.load(path, unit="1m")
    assert millions.unit == "1m"
    assert [model.name for model in millions.find(max_input_price="0.0004", provider="openai")] == [
        "openai/cheap",
        "openai/mini",
    ]


@pytest.mark.parametrize("price", ["cheap", "", "nan", float("inf"), "1,5"])
def test_a_price_that_is_no_number_is_refused(path: Path, price: object) -> None:
    """It would let everything through, or nothing."""
    with pytest.raises(UsageError, match="is no price"):
        Catalog.load(path).find(max_input_price=price)  # pyright: ignore[reportArgumentType]


def test_an_unknown_unit_is_refused(path: Path) -> None:
    """Prices would be off by a thousand."""
    with pytest.raises(UsageError, match="'2k' is no unit"):
        Catalog.load(path, unit="2k")


def test_a_model_cannot_be_changed(path: Path) -> None:
    """Not its facts, not its prices; copies and pickles are equal to it."""
    model = Catalog.load(path)["gpt-4o"]
    with pytest.raises(AttributeError, match="cannot be changed"):
        model.context_length = 5
    with pytest.raises(AttributeError, match="cannot be changed"):
        del model.key
    with pytest.raises(TypeError):
        model.prices["pricing.input"] = Decimal(0)  # pyright: ignore[reportIndexIssue]
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), Catalog.load(path)["openai/gpt-4o"]):  # noqa: S301  # our own
        assert (twin, hash(twin), twin.pricing, repr(twin)) == (model, hash(model), model.pricing, repr(model))
    assert model != Catalog.load(path, unit="1m")["gpt-4o"]
    assert model != "openai/gpt-4o"
    assert repr(model) == "Model('openai/gpt-4o', model_id='gpt-4o-2024-08-06')"
