"""Verdicts on entries: what works, what ends when, what would fail, and what may be written instead."""

from __future__ import annotations

from datetime import date

import pytest

from modelsync.catalog.document import parse
from modelsync.catalog.editable import why_not_editable
from modelsync.catalog.entries import Section, read_sections
from modelsync.domain.lock import Base, Lock, LockEntry
from modelsync.domain.served import Served, ServedList
from modelsync.errors import UsageError
from modelsync.layouts.builtin import LLM_MODELS
from modelsync.planning.verifying import Ground, Heard, Remark, Verdict, end_of, plan_fixes, remarks_on, verdicts_on

TODAY = date(2026, 9, 1)
LISTED = (
    Served("gpt-4.1"), Served("gpt-4o"), Served("gpt-4o-mini", lifecycle="active", retires="2026-10-15"), Served("gpt-5-pro-2025-10-06"),
    Served("o1", lifecycle="deprecated"), Served("o1-mini", lifecycle="deprecated", retires="2026-08-15"), Served("o1-pro", lifecycle="retired"),
    Served("o3"), Served("o3-latest", alias_of="o3"), Served("o4", lifecycle="retired", retires="2026-06-01"),
)  # fmt: skip


def catalog(*models: str) -> tuple[Section, ...]:
    """Read a catalog whose entries under `openai` are these lines."""
    lines = "".join(f"      {line}\n" for line in models)
    document = parse(f"providers:\n  openai:\n    models:\n{lines}".encode(), "llm_models.yml")
    return read_sections(document, LLM_MODELS, unit="1k", path="llm_models.yml")


def heard(*served: Served, incomplete: str = "") -> Heard:
    """What OpenAI said."""
    models = tuple(sorted(served or LISTED, key=lambda model: model.id))
    said = ServedList("openai", "openai", models, "2026-09-01", "d", not incomplete, incomplete)
    return Heard("openai", "OpenAI", said)


def judge(line: str, said: Heard | None = None, *, until: date | None = None, pins: tuple[str, ...] = ()) -> Verdict:
    """Return the verdict on one entry."""
    (section,) = catalog(line)
    ground = Ground({"openai": ("openai",)}, pins, LLM_MODELS, lambda _: None, TODAY, until)
    (verdict,) = verdicts_on(section, said or heard(), ground)
    return verdict


@pytest.mark.parametrize(
    ("line", "state", "level", "text"),
    [
        ("a: {model: gpt-4o}", "served", "fine", "served"),
        ("gpt-4o: {}", "served", "fine", "served"),
        ("a: {model: o3-latest}", "alias", "fine", "an alias of `o3`"),
        ("a: {model: o1}", "deprecated", "warning", "deprecated"),
        ("a: {model: gpt-4o-mini}", "retiring", "warning", "retires on 2026-10-15"),
        ("a: {model: o1-mini}", "retiring", "warning", "deprecated, was to retire on 2026-08-15 and is still listed"),
        ("a: {model: o1-pro}", "retired", "error", "retired"),
        ("a: {model: o4}", "retired", "error", "retired since 2026-06-01"),
        ("a: {model: GPT-4o}", "not-served", "error", "not in OpenAI's list, which has `gpt-4o`"),
        ("a: {model: o3-high}", "not-served", "error", "not in OpenAI's list, which has `o3`: `-high` says how it is used, or at which price"),
        ("a: {model: gpt-4.1-x}", "not-served", "error", "not in OpenAI's list; the nearest there: `gpt-4.1`, `gpt-4o`, `gpt-4o-mini`"),
        ("a: {model: whisper-9}", "not-served", "error", "not in OpenAI's list, nor is anything like it"),
        ("a: {model: gpt-5-pro}", "doubtful", "warning", "not in OpenAI's list, which has `gpt-5-pro-2025-10-06`; ids without their date are not documented to work"),
        ("a: {model: 'ft:gpt-4o:acme::x'}", "doubtful", "warning", "not in OpenAI's list, nor is anything like it; models of one's own are listed only to the account that they belong to"),
        ("zzz: {}", "doubtful", "warning", "not in OpenAI's list, nor is anything like it; the entry names no model id, and what is sent instead is not known"),
        ("a: {model: emb, features: [embeddings]}", "doubtful", "warning", "not in OpenAI's list, nor is anything like it; the list has no models for embeddings at all"),
        ("a: just text", "unknown", "warning", "it cannot be read: line 4: the entry is no mapping"),
    ],
)  # fmt: skip
def test_what_is_known_of_an_entry(line: str, state: str, level: str, text: str) -> None:
    """What a complete list does not have fails; retirement is told with its day; a doubt is told with its reason."""
    verdict = judge(line)
    assert (verdict.state, verdict.level, verdict.text) == (state, level, text)


