"""`modelsync layout`: what a layout reads, at the shell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from command import record
from modelsync import Catalog, CatalogInvalid, plan, sync
from modelsync.planning.changes import Update

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Shell

FILE = """\
# ours
models:
  - {id: gpt-4o, in: 2.5, out: 10, ctx: 128000, see: true}
  - {id: gpt-9, in: 2.5}

  - {id: azure/gpt-4o, in: 2.5}
  - {id: our-own, in: 2.5}
  - {id: gpt-4o-mini, in: about 1}
"""
SETTINGS = """\
catalog = "ours.yaml"
unit = "1m"
[layout]
at = "models[]"
id = "id"
[layout.fields]
context_length = "ctx"
pricing.input = "in"
pricing.output = "out"
features.vision = "see"
"""


@pytest.fixture(name="ours")
def ours_fixture(shell: Shell) -> Shell:
    """Return a folder with a file of a team's own, and its layout."""
    (shell.folder / "ours.yaml").write_text(FILE, encoding="utf-8")
    (shell.folder / "modelsync.toml").write_text(SETTINGS, encoding="utf-8")
    return shell


def test_show_tells_what_each_entry_is(ours: Shell) -> None:
    """Its line, whose it is, what it is upstream, what is read of it; and what cannot be."""
    done = ours.run("layout", "show")
    assert done.code == 0
    assert done.out.splitlines()[0].startswith("ours.yaml: 5 entries: ")
    rows = [line.split() for line in done.out.splitlines()[2:7]]
    assert [row[:2] for row in rows] == [
        ["3", "openai/gpt-4o"], ["4", "openai/gpt-9"], ["6", "azure/gpt-4o"], ["7", "unnamed/our-own"], ["8", "openai/gpt-4o-mini"],
    ]  # fmt: skip
    assert rows[0][2:] == ["openai/gpt-4o", "$2.50", "$10.00", "128,000", "vision"]
    assert "ours.yaml:8: error: openai/gpt-4o-mini: line 8: `pricing.input` is no number" in done.out


def test_json_has_all_of_it(ours: Shell) -> None:
    """Prices are texts in the file's unit."""
    done = ours.run("layout", "test", "--format", "json")
    told: Any = json.loads(done.out)
    assert (done.code, told["exit_code"], told["unit"]) == (1, 1, "1m")
    assert told["counts"] == {"matched": 2, "unknown": 1, "left alone": 1, "unnamed": 1}
    assert told["entries"][0] == {
        "line": 3, "provider": "openai", "key": "gpt-4o", "model_id": "gpt-4o", "standing": "matched", "upstream": ["openai/gpt-4o"],
        "how": "exact id", "problems": [],
        "fields": {"context_length": 128000, "pricing.input": "2.5", "pricing.output": "10", "features": ["vision"]},
    }  # fmt: skip
    assert json.loads(ours.run("layout", "show", "--format", "json").out)["entries"] == told["entries"]


