"""`modelsync cost` and `modelsync compare` as a person runs them."""

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
        pricing: {input: 0.0025, output: 0.01}
      mini: {model: gpt-4.1-mini, pricing: {input: 0.0004, output: 0.0016}}
      half: {pricing: {input: 0.0001}}
      none: {}
  openrouter:
    models:
      free: {model: "openai/gpt-oss-20b:free", pricing: {input: 0, output: 0}}
"""


@pytest.fixture(autouse=True)
def _priced(shell: Any) -> None:
    shell.write(CATALOG)


def tokens(page: str) -> list[Any]:
    """Read a page as GitHub would."""
    return MarkdownIt("commonmark").enable("table").parse(page)


class TestCost:
    """One model."""

    def test_each_component_has_a_line(self, shell: Any) -> None:
        """With the name of its price; reasoning is charged as output."""
        before = shell.files()
        done = shell.run("cost", "openai/gpt-4o", "--input", "300k", "--output", "2k", "--reasoning", "500")
        assert (done.code, done.err) == (Exit.DONE, "")
        assert done.out == (
            "openai/gpt-4o: $0.77 for input 300,000, output 2,000 (of which reasoning 500)\n"
            "  used         count  rate             amount  price\n"
            "  input      300,000  × $2.50 per 1M   $0.75   pricing.input\n"
            "  output       1,500  × $10.00 per 1M  $0.015  pricing.output\n"
            "  reasoning      500  × $10.00 per 1M  $0.005  pricing.output\n"
        )
        assert shell.files() == before

    def test_what_has_no_price_is_named_and_not_counted(self, shell: Any) -> None:
        """The exit code says so too."""
        done = shell.run("cost", "openai/gpt-4o", "--input", "1k", "--cached", "400", "--searches", "2")
        assert done.code == Exit.PARTIAL
        lines = done.out.splitlines()
        assert lines[0] == "openai/gpt-4o: at least $0.0015 for input 1,000 (of which cached 400), searches 2"
        assert lines[-1] == "  no price for cache_read, searches"

    def test_without_any_price_nothing_is_known(self, shell: Any) -> None:
        """It is not free."""
        done = shell.run("cost", "openai/none", "--input", "1k")
        assert (done.code, done.out) == (Exit.PARTIAL, "openai/none: unknown for input 1,000\n  no price for input\n")
        done = shell.run("cost", "openai/gpt-4o", "--input", "1k", "--batch")
        assert (done.code, done.out) == (
            Exit.PARTIAL,
            "openai/gpt-4o: unknown for input 1,000, as a batch\n  no batch offer\n",
        )

    def test_free_is_a_price(self, shell: Any) -> None:
        """Each component costs nothing."""
        done = shell.run("cost", "openrouter/free", "--input", "1.5M")
        assert done.code == Exit.DONE
        assert done.out.startswith("openrouter/free: $0.00 for ")

    def test_json(self, shell: Any) -> None:
        """Exact amounts as strings; the whole call."""
        words = ("--input", "2_000", "--audio-input", "3", "--at", "2026-09-01T05:00+02:00", "--images", "1")
        done = shell.run("cost", "openai/gpt-4o", *words, "--format", "json")
        assert done.code == Exit.PARTIAL
        shape = done.json
        assert {name: count for name, count in shape.pop("usage").items() if count} == {
            "input": 1997, "audio_input": 3, "images": 1, "requests": 1,
        }  # fmt: skip
        assert shape == {
            "version": 1,
            "catalog": "llm_models.yml",
            "exit_code": 4,
            "at": "2026-09-01T05:00:00+02:00",
            "batch": False,
            "model": "openai/gpt-4o",
            "model_id": "gpt-4o-2024-08-06",
            "total_usd": "0.0049925",
            "complete": False,
            "unknown": ["audio_input", "images"],
            "exceeds": [],
            "damage": "",
            "above": None,
            "window": None,
            "lines": [
                {
                    "component": "input",
                    "count": 1997,
                    "rate_usd": "0.0000025",
                    "amount_usd": "0.0049925",
                    "price": "pricing.input",
                }
            ],
        }

    def test_markdown(self, shell: Any) -> None:
        """One paragraph and one table; no table where there is no line."""
        page = shell.run("cost", "openai/gpt-4o", "--input", "1k", "--output", "10", "--format", "markdown").out
        assert page.startswith("`openai/gpt-4o`: **$0.0026** for `input 1,000, output 10`\n")
        assert "| `input` | 1,000 | $2.50 per 1M | $0.0025 | `pricing.input` |\n" in page
        assert [token.type for token in tokens(page)].count("tr_open") == 3
        page = shell.run("cost", "openai/none", "--input", "1k", "--format", "markdown").out
        assert page == "`openai/none`: **unknown** for `input 1,000` (no price for input)\n"

    def test_another_unit_and_another_catalog(self, shell: Any) -> None:
        """As for every verb."""
        (shell.folder / "other.yml").write_text(CATALOG.replace("0.0025", "2.5"), encoding="utf-8")
        words = ("openai/gpt-4o", "--input", "1M", "--catalog", "other.yml", "--unit", "1m")
        assert shell.run("cost", *words).out.startswith("openai/gpt-4o: $2.50 for input 1,000,000\n")

    def test_a_unit_that_the_lock_was_not_made_with_is_refused(self, shell: Any) -> None:
        """Prices a thousand times too high would look like prices."""
        assert shell.sync().code == Exit.DONE
        done = shell.run("cost", "openai/gpt-4o", "--input", "1", "--unit", "1m")
        assert done.code == Exit.INVALID
        assert "the lock was made with '1k'" in done.err


FULL = """\
providers:
  openai:
    models:
      gpt-5.4:
        model: gpt-5.4
        pricing:
          input: 0.0025
          output: 0.015
          cache_read: 0.00025
          web_search: 0.01
          tiers:
            - above: 272000        # prompt tokens
              input: 0.005
              output: 0.0225
              cache_read: 0.0005
          batch: {input: 0.00125, output: 0.0075}
  openrouter:
    models:
      night:
        model: deepseek/deepseek-v4-flash-vision-exp
        pricing:
          input: 0.00022
          output: 0.00066
          windows:
            - {utc: "01:00-04:00", input: 0.00044, output: 0.00132}
            - {utc: "23:00-00:30", input: 0.00011}
