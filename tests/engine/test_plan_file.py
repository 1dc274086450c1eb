"""A plan that is approved is the plan that is carried out: same bytes as a sync, or a refusal that names what moved."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelsync.errors import Changed, Exit, ModelsyncError, PlanInvalid, Refused
from modelsync.pipeline.applying import apply_plan
from modelsync.planning import plan_file
from modelsync.planning.changes import NOTE_KINDS, Add, Update
from modelsync.project import Project
from modelsync.settings import Backups, ProviderAccess, Prune, Settings, deciding_digest, load
from modelsync.store.files import lock_path
from modelsync.views.report import HEADINGS

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LISTINGS = ("2025-05-12T1347Z", "2026-01-16T1715Z", "2026-08-21T0812Z")


def _travel(plan: Any) -> Any:
    """Send a plan through a file."""
    return plan_file.decode(plan_file.encode(plan, catalog="llm_models.yml", modelsync="0.1.0"), "plan.json")


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
    assert _travel(planned).plan == planned


def test_the_same_plan_is_the_same_bytes_with_plain_prices_and_no_path(world: Any, planned: Any) -> None:
    """The file is stable, shows prices without exponents, and names no folder of this machine."""
    first, second = (
        plan_file.encode(plan, catalog="llm_models.yml", modelsync="0.1.0") for plan in (planned, world.plan())
    )
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
    apply_plan(Project(elsewhere, world.settings), _travel(world.plan()), "plan.json", now=NOON)
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
        apply_plan(Project(world.path, world.settings), _travel(planned), "plan.json", now=NOON)
    assert ("lock" in str(caught.value)) == ("lock" in moved)
    assert {entry.name: entry.read_bytes() for entry in world.folder.iterdir()} == before


def test_a_plan_is_applied_once(world: Any, planned: Any) -> None:
    """After it, the catalog is no longer what the plan was made for."""
    apply_plan(Project(world.path, world.settings), _travel(planned), "plan.json", now=NOON)
    with pytest.raises(Changed):
        apply_plan(Project(world.path, world.settings), _travel(planned), "plan.json", now=NOON)


DAMAGE = {
    "truncated": (lambda file: file[:-40], "truncated"),
    "empty": (lambda _: b"{}", "version"),
    "no text": (lambda _: b"\xff", "malformed"),
    "too deep": (lambda file: file.replace(b'"notes": []', b'"notes": [' + b"[" * 100_000), "not a plan"),
    "newer": (lambda file: file.replace(b'"version": 1', b'"version": 99', 1), "newer modelsync"),
    "older than any": (lambda file: file.replace(b'"version": 1', b'"version": 0', 1), "no plan version 0"),
    "a price that is none": (
        lambda file: file.replace(b'"new": "0.0000021"', b'"new": "cheap"'),
        "'cheap' is no price",
    ),
    "a price that is a number": (lambda file: file.replace(b'"new": "0.0000021"', b'"new": 21'), "21 is no price"),
}


@pytest.mark.parametrize(("damage", "said"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_plan_is_invalid(planned: Any, damage: Any, said: str) -> None:
    """Truncated, empty, no text, of another version, or with a price that is none: exit 5, never a half plan."""
    file = plan_file.encode(planned, catalog="llm_models.yml", modelsync="0.1.0")
    damaged = damage(file)
    assert damaged != file
    with pytest.raises(PlanInvalid, match=rf"plan\.json.*{said}"):
        plan_file.decode(damaged, "plan.json")


def _first(plan: Any, kind: str) -> Any:
    return next(change for change in plan["changes"] if change["type"] == kind)


def _field(plan: Any, field: str) -> Any:
    """The change of one field of `c`, made to be of `field`."""
    change = next(change for change in _first(plan, "update")["fields"] if change["field"] == "pricing.input")
    change.update(field=field, old=None, old_text="")
    return change


def _line(plan: Any, name: str = "openai/c") -> Any:
    return plan["lock"]["entries"][name]


NOT_OF_A_SYNC = {
    "unknown field": (lambda plan: _field(plan, "display").update(new="x"), "openai/c.*no field `display`"),
    "unknown price": (lambda plan: _field(plan, "pricing.x").update(new="1"), r"no field `pricing\.x`"),
    "unknown field of a new entry": (lambda plan: _first(plan, "add")["values"].update(evil="x"), "no field `evil`"),
    "negative price": (lambda plan: _field(plan, "pricing.input").update(new="-3"), "cannot be -3"),
    "huge price": (lambda plan: _field(plan, "pricing.input").update(new="1e300"), "no price"),
    "no new value": (lambda plan: _field(plan, "pricing.input").update(new=None), "has no value"),
    "limit of text": (lambda plan: _field(plan, "context_length").update(new="lots"), "no number of tokens"),
    "limit that is true": (lambda plan: _field(plan, "context_length").update(new=True), "no number of tokens"),
    "negative limit": (lambda plan: _field(plan, "context_length").update(new=-1), "cannot be -1"),
    "model of a number": (lambda plan: _field(plan, "model").update(new=5), "5 is no text"),
    "description of a list": (lambda plan: _field(plan, "description").update(new=["a"]), "no text"),
    "features of text": (lambda plan: _field(plan, "features").update(new="abc"), "no list of names"),
    "features of lists": (lambda plan: _field(plan, "features").update(new=[["a"]]), "no list of names"),
    "empty key": (lambda plan: _first(plan, "add").update(key=""), "'' cannot be a key"),
    "key of two lines": (lambda plan: _first(plan, "add").update(key="x: 1\n      y"), "cannot be a key"),
    "the same addition twice": (
        lambda plan: plan["changes"].append(_first(plan, "add")),
        "the entry is in another change",
    ),
    "updated and removed": (
        lambda plan: plan["changes"].append(
            {"type": "remove", "provider": "openai", "key": "c", "upstream": "", "reason": ""}
        ),
        "openai/c.*the entry is in another change",
    ),
    "a field twice": (
        lambda plan: _first(plan, "update")["fields"].append(_first(plan, "update")["fields"][0]),
        "the field .* is in another change",
    ),
    "unknown kind of change": (lambda plan: plan["changes"].append({"type": "burn"}), "burn"),
    "unknown kind of note": (
        lambda plan: plan["notes"].append({"type": "note", "kind": "zzz", "subject": "s", "text": "t"}),
        "kind of note 'zzz'",
    ),
    "unit that is none": (lambda plan: (plan.update(unit="bogus"), plan["lock"].update(unit="bogus")), "unit: 'bogus'"),
    "lock of another unit": (lambda plan: plan["lock"].update(unit="1m"), r"lock\.unit: '1m'"),
    "lock of no preset": (lambda plan: plan["lock"].update(preset="bogus"), r"lock\.preset: 'bogus'"),
    "lock of a newer version": (lambda plan: plan["lock"].update(version=99), "no lock version 99"),
    "lock with a day that is none": (
        lambda plan: _line(plan)["base"].update({"pricing.input": ["0.1", "s", "tomorrow"]}),
        "'tomorrow' is no day",
    ),
    "lock with a price that is none": (
        lambda plan: _line(plan)["base"].update({"pricing.input": ["abc", "s", "2026-03-01"]}),
        "'abc' is no price",
    ),
    "tombstone without a day": (
        lambda plan: plan["lock"]["tombstones"].update({"openai:x": "once"}),
        "'once' is no day",
    ),
    "day that is none": (lambda plan: plan.update(day="\x1b[2J"), "is no day"),
}


@pytest.mark.parametrize(("edit", "said"), NOT_OF_A_SYNC.values(), ids=NOT_OF_A_SYNC)
def test_an_edited_plan_that_no_sync_makes_is_refused_when_read(planned: Any, edit: Any, said: str) -> None:
    """Values of a wrong kind, contradictions, an unsound lock, unknown kinds: exit 5, naming the place."""
    file = json.loads(plan_file.encode(planned, catalog="llm_models.yml", modelsync="0.1.0"))
    edit(file["plan"])
    with pytest.raises(PlanInvalid, match=rf"plan\.json: .*{said}"):
        plan_file.decode(json.dumps(file).encode(), "plan.json")


def test_every_kind_of_note_can_be_shown() -> None:
    """What a plan file may say, the views have a heading for, and the other way round."""
    assert set(HEADINGS) == NOTE_KINDS


UPDATE = {
    "type": "update",
    "provider": "openai",
    "key": "c",
    "upstream": "openai/gpt-4.1",
    "reason": "x",
    "fields": [{"field": "pricing.input", "old": "0.000002", "new": "0.0000021", "old_text": "0.002"}],
}
MISFITS = {
    "unknown provider": (lambda plan: plan.update(changes=[UPDATE | {"provider": "nope"}]), "no provider 'nope'"),
    "absent entry": (lambda plan: plan.update(changes=[UPDATE | {"key": "zz"}]), "openai/zz.*no such entry"),
    "removal of nothing": (
        lambda plan: plan["changes"].append(
            {"type": "remove", "provider": "openai", "key": "zz", "upstream": "", "reason": ""}
        ),
        "openai/zz.*no such entry",
    ),
    "addition of what is there": (lambda plan: _first(plan, "add").update(key="a"), "openai/a.*already"),
    "renamed onto another": (
        lambda plan: plan.update(changes=[{"type": "rename", "provider": "openai", "key": "c", "new_key": "a"}]),
        "the key is there already",
    ),
    "another old value": (
        lambda plan: _first(plan, "update")["fields"][0].update(old="0.5"),
        r"openai/c.*pricing\.input is 0\.000002, not 0\.5",
    ),
    "another old text": (lambda plan: _first(plan, "update")["fields"][0].update(old_text="9"), "not written '9'"),
    "another kept value": (lambda plan: _first(plan, "keep").update(ours="1"), "openai/d.*is .*, not 1"),
    "another price than the lock's": (
        lambda plan: _first(plan, "update")["fields"][0].update(new="0.5"),
        r"openai/c.*pricing\.input would be 0\.5, but the plan's lock says otherwise",
    ),
    "another price of a new entry": (
        lambda plan: _first(plan, "add")["values"].update({"pricing.input": "0.5"}),
        "openai/o5.*would be 0.5, but the plan's lock",
    ),
    "a new entry without its id": (lambda plan: _first(plan, "add")["values"].pop("model"), "openai/o5"),
    "no changes, but the lock after them": (
        lambda plan: plan.update(changes=[]),
        "openai/o5 would not be in the catalog",
    ),
    "no update, but the lock after it": (
        lambda plan: plan["changes"].remove(_first(plan, "update")),
        r"the base of openai/c\.(features|pricing\.input) is neither what it was nor what the catalog will have",
    ),
    "changes, but no lock": (lambda plan: plan["lock"]["entries"].clear(), "plan's lock does not have the entry"),
    "a lock without a line": (lambda plan: plan["lock"]["entries"].pop("openai/a"), "openai/a has lost its line"),
    "a line without a base": (
        lambda plan: _line(plan, "openai/d")["base"].pop("pricing.input"),
        r"openai/d has lost the base of pricing\.input",
    ),
    "a base that nobody knows": (
        lambda plan: _line(plan, "openai/d")["base"].update({"pricing.input": ["0.5", "s", "2026-03-01"]}),
        r"the base of openai/d\.pricing\.input is neither",
    ),
    "a base that is forgotten": (
        lambda plan: _line(plan, "openai/d")["base"].update({"pricing.input": [None, "s", "2026-03-01"]}),
        r"the base of openai/d\.pricing\.input is neither",
    ),
    "a description that is not there": (
        lambda plan: _line(plan)["base"].update(description=[True, "s", "2026-03-01"]),
        r"the base of openai/c\.description is neither",
    ),
    "a line with another id": (
        lambda plan: _line(plan).update(model="o3"),
        "openai/c has the model id 'gpt-4.1', not 'o3'",
    ),
    "a line of no entry": (
        lambda plan: plan["lock"]["entries"].update({"openai/zz": _line(plan)}),
        "openai/zz would not be in the catalog",
    ),
    "waiting for no entry": (
        lambda plan: plan["lock"]["waiting"].update({"openai/zz": "2026-03-01"}),
        "openai/zz would not be in the catalog",
    ),
    "the lock of another catalog": (
        lambda plan: plan["lock"].update(catalog="other.yml"),
        r"lock\.catalog.*'other\.yml'",
    ),
}


@pytest.mark.parametrize(("edit", "said"), MISFITS.values(), ids=MISFITS)
def test_an_edited_plan_that_does_not_fit_is_refused(world: Any, planned: Any, edit: Any, said: str) -> None:
    """The catalog and the lock that the plan carries must tell one story: exit 5, naming the place, nothing written."""
    file = json.loads(plan_file.encode(planned, catalog="llm_models.yml", modelsync="0.1.0"))
    edit(file["plan"])
    before = world.files()
    decoded = plan_file.decode(json.dumps(file).encode(), "plan.json")
    with pytest.raises(PlanInvalid, match=rf"plan\.json: does not fit .*llm_models\.yml: .*{said}"):
        apply_plan(Project(world.path, world.settings), decoded, "plan.json", now=NOON)
    assert world.files() == before


JUNK = st.sampled_from(
    [None, True, -1, 0, 10**30, 0.5, "", "x", "-1", "0.5", "add", "openai", "a", "1m", "\n", [], ["x"], {}, {"a": 1}]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_no_edit_of_a_plan_is_a_bug(world: Any, planned: Any, draw: Any) -> None:
    """Any part of a plan replaced, dropped or repeated: it is carried out whole, or refused with nothing written."""
    file = json.loads(plan_file.encode(planned, catalog="llm_models.yml", modelsync="0.1.0"))
    _spoil(file, draw)
    before = {path: path.read_bytes() for path in (world.path, lock_path(world.path))}
    code = _outcome(world, json.dumps(file).encode())
    if code == Exit.DONE:
        assert not [change for change in world.plan().changes if isinstance(change, Add | Update)]
        for path, data in before.items():
            path.write_bytes(data)
    assert code in (Exit.DONE, Exit.INVALID, Exit.REFUSED)
    assert {path: path.read_bytes() for path in before} == before


def _outcome(world: Any, file: bytes) -> Exit:
    """Apply a plan and return the exit code that this would be."""
    try:
        apply_plan(Project(world.path, world.settings), plan_file.decode(file, "plan.json"), "plan.json", now=NOON)
    except ModelsyncError as error:
        return error.exit_code
    return Exit.DONE


def _spoil(tree: Any, draw: Any) -> None:
    """Replace, drop or repeat one thing somewhere in a tree."""
    places = st.sampled_from(sorted(tree, key=str) if isinstance(tree, dict) else range(len(tree)))
    place = draw.draw(places)
    if isinstance(tree[place], dict | list) and tree[place] and draw.draw(st.integers(0, 4)):
        _spoil(tree[place], draw)
        return
    match draw.draw(st.sampled_from(["replace", "drop", "repeat"])):
        case "replace":
            tree[place] = draw.draw(JUNK)
        case "repeat" if isinstance(tree, list):
            tree.append(tree[place])
        case _:
            del tree[place]


def test_an_entry_that_comes_back_with_less_known_of_it(world: Any, upstream: Any) -> None:
    """Deleted by hand, added anew by `classic`, and upstream no longer says how long its context is: nothing is amiss."""
    world.configure(preset="classic")
    world.catalog("providers:\n  openai:\n    models: {}")
    world.listing(upstream())
    world.sync()
    world.catalog("providers:\n  openai:\n    models: {}")
    world.listing(upstream(context=None))
    apply_plan(Project(world.path, world.settings), _travel(world.plan(force=True)), "plan.json", now=NOON)
    assert "context_length" not in world.model()


def test_a_plan_for_another_catalog_is_refused_naming_both(world: Any, planned: Any) -> None:
    """The same bytes under another name are another catalog."""
    other = world.folder / "prices.yml"
    shutil.copy(world.path, other)
    with pytest.raises(Refused, match=r"made for 'llm_models\.yml', not for 'prices\.yml'"):
        apply_plan(Project(other, world.settings), _travel(planned), "plan.json", now=NOON)


MOVED_SETTINGS = {
    "pins": {"pins": ["openai/c"]},
    "add": {"add": {"openai": "none"}},
    "exclude": {"exclude": {"openai": ["o5*"]}},
    "match": {"match": {"openai/a": "openai/gpt-4.1"}},
    "vendors": {"vendors": {"x-ai": "xai"}},
    "prune": {"prune": Prune(grace_days=0)},
}


@pytest.mark.parametrize("changed", MOVED_SETTINGS.values(), ids=MOVED_SETTINGS)
def test_apply_refuses_when_the_settings_that_decide_changed(world: Any, planned: Any, changed: Any) -> None:
    """A pin that came after the plan was made would be broken by it."""
    before = world.files()
    world.configure(**changed)
    with pytest.raises(Changed, match="the settings changed since the plan was made"):
        apply_plan(Project(world.path, world.settings), _travel(planned), "plan.json", now=NOON)
    assert world.files() == before


def test_settings_that_decide_nothing_do_not_matter(world: Any, planned: Any) -> None:
    """Where the models come from, how many backups stay, how a provider is reached: a plan does not depend on them."""
    world.configure(
        source="elsewhere.json",
        catalog="llm_models.yml",
        backups=Backups(keep=3),
        providers={"openai": ProviderAccess()},
    )
    apply_plan(Project(world.path, world.settings), _travel(planned), "plan.json", now=NOON)
    assert world.model("c")["pricing"]["input"] == 0.0021


def test_the_order_of_the_settings_does_not_matter(tmp_path: Path) -> None:
    """The same tables in another order, in another file, are the same settings."""
    one, other = tmp_path / "modelsync.toml", tmp_path / "pyproject.toml"
    one.write_text('pins = ["a/b"]\n[add]\nopenai = "none"\ngemini = ["x"]\n[match]\n"a/b" = "c/d"\n')
    other.write_text(
        '[tool.modelsync.match]\n"a/b" = "c/d"\n[tool.modelsync.add]\ngemini = ["x"]\nopenai = "none"\n[tool.modelsync]\npins = ["a/b"]\n'
    )
    assert deciding_digest(load(one)) == deciding_digest(load(other)) != deciding_digest(Settings())
