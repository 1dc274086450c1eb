"""`modelsync init --from FILE`: settings for a file that a team has already, found and not typed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from modelsync.domain.money import plain, to_unit
from modelsync.fetch.listing import embedded_snapshot
from modelsync.layouts.labels import HOSTS
from modelsync.layouts.table import Table
from modelsync.normalize.upstream import normalize
from modelsync.settings import Settings, load, policy, vendors

WANTED = 4


def known_models() -> list[tuple[str, Decimal, Decimal]]:
    """Return the ids of models of OpenAI with their prices, USD per token, as the embedded snapshot has them."""
    own = normalize(embedded_snapshot(), ["openai"], vendors(Settings()), policy(Settings()))["openai"]
    found = [
        (model.slug, model.values.get("pricing.input"), model.values.get("pricing.output"))
        for model in own
        if not model.variant
    ]
    priced = [
        (slug, into, out)
        for slug, into, out in found
        if isinstance(into, Decimal) and isinstance(out, Decimal) and into and "gpt-" in slug
    ]
    return priced[:WANTED]


def catalog(unit: str, *, models: int = WANTED, named: str = "{}_price", head: str = "") -> str:
    """Write a team's list of known models, with prices per `unit`."""
    rows = (
        f"- name: {slug}\n  {named.format('input')}: {plain(to_unit(into, unit))}\n  {named.format('output')}: {plain(to_unit(out, unit))}\n"
        for slug, into, out in known_models()[:models]
    )
    return head + "".join(rows)


@pytest.fixture(name="team")
def team_fixture(shell: Any) -> Any:
    """Return a project that has nothing but a team's own list."""
    shell.catalog.unlink()
    (shell.folder / "models.yaml").write_text(catalog("1m"))
    return shell


def settings_of(shell: Any) -> Settings:
    """Read the settings that were written."""
    return load(shell.folder / "modelsync.toml")


def test_settings_are_proposed_shown_and_written_after_a_yes(team: Any) -> None:
    """The file itself is left as it is, the first sync reads it with them, and the layout fits."""
    before = team.files()
    done = team.run("init", "--from", "models.yaml", "--yes")
    assert (done.code, done.err) == (0, "")
    assert f"models.yaml: {WANTED} entries: {WANTED} known upstream; prices are USD per 1M tokens" in done.out
    assert f"{WANTED} of {WANTED} known models with prices fit USD per 1M tokens" in done.out
    assert "Wrote modelsync.toml. Commit it and, after the first sync, models.lock.json" in done.out
    assert "Backups are for this machine only" in done.out
    assert {name: data for name, data in team.files().items() if name != "modelsync.toml"} == before
    settings = settings_of(team)
    assert (settings.catalog, settings.unit) == ("models.yaml", "1m")
    assert team.run("layout", "test").code == 0
    synced = team.run("sync", "--source", "snapshot")
    assert synced.code == 0, synced.err
    assert team.run("sync", "--source", "snapshot", "--check").code == 0
    assert (team.folder / "models.yaml").read_bytes() == before["models.yaml"]


def test_without_a_yes_nothing_is_written(team: Any) -> None:
    """In a pipe nobody can be asked; it is shown all the same."""
    before = team.files()
    done = team.run("init", "--from", "models.yaml")
    assert done.code == 0
    assert 'input = "input_price"' in done.out
    assert done.err == "Nothing was written: run this with --yes, or on a terminal.\n"
    assert team.files() == before


@pytest.mark.parametrize("answer", ["y", "n"])
def test_on_a_terminal_the_person_is_asked(answer: str, team: Any, terminal: Any) -> None:
    """With the rows and the settings in sight."""
    screen = terminal("init", "--from", "models.yaml", "--gitignore")
    screen.until("Write modelsync.toml?")
    screen.type(f"{answer}\n")
    assert screen.finish() == 0
    assert (team.folder / "modelsync.toml").exists() == (answer == "y")
    assert (team.folder / ".gitignore").exists() == (answer == "y")
    assert ("Nothing was written." in screen.seen) == (answer == "n")


def test_a_built_in_layout_is_named(team: Any) -> None:
    """Where it reads the same, the settings need no table."""
    (team.folder / "models.yaml").write_text(catalog("token", named="{}").replace("- name:", "- model:"))
    assert team.run("init", "--from", "models.yaml", "--yes").code == 0
    settings = settings_of(team)
    assert (settings.layout, settings.unit) == ("list", "token")


