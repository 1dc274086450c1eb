"""Plan an entry that upstream does not list: gone, to be matched anew, or never known."""

from __future__ import annotations

import re
import shlex
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.domain import fields
from modelsync.domain.lock import WHOLE_ENTRY, stored
from modelsync.normalize.identity import split_vendor
from modelsync.normalize.upstream import AGGREGATOR
from modelsync.planning.changes import Hold, Remove
from modelsync.planning.entry import EntryMerge
from modelsync.planning.holding import carry_over, held_since
from modelsync.planning.match import BY_SETTINGS
from modelsync.planning.patterns import asked_for, pins_of

if TYPE_CHECKING:
    from modelsync.catalog.entries import Entry
    from modelsync.domain.lock import LockEntry
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Draft, Inputs
    from modelsync.planning.match import Match

_EMBEDDINGS = r"(?i)(?<![a-z])embed(?:ding|dings)?(?![a-z])"


def plan_gone(entry: Entry, found: Match, locked: LockEntry | None, inputs: Inputs, draft: Draft) -> None:
    """Plan an entry whose upstream model is no longer listed: a rematch to be accepted, or one more day of absence."""
    if locked is None or found.how == BY_SETTINGS:
        draft.note("unknown", entry.name, f"the settings match it to {found.gone}, which upstream does not list")
        carry_over(entry, locked, inputs, draft, f"Once upstream lists {found.gone}")
        return
    draft.claim(entry.provider, locked.upstream)
    if not absence_counts(locked, inputs, draft):
        other = WHOLE_ENTRY in locked.held
        until = "Once a whole listing still lacks it" if other else f"Once a listing has {locked.upstream} again"
        carry_over(entry, locked, inputs, draft, until)
        return
    if found.other is not None:
        _plan_rematch(entry, found, locked, found.other, inputs, draft)
        return
    since = locked.missing_since or inputs.today.isoformat()
    days = max((inputs.today - date.fromisoformat(since)).days, 0)
    grace = inputs.policy.grace_days
    protected = _protection(entry, inputs)
    if inputs.options.prune and days >= grace and not protected:
        draft.changes.append(
            Remove(
                entry.provider,
                entry.key,
                locked.upstream,
                f"gone upstream since {since}; {_return_of(entry, locked, inputs)}",
            )
        )
        return
    draft.entries[entry.name] = replace(locked, missing_since=since, held={})
    reason = f"; never pruned: {protected}" if protected else ""
    draft.note(
        "stale",
        entry.name,
        f"{locked.upstream} is gone upstream: missing {days} of {grace} days (since {since}){reason}",
    )


def _return_of(entry: Entry, locked: LockEntry, inputs: Inputs) -> str:
    """Say what becomes of a pruned model that upstream lists again."""
    slug = locked.upstream if entry.provider == AGGREGATOR else split_vendor(locked.upstream)[1]
    if asked_for(entry.provider, slug, inputs, kind=locked.kind):
        return f"if {locked.upstream} comes back, it is added as a new model is"
    return f"if {locked.upstream} comes back, only `modelsync add` adds it"


def absence_counts(locked: LockEntry, inputs: Inputs, draft: Draft) -> bool:
    """Say whether the listing proves a model's absence: it may be trusted, covers the kind, and had no bad record of it."""
    return (locked.kind or "text") in inputs.listing.kinds and is_missing(locked.upstream, inputs, draft)


def is_missing(upstream: str, inputs: Inputs, draft: Draft) -> bool:
    """Say whether a listing without a model may be believed in that: nothing puts it in doubt, and no bad record is of it."""
    quarantined = any(record.subject == upstream for record in inputs.listing.quarantined)
    return not draft.doubt and split_vendor(upstream)[0] not in draft.vanished and not quarantined


