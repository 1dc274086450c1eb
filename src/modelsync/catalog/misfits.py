"""What a layout asks for that a file does not have: ways that stop, and paths that no row has."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from modelsync.catalog.document import Alias, Mapping, Scalar, Sequence
from modelsync.catalog.facts import inside, is_null
from modelsync.catalog.nodes import MERGE_KEY
from modelsync.catalog.rows import find_rows
from modelsync.domain import fields
from modelsync.errors import CatalogInvalid
from modelsync.layouts.layout import Capture, Items, Key, Rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modelsync.catalog.document import Document, Node
    from modelsync.catalog.rows import Row
    from modelsync.layouts.layout import Layout, Pattern, Place

    Paths: TypeAlias = "tuple[Place, ...]"

_ROWS_READ = 200
_DEEPEST = 4


class Misfit(Struct, frozen=True):
    """A setting of a layout (`at`, `id`, `fields.pricing.input`) that a file has nothing for, and why.

    It is no error where something else is there for the same setting.
    """

    setting: str
    problem: str
    is_error: bool = True


def misfits(document: Document, layout: Layout) -> tuple[Misfit, ...]:
    """Return what a layout asks for and a file does not have: patterns that lead nowhere, or paths that no row has."""
    stops = [stop for pattern in layout.patterns if (stop := _stop(document, layout, pattern))]
    lost = tuple(Misfit("at", stop, is_error=len(stops) == len(layout.patterns)) for stop in stops)
    if len(stops) == len(layout.patterns):
        return lost
    try:
        rows = find_rows(document, layout, "").rows
    except CatalogInvalid:
        return lost
    return (*lost, *_paths_without(rows, layout))


# -------------------------------------------------------------------------------------------------- where a pattern stops


def _stop(document: Document, layout: Layout, pattern: Pattern) -> str:
    """Say at which of its steps a pattern stops; empty where it leads to rows, or to where some may come one day."""
    root = _seen(document.root)
    nodes = list(map(_seen, root.items)) if layout.several and isinstance(root, Sequence) else [root]
    for depth, step in enumerate(pattern):
        following = [found for node in nodes for found in _following(node, step)]
        if not following and all(_is_empty(node) for node in nodes):
            return ""
        if not following:
            return f"`{_spelled(pattern)}` stops at `{_spelled(pattern[depth : depth + 1])}`: {_why(step, nodes)}"
        nodes = following
    return ""


def _following(node: Node | None, step: Key | Capture | Items) -> Iterator[Node | None]:
    if isinstance(step, Items):
        yield from map(_seen, node.items) if isinstance(node, Sequence) else ()
    elif isinstance(node, Mapping):
        keys = step.names if isinstance(step, Key) else [key.value for key, _ in node.pairs if key.value != MERGE_KEY]
        found = (node.find(key) for key in keys)
        held = (_seen(at[0]) for at in found if at is not None)
        yield from islice(held, 1) if isinstance(step, Key) else held


def _is_empty(node: Node | None) -> bool:
    """Say whether a place is there for something, and nothing in it."""
    if isinstance(node, Sequence):
        return not node.items
    return not node.pairs if isinstance(node, Mapping) else is_null(node)


def _why(step: Key | Capture | Items, nodes: Iterable[Node | None]) -> str:
    here = list(nodes)
    if isinstance(step, Items):
        return "no list is there"
    mappings = [node for node in here if isinstance(node, Mapping)]
    if not mappings:
        is_list = any(isinstance(node, Sequence) for node in here)
        return "a list is there: write `[]` before it" if is_list else "no mapping is there"
    keys = {key.value for mapping in mappings for key, _ in mapping.pairs}
    return f"no such key is there{_meant(step.names[0], keys) if isinstance(step, Key) else ''}"


def _spelled(pattern: Pattern) -> str:
    text = ""
    for step in pattern:
        if isinstance(step, Items):
            text += "[]"
            continue
        name = "|".join(step.names) if isinstance(step, Key) else f"{{{step.name}}}" if step.name else "*"
        text += f".{name}" if text else name
    return text or "---"


def _seen(node: Node | None) -> Node | None:
    return node.target if isinstance(node, Alias) else node


# --------------------------------------------------------------------------------------------------- paths that no row has


def _paths_without(rows: Iterable[Row], layout: Layout) -> Iterator[Misfit]:
    nodes = [node for row in rows if isinstance(node := _seen(row.node), Mapping)]
    around = list({id(mapping): mapping for row in rows for mapping in row.around}.values())
    if not nodes:
        return
    for setting, places in _settings(layout):
        if not layout.fills or not setting.startswith("fields."):
            yield from _missing(setting, places, nodes, "row")
    for key in layout.provider.around:
        yield from _missing("provider_around", ((key,),), around, "mapping around the rows")


def _settings(layout: Layout) -> Iterator[tuple[str, Paths]]:
    """Return the settings that hold paths inside a row, each with its alternatives."""
    for name, place in layout.paths.items():
        yield "id" if name == fields.MODEL else f"fields.{name}", (place, *layout.others.get(name, ()))
    for name, place in layout.flags.items():
        yield f"fields.features.{name}", (place,)
    yield "key", layout.keys
    yield "provider", layout.provider.places
    yield "pinned", (layout.pinned,) if layout.pinned else ()


def _missing(setting: str, places: Paths, nodes: list[Mapping], what: str) -> Iterator[Misfit]:
    absent = [place for place in places if not any(_has(node, place) for node in nodes)]
    for place in absent:
        known = {".".join(path) for node in nodes[:_ROWS_READ] for path in _ways(node)}
        problem = f"no {what} has `{_dotted(place)}`{_meant(_dotted(place), known)}"
        yield Misfit(setting, problem, is_error=len(absent) == len(places) and setting != "pinned")


def _has(node: Mapping, place: Place) -> bool:
    """Say whether a place is there, though it may hold nothing; past a list, in any of its rows."""
    steps = next((at for at, step in enumerate(place) if isinstance(step, Rows)), len(place))
    found = inside(node, tuple(step for step in place[:steps] if isinstance(step, str)))
    if steps == len(place):
        return found is not None
    rest = tuple(step for step in place[steps + 1 :] if isinstance(step, str))
    items = found.items if isinstance(found, Sequence) else []
    return any(isinstance(item := _seen(one), Mapping) and inside(item, rest) is not None for one in items)


def _ways(node: Mapping, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in node.pairs:
        way = (*before, key.value)
        target = _seen(value)
        if isinstance(target, Mapping) and len(way) < _DEEPEST:
            yield from _ways(target, way)
        elif isinstance(target, Scalar | Sequence) and not is_null(target):
            yield way


def _dotted(place: Place) -> str:
    return ".".join(step for step in place if isinstance(step, str))


def _meant(name: str, known: Iterable[str]) -> str:
    """Ask whether the nearest of the known names was meant: one that is spelled like it, or ends so."""
    last = name.rpartition(".")[2]
    whole = sorted(known)
    ends = {one.rpartition(".")[2]: one for one in reversed(whole)}
    near = get_close_matches(name, whole, n=1) or [ends[end] for end in get_close_matches(last, ends, n=1)]
    return f"; did you mean `{near[0]}`?" if near else ""