"""
LONG = ("--input", "300k", "--output", "2k", "--cached", "100k")


class TestFullPrices:
    """A catalog with tiers, hours and a batch offer."""

    @pytest.fixture(autouse=True)
    def _full(self, shell: Any, _priced: None) -> None:
        shell.write(FULL)

    def test_a_long_prompt(self, shell: Any) -> None:
        """Is billed whole at its tier, by prices that are named where they stand."""
        done = shell.run("cost", "openai/gpt-5.4", *LONG)
        assert (done.code, done.err) == (Exit.DONE, "")
        assert done.out == (
            "openai/gpt-5.4: $1.095 for input 300,000 (of which cached 100,000), output 2,000\n"
            "  used          count  rate             amount  price\n"
            "  input       200,000  × $5.00 per 1M   $1.00   pricing.tiers.272000.input\n"
            "  output        2,000  × $22.50 per 1M  $0.045  pricing.tiers.272000.output\n"
            "  cache_read  100,000  × $0.50 per 1M   $0.05   pricing.tiers.272000.cache_read\n"
            "  more than 272,000 prompt tokens\n"
        )
        shape = shell.run("cost", "openai/gpt-5.4", *LONG, "--format", "json").json
        assert (shape["total_usd"], shape["above"], shape["complete"]) == ("1.095", 272000, True)

    def test_a_search_costs_what_it_says_in_any_unit(self, shell: Any) -> None:
        """Searches are not tokens."""
        done = shell.run("cost", "openai/gpt-5.4", "--input", "4k", "--searches", "3", "--unit", "token")
        assert "  searches      3  × $0.01 each " in done.out
        assert shell.run("cost", "openai/gpt-5.4", "--searches", "3").out.startswith(
            "openai/gpt-5.4: $0.03 for searches 3\n"
        )

    def test_a_batch(self, shell: Any) -> None:
        """By the offer's prices alone."""
        done = shell.run("cost", "openai/gpt-5.4", *LONG, "--batch")
        assert done.code == Exit.PARTIAL
        assert done.out.startswith("openai/gpt-5.4: at least $0.265 for ")  # 200000 x 1.25 m + 2000 x 7.5 m
        assert done.out.splitlines()[-1] == "  no price for cache_read"

    @pytest.mark.parametrize(
        ("at", "total", "window"),
        [
            ("00:59Z", "0.00088", None),
            ("01:00Z", "0.00176", "0100-0400"),
            ("03:59Z", "0.00176", "0100-0400"),
            ("04:00Z", "0.00088", None),
            ("22:59Z", "0.00088", None),
            ("23:00Z", "0.00077", "2300-0030"),
            ("00:29Z", "0.00077", "2300-0030"),
            ("00:30Z", "0.00088", None),
            ("03:00+02:00", "0.00176", "0100-0400"),
        ],
    )
    def test_hours(self, shell: Any, at: str, total: str, window: str | None) -> None:
        """From the first minute on, up to the last, over midnight, told in any zone."""
        words = ("--input", "1k", "--output", "1k", "--at", f"2026-09-01T{at}", "--format", "json")
        shape = shell.run("cost", "openrouter/night", *words).json
        assert (shape["total_usd"], shape["window"]) == (total, window)

    def test_what_holds_is_said_in_a_comparison(self, shell: Any) -> None:
        """Beside each model."""
        words = (*LONG[:4], "--at", "2026-09-01T01:00Z")
        assert shell.run("compare", "openai/gpt-5.4", "openrouter/night", *words).out == (
            "input 300,000, output 2,000\n"
            "  model                 cost   input    output\n"
            "  openrouter/night  $0.13464  $0.132  $0.00264  01:00-04:00 UTC\n"
            "  openai/gpt-5.4    $1.545    $1.50   $0.045    more than 272,000 prompt tokens\n"
        )

    @pytest.mark.parametrize(
        ("words", "input_rate", "output_rate"),
        [
            (("--input", "272k"), "$2.50", "$15.00"),
            (("--input", "272_001"), "$5.00", "$22.50"),
            (("--input", "300k", "--batch"), "$1.25", "$7.50"),
        ],
        ids=["", "long", "batch"],
    )
    def test_what_is_found_has_the_rates_of_the_call(
        self, shell: Any, words: tuple[str, ...], input_rate: str, output_rate: str
    ) -> None:
        """Not those of another prompt or another offer; of the output too, though this call has none."""
        done = shell.run("find", "--provider", "openai", *words)
        row = done.out.splitlines()[2].split()
        assert (row[0], *row[2:4]) == ("openai/gpt-5.4", input_rate, output_rate)

    @pytest.mark.parametrize("order", ["input", "output"])
    def test_what_is_found_is_ordered_by_the_rates_of_the_call(self, shell: Any, order: str) -> None:
        """As the table shows them; a model without an offer has none, and stands last, though it is the cheaper one otherwise."""
        words = ("find", "--format", "json", "--sort", order, "--input", "1k")
        for more, names in (
            ((), ["openrouter/night", "openai/gpt-5.4"]),
            (("--batch",), ["openai/gpt-5.4", "openrouter/night"]),
        ):
            assert [model["model"] for model in shell.run(*words, *more).json["models"]] == names

    def test_a_tier_that_cannot_be_read_is_refused(self, shell: Any) -> None:
        """Without it, long prompts would seem to be cheap."""
        shell.write(FULL.replace("above: 272000 ", "above: many "))
        done = shell.run("cost", "openai/gpt-5.4", "--input", "1")
        assert done.code == Exit.INVALID


