"""`modelsync sync` from outside: what it writes and does not, who wins over whom, and what reaches the reader."""

from __future__ import annotations

import gzip
import json
import re
import shlex
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

import command

STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]")


class TestDryRun:
    """`--dry-run` and `--check` write nothing at all."""

    @pytest.mark.parametrize(
        "flags",
        [
            ["--dry-run"],
            ["--check"],
            ["--dry-run", "--prune", "all"],
            ["--dry-run", "--ours"],
            ["--check", "--preset", "classic"],
        ],
    )
    @pytest.mark.parametrize("output", ["text", "json"])
    def test_nothing_at_all(self, shell: Any, record: Any, flags: list[str], output: str) -> None:
        """Not a byte, not a file, not a time stamp, neither before the first sync nor later."""
        shell.listing(record(prompt="0.000002"), record("openai/o4"))
        for _ in range(2):
            before = self._state(shell)
            result = shell.sync(*flags, "--format", output)
            assert result.code in (0, 1)
            assert self._state(shell) == before
            shell.sync()
            shell.listing(record(prompt="0.000001"), record("openai/o5"))

    @staticmethod
    def _state(shell: Any) -> dict[str, tuple[int, int]]:
        paths = [shell.folder, *shell.folder.rglob("*")]
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in paths}

    def test_it_says_so(self, shell: Any) -> None:
        """In words, and in JSON as not applied."""
        assert "Dry run: nothing was written." in shell.sync("--dry-run").out
        assert shell.sync("--dry-run", "--format", "json").json["applied"] is False
        assert shell.sync("--format", "json").json["applied"] is True

    def test_in_a_folder_nobody_may_write_to(self, shell: Any) -> None:
        """A plan needs no right to write."""
        shell.folder.chmod(0o555)
        try:
            assert shell.sync("--dry-run").code == 0
        finally:
            shell.folder.chmod(0o755)


class TestWriting:
    """A sync that writes."""

    def test_the_backup_is_named_and_true(self, shell: Any, record: Any) -> None:
        """The path that is printed holds the bytes from before."""
        before = shell.catalog.read_bytes()
        shell.listing(record(prompt="0.000002"))
        path = re.search(r"^Backup created: (.+)$", shell.sync().out, re.MULTILINE)
        assert path
        assert (shell.folder / path[1]).read_bytes() == before
        assert "input: 0.002\n" in shell.catalog.read_text()
        assert "# the good one" in shell.catalog.read_text()

    def test_a_second_run_changes_nothing(self, shell: Any, record: Any) -> None:
        """And says so."""
        shell.listing(record(prompt="0.000002"))
        shell.sync()
        before = shell.files()
        assert shell.sync().out.endswith("Nothing to do: the catalog agrees with upstream.\n")
        assert shell.files() == before

    def test_standard_input(self, shell: Any, record: Any) -> None:
        """`curl … | modelsync sync --source -`."""
        listing = json.dumps({"data": [record(prompt="0.000002")]}).encode()
        result = shell.run("sync", "--source", "-", stdin=listing)
        assert (result.code, "standard input" in result.out) == (0, True)
        assert "input: 0.002\n" in shell.catalog.read_text()


def one_gone(shell: Any) -> None:
    """Sync, and have upstream drop a model that may go at once."""
    shell.listing(command.record(), command.record("openai/o4"))
    shell.sync()
    shell.listing(command.record())
    (shell.folder / "modelsync.toml").write_text("[prune]\ngrace_days = 0\n")


