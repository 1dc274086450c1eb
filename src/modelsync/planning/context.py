"""What a plan is computed from, and the draft in which it grows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from modelsync.planning.changes import Note
from modelsync.planning.guards import Slips

if TYPE_CHECKING:
    from decimal import Decimal

    from modelsync.catalog.entries import Path, Section
    from modelsync.domain.listing import Listing
    from modelsync.domain.lock import Held, Lock, LockEntry
    from modelsync.layouts.layout import Layout
    from modelsync.normalize.native import Directory
    from modelsync.normalize.upstream import Model
    from modelsync.planning.changes import Change
    from modelsync.settings import Policy, Settings

PruneMode: TypeAlias = Literal["", "stale", "all"]


class Options(Struct, frozen=True):
    """What the person asked of this run. `take` and `accept` hold `provider/key` or `provider/key.field`."""

    prune: PruneMode = ""
    take: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    ours: bool = False
    force: bool = False


class Inputs(Struct, frozen=True):
    """Everything `make_plan` looks at. `editable` says why a path of the catalog cannot be edited, or None; `removable` why it
    cannot be removed; `comments` returns those that would go with it, `comment_beside` the one at the end of a value's line, or
    nothing. `today` is the date on which the plan is made. `native` are the providers' own lists of this run, by
    provider; `silent` the providers that were asked for theirs in vain.
    """

    sections: tuple[Section, ...]
    lock: Lock | None
    listing: Listing
    models: dict[str, tuple[Model, ...]]
    covered: frozenset[str]
    policy: Policy
    settings: Settings
    options: Options
    layout: Layout
    catalog: str
    editable: Callable[[Path], str | None]
    removable: Callable[[Path], str | None]
    comments: Callable[[Path], tuple[str, ...]]
    today: date
    comment_beside: Callable[[Path], str]
    native: Mapping[str, Directory] = {}
    silent: frozenset[str] = frozenset()

    @property
    def planned(self) -> frozenset[str]:
        """The providers that a source of this run speaks for."""
        return self.covered | self.native.keys()


class Draft:
    """A plan in the making: changes, notes and lock lines, each added once, and what the guards judge by.

    `prices` are pairs of the file's and upstream's price; of the `values` that have a base, `differing` are neither the base,
    nor upstream's, nor known as set by hand. `doubt` says why nothing may be taken for gone; `outdated` that the lock knows
    newer values than the listing. `unserved` are the models not added because the provider's own list has them not,
    `additions` those held back, by the name of the entry they would be.

    `moves` maps each upstream model and price to its base, or the file's if that is nearer, and to what the listing says now. `vanished` are the vendors of which
    the listing has not one model. `accepted` are the entries for which `--accept` did something, `silent` the fields (with
    their entry) that were to be taken while upstream says nothing of them. `slips` tells of the listing's unit.
    """

    def __init__(self) -> None:
        self.slips = Slips("", {})
        self.changes: list[Change] = []
        self.notes: list[Note] = []
        self.entries: dict[str, LockEntry] = {}
        self.claimed: dict[str, set[str]] = {}
        self.prices: list[tuple[Decimal, Decimal]] = []
        self.moves: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        self.values = 0
        self.differing = 0
        self.waiting: set[str] = set()
        self.unserved: dict[str, str] = {}
        self.additions: dict[str, Held] = {}
        self.doubt = ""
        self.outdated = False
        self.vanished: frozenset[str] = frozenset()
        self.accepted: set[str] = set()
        self.silent: set[tuple[str, str]] = set()

    def note(self, kind: str, subject: str, text: str) -> None:
        """Add a note."""
        self.notes.append(Note(kind, subject, text))

    def claim(self, provider: str, upstream: str) -> None:
        """Say that an entry of `provider` stands for an upstream model, so that it is neither added nor tombstoned."""
        self.claimed.setdefault(provider, set()).add(upstream)
