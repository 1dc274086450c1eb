"""Make the plan: every entry merged, the vanished watched, the new added, the whole guarded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.domain.lock import WHOLE_ENTRY, Lock
from modelsync.planning.absence import absence_counts, plan_gone, plan_unknown
from modelsync.planning.adds import carry_additions, plan_adds, still_unserved
from modelsync.planning.changes import PINS, Add, Digests, Hold, Plan, Remove
from modelsync.planning.context import Draft, Inputs
from modelsync.planning.entry import EntryMerge
from modelsync.planning.guards import (
    refuse_mass_removal,
    refuse_out_of_step,
    refuse_slipped_listing,
    refuse_unit_slip,
)
from modelsync.planning.holding import carry_over, held_since
from modelsync.planning.ledger import TOMBSTONE, assign, learnt_absence, newest_day, remembering
from modelsync.planning.match import BY_SETTINGS, Index, Match, match, match_by_key
from modelsync.planning.native import certain_id, known_alone, merge_alone, models_alone, note_unserved, seen_as
from modelsync.planning.patterns import any_names
from modelsync.planning.pins import doubtful_pins, remembered
from modelsync.planning.requests import note_idle_requests
from modelsync.planning.slips import find_slips
from modelsync.planning.trust import judge_listing
from modelsync.settings import excluded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from modelsync.catalog.entries import Entry, Section
    from modelsync.domain.lock import LockEntry
    from modelsync.normalize.upstream import Model
    from modelsync.planning.ledger import Assignment


def make_plan(inputs: Inputs, digests: Digests) -> Plan:
    """Compute the plan. Pure: the same inputs, in any order of the listing, give the same plan.

    Raises `GuardRefused` when the whole plan must not go ahead.
    """
    before = inputs.lock or Lock(inputs.settings.unit, inputs.settings.preset)
    entries = [entry for section in inputs.sections for entry in section.entries]
    assigned = assign(before, entries)
    lock = assigned.lock
    inputs = replace(inputs, lock=lock if inputs.lock is not None else None)
    draft = Draft()
    for new, old in sorted(assigned.renames.items()):
        draft.note("renamed", new, f"was {old}: the same model id under a new key")
    matches = _match_all(inputs, lock, draft)
    draft.slips = find_slips(_settled(entries, matches), inputs)
    _check_names(inputs, matches, draft)
    newest = newest_day(before)
    judge_listing(inputs, lock, newest, draft)
    for section in inputs.sections:
        _plan_section(section, inputs, lock, matches, draft)
    _guard(inputs, before, assigned, draft)
    tombstones = _tombstones(assigned, inputs, draft)
    for section in inputs.sections:
        if section.provider in inputs.planned and not draft.outdated:
            models = inputs.models.get(section.provider, ()) or tuple(models_alone(section, inputs))
            plan_adds(section, models, tombstones, inputs, draft)
        carry_additions(section, tombstones, inputs, draft)
    _guard_removals(inputs, draft)
    note_idle_requests(inputs, matches, draft)
    return Plan(
        changes=tuple(draft.changes),
        notes=tuple(draft.notes),
        lock=_dated(_after(inputs, lock, tombstones, draft), before, newest, inputs),
        unit=inputs.settings.unit,
        digests=digests,
        source=inputs.listing.source,
        day=inputs.listing.day,
        first_sync=inputs.lock is None,
    )


def _match_all(inputs: Inputs, lock: Lock, draft: Draft) -> dict[str, Match]:
    matches: dict[str, Match] = {}
    for section in inputs.sections:
        if section.provider not in inputs.planned:
            continue
        index = Index(section.provider, inputs.models.get(section.provider, ()))
        for entry in section.entries:
            locked = lock.entries.get(entry.name)
            if inputs.policy.match_by_key:
                found = match_by_key(entry, index, locked)
            else:
                found = match(entry, index, locked, inputs.settings.match, certain_id(entry, inputs))
            matches[entry.name] = found
            if found.model is not None:
                draft.claim(entry.provider, found.model.upstream)
                for model in found.models:
                    draft.claim(entry.provider, model.upstream)
    return matches


def _settled(entries: Iterable[Entry], matches: dict[str, Match]) -> Iterator[tuple[Entry, Model]]:
    """Yield the entries that have a model, and had it before, if any."""
    for entry in entries:
        found = matches.get(entry.name)
        if found is not None and found.model is not None and not found.id_edited:
            yield entry, found.model


def _plan_section(section: Section, inputs: Inputs, lock: Lock, matches: dict[str, Match], draft: Draft) -> None:
    if section.provider not in inputs.planned:
        _leave_section(section, lock, inputs, draft)
        return
    note_unserved(section, inputs, draft)
    patterns = excluded(inputs.settings, section.provider)
    for entry in section.entries:
        locked = lock.entries.get(entry.name)
        found = matches[entry.name]
        if entry.blocked:
            _hold_blocked(entry, locked, found, inputs, draft)
        elif draft.outdated:
            if locked is not None:
                draft.claim(entry.provider, locked.upstream)
            carry_over(entry, locked, inputs, draft, "Once a listing is not older than the lock")
        elif inputs.policy.excluded_are_frozen and any_names(patterns, entry.key):
            carry_over(entry, locked, inputs, draft, "Once the settings do not exclude it")
        else:
            _plan_entry(entry, found, locked, inputs, draft)


def _plan_entry(entry: Entry, found: Match, locked: LockEntry | None, inputs: Inputs, draft: Draft) -> None:
    if found.model is not None:
        renewed = locked is not None and not locked.native and locked.upstream != found.model.upstream
        other = found.id_edited or renewed
        EntryMerge(entry, seen_as(found.model, entry), locked, inputs, other_model=other).run(draft)
    elif (alone := _alone(entry, found, locked, inputs, draft)) is not None:
        merge_alone(entry, alone, locked, inputs, draft, other_model=found.id_edited)
    elif _stands_by_itself(entry, found, locked, inputs):
        carry_over(entry, locked, inputs, draft, "Once a list that has it can be read")
        if locked is not None:
            draft.claim(entry.provider, locked.upstream)
    elif found.gone:
        plan_gone(entry, found, locked, inputs, draft)
    else:
        plan_unknown(entry, found, locked, inputs, draft)


def _alone(entry: Entry, found: Match, locked: LockEntry | None, inputs: Inputs, draft: Draft) -> Model | None:
    """The model of an entry that the listing has not, but the provider's own list; None where the listing leaves that open."""
    if found.ambiguous or found.how == BY_SETTINGS or found.other is not None:
        return None
    if found.gone and locked is not None and not locked.native and not absence_counts(locked, inputs, draft):
        return None
    return known_alone(entry, inputs)


