"""OpenRouter's `GET /api/v1/models`: a bare `{"data": [...]}`, the envelope with `links.next`, and pages of it.

Source: OpenRouter's API reference and recorded answers from May 2025 to August 2026. Prices are decimal strings in USD
per token; a key that is zero is left out since early 2026, so an absent key is unknown, not free. With UTC windows in
`pricing.overrides`, the top-level price is only the one valid at this hour.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Raw, Struct

from modelsync.domain.listing import Listing, Quarantined, Record
from modelsync.domain.money import usd_per_token
from modelsync.sources.records import LONGEST_ID, UNREADABLE, decode, named, unnamed

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = "openrouter"
EVERY_KIND = "output_modalities=all"
"""The query without which the list has models that write text only: embeddings, images or rerank would look like gone."""
KEY_VARIABLES = ("OPENROUTER_API_KEY",)

KNOWN_PRICE_KEYS = frozenset({
    "prompt", "completion", "request", "image", "image_token", "image_output", "audio", "audio_output", "input_audio_cache",
    "web_search", "internal_reasoning", "input_cache_read", "input_cache_write", "input_cache_write_1h", "overrides", "discount",
})  # fmt: skip
_WINDOW_KEYS = ("utc_start", "utc_end")
_OVERRIDE_CONDITIONS = frozenset({"min_prompt_tokens", *_WINDOW_KEYS})
_ID = re.compile(r"~?[A-Za-z0-9][A-Za-z0-9._@+-]*(?:/[A-Za-z0-9][A-Za-z0-9._@+-]*)+(?::[A-Za-z0-9._-]+)?\Z")
_LARGEST_LIMIT = 10**12


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


class _TopProvider(Struct):
    context_length: Any = None
    max_completion_tokens: Any = None


class _Alias(Struct):
    slug: str


class _Model(Struct):
    id: str
    name: str | None = None
    description: str | None = None
    created: Any = None
    context_length: Any = None
    pricing: dict[str, Any] | None = None
    architecture: _Architecture | None = None
    top_provider: _TopProvider | None = None
    supported_parameters: list[str] | None = None
    hugging_face_id: str | None = None
    alias_target: _Alias | None = None
    expiration_date: str | None = None


_MODEL = msgspec.json.Decoder(_Model)
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
        self._contradictory: set[str] = set()
        self._strange_keys: dict[str, int] = {}

    def add(self, raw: Raw) -> None:
        try:
            model = _MODEL.decode(raw)
        except UNREADABLE as error:
            self._leave_out(named(raw, _is_id), str(error))
            return
        if not _is_id(model.id):
            self.bad_ids += 1
            self.quarantined.append(Quarantined(ascii(model.id[:LONGEST_ID]), "not a usable model id", by_id=True))
            return
        if model.pricing and not KNOWN_PRICE_KEYS.issuperset(model.pricing):
            for key in model.pricing.keys() - KNOWN_PRICE_KEYS:
                self._strange_keys[key] = self._strange_keys.get(key, 0) + 1
        record = _record(model)
        known = self.records.get(model.id)
        if known is not None and known != record:
            self._contradictory.add(model.id)
        self.records[model.id] = record

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
            f"unknown pricing key {key!a} on {count} {'model' if count == 1 else 'models'}: not read, please report it"
            for key, count in sorted(self._strange_keys.items())
        )


def _is_id(name: str) -> bool:
    return len(name) <= LONGEST_ID and _ID.match(name) is not None


def _record(model: _Model) -> Record:
    pricing = model.pricing or {}
    architecture = model.architecture or _Architecture()
    top = model.top_provider or _TopProvider()
    context = _limit(top.context_length)
    return Record(
        id=model.id,
        name=model.name or "",
        description=model.description,
        created=model.created if isinstance(model.created, int) and not isinstance(model.created, bool) else 0,
        context_length=context if context is not None else _limit(model.context_length),
        max_output_tokens=_limit(top.max_completion_tokens),
        prices={key: price for key, raw in pricing.items() if (price := usd_per_token(raw)) is not None},
        hourly=_hourly(pricing.get("overrides")),
        input_modalities=tuple(architecture.input_modalities or ()),
        output_modalities=tuple(architecture.output_modalities or ()),
        modality=architecture.modality or "",
        parameters=frozenset(model.supported_parameters or ()),
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


def _hourly(overrides: object) -> frozenset[str]:
    if not isinstance(overrides, list):
        return frozenset()
    rules = [cast("dict[str, object]", rule) for rule in cast("list[object]", overrides) if isinstance(rule, dict)]
    windows = [rule for rule in rules if any(rule.get(key) is not None for key in _WINDOW_KEYS)]
    return frozenset(key for rule in windows for key in rule if key not in _OVERRIDE_CONDITIONS)
