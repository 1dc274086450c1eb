"""What a person asks of single entries: names checked before anything is planned, and wishes that came to nothing said after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.errors import Refused, UsageError
from modelsync.planning.changes import ASKED, Hold, Keep, Update
from modelsync.planning.patterns import any_names, asked, is_pinned, pins_of
from modelsync.settings import excluded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelsync.catalog.entries import Entry
    from modelsync.planning.context import Draft, Inputs
    from modelsync.planning.match import Match

_NAMED = 6


def check_requests(inputs: Inputs) -> None:
    """Raise `UsageError` for a `--take` or `--accept` that names nothing, and `Refused` for a `--take` of a pinned value.

    `--accept` may also name a model that is to become an entry.
    """
    entries = {entry.name: entry for section in inputs.sections for entry in section.entries}
    for name in inputs.options.accept:
        if not _is_offered(name, inputs) and find_entry(name, entries, "--accept").name != name:
            raise UsageError(f"--accept {name}: accept a whole entry", hint="Name it as provider/key.")
    for name in inputs.options.take:
        entry = find_entry(name, entries, "--take")
        part = name[len(entry.name) + 1 :]
        taken = [field for field in _takeable(entry, part, inputs) if not part or fields.covers(part, field)]
        if not taken:
            raise _no_field_to_take(name, part, all_prices=inputs.policy.all_prices)
        if all(is_pinned(pins_of(entry, inputs), field) for field in taken):
            raise Refused(f"--take {name}: it is pinned", hint="Remove the pin from the entry or the settings first.")


def _no_field_to_take(name: str, part: str, *, all_prices: bool) -> UsageError:
    if fields.is_pattern(part) and fields.is_price(part) and not all_prices:
        return UsageError(
            f'--take {name}: with pricing.detail = "basic" a sync looks at input and output alone',
            hint='Set `detail = "full"` under [pricing] in the settings to keep all prices true.',
        )
    groups = "`pricing` is all prices, `pricing.batch` or `pricing.tiers` those of a part." if all_prices else ""
    known = f"Fields: {', '.join((*fields.OWNED, fields.FEATURES))}"
    return UsageError(f"--take {name}: upstream owns no field `{part}`", hint="; ".join(filter(None, (known, groups))))


def _takeable(entry: Entry, part: str, inputs: Inputs) -> tuple[str, ...]:
    """Return the fields of an entry that upstream owns, or would if it had them: also a price that only the person names."""
    if not inputs.policy.all_prices:
        return (*fields.OWNED, fields.FEATURES)
    listed = (
        name for model in inputs.models.get(entry.provider, ()) if part not in fields.ALL for name in model.values
    )
    return (*fields.owned({*entry.fields, part, *listed}), fields.FEATURES)


def _is_offered(name: str, inputs: Inputs) -> bool:
    provider, _, key = name.partition("/")
    held_back = inputs.lock is not None and name in inputs.lock.additions
    return held_back or any(model.key == key for model in inputs.models.get(provider, ()))


def note_idle_requests(inputs: Inputs, matches: Mapping[str, Match], draft: Draft) -> None:
    """Note every `--take` and `--accept` that changed nothing, with the reason; what is held says why by itself."""
    entries = {entry.name: entry for section in inputs.sections for entry in section.entries}
    for name in dict.fromkeys(inputs.options.take):
        entry = find_entry(name, entries, "--take")
        if not _is_answered(name, entry, draft):
            draft.note(ASKED, name, f"--take changes nothing: {_why_not_taken(name, entry, inputs, matches, draft)}")
    for name in dict.fromkeys(inputs.options.accept):
        if name not in draft.accepted:
            draft.note(
                ASKED, name, f"--accept changes nothing: {_why_not_accepted(name, entries.get(name), inputs, draft)}"
            )


def _is_answered(name: str, entry: Entry, draft: Draft) -> bool:
    """Say whether a change that edits or holds one of the fields asked for is in the draft."""
    return any(
        isinstance(change, Update | Hold)
        and (change.provider, change.key) == (entry.provider, entry.key)
        and (any(asked((name,), entry, field.field) for field in change.fields) or not change.fields)
        for change in draft.changes
    )


def _why_not_taken(name: str, entry: Entry, inputs: Inputs, matches: Mapping[str, Match], draft: Draft) -> str:
    if reason := _why_left_alone(entry.provider, inputs, draft):
        return reason
    if inputs.policy.excluded_are_frozen and any_names(excluded(inputs.settings, entry.provider), entry.key):
        return "the settings exclude it"
    found = matches[entry.name]
    if found.ambiguous or (found.model is None and not draft.entries.get(entry.name)):
        return f"no single model upstream is {entry.known_as}"
    if found.model is None and found.gone:
        return f"{found.gone} is gone upstream"
    part = name[len(entry.name) + 1 :]
    named = [field for field in _takeable(entry, part, inputs) if asked((name,), entry, field)]
    somewhere = {*entry.fields, *(found.model.values if found.model is not None else ()), fields.FEATURES}
    return _as_they_stand([field for field in named if field in somewhere] or named, entry, inputs, draft)


def _as_they_stand(wanted: list[str], entry: Entry, inputs: Inputs, draft: Draft) -> str:
    """Say why each of these fields is not taken: what a pin keeps from upstream's value first."""
    kept = {
        each.field
        for each in draft.changes
        if isinstance(each, Keep) and (each.provider, each.key) == (entry.provider, entry.key)
    }
    pinned = [field for field in wanted if is_pinned(pins_of(entry, inputs), field)]
    open_to_all = [field for field in wanted if field not in pinned]
    spoken = [field for field in open_to_all if (entry.name, field) not in draft.silent]
    reasons = (
        ("pinned, though upstream says otherwise", [field for field in pinned if field in kept]),
        ("already as upstream says", spoken),
        ("unknown upstream", [field for field in open_to_all if field not in spoken]),
        ("pinned", [field for field in pinned if field not in kept]),
    )
    return "; ".join(f"{what} ({_few(names)})" for what, names in reasons if names)


