"""The providers' own lists in a sync: whose word counts, what is called by which id, and what a run without them leaves alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from modelsync.domain import lock_format
from modelsync.domain.lock import Base
from modelsync.errors import NothingFetched
from modelsync.fetch.exchange import Response
from modelsync.fetch.listing import Surroundings
from modelsync.pipeline.editing import add_models, remove_entries
from modelsync.pipeline.standing import status_of
from modelsync.pipeline.syncing import sync_project
from modelsync.planning import plan_file
from modelsync.planning.changes import Add, Hold, Keep, Remove, Update
from modelsync.planning.context import Options
from modelsync.project import Project
from modelsync.settings import Prune, Settings
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from pathlib import Path

    from modelsync.fetch.exchange import Call

KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "gemini": "GEMINI_API_KEY"}
HOSTS = {
    "openrouter.ai": "openrouter",
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "gemini",
    "gpu-box": "ollama",
}
LIMITED = ("gpt-4o", 128000, 16384)


def openai(*ids: str, **more: Any) -> dict[str, Any]:
    """Write OpenAI's list: ids and nothing else that matters here."""
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": 1_700_000_000} for name in ids],
    } | more


def claude(name: str, *, context: int | None = None, output: int | None = None, **can: bool) -> dict[str, Any]:
    """Write one model as Anthropic does; `can` are capabilities."""
    flags = {flag: {"supported": supported} for flag, supported in can.items()}
    limits = {"max_input_tokens": context, "max_tokens": output}
    return {"id": name, "type": "model", "created_at": "2026-01-01T00:00:00Z", "capabilities": flags} | limits


def anthropic(*models: dict[str, Any], more: bool = False) -> dict[str, Any]:
    """Write Anthropic's list; `more` says that there is a page which never comes."""
    return {"data": list(models), "has_more": more, "first_id": None, "last_id": None}


def gemini(*models: tuple[str, int, int], thinking: bool | None = None) -> dict[str, Any]:
    """Write Gemini's list of models with their two limits."""
    return {
        "models": [
            {"name": f"models/{name}", "inputTokenLimit": reads, "outputTokenLimit": writes}
            | {"supportedGenerationMethods": ["generateContent"]}
            | ({} if thinking is None else {"thinking": thinking})
            for name, reads, writes in models
        ]
    }


