"""The layout that is proposed for a file: each way in which files keep models, in as few lines as show it."""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from modelsync.discovery.known import KnownModels
from modelsync.discovery.proposal import Proposal, propose
from modelsync.discovery.unit import UnitUnclear
from modelsync.errors import CatalogInvalid, UsageError
from modelsync.layouts.builtin import table_named

Propose = Callable[..., Proposal]

PER_1M = {"gpt-4o": (2.5, 10), "gpt-4o-mini": (0.15, 0.6), "claude-sonnet-4.5": (3, 15), "gemini-2.5-pro": (1.25, 10)}


def table_of(proposal: Proposal) -> dict[str, Any]:
    """Return what a proposed table says, without what it leaves at the default."""
    said = proposal.table
    keys = ("at", "id", "key", "provider", "provider_around", "skip", "words", "scale")
    return {key: value for key in keys if (value := getattr(said, key)) not in ("", [], {}, "1")}


def list_of(*rows: str) -> str:
    """Write a list of models, each row as flow pairs."""
    return "models:\n" + "".join(f"  - {{{row}}}\n" for row in rows)


def prices(text: str) -> str:
    """Fill in known prices, per 1M: `{gpt-4o}` becomes `input: 2.5, output: 10`."""
    for name, (into, out) in PER_1M.items():
        text = text.replace(f"<{name}>", f"input: {into}, output: {out}")
    return dedent(text)


@pytest.mark.parametrize(
    ("text", "at", "more", "named"),
    [
        ("gpt-4o: {<gpt-4o>}\nclaude-sonnet-4.5: {<claude-sonnet-4.5>}\n", "{id}", {}, "prices"),
        ("pricing:\n  gpt-4o: {<gpt-4o>}\n  gpt-4o-mini: {<gpt-4o-mini>}\n", "pricing.{id}", {}, ""),
        (
            "models:\n- {name: fast, model: gpt-4o-mini, <gpt-4o-mini>}\n- {name: good, model: gpt-4o, <gpt-4o>}\n",
            "models[]",
            {"id": "model"},
            "list",
        ),
        ("- {id: gpt-4o, <gpt-4o>}\n- {id: gpt-4o-mini, <gpt-4o-mini>}\n", "[]", {"id": "id"}, "list"),
        (
            """\
            - provider: openai
              models: [{name: gpt-4o, <gpt-4o>}]
            - provider: google
              models: [{name: gemini-2.5-pro, <gemini-2.5-pro>}]
            """,
            "[].models[]",
            {"id": "name", "provider_around": "provider"},
            "",
        ),
        (
            """\
            pricing:
              openai:
                gpt-4o: {<gpt-4o>}
              google:
                gemini-2.5-pro: {<gemini-2.5-pro>}
            """,
            "pricing.{provider}.{id}",
            {},
            "",
        ),
        (
            """\
            providers:
              openai:
                models: [{name: gpt-4o, <gpt-4o>}, {name: gpt-4o-mini, <gpt-4o-mini>}]
            """,
            "providers.{provider}.models[]",
            {"id": "name"},
            "",
        ),
        (
            """\
            name: Anthropic
            id: anthropic
            models:
            - {id: claude-sonnet-4.5, <claude-sonnet-4.5>}
            - {id: claude-opus-4.5, input: 5, output: 25}
            """,
            "models[]",
            {"id": "id", "provider_around": "id"},
            "list",
        ),
        (
            """\
            models:
              fast: {api_name: gpt-4o-mini, vendor: OpenAI, <gpt-4o-mini>}
              good: {api_name: claude-sonnet-4.5, vendor: Anthropic, <claude-sonnet-4.5>}
            """,
            "models.{key}",
            {"id": "api_name", "provider": "vendor"},
            "",
        ),
        (
            """\
            models:
              openai/gpt-4o: {<gpt-4o>}
              anthropic/claude-sonnet-4.5: {<claude-sonnet-4.5>}
            """,
            "models.{id}",
            {},
            "",
        ),
        (
            """\
            old-models:
              openai/gpt-4o: {<gpt-4o>}
            new-models:
              google/gemini-2.5-pro: {<gemini-2.5-pro>}
            """,
            "*.{id}",
            {},
            "",
        ),
        (
            """\
            chat: [{name: gpt-4o, <gpt-4o>}]
            small: [{name: gpt-4o-mini, <gpt-4o-mini>}]
            servers: [one]
            queues: [two]
            people: [three]
            """,
            ["chat[]", "small[]"],
            {"id": "name"},
            "",
        ),
        ("model: gpt-4o\nprice_per_1m: {<gpt-4o>}\n", "---", {"id": "model"}, ""),
        (
            """\
            model: gpt-4o
            cost: {<gpt-4o>}
            ---
            model: gpt-4o-mini
            cost: {<gpt-4o-mini>}
            """,
            "---",
            {"id": "model"},
            "",
        ),
        (
            """\
            spec:
              params: {model: gpt-4o}
              price_per_million: {<gpt-4o>}
            """,
            "spec",
            {"id": "params.model"},
            "",
        ),
        (
            """\
            providers:
              openai:
                models:
                  gpt-4o: {model: gpt-4o, pricing: {input: 0.0025, output: 0.01}}
                  gpt-4o-mini: {model: gpt-4o-mini, pricing: {input: 0.00015, output: 0.0006}}
            """,
            "providers.{provider}.models.{key}",
            {"id": "model"},
            "llm_models",
        ),
        (
            """\
            model_list:
            - model_name: good
              litellm_params: {model: openai/gpt-4o, input_cost_per_token: 2.5e-06, output_cost_per_token: 1.0e-05}
            - model_name: small
              litellm_params: {model: openai/gpt-4o-mini}
              model_info: {input_cost_per_token: 1.5e-07, output_cost_per_token: 6.0e-07}
            - model_name: ours
              litellm_params: {model: openai/gpt-4o, api_base: http://10.0.0.1, input_cost_per_token: 0}
            """,
            "model_list[]",
            {
                "id": "litellm_params.model",
                "key": "model_name",
                "skip": table_named("litellm").skip,
            },
            "litellm",
        ),
    ],
    ids=[
        "keys of the root",
        "keys of a table",
        "a field of a list's rows",
        "a list at the root",
        "lists in the rows of a list",
        "providers around keys",
        "providers around lists",
        "the provider at the root",
        "keys that are names of the team's own",
        "prefixes of ids",
        "families between",
        "two lists among others",
        "the document is a model",
        "each document is a model",
        "the id in a mapping of the row",
        "the original's shape",
        "litellm's shape",
    ],
)  # fmt: skip
def test_the_way_to_the_rows_is_found(
    text: str, at: str | list[str], more: dict[str, str], named: str, proposed: Propose
) -> None:
    """With the place of the id, and of the provider where the file says it."""
    found = proposed(prices(text))
    assert table_of(found) == {"at": at, **more}
    assert found.named == named
    assert found.entries == found.known > 0


