"""Laws of splicing, on generated documents: written in every style, edited at random, read back by other readers."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from modelsync.catalog.document import parse, plain_value
from modelsync.catalog.splice import splice

from .author import Author, Editor, exact

Readers = dict[str, Callable[[str], Any]]


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
