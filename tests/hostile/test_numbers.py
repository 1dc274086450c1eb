"""One strict grammar of decimals, wherever a price or a limit is read: ASCII digits, and nothing that only some readers take for a number."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.catalog.view import Catalog
from modelsync.domain import lock_format
from modelsync.domain.lock import Base, Lock, LockEntry, base_value
from modelsync.domain.money import Variable, parse_number
from modelsync.errors import LockInvalid, PlanInvalid, SettingsInvalid
from modelsync.layouts.builtin import LLM_MODELS
from modelsync.planning import plan_file
from modelsync.planning.changes import Digests, FieldChange, Plan, Update
from modelsync.settings import load
from modelsync.sources import openrouter

if TYPE_CHECKING:
    from pathlib import Path

NO_NUMBERS = (
    "NaN", "nan", "sNaN", ".nan", "Infinity", "-Infinity", "inf", "+inf", ".inf", "-.INF", "1_0", "1_000.5", "_1", "1,5", "1,000", "1.000,5",
    "\u0661\u0662", "\uff11", "\u00b2", "\u0967", "1\u0660", "\u00bd", "0x10", "0o17", "0b1", "1e", "e5", "1e+", "1e1000", "1e-1000", "1e99999999999", "9" * 41,
    "1e61", "1e-61", "--1", "+-1", "1-", "$1", "1 USD", "1%", " 1", "1 ", "1\n", "\t1", "1\x00", "\u200b1", "1/2", "1:30", "", ".", "-", "true", "True", "null", "None", "free", "(1)", "[1]", "1..2", "1.2.3",
)  # fmt: skip
NUMBERS = {
    "0": "0", "0.0": "0", "1": "1", "+1": "1", "0.0000025": "0.0000025", "2.5e-06": "0.0000025", "2.5E-6": "0.0000025", ".5": "0.5", "5.": "5", "1e3": "1000", "00.5": "0.5",
}  # fmt: skip


@pytest.mark.parametrize("text", NO_NUMBERS, ids=ascii)
def test_what_is_no_number_is_none(text: str) -> None:
    """The one function that every reader of prices uses."""
    assert parse_number(text) is None


@pytest.mark.parametrize("text", NUMBERS)
def test_what_is_a_number_is_exact(text: str) -> None:
    """No float in between."""
    assert parse_number(text) == Decimal(NUMBERS[text])


def listed(price: object) -> Decimal | Variable | None:
    """A price as a listing's JSON has it, as text or as a bare value."""
    body = json.dumps({"data": [{"id": "a/b", "pricing": {"prompt": price, "completion": "1"}}]}).encode()
    (record,) = openrouter.read([body], source="test", day="2026-01-01").records
    assert record.prices["completion"] == 1
    return record.prices.get("prompt")


def in_catalog(text: str, *, quote: bool = True) -> Decimal | None:
    """A price as a catalog has it."""
    value = f'"{"".join(_escaped(letter) for letter in text)}"' if quote else text
    source = f"providers: {{p: {{models: {{k: {{model: m, pricing: {{input: {value}}}}}}}}}}}\n"
    (section,) = read_sections(parse(source.encode(), "c.yml"), LLM_MODELS, unit="token", path="c.yml")
    value = section.entries[0].fields["pricing.input"].value
    assert value is None or isinstance(value, Decimal)
    return value


def _escaped(letter: str) -> str:
    return letter if letter.isascii() and letter.isprintable() and letter not in '"\\' else f"\\U{ord(letter):08x}"


def in_lock(price: object) -> Any:
    """A price as a lock has it; `LockInvalid` where the lock is refused for it."""
    line = LockEntry("a/b", "b", {"pricing.input": Base("1", "test", "2026-01-01")})
    good = json.loads(lock_format.encode(Lock("token", "default", {"openai/b": line})))
    good["entries"]["openai/b"]["base"]["pricing.input"][0] = price
    lock = lock_format.decode(json.dumps(good).encode(), "lock")
    return base_value("pricing.input", lock.entries["openai/b"].base["pricing.input"])


def in_plan(price: object) -> Any:
    """A price as a plan file has it; `PlanInvalid` where the plan is refused for it."""
    change = Update("openai", "b", "a/b", (FieldChange("pricing.input", Decimal(1), Decimal(2)),), "moved")
    digests = Digests("sha256:0", "absent", "sha256:0")
    plan = Plan((change,), (), Lock("token", "default"), "token", digests, "test", "2026-01-01", first_sync=False)
    file = json.loads(plan_file.encode(plan, catalog="c.yml", modelsync="0"))
    (update,) = file["plan"]["changes"]
    update["fields"][0]["new"] = price
    (read,) = plan_file.decode(json.dumps(file).encode(), "plan").plan.changes
    return msgspec.structs.asdict(read)["fields"][0].new


UNDERSCORED = {"1_0", "1_000.5"}
"""YAML 1.1 itself has these for numbers, and people write limits so: a catalog, and it alone, is read as they meant it."""


