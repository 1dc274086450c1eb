"""`modelsync verify` as a person runs it, against providers on this machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.errors import Exit

if TYPE_CHECKING:
    from pathlib import Path

SOON = (datetime.now(UTC).date() + timedelta(days=20)).isoformat()
CATALOG = """\
# ours
providers:
  anthropic:
    models:
      sonnet:
        model: claude-sonnet-4.5   # as OpenRouter writes it
        pricing: {input: 0.003, output: 0.015}
      haiku: {model: claude-haiku-4-5, pricing: {input: 0.001, output: 0.005}}
      old: {model: claude-opus-4-20250514, pricing: {input: 0.015, output: 0.075}}
  openai:
    models:
      gpt-4o: {model: gpt-4o, pricing: {input: 0.0025, output: 0.01}}
      tuned: {model: "ft:gpt-4o:acme::x", pricing: {input: 0.0025, output: 0.01}}
  gemini:
    models:
      flash: {model: models/gemini-2.5-flash, pricing: {input: 0.0003, output: 0.0025}}
  acme:
    models:
      own: {model: own}
"""
FINE = """\
providers:
  openai:
    models:
      gpt-4o: {model: gpt-4o, pricing: {input: 0.0025, output: 0.01}}
"""
OPENAI = {"data": [{"id": "gpt-4o"}, {"id": "gpt-4.1"}]}
ANTHROPIC = {
    "data": [
        {"id": "claude-haiku-4-5-20251001"},
        {"id": "claude-opus-4-20250514", "lifecycle": "deprecated", "retires_at": f"{SOON}T00:00:00Z"},
        {"id": "claude-sonnet-4-5-20250929", "lifecycle": "active"},
    ],
    "has_more": False,
}
GEMINI = {"models": [{"name": "models/gemini-2.5-flash", "supportedGenerationMethods": ["generateContent"]}]}


@pytest.fixture
def verify(shell: Any, providers: Any) -> Any:
    """Return the function that runs `modelsync verify` on the catalog above with three providers that answer."""
    shell.write(CATALOG)
    providers.answer("openai", OPENAI)
    providers.answer("anthropic", ANTHROPIC)
    providers.answer("gemini", GEMINI)

    def run(*arguments: str, **variables: str) -> Any:
        return shell.run("verify", *arguments, env=providers.environment | variables)

    return run


def test_what_would_fail_is_told_with_the_id_that_works(shell: Any, providers: Any, verify: Any) -> None:
    """Every provider of the catalog is asked once, what fails and what retires is named, and nothing is written."""
    before = shell.files()
    done = verify()
    assert done.out.splitlines()[1:] == [
        "  Anthropic: 3 models",
        "  OpenAI: 2 models",
        "  Gemini: 1 model",
        "  acme: modelsync cannot read a list of acme",
        "",
        "anthropic",
        "  ! sonnet  `claude-sonnet-4.5`: not in Anthropic's list, which has `claude-sonnet-4-5-20250929`",
        f"  ~ old  `claude-opus-4-20250514`: deprecated, retires on {SOON}",
        "",
        "openai",
        "  ~ tuned  `ft:gpt-4o:acme::x`: not in OpenAI's list, nor is anything like it; models of one's own are listed only to the account that they belong to",
        "",
        "No price known: 1",
        "  acme/own  neither the file nor the lock has a price for it",
        "",
        "1 would fail, 2 to look at, 1 unknown, 3 fine.",
        "`modelsync verify --fix` corrects 1 model id.",
    ]  # fmt: skip
    assert (done.code, done.err) == (Exit.DRIFT, "")
    assert sorted(providers.asked()) == ["/anthropic/v1/models", "/gemini/v1beta/models", "/openai/models"]
    assert shell.files() == before


def test_one_entry_by_name(providers: Any, verify: Any) -> None:
    """Only the provider of the entries that are named is asked, and what is fine about them is told too."""
    done = verify("anthropic/haiku", "anthropic/claude-opus-4-20250514")
    assert done.out.splitlines()[3:] == [
        "anthropic",
        "  = haiku  `claude-haiku-4-5`: taken as `claude-haiku-4-5-20251001`",
        f"  ~ old  `claude-opus-4-20250514`: deprecated, retires on {SOON}",
        "",
        "1 to look at, 1 fine.",
    ]
    assert (done.code, providers.asked()) == (Exit.DONE, ["/anthropic/v1/models"])


@pytest.mark.parametrize(
    ("name", "message"),
    [("openai/gpt-9", "gpt-4o"), ("gpt-4o", "Did you mean openai/gpt-4o?"), ("antropic/sonnet", "anthropic/sonnet")],
)
def test_a_name_that_is_none(verify: Any, providers: Any, name: str, message: str) -> None:
    """A slip of the pen is told with the nearest name, before anybody is asked."""
    done = verify(name)
    assert (done.code, providers.asked()) == (Exit.USAGE, [])
    assert message in done.err


def test_fix_corrects_the_bytes_of_the_id(shell: Any, verify: Any) -> None:
    """`--fix` changes that id in its place and nothing else, after a backup; the next run finds nothing to correct."""
    dry = verify("--fix", "--dry-run")
    assert shell.catalog.read_text() == CATALOG
    assert dry.out.splitlines()[-2:] == [
        "2 to look at, 1 unknown, 3 fine, 1 to correct.",
        "Dry run: nothing was written.",
    ]
    done = verify("--fix")
    assert shell.catalog.read_text() == CATALOG.replace("claude-sonnet-4.5 ", "claude-sonnet-4-5-20250929 ")
    assert "      model  claude-sonnet-4.5 → claude-sonnet-4-5-20250929\n" in done.out
    assert "2 to look at, 1 unknown, 3 fine, 1 corrected.\nBackup created: llm_models.yml.backup." in done.out
    assert (dry.code, done.code) == (Exit.DONE, Exit.DONE)
    files = shell.files()
    again = verify("--fix")
    assert again.out.endswith("2 to look at, 1 unknown, 4 fine.\nThere is nothing that --fix could correct.\n")
    assert (again.code, shell.files()) == (Exit.DONE, files)


def test_after_a_fix_a_sync_has_nothing_to_do(shell: Any, verify: Any, record: Any) -> None:
    """The lock moves along: the corrected entry is the same upstream model, and its hand-set values stay set by hand."""
    shell.listing(record("anthropic/claude-sonnet-4.5", "0.000003", completion="0.000015"), record())
    rules = '[add]\nanthropic = "none"\nopenai = "none"\n'
    (shell.folder / "modelsync.toml").write_text(rules, encoding="utf-8")
    assert shell.sync("--quiet").code == Exit.DONE
    lock = json.loads(shell.lock.read_text())["entries"]["anthropic/sonnet"]
    assert verify("--fix", "anthropic/sonnet").code == Exit.DONE
    moved = json.loads(shell.lock.read_text())["entries"]["anthropic/sonnet"]
    assert moved == lock | {"model": "claude-sonnet-4-5-20250929"}
    files = shell.files()
    assert "Nothing to do" in shell.sync().out
    assert shell.files() == files


def test_a_fix_after_a_key_was_renamed_by_hand(shell: Any, verify: Any, record: Any) -> None:
    """The line moves to the new key with the corrected id: the next sync takes the entry for no other."""
    shell.listing(record("anthropic/claude-sonnet-4.5", "0.000003", completion="0.000015"), record())
    assert shell.sync("--quiet").code == Exit.DONE
    lines = json.loads(shell.lock.read_text())["entries"]
    shell.write(shell.catalog.read_text().replace(" sonnet:", " prose:"))
    assert verify("--fix", "anthropic/prose").code == Exit.DONE
    after = json.loads(shell.lock.read_text())["entries"]
    assert "anthropic/sonnet" not in after
    assert after["anthropic/prose"] == lines["anthropic/sonnet"] | {"model": "claude-sonnet-4-5-20250929"}


def test_without_a_lock_a_fix_makes_none(shell: Any, verify: Any) -> None:
    """A correction before the first sync is no first sync."""
    assert verify("--fix").code == Exit.DONE
    assert not shell.lock.exists()


def test_a_pinned_id_is_left_and_fails(shell: Any, verify: Any) -> None:
    """What is pinned is not corrected, and said to be so."""
    shell.write(CATALOG.replace("  # as OpenRouter writes it", "\n        pinned: [model]"))
    before = shell.files()
    done = verify("--fix", "anthropic/sonnet")
    assert "which has `claude-sonnet-4-5-20250929`; --fix leaves it: it is pinned\n" in done.out
    assert (done.code, shell.files()) == (Exit.DRIFT, before)


@pytest.mark.parametrize(
    ("span", "code"), [("20d", Exit.DRIFT), ("3w", Exit.DRIFT), ("19d", Exit.DONE), ("2w", Exit.DONE)]
)
def test_expiring_fails_on_what_retires_soon(verify: Any, span: str, code: Exit) -> None:
    """A model that retires within the span fails, one that retires a day later does not."""
    assert verify("anthropic/old", "--expiring", span).code == code


def test_a_span_that_is_none_asks_nobody(providers: Any, verify: Any) -> None:
    """A span of another form is a usage error."""
    done = verify("--expiring", "soon")
    assert (done.code, providers.asked()) == (Exit.USAGE, [])
    assert "Write 30d, 4w or 1m" in done.err


def test_a_failed_provider_leaves_its_entries_unknown(shell: Any, providers: Any) -> None:
    """One provider that fails is exit 4 when nothing else is wrong, and every entry of it is unknown."""
    shell.write(CATALOG.replace("claude-sonnet-4.5", "claude-sonnet-4-5-20250929"))
    providers.answer("openai", {"error": {"code": "invalid_api_key"}}, status=401)
    providers.answer("anthropic", ANTHROPIC)
    done = shell.run("verify", env=providers.environment)
    assert "refused the API key (HTTP 401)" in done.out.splitlines()[2]
    assert "  Gemini: not asked: Gemini needs a key in GEMINI_API_KEY or GOOGLE_API_KEY" in done.out
    assert (done.code, done.out.splitlines()[-1]) == (Exit.PARTIAL, "1 to look at, 4 unknown, 2 fine.")


def test_without_any_key_nothing_is_known(shell: Any, providers: Any) -> None:
    """Where nobody answers, the exit code says so, and what to set is said once: on standard error where the output is for others."""
    shell.write(FINE)
    done = shell.run("verify", env=providers.environment)
    assert (done.code, done.out.splitlines()[-1]) == (Exit.NOTHING_FETCHED, "1 unknown.")
    assert done.out.splitlines()[1] == "  OpenAI: not asked: OpenAI needs a key in OPENAI_API_KEY"
    assert done.err == "modelsync: no provider answered\n"
    for words in (("--quiet",), ("--format", "json")):
        err = shell.run("verify", *words, env=providers.environment).err
        assert err == "modelsync: no provider answered\n  OpenAI: not asked: OpenAI needs a key in OPENAI_API_KEY\n"


def test_an_error_is_told_once_with_what_helps(shell: Any, providers: Any) -> None:
    """Not with every entry again, and not that a snapshot would do: `verify` has no other source."""
    shell.write(FINE)
    env = providers.environment | {"OPENAI_API_KEY": "sk-canary-0123456789", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    done = shell.run("verify", "openai/gpt-4o", env=env)
    heard = done.out.splitlines()[1]
    assert heard.startswith("  OpenAI: cannot reach http://127.0.0.1:1/v1/models: ")
    assert heard.endswith(". Check the address and the network, or try again later.")
    assert done.out.splitlines()[2:] == ["", "openai", "  ? gpt-4o  no list to look it up in", "", "1 unknown."]
    assert (done.code, done.err) == (Exit.NOTHING_FETCHED, "modelsync: no provider answered\n")


def test_page_two_missing_is_incomplete(shell: Any, providers: Any) -> None:
    """An entry that may be on a page that did not come is unknown, and no failure."""
    shell.write("providers: {gemini: {models: {pro: {model: gemini-2.5-pro, pricing: {input: 1}}}}}\n")
    providers.expect("gemini", query_string={"pageSize": "1000"}).respond_with_json({**GEMINI, "nextPageToken": "two"})
    done = shell.run("verify", env=providers.environment)
    assert "Gemini: 1 model, incomplete: page 2 did not arrive" in done.out
    assert (done.code, done.out.splitlines()[-1]) == (Exit.DONE, "1 unknown.")


def test_ollama_takes_tags_with_and_without_latest(shell: Any, providers: Any) -> None:
    """`gemma3` and `gemma3:latest` are one tag; another tag is another model."""
    shell.write("providers: {ollama: {models: {a: {model: gemma3}, b: {model: 'qwen3:4b'}, c: {model: 'qwen3'}}}}\n")
    providers.answer(
        "ollama", {"models": [{"name": "gemma3:latest", "digest": "1"}, {"name": "qwen3:4b", "digest": "2"}]}
    )
    done = shell.run("verify", "--verbose", env=providers.environment)
    assert [line.split("  ")[1] for line in done.out.splitlines() if line.startswith(("  =", "  !"))] == [
        "= a",
        "= b",
        "! c",
    ]
    assert done.code == Exit.DRIFT


def test_openrouter_is_asked_for_every_kind(shell: Any, providers: Any) -> None:
    """An embeddings model of OpenRouter's is not missing, since all output modalities are asked for."""
    shell.write(
        "providers: {openrouter: {models: {a: {model: openai/emb, features: [embeddings]}, b: {model: 'openai/gpt-4o:nitro'}}}}\n"
    )
    records = [{"id": "openai/gpt-4o"}, {"id": "openai/emb", "architecture": {"output_modalities": ["embeddings"]}}]
    providers.expect("openrouter", query_string={"output_modalities": "all"}).respond_with_json({"data": records})
    done = shell.run("verify", env=providers.environment)
    assert (done.code, done.out.splitlines()[-1]) == (Exit.DONE, "2 fine.")


