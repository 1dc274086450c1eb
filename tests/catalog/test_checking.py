"""What a check finds in a catalog, and where; and that it finds nothing in a sound one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.catalog.checking import Checked, check
from modelsync.catalog.checking_prices import Bounds
from modelsync.catalog.snapshot import Snapshot
from modelsync.errors import CatalogInvalid

if TYPE_CHECKING:
    from pathlib import Path

SOUND = """\
# ours
x-defaults: &defaults {features: [vision], team: search}
providers:
  openai:
    owner: platform
    models:
      gpt-4o:
        <<: *defaults
        model: gpt-4o-2024-08-06
        description: ~
        context_length: 128_000
        max_output_tokens: 16384
        pricing:
          input: 0.0025
          output: 0.01
          cache_write_5m: 0.003
          image: 0.004
          tiers:
            - {above: 100_000, input: 0.005}
            - {above: 200000, input: 0.01, output: 0.02}
          windows:
            - {utc: "22:00-01:00", output: 0.005}
            - {utc: 0100-0400, output: 0.006}
          batch: {input: 0.00125, tiers: ~}
        pinned: [pricing.input, features, "pricing.tiers.200000.input"]
      free: {pricing: {input: 0, output: 0}, pinned: true}
      embot: {pricing: {input: 0.0001, output: 1}, features: []}
      bare: {}
  ollama:
  other:
    models:
  local:
    models:
      small: {pricing: {input: 0.001, output: 0}, features: [ours, embeddings]}
      text-embedding-3-small: {pricing: {input: 0.001, output: 0}}
      large: {model: Text-Embed-3, pricing: {input: 0.001, output: 0}}
      rank: {features: [rerank], pricing: {input: 0.001, output: 0}}
