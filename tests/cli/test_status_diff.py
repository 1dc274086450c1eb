"""`modelsync status` and `modelsync diff` as a person runs them: offline, read-only, in every format."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

import command
from modelsync.errors import Exit

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "a|b`c<img src=x>@me #1 \u202e\x1b[31m"
TWO_MODELS = """\
providers:
  openai:
    models:
      gpt-4o:
        model: gpt-4o
        pricing: {input: 0.0025, output: 0.01}
      fast: {model: gpt-4.1, pricing: {input: 0.0025}}
"""


def git(shell: Any, *arguments: str) -> str:
    """Run git in the project, without any settings of this machine."""
    person = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "HOME": str(shell.folder), **person}
    done = subprocess.run(
        ["git", *arguments], cwd=shell.folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def commit(shell: Any) -> None:
    """Commit everything."""
    if not (shell.folder / ".git").exists():
        git(shell, "init", "-q", "-b", "main")
    git(shell, "add", "-A")
    git(shell, "commit", "-qm", "x", "--allow-empty")


def look(shell: Any, *words: str, code: Exit = Exit.DONE, **variables: str) -> Any:
    """Run a command that must not change a byte in the folder."""
    before = shell.files()
    done = shell.run(*words, GIT_CONFIG_GLOBAL=os.devnull, **variables)
    assert shell.files() == before
    assert done.code == code, done
    return done


def sync_and_edit(shell: Any) -> None:
    """Sync, and edit by hand since: one price, one entry deleted, one damaged field."""
    record = command.record
    shell.write(TWO_MODELS + "      o4: {model: o4, context_length: [1]}\n      gone: {model: o5}\n")
    shell.listing(record(), record("openai/gpt-4.1"), record("openai/o4"), record("openai/o5"))
    (shell.folder / "modelsync.toml").write_text('pins = ["openai/fast"]\n\n[add]\nopenai = "none"\n')
    assert shell.sync().code == Exit.PARTIAL
    text = shell.catalog.read_text().replace("input: 0.0025, output: 0.01}", "input: 0.002, output: 0.01}", 1)
    shell.write(re.sub(r"      gone:.*\n(        .*\n)*", "", text))
    assert "gone" not in shell.catalog.read_text()


@pytest.fixture
def synced(shell: Any, bring: Any) -> Any:
    """Return a project that was synced, and edited by hand since."""
    bring(shell, to=sync_and_edit)
    return shell


def commit_and_edit(shell: Any) -> None:
    """Commit what was synced; then make it differ from that in an entry and outside of entries."""
    sync_and_edit(shell)
    commit(shell)
    shell.write(shell.catalog.read_text().replace("0.002,", "0.004, cache_read: 1,") + "team: ours\n")


class TestStatus:
    """The whole catalog."""

    def test_before_the_first_sync(self, shell: Any) -> None:
        """That there is no lock, and what the first sync will do."""
        told = look(shell, "status").out
        assert "No lock yet: this catalog was never synced. The first sync takes upstream's values" in told
        assert re.search(r"^openai +1 +- +- +- +1 ", told, re.MULTILINE)
        assert look(shell, "status", "--format", "json").json["lock"] is None

    def test_what_it_lists(self, synced: Any) -> None:
        """Kept, pinned, held, deleted: each by name, with upstream's value, whose pin, since when."""
        told = look(synced, "status").out
        today = datetime.now(UTC).date().isoformat()
        for expected in (
            f"Newest value known: models.json of {today}, today. Later syncs may have found nothing moved",
            "llm_models.lock.json was made with unit 1k, preset default.",
            "Kept by hand: 1\n  openai/gpt-4o.pricing.input  is 0.002, upstream said 0.0025 (models.json, since ",
            "Pinned: 1\n  openai/fast  everything, by the settings (openai/fast)",
            "Held: 1\n  openai/o4.context_length  line 10: `context_length` is not a single value (since ",
            "Deleted by hand since the last sync: 1\n  openai/gone  openai/o5 will not be added again",
        ):
            assert expected in told
        synced.sync()
        told = look(synced, "status").out
        assert f"Deleted or removed, not added again: 1\n  openai: openai/o5  since {today}" in told

    def test_how_old_what_it_knows_is(self, synced: Any) -> None:
        """In days, from the newest day in the lock."""
        today = datetime.now(UTC).date()
        synced.lock.write_text(synced.lock.read_text().replace(today.isoformat(), "2026-01-01"))
        days = (today - datetime(2026, 1, 1, tzinfo=UTC).date()).days
        assert f"models.json of 2026-01-01, {days} days ago" in look(synced, "status").out
        assert look(synced, "status", "--format", "json").json["newest"]["days_ago"] == days

    def test_what_is_gone_upstream(self, synced: Any, record: Any) -> None:
        """How many of how many days."""
        synced.listing(record(), record("openai/o4"), record("openai/o5"))
        synced.sync()
        told = look(synced, "status")
        assert "Gone upstream: 1\n  openai/fast  openai/gpt-4.1: missing since " in told.out
        assert ", 0 of 7 days" in told.out
        for form in ("text", "json", "markdown"):
            one = look(synced, "status", "openai/gpt-4o", "openai/fast", "--format", form).out
            assert one.count("modelsync rename openai gpt-4.1 NEW") == 1, form
            assert "--prune" not in one
        assert_sound(one)

    def test_a_price_that_cannot_be_read(self, shell: Any) -> None:
        """Nobody set it by hand: it is called what it is, in every format that people read."""
        shell.sync()
        shell.write(shell.catalog.read_text().replace("input: 0.0025", 'input: "0,002"').replace("128000", "128k"))
        for synced_since in (False, True):
            assert not synced_since or shell.sync().code == Exit.DONE
            for form in ("text", "markdown"):
                one = look(shell, "status", "openai/gpt-4o", "--format", form).out
                assert "set by hand" not in one
                assert ("cannot be read as a price" in one, "cannot be read as a number" in one) == (True, True)
                whole = look(shell, "status", "--format", form).out
                assert "which cannot be read as a price, upstream said 0.0025" in whole
        (shell.folder / "modelsync.toml").write_text('pins = ["openai/gpt-4o.pricing"]\n')
        assert "pinned, cannot be read as a price" in look(shell, "status", "openai/gpt-4o").out

    def test_a_terminal_shows_the_same_words(self, synced: Any, terminal: Any) -> None:
        """Coloured, but the same."""
        session = terminal("status", "openai/gpt-4o")
        assert session.finish() == Exit.DONE
        assert "\x1b[36mset by hand\x1b[0m" in session.seen
        plain = re.sub(r"\x1b\[[0-9;]*m", "", session.seen).replace("\r\n", "\n")
        assert plain == look(synced, "status", "openai/gpt-4o").out

    def test_nobody_is_asked(self, shell: Any) -> None:
        """A source that nobody answers at is no obstacle."""
        told = look(shell, "status", "--source", "http://127.0.0.1:9/models")
        assert '"http://127.0.0.1:9/models"  flag --source' in told.out