def test_json(shell: Any, verify: Any) -> None:
    """The JSON has the same, for machines."""
    done = verify("--format", "json")
    said = done.json
    assert {name: said[name] for name in ("version", "catalog", "applied", "backup", "exit_code", "summary", "messages")} == {
        "version": 1, "catalog": "llm_models.yml", "applied": False, "backup": None, "exit_code": 1, "messages": [],
        "summary": {"failing": 1, "warnings": 2, "unknown": 1, "fine": 3, "corrected": 0},
    }  # fmt: skip
    assert [(one["provider"], one["models"], one["complete"], one["failed"]) for one in said["providers"]] == [
        ("anthropic", 3, True, False), ("openai", 2, True, False), ("gemini", 1, True, False), ("acme", None, None, False),
    ]  # fmt: skip
    assert said["entries"][0] == {
        "entry": "anthropic/sonnet", "model": "claude-sonnet-4.5", "state": "not-served", "level": "error",
        "text": "not in Anthropic's list, which has `claude-sonnet-4-5-20250929`", "served": "claude-sonnet-4-5-20250929",
        "nearest": [], "lifecycle": "", "retires": "", "fix": "claude-sonnet-4-5-20250929", "unfixable": "",
    }  # fmt: skip
    assert (said["entries"][2]["lifecycle"], said["entries"][2]["retires"]) == ("deprecated", SOON)
    assert said["remarks"] == [
        {"kind": "unpriced", "entries": ["acme/own"], "text": "neither the file nor the lock has a price for it"}
    ]
    fixed = verify("--fix", "--format", "json").json
    assert (fixed["applied"], fixed["exit_code"], fixed["summary"]["corrected"]) == (True, 0, 1)
    assert (shell.folder / fixed["backup"]).read_text() == CATALOG


