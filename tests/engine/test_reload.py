"""A service that runs for months: the catalog under it is replaced, broken, mended and taken away."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Event
from typing import TYPE_CHECKING

import pytest

from modelsync import Catalog
from modelsync.domain.lock import Lock, LockEntry
from modelsync.domain.lock_format import encode
from modelsync.errors import CatalogInvalid, LockInvalid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONG_AGO = 1_600_000_000


def _text(price: str, models: int = 1) -> str:
    entries = "".join(
        f"      m{number}: {{pricing: {{input: {price}, output: {price}}}}}\n" for number in range(models)
    )
    return f"providers:\n  openai:\n    models:\n{entries}"


def _replace(path: Path, text: str, *, moment: int | None = None) -> None:
    """Put another file in its place, as every careful writer does."""
    other = path.with_suffix(".new")
    other.write_text(text, encoding="utf-8")
    if moment is not None:
        os.utime(other, (moment, moment))
    other.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a catalog that has not been touched for years."""
    path = tmp_path / "llm_models.yml"
    _replace(path, _text("0.001"), moment=LONG_AGO)
    return path


def _settle(path: Path) -> None:
    """Wait until nobody could write the file again without the system's clock showing it."""
    while time.time_ns() - path.stat().st_ctime_ns <= 2_100_000_000:
        time.sleep(0.05)


def _price(catalog: Catalog) -> Decimal | None:
    return catalog["openai/m0"].input_usd_per_token


def test_nothing_new(path: Path) -> None:
    """The same models, not only equal ones."""
    catalog = Catalog.load(path)
    model = catalog["m0"]
    reload = catalog.reload_if_changed()
    assert (reload.changed, reload.error) == (False, None)
    assert catalog["m0"] is model
    assert repr(reload) == "Reload(changed=False, error=None)"


def test_another_file_is_read(path: Path) -> None:
    """Names, lengths and prices are those of the new one; a model that was taken before stays as it was."""
    catalog = Catalog.load(path)
    before = catalog["m0"]
    _replace(path, _text("0.002", 2), moment=LONG_AGO + 1)
    assert len(catalog) == 1
    assert catalog.reload_if_changed().changed
    assert (len(catalog), _price(catalog), before.input_usd_per_token) == (2, Decimal("0.000002"), Decimal("0.000001"))
    assert not catalog.reload_if_changed().changed


def test_a_file_that_was_only_touched_is_not_another(path: Path) -> None:
    """Its bytes decide."""
    catalog = Catalog.load(path)
    model = catalog["m0"]
    os.utime(path, (LONG_AGO + 5, LONG_AGO + 5))
    assert not catalog.reload_if_changed().changed
    assert catalog["m0"] is model


def test_a_change_within_one_tick_of_the_clock_is_seen(path: Path) -> None:
    """Same size, same file, same time of change: right after a write the bytes are looked at."""
    path.write_text(_text("0.003"), encoding="utf-8")
    moment = path.stat().st_mtime_ns
    catalog = Catalog.load(path)
    path.write_text(_text("0.004"), encoding="utf-8")
    os.utime(path, ns=(moment, moment))
    assert catalog.reload_if_changed().changed
    assert _price(catalog) == Decimal("0.000004")


def test_a_file_that_was_written_in_place_with_its_old_time_is_read(path: Path) -> None:
    """As archives and mirrors do: same size, same inode, same time of writing; the system's own time of change tells."""
    _settle(path)
    catalog = Catalog.load(path)
    path.write_text(_text("0.002"), encoding="utf-8")
    os.utime(path, (LONG_AGO, LONG_AGO))
    _settle(path)
    assert catalog.reload_if_changed().changed
    assert _price(catalog) == Decimal("0.000002")


@pytest.mark.parametrize("broken", ["providers: [", "", "a: 1\n", "providers:\n  openai:\n    models:\n      m0: 5\n"])
def test_a_broken_file_leaves_the_view_and_says_so(path: Path, broken: str) -> None:
    """At every call, until it is sound again; then the new one is seen."""
    catalog = Catalog.load(path)
    _replace(path, broken, moment=LONG_AGO + 1)
    for _ in range(2):
        reload = catalog.reload_if_changed()
        assert (reload.changed, type(reload.error)) == (False, CatalogInvalid)
        assert _price(catalog) == Decimal("0.000001")
    _replace(path, _text("0.002"), moment=LONG_AGO + 2)
    assert catalog.reload_if_changed().changed
    assert _price(catalog) == Decimal("0.000002")


def test_a_broken_file_that_is_put_back_is_sound(path: Path) -> None:
    """Nothing has changed then, and nothing is wrong."""
    catalog = Catalog.load(path)
    _replace(path, "providers: [", moment=LONG_AGO + 1)
    assert catalog.reload_if_changed().error is not None
    _replace(path, _text("0.001"), moment=LONG_AGO + 2)
    reload = catalog.reload_if_changed()
    assert (reload.changed, reload.error) == (False, None)


def test_a_file_that_is_gone(path: Path) -> None:
    """The view stays; when the file is back, nothing is wrong."""
    catalog = Catalog.load(path)
    text = path.read_text(encoding="utf-8")
    path.unlink()
    reload = catalog.reload_if_changed()
    assert not reload.changed
    assert "cannot be read" in str(reload.error)
    assert _price(catalog) == Decimal("0.000001")
    _replace(path, text)
    assert catalog.reload_if_changed().error is None


