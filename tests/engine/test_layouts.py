"""Any team's file: one engine, and a layout that says where things are. Each file is synced twice; only what the plan names moves."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import modelsync
from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.errors import CatalogInvalid, Refused, UsageError
from modelsync.layouts.builtin import NAMES
from modelsync.layouts.table import Table, layout_of
from modelsync.pipeline.applying import apply_plan
from modelsync.planning import plan_file
from modelsync.planning.changes import Add, Hold, Keep, Note, Remove
from modelsync.project import Project
from modelsync.settings import Prune

from .conftest import changes

if TYPE_CHECKING:
    from .conftest import World

GPT = ("openai/gpt-4o", "0.0000025", "0.00001")
CLAUDE = ("anthropic/claude-opus-4.1", "0.000015", "0.000075")
GEMINI = ("google/gemini-2.5-pro", "0.00000125", "0.00001")
GROK = ("x-ai/grok-4", "0.000003", "0.000015")


class Shape:
    """A file, its layout as settings, and the file after a sync."""

    def __init__(self, before: str, after: str, unit: str = "1m", **table: Any) -> None:
        self.before = before
        self.after = after
        self.unit = unit
        self.layout: str | Table = table["named"] if "named" in table else msgspec.convert(table, Table)


RATES = {"pricing.input": "in", "pricing.output": "out"}
SHAPES = {
    "a table by id": Shape(
        "# prices\ngpt-4o: {in: 5.00, out: 15.00} # was 15\n\nclaude-opus-4.1:   {in: 15.00, out: 75.00}\nversion: 2\n",
        "# prices\ngpt-4o: {in: 2.50, out: 10.00} # was 15\n\nclaude-opus-4.1:   {in: 15.00, out: 75.00}\nversion: 2\n",
        at="{id}", fields=RATES,
    ),
    "a list with a provider each": Shape(
        "models:\n- name: gpt-4o\n  vendor: OpenAI\n  in: 5\n- name: grok-4\n  vendor: xAI\n  in: 5 # high\n- name: nova\n  vendor: Acme\n  in: 9\n",
        "models:\n- name: gpt-4o\n  vendor: OpenAI\n  in: 2.5\n- name: grok-4\n  vendor: xAI\n  in: 3 # high\n- name: nova\n  vendor: Acme\n  in: 9\n",
        at="models[]", id="name", provider="vendor", fields=RATES,
    ),
    "a provider around a list": Shape(
        "- provider: openai\n  models:\n    - {name: gpt-4o, in: 5}\n- provider: claude\n  models:\n    - {name: claude-opus-4.1, in: 5}\n",
        "- provider: openai\n  models:\n    - {name: gpt-4o, in: 2.5}\n- provider: claude\n  models:\n    - {name: claude-opus-4.1, in: 15}\n",
        at="[].models[]", id="name", provider_around="provider", fields=RATES,
    ),
    "providers as keys": Shape(
        "apis:\n  google:\n    list:\n      gemini-2.5-pro: {in: 1, out: 10}\n  openai:\n    list:\n      gpt-4o: {in: 1}\n  empty:\n  none: {}\n",
        "apis:\n  google:\n    list:\n      gemini-2.5-pro: {in: 1.25, out: 10}\n  openai:\n    list:\n      gpt-4o: {in: 2.5}\n  empty:\n  none: {}\n",
        at="apis.{provider}.list.{id}", fields=RATES,
    ),
    "prefixes of ids": Shape(
        "openai/gpt-4o: {in: 1}\nopenrouter/google/gemini-2.5-pro: {in: 1}\nx-ai/grok-4: {in: 4}\nazure/gpt-4o: {in: 1}\nsome-model: {in: 1}\n",
        "openai/gpt-4o: {in: 2.5}\nopenrouter/google/gemini-2.5-pro: {in: 1.25}\nx-ai/grok-4: {in: 3}\nazure/gpt-4o: {in: 1}\nsome-model: {in: 1}\n",
        at="{id}", fields=RATES,
    ),
    "rewritten ids": Shape(
        "bedrock/eu.anthropic.claude-opus-4.1-v1:0: {in: 9}\ngpt-4o@2024-08-06: {in: 5}\n",
        "bedrock/eu.anthropic.claude-opus-4.1-v1:0: {in: 15}\ngpt-4o@2024-08-06: {in: 2.5}\n",
        at="{id}", rewrite={r"^bedrock/(?:eu\.)?anthropic\.(.+)-v1:0$": r"anthropic/\1", "@.*$": ""}, fields=RATES,
    ),
    "one provider for all": Shape(
        "llms:\n  big: {model: gpt-4o, cost: {per_1k: {in: 0.005}}}\n  same: {model: gpt-4o, cost: {per_1k: {in: 0.0050}}}\n",
        "llms:\n  big: {model: gpt-4o, cost: {per_1k: {in: 0.0025}}}\n  same: {model: gpt-4o, cost: {per_1k: {in: 0.0025}}}\n",
        unit="1k", at="llms.{key}", id="model", provider_is="openai", fields={"pricing.input": "cost.per_1k.in"},
    ),
    "rows of one id": Shape(
        "- {id: gpt-4o, in: 1}\n- {id: gpt-4o, in: 5, effort: low}\n- {id: gpt-4o}\n",
        "- {id: gpt-4o, in: 2.5}\n- {id: gpt-4o, in: 2.5, effort: low}\n- {id: gpt-4o}\n",
        at="[]", id="id", fields=RATES,
    ),
    "several patterns, alternatives and exclusions": Shape(
        "chat:\n  gpt-4o: {in: 5}\n  _default: {in: 5}\nother:\n  old: {grok-4: {cost: {in: 5}}}\n  note: text\n",
        "chat:\n  gpt-4o: {in: 2.5}\n  _default: {in: 5}\nother:\n  old: {grok-4: {cost: {in: 3}}}\n  note: text\n",
        at=["chat|talk.{id}", "other.*.{id}"], skip=["{id}=_*"], fields={"pricing.input": "in|cost.in"},
    ),
    "alternatives of which one says nothing": Shape(
        "gpt-4o: {in: ~, cost: {in: 5}}\ngrok-4: {cost: {in: ~}, in: 5}\ngemini-2.5-pro: {in: ~, cost: {in: ~}}\n",
        "gpt-4o: {in: ~, cost: {in: 2.5}}\ngrok-4: {cost: {in: ~}, in: 3}\ngemini-2.5-pro: {in: 1.25, cost: {in: ~}}\n",
        at="{id}", fields={"pricing.input": "in|cost.in"},
    ),
    "rows that are left alone": Shape(
        "- {id: gpt-4o, in: 5, base_url: http://x}\n- {id: gpt-4o, in: 5, kind: image-hd}\n- {id: gpt-4o, in: 5, base_url: null}\n- gpt-4o\n- {in: 5}\n",
        "- {id: gpt-4o, in: 5, base_url: http://x}\n- {id: gpt-4o, in: 5, kind: image-hd}\n- {id: gpt-4o, in: 2.5, base_url: null}\n- gpt-4o\n- {in: 5}\n",
        at="[]", id="id", skip=["base_url", "kind=image*"], fields=RATES,
    ),
    "booleans": Shape(
        "gpt-4o:\n  caps: {see: False, tools: no, think: ~, hear: maybe}\n  ctx: 64_000\n",
        "gpt-4o:\n  caps: {see: True, tools: yes, think: ~, hear: maybe}\n  ctx: 128_000\n",
        at="{id}", fields={"features": {"vision": "caps.see", "function_calling": "caps.tools", "reasoning": "caps.think", "audio_input": "caps.hear"}, "context_length": "ctx"},
    ),
    "a list of features in other words": Shape(
        "gpt-4o:\n  can: [text, image_in]\nclaude-opus-4.1:\n  can:\n  - text\n",
        "gpt-4o:\n  can: [text, image_in, tools]\nclaude-opus-4.1:\n  can:\n  - text\n  - image_in\n  - tools\n",
        at="{id}", words={"vision": "image_in", "function_calling": "tools"}, fields={"features": "can"},
    ),
    "cents, and quoted": Shape(
        "gpt-4o: {in: '0.000500', out: '0.0010'}\n", "gpt-4o: {in: '0.000250', out: '0.0010'}\n",
        unit="token", at="{id}", scale="0.01", fields=RATES,
    ),
    "exponents": Shape(
        "gpt-4o: {in: 5e-06, out: 1.0e-05}\nclaude-opus-4.1: {in: 1.5e-5, out: 0.00005}\n",
        "gpt-4o: {in: 2.5e-06, out: 1.0e-05}\nclaude-opus-4.1: {in: 1.5e-5, out: 0.000075}\n",
        unit="token", at="{id}", fields=RATES,
    ),
    "the day of a review": Shape(
        "gpt-4o: {in: 5, out: 10, checked: 2025-01-01}\nclaude-opus-4.1: {in: 15, out: 75, checked: 2025-01-01}\ngrok-4: {in: 5, checked: '2025-01-01'}\ngemini-2.5-pro: {in: 5, checked: soon}\n",
        "gpt-4o: {in: 2.5, out: 10, checked: 2026-03-01}\nclaude-opus-4.1: {in: 15, out: 75, checked: 2025-01-01}\ngrok-4: {in: 3, checked: '2026-03-01'}\ngemini-2.5-pro: {in: 1.25, checked: soon}\n",
        at="{id}", fields={**RATES, "reviewed_at": "checked"},
    ),
    "pins of the team's own": Shape(
        "gpt-4o: {in: 5, out: 15, fixed: [pricing.input]}\ngrok-4: {in: 5, fixed: true}\n",
        "gpt-4o: {in: 5, out: 10, fixed: [pricing.input]}\ngrok-4: {in: 5, fixed: true}\n",
        at="{id}", pinned="fixed", fields=RATES,
    ),
    "a document each": Shape(
        "# one\nid: gpt-4o\nin: 5 # dear\n---\n# two\nid: grok-4\nin: 5\n...\n---\nid: other\n",
        "# one\nid: gpt-4o\nin: 2.5 # dear\n---\n# two\nid: grok-4\nin: 3\n...\n---\nid: other\n",
        at="---", id="id", fields=RATES,
    ),
    "lists in documents": Shape(
        "vendor: openai\nmodels:\n- {id: gpt-4o, in: 5}\n---\nvendor: xai\nmodels:\n- {id: grok-4, in: 5}\n",
        "vendor: openai\nmodels:\n- {id: gpt-4o, in: 2.5}\n---\nvendor: xai\nmodels:\n- {id: grok-4, in: 3}\n",
        at="---.models[]", id="id", provider_around="vendor", fields=RATES,
    ),
    "facts that are filled in": Shape(
        "gpt-4o: {in: 5}\n", "gpt-4o: {in: 2.5, ctx: 128000}\n", at="{id}", fill=True, fields={"context_length": "ctx", "pricing.input": "in"},
    ),
    "tiers as keys": Shape(
        "gemini-2.5-pro: {in: 1.25, in_long: 5}\n", "gemini-2.5-pro: {in: 1.25, in_long: 2.5}\n",
        at="{id}", fields={"pricing.input": "in", "pricing.tiers.200000.input": "in_long"},
    ),
    "litellm": Shape(
        "model_list:\n"
        "- model_name: chat\n  litellm_params: {model: openai/gpt-4o, api_key: os.environ/KEY, input_cost_per_token: 5e-06}\n"
        "  model_info: {output_cost_per_token: 0.000015, max_input_tokens: 64000, max_tokens: 99, supports_vision: false}\n"
        "- model_name: chat\n  litellm_params: {model: gpt-4o, input_cost_per_token: 0}\n"
        "- model_name: own\n  litellm_params: {model: openai/gpt-4o, api_base: http://x, input_cost_per_token: 1.0}\n"
        "- model_name: '*'\n  litellm_params: {model: '*', input_cost_per_token: 1.0}\n"
        "- model_name: env\n  litellm_params: {model: os.environ/MODEL, input_cost_per_token: 1.0}\n"
        "- model_name: cloud\n  litellm_params: {model: vertex_ai/gemini-2.5-pro, input_cost_per_token: 1.0}\n",
        "model_list:\n"
        "- model_name: chat\n  litellm_params: {model: openai/gpt-4o, api_key: os.environ/KEY, input_cost_per_token: 2.5e-06}\n"
        "  model_info: {output_cost_per_token: 0.00001, max_input_tokens: 128000, max_tokens: 99, supports_vision: true}\n"
        "- model_name: chat\n  litellm_params: {model: gpt-4o, input_cost_per_token: 0.0000025}\n"
        "- model_name: own\n  litellm_params: {model: openai/gpt-4o, api_base: http://x, input_cost_per_token: 1.0}\n"
        "- model_name: '*'\n  litellm_params: {model: '*', input_cost_per_token: 1.0}\n"
        "- model_name: env\n  litellm_params: {model: os.environ/MODEL, input_cost_per_token: 1.0}\n"
        "- model_name: cloud\n  litellm_params: {model: vertex_ai/gemini-2.5-pro, input_cost_per_token: 1.0}\n",
        unit="token", named="litellm",
    ),
    "list": Shape(
        "models:\n- name: big\n  model: gpt-4o\n  input: 5.0\n  context_window: 64000\n  capabilities: [vision]\n",
        "models:\n- name: big\n  model: gpt-4o\n  input: 2.5\n  context_window: 128000\n  capabilities: [vision, multimodal, function_calling]\n",
        named="list",
    ),
    "prices": Shape("gpt-4o:\n  input: 5.00\n  output: 10\n", "gpt-4o:\n  input: 2.50\n  output: 10\n", named="prices"),
}  # fmt: skip


def prepare(world: World, upstream: Any, shape: Shape) -> None:
    """Write the file and what upstream says."""
    world.path.write_text(shape.before, encoding="utf-8")
    tiers = {"overrides": [{"min_prompt_tokens": 200000, "prompt": "0.0000025"}]}
    world.listing(
        *(
            upstream(name, prompt=prompt, completion=completion, inputs=("text", "image"), parameters=("tools",))
            for name, prompt, completion in (GPT, CLAUDE, GROK)
        ),
        upstream(GEMINI[0]) | {"pricing": {"prompt": GEMINI[1], "completion": GEMINI[2]} | tiers},
    )
    world.configure(layout=shape.layout, unit=shape.unit)


@pytest.mark.parametrize("name", SHAPES)
def test_a_sync_moves_what_upstream_says_and_nothing_else(world: World, upstream: Any, name: str) -> None:
    """What is there is kept true to the letter; nothing is added; a second run has nothing to do."""
    shape = SHAPES[name]
    prepare(world, upstream, shape)
    plan = world.sync().plan
    assert world.text == shape.after
    assert not [change for change in plan.changes if isinstance(change, Add | Remove)]
    files = world.files()
    world.sync()
    assert world.files() == files


@pytest.mark.parametrize("name", SHAPES)
def test_a_plan_of_any_layout_can_be_carried_out_later(world: World, upstream: Any, name: str) -> None:
    """A plan file says all that is needed, and what it makes is checked before it is written."""
    shape = SHAPES[name]
    prepare(world, upstream, shape)
    data = plan_file.encode(world.plan(), catalog=world.path.name, modelsync="1")
    project = Project(world.path, world.settings)
    apply_plan(project, plan_file.decode(data, "plan.json"), "plan.json", now=world.now())
    assert world.text == shape.after


ADDED: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "a table by id": (
        "gpt-4o:\n  in: 2.50\n  out: 10\n", "gpt-4o:\n  in: 2.50\n  out: 10\ngpt-4.1:\n  in: 2.00\n  out: 8\n",
        "openai/gpt-4.1", {"at": "{id}", "fields": RATES},
    ),
    "a list with prefixes": (
        "models:\n  - id: openai/gpt-4o\n    in: 2.5\n    caps: {see: true}\n    note: x\n",
        "models:\n  - id: openai/gpt-4o\n    in: 2.5\n    caps: {see: true}\n    note: x\n  - id: openai/gpt-4.1\n    in: 2\n    caps: {see: true}\n",
        "openai/gpt-4.1",
        {"at": "models[]", "id": "id", "fields": {**RATES, "context_length": "ctx", "features": {"vision": "caps.see", "reasoning": "caps.think"}}},
    ),
    "a list with names and providers": (
        "- {name: big, vendor: OpenAI, id: gpt-4o, in: 2.5, can: [a]}\n",
        "- {name: big, vendor: OpenAI, id: gpt-4o, in: 2.5, can: [a]}\n- {name: gpt-4.1, vendor: OpenAI, id: gpt-4.1, in: 2, can: [see]}\n",
        "openai/gpt-4.1",
        {"at": "[]", "id": "id", "key": "name", "provider": "vendor", "words": {"vision": "see"}, "fields": {**RATES, "features": "can"}},
    ),
    "names that are normalized ids": (
        "- {name: gpt-3-5-turbo, id: gpt-3.5-turbo, in: 0.5}\n- {name: gpt-4o, id: gpt-4o, in: 2.5}\n",
        "- {name: gpt-3-5-turbo, id: gpt-3.5-turbo, in: 0.5}\n- {name: gpt-4o, id: gpt-4o, in: 2.5}\n- {name: gpt-4-1, id: gpt-4.1, in: 2}\n",
        "openai/gpt-4.1",
        {"at": "[]", "id": "id", "key": "name", "fields": RATES},
    ),
    "keys in an order of their own": (
        "models:\n- price: {out: '10.00', in: 2.50}\n  ctx: 128_000\n  note: x\n  vendor: OpenAI\n  id: gpt-4o\n  checked: '2026-03-01'\n",
        "models:\n- price: {out: '10.00', in: 2.50}\n  ctx: 128_000\n  note: x\n  vendor: OpenAI\n  id: gpt-4o\n  checked: '2026-03-01'\n- price: {out: '8.00', in: 2.00}\n  ctx: 128_000\n  vendor: OpenAI\n  id: gpt-4.1\n  checked: '2026-03-01'\n",
        "openai/gpt-4.1",
        {
            "at": "models[]", "id": "id", "provider": "vendor",
            "fields": {"context_length": "ctx", "pricing.input": "price.in", "pricing.output": "price.out", "reviewed_at": "checked"},
        },
    ),
    "providers as keys": (
        "apis:\n  openai:\n    gpt-4o: {in: 2.5}\n", "apis:\n  openai:\n    gpt-4o: {in: 2.5}\n    gpt-4.1: {in: 2}\n",
        "openai/gpt-4.1", {"at": "apis.{provider}.{id}", "fields": RATES},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ADDED)
def test_a_model_is_added_as_its_neighbours_are_written(world: World, upstream: Any, name: str) -> None:
    """At a person's word, or by the settings': in the same place, with the same facts; the next run agrees."""
    before, after, added, table = ADDED[name]
    shape = Shape(before, after, **table)
    prepare(world, upstream, shape)
    world.listing(
        upstream(), upstream("openai/gpt-4.1", prompt="0.000002", completion="0.000008", inputs=("text", "image"))
    )
    world.sync()
    world.add(added)
    assert world.text == after
    files = world.files()
    world.sync()
    assert (world.files(), world.plan().changes) == (files, ())
    world.path.write_text(before, encoding="utf-8")
    (world.folder / "llm_models.lock.json").unlink()
    world.sync()
    assert world.text == before
    world.configure(add={"openai": "all"})
    world.sync()
    assert world.text == after
    files = world.files()
    world.sync()
    assert world.files() == files


FIRST = {
    "none of its provider": ("apis:\n  openai: {}\n", "apis:\n  openai:\n    gpt-4.1:\n      in: 2\n      out: 8\n", "apis.{provider}.{id}", RATES),
    "others say other facts": ("m:\n- {id: gpt-4o, cr: 1}\n", "m:\n- {id: gpt-4o, cr: 1}\n- {id: gpt-4.1, in: 2}\n", "m[]", {"pricing.input": "in", "pricing.cache_read": "cr"}),
}  # fmt: skip


@pytest.mark.parametrize("name", FIRST)
def test_a_new_row_has_facts_of_its_own(world: World, upstream: Any, name: str) -> None:
    """Without one it would be no entry; where others show none that the model has, it says all that the layout names."""
    before, after, at, places = FIRST[name]
    table: dict[str, Any] = {"at": at, "fields": places} | ({"id": "id"} if at == "m[]" else {})
    prepare(world, upstream, Shape(before, after, **table))
    world.configure(add={"openai": ["gpt-4.1"]})
    world.listing(upstream(), upstream("openai/gpt-4.1", prompt="0.000002", completion="0.000008"))
    world.sync()
    assert world.text == after
    files = world.files()
    world.sync()
    assert world.files() == files


def test_a_model_without_a_fact_is_not_added(world: World, upstream: Any) -> None:
    """Its row would be none that anybody reads."""
    prepare(world, upstream, Shape("gpt-4o: {cr: 1}\n", "", at="{id}", fields={"pricing.cache_read": "cr"}))
    world.configure(add={"openai": "all"})
    world.listing(upstream(), upstream("openai/gpt-4.1"))
    reason = "openai/gpt-4.1: upstream has none of the facts that the layout names"
    assert Note("not-added", "openai/gpt-4.1", reason) in world.sync().plan.notes
    with pytest.raises(Refused, match="has none of the facts"):
        world.add("openai/gpt-4.1")


def test_a_list_that_is_empty_is_a_list(world: World, upstream: Any) -> None:
    """One of several patterns that leads somewhere is enough."""
    prepare(world, upstream, Shape("models: []\n", "", at=["models[]", "[]"], id="id", fields=RATES))
    assert world.sync().plan.changes == ()


def test_what_lies_in_several_places_is_not_added_to(world: World, upstream: Any) -> None:
    """Nobody can tell where a new model belongs."""
    prepare(
        world, upstream, Shape("a:\n  gpt-4o: {in: 2.5}\nb:\n  gpt-4o-mini: {in: 1}\n", "", at="*.{id}", fields=RATES)
    )
    world.configure(add={"openai": "all"})
    world.listing(upstream(), upstream("openai/gpt-4.1"))
    plan = world.sync().plan
    assert Note("not-added", "openai/gpt-4.1", "openai/gpt-4.1: its entries are in several places") in plan.notes


def test_a_model_is_removed_where_it_is(world: World, upstream: Any) -> None:
    """An item of a list goes with its comments; the rest stays."""
    text = "models:\n# first\n- {id: gpt-4o, in: 2.5}\n# second\n- {id: gpt-old, in: 1}\n- {id: grok-4, in: 3}\n"
    prepare(world, upstream, Shape(text, "", at="models[]", id="id", fields=RATES))
    world.listing(upstream(), upstream("openai/gpt-old"), upstream("x-ai/grok-4", prompt="0.000003"))
    world.sync()
    world.listing(upstream(), upstream("x-ai/grok-4", prompt="0.000003"))
    world.sync()
    world.remove("openai/gpt-old")
    assert world.text == "models:\n# first\n- {id: gpt-4o, in: 2.5}\n- {id: grok-4, in: 3}\n"


def test_an_id_keeps_its_prefix_when_it_is_renamed(world: World, upstream: Any) -> None:
    """The person names the model as the provider does."""
    prepare(world, upstream, Shape("- {id: openai/gpt-4o, in: 2.5}\n", "", at="[]", id="id", fields=RATES))
    world.sync()
    world.rename_id("gpt-4o", "gpt-4.1")
    assert world.text == "- {id: openai/gpt-4.1, in: 2.5}\n"


def test_an_id_that_a_rule_rewrites_is_not_ours_to_write(world: World, upstream: Any) -> None:
    """What stands there is not what it means."""
    table: dict[str, Any] = {"at": "[]", "id": "id", "rewrite": {"@.*": ""}, "fields": RATES}
    prepare(world, upstream, Shape("- {id: gpt-4o@1, in: 2.5}\n", "", **table))
    with pytest.raises(Refused, match="a rule of the layout rewrites the id"):
        world.rename_id("gpt-4o", "gpt-4.1")


def test_hand_set_values_stay(world: World, upstream: Any) -> None:
    """A price that a person sets after the first sync is theirs, in any layout."""
    prepare(world, upstream, Shape("gpt-4o: {in: 5, out: 10}\n", "", at="{id}", fields=RATES))
    world.sync()
    world.edit("in: 2.5", "in: 2.25")
    world.listing(upstream(prompt="0.000003", completion="0.000012"))
    plan = world.sync().plan
    assert world.text == "gpt-4o: {in: 2.25, out: 12}\n"
    assert [change.field for change in changes(plan, Keep)] == ["pricing.input"]


def test_a_jump_is_held_and_text_is_no_price(world: World, upstream: Any) -> None:
    """The guards know no layout either; what is no number in a team's file is not replaced."""
    prepare(world, upstream, Shape("gpt-4o: {in: 0.1, out: $10}\n", "", at="{id}", fields=RATES))
    plan = world.sync().plan
    assert world.text == "gpt-4o: {in: 0.1, out: $10}\n"
    held = {change.fields[0].field: change.reason for change in changes(plan, Hold)}
    assert "25 times higher" in held["pricing.input"]
    assert held["pricing.output"] == "line 1: `pricing.output` is no number"


