"""What a sync must make of a catalog, by the merge table alone: an oracle that shares no code with what it judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

LIMITS = ("context_length", "max_output_tokens")
PRICES = ("pricing.input", "pricing.output")
OWNED = (*LIMITS, *PRICES)
FEATURES = {"tools": "function_calling", "response_format": "structured_outputs", "reasoning": "reasoning"}
DEAREST = Decimal("0.001")
UNLISTED = "ft:"
SHIELD = "embeddings"

Entry = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """What upstream says of one model: owned fields (prices in USD per token; one that is not there is unknown) and the rest."""

    values: Mapping[str, Any]
    parameters: frozenset[str] = frozenset()
    description: str | None = None

    def features(self, *, classic: bool) -> list[str]:
        """The features, which the original did not read quite as today."""
        return [
            name
            for parameter, name in FEATURES.items()
            if parameter in self.parameters and not (classic and parameter == "reasoning")
        ]


@dataclass(frozen=True)
class Line:
    """What is remembered of an entry: the model it is, and by field what upstream said when the file last agreed.

    A base of None means "upstream had none". `kept` has hand-set values already reported, beside upstream's. `undecided` fields
    still await their first sync; `foreign` ones have value and base of the model that the entry had before its id was edited.
    `held` has what waits for a person: by field upstream's value, or `entry` and the model it would be.
    `missing` is the day since which the model is gone.
    """

    upstream: str
    model: str
    base: Mapping[str, Any] = field(default_factory=dict[str, Any])
    kept: Mapping[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])
    undecided: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    held: Mapping[str, Any] = field(default_factory=dict[str, Any])
    missing: date | None = None


@dataclass(frozen=True)
class Book:
    """What is remembered of a catalog: its entries by key, the models deleted for good, the entries never yet matched.

    `additions` are the models held back, by the key they would have.
    """

    lines: Mapping[str, Line] = field(default_factory=dict[str, Line])
    buried: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    additions: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Listing:
    """What a sync gets to read: models by slug, whether that is all of them, and whether it is older than what is remembered."""

    models: Mapping[str, Facts]
    complete: bool = True
    old: bool = False


@dataclass(frozen=True)
class Wishes:
    """What a person asks of a sync; `take` and `accept` name entries as `openai/key`, or a field as `openai/key.pricing.input`."""

    prune: str = ""
    take: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    ours: bool = False
    force: bool = False


@dataclass(frozen=True)
class Rules:
    """The settings that matter here."""

    classic: bool = False
    adds: bool = True
    grace: int = 7


@dataclass
class _Merged:
    """An entry while it is merged, and what will be remembered of it."""

    entry: Entry
    base: dict[str, Any]
    kept: dict[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])
    held: dict[str, Any] = field(default_factory=dict[str, Any])
    foreign: set[str] = field(default_factory=set[str])


class Expectation:
    """The result of one sync of the entries `file`, remembered as in `book` (None: never synced).

    `file` and `book` are what they will be; `holds` are (key, what, field or nothing), `keeps` (key, field), `stale`, `removed` and `added` keys.
    `refused` is what a refusal says; nothing else counts then.
    """

    def __init__(
        self, file: Mapping[str, Entry], book: Book | None, listing: Listing, wishes: Wishes, rules: Rules, today: date
    ) -> None:
        self.listing, self.wishes, self.rules, self.today = listing, wishes, rules, today
        self.first = book is None
        self.before = book or Book()
        self.file: dict[str, Entry] = {key: dict(entry) for key, entry in file.items()}
        self.ids = {key: entry["model"] for key, entry in file.items()}
        self.lines, self.orphans = self._whose_lines()
        self.edited = {key for key in self.file if self._is_edited(key)}
        self.after: dict[str, Line] = {}
        self.waiting: set[str] = set()
        self.claimed: set[str] = set()
        self.holds: set[tuple[str, str, str]] = set()
        self.additions: dict[str, str] = {}
        self.keeps: set[tuple[str, str]] = set()
        self.stale: set[str] = set()
        self.removed: set[str] = set()
        self.added: set[str] = set()
        self.scales = _Scales()
        self.slipped = self._has_slipped()
        self.vanished, self.doubt = self._judge_listing()
        for key in list(self.file):
            self._entry(key)
        buried = self._buried()
        for key in self.removed:
            del self.file[key]
        if not listing.old:
            self._add(buried)
        self._add_later(buried)
        self.refused = "" if wishes.force else self._refusal()
        self.book = Book(self.after, frozenset(buried - self.claimed), frozenset(self.waiting), self.additions)

    @property
    def partial(self) -> bool:
        """Whether something waits for a person, or upstream's word was not whole."""
        doubted = self.doubt if self.listing.complete and not self.listing.old else not self.listing.complete
        return bool(self.holds) or self.vanished or doubted

    # ---------------------------------------------------------------------------------------------------- whose is what

    def _whose_lines(self) -> tuple[dict[str, Line], list[Line]]:
        """The line of each entry, by name and id, else by the id it has alone, else by the name; and the lines of nobody."""
        lines, file = self.before.lines, self.file
        settled = {key for key, line in lines.items() if key in file and file[key]["model"] == line.model}
        entries, loose = [key for key in file if key not in settled], [key for key in lines if key not in settled]
        moved: dict[str, str] = {}
        for key in entries:
            model = file[key]["model"]
            twins = [other for other in entries if file[other]["model"] == model]
            olds = [old for old in loose if lines[old].model == model]
            if len(twins) == len(olds) == 1:
                moved[key] = olds[0]
        source = {key: key for key in file if key in settled or (key in lines and key not in moved.values())} | moved
        orphans = [line for key, line in lines.items() if key not in source.values()]
        return {key: lines[old] for key, old in source.items()}, orphans

    def _is_edited(self, key: str) -> bool:
        """Whether a person made another model of an entry. By the original's rules the key says which model it is."""
        return not self.rules.classic and key in self.lines and self.lines[key].model != self.ids[key]

    def _buried(self) -> set[str]:
        """The models whose entries a person deleted, unless another entry stands for them."""
        models = {entry["model"] for entry in self.file.values()}
        known = {line.upstream for key, line in self.lines.items() if line.model == self.ids[key]}
        gone = {
            line.upstream for line in self.orphans if line.model not in models and line.upstream not in known
        } - self.claimed
        return {*self.before.buried, *gone} - self.claimed

    def _match(self, key: str) -> tuple[str, str]:
        """The model an entry is, and the one it was that is gone; each empty where there is none."""
        line, listed = self.lines.get(key), self.listing.models
        if self.rules.classic:
            found = next((slug for slug in listed if key_of(slug) == key), "")
            return found, "" if found or line is None or line.upstream in listed else line.upstream
        own = self.file[key]["model"]
        if line is None or self._is_edited(key):
            return own if own in listed else "", ""
        return (line.upstream, "") if line.upstream in listed else ("", line.upstream)

    def _judge_listing(self) -> tuple[bool, bool]:
        """Whether the vendor has vanished, and whether absence proves nothing."""
        if not self.listing.complete or self.listing.old:
            return False, True
        known = {line.upstream for line in self.lines.values()}
        present = {line.upstream for line in self.lines.values() if line.missing is None}
        if self.wishes.force:
            return False, False
        listed = len(self.listing.models)
        vanished = len(known) >= 3 and bool(present) and not listed
        return vanished, len(present) >= 5 and listed < Decimal("0.8") * len(present)

    def _has_slipped(self) -> bool:
        """Whether all that is known moved a hundredfold the same way, but for what a person vouches for."""
        ratios: list[Decimal] = []
        for key in self.file:
            slug, line = self._match(key)[0], self.lines.get(key)
            if slug and key not in self.edited and (line is None or line.upstream == slug):
                vouched = self.wishes.ours or f"openai/{key}" in self.wishes.accept
                ratios += [Decimal(1) if vouched else ratio for ratio in self._ratios(key, slug, line)]
        return bool(ratios) and (min(ratios) >= 100 or max(ratios) <= Decimal("0.01"))

    def _ratios(self, key: str, slug: str, line: Line | None) -> Iterator[Decimal]:
        for name in PRICES:
            now = self.listing.models[slug].values.get(name)
            ours, base = self.file[key].get(name), line.base.get(name) if line is not None else None
            if now is None or (line is not None and name in line.foreign):
                continue
            known = ours if base is None else base if ours is None else _nearer(base, ours, now)
            if known is not None and known > 0:
                yield now / known

    # --------------------------------------------------------------------------------------------------------- an entry

    def _entry(self, key: str) -> None:
        line = self.lines.get(key)
        slug, gone = self._match(key)
        if slug:
            self.claimed.add(slug)
        if self.listing.old and line is not None:
            self.claimed.add(line.upstream)
            self._carry(key, line)
        elif self.listing.old:
            self._wait(key)
        elif slug:
            self._merge(key, slug, other=key in self.edited)
        elif gone and line is not None:
            self._gone(key, line)
        else:
            self._unknown(key)

    def _gone(self, key: str, line: Line) -> None:
        self.claimed.add(line.upstream)
        if self.doubt or self.vanished:
            self._carry(key, line)
            return
        other = self.file[key]["model"]
        if not self.rules.classic and other in self.listing.models:
            self._rematch(key, line, other)
            return
        since = line.missing or self.today
        late = (self.today - since).days >= (0 if self.rules.classic else self.rules.grace)
        if self.wishes.prune and late and not self._is_protected(key):
            self.removed.add(key)
        else:
            self.stale.add(key)
            self.after[key] = replace(line, missing=since, held={})

    def _carry(self, key: str, line: Line) -> None:
        """Leave an entry as it is; what waits for a person goes on waiting."""
        waiting = self._pending(key, line)
        self.after[key] = replace(line, held=waiting)
        self.holds |= {(key, "rematch", "") if name == "entry" else (key, "price", name) for name in waiting}

    def _pending(self, key: str, line: Line) -> dict[str, Any]:
        """What was held and nobody has settled by hand since."""
        if line.model != self.ids[key]:
            return {}
        entry = self.file[key]
        return {
            name: theirs
            for name, theirs in line.held.items()
            if name == "entry" or _row(name, entry.get(name), theirs, line) == "write"
        }

    def _rematch(self, key: str, line: Line, other: str) -> None:
        self.claimed.add(other)
        own = {name: value for name, value in line.base.items() if name in PRICES and name not in line.foreign}
        known = {name: value for name, value in own.items() if value is not None}
        same = known == {name: value for name, value in self.listing.models[other].values.items() if name in PRICES}
        if (known and same) or f"openai/{key}" in self.wishes.accept:
            self._merge(key, other, other=not (known and same))
        else:
            self.holds.add((key, "rematch", ""))
            self.after[key] = replace(line, held={"entry": other})

    def _unknown(self, key: str) -> None:
        everything = self.wishes.prune == "all" or (self.rules.classic and self.wishes.prune)
        proven = not self.doubt and not self.vanished
        if everything and proven and not self._is_protected(key):
            self.removed.add(key)
            return
        if key in self.lines:
            self._carry(key, self.lines[key])
        else:
            self._wait(key)

    def _wait(self, key: str) -> None:
        if not self.wishes.ours and (self.first or key in self.before.waiting):
            self.waiting.add(key)

    def _is_protected(self, key: str) -> bool:
        entry = self.file[key]
        tuned = not self.rules.classic and entry["model"].startswith(UNLISTED)
        return tuned or SHIELD in entry.get("features", ())

    # ----------------------------------------------------------------------------------------------------------- merging

    def _merge(self, key: str, slug: str, *, other: bool) -> None:
        """Merge field by field. `other` says that what is remembered is of another model."""
        old, facts, entry = self.lines.get(key), self.listing.models[slug], self.file[key]
        first = self.first or (old is None and key in self.before.waiting)
        line = old or Line(slug, "", undecided=frozenset(OWNED) if first else frozenset())
        if other:
            line = replace(line, foreign=frozenset((*OWNED, "features")), kept={}, held={})
        merged = _Merged(dict(entry), dict(line.base), foreign=set(line.foreign))
        pending = self._pending(key, line)
        for name in OWNED:
            ours, theirs = entry.get(name), facts.values.get(name)
            self.scales.weigh(slug, name, ours, theirs, None if name in line.foreign else line)
            if theirs is not None:
                self._merge_field(key, name, ours, theirs, line, merged)
            elif name in pending:
                merged.held[name] = pending[name]
            else:
                if line.base.get(name) is None:
                    merged.base[name] = None
                    merged.foreign.discard(name)
                merged.kept.update(_still_kept(name, ours, line))
        self.holds |= {(key, "price", name) for name in merged.held}
        self._merge_features(key, merged, facts)
        self._fill_description(merged, facts)
        self.file[key] = merged.entry
        undecided = frozenset() if self.wishes.ours else frozenset(line.undecided - merged.base.keys())
        foreign = frozenset(merged.foreign)
        self.after[key] = Line(slug, entry["model"], merged.base, merged.kept, undecided, foreign, merged.held)

    def _merge_field(self, key: str, name: str, ours: Any, theirs: Any, line: Line, merged: _Merged) -> None:
        verdict = self._verdict(key, name, ours, theirs, line)
        if verdict == "write" and not self._is_believed(key, name, ours, theirs, line):
            merged.held[name] = theirs
            if _row(name, ours, theirs, line) == "keep" or (self.wishes.ours and ours is not None):
                merged.kept[name] = (ours, theirs)
            return
        if verdict == "write":
            merged.entry[name] = theirs
        if verdict in ("write", "agree", "ours") or name in line.foreign:
            merged.base[name] = theirs
            merged.foreign.discard(name)
        if verdict in ("keep", "ours"):
            merged.kept[name] = (ours, theirs)
            self.keeps.add((key, name))

    def _verdict(self, key: str, name: str, ours: Any, theirs: Any, line: Line) -> str:
        """The row of the table, as far as neither the preset nor a wish overrules it."""
        if ours == theirs:
            return "agree"
        if self._is_taken(key, name):
            return "write"
        if self.wishes.ours and ours is not None:
            return "ours"
        return "write" if self.rules.classic else _row(name, ours, theirs, line)

    def _is_taken(self, key: str, name: str) -> bool:
        return any(wish in (f"openai/{key}", f"openai/{key}.{name}") for wish in self.wishes.take)

    def _is_believed(self, key: str, name: str, ours: Any, theirs: Any, line: Line) -> bool:
        """Whether a value may be written without a person's word. Where a first sync is still to come, zero is a blank."""
        if name not in PRICES or self.rules.classic or f"openai/{key}" in self.wishes.accept:
            return True
        blank = name in line.foreign or (name in line.undecided and not ours)
        known = None if blank else ours
        return not is_odd(known, theirs) and not (known is None and self.slipped)

    def _merge_features(self, key: str, merged: _Merged, facts: Facts) -> None:
        ours: list[str] = merged.entry.get("features", [])
        theirs, known = facts.features(classic=self.rules.classic), set(merged.base.get("features", ()))
        stay, new = ours, [name for name in theirs if name not in known]
        if self.rules.classic or self._is_taken(key, "features"):
            new = theirs
        elif "features" in merged.foreign:
            stay, new, known = [name for name in ours if name not in known or name in theirs], theirs, set[str]()
        merged.base["features"] = known | set(theirs)
        merged.foreign.discard("features")
        joined = stay + [name for name in new if name not in stay]
        if joined != ours or (self.rules.classic and "features" not in merged.entry):
            merged.entry["features"] = joined

    def _fill_description(self, merged: _Merged, facts: Facts) -> None:
        deleted = "description" in merged.base and not self.rules.classic
        if "description" not in merged.entry and facts.description and not deleted:
            merged.entry["description"] = facts.description
        if "description" in merged.entry:
            merged.base["description"] = True

    # ------------------------------------------------------------------------------------------------------ new entries

    def _add(self, buried: set[str]) -> None:
        for slug, facts in sorted(self.listing.models.items()) if self.rules.adds else ():
            key = key_of(slug)
            if slug in self.claimed or (slug in buried and not self.rules.classic):
                continue
            stay = {old: model for old, model in self.ids.items() if old not in self.removed}
            if key in stay or (slug in stay.values() and not self.rules.classic):
                continue
            named = {name for name in PRICES if name in facts.values}
            odd = named if self.slipped else {name for name in named if is_odd(None, facts.values[name])}
            if odd and not self.rules.classic and f"openai/{key}" not in self.wishes.accept:
                self.holds |= {(key, "add", name) for name in odd}
                self.additions[key] = slug
                continue
            self._add_one(key, slug, facts)

    def _add_later(self, buried: set[str]) -> None:
        """Models that were held back are still, where this listing does not decide about them."""
        for key, slug in self.before.additions.items() if self.rules.adds else ():
            settled = key in self.additions or slug in self.claimed or key in self.ids or slug in buried
            unseen = slug not in self.listing.models and (self.doubt or self.vanished)
            if not settled and (self.listing.old or unseen):
                self.holds.add((key, "add", ""))
                self.additions[key] = slug

    def _add_one(self, key: str, slug: str, facts: Facts) -> None:
        features = facts.features(classic=self.rules.classic)
        entry: Entry = {"model": slug, **facts.values, "features": features}
        base: dict[str, Any] = {name: facts.values.get(name) for name in OWNED} | {"features": set(features)}
        if facts.description:
            entry["description"] = facts.description
            base["description"] = True
        self.claimed.add(slug)
        self.added.add(key)
        self.file[key] = entry
        self.after[key] = Line(slug, slug, base)

    # ----------------------------------------------------------------------------------------------------------- guards

    def _refusal(self) -> str:
        """The first guard that refuses the whole, by what it says."""
        if reason := self.scales.refusal(classic=self.rules.classic):
            return reason
        known, absent = len(self.before.lines), len(self.orphans)
        if not self.first:
            if absent >= 5 and absent > Decimal("0.2") * known:
                return "locked entries are not in the catalog"
            if self.scales.differing >= 5 and self.scales.differing > Decimal("0.2") * self.scales.values:
                return "managed values differ from the lock"
        size = len(self.ids) + len(self.added)
        return (
            "entries would be removed" if len(self.removed) >= 5 and len(self.removed) > Decimal("0.3") * size else ""
        )


