"""Real files of other people: read or refused with a reason, left alone without edits, changed only where asked."""

from __future__ import annotations

import io
import os
from collections.abc import Sized
from copy import deepcopy
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from modelsync.catalog.document import Document, Mapping, Node, Scalar, Sequence, parse, plain_value
from modelsync.catalog.splice import InsertKey, RemoveKey, SetScalar, Spliced, splice, why_not_editable
from modelsync.errors import CatalogInvalid

REFUSED: set[str] = {"a second YAML document starts here"}
ALL = os.environ.get("MODELSYNC_RECORDED") == "all"
"""Whether many places of each file are tried, as in `make test-all`, or some."""


def draw(thing: Sized) -> Random:
    """The same draws on every machine, others for each file."""
    return Random(len(thing))  # noqa: S311  chance, not secrets


def files(shared_data: Path) -> list[Path]:
    """Every YAML file of the recorded data."""
    return sorted([*shared_data.glob("catalogs/*.y*ml"), *shared_data.glob("wild/*.y*ml")])


@cache
def documents(shared_data: Path) -> list[tuple[str, Document]]:
    """The files that can be read; every other one is refused for a reason we know."""
    found: list[tuple[str, Document]] = []
    refused: list[CatalogInvalid] = []
    for file in files(shared_data):
        try:
            found.append((file.name, parse(file.read_bytes(), file.name)))
        except CatalogInvalid as error:
            refused.append(error)
    assert {error.problem for error in refused} <= REFUSED
    assert all(error.line > 0 for error in refused)
    return found


def scalars(node: Node | None, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Scalar]]:
    """Every scalar below a node, with its path."""
    if isinstance(node, Scalar):
        return [(path, node)]
    if isinstance(node, Mapping):
        return [found for key, value in node.pairs for found in scalars(value, (*path, key.value))]
    if isinstance(node, Sequence):
        return [found for number, item in enumerate(node.items) for found in scalars(item, (*path, number))]
    return []


