"""The laws of the design, on generated catalogs, listings and lives."""

from __future__ import annotations

import contextlib
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelsync.domain.money import to_unit
from modelsync.errors import ModelsyncError, Refused, UsageError
from modelsync.fetch.exchange import Response
from modelsync.fetch.listing import Surroundings
from modelsync.pipeline.applying import apply_plan
from modelsync.pipeline.comparing import compare
from modelsync.pipeline.syncing import sync_project
from modelsync.planning import plan_file
from modelsync.planning.changes import Add, Remove, Update
from modelsync.planning.context import Options
from modelsync.project import Project
from modelsync.settings import Prune, Settings
from modelsync.store.backups import backups, restore
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from pathlib import Path

    from modelsync.settings import UnitName

pytestmark = pytest.mark.hypothesis

IDS = ("gpt-4o", "gpt-4.1", "gpt-4.1-mini", "o4-mini", "gpt-5")
PRICES = ("0.0000025", "0.000001", "0.00000015", "0.000000447528", "0.00001", "0", "-1", None)
CUSTOM = ("house_style", "legacy")
PARAMETERS = ("tools", "response_format", "reasoning")


def _record(draw: Any, model_id: str) -> dict[str, Any]:
    prices = {key: draw(st.sampled_from(PRICES)) for key in ("prompt", "completion")}
    limit = st.sampled_from((None, 8192, 128000, 1000000))
    return {
        "id": f"openai/{model_id}",
        "created": 1_700_000_000,
        "description": draw(st.sampled_from((None, "One line.", "Two\nlines: here", " padded "))),
        "pricing": {key: price for key, price in prices.items() if price is not None},
        "architecture": {
            "input_modalities": draw(st.sampled_from((["text"], ["text", "image"]))),
            "output_modalities": ["text"],
        },
        "top_provider": {"context_length": draw(limit), "max_completion_tokens": draw(limit)},
        "supported_parameters": draw(st.lists(st.sampled_from(PARAMETERS), unique=True)),
    }


@st.composite
def listings(draw: Any) -> list[dict[str, Any]]:
    """A complete listing of some of the models."""
    ids = draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1))
    return [_record(draw, model_id) for model_id in ids]


@st.composite
def catalogs(draw: Any) -> str:
    """A catalog in one of the ways people write them."""
    lines = ["# head", "providers:", "  openai:", "    default: gpt-4o   # keep"]
    keys = draw(st.lists(st.sampled_from(("a", "b", "gpt-4o", "fast", "x-1")), unique=True, max_size=4))
    if not keys:
        return "\n".join([*lines, draw(st.sampled_from(("    models: {}", "    models:", "    name: x"))), ""])
    lines.append("    models:")
    for key in keys:
        lines += _entry(draw, key)
    tail = draw(st.sampled_from(("", "\n# vim: set ft=yaml :", "\n  azure:\n    models: {}")))
    text = "\n".join(lines) + tail + draw(st.sampled_from(("\n", "")))
    return text.replace("\n", draw(st.sampled_from(("\n", "\r\n"))))


def _entry(draw: Any, key: str) -> list[str]:
    model = draw(st.sampled_from((*IDS, "ft:mine")))
    price = draw(st.sampled_from(("0.0025", "0.001", '"0.001"', "0.00015")))
    features = draw(st.lists(st.sampled_from((*CUSTOM, "vision", "function_calling")), unique=True))
    if draw(st.booleans()):
        return [
            f"      {key}: {{model: '{model}', pricing: {{input: {price}}}, features: [{', '.join(features)}]}}  # flow"
        ]
    lines = draw(st.sampled_from(([], [""], ["      # about it"], ["", "      # off:", "      #   model: x"])))
    lines = [*lines, f"      {key}:   # {key}", f'        model: "{model}"']
    if draw(st.booleans()):
        lines.append(f"        context_length: {draw(st.sampled_from(('128000', '128_000', '~')))}")
    if draw(st.booleans()):
        lines += ["        pricing:", f"          input: {price}   # per 1K", "          cache_read: 0.1"]
    if features:
        lines += ["        features:", *[f"        - {name}" for name in features]]
    return [*lines, "        tags: ['x', y]"]


