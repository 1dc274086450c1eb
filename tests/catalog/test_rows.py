"""Prices in rows: tiers, windows and batch offers, read by their names and edited in place."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.catalog.document import parse, plain_value
from modelsync.catalog.entries import read_sections
from modelsync.catalog.placing import Placing, why_not_written
from modelsync.catalog.splice import Conflict, InsertItem, NotEditable, RemoveKey, splice, why_not_editable
from modelsync.domain.pricing import PER_USE, RATES, Pricing, Tier, Window, assemble, flatten
from modelsync.layouts.builtin import LLM_MODELS
from modelsync.layouts.layout import Layout, Row
from modelsync.layouts.table import Table, layout_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from modelsync.catalog.entries import Entry

HEAD = "providers:\n  openai:\n    models:\n      a:\n"


def entry_of(text: str, layout: Layout = LLM_MODELS) -> Entry:
    """Read the only entry of a catalog in USD per 1k."""
    (section,) = read_sections(parse(text.encode(), "c.yml"), layout, unit="1k", path="c.yml")
    return section.entries[0]


def priced(pricing: str) -> Entry:
    """Read an entry with these lines under `pricing`."""
    return entry_of(HEAD + "        pricing:\n" + "".join(f"          {line}\n" for line in pricing.splitlines()))


def prices(entry: Entry) -> dict[str, Decimal]:
    """Return the prices of an entry, by the names they have under `pricing`."""
    return {name: field.value for name, field in entry.fields.items() if isinstance(field.value, Decimal)}


def edited(text: str, values: Mapping[str, Decimal], removed: tuple[str, ...] = ()) -> str:
    """Set and remove fields of the only entry."""
    edits = Placing(LLM_MODELS, "1k").edits(entry_of(text), values, removed)
    return splice(parse(text.encode(), "c.yml"), edits).data.decode()


class TestReading:
    """Every price has a name."""

    def test_all_of_it(self) -> None:
        """Tiers by their tokens, windows by their hours, a batch offer with tiers of its own; USD for each image as it stands."""
        entry = priced(
            "input: 0.00125\nimage: 0.002\ncache_read: free\n"
            "tiers:\n- {above: 200_000, input: 0.0025}\n- above: '300000'\n  input: null\n  note: mine\n  request: 0.5\n"
            "windows: [{utc: '22:00-2400', output: 1}, {utc: 0100-0400, output: 2}]\n"
            "batch:\n  web_search: 3\n  tiers: [{above: 5, input: 4}]"
        )
        assert prices(entry) == {
            "pricing.input": Decimal("0.00000125"), "pricing.image": Decimal("0.002"), "pricing.tiers.200000.input": Decimal("0.0000025"),
            "pricing.tiers.300000.request": Decimal("0.5"), "pricing.windows.2200-0000.output": Decimal("0.001"), "pricing.windows.0100-0400.output": Decimal("0.002"),
            "pricing.batch.web_search": Decimal(3), "pricing.batch.tiers.5.input": Decimal("0.004"),
        }  # fmt: skip
        assert {name: (field.present, field.raw) for name, field in entry.fields.items() if field.value is None} == {
            "pricing.cache_read": (True, "free"), "pricing.tiers.300000.input": (False, "null")
        }  # fmt: skip
        assert not any(field.obstacle for field in entry.fields.values())
        assert not any(entry.groups.values())
        rows = [step for steps in entry.shared for step in steps[-1:] if isinstance(step, Row)]
        assert [row.part for row in rows] == ["300000"]
        assert len(rows) == len(entry.shared)

    @pytest.mark.parametrize(
        ("rows", "problem"),
        [
            ("tiers: {above: 5}", "line 6: `pricing.tiers` is not a list"), ("tiers: 5", "line 6: `pricing.tiers` is not a list"), ("batch: [1]", "line 6: `pricing.batch` is not a mapping"),
            ("batch:\n  windows: 5", "line 7: `pricing.batch.windows` is not a list"),
            ("tiers: [5]", "line 6: a row of `pricing.tiers` is not a mapping"), ("tiers:\n- input: 1\n  output: 2", "line 7: a row of `pricing.tiers` has no `above`"),
            ("tiers:\n- above: 5\n- above: lots", "line 8: `above` of a row of `pricing.tiers` cannot be read"), ("tiers: [{above: -5}]", "line 6: `above` of a row of `pricing.tiers` cannot be read"),
            ("tiers: [{above: 1.5}]", "line 6: `above` of a row of `pricing.tiers` cannot be read"), ("tiers: [{above: [5]}]", "line 6: `above` of a row of `pricing.tiers` cannot be read"),
            ("tiers: [{above: ~}]", "line 6: `above` of a row of `pricing.tiers` cannot be read"), ("tiers:\n- above: 5\n- above: 5.0", "line 8: `pricing.tiers` has a row with the same `above` twice"),
            ("tiers:\n- above: 5\n  above: 6", "line 8: `above` is there twice"), ("windows: [{utc: 25:00-01:00}]", "line 6: `utc` of a row of `pricing.windows` cannot be read"),
            ("windows: [{utc: 01:00-01:00}]", "line 6: `utc` of a row of `pricing.windows` cannot be read"), ("windows:\n- utc: 0000-0100\n- utc: 24:00-01:00", "line 8: `pricing.windows` has a row with the same `utc` twice"),
        ],
    )  # fmt: skip
    def test_damage(self, rows: str, problem: str) -> None:
        """It is told with its line; the other prices are read, and nothing is written there."""
        entry = priced(f"{rows}\ninput: 1")
        assert [wrong for wrong in entry.groups.values() if wrong] == [problem]
        assert prices(entry) == {"pricing.input": Decimal("0.001")}
        assert not entry.blocked
        (group,) = (group for group, wrong in entry.groups.items() if wrong)
        name = {
            "tiers": "pricing.tiers.9.input",
            "windows": "pricing.windows.0700-0800.input",
            "batch": "pricing.batch.input",
        }[str(group[-1])]
        name = name if len(group) == 2 else "pricing.batch.windows.0700-0800.input"
        assert why_not_written(entry, name, LLM_MODELS, lambda _: None) == problem
        assert why_not_written(entry, "pricing.input", LLM_MODELS, lambda _: None) == ""

    def test_a_sound_row_in_a_damaged_list(self) -> None:
        """Its prices are known, and not written either."""
        field = priced("tiers: [{above: 5, input: 1}, {input: 2}]").fields["pricing.tiers.5.input"]
        assert (field.value, field.obstacle) == (Decimal("0.001"), "line 6: a row of `pricing.tiers` has no `above`")

    def test_merged_and_aliased_rows(self) -> None:
        """A reader sees them, so they count; whether they can be edited is another matter."""
        text = (
            "base: &base {input: 1, above: 7}\nrow: &row {above: 5, output: 2}\nproviders: {openai: {models: {a: {pricing: "
            "{tiers: [*row, {<<: *base, above: 6}]}}}}}\n"
        )
        entry = entry_of(text)
        assert prices(entry) == {"pricing.tiers.5.output": Decimal("0.002"), "pricing.tiers.6.input": Decimal("0.001")}
        document = parse(text.encode(), "c.yml")
        for name in prices(entry):
            assert why_not_written(entry, name, LLM_MODELS, lambda path: why_not_editable(document, path))

    def test_a_layout_is_data(self) -> None:
        """Another shape is other steps."""
        table = Table(at="llms.{provider}.{key}", id="id", fields={"pricing.tiers.*.input": "costs[from].in"})
        layout = layout_of(table)
        text = "llms:\n  x:\n    a:\n      costs:\n      - {from: 5, in: 1}\n"
        assert prices(entry_of(text, layout)) == {"pricing.tiers.5.input": Decimal("0.001")}
        edits = Placing(layout, "1k").edits(entry_of(text, layout), {"pricing.tiers.3.input": Decimal(2)})
        assert (
            splice(parse(text.encode(), "c.yml"), edits).data.decode().splitlines()[-2] == "      - {from: 3, in: 2000}"
        )
        assert [
            layout.keeps(name) for name in ("model", "pricing.tiers.9.input", "pricing.input", "pricing.tiers.input")
        ] == [True, True, False, False]
        with pytest.raises(KeyError):
            layout.steps("pricing.input")


WHOLE = Pricing(
    {"input": Decimal("0.00000125"), "output": Decimal("0.00001"), "web_search": Decimal("0.01")},
    (Tier(200000, {"input": Decimal("0.0000025"), "output": Decimal("0.000015")}),),
    (Window(60, 240, {"input": Decimal("0.000002")}),),
    Pricing({"input": Decimal("0.000000625")}),
)
WRITTEN = """\
        pricing:
          input: 0.00125
          output: 0.01
          web_search: 0.01
          tiers:
            - above: 200000
              input: 0.0025
              output: 0.015
          windows:
            - utc: 01:00-04:00
              input: 0.002
          batch:
            input: 0.000625
