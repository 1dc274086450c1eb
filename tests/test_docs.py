"""What the documentation claims, tried."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from modelsync.errors import Exit

if TYPE_CHECKING:
    from pathlib import Path

FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def _blocks(page: Path, language: str) -> list[str]:
    return [body for kind, body in FENCE.findall(page.read_text(encoding="utf-8")) if kind == language]


def test_the_python_of_the_readme_runs(repo: Path, tmp_path: Path) -> None:
    """The library example works as printed, beside the README's own catalog."""
    catalog, settings = _blocks(repo / "README.md", "yaml")[0], _blocks(repo / "README.md", "toml")[0]
    (tmp_path / "llm_models.yml").write_text(catalog, encoding="utf-8")
    (tmp_path / "modelsync.toml").write_text(settings, encoding="utf-8")
    (program,) = _blocks(repo / "README.md", "python")
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    gpt, fast, nano, total = done.stdout.splitlines()
    assert gpt.split() == ["0.0000025", "128000", "True"]
    assert (fast, nano) == ("openai/gpt-5-4-nano 400000", "openai/fast 1047576")
    assert Decimal(total) == Decimal("0.165")  # 20k x 2.5 m + 80k x 1.25 m + 1.5k x 10 m


def test_the_python_of_the_page_on_costs_runs(repo: Path, tmp_path: Path) -> None:
    """The library example works as printed, beside the page's own catalog."""
    page = repo / "docs" / "costs.md"
    (tmp_path / "llm_models.yml").write_text(_blocks(page, "yaml")[0], encoding="utf-8")
    (program,) = _blocks(page, "python")
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    total, complete = done.stdout.splitlines()[0].split()
    assert (Decimal(total), complete) == (Decimal("0.005195"), "True")  # 86 x 2.5 m + 300 x 15 m + 1920 x 0.25 m


def test_the_python_of_the_page_on_reading_runs(repo: Path, tmp_path: Path) -> None:
    """The same, for finding and reloading."""
    page = repo / "docs" / "reading.md"
    (tmp_path / "llm_models.yml").write_text(_blocks(page, "yaml")[0], encoding="utf-8")
    (program,) = _blocks(page, "python")
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "gpt-4o-2024-08-06 128000 0.0000025",
        "gemini/flash",
        "openai/gpt-4.1-mini",
        "gemini/flash 0.01075",  # 25k x 0.3 m + 25k x 0.03 m + 1k x 2.5 m
        "openai/gpt-4.1-mini 0.0141",  # 25k x 0.4 m + 25k x 0.1 m + 1k x 1.6 m
    ]


def _prices_page(repo: Path, folder: Path) -> None:
    """Write the page's settings, its catalog and the list that it is synced with."""
    page = repo / "docs" / "prices.md"
    for name in ("example.yml", "llm_models.yml", "modelsync.toml", "today.json"):
        (body,) = re.findall(rf"<!-- file: {re.escape(name)} -->\n```\w+\n(.*?)```", page.read_text(), re.DOTALL)
        (folder / name).write_text(body, encoding="utf-8")


