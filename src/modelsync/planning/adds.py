"""Which upstream models become new entries, and what a new entry holds."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.domain.lock import LACKED, Base, Held, LockEntry, stored
from modelsync.normalize.identity import normalize_key, split_vendor
from modelsync.normalize.upstream import AGGREGATOR
from modelsync.planning.absence import is_missing
from modelsync.planning.change_guards import PriceGuard, is_free, named_prices
from modelsync.planning.changes import HELD_ADD, Add, FieldChange, Hold, Remove
from modelsync.planning.ledger import TOMBSTONE
from modelsync.planning.native import display
from modelsync.planning.patterns import any_names, asked_for
from modelsync.planning.retirement import EXPIRING, ending, retirement
from modelsync.planning.said import Said, native_word
from modelsync.settings import excluded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelsync.catalog.entries import Entry, Section
    from modelsync.domain.lock import Lock
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Draft, Inputs
    from modelsync.planning.guards import Slips

NO_FACTS = "upstream has none of the facts that the layout names"


def plan_adds(
    section: Section, models: tuple[Model, ...], tombstones: Mapping[str, str], inputs: Inputs, draft: Draft
) -> None:
    """Add every model that the provider's rule asks for and nothing forbids; note why each other one is not added."""
    provider = section.provider
    claimed = draft.claimed.get(provider, set())
    gone = {change.key for change in draft.changes if isinstance(change, Remove) and change.provider == provider}
    stay = [entry for entry in section.entries if entry.key not in gone]
    keys = {entry.key for entry in stay}
    by_key = inputs.policy.match_by_key  # then two entries may well have one model id
    ids: set[str] = set() if by_key else {entry.model_id for entry in stay} - {""}
    for model in models:
        if model.upstream in claimed or (model.listed and not asked_for(provider, model.slug, inputs, kind=model.kind)):
            continue
        key = key_for(model, inputs)
        reason = (
            obstacle(model, tombstones, inputs)
            or _unserved(model, inputs, draft)
            or _collision(model, key, keys, ids)
            or section.blocked
            or ("" if is_entry(model, inputs) else NO_FACTS)
        )
        if reason:
            draft.note("not-added", f"{provider}/{key}", f"{model.upstream}: {reason}")
            continue
        keys.add(key)
        if not by_key:
            ids.add(model.model_id)
        if not _is_held(model, inputs, draft):
            _add(model, inputs, draft)


def obstacle(model: Model, tombstones: Mapping[str, str], inputs: Inputs) -> str:
    """Say why a sync does not add a model that its rule asks for, or empty."""
    if any_names(excluded(inputs.settings, model.provider), model.slug):
        return "excluded"
    if inputs.policy.keep_by_hand and (day := tombstones.get(TOMBSTONE.format(model.provider, model.upstream))):
        return f"deleted by hand (seen {day})"
    if (
        model.variable.issuperset(fields.PRICES)
        and not model.values.keys() & set(fields.PRICES)
        and inputs.policy.only_served
    ):
        return "a router without a price of its own"
    return model.doubt


def _unserved(model: Model, inputs: Inputs, draft: Draft) -> str:
    """Say why the provider's own list speaks against a model, in this run or, where it says nothing now, in an earlier one."""
    name = TOMBSTONE.format(model.provider, model.upstream)
    known = inputs.lock.unserved.get(name) if inputs.lock is not None and inputs.policy.native_lists else None
    reason = model.unserved
    if reason and model.directory is not None:
        draft.unserved[name] = known or model.directory.list.day
        return reason
    if known is None or model.served is not None:
        return ""
    draft.unserved[name] = known
    return f"not in the provider's own list of {known}"


def still_unserved(inputs: Inputs, lock: Lock, draft: Draft) -> dict[str, str]:
    """Return the models that the lock knows as not served, but for those that are served now or gone from a listing to be believed."""
    listed = {
        TOMBSTONE.format(provider, model.upstream): model
        for provider, models in inputs.models.items()
        for model in models
    }
    still: dict[str, str] = {}
    for name, day in lock.unserved.items():
        model = listed.get(name)
        gone = model is None and is_missing(name.partition(":")[2], inputs, draft)
        if not gone and (model is None or model.served is None):
            still[name] = day
    return still


