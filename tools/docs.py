"""Keep the documentation true: run its examples, generate its tables.

    python tools/docs.py            rewrite what is generated
    python tools/docs.py --check    exit 1 when a page is not what it would be rewritten to

In README.md and docs/*.md:
- a fenced block under `<!-- file: NAME -->` is written to a scratch folder, one folder a page;
- in a ```console block every line that starts with `$ ` is run there, offline, and what it prints replaces what stood below;
- what stands between `<!-- generated: NAME -->` and `<!-- end -->` is replaced by the table of that name, which may need the recorded data;
- every relative link must lead to a file.
Stamps of backups are shown as 20260901_120000 and today as 2026-09-01, so that a page does not change with the day.
"""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import get_type_hints

from modelsync.catalog.schema import Rates
from modelsync.domain.rates import PER_USE
from modelsync.errors import Exit
from modelsync.layouts.builtin import NAMES, table_named, unit_named
from modelsync.layouts.table import Table
from modelsync.settings import ADD, EXCLUDED, VENDORS, Backups, Guards, PriceDetail, ProviderAccess, Prune, Settings
from modelsync.sources.registry import APIS

REPO = Path(__file__).resolve().parent.parent
TODAY = datetime.now(UTC).date().isoformat()
STAMP = re.compile(r"\b20\d{6}_\d{6}(?:_\d+)?\b")
FILE = re.compile(r"<!-- file: (\S+) -->\n+```\w*\n(.*?)```", re.DOTALL)
CONSOLE = re.compile(r"(```console\n)(.*?)(```)", re.DOTALL)
PIECES = re.compile(f"{FILE.pattern}|{CONSOLE.pattern}", re.DOTALL)
GENERATED = re.compile(r"(<!-- generated: (\S+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def pages() -> list[Path]:
    """Return every page that may hold generated parts."""
    return [REPO / "README.md", *sorted((REPO / "docs").glob("*.md"))]


def render(page: Path) -> str:
    """Return a page as it should be."""
    text = GENERATED.sub(
        lambda found: found[1] + (TABLES[found[2]]() or found[3]) + found[4], page.read_text(encoding="utf-8")
    )
    with tempfile.TemporaryDirectory() as folder:
        return PIECES.sub(lambda found: _piece(found, Path(folder)), text)


def _piece(found: re.Match[str], folder: Path) -> str:
    name, body, start, commands, end = found.groups()
    if name is not None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(body, encoding="utf-8")
        return found[0]
    return start + "".join(_run(command, folder) for command in _commands(commands)) + end


def _commands(block: str) -> list[str]:
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def _run(command: str, folder: Path) -> str:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "MODELSYNC_SOURCE": "snapshot",
    }
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if "modelsync: a bug: " in done.stderr:
        sys.exit(f"no page is written with a bug in it: {command}\n{done.stderr}")
    output = STAMP.sub("20260901_120000", done.stdout + done.stderr).replace(TODAY, "2026-09-01")
    return f"$ {command}\n" + output + ("" if not output or output.endswith("\n") else "\n")


def _documented(kind: type, prefix: str = "", **needed: str) -> list[tuple[str, str, str]]:
    """Read the lines `name: meaning` of a settings type's docstring, with each setting's default; `needed` have none."""
    described = re.findall(
        r"^(\w+): (.*?)(?=^\w+: |\Z)", inspect.cleandoc(kind.__doc__ or ""), re.DOTALL | re.MULTILINE
    )
    defaults = kind(**needed)
    return [
        (prefix + name, "" if name in needed else _default(getattr(defaults, name)), " ".join(meaning.split()))
        for name, meaning in described
    ]


