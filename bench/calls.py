"""What several libraries say the same calls cost, each in a process of its own.

    python bench/calls.py modelsync LISTING
    python bench/calls.py genai-prices
    python bench/calls.py litellm

Prints one JSON object: the name of each call, and the amount in USD as the library has it, or what it says instead.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple


class Call(NamedTuple):
    """A call: the model's id upstream and with either peer (empty: it has none), what it uses, in our terms, and how."""

    name: str
    model: str
    genai: tuple[str, str]
    litellm: str
    usage: dict[str, int]
    batch: bool = False
    hour: int = 12


GPT, SONNET, OPUS = ("openai", "gpt-5.4"), ("anthropic", "claude-sonnet-4-5"), ("anthropic", "claude-opus-4-5")
PRO, FLASH = ("google", "gemini-2.5-pro"), ("google", "gemini-2.5-flash")
CACHES = {"input": 1000, "cache_read": 2000, "cache_write": 3000, "cache_write_1h": 4000, "output": 500}
BOTH = {"input": 1000, "output": 1000}
CALLS = (
    Call("gpt-5.4, at the threshold", "openai/gpt-5.4", GPT, GPT[1], {"input": 272_000}),
    Call("gpt-5.4, one token more", "openai/gpt-5.4", GPT, GPT[1], {"input": 272_001}),
    Call("gpt-5.4, long, a third cached", "openai/gpt-5.4", GPT, GPT[1], {"input": 200_000, "cache_read": 100_000, "output": 2_000}),
    Call("gpt-5.4, reasoning", "openai/gpt-5.4", GPT, GPT[1], {"input": 1_000, "output": 200, "reasoning": 800}),
    Call("gpt-5.4, batch", "openai/gpt-5.4", GPT, GPT[1], {"input": 1_000, "output": 100}, batch=True),
    Call("gpt-5.4, long batch", "openai/gpt-5.4", GPT, GPT[1], {"input": 300_000, "output": 100}, batch=True),
    Call("gpt-5.4, tokens written to a cache", "openai/gpt-5.4", GPT, GPT[1], {"input": 10, "cache_write": 5}),
    Call("gpt-4o, part cached", "openai/gpt-4o", ("openai", "gpt-4o"), "gpt-4o", {"input": 600, "cache_read": 400, "output": 100}),
    Call("gpt-4o, sound", "openai/gpt-4o", ("openai", "gpt-4o"), "gpt-4o", {"input": 10, "audio_input": 20}),
    Call("gpt-audio", "openai/gpt-audio", ("openai", "gpt-audio"), "gpt-audio", {"input": 40, "audio_input": 60, "output": 25, "audio_output": 55}),
    Call("text-embedding-3-small", "openai/text-embedding-3-small", ("openai", "text-embedding-3-small"), "text-embedding-3-small", {"input": 8_191}),
    Call("claude-sonnet-4.5, long", "anthropic/claude-sonnet-4.5", SONNET, SONNET[1], {"input": 200_001}),
    Call("claude-sonnet-4.5, every cache", "anthropic/claude-sonnet-4.5", SONNET, SONNET[1], CACHES),
    Call("claude-sonnet-4.5, every cache, batch", "anthropic/claude-sonnet-4.5", SONNET, SONNET[1], CACHES, batch=True),
    Call("claude-opus-4.5, searches", "anthropic/claude-opus-4.5", OPUS, OPUS[1], {"input": 1_000, "output": 500, "searches": 3}),
    Call("gemini-2.5-pro, long, reasoning", "google/gemini-2.5-pro", PRO, "gemini/gemini-2.5-pro", {"input": 200_001, "output": 200, "reasoning": 800}),
    Call("gemini-2.5-pro, long, an image", "google/gemini-2.5-pro", PRO, "gemini/gemini-2.5-pro", {"input": 200_000, "image_input": 258}),
    Call("gemini-2.5-pro, searches", "google/gemini-2.5-pro", PRO, "gemini/gemini-2.5-pro", {"input": 1_000, "searches": 1}),
    Call("gemini-2.5-flash, sound", "google/gemini-2.5-flash", FLASH, "gemini/gemini-2.5-flash", {"input": 1_000, "audio_input": 1_000, "output": 100}),
    Call("gemini-2.5-flash, cached sound", "google/gemini-2.5-flash", FLASH, "gemini/gemini-2.5-flash", {"cache_read": 700, "audio_cache_read": 300}),
    Call("gemini-2.5-flash-image, a made image", "google/gemini-2.5-flash-image", ("google", "gemini-2.5-flash-image"), "gemini/gemini-2.5-flash-image", {"input": 20, "image_output": 1_290}),
    Call("qwen3-coder-flash, the second tier", "qwen/qwen3-coder-flash", ("openrouter", "qwen/qwen3-coder-flash"), "openrouter/qwen/qwen3-coder-flash", {"input": 128_001, "output": 8_000}),
    Call("sonar, a search", "perplexity/sonar", ("perplexity", "sonar"), "perplexity/sonar", {"input": 10, "output": 10, "searches": 1}),
    Call("gpt-oss-20b:free", "openai/gpt-oss-20b:free", ("openrouter", "openai/gpt-oss-20b:free"), "openrouter/openai/gpt-oss-20b:free", BOTH),
    Call("openrouter/auto", "openrouter/auto", ("openrouter", "openrouter/auto"), "openrouter/auto", BOTH),
    Call("deepseek-v4-flash-vision-exp, 01:30", "deepseek/deepseek-v4-flash-vision-exp", ("openrouter", "deepseek/deepseek-v4-flash-vision-exp"), "openrouter/deepseek/deepseek-v4-flash-vision-exp", BOTH, hour=1),
    Call("deepseek-v4-flash-vision-exp, 12:30", "deepseek/deepseek-v4-flash-vision-exp", ("openrouter", "deepseek/deepseek-v4-flash-vision-exp"), "openrouter/deepseek/deepseek-v4-flash-vision-exp", BOTH),
)  # fmt: skip


