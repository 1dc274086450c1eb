"""Read a document's providers and entries through a layout."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.document import Alias, Mapping, Scalar, position
from modelsync.catalog.editable import why_not_editable
from modelsync.catalog.facts import FactReader, Field, inside, is_null
from modelsync.catalog.rows import find_rows
from modelsync.domain import fields
from modelsync.errors import CatalogInvalid
from modelsync.layouts.layout import Capture
from modelsync.layouts.naming import UNNAMED, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from modelsync.catalog.document import Document, Node
    from modelsync.catalog.rows import Home, Row
    from modelsync.layouts.layout import Layout, Pattern, Skip, Steps

Path: TypeAlias = "tuple[str | int, ...]"

_SLASH = "a provider with a slash in its name is not managed: its entries could be taken for another provider's"
_SCATTERED = "its entries are in several places"


class Entry(Struct, frozen=True):
    """One model of the catalog.

    `fields` has what the file has. `groups` has the mappings and lists that hold fields (`pricing`, and in it `tiers`) and are
    there, with what is wrong with each, if anything. `rows` says by the steps to a list where in it each row is that can be told
    from the others; `shared` has the steps to mappings inside groups that hold more than the layout knows. `pins` are the patterns
    of the entry's own pin (`*` for all). `places` are the steps to fields that do not stand where the layout has them first, `flags`
    those to features that are booleans; `prefix` is what stands before the model id, `label` what the file calls the provider. `blocked` says why the whole entry cannot be
    read safely. `common` is the key without the number that tells rows of one name apart; empty where keys are the file's own.
    `key_at` are the steps to the field that is its key, where one is.
    `alone` is what the layout has just this one entry in (`document`), where it has no others beside it.
    """

    provider: str
    key: str
    path: Path
    fields: dict[str, Field]
    groups: dict[Steps, str] = {}
    rows: dict[Steps, dict[str, int]] = {}
    shared: frozenset[Steps] = frozenset()
    pins: tuple[str, ...] = ()
    blocked: str = ""
    places: dict[str, Steps] = {}
    flags: dict[str, Steps] = {}
    prefix: str = ""
    label: str = ""
    common: str = ""
    alone: str = ""
    key_at: tuple[str, ...] = ()

    @property
    def known_as(self) -> str:
        """The model id; where the entry does not say one, what it goes by."""
        return self.model_id or self.common or self.key

    @property
    def unnamed(self) -> bool:
        """Whether nothing says whose model it is."""
        return bool(self.common) and self.provider == UNNAMED

    @property
    def not_removable(self) -> str:
        """Why it cannot be taken out of the file whatever the file says, or empty."""
        article = "" if self.alone.startswith("`") else "a "
        return f"it is all of {article}{self.alone}; delete it by hand" if self.alone else ""

    @property
    def name(self) -> str:
        """`provider/key`, as a person types it."""
        return f"{self.provider}/{self.key}"

    @property
    def model_id(self) -> str:
        """What the application sends to the API, or empty when the entry does not say."""
        field = self.fields.get(fields.MODEL)
        return str(field.value) if field is not None and field.value is not None else ""


class Keys:
    """Gives each row of a file a key by which no other of its provider goes: a file may have a model in several rows."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], int] = {}

    def unique(self, provider: str, key: str) -> str:
        """Return the key, or the first of `key#2`, `key#3`, … that is free."""
        name, number = key, self._taken.get((provider, key), 1)
        while (provider, name) in self._taken:
            number += 1
            name = f"{key}#{number}"
        self._taken[provider, name], self._taken[provider, key] = 1, number
        return name


def without_number(key: str) -> str:
    """Return a key as it was before `Keys` put a number behind it."""
    return re.sub(r"#[0-9]+\Z", "", key)


class Section(Struct, frozen=True):
    """One provider of the catalog, with its entries in file order.

    `path` leads to the mapping or list of its entries; `has_models` says whether that is there (it may be missing or null).
    `blocked` says why nothing can be added, `like` what a first entry is spelled like. One whose provider has a slash in its name is always blocked, and no lock line is
    its: `a/b/c` is the entry `b/c` of `a`.
    """

    provider: str
    path: Path
    entries: tuple[Entry, ...]
    has_models: bool = True
    blocked: str = ""
    like: Entry | None = None

    @property
    def neighbour(self) -> Entry | None:
        """The entry that a new one is spelled like: the last, if there is any."""
        return self.entries[-1] if self.entries else self.like


def read_sections(document: Document, layout: Layout, *, unit: str, path: str) -> tuple[Section, ...]:
    """Read every provider of a catalog whose prices are USD per `unit`.

    Raises `CatalogInvalid` with line and column where the root or the providers are no mapping, a provider or an entry
    occurs twice, or two entries share a name. An entry that is damaged inside is returned with `blocked` set.
    """
    return _Reader(document, layout, unit, path).sections()


