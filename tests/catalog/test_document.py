"""Reading: the tree and its spans, what is refused and where, what nodes mean."""

from __future__ import annotations

import gc
from decimal import Decimal

import pytest
import yaml

from modelsync.catalog.document import (
    Alias,
    Document,
    Mapping,
    Node,
    Scalar,
    Sequence,
    locate,
    parse,
    plain_value,
    position,
)
from modelsync.errors import CatalogInvalid


def read(text: str) -> Document:
    """Parse a text."""
    return parse(text.encode(), "catalog.yml")


def bomb(levels: int) -> str:
    """Lists of ten aliases of the list before."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


REFUSED = {
    "second document": ("a: 1\n---\nb: 2\n", 2, 1, "second YAML document"),
    "tab as indentation": ("a:\n\tb: 1\n", 2, 1, "tab"),
    "NUL": ("a: 1\nb: x\0y\n", 2, 5, "U+0000"),
    "escape character": ("a: \x1b[0m\n", 1, 4, "U+001B"),
    "non-character": ("a: \ufffe\n", 1, 4, "U+FFFE"),
    "two byte order marks": ("\ufeff\ufeffa: 1\n", 1, 2, "byte order mark"),
    "two colons": ("a: b: c\n", 1, 5, "mapping values are not allowed"),
    "half a flow list": ("a: [1, 2\n", 2, 1, "expected ',' or ']'"),
    "nesting over 100": ("a: " + "[" * 101 + "]" * 101, 1, 103, "nested more than 100"),
    "unknown alias": ("a: *b\n", 1, 4, "no anchor is named b"),
    "recursive alias": ("a: &a\n  b: [*a]\n", 2, 7, "contains itself"),
    "alias bomb": (bomb(7), 2, 10, "more than 1000000 nodes"),
    "many aliases": ("a: &a 1\nb: [" + "*a, " * 10_001 + "]\n", 2, 40_005, "more than 10000 aliases"),
    "deep through aliases": (
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 120)),
        2,
        10,
        "nested more than 100 deep through",
    ),
    "merge of a scalar": ("a: &a 1\nb:\n  <<: *a\n", 3, 3, "`<<` must merge a mapping"),
    "merge of a list of scalars": ("b:\n  <<: [1]\n", 2, 3, "`<<` must merge a mapping"),
    "fault behind CRLF and a byte order mark": ("\ufeffa: 1\r\nb: @x\r\n", 2, 4, "cannot start any token"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_edited_safely_is_refused_with_its_place(name: str) -> None:
    """Every refusal names line and column, counted from 1, and what is wrong there."""
    text, line, column, words = REFUSED[name]
    with pytest.raises(CatalogInvalid) as caught:
        read(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in caught.value.problem
    assert str(caught.value).startswith(f"catalog.yml:{line}:{column}: ")


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [(b"a: 1\nb: \xff\n", 2, 4), ("a: 1\n".encode("utf-16"), 1, 1), ("ä: ".encode() + b"\xe4", 1, 4)],
)
def test_other_encodings_than_utf8_are_refused(data: bytes, line: int, column: int) -> None:
    """The first byte that is not UTF-8 is named by line and column of the characters before it."""
    with pytest.raises(CatalogInvalid, match="not UTF-8") as caught:
        parse(data, "catalog.yml")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.hint == "Save it as UTF-8."


def test_deep_flow_nesting_is_refused_at_once() -> None:
    """100,000 open brackets cost no more than the first 101: reading stops there."""
    with pytest.raises(CatalogInvalid, match="nested more than 100"):
        read("a: " + "[" * 100_000)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n", "\ufeff"])
def test_an_empty_document_has_no_root(text: str) -> None:
    """A file without content is valid and has no root node."""
    document = read(text)
    assert document.root is None
    assert plain_value(document.root) is None
    assert document.text == text


@pytest.mark.parametrize("text", ["--- # start\na: 1\n...\n", "%YAML 1.1\n---\na: 1\n", "a: 1\n...\n# end\n"])
def test_one_explicit_document_is_accepted(text: str) -> None:
    """A `---` and a `...` around the one document are fine."""
    assert plain_value(read(text).root) == {"a": 1}


SPANS = """\
\ufeffplain: two words   # why
'quoted': "a # b"
anchored: &x !!str text
flow: {a: [1, 'b'], c}
literal: |
  line one

  line two