class TestPrecedence:
    """Flags over MODELSYNC_* over DRY_RUN and PRUNE over the settings."""

    @pytest.fixture(autouse=True)
    def _drift(self, shell: Any, bring: Any) -> None:
        bring(shell, to=one_gone)

    @pytest.mark.parametrize(
        ("env", "removed"),
        [
            ({}, False), ({"PRUNE": "1"}, True), ({"PRUNE": "true"}, False), ({"PRUNE": "01"}, False), ({"PRUNE": " 1"}, False), ({"PRUNE": ""}, False), ({"MODELSYNC_PRUNE": "stale"}, True), ({"MODELSYNC_PRUNE": "all"}, True),
            ({"PRUNE": "1", "DRY_RUN": "1"}, False), ({"PRUNE": "1", "DRY_RUN": "yes"}, True), ({"PRUNE": "1", "DRY_RUN": "1", "MODELSYNC_DRY_RUN": "0"}, True), ({"PRUNE": "1", "DRY_RUN": "0", "MODELSYNC_DRY_RUN": "1"}, False),
        ],
        ids=str,
    )  # fmt: skip
    def test_variables(self, shell: Any, env: dict[str, str], removed: bool) -> None:
        """Exactly `1` counts, and a variable of modelsync's own wins; what was seen is said."""
        result = shell.sync(**env)
        assert result.code == 0, result
        assert ("o4:" not in shell.catalog.read_text()) is removed
        for name in ("DRY_RUN", "PRUNE"):
            assert (f"{name}=1 seen in the environment" in result.out) is (env.get(name) == "1")

    def test_they_are_said_in_json(self, shell: Any) -> None:
        """Among the messages, including that something else decided."""
        messages = shell.sync("--format", "json", "--prune", "stale", DRY_RUN="1", PRUNE="1").json["messages"]
        assert messages[0] == "DRY_RUN=1 seen in the environment"
        assert messages[1].startswith("PRUNE=1 seen in the environment, but")

    def test_they_are_for_sync_only(self, shell: Any) -> None:
        """`DRY_RUN=1 modelsync rename` renames, as it always did; `MODELSYNC_DRY_RUN=1` does not."""
        shell.run("rename", "openai", "gpt-4o", "gpt-4.1", MODELSYNC_DRY_RUN="1")
        assert "model: gpt-4o " in shell.catalog.read_text()
        shell.run("rename", "openai", "gpt-4o", "gpt-4.1", DRY_RUN="1")
        assert "model: gpt-4.1 " in shell.catalog.read_text()

    @pytest.mark.parametrize("value", ["maybe", "2"])
    def test_a_variable_that_makes_no_sense(self, shell: Any, value: str) -> None:
        """A usage error, rather than a guess."""
        assert shell.sync(MODELSYNC_DRY_RUN=value).code == 2
        assert shell.sync(MODELSYNC_PRUNE=value).code == 2

    def test_source_flag_variable_settings(self, shell: Any) -> None:
        """Each wins over the next, seen by which of three wrong names is complained about."""
        (shell.folder / "modelsync.toml").write_text('source = "of-settings"\n')
        assert "'of-settings'" in shell.run("sync").err
        assert "'of-variable'" in shell.run("sync", MODELSYNC_SOURCE="of-variable").err
        assert "'of-flag'" in shell.run("sync", "--source", "of-flag", MODELSYNC_SOURCE="of-variable").err

    def test_catalog_unit_preset_and_format(self, shell: Any) -> None:
        """The other variables work as their flags do."""
        assert "other.yml" in shell.sync(MODELSYNC_CATALOG="other.yml").err
        assert shell.sync(MODELSYNC_UNIT="1m").code == 5
        assert shell.sync(MODELSYNC_UNIT="1m", MODELSYNC_FORMAT="json").json["exit_code"] == 5
        assert shell.sync("--format", "text", MODELSYNC_FORMAT="json").out.startswith("llm_models.yml against")
        assert shell.sync("--dry-run", MODELSYNC_PRESET="classic").code == 0


