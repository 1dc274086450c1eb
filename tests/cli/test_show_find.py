"""`show` and `find`: the library's reading at the shell."""

from __future__ import annotations

from typing import Any

import pytest
from markdown_it import MarkdownIt

from modelsync.errors import Exit

CATALOG = """\
providers:
  openai:
    models:
      gpt-4o:
        model: gpt-4o-2024-08-06
        description: |
          Ours,   on two
          lines.
        context_length: 128000
        max_output_tokens: 16384
        pricing:
          input: 0.0025
          output: 0.01
          cache_read: 0.00125
          image: 0.004
          tiers:
            - above: 100000
              input: 0.005
          windows:
            - utc: "01:00-04:00"
              output: 0.005
          batch: {input: 0.00125}
        features: [vision, tools]
        pinned: true
      mini: {model: gpt-4.1-mini, context_length: 1000000, pricing: {input: 0.0004, output: 0.0016}, features: [vision]}
      free: {model: free-1, context_length: 300000, pricing: {input: 0, output: 0, cache_read: 0}, features: [vision]}
      bare: {}
  gemini:
    models:
      flash: {model: gemini-flash, context_length: 1000000, max_output_tokens: 8192, pricing: {input: 0.0004, output: 0.0012, cache_read: 0.0001}, features: [vision]}
"""


def opened_tables(page: str) -> int:
    """Count the tables of a page."""
    return [token.type for token in MarkdownIt("commonmark").enable("table").parse(page)].count("table_open")


@pytest.fixture(name="shell")
def shell_fixture(shell: Any) -> Any:
    """Return a project with models of several kinds."""
    shell.write(CATALOG)
    return shell


