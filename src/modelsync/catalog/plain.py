"""A catalog of the plainest kind, read as data: without spans, without what only an editor or a rare file needs.

Most catalogs are of this kind: mappings, lists and scalars under `providers.<provider>.models.<key>`. Whatever else YAML has
(anchors, aliases, merges, tags, keys that are no scalars or stand twice) and whatever is wrong is `Unusual`: it is left to
`document` and `entries`, which read every catalog and know line and column, so that both ways have one result.
"""

from __future__ import annotations

import gc

from yaml._yaml import CParser
from yaml.error import YAMLError
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

TYPE_CHECKING = False  # what type checkers know as true, without the cost of importing typing
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal
    from typing import Any, TypeAlias

    Data: TypeAlias = "str | list[Data] | dict[str, Data] | None"
    Raw: TypeAlias = "dict[str, Data]"

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""What stands, unquoted, for nothing."""

_DEEPEST = 50
_BOM = "\ufeff"


class Unusual(Exception):
    """The catalog, or an entry of it, is not of the plainest kind."""


def providers(data: bytes) -> dict[str, dict[str, Raw]]:
    """Read a catalog: provider → key → what stands in the entry, scalars as their text, nothing as None.

    Raises `Unusual` for what only the full reader understands, or refuses.
    """
    sections = _mapping(_mapping(_load(data)).get("providers"))
    return {provider: _entries(provider, section) for provider, section in sections.items()}


def _entries(provider: str, section: Data) -> dict[str, Raw]:
    if "/" in provider:  # its entries could be taken for another provider's
        raise Unusual
    models = _mapping(section).get("models") if section is not None else None
    return {key: _mapping(entry) for key, entry in _mapping(models).items()} if models is not None else {}


def _mapping(data: Data) -> Raw:
    if not isinstance(data, dict):
        raise Unusual
    return data


def _load(data: bytes) -> Data:
    collecting = gc.isenabled()
    gc.disable()  # it would walk the growing data again and again
    try:
        text = data.decode("utf-8")
        if text.startswith(_BOM):
            raise Unusual
        return _build(CParser(text).get_event)
    except (UnicodeDecodeError, YAMLError) as error:
        raise Unusual from error
    finally:
        if collecting:
            gc.enable()


def _build(next_event: Callable[[], Any]) -> Data:
    """Make data from libyaml's events. A collection is a list until it ends; in one of a mapping, keys and values take turns."""
    top: list[Any] = []
    nodes, is_mapping = top, False
    opened: list[tuple[list[Any], bool]] = []
    documents = 0
    while True:
        event = next_event()
        kind: Any = event.__class__
        if kind is ScalarEvent:
            value = event.value
            if event.anchor is not None or event.tag is not None or value in NULLS:
                value = _special(event, is_value=is_mapping and len(nodes) % 2 == 1)
            nodes.append(value)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            _require_plain(event, len(opened))
            opened.append((nodes, is_mapping))
            nodes, is_mapping = [], kind is MappingStartEvent
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            value = _pairs(nodes) if is_mapping else nodes
            nodes, is_mapping = opened.pop()
            nodes.append(value)
        elif kind is StreamEndEvent:
            return top[0] if top else None
        else:
            documents += _documents(kind)
            if documents > 1:
                raise Unusual


def _special(event: Any, *, is_value: bool) -> str | None:
    """Read a scalar that may be null, or unusual."""
    _require_plain(event, 0)
    return None if is_value and not event.style and event.value in NULLS else event.value


def _require_plain(event: Any, depth: int) -> None:
    if event.anchor is not None or event.tag is not None or depth >= _DEEPEST:
        raise Unusual


def _pairs(nodes: list[Any]) -> dict[str, Any]:
    following = iter(nodes)
    try:
        pairs = dict(zip(following, following, strict=True))
    except TypeError:  # a key that is no scalar
        raise Unusual from None
    if len(pairs) * 2 != len(nodes) or "<<" in pairs:
        raise Unusual
    return pairs


def _documents(kind: type) -> int:
    """Count the start of a document; what is no part of a plain file is `Unusual`."""
    if kind not in (StreamStartEvent, DocumentStartEvent, DocumentEndEvent):
        raise Unusual
    return int(kind is DocumentStartEvent)


def prices(entry: Raw, unit: str) -> dict[str, Decimal]:
    """Read the prices of an entry by name, in USD per token. Raises `Unusual` for a damaged list of tiers or windows, and the like."""
    return dict(_prices(entry.get("pricing"), "pricing", unit))


def _prices(group: Data, name: str, unit: str) -> Iterator[tuple[str, Decimal]]:
    from modelsync.catalog.figures import hours, tokens

    if group is None:
        return
    home = _mapping(group)
    yield from _rates(home, name, unit)
    yield from _rows(home.get("tiers"), f"{name}.tiers", ("above", tokens), unit)
    yield from _rows(home.get("windows"), f"{name}.windows", ("utc", hours), unit)
    if name == "pricing":
        yield from _prices(home.get("batch"), f"{name}.batch", unit)


def _rows(
    rows: Data, name: str, selector: tuple[str, Callable[[str], str]], unit: str
) -> Iterator[tuple[str, Decimal]]:
    if rows is None:
        return
    if not isinstance(rows, list):
        raise Unusual
    key, read = selector
    seen: set[str] = set()
    for row in map(_mapping, rows):
        written = row.get(key)
        part = read(written) if isinstance(written, str) else ""
        if not part or part in seen:
            raise Unusual
        seen.add(part)
        yield from _rates(row, f"{name}.{part}", unit, strict=True)


def _rates(home: Raw, name: str, unit: str, *, strict: bool = False) -> Iterator[tuple[str, Decimal]]:
    """Read the rates in a mapping. `strict` makes one that cannot be read `Unusual`: without it, calls would seem to cost something else."""
    from modelsync.catalog.figures import price
    from modelsync.domain.rates import PER_USE, RATES

    for key, text in home.items():
        if key not in RATES or text is None:
            continue
        value = price(text, "token" if key in PER_USE else unit) if isinstance(text, str) else None
        if value is not None:
            yield f"{name}.{key}", value
        elif strict:
            raise Unusual


def names(data: Data) -> frozenset[str]:
    """Read a list of names; none where it is no such list."""
    found = [item for item in data if isinstance(item, str)] if isinstance(data, list) else []
    return frozenset(found) if isinstance(data, list) and len(found) == len(data) else frozenset()
