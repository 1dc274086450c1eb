"""Standard output and standard error: coloured on a terminal, plain in a pipe, quiet when there is nothing to say."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

import click

from modelsync.views.report import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modelsync.pipeline import Tell
    from modelsync.views.report import Line

PATIENCE_SECONDS = 0.5


def show(lines: Iterable[Line]) -> None:
    """Print styled lines."""
    if not sys.stdout.isatty():
        click.echo(plain_text(lines), nl=False)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text.assemble(*line))


@contextmanager
def progress() -> Iterator[Tell]:
    """Yield a function that is told what is going on; it shows on a terminal once something takes longer than half a second."""
    if not sys.stderr.isatty():
        yield _say_nothing
        return
    display = _Display()
    timer = Timer(PATIENCE_SECONDS, display.appear)
    timer.daemon = True
    timer.start()
    try:
        yield display.tell
    finally:
        timer.cancel()
        display.vanish()


def _say_nothing(_: str) -> None:
    """Nobody is watching."""


class _Display:
    """A line with a spinner on standard error that appears late and leaves no trace."""

    def __init__(self) -> None:
        self._doing = ""
        self._status: object = None
        self._over = False

    def tell(self, doing: str) -> None:
        self._doing = doing
        if doing == "":
            self.vanish()

    def appear(self) -> None:
        from rich.console import Console
        from rich.status import Status

        if self._over:
            return
        status = Status(self._doing + " …", console=Console(stderr=True))
        self._status = status
        status.start()

    def vanish(self) -> None:
        from rich.status import Status

        self._over = True
        if isinstance(self._status, Status):
            self._status.stop()
            self._status = None
