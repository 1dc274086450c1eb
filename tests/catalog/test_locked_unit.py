"""The unit of prices, which a reader takes from the lock: however the lock is laid out, and never by guess."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from modelsync import Catalog
from modelsync.domain.lock import Lock
from modelsync.domain.lock_format import encode
from modelsync.errors import LockInvalid

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "providers:\n  openai:\n    models:\n      a: {pricing: {input: 1}}\n"
USD_PER_TOKEN = {"token": Decimal(1), "1k": Decimal("0.001"), "1m": Decimal("0.000001")}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a catalog without a lock."""
    path = tmp_path / "llm_models.yml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def _lock(path: Path, data: bytes) -> Path:
    place = path.with_suffix(".lock.json")
    place.write_bytes(data)
    return place


@pytest.mark.parametrize("unit", USD_PER_TOKEN)
@pytest.mark.parametrize(
    "layout", [None, {}, {"indent": 2}, {"indent": "\t", "sort_keys": True}, {"separators": (",", ":")}]
)
def test_a_lock_says_the_unit_however_it_is_laid_out(path: Path, unit: str, layout: dict[str, object] | None) -> None:
    """Formatters of JSON change no price; nor does a lock whose unit stands far from its head."""
    tombstones = {f"openai:openai/{number}": "2026-03-01" for number in range(500)}
    data = encode(Lock(unit, "default", tombstones=tombstones))
    if layout is not None:
        data = json.dumps(json.loads(data), **layout).encode()  # pyright: ignore[reportArgumentType]  # any layout
    _lock(path, data)
    catalog = Catalog.load(path)
    assert (catalog.unit, catalog["a"].input_usd_per_token) == (unit, USD_PER_TOKEN[unit])


def test_without_a_lock_prices_are_per_1k(path: Path) -> None:
    """As the settings have it that say nothing else."""
    assert Catalog.load(path).unit == "1k"


MERGING = b'{\n"version": 1,\n<<<<<<< a\n"unit": "1k",\n=======\n"unit": "1m",\n>>>>>>> b\n"entries": {}\n}\n'


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        (b"", r"lock\.json:1:1: does not say the unit of prices"),
        (b'{\n"unit" "1m"}', r"lock\.json:2:8: does not say the unit of prices"),
        (b"[]", "does not say the unit of prices"),
        (b"{}", "does not say the unit of prices"),
        (b"\xff", "does not say the unit of prices"),
        (b"[" * 100_000, "does not say the unit of prices"),
        (b'{"unit": "2k"}', "'2k' is no unit of prices"),
        (b'{"unit": ["1k"]}', "is no unit of prices"),
        (MERGING, r"lock\.json:3:1: does not say the unit of prices"),
    ],
    ids=range(9),
)
def test_a_lock_that_does_not_say_it_is_an_error(path: Path, lock: bytes, said: str) -> None:
    """Prices could be wrong by a thousand. Whoever says the unit needs no lock."""
    _lock(path, lock)
    with pytest.raises(LockInvalid, match=said) as caught:
        Catalog.load(path)
    assert "unit=" in caught.value.hint
    assert Catalog.load(path, unit="1m")["a"].input_usd_per_token == USD_PER_TOKEN["1m"]


def test_a_lock_that_cannot_be_opened_is_an_error(path: Path) -> None:
    """It is there, and may say anything."""
    path.with_suffix(".lock.json").mkdir()
    with pytest.raises(LockInvalid, match="cannot be read"):
        Catalog.load(path)