def _default(value: object) -> str:
    if value is None or isinstance(value, PriceDetail | Prune | Guards | Backups):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value if not isinstance(value, str) else repr(value)}`".replace(
        "'", '"'
    )


_TABLES = ("pricing", "prune", "guards", "backups", "providers")


def _settings_table() -> str:
    rows = [row for row in _documented(Settings) if row[0] not in _TABLES]
    rows += (
        _documented(PriceDetail, "pricing.")
        + _documented(Prune, "prune.")
        + _documented(Guards, "guards.")
        + _documented(Backups, "backups.")
    )
    rows += _documented(ProviderAccess, "providers.NAME.")
    return _table(
        ("setting", "default", "meaning"), [(f"`{name}`", default, meaning) for name, default, meaning in rows]
    )


def _layout_table() -> str:
    rows = _documented(Table, at="")
    return _table(
        ("setting", "default", "meaning"), [(f"`{name}`", default, meaning) for name, default, meaning in rows]
    )


def _layouts_table() -> str:
    rows: list[tuple[str, ...]] = []
    for name in NAMES:
        table = table_named(name)
        places = [table.at] if isinstance(table.at, str) else table.at
        unit = unit_named(name)
        rows.append((f"`{name}`", ", ".join(f"`{place}`" for place in places), f"`{unit}`" if unit else "to be said"))
    return _table(("layout", "where its entries are", "unit"), rows)


def _exit_table() -> str:
    return _table(("code", "meaning"), [(str(code.value), code.meaning) for code in Exit])


def _defaults_table() -> str:
    providers = sorted({*VENDORS.values(), "openrouter"})
    vendors = {
        provider: ", ".join(f"`{vendor}/`" for vendor, owner in VENDORS.items() if owner == provider)
        or "every vendor, by full id"
        for provider in providers
    }
    excluded = {
        provider: ", ".join(f"`{name}`" for name in EXCLUDED.get(provider, ())) or "none" for provider in providers
    }
    return _table(
        ("provider", "upstream prefixes", "add", "excluded"),
        [(f"`{name}`", vendors[name], f"`{ADD.get(name, 'none')}`", excluded[name]) for name in providers],
    )


def _apis_table() -> str:
    def named(variables: tuple[str, ...]) -> str:
        return ", ".join(f"`{variable}`" for variable in variables)

    rows = [
        (api.display, f"`{api.name}`", named(api.key_variables), named(api.base_variables)) for api in APIS.values()
    ]
    return _table(("provider", "in the catalog", "key", "another address"), rows)


def _rates_table() -> str:
    meant = {
        name: note.__metadata__[-1].description for name, note in get_type_hints(Rates, include_extras=True).items()
    }
    rows = [
        (f"`{name}`", meaning.split(", in USD")[0].rstrip(".") + ".", "USD each" if name in PER_USE else "the unit")
        for name, meaning in meant.items()
    ]
    return _table(("key", "the price of", "in"), rows)


def _measured_layouts() -> str:
    """Sync the recorded files of other teams; where they are not here, say nothing, and the page stays as it is."""
    data = Path(os.environ.get("MODELSYNC_SHARED_DATA") or REPO.parent / "shared" / "data")
    if not (data / "wild").is_dir():
        return ""
    trial = [sys.executable, str(REPO / "tests" / "wild" / "trial.py"), str(data)]
    return subprocess.run(trial, capture_output=True, text=True, check=True).stdout


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


TABLES = {
    "settings": _settings_table,
    "exit-codes": _exit_table,
    "providers": _defaults_table,
    "rates": _rates_table,
    "apis": _apis_table,
    "layout": _layout_table,
    "layouts": _layouts_table,
    "layouts-measured": _measured_layouts,
}


def _broken_links(page: Path, text: str) -> list[str]:
    return [
        f"{page.relative_to(REPO)}: no such file: {link}"
        for link in LINK.findall(text)
        if not (page.parent / link).exists()
    ]


def main() -> int:
    """Rewrite or check every page."""
    check = "--check" in sys.argv[1:]
    os.environ.pop("PYTHONPATH", None)
    complaints: list[str] = []
    for page in pages():
        text = render(page)
        complaints += _broken_links(page, text)
        if text == page.read_text(encoding="utf-8"):
            continue
        if check:
            complaints.append(f"{page.relative_to(REPO)} is out of date: run `make docs`")
        else:
            page.write_text(text, encoding="utf-8")
            print(f"wrote {page.relative_to(REPO)}")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
