"""modelsync runs nothing that a file says, and reaches nobody it was not told to: shown by its source, and by processes that would fail."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "modelsync"
FORBIDDEN_NAMES = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
FORBIDDEN_MODULES = {
    "pickle", "marshal", "shelve", "dill", "code", "codeop", "ctypes", "runpy", "xmlrpc",  "telnetlib", "ftplib", "smtplib", "webbrowser", "multiprocessing", "imp", "pty",
}  # fmt: skip
FORBIDDEN_ATTRIBUTES = {
    "yaml": {"load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all", "Loader", "UnsafeLoader", "FullLoader", "add_constructor"},
    "os": {"system", "popen", "execv", "execve", "execl", "execvp", "execlp", "spawnl", "spawnv", "posix_spawn", "fork", "startfile"},
    "builtins": FORBIDDEN_NAMES,
}  # fmt: skip
STARTS_PROCESSES = {"store/revisions.py"}
"""The only module that starts a process: git, by its name, with a list of arguments, for `modelsync diff REVISION`."""
READS_MODULES_BY_NAME = {"__init__.py", "cli/app.py"}
"""Where a module is imported by a name worked out: from a table in the same file."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the package, parsed."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """Names of modules that are imported, at the top or inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def offences(tree: ast.Module) -> Iterator[str]:
    """What could run code that a file brings, wherever it stands in a module."""
    for name in imported(tree):
        first, _, rest = name.partition(".")
        if first in FORBIDDEN_MODULES or rest in FORBIDDEN_ATTRIBUTES.get(first, ()):
            yield f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_NAMES:
            yield f"calls {node.func.id}"
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES.get(ast.unparse(node.value), ()):
            yield f"uses {ast.unparse(node)}"
        if isinstance(node, ast.keyword) and node.arg == "shell":
            yield "gives `shell` to a process"


def test_nothing_in_the_package_can_run_what_a_file_says() -> None:
    """No eval, exec or pickle, no YAML loader that builds objects, no shell."""
    assert {name: found for name, tree in sources() if (found := [*offences(tree)])} == {}


@pytest.mark.parametrize(
    "code",
    ["eval('1')", "import pickle", "def f():\n    from pickle import loads", "import yaml\nyaml.load(x)", "from yaml import unsafe_load", "import os\nos.system('x')", "run(x, shell=True)", "from os import popen", "import ctypes.util", "__import__('x')"],
)  # fmt: skip
def test_the_check_itself_finds_each(code: str) -> None:
    """Otherwise the test above would prove nothing."""
    assert [*offences(ast.parse(code))]


def test_processes_are_started_in_one_place() -> None:
    """Git, for a comparison that a person asks for; never with words that settings or catalogs hold as the program."""
    found = {name for name, tree in sources() if any(part.split(".")[0] == "subprocess" for part in imported(tree))}
    assert found == STARTS_PROCESSES
    text = (PACKAGE / "store" / "revisions.py").read_text(encoding="utf-8")
    assert text.count("subprocess.run(") == text.count("[*command, *arguments]") == 1
    (command,) = (
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "command"
    )
    assert isinstance(command, ast.List)
    assert ast.unparse(command.elts[0]) == "'git'"


def test_modules_are_imported_by_fixed_names() -> None:
    """No setting can name a module to load."""
    found = {name for name, tree in sources() if any(part.split(".")[0] == "importlib" for part in imported(tree))}
    assert found <= READS_MODULES_BY_NAME


ADDRESS = re.compile(r"https?://([a-z0-9.-]+\.[a-z]{2,})")
KNOWN_HOSTS = {
    "openrouter.ai", "api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com", "api.mistral.ai", "api.x.ai",
}  # fmt: skip
FORMATS = {"json-schema.org"}
"""Addresses that are the names of formats: nobody asks them."""


def test_the_package_knows_no_address_but_those_of_lists_of_models() -> None:
    """Nothing is reported to anybody: there is nobody to report to."""
    hosts = {
        host
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for host in ADDRESS.findall(node.value)
    }
    assert hosts - KNOWN_HOSTS - FORMATS == set()


IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
def refuse(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "urllib.")) and event != "socket.__new__":
        raise RuntimeError(f"{event} while importing")
    if event == "open" and arguments[1] and set(arguments[1]) & set("wax+"):
        raise RuntimeError(f"{arguments[0]} is written while importing")
sys.dont_write_bytecode = True
sys.addaudithook(refuse)
import modelsync
for module in pkgutil.walk_packages(modelsync.__path__, "modelsync."):
    if module.name != "modelsync.__main__":
        importlib.import_module(module.name)
        print(module.name)
"""