class TestSettings:
    """What is in force, and where it came from."""

    def test_each_origin(self, shell: Any) -> None:
        """A flag, a variable, a line of a file, the default; the strongest wins."""
        (shell.folder / "modelsync.toml").write_text(
            'unit = "1k"\nsource = "snapshot"\npins = ["a/*"]\n[prune]\ngrace_days = 3\n'
        )
        told = look(shell, "status", "--format", "json", "--preset", "classic", MODELSYNC_PRESET="default", MODELSYNC_SOURCE="openrouter")  # fmt: skip
        found = {one["setting"]: (one["value"], one["origin"], one["place"]) for one in told.json["settings"]}
        assert found["preset"] == ("classic", "flag", "--preset")
        assert found["source"] == ("openrouter", "variable", "MODELSYNC_SOURCE")
        assert found["unit"] == ("1k", "file", "modelsync.toml:1")
        assert found["pins"] == (["a/*"], "file", "modelsync.toml:3")
        assert found["prune.grace_days"] == (3, "file", "modelsync.toml:5")
        assert found["backups.keep"] == (10, "default", "")
        assert found["catalog"] == ("llm_models.yml", "default", "")
        assert found["add"][0]["ollama"] == "all"  # classic's

    def test_a_settings_file_above_and_one_of_a_project(self, shell: Any) -> None:
        """Found upwards, named relative to the working folder, with the line of its own table."""
        (shell.folder.parent / "pyproject.toml").write_text(
            '[project]\nunit = "x"\n\n[tool.modelsync]\nunit = "1k"\nbackups = { keep = 3 }\n'
        )
        told = look(shell, "status").out
        assert re.search(r'^  unit +"1k"  \.\./pyproject\.toml:5$', told, re.MULTILINE)
        assert re.search(r"^  backups\.keep +3  \.\./pyproject\.toml:6$", told, re.MULTILINE)
        assert "more as by default (--format json has them)" in told

    def test_secrets_of_an_address_stay_secret(self, shell: Any) -> None:
        """No login and no query."""
        for output in ("text", "json", "markdown"):
            told = look(shell, "status", "--format", output, MODELSYNC_SOURCE="https://me:hush@x.test/m?key=hush").out
            assert "https://x.test/m" in told
            assert "hush" not in told


