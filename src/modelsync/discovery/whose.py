"""What rows are called: whose models they are, and what tells those of one model apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from modelsync.catalog.document import Mapping, Scalar
from modelsync.discovery.columns import columns_of
from modelsync.discovery.known import KnownModels, has_label
from modelsync.discovery.rows import Found, leads
from modelsync.discovery.survey import Site
from modelsync.discovery.words import Way, dotted, word_set, words
from modelsync.layouts.layout import Capture

_HALF = 0.5
_WORDS = word_set(
    "provider vendor source company organization organisation org service publisher maker developer brand"
)
_AROUND = ("provider", "vendor", "type", "id", "name", "company", "source", "key")


class Said(Struct, frozen=True):
    """The field of a row that names its provider, or the key of one in a mapping around it; both may be empty."""

    field: str = ""
    around: str = ""


def provider_said(found: Found, known: KnownModels) -> Said:
    """Return where the provider is said; nowhere, where the pattern or the ids say it, or nothing does."""
    if captures_provider(found):
        return Said()
    ways = _fields(found, known)
    if plain := [way for way in ways if words(way[-1]) == ("provider",)]:
        return Said(field=dotted(plain[0]))
    if _share(found.sites, (_prefix(found.written(site)) for site in found.sites)) >= _HALF:
        return Said()
    if ways:
        return Said(field=dotted(ways[0]))
    for key in _AROUND:
        texts = [(site, _around(site, key)) for site in found.sites]
        if _says_whose(texts, found, known):
            return Said(around=dotted((key,)))
    return Said()


def captures_provider(found: Found) -> bool:
    """Say whether keys on the way to the rows are the names of their providers."""
    steps = (step for pattern in found.patterns for step in pattern)
    return any(isinstance(step, Capture) and step.name == "provider" for step in steps)


def label_of(site: Site, found: Found, said: Said) -> str:
    """Return what the file calls the provider of a row: by a key on the way to it, where it is said, or before its id."""
    pattern = next((pattern for pattern in found.patterns if leads(pattern, site.path)), ())
    steps = zip(pattern, site.path, strict=True) if pattern else ()
    captured = (str(at) for step, at in steps if isinstance(step, Capture) and step.name == "provider")
    field = (site.text(way) for way in site.values if said.field and dotted(way) == said.field)
    around = _around(site, said.around) if said.around else ""
    return next(captured, "") or next(field, "") or around or _prefix(found.written(site))


def _fields(found: Found, known: KnownModels) -> list[Way]:
    """Return the fields of the rows that say whose the models are, the one that most rows have first."""
    ways = Counter(
        way for site in found.sites for way in site.values if _WORDS & {*words(way[-1])} and way not in found.ids
    )
    ordered = sorted(ways, key=lambda way: (-ways[way], len(way)))
    return [way for way in ordered if _says_whose([(site, site.text(way)) for site in found.sites], found, known)]


def _prefix(written: str) -> str:
    before, slash, _ = written.partition("/")
    return before if slash else ""


def _share(sites: Iterable[Site], labels: Iterator[str]) -> float:
    every = len(list(sites))
    return sum(map(has_label, labels)) / every if every else 0


def _says_whose(texts: list[tuple[Site, str]], found: Found, known: KnownModels) -> bool:
    """Say whether texts are mostly names of providers, or of the makers of the models they stand beside."""
    said = [(site, text) for site, text in texts if text]
    if len(said) < _HALF * len(texts):
        return False
    named = sum(has_label(text) or _is_owner(found.written(site), text, known) for site, text in said)
    return named >= _HALF * len(said)


def _is_owner(written: str, text: str, known: KnownModels) -> bool:
    found = known.find(written, text)
    return found is not None and found.model is not None and not found.hosted and found.provider == text


def _around(site: Site, key: str) -> str:
    for node in reversed(site.around):
        at = node.find(key) if isinstance(node, Mapping) else None
        if at is not None and isinstance(at[0], Scalar):
            return at[0].value
    return ""


def key_place(found: Found) -> str:
    """Return the place of a name that tells rows of one model apart, where ids do not."""
    ids = [found.written(site) for site in found.sites]
    if len({*ids}) == len(ids):
        return ""
    for column in columns_of(found.sites):
        texts = {node.value for _, node in column.scalars}
        if column.way[-1] in _NAMES and len(texts) == len(ids):
            return dotted(column.way)
    return ""


_NAMES = ("name", "alias", "label", "display_name", "displayName", "title", "id", "key")