def _stands_by_itself(entry: Entry, found: Match, locked: LockEntry | None, inputs: Inputs) -> bool:
    """Say whether no listing speaks for an entry: not for its provider, or only the provider's own list ever knew it."""
    if entry.provider not in inputs.covered:
        return True
    known = locked is not None and locked.native and not found.id_edited
    return known and found.other is None and inputs.policy.native_lists


def _hold_blocked(entry: Entry, locked: LockEntry | None, found: Match, inputs: Inputs, draft: Draft) -> None:
    if locked is None:
        carry_over(entry, locked, inputs, draft, "")
    else:
        held = held_since(locked, WHOLE_ENTRY, entry.blocked, None, inputs.listing.day)
        draft.entries[entry.name] = replace(locked, held={**locked.held, WHOLE_ENTRY: held})
        draft.claim(entry.provider, locked.upstream)
    upstream = found.model.upstream if found.model is not None else ""
    draft.changes.append(
        Hold(entry.provider, entry.key, upstream, "entry", entry.blocked, "Correct the entry by hand.")
    )


def _leave_section(section: Section, lock: Lock, inputs: Inputs, draft: Draft) -> None:
    """A provider that no source of this run speaks for: its entries and lock lines stay as they are."""
    if "/" in section.provider:
        draft.note("unmanaged", section.provider, f"{section.blocked}: left as it is")
        return
    for entry in section.entries:
        locked = lock.entries.get(entry.name)
        if entry.blocked and locked is not None:
            _hold_blocked(entry, locked, Match(), inputs, draft)
            continue
        carry_over(entry, locked, inputs, draft, f"Once a source speaks for {section.provider}")
        if locked is not None:
            draft.claim(entry.provider, locked.upstream)
    if section.entries:
        draft.note(
            "unmanaged",
            section.provider,
            f"{_left_alone(section)}: left as {'it is' if len(section.entries) == 1 else 'they are'}",
        )


def _left_alone(section: Section) -> str:
    count = f"{len(section.entries)} {'entry' if len(section.entries) == 1 else 'entries'}"
    if section.entries[0].unnamed:
        return f"{count} of which nothing says whose {'it is' if len(section.entries) == 1 else 'they are'}"
    return f"{count} of a provider this source does not speak for"