class TestOutput:
    """What reaches the reader."""

    @pytest.fixture
    def nasty(self, shell: Any, record: Any) -> Any:
        """A listing whose every text tries to steer a terminal."""
        evil = "\x1b[31m\x1b]0;owned\x07\u202e\r\n\u200b\x9b1m"
        shell.listing(
            record(description=evil, name=evil, pricing={"prompt": "0.0000025", "completion": "0.00001", evil: "1"}),
            record("openai/o4", description=evil, alias_target={"slug": evil}), record("openai/o5", description=f"News {evil}"), {"id": f"openai/{evil}"}, {"id": "openai/bad", "name": 5, "description": evil},
            {"id": "openai/o6", "architecture": {"output_modalities": [evil]}, "expiration_date": evil},
        )  # fmt: skip
        return shell

    @pytest.mark.parametrize(
        "flags", [["--dry-run"], ["--dry-run", "--verbose"], ["--dry-run", "--format", "json"], []]
    )
    def test_nothing_steers_a_terminal(self, nasty: Any, flags: list[str]) -> None:
        """Neither text, nor JSON, nor errors hold a control or bidi character, only line feeds."""
        result = nasty.sync(*flags)
        assert "o5" in result.out
        assert not STEERING.search(result.out + result.err)

    def test_it_is_data_in_the_catalog(self, nasty: Any) -> None:
        """The description arrives in the file escaped, and the file is still what a second sync agrees with."""
        nasty.sync()
        assert not STEERING.search(nasty.catalog.read_text(encoding="utf-8"))
        assert "Nothing to do" in nasty.sync().out

    def test_errors_too(self, shell: Any) -> None:
        """A server's words, and a person's."""
        with HTTPServer(host="127.0.0.1", port=0) as server:
            server.expect_request("/models").respond_with_data(b'{"data": "\\u001b[31m"}', headers={"X": "y"})
            address = server.url_for("/models")
            assert not STEERING.search(shell.run("sync", "--source", address).err)
        result = shell.run("sync", "--source", "no\x1b[31msuch\u202e")
        assert (result.code, STEERING.search(result.err)) == (2, None)

    def test_plain_in_a_pipe(self, shell: Any) -> None:
        """No colour, and no progress, whatever the terminal's name is."""
        result = shell.sync(TERM="xterm-256color")
        assert "\x1b" not in result.out + result.err
        assert not result.err

    def test_json_has_nothing_else_on_standard_output(self, shell: Any, record: Any) -> None:
        """One object; applied, with the backup's name."""
        shell.listing(record(prompt="0.000002"))
        whole = shell.sync("--format", "json").json
        assert (whole["version"], whole["applied"], whole["first_sync"], whole["exit_code"], whole["source"]) == (
            1,
            True,
            True,
            0,
            "models.json",
        )
        assert whole["summary"] == {"updated": 1, "renamed": 0, "added": 0, "removed": 0, "held": 0, "kept": 0}
        assert (shell.folder / whole["backup"]).exists()
        assert shell.sync("--format", "json").json["backup"] is None


class TestServer:
    """OpenRouter, stood in for by a server on this machine."""

    @pytest.fixture
    def server(self, httpserver: HTTPServer, shell: Any, record: Any) -> HTTPServer:
        """Return a server whose list has a new price."""
        body = gzip.compress(json.dumps({"data": [record(prompt="0.000002")]}).encode())
        httpserver.expect_request("/api/v1/models").respond_with_data(
            body, headers={"Content-Encoding": "gzip"}, content_type="application/json"
        )
        assert shell.folder
        return httpserver

    def test_the_key_goes_there_and_into_no_output(self, server: HTTPServer, shell: Any) -> None:
        """The catalog is synced, the header was sent, the key is nowhere else (the fixture looks)."""
        result = shell.run("sync", "--verbose", OPENROUTER_API_BASE=server.url_for("/api/v1"))
        assert result.code == 0
        assert "input: 0.002\n" in shell.catalog.read_text()
        assert server.log[0][0].headers["Authorization"].startswith("Bearer sk-canary")
        assert "against openrouter of" in result.out

    def test_the_key_stays_home_with_another_address(self, server: HTTPServer, shell: Any) -> None:
        """And the secrets of that address stay out of the plan and the lock."""
        address = server.url_for("/api/v1/models").replace("http://", "http://me:hunter2@") + "?token=hunter2"
        result = shell.run("sync", "--source", address)
        assert result.code == 0
        assert "Authorization" not in server.log[0][0].headers
        assert "hunter2" not in result.out + result.err + shell.lock.read_text()

    def test_a_refused_key(self, httpserver: HTTPServer, shell: Any) -> None:
        """Exit 3, and what to do about it; an echo of the key in the body goes nowhere."""
        httpserver.expect_request("/models").respond_with_data("bad key sk-canary-0123456789", status=401)
        result = shell.run("sync", OPENROUTER_API_BASE=httpserver.url_for("/"))
        assert (result.code, "refused the API key (HTTP 401)" in result.err) == (3, True)


