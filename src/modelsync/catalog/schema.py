"""The catalog as types: what may stand where, in words that editors show. Its JSON Schema is made from these.

Whatever else a team keeps in its catalog is allowed everywhere. Numbers may be written as people do, so that `128_000` and
`"0.01"`, which some readers of YAML take for text, are numbers here.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Struct

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_EXPONENT = "[eE][+-]?[0-5]?[0-9]"
_PLAIN = "(0|[1-9][0-9_]*)"  # 010 is eight to some readers of YAML
_NUMBER = rf"^\+?({_PLAIN}|[0-9][0-9_]*(\.[0-9_]*|(\.[0-9_]*)?{_EXPONENT})|\.[0-9]+({_EXPONENT})?)$"
_WHOLE = rf"^\+?{_PLAIN}(\.0*)?([eE]\+?[0-5]?[0-9])?$"
_MIDNIGHT = "(00|24):?00"
_OTHER_TIME = "((0[1-9]|1[0-9]|2[0-3]):?[0-5][0-9]|00:?(0[1-9]|[1-5][0-9]))"
_HOURS = rf"^[ \t]*({_OTHER_TIME}[ \t]*-[ \t]*({_OTHER_TIME}|{_MIDNIGHT})|{_MIDNIGHT}[ \t]*-[ \t]*{_OTHER_TIME})[ \t]*$"
_PARTS = frozenset({"tiers", "windows", "batch"})
_HIGHEST = 1e59  # a bound that infinity is not within

Price: TypeAlias = Annotated[float, Meta(ge=0, le=_HIGHEST)] | Annotated[str, Meta(pattern=_NUMBER)] | None
Limit: TypeAlias = Annotated[int, Meta(ge=0)] | Annotated[str, Meta(pattern=_WHOLE)] | None
Tokens: TypeAlias = Annotated[int, Meta(ge=0)] | Annotated[str, Meta(pattern=_WHOLE)]
Hours: TypeAlias = Annotated[str, Meta(pattern=_HOURS)]


class Rates(Struct, kw_only=True):
    """What each thing costs that a call may use: USD per the catalog's unit, but USD each for `image`, `request` and `web_search`."""

    input: Annotated[Price, Meta(description="Text of the prompt.")] = None
    output: Annotated[Price, Meta(description="Text of the answer.")] = None
    cache_read: Annotated[Price, Meta(description="What is read from a prompt cache.")] = None
    cache_write: Annotated[Price, Meta(description="What is written to a prompt cache that is kept for minutes.")] = (
        None
    )
    cache_write_1h: Annotated[
        Price, Meta(description="What is written to a prompt cache that is kept for an hour.")
    ] = None
    reasoning: Annotated[Price, Meta(description="Reasoning; without it, reasoning is billed as output.")] = None
    audio_input: Annotated[Price, Meta(description="Sound in the prompt.")] = None
    audio_output: Annotated[Price, Meta(description="Sound in the answer.")] = None
    audio_cache_read: Annotated[Price, Meta(description="Sound that is read from a prompt cache.")] = None
    image_input: Annotated[Price, Meta(description="Tokens of images in the prompt; without it, as input.")] = None
    image_output: Annotated[Price, Meta(description="Tokens of images in the answer.")] = None
    image: Annotated[Price, Meta(description="One image, in USD whatever the unit.")] = None
    request: Annotated[Price, Meta(description="One call, in USD whatever the unit.")] = None
    web_search: Annotated[Price, Meta(description="One search of the web, in USD whatever the unit.")] = None


class Tier(Rates, kw_only=True):
    """What a call costs whose whole prompt has more than `above` tokens; a price it does not name is that of the tier below."""

    above: Annotated[
        Tokens,
        Meta(description="Prompt tokens, caches included; a call with more of them is billed whole at this tier."),
    ]


class Window(Rates, kw_only=True):
    """What a call costs in some hours of the day; a price it does not name is that of the rest of the day."""

    utc: Annotated[
        Hours,
        Meta(
            description="From the first minute to the one before the last, UTC; may run over midnight.",
            examples=["01:00-04:00"],
        ),
    ]


class Offer(Rates, kw_only=True):
    """Prices with what changes them."""

    tiers: Annotated[list[Tier] | None, Meta(description="Prices of long prompts, ascending.")] = None
    windows: Annotated[list[Window] | None, Meta(description="Prices of some hours, in the order of the day.")] = None


class Pricing(Offer, kw_only=True):
    """All prices of a model, in USD per the catalog's unit (1K tokens unless the settings say otherwise)."""

    batch: Annotated[Offer | None, Meta(description="Prices of calls that may wait.")] = None


class Entry(Struct, kw_only=True):
    """One model. modelsync keeps the fields below true and leaves all others alone."""

    model: Annotated[str | None, Meta(description="What is sent to the provider's API; without it, the key.")] = None
    description: Annotated[str | None, Meta(description="Filled in where it is missing.")] = None
    context_length: Annotated[Limit, Meta(description="Tokens that prompt and answer may have together.")] = None
    max_output_tokens: Annotated[Limit, Meta(description="Tokens that an answer may have.")] = None
    pricing: Annotated[Pricing | None, Meta(description="What it costs.")] = None
    features: Annotated[list[str] | None, Meta(description="What it can do, and marks of your own.")] = None
    pinned: Annotated[
        bool | str | list[str] | None, Meta(description="true, or the field or the fields that no sync may touch.")
    ] = None


class Provider(Struct, kw_only=True):
    """One provider, whose models are called through one API."""

    models: Annotated[dict[str, Entry] | None, Meta(description="Its models by key.")] = None


class Catalog(Struct, kw_only=True):
    """The LLM models that an application may call."""

    providers: Annotated[
        dict[str, Provider | None], Meta(description="The providers by name: openai, anthropic, gemini, ollama, …")
    ]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a catalog."""
    schema = msgspec.json.schema(Catalog)
    for kind in (Offer, Tier, Window):
        schema["$defs"][kind.__name__]["propertyNames"] = {"not": {"enum": sorted(misplaced(kind))}}
    return {"$schema": DIALECT, "title": "A catalog of LLM models, kept true by modelsync", **schema}


def keys(kind: type[Struct]) -> tuple[str, ...]:
    """Return the keys that a mapping of this kind may have."""
    return kind.__struct_fields__


def misplaced(kind: type[Struct]) -> frozenset[str]:
    """Return the parts of prices that a mapping of this kind cannot have: a batch offer in a batch offer, tiers in a tier."""
    return _PARTS - {*keys(kind)} if issubclass(kind, Rates) else frozenset()


def schema_text() -> str:
    """Return the JSON Schema as it is written to a file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