def _tombstones(assigned: Assignment, inputs: Inputs, draft: Draft) -> dict[str, str]:
    """Entries of the lock that are not in the file were deleted by a person; an entry that is back lifts its tombstone."""
    tombstones = dict(assigned.lock.tombstones)
    for name, locked in sorted(assigned.orphans.items()):
        provider = name.partition("/")[0]
        if name not in assigned.shared and locked.upstream not in draft.claimed.get(provider, set()):
            tombstones.setdefault(TOMBSTONE.format(provider, locked.upstream), inputs.today.isoformat())
            draft.note("deleted", name, f"deleted by hand: {locked.upstream} will not be added again")
    alive = {
        TOMBSTONE.format(provider, upstream) for provider, claimed in draft.claimed.items() for upstream in claimed
    }
    return {name: day for name, day in tombstones.items() if name not in alive}


def _after(inputs: Inputs, lock: Lock, tombstones: dict[str, str], draft: Draft) -> Lock:
    removed = {
        TOMBSTONE.format(change.provider, change.upstream): inputs.today.isoformat()
        for change in draft.changes
        if isinstance(change, Remove) and change.upstream
    }
    alive = {
        TOMBSTONE.format(provider, upstream) for provider, claimed in draft.claimed.items() for upstream in claimed
    }
    pruned = {name: day for name, day in lock.pruned.items() if name not in alive} | removed
    added = {name: day for name, day in tombstones.items() if name not in alive}
    since = inputs.today.isoformat()
    waiting = {name: lock.waiting.get(name, since) for name in sorted(draft.waiting)}
    unserved = {
        name: day for name, day in (still_unserved(inputs, lock, draft) | draft.unserved).items() if name not in alive
    }
    settings = inputs.settings
    return Lock(
        settings.unit,
        settings.preset,
        draft.entries,
        added,
        pruned,
        waiting,
        inputs.catalog,
        unserved=unserved,
        additions=draft.additions,
    )


def _dated(after: Lock, before: Lock, newest: str, inputs: Inputs) -> Lock:
    """Remember how new the newest listing was, also where all that it said is that models are gone.

    `newest` is the day of the newest listing from which the lock had learnt something before.
    """
    return remembering(after, max(newest, inputs.listing.day) if learnt_absence(before, after) else newest)


def _guard(inputs: Inputs, before: Lock, assigned: Assignment, draft: Draft) -> None:
    """Refuse the whole plan where it must not go ahead; nothing has been written, this is all still thought."""
    if inputs.options.force:
        return
    refuse_slipped_listing(inputs.listing.source, draft.moves, held_singly=inputs.policy.guard_changes)
    refuse_unit_slip(draft.prices, unit=inputs.settings.unit)
    if inputs.lock is None:
        return
    absent, known = len(assigned.orphans), len(before.entries)
    refuse_out_of_step(absent=absent, entries=known, differing=draft.differing, values=draft.values)


def _guard_removals(inputs: Inputs, draft: Draft) -> None:
    if inputs.options.force:
        return
    for section in inputs.sections:
        mine = [change for change in draft.changes if change.provider == section.provider]
        removed = sum(isinstance(change, Remove) for change in mine)
        added = sum(isinstance(change, Add) for change in mine)
        entries, limits = len(section.entries) + added, inputs.settings.guards
        refuse_mass_removal(section.provider, removed=removed, entries=entries, limits=limits)


def _check_names(inputs: Inputs, matches: Mapping[str, Match], draft: Draft) -> None:
    """Say what the settings and the pins name that the catalog does not have: perhaps a slip of the pen."""
    providers = {section.provider for section in inputs.sections}
    entries = {entry.name for section in inputs.sections for entry in section.entries}
    settings = inputs.settings
    for table, names, known in (
        ("add", settings.add, providers),
        ("exclude", settings.exclude, providers),
        ("match", settings.match, entries),
    ):
        for name in sorted(set(names) - known):
            draft.note("settings", f"[{table}] {name}", "the catalog has nothing of that name")
    before = remembered(inputs.lock)

    def upstream(name: str) -> tuple[Collection[str], bool]:
        model = matches[name].model if name in matches else None
        return (*before(name)[0], *(model.values if model is not None else ())), model is not None

    for subject, text in doubtful_pins(inputs.sections, settings.pins, upstream):
        draft.note(PINS, subject, text)
