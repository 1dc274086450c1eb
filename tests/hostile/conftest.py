"""The command among hostile text: a real process in a folder of its own, and what must hold of everything it says."""

from __future__ import annotations

import json
import os
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

from command import Done, environment
from modelsync.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forkserver import ForkServers

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
EXPECTED = frozenset(code.value for code in Exit if code is not Exit.BUG)


def hidden(text: str) -> set[str]:
    """Return the characters of a text that steer a terminal or cannot be seen; line ends are fine."""
    return {letter for letter in text if letter != "\n" and unicodedata.category(letter) in HIDDEN}


class Folder:
    """A project; `run` runs the command in it and checks what holds of every run."""

    def __init__(self, root: Path, servers: ForkServers) -> None:
        self.root = root
        self._servers = servers
        self.path = root / "project"
        self.path.mkdir()
        self.catalog = self.path / "llm_models.yml"
        self.source = root / "models.json"

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the environment of a run."""
        return environment(self.root, **variables)

    def run(self, *arguments: str | bytes, stdin: bytes = b"", **variables: str) -> Done:
        """Run the command to its end: no bug, and nothing hidden in what it says."""
        words = tuple(map(os.fsdecode, arguments))
        ended = self._servers.run(words, self.path, self.environment(**variables), stdin)
        out, err = ended.out.decode(), ended.err.decode()
        assert ended.code in EXPECTED, err + "".join(report.read_text() for report in self.root.glob("modelsync-bug-*"))
        assert "Traceback" not in err
        assert (hidden(out), hidden(err)) == (set(), set()), (arguments, out, err)
        return Done(ended.code, out, err)

    def sync(self, *arguments: str) -> Done:
        """Sync with the listing."""
        return self.run("sync", "--source", str(self.source), *arguments)

    def listing(self, *records: dict[str, Any]) -> None:
        """Write what upstream says, as JSON in ASCII: lone surrogates are spelled with escapes."""
        self.source.write_text(json.dumps({"data": records}), encoding="ascii")


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path, fork_servers: ForkServers) -> Folder:
    """Return a project of its own."""
    return Folder(tmp_path, fork_servers)


@pytest.fixture(scope="module")
def make_folder(tmp_path_factory: pytest.TempPathFactory, fork_servers: ForkServers) -> Callable[[str], Folder]:
    """Return the function that makes a project for several tests."""
    return lambda name: Folder(tmp_path_factory.mktemp(name), fork_servers)
