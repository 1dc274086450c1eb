"""From a provider's records to its `ServedList`: bad records left out, duplicates merged, order forgotten."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

import msgspec

from modelsync.domain.listing import Quarantined
from modelsync.domain.served import Served, ServedList
from modelsync.sources.records import LONGEST_ID, UNREADABLE, is_id, named, unnamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from msgspec import Raw

    Record = TypeVar("Record")

_LONGEST_NAME = 200
_UNCLEAR = "other"
_NOTHING = Served("", kind=_UNCLEAR)
_SINGLE = tuple(fact for fact in Served.__struct_fields__ if fact not in ("features", "lacks"))


class Reading:
    """What one provider's pages said so far.

    `key` is the field that holds a record's id, `prefix` what its list API puts before ids and its other calls do not.
    """

    def __init__(self, provider: str, *, key: str = "id", prefix: str = "") -> None:
        self._provider = provider
        self._key = key
        self._prefix = prefix
        self._found: defaultdict[str, list[Served]] = defaultdict(list)
        self._quarantined: list[Quarantined] = []
        self._notes: list[str] = []

    def records(self, raws: Iterable[Raw] | None, record: type[Record], served: Callable[[Record], Served]) -> None:
        """Take in the records of a page.

        One without a usable id is left out. One that cannot be read otherwise is known to be served, and nothing else.
        """
        for raw in raws or ():
            try:
                self.model(served(msgspec.json.decode(raw, type=record)))
            except UNREADABLE as error:
                name = named(raw, key=self._key)
                self.left_out([Quarantined(name or "a record without an id", str(error), by_id=name is None)])
                if name is not None:
                    self.model(Served(name, kind=_UNCLEAR))

    def model(self, served: Served) -> None:
        """Take in one model."""
        name = served.id.removeprefix(self._prefix)
        if not is_id(name):
            self.left_out([Quarantined(ascii(name[:LONGEST_ID]), "not a usable model id", by_id=True)])
            return
        alias = served.alias_of if served.alias_of != name and is_id(served.alias_of) else ""
        self._found[name].append(
            msgspec.structs.replace(served, id=name, name=served.name[:_LONGEST_NAME], alias_of=alias)
        )

    def left_out(self, records: Iterable[Quarantined]) -> None:
        """Take in records that were left out elsewhere."""
        self._quarantined.extend(records)

    def note(self, text: str) -> None:
        """Keep a sentence for whoever reads the list."""
        self._notes.append(text)

    def ids(self) -> list[str]:
        """Return the ids found so far, sorted."""
        return sorted(self._found)

    def served_list(self, day: str, *, because: str = "", may_be_empty: bool = False) -> ServedList:
        """Return what was read as of `day` (ISO). `because` says why it is not the whole list, if it is not."""
        bad_ids = sum(record.by_id for record in self._quarantined)
        reasons = (
            because,
            "it lists no models" if not self._found and not may_be_empty else "",
            unnamed(bad_ids) if bad_ids else "",
        )
        because = next(filter(None, reasons), "")
        models = tuple(_merged(self._found[name]) for name in self.ids())
        quarantined = tuple(sorted(self._quarantined, key=lambda record: (record.subject, record.reason)))
        return ServedList(
            provider=self._provider,
            source=self._provider,
            models=models,
            day=day,
            digest=_digest((models, quarantined, because)),
            complete=not because,
            incomplete_because=because,
            quarantined=quarantined,
            notes=(*self._notes, *self._contradictions()),
        )

    def _contradictions(self) -> tuple[str, ...]:
        names = [name for name in self.ids() if _contradict(self._found[name])]
        return tuple(f"{name} is listed twice with different facts: those are unknown" for name in names)


def _known(found: list[Served]) -> dict[str, set[object]]:
    """Everything that is said about one id, fact by fact."""
    return {fact: {getattr(served, fact) for served in found} - {getattr(_NOTHING, fact)} for fact in _SINGLE}


def _contradict(found: list[Served]) -> bool:
    features, lacks = _either(found)
    return bool(features & lacks) or any(len(values) > 1 for values in _known(found).values())


def _merged(found: list[Served]) -> Served:
    """One model out of every record of one id: all that is said and not contradicted, in whatever order it came."""
    if len(found) == 1:
        return found[0]
    agreed = {fact: values.pop() for fact, values in _known(found).items() if len(values) == 1}
    features, lacks = _either(found)
    return msgspec.structs.replace(_NOTHING, **agreed, features=features - lacks, lacks=lacks - features)


def _either(found: list[Served]) -> tuple[frozenset[str], frozenset[str]]:
    features = frozenset[str]().union(*(served.features for served in found))
    lacks = frozenset[str]().union(*(served.lacks for served in found))
    return features, lacks


def _digest(facts: object) -> str:
    return "sha256:" + hashlib.sha256(msgspec.json.encode(facts, order="deterministic")).hexdigest()
