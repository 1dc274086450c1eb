"""Add models at a person's word: what they are called, why one cannot be added, and what the lock knows of them after."""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.domain import fields
from modelsync.domain.lock import Lock
from modelsync.errors import Refused, UsageError
from modelsync.normalize.identity import split_vendor
from modelsync.normalize.upstream import AGGREGATOR, native_model
from modelsync.planning.adds import NO_FACTS, is_entry, key_for, new_entry, price_objections
from modelsync.planning.beginning import is_read_back
from modelsync.planning.changes import Note
from modelsync.planning.claims import claims
from modelsync.planning.guards import refuse_unit_slip
from modelsync.planning.ledger import TOMBSTONE, assign, newest_day, remembering
from modelsync.planning.match import Index
from modelsync.planning.naming import read_names
from modelsync.planning.native import display, known_alone
from modelsync.planning.slips import find_slips
from modelsync.settings import SELF_HOSTED, vendors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from modelsync.catalog.entries import Entry, Section
    from modelsync.domain.lock import LockEntry
    from modelsync.normalize.upstream import Model
    from modelsync.planning.changes import Add
    from modelsync.planning.context import Inputs
    from modelsync.planning.guards import Slips
    from modelsync.planning.ledger import Assignment
    from modelsync.planning.naming import Named

_NOTHING = "Nothing was written."
_SECTION = "To begin a section, write `PROVIDER: {models: {}}` under `providers:`."


def plan_additions(names: Sequence[str], inputs: Inputs) -> tuple[tuple[Add, ...], tuple[Note, ...], Lock | None]:
    """Plan an entry for every model named as `PROVIDER/MODEL`; returns the changes, the notes and the lock afterwards.

    A model that has its entry already gets a note. Exclusions, add rules and tombstones do not count against a person's
    word. Raises `UsageError` where a name fits no model or several, or where the entry's key or id is taken, and `Refused`
    where the provider can be given no entries, or the model's prices look wrong.
    """
    wanted = _wanted(names, inputs)
    assigned = assign(inputs.lock or Lock(inputs.settings.unit, inputs.settings.preset), _entries(inputs))
    standing = _standing(inputs, assigned.lock)
    changes: list[Add] = []
    notes: list[Note] = list(_listing_notes(inputs)) if wanted else []
    lines: dict[str, LockEntry] = {}
    slips = find_slips(_known_models(standing, inputs), inputs)
    for section, model in wanted:
        if entry := standing[section.provider].get(model.upstream):
            notes.append(Note("present", entry.name, f"stands for {model.upstream} already"))
            continue
        _require_room(section, model, changes, inputs)
        _require_sound_prices(model, slips, inputs)
        change, line = new_entry(model, _reason(model, inputs), inputs)
        name = f"{change.provider}/{change.key}"
        changes.append(change)
        notes += _warnings(name, model, inputs)
        lines[name] = line
    lock = _with_lines(assigned, lines, inputs) if inputs.lock is not None and lines else inputs.lock
    return tuple(changes), tuple(notes), lock


def _wanted(names: Sequence[str], inputs: Inputs) -> list[tuple[Section, Model]]:
    """Find every model that is named, each once."""
    known = (f"{model.provider}/{model.slug}" for models in inputs.models.values() for model in models)
    found: dict[tuple[str, str], tuple[Section, Model]] = {}
    beginning = _SECTION if inputs.layout.described else "Write the first entry of another provider by hand."
    for named in read_names(names, inputs.sections, known, vendors(inputs.settings), beginning=beginning):
        _require_listed(named, inputs)
        model = _find(named, inputs) if named.section.provider in inputs.covered else _find_alone(named, inputs)
        found.setdefault((model.provider, model.upstream), (named.section, model))
    return list(found.values())


def _require_listed(named: Named, inputs: Inputs) -> None:
    """Refuse a provider that no list at hand speaks for, neither a hosted one nor its own."""
    provider = named.section.provider
    if provider in inputs.covered or provider in inputs.native:
        return
    if "/" in provider:
        raise Refused(f"{named.text}: {named.section.blocked}", hint=f"Edit it by hand. {_NOTHING}")
    if provider in SELF_HOSTED:
        raise Refused(
            f"{named.text}: {provider} runs on your own machines, and only its own list knows its models: it is not at hand",
            hint=f"{_ask_itself(provider)} Else write the entry by hand. {_NOTHING}",
        )
    if provider == AGGREGATOR:
        hint = f"Write the entry by hand, or use the default preset. {_NOTHING}"
        raise Refused(f"{named.text}: the preset {inputs.settings.preset} leaves {provider} alone", hint=hint)
    raise UsageError(
        f"{named.text}: no upstream prefix belongs to the provider {provider}",
        hint=" ".join(
            filter(
                None,
                (
                    f'Name it under [vendors] in the settings, such as `"x-ai" = "{provider}"`.',
                    _ask_itself(provider),
                    _NOTHING,
                ),
            )
        ),
    )


