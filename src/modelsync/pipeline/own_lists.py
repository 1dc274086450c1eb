"""The lists that a sync is made from: the listing of its source and, where that is the network, the providers' own lists."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.fetch.address import shown
from modelsync.fetch.listing import fetch
from modelsync.planning.changes import UNREACHABLE, Note
from modelsync.planning.native import outdated, remarks_on
from modelsync.settings import policy
from modelsync.sources import openrouter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelsync.domain.listing import Listing
    from modelsync.domain.lock import Lock
    from modelsync.domain.served import ServedList
    from modelsync.fetch.listing import Surroundings
    from modelsync.fetch.providers import Failed, Outcome, Skipped
    from modelsync.normalize.native import Directory
    from modelsync.pipeline.telling import Tell
    from modelsync.settings import Settings
    from modelsync.sources.api import Api


class OwnLists(Struct, frozen=True):
    """What the providers of a catalog said of themselves: their lists, a note on each that was asked in vain, and a sentence on
    each that was not asked.
    """

    lists: tuple[ServedList, ...] = ()
    failures: tuple[Note, ...] = ()
    unasked: tuple[str, ...] = ()


NOBODY_ASKED = OwnLists()


def fetch_lists(
    providers: Iterable[str], settings: Settings, around: Surroundings, tell: Tell, *, named: bool = False
) -> tuple[Listing, OwnLists]:
    """Fetch the listing of the settings' source and at the same time, if that is OpenRouter on the network, these providers' lists.

    A provider without a key is not asked, nor a server of one's own that nobody named: neither in the settings nor, which `named`
    says, when these providers were chosen. OpenRouter's own list is the listing.
    Raises what `fetch` raises, without waiting for a provider; what goes wrong with one of those is no error.
    """
    source = settings.source
    reading = f"reading models from {shown(source) if '://' in source else source}"
    apis = _to_be_asked(providers, settings, around, named=named)
    if not apis:
        tell(reading)
        return fetch(source, around, settings.providers), NOBODY_ASKED
    from modelsync.fetch.providers import fetch_all
    from modelsync.fetch.together import meanwhile

    tell(f"{reading}, asking {', '.join(api.display for api in apis)}")
    answers = meanwhile(partial(fetch_all, apis, around, settings.providers))
    listing = fetch(source, around, settings.providers)
    return listing, _sorted_out(answers())


def _to_be_asked(providers: Iterable[str], settings: Settings, around: Surroundings, *, named: bool) -> list[Api]:
    if settings.source != openrouter.NAME or not policy(settings).native_lists:
        return []
    from modelsync.pipeline.asking import apis_of, is_configured

    return [
        api
        for api in apis_of(providers)
        if api.name != openrouter.NAME and (named or api.needs_key or is_configured(api, settings, around))
    ]


def _sorted_out(outcomes: Mapping[str, Outcome]) -> OwnLists:
    from modelsync.domain.served import ServedList
    from modelsync.fetch.providers import Failed, NotRunning, Skipped

    lists = tuple(outcome for outcome in outcomes.values() if isinstance(outcome, ServedList))
    failures = tuple(_failure(outcome) for outcome in outcomes.values() if isinstance(outcome, Failed))
    unasked = [
        f"{outcome.display}: not asked for its own list, {_why_skipped(outcome)}"
        for outcome in outcomes.values()
        if isinstance(outcome, Skipped)
    ]
    unasked += [
        f"{outcome.display}: not running at {outcome.base}"
        for outcome in outcomes.values()
        if isinstance(outcome, NotRunning)
    ]
    return OwnLists(lists, failures, tuple(unasked))


def _why_skipped(skipped: Skipped) -> str:
    variables = " or ".join(skipped.variables)
    return f"no key in {variables}" if skipped.needs_key else f"not in the recording; {variables} says where it is"


def _failure(failed: Failed) -> Note:
    hint = f". {failed.hint}" if failed.hint else ""
    text = f"{failed.display} did not give its own list, so what it said before stands: {failed.message}{hint}"
    return Note(UNREACHABLE, failed.provider, text)


def directories(own: OwnLists, lock: Lock | None, vendors: Mapping[str, str]) -> dict[str, Directory]:
    """Open every list that is to be believed, by provider; an upstream prefix of `vendors` is understood in front of a name."""
    if not own.lists:
        return {}
    from modelsync.normalize.native import Directory

    return {
        served.provider: Directory(
            served.provider, served, [vendor for vendor, provider in vendors.items() if provider == served.provider]
        )
        for served in own.lists
        if not outdated(served, lock)
    }


def remarks(own: OwnLists, lock: Lock | None) -> tuple[Note, ...]:
    """Return what is to be said about the lists: who gave none, and what is wrong with one."""
    return (*own.failures, *(note for served in own.lists for note in remarks_on(served, lock)))
