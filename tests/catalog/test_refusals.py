"""What is not edited: places that something else would see, contradictions, and results that are not the plan."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modelsync.catalog.arrange import arrange
from modelsync.catalog.document import parse
from modelsync.catalog.spans import Span, merge
from modelsync.catalog.splice import (
    AppendItems,
    Conflict,
    Edit,
    InsertKey,
    NotEditable,
    RemoveKey,
    RenameKey,
    SetList,
    SetScalar,
    splice,
    why_not_editable,
    why_not_removable,
)
from modelsync.catalog.verify import verify
from modelsync.errors import SpliceMismatch

SHARED = """\
defaults: &defaults
  timeout: 30
  deep: {x: 1}
models:
  a:
    <<: *defaults
    price: &price 5
    copy: *price
    whole: *defaults
  b: {tagged: !t {x: 1}, cost: !!float 5}
  c: &unused
    x: 1
  c2: 1
  c2: 2
? question
: value
pairs: [k: v, w]
opaque:
  ? [1]
  : x
  plain: 1
&anchored key: 1
!!str typed: 1
&used k2: 1
names: [*used]
scalars: [x, 5, {y: 1}]
"""

REASONS: dict[tuple[str | int, ...], str | None] = {
    ("defaults", "timeout"): "line 1 has the anchor &defaults, and line 6 uses it: the change would show there too",
    ("defaults", "deep", "x"): "line 1 has the anchor &defaults, and line 6 uses it: the change would show there too",
    ("models", "a", "timeout"): "`models.a.timeout` is not written here: `<<` merges it from line 2",
    ("models", "a", "<<"): "`<<` merges other mappings",
    ("models", "a", "price"): "line 7 has the anchor &price, and line 8 uses it: the change would show there too",
    ("models", "a", "copy"): "`*price` repeats line 7, where the anchor &price is",
    ("models", "a", "whole", "timeout"): "`*defaults` repeats line 1, where the anchor &defaults is",
    ("models", "b", "tagged", "x"): "line 10 gives it the tag !t",
    ("models", "b", "cost"): "line 10 gives it the tag tag:yaml.org,2002:float",
    ("models", "c2"): "`models.c2` is there twice",
    ("models", "missing"): "there is no `models.missing`",
    ("pairs", 2): "there is no `pairs.2`",
    ("pairs", 0): "it is a single pair inside a list, without braces",
    ("opaque",): "line 19 has a key that is no plain text",
    ("opaque", "plain"): None,
    ("models", "c", "x"): None,
    ("models", "c"): None,
    (): "line 15 writes its key as `? key`",
}


@pytest.mark.parametrize("path", REASONS)
def test_the_reason_names_what_stands_in_the_way(path: tuple[str | int, ...]) -> None:
    """Planners ask beforehand; the answer is a sentence with a line in it, or None."""
    assert why_not_editable(parse(SHARED.encode(), "c.yml"), path) == REASONS[path]


REMOVABLE: dict[tuple[str | int, ...], str | None] = {
    ("defaults",): "line 1 has the anchor &defaults, and line 6 uses it: the change would show there too",
    ("models", "a", "copy"): None,
    ("models", "b", "tagged"): None,
    ("models", "a"): None,
    ("models", "missing"): "there is no `models.missing`",
    ("models", "c", "x"): None,
    ("opaque", "plain"): "line 17 has a key that is no plain text",
    ("k2",): "line 22 has the anchor &used, and line 23 uses it: the change would show there too",
    (): "the document itself cannot be removed",
}


@pytest.mark.parametrize("path", REMOVABLE)
def test_removing_asks_about_the_whole_subtree(path: tuple[str | int, ...]) -> None:
    """An alias or a tagged value can go; an anchor that is used elsewhere cannot."""
    text = SHARED.replace("? question\n: value\n", "")
    assert why_not_removable(parse(text.encode(), "c.yml"), path) == REMOVABLE[path]
    assert why_not_removable(parse(SHARED.encode(), "c.yml"), ("names",)) == "line 15 writes its key as `? key`"


def test_an_anchor_on_a_key_is_an_anchor() -> None:
    """A key that an alias repeats is neither removed nor renamed."""
    document = parse(b"&k name: 1\nb: [*k]\n", "c.yml")
    assert why_not_removable(document, ("name",)) == (
        "line 1 has the anchor &k, and line 2 uses it: the change would show there too"
    )
    with pytest.raises(NotEditable, match="the key has a tag or an anchor"):
        splice(document, [RenameKey(("name",), "x")])


def test_an_empty_document_can_only_be_added_to() -> None:
    """There is nothing to set or remove in a file without content."""
    document = parse(b"# nothing\n", "c.yml")
    assert why_not_editable(document, ()) is None
    assert why_not_editable(document, ("a",)) == "the document is empty"
    assert why_not_removable(document, ("a",)) == "the document is empty"


NOT_EDITABLE: dict[str, tuple[str, Edit, str]] = {
    "set a mapping": ("a: {b: 1}\n", SetScalar(("a",), 1), "it is a list or a mapping, not a single value"),
    "a list over a text": ("a: x\n", SetScalar(("a",), ["x"]), "it is not an empty list"),
    "a mapping over a full one": ("a: {b: 1}\n", SetScalar(("a",), {"c": 1}), "it is not an empty mapping"),
    "insert into a text": ("a: x\n", InsertKey(("a",), "b", 1), "it is not a mapping"),
    "append to a mapping": ("a: {b: 1}\n", AppendItems(("a",), (1,)), "it is not a list"),
    "a key that is there": ("a: 1\nb: 2\n", InsertKey((), "a", 1), "the key is there already"),
    "rename to a key that is there": ("a: 1\nb: 2\n", RenameKey(("a",), "b"), "the key is there already"),
    "rename what is not there": ("a: 1\n", RenameKey(("b",), "c"), "there is no such key"),
    "rename an item": ("[a]\n", RenameKey((0,), "c"), "there is no such key"),
    "rename the document": ("a: 1\n", RenameKey((), "c"), "the document has no key"),
    "rename beside `? key`": ("? a\n: 1\nb: 1\n", RenameKey(("b",), "c"), "line 1 writes its key as `? key`"),
    "remove the document": ("a: 1\n", RemoveKey(()), "the document itself cannot be removed"),
    "remove what is not there": ("a: 1\n", RemoveKey(("b",)), "there is no `b`"),
    "a list with more than scalars": ("a: [x, {y: 1}]\n", SetList(("a",), ("x",)), "it is no single value"),
    "an item that is used elsewhere": (
        "a: [&x y]\nb: *x\n",
        SetList(("a",), ("z",)),
        "line 1 has the anchor &x, and line 2 uses it",
    ),
    "half a surrogate pair": ("a: x\n", SetScalar(("a",), "\ud800"), "half a surrogate pair"),
    "half a surrogate pair, deep inside": (
        "a: ~\n",
        InsertKey(("a",), "b", [{"c": "\udfff"}]),
        "half a surrogate pair",
    ),
    "no finite number": ("a: 1\n", SetScalar(("a",), Decimal("NaN")), "NaN is no number"),
    "a key too long": ("a: 1\n", InsertKey((), "k" * 201, 1), "a key of 201 characters is too long"),
    "an explicit document without content": ("---\n", InsertKey((), "a", 1), "the document is empty after its `---`"),
    "the last item behind `? key`": ("? k\n:\n  - x\n", RemoveKey(("k", 0)), "its key and value are not written as"),
    "the value of a bare `? key`": (
        "x:\n  ? k\ny: 1\n",
        SetScalar(("x", "k"), 1),
        "`x.k` is a `? key` without a value",
    ),
    "a flow pair without braces": ("[a: 1]\n", InsertKey((0,), "b", 1), "a single pair inside a list"),
}


@pytest.mark.parametrize("name", NOT_EDITABLE)
def test_what_cannot_be_edited_alone_is_refused_with_a_reason(name: str) -> None:
    """`NotEditable` carries the path and a sentence."""
    text, edit, reason = NOT_EDITABLE[name]
    with pytest.raises(NotEditable) as caught:
        splice(parse(text.encode(), "c.yml"), [edit])
    assert reason in caught.value.reason
    assert caught.value.reason in str(caught.value)


CONFLICTS: dict[str, list[Edit]] = {
    "set twice": [SetScalar(("a",), 1), SetScalar(("a",), 2)],
    "set and filled": [SetScalar(("n",), 1), InsertKey(("n",), "x", 1)],
    "filled and set": [InsertKey(("n",), "x", 1), SetScalar(("n",), 1)],
    "a mapping and a list": [InsertKey(("n",), "x", 1), AppendItems(("n",), (1,))],
    "removed twice": [RemoveKey(("a",)), RemoveKey(("a",))],
    "removed and set": [RemoveKey(("a",)), SetScalar(("a",), 1)],
    "set inside what goes": [SetScalar(("m", "x"), 1), RemoveKey(("m",))],
    "set an item that a list loses": [SetScalar(("l", 0), "z"), SetList(("l",), ("y",))],
    "renamed and removed": [RenameKey(("a",), "b"), RemoveKey(("a",))],
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_edits_that_contradict_each_other_are_a_mistake_of_the_caller(name: str) -> None:
    """`Conflict`, a ValueError: no order of application would be right."""
    with pytest.raises(Conflict):
        splice(parse(b"a: 1\nn: ~\nm: {x: 1}\nl: [x]\n", "c.yml"), CONFLICTS[name])


BEFORE = "a: 1\nb: &b {c: x, d: [1, 2]}\ne: *b\nf: |\n  text\ng: &g 1\nh: *g\n"
EDITS: list[Edit] = [
    SetScalar(("a",), Decimal("0.5")),
    InsertKey((), "new", {"x": ["w", True]}),
    RemoveKey(("f",)),
    RenameKey(("a",), "z"),
]
AFTER = "z: 0.5\nb: &b {c: x, d: [1, 2]}\ne: *b\ng: &g 1\nh: *g\nnew: {x: [w, true]}\n"

WRONG = {
    "another number": AFTER.replace("0.5", "0.50001"),
    "a number as text": AFTER.replace("0.5", "'0.5'"),
    "a text as boolean": AFTER.replace("[w, true]", "[yes, true]"),
    "a boolean as text": AFTER.replace("true", "'true'"),
    "an item too many": AFTER.replace("true]", "true, 1]"),
    "a scalar for a list": AFTER.replace("[w, true]", "w"),
    "a list for a mapping": AFTER.replace("{x: [w, true]}", "[x]"),
    "a key too many in the new value": AFTER.replace("true]}", "true], w: 1}"),
    "another key in the new value": AFTER.replace("{x:", "{w:"),
    "a tag on the new value": AFTER.replace("new:", "new: !t"),
    "an alias for the new value": AFTER.replace("{x: [w, true]}", "*g"),
    "the renamed key as a number": AFTER.replace("z:", "5:"),
    "the old key": AFTER.replace("z:", "a:"),
    "another order": AFTER.replace("z: 0.5\n", "") + "z: 0.5\n",
    "a key lost": AFTER.replace("g: &g 1\nh: *g\n", ""),
    "the removed key kept": AFTER + "f: |\n  text\n",
    "an untouched text changed": AFTER.replace("c: x", "c: y"),
    "an untouched style changed": AFTER.replace("c: x", "c: 'x'"),
    "an untouched key changed": AFTER.replace("d: [", "dd: ["),
    "an untouched list longer": AFTER.replace("[1, 2]", "[1, 2, 3]"),
    "an untouched list in block style": AFTER.replace("&b {c: x, d: [1, 2]}", "&b\n  c: x\n  d: [1, 2]"),
    "an untouched list turned to a text": AFTER.replace("[1, 2]", "12"),
    "an untouched mapping shorter": AFTER.replace("{c: x, d: [1, 2]}", "{c: x}"),
    "an alias of something else": AFTER.replace("e: *b", "e: *g")
    .replace("g: &g 1\n", "")
    .replace("z: 0.5", "z: &g 0.5"),
    "an alias resolved": AFTER.replace("h: *g", "h: 1"),
    "an anchor lost": AFTER.replace("g: &g 1", "g: 1").replace("h: *g", "h: *b"),
    "an anchor renamed": AFTER.replace("&b", "&bb").replace("*b", "*bb"),
    "a tag added": AFTER.replace("g: &g 1", "g: &g !!int 1"),
    "no mapping at all": "- 1\n",
    "nothing at all": "",
    "no YAML": "a: [",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_result_that_is_not_the_plan_is_a_mismatch(name: str) -> None:
    """Whatever goes wrong in the text, comparing the trees finds it."""
    old = parse(BEFORE.encode(), "c.yml")
    with pytest.raises(SpliceMismatch):
        verify(old, WRONG[name].encode(), arrange(old, tuple(EDITS)))


def test_the_right_result_is_accepted() -> None:
    """The comparison itself agrees with the text that was wanted, in whatever layout."""
    old = parse(BEFORE.encode(), "c.yml")
    verify(old, AFTER.encode(), arrange(old, tuple(EDITS)))
    assert splice(old, EDITS).data.decode() == AFTER


def test_without_aliases_the_comparison_is_as_strict() -> None:
    """The short cut for documents without aliases finds a changed key, value, style and anchor."""
    old = parse(b"a: {b: {c: 1, d: x}}\ne: 1\n", "c.yml")
    arranged = arrange(old, (SetScalar(("e",), 2),))
    verify(old, b"a: {b: {c: 1, d: x}}\ne: 2\n", arranged)
    for wrong in ("{c: 1, dd: x}", "{c: 2, d: x}", "{c: 1, d: 'x'}", "{c: 1, d: &d x}", "{c: 1}", "{c: 1, d: [x]}"):
        with pytest.raises(SpliceMismatch, match="near line 1"):
            verify(old, f"a: {{b: {wrong}}}\ne: 2\n".encode(), arranged)
    with pytest.raises(SpliceMismatch):
        verify(old, b"a: {b: {c: 1, d: x}}\ne: 1\n", arranged)


@pytest.mark.parametrize(
    "wrong", ["a: {x: 1}\nb: '0.5'\n", "a: [x]\nb: '0.5'\n", "a: [x, y z]\nb: 'half'\n", "a: [x, z]\nb: '0.5'\n"]
)
def test_lists_and_quoted_numbers_are_compared_too(wrong: str) -> None:
    """A list must have exactly its final items; a number in quotes must be that number."""
    old = parse(b"a: [x]\nb: '1'\n", "c.yml")
    arranged = arrange(old, (AppendItems(("a",), ("y z",)), SetScalar(("b",), Decimal("0.5"))))
    verify(old, b"a: [x, y z]\nb: '0.5'\n", arranged)
    with pytest.raises(SpliceMismatch):
        verify(old, wrong.encode(), arranged)


@pytest.mark.parametrize(
    "wrong",
    [
        "? [a, x]\n: 1\nc: 5\n? {d: 3}\n: 4\n",
        "? {d: 3}\n: 4\nc: 5\n? [a, b]\n: 1\n",
        "? [a, b]\n: 1\nc: 5\nd: 4\n",
        "? [a, b]\n: 1\nc: 5\n? {d: 3}\n: 4\n---\nc: 5\n",
        "\ufeff\ufeff? [a, b]\n: 1\nc: 5\n? {d: 3}\n: 4\n",
    ],
    ids=["another list", "another order", "a text for a mapping", "a second document", "two byte order marks"],
)
def test_keys_that_are_no_texts_are_compared_too(wrong: str) -> None:
    """A list or a mapping as a key stays in its place, word for word, and the document stays the only one."""
    old = parse(b"? [a, b]\n: 1\nc: 2\n? {d: 3}\n: 4\n", "c.yml")
    arranged = arrange(old, (SetScalar(("c",), 5),))
    verify(old, b"? [a, b]\n: 1\nc: 5\n? {d: 3}\n: 4\n", arranged)
    with pytest.raises(SpliceMismatch):
        verify(old, wrong.encode(), arranged)


def test_what_could_not_be_read_again_is_not_written() -> None:
    """A value that would nest deeper than a catalog may is a mismatch, as it could not be read by the next run."""
    old = parse(("{a: " * 99 + "{}" + "}" * 99).encode(), "c.yml")
    splice(old, (InsertKey(("a",) * 99, "b", 1),))
    with pytest.raises(SpliceMismatch):
        splice(old, (InsertKey(("a",) * 99, "b", {"c": 1}),))


def test_replacements_that_overlap_are_a_bug() -> None:
    """Two replacements of the same characters are never joined by chance, unless one says it yields."""
    with pytest.raises(SpliceMismatch, match="same characters at 1"):
        merge([Span(0, 2, "x"), Span(1, 3, "y")])
    assert merge([Span(0, 2, "y", yields=True), Span(0, 2, "x")]) == [Span(0, 2, "x")]


def test_spans_say_what_was_replaced_in_the_old_text() -> None:
    """Applying the spans by hand to the old characters gives the new bytes."""
    document = parse("\ufeffa: 1\r\nü: [x]\r\n".encode(), "c.yml")
    spliced = splice(document, [SetScalar(("a",), 2), AppendItems(("ü",), ("y z",))])
    assert spliced.spans == ((4, 5, "2"), (12, 12, ", y z"))
    text = document.text
    for start, end, replacement in reversed(spliced.spans):
        text = text[:start] + replacement + text[end:]
    assert spliced.data == text.encode()