def _ask_itself(provider: str) -> str:
    """Say how its own list comes to hand; empty for a provider whose list cannot be read."""
    from modelsync.sources.registry import APIS

    if provider not in APIS:
        return ""
    return f"Its own list is asked with the source openrouter; `modelsync list {provider}` says whether it answers."


def _find(named: Named, inputs: Inputs) -> Model:
    models = inputs.models[named.section.provider]
    for found in _by_each_name(named.rest, models, named.section.provider, variants=inputs.policy.variants):
        if len(found) == 1:
            return found[0]
        if found:
            candidates = ", ".join(f"{model.provider}/{model.upstream}" for model in found)
            raise UsageError(f"{named.text} could be {len(found)} models", hint=f"Name one: {candidates}. {_NOTHING}")
    raise _no_such_model(named, models, inputs)


def _find_alone(named: Named, inputs: Inputs) -> Model:
    """Find a model of a provider that only its own list speaks for."""
    directory = inputs.native[named.section.provider]
    meant = directory.resolve(named.rest)
    if meant.served is not None and (meant.certain or meant.works):
        return native_model(meant.served, directory, inputs.policy)
    near = [served.id for served in meant.candidates] or directory.nearest(named.rest)
    hint = f"Did you mean {', '.join(f'{directory.provider}/{name}' for name in near[:3])}?" if near else ""
    count = len(directory.list.models)
    raise UsageError(
        f"no model {named.rest!r} in the list of {display(directory.provider)}",
        hint=" ".join(filter(None, (hint, f"It lists {count} {'model' if count == 1 else 'models'}.", _NOTHING))),
    )


def _by_each_name(name: str, models: Sequence[Model], provider: str, *, variants: bool) -> Iterator[Sequence[Model]]:
    """Yield the models a name fits, the most exact kind of name first. A variant must be named by its own id."""
    index = Index(provider, models)
    yield [index.by_id[name]] if name in index.by_id else []
    yield [model for model in models if model.slug == name]
    yield [model for model in models if model.key == name and (variants or not model.variant)]
    yield index.search(name).models


def _no_such_model(named: Named, models: Iterable[Model], inputs: Inputs) -> UsageError:
    provider, listing = named.section.provider, inputs.listing
    origin = f"{listing.source} of {listing.day}"
    for record in listing.quarantined:
        vendor, slug = split_vendor(record.subject)
        mine = provider == AGGREGATOR or vendors(inputs.settings).get(vendor) == provider
        if mine and named.rest in (record.subject, slug):
            return UsageError(f"{named.text} was left out of {origin}: {record.reason}", hint=_NOTHING)
    names = [model.slug for model in models]
    near = [name for name in names if name.endswith(f"/{named.rest}")] or get_close_matches(named.rest, names, n=3)
    meant = f"Did you mean {', '.join(f'{provider}/{name}' for name in near[:3])}?" if near else ""
    extent = "" if listing.complete else f"The listing is incomplete ({listing.incomplete_because})."
    hint = " ".join(filter(None, (meant, extent, f"It lists {len(names)} models of {provider}.", _NOTHING)))
    return UsageError(f"no model {named.rest!r} of {provider} in {origin}", hint=hint)


def _entries(inputs: Inputs) -> Iterator[Entry]:
    return (entry for section in inputs.sections for entry in section.entries)


def _standing(inputs: Inputs, lock: Lock) -> dict[str, dict[str, Entry]]:
    """Return, per provider, which entry stands for each upstream id. Raises `GuardRefused` where the unit cannot be right."""
    standing: dict[str, dict[str, Entry]] = {}
    prices: list[tuple[Decimal, Decimal]] = []
    for section in inputs.sections:
        if section.provider in inputs.covered:
            index = Index(section.provider, inputs.models[section.provider])
            standing[section.provider] = claims(section.entries, index, lock, inputs)
            for upstream, entry in standing[section.provider].items():
                if upstream in index.by_id:
                    prices += _price_pairs(entry, index.by_id[upstream])
        elif section.provider in inputs.native:
            known = ((known_alone(entry, inputs), entry) for entry in section.entries)
            standing[section.provider] = {model.upstream: entry for model, entry in known if model is not None}
    refuse_unit_slip(prices, unit=inputs.settings.unit)
    return standing


def _price_pairs(entry: Entry, model: Model) -> Iterator[tuple[Decimal, Decimal]]:
    for name, theirs in model.values.items():
        field = entry.fields.get(name) if fields.is_price(name) and not fields.is_per_use(name) else None
        if field is not None and isinstance(field.value, Decimal) and isinstance(theirs, Decimal):
            yield field.value, theirs


