"""The providers' own lists against real servers: all at once, each by itself, and never a key where none belongs."""

from __future__ import annotations

import json
import re
import shutil
import socket
from base64 import b64encode
from io import BytesIO
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.domain.served import ServedList
from modelsync.errors import NothingFetched, UsageError
from modelsync.fetch.exchange import Call, Limits, Manner, Response
from modelsync.fetch.listing import Surroundings, fetch, live_surroundings
from modelsync.fetch.providers import Failed, NotRunning, Skipped, fetch_all
from modelsync.fetch.recording import Recorder, Replay
from modelsync.settings import ProviderAccess
from modelsync.sources.api import Request
from modelsync.sources.registry import APIS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from modelsync.fetch.providers import Outcome

CANARY = "sk-canary-0123456789"
FIVE = ("openai", "anthropic", "gemini", "openrouter", "mistral")
BASES = {
    "openai": "OPENAI_BASE_URL", "anthropic": "ANTHROPIC_BASE_URL", "gemini": "GOOGLE_GEMINI_BASE_URL",
    "openrouter": "OPENROUTER_API_BASE", "ollama": "OLLAMA_HOST",
}  # fmt: skip
KEYS = {
    APIS[name].key_variables[0]: f"{CANARY}-{name}"
    for name in ("openai", "anthropic", "gemini", "openrouter", "mistral", "xai")
}


def settings(faults: Any, **where: str) -> dict[str, ProviderAccess]:
    """Send each provider to a fault, as settings do."""
    return {name: ProviderAccess(base_url=faults.url(fault)) for name, fault in where.items()}


def ask(
    names: tuple[str, ...],
    providers: Mapping[str, ProviderAccess],
    seconds: float = 30,
    variables: Mapping[str, str] | None = None,
    **folders: Path,
) -> dict[str, Outcome]:
    """Ask providers as the command does, with a key for each; no key is in what comes of it."""
    environment = KEYS if variables is None else variables
    around = live_surroundings({**environment, "MODELSYNC_NETWORK_SECONDS": str(seconds)}, "2026-03-01", **folders)
    outcomes = fetch_all([APIS[name] for name in names], around, providers)
    assert CANARY not in str(outcomes)
    return outcomes


class TestTogether:
    """Everything that can be asked at the same time is."""

    def test_five_providers_take_as_long_as_one(self, make_server: Callable[..., Any]) -> None:
        """The server answers nobody before all five have asked: one after the other, none would ever hear."""
        faults = make_server()
        outcomes = ask(FIVE, settings(faults, **dict.fromkeys(FIVE, "five")))
        assert list(outcomes) == list(FIVE)
        assert {type(outcome) for outcome in outcomes.values()} == {ServedList}
        assert max(line["at_once"] for line in faults.stop()) >= 5

    def test_what_one_conversation_asks_together_is_bounded(self, make_server: Callable[..., Any]) -> None:
        """Twenty models of an Ollama are described in groups, not one by one and not all at once."""
        faults = make_server()
        (listed,) = ask(("ollama",), settings(faults, ollama="ollama")).values()
        assert isinstance(listed, ServedList)
        assert len(listed.models) == 20
        log = faults.stop()
        assert len(log) == 21
        assert 1 < max(line["at_once"] for line in log) <= 8


