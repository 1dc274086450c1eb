"""How far a listing may be believed: nothing counts as gone in a partial, old or shrunken one, or with its whole vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.normalize.identity import split_vendor
from modelsync.planning.changes import INCOMPLETE, SHRUNKEN, VANISHED
from modelsync.planning.guards import SHRUNKEN_LEAST

if TYPE_CHECKING:
    from modelsync.domain.lock import Lock, LockEntry
    from modelsync.planning.context import Draft, Inputs


def judge_listing(inputs: Inputs, lock: Lock, newest: str, draft: Draft) -> None:
    """Decide what the listing may be believed, and say so in the draft.

    `lock` has the lines of the catalog's entries; `newest` is the day of the newest listing that was seen.
    """
    listing = inputs.listing
    for record in listing.quarantined:
        draft.note("quarantined", record.subject, record.reason)
    for text in listing.notes:
        draft.note("listing", listing.source, text)
    if not listing.complete:
        draft.doubt = f"the listing is incomplete ({listing.incomplete_because})"
        draft.note(INCOMPLETE, listing.source, f"{draft.doubt}: nothing counts as gone")
    if newest > listing.day:
        draft.outdated = True
        draft.doubt = f"the listing is of {listing.day}, the lock has values of {newest}"
        draft.note(
            "outdated", listing.source, f"{draft.doubt}: nothing is taken from it, what the lock knows is left as it is"
        )
    if not draft.doubt and not inputs.options.force:
        _miss_vendors(inputs, lock, draft)
        if shrunken := _shrunken(inputs, lock):
            draft.doubt = shrunken
            draft.note(SHRUNKEN, listing.source, f"{shrunken}: nothing counts as gone; --force believes it")


def _miss_vendors(inputs: Inputs, lock: Lock, draft: Draft) -> None:
    """Notice vendors of which the listing has not one model any more, though the lock knows several.

    Those that went one by one count. Where all of them were missing before, that was told, or believed with `--force`.
    """
    known: dict[str, set[str]] = {}
    going: set[str] = set()
    for name, entry in lock.entries.items():
        if name.partition("/")[0] in inputs.covered and _is_listable(entry, inputs):
            vendor = split_vendor(entry.upstream)[0]
            known.setdefault(vendor, set()).add(entry.upstream)
            if not entry.missing_since:
                going.add(vendor)
    limit = inputs.settings.guards.vendor_models
    going -= {split_vendor(record.id)[0] for record in inputs.listing.records}
    gone = {vendor: len(models) for vendor, models in known.items() if len(models) >= limit and vendor in going}
    draft.vanished = frozenset(gone)
    for vendor, count in sorted(gone.items()):
        text = f"it lists no model of {vendor}, the lock knows {count} (limit {limit}, guards.vendor_models)"
        draft.note(VANISHED, inputs.listing.source, f"{text}: none of them counts as gone; --force believes it")


def _shrunken(inputs: Inputs, lock: Lock) -> str:
    """Say so when a provider, or all together, has far fewer models now than the lock knows: half an answer looks like that."""
    known: dict[str, set[str]] = {provider: set() for provider in sorted(inputs.covered)}
    for name, entry in lock.entries.items():
        if (provider := name.partition("/")[0]) in known and not entry.missing_since and _is_listable(entry, inputs):
            known[provider].add(entry.upstream)
    counts = [(f" of {provider}", len(inputs.models[provider]), len(models)) for provider, models in known.items()]
    counts.append(("", sum(listed for _, listed, _ in counts), sum(models for _, _, models in counts)))
    share = inputs.settings.guards.listed_share
    for whose, listed, models in counts:
        if models >= SHRUNKEN_LEAST and listed < share * models:
            return f"it lists {listed} models{whose}, the lock knows {models} (limit {share:.0%})"
    return ""


def _is_listable(locked: LockEntry, inputs: Inputs) -> bool:
    """Say whether a listing of that kind would have the model of a lock line."""
    return not locked.native and (locked.kind or "text") in inputs.listing.kinds
