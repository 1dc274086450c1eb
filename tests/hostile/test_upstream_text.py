"""What upstream calls a model ends up in a YAML file that others read: as exactly that text, or not at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from yaml_edit import Document

from modelsync.domain import lock_format
from modelsync.fetch.listing import Surroundings
from modelsync.pipeline.syncing import sync_project
from modelsync.planning.changes import Add
from modelsync.planning.context import Options
from modelsync.project import Project
from modelsync.settings import Settings
from modelsync.sources.records import is_id
from modelsync.store.files import lock_path

if TYPE_CHECKING:
    from modelsync.fetch.exchange import Call, Response
    from modelsync.pipeline.writing import Result

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = "# ours\nproviders:\n  openai:\n    models: {}\n  openrouter:\n    models:\n      x: {model: openai/x}\n"

REJECTED = (
    "../x", "a/../b", "..", ".hidden", "/x", "- x", "-x", "- ", "{{x}}", "{x", "[x", "!!python/object:os.system", "!x", "*alias", "&anchor", "=cmd|' /C calc'!A0", "+x", "@x", "%x", "`x", "#x", "x y",
    "x\ty", "x\n", "x\ny: z", "\x1b[31mx", "x\x00", "x\x7f", "x\x9b", "x\u202ey", "x\u2066y", "x\u200by", "x\u200d", "x\ufeff", "\u0430bc", "x\u0661", "x\u2028", "x\u00a0", "\U000e0041", "\ud800", "x\udfff",
    "x'y", 'x"y', "x\\y", "x|y", "x<y>", "x,y", "x;y", "x$y", "x:", "x::", "~~x", "?x", "", " ", "x" * 300,
)  # fmt: skip
KEPT = (
    "null", "Null", "NULL", "true", "False", "yes", "No", "on", "OFF", "y", "N", "017", "0o17", "0x1F", "0b1", "1e5", "1E-5", "1.5", "1.5e3", "007", "1_000", "0", "00", "12", "1.", "2024-05-13", "2024-5-1", "nan", "inf", "_", "__init__",
    "1.2.3", "8b", "4.1-mini", "a@b", "a+b", "NaN", "e5", "0x", "1e",
)  # fmt: skip


def record(model_id: str, number: int = 0, **more: Any) -> dict[str, Any]:
    """Write one upstream model; no two are alike."""
    return {
        "id": model_id, "created": 1_700_000_000 + number, "context_length": 1000 + number, "pricing": {"prompt": "0.000001", "completion": "0.000002"},
        "top_provider": {"max_completion_tokens": 100},
    } | more  # fmt: skip


def sync(folder: Path, *records: dict[str, Any], text: str = START) -> Result:
    """Write a catalog and a listing, and sync."""
    (folder / "llm_models.yml").write_text(text, encoding="utf-8")
    (folder / "models.json").write_text(json.dumps({"data": records}), encoding="ascii")
    settings = Settings(source=str(folder / "models.json"), add={"openai": "all", "openrouter": "all"})
    around = Surroundings(environment={}, today="2026-03-01", stdin=BytesIO(), send=_no_network)
    return sync_project(Project(folder / "llm_models.yml", settings), Options(), around=around, now=NOW)


def _no_network(call: Call) -> Response:
    message = f"the test did not expect {call.request.url} to be fetched"
    raise AssertionError(message)


def readings(folder: Path) -> dict[str, Any]:
    """The catalog as other programs read it: YAML 1.1, 1.2, and a third implementation in another language."""
    text = (folder / "llm_models.yml").read_text(encoding="utf-8")
    as_12 = YAML(typ="safe", pure=True)
    as_11 = YAML(typ="safe", pure=True)
    as_11.version = "1.1"
    return {
        "PyYAML": yaml.safe_load(text),
        "ruamel 1.2": as_12.load(StringIO(text)),
        "ruamel 1.1": as_11.load(StringIO(text)),
        "yaml-edit": Document.parse(text).to_python(),
    }


def test_ids_that_are_more_than_a_name_are_left_out(tmp_path: Path) -> None:
    """None of them comes near the catalog or its lock, each is counted, and absence means nothing in such a list."""
    bad = [record(f"openai/{name}", number) for number, name in enumerate(REJECTED)] + [
        record(name) for name in REJECTED
    ]
    result = sync(tmp_path, *bad, record("openai/good"))
    assert [change.values["model"] for change in result.plan.changes if isinstance(change, Add)] == [
        "good",
        "openai/good",
    ]
    assert (tmp_path / "llm_models.yml").read_text(encoding="utf-8").isascii()
    lock = lock_format.decode(lock_path(tmp_path / "llm_models.yml").read_bytes(), "lock")
    assert {line.upstream for line in lock.entries.values()} == {"openai/good"}


def test_names_that_yaml_could_take_for_something_else_stay_names(tmp_path: Path) -> None:
    """A model called `null`, `017` or `yes` is added under that text, as a key and as an id, for every reader."""
    result = sync(tmp_path, *(record(f"openai/{name}", number) for number, name in enumerate(KEPT)))
    added = {
        change.key: change.values["model"]
        for change in result.plan.changes
        if isinstance(change, Add) and change.provider == "openai"
    }
    assert {"null", "true", "yes", "017", "1e5", "0x1f", "2024-05-13", "12"} <= added.keys()
    for name, data in readings(tmp_path).items():
        models = data["providers"]["openai"]["models"]
        assert {key: model["model"] for key, model in models.items()} == added, name
        assert all(type(key) is str and type(model["model"]) is str for key, model in models.items()), name
        full = {model["model"] for model in data["providers"]["openrouter"]["models"].values()}
        assert {"openai/null", "openai/true", "openai/017", "openai/0x1F", "openai/1_000"} <= full, name


TEXTS = (
    "\x1b[31mred\x1b[0m", "\u202egpj.exe", "a\u200bb\u200d", "tab\there", "\x00\x07\x7f\x85\x9b", "- a\n- b\n", "a: b", "{{ x }}", "!!python/object:os.system x", "*alias", "&a", "null", "017", "1:30", "yes",
    "=cmd|' /C calc'!A0", "# x", "x # y", "'", '"', "---\n", "...", "\n\n x\n", "  lead", "trail  ", "%TAG", "\ufeff", "\u2028\u2029", "\U000e0041", "\uffff", "é\u0301 🐬 模型 مرحبا", "x" * 100_000, "~", "", "\\n", "<<", "|", ">-",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:30])
def test_a_description_is_the_text_upstream_gave(tmp_path: Path, text: str) -> None:
    """Whatever it holds, the file has no raw control or bidi character, and each reader sees the description itself."""
    sync(tmp_path, record("openai/a", description=text))
    raw = (tmp_path / "llm_models.yml").read_text(encoding="utf-8")
    assert not [letter for letter in raw if letter in "\x00\x07\x1b\x7f\x85\x9b\u200b\u202e\ufeff\U000e0041"]
    for name, data in readings(tmp_path).items():
        model = data["providers"]["openai"]["models"]["a"]
        assert model.get("description", "") == text, name


@pytest.mark.parametrize("where", ["id", "name", "description", "modality"])
@pytest.mark.parametrize("text", ["\ud800", "x\udfffy", "\udc00\ud800"], ids=ascii)
def test_half_a_surrogate_pair_costs_its_record(tmp_path: Path, where: str, text: str) -> None:
    """No YAML file can hold one: the record is left out, the others are not."""
    bad = record("openai/bad") | ({"id": f"openai/{text}"} if where == "id" else {})
    bad |= {"architecture": {"modality": text}} if where == "modality" else {where: text} if where != "id" else {}
    result = sync(tmp_path, bad, record("openai/good"))
    assert [change.values["model"] for change in result.plan.changes if isinstance(change, Add)] == [
        "good",
        "openai/good",
    ]


@pytest.mark.no_cover  # a line of ours for every character
def test_megabytes_of_description(tmp_path: Path) -> None:
    """A huge text is one value of one entry: it is written, read back, and shown cut; the next sync is still idle."""
    text = "x\u202ey " * 500_000
    first = sync(tmp_path, record("openai/a", description=text), record("openai/b"))
    assert first.written is not None
    assert (
        yaml.load((tmp_path / "llm_models.yml").read_bytes(), yaml.CSafeLoader)["providers"]["openai"]["models"]["a"][
            "description"
        ]
        == text
    )
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    sync(tmp_path, record("openai/a", description=text), record("openai/b"), text=before["llm_models.yml"].decode())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@given(name=st.text(st.characters(max_codepoint=0x2FFF), min_size=1, max_size=12) | st.text(st.sampled_from("09aenotxyNlfrues_.:/-+@~ {}!&*=#\n"), min_size=1, max_size=9))  # fmt: skip
def test_an_id_is_read_back_by_everyone_or_refused(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any text as an id: the same text for each reader, or a record left out; never a third thing."""
    folder = tmp_path_factory.mktemp("id")
    result = sync(folder, record(f"openai/{name}", description=name), record("openai/good", 1))
    added = [change for change in result.plan.changes if isinstance(change, Add) and change.provider == "openrouter"]
    assert [str(change.values["model"]) for change in added if not is_id(str(change.values["model"]))] == []
    for reader, data in readings(folder).items():
        models = data["providers"]["openrouter"]["models"]
        assert [model["model"] for key, model in models.items() if key != "x"] == [
            change.values["model"] for change in added
        ], reader
