"""Which catalog, and which settings."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from modelsync.errors import SettingsInvalid, UsageError
from modelsync.project import DEFAULT_CATALOGS, open_project, settings_in
from modelsync.sources.registry import APIS


def write(path: Path, text: str = "providers: {}\n") -> Path:
    """Write a file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


class TestCatalog:
    """Named by a flag, by the settings, or by default."""

    @pytest.mark.parametrize("name", DEFAULT_CATALOGS)
    def test_either_default(self, tmp_path: Path, name: str) -> None:
        """`llm_models.yml`, or `config/llm_models.yml`, shown as a person would type it."""
        write(tmp_path / name)
        assert open_project(folder=tmp_path).catalog == Path(name)

    def test_both_is_a_usage_error(self, tmp_path: Path) -> None:
        """Nobody guesses which; naming one is enough."""
        for name in DEFAULT_CATALOGS:
            write(tmp_path / name)
        with pytest.raises(UsageError, match="two catalogs") as caught:
            open_project(folder=tmp_path)
        assert "--catalog" in caught.value.hint
        assert open_project(DEFAULT_CATALOGS[1], folder=tmp_path).catalog == Path(DEFAULT_CATALOGS[1])

    def test_none_is_a_usage_error(self, tmp_path: Path) -> None:
        """Both names and `init` are mentioned."""
        with pytest.raises(UsageError, match=r"llm_models\.yml nor config/llm_models\.yml") as caught:
            open_project(folder=tmp_path)
        assert "modelsync init" in caught.value.hint

    def test_a_link_to_nowhere_counts(self, tmp_path: Path) -> None:
        """A dangling link is a catalog that has a problem, not a missing one."""
        (tmp_path / "llm_models.yml").symlink_to("nowhere.yml")
        assert open_project(folder=tmp_path).catalog == Path("llm_models.yml")

    def test_the_settings_name_it_relative_to_themselves(self, tmp_path: Path) -> None:
        """From a folder below, it is still the one beside the settings."""
        write(tmp_path / "modelsync.toml", 'catalog = "models/all.yml"')
        below = tmp_path / "below"
        below.mkdir()
        assert open_project(folder=below).catalog == tmp_path / "models" / "all.yml"
        assert open_project(folder=tmp_path).catalog == Path("models/all.yml")

    def test_defaults_are_looked_for_beside_the_settings(self, tmp_path: Path) -> None:
        """Settings above mean the project above."""
        write(tmp_path / "modelsync.toml", "")
        write(tmp_path / "llm_models.yml")
        below = tmp_path / "below"
        below.mkdir()
        assert open_project(folder=below).catalog == tmp_path / "llm_models.yml"

    def test_a_flag_wins_relative_to_the_working_folder(self, tmp_path: Path) -> None:
        """What is typed is meant from here; absolute paths stay so; it need not exist."""
        write(tmp_path / "modelsync.toml", 'catalog = "a.yml"')
        below = tmp_path / "below"
        below.mkdir()
        assert open_project("b.yml", folder=below).catalog == Path("b.yml")
        assert open_project("/nowhere/c.yml", folder=below).catalog == Path("/nowhere/c.yml")


class TestSettings:
    """Arguments win over the file."""

    def test_each_argument_wins(self, tmp_path: Path) -> None:
        """Source, preset and unit; what is not given stays the file's."""
        write(tmp_path / "modelsync.toml", 'catalog = "a.yml"\nsource = "x.json"\npreset = "classic"\nunit = "1m"')
        assert open_project(folder=tmp_path).settings.source == "x.json"
        settings = open_project(folder=tmp_path, source="snapshot", unit="token").settings
        assert (settings.source, settings.preset, settings.unit) == ("snapshot", "classic", "token")
        assert open_project(folder=tmp_path, preset="default").settings.preset == "default"

    @pytest.mark.parametrize("wrong", [{"preset": "clasic"}, {"unit": "1M"}])
    def test_a_wrong_argument_is_invalid(self, tmp_path: Path, wrong: dict[str, str]) -> None:
        """A library's caller gets the same check as a file."""
        with pytest.raises(SettingsInvalid):
            open_project("a.yml", folder=tmp_path, preset=wrong.get("preset"), unit=wrong.get("unit"))

    @pytest.mark.parametrize(
        ("text", "name", "line", "hint"),
        [
            ("[providers.opnai]\nbase_url = 'https://x'", "opnai", 1, "Did you mean `openai`?"),
            ("[add]\nOpenAI = 'all'\n\n[providers.OpenAI]", "OpenAI", 4, "Did you mean `openai`?"),
            ("[providers]\nxai = {}\ngroq = {}", "groq", 3, f"Known here: {', '.join(APIS)}."),
        ],
    )
    def test_access_to_nobody(self, tmp_path: Path, text: str, name: str, line: int, hint: str) -> None:
        """How to reach a provider whose list cannot be read would be said in vain: it is an error, unless all is forgiven."""
        write(tmp_path / "modelsync.toml", text)
        for find_settings in (partial(open_project, "a.yml"), settings_in):
            with pytest.raises(SettingsInvalid) as caught:
                find_settings(folder=tmp_path)
            error = caught.value
            assert (error.problem, error.line, error.hint) == (f"unknown setting `providers.{name}`", line, hint)
        assert open_project("a.yml", folder=tmp_path, forgiving=True).settings.providers == {}

    def test_access_to_every_provider(self, tmp_path: Path) -> None:
        """Each whose list is read can be given an address."""
        write(tmp_path / "modelsync.toml", "".join(f"[providers.{name}]\nbase_url = 'https://x'\n" for name in APIS))
        assert settings_in(tmp_path).settings.providers.keys() == APIS.keys()

    def test_the_file_is_remembered(self, tmp_path: Path) -> None:
        """So that messages can name it."""
        assert open_project("a.yml", folder=tmp_path).settings_file is None
        path = write(tmp_path / "modelsync.toml", "")
        assert open_project("a.yml", folder=tmp_path).settings_file == path
