"""Laws of splicing, on generated documents: written in every style, edited at random, read back by other readers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from modelsync.catalog.document import parse, plain_value
from modelsync.catalog.splice import (
    AppendItems,
    Edit,
    InsertItem,
    InsertKey,
    RemoveKey,
    RenameKey,
    SetList,
    SetScalar,
    splice,
)

Data = dict[str, Any]
Path = tuple[str | int, ...]
Readers = dict[str, Callable[[str], Any]]

WORDS = ["gpt-4o", "claude 3", "it's", "yes", "1:30", "#no", "a: b", "llama3.1:8b", "", "~", "017", "ünï", 'say "hi"']
KEYS = ["model", "pricing", "input", "output", "features", "gpt-4o", "a b", "x:y", "on", "1", "o'k", "notes", "tags"]


class Author:
    """Writes data as a person might: every choice of style is drawn anew."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.newline = random.choice(["\n", "\n", "\n", "\r\n"])
        self.step = random.choice([2, 2, 2, 1, 3, 4])

    def data(self, depth: int = 0) -> Data:
        """Draw a mapping of one to four keys."""
        keys = self.random.sample(KEYS, self.random.randint(1, 4))
        return {key: self.value(depth + 1) for key in keys}

    def value(self, depth: int) -> Any:
        """Draw any value; deeper ones are simpler."""
        kind = self.random.randint(0, 9 if depth < 4 else 5)
        if kind >= 8:
            return self.data(depth)
        if kind == 7:
            return [self.value(4) for _ in range(self.random.randint(1, 4))]
        if kind == 6:
            return (
                [self.data(4) for _ in range(self.random.randint(1, 2))]
                if self.random.random() < 0.5
                else self.data(depth)
            )
        return self.scalar()

    def scalar(self) -> Any:
        """Draw a value without content of its own."""
        kind = self.random.randint(0, 9)
        if kind < 5:
            return self.random.choice(WORDS)
        if kind < 7:
            return self.random.randint(0, 200_000)
        return self.random.choice([None, True, False, {}, [], "two\nlines\n", "a\n\n b", "kept\n\n"])

    def text(self, data: Data) -> str:
        """Write data as a whole file."""
        lines = self.block(data, 0)
        if self.random.random() < 0.2:
            lines = ["---", *lines]
        if self.random.random() < 0.3:
            lines = ["# a header", "", *lines]
        if self.random.random() < 0.3:
            lines += ["", "# vim: ft=yaml"]
        if self.random.random() < 0.1:
            lines += ["..."]
        text = self.newline.join(lines) + (self.newline if self.random.random() < 0.8 else "")
        return ("\ufeff" if self.random.random() < 0.1 else "") + text

    def block(self, data: Data, column: int) -> list[str]:
        """Write a mapping in block style."""
        lines: list[str] = []
        gap = self.random.choice([0, 0, 0, 1, 2])
        for number, (key, value) in enumerate(data.items()):
            if number:
                lines += [""] * gap
            lines += self.comment(column)
            lines += self.node(" " * column + self.word(key) + ":", value, column, self.random.choice([0, self.step]))
        return lines

    def comment(self, column: int) -> list[str]:
        """Perhaps a comment of the next child, or one that stands apart."""
        chance = self.random.random()
        if chance < 0.1:
            return [" " * column + "# about the next"]
        return [" " * column + "# apart", ""] if chance < 0.13 else []

    def node(self, head: str, value: Any, column: int, dash: int) -> list[str]:
        """A head (`key:` or `-`) and its value; `column` is that of the head."""
        if isinstance(value, dict) and value and self.random.random() < 0.75:
            inner = self.block(value, column + self.step)
            return [head + self.trailing(), *inner, *self.below(column)]
        if isinstance(value, list) and value and self.random.random() < 0.6:
            return [head + self.trailing(), *self.items(value, column + dash)]
        if (isinstance(value, str) and value.endswith("\n")) or (isinstance(value, str) and "\n" in value):
            literal = self.literal(value, column)
            if literal and self.random.random() < 0.7:
                return [f"{head} {literal[0]}", *literal[1:]]
        if value is None and self.random.random() < 0.4:
            return [head + self.trailing()]
        if isinstance(value, (dict, list)) and value and self.random.random() < 0.3:
            return self.wide(head, value, column)
        return [f"{head} {self.flow(value)}{self.trailing()}"]

    def below(self, column: int) -> list[str]:
        """Perhaps a comment that is deeper than its parent."""
        return [" " * (column + 1) + "# below, deeper"] if self.random.random() < 0.07 else []

    def items(self, value: list[Any], column: int) -> list[str]:
        """Write a list in block style."""
        lines: list[str] = []
        for item in value:
            lines += self.comment(column) if self.random.random() < 0.3 else []
            if isinstance(item, dict) and item and self.random.random() < 0.7:
                inner = self.block(item, column + 2)
                while inner[0].lstrip().startswith("#") or not inner[0]:
                    inner = inner[1:]
                lines += [" " * column + "- " + inner[0][column + 2 :], *inner[1:]]
            else:
                lines += (
                    self.node(" " * column + "-", item, column, 2)
                    if not isinstance(item, (dict, list))
                    else [" " * column + "- " + self.flow(item)]
                )
        return lines

    def literal(self, value: str, column: int) -> list[str] | None:
        """Write a text of lines as a literal block."""
        body = value.rstrip("\n")
        ends = len(value) - len(body)
        indent = " " * (column + self.step)
        header = "|" + {0: "-", 1: ""}.get(ends, "+")
        lines = [indent + line if line else "" for line in body.split("\n")]
        return [header, *lines, *[""] * (ends - 1)]

    def wide(self, head: str, value: Any, column: int) -> list[str]:
        """A flow collection over several lines."""
        pad = " " * (column + self.step)
        if isinstance(value, dict):
            parts = [f"{self.word(key)}: {self.flow(item)}" for key, item in value.items()]
            opening, closing = "{", "}"
        else:
            parts = [self.flow(item) for item in value]
            opening, closing = "[", "]"
        last = self.random.choice([",", ""])
        lines = [
            pad + part + ("," if number < len(parts) - 1 else last) + self.trailing()
            for number, part in enumerate(parts)
        ]
        return [f"{head} {opening}", *lines, pad + closing]

    def trailing(self) -> str:
        """Perhaps a comment or blanks behind a value."""
        chance = self.random.random()
        return "" if chance > 0.2 else "  # why" if chance > 0.05 else "   "

    def flow(self, value: Any) -> str:
        """Write a value on one line."""
        if isinstance(value, dict):
            pad = self.random.choice(["", " "]) if value else ""
            return (
                "{" + pad + ", ".join(f"{self.word(key)}: {self.flow(item)}" for key, item in value.items()) + pad + "}"
            )
        if isinstance(value, list):
            comma = self.random.choice([", ", ", ", ","])
            return "[" + comma.join(self.flow(item) for item in value) + "]"
        if value is None:
            return self.random.choice(["~", "null"])
        if isinstance(value, bool):
            return "true" if value else "false"
        return self.word(value) if isinstance(value, str) else str(value)

    def word(self, text: str) -> str:
        """Write a text in any style that can hold it."""
        styles: list[Callable[[str], str]] = [self.double]
        if "\n" not in text:
            styles.append(self.single)
        if text in ("gpt-4o", "claude 3", "it's", "ünï", "a b", "o'k") or (
            text.isalpha() and text not in ("on", "yes")
        ):
            styles += [str] * 4
        return self.random.choice(styles)(text)

    @staticmethod
    def single(text: str) -> str:
        """Write a text in single quotes."""
        return "'" + text.replace("'", "''") + "'"

    @staticmethod
    def double(text: str) -> str:
        """Write a text in double quotes."""
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