def test_a_provider_that_litellm_is_told_is_read_though_few_rows_have_one(proposed: Propose) -> None:
    """It says that a model without a prefix is served by a cloud."""
    text = """\
        LIST:
        - {model_name: a, litellm_params: {model: openai/gpt-4o, input_cost_per_token: 2.5e-06}}
        - {model_name: b, litellm_params: {model: openai/gpt-4o-mini, input_cost_per_token: 1.5e-07}}
        - {model_name: c, litellm_params: {model: o3-mini, custom_llm_provider: azure, input_cost_per_token: 9.0e-06}}
        """
    found = proposed(dedent(text.replace("LIST", "model_list")))
    assert (found.named, found.entries, found.known) == ("litellm", 3, 2)
    found = proposed(dedent(text.replace("LIST", "deployments")))
    assert (found.named, found.entries, found.known) == ("", 3, 2)
    assert found.table.provider == "litellm_params.custom_llm_provider"


def test_facts_are_found_by_the_words_on_their_way(proposed: Propose) -> None:
    """In whatever mapping of the row they are."""
    found = proposed(
        """\
models:
- name: gpt-4o
  limits: {context_window: 128000, maxOutputTokens: 16384}
  costs_per_million: {input: 2.5, output: 10, cache: {read: 1.25, write: 0}, batch_input: 1.25}
  supports: {images: true, tools: true, seed: true}
- name: gpt-4o-mini
  limits: {context_window: 128000}
  costs_per_million: {input: 0.15, output: 0.6, input_above_200k: 0.3}
"""
    )
    assert found.table.fields == {
        "context_length": "limits.context_window",
        "max_output_tokens": "limits.maxOutputTokens",
        "pricing.input": "costs_per_million.input",
        "pricing.output": "costs_per_million.output",
        "pricing.cache_read": "costs_per_million.cache.read",
        "pricing.cache_write": "costs_per_million.cache.write",
        "pricing.tiers.200000.input": "costs_per_million.input_above_200k",
        "pricing.batch.input": "costs_per_million.batch_input",
        "features.function_calling": "supports.tools",
        "features.vision": "supports.images",
    }