def _is_held(model: Model, inputs: Inputs, draft: Draft) -> bool:
    """Hold a model whose prices look wrong, or all of its listing's do, unless a person accepts it. Say whether it is held."""
    key = key_for(model, inputs)
    name = f"{model.provider}/{key}"
    objections = price_objections(model, draft.slips, inputs) if inputs.policy.guard_changes else {}
    if objections and name in inputs.options.accept:
        draft.accepted.add(name)
    elif objections:
        changes = tuple(FieldChange(field, None, model.values[field]) for field in objections)
        way_out = f"Accept it with --accept {shlex.quote(name)}, or exclude it in the settings."
        reason = "; ".join(dict.fromkeys(objections.values()))
        before = inputs.lock.additions.get(name) if inputs.lock is not None else None
        since = before.day if before is not None else inputs.listing.day
        draft.additions[name] = Held(reason, model.upstream, since)
        draft.changes.append(Hold(model.provider, key, model.upstream, HELD_ADD, reason, way_out, changes))
        return True
    return False


def carry_additions(section: Section, tombstones: Mapping[str, str], inputs: Inputs, draft: Draft) -> None:
    """Hold again the models that an earlier run held back, and that this one cannot decide about."""
    known = inputs.lock.additions if inputs.lock is not None else {}
    for name, held in sorted(known.items()):
        provider, _, key = name.partition("/")
        upstream = str(held.theirs)
        if (
            provider != section.provider
            or name in draft.additions
            or not _is_open(key, upstream, section, inputs, draft)
        ):
            continue
        if TOMBSTONE.format(provider, upstream) not in tombstones and (
            until := _until(provider, upstream, inputs, draft)
        ):
            way_out = f"{until}, --accept {shlex.quote(name)} lets it through; or exclude it in the settings."
            draft.changes.append(Hold(provider, key, upstream, HELD_ADD, held.reason, way_out))
            draft.additions[name] = held


def _is_open(key: str, upstream: str, section: Section, inputs: Inputs, draft: Draft) -> bool:
    """Say whether a model would still be added, were it not held: it has no entry, and the settings ask for it."""
    provider = section.provider
    slug = upstream if provider == AGGREGATOR else split_vendor(upstream)[1]
    taken = any(key == entry.key for entry in section.entries) or f"{provider}/{key}" in draft.entries
    there = taken or upstream in draft.claimed.get(provider, ())
    excludes = any_names(excluded(inputs.settings, provider), slug)
    return not there and not excludes and asked_for(provider, slug, inputs)


def _until(provider: str, upstream: str, inputs: Inputs, draft: Draft) -> str:
    """Say when a run can decide about a model that was held back, as the beginning of a sentence; empty when this one could."""
    if provider not in inputs.planned:
        return f"Once a source speaks for {provider}"
    if draft.outdated:
        return "Once a listing is not older than the lock"
    listed = next((model for model in inputs.models.get(provider, ()) if model.upstream == upstream), None)
    if listed is not None:
        return f"Once {display(provider)}'s own list is at hand" if listed.doubt and not listed.directory else ""
    return "" if is_missing(upstream, inputs, draft) else f"Once a listing has {upstream} again"


def price_objections(model: Model, slips: Slips, inputs: Inputs) -> dict[str, str]:
    """Say, by field, which prices of a new entry look wrong. There is no earlier price to measure a move by."""
    settings, prices = inputs.settings, named_prices(model.values)
    guard = PriceGuard({}, prices, is_free(model.upstream), settings.guards, settings.unit, slips.of(model.upstream))
    return {name: reason for name in prices if (reason := guard.objection(name))}


def _collision(model: Model, key: str, keys: set[str], ids: set[str]) -> str:
    if key in keys:
        return f"the key `{key}` is taken by another entry"
    if model.model_id in ids:
        return f"the model id `{model.model_id}` is already an entry's"
    return ""


def new_values(model: Model, inputs: Inputs) -> dict[str, fields.Value]:
    """Return the fields of a new entry, in the order the original wrote them; what upstream does not say is left out."""
    facts: dict[str, fields.Value | None] = {
        **model.values,
        fields.MODEL: model.model_id,
        fields.FEATURES: model.features,
    }
    description = model.description
    facts[fields.DESCRIPTION] = description if description or not inputs.policy.keep_by_hand else None
    values = {name: value for name in fields.ordered(facts) if (value := facts.get(name)) is not None}
    return _as_its_neighbours(model.provider, values, inputs)