def test_only_the_first_rows_of_many_are_shown(team: Any) -> None:
    """With the number of the others."""
    (team.folder / "models.yaml").write_text(catalog("1m") * 10)
    done = team.run("init", "--from", "models.yaml")
    assert f"… and {WANTED * 10 - 30} more" in done.out
    assert f"models.yaml: {WANTED * 10} entries" in done.out


def test_a_unit_that_is_not_clear_is_refused_with_two_readings(team: Any) -> None:
    """Side by side with upstream's price; `--unit` settles it."""
    slug, into, _ = known_models()[0]
    (team.folder / "models.yaml").write_text(catalog("1m", named="{}_price_per_1k"))
    done = team.run("init", "--from", "models.yaml", "--yes")
    assert done.code == 2
    assert "names in the file say 1k, the values say 1m" in done.err
    assert "--unit 1m" in done.err
    assert "if per 1M tokens" in done.out
    assert "if per 1K tokens" in done.out
    row = next(line for line in done.out.splitlines() if f"/{slug} " in line and " input " in line).split()
    per_million = plain(to_unit(into, "1m"))
    assert [Decimal(cell.replace("$", "").replace(",", "")) for cell in row[3:]] == [
        Decimal(per_million),
        Decimal(per_million),
        Decimal(per_million) * 1000,
        Decimal(per_million),
    ]
    assert not (team.folder / "modelsync.toml").exists()
    assert team.run("init", "--from", "models.yaml", "--yes", "--unit", "1m").code == 0
    assert settings_of(team).unit == "1m"
    assert "as you said" in (team.folder / "modelsync.toml").read_text()


def test_a_file_without_prices_needs_no_unit(team: Any) -> None:
    """One is written, since a layout has to say it, and said to mean nothing."""
    text = "".join(f"- {{name: {slug}, context_window: 128000}}\n" for slug, _, _ in known_models())
    (team.folder / "models.yaml").write_text(text)
    assert team.run("init", "--from", "models.yaml", "--yes").code == 0
    assert "the file has no prices" in (team.folder / "modelsync.toml").read_text()


def test_many_fields_stand_in_few_lines(team: Any) -> None:
    """A layout has at most fifteen, with comments on what was left alone."""
    flags = ", ".join(
        f"supports_{name}: false" for name in ("vision", "tools", "audio", "pdf", "video", "reasoning", "web_search")
    )
    rows = [
        f"- {{name: {slug}, provider: OpenAI, context_window: 1, max_output: 1, cost_factor: 3, pricing: {{updated: 2026-01-02, "
        f"input_per_mtok: {plain(to_unit(into, '1m'))}, output_per_mtok: {plain(to_unit(out, '1m'))}, cached_per_mtok: 1, "
        f"cache_write_per_mtok: 1, cache_write_1h_per_mtok: 1, batch_input_per_mtok: 1, batch_output_per_mtok: 1, "
        f"input_per_mtok_above_200k: 1}}, {flags}}}\n"
        for slug, into, out in known_models()
    ]
    (team.folder / "models.yaml").write_text("".join(rows))
    assert team.run("init", "--from", "models.yaml", "--yes").code == 0
    text = (team.folder / "modelsync.toml").read_text()
    assert len([line for line in text.splitlines() if line and not line.startswith("#")]) <= 15
    assert "# Left alone: cost_factor: a factor, not a price" in text
    assert '# reviewed_at = "pricing.updated"' in text
    layout = settings_of(team).layout
    assert not isinstance(layout, str)
    assert layout.fields["pricing"]["tiers"] == {"200000": {"input": "pricing.input_per_mtok_above_200k"}}
    assert layout.fields["features"]["function_calling"] == "supports_tools"
    assert team.run("layout", "test").code == 0


def test_several_ways_to_rows_are_written(team: Any) -> None:
    """Two lists among other things."""
    chat, small = (catalog("1m", models=models).replace("\n", "\n  ") for models in (2, 1))
    (team.folder / "models.yaml").write_text(
        f"chat:\n  {chat}\nsmall:\n  {small}\nservers: [a]\nqueues: [b]\nusers: [c]\n"
    )
    assert team.run("init", "--from", "models.yaml", "--yes").code == 0
    layout = settings_of(team).layout
    assert not isinstance(layout, str)
    assert layout.at == ["chat[]", "small[]"]