def test_a_list_of_words_is_read_with_the_files_own_words(proposed: Propose) -> None:
    """One word for each feature, that which the file uses most."""
    rows = [
        "id: gpt-4o, features: [chat, tool-call, multi-tool-call, image]",
        "id: gpt-4o-mini, features: [tool-call, image]",
    ]
    found = proposed(list_of(*rows))
    assert found.table.fields == {"features": "features"}
    assert found.table.words == {"function_calling": "tool-call", "vision": "image"}
    assert found.unit is None


def left_out(found: Proposal) -> dict[str, str]:
    """Return what was left out, and why."""
    return {".".join(one.way): one.reason for one in found.left_out}


def test_what_cannot_be_kept_true_is_left_out_with_the_reason(proposed: Propose) -> None:
    """Text for numbers, words nobody knows, features that upstream knows nothing of, prices in lists, ratios, another place."""
    found = proposed(
        """\
models:
- id: gpt-4o
  context_window: 128K
  tags: [fast, cheap, good]
  reasoning_model: true
  price: {input: 2.5, output: 10, long: {input: 5}}
  tiers: [{input: 1, output: 2}]
  cache_discount: 0.5
  options: {price: {input: 3}}
- id: gpt-4o-mini
  context_window: 128K
  tags: [fast, cheap, good]
  reasoning_model: true
  price: {input: 0.15, output: 0.6}
"""
    )
    assert found.table.fields == {"pricing.input": "price.input", "pricing.output": "price.output"}
    reasons = left_out(found)
    assert "such as '128K'" in reasons["context_window"]
    assert "of 0 of the 2 known models" in reasons["reasoning_model"]
    assert reasons["tiers"] == "prices in the rows of a list"
    assert reasons["cache_discount"] == "a discount, not a price"
    assert reasons["price.long.input"] == "not the usual price, which is at `price.input`"
    assert reasons["options.price.input"] == "not the usual price, which is at `price.input`"


def test_a_list_with_some_known_words_is_left_out_with_one_that_is_not(proposed: Propose) -> None:
    """So that its owner knows what was looked at."""
    found = proposed(list_of("id: gpt-4o, context_window: 128000, tags: [image, fast, cheap]"))
    assert "such as 'fast'" in left_out(found)["tags"]


def test_a_price_that_is_a_mapping_in_some_rows_is_read_in_the_others(proposed: Propose) -> None:
    """No place may be inside of another."""
    found = proposed(
        list_of(
            "id: gpt-4o, input_mtok: 2.5, output_mtok: 10",
            "id: gpt-4o-mini, input_mtok: 0.15, output_mtok: 0.6",
            "id: claude-sonnet-4.5, input_mtok: {base: 3, tiers: 5}, output_mtok: 15",
        )
    )
    assert found.table.fields["pricing.input"] == "input_mtok"
    assert left_out(found)["input_mtok.base"] == "some rows have a price here, others a mapping"


def test_rows_that_keep_a_fact_elsewhere_give_an_alternative(proposed: Propose) -> None:
    """The same for ids."""
    found = proposed(
        list_of(
            "config: {model: gpt-4o}, max_output: 16384",
            "config: {model: gpt-4o-mini}, max_output: 16384",
            "config: {model_id: claude-sonnet-4.5}, max_output_tokens: 64000",
        )
    )
    assert found.table.id == "config.model|config.model_id"
    assert found.table.fields == {"max_output_tokens": "max_output|max_output_tokens"}


def test_an_id_for_each_of_several_hosts_is_taken_from_any(proposed: Propose) -> None:
    """Before the name that is displayed, though that looks like an id."""
    found = proposed(
        list_of(
            "display_name: gpt-4o, api_name: {openai: gpt-4o}, context_window: 128000",
            "display_name: gpt-4o-mini, api_name: {openai: gpt-4o-mini}, context_window: 128000",
            "display_name: o3-mini, api_name: {responses: o3-mini}, context_window: 200000",
        )
    )
    assert found.table.id == "api_name.openai|api_name.responses"


