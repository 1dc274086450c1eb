"""`modelsync layout test`: what of a layout does not fit its file, with the line of the settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Shell

FILE = """\
owner: team
models:
  - {name: gpt-4o, company: openai, cost: {input: 2.5, output: 10}, vision: true}
  - {name: gpt-4.1, company: openai, cost: {input: 2, output: 8}}
  - {name: our-own, company: openai, cost: {}}
"""
SETTINGS = """\
catalog = "ours.yaml"
unit = "1m"
[layout]
at = "models[]"
id = "name"
provider = "company"

[layout.fields]
pricing.input = "cost.input"
pricing.output = "cost.output"
features.vision = "vision"
"""
STRANGE = (
    "`opnai` is no provider that a list speaks for, and 2 rows would be known as of openai; did you mean `openai`?"
)


@pytest.fixture(name="ours")
def ours_fixture(shell: Shell) -> Shell:
    """Return a folder with a file of a team's own, and a layout that fits."""
    write(shell)
    return shell


def write(shell: Shell, *swaps: tuple[str, str], file: str = FILE) -> None:
    """Write the file, and the settings with some of their text replaced."""
    settings = SETTINGS
    for old, new in swaps:
        assert old in settings
        settings = settings.replace(old, new, 1)
    (shell.folder / "ours.yaml").write_text(file, encoding="utf-8")
    (shell.folder / "modelsync.toml").write_text(settings, encoding="utf-8")


def test_a_layout_that_fits_is_no_word_worth(ours: Shell) -> None:
    """`show` counts the rows that are no entries."""
    done = ours.run("layout", "test")
    assert (done.code, len(done.out.splitlines())) == (0, 1), done.out
    assert "  1 row without an id or any of its fields" in ours.run("layout", "show").out.splitlines()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"cost.input"',
            '"cost.inptu"',
            "modelsync.toml:9: error: `layout.fields.pricing.input`: no row has `cost.inptu`; did you mean `cost.input`?",
        ),
        (
            '"cost.output"',
            '"output"',
            "modelsync.toml:10: error: `layout.fields.pricing.output`: no row has `output`; did you mean `cost.output`?",
        ),
        (
            '"vision"',
            '"supports.eyes"',
            "modelsync.toml:11: error: `layout.fields.features.vision`: no row has `supports.eyes`",
        ),
        (
            '"company"',
            '"compny"',
            "modelsync.toml:6: error: `layout.provider`: no row has `compny`; did you mean `company`?",
        ),
        (
            'provider = "company"',
            'provider_around = "ownr"',
            "modelsync.toml:6: error: `layout.provider_around`: no mapping around the rows has `ownr`; did you mean `owner`?",
        ),
        ('id = "name"', 'id = "name"\nkey = "alias"', "modelsync.toml:6: error: `layout.key`: no row has `alias`"),
        (
            'provider = "company"',
            'providers = { openai = "opnai" }',
            f"modelsync.toml:6: error: `layout.providers`: {STRANGE}",
        ),
        (
            'provider = "company"',
            'provider_is = "opnai"',
            f"modelsync.toml:6: error: `layout.provider_is`: {STRANGE}",
        ),
    ],
    ids=["slip", "too short", "nothing near", "provider", "around", "key", "providers", "constant"],
)
def test_what_no_row_has_is_an_error_with_the_line(old: str, new: str, said: str, ours: Shell) -> None:
    """And with what may be meant."""
    file = FILE.replace("name: gpt", "name: openai/gpt") if "providers" in new else FILE
    write(ours, (old, new), file=file)
    done = ours.run("layout", "test")
    assert done.code == 1
    assert done.out.splitlines()[:-1][-1] == f"{ours.folder}/{said}"
    told: Any = json.loads(ours.run("layout", "test", "--format", "json").out)
    assert [f"{one['file']}:{one['line']}: {one['severity']}: {one['message']}" for one in told["settings"]] == [
        f"{ours.folder}/{said}"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"cost.input"',
            '"cost.input|in"',
            "modelsync.toml:9: warning: `layout.fields.pricing.input`: no row has `in`",
        ),
        (
            'id = "name"',
            'id = "name"\npinned = "hold"',
            "modelsync.toml:6: warning: `layout.pinned`: no row has `hold`",
        ),
        (
            '"models[]"',
            '["models[]", "more[]"]',
            "modelsync.toml:4: warning: `layout.at`: `more[]` stops at `more`: no such key is there; did you mean `models`?",
        ),
    ],
    ids=["alternative", "pins", "pattern"],
)
def test_what_may_come_one_day_is_a_warning(old: str, new: str, said: str, ours: Shell) -> None:
    """The exit code is 0."""
    write(ours, (old, new))
    done = ours.run("layout", "test")
    assert (done.code, done.out.splitlines()[0]) == (0, f"{ours.folder}/{said}")


def test_a_layout_that_fills_may_name_what_no_row_has(ours: Shell) -> None:
    """It is what will be written."""
    write(ours, ('"models[]"', '"models[]"\nfill = true'), ('"vision"', '"eyes"'))
    assert "eyes" not in ours.run("layout", "test").out


