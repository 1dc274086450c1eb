"""The settings: every key, and every way to get one wrong."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING

import msgspec
import pytest

from modelsync.errors import SettingsInvalid
from modelsync.settings import (
    EXCLUDED,
    VENDORS,
    Backups,
    Guards,
    PriceDetail,
    ProviderAccess,
    Prune,
    Settings,
    excluded,
    find,
    load,
    policy,
    vendors,
)

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = """\
catalog = "config/models.yml"
source = "snapshot"
preset = "classic"
unit = "1m"
layout = "llm_models"
expect_lock = true
pins = ["openai/gpt-4o", "anthropic/*.pricing"]

[vendors]
x-ai = "xai"

[add]
openai = ["gpt-5*", "o4*"]
anthropic = "none"
xai = "all"

[exclude]
gemini = ["*-preview*"]

[match]
"openai/fast" = "openai/gpt-4.1-mini"

[pricing]
detail = "basic"

[prune]
grace_days = 0

[guards]
price_factor = 20
output_share = 0
usd_per_1k = 0.5
limit_drop = 0.75
listed_share = 0.9
vendor_models = 4
removed_share = 0.5
removed_entries = 10

[backups]
keep = 3

[providers.openai]
api_key_file = "/run/secrets/openai"
base_url = "https://gateway.example/v1"
allow_http = true
"""


WRONG_LIMITS = (
    ("price_factor", "1"), ("price_factor", "nan"), ("price_factor", "inf"), ("price_factor", "true"), ("output_share", "1.1"), ("output_share", "-0.1"),
    ("usd_per_1k", "0"), ("limit_drop", "0"), ("listed_share", "80"), ("vendor_models", "0"), ("removed_share", "30"), ("removed_entries", "0"),
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where the settings go."""
    return tmp_path / "modelsync.toml"


def invalid(path: Path, text: str) -> SettingsInvalid:
    """Load what must be refused."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsInvalid) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))
    return caught.value


class TestKeys:
    """What can be said."""

    def test_every_key(self, file: Path) -> None:
        """Each setting is read as written; this file names them all."""
        file.write_text(EVERYTHING, encoding="utf-8")
        assert load(file) == Settings(
            catalog="config/models.yml", source="snapshot", preset="classic", unit="1m", layout="llm_models", expect_lock=True, vendors={"x-ai": "xai"},
            add={"openai": ["gpt-5*", "o4*"], "anthropic": "none", "xai": "all"}, exclude={"gemini": ["*-preview*"]},
            match={"openai/fast": "openai/gpt-4.1-mini"}, pins=["openai/gpt-4o", "anthropic/*.pricing"], pricing=PriceDetail("basic"), prune=Prune(grace_days=0), guards=Guards(20, 0, 0.5, 0.75, 0.9, 4, 0.5, 10), backups=Backups(keep=3),
            providers={"openai": ProviderAccess("/run/secrets/openai", "https://gateway.example/v1", allow_http=True)},
        )  # fmt: skip
        assert set(tomllib.loads(EVERYTHING)) == set(Settings.__struct_fields__)

    @pytest.mark.parametrize(
        ("named", "meant"), [("keys/openai", "keys/openai"), ("../k", "../k"), ("~/k", None), ("/abs/k", None)]
    )
    def test_a_key_file_is_relative_to_the_settings(self, file: Path, named: str, meant: str | None) -> None:
        """Wherever the command is run; `~` and absolute paths are what they always are."""
        file.write_text(f'[providers.openai]\napi_key_file = "{named}"\n', encoding="utf-8")
        expected = str(file.parent / meant) if meant else os.path.expanduser(named)
        assert load(file).providers["openai"].api_key_file == expected

    def test_none_is_needed(self, file: Path) -> None:
        """An empty file is all defaults; a byte order mark is read over."""
        for text in ("", "# nothing\n", "\ufeff"):
            file.write_text(text, encoding="utf-8")
            assert load(file) == Settings()

    def test_defaults(self) -> None:
        """A careful team's: 1K tokens, OpenRouter, ten backups, seven days."""
        settings = Settings()
        assert (settings.unit, settings.source, settings.preset, settings.backups.keep) == (
            "1k",
            "openrouter",
            "default",
            10,
        )
        assert policy(settings).grace_days == 7