def test_a_field_that_is_named_for_what_is_sent_is_the_id_though_more_keys_look_like_one(proposed: Propose) -> None:
    """The key is the team's own name then. A field with other things in it is no id."""
    rows = "gpt-4o-old: {model: ft-1, <gpt-4o>}\n  gpt-4o: {model: gpt-4o, <gpt-4o>}\n  gpt-4o-mini: {model: gpt-4o-mini, <gpt-4o-mini>}\n"
    found = proposed(prices(f"models:\n  {rows}"))
    assert (found.table.at, found.table.id) == ("models.{key}", "model")
    others = rows.replace("model: gpt-4o", "model: chat")
    assert proposed(prices(f"models:\n  {others}")).table.at == "models.{id}"


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ((16_384, 16_384, 64_000), "max_output_tokens"),
        ((128_000, 128_000, 4_096), "context_length"),
        ((4_096, 4_096, 4_096), ""),
    ],
)
def test_max_tokens_is_what_its_values_say(limits: tuple[int, ...], field: str, proposed: Propose) -> None:
    """The output limit, the context window, or a request's own limit, which is nobody's fact."""
    names = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4.5")
    rows = [
        f"id: {name}, max_tokens: {limit}, supports_vision: true" for name, limit in zip(names, limits, strict=True)
    ]
    found = proposed(list_of(*rows))
    places = {name: place for name, place in found.table.fields.items() if not name.startswith("features")}
    assert places == ({field: "max_tokens"} if field else {})
    assert ("max_tokens" in left_out(found)) is not bool(field)


def test_one_row_says_too_little_of_max_tokens_among_many(proposed: Propose) -> None:
    """It may be chance."""
    rows = ["id: gpt-4o, max_tokens: 16384, supports_vision: true", "id: phi-4, supports_vision: true"]
    assert "only one known model" in left_out(proposed(list_of(*rows)))["max_tokens"]


@pytest.mark.parametrize(
    ("row", "skip"),
    [
        ("id: _default, input: 1, output: 2", "{id}=_*"),
        ("id: sample_spec, input: 1, output: 2", "{id}=sample_spec"),
        ("id: qwen3-coder, currency: CNY, input: 4, output: 16", "currency=CNY"),
        ("id: gpt-4o, base_url: http://10.0.0.1, input: 0.1, output: 0.1", "base_url"),
        ("id: gpt-4o, currency: ' EUR', input: 2.2, output: 9", "currency=[ ]EUR"),
        ("id: gpt-4o, currency: '[EUR] ', input: 2.2, output: 9", "currency=[[]EUR][ ]"),
        ('id: gpt-4o, currency: "E\\nU\\\\R*\\n", input: 2.2, output: 9', "currency=E\nU\\R[*][\n]"),
        ("id: gpt-4o, host: ' azure ', input: 2.2, output: 9", "host=[ ]azure[ ]"),
        ("id: gpt-4o, unit: 1M characters, input: 0.6, output: 2.5", "unit=1M characters"),
        ("id: gpt-4o, price_per: minute, input: 0.6, output: 2.5", "price_per=minute"),
        ("id: gpt-4o, pricing_unit: EUR per 1M tokens, input: 2.2, output: 9", "pricing_unit=EUR per 1M tokens"),
        ("id: gpt-4o, money: €, input: 2.2, output: 9", "money=€"),
    ],
)
def test_rows_that_are_no_models_of_the_list_are_skipped(row: str, skip: str, proposed: Propose) -> None:
    """Placeholders, prices in other money, endpoints of the team's own."""
    rows = [
        "id: gpt-4o, currency: USD, input: 2.5, output: 10",
        "id: gpt-4o-mini, currency: USD, input: 0.15, output: 0.6",
    ]
    found = proposed(list_of(*rows, row))
    assert found.table.skip == [skip]
    assert found.entries == 2


def test_rows_of_one_model_are_told_apart_by_a_name(proposed: Propose) -> None:
    """Where they have one."""
    rows = ["name: high, model: o3-mini, input: 1.1, output: 4.4", "name: low, model: o3-mini, input: 1.1, output: 4.4"]
    found = proposed(list_of(*rows, "name: good, model: gpt-4o, input: 2.5, output: 10"))
    assert found.table.key == "name"
    assert proposed(list_of(*(row.partition(", ")[2] for row in rows)), unit="1m").table.key == ""