alias: *x
empty:
list:
- one
-  - two
"""


def test_spans_cover_exactly_the_characters_of_a_node() -> None:
    """Offsets count characters of the text, a byte order mark included; block scalars end before trailing blank lines."""
    document = read(SPANS)
    found: dict[str, str] = {}

    def collect(path: str, node: Node) -> None:
        found[path] = document.text[node.start : node.end]
        if isinstance(node, Mapping):
            for key, value in node.pairs:
                found[f"key {path}/{key.value}"] = document.text[key.start : key.end]
                collect(f"{path}/{key.value}", value)
        elif isinstance(node, Sequence):
            for number, item in enumerate(node.items):
                collect(f"{path}/{number}", item)

    assert document.root is not None
    collect("", document.root)
    assert {path: text for path, text in found.items() if path.startswith("/")} == {
        "/plain": "two words",
        "/quoted": '"a # b"',
        "/anchored": "&x !!str text",
        "/flow": "{a: [1, 'b'], c}",
        "/flow/a": "[1, 'b']",
        "/flow/a/0": "1",
        "/flow/a/1": "'b'",
        "/flow/c": "",
        "/literal": "|\n  line one\n\n  line two",
        "/alias": "*x",
        "/empty": "",
        "/list": "- one\n-  - two",
        "/list/0": "one",
        "/list/1": "- two",
        "/list/1/0": "two",
    }
    assert found["key /quoted"] == "'quoted'"
    assert found[""] == SPANS[1:].rstrip("\n")
    assert (
        position(document.text, document.text.index("literal"))
        == document.position(document.text.index("literal"))
        == (5, 1)
    )


def test_a_mapping_finds_its_own_aliased_and_merged_values() -> None:
    """`own` sees what is written in the mapping; `find` also says whether a value comes by alias or by merge."""
    document = read(
        "d: &d {x: 1, y: 2}\ne: &e {y: 3, z: 4}\nm:\n  <<: [*d, *e]\n  x: 9\n  other: *e\nn:\n  '<<': {q: 1}\n"
    )
    merged = locate(document, ("m",))
    assert isinstance(merged, Mapping)
    own = merged.find("x")
    assert own is not None
    assert (own[1], plain_value(own[0])) == ("own", 9)
    assert isinstance(merged.own("other"), Alias)
    aliased = merged.find("other")
    assert aliased is not None
    assert (aliased[1], plain_value(aliased[0])) == ("alias", {"y": 3, "z": 4})
    first = merged.find("y")
    assert first is not None
    assert (first[1], plain_value(first[0])) == ("merge", 2)
    assert merged.own("y") is None
    assert merged.find("missing") is None
    assert plain_value(merged) == {"y": 2, "z": 4, "x": 9, "other": {"y": 3, "z": 4}}
    assert plain_value(locate(document, ("n",))) == {"<<": {"q": 1}}, "a quoted << is a key like any other"


def test_duplicate_keys_are_reported_not_refused() -> None:
    """The second occurrence of a key is `duplicate`; the last value counts, as for loaders."""
    document = read("a: 1\nb: {c: 1}\n'a': 2\n")
    root = document.root
    assert isinstance(root, Mapping)
    assert root.duplicate is not None
    assert document.position(root.duplicate.start) == (3, 1)
    assert plain_value(locate(document, ("a",))) == 2
    inner = root.own("b")
    assert isinstance(inner, Mapping)
    assert inner.duplicate is None


def test_keys_that_are_no_scalars_are_kept_apart() -> None:
    """Pairs with a list, a map or an alias as key are in `opaque`; the others are found as always."""
    document = read("x: &x k\n? [1, 2]\n: list\n*x : alias\n? {a: b}\n: map\ny: 1\n")
    root = document.root
    assert isinstance(root, Mapping)
    assert [key.value for key, _ in root.pairs] == ["x", "y"]
    assert [plain_value(value) for _, value in root.opaque] == ["list", "alias", "map"]
    assert plain_value(root) == {"x": "k", "y": 1, (1, 2): "list", "k": "alias", (("a", "b"),): "map"}


@pytest.mark.parametrize(
    "path", [("b",), ("a", "x", "y"), ("a", 0), ("l", 2), ("l", "0"), ("al", "x"), ("a", "merged")]
)
def test_locate_goes_only_where_something_is_written(path: tuple[str | int, ...]) -> None:
    """Absent keys, wrong kinds of step, and anything behind an alias or a merge are KeyErrors."""
    document = read("m: &m {merged: 1}\na: {x: 1, <<: *m}\nl: [1, 2]\nal: *m\n")
    assert isinstance(locate(document, ("a", "x")), Scalar)
    assert isinstance(locate(document, ("l", 1)), Scalar)
    with pytest.raises(KeyError):
        locate(document, path)
    with pytest.raises(KeyError):
        locate(read(""), ())


NUMBERS = {
    "0.005": Decimal("0.005"),
    "1e-7": "1e-7",
    "2.5e-07": Decimal("2.5e-07"),
    "128_000": 128_000,
    "017": 15,
    "0o17": "0o17",
    "0x1F": 31,
    "-0b11": -3,
    "1:30": 90,
    "-1:30.5": Decimal("-90.5"),
    "+.5": "+.5",
    ".5": Decimal("0.5"),
    "-.inf": Decimal("-Infinity"),
    "1" * 5_000: Decimal("1" * 5_000),
    "-" + "1" * 5_000: Decimal("-" + "1" * 5_000),
    "0.1234567890123456789012345678901234567890": Decimal("0.1234567890123456789012345678901234567890"),
    "08": "08",
    "y": "y",
    "Yes": True,
    "off": False,
    "~": None,
    "": None,
    "'5'": "5",
    "! 5": "5",
    "!!str 5": "5",
    "!!int 5": 5,
}


@pytest.mark.parametrize("text", NUMBERS)
def test_scalars_mean_what_a_yaml_11_loader_sees_but_exactly(text: str) -> None:
    """Numbers keep every digit; each kind of value keeps its type."""
    value = plain_value(locate(read(f"a: {text}\n"), ("a",)))
    assert value == NUMBERS[text]
    assert type(value) is type(NUMBERS[text])


@pytest.mark.parametrize("text", [text for text in NUMBERS if len(text) < 100 and text != "! 5"])
def test_our_reading_agrees_with_pyyaml(text: str) -> None:
    """The same texts through PyYAML's safe loader: equal values, but for floats that it rounds."""
    ours, theirs = NUMBERS[text], yaml.safe_load(f"a: {text}\n")["a"]
    assert (float(ours) if isinstance(ours, Decimal) else ours) == theirs