class Net:
    """One catalog, and a network on which OpenRouter and some providers answer. A provider with an answer has a key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "llm_models.yml"
        self.day = "2026-03-01"
        self.settings = Settings()
        self.answers: dict[str, Any] = {}
        self.shows: dict[str, Any] = {}
        self.asked: list[str] = []

    def catalog(self, **providers: Any) -> None:
        """Write a catalog of these providers with these entries."""
        shape = {"providers": {name: {"models": entries} for name, entries in providers.items()}}
        self.path.write_text(yaml.safe_dump(shape, sort_keys=False), encoding="utf-8")

    def listing(self, *records: dict[str, Any]) -> None:
        """Say what OpenRouter lists from now on."""
        self.answers["openrouter"] = {"data": list(records)}

    def around(self, *, keys: bool) -> Surroundings:
        """The world of a run, with or without the providers' keys."""
        names = [name for name in self.answers if name in KEYS]
        environment = {KEYS[name]: f"sk-canary-{name}" for name in names} if keys else {}
        if keys and "ollama" in self.answers:
            environment["OLLAMA_HOST"] = "https://gpu-box"
        return Surroundings(environment=environment, today=self.day, stdin=BytesIO(), send=self._send)

    def _send(self, call: Call) -> Response:
        url = call.request.url
        name = HOSTS[url.split("/")[2]]
        self.asked.append(name)
        answer = self.answers.get(name)
        if call.request.body is not None:
            answer = self.shows.get(json.loads(call.request.body)["model"])
        if isinstance(answer, int) or answer is None:
            return Response(answer or 404, {"content-type": "application/json"}, b"{}")
        return Response(200, {"content-type": "application/json"}, json.dumps(answer).encode())

    def project(self) -> Project:
        """The catalog with its settings."""
        return Project(self.path, self.settings)

    def now(self) -> datetime:
        """Noon of the day."""
        return datetime.fromisoformat(self.day).replace(hour=12, tzinfo=UTC)

    def sync(self, *, keys: bool = True, dry_run: bool = False, **wishes: Any) -> Any:
        """Sync as the command does."""
        around = self.around(keys=keys)
        return sync_project(self.project(), Options(**wishes), around=around, now=self.now(), dry_run=dry_run)

    def plan(self, *, keys: bool = True, **wishes: Any) -> Any:
        """Sync and return the plan that was carried out."""
        return self.sync(keys=keys, **wishes).plan

    def entry(self, name: str) -> Any:
        """One entry as a YAML reader sees it."""
        provider, _, key = name.partition("/")
        return yaml.safe_load(self.path.read_bytes())["providers"][provider]["models"][key]

    def keys_of(self, provider: str) -> list[str]:
        """The keys of a provider's entries."""
        return list(yaml.safe_load(self.path.read_bytes())["providers"][provider]["models"] or {})

    def line(self, name: str) -> Any:
        """An entry's line in the lock."""
        return self.lock.entries[name]

    @property
    def lock(self) -> Any:
        """The lock."""
        return lock_format.decode(lock_path(self.path).read_bytes(), "lock")

    def files(self) -> dict[str, bytes]:
        """Catalog and lock."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if "backup" not in path.name}


@pytest.fixture
def net(tmp_path: Path) -> Net:
    """Return an empty folder, and a network on which nobody answers."""
    return Net(tmp_path)


def notes(plan: Any, kind: str) -> dict[str, str]:
    """The notes of one kind, by subject."""
    return {note.subject: note.text for note in plan.notes if note.kind == kind}


FLASH = {"gemini-2-5-flash": {"model": "gemini-2.5-flash", "context_length": 1048576, "max_output_tokens": 65535}}


class TestWhoIsAsked:
    """A sync from the network asks the providers of the catalog that have a key; no other source asks anybody."""

    def test_providers_of_the_catalog_with_a_key(self, net: Net, upstream: Any) -> None:
        """Gemini has a key and no section, Anthropic a section and no key: neither is asked."""
        net.catalog(openai={"gpt-4o": {"model": "gpt-4o"}}, anthropic={}, openrouter={})
        net.listing(upstream())
        net.answers |= {"openai": openai("gpt-4o"), "gemini": gemini(LIMITED)}
        result = net.sync()
        assert sorted(net.asked) == ["openai", "openrouter"]
        assert [(one.source, one.models, one.complete) for one in result.fetched] == [
            ("openrouter", 1, True),
            ("openai", 1, True),
        ]
        assert result.plan.digests.native == {"openai": result.fetched[1].digest}
        assert result.unasked == (
            "Anthropic: not asked for its own list, no key in ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN",
        )

    @pytest.mark.parametrize("source", ["snapshot", "file", "https://openrouter.ai/api/v1/models"])
    def test_any_other_source_asks_nobody(self, net: Net, upstream: Any, source: str) -> None:
        """A snapshot, a file or an address is one listing and nothing else."""
        net.catalog(openai={"gpt-4o": {"model": "gpt-4o"}})
        net.listing(upstream())
        net.answers["openai"] = openai("gpt-4o")
        file = net.folder / "models.json"
        file.write_text(json.dumps(net.answers["openrouter"]), encoding="utf-8")
        net.settings = Settings(source=str(file) if source == "file" else source)
        assert net.sync(dry_run=True).plan.digests.native == {}
        assert set(net.asked) <= {"openrouter"}

    def test_the_original_preset_asks_nobody(self, net: Net, upstream: Any) -> None:
        """`classic` knows OpenRouter alone."""
        net.catalog(openai={"gpt-4o": {"model": "gpt-4o"}})
        net.listing(upstream())
        net.answers["openai"] = openai()
        net.settings = Settings(preset="classic")
        assert net.plan().digests.native == {}
        assert net.asked == ["openrouter"]

    def test_ollama_only_when_somebody_named_it(self, net: Net, upstream: Any) -> None:
        """A server of one's own needs no key, so it is asked only where `OLLAMA_HOST` or the settings name it."""
        net.catalog(ollama={"llama": {"model": "llama3.2"}})
        net.listing(upstream())
        net.answers["ollama"] = {"models": []}
        net.sync(keys=False)
        assert net.asked == ["openrouter"]
        net.sync()
        assert sorted(net.asked) == ["ollama", "openrouter", "openrouter"]

    def test_adding_by_name_asks_that_provider(self, net: Net, upstream: Any) -> None:
        """`modelsync add` writes the id that the provider itself uses."""
        net.catalog(anthropic={}, openai={})
        net.listing(upstream("anthropic/claude-sonnet-4.5"))
        net.answers |= {"anthropic": anthropic(claude("claude-sonnet-4-5-20250929")), "openai": openai("gpt-4o")}
        names = ["anthropic/claude-sonnet-4.5"]
        result: Any = add_models(net.project(), names, around=net.around(keys=True), now=net.now())
        assert sorted(net.asked) == ["anthropic", "openrouter"]
        assert net.entry("anthropic/claude-sonnet-4-5")["model"] == "claude-sonnet-4-5-20250929"
        assert not result.plan.changes[0].unverified

    def test_adding_what_the_provider_does_not_serve_is_a_persons_word(self, net: Net, upstream: Any) -> None:
        """It is added as asked, marked unverified, and the doubt is told."""
        net.catalog(openai={})
        net.listing(upstream("openai/gpt-5"))
        net.answers["openai"] = openai("gpt-4o")
        plan: Any = add_models(net.project(), ["openai/gpt-5"], around=net.around(keys=True), now=net.now()).plan
        assert notes(plan, "doubt") == {"openai/gpt-5": "openai/gpt-5: not served to this account"}
        assert [change.unverified for change in plan.changes] == [True]


