"""What the catalog's tests share: splice a text, and read the result with two readers that are not ours."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ruamel.yaml import YAML

from modelsync.catalog.document import parse
from modelsync.catalog.splice import splice

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelsync.catalog.splice import Edit


def _splice(text: str, *edits: Edit) -> str:
    return splice(parse(text.encode(), "catalog.yml"), edits).data.decode()


def _pyyaml(text: str) -> Any:
    return yaml.safe_load(text)


def _ruamel(text: str, version: str | None = None) -> Any:
    reader = YAML(typ="safe", pure=True)
    if version is not None:
        reader.version = version
    return reader.load(io.StringIO(text, newline=""))


def _floats(value: Any) -> Any:
    """Data as the readers give it: exact numbers become floats."""
    if isinstance(value, Decimal):
        return float(value) if value != value.to_integral_value() else int(value)
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return value


@pytest.fixture(scope="session")
def edited() -> Callable[..., str]:
    """Splice a text and return the new text."""
    return _splice


@pytest.fixture(scope="session")
def readers() -> dict[str, Callable[[str], Any]]:
    """Independent readers: PyYAML (YAML 1.1), ruamel.yaml as YAML 1.2 and as 1.1."""
    return {
        "PyYAML": _pyyaml,
        "ruamel 1.2": _ruamel,
        "ruamel 1.1": lambda text: _ruamel(text, "1.1"),
    }


@pytest.fixture(scope="session")
def as_read() -> Callable[[Any], Any]:
    """Turn exact data into what the readers return."""
    return _floats