class Editor:
    """Draws edits that fit a piece of data, and says what the data is after them."""

    def __init__(self, random: Random, data: Data) -> None:
        self.random = random
        self.data = data
        self.used: set[str] = set()

    def draw(self, count: int) -> tuple[list[Edit], Data]:
        """Up to `count` edits that do not contradict each other, and the data after them."""
        places = list(self.places(self.data, ()))
        after = copy.deepcopy(self.data)
        edits: list[Edit] = []
        taken: set[Path] = set()
        for _ in range(count):
            path, value = self.random.choice(places)
            if (
                any(path[: len(other)] == other or other[: len(path)] == path for other in taken if other != path)
                or path in taken
            ):
                continue
            edit = self.edit(path, value)
            taken.add(path)
            edits.append(edit)
        for edit in sorted(
            edits,
            key=lambda edit: (
                isinstance(edit, RemoveKey),
                [-1 * step if isinstance(step, int) else 0 for step in edit.path],
            ),
        ):
            after = self.apply(after, edit)
        return edits, after

    def places(self, value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
        """Every path of the data with its value."""
        yield path, value
        if isinstance(value, dict):
            for key, item in value.items():
                yield from self.places(item, (*path, key))
        elif isinstance(value, list):
            for number, item in enumerate(value):
                yield from self.places(item, (*path, number))

    def fresh(self, keys: list[str]) -> str:
        """A key that is nowhere in the data."""
        key = self.random.choice(keys)
        while key in self.used or key in str(self.data):
            key += "1"
        self.used.add(key)
        return key

    def new_value(self) -> Any:
        """Draw a value to add."""
        author = Author(self.random)
        return self.random.choice(
            [
                author.scalar(),
                Decimal("0.00002"),
                {"model": "gpt-5", "pricing": {"input": Decimal("0.5"), "output": 3}, "features": ["vision", "x y"]},
                ["vision", "no"],
            ]
        )

    def edit(self, path: Path, value: Any) -> Edit:
        """Draw an edit for one place."""
        kind = self.random.random()
        if path and kind < 0.25:
            return RemoveKey(path)
        if path and kind < 0.35 and isinstance(path[-1], str):
            return RenameKey(path, self.fresh(["renamed", "ren: amed", "null"]))
        if isinstance(value, dict) or (value is None and path and kind < 0.5):
            return InsertKey(path, self.fresh(["new", "3.5", "new: key"]), self.new_value())
        if isinstance(value, list):
            return self.list_edit(path, value, kind)
        texts = [*WORDS, "x\ny\n", " lead\nin", "a\tb", "trail "]
        others = [5, Decimal("0.00000015"), True, None]  # a number set in place of a quoted text stays quoted
        return SetScalar(path, self.random.choice(texts if isinstance(value, str) else [*texts, *others]))

    def list_edit(self, path: Path, value: list[Any], kind: float) -> Edit:
        """Draw an edit for a list."""
        if value and kind < 0.6 and all(not isinstance(item, (dict, list)) for item in value):
            keep = [item for item in value if isinstance(item, str) and self.random.random() < 0.5]
            return SetList(path, (*dict.fromkeys(keep), "added", "also added"))
        if kind > 0.85:
            return InsertItem(path, self.new_value(), self.random.choice([*range(len(value)), None]))
        return AppendItems(path, (self.new_value(), "last"))

    @staticmethod
    def apply(data: Any, edit: Edit) -> Any:
        """Make the same change to plain data."""
        home: Any = {"": data}
        last: Any = ""
        for step in edit.path:
            home, last = home[last], step
        if isinstance(edit, SetScalar):
            home[last] = edit.value
        elif isinstance(edit, InsertKey):
            home[last] = {**(home[last] or {}), edit.key: edit.value}
        elif isinstance(edit, AppendItems):
            home[last] = [*(home[last] or []), *edit.values]
        elif isinstance(edit, InsertItem):
            items = home[last] or []
            at = len(items) if edit.before is None else edit.before
            home[last] = [*items[:at], edit.value, *items[at:]]
        elif isinstance(edit, SetList):
            wanted = list(edit.values)
            stay = [wanted.pop(wanted.index(item)) for item in home[last] if isinstance(item, str) and item in wanted]
            home[last] = [*stay, *wanted]
        elif isinstance(edit, RemoveKey):
            del home[last]
        else:
            renamed = {edit.new if key == last else key: item for key, item in home.items()}
            home.clear()
            home.update(renamed)
        return data if edit.path else home[""]


def exact(value: Any) -> Any:
    """Data for comparison: keys in order, booleans apart from numbers."""
    if isinstance(value, dict):
        return [(str(key), exact(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [exact(item) for item in value]
    return (type(value).__name__ == "bool", value)


@given(random=st.randoms(use_true_random=False))
def test_no_edit_changes_no_byte(random: Random, readers: Readers) -> None:
    """Splicing nothing returns the file's own bytes, and our reading of them is PyYAML's."""
    author = Author(random)
    data = author.data()
    text = author.text(data)
    document = parse(text.encode(), "catalog.yml")
    assert splice(document, []).data == text.encode()
    assert exact(plain_value(document.root)) == exact(readers["PyYAML"](text))


@given(random=st.randoms(use_true_random=False), count=st.integers(1, 5))
def test_random_edits_give_the_expected_data(
    random: Random, count: int, readers: Readers, as_read: Callable[[Any], Any]
) -> None:
    """After any edits three readers see exactly the edited data, keys in order, and a second round sees it again."""
    author = Author(random)
    data = author.data()
    text = author.text(data)
    data = readers["PyYAML"](text)  # blank lines after a `|+` block became part of it
    assume(exact(readers["ruamel 1.2"](text)) == exact(data))
    for _ in range(2):
        edits, after = Editor(random, data).draw(count)
        text = splice(parse(text.encode(), "catalog.yml"), edits).data.decode()
        for name, read in readers.items():
            assert exact(read(text)) == exact(as_read(after)), (name, text)
        data = after
