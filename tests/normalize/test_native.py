"""Native identity: what a name means in a provider's own list, and what the provider takes as it is."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.domain.served import Served, ServedList
from modelsync.normalize.native import ALIAS, EXACT, MODE, RULE, SPELLING, Directory

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ANTHROPIC = (
    "claude-3-5-haiku-20241022", "claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022", "claude-3-haiku-20240307",
    "claude-haiku-4-5-20251001", "claude-opus-4-1-20250805", "claude-opus-4-6", "claude-sonnet-4-20250514",
    "claude-sonnet-4-5-20250929",
)  # fmt: skip
OPENAI = (
    "gpt-4.1", "gpt-4.1-2025-04-14", "gpt-4o", "gpt-4o-2024-05-13", "gpt-4o-2024-08-06", "gpt-5-chat-latest", "gpt-5-pro-2025-10-06",
    "gpt-5-search-api-2025-10-14", "gpt-5-search-api-2025-12-01", "o3-mini",
)  # fmt: skip
GEMINI = (
    "gemini-1.5-flash",
    "gemini-1.5-flash-8b",
    "gemini-1.5-pro-002",
    "gemini-2.5-flash",
    "gemini-2.5-pro-preview-05-06",
)
OLLAMA = ("gemma3:latest", "llama3:8b", "mistral", "qwen3:4b")
OPENROUTER = ("anthropic/claude-sonnet-4.5", "google/gemma-3-27b-it:free", "openai/gpt-4.1", "openai/gpt-4o")
LISTED = {"anthropic": ANTHROPIC, "openai": OPENAI, "gemini": GEMINI, "ollama": OLLAMA, "openrouter": OPENROUTER}
PREFIXES = {"gemini": ("google",)}


def listed(provider: str, ids: Iterable[str]) -> Directory:
    """Make a directory of models of which only the ids are known."""
    models = tuple(Served(name) for name in sorted(ids))
    return Directory(provider, ServedList(provider, provider, models, "2026-09-01", "d"), PREFIXES.get(provider, ()))


@pytest.mark.parametrize(
    ("provider", "name", "served", "how", "works"),
    [
        ("openai", "gpt-4o", "gpt-4o", EXACT, True),
        ("openai", "GPT-4o", "gpt-4o", SPELLING, False),
        ("openai", "openai/gpt-4o", "gpt-4o", SPELLING, False),
        ("openai", "gpt-4-1", "gpt-4.1", SPELLING, False),
        ("openai", "gpt-5-chat", "gpt-5-chat-latest", RULE, False),
        ("openai", "gpt-5-pro", "gpt-5-pro-2025-10-06", RULE, None),
        ("openai", "GPT-5-pro", "gpt-5-pro-2025-10-06", RULE, False),
        ("anthropic", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929", EXACT, True),
        ("anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", ALIAS, True),
        ("anthropic", "claude-sonnet-4.5", "claude-sonnet-4-5-20250929", RULE, False),
        ("anthropic", "claude-sonnet-4-0", "claude-sonnet-4-20250514", ALIAS, True),
        ("anthropic", "claude-sonnet-4", "claude-sonnet-4-20250514", RULE, None),
        ("anthropic", "claude-4-sonnet", "claude-sonnet-4-20250514", RULE, False),
        ("anthropic", "claude-4.5-sonnet-20250929", "claude-sonnet-4-5-20250929", RULE, False),
        ("anthropic", "claude-haiku-3", "claude-3-haiku-20240307", RULE, False),
        ("anthropic", "claude-3-haiku", "claude-3-haiku-20240307", RULE, False),
        ("anthropic", "claude-3-5-haiku-latest", "claude-3-5-haiku-20241022", ALIAS, True),
        ("anthropic", "claude-opus-4.6", "claude-opus-4-6", SPELLING, False),
        ("anthropic", "Claude-Opus-4-1-20250805", "claude-opus-4-1-20250805", SPELLING, False),
        ("gemini", "models/gemini-2.5-flash", "gemini-2.5-flash", ALIAS, True),
        ("gemini", "google/gemini-2.5-flash", "gemini-2.5-flash", SPELLING, False),
        ("gemini", "gemini-flash-1.5", "gemini-1.5-flash", RULE, False),
        ("gemini", "gemini-flash-1.5-8b", "gemini-1.5-flash-8b", RULE, False),
        ("ollama", "gemma3", "gemma3:latest", ALIAS, True),
        ("ollama", "mistral:latest", "mistral", ALIAS, True),
        ("openrouter", "openai/gpt-4o:nitro", "openai/gpt-4o", ALIAS, True),
        ("openrouter", "openai/gpt-4.1-2025-04-14", "openai/gpt-4.1", ALIAS, True),
        ("openrouter", "anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4.5", SPELLING, False),
    ],
)  # fmt: skip
def test_one_model_is_meant(provider: str, name: str, served: str, how: str, *, works: bool | None) -> None:
    """A name that can mean one model only is resolved for certain, and it is known whether the provider takes it."""
    found = listed(provider, LISTED[provider]).resolve(name)
    assert found.served is not None
    assert (found.served.id, found.how, found.works, found.certain) == (served, how, works, True)


@pytest.mark.parametrize(
    ("provider", "name", "served", "mode"),
    [
        ("openai", "o3-mini-high", "o3-mini", "-high"),
        ("openai", "gpt-4.1:batch", "gpt-4.1", ":batch"),
        ("openai", "o3-mini-high:batch", "o3-mini", "-high:batch"),
        ("anthropic", "claude-opus-4.6-fast", "claude-opus-4-6", "-fast"),
        ("anthropic", "claude-opus-4.1:thinking", "claude-opus-4-1-20250805", ":thinking"),
        ("openrouter", "openai/gpt-4o:free", "openai/gpt-4o", ":free"),
    ],
)
def test_a_mode_is_set_aside_and_named(provider: str, name: str, served: str, mode: str) -> None:
    """A mode has a price of its own: the model is found, and the match is not certain."""
    found = listed(provider, LISTED[provider]).resolve(name)
    assert found.served is not None
    assert (found.served.id, found.how, found.mode, found.works, found.certain) == (served, MODE, mode, False, False)


@pytest.mark.parametrize(
    ("provider", "name", "served", "candidates"),
    [
        ("anthropic", "claude-3.5-sonnet", "claude-3-5-sonnet-20241022", ["claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20240620"]),
        ("anthropic", "claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022", ["claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20240620"]),
        ("openai", "gpt-5-search-api", None, ["gpt-5-search-api-2025-12-01", "gpt-5-search-api-2025-10-14"]),
    ],
)  # fmt: skip
def test_several_dates_are_told(provider: str, name: str, served: str | None, candidates: list[str]) -> None:
    """Of several dates of one Anthropic model the newest is meant; nothing is certain, and with OpenAI nothing is guessed."""
    found = listed(provider, LISTED[provider]).resolve(name)
    assert (found.served.id if found.served else None, found.ambiguous, found.certain) == (served, True, False)
    assert [model.id for model in found.candidates] == candidates


def test_two_ids_of_one_spelling_are_ambiguous() -> None:
    """Where ids differ in nothing but punctuation, neither is guessed."""
    found = listed("openai", ["gpt-4-1", "gpt-4.1"]).resolve("gpt_4_1")
    assert (found.served, found.ambiguous, len(found.candidates)) == (None, True, 2)


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("openai", "gpt-4o-2024-11-20"), ("openai", "gpt-4"), ("openai", "gpt-5-chat-latest-2025-01-01"), ("openai", "anthropic/gpt-4o"),
        ("openai", "gpt-5-pro-2025-10-07"), ("openai", "ft:gpt-4o:acme::abc"), ("openai", "gpt-4o-mini-high"), ("openai", ""),
        ("anthropic", "claude-sonnet-4-5-20250930"), ("anthropic", "claude-sonnet-4-5@20250929"), ("anthropic", "claude-2.1"),
        ("anthropic", "anthropic.claude-sonnet-4-5-20250929-v1:0"), ("anthropic", "claude-opus-4-6-20260101"), ("anthropic", "claude-opus-4-2"),
        ("gemini", "gemini-flash-1.5-8b-exp"), ("gemini", "gemini-pro-1.5"), ("gemini", "gemini-2.5-pro-preview"), ("gemini", "tunedModels/mine"),
        ("ollama", "llama3"), ("ollama", "qwen3:8b"), ("ollama", "llama3:8b:free"),
        ("openrouter", "google/gemma-3-27b-it"), ("openrouter", "gpt-4o"), ("openrouter", "openai/gpt-4o-mini:nitro"),
    ],
)  # fmt: skip
def test_other_dates_tags_and_vendors_are_other_models(provider: str, name: str) -> None:
    """What no rule covers is found nowhere: dates are never exchanged, remainders never dropped, vendors never crossed."""
    found = listed(provider, LISTED[provider]).resolve(name)
    assert (found.served, found.candidates, found.certain, found.works) == (None, (), False, False)


def test_the_nearest_are_suggested() -> None:
    """For a person there are the ids that look most like a name that means nothing."""
    assert listed("openai", OPENAI).nearest("GPT-4.1-minni")[0] == "gpt-4.1"
    assert listed("openai", OPENAI).nearest("zzz") == ()


@pytest.mark.parametrize(
    ("provider", "ids", "name", "nearest"),
    [
        ("openai", ("gpt-4o", "o3"), "gpt-4o-2024-08-06", ("gpt-4o",)),
        ("openai", ("gpt-4o", "o3"), "openai/gpt-4o-2024-08-06", ("gpt-4o",)),
        ("openai", OPENAI, "gpt-4o-2024-11-20", ("gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-2024-05-13")),
        ("xai", ("grok-x-20250101", "grok-x-20260101"), "grok-x", ("grok-x-20260101", "grok-x-20250101")),
    ],
)
def test_other_dates_are_suggested_first(
    provider: str, ids: tuple[str, ...], name: str, nearest: tuple[str, ...]
) -> None:
    """Though `gpt-4o` does not look much like `gpt-4o-2024-08-06`: without a date, then the newest."""
    assert listed(provider, ids).nearest(name) == nearest


def test_what_is_gone_is_not_suggested() -> None:
    """A retired model helps nobody, whatever its date."""
    models = (Served("m", lifecycle="retired"), Served("m-2026-01-01"))
    directory = Directory("mistral", ServedList("mistral", "mistral", models, "2026-09-01", "d"))
    assert directory.nearest("m-2026-02-02") == ("m-2026-01-01",)


@given(
    provider=st.sampled_from(sorted(LISTED)), name=st.text(max_size=40) | st.text("claude-sonnet4.5:@0", max_size=20)
)
def test_every_name_has_an_answer(provider: str, name: str) -> None:
    """Whatever a person typed resolves without an error, to models of that provider's list and no other."""
    directory = listed(provider, LISTED[provider])
    found = directory.resolve(name)
    assert {model.id for model in found.candidates} <= set(LISTED[provider])
    assert found.served is None or found.served in found.candidates
    assert set(directory.nearest(name)) <= set(LISTED[provider])


