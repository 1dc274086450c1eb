"""`modelsync schema`: the JSON Schema of the catalog."""

from __future__ import annotations

import json
from pathlib import Path

import click

from modelsync.catalog.schema import schema_text
from modelsync.cli.pipe import reader_may_leave
from modelsync.cli.terminal import say
from modelsync.errors import SettingsInvalid, UsageError
from modelsync.layouts.builtin import DEFAULT
from modelsync.project import settings_in
from modelsync.settings import layout
from modelsync.store.output import write_out


@click.command("schema")
@click.option("-o", "--output", "place", type=click.Path(dir_okay=False), metavar="FILE", help="Write it here.")
def command(*, place: str | None) -> None:
    """Print the JSON Schema of the catalog, by which editors complete, explain and check it.

    `modelsync init` writes it beside the catalog, whose first line names it. For a catalog that is there already, write it with -o
    and put this line at the catalog's top: # yaml-language-server: $schema=llm_models.schema.json

    \b
    Examples:
      modelsync schema
      modelsync schema -o llm_models.schema.json
    """
    _say_whose()
    if place is None:
        with reader_may_leave():
            click.echo(schema_text(), nl=False)
        return
    _require_spared(Path(place))
    write_out(Path(place), schema_text().encode())
    say(f"Wrote {place}")


def _say_whose() -> None:
    """Say that the schema is not that of the catalog here, where the settings have another layout. Broken settings have none."""
    try:
        settings = settings_in(Path.cwd()).settings
    except SettingsInvalid:
        return
    if not layout(settings).described:
        click.echo(f"The schema is that of the layout {DEFAULT}: the layout in the settings has none.", err=True)


def _require_spared(place: Path) -> None:
    """Raise `UsageError` where another file than a JSON Schema would be lost."""
    try:
        is_other = place.is_file() and "$schema" not in json.loads(place.read_bytes() or b"{}")
    except (ValueError, TypeError):
        is_other = True
    if is_other:
        raise UsageError(f"-o {place} would overwrite a file that is no JSON Schema", hint="Name another file.")