def test_markdown(verify: Any) -> None:
    """The page begins with what would fail."""
    page = verify("--format", "markdown").out
    assert "**1 would fail, 2 to look at, 1 unknown, 3 fine**" in page
    assert page.index("### Would fail: 1") < page.index("### To look at: 2") < page.index("<summary>Fine: 3</summary>")
    assert "| not in Anthropic's list, which has `claude-sonnet-4-5-20250929` |" in page
    assert "### Corrected: 1" in verify("--format", "markdown", "--fix").out


def test_github(tmp_path: Path, verify: Any) -> None:
    """What fails is an error beside its line, what is to be looked at a warning; the page goes to the step's summary."""
    summary = tmp_path / "summary.md"
    done = verify("--format", "github", GITHUB_STEP_SUMMARY=str(summary))
    lines = done.out.splitlines()
    assert [line.split(",title=")[0] for line in lines] == [
        "::error file=llm_models.yml,line=5", "::warning file=llm_models.yml,line=9", "::warning file=llm_models.yml,line=13",
    ]  # fmt: skip
    assert lines[0].endswith("title=Would fail%3A anthropic/sonnet::`claude-sonnet-4.5`: not in Anthropic's list, which has `claude-sonnet-4-5-20250929`")  # fmt: skip
    assert "### Would fail: 1" in summary.read_text()
    fixed = verify("--format", "github", "--fix").out.splitlines()
    assert fixed[-1] == "::notice file=llm_models.yml,line=5,title=Corrected%3A anthropic/sonnet::claude-sonnet-4.5 → claude-sonnet-4-5-20250929"  # fmt: skip


