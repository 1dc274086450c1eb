r"""The log of a job on GitHub, whose runner takes some lines for commands: none of what is printed is one unless it is meant.

The runner obeys a line that begins with `::`, blanks before it do not count, and in older words `##[` anywhere in a line.
What is printed may quote upstream, the catalog or the command line, so a blank breaks both: `: :` and `## [`. In JSON the
second becomes `##\u005b`, which a reader takes for the same.
"""

from __future__ import annotations

import re
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from typing import TextIO

_COMMAND = re.compile(r"(?<![^\r\n])([^\S\r\n]*:)(?=:)")
_OLDER = "## ["
_OLDER_IN_JSON = r"##\u005b"
_LINE_END = re.compile(r"[\r\n]")


def guard(*, json: bool) -> None:
    """From here on let no line of text that this process prints be a command; `json` says that standard output is JSON.

    Bytes, such as a plan that is written to standard output, and streams that are no files stay as they are.
    """
    for name, older in (("stderr", _OLDER), ("stdout", _OLDER_IN_JSON if json else _OLDER)):
        stream: object = getattr(sys, name)
        if isinstance(stream, TextIOWrapper):
            setattr(sys, name, _Inert(cast("TextIO", stream), older))


def annotate(annotations: str) -> None:
    """Print annotations, whole lines that are meant for the runner. What they say is no older command either."""
    if isinstance(sys.stdout, _Inert):
        sys.stdout.write_commands(annotations)
    else:
        click.echo(annotations, nl=False)


class _Inert(TextIOWrapper):
    """A stream in place of another, in UTF-8 as the runner reads it; `older` stands for `##[`."""

    def __init__(self, stream: TextIO, older: str) -> None:
        buffering = bool(stream.line_buffering)
        super().__init__(stream.buffer, encoding="utf-8", errors=stream.errors, line_buffering=buffering)
        self._older = older
        self._line = ""  # the line that is not ended yet

    def write(self, text: str, /) -> int:
        whole = self._line + text
        # What is written of the line already was broken at the same places.
        super().write(self._broken(whole)[len(self._broken(self._line)) :])
        self._line = _LINE_END.split(whole)[-1]
        return len(text)

    def write_commands(self, lines: str) -> None:
        """Write lines as they are, but for `##[`."""
        super().write(lines.replace("##[", self._older))
        self.flush()

    def _broken(self, text: str) -> str:
        return _COMMAND.sub(r"\1 ", text.replace("##[", self._older))
