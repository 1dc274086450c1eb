"""Lives of a catalog: people, upstream, syncs, kills and restores in any order, against the merge table after every step."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
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

import modelsync
from modelsync.domain import lock_format
from modelsync.errors import GuardRefused
from modelsync.pipeline.writing import preview
from modelsync.planning.changes import Add, Hold, Keep, Remove
from modelsync.store.backups import backups, contents, restore
from modelsync.store.commit import effective_lock
from modelsync.store.copies import names
from modelsync.store.files import lock_path
from modelsync.store.mutex import mutex_path

from .oracle import FEATURES, OWNED, Book, Expectation, Facts, Listing, Rules, Wishes, key_of
from .sheet import HEAD, TAIL, Sheet

pytestmark = pytest.mark.hypothesis

SLUGS = ("gpt-a", "gpt-b", "gpt-4.1", "gpt-d", "gpt-e", "gpt-f")
IDS = (*SLUGS, "whisper", "ft:mine")
KEYS = (*map(key_of, SLUGS), "mine", "fast")
KEPT_BACKUPS = 6
CALLS_OF_A_WRITE = 60
LONG_AGO = "2020-01-01"
SAID: dict[str, tuple[Any, ...]] = {
    "context_length": (128000, 200000, 32000, None),
    "max_output_tokens": (16384, 32768, None),
    "pricing.input": (*map(Decimal, ("0.0000025", "0.000003", "0.0000075", "0.000075", "0")), None),
    "pricing.output": (*map(Decimal, ("0.00001", "0.000012", "0.00003", "0.0003", "0.002", "0")), None),
}
"""What upstream says of a field. No output price is under a tenth of any input price, so that the guard of pairs has no say."""
TYPED = {
    "context_length": ("64000", "128000"),
    "max_output_tokens": ("8192", "16384"),
    "pricing.input": ("0.0011", "0.0025", "0"),
    "pricing.output": ("0.011", "0.01"),
    "features": ("[]", "[house_style]", "[reasoning, embeddings]"),
    "description": ("Ours.",),
}

picks = st.integers(0, 99)
sets_of_slugs = st.sets(st.sampled_from(SLUGS))
facts = st.builds(
    lambda first, parameters, described: Facts(
        {name: said for name, said in first.items() if said is not None},
        frozenset(parameters),
        "About it." if described else None,
    ),
    st.fixed_dictionaries({name: st.sampled_from(said[:2] * 2 + said[2:]) for name, said in SAID.items()}),
    st.sets(st.sampled_from(sorted(FEATURES))),
    st.booleans(),
)


class Mortal:
    """A process that does what it is asked in a child, which dies by SIGKILL on the way."""

    def __init__(self) -> None:
        sources = str(Path(modelsync.__path__[0]).parent)
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("mortal.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": sources, "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def do(self, verb: str, die_at: int, **request: Any) -> bool:
        """Sync or restore, killed before the `die_at`-th call that changes a file. Returns whether it was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"verb": verb, "die_at": die_at, **request}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        """End the process."""
        self._process.communicate(timeout=20)


@pytest.fixture(scope="session")
def mortal() -> Iterator[Mortal]:
    """Return the process whose children are killed."""
    process = Mortal()
    yield process
    process.end()