class TestShow:
    """One entry, all of it."""

    def test_everything_the_catalog_says(self, shell: Any) -> None:
        """Ids, limits, features, pins and every price, in the usual unit and in the file's."""
        done = shell.run("show", "openai/gpt-4o")
        assert (done.code, done.err) == (0, "")
        assert done.out == (
            "openai/gpt-4o\n"
            "  model id     gpt-4o-2024-08-06\n"
            "  description  Ours, on two lines.\n"
            "  context      128,000 tokens\n"
            "  max output   16,384 tokens\n"
            "  features     tools, vision\n"
            "  pinned       everything\n"
            "  line         llm_models.yml:4\n"
            "  price                             USD            per 1K tokens\n"
            "  pricing.input                     $2.50 per 1M         0.0025\n"
            "  pricing.output                    $10.00 per 1M        0.01\n"
            "  pricing.cache_read                $1.25 per 1M         0.00125\n"
            "  pricing.image                     $0.004 each          0.004\n"
            "  pricing.tiers.100000.input        $5.00 per 1M         0.005\n"
            "  pricing.windows.0100-0400.output  $5.00 per 1M         0.005\n"
            "  pricing.batch.input               $1.25 per 1M         0.00125\n"
        )

    @pytest.mark.parametrize("name", ["gpt-4o", "gpt-4o-2024-08-06", "OpenAI/GPT-4o"])
    def test_by_another_name(self, shell: Any, name: str) -> None:
        """Key, model id, another spelling."""
        assert shell.run("show", name).out == shell.run("show", "openai/gpt-4o").out

    def test_what_the_lock_adds(self, shell: Any, record: Any) -> None:
        """The upstream id finds the model; what is upstream's has a day and a source, what was set by hand has none."""
        shell.write(CATALOG.replace("        pinned: true\n", ""))
        shell.listing(record("openai/gpt-4o-2024-08-06", pricing={"prompt": "0.000002", "completion": "0.00001"}))
        assert shell.sync("--ours", "--accept", "openai/gpt-4o").code in (0, 4)
        shape = shell.run("show", "openai/gpt-4o-2024-08-06", "--format", "json").json
        assert (shape["model"], shape["upstream"]) == ("openai/gpt-4o", "openai/gpt-4o-2024-08-06")
        prices = {price["price"]: price for price in shape["prices"]}
        assert prices["pricing.output"]["source"] == "models.json"
        assert len(prices["pricing.output"]["since"]) == len("2026-09-01")
        assert (prices["pricing.input"]["value"], prices["pricing.input"]["source"]) == ("0.0025", "")

    def test_json(self, shell: Any) -> None:
        """Every price exactly, in the unit of the file and in one for all."""
        shape = shell.run("show", "openai/gpt-4o", "--format", "json").json
        assert {name: shape[name] for name in ("version", "unit", "provider", "key", "model_id", "context_length", "features", "pins", "line", "damage", "retires")} == {
            "version": 1, "unit": "1k", "provider": "openai", "key": "gpt-4o", "model_id": "gpt-4o-2024-08-06", "context_length": 128000,
            "features": ["tools", "vision"], "pins": ["*"], "line": 4, "damage": "", "retires": None,
        }  # fmt: skip
        assert shape["prices"][0] == {
            "price": "pricing.input", "value": "0.0025", "value_usd_per_token": "0.0000025", "since": "", "source": "",
        }  # fmt: skip
        assert [price["price"] for price in shape["prices"]][4:6] == [
            "pricing.tiers.100000.input",
            "pricing.windows.0100-0400.output",
        ]

    def test_markdown(self, shell: Any) -> None:
        """Two tables."""
        page = shell.run("show", "mini", "--format", "markdown").out
        assert page.startswith("`openai/mini`\n")
        assert opened_tables(page) == 2
        assert "| `pricing.input` | $0.40 per 1M | `0.0004` |\n" in page

    def test_an_entry_that_says_nothing(self, shell: Any) -> None:
        """Its key is its model id."""
        out = shell.run("show", "bare").out
        assert out == "openai/bare\n  model id     bare\n  line         llm_models.yml:27\n  no price is known\n"

    def test_damaged_prices_are_said_to_be(self, shell: Any) -> None:
        """What can be read is shown."""
        shell.write(CATALOG.replace("above: 100000", "above: many"))
        out = shell.run("show", "gpt-4o").out
        assert "  not all prices can be read: line 17: `above` of a row of `pricing.tiers` cannot be read\n" in out
        assert "pricing.output" in out
        assert "**Not all prices can be read:**" in shell.run("show", "gpt-4o", "--format", "markdown").out

    def test_a_model_that_is_not_there_or_several(self, shell: Any) -> None:
        """The nearest names, or the candidates."""
        done = shell.run("show", "openai/gpt4o")
        assert (done.code, done.out) == (Exit.USAGE, "")
        assert "no model 'openai/gpt4o' in the catalog\n  Did you mean openai/gpt-4o" in done.err
        shell.write(CATALOG.replace("gemini-flash", "free-1"))
        shape = shell.run("show", "free-1", "--format", "json").json
        assert (shape["exit_code"], shape["hint"]) == (2, "Name one of them: openai/free, gemini/flash.")

    def test_what_is_shown_has_no_terminal_codes(self, shell: Any) -> None:
        """Text of the catalog is data."""
        shell.write(CATALOG.replace("gpt-4.1-mini", '"gpt\\e[31m"'))
        assert "gpt\\x1b[31m" in shell.run("show", "mini").out


