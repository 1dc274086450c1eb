"""What each API reports, as its SDK's object and as its JSON, comes out as counts that do not overlap."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from modelsync import Usage, cost
from modelsync.domain.pricing import Pricing
from modelsync.errors import Exit, InvalidCall, UsageError


def thing(**fields: Any) -> SimpleNamespace:
    """Return an object with these attributes, as an SDK has them."""
    return SimpleNamespace(**fields)


def objects(report: Any) -> Any:
    """Turn JSON into objects all the way down."""
    if isinstance(report, dict):
        return thing(**{key: objects(value) for key, value in report.items()})
    return [objects(item) for item in report] if isinstance(report, list) else report


OPENAI = {
    "chat": (
        {"prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
         "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
         "completion_tokens_details": {"reasoning_tokens": 192, "audio_tokens": 0, "accepted_prediction_tokens": 0,
                                       "rejected_prediction_tokens": 0}},
        Usage(input=86, cache_read=1920, output=108, reasoning=192),
    ),
    "chat, old": ({"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21}, Usage(input=9, output=12)),
    "chat, with None": (
        {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21, "prompt_tokens_details": None,
         "completion_tokens_details": {"reasoning_tokens": None, "audio_tokens": None}},
        Usage(input=9, output=12),
    ),
    "audio": (
        {"prompt_tokens": 100, "completion_tokens": 80, "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 60},
         "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 55}},
        Usage(input=40, audio_input=60, output=25, audio_output=55),
    ),
    "audio, more cached than there is text": (
        {"prompt_tokens": 100, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 50, "audio_tokens": 60}},
        Usage(cache_read=40, audio_cache_read=10, audio_input=50, output=1),
    ),
    "cache written": (
        {"input_tokens": 5000, "input_tokens_details": {"cached_tokens": 1024, "cache_write_tokens": 2048},
         "output_tokens": 7, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 5007},
        Usage(input=1928, cache_read=1024, cache_write=2048, output=7),
    ),
    "responses": (
        {"input_tokens": 328, "input_tokens_details": {"cached_tokens": 256}, "output_tokens": 52,
         "output_tokens_details": {"reasoning_tokens": 20}, "total_tokens": 380},
        Usage(input=72, cache_read=256, output=32, reasoning=20),
    ),
    "embeddings": ({"prompt_tokens": 8, "total_tokens": 8}, Usage(input=8)),
    "images": (
        {"input_tokens": 50, "input_tokens_details": {"image_tokens": 40, "text_tokens": 10}, "output_tokens": 4160,
         "total_tokens": 4210},
        Usage(input=10, image_input=40, image_output=4160),
    ),
    "images, output told apart": (
        {"input_tokens": 50, "input_tokens_details": {"image_tokens": 40, "text_tokens": 10}, "output_tokens": 4200,
         "output_tokens_details": {"image_tokens": 4160, "text_tokens": 40}, "total_tokens": 4250},
        Usage(input=10, image_input=40, output=40, image_output=4160),
    ),
    "images, cached": (
        {"input_tokens": 100, "input_tokens_details": {"image_tokens": 90, "text_tokens": 10, "cached_tokens": 30},
         "output_tokens": 1, "output_tokens_details": {"reasoning_tokens": 0}},
        Usage(cache_read=30, image_input=70, output=1),
    ),
    "realtime": (
        {"total_tokens": 253, "input_tokens": 132, "output_tokens": 121,
         "input_token_details": {"text_tokens": 119, "audio_tokens": 13, "cached_tokens": 70,
                                 "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 6}},
         "output_token_details": {"text_tokens": 30, "audio_tokens": 91}},
        Usage(input=55, cache_read=64, audio_cache_read=6, audio_input=7, output=30, audio_output=91),
    ),
    "transcription": (
        {"type": "tokens", "input_tokens": 14, "input_token_details": {"text_tokens": 0, "audio_tokens": 14},
         "output_tokens": 45, "total_tokens": 59},
        Usage(audio_input=14, output=45),
    ),
    "reasoning beside the completion": (
        {"prompt_tokens": 37, "completion_tokens": 530, "total_tokens": 800,
         "prompt_tokens_details": {"text_tokens": 37, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 8},
         "completion_tokens_details": {"reasoning_tokens": 233, "audio_tokens": 0}},
        Usage(input=29, cache_read=8, output=530, reasoning=233),
    ),
    "hits beside the prompt": (
        {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, "prompt_cache_hit_tokens": 64,
         "prompt_cache_miss_tokens": 36, "completion_tokens_details": {"reasoning_tokens": 5}},
        Usage(input=36, cache_read=64, output=15, reasoning=5),
    ),
}  # fmt: skip
ANTHROPIC = {
    "without a cache": (
        {"input_tokens": 144222, "output_tokens": 197, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
         "server_tool_use": None, "service_tier": "standard"},
        Usage(input=144222, output=197),
    ),
    "with all": (
        {"input_tokens": 21, "cache_creation_input_tokens": 1500, "cache_read_input_tokens": 188086, "output_tokens": 393,
         "cache_creation": {"ephemeral_5m_input_tokens": 456, "ephemeral_1h_input_tokens": 1044},
         "output_tokens_details": {"thinking_tokens": 100}, "server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 1},
         "service_tier": "standard", "inference_geo": "us"},
        Usage(input=21, cache_read=188086, cache_write=456, cache_write_1h=1044, output=393, searches=3),
    ),
    "before there were hours": (
        {"input_tokens": 3, "cache_creation_input_tokens": 1500, "cache_read_input_tokens": None, "output_tokens": 1},
        Usage(input=3, cache_write=1500, output=1),
    ),
    "only the division": (
        {"input_tokens": 3, "output_tokens": 1, "cache_creation": {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 7}},
        Usage(input=3, output=1, cache_write=5, cache_write_1h=7),
    ),
}  # fmt: skip
GEMINI = {
    "wire": (
        {"promptTokenCount": 1000, "cachedContentTokenCount": 600, "candidatesTokenCount": 50, "thoughtsTokenCount": 300,
         "toolUsePromptTokenCount": 40, "totalTokenCount": 1390, "trafficType": "ON_DEMAND",
         "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 1000}]},
        Usage(input=440, cache_read=600, output=50, reasoning=300),
    ),
    "kinds": (
        {"promptTokenCount": 1300, "cachedContentTokenCount": 500, "candidatesTokenCount": 1300,
         "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 100}, {"modality": "AUDIO", "tokenCount": 700},
                                 {"modality": "IMAGE", "tokenCount": 258}, {"modality": "VIDEO", "tokenCount": 242}],
         "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 90}, {"modality": "AUDIO", "tokenCount": 400},
                                {"modality": "IMAGE", "tokenCount": 10}],
         "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}]},
        Usage(input=252, cache_read=100, audio_input=300, audio_cache_read=400, image_input=248, output=10, image_output=1290),
    ),
    "kinds, the cache's untold": (
        {"promptTokenCount": 1000, "cachedContentTokenCount": 350, "candidatesTokenCount": 0,
         "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 300}, {"modality": "AUDIO", "tokenCount": 700}]},
        Usage(cache_read=300, audio_cache_read=50, audio_input=650),
    ),
    "speech, of tools too": (
        {"promptTokenCount": 10, "responseTokenCount": 40, "toolUsePromptTokenCount": 5,
         "toolUsePromptTokensDetails": [{"modality": "AUDIO", "tokenCount": 5}],
         "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 30}, {"modality": "AUDIO", "tokenCount": 10}]},
        Usage(input=10, audio_input=5, audio_output=40),
    ),
    "SDK": (
        {"prompt_token_count": 12, "candidates_token_count": None, "cached_content_token_count": None, "thoughts_token_count": 7,
         "prompt_tokens_details": None, "total_token_count": 19},
        Usage(input=12, reasoning=7),
    ),
}  # fmt: skip
OPENROUTER = {
    "documented": (
        {"completion_tokens": 2, "completion_tokens_details": {"reasoning_tokens": 0}, "cost": 0.95,
         "cost_details": {"upstream_inference_cost": 19}, "prompt_tokens": 194,
         "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 100, "audio_tokens": 0}, "total_tokens": 196},
        Usage(input=94, cache_write=100, output=2),
    ),
    "searches": (
        {"prompt_tokens": 10, "completion_tokens": 30, "is_byok": False,
         "prompt_tokens_details": {"cached_tokens": 4, "video_tokens": 5},
         "completion_tokens_details": {"reasoning_tokens": 10, "image_tokens": 15},
         "server_tool_use": {"web_search_requests": 2, "tool_calls_executed": 2}},
        Usage(input=6, cache_read=4, output=5, reasoning=10, image_output=15, searches=2),
    ),
}  # fmt: skip
READERS = {
    "openai": (Usage.from_openai, OPENAI),
    "anthropic": (Usage.from_anthropic, ANTHROPIC),
    "gemini": (Usage.from_gemini, GEMINI),
    "openrouter": (Usage.from_openrouter, OPENROUTER),
}
REPORTS = [
    pytest.param(read, report, usage, id=f"{api}: {name}")
    for api, (read, table) in READERS.items()
    for name, (report, usage) in table.items()
]


@pytest.mark.parametrize(("read", "report", "usage"), REPORTS)
def test_a_report_is_read(read: Any, report: Any, usage: Usage) -> None:
    """The same from JSON, from objects, and from objects that hold dicts."""
    assert read(report) == usage
    assert read(objects(report)) == usage
    assert read(thing(**report)) == usage


def test_modalities_may_be_an_enumeration() -> None:
    """Gemini's SDK has a type for them."""
    audio = Enum("MediaModality", {"AUDIO": "AUDIO"}).AUDIO
    details = [thing(modality=audio, token_count=3)]
    report = thing(prompt_token_count=5, prompt_tokens_details=details, candidates_token_count=1)
    assert Usage.from_gemini(report) == Usage(input=2, audio_input=3, output=1)


