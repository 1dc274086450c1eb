"""`init`, `rename`, `backups`, `restore`, and help for all."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import command
from modelsync.cli.app import VERBS
from modelsync.errors import Exit

if TYPE_CHECKING:
    from pathlib import Path


class TestHelp:
    """What a person reads first."""

    @pytest.mark.parametrize("verb", ["", *VERBS])
    def test_each_has_an_example_that_stands_alone(self, shell: Any, verb: str) -> None:
        """Examples are lines of their own, ready to be copied."""
        result = shell.run(*([verb] if verb else []), "--help")
        assert result.code == 0
        examples = re.findall(rf"^ +(modelsync {verb}.*)$", result.out, re.MULTILINE)
        assert examples
        assert "\\b" not in result.out
        assert all(example.startswith("modelsync") for example in examples)
        assert shell.run(*([verb] if verb else []), "-h").out == result.out

    def test_the_exit_codes_are_there(self, shell: Any) -> None:
        """All of them, with a word each."""
        text = " ".join(shell.run("--help").out.split())
        assert "4 done in part, or a price was not known" in text
        for code in Exit:
            assert re.search(rf"\b{code.value} {re.escape(code.meaning.split(':')[0].replace('`', ''))}", text), code

    def test_version_and_nothing(self, shell: Any) -> None:
        """`--version`; without a verb, help; an unknown verb is a usage error."""
        assert shell.run("--version").out.startswith("modelsync ")
        nothing = shell.run()
        assert "Commands" in nothing.out + nothing.err  # click changed its mind about where
        assert shell.run("snyc").code == Exit.USAGE


class TestInit:
    """A start that destroys nothing."""

    @pytest.fixture
    def empty(self, shell: Any) -> Any:
        """Return the folder without a catalog."""
        shell.catalog.unlink()
        return shell

    def test_what_it_writes_can_be_synced(self, empty: Any) -> None:
        """Catalog and settings for the usual providers; a sync fills them."""
        result = empty.run("init")
        assert result.code == 0
        assert list(yaml.safe_load(empty.catalog.read_text())["providers"]) == ["openai", "anthropic", "gemini"]
        for part in (
            "Wrote llm_models.yml",
            "Wrote modelsync.toml",
            "Commit",
            "llm_models.lock.json",
            "modelsync sync --dry-run",
        ):
            assert part in result.out
        assert empty.run("sync", "--source", "snapshot").code == 0
        assert "gpt-4o" in yaml.safe_load(empty.catalog.read_text())["providers"]["openai"]["models"]

    def test_chosen_providers_catalog_and_unit(self, empty: Any) -> None:
        """In the order given, each once, in folders that need not exist."""
        empty.run("init", "ollama", "openai", "ollama", "--catalog", "config/m.yml", "--unit", "1m")
        assert list(yaml.safe_load((empty.folder / "config" / "m.yml").read_text())["providers"]) == [
            "ollama",
            "openai",
        ]
        assert empty.run("sync", "--source", "snapshot", "--format", "json").json["unit"] == "1m"

    def test_it_never_overwrites(self, shell: Any) -> None:
        """What is there stays, byte for byte, and is said to."""
        (shell.folder / "modelsync.toml").write_text("# mine\n")
        before = shell.files()
        result = shell.run("init")
        assert result.code == 0
        assert result.out.count("is there already: left as it is") == 2
        assert shell.files() == before

    def test_it_starts_no_catalog_beside_that_of_the_settings(self, empty: Any) -> None:
        """The settings say where the catalog is and what its prices are per; it is started there, and they stay."""
        (empty.folder / "modelsync.toml").write_text('catalog = "config/m.yml"\nunit = "1m"\n')
        result = empty.run("init", "openai")
        assert result.code == 0
        assert "Wrote config/m.yml" in result.out
        assert "modelsync.toml is there already: left as it is" in result.out
        assert set(empty.files()) == {"modelsync.toml", "config/m.yml", "config/m.schema.json"}
        assert "USD per 1M tokens" in (empty.folder / "config" / "m.yml").read_text()
        refused = empty.run("init", "--unit", "1k")
        assert (refused.code, "modelsync.toml has the unit '1m'" in refused.err) == (Exit.USAGE, True)

    def test_settings_in_pyproject_are_settings(self, empty: Any) -> None:
        """A modelsync.toml beside them would win over them."""
        (empty.folder / "pyproject.toml").write_text('[tool.modelsync]\nunit = "1m"\n')
        assert "pyproject.toml is there already: left as it is" in empty.run("init").out
        assert set(empty.files()) == {"pyproject.toml", "llm_models.yml", "llm_models.schema.json"}

    def test_it_starts_no_catalog_beside_a_default_one(self, shell: Any) -> None:
        """config/llm_models.yml is the catalog: the settings name it, and only what is there is to be committed."""
        (shell.folder / "config").mkdir()
        shell.catalog.rename(shell.folder / "config" / "llm_models.yml")
        result = shell.run("init")
        assert result.out.startswith(
            "config/llm_models.yml is there already: left as it is\n"
            "For completion in editors: modelsync schema -o config/llm_models.schema.json\n"
            "Wrote modelsync.toml\n"
            "Commit config/llm_models.yml, modelsync.toml and, after the first sync, config/llm_models.lock.json: "
        )
        assert set(shell.files()) == {"config/llm_models.yml", "modelsync.toml"}
        assert shell.sync().code == 0

    @pytest.mark.parametrize(
        ("before", "after"),
        [(None, b"*.backup.*\n"), (b"", b"*.backup.*\n"), (b"a\n", b"a\n*.backup.*\n"), (b"a", b"a\n*.backup.*\n"), (b"a\r\nb", b"a\r\nb\r\n*.backup.*\r\n"), (b"\xff\n", b"\xff\n*.backup.*\n"), (b"x\n*.backup.*\n", b"x\n*.backup.*\n")],
    )  # fmt: skip
    def test_gitignore_on_demand(self, shell: Any, before: bytes | None, after: bytes) -> None:
        """A line is added in the file's own line ends, once; other bytes stay."""
        path = shell.folder / ".gitignore"
        if before is not None:
            path.write_bytes(before)
        for _ in range(2):
            shell.run("init", "--gitignore")
            assert path.read_bytes() == after

    def test_gitignore_is_only_mentioned_in_a_pipe(self, shell: Any) -> None:
        """Nobody is there to be asked."""
        assert "*.backup.*" in shell.run("init").out
        assert not (shell.folder / ".gitignore").exists()

    @pytest.mark.parametrize("name", ["a b", "", "no", "NULL", "1x", "-", "a:b", "\x1b[1m", "../x"])
    def test_what_is_no_provider(self, empty: Any, name: str) -> None:
        """A usage error before anything is written."""
        result = empty.run("init", "--", name)
        assert (result.code, empty.files()) == (Exit.USAGE, {})