class TestCompare:
    """Several models."""

    def test_the_cheapest_comes_first_and_the_unknown_last(self, shell: Any) -> None:
        """However little the known part costs; a model that is named twice has one row."""
        names = ("openai/gpt-4o", "openai/half", "openai/mini", "openai/none", "openai/gpt-4o", "openrouter/free")
        done = shell.run("compare", *names, "--input", "50k", "--output", "1k")
        assert (done.code, done.err) == (Exit.PARTIAL, "")
        assert done.out == (
            "input 50,000, output 1,000\n"
            "  model                        cost   input   output\n"
            "  openrouter/free           $0.00    $0.00   $0.00\n"
            "  openai/mini               $0.0216  $0.02   $0.0016\n"
            "  openai/gpt-4o             $0.135   $0.125  $0.01\n"
            "  openai/none          unknown                        no price for input, output\n"
            "  openai/half      at least $0.005   $0.005           no price for output\n"
        )

    def test_all_known(self, shell: Any) -> None:
        """Then it is done."""
        done = shell.run("compare", "openai/gpt-4o", "openai/mini", "--input", "1", "--batch")
        assert (done.code, done.out.splitlines()[0]) == (Exit.PARTIAL, "input 1, as a batch")
        assert shell.run("compare", "openai/gpt-4o", "openai/mini", "--input", "1").code == Exit.DONE

    def test_json_and_markdown(self, shell: Any) -> None:
        """In the same order."""
        words = ("compare", "openai/half", "openai/gpt-4o", "openai/mini", "--input", "1k", "--output", "1", "--format")
        shape = shell.run(*words, "json").json
        assert [(model["model"], model["total_usd"], model["complete"]) for model in shape["models"]] == [
            ("openai/mini", "0.0004016", True),
            ("openai/gpt-4o", "0.00251", True),
            ("openai/half", "0.0001", False),
        ]
        assert (shape["exit_code"], shape["usage"]["input"]) == (4, 1000)
        page = shell.run(*words, "markdown").out
        assert page.startswith("A call with `input 1,000, output 1`, by `llm_models.yml`.\n")
        assert "| `openai/half` | at least $0.0001 | $0.0001 |  | no price for output |\n" in page
        assert [token.type for token in tokens(page)].count("tr_open") == 4