def moment(call: Call) -> datetime:
    """Return when a call is made."""
    return datetime(2026, 11, 1, call.hour, 30, tzinfo=UTC)


def modelsync(*listings: str) -> Callable[[Call], str]:
    """Charge by what upstream lists: by the first of these answers that has the model."""
    ours: Any = import_module("modelsync")
    read: Any = import_module("modelsync.sources.openrouter").read
    prices: Any = import_module("modelsync.normalize.prices").prices
    records: dict[str, Any] = {}
    for listing in reversed(listings):
        found = read([Path(listing).read_bytes()], source=listing, day="2026-09-01").records
        records |= {record.id: record for record in found}

    def charge(call: Call) -> str:
        if call.model not in records:
            return "no such model"
        pricing = prices(records[call.model], records.get(f"{call.model}:batch")).pricing
        cost = ours.cost(pricing, ours.Usage(**call.usage), at=moment(call), batch=call.batch)
        return f"{cost.total:f}" + (f", no price for {', '.join(cost.unknown)}" if cost.unknown else "")

    return charge


def genai_prices() -> Callable[[Call], str]:
    """Charge with genai-prices, all of whose counts are parts of the input or the output."""
    peer: Any = import_module("genai_prices")

    def charge(call: Call) -> str:
        used = {**dict.fromkeys(("input", "output"), 0), **call.usage}
        counts = {
            "input_tokens": prompt(call),
            "output_tokens": answer(call),
            "cache_read_tokens": used.get("cache_read", 0) + used.get("audio_cache_read", 0),
            "cache_audio_read_tokens": used.get("audio_cache_read", 0),
            "cache_write_tokens": used.get("cache_write", 0) + used.get("cache_write_1h", 0),
            "cache_write_1h_tokens": used.get("cache_write_1h", 0),
            "input_audio_tokens": used.get("audio_input", 0) + used.get("audio_cache_read", 0),
            "input_image_tokens": used.get("image_input", 0),
            "output_audio_tokens": used.get("audio_output", 0),
            "output_image_tokens": used.get("image_output", 0),
            "web_searches": used.get("searches", 0),
        }
        provider, model = call.genai
        context = {"price_context": {"processing": "batch"}} if call.batch else {}
        found = peer.calc_price(
            peer.Usage(**{name: count for name, count in counts.items() if count}),
            model_ref=model,
            provider_id=provider,
            genai_request_timestamp=moment(call),
            **context,
        )
        return f"{found.total_price:f}"

    return charge


