"""The providers' own lists in a plan: which are believed, what they alone know, and what they do not have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelsync.domain import fields
from modelsync.normalize.upstream import native_model
from modelsync.planning.changes import Note
from modelsync.planning.entry import EntryMerge
from modelsync.planning.ledger import newest_native_day
from modelsync.planning.patterns import any_names
from modelsync.settings import SELF_HOSTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.catalog.entries import Entry, Section
    from modelsync.domain.lock import Lock, LockEntry
    from modelsync.domain.served import ServedList
    from modelsync.normalize.native import Directory
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Draft, Inputs


_DATE = re.compile(r"-20[0-9]{2}-?[0-9]{2}-?[0-9]{2}\Z")


def outdated(served: ServedList, lock: Lock | None) -> bool:
    """Say whether the lock has newer values of the provider's own list: then nothing is taken from this one."""
    return lock is not None and newest_native_day(lock, served.provider) > served.day


def remarks_on(served: ServedList, lock: Lock | None) -> Iterator[Note]:
    """Yield what is to be said about a provider's own list."""
    if lock is not None and outdated(served, lock):
        newest = newest_native_day(lock, served.provider)
        text = f"its own list is of {served.day}, the lock has values of {newest}: what the lock knows is left as it is"
        yield Note("outdated", served.provider, text)
        return
    if not served.complete:
        text = f"its own list is incomplete ({served.incomplete_because}): what it lacks says nothing"
        yield Note("incomplete", served.provider, text)
    for record in served.quarantined:
        yield Note("quarantined", f"{served.provider}/{record.subject}", record.reason)
    for text in served.notes:
        yield Note("listing", served.provider, text)


def seen_as(model: Model, entry: Entry) -> Model:
    """Return the model with the facts of what the entry's own id names in the provider's list, where it names something."""
    if model.directory is None or not entry.model_id:
        return model
    named = model.directory.resolve(entry.model_id)
    return model.seen_as(named.served) if named.served is not None and (named.certain or named.works) else model


def certain_id(entry: Entry, inputs: Inputs) -> str:
    """Return the id that the provider's own list has for the model an entry names, or empty where that is not certain.

    Only Anthropic's ids always end in a date. Elsewhere an id with one is a model of its own, at a price of its own.
    """
    directory = inputs.native.get(entry.provider)
    if directory is None or not directory.list.complete:
        return ""
    name = entry.known_as
    named = directory.resolve(name)
    if named.served is None or not named.certain:
        return ""
    dated = {bool(_DATE.search(text)) for text in (name, named.served.id)}
    return named.served.id if len(dated) == 1 or entry.provider == "anthropic" else ""


def known_alone(entry: Entry, inputs: Inputs) -> Model | None:
    """Return the model that an entry is by the provider's own list, or None; without a model id the key may name it."""
    directory = inputs.native.get(entry.provider)
    if directory is None:
        return None
    named = directory.resolve(entry.known_as)
    if named.served is None or not (named.certain or named.works):
        return None
    return native_model(named.served, directory, inputs.policy)


def merge_alone(
    entry: Entry, model: Model, locked: LockEntry | None, inputs: Inputs, draft: Draft, *, other_model: bool
) -> None:
    """Merge an entry that no listing has, but its provider's own list."""
    EntryMerge(entry, model, locked, inputs, other_model=other_model).run(draft)
    draft.claim(entry.provider, model.upstream)
    draft.claim(entry.provider, draft.entries[entry.name].upstream)
    if entry.provider in inputs.covered:
        own = (
            "the prices in the file stay" if any(entry.fields.get(name) for name in fields.PRICES) else "no price known"
        )
        draft.note(
            "unpriced", entry.name, f"served by {display(entry.provider)}, not listed by {inputs.listing.source}: {own}"
        )


def note_unserved(section: Section, inputs: Inputs, draft: Draft) -> None:
    """Warn of every entry whose id the provider's complete list does not have. That is all: accounts differ."""
    directory = inputs.native.get(section.provider)
    if directory is None or not directory.list.complete:
        return
    for entry in section.entries:
        name = entry.model_id
        if name and not entry.blocked and (absent := _absence(name, directory)):
            draft.note("not-served", entry.name, absent)


def _absence(name: str, directory: Directory) -> str:
    found = directory.resolve(name)
    whose = "this server's" if directory.provider in SELF_HOSTED else f"this account's {display(directory.provider)}"
    if not found.candidates:
        return f"{name} is not in {whose} list"
    if found.works is False and found.served is not None and not found.ambiguous:
        return f"{name} is not in {whose} list, {found.served.id} is"
    return ""


def display(provider: str) -> str:
    """Return what people call a provider."""
    from modelsync.sources.registry import APIS

    return APIS[provider].display if provider in APIS else provider


def models_alone(section: Section, inputs: Inputs) -> Iterator[Model]:
    """Yield the models that only the provider's own list has and its rule asks for: those of providers no listing speaks for."""
    directory = inputs.native.get(section.provider)
    rule = inputs.policy.add.get(section.provider, "none")
    if directory is None or section.provider in inputs.covered or rule == "none":
        return
    for served in directory.list.models:
        model = native_model(served, directory, inputs.policy)
        wanted = rule == "all" or any_names(rule, model.slug) or any_names(rule, served.id)
        if wanted and not served.alias_of and served.lifecycle != "retired":
            yield model