def test_searches_can_be_added() -> None:
    """As the documentation of `from_openai` says."""
    usage = Usage.from_openai({"prompt_tokens": 1, "completion_tokens": 1})
    assert msgspec.structs.replace(usage, searches=2) == Usage(input=1, output=1, searches=2)


@pytest.mark.parametrize("read", [pytest.param(read, id=api) for api, (read, _) in READERS.items()])
@pytest.mark.parametrize(
    "report", [None, {}, {"usage": {"prompt_tokens": 1}}, thing(), {"type": "duration", "seconds": 9}, "x"]
)
def test_what_is_no_report_is_refused(read: Any, report: Any) -> None:
    """It would be taken for a call that costs nothing."""
    with pytest.raises(InvalidCall, match="no usage of"):
        read(report)


RESPONSES = OPENAI["responses"][0]
LONG_CACHE = {"input_tokens": 10, "cache_read_input_tokens": 90_000, "output_tokens": 5}
OTHERS = [
    (Usage.from_openai, LONG_CACHE, "OpenAI: it has `cache_read_input_tokens`", "from_anthropic"),
    (Usage.from_openrouter, LONG_CACHE, "OpenRouter: it has `cache_read_input_tokens`", "from_anthropic"),
    (Usage.from_openai, ANTHROPIC["with all"][0], "OpenAI: it has `cache_read_input_tokens`", "from_anthropic"),
    (Usage.from_openai, ANTHROPIC["before there were hours"][0], "OpenAI: it has `cache_creation_input_tokens`", "from_anthropic"),
    (Usage.from_openai, ANTHROPIC["only the division"][0], "OpenAI: it has `cache_creation`", "from_anthropic"),
    (Usage.from_openai, OPENROUTER["searches"][0], "OpenAI: it has searches in `server_tool_use`", "from_openrouter"),
    (Usage.from_anthropic, RESPONSES, "Anthropic: it has `input_tokens_details`", "from_openai"),
    (Usage.from_anthropic, OPENAI["realtime"][0], "Anthropic: it has `input_token_details`", "from_openai"),
    (Usage.from_anthropic, {**RESPONSES, "prompt_tokens": 328}, "Anthropic: it has `prompt_tokens`", "from_openai"),
]  # fmt: skip


