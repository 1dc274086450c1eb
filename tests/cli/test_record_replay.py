"""`--record` and `--replay`: a report that anyone can run again, and that gives no key away."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CANARY = "sk-canary-0123456789"
OPENAI = {"data": [{"id": "gpt-4o", "created": 1715367049}, {"id": "gpt-5.2", "created": 1765000000}]}
TAGS = {"models": [{"name": "llama3.2:3b", "digest": "a", "modified_at": "2026-02-03T04:05:06Z"}]}
SHOW = {"model_info": {"general.architecture": "llama", "llama.context_length": 131072}, "capabilities": ["completion"]}
FORMATS = ("text", "json", "markdown")


@pytest.fixture
def run(shell: Any, providers: Any) -> Callable[..., Any]:
    """Return the function that runs the command where the providers are; with `--replay` there are neither they nor a key."""
    nowhere = {"OPENROUTER_API_KEY": "", "HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}

    def run(*words: str, **env: str) -> Any:
        return shell.run(*words, env=(nowhere if "--replay" in words else providers.environment) | env)

    return run


@pytest.fixture
def mixed(shell: Any, providers: Any) -> Any:
    """Return providers of which each does something else: list, list in part, fail in several ways, have no key."""
    key = shell.folder.parent / "key"
    key.write_text(f"{CANARY}-file")
    key.chmod(0o644)
    (shell.folder / "modelsync.toml").write_text(f'[providers.mistral]\napi_key_file = "{key}"\n')
    page = {"data": [{"id": "claude-opus-4-20250514"}], "has_more": True, "last_id": "x"}
    providers.answer("openai", OPENAI)
    providers.expect("anthropic", query_string={"limit": "1000"}).respond_with_json(page)
    providers.expect("anthropic").respond_with_data("<html>", 200, content_type="text/html")
    providers.answer("ollama", TAGS)
    providers.answer("ollama", SHOW, path="/api/show")
    providers.answer("openrouter", {"error": {"message": f"No auth for {CANARY}-openrouter"}}, status=401)
    providers.answer("xai", {"error": f"Incorrect API key provided: {CANARY}-xai"}, status=400)
    return providers


def _timeless(text: str) -> str:
    """Leave out how many seconds each stage took."""
    return re.sub(r"^ *[0-9]+[.][0-9]{3} s  ", "", text, flags=re.MULTILINE)


def _at(folder: Path, day: str) -> None:
    """Make a recording one of another day."""
    for path in folder.iterdir():
        path.write_text(json.dumps(json.loads(path.read_text()) | {"day": day}))


class TestList:
    """`list`, where every provider may do something else."""

    @pytest.mark.parametrize("output_format", FORMATS)
    def test_a_replay_says_the_same(self, mixed: Any, shell: Any, run: Any, output_format: str) -> None:
        """Byte for byte, with the exit code, without network, keys, variables or settings; as often as one likes."""
        words = ("list", "-v", "--format", output_format)
        recorded = run(*words, "--record", "report")
        assert recorded.code == Exit.PARTIAL
        asked = len(mixed.asked())
        (shell.folder / "modelsync.toml").unlink()
        for _ in range(2):
            replayed = run(*words, "--replay", "report")
            assert (replayed.code, replayed.out) == (recorded.code, recorded.out)
        assert len(mixed.asked()) == asked

    def test_everything_was_there_to_be_told(self, mixed: Any, run: Any) -> None:
        """What the comparison above compares: each kind of outcome."""
        out = run("list", "--record", "report").out
        assert "OpenAI: 2 models\nAnthropic: 1 model, incomplete: page 2 did not arrive\n" in out
        assert "Gemini: skipped, no key: " in out
        assert "OpenRouter: failed: " in out
        assert "Ollama: 1 model\nMistral: failed: others may read the API key in " in out
        assert "xAI: failed: " in out
        assert mixed.asked()

    def test_a_server_that_is_not_running_stays_that(self, mixed: Any, run: Any) -> None:
        """Where nobody named an address, it is no failure in a replay either; where somebody did, it is."""
        for number, (address, told) in enumerate((("", "Ollama: "), ("127.0.0.1:1", "Ollama: failed: cannot reach "))):
            recorded = run("list", "openai", "ollama", "--record", f"report{number}", OLLAMA_HOST=address)
            replayed = run("list", "openai", "ollama", "--replay", f"report{number}")
            assert (replayed.code, replayed.out) == (recorded.code, recorded.out)
            assert told in replayed.out
        assert mixed.asked()

    def test_who_needs_no_key_and_was_not_recorded(self, mixed: Any, run: Any) -> None:
        """Nobody is told to set a key that an Ollama of one's own does not need; nor by `verify`."""
        run("list", "openai", "--record", "report")
        done = run("list", "openai", "ollama", "gemini", "--replay", "report")
        told = "Ollama: skipped, not in the recording: it needs no key, OLLAMA_HOST says where it is\n"
        assert told in done.out
        assert "Gemini: skipped, no key: set GEMINI_API_KEY" in done.out
        alone = run("list", "ollama", "--replay", "report")
        assert (alone.code, alone.err) == (Exit.NOTHING_FETCHED, "modelsync: no provider answered\n")
        assert mixed.asked()

    def test_no_byte_of_the_record_holds_a_key(self, mixed: Any, shell: Any, run: Any) -> None:
        """Though servers repeat it, in bodies and in what is listed; it was sent, and only there."""
        mixed.answer("gemini", {"models": [{"name": f"models/{CANARY}-gemini", "displayName": f"{CANARY}-gemini"}]})
        done = run("list", "-v", "--record", "report")
        record = {name: data for name, data in shell.files().items() if name.startswith("report")}
        assert len(record) == 11
        assert not [name for name, data in record.items() if CANARY.encode() in data or CANARY in name]
        assert b"<XAI_API_KEY>" in b"".join(record.values())
        assert done.out == run("list", "-v", "--replay", "report").out
        assert "<GEMINI_API_KEY>" in done.out
        sent = [str(request.headers) for request, _ in mixed.server.log if request.path.startswith("/openai")]
        assert all(f"{CANARY}-openai" in headers for headers in sent)

    def test_what_only_looks_like_a_secret_stays(self, mixed: Any, run: Any) -> None:
        """A number of tokens and a word that stands for no key are parts of lists; they are not taken out of them."""
        harmless = {"MAX_TOKENS": "131072", "OPENAI_API_KEY": "gpt-4o", "MODEL_KEY": "claude-opus-4-20250514"}
        recorded = run("list", "-v", "--record", "report", **harmless)
        assert "131072" in recorded.out
        assert "  claude-opus-4-20250514\n" in recorded.out
        assert "  gpt-4o   " in recorded.out
        assert run("list", "-v", "--replay", "report").out == recorded.out
        assert mixed.asked()