class TestLimits:
    """A call that a model cannot take."""

    CATALOG = """\
providers:
  openai:
    models:
      small: {context_length: 1000, max_output_tokens: 100, pricing: {input: 0.001, output: 0.001}}
      large: {context_length: 100_000, max_output_tokens: 1000, pricing: {input: 0.002, output: 0.002}}
      unlimited: {pricing: {input: 0.003, output: 0.003}}
      unpriced: {context_length: 2000}
      unpriced-small: {context_length: 100}
"""
    BOTH = "prompt exceeds the context of 1,000, output exceeds the limit of 100"

    @pytest.fixture(autouse=True)
    def _limited(self, shell: Any) -> None:
        shell.write(self.CATALOG)

    @pytest.mark.parametrize(
        ("words", "told", "limits"),
        [
            (("--input", "1k", "--output", "100"), "", []),
            (("--input", "1001"), "prompt exceeds the context of 1,000", [("context_length", 1001, 1000)]),
            (("--input", "1001", "--cached", "900"), "prompt exceeds the context of 1,000, no price for cache_read", [("context_length", 1001, 1000)]),
            (("--output", "101", "--reasoning", "60"), "output exceeds the limit of 100", [("max_output_tokens", 101, 100)]),
            (("--input", "2k", "--output", "1k"), BOTH, [("context_length", 2000, 1000), ("max_output_tokens", 1000, 100)]),
        ],
        ids=range(5),
    )  # fmt: skip
    def test_its_cost(self, shell: Any, words: tuple[str, ...], told: str, limits: list[tuple[str, int, int]]) -> None:
        """It is charged, and each limit that it exceeds is named; that is no error."""
        done = shell.run("cost", "small", *words)
        known = "no price" not in told
        assert (done.code, done.err) == (Exit.DONE if known else Exit.PARTIAL, "")
        last = done.out.splitlines()[-1]
        assert last == f"  {told}" if told else "pricing." in last
        shape = shell.run("cost", "small", *words, "--format", "json").json
        assert shape["exceeds"] == [{"limit": name, "tokens": tokens, "most": most} for name, tokens, most in limits]
        page = shell.run("cost", "small", *words, "--format", "markdown").out
        assert (f" ({told})\n" in page.replace("`cache_read`)", "cache_read)")) == bool(told)

    def test_what_is_not_known_is_not_exceeded(self, shell: Any) -> None:
        """However long the call is."""
        shape = shell.run("cost", "unlimited", "--input", "10M", "--output", "1M", "--format", "json").json
        assert shape["exceeds"] == []

    def test_a_comparison(self, shell: Any) -> None:
        """Those that cannot take the call stand last, though they would be the cheapest; among them too, an unknown price counts for more."""
        done = shell.run(
            "compare", "unpriced-small", "small", "unpriced", "unlimited", "large", "--input", "2k", "--output", "1k"
        )
        assert (done.code, done.err) == (Exit.PARTIAL, "")
        rows = [line for line in done.out.splitlines() if line.startswith("  openai/")]
        assert [row.split()[0].removeprefix("openai/") for row in rows] == [
            "large", "unlimited", "unpriced", "small", "unpriced-small",
        ]  # fmt: skip
        assert rows[3].endswith(f"  {self.BOTH}")
        assert rows[4].endswith("  prompt exceeds the context of 100, no price for input, output")
        assert shell.run("compare", "small", "large", "--input", "2k").code == Exit.DONE

    def test_what_is_found(self, shell: Any) -> None:
        """Those that can take the call; the others are named, and a limit that is not known is said to be so."""
        words = ("find", "--input", "2k", "--output", "1k")
        done = shell.run(*words)
        assert (done.code, done.err) == (Exit.PARTIAL, "")
        assert done.out == (
            "3 of 5 models; a call with input 2,000, output 1,000\n"
            "  model                    cost  input  output  context  max output\n"
            "  openai/large           $0.006  $2.00   $2.00  100,000       1,000\n"
            "  openai/unlimited       $0.009  $3.00   $3.00  unknown     unknown\n"
            "  openai/unpriced   unknown                       2,000     unknown  no price for input, output\n"
            "  input and output, as they hold for this call, in USD per 1M tokens\n"
            "  too small for this call: openai/small (context 1,000, max output 100), openai/unpriced-small (context 100)\n"
        )
        shape = shell.run(*words, "--format", "json").json
        assert [model["model"] for model in shape["models"]] == ["openai/large", "openai/unlimited", "openai/unpriced"]
        small, unpriced = shape["too_small"]
        assert small == {
            "model": "openai/small",
            "exceeds": [
                {"limit": "context_length", "tokens": 2000, "most": 1000},
                {"limit": "max_output_tokens", "tokens": 1000, "most": 100},
            ],
        }
        assert (unpriced["model"], [limit["limit"] for limit in unpriced["exceeds"]]) == (
            "openai/unpriced-small",
            ["context_length"],
        )
        page = shell.run(*words, "--format", "markdown").out
        assert (
            "; too small for this call: `openai/small` (context 1,000, max output 100), `openai/unpriced-small` (context 100).\n"
            in page
        )
        assert shell.run("find", "--format", "json").json["too_small"] == []

    def test_nothing_can_take_it(self, shell: Any) -> None:
        """That is an answer, and why there is none is said."""
        done = shell.run("find", "--max-input-price", "0.001", "--input", "2k")
        assert done.code == Exit.DONE
        assert done.out == (
            "0 of 5 models: input of at most $0.001 per 1K tokens; a call with input 2,000\n"
            "  too small for this call: openai/small (context 1,000)\n"
        )


