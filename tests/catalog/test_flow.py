"""Flow collections over several lines: what their comments belong to, and that edits do not wear down the layout."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.catalog.splice import AppendItems, Edit, InsertKey, RemoveKey, SetList

Edited = Callable[..., str]

ASK = "models: {   # ask before you add\n  gone: {model: gone},\n  gpt-4o: {model: gpt-4o}\n}\n"
OURS = "m:\n  a:\n    features: [    # ours\n          vision\n        ]\n"

WHOLE: dict[str, tuple[str, list[Edit], str]] = {
    "append below a comment behind the bracket": (
        OURS,
        [AppendItems(("m", "a", "features"), ("tools",))],
        "m:\n  a:\n    features: [    # ours\n          vision,\n          tools\n        ]\n",
    ),
    "insert below a comment behind the brace, a trailing comma": (
        "a: {  # c\n  b: 1,\n}\n",
        [InsertKey(("a",), "d", 2)],
        "a: {  # c\n  b: 1,\n  d: 2,\n}\n",
    ),
    "a set list below a comment behind the bracket": (
        "a: [  # c\n  x,\n  z\n]\n",
        [SetList(("a",), ("z", "w"))],
        "a: [  # c\n  z,\n  w\n]\n",
    ),
    "the mapping's comment stays when its first entry goes": (
        ASK,
        [RemoveKey(("models", "gone"))],
        "models: {   # ask before you add\n  gpt-4o: {model: gpt-4o}\n}\n",
    ),
    "and when another one goes": (
        ASK,
        [RemoveKey(("models", "gpt-4o"))],
        "models: {   # ask before you add\n  gone: {model: gone}\n}\n",
    ),
    "and when all go": (
        ASK,
        [RemoveKey(("models", "gone")), RemoveKey(("models", "gpt-4o"))],
        "models: {   # ask before you add\n}\n",
    ),
    "and when all go for another": (
        ASK,
        [RemoveKey(("models", "gone")), RemoveKey(("models", "gpt-4o")), InsertKey(("models",), "new", 1)],
        "models: {   # ask before you add\n  new: 1\n}\n",
    ),
    "all go, the bracket behind the last": ("a: [ # c\n  x ]\n", [RemoveKey(("a", 0))], "a: [ # c\n  ]\n"),
    "an empty one with a comment is filled below it": (
        "  a: {   # ask before you add\n    # really\n  }\n",
        [InsertKey(("a",), "b", 1), InsertKey(("a",), "c", 2)],
        "  a: {   # ask before you add\n    b: 1, c: 2\n    # really\n  }\n",
    ),
    "the comments of a removed child go with it": (
        "a: {  # ours\n  # about b\n  # more\n  b: 1,  # one\n  c: 2  # two\n}\n",
        [RemoveKey(("a", "b"))],
        "a: {  # ours\n  c: 2  # two\n}\n",
    ),
    "the comment of a removed child on the line of the bracket goes with it": (
        "a: [x,  # about x\n  z]\n",
        [RemoveKey(("a", 0))],
        "a: [\n  z]\n",
    ),
    "comments behind the last child stay": (
        "a: [\n  x  # one\n  # the end\n]\n",
        [RemoveKey(("a", 0))],
        "a: [\n  # the end\n]\n",
    ),
    "a comma on a line of its own goes with the last child": (
        "a: {b: 1 # one\n  ,\n  c: 2\n}\n",
        [RemoveKey(("a", "c"))],
        "a: {b: 1 # one\n}\n",
    ),
    "leading commas, the last goes": (
        "a: {b: 1\n   , c: 2 # two\n   , d: 3\n   }\n",
        [RemoveKey(("a", "d"))],
        "a: {b: 1\n   , c: 2 # two\n   }\n",
    ),
    "a child behind a removed one on its line": (
        "a: [x, # one\n  y, z ]\n",
        [RemoveKey(("a", 1))],
        "a: [x, # one\n  z ]\n",
    ),
    "CRLF": (
        "a: {  # ours\r\n  # about b\r\n  b: 1,\r\n  c: 2\r\n}\r\n",
        [RemoveKey(("a", "b")), RemoveKey(("a", "c")), InsertKey(("a",), "d", 3)],
        "a: {  # ours\r\n  d: 3\r\n}\r\n",
    ),
    "a text with a line that looks like a comment": (
        'a: ["x\n  # no comment", z]\n',
        [AppendItems(("a",), ("w",))],
        'a: ["x\n  # no comment", z, w]\n',
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_flow_collection_is_rewritten_to_the_letter(name: str, edited: Edited) -> None:
    """The edits of the table give exactly the text of the table."""
    before, edits, after = WHOLE[name]
    assert edited(before, *edits) == after


def test_a_list_below_a_comment_grows_by_its_items_only(edited: Edited) -> None:
    """Appending again and again adds one line each time and no other."""
    text = OURS
    for item in ("i1", "i2", "i3"):
        text = edited(text, AppendItems(("m", "a", "features"), (item,)))
    lines = ",\n".join(" " * 10 + item for item in ("vision", "i1", "i2", "i3"))
    assert text == f"m:\n  a:\n    features: [    # ours\n{lines}\n        ]\n"


def test_a_comment_of_many_hashes_takes_no_time(edited: Edited) -> None:
    """A comment is read once: in this one the search for a comma once tried every way to cut it."""
    hashes = "# " * 500
    text = f"a: [\n  x {hashes}\n]\n"
    assert edited(text, AppendItems(("a",), ("z",))) == f"a: [\n  x, {hashes}\n  z\n]\n"


def _flow(random: Random) -> tuple[str, int]:
    """A flow list of `c0`, `c1`... in any layout, each child with a comment `# c0` perhaps; and how many children."""
    count = random.randint(1, 4)
    trailing_comma = random.random() < 0.3
    text = "a: [" + random.choice(["", " ", "  # opening\n  "])
    for number in range(count):
        text += random.choice(["", "", " ", "\n  ", "\n  ", f"\n  # c{number}\n    ", "\n\n  "])
        text += f"c{number}"
        if number < count - 1 or trailing_comma:
            text += random.choice([",", ",", ",   ", " ,", "\n  ,", f" # c{number}\n  ,"])
        text += random.choice(["", "", f" # c{number}\n   ", f" # c{number}\n"])
    text += random.choice(["", " ", "\n", "\n  ", "\n  # closing\n", "\n\n  # closing\n  "])
    text = re.sub(r"\n[ \t]+(?=\n)", "\n", text)
    return text + "]\nend: 1\n", count


@given(random=st.integers(0, 100_000).map(Random))
def test_no_edit_leaves_a_line_of_only_spaces(random: Random, edited: Edited) -> None:
    """Whatever is removed and added in whatever layout: no line of only spaces, and no comment of another is lost."""
    before, count = _flow(random)
    removed = {number for number in range(count) if random.random() < 0.5}
    edits: list[Edit] = [RemoveKey(("a", number)) for number in removed]
    if random.random() < 0.5:
        edits.append(AppendItems(("a",), ("n1", "n2")))
    after = edited(before, *edits)
    assert not re.search(r"^[ \t]+$", after, re.MULTILINE), after
    of_removed = {f"# c{number}" for number in removed}
    kept = [comment for comment in re.findall(r"# \w+", before) if comment not in of_removed]
    assert re.findall(r"# \w+", after) == kept, after


@given(random=st.integers(0, 100_000).map(Random))
def test_each_item_appended_adds_as_much_as_the_one_before(random: Random, edited: Edited) -> None:
    """Appending items one by one adds the same layout each time."""
    texts = [_flow(random)[0]]
    for item in ("i1", "i2", "i3"):
        texts.append(edited(texts[-1], AppendItems(("a",), (item,))))
    lengths = [len(after) - len(before) for before, after in pairwise(texts)]
    assert len(set(lengths[1:])) == 1, texts
