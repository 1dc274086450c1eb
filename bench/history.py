"""Replay recorded lists in order, with errors injected, and count what the guards held, and what passed them.

    make bench ARGS='--history'     this report alone

Each day is synced twice into a catalog: once from a list that is wrong as a whole (its unit slipped, its prices are zero, a
vendor is missing), once from the day's own list in which a few models the catalog knows have wrong prices. A wrong price on a
model's first day has nothing to be compared with, and is not injected.
"""

from __future__ import annotations

import gzip
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec.structs import replace

from modelsync import Catalog
from modelsync.domain import lock_format
from modelsync.domain.fields import is_price
from modelsync.domain.lock import stored
from modelsync.errors import GuardRefused
from modelsync.fetch.listing import Surroundings
from modelsync.pipeline.syncing import sync_project
from modelsync.planning.changes import Add, Hold, Remove, Update
from modelsync.planning.context import Options
from modelsync.project import Project
from modelsync.settings import Settings
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from modelsync.domain.lock import LockEntry
    from modelsync.fetch.exchange import Call, Response
    from modelsync.planning.changes import FieldChange, Plan

RECORDED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
SEED = 20260821
PRICES = {"pricing.input": "prompt", "pricing.output": "completion"}
SLIPS = {"x1000": Decimal(1000), "x1000000": Decimal(1_000_000), "/1000": Decimal("0.001"), "zero": Decimal(0)}
VANISHED = "vendor missing"
WHOLE = (*SLIPS, VANISHED)
WRONG_A_DAY = 3
VENDOR_MODELS = 3
EMPTY = "providers:\n" + "".join(
    f"  {name}:\n    models: {{}}\n" for name in ("openai", "anthropic", "gemini", "openrouter")
)

Record = dict[str, Any]


class Day(NamedTuple):
    """What upstream said on one day (ISO date)."""

    day: str
    records: list[Record]


class Wrong(NamedTuple):
    """An error that was put into a list: which kind, and what it says of whom (upstream id and field to USD per token)."""

    kind: str
    prices: dict[tuple[str, str], Decimal]
    vendor: str = ""


