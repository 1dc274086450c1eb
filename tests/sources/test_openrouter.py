"""OpenRouter's model list, as recorded and as nobody wants to meet it: bytes in, a listing out."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.domain.listing import Listing, Override, Record
from modelsync.domain.money import VARIABLE
from modelsync.errors import NothingFetched
from modelsync.sources import openrouter

if TYPE_CHECKING:
    from pathlib import Path

# file: models, complete, kinds covered
RECORDED = {
    "models.2025-05-12T1347Z": (321, True, {"text"}),
    "models.2025-11-03T1404Z": (343, True, {"text"}),
    "models.2026-01-16T1715Z": (339, True, {"text"}),
    "models.2026-03-09T1905Z": (346, True, {"text"}),
    "models.2026-06-18T1311Z": (339, True, {"text"}),
    "models.2026-07-17T0952Z": (344, True, {"text"}),
    "models.2026-08-21T0812Z": (419, True, {"text"}),
    "models.all-modalities.2026-08-05": (
        457,
        True,
        {"text", "image", "video", "speech", "transcription", "embeddings", "rerank"},
    ),
    "embeddings-models.2025-12-14": (21, True, {"embeddings"}),
    "models-user.SYNTHETIC": (2, True, {"text"}),
    "models.unpaged-envelope.SYNTHETIC": (5, True, {"text"}),
    "models.page1.SYNTHETIC": (3, False, {"text"}),
    "models.page2.SYNTHETIC": (2, False, {"text"}),
}
NO_LISTS = (
    "endpoints-reduced.2026-07-22",
    "endpoints.current-fields.SYNTHETIC",
    "endpoints.google-gemini-2.5-pro-preview.2025-05-23",
    "model-single.SYNTHETIC",
    "models-count.SYNTHETIC",
    "models.2026-01-16T1715Z.headers",
)


def spelled(value: object) -> str:
    """Spell a case's value for its id; the order of a set differs from process to process."""
    return str(sorted(map(str, value))) if isinstance(value, set) else str(value)


def read(*pages: bytes) -> Listing:
    """Read pages as the fetching room does."""
    return openrouter.read(list(pages), source="test", day="2026-03-01")


def listing(*records: object, **envelope: object) -> Listing:
    """Read one page made of these records."""
    return read(json.dumps({"data": records} | envelope).encode())


def one(**facts: Any) -> Record:
    """Read one record that must not be quarantined."""
    result = listing({"id": "a/b"} | facts)
    assert not result.quarantined
    return result.records[0]


class TestRecorded:
    """Every recorded body reads as a whole."""

    @pytest.mark.parametrize("name", RECORDED)
    def test_count_completeness_and_kinds(self, shared_data: Path, name: str) -> None:
        """The file has this many models, all of them usable, and covers these kinds."""
        result = read((shared_data / "openrouter" / f"{name}.json").read_bytes())
        assert (len(result.records), result.complete, set(result.kinds)) == RECORDED[name]
        assert not result.quarantined
        assert not result.notes

    @pytest.mark.parametrize("name", NO_LISTS)
    def test_what_is_no_list_is_refused(self, shared_data: Path, name: str) -> None:
        """Single models, endpoints and counts have the look of a list, and are none."""
        with pytest.raises(NothingFetched, match="not a model list"):
            read((shared_data / "openrouter" / f"{name}.json").read_bytes())

    def test_every_error_body_is_refused(self, shared_data: Path) -> None:
        """No provider's error, should it come with HTTP 200, is an empty list."""
        bodies = sorted((shared_data / "errors").glob("*.json"))
        assert len(bodies) > 40
        for path in bodies:
            with pytest.raises(NothingFetched):
                read(path.read_bytes())

    def test_one_model_in_full(self, shared_data: Path) -> None:
        """Prices exact, limits from the top provider, modalities and parameters as listed."""
        body = (shared_data / "openrouter" / "models.2026-08-21T0812Z.json").read_bytes()
        record = next(record for record in read(body).records if record.id == "openai/gpt-4o")
        assert record.prices["prompt"] == Decimal("0.0000025")
        assert (record.context_length, record.max_output_tokens, record.created) == (128000, 16384, 1715558400)
        assert set(record.input_modalities) == {"text", "image", "file"}
        assert record.output_modalities == ("text",)
        assert "tools" in record.parameters
        assert record.description

    def test_the_recorded_windows(self, shared_data: Path) -> None:
        """One model's prices depend on the hour: four windows, the first over midnight."""
        hours = {}
        for name in ("models.page1.SYNTHETIC", "models.unpaged-envelope.SYNTHETIC", "models.2026-08-21T0812Z"):
            records = read((shared_data / "openrouter" / f"{name}.json").read_bytes()).records
            found = {
                record.id: [override.hours for override in record.overrides if override.hours] for record in records
            }
            hours |= {name: windows for name, windows in found.items() if windows}
        assert hours == {"deepseek/deepseek-v4-flash-vision-exp": [(600, 60), (60, 240), (240, 360), (360, 600)]}


