"""A listing of our own, so that what is recognized does not change with the embedded snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from modelsync.discovery.known import KnownModels
from modelsync.discovery.proposal import Proposal, propose
from modelsync.sources import openrouter

_MODELS = (
    ("openai/gpt-4o", "0.0000025", "0.00001", 128_000, 16_384),
    ("openai/gpt-4o-mini", "0.00000015", "0.0000006", 128_000, 16_384),
    ("openai/o3-mini", "0.0000011", "0.0000044", 200_000, 100_000),
    ("anthropic/claude-sonnet-4.5", "0.000003", "0.000015", 200_000, 64_000),
    ("anthropic/claude-opus-4.5", "0.000005", "0.000025", 200_000, 32_000),
    ("google/gemini-2.5-pro", "0.00000125", "0.00001", 1_048_576, 65_536),
    ("microsoft/phi-4", "0.00000006", "0.00000014", 16_384, 8_192),
)


_MORE = {
    "openai/gpt-4o": {"internal_reasoning": "0.00002", "audio": "0.00004"},
    "openai/gpt-4o-mini": {"internal_reasoning": "0.0000012", "audio": "0.00001"},
}
"""Prices that few models have."""


def _record(name: str, prompt: str, completion: str, context: int, output: int) -> dict[str, Any]:
    return {
        "id": name,
        "context_length": context,
        "pricing": {"prompt": prompt, "completion": completion, **_MORE.get(name, {})},
        "top_provider": {"max_completion_tokens": output},
        "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
        "supported_parameters": ["tools"],
    }


@pytest.fixture(scope="session")
def known() -> KnownModels:
    """Return seven models of four vendors."""
    body = json.dumps({"data": [_record(*model) for model in _MODELS]}).encode()
    return KnownModels(openrouter.read([body], source="models.json", day="2026-08-21"))


@pytest.fixture(scope="session")
def proposed(known: KnownModels) -> Callable[..., Proposal]:
    """Return the function that proposes a layout for a text."""
    return lambda text, **more: propose(text.encode(), "models.yaml", known, **more)