def two_entries(shell: Any) -> None:
    """Sync a catalog with two entries of one model."""
    shell.write(
        shell.catalog.read_text()
        + "      fast:\n        model: 'gpt-4o'   # same\n        pricing: {input: 0.0025, output: 0.01}\n"
    )
    shell.listing(command.record(), command.record("openai/gpt-4.1"))
    (shell.folder / "modelsync.toml").write_text('[add]\nopenai = "none"\n')
    shell.sync()


class TestRename:
    """Ids and keys."""

    @pytest.fixture(autouse=True)
    def _two(self, shell: Any, bring: Any) -> None:
        bring(shell, to=two_entries)

    def entries(self, shell: Any) -> dict[str, str]:
        """Return key → model id."""
        models = yaml.safe_load(shell.catalog.read_text())["providers"]["openai"]["models"]
        return {key: model["model"] for key, model in models.items()}

    def test_an_id_everywhere_it_stands(self, shell: Any) -> None:
        """Every entry that has it, and nothing else; comments and quotes stay."""
        result = shell.run("rename", "openai", "gpt-4o", "gpt-4.1", "--source", str(shell.source))
        assert result.code == 0
        assert self.entries(shell) == {"gpt-4o": "gpt-4.1", "fast": "gpt-4.1"}
        assert "model: gpt-4.1  # the good one\n" in shell.catalog.read_text()
        assert "model: 'gpt-4.1'   # same\n" in shell.catalog.read_text()
        assert "Backup created: " in result.out
        assert "does not know" not in result.out

    def test_by_key_when_no_id_is_called_so(self, shell: Any) -> None:
        """OLD may be an entry's key: then that entry only."""
        shell.run("rename", "openai", "fast", "gpt-4.1")
        assert self.entries(shell) == {"gpt-4o": "gpt-4o", "fast": "gpt-4.1"}

    def test_none_is_a_usage_error_with_the_nearest(self, shell: Any) -> None:
        """Of the provider's ids and keys; an unknown provider names those there are."""
        result = shell.run("rename", "openai", "gpt4o", "x")
        assert (result.code, "Did you mean gpt-4o" in result.err) == (Exit.USAGE, True)
        result = shell.run("rename", "opnai", "gpt-4o", "x", "--format", "json")
        assert (result.code, "openai" in result.json["hint"]) == (Exit.USAGE, True)

    def test_an_id_upstream_does_not_know_is_a_warning(self, shell: Any) -> None:
        """Renamed all the same: upstream may not know everything."""
        result = shell.run("rename", "openai", "gpt-4o", "gpt-99")
        assert (result.code, "snapshot of" in result.out, "does not know this model id" in result.out) == (
            0,
            True,
            True,
        )
        assert set(self.entries(shell).values()) == {"gpt-99"}
        notes = shell.run("rename", "openai", "gpt-99", "gpt-98", "--dry-run", "--format", "json").json["notes"]
        assert [note["kind"] for note in notes] == ["unlisted"]
        assert "left as they are" not in result.out
        assert "--key" not in result.out

    def test_an_unknown_id_for_a_key_is_perhaps_a_key(self, shell: Any) -> None:
        """OLD was no model id: the flag for keys is named."""
        assert (
            "does not know this model id; to rename the key, use `--key`"
            in shell.run("rename", "openai", "fast", "quick").out
        )

    @pytest.mark.parametrize(
        ("new", "kinds"),
        [("openai/gpt-4.1", ["doubt"]), ("openai/gpt-99", ["doubt", "unlisted"]), ("gpt-4.1", []), ("google/gpt-99", ["unlisted"]), ("openai/", ["unlisted"])],
    )  # fmt: skip
    def test_an_id_with_the_vendors_prefix_is_doubted(self, shell: Any, new: str, kinds: list[str]) -> None:
        """The provider's own id is what follows; the rename is done all the same."""
        result = shell.run("rename", "openai", "gpt-4o", new, "--format", "json")
        assert result.code == 0
        assert sorted(note["kind"] for note in result.json["notes"]) == kinds
        assert set(self.entries(shell).values()) == {new}
        if "doubt" in kinds:
            (text,) = [note["text"] for note in result.json["notes"] if note["kind"] == "doubt"]
            assert text.endswith(f"own id is {new.removeprefix('openai/')}")

    def test_the_list_of_every_vendor_spells_ids_with_their_prefix(self, shell: Any) -> None:
        """Under `openrouter` the prefix belongs there; under another provider only the vendor's own is doubted."""
        shell.write("providers:\n  openrouter: {models: {a: {model: x}}}\n  gemini: {models: {a: {model: x}}}\n")
        shell.lock.unlink()
        routed = shell.run("rename", "openrouter", "x", "openai/gpt-4.1", "--format", "json").json
        assert (routed["summary"]["updated"], routed["notes"]) == (1, [])
        (note,) = shell.run("rename", "gemini", "x", "google/gemini-2.5-pro", "--format", "json").json["notes"]
        assert (note["kind"], note["subject"]) == ("doubt", "gemini/google/gemini-2.5-pro")
        assert note["text"] == "`google/` is the prefix in upstream's list: gemini's own id is gemini-2.5-pro"

    def test_a_key_takes_its_lock_line_along(self, shell: Any) -> None:
        """The next sync has nothing to do, and nothing to say about a renamed key."""
        lines = json.loads(shell.lock.read_text())["entries"]
        assert shell.run("rename", "--key", "openai", "fast", "quick").code == 0
        assert self.entries(shell) == {"gpt-4o": "gpt-4o", "quick": "gpt-4o"}
        moved = json.loads(shell.lock.read_text())["entries"]
        assert moved["openai/quick"] == lines["openai/fast"]
        assert "openai/fast" not in moved
        result = shell.sync()
        assert "Nothing to do" in result.out
        assert "enamed" not in result.out

    @pytest.mark.parametrize(
        ("arguments", "word"),
        [(["--key", "openai", "fast", "gpt-4o"], "there already"), (["--key", "openai", "nope", "x"], "no entry"), (["openai", "gpt-4o", ""], "NEW is empty"), (["openai", "gpt-4o", " "], "NEW is empty"), (["openai", "gpt-4o"], "NEW")],
    )  # fmt: skip
    def test_what_cannot_be(self, shell: Any, arguments: list[str], word: str) -> None:
        """A usage error, and nothing written."""
        before = shell.files()
        result = shell.run("rename", *arguments)
        assert (result.code, word in result.err) == (Exit.USAGE, True)
        assert shell.files() == before

    def test_a_dry_run_writes_nothing(self, shell: Any) -> None:
        """It shows what it would do."""
        before = shell.files()
        result = shell.run("rename", "openai", "gpt-4o", "gpt-4.1", "--dry-run")
        assert "gpt-4o → gpt-4.1" in result.out
        assert shell.files() == before

    def test_to_the_same_is_nothing(self, shell: Any) -> None:
        """No backup, no change."""
        before = shell.files()
        assert shell.run("rename", "openai", "gpt-4o", "gpt-4o").code == 0
        assert shell.files() == before

    def test_before_the_first_sync_there_is_still_no_lock(self, shell: Any) -> None:
        """A rename must not look like a first sync."""
        shell.lock.unlink()
        shell.run("rename", "openai", "gpt-4o", "gpt-4.1")
        assert not shell.lock.exists()


