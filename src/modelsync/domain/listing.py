"""What one source said once: records in the source's own ids, already checked and exact."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from modelsync.domain.money import Variable


class Override(Struct, frozen=True):
    """Prices that hold under a condition, by upstream's own keys; None is a price that cannot be read.

    They hold for prompts of more than `above` tokens, and within `hours`: the first minute of the UTC day and the one after the
    last, perhaps over midnight. Without either they hold for any prompt, and all day. `unclear` names the condition that nobody
    understands; then nothing is known of these prices, whatever the condition.
    """

    prices: dict[str, Decimal | Variable | None]
    above: int | None = None
    hours: tuple[int, int] | None = None
    unclear: str = ""


class Record(Struct, frozen=True):
    """One upstream model. Prices are USD per token by upstream's own key; a price it does not name is not here.

    `id` is the source's full id (`openai/gpt-4o:batch`). Limits are tokens; None and 0 say that upstream does not know. `created` is a Unix time, 0
    when unknown. Of `overrides` the later win, key by key; where they name hours, `prices` are those of the hour of the answer.
    """

    id: str
    name: str = ""
    description: str | None = None
    created: int = 0
    context_length: int | None = None
    max_output_tokens: int | None = None
    prices: dict[str, Decimal | Variable] = {}
    overrides: tuple[Override, ...] = ()
    input_modalities: tuple[str, ...] = ()
    output_modalities: tuple[str, ...] = ()
    modality: str = ""
    parameters: frozenset[str] = frozenset()
    alias_of: str = ""
    open_weights: bool = False
    expires: str = ""


class Quarantined(Struct, frozen=True):
    """A record that was left out. `subject` names it as well as it could be named; `by_id` says its id was the reason."""

    subject: str
    reason: str
    by_id: bool = False


class Listing(Struct, frozen=True):
    """Everything one source said in one answer.

    `complete` says whether absence from `records` means absence upstream; if not, `incomplete_because` says why not.
    `kinds` are the output modalities the listing covers (`text`, or also `image`, `embeddings`, …): a model of another
    kind is not absent, only not asked for. `day` is the date on which it was true (ISO): that of the request, or for a file
    that of its last change (UTC), never later than today. `digest` identifies the bytes.
    """

    source: str
    records: tuple[Record, ...]
    day: str
    digest: str
    complete: bool = True
    incomplete_because: str = ""
    kinds: frozenset[str] = frozenset({"text"})
    quarantined: tuple[Quarantined, ...] = ()
    notes: tuple[str, ...] = ()
