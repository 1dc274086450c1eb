"""The files a new user starts from, written only where nothing is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from modelsync.errors import CannotWrite

BACKUPS_PATTERN = "*.backup.*"

_UNIT_WORDS = {"token": "token", "1k": "1K tokens", "1m": "1M tokens"}


def starter_catalog(providers: Iterable[str], unit: str, schema: str) -> str:
    """Return a catalog with these providers and no models yet; editors that know YAML check it by the file `schema` beside it."""
    head = (
        f"# yaml-language-server: $schema={schema}\n"
        "# The LLM models this application may call.\n"
        "# Edit it freely: modelsync keeps your comments, your order and the values you set by hand.\n"
        f"# Prices are in USD per {_UNIT_WORDS[unit]}.\n"
        "\n"
        "providers:\n"
    )
    return head + "".join(f"  {provider}:\n    models: {{}}\n" for provider in providers)


def starter_settings(catalog: str, unit: str) -> str:
    """Return a `modelsync.toml` in which everything but the catalog and its unit is a comment."""
    return f"""\
# Settings of modelsync; docs/settings.md explains each. Lines that start with # show the defaults or an example.

catalog = {json.dumps(catalog, ensure_ascii=False)}
unit = "{unit}"                    # what the catalog's prices are per: "token", "1k" or "1m" tokens
# source = "openrouter"         # or "snapshot", a file, an http(s) address
# preset = "default"            # "classic" reproduces the original Rake task
# expect_lock = true            # once the lock is committed: warn when it is missing
# pins = ["openai/gpt-4o", "anthropic/*.pricing"]

# [add]                         # which new models are added: "all", "none", or globs
# openai = ["gpt-5*", "o4*"]
# openrouter = "none"

# [exclude]                     # never added
# gemini = ["*-preview*"]

# [match]                       # name an entry's upstream model yourself
# "openai/fast" = "openai/gpt-4.1-mini"

# [prune]
# grace_days = 7                # how long a model must be gone before --prune removes it

# [backups]
# keep = 10
"""


def write_new(path: Path, text: str) -> bool:
    """Write a file if nothing of that name is there; say whether it was written. Raises `CannotWrite`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        raise CannotWrite(f"cannot write {path}: {error.strerror}") from error
    return True


def ignores_backups(path: Path) -> bool:
    """Say whether a .gitignore already has the pattern of backups."""
    return path.exists() and BACKUPS_PATTERN in path.read_text(encoding="utf-8", errors="replace").splitlines()
