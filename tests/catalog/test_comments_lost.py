"""The comments that are said to go with a key or an item are those that do."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from modelsync.catalog.comments import comments_of
from modelsync.catalog.document import parse
from modelsync.catalog.nodes import Mapping, Sequence
from modelsync.catalog.splice import RemoveKey, splice, why_not_removable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.catalog.document import Node
    from modelsync.catalog.edits import Path

BLOCK = """\
# c0 of nobody

pricing:  # c1
  input: 1  # c2
  # c3
  tiers:  # c4
    # c5
    - above: 200  # c6
      # c7
      input: "# no comment"  # c8
      # c9
    # c10
    - above: 300
      input: 'a # b'
        # c11

    # c12
    - # c13
      above: 400
  # c14
  note: |
    # text
  # c15
  last: 5
# c16
"""
FLOW = """\
pricing: {  # c1
  # c2
  input: 1,  # c3
  # c4
  tiers: [  # c5
    {above: 200, input: "# no"},  # c6
    # c7
    {above: 300,  # c8
     input: 2}  # c9
    # c10
  ],  # c11
  last: 5  # c12
  # c13
}  # c14
other: {a: 1, b: 2}  # c15
"""


def comments(text: str) -> Counter[str]:
    """Return the comments of a text, each of which has a number."""
    return Counter(re.findall(r"# (c[0-9]+)", text))


def places(node: Node | None, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of all keys and items."""
    inner: list[tuple[str | int, Node]] = []
    if isinstance(node, Mapping):
        inner = [(key.value, value) for key, value in node.pairs]
    elif isinstance(node, Sequence):
        inner = [*enumerate(node.items)]
    for step, value in inner:
        yield (*path, step)
        yield from places(value, (*path, step))


@pytest.mark.parametrize("text", [BLOCK, FLOW], ids=["block", "flow"])
def test_they_go(text: str) -> None:
    """Whatever is removed, in either style; a `#` in a value is none."""
    document = parse(text.encode(), "c.yml")
    paths = [path for path in places(document.root) if why_not_removable(document, path) is None]
    assert len(paths) > 8
    told = {path: {comment.split()[0] for comment in comments_of(document, path)} for path in paths}
    gone = {path: set(comments(text) - comments(splice(document, [RemoveKey(path)]).data.decode())) for path in paths}
    assert told == gone
