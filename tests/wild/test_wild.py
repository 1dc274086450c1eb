"""49 real files of other teams: what a layout of at most 15 lines reads, that a sync changes what its plan named and not one byte more, and that a second one finds nothing to do."""

from __future__ import annotations

import re
import subprocess
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from msgspec.structs import replace

from command import MODULE, environment
from modelsync.domain import fields
from modelsync.domain.lock_format import decode
from modelsync.errors import CatalogInvalid, GuardRefused
from modelsync.planning.changes import Hold, Keep
from modelsync.store.files import lock_path
from wild.trial import DAY, LISTING, Trial, laid_out, settings_files, sync, table, told, try_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modelsync.catalog.entries import Entry
    from modelsync.domain.fields import Value
    from modelsync.planning.changes import FieldChange

MOST_LINES = 15
LEAST_SHARE = 0.8

SETTINGS = settings_files()
BY_FILE = pytest.mark.parametrize("settings", SETTINGS, ids=lambda path: path.stem)

ELSEWHERE: dict[str, tuple[int, str]] = {
    "02-sigoden-aichat-tab": (361, "4 embeddings models have no price, limit or capability"),
    "06-flamingofiesta-chatgpt-claude-bot": (11, "3 rows have prices of pictures or of minutes"),
    "07-arcprize-arc-agi-benchmarking": (138, "1 row is served at an address of its own (`base_url`)"),
    "09-livebench-livebench-deepseek": (5, "14 rows have no price, 1 is served by another host"),
    "17-basicfist-gathewhy-providers": (4, "9 rows have no limit"),
    "24-jnraptor-litellm-config-manager": (57, "93 deployments have an `api_base`"),
    "32-keakon-claude-code-cost": (
        2,
        "3 rows have prices in bands of which the last is not named, one in another currency",
    ),
    "39-beyond-the-loop-beyond-the-loop": (40, "3 rows have no capability"),
    "48-wsargent-groundedllm": (2, "1 row is a wildcard, 5 have no limit or capability"),
    "64-stanford-crfm-helm": (612, "6 rows have no limit"),
    "69-mih-nig-afe-open-route-config": (13, "1 row has no capability"),
}
"""Of how many rows a layout makes entries, where not of all, and why."""

FEWER_FACTS: dict[tuple[str, str], tuple[int, str]] = {
    ("07-arcprize-arc-agi-benchmarking", "max_output"): (0, "it is what one request asks for"),
    ("07-arcprize-arc-agi-benchmarking", "input_price_numeric"): (138, "as the rows"),
    ("09-livebench-livebench-deepseek", "max_output"): (0, "it is what one request asks for"),
    ("09-livebench-livebench-deepseek", "input_price_numeric"): (5, "as the rows"),
    ("24-jnraptor-litellm-config-manager", "input_price_numeric"): (57, "as the rows"),
    ("24-jnraptor-litellm-config-manager", "context"): (55, "as the rows"),
    ("24-jnraptor-litellm-config-manager", "max_output"): (54, "as the rows"),
    ("39-beyond-the-loop-beyond-the-loop", "context"): (0, "it is a text: 200K"),
    ("46-clickhouse-agentic-data-stack", "max_output"): (0, "it is what one request asks for"),
    ("64-stanford-crfm-helm", "max_output"): (0, "it is the longest prompt in some rows"),
}
"""How many facts of a sort are read, where fewer than another reader counted, and why."""

REFUSED = {
    "04-charmbracelet-mods": "the layout reads no model, rows: 133 without an id or any of its fields",
    "18-basicfist-gathewhy-litellm": "the layout reads no model, rows: 12 left alone by its rules",
    "37-aider-ai-aider": "the layout reads no model, rows: 357 without an id or any of its fields",
    "38-cirisai-cirisproxy": "the layout reads no model, rows: 17 without an id or any of its fields",
    "41-albanandrieu-thiga-ai": "the layout reads no model, rows: 3 left alone by its rules",
    "42-esupportail-esup-myia-mistral-amue": "the layout reads no model, rows: 1 left alone by its rules",
    "44-luthienresearch-luthien-proxy": (
        "the layout reads no model, rows: 2 left alone by its rules, 9 without an id or any of its fields"
    ),
    "45-hellblazer-qwen-coprocessor-stack": "the layout reads no model, rows: 5 left alone by its rules",
    "71-huggingface-chat-ui": "`envVars.MODELS` must be a list",
}
"""What is said where nothing is read: limits in characters, files that a program writes, defaults of requests, own endpoints, JSON in a text."""

COUNTS: dict[str, Callable[[Entry], bool]] = {
    "input_price_numeric": lambda entry: _has(entry, fields.INPUT_PRICE),
    "context": lambda entry: _has(entry, fields.CONTEXT_LENGTH),
    "max_output": lambda entry: _has(entry, fields.MAX_OUTPUT_TOKENS),
}


def _has(entry: Entry, name: str) -> bool:
    field = entry.fields.get(name)
    return field is not None and field.value is not None


@pytest.fixture(scope="session")
def tried(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Trial]:
    """Return what tries out a file with its settings, once for all tests."""
    return cache(lambda settings: try_out(settings, shared_data, tmp_path_factory.mktemp("wild")))


