"""The names of rates, and of the hours in which some of them hold: what the price model and the fast reader share."""

from __future__ import annotations

import re

RATES: tuple[str, ...] = (
    "input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning", "audio_input", "audio_output", "audio_cache_read",
    "image_input", "image_output", "image", "request", "web_search",
)  # fmt: skip
"""Every rate, in the order in which a catalog spells them."""

PER_USE = frozenset({"image", "request", "web_search"})
"""The rates that are not per token, whatever the catalog's unit."""

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):?([0-5][0-9])\Z|24:?00\Z")


def minute_of(clock: str) -> int | None:
    """Read an hour of the UTC day (`0130`, `01:30`, `2400`) as its minute; None for anything else."""
    if not (read := _CLOCK.match(clock)):
        return None
    return int(read[1]) * 60 + int(read[2]) if read[1] else 0


def hours_name(start: int, end: int) -> str:
    """Name hours of the day: `0100-0400`."""
    return f"{start // 60:02}{start % 60:02}-{end // 60:02}{end % 60:02}"


def read_hours(hours: str) -> tuple[int, int] | None:
    """Read the hours of a window (`0100-0400`, `01:00-04:00`) as its first minute of the UTC day and the one after its last."""
    start, _, end = hours.partition("-")
    first, last = minute_of(start.strip()), minute_of(end.strip())
    return (first, last) if first is not None and last is not None and first != last else None
