"""Settings: `modelsync.toml`, or `[tool.modelsync]` in `pyproject.toml`; none is needed.

The docstrings of these types are the settings reference: `docs/settings.md` is generated from them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, cast

import msgspec
from msgspec import Meta, Struct, field

from modelsync.errors import SettingsInvalid
from modelsync.layouts.builtin import DEFAULT, NAMES, layout_named, unit_named
from modelsync.layouts.layout import Layout
from modelsync.layouts.table import Table, Unclear, layout_of

FILE = "modelsync.toml"
PYPROJECT = "pyproject.toml"

AddRule: TypeAlias = "Literal['all', 'none'] | list[str]"
PresetName: TypeAlias = Literal["default", "classic"]
UnitName: TypeAlias = Literal["token", "1k", "1m"]
DetailName: TypeAlias = Literal["full", "basic"]

VENDORS: dict[str, str] = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "gemini",
    "meta-llama": "ollama",
    "mistralai": "ollama",
}
"""Vendor prefix upstream → provider in the catalog, as the original task mapped them."""

ADD: dict[str, AddRule] = {"openai": "all", "anthropic": "all", "gemini": "all"}
"""What a sync adds by default; a provider not named here gets nothing."""

EXCLUDED: dict[str, tuple[str, ...]] = {
    "openai": ("gpt-4-turbo-preview", "gpt-3.5-turbo", "chatgpt-4o-latest"),
    "anthropic": ("claude-3-opus-20240229", "claude-3-haiku-20240307"),
    "gemini": ("gemini-pro", "gemini-pro-vision"),
}
"""The original task's exclusion lists; settings add to them."""

SELF_HOSTED = frozenset({"ollama"})
"""Providers that run on one's own machines: a hosted list says nothing about their prices, limits or existence."""


class Prune(Struct, frozen=True, forbid_unknown_fields=True):
    """When a vanished model may be removed.

    grace_days: how many days a matched model must have been absent upstream before `--prune` removes it. A third of the
    models that vanish come back within six days.
    """

    grace_days: Annotated[int, Meta(ge=0, le=365)] | None = None


class Guards(Struct, frozen=True, forbid_unknown_fields=True):
    """When a change is held, or a whole plan stopped: upstream may be wrong.

    price_factor: a price that would move by more than this factor, up or down, is held.
    output_share: held is a price when upstream's output price, not zero, is less than this share of its input price; 0 allows all.
    usd_per_1k: a price above this many USD per 1K tokens is held, whatever `unit` says.
    limit_drop: a context or output limit that falls by more than this share is noted.
    listed_share: a listing with less than this share of the models that the lock knows of a provider (from five on) removes nothing.
    vendor_models: when a listing has no model at all of a vendor of which the lock knows this many, they do not count as gone.
    removed_share: a plan that would remove more than this share of a provider's entries is refused.
    removed_entries: so many removals are needed before `removed_share` counts.
    """

    price_factor: Annotated[float, Meta(gt=1, le=1_000_000)] = 10
    output_share: Annotated[float, Meta(ge=0, le=1)] = 0.1
    usd_per_1k: Annotated[float, Meta(gt=0, le=1_000_000)] = 1
    limit_drop: Annotated[float, Meta(gt=0, le=1)] = 0.5
    listed_share: Annotated[float, Meta(ge=0, le=1)] = 0.8
    vendor_models: Annotated[int, Meta(ge=1, le=10_000)] = 3
    removed_share: Annotated[float, Meta(ge=0, le=1)] = 0.3
    removed_entries: Annotated[int, Meta(ge=1, le=10_000)] = 5


