"""The JSON Schema of the catalog: made from the types, true to what is read, and understood by other checkers."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from modelsync.catalog import schema
from modelsync.catalog.checking import check
from modelsync.catalog.checking_prices import Bounds
from modelsync.domain.pricing import RATES
from modelsync.layouts.builtin import LLM_MODELS
from modelsync.layouts.layout import ANY, Rows
from modelsync.store.starters import starter_catalog

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKER = Path(sys.executable).parent / "check-jsonschema"
GOOD = """\
providers:
  openai:
    owner: platform
    models:
      a:
        model: gpt-4o
        description: ~
        context_length: 128_000
        max_output_tokens: 4096
        pricing:
          input: 0.0025
          output: "0.01"
          cache_read: ~
          own: {x: [1]}
          tiers: [{above: 200_000, input: 2.5e-07}, {above: 300000, input: 1}]
          windows: [{utc: "22:00-01:00", output: 0}, {utc: 0100-0400, output: 1}]
          batch: {input: 0.00125, tiers: []}
        features: [vision]
        pinned: [pricing]
      b: {pinned: true}
      c: {pinned: pricing}
  ollama:
  other: {models: ~}
ours: 1
"""
BAD = [
    "a: 1",
    "providers: [a]",
    "providers: {a: 5}",
    "providers: {a: {models: [b]}}",
    "providers: {a: {models: {b: }}}",
    "providers: {a: {models: {b: {model: 4.1}}}}",
    "providers: {a: {models: {b: {context_length: 1.5}}}}",
    "providers: {a: {models: {b: {context_length: big}}}}",
    "providers: {a: {models: {b: {context_length: -1}}}}",
    "providers: {a: {models: {b: {features: vision}}}}",
    "providers: {a: {models: {b: {pinned: 5}}}}",
    "providers: {a: {models: {b: {pricing: 5}}}}",
    "providers: {a: {models: {b: {pricing: {input: cheap}}}}}",
    "providers: {a: {models: {b: {pricing: {input: -1}}}}}",
    "providers: {a: {models: {b: {pricing: {tiers: {above: 5}}}}}}",
    "providers: {a: {models: {b: {pricing: {tiers: [{input: 5}]}}}}}",
    "providers: {a: {models: {b: {pricing: {windows: [{utc: noon}]}}}}}",
    "providers: {a: {models: {b: {pricing: {batch: {input: free}}}}}}",
    "providers: {a: {models: {b: {pricing: {batch: {batch: {input: 1}}}}}}}",
    "providers: {a: {models: {b: {pricing: {batch: {tiers: [{above: 5, batch: ~}]}}}}}}",
    "providers: {a: {models: {b: {pricing: {windows: [{utc: 01:00-02:00, tiers: []}]}}}}}",
]


@pytest.fixture(name="complaint")
def complaint_fixture(tmp_path: Path) -> Callable[..., str]:
    """Return the function that says what an independent checker says of catalogs; empty when it has nothing to say."""
    place = tmp_path / "schema.json"
    place.write_text(schema.schema_text(), encoding="utf-8")

    def complaint(*texts: str) -> str:
        paths = [tmp_path / f"{number}.yml" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        command = [str(CHECKER), "--schemafile", str(place), *map(str, paths)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        return done.stdout if done.returncode else ""

    return complaint


def test_it_is_a_json_schema(tmp_path: Path) -> None:
    """By its own dialect."""
    place = tmp_path / "schema.json"
    place.write_text(schema.schema_text(), encoding="utf-8")
    done = subprocess.run([str(CHECKER), "--check-metaschema", str(place)], check=False, capture_output=True, text=True)
    assert (done.returncode, json.loads(place.read_text())["$schema"]) == (0, schema.DIALECT), done.stdout


def test_every_type_and_key_is_explained() -> None:
    """An editor shows the words beside the cursor."""
    shape = schema.json_schema()
    for name, kind in shape["$defs"].items():
        assert kind["description"], name
        assert [key for key, value in kind["properties"].items() if "description" not in value] == []


def test_it_names_what_the_layout_keeps() -> None:
    """Neither has a key that the other lacks."""
    expected: dict[str, set[str]] = {
        "Entry": {*LLM_MODELS.pinned},
        "Pricing": set(),
        "Offer": set(),
        "Tier": set(),
        "Window": set(),
    }
    homes: dict[tuple[str, ...], str] = {
        (): "Entry",
        ("pricing",): "Pricing",
        ("pricing", "batch"): "Offer",
        ("above",): "Tier",
        ("utc",): "Window",
    }
    for name, steps in LLM_MODELS.paths.items():
        for place, step in enumerate(steps):
            if isinstance(step, Rows):
                expected[homes[(step.key,)]] |= {step.key, *(str(last) for last in steps[place + 1 :])}
                break
            expected[homes[tuple(map(str, steps[:place]))]].add(step)
        assert (ANY in name) == any(isinstance(step, Rows) for step in steps)
    kinds = {kind.__name__: kind for kind in (schema.Entry, schema.Pricing, schema.Offer, schema.Tier, schema.Window)}
    assert {name: set(schema.keys(kind)) for name, kind in kinds.items()} == expected
    assert schema.keys(schema.Rates) == RATES


def test_good_catalogs_are_valid(complaint: Any) -> None:
    """With keys of one's own, numbers as people write them, and nothing where nothing is known."""
    assert complaint(GOOD, starter_catalog(("openai", "ollama"), "1k", "x.schema.json")) == ""