def _plan_rematch(entry: Entry, found: Match, locked: LockEntry, other: Model, inputs: Inputs, draft: Draft) -> None:
    """Another upstream id would match: take it over only if its prices are the base's, or when a person accepts it."""
    draft.claim(entry.provider, other.upstream)
    same = _same_prices(locked, other)
    if same or entry.name in inputs.options.accept:
        if not same:
            draft.accepted.add(entry.name)
        EntryMerge(entry, other, locked, inputs, other_model=not same).run(draft)
        draft.note("rematched", entry.name, f"was {found.gone}, is now {other.upstream}")
        return
    reason = f"{found.gone} is gone; {other.upstream} has a similar id but other prices"
    held = held_since(locked, WHOLE_ENTRY, reason, other.upstream, inputs.listing.day)
    draft.entries[entry.name] = replace(locked, held={WHOLE_ENTRY: held})
    way_out = f"Accept it with --accept {shlex.quote(entry.name)}, or correct the model id."
    draft.changes.append(Hold(entry.provider, entry.key, other.upstream, "rematch", reason, way_out))


def _same_prices(locked: LockEntry, other: Model) -> bool:
    known = {
        name: base.value for name, base in locked.own_base.items() if fields.is_price(name) and base.value is not None
    }
    theirs = {
        name: stored(name, value)
        for name, value in other.values.items()
        if fields.is_price(name) and isinstance(value, Decimal)
    }
    return bool(known) and known == theirs


def plan_unknown(entry: Entry, found: Match, locked: LockEntry | None, inputs: Inputs, draft: Draft) -> None:
    """Plan an entry that matches nothing: report it, and remove it only when that was asked for."""
    if found.ambiguous:
        names = ", ".join(model.upstream for model in found.models)
        for model in found.models:
            draft.claim(entry.provider, model.upstream)
        draft.note("ambiguous", entry.name, f"could be {names}: name one under [match] in the settings")
        carry_over(entry, locked, inputs, draft, "Once it is clear which model it is")
        return
    prune = inputs.options.prune
    wanted = prune == "all" or (prune == "stale" and inputs.policy.unknown_is_stale)
    protected = _protection(entry, inputs)
    listing = inputs.listing
    proven = not draft.doubt and not draft.vanished and "text" in listing.kinds and not listing.quarantined
    if wanted and proven and not protected:
        draft.changes.append(Remove(entry.provider, entry.key, "", "matches nothing upstream"))
        return
    reason = f" (never pruned: {protected})" if protected else ""
    draft.note("unknown", entry.name, f"{entry.known_as} matches nothing upstream{reason}")
    carry_over(entry, locked, inputs, draft, "Once upstream lists it again")


def _protection(entry: Entry, inputs: Inputs) -> str:
    """Why pruning must not touch an entry, or empty."""
    features = entry.fields.get(fields.FEATURES)
    if features is not None and isinstance(features.value, tuple) and fields.EMBEDDINGS in features.value:
        return "an embeddings model"
    if pins_of(entry, inputs):
        return "pinned"
    if not inputs.policy.unknown_is_stale and (kind := _unlisted_kind(entry.known_as)):
        return kind
    return (
        _native_protection(entry, inputs) or entry.blocked or entry.not_removable or inputs.removable(entry.path) or ""
    )


def _unlisted_kind(name: str) -> str:
    """Why no list of text models would ever have a model of that name, or empty: that it matches nothing proves nothing."""
    if name.startswith("ft:"):
        return "a fine-tune"
    return "an embeddings model" if re.search(_EMBEDDINGS, name) else ""


def _native_protection(entry: Entry, inputs: Inputs) -> str:
    """Why the provider's own list, or the lack of it, speaks against pruning."""
    if entry.provider in inputs.silent:
        return "its provider did not give its own list"
    directory = inputs.native.get(entry.provider)
    if directory is None:
        return ""
    if not directory.list.complete:
        return "its provider's own list is incomplete"
    return "in its provider's own list" if directory.resolve(entry.known_as).candidates else ""
