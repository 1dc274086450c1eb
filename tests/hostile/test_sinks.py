"""Hostile text at every sink: whatever upstream, a catalog, a lock, settings or arguments hold, what is shown is harmless text."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from pytest_httpserver import HTTPServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
HOSTILE = (
    "\x1b[31mred", "\x1b]0;title\x07", "\x9b2J", "\u202egpj", "\u2066x", "a\u200bb", "\U000e0041", "\u2028z", "\ufeffx", "\ue000", "a\tb",
    "\r\n::error::x", "x\n## y", "../x", "- ", "{{", "!!python/object:os.system", "*alias", "&anchor", "null", "017", "1:30", "yes", "=cmd|' /C calc'!A0",
    "|", "`", "<img src=x onerror=y>", "@octocat", "[x](javascript:y)", "%25", "~", "#", "k" * 150, " ", "", "\x7f", "\xa0",
)  # fmt: skip
PROVIDERS = ("openai", "anthropic", "gemini", "ollama", "openrouter", "ev\x1b[31mil\u202e\n::error::")
FORMATS = ("text", "json", "markdown", "github")
COMMAND = re.compile(r"::(error|warning|notice) [^\n]*\Z")


def hidden(text: str) -> set[str]:
    """Return the characters of a text that cannot be seen, but for line ends."""
    return {letter for letter in text if letter != "\n" and unicodedata.category(letter) in HIDDEN}


def quoted(text: str) -> str:
    """Write a text as YAML, every character that is not harmless as an escape."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(letter: str) -> str:
    return letter if letter.isascii() and letter.isprintable() and letter not in '"\\' else f"\\U{ord(letter):08x}"


def catalog() -> str:
    """Every hostile text as a key, a model id, a description, a value, a feature, a field and a pin, under every provider."""
    text = "providers:\n"
    for provider in PROVIDERS:
        text += f"  {quoted(provider)}:\n    models:\n"
        for number, word in enumerate(HOSTILE):
            text += f"      {quoted(f'{number}{word}')}:\n"
            text += f"        model: {quoted(f'{word}{number}')}\n        description: {quoted(word)}\n"
            text += f"        context_length: {quoted(word)}\n"
            text += f"        pricing: {{input: {quoted(word)}, output: 0.001, {quoted('x' + word)}: 1}}\n"
            text += f"        features: [{quoted(word)}, vision]\n        {quoted('own' + word)}: {quoted(word)}\n"
            text += f"        pinned: [{quoted(word)}]\n"
    return text


def records() -> list[dict[str, Any]]:
    """What upstream says: every hostile text as an id, and wherever else a record has text."""
    found: list[dict[str, Any]] = [{"id": word} for word in HOSTILE] + [{"id": f"openai/{word}"} for word in HOSTILE]
    for number, word in enumerate((*HOSTILE, "\ud800", "\udfff\ud800")):
        found.append({
            "id": f"openai/new-{number}", "name": word, "description": word * 20, "context_length": 1000 + number,
            "pricing": {"prompt": "0.000001", "completion": "0.000002", f"strange{word}": word},
            "architecture": {"modality": word, "input_modalities": ["text", word], "output_modalities": ["text", word]},
            "supported_parameters": [word], "expiration_date": word, "hugging_face_id": "",
        })  # fmt: skip
    return found


@pytest.fixture(scope="module")
def hostile(make_folder: Callable[[str], Any]) -> Any:
    """Return a project that was synced once in the midst of all this, edited by hand, and changed upstream since."""
    folder = make_folder("hostile")
    folder.catalog.write_text(catalog(), encoding="utf-8")
    folder.listing(*records())
    folder.sync("--force")
    lock = folder.path / "llm_models.lock.json"
    lock.write_bytes(
        lock.read_bytes().replace(b'"tombstones": {}', b'"tombstones": {"openai:\\u001b[31m\\u202e": "2026-01-01"}')
    )
    text = folder.catalog.read_text(encoding="utf-8")
    folder.catalog.write_text(text.replace("0.001", "0.003", 3), encoding="utf-8")
    later = records()
    later[-1]["pricing"]["prompt"] = "0.5"
    folder.listing(*later[:-5], later[-1])
    return folder


def formats_of(*arguments: str) -> list[tuple[str, ...]]:
    """The same command in every format."""
    return [(*arguments, "--format", name) for name in FORMATS]


