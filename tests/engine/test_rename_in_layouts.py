"""A rename in a layout of a team's own: names are typed as the file spells them, and what is written is read as what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from modelsync.errors import Refused, UsageError
from modelsync.layouts.table import Table
from modelsync.planning.changes import Keep

from .conftest import changes

if TYPE_CHECKING:
    from .conftest import World

RATES = {"pricing.input": "in"}
BY_ID = {"at": "{id}", "fields": RATES}
LIST = {"at": "[]", "id": "id", "fields": RATES}
NAMED = {"at": "[]", "id": "id", "key": "name", "provider": "vendor", "fields": RATES}


def begin(world: World, upstream: Any, text: str, table: dict[str, Any]) -> None:
    """Write the file and what upstream says, and sync once."""
    world.path.write_text(text, encoding="utf-8")
    world.configure(layout=msgspec.convert(table, Table), unit="1m")
    world.listing(
        upstream(),
        upstream("openai/gpt-4.1"),
        upstream("openai/gpt-4o-mini"),
        upstream("anthropic/claude-opus-4.1"),
        upstream("x-ai/grok-4"),
        upstream("x-ai/grok-3"),
    )
    world.sync()


SPELLED: dict[str, tuple[str, dict[str, Any], tuple[str, str, str], str]] = {
    "a key without prefix, the new id with one": (
        "openai/gpt-4o: {in: 2.5}\ngpt-4.1: {in: 2.5}\n",
        BY_ID,
        ("openai", "gpt-4.1", "openai/gpt-4o-mini"),
        "openai/gpt-4o: {in: 2.5}\ngpt-4o-mini: {in: 2.5}\n",
    ),
    "a key with a prefix, both ids as the file has them": (
        "openai/gpt-4o: {in: 2.5}\ngpt-4.1: {in: 2.5}\n",
        BY_ID,
        ("openai", "openai/gpt-4o", "openai/gpt-4o-mini"),
        "openai/gpt-4o-mini: {in: 2.5}\ngpt-4.1: {in: 2.5}\n",
    ),
    "a prefix that upstream has": (
        "grok-4: {in: 2.5}\n", BY_ID, ("xai", "x-ai/grok-4", "x-ai/grok-3"), "grok-3: {in: 2.5}\n",
    ),
    "a prefix that only this file has": (
        "azure-eu:gpt-4o: {in: 2.5}\n",
        BY_ID | {"rewrite": {"^azure-eu:": ""}},
        ("openai", "azure-eu:gpt-4o", "azure-eu:gpt-4.1"),
        "azure-eu:gpt-4.1: {in: 2.5}\n",
    ),
    "one of several rows, by its number": (
        "- {id: openai/gpt-4o, in: 2.5}\n- {id: openai/gpt-4o, in: 2.5}\n",
        LIST,
        ("openai", "openai/gpt-4o#2", "openai/gpt-4.1"),
        "- {id: openai/gpt-4o, in: 2.5}\n- {id: openai/gpt-4.1, in: 2.5}\n",
    ),
    "a field of a row with a name": (
        "- {name: a, id: gpt-4.1, vendor: OpenAI, in: 2.5}\n",
        NAMED,
        ("openai", "openai/gpt-4.1", "openai/gpt-4o-mini"),
        "- {name: a, id: gpt-4o-mini, vendor: OpenAI, in: 2.5}\n",
    ),
    "a router keeps the prefixes of others": (
        "openrouter/openai/gpt-4o: {in: 2.5}\n",
        BY_ID,
        ("openrouter", "openai/gpt-4o", "openrouter/openai/gpt-4.1"),
        "openrouter/openai/gpt-4.1: {in: 2.5}\n",
    ),
    "a host's row has the prefix of the maker": (
        "- {name: a, id: x, vendor: groq, in: 2.5}\n",
        NAMED,
        ("groq", "x", "openai/gpt-oss-20b"),
        "- {name: a, id: openai/gpt-oss-20b, vendor: groq, in: 2.5}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SPELLED)
def test_ids_may_be_typed_as_the_file_spells_them(world: World, upstream: Any, case: str) -> None:
    """The prefix is the row's own afterwards; nothing counts as deleted, and upstream is asked for the id alone."""
    text, table, (provider, old, new), after = SPELLED[case]
    begin(world, upstream, text, table)
    notes = world.rename_id(old, new, provider=provider).plan.notes
    assert world.text == after
    assert [note.text for note in notes if note.kind == "doubt"] == []
    again = world.sync().plan
    assert (world.text, again.changes, world.lock.tombstones) == (after, (), {})
    assert not {note.kind for note in again.notes} & {"renamed", "deleted"}


