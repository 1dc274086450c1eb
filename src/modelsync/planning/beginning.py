"""The first row of a provider, in a file whose rows say for themselves whose they are: where it goes, and what it is spelled like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelsync.catalog.entries import Section
from modelsync.layouts.naming import Name, name_of
from modelsync.normalize.upstream import AGGREGATOR
from modelsync.planning.native import display
from modelsync.settings import vendors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from modelsync.catalog.entries import Entry
    from modelsync.layouts.layout import Layout
    from modelsync.settings import Settings


def begun(names: Sequence[str], sections: Sequence[Section], layout: Layout, settings: Settings) -> Iterator[Section]:
    """Yield a section without entries for each provider in `PROVIDER/MODEL` that is known but has no entry in the file.

    Nothing where rows of several providers do not lie together, or something other than a row says whose they are.
    """
    home = _home(sections, layout)
    if home is None:
        return
    known, present = vendors(settings), {section.provider for section in sections}
    for name in dict.fromkeys(name.partition("/")[0] for name in names):
        provider = known.get(name, name)
        if provider in {*known.values(), AGGREGATOR} - present and layout.provider_named(provider) == provider:
            present.add(provider)
            yield Section(provider, home.path[:-1], (), like=_spelled_for(provider, home, layout, known))


def is_read_back(section: Section, model_id: str, layout: Layout) -> bool:
    """Say whether the first row of a provider, with this model id, would be one of that provider."""
    like = section.like
    return like is None or name_of(f"{like.prefix}{model_id}", like.label, layout) == Name(
        section.provider, model_id, like.prefix
    )


def _home(sections: Sequence[Section], layout: Layout) -> Entry | None:
    """Return the last entry of the one place where all entries are; None where there is no such place."""
    source = layout.provider
    said_elsewhere = layout.described or layout.names_providers or source.around or source.constant
    if said_elsewhere or len({section.path for section in sections}) != 1 or any(one.blocked for one in sections):
        return None
    every = [entry for section in sections for entry in section.entries]
    entries = [entry for entry in every if not entry.unnamed] or every
    numbered = [entry for entry in entries if isinstance(entry.path[-1], int)]
    return max(numbered, key=lambda entry: entry.path[-1]) if numbered else entries[-1]


def _spelled_for(provider: str, like: Entry, layout: Layout, vendor_of: Mapping[str, str]) -> Entry:
    """Return a neighbour as it would say that it is of this provider: by its usual label, and by a prefix if it has one."""
    label = ""
    if like.label:
        usual = display(provider) if like.label == display(like.provider) else provider
        label = usual if layout.provider_named(usual) == provider else provider
    prefix = ""
    if like.prefix:
        as_upstream = (
            like.prefix.rstrip("/") != like.provider and vendor_of.get(like.prefix.rstrip("/")) == like.provider
        )
        vendor = next((name for name, owner in vendor_of.items() if owner == provider), provider)
        prefix = f"{vendor if as_upstream else provider}/"
    return replace(like, provider=provider, label=label, prefix=prefix)