READING = [
    *formats_of("sync", "--dry-run", "--force", "--prune", "all", "--source", "../models.json"),
    *formats_of("plan", "--force", "--source", "../models.json"),
    *formats_of("diff"),
    *formats_of("status")[:3],
    *formats_of("status", f"openai/5{HOSTILE[5]}")[:3],
    ("sync", "--dry-run", "--force", "--quiet", "--source", "../models.json"),
    ("sync", "--dry-run", "--force", "--verbose", "--source", "../models.json"),
    ("sync", "--dry-run", "--preset", "classic", "--prune", "all", "--force", "--source", "../models.json"),
    ("backups",),
    ("remove", "--dry-run", f"openai/0{HOSTILE[0]}", f"openai/3{HOSTILE[3]}"),
    ("rename", "--dry-run", "openai", f"{HOSTILE[0]}0", f"new{HOSTILE[0]}", "--source", "snapshot"),
    ("rename", "--dry-run", "--key", "openai", f"0{HOSTILE[0]}", "new"),
    ("add", "--dry-run", "openai/new-1", "--source", "../models.json"),
]


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: ascii(" ".join(arguments))[1:70])
def test_what_a_verb_shows_is_harmless(hostile: Any, arguments: tuple[str, ...]) -> None:
    """No control, bidi or zero-width character; JSON is one object; each line for GitHub's runner is one command."""
    before = hostile.catalog.read_bytes()
    done = hostile.run(*arguments)
    assert done.out or "--quiet" in arguments
    if "json" in arguments:
        assert done.json["version"] == 1
        assert done.out.isascii()
    if "github" in arguments:
        assert [line for line in done.out.splitlines() if not COMMAND.match(line)] == []
    if "markdown" in arguments:
        assert "<img" not in re.sub(r"(`+).*?\1", "", done.out)
        assert "@octocat" not in re.sub(r"(`+).*?\1", "", done.out)
    assert hostile.catalog.read_bytes() == before


WRONG = [
    ("\x1b[31mverb",), ("sync", "--\x1b[31moption"), ("sync", "--unit", "\x1b[31m"), ("sync", "--source", "\x1b[31m"), ("sync", "--source", "https://\u202e.invalid/\x1b"),
    ("sync", "--take", "\x1b[31m"), ("sync", "--accept", "openai/\x1b"), ("sync", "--catalog", "\x1b.yml"), ("sync", "--replay", "\x1b"), ("plan", "-o", "\x1b/\x1b"), ("apply", "\x1b"),
    ("status", "\x1b"), ("status", "--catalog", "\x1b.yml"), ("list", "\x1b"), ("verify", "\x1b"), ("verify", "--expiring", "\x1b"), ("diff", "\x1b"), ("add", "\x1b"), ("add", "openai/\x1b"),
    ("remove", "openai/\x1b"), ("rename", "\x1b", "x", "y"), ("rename", "openai", "\x1b", "y"), ("backups", "--catalog", "\x1b.yml"), ("restore", "\x1b"), ("restore", "--catalog", "\x1b.yml"), ("init", "\x1b"),
    ("completion", "\x1b"),
]  # fmt: skip

NOBODY = {"OPENROUTER_API_BASE": "http://127.0.0.1:1", "MODELSYNC_NETWORK_SECONDS": "1"}
"""Nobody answers, and nobody is waited for."""


@pytest.mark.parametrize("arguments", WRONG, ids=ascii)
def test_what_is_wrong_on_the_command_line_is_named_harmlessly(hostile: Any, arguments: tuple[str, ...]) -> None:
    """An argument may come from a file's name or a script; its complaint obeys nobody either."""
    done = hostile.run(*arguments, **NOBODY)
    assert done.out + done.err
    assert (done.code == 0) == (arguments == ("backups", "--catalog", "\x1b.yml"))


@pytest.mark.parametrize("name", [b"\xff.yml", b"d\xff/models.yml"], ids=ascii)
@pytest.mark.parametrize("verb", [("sync", "--source", "snapshot"), ("plan", "--source", "snapshot"), ("status",), ("init",), ("backups",), ("restore",), ("diff",)], ids=lambda verb: verb[0])  # fmt: skip
def test_a_catalog_whose_name_is_no_text_is_refused(folder: Any, name: bytes, verb: tuple[str, ...]) -> None:
    """JSON names the catalog, and half a surrogate pair is no JSON; nothing is written."""
    place = os.fsencode(folder.path) + b"/" + name
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "wb") as file:
        file.write(b"providers: {openai: {models: {}}}\n")
    before = sorted(os.listdir(os.fsencode(folder.path)))
    done = folder.run(*verb, "--catalog", name)
    assert (done.code, "is not UTF-8" in done.err) == (2, True)
    assert sorted(os.listdir(os.fsencode(folder.path))) == before