WRONG = {
    "no pattern leads anywhere": ("x: 1\n", {"at": "models[]", "id": "id"}, "no `models` here"),
    "a list is wanted": ("models: {}\n", {"at": "models[]", "id": "id"}, "`models` must be a list"),
    "a mapping is wanted": ("models: []\n", {"at": "models.{id}"}, "`models` must be a mapping"),
    "a root that is a list": ("- a\n", {"at": "{id}"}, "the catalog must be a mapping"),
    "a key that is there twice": (
        "m:\n  gpt-4o: {in: 1}\n  gpt-4o: {in: 2}\n",
        {"at": "m.{id}"},
        "`m` has `gpt-4o` twice",
    ),
    "a key that is there twice, behind rows that are sound": (
        "a:\n  gpt-4o: {in: 1}\nb:\n  gpt-4: {in: 1}\n  gpt-4: {in: 2}\n",
        {"at": "*.{id}"},
        "`b` has `gpt-4` twice",
    ),
    "a pattern that leads nowhere in any document": (
        "meta: x\n---\n- 1\n",
        {"at": "---.spec", "id": "id"},
        "no `spec` here",
    ),
    "a damaged document": (
        "spec: {id: gpt-4o, in: 1}\n---\nspec: {}\nspec: {}\n",
        {"at": "---.spec", "id": "id"},
        "has `spec` twice",
    ),
    "several documents": ("in: 1\n---\nin: 2\n", {"at": "{id}"}, "a second YAML document"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_of_another_shape_is_an_error_with_its_place(name: str) -> None:
    """The line and column say where."""
    text, table, why = WRONG[name]
    layout = layout_of(msgspec.convert({"fields": RATES, **table}, Table))
    with pytest.raises(CatalogInvalid, match=why) as raised:
        read_sections(parse(text.encode(), "c.yml", several=layout.several), layout, unit="1m", path="c.yml")
    assert raised.value.line


def test_the_engine_knows_no_layout_by_name() -> None:
    """Outside of the room that defines them no code compares with a layout's name, or imports one to branch on."""
    root = Path(modelsync.__file__).parent
    for path in root.rglob("*.py"):
        if path.parent.name in ("layouts", "discovery") or path.name in ("settings.py", "project.py"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        compared = [
            constant.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Compare | ast.Match | ast.If | ast.IfExp)
            for constant in ast.walk(node.test if isinstance(node, ast.If | ast.IfExp) else node)
            if isinstance(constant, ast.Constant)
        ]
        assert not set(NAMES) & {value for value in compared if isinstance(value, str)} - {"list"}, path
        if path.parent.name == "planning":
            imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
            assert "modelsync.layouts.builtin" not in imported, path


ALONE: dict[str, tuple[str, str, str]] = {
    "a document each": ("---", "id: gpt-4o\nin: 2.5\n---\nid: gpt-old\nin: 1\n", "document"),
    "a place in each document": ("---.spec", "spec: {id: gpt-4o, in: 2.5}\n---\nspec: {id: gpt-old, in: 1}\n", "`spec`"),
    "a place of its own": ("llm.default", "llm:\n  default: {id: gpt-4o, in: 2.5}\n", "`default`"),
    "a place in each provider": ("apis.{provider}.chat", "apis:\n  openai:\n    chat: {id: gpt-4o, in: 2.5}\n", "`chat`"),
}  # fmt: skip


@pytest.mark.parametrize("name", ALONE)
def test_where_there_is_room_for_one_model_none_is_added_and_none_taken_out(
    world: World, upstream: Any, name: str
) -> None:
    """A key beside it would be no entry, and what is left of it none either."""
    at, text, what = ALONE[name]
    prepare(world, upstream, Shape(text, text, at=at, id="id", fields=RATES))
    world.listing(upstream(), upstream("openai/gpt-old", prompt="0.000001"), upstream("openai/gpt-4.1"))
    world.sync()
    with pytest.raises(Refused, match=f"each {what} is one model"):
        world.add("openai/gpt-4.1")
    with pytest.raises(Refused, match=f"it is all of {'a ' * (what == 'document')}{what}; delete it by hand"):
        world.remove("openai/gpt-4o")
    world.configure(add={"openai": "all"}, prune=Prune(grace_days=0))
    world.listing(upstream("openai/gpt-4.1"), upstream("openai/gpt-4.2"), upstream("openai/gpt-4.3"))
    plan = world.sync(prune="stale").plan
    assert world.text == text
    assert f"openai/gpt-4.1: each {what} is one model" in {note.text for note in plan.notes}
    assert "never pruned: it is all of" in next(note.text for note in plan.notes if note.subject == "openai/gpt-4o")


@pytest.mark.parametrize(
    ("at", "text", "why"),
    [
        ("models.{provider}", "models:\n  openai: {id: gpt-4o, in: 2.5}\n", "each provider is one model"),
        ("models.{id}[]", "models:\n  gpt-4o:\n  - {in: 2.5}\n", "its {id} is a key further up in the file"),
    ],
    ids=["a provider", "a key around"],
)
def test_a_row_that_would_not_be_the_new_model_is_not_written(
    world: World, upstream: Any, at: str, text: str, why: str
) -> None:
    """What a row is hangs on a key that it would not have."""
    prepare(world, upstream, Shape(text, text, at=at, fields=RATES, **({} if "{id}" in at else {"id": "id"})))
    world.listing(upstream(), upstream("openai/gpt-4.1"))
    with pytest.raises(Refused, match=why):
        world.add("openai/gpt-4.1")


def test_a_document_in_which_the_pattern_leads_nowhere_is_passed_over(world: World, upstream: Any) -> None:
    """What is left of a model that was deleted by hand makes the file no other."""
    text = "meta: x\n---\nspec: {id: gpt-4o, in: 5}\n---\n- 1\n---\nspec: ~\n"
    prepare(world, upstream, Shape(text, "", at="---.spec", id="id", fields=RATES))
    world.sync()
    assert world.text == text.replace("5", "2.5")


def test_text_is_no_price_where_facts_are_filled_in_either(world: World, upstream: Any) -> None:
    """What a team wrote in place of a number is for the team to replace."""
    prepare(world, upstream, Shape("gpt-4o: {in: about 3}\n", "", at="{id}", fill=True, fields=RATES))
    (hold,) = changes(world.sync().plan, Hold)
    assert (hold.reason, world.text) == ("line 1: `pricing.input` is no number", "gpt-4o: {in: about 3, out: 10}\n")


def test_rows_that_nothing_says_whose_they_are_are_counted_as_such(world: World, upstream: Any) -> None:
    """They are of no provider: no source could speak for it."""
    text = "gpt-4o: {in: 2.5}\nsome-model: {in: 1}\nazure/gpt-4o: {in: 1}\nazure/o3: {in: 1}\n"
    prepare(world, upstream, Shape(text, text, at="{id}", fields=RATES))
    notes = {note.subject: note.text for note in world.plan().notes if note.kind == "unmanaged"}
    assert notes == {
        "unnamed": "1 entry of which nothing says whose it is: left as it is",
        "azure": "2 entries of a provider this source does not speak for: left as they are",
    }


RENAMED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "keys, of which one has a prefix": (
        "a:\n  gpt-4o: {in: 2.5} # ours\n  o3: {in: 1}\nb:\n  openai/gpt-4o: {in: 2.25}\n",
        "a:\n  gpt-4.1: {in: 3} # ours\n  o3: {in: 1}\nb:\n  openai/gpt-4.1: {in: 2.25}\n",
        {"at": "*.{id}", "fields": RATES},
    ),
    "a key over several rows": (
        "gpt-4o:\n- {in: 2.5}\n- {in: 2.25}\n",
        "gpt-4.1:\n- {in: 3}\n- {in: 2.25}\n",
        {"at": "{id}[]", "fields": RATES},
    ),
    "fields of rows": (
        "- {id: gpt-4o, in: 2.5}\n- {id: openai/gpt-4o, in: 2.25}\n",
        "- {id: gpt-4.1, in: 3}\n- {id: openai/gpt-4.1, in: 2.25}\n",
        {"at": "[]", "id": "id", "fields": RATES},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RENAMED)
def test_all_rows_of_an_id_are_renamed_with_what_is_known_of_them(world: World, upstream: Any, name: str) -> None:
    """A key of the file or a field; the price by hand stays one, the other is the new model's; nothing counts as deleted."""
    before, after, table = RENAMED[name]
    prepare(world, upstream, Shape(before.replace("2.25", "2.5"), "", **table))
    world.sync()
    world.path.write_text(before, encoding="utf-8")
    world.listing(upstream(), upstream("openai/gpt-4.1", prompt="0.000003"))
    world.sync()
    world.rename_id("gpt-4o", "gpt-4.1")
    assert world.text == after.replace("in: 3", "in: 2.5")
    plan = world.sync().plan
    assert world.text == after
    assert not {note.kind for note in plan.notes} & {"renamed", "deleted", "settings"}
    assert ({*world.lock.entries}, world.lock.tombstones) == ({"openai/gpt-4.1", "openai/gpt-4.1#2"}, {})
    assert [change.ours_text for change in changes(world.sync().plan, Keep)] == ["2.25"]


def test_one_row_of_several_can_be_renamed(world: World, upstream: Any) -> None:
    """By the name that it goes by."""
    text = "- {id: gpt-4o, in: 2.5}\n- {id: gpt-4o, in: 2.5}\n- {id: gpt-4o, in: 2.5}\n"
    prepare(world, upstream, Shape(text, "", at="[]", id="id", fields=RATES))
    world.sync()
    world.rename_id("gpt-4o#2", "gpt-4.1")
    assert world.text.splitlines()[1] == "- {id: gpt-4.1, in: 2.5}"
    assert {*world.lock.entries} == {"openai/gpt-4o", "openai/gpt-4o#2", "openai/gpt-4.1"}
    with pytest.raises(UsageError, match="is no model id"):
        world.rename_id("gpt-4.1", "gpt-4o#3")


def test_an_id_that_is_a_key_is_not_renamed_into_another(world: World, upstream: Any) -> None:
    """Nor where a rule makes of the key what it means; a name that is there as anything else is no place either."""
    text = "gpt-4o@1: {in: 2.5}\ngpt-4: {in: 9}\no3: {in: 1}\ngpt-none: 1\n"
    prepare(world, upstream, Shape(text, "", at="{id}", rewrite={"@.*": ""}, fields=RATES))
    world.sync()
    with pytest.raises(UsageError, match="openai/o3 is there already"):
        world.rename_id("gpt-4", "o3")
    with pytest.raises(Refused, match="a rule of the layout rewrites the id"):
        world.rename_id("gpt-4o", "gpt-4.1")
    with pytest.raises(Refused, match="gpt-none"):
        world.rename_id("gpt-4", "gpt-none")
    assert world.text == text


def test_a_key_that_is_a_field_is_renamed_there(world: World, upstream: Any) -> None:
    """The lock line goes with it, and so do those of the rows that are counted anew."""
    text = "- {name: chat, id: gpt-4o, in: 2.5}\n- {name: chat, id: o3, in: 1}\n"
    prepare(world, upstream, Shape(text, "", at="[]", id="id", key="name", fields=RATES))
    world.listing(upstream(), upstream("openai/o3", prompt="0.000001"))
    world.sync()
    world.rename_key("chat", "fast")
    assert world.text == text.replace("chat", "fast", 1)
    assert {name: line.model for name, line in world.lock.entries.items()} == {
        "openai/fast": "gpt-4o",
        "openai/chat": "o3",
    }
    assert (world.sync().plan.changes, {note.kind for note in world.plan().notes} & {"renamed"}) == ((), set())


@pytest.mark.parametrize(
    ("text", "table"),
    [("- {id: gpt-4o, in: 2.5}\n", {"at": "[]", "id": "id"}), ("gpt-4o: {in: 2.5}\n", {"at": "{id}"})],
    ids=["a field", "a key"],
)
def test_what_has_no_key_of_its_own_is_renamed_by_its_id(
    world: World, upstream: Any, text: str, table: dict[str, Any]
) -> None:
    """The command that does it is named."""
    prepare(world, upstream, Shape(text, "", fields=RATES, **table))
    with pytest.raises(Refused, match="its key is its model id") as raised:
        world.rename_key("gpt-4o", "fast")
    assert raised.value.hint == "Rename that: `modelsync rename openai gpt-4o fast`."


def test_a_key_on_the_way_is_renamed_where_it_stands(world: World, upstream: Any) -> None:
    """Also where the entry lies deeper."""
    text = "llms:\n  big: {config: {id: gpt-4o, in: 2.5}}\n"
    prepare(world, upstream, Shape(text, "", at="llms.{key}.config", id="id", fields=RATES))
    world.sync()
    world.rename_key("big", "large")
    assert world.text == text.replace("big", "large")
    assert world.sync().plan.changes == ()


def test_a_deployment_is_added_as_the_last_one_is_written(world: World, upstream: Any) -> None:
    """Exponents, the prefix, the model's id as its name, and no facts but those that the layout names."""
    before = (
        "model_list:\n- model_name: openai/gpt-4o\n  litellm_params: {model: openai/gpt-4o, api_key: os.environ/KEY}\n"
        "  model_info: {output_cost_per_token: 1.0e-05, input_cost_per_token: 2.5e-06, max_input_tokens: 128000}\n"
    )
    world.path.write_text(before, encoding="utf-8")
    world.configure(layout="litellm", unit="token")
    world.listing(upstream(), upstream("openai/gpt-4.1", prompt="0.000002", completion="0.000008", context=1047576))
    world.sync()
    world.add("openai/gpt-4.1")
    assert world.text == before + (
        "- model_name: gpt-4.1\n  litellm_params: {model: openai/gpt-4.1}\n"
        "  model_info: {output_cost_per_token: 8.0e-06, input_cost_per_token: 2.0e-06, max_input_tokens: 1047576}\n"
    )
    assert world.sync().plan.changes == ()


BEGUN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a prefix": (
        "openai/gpt-4o: {in: 2.50}\n", "openai/gpt-4o: {in: 2.50}\nxai/grok-4: {in: 3.00}\n", {"at": "{id}"},
    ),
    "a prefix, and a last row of nobody": (
        "- {id: openai/gpt-4o, in: 2.5}\n- {id: ours, in: 1}\n", "- {id: openai/gpt-4o, in: 2.5}\n- {id: ours, in: 1}\n- {id: xai/grok-4, in: 3}\n", {"at": "[]", "id": "id"},
    ),
    "a prefix as upstream has it": (
        "- {id: google/gemini-2.5-pro, in: 1.25}\n", "- {id: google/gemini-2.5-pro, in: 1.25}\n- {id: x-ai/grok-4, in: 3}\n", {"at": "[]", "id": "id"},
    ),
    "the name of its family": (
        "models:\n- {id: gpt-4o, in: 2.5}\n- {id: claude-opus-4.1, in: 15}\n",
        "models:\n- {id: gpt-4o, in: 2.5}\n- {id: claude-opus-4.1, in: 15}\n- {id: grok-4, in: 3}\n", {"at": "models[]", "id": "id"},
    ),
    "a label": (
        "- {id: gpt-4o, by: OpenAI, in: 2.5}\n", "- {id: gpt-4o, by: OpenAI, in: 2.5}\n- {id: grok-4, by: xAI, in: 3}\n",
        {"at": "[]", "id": "id", "provider": "by"},
    ),
    "a label of its own": (
        "- {id: gpt-4o, by: openai, in: 2.5}\n", "- {id: gpt-4o, by: openai, in: 2.5}\n- {id: grok-4, by: xai, in: 3}\n",
        {"at": "[]", "id": "id", "provider": "by"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BEGUN)
def test_the_first_model_of_a_provider_is_added_where_all_others_are(world: World, upstream: Any, name: str) -> None:
    """The row says whose it is in the way in which the others do."""
    before, after, table = BEGUN[name]
    prepare(world, upstream, Shape(before, "", fields=RATES, **table))
    world.sync()
    world.add("xai/grok-4")
    assert world.text == after
    assert ("xai/grok-4" in world.lock.entries, world.sync().plan.changes) == (True, ())
    with pytest.raises(UsageError, match="no provider 'acme' in the catalog") as raised:
        world.add("acme/x")
    assert "section" not in raised.value.hint


@pytest.mark.parametrize(
    ("text", "table", "why"),
    [
        ("a:\n  gpt-4o: {in: 2.5}\nb:\n  o3: {in: 1}\n", {"at": "*.{id}"}, "no provider 'meta' in the catalog"),
        ("openai:\n  gpt-4o: {in: 2.5}\n", {"at": "{provider}.{id}"}, "no provider 'meta' in the catalog"),
        ("gpt-4o: {in: 2.5}\n", {"at": "{id}", "provider_is": "openai"}, "no provider 'meta' in the catalog"),
        ("gpt-4o: {in: 2.5}\n", {"at": "{id}"}, "nothing in its row would say that it is of meta"),
    ],
    ids=["several places", "sections", "one provider", "no way to say it"],
)
def test_where_a_first_model_would_be_nobodys_it_is_not_added(
    world: World, upstream: Any, text: str, table: dict[str, Any], why: str
) -> None:
    """A person writes it by hand then."""
    prepare(world, upstream, Shape(text, "", fields=RATES, **table))
    world.listing(upstream(), upstream("meta-llama/llama-4"))
    with pytest.raises((UsageError, Refused), match=why) as raised:
        world.add("meta/llama-4")
    assert ("by hand" in raised.value.hint, "section" in raised.value.hint, world.text) == (True, False, text)