class Life:
    """One catalog in a folder of its own, synced as often as an example likes."""

    def __init__(self, folder: Path, catalog: str) -> None:
        self.folder = folder
        for path in folder.iterdir():
            path.unlink()
        self.path = folder / "llm_models.yml"
        self.path.write_bytes(catalog.encode())
        self.hour = 0
        self.rules: dict[str, Any] = {"prune": Prune(grace_days=0)}

    @property
    def project(self) -> Project:
        """The catalog with the settings in force."""
        return Project(self.path, Settings(source=str(self.folder / "models.json"), **self.rules))

    def put(self, pair: tuple[bytes, bytes | None]) -> None:
        """Put the bytes of catalog and lock back."""
        self.path.write_bytes(pair[0])
        if pair[1] is None:
            lock_path(self.path).unlink(missing_ok=True)
        else:
            lock_path(self.path).write_bytes(pair[1])

    def sync(
        self, records: list[dict[str, Any]], *, raw: bytes | None = None, dry_run: bool = False, **wishes: Any
    ) -> Any:
        """Sync against these records, an hour later than last time."""
        self.hour += 1
        (self.folder / "models.json").write_bytes(raw if raw is not None else json.dumps({"data": records}).encode())
        around = Surroundings(
            environment={}, today="2026-03-01", stdin=BytesIO(), send=lambda _: Response(200, {}, b"")
        )
        now = datetime(2026, 3, 1, tzinfo=UTC).replace(hour=self.hour)
        options = Options(force=True, **wishes)
        return sync_project(self.project, options, around=around, now=now, dry_run=dry_run)

    @property
    def files(self) -> dict[str, bytes]:
        """Every file but the listing."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.name != "models.json"}

    @property
    def data(self) -> Any:
        """The catalog as a YAML reader sees it."""
        return yaml.safe_load(self.path.read_bytes())


laws = settings(
    max_examples=max(settings().max_examples // 3, 1),  # a sync writes several files
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@laws
@given(catalogs(), listings(), listings())
def test_idempotence(tmp_path: Path, catalog: str, first: Any, second: Any) -> None:
    """A second sync of the same listing plans nothing and writes nothing, not even a backup."""
    life = Life(tmp_path, catalog)
    for records in (first, second):
        life.sync(records, prune="stale")
        files = life.files
        again = life.sync(records, prune="stale")
        assert not again.plan.edits_catalog
        assert life.files == files


@laws
@given(catalogs(), listings(), listings())
def test_exactly_the_planned_values_change(tmp_path: Path, catalog: str, first: Any, second: Any) -> None:
    """The new file, read by another reader, is the old data with the plan's changes, and every comment is still there."""
    life = Life(tmp_path, catalog)
    for records in (first, second):
        before, text = life.data, life.path.read_text()
        plan = life.sync(records).plan
        assert life.data == _applied(before, plan)
        comments = [comment.strip() for comment in re.findall(r"#.*", text)]
        left = iter(re.findall(r"#.*", life.path.read_text()))
        assert all(any(comment == other.strip() for other in left) for comment in comments)


def _applied(data: Any, plan: Any) -> Any:
    """Carry out a plan on plain data, as simply as can be."""
    for change in plan.changes:
        provider = data["providers"][change.provider]
        if isinstance(change, Remove):
            del provider["models"][change.key]
        elif isinstance(change, Add):
            provider["models"] = provider.get("models") or {}
            provider["models"][change.key] = {}
            _write(provider["models"][change.key], change.values.items(), plan.unit)
        elif isinstance(change, Update):
            _write(provider["models"][change.key], [(field.field, field.new) for field in change.fields], plan.unit)
    return data


