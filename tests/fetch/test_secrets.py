"""Secrets in texts: none gets out, however it is quoted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.fetch.secrets import find_key, holds_secrets, redact, without_keys, without_secrets
from modelsync.settings import ProviderAccess

if TYPE_CHECKING:
    from pathlib import Path

SECRET = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=6).filter(
    lambda text: len(text.strip()) >= 6
)


@given(SECRET, st.text(max_size=20), st.sampled_from([str, repr, json.dumps, quote]))
def test_no_spelling_of_it_stays(secret: str, around: str, spelled: type[str]) -> None:
    """As it is, in a traceback, in JSON, in an address."""
    written = spelled(secret).strip("'\"") if spelled in (repr, json.dumps) else spelled(secret)
    text = without_secrets(f"{around}{spelled(secret)}{around}", {"MY_API_KEY": secret})
    assert written not in text.replace("<MY_API_KEY>", "")


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("OPENAI_API_KEY", True), ("ANTHROPIC_AUTH_TOKEN", True), ("my_secret", True), ("DB_PASSWORD", True), ("OPENAIKEY", True), ("AWS_SECRET_ACCESS_KEY", True),
        ("AWS_CREDENTIALS", True), ("GIT_AUTHOR_NAME", False), ("TOKENIZERS_PARALLELISM", False), ("HOME", False), ("KEYBOARD", False),
    ],
)  # fmt: skip
def test_which_variables_hold_secrets(name: str, is_secret: bool) -> None:
    """By a word of their name; a person's name is none."""
    text = without_secrets("it is hunter22.", {name: "hunter22"})
    assert text == (f"it is <{name}>." if is_secret else "it is hunter22.")
    assert holds_secrets(b"it is hunter22.", {name: "hunter22"}) is is_secret


def test_the_longer_secret_first() -> None:
    """One that contains another leaves no rest of itself."""
    assert without_secrets("abcdef-ghij abcdef", {"A_KEY": "abcdef", "B_KEY": "abcdef-ghij"}) == "<B_KEY> <A_KEY>"


def test_logins_and_queries_of_addresses() -> None:
    """Whoever put them there; the rest of the address is of use."""
    text = redact("GET https://me:pw@h.example/list?key=1&b=2 failed, 'http://h/?q=3'", {})
    assert text == "GET https://<login>@h.example/list?<query> failed, 'http://h/?<query>'"


def test_a_key_from_a_file_is_known_too(tmp_path: Path) -> None:
    """From when it is read on, it is blacked out as a variable's is."""
    path = tmp_path / "openai.key"
    path.write_text("file-secret-1\n")
    path.chmod(0o600)
    key = find_key((), ProviderAccess(api_key_file=str(path)), {})
    assert key is not None
    assert (key.value, key.source, key.variable) == ("file-secret-1", "api_key_file", "")
    assert redact("file-secret-1", {}) == "<openai.key>"


def test_a_key_that_is_repeated_in_escapes_is_recognized() -> None:
    """As PHP writes slashes, or with every letter spelled; what must stay escaped stays."""
    key = "sk-canary/with+slash=0123456789"
    spelled = "".join(f"\\u{ord(letter):04x}" for letter in key)
    slashed = key.replace("/", "\\/")
    body = rf'{{"a": "{spelled}", "b": "{slashed}", "c": "\u0022 \\u0041 \n \u005c"}}'.encode()
    cleaned = without_keys(body, {"OPENAI_API_KEY": key})
    assert cleaned == rb'{"a": "<OPENAI_API_KEY>", "b": "<OPENAI_API_KEY>", "c": "\u0022 \\u0041 \n \u005c"}'
    quoted = f"{key} {quote(key)} {quote(key, safe='')}".encode()
    assert without_keys(quoted, {"OPENAI_API_KEY": key}) == b" ".join([b"<OPENAI_API_KEY>"] * 3)
    assert without_keys(body, {"OPENAI_API_KEY": "sk-another/with+slash=0123456789"}) == body