class TestReading:
    """What the layouts are, and what they read."""

    def test_each_file_has_a_layout_that_is_short(self, shared_data: Path) -> None:
        """No file is left out, and no layout is a program."""
        assert [path.stem for path in SETTINGS] == sorted(told(shared_data))
        assert [path.stem for path in SETTINGS if len(path.read_text("utf-8").splitlines()) > MOST_LINES] == []

    @BY_FILE
    def test_every_entry_that_should_be_read_is_read(self, settings: Path, tried: Callable[[Path], Trial]) -> None:
        """Another reader has counted rows and facts; where we have fewer, it is said why."""
        trial = tried(settings)
        if trial.before is None:
            assert isinstance(trial.refused, CatalogInvalid)
            assert (trial.refused.problem, trial.refused.line > 0) == (REFUSED[trial.name], True)
            return
        assert trial.name not in REFUSED
        entries = trial.before.entries
        assert len(entries) == ELSEWHERE.get(trial.name, (trial.rows, ""))[0]
        counted = {name: sum(map(has, entries)) for name, has in COUNTS.items()}
        expected = {name: FEWER_FACTS.get((trial.name, name), (trial.told_of(name), ""))[0] for name in COUNTS}
        assert counted == expected

    def test_most_files_with_prices_of_known_models_are_kept_true(self, tried: Callable[[Path], Trial]) -> None:
        """Not counted are two: models of one's own machine at prices that somebody made up, and deployments that cost nothing."""
        trials = [trial for settings in SETTINGS if (trial := tried(settings)).told_of("input_price_numeric")]
        kept = [trial.name for trial in trials if trial.first is not None and trial.first.lock.entries]
        assert {trial.name for trial in trials} - {*kept} == {"21-regolo-ai-brick-sr1-demo", "41-albanandrieu-thiga-ai"}
        assert len(kept) / len(trials) >= LEAST_SHARE


class TestSyncing:
    """What a sync does to them."""

    @BY_FILE
    def test_every_byte_that_changes_is_of_a_value_that_the_plan_named(
        self, settings: Path, tried: Callable[[Path], Trial]
    ) -> None:
        """The text between those values is as it was, and they are what the plan said; a reader of YAML finds no other difference."""
        trial = tried(settings)
        if trial.before is None:
            return
        named = dict(_named(trial))
        old, new = trial.old.decode(), trial.new.decode()
        found = _values_between(old, new, [span for _, span in sorted(named.values(), key=lambda one: one[1])])
        for (path, change), (_, span) in named.items():
            _assert_spelled(found[span], path, change, trial)
        different = _different(trial, old, new)
        assert {path for path in different if not any(_inside(path, one) for one, _ in named)} == set()
        assert {path for path, _ in named if not any(_inside(one, path) for one in different)} == set()

    @BY_FILE
    def test_a_second_sync_plans_nothing_new(self, settings: Path, tried: Callable[[Path], Trial]) -> None:
        """What is held is held again, and no byte changes."""
        trial = tried(settings)
        if trial.first is None or trial.second is None:
            return
        assert [change for change in trial.second.changes if not isinstance(change, Hold | Keep)] == []
        assert trial.second.held == trial.first.held
        assert trial.again == trial.new
        assert (trial.new == trial.old) == (not trial.first.edits_catalog)
        assert trial.first.lock == decode(lock_path(trial.project.catalog).read_bytes(), "lock")

    @BY_FILE
    def test_with_another_unit_it_is_refused(
        self, settings: Path, tried: Callable[[Path], Trial], shared_data: Path, tmp_path: Path
    ) -> None:
        """Whatever the settings say prices are per: it is not written a thousand times too low or high."""
        trial = tried(settings)
        if not any(name.startswith("pricing.") for entry in _matched(trial) for name in entry.fields):
            return
        project = laid_out(settings, shared_data, tmp_path)
        for unit in {"token", "1k", "1m"} - {project.settings.unit}:
            with pytest.raises(GuardRefused, match="they do not look like USD per"):
                sync(replace(project, settings=replace(project.settings, unit=unit)))
        assert project.catalog.read_bytes() == trial.old

    @pytest.mark.parametrize("number", ["02", "10", "24", "46", "59"])
    def test_the_command_does_the_same(
        self, number: str, tried: Callable[[Path], Trial], shared_data: Path, tmp_path: Path
    ) -> None:
        """As a process: the same bytes, and `sync --check` finds nothing to do afterwards."""
        (settings,) = (path for path in SETTINGS if path.name.startswith(number))
        trial, folder = tried(settings), tmp_path / "theirs"
        folder.mkdir()
        project = laid_out(settings, shared_data, folder)
        done = [4 if trial.first and trial.first.partial else 0]
        for options in ((), ("--check",)):
            command = [*MODULE, "sync", *options, "--source", str(shared_data / LISTING)]
            run = subprocess.run(command, cwd=folder, env=environment(tmp_path), capture_output=True, check=False)
            done.append(run.returncode)
        assert done == [done[0]] * 3
        assert project.catalog.read_bytes() == trial.new


