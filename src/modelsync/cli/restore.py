"""`modelsync restore`: bring back a catalog and its lock."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from modelsync.cli import completing, options
from modelsync.cli.terminal import say
from modelsync.errors import UsageError
from modelsync.project import open_project
from modelsync.store.backups import Backup, backups, named, restore


@click.command("restore")
@click.argument("backup", required=False, shell_complete=completing.backup_stamps)
@options.catalog
def command(*, backup: str | None, catalog: str | None) -> None:
    """Bring back the catalog and its lock, byte for byte, from BACKUP (default: the newest).

    BACKUP is a stamp that `modelsync backups` shows, or the path of a backup. The present state is backed up first, so a
    restore can be undone by a restore. The next sync will propose the same changes again.

    \b
    Examples:
      modelsync restore
      modelsync restore 20261122_101500
    """
    project = open_project(catalog, folder=Path.cwd(), forgiving=True)
    chosen = _choose(backups(project.catalog), backup, str(project.catalog))
    kept = project.settings.backups
    now = datetime.now().astimezone()
    written = restore(project.catalog, chosen, now=now, keep=kept.keep, keep_days=kept.keep_days)
    what = "catalog and lock" if chosen.lock is not None else "catalog; there was no lock then, so the lock was removed"
    say(f"Restored {project.catalog} from {chosen.stamp} ({what}).")
    if written.backup is not None:
        say(f"Backup created: {written.backup.catalog}")
    for note in written.notes:
        say(f"Note: {note}")


def _choose(found: tuple[Backup, ...], wanted: str | None, catalog: str) -> Backup:
    if not found:
        raise UsageError(f"no backups of {catalog}", hint="A sync makes one before it writes.")
    if wanted is None:
        return found[0]
    if (chosen := named(found, wanted)) is not None:
        return chosen
    raise UsageError(
        f"no backup {wanted!r} of {catalog}",
        hint=f"The newest is {found[0].stamp}; `modelsync backups` lists all {len(found)}.",
    )
