"""How each API reports what a call used, in the terms of `Usage`: from counts that overlap to counts that do not.

A report is a dict or an SDK's object, and so is each part of it. What is missing or None counts as nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from modelsync.errors import InvalidCall

Counts = dict[str, int]

_OPENAI = ("prompt_tokens", "input_tokens")
_ANTHROPIC = ("input_tokens",)
_GEMINI = ("prompt_token_count", "promptTokenCount")
_ONLY_ANTHROPIC = ("cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation")
_ONLY_OPENAI = (
    "prompt_tokens",
    "completion_tokens",
    "prompt_tokens_details",
    "input_tokens_details",
    "input_token_details",
    "completion_tokens_details",
)


def openai(report: object) -> Counts:
    """Read OpenAI's report, in which everything is part of the prompt or of the output."""
    counts = _openai(report, "OpenAI")
    if _searches(report):
        raise InvalidCall(
            "no usage of OpenAI: it has searches in `server_tool_use`", hint="`Usage.from_openrouter` reads them."
        )
    return counts


def _openai(report: object, api: str) -> Counts:
    _require(report, _OPENAI, api)
    _refuse(report, _ONLY_ANTHROPIC, api, "`Usage.from_anthropic` reads Anthropic's.")
    inside = _value(report, "prompt_tokens_details", "input_tokens_details", "input_token_details")
    cached = _value(inside, "cached_tokens_details")
    prompt = _prompt(
        _count(report, *_OPENAI),
        cached=_count(inside, "cached_tokens") or _count(report, "prompt_cache_hit_tokens"),
        written=_count(inside, "cache_write_tokens"),
        audio=_count(inside, "audio_tokens"),
        image=_count(inside, "image_tokens"),
        cached_audio=_told(cached, "audio_tokens"),
        cached_image=_told(cached, "image_tokens"),
    )
    return prompt | _openai_output(report, inside)


def _openai_output(report: object, inside: object) -> Counts:
    total = _count(report, "completion_tokens", "output_tokens")
    outside = _value(report, "completion_tokens_details", "output_tokens_details", "output_token_details")
    reasoning = _count(outside, "reasoning_tokens")
    if _count(report, "total_tokens") == _count(report, *_OPENAI) + total + reasoning:
        total += reasoning  # xAI counts it beside the completion; where it is none, nothing is added
    audio, image = _count(outside, "audio_tokens"), _count(outside, "image_tokens")
    if (
        outside is None
        and _value(report, "input_tokens_details") is inside
        and _told(inside, "image_tokens") is not None
    ):
        image = total
    return {
        "output": _rest(total, "the output", reasoning, audio, image),
        "reasoning": reasoning,
        "audio_output": audio,
        "image_output": image,
    }


def openrouter(report: object) -> Counts:
    """Read OpenRouter's report: OpenAI's, and the searches."""
    return _openai(report, "OpenRouter") | {"searches": _searches(report)}


def anthropic(report: object) -> Counts:
    """Read Anthropic's report, in which caches stand beside the input."""
    _require(report, _ANTHROPIC, "Anthropic")
    _refuse(report, _ONLY_OPENAI, "Anthropic", "`Usage.from_openai` reads OpenAI's.")
    lasting = _value(report, "cache_creation")
    hour = _count(lasting, "ephemeral_1h_input_tokens")
    minutes = _count(lasting, "ephemeral_5m_input_tokens")
    written = _told(report, "cache_creation_input_tokens")
    rest = _rest(written, "what was written to the cache", hour, minutes) if written is not None else 0
    return {
        "input": _count(report, "input_tokens"),
        "output": _count(report, "output_tokens"),
        "cache_read": _count(report, "cache_read_input_tokens"),
        "cache_write": minutes + rest,
        "cache_write_1h": hour,
        "searches": _searches(report),
    }


