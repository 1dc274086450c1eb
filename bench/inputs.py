"""Make the benchmark's listing and catalogs, in a process of their own.

The runner must stay small: a child's peak memory is never counted below its parent's.

    python bench/inputs.py FOLDER FACTOR DETAIL

writes FOLDER/modelsync.toml, which asks for input and output prices alone (`basic`) or for all (`full`), FOLDER/listing.json, and FOLDER/catalog.yml with its lock as an earlier sync left them: since then one model in ten
is new and one in ten has another price. All are FACTOR times as large as one real list. At FACTOR 1 also FOLDER/full.yml,
with every model. For each other layout there is a FOLDER/LAYOUT/catalog.yml with its settings and 200 x FACTOR models, of which
one in ten has another price; no sync has been there yet.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT.parent / "shared" / "data" / "openrouter" / "models.2026-08-21T0812Z.json"
SNAPSHOT = ROOT / "src" / "modelsync" / "data" / "snapshot.json.gz"
PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "google": "gemini"}
OTHERS = "openrouter"
SHAPED = 200
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


def earlier(listed: list[Model]) -> list[Model]:
    """Return the list of some time before: one model in ten is not there yet, one in ten had another price."""
    return [repriced(model) if number % 10 == 1 else model for number, model in enumerate(listed) if number % 10]


def repriced(model: Model) -> Model:
    """Return the model a tenth dearer."""
    prices = {key: format(Decimal(model["pricing"][key]) * Decimal("1.1"), "f") for key in ("prompt", "completion")}
    return {**model, "pricing": {**model["pricing"], **prices}}


def entry(model: Model) -> str:
    """Return an entry as a person begins one: an id, a remark, and a feature of their own."""
    native = provider_of(model) != OTHERS
    model_id = model["id"].partition("/")[2] if native else model["id"]
    key = re.sub(r"[^a-z0-9-]+", "-", model_id.lower()).strip("-")
    return f'      {key}:\n        model: "{model_id}"   # reviewed\n        features: [house_style]\n\n'


def begun(listed: list[Model], share: int) -> str:
    """Return a catalog with every `share`th base model, to be filled by a first sync."""
    chosen = [model for model in listed if ":" not in model["id"]][::share]
    text = HEAD
    for provider in (*PROVIDERS.values(), OTHERS):
        text += section(provider) + "".join(entry(model) for model in chosen if provider_of(model) == provider)
    return text


def grown(folder: Path, name: str, listing: list[Model], share: int) -> None:
    """Make a catalog and its lock as months of use leave them: begun by hand, filled by a sync."""
    source, catalog = folder / f"{name}.json", folder / f"{name}.yml"
    source.write_text(json.dumps({"data": listing}), encoding="utf-8")
    catalog.write_text(begun(listing, share), encoding="utf-8")
    modelsync = Path(sys.executable).with_name("modelsync")
    command = [str(modelsync), "sync", "--catalog", str(catalog), "--source", str(source)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)


def shaped(folder: Path, layout: str, listed: list[Model]) -> None:
    """Write a catalog of a team's own shape, with a remark in each entry, and the settings that say which."""
    head, entry_of, unit = SHAPES[layout]
    models = [repriced(model) if number % 10 == 1 else model for number, model in enumerate(listed)]
    (folder / layout).mkdir(exist_ok=True)
    (folder / layout / "catalog.yml").write_text(head + "".join(map(entry_of, models)), encoding="utf-8")
    settings = f'layout = "{layout}"\nunit = "{unit}"\n'
    (folder / layout / "modelsync.toml").write_text(settings, encoding="utf-8")


def deployment(model: Model) -> str:
    """Return an entry of LiteLLM's proxy."""
    return (
        f'  - model_name: "{model["id"]}"  # reviewed\n    litellm_params:\n      model: {OTHERS}/{model["id"]}\n'
        f"      api_key: os.environ/OPENROUTER_API_KEY\n    model_info:\n      input_cost_per_token: {per(model, 'prompt', 0)}\n"
        f"      output_cost_per_token: {per(model, 'completion', 0)}\n      max_input_tokens: {model['context_length']}\n"
    )


def item(model: Model) -> str:
    """Return an entry of a list."""
    return (
        f'  - id: "{model["id"]}"  # reviewed\n    provider: {OTHERS}\n    context_length: {model["context_length"]}\n'
        f"    input: {per(model, 'prompt', 6)}\n    output: {per(model, 'completion', 6)}\n"
    )


def priced_row(model: Model) -> str:
    """Return an entry of a price table."""
    prices = f"  input: {per(model, 'prompt', 6)}\n  output: {per(model, 'completion', 6)}\n"
    return f'"{OTHERS}/{model["id"]}":  # reviewed\n{prices}'


def per(model: Model, key: str, zeros: int) -> str:
    """Spell a price per so many tokens, without an exponent."""
    return format(Decimal(model["pricing"][key]).scaleb(zeros).normalize(), "f")


SHAPES = {
    "litellm": ("model_list:\n", deployment, "token"),
    "list": ("models:\n", item, "1m"),
    "prices": ("", priced_row, "1m"),
}


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
    """Write the files."""
    folder, factor, detail = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "modelsync.toml").write_text(f'[pricing]\ndetail = "{detail}"\n', encoding="utf-8")
    listed = [copy(model, number) for number in range(factor) for model in models()]
    usable = [model for model in listed if priced(model)]
    (folder / "listing.json").write_text(json.dumps({"data": listed}), encoding="utf-8")
    for layout in SHAPES:
        shaped(folder, layout, usable[: SHAPED * factor])
    grown(folder, "catalog", earlier(usable), 3)
    if factor == 1:
        grown(folder, "full", usable, 1)


if __name__ == "__main__":
    main()