class TestNewEntries:
    """A new entry has the id of the provider's own list; what that list has not is not added."""

    def test_the_served_id_is_written_and_verified(self, net: Net, upstream: Any) -> None:
        """OpenRouter's dots and modes become what the API takes; the key stays OpenRouter's."""
        net.catalog(anthropic={}, openai={})
        net.listing(upstream("anthropic/claude-sonnet-4.5"), upstream("openai/gpt-5-chat"))
        net.answers |= {
            "anthropic": anthropic(claude("claude-sonnet-4-5-20250929", context=200000, output=64000)),
            "openai": openai("gpt-5-chat-latest"),
        }
        adds = {change.key: change for change in net.plan().changes if isinstance(change, Add)}
        assert {key: (add.values["model"], add.unverified) for key, add in adds.items()} == {
            "claude-sonnet-4-5": ("claude-sonnet-4-5-20250929", False),
            "gpt-5-chat": ("gpt-5-chat-latest", False),
        }
        base = net.line("anthropic/claude-sonnet-4-5").base
        assert base["context_length"] == Base(200000, "anthropic", "2026-03-01")
        assert base["pricing.input"].source == "openrouter"
        assert base["model"].source == "anthropic"

    def test_unserved_models_are_not_added_by_later_runs_either(self, net: Net, upstream: Any) -> None:
        """A complete list without the model keeps it away, on a machine without the key too, until the list has it."""
        net.catalog(openai={})
        net.listing(upstream(), upstream("openai/gpt-5"))
        net.answers["openai"] = openai("gpt-4o")
        plan = net.plan()
        assert notes(plan, "not-added") == {"openai/gpt-5": "openai/gpt-5: not served to this account"}
        assert net.keys_of("openai") == ["gpt-4o"]
        assert net.lock.unserved == {"openai:openai/gpt-5": "2026-03-01"}
        net.day = "2026-03-02"
        assert notes(net.plan(keys=False), "not-added") == {
            "openai/gpt-5": "openai/gpt-5: not in the provider's own list of 2026-03-01"
        }
        assert net.keys_of("openai") == ["gpt-4o"]
        net.answers["openai"] = openai("gpt-4o", "gpt-5")
        net.plan()
        assert net.keys_of("openai") == ["gpt-4o", "gpt-5"]
        assert net.lock.unserved == {}
        assert b"unserved" not in lock_path(net.path).read_bytes()

    def test_what_was_unserved_is_not_forgotten_over_half_a_listing(self, net: Net, upstream: Any) -> None:
        """The page of OpenRouter's on which the model is may be the one that is missing."""
        net.catalog(openai={})
        net.listing(upstream(), upstream("openai/gpt-5"))
        net.answers["openai"] = openai("gpt-4o")
        net.plan()
        net.listing(upstream(), {"id": ""})
        net.plan(keys=False)
        assert net.lock.unserved == {"openai:openai/gpt-5": "2026-03-01"}
        net.listing(upstream())
        net.plan(keys=False)
        assert net.lock.unserved == {}

    @pytest.mark.parametrize("meanwhile", ["vanished", "unreadable", "not asked for"])
    def test_what_was_unserved_stays_so_until_the_provider_serves_it(
        self, net: Net, upstream: Any, meanwhile: str
    ) -> None:
        """A run that cannot see it, or need not, forgets nothing; the next one without a key adds nothing."""
        known = [upstream(f"openai/m{number}") for number in range(4)]
        net.catalog(openai={})
        net.listing(upstream("openai/gpt-5"), *known)
        net.answers["openai"] = openai("m0", "m1", "m2", "m3")
        net.plan()
        odd = {"vanished": [upstream("anthropic/x")], "unreadable": [{"id": "openai/gpt-5", "name": 5}, *known]}
        if meanwhile in odd:
            net.listing(*odd[meanwhile])
        else:
            net.settings = Settings(add={"openai": "none"})
        net.plan(keys=False)
        net.settings = Settings()
        net.listing(upstream("openai/gpt-5"), *known)
        assert not [change for change in net.plan(keys=False).changes if isinstance(change, Add)]

    def test_a_held_addition_is_held_on_runs_without_a_key_too(self, net: Net, upstream: Any) -> None:
        """Only the provider's list knows that it serves it: without that nothing is decided, and the lock stays."""
        net.catalog(openai={"gpt-4o": {"model": "gpt-4o"}})
        net.listing(upstream(), upstream("openai/gpt-5-chat", prompt="0.002", completion="0.002"))
        net.answers["openai"] = openai("gpt-4o", "gpt-5-chat-latest")
        net.plan()
        before = net.files()
        for keys in (False, True, False):
            assert [change.key for change in net.plan(keys=keys).changes if isinstance(change, Hold)] == ["gpt-5-chat"]
        assert net.files() == before

    def test_a_retired_model_is_not_added(self, net: Net, upstream: Any) -> None:
        """It is still listed, and its provider says that it is over."""
        net.catalog(anthropic={})
        net.listing(upstream("anthropic/claude-opus-4.1"))
        net.answers["anthropic"] = anthropic(claude("claude-opus-4-1-20250805") | {"lifecycle": "retired"})
        (text,) = notes(net.plan(), "not-added").values()
        assert text == "anthropic/claude-opus-4.1: retired, its provider says"

    def test_an_entry_with_a_served_id_is_matched_where_the_lock_is_lost(self, net: Net, upstream: Any) -> None:
        """Only the list knows that `gpt-5-chat-latest` is what OpenRouter calls `gpt-5-chat`."""
        net.catalog(openai={"chat": {"model": "gpt-5-chat-latest"}})
        net.listing(upstream("openai/gpt-5-chat"))
        net.answers["openai"] = openai("gpt-5-chat-latest")
        net.plan()
        assert net.line("openai/chat").upstream == "openai/gpt-5-chat"
        assert net.entry("openai/chat")["pricing"] == {"input": 0.0025, "output": 0.01}

    def test_an_id_that_only_the_list_understands_has_a_price(self, net: Net, upstream: Any) -> None:
        """The version before the family: OpenRouter has no such name, the provider's rules lead to the one it has."""
        net.catalog(anthropic={"haiku": {"model": "claude-4.5-haiku"}})
        net.listing(upstream("anthropic/claude-haiku-4.5"))
        net.answers["anthropic"] = anthropic(claude("claude-haiku-4-5-20251001"))
        for keys in (True, False, True):
            net.plan(keys=keys)
            assert net.line("anthropic/haiku").upstream == "anthropic/claude-haiku-4.5"
            assert net.entry("anthropic/haiku")["pricing"] == {"input": 0.0025, "output": 0.01}
        assert net.keys_of("anthropic") == ["haiku"]

    @pytest.mark.parametrize("more", [False, True])
    def test_a_date_of_openais_is_never_guessed(self, net: Net, upstream: Any, more: bool) -> None:
        """`gpt-4o-2024-05-13` has a price of its own, though the account's list has no other `gpt-4o` today."""
        net.settings = Settings(add={"openai": "none"})
        net.catalog(openai={"gpt-4o": {"model": "gpt-4o", "pricing": {"input": 0.0025, "output": 0.01}}})
        net.listing(upstream("openai/gpt-4o-2024-05-13", prompt="0.000005"), upstream("openai/gpt-5"))
        net.answers["openai"] = openai("gpt-4o-2024-05-13", *(["gpt-5"] if more else []))
        net.plan()
        assert net.entry("openai/gpt-4o")["pricing"] == {"input": 0.0025, "output": 0.01}

    def test_several_candidates_are_told_and_none_is_guessed(self, net: Net, upstream: Any) -> None:
        """Two dates of one model: which is meant is for a person to say."""
        net.catalog(anthropic={})
        net.listing(upstream("anthropic/claude-3.5-sonnet"))
        net.answers["anthropic"] = anthropic(claude("claude-3-5-sonnet-20240620"), claude("claude-3-5-sonnet-20241022"))
        (text,) = notes(net.plan(), "not-added").values()
        assert "could be claude-3-5-sonnet-20241022, claude-3-5-sonnet-20240620" in text

    def test_an_incomplete_list_is_as_none(self, net: Net, upstream: Any) -> None:
        """Page 2 is missing: what is not on page 1 is added unverified, as without a list, and nothing is called unserved."""
        net.catalog(anthropic={"haiku": {"model": "claude-3-5-haiku-20241022"}})
        net.listing(upstream("anthropic/claude-sonnet-4.5"), upstream("anthropic/claude-3.5-haiku"))
        net.answers["anthropic"] = anthropic(claude("claude-opus-4-1-20250805"), more=True)
        plan = net.plan()
        (add,) = (change for change in plan.changes if isinstance(change, Add))
        assert (add.values["model"], add.unverified) == ("claude-sonnet-4-5", True)
        assert notes(plan, "not-served") == {}
        assert "incomplete" in notes(plan, "incomplete")["anthropic"]
        assert net.lock.unserved == {}


