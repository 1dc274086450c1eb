"""Make the benchmark's listing and catalogs, in a process of their own.

The runner must stay small: a child's peak memory is never counted below its parent's.

    python bench/inputs.py FOLDER FACTOR

writes FOLDER/listing.json, FOLDER/catalog.yml (two of three base models, every third of them with an old price) and
FOLDER/full.yml (every model), all FACTOR times as large as one real list.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT.parent / "shared" / "data" / "openrouter" / "models.2026-08-21T0812Z.json"
SNAPSHOT = ROOT / "src" / "modelsync" / "data" / "snapshot.json.gz"
PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "google": "gemini"}
OTHERS = "openrouter"
HEAD = "# Models our services may call. Prices in USD per 1K tokens.\nproviders:\n"

Model = dict[str, Any]


def models() -> list[Model]:
    """Return one real list: the recorded one when it is here, else the embedded snapshot."""
    body = RECORDED.read_bytes() if RECORDED.exists() else gzip.decompress(SNAPSHOT.read_bytes())
    return [model for model in json.loads(body)["data"] if not model["id"].startswith("~")]


def copy(model: Model, number: int) -> Model:
    """Return the model under another id and name; copy 0 is the model itself."""
    if number == 0:
        return model
    base, colon, variant = model["id"].partition(":")
    return {**model, "id": f"{base}-r{number:03}{colon}{variant}", "name": f"{model['name']} r{number:03}"}


def price(upstream: str, factor: Decimal) -> str:
    """Return a price of a catalog: USD per 1K tokens, in plain notation."""
    return format((Decimal(upstream) * 1000 * factor).normalize(), "f")


def entry(model: Model, *, old: bool, full_id: bool = False) -> str:
    """Return an entry as a team would keep it; `old` writes the price of some time ago."""
    model_id = model["id"] if full_id or provider_of(model) == OTHERS else model["id"].partition("/")[2]
    key = re.sub(r"[^a-z0-9-]+", "-", model_id.lower()).strip("-")
    factor = Decimal("1.1") if old else Decimal(1)
    lines = [
        f"      {key}:",
        f'        model: "{model_id}"   # reviewed',
        f"        context_length: {model['context_length']}",
        "        pricing:",
        f"          input: {price(model['pricing']['prompt'], factor)}",
        f"          output: {price(model['pricing']['completion'], factor)}   # per 1K",
        "        features: [function_calling, house_style]",
        "",
    ]
    return "\n".join(lines) + "\n"


def curated(usable: list[Model]) -> str:
    """Return a catalog that lags behind: two of three models are in it, every third of those with an old price."""
    chosen = [model for number, model in enumerate(usable) if number % 3 and ":" not in model["id"]]
    old = {model["id"] for model in chosen[::3]}
    text = HEAD
    for provider in (*PROVIDERS.values(), OTHERS):
        text += section(provider)
        text += "".join(entry(model, old=model["id"] in old) for model in chosen if provider_of(model) == provider)
    return text


def full(usable: list[Model]) -> str:
    """Return a catalog of all the models, each price as upstream has it."""
    return HEAD + section(OTHERS) + "".join(entry(model, old=False, full_id=True) for model in usable)


def section(provider: str) -> str:
    """Return the head of a provider's section."""
    return f"  {provider}:\n    models:\n"


def provider_of(model: Model) -> str:
    """Return the section a model belongs to."""
    return PROVIDERS.get(model["id"].partition("/")[0], OTHERS)


def priced(model: Model) -> bool:
    """Say whether the model has a fixed price for both directions."""
    return all(not model["pricing"].get(key, "-1").startswith("-") for key in ("prompt", "completion"))


def main() -> None:
    """Write the three files."""
    folder, factor = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    listed = [copy(model, number) for number in range(factor) for model in models()]
    usable = [model for model in listed if priced(model)]
    (folder / "listing.json").write_text(json.dumps({"data": listed}), encoding="utf-8")
    (folder / "catalog.yml").write_text(curated(usable), encoding="utf-8")
    (folder / "full.yml").write_text(full(usable), encoding="utf-8")


if __name__ == "__main__":
    main()
