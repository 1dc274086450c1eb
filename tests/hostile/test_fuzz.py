"""Damaged and invented bytes at every door: read or refused by name, nothing planned that was not asked for, nothing written in between.

The examples are few in `make test` and always the same; `make fuzz` tries many more, new ones each time.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.catalog.document import locate, parse, plain_value
from modelsync.catalog.entries import read_sections
from modelsync.catalog.nodes import Mapping
from modelsync.catalog.splice import Conflict, InsertKey, NotEditable, RemoveKey, RenameKey, SetScalar, splice
from modelsync.catalog.view import Catalog
from modelsync.domain import lock_format
from modelsync.errors import (
    CatalogInvalid,
    Exit,
    LockInvalid,
    ModelsyncError,
    NothingFetched,
    PlanInvalid,
    SettingsInvalid,
)
from modelsync.fetch.listing import Surroundings
from modelsync.layouts.builtin import LLM_MODELS
from modelsync.pipeline.applying import apply_plan
from modelsync.pipeline.editing import add_models, remove_entries
from modelsync.pipeline.standing import status_of
from modelsync.pipeline.syncing import sync_project
from modelsync.planning import plan_file
from modelsync.planning.context import Options
from modelsync.project import Project
from modelsync.settings import Settings, load, written_settings
from modelsync.sources import openrouter
from modelsync.sources.records import is_id
from modelsync.sources.registry import APIS
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelsync.catalog.document import Document
    from modelsync.fetch.exchange import Call, Response
    from modelsync.sources.api import Api

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATH = ("providers", "openai", "models")
CATALOG = """\
# ours
providers:
  openai:
    models: &all
      gpt-4o:   # the good one
        model: gpt-4o
        description: "a: b"
        context_length: 128_000
        pricing: {input: 0.0025, output: !!float 0.01}   # USD
        features: [vision, 'house style']
        own: {since: 2024-05-13, at: 1:30, "deep": [1, {x: ~}]}
      fast:
        model: gpt-4.1-mini
        notes: |
          two
          lines
        pinned: true
  ollama:
    models: {}
