"""The fault server in a process of its own, and the command run against it with a key in the environment that nobody may see."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from command import Done, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forkserver import ForkServers

CANARY = "sk-canary-0123456789"
SERVER = Path(__file__).with_name("server.py")
CATALOG = """\
# ours
providers:
  openai:
    models:
      gpt-4o:
        model: gpt-4o
        pricing:
          input: 0.0025
          output: 0.01
"""


class Faults:
    """A running fault server. `stop` ends it and returns what it was asked, in the order in which it was done."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def url(self, fault: str, scheme: str = "http") -> str:
        """Return the address of a fault."""
        return f"{scheme}://127.0.0.1:{self.port}/{fault}"

    def stop(self) -> list[dict[str, Any]]:
        """End the server and return its log."""
        if self._process.poll() is not None:
            return []
        out, _ = self._process.communicate(timeout=20)
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def make_server() -> Iterator[Callable[..., Faults]]:
    """Return the function that starts a fault server, with a certificate or as a proxy."""
    started: list[Faults] = []

    def start(*arguments: str) -> Faults:
        started.append(Faults(*arguments))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def faults() -> Iterator[Faults]:
    """Return one server for a whole module."""
    server = Faults()
    yield server
    server.stop()


class Project:
    """A folder with a catalog; home, caches and temporary files are beside it, and no file anywhere may hold the canary key."""

    def __init__(self, root: Path, servers: ForkServers) -> None:
        self.root = root
        self._servers = servers
        self.folder = root / "project"
        self.folder.mkdir(exist_ok=True)
        (self.folder / "llm_models.yml").write_text(CATALOG, encoding="utf-8")
        (root / "tmp").mkdir(exist_ok=True)

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the environment of a run, with keys in it."""
        own = {"HOME": str(self.root / "home"), "OPENROUTER_API_KEY": CANARY, "ANOTHER_API_KEY": f"{CANARY}-2"}
        return environment(self.root / "tmp", **own | variables)

    def run(self, *arguments: str, **variables: str) -> Done:
        """Run Python with these arguments to its end."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return self._checked(done.returncode, done.stdout, done.stderr)

    def sync(self, *arguments: str, **variables: str) -> Done:
        """Run `modelsync sync`."""
        return self.command("sync", *arguments, **variables)

    def command(self, *arguments: str, **variables: str) -> Done:
        """Run the command in a forked process to its end."""
        return self._checked(*self._servers.run(arguments, self.folder, self.environment(**variables)))

    def _checked(self, code: int, out: bytes, err: bytes) -> Done:
        assert CANARY.encode() not in out + err
        assert [name for name, data in self.files().items() if CANARY.encode() in data] == []
        return Done(code, out.decode(), err.decode())

    def files(self) -> dict[str, bytes]:
        """Return every file there is now, outside the folder too."""
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def project(tmp_path: Path, fork_servers: ForkServers) -> Project:
    """Return a project of its own."""
    return Project(tmp_path, fork_servers)


@pytest.fixture(scope="session")
def make_project(fork_servers: ForkServers) -> Callable[[Path], Project]:
    """Return the function that makes a project in a folder."""
    return lambda root: Project(root, fork_servers)