class TestPages:
    """The envelope, and several pages of it."""

    def test_two_pages_are_one_complete_listing(self, shared_data: Path) -> None:
        """All pages together have every model that `total_count` promises."""
        pages = [(shared_data / "openrouter" / f"models.page{number}.SYNTHETIC.json").read_bytes() for number in (1, 2)]
        both = read(*pages)
        assert (len(both.records), both.complete) == (5, True)
        assert openrouter.next_page(pages[0])
        assert openrouter.next_page(pages[1]) is None

    @pytest.mark.parametrize(
        ("envelope", "reason"),
        [
            ({"links": {"next": "/more"}}, "a page is missing"),
            ({"total_count": 2}, "1 of 2 models arrived"),
            ({"links": {"next": None}, "total_count": 1}, ""),
            ({"links": None, "total_count": None}, ""),
            ({"links": {}, "extra": {"deep": [1]}}, ""),
            ({"links": {"next": ""}}, ""),
        ],
    )
    def test_completeness(self, envelope: dict[str, object], reason: str) -> None:
        """A listing with a next page, or fewer models than promised, is not complete, and says why."""
        result = listing({"id": "a/b"}, **envelope)
        assert result.incomplete_because == reason
        assert result.complete is not reason

    def test_an_empty_list_is_incomplete(self) -> None:
        """No models at all is never taken for the truth."""
        assert listing().incomplete_because == "it holds no models"

    def test_an_empty_next_link_is_the_end(self) -> None:
        """`"next": ""` leads nowhere."""
        assert openrouter.next_page(b'{"data": [], "links": {"next": ""}}') is None

    def test_the_digest_names_the_bytes(self) -> None:
        """Other bytes, another digest; the same bytes, the same."""
        assert read(b'{"data":[]}').digest == read(b'{"data":[]}').digest != read(b'{"data": []}').digest


class TestKinds:
    """A model of a kind that the listing does not cover is not absent."""

    @pytest.mark.parametrize(
        ("outputs", "kinds"),
        [
            ([["text"]], {"text"}),
            ([None], {"text"}),
            ([["text"], ["text", "image"]], {"text"}),
            ([["image"], ["image", "text"]], {"image"}),
            ([["embeddings"]], {"embeddings"}),
            ([["text"], ["image"], ["rerank"]], {"text", "image", "rerank"}),
            ([["text", "image"]], set[str]()),
        ],
    )
    def test_kinds(self, outputs: list[list[str] | None], kinds: set[str]) -> None:
        """Text counts when some model puts out just that; another kind when some model puts out no text."""
        records = [
            {"id": f"a/m{number}", "architecture": {"output_modalities": kind}} for number, kind in enumerate(outputs)
        ]
        assert set(listing(*records).kinds) == kinds


