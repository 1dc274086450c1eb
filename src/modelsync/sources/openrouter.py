"""OpenRouter's `GET /api/v1/models`: a bare `{"data": [...]}`, the envelope with `links.next`, and pages of it.

Source: OpenRouter's API reference and recorded answers from May 2025 to August 2026. Prices are decimal strings in USD
per token; a key that is zero is left out since early 2026, so an absent key is unknown, not free. `pricing.overrides` are prices
under conditions: `min_prompt_tokens` (strictly more), `utc_start` and `utc_end` (HHMM, half-open, perhaps over midnight). An entry
holds where all of its conditions do, and of those that hold the later win, key by key. With hours in them, the top-level price is
only the one of the hour of the answer.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Raw, Struct

from modelsync.domain.listing import Listing, Override, Quarantined, Record
from modelsync.domain.money import usd_per_token
from modelsync.domain.pricing import minute_of
from modelsync.sources.records import LONGEST_ID, UNREADABLE, decode, named, unnamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME = "openrouter"
EVERY_KIND = "output_modalities=all"
"""The query without which the list has models that write text only: embeddings, images or rerank would look like gone."""
KEY_VARIABLES = ("OPENROUTER_API_KEY",)

PRICE_KEYS = frozenset({
    "prompt", "completion", "request", "image", "image_token", "image_output", "audio", "audio_output", "input_audio_cache",
    "web_search", "internal_reasoning", "input_cache_read", "input_cache_write", "input_cache_write_1h",
})  # fmt: skip
_OVERRIDES = "overrides"
_DISCOUNT = "discount"
_KNOWN_KEYS = PRICE_KEYS | {_OVERRIDES, _DISCOUNT}
_THRESHOLD = "min_prompt_tokens"
_WINDOW_KEYS = ("utc_start", "utc_end")
_CONDITIONS = frozenset({_THRESHOLD, *_WINDOW_KEYS})
_ID = re.compile(r"~?[A-Za-z0-9][A-Za-z0-9._@+-]*(?:/[A-Za-z0-9][A-Za-z0-9._@+-]*)+(?::[A-Za-z0-9._-]+)?\Z")
_LARGEST_LIMIT = 10**12
_LONGEST_CONDITION = 60
_UNCLEAR = "the prices it names count as unknown, please report it"


class _Links(Struct):
    next: str | None = None


class _Page(Struct):
    data: list[Raw]
    links: _Links | None = None
    total_count: int | None = None


class _Architecture(Struct):
    modality: str | None = None
    input_modalities: list[str] | None = None
    output_modalities: list[str] | None = None


class _Stated(Struct):
    architecture: _Architecture | None = None
    supported_parameters: list[str] | None = None


class _Abilities(Struct, frozen=True):
    """What a model takes, gives and understands, as in `Record`."""

    modality: str
    input_modalities: tuple[str, ...]
    output_modalities: tuple[str, ...]
    parameters: frozenset[str]


class _TopProvider(Struct):
    context_length: Any = None
    max_completion_tokens: Any = None


class _Alias(Struct):
    slug: str


_NULL = Raw(b"null")


class _Model(Struct):
    id: str
    name: str | None = None
    description: str | None = None
    created: Any = None
    context_length: Any = None
    pricing: dict[str, Any] | None = None
    architecture: Raw = _NULL
    top_provider: _TopProvider | None = None
    supported_parameters: Raw = _NULL
    hugging_face_id: str | None = None
    alias_target: _Alias | None = None
    expiration_date: str | None = None


_MODEL = msgspec.json.Decoder(_Model)
_STATED = msgspec.json.Decoder(_Stated)
_HINT = 'A model list is JSON like {"data": [{"id": …}, …]}, as OpenRouter\'s /api/v1/models answers.'


def next_page(body: bytes) -> str | None:
    """Return the address of the page after this one (often relative), or None for the last; raises `NothingFetched`."""
    page = decode(body, _Page, "the answer", hint=_HINT)
    return (page.links.next or None) if page.links else None


def read(pages: list[bytes], *, source: str, day: str) -> Listing:
    """Read all pages of one answer, in order, into a listing.

    A bad record is quarantined, never the run. The listing is complete when no page is missing, at least one record is
    there, and no record had to be left out for its id. Raises `NothingFetched` when the bytes are no model list at all.
    """
    decoded = [decode(body, _Page, source, hint=_HINT) for body in pages]
    reading = _Reading()
    for page in decoded:
        for raw in page.data:
            reading.add(raw)
    reading.drop_contradictions()
    reason = _why_incomplete(decoded, reading)
    return Listing(
        source=source,
        records=tuple(reading.records.values()),
        day=day,
        digest=_digest(pages),
        complete=not reason,
        incomplete_because=reason,
        kinds=_kinds(reading.records.values()),
        quarantined=tuple(reading.quarantined),
        notes=reading.notes(),
    )


def _digest(pages: list[bytes]) -> str:
    """Name the bytes of all pages, without joining them."""
    digest = hashlib.sha256()
    for page in pages:
        digest.update(page)
    return "sha256:" + digest.hexdigest()


def _why_incomplete(pages: list[_Page], reading: _Reading) -> str:
    last = pages[-1]
    if last.links is not None and last.links.next:
        return "a page is missing"
    if not reading.records:
        return "it holds no models"
    if reading.bad_ids:
        return unnamed(reading.bad_ids)
    seen = sum(len(page.data) for page in pages)
    if last.total_count is not None and last.total_count > seen:
        return f"{seen} of {last.total_count} models arrived"
    return ""


def _kinds(records: Iterable[Record]) -> frozenset[str]:
    """Tell what kinds of model a listing covers: those of its models without text output, and text if a model puts out just that.

    A list of image models has some that also write text; that does not make it a list of text models.
    """
    outputs = {record.output_modalities or ("text",) for record in records}
    textless = {kind for kinds in outputs if "text" not in kinds for kind in kinds}
    return frozenset(textless | ({"text"} if ("text",) in outputs else set()))


class _Reading:
    """The records read so far, and what had to be left out."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.quarantined: list[Quarantined] = []
        self.bad_ids = 0
        self._abilities: dict[bytes, _Abilities] = {}
        self._contradictory: set[str] = set()
        self._remarks: dict[tuple[str, str], int] = {}

    def add(self, raw: Raw) -> None:
        try:
            model = _MODEL.decode(raw)
            abilities = self._able(model)
        except UNREADABLE as error:
            self._leave_out(named(raw, _is_id), str(error))
            return
        if not _is_id(model.id):
            self.bad_ids += 1
            self.quarantined.append(Quarantined(ascii(model.id[:LONGEST_ID]), "not a usable model id", by_id=True))
            return
        record = _record(model, abilities)
        if model.pricing and (not PRICE_KEYS.issuperset(model.pricing)):
            self._note_pricing(model.pricing, record)
        known = self.records.get(model.id)
        if known is not None and known != record:
            self._contradictory.add(model.id)
        self.records[model.id] = record

    def _able(self, model: _Model) -> _Abilities:
        """Read what a model is able to do. Few lists of that differ, so all models with the same one share what is read."""
        stated = b'{"architecture":%b,"supported_parameters":%b}' % (model.architecture, model.supported_parameters)
        known = self._abilities.get(stated)
        if known is None:
            known = self._abilities[stated] = _abilities(_STATED.decode(stated))
        return known

    def _note_pricing(self, pricing: Mapping[str, object], record: Record) -> None:
        for key in pricing.keys() - _KNOWN_KEYS:
            self._say(f"unknown pricing key {key!a}", "not read, please report it")
        for unclear in {override.unclear for override in record.overrides} - {""}:
            self._say(
                f"pricing.overrides with a condition not understood ({ascii(unclear[:_LONGEST_CONDITION])[1:-1]})",
                _UNCLEAR,
            )
        if usd_per_token(pricing.get(_DISCOUNT)):
            self._say("a pricing.discount", "prices are taken as listed, please report it")

    def _say(self, what: str, then: str) -> None:
        self._remarks[what, then] = self._remarks.get((what, then), 0) + 1

    def _leave_out(self, name: str | None, reason: str) -> None:
        if name is None:
            self.bad_ids += 1
        self.quarantined.append(Quarantined(name or "a record without an id", reason, by_id=name is None))

    def drop_contradictions(self) -> None:
        """Two records of one id that say different things: believe neither, so that their order cannot matter."""
        for model_id in sorted(self._contradictory):
            del self.records[model_id]
            self.bad_ids += 1
            self.quarantined.append(Quarantined(model_id, "listed twice with different facts", by_id=True))

    def notes(self) -> tuple[str, ...]:
        return tuple(
            f"{what} on {count} {'model' if count == 1 else 'models'}: {then}"
            for (what, then), count in sorted(self._remarks.items())
        )


