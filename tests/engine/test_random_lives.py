"""Random lives of a catalog: verbs and edits by hand in any order, and what must hold after each step."""

from __future__ import annotations

import re
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from modelsync.domain.money import parse_number, to_unit
from modelsync.errors import Refused, UsageError
from modelsync.pipeline.standing import status_of
from modelsync.planning.changes import Keep
from modelsync.project import Project
from modelsync.store.backups import backups, contents, restore
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from modelsync.domain.lock import LockEntry

pytestmark = pytest.mark.hypothesis

MODELS = ("gpt-a", "gpt-b", "gpt-4.1")
KEYS = (*MODELS, "mine")
MANY = 1000
HEAD = "# top\nproviders:\n  openai:\n    # models\n    models:"
TAIL = "other: [1, 2]  # end\n"
_KEY = re.compile(r'      (?:"[^"]*"|[^\s":]+):')
_PRICE = re.compile(r"input: ([0-9.]+)")

models, keys = st.sampled_from(MODELS), st.sampled_from(KEYS)


class Memory:
    """What a person knows of a catalog: prices typed by hand and models deleted for good, by model id."""

    def __init__(self, typed: dict[str, str] | None = None, deleted: set[str] | None = None) -> None:
        self.typed = dict(typed or {})
        self.deleted = set(deleted or ())

    def copy(self) -> Memory:
        """Return another one of the same contents."""
        return Memory(self.typed, self.deleted)