class TestNoList:
    """Bytes that are no model list raise, whatever else they are."""

    @pytest.mark.parametrize(
        "body",
        [b"", b"null", b"[]", b"{}", b"42", b'"x"', b"<!doctype html><p>502", b'{"data": null}', b'{"data": {}}', b'{"data": "x"}', b'{"data": [', b"\xff\xfe\x00", b"{'data': []}", b'{"data": [], "links": "x"}', b'{"data": [], "total_count": "many"}'],
    )  # fmt: skip
    def test_refused(self, body: bytes) -> None:
        """The message names the source, the hint shows what a list looks like."""
        with pytest.raises(NothingFetched, match=r"^test is not a model list: ") as caught:
            read(body)
        assert "/api/v1/models" in caught.value.hint

    @pytest.mark.parametrize(
        "body", [b'{"data": ' + b"[" * 5000 + b"]" * 5000 + b"}", b"[" * 200_000, b'{"data":' * 5000]
    )
    def test_depth_is_an_error_and_not_a_crash(self, body: bytes) -> None:
        """JSON nested thousands deep is no list, or at most a list of nothing usable: Pythons differ in how deep they read."""
        try:
            result = read(body)
        except NothingFetched:
            return
        assert (result.records, result.complete) == ((), False)


BAD_IDS = [
    5, None, True, [], {}, "", "gpt-4o", "../x", "a/../b", "/etc/passwd", "*alias", "&a/b", "a b/c", "a/b c", "a/b\n", "a/b\x00", "a/\x1b[31mb", "a/b\u202e", "a/b\u200b", "\u0430/b", "a/\u0661",
    "a//b", "a/b:free:x", "a/b:", "a\\b/c", "- a/b", "a/b: c", "!!a/b", "{a/b}", "~~a/b", "a/" + "b" * 300,
]  # fmt: skip


class TestQuarantine:
    """One bad record is left out with its reason; it never costs the run."""

    @pytest.mark.parametrize("bad", BAD_IDS, ids=ascii)
    def test_a_record_without_a_usable_id_makes_the_listing_incomplete(self, bad: object) -> None:
        """Who knows which model it was: nothing may count as gone."""
        result = listing({"id": bad}, {"id": "a/good"})
        assert [record.id for record in result.records] == ["a/good"]
        assert [record.by_id for record in result.quarantined] == [True]
        assert result.incomplete_because == "1 record had no usable id"
        assert result.quarantined[0].subject.isascii()

    @pytest.mark.parametrize("bad", [None, 1, "x", [], [[]], True, {}])
    def test_what_is_no_record_at_all(self, bad: object) -> None:
        """Null, numbers and lists among the records are counted."""
        result = listing(bad, {"id": "a/good"})
        assert (len(result.records), len(result.quarantined), result.complete) == (1, 1, False)

    def test_a_huge_id_is_cut_in_the_report(self) -> None:
        """Ten megabytes of id become one short line."""
        (left_out,) = listing({"id": "a/" + "b" * 10_000_000}).quarantined
        assert len(left_out.subject) < 300

    @pytest.mark.parametrize(
        "facts",
        [{"pricing": "free"}, {"pricing": []}, {"supported_parameters": "tools"}, {"supported_parameters": [1]}, {"description": 5}, {"name": {}}, {"architecture": "text"}, {"architecture": {"input_modalities": "text"}}, {"top_provider": 1}, {"alias_target": "x"}, {"hugging_face_id": 1}],
        ids=str,
    )  # fmt: skip
    def test_wrong_types_name_the_record(self, facts: dict[str, object]) -> None:
        """The record's own id is good: it is named, and absence of others still counts."""
        result = listing({"id": "a/bad"} | facts, {"id": "a/good"})
        assert [record.id for record in result.records] == ["a/good"]
        assert [(record.subject, record.by_id) for record in result.quarantined] == [("a/bad", False)]
        assert "Expected" in result.quarantined[0].reason
        assert result.complete

    @pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 5000, '"\\ud800"', '"\\udc00x"'])
    def test_json_that_only_lax_readers_take_costs_its_record(self, bad: str) -> None:
        """`NaN`, numbers out of range and half surrogate pairs spoil one record, not the list."""
        body = f'{{"data": [{{"id": "a/bad", "pricing": {{"prompt": {bad}}}}}, {{"id": "a/good"}}], "total_count": 2}}'
        result = read(body.encode())
        assert [record.id for record in result.records] == ["a/good"]
        assert [(record.subject, record.by_id) for record in result.quarantined] == [("a/bad", False)]

    def test_half_a_surrogate_pair_in_an_id(self) -> None:
        """Such an id cannot even be encoded: the record has no name."""
        result = read(b'{"data": [{"id": "a/\\ud800"}, {"id": "a/good"}], "links": {"next": null}}')
        assert [(record.subject, record.by_id) for record in result.quarantined] == [("a record without an id", True)]

    def test_bytes_that_are_no_utf8_cost_their_record(self) -> None:
        """One latin-1 name among good records."""
        result = read(b'{"data": [{"id": "a/bad", "name": "caf\xe9"}, {"id": "a/good"}]}')
        assert [record.id for record in result.records] == ["a/good"]
        assert result.quarantined[0].subject == "a/bad"

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_a_byte_order_mark_is_read_over(self, encoding: str) -> None:
        """A list saved by an editor or a shell that writes one is a list."""
        assert len(read('{"data": [{"id": "a/b", "name": "é"}]}'.encode(encoding)).records) == 1

    def test_control_characters_outside_ids_are_data(self) -> None:
        """An escape in a description is kept as it is; showing it safely is the views' business."""
        assert one(description="a\x1b[31mb\u202e").description == "a\x1b[31mb\u202e"

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "data", "pricing", "prompt", "architecture", "links", "next"]), inner, max_size=4)))  # fmt: skip
    def test_any_json_reads_or_raises_as_promised(self, tree: object) -> None:
        """Whatever JSON the records are, reading gives a listing that accounts for every one of them."""
        body = json.dumps({"data": [tree, {"id": "a/good"}]}).encode()
        result = read(body)
        assert len(result.records) + len(result.quarantined) == 2