def test_test_is_quiet_about_what_fits(ours: Shell) -> None:
    """And exits with 1 for what does not."""
    bad = ours.run("layout", "test")
    assert (bad.code, len(bad.out.splitlines())) == (1, 2)
    (ours.folder / "ours.yaml").write_text(FILE.replace("about 1", "0.15"), encoding="utf-8")
    good = ours.run("layout", "test")
    assert (good.code, len(good.out.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    ("text", "settings", "why"),
    [
        ("models:\n- {id: gpt-4o, in: 2500}\n", SETTINGS, "do not look like USD per 1m tokens"),
        ("models:\n- {id: gpt-9, in: 2.5}\n", SETTINGS, "not one model is known upstream"),
        ("models:\n- {id: gpt-4o, in: 0.0025}\n", SETTINGS, "1000 times lower"),
    ],
    ids=["unit too small", "nothing known", "unit too large"],
)
def test_test_tells_what_is_wrong_with_all_of_it(ours: Shell, text: str, settings: str, why: str) -> None:
    """A unit that cannot be right, an id that is read from the wrong place."""
    (ours.folder / "ours.yaml").write_text(text, encoding="utf-8")
    (ours.folder / "modelsync.toml").write_text(settings, encoding="utf-8")
    done = ours.run("layout", "test")
    assert (done.code, why in done.out) == (1, True), done.out


def test_a_file_can_be_named(ours: Shell) -> None:
    """The layout and the unit are those of the settings."""
    (ours.folder / "more.yaml").write_text("models:\n- {id: gpt-4.1, in: 2}\n", encoding="utf-8")
    assert "openai/gpt-4.1" in ours.run("layout", "show", "more.yaml").out
    missing = ours.run("layout", "show", "none.yaml")
    assert (missing.code, "no such catalog: none.yaml" in missing.err) == (2, True)


def test_the_verbs_that_read_know_the_layout(ours: Shell) -> None:
    """check, find, cost and list are of any file."""
    done = ours.run("check")
    assert (
        done.code,
        "ours.yaml:8:27: error: openai/gpt-4o-mini.pricing.input: `pricing.input` is no number: about 1" in done.out,
    ) == (1, True)
    assert "openai/gpt-4o" in ours.run("find", "--feature", "vision").out
    assert "$0.01" in ours.run("cost", "openai/gpt-4o", "--input", "0", "--output", "1k").out


def test_status_tells_the_layout_in_force(ours: Shell) -> None:
    """What the table says, and where; rows of nobody are called so."""
    told = ours.run("status").out
    assert '  layout            {"at": "models[]", "id": "id", "fields": {"context_length": "ctx"' in told
    assert "modelsync.toml:3" in next(line for line in told.splitlines() if line.startswith("  layout"))
    assert "nothing says whose model it is: a sync leaves it as it is" in ours.run("status", "unnamed/our-own").out
    (ours.folder / "modelsync.toml").write_text(
        'catalog = "ours.yaml"\nunit = "1m"\nlayout = "list"\n', encoding="utf-8"
    )
    (ours.folder / "ours.yaml").write_text("models:\n- {id: gpt-4o, input: 2.5}\n", encoding="utf-8")
    assert '  layout            "list"  modelsync.toml:3' in ours.run("status").out


def test_a_file_whose_settings_lie_beside_it_says_so(ours: Shell) -> None:
    """Settings are looked for upwards from the working folder; those of the file's own folder are named."""
    inner = ours.folder / "d"
    inner.mkdir()
    for name in ("ours.yaml", "modelsync.toml"):
        (ours.folder / name).rename(inner / name)
    hint = "d/modelsync.toml says how this file is read: run the command in d"
    for verb in (["check"], ["status"], ["sync", "--dry-run", "--source", "snapshot"]):
        done = ours.run(*verb, "--catalog", "d/ours.yaml")
        assert ("no `providers` here" in done.out + done.err, hint in done.out + done.err) == (True, True), verb
    (inner / "modelsync.toml").write_text(SETTINGS.replace("ours.yaml", "another.yaml"), encoding="utf-8")
    assert "d/modelsync.toml" not in ours.run("status", "--catalog", "d/ours.yaml").err


def test_a_program_names_the_settings(tmp_path: Path) -> None:
    """To read the file, to plan and to sync; without them the error says where they are."""
    ours, settings = tmp_path / "ours.yaml", tmp_path / "modelsync.toml"
    ours.write_text("models:\n- {id: gpt-4o, in: 5}\n", encoding="utf-8")
    settings.write_text(SETTINGS, encoding="utf-8")
    listing = tmp_path / "models.json"
    listing.write_text(json.dumps({"data": [record()]}), encoding="utf-8")
    with pytest.raises(CatalogInvalid) as raised:
        Catalog.load(ours)
    assert str(settings) in raised.value.hint
    assert len(Catalog.load(ours, settings=settings)) == 1
    (update,) = plan(source=str(listing), settings=settings).changes
    assert isinstance(update, Update)
    sync(ours, source=str(listing), settings=settings)
    assert ours.read_text(encoding="utf-8") == "models:\n- {id: gpt-4o, in: 2.5}\n"
