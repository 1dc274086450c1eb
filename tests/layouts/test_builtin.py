"""Built-in layouts: whose a row is, and which rows are left alone because no list speaks for their prices."""

from __future__ import annotations

import pytest

from modelsync.catalog.document import parse
from modelsync.catalog.entries import count_passed_over, read_sections
from modelsync.layouts.builtin import layout_named


def read(text: str, name: str) -> tuple[list[tuple[str, str]], int]:
    """Return the provider and the model of each entry that a built-in layout reads, and how many rows its rules pass over."""
    layout, document = layout_named(name), parse(text.encode(), "models.yaml")
    sections = read_sections(document, layout, unit="token", path="models.yaml")
    entries = [(entry.provider, entry.model_id or entry.key) for section in sections for entry in section.entries]
    return entries, count_passed_over(document, layout, path="models.yaml").by_rules


OWN = "- litellm_params: {model: o3-mini, input_cost_per_token: 1.1e-06}\n"


@pytest.mark.parametrize(
    "more",
    [
        "api_base: 'http://10.0.0.1'",
        "base_url: 'http://10.0.0.1'",
        "litellm_credential_name: our-cloud",
        "azure_ad_token: os.environ/TOKEN",
        "api_version: '2024-10-21'",
        "tenant_id: os.environ/TENANT",
        "aws_region_name: eu-west-1",
        "aws_access_key_id: os.environ/KEY",
        "aws_profile_name: models",
        "aws_role_name: models",
        "aws_bedrock_runtime_endpoint: 'https://bedrock.example'",
        "vertex_project: models",
        "vertex_location: global",
        "vertex_credentials: key.json",
    ],
)
def test_a_deployment_of_a_cloud_is_left_alone(more: str) -> None:
    """What only such a deployment has says so, though its model has no prefix, or a vendor's."""
    rows = "".join(
        f"- litellm_params: {{model: {model}, input_cost_per_token: 1.0e-6, {more}}}\n"
        for model in ("gpt-4o", "openai/gpt-4o")
    )
    assert read(f"model_list:\n{rows}{OWN}", "litellm") == ([("openai", "o3-mini")], 2)


@pytest.mark.parametrize(
    ("model", "said", "whose"),
    [
        ("gpt-4o", "azure", ("azure", "gpt-4o")),
        ("openai/gpt-4o", "azure", ("azure", "openai/gpt-4o")),
        ("claude-sonnet-4-5", "bedrock", ("bedrock", "claude-sonnet-4-5")),
        ("gpt-4o", "openai", ("openai", "gpt-4o")),
        ("openai/gpt-4o", "openai", ("openai", "gpt-4o")),
        ("openai/gpt-4o", "''", ("openai", "gpt-4o")),
    ],
)
def test_a_provider_that_is_said_wins_over_the_prefix(model: str, said: str, whose: tuple[str, str]) -> None:
    """As it does for the proxy."""
    row = f"- litellm_params: {{model: {model}, custom_llm_provider: {said}, input_cost_per_token: 1.0e-6}}\n"
    assert read(f"model_list:\n{row}", "litellm") == ([whose], 0)


@pytest.mark.parametrize("key", ["api_base", "base_url", "endpoint"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list", "models:\n- {id: gpt-4o, input: 1, KEY: 'http://10.0.0.1'}\n- {id: o3-mini, input: 1}\n"),
        ("prices", "gpt-4o: {input: 1, KEY: 'http://10.0.0.1'}\no3-mini: {input: 1}\n"),
    ],
)
def test_a_row_with_an_address_of_its_own_is_left_alone(key: str, name: str, text: str) -> None:
    """Who serves the model there sets the price."""
    assert read(text.replace("KEY", key), name) == ([("openai", "o3-mini")], 1)