def test_the_page_says_what_was_measured(repo: Path, shared_data: Path) -> None:
    """`make docs` writes the table; it must not be of another day."""
    page = (repo / "docs" / "layouts-measured.md").read_text(encoding="utf-8")
    assert table(shared_data) in page


def _matched(trial: Trial) -> list[Entry]:
    """The entries that are a model of the list."""
    if trial.before is None or trial.first is None:
        return []
    return [entry for entry in trial.before.entries if entry.name in trial.first.lock.entries]


Place = tuple[str | int, ...]
Span = tuple[int, int]


def _named(trial: Trial) -> Iterator[tuple[tuple[Place, FieldChange], tuple[Place, Span]]]:
    """Every value that a plan says will change: its path and change, and where an independent reader finds it in the old text."""
    assert trial.before is not None
    entries = {entry.name: entry for entry in trial.before.entries}
    documents: list[yaml.Node] = [*yaml.compose_all(trial.old.decode(), Loader=yaml.CSafeLoader)]
    for update in trial.updates:
        entry = entries[f"{update.provider}/{update.key}"]
        for change in update.fields:
            for steps in _steps(trial, entry, change):
                path = (*entry.path, *steps)
                if trial.project.layout.several:
                    node = _node(documents[int(path[0])], path[1:])
                else:
                    node = _node(documents[0], path)
                yield (path, change), (path, _span(node))


def _steps(trial: Trial, entry: Entry, change: FieldChange) -> list[tuple[str, ...]]:
    """The steps from an entry to what a change changes."""
    if change.field == fields.FEATURES and entry.flags:
        moved = set(_names(change.old)) ^ set(_names(change.new))
        return [tuple(map(str, steps)) for feature, steps in entry.flags.items() if feature in moved]
    return [tuple(map(str, entry.places.get(change.field) or trial.project.layout.steps(change.field)))]


def _names(value: Value | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _node(node: yaml.Node, path: Place) -> yaml.Node:
    for step in path:
        if isinstance(node, yaml.SequenceNode):
            node = node.value[int(step)]
        else:
            node = next(value for key, value in node.value if key.value == step)
    return node


def _span(node: yaml.Node) -> Span:
    """Where a value stands. A list in a block ends with its last item, not where the next thing begins."""
    last = node.value[-1] if isinstance(node, yaml.SequenceNode) and not node.flow_style else node
    return node.start_mark.index, last.end_mark.index


def _values_between(old: str, new: str, spans: list[Span]) -> dict[Span, str]:
    """Return what stands in the new text for each span of the old one, where all between them is as it was, but for spaces that
    keep a column.
    """
    edges = [0, *(edge for span in spans for edge in span), len(old)]
    between = [old[start:end] for start, end in [*pairwise(edges)][::2]]
    pattern = r"( *\[.*?\]| *(?:-[^\n]*\n *)*?-[^\n]*?| *\"[^\"\n]*\"| *'[^'\n]*'| *[^\s,}\]]+) *".join(
        re.escape(text.strip(" ")) if text.strip() else re.escape(text) for text in between
    )
    found = re.fullmatch(f" *{pattern} *", new)
    assert found is not None
    return dict(zip(spans, found.groups(), strict=True))


def _assert_spelled(text: str, path: Place, change: FieldChange, trial: Trial) -> None:
    """What stands there now is the value of the plan, in the money and the unit of the file."""
    written = yaml.load(text, Loader=yaml.CSafeLoader)
    if change.field == fields.FEATURES:
        words = trial.project.layout.words
        if isinstance(written, bool):
            flags = {tuple(map(str, steps))[-1]: name for name, steps in trial.project.layout.flags.items()}
            assert written == (flags[str(path[-1])] in _names(change.new))
        else:
            assert {*written} == {words.get(name, name) for name in _names(change.new)}
        return
    plain = text.strip().strip("\"'").replace("_", "")
    if change.field == fields.REVIEWED:
        assert date.fromisoformat(plain) == date.fromisoformat(DAY)
    elif isinstance(change.new, Decimal):
        assert Decimal(plain) == change.new * {"token": 1, "1k": 1000, "1m": 1_000_000}[trial.project.settings.unit]
    else:
        assert int(plain) == change.new


class _Strings(yaml.CSafeLoader):
    """Reads every scalar as the text that it is."""


_Strings.yaml_implicit_resolvers = {"<": yaml.CSafeLoader.yaml_implicit_resolvers["<"]}


def _leaves(tree: Any, path: Place) -> Iterator[tuple[Place, object]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _leaves(value, (*path, str(key)))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from _leaves(value, (*path, number))
    else:
        yield path, tree


def _different(trial: Trial, old: str, new: str) -> set[Place]:
    """Every place at which a reader finds another text in the new file."""
    before, after = (_flat(text, several=trial.project.layout.several) for text in (old, new))
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def _flat(text: str, *, several: bool) -> dict[Place, object]:
    documents = [*yaml.load_all(text, Loader=_Strings)]
    return dict(_leaves(documents if several else documents[0], ()))


def _inside(path: Place, around: Place) -> bool:
    return path[: len(around)] == around