class TestEntry:
    """One entry, field by field."""

    def test_value_state_reason_and_way_out(self, synced: Any) -> None:
        """For each field; several entries in the order asked for."""
        told = look(synced, "status", "openai/gpt-4o", "openai/fast", "openai/gpt-4o").out
        assert told.index("openai/gpt-4o  managed: matched to openai/gpt-4o\n") < told.index("openai/fast  managed:")
        assert told.count("managed:") == 2
        assert (
            "  pricing.input       0.002  set by hand\n"
            "                      it was edited since the last sync; the next one keeps it; upstream last said 0.0025 (models.json, since "
        ) in told
        assert "to change it: modelsync sync --take openai/gpt-4o.pricing.input\n" in told
        assert "`openai/fast` pins it: `pins` in modelsync.toml" in told

    def test_the_command_it_names_does_it(self, synced: Any) -> None:
        """Copied from the output, the price follows upstream again."""
        told = look(synced, "status", "openai/gpt-4o", "--format", "json").json["entries"][0]["fields"]
        (command,) = [one["command"] for one in told if one["state"] == "set by hand"]
        assert synced.run(*command.split()[1:], "--source", str(synced.source)).code == Exit.PARTIAL
        told = look(synced, "status", "openai/gpt-4o", "--format", "json").json["entries"][0]["fields"]
        assert "set by hand" not in {one["state"] for one in told}

    def test_one_field(self, synced: Any) -> None:
        """Named behind the entry, or a group of them; several names of one entry are one entry."""
        told = look(synced, "status", "openai/gpt-4o.pricing.input").out
        assert told.startswith("openai/gpt-4o  managed: ")
        assert [line.split()[0] for line in told.splitlines() if re.match("  [a-z]", line)] == ["pricing.input"]
        words = ("openai/gpt-4o.pricing", "openai/fast.model", "openai/gpt-4o.features", "--format", "json")
        entries = look(synced, "status", *words).json["entries"]
        assert [(one["entry"], [field["field"] for field in one["fields"]]) for one in entries] == [
            ("openai/gpt-4o", ["pricing.input", "pricing.output", "features"]),
            ("openai/fast", ["model"]),
        ]
        whole = look(synced, "status", "openai/fast.model", "openai/fast").out
        assert whole == look(synced, "status", "openai/fast").out
        wrong = look(synced, "status", "openai/gpt-4o.pricing.inputs", code=Exit.USAGE).err
        assert "Did you mean openai/gpt-4o.pricing.input" in wrong
        none = look(synced, "status", "openai/gpt-4o.pricing.web_search", code=Exit.USAGE).err
        assert "openai/gpt-4o has no pricing.web_search, and no sync has seen one upstream" in none

    def test_prices_that_basic_leaves_alone(self, shell: Any) -> None:
        """One line counts them; by its name each says why it is not kept true. JSON has them among the fields."""
        (shell.folder / "modelsync.toml").write_text('[pricing]\ndetail = "basic"\n')
        shell.write(shell.catalog.read_text().replace("output: 0.01\n", "output: 0.01\n          cache_read: 0.001\n          batch: {input: 0.001}\n"))  # fmt: skip
        for _ in range(2):
            told = look(shell, "status", "openai/gpt-4o").out
            assert "cache_read" not in told
            assert told.endswith(
                '\n  2 further prices are not kept true: with `pricing.detail = "basic"` a sync looks at input and output alone; '
                'to change it: set `detail = "full"` under [pricing] in the settings\n'
            )
            one = look(shell, "status", "openai/gpt-4o.pricing.cache_read").out
            assert re.search(r"\n  pricing\.cache_read +0\.001  left alone\n +with `pricing\.detail", one)
            assert "further" not in one
            none = look(shell, "status", "openai/gpt-4o.pricing.web_search", code=Exit.USAGE).err
            assert 'openai/gpt-4o has no pricing.web_search: with `pricing.detail = "basic"` a sync looks at' in none
            page = look(shell, "status", "openai/gpt-4o", "--format", "markdown").out
            assert "2 further prices are not kept true" in page
            fields = look(shell, "status", "openai/gpt-4o", "--format", "json").json["entries"][0]["fields"]
            assert {row["field"]: row["state"] for row in fields}["pricing.batch.input"] == "left alone"
            assert shell.sync().code == Exit.DONE

    def test_the_longest_names_of_fields_stand_apart_from_their_values(self, shell: Any, record: Any) -> None:
        """In one column."""
        long = {"overrides": [{"min_prompt_tokens": 200000, "prompt": "0.000005", "completion": "0.000015"}]}
        shell.listing(record() | {"pricing": record()["pricing"] | long})
        shell.write("providers: {openai: {models: {gpt-4o: {model: gpt-4o}}}}\n")
        (shell.folder / "modelsync.toml").write_text('[add]\nopenai = "none"\n')
        assert shell.sync().code == Exit.DONE
        told = look(shell, "status", "openai/gpt-4o.pricing").out
        assert "  pricing.tiers.200000.output  0.015  follows upstream\n" + 31 * " " + "the file has" in told
        assert "  pricing.output               0.01  follows upstream\n" in told

    def test_a_model_id(self, synced: Any) -> None:
        """Where it names one entry; a key with dots is no field; where it names several they are listed."""
        for name in ("openai/gpt-4.1", "gpt-4.1"):
            assert look(synced, "status", name).out == look(synced, "status", "openai/fast").out
        assert look(synced, "status", "gpt-4.1.pricing.input").out.startswith("openai/fast  ")
        assert "Did you mean openai/gpt-4.1" in look(synced, "status", "openai/gpt-4.1x", code=Exit.USAGE).err
        synced.write(synced.catalog.read_text() + "      slow: {model: gpt-4.1}\n")
        wrong = look(synced, "status", "openai/gpt-4.1", code=Exit.USAGE).err
        assert "means 2 entries" in wrong
        assert "openai/fast, openai/slow" in wrong

    def test_a_name_that_is_none(self, synced: Any) -> None:
        """The nearest names; and for what was deleted, how it comes back."""
        wrong = look(synced, "status", "openai/gpt4o", code=Exit.USAGE)
        assert "no entry 'openai/gpt4o' in the catalog" in wrong.err
        assert "Did you mean openai/gpt-4o" in wrong.err
        assert "provider/key" in look(synced, "status", "zzz", code=Exit.USAGE).err
        assert "openai/o5 was deleted or removed" in look(synced, "status", "openai/o5", code=Exit.USAGE).err
        synced.sync()
        gone = look(synced, "status", "openai/o5", code=Exit.USAGE)
        (command,) = re.findall(r"`modelsync (add .*)`", gone.err)
        assert synced.run(*command.split(), "--source", str(synced.source)).code == Exit.DONE
        assert look(synced, "status", "openai/o5").out.startswith("openai/o5  managed")


