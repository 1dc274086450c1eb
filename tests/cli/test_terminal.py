"""On a pseudo-terminal: the question of a first sync, colour, progress."""

from __future__ import annotations

import re
import socket
import time
from threading import Thread
from typing import Any

import pytest

from modelsync.errors import Exit

COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-7]|9[0-7])[0-9;]*m")
STYLE = re.compile(r"\x1b\[[0-9;]*m")
QUESTION = "keep the file's as set by hand, or abort?"


class TestFirstSync:
    """One question before hand-typed values are replaced."""

    @pytest.fixture(autouse=True)
    def _differs(self, shell: Any, record: Any) -> None:
        shell.listing(record(prompt="0.000002"), record("openai/o4"))

    def start(self, shell: Any, terminal: Any, *arguments: str) -> Any:
        """Start a sync on a terminal."""
        return terminal("sync", "--source", str(shell.source), *arguments)

    def test_take(self, shell: Any, terminal: Any) -> None:
        """Upstream's values are written; the question counts what would be updated and added."""
        screen = self.start(shell, terminal)
        screen.until(QUESTION)
        assert "1 entry would take upstream's values and 1 would be added" in screen.seen
        assert not shell.lock.exists()
        screen.type("take\n")
        assert screen.finish() == Exit.DONE
        assert "input: 0.002\n" in shell.catalog.read_text()
        assert "o4:" in shell.catalog.read_text()

    def test_keep(self, shell: Any, terminal: Any) -> None:
        """The file's values stay, as set by hand from now on; new models are added all the same."""
        screen = self.start(shell, terminal)
        screen.until(QUESTION)
        screen.type("keep\n")
        assert screen.finish() == Exit.DONE
        assert "input: 0.0025\n" in shell.catalog.read_text()
        assert "o4:" in shell.catalog.read_text()
        assert "set by hand" in shell.sync().out

    @pytest.mark.parametrize("answer", ["abort\n", "\n"])
    def test_abort(self, shell: Any, terminal: Any, answer: str) -> None:
        """Nothing is written; pressing return is the safe answer."""
        before = shell.files()
        screen = self.start(shell, terminal)
        screen.until(QUESTION)
        screen.type(answer)
        assert screen.finish() == Exit.DONE
        assert "Aborted: nothing was written." in screen.seen
        assert shell.files() == before

    @pytest.mark.parametrize("key", ["\x03", "\x04"])
    def test_ctrl_c_and_end_of_input(self, shell: Any, terminal: Any, key: str) -> None:
        """Both interrupt."""
        before = shell.files()
        screen = self.start(shell, terminal)
        screen.until(QUESTION)
        time.sleep(0.3)  # a person's: Python misses a signal that comes just before it starts to read
        screen.type(key)
        assert screen.finish() == Exit.INTERRUPTED
        assert shell.files() == before

    def test_another_word_is_asked_again(self, shell: Any, terminal: Any) -> None:
        """A typing error takes nothing."""
        screen = self.start(shell, terminal)
        screen.until(QUESTION)
        screen.type("tkae\n")
        screen.until("is not one of")
        screen.type("abort\n")
        assert screen.finish() == Exit.DONE
        assert not shell.lock.exists()

    @pytest.mark.parametrize("flags", [["--dry-run"], ["--check"], ["--format", "json"], ["--ours"]])
    def test_not_asked(self, shell: Any, terminal: Any, flags: list[str]) -> None:
        """Where nothing is written, a machine reads, or the answer was given."""
        screen = self.start(shell, terminal, *flags)
        assert screen.finish() in (Exit.DONE, Exit.DRIFT)
        assert QUESTION not in screen.seen

    def test_not_asked_twice(self, shell: Any, terminal: Any, record: Any) -> None:
        """With a lock there is nothing to ask."""
        shell.sync()
        shell.listing(record(prompt="0.000001"), record("openai/o4"))
        screen = self.start(shell, terminal)
        assert screen.finish() == Exit.DONE
        assert QUESTION not in screen.seen
        assert "input: 0.001\n" in shell.catalog.read_text()


class TestLooks:
    """Colour on a terminal, and only there."""

    def test_colour(self, shell: Any, terminal: Any, record: Any) -> None:
        """A change is coloured, NO_COLOR takes the colours away, and both say what a pipe gets."""
        shell.listing(record(prompt="0.000002"))
        plain = shell.sync("--dry-run").out
        seen: list[str] = []
        for env in ({}, {"NO_COLOR": "1"}):
            screen = terminal("sync", "--dry-run", "--source", str(shell.source), **env)
            assert screen.finish() == Exit.DONE
            seen.append(screen.seen)
        assert COLOUR.search(seen[0])
        assert not COLOUR.search(seen[1])
        for text in seen:
            words = STYLE.sub("", text).replace("\r\n", "\n")
            assert [line.rstrip() for line in words.splitlines()] == plain.splitlines()

    def test_nothing_of_upstreams_steers_it(self, shell: Any, terminal: Any, record: Any) -> None:
        """Square brackets are no markup, escape sequences are spelled out."""
        shell.listing(record(), record("openai/o4", description="[bold red]x[/] \x1b]0;owned\x07"), {"id": "a/\x1b[2J"})
        screen = terminal("sync", "--dry-run", "--verbose", "--source", str(shell.source))
        screen.finish()
        assert "\x1b]" not in screen.seen
        assert "\x07" not in screen.seen
        assert "\x1b[2J" not in screen.seen

    def test_progress_shows_when_it_takes_long_and_leaves(self, shell: Any, terminal: Any) -> None:
        """Half a second of silence from a server is enough; the address's secrets are not in what an error then says."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}/[red]models"
            screen = terminal("sync", "--source", address)
            screen.until("[red]models …")
            connection, _ = listener.accept()
            with connection:
                Thread(target=connection.recv, args=(65536,)).start()
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                assert screen.finish() == Exit.NOTHING_FETCHED
        assert screen.seen.rstrip().endswith("name a file you downloaded.")
        assert shell.folder

    def test_no_progress_when_it_is_quick(self, shell: Any, terminal: Any) -> None:
        """Nothing flickers."""
        screen = terminal("backups")
        assert screen.finish() == Exit.DONE
        assert "…" not in screen.seen
        assert shell.folder


class TestInit:
    """`.gitignore` is offered."""

    @pytest.mark.parametrize(("answer", "added"), [("\n", True), ("n\n", False)])
    def test_offered(self, shell: Any, terminal: Any, answer: str, added: bool) -> None:
        """Return adds the line, `n` does not."""
        screen = terminal("init")
        screen.until("to .gitignore?")
        screen.type(answer)
        assert screen.finish() == Exit.DONE
        assert (shell.folder / ".gitignore").exists() is added