class Life(RuleBasedStateMachine):
    """One provider, whose entries each have another model id; everything listed is added, or nothing is."""

    def __init__(self, world_in: Any, upstream: Any) -> None:
        super().__init__()
        self.world = world_in(Path(tempfile.mkdtemp()))
        self.upstream = upstream
        self.clock = datetime(2026, 3, 1, tzinfo=UTC)
        self.world.now = lambda: self.clock  # no two steps share a second
        self.prices: dict[str, Decimal] = {}
        self.memory = Memory()
        self.memories: dict[str, Memory] = {}

    def teardown(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.world.folder)

    @initialize(
        add=st.sampled_from(["all", "none"]),
        listed=st.sets(models, min_size=2),
        written=st.sets(models),
        synced=st.booleans(),
    )
    def begin(self, add: str, listed: set[str], written: set[str], *, synced: bool) -> None:
        """Write a catalog and a listing, and perhaps sync once."""
        self.world.configure(add={"openai": add}, backups=replace(self.world.settings.backups, keep=MANY))
        self.prices = {model: Decimal("0.0000025") for model in sorted(listed)}
        self._publish()
        self._write([f'      "{model}": {{model: "{model}"}}  # of {model}\n' for model in sorted(written)])
        if synced:
            self.sync()

    # ------------------------------------------------------------------------------------------------------- upstream

    @rule(moved=st.sets(models), appeared=st.sets(models), vanished=st.none() | models)
    def upstream_moves(self, moved: set[str], appeared: set[str], vanished: str | None) -> None:
        """A day passes: prices rise, models come, one goes."""
        self.clock += timedelta(days=1)
        for model in moved & self.prices.keys():
            self.prices[model] += Decimal("0.0000001")
        for model in sorted(appeared - self.prices.keys()):
            self.prices[model] = Decimal("0.000003")
        if len(self.prices) > 1 and vanished is not None:
            self.prices.pop(vanished, None)
        self._publish()

    # ---------------------------------------------------------------------------------------------------------- verbs

    @rule()
    def sync(self) -> None:
        """Everything agrees with upstream, but for what a person typed or deleted; a second sync writes nothing."""
        self._forget_what_a_first_sync_replaces()
        self._does(self.world.sync)
        files = self.world.files()
        plan = self.world.sync().plan
        assert self.world.files() == files, plan.changes
        self._check_prices()
        assert not self.memory.deleted & set(self._ids().values())
        kept = {
            (f"{change.provider}/{change.key}", change.field) for change in plan.changes if isinstance(change, Keep)
        }
        assert kept == {(entry.name, field.field) for entry, field in self._standing().kept}
        assert self._lines().items() <= self._ids().items()

    @rule(model=models)
    def add(self, model: str) -> None:
        """A model is added, or refused with nothing written."""
        new = model not in self._ids().values()
        if self._does(self.world.add, f"openai/{model}"):
            self.memory.deleted.discard(model)
            if new:
                self.memory.typed.pop(model, None)

    @precondition(lambda self: bool(self._ids()))
    @rule(choice=st.randoms(use_true_random=False))
    def remove(self, choice: Any) -> None:
        """An entry goes for good, if the lock can remember that."""
        key, model = choice.choice(sorted(self._ids().items()))
        self._does(self.world.remove, f"openai/{key}")
        self.memory.typed.pop(model, None)
        if self._locked() and f"openai:openai/{model}" in self.world.lock.tombstones:
            self.memory.deleted.add(model)

    @precondition(lambda self: bool(self._ids()))
    @rule(choice=st.randoms(use_true_random=False), new=keys)
    def rename_key(self, choice: Any, new: str) -> None:
        """An entry gets another key, or is refused with nothing written."""
        self._does(self.world.rename_key, choice.choice(sorted(self._ids())), new)

    @precondition(lambda self: bool(backups(self.world.path)))
    @rule(choice=st.randoms(use_true_random=False))
    def restore(self, choice: Any) -> None:
        """Catalog and lock are byte for byte what they were, and what was typed or deleted since is not."""
        backup = choice.choice(backups(self.world.path))
        wanted = contents(self.world.path, backup)
        self.clock += timedelta(seconds=1)
        before = self.memory.copy()
        restore(self.world.path, backup, now=self.clock, keep=MANY)
        self._remember(before)
        lock = lock_path(self.world.path)
        assert (self.world.path.read_bytes(), lock.read_bytes() if lock.exists() else None) == tuple(wanted)
        self.memory = self.memories[backup.stamp].copy()

    # -------------------------------------------------------------------------------------------------- edits by hand

    @precondition(lambda self: bool(self._ids()))
    @rule(choice=st.randoms(use_true_random=False))
    def delete_by_hand(self, choice: Any) -> None:
        """An entry that the lock knows does not come back."""
        key, model = choice.choice(sorted(self._ids().items()))
        self._write([text for own, text in self._blocks().items() if own != key])
        self.memory.typed.pop(model, None)
        if self._locked() and model in self._lines().values():
            self.memory.deleted.add(model)

    @rule(key=keys, model=models)
    def write_by_hand(self, key: str, model: str) -> None:
        """An entry of a model that has none."""
        if key in self._ids() or model in self._ids().values():
            return
        self._write([f'      "{key}": {{model: "{model}"}}\n', *self._blocks().values()])
        self.memory.deleted.discard(model)
        self.memory.typed.pop(model, None)

    @precondition(lambda self: bool(self._ids()))
    @rule(choice=st.randoms(use_true_random=False), new=keys)
    def rename_by_hand(self, choice: Any, new: str) -> None:
        """An entry gets a key that is free."""
        old = choice.choice(sorted(self._ids()))
        if new not in self._ids():
            self._write([_under(new, text) if key == old else text for key, text in self._blocks().items()])

    @precondition(lambda self: len(self._ids()) > 1)
    @rule(choice=st.randoms(use_true_random=False))
    def swap_by_hand(self, choice: Any) -> None:
        """Two entries swap their keys."""
        one, two = choice.sample(sorted(self._ids()), 2)
        new = {one: two, two: one}
        self._write([_under(new[key], text) if key in new else text for key, text in self._blocks().items()])

    @rule(choice=st.randoms(use_true_random=False), price=st.sampled_from(["0.0011", "0.0012", "0.0013"]))
    def type_a_price(self, choice: Any, price: str) -> None:
        """A price is set by hand."""
        blocks = self._blocks()
        if priced := [key for key, text in blocks.items() if _PRICE.search(text)]:
            chosen = choice.choice(priced)
            self.memory.typed[self._ids()[chosen]] = price
            blocks[chosen] = _PRICE.sub(f"input: {price}", blocks[chosen])
            self._write(list(blocks.values()))

    # ----------------------------------------------------------------------------------------------------- invariants

    @invariant()
    def what_is_nobodys_stays(self) -> None:
        """The bytes around the entries are never touched, and the lock can be read."""
        if not self.prices:
            return
        assert self.world.text.startswith(HEAD)
        assert self.world.text.endswith(TAIL)
        if self._locked():
            assert self.world.lock.catalog == self.world.path.name

    def _check_prices(self) -> None:
        """Every listed model has upstream's price, or the one that a person typed."""
        for key, model in self._ids().items():
            if model in self.prices:
                price = parse_number(str(self.world.model(key)["pricing"]["input"]))
                typed = self.memory.typed.get(model)
                assert price == (Decimal(typed) if typed else to_unit(self.prices[model], "1k")), (key, model)

    def _forget_what_a_first_sync_replaces(self) -> None:
        """A sync of what no sync has seen takes upstream's values."""
        if not self._locked():
            self.memory.typed.clear()
            return
        for key, model in self._ids().items():
            if f"openai/{key}" in self.world.lock.waiting:
                self.memory.typed.pop(model, None)

    def _does(self, verb: Any, *arguments: str) -> bool:
        """Run a verb a second later. Returns whether it was carried out; one that is refused has written nothing."""
        self.clock += timedelta(seconds=1)
        files, before = self.world.files(), self.memory.copy()
        known = self._known()
        try:
            verb(*arguments)
        except (Refused, UsageError):
            assert self.world.files() == files
            return False
        if verb != self.world.sync and self.world.files() != files:
            self._check_lines(known)
        self._remember(before)
        return True

    def _remember(self, memory: Memory) -> None:
        for backup in backups(self.world.path):
            self.memories.setdefault(backup.stamp, memory)

    def _known(self) -> dict[str, LockEntry]:
        """What the lock knows, by model id."""
        return {line.model: line for line in self.world.lock.entries.values()} if self._locked() else {}

    def _check_lines(self, known: dict[str, LockEntry]) -> None:
        """What was known of an entry before an edit by name is known under its key after it."""
        for key, model in self._ids().items():
            if model in known:
                assert self.world.lock.entries[f"openai/{key}"] == known[model]

    # -------------------------------------------------------------------------------------------------------- the file

    def _publish(self) -> None:
        self.world.day = self.clock.date().isoformat()
        self.world.listing(
            *(self.upstream(f"openai/{model}", prompt=f"{price:f}") for model, price in self.prices.items())
        )

    def _blocks(self) -> dict[str, str]:
        """The text of every entry by key."""
        body = self.world.text.removeprefix(HEAD).removesuffix(TAIL)
        blocks: list[str] = []
        for line in body.splitlines(keepends=True)[1:]:
            if _KEY.match(line):
                blocks.append(line)
            else:
                blocks[-1] += line
        return {next(iter(yaml.safe_load(text))): text for text in blocks}

    def _write(self, entries: list[str]) -> None:
        body = "\n" + "".join(entries) if entries else " {}\n"
        self.world.path.write_text(HEAD + body + TAIL, encoding="utf-8")

    def _ids(self) -> dict[str, str]:
        """Model ids by key."""
        entries = self.world.data["providers"]["openai"]["models"] or {}
        return {key: entry["model"] for key, entry in entries.items()}

    def _locked(self) -> bool:
        return lock_path(self.world.path).exists()

    def _lines(self) -> dict[str, str]:
        """Model ids by key as the lock has them."""
        return {name.partition("/")[2]: line.model for name, line in self.world.lock.entries.items()}

    def _standing(self) -> Any:
        project = Project(self.world.path, self.world.settings)
        return status_of(project, {}, today=self.clock.date()).standing


def _under(key: str, text: str) -> str:
    """Give the text of an entry another key."""
    return _KEY.sub(f'      "{key}":', text, count=1)


def test_every_life(world: Any, upstream: Any) -> None:
    """Some hundred steps; `make fuzz` takes many more."""

    class OneLife(Life):
        def __init__(self) -> None:
            super().__init__(type(world), upstream)

    examples = max(settings().max_examples // 3, 1)  # a life is long
    chosen = settings(max_examples=examples, stateful_step_count=20, suppress_health_check=[HealthCheck.too_slow])
    run_state_machine_as_test(OneLife, settings=chosen)
