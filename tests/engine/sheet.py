"""A catalog as a person sees it in an editor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import yaml

Entry = dict[str, Any]
LIMITS = ("context_length", "max_output_tokens")
PRICES = ("pricing.input", "pricing.output")
HEAD = "# top\nproviders:\n  openai:\n    # models\n    models:"
TAIL = "other: [1, 2]  # end\n"
_KEY = re.compile(r'      (?:"[^"]*"|[^\s":]+):')
_NAMES = {"pricing.input": "input", "pricing.output": "output"}


class Sheet:
    """A catalog of one provider as a person sees it in an editor: the text of every entry, in the order of the file."""

    def __init__(self, text: str) -> None:
        assert text.startswith(HEAD)
        assert text.endswith(TAIL)
        blocks: list[str] = []
        for line in text.removeprefix(HEAD).removesuffix(TAIL).splitlines(keepends=True)[1:]:
            if _KEY.match(line):
                blocks.append(line)
            else:
                blocks[-1] += line
        self.blocks: dict[str, str] = {_read(block)[0]: block for block in blocks}

    @property
    def text(self) -> str:
        """The whole file."""
        return HEAD + ("\n" + "".join(self.blocks.values()) if self.blocks else " {}\n") + TAIL

    @property
    def entries(self) -> dict[str, Entry]:
        """Every entry as the oracle sees it; what is null is not there."""
        return {key: dict(_read(block)[1]) for key, block in self.blocks.items()}

    def write(self, key: str, fields: Mapping[str, str], *, flow: bool) -> None:
        """Write an entry, on one line or several, at the top."""
        if flow:
            block = (
                f'      "{key}": {{{", ".join(f"{name}: {value}" for name, value in fields.items())}}}  # of {key}\n'
            )
        else:
            block = f'      "{key}":  # of {key}\n' + "".join(
                f"        {name}: {value}\n" for name, value in fields.items()
            )
        self.blocks = {key: block, **self.blocks}

    def rename(self, old: str, new: str) -> None:
        """Give an entry another key."""
        self.blocks = {
            new if key == old else key: _KEY.sub(f'      "{new}":', block, count=1) if key == old else block
            for key, block in self.blocks.items()
        }

    def type(self, key: str, name: str, value: str) -> bool:
        """Type a value where the field is; say whether it is there."""
        pattern = rf"(?<=\b{_NAMES.get(name, name)}: )(?:\[[^\]]*\]|[^,}}\n#]*?)(?=\s*[,}}\n#])"
        self.blocks[key], typed = re.subn(pattern, value, self.blocks[key], count=1)
        return bool(typed)

    def strike(self, key: str, name: str) -> bool:
        """Delete the line of a field that has one; say whether it had."""
        pattern = rf"^ +{_NAMES.get(name, name)}: .*\n"
        self.blocks[key], struck = re.subn(pattern, "", self.blocks[key], count=1, flags=re.MULTILINE)
        return bool(struck)

    def others(self, key: str, planned: set[str]) -> list[str]:
        """The lines of an entry that hold none of the planned fields."""
        names = {_NAMES.get(name, name) for name in planned} | {"pricing"}
        return [
            line
            for line in self.blocks[key].splitlines()
            if not ((found := re.match(r" +(\w+):", line)) and found[1] in names)
        ]


@lru_cache(maxsize=1024)  # most entries stay as they are from step to step
def _read(block: str) -> tuple[str, Entry]:
    """Read the text of an entry with a reader of its own: key and fields."""
    ((key, raw),) = yaml.load(block, yaml.BaseLoader).items()  # noqa: S506 - every scalar as the text it is
    for name, value in (raw.pop("pricing", None) or {}).items():
        raw[f"pricing.{name}"] = value
    entry: Entry = {name: value for name, value in raw.items() if value not in ("", "~", "null")}
    entry.update({name: int(entry[name]) for name in LIMITS if name in entry})
    entry.update({name: Decimal(entry[name]) / 1000 for name in PRICES if name in entry})
    return key, entry