"""


class TestWriting:
    """In the file's own style, every other byte as it was."""

    def test_from_nothing(self) -> None:
        """A person can read it."""
        assert edited(HEAD + "        model: a\n", flatten(WHOLE)) == HEAD + "        model: a\n" + WRITTEN

    def test_into_one_line(self) -> None:
        """Where the entry is on one line, so is what is new."""
        text = "providers: {openai: {models: {a: {pricing: {input: 1, output: 0.01}}}}}\n"
        assert edited(text, flatten(WHOLE)) == (
            "providers: {openai: {models: {a: {pricing: {input: 0.00125, output: 0.01, web_search: 0.01, tiers: [{above: 200000, input: 0.0025, output: 0.015}], "
            "windows: [{utc: '01:00-04:00', input: 0.002}], batch: {input: 0.000625}}}}}}\n"
        )

    def test_into_what_is_there(self) -> None:
        """A price in a row, a price to a row, a row at its place, a list in its order; comments and own keys stay."""
        text = HEAD + (
            "        pricing:\n          input: 0.00125 # in\n          tiers:\n          - above: 100_000 # short\n            note: mine\n            input: 0.002\n\n"
            "          # long\n          - above: 300000\n            output: 0.02\n          batch: {}\n          own: 1\n"
        )
        assert edited(
            text,
            flatten(WHOLE)
            | {
                "pricing.tiers.100000.input": Decimal("0.000003"),
                "pricing.tiers.300000.input": Decimal("0.000004"),
                "pricing.tiers.400000.input": Decimal(0),
            },
        ) == HEAD + (
            "        pricing:\n          input: 0.00125 # in\n          output: 0.01\n          web_search: 0.01\n          tiers:\n          - above: 100_000 # short\n            note: mine\n            input: 0.003\n\n"
            "          - above: 200000\n            input: 0.0025\n            output: 0.015\n\n"
            "          # long\n          - above: 300000\n            input: 0.004\n            output: 0.02\n\n          - above: 400000\n            input: 0\n"
            "          windows:\n          - utc: 01:00-04:00\n            input: 0.002\n          batch:\n            input: 0.000625\n          own: 1\n"
        )

    def test_rows_on_one_line(self) -> None:
        """As the other rows, or as those of the other entries."""
        rows = "        pricing:\n          tiers:\n          - {above: 5, input: 1}\n"
        new = "          - {above: 6, input: 2}\n"
        assert edited(HEAD + rows, {"pricing.tiers.6.input": Decimal("0.002")}) == HEAD + rows + new
        other = HEAD + "        pricing: # empty\n      b:\n" + rows
        assert edited(other, {"pricing.tiers.6.input": Decimal("0.002")}) == other.replace(
            " # empty\n", " # empty\n          tiers:\n" + new
        )

    @pytest.mark.parametrize("empty", ["", " ~", " []"])
    def test_into_an_empty_list(self, empty: str) -> None:
        """`tiers:` with nothing in it is filled."""
        text = HEAD + f"        pricing:\n          tiers:{empty}\n"
        assert plain_value(
            parse(edited(text, {"pricing.tiers.5.input": Decimal(1)}).encode(), "c").root
        ) == plain_value(parse((HEAD + "        pricing: {tiers: [{above: 5, input: 1000}]}\n").encode(), "c").root)

    def test_a_new_entry(self) -> None:
        """The same mapping, whole."""
        nested = Placing(LLM_MODELS, "1k").nested({"model": "a", **flatten(WHOLE), "features": ("x",)})
        text = "providers: {openai: {models: {a: {}}}}\n"
        values: Any = plain_value(parse(f"{HEAD}{WRITTEN}".encode(), "c.yml").root)
        assert nested["pricing"] == values["providers"]["openai"]["models"]["a"]["pricing"]
        assert list(nested) == ["model", "pricing", "features"]
        assert entry_of(text).fields == {}