def test_a_day_beside_the_prices_is_offered_and_not_declared(proposed: Propose) -> None:
    """It is for the team to say that it is that of the prices."""
    rows = [
        "id: gpt-4o, released: 2024-05-13, pricing: {date: 2026-01-02, input: 2.5, output: 10}",
        "id: gpt-4o-mini, released: 2024-07-18, pricing: {date: 2026-01-02, input: 0.15, output: 0.6}",
    ]
    found = proposed(list_of(*rows))
    assert found.reviewed == "pricing.date"
    assert "reviewed_at" not in found.table.fields


def test_a_vendor_that_is_not_known_by_default_is_named(proposed: Propose) -> None:
    """Its models would match nothing otherwise. A host is no vendor."""
    found = proposed(list_of("id: microsoft/phi-4, context_window: 16384", "id: nvidia/phi-4, context_window: 16384"))
    assert found.vendors == {"microsoft": "microsoft"}
    assert found.known == 1


def test_keys_that_need_quotes_have_them(proposed: Propose) -> None:
    """A dot in a key is no step; a key with a quote in it cannot be spelled."""
    found = proposed(
        '"v1.0 models":\n'
        '  - {id: gpt-4o, "per 1.0k": {input_price_per_1k: 0.0025}, "a \\"b\\"": {input_price: 1}}\n'
        '  - {id: gpt-4o-mini, "per 1.0k": {input_price_per_1k: 0.00015}}\n'
    )
    assert found.table.at == '"v1.0 models"[]'
    assert found.table.fields == {"pricing.input": '"per 1.0k".input_price_per_1k'}


def test_values_that_come_by_a_merge_are_seen(proposed: Propose) -> None:
    """As a reader sees them."""
    found = proposed(
        """\
defaults: &openai {provider: openai, supports_vision: true}
models:
- {<<: *openai, id: gpt-4o, context_window: 128000}
- {<<: *openai, id: gpt-4o-mini, context_window: 128000}
"""
    )
    assert found.table.provider == "provider"
    assert found.table.fields == {"context_length": "context_window", "features.vision": "supports_vision"}


def test_the_items_of_a_list_are_the_rows_though_ids_and_facts_are_in_a_mapping_of_each(proposed: Propose) -> None:
    """A row is what stands in the list."""
    found = proposed(
        list_of(
            "params: {model: gpt-4o, context_window: 128000}", "params: {model: gpt-4o-mini, context_window: 128000}"
        )
    )
    assert (found.table.at, found.table.id) == ("models[]", "params.model")
    assert found.table.fields == {"context_length": "params.context_window"}


def test_a_price_deeper_in_a_row_is_no_other_place_of_the_usual_one(proposed: Propose) -> None:
    """It is a price of something else, such as of long prompts."""
    rows = ["id: gpt-4o, price: {input: 2.5, output: 10}", "id: gpt-4o-mini, price: {input: 0.15, output: 0.6}"]
    found = proposed(list_of(*rows, "id: claude-sonnet-4.5, price: {output: 15, long: {input: 6}}"))
    assert found.table.fields["pricing.input"] == "price.input"
    assert left_out(found)["price.long.input"] == "not the usual price, which is at `price.input`"


def test_a_feature_that_is_said_twice_is_read_once(proposed: Propose) -> None:
    """Where most rows say it."""
    rows = ["id: gpt-4o, supports_vision: true", "id: gpt-4o-mini, supports_vision: true, supports_images: true"]
    found = proposed(list_of(*rows))
    assert found.table.fields == {"features.vision": "supports_vision"}
    assert left_out(found)["supports_images"] == "`supports_vision` says vision already"