def test_the_unit_that_was_said_stays(path: Path) -> None:
    """A reload reads as the load did."""
    catalog = Catalog.load(path, unit="token")
    _replace(path, _text("0.002"), moment=LONG_AGO + 1)
    catalog.reload_if_changed()
    assert _price(catalog) == Decimal("0.002")


def _disagreement(catalog: Catalog) -> object:
    """Read all of a catalog in two ways; return what cannot be of one state of the file, if anything."""
    prices = {model.input_usd_per_token for model in catalog}
    provider = catalog.providers["openai"]
    return prices if len(prices) != 1 or len(list(provider)) != len(provider.models) else None


def test_no_thread_sees_half_of_a_reload(path: Path) -> None:
    """Every model of one iteration is of one state of the file, whoever reloads and however the reader asks."""
    catalog = Catalog.load(path)
    over = Event()

    def repeat(ask: Callable[[], object]) -> list[object]:
        wrong: list[object] = []
        while not over.is_set():
            wrong.append(ask())
        return [one for one in wrong if one is not None]

    with ThreadPoolExecutor(5) as pool:
        asked = [pool.submit(repeat, lambda: _disagreement(catalog)) for _ in range(3)]
        asked += [pool.submit(repeat, lambda: catalog.reload_if_changed().error) for _ in range(2)]
        for version in range(1, 120):
            _replace(path, _text(f"0.{version:03}", version % 7 + 1))
        over.set()
    assert [one.result() for one in asked] == [[]] * 5
    catalog.reload_if_changed()
    assert _price(catalog) == Decimal("0.000119")


def test_all_threads_get_the_same_model(path: Path) -> None:
    """Also when they all ask for it first."""
    _replace(path, _text("0.001", 300))
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            catalog = Catalog.load(path)
            found = pool.map(list, [catalog] * 4)
            assert len({tuple(map(id, models)) for models in found}) == 1


def test_a_lock_that_does_not_say_the_unit_leaves_the_view(path: Path) -> None:
    """Nothing is raised, and no price is guessed."""
    catalog = Catalog.load(path)
    _replace(path, _text("0.002"), moment=LONG_AGO + 1)
    path.with_suffix(".lock.json").write_text("{", encoding="utf-8")
    for _ in range(2):
        reload = catalog.reload_if_changed()
        assert (reload.changed, type(reload.error)) == (False, LockInvalid)
        assert _price(catalog) == Decimal("0.000001")


def _lock(path: Path, unit: str, upstream: str, moment: int) -> None:
    entries = {"openai/m0": LockEntry(upstream, "x", {})}
    _replace(path.with_suffix(".lock.json"), encode(Lock(unit, "default", entries)).decode(), moment=moment)


def test_another_unit_in_the_lock_is_seen(path: Path) -> None:
    """As when the catalog is read between the two files of one sync: its prices are those of the new unit as soon as the lock is."""
    catalog = Catalog.load(path)
    _lock(path, "1k", "openai/m0", LONG_AGO)
    assert not catalog.reload_if_changed().changed  # it says what was taken for granted
    _replace(path, _text("1"), moment=LONG_AGO + 1)
    assert catalog.reload_if_changed().changed
    _lock(path, "1m", "openai/m0", LONG_AGO + 1)
    assert catalog.reload_if_changed().changed
    assert (catalog.unit, _price(catalog)) == ("1m", Decimal("0.000001"))
    assert not catalog.reload_if_changed().changed


def test_other_upstream_ids_in_the_lock_are_seen(path: Path) -> None:
    """By whoever has asked for the old ones, and by whoever has not."""
    _lock(path, "1k", "openai/x", LONG_AGO)
    asked, silent = Catalog.load(path), Catalog.load(path)
    assert asked["openai/x"].key == "m0"
    _lock(path, "1k", "openai/y", LONG_AGO + 1)
    assert (asked.reload_if_changed().changed, silent.reload_if_changed().changed) == (True, False)
    for catalog in (asked, silent):
        assert ("openai/x" in catalog, "openai/y" in catalog) == (False, True)
        model = catalog["m0"]
        assert (catalog.upstream_id(model), catalog.reload_if_changed().changed) == ("openai/y", False)


def test_a_lock_that_is_new_or_gone_is_seen(path: Path) -> None:
    """Without one prices are per 1K tokens."""
    catalog = Catalog.load(path)
    _lock(path, "1m", "openai/m0", LONG_AGO)
    assert catalog.reload_if_changed().changed
    assert _price(catalog) == Decimal("0.000000001")
    path.with_suffix(".lock.json").unlink()
    assert catalog.reload_if_changed().changed
    assert _price(catalog) == Decimal("0.000001")


def test_a_lock_changed_within_one_tick_of_the_clock_is_seen(path: Path) -> None:
    """Right after a write it is looked into, though the system describes it as it was."""
    lock = path.with_suffix(".lock.json")
    lock.write_bytes(encode(Lock("1k", "default")))
    moment = lock.stat().st_mtime_ns
    catalog = Catalog.load(path)
    lock.write_bytes(encode(Lock("1m", "default")))
    os.utime(lock, ns=(moment, moment))
    assert catalog.reload_if_changed().changed
    assert catalog.unit == "1m"


def test_the_lock_does_not_change_a_unit_that_was_said(path: Path) -> None:
    """Nor can a broken one break the view then."""
    catalog = Catalog.load(path, unit="token")
    for text in (encode(Lock("1m", "default")).decode(), "{"):
        path.with_suffix(".lock.json").write_text(text, encoding="utf-8")
        reload = catalog.reload_if_changed()
        assert (reload.changed, reload.error, catalog.unit) == (False, None, "token")
