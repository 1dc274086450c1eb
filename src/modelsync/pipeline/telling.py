"""Telling whoever watches what a run is doing."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str], None]
"""Told what is happening, in a few words, at the start of each stage that may take long."""


def say_nothing(_: str) -> None:
    """Nobody is watching."""
