"""Several documents in one file: read as a list, edited one by one, and nothing between them touched."""

from __future__ import annotations

import io
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from ruamel.yaml import YAML

from modelsync.catalog.arrange import arrange
from modelsync.catalog.document import Document, Sequence, locate, parse, plain_value
from modelsync.catalog.splice import (
    AppendItems,
    Conflict,
    Edit,
    InsertItem,
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
from modelsync.errors import CatalogInvalid, SpliceMismatch

from .author import Author, Editor, exact

EXAMPLES = settings.default.max_examples if settings.default else 100


def read(text: str) -> Document:
    """Parse a text as several documents."""
    return parse(text.encode(), "models.yml", several=True)


STREAMS: dict[str, tuple[str, list[object]]] = {
    "two": ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
    "one": ("a: 1\n", [{"a": 1}]),
    "one, marked": ("--- # c\na: 1\n...\n# end\n", [{"a": 1}]),
    "none": ("# nothing\n", []),
    "not even a comment": ("", []),
    "directives": ("%YAML 1.1\n---\na: 1\n...\n%YAML 1.1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
    "empty ones": ("---\n---\n# c\n---\na: 1\n...\n# x\n---\n", [None, None, {"a": 1}, None]),
    "an end without a line break": ("a: 1\n---", [{"a": 1}, None]),
    "no mappings": ("- 1\n--- text\n--- [x]\n--- |\n  lines\n---\n~\n", [[1], "text", ["x"], "lines\n", None]),
    "anchors of one name": ("a: &x 1\nb: *x\n---\na: &x 2\nb: *x\n", [{"a": 1, "b": 1}, {"a": 2, "b": 2}]),
    "merges": ("a: &x {y: 1}\n---\na: &x {y: 2}\nb: {<<: *x}\n", [{"a": {"y": 1}}, {"a": {"y": 2}, "b": {"y": 2}}]),
}


@pytest.mark.parametrize("name", STREAMS)
def test_the_documents_of_a_file_are_a_list(name: str) -> None:
    """Also where there is one or none; an empty document is a null, so that those after it keep their numbers."""
    text, data = STREAMS[name]
    document = read(text)
    assert isinstance(document.root, Sequence)
    assert plain_value(document.root) == data == list(yaml.safe_load_all(text))
    assert document.text == text
    assert splice(document, []).data == text.encode()


def test_a_path_begins_with_the_number_of_the_document() -> None:
    """Places are those of the whole file."""
    document = read("a: 1\n---\nb: {c: 2}\n")
    assert document.position(locate(document, (1, "b", "c")).start) == (3, 8)
    with pytest.raises(KeyError):
        locate(document, (2, "b"))
    assert document.part(1).text == document.text
    with pytest.raises(IndexError):
        document.part(2)
    with pytest.raises(IndexError):
        parse(b"- 1\n", "models.yml").part(0)


REFUSED = {
    "an anchor of the document before": ("a: &x 1\n---\nb: *x\n", 3, 4, "no anchor is named x"),
    "a fault in the second": ("a: 1\n---\nb: [\n", 4, 1, "expected node content"),
    "a bad merge in the second": ("a: 1\n---\nb: {<<: 1}\n", 3, 5, "`<<` must merge"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_each_document_stands_for_itself(name: str) -> None:
    """What is wrong with one is refused with its place in the file; anchors do not reach over."""
    text, line, column, words = REFUSED[name]
    with pytest.raises(CatalogInvalid) as caught:
        read(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in caught.value.problem


def test_a_second_document_is_refused_where_one_is_expected() -> None:
    """Only who asks for several gets them."""
    with pytest.raises(CatalogInvalid, match="a second YAML document starts here"):
        parse(b"a: 1\n---\nb: 2\n", "models.yml")


EDITED: dict[str, tuple[str, list[Edit], str]] = {
    "each by itself": (
        "# one\na: 1.50\n--- # two\na: 10.00 # was 9\n...\n# between\n%YAML 1.1\n---\na: 3\n",
        [SetScalar((0, "a"), 2), SetScalar((1, "a"), 3), RenameKey((2, "a"), "b")],
        "# one\na: 2.00\n--- # two\na: 3.00 # was 9\n...\n# between\n%YAML 1.1\n---\nb: 3\n",
    ),
    "added at the end of each": (
        "a: 1\n\n# vim\n---\nb:\n  - x\n...\n---\n{c: 1}\n",
        [
            InsertKey((0,), "w", 1),
            AppendItems((1, "b"), ("z",)),
            InsertKey((1,), "w", {"o": 1}),
            InsertKey((2,), "w", 1),
        ],
        "a: 1\nw: 1\n\n# vim\n---\nb:\n  - x\n  - z\nw:\n  o: 1\n...\n---\n{c: 1, w: 1}\n",
    ),
    "removed": (
        "# about a\na: 1\nb: 2\n---\n\n# about c\nc: 3\n---\nd:\n  - x\n  - y\n",
        [RemoveKey((0, "a")), RemoveKey((1, "c")), RemoveKey((2, "d", 1))],
        "b: 2\n---\n\n{}\n---\nd:\n  - x\n",
    ),
    "documents that are lists": (
        "- a\n- b\n---\n- c # why\n---\n[]\n",
        [InsertItem((0,), "x", 1), SetList((1,), ("d",)), AppendItems((2,), ("e",))],
        "- a\n- x\n- b\n---\n- d\n---\n- e\n",
    ),
    "documents of one value": (
        "--- old # why\n--- |\n  old\n--- ~\n---\n~\n",
        [SetScalar((0,), "new"), SetScalar((1,), "1\n2\n"), SetScalar((2,), 5), InsertKey((3,), "a", 1)],
        '--- new # why\n--- "1\\n2\\n"\n--- 5\n---\na: 1\n',
    ),
    "a block at the end of one": (
        "a: |+\n  x\n\n---\na: |\n  y\n---\nb: 1",
        [InsertKey((0,), "w", 1), SetScalar((1, "a"), "z"), InsertKey((2,), "w", 1)],
        "a: |+\n  x\n\nw: 1\n---\na: |-\n  z\n---\nb: 1\nw: 1",
    ),
    "in the habits of the other documents": (
        'a: "x"\nf:\n- "y"\n---\nb: 1\n',
        [InsertKey((1,), "c", "z"), InsertKey((1,), "g", ["x"])],
        'a: "x"\nf:\n- "y"\n---\nb: 1\nc: "z"\ng:\n- "x"\n',
    ),
    "anchors of one name": (
        "a: &x 1\n---\na: &x 2\nb: *x\n",
        [SetScalar((0, "a"), 5), RemoveKey((1, "b"))],
        "a: &x 5\n---\na: &x 2\n",
    ),
    "CRLF and a byte order mark": (
        "\ufeffa: 1\r\n---\r\nb: 2\r\n",
        [InsertKey((0,), "c", 1), SetScalar((1, "b"), 3)],
        "\ufeffa: 1\r\nc: 1\r\n---\r\nb: 3\r\n",
    ),
}


@pytest.mark.parametrize("name", EDITED)
def test_a_file_of_documents_is_rewritten_to_the_letter(name: str) -> None:
    """Each document is edited as if it stood alone; what marks and divides them stays."""
    before, edits, after = EDITED[name]
    assert splice(read(before), edits).data.decode() == after


SHARED = "a: 1\n---\na: &x 2\nb: *x\n---\n---\n- 1\n"
STREAM = "documents can neither be added to the file nor taken out of it"

NOT_EDITABLE: dict[str, tuple[Edit, str]] = {
    "set the file": (SetScalar((), 1), STREAM),
    "add a document": (AppendItems((), ({"a": 1},)), STREAM),
    "add a document between": (InsertItem((), {"a": 1}, 1), STREAM),
    "add a key to the file": (InsertKey((), "a", 1), STREAM),
    "say what the documents are": (SetList((), ("a",)), STREAM),
    "remove the file": (RemoveKey(()), STREAM),
    "remove a document": (RemoveKey((0,)), "the document itself cannot be removed"),
    "rename a document": (RenameKey((0,), "a"), "the document has no key"),
    "a document that is not there": (SetScalar((4, "a"), 1), "there is no document 4"),
    "no number": (SetScalar(("a",), 1), "there is no document a"),
    "a value for an empty document": (SetScalar((2,), 1), "the document is empty after its `---`"),
    "content for an empty document": (InsertKey((2,), "a", 1), "the document is empty after its `---`"),
    "what an alias of the same document repeats": (
        SetScalar((1, "a"), 1),
        "line 3 has the anchor &x, and line 4 uses it: the change would show there too",
    ),
    "what is not there": (RemoveKey((0, "c")), "there is no `c`"),
}


@pytest.mark.parametrize("name", NOT_EDITABLE)
def test_what_cannot_be_edited_is_refused_by_its_whole_path(name: str) -> None:
    """`NotEditable` names the place from the root of the file."""
    edit, reason = NOT_EDITABLE[name]
    with pytest.raises(NotEditable) as caught:
        splice(read(SHARED), [edit])
    assert caught.value.path == edit.path
    assert caught.value.reason == reason


def test_planners_can_ask_beforehand() -> None:
    """The list of documents is not editable, their content is, and an alias counts in its own document only."""
    document = read(SHARED.replace("a: 1", "a: &x 1"))
    assert why_not_editable(document, ()) == STREAM
    assert why_not_removable(document, (0,)) == STREAM
    assert why_not_editable(document, (0,)) is None
    assert why_not_editable(document, (0, "a")) is None
    assert why_not_removable(document, (0, "a")) is None
    assert why_not_editable(document, (1, "a")) == NOT_EDITABLE["what an alias of the same document repeats"][1]
    assert why_not_editable(document, (9, "a")) == "there is no `9`"


def test_edits_of_one_document_may_contradict_each_other() -> None:
    """The same path in two documents is no conflict; twice in one is."""
    document = read("a: 1\n---\na: 1\n")
    assert splice(document, [SetScalar((0, "a"), 2), SetScalar((1, "a"), 2)]).data == b"a: 2\n---\na: 2\n"
    with pytest.raises(Conflict):
        splice(document, [SetScalar((1, "a"), 2), SetScalar((1, "a"), 3)])


WRONG = {
    "one lost": "a: 5\n",
    "one more": "a: 5\n---\nb: &x 2\nc: *x\n---\n",
    "two made one": "a: 5\nb: &x 2\nc: *x\n",
    "the other changed": "a: 5\n---\nb: &x 3\nc: *x\n",
    "another order": "b: &x 2\nc: *x\n---\na: 5\n",
    "not edited": "a: 1\n---\nb: &x 2\nc: *x\n",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_result_with_other_documents_is_a_mismatch(name: str) -> None:
    """As many documents as there were, each as planned."""
    old = read("a: 1\n---\nb: &x 2\nc: *x\n")
    arranged = arrange(old, (SetScalar((0, "a"), 5),))
    verify(old, b"--- # other marks say the same\na: 5\n---\nb: &x 2\nc: *x\n", arranged)
    with pytest.raises(SpliceMismatch):
        verify(old, WRONG[name].encode(), arranged)


def stream(random: Random) -> str:
    """Write one to five documents, marked and divided in every way."""
    author = Author(random)
    lines: list[str] = []
    for number in range(random.randint(1, 5)):
        is_open = number > 0 or random.random() < 0.5
        if number and random.random() < 0.3:
            lines += ["...", *random.choice([[], ["# between"], ["# between", "", "%YAML 1.1"]])]
        elif not number and random.random() < 0.2:
            lines += ["# between"]
            is_open = True
        data = author.data()
        kind = random.random()
        if is_open and kind < 0.1:
            lines += ["---", *random.choice([[], ["# between"]])]
        elif is_open and kind < 0.2:
            lines += ["--- " + author.flow(data) + author.trailing()]
        else:
            lines += [random.choice(["---", "--- # between"])] if is_open else []
            lines += [*random.choice([[], [""]]), *author.block(data, 0), *random.choice([[], [], ["", "# vim"]])]
    return author.newline.join(lines) + (author.newline if random.random() < 0.8 else "")


def marks(text: str) -> list[str]:
    """Every line that marks or divides documents, without a value on it."""
    lines = (line.rstrip() for line in text.splitlines())
    found = (line for line in lines if line.startswith(("---", "...", "%", "# between", "# vim")))
    return [line if "#" in line[:5] else line[:3] for line in found]


def pyyaml(text: str) -> list[Any]:
    """All documents as PyYAML reads them."""
    return list(yaml.safe_load_all(text))


def ruamel(text: str) -> list[Any]:
    """All documents as ruamel.yaml reads them."""
    return list(YAML(typ="safe", pure=True).load_all(io.StringIO(text, newline="")))


@settings(max_examples=3 * EXAMPLES)
@given(random=st.randoms(use_true_random=False))
def test_random_edits_of_documents_give_the_expected_data(random: Random, as_read: Any) -> None:
    """After any edits other readers see exactly the edited documents, and every mark between them is there, in order."""
    text = stream(random)
    data = pyyaml(text)
    assert exact(plain_value(read(text).root)) == exact(data)
    assume(exact(ruamel(text)) == exact(data))
    after: list[Any] = []
    edits: list[Edit] = []
    for number, one in enumerate(data):
        drawn, edited = Editor(random, one).draw(random.randint(0, 3)) if one is not None else ([], None)
        edits += [replace(edit, path=(number, *edit.path)) for edit in drawn]
        after.append(edited)
    random.shuffle(edits)
    new = splice(read(text), edits).data.decode()
    assert exact(plain_value(read(new).root)) == exact(after)
    for reader in (pyyaml, ruamel):
        assert exact(reader(new)) == exact(as_read(after)), new
    assert marks(new) == marks(text)
