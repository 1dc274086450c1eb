"""Histories replayed with errors in them: recorded ones where they are at hand, generated ones always."""

from __future__ import annotations

import importlib.util
import os
import random
import sys
from collections import Counter
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.no_cover  # the same lines for every day of many months
ERRORS = {"single price", "vendor missing", *(f"whole list {slip}" for slip in ("x1000", "x1000000", "/1000", "zero"))}


@pytest.fixture(scope="session")
def history(repo: Path) -> Any:
    """Return the module that replays histories for `make bench`."""
    spec = importlib.util.spec_from_file_location("bench_history", repo / "bench" / "history.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look their own module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def days(history: Any, shared_data: Path) -> Any:
    """Return the recorded lists, in order: those that are weeks apart, and the daily ones of when models vanished and came back.

    All daily ones where MODELSYNC_RECORDED is "all", as in `make test-all`.
    """
    recorded = history.recorded(shared_data)
    if os.environ.get("MODELSYNC_RECORDED") == "all":
        return recorded
    skipped = (("2025-12-18", "2026-01-12"), ("2026-01-23", "2026-01-29"))
    return [day for day in recorded if not any(first <= day.day <= last for first, last in skipped)]


@pytest.fixture(scope="session", params=["hand-edited", "everything"])
def replay(
    request: pytest.FixtureRequest, history: Any, days: Any, shared_data: Path, tmp_path_factory: Any
) -> Callable[[], Any]:
    """Return the function that replays the recorded lists with errors on a catalog, once, and returns what happened.

    It is the tests that call it, since a fixture's work would be measured by coverage.
    """
    catalog, settings = history.catalogs(shared_data)[request.param]
    errors = random.Random(history.SEED)  # noqa: S311 the same errors every time, not a secret
    return cache(lambda: history.Replay(tmp_path_factory.mktemp("history"), catalog, settings, errors).run(days))


class TestRecorded:
    """May 2025 to August 2026, in order, pruned every day."""

    def test_no_injected_error_passes(self, replay: Callable[[], Any], days: Any) -> None:
        """Slipped units, zeroed prices and missing vendors, of whole lists and of single models: each held or refused."""
        replayed = replay()
        assert replayed.passed == Counter()
        assert set(replayed.caught) == ERRORS
        assert replayed.caught["single price"] > 2 * len(days)

    def test_hardly_anything_else_is_held(self, replay: Callable[[], Any]) -> None:
        """Fewer than one change in fifty, and of the prices alone too."""
        replayed = replay()
        assert replayed.others > 200
        assert replayed.share < 0.02
        assert len(replayed.held) < 0.05 * (replayed.prices + len(replayed.held))

    def test_what_came_back_within_a_week_was_never_pruned(self, replay: Callable[[], Any], days: Any) -> None:
        """The models that vanished on 2026-01-14 and 15 and returned."""
        listed = {day.day: {record["id"] for record in day.records} for day in days}
        returned = {
            model
            for before, vanished in (("2026-01-13", "2026-01-14"), ("2026-01-14", "2026-01-15"))
            for model in listed[before] - listed[vanished]
            if any(model in listed[f"2026-01-{day}"] for day in range(int(vanished[-2:]) + 1, int(vanished[-2:]) + 8))
        }
        assert len(returned) >= 12
        pruned = {name.partition(":")[2] for day, name in replay().removed if "2026-01-14" <= day <= "2026-01-24"}
        assert not pruned & returned


class TestGenerated:
    """Histories that never were, each from its seed."""

    @pytest.mark.parametrize("seed", range(6))
    def test_errors_are_caught_and_the_rest_goes_through(self, history: Any, tmp_path: Path, seed: int) -> None:
        """Prices wander within the limit, models come, go and return: nothing is held but what was injected."""
        chance = random.Random(seed)  # noqa: S311 a replay, not a secret
        settings = Settings(add={"openrouter": "all"})
        replay = history.Replay(tmp_path, "providers:\n  openrouter:\n    models: {}\n", settings, chance)
        tally = replay.run(generated(history, chance))
        assert tally.passed == Counter()
        assert set(tally.caught) == ERRORS
        assert tally.held == set()
        assert tally.removed == []
        assert tally.prices > 50

    def test_the_replay_sees_what_passes(self, history: Any, tmp_path: Path) -> None:
        """The same history under a preset that holds nothing: the report says so."""
        chance = random.Random(1)  # noqa: S311 a replay, not a secret
        settings = Settings(add={"openai": "all"}, preset="classic")
        days = [
            history.Day(day.day, [record | {"id": f"openai/{record['name']}"} for record in day.records])
            for day in generated(history, chance)
        ]
        replay = history.Replay(tmp_path, "providers:\n  openai:\n    models: {}\n", settings, chance)
        assert replay.run(days).passed["single price"] > 10


def generated(history: Any, chance: random.Random) -> list[Any]:
    """Make three weeks of lists: four vendors of five models, whose prices wander and of which some are away for a day or two."""
    prices = {(vendor, number): chance.uniform(1e-7, 5e-5) for vendor in "abcd" for number in range(5)}
    away: dict[tuple[str, int], int] = {}
    days: list[Any] = []
    for passed in range(21):
        for model in sorted(prices):
            if chance.random() < 0.2:
                prices[model] = min(max(prices[model] * chance.choice((0.5, 0.9, 1.1, 2)), 1e-8), 1e-4)
        away = {model: left - 1 for model, left in away.items() if left > 1}
        if chance.random() < 0.3:
            away[chance.choice(sorted(prices))] = chance.randint(1, 3)
        records = [_record(*model, price) for model, price in prices.items() if model not in away]
        days.append(history.Day((date(2026, 3, 1) + timedelta(passed)).isoformat(), records))
    return days


def _record(vendor: str, number: int, price: float) -> dict[str, Any]:
    return {
        "id": f"{vendor}/m{number}",
        "name": f"{vendor}{number}",
        "created": 1_700_000_000 + number,
        "context_length": 128000,
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"], "modality": "text->text"},
        "pricing": {"prompt": f"{price:.12f}", "completion": f"{4 * price:.12f}"},
        "top_provider": {"context_length": 128000, "max_completion_tokens": 16384},
        "supported_parameters": [],
    }