class TestTrouble:
    """Files that cannot be trusted."""

    @pytest.mark.parametrize(
        ("name", "old", "new", "message"),
        [
            ("llm_models.lock.json", '"entries": {', "<<<<<<< HEAD\n", "conflict markers"),
            ("llm_models.lock.json", '"0.0025', "0.0025", "damaged"),
            ("llm_models.lock.json", '"unit": "1k"', '"unit": "1m"', "the lock was made with '1m'"),
            ("llm_models.yml", "providers:", "providers: [", "llm_models.yml:"),
            ("modelsync.toml", "pins", "pin", "unknown setting `pin`"),
        ],
    )
    def test_the_documented_error(self, synced: Any, name: str, old: str, new: str, message: str) -> None:
        """Exit 5, in JSON too."""
        path = synced.folder / name
        text = path.read_text()
        old = old if old in text else '"version": 1,'
        path.write_text(text.replace(old, new, 1))
        for verb in ("status", "diff"):
            assert message in look(synced, verb, code=Exit.INVALID).err
            assert message in look(synced, verb, "--format", "json", code=Exit.INVALID).json["error"]

    def test_no_catalog(self, shell: Any) -> None:
        """A usage error that says where one comes from."""
        shell.catalog.unlink()
        assert "modelsync init" in look(shell, "status", code=Exit.USAGE).err

    def test_a_write_that_was_interrupted(self, synced: Any) -> None:
        """It is said, and left for the next run that writes."""
        (synced.folder / "llm_models.lock.json.next").write_bytes(b"half")
        told = look(synced, "status")
        assert "Warning: a write of llm_models.yml was interrupted, or is under way" in told.out
        assert "interrupted" in look(synced, "status", "--format", "json").json["warnings"][0]
        assert "**Warning:**" in look(synced, "status", "--format", "markdown").out

    def test_a_lost_lock_and_another_preset(self, synced: Any) -> None:
        """A lock that a backup remembers is missed; one of another preset is pointed out."""
        synced.sync()
        assert "the preset default, the one in force is classic" in look(synced, "status", "--preset", "classic").out
        synced.lock.unlink()
        assert "Warning: the lock is missing, though a backup has one" in look(synced, "status").out


