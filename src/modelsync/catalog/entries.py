"""Read a document's providers and entries through a layout: every field with its value and whether it may be edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.document import Alias, Mapping, Scalar, Sequence, position
from modelsync.catalog.editable import why_not_editable
from modelsync.catalog.figures import hours, price, tokens, whole
from modelsync.catalog.layout import ANY, Row, Rows
from modelsync.catalog.nodes import MERGE_KEY
from modelsync.catalog.plain import NULLS
from modelsync.domain import fields
from modelsync.errors import CatalogInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.catalog.document import Document, Node
    from modelsync.catalog.layout import Layout, Steps
    from modelsync.domain.fields import Value

Path: TypeAlias = "tuple[str | int, ...]"

_SLASH = "a provider with a slash in its name is not managed: its entries could be taken for another provider's"


class Field(Struct, frozen=True, gc=False):
    """One field of an entry as the file has it.

    `value` is None when there is nothing to compare: the field is null (`present` is False then) or something else stands
    there; `obstacle` says so when that is more than a wrong word, so that it cannot be replaced either. Prices are USD per
    token. `raw` is the text a person sees.
    """

    value: Value | None
    present: bool = True
    obstacle: str = ""
    raw: str = ""


class Entry(Struct, frozen=True):
    """One model of the catalog.

    `fields` has what the file has. `groups` has the mappings and lists that hold fields (`pricing`, and in it `tiers`) and are
    there, with what is wrong with each, if anything. `rows` says by the steps to a list where in it each row is that can be told
    from the others; `shared` has the steps to mappings inside groups that hold more than the layout knows. `pins` are the patterns
    of the entry's own pin (`*` for all). `blocked` says why the whole entry cannot be read safely.
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

    @property
    def name(self) -> str:
        """`provider/key`, as a person types it."""
        return f"{self.provider}/{self.key}"

    @property
    def model_id(self) -> str:
        """What the application sends to the API, or empty when the entry does not say."""
        field = self.fields.get(fields.MODEL)
        return str(field.value) if field is not None and field.value is not None else ""


class Section(Struct, frozen=True):
    """One provider of the catalog, with its entries in file order.

    `path` leads to the mapping of its entries; `has_models` says whether that mapping is there (it may be missing or null).
    `blocked` says why nothing can be added. One whose provider has a slash in its name is always blocked, and no lock line is
    its: `a/b/c` is the entry `b/c` of `a`.
    """

    provider: str
    path: Path
    entries: tuple[Entry, ...]
    has_models: bool = True
    blocked: str = ""


def read_sections(document: Document, layout: Layout, *, unit: str, path: str) -> tuple[Section, ...]:
    """Read every provider of a catalog whose prices are USD per `unit`.

    Raises `CatalogInvalid` with line and column where the root or the providers are no mapping, a provider or an entry
    occurs twice, or two entries share a name. An entry that is damaged inside is returned with `blocked` set.
    """
    return _Reader(document, layout, unit, path).sections()


class _Home(Struct):
    """What the layout keeps in a mapping, by key: the name of a field, or another mapping or list. `rows` makes it a list."""

    known: dict[str, str | _Home]
    rows: Rows | None = None

    @property
    def selector(self) -> str:
        """The key that tells its rows apart; empty for a mapping."""
        return self.rows.key if self.rows is not None else ""


class _Found(Struct):
    """What was found in one entry; see there."""

    fields: dict[str, Field] = msgspec.field(default_factory=dict)
    groups: dict[Steps, str] = msgspec.field(default_factory=dict)
    rows: dict[Steps, dict[str, int]] = msgspec.field(default_factory=dict)
    shared: set[Steps] = msgspec.field(default_factory=set)


def _home(layout: Layout) -> _Home:
    """Put the paths of a layout together."""
    root = _Home({})
    for name, steps in layout.paths.items():
        home = root
        for step in steps[:-1]:
            if isinstance(step, Rows):
                home.rows = step
                continue
            inner = home.known.setdefault(step, _Home({}))
            home = inner if isinstance(inner, _Home) else home
        home.known[str(steps[-1])] = name
    return root


