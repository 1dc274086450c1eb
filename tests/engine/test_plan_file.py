"""A plan that is approved is the plan that is carried out: same bytes as a sync, or a refusal that names what moved."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.errors import Changed, PlanInvalid
from modelsync.pipeline.applying import apply_plan
from modelsync.planning import plan_file
from modelsync.project import Project
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LISTINGS = ("2025-05-12T1347Z", "2026-01-16T1715Z", "2026-08-21T0812Z")


def _travel(plan: Any) -> Any:
    """Send a plan through a file."""
    return plan_file.decode(plan_file.encode(plan, catalog="llm_models.yml", modelsync="0.1.0"), "plan.json").plan


@pytest.fixture
def planned(world: Any, upstream: Any) -> Any:
    """Return a plan with something of everything: an update, an addition, kept and held values."""
    world.catalog(
        "providers:\n  openai:\n    models:\n      a: {model: gpt-4o, pricing: &p {input: 0.0025, output: 0.01}}\n      b: {model: gpt-4o, pricing: *p}\n"
        "      c: {model: gpt-4.1, pricing: {input: 0.002}}\n      d: {model: o4, pricing: {input: 0.001}, features: [x]}"
    )
    world.listing(upstream(), upstream("openai/gpt-4.1", prompt="0.000002"), upstream("openai/o4", prompt="0.000001"))
    world.sync()
    world.edit("{input: 0.001, output: 0.01}", "{input: 0.0009, output: 0.01}")
    records = [upstream(prompt="0.000003"), upstream("openai/gpt-4.1", prompt="0.0000021", parameters=("tools",))]
    world.listing(*records, upstream("openai/o4", prompt="0.0000011"), upstream("openai/o5", prompt="0.0000000000012"))
    return world.plan()


def test_a_plan_survives_its_file(planned: Any) -> None:
    """Every change comes back equal, prices as Decimals."""
    assert {type(change).__name__ for change in planned.changes} == {"Update", "Add", "Keep", "Hold"}
    assert _travel(planned) == planned


def test_the_same_plan_is_the_same_bytes_with_plain_prices_and_no_path(world: Any, planned: Any) -> None:
    """The file is stable, shows prices without exponents, and names no folder of this machine."""
    first, second = (plan_file.encode(plan, catalog="c.yml", modelsync="0.1.0") for plan in (planned, world.plan()))
    assert first == second
    assert b'"0.0000000000012"' in first
    assert str(world.folder).encode() not in first


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("preset", ["default", "classic"])
def test_apply_gives_what_sync_gives(world: Any, shared_data: Path, tmp_path: Path, listing: str, preset: str) -> None:
    """Byte for byte, both files, in another folder."""
    world.path.write_bytes((shared_data / "catalogs" / "hand-edited.yml").read_bytes())
    world.source = shared_data / "openrouter" / f"models.{listing}.json"
    world.configure(preset=preset)
    elsewhere = tmp_path / "elsewhere" / "llm_models.yml"
    elsewhere.parent.mkdir()
    shutil.copy(world.path, elsewhere)
    plan = _travel(world.plan())
    apply_plan(Project(elsewhere, world.settings), plan, now=NOON)
    world.sync()
    assert elsewhere.read_bytes() == world.path.read_bytes()
    assert lock_path(elsewhere).read_bytes() == lock_path(world.path).read_bytes()


@pytest.mark.parametrize("moved", ["llm_models.yml", "llm_models.lock.json"])
def test_apply_refuses_when_a_file_moved_and_names_it(world: Any, planned: Any, moved: str) -> None:
    """One byte of either file is enough."""
    path = world.folder / moved
    path.write_bytes(path.read_bytes().replace(b"gpt-4.1", b"gpt-4.2", 1))
    before = {entry.name: entry.read_bytes() for entry in world.folder.iterdir()}
    with pytest.raises(Changed, match=moved.replace(".", r"\.")) as caught:
        apply_plan(Project(world.path, world.settings), planned, now=NOON)
    assert ("lock" in str(caught.value)) == ("lock" in moved)
    assert {entry.name: entry.read_bytes() for entry in world.folder.iterdir()} == before


def test_a_plan_is_applied_once(world: Any, planned: Any) -> None:
    """After it, the catalog is no longer what the plan was made for."""
    apply_plan(Project(world.path, world.settings), planned, now=NOON)
    with pytest.raises(Changed):
        apply_plan(Project(world.path, world.settings), planned, now=NOON)


DAMAGE = {
    "truncated": lambda file: file[:-40],
    "empty": lambda _: b"{}",
    "no text": lambda _: b"\xff",
    "newer": lambda file: json.dumps(json.loads(file) | {"version": 99}).encode(),
    "a price that is none": lambda file: file.replace(b'"new": "0.0000021"', b'"new": "cheap"'),
    "a price that is a number": lambda file: file.replace(b'"new": "0.0000021"', b'"new": 21'),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_plan_is_invalid(planned: Any, damage: Any) -> None:
    """Truncated, empty, no text, newer, or with a price that is none: exit 5, never a half plan."""
    file = plan_file.encode(planned, catalog="c.yml", modelsync="0.1.0")
    with pytest.raises(PlanInvalid, match=r"plan\.json"):
        plan_file.decode(damage(file), "plan.json")
