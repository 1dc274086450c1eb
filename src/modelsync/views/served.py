"""What providers serve, to show: the facts that every format shares, and the styled lines of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from modelsync.domain.served import Served, ServedList
from modelsync.views.columns import table
from modelsync.views.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.views.lines import Line

State: TypeAlias = Literal["listed", "failed", "skipped", "not running"]
COLUMNS = ("id", "context", "output", "date", "in catalog", "")
"""Of each model: id, limits in tokens, the day it was made, its keys in the catalog, and what else there is to know."""

_NUMBERS = ("context", "output")
_STYLES = {"id": "", "in catalog": "green", "": "yellow"}
"""Of the columns that are not dim."""


class Offer(Struct, frozen=True):
    """A model that a provider serves, with the keys of the catalog's entries for it."""

    model: Served
    keys: tuple[str, ...] = ()


class Answer(Struct, frozen=True):
    """What came of asking one provider.

    `listed` is its list, None where it gave none, and `offers` those of its models that were wanted. `message` and `hint` say
    what failed, or why one that needs no key was skipped; `variables` are those that would name a key, or, where none is needed,
    an address.
    """

    provider: str
    display: str
    state: State
    listed: ServedList | None = None
    offers: tuple[Offer, ...] = ()
    message: str = ""
    hint: str = ""
    variables: tuple[str, ...] = ()


class Serving(Struct, frozen=True):
    """What every provider that was asked serves, on a day (ISO).

    `catalog` is the file that was compared with, or empty. `chosen` says that a filter was at work.
    """

    answers: tuple[Answer, ...]
    day: str
    catalog: str = ""
    chosen: bool = False


def headline(answer: Answer, *, chosen: bool) -> str:
    """Say in one line what came of asking a provider, without its name."""
    match answer.state:
        case "skipped" if answer.message:
            return f"skipped, {answer.message}: it needs no key, {answer.variables[0]} says where it is"
        case "skipped":
            first, *others = answer.variables
            return f"skipped, no key: set {first}" + (f" (or {', '.join(others)})" if others else "")
        case "not running":
            return f"not running at {answer.message}; {answer.variables[0]} names another address"
        case "failed":
            return f"failed: {answer.message}"
        case "listed":
            return _extent(answer, chosen=chosen)


def _extent(answer: Answer, *, chosen: bool) -> str:
    listed = answer.listed
    if listed is None:
        return ""
    total = f"{len(listed.models)} model{'' if len(listed.models) == 1 else 's'}"
    left_out = f", {len(listed.quarantined)} left out" if listed.quarantined else ""
    incomplete = "" if listed.complete else f", incomplete: {listed.incomplete_because}"
    return f"{f'{len(answer.offers)} of ' if chosen else ''}{total}{left_out}{incomplete}"


def cells(offer: Offer, day: str) -> tuple[str, ...]:
    """Return what the columns show of a model on a day; empty where nothing is known."""
    model = offer.model
    limits = (str(limit) if limit is not None else "" for limit in (model.context_length, model.max_output_tokens))
    return (model.id, *limits, model.created, ", ".join(offer.keys), remarks(model, day))


def remarks(model: Served, day: str) -> str:
    """Say what a model is for if not for text, what it is another name of, and until when it is served."""
    alias = f"alias of {model.alias_of}" if model.alias_of else ""
    kind = "other kind" if model.kind == "other" else model.kind
    return ", ".join(filter(None, (kind, alias, _end(model, day))))


def _end(model: Served, day: str) -> str:
    lifecycle = "" if model.lifecycle == "active" else model.lifecycle
    if not model.retires:
        return lifecycle
    if lifecycle == "retired":
        return f"retired on {model.retires}"
    when = f"retires on {model.retires}" if model.retires > day else f"was to retire on {model.retires}"
    return f"{lifecycle}, {when}" if lifecycle else when


def left_out(listed: ServedList) -> tuple[str, ...]:
    """Say what is peculiar about a list: its notes, and the records that could not be read."""
    return (*listed.notes, *(f"left out: {record.subject}: {record.reason}" for record in listed.quarantined))


def serving_lines(serving: Serving, *, models: bool, verbose: bool) -> Iterator[Line]:
    """Render one line a provider; with `models` a table of them below it, with `verbose` what is peculiar about the list."""
    below_a_table = False
    for answer in serving.answers:
        if below_a_table:
            yield ()
        yield from _head_lines(answer, chosen=serving.chosen, verbose=verbose)
        below_a_table = models and bool(answer.offers)
        if below_a_table:
            yield from _table(answer, serving.day)


def _head_lines(answer: Answer, *, chosen: bool, verbose: bool) -> Iterator[Line]:
    style = {"failed": "red", "listed": ""}.get(answer.state, "dim")
    yield (("bold", f"{answer.display}: "), (style, visible(headline(answer, chosen=chosen), 400)))
    if answer.hint:
        yield (("dim", f"  {visible(answer.hint, 400)}"),)
    if verbose and answer.listed is not None:
        yield from ((("dim", f"  {visible(note, 400)}"),) for note in left_out(answer.listed))


def _table(answer: Answer, day: str) -> Iterator[Line]:
    rows = [tuple(map(visible, cells(offer, day))) for offer in answer.offers]
    return table(COLUMNS, rows, numbers=_NUMBERS, styles=_STYLES)
