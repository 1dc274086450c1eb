"""Read the two little languages of a layout: patterns that lead to entries, and paths inside an entry."""

from __future__ import annotations

import re
from typing import Literal

from modelsync.layouts.layout import Capture, Items, Key, Pattern, Place, Rows

CAPTURES = ("provider", "key", "id")
DOCUMENT = "---"

_QUOTED = r'"(?P<quoted>[^"]+)"'
_NAME = r"(?P<name>[^.\[\]{}|\"*\s]+(?:[ ][^.\[\]{}|\"*\s]+)*)"
_SEGMENT = re.compile(
    rf"(?:{_QUOTED}|\{{(?P<capture>[a-z]+)\}}|(?P<any>\*)|{_NAME}(?P<more>(?:\|[^.\[\]{{}}|\"*]+)*))?(?P<items>(?:\[\])*)(?:\.|\Z)"
)
_STEP = re.compile(rf"(?:{_QUOTED}|{_NAME})(?:\[(?P<rows>[^\[\]]+)\])?(?:\.|\Z)")


class Misspelt(ValueError):
    """A pattern or a path that cannot be read; the message says which and why."""


def read_pattern(text: str) -> tuple[Pattern, bool]:
    """Read a way to entries, and whether it starts in each document of the file (`---`).

    `providers.{provider}.models.{key}` · `models[]` · `[].models[]` · `info.{id}` · `tables.*.{id}` · `models|engines[]` · `---`
    """
    several = text == DOCUMENT or text.startswith(DOCUMENT + ".")
    rest = text[len(DOCUMENT) :].removeprefix(".") if several else text
    steps: list[Key | Capture | Items] = []
    place = 0
    while place < len(rest) or rest[-1:] == ".":
        found = _SEGMENT.match(rest, place)
        if found is None or found[0] in ("", "."):
            problem = f"{text!r} is no way to entries: nothing is known to begin with {rest[place:]!r}"
            raise Misspelt(problem)
        steps += _segment(text, found)
        place = found.end()
    captured = [step.name for step in steps if isinstance(step, Capture) and step.name]
    if twice := next((name for name in captured if captured.count(name) > 1), ""):
        problem = f"{text!r} takes note of {{{twice}}} twice: write `*` for the key that does not count"
        raise Misspelt(problem)
    if not steps and not several:
        problem = f"an empty pattern: write {DOCUMENT} where each document of the file is one model"
        raise Misspelt(problem)
    return tuple(steps), several


def _segment(text: str, found: re.Match[str]) -> list[Key | Capture | Items]:
    steps: list[Key | Capture | Items] = []
    if found["quoted"]:
        steps.append(Key((found["quoted"],)))
    elif found["capture"]:
        if found["capture"] not in CAPTURES:
            problem = f"{text!r} takes note of {{{found['capture']}}}: it can be {{provider}}, {{key}} or {{id}}"
            raise Misspelt(problem)
        steps.append(Capture(found["capture"]))
    elif found["any"]:
        steps.append(Capture(""))
    elif found["name"]:
        steps.append(Key((found["name"], *found["more"].split("|")[1:])))
    return steps + [Items()] * (len(found["items"]) // 2)


def read_places(text: str, name: str = "") -> tuple[Place, ...]:
    """Read where an entry may keep a field: `pricing.input`, `"per 1k".in`, `cost.in|prices.in`, `tiers[above].input`.

    A name in brackets is the key of each row of a list that says what stands for the `*` in the field's `name`.
    """
    return tuple(_place(one.strip(), name) for one in _alternatives(text))


def plain_places(text: str) -> tuple[tuple[str, ...], ...]:
    """Read places of which none leads into a list."""
    return tuple(tuple(step for step in place if isinstance(step, str)) for place in read_places(text))


def _alternatives(text: str) -> list[str]:
    return re.findall(r'(?:"[^"]*"|[^|"])+', text) or [text]


def _place(text: str, name: str) -> Place:
    steps: list[str | Rows] = []
    place = 0
    while place < len(text) or not steps or text[-1] == ".":
        found = _STEP.match(text, place)
        if found is None:
            problem = f"{text!r} is no path inside an entry: write keys with dots between them, and quotes around a key with a dot in it"
            raise Misspelt(problem)
        steps.append(found["quoted"] or found["name"])
        if found["rows"]:
            steps.append(Rows(found["rows"], _kind(text, name)))
        place = found.end()
    return tuple(steps)


def _kind(text: str, name: str) -> Literal["tokens", "hours"]:
    if ".tiers.*." in name:
        return "tokens"
    if ".windows.*." in name:
        return "hours"
    problem = f"{text!r} leads into a list, but {name or 'it'} is no field of tiers or windows: those have a `*` in their name"
    raise Misspelt(problem)