class TestJson:
    """The documented shapes."""

    def test_of_a_catalog_and_of_entries(self, synced: Any, repo: Path) -> None:
        """Exactly the keys that docs/json.md lists, everywhere."""
        text = (repo / "docs" / "json.md").read_text(encoding="utf-8")
        section = text.partition("## `modelsync status`")[2].partition("\n## ")[0]
        bullets = [line for line in section.splitlines() if line.startswith("- ")]
        parts = [part.partition(":") for line in bullets for part in line.split(";")]
        top = {name for head, colon, _ in parts if colon for name in re.findall("`([a-z_]+)`", head)}
        whole = look(synced, "status", "--format", "json").json
        assert set(whole) == top
        shapes = {name: set(keys.split(", ")) for names, keys in re.findall(r"((?:`[a-z]+`(?: and |, )?)+):? `\{([a-z_, ]+)\}`", section) for name in re.findall("`([a-z]+)`", names)}  # fmt: skip
        for name in ("lock", "newest"):
            assert set(whole[name]) == shapes[name], name
        for name in ("pinned", "held", "deleted", "settings"):
            assert whole[name]
            assert all(set(row) == shapes[name] for row in whole[name]), name
        counts = set(re.findall("`([a-z]+)`", section[section.index("the counts") : section.index("- `kept`")]))
        assert set(whole["providers"]["openai"]) == counts
        field = set(re.findall(r"A field is `\{([^}]+)\}`", section)[0].replace("\n", " ").split(", "))
        entry = set(re.findall(r"each `\{([^}]+)\}`", section)[0].replace("\n", " ").split(", "))
        (one,) = look(synced, "status", "openai/gpt-4o", "--format", "json").json["entries"]
        assert set(one) == entry
        for row in one["fields"]:
            assert {name for name in row if not name.endswith("_usd_per_token")} == field
        (kept,) = whole["kept"]
        assert set(kept) - {"ours_usd_per_token"} == field | {"entry"}
        assert (kept["ours"], kept["theirs"]["value"], kept["theirs"]["value_usd_per_token"]) == ("0.002", "0.0025", "0.0000025")  # fmt: skip


