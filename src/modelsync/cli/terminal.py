"""Standard output and standard error: coloured on a terminal, plain in a pipe, quiet when there is nothing to say."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

import click

from modelsync.cli.stages import Stages
from modelsync.pipeline.telling import say_nothing
from modelsync.views.lines import plain_text
from modelsync.views.text import visible

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from typing import TextIO

    from rich.status import Status
    from rich.text import Text

    from modelsync.views.lines import Line

PATIENCE_SECONDS = 0.5
_LONGEST_SENTENCE = 5000  # a path may have 4,096 characters


def show(lines: Iterable[Line]) -> None:
    """Print styled lines."""
    if not is_terminal(sys.stdout):
        click.echo(plain_text(lines), nl=False)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text.assemble(*((text, style) for style, text in line)))


def say(sentence: str) -> None:
    """Print a sentence as one line in which nothing is hidden: it may have the name of a file or of an entry in it."""
    click.echo(visible(sentence, _LONGEST_SENTENCE))


def is_terminal(stream: TextIO | None) -> bool:
    """Say whether a person is at the other end of a stream; one that was closed before the start (`<&-`) is None."""
    return stream is not None and stream.isatty()


@contextmanager
def progress() -> Generator[Stages]:
    """Yield the stages of a run; the present one shows on a terminal once something takes longer than half a second."""
    if not is_terminal(sys.stderr):
        yield Stages(say_nothing)
        return
    display = _Display()
    timer = Timer(PATIENCE_SECONDS, display.appear)
    timer.daemon = True
    timer.start()
    try:
        yield Stages(display.tell)
    finally:
        timer.cancel()
        display.vanish()


class _Display:
    """A line with a spinner on standard error that appears late and leaves no trace."""

    def __init__(self) -> None:
        self._lock = Lock()  # the line appears from a timer's thread
        self._doing = ""
        self._status: Status | None = None
        self._over = False

    def tell(self, doing: str) -> None:
        if not doing:
            self.vanish()
            return
        with self._lock:
            self._doing = f"{visible(doing)} …"
            if self._status is not None:
                self._status.update(_plain(self._doing))

    def appear(self) -> None:
        from rich.console import Console
        from rich.status import Status

        with self._lock:
            if not self._over:
                self._status = Status(_plain(self._doing), console=Console(stderr=True))
                self._status.start()

    def vanish(self) -> None:
        with self._lock:
            self._over = True
            if self._status is not None:
                self._status.stop()
                self._status = None


def _plain(text: str) -> Text:
    """Text in which square brackets are no markup."""
    from rich.text import Text

    return Text(text)
