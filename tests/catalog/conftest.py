"""What the catalog's tests share: splice a text, and read the result with two readers that are not ours."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import pytest
import yaml
from ruamel.yaml import YAML

from modelsync.catalog.document import parse
from modelsync.catalog.splice import splice

if TYPE_CHECKING:
    from modelsync.catalog.splice import Edit


class Splicer(Protocol):
    """Splice a text with edits and return the new one."""

    def __call__(self, text: str, *edits: Edit) -> str: ...


class Reader(Protocol):
    """Read a text into plain data."""

    def __call__(self, text: str) -> object: ...


def _splice(text: str, *edits: Edit) -> str:
    return splice(parse(text.encode(), "catalog.yml"), edits).data.decode()


def _ruamel(text: str, version: str | None = None) -> object:
    reader = YAML(typ="safe", pure=True)
    if version is not None:
        reader.version = version
    return reader.load(io.StringIO(text, newline=""))  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _floats(value: object) -> object:
    """Data as the readers give it: exact numbers become floats."""
    if isinstance(value, Decimal):
        return float(value) if value != value.to_integral_value() else int(value)
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return value


@pytest.fixture(scope="session")
def edited() -> Splicer:
    """Splice a text and return the new text."""
    return _splice


@pytest.fixture(scope="session")
def readers() -> dict[str, Reader]:
    """Independent readers: PyYAML (YAML 1.1), ruamel.yaml as YAML 1.2 and as 1.1."""
    return {
        "PyYAML": yaml.safe_load,
        "ruamel 1.2": _ruamel,
        "ruamel 1.1": lambda text: _ruamel(text, "1.1"),
    }


@pytest.fixture(scope="session")
def as_read():
    """Turn exact data into what the readers return."""
    return _floats