# ---------------------------------------------------------------------- the recorded lists, checked by hand
#
# A pair of recordings of nearly one day; the slugs of OpenRouter's list that are resolved to another id than themselves; and
# those that are resolved to none, because the provider did not list them. Every other slug is the very id.


DATED_2025 = {
    "claude-3-haiku": "claude-3-haiku-20240307", "claude-3-haiku:beta": "claude-3-haiku-20240307",
    "claude-3-opus": "claude-3-opus-20240229", "claude-3-opus:beta": "claude-3-opus-20240229",
    "claude-3.5-haiku": "claude-3-5-haiku-20241022", "claude-3.5-haiku:beta": "claude-3-5-haiku-20241022",
    "claude-3.5-haiku-20241022": "claude-3-5-haiku-20241022", "claude-3.5-haiku-20241022:beta": "claude-3-5-haiku-20241022",
    "claude-3.5-sonnet": "claude-3-5-sonnet-20241022", "claude-3.5-sonnet:beta": "claude-3-5-sonnet-20241022",
    "claude-3.5-sonnet-20240620": "claude-3-5-sonnet-20240620", "claude-3.5-sonnet-20240620:beta": "claude-3-5-sonnet-20240620",
    "claude-3.7-sonnet": "claude-3-7-sonnet-20250219", "claude-3.7-sonnet:beta": "claude-3-7-sonnet-20250219",
    "claude-3.7-sonnet:thinking": "claude-3-7-sonnet-20250219",
}  # fmt: skip
CLAUDE_4 = {
    "claude-haiku-4.5": "claude-haiku-4-5-20251001", "claude-opus-4": "claude-opus-4-20250514", "claude-opus-4.1": "claude-opus-4-1-20250805",
    "claude-opus-4.5": "claude-opus-4-5-20251101", "claude-sonnet-4": "claude-sonnet-4-20250514", "claude-sonnet-4.5": "claude-sonnet-4-5-20250929",
}  # fmt: skip
DATED_2026 = CLAUDE_4 | {
    "claude-3-haiku": "claude-3-haiku-20240307", "claude-3.5-haiku": "claude-3-5-haiku-20241022",
    "claude-3.5-haiku-20241022": "claude-3-5-haiku-20241022", "claude-3.7-sonnet": "claude-3-7-sonnet-20250219",
    "claude-3.7-sonnet:thinking": "claude-3-7-sonnet-20250219",
}  # fmt: skip
EFFORTS = {"gpt-4o:extended": "gpt-4o", "o3-mini-high": "o3-mini", "o4-mini-high": "o4-mini"}
CHATS = {f"gpt-{version}-chat": f"gpt-{version}-chat-latest" for version in ("5", "5.1", "5.2", "5.3")}
FREE_GEMMA = {
    f"gemma-{name}:free": f"gemma-{name}" for name in ("3-12b-it", "3-27b-it", "3-4b-it", "3n-e2b-it", "3n-e4b-it")
}
OPEN_WEIGHTS = ["gpt-oss-120b", "gpt-oss-120b:exacto", "gpt-oss-20b", "gpt-oss-20b:free", "gpt-oss-safeguard-20b"]
PREVIEWS = ["gemini-2.5-pro-preview", "gemini-2.5-pro-preview-05-06", "gemma-2-27b-it", "gemma-2-9b-it"]
RECORDED = [
    pytest.param(
        "anthropic", "models.2025-07-23T0430Z.json", "models.2025-05-12T1347Z.json", DATED_2025,
        ["claude-2", "claude-2.0", "claude-2.0:beta", "claude-2.1", "claude-2.1:beta", "claude-2:beta", "claude-3-sonnet", "claude-3-sonnet:beta"],
        id="anthropic 2025-07",
    ),
    pytest.param(
        "anthropic", "models.2026-01-09T1557Z.json", "daily/2026-01-09.json.gz", DATED_2026, ["claude-3.5-sonnet"], id="anthropic 2026-01",
    ),
    pytest.param(
        "anthropic", "models.with-capabilities.2026-04-17.json", "models.2026-03-09T1905Z.json",
        CLAUDE_4 | {"claude-opus-4.6": "claude-opus-4-6", "claude-sonnet-4.6": "claude-sonnet-4-6"},
        ["claude-3-haiku", "claude-3.5-haiku", "claude-3.5-sonnet", "claude-3.7-sonnet", "claude-3.7-sonnet:thinking"],
        id="anthropic 2026-04",
    ),
    pytest.param(
        "openai", "models.2025-11-03T1404Z.json", "models.2025-11-03T1404Z.json", EFFORTS | {"gpt-5-chat": "gpt-5-chat-latest"},
        ["codex-mini", "gpt-3.5-turbo-0613", "gpt-4-0314", "gpt-5-image", "gpt-5-image-mini", *OPEN_WEIGHTS],
        id="openai 2025-11",
    ),
    pytest.param(
        "openai", "models.2026-03-06T0405Z.json", "models.2026-03-09T1905Z.json", EFFORTS | CHATS,
        ["gpt-3.5-turbo-0613", "gpt-4-0314", "gpt-5-image", "gpt-5-image-mini", "gpt-oss-120b:free", "o3-deep-research", "o3-pro", *OPEN_WEIGHTS],
        id="openai 2026-03",
    ),
    pytest.param(
        "gemini", "models.2026-01-09T1557Z.json", "daily/2026-01-09.json.gz",
        FREE_GEMMA | {"gemini-2.0-flash-exp:free": "gemini-2.0-flash-exp"}, PREVIEWS, id="gemini 2026-01",
    ),
    pytest.param("gemini", "models.2026-03-18T0432Z.json", "models.2026-03-09T1905Z.json", FREE_GEMMA, PREVIEWS, id="gemini 2026-03"),
    pytest.param(
        "gemini", "models.2025-07-17T1009Z.json", "models.2025-05-12T1347Z.json",
        {
            "gemini-2.0-flash-exp:free": "gemini-2.0-flash-exp", "gemini-flash-1.5": "gemini-1.5-flash", "gemini-pro-1.5": "gemini-1.5-pro",
            "gemini-flash-1.5-8b": "gemini-1.5-flash-8b", "gemma-3-12b-it:free": "gemma-3-12b-it", "gemma-3-1b-it:free": "gemma-3-1b-it",
            "gemma-3-27b-it:free": "gemma-3-27b-it", "gemma-3-4b-it:free": "gemma-3-4b-it",
        },
        [
            "gemini-2.5-flash-preview", "gemini-2.5-flash-preview:thinking", "gemini-2.5-pro-exp-03-25", "gemini-2.5-pro-preview",
            "gemini-flash-1.5-8b-exp", "gemma-2-27b-it", "gemma-2-9b-it", "gemma-2-9b-it:free", "learnlm-1.5-pro-experimental:free",
        ],
        id="gemini 2025-07",
    ),
]  # fmt: skip
VENDOR = {"anthropic": "anthropic", "openai": "openai", "gemini": "google"}


