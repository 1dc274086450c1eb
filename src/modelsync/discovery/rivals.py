"""Which of several places of one fact is upstream's: told by the words on the way to each, and by the values of known models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct, field

from modelsync.discovery.words import Meaning, Way, dotted
from modelsync.domain import fields
from modelsync.normalize.upstream import Model

_MOSTLY = 0.8
_FEW = 2
_PRICE_NEAR = Decimal("0.005")
_LIMIT_NEAR = Decimal("0.02")
_SCALES = (0, 3, 6)
_CENTS = 2
_OTHER_UNITS = (3, -3, 6, -6, _CENTS, -_CENTS)

INSIDE = "some rows have a price here, others a mapping"
"""Why a place is left out that is inside of another."""


class LeftOut(Struct, frozen=True):
    """Something that looked like a fact, and why it is not to be kept true."""

    way: Way
    reason: str


class Candidate(Struct, frozen=True):
    """A place that may have a field: what its words say, and its numbers by the identity of the row; `rows` are all that have it."""

    way: Way
    said: Meaning
    numbers: dict[int, Decimal]
    rows: frozenset[int]


class Choice(Struct):
    """The places of a field, the first that an entry has counts, and those left out; `unsettled` says why none of several was taken."""

    places: list[Candidate] = field(default_factory=list[Candidate])
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])
    unsettled: str = ""


class Evidence(Struct, frozen=True):
    """The models that a list speaks for, by the identity of the row that names each, and how many rows there are."""

    models: Mapping[int, Model]
    rows: int

    def agreement(self, name: str, one: Candidate) -> tuple[int, int]:
        """Return in how many rows a place has upstream's value, in the unit that fits best, and how many are known."""
        found = ((ours, self.models[row].values.get(name)) for row, ours in one.numbers.items() if row in self.models)
        pairs = [(ours, Decimal(theirs)) for ours, theirs in found if isinstance(theirs, Decimal | int)]
        if not fields.is_price(name):
            return _agreeing(pairs, 0, _LIMIT_NEAR), len(pairs)
        cents = _CENTS if one.said.cents else 0
        return max(_agreeing(pairs, scale + cents, _PRICE_NEAR) for scale in _SCALES), len(pairs)

    def is_upstreams(self, name: str, one: Candidate) -> bool:
        """Say whether a place has upstream's value in nearly all known rows, of which one may be chance among many."""
        agreeing, known = self.agreement(name, one)
        return agreeing >= _MOSTLY * known and agreeing >= min(_FEW, self.rows)


def _agreeing(pairs: Sequence[tuple[Decimal, Decimal]], scale: int, near: Decimal) -> int:
    return sum(abs(ours - theirs.scaleb(scale)) <= near * theirs.scaleb(scale) for ours, theirs in pairs)


def choose(name: str, candidates: Sequence[Candidate], evidence: Evidence) -> Choice:
    """Choose the places of a field. What its words say comes before its values, and nothing is guessed between values that differ.

    Candidates for a limit whose words are weak are those whose values have told that they are one.
    """
    choice = Choice()
    plain = [one for one in candidates if not one.said.weak]
    weak = [one for one in candidates if one.said.weak]
    told = [one for one in weak if not fields.is_price(name) or evidence.is_upstreams(name, one)]
    _settle(name, plain or told, evidence, choice)
    for one in weak:
        if plain and one in told and choice.places and all(_power(one, other) == 0 for other in choice.places):
            _take(name, one, evidence, choice)
        elif plain or one not in told:
            choice.left_out.append(LeftOut(one.way, _why_not(name, one, evidence, choice)))
    return choice


def _why_not(name: str, one: Candidate, evidence: Evidence, choice: Choice) -> str:
    what = "price" if fields.is_price(name) else "limit"
    if choice.places:
        return f"not the usual {what}, which is at `{dotted(choice.places[0].way)}`"
    agreeing, known = evidence.agreement(name, one)
    return f"may be another {what} than upstream's: it is upstream's in {agreeing} of {known} known rows"


def _settle(name: str, candidates: Sequence[Candidate], evidence: Evidence, choice: Choice) -> None:
    """Take places of the same rank, unless values of theirs differ and nothing says which are upstream's."""
    best = list(candidates)
    if rivals := _rivals(candidates):
        best = [one for one in candidates if evidence.is_upstreams(name, one)]
        if not best or _rivals(best):
            one, other = rivals
            choice.unsettled = (
                f"`{dotted(one.way)}` and `{dotted(other.way)}` differ, and nothing says which is upstream's"
            )
            choice.left_out += [LeftOut(one.way, choice.unsettled) for one in candidates]
            return
    for one in best:
        _take(name, one, evidence, choice)
    for one in candidates:
        if one not in best:
            reason = f"not upstream's: the place that has its values is `{dotted(best[0].way)}`"
            choice.left_out.append(LeftOut(one.way, reason))


def _rivals(candidates: Sequence[Candidate]) -> tuple[Candidate, Candidate] | None:
    """Return two places whose values differ in a row that has both."""
    pairs = ((one, other) for at, one in enumerate(candidates) for other in candidates[at + 1 :])
    return next(((one, other) for one, other in pairs if _power(one, other) is None), None)


def _power(one: Candidate, other: Candidate) -> int | None:
    """Return the power of ten by which one has other units than the other in all rows that have both; None where they differ."""
    pairs = [(number, other.numbers[row]) for row, number in one.numbers.items() if row in other.numbers]
    powers = (0, *_OTHER_UNITS) if fields.is_price(one.said.field) else (0,)
    return next((power for power in powers if all(ours == theirs.scaleb(power) for ours, theirs in pairs)), None)


def _take(name: str, one: Candidate, evidence: Evidence, choice: Choice) -> None:
    """Add a place, unless every row that has it has an earlier one as well."""
    if reason := _needless(name, one, evidence, choice.places):
        choice.left_out.append(LeftOut(one.way, reason))
    else:
        choice.places.append(one)


def _needless(name: str, one: Candidate, evidence: Evidence, earlier: Sequence[Candidate]) -> str:
    if not earlier:
        return ""
    first = f"`{dotted(earlier[0].way)}`"
    if any(is_inside(one.way, other.way) for other in earlier):
        return INSIDE
    if any(_power(one, other) != 0 for other in earlier):
        return f"{first} says the same per another unit"
    if all(any(row in other.rows for other in earlier) for row in one.rows):
        return f"{first} says the same"
    is_deeper = fields.is_price(name) and len(one.way) > len(earlier[0].way)
    if is_deeper and not evidence.is_upstreams(name, one):
        return f"not the usual price, which is at {first}"
    return ""


def is_inside(way: Way, other: Way) -> bool:
    """Say whether one of two ways leads into what stands at the other."""
    shorter = min(len(way), len(other))
    return way != other and way[:shorter] == other[:shorter]
