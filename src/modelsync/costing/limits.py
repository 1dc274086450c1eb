"""Which limits of a model a call goes beyond: what it would cost does not matter, for it cannot be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.costing.usage import require_usage

if TYPE_CHECKING:
    from typing import Protocol

    from modelsync.costing.usage import Usage

    class Limited(Protocol):
        """Whatever has limits, as a catalog's `Model` does; None is one that is not known."""

        @property
        def context_length(self) -> int | None:
            """The most tokens of a prompt."""
            ...

        @property
        def max_output_tokens(self) -> int | None:
            """The most tokens of an answer."""
            ...


class Excess(Struct, frozen=True, gc=False):
    """A limit that a call goes beyond: `context_length` or `max_output_tokens`, how many tokens the call has, and the most there may be."""

    limit: str
    tokens: int
    most: int


def excesses(model: Limited, usage: Usage) -> tuple[Excess, ...]:
    """Return the limits that a call of a model goes beyond: a prompt that is longer than the context, an output longer than the longest.

    A limit that is not known is not gone beyond. The answer is not added to the prompt, since some providers count the context
    without it. Raises `InvalidCall` for what is no `Usage`.
    """
    require_usage(usage)
    limits = (
        ("context_length", usage.prompt_tokens, model.context_length),
        ("max_output_tokens", usage.output_tokens, model.max_output_tokens),
    )
    return tuple(Excess(limit, tokens, most) for limit, tokens, most in limits if most is not None and tokens > most)