class TestMarkdown:
    """A page in which names stay text."""

    def test_hostile_names_stay_text(self, shell: Any, record: Any) -> None:
        """In keys, values and settings: whole tables, no HTML, nothing that steers a terminal, in every format."""
        key = json.dumps(HOSTILE)
        shell.write(
            f'providers:\n  openai:\n    models:\n      {key}: {{model: gpt-4o, context_length: [{key}], pinned: [{key}], features: [{key}]}}\n      {key[:-1]}2": just {HOSTILE[:5]}\n'
        )
        shell.listing(record())
        shell.sync()
        commit(shell)
        shell.write(shell.catalog.read_text().replace("model: gpt-4o", f"notes: {key}, model: {key}"))
        name = f"openai/{HOSTILE}"
        for words in (["status"], ["status", name], ["diff", "HEAD"]):
            page = look(shell, *words, "--format", "markdown").out
            assert_sound(page)
            assert "\x1b" not in page + look(shell, *words).out
            assert "\u202e" not in page + look(shell, *words).out
            assert "a|b`c<img src=x>@me" in "".join(texts(page)).replace("\u00a0", " ")
            look(shell, *words, "--format", "json").out.encode("ascii")

    def test_it_says_what_the_text_says(self, synced: Any) -> None:
        """The same lists."""
        page = look(synced, "status", "--format", "markdown").out
        assert_sound(page)
        for heading in ("Providers: 1", "Kept by hand: 1", "Pinned: 1", "Held: 1", "Settings in force: 23"):
            assert heading in page
        assert "| `openai/gpt-4o.pricing.input` | is 0.002, upstream said 0.0025 " in page
        one = look(synced, "status", "openai/gpt-4o", "--format", "markdown").out
        assert_sound(one)
        assert "`modelsync sync --take openai/gpt-4o.pricing.input`" in one


def assert_sound(page: str) -> None:
    """Every row of a table has the cells of its head; there is no link and no HTML but the folding."""
    for token in MarkdownIt().enable("table").parse(page):
        assert token.type != "html_block" or re.fullmatch(r"(</?(details|summary)>|[^<>])*", token.content), token
        assert not any(inner.type in ("html_inline", "link_open", "image") for inner in token.children or ()), token
    for rows in re.findall(r"(?:^\|.*\|\n)+", page, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows.splitlines()}) == 1, rows


def texts(page: str) -> list[str]:
    """All that a reader of the page sees."""
    tokens = MarkdownIt().enable("table").parse(page)
    return [inner.content for token in tokens for inner in token.children or () if inner.content]


class TestDiffWithABackup:
    """What the last sync changed."""

    def test_without_one(self, shell: Any) -> None:
        """The two possibilities are named."""
        wrong = look(shell, "diff", code=Exit.USAGE)
        assert "no backups of llm_models.yml" in wrong.err
        assert "modelsync diff HEAD" in wrong.err

    def test_the_newest_by_default(self, shell: Any, record: Any) -> None:
        """What changed, from then to now, with a header that reads naturally; a second sync changed nothing."""
        shell.listing(record(prompt="0.000003"), record("openai/o4"))
        backup = re.findall(r"Backup created: (\S+)", shell.sync().out)[0]
        stamp = backup.rpartition(".")[2]
        told = look(shell, "diff").out
        assert told.startswith(f"llm_models.yml compared with backup {stamp}, prices in USD per 1K tokens\n")
        assert "pricing.input       0.0025 → 0.003  +20.0%, $2.50 → $3.00 per 1M" in told
        assert "  + o4  not there before: id o4\n" in told
        assert told.endswith("\n1 updated, 1 added.\n")
        for name in (stamp, backup):
            assert look(shell, "diff", name).out == told

    def test_no_difference(self, synced: Any) -> None:
        """Comments and order are none."""
        synced.sync()
        synced.write("# a comment\n" + synced.catalog.read_text())
        assert look(synced, "diff").out.endswith("\n\nNo differences.\n")
        assert look(synced, "diff", "--format", "json").json["changes"] == []

    def test_a_restore_undoes_it(self, shell: Any, record: Any) -> None:
        """After a restore the newest backup is the state before it: the same difference the other way round."""
        shell.listing(record(prompt="0.000003"))
        shell.sync()
        shell.run("restore")
        assert "0.003 → 0.0025" in look(shell, "diff").out

    def test_a_damaged_one(self, shell: Any, record: Any) -> None:
        """It is named, exit 5."""
        shell.listing(record(prompt="0.000003"))
        backup = shell.folder / re.findall(r"Backup created: (\S+)", shell.sync().out)[0]
        backup.write_bytes(b"x: 1\n")
        assert f"{backup.name}: this backup is damaged" in look(shell, "diff", code=Exit.INVALID).err
        other = shell.folder / "llm_models.yml.backup.20300101_000000"
        other.write_bytes(b"providers: [\n")
        assert f"{other.name}:2:1" in look(shell, "diff", code=Exit.INVALID).err


