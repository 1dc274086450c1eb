"""The `[layout]` table of the settings: a layout as a team writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from msgspec import Struct

from modelsync.domain import fields
from modelsync.domain.money import parse_number, shifted
from modelsync.domain.rates import RATES
from modelsync.layouts.labels import FAMILIES, LABELS, VENDORS
from modelsync.layouts.layout import Capture, Layout, Pattern, Place, Rows, Skip, Source
from modelsync.layouts.spelling import CAPTURES, Misspelt, plain_places, read_pattern, read_places

_MOST_PLACES = 12


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a file keeps its models and their facts. All paths are inside an entry, with dots between keys; `a|b` is either.

    at: where the entries are: `models[]`, `providers.{provider}.models.{key}`, `prices.{id}`, `[].models[]`, `---` for each
    document of the file; `*` is any key, `{provider}`, `{id}` and `{key}` are keys that say what they are. One or several.
    id: path of the model id, where no `{id}` of `at` says it.
    key: path of what tells entries of one model apart, such as a name; the id by default.
    provider: path of the provider's name. Without any of the three, the id says it: by a prefix (`openai/…`) or by its name.
    provider_around: key of the provider's name in a mapping around the entry, the nearest first.
    provider_is: the provider of all entries.
    providers: names of providers that are not the usual ones: `"Acme Cloud" = "openai"`.
    rewrite: regular expressions and what takes the place of what they find in an id, before its prefix is read.
    skip: rows to leave alone: a path that holds something, or `path=glob`; `^path` is in the mappings around the row, the nearest
    first; `{id}`, `{key}` and `{provider}` stand for those.
    fields: where each fact is: `context_length`, `max_output_tokens`, `pricing.input`, `pricing.tiers.200000.input`,
    `features` (a list) or `features.vision` (a boolean), `description`, `reviewed_at` (a day, set when a price changes).
    words: features that a list spells in another way: `vision = "image_input"`; then only those are written.
    pinned: path of an entry's own pins.
    scale: what one unit of the file's money is in USD, a power of ten: `"0.01"` for cents.
    fill: write facts that an entry lacks too; otherwise only those it has are kept true.
    """

    at: str | list[str]
    id: str = ""
    key: str = ""
    provider: str = ""
    provider_around: str = ""
    provider_is: str = ""
    providers: dict[str, str] = {}
    rewrite: dict[str, str] = {}
    skip: list[str] = []
    fields: dict[str, Any] = {}
    words: dict[str, str] = {}
    pinned: str = ""
    scale: str = "1"
    fill: bool = False