def test_a_kind_that_is_listed_makes_absence_a_failure() -> None:
    """An embeddings model missing from a list that has others of its kind is not there."""
    verdict = judge("a: {model: zz, features: [embeddings]}", heard(Served("text-embedding-3", kind="embeddings")))
    assert (verdict.state, verdict.level) == ("not-served", "error")


def test_an_incomplete_list_says_nothing_about_absence() -> None:
    """With a page missing, what is there is served and what is not is unknown; nothing is offered for correction."""
    missing = heard(incomplete="page 2 did not arrive")
    assert judge("a: {model: gpt-4o}", missing).state == "served"
    verdict = judge("a: {model: GPT-4o}", missing)
    assert (verdict.state, verdict.level, verdict.fix) == ("unknown", "fine", "")
    assert verdict.text == "not in OpenAI's list, which has `gpt-4o`; the list is incomplete (page 2 did not arrive)"


@pytest.mark.parametrize(("failed", "level"), [(False, "fine"), (True, "warning")])
def test_without_a_list_everything_is_unknown(*, failed: bool, level: str) -> None:
    """A provider that was not asked leaves its entries unknown; one that was asked in vain is a warning."""
    verdict = judge("a: {model: gpt-4o}", Heard("openai", "OpenAI", silence="no key", failed=failed))
    assert (verdict.state, verdict.level, verdict.text) == ("unknown", level, "no key")


@pytest.mark.parametrize(
    ("span", "level"), [("44d", "error"), ("43d", "warning"), ("7w", "error"), ("6w", "warning"), ("2m", "error"), ("1m", "warning")]
)  # fmt: skip
def test_what_retires_within_the_span_fails(span: str, level: str) -> None:
    """`--expiring` counts its last day in; what was to retire already fails with any span."""
    until = end_of(span, TODAY)
    assert judge("a: {model: gpt-4o-mini}", until=until).level == level
    assert judge("a: {model: o1-mini}", until=until).level == "error"
    assert judge("a: {model: o1}", until=until).level == "warning"


@pytest.mark.parametrize("span", ["30", "d", "30 d", "1y", "-1d", "12345d", "1.5m", "٣d"])
def test_another_span_is_refused(span: str) -> None:
    """Only a whole number of days, weeks or months is a span."""
    with pytest.raises(UsageError, match="no span of time"):
        end_of(span, TODAY)


@pytest.mark.parametrize(
    ("line", "pins", "fix", "unfixable"),
    [
        ("a: {model: GPT-4o}", (), "gpt-4o", ""),
        ("a: {model: openai/gpt-4.1}", (), "gpt-4.1", ""),
        ("a: {model: gpt-5-pro}", (), "gpt-5-pro-2025-10-06", ""),
        ("a: {model: o3-high}", (), "", ""),
        ("a: {model: gpt-4.1-x}", (), "", ""),
        ("a: {model: O1-pro}", (), "", ""),
        ("gpt-4-1: {}", (), "", ""),
        ("a: {model: gpt-4o}", (), "", ""),
        ("a: {model: GPT-4o, pinned: true}", (), "", "it is pinned"),
        ("a: {model: GPT-4o, pinned: [model]}", (), "", "it is pinned"),
        ("a: {model: GPT-4o, pinned: [pricing]}", (), "gpt-4o", ""),
        ("a: {model: GPT-4o}", ("openai/*",), "", "it is pinned"),
        ("a: {model: GPT-4o}", ("openai/a.model",), "", "it is pinned"),
    ],
)  # fmt: skip
def test_only_what_is_certain_is_corrected(line: str, pins: tuple[str, ...], fix: str, unfixable: str) -> None:
    """A mode, a near miss, a retired model, an entry without an id and a pinned one are left to a person."""
    verdict = judge(line, pins=pins)
    assert (verdict.fix, verdict.unfixable) == (fix, unfixable)