@pytest.mark.parametrize("text", NO_NUMBERS, ids=ascii)
def test_no_reader_takes_it_for_a_price(text: str) -> None:
    """A listing leaves it unknown, a catalog has a word there, a lock and a plan are refused."""
    assert listed(text) is None
    assert (in_catalog(text) is None) == (text not in UNDERSCORED)
    with pytest.raises(LockInvalid):
        in_lock(text)
    with pytest.raises(PlanInvalid):
        in_plan(text * 3 if text.isdigit() else text)  # exact in any unit, a price may have up to 120 digits there


@pytest.mark.parametrize("text", [text for text in NUMBERS if not text.startswith("00")])
def test_every_reader_takes_it_for_the_same_price(text: str) -> None:
    """Exactly; a plan file, which only modelsync writes, knows no exponent and no sign."""
    price = Decimal(NUMBERS[text])
    assert (listed(text), in_catalog(text), in_catalog(text, quote=False), in_lock(text)) == (price,) * 4
    assert in_plan(NUMBERS[text]) == price


@pytest.mark.parametrize("value", [True, False, [], {}, ["1"], {"a": "1"}], ids=repr)
def test_no_other_kind_of_value_is_a_price(value: object) -> None:
    """A boolean is no 1, a list no number."""
    assert listed(value) is None
    assert in_catalog(json.dumps(value), quote=False) is None
    with pytest.raises(LockInvalid):
        in_lock(value)
    with pytest.raises(PlanInvalid):
        in_plan(value)


@pytest.mark.parametrize("value", [1, 0.5, -1, 1e300, 10**30])
def test_a_lock_and_a_plan_know_prices_as_text_only(value: float) -> None:
    """A JSON number is a float to most readers; modelsync never writes one for a price."""
    with pytest.raises(LockInvalid):
        in_lock(value)
    with pytest.raises(PlanInvalid):
        in_plan(value)


@pytest.mark.parametrize("price", ["-0.5", "-2", "-1"])
def test_below_nothing_is_no_price(price: str) -> None:
    """Of negative numbers a listing knows only -1, which says variable; a plan knows none."""
    assert listed(price) is None or isinstance(listed(price), Variable)
    with pytest.raises(PlanInvalid):
        in_plan(price)


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1e400", "0x10", "1_0", "01", "+1", ".5", "1.", "\u0661"], ids=ascii
)
def test_json_itself_is_read_strictly(text: str) -> None:
    """Bare in a listing, such a number costs its record, or the list is no JSON; it is never a price."""
    from modelsync.errors import NothingFetched

    body = f'{{"data": [{{"id": "a/bad", "pricing": {{"prompt": {text}}}}}, {{"id": "a/good"}}]}}'.encode()
    try:
        listing = openrouter.read([body], source="test", day="2026-01-01")
    except NothingFetched:
        return
    assert [record.id for record in listing.records] == ["a/good"]


@pytest.mark.parametrize(
    "text",
    ["nan", "inf", "-inf", "1.5", "true", '"1"', "-1", "1e3", "\u0661", "0x_1", "[1]", "99999999999999999999999"],
    ids=ascii,
)
@pytest.mark.parametrize("setting", ["[prune]\ngrace_days", "[backups]\nkeep"], ids=["prune", "backups"])
def test_numbers_of_the_settings(tmp_path: Path, setting: str, text: str) -> None:
    """Settings have whole numbers in bounds, and no price."""
    (tmp_path / "modelsync.toml").write_text(f"{setting} = {text}\n", encoding="utf-8")
    with pytest.raises(SettingsInvalid):
        load(tmp_path / "modelsync.toml")


def test_an_application_that_loads_the_catalog_sees_no_other_number(tmp_path: Path) -> None:
    """The library's view, too, has None where a price or a limit is no number."""
    for text in NO_NUMBERS:
        value = "".join(map(_escaped, text))
        entry = f'{{model: m, context_length: "{value}", pricing: {{input: "{value}", output: 0.5}}}}'
        (tmp_path / "c.yml").write_text(f"providers: {{p: {{models: {{k: {entry}}}}}}}\n", encoding="utf-8")
        model = Catalog.load(tmp_path / "c.yml", unit="token")["p/k"]
        assert (model.input_usd_per_token is None) == (text not in UNDERSCORED), text
        assert (model.context_length is None) == (text != "1_0"), text
        assert model.output_usd_per_token == Decimal("0.5")


def test_a_limit_is_a_whole_number_of_a_size_that_a_model_can_have() -> None:
    """Upstream's limits: no text, no boolean, no fraction, nothing below zero or beyond 10^12."""
    values: list[object] = ["5", True, 1.5, -1, 10**12, 10**30, [5], {}, None]
    for value in values:
        body = json.dumps(
            {"data": [{"id": "a/b", "context_length": value, "top_provider": {"max_completion_tokens": value}}]}
        )
        (record,) = openrouter.read([body.encode()], source="test", day=datetime.now(UTC).date().isoformat()).records
        assert (record.context_length, record.max_output_tokens) == (None, None), value