def litellm() -> Callable[[Call], str]:
    """Charge with LiteLLM, as it does for a response with this usage."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    peer: Any = import_module("litellm")
    peer.suppress_debug_info = True
    types: Any = import_module("litellm.types.utils")

    def charge(call: Call) -> str:
        used = call.usage
        inside = {
            "cached_tokens": used.get("cache_read", 0) + used.get("audio_cache_read", 0),
            "audio_tokens": used.get("audio_input", 0) + used.get("audio_cache_read", 0),
            "image_tokens": used.get("image_input", 0),
            "cache_creation_tokens": used.get("cache_write", 0) + used.get("cache_write_1h", 0),
        }
        outside = {
            "reasoning_tokens": used.get("reasoning", 0),
            "audio_tokens": used.get("audio_output", 0),
            "image_tokens": used.get("image_output", 0),
        }
        lasting = types.CacheCreationTokenDetails(
            ephemeral_5m_input_tokens=used.get("cache_write", 0),
            ephemeral_1h_input_tokens=used.get("cache_write_1h", 0),
        )
        usage = peer.Usage(
            prompt_tokens=prompt(call),
            completion_tokens=answer(call),
            total_tokens=prompt(call) + answer(call),
            cache_read_input_tokens=inside["cached_tokens"],
            cache_creation_input_tokens=inside["cache_creation_tokens"],
            prompt_tokens_details=types.PromptTokensDetailsWrapper(
                **inside, text_tokens=used.get("input", 0), cache_creation_token_details=lasting
            ),
            completion_tokens_details=types.CompletionTokensDetailsWrapper(
                **outside, text_tokens=used.get("output", 0)
            ),
            server_tool_use=types.ServerToolUse(web_search_requests=used["searches"]) if "searches" in used else None,
        )
        if call.batch:
            batch: Any = import_module("litellm.cost_calculator").batch_cost_calculator
            return repr(sum(batch(usage=usage, model=call.litellm, custom_llm_provider=call.genai[0])))
        response = peer.ModelResponse(model=call.litellm, usage=usage)
        kind = "embedding" if "embedding" in call.litellm else "completion"
        return repr(peer.completion_cost(completion_response=response, model=call.litellm, call_type=kind))

    return charge


def prompt(call: Call) -> int:
    """Count all tokens of a prompt."""
    inside = ("input", "cache_read", "cache_write", "cache_write_1h", "audio_input", "audio_cache_read", "image_input")
    return sum(call.usage.get(part, 0) for part in inside)


def answer(call: Call) -> int:
    """Count all tokens of an output."""
    return sum(call.usage.get(part, 0) for part in ("output", "reasoning", "audio_output", "image_output"))


LIBRARIES: dict[str, Callable[..., Callable[[Call], str]]] = {
    "modelsync": modelsync,
    "genai-prices": genai_prices,
    "litellm": litellm,
}


def told(charge: Callable[[Call], str], call: Call) -> str:
    """Return what a library says a call costs, or the kind of its complaint."""
    try:
        return charge(call)
    except Exception as error:  # noqa: BLE001  # whatever a peer raises is its answer
        return type(error).__name__


def main() -> None:
    """Print what each call costs."""
    warnings.simplefilter("ignore")
    name, *arguments = sys.argv[1:]
    charge = LIBRARIES[name](*arguments)
    print(json.dumps({call.name: told(charge, call) for call in CALLS}))


if __name__ == "__main__":
    main()