defaults: &d {timeout: 30}
other: {<<: *d, ref: *d}
"""
PIECES = st.sampled_from([
    b":", b": ", b"\n", b"\n  ", b"\t", b"- ", b"? ", b"#", b" #", b"&a ", b"*a", b"*d", b"!!", b"!x ", b"|", b">-\n", b"'", b'"', b"{", b"}", b"[", b"]", b",", b"<<: ", b"---\n", b"...\n", b"%YAML 1.1\n", b"\r\n", b"\r", b"\xef\xbb\xbf",
    b"\xff", b"\x00", b"\x1b", b"\xc2\x85", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"~", b"null", b"yes", b"017", b"1:30", b"1e999", b"1.0e+999999999999", b".nan", b"0x1F", b"1_000", b"=", b"\\", b"\\ud800", b"<<<<<<< x\n", b"9" * 30, b"null,", b"true", b"{}", b"-1",
])  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes with up to four pieces cut out, put in or said twice."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        piece = draw(PIECES | st.just(data[start:end] * 2) | st.binary(max_size=3))
        data = data[:start] + piece + data[end:]
    return data


def places(document: Document) -> list[tuple[str | int, ...]]:
    """Paths of the first keys of a document that is a mapping, and of those inside them."""
    found: list[tuple[str | int, ...]] = []
    stack: list[tuple[str | int, ...]] = [()]
    while stack and len(found) < 60:
        path = stack.pop(0)
        try:
            node = locate(document, path)
        except KeyError:
            continue
        found.append(path)
        if isinstance(node, Mapping):
            stack += [(*path, key.value) for key, _ in node.pairs]
    return found


def read_and_edit(data: bytes, draw: Any) -> None:
    """Read bytes as a catalog; where that is possible, edit it somewhere, and hold the result against what was asked."""
    try:
        document = parse(data, "c.yml")
    except CatalogInvalid as error:
        assert "\n" not in str(error)  # noqa: PT017  # only some examples raise
        return
    plain_value(document.root)
    assert splice(document, []).data == data
    with suppress(CatalogInvalid):
        read_sections(document, LLM_MODELS, unit="1k", path="c.yml")
    paths = places(document)
    if not paths:
        return
    path = draw.draw(st.sampled_from(paths))
    edit = draw.draw(
        st.sampled_from([
            SetScalar(path, "a: b"), SetScalar(path, 5), InsertKey(path, "null", {"x": ["1:30"]}), RemoveKey(path), RenameKey(path, "017")
        ])
    )  # fmt: skip
    try:
        spliced = splice(document, [edit])  # raises SpliceMismatch if a new reading is not the plan: a bug
    except (NotEditable, Conflict):
        return
    text = document.text
    for start, end, replacement in reversed(spliced.spans):
        text = text[:start] + replacement + text[end:]
    assert spliced.data == text.encode()


@given(data=damaged(CATALOG.encode()), draw=st.data())
def test_a_damaged_catalog(data: bytes, draw: Any) -> None:
    """It is refused with one line, or read and edited in exactly one place."""
    read_and_edit(data, draw)


@given(data=st.binary(max_size=200) | st.lists(PIECES, max_size=30).map(b"".join), draw=st.data())
def test_bytes_that_are_hardly_a_catalog(data: bytes, draw: Any) -> None:
    """The same of what was never one."""
    read_and_edit(data, draw)


@given(draw=st.data())
def test_catalogs_of_other_people_damaged(shared_data: Path, draw: Any) -> None:
    """The same of recorded files of thirty projects, which nobody wrote for this tool."""
    files = sorted((shared_data / "wild").glob("*.y*ml"))
    read_and_edit(draw.draw(damaged(draw.draw(st.sampled_from(files)).read_bytes())), draw)


RECORD = {
    "id": "openai/gpt-4o", "name": "GPT", "description": "d", "created": 1_700_000_000, "context_length": 128000, "pricing": {"prompt": "0.0000025", "completion": "0.00001", "overrides": [{"utc_start": "1", "prompt": "1"}]},
    "architecture": {"modality": "text->text", "input_modalities": ["text"], "output_modalities": ["text"]}, "top_provider": {"context_length": 1, "max_completion_tokens": 16384}, "supported_parameters": ["tools"],
    "alias_target": {"slug": "x"}, "expiration_date": "2027-01-01", "hugging_face_id": "", "links": {"next": None}, "display_name": "x", "displayName": "x", "inputTokenLimit": 1, "supportedGenerationMethods": ["generateContent"],
    "details": {"family": "x"}, "model": "x", "modified_at": "2026-01-01T00:00:00Z", "capabilities": {"vision": True}, "max_context_length": 1, "aliases": ["x"], "deprecation": None, "type": "model",
}  # fmt: skip
LISTS = [
    json.dumps({"data": [RECORD, RECORD | {"id": "openai/o3"}], "links": {"next": None}, "total_count": 2, "has_more": False, "last_id": "x"}).encode(),
    json.dumps({"models": [RECORD | {"name": "models/gemini-x"}, RECORD | {"name": "llama3:8b"}], "nextPageToken": ""}).encode(),
]  # fmt: skip


@given(body=st.one_of(*map(damaged, LISTS)) | st.binary(max_size=60))
def test_a_damaged_listing(body: bytes) -> None:
    """It is a listing whose every id is usable, or none; damage alone never makes it complete and empty."""
    try:
        listing = openrouter.read([body], source="test", day="2026-03-01")
    except NothingFetched:
        return
    assert all(is_id(record.id) for record in listing.records)
    assert listing.records or not listing.complete


def converse(api: Api, bodies: Callable[[], bytes]) -> None:
    """Hold a conversation in which every answer is damaged; it ends, and lists only usable ids."""
    conversation = api.ask("https://provider.test/base", {}, "2026-03-01")
    try:
        requests = next(conversation)
        for _ in range(300):
            assert all(request.url.startswith("https://provider.test/") for request in requests)
            requests = conversation.send([bodies() for _ in requests])
        pytest.fail("it never ends")
    except StopIteration as stop:
        assert all(is_id(model.id) for model in stop.value.models)  # noqa: PT017  # only some examples raise
    except NothingFetched as error:
        assert "\n" not in str(error)  # noqa: PT017  # only some examples raise


@pytest.mark.parametrize("name", APIS)
@given(draw=st.data())
def test_a_providers_damaged_list(name: str, draw: Any) -> None:
    """Whatever it answers, page after page: the conversation ends, stays with that host, and knows only usable ids."""
    answers = st.one_of(*map(damaged, LISTS)) | st.sampled_from(LISTS)
    converse(APIS[name], lambda: draw.draw(answers))


SETTINGS = """\
catalog = "llm_models.yml"
source = "openrouter"
unit = "1m"
pins = ["openai/gpt-4o", "anthropic/*.pricing"]
[add]
openai = ["gpt-5*"]
gemini = "all"
[match]
"openai/fast" = "openai/gpt-4.1-mini"
[prune]
grace_days = 7
[backups]
keep = 10
[providers.openai]
api_key_file = "~/key"
base_url = "https://x.invalid/v1"
"""


@given(data=damaged(SETTINGS.encode()) | st.binary(max_size=40))
def test_damaged_settings(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """They are settings, or refused with the file's name."""
    folder = tmp_path_factory.getbasetemp() / "damaged-settings"  # beside the other tests' folders, not above them
    folder.mkdir(exist_ok=True)
    path = folder / "modelsync.toml"
    path.write_bytes(data)
    try:
        load(path)
        written_settings(path)
    except SettingsInvalid as error:
        assert str(error).startswith(str(path))  # noqa: PT017  # only some examples raise