def test_quiet_says_only_what_needs_a_person(shell: Any, providers: Any, verify: Any) -> None:
    """One line for each thing to see to, and none when all is well."""
    assert [line.split(":")[0] for line in verify("--quiet").out.splitlines()] == [
        "anthropic/sonnet", "anthropic/old", "openai/tuned",
    ]  # fmt: skip
    shell.write(FINE)
    done = shell.run("verify", "-q", env=providers.environment)
    assert (done.code, done.out, done.err) == (Exit.DONE, "", "")


def test_a_recording_gives_the_same_without_network(shell: Any, providers: Any, verify: Any, tmp_path: Path) -> None:
    """What was recorded is verified again byte for byte, with no key and with the server gone."""
    folder = str(tmp_path / "recording")
    live = verify("--record", folder)
    providers.server.stop()
    again = shell.run("verify", "--replay", folder)
    assert (again.code, again.out) == (live.code, live.out)


def test_hostile_ids_stay_text(shell: Any, providers: Any) -> None:
    """Escapes in an id of the catalog, and an id that a provider made up, reach no terminal as they are."""
    shell.write(
        'providers: {openai: {models: {a: {model: "gpt\\u001b[31m\\n::error::x\\u202e", pricing: {input: 1}}}}}\n'
    )
    providers.answer("openai", {"data": [{"id": "gpt-31m::error::x"}]})
    for wanted in ("text", "markdown", "github", "json"):
        done = shell.run("verify", "--format", wanted, env=providers.environment)
        assert done.code == Exit.DRIFT
        assert "\x1b" not in done.out
        assert "\u202e" not in done.out
        assert "\n::error::x" not in done.out


