"""Propose a layout for a team's file: find its rows and facts, read it with what was found, and tell the unit of its prices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.document import Document, Mapping, Node, Scalar, locate, parse
from modelsync.catalog.document import Sequence as ListNode
from modelsync.catalog.entries import Entry, read_sections
from modelsync.catalog.figures import number
from modelsync.catalog.nodes import children
from modelsync.discovery.facts import Facts, find_facts
from modelsync.discovery.hosting import hosted_rows
from modelsync.discovery.known import KnownModels
from modelsync.discovery.money import rows_without_dollars, why_no_dollars
from modelsync.discovery.rivals import LeftOut
from modelsync.discovery.rows import KEY, Found, find_rows
from modelsync.discovery.skips import other_tiers, skips
from modelsync.discovery.survey import survey
from modelsync.discovery.unit import Price, Unit, settle_unit
from modelsync.discovery.whose import captures_provider, key_place, provider_said
from modelsync.discovery.words import dotted, names_tier
from modelsync.domain import fields
from modelsync.domain.money import shifted
from modelsync.errors import CatalogInvalid, UsageError
from modelsync.layouts.builtin import NAMES, layout_named, table_named, unit_named
from modelsync.layouts.labels import HOSTS
from modelsync.layouts.layout import Capture, Items, Layout, Pattern
from modelsync.layouts.naming import AGGREGATOR
from modelsync.layouts.spelling import DOCUMENT, plain_places
from modelsync.layouts.table import Table, Unclear, layout_of
from modelsync.normalize.identity import split_vendor
from modelsync.normalize.upstream import Model
from modelsync.settings import VENDORS, UnitName

_GENERATED = re.compile(r"auto-?generated|generated (?:file|by|from)|do not (?:edit|modify)|don't edit", re.IGNORECASE)
_HEAD_LINES = 40
_CENTS = "0.01"
_NO_DOLLARS = (
    "A layout can say neither a rate of exchange nor how many characters a token has. Where they are dollars for tokens all the same, "
    "take out what says otherwise."
)
_BY_HAND = "A layout can be written by hand: see the page on layouts."


class Proposal(Struct, frozen=True):
    """A layout for a file, and how well it fits.

    `named` is a built-in layout that reads the same as `table`, or empty. `unit` is what prices are per (None: there are none).
    `vendors` are to be said besides those that are known. `reviewed` is the place of a day that may be that of the prices.
    `known` of the `entries` are models of the listing, which was true on `day`.
    """

    named: str
    table: Table
    unit: Unit | None
    vendors: dict[str, str]
    left_out: tuple[LeftOut, ...]
    reviewed: str
    entries: int
    known: int
    day: str


class _File:
    """The bytes of a file, parsed once as one document and once as several, whichever is asked for."""

    def __init__(self, data: bytes, path: str) -> None:
        self._data = data
        self.path = path
        self._documents: dict[bool, Document] = {}

    def document(self, *, several: bool) -> Document:
        """Raises `CatalogInvalid`."""
        if several not in self._documents:
            self._documents[several] = parse(self._data, self.path, several=several)
        return self._documents[several]


class _Reading(Struct, frozen=True):
    """What a layout makes of a file, prices as the numbers that stand there."""

    table: Table
    layout: Layout
    document: Document
    entries: tuple[Entry, ...]
    facts: Facts
    hosted: tuple[LeftOut, ...] = ()


def propose(data: bytes, path: str, known: KnownModels, *, unit: UnitName | None = None) -> Proposal:
    """Propose a layout for the bytes of a file. `path` names it; `unit` is what prices are per, where the person says it.

    Raises `CatalogInvalid` for what is no YAML, `UnitUnclear`, and `UsageError` with the reason where no layout can be told.
    """
    file = _File(data, path)
    documents = file.document(several=True)
    _refuse_generated(documents.text)
    found = find_rows(survey(documents, known), known)
    if not found:
        raise _no_models(documents, known)
    reading = max(_readings(found, file, known), key=lambda read: len(read.entries), default=None)
    if reading is None or not reading.entries:
        raise _unread(found[0], known, path)
    facts = reading.facts
    builtin = _builtin(reading, file)
    named, chosen = builtin if builtin is not None else ("", reading)
    matched = [(entry, model) for entry in chosen.entries if (model := _matched(entry, known)) is not None]
    return Proposal(
        named=named,
        table=reading.table,
        unit=_unit(chosen, known, unit, named),
        vendors=_vendors(matched, chosen.layout),
        left_out=(*reading.hosted, *facts.left_out),
        reviewed=dotted(facts.reviewed) if facts.reviewed else "",
        entries=len(chosen.entries),
        known=len(matched),
        day=known.day,
    )


# ---------------------------------------------------------------------------------------------------- what cannot be told


def _refuse_generated(text: str) -> None:
    """Refuse a file whose head says that a program writes it."""
    for place, comment in _head(text):
        if _GENERATED.search(comment):
            raise UsageError(
                f"line {place} says that the file is generated: what is edited here is lost when it is made again",
                hint="Keep what it is made from true, or take that line out.",
            )


def _head(text: str) -> Iterator[tuple[int, str]]:
    """The comments before anything else in a file, each with its line."""
    for place, line in enumerate(text.splitlines()[:_HEAD_LINES], 1):
        bare = line.strip()
        if bare and not bare.startswith(("#", "---", "%")):
            return
        if bare.startswith("#"):
            yield place, bare.lstrip("#").strip()


def _no_models(document: Document, known: KnownModels) -> UsageError:
    for scalar in _scalars(document):
        line = document.position(scalar.start)[0]
        if scalar.style in ("|", ">") and scalar.value.lstrip()[:1] in ("{", "["):
            texts = re.findall(r'"([^"\s]+)"', scalar.value)
            if any(known.find(text) is not None for text in texts):
                return UsageError(
                    f"its models are JSON inside a text, on line {line}: no place in it can be named", hint=_BY_HAND
                )
    for key, value in _pairs(document):
        if isinstance(value, ListNode | Scalar) and known.find(key.value) is not None and _numbers(value):
            line = document.position(key.start)[0]
            what = "a list of numbers" if isinstance(value, ListNode) else "one number"
            return UsageError(
                f"beside {key.value} on line {line} is {what}: nothing says which of its prices or limits that is",
                hint="A layout finds facts by their keys.",
            )
    for scalar in _scalars(document):
        if known.find(scalar.value) is not None:
            line = document.position(scalar.start)[0]
            return UsageError(
                f"the file names models, such as {scalar.value} on line {line}, but no price, limit or capability beside them",
                hint="There is nothing in it that a sync could keep true.",
            )
    return UsageError(f"the file names no model that the snapshot of {known.day} knows", hint=_BY_HAND)


def _unread(found: Found, known: KnownModels, path: str) -> UsageError:
    hosted = [*found.hosted, *hosted_rows(found, provider_said(found, known))] if found.patterns else [*found.hosted]
    others = rows_without_dollars(found) if found.patterns else []
    tiers = other_tiers(found) if found.patterns else []
    why = ", ".join(f"`{condition}`" for condition in (*others, *tiers, *hosted))
    start = f"every model of {path} is one to leave alone ({why})"
    if not why:
        return UsageError(f"no layout reads the models of {path}", hint=_BY_HAND)
    if others:
        return UsageError(f"{start}: upstream's prices are in USD per token", hint=_NO_DOLLARS)
    if tiers or any(map(names_tier, found.hosted)):
        return UsageError(f"{start}: upstream's prices are those of the standard tier", hint=_BY_HAND)
    return UsageError(
        f"{start}: no list says the prices of hosts, or of addresses of one's own",
        hint="Where they are the vendors' own prices, write a layout by hand: see the page on layouts.",
    )


def _nodes(document: Document) -> Iterator[Node]:
    stack = [document.root] if document.root is not None else []
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(children(node))


def _scalars(document: Document) -> Iterator[Scalar]:
    return (node for node in _nodes(document) if isinstance(node, Scalar))


def _pairs(document: Document) -> Iterator[tuple[Scalar, Node]]:
    return (pair for node in _nodes(document) if isinstance(node, Mapping) for pair in node.pairs)


def _numbers(node: ListNode | Scalar) -> bool:
    items = node.items if isinstance(node, ListNode) else [node]
    return bool(items) and all(isinstance(item, Scalar) and number(item.value) is not None for item in items)


# --------------------------------------------------------------------------------------------------- from finds to layouts


def _readings(found: Iterable[Found], file: _File, known: KnownModels) -> list[_Reading]:
    """Make a layout of each find, and read the file with it; those that cannot read it are left out."""
    readings: list[_Reading] = []
    nothing: UsageError | None = None
    head = [*_head(file.document(several=True).text)]
    for one in (one for one in found if one.patterns):
        facts = find_facts(one, known)
        if facts.has_prices and (problem := why_no_dollars(one, head)):
            raise UsageError(problem, hint=_NO_DOLLARS)
        if facts.unsettled and not facts.has_prices:
            raise UsageError(f"no price can be told: {facts.unsettled}", hint=_BY_HAND)
        if not (facts.places or facts.flags or facts.features):
            why = "; ".join(f"`{dotted(left.way)}`: {left.reason}" for left in facts.left_out[:4])
            nothing = nothing or UsageError(f"nothing beside its models can be kept true: {why}", hint=_BY_HAND)
            continue
        try:
            read = _read(_table(one, facts, known), facts, file)
        except (Unclear, CatalogInvalid):
            continue
        hosted = tuple(
            LeftOut((key,), f"the rows of a {'tier' if names_tier(key) else 'host'}: no list says their prices")
            for key in one.hosted
        )
        readings.append(replace(read, hosted=hosted))
    if nothing is not None and not readings:
        raise nothing
    return readings


def _table(found: Found, facts: Facts, known: KnownModels) -> Table:
    several = not all(found.patterns) or any(site.document for site in found.sites)
    at = [_spelled(pattern, several=several) for pattern in found.patterns]
    declared, whose = _declared(found), provider_said(found, known)
    provider = _provider(found, declared, whose.field)
    return Table(
        at=at[0] if len(at) == 1 else at,
        id="" if found.ids == (KEY,) else _either(found.ids),
        key=declared.key if declared is not None else key_place(found),
        skip=list(declared.skip) if declared is not None else skips(found, whose, priced=facts.has_prices),
        fields=_fields(facts),
        words=facts.spelled if facts.features else {},
        scale=_CENTS if facts.cents else "1",
        provider=provider,
        provider_around="" if provider else whose.around,
    )


def _provider(found: Found, declared: Table | None, field: str) -> str:
    """Return where the provider is said: where a built-in table has it, if a row has it there too, before any other field."""
    said = declared.provider if declared is not None and not captures_provider(found) else ""
    has = any(site.text(way) for way in plain_places(said) for site in found.sites) if said else False
    return "|".join(dict.fromkeys(([said] if has else []) + ([field] if field else [])))


def _declared(found: Found) -> Table | None:
    """Return the built-in table that has its ids in the same place, deep in a row: its rows are skipped for the same reasons."""
    tables = [table_named(name) for name in NAMES]
    return next((one for one in tables if len(found.ids[0]) > 1 and one.id == dotted(found.ids[0])), None)


def _fields(facts: Facts) -> dict[str, str]:
    spelled = {name: _either(facts.places[name]) for name in fields.ordered(facts.places)}
    flags = {f"{fields.FEATURES}.{name}": dotted(way) for name, way in sorted(facts.flags.items())}
    features = {fields.FEATURES: dotted(facts.features)} if facts.features else {}
    return spelled | flags | features


def _either(ways: Iterable[tuple[str, ...]]) -> str:
    return "|".join(map(dotted, ways))


def _spelled(pattern: Pattern, *, several: bool) -> str:
    text = DOCUMENT if several else ""
    for step in pattern:
        if isinstance(step, Items):
            text += "[]"
            continue
        name = (f"{{{step.name}}}" if step.name else "*") if isinstance(step, Capture) else dotted(step.names)
        text += f".{name}" if text else name
    return text


def _read(table: Table, facts: Facts, file: _File, layout: Layout | None = None) -> _Reading:
    layout = layout or layout_of(table)
    document = file.document(several=layout.several)
    sections = read_sections(document, replace(layout, shift=0), unit="token", path=file.path)
    entries = sorted(
        (entry for section in sections for entry in section.entries), key=lambda entry: _start(document, entry)
    )
    return _Reading(table, layout, document, tuple(entries), facts)


def _start(document: Document, entry: Entry) -> int:
    try:
        return locate(document, entry.path).start
    except KeyError:
        return 0


def _builtin(reading: _Reading, file: _File) -> tuple[str, _Reading] | None:
    """Return the built-in layout that reads the same entries and fields, if there is one."""
    wanted = {entry.path: entry for entry in reading.entries}
    for name in NAMES:
        try:
            read = _read(table_named(name), reading.facts, file, layout_named(name))
        except CatalogInvalid:
            continue
        same = {entry.path: entry for entry in read.entries}
        if same.keys() == wanted.keys() and all(_is_same(same[place], entry) for place, entry in wanted.items()):
            return name, read
    return None


def _is_same(one: Entry, other: Entry) -> bool:
    return (one.provider, one.model_id or one.key) == (other.provider, other.model_id or other.key) and _values(
        one
    ) == _values(other)


def _values(entry: Entry) -> dict[str, object]:
    values = {
        name: field.value for name, field in entry.fields.items() if name not in (fields.MODEL, fields.DESCRIPTION)
    }
    return {name: {*value} if isinstance(value, tuple) else value for name, value in values.items()}


# ---------------------------------------------------------------------------------------------------- units, rows, vendors


def _unit(reading: _Reading, known: KnownModels, given: UnitName | None, named: str) -> Unit | None:
    """Tell the unit by the rows that a list speaks for; where there are none, by those of hosts and of nobody."""
    every = [(entry, _matched(entry, known)) for entry in reading.entries]
    own = [price for entry, model in every for price in _prices(entry, reading, model)]
    hosted = not any(price.upstream for price in own)
    prices = [price for entry, _ in every for price in _prices(entry, reading, _meant(entry, known))] if hosted else own
    if not prices:
        return None
    said = {*reading.facts.units, *filter(None, [unit_named(named) if named else None])}
    return replace(settle_unit(prices, said, given=given), hosted=hosted)


def _meant(entry: Entry, known: KnownModels) -> Model | None:
    """Return the model that an entry names, whoever serves it."""
    name = entry.model_id or entry.key
    found = known.find(entry.prefix + name, entry.provider) or known.find(name)
    return found.model if found is not None else None


def _prices(entry: Entry, reading: _Reading, model: Model | None) -> list[Price]:
    """Return the prices of an entry in USD beside those of a model: the usual ones, or where none of them is known, all."""
    found = [price for price in _priced(entry, reading, model) if not fields.is_per_use(price.field)]
    usual = [price for price in found if price.field in fields.PRICES]
    return usual if any(price.upstream for price in usual) else found


def _priced(entry: Entry, reading: _Reading, model: Model | None) -> Iterator[Price]:
    values = model.values if model is not None else {}
    line = reading.document.position(_start(reading.document, entry))[0]
    for price, said in entry.fields.items():
        upstream = values.get(price)
        if fields.is_price(price) and isinstance(said.value, Decimal):
            written = shifted(said.value, reading.layout.shift)
            yield Price(entry.name, line, price, written, upstream if isinstance(upstream, Decimal) else None)


def _matched(entry: Entry, known: KnownModels) -> Model | None:
    """Return the model that a sync would match an entry to."""
    return known.model(entry.provider, entry.model_id or entry.key)


def _vendors(matched: Iterable[tuple[Entry, Model]], layout: Layout) -> dict[str, str]:
    """Return the vendors of models that the rows name, where a sync would not know them for the rows' provider."""
    told = VENDORS | dict(layout.vendors)
    pairs = ((split_vendor(model.upstream)[0], entry.provider) for entry, model in matched)
    return {
        vendor: provider
        for vendor, provider in pairs
        if provider not in (AGGREGATOR, *HOSTS) and told.get(vendor) != provider
    }