def test_importing_every_module_reaches_nobody_and_writes_nothing() -> None:
    """In a process in which a socket that connects, a process that starts and a file that is written are errors."""
    command = [sys.executable, "-I", "-c", IMPORT_ALL, str(PACKAGE.parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env={})
    assert (done.returncode, done.stderr) == (0, "")
    modules = {path for path in PACKAGE.rglob("*.py") if path.name not in ("__main__.py", "__init__.py")}
    assert len(set(done.stdout.split())) >= len(modules)


OFFLINE = """
import runpy, sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto") or event.startswith("subprocess."):
        raise RuntimeError(f"{event}: {arguments}")
sys.addaudithook(refuse)
sys.argv = ["modelsync", *sys.argv[1:]]
runpy.run_module("modelsync", run_name="__main__")
"""
ENTRY = "providers:\n  openai:\n    models:\n      a:\n        model: gpt-4o\n"
VERBS = [
    ("sync", "--source", "snapshot"), ("plan", "--source", "snapshot"), ("status",), ("backups",), ("diff",), ("restore",), ("--version",), ("--help",), ("completion", "bash"),
    ("rename", "openai", "gpt-4o", "gpt-4.1"), ("remove", "openai/a"),
]  # fmt: skip


def test_a_run_that_needs_no_network_tries_none(folder: Any) -> None:
    """Offline verbs, with keys in the environment: no look-up of a name, no connection, no process, no telemetry."""
    folder.catalog.write_text(ENTRY)
    keys = {"OPENAI_API_KEY": "sk-0123456789", "OPENROUTER_API_KEY": "sk-0123456789"}
    for verb in VERBS:
        done = subprocess.run(
            [sys.executable, "-c", OFFLINE, *verb],
            cwd=folder.path,
            env=folder.environment(**(keys if verb[0] not in ("sync", "plan") else {})),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (verb, done.stderr)


RUNNABLE = [
    "$(touch owned)",
    "`touch owned`",
    "!!python/object/apply:os.system [touch owned]",
    "| touch owned",
    "--output=owned",
]


def test_settings_and_catalogs_run_nothing(folder: Any) -> None:
    """Every setting that is a text, and every text of a catalog, holding what a shell, a template or a YAML tag would run."""
    for word in RUNNABLE:
        yaml = "'" + word.replace("'", "''") + "'"
        folder.catalog.write_text(
            ENTRY
            + f"        own: {yaml}\n        {yaml}: {yaml}\n        tagged: !!python/object/apply:os.system ['touch owned']\n"
        )
        toml = f"'{word}'"
        (folder.path / "modelsync.toml").write_text(
            f"source = {toml}\npins = ['openai/x{word}']\n[add]\nopenai = [{toml}]\n[exclude]\nopenai = [{toml}]\n[match]\n'openai/a' = {toml}\n"
            f"[vendors]\n{toml} = {toml}\n[providers.openai]\napi_key_file = {toml}\nbase_url = {toml}\n"
        )
        for verb in (
            ("sync",),
            ("sync", "--source", "snapshot"),
            ("diff", word),
            ("list", "openai"),
        ):
            folder.run(*verb)
        assert [path.name for path in folder.root.rglob("owned")] == []