def test_an_empty_catalog_is_fine(shell: Any, providers: Any) -> None:
    """Where there are no entries there is nobody to ask."""
    shell.write("providers: {openai: {models: {}}}\n")
    done = shell.run("verify", env=providers.environment)
    assert (done.code, done.out.splitlines()[-1], providers.asked()) == (Exit.DONE, "no entries.", [])


def test_the_recorded_lists(shell: Any, providers: Any, shared_data: Path) -> None:
    """OpenRouter's spellings against what the providers really said: each is told the id that works, and `--fix` writes it."""
    shell.write(
        "providers:\n"
        "  anthropic: {models: {a: {model: claude-sonnet-4.5}, b: {model: claude-opus-4.7}, c: {model: claude-3.7-sonnet}}}\n"
        "  openai: {models: {d: {model: gpt-5.3-chat}, e: {model: gpt-5.4}, f: {model: o3-pro}}}\n"
        "  gemini: {models: {g: {model: google/gemini-2.5-pro}, h: {model: models/gemini-embedding-001}}}\n"
    )
    for provider, name in (
        ("anthropic", "models.with-capabilities.2026-04-17.json"),
        ("openai", "models.2026-03-06T0405Z.json"),
        ("gemini", "models.2026-03-18T0432Z.json"),
    ):
        providers.answer(provider, (shared_data / provider / name).read_bytes())
    said = shell.run("verify", "--fix", "--format", "json", env=providers.environment).json
    assert {one["entry"]: one["fix"] or one["state"] for one in said["entries"]} == {
        "anthropic/a": "claude-sonnet-4-5-20250929", "anthropic/b": "claude-opus-4-7", "anthropic/c": "not-served",
        "openai/d": "gpt-5.3-chat-latest", "openai/e": "served", "openai/f": "not-served",
        "gemini/g": "gemini-2.5-pro", "gemini/h": "alias",
    }  # fmt: skip
    assert said["exit_code"] == Exit.DRIFT
    again = shell.run("verify", "--format", "json", env=providers.environment).json
    assert again["summary"] == {"failing": 2, "warnings": 0, "unknown": 0, "fine": 6, "corrected": 0}


def test_a_corrected_id_that_is_about_to_go_still_fails(shell: Any, providers: Any) -> None:
    """`--expiring` asks about the id that is written, not about the one that was there."""
    shell.write("providers:\n  anthropic:\n    models:\n      a1: {model: claude-sonnet-4.5}\n")
    soon = (datetime.now(UTC).date() + timedelta(days=8)).isoformat()
    model = {
        "id": "claude-sonnet-4-5-20250929",
        "type": "model",
        "lifecycle": "active",
        "retires_at": f"{soon}T00:00:00Z",
    }
    providers.answer("anthropic", {"data": [model], "has_more": False})
    done = shell.run("verify", "--expiring", "30d", "--fix", env=providers.environment)
    assert done.code == 1
    assert soon in done.out
    assert "model: claude-sonnet-4-5-20250929" in shell.catalog.read_text()