class TestDuplicates:
    """One id, several records."""

    def test_agreeing_records_are_one(self) -> None:
        """The same facts twice, in whatever key order, are no contradiction."""
        first = {"id": "a/b", "name": "B", "pricing": {"prompt": "1", "completion": "2"}}
        result = listing(
            first,
            dict(reversed(first.items())),
            {"id": "a/b", "name": "B", "pricing": {"completion": "2.0", "prompt": "1.0"}},
        )
        assert (len(result.records), result.complete) == (1, True)

    def test_disagreeing_records_are_believed_neither_in_any_order(self) -> None:
        """Which came first must not decide a price."""
        records = [{"id": "a/b", "pricing": {"prompt": price}} for price in ("1", "2", "1")] + [{"id": "a/good"}]
        outcomes = {
            (tuple(record.id for record in result.records), result.quarantined, result.complete)
            for result in (listing(*order) for order in permutations(records))
        }
        assert len(outcomes) == 1
        ids, quarantined, complete = outcomes.pop()
        assert ids == ("a/good",)
        assert quarantined[0].reason == "listed twice with different facts"
        assert not complete


class TestPrices:
    """Decimal strings in USD per token; missing, free and variable are three things."""

    @pytest.mark.parametrize(
        ("raw", "price"),
        [
            ("0.0000025", "0.0000025"), ("0", "0"), ("0.0", "0"), ("1e-06", "0.000001"), ("2.5E-6", "0.0000025"), (".5", "0.5"), ("5.", "5"), ("+1", "1"),
            ("0.00000100000000000000015", "0.000001"), ("0.000000447528", "0.000000447528"), (0.000001, "0.000001"), (1, "1"), (0, "0"), ("-0", "0"),
        ],
        ids=repr,
    )  # fmt: skip
    def test_read(self, raw: object, price: str) -> None:
        """The number is exact, and rid of float noise."""
        assert one(pricing={"prompt": raw}).prices == {"prompt": Decimal(price)}

    @pytest.mark.parametrize(
        "raw",
        [None, "", " ", "free", "NaN", "nan", "Infinity", "-inf", "1e400", "1e-400", "-0.5", "-2", True, False, "true", "1_0", "1,0", "١٢", "０", "0x10", " 1", "1 ", "1\n", "--1", "1e", [], {}, ["1"]],  # noqa: RUF001  # other scripts' digits are the point
        ids=ascii,
    )  # fmt: skip
    def test_unknown(self, raw: object) -> None:
        """What is not plainly a number is no price: never zero."""
        assert one(pricing={"prompt": raw}).prices == {}

    @pytest.mark.parametrize("raw", ["-1", "-1.0", -1, -1.0, "-1e0"], ids=repr)
    def test_minus_one_is_variable(self, raw: object) -> None:
        """Routers are priced -1: neither known nor free."""
        assert one(pricing={"prompt": raw}).prices == {"prompt": VARIABLE}

    def test_an_absent_price_is_unknown(self) -> None:
        """Upstream leaves zeros out; so an absent key says nothing."""
        assert one(pricing={"completion": "1"}).prices.keys() == {"completion"}
        assert one(pricing=None).prices == {}

    def test_unknown_price_keys_are_noted_once(self) -> None:
        """A key nobody knows is one note with a count, however many models have it."""
        records = [{"id": f"a/m{number}", "pricing": {"prompt": "1", "teleport": "2"}} for number in range(3)]
        assert listing(*records, {"id": "a/x", "pricing": {"\x1b[1m": "1"}}).notes == (
            "unknown pricing key '\\x1b[1m' on 1 model: not read, please report it",
            "unknown pricing key 'teleport' on 3 models: not read, please report it",
        )

    @pytest.mark.parametrize(
        ("rule", "override"),
        [
            ({"min_prompt_tokens": 200000, "prompt": "1"}, Override({"prompt": Decimal(1)}, 200000)),
            ({"min_prompt_tokens": 0, "utc_start": None, "prompt": "1", "completion": None}, Override({"prompt": Decimal(1)}, 0)),
            ({"utc_start": 1630, "utc_end": 30, "prompt": "0", "completion": "-1"}, Override({"prompt": Decimal(0), "completion": VARIABLE}, None, (990, 30))),
            ({"utc_start": "0030", "utc_end": "08:30", "min_prompt_tokens": 1, "prompt": "x"}, Override({"prompt": None}, 1, (30, 510))),
            ({"utc_start": 0, "utc_end": 2400, "prompt": "1"}, Override({"prompt": Decimal(1)}, unclear="hours")),
            ({"utc_start": 2000, "utc_end": 2400, "prompt": "1"}, Override({"prompt": Decimal(1)}, None, (1200, 0))),
            ({"prompt": "1"}, Override({"prompt": Decimal(1)})), ({}, Override({})),
        ],
        ids=str,
    )  # fmt: skip
    def test_prices_under_conditions(self, rule: object, override: Override) -> None:
        """Thresholds are numbers of tokens, hours are HHMM; the same time twice says nothing, null is not there."""
        assert one(pricing={"overrides": [rule]}).overrides == (override,)

    @pytest.mark.parametrize(
        ("condition", "unclear"),
        [
            ({"min_prompt_tokens": -1}, "min_prompt_tokens"), ({"min_prompt_tokens": "5"}, "min_prompt_tokens"), ({"min_prompt_tokens": True}, "min_prompt_tokens"), ({"min_prompt_tokens": 1.5}, "min_prompt_tokens"),
            ({"min_prompt_tokens": 10**30}, "min_prompt_tokens"), ({"utc_start": 100}, "hours"), ({"utc_end": 100}, "hours"), ({"utc_start": 100, "utc_end": 1260}, "hours"), ({"utc_start": 100, "utc_end": 2500}, "hours"),
            ({"utc_start": 100, "utc_end": True}, "hours"), ({"utc_start": 100, "utc_end": -100}, "hours"), ({"utc_start": "١٢٠٠", "utc_end": 1}, "hours"), ({"utc_start": 1.0, "utc_end": 1}, "hours"),
            ({"region": "eu"}, "region"), ({"region": "eu", "min_prompt_tokens": -1, "utc_end": 5}, "hours, min_prompt_tokens, region"), ({"\x1b[1m" * 99: 1}, "\x1b[1m" * 99),
        ],
        ids=ascii,
    )  # fmt: skip
    def test_a_condition_nobody_understands(self, condition: dict[str, object], unclear: str) -> None:
        """What it touches is known by name, and said once; the prices without it stand."""
        result = listing({"id": "a/b", "pricing": {"prompt": "1", "overrides": [{"prompt": "2"} | condition]}})
        assert result.records[0].overrides == (Override({"prompt": Decimal(2)}, unclear=unclear),)
        assert result.records[0].prices == {"prompt": Decimal(1)}
        (note,) = result.notes
        assert note.startswith("pricing.overrides with a condition not understood (")
        assert note.endswith(") on 1 model: the prices it names count as unknown, please report it")
        assert note.isprintable()
        assert len(note) < 400

    def test_a_price_key_nobody_knows_is_no_condition(self) -> None:
        """The model's own prices have it too."""
        pricing = {
            "prompt": "1",
            "teleport": "2",
            "overrides": [{"min_prompt_tokens": 5, "prompt": "2", "teleport": "3"}],
        }
        assert one(pricing=pricing).overrides == (Override({"prompt": Decimal(2)}, 5),)

    @pytest.mark.parametrize(
        "overrides", ["0030", 5, {"utc_start": 1}, [None], ["x"], [[]], [3, {"prompt": "1"}]], ids=str
    )
    def test_overrides_that_cannot_be_read(self, overrides: object) -> None:
        """They might be about any price."""
        first = one(pricing={"prompt": "1", "overrides": overrides}).overrides[0]
        assert set(first.prices) == openrouter.PRICE_KEYS
        assert set(first.prices.values()) == {None}
        assert first.unclear

    @pytest.mark.parametrize("overrides", [None, []])
    def test_no_overrides(self, overrides: object) -> None:
        """Most models have none."""
        assert one(pricing={"prompt": "1", "overrides": overrides}).overrides == ()

    def test_a_discount_is_no_price(self) -> None:
        """It is said when there is one; nought is none."""
        assert one(pricing={"prompt": "1", "discount": 0}).prices.keys() == {"prompt"}
        result = listing({"id": "a/b", "pricing": {"prompt": "1", "discount": 0.25}})
        assert result.records[0].prices.keys() == {"prompt"}
        assert result.notes == ("a pricing.discount on 1 model: prices are taken as listed, please report it",)