def _is_id(name: str) -> bool:
    return len(name) <= LONGEST_ID and _ID.match(name) is not None


def _abilities(stated: _Stated) -> _Abilities:
    architecture = stated.architecture or _Architecture()
    return _Abilities(
        modality=architecture.modality or "",
        input_modalities=tuple(architecture.input_modalities or ()),
        output_modalities=tuple(architecture.output_modalities or ()),
        parameters=frozenset(stated.supported_parameters or ()),
    )


def _record(model: _Model, abilities: _Abilities) -> Record:
    pricing = model.pricing or {}
    top = model.top_provider or _TopProvider()
    context = _limit(top.context_length)
    return Record(
        id=model.id,
        name=model.name or "",
        description=model.description,
        created=model.created if isinstance(model.created, int) and not isinstance(model.created, bool) else 0,
        context_length=context if context is not None else _limit(model.context_length),
        max_output_tokens=_limit(top.max_completion_tokens),
        prices={
            key: price
            for key, raw in pricing.items()
            if key in PRICE_KEYS and (price := usd_per_token(raw)) is not None
        },
        overrides=_overrides(pricing),
        input_modalities=abilities.input_modalities,
        output_modalities=abilities.output_modalities,
        modality=abilities.modality,
        parameters=abilities.parameters,
        alias_of=model.alias_target.slug if model.alias_target else "",
        open_weights=bool(model.hugging_face_id),
        expires=model.expiration_date or "",
    )