class _Reader:
    def __init__(self, document: Document, layout: Layout, unit: str, path: str) -> None:
        self.document = document
        self.layout = layout
        self.unit = unit
        self.file = path
        self.home = _home(layout)

    def sections(self) -> tuple[Section, ...]:
        root = self.document.root
        if root is None:
            raise CatalogInvalid(self.file, "the catalog is empty", hint="`modelsync init` writes one to start from.")
        node = self._mapping(root, "the catalog")
        for depth, step in enumerate(self.layout.providers, 1):
            found = node.find(step)
            if found is None:
                line, column = self._place(node)
                hint = f"A catalog starts with `{'.'.join(self.layout.providers)}:`."
                raise CatalogInvalid(self.file, f"no `{step}` here", line=line, column=column, hint=hint)
            node = self._mapping(found[0], f"`{'.'.join(self.layout.providers[:depth])}`")
        sections: list[Section] = []
        for key, value in _named(node):
            section = self._section(key.value, value)
            if "/" in key.value:
                section = replace(section, blocked=section.blocked or _SLASH)
            self._refuse_namesakes(section, sections, key)
            sections.append(section)
        return tuple(sections)

    def _refuse_namesakes(self, section: Section, others: Iterable[Section], key: Scalar) -> None:
        """Refuse two entries of one name: `a/b/c` may be `b/c` of the provider `a`, or `c` of `a/b`."""
        for other in others:
            one, two = section.provider + "/", other.provider + "/"
            if not (one.startswith(two) or two.startswith(one)):
                continue
            for name in sorted({entry.name for entry in section.entries} & {entry.name for entry in other.entries}):
                line, column = self._place(key)
                raise CatalogInvalid(
                    self.file,
                    f"`{name}` names an entry of `{other.provider}` and one of `{section.provider}`",
                    line=line,
                    column=column,
                    hint="Give one of them another key, or the provider a name without a slash.",
                )

    def _section(self, provider: str, value: Node) -> Section:
        node: Node | None = value
        path: Path = (*self.layout.providers, provider)
        for step in self.layout.models:
            found = None if _is_null(node) else self._mapping(node, f"provider `{provider}`").find(step)
            path = (*path, step)
            node = found[0] if found is not None else None
        if node is None:
            return Section(
                provider, path, (), has_models=False, blocked=why_not_editable(self.document, path[:-1]) or ""
            )
        blocked = why_not_editable(self.document, path) or ""
        if _is_null(node):
            return Section(provider, path, (), blocked=blocked)
        models = self._mapping(node, f"`{'.'.join(map(str, path))}`")
        entries = tuple(self._entry(provider, path, key, entry) for key, entry in _named(models))
        return Section(provider, path, entries, blocked=blocked)

    def _entry(self, provider: str, path: Path, key: Scalar, value: Node) -> Entry:
        path = (*path, key.value)
        node = value.target if isinstance(value, Alias) else value
        if not isinstance(node, Mapping):
            blocked = f"line {self._place(key)[0]}: the entry is no mapping"
            return Entry(provider, key.value, path, {}, blocked=blocked)
        twice = _duplicate(node)
        blocked = f"line {self._place(twice)[0]}: `{twice.value}` is there twice" if twice else ""
        found = _Found()
        self._read(node, self.home, found)
        return Entry(
            provider,
            key.value,
            path,
            found.fields,
            found.groups,
            found.rows,
            frozenset(found.shared),
            self._pins(node),
            blocked,
        )

    def _read(self, node: Mapping, home: _Home, found: _Found, steps: Steps = (), part: str = "") -> None:
        """Read a mapping that holds fields, and the mappings and lists in it that do; `part` stands in their names for `*`."""
        known = home.known
        for key, value in _seen(node):
            name = known.get(key)
            target = value.target if isinstance(value, Alias) else value
            if isinstance(name, str):
                found.fields[name.replace(ANY, part) if part else name] = self._field(name, target)
            elif name is not None:
                self._read_group(target, name, found, (*steps, key), part)
            elif steps and key != home.selector:
                found.shared.add(steps)
        if node.opaque and steps:
            found.shared.add(steps)

    def _read_group(self, node: Node, home: _Home, found: _Found, steps: Steps, part: str) -> None:
        """Read a mapping or a list inside an entry; note that it is there, and what is wrong."""
        found.groups[steps] = ""
        if _is_null(node):
            return
        if home.rows is not None and isinstance(node, Sequence):
            self._read_rows(node, home, home.rows, found, steps)
        elif home.rows is None and isinstance(node, Mapping):
            self._read(node, home, found, steps, part)
        else:
            what = "mapping" if home.rows is None else "list"
            found.groups[steps] = f"{self._line(node)}: `{_dotted(steps)}` is not a {what}"

    def _read_rows(self, node: Sequence, home: _Home, rows: Rows, found: _Found, steps: Steps) -> None:
        """Read a list of rows. What is wrong with one of them is an obstacle to all: nobody knows what it stands for."""
        places: dict[str, int] = {}
        read = _Found()
        problem = ""
        for number, item in enumerate(node.items):
            row = item.target if isinstance(item, Alias) else item
            part, wrong = self._part(row, rows, steps)
            if part in places:
                wrong = f"{self._line(item)}: `{_dotted(steps)}` has a row with the same `{rows.key}` twice"
            problem = problem or wrong
            if not wrong and isinstance(row, Mapping):
                places[part] = number
                self._read(row, home, read, (*steps, Row(rows, part)), part)
        found.rows[steps] = places
        found.groups[steps] = problem
        found.groups |= read.groups
        found.rows |= read.rows
        found.shared |= read.shared
        for name, field in read.fields.items():
            found.fields[name] = replace(field, obstacle=field.obstacle or problem) if problem else field

    def _part(self, row: Node, rows: Rows, steps: Steps) -> tuple[str, str]:
        """Return what tells a row from others, and what is wrong with it, if anything."""
        list_name = f"a row of `{_dotted(steps)}`"
        if not isinstance(row, Mapping):
            return "", f"{self._line(row)}: {list_name} is not a mapping"
        if row.duplicate is not None:
            return "", f"{self._line(row.duplicate)}: `{row.duplicate.value}` is there twice"
        key = row.find(rows.key)
        if key is None:
            return "", f"{self._line(row)}: {list_name} has no `{rows.key}`"
        value = key[0].value if isinstance(key[0], Scalar) else ""
        part = tokens(value) if rows.kind == "tokens" else hours(value)
        if not part:
            return "", f"{self._line(key[0])}: `{rows.key}` of {list_name} cannot be read"
        return part, ""

    def _field(self, name: str, node: Node) -> Field:
        target = node.target if isinstance(node, Alias) else node
        if _is_null(target):
            return Field(None, present=False, raw="null")
        kind = "list of names" if name == fields.FEATURES else "single value"
        if name == fields.FEATURES and isinstance(target, Sequence):
            names = tuple(item.value for item in target.items if isinstance(item, Scalar))
            if len(names) == len(target.items):
                return Field(names, raw=", ".join(names))
        elif name != fields.FEATURES and isinstance(target, Scalar):
            return Field(self._value(name, target.value), raw=target.value)
        obstacle = f"line {self._place(node)[0]}: `{name}` is not a {kind}"
        return Field(None, obstacle=obstacle, raw=self.document.text[target.start : target.end])

    def _value(self, name: str, text: str) -> Value | None:
        """Read a scalar field's value; None when it is not of the right kind."""
        if fields.is_price(name):
            return price(text, fields.unit_of(name, self.unit))
        if name in fields.LIMITS:
            return whole(text)
        return text

    def _pins(self, node: Mapping) -> tuple[str, ...]:
        found = node.find(self.layout.pinned)
        if found is None:
            return ()
        pin = found[0].target if isinstance(found[0], Alias) else found[0]
        if isinstance(pin, Sequence):
            return tuple(item.value for item in pin.items if isinstance(item, Scalar))
        if isinstance(pin, Scalar):
            if fields.is_pattern(pin.value):
                return (pin.value,)
            word = pin.value.lower()
            if word in ("false", "no", "off", "") or _is_null(pin):
                return ()
            return ("*",) if word in ("true", "yes", "on") else ("*", pin.value)  # what was meant is pinned, to be safe
        return ("*",)

    def _mapping(self, node: Node | None, what: str) -> Mapping:
        target = node.target if isinstance(node, Alias) else node
        if not isinstance(target, Mapping):
            raise self._invalid(node, f"{what} must be a mapping")
        if target.duplicate is not None:
            raise self._invalid(target.duplicate, f"{what} has `{target.duplicate.value}` twice")
        return target

    def _invalid(self, node: Node | None, problem: str) -> CatalogInvalid:
        line, column = self._place(node) if node is not None else (0, 0)
        return CatalogInvalid(self.file, problem, line=line, column=column)

    def _place(self, node: Node) -> tuple[int, int]:
        return position(self.document.text, node.start)

    def _line(self, node: Node) -> str:
        return f"line {self._place(node)[0]}"


def _named(node: Mapping) -> list[tuple[Scalar, Node]]:
    """Return the pairs of a mapping that are entries: all but the merge key."""
    return [(key, value) for key, value in node.pairs if key.value != "<<"]


def _seen(node: Mapping) -> list[tuple[str, Node]]:
    """The keys that a reader sees in a mapping, and their values."""
    merged = node.merged()
    if not merged:
        return [(key.value, value) for key, value in node.pairs]
    pairs = {key: value for source in reversed(merged) for key, value in _seen(source)}
    return [*(pairs | {key.value: value for key, value in node.pairs if key.value != MERGE_KEY}).items()]


def _dotted(steps: Steps) -> str:
    return ".".join(step.part if isinstance(step, Row) else step for step in steps)


def _duplicate(node: Mapping) -> Scalar | None:
    """The first key that stands twice anywhere inside an entry."""
    if node.duplicate is not None:
        return node.duplicate
    for _, value in node.pairs:
        if isinstance(value, Mapping) and (twice := _duplicate(value)) is not None:
            return twice
    return None


def _is_null(node: Node | None) -> bool:
    return node is None or (isinstance(node, Scalar) and not node.style and node.value in NULLS)