class TestDamaged:
    """A model whose prices cannot be read takes nothing away from the others."""

    CATALOG = """\
providers:
  openai:
    models:
      bad: {pricing: {input: 0.0001, output: 0.0001, tiers: [{above: many, input: 3}]}}
      half: {pricing: {output: 1}}
      ok: {pricing: {input: 1, output: 2}}
      worse: {pricing: {input: 0, batch: {input: 0, windows: [{utc: never, input: 0}]}}}
"""
    DAMAGE = "line 4: `above` of a row of `pricing.tiers` cannot be read"

    @pytest.fixture(autouse=True)
    def _damaged(self, shell: Any) -> None:
        shell.write(self.CATALOG)

    @pytest.mark.parametrize("words", [("compare", "worse", "bad", "half", "ok"), ("find",)], ids=["compare", "find"])
    @pytest.mark.parametrize("batch", [(), ("--batch",)], ids=["", "batch"])
    def test_it_stands_last_and_is_marked(self, shell: Any, words: tuple[str, ...], batch: tuple[str, ...]) -> None:
        """Even after those that lack a price; the exit code says that something is unknown."""
        done = shell.run(*words, "--input", "5k", *batch)
        assert (done.code, done.err) == (Exit.PARTIAL, "")
        rows = [line for line in done.out.splitlines() if line.startswith("  openai/")]
        names = [row.split()[0].removeprefix("openai/") for row in rows]
        assert (sorted(names[:2]), names[2:]) == (["half", "ok"], ["bad", "worse"])
        assert rows[2].split()[1] == rows[3].split()[1] == "unknown"
        assert rows[2].endswith(f"  not all prices can be read: {self.DAMAGE}")
        assert "line 7: " in rows[3]

    @pytest.mark.parametrize("words", [("compare", "bad", "ok"), ("find",)], ids=["compare", "find"])
    def test_json_and_markdown(self, shell: Any, words: tuple[str, ...]) -> None:
        """With why; nothing of it is counted."""
        shape = shell.run(*words, "--input", "5k", "--format", "json").json
        costs = {model["model"]: model.get("cost", model) for model in shape["models"]}
        bad = costs["openai/bad"]
        assert (shape["exit_code"], bad["damage"]) == (4, self.DAMAGE)
        assert (bad["total_usd"], bad["complete"], bad["lines"]) == ("0", False, [])
        assert "input" in bad["unknown"]
        assert (costs["openai/ok"]["damage"], costs["openai/ok"]["complete"]) == ("", True)
        page = shell.run(*words, "--input", "5k", "--format", "markdown").out
        assert "not all prices can be read: line 4: " in page

    def test_other_orders(self, shell: Any) -> None:
        """It stands where it belongs by them, and is marked all the same."""
        done = shell.run("find", "--sort", "name", "--input", "5k")
        assert done.code == Exit.PARTIAL
        assert done.out.splitlines()[2].startswith("  openai/bad    unknown")

    def test_its_own_cost_is_refused(self, shell: Any) -> None:
        """There is nothing else to say."""
        done = shell.run("cost", "bad", "--input", "5k")
        assert (done.code, done.out) == (Exit.INVALID, "")
        assert self.DAMAGE in done.err
        assert shell.run("cost", "ok", "--input", "5k").code == Exit.DONE