class TestAuthority:
    """What a provider's own list states of limits and features wins, and stands on runs without that list."""

    def test_native_limits_win_and_the_lock_says_so(self, net: Net, upstream: Any) -> None:
        """65536 of Gemini's against 65535 of OpenRouter's; prices stay OpenRouter's."""
        net.catalog(gemini=FLASH)
        net.listing(upstream("google/gemini-2.5-flash", context=1048576, output=65535))
        net.plan(keys=False)
        assert net.line("gemini/gemini-2-5-flash").base["max_output_tokens"].source == "openrouter"
        net.day, net.answers["gemini"] = "2026-03-02", gemini(("gemini-2.5-flash", 1048576, 65536))
        (change,) = net.plan().changes
        assert [(field.field, field.new) for field in change.fields] == [("max_output_tokens", 65536)]
        base = net.line("gemini/gemini-2-5-flash").base
        assert base["max_output_tokens"] == Base(65536, "gemini", "2026-03-02")
        assert base["context_length"] == Base(1048576, "gemini", "2026-03-02"), "confirmed: it has the word now"
        assert base["pricing.input"] == Base("0.0000025", "openrouter", "2026-03-01")

    @pytest.mark.parametrize(
        "answer", [None, 500, gemini(("gemini-2.0-flash", 1, 1)), {"models": [], "nextPageToken": "x"}]
    )
    def test_a_run_without_the_word_of_the_provider_changes_nothing(self, net: Net, upstream: Any, answer: Any) -> None:
        """No key, a failure, a list without the model, a first page alone: OpenRouter does not take the field back."""
        net.catalog(gemini=FLASH)
        net.listing(upstream("google/gemini-2.5-flash", context=1048576, output=65535))
        net.answers["gemini"] = gemini(("gemini-2.5-flash", 1048576, 65536))
        net.plan()
        before = net.files()
        net.day, net.answers["gemini"] = "2026-03-02", answer
        net.listing(upstream("google/gemini-2.5-flash", context=999, output=998))
        assert net.plan(keys=answer is not None).changes == ()
        assert net.files() == before

    def test_a_limit_that_cannot_be_written_is_held_against_the_provider_with_and_without_its_list(
        self, net: Net, upstream: Any
    ) -> None:
        """The lock remembers who says what is held, so that runs with and without a key do not take turns."""
        net.catalog(gemini=FLASH)
        text = net.path.read_text().replace("65535", "&most 8000") + "own: *most\n"
        net.path.write_text(text, encoding="utf-8")
        net.listing(upstream("google/gemini-2.5-flash", context=1048576, output=65535))
        net.answers["gemini"] = gemini(("gemini-2.5-flash", 1048576, 65536))
        net.plan()
        before = net.files()
        for keys in (False, True, False):
            (hold,) = net.plan(keys=keys).changes
            assert (type(hold), [change.new for change in hold.fields]) == (Hold, [65536])
        assert net.files() == before

    def test_a_hand_set_limit_is_reported_against_the_provider_with_and_without_its_list(
        self, net: Net, upstream: Any
    ) -> None:
        """What is kept is kept against the same value on every machine, and `--take` gives that one."""
        net.catalog(gemini=FLASH)
        net.listing(upstream("google/gemini-2.5-flash", context=1048576, output=65535))
        net.answers["gemini"] = gemini(("gemini-2.5-flash", 1048576, 65536))
        net.plan()
        net.path.write_text(net.path.read_text().replace("65536", "8000"), encoding="utf-8")
        for keys in (True, False, True, False):
            (kept,) = net.plan(keys=keys).changes
            assert (type(kept), kept.ours, kept.theirs) == (Keep, 8000, 65536)
        before = net.files()
        net.plan()
        assert net.files() == before
        net.plan(keys=False, take=("gemini/gemini-2-5-flash.max_output_tokens",))
        assert net.entry("gemini/gemini-2-5-flash")["max_output_tokens"] == 65536
        assert net.line("gemini/gemini-2-5-flash").base["max_output_tokens"].source == "gemini"

    def test_a_hand_set_limit_is_bound_to_the_provider_that_confirms_openrouters(self, net: Net, upstream: Any) -> None:
        """From then on a change of OpenRouter's is no news for the value that is kept against the provider's."""
        net.catalog(gemini=FLASH)
        net.listing(upstream("google/gemini-2.5-flash", context=1048576, output=65535))
        net.plan(keys=False)
        net.path.write_text(net.path.read_text().replace("65535", "8000"), encoding="utf-8")
        net.plan(keys=False)
        net.answers["gemini"] = gemini(("gemini-2.5-flash", 1048576, 65535))
        net.plan()
        net.listing(upstream("google/gemini-2.5-flash", context=1048576, output=64000))
        (kept,) = net.plan(keys=False).changes
        assert kept.theirs == 65535

    def test_a_new_model_id_is_not_bound_by_the_old_ones_limits(self, net: Net, upstream: Any) -> None:
        """The provider spoke of another model: OpenRouter's word on the new one counts until the provider speaks of that."""
        net.catalog(gemini=FLASH)
        net.listing(
            upstream("google/gemini-2.5-flash", output=65535), upstream("google/gemini-2.5-pro", context=5, output=7)
        )
        net.settings = Settings(add={"gemini": "none"})
        net.answers["gemini"] = gemini(("gemini-2.5-flash", 1048576, 65536))
        net.plan()
        net.path.write_text(
            net.path.read_text().replace("model: gemini-2.5-flash", "model: gemini-2.5-pro"), encoding="utf-8"
        )
        net.plan(keys=False)
        assert net.entry("gemini/gemini-2-5-flash")["max_output_tokens"] == 7

    def test_the_entrys_own_id_says_which_models_limits_it_has(self, net: Net, upstream: Any) -> None:
        """Two dates fit OpenRouter's name; the entry names one of them, and has that one's limits."""
        net.catalog(anthropic={"sonnet": {"model": "claude-3-5-sonnet-20240620"}})
        net.listing(upstream("anthropic/claude-3.5-sonnet", context=1, output=2))
        net.answers["anthropic"] = anthropic(
            claude("claude-3-5-sonnet-20240620", context=200000, output=4096),
            claude("claude-3-5-sonnet-20241022", context=200000, output=8192),
        )
        net.plan()
        assert net.entry("anthropic/sonnet")["max_output_tokens"] == 4096

    def test_stated_features_come_and_denied_ones_stay_away(self, net: Net, upstream: Any) -> None:
        """`vision` is denied by Anthropic whatever OpenRouter says, on runs without its list too; when it comes, it comes."""
        net.catalog(anthropic={"opus": {"model": "claude-opus-4-1-20250805", "features": ["house"]}})
        net.listing(upstream("anthropic/claude-opus-4.1", inputs=("text", "image"), parameters=("tools",)))
        net.answers["anthropic"] = anthropic(claude("claude-opus-4-1-20250805", thinking=True, image_input=False))
        net.plan()
        assert net.entry("anthropic/opus")["features"] == ["house", "function_calling", "reasoning"]
        before = net.files()
        assert net.plan(keys=False).changes == ()
        assert net.files() == before
        net.listing(upstream("anthropic/claude-opus-4.1", inputs=("text", "image", "file"), parameters=("tools",)))
        net.plan(keys=False)
        assert net.entry("anthropic/opus")["features"] == ["house", "function_calling", "reasoning", "file_input"]
        net.answers["anthropic"] = anthropic(claude("claude-opus-4-1-20250805", thinking=True, image_input=True))
        net.plan()
        assert net.entry("anthropic/opus")["features"][-2:] == ["vision", "multimodal"]

    def test_classic_takes_back_what_a_provider_stated(self, net: Net, upstream: Any) -> None:
        """With the original's rules OpenRouter wins every time, whoever spoke before."""
        net.catalog(gemini=FLASH)
        net.listing(upstream("google/gemini-2.5-flash", context=1048576, output=65535))
        net.answers["gemini"] = gemini(("gemini-2.5-flash", 1048576, 65536))
        net.plan()
        net.settings = Settings(preset="classic")
        net.plan()
        assert net.entry("gemini/gemini-2-5-flash")["max_output_tokens"] == 65535