def _write(entry: dict[str, Any], values: Any, unit: str) -> None:
    for field, value in values:
        *outer, last = field.split(".")
        place = entry
        for step in outer:
            place = place.setdefault(step, {})
        price = to_unit(value, unit) if isinstance(value, Decimal) else None
        written = float(price) if price is not None else list(value) if isinstance(value, tuple) else value
        place[last] = str(price) if isinstance(place.get(last), str) and price is not None else written
        if isinstance(place[last], str) and price is not None:
            place[last] = format(price.normalize(), "f")


@laws
@given(
    catalogs(),
    listings(),
    st.sampled_from(
        [
            b'{"data": []}',
            b'{"data": [{"id": "openai/gpt-4o"}, {"id": ""}]}',
            b'{"data": [{"id": "openai/gpt-4o"}], "links": {"next": null}, "total_count": 9}',
        ]
    ),
)
def test_absence_is_not_deletion(tmp_path: Path, catalog: str, records: Any, partial: bytes) -> None:
    """No empty, damaged or short listing removes anything, whatever pruning is asked for."""
    life = Life(tmp_path, catalog)
    life.sync(records)
    entries = list(life.data["providers"]["openai"].get("models") or {})
    plan = life.sync([], raw=partial, prune="all").plan
    assert not any(isinstance(change, Remove) for change in plan.changes)
    assert [key for key in life.data["providers"]["openai"].get("models") or {} if key in entries] == entries


@laws
@given(catalogs(), st.lists(listings(), min_size=1, max_size=3))
def test_restore_undoes_every_sync(tmp_path: Path, catalog: str, lists: Any) -> None:
    """Restoring the backups of any sequence of syncs, newest first, walks back through the bytes of both files."""
    life = Life(tmp_path, catalog)
    states = []
    for records in lists:
        state = _pair(life)
        written = life.sync(records, prune="all").written
        if written is not None and written.backup is not None:
            states.append((written.backup.stamp, state))
    for stamp, state in reversed(states):
        backup = next(backup for backup in backups(life.path) if backup.stamp == stamp)
        restore(life.path, backup, now=datetime(2026, 3, 2, tzinfo=UTC), keep=100)
        assert _pair(life) == state


def _pair(life: Life) -> tuple[bytes, bytes | None]:
    lock = lock_path(life.path)
    return life.path.read_bytes(), lock.read_bytes() if lock.exists() else None


@laws
@given(
    st.decimals(min_value=Decimal("1e-12"), max_value=Decimal("0.001"), places=15),
    st.sampled_from(["token", "1k", "1m"]),
)
def test_exactness(tmp_path: Path, price: Decimal, unit: UnitName) -> None:
    """A price is the same number on the wire and in the file, to the last digit, and never written with an exponent."""
    life = Life(tmp_path, "providers:\n  openai:\n    models: {}\n")
    (life.folder / "models.json").write_text(
        json.dumps({"data": [{"id": "openai/gpt-4o", "pricing": {"prompt": format(price, "f")}}]})
    )
    project = Project(life.path, Settings(source=str(life.folder / "models.json"), unit=unit))
    around = Surroundings(environment={}, today="2026-03-01", stdin=BytesIO(), send=lambda _: Response(200, {}, b""))
    sync_project(project, Options(), around=around, now=datetime(2026, 3, 1, tzinfo=UTC))
    written = re.search(r"input: (\S+?)[,}\s]", life.path.read_text())
    assert written is not None
    assert "e" not in written[1].lower()
    assert Decimal(written[1]) == to_unit(price, unit)


