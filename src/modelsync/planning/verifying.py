"""Verify a catalog against the providers' own lists: which model ids work, until when, and what to write instead."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from modelsync.catalog.placing import why_not_written
from modelsync.domain import fields
from modelsync.domain.fields import EMBEDDINGS, MODEL
from modelsync.errors import UsageError
from modelsync.normalize.identity import normalize_key
from modelsync.normalize.native import ALIAS, Directory, Resolution
from modelsync.planning.changes import FieldChange, Update
from modelsync.planning.patterns import is_pinned, pinned_fields
from modelsync.settings import SELF_HOSTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from modelsync.catalog.entries import Entry, Path, Section
    from modelsync.domain.lock import Lock
    from modelsync.domain.served import Served, ServedList
    from modelsync.layouts.layout import Layout

State: TypeAlias = Literal["served", "alias", "deprecated", "retiring", "retired", "not-served", "doubtful", "unknown"]
"""served: listed under that id. alias: taken, and stands for another id. deprecated, retiring: listed, and not for ever. retired: said to
be gone. not-served: a complete list does not have it. doubtful: not listed, for a reason that need not mean anything. unknown: there is no list
to look it up in.
"""

Level: TypeAlias = Literal["fine", "warning", "error"]
"""error: an application that sends this id fails, or will within the time asked about."""

RemarkKind: TypeAlias = Literal["same-model", "similar-keys", "unpriced"]

_PRIVATE = ("ft:", "tunedModels/")
_KINDS = {
    EMBEDDINGS: "embeddings", "rerank": "rerank", "image_output": "image", "video_output": "video", "audio_output": "speech",
}  # fmt: skip


_SPAN = re.compile(r"([0-9]{1,4})([dwm])\Z")
_DAYS = {"d": 1, "w": 7, "m": 30}


def end_of(span: str, today: date) -> date:
    """Return the day that lies `30d`, `2w` or `3m` (months of 30 days) after today. Raises `UsageError` for another span."""
    found = _SPAN.match(span)
    if found is None:
        raise UsageError(f"--expiring {span!r} is no span of time", hint="Write 30d, 4w or 1m: days, weeks, months.")
    return today + timedelta(days=int(found[1]) * _DAYS[found[2]])


class Heard(Struct, frozen=True):
    """What one provider of the catalog said: its list, or why there is none. `failed` says that it was asked in vain."""

    provider: str
    display: str
    served: ServedList | None = None
    silence: str = ""
    failed: bool = False


class Verdict(Struct, frozen=True):
    """What is known of one entry.

    `served` is the id that the provider lists for it, `nearest` what it may have meant when that is not clear. `retires` is the
    ISO day of its end, if one is set. `fix` is the id that can be written in its place with certainty, `unfixable` why it is not;
    `fails_when_fixed` says that this id goes too, within the days asked about.
    """

    provider: str
    key: str
    model_id: str
    state: State
    level: Level
    text: str
    served: str = ""
    nearest: tuple[str, ...] = ()
    lifecycle: str = ""
    retires: str = ""
    fix: str = ""
    unfixable: str = ""
    fails_when_fixed: bool = False

    @property
    def name(self) -> str:
        """`provider/key`, as a person types it."""
        return f"{self.provider}/{self.key}"


class Remark(Struct, frozen=True):
    """Something about several entries, or about one that works, which nothing depends on."""

    kind: RemarkKind
    entries: tuple[str, ...]
    text: str


class Ground(Struct, frozen=True):
    """What verdicts are made on. `prefixes` are upstream's names for each provider, `until` the day up to which a retirement
    counts as an error.
    """

    prefixes: Mapping[str, Sequence[str]]
    pins: Sequence[str]
    layout: Layout
    editable: Callable[[Path], str | None]
    today: date
    until: date | None = None


def verdicts_on(section: Section, heard: Heard, ground: Ground) -> Iterator[Verdict]:
    """Yield a verdict on every entry of a provider, in the order of the file."""
    if heard.served is None:
        for entry in section.entries:
            yield _verdict(entry, "unknown", "warning" if heard.failed else "fine", heard.silence)
        return
    directory = Directory(section.provider, heard.served, ground.prefixes.get(section.provider, ()))
    kinds = {model.kind for model in heard.served.models}
    for entry in section.entries:
        if entry.blocked:
            yield _verdict(entry, "unknown", "warning", f"it cannot be read: {entry.blocked}")
            continue
        found = directory.resolve(entry.known_as)
        if found.works and found.served is not None:
            yield _working(entry, found, found.served, ground)
        else:
            verdict = _failing(entry, found, directory, heard, _why_doubtful(entry, found, heard.served, kinds))
            yield _with_fix(verdict, entry, found, ground)


def _verdict(entry: Entry, state: State, level: Level, text: str, served: str = "") -> Verdict:
    return Verdict(entry.provider, entry.key, entry.model_id, state, level, text, served)


def _working(entry: Entry, found: Resolution, served: Served, ground: Ground) -> Verdict:
    state, level, text = _lifecycle(served, ground)
    other = served.id if found.how == ALIAS else served.alias_of
    if other:
        told = f"taken as `{other}`" if found.how == ALIAS else f"an alias of `{other}`"
        if found.ambiguous:
            told += f", the newest of {len(found.candidates)}"
        state, text = (state, f"{told}; {text}") if state != "served" else ("alias", told)
    verdict = _verdict(entry, state, level, text, served.id)
    return replace(verdict, lifecycle=served.lifecycle, retires=served.retires)


def _lifecycle(served: Served, ground: Ground) -> tuple[State, Level, str]:
    """A day that has passed is no retirement: as long as a model is listed, it is only overdue."""
    if served.lifecycle == "retired":
        return "retired", "error", "retired" + (f" since {served.retires}" if served.retires else "")
    deprecated = served.lifecycle == "deprecated"
    said = "deprecated, " if deprecated else ""
    if not served.retires:
        return ("deprecated", "warning", "deprecated") if deprecated else ("served", "fine", "served")
    if served.retires <= ground.today.isoformat():
        return "retiring", _due(served, ground), f"{said}was to retire on {served.retires} and is still listed"
    return "retiring", _due(served, ground), f"{said}retires on {served.retires}"


def _due(served: Served, ground: Ground) -> Level:
    return "error" if ground.until is not None and served.retires <= ground.until.isoformat() else "warning"


def _why_doubtful(entry: Entry, found: Resolution, served: ServedList, kinds: set[str]) -> str:
    """Say why an entry that is not listed under its id may work all the same, or nothing when it cannot."""
    if not served.complete:
        return f"the list is incomplete ({served.incomplete_because})"
    if found.works is None:
        return "ids without their date are not documented to work"
    if entry.model_id.startswith(_PRIVATE):
        return "models of one's own are listed only to the account that they belong to"
    if not entry.model_id:
        return "the entry names no model id, and what is sent instead is not known"
    field = entry.fields.get(fields.FEATURES)
    features = field.value if field is not None and isinstance(field.value, tuple) else ()
    unlisted = next((kind for name, kind in _KINDS.items() if name in features and kind not in kinds), "")
    return f"the list has no models for {unlisted} at all" if unlisted else ""


def _failing(entry: Entry, found: Resolution, directory: Directory, heard: Heard, doubt: str) -> Verdict:
    name = entry.known_as
    nearest = () if found.candidates else directory.nearest(name)
    text = f"not in {heard.display}'s list{_instead(found, nearest)}"
    if not doubt:
        verdict = _verdict(entry, "not-served", "error", text)
    elif directory.list.complete:
        verdict = _verdict(entry, "doubtful", "warning", f"{text}; {doubt}")
    else:
        verdict = _verdict(entry, "unknown", "fine", f"{text}; {doubt}")
    others = () if found.certain else tuple(model.id for model in found.candidates) or nearest
    return replace(verdict, served=found.served.id if found.certain and found.served else "", nearest=others)


def _instead(found: Resolution, nearest: Sequence[str]) -> str:
    ids = ", ".join(f"`{model.id}`" for model in found.candidates)
    if found.mode:
        return f", which has {ids}: `{found.mode}` says how it is used, or at which price"
    if found.ambiguous:
        return f", which has {ids}: choose one"
    if ids:
        return f", which has {ids}"
    return (
        f"; the nearest there: {', '.join(f'`{name}`' for name in nearest)}" if nearest else ", nor is anything like it"
    )


def _with_fix(verdict: Verdict, entry: Entry, found: Resolution, ground: Ground) -> Verdict:
    """Offer the one id that is certainly meant, unless the entry is pinned or cannot be edited.

    A list with a page missing may lack the second candidate.
    """
    sure = found.certain and verdict.state != "unknown"
    if not sure or found.served is None or not entry.model_id or found.served.lifecycle == "retired":
        return verdict
    pinned = is_pinned((*entry.pins, *pinned_fields(ground.pins, entry.provider, entry.key)), MODEL)
    obstacle = "it is pinned" if pinned else why_not_written(entry, MODEL, ground.layout, ground.editable)
    if obstacle:
        return replace(verdict, unfixable=obstacle)
    _, level, text = _lifecycle(found.served, ground)
    fixed = verdict if text == "served" else replace(verdict, text=f"{verdict.text}; that one {text}")
    return replace(fixed, fix=found.served.id, fails_when_fixed=level == "error")


def remarks_on(sections: Iterable[Section], verdicts: Iterable[Verdict], lock: Lock | None) -> Iterator[Remark]:
    """Yield what is odd about the catalog itself: entries that are one model, keys alike but for spelling, no known price."""
    found = list(verdicts)
    served = _grouped((f"{one.provider}: {one.served}", one.name) for one in found if one.served)
    for what, names in served.items():
        if len(names) > 1:
            yield Remark("same-model", names, f"all stand for `{what.partition(': ')[2]}`")
    failing = {verdict.name for verdict in found if verdict.level == "error"}
    for section in sections:
        keys = _grouped((normalize_key(entry.key), entry.name) for entry in section.entries)
        for names in keys.values():
            if len(names) > 1:
                yield Remark("similar-keys", names, "their keys differ only in case or punctuation")
        for entry in section.entries:
            if section.provider not in SELF_HOSTED and entry.name not in failing and not _has_price(entry, lock):
                yield Remark("unpriced", (entry.name,), "neither the file nor the lock has a price for it")


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for group, name in pairs:
        groups[group] = (*groups.get(group, ()), name)
    return groups


def _has_price(entry: Entry, lock: Lock | None) -> bool:
    locked = lock.entries.get(entry.name) if lock is not None else None
    known = locked.base if locked is not None else {}
    return any(
        (name in entry.fields and entry.fields[name].present) or (name in known and known[name].value is not None)
        for name in fields.PRICES
    )


def plan_fixes(
    verdicts: Iterable[Verdict], entries: Mapping[str, Entry], lock: Lock | None
) -> tuple[tuple[Update, ...], Lock | None]:
    """Plan the model ids that are certain, by entry name; their lock lines move along, so that no sync takes them for edited."""
    changes: list[Update] = []
    lines = dict(lock.entries) if lock is not None else {}
    for verdict in verdicts:
        if not verdict.fix:
            continue
        field = entries[verdict.name].fields[MODEL]
        change = FieldChange(MODEL, field.value, verdict.fix, field.raw)
        changes.append(Update(verdict.provider, verdict.key, "", (change,), "the id that the provider lists"))
        line = lines.get(verdict.name)
        if line is not None and line.model == verdict.model_id:
            lines[verdict.name] = replace(line, model=verdict.fix)
    return tuple(changes), replace(lock, entries=lines) if lock is not None else None
