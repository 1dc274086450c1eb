"""What a provider itself says it serves: the models of its own list, under the ids an application sends to its API."""

from __future__ import annotations

from msgspec import Struct

from modelsync.domain.listing import Quarantined


class Served(Struct, frozen=True):
    """One model of a provider's own list. A fact the provider does not state is empty or None, never a guess.

    `id` is what an application sends to the API. Limits are tokens. `created` is the ISO day the model was made, or, on a
    server of one's own, put there; `retires` the ISO day from which it is no longer served. `features` are those the
    provider states, `lacks` those it states the model does not have, both under the field's names. `kind` is empty for a
    model that generates text, else what it is for (`embeddings`, `image`, `video`, `rerank`, `moderation`,
    `speech` and `transcription` for text to sound and back, `audio` for live talk), or `other`. `lifecycle` is `active`,
    `deprecated`, `retired` or empty. `alias_of` is the id that this one is another name of.
    """

    id: str
    name: str = ""
    created: str = ""
    context_length: int | None = None
    max_output_tokens: int | None = None
    features: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    kind: str = ""
    lifecycle: str = ""
    retires: str = ""
    alias_of: str = ""


class ServedList(Struct, frozen=True):
    """Everything one provider said about what it serves, in one conversation.

    `models` is sorted by id, each id once. `complete` says whether absence from `models` means that the account is not
    served that model; if not, `incomplete_because` says why not. `day` is the date on which it was true (ISO), `digest`
    identifies what was read: the same facts in another order, or asked for at another time, have the same digest.
    """

    provider: str
    source: str
    models: tuple[Served, ...]
    day: str
    digest: str
    complete: bool = True
    incomplete_because: str = ""
    quarantined: tuple[Quarantined, ...] = ()
    notes: tuple[str, ...] = ()
