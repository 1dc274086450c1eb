"""What a run is doing, for who watches, and how long each stage took, for who asks."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import click

from modelsync.views.text import counted, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.pipeline.telling import Tell
    from modelsync.pipeline.writing import Fetched


class Stages:
    """The stages of one run, in the order in which they began. Call `tell` at the start of each."""

    def __init__(self, tell: Tell) -> None:
        self._show = tell
        self._began: list[tuple[str, float]] = []

    def tell(self, doing: str) -> None:
        """Say what begins; an empty text only clears the display."""
        if doing:
            self._began.append((doing, perf_counter()))
        self._show(doing)

    def report(self, fetched: Iterable[Fetched]) -> None:
        """Print on standard error how long each stage took and what was fetched."""
        ends = [began for _, began in self._began[1:]] + [perf_counter()]
        for (doing, began), end in zip(self._began, ends, strict=True):
            click.echo(f"{end - began:8.3f} s  {visible(doing)}", err=True)
        for one in fetched:
            extent = "" if one.complete else ", incomplete"
            click.echo(
                f"fetched {visible(one.source)}: {counted(one.models, 'model')} of {one.day}{extent}, {one.digest}",
                err=True,
            )