class TestFailures:
    """What goes wrong with one provider is its own."""

    def test_one_failure_hurts_no_other(self, faults: Any) -> None:
        """Three kinds of trouble, and a good answer beside them; each says what happened to it."""
        where = settings(faults, openai="good", anthropic="slow-headers", gemini="html", mistral="echo")
        outcomes = ask(("openai", "anthropic", "gemini", "mistral"), where, seconds=2)
        assert isinstance(outcomes["openai"], ServedList)
        messages = [outcome.message for outcome in outcomes.values() if isinstance(outcome, Failed)]
        assert [message.partition("/v1")[2] for message in messages] == [
            "/models took longer than 2 s",
            "beta/models answered with a web page, not with JSON",
            "",
        ]
        assert messages[2].endswith("/echo/models refused the API key (HTTP 401)")

    def test_a_provider_of_which_nothing_is_heard(self) -> None:
        """A name server that never answers: the others are there at the deadline, and nobody waits for the thread."""
        never = Event()

        def send(call: Call) -> Response:
            if call.manner.provider == "openai":
                never.wait(60)
            return Response(200, {}, b'{"data": [{"id": "m"}]}')

        around = Surroundings(KEYS, "2026-03-01", BytesIO(), send, Limits(total=0.2))
        outcomes = fetch_all([APIS["openai"], APIS["mistral"]], around)
        never.set()
        assert isinstance(outcomes["mistral"], ServedList)
        late = outcomes["openai"]
        assert isinstance(late, Failed)
        assert late.message == "OpenAI took longer than 0.2 s"

    def test_a_conversation_stays_with_its_host(self, faults: Any) -> None:
        """A list that leads elsewhere is not followed, whoever wrote its source."""
        from msgspec.structs import replace

        def stray(base: str, headers: Mapping[str, str], _: str) -> Any:
            yield [Request(f"{base}/models", headers)]
            yield [Request("https://evil.example/models", headers)]

        around = live_surroundings(KEYS, "2026-03-01")
        (outcome,) = fetch_all([replace(APIS["openai"], ask=stray)], around, settings(faults, openai="good")).values()
        assert isinstance(outcome, Failed)
        assert outcome.message == "OpenAI leads to another host, https://evil.example/models: not followed"

    def test_a_server_of_ones_own_that_is_not_running(self, tmp_path: Path) -> None:
        """Nobody listens at the address it has by itself: it is not running. At one that somebody named, it failed."""
        from msgspec.structs import replace

        with socket.create_server(("127.0.0.1", 0)) as listener:
            base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        api = replace(APIS["ollama"], base=base)
        around = live_surroundings({}, "2026-03-01", record=tmp_path)
        assert fetch_all([api], around) == {"ollama": NotRunning("ollama", "Ollama", base)}
        replayed = live_surroundings({}, "", replay=tmp_path)
        assert fetch_all([api], replayed) == {"ollama": NotRunning("ollama", "Ollama", base)}
        (named,) = fetch_all(
            [APIS["ollama"]], live_surroundings({}, ""), {"ollama": ProviderAccess(base_url=base)}
        ).values()
        assert isinstance(named, Failed)
        assert named.message.startswith(f"cannot reach {base}/api/tags: Failed to establish a new connection")

    def test_a_conversation_that_is_too_much(self) -> None:
        """Page after page is bounded as a whole, too."""
        page = b'{"data": [{"id": "m"}], "has_more": true, "last_id": "%d"}'
        filler = b" " * (Limits().page // 2)
        sent: list[int] = []

        def send(_: Call) -> Response:
            sent.append(len(sent))
            return Response(200, {}, page % len(sent) + filler)

        (outcome,) = fetch_all([APIS["anthropic"]], Surroundings(KEYS, "2026-03-01", BytesIO(), send)).values()
        assert isinstance(outcome, Failed)
        assert outcome.message == "Anthropic sent more than 64 MiB"
        assert len(sent) == 8

    def test_a_bug_in_a_source_is_not_hidden(self, faults: Any) -> None:
        """Only errors that a user can meet become outcomes."""
        from msgspec.structs import replace

        def broken(*_: Any) -> Any:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fetch_all([replace(APIS["ollama"], ask=broken)], live_surroundings({}, ""), settings(faults, ollama="good"))


class TestKeys:
    """Where a key is found, and where it goes."""

    def test_without_one_a_provider_is_skipped(self) -> None:
        """The outcome names the variables; blank ones count as none."""
        outcomes = ask(("openai", "gemini"), {}, variables={"OPENAI_API_KEY": " ", "GEMINI_API_KEY": ""})
        assert outcomes == {
            name: Skipped(name, APIS[name].display, APIS[name].key_variables) for name in ("openai", "gemini")
        }

    @pytest.mark.parametrize("name", [*FIVE, "xai"])
    def test_it_goes_into_a_header(self, make_server: Callable[..., Any], name: str) -> None:
        """Not into the address, which servers and proxies write down."""
        faults = make_server()
        ask((name,), settings(faults, **{name: "good"}))
        heads = [line["head"] for line in faults.stop()]
        assert heads
        for head in heads:
            first, _, rest = head.partition("\r\n")
            assert CANARY not in first
            assert f"{CANARY}-{name}" in rest
            assert rest.count(CANARY) == 1

    def test_a_file_holds_it(self, make_server: Callable[..., Any], tmp_path: Path) -> None:
        """Read from where the settings say, when no variable has one; the variable wins."""
        path = tmp_path / "key"
        path.write_text(f"{CANARY}-from-file\n")
        path.chmod(0o600)
        faults = make_server()
        access = {"openai": ProviderAccess(base_url=faults.url("good"), api_key_file=str(path))}
        ask(("openai",), access, variables={})
        ask(("openai",), access)
        assert [line["head"].partition("Bearer ")[2].split("\r")[0] for line in faults.stop()] == [
            f"{CANARY}-from-file",
            f"{CANARY}-openai",
        ]

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
    def test_a_file_that_others_can_read(self, faults: Any, tmp_path: Path, mode: int) -> None:
        """It is refused with the command that mends it."""
        path = tmp_path / "key"
        path.write_text(CANARY)
        path.chmod(mode)
        access = {"openai": ProviderAccess(base_url=faults.url("good"), api_key_file=str(path))}
        (outcome,) = ask(("openai",), access, variables={}).values()
        assert isinstance(outcome, Failed)
        assert outcome.message == f"others may read the API key in {path}"
        assert outcome.hint.endswith(f"chmod 600 {path}")

    @pytest.mark.parametrize(
        ("content", "problem"),
        [(None, "cannot read the API key in"), (b" \n", "holds no API key"), (b"a b", "characters"), (b"a\nb", "characters"), (b"\xff\xfe", "characters")],
    )  # fmt: skip
    def test_a_file_without_a_key(self, faults: Any, tmp_path: Path, content: bytes | None, problem: str) -> None:
        """Missing, blank, of several lines or no text: the file is named, its content is not shown."""
        path = tmp_path / "key"
        if content is not None:
            path.write_bytes(content)
            path.chmod(0o600)
        access = {"openai": ProviderAccess(base_url=faults.url("good"), api_key_file=str(path))}
        (outcome,) = ask(("openai",), access, variables={}).values()
        assert isinstance(outcome, Failed)
        assert problem in outcome.message
        assert str(path) in outcome.message


class TestAddresses:
    """Which server is asked."""

    @pytest.mark.parametrize("name", list(BASES))
    def test_the_variable_of_the_sdk_wins(self, make_server: Callable[..., Any], name: str) -> None:
        """Over the settings; the paths of the API are appended to either."""
        from_variable, from_settings = make_server(), make_server()
        access = settings(from_settings, **{name: "good"})
        ask((name,), access, variables=KEYS | {BASES[name]: from_variable.url("good")})
        ask((name,), access, variables=KEYS | {BASES[name]: " "})
        heard = [[line["path"] for line in server.stop()] for server in (from_variable, from_settings)]
        assert heard[0] == heard[1] != []

    @pytest.mark.parametrize(
        ("base", "problem"), [("http://upstream.invalid/v1", "is without TLS"), ("ftp://h", "is no http(s) address")]
    )
    def test_one_that_may_not_be_asked(self, base: str, problem: str) -> None:
        """No key goes out in plain text, unless the settings say so."""
        outcomes = ask(
            ("openai", "mistral"),
            {"mistral": ProviderAccess(base_url=base)},
            variables=KEYS | {"OPENAI_BASE_URL": base},
        )
        messages = [outcome.message for outcome in outcomes.values() if isinstance(outcome, Failed)]
        assert messages == [f"OPENAI_BASE_URL {problem}: {base}", f"providers.mistral.base_url {problem}: {base}"]

    @pytest.mark.parametrize("end", ["?api-version=x", "?", "#top", "/?key=x#y"])
    @pytest.mark.parametrize("name", ["openai", "ollama", "gemini", "anthropic"])
    def test_an_address_with_a_query_or_a_fragment(self, name: str, end: str) -> None:
        """The path of the list would be appended to that, not to the path: nothing is asked, and its place is named."""
        base = f"http://127.0.0.1:1/v1{end}"
        variable = APIS[name].base_variables[0]
        for access, variables, named_by in (
            ({}, {variable: base}, variable),
            ({name: ProviderAccess(base_url=base)}, {}, f"providers.{name}.base_url"),
        ):
            outcome = ask((name,), access, variables=KEYS | variables)[name]
            assert isinstance(outcome, Failed)
            assert outcome.message.startswith(f"{named_by} has a query or a fragment: http://127.0.0.1:1/v1")
            assert "=x" not in outcome.message + outcome.hint

    def test_one_without_tls_can_be_allowed(self, make_server: Callable[..., Any]) -> None:
        """Then it is asked, here through a proxy."""
        proxy = make_server()
        access = {"openai": ProviderAccess(base_url="http://upstream.invalid/v1", allow_http=True)}
        ask(("openai",), access, variables=KEYS | {"http_proxy": f"http://127.0.0.1:{proxy.port}"})
        (asked,) = proxy.stop()
        assert asked["path"] == "http://upstream.invalid/v1/models"


class TestRecordings:
    """`--record` and `--replay`."""

    def test_a_replay_is_what_was_recorded(self, make_server: Callable[..., Any], tmp_path: Path) -> None:
        """Lists, failures and skipped providers, without a server, a key or a variable, as of the day of the recording."""
        faults = make_server()
        where = settings(faults, openai="good", anthropic="truncated", gemini="html", mistral="echo", ollama="ollama")
        names = ("openai", "anthropic", "gemini", "mistral", "ollama", "xai")
        variables = {name: value for name, value in KEYS.items() if not name.startswith("XAI")}
        recorded = ask(names, where, variables=variables, record=tmp_path / "record")
        faults.stop()
        replayed = ask(names, {}, variables={}, replay=tmp_path / "record")
        for name in ("openai", "ollama", "xai"):
            assert replayed[name] == recorded[name]
        for name in ("anthropic", "gemini", "mistral"):
            was, now = recorded[name], replayed[name]
            assert isinstance(was, Failed)
            assert isinstance(now, Failed)
            assert now.message == was.message

    def test_it_holds_no_secret(self, faults: Any, tmp_path: Path) -> None:
        """Not even where the server repeats the key: its body is kept with the name of the variable in its place."""
        ask(("openai",), settings(faults, openai="echo"), variables={"OPENAI_API_KEY": CANARY}, record=tmp_path)
        (path,) = tmp_path.glob("openai-*.json")
        assert CANARY not in path.read_text()
        exchange = json.loads(path.read_text())
        assert json.loads(exchange["body"])["error"]["message"] == "bad key <OPENAI_API_KEY>"
        assert (exchange["status"], exchange["key_from"], exchange["day"]) == (401, "OPENAI_API_KEY", "2026-03-01")
        assert set(exchange["headers"]) == {"content-type"}

    def test_what_could_not_be_asked(self, tmp_path: Path) -> None:
        """A key that is none, an address that is none: the replay says the same, and how to mend it."""
        access = {"openai": ProviderAccess(api_key_file="/nowhere/key"), "mistral": ProviderAccess(base_url="ftp://h")}
        recorded = ask(("openai", "mistral"), access, variables={"MISTRAL_API_KEY": CANARY}, record=tmp_path)
        assert {type(outcome) for outcome in recorded.values()} == {Failed}
        assert ask(("openai", "mistral"), {}, variables={}, replay=tmp_path) == recorded

    def test_what_did_not_end_in_time(self, tmp_path: Path) -> None:
        """A name server that never answers: the replay fails as the run did, and what comes too late is in no recording."""
        goes_on, came = Event(), Event()

        def send(_: Call) -> Response:
            goes_on.wait(60)
            return Response(200, {}, b'{"data": [{"id": "m"}]}')

        recorder = Recorder(tmp_path, send, KEYS, "2026-03-01")

        def send_and_tell(call: Call) -> Response:
            response = recorder.send(call)
            came.set()
            return response

        limits = Limits(total=0.1)
        around = Surroundings(KEYS, "2026-03-01", BytesIO(), send_and_tell, limits, record=recorder)
        recorded = fetch_all([APIS["openai"]], around)
        with pytest.raises(NothingFetched) as caught:
            fetch("openrouter", around)
        goes_on.set()
        assert came.wait(60)
        replay = live_surroundings({}, "", replay=tmp_path)
        assert fetch_all([APIS["openai"]], replay) == recorded
        assert isinstance(recorded["openai"], Failed)
        with pytest.raises(NothingFetched, match=f"^{re.escape(caught.value.message)}$"):
            fetch("openrouter", replay)

    def test_a_body_that_is_no_text(self, tmp_path: Path) -> None:
        """It is kept byte by byte, but for the key in it."""
        body = b'{"data": [{"id": "m\xff' + CANARY.encode() + b'"}]}'
        recorder = Recorder(tmp_path, lambda _: Response(200, {}, body), {"XAI_API_KEY": CANARY}, "2026-03-01")
        call = Call(Request("http://localhost/models", {}), Manner(), 0, 0)
        assert recorder.send(call).body == body
        (path,) = tmp_path.glob("address-*.json")
        assert b64encode(CANARY.encode())[:12] not in path.read_bytes()
        assert Replay(tmp_path, {}).send(call).body == body.replace(CANARY.encode(), b"<XAI_API_KEY>")

    def test_a_named_address(self, faults: Any, tmp_path: Path) -> None:
        """Its login and its query stay out of the recording; the same address without them replays it."""
        address = faults.url("good")
        secret = address.replace("http://", f"http://me:{CANARY}@") + f"?key={CANARY}&{CANARY}&limit=5"
        listing = fetch(secret, live_surroundings({}, "2026-03-01", record=tmp_path))
        assert CANARY not in "".join(path.read_text() for path in tmp_path.iterdir())
        around = live_surroundings({}, "2027-01-01", replay=tmp_path)
        assert fetch(f"{address}?limit=5", around) == listing
        assert around.today == "2026-03-01"

    def test_what_was_not_recorded(self, faults: Any, tmp_path: Path) -> None:
        """A clear error: another address, another page, the same once more; a provider that was not asked is skipped."""
        address = faults.url("good")
        fetch(address, live_surroundings({}, "2026-03-01", record=tmp_path))
        around = live_surroundings({}, "2026-03-01", replay=tmp_path)
        for other in (f"{address}/x", f"{address}?limit=5"):
            with pytest.raises(NothingFetched, match="has no answer to GET http://127"):
                fetch(other, around)
        fetch(address, around)
        with pytest.raises(NothingFetched, match="has no answer to GET"):
            fetch(address, around)
        with pytest.raises(NothingFetched, match="did not ask OpenRouter"):
            fetch("openrouter", around)

    def test_openrouter_is_asked_where_it_was(self, make_server: Callable[..., Any], tmp_path: Path) -> None:
        """The replay needs no variable."""
        server = make_server()
        listing = fetch(
            "openrouter", live_surroundings({"OPENROUTER_API_BASE": server.url("good")}, "2026-03-01", record=tmp_path)
        )
        server.stop()
        assert fetch("openrouter", live_surroundings({}, "", replay=tmp_path)) == listing

    def test_folders_that_will_not_do(self, faults: Any, tmp_path: Path) -> None:
        """One run, one recording, of one day."""
        for name, day in (("a", "2026-03-01"), ("b", "2026-03-02")):
            fetch(faults.url("good"), live_surroundings({}, day, record=tmp_path / name))
        (recorded,) = (tmp_path / "a").glob("address-*.json")
        (other,) = (tmp_path / "b").glob("address-*.json")
        (tmp_path / "b" / "run.json").unlink()
        other.rename(tmp_path / "a" / "other.json")
        with pytest.raises(UsageError, match="recordings of several days"):
            live_surroundings({}, "", replay=tmp_path / "a")
        with pytest.raises(UsageError, match="holds no recording"):
            live_surroundings({}, "", replay=tmp_path / "b")
        with pytest.raises(UsageError, match="there is something in"):
            live_surroundings({}, "", record=tmp_path / "a")
        with pytest.raises(UsageError, match="cannot record into"):
            live_surroundings({}, "", record=recorded)
        for damaged in (recorded, tmp_path / "a" / "run.json"):
            damaged.write_text("[]")
            with pytest.raises(UsageError, match=f"{damaged.name} is no recorded exchange"):
                live_surroundings({}, "", replay=tmp_path / "a")
            damaged.unlink()

    def test_a_folder_that_goes_away(self, faults: Any, tmp_path: Path) -> None:
        """An error that names it, not a recording with holes."""
        around = live_surroundings({}, "2026-03-01", record=tmp_path / "record")
        shutil.rmtree(tmp_path / "record")
        with pytest.raises(UsageError, match="cannot record into"):
            fetch(faults.url("good"), around)
