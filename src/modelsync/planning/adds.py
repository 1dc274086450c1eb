"""Which upstream models become new entries, and what a new entry holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.domain.lock import Base, LockEntry, stored
from modelsync.normalize.upstream import AGGREGATOR
from modelsync.planning.changes import Add
from modelsync.planning.patterns import any_names
from modelsync.settings import excluded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelsync.catalog.entries import Section
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Draft, Inputs
    from modelsync.settings import AddRule

TOMBSTONE = "{}:{}"


def plan_adds(
    section: Section, models: tuple[Model, ...], tombstones: Mapping[str, str], inputs: Inputs, draft: Draft
) -> None:
    """Add every model that the provider's rule asks for and nothing forbids; note why each other one is not added."""
    provider = section.provider
    rule = inputs.policy.add.get(provider, "none")
    claimed = draft.claimed.get(provider, set())
    keys = {entry.key for entry in section.entries}
    by_key = inputs.policy.match_by_key  # then two entries may well have one model id
    ids: set[str] = set() if by_key else {entry.model_id for entry in section.entries} - {""}
    for model in models:
        if model.upstream in claimed or not _asked_for(model, rule, inputs):
            continue
        obstacle = _obstacle(model, tombstones, inputs) or _collision(model, keys, ids) or section.blocked
        if obstacle:
            draft.note("not-added", f"{provider}/{model.key}", f"{model.upstream}: {obstacle}")
            continue
        keys.add(model.key)
        if not by_key:
            ids.add(model.model_id)
        _add(model, inputs, draft)


def _asked_for(model: Model, rule: AddRule, inputs: Inputs) -> bool:
    if isinstance(rule, list):
        return any_names(rule, model.slug) and (
            inputs.policy.variants or not model.variant or model.provider == AGGREGATOR
        )
    return rule == "all" and (inputs.policy.variants or not model.variant)


def _obstacle(model: Model, tombstones: Mapping[str, str], inputs: Inputs) -> str:
    if any_names(excluded(inputs.settings, model.provider), model.slug):
        return "excluded"
    if inputs.policy.keep_by_hand and (day := tombstones.get(TOMBSTONE.format(model.provider, model.upstream))):
        return f"deleted by hand (seen {day})"
    if (
        model.variable.issuperset(fields.PRICES)
        and not model.values.keys() & set(fields.PRICES)
        and inputs.policy.only_served
    ):
        return "a router without a price of its own, or a price that changes with the hour"
    return model.doubt


def _collision(model: Model, keys: set[str], ids: set[str]) -> str:
    if model.key in keys:
        return f"the key `{model.key}` is taken by another entry"
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
    return {name: value for name in fields.ALL if (value := facts.get(name)) is not None}


def _add(model: Model, inputs: Inputs, draft: Draft) -> None:
    values = new_values(model, inputs)
    name = f"{model.provider}/{model.key}"
    pruned = (
        inputs.lock.pruned.get(TOMBSTONE.format(model.provider, model.upstream)) if inputs.lock is not None else None
    )
    reason = f"back upstream (pruned {pruned})" if pruned else "new upstream"
    native = inputs.policy.native_ids and model.provider != AGGREGATOR
    draft.changes.append(Add(model.provider, model.key, model.upstream, values, reason, unverified=native))
    draft.claim(model.provider, model.upstream)
    listing = inputs.listing
    known = {field: values.get(field) for field in (*fields.OWNED, fields.FEATURES)}
    known.update({field: values[field] for field in fields.FILLED if field in values})
    base = {field: Base(stored(field, value), listing.source, listing.day) for field, value in sorted(known.items())}
    draft.entries[name] = LockEntry(model.upstream, model.model_id, base, kind=model.kind)