class PassedOver(Struct, frozen=True):
    """How many rows are no entries: by the rules of the layout, and for want of a model id or of any fact."""

    by_rules: int = 0
    bare: int = 0


def count_passed_over(document: Document, layout: Layout, *, path: str) -> PassedOver:
    """Count the rows of a catalog that are no entries. Raises what `read_sections` raises."""
    reader = _Reader(document, layout, "token", path)
    entries = sum(len(section.entries) for section in reader.sections())
    rows = len(find_rows(document, layout, path).rows)
    return PassedOver(reader.passed_over, rows - entries - reader.passed_over)


class _Reader:
    def __init__(self, document: Document, layout: Layout, unit: str, path: str) -> None:
        self.document = document
        self.layout = layout
        self.file = path
        self.facts = FactReader(document, layout, unit)
        self.skips = [(skip, re.compile(translate(skip.glob or "*")).match) for skip in layout.skips]
        self.keys = Keys()
        self.closed = next((why for pattern in layout.patterns if (why := _why_closed(pattern))), "")
        self.passed_over = 0

    def sections(self) -> tuple[Section, ...]:
        found = find_rows(self.document, self.layout, self.file)
        sections = self._at_home(found.homes) if found.homes else self._by_provider(found.rows)
        if found.rows and not self.layout.fills and not any(section.entries for section in sections):
            raise self._nothing_read(found.rows)
        return sections

    def _at_home(self, homes: Iterable[Home]) -> tuple[Section, ...]:
        """Read the providers where the pattern itself says whose the rows are."""
        sections: list[Section] = []
        for home in homes:
            section = self._section(home)
            if "/" in section.provider:
                section = replace(section, blocked=section.blocked or _SLASH)
            self._refuse_namesakes(section, sections, home.label)
            sections.append(section)
        return tuple(_joined(sections))

    def _refuse_namesakes(self, section: Section, others: Iterable[Section], key: Scalar) -> None:
        """Refuse two entries of one name: `a/b/c` may be `b/c` of the provider `a`, or `c` of `a/b`."""
        for other in others:
            one, two = section.provider + "/", other.provider + "/"
            if one == two or not (one.startswith(two) or two.startswith(one)):
                continue
            for name in sorted({entry.name for entry in section.entries} & {entry.name for entry in other.entries}):
                raise self._invalid(
                    key,
                    f"`{name}` names an entry of `{other.provider}` and one of `{section.provider}`",
                    "Give one of them another key, or the provider a name without a slash.",
                )

    def _section(self, home: Home) -> Section:
        provider = self.layout.provider_named(home.label.value)
        if home.node is None:
            blocked = why_not_editable(self.document, home.path[:-1]) or ""
            return Section(provider, home.path, (), has_models=False, blocked=blocked)
        entries = tuple(entry for row in home.rows if (entry := self._entry(row)) is not None)
        blocked = _one_in_each(home.alone) or self.closed or why_not_editable(self.document, home.path) or ""
        return Section(provider, home.path, entries, blocked=blocked)

    def _by_provider(self, rows: Iterable[Row]) -> tuple[Section, ...]:
        """Put together what is of one provider, where the rows themselves say whose they are."""
        gathered: dict[str, list[Entry]] = {}
        for row in rows:
            if (entry := self._entry(row)) is not None:
                gathered.setdefault(entry.provider, []).append(entry)
        return tuple(self._gathered(provider, tuple(entries)) for provider, entries in gathered.items())

    def _gathered(self, provider: str, entries: tuple[Entry, ...]) -> Section:
        if alone := next((entry.alone for entry in entries if entry.alone), ""):
            return Section(provider, (), entries, blocked=_one_in_each(alone))
        homes = {entry.path[:-1] for entry in entries}
        if len(homes) > 1:
            return Section(provider, (), entries, blocked=_SCATTERED)
        home = homes.pop()
        return Section(provider, home, entries, blocked=self.closed or why_not_editable(self.document, home) or "")

    def _entry(self, row: Row) -> Entry | None:
        """Read a row; None for one that the layout passes over, or that is no model: it has not one fact of any."""
        node = row.node.target if isinstance(row.node, Alias) else row.node
        if not isinstance(node, Mapping):
            return self._damaged(row) if self.layout.fills else None
        facts = self.facts.read(node)
        model = facts.fields.get(fields.MODEL)
        written = row.captured.get("id") or (str(model.value) if model is not None and model.value is not None else "")
        label = self._label(row, node)
        name = name_of(written, label, self.layout)
        key_at = next((place for place in self.layout.keys if self._said(node, (place,))), ())
        key = row.captured.get("key") or self._said(node, (key_at,) if key_at else ()) or name.model_id
        if key and self._passes_over(row, node, {"id": written, "key": key, "provider": name.provider}):
            self.passed_over += 1
            return None
        if not key:
            return None
        if not self.layout.fills and not facts.fields.keys() - {fields.MODEL}:
            return None
        if model is not None and written != name.model_id:
            obstacle = "" if written.endswith(name.model_id) else "a rule of the layout rewrites the id"
            facts.fields[fields.MODEL] = replace(model, value=name.model_id, obstacle=model.obstacle or obstacle)
        twice = _duplicate(node)
        blocked = f"line {self._place(twice)[0]}: `{twice.value}` is there twice" if twice else ""
        return Entry(
            name.provider,
            self.keys.unique(name.provider, key) if self.layout.labels else key,
            row.path,
            facts.fields,
            facts.groups,
            facts.rows,
            frozenset(facts.shared),
            self.facts.pins(node),
            blocked,
            facts.places,
            facts.flags,
            name.prefix,
            label,
            key if self.layout.labels else "",
            row.alone,
            key_at,
        )

    def _damaged(self, row: Row) -> Entry:
        provider, key = (row.captured.get(name, "") for name in ("provider", "key"))
        blocked = f"line {self._place(row.key or row.node)[0]}: the entry is no mapping"
        return Entry(self.layout.provider_named(provider), key, row.path, {}, blocked=blocked)

    def _label(self, row: Row, node: Mapping) -> str:
        """What the file calls the provider of a row; empty where it does not say."""
        source = self.layout.provider
        captured = row.captured.get("provider") or (self._said(node, source.places) if source.places else "")
        return captured or (self._nearest(row, source.around) if source.around else "") or source.constant

    def _nearest(self, row: Row, keys: Iterable[str]) -> str:
        """What the innermost mapping around a row says that says anything."""
        around = (inside(mapping, (key,)) for key in keys for mapping in reversed(row.around))
        return next((found.value for found in around if isinstance(found, Scalar) and not is_null(found)), "")

    def _said(self, node: Mapping, places: Iterable[tuple[str, ...]]) -> str:
        """What stands in the first of the places that hold a value."""
        for place in places:
            found = inside(node, place)
            if isinstance(found, Scalar) and not is_null(found):
                return found.value
        return ""

    def _passes_over(self, row: Row, node: Mapping, captured: dict[str, str]) -> bool:
        return any(
            bool(fits(captured[skip.capture])) if skip.capture else self._fits(skip, fits, row, node)
            for skip, fits in self.skips
        )

    def _fits(self, skip: Skip, fits: Callable[[str], object], row: Row, node: Mapping) -> bool:
        places = (inside(mapping, skip.place) for mapping in (reversed(row.around) if skip.around else (node,)))
        found = next((place for place in places if _holds(place)), None)
        if found is None or skip.glob is None:
            return found is not None
        return isinstance(found, Scalar) and bool(fits(found.value))

    def _nothing_read(self, rows: Sequence[Row]) -> CatalogInvalid:
        """Say why not one row is an entry: a sync that keeps nothing true should not look like one that found all well."""
        bare = len(rows) - self.passed_over
        reasons = [f"{self.passed_over} left alone by its rules"] if self.passed_over else []
        reasons += [f"{bare} without an id or any of its fields"] if bare else []
        problem = f"the layout reads no model, rows: {', '.join(reasons)}"
        return self._invalid(rows[0].node, problem, "Only facts that an entry has are kept true.")

    def _invalid(self, node: Node, problem: str, hint: str = "") -> CatalogInvalid:
        line, column = self._place(node)
        return CatalogInvalid(self.file, problem, line=line, column=column, hint=hint)

    def _place(self, node: Node) -> tuple[int, int]:
        return position(self.document.text, node.start)


