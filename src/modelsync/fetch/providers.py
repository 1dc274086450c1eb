"""The providers' own lists: all asked at the same time, none hurt by another."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from modelsync.domain.served import ServedList
from modelsync.errors import ModelsyncError, NobodyListens, NothingFetched
from modelsync.fetch.address import origin, shown
from modelsync.fetch.exchange import OFFLINE, Call, json_body
from modelsync.fetch.reach import Way, way_to
from modelsync.fetch.secrets import without_secrets
from modelsync.fetch.together import GRACE_SECONDS, together
from modelsync.settings import ProviderAccess

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelsync.fetch.exchange import Manner
    from modelsync.fetch.listing import Surroundings
    from modelsync.sources.api import Api, Request

TRY_AGAIN = "Check the address and the network, or try again later."
"""What helps where a provider gives no list: no other source has it."""

AT_ONCE = 8
"""How many requests one provider is sent at the same time."""

MAX_BYTES = 64 * 1024 * 1024
"""How much one provider may send in one conversation."""


class Failed(Struct, frozen=True):
    """A provider that was asked and gave no list. `message` and `hint` are as an error's, but for other sources, which have no such list."""

    provider: str
    display: str
    message: str
    hint: str


class Skipped(Struct, frozen=True):
    """A provider that was not asked, because there is no key: any of the `variables` may hold one.

    One that `needs_key` not is skipped where a recording has no answer of it; then the `variables` are those of its address.
    """

    provider: str
    display: str
    variables: tuple[str, ...]
    needs_key: bool = True


class NotRunning(Struct, frozen=True):
    """A server of one's own that is not there: nobody listens at `base`, the address it has unless another is named."""

    provider: str
    display: str
    base: str


Outcome: TypeAlias = ServedList | Failed | Skipped | NotRunning


def fetch_all(
    apis: Iterable[Api], around: Surroundings, providers: Mapping[str, ProviderAccess] | None = None
) -> dict[str, Outcome]:
    """Ask every provider for its list, by name, in the order given. What goes wrong with one is its own outcome.

    `providers` are the settings. The total deadline is for all of them together.
    """
    asked = list(apis)
    settings = providers or {}
    deadline = time.monotonic() + around.limits.total
    jobs = [partial(_outcome, api, settings.get(api.name, ProviderAccess()), around, deadline) for api in asked]
    outcomes = together(jobs, most=max(len(jobs), 1), deadline=deadline + 2 * GRACE_SECONDS)
    return {
        api.name: outcome if outcome is not None else _late(api, around)
        for api, outcome in zip(asked, outcomes, strict=True)
    }


def _outcome(api: Api, access: ProviderAccess, around: Surroundings, deadline: float) -> Outcome:
    try:
        way = way_to(api, access, around.environment, replay=around.replay, record=around.record)
        if way is None:
            variables = api.key_variables if api.needs_key else api.base_variables
            return Skipped(api.name, api.display, variables, api.needs_key)
        return _listed(api, way, around, deadline)
    except ModelsyncError as error:
        return _failed(api, error, around)


def _listed(api: Api, way: Way, around: Surroundings, deadline: float) -> ServedList | NotRunning:
    try:
        return _converse(api, way, around, deadline)
    except NobodyListens:
        if way.manner.base != api.base:
            raise
        return NotRunning(api.name, api.display, api.base)


def _late(api: Api, around: Surroundings) -> Failed:
    return _failed(api, around.out_of_time(api.name, api.display), around)


def _failed(api: Api, error: ModelsyncError, around: Surroundings) -> Failed:
    message = without_secrets(error.message, around.environment)
    return Failed(api.name, api.display, message, error.hint.replace(OFFLINE, TRY_AGAIN))


def _converse(api: Api, way: Way, around: Surroundings, deadline: float) -> ServedList:
    """Carry out the requests of a conversation until it returns the list."""
    talk = api.ask(way.manner.base, way.headers, around.today)
    received = 0
    try:
        requests = next(talk)
        while True:
            jobs = [partial(_ask, request, way.manner, around, deadline) for request in requests]
            bodies = [
                _in_time(body, api, around) for body in together(jobs, most=AT_ONCE, deadline=deadline + GRACE_SECONDS)
            ]
            received += sum(map(len, bodies))
            if received > MAX_BYTES:
                raise NothingFetched(f"{api.display} sent more than {MAX_BYTES // 2**20} MiB", hint=OFFLINE)
            requests = talk.send([body or None for body in bodies])
    except StopIteration as end:
        listed: ServedList = end.value
        return listed


def _in_time(body: bytes | None, api: Api, around: Surroundings) -> bytes:
    if body is None:
        raise around.out_of_time(api.name, api.display)
    return body


def _ask(request: Request, manner: Manner, around: Surroundings, deadline: float) -> bytes:
    """Return the body of one answer, never empty; or an empty one for an optional request that failed."""
    if origin(request.url) != origin(manner.base):
        raise NothingFetched(
            f"{manner.display} leads to another host, {shown(request.url)}: not followed", hint=OFFLINE
        )
    call = Call(request, manner, deadline, around.limits.page)
    try:
        return json_body(call, around.send(call))
    except NothingFetched:
        if request.optional:
            return b""
        raise
