"""The providers' own lists that a sync takes into account: asked for where models are read from the network, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.planning.changes import UNREACHABLE, Note
from modelsync.planning.native import outdated, remarks_on
from modelsync.settings import policy
from modelsync.sources import openrouter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelsync.domain.lock import Lock
    from modelsync.domain.served import ServedList
    from modelsync.fetch.listing import Surroundings
    from modelsync.fetch.providers import Failed, Outcome
    from modelsync.normalize.native import Directory
    from modelsync.pipeline.telling import Tell
    from modelsync.settings import Settings


class OwnLists(Struct, frozen=True):
    """What the providers of a catalog said of themselves: their lists, a note on each that was asked in vain, and a sentence on
    each that was not asked.
    """

    lists: tuple[ServedList, ...] = ()
    failures: tuple[Note, ...] = ()
    unasked: tuple[str, ...] = ()


NOBODY_ASKED = OwnLists()


def own_lists(providers: Iterable[str], settings: Settings, around: Surroundings, tell: Tell) -> OwnLists:
    """Ask these providers for their own lists, if the settings' source is OpenRouter on the network; any other asks nobody.

    A provider without a key is not asked, nor a server of one's own that nobody named. OpenRouter's own list is the listing.
    """
    if settings.source != openrouter.NAME or not policy(settings).native_lists:
        return NOBODY_ASKED
    from modelsync.pipeline.asking import apis_of, ask_providers, is_configured

    apis = [
        api
        for api in apis_of(providers)
        if api.name != openrouter.NAME and (api.needs_key or is_configured(api, settings, around))
    ]
    return _sorted_out(ask_providers(apis, settings, around, tell)) if apis else NOBODY_ASKED


def _sorted_out(outcomes: Mapping[str, Outcome]) -> OwnLists:
    from modelsync.domain.served import ServedList
    from modelsync.fetch.providers import Failed, NotRunning, Skipped

    lists = tuple(outcome for outcome in outcomes.values() if isinstance(outcome, ServedList))
    failures = tuple(_failure(outcome) for outcome in outcomes.values() if isinstance(outcome, Failed))
    unasked = [
        f"{outcome.display}: not asked for its own list, no key in {' or '.join(outcome.variables)}"
        for outcome in outcomes.values()
        if isinstance(outcome, Skipped)
    ]
    unasked += [
        f"{outcome.display}: not running at {outcome.base}"
        for outcome in outcomes.values()
        if isinstance(outcome, NotRunning)
    ]
    return OwnLists(lists, failures, tuple(unasked))


def _failure(failed: Failed) -> Note:
    text = f"{failed.display} did not give its own list, so what it said before stands: {failed.message}"
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
