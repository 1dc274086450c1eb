"""Layouts and units proposed for real files of public repositories, against what was measured of each by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from modelsync.catalog.document import locate, parse
from modelsync.catalog.entries import Entry, read_sections
from modelsync.discovery.known import KnownModels
from modelsync.discovery.proposal import Proposal, propose
from modelsync.discovery.unit import UnitUnclear
from modelsync.domain import fields
from modelsync.domain.money import UNITS as POWERS
from modelsync.domain.money import plain
from modelsync.errors import UsageError
from modelsync.fetch.listing import embedded_snapshot
from modelsync.layouts.builtin import layout_named
from modelsync.layouts.table import layout_of
from modelsync.views.proposed import MOST_LINES, settings_text

PRICED = (
    "02", "06", "07", "09", "10", "13", "22", "24", "25", "27", "28", "31", "34", "35", "46", "52", "53", "54", "58", "59", "66", "67",
)  # fmt: skip
"""Files that name known models with prices."""

REFUSED = {
    "17": "beside gpt-4 on line 202 is one number",
    "18": "line 2 says that the file is generated",
    "19": "names no model",
    "21": "no model of the file has a price that is known",
    "32": "no model of the file has a price that is known",
    "36": "most of its words are no known features",
    "41": "names no model",
    "42": "a request's own limit",
    "44": "a request's own limit",
    "45": "a request's own limit",
    "56": "no price, limit or capability",
    "71": "JSON inside a text",
}
"""Files for which no layout is proposed, and why."""

UNITS = {"per_1m": "1m", "per_1k": "1k", "per_token": "token"}
LIMITS = {fields.CONTEXT_LENGTH: "context", fields.MAX_OUTPUT_TOKENS: "max_output"}


@pytest.fixture(scope="module", name="snapshot")
def snapshot_fixture() -> KnownModels:
    """Return the models of the embedded snapshot."""
    return KnownModels(embedded_snapshot())


@pytest.fixture(scope="module", name="wild")
def wild_fixture(shared_data: Path) -> dict[str, dict[str, Any]]:
    """Return what was measured of each file, by its number; with the bytes of the file."""
    folder = shared_data / "wild"
    if not folder.is_dir():
        pytest.skip("the recorded files of other teams are not here")
    measured = json.loads((folder / "layouts.json").read_text(encoding="utf-8"))
    return {one["file"][:2]: one | {"data": (folder / one["file"]).read_bytes()} for one in measured}


@pytest.fixture(scope="module", name="proposals")
def proposals_fixture(wild: dict[str, dict[str, Any]], snapshot: KnownModels) -> dict[str, Proposal | UsageError]:
    """Return what is proposed for each file, or why nothing is."""
    found: dict[str, Proposal | UsageError] = {}
    for number, file in wild.items():
        try:
            found[number] = propose(file["data"], file["file"], snapshot)
        except UsageError as error:
            found[number] = error
    return found


def entries_of(file: dict[str, Any], proposal: Proposal) -> Iterator[Entry]:
    """Read a file as proposed, with the rows that are skipped for their endpoints of their own."""
    layout = layout_named(proposal.named) if proposal.named else layout_of(proposal.table)
    kept = tuple(skip for skip in layout.skips if skip.capture)
    document = parse(file["data"], file["file"], several=layout.several)
    unit = proposal.unit.name if proposal.unit else "1m"
    for section in read_sections(document, replace(layout, skips=kept), unit=unit, path=file["file"]):
        yield from section.entries


def wrong_in(file: dict[str, Any], proposal: Proposal) -> list[str]:
    """Say what a proposal reads otherwise than was measured; a limit that it leaves out with a reason is not wrong."""
    entries = list(entries_of(file, proposal))
    wanted = {name: sum(one["measured"][name] for one in file["patterns"]) for name in file["patterns"][0]["measured"]}
    read = {name: sum(_has(entry, name) for entry in entries) for name in (fields.INPUT_PRICE, *LIMITS)}
    wrong = [
        name for name, measured in LIMITS.items() if name in proposal.table.fields and read[name] != wanted[measured]
    ]
    wrong += [name for name, measured in LIMITS.items() if wanted[measured] and not (read[name] or proposal.left_out)]
    if read[fields.INPUT_PRICE] != wanted["input_price_numeric"]:
        wrong.append(fields.INPUT_PRICE)
    return wrong + _wrong_provider(file, proposal) + _wrong_unit(file, proposal)


def _has(entry: Entry, name: str) -> bool:
    return name in entry.fields and entry.fields[name].value is not None


def _wrong_provider(file: dict[str, Any], proposal: Proposal) -> list[str]:
    kind, _, place = str(file["provider_from"]).partition(":")
    said = {
        "seg": "{provider}" in str(proposal.table.at),
        "field": proposal.table.provider == place,
        "up": proposal.table.provider_around == place,
        "root": proposal.table.provider_around == place,
    }
    return [] if said.get(kind, True) else ["provider"]


def _wrong_unit(file: dict[str, Any], proposal: Proposal) -> list[str]:
    said = proposal.unit.name if proposal.unit else None
    return [] if said == UNITS.get(file["price_unit"]) else ["unit"]


def test_the_layout_and_unit_of_every_file_with_known_models_and_prices_are_found(
    wild: dict[str, dict[str, Any]], proposals: dict[str, Proposal | UsageError]
) -> None:
    """22 of 22: at least two thirds are the goal."""
    right = [
        number
        for number in PRICED
        if isinstance(proposal := proposals[number], Proposal) and not wrong_in(wild[number], proposal)
    ]
    assert right == list(PRICED)


def test_no_unit_is_wrong(wild: dict[str, dict[str, Any]], proposals: dict[str, Proposal | UsageError]) -> None:
    """Of no file at all; where there are no prices there is no unit."""
    proposed = {number: found for number, found in proposals.items() if isinstance(found, Proposal)}
    assert [number for number, found in proposed.items() if _wrong_unit(wild[number], found)] == []
    assert len(proposed) == len(wild) - len(REFUSED)


@pytest.mark.parametrize(("power", "tellable"), [(3, ["53"]), (-3, ["02", "07", "52", "54", "58", "67"])])
def test_a_file_with_all_prices_in_another_unit_is_told_or_refused(
    power: int,
    tellable: list[str],
    wild: dict[str, dict[str, Any]],
    proposals: dict[str, Proposal | UsageError],
    snapshot: KnownModels,
) -> None:
    """A thousand times as much, or as little, is another unit; names that say the old one contradict."""
    told: list[str] = []
    for number in PRICED:
        file, proposal = wild[number], proposals[number]
        assert isinstance(proposal, Proposal)
        assert proposal.unit is not None
        try:
            found = propose(_scaled(file, proposal, power), file["file"], snapshot)
        except UsageError:
            continue
        assert found.unit is not None
        assert POWERS[found.unit.name] - POWERS[proposal.unit.name] == power, number
        told.append(number)
    assert told == tellable


def _scaled(file: dict[str, Any], proposal: Proposal, power: int) -> bytes:
    """Multiply every price of a file that the proposal reads by a power of ten."""
    layout = layout_named(proposal.named) if proposal.named else layout_of(proposal.table)
    document = parse(file["data"], file["file"], several=layout.several)
    text = document.text
    sections = read_sections(document, layout, unit="token", path=file["file"])
    found: dict[tuple[int, int], Decimal] = {}
    for entry in (entry for section in sections for entry in section.entries):
        for name, field in entry.fields.items():
            if fields.is_price(name) and isinstance(field.value, Decimal):
                node = locate(document, (*entry.path, *map(str, entry.places.get(name) or layout.steps(name))))
                found[node.start, node.end] = field.value
    for (start, end), price in sorted(found.items(), reverse=True):
        text = text[:start] + plain(price.scaleb(power)) + text[end:]
    return text.encode()


def test_other_files_are_refused_with_the_reason(proposals: dict[str, Proposal | UsageError]) -> None:
    """Generated ones, those that say no fact, models that nobody knows."""
    refused = {number: str(found) for number, found in proposals.items() if isinstance(found, UsageError)}
    assert refused.keys() == REFUSED.keys()
    assert [number for number, reason in REFUSED.items() if reason not in refused[number]] == []


def test_a_unit_that_nothing_tells_is_settled_by_the_person(
    wild: dict[str, dict[str, Any]], proposals: dict[str, Proposal | UsageError], snapshot: KnownModels
) -> None:
    """Of two files, whose models are known to nobody."""
    unclear = [number for number, found in proposals.items() if isinstance(found, UnitUnclear)]
    assert unclear == ["21", "32"]
    for number in unclear:
        settled = propose(wild[number]["data"], wild[number]["file"], snapshot, unit="1m")
        assert settled.unit is not None
        assert settled.unit.name == "1m"


def test_a_proposal_has_at_most_fifteen_lines(proposals: dict[str, Proposal | UsageError]) -> None:
    """Comments and blank lines aside."""
    for number, found in proposals.items():
        if isinstance(found, Proposal):
            lines = settings_text(found, "models.yaml", unit_given=False).splitlines()
            said = [line for line in lines if line and not line.startswith("#")]
            assert len(said) <= MOST_LINES, number