class Unclear(ValueError):
    """A table that makes no layout: `key` is the setting that is wrong, the message says why, `hint` what may be meant."""

    def __init__(self, key: str, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.key = key
        self.hint = hint


def layout_of(table: Table) -> Layout:
    """Make the layout that a table describes. Raises `Unclear`."""
    patterns, several = _patterns(table)
    paths, others, flags = _fields(table)
    ids = _places(table, "id")
    layout = Layout(
        patterns=patterns,
        several=several,
        paths={fields.MODEL: ids[0], **paths} if ids else paths,
        others={fields.MODEL: ids[1:], **others} if ids[1:] else others,
        flags=flags,
        words=_words(table.words),
        keys=_places(table, "key"),
        provider=Source(_places(table, "provider"), _around(table), table.provider_is),
        rewrites=_rewrites(table),
        labels={**LABELS, **_labels(table.providers)},
        families=FAMILIES,
        vendors=VENDORS,
        skips=tuple(skip for text in table.skip for skip in _skips(text)),
        pinned=next(iter(_places(table, "pinned")), ()),
        shift=_shift(table.scale),
        fills=table.fill,
    )
    _check(table, layout)
    return layout


def _labels(providers: Mapping[str, str]) -> dict[str, str]:
    wrong = next((provider for provider in providers.values() if not provider or "/" in provider), None)
    if wrong is not None:
        hint = "A slash stands between a provider and its model." if wrong else ""
        raise Unclear("providers", f"{wrong!r} is no name of a provider", hint)
    return {_label(name): provider for name, provider in providers.items()}


def _label(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())


def _patterns(table: Table) -> tuple[tuple[Pattern, ...], bool]:
    texts = [table.at] if isinstance(table.at, str) else table.at
    try:
        read = [read_pattern(text) for text in texts]
    except Misspelt as error:
        raise Unclear("at", str(error)) from None
    if not read:
        raise Unclear("at", "no pattern says where the entries are")
    several = {documents for _, documents in read}
    if len(several) > 1:
        raise Unclear(
            "at", "some patterns start in each document and some do not: begin all of them with `---`, or none"
        )
    return tuple(pattern for pattern, _ in read), several.pop()


def _places(table: Table, key: str) -> tuple[tuple[str, ...], ...]:
    text = getattr(table, key)
    try:
        return plain_places(text) if text else ()
    except Misspelt as error:
        raise Unclear(key, str(error)) from None


def _around(table: Table) -> tuple[str, ...]:
    return tuple(place[0] for place in _places(table, "provider_around"))


def _fields(
    table: Table,
) -> tuple[dict[str, Place], dict[str, tuple[Place, ...]], dict[str, tuple[str, ...]]]:
    """Read where the fields are: the first place of each, the others, and those of features that are booleans."""
    written = _flat(table.fields)
    paths: dict[str, Place] = {}
    others: dict[str, tuple[Place, ...]] = {}
    flags: dict[str, tuple[str, ...]] = {}
    for name in _in_order(written):
        try:
            places = read_places(written[name], name)
        except Misspelt as error:
            raise Unclear(f"fields.{name}", str(error)) from None
        if name.startswith(f"{fields.FEATURES}."):
            flags[_feature(name.partition(".")[2])] = tuple(step for step in places[0] if isinstance(step, str))
            continue
        paths[name] = places[0]
        if places[1:]:
            others[name] = places[1:]
    _refuse_shared(paths, others, flags)
    return paths, others, flags


def _flat(written: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Turn nested tables into names with dots: TOML reads `pricing.input` as a table in a table."""
    found: dict[str, str] = {}
    for key, value in written.items():
        name = f"{before}{key}"
        if isinstance(value, dict):
            found |= _flat(cast("dict[str, Any]", value), f"{name}.")
        elif isinstance(value, str):
            found[name] = value
        else:
            raise Unclear(f"fields.{name}", f"`{name}` must be a path, in quotes")
    return found


def _in_order(written: Mapping[str, str]) -> list[str]:
    """Check the names of fields. They are spelled in the order in which a layout names them."""
    for name in written:
        known = name.replace(".*.", ".200000.") if ".tiers." in name else name.replace(".*.", ".0100-0400.")
        if not (fields.is_known(known) or name == fields.REVIEWED or name.startswith(f"{fields.FEATURES}.")):
            raise Unclear(f"fields.{name}", f"there is no field `{name}`", _meant_field(name))
    return list(written)


def _meant_field(name: str) -> str:
    from difflib import get_close_matches

    usual = (*fields.ALL[1:], fields.REVIEWED)
    before = name.rpartition(".")[0] or "pricing"
    prices = [price for group in (before, "pricing") for rate in RATES if fields.is_known(price := f"{group}.{rate}")]
    if near := get_close_matches(name, (*usual, *prices), n=1):
        return f"Did you mean `{near[0]}`?"
    return f"Known are {', '.join(usual)}, `features.NAME`, and the other prices (see the page on prices)."


def _feature(name: str) -> str:
    return next(iter(_features({name: ""}, f"fields.features.{name}")))


def _features(words: Mapping[str, str], key: str) -> dict[str, str]:
    wrong = next((name for name in words if name not in fields.CAPABILITIES), "")
    if wrong:
        raise Unclear(key, f"there is no feature {wrong!r}", _meant_feature(wrong))
    return dict(words)


def _words(words: Mapping[str, str]) -> dict[str, str]:
    """Check how a list spells features. One word for two would be written twice, and read as either."""
    meant: dict[str, str] = {}
    for feature, word in _features(words, "words").items():
        if word in meant:
            raise Unclear("words", f"{word!r} cannot mean both `{meant[word]}` and `{feature}`")
        meant[word] = feature
    return dict(words)


def _meant_feature(name: str) -> str:
    from difflib import get_close_matches

    known = sorted(fields.CAPABILITIES)
    near = get_close_matches(name, known, n=1)
    return f"Did you mean `{near[0]}`?" if near else f"Known are {', '.join(known)}."


def _refuse_shared(
    paths: Mapping[str, Place], others: Mapping[str, tuple[Place, ...]], flags: Mapping[str, tuple[str, ...]]
) -> None:
    """Refuse one place for two fields, and a field inside of another."""
    every = [(name, place) for name, place in paths.items() if name != fields.MODEL]
    every += [(name, place) for name, places in others.items() for place in places]
    every += [(f"features.{name}", place) for name, place in flags.items()]
    taken: dict[Place, str] = {}
    for name, place in every:
        if place in taken:
            raise Unclear(f"fields.{name}", f"`{name}` and `{taken[place]}` cannot both be at `{_dotted(place)}`")
        taken[place] = name
    for name, place in every:
        if inner := next((place[:depth] for depth in range(1, len(place)) if place[:depth] in taken), None):
            raise Unclear(f"fields.{name}", f"`{name}` cannot be inside of `{taken[inner]}`, at `{_dotted(inner)}`")


def _dotted(place: Place) -> str:
    return ".".join(step for step in place if not isinstance(step, Rows))


def _rewrites(table: Table) -> tuple[tuple[str, str], ...]:
    import re

    for pattern, replacement in table.rewrite.items():
        try:
            re.compile(pattern).sub(replacement, "")
        except (re.error, IndexError) as error:
            raise Unclear("rewrite", f"{pattern!r} is no regular expression: {error}") from None
    return tuple(table.rewrite.items())


def _skips(text: str) -> tuple[Skip, ...]:
    place, equals, glob = text.partition("=")
    around, name = place.strip().startswith("^"), place.strip().removeprefix("^")
    capture = name[1:-1] if name.startswith("{") and name.endswith("}") else ""
    if capture and capture not in CAPTURES:
        raise Unclear("skip", f"{text!r}: a condition is on a path, or on {{id}}, {{key}} or {{provider}}")
    if capture and around:
        raise Unclear("skip", f"{text!r}: {{{capture}}} is the row's own, and `^` looks around it")
    if capture and not equals:
        raise Unclear("skip", f"{text!r} would skip every row: write {{{capture}}}=GLOB")
    try:
        places = ((),) if capture else plain_places(name)
    except Misspelt as error:
        raise Unclear("skip", str(error)) from None
    return tuple(Skip(capture, place, glob.strip() if equals else None, around) for place in places)


def _shift(scale: str) -> int:
    number = parse_number(scale)
    power = number.adjusted() if number is not None else 0
    if number != shifted(Decimal(1), power) or abs(power) > _MOST_PLACES:
        raise Unclear("scale", f"{scale!r} is no power of ten: it says what one unit of the file's money is in USD")
    return power


def _check(table: Table, layout: Layout) -> None:
    """Refuse what cannot work: entries without a model id, two ways to one thing."""
    captured = [{step.name for step in pattern if isinstance(step, Capture)} for pattern in layout.patterns]
    has_path = fields.MODEL in layout.paths
    if not has_path and any("id" not in names for names in captured):
        raise Unclear("at", "nothing says what the model id is: write {id} into the pattern, or set `id` to its path")
    if has_path and any("id" in names for names in captured):
        raise Unclear("id", "the pattern takes the id from a key already")
    if table.key and not has_path:
        raise Unclear("key", "entries whose id is a key of the file go by that: leave `key` out")
    said = [name for name in ("provider", "provider_around", "provider_is") if getattr(table, name)]
    if len(said) > 1 or (said and any("provider" in names for names in captured)):
        raise Unclear(said[-1], "the provider is said in two ways: keep one of them")