@pytest.mark.parametrize("text", ["2024-05-13", "2001-12-14 21:59:43.10 -5", "!!binary aGk=", "!x 5", "=", "!!int x"])
def test_dates_and_tags_are_none_of_our_types(text: str) -> None:
    """What is no text, number, boolean or null equals none of them."""
    value = plain_value(locate(read(f"a: {text}\n"), ("a",)))
    assert not isinstance(value, str | int | Decimal | bool | None)
    assert plain_value(read(f"a: {text}\n").root) == {"a": value}
    assert plain_value(read("!x {a: 1}").root) != {"a": 1}


@pytest.mark.parametrize(
    ("text", "newline"),
    [("a: 1\r\nb: 2\r\n", "\r\n"), ("a: 1\nb: 2\n", "\n"), ("a: 1", "\n"), ("a: 1\r\nb: 2\nc: 3\n", "\n")],
)
def test_the_line_break_mostly_used_is_the_documents(text: str, newline: str) -> None:
    """CRLF where more than half of the lines end so."""
    assert read(text).newline == newline


@pytest.mark.parametrize("enabled", [True, False])
def test_parsing_leaves_the_garbage_collector_as_it_was(enabled: bool) -> None:
    """Collection is paused while a tree grows, and afterwards as before, also after a refusal."""
    before = gc.isenabled()
    try:
        gc.enable() if enabled else gc.disable()
        read("a: 1\n")
        assert gc.isenabled() is enabled
        with pytest.raises(CatalogInvalid):
            read("a: [")
        assert gc.isenabled() is enabled
    finally:
        gc.enable() if before else gc.disable()
