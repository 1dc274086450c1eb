"""Names of models: keys, variants, and the id under which a provider itself serves a model."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[^a-z0-9-]")
_RUNS = re.compile(r"-+")
_ANTHROPIC_DATE = re.compile(r"-20[0-9]{6}\Z")
_LEGACY_GEMINI = re.compile(r"gemini-(flash|pro)-([0-9.]+)(-.+)?\Z")
_MODES: dict[str, tuple[str, ...]] = {"anthropic": ("-fast",), "openai": ("-high", "-low", "-chat")}


def normalize_key(name: str) -> str:
    """Lower case, everything but letters, digits and dashes to `-`, runs collapsed, ends trimmed: `gpt-4.1` → `gpt-4-1`."""
    return _RUNS.sub("-", _UNSAFE.sub("-", name.lower())).strip("-")


def split_vendor(upstream_id: str) -> tuple[str, str]:
    """Split `openai/gpt-4o:batch` into `openai` and `gpt-4o:batch`."""
    vendor, _, slug = upstream_id.partition("/")
    return vendor, slug


def split_variant(slug: str) -> tuple[str, str]:
    """Split `gpt-4o:batch` into `gpt-4o` and `batch`; the variant of a base model is empty."""
    base, _, variant = slug.partition(":")
    return base, variant


def native_id(provider: str, slug: str) -> str:
    """Spell a base model's id the way the provider's own API probably does (its list API is the only proof)."""
    if provider == "anthropic":
        return slug.replace(".", "-")
    if provider == "gemini" and (legacy := _LEGACY_GEMINI.match(slug)):
        return f"gemini-{legacy[2]}-{legacy[1]}{legacy[3] or ''}"
    return slug


def mode_suffix(provider: str, slug: str) -> str:
    """Return the suffix (`-fast`, `-high`, `-chat` …) by which upstream names a mode that the provider has no id for, or ``."""
    return next((suffix for suffix in _MODES.get(provider, ()) if slug.endswith(suffix)), "")


def vendor_spelling(provider: str, model_id: str) -> str:
    """Reduce an id to what the vendor's rules consider one model: same result, same model. Exact ids are tried before this.

    Anthropic: dots and dashes are one, a `-YYYYMMDD` goes (another cloud's `@YYYYMMDD` does not). Gemini: `models/` goes, `gemini-flash-1.5` is `gemini-1.5-flash`.
    OpenAI: nothing, because a dated id has its own price.
    """
    name = model_id.lower()
    if provider == "anthropic":
        return normalize_key(_ANTHROPIC_DATE.sub("", name))
    if provider == "gemini":
        return normalize_key(native_id(provider, name.removeprefix("models/")))
    return normalize_key(name)
