"""The command in processes of its own that start at once: forked from one that has imported all of it already.

`ForkServer` is for tests that run the command many times. Each run is a process with its own arguments, folder, environment and
streams, and ends as any process of Python does; only the imports were done before. What depends on how an interpreter starts
(its encodings, its hash seed, signals, a terminal) is no matter for this: start `command.MODULE` for that.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from command import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

COVERAGE = "COVERAGE_PROCESS_CONFIG"
HEADER_BYTES = 8
STREAMS = 3
PATIENCE_SECONDS = 120


class Ended(NamedTuple):
    """What a process left: its exit code and what it wrote."""

    code: int
    out: bytes
    err: bytes


class ForkServer:
    """A process of Python with the command imported. `variables` are its environment; what they say of Python holds in every run."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env=variables,
                stdin=subprocess.PIPE,  # the streams of a run are pipes, and Python looks at them when it starts
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
            )
        self._channel.settimeout(PATIENCE_SECONDS)

    def run(self, arguments: tuple[str, ...], folder: Path, variables: Mapping[str, str], stdin: bytes) -> Ended:
        """Run the command with pipes for its streams, to its end."""
        (ours_in, stdin_end), (stdout_end, ours_out), (stderr_end, ours_err) = os.pipe(), os.pipe(), os.pipe()
        words = [str(folder), str(len(arguments)), *arguments, *(f"{name}={text}" for name, text in variables.items())]
        request = os.fsencode("\0".join(words))
        theirs = [ours_in, ours_out, ours_err]
        socket.send_fds(self._channel, [len(request).to_bytes(HEADER_BYTES)], theirs)
        self._channel.sendall(request)
        for handle in theirs:
            os.close(handle)
        with ThreadPoolExecutor(2) as readers, open(stdout_end, "rb") as out, open(stderr_end, "rb") as err:
            said = [readers.submit(stream.read) for stream in (out, err)]
            with suppress(BrokenPipeError), open(stdin_end, "wb") as given:
                given.write(stdin)
            code = int.from_bytes(_exactly(self._channel, HEADER_BYTES), signed=True)
            return Ended(code, *(stream.result() for stream in said))

    def stop(self) -> None:
        """End the process."""
        self._channel.close()
        _, complaints = self._process.communicate(timeout=PATIENCE_SECONDS)
        assert not complaints, complaints.decode()


class ForkServers:
    """A fork server for runs that coverage measures, and one for those that it does not; each starts when it is needed."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._servers: dict[str, ForkServer] = {}

    def run(self, arguments: tuple[str, ...], folder: Path, variables: Mapping[str, str], stdin: bytes = b"") -> Ended:
        """Run the command as `ForkServer.run` does; it is measured where `variables` have coverage's settings."""
        measure = {name: text for name, text in variables.items() if name == COVERAGE}
        kind = "".join(measure)
        if kind not in self._servers:
            self._servers[kind] = ForkServer(environment(self._scratch, **measure))
        return self._servers[kind].run(arguments, folder, variables, stdin)

    def stop(self) -> None:
        """End the servers."""
        for server in self._servers.values():
            server.stop()


def _exactly(channel: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = channel.recv(size - len(data))
        if not piece:
            message = "the fork server is gone"
            raise EOFError(message)
        data += piece
    return data


def _import_all() -> None:
    """Import the command, whatever it imports late too."""
    package = import_module("modelsync")
    for module in walk_packages(package.__path__, "modelsync."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    for name in ("difflib", "rich.console", "rich.status", "rich.text", "tomllib"):
        import_module(name)


def _next_run(channel: socket.socket) -> list[str] | None:
    """Fork for each request; return the arguments in the child, and None in the server when nobody asks any more."""
    while True:
        header, streams, _, _ = socket.recv_fds(channel, HEADER_BYTES, STREAMS)
        if not header:
            return None
        request = os.fsdecode(_exactly(channel, int.from_bytes(header))).split("\0")
        child = os.fork()
        if not child:
            channel.close()
            return _become(request, streams)
        for handle in streams:
            os.close(handle)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        channel.sendall(code.to_bytes(HEADER_BYTES, signed=True))


def _become(request: list[str], streams: list[int]) -> list[str]:
    """Take over the streams, the folder and the environment of a request, and return its arguments."""
    folder, count, *rest = request
    arguments, variables = rest[: int(count)], rest[int(count) :]
    for number, handle in enumerate(streams):
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update({name: text for name, _, text in (line.partition("=") for line in variables)})
    time.tzset()
    return arguments


def main() -> NoReturn:
    """Serve on the socket whose number is the argument; a child runs the command and ends with it."""
    _import_all()
    arguments = _next_run(socket.socket(fileno=int(sys.argv[1])))
    if arguments is not None:
        sys.argv[1:] = arguments
        import_module("modelsync.cli").main()
    sys.exit()


if __name__ == "__main__":
    main()