class _Scales:
    """Prices weighed against what is remembered of them: all off by one factor is somebody's mistake."""

    def __init__(self) -> None:
        self.ratios: list[Decimal] = []
        self.moves: dict[tuple[str, str], Decimal] = {}
        self.values = self.differing = 0

    def weigh(self, slug: str, name: str, ours: Any, theirs: Any, line: Line | None) -> None:
        """Weigh one field. `line` is None where what is remembered is of another model."""
        base = line.base.get(name) if line is not None else None
        meant = line is not None and name in line.kept and line.kept[name][0] == ours
        if name in PRICES and ours is not None and theirs is not None:
            if base is not None and (near := _nearer(base, ours, theirs)):
                self.moves[slug, name] = theirs / near
            elif base is not None:
                self.moves.pop((slug, name), None)
            measure = theirs if base is None else base
            if line is not None and not meant and ours > 0 and measure > 0:
                self.ratios.append(ours / measure)
        if base is not None:
            self.values += 1
            self.differing += ours is not None and ours not in (theirs, base) and not meant

    def refusal(self, *, classic: bool) -> str:
        """Say which unit has slipped, if one has."""
        if len({slug for slug, _ in self.moves}) >= (1 if classic else 3) and _is_slip(list(self.moves.values())):
            return "the listing seems to count in another unit"
        return "they do not look like USD per" if self.ratios and _is_slip(self.ratios) else ""


