"""What calls cost, worked out by hand: the arithmetic stands beside each, in millionths of a dollar where it says `m`.

The prices are recorded ones, and some made up to show one rule each: USD per 1M tokens; images, requests and searches USD each.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from modelsync import Usage, cost
from modelsync.domain.money import plain
from modelsync.domain.pricing import PER_USE, Pricing, Rates, Tier, Window, flatten
from modelsync.normalize.prices import prices
from modelsync.sources import openrouter

if TYPE_CHECKING:
    from pathlib import Path


def rates(**per_million: str) -> Rates:
    """Return rates as the price model has them, in USD per token."""
    return {
        name: Decimal(price) if name in PER_USE else Decimal(price).scaleb(-6) for name, price in per_million.items()
    }


# As listed on 2026-08-21, if nothing else is said; some without what the table does not need.
GPT_5_4 = Pricing(
    rates(input="2.5", output="15", cache_read="0.25", web_search="0.01"),
    (Tier(272000, rates(input="5", output="22.5", cache_read="0.5")),),
    batch=Pricing(
        rates(input="1.25", output="7.5", cache_read="0.125", web_search="0.01"),
        (Tier(272000, rates(input="2.5", output="11.25", cache_read="0.25")),),
    ),
)
GPT_5_6_LUNA = Pricing(
    rates(input="0.2", output="1.2", cache_read="0.02", cache_write="0.25", web_search="0.01"),
    (Tier(272000, rates(input="0.4", output="1.8", cache_read="0.04", cache_write="0.5")),),
)
GPT_4O = Pricing(rates(input="2.5", output="10", cache_read="1.25"))
GPT_AUDIO = Pricing(rates(input="2.5", output="10", audio_input="32", audio_output="64"))
SONNET_4_5 = Pricing(
    rates(input="3", output="15", cache_read="0.3", cache_write="3.75", cache_write_1h="6", web_search="0.01"),
    (Tier(200000, rates(input="6", output="22.5", cache_read="0.6", cache_write="7.5", cache_write_1h="12")),),
    batch=Pricing(
        rates(input="1.5", output="7.5", cache_read="0.15", cache_write="1.875", cache_write_1h="3", web_search="0.01"),
        (Tier(200000, rates(input="3", output="11.25", cache_read="0.3", cache_write="3.75", cache_write_1h="6")),),
    ),
)
OPUS_5 = Pricing(
    rates(input="5", output="25", cache_read="0.5", cache_write="6.25", cache_write_1h="10", web_search="0.01"),
    batch=Pricing(
        rates(input="2.5", output="12.5", cache_read="0.25", cache_write="3.125", cache_write_1h="5", web_search="0.01")
    ),
)
GEMINI_2_5_PRO = Pricing(
    rates(
        input="1.25", output="10", cache_read="0.125", cache_write="0.375", reasoning="10", audio_input="1.25",
        audio_cache_read="0.125", image_input="1.25", web_search="0.014",
    ),
    (Tier(200000, rates(input="2.5", output="15", cache_read="0.25", audio_input="2.5", audio_cache_read="0.25")),),
)  # fmt: skip
GEMINI_2_5_FLASH = Pricing(
    rates(
        input="0.3", output="2.5", cache_read="0.03", cache_write="0.083333333", reasoning="2.5", audio_input="1",
        audio_cache_read="0.1", image_input="0.3", web_search="0.014",
    )
)  # fmt: skip
GEMINI_2_5_FLASH_IMAGE = Pricing(
    rates(input="0.3", output="2.5", cache_read="0.03", audio_input="1", image_input="0.3", image_output="30")
)
QWEN3_CODER_FLASH = Pricing(
    rates(input="0.195", output="0.975", cache_read="0.039", cache_write="0.24375"),
    (
        Tier(32000, rates(input="0.325", output="1.625", cache_read="0.065", cache_write="0.40625")),
        Tier(128000, rates(input="0.52", output="2.6", cache_read="0.104", cache_write="0.65")),
    ),
)
SONAR_DEEP_RESEARCH = Pricing(rates(input="2", output="8", reasoning="3", web_search="0.005"))
FREE = Pricing(rates(input="0", output="0"))  # openai/gpt-oss-20b:free
VARIABLE = Pricing()  # openrouter/auto: -1 upstream, which is no price
EMBEDDING_3_SMALL = Pricing(rates(input="0.02", output="0"))
KREA_2_LARGE = Pricing(
    rates(input="0", output="0", image_input="14.371257485", image_output="14.371257485")
)  # 2026-08-05

# As listed on 2026-01-16, when what was not charged was 0.
SONAR = Pricing(rates(input="1", output="1", reasoning="0", request="0.005", image="0", web_search="0"))
SONAR_PRO = Pricing(rates(input="3", output="15", reasoning="0", request="0", image="0", web_search="0.005"))
OLD_FLASH = Pricing(rates(input="0.3", output="2.5", reasoning="0", request="0", image="0.001238", web_search="0"))

# deepseek/deepseek-v4-flash-vision-exp: twice as dear from 01:00 to 04:00 and from 06:00 to 10:00.
DEAR, CHEAP = (
    rates(input="0.44", output="1.32", cache_read="0.014"),
    rates(input="0.22", output="0.66", cache_read="0.007"),
)
DEEPSEEK_V4 = Pricing(CHEAP, windows=(Window(60, 240, DEAR), Window(360, 600, DEAR)))
DEEPSEEK_V4_AS_LISTED = Pricing(
    DEAR, windows=(Window(60, 240, DEAR), Window(240, 360, CHEAP), Window(360, 600, DEAR), Window(600, 60, CHEAP))
)

# Made up, one rule each.
SPARSE = Pricing(rates(input="1", output="2"), (Tier(1000, rates(input="3")), Tier(2000, rates(output="5"))))
EVENING = Pricing(
    rates(input="1", output="2"),
    (Tier(1000, rates(input="4")),),
    (Window(1320, 0, rates(input="0.5")),),
    Pricing(rates(input="0.5"), windows=(Window(1320, 0, rates(input="0.25")),)),
)
NEGATIVE = Pricing(rates(input="-1", output="2", request="-1"))
THINKER = Pricing(
    rates(input="1", output="2", reasoning="3"), (Tier(1000, rates(output="4")), Tier(2000, rates(reasoning="4")))
)
STAYING = Pricing(rates(input="1", output="2", reasoning="2"), (Tier(1000, rates(output="4", reasoning="2")),))
NO_OUTPUT = Pricing(rates(input="1", reasoning="0"))


BOTH = {"input": 1000, "cache_read": 1000, "output": 1000}
LOW, HIGH = "0.000887", "0.001774"  # 220 + 7 + 660 m, 440 + 14 + 1320 m
T272, T200 = {"above": 272000}, {"above": 200000}
BATCH = {"batch": True}


def day(clock: str) -> dict[str, Any]:
    """Return when a call is made."""
    return {"at": datetime.fromisoformat(f"2026-09-01T{clock}")}


TABLE: list[tuple[str, Pricing, dict[str, int], str, dict[str, Any]]] = [
    # ------------------------------------------------------------------ tiers: strictly more than 272,000
    ("just below", GPT_5_4, {"input": 271_999}, "0.6799975", {}),  # 271999 x 2.5 m
    ("at the threshold", GPT_5_4, {"input": 272_000}, "0.68", {}),  # 272000 x 2.5 m
    ("just above", GPT_5_4, {"input": 272_001}, "1.360005", T272),  # 272001 x 5 m
    ("above, half cached", GPT_5_4, {"input": 200_000, "cache_read": 100_000, "output": 2_000}, "1.095", T272),  # 1 + 0.05 + 0.045
    ("cached tokens count for the tier", GPT_5_4, {"input": 1, "cache_read": 272_000}, "0.136005", T272),  # 5 m + 272000 x 0.5 m
    ("output does not", GPT_5_4, {"input": 272_000, "output": 128_000}, "2.6", {}),  # 0.68 + 128000 x 15 m = 0.68 + 1.92
    ("all output is dearer above", GPT_5_4, {"input": 272_001, "output": 1}, "1.3600275", T272),  # 1.360005 + 22.5 m
    ("cached, below", GPT_5_4, {"input": 100_000, "cache_read": 100_000, "output": 1_000}, "0.29", {}),  # 0.25 + 0.025 + 0.015
    ("one token", GPT_5_4, {"input": 1}, "0.0000025", {}),
    ("searches", GPT_5_4, {"input": 1_000, "output": 500, "searches": 3}, "0.04", {}),  # 0.0025 + 0.0075 + 3 x 0.01
    ("a search above costs as below", GPT_5_4, {"input": 272_001, "searches": 1}, "1.370005", T272),  # 1.360005 + 0.01
    ("reasoning is output", GPT_5_4, {"input": 1_000, "output": 200, "reasoning": 800}, "0.0175", {}),  # 0.0025 + 0.003 + 0.012
    ("reasoning above", GPT_5_4, {"input": 300_000, "reasoning": 1_000}, "1.5225", T272),  # 1.5 + 1000 x 22.5 m
    ("written to the cache", GPT_5_6_LUNA, {"input": 1_000, "cache_write": 2_000}, "0.0007", {}),  # 200 m + 500 m
    ("writes count for the tier", GPT_5_6_LUNA, {"cache_write": 272_001}, "0.1360005", T272),  # 272001 x 0.5 m
    # ------------------------------------------------------------------ two tiers: more than 32,000, more than 128,000
    ("below both", QWEN3_CODER_FLASH, {"input": 31_999}, "0.006239805", {}),  # 31999 x 0.195 m
    ("at the first", QWEN3_CODER_FLASH, {"input": 32_000}, "0.00624", {}),  # 32000 x 0.195 m
    ("above the first", QWEN3_CODER_FLASH, {"input": 32_001}, "0.010400325", {"above": 32000}),  # 32001 x 0.325 m
    ("below the second", QWEN3_CODER_FLASH, {"input": 127_999}, "0.041599675", {"above": 32000}),  # 127999 x 0.325 m
    ("at the second", QWEN3_CODER_FLASH, {"input": 128_000}, "0.0416", {"above": 32000}),  # 128000 x 0.325 m
    ("above the second", QWEN3_CODER_FLASH, {"input": 128_001}, "0.06656052", {"above": 128000}),  # 128001 x 0.52 m
    ("above the second, with all", QWEN3_CODER_FLASH, {"input": 100_000, "cache_read": 20_000, "cache_write": 8_001, "output": 8_000}, "0.08008065", {"above": 128000}),  # 0.052 + 0.00208 + 8001 x 0.65 m = 0.00520065 + 0.0208
    ("the second has the first's rate", SPARSE, {"input": 2_001, "output": 1}, "0.006008", {"above": 2000}),  # 2001 x 3 m + 5 m
    ("the first has the model's own", SPARSE, {"input": 1_001, "output": 1}, "0.003005", {"above": 1000}),  # 1001 x 3 m + 2 m
    ("no tier", SPARSE, {"input": 1_000, "output": 1}, "0.001002", {}),  # 1000 m + 2 m
    # ------------------------------------------------------------------ caches, for minutes and for an hour
    ("Sonnet below", SONNET_4_5, {"input": 199_999}, "0.599997", {}),  # 199999 x 3 m
    ("Sonnet at", SONNET_4_5, {"input": 200_000}, "0.6", {}),  # 200000 x 3 m
    ("Sonnet above", SONNET_4_5, {"input": 200_001}, "1.200006", T200),  # 200001 x 6 m
    ("every cache", SONNET_4_5, {"input": 21, "cache_read": 188_086, "cache_write": 456, "cache_write_1h": 1_044, "output": 393, "searches": 3}, "0.1003578", {}),  # 63 + 56425.8 + 1710 + 6264 + 5895 m + 0.03
    ("every cache, above", SONNET_4_5, {"input": 21, "cache_read": 198_086, "cache_write": 1_850, "cache_write_1h": 1_044, "output": 393}, "0.1542231", T200),  # 126 + 118851.6 + 13875 + 12528 + 8842.5 m
    ("only caches, at", SONNET_4_5, {"cache_read": 100_000, "cache_write": 50_000, "cache_write_1h": 50_000}, "0.5175", {}),  # 0.03 + 0.1875 + 0.3
    ("only caches, and one token", SONNET_4_5, {"input": 1, "cache_read": 100_000, "cache_write": 50_000, "cache_write_1h": 50_000}, "1.035006", T200),  # 6 m + 0.06 + 0.375 + 0.6
    ("thinking is output", SONNET_4_5, {"output": 100, "reasoning": 900}, "0.015", {}),  # 1500 m + 13500 m
    ("a million for minutes", OPUS_5, {"cache_write": 1_000_000}, "6.25", {}),
    ("a million for an hour", OPUS_5, {"cache_write_1h": 1_000_000}, "10", {}),
    ("a million from the cache", OPUS_5, {"cache_read": 1_000_000}, "0.5", {}),
    ("cached at half price", GPT_4O, {"input": 512, "cache_read": 512, "output": 64}, "0.00256", {}),  # 1280 + 640 + 640 m
    ("a price with nine places", GEMINI_2_5_FLASH, {"cache_write": 3}, "0.000000249999999", {}),  # 3 x 0.083333333 m
    # ------------------------------------------------------------------ batch
    ("batch", GPT_5_4, {"input": 1_000, "output": 100}, "0.002", BATCH),  # 1250 m + 750 m
    ("batch below", GPT_5_4, {"input": 271_999}, "0.33999875", BATCH),  # 271999 x 1.25 m
    ("batch at", GPT_5_4, {"input": 272_000}, "0.34", BATCH),  # 272000 x 1.25 m
    ("batch above", GPT_5_4, {"input": 272_001}, "0.6800025", BATCH | T272),  # 272001 x 2.5 m
    ("batch above, cached", GPT_5_4, {"input": 172_001, "cache_read": 100_000, "output": 1_000}, "0.4662525", BATCH | T272),  # 0.4300025 + 0.025 + 0.01125
    ("batch searches", GPT_5_4, {"searches": 2}, "0.02", BATCH),
    ("batch for an hour", SONNET_4_5, {"cache_write_1h": 1_000, "output": 100}, "0.00375", BATCH),  # 3000 m + 750 m
    ("batch Sonnet above", SONNET_4_5, {"input": 200_001, "output": 1_000}, "0.611253", BATCH | T200),  # 0.600003 + 0.01125
    ("batch, all of it", OPUS_5, {"input": 10, "cache_read": 20, "cache_write": 30, "cache_write_1h": 40, "output": 50, "searches": 1}, "0.01094875", BATCH),  # 25 + 5 + 93.75 + 200 + 625 m + 0.01
    ("batch reasoning", OPUS_5, {"reasoning": 1_000}, "0.0125", BATCH),  # 1000 x 12.5 m
    ("batch, not offered", GPT_4O, {"input": 1_000, "output": 10}, "0", BATCH | {"unknown": ("input", "output")}),
    ("batch, output not offered", EVENING, {"input": 10, "output": 10}, "0.000005", BATCH | day("12:00Z") | {"unknown": ("output",)}),  # 10 x 0.5 m
    # ------------------------------------------------------------------ reasoning with a rate
    ("reasoning as dear as output", GEMINI_2_5_PRO, {"input": 200_000, "output": 10, "reasoning": 100}, "0.2511", {}),  # 0.25 + 100 m + 1000 m
    ("and in a tier that names only output", GEMINI_2_5_PRO, {"input": 200_001, "output": 10, "reasoning": 100}, "0.5016525", T200),  # 0.5000025 + 150 m + 1500 m
    ("a tier that names only output, where they differ", THINKER, {"input": 1_001, "output": 10, "reasoning": 100}, "0.001341", {"above": 1000}),  # 1001 m + 40 m + 300 m
    ("a tier that says reasoning stays", STAYING, {"input": 1_001, "output": 10, "reasoning": 100}, "0.001241", {"above": 1000}),  # 1001 m + 40 m + 200 m
    ("a tier that names reasoning", THINKER, {"input": 2_001, "output": 10, "reasoning": 100}, "0.002441", {"above": 2000}),  # 2001 m + 40 m + 400 m
    ("reasoning cheaper than output", SONAR_DEEP_RESEARCH, {"input": 10, "output": 10, "reasoning": 1_000, "searches": 4}, "0.0231", {}),  # 20 + 80 + 3000 m + 0.02
    ("reasoning listed as 0", SONAR_PRO, {"reasoning": 100}, "0.0015", {}),  # 100 x 15 m
    ("reasoning and output free", FREE, {"reasoning": 1_000}, "0", {}),
    ("reasoning 0, output unknown", NO_OUTPUT, {"input": 1, "reasoning": 5}, "0.000001", {"unknown": ("reasoning",)}),
    # ------------------------------------------------------------------ sound
    ("sound in and out", GPT_AUDIO, {"input": 40, "audio_input": 60, "output": 25, "audio_output": 55}, "0.00579", {}),  # 100 + 1920 + 250 + 3520 m
    ("sound from a cache without a price", GPT_AUDIO, {"audio_input": 10, "audio_cache_read": 10}, "0.00032", {"unknown": ("audio_cache_read",)}),  # 10 x 32 m
    ("cached sound", GEMINI_2_5_PRO, {"input": 100, "audio_input": 1_000, "audio_cache_read": 500}, "0.0014375", {}),  # 125 + 1250 + 62.5 m
    ("sound counts for the tier", GEMINI_2_5_PRO, {"input": 100_000, "audio_input": 100_001}, "0.5000025", T200),  # 0.25 + 0.2500025
    ("cached sound above", GEMINI_2_5_PRO, {"audio_cache_read": 200_001}, "0.05000025", T200),  # 200001 x 0.25 m
    ("sound dearer than text", GEMINI_2_5_FLASH, {"input": 1_000, "audio_input": 1_000, "output": 1_000}, "0.0038", {}),  # 300 + 1000 + 2500 m
    ("cached text and sound", GEMINI_2_5_FLASH, {"cache_read": 700, "audio_cache_read": 300}, "0.000051", {}),  # 21 m + 30 m
    ("sound without a price", GPT_4O, {"input": 10, "audio_input": 20, "audio_output": 30}, "0.000025", {"unknown": ("audio_input", "audio_output")}),
    # ------------------------------------------------------------------ images
    ("image tokens are input", GPT_4O, {"input": 100, "image_input": 765, "output": 50}, "0.0026625", {}),  # 250 + 1912.5 + 500 m
    ("image tokens that are free", Pricing(rates(input="1", image_input="0")), {"input": 5, "image_input": 500}, "0.000005", {}),  # 5 m
    ("image tokens with a price", GEMINI_2_5_FLASH, {"image_input": 1_290}, "0.000387", {}),  # 1290 x 0.3 m
    ("images count for the tier", GEMINI_2_5_PRO, {"input": 200_000, "image_input": 258}, "0.500645", T200),  # 0.5 + 258 x 2.5 m
    ("a made image", GEMINI_2_5_FLASH_IMAGE, {"input": 20, "image_output": 1_290}, "0.038706", {}),  # 6 m + 1290 x 30 m
    ("made images without a price", GPT_4O, {"input": 4, "image_output": 9}, "0.00001", {"unknown": ("image_output",)}),
    ("two images at so much each", OLD_FLASH, {"input": 100, "images": 2}, "0.002506", {}),  # 30 m + 2 x 0.001238
    ("images each, without a price", GPT_4O, {"input": 4, "images": 1}, "0.00001", {"unknown": ("images",)}),
    ("image tokens, text free", KREA_2_LARGE, {"input": 77, "image_output": 4_175}, "0.059999999999875", {}),  # 4175 x 14.371257485 m
    # ------------------------------------------------------------------ requests and searches
    ("a fee for the request", SONAR, {"input": 10, "output": 10}, "0.00502", {}),  # 10 m + 10 m + 0.005
    ("three fees", SONAR, {"input": 10, "output": 10, "requests": 3}, "0.01502", {}),  # 20 m + 0.015
    ("no request, no fee", SONAR, {"input": 10, "requests": 0}, "0.00001", {}),
    ("requests that are free", SONAR_PRO, {"input": 10, "output": 10, "searches": 2}, "0.01018", {}),  # 30 + 150 m + 2 x 0.005
    ("a fee nobody names is none", GPT_4O, {"input": 4, "requests": 5}, "0.00001", {}),
    ("searches of Gemini", GEMINI_2_5_PRO, {"input": 8, "searches": 1}, "0.01401", {}),  # 10 m + 0.014
    ("searches that are free", SONAR, {"searches": 7}, "0.005", {}),  # the request
    ("searches without a price", GPT_4O, {"input": 4, "searches": 1}, "0.00001", {"unknown": ("searches",)}),
    # ------------------------------------------------------------------ free, unknown, variable, nothing
    ("free", FREE, {"input": 1_000_000, "output": 1_000_000}, "0", {}),
    ("free, but who knows of caches", FREE, {"input": 10, "cache_read": 10}, "0", {"unknown": ("cache_read",)}),
    ("a router's price varies", VARIABLE, {"input": 10, "output": 10}, "0", {"unknown": ("input", "output")}),
    ("-1 is no price", NEGATIVE, {"input": 10, "output": 10}, "0.00002", {"unknown": ("input", "requests")}),
    ("writes without a price", GPT_4O, {"input": 10, "cache_write": 5}, "0.000025", {"unknown": ("cache_write",)}),
    ("an hour without a price", GPT_5_6_LUNA, {"input": 5, "cache_write_1h": 100}, "0.000001", {"unknown": ("cache_write_1h",)}),
    ("unknown tokens count for the tier", GPT_5_6_LUNA, {"input": 1, "cache_write_1h": 272_000}, "0.0000004", T272 | {"unknown": ("cache_write_1h",)}),
    ("nothing", GPT_4O, {}, "0", {}),
    ("embeddings", EMBEDDING_3_SMALL, {"input": 8_191}, "0.00016382", {}),  # 8191 x 0.02 m
    ("more digits than a context has", KREA_2_LARGE, {"image_output": 10**30 + 1}, "14371257485000000000000000.000014371257485", {}),
    # ------------------------------------------------------------------ hours: 01:00-04:00 and 06:00-10:00 are dear
    ("before the first", DEEPSEEK_V4, BOTH, LOW, day("00:59:59.999999Z")),
    ("the first begins", DEEPSEEK_V4, BOTH, HIGH, day("01:00Z") | {"window": "0100-0400"}),
    ("its last moment", DEEPSEEK_V4, BOTH, HIGH, day("03:59:59.999999Z") | {"window": "0100-0400"}),
    ("it is over", DEEPSEEK_V4, BOTH, LOW, day("04:00Z")),
    ("before the second", DEEPSEEK_V4, BOTH, LOW, day("05:59Z")),
    ("the second begins", DEEPSEEK_V4, BOTH, HIGH, day("06:00Z") | {"window": "0600-1000"}),
    ("its last minute", DEEPSEEK_V4, BOTH, HIGH, day("09:59Z") | {"window": "0600-1000"}),
    ("the second is over", DEEPSEEK_V4, BOTH, LOW, day("10:00Z")),
    ("the day ends", DEEPSEEK_V4, BOTH, LOW, day("23:59Z")),
    ("and begins", DEEPSEEK_V4, BOTH, LOW, day("00:00Z")),
    ("01:00 UTC, told in Berlin", DEEPSEEK_V4, BOTH, HIGH, day("03:00+02:00") | {"window": "0100-0400"}),
    ("10:00 UTC, told in New York", DEEPSEEK_V4, BOTH, LOW, day("06:00-04:00")),
    ("00:30 UTC, told in Kolkata", DEEPSEEK_V4, BOTH, LOW, day("06:00+05:30")),
    # ------------------------------------------------------------------ the same as listed, over midnight
    ("before the night", DEEPSEEK_V4_AS_LISTED, BOTH, HIGH, day("09:59Z") | {"window": "0600-1000"}),
    ("the night begins", DEEPSEEK_V4_AS_LISTED, BOTH, LOW, day("10:00Z") | {"window": "1000-0100"}),
    ("before midnight", DEEPSEEK_V4_AS_LISTED, BOTH, LOW, day("23:59Z") | {"window": "1000-0100"}),
    ("midnight", DEEPSEEK_V4_AS_LISTED, BOTH, LOW, day("00:00Z") | {"window": "1000-0100"}),
    ("the night ends", DEEPSEEK_V4_AS_LISTED, BOTH, LOW, day("00:59Z") | {"window": "1000-0100"}),
    ("the night is over", DEEPSEEK_V4_AS_LISTED, BOTH, HIGH, day("01:00Z") | {"window": "0100-0400"}),
    ("an hour between", DEEPSEEK_V4_AS_LISTED, BOTH, LOW, day("04:00Z") | {"window": "0400-0600"}),
    # ------------------------------------------------------------------ until midnight, with tiers and a batch offer
    ("before the evening", EVENING, {"input": 100, "output": 10}, "0.00012", day("21:59Z")),  # 100 m + 20 m
    ("the evening names no output", EVENING, {"input": 100, "output": 10}, "0.00007", day("22:00Z") | {"window": "2200-0000"}),  # 50 m + 20 m
    ("until midnight", EVENING, {"input": 100}, "0.00005", day("23:59:59Z") | {"window": "2200-0000"}),
    ("not at midnight", EVENING, {"input": 100}, "0.0001", day("00:00Z")),
    ("a tier in the evening", EVENING, {"input": 1_001, "output": 10}, "0.004024", day("23:00Z") | {"window": "2200-0000", "above": 1000}),  # 1001 x 4 m + 20 m
    ("batch has hours of its own", EVENING, {"input": 1_001}, "0.00025025", BATCH | day("23:00Z") | {"window": "2200-0000"}),  # 1001 x 0.25 m
]  # fmt: skip


NEW, MIDDLE, OLD = (
    "models.2026-08-21T0812Z.json",
    "models.all-modalities.2026-08-05.json",
    "models.2026-01-16T1715Z.json",
)
RECORDED = [
    (NEW, "openai/gpt-5.4", GPT_5_4), (NEW, "openai/gpt-5.6-luna", GPT_5_6_LUNA), (NEW, "openai/gpt-4o", GPT_4O),
    (NEW, "openai/gpt-audio", GPT_AUDIO), (NEW, "anthropic/claude-sonnet-4.5", SONNET_4_5), (NEW, "anthropic/claude-opus-5", OPUS_5),
    (NEW, "google/gemini-2.5-pro", GEMINI_2_5_PRO), (NEW, "google/gemini-2.5-flash", GEMINI_2_5_FLASH),
    (NEW, "google/gemini-2.5-flash-image", GEMINI_2_5_FLASH_IMAGE), (NEW, "qwen/qwen3-coder-flash", QWEN3_CODER_FLASH),
    (NEW, "perplexity/sonar-deep-research", SONAR_DEEP_RESEARCH), (NEW, "openai/gpt-oss-20b:free", FREE), (NEW, "openrouter/auto", VARIABLE),
    (MIDDLE, "openai/text-embedding-3-small", EMBEDDING_3_SMALL), (MIDDLE, "krea/krea-2-large", KREA_2_LARGE),
    (OLD, "perplexity/sonar", SONAR), (OLD, "perplexity/sonar-pro", SONAR_PRO), (OLD, "google/gemini-2.5-flash", OLD_FLASH),
    ("models.page1.SYNTHETIC.json", "deepseek/deepseek-v4-flash-vision-exp", DEEPSEEK_V4),
]  # fmt: skip


@pytest.mark.parametrize(("model", "used", "total", "more"), [pytest.param(*row[1:], id=row[0]) for row in TABLE])
def test_a_call_costs(model: Pricing, used: dict[str, int], total: str, more: dict[str, Any]) -> None:
    """Exactly so much, at the tier, in the window and without the parts that are named; the lines add up to it."""
    found = cost(model, Usage(**used), at=more.get("at"), batch=more.get("batch", False))
    assert plain(found.total) == total
    assert (found.unknown, found.above, found.window) == (
        more.get("unknown", ()),
        more.get("above"),
        more.get("window"),
    )
    assert found.complete is not bool(more.get("unknown"))
    assert found.batch is more.get("batch", False)
    assert sum(Fraction(line.amount) for line in found.lines) == Fraction(total)


@pytest.mark.parametrize(
    ("listing", "model", "pricing"), [pytest.param(*row, id=f"{row[1]} of {row[0][7:17]}") for row in RECORDED]
)
def test_the_prices_are_those_recorded(shared_data: Path, listing: str, model: str, pricing: Pricing) -> None:
    """Every price of the table is in upstream's answer, at the same tier and hour; some models have more than the table needs."""
    body = (shared_data / "openrouter" / listing).read_bytes()
    records = {record.id: record for record in openrouter.read([body], source="recorded", day="2026-09-01").records}
    found = prices(records[model], records.get(f"{model}:batch")).pricing
    assert flatten(pricing).items() <= flatten(found).items()


def test_no_two_rows_have_one_name() -> None:
    """A row that another hides would not be tried."""
    assert len({name for name, *_ in TABLE}) == len(TABLE) > 60