@pytest.mark.parametrize("verb", ["cost", "compare"])
class TestWords:
    """What both understand, and what neither does."""

    @pytest.mark.parametrize(
        ("text", "count"),
        [("0", 0), ("7", 7), ("2_000", 2000), ("300k", 300_000), ("300K", 300_000), ("1.5M", 1_500_000), ("0.001k", 1), ("2.50k", 2500)],
    )  # fmt: skip
    def test_a_count(self, shell: Any, verb: str, text: str, count: int) -> None:
        """As people write it."""
        done = shell.run(verb, "openai/gpt-4o", "--input", text, "--output", "1", "--format", "json")
        assert done.json["usage"]["input"] == count

    @pytest.mark.parametrize(
        "text", ["", "1.5", "k", "-1", "1e3", "1,000", "1.0001k", "٣", "0x10", "nan", "1 k", "9" * 31, "1_000.5"]
    )
    def test_what_is_no_count(self, shell: Any, verb: str, text: str) -> None:
        """Wrong usage, with examples."""
        done = shell.run(verb, "openai/gpt-4o", f"--input={text}")
        assert done.code == Exit.USAGE
        assert "is no whole number such as 2000, 2_000, 300k or 1.5M" in done.err

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("2026-09-01T03:00", "has no time zone"),
            ("now", "is no time such as"),
            ("9999-12-31T23:59-01:00", "is not in the calendar in UTC"),
            ("0001-01-01T00:00+01:00", "is not in the calendar in UTC"),
        ],
    )
    def test_what_is_no_time(self, shell: Any, verb: str, text: str, problem: str) -> None:
        """A time without a zone would be the wrong one somewhere."""
        done = shell.run(verb, "openai/gpt-4o", "--input", "1", "--at", text)
        assert done.code == Exit.USAGE
        assert problem in done.err

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            ((), "nothing is used"),
            (("--input", "0"), "nothing is used"),
            (("--cached", "5"), "--cached is 5, more than --input 0"),
            (("--input", "1k", "--cached", "600", "--cache-write-1h", "600"), "--cached + --cache-write-1h is 1,200, more than --input 1,000"),
            (("--output", "1", "--reasoning", "2"), "--reasoning is 2, more than --output 1"),
        ],
    )  # fmt: skip
    def test_a_call_that_cannot_be(self, shell: Any, verb: str, words: tuple[str, ...], problem: str) -> None:
        """The parts are no more than the whole."""
        done = shell.run(verb, "openai/gpt-4o", *words)
        assert done.code == Exit.USAGE
        assert problem in done.err

    def test_a_model_that_is_not_there(self, shell: Any, verb: str) -> None:
        """The nearest are named; JSON gets JSON."""
        done = shell.run(verb, "openai/gpt4o", "--input", "1")
        assert done.code == Exit.USAGE
        assert "no model 'openai/gpt4o' in the catalog" in done.err
        assert "Did you mean openai/gpt-4o" in done.err
        shape = shell.run(verb, "zzz", "--input", "1", "--format", "json").json
        assert (shape["error"], shape["exit_code"]) == ("no model 'zzz' in the catalog", 2)

    def test_no_model_and_no_catalog(self, shell: Any, verb: str) -> None:
        """Wrong usage, both."""
        assert shell.run(verb, "--input", "1").code == Exit.USAGE
        shell.catalog.unlink()
        assert shell.run(verb, "openai/gpt-4o", "--input", "1").code == Exit.USAGE

    def test_it_needs_no_network(self, shell: Any, verb: str) -> None:
        """Nor does it try: every address is one where nobody listens."""
        nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "OPENROUTER_API_BASE": "http://127.0.0.1:9"}
        assert shell.run(verb, "openai/gpt-4o", "--input", "1", env=nowhere).code == Exit.DONE