def _few(names: list[str]) -> str:
    """Name the first of many, and count the others."""
    more = [f"and {len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return ", ".join([*names[:_NAMED], *more])


def _why_not_accepted(name: str, entry: Entry | None, inputs: Inputs, draft: Draft) -> str:
    provider, _, key = name.partition("/")
    if reason := _why_left_alone(provider, inputs, draft):
        return reason
    held = [
        change.reason
        for change in draft.changes
        if isinstance(change, Hold) and (change.provider, change.key) == (provider, key)
    ]
    if held:
        return f"what is held there, it cannot let through ({'; '.join(held)})"
    if entry is None:
        return "that model is not held; whether it is added stands elsewhere in this report"
    return "nothing of that entry is held" + (" (it is pinned)" if pins_of(entry, inputs) else "")


def _why_left_alone(provider: str, inputs: Inputs, draft: Draft) -> str:
    """Say why nothing at all is done with the entries of a provider, or empty."""
    if provider not in inputs.planned:
        return f"this run has no word on the provider {provider}"
    return f"{draft.doubt}: values are left as they are" if draft.outdated else ""


def find_entry(name: str, entries: dict[str, Entry], asked_by: str) -> Entry:
    """Return the entry that `provider/key` or `provider/key.field` names. Raises `UsageError` with the nearest names."""
    if name in entries:
        return entries[name]
    for cut in (place for place, letter in enumerate(name) if letter == "."):
        if name[:cut] in entries:
            return entries[name[:cut]]
    from difflib import get_close_matches

    near = get_close_matches(name, entries, n=3, cutoff=0.5)
    hint = f"Did you mean {', '.join(near)}?" if near else "Name an entry as provider/key."
    raise UsageError(f"{asked_by} {name}: no such entry", hint=hint)