@pytest.mark.parametrize(("read", "report", "problem", "reader"), OTHERS)
@pytest.mark.parametrize("shape", [dict, objects], ids=["JSON", "objects"])
def test_the_report_of_another_api_is_refused(read: Any, report: Any, problem: str, reader: str, shape: Any) -> None:
    """Its cache would be charged twice or not at all; the one that reads it is named."""
    with pytest.raises(InvalidCall) as raised:
        read(shape(report))
    assert raised.value.message == f"no usage of {problem}"
    assert f"`Usage.{reader}`" in raised.value.hint


def test_nothing_of_another_api_is_no_matter() -> None:
    """Gateways add the names of several APIs to every report."""
    gateway = {
        "prompt_tokens": 7,
        "completion_tokens": 2,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
    }
    assert Usage.from_openai({**gateway, "server_tool_use": {"web_search_requests": 0}}) == Usage(input=7, output=2)
    both = {"input_tokens": 7, "output_tokens": 2, "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 9}
    assert Usage.from_anthropic(both) == Usage(input=7, output=2)


@pytest.mark.parametrize(("tier", "total"), [("batch", "12"), ("standard", "24"), ("priority", "24"), (None, "24")])
def test_the_tier_of_anthropics_report_is_for_the_caller_to_hand_on(tier: str | None, total: str) -> None:
    """As the page on costs says it: counts do not tell that a call came in a batch."""
    usage = thing(input_tokens=4, output_tokens=2, service_tier=tier)
    rates = {"input": Decimal(2), "output": Decimal(8)}
    pricing = Pricing(rates, batch=Pricing({name: rate / 2 for name, rate in rates.items()}))
    read = Usage.from_anthropic(usage)
    assert read == Usage(input=4, output=2)
    assert cost(pricing, read, batch=usage.service_tier == "batch").total == Decimal(total)


DETAILS = ("prompt_tokens_details", "cache_tokens_details", "toolUsePromptTokensDetails", "candidatesTokensDetails")


@pytest.mark.parametrize("name", DETAILS)
@pytest.mark.parametrize(
    "details", [5, True, "TEXT", b"TEXT", {"modality": "AUDIO", "tokenCount": 8}, thing(modality="AUDIO")], ids=repr
)
def test_details_of_gemini_are_a_list(name: str, details: Any) -> None:
    """What is none would be charged as text."""
    with pytest.raises(InvalidCall, match=f"{name}.* must be a list, not "):
        Usage.from_gemini({"promptTokenCount": 8, name: details})


@pytest.mark.parametrize(
    ("read", "report", "problem"),
    [
        (Usage.from_openai, {"prompt_tokens": -1}, "prompt_tokens or input_tokens must be a whole number of at least 0, not -1"),
        (Usage.from_openai, {"prompt_tokens": 1.5}, "not 1.5"),
        (Usage.from_openai, {"prompt_tokens": True}, "not True"),
        (Usage.from_openai, {"prompt_tokens": "7"}, "not '7'"),
        (Usage.from_openai, {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 6}}, "6 of 5 tokens of the prompt are told apart"),
        (Usage.from_openai, {"prompt_tokens": 5, "prompt_tokens_details": {"audio_tokens": 6}}, "6 of 5 tokens of the prompt are told apart"),
        (Usage.from_openai, {"prompt_tokens": 5, "completion_tokens": 1, "completion_tokens_details": {"audio_tokens": 2}}, "2 of 1 tokens of the output"),
        (Usage.from_gemini, {"promptTokenCount": 5, "candidatesTokenCount": 1, "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 2}]}, "2 of 1 tokens of the output"),
        (Usage.from_openai, {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 5, "audio_tokens": 3, "cached_tokens_details": {"audio_tokens": 4}}}, "4 of 3 tokens of the sound"),
        (Usage.from_anthropic, {"input_tokens": 5, "cache_creation": {"ephemeral_1h_input_tokens": -2}}, "ephemeral_1h_input_tokens must be"),
        (Usage.from_anthropic, {"input_tokens": 5, "cache_creation_input_tokens": 50, "cache_creation": {"ephemeral_1h_input_tokens": 60}}, "60 of 50 tokens of what was written to the cache"),
        (Usage.from_anthropic, {"input_tokens": 5, "cache_creation_input_tokens": 50, "cache_creation": {"ephemeral_1h_input_tokens": 30, "ephemeral_5m_input_tokens": 30}}, "60 of 50 tokens"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_are_refused(read: Any, report: Any, problem: str) -> None:
    """Each with the name of the count."""
    with pytest.raises(InvalidCall, match=problem):
        read(report)


@pytest.mark.parametrize("count", [-1, 1.0, True, "1", None, Decimal(1)])
def test_a_usage_has_whole_counts(count: Any) -> None:
    """A wrong one is named; it is a `ValueError` for who catches that, and wrong usage for the command."""
    with pytest.raises(ValueError, match="cache_read must be a whole number of at least 0") as raised:
        Usage(input=1, cache_read=count)
    assert str(raised.value).endswith(f"not {count!r}")
    assert isinstance(raised.value, UsageError)
    assert raised.value.exit_code is Exit.USAGE


def test_the_prompt_is_all_that_goes_in() -> None:
    """By which tiers are chosen."""
    powers = {name: 10**place for place, name in enumerate(Usage.__struct_fields__)}
    parts = ("input", "cache_read", "cache_write", "cache_write_1h", "audio_input", "audio_cache_read", "image_input")
    assert Usage(**powers).prompt_tokens == sum(powers[name] for name in parts)
