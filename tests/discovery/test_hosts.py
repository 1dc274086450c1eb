"""Rows whose prices no list says: those of hosts, and those at addresses of one's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modelsync.discovery.proposal import Proposal
from modelsync.errors import UsageError

Propose = Callable[..., Proposal]

ROWS = """\
models:
- {id: gpt-4o, input: 2.5, output: 10}
- {id: gpt-4o-mini, input: 0.15, output: 0.6}
"""


@pytest.mark.parametrize(
    ("more", "skip"),
    [
        ("cloud: azure", ["cloud=azure"]),
        ("host: aws", ["host=aws"]),
        ("host: Microsoft Azure", ["host=Microsoft Azure"]),
        ("platform: AWS Bedrock", ["platform=AWS Bedrock"]),
        ("deployment: azure-westeurope", ["deployment=azure-westeurope"]),
        ("type: azure-openai", ["type=azure-openai"]),
        ("endpoint: 'https://corp.openai.azure.com'", ["endpoint"]),
        ("api_base: os.environ/BASE", ["api_base"]),
        ("apiBase: llm.example:4000", ["apiBase"]),
        ("base_url: https://x.example/v1", ["base_url"]),
        ("url: https://x.example/v1", ["url"]),
        ("proxy: true", ["proxy"]),
        ("config: {api_base: 'http://localhost:4000'}", ["config.api_base"]),
        ("azure_deployment: ours", ["azure_deployment"]),
        ("aws_region_name: eu-west-1", ["aws_region_name"]),
        ("bedrock_id: anthropic.claude-sonnet-4-5", []),
        ("endpoint: 10.0.0.1", ["endpoint"]),
        ("host: eu.llm.example.com", ["host=eu.llm.example.com"]),
        ("server: 'http://10.0.0.1:8000'", ["server=http://10.0.0.1:8000"]),
        ("host: api.anthropic.com", []),
        ("endpoint: chat.completions", []),
        ("cloud: none", []),
        ("type: chat", []),
        ("endpoint: /v1/responses", []),
        ("endpoint: responses", []),
        ("proxy: false", []),
        ("base_url: https://api.openai.com/v1", []),
        ("base_url: https://generativelanguage.googleapis.com/v1beta", []),
        ("url: https://www.example.com/pricing", []),
        ("url: https://example.com/docs/gpt", []),
    ],
)
def test_a_row_of_a_host_is_left_alone(more: str, skip: list[str], proposed: Propose) -> None:
    """Whichever key says so; addresses of vendors, routes and pages to read are no hosts."""
    found = proposed(f"{ROWS}- {{id: claude-sonnet-4.5, input: 3, output: 15, {more}}}\n")
    assert (found.table.skip, found.entries) == (skip, 2 if skip else 3)


def test_addresses_of_vendors_beside_others_are_told_apart(proposed: Propose) -> None:
    """By what they are."""
    rows = "- {id: o3-mini, input: 1.1, output: 4.4, base_url: https://api.openai.com/v1}\n"
    rows += "- {id: o3-mini, input: 1, output: 4, base_url: 'https://x.example/v[1]'}\n"
    found = proposed(ROWS + rows)
    assert (found.table.skip, found.entries) == (["base_url=https://x.example/v[[]1]"], 3)


def test_what_is_around_the_rows_counts_too(proposed: Propose) -> None:
    """A client of a host that the provider names needs no rule: no list speaks for it."""
    found = proposed(
        """\
clients:
- {type: azure-openai, api_base: 'https://x.openai.azure.com', models: [{name: gpt-4o, input: 2.75, output: 11}]}
- {type: openai, api_base: 'https://proxy.example/v1', models: [{name: gpt-4o, input: 1, output: 1}]}
- {type: bedrock, endpoint: 'https://bedrock.example', models: [{name: claude-sonnet-4.5, input: 3.3, output: 16.5}]}
- {type: anthropic, region: eu, cloud: aws, models: [{name: claude-sonnet-4.5, input: 3.3, output: 16.5}]}
- {type: openai, models: [{name: gpt-4o, input: 2.5, output: 10}, {name: gpt-4o-mini, input: 0.15, output: 0.6}]}
"""
    )
    assert (found.table.provider_around, found.table.skip) == ("type", ["^api_base", "^cloud=aws"])
    assert (found.entries, found.known) == (3, 2)


def test_hosts_have_no_vote_on_the_unit(proposed: Propose) -> None:
    """Where a list speaks for other rows."""
    found = proposed(ROWS + "- {id: bedrock/claude-sonnet-4.5, input: 3000, output: 15000}\n")
    assert found.unit is not None
    assert (found.unit.name, found.unit.agreeing, found.unit.known, found.unit.hosted) == ("1m", 2, 2, False)


def test_a_file_of_nothing_but_hosts_is_refused(proposed: Propose) -> None:
    """With what says so."""
    with pytest.raises(
        UsageError, match=r"every model of models.yaml is one to leave alone \(`cloud=azure`\)"
    ) as refused:
        proposed("models:\n- {id: gpt-4o, cloud: azure, input: 2.5}\n- {id: gpt-4o-mini, cloud: azure, input: 0.15}\n")
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (
            "direct:\n- {id: gpt-4o, input: 2.5}\n- {id: o3-mini, input: 1.1}\nazure_models:\n- {id: gpt-4o, input: 9}\n",
            "direct[]",
        ),
        (
            "new: {gpt-4o: {input: 2.5}}\nold: {o3-mini: {input: 1.1}}\neu-bedrock: {claude-sonnet-4.5: {input: 9}}\n",
            ["new.{id}", "old.{id}"],
        ),
    ],
    ids=["a list", "maps"],
)
def test_no_pattern_leads_below_the_name_of_a_host(text: str, at: str | list[str], proposed: Propose) -> None:
    """A key on the way says it as well as a field does."""
    found = proposed(text)
    assert found.table.at == at
    assert [(one.way, one.reason) for one in found.left_out] == [
        (("azure_models",) if isinstance(at, str) else ("eu-bedrock",), "the rows of a host: no list says their prices")
    ]


def test_a_file_below_the_name_of_a_host_is_refused(proposed: Propose) -> None:
    """With that name."""
    with pytest.raises(UsageError, match=r"is one to leave alone \(`azure_models`\)"):
        proposed("azure_models:\n- {id: gpt-4o, input: 2.5}\n- {id: gpt-4o-mini, input: 0.15}\n")