class TestOtherVerbs:
    """Every verb that fetches."""

    @pytest.fixture
    def listing(self, providers: Any, record: Any) -> Any:
        """Have OpenRouter list two models, one of them with another price."""
        providers.answer("openrouter", {"data": [record(prompt="0.000003"), record("openai/gpt-4.1-mini")]})
        return providers

    @pytest.mark.parametrize(
        "words",
        [
            pytest.param(("sync", "--dry-run"), id="sync"),
            pytest.param(("plan", "-o", "-"), id="plan"),
            pytest.param(("add", "openai/gpt-4.1-mini", "--dry-run"), id="add"),
            pytest.param(("rename", "openai", "gpt-4o", "gpt-5", "--source", "openrouter", "--dry-run"), id="rename"),
            pytest.param(("verify",), id="verify"),
        ],
    )
    def test_a_replay_says_the_same(self, listing: Any, run: Any, words: tuple[str, ...]) -> None:
        """Byte for byte, with the exit code."""
        listing.answer("openai", OPENAI)
        recorded = run(*words, "--record", "report")
        assert recorded.code == Exit.DONE
        assert listing.asked()
        listing.server.clear()
        replayed = run(*words, "--replay", "report")
        assert (replayed.code, replayed.out, replayed.err) == (recorded.code, recorded.out, recorded.err)
        assert listing.asked() == []

    def test_a_replay_writes_what_the_recording_would_have(self, listing: Any, shell: Any, run: Any) -> None:
        """Catalog and lock come out the same; the backup is of now."""
        start = shell.catalog.read_bytes()
        assert run("sync", "--record", "report").code == Exit.DONE
        synced = shell.catalog.read_bytes(), shell.lock.read_bytes()
        shell.lock.unlink()
        shell.catalog.write_bytes(start)
        assert run("sync", "--replay", "report").code == Exit.DONE
        assert (shell.catalog.read_bytes(), shell.lock.read_bytes()) == synced
        assert synced[0] != start
        assert listing.asked()

    def test_a_failure_is_replayed_with_its_hint(self, run: Any) -> None:
        """Where nothing came, too: what is said of it and what to do."""
        recorded = run("sync", "--record", "report", OPENROUTER_API_BASE="http://127.0.0.1:1/v1")
        assert recorded.code == Exit.NOTHING_FETCHED
        assert "\n  Nothing was written. " in recorded.err
        assert run("sync", "--replay", "report") == recorded

    def test_days_count_as_when_it_was_recorded(self, listing: Any, shell: Any, run: Any, record: Any) -> None:
        """A model that is gone has been so for as long as it had been then, whenever the replay runs."""
        run("sync")
        listing.server.clear()
        listing.answer("openrouter", {"data": [record("openai/gpt-4.1-mini")]})
        run("plan", "--record", "gone")
        for day in ("2033-05-04", "2033-05-06"):
            _at(shell.folder / "gone", day)
            done = run("sync", "--replay", "gone")
        assert "missing 2 of 7 days" in done.out


