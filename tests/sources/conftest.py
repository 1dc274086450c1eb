"""A provider to talk to: requests in, bodies out, no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import pytest
from msgspec import Struct

from modelsync.domain.served import Served, ServedList
from modelsync.sources.api import Api, Request

DAY = "2026-09-01"
BASE = "https://provider.test/base"

Answer = Callable[[Request], bytes | None]


class Talk(Struct, frozen=True):
    """One conversation: what came of it, and every round of requests in it."""

    list: ServedList
    rounds: tuple[tuple[Request, ...], ...]

    @property
    def models(self) -> dict[str, Served]:
        """The models by id."""
        return {model.id: model for model in self.list.models}

    @property
    def kinds(self) -> dict[str, int]:
        """How many models there are of each kind."""
        return dict(Counter(model.kind for model in self.list.models))

    @property
    def urls(self) -> list[str]:
        """What was asked for, below the base."""
        return [request.url.removeprefix(BASE) for requests in self.rounds for request in requests]


def talk(api: Api, answer: Answer, *, base: str = BASE, headers: Mapping[str, str] | None = None) -> Talk:
    """Hold a conversation to its end. Only an optional request may go unanswered."""
    conversation = api.ask(base, headers or {}, DAY)
    rounds: list[tuple[Request, ...]] = []
    requests = next(conversation)
    while True:
        rounds.append(tuple(requests))
        assert requests, "a round without a request is waiting for nothing"
        bodies = [answer(request) for request in requests]
        assert all(body is not None or request.optional for request, body in zip(requests, bodies, strict=True))
        try:
            requests = conversation.send(bodies)
        except StopIteration as stop:
            return Talk(stop.value, tuple(rounds))


@pytest.fixture(name="talk", scope="session")
def talk_to() -> Callable[..., Talk]:
    """Return what talks to a provider."""
    return talk


@pytest.fixture(scope="session")
def said() -> Callable[..., Talk]:
    """Return what talks to a provider that sends these bodies, one after the other, and then nothing more."""

    def say(api: Api, *bodies: bytes, base: str = BASE) -> Talk:
        waiting = list(bodies)
        return talk(api, lambda _: waiting.pop(0) if waiting else None, base=base)

    return say