@dataclass
class Tally:
    """What happened. `others` are changes that were not injected, `held` those of them that were held, each counted once.

    `prices` are the prices among `others`. `caught` and `passed` count injected errors by kind; `removed` names every entry that was pruned, with its day.
    """

    others: int = 0
    prices: int = 0
    held: set[tuple[str, str, str]] = field(default_factory=set)
    caught: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    removed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of the changes not injected that were held."""
        return len(self.held) / max(self.others + len(self.held), 1)


def recorded(data: Path) -> list[Day]:
    """Return the recorded lists of `data`, one of each day, in order."""
    folder = data / "openrouter"
    found = {
        path.name.partition(".")[2][:10]: path.read_bytes() for path in sorted(folder.glob("models.????-??-??T*Z.json"))
    }
    found |= {
        path.name[:10]: gzip.decompress(path.read_bytes()) for path in sorted((folder / "daily").glob("*.json.gz"))
    }
    return [Day(day, msgspec.json.decode(body)["data"]) for day, body in sorted(found.items())]


class Replay:
    """One catalog in a folder of its own, synced day by day. `errors` decides what goes wrong; None: nothing does.

    `lines` are the lock's entries as they are now.
    """

    def __init__(self, folder: Path, catalog: str, settings: Settings, errors: random.Random | None = None) -> None:
        self.path = folder / "llm_models.yml"
        self.path.write_text(catalog, encoding="utf-8")
        self.source = folder / "models.json"
        self.settings = replace(settings, source=str(self.source))
        self.errors = errors
        self.tally = Tally()
        self.lines: dict[str, LockEntry] = {}

    def run(self, days: list[Day]) -> Tally:
        """Go through all days. The first only fills the catalog: every value is new there."""
        for number, day in enumerate(days):
            if number and self.errors is not None:
                self._sync(day, self._wrong_as_a_whole(day, WHOLE[number % len(WHOLE)], self.errors))
                self._sync(day, self._wrong_in_places(day, self.errors))
            else:
                self._sync(day, None, counted=number > 0)
        return self.tally

    def _known_prices(self, day: Day) -> dict[tuple[str, str], Decimal]:
        """The prices the list names, not zero, of models whose price the catalog follows."""
        known = {
            (line.upstream, name)
            for line in self.lines.values()
            for name in PRICES
            if name in line.base and line.base[name].value not in (None, "0") and name not in line.kept
        }
        return {place: price for place, price in _prices(day.records).items() if place in known and price > 0}

    def _wrong_as_a_whole(self, day: Day, kind: str, errors: random.Random) -> Wrong:
        if kind != VANISHED:
            return Wrong(
                kind, {place: price * SLIPS[kind] for place, price in _prices(day.records).items() if price > 0}
            )
        upstream = {line.upstream for line in self.lines.values() if not line.missing_since}
        vendors = Counter(map(_vendor, upstream))
        return Wrong(VANISHED, {}, errors.choice(sorted(v for v, count in vendors.items() if count >= VENDOR_MODELS)))

    def _wrong_in_places(self, day: Day, errors: random.Random) -> Wrong:
        known = self._known_prices(day)
        chosen = errors.sample(sorted(known), min(WRONG_A_DAY, len(known)))
        return Wrong("", {place: known[place] * SLIPS[errors.choice(list(SLIPS))] for place in chosen})

    def _sync(self, day: Day, wrong: Wrong | None, *, counted: bool = True) -> None:
        records = _with(day.records, wrong) if wrong is not None else day.records
        self.source.write_bytes(msgspec.json.encode({"data": records}))
        before = self.lines
        around = Surroundings(environment={}, today=day.day, stdin=BytesIO(), send=_no_network)
        now = datetime.fromisoformat(f"{day.day}T12:00:00+00:00")
        try:
            result = sync_project(Project(self.path, self.settings), Options(prune="stale"), around=around, now=now)
        except GuardRefused:
            if wrong is None or not wrong.kind:
                raise
            self.tally.caught[f"whole list {wrong.kind}"] += 1
            return
        self.lines = lock_format.decode(lock_path(self.path).read_bytes(), "lock").entries
        if counted:
            self._count(result.plan, wrong, before)
        self.tally.removed += [
            (day.day, f"{change.provider}:{change.upstream}")
            for change in result.plan.changes
            if isinstance(change, Remove)
        ]
        if wrong is not None:
            self._judge(wrong, before)

    def _count(self, plan: Plan, wrong: Wrong | None, before: dict[str, LockEntry]) -> None:
        """Count the changes that are not our doing; what was held `before` was counted then, or injected."""
        injected = wrong.prices if wrong is not None else {}
        for change in plan.changes:
            match change:
                case Add() | Remove():
                    self.tally.others += 1
                case Update():
                    own = [one.field for one in change.fields if (change.upstream, one.field) not in injected]
                    self.tally.others += len(own)
                    self.tally.prices += sum(map(is_price, own))
                case Hold():
                    self.tally.held |= {
                        (f"{change.provider}/{change.key}", one.field, str(one.new))
                        for one in change.fields
                        if (change.upstream, one.field) not in injected and not _was_held(change, one, before)
                    }
                case _:
                    pass

    def _judge(self, wrong: Wrong, before: dict[str, LockEntry]) -> None:
        """Look into the catalog and the lock for what must not be there, or must be."""
        lines = self.lines
        if wrong.kind == VANISHED:
            mine = {name: line for name, line in before.items() if _vendor(line.upstream) == wrong.vendor}
            gone = [name for name, line in mine.items() if lines.get(name) != line]
            (self.tally.passed if gone else self.tally.caught)[VANISHED] += 1
            return
        catalog = Catalog.load(self.path)
        for name, line in lines.items():
            entry = catalog[name]
            for price in PRICES:
                value = wrong.prices.get((line.upstream, price))
                if value is not None:
                    written = entry.input_usd_per_token if price == "pricing.input" else entry.output_usd_per_token
                    (self.tally.passed if written == value else self.tally.caught)[wrong.kind or "single price"] += 1


def _was_held(hold: Hold, change: FieldChange, lines: dict[str, LockEntry]) -> bool:
    """Say whether the lock knew already that this waits."""
    line = lines.get(f"{hold.provider}/{hold.key}")
    known = line.held.get(change.field) if line is not None else None
    return known is not None and change.new is not None and known.theirs == stored(change.field, change.new)


def _no_network(call: Call) -> Response:
    message = f"{call.request.url} was fetched in a replay"
    raise RuntimeError(message)


def _vendor(upstream: str) -> str:
    return upstream.partition("/")[0]


def _prices(records: list[Record]) -> dict[tuple[str, str], Decimal]:
    return {
        (record["id"], name): Decimal(record["pricing"][key])
        for record in records
        for name, key in PRICES.items()
        if record["pricing"].get(key) is not None
    }


def _with(records: list[Record], wrong: Wrong) -> list[Record]:
    """Return the records with the errors in them."""
    kept = [record for record in records if not wrong.vendor or _vendor(record["id"]) != wrong.vendor]
    return [_repriced(record, wrong.prices) for record in kept]


def _repriced(record: Record, prices: dict[tuple[str, str], Decimal]) -> Record:
    mine = {
        key: format(prices[record["id"], name], "f") for name, key in PRICES.items() if (record["id"], name) in prices
    }
    return {**record, "pricing": {**record["pricing"], **mine}} if mine else record


def catalogs(data: Path) -> dict[str, tuple[str, Settings]]:
    """Return the catalogs to replay on, each with its settings: one a team keeps by hand, one with everything upstream lists."""
    by_hand = (data / "catalogs" / "hand-edited.yml").read_text(encoding="utf-8")
    return {"hand-edited": (by_hand, Settings()), "everything": (EMPTY, Settings(add={"openrouter": ["*"]}))}


def main() -> int:
    """Print the report."""
    if not RECORDED.is_dir():
        print("history: no recorded lists beside the repository, nothing replayed")
        return 0
    days = recorded(RECORDED)
    print(f"history: {len(days)} lists from {days[0].day} to {days[-1].day}, the errors injected by seed {SEED}")
    for name, (catalog, settings) in catalogs(RECORDED).items():
        with tempfile.TemporaryDirectory(prefix="modelsync-history-") as folder:
            errors = random.Random(SEED)  # noqa: S311 the same errors every time, not a secret
            tally = Replay(Path(folder), catalog, settings, errors).run(days)
        caught, passed = tally.caught.total(), tally.passed.total()
        print(f"\n{name}: {caught + passed} errors injected, {caught} held or refused, {passed} passed")
        for kind in sorted(tally.caught | tally.passed):
            print(f"  {kind:<24} {tally.caught[kind]:>5} caught {tally.passed[kind]:>5} passed")
        held = len(tally.held)
        print(f"  other changes: {tally.others + held}, held of these: {held} ({tally.share:.2%}, target < 2 %)")
        print(f"  among them prices: {tally.prices + held}")
        print(f"  pruned: {len(tally.removed)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