@pytest.mark.parametrize(
    ("one", "two", "place", "reason"),
    [
        ("context: 128", "context: 200", "context", "in thousands: 128 where upstream says 128,000"),
        ("max_output: 16", "max_output: 31", "max_output", "in thousands: 16 where upstream says 16,384"),
        ("context: 128000000", "context: 200000000", "context", "no limit in tokens: 128,000,000"),
        ("context: 128k", "context: 200K", "context", "limits are whole tokens, and here such as '128k'"),
        ("window: 128k", "window: 200k", "window", "limits are whole tokens, and here such as '128k'"),
        ("context: large", "context: small", "context", "no numbers, but such as 'large'"),
        ("in_eur: 2", "in_eur: 3", "in_eur", "`eur` is no USD per token"),
        ("price: [2.5, 10]", "price: [3, 15]", "price", "prices as the items of a list"),
        ("price: 2.5/10", "price: 3/15", "price", "nothing says which of the prices it is"),
    ],
)
def test_what_no_layout_can_say_is_left_alone_with_its_reason(
    one: str, two: str, place: str, reason: str, proposed: Propose
) -> None:
    """In the settings beside what can be kept true, and in the refusal where nothing can."""
    found = proposed(list_of(f"id: gpt-4o, {one}, vision: true", f"id: claude-opus-4.5, {two}, vision: true"))
    assert reason in left_out(found)[place]
    assert found.table.fields == {"features.vision": "vision"}
    with pytest.raises(UsageError, match=re.escape(reason)):
        proposed(list_of(f"id: gpt-4o, {one}", f"id: claude-opus-4.5, {two}"))


def test_an_old_limit_is_one_all_the_same(proposed: Propose) -> None:
    """Where it is of the size of the present one, or most others are."""
    rows = ["id: gpt-4o, context: 32000", "id: gpt-4o-mini, context: 128000", "id: o3-mini, context: 16"]
    assert proposed(list_of(*rows)).table.fields == {"context_length": "context"}


@pytest.mark.parametrize(
    ("text", "what"),
    [("gpt-4o: [2.5, 10]\n", "a list of numbers"), ("prices: {gpt-4o: 2.5}\n", "one number")],
    ids=["list", "number"],
)
def test_a_number_without_a_key_of_its_own_is_told(text: str, what: str, proposed: Propose) -> None:
    """No path leads to it."""
    with pytest.raises(UsageError, match=f"beside gpt-4o on line 1 is {what}: nothing says which"):
        proposed(text)


def test_lists_of_outputs_and_lists_without_known_words_are_no_features(proposed: Propose) -> None:
    """An image that comes out is not one that goes in."""
    rows = ["id: gpt-4o, context_window: 128000, output_modes: [image], tags: [fast], supports: {vision: 7}"]
    assert proposed(list_of(*rows)).table.fields == {"context_length": "context_window"}


def test_the_maker_of_a_model_is_a_provider_though_the_name_is_not_usual(proposed: Propose) -> None:
    """Where the listing has the model as that maker's."""
    rows = [
        "id: phi-4, company: microsoft, context_window: 16384",
        "id: gpt-4o, company: openai, context_window: 128000",
    ]
    found = proposed(list_of(*rows))
    assert found.table.provider == "company"
    assert found.known == 2


def test_a_mapping_with_very_many_keys_is_no_row(proposed: Propose) -> None:
    """A long price table is one of rows, whatever else its keys look like."""
    rows = "".join(f"model-{number}: {{input: 1, output: 2}}\n" for number in range(500))
    found = proposed(f"{prices('gpt-4o: {<gpt-4o>}')}\n{prices('gpt-4o-mini: {<gpt-4o-mini>}')}\n{rows}")
    assert (found.named, found.entries, found.known) == ("prices", 502, 2)


# ------------------------------------------------------------------------------------------------------------------ units


@pytest.mark.parametrize(
    ("rows", "unit"),
    [
        (("id: gpt-4o, input: 2.5e-06", "id: gpt-4o-mini, input: 1.5e-07"), "token"),
        (("id: gpt-4o, input: 0.0025", "id: gpt-4o-mini, input: 0.00015"), "1k"),
        (("id: gpt-4o, input: '2.50'", "id: gpt-4o-mini, input: '0.15'"), "1m"),
        (("id: gpt-4o, inputCentsPer1k: 0.25", "id: gpt-4o-mini, inputCentsPer1k: 0.015"), "1k"),
        (("id: gpt-4o, pricing: {input: 2.5, unit: '0.000001'}",), "1m"),
        (("id: gpt-4o, pricing: {input: 0.0025, unit: per_1k_tokens}",), "1k"),
        (("id: azure/gpt-4o, input: 2.5", "id: bedrock/anthropic.claude-sonnet-4.5-v1:0, input: 3"), "1m"),
    ],
    ids=["per token", "per 1K", "quoted", "cents", "a unit as a number", "a unit in words", "models at hosts"],
)
def test_the_unit_is_what_known_prices_say(rows: tuple[str, ...], unit: str, proposed: Propose) -> None:
    """And all of them agree here."""
    found = proposed(list_of(*rows))
    assert found.unit is not None
    assert (found.unit.name, found.unit.agreeing, found.unit.known) == (unit, len(rows), len(rows))
    assert found.table.scale == ("0.01" if "Cents" in rows[0] else "1")