@laws
@given(catalogs(), st.lists(listings(), min_size=1, max_size=3))
def test_a_comparison_names_exactly_what_a_sync_planned(tmp_path: Path, catalog: str, lists: Any) -> None:
    """With the backup that a sync made, the catalog differs in the entries of its plan; with itself, in nothing."""
    life = Life(tmp_path, catalog)
    project = Project(life.path, Settings(prune=Prune(grace_days=0)))
    for records in lists:
        result = life.sync(records, prune="stale")
        if result.written.backup is None:
            continue
        report, _ = compare(project, result.written.backup.stamp, environment={})
        planned = {
            (change.provider, change.key) for change in result.plan.changes if isinstance(change, Add | Update | Remove)
        }
        found = {
            (change.provider, key)
            for change in report.changes
            for key in (change.key, getattr(change, "new_key", change.key))
        }
        assert found == planned
        assert report.notes == ()
    beside = tmp_path / "llm_models.yml.backup.20990101_000000"
    beside.write_bytes(life.path.read_bytes())
    report, _ = compare(project, None, environment={})
    assert (report.source, report.changes, report.notes) == ("backup 20990101_000000", (), ())


@st.composite
def lives(draw: Any) -> list[tuple[Any, Any, dict[str, Any]]]:
    """What happens to a catalog, step by step: another hand writes it anew or nobody does, a listing, what is asked for."""
    wishes = st.fixed_dictionaries(
        {},
        optional={
            "prune": st.sampled_from(["stale", "all"]),
            "ours": st.just(value=True),
            "take": st.just(("openai/a",)),
            "accept": st.just(("openai/b",)),
        },
    )
    return draw(st.lists(st.tuples(st.none() | catalogs(), listings(), wishes), min_size=1, max_size=3))


RULES = st.fixed_dictionaries(
    {"preset": st.sampled_from(["default", "classic"]), "prune": st.just(Prune(grace_days=0))},
    optional={
        "pins": st.sampled_from([["openai/a"], ["openai/*.pricing", "openai/b.features"]]),
        "add": st.sampled_from([{"openai": "none"}, {"openai": ["gpt-4*"], "openrouter": "all"}]),
        "match": st.just({"openai/a": "openai/gpt-5"}),
        "exclude": st.just({"openai": ["o4*"]}),
        "unit": st.sampled_from(["1m", "token"]),
    },
)


@laws
@given(catalogs(), lives(), RULES, st.booleans())
def test_a_plan_that_a_sync_makes_can_be_applied(
    tmp_path: Path, catalog: str, steps: Any, rules: Any, aggregated: Any
) -> None:
    """Whatever the catalog, its history, the settings and the wishes: through a file the plan gives what a sync gives."""
    life = Life(tmp_path, catalog)
    life.rules = rules
    for text, records, wishes in steps:
        if text is not None:
            life.path.write_bytes(text.encode())
        if aggregated and life.data["providers"].keys() == {"openai"} and life.path.read_bytes().endswith(b"\n"):
            life.path.write_bytes(
                life.path.read_bytes() + b"  openrouter:\n    models:\n      r: {model: openai/gpt-4o}\n"
            )
        with contextlib.suppress(Refused, UsageError):  # of a pin, a slip of the unit, an entry that is not there
            planned = life.sync(records, dry_run=True, **wishes).plan
            before = _pair(life)
            _apply(life, planned)
            applied = _pair(life)
            life.put(before)
            life.sync(records, **wishes)
            assert _pair(life) == applied


def _apply(life: Life, planned: Any) -> None:
    """Apply a plan through a file; whatever is refused here is a fault."""
    file = plan_file.encode(planned, catalog=life.path.name, modelsync="1")
    try:
        apply_plan(life.project, plan_file.decode(file, "plan.json"), "plan.json", now=datetime(2026, 3, 2, tzinfo=UTC))
    except ModelsyncError as error:
        raise AssertionError(str(error)) from error


@laws
@given(catalogs(), listings(), st.randoms(use_true_random=False))
def test_order_does_not_matter(tmp_path: Path, catalog: str, records: Any, random: Any) -> None:
    """The same records in another order give the same catalog and the same lock."""
    life = Life(tmp_path, catalog)
    life.sync(records)
    expected = _pair(life)
    shuffled = [*records]
    random.shuffle(shuffled)
    other = Life(tmp_path, catalog)
    other.sync(shuffled)
    assert _pair(other) == expected