class TestMistakes:
    """Each names the file, the line and the key, and how to go on."""

    @pytest.mark.parametrize(
        ("text", "key", "line", "hint"),
        [
            ('sorce = "x"', "`sorce`", 1, "Did you mean `source`?"),
            ('unit = "1k"\n\nPINS = []', "`PINS`", 3, "Known here: catalog, "),
            ("[prune]\ngrace = 3", "`prune.grace`", 2, "Did you mean `grace_days`?"),
            ("[guards]\nfactor = 3", "`guards.factor`", 2, "Did you mean `price_factor`?"),
            ("[pricing]\ndetails = 'full'", "`pricing.details`", 2, "Did you mean `detail`?"),
            ("[backups]\nkept = 3", "`backups.kept`", 2, "Did you mean `keep`?"),
            ("[backups]\nxyz = 3", "`backups.xyz`", 2, "Known here: keep, keep_days."),
            ("[providers.x]\nbase = 'y'", "`providers.NAME.base`", 2, "Did you mean `base_url`?"),
            ("# unit\n[ad]\nopenai = 'all'", "`ad`", 2, "Did you mean `add`?"),
        ],
    )
    def test_unknown_keys(self, file: Path, text: str, key: str, line: int, hint: str) -> None:
        """A misspelt setting is an error with a suggestion, never silently without effect."""
        error = invalid(file, text)
        assert error.problem == f"unknown setting {key}"
        assert error.line == line
        assert error.hint.startswith(hint)

    @pytest.mark.parametrize(
        ("text", "key", "line", "hint"),
        [
            ('unit = "1M"', "unit", 1, '"token", "1k", "1m"'), ("\nunit = 3", "unit", 2, '"1k"'), ('preset = "clasic"', "preset", 1, '"classic"'), ("catalog = 5", "catalog", 1, ""), ("source = []", "source", 1, ""),
            ('expect_lock = "yes"', "expect_lock", 1, ""), ("pins = 'openai/x'", "pins", 1, ""), ("pins = [1]", "pins", 1, ""), ("vendors = ['x']", "vendors", 1, ""), ("[vendors]\nx = 1", "vendors", 1, ""),
            ("[add]\nopenai = 'some'", "add", 1, "list of globs"), ("[add]\nopenai = 3", "add", 1, "list of globs"), ("[add]\nopenai = ['a', 1]", "add", 1, "list of globs"), ("[exclude]\ngemini = 'x'", "exclude", 1, ""),
            ("[match]\na = 1", "match", 1, ""), ("prune = 3", "prune", 1, ""), ("[prune]\ngrace_days = -1", "prune.grace_days", 2, ""), ("[prune]\ngrace_days = 366", "prune.grace_days", 2, ""),
            ("[pricing]\ndetail = 'some'", "pricing.detail", 2, '"full", "basic"'), ("pricing = 'full'", "pricing", 1, ""), ("[prune]\n\ngrace_days = 'a week'", "prune.grace_days", 3, ""), ("[backups]\nkeep = 0", "backups.keep", 2, ""), ("backups.keep = 1.5", "backups.keep", 1, ""),
            *((f"[guards]\n{name} = {value}", f"guards.{name}", 2, "") for name, value in WRONG_LIMITS),
            ("[providers]\nx = 'y'", "providers", 1, ""), ("[providers.x]\nallow_http = 'yes'", "providers[...].allow_http", 1, ""),
        ],
    )  # fmt: skip
    def test_wrong_values(self, file: Path, text: str, key: str, line: int, hint: str) -> None:
        """A value of the wrong type, or out of bounds, names its key; a choice says what there is."""
        error = invalid(file, text)
        assert f"`{key}" in error.problem
        assert hint in error.hint
        assert error.line == line

    @pytest.mark.parametrize("pin", ["gpt-4o", "*", ""])
    def test_a_pin_that_names_no_entry(self, file: Path, pin: str) -> None:
        """A pin is `provider/key`, so that a typing error does not leave a price open."""
        error = invalid(file, f"unit = '1k'\npins = ['openai/x', '{pin}']")
        assert (error.problem, error.line) == (f"pin {pin!r} names no entry", 2)

    @pytest.mark.parametrize(
        ("text", "line"), [("a = [", 1), ("\n\nunit 1k", 3), ("unit = '1k'\nunit = '1m'", 2), ("\0", 1)]
    )
    def test_no_toml(self, file: Path, text: str, line: int) -> None:
        """Where the reader says where, so does the message."""
        error = invalid(file, text)
        assert error.problem.startswith("not TOML: ")
        assert error.line == line

    def test_no_text(self, file: Path) -> None:
        """Bytes that are not UTF-8, and a folder of that name."""
        file.write_bytes(b"unit = '\xff'")
        with pytest.raises(SettingsInvalid, match="cannot be read"):
            load(file)
        file.unlink()
        file.mkdir()
        with pytest.raises(SettingsInvalid, match="cannot be read"):
            load(file)