class TestRemoving:
    """A price, a row, a list, a mapping: as much as nothing is left of."""

    def test_all_of_them(self) -> None:
        """The entry's own mapping stays."""
        names = tuple(flatten(WHOLE))
        assert edited(HEAD + WRITTEN, {}, names) == HEAD + "        pricing: {}\n"
        assert edited(HEAD + WRITTEN, {}, names[3:]) == HEAD + "".join(f"{line}\n" for line in WRITTEN.splitlines()[:4])

    def test_one_of_two(self) -> None:
        """The row stays with the other price."""
        assert edited(HEAD + WRITTEN, {}, ("pricing.tiers.200000.input",)) == HEAD + WRITTEN.replace(
            "              input: 0.0025\n", ""
        )

    def test_what_a_person_added_stays(self) -> None:
        """And what it stands in."""
        text = (
            HEAD
            + "        pricing:\n          tiers:\n          - above: 5\n            input: 1\n            note: x\n          batch: {input: 1, note: x}\n"
        )
        assert edited(text, {}, ("pricing.tiers.5.input", "pricing.batch.input")) == text.replace(
            "            input: 1\n", ""
        ).replace("input: 1, ", "")

    def test_a_row_for_another(self) -> None:
        """A threshold that moved."""
        assert edited(
            HEAD + WRITTEN,
            {"pricing.tiers.272000.input": Decimal("0.000003")},
            ("pricing.tiers.200000.input", "pricing.tiers.200000.output"),
        ) == HEAD + WRITTEN.replace(
            "200000\n              input: 0.0025\n              output: 0.015", "272000\n              input: 0.003"
        )

    def test_a_damaged_list_stays(self) -> None:
        """Nobody knows what is in it."""
        text = HEAD + "        pricing:\n          batch:\n            input: 1\n            tiers: 5\n"
        assert edited(text, {}, ("pricing.batch.input",)) == text.replace("            input: 1\n", "")


