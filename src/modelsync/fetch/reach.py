"""How a provider's API is reached: its address and the headers that show its key, from variables, settings or a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.errors import UsageError
from modelsync.fetch.address import checked_base
from modelsync.fetch.exchange import Manner, manner_of
from modelsync.fetch.secrets import find_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelsync.fetch.recording import Asked, Recorder, Replay
    from modelsync.settings import ProviderAccess
    from modelsync.sources.api import Api


class Way(Struct, frozen=True):
    """How one provider is reached. `manner.base` is its address."""

    manner: Manner
    headers: Mapping[str, str]


def way_to(
    api: Api,
    access: ProviderAccess,
    environment: Mapping[str, str],
    *,
    replay: Replay | None = None,
    record: Recorder | None = None,
) -> Way | None:
    """Find address and key; None where a key is needed and there is none, or where the recording did not ask this provider.

    `replay` answers instead of the environment, `record` is told what cannot be asked. Raises `UsageError` for an address or a
    key that cannot be used.
    """
    if replay is not None:
        return _recorded(api, replay.asked.get(api.name))
    try:
        return _found(api, access, environment)
    except UsageError as error:
        if record is not None:
            record.could_not_ask(api.name, error)
        raise


def _recorded(api: Api, asked: Asked | None) -> Way | None:
    if asked is not None and asked.failed:
        raise UsageError(asked.failed, hint=asked.hint)
    return Way(manner_of(api, asked.base, asked.key_from), {}) if asked else None


def _found(api: Api, access: ProviderAccess, environment: Mapping[str, str]) -> Way | None:
    key = find_key(api.key_variables, access, environment)
    if key is None and api.needs_key:
        return None
    base = _base(api, access, environment)
    if key is None:
        return Way(manner_of(api, base, ""), {})
    return Way(manner_of(api, base, key.source), api.sign(key.value, key.variable))


def _base(api: Api, access: ProviderAccess, environment: Mapping[str, str]) -> str:
    """The first of the SDK's variables that is not blank, else the settings, else the provider's own address."""
    said = ((variable, environment.get(variable, "").strip()) for variable in api.base_variables)
    settings = (f"providers.{api.name}.base_url", access.base_url or "")
    named_by, named = next((pair for pair in (*said, settings) if pair[1]), ("", ""))
    if not named:
        return api.base
    return checked_base(api.spell(named), named_by, provider=api.name, allow_http=access.allow_http)