Pair = tuple[bytes, bytes | None]


def pair(shell: Any) -> Pair:
    """Return the bytes of catalog and lock."""
    return shell.catalog.read_bytes(), shell.lock.read_bytes() if shell.lock.exists() else None


def two_syncs(shell: Any) -> tuple[Pair, Pair]:
    """Sync twice; return the bytes of catalog and lock before each."""
    states: list[Pair] = []
    for price in ("0.000002", "0.000001"):
        states.append(pair(shell))
        shell.listing(command.record(prompt=price))
        shell.sync()
    before, between = states
    return before, between


class TestBackupsAndRestore:
    """There and back."""

    @pytest.fixture(autouse=True)
    def _history(self, shell: Any, bring: Any) -> None:
        self.states = bring(shell, to=two_syncs)

    def stamps(self, shell: Any) -> list[str]:
        """Return the stamps of the backups, newest first."""
        return [row["stamp"] for row in shell.run("backups", "--format", "json").json["backups"]]

    def test_the_list(self, shell: Any) -> None:
        """Newest first, each with its age, size and whether there was a lock; the same in JSON."""
        lines = shell.run("backups").out.splitlines()
        rows = shell.run("backups", "--format", "json").json
        assert (rows["version"], rows["catalog"], len(rows["backups"])) == (1, "llm_models.yml", 2)
        for line, row in zip(lines, rows["backups"], strict=True):
            assert line.startswith(row["stamp"])
            assert f" {row['size']} bytes" in line
            assert (shell.folder / row["catalog"]).stat().st_size == row["size"]
        assert [row["lock"] is None for row in rows["backups"]] == [False, True]
        assert "with its lock" in lines[0]
        assert "before there was a lock" in lines[1]

    def test_what_changed_after_each(self, shell: Any) -> None:
        """Up to the next one, and up to the present for the newest; by hand or by a sync."""
        shell.write(shell.catalog.read_text().replace("context_length: 128000", "context_length: 64000"))
        first, second = shell.run("backups").out.splitlines()
        assert first.endswith("  then 1 price changed, 1 updated")
        assert second.endswith("  then 1 price changed, 1 updated")
        edits = {"updated": 1, "renamed": 0, "added": 0, "removed": 0}
        assert [row["then"] for row in shell.run("backups", "--format", "json").json["backups"]] == [edits, edits]

    @pytest.mark.parametrize("present", [None, "providers: ["])
    def test_what_cannot_be_compared_is_said(self, shell: Any, present: str | None) -> None:
        """A catalog that is missing or broken, and a copy that is not what was saved."""
        newest, oldest = [
            shell.folder / row["catalog"] for row in shell.run("backups", "--format", "json").json["backups"]
        ]
        oldest.write_bytes(oldest.read_bytes() + b"#")
        if present is None:
            shell.catalog.unlink()
        else:
            shell.write(present)
        first, second = shell.run("backups").out.splitlines()
        assert first.endswith(f"{newest.name}  then: cannot be compared")
        assert second.endswith("this backup is damaged: its bytes are not those that were saved")
        rows = shell.run("backups", "--format", "json").json["backups"]
        assert [row["then"] for row in rows] == [None, None]
        assert [row["damage"] for row in rows] == [
            None,
            "this backup is damaged: its bytes are not those that were saved",
        ]

    def test_there_are_none(self, shell: Any) -> None:
        """Says so; restoring is a usage error."""
        other = shell.folder / "other.yml"
        other.write_bytes(shell.catalog.read_bytes())
        assert "No backups of other.yml" in shell.run("backups", "--catalog", "other.yml").out
        assert shell.run("restore", "--catalog", "other.yml").code == Exit.USAGE

    def test_the_newest_by_default_and_back_again(self, shell: Any) -> None:
        """Both files, byte for byte; a restore can be undone by a restore."""
        now = pair(shell)
        result = shell.run("restore")
        assert result.code == 0
        assert result.out.startswith("Restored llm_models.yml from ")
        assert pair(shell) == self.states[1]
        shell.run("restore")
        assert pair(shell) == now

    @pytest.mark.parametrize("how", ["stamp", "path", "name"])
    def test_a_chosen_one(self, shell: Any, how: str) -> None:
        """By its stamp or its file; the lock that was not there yet goes."""
        row = shell.run("backups", "--format", "json").json["backups"][-1]
        wanted = {"stamp": row["stamp"], "path": row["catalog"], "name": row["catalog"].rpartition("/")[2]}[how]
        result = shell.run("restore", wanted)
        assert pair(shell) == self.states[0]
        assert "no lock then" in result.out

    def test_one_that_is_not_there(self, shell: Any) -> None:
        """Names the newest; nothing is touched."""
        before = shell.files()
        result = shell.run("restore", "20010101_000000")
        assert (result.code, self.stamps(shell)[0] in result.err) == (Exit.USAGE, True)
        assert shell.files() == before

    def test_a_broken_catalog_can_be_restored(self, shell: Any) -> None:
        """That is when one needs it."""
        shell.write("\tbroken: [")
        shell.lock.write_text("<<<<<<< x")
        assert shell.run("restore").code == 0
        assert pair(shell) == self.states[1]

    def test_the_next_sync_proposes_the_same_again(self, shell: Any) -> None:
        """As the help says."""
        after = pair(shell)
        shell.run("restore")
        assert shell.sync("--check").code == Exit.DRIFT
        shell.sync()
        assert pair(shell) == after


def test_every_verb_is_a_module(repo: Path) -> None:
    """One module a verb, and nothing that is listed twice or forgotten."""
    modules = {path.stem for path in (repo / "src" / "modelsync" / "cli").glob("*.py")}
    assert modules - set(VERBS) == {
        "__init__",
        "app",
        "bug",
        "calls",
        "completing",
        "front",
        "init_from",
        "job_log",
        "options",
        "outcome",
        "pipe",
        "stages",
        "terminal",
    }
    assert set(VERBS) <= modules