def _one_in_each(alone: str) -> str:
    """Say that nothing can be added beside an entry; empty where it can."""
    return f"each {alone} is one model" if alone else ""


def _why_closed(pattern: Pattern) -> str:
    """Say why no new row can stand beside others of a pattern, by what it takes from keys; empty where one can."""
    names = [step.name if isinstance(step, Capture) else "" for step in pattern]
    if names[-1:] == ["provider"]:
        return "each provider is one model"
    around = next((name for name in names[:-1] if name in ("id", "key")), "")
    return f"its {{{around}}} is a key further up in the file" if around else ""


def _holds(node: Node | None) -> bool:
    """Say whether something stands there, and not just an empty text."""
    return not is_null(node) and not (isinstance(node, Scalar) and not node.value.strip())


def _joined(sections: Iterable[Section]) -> Iterable[Section]:
    """Put together what a file has of one provider under several names."""
    joined: dict[str, Section] = {}
    for section in sections:
        before = joined.get(section.provider)
        both = replace(before, entries=before.entries + section.entries, blocked=_SCATTERED) if before else section
        joined[section.provider] = both
    return joined.values()


def _duplicate(node: Mapping) -> Scalar | None:
    """The first key that stands twice anywhere inside an entry."""
    if node.duplicate is not None:
        return node.duplicate
    for _, value in node.pairs:
        if isinstance(value, Mapping) and (twice := _duplicate(value)) is not None:
            return twice
    return None