def test_the_prices_of_the_page_are_those_that_a_sync_writes(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example at the top is read as the list says it, and the sync below fills in exactly that."""
    from modelsync import Catalog, sync

    _prices_page(repo, tmp_path)
    monkeypatch.chdir(tmp_path)
    sync(source="today.json")
    example, written = Catalog.load("example.yml"), Catalog.load("llm_models.yml")
    assert [model.pricing for model in example] == [model.pricing for model in written]
    assert {name: str(price * 1_000_000) for name, price in example["gemini/gemini-2.5-pro"].prices.items()} == {
        "pricing.input": "1.25000000",
        "pricing.output": "10.00000",
        "pricing.cache_read": "0.125000000",
        "pricing.tiers.200000.input": "2.5000000",
        "pricing.tiers.200000.output": "15.000000",
        "pricing.batch.input": "0.625000000",
        "pricing.batch.output": "5.000000",
    }


def test_no_row_of_the_price_model_is_left_out_of_the_page(repo: Path) -> None:
    """Every key that the catalog may have under `pricing` is explained."""
    from modelsync.catalog import schema

    text = (repo / "docs" / "prices.md").read_text(encoding="utf-8")
    kinds = (schema.Pricing, schema.Tier, schema.Window)
    assert sorted({key for kind in kinds for key in schema.keys(kind) if f"`{key}`" not in text}) == []


def test_the_settings_of_the_docs_are_valid(repo: Path, tmp_path: Path) -> None:
    """Every TOML example is accepted as settings."""
    from modelsync.settings import load

    for name in ("settings.md", "prices.md", "from-the-rake-task.md", "network.md"):
        page = repo / "docs" / name
        for number, body in enumerate(_blocks(page, "toml")):
            path = tmp_path / f"{page.stem}{number}.toml"
            path.write_text(body, encoding="utf-8")
            load(path)


@pytest.mark.parametrize("code", list(Exit))
def test_every_exit_code_is_documented(repo: Path, code: Exit) -> None:
    """The table of exit codes is complete."""
    assert f"| {code.value} | {code.meaning} |" in (repo / "docs" / "exit-codes.md").read_text(encoding="utf-8")


def test_every_note_kind_is_documented(repo: Path) -> None:
    """The JSON page names each kind of note that a plan may hold."""
    from modelsync.views.report import HEADINGS

    text = (repo / "docs" / "json.md").read_text(encoding="utf-8")
    assert [kind for kind in HEADINGS if f"`{kind}`" not in text] == []


def test_every_part_of_the_lock_is_documented(repo: Path) -> None:
    """The page about the files explains whatever a person finds in one."""
    from msgspec.structs import fields

    from modelsync.domain.lock import Lock, LockEntry

    text = (repo / "docs" / "files.md").read_text(encoding="utf-8")
    parts = {field.encode_name for struct in (Lock, LockEntry) for field in fields(struct)}
    assert [part for part in sorted(parts) if f"`{part}`" not in text] == []


def test_the_ci_recipe_is_yaml_and_treats_held_changes_as_a_warning(repo: Path, tmp_path: Path) -> None:
    """The recipe's shell step turns exit 4 into success, and passes every other code on."""
    import yaml

    (recipe,) = [block for block in _blocks(repo / "docs" / "ci.md", "yaml") if "sync --check" in block]
    step = yaml.safe_load(recipe)["jobs"]["check"]["steps"][-1]["run"]
    for code, expected in ((0, 0), (1, 1), (4, 0), (3, 3), (70, 70)):
        fake = tmp_path / "modelsync"
        fake.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
        fake.chmod(0o755)
        shell = ["bash", "-e", "-c", step]
        done = subprocess.run(shell, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, check=False)
        assert done.returncode == expected


def test_pages_whose_examples_rely_on_the_variable_say_so_at_their_top(repo: Path) -> None:
    """`tools/docs.py` runs the examples with MODELSYNC_SOURCE=snapshot: a reader who types them must have it too."""
    relying: list[str] = []
    for page in (repo / "README.md", *sorted((repo / "docs").glob("*.md"))):
        text = page.read_text(encoding="utf-8")
        commands = [line for block in _blocks(page, "console") for line in block.splitlines() if line.startswith("$ ")]
        fetching = [line for line in commands if re.search(r"modelsync (sync|plan|add|verify|list)\b", line)]
        silent = [line for line in fetching if "--source" not in line and "--replay" not in line]
        settled = any("source = " in block for block in _blocks(page, "toml"))
        if (silent and not settled) or "variable MODELSYNC_SOURCE" in text:
            relying.append(page.name)
            assert "`export MODELSYNC_SOURCE=snapshot`" in text.split("\n\n")[1], page.name
    assert relying == ["add-and-remove.md", "questions.md"]
