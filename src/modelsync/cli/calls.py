"""Options that say what a call uses, for the verbs that charge it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import wraps
from typing import Any, TypeVar

import click

from modelsync.costing.usage import Usage
from modelsync.errors import UsageError
from modelsync.views.costs import Call

Command = TypeVar("Command", bound=Callable[..., Any])

_COUNT = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?)([kKmM]?)", re.ASCII)
_THOUSANDS = {"": 0, "k": 3, "m": 6}
_LONGEST_COUNT = 30


def count(_ctx: click.Context, _param: click.Parameter, value: str) -> int:
    """Read a whole number as people write it: `300k`, `1.5M`, `2_000`."""
    read = _COUNT.fullmatch(value) if len(value) <= _LONGEST_COUNT else None
    number = Decimal(read[1].replace("_", "")).scaleb(_THOUSANDS[read[2].lower()]) if read else None
    if number is None or number != int(number):
        raise click.BadParameter(f"{value!r} is no whole number such as 2000, 2_000, 300k or 1.5M.")
    return int(number)


def _moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """Read a moment with its time zone: `2026-09-01T03:00Z`."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no time such as 2026-09-01T03:00Z.") from None
    if moment.utcoffset() is None:
        raise click.BadParameter(f"{value!r} has no time zone, as 2026-09-01T03:00Z has.")
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise click.BadParameter(f"{value!r} is not in the calendar in UTC.") from None
    return moment


_COUNTS = {
    "input": "Tokens of the prompt, all of them.",
    "cached": "Tokens of the prompt that are read from a cache.",
    "cache_write": "Tokens of the prompt that are written to a cache.",
    "cache_write_1h": "Tokens of the prompt that are written to a cache for an hour.",
    "audio_input": "Tokens of the prompt that are sound.",
    "image_input": "Tokens of the prompt that are images.",
    "output": "Tokens of the output, all of them.",
    "reasoning": "Tokens of the output that are reasoning.",
    "audio_output": "Tokens of the output that are sound.",
    "image_output": "Tokens of the output that are images.",
    "images": "Images that are billed one by one.",
    "searches": "Searches of the web.",
}
_WHOLES = {"input": "prompt", "output": "output"}
_INSIDE = ("cached", "cache_write", "cache_write_1h", "audio_input", "image_input")
_OUTSIDE = ("reasoning", "audio_output", "image_output")


def call(command: Command) -> Command:
    """Give a command what a call uses, when it is made and how, as the argument `call`. Raises `UsageError` when nothing is used."""
    return _with_call(command, required=True)


def call_if_told(command: Command) -> Command:
    """Give a command the same; where nothing is used, `call` is None."""
    return _with_call(command, required=False)


def _with_call(command: Any, *, required: bool) -> Any:
    @wraps(command)
    def gathered(*, at: datetime | None, batch: bool, **others: Any) -> Any:
        counts = {name: others.pop(name) for name in _COUNTS}
        if not any(counts.values()):
            if required or batch or at is not None:
                raise UsageError("nothing is used", hint="Say what is, as in `--input 300k --output 2k`.")
            return command(call=None, **others)
        return command(call=Call(_usage(counts), at or datetime.now(UTC), batch), **others)

    told: Any = gathered
    told = click.option("--batch", is_flag=True, help="The call goes through the batch offer.")(told)
    told = click.option("--at", callback=_moment, metavar="TIME", help="When, where prices have hours (default: now).")(
        told
    )
    for name, meaning in reversed(_COUNTS.items()):
        option = f"--{name.replace('_', '-')}"
        told = click.option(option, name, callback=count, default="0", metavar="N", help=meaning)(told)
    return told


def _usage(counts: dict[str, int]) -> Usage:
    """Divide the prompt and the output into their parts. Raises `UsageError` where these are more."""
    text, answer = _rest(counts, "input", _INSIDE), _rest(counts, "output", _OUTSIDE)
    parts = {name: count for name, count in counts.items() if name not in ("input", "output", "cached")}
    return Usage(input=text, output=answer, cache_read=counts["cached"], **parts)


def _rest(counts: dict[str, int], whole: str, parts: tuple[str, ...]) -> int:
    told = [name for name in parts if counts[name]]
    total = sum(counts[name] for name in told)
    if total > counts[whole]:
        names = " + ".join(f"--{name.replace('_', '-')}" for name in told)
        raise UsageError(
            f"{names} is {total:,}, more than --{whole} {counts[whole]:,}",
            hint=f"--{whole} counts all tokens of the {_WHOLES[whole]}, those included.",
        )
    return counts[whole] - total
