"""Deep, long and exponential input: an answer or a named error, by the memory and the time that any input of its size may cost."""

from __future__ import annotations

import gzip
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

ENTRY = "providers:\n  openai:\n    models:\n      a:\n        model: gpt-4o\n        pricing: {input: 0.0025, output: 0.01}\n"
PROCESSOR_SECONDS = 20
MEMORY_BYTES = 1 << 30


def limited() -> None:
    """Let the process that starts have so much processor time and memory, and no more: a hang or a bomb is its death."""
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def bounded(folder: Any, *arguments: str, stdin: bytes = b"") -> Exit:
    """Run the command within the limits and return its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "modelsync", *arguments],
        cwd=folder.path,
        env=folder.environment(),
        input=stdin,
        capture_output=True,
        preexec_fn=limited,  # nothing else runs in this process
        check=False,
    )
    assert done.returncode in (0, 2, 3, 4, 5, 6), done.stderr[-2000:]
    return Exit(done.returncode)


def levels(count: int, first: str, level: Callable[[str], str]) -> str:
    """Write anchors each of which stands for ten of the one before: 10^count values."""
    lines = [f"a0: &a0 {first}"]
    lines += [f"a{number}: &a{number} {level(','.join([f'*a{number - 1}'] * 10))}" for number in range(1, count)]
    return "\n".join(lines) + "\n" + ENTRY


CATALOGS = {
    "flow nested deep": "[" * 1_000_000,
    "blocks nested deep": "".join(" " * depth + "a:\n" for depth in range(2_000)),
    "dashes nested deep": "- " * 100_000,
    "keys nested deep": "? " * 100_000,
    "a billion laughs": levels(12, "[x]", lambda inner: f"[{inner}]"),
    "a billion merges": levels(12, "{x: 1}", lambda inner: f"{{<<: [{inner}]}}"),
    "an anchor in itself": "a: &a [*a]\n" + ENTRY,
    "a quote without end": 'a: "' + "\\\n" * 1_000_000,
    "one key, many times": ENTRY + "      k: {}\n" * 50_000,
    "ten megabytes of comment": "#" * 10_000_000 + "\n" + ENTRY,
    "ten megabytes of blanks": "a:" + " " * 10_000_000 + "\n" + ENTRY,
    "ten megabytes of description": ENTRY + "        description: " + "x y " * 2_500_000 + "\n",
}


@pytest.mark.parametrize("name", CATALOGS)
def test_a_catalog_of_any_shape_is_read_or_refused(folder: Any, name: str) -> None:
    """It ends with an exit code, and the file is as it was, or more."""
    folder.catalog.write_text(CATALOGS[name], encoding="utf-8")
    code = bounded(folder, "sync", "--source", "snapshot", "-q")
    if Exit(code) is Exit.INVALID:
        assert folder.catalog.read_text(encoding="utf-8") == CATALOGS[name]
    else:
        assert code in (Exit.DONE, Exit.PARTIAL)
        assert len(folder.catalog.read_bytes()) > len(CATALOGS[name])


NUMBERS = {
    "exponents of a billion": "1.0e+999999999",
    "exponents below": "1.0e-999999999",
    "exponents no machine holds": "1.0e+99999999999999999999",
    "hours, minutes, seconds and so on": ":".join(["1"] * 200_000),
    "a hundred thousand digits": "1" * 100_000,
    "a hundred thousand hex digits": "0x" + "f" * 100_000,
    "a hundred thousand bits": "0b" + "1" * 100_000,
    "an infinity": ".inf",
}


@pytest.mark.parametrize("name", NUMBERS)
def test_no_number_of_a_catalog_is_worked_out_at_any_price(folder: Any, name: str) -> None:
    """Neither where a price or a limit should be, nor where `diff` compares what it does not know."""
    folder.catalog.write_text(ENTRY + "        own: 1\n", encoding="utf-8")
    assert bounded(folder, "sync", "--source", "snapshot", "-q") == Exit.DONE
    text = folder.catalog.read_text(encoding="utf-8").replace("own: 1", f"own: {NUMBERS[name]}")
    folder.catalog.write_text(text.replace("input: 0.0025", f"input: {NUMBERS[name]}"), encoding="utf-8")
    assert bounded(folder, "diff", "--format", "json") == Exit.DONE
    assert bounded(folder, "status", "openai/a") == Exit.DONE
    assert bounded(folder, "sync", "--source", "snapshot", "--dry-run", "--take", "openai/a.pricing") == Exit.DONE


DEEP = "[" * 200_000
SETTINGS = {
    "nested deep": f"pins = {DEEP}\n",
    "nested tables": "[" + ".".join(["a"] * 3_000) + "]\n",
    "a long number": f"x = {'9' * 5_000}\n",
    "a long text": f'source = "{"x" * 5_000_000}"\n',
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_any_shape_are_read_or_refused(folder: Any, name: str) -> None:
    """A parser that gives up is an invalid file, not a bug."""
    folder.catalog.write_text(ENTRY, encoding="utf-8")
    (folder.path / "modelsync.toml").write_text(SETTINGS[name], encoding="utf-8")
    assert bounded(folder, "sync", "-q") in (Exit.INVALID, Exit.REFUSED)


def test_a_list_a_lock_and_a_plan_nested_deep(folder: Any) -> None:
    """Each is named as what it is not."""
    folder.catalog.write_text(ENTRY, encoding="utf-8")
    assert bounded(folder, "sync", "--source", "-", stdin=f'{{"data": {DEEP}'.encode()) == Exit.NOTHING_FETCHED
    assert bounded(folder, "apply", "-", stdin=f'{{"version": 1, "plan": {DEEP}'.encode()) == Exit.INVALID
    (folder.path / "llm_models.lock.json").write_text(f'{{"version": 1, "entries": {DEEP}')
    assert bounded(folder, "sync", "--source", "snapshot") == Exit.INVALID


def test_a_compressed_list_on_standard_input_is_no_list(folder: Any) -> None:
    """Nothing is unpacked that nobody asked for."""
    folder.catalog.write_text(ENTRY, encoding="utf-8")
    bomb = gzip.compress(b"[" * 50_000_000)
    assert bounded(folder, "sync", "--source", "-", stdin=bomb) == Exit.NOTHING_FETCHED