class TestKnownToTheProviderAlone:
    """Embeddings, whisper, fine-tunes: OpenRouter does not list them, their provider does."""

    def catalog(self, net: Net, upstream: Any) -> None:
        """Write a catalog with one priced model and two that OpenRouter does not list."""
        embedding = {"model": "gemini-embedding-001", "context_length": 5, "pricing": {"input": 0.0001}}
        net.catalog(gemini=FLASH | {"embed": embedding, "mine": {"model": "tuned-1"}})
        net.listing(upstream("google/gemini-2.5-flash", context=1048576, output=65535))
        answer = gemini(("gemini-2.5-flash", 1048576, 65536), ("tuned-1", 1000, 100))
        answer["models"].append(
            {
                "name": "models/gemini-embedding-001",
                "inputTokenLimit": 2048,
                "supportedGenerationMethods": ["embedContent"],
            }
        )
        net.answers["gemini"] = answer

    def test_what_was_called_set_by_hand_stays_when_openrouter_lists_them(self, net: Net, upstream: Any) -> None:
        """Once `--ours` was said, nothing that was typed is taken for a blank any more."""
        self.catalog(net, upstream)
        net.plan(ours=True)
        net.listing(upstream("google/gemini-2.5-flash"), upstream("google/gemini-embedding-001", prompt="0.00000015"))
        kept = {change.field for change in net.plan().changes if isinstance(change, Keep) and change.key == "embed"}
        assert "pricing.input" in kept
        assert net.entry("gemini/embed")["pricing"]["input"] == 0.0001

    def test_they_are_managed_and_never_unknown(self, net: Net, upstream: Any) -> None:
        """Limits and features follow the list, the typed price stays, the note says that no price is known."""
        self.catalog(net, upstream)
        plan = net.plan()
        assert net.entry("gemini/embed") == {
            "model": "gemini-embedding-001",
            "context_length": 2048,
            "pricing": {"input": 0.0001},
            "features": ["embeddings"],
        }
        served = "served by Gemini, not listed by openrouter"
        assert notes(plan, "unpriced") == {
            "gemini/embed": f"{served}: the prices in the file stay",
            "gemini/mine": f"{served}: no price known",
        }
        assert notes(plan, "unknown") == notes(plan, "not-served") == {}
        assert net.line("gemini/mine").native

    def test_nothing_prunes_them_whether_or_not_the_list_is_there(self, net: Net, upstream: Any) -> None:
        """`--prune all` leaves them, and a run without a key neither reports them nor counts days."""
        self.catalog(net, upstream)
        net.plan()
        before = net.files()
        for keys in (True, False):
            plan = net.plan(keys=keys, prune="all")
            assert plan.changes == ()
            assert notes(plan, "stale") == notes(plan, "unknown") == {}
        assert net.files() == before
        status = status_of(net.project(), {}, today=net.now().date()).standing
        assert {entry.name: entry.state for entry in status.entries}["gemini/embed"] == "managed"

    @pytest.mark.parametrize("answer", [500, {"models": [], "nextPageToken": "x"}], ids=["failed", "incomplete"])
    def test_no_list_or_half_of_one_prunes_nothing_unknown(self, net: Net, upstream: Any, answer: Any) -> None:
        """Whether the provider serves an entry that was never matched is not known: it stays."""
        self.catalog(net, upstream)
        net.answers["gemini"] = answer
        assert not [change for change in net.plan(prune="all").changes if isinstance(change, Remove)]

    def test_one_that_openrouter_drops_is_not_stale_while_its_provider_serves_it(self, net: Net, upstream: Any) -> None:
        """It keeps the base of its prices, and is matched again when OpenRouter lists it again."""
        self.catalog(net, upstream)
        net.plan()
        known = net.line("gemini/gemini-2-5-flash")
        net.day = "2026-03-02"
        net.listing(upstream("google/gemini-2.0-flash"))
        plan = net.plan(prune="stale")
        assert notes(plan, "stale") == {}
        line = net.line("gemini/gemini-2-5-flash")
        assert (line.upstream, line.native, line.missing_since) == (known.upstream, True, "")
        assert line.base["pricing.input"] == known.base["pricing.input"]
        before = net.files()
        net.day = "2026-04-02"
        assert not [change for change in net.plan(keys=False, prune="stale").changes if isinstance(change, Remove)]
        assert net.files()["llm_models.yml"] == before["llm_models.yml"]
        net.listing(upstream("google/gemini-2.5-flash", prompt="0.000003"))
        (change,) = (one for one in net.plan(keys=False).changes if isinstance(one, Update))
        assert [field.field for field in change.fields] == ["pricing.input"]
        assert not net.line("gemini/gemini-2-5-flash").native

    def test_half_a_listing_says_nothing_of_what_it_lacks(self, net: Net, upstream: Any) -> None:
        """The line stays as it is: OpenRouter may well list the model."""
        self.catalog(net, upstream)
        net.plan()
        before = net.files()
        net.listing(upstream("google/gemini-2.0-flash"), {"id": ""})
        net.settings = Settings(add={"gemini": "none"})
        net.plan()
        assert net.files() == before

    def test_a_similar_id_at_the_same_prices_is_still_taken_over(self, net: Net, upstream: Any) -> None:
        """What OpenRouter calls otherwise from today keeps its prices true."""
        net.catalog(anthropic={"haiku": {"model": "claude-3-5-haiku-20241022"}})
        net.answers["anthropic"] = anthropic(claude("claude-3-5-haiku-20241022"))
        net.listing(upstream("anthropic/claude-3.5-haiku-20241022"))
        net.plan()
        net.listing(upstream("anthropic/claude-3.5-haiku"))
        assert list(notes(net.plan(), "rematched")) == ["anthropic/haiku"]
        assert net.line("anthropic/haiku").upstream == "anthropic/claude-3.5-haiku"

    def test_when_openrouter_lists_one_its_typed_price_is_decided_as_on_the_first_sync(
        self, net: Net, upstream: Any
    ) -> None:
        """The price typed before modelsync came was never compared with anything."""
        self.catalog(net, upstream)
        net.plan()
        net.listing(upstream("google/gemini-2.5-flash"), upstream("google/gemini-embedding-001", prompt="0.00000015"))
        net.plan(keys=False)
        assert net.entry("gemini/embed")["pricing"]["input"] == 0.00015

    def test_one_deleted_by_hand_leaves_a_tombstone_that_writing_it_again_lifts(self, net: Net, upstream: Any) -> None:
        """As for any other entry."""
        self.catalog(net, upstream)
        text = net.path.read_text()
        net.plan()
        net.catalog(gemini=FLASH)
        net.plan(keys=False, force=True)
        assert set(net.lock.tombstones) == {"gemini:gemini/gemini-embedding-001", "gemini:gemini/tuned-1"}
        net.path.write_text(text, encoding="utf-8")
        net.plan()
        assert net.lock.tombstones == {}


