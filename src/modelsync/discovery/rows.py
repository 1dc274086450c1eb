"""Where the rows of a file are, and what in them is the id: that under which most of what the values name is known."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from modelsync.catalog.document import Mapping, Node
from modelsync.catalog.document import Sequence as ListNode
from modelsync.discovery.known import KnownModels, has_label, names_host
from modelsync.discovery.survey import Path, Site
from modelsync.discovery.words import Way, meaning, names_tier, words
from modelsync.layouts.builtin import NAMES, table_named
from modelsync.layouts.layout import Capture, Items, Key, Pattern
from modelsync.layouts.spelling import plain_places

KEY: Way = ()
"""The way to an id that is the key of the row."""

_SHARE = 0.5
_MOSTLY = 0.8
_MANY = 3
_MOST_PLACES = 6
_IDS = ("model_id", "api_name", "model", "api_model", "model_name", "id", "model_slug", "slug", "name", "key")
_SENT = 4
"""So many of these names are always what is sent to the API."""
_DEEP_IDS = tuple(
    place for name in NAMES if (said := table_named(name).id) for place in plain_places(said) if len(place) > 1
)
"""Where built-in layouts have an id so deep in a row that nothing else is meant by it."""


class Found(Struct, frozen=True):
    """The rows of a file: those of `sites` that `patterns` lead to, and where in them the id is (the first that is there).

    `hosted` are the keys below which rows of hosts and of other tiers are, to which no pattern leads.
    """

    patterns: tuple[Pattern, ...]
    ids: tuple[Way, ...]
    sites: tuple[Site, ...]
    hosted: tuple[str, ...] = ()

    def written(self, site: Site) -> str:
        """Return the id of a row as it is written."""
        return next((text for way in self.ids if (text := site.text(way))), "")


class _Hits(Struct):
    """Rows of one shape that have a known id in one place."""

    way: Way
    sites: list[Site]

    @property
    def rank(self) -> tuple[object, ...]:
        """What tells the best: known ids, values near to the row, a place that is named for ids."""
        depths = [len(way) for site in self.sites for way in site.values if meaning(way).field]
        mean = sum(depths) / len(depths) if depths else _MANY + 1
        return len(self.sites), -mean, -_strangeness(self.way), -len(self.way)


def find_rows(sites: Sequence[Site], known: KnownModels) -> list[Found]:
    """Return where the rows probably are, the likeliest first: one way with steps that hold for others, then one to each place.

    Nothing where no site names a known model.
    """
    hits = _hits(sites, known)
    if not hits:
        return []
    best = _lifted(_declared(_best(hits)), sites)
    ways = _places(best, sites, known)
    tries = [_patterns(best.sites, best.way, strict=strict) for strict in (False, True)]
    homes = {(site.document, site.path[:-1]) for site in best.sites}
    beside = [site for site in sites if best.way != KEY or (site.document, site.path[:-1]) in homes]
    found = [
        Found(tuple(patterns), ways, _rows(patterns, beside, ways), _hosted(best.sites, patterns)) for patterns in tries
    ]
    return found if tries[0] != tries[1] else found[:1]


def _hits(sites: Iterable[Site], known: KnownModels) -> list[_Hits]:
    found: dict[tuple[object, ...], _Hits] = {}
    for site in sites:
        for way in _ways_to_ids(site):
            if known.find(site.text(way)) is not None:
                shape = tuple(isinstance(step, int) for step in site.path)
                found.setdefault((shape, way), _Hits(way, [])).sites.append(site)
    return list(found.values())


def _ways_to_ids(site: Site) -> Iterator[Way]:
    if site.key:
        yield KEY
    for way in site.values:
        said = meaning(way)
        if not said.field and not said.reason and not {"tokenizer", "fallback", "fallbacks"} & {*words(way[-1])}:
            yield way


def _best(hits: list[_Hits]) -> _Hits:
    """Choose the place with the most known ids; but a field of the same rows that is named for what is sent to the API wins."""
    best = max(hits, key=lambda hit: hit.rank)
    homes: defaultdict[Way, list[_Hits]] = defaultdict(list)
    for hit in hits:
        if _strangeness(hit.way) < _SENT:
            homes[_home(hit.way)].append(hit)
    named = [way for way, own in homes.items() if _says_what_is_sent(own, best.sites)]
    return max(homes[min(named, key=_strangeness)], key=lambda hit: hit.rank) if named else best


def _says_what_is_sent(hits: list[_Hits], rows: Sequence[Site]) -> bool:
    """Say whether most of the rows have one of these places, and at least half of them a known id in it."""
    here = {id(site) for hit in hits for site in hit.sites}
    known = sum(id(site) in here for site in rows)
    there = sum(any(site.text(hit.way) for hit in hits) for site in rows)
    return known >= _SHARE * len(rows) and there >= _MOSTLY * len(rows)


def _home(way: Way) -> Way:
    """Return the mapping that has an id for each of several hosts (`api_name.openai`), else the place itself."""
    return way[:-1] if len(way) > 1 and _strangeness(way[-1:]) >= _SENT else way


def _declared(best: _Hits) -> _Hits:
    """Take the id from where a built-in layout has it, deep in the rows, if most of the rows have it there too."""
    for way in _DEEP_IDS:
        has = [site for site in best.sites if site.text(way)]
        if len(has) * 2 > len(best.sites):
            return _Hits(way, has)
    return best


def _lifted(best: _Hits, sites: Iterable[Site]) -> _Hits:
    """Take the items of a list for the rows where the ids are in a mapping that each of them has."""
    path = best.sites[0].path
    if len(path) < 2 or best.way == KEY:
        return best
    if not isinstance(path[-2], int) or len({site.path[-1:] for site in best.sites}) > 1:
        return best
    above = {(site.document, site.path): site for site in sites}
    way = (str(path[-1]), *best.way)
    lifted = [found for site in best.sites if (found := above.get((site.document, site.path[:-1]))) and found.text(way)]
    return _declared(_Hits(way, lifted)) if len(lifted) == len(best.sites) else best


def _strangeness(way: Way) -> int:
    """Rank a place by how usual its name is for an id; the key of a row is as usual as an `id`."""
    names = ["_".join(words(key)) for key in way] or ["id"]
    return min(_IDS.index(name) if name in _IDS else len(_IDS) for name in names)


def _places(best: _Hits, sites: Sequence[Site], known: KnownModels) -> tuple[Way, ...]:
    """Return where the id is, and where else in rows that have nothing there."""
    ways, is_map = [best.way], _home(best.way) != best.way
    shape = tuple(isinstance(step, int) for step in best.sites[0].path)
    alike = [site for site in sites if tuple(isinstance(step, int) for step in site.path) == shape]
    while best.way and len(ways) < _MOST_PLACES:
        rest = [site for site in alike if not any(site.text(way) for way in ways)]
        votes = Counter(
            way
            for site in rest
            for way in _siblings(best.way, site)
            if is_map or known.find(site.text(way)) is not None
        )
        if not votes:
            break
        ways.append(votes.most_common(1)[0][0])
    return tuple(ways)


def _siblings(way: Way, site: Site) -> Iterator[Way]:
    """Other values beside that at a way, in a mapping that holds nothing but names (`api_name.openai`) or that names ids."""
    for other in site.values:
        if other != way and other[:-1] == way[:-1] and (len(way) > 1 or _strangeness(other) < _SENT):
            yield other


# ------------------------------------------------------------------------------------------------ from places to patterns


def _patterns(sites: Sequence[Site], way: Way, *, strict: bool) -> list[Pattern]:
    """Put the ways to rows together. Where `strict`, a key that not all rows share stands for itself, but for those of rows."""
    return list(_generalized(sites, way, 0, (), strict=strict))


def _generalized(sites: Sequence[Site], way: Way, depth: int, before: Pattern, *, strict: bool) -> Iterator[Pattern]:
    path = sites[0].path
    if depth == len(path):
        yield before
        return
    if isinstance(path[depth], int):
        yield from _generalized(sites, way, depth + 1, (*before, Items()), strict=strict)
        return
    names = list(dict.fromkeys(str(site.path[depth]) for site in sites))
    capture = _capture(sites, way, depth, names, strict=strict)
    if capture is not None:
        yield from _generalized(sites, way, depth + 1, (*before, capture), strict=strict)
        return
    is_last = depth == len(path) - 1
    for name in names:
        if _is_apart(name) and not is_last:
            continue
        own = [site for site in sites if site.path[depth] == name]
        yield from _generalized(own, way, depth + 1, (*before, Key((name,))), strict=strict)


def _capture(sites: Sequence[Site], way: Way, depth: int, names: list[str], *, strict: bool) -> Capture | None:
    """Say what the keys at a depth are, or None where they stand for themselves."""
    is_last = depth == len(sites[0].path) - 1
    if is_last and way == KEY:
        return Capture("id")
    labels = [name for name in names if has_label(name)]
    if len(labels) * 2 >= len(names) and not strict:
        return Capture("provider")
    if is_last and (len(names) > 1 or _alike(sites[0], way)):
        return Capture("key")
    if any(map(_is_apart, names)):
        return None
    if len(names) > 1 and not strict and (len(names) > _MANY or _share(sites, depth) >= _SHARE):
        return Capture("")
    return None


def _is_apart(name: str) -> bool:
    """Say whether no list says the prices below a key: those of a host, or of another tier than the standard one."""
    return names_host(name) or names_tier(name)


def _hosted(sites: Iterable[Site], patterns: Sequence[Pattern]) -> tuple[str, ...]:
    """Return the keys named for a host or a tier on the way to rows to which no pattern leads."""
    left = (site for site in sites if not any(leads(pattern, site.path) for pattern in patterns))
    return tuple(dict.fromkeys(key for site in left for key in site.path if isinstance(key, str) and _is_apart(key)))


def _alike(site: Site, way: Way) -> bool:
    """Say whether every mapping beside a row has its id in the same place, as rows have."""
    parent = site.around[-1]
    beside = [value for _, value in parent.pairs if isinstance(value, Mapping)] if isinstance(parent, Mapping) else []
    return len(beside) > 1 and all(value.find(way[0]) is not None for value in beside)


def _share(sites: Sequence[Site], depth: int) -> float:
    """Return how many of the mappings and lists at a depth have rows in them."""
    parents = {id(site.around[depth]): site.around[depth] for site in sites}
    every = sum(_collections(parent) for parent in parents.values())
    used = {(id(site.around[depth]), site.path[depth]) for site in sites}
    return len(used) / every if every else 0


def _collections(node: Node) -> int:
    return sum(isinstance(value, Mapping | ListNode) for _, value in node.pairs) if isinstance(node, Mapping) else 0


def _rows(patterns: Sequence[Pattern], sites: Iterable[Site], ways: Sequence[Way]) -> tuple[Site, ...]:
    by_length: defaultdict[int, list[Pattern]] = defaultdict(list)
    for pattern in patterns:
        by_length[len(pattern)].append(pattern)
    return tuple(
        site
        for site in sites
        if any(leads(pattern, site.path) for pattern in by_length[len(site.path)])
        and any(site.text(way) for way in ways)
    )


def leads(pattern: Pattern, path: Path) -> bool:
    """Say whether a pattern leads to a path."""
    return len(pattern) == len(path) and all(map(_fits, pattern, path))


def _fits(step: Key | Capture | Items, at: str | int) -> bool:
    if isinstance(step, Items):
        return isinstance(at, int)
    return isinstance(at, str) and (isinstance(step, Capture) or at in step.names)