NAMED: st.SearchStrategy[dict[str, Decimal]] = st.dictionaries(
    st.sampled_from(RATES), st.decimals(0, 1, places=6), min_size=1, max_size=3
)


@st.composite
def pricings(draw: st.DrawFn, *, batch: bool = True) -> Pricing:
    """Build any prices."""
    tiers = draw(st.dictionaries(st.integers(0, 10**7), NAMED, max_size=3))
    windows = draw(st.dictionaries(st.tuples(st.integers(0, 700), st.integers(701, 1439)), NAMED, max_size=3))
    offer = draw(st.none() | pricings(batch=False)) if batch else None
    return Pricing(
        draw(NAMED),
        tuple(Tier(above, tiers[above]) for above in sorted(tiers)),
        tuple(Window(*span, windows[span]) for span in sorted(windows)),
        offer if offer != Pricing() else None,
    )


class Author:
    """Writes an entry as a person might: in block or flow style at any depth, with comments and keys of one's own."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def text(self, pricing: Pricing) -> str:
        """Write a whole catalog."""
        nested: dict[str, Any] = Placing(LLM_MODELS, "1k").nested({"model": "x", **flatten(pricing)})
        if self.random.random() < 0.5:
            nested = {"mine": 1, **nested, "own": "x"}
        return "# header\n" + HEAD + "\n".join(self.block(nested, 8)) + "\n"

    def block(self, data: Mapping[str, Any], indent: int) -> list[str]:
        """Write a mapping as lines."""
        return [line for key, value in data.items() for line in (*self.comment(indent), *self.pair(key, value, indent))]

    def comment(self, indent: int) -> list[str]:
        """Perhaps a comment."""
        return [" " * indent + "# about it"] if self.random.random() < 0.2 else []

    def pair(self, key: str, value: Any, indent: int) -> list[str]:
        """Write a key and its value."""
        if isinstance(value, dict) and self.random.random() < 0.7:
            return [f"{' ' * indent}{key}:", *self.block(value, indent + 2)]
        if isinstance(value, list) and self.random.random() < 0.7:
            return [f"{' ' * indent}{key}:", *(line for row in value for line in self.row(row, indent + 2))]
        return [f"{' ' * indent}{key}: {self.flow(value)}"]

    def row(self, row: Mapping[str, Any], indent: int) -> list[str]:
        """Write an item of a list."""
        first, *rest = [line for line in self.block(row, indent + 2) if "#" not in line]
        return [f"{' ' * indent}- {first.lstrip()}", *rest]

    def flow(self, value: Any) -> str:
        """Write a value on one line."""
        match value:
            case dict():
                return "{" + ", ".join(f"{key}: {self.flow(inner)}" for key, inner in value.items()) + "}"
            case list():
                return "[" + ", ".join(map(self.flow, value)) + "]"
            case Decimal():
                return f"{value:f}"
            case _:
                return repr(value)


@pytest.mark.hypothesis
@given(pricings(), pricings(), st.randoms(use_true_random=False))
def test_any_prices_become_any_others(before: Pricing, after: Pricing, random: Random) -> None:
    """Read back they are the same, in whatever style they stood; whatever is no price is untouched; and back again."""
    text = Author(random).text(before)
    old, new = flatten(before), flatten(after)
    assert prices(entry_of(text)) == old
    moved = {name: price for name, price in new.items() if old.get(name) != price}
    result = edited(text, moved, tuple(old.keys() - new.keys()))
    entry = entry_of(result)
    assert prices(entry) == new
    assert assemble(prices(entry)) == after
    assert not any(entry.groups.values())
    assert result.startswith(text[: text.index("      a:")])
    own = [line for line in text.splitlines() if "mine" in line or "own:" in line or "model" in line]
    assert [line for line in result.splitlines() if "mine" in line or "own:" in line or "model" in line] == own
    for rows in entry.rows.values():
        places = [int(part.partition("-")[0]) for part in rows]
        assert places == sorted(places)


def test_rates_per_use_are_never_scaled() -> None:
    """Whatever the unit."""
    for unit in ("token", "1k", "1m"):
        placing = Placing(LLM_MODELS, unit)
        for rate in RATES:
            price = placing.spelled(f"pricing.tiers.5.{rate}", Decimal(1))
            assert (price == 1) is (rate in PER_USE or unit == "token")


class TestInsertItem:
    """An item goes before another, or to the end."""

    @pytest.mark.parametrize(
        ("before", "result"), [(0, "[x, a, b]"), (1, "[a, x, b]"), (None, "[a, b, x]"), (7, "[a, b, x]")]
    )
    def test_place(self, before: int | None, result: str) -> None:
        """By the numbers of the old items."""
        assert splice(parse(b"k: [a, b]\n", "c"), [InsertItem(("k",), "x", before)]).data.decode() == f"k: {result}\n"

    def test_several_and_a_removal(self) -> None:
        """In the order given, even before one that goes."""
        edits = [InsertItem(("k",), "x", 1), InsertItem(("k",), "z", 1), RemoveKey(("k", 1))]
        assert splice(parse(b"k:\n- a\n- b # bye\n- c\n", "c"), edits).data == b"k:\n- a\n- x\n- z\n- c\n"

    def test_not_in_a_mapping(self) -> None:
        """There it has no place."""
        with pytest.raises(NotEditable, match="not a list"):
            splice(parse(b"k: {a: 1}\n", "c"), [InsertItem(("k",), "x")])
        with pytest.raises(Conflict):
            splice(parse(b"k: [a]\n", "c"), [RemoveKey(("k",)), InsertItem(("k",), "x")])