"""
BOUNDS = Bounds(Decimal("0.1"), Decimal(1))


def _check(text: str, unit: str = "1k") -> Checked:
    return check(text.encode(), "c.yml", unit=unit, bounds=BOUNDS)


def _found(text: str, unit: str = "1k") -> list[str]:
    return [
        f"{one.line}:{one.column} {one.level} {one.where} | {one.text} | {one.hint}"
        for one in _check(text, unit).problems
    ]


def test_a_sound_catalog() -> None:
    """Own keys, merges, tiers, windows over midnight, free models and empty providers are no problems."""
    checked = _check(SOUND)
    assert (checked.problems, checked.models) == ((), 8)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("pricing:\n", "pricng:\n", "13:9 error openai/gpt-4o | `pricng` means nothing here | Did you mean `pricing`?"),
        ("max_output_tokens", "max_output_token", "12:9 error openai/gpt-4o | `max_output_token` means nothing here | Did you mean `max_output_tokens`?"),
        ("    models:\n      gpt", "    modles:\n      gpt", "6:5 error openai | `modles` means nothing here | Did you mean `models`?"),
        ("cache_write_5m", "cache-raed", "16:11 error openai/gpt-4o.pricing | `cache-raed` means nothing here | Did you mean `cache_read`?"),
        ("{input: 0.00125", "{inptu: 0.00125", "24:19 error openai/gpt-4o.pricing.batch | `inptu` means nothing here | Did you mean `input`?"),
        ("input: 0.0025", "input: cheap", "14:18 error openai/gpt-4o.pricing.input | `cheap` is no price | Write it in plain digits, as in `0.0025`; nothing is known without it."),
        ("input: 0.0025", "input: $0.0025", "14:18 error openai/gpt-4o.pricing.input | `$0.0025` is no price | Write it in plain digits, as in `0.0025`; nothing is known without it."),
        ("{input: 0.0001, output: 1}", "{input: 0.0001, output: 0,015}", "27:50 error openai/embot.pricing | `015` is a key without a value: a decimal comma? | Write a point: in `{…}` a comma begins the next key, and the price before it ends there."),
        ("input: 0.0025", "input: [1]", "14:18 error openai/gpt-4o.pricing.input | must be a single value | "),
        ("image: 0.004", "image: -1", "17:18 error openai/gpt-4o.pricing.image | a price cannot be negative | Leave out a price that varies or is unknown; 0 is free."),
        ("input: 0.0025", 'input: "0.0025"', "14:18 warning openai/gpt-4o.pricing.input | `0.0025` is text to many readers of YAML | Without quotes it is a number."),
        ("input: 0.0025", "input: 25e-4", "14:18 warning openai/gpt-4o.pricing.input | `25e-4` is text to many readers of YAML | Write it without an exponent."),
        ("128_000", "128000.5", "11:25 error openai/gpt-4o.context_length | `128000.5` has a fraction: tokens are whole | "),
        ("128_000", "128k", "11:25 error openai/gpt-4o.context_length | `128k` is no number of tokens | Write it as in `128000`."),
        ("128_000", "-5", "11:25 error openai/gpt-4o.context_length | a number of tokens cannot be negative | "),
        ("model: gpt-4o-2024-08-06", "model: 4.1", '9:16 warning openai/gpt-4o.model | `4.1` is no text to readers of YAML | Write "4.1".'),
        ("model: gpt-4o-2024-08-06", "model: [a]", "9:16 error openai/gpt-4o.model | must be a single value | "),
        ("features: []", "features: vision", "27:62 error openai/embot.features | must be a list | Write `features: [a, b]`."),
        ("features: []", "features: [[a]]", "27:63 error openai/embot.features | each must be a name | "),
        ("features: []", "features: [on]", '27:63 warning openai/embot.features | `on` is no text to readers of YAML | Write "on".'),
        ("pinned: true", "pinned: 5", "26:54 error openai/free.pinned | must be true, a field or a list of fields | Write `pinned: [pricing]`."),
        ("pinned: true", "pinned: {a: 1}", "26:54 error openai/free.pinned | must be true, a field or a list of fields | Write `pinned: [pricing]`."),
        ("pinned: true", "pinned: feature", "26:54 warning openai/free.pinned | `feature` is no field | Did you mean `features`?"),
        ("pinned: true", "pinned: [pricing.inputs]", "26:55 warning openai/free.pinned | `pricing.inputs` is no field | Did you mean `pricing.input`?"),
        ("pinned: true", "pinned: [feature]", "26:55 warning openai/free.pinned | `feature` is no field | Did you mean `features`?"),
        ("pinned: true", "pinned: [pricing.tier]", "26:55 warning openai/free.pinned | `pricing.tier` is no field | Did you mean `pricing.tiers`?"),
        ("output: 0.01\n", "output: 0.0002\n", "15:19 warning openai/gpt-4o.pricing.output | less than 10% of the input price | "),
        ("input: 0.0025", "input: 2.5", "14:18 warning openai/gpt-4o.pricing.input | $2500 per 1M tokens: in another unit? | The unit of this catalog is 1k."),
        ("input: 0.0001", "input: 0.0000025", "27:32 warning openai/embot.pricing.input | $0.0025 per 1M tokens: in another unit? | The unit of this catalog is 1k; 0 is free."),
        ("{above: 100_000, input: 0.005}", "{input: 0.005}", "19:15 error openai/gpt-4o.pricing.tiers | has no `above` | Without it nobody knows when these prices hold."),
        ("above: 100_000", "above: many", "19:23 error openai/gpt-4o.pricing.tiers | `many` is no number of tokens | Write it as in `above: 200000`."),
        ("above: 200000", "above: 2e5", "20:23 warning openai/gpt-4o.pricing.tiers | `2e5` is text to many readers of YAML | Write it without an exponent."),
        ("128_000", "128e3", "11:25 warning openai/gpt-4o.context_length | `128e3` is text to many readers of YAML | Write it without an exponent."),
        ("{input: 0.0001, output: 1}", "{input: 0.0001, output: 0}", "27:48 warning openai/embot.pricing.output | free, though the input is not | Leave out a price that is unknown; 0 is free."),
        ("above: 200000, input: 0.01, output: 0.02", "above: 200000, input: 0.01, output: 0.0", "20:52 warning openai/gpt-4o.pricing.tiers.output | free, though the input is not | Leave out a price that is unknown; 0 is free."),
        ("above: 200000, input: 0.01, output: 0.02", "above: 200000, output: 0.0004", "20:39 warning openai/gpt-4o.pricing.tiers.output | less than 10% of the input price | "),
        ('"22:00-01:00", output: 0.005', '"22:00-01:00", output: 0.0002', "22:44 warning openai/gpt-4o.pricing.windows.output | less than 10% of the input price | "),
        ("{input: 0.00125, tiers: ~}", "{input: 0.00125, output: 0.02}", "24:43 warning openai/gpt-4o.pricing.batch.output | more than the same price without batch | "),
        ("cache_write_5m: 0.003", "cache_read: 0.003", "16:23 warning openai/gpt-4o.pricing.cache_read | more than the input price | "),
        ("{above: 100_000, input: 0.005}", "{above: 100_000, cache_read: 0.003}", "19:44 warning openai/gpt-4o.pricing.tiers.cache_read | more than the input price | "),
        ("tiers: ~}", "batch: {input: 1}}", "24:35 error openai/gpt-4o.pricing.batch | `batch` means nothing here | Nobody would read the prices in it."),
        ("tiers: ~}", "batch: ~}", "24:35 error openai/gpt-4o.pricing.batch | `batch` means nothing here | Nobody would read the prices in it."),
        ("above: 200000, input", "above: 200000, tiers: [], input", "20:31 error openai/gpt-4o.pricing.tiers | `tiers` means nothing here | Nobody would read the prices in it."),
        ("{utc: 0100-0400, output: 0.006}", "{utc: 0100-0400, batch: {output: 0.006}}", "23:32 error openai/gpt-4o.pricing.windows | `batch` means nothing here | Nobody would read the prices in it."),
        ("input: 0.0025", "input: +010", "14:18 error openai/gpt-4o.pricing.input | `+010` is no price: many readers of YAML take it for 8 | Write it in plain digits, as in `0.0025`; nothing is known without it."),
        ("pricing: {input: 0, output: 0}", "price: {input: 0, output: 0}", "26:14 error openai/free | `price` means nothing here | Did you mean `pricing`?"),
        ("pricing: {input: 0, output: 0}", "prices: {}", "26:14 error openai/free | `prices` means nothing here | Did you mean `pricing`?"),
        ("above: 200000", "above: 50000", "20:23 error openai/gpt-4o.pricing.tiers | tiers must ascend: 50000 comes after 100000 | "),
        ("above: 200000", "above: 100000", "20:23 error openai/gpt-4o.pricing.tiers | there is a tier of the same `above`: 100000 comes after 100000 | "),
        ("above: 200000, input", "above: 200000, inptu", "20:31 error openai/gpt-4o.pricing.tiers | `inptu` means nothing here | Did you mean `input`?"),
        ("0100-0400", "0000-0400", "23:21 error openai/gpt-4o.pricing.windows | 0000-0400 overlaps 2200-0100 | "),
        ("0100-0400", "noon", '23:21 error openai/gpt-4o.pricing.windows | `noon` are no hours | Write them as in `utc: "01:00-04:00"`.'),
        ("{utc: 0100-0400, output: 0.006}", "{output: 0.006}", "23:15 error openai/gpt-4o.pricing.windows | has no `utc` | Without it nobody knows when these prices hold."),
        ("tiers: ~}", "tiers: 5}", "24:42 error openai/gpt-4o.pricing.batch.tiers | must be a list | Begin each of its tiers with a dash."),
        ("tiers: ~}", "tiers: [5]}", "24:43 error openai/gpt-4o.pricing.batch.tiers | each of the tiers must be a mapping | "),
        ("      bare: {}", "      bare:", "28:7 error openai/bare | the entry is empty | Write `bare: {}` for one that says nothing."),
        ("      bare: {}", "      bare: 5", "28:13 error openai/bare | an entry must be a mapping | "),
        ("pricing: {input: 0, output: 0}", "pricing: 5", "26:23 error openai/free.pricing | prices must be a mapping | "),
        ("      bare: {}", "      free: {}", "28:7 error  | `free` is there twice | It is on line 26 too."),
        ("{input: 0, output: 0}", "{input: 0, input: 1}", "26:34 error  | `input` is there twice | It is on line 26 too."),
        ("  ollama:\n", "  ollama: 5\n", "29:11 error ollama | a provider must be a mapping | "),
        ("  ollama:\n", "  a/b:\n", "29:3 warning a/b | a provider with a slash in its name is not managed | Its entries could be taken for another provider's."),
        ("    models:\n      gpt", "    models: 5\n    ours:\n      gpt", "6:13 error openai.models | `models` must be a mapping | "),
        ("providers:", "provider:", "3:1 error  | `provider` means nothing here | Did you mean `providers`?"),
        ("# ours\n", "# ours\n\ta: 1\n", "2:1 error  | a tab cannot indent YAML | Indent with spaces."),
    ],
    ids=range(65),
)  # fmt: skip
def test_each_problem_has_its_place(old: str, new: str, problem: str) -> None:
    """Line and column, the field as pins name it, what is wrong and what to do."""
    assert SOUND.count(old) == 1
    assert problem in _found(SOUND.replace(old, new))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1:1 error  | the catalog is empty | `modelsync init` starts one."),
        ("[1]\n", "1:1 error  | the catalog must be a mapping | "),
        ("a: 1\n", "1:1 error  | no `providers` here | A catalog starts with `providers:`."),
        ("providers: 5\n", "1:12 error providers | `providers` must be a mapping | "),
        ("a: [\n", "2:1 error  | while parsing a flow node, did not find expected node content | "),
    ],
    ids=range(5),
)
def test_files_that_are_no_catalogs(text: str, problem: str) -> None:
    """They are problems, not failures of the check."""
    assert _found(text) == [problem]


def test_what_only_the_reader_knows_is_a_problem_too() -> None:
    """Two entries of one name."""
    text = "providers:\n  a: {models: {b/c: {}}}\n  a/b: {models: {c: {}}}\n"
    assert any("names an entry of `a` and one of `a/b`" in one for one in _found(text))


@pytest.mark.parametrize(
    "pin", ["true", "no", '"yes"', "~", "pricing", "features", '"*"', "[]", '["*"]', "[pricing.batch, pricing.tiers, pricing.tiers.200000.input]"]
)  # fmt: skip
def test_pins_that_a_sync_understands(pin: str) -> None:
    """All, nothing, a field, a group, or several."""
    assert _found("providers: {a: {models: {b: {pinned: " + pin + "}}}}\n") == []


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("010", ": many readers of YAML take it for 8"),
        ("-0_17", ": many readers of YAML take it for -15"),
        ("0x10", ": many readers of YAML take it for 16"),
        ("0b11", ": many readers of YAML take it for 3"),
        ("1:30", ": many readers of YAML take it for 90"),
        ("1:30.5", ": many readers of YAML take it for 90.5"),
        (".nan", ""),
        ("'010'", ""),
        ("0o10", ""),
        ("yes", ""),
        ("2026-09-01", ""),
        ("0x" + "f" * 5000, ""),
    ],
    ids=lambda text: text[:20].strip(": ") or "nothing",
)
def test_what_readers_make_of_a_number_is_said(text: str, taken: str) -> None:
    """Where YAML 1.1 has a number for what was written, another one than a person would read."""
    for field, kind in (("pricing: {input: %s}", "price"), ("context_length: %s", "number of tokens")):
        found = _check("providers: {a: {models: {b: {" + field % text + "}}}}\n").problems
        assert [problem.text for problem in found] == [f"`{text.strip(chr(39))}` is no {kind}{taken}"]
    tiers = "providers: {a: {models: {b: {pricing: {tiers: [{above: " + text + "}]}}}}}\n"
    assert [problem.text for problem in _check(tiers).problems] == [
        f"`{text.strip(chr(39))}` is no number of tokens{taken}"
    ]


@pytest.mark.parametrize("price", ["-0", "-0.0", "-0.000"])
def test_nothing_with_a_sign_is_nothing(price: str) -> None:
    """It is free, as every reader takes it."""
    text = f"providers: {{a: {{models: {{b: {{pricing: {{input: {price}, output: {price}}}}}}}}}}}\n"
    assert _check(text).problems == ()


def test_an_output_that_upstream_gives_away_is_sound() -> None:
    """It was not set by hand."""
    text = "providers: {a: {models: {b: {pricing: {input: 0.001, output: 0}}}}}\n"
    assert [problem.text for problem in _check(text).problems] == ["free, though the input is not"]
    listed = {"a/b": {("output", Decimal(0))}}
    assert check(text.encode(), "c.yml", unit="1k", bounds=BOUNDS, listed=listed.__getitem__).problems == ()


def test_what_upstream_lists_is_no_slip() -> None:
    """Some batch offers cost more than the ordinary one, and some caches more than the input; other prices are doubted still."""
    text = "providers: {a: {models: {b: {pricing: {input: 0.001, output: 0.01, cache_read: 0.002, batch: {input: 0.003}}}}}}\n"

    def rates(*listed: tuple[str, Decimal]) -> list[str]:
        found = check(text.encode(), "c.yml", unit="1k", bounds=BOUNDS, listed=lambda _: listed)
        return [one.where.partition(".")[2] for one in found.problems]

    cache, batch = ("cache_read", Decimal("0.000002")), ("input", Decimal("0.000003"))
    assert rates(cache, batch) == []
    assert rates(cache) == ["pricing.batch.input"]
    assert rates(batch, ("input", Decimal("0.000002"))) == ["pricing.cache_read"]


def test_prices_are_weighed_in_the_unit_of_the_catalog() -> None:
    """What is dear per 1K tokens is usual per 1M."""
    text = "providers: {a: {models: {b: {pricing: {input: 2.5, output: 10}}}}}\n"
    assert len(_found(text, "1k")) == 2
    assert _found(text, "1m") == []
    assert len(_found("providers: {a: {models: {b: {pricing: {input: 0.0025, request: 0.001}}}}}\n", "1m")) == 1


def test_a_misspelt_key_beside_the_right_one_is_a_key_of_ones_own() -> None:
    """So are keys of which only a number is like a known one."""
    assert _found("providers: {a: {models: {b: {model: x, models: y, pricing: {cache_write_5m: 1}}}}}\n") == []
    assert (
        _found(
            "providers: {a: {models: {b: {price: low, pricing: {}}, c: {pricing: {}, prices: {}}, d: {price: 5}}}}\n"
        )
        == []
    )


PIECES = [
    "pricing",
    "tiers",
    "windows",
    "batch",
    "above",
    "utc",
    "input",
    "5",
    "x",
    "~",
    "&a b",
    "*a",
    "<<",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    "\n",
    "  ",
    "- ",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_it_never_fails_and_passes_nothing_that_cannot_be_read(pieces: list[str]) -> None:
    """Whatever stands there: what has no error is read in full."""
    text = "providers:\n  a:\n    models:\n      b: " + "".join(pieces)
    checked = _check(text)
    if not any(problem.level == "error" for problem in checked.problems):
        models = Snapshot.read(text.encode(), "c.yml", "1k").all()
        assert all(model.pricing is not None for model in models)


def test_what_cannot_be_read_is_an_error() -> None:
    """The other way round."""
    for text in ("providers:\n  a:\n    models:\n      b: 5\n", "providers:\n  a: {models: {b: {c: 1, c: 2}}}\n"):
        with pytest.raises(CatalogInvalid):
            Snapshot.read(text.encode(), "c.yml", "1k").all()
        assert [problem.level for problem in _check(text).problems] == ["error"]


def test_recorded_catalogs_are_sound(shared_data: Path) -> None:
    """No error in a catalog that people have."""
    for path in sorted(shared_data.glob("catalogs/*.yml")):
        found = check(path.read_bytes(), path.name, unit="1k", bounds=BOUNDS)
        assert [problem for problem in found.problems if problem.level == "error"] == [], path