class World:
    """A catalog that was synced once, its lock, and a listing that has changed since."""

    def __init__(self, folder: Path) -> None:
        self.catalog = folder / "llm_models.yml"
        self.lock = lock_path(self.catalog)
        self.project = Project(self.catalog, Settings(source=str(folder / "models.json")))
        self.catalog.write_text(CATALOG, encoding="utf-8")
        self._listing("0.0000025", "openai/gpt-4o", "openai/gpt-4.1-mini", "openai/o3", "openai/o4")
        self.sync(dry_run=False)
        remove_entries(self.project, ("openai/o3",), now=NOW)
        self._listing("0.000003", "openai/gpt-4o", "openai/o4", "openai/o5")
        self.good = {path: path.read_bytes() for path in (self.catalog, self.lock)}
        self.plan = plan_file.encode(self.sync(dry_run=True), catalog=self.catalog.name, modelsync="0")

    def _listing(self, price: str, *ids: str) -> None:
        records = [
            {
                "id": name,
                "created": 1_700_000_000,
                "context_length": 1000,
                "pricing": {"prompt": price, "completion": "0.00001"},
            }
            for name in ids
        ]
        Path(self.project.settings.source).write_text(json.dumps({"data": records}))

    def around(self) -> Surroundings:
        """The outside world: no network."""
        return Surroundings(environment={}, today="2026-03-01", stdin=BytesIO(), send=_no_network)

    def sync(self, *, dry_run: bool) -> Any:
        """Sync and return the plan."""
        return sync_project(self.project, Options(force=True), around=self.around(), now=NOW, dry_run=dry_run).plan

    def reset(self) -> None:
        """Put both files back as they were."""
        for path, data in self.good.items():
            path.write_bytes(data)


def _no_network(call: Call) -> Response:
    message = f"the test did not expect {call.request.url} to be fetched"
    raise AssertionError(message)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return one world; each example puts it back."""
    return World(tmp_path_factory.mktemp("fuzz"))


def outcome(action: Callable[[], object]) -> Exit:
    """Do something and return the exit code that it means; anything but a named error fails the test."""
    try:
        action()
    except ModelsyncError as error:
        assert error.exit_code is not Exit.BUG, error  # noqa: PT017  # only some examples raise
        return error.exit_code
    return Exit.DONE


@given(draw=st.data())
def test_a_damaged_lock(world: World, draw: Any) -> None:
    """It is refused, or it is a lock: written again it says the same; and each verb that reads it ends with a named error at worst."""
    world.reset()
    data = draw.draw(damaged(world.good[world.lock]))
    world.lock.write_bytes(data)
    try:
        lock = lock_format.decode(data, "lock")
    except LockInvalid:
        assert outcome(lambda: world.sync(dry_run=False)) == Exit.INVALID
        assert world.catalog.read_bytes() == world.good[world.catalog]
        return
    assert lock_format.decode(lock_format.encode(lock), "lock") == lock
    outcome(lambda: status_of(world.project, {}, today=NOW.date()))
    outcome(lambda: Catalog.load(world.catalog))
    outcome(lambda: add_models(world.project, ("openai/o5",), around=world.around(), now=NOW, dry_run=True))
    outcome(lambda: remove_entries(world.project, ("openai/gpt-4o",), now=NOW, dry_run=True))
    outcome(lambda: world.sync(dry_run=False))


@given(draw=st.data())
def test_a_damaged_plan(world: World, draw: Any) -> None:
    """It is refused with nothing written, or carried out as a plan that fits."""
    world.reset()
    data = draw.draw(damaged(world.plan))
    try:
        file = plan_file.decode(data, "plan")
    except PlanInvalid:
        return
    if outcome(lambda: apply_plan(world.project, file, "plan", now=NOW)) is not Exit.DONE:
        assert {path: path.read_bytes() for path in world.good} == world.good


@given(draw=st.data())
def test_a_damaged_catalog_through_the_whole_journey(world: World, draw: Any) -> None:
    """A sync of it ends with a named error, or with a catalog that a second sync leaves alone, byte for byte."""
    world.reset()
    world.catalog.write_bytes(draw.draw(damaged(world.good[world.catalog])))
    if outcome(lambda: world.sync(dry_run=False)) is Exit.DONE:
        after = {path: path.read_bytes() for path in world.good}
        assert outcome(lambda: world.sync(dry_run=False)) is Exit.DONE
        assert {path: path.read_bytes() for path in world.good} == after
    outcome(lambda: status_of(world.project, {}, today=NOW.date()))