def _limit(raw: object) -> int | None:
    """A token limit: a whole number, kept even when zero (which says that upstream does not know); anything else is None."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        return None
    if not 0 <= raw < _LARGEST_LIMIT or raw != int(raw):
        return None
    return int(raw)


def _overrides(pricing: Mapping[str, object]) -> tuple[Override, ...]:
    """Read the prices under conditions. A list or an entry that cannot be read might be about any price."""
    rules = pricing.get(_OVERRIDES)
    if rules is None:
        return ()
    if not isinstance(rules, list):
        return (_about_anything(rules),)
    return tuple(
        _override(cast("dict[str, object]", rule), pricing) if isinstance(rule, dict) else _about_anything(rule)
        for rule in cast("list[object]", rules)
    )


def _about_anything(rule: object) -> Override:
    return Override(dict.fromkeys(sorted(PRICE_KEYS)), unclear=f"a {type(rule).__name__}")


def _override(rule: Mapping[str, object], pricing: Mapping[str, object]) -> Override:
    """Read one entry. What is null is not there; a key that is no price of the model's may be a condition."""
    stated = {key: value for key, value in rule.items() if value is not None}
    prices = {key: usd_per_token(value) for key, value in stated.items() if key in PRICE_KEYS}
    unclear = [key for key in stated if key not in _KNOWN_KEYS and key not in _CONDITIONS and key not in pricing]
    above, hours = stated.get(_THRESHOLD), None
    if above is not None and (not isinstance(above, int) or isinstance(above, bool) or not 0 <= above < _LARGEST_LIMIT):
        unclear.append(_THRESHOLD)
    if any(key in stated for key in _WINDOW_KEYS):
        hours = _hours(*(stated.get(key) for key in _WINDOW_KEYS))
        unclear += [] if hours else ["hours"]
    if unclear:
        return Override(prices, unclear=", ".join(sorted(unclear)))
    return Override(prices, above if isinstance(above, int) else None, hours)


def _hours(start: object, end: object) -> tuple[int, int] | None:
    """Read two times of the day; None where either is none, and where they are the same: nobody says what that means."""
    first, last = _minute(start), _minute(end)
    return (first, last) if first is not None and last is not None and first != last else None


def _minute(clock: object) -> int | None:
    if isinstance(clock, int) and not isinstance(clock, bool) and clock >= 0:
        return minute_of(f"{clock:04}")
    return minute_of(clock) if isinstance(clock, str) else None