class PriceDetail(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a model's prices is kept true.

    detail: `full` for every price upstream names, with tiers for long prompts, windows of the day and the batch offer; `basic`
    for the prices of input and output alone, which are those of a short prompt, for most of the day. The default is `full`,
    and `basic` in the preset `classic`.
    """

    detail: DetailName | None = None


class Backups(Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of earlier states.

    keep: how many backups stay beside the catalog; the newest ones do.
    keep_days: for how many days they stay, within that number; the newest stays whatever its age. Without it age does not matter.
    """

    keep: Annotated[int, Meta(ge=1, le=10000)] = 10
    keep_days: Annotated[int, Meta(ge=1, le=36500)] | None = None


class ProviderAccess(Struct, frozen=True, forbid_unknown_fields=True):
    """How a provider's API is reached. The variables of its SDK win over what is set here.

    api_key_file: path of a file that holds the API key and nothing else, relative to the settings file; nobody else may
    be able to read it.
    base_url: the address of the API, as the provider's SDK wants it.
    allow_http: send requests, and the key, to another machine without TLS.
    """

    api_key_file: str | None = None
    base_url: str | None = None
    allow_http: bool = False


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the settings file may say.

    catalog: path of the catalog, relative to the settings file.
    source: where models are read from: `openrouter`, `snapshot`, a file, `-`, or an http(s) address.
    preset: `default`, or `classic` to reproduce the original Rake task.
    unit: what the catalog's prices are per: `token`, `1k` or `1m` tokens. A layout may know it; of any other than
    `llm_models` it has to be said.
    layout: how the catalog is shaped: `llm_models`, `litellm`, `list`, `prices`, or a table `[layout]`; see the page on layouts.
    expect_lock: the lock is committed with this catalog: warn when it is missing.
    vendors: more vendor prefixes and the provider each belongs to, such as `x-ai = "xai"`.
    add: per provider, which new models are added: `"all"` that write text, `"none"`, or a list of globs.
    exclude: per provider, globs of models that are never added, on top of the built-in lists.
    match: entries whose upstream model you name yourself: `"openai/fast" = "openai/gpt-4.1-mini"`.
    pins: globs of `provider/key`, or `provider/key.field`, that a sync must not touch.
    pricing: how much of a model's prices is kept true.
    prune: when a vanished model may be removed.
    guards: when a change is held, or a whole plan stopped.
    backups: what is kept of earlier states.
    providers: per provider, how its API is reached.
    """

    catalog: str | None = None
    source: str = "openrouter"
    preset: PresetName = "default"
    unit: UnitName = "1k"
    layout: str | Table = DEFAULT
    expect_lock: bool = False
    vendors: dict[str, str] = {}
    add: dict[str, AddRule] = {}
    exclude: dict[str, list[str]] = {}
    match: dict[str, str] = {}
    pins: list[str] = []
    pricing: PriceDetail = field(default_factory=PriceDetail)
    prune: Prune = field(default_factory=Prune)
    guards: Guards = field(default_factory=Guards)
    backups: Backups = field(default_factory=Backups)
    providers: dict[str, ProviderAccess] = {}


class Policy(Struct, frozen=True):
    """What a sync does where the presets differ. `policy()` makes one from the settings; nothing else knows a preset's name.

    keep_by_hand: three-way merge; otherwise upstream overwrites hand-set values on every run.
    full_ids: the `openrouter` section is kept true too.
    match_by_key: an entry is the upstream model whose normalized name is its key; otherwise the model id decides.
    native_ids: write the provider's own spelling of an id; otherwise OpenRouter's.
    variants: `:batch`, `:free` … become entries of their own.
    hosted_prices: hosted models are copied to self-hosted providers.
    original_features: derive features by the original's four rules.
    zero_is_a_limit: write a limit that upstream gives as 0; otherwise it is unknown.
    only_served: skip records that the provider probably does not serve under that id.
    excluded_are_frozen: an excluded model is not updated either.
    unknown_is_stale: plain `--prune` also removes entries that never matched.
    grace_days: days of absence before a stale entry may go.
    all_prices: write every price upstream names; otherwise those of input and output.
    prices_as_answered: a price is what upstream answers at this hour, whatever it is at others.
    native_lists: what a provider's own list says of limits, features and ids wins.
    guard_changes: hold single changes that look wrong.
    """

    add: Mapping[str, AddRule]
    keep_by_hand: bool = True
    full_ids: bool = True
    match_by_key: bool = False
    native_ids: bool = True
    variants: bool = False
    hosted_prices: bool = False
    original_features: bool = False
    zero_is_a_limit: bool = False
    only_served: bool = True
    excluded_are_frozen: bool = False
    unknown_is_stale: bool = False
    grace_days: int = 7
    all_prices: bool = True
    prices_as_answered: bool = False
    native_lists: bool = True
    guard_changes: bool = True


_CLASSIC_ADD: dict[str, AddRule] = dict.fromkeys(VENDORS.values(), "all")

_PRESETS: dict[PresetName, Policy] = {
    "default": Policy(add=ADD),
    "classic": Policy(
        add=_CLASSIC_ADD,
        keep_by_hand=False,
        full_ids=False,
        match_by_key=True,
        native_ids=False,
        variants=True,
        hosted_prices=True,
        original_features=True,
        zero_is_a_limit=True,
        only_served=False,
        excluded_are_frozen=True,
        unknown_is_stale=True,
        grace_days=0,
        all_prices=False,
        prices_as_answered=True,
        native_lists=False,
        guard_changes=False,
    ),
}


@lru_cache
def layout_in_force(named: str | bytes) -> Layout:
    """Return a layout by its name, or by its table as JSON. Raises `KeyError` or `Unclear`."""
    return layout_named(named) if isinstance(named, str) else layout_of(msgspec.json.decode(named, type=Table))


def layout(settings: Settings) -> Layout:
    """Return the layout of the catalog. Settings that were read from a file have one that makes sense."""
    said = settings.layout
    return layout_in_force(said if isinstance(said, str) else msgspec.json.encode(said))


def policy(settings: Settings) -> Policy:
    """Combine the preset with what the settings say about adding, pruning and prices.

    To a catalog of a layout of the team's own nothing is added but by the settings' word.
    """
    preset = _PRESETS[settings.preset]
    grace, detail = settings.prune.grace_days, settings.pricing.detail
    return msgspec.structs.replace(
        preset,
        add={**preset.add, **settings.add} if layout(settings).adds else settings.add,
        grace_days=preset.grace_days if grace is None else grace,
        all_prices=preset.all_prices if detail is None else detail == "full",
        prices_as_answered=preset.prices_as_answered and detail != "full",
    )


def vendors(settings: Settings) -> dict[str, str]:
    """Vendor prefix → provider: the built-in mapping, the layout's and the settings' additions."""
    return {**VENDORS, **layout(settings).vendors, **settings.vendors}


def excluded(settings: Settings, provider: str) -> tuple[str, ...]:
    """Return the patterns of models that are not added to `provider`."""
    return (*EXCLUDED.get(provider, ()), *settings.exclude.get(provider, ()))


_DECIDING = ("layout", "pins", "add", "exclude", "match", "vendors", "pricing", "prune", "guards")


def deciding_digest(settings: Settings) -> str:
    """Identify what the settings file says of which values, entries and models a sync changes.

    The order of its keys does not matter, nor where it lies; the catalog, the source and how providers are reached are no part.
    """
    from hashlib import sha256

    said = {name: getattr(settings, name) for name in _DECIDING}
    return f"sha256:{sha256(msgspec.json.encode(said, order='sorted')).hexdigest()}"


class Found(Struct, frozen=True):
    """The settings in force, and the file they came from (None: there is none, all defaults)."""

    settings: Settings
    path: Path | None


def find(folder: Path) -> Found:
    """Look for settings in `folder` and above it, up to the root of the repository. The nearest file wins."""
    for place in (folder, *folder.parents):
        if (place / FILE).is_file():
            return Found(load(place / FILE), place / FILE)
        pyproject = place / PYPROJECT
        if pyproject.is_file() and _has_table(pyproject):
            return Found(load(pyproject), pyproject)
        if (place / ".git").exists():
            break
    return Found(Settings(), None)


def hint_beside(catalog: Path) -> str:
    """Say that settings in a catalog's folder, which are not in force, name it and have a layout for it; empty where none do."""
    for place in (catalog.parent / FILE, catalog.parent / PYPROJECT):
        try:
            settings = load(place) if place.is_file() else Settings()
        except SettingsInvalid:
            continue
        if settings.layout != DEFAULT and settings.catalog == catalog.name:
            return f"{place} says how this file is read: run the command in {catalog.parent}, or name those settings in a program."
    return ""


def _has_table(pyproject: Path) -> bool:
    """Say whether there is a `[tool.modelsync]`, not just a mention of the name."""
    text = _text(pyproject)
    return "modelsync" in text and _table(text, pyproject) is not None


def load(path: Path) -> Settings:
    """Read one settings file. Raises `SettingsInvalid` naming the key, with a suggestion for a misspelt one."""
    text = _text(path)
    table = _table(text, path)
    try:
        settings = msgspec.convert({} if table is None else table, Settings)
    except msgspec.ValidationError as error:
        raise _explain(error, text, path) from error
    if _holds_nul(msgspec.to_builtins(settings)):
        raise SettingsInvalid(str(path), "a text holds the character U+0000")
    _check_pins(settings, text, path)
    return _anchored(_shaped(settings, cast("dict[str, object]", table or {}), text, path), path.parent)


def _shaped(settings: Settings, written: Mapping[str, object], text: str, path: Path) -> Settings:
    """Check the layout, and take the unit from it where the settings do not say one. Raises `SettingsInvalid`."""
    said, line = settings.layout, _line_of(text, "layout")
    if isinstance(said, str) and said not in NAMES:
        raise SettingsInvalid(str(path), f"unknown layout {said!r}", line=line, column=1, hint=_meant(said, NAMES))
    try:
        layout(settings)
    except Unclear as error:
        place, problem = _line_in_layout(text, error.key), f"`layout.{error.key}`: {error}"
        raise SettingsInvalid(str(path), problem, line=place, column=1, hint=error.hint) from None
    if isinstance(said, Table) and not said.fields:
        hint = 'Such as `pricing.input = "price.in"`: the page on layouts has the fields.'
        problem = "the layout names no field: add [layout.fields]"
        raise SettingsInvalid(str(path), problem, line=_line_in_layout(text, ""), column=1, hint=hint)
    if said == DEFAULT:
        return settings
    if settings.preset == "classic":
        hint = "Leave out one of them: the original task knows no other shape."
        raise SettingsInvalid(
            str(path), f"the preset `classic` goes with the layout `{DEFAULT}` alone", line=line, column=1, hint=hint
        )
    unit = unit_named(said) if isinstance(said, str) else None
    if "unit" in written:
        return settings
    if unit is None:
        hint = 'Add `unit = "1m"`, or "1k" or "token": what the prices are per. `modelsync init --from FILE` finds out.'
        raise SettingsInvalid(
            str(path), "nothing says what the prices of this layout are per", line=line, column=1, hint=hint
        )
    return msgspec.structs.replace(settings, unit=unit)


def line_in_layout(path: Path, key: str) -> int:
    """Return the line of a settings file that sets a key of the table `[layout]`, such as `fields.pricing.input`; 0: none does."""
    return _line_in_layout(_text(path), key)


def _line_in_layout(text: str, key: str) -> int:
    """Find the line of a key, else of the nearest table around it that has a line of its own."""
    wanted, table, best, longest = f"layout.{key}".rstrip("."), "", 0, 0
    for number, line in enumerate(text.splitlines(), 1):
        header, assigned = _HEADER.match(line), _ASSIGNED.match(line)
        if header:
            table = _plain_name(header[1]).removeprefix("tool.modelsync").removeprefix(".")
        elif not assigned:
            continue
        name = table if header else ".".join(filter(None, (table, _plain_name(assigned[1] if assigned else ""))))
        if f"{wanted}.".startswith(f"{name}.") and len(name) > longest:
            best, longest = number, len(name)
    return best


_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")
_ASSIGNED = re.compile(r"\s*([\w.\"' -]+?)\s*=")


def _plain_name(name: str) -> str:
    return re.sub(r"[\s\"']", "", name)


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Make the paths of key files absolute: they are meant relative to the settings file, or to `~`."""
    providers = {
        name: msgspec.structs.replace(access, api_key_file=str(folder / os.path.expanduser(access.api_key_file)))
        if access.api_key_file
        else access
        for name, access in settings.providers.items()
    }
    return msgspec.structs.replace(settings, providers=providers)


def check_providers(found: Found, known: Sequence[str]) -> None:
    """Raise `SettingsInvalid` for a table `[providers.NAME]` of a provider that is none of the `known` ones."""
    wrong = next((name for name in found.settings.providers if name not in known), None)
    if wrong is None or found.path is None:
        return
    text, full = _text(found.path), f"providers.{wrong}"
    line = _line_of(text, full) or _line_of(text, wrong)
    hint = _meant(wrong.lower(), known)
    raise SettingsInvalid(str(found.path), f"unknown setting `{full}`", line=line, column=1, hint=hint)


def written_settings(path: Path) -> dict[str, int]:
    """Return the settings that a file sets (`unit`, `prune.grace_days`), each with its line; 0 where that is not found."""
    text = _text(path)
    table = _table(text, path)
    found: dict[str, int] = {}
    for name, value in cast("dict[str, object]", table or {}).items():
        if name in ("pricing", "prune", "guards", "backups"):
            found.update(
                {
                    f"{name}.{part}": _line_of(text, part) or _line_of(text, name)
                    for part in cast("dict[str, object]", value)
                }
            )
        else:
            found[name] = _line_of(text, name)
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(str(path), f"cannot be read: {error}") from error


def _table(text: str, path: Path) -> object:
    """The settings in a file; None in a `pyproject.toml` that has none."""
    import tomllib

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, column = _toml_position(str(error), text)
        if _names_two_layouts(text, line):
            hint = "A built-in layout has a name alone, and a table is a layout of your own."
            problem = "`layout` is both a name and a table: keep one of them"
            raise SettingsInvalid(str(path), problem, line=line, column=1, hint=hint) from error
        raise SettingsInvalid(str(path), f"not TOML: {error}", line=line, column=column) from error
    except (ValueError, RecursionError) as error:  # a number too long to be read, brackets nested too deep
        raise SettingsInvalid(str(path), f"cannot be read: {error}") from error
    if path.name != PYPROJECT:
        return table
    match table:
        case {"tool": {"modelsync": settings}}:
            return settings
        case _:
            return None


def _names_two_layouts(text: str, line: int) -> bool:
    lines = text.splitlines()
    at = lines[line - 1] if 0 < line <= len(lines) else ""
    is_named = any(re.match(r"\s*layout\s*=", one) for one in lines[: line - 1])
    return is_named and bool(re.match(r"\s*\[(?:tool\.modelsync\.)?layout[\].]|\s*layout\.", at))


def _holds_nul(value: object) -> bool:
    """Say whether a text in it has the one character that no name of a file and no address can have."""
    match value:
        case str():
            return "\0" in value
        case list():
            return any(map(_holds_nul, cast("list[object]", value)))
        case dict():
            return any(map(_holds_nul, chain.from_iterable(cast("dict[str, object]", value).items())))
        case _:
            return False


def _toml_position(message: str, text: str) -> tuple[int, int]:
    if place := re.search(r"\(at line (\d+), column (\d+)\)", message):
        return int(place[1]), int(place[2])
    return len(text.splitlines()), 1


_CHOICES = {
    "unit": 'One of "token", "1k", "1m".',
    "preset": 'One of "default", "classic".',
    "pricing.detail": 'One of "full", "basic".',
    "add": 'Each is "all", "none", or a list of globs.',
}
_UNKNOWN_FIELD = r"unknown field `([^`]+)`(?: - at `\$\.?([^`]*)`)?"


def _explain(error: msgspec.ValidationError, text: str, path: Path) -> SettingsInvalid:
    message = str(error)
    unknown = re.search(_UNKNOWN_FIELD, message)
    if unknown is None:
        key = message.rpartition("`$.")[2].rstrip("`").partition("[")[0] if "`$." in message else ""
        problem = message.replace(" - at `$.", ": `").replace("`$.", "`")
        line = _line_of(text, key.rpartition(".")[2]) or _line_of(text, key)
        return SettingsInvalid(str(path), problem, line=line, column=1, hint=_CHOICES.get(key, ""))
    name, place = unknown[1], unknown[2] or ""
    if place == "providers[...]":
        place = "providers.NAME"
    tables = {
        "pricing": PriceDetail,
        "prune": Prune,
        "guards": Guards,
        "backups": Backups,
        "layout": Table,
        "providers.NAME": ProviderAccess,
    }
    known = tables.get(place, Settings).__struct_fields__
    full = f"{place}.{name}" if place else name
    return SettingsInvalid(
        str(path), f"unknown setting `{full}`", line=_line_of(text, name), column=1, hint=_meant(name, known)
    )


def _meant(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    return f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}."


def _line_of(text: str, key: str) -> int:
    """Find the line that sets a key, in the settings' own part of a `pyproject.toml`; 0 when there is none."""
    if not key:
        return 0
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if line.lstrip().startswith("[tool.modelsync")), 0)
    pattern = re.compile(rf"\s*(?:\[[\w.]*)?[\"']?{re.escape(key)}[\"']?\s*[=\].]")
    return next((number for number, line in enumerate(lines[start:], start + 1) if pattern.match(line)), 0)


def _check_pins(settings: Settings, text: str, path: Path) -> None:
    for pin in settings.pins:
        if "/" not in pin:
            hint = 'Write provider and key, such as "openai/gpt-4o" or "openai/*.pricing".'
            raise SettingsInvalid(
                str(path), f"pin {pin!r} names no entry", line=_line_of(text, "pins"), column=1, hint=hint
            )