def key_for(model: Model, inputs: Inputs) -> str:
    """Return the key of a new entry: its normalized name, or in a team's own file its id, unless the others have such names."""
    if inputs.layout.described:
        return model.key
    normalized = (
        entry.common == normalize_key(entry.model_id) != entry.model_id for entry in _neighbours(model.provider, inputs)
    )
    return model.key if inputs.layout.has_keys and any(normalized) else model.model_id


def _neighbours(provider: str, inputs: Inputs) -> tuple[Entry, ...]:
    """The entries beside which one of a provider would stand."""
    section = next((section for section in inputs.sections if section.provider == provider), None)
    if section is None:
        return ()
    return section.entries or ((section.like,) if section.like is not None else ())


def _as_its_neighbours(provider: str, values: dict[str, fields.Value], inputs: Inputs) -> dict[str, fields.Value]:
    """Leave out what the layout has no place for, and what the other entries of the provider do not say where it fills nothing in."""
    layout = inputs.layout
    kept = {name: value for name, value in values.items() if layout.keeps(name)}
    if layout.fills:
        return kept
    entries = _neighbours(provider, inputs) or tuple(entry for section in inputs.sections for entry in section.entries)
    said = {name for entry in entries for name in entry.fields} | {fields.MODEL}
    alike = {name: value for name, value in kept.items() if name in said}
    kept = alike if has_facts(alike) else kept
    if isinstance(features := values.get(fields.FEATURES), tuple) and fields.FEATURES in said:
        words = frozenset[str]().union(*(entry.flags for entry in entries)) if layout.flags else layout.words.keys()
        kept[fields.FEATURES] = tuple(one for one in features if one in words) if words else features
    if fields.REVIEWED in said:
        kept[fields.REVIEWED] = inputs.today.isoformat()
    return kept


def has_facts(values: Iterable[str]) -> bool:
    """Say whether there is a fact among fields, without which a row of a team's own file is no entry."""
    return bool({*values} - {fields.MODEL, fields.REVIEWED})


def is_entry(model: Model, inputs: Inputs) -> bool:
    """Say whether a row for a model would be an entry of the catalog."""
    return inputs.layout.described or has_facts(new_values(model, inputs))


def _add(model: Model, inputs: Inputs, draft: Draft) -> None:
    pruned = (
        inputs.lock.pruned.get(TOMBSTONE.format(model.provider, model.upstream)) if inputs.lock is not None else None
    )
    reason = f"back upstream (pruned {pruned})" if pruned else "new upstream"
    change, line = new_entry(model, reason if model.listed else "in the provider's own list", inputs)
    draft.changes.append(change)
    draft.claim(model.provider, model.upstream)
    name = f"{change.provider}/{change.key}"
    draft.entries[name] = line
    if end := ending(model, line.retires):
        draft.note(EXPIRING, name, end)


def new_entry(model: Model, reason: str, inputs: Inputs) -> tuple[Add, LockEntry]:
    """Make the entry of a model that the catalog does not have, and its lock line."""
    values = new_values(model, inputs)
    native = inputs.policy.native_ids and model.provider != AGGREGATOR
    owned = (*fields.owned(values), fields.FEATURES)
    listed = model.listed and inputs.layout.fills
    known = {field: values.get(field) for field in owned if listed or field in values}
    known.update({field: values[field] for field in fields.FILLED if field in values})
    base = {field: _base(field, value, model, inputs) for field, value in sorted(known.items())}
    unverified = native and model.served is None
    change = Add(model.provider, key_for(model, inputs), model.upstream, values, reason, unverified=unverified)
    retires = retirement(model, None, inputs)
    said = model.model_id if inputs.layout.keeps(fields.MODEL) else ""  # there the row goes by it
    line = LockEntry(model.upstream, said, base, kind=model.kind, native=not model.listed, retires=retires)
    return change, line


def _base(field: str, value: fields.Value | None, model: Model, inputs: Inputs) -> Base:
    """Return the base of a new entry's field: where its value is from, and what the provider says the model lacks."""
    said = native_word(field, model) or Said(value, inputs.listing.source, inputs.listing.day)
    lacks = model.served.lacks if field == fields.FEATURES and model.served is not None else ()
    marked = (*value, *(LACKED + name for name in lacks)) if isinstance(value, tuple) else value
    return Base(stored(field, marked), said.source, said.day)