class TestAbsence:
    """Not being in a provider's own list is a warning and nothing more."""

    def test_a_warning_and_nothing_else(self, net: Net, upstream: Any) -> None:
        """The entry is still managed, is not stale, and no `--prune` removes it for that."""
        net.catalog(openai={"gpt-4o": {"model": "gpt-4o"}})
        net.listing(upstream())
        net.answers["openai"] = openai("gpt-4.1")
        plan = net.plan(prune="all")
        assert notes(plan, "not-served") == {"openai/gpt-4o": "gpt-4o is not in this account's OpenAI list"}
        assert notes(plan, "stale") == {}
        assert net.entry("openai/gpt-4o")["max_output_tokens"] == 16384

    def test_an_id_in_another_spelling_is_told_with_the_right_one(self, net: Net, upstream: Any) -> None:
        """OpenRouter's spelling is none that Anthropic takes."""
        net.catalog(anthropic={"sonnet": {"model": "claude-sonnet-4.5"}})
        net.listing(upstream("anthropic/claude-sonnet-4.5"))
        net.answers["anthropic"] = anthropic(claude("claude-sonnet-4-5-20250929"))
        text = "claude-sonnet-4.5 is not in this account's Anthropic list, claude-sonnet-4-5-20250929 is"
        assert notes(net.plan(), "not-served") == {"anthropic/sonnet": text}


class TestFailure:
    """A provider that fails costs its own list and nothing else."""

    def test_the_others_go_on_and_the_plan_is_partial(self, net: Net, upstream: Any) -> None:
        """Gemini's entries keep what Gemini said, Anthropic's get what Anthropic says."""
        net.catalog(gemini=FLASH, anthropic={"opus": {"model": "claude-opus-4-1-20250805"}})
        net.listing(upstream("google/gemini-2.5-flash", output=65535), upstream("anthropic/claude-opus-4.1", output=1))
        net.answers["gemini"] = gemini(("gemini-2.5-flash", 1048576, 65536))
        assert not net.plan().partial
        net.answers |= {"gemini": 400, "anthropic": anthropic(claude("claude-opus-4-1-20250805", output=32000))}
        plan = net.plan()
        assert "Gemini did not give its own list" in notes(plan, "unreachable")["gemini"]
        assert plan.partial
        assert net.entry("gemini/gemini-2-5-flash")["max_output_tokens"] == 65536
        assert net.entry("anthropic/opus")["max_output_tokens"] == 32000
        assert "sk-canary" not in str(plan)

    def test_without_openrouter_there_is_no_sync(self, net: Net) -> None:
        """The listing is what a sync stands on: without it, what the providers say changes nothing."""
        net.catalog(openai={"gpt-4o": {"model": "gpt-4o"}})
        before = net.path.read_bytes()
        net.answers |= {"openrouter": 500, "openai": openai("gpt-4o")}
        with pytest.raises(NothingFetched):
            net.sync()
        assert "openrouter" in net.asked
        assert net.path.read_bytes() == before