def _require_room(section: Section, model: Model, added: Iterable[Add], inputs: Inputs) -> None:
    """Refuse a model whose key or id another entry has, or a section that cannot be added to."""
    what, key = f"cannot add {model.upstream}", key_for(model, inputs)
    _require_place(what, section, model, inputs)
    for change in added:
        if (change.provider, change.key) == (model.provider, key):
            hint = f"Leave one of them out. {_NOTHING}"
            raise UsageError(f"{what}: its key `{key}` would be that of {change.upstream} too", hint=hint)
    for entry in section.entries:
        if entry.key == key:
            hint = f"Give that entry another key: `modelsync rename --key {entry.provider} {entry.key} NEW`. {_NOTHING}"
            raise UsageError(
                f"{what}: the key `{key}` is taken by {entry.name}{_called(entry)}, which stands for another model",
                hint=hint,
            )
        if entry.model_id == model.model_id and not inputs.policy.match_by_key:
            hint = f'If it is that model, say so under [match] in the settings: `"{entry.name}" = "{model.upstream}"`. {_NOTHING}'
            raise UsageError(f"{what}: {entry.name} has the model id `{model.model_id}` already", hint=hint)


def _require_place(what: str, section: Section, model: Model, inputs: Inputs) -> None:
    """Refuse a model where the catalog has no place for a row, or the row would not be read as that model's."""
    if section.blocked:
        raise Refused(f"{what}: {section.blocked}", hint=f"Edit it by hand. {_NOTHING}")
    if not is_read_back(section, model.model_id, inputs.layout):
        why = f"nothing in its row would say that it is of {section.provider}"
        raise Refused(f"{what}: {why}", hint=f"Write the first entry of {section.provider} by hand. {_NOTHING}")
    if not is_entry(model, inputs):
        raise Refused(f"{what}: {NO_FACTS}", hint=f"Its row would be no entry. {_NOTHING}")


def _known_models(standing: Mapping[str, Mapping[str, Entry]], inputs: Inputs) -> Iterator[tuple[Entry, Model]]:
    """Yield the entries of the catalog with the models they stand for, as far as those are listed."""
    for provider, entries in standing.items():
        listed = {model.upstream: model for model in inputs.models.get(provider, ())}
        yield from ((entry, listed[upstream]) for upstream, entry in entries.items() if upstream in listed)


def _require_sound_prices(model: Model, slips: Slips, inputs: Inputs) -> None:
    """Refuse a model whose prices the guards hold when a sync would add it."""
    if inputs.policy.guard_changes and (objections := price_objections(model, slips, inputs)):
        raise Refused(
            f"cannot add {model.upstream}: {'; '.join(dict.fromkeys(objections.values()))}",
            hint=f"If that is its price, write the entry by hand, or raise the limit under [guards] in the settings. {_NOTHING}",
        )


def _called(entry: Entry) -> str:
    return f" (model id {entry.model_id})" if entry.model_id else ""


def _reason(model: Model, inputs: Inputs) -> str:
    day = inputs.lock.tombstones.get(TOMBSTONE.format(model.provider, model.upstream)) if inputs.lock else None
    return f"added as you asked (removed {day})" if day else "added as you asked"


def _warnings(name: str, model: Model, inputs: Inputs) -> Iterator[Note]:
    """Say what a person should check before using a new entry."""
    if doubt := model.doubt or model.unserved:
        yield Note("doubt", name, f"{model.upstream}: {doubt}")
    elif model.variant and inputs.policy.native_ids and model.provider != AGGREGATOR:
        text = f"`:{model.variant}` is OpenRouter's name for an offer, not part of an id of the provider"
        yield Note("doubt", name, f"{model.upstream}: {text}")
    for field in sorted(model.variable):
        yield Note("variable", name, f"upstream's {field} changes with the route: none was written")
    for field in sorted(model.unclear):
        yield Note("variable", name, f"upstream's {field} depends on what nobody understands: none was written")


def _listing_notes(inputs: Inputs) -> Iterator[Note]:
    listing = inputs.listing
    newest = newest_day(inputs.lock) if inputs.lock is not None else ""
    if newest > listing.day:
        text = f"the listing is of {listing.day}, the lock has values of {newest}: what is added may be out of date"
        yield Note("outdated", listing.source, text)
    if not listing.complete:
        yield Note("incomplete", listing.source, f"the listing is incomplete ({listing.incomplete_because})")


def _with_lines(assigned: Assignment, lines: dict[str, LockEntry], inputs: Inputs) -> Lock:
    """Return the lock with the lines of new entries; nothing in it says any more that they are gone."""
    present = {entry.name for entry in _entries(inputs)}.union(lines)
    lock = assigned.lock_for(present, assigned.lock.entries | lines, inputs.today.isoformat())
    back = {TOMBSTONE.format(name.partition("/")[0], line.upstream) for name, line in lines.items()}
    after = replace(
        lock,
        tombstones={name: day for name, day in lock.tombstones.items() if name not in back},
        pruned={name: day for name, day in lock.pruned.items() if name not in back},
        waiting={name: day for name, day in lock.waiting.items() if name not in lines},
        additions={name: held for name, held in lock.additions.items() if name not in lines},
    )
    return remembering(after, newest_day(lock))