def test_of_a_built_in_layout_nothing_is_missed(ours: Shell) -> None:
    """Nobody has all of its places."""
    (ours.folder / "ours.yaml").write_text("models:\n- {id: gpt-4o, input: 2.5}\n", encoding="utf-8")
    (ours.folder / "modelsync.toml").write_text(
        'catalog = "ours.yaml"\nlayout = "list"\nunit = "1m"\n', encoding="utf-8"
    )
    done = ours.run("layout", "test")
    assert (done.code, len(done.out.splitlines())) == (0, 1), done.out


def test_providers_that_are_hosts_or_the_teams_own_are_meant(ours: Shell) -> None:
    """No list speaks for them, and none would."""
    write(ours, ('provider = "company"', 'provider = "company"\nproviders = { openai = "azure" }'))
    assert "azure" not in "".join(ours.run("layout", "test").out.splitlines()[:-2])
    write(
        ours,
        ('provider = "company"', 'provider = "company"\nproviders = { openai = "acme" }'),
        file=FILE.replace("gpt-", "acme-"),
    )
    assert "acme` is no provider" not in ours.run("layout", "test").out


@pytest.mark.parametrize(("into", "out", "code"), [("output", "input", 1), ("input", "output", 0)])
def test_swapped_prices_are_told(into: str, out: str, code: int, ours: Shell) -> None:
    """By what upstream says of known models."""
    write(ours, ('"cost.input"', f'"cost.{into}"'), ('"cost.output"\nf', f'"cost.{out}"\nf'))
    done = ours.run("layout", "test")
    assert done.code == code
    assert ("input and output look swapped: in 2 of 2 known rows" in done.out) == bool(code)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('"models[]"', '"modelz[]"', 4, "`layout.at`: `modelz[]` stops at `modelz`: no such key is there; did you mean `models`?"),
        ('"models[]"', '"models.{key}"', 4, "`models.{key}` stops at `{key}`: a list is there: write `[]` before it"),
        ('"models[]"', '"models[].versions[]"', 4, "`models[].versions[]` stops at `versions`: no such key is there"),
        ('"models[]"', '"owner[]"', 4, "`owner[]` stops at `[]`: no list is there"),
        ('"models[]"', '"owner.*"', 4, "`owner.*` stops at `*`: no mapping is there"),
        ('"models[]"', '"---.models.llm[]"', 4, "`models.llm[]` stops at `llm`: a list is there"),
        ('id = "name"', 'id = "nmae"', 5, "`layout.id`: no row has `nmae`; did you mean `name`?"),
        ('[layout.fields]\npricing.input = "cost.input"\npricing.output = "cost.output"\nfeatures.vision = "vision"', '[layout.fields]\npricing.input = "in"', 9, "`layout.fields.pricing.input`: no row has `in`"),
        ('[layout.fields]\npricing.input = "cost.input"\npricing.output = "cost.output"\nfeatures.vision = "vision"', "", 3, "the layout names no field: add [layout.fields]"),
    ],
    ids=["slip in a key", "list for a mapping", "too deep", "no list", "no mapping", "documents", "id", "no field fits", "no field"],
)  # fmt: skip
@pytest.mark.parametrize(
    "command", [("layout", "show"), ("sync", "--source", "snapshot", "--dry-run")], ids=["show", "sync"]
)
def test_a_layout_that_reads_nothing_is_at_fault(
    command: tuple[str, ...], old: str, new: str, line: int, said: str, ours: Shell
) -> None:
    """It is said which of the settings that is, on which line, and where a pattern stops."""
    write(ours, (old, new))
    done = ours.run(*command)
    assert done.code == 5
    assert f"modelsync.toml:{line}:" in done.err
    assert said in done.err


def test_a_file_of_hosts_alone_is_told(ours: Shell) -> None:
    """The id is not read from the wrong place there."""
    write(ours, file=FILE.replace("openai", "azure"))
    done = ours.run("layout", "test")
    assert done.code == 1
    assert "no list speaks for azure: there is nothing in this file that a sync could keep true" in done.out


@pytest.mark.parametrize("text", ["models: []\n", "models:\n"], ids=["empty list", "nothing"])
def test_where_models_may_come_one_day_the_layout_is_not_at_fault(text: str, ours: Shell) -> None:
    """A list without models is one all the same."""
    write(ours, file=text)
    done = ours.run("layout", "show")
    assert "stops at" not in done.out + done.err


def test_settings_in_pyproject_have_lines_too(ours: Shell) -> None:
    """Below their own name."""
    (ours.folder / "modelsync.toml").unlink()
    own = SETTINGS.replace("[layout", "[tool.modelsync.layout").replace('"cost.input"', '"cost.inptu"')
    (ours.folder / "pyproject.toml").write_text(f"[project]\nname = 'x'\n[tool.modelsync]\n{own}", encoding="utf-8")
    assert (
        "pyproject.toml:12: error: `layout.fields.pricing.input`: no row has `cost.inptu`"
        in ours.run("layout", "test").out
    )