class TestPyproject:
    """`[tool.modelsync]`."""

    @pytest.mark.parametrize(
        "text",
        [
            "[tool.modelsync]\nunit = '1m'",
            "[tool]\nmodelsync = {unit = '1m'}",
            "[project]\nname = 'x'\n[tool.modelsync]\nunit = '1m'\n[tool.ruff]\nunit = 1",
        ],
    )
    def test_its_table(self, tmp_path: Path, text: str) -> None:
        """However it is written."""
        path = tmp_path / "pyproject.toml"
        path.write_text(text, encoding="utf-8")
        found = find(tmp_path)
        assert (found.settings.unit, found.path) == ("1m", path)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[project]\ndependencies = ['modelsync']",
            "# tool.modelsync",
            "[tool.modelsync-web]\nunit = 3",
            "tool = 3 # tool.modelsync",
        ],
    )
    def test_a_mention_is_no_table(self, tmp_path: Path, text: str) -> None:
        """A project that merely uses modelsync leaves the search to the folders above."""
        (tmp_path / "modelsync.toml").write_text("unit = '1m'", encoding="utf-8")
        below = tmp_path / "below"
        below.mkdir()
        (below / "pyproject.toml").write_text(text, encoding="utf-8")
        assert find(below).path == tmp_path / "modelsync.toml"

    def test_lines_are_those_of_its_own_table(self, tmp_path: Path) -> None:
        """Another tool's key of the same name is not blamed."""
        error = invalid(tmp_path / "pyproject.toml", "[tool.other]\nunit = '1x'\n\n[tool.modelsync]\nunit = '1x'\n")
        assert error.line == 5

    def test_a_table_that_is_none(self, tmp_path: Path) -> None:
        """`modelsync = 3` is refused."""
        invalid(tmp_path / "pyproject.toml", "[tool]\nmodelsync = 3")


class TestSearch:
    """From the working folder upwards."""

    def test_the_nearest_wins_and_modelsync_toml_over_pyproject(self, tmp_path: Path) -> None:
        """In one folder the file with the name wins; a file nearer by wins over both."""
        deep = tmp_path / "a" / "b"
        deep.mkdir(parents=True)
        (tmp_path / "pyproject.toml").write_text("[tool.modelsync]\nunit = 'token'", encoding="utf-8")
        assert find(deep).settings.unit == "token"
        (tmp_path / "modelsync.toml").write_text("unit = '1m'", encoding="utf-8")
        assert find(deep).settings.unit == "1m"
        (tmp_path / "a" / "pyproject.toml").write_text("[tool.modelsync]\nunit = '1k'", encoding="utf-8")
        assert find(deep).path == tmp_path / "a" / "pyproject.toml"

    @pytest.mark.parametrize("kind", ["folder", "file"])
    def test_it_ends_at_the_root_of_the_repository(self, tmp_path: Path, kind: str) -> None:
        """A `.git`, folder or file (a worktree has one), is the border; its own folder is still looked into."""
        (tmp_path / "modelsync.toml").write_text("unit = '1m'", encoding="utf-8")
        root = tmp_path / "root"
        deep = root / "deep"
        deep.mkdir(parents=True)
        _ = (root / ".git").mkdir() if kind == "folder" else (root / ".git").write_text("gitdir: x", encoding="utf-8")
        assert find(deep).path is None
        (root / "modelsync.toml").write_text("unit = 'token'", encoding="utf-8")
        assert find(deep).settings.unit == "token"


class TestMeaning:
    """What settings and presets come to."""

    def test_the_settings_add_to_the_preset(self) -> None:
        """A rule for one provider leaves the others as they are."""
        rules = policy(Settings(add={"openai": "none", "openrouter": ["a/*"]}))
        assert rules.add == {"openai": "none", "anthropic": "all", "gemini": "all", "openrouter": ["a/*"]}

    @pytest.mark.parametrize(
        ("preset", "grace", "days"), [("default", None, 7), ("default", 0, 0), ("classic", None, 0), ("classic", 3, 3)]
    )
    def test_grace(self, preset: str, grace: int | None, days: int) -> None:
        """The settings' days win over the preset's, zero included."""
        settings = msgspec.convert(
            {"preset": preset, "prune": {} if grace is None else {"grace_days": grace}}, Settings
        )
        assert policy(settings).grace_days == days

    def test_vendors_and_exclusions_are_extended(self) -> None:
        """The built-in ones stay; a vendor can be pointed elsewhere."""
        settings = Settings(
            vendors={"x-ai": "xai", "mistralai": "mistral"}, exclude={"openai": ["gpt-4*"], "xai": ["*"]}
        )
        assert vendors(settings) == {**VENDORS, "x-ai": "xai", "mistralai": "mistral"}
        assert excluded(settings, "openai") == (*EXCLUDED["openai"], "gpt-4*")
        assert excluded(settings, "xai") == ("*",)
        assert excluded(settings, "ollama") == ()

    def test_classic_switches_everything(self) -> None:
        """No policy is the same under `classic`: each is a difference that somebody decided."""
        default, classic = policy(Settings()), policy(Settings(preset="classic"))
        same = [name for name in default.__struct_fields__ if getattr(default, name) == getattr(classic, name)]
        assert same == []