class TestDays:
    """Listing and providers' own lists grow old each for themselves."""

    def lives(self, net: Net, upstream: Any) -> None:
        """OpenRouter's last news are of March 1st, Gemini's of March 9th."""
        net.catalog(gemini=FLASH)
        net.listing(upstream("google/gemini-2.5-flash", context=1048576, output=65535))
        net.plan(keys=False)
        net.day, net.answers["gemini"] = "2026-03-09", gemini(("gemini-2.5-flash", 1048576, 65536))
        net.plan()

    def test_a_listing_of_between_is_not_outdated_by_the_providers_day(self, net: Net, upstream: Any) -> None:
        """A listing of March 5th has news for what OpenRouter said."""
        self.lives(net, upstream)
        net.day = "2026-03-05"
        net.listing(upstream("google/gemini-2.5-flash", prompt="0.000009"))
        plan = net.plan(keys=False)
        assert notes(plan, "outdated") == {}
        assert [field.field for field in plan.changes[0].fields] == ["pricing.input"]

    def test_a_list_older_than_the_providers_last_word_is_not_believed(self, net: Net, upstream: Any) -> None:
        """A replay of March 5th does not take back what Gemini said on the 9th; OpenRouter's part is not outdated by that."""
        self.lives(net, upstream)
        net.day, net.answers["gemini"] = "2026-03-05", gemini(("gemini-2.5-flash", 7, 7))
        plan = net.plan()
        assert list(notes(plan, "outdated")) == ["gemini"]
        assert net.entry("gemini/gemini-2-5-flash")["max_output_tokens"] == 65536

    def test_an_old_listing_is_outdated_though_the_providers_list_is_new(self, net: Net, upstream: Any) -> None:
        """The snapshot in the package is older than what OpenRouter said since."""
        self.lives(net, upstream)
        old = net.folder / "old.json"
        old.write_text(json.dumps(net.answers["openrouter"]), encoding="utf-8")
        net.settings, net.day = Settings(source=str(old)), "2026-02-01"
        assert list(notes(net.plan(), "outdated")) == ["old.json"]

    def test_models_that_only_the_provider_lists_do_not_make_a_listing_look_shrunken(
        self, net: Net, upstream: Any
    ) -> None:
        """Six of seven locked models were never OpenRouter's."""
        tuned = {f"tuned-{number}": {"model": f"tuned-{number}"} for number in range(6)}
        net.catalog(gemini=FLASH | tuned)
        net.listing(upstream("google/gemini-2.5-flash"))
        net.answers["gemini"] = gemini(("gemini-2.5-flash", 1, 1), *((name, 1, 1) for name in tuned))
        net.plan()
        assert notes(net.plan(), "shrunken") == {}


def shown(context: int, *capabilities: str) -> dict[str, Any]:
    """Write what an Ollama server says of one model."""
    info = {"general.architecture": "llama", "llama.context_length": context}
    return {"model_info": info, "capabilities": ["completion", *capabilities]}


class TestOllama:
    """A server of one's own: its list is the only source, and nothing is ever stale."""

    def server(self, net: Net, upstream: Any, *tags: str) -> None:
        """Have a server with these models, each with a digest of its own."""
        net.listing(upstream("meta-llama/llama-3.2"))
        net.answers["ollama"] = {"models": [{"name": tag, "model": tag, "digest": f"d-{tag}"} for tag in tags]}
        net.shows = {tag: shown(131072, "tools") for tag in tags}

    def test_entries_are_matched_with_and_without_latest(self, net: Net, upstream: Any) -> None:
        """Context and features come from the server; typed prices are nobody's business."""
        net.catalog(
            ollama={
                "a": {"model": "llama3.2", "pricing": {"input": 0}},
                "b": {"model": "qwen3:8b"},
                "c": {"model": "gone"},
            }
        )
        self.server(net, upstream, "llama3.2:latest", "qwen3:8b")
        plan = net.plan()
        assert net.entry("ollama/a") == {
            "model": "llama3.2",
            "context_length": 131072,
            "pricing": {"input": 0},
            "features": ["function_calling"],
        }
        assert net.entry("ollama/b")["context_length"] == 131072
        assert notes(plan, "not-served") == {"ollama/c": "gone is not in this server's list"}
        assert notes(plan, "unpriced") == notes(plan, "unmanaged") == {}
        before = net.files()
        for keys in (False, True):
            net.day = "2026-05-01"
            assert net.plan(keys=keys, prune="all").changes == ()
        assert net.files() == before

    def test_local_models_are_added_where_the_settings_ask_for_it(self, net: Net, upstream: Any) -> None:
        """Each once whatever it is called, without prices; one that was deleted by hand does not come back."""
        net.catalog(ollama={})
        self.server(net, upstream, "llama3.2:latest", "qwen3:8b", "phi:latest")
        net.answers["ollama"]["models"].append({"name": "llama3.2:3b", "digest": "d-llama3.2:latest"})
        assert net.plan().changes == ()
        net.settings = Settings(add={"ollama": ["llama*", "qwen3:8b"]})
        net.plan()
        assert net.keys_of("ollama") == ["llama3-2-3b", "qwen3-8b"]
        assert net.entry("ollama/qwen3-8b") == {
            "model": "qwen3:8b",
            "context_length": 131072,
            "features": ["function_calling"],
        }
        net.catalog(ollama={"llama3-2-3b": net.entry("ollama/llama3-2-3b")})
        net.settings = Settings(add={"ollama": "all"})
        net.plan()
        assert net.keys_of("ollama") == ["llama3-2-3b", "phi"]