@pytest.mark.parametrize(
    ("rows", "unit"),
    [
        (("id: gpt-4o, reasoning_output_cost: 20", "id: gpt-4o-mini, reasoning_output_cost: 1.2"), "1m"),
        (("id: gpt-4o, audio: {input_price: 0.04}", "id: gpt-4o-mini, audio: {input_price: 0.01}"), "1k"),
        (("id: gpt-4o, audio: {input_price: 0.04}", "id: gpt-4o-mini, input_price: 0.00015"), "1k"),
    ],
    ids=["reasoning", "audio", "audio beside the usual"],
)
def test_prices_that_are_not_the_usual_ones_tell_the_unit_too(
    rows: tuple[str, ...], unit: str, proposed: Propose
) -> None:
    """Each beside upstream's of the same name."""
    found = proposed(list_of(*rows))
    assert found.unit is not None
    assert (found.unit.name, found.unit.agreeing, found.unit.known) == (unit, 2, 2)


def test_the_usual_prices_speak_for_a_model_that_has_them(proposed: Propose) -> None:
    """Whatever its others are."""
    rows = [f"id: {name}, input: {PER_1M[name][0]}, audio_input_price: 5000" for name in ("gpt-4o", "gpt-4o-mini")]
    unit = proposed(list_of(*rows)).unit
    assert unit is not None
    assert (unit.name, unit.agreeing, unit.known) == ("1m", 2, 2)


@pytest.mark.parametrize(
    "text",
    [
        list_of("id: gpt-4o, batch: {input: 1.25}", "id: gpt-4o-mini, batch: {input: 0.075}"),
        "input_per_1k:\n  gpt-4o: {input: 2.5}\n  gpt-4o-mini: {input: 0.15}\n",
        "price_unit: per_1k\nmodels:\n  gpt-4o: {input: 2.5}\n  gpt-4o-mini: {input: 0.15}\n",
        list_of("id: gpt-4o, input_per_1k: 2.5", "id: gpt-4o-mini, input_per_1k: 0.15"),
        list_of("id: gpt-4o, input_per_1k: 0.0025, output_per_1m: 10", "id: gpt-4o-mini, input_per_1k: 0.00015"),
        list_of("id: gpt-4o, input: 250", "id: gpt-4o-mini, input: 15"),
        list_of("id: gpt-4o, input: 2.5"),
        list_of("id: claude-2-beta, input: 8", "id: gpt-5-beta, input: 1"),
    ],
    ids=["batches that upstream does not price", "a key on the way", "a value around", "the keys", "two units", "cents that nothing names", "one model", "prices nobody knows"],
)  # fmt: skip
def test_a_unit_that_is_not_clear_is_refused(text: str, proposed: Propose) -> None:
    """It settles what the person says."""
    with pytest.raises(UnitUnclear):
        proposed(text)
    settled = proposed(text, unit="1m").unit
    assert settled is not None
    assert settled.name == "1m"


# --------------------------------------------------------------------------------------------------------------- refusals


OLDER = "models:\n  gpt-4o: {input: 2.2, output: 9}\n  gpt-4o-mini: {input: 0.13, output: 0.52}\n"