def test_files_with_hostile_names(folder: Any) -> None:
    """A catalog, a plan, a listing and a backup whose names steer a terminal are named harmlessly when all goes well, too."""
    name = "a\x1b[31m\u202e.yml"
    (folder.path / name).write_text("providers: {openai: {models: {a: {model: gpt-4o}}}}\n")
    source = folder.path / "\x1b.json"
    source.write_text('{"data": [{"id": "openai/gpt-4o", "pricing": {"prompt": "0.1"}}]}')
    at = ("--catalog", name)
    for _ in range(2):
        assert "Plan written" in folder.run("plan", *at, "--source", source.name, "-o", "p\x1b.json").out
        assert folder.run("apply", "p\x1b.json", *at, "-v").code in (0, 4)
    for words in (
        ("sync", "-v", "--source", source.name),
        ("backups",),
        ("diff",),
        ("restore",),
        ("status",),
        ("backups", "--format", "json"),
    ):
        assert folder.run(*words, *at).code in (0, 4)
    assert "\\x1b" in folder.run("init", "--catalog", "b\x1b.yml").out


NAMES = [f"n{number}{word}" for number, word in enumerate(HOSTILE)]
LISTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "openai": ("OPENAI", "/models", {"object": "list", "data": [{"id": name, "object": "model", "owned_by": name} for name in NAMES]}),
    "anthropic": ("ANTHROPIC", "/v1/models", {"data": [{"id": name, "display_name": name, "type": "model"} for name in NAMES], "has_more": False}),
    "gemini": ("GEMINI", "/v1beta/models", {"models": [{"name": f"models/{name}", "displayName": name, "supportedGenerationMethods": [name]} for name in NAMES]}),
    "mistral": ("MISTRAL", "/models", {"data": [{"id": name, "name": name, "aliases": [name], "deprecation": name} for name in NAMES]}),
    "xai": ("XAI", "/models", {"data": [{"id": name} for name in NAMES]}),
}  # fmt: skip
BASES = {
    "openai": "OPENAI_BASE_URL",
    "anthropic": "ANTHROPIC_BASE_URL",
    "gemini": "GOOGLE_GEMINI_BASE_URL",
    "mistral": "MISTRAL_API_BASE",
    "xai": "XAI_API_BASE",
}


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, str]]:
    """Serve every provider's list, full of hostile text, and return the environment that leads there."""
    with HTTPServer("127.0.0.1", threaded=True) as server:
        found: dict[str, str] = {"OPENROUTER_API_BASE": server.url_for("/none"), "OLLAMA_HOST": server.url_for("/none")}
        server.expect_request(re.compile("/none")).respond_with_data("", 404)  # which nobody asks for again
        for name, (variable, path, body) in LISTS.items():
            server.expect_request(f"/{name}{path}").respond_with_json(body)
            found |= {f"{variable}_API_KEY": "sk-0123456789abcdef", BASES[name]: server.url_for(f"/{name}")}
        yield found


LISTING = [
    *formats_of("list", "-v")[:3],
    ("list", "--new", "openai"),
    *formats_of("verify"),
    ("verify", "-q"),
    ("verify", "-v", "--fix", "--dry-run"),
    ("sync", "--dry-run", "--force", "-v", "--source", "snapshot"),
]


@pytest.mark.parametrize("arguments", LISTING, ids=" ".join)
def test_what_providers_say_of_themselves_is_harmless(
    hostile: Any, served: dict[str, str], arguments: tuple[str, ...]
) -> None:
    """Their ids and names are data too."""
    done = hostile.run(*arguments, **served)
    assert done.out or "-q" in arguments
    if "json" in arguments:
        assert done.json["version"] == 1
    if "github" in arguments:
        assert [line for line in done.out.splitlines() if not COMMAND.match(line)] == []


def test_completion_offers_only_what_no_shell_reads(hostile: Any) -> None:
    """Of all the hostile names none is offered that is more than letters, digits and a few marks."""
    offered = hostile.run(_MODELSYNC_COMPLETE="bash_complete", COMP_WORDS="modelsync remove openai/", COMP_CWORD="2")
    names = [line.partition(",")[2] for line in offered.out.splitlines()]
    assert f"openai/{HOSTILE.index('null')}null" in names
    assert [name for name in names if not re.fullmatch(r"[A-Za-z0-9._/@:+,=~-]+", name)] == []


def test_a_plan_and_a_lock_full_of_hostile_text_can_be_reviewed(hostile: Any) -> None:
    """Both are read by people before they are believed: nothing in them is hidden, and nothing of it is lost."""
    plan = hostile.run("plan", "--force", "--source", "../models.json", "-o", "-")
    lock = (hostile.path / "llm_models.lock.json").read_text(encoding="utf-8")
    assert hidden(lock) == set()
    named = {*json.loads(lock)["entries"], *json.loads(lock)["waiting"]}
    assert {f"ollama/{number}{word}" for number, word in enumerate(HOSTILE)} <= named
    assert json.loads(plan.out)["plan"]["lock"]["entries"].keys() == json.loads(lock)["entries"].keys()
