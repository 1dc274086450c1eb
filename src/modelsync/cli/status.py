"""`modelsync status`: where every entry stands, who set it and why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from modelsync.cli import completing, options
from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import show
from modelsync.domain import fields
from modelsync.errors import UsageError
from modelsync.pipeline.standing import status_of
from modelsync.planning.standing import entries_named, find, with_fields
from modelsync.project import open_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from modelsync.planning.standing import EntryStanding, Standing
    from modelsync.views.standing import Status


@click.command("status")
@click.argument("names", nargs=-1, metavar="[P/KEY[.FIELD]]...", shell_complete=completing.entry_fields)
@options.source
@options.catalog
@options.preset
@options.unit
@options.output_format("text", "json", "markdown")
def command(
    *, names: tuple[str, ...], source: str | None, catalog: str | None, preset: str | None, unit: str | None,
    output_format: str,
) -> None:  # fmt: skip
    """Say what is managed, kept by hand, pinned, held, gone or unknown, and which settings are in force.

    With PROVIDER/KEY: one entry field by field, who set each and what changes that; a field behind it shows that one, and a
    model id does for the key. Reads the catalog, the lock and the settings; fetches nothing and writes nothing, so that
    upstream's values are those the last sync saw.

    \b
    Examples:
      modelsync status
      modelsync status openai/gpt-4o
      modelsync status openai/gpt-4o.pricing.input
      modelsync status --format json
    """
    project = open_project(catalog, folder=Path.cwd(), source=source, preset=preset, unit=unit)
    status = status_of(project, _given(), today=datetime.now(UTC).date())
    chosen = _chosen(names, status)
    with reader_may_leave():
        _show(chosen, status, output_format)


def _given() -> dict[str, str]:
    """Name the flags and variables that decide about settings in this run."""
    context = click.get_current_context()
    given: dict[str, str] = {}
    for option in context.command.params:
        origin = context.get_parameter_source(str(option.name))
        if origin is ParameterSource.COMMANDLINE:
            given[str(option.name)] = option.opts[0]
        elif origin is ParameterSource.ENVIRONMENT:
            given[str(option.name)] = str(option.envvar)
    return given


def _chosen(names: Sequence[str], status: Status) -> list[EntryStanding]:
    """Return the entries of these names, each once, with the fields named.

    Raises `UsageError` for a name that is none, with what is known of it, or that means several.
    """
    standing = status.standing
    chosen: dict[str, set[str]] = {}
    for name in names:
        found = entries_named(standing, name)
        if not found:
            raise _no_such_price(name, status) or _no_such_entry(name, standing)
        if len(found) > 1:
            hint = f"Name one by its key: {', '.join(entry.name for entry in found)}."
            raise UsageError(f"{name} means {len(found)} entries, which have the same model id", hint=hint)
        chosen.setdefault(found[0].name, set()).update(field.field for field in found[0].told)
    entries = {entry.name: entry for entry in standing.entries}
    return [with_fields(entries[name], told) for name, told in chosen.items()]


def _no_such_price(name: str, status: Status) -> UsageError | None:
    """Tell of a price that neither the entry nor the lock has, and of the setting by which no sync looks for it."""
    owners = (one.name for one in status.standing.entries if name.startswith(f"{one.name}."))
    owner = max(owners, key=len, default="")
    price = name.removeprefix(f"{owner}.")
    if not owner or not fields.is_pattern(price):
        return None
    if any(one.setting == "pricing.detail" and one.value == "basic" for one in status.settings):
        why = 'with `pricing.detail = "basic"` a sync looks at input and output alone'
        return UsageError(
            f"{owner} has no {price}: {why}", hint='Set `detail = "full"` under [pricing] in the settings.'
        )
    return UsageError(
        f"{owner} has no {price}, and no sync has seen one upstream", hint=f"`modelsync status {owner}` has all."
    )


def _no_such_entry(name: str, standing: Standing) -> UsageError:
    gone = next(find(standing, name), None)
    if gone is not None:
        when = f" (seen {gone.day})" if gone.day else ""
        how = "pruned" if gone in standing.pruned else "deleted or removed"
        return UsageError(
            f"{name} is not in the catalog: {gone.upstream} was {how}{when}",
            hint=f"`modelsync add {gone.provider}/{gone.upstream}` brings it back.",
        )
    from difflib import get_close_matches

    near = get_close_matches(name, dict.fromkeys(_known(name, standing)), n=3, cutoff=0.5)
    hint = f"Did you mean {', '.join(near)}?" if near else "Name an entry as provider/key."
    return UsageError(f"no entry {name!r} in the catalog", hint=hint)


def _known(name: str, standing: Standing) -> Iterator[str]:
    """Yield what a name that is none may be meant for: entries, their model ids, and fields of an entry it begins with."""
    for entry in standing.entries:
        yield entry.name
        if entry.model_id:
            yield f"{entry.provider}/{entry.model_id}"
        if name.startswith(f"{entry.name}."):
            yield from (f"{entry.name}.{field.field}" for field in entry.told)


def _show(chosen: list[EntryStanding], status: Status, output_format: str) -> None:
    match output_format:
        case "json":
            from modelsync.views.standing_json import entries_json, status_json

            click.echo(entries_json(chosen, status) if chosen else status_json(status), nl=False)
        case "markdown":
            from modelsync.views.standing_markdown import entries_page, status_page

            click.echo(entries_page(chosen, status) if chosen else status_page(status), nl=False)
        case _:
            from modelsync.views.standing_lines import entry_lines, status_lines

            show(line for entry in chosen for line in entry_lines(entry, status))
            if not chosen:
                show(status_lines(status))