BROKEN = {"error": {"message": "internal", "code": "oops"}}


class TestWhoeverAnswers:
    """A recording is made of every run, and replayed as it was: with one key, with none, with providers that fail."""

    @pytest.fixture
    def catalog(self, shell: Any, providers: Any, record: Any) -> Any:
        """Return the providers of a catalog with three of them; OpenRouter's list is there, and is asked without a key."""
        shell.write(
            "providers:\n  openai: {models: {gpt-4o: {model: gpt-4o}}}\n  anthropic: {models: {a: {model: claude-x}}}\n"
            "  groq: {models: {b: {model: c}}}\n"
        )
        providers.answer("openrouter", {"data": [record()]})
        return providers

    @pytest.mark.parametrize(
        ("words", "codes"),
        [
            pytest.param(("list", "openai", "anthropic"), [3, 0, 3], id="list"),
            pytest.param(("list", "openai", "--format", "json"), [3, 0, 3], id="list-json"),
            pytest.param(("list", "openai", "anthropic", "-v"), [3, 0, 3], id="list-verbose"),
            pytest.param(("verify",), [3, 0, 3], id="verify"),
            pytest.param(("verify", "groq/b"), [3, 3, 3], id="verify-nobody"),
            pytest.param(("sync", "--dry-run"), [0, 0, 4], id="sync"),
            pytest.param(("sync", "--dry-run", "-v"), [0, 0, 4], id="sync-verbose"),
            pytest.param(("plan", "-o", "-"), [0, 0, 4], id="plan"),
            pytest.param(("sync", "--catalog", "none.yml"), [2, 2, 2], id="sync-nothing"),
        ],
    )
    def test_a_replay_says_the_same(
        self, catalog: Any, run: Any, record: Any, words: tuple[str, ...], codes: list[int]
    ) -> None:
        """Standard output, standard error but for how long things took, and the exit code; the replay asks nobody."""

        def both(name: str) -> int:
            recorded = run(*words, "--record", name)
            asked = len(catalog.asked())
            replayed = run(*words, "--replay", name)
            assert replayed._replace(err=_timeless(replayed.err)) == recorded._replace(err=_timeless(recorded.err))
            assert len(catalog.asked()) == asked
            return recorded.code

        seen = [both("nobody")]
        catalog.answer("openai", OPENAI)
        seen.append(both("one"))
        catalog.server.clear_all_handlers()
        catalog.answer("openrouter", {"data": [record()]})
        for name in ("openai", "anthropic"):
            catalog.answer(name, BROKEN, status=404)
        seen.append(both("failing"))
        assert seen == codes