class TestCatalogs:
    """Which file."""

    def test_both_defaults_and_none_named(self, shell: Any) -> None:
        """A usage error; naming one is enough."""
        other = shell.folder / "config" / "llm_models.yml"
        other.parent.mkdir()
        other.write_bytes(shell.catalog.read_bytes())
        assert shell.sync().code == 2
        assert shell.sync("--catalog", "config/llm_models.yml").code == 0
        assert not shell.lock.exists()

    def test_from_a_folder_below(self, shell: Any) -> None:
        """With settings above, the project is found from anywhere in it."""
        (shell.folder / "modelsync.toml").write_text('catalog = "llm_models.yml"\n')
        below = shell.folder / "below"
        below.mkdir()
        shell.folder = below
        assert shell.sync().code == 0
        assert shell.lock.exists()
        assert list(below.iterdir()) == []


class TestTheWayOut:
    """What a held change says to type, typed."""

    @staticmethod
    def _flags(shell: Any) -> list[str]:
        """Return the flags that the one held change names."""
        (way_out,) = [
            change["way_out"] for change in shell.sync("--format", "json").json["changes"] if change["kind"] == "hold"
        ]
        return shlex.split(re.findall(r"--[a-z]+ .*?(?=, or )", way_out)[0])

    def _follow(self, shell: Any, flags: list[str]) -> None:
        """Sync with these flags: nothing is held any more, then or afterwards."""
        assert shell.sync().code == 4
        for result in (shell.sync(*flags), shell.sync()):
            assert result.code == 0
            assert "held" not in result.err

    def test_of_a_price(self, shell: Any, record: Any) -> None:
        """A name with a space in it is quoted as a shell wants it."""
        shell.write(shell.catalog.read_text().replace("gpt-4o:", "my model:"))
        shell.sync()
        shell.listing(record(prompt="0.0001"))
        flags = self._flags(shell)
        assert flags == ["--accept", "openai/my model"]
        self._follow(shell, flags)

    def test_of_a_new_model(self, shell: Any, record: Any) -> None:
        """It is added, and `status` had the same command."""
        shell.listing(record(), record("openai/o9", prompt="0.1", completion="0.2"))
        flags = self._flags(shell)
        assert flags == ["--accept", "openai/o9"]
        (held,) = json.loads(shell.run("status", "--format", "json").out)["held"]
        assert (held["entry"], held["what"], held["way_out"]) == (
            "openai/o9",
            "add",
            "modelsync sync --accept openai/o9",
        )
        assert "openai/o9" in shell.run("status").out
        self._follow(shell, flags)
        assert "o9:" in shell.catalog.read_text()

    def test_of_a_wish(self, shell: Any) -> None:
        """It takes both flags; without them nothing waits, since the price was set by hand."""
        shell.sync()
        shell.write(shell.catalog.read_text().replace("input: 0.0025", "input: 0.0001"))
        shell.sync()
        result = shell.sync("--take", "openai/gpt-4o.pricing.input", "--format", "json")
        assert result.code == 4
        (hold,) = [change for change in result.json["changes"] if change["kind"] == "hold"]
        flags = shlex.split(re.findall(r"--take .*?(?=, or )", hold["way_out"])[0])
        assert flags == ["--take", "openai/gpt-4o.pricing.input", "--accept", "openai/gpt-4o"]
        assert shell.sync(*flags).code == 0
        assert "input: 0.0025" in shell.catalog.read_text()