@pytest.mark.parametrize("number", range(0, len(BAD), 6))
def test_bad_catalogs_are_not(complaint: Any, number: int) -> None:
    """Each of them is complained about."""
    texts = BAD[number : number + 6]
    said = complaint(*texts)
    assert [place for place in range(len(texts)) if f"{place}.yml::" not in said] == [], said


PRICED = "pricing: {{input: {}}}"
LIMITED = "context_length: {}"
TIERED = "pricing: {{tiers: [{{above: {}, input: 1}}]}}"
TIMED = 'pricing: {{windows: [{{utc: "{}", input: 1}}]}}'
BOTH_READ = {
    PRICED: ("'+1'", "+1_000", "'0'", "'0.5'", "'.5'", "'5.'", "1e-6", "'1_0'", "25E-4", "'00.5'", "1e+05"),
    LIMITED: ("128e3", "'128e3'", "'128000.0'", "128_000.0", "+5", "'+5'", "0"),
    TIERED: ("2e5", "'200_000'", "0", "2.0e+5"),
    TIMED: ("24:00-01:00", "01:00-24:00", "2300-0000", "00:00-23:59", "0100 - 0130", "01:00\\t-02:00", " 1959-0001 "),
}
BOTH_REFUSE = {
    PRICED: (".inf", "1.0e+400", "1e99", "'1e-70'", "'010'", "'+010'", "'0_7'", "'0x10'", "'-1'", "'.'", "''"),
    LIMITED: ("'010'", "'1.5'", "'128e-3'", "1e400", "128k", "'-5'", "'+'"),
    TIERED: ("'00'", "2e-5", "-1", "1.5"),
    TIMED: (
        "00:00-24:00",
        "2400-0000",
        "00:00-0000",
        "24:00-24:00",
        "1:00-4:00",
        "01:60-02:00",
        "24:01-01:00",
        "01:00",
    ),
}


def _texts(values: dict[str, tuple[str, ...]]) -> list[str]:
    fields = [form.format(value) for form, all_of_it in values.items() for value in all_of_it]
    return [f"providers: {{a: {{models: {{b: {{{field}}}}}}}}}\n" for field in fields]


def _errors(text: str) -> list[str]:
    checked = check(text.encode(), "c.yml", unit="1k", bounds=Bounds(Decimal(0), Decimal(10**70)))
    return [problem.text for problem in checked.problems if problem.level == "error"]


def test_what_the_schema_reads_a_check_reads(complaint: Any) -> None:
    """Numbers and hours at the edges of what is one."""
    texts = _texts(BOTH_READ)
    assert [(text, errors) for text in texts if (errors := _errors(text))] == []
    assert complaint(*texts) == ""


def test_what_the_schema_refuses_a_check_refuses(complaint: Any) -> None:
    """What YAML turns into a sound number before the schema sees it, such as an unquoted 010, only a check can tell."""
    texts = _texts(BOTH_REFUSE)
    assert [text for text in texts if not _errors(text)] == []
    said = complaint(*texts)
    assert [text for place, text in enumerate(texts) if f"/{place}.yml::" not in said] == [], said


@pytest.mark.parametrize(
    ("text", "read"), [("010", "8"), ("-010", "-8"), ("0x10", "16"), ("1:30", "90"), (".nan", "nan"), ("0,005", "0")]
)
def test_what_only_a_check_can_refuse(text: str, read: str) -> None:
    """YAML 1.1 has turned it into another number before a schema sees it, which finds fault with that one at most."""
    catalog = f"providers: {{a: {{models: {{b: {{pricing: {{input: {text}}}}}}}}}}}\n"
    data = yaml.safe_load(catalog)
    pricing = data["providers"]["a"]["models"]["b"]["pricing"]
    assert str(pricing["input"]) == read
    (error,) = _errors(catalog)
    assert (f"take it for {read}" in error) == (text not in (".nan", "0,005"))
    valid = Draft202012Validator(schema.json_schema()).is_valid(json.loads(json.dumps(data)))
    assert valid == (not read.startswith("-"))


def test_recorded_and_sample_catalogs_are_valid(complaint: Any, shared_data: Path) -> None:
    """What people have, and what the recordings were synced to."""
    paths = (*shared_data.glob("catalogs/*.yml"), *shared_data.glob("golden/**/*.yml"))
    texts = [text for path in paths if "providers" in (yaml.safe_load(text := path.read_text(encoding="utf-8")) or {})]
    assert texts
    assert complaint(*texts) == ""