class TestRefusals:
    """What cannot be recorded or replayed is an error that says so, before anything happens."""

    @pytest.mark.parametrize("verb", [("list",), ("sync",), ("plan",), ("add", "openai/x"), ("verify",)])
    def test_both(self, run: Any, providers: Any, shell: Any, verb: tuple[str, ...]) -> None:
        """One or the other."""
        done = run(*verb, "--record", "a", "--replay", "b")
        assert done.code == Exit.USAGE
        assert done.err.startswith("modelsync: --record and --replay exclude each other\n")
        assert not (shell.folder / "a").exists()
        assert providers.asked() == []

    @pytest.mark.parametrize(
        ("words", "source"),
        [
            (("sync", "--source", "snapshot"), "snapshot"),
            (("plan", "--source", "here.json"), "here.json"),
            (("add", "openai/x", "--source", "-"), "-"),
            (("rename", "openai", "gpt-4o", "gpt-5"), "snapshot"),
        ],
    )
    def test_a_source_that_is_no_network(
        self, run: Any, shell: Any, providers: Any, words: tuple[str, ...], source: str
    ) -> None:
        """Nothing of it would be in the recording, and a replay would read what is there now: no folder is made, nothing written."""
        providers.answer("openai", OPENAI)
        (shell.folder / "here.json").write_text('{"data": [{"id": "openai/gpt-4o"}]}')
        run("list", "openai", "--record", "report")
        before = shell.files()
        replayed, recorded = (
            run(*words, flag, folder) for flag, folder in (("--replay", "report"), ("--record", "new"))
        )
        assert replayed.err.startswith(f"modelsync: --replay answers for the network, and the source is {source!r}\n")
        assert recorded.err.startswith(
            f"modelsync: --record keeps what the network answers, and the source is {source!r}\n"
        )
        assert "`--source openrouter`" in replayed.err
        assert (replayed.code, recorded.code, shell.files()) == (Exit.USAGE, Exit.USAGE, before)

    def test_the_source_of_the_settings(self, run: Any, shell: Any) -> None:
        """It counts like the flag, which wins."""
        (shell.folder / "modelsync.toml").write_text('source = "snapshot"\n')
        assert run("sync", "--record", "new").code == Exit.USAGE
        assert (
            run("sync", "--dry-run", "--record", "new", "--source", "http://127.0.0.1:1/m").code == Exit.NOTHING_FETCHED
        )
        assert run("sync", "--dry-run", "--replay", "new").code == Exit.USAGE

    def test_a_folder_that_is_no_recording(self, run: Any, shell: Any) -> None:
        """Missing, empty, or with something else in it."""
        (shell.folder / "empty").mkdir()
        (shell.folder / "other").mkdir()
        (shell.folder / "other" / "package.json").write_text('{"name": "x"}')
        for folder, problem in (
            ("missing", "missing holds no recording"),
            ("empty", "empty holds no recording"),
            ("other", "other/package.json is no recorded exchange"),
        ):
            done = run("list", "--replay", folder)
            assert (done.code, done.err.split("\n")[0]) == (Exit.USAGE, f"modelsync: {problem}")
        assert run("list", "--replay", "llm_models.yml").code == Exit.USAGE

    def test_a_folder_that_is_in_use(self, run: Any, providers: Any, shell: Any) -> None:
        """Nothing is mixed with what is there, and nobody is asked."""
        providers.answer("openai", OPENAI)
        (shell.folder / "report").mkdir()
        (shell.folder / "report" / "notes.txt").write_text("mine")
        done = run("list", "openai", "--record", "report")
        assert (done.code, done.err) == (
            Exit.USAGE,
            "modelsync: there is something in report already\n  Name a new or an empty folder.\n",
        )
        assert run("list", "openai", "--record", "llm_models.yml").code == Exit.USAGE
        assert providers.asked() == []

    def test_what_was_not_recorded(self, run: Any, providers: Any) -> None:
        """A provider that was not asked is as one without a key; a source that was not asked is an error."""
        providers.answer("openai", OPENAI)
        assert run("list", "openai", "--record", "report").code == Exit.DONE
        assert "Gemini: skipped, no key: " in run("list", "openai", "gemini", "--replay", "report").out
        done = run("sync", "--replay", "report")
        assert (done.code, done.err.split("\n")[0]) == (
            Exit.NOTHING_FETCHED,
            "modelsync: the recording did not ask OpenRouter",
        )