@pytest.mark.parametrize(
    "head",
    [
        "# All prices in USD, not in EUR\n",
        "# The price list of our EUR customers is another file: these are in $\n",
        "# Served in the EU, won by price\n",
        "# Limits are tokens, not characters\n",
        "unit: USD per 1M tokens\n",
        "currency: ' usd '\n",
        "currency: ''\n",
        "rate_limit_unit: minute\n",
        "context_unit: 1k characters\n",
    ],
)
def test_what_a_file_says_besides_is_no_other_money(head: str, proposed: Propose) -> None:
    """Dollars, limits, and words that only look like a currency."""
    found = proposed(head + OLDER)
    assert found.unit is not None
    assert (found.unit.name, found.entries, found.table.skip) == ("1m", 2, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# AUTO-GENERATED FILE\n- {id: gpt-4o, input: 2}\n", "line 1 says that the file is generated"),
        ("---\n\n# x\n# Do not edit by hand\n- {id: gpt-4o, input: 2}\n", "line 4 says that the file is generated"),
        ("a: 1\nb: two\n", "names no model that the snapshot of 2026-08-21 knows"),
        ("", "names no model"),
        ("models: [gpt-4o, gpt-4o-mini]\n", "names models, such as gpt-4o on line 1, but no price"),
        ('models: |\n  [{"name": "gpt-4o", "context_window": 1}]\n', "JSON inside a text, on line 1"),
        (list_of("id: gpt-4o, max-input-chars: 300000"), "a limit in characters"),
        (list_of("id: gpt-4o, cost_factor: 3"), "a factor, not a price"),
        ("currency: EUR\nmodels:\n  gpt-4o: {input: 2.5}\n  gpt-4o-mini: {input: 0.15}\n", "the prices are in EUR"),
        ("prices_eur:\n  gpt-4o: {input: 2.5}\n  gpt-4o-mini: {input: 0.15}\n", "the prices are in eur"),
        (list_of("id: gpt-4o, currency: EUR, input: 2.5"), "(`currency=EUR`): upstream's prices are in USD per token"),
        (f"money: EUR\n{OLDER}", "the prices are in EUR"),
        (f"currency_code: CNY\n{OLDER}", "the prices are in CNY"),
        (f"unit: EUR per 1M tokens\n{OLDER}", "the prices are in EUR"),
        (f"unit: €/1M tokens\n{OLDER}", "the prices are in €"),
        (
            f"# Models we may use.\n# All prices in EUR, without tax\n{OLDER}",
            "line 2 says 'All prices in EUR, without tax'",
        ),
        (f"---\n# Cost: €/MTok\n{OLDER}", "line 2 says 'Cost: €/MTok'"),
        (f"unit: 1M characters\n{OLDER}", "the prices are per '1M characters'"),
        (f"pricing_unit: per 1K characters\n{OLDER}", "the prices are per '1K characters'"),
        (f"per: 1M chars\n{OLDER}", "the prices are per '1M chars'"),
        (f"# prices per 1M characters\n{OLDER}", "line 1 says 'prices per 1M characters'"),
    ],
    ids=[
        "generated",
        "not to be edited",
        "no models",
        "nothing",
        "names alone",
        "JSON in a text",
        "characters",
        "factors",
        "another currency",
        "another currency in a key",
        "another currency in every row",
        "another money",
        "the code of a currency",
        "a unit of another currency",
        "a unit with a sign",
        "a comment on another currency",
        "a comment with a sign",
        "a unit of characters",
        "a unit of characters with a per",
        "a per of characters",
        "a comment on characters",
    ],
)
def test_a_file_that_cannot_be_kept_true_is_refused_with_the_reason(text: str, problem: str, proposed: Propose) -> None:
    """What it cannot tell it does not guess."""
    with pytest.raises(UsageError) as refused:
        proposed(text)
    assert problem in str(refused.value)
    assert refused.value.hint


def test_what_is_no_yaml_is_an_error_with_its_place(known: KnownModels) -> None:
    """As for any catalog."""
    with pytest.raises(CatalogInvalid, match=r"models\.yaml:1"):
        propose(b"a: [", "models.yaml", known)


def test_a_word_about_generation_further_down_is_a_comment_like_others(proposed: Propose) -> None:
    """Only the head speaks for the file."""
    found = proposed("- {id: gpt-4o, input: 2.5}\n# generated by hand\n- {id: gpt-4o-mini, input: 0.15}\n")
    assert found.entries == 2


def test_keys_that_stand_for_providers_beside_other_things_are_named_one_by_one(proposed: Propose) -> None:
    """A step to any key would lead to what is no mapping."""
    found = proposed(
        """\
version: 2
logging: {level: debug}
openai:
  models: {gpt-4o: {input: 2.5, output: 10}, gpt-4o-mini: {input: 0.15, output: 0.6}}
retries: 3
anthropic:
  models: {claude-sonnet-4.5: {input: 3, output: 15}}
"""
    )
    assert found.table.at == ["openai.models.{id}", "anthropic.models.{id}"]
    assert found.known == 3