class Life(RuleBasedStateMachine):
    """One provider, its entries edited by hand, its models listed by upstream."""

    def __init__(self, world_in: Any, upstream: Any, mortal: Mortal) -> None:
        super().__init__()
        self.world = world_in(Path(tempfile.mkdtemp()))
        self.upstream, self.mortal = upstream, mortal
        self.clock = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.world.now = lambda: self.clock
        self.models: dict[str, Facts] = {}
        self.gone: dict[str, Facts] = {}
        self.books: dict[bytes | None, Book | None] = {None: None}
        self.in_force = Rules()

    def teardown(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.world.folder)

    @initialize(
        adds=st.booleans(),
        classic=st.integers(0, 3).map(lambda number: number == 3),
        listed=st.dictionaries(st.sampled_from(SLUGS), facts, min_size=3),
        written=st.dictionaries(st.sampled_from(SLUGS), st.booleans()),
        synced=st.booleans(),
    )
    def begin(
        self, adds: bool, classic: bool, listed: dict[str, Facts], written: dict[str, bool], synced: bool
    ) -> None:
        """Write a catalog and a listing, and mostly sync once."""
        self.in_force = Rules(adds=adds)
        self.models = listed
        sheet = Sheet(HEAD + " {}\n" + TAIL)
        for slug, flow in written.items():
            sheet.write(key_of(slug), {"model": slug, "tags": "[x, 'y']"}, flow=flow)
        self._save(sheet)
        self._configure(classic=classic)
        if synced:
            self._sync()

    # ------------------------------------------------------------------------------------------------------- upstream

    @rule(slug=st.sampled_from(SLUGS), name=st.sampled_from(OWNED), pick=picks)
    def upstream_says(self, slug: str, name: str, pick: int) -> None:
        """A price or a limit moves, leaps, becomes free or is not named any more."""
        if slug in self.models:
            said = SAID[name][pick % len(SAID[name])]
            values = {field: value for field, value in self.models[slug].values.items() if field != name}
            self._learn(slug, values=values | ({} if said is None else {name: said}))

    @rule(slug=st.sampled_from(SLUGS), parameters=st.sets(st.sampled_from(sorted(FEATURES))), described=st.booleans())
    def upstream_describes(self, slug: str, parameters: set[str], described: bool) -> None:
        """Features come and go."""
        if slug in self.models:
            self._learn(slug, parameters=frozenset(parameters), description="About it." if described else None)

    def _learn(self, slug: str, **said: Any) -> None:
        self.models[slug] = Facts(**{**vars(self.models[slug]), **said})

    @rule(slugs=sets_of_slugs)
    def upstream_drops(self, slugs: set[str]) -> None:
        """Models vanish."""
        for slug in sorted(slugs & self.models.keys()):
            self.gone[slug] = self.models.pop(slug)

    @rule(slugs=sets_of_slugs, new=facts)
    def upstream_brings(self, slugs: set[str], new: Facts) -> None:
        """Models come, or come back as they were."""
        for slug in sorted(slugs - self.models.keys()):
            self.models[slug] = self.gone.pop(slug, new)

    @rule(days=st.sampled_from([1, 6, 7]))
    def days_pass(self, days: int) -> None:
        """Nobody does anything."""
        self.clock += timedelta(days=days)

    # ---------------------------------------------------------------------------------------------------------- syncs

    @rule()
    def sync(self) -> None:
        """A sync of all there is."""
        self._sync()

    @rule(prune=st.sampled_from(["stale", "all"]))
    def sync_and_prune(self, prune: str) -> None:
        """What is gone for long enough goes."""
        self._sync(prune=prune)

    @precondition(lambda self: self._entries())
    @rule(pick=picks, name=st.sampled_from(["", ".features", *(f".{name}" for name in OWNED)]), accept=st.booleans())
    def take(self, pick: int, name: str, accept: bool) -> None:
        """A person wants upstream's value, however odd, or as far as it is believed."""
        key = self._pick(pick)
        self._sync(take=(f"openai/{key}{name}",), accept=(f"openai/{key}",) if accept else ())

    @precondition(lambda self: self._waiting())
    @rule(pick=picks)
    def accept(self, pick: int) -> None:
        """A person lets through what is held."""
        held = self._waiting()
        name = held[pick % len(held)]
        self._sync(accept=(name,))

    @rule()
    def keep_ours(self) -> None:
        """Every value of the file is meant."""
        self._sync(ours=True)

    @rule(prune=st.sampled_from(["", "stale"]))
    def force(self, prune: str) -> None:
        """A person overrules the guards of the whole."""
        self._sync(force=True, prune=prune)

    @rule(slugs=sets_of_slugs, how=st.sampled_from(["whole", "short", "paged"]), prune=st.sampled_from(["", "all"]))
    def sync_of_a_part(self, slugs: set[str], how: str, prune: str) -> None:
        """Only some models arrive: seemingly all of them, fewer than announced, or without the last page."""
        part = {slug: said for slug, said in self.models.items() if slug in slugs}
        self._sync(Listing(part, complete=how == "whole"), how=how, prune=prune)

    @precondition(lambda self: self._newest() > LONG_AGO)
    @rule(prune=st.sampled_from(["", "all"]))
    def sync_of_an_old_list(self, prune: str) -> None:
        """A list from long ago, and a clock that says so, take nothing back."""
        now, self.clock = self.clock, datetime.fromisoformat(f"{LONG_AGO}T12:00:00+00:00")
        self._sync(Listing(dict(self.models), old=True), prune=prune)
        self.clock = now

    @rule(die_at=st.integers(1, CALLS_OF_A_WRITE), prune=st.sampled_from(["", "all"]))
    def sync_and_die(self, die_at: int, prune: str) -> None:
        """A sync is killed somewhere in its writing: it did all of it, or nothing."""
        self._tick()
        wishes = Wishes(prune=prune)
        expected = self._expect(Listing(dict(self.models)), wishes)
        if expected.refused:
            return
        self._publish(Listing(dict(self.models)), "whole")
        planned = self.world.sync(dry_run=True, **vars(wishes))
        old, new = self._pair(), (preview(planned.opened, planned.plan), lock_format.encode(planned.plan.lock))
        self.mortal.do("sync", die_at, settings=self._settings(), wishes=vars(wishes), **self._request())
        self.books[new[1]] = expected.book
        assert self._pair() in (old, new)

    # ------------------------------------------------------------------------------------------------------- restoring

    @precondition(lambda self: self._backups())
    @rule(pick=picks)
    def restore(self, pick: int) -> None:
        """Both files are byte for byte what they were."""
        self._tick()
        backup = self._backups()[pick % len(self._backups())]
        wanted = contents(self.world.path, backup)
        restore(self.world.path, backup, now=self.clock, keep=KEPT_BACKUPS)
        assert self._pair() == wanted
        self._check_tidy()

    @precondition(lambda self: self._backups())
    @rule(pick=picks, die_at=st.integers(1, CALLS_OF_A_WRITE))
    def restore_and_die(self, pick: int, die_at: int) -> None:
        """A restore that is killed has restored both files or neither."""
        self._tick()
        backup = self._backups()[pick % len(self._backups())]
        old, new = self._pair(), contents(self.world.path, backup)
        self.mortal.do("restore", die_at, stamp=backup.stamp, keep=KEPT_BACKUPS, **self._request())
        assert self._pair() in (old, new)

    @precondition(lambda self: self._backups() and not self._is_cut())
    @rule(pick=picks)
    def copy_the_catalog_back(self, pick: int) -> None:
        """A person restores the catalog alone, by hand."""
        backup = self._backups()[pick % len(self._backups())]
        self.world.path.write_bytes(contents(self.world.path, backup)[0])

    @precondition(lambda self: self._backups() and not self._is_cut())
    @rule(pick=picks)
    def copy_the_lock_back(self, pick: int) -> None:
        """A person restores the lock alone, by hand; where there was none, this one is deleted."""
        backup = self._backups()[pick % len(self._backups())]
        data = contents(self.world.path, backup)[1]
        if data is None:
            lock_path(self.world.path).unlink(missing_ok=True)
        else:
            lock_path(self.world.path).write_bytes(data)

    @rule()
    def switch_the_preset(self) -> None:
        """From today's rules to the original's, or back."""
        self._configure(classic=not self.in_force.classic)

    # -------------------------------------------------------------------------------------------------- edits by hand

    @precondition(lambda self: self._entries())
    @rule(pick=picks, name=st.sampled_from(sorted(TYPED)), value=picks)
    def type_a_value(self, pick: int, name: str, value: int) -> None:
        """A value is set by hand, where there is one."""
        sheet = self._sheet()
        if sheet.type(self._pick(pick), name, TYPED[name][value % len(TYPED[name])]):
            self._save(sheet)

    @precondition(lambda self: self._entries())
    @rule(pick=picks, name=st.sampled_from(sorted(TYPED)), null=st.booleans())
    def delete_a_field(self, pick: int, name: str, null: bool) -> None:
        """A field is struck out, or left empty."""
        sheet, key = self._sheet(), self._pick(pick)
        if sheet.type(key, name, "~") if null and name != "features" else sheet.strike(key, name):
            self._save(sheet)

    @precondition(lambda self: self._entries())
    @rule(pick=picks, value=picks)
    def note_something(self, pick: int, value: int) -> None:
        """A field of the person's own, and a comment."""
        sheet, key = self._sheet(), self._pick(pick)
        if "note:" not in sheet.blocks[key] and sheet.blocks[key].count("\n") > 1:
            sheet.blocks[key] += f"        note: 'n{value}'  # nobody else's\n"
            self._save(sheet)

    @precondition(lambda self: self._entries())
    @rule(pick=picks, model=st.sampled_from(IDS))
    def edit_an_id(self, pick: int, model: str) -> None:
        """An entry becomes another model."""
        sheet = self._sheet()
        if sheet.type(self._pick(pick), "model", f'"{model}"'):
            self._save(sheet)

    @precondition(lambda self: self._entries())
    @rule(pick=picks, new=st.sampled_from(KEYS))
    def rename_an_entry(self, pick: int, new: str) -> None:
        """An entry gets a key that is free."""
        sheet = self._sheet()
        if new not in sheet.blocks:
            sheet.rename(self._pick(pick), new)
            self._save(sheet)

    @precondition(lambda self: len(self._entries()) > 1)
    @rule(one=picks, two=picks)
    def swap_two_keys(self, one: int, two: int) -> None:
        """Two entries get each other's key."""
        sheet, first, second = self._sheet(), self._pick(one), self._pick(two)
        if first != second:
            for old, new in ((first, "between"), (second, first), ("between", second)):
                sheet.rename(old, new)
            self._save(sheet)

    @precondition(lambda self: self._entries())
    @rule(picked=st.sets(picks, min_size=1, max_size=6))
    def delete_entries(self, picked: set[int]) -> None:
        """Entries are deleted by hand."""
        sheet = self._sheet()
        for key in {self._pick(pick) for pick in picked}:
            del sheet.blocks[key]
        self._save(sheet)

    @rule(
        key=st.sampled_from(KEYS),
        model=st.sampled_from(IDS),
        typed=st.sets(st.sampled_from(("context_length", "features"))),
        flow=st.booleans(),
    )
    def write_an_entry(self, key: str, model: str, typed: set[str], flow: bool) -> None:
        """An entry is added by hand."""
        sheet = self._sheet()
        if key not in sheet.blocks:
            values = {name: TYPED[name][0 if name != "features" else 1] for name in sorted(typed)}
            sheet.write(key, {"model": f'"{model}"', "pricing": "{input: 0.0025}", **values}, flow=flow)
            self._save(sheet)

    # ----------------------------------------------------------------------------------------------------- invariants

    @invariant()
    def both_files_can_be_read(self) -> None:
        """The catalog is the person's and the lock a lock, at any time."""
        if not self.models and not self.gone:
            return
        self._sheet()
        data = effective_lock(self.world.path)
        if data is not None:
            assert lock_format.decode(data, "lock").catalog == self.world.path.name
        assert data in self.books

    # ------------------------------------------------------------------------------------------------------- one sync

    def _sync(self, listing: Listing | None = None, how: str = "whole", **wishes: Any) -> bool:
        """Sync, and require what the merge table says, and the laws. Returns whether it went ahead."""
        self._tick()
        listing, asked = listing or Listing(dict(self.models)), Wishes(**wishes)
        expected = self._expect(listing, asked)
        files = self._files()
        if expected.refused:
            self._require_refusal(listing, how, asked, expected.refused)
            self._require_unmoved(files)
            return False
        self._publish(listing, how)
        planned = self.world.sync(dry_run=True, **wishes).plan
        self._publish(listing, how, shuffled=True)
        other = self.world.sync(dry_run=True, **wishes).plan
        assert (planned.changes, planned.lock) == (other.changes, other.lock), (
            "the order of the listing does not matter"
        )
        self._require_unmoved(files)
        self._publish(listing, how)
        before = self._sheet()
        done = self.world.sync(**wishes)
        assert done.plan == planned
        self._check_result(done.plan, expected)
        self._check_bytes(before, done.plan)
        self.books[effective_lock(self.world.path)] = expected.book
        self._check_tidy()
        self._check_at_rest(wishes, expected)
        return True

    def _expect(self, listing: Listing, wishes: Wishes) -> Expectation:
        book = self.books[effective_lock(self.world.path)]
        return Expectation(self._sheet().entries, book, listing, wishes, self.in_force, self.clock.date())

    def _require_refusal(self, listing: Listing, how: str, wishes: Wishes, reason: str) -> None:
        self._publish(listing, how)
        for dry_run in (True, False):
            with pytest.raises(GuardRefused) as refused:
                self.world.sync(dry_run=dry_run, **vars(wishes))
            assert reason in str(refused.value) + refused.value.hint

    def _check_result(self, plan: Any, expected: Expectation) -> None:
        """The file has the values that the table says, and the plan says what waits, what is kept and what goes."""
        found = self._sheet().entries
        assert found == expected.file
        holds = {
            (change.key, change.what, field)
            for change in plan.held
            for field in ([field.field for field in change.fields] or [""])
        }
        assert holds == expected.holds
        assert {(change.key, change.field) for change in plan.changes if isinstance(change, Keep)} == expected.keeps
        assert {change.key for change in plan.changes if isinstance(change, Remove)} == expected.removed
        assert {change.key for change in plan.changes if isinstance(change, Add)} == expected.added
        assert {note.subject for note in plan.notes if note.kind == "stale"} == {
            f"openai/{key}" for key in expected.stale
        }
        assert plan.partial == expected.partial

    def _check_bytes(self, before: Sheet, plan: Any) -> None:
        """No byte of an entry changed but the planned ones, and the entries stay in their order."""
        after = self._sheet()
        removed = {change.key for change in plan.changes if isinstance(change, Remove)}
        stay = [key for key in before.blocks if key not in removed]
        assert list(after.blocks)[: len(stay)] == stay
        planned: dict[str, set[str]] = {}
        for change in plan.changes:
            if not isinstance(change, Hold | Keep):
                planned[change.key] = {field.field for field in getattr(change, "fields", ())}
        for key in stay:
            if key not in planned:
                assert after.blocks[key] == before.blocks[key]
            elif before.blocks[key].count("\n") > 1:
                assert after.others(key, planned[key]) == before.others(key, planned[key])

    def _check_at_rest(self, wishes: dict[str, Any], expected: Expectation) -> None:
        """Asked again, or plainly, a sync of the same list writes nothing; what waits is still waiting."""
        files = self._files()
        again = self.world.sync(**wishes).plan
        assert again.changes == tuple(change for change in again.changes if isinstance(change, Hold | Keep))
        self._require_unmoved(files)
        assert {change.key for change in again.held} == {key for key, _, _ in expected.holds}
        if self.in_force.classic and wishes.get("ours"):
            return  # the original's rules know no hand-set value
        try:
            plain = self.world.sync().plan
        except GuardRefused:
            assert wishes.get("force")
        else:
            assert not plain.edits_catalog
        self._require_unmoved(files)

    def _require_unmoved(self, files: dict[str, bytes]) -> None:
        """Require that every file is as it was; a failure shows the lines."""
        found = self._files()
        assert not {
            line for name, data in found.items() for line in {*data.splitlines()} ^ {*files.get(name, b"").splitlines()}
        }
        assert found == files

    def _check_tidy(self) -> None:
        """Nothing is left in the folder but catalog, lock, listing and whole backups."""
        kept = {path.name for backup in self._backups() for path in names(self.world.path, backup.stamp)}
        own = {path.name for path in (self.world.path, lock_path(self.world.path), mutex_path(self.world.path))}
        assert self._files().keys() <= own | kept
        for backup in self._backups():
            contents(self.world.path, backup)

    # ------------------------------------------------------------------------------------------------------ the world

    def _configure(self, *, classic: bool) -> None:
        self.in_force = Rules(classic=classic, adds=self.in_force.adds)
        self.world.configure(
            preset="classic" if classic else "default",
            add={"openai": "all" if self.in_force.adds else "none"},
            backups=replace(self.world.settings.backups, keep=KEPT_BACKUPS),
        )

    def _publish(self, listing: Listing, how: str, *, shuffled: bool = False) -> None:
        self.world.day = self.clock.date().isoformat()
        records = [
            self.upstream("anthropic/other"),
            *(self._record(slug, said) for slug, said in listing.models.items()),
        ]
        if shuffled:
            random.Random(0).shuffle(records)  # noqa: S311 - another order
        page: dict[str, Any] = {"data": records}
        if how == "short":
            page["total_count"] = len(records) + 1
        if how == "paged":
            page["links"] = {"next": "/page2"}
        self.world.source.write_text(json.dumps(page))

    def _record(self, slug: str, said: Facts) -> dict[str, Any]:
        values = said.values
        prices = {
            name: f"{values[field]:f}"
            for name, field in (("prompt", "pricing.input"), ("completion", "pricing.output"))
            if field in values
        }
        return self.upstream(
            f"openai/{slug}",
            prompt=prices.get("prompt"),
            completion=prices.get("completion"),
            context=values.get("context_length"),
            output=values.get("max_output_tokens"),
            parameters=sorted(said.parameters),
            description=said.description,
        )

    def _tick(self) -> None:
        self.clock += timedelta(seconds=1)

    def _settings(self) -> Any:
        return msgspec.to_builtins(replace(self.world.settings, source=str(self.world.source)))

    def _request(self) -> dict[str, Any]:
        return {"catalog": str(self.world.path), "day": self.clock.date().isoformat(), "now": self.clock.isoformat()}

    def _files(self) -> dict[str, bytes]:
        return {name: data for name, data in self.world.files().items() if name != self.world.source.name}

    def _pair(self) -> tuple[bytes, bytes | None]:
        return self.world.path.read_bytes(), effective_lock(self.world.path)

    def _is_cut(self) -> bool:
        """Whether a killed run has replaced the catalog, and its lock still waits beside the old one."""
        lock = lock_path(self.world.path)
        return effective_lock(self.world.path) != (lock.read_bytes() if lock.exists() else None)

    def _backups(self) -> Any:
        return backups(self.world.path)

    def _newest(self) -> str:
        """The newest day on which the lock learnt something."""
        data = effective_lock(self.world.path)
        lines = lock_format.decode(data, "lock").entries.values() if data else ()
        return max((base.day for line in lines for base in line.base.values()), default="")

    def _waiting(self) -> list[str]:
        """What is held, by the table."""
        held = self._expect(Listing(dict(self.models)), Wishes()).holds
        return sorted({f"openai/{key}" for key, _, _ in held})

    def _sheet(self) -> Sheet:
        return Sheet(self.world.text)

    def _save(self, sheet: Sheet) -> None:
        self.world.path.write_text(sheet.text, encoding="utf-8")

    def _entries(self) -> list[str]:
        return sorted(self._sheet().blocks)

    def _pick(self, pick: int) -> str:
        entries = self._entries()
        return entries[pick % len(entries)]


def test_every_life(world: Any, upstream: Any, mortal: Mortal) -> None:
    """Hundreds of runs; `make fuzz` takes many more."""

    class OneLife(Life):
        def __init__(self) -> None:
            super().__init__(type(world), upstream, mortal)

    chosen = settings(stateful_step_count=25, suppress_health_check=[HealthCheck.too_slow])
    run_state_machine_as_test(OneLife, settings=chosen)