class TestFind:
    """Which models fit."""

    def test_the_cheapest_first(self, shell: Any) -> None:
        """By the input price, then the output price."""
        done = shell.run("find", "--feature", "vision", "--min-context", "200k")
        assert (done.code, done.err) == (0, "")
        assert done.out == (
            "3 of 5 models: vision, context of at least 200,000\n"
            "  model         input  output    context  max output\n"
            "  openai/free   $0.00   $0.00    300,000\n"
            "  gemini/flash  $0.40   $1.20  1,000,000       8,192\n"
            "  openai/mini   $0.40   $1.60  1,000,000\n"
            "  input and output in USD per 1M tokens\n"
        )

    def test_by_the_cost_of_a_call(self, shell: Any) -> None:
        """What has no price for a part of it stands last, with what is missing, and the exit code says so."""
        words = (
            "find",
            "--feature",
            "vision",
            "--min-context",
            "200k",
            "--input",
            "50k",
            "--cached",
            "25k",
            "--output",
            "1k",
        )
        done = shell.run(*words)
        assert (done.code, done.err) == (Exit.PARTIAL, "")
        assert done.out.splitlines()[0] == (
            "3 of 5 models: vision, context of at least 200,000; a call with input 50,000 (of which cached 25,000), output 1,000"
        )
        assert [line.split()[0] for line in done.out.splitlines()[2:5]] == [
            "openai/free",
            "gemini/flash",
            "openai/mini",
        ]
        assert done.out.splitlines()[4].endswith("no price for cache_read")
        shape = shell.run(*words, "--format", "json").json
        assert [(model["model"], model["cost"]["total_usd"], model["cost"]["complete"]) for model in shape["models"]] == [
            ("openai/free", "0", True), ("gemini/flash", "0.0137", True), ("openai/mini", "0.0116", False),
        ]  # fmt: skip
        assert (shape["exit_code"], shape["total"], shape["call"]["usage"]["cache_read"]) == (4, 5, 25_000)

    @pytest.mark.parametrize(
        ("words", "names"),
        [
            (("--max-input-price", "0.0004"), ["openai/free", "gemini/flash", "openai/mini"]),
            (("--max-input-price", "0.4", "--unit", "1m"), ["openai/free", "gemini/flash", "openai/mini", "openai/gpt-4o"]),
            (("--provider", "gemini"), ["gemini/flash"]),
            (("--feature", "vision", "--feature", "tools"), ["openai/gpt-4o"]),
            (("--feature", "rerank"), []),
            (("--sort", "context"), ["gemini/flash", "openai/mini", "openai/free", "openai/gpt-4o", "openai/bare"]),
            (("--sort", "max-output"), ["openai/gpt-4o", "gemini/flash", "openai/free", "openai/mini", "openai/bare"]),
            (("--sort", "name"), ["gemini/flash", "openai/bare", "openai/free", "openai/gpt-4o", "openai/mini"]),
            (("--sort", "output"), ["openai/free", "gemini/flash", "openai/mini", "openai/gpt-4o", "openai/bare"]),
            (("--sort", "name", "--provider", "gemini", "--input", "1"), ["gemini/flash"]),
        ],
        ids=range(10),
    )  # fmt: skip
    def test_what_is_asked_and_how_it_is_ordered(self, shell: Any, words: tuple[str, ...], names: list[str]) -> None:
        """What the catalog does not say stands last, or is left out where it is asked for."""
        shape = shell.run("find", *words, "--format", "json").json
        assert [model["model"] for model in shape["models"]] == names

    def test_nothing_fits(self, shell: Any) -> None:
        """That is an answer."""
        done = shell.run("find", "--feature", "rerank")
        assert (done.code, done.out) == (0, "0 of 5 models: rerank\n")
        assert opened_tables(shell.run("find", "--feature", "rerank", "--format", "markdown").out) == 0

    def test_markdown(self, shell: Any) -> None:
        """One table."""
        page = shell.run("find", "--provider", "gemini", "--input", "1m", "--format", "markdown").out
        assert page.startswith("1 of 5 models: gemini; a call with input 1,000,000. In `llm_models.yml`;")
        assert opened_tables(page) == 1
        assert "| `gemini/flash` | $0.40 | $0.40 | $1.20 | 1,000,000 | 8,192 |\n" in page

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("--max-input-price", "cheap"), "'cheap' is no price"),
            (("--min-context", "big"), "is no whole number"),
            (("--sort", "cost"), "--sort cost needs a call"),
            (("--batch",), "nothing is used"),
            (("--provider", "gemin"), "no provider 'gemin' in the catalog\n  Did you mean gemini?"),
            (("--provider", "acme"), "no provider 'acme' in the catalog\n  It has openai, gemini."),
            (("--feature", "visoin"), "no model of the catalog has the feature 'visoin'\n  Did you mean vision?"),
            (("--feature", "telepathy", "--feature", "tools"), "no model of the catalog has the feature 'telepathy'\n  Those of the catalog are tools, vision."),
            (("--cached", "5"), "--cached is 5, more than --input 0"),
        ],
    )  # fmt: skip
    def test_wrong_usage(self, shell: Any, words: tuple[str, ...], problem: str) -> None:
        """It is said what is wrong."""
        done = shell.run("find", *words)
        assert (done.code, done.out) == (Exit.USAGE, "")
        assert problem in done.err


def test_both_need_no_network_and_write_nothing(shell: Any) -> None:
    """Every address is one where nobody listens."""
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "OPENROUTER_API_BASE": "http://127.0.0.1:9"}
    before = shell.files()
    assert shell.run("show", "mini", env=nowhere).code == 0
    assert shell.run("find", env=nowhere).code == 0
    assert shell.files() == before