class TestDiffWithARevision:
    """A state that git has."""

    def test_a_commit_a_branch_a_tag(self, synced: Any) -> None:
        """However it is named; from a folder below too."""
        commit(synced)
        git(synced, "tag", "v1")
        git(synced, "branch", "side")
        synced.write(synced.catalog.read_text().replace("0.002,", "0.004,"))
        commit(synced)
        for name in ("HEAD~1", "v1", "side", git(synced, "rev-parse", "side").strip()):
            told = look(synced, "diff", name).out
            assert told.startswith(f"llm_models.yml compared with revision {name}, ")
            assert "pricing.input       0.002 → 0.004" in told
        assert "No differences." in look(synced, "diff", "HEAD").out

    def test_an_entry_under_an_alias_or_a_list(self, shell: Any) -> None:
        """It is compared as text, and crashes nothing."""
        shell.write("x: &k aa\nproviders: {openai: {models: {*k : {model: aa}, ? [a, b] : {model: b}}}}\n")
        commit(shell)
        assert look(shell, "diff", "HEAD").out.endswith("\n\nNo differences.\n")
        shell.write(shell.catalog.read_text().replace("aa}", "cc}"))
        assert "  providers.openai.models.aa.model  aa → cc\n" in look(shell, "diff", "HEAD").out

    @pytest.mark.parametrize("repository_of_its_own", [False, True], ids=["no-repository", "another-repository"])
    def test_a_catalog_that_is_a_link_into_another_repository(
        self, synced: Any, tmp_path: Path, *, repository_of_its_own: bool
    ) -> None:
        """The commits are the other's, which have no lock beside the link; the unit is the present one."""
        if repository_of_its_own:
            commit(synced)
        other = tmp_path / "other"
        git(synced, "init", "-q", str(other))
        synced.catalog.rename(other / "models.yml")
        synced.catalog.symlink_to(other / "models.yml")
        git(synced, "-C", str(other), "add", "-A")
        git(synced, "-C", str(other), "commit", "-qm", "x")
        assert look(synced, "diff", "HEAD").out.endswith("\n\nNo differences.\n")
        synced.write(synced.catalog.read_text().replace("0.002,", "0.004,"))
        assert "0.002 → 0.004" in look(synced, "diff", "HEAD").out
        synced.lock.unlink()
        assert "0.002 → 0.004" in look(synced, "diff", "HEAD").out

    def test_a_stamp_wins_over_a_branch_of_that_name(self, synced: Any) -> None:
        """Both are there: the backup is meant."""
        commit(synced)
        stamp = synced.run("backups", "--format", "json").json["backups"][0]["stamp"]
        git(synced, "branch", stamp)
        assert f"compared with backup {stamp}" in look(synced, "diff", stamp).out

    def test_what_is_neither(self, synced: Any) -> None:
        """Said with what there is; outside of a repository that is said."""
        wrong = look(synced, "diff", "nope", code=Exit.USAGE, GIT_CEILING_DIRECTORIES=str(synced.folder.parent))
        assert "'nope' is no backup of llm_models.yml" in wrong.err
        assert "is in no git repository" in wrong.err
        assert "The newest backup is 20" in wrong.err
        commit(synced)
        assert "git knows no revision 'nope'" in look(synced, "diff", "nope", code=Exit.USAGE).err
        assert "'--format' is no git revision" in look(synced, "diff", "--", "--format", code=Exit.USAGE).err

    def test_without_git(self, synced: Any) -> None:
        """That it is not installed; backups work all the same."""
        commit(synced)
        assert "git is not installed" in look(synced, "diff", "HEAD", code=Exit.USAGE, PATH=str(synced.folder)).err
        assert "compared with backup" in look(synced, "diff", PATH=str(synced.folder)).out

    def test_a_file_that_is_not_in_it(self, synced: Any) -> None:
        """That renames are not followed is said."""
        synced.catalog.rename(synced.folder / "other.yml")
        commit(synced)
        (synced.folder / "other.yml").rename(synced.catalog)
        wrong = look(synced, "diff", "HEAD", code=Exit.USAGE)
        assert "llm_models.yml is not in revision HEAD" in wrong.err
        assert "not followed" in wrong.err

    @pytest.mark.parametrize(
        ("name", "text", "message"),
        [
            ("llm_models.yml", "providers: [\n", "HEAD:llm_models.yml:2:1: "),
            ("llm_models.yml", "a: 1\n", "HEAD:llm_models.yml:1:1: no `providers` here"),
            ("llm_models.lock.json", "<<<<<<< x\n", "HEAD:llm_models.lock.json:1:1: conflict markers"),
        ],
    )
    def test_a_state_that_cannot_be_read(self, synced: Any, name: str, text: str, message: str) -> None:
        """The error names the state, not the present file."""
        path = synced.folder / name
        good = path.read_text()
        path.write_text(text)
        commit(synced)
        path.write_text(good)
        assert message in look(synced, "diff", "HEAD", code=Exit.INVALID).err

    def test_a_state_with_another_unit(self, synced: Any) -> None:
        """Its lock says so: the same price is no difference, another one is converted; that the unit changed is said."""
        good = {path: path.read_text() for path in (synced.catalog, synced.lock)}
        million = good[synced.catalog].replace("0.0025", "2.5").replace("0.002,", "3,").replace("0.01", "10")
        synced.write(million)
        synced.lock.write_text(good[synced.lock].replace('"unit": "1k"', '"unit": "1m"'))
        commit(synced)
        for path, text in good.items():
            path.write_text(text)
        told = look(synced, "diff", "HEAD").out
        assert "pricing.input       0.003 → 0.002  -33.3%, $3.00 → $2.00 per 1M" in told
        assert told.count("→") == 2
        assert "Outside of entries:\n  unit  prices were USD per 1M tokens, are USD per 1K tokens" in told


