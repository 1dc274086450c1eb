"""The command as a person runs it: a real process in a folder of its own, with a key in the environment that nobody may see."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from pytest_httpserver import HTTPServer, RequestHandler

from command import CATALOG, MODULE, SOURCES, Done, environment, measured, record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from forkserver import ForkServers

CANARY = "sk-canary-0123456789"
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
PATIENCE_SECONDS = 20


class Shell:
    """A folder with a catalog and a listing, in which the command is run. `variables` are in its environment each time."""

    def __init__(self, folder: Path, variables: Mapping[str, str], servers: ForkServers) -> None:
        self.folder = folder
        self._servers = servers
        self.variables = {"OPENROUTER_API_KEY": CANARY, "HOME": str(folder), **variables}
        self.source = folder.parent / "models.json"
        self.catalog = folder / "llm_models.yml"
        self.lock = folder / "llm_models.lock.json"
        self.write(CATALOG)
        self.listing(record())

    def write(self, text: str) -> None:
        """Write the catalog."""
        self.catalog.write_text(text, encoding="utf-8")

    def listing(self, *records: dict[str, Any]) -> None:
        """Write what upstream says, outside the project's folder."""
        self.source.write_text(json.dumps({"data": records}), encoding="utf-8")

    def environment(self, **variables: str) -> dict[str, str]:
        """Return an environment with the canary key and `variables`; home is the project's folder."""
        return environment(self.folder.parent, **self.variables | variables)

    def start(
        self,
        *arguments: str,
        sources: str = SOURCES,
        env: Mapping[str, str] | None = None,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start the command, from the package in `sources`, and return the process."""
        variables = self.environment(**env or {}) | {"PYTHONPATH": sources}
        return subprocess.Popen(
            [*MODULE, *arguments], cwd=self.folder, env=variables, stdin=stdin, stdout=stdout, stderr=stderr
        )

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        sources: str = SOURCES,
        env: Mapping[str, str] | None = None,
        **variables: str,
    ) -> Done:
        """Run the command to its end, in a forked process where nothing is said of Python; the key must not be in anything
        it says or leaves.
        """
        variables = {**(env or {}), **variables}
        if sources == SOURCES and not any(name.startswith("PYTHON") for name in variables):
            code, out, err = self._servers.run(arguments, self.folder, self.environment(**variables), stdin)
        else:
            with self.start(*arguments, sources=sources, env=variables, **PIPES) as process:
                out, err = process.communicate(stdin, timeout=60)
            code = process.returncode
        assert CANARY.encode() not in out + err
        assert not any(CANARY.encode() in data for data in self.files().values())
        return Done(code, out.decode(), err.decode())

    def sync(self, *arguments: str, **variables: str) -> Done:
        """Sync with the listing."""
        return self.run("sync", "--source", str(self.source), *arguments, env=variables)

    def files(self) -> dict[str, bytes]:
        """Return every file of the folder with its bytes."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()
        }


@pytest.fixture
def shell(tmp_path: Path, request: pytest.FixtureRequest, fork_servers: ForkServers) -> Shell:
    """Return a project whose catalog agrees with its listing and has no lock yet.

    Coverage measures the runs too, but for tests marked `no_cover`, whose runs take half the time.
    """
    folder = tmp_path / "project"
    folder.mkdir()
    return Shell(folder, {} if request.node.get_closest_marker("no_cover") else measured(), fork_servers)


@pytest.fixture(scope="session")
def bring(tmp_path_factory: pytest.TempPathFactory, fork_servers: ForkServers) -> Any:
    """Return the function that brings a project to the state that `to` makes of a new one, and returns what `to` does.

    That is done once in a project of its own, whose files are copied.
    """
    made: dict[Callable[[Shell], Any], tuple[Shell, Any]] = {}

    def bring(shell: Shell, to: Callable[[Shell], Any]) -> Any:
        if to not in made:
            folder = tmp_path_factory.mktemp("brought") / "project"
            folder.mkdir()
            first = Shell(folder, measured(), fork_servers)
            made[to] = first, to(first)
        first, told = made[to]
        shutil.copytree(first.folder, shell.folder, symlinks=True, dirs_exist_ok=True)
        shutil.copy2(first.source, shell.source)
        return told

    return bring


TAKE_TERMINAL = (
    "import fcntl, os, sys, termios\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'modelsync', *sys.argv[1:]])\n"
)
"""Makes standard input the controlling terminal, so that Ctrl-C is a signal as for a person."""


class Terminal:
    """A command on a pseudo-terminal, and the person before it."""

    def __init__(self, shell: Shell, *arguments: str, **env: str) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *arguments],
            cwd=shell.folder,
            env=shell.environment(**({"TERM": "xterm-256color", "COLUMNS": "200"} | env)),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""

    def until(self, text: str) -> None:
        """Read until `text` has appeared."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.seen:
            assert self._read(deadline), self.seen

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._master, text.encode())

    def finish(self) -> int:
        """Read to the end and return the exit code."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._read(deadline):
            pass
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        """Leave nothing behind."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(deadline - time.monotonic(), 0))
        assert ready, f"nothing happened for {PATIENCE_SECONDS} s after {self.seen!r}"
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux says so when the other end is gone
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)


@pytest.fixture(name="terminal")
def terminal_fixture(shell: Shell) -> Any:
    """Return the function that starts a command on a terminal."""
    started: list[Terminal] = []

    def start(*arguments: str, **env: str) -> Terminal:
        started.append(Terminal(shell, *arguments, **env))
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


KEYS = {
    "openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "gemini": "GEMINI_API_KEY", "openrouter": "OPENROUTER_API_KEY",
    "mistral": "MISTRAL_API_KEY", "xai": "XAI_API_KEY",
}  # fmt: skip
ADDRESSES = {
    "openai": ("OPENAI_BASE_URL", "/models"),
    "anthropic": ("ANTHROPIC_BASE_URL", "/v1/models"),
    "gemini": ("GOOGLE_GEMINI_BASE_URL", "/v1beta/models"),
    "openrouter": ("OPENROUTER_API_BASE", "/models"),
    "ollama": ("OLLAMA_HOST", "/api/tags"),
    "mistral": ("MISTRAL_API_BASE", "/models"),
    "xai": ("XAI_API_BASE", "/models"),
}


class Providers:
    """Every provider's list API, on one server of this machine; those that were given an answer have a key, a canary."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.environment = {variable: self._base(name) for name, (variable, _) in ADDRESSES.items()}

    def _base(self, name: str) -> str:
        return self.server.url_for(f"/{name}")

    def expect(self, name: str, path: str = "", **more: Any) -> RequestHandler:
        """Return the handler of a provider's list, or of another path, and have a key for it."""
        self.environment[KEYS.get(name, "OLLAMA_API_KEY")] = f"{CANARY}-{name}"
        return self.server.expect_request(f"/{name}{path or ADDRESSES[name][1]}", **more)

    def answer(self, name: str, body: Any, *, status: int = 200, path: str = "") -> None:
        """Have a provider answer with this JSON, or with these bytes of JSON."""
        text = body if isinstance(body, bytes) else json.dumps(body)
        self.expect(name, path).respond_with_data(text, status=status, content_type="application/json")

    def asked(self) -> list[str]:
        """Return the paths that were asked for, in order."""
        return [request.path for request, _ in self.server.log]


@pytest.fixture
def providers() -> Any:
    """Return the providers; without an answer from a test, none has a key."""
    with HTTPServer("127.0.0.1", threaded=True) as server:
        yield Providers(server)