def test_removing_one_that_only_its_server_has_is_remembered(net: Net, upstream: Any) -> None:
    """`modelsync remove` buries it under the server's id, so that `add = "all"` does not bring it back."""
    net.catalog(ollama={"qwen": {"model": "qwen3:8b"}})
    TestOllama().server(net, upstream, "qwen3:8b")
    net.settings = Settings(add={"ollama": "all"})
    net.plan()
    planned = remove_entries(net.project(), ["ollama/qwen"], now=net.now()).plan
    assert planned.notes == ()
    assert net.lock.tombstones == {"ollama:ollama/qwen3:8b": "2026-03-01"}
    net.plan()
    assert net.keys_of("ollama") == []


IDS = ("gemini-2.5-flash", "gemini-2.5-pro", "gemini-2.0-flash", "gemini-embedding-001")
LIMIT = st.sampled_from((8192, 65535, 65536))


@st.composite
def lives(draw: Any) -> dict[str, Any]:
    """A catalog, what OpenRouter lists, what Gemini lists (perhaps half), and with which keys the runs are made."""
    entries = {}
    for name in draw(st.lists(st.sampled_from(IDS), unique=True)):
        fields = {"context_length": draw(LIMIT), "features": draw(st.lists(st.sampled_from(("vision", "house"))))}
        entries[draw(st.sampled_from((name, f"my-{name}"))).replace(".", "-")] = {"model": name} | fields
    listed = draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1))
    served = draw(st.lists(st.sampled_from(IDS), unique=True))
    native = gemini(
        *((name, draw(LIMIT), draw(LIMIT)) for name in served), thinking=draw(st.sampled_from((None, True)))
    )
    if draw(st.booleans()) or not served:
        native["nextPageToken"] = "never"
    records = [{"id": f"google/{name}", "context_length": draw(LIMIT), "output": draw(LIMIT)} for name in listed]
    order = draw(st.permutations(range(len(records))))
    runs = draw(st.lists(st.sampled_from(("keys", "none", "failed", "bare")), min_size=1, max_size=4))
    return {"entries": entries, "records": records, "order": order, "native": native, "runs": runs}


def _record(life: dict[str, Any]) -> list[dict[str, Any]]:
    shape = {"architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]}}
    return [
        {
            "id": record["id"],
            "created": 1_700_000_000,
            "pricing": {"prompt": "0.000001", "completion": "0.000002"},
            "top_provider": {
                "context_length": record["context_length"],
                "max_completion_tokens": record["output"],
            },
        }
        | shape
        for record in life["records"]
    ]


@pytest.mark.hypothesis
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives())
def test_runs_with_and_without_native_lists_do_not_rewrite_each_other(tmp_path: Path, life: dict[str, Any]) -> None:
    """After the first run with the list, no run changes anything: without a key, with a failing or an empty provider, with it."""
    for path in tmp_path.iterdir():
        path.unlink()
    net = Net(tmp_path)
    net.settings = Settings(prune=Prune(grace_days=0))
    net.catalog(gemini=life["entries"])
    net.listing(*_record(life))
    net.answers["gemini"] = life["native"]
    net.plan(force=True)
    settled = net.files()
    backwards = [_record(life)[place] for place in life["order"]]
    for run in life["runs"]:
        net.listing(*backwards)
        net.answers["gemini"] = {"keys": life["native"], "none": life["native"], "failed": 500, "bare": {"models": []}}[
            run
        ]
        net.plan(keys=run != "none", force=True)
        assert net.files() == settled, run


def test_a_plan_file_names_the_lists_it_was_made_from(net: Net, upstream: Any) -> None:
    """Their digests travel with it; a plan file from before there were any still reads."""
    net.catalog(openai={"gpt-4o": {"model": "gpt-4o"}})
    net.listing(upstream())
    net.answers["openai"] = openai("gpt-4o")
    planned = net.sync(dry_run=True).plan
    file = plan_file.encode(planned, catalog="llm_models.yml", modelsync="1")
    assert json.loads(file)["plan"]["digests"]["native"] == planned.digests.native != {}
    assert plan_file.decode(file, "plan.json").plan == planned
    old = json.loads(file)
    del old["plan"]["digests"]["native"]
    digests = plan_file.decode(json.dumps(old).encode(), "plan.json").plan.digests
    assert digests == replace(planned.digests, native={})


def _backwards(answer: Any) -> Any:
    """The same answer with every array the other way round."""
    if isinstance(answer, dict):
        return {name: _backwards(value) for name, value in answer.items()}
    return [_backwards(value) for value in reversed(answer)] if isinstance(answer, list) else answer


def test_recorded_lists_settle_at_once_in_any_order(net: Net, shared_data: Path) -> None:
    """Real lists of one spring: what is added is served under its id, and no later run has anything to do, keys or not."""
    recorded = {
        "openrouter": "openrouter/models.2026-03-09T1905Z.json",
        "openai": "openai/models.2026-03-06T0405Z.json",
        "anthropic": "anthropic/models.with-capabilities.2026-04-17.json",
        "gemini": "gemini/models.2026-03-18T0432Z.json",
    }
    net.answers = {name: json.loads((shared_data / path).read_bytes()) for name, path in recorded.items()}
    net.catalog(openai={}, anthropic={}, gemini={}, openrouter={"any": {"model": "openai/gpt-4o"}})
    planned = net.plan()
    served = {
        "openai": {model["id"] for model in net.answers["openai"]["data"]},
        "anthropic": {model["id"] for model in net.answers["anthropic"]["data"]},
        "gemini": {model["name"].removeprefix("models/") for model in net.answers["gemini"]["models"]},
    }
    complete = [one.source for one in net.sync(dry_run=True).fetched if one.complete]
    adds = [change for change in planned.changes if isinstance(change, Add)]
    assert {add.provider for add in adds} == set(served)
    for add in adds:
        assert add.unverified == (add.values["model"] not in served[add.provider])
        assert not add.unverified or add.provider not in complete, add
    settled = net.files()
    for keys in (False, True):
        net.answers = {name: _backwards(answer) for name, answer in net.answers.items()}
        assert net.plan(keys=keys).changes == ()
        assert net.files() == settled
    net.answers |= {"openai": 500, "anthropic": 500, "gemini": 500}
    assert net.plan(prune="stale").changes == ()
    assert net.files() == settled
