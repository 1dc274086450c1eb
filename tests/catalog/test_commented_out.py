"""Commented-out entries in block style: they are nobody's comment, and stay when the entry below them goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modelsync.catalog.splice import Edit, InsertKey, RemoveKey

REMOVE_C: list[Edit] = [RemoveKey(("models", "c"))]

# What stands between `a` and `c`: the lines that stay when `c` is removed, and those that go with it.
ABOVE: dict[str, tuple[list[str], list[str]]] = {
    "an entry": (["# b:", "#   model: b"], []),
    "an entry in flow style": (["# b: {model: b}"], []),
    "an entry in flow style over lines": (["# b: {", "#   model: b", "# }"], []),
    "without a space behind the hash": (["#b:", "#  model: b"], []),
    "a quoted key": (['# "b 2":', "#   model: b"], []),
    "a key with colons and slashes": (["# x/b:latest:", "#   model: b"], []),
    "a comment behind the key": (["# b:  # too dear", "#   model: b"], []),
    "keys inside, and a comment line without text": (
        ["# b:", "#   pricing:", "#     input: 1", "#", "#   model: b"],
        [],
    ),
    "prose above it": (["# about b", "# b:", "#   model: b"], []),
    "prose below it": (["# b:", "#   model: b"], ["# about c", "#   and more", "#", "# about c too"]),
    "two with prose between": (["# b:", "#   model: b", "# dear", "# b2: {model: b}"], ["# about c"]),
    "prose that ends in a colon": ([], ["# Note for all:", "#   they are dear"]),
    "prose with a space before the colon": ([], ["# dear :"]),
    "prose with a quote": ([], ['# "dear" ones:']),
    "prose with a value": ([], ["# see: the price list", "# {}", "# - b:"]),
}


@pytest.mark.parametrize("name", ABOVE)
def test_a_commented_out_entry_stays_when_the_one_below_goes(name: str, edited: Callable[..., str]) -> None:
    """The last commented-out entry above a removed one stays, with all above it; the prose below it goes."""
    stays, goes = ("".join(f"  {line}\n" for line in lines) for lines in ABOVE[name])
    first, last = "models:\n  a: {model: a}\n", "  d: {model: d}\n"
    assert edited(f"{first}{stays}{goes}  c: {{model: c}}\n{last}", *REMOVE_C) == first + stays + last
    assert edited(f"{first}{stays}{goes}  c: {{model: c}}\n", *REMOVE_C) == first + stays


WHOLE: dict[str, tuple[str, list[Edit], str]] = {
    "below the first key, and its blank line keeps it apart from the next": (
        "models:\n  # b:\n  #   model: b\n  c: 1\n\n  # about d\n  d: 1\n",
        REMOVE_C,
        "models:\n  # b:\n  #   model: b\n\n  # about d\n  d: 1\n",
    ),
    "between two that go": (
        "models:\n  a: 1\n  # b:\n  #   model: b\n  c: 1\n  d: 1\n",
        [RemoveKey(("models", "a")), *REMOVE_C],
        "models:\n  # b:\n  #   model: b\n  d: 1\n",
    ),
    "all go": (
        "models:\n  # b:\n  #   model: b\n  c: 1\nend: 1\n",
        REMOVE_C,
        "models: {}\n  # b:\n  #   model: b\nend: 1\n",
    ),
    "one goes and one comes": (
        "models:\n  # b:\n  #   model: b\n  # about c\n  c: 1\n",
        [*REMOVE_C, InsertKey(("models",), "d", 1)],
        "models:\n  # b:\n  #   model: b\n  d: 1\n",
    ),
    "without a final line break": (
        "models:\n  a: 1\n  # b:\n  #   model: b\n  c: 1",
        REMOVE_C,
        "models:\n  a: 1\n  # b:\n  #   model: b",
    ),
    "CRLF": (
        "models:\r\n  a: 1\r\n  # b:\r\n  #   model: b\r\n  # about c\r\n  c: 1\r\n",
        REMOVE_C,
        "models:\r\n  a: 1\r\n  # b:\r\n  #   model: b\r\n",
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_left_around_a_commented_out_entry(name: str, edited: Callable[..., str]) -> None:
    """The edits of the table give exactly the text of the table."""
    before, edits, after = WHOLE[name]
    assert edited(before, *edits) == after


def test_a_commented_out_entry_outlives_all_its_neighbours(edited: Callable[..., str]) -> None:
    """Removing the entries around it one after the other never takes it along."""
    text = "models:\n  a: 1\n  # b:\n  #   model: b\n  c: 1\n  # about d\n  d: 1\n"
    for key in "cad":
        text = edited(text, RemoveKey(("models", key)))
    assert text == "models: {}\n  # b:\n  #   model: b\n"