def test_what_cannot_be_edited_says_why() -> None:
    """An id behind an alias of YAML is left, with the reason."""
    text = b"providers:\n  openai:\n    models:\n      a: {model: &id GPT-4o}\n      b: {model: *id}\n"
    document = parse(text, "llm_models.yml")
    (section,) = read_sections(document, LLM_MODELS, unit="1k", path="llm_models.yml")
    ground = Ground({}, (), LLM_MODELS, lambda path: why_not_editable(document, path), TODAY)
    assert [(one.fix, bool(one.unfixable)) for one in verdicts_on(section, heard(), ground)][1] == ("", True)


def line_of(model: str, upstream: str = "openai/gpt-4o") -> LockEntry:
    """Make a line of the lock."""
    return LockEntry(upstream, model, {"pricing.input": Base("0.1", "openrouter", "2026-08-01")})


def test_the_lock_moves_along() -> None:
    """A corrected id is corrected in the lock too, unless the lock knows another id; nothing else of it moves."""
    (section,) = catalog("a: {model: GPT-4o}", "b: {model: GPT-4.1}", "c: {model: gpt-4o}")
    lock = Lock(
        "1k", "default", {"openai/a": line_of("GPT-4o"), "openai/b": line_of("gpt-5"), "openai/c": line_of("gpt-4o")}
    )
    ground = Ground({}, (), LLM_MODELS, lambda _: None, TODAY)
    entries = {entry.name: entry for entry in section.entries}
    changes, after = plan_fixes(verdicts_on(section, heard(), ground), entries, lock)
    assert [(change.key, change.fields[0].old, change.fields[0].new) for change in changes] == [
        ("a", "GPT-4o", "gpt-4o"), ("b", "GPT-4.1", "gpt-4.1"),
    ]  # fmt: skip
    assert after is not None
    assert after.entries == lock.entries | {"openai/a": line_of("gpt-4o")}
    assert plan_fixes(verdicts_on(section, heard(), ground), entries, None)[1] is None


def test_remarks() -> None:
    """Entries of one model, keys that differ in nothing but spelling, and entries without any known price are pointed out."""
    sections = catalog(
        "a: {model: gpt-4o, pricing: {input: 0}}", "b: {model: GPT-4o, pricing: {output: 1}}", "B_: {model: gpt-4.1}", "c: {model: o3}",
        "d: {model: nothing-like-it}", "e: {model: o1, pricing: {input: }}",
    )  # fmt: skip
    ground = Ground({}, (), LLM_MODELS, lambda _: None, TODAY)
    verdicts = list(verdicts_on(sections[0], heard(), ground))
    lock = Lock("1k", "default", {"openai/B_": line_of("gpt-4.1")})
    assert list(remarks_on(sections, verdicts, lock)) == [
        Remark("same-model", ("openai/a", "openai/b"), "all stand for `gpt-4o`"),
        Remark("similar-keys", ("openai/b", "openai/B_"), "their keys differ only in case or punctuation"),
        Remark("unpriced", ("openai/c",), "neither the file nor the lock has a price for it"),
        Remark("unpriced", ("openai/e",), "neither the file nor the lock has a price for it"),
    ]


def test_a_server_of_ones_own_needs_no_price() -> None:
    """Nothing is said about the prices of Ollama's models."""
    text = b"providers:\n  ollama:\n    models:\n      a: {model: gemma3}\n"
    sections = read_sections(parse(text, "c"), LLM_MODELS, unit="1k", path="c")
    assert list(remarks_on(sections, [], None)) == []