def gemini(report: object) -> Counts:
    """Read Gemini's report: the cache is part of the prompt, thoughts stand beside the candidates, tools' results beside the prompt."""
    _require(report, _GEMINI, "Gemini")
    given, tools = _of_kinds(report, "prompt_tokens_details"), _of_kinds(report, "tool_use_prompt_tokens_details")
    cached = _of_kinds(report, "cache_tokens_details")
    made = _of_kinds(report, "candidates_tokens_details") or _of_kinds(report, "response_tokens_details")
    prompt = _prompt(
        _count(report, *_GEMINI) + _count(report, *_spelled("tool_use_prompt_token_count")),
        cached=_count(report, *_spelled("cached_content_token_count")),
        audio=given.get("AUDIO", 0) + tools.get("AUDIO", 0),
        image=given.get("IMAGE", 0) + tools.get("IMAGE", 0),
        cached_audio=cached.get("AUDIO", 0) if cached else None,
        cached_image=cached.get("IMAGE", 0) if cached else None,
    )
    total = _count(report, *_spelled("candidates_token_count"), *_spelled("response_token_count"))
    audio, image = made.get("AUDIO", 0), made.get("IMAGE", 0)
    return prompt | {
        "output": _rest(total, "the output", audio, image),
        "reasoning": _count(report, *_spelled("thoughts_token_count")),
        "audio_output": audio,
        "image_output": image,
    }


def _prompt(
    total: int,
    *,
    cached: int,
    written: int = 0,
    audio: int,
    image: int,
    cached_audio: int | None,
    cached_image: int | None,
) -> Counts:
    """Divide a prompt whose sound and images may be cached. Where that is not told (None), text is what is cached first."""
    _rest(total, "the prompt", cached, written)  # whatever kinds these are of
    text = _rest(total, "the prompt", written, audio, image)
    if cached_audio is None:
        cached_audio = min(audio, max(cached - text - (cached_image or 0), 0))
    if cached_image is None:
        cached_image = max(cached - text - cached_audio, 0)
    cached_text = _rest(cached, "the cache", cached_audio, cached_image)
    return {
        "input": _rest(text, "the text of the prompt", cached_text),
        "cache_read": cached_text + cached_image,
        "cache_write": written,
        "audio_input": _rest(audio, "the sound of the prompt", cached_audio),
        "audio_cache_read": cached_audio,
        "image_input": _rest(image, "the images of the prompt", cached_image),
    }


def _rest(total: int, what: str, *parts: int) -> int:
    """Return what is left of a count without its parts. Raises `InvalidCall` where they are more than all of it."""
    rest = total - sum(parts)
    if rest < 0:
        raise InvalidCall(f"{sum(parts)} of {total} tokens of {what} are told apart: that is more than all")
    return rest


def _searches(report: object) -> int:
    return _count(_value(report, "server_tool_use"), "web_search_requests")


def _of_kinds(report: object, name: str) -> Counts:
    """Return the tokens of each modality in a list of `{modality, tokenCount}`; empty without one. Raises `InvalidCall` for no list."""
    counts: Counts = {}
    details = _value(report, *_spelled(name))
    if details is None:
        return counts
    if not isinstance(details, Sequence) or isinstance(details, str | bytes):
        raise InvalidCall(f"{' or '.join(_spelled(name))} must be a list, not {details!r}")
    for item in cast("Sequence[object]", details):
        kind = _value(item, "modality")
        kind = str(getattr(kind, "name", kind)).upper()
        counts[kind] = counts.get(kind, 0) + _count(item, *_spelled("token_count"))
    return counts


def _spelled(name: str) -> tuple[str, str]:
    """Spell a name as Gemini's SDK does, and as its wire does."""
    first, *others = name.split("_")
    return name, first + "".join(map(str.capitalize, others))


def _require(report: object, names: tuple[str, ...], api: str) -> None:
    """Refuse what is no report: taken for one, it would cost nothing."""
    if _value(report, *names) is None:
        hint = "Hand over what the response has under `usage` (`usageMetadata` in Gemini's)."
        raise InvalidCall(f"no usage of {api}: it has no `{names[0]}`", hint=hint)


def _refuse(report: object, names: tuple[str, ...], api: str, hint: str) -> None:
    """Refuse what another API counts in another way: part of it would cost nothing, or too little. A 0 loses nothing."""
    for name in names:
        if _value(report, name):
            raise InvalidCall(f"no usage of {api}: it has `{name}`", hint=hint)


def _count(report: object, *names: str) -> int:
    """Return the first of these counts that is there, or 0. Raises `InvalidCall` for what is no count."""
    return _told(report, *names) or 0


def _told(report: object, *names: str) -> int | None:
    value = _value(report, *names)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidCall(f"{' or '.join(names)} must be a whole number of at least 0, not {value!r}")
    return int(value)


def _value(report: object, *names: str) -> object:
    """Return the first of these fields that is there and not None."""
    for name in names:
        value = (
            cast("Mapping[str, object]", report).get(name)
            if isinstance(report, Mapping)
            else getattr(report, name, None)
        )
        if value is not None:
            return value
    return None