def _row(name: str, ours: Any, theirs: Any, line: Line) -> str:
    """One row of the table: `write` theirs, `agree`, `keep` ours, or leave the field `away`."""
    base = line.base.get(name)
    if ours == theirs:
        return "agree"
    if ours is None:
        return "away" if base is not None else "write"
    return "write" if (ours == base if name in line.base else name in line.undecided) else "keep"


def _nearer(base: Decimal, ours: Decimal, theirs: Decimal) -> Decimal:
    """The one of two prices that upstream's is nearer to: one that says what the file says has not moved."""
    if ours == theirs or min(base, ours, theirs) <= 0:
        return ours if ours == theirs else base
    return min(base, ours, key=lambda price: max(price / theirs, theirs / price))


def _is_slip(ratios: list[Decimal]) -> bool:
    middle = median(ratios)
    return middle >= 100 or middle <= Decimal("0.01")


def _still_kept(name: str, ours: Any, line: Line) -> dict[str, tuple[Any, Any]]:
    """A hand-set value that upstream says nothing about today is still known."""
    if ours is None or name not in line.kept:
        return {}
    theirs = line.kept[name][1]
    return {} if ours in (theirs, line.base.get(name)) else {name: (ours, theirs)}


def is_odd(old: Decimal | None, new: Decimal) -> bool:
    """Whether a price is held: it leaps more than tenfold, becomes or ceases to be free, or is above $1 per 1K tokens."""
    if old == new:
        return False
    if old is not None and (not old or not new or max(old / new, new / old) > 10):
        return True
    return new > DEAREST and not (old is not None and old > DEAREST)


def key_of(slug: str) -> str:
    """The key of a new entry."""
    return slug.replace(".", "-")