@pytest.mark.parametrize(("provider", "native", "upstream", "resolved", "unlisted"), RECORDED)
def test_the_recorded_lists(
    shared_data: Path, provider: str, native: str, upstream: str, resolved: dict[str, str], unlisted: list[str]
) -> None:
    """Every slug of OpenRouter's is resolved to the id checked by hand, or to none where the provider has none for it."""
    directory = listed(provider, _native_ids(shared_data / provider / native))
    found = {
        slug: directory.resolve(slug).served for slug in _slugs(shared_data / "openrouter" / upstream, VENDOR[provider])
    }
    assert sorted(slug for slug, served in found.items() if served is None) == sorted(unlisted)
    assert {slug: served.id for slug, served in found.items() if served and served.id != slug} == resolved


@pytest.mark.parametrize(("provider", "native", "upstream", "resolved", "unlisted"), RECORDED)
def test_the_vendors_rules_alone_resolve_no_more(
    shared_data: Path, provider: str, native: str, upstream: str, resolved: dict[str, str], unlisted: list[str]
) -> None:
    """Written down once more, as plainly as they can be: what they resolve is resolved here, to the same id."""
    ids = _native_ids(shared_data / provider / native)
    alone = {
        slug: _by_rule(provider, slug, ids) for slug in _slugs(shared_data / "openrouter" / upstream, VENDOR[provider])
    }
    other = {slug: name for slug, name in alone.items() if name and name != slug}
    assert other.items() <= resolved.items()
    assert {slug for slug, name in alone.items() if not name} >= set(unlisted)


def _by_rule(provider: str, slug: str, ids: list[str]) -> str:
    """The id of a slug: exact, then dots as dashes with the newest date, a date of OpenAI's, or a family before its version."""
    base = slug.partition(":")[0]
    for name in {
        "anthropic": [base.replace(".", "-")],
        "openai": [base, re.sub("-chat$", "-chat-latest", base), base.removesuffix("-high")],
    }.get(provider, [base, re.sub(r"gemini-(flash|pro)-([0-9.]+)", r"gemini-\2-\1", base)]):
        dated = sorted(found for found in ids if re.fullmatch(re.escape(name) + r"-[0-9]{8}", found))
        if name in ids or dated:
            return name if name in ids else dated[-1]
    return ""


def _native_ids(path: Path) -> list[str]:
    body = json.loads(path.read_bytes())
    return [model.get("id") or model["name"].removeprefix("models/") for model in body.get("data") or body["models"]]


def _slugs(path: Path, vendor: str) -> list[str]:
    data = path.read_bytes()
    records = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)["data"]
    return [record["id"].removeprefix(f"{vendor}/") for record in records if record["id"].startswith(f"{vendor}/")]
