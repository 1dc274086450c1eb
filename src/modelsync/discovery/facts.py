"""Where the rows of a file keep which facts: by the words on the way to each value, and by the values of known models."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct, field

from modelsync.catalog.document import Scalar
from modelsync.catalog.document import Sequence as ListNode
from modelsync.catalog.figures import number
from modelsync.catalog.values import scalar_value
from modelsync.discovery.columns import Column, columns_of
from modelsync.discovery.known import KnownModels
from modelsync.discovery.money import units_said
from modelsync.discovery.rivals import INSIDE, Candidate, Evidence, LeftOut, choose, is_inside
from modelsync.discovery.rows import Found
from modelsync.discovery.survey import holds_prices, is_feature_list, is_price_list
from modelsync.discovery.words import Meaning, Way, feature_named, feature_word, meaning, word_set, words
from modelsync.domain import fields
from modelsync.normalize.upstream import Model

_MOSTLY = 0.8
_HALF = 0.5
_NEAR = 0.02
_FEW = 2
_SIZE = 10
"""By less than this factor an old limit and the present one differ."""
_SHORT = re.compile(r"[0-9][0-9.,_]* ?[kKmM]\Z")
_DAY = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]\Z")
_OF_PRICES = word_set("updated reviewed verified checked pricing price date")
_OF_MODELS = word_set("release released cutoff created knowledge training launch deprecated retirement end")


class Facts(Struct):
    """Where each field is (the first place that an entry has counts), features that are booleans, or a list and its words.

    `units` are the units that the words on the way to prices claim, `cents` that they say cents. `reviewed` leads to a day that may
    be that of the prices. `unsettled` says why none of several places of a price was taken.
    """

    places: dict[str, list[Way]] = field(default_factory=dict[str, list[Way]])
    flags: dict[str, Way] = field(default_factory=dict[str, Way])
    features: Way = ()
    spelled: dict[str, str] = field(default_factory=dict[str, str])
    units: set[str] = field(default_factory=set[str])
    cents: bool = False
    reviewed: Way = ()
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])
    unsettled: str = ""

    @property
    def has_prices(self) -> bool:
        """Whether a place of a price was found."""
        return any(map(fields.is_price, self.places))


def find_facts(found: Found, known: KnownModels) -> Facts:
    """Return where the rows keep which facts."""
    named = {id(site): one for site in found.sites if (one := known.find(found.written(site))) is not None}
    models = {row: one.model for row, one in named.items() if one.model is not None}
    listed = {row: one.model for row, one in named.items() if one.model is not None and not one.hosted}
    facts = Facts()
    columns = [column for column in columns_of(found.sites) if column.way not in found.ids]
    facts.units |= units_said(found)
    for name, candidates in _candidates(columns, models, facts, len(found.sites)).items():
        is_price = fields.is_price(name)
        _places(name, candidates, Evidence(listed if is_price else models, len(found.sites)), facts)
    for column in columns:
        _flag(column, models, facts)
    if not facts.flags:
        _list(columns, facts)
    facts.reviewed = next((column.way for column in columns if _is_day_of_prices(column)), ())
    return facts


# ----------------------------------------------------------------------------------------------------- prices and limits


def _candidates(
    columns: Iterable[Column], models: dict[int, Model], facts: Facts, rows: int
) -> dict[str, list[Candidate]]:
    """Return the places that each field may have, that which most rows have first."""
    found: dict[str, list[Candidate]] = {}
    for column in columns:
        said = meaning(column.way)
        numbers = {id(site): read for site, node in column.scalars if (read := number(node.value)) is not None}
        if not said.field:
            name, reason = "", _no_place(column) or said.reason
        else:
            name, reason = _judged(column, numbers, said, models, rows)
        if reason:
            facts.left_out.append(LeftOut(column.way, reason))
        elif name:
            place = Candidate(column.way, said, numbers, frozenset(id(site) for site, _ in column.nodes))
            found.setdefault(name, []).append(place)
    return found


def _places(name: str, candidates: Sequence[Candidate], evidence: Evidence, facts: Facts) -> None:
    """Take the places of a field."""
    choice = choose(name, candidates, evidence)
    facts.left_out += choice.left_out
    if fields.is_price(name):
        facts.unsettled = facts.unsettled or choice.unsettled
    for place in choice.places:
        if any(is_inside(place.way, way) for ways in facts.places.values() for way in ways):
            facts.left_out.append(LeftOut(place.way, INSIDE))
            continue
        facts.places.setdefault(name, []).append(place.way)
        if fields.is_price(name):
            facts.units |= {place.said.unit} - {""}
            facts.cents = facts.cents or place.said.cents


def _no_place(column: Column) -> str:
    """Say why no path leads to prices that a list has; empty where none has any."""
    if any(holds_prices(node) for _, node in column.nodes):
        return "prices in the rows of a list"
    has_prices = any(is_price_list(column.way, node) for _, node in column.nodes)
    return "prices as the items of a list: no path leads to one of them" if has_prices else ""


def _judged(
    column: Column, numbers: dict[int, Decimal], said: Meaning, models: dict[int, Model], rows: int
) -> tuple[str, str]:
    """Return the field of a column, or why it is none, by its values."""
    if len(numbers) < _MOSTLY * len(column.nodes):
        return "", _no_numbers(next((node.value for _, node in column.scalars if number(node.value) is None), ""))
    if fields.is_price(said.field):
        return said.field, ""
    limits = {row: int(read) for row, read in numbers.items()}
    if said.weak:
        return _as_values_say(limits, models, rows)
    reason = _other_scale(limits, said.field, models)
    return ("", reason) if reason else (said.field, "")


def _no_numbers(example: str) -> str:
    if _SHORT.match(example):
        return f"limits are whole tokens, and here such as {example!r}"
    return f"no numbers, but such as {example!r}" if example else "no numbers"


def _other_scale(said: dict[int, int], name: str, models: dict[int, Model]) -> str:
    """Say why numbers are no limits in tokens, though their name says so: in most known rows upstream's are of another size."""
    known = [(said[place], models[place].values.get(name)) for place in said if place in models]
    pairs = [(ours, theirs) for ours, theirs in known if isinstance(theirs, int) and theirs > 0]
    far = [(ours, theirs) for ours, theirs in pairs if not theirs < ours * _SIZE < theirs * _SIZE**2]
    if len(far) * 2 <= len(pairs):
        return ""
    ours, theirs = far[0]
    in_thousands = _is_near(ours * 1000, theirs) or _is_near(ours * 1024, theirs)
    return f"{'in thousands' if in_thousands else 'no limit in tokens'}: {ours:,} where upstream says {theirs:,}"


