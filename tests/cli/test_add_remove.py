"""`add` and `remove` as a person types them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from modelsync.errors import Exit

NOWHERE = "http://127.0.0.1:9"
"""An address at which nobody answers."""


@pytest.fixture(autouse=True)
def _listed(shell: Any, record: Any) -> None:
    """Upstream lists three models; the settings name the listing and add nothing by themselves."""
    shell.listing(record(), record("openai/gpt-5.2"), record("z-ai/glm-5:free"))
    (shell.folder / "modelsync.toml").write_text(f'source = "{shell.source}"\n[add]\nopenai = "none"\n')


def _models(shell: Any, provider: str = "openai") -> dict[str, Any]:
    return yaml.safe_load(shell.catalog.read_text(encoding="utf-8"))["providers"][provider]["models"]


class TestAdd:
    """Models from the listing."""

    def test_one(self, shell: Any) -> None:
        """It is in the file and the lock, the report says what was added, and there is a backup."""
        shell.run("sync")
        result = shell.run("add", "openai/gpt-5.2")
        assert (result.code, result.err) == (0, "")
        assert "+ gpt-5-2  added as you asked: openai/gpt-5.2, id gpt-5.2 (unverified)" in result.out
        assert "1 added." in result.out
        assert "Backup created: llm_models.yml.backup." in result.out
        assert list(_models(shell)) == ["gpt-4o", "gpt-5-2"]
        assert "model: gpt-4o  # the good one\n" in shell.catalog.read_text()
        assert "openai/gpt-5-2" in json.loads(shell.lock.read_text())["entries"]
        assert shell.run("sync", "--check").code == 0

    def test_it_is_there_already(self, shell: Any) -> None:
        """Exit 0, a note, and no claim about anything else in the catalog."""
        shell.run("sync")
        before = shell.files()
        result = shell.run("add", "openai/gpt-4o")
        assert result.code == 0
        assert "There already:\n  openai/gpt-4o  stands for openai/gpt-4o already\n" in result.out
        assert result.out.endswith("Nothing to do.\n")
        assert shell.files() == before

    @pytest.mark.parametrize("how", ["--source", "variable"])
    def test_from_another_source(self, shell: Any, how: str) -> None:
        """A flag and a variable win over the settings."""
        if how == "variable":
            result = shell.run("add", "openai/o3", MODELSYNC_SOURCE="snapshot")
        else:
            result = shell.run("add", "openai/o3", "--source", "snapshot")
        assert result.code == 0
        assert "against snapshot of " in result.out
        assert "o3" in _models(shell)

    def test_a_source_that_does_not_answer(self, shell: Any) -> None:
        """Exit 3, and nothing is written."""
        before = shell.files()
        assert shell.run("add", "openai/gpt-5.2", "--source", NOWHERE).code == Exit.NOTHING_FETCHED
        assert shell.files() == before

    def test_what_cannot_be_added(self, shell: Any) -> None:
        """A usage error with the nearest names; where JSON was asked for, as JSON."""
        before = shell.files()
        result = shell.run("add", "openai/gpt-5.2", "openai/gpt-5.3")
        assert (result.code, result.out) == (Exit.USAGE, "")
        assert "modelsync: no model 'gpt-5.3' of openai in models.json of " in result.err
        assert "Did you mean openai/gpt-5.2" in result.err
        result = shell.run("add", "openai/gpt-5.3", "--format", "json")
        assert (result.code, result.json["exit_code"]) == (Exit.USAGE, 2)
        assert "Did you mean openai/gpt-5.2" in result.json["hint"]
        assert shell.files() == before

    def test_a_local_server(self, shell: Any) -> None:
        """Refused with exit 6 and a way out."""
        shell.write("providers:\n  ollama: {models: {}}\n")
        result = shell.run("add", "ollama/llama-3")
        assert result.code == Exit.REFUSED
        assert "Else write the entry by hand." in result.err

    def test_presets_and_units(self, shell: Any) -> None:
        """They are what the settings or a flag say."""
        shell.write("providers: {openai: {models: {}}}\n")
        shell.run("add", "openai/gpt-5.2", "--preset", "classic", "--unit", "1m")
        assert _models(shell)["gpt-5-2"]["pricing"] == {"input": 2.5, "output": 10}
        assert _models(shell)["gpt-5-2"]["features"] == []

    def test_verbose_tells_what_was_fetched(self, shell: Any) -> None:
        """On standard error, with the time of each stage."""
        result = shell.run("add", "openai/gpt-5.2", "--verbose", "--dry-run")
        assert "fetched models.json: 3 models" in result.err
        assert "reading models from" in result.err


class TestRemove:
    """Entries, by name."""

    def test_one(self, shell: Any) -> None:
        """It is gone from file and lock, the report says what becomes of its model, and there is a backup."""
        shell.run("sync")
        result = shell.run("remove", "openai/gpt-4o")
        assert (result.code, result.err) == (0, "")
        assert "- gpt-4o  removed as you asked; openai/gpt-4o will not be added again" in result.out
        assert "1 removed." in result.out
        assert "Backup created: llm_models.yml.backup." in result.out
        assert shell.catalog.read_text() == "# ours\nproviders:\n  openai:\n    models: {}\n"
        lock = json.loads(shell.lock.read_text())
        assert (lock["entries"], list(lock["tombstones"])) == ({}, ["openai:openai/gpt-4o"])
        (shell.folder / "modelsync.toml").write_text(f'source = "{shell.source}"\n[add]\nopenai = ["gpt-4*"]\n')
        assert shell.run("sync", "--check").code == 0

    def test_it_needs_no_network(self, shell: Any) -> None:
        """Wherever the settings point; also for an entry that the lock does not know."""
        shell.run("sync")
        (shell.folder / "modelsync.toml").write_text(f'source = "{NOWHERE}"\n')
        shell.write(shell.catalog.read_text() + "      mine: {model: gpt-4.1}\n")
        assert shell.run("remove", "openai/mine", "openai/gpt-4o", https_proxy=NOWHERE).code == 0
        assert set(json.loads(shell.lock.read_text())["tombstones"]) == {
            "openai:openai/gpt-4o",
            "openai:openai/gpt-4.1",
        }

    def test_two_words(self, shell: Any) -> None:
        """As one would type it: the message shows the right form."""
        before = shell.files()
        result = shell.run("remove", "openai", "gpt-4o")
        assert result.code == Exit.USAGE
        assert "Write provider and name as one word: openai/gpt-4o" in result.err
        assert shell.files() == before

    def test_without_a_lock(self, shell: Any) -> None:
        """It is removed, no lock is made, and the note says what the first sync does."""
        (shell.folder / "modelsync.toml").unlink()
        result = shell.run("remove", "openai/gpt-4o")
        assert result.code == 0
        assert "Removed, but not remembered:\n  openai/gpt-4o  there is no lock yet" in result.out
        assert not shell.lock.exists()

    def test_a_pinned_one(self, shell: Any) -> None:
        """Refused with exit 6."""
        shell.write(shell.catalog.read_text() + "        pinned: true\n")
        result = shell.run("remove", "openai/gpt-4o")
        assert result.code == Exit.REFUSED
        assert "openai/gpt-4o is pinned" in result.err

    def test_names_of_every_kind(self, shell: Any) -> None:
        """Unicode, dots, slashes, colons, as they come from a shell."""
        names = ["modèle 中.5", "openai/gpt-4o:free", "🐟"]
        shell.write("providers:\n  openrouter:\n    models:\n" + "".join(f"      '{name}': {{}}\n" for name in names))
        result = shell.run("remove", *(f"openrouter/{name}" for name in names))
        assert (result.code, _models(shell, "openrouter")) == (0, {})


class TestBoth:
    """What they have in common."""

    @pytest.mark.parametrize(
        "arguments", [("add", "openai/gpt-5.2"), ("remove", "openai/gpt-4o")], ids=["add", "remove"]
    )
    @pytest.mark.parametrize("how", [("--dry-run",), ()], ids=["flag", "variable"])
    def test_a_dry_run_writes_nothing(self, shell: Any, arguments: tuple[str, ...], how: tuple[str, ...]) -> None:
        """Not a byte, not a file."""
        shell.run("sync")
        before = shell.files()
        result = shell.run(*arguments, *how, env={} if how else {"MODELSYNC_DRY_RUN": "1"})
        assert result.code == 0
        assert "Dry run: nothing was written." in result.out
        assert shell.files() == before

    @pytest.mark.parametrize(
        "arguments", [("add", "openai/gpt-5.2"), ("remove", "openai/gpt-4o")], ids=["add", "remove"]
    )
    @pytest.mark.parametrize("locked", [True, False], ids=["locked", "no-lock"])
    def test_restore_undoes_it(self, shell: Any, arguments: tuple[str, ...], locked: bool) -> None:
        """Both files, byte for byte; where there was no lock, there is none."""
        if locked:
            shell.run("sync")
        before = shell.files()
        assert shell.run(*arguments).code == 0
        assert shell.catalog.read_bytes() != before["llm_models.yml"]
        assert shell.run("restore").code == 0
        after = shell.files()
        assert {name: after.get(name) for name in before} == before
        assert shell.lock.exists() == locked

    @pytest.mark.parametrize(
        ("arguments", "kind"),
        [(("add", "openai/gpt-5.2"), "add"), (("remove", "openai/gpt-4o"), "remove")],
        ids=["add", "remove"],
    )
    def test_as_json(self, shell: Any, arguments: tuple[str, ...], kind: str) -> None:
        """The shape of every plan."""
        shell.run("sync")
        report = shell.run(*arguments, "--format", "json").json
        assert [change["kind"] for change in report["changes"]] == [kind]
        assert (report["applied"], report["exit_code"]) == (True, 0)
        assert report["backup"].startswith("llm_models.yml.backup.")

    @pytest.mark.parametrize(
        "arguments", [("add", "openai/gpt-5.2"), ("remove", "openai/gpt-4o")], ids=["add", "remove"]
    )
    def test_as_markdown_and_quietly(self, shell: Any, arguments: tuple[str, ...]) -> None:
        """The page names the entry; quietly there is nothing to say."""
        key = "gpt-5-2" if arguments[0] == "add" else "gpt-4o"
        assert f"`openai/{key}`" in shell.run(*arguments, "--format", "markdown", "--dry-run").out
        result = shell.run(*arguments, "--quiet")
        assert (result.code, result.out, result.err) == (0, "", "")

    @pytest.mark.parametrize("verb", ["add", "remove"])
    def test_without_a_name(self, shell: Any, verb: str) -> None:
        """A usage error."""
        before = shell.files()
        assert shell.run(verb).code == Exit.USAGE
        assert shell.files() == before

    @pytest.mark.parametrize("verb", ["add", "remove"])
    def test_a_shell_completes_names(self, shell: Any, verb: str) -> None:
        """Models of the snapshot for `add`, entries of the catalog for `remove`."""
        words = {
            "COMP_WORDS": f"modelsync {verb} openai/gpt-4",
            "COMP_CWORD": "2",
            "_MODELSYNC_COMPLETE": "bash_complete",
        }
        offered = [line.removeprefix("plain,") for line in shell.run(env=words).out.splitlines()]
        assert ("openai/gpt-4.1" in offered) == (verb == "add")
        assert "openai/gpt-4o" in offered