def test_vendors_and_words_are_written(team: Any) -> None:
    """A vendor that is not known by default, and a list's own words for features."""
    told = vendors(Settings(layout="list"))
    ids = [record.id for record in embedded_snapshot().records if record.id.partition("/")[0] not in (*told, *HOSTS)]
    model = next(name for name in ids if name[0] != "~" and re.fullmatch(r"[a-z-]+/[a-z]+-[0-9]", name))
    vendor = model.partition("/")[0]
    (team.folder / "models.yaml").write_text(
        f"- {{name: {model}, context_window: 16384, features: [tool-call, image]}}\n"
        f"- {{name: openai/{known_models()[0][0]}, context_window: 128000, features: [tool-call, image]}}\n"
    )
    assert team.run("init", "--from", "models.yaml", "--yes").code == 0
    settings = settings_of(team)
    assert settings.vendors == {vendor: vendor}
    assert not isinstance(settings.layout, str)
    assert settings.layout.words == {"function_calling": "tool-call", "vision": "image"}


@pytest.mark.parametrize("name", ["modelsync.toml", "pyproject.toml"])
def test_settings_that_are_there_are_never_touched(name: str, team: Any) -> None:
    """It says what to do instead."""
    table = "[tool.modelsync]\n" if name == "pyproject.toml" else ""
    (team.folder / name).write_text(f'{table}catalog = "models.yaml"\n')
    before = team.files()
    done = team.run("init", "--from", "models.yaml", "--yes")
    assert done.code == 2
    assert f"{name} has settings already" in done.err
    assert "Move them away" in done.err
    assert team.files() == before


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--from", "nowhere.yaml"), "no such file: nowhere.yaml"),
        (("openai", "--from", "models.yaml"), "--from takes the providers and the catalog from the file"),
        (("--from", "models.yaml", "--catalog", "x.yml"), "--from takes the providers and the catalog from the file"),
        (("--yes",), "--yes goes with --from"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(arguments: tuple[str, ...], problem: str, team: Any) -> None:
    """And nothing is written."""
    before = team.files()
    done = team.run("init", *arguments)
    assert done.code == 2
    assert problem in done.err
    assert team.files() == before


def test_a_file_that_is_generated_is_refused(team: Any) -> None:
    """What is edited in it would be lost."""
    (team.folder / "models.yaml").write_text(catalog("1m", head="# Generated by prices.py, do not edit\n"))
    done = team.run("init", "--from", "models.yaml", "--yes")
    assert done.code == 2
    assert "line 1 says that the file is generated" in done.err


def test_a_catalog_that_the_environment_names_does_not_matter(team: Any) -> None:
    """The file that is asked about is the catalog."""
    assert team.run("init", "--from", "models.yaml", "--yes", MODELSYNC_CATALOG="other.yml").code == 0
    assert settings_of(team).catalog == "models.yaml"


def test_what_is_agreed_with_a_host_is_never_overwritten(team: Any) -> None:
    """Rows behind a host or an address of one's own are left alone, and counted as such."""
    (slug, into, out), *others = known_models()
    rows = "".join(
        f"  - {{name: {name}, input_price: {plain(to_unit(price, '1m'))}, output_price: {plain(to_unit(last, '1m'))}}}\n"
        for name, price, last in others
    )
    hosted = [
        f"  - {{name: {slug}, host: azure, input_price: {plain(to_unit(into, '1m') * 2)}}}\n",
        f"  - {{name: {slug}, endpoint: 'https://llm.example/v1', output_price: {plain(to_unit(out, '1m') * 3)}}}\n",
    ]
    before = "models:\n" + rows + "".join(hosted)
    (team.folder / "models.yaml").write_text(before)
    done = team.run("init", "--from", "models.yaml", "--yes")
    assert (done.code, done.err) == (0, "")
    assert f"models.yaml: {len(others)} entries: {len(others)} known upstream" in done.out
    assert "2 rows passed over by the rules of the layout" in done.out
    layout = settings_of(team).layout
    assert isinstance(layout, Table)
    assert layout.skip == ["host=azure", "endpoint"]
    assert team.run("sync", "--source", "snapshot").code == 0
    assert (team.folder / "models.yaml").read_text() == before


def test_where_nothing_but_hosts_tell_the_unit_it_is_said(team: Any) -> None:
    """And that no sync can do anything for such a file."""
    (team.folder / "models.yaml").write_text(catalog("1m").replace("- name: ", "- name: azure/"))
    done = team.run("init", "--from", "models.yaml")
    assert (
        f'unit = "1m"  # {WANTED} of {WANTED} known models that no list speaks for with prices fit USD per 1M'
        in done.out
    )
    assert "no list speaks for azure: there is nothing in this file" in done.out