def _enough(agreeing: int, known: int, rows: int) -> bool:
    return agreeing > _HALF * known and agreeing >= min(_FEW, rows)


def _as_values_say(said: dict[int, int], models: dict[int, Model], rows: int) -> tuple[str, str]:
    """Tell which limit a place holds by the limits of known models; a default of requests is none."""
    limits = {place: models[place].values for place in said if place in models}
    agreeing = {
        name: sum(_is_near(said[place], values.get(name)) for place, values in limits.items())
        for name in reversed(fields.LIMITS)
    }
    best = max(agreeing, key=lambda name: agreeing[name])
    if _enough(agreeing[best], len(limits), rows):
        return best, ""
    if len(limits) < min(_FEW, rows):
        return "", f"may be a request's own limit: {'only one' if limits else 'no'} known model tells"
    return "", f"may be a request's own limit: it is the model's in {agreeing[best]} of {len(limits)} known rows"


def _is_near(value: int, limit: object) -> bool:
    return isinstance(limit, int) and abs(value - limit) <= _NEAR * limit


# -------------------------------------------------------------------------------------------------------------- features


def _flag(column: Column, models: dict[int, Model], facts: Facts) -> None:
    feature = feature_named(column.way)
    values = {id(site): scalar_value(node) for site, node in column.scalars}
    if not feature or not values or not all(isinstance(value, bool) for value in values.values()):
        return
    if feature in facts.flags:
        facts.left_out.append(LeftOut(column.way, f"`{'.'.join(facts.flags[feature])}` says {feature} already"))
        return
    claimed = [models[place] for place, value in values.items() if value and place in models]
    agreeing = sum(feature in model.features for model in claimed)
    if len(claimed) > 1 and agreeing < _HALF * len(claimed):
        reason = f"upstream says {feature} of {agreeing} of the {len(claimed)} known models that have it here"
        facts.left_out.append(LeftOut(column.way, reason))
        return
    facts.flags[feature] = column.way


def _list(columns: Sequence[Column], facts: Facts) -> None:
    """Find the list that says most about features, if most of its words are known."""
    counted = {column.way: _words_of(column) for column in columns if is_feature_list(column.way)}
    best = max(counted, key=lambda way: _known(counted[way]), default=())
    if not best or not _known(counted[best]):
        return
    said = counted[best]
    if _known(said) < _HALF * said.total():
        unknown = [word for word, _ in said.most_common() if not feature_word(word)]
        facts.left_out.append(LeftOut(best, f"most of its words are no known features, such as {unknown[0]!r}"))
        return
    facts.features = best
    for word, _ in said.most_common():
        if feature := feature_word(word):
            facts.spelled.setdefault(feature, word)


def _words_of(column: Column) -> Counter[str]:
    if "output" in words(column.way[-1]):
        return Counter()
    lists = [node.items for _, node in column.nodes if isinstance(node, ListNode)]
    return Counter(item.value for items in lists for item in items if isinstance(item, Scalar))


def _known(said: Counter[str]) -> int:
    return sum(count for word, count in said.items() if feature_word(word))


# ------------------------------------------------------------------------------------------- what else stands in the rows


def _is_day_of_prices(column: Column) -> bool:
    said = {word for key in column.way for word in words(key)}
    days = [node for _, node in column.scalars if _DAY.match(node.value)]
    return bool(_OF_PRICES & said) and not _OF_MODELS & said and len(days) > _HALF * len(column.nodes)
