"""The comment beside a value: found whatever else stands on the line, and the one that libyaml would skip there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from modelsync.catalog.comments import comment_beside
from modelsync.catalog.document import Mapping, Node, Scalar, Sequence, parse
from modelsync.errors import CatalogInvalid

TEXT = """\
\ufeffplain: 0.5 # was 0.6\x20\x20
none: 0.5
hash: a#b
quoted: "0.5 # no"   #   as written
single: 'it''s # no'\t# tab
flow: {input: 0.5, output: '2 # no', note: it's "so far, b: 'x'} # $0.5/$2
open: {
  input: 0.5,# tight
  output: 2, "text":"# no", last: "# no", # loose
  quoted: 'starts # here
    ends there', after: 5 # there
}
list: [1, 2] # both
keys:
- key: 5 # of a key with a dash
empty: # nothing here
anchor: &a 5 # five
alias: *a # again
below:
  8 # eight
block: # of the block
  - 1 # one
literal: | # of the literal
  # text
nel: 5 # five\x85next: 6 # six
"""

BESIDE: dict[tuple[str | int, ...], str] = {
    ("plain",): "# was 0.6",
    ("none",): "",
    ("hash",): "",
    ("quoted",): "#   as written",
    ("single",): "# tab",
    ("flow",): "# $0.5/$2",
    ("flow", "input"): "# $0.5/$2",
    ("flow", "note"): "# $0.5/$2",
    ("open", "input"): "# tight",
    ("open", "output"): "# loose",
    ("open", "text"): "# loose",
    ("open", "last"): "# loose",
    ("open", "quoted"): "# there",
    ("open",): "",
    ("list", 0): "# both",
    ("keys", 0, "key"): "# of a key with a dash",
    ("empty",): "# nothing here",
    ("anchor",): "# five",
    ("alias",): "# again",
    ("below",): "# eight",
    ("block",): "",
    ("block", 0): "# one",
    ("literal",): "",
    ("nel",): "# five",
    ("next",): "# six",
}


@pytest.mark.parametrize("path", BESIDE)
def test_the_comment_beside_a_value_is_found(path: tuple[str | int, ...]) -> None:
    """What stands in quotes is no comment; other values on the line may come between."""
    assert comment_beside(parse(TEXT.encode(), "c"), path) == BESIDE[path]


def test_the_comment_beside_nothing() -> None:
    """A path at which nothing is written is a KeyError; a document of one value has a comment like any other."""
    with pytest.raises(KeyError):
        comment_beside(parse(TEXT.encode(), "c"), ("flow", "absent"))
    assert comment_beside(parse(b"{a: 1} # x\n", "c"), ()) == "# x"


def values(node: Node | None, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Scalar]]:
    """Every scalar on one line below a node, with its path."""
    if isinstance(node, Scalar):
        return [(path, node)] if node.style not in ("|", ">") else []
    if isinstance(node, Mapping):
        return [found for key, value in node.pairs for found in values(value, (*path, key.value))]
    if isinstance(node, Sequence):
        return [found for number, item in enumerate(node.items) for found in values(item, (*path, number))]
    return []


def comments(text: str) -> dict[int, str]:
    """What follows libyaml's last token on each line."""
    ends: dict[int, int] = {}
    for token in yaml.scan(text, Loader=yaml.CLoader):
        if token.end_mark.column:
            ends[token.end_mark.line] = token.end_mark.index
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    return {line: lines[line][end - starts[line] :].strip() for line, end in ends.items()}


def test_real_files_have_the_comments_that_libyaml_skips(shared_data: Path) -> None:
    """Beside every value of every recorded file stands what libyaml's scanner leaves of the line."""
    beside = 0
    for file in sorted(shared_data.glob("wild/*.y*ml")):
        try:
            document = parse(file.read_bytes(), file.name)
        except CatalogInvalid:
            continue
        expected = comments(document.text)
        for path, node in values(document.root):
            if document.text[node.start : node.end]:
                line = document.lines.number(node.end)
                assert comment_beside(document, path) == expected[line], (file.name, path)
                beside += bool(expected[line])
    assert beside > 300
