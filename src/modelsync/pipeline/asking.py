"""Asking the providers what they serve: which of them, and all at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.errors import UsageError
from modelsync.fetch.providers import fetch_all
from modelsync.pipeline.telling import Tell, say_nothing
from modelsync.settings import ProviderAccess
from modelsync.sources.registry import APIS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from modelsync.fetch.listing import Surroundings
    from modelsync.fetch.providers import Outcome
    from modelsync.settings import Settings
    from modelsync.sources.api import Api


def apis_named(names: Sequence[str]) -> tuple[Api, ...]:
    """Return the APIs of the providers a person named, each once, in that order; all of them where none is named.

    Names are those of the catalog, in any case. Raises `UsageError` for one that has no API here.
    """
    for name in names:
        if name.lower() not in APIS:
            raise _no_such_provider(name)
    return tuple(APIS[name] for name in dict.fromkeys(map(str.lower, names))) or tuple(APIS.values())


def _no_such_provider(name: str) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), APIS, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(APIS)}."
    return UsageError(f"no provider {name!r} whose list can be read", hint=hint)


def apis_of(providers: Iterable[str]) -> tuple[Api, ...]:
    """Return the APIs of these providers of a catalog, in the order in which they are shown; some have none."""
    wanted = set(providers)
    return tuple(api for name, api in APIS.items() if name in wanted)


def is_configured(api: Api, settings: Settings, around: Surroundings) -> bool:
    """Say whether somebody named a key or an address for this API; in a replay, whether the recording asked it."""
    if around.replay is not None:
        return api.name in around.replay.asked
    access = settings.providers.get(api.name, ProviderAccess())
    said = (around.environment.get(variable, "").strip() for variable in (*api.key_variables, *api.base_variables))
    return any(said) or bool(access.api_key_file or access.base_url)


def ask_providers(
    apis: Sequence[Api], settings: Settings, around: Surroundings, tell: Tell = say_nothing
) -> dict[str, Outcome]:
    """Ask these providers for their lists, all at the same time, as the settings say each is reached; by name, in that order.

    What goes wrong with one is its outcome, never an error.
    """
    tell(f"asking {', '.join(api.display for api in apis)}")
    return fetch_all(apis, around, settings.providers)
