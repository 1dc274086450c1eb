"""Whole files before and after: each habit of a file, and what new text makes of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from modelsync.catalog.splice import AppendItems, Edit, InsertKey, RemoveKey, RenameKey, SetList, SetScalar, Value

D = Decimal
Table = dict[str, tuple[str, list[Edit], str]]
ENTRY: Value = {"model": "m-3", "pricing": {"input": D("0.00002"), "output": 1}, "features": ["vision", "x"]}

SCALARS: Table = {
    "plain number keeps its comment and the spaces before it": (
        "a:   0.5\t # was 0.6\nb: 1\n",
        [SetScalar(("a",), D("0.00002"))],
        "a:   0.00002\t # was 0.6\nb: 1\n",
    ),
    "no exponent, no zeros at the end": (
        "a: 1\nb: 1\nc: 1\nd: 1\n",
        [
            SetScalar(("a",), D("2E-5")),
            SetScalar(("b",), D("1.500")),
            SetScalar(("c",), D("0E-10")),
            SetScalar(("d",), D("1E+3")),
        ],
        "a: 0.00002\nb: 1.5\nc: 0\nd: 1000\n",
    ),
    "a quoted number stays quoted": (
        "a: '0.5'\nb: \"1\"\n",
        [SetScalar(("a",), D("0.25")), SetScalar(("b",), 2)],
        "a: '0.25'\nb: \"2\"\n",
    ),
    "quotes stay": (
        "a: 'x'\nb: \"x\"\nc: x\n",
        [SetScalar(("a",), "it's"), SetScalar(("b",), 'say "hi"'), SetScalar(("c",), "plain")],
        "a: 'it''s'\nb: \"say \\\"hi\\\"\"\nc: plain\n",
    ),
    "plain text is quoted where it must be, as elsewhere in the file": (
        'a: x\nb: "y"\n',
        [SetScalar(("a",), "yes")],
        'a: "yes"\nb: "y"\n',
    ),
    "single quotes where the file uses none": ("a: x\n", [SetScalar(("a",), "1:30")], "a: '1:30'\n"),
    "single quotes cannot hold controls": ("a: 'x'\n", [SetScalar(("a",), "x\ty\x1b")], 'a: "x\\ty\\e"\n'),
    "null in every spelling": (
        "a: ~\nb: null # none\nc:\nd:    # none\n",
        [SetScalar((key,), "x") for key in "abcd"],
        "a: x\nb: x # none\nc: x\nd: x    # none\n",
    ),
    "null in flow": ("{a: , b: ~, c}\n", [SetScalar((key,), 1) for key in "abc"], "{a: 1, b: 1, c: 1}\n"),
    "null in a list": ("- \n-\n- ~\n", [SetScalar((number,), 1) for number in range(3)], "- 1 \n- 1\n- 1\n"),
    "null with an unused anchor": (
        "a: &x\nb: &y ~\n",
        [SetScalar(("a",), 1), SetScalar(("b",), 2)],
        "a: &x 1\nb: &y 2\n",
    ),
    "true, false, null": (
        "a: 1\nb: 'x'\nc: x\n",
        [SetScalar(("a",), True), SetScalar(("b",), False), SetScalar(("c",), None)],
        "a: true\nb: false\nc: null\n",
    ),
    "several lines of plain text become one": (
        "a: one\n  two\n\n  three\nb: 1\n",
        [SetScalar(("a",), "x")],
        "a: x\nb: 1\n",
    ),
    "a quoted text over lines becomes one": ('a: "one\n  two"  # c\n', [SetScalar(("a",), "x")], 'a: "x"  # c\n'),
    "value on the next line": ("a:\n  old\nb: 1\n", [SetScalar(("a",), "new")], "a:\n  new\nb: 1\n"),
    "lines become a literal block": (
        "a:\n    b: x\n    c: ~\n",
        [SetScalar(("a", "b"), "one\ntwo\n"), SetScalar(("a", "c"), "one\n\n  two")],
        "a:\n    b: |\n        one\n        two\n    c: |-\n        one\n\n          two\n",
    ),
    "a first line that is indented needs an indicator": (
        "a: x\nb: 1\n",
        [SetScalar(("a",), "  one\ntwo")],
        "a: |2-\n    one\n  two\nb: 1\n",
    ),
    "lines behind a comment, in flow, or that a block cannot hold are escaped": (
        "a: x # c\nb: [x]\nc: x\nd: x\ne: x\nf: 'x'\n",
        [
            SetScalar(("a",), "1\n2\n"),
            SetScalar(("b", 0), "1\n2"),
            SetScalar(("c",), "1 \n2"),
            SetScalar(("d",), "1\n\n"),
            SetScalar(("e",), "\n\n"),
            SetScalar(("f",), "1\n2"),
        ],
        'a: "1\\n2\\n" # c\nb: ["1\\n2"]\nc: "1 \\n2"\nd: "1\\n\\n"\ne: "\\n\\n"\nf: "1\\n2"\n',
    ),
    "a block scalar stays one, at its indentation, with its comment": (
        "a: >-  # why\n      old\n      text\n\nb: |\n  x\n",
        [SetScalar(("a",), "new text"), SetScalar(("b",), "1\n2\n")],
        "a: >-  # why\n      new text\n\nb: |\n  1\n  2\n",
    ),
    "a block scalar that cannot hold the text becomes quoted": (
        "a: |  # why\n  old\n\nb: 1\n",
        [SetScalar(("a",), "tab\there")],
        "a: 'tab\there'  # why\n\nb: 1\n".replace("'tab\there'", '"tab\\there"'),
    ),
    "a block scalar that starts with blank lines": (
        "a: |\n\n     x\nb: 1\n",
        [SetScalar(("a",), "1\n2")],
        "a: |-\n     1\n     2\nb: 1\n",
    ),
    "an empty block scalar": (
        "a: |-\n\nb:\n    c: 1\n",
        [SetScalar(("a",), "1\n2")],
        "a: |-\n    1\n    2\n\nb:\n    c: 1\n",
    ),
    "a comment below would become part of a block": (
        "a:\n  # why\nb: 1\n",
        [SetScalar(("a",), "1\n2")],
        'a: "1\\n2"\n  # why\nb: 1\n',
    ),
    "a keeping block loses its blank lines with its text": (
        "a: |+\n  old\n\n\nb: 1\n",
        [SetScalar(("a",), 5)],
        "a: 5\nb: 1\n",
    ),
    "CRLF, byte order mark, no final break": (
        "\ufeffa: 1\r\nb: x\r\nc: 2",
        [SetScalar(("a",), 3), SetScalar(("b",), "1\n2"), SetScalar(("c",), "1\n2")],
        '\ufeffa: 3\r\nb: "1\\n2"\r\nc: "1\\n2"',
    ),
    "an empty list or mapping over a null or an empty one": (
        "a: ~\nb:\nc: {}\nd: []\n",
        [SetScalar(("a",), {}), SetScalar(("b",), []), SetScalar(("c",), {"x": 1}), SetScalar(("d",), ["x"])],
        "a: {}\nb: []\nc:\n  x: 1\nd: [x]\n",
    ),
}

INSERTS: Table = {
    "after the last sibling named, else at the end": (
        "a: 1\nb: 2\nc: 3\n",
        [InsertKey((), "x", 1, ("a", "b")), InsertKey((), "w", 2, ("b",)), InsertKey((), "z", 3, ("nowhere",))],
        "a: 1\nb: 2\nx: 1\nw: 2\nc: 3\nz: 3\n",
    ),
    "an entry like its siblings: step, list indentation, quotes, blank line": (
        'models:\n    m-1:\n        model: "m-1"\n        pricing:\n            input: 1\n        features:\n          - "a"\n\n    m-2:\n        model: "m-2"\n\nend: 1\n',
        [InsertKey(("models",), "m-3", ENTRY)],
        (
            'models:\n    m-1:\n        model: "m-1"\n        pricing:\n            input: 1\n        features:\n          - "a"\n\n    m-2:\n        model: "m-2"\n\n'
            '    m-3:\n        model: "m-3"\n        pricing:\n            input: 0.00002\n            output: 1\n        features:\n          - "vision"\n          - "x"\n\nend: 1\n'
        ),
    ),
    "compact lists, flow pricing with padding, single quotes": (
        "models:\n  m-1:\n    model: 'm-1'\n    pricing: { input: 1, output: 2 }\n    features:\n    - 'a'\n  m-2:\n    model: 'm-2'\n",
        [InsertKey(("models",), "m-3", ENTRY)],
        (
            "models:\n  m-1:\n    model: 'm-1'\n    pricing: { input: 1, output: 2 }\n    features:\n    - 'a'\n  m-2:\n    model: 'm-2'\n"
            "  m-3:\n    model: 'm-3'\n    pricing: { input: 0.00002, output: 1 }\n    features:\n    - 'vision'\n    - 'x'\n"
        ),
    ),
    "entries in flow style where all siblings are": (
        "models:\n  m-1: {model: m-1, pricing: {input: 1}}\n  m-2: {model: m-2}\n",
        [InsertKey(("models",), "m-3", ENTRY)],
        (
            "models:\n  m-1: {model: m-1, pricing: {input: 1}}\n  m-2: {model: m-2}\n"
            "  m-3: {model: m-3, pricing: {input: 0.00002, output: 1}, features: [vision, x]}\n"
        ),
    ),
    "entries in block style where one sibling is": (
        "models:\n  m-1: {model: m-1}\n  m-2:\n    model: m-2\n",
        [InsertKey(("models",), "m-3", {"model": "m-3"})],
        "models:\n  m-1: {model: m-1}\n  m-2:\n    model: m-2\n  m-3:\n    model: m-3\n",
    ),
    "an empty collection learns from its cousins": (
        "p:\n  a:\n    models:\n      m-1: {model: m-1}\n\n      m-2: {model: m-2}\n  b:\n    models: {}  # none yet\n  c:\n    models:\n",
        [
            InsertKey(("p", "b", "models"), "m-3", {"model": "m-3"}),
            InsertKey(("p", "b", "models"), "m-4", {"model": "m-4"}),
            InsertKey(("p", "c", "models"), "m-5", {"model": "m-5"}),
        ],
        (
            "p:\n  a:\n    models:\n      m-1: {model: m-1}\n\n      m-2: {model: m-2}\n  b:\n    models:  # none yet\n      m-3: {model: m-3}\n\n      m-4: {model: m-4}\n"
            "  c:\n    models:\n      m-5: {model: m-5}\n"
        ),
    ),
    "nothing to learn from": (
        "providers:\n  openai:\n    models: {}\n",
        [InsertKey(("providers", "openai", "models"), "m-3", ENTRY)],
        "providers:\n  openai:\n    models:\n      m-3:\n        model: m-3\n        pricing:\n          input: 0.00002\n          output: 1\n        features: [vision, x]\n",
    ),
    "before trailing blank lines and shallower comments, after deeper ones": (
        "models:\n  m-1:\n    model: m-1\n    # deeper: it is m-1's\n\n# vim: ft=yaml\n",
        [InsertKey(("models",), "m-2", {"model": "m-2"})],
        "models:\n  m-1:\n    model: m-1\n    # deeper: it is m-1's\n  m-2:\n    model: m-2\n\n# vim: ft=yaml\n",
    ),
    "before the end of the document": (
        "---\na: 1\n...\n# end\n",
        [InsertKey((), "b", 2)],
        "---\na: 1\nb: 2\n...\n# end\n",
    ),
    "without a final line break": (
        "a: 1",
        [InsertKey((), "b", 2), InsertKey((), "c", "1\n2")],
        'a: 1\nb: 2\nc: "1\\n2"',
    ),
    "after a block scalar that ends the file without a line break": (
        "a: |\n  x",
        [InsertKey((), "b", 2)],
        "a: |-\n  x\nb: 2",
    ),
    "after a stripped block scalar that ends the file without a line break": (
        "a: |-\n  x",
        [InsertKey((), "b", 2)],
        "a: |-\n  x\nb: 2",
    ),
    "after a block scalar at the end that is replaced itself": (
        "a: |\n  x",
        [InsertKey((), "b", 2), SetScalar(("a",), "new")],
        "a: new\nb: 2",
    ),
    "an empty mapping on the next line": (
        "a:\n  {}\nb: 1\n",
        [InsertKey(("a",), "c", {"d": 1})],
        "a:\n  {c: {d: 1}}\nb: 1\n",
    ),
    "two entries with mappings inside": (
        "m:\n   a:\n      x: 1\n",
        [InsertKey(("m",), "b", {"x": {"w": 1}}), InsertKey(("m",), "c", {"x": {"w": 1}})],
        "m:\n   a:\n      x: 1\n   b:\n      x:\n         w: 1\n   c:\n      x:\n         w: 1\n",
    ),
    "after a block that keeps its blank lines": (
        "a: |+\n  x\n\n\nb: |+\n  y\n\n",
        [InsertKey((), "c", 1, ("a",)), InsertKey((), "d", 2)],
        "a: |+\n  x\n\n\nc: 1\nb: |+\n  y\n\nd: 2\n",
    ),
    "CRLF": (
        "a:\r\n  b: 1\r\n",
        [InsertKey(("a",), "c", [1]), InsertKey((), "d", {"e": 1})],
        "a:\r\n  b: 1\r\n  c: [1]\r\nd:\r\n  e: 1\r\n",
    ),
    "an empty file, or one with only comments": (
        "# models\n",
        [InsertKey((), "a", {"b": 1})],
        "# models\na:\n  b: 1\n",
    ),
    "an empty mapping as the whole document": ("{}\n", [InsertKey((), "a", {"b": 1})], "a:\n  b: 1\n"),
    "keys are quoted like values": (
        "m: 1\n",
        [InsertKey((), key, 1) for key in ("a:b", "a: b", "on", "3.5", "", "- x", "é")],
        "m: 1\na:b: 1\n'a: b': 1\n'on': 1\n'3.5': 1\n'': 1\n'- x': 1\né: 1\n",
    ),
    "keys are quoted where all siblings are": (
        'm:\n  "a": x\n  "b": y\n',
        [InsertKey(("m",), "c", "z")],
        'm:\n  "a": x\n  "b": y\n  "c": z\n',
    ),
    "inside a list item": ("- a: 1\n  b: 2\n- c: 3\n", [InsertKey((0,), "x", 1)], "- a: 1\n  b: 2\n  x: 1\n- c: 3\n"),
    "into empty list items": (
        "- {}\n- ~ # c\n-\n",
        [InsertKey((n,), "x", {"w": 1}) for n in range(3)],
        "- x:\n    w: 1\n- {x: {w: 1}} # c\n- x:\n    w: 1\n",
    ),
    "with an unused anchor": (
        "a: &x {}\nb: &y\n",
        [InsertKey(("a",), "c", 1), InsertKey(("b",), "d", 2)],
        "a: &x\n  c: 1\nb: &y\n  d: 2\n",
    ),
    "a comment below an empty mapping": (
        "a: {}\n    # later\nb: 1\n",
        [InsertKey(("a",), "c", "1\n2")],
        'a:\n  c: "1\\n2"\n    # later\nb: 1\n',
    ),
    "own keys beside merged ones": (
        "d: &d {x: 1}\na:\n  <<: *d\n  y: 2\n",
        [InsertKey(("a",), "x", 5)],
        "d: &d {x: 1}\na:\n  <<: *d\n  y: 2\n  x: 5\n",
    ),
}

FLOW: Table = {
    "one line": ("a: {b: 1, c: 2}\n", [InsertKey(("a",), "d", 3)], "a: {b: 1, c: 2, d: 3}\n"),
    "padding": ("a: { b: 1 }\n", [InsertKey(("a",), "d", [1, {"e": 2}])], "a: { b: 1, d: [1, { e: 2 }] }\n"),
    "in the middle": ("a: {b: 1, c: 2}\n", [InsertKey(("a",), "d", 3, ("b",))], "a: {b: 1, d: 3, c: 2}\n"),
    "trailing comma": ("a: [1, 2,]\n", [AppendItems(("a",), (3,))], "a: [1, 2, 3,]\n"),
    "no space behind commas": ("a: [1,2]\n", [AppendItems(("a",), (3, 4))], "a: [1,2,3,4]\n"),
    "lines of their own": (
        "a: {\n  b: 1,  # one\n  c: 2   # two\n}\n",
        [InsertKey(("a",), "d", 3)],
        "a: {\n  b: 1,  # one\n  c: 2,   # two\n  d: 3\n}\n",
    ),
    "lines of their own, with trailing comma": (
        "a: [\n  1,\n  2, # two\n]\n",
        [AppendItems(("a",), (3,))],
        "a: [\n  1,\n  2, # two\n  3,\n]\n",
    ),
    "leading commas": (
        "a: {b: 1\n   , c: 2 # two\n   }\n",
        [InsertKey(("a",), "d", 3)],
        "a: {b: 1\n   , c: 2 # two\n   , d: 3\n   }\n",
    ),
    "keys without values": ("a: {b, c: 1}\n", [InsertKey(("a",), "d", 2)], "a: {b, c: 1, d: 2}\n"),
    "behind a comment": ("a: [x # one\n]\n", [AppendItems(("a",), ("w",))], "a: [x, # one\n  w\n]\n"),
    "lines of their own are no padding": (
        "a: {\n  b: 1\n}\nc: ~\n",
        [SetScalar(("c",), {"d": {"e": 1}}), InsertKey(("a",), "f", {"g": 1})],
        "a: {\n  b: 1,\n  f: {g: 1}\n}\nc: {d: {e: 1}}\n",
    ),
    "several in a line": ("a: [x, y,\n    z]\n", [AppendItems(("a",), ("w",))], "a: [x, y,\n    z, w]\n"),
    "empty, null and commented": (
        "a: {b: {}, c: [], d: ~, e}\nf: {\n  # none\n}\n",
        [
            InsertKey(("a", "b"), "x", 1),
            AppendItems(("a", "c"), (1,)),
            InsertKey(("a", "d"), "x", 1),
            AppendItems(("a", "e"), ("w",)),
            InsertKey(("f",), "x", 1),
        ],
        "a: {b: {x: 1}, c: [1], d: {x: 1}, e: [w]}\nf: {x: 1\n  # none\n}\n",
    ),
    "remove the first, one in the middle, the last": (
        "a: {b: 1, c: 2}\nd: [1, 2, 3]\ne: [1, 2]\n",
        [RemoveKey(("a", "b")), RemoveKey(("d", 1)), RemoveKey(("e", 1))],
        "a: {c: 2}\nd: [1, 3]\ne: [1]\n",
    ),
    "remove all": (
        "a: { b: 1, c: 2 }\nd: [ 1 ]\n",
        [RemoveKey(("a", "b")), RemoveKey(("a", "c")), RemoveKey(("d", 0))],
        "a: {}\nd: []\n",
    ),
    "remove with a trailing comma": (
        "a: [1, 2,]\nb: {c: 1, d: 2,}\n",
        [RemoveKey(("a", 1)), RemoveKey(("b", "c"))],
        "a: [1,]\nb: {d: 2,}\n",
    ),
    "remove from lines of their own": (
        "a: {\n  b: 1,  # one\n  # about c\n  c: 2,  # two\n  d: 3   # three\n}\n",
        [RemoveKey(("a", "c")), RemoveKey(("a", "d"))],
        "a: {\n  b: 1  # one\n}\n",
    ),
    "remove the last behind a comment": ("a: [x, # one\n  y]\n", [RemoveKey(("a", 1))], "a: [x # one\n  ]\n"),
    "remove and add": (
        "a: {b: 1, c: 2}\n",
        [RemoveKey(("a", "c")), InsertKey(("a",), "d", 3), SetScalar(("a", "b"), 9)],
        "a: {b: 9, d: 3}\n",
    ),
    "texts that flow style cannot hold plain": (
        "a: [x]\n",
        [AppendItems(("a",), ("b, c", "d: e", "f:g", "h]", "1\n2", "i j"))],
        "a: [x, 'b, c', 'd: e', 'f:g', 'h]', \"1\\n2\", i j]\n",
    ),
}

LISTS: Table = {
    "indented and compact": (
        "a:\n  - x\nb:\n- x\n",
        [AppendItems(("a",), ("w", "z")), AppendItems(("b",), ("yes",))],
        "a:\n  - x\n  - w\n  - z\nb:\n- x\n- 'yes'\n",
    ),
    "null and empty, as siblings write the same key": (
        "m:\n  a:\n    f:\n    - x\n  b:\n    f: []\n  c:\n    f: ~ # none\n",
        [AppendItems(("m", "b", "f"), ("w",)), AppendItems(("m", "c", "f"), ("z",))],
        "m:\n  a:\n    f:\n    - x\n  b:\n    f:\n    - w\n  c:\n    f: # none\n    - z\n",
    ),
    "items that are entries": (
        "models:\n  - id: a\n    p: 1\n\n  # b is cheap\n  - id: b\n    p: 2\n\nend: 1\n",
        [AppendItems(("models",), ({"id": "c", "p": 3, "q": {"r": ["s"]}},)), RemoveKey(("models", 1))],
        "models:\n  - id: a\n    p: 1\n\n  - id: c\n    p: 3\n    q:\n      r: [s]\n\nend: 1\n",
    ),
    "below an anchor, a comment and a blank line": (
        "a: &x\n\n  # items\n  - x\n  - z\n",
        [AppendItems(("a",), ("w",)), RemoveKey(("a", 0))],
        "a: &x\n\n  - z\n  - w\n",
    ),
    "an empty list as the whole document": ("# none\n", [SetList((), ())], "# none\n[]\n"),
    "lists of mappings": (
        "a: [{x: 1}]\nb: ~\n",
        [AppendItems(("b",), ({"x": 2},))],
        "a: [{x: 1}]\nb: [{x: 2}]\n",
    ),
    "lists of mappings where nothing is known": ("b: ~\n", [AppendItems(("b",), ({"x": 2},))], "b:\n  - x: 2\n"),
    "lists in lists": (
        "- - a\n  - b\n",
        [AppendItems((0,), ("c",)), AppendItems((), (["d", "e"],))],
        "- - a\n  - b\n  - c\n- - d\n  - e\n",
    ),
    "what stays keeps its place and comment": (
        "f:\n  - a  # first\n  # about b\n  - b\n  - c  # third\ng: [a, b, c]  # all\n",
        [SetList(("f",), ("d", "c", "a")), SetList(("g",), ("d", "c", "a"))],
        "f:\n  - a  # first\n  - c  # third\n  - d\ng: [a, c, d]  # all\n",
    ),
    "to nothing and from nothing": (
        "a:\n  - x\nb: [x]\nc:\nd: []\ne: ~\n",
        [
            SetList(("a",), ()),
            SetList(("b",), ()),
            SetList(("c",), ("x",)),
            SetList(("d",), ("x",)),
            SetList(("e",), ()),
        ],
        "a: []\nb: []\nc: [x]\nd: [x]\ne: []\n",
    ),
    "twice there, once wanted; numbers are no texts": (
        "a: [x, x, 5, y]\n",
        [SetList(("a",), ("y", "x", "5"))],
        "a: [x, y, '5']\n",
    ),
    "long lists of words where nothing is known": (
        "a: ~\nb: ~\n",
        [
            AppendItems(("a",), ("short", "words")),
            AppendItems(("b",), tuple("a-long-word-" + letter for letter in "abcdef")),
        ],
        "a: [short, words]\nb:\n" + "".join(f"  - a-long-word-{letter}\n" for letter in "abcdef"),
    ),
}

REMOVALS: Table = {
    "comments directly above go, those apart stay": (
        "m:\n  # apart\n\n  # about a\n  # more\n  a: 1  # and this\n  # about b\n  b: 2\n",
        [RemoveKey(("m", "a"))],
        "m:\n  # apart\n\n  # about b\n  b: 2\n",
    ),
    "deeper comments below go": (
        "m:\n  a:\n    x: 1\n    # y: 2\n\n    # z: 3\n  # about b\n  b: 2\n",
        [RemoveKey(("m", "a"))],
        "m:\n  # about b\n  b: 2\n",
    ),
    "commented-out entries stay": (
        "m:\n  a: 1\n\n  # old:\n  #   x: 1\n\n  b: 2\n\n  c: 3\n",
        [RemoveKey(("m", "b"))],
        "m:\n  a: 1\n\n  # old:\n  #   x: 1\n\n  c: 3\n",
    ),
    "blank lines do not meet": ("a: 1\n\nb: 2\n\nc: 3\n", [RemoveKey(("b",))], "a: 1\n\nc: 3\n"),
    "the wider gap below stays": (
        "m:\n  a: 1\n\n  b: 2\n\n\nn: 1\n",
        [RemoveKey(("m", "b"))],
        "m:\n  a: 1\n\n\nn: 1\n",
    ),
    "the first takes the blank line below it": ("m:\n  a: 1\n\n  b: 2\n", [RemoveKey(("m", "a"))], "m:\n  b: 2\n"),
    "the last of the file takes the blank lines above": ("a: 1\n\n\nb: 2\n", [RemoveKey(("b",))], "a: 1\n"),
    "neighbours": (
        "a: 1\n\nb: 2\n\nc: 3\n\nd: 4\n",
        [RemoveKey(("c",)), RemoveKey(("b",))],
        "a: 1\n\nd: 4\n",
    ),
    "all but what stands between": (
        "m:\n  a: 1\n\n  # apart\n\n  b: 2\nn: 1\n",
        [RemoveKey(("m", "a")), RemoveKey(("m", "b"))],
        "m: {}\n\n  # apart\n\nn: 1\n",
    ),
    "all, with a comment behind the key and an anchor": (
        "m:  # models\n  a: 1\n\n  b: 2\n\nn: &n # list\n  - x\n",
        [RemoveKey(("m", "a")), RemoveKey(("m", "b")), RemoveKey(("n", 0))],
        "m: {}  # models\n\nn: &n [] # list\n",
    ),
    "all of the document": (
        "# head\n\na: 1\nb: 2\n\n# tail\n",
        [RemoveKey(("a",)), RemoveKey(("b",))],
        "# head\n\n{}\n\n# tail\n",
    ),
    "all, and others in their place": (
        "m:\n  # about a\n  a: 1\n  b: 2\n\nn: 1\n",
        [RemoveKey(("m", "a")), InsertKey(("m",), "c", 3), RemoveKey(("m", "b")), InsertKey(("m",), "d", 4)],
        "m:\n  c: 3\n  d: 4\n\nn: 1\n",
    ),
    "the last, and another in its place": (
        "m:\n  a: 1\n\n  b: 2\n\nn: 1\n",
        [RemoveKey(("m", "b")), InsertKey(("m",), "c", 3)],
        "m:\n  a: 1\n\n  c: 3\n\nn: 1\n",
    ),
    "without a final line break": ("a: 1\nb: 2", [RemoveKey(("b",))], "a: 1"),
    "without a final line break, and another in its place": (
        "a: 1\nb: 2",
        [RemoveKey(("b",)), InsertKey((), "c", 3)],
        "a: 1\nc: 3",
    ),
    "without a final line break, but a block needs its own": ("a: |\n  x\nb: 2", [RemoveKey(("b",))], "a: |\n  x\n"),
    "behind a block that keeps blank lines": (
        "a: |+\n  x\n\nb: 1\n\nc: 2\n",
        [RemoveKey(("b",))],
        "a: |+\n  x\n\nc: 2\n",
    ),
    "the first key behind a dash": ("- a: 1  # x\n  b: 2\n- c: 3\n", [RemoveKey((0, "a"))], "- b: 2\n- c: 3\n"),
    "the first key behind a dash, a comment below": (
        "- a: 1\n  # about b\n\n  # apart\n  b: 2\n",
        [RemoveKey((0, "a"))],
        "-\n  # about b\n\n  # apart\n  b: 2\n",
    ),
    "all keys behind a dash": (
        "- a: 1\n\n  b: 2\n- c: 3\n",
        [RemoveKey((0, "a")), RemoveKey((0, "b"))],
        "- {}\n- c: 3\n",
    ),
    "all keys behind a dash, and a new one": (
        "- a: 1\n  b: 2\n- c: 3\n",
        [RemoveKey((0, "a")), RemoveKey((0, "b")), InsertKey((0,), "d", {"e": 1})],
        "- d:\n    e: 1\n- c: 3\n",
    ),
    "list items with their comments": (
        "f:\n- a\n# about b\n- b\n- c\n",
        [RemoveKey(("f", 1))],
        "f:\n- a\n- c\n",
    ),
    "an alias, and what has a tag": (
        "a: &x 1\nb: *x\nc: !t {d: 1}\n",
        [RemoveKey(("b",)), RemoveKey(("c",))],
        "a: &x 1\n",
    ),
    "an anchor nobody outside uses": ("a: &x {b: &y 1, c: *y}\nd: 1\n", [RemoveKey(("a",))], "d: 1\n"),
}

RENAMES: Table = {
    "its own quotes": (
        "a: 1\n'b': 2\n\"c\": 3\n",
        [RenameKey((k,), k + " x") for k in "abc"],
        "a x: 1\n'b x': 2\n\"c x\": 3\n",
    ),
    "quotes where needed": (
        "a: 1  # c\nb: {c: 1}\n",
        [RenameKey(("a",), "no"), RenameKey(("b", "c"), "d, e")],
        "'no': 1  # c\nb: {'d, e': 1}\n",
    ),
    "together with its value": (
        "a: 1\nb: 2\n",
        [RenameKey(("a",), "c"), SetScalar(("a",), 5), RenameKey(("b",), "a")],
        "c: 5\na: 2\n",
    ),
}

TABLES: dict[str, Table] = {
    "scalars": SCALARS,
    "inserts": INSERTS,
    "flow": FLOW,
    "lists": LISTS,
    "removals": REMOVALS,
    "renames": RENAMES,
}
CASES = [(f"{table}: {name}", *case) for table, cases in TABLES.items() for name, case in cases.items()]


@pytest.mark.parametrize(("before", "edits", "after"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_file_is_rewritten_to_the_letter(
    before: str, edits: list[Edit], after: str, edited: Callable[..., str]
) -> None:
    """The edits of the table give exactly the text of the table."""
    assert edited(before, *edits) == after


UNCHANGED: dict[str, tuple[str, list[Edit]]] = {
    "the number is there in another spelling": (
        "a: 128_000\nb: 0.0050\nc: '0.50'\nd: 0x10\n",
        [
            SetScalar(("a",), 128_000),
            SetScalar(("b",), D("0.005")),
            SetScalar(("c",), D("0.5")),
            SetScalar(("d",), 16),
        ],
    ),
    "the text is there in another style": (
        "a: \"x\"\nb: >-\n  one\n  two\nc: 'y'\n",
        [
            SetScalar(("a",), "x"),
            SetScalar(("b",), "one two"),
            SetScalar(("c",), "y"),
        ],
    ),
    "the null, the boolean": (
        "a:\nb: ~\nc: yes\n",
        [SetScalar(("a",), None), SetScalar(("b",), None), SetScalar(("c",), True)],
    ),
    "the list": (
        "a: [x,  y]\nb:\n  - x # one\n",
        [SetList(("a",), ("y", "x")), SetList(("b",), ("x",)), AppendItems(("b",), ())],
    ),
    "nothing": ("a: 1\n", []),
    "the empty collection": ("a: {  }\nb: []\n", [SetScalar(("a",), {}), SetScalar(("b",), [])]),
}


@pytest.mark.parametrize("name", UNCHANGED)
def test_what_is_there_already_is_not_rewritten(name: str, edited: Callable[..., str]) -> None:
    """Setting the value that a file has keeps its spelling, byte for byte."""
    text, edits = UNCHANGED[name]
    assert edited(text, *edits) == text
