"""A small world to sync in: a real folder with a catalog, its lock and listings, and a clock that the test sets."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from msgspec.structs import replace

from modelsync.domain import lock_format
from modelsync.fetch.listing import Surroundings
from modelsync.pipeline.editing import add_models, remove_entries, rename_entry, rename_model_id
from modelsync.pipeline.syncing import sync_project
from modelsync.pipeline.writing import Result
from modelsync.planning.changes import Change, Plan
from modelsync.planning.context import Options
from modelsync.project import Project
from modelsync.settings import Settings
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from pathlib import Path

    from modelsync.domain.lock import Lock
    from modelsync.fetch.exchange import Call, Response


def _no_network(call: Call) -> Response:
    message = f"the test did not expect {call.request.url} to be fetched"
    raise AssertionError(message)


class World:
    """One catalog and what happens to it. Days are ISO dates; a sync uses the newest listing written, as if downloaded that day, or `listed`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "llm_models.yml"
        self.source = folder / "models.json"
        self.settings = Settings()
        self.day = "2026-03-01"
        self.listed = ""

    def catalog(self, text: str) -> None:
        """Write the catalog; lines are as given, without the indentation of the first."""
        lines = text.strip("\n").split("\n")
        margin = len(lines[0]) - len(lines[0].lstrip(" "))
        self.path.write_text("".join(line[margin:] + "\n" for line in lines), encoding="utf-8")

    def entry(self, body: str, *, provider: str = "openai", key: str = "gpt-4o") -> None:
        """Write a catalog with one entry, whose fields are the lines of `body`."""
        fields = "".join(
            f"        {line.strip()}\n" if not line.startswith("  ") else f"        {line}\n"
            for line in body.strip("\n").split("\n")
        )
        self.path.write_text(f"providers:\n  {provider}:\n    models:\n      {key}:\n{fields}", encoding="utf-8")

    def listing(self, *records: dict[str, Any]) -> None:
        """Write what upstream says from now on."""
        self.source.write_text(json.dumps({"data": list(records)}), encoding="utf-8")

    def configure(self, **values: Any) -> None:
        """Change settings."""
        self.settings = replace(self.settings, **values)

    def sync(self, *, dry_run: bool = False, **wishes: Any) -> Result:
        """Sync as the command does."""
        return sync_project(self._project(), Options(**wishes), around=self._around(), now=self.now(), dry_run=dry_run)

    def add(self, *names: str, dry_run: bool = False) -> Result:
        """Add models as the command does."""
        return add_models(self._project(), names, around=self._around(), now=self.now(), dry_run=dry_run)

    def remove(self, *names: str, dry_run: bool = False) -> Result:
        """Remove entries as the command does."""
        return remove_entries(self._project(), names, now=self.now(), dry_run=dry_run)

    def rename_key(self, old: str, new: str, *, provider: str = "openai") -> Result:
        """Give an entry another key as the command does."""
        return rename_entry(self._project(), provider, old, new, now=self.now())

    def rename_id(self, old: str, new: str, *, provider: str = "openai") -> Result:
        """Give entries another model id as the command does."""
        return rename_model_id(self._project(), provider, old, new, around=self._around(), now=self.now())

    def _project(self) -> Project:
        return Project(self.path, replace(self.settings, source=str(self.source)))

    def _around(self) -> Surroundings:
        if self.source.exists():
            written = datetime.fromisoformat(self.listed or self.day).replace(tzinfo=UTC).timestamp()
            os.utime(self.source, (written, written))
        return Surroundings(environment={}, today=self.day, stdin=BytesIO(), send=_no_network)

    def now(self) -> datetime:
        """Noon of the day."""
        return datetime.fromisoformat(self.day).replace(hour=12, tzinfo=UTC)

    def files(self) -> dict[str, bytes]:
        """Return every file of the folder with its bytes."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def plan(self, **wishes: Any) -> Plan:
        """Plan without writing."""
        return self.sync(dry_run=True, **wishes).plan

    @property
    def text(self) -> str:
        """The catalog's text."""
        return self.path.read_text(encoding="utf-8")

    @property
    def data(self) -> Any:
        """The catalog as a YAML reader sees it."""
        return yaml.safe_load(self.text)

    def model(self, key: str = "gpt-4o", provider: str = "openai") -> Any:
        """One entry as a YAML reader sees it."""
        return self.data["providers"][provider]["models"][key]

    def entry_keys(self, provider: str = "openai") -> list[str]:
        """The keys of a provider's entries, in file order."""
        return list(self.data["providers"][provider]["models"] or {})

    @property
    def lock(self) -> Lock:
        """The lock."""
        return lock_format.decode(lock_path(self.path).read_bytes(), "lock")

    def edit(self, old: str, new: str) -> None:
        """Edit the catalog by hand: replace the only occurrence of `old`."""
        assert self.text.count(old) == 1, f"{old!r} occurs {self.text.count(old)} times"
        self.path.write_text(self.text.replace(old, new), encoding="utf-8")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return an empty folder to sync in, on 2026-03-01."""
    return World(tmp_path)


@pytest.fixture(scope="session")
def new_world() -> type[World]:
    """Return the maker of a world in a folder, for what several tests look at."""
    return World


def upstream(  # a record has that many facts
    model_id: str = "openai/gpt-4o",
    *,
    prompt: str | None = "0.0000025",
    completion: str | None = "0.00001",
    context: int | None = 128000,
    output: int | None = 16384,
    inputs: tuple[str, ...] = ("text",),
    outputs: tuple[str, ...] = ("text",),
    parameters: tuple[str, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """Make one record as OpenRouter writes it."""
    prices = {"prompt": prompt, "completion": completion}
    return {
        "id": model_id,
        "name": model_id,
        "created": 1_700_000_000,
        "context_length": context,
        "architecture": {
            "input_modalities": list(inputs),
            "output_modalities": list(outputs),
            "modality": "text->text",
        },
        "pricing": {key: price for key, price in prices.items() if price is not None},
        "top_provider": {"context_length": context, "max_completion_tokens": output},
        "supported_parameters": list(parameters),
    } | more


@pytest.fixture(name="upstream")
def upstream_fixture() -> Any:
    """Return the maker of upstream records."""
    return upstream


def kinds(plan: Plan) -> list[str]:
    """Return the kinds of a plan's changes."""
    return [type(change).__name__ for change in plan.changes]


def changes(plan: Plan, kind: type[Change]) -> list[Any]:
    """Return the changes of one kind."""
    return [change for change in plan.changes if isinstance(change, kind)]