def mappings(node: Node | None, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every mapping below a node."""
    if isinstance(node, Mapping):
        inner = [found for key, value in node.pairs for found in mappings(value, (*path, key.value))]
        return [path, *inner]
    if isinstance(node, Sequence):
        return [found for number, item in enumerate(node.items) for found in mappings(item, (*path, number))]
    return []


def other_reader(text: str) -> Any:
    """The data as ruamel.yaml reads it."""
    return YAML(typ="safe", pure=True).load(io.StringIO(text, newline=""))


@cache
def unedited(text: str) -> Any:
    """The data of a file as ruamel.yaml reads it, to be copied, or None where it cannot read it."""
    try:
        return other_reader(text)
    except YAMLError:
        return None


def put(data: Any, path: tuple[str | int, ...], value: object) -> None:
    """Set a value in data read by another reader, whose keys may be numbers."""
    home: Any = {"": data}
    last: Any = ""
    for step in path:
        home = home[last]
        last = step if isinstance(step, int) else next(key for key in home if str(key) == step)
    home[last] = value


def test_every_file_is_read_or_refused_and_kept(shared_data: Path) -> None:
    """All but two files (of several documents) can be read; splicing nothing returns their bytes."""
    read = documents(shared_data)
    assert len(read) >= len(files(shared_data)) - 2
    for name, document in read:
        data = next(shared_data.glob(f"*/{name}")).read_bytes()
        assert splice(document, []).data == data, name
        assert splice(document, [SetScalar(path, same(node)) for path, node in some(document, 30)]).data == data, name


def some(document: Document, count: int) -> list[tuple[tuple[str | int, ...], Scalar]]:
    """Scalars that can be edited, drawn over the file."""
    found = [(path, node) for path, node in scalars(document.root) if why_not_editable(document, path) is None]
    drawn = draw(document.text).sample(found, min(2 * count, len(found)))
    return [item for item in drawn if isinstance(plain_value(item[1]), str | int | Decimal | None)][:count]


def same(node: Scalar) -> str | int | Decimal | bool | None:
    """The value a scalar has already."""
    value = plain_value(node)
    assert isinstance(value, str | int | Decimal | None)
    return value


def test_random_scalar_edits_change_exactly_their_bytes(shared_data: Path) -> None:
    """A new number, text or null in any place: only the scalar's own characters differ, and another reader sees exactly
    that change. Files that the other reader cannot read are counted.
    """
    unreadable = edited = 0
    for name, document in documents(shared_data):
        for number, (path, node) in enumerate(some(document, 12 if ALL else 4)):
            value = (Decimal("0.00002"), "new: text", 7, True)[number % 4]
            spliced = splice(document, [SetScalar(path, value)])
            check_bytes(document, node, spliced)
            edited += 1
            if number % 4 or len(document.text) > 30_000:
                continue
            before = deepcopy(unedited(document.text))
            if before is None:
                unreadable += 1
                break
            put(before, path, str(value) if node.style in ("'", '"') else float(value))
            assert plain(other_reader(spliced.data.decode())) == plain(before), (name, path)
    assert edited > (450 if ALL else 150)
    assert unreadable <= 1, "only the file with a tab behind a scalar is one that ruamel cannot read"


def test_files_of_several_documents_are_edited_as_such(shared_data: Path) -> None:
    """The files refused as one document are read as several; a new number in any place changes only its own characters, and
    another reader sees exactly that change.
    """
    known = {name for name, _ in documents(shared_data)}
    several = [file for file in files(shared_data) if file.name not in known]
    assert several
    for file in several:
        document = parse(file.read_bytes(), file.name, several=True)
        assert isinstance(document.root, Sequence)
        assert len(document.root.items) > 1
        assert splice(document, []).data == file.read_bytes()
        for path, node in some(document, 4):
            spliced = splice(document, [SetScalar(path, 7)])
            check_bytes(document, node, spliced)
            before = list(YAML(typ="safe", pure=True).load_all(document.text))
            put(before, path, "7" if node.style in ("'", '"') else 7)
            assert plain(list(YAML(typ="safe", pure=True).load_all(spliced.data.decode()))) == plain(before), path


def plain(data: Any) -> str:
    """Data as comparable text: NaN equals itself, and order counts."""
    return repr(data)


def check_bytes(document: Document, node: Scalar, spliced: Spliced) -> None:
    """Assert that nothing outside a scalar changed but the length of a run of spaces beside it."""
    text = document.text
    end = len(text) - len(text[node.end :].lstrip("\r\n")) if node.style in ("|", ">") else node.end
    for start, stop, replacement in spliced.spans:
        assert not (text[start : min(node.start, stop)] + text[max(end, start) : stop]).strip(" ")
        assert node.start < stop or (replacement and not replacement.strip(" "))
    new = spliced.data.decode()
    assert new.startswith(text[: node.start].rstrip(" "))
    assert new.endswith(text[end:].lstrip(", "))


def test_removing_what_was_inserted_restores_the_file(shared_data: Path) -> None:
    """A key added at the end of any mapping and removed again leaves the bytes as they were, comments and all."""
    restored = 0
    for name, document in documents(shared_data):
        places = mappings(document.root)
        for path in draw(places).sample(places, min(8 if ALL else 3, len(places))):
            if why_not_editable(document, path) is not None:
                continue
            added = splice(document, [InsertKey(path, "zz-new", {"a": 1, "b": ["x"]})])
            back = splice(parse(added.data, name), [RemoveKey((*path, "zz-new"))])
            assert back.data.decode() == document.text, (name, path)
            restored += 1
    assert restored > (250 if ALL else 100)


@pytest.mark.parametrize("count", [1, 3])
def test_removing_entries_leaves_the_others_as_they_read(shared_data: Path, count: int) -> None:
    """Whatever is removed, another reader sees the rest unchanged, and every line that is left was there before."""
    for name, document in documents(shared_data):
        if len(document.text) > 30_000 or not isinstance(document.root, Mapping) or document.aliases:
            continue
        before = unedited(document.text)
        if before is None:
            continue
        keys = [key.value for key, _ in document.root.pairs]
        gone = draw(keys).sample(keys, min(count, len(keys) - 1))
        after = splice(document, [RemoveKey((key,)) for key in gone]).data.decode()
        assert plain(other_reader(after)) == plain(
            {key: value for key, value in before.items() if str(key) not in gone}
        ), name
        lines = document.text.splitlines()
        assert all(line in lines for line in after.splitlines()), name
