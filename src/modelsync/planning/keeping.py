"""What stays in one entry as a person has it: as changes of the plan, and as the entry's lock line remembers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.domain.lock import Kept, stored
from modelsync.planning.changes import Keep
from modelsync.planning.siblings import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelsync.catalog.entries import Entry, Field
    from modelsync.domain.fields import Value
    from modelsync.domain.lock import Base, LockEntry
    from modelsync.planning.said import Said, UpstreamSays


class Keeping:
    """What a run keeps of one entry, gathered field by field. `known` is what the lock knows of the model that the entry is."""

    def __init__(self, entry: Entry, known: LockEntry | None, says: UpstreamSays) -> None:
        self.changes: list[Keep] = []
        self.lines: dict[str, Kept] = {}
        self._entry = entry
        self._before: Mapping[str, Kept] = known.kept if known is not None else {}
        self._says = says

    def tell(self, name: str, ours: Field, theirs: Value | None, reason: str) -> None:
        """Report that a value stays, beside upstream's."""
        entry = self._entry
        self.changes.append(Keep(entry.provider, entry.key, name, ours.value, theirs, reason, ours.raw))

    def remember(self, name: str, ours: Field, said: Said) -> None:
        """Note a hand-set value beside upstream's, or that it has none; an unchanged one of upstream's keeps its source and day."""
        value, before = stored(name, said.value), self._before.get(name)
        if before is not None and before.theirs == value and not self._says.confirms(before, said):
            self.lines[name] = replace(before, ours=spelled(name, ours))
        else:
            self.lines[name] = Kept(spelled(name, ours), value, said.source, said.day)

    def still(self, name: str, ours: Field, base: Base | None) -> None:
        """Go on knowing a hand-set value while upstream says nothing: what it last said is not forgotten."""
        before = self._before.get(name)
        if before is None or not ours.present:
            return
        agreed = [before.theirs] if base is None or base.value is None else [before.theirs, base.value]
        if stored(name, ours.value) not in agreed:
            self.lines[name] = replace(before, ours=spelled(name, ours))

    def out_of_sight(self, names: Iterable[str]) -> None:
        """Go on knowing hand-set values that may be there still, where nobody can tell."""
        self.lines |= {name: self._before[name] for name in names if name in self._before}