class TestLimits:
    """Token limits are whole numbers."""

    @pytest.mark.parametrize(
        ("top", "own", "context"),
        [(1000, 2000, 1000), (None, 2000, 2000), (0, 2000, 0), (1000.0, None, 1000), (None, None, None), ("1000", None, None), (True, None, None), (-1, None, None), (1.5, None, None), (10**13, 2000, 2000), (10**30, 2000, 2000)],
    )  # fmt: skip
    def test_context(self, top: object, own: object, context: int | None) -> None:
        """The top provider's limit wins over the model's own; what is no limit is unknown."""
        assert one(context_length=own, top_provider={"context_length": top}).context_length == context
        assert one(top_provider={"max_completion_tokens": top}).max_output_tokens == (
            context if own is None else one(context_length=top).context_length
        )

    @pytest.mark.parametrize(("created", "read_as"), [(5, 5), (None, 0), (True, 0), ("5", 0), (1.5, 0)])
    def test_created(self, created: object, read_as: int) -> None:
        """A creation time that is no whole number is unknown."""
        assert one(created=created).created == read_as


def test_unknown_fields_are_tolerated() -> None:
    """A field nobody has heard of changes nothing."""
    assert one(benchmarks={"x": [1, {"y": None}]}, supported_voices=["a"]) == one()


def test_aliases_and_expiry_are_read() -> None:
    """`~vendor/x-latest` says what it stands for; a planned end is kept."""
    result = listing({"id": "~a/b-latest", "alias_target": {"slug": "a/b-2"}, "expiration_date": "2026-12-31"})
    assert (result.records[0].alias_of, result.records[0].expires) == ("a/b-2", "2026-12-31")
