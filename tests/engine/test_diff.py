"""What differs between two states of a catalog: what it says, never how it is written."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import convert

from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.domain import fields
from modelsync.layouts.builtin import LLM_MODELS
from modelsync.layouts.table import Table, layout_of
from modelsync.planning.changes import Add, FieldChange, Note, Remove, RenameEntry, Update
from modelsync.planning.difference import State, differences

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = """\
# the list
version: 3
providers:
  openai:
    base_url: https://x
    models:
      gpt-4o:
        model: gpt-4o
        context_length: 128000
        pricing: {input: 0.0025, output: 0.01, cache_read: 0.00125}
        features: [vision, tools]
        limits: {burst: {rpm: 10}, tags: [a, b]}
      fast: {model: gpt-4.1-mini}
  ollama: {models: {}}
"""


def state(text: str, unit: str = "1k") -> State:
    """Read a state."""
    document = parse(text.encode(), "c.yml")
    return State(document, read_sections(document, LLM_MODELS, unit=unit, path="c.yml"))


def diff(before: str, after: str) -> tuple[tuple[Any, ...], tuple[Note, ...]]:
    """Compare two texts."""
    return differences(state(before), state(after), LLM_MODELS)


def edited(*edits: tuple[str, str]) -> tuple[tuple[Any, ...], tuple[Note, ...]]:
    """Compare the base with itself after edits."""
    text = BASE
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return diff(BASE, text)


def moves(*edits: tuple[str, str]) -> list[tuple[str, object, object, str]]:
    """The fields of the only update that edits make."""
    (update,), notes = edited(*edits)
    assert not notes
    assert (type(update), update.provider) == (Update, "openai")
    return [(change.field, change.old, change.new, change.old_text) for change in update.fields]


class TestFields:
    """What an entry says."""

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("input: 0.0025", "input: 0.003", ("pricing.input", Decimal("0.0000025"), Decimal("0.000003"), "0.0025")),
            ("input: 0.0025, ", "", ("pricing.input", Decimal("0.0000025"), None, "0.0025")),
            ("input: 0.0025", "input: soon", ("pricing.input", Decimal("0.0000025"), "soon", "0.0025")),
            ("context_length: 128000", "context_length: 1", ("context_length", 128000, 1, "128000")),
            ("context_length: 128000", "context_length:", ("context_length", 128000, None, "128000")),
            ("model: gpt-4o", "model: gpt-5", ("model", "gpt-4o", "gpt-5", "gpt-4o")),
            ("[vision, tools]", "[vision, house_style]", ("features", ("vision", "tools"), ("vision", "house_style"), "vision, tools")),
            ("[vision, tools]", "[]", ("features", ("vision", "tools"), (), "vision, tools")),
            ("cache_read: 0.00125", "cache_read: 0.002", ("pricing.cache_read", Decimal("0.00000125"), Decimal("0.000002"), "0.00125")),
            ("rpm: 10", "rpm: 11", ("limits.burst.rpm", None, "11", "10")),
            ("rpm: 10", 'rpm: "10"', ("limits.burst.rpm", None, '"10"', "10")),
            ("rpm: 10", "rpm: true", ("limits.burst.rpm", None, "true", "10")),
            ("rpm: 10", "rpm: 2026-01-01", ("limits.burst.rpm", None, "2026-01-01", "10")),
            ("rpm: 10", "rpm: '2026-01-01'", ("limits.burst.rpm", None, '"2026-01-01"', "10")),
            ("rpm: 10", "rpm: !mine x", ("limits.burst.rpm", None, "!mine x", "10")),
            ("context_length: 128000", "context_length: [1]", ("context_length", 128000, "[1]", "128000")),
            ("burst: {rpm: 10}", "burst: {}", ("limits.burst.rpm", None, None, "10")),
            ("tags: [a, b]", "tags: [b, a]", ("limits.tags", None, "[b, a]", "[a, b]")),
            ("tags: [a, b]", "tags: ['a, b']", ("limits.tags", None, '["a, b"]', "[a, b]")),
            ("tags: [a, b]", "tags: [{k: 1.50, j: ~}, .inf]", ("limits.tags", None, "[{j: null, k: 1.5}, Infinity]", "[a, b]")),
        ],
        ids=str,
    )  # fmt: skip
    def test_a_value_that_differs(self, old: str, new: str, expected: object) -> None:
        """Prices exact in USD per token, other known fields by value, the rest by path and text; nothing else."""
        assert moves((old, new)) == [expected]

    def test_a_field_that_came(self) -> None:
        """Old is nothing."""
        assert moves(("model: gpt-4o\n", "model: gpt-4o\n        notes: ours\n")) == [("notes", None, "ours", "")]
        assert moves(("model: gpt-4.1-mini", "model: gpt-4.1-mini, pinned: true")) == [("pinned", None, "true", "")]

    def test_a_group_that_is_no_mapping_any_more(self) -> None:
        """Every price is gone, and a text has come in their place."""
        found = moves(("{input: 0.0025, output: 0.01, cache_read: 0.00125}", "free"))
        assert {(field, new) for field, _, new, _ in found} == {
            ("pricing.input", None), ("pricing.output", None), ("pricing.cache_read", None), ("pricing", "free"),
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("0.0025", "2.5e-3"), ("0.0025", '"0.00250"'), ("128000", "128_000"), ("[vision, tools]", "[tools, vision]"), ("# the list\n", ""), ("model: gpt-4o\n", "model: 'gpt-4o'  # hm\n"),
            ("features: [vision, tools]", "features:\n        - vision\n        - tools"), ("{rpm: 10}", "{rpm: 0xa, spare: ~, more: {}}"), ("0.00125", "0.001250"), ("limits: {burst", "notes:\n        limits: {burst"),
            ("rpm: 10", "? rpm\n          : 10"), ("base_url: https://x", "base_url: 'https://x'\n    spare:"), ("version: 3", "version: 3\nspare: {}"),
        ],
        ids=str,
    )  # fmt: skip
    def test_what_is_no_difference(self, old: str, new: str) -> None:
        """Number formats, quotes, comments, order of features, style, keys without a value."""
        assert edited((old, new)) == ((), ())

    def test_anchors_and_merges_are_read_through(self) -> None:
        """An alias says what its anchor says, a merge what it brings."""
        shared = "providers:\n  openai:\n    models:\n      a: &a {model: x, note: hi, pricing: &p {input: 1}}\n      b: {<<: *a, model: y}\n      c: {model: z, pricing: *p}\n"
        plain = "providers:\n  openai:\n    models:\n      a: {model: x, note: hi, pricing: {input: 1}}\n      b: {model: y, note: hi, pricing: {input: 1}}\n      c: {model: z, pricing: {input: 1}}\n"
        assert diff(shared, plain) == ((), ())
        changes, _ = diff(shared, plain.replace("y, note: hi", "y, note: ho"))
        assert [(change.key, change.fields[0].new) for change in changes] == [("b", "ho")]

    def test_what_is_damaged_is_compared_as_it_reads(self) -> None:
        """A key that is there twice counts once, the last; an entry that is no mapping is a text."""
        twice = BASE.replace("model: gpt-4o\n", "model: gpt-3\n        model: gpt-4o\n")
        assert diff(BASE, twice) == ((), ())
        (update,), _ = edited(("{model: gpt-4.1-mini}", "just text"))
        assert {(change.field, change.new) for change in update.fields} == {("entry", "just text"), ("model", None)}

    def test_keys_that_are_no_text(self) -> None:
        """Numbers, booleans and lists as keys are named by how they read."""
        (update,), _ = edited(("{rpm: 10}", "{rpm: 10, 4: a, [x, y]: b}"))
        assert [(change.field, change.new) for change in update.fields] == [
            ("limits.burst.4", "a"),
            ("limits.burst.[x, y]", "b"),
        ]


class TestEntries:
    """Which entries there are."""

    def test_one_that_came_and_one_that_went(self) -> None:
        """With all that is known of them."""
        changes, notes = edited(("fast: {model: gpt-4.1-mini}", "o4: {model: o4, pricing: {input: 0.001}, tier: gold}"))
        assert changes == (
            Add("openai", "o4", "", {fields.MODEL: "o4", fields.INPUT_PRICE: Decimal("0.000001"), "tier": "gold"}, "not there before", unverified=False),
            Remove("openai", "fast", "", "there before, with the model id gpt-4.1-mini"),
        )  # fmt: skip
        assert notes == ()

    def test_a_new_key_for_the_same_model(self) -> None:
        """Renamed, and what else changed besides."""
        changes, _ = edited(("fast: {model: gpt-4.1-mini}", "quick: {model: gpt-4.1-mini, tier: 1}"))
        assert changes == (
            RenameEntry("openai", "fast", "quick"),
            Update("openai", "quick", "", (FieldChange("tier", None, "1", ""),), ""),
        )

    def test_a_model_id_that_two_share_is_no_rename(self) -> None:
        """Two that came, or two that went: nobody knows which became which."""
        one = "fast: {model: gpt-4.1-mini}"
        changes, _ = edited((one, "a: {model: gpt-4.1-mini}\n      b: {model: gpt-4.1-mini}"))
        assert [type(change) for change in changes] == [Add, Add, Remove]
        changes, _ = edited((one, "quick: {}"))
        assert [type(change) for change in changes] == [Add, Remove]

    def test_another_provider_is_another_entry(self) -> None:
        """A model id is only the same within one provider."""
        changes, notes = edited(
            ("      fast: {model: gpt-4.1-mini}\n", ""), ("{models: {}}", "{models: {fast: {model: gpt-4.1-mini}}}")
        )
        assert [(type(change), change.provider) for change in changes] == [(Add, "ollama"), (Remove, "openai")]
        assert notes == ()

    def test_keys_are_compared_as_they_are_written(self) -> None:
        """`1.10` is not `1.1`, `on` is not `yes`, and quotes do not matter."""
        text = "providers:\n  p:\n    models:\n      1.10: {model: a}\n      on: {model: b}\n"
        assert diff(text, text.replace("1.10", "'1.10'").replace("on:", '"on":')) == ((), ())
        changes, _ = diff(text, text.replace("1.10", "1.1").replace("on:", "yes:"))
        assert [type(change) for change in changes] == [RenameEntry, RenameEntry]


class TestOutside:
    """What is in no entry."""

    @pytest.mark.parametrize(
        ("edits", "expected"),
        [
            ([("version: 3", "version: 4")], [("version", "3 → 4")]),
            ([("version: 3\n", "")], [("version", "3 → none")]),
            ([("# the list", "owner: {team: [a]}")], [("owner.team", "none → [a]")]),
            ([("base_url: https://x", "base_url: https://y")], [("providers.openai.base_url", "https://x → https://y")]),
            ([("  ollama: {models: {}}\n", "")], [("ollama", "the section is gone")]),
            ([("  ollama:", "  mistral: ~\n  ollama:")], [("mistral", "the section was not there before")]),
            ([("{models: {}}", "{}")], []),
        ],
        ids=str,
    )  # fmt: skip
    def test_it_is_a_note(self, edits: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
        """By its path, with both values."""
        changes, notes = edited(*edits)
        assert changes == ()
        assert [(note.kind, note.subject, note.text) for note in notes] == [("other", *one) for one in expected]

    @pytest.mark.parametrize(
        ("key", "name"),
        [
            pytest.param("? [a, b]\n      : {model: x}", "openai.models.[a, b]", id="list"),
            pytest.param("? {a: b}\n      : {model: x}", "openai.models.{a: b}", id="mapping"),
            pytest.param("*k : {model: x}", "openai.models.kk", id="alias"),
            pytest.param('"<<": {model: x}', "openai.models.<<", id="quoted-merge-key"),
        ],
    )
    def test_an_entry_under_a_key_that_nobody_edits_is_a_note(self, key: str, name: str) -> None:
        """An alias or a collection as a key: what stands under it is compared as text, there and back."""
        base = f"x: &k kk\n{BASE}"
        after = base.replace("      fast:", f"      {key}\n      fast:")
        assert diff(base, after) == ((), (Note("other", f"providers.{name}.model", "none → x"),))
        assert diff(after, base) == ((), (Note("other", f"providers.{name}.model", "x → none"),))
        assert diff(after, after) == ((), ())

    def test_a_provider_under_an_alias_is_a_note(self) -> None:
        """The same, one step above."""
        base = f"x: &k kk\n{BASE}"
        assert diff(base, f"{base}  *k : {{models: {{a: {{model: x}}}}}}\n") == (
            (),
            (Note("other", "providers.kk.models.a.model", "none → x"),),
        )


def test_units_are_converted_honestly() -> None:
    """The same price in another unit is the same price."""
    per_million = BASE.replace("0.0025", "2.5").replace("0.01,", "10,").replace("0.00125", "1.25")
    assert differences(state(per_million, "1m"), state(BASE), LLM_MODELS) == ((), ())
    changes: Any = differences(state(per_million.replace("2.5", "3"), "1m"), state(BASE), LLM_MODELS)[0]
    assert changes[0].fields == (FieldChange("pricing.input", Decimal("0.000003"), Decimal("0.0000025"), "3"),)


KEYS = st.sampled_from(("model", "notes", "features", "pricing", "x y", "1", "on", "input", "\u00fc"))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text("ab1:-, \n\u00fc\u4e2d'\"#{}[]&*!|>%@`~", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
CATALOGS = st.fixed_dictionaries(
    {
        "providers": st.dictionaries(
            st.sampled_from(("openai", "gemini")),
            st.fixed_dictionaries({"models": st.dictionaries(KEYS, st.dictionaries(KEYS, PLAIN, max_size=4), max_size=3), "url": PLAIN}),
            min_size=1,
        ),
        "more": PLAIN,
    }
)  # fmt: skip
STYLES: list[Callable[[Any], str]] = [
    lambda data: yaml.safe_dump(data, default_flow_style=True, allow_unicode=True),
    lambda data: yaml.safe_dump(data, default_flow_style=False, sort_keys=False),
    lambda data: yaml.safe_dump(data, indent=4, width=20),
]


@pytest.mark.hypothesis
@given(CATALOGS)
def test_how_it_is_written_does_not_matter(data: dict[str, Any]) -> None:
    """The same data in flow and block style, in another order and with other quotes: no difference, in both directions."""
    texts = [style(data) for style in STYLES]
    assume(all(yaml.safe_load(text) == data for text in texts))  # PyYAML folds some quoted texts wrongly
    for one in texts:
        for other in texts:
            assert diff(one, other) == ((), ())


@pytest.mark.hypothesis
@given(CATALOGS, CATALOGS)
def test_there_and_back(one: dict[str, Any], other: dict[str, Any]) -> None:
    """What came in one direction went in the other, and what differs outside of entries is named in both."""
    there, back = diff(STYLES[1](one), STYLES[1](other)), diff(STYLES[1](other), STYLES[1](one))
    for forward, backward in ((there, back), (back, there)):
        came = {(change.provider, change.key) for change in forward[0] if isinstance(change, Add)}
        went = {(change.provider, change.key) for change in backward[0] if isinstance(change, Remove)}
        assert came == went
    subjects = [{note.subject for note in notes} for _, notes in (there, back)]
    assert subjects[0] == subjects[1]
    assert (there == ((), ())) is (back == ((), ()))


class TestLists:
    """Rows of lists have no names: those that are no entries are known by what they say."""

    def diff(self, before: str, after: str, **table: Any) -> list[tuple[str, str]]:
        """Compare two texts of which no entry differs."""
        layout = layout_of(convert({"id": "id", "fields": {"pricing.input": "in"}, **table}, Table))

        def read(text: str) -> State:
            document = parse(text.encode(), "c.yml", several=layout.several)
            return State(document, read_sections(document, layout, unit="1m", path="c.yml"))

        found, notes = differences(read(before), read(after), layout)
        assert found == ()
        return [(note.subject, note.text) for note in notes]

    def test_a_row_that_moved_is_none(self) -> None:
        """However often it is there."""
        before = "models:\n- {id: gpt-4o, in: 1}\n- {note: a, x: 1}\n- {id: o3, in: 1}\n- text\n- text\n"
        after = "models:\n- text\n- {x: 1, note: a}\n- {id: o3, in: 1}\n- text\n- {id: gpt-4o, in: 1}\n"
        assert self.diff(before, after, at="models[]") == []

    def test_a_row_that_came_or_went(self) -> None:
        """By the list, with what it says."""
        before = "- {id: gpt-4o, in: 1}\n- {note: a}\n- {note: a}\n"
        after = "- {note: b}\n- {note: a}\n- {id: gpt-4o, in: 1}\n"
        assert self.diff(before, after, at="[]") == [
            ("the file", "a row is gone: {note: a}"),
            ("the file", "a row was not there before: {note: b}"),
        ]

    def test_what_is_around_entries_goes_by_them(self) -> None:
        """And not by a number, which any row before it changes."""
        one = "- {by: openai, url: x, models: [{id: gpt-4o, in: 1}, {id: o3, in: 1}]}\n"
        other = "- {by: xai, url: y, models: [{id: grok-4, in: 1}]}\n"
        table = {"at": "[].models[]", "provider_around": "by"}
        assert self.diff(one + other, other + one, **table) == []
        assert self.diff(one + other, other.replace("url: y", "url: z") + one.replace("url: x", "url: w"), **table) == [
            ("xai/grok-4.url", "y → z"), ("openai.url", "x → w"),
        ]  # fmt: skip

    def test_a_provider_is_no_section_where_none_is_named_on_the_way(self) -> None:
        """That its last row is gone is told of the row."""
        layout = layout_of(convert({"at": "{id}", "fields": {"pricing.input": "in"}}, Table))

        def read(text: str) -> State:
            document = parse(text.encode(), "c.yml")
            return State(document, read_sections(document, layout, unit="1m", path="c.yml"))

        found, notes = differences(read("gpt-4o: {in: 1}\ngrok-4: {in: 1}\n"), read("gpt-4o: {in: 1}\n"), layout)
        assert ([type(change) for change in found], notes) == ([Remove], ())