class TestDiffFormats:
    """The same report as a sync's."""

    @pytest.fixture
    def changed(self, shell: Any, bring: Any) -> Any:
        """Return a project that differs from HEAD."""
        bring(shell, to=commit_and_edit)
        return shell

    def test_json(self, changed: Any) -> None:
        """With the day empty and the other state as the source; what modelsync does not know by its path."""
        report = look(changed, "diff", "HEAD", "--format", "json").json
        assert (report["source"], report["day"], report["applied"], report["exit_code"]) == ("revision HEAD", "", False, 0)  # fmt: skip
        (update,) = report["changes"]
        assert {field["field"]: (field["old"], field["new"]) for field in update["fields"]} == {
            "pricing.input": ("0.002", "0.004"),
            "pricing.cache_read": (None, "1"),
        }
        assert report["notes"] == [{"kind": "other", "subject": "team", "text": "none → ours"}]

    def test_markdown(self, changed: Any) -> None:
        """A page for a reviewer, sound as Markdown; equal states have one too."""
        page = look(changed, "diff", "HEAD", "--format", "markdown").out
        assert_sound(page)
        assert page.startswith("`llm_models.yml` compared with `revision HEAD`: ")
        assert "| `cache_read` | unknown → 1,000.00 | `none` → `1` | was not set |" in page
        commit(changed)
        assert "no differences" in look(changed, "diff", "HEAD", "--format", "markdown").out.lower()

    def test_github(self, changed: Any) -> None:
        """Annotations at the entry's line, and the page in the step's summary, which is outside of the project."""
        summary = changed.folder.parent / "summary.md"
        told = look(changed, "diff", "HEAD", "--format", "github", GITHUB_STEP_SUMMARY=str(summary)).out
        assert re.search(r"^::notice file=llm_models\.yml,line=4,", told, re.MULTILINE)
        assert "compared with `revision HEAD`" in summary.read_text()
