"""What a shell offers after Tab: providers, entries, backups and models, all from files at hand; no network, no errors.

A shell pastes an offer into the command line as it is. So only names that no shell interprets are offered.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from modelsync.domain.fields import FEATURES
from modelsync.errors import ModelsyncError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import click
    from click.shell_completion import CompletionItem

    from modelsync.catalog.entries import Section
    from modelsync.project import Project

_PLAIN = re.compile("[A-Za-z0-9._/@][A-Za-z0-9._/@:+,=~-]*")  # a shell may have a meaning for the others at the start
_TAKEN_FIELDS = ("pricing", "features", "context_length", "max_output_tokens")


def sources(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the names of sources, and files as the shell finds them."""
    from click.shell_completion import CompletionItem

    named = [CompletionItem(name) for name in _beginning(("openrouter", "snapshot"), incomplete)]
    return named or [CompletionItem(incomplete, type="file")]


def providers(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the catalog's providers."""
    return _beginning((section.provider for section in _sections(ctx)), incomplete)


def apis(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the providers whose own lists can be read."""
    from modelsync.sources.registry import APIS

    return _beginning(APIS, incomplete)


def features(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the features that entries of the catalog have."""
    values = (entry.fields.get(FEATURES) for section in _sections(ctx) for entry in section.entries)
    named = {name for field in values if field is not None and isinstance(field.value, tuple) for name in field.value}
    return _beginning(sorted(named), incomplete)


def entries(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer `provider/key` of every entry."""
    return _beginning(_entry_names(ctx), incomplete)


def entry_fields(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Offer `provider/key`, and its fields once a whole entry is written."""
    name = next((name for name in _entry_names(ctx) if incomplete.startswith(f"{name}.")), None)
    if name is None:
        return entries(ctx, param, incomplete)
    return _beginning((f"{name}.{field}" for field in _TAKEN_FIELDS), incomplete)


def entries_of_provider(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the model ids and keys of the provider that the command line has named before."""
    provider = ctx.params.get("provider")
    names = (
        name
        for section in _sections(ctx)
        if section.provider == provider
        for entry in section.entries
        for name in (entry.model_id, entry.key)
        if name
    )
    return _beginning(dict.fromkeys(names), incomplete)


def models(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer `provider/model` for every model of the embedded snapshot that belongs to a provider of the catalog."""
    return _beginning(_snapshot_models(ctx), incomplete)


def backup_stamps(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the stamps of the catalog's backups, newest first, each with its age."""
    from datetime import datetime

    from click.shell_completion import CompletionItem

    from modelsync.store.backups import backups
    from modelsync.views.text import age

    project = _project(ctx)
    now = datetime.now().astimezone()
    return [
        CompletionItem(backup.stamp, help=age(now - backup.taken.astimezone()))
        for backup in (backups(project.catalog) if project is not None else ())
        if backup.stamp.startswith(incomplete)
    ]


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete) and _PLAIN.fullmatch(name)]


def _entry_names(ctx: click.Context) -> Iterator[str]:
    return (entry.name for section in _sections(ctx) for entry in section.entries)


def _snapshot_models(ctx: click.Context) -> Iterator[str]:
    from modelsync.fetch.listing import embedded_snapshot
    from modelsync.normalize.upstream import normalize
    from modelsync.settings import policy, vendors

    project = _project(ctx)
    if project is None:
        return
    named = [section.provider for section in _sections(ctx)]
    found = normalize(embedded_snapshot(), set(named), vendors(project.settings), policy(project.settings))
    for provider in named:
        for model in found[provider]:
            yield f"{provider}/{model.slug}"


def _project(ctx: click.Context) -> Project | None:
    from modelsync.project import open_project

    try:
        return open_project(ctx.params.get("catalog"), folder=Path.cwd(), unit=ctx.params.get("unit"), forgiving=True)
    except (ModelsyncError, OSError):
        return None


def _sections(ctx: click.Context) -> tuple[Section, ...]:
    """Read the catalog's providers; none when it cannot be read. The lock is not looked at."""
    from modelsync.catalog.document import parse
    from modelsync.catalog.entries import read_sections

    project = _project(ctx)
    if project is None:
        return ()
    try:
        path = str(project.catalog)
        document = parse(project.catalog.read_bytes(), path, several=project.layout.several)
        return read_sections(document, project.layout, unit=project.settings.unit, path=path)
    except (ModelsyncError, OSError):
        return ()
