"""`check` and `schema`, and the line that `init` writes for editors."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modelsync import Catalog
from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.errors import Exit
from modelsync.layouts.builtin import LLM_MODELS

CHECKER = Path(sys.executable).parent / "check-jsonschema"


class TestCheck:
    """What is wrong, line by line."""

    def test_a_sound_catalog(self, shell: Any) -> None:
        """One line, exit 0; nothing is written."""
        before = shell.files()
        done = shell.run("check")
        assert (done.code, done.out, done.err) == (0, "llm_models.yml: no problems in 1 model\n", "")
        assert shell.files() == before

    def test_errors_and_warnings(self, shell: Any) -> None:
        """In the order of the lines, as editors jump to them; an error fails."""
        text = shell.catalog.read_text().replace("pricing:", "pricng:").replace("model: gpt-4o ", "model: 4.1 ")
        shell.write(text)
        done = shell.run("check")
        assert (done.code, done.err) == (Exit.DRIFT, "")
        assert done.out == (
            'llm_models.yml:6:16: warning: openai/gpt-4o.model: `4.1` is no text to readers of YAML. Write "4.1".\n'
            "llm_models.yml:9:9: error: openai/gpt-4o: `pricng` means nothing here. Did you mean `pricing`?\n"
            "llm_models.yml: 1 error, 1 warning in 1 model\n"
        )

    def test_warnings_alone_pass(self, shell: Any) -> None:
        """They are for a person."""
        shell.write(shell.catalog.read_text().replace("0.0025", "2.5"))
        done = shell.run("check")
        assert done.code == 0
        assert "warning: openai/gpt-4o.pricing.input: $2500 per 1M tokens: in another unit?" in done.out

    def test_the_settings_say_what_is_dear(self, shell: Any) -> None:
        """The guards of a sync are those of a check."""
        shell.write(shell.catalog.read_text().replace("0.0025", "2.5"))
        (shell.folder / "modelsync.toml").write_text("[guards]\nusd_per_1k = 100\noutput_share = 0\n")
        assert shell.run("check").out == "llm_models.yml: no problems in 1 model\n"

    def test_json(self, shell: Any) -> None:
        """Every fact of a problem."""
        shell.write(shell.catalog.read_text().replace("0.01", "much"))
        shape = shell.run("check", "--format", "json").json
        assert shape == {
            "version": 1, "catalog": "llm_models.yml", "exit_code": 1, "unit": "1k", "models": 1, "errors": 1, "warnings": 0,
            "problems": [{
                "level": "error", "line": 11, "column": 19, "where": "openai/gpt-4o.pricing.output", "text": "`much` is no price",
                "hint": "Write it in plain digits, as in `0.0025`; nothing is known without it.",
            }],
        }  # fmt: skip

    def test_github(self, shell: Any) -> None:
        """Annotations beside the lines; what the catalog says is no command."""
        shell.write(shell.catalog.read_text().replace("0.01", '"::warning::%, hi"').replace("0.0025", "2.5"))
        done = shell.run("check", "--format", "github")
        assert done.code == Exit.DRIFT
        assert done.out.splitlines() == [
            "::error file=llm_models.yml,line=11,col=19,title=openai/gpt-4o.pricing.output::`::warning::%25, hi` is no price. Write it in plain digits, as in `0.0025`; nothing is known without it.",
            "::warning file=llm_models.yml,line=10,col=18,title=openai/gpt-4o.pricing.input::$2500 per 1M tokens: in another unit? The unit of this catalog is 1k.",
            "::notice file=llm_models.yml,line=1,title=modelsync check::1 error, 1 warning in 1 model",
        ]

    def test_yaml_that_cannot_be_read(self, shell: Any) -> None:
        """A problem like others."""
        shell.write("providers:\n\topenai: {}\n")
        done = shell.run("check")
        assert (done.code, done.out.splitlines()[0]) == (
            Exit.DRIFT,
            "llm_models.yml:2:1: error: a tab cannot indent YAML. Indent with spaces.",
        )

    def test_a_catalog_that_is_named(self, shell: Any) -> None:
        """As an argument, before the variable and the option."""
        other = shell.folder / "other.yml"
        other.write_text("providers: {}\n")
        for words in (("other.yml",), ("--catalog", "other.yml")):
            assert (
                shell.run("check", *words, env={"MODELSYNC_CATALOG": "llm_models.yml"}).out
                == "other.yml: no problems in 0 models\n"
            )

    def test_the_lock_and_the_settings_are_read_too(self, shell: Any) -> None:
        """Damage there is no problem of the catalog, and has its own exit code."""
        assert shell.sync().code == 0
        assert shell.run("check").code == 0
        assert shell.run("check", "--unit", "1m").code == Exit.INVALID
        shell.lock.write_text("<<<<<<< HEAD\n")
        done = shell.run("check")
        assert (done.code, done.out) == (Exit.INVALID, "")
        assert "conflict markers" in done.err

    def test_pins_that_fix_nothing(self, shell: Any) -> None:
        """Those of the settings too, and of tiers that are not there, by the rule of a sync."""
        (shell.folder / "modelsync.toml").write_text('pins = ["openai/gpt-4", "openai/gpt-4o.pricing"]\n')
        text = shell.catalog.read_text().replace(
            "        features", "          tiers: [{above: 200000, input: 0.005}]\n        pinned: [features, pricing.tiers.20000]\n        features"
        )  # fmt: skip
        shell.write(text)
        done = shell.run("check")
        assert (done.code, done.err) == (Exit.DONE, "")
        assert done.out == (
            "llm_models.yml:1:1: warning: pin openai/gpt-4 of the settings: it fixes nothing: no entry has that name; did you mean openai/gpt-4o?\n"
            "llm_models.yml:13:17: warning: openai/gpt-4o.pinned: `pricing.tiers.20000` in its `pinned` fixes nothing: "
            "there is no tier 20000; did you mean `pricing.tiers.200000`?\n"
            "llm_models.yml: 2 warnings in 1 model\n"
        )

    def test_a_free_output_that_upstream_lists_is_sound(self, shell: Any, record: Any) -> None:
        """One that is set by hand is not."""
        free = shell.catalog.read_text().replace("output: 0.01", "output: 0")
        shell.write(free)
        problem = "llm_models.yml:11:19: warning: openai/gpt-4o.pricing.output: free, though the input is not."
        assert problem in shell.run("check").out
        assert shell.sync("--ours").code == 0
        assert problem in shell.run("check").out
        shell.lock.unlink()
        shell.listing(record(pricing={"prompt": "0.0000025", "completion": "0"}))
        shell.sync()
        assert "output: 0\n" in shell.catalog.read_text()
        assert shell.run("check").out == "llm_models.yml: no problems in 1 model\n"

    def test_no_catalog(self, shell: Any) -> None:
        """Wrong usage."""
        shell.catalog.unlink()
        assert shell.run("check").code == Exit.USAGE
        assert shell.run("check", "nowhere.yml").code == Exit.USAGE


class TestSchema:
    """For editors."""

    def test_it_is_printed_or_written(self, shell: Any) -> None:
        """The same JSON."""
        printed = shell.run("schema")
        assert printed.json["$ref"] == "#/$defs/Catalog"
        done = shell.run("schema", "-o", "llm_models.schema.json")
        assert (done.code, done.out) == (0, "Wrote llm_models.schema.json\n")
        assert (shell.folder / "llm_models.schema.json").read_text(encoding="utf-8") == printed.out

    def test_an_older_one_is_replaced(self, shell: Any) -> None:
        """A JSON Schema, of whatever age."""
        place = shell.folder / "s.json"
        place.write_text('{"$schema": "x"}')
        assert shell.run("schema", "-o", "s.json").code == 0
        assert json.loads(place.read_text())["$ref"]

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ('layout = "litellm"\n', True),
            ('unit = "1m"\n[layout]\nat = "{id}"\n[layout.fields]\npricing.input = "in"\n', True),
            ('layout = "llm_models"\n', False),
            ("broken", False),
        ],
        ids=["another", "one of a team's own", "the original's", "broken settings"],
    )
    def test_under_another_layout_it_says_whose_the_schema_is(self, settings: str, said: bool, shell: Any) -> None:
        """On standard error: the schema itself is the same."""
        plain = shell.run("schema").out
        (shell.folder / "modelsync.toml").write_text(settings)
        printed, written = shell.run("schema"), shell.run("schema", "-o", "s.json")
        told = "The schema is that of the layout llm_models: the layout in the settings has none.\n" if said else ""
        assert (printed.code, printed.out, printed.err) == (0, plain, told)
        assert (written.code, written.err) == (0, told)

    @pytest.mark.parametrize("text", ["providers: {}\n", "[]", "5", "{}", ""])
    def test_no_other_file_is_lost(self, shell: Any, text: str) -> None:
        """Least of all the catalog."""
        shell.write(text)
        done = shell.run("schema", "-o", "llm_models.yml")
        assert done.code == Exit.USAGE
        assert "would overwrite a file that is no JSON Schema" in done.err
        assert shell.catalog.read_text() == text

    def test_init_names_it_in_the_first_line(self, shell: Any) -> None:
        """It stands beside the catalog, needs no network, and a sync leaves the line where it is."""
        shell.catalog.unlink()
        done = shell.run("init", "openai", "--catalog", "config/m.yml")
        assert "Wrote config/m.schema.json" in done.out
        catalog = shell.folder / "config" / "m.yml"
        line = "# yaml-language-server: $schema=m.schema.json\n"
        assert catalog.read_text().startswith(line)
        assert shell.run("sync", "--source", str(shell.source)).code == 0
        assert catalog.read_text().startswith(line)
        assert "gpt-4o" in catalog.read_text()
        named = re.findall(r"\$schema=(\S+)", line)[0]
        command = [str(CHECKER), "--schemafile", str(catalog.parent / named), str(catalog)]
        assert subprocess.run(command, check=False, capture_output=True).returncode == 0

    def test_init_writes_none_for_a_catalog_that_is_there(self, shell: Any) -> None:
        """Its first line would name nothing."""
        before = set(shell.files())
        shell.run("init")
        assert set(shell.files()) - before == {"modelsync.toml"}


def test_all_that_a_sync_writes_is_sound(shell: Any) -> None:
    """The check, the schema and both ways of reading agree on hundreds of models with all their prices."""
    shell.catalog.unlink()
    shell.run("init", "openai", "anthropic", "gemini", "openrouter")
    with (shell.folder / "modelsync.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[add]\nopenrouter = "all"\n')
    assert shell.run("sync", "--source", "snapshot").code == 0
    assert re.fullmatch(r"llm_models\.yml: no problems in [0-9]{3} models\n", shell.run("check").out)
    place = str(shell.catalog)
    command = [str(CHECKER), "--schemafile", str(shell.folder / "llm_models.schema.json"), place]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    data = shell.catalog.read_bytes()
    assert "tiers:" in data.decode()
    read = [*Catalog.load(place)]
    assert read == [*Catalog.of(read_sections(parse(data, place), LLM_MODELS, unit="1k", path=place), place)]
    assert [model.pricing for model in read if model.pricing.tiers]