def test_the_new_id_is_looked_up_without_its_prefix(world: World, upstream: Any) -> None:
    """Only what upstream does not know is said to be unknown, by the name that the entry has then."""
    begin(world, upstream, "gpt-4.1: {in: 2.5}\n", BY_ID)
    (note,) = world.rename_id("gpt-4.1", "openai/gpt-99").plan.notes
    assert (note.kind, note.subject) == ("unlisted", "openai/gpt-99")
    assert world.rename_id("openai/gpt-99", "openai/gpt-4o").plan.notes == ()


MISREAD: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "the prefix of another provider": (
        "gpt-4.1: {in: 2.5}\n", BY_ID, "anthropic/claude-opus-4.1", "would be read as anthropic/claude-opus-4.1",
    ),
    "a name of another provider's": (
        "gpt-4.1: {in: 2.5}\n", BY_ID, "claude-opus-4.1", "would be read as anthropic/claude-opus-4.1",
    ),
    "the same in a field": (
        "- {id: gpt-4.1, in: 2.5}\n", LIST, "claude-opus-4.1", "would be read as anthropic/claude-opus-4.1",
    ),
    "a name that says no provider": (
        "gpt-4.1: {in: 2.5}\n", BY_ID, "openai/ours", "nothing in its row would say that it is of openai",
    ),
    "what a rule makes another id of": (
        "gpt-4.1: {in: 2.5}\n", BY_ID | {"rewrite": {"@.*": ""}}, "gpt-4o@1", "would be read as openai/gpt-4o",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MISREAD)
def test_what_would_be_read_as_another_model_is_not_written(world: World, upstream: Any, case: str) -> None:
    """A rename stays with its provider: the file, the lock and the folder are as they were."""
    text, table, new, said = MISREAD[case]
    begin(world, upstream, text, table)
    before = world.files()
    with pytest.raises(UsageError, match=said):
        world.rename_id("gpt-4.1", new)
    assert world.files() == before


@pytest.mark.parametrize("new", ["x#2", "z#10"])
def test_a_key_has_no_number_of_a_row(world: World, upstream: Any, new: str) -> None:
    """It would be written without it, and the lock would have another name; an id has none either where rows have keys."""
    text = "- {name: x, id: gpt-4o, vendor: openai, in: 2.5}\n- {name: y, id: gpt-4.1, vendor: openai, in: 2.5}\n"
    begin(world, upstream, text, NAMED)
    before = world.files()
    with pytest.raises(UsageError, match=f"'{new}' is no key"):
        world.rename_key("x", new)
    with pytest.raises(UsageError, match="'gpt-4o#2' is no model id"):
        world.rename_id("gpt-4.1", "gpt-4o#2")
    assert world.files() == before


@pytest.mark.parametrize("new", ["gpt-4.1#2", "gpt-4o#2"])
def test_a_number_is_no_part_of_an_id_that_is_a_key(world: World, upstream: Any, new: str) -> None:
    """Nor by `--key`, which does not advise a rename that would be refused."""
    begin(world, upstream, "gpt-4o: {in: 2.5}\n", BY_ID)
    before = world.files()
    with pytest.raises(UsageError, match="is no model id"):
        world.rename_id("gpt-4o", new)
    with pytest.raises(UsageError, match="is no key"):
        world.rename_key("gpt-4o", new)
    assert world.files() == before


def test_a_key_of_the_files_own_may_end_like_a_number(world: World, upstream: Any) -> None:
    """Where no rows are numbered it is a key like any other."""
    world.entry("model: gpt-4o\npricing:\n  input: 0.0025")
    world.listing(upstream())
    world.sync()
    world.rename_key("gpt-4o", "gpt-4o#2")
    assert world.entry_keys() == ["gpt-4o#2"]
    assert world.sync().plan.changes == ()


def test_a_row_without_a_name_among_named_ones_takes_its_lock_line_along(world: World, upstream: Any) -> None:
    """It goes by its id, whatever other rows have; the price by hand stays one."""
    begin(world, upstream, "- {name: a, id: gpt-4.1, in: 2.5}\n- {id: gpt-4o, in: 2.5}\n", NAMED)
    world.path.write_text(world.text.replace("gpt-4o, in: 2.5", "gpt-4o, in: 2.25"), encoding="utf-8")
    world.sync()
    world.rename_id("gpt-4o", "gpt-4o-mini")
    assert ({*world.lock.entries}, world.lock.tombstones) == ({"openai/a", "openai/gpt-4o-mini"}, {})
    assert [change.ours_text for change in changes(world.sync().plan, Keep)] == ["2.25"]


def test_a_row_that_goes_by_its_id_is_given_no_key(world: World, upstream: Any) -> None:
    """It has no place for one, though the others have."""
    text = "- {id: gpt-4o, in: 2.5}\n- {id: gpt-4.1, name: fast, in: 2.5}\n"
    begin(world, upstream, text, {"at": "[]", "id": "id", "key": "name", "fields": {"pricing.input": "in"}})
    with pytest.raises(Refused, match="it has no key, and goes by its id"):
        world.rename_key("gpt-4o", "claude-opus-4.1")
    assert world.text == text
