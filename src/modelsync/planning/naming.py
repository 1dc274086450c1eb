"""Find what a person names on the command line: the provider first, then an entry or a model of it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from modelsync.catalog.entries import Entry, Section


class Named(Struct, frozen=True):
    """`PROVIDER/REST` as it was typed, and the section that is that provider's."""

    text: str
    section: Section
    rest: str


def read_names(
    names: Sequence[str],
    sections: Iterable[Section],
    known: Iterable[str],
    vendors: Mapping[str, str],
    *,
    beginning: str = "",
) -> tuple[Named, ...]:
    """Split each name at its provider. `known` are full names to suggest, `vendors` maps upstream prefixes to providers.

    Raises `UsageError` for a name without a provider, or with one that the catalog does not have; `beginning` is what it
    says of how to begin one, with `PROVIDER` for its name.
    """
    by_provider = {section.provider: section for section in sections}
    read: list[Named] = []
    for name, following in zip(names, [*names[1:], ""], strict=True):
        fitting = [provider for provider in by_provider if name.startswith(f"{provider}/")]
        provider = max(fitting, key=len, default="")
        rest = name[len(provider) + 1 :] if provider else ""
        if not rest.strip():
            raise _misnamed(name, following, by_provider, known) or _unknown_provider(
                name, by_provider, vendors, beginning=beginning
            )
        read.append(Named(name, by_provider[provider], rest))
    return tuple(read)


def _misnamed(name: str, following: str, providers: Iterable[str], known: Iterable[str]) -> UsageError | None:
    """Explain what is wrong with the form of a name, or return None."""
    provider, slash, _ = name.partition("/")
    if provider in providers:
        whole = not slash and following and "/" not in following
        wanted = f"{provider}/{following}" if whole else f"{provider}/NAME"
        return UsageError(f"{name!r} names only a provider", hint=f"Write provider and name as one word: {wanted}")
    if slash:
        return None
    meant = [full for full in known if full.endswith(f"/{name}")][:3]
    hint = f"Did you mean {' or '.join(meant)}?" if meant else "Write PROVIDER/NAME, as one word."
    return UsageError(f"{name!r} names no provider", hint=hint)


def _unknown_provider(name: str, providers: Iterable[str], vendors: Mapping[str, str], *, beginning: str) -> UsageError:
    """Explain that the catalog has no such provider, and which one may be meant."""
    provider, _, rest = name.partition("/")
    here = list(providers)
    owner = vendors.get(provider)
    near = [owner] if owner in here else get_close_matches(provider, here, n=1)
    meant = f"Did you mean {near[0]}/{rest}?" if near and rest else ""
    begin = beginning.replace("PROVIDER", owner or provider)
    hint = " ".join(filter(None, (meant, f"The catalog has {', '.join(here) or 'none'}.", begin)))
    return UsageError(f"no provider {provider!r} in the catalog", hint=hint)


def entry_named(section: Section, name: str) -> Entry:
    """Return the entry with that key, else the only one with that model id. Raises `UsageError` with the nearest names."""
    chosen = [entry for entry in section.entries if entry.key == name] or [
        entry for entry in section.entries if entry.model_id == name
    ]
    if not chosen:
        raise no_such_entry(section, name)
    if len(chosen) > 1:
        names = ", ".join(entry.name for entry in chosen)
        hint = f"Name the entry by its key: {names}."
        raise UsageError(f"{name} is the model id of {len(chosen)} entries", hint=hint)
    return chosen[0]


def no_such_entry(section: Section, name: str) -> UsageError:
    """Explain that a provider has no entry with that model id or key, with the nearest names."""
    names = [known for entry in section.entries for known in (entry.model_id, entry.key) if known]
    near = get_close_matches(name, dict.fromkeys(names), n=3, cutoff=0.4)
    count = len(section.entries)
    hint = (
        f"Did you mean {', '.join(near)}?"
        if near
        else f"{section.provider} has {count} {'entry' if count == 1 else 'entries'}."
    )
    return UsageError(f"no entry of {section.provider} has the model id or key {name!r}", hint=hint)
