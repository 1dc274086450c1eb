"""Native identity: which model of a provider's own list a name means, and whether the provider takes that name as it is.

Names are OpenRouter's (`claude-sonnet-4.5`) as well as a person's (`models/gemini-2.5-pro`). Exact ids come first, then other
spellings, then the vendor's own rules; a name is never looked for at another vendor.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from modelsync.normalize.identity import native_id, normalize_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from modelsync.domain.served import Served, ServedList

EXACT = "exact id"
ALIAS = "the provider's alias"
SPELLING = "the same in another spelling"
RULE = "the vendor's naming rules"
MODE = "a mode or offer"

_OFFERS = re.compile(r"(.+)(:(?:free|batch|beta|exacto|extended|thinking))\Z")
_ROUTES = re.compile(r"(.+):(?:nitro|floor|online|exacto)\Z")
_MODES = {
    "anthropic": re.compile(r"(.+)(-fast)\Z"),
    "openai": re.compile(r"(.+)(-(?:high|medium|low))\Z"),
}
_DATES = {
    "anthropic": re.compile(r"(.+)-(20[0-9]{6})\Z"),
    "openai": re.compile(r"(.+)-(20[0-9]{2}-[0-9]{2}-[0-9]{2})\Z"),
}
_PARTS = re.compile(r"[^:@]+")
_ANY_DATE = re.compile(r"(.+?)-20[0-9]{2}-?[0-9]{2}-?[0-9]{2}\Z")
_FAMILY_LAST = re.compile(r"claude-([0-9]{1,2}(?:-[0-9]{1,2})?)-([a-z]+)(-20[0-9]{6})?\Z")
_FAMILY_FIRST = re.compile(r"claude-([a-z]+)-([0-9]{1,2}(?:-[0-9]{1,2})?)(-20[0-9]{6})?\Z")
_WHOLE_VERSION = re.compile(r"claude-[a-z]+-[0-9]{1,2}\Z")
_MINOR_VERSION = re.compile(r"claude-[a-z]+-[0-9]{1,2}-[0-9]{1,2}\Z")
_ZERO_VERSION = re.compile(r"(claude-[a-z]+-[0-9]{1,2})-0\Z")
_LATEST = re.compile(r"(claude-3(?:-[0-9])?-[a-z]+)-latest\Z")


class Resolution(Struct, frozen=True):
    """What a name means in one provider's list.

    `candidates` are the models that the first rule with any found; `served` is the one meant: the only one, or the newest of
    several that differ by Anthropic's date, else None. `works` says whether the provider takes the name as it is; None: it may.
    `mode` is what had to be set aside (`-high`, `:batch`): the name stands for a way of using `served`, at a price of its own.
    """

    served: Served | None = None
    how: str = ""
    candidates: tuple[Served, ...] = ()
    works: bool | None = False
    mode: str = ""

    @property
    def certain(self) -> bool:
        """Say whether the name means `served` and can mean nothing else."""
        return self.served is not None and len(self.candidates) == 1 and not self.mode

    @property
    def ambiguous(self) -> bool:
        """Say whether several models fit the name equally well, whether or not one of them is the newest."""
        return len(self.candidates) > 1


NOTHING = Resolution()
"""The list has nothing that the name could mean."""


class Directory:
    """The models of one provider's list, by every name they may be asked for.

    `prefixes` are upstream's names for the provider (`google` for `gemini`): an id that begins with one and a slash is
    understood, and not taken by the provider.
    """

    def __init__(self, provider: str, served: ServedList, prefixes: Iterable[str] = ()) -> None:
        self.provider = provider
        self.list = served
        self._by_id = {model.id: model for model in served.models}
        self._prefixes = tuple(f"{prefix}/" for prefix in (*prefixes, provider, "models"))
        self._aliases = _ALIASES.get(provider, _no_name)
        self._rules = _RULES.get(provider, _no_name)

    def resolve(self, name: str) -> Resolution:
        """Find the model that `name` means; `NOTHING` when no rule finds one."""
        if exact := self._by_id.get(name):
            return Resolution(exact, EXACT, (exact,), works=True)
        for alias in self._aliases(name):
            if found := self._named(alias):
                return Resolution(found[0], ALIAS, found, works=True)
        return self._respelled(name) or self._by_rule(name) or self._without_mode(name) or NOTHING

    def nearest(self, name: str) -> tuple[str, ...]:
        """Return up to three ids of the list for a person to choose from: `name` without its date or with another, the newest
        first, then what looks most like it.
        """
        alive = [name for name, model in self._by_id.items() if model.lifecycle != "retired"]
        bare = self._bare(name)
        other_dates = sorted((each for each in alive if _dateless(each) == _dateless(bare)), reverse=True)
        undated_first = sorted(other_dates, key=len)
        return tuple(dict.fromkeys((*undated_first, *get_close_matches(bare.lower(), alive, n=3))))[:3]

    @cached_property
    def _by_spelling(self) -> dict[str, list[Served]]:
        return _grouped(self.list.models, lambda model: _spelling(model.id))

    @cached_property
    def _by_undated(self) -> dict[str, list[Served]]:
        """The models whose id ends in a date of the vendor's kind, by the spelling before it, the newest first."""
        dated = _DATES.get(self.provider)
        if dated is None:
            return {}
        newest_first = sorted(self.list.models, key=lambda model: model.id, reverse=True)
        found = [model for model in newest_first if dated.match(model.id)]
        return _grouped(found, lambda model: _spelling(dated.sub(r"\1", model.id)))

    def _named(self, name: str) -> tuple[Served, ...]:
        """The model with that id, else those of that id with a date."""
        exact = self._by_id.get(name)
        return (exact,) if exact else tuple(self._by_undated.get(_spelling(name), ()))

    def _bare(self, name: str) -> str:
        return next((name[len(prefix) :] for prefix in self._prefixes if name.lower().startswith(prefix)), name)

    def _respelled(self, name: str) -> Resolution | None:
        bare = self._bare(name)
        if exact := self._by_id.get(bare):
            return Resolution(exact, SPELLING, (exact,))
        found = self._by_spelling.get(_spelling(bare))
        return _one_of(found, SPELLING) if found else None

    def _by_rule(self, name: str) -> Resolution | None:
        """Try the vendor's other spellings of a name; of several dates of one Anthropic model the newest is meant."""
        bare = self._bare(name)
        spelling = _spelling(bare)
        for other in (spelling, *self._rules(spelling)):
            if found := self._by_spelling.get(other):
                return _one_of(found, RULE)
            if found := self._by_undated.get(other):
                undated = name == bare and other == spelling and _may_be_undated(self.provider, name)
                newest = found[0] if self.provider == "anthropic" or len(found) == 1 else None
                return Resolution(newest, RULE, tuple(found), works=None if undated else False)
        return None

    def _without_mode(self, name: str) -> Resolution | None:
        for pattern in (_OFFERS if self.provider != "ollama" else None, _MODES.get(self.provider)):
            if pattern is not None and (mode := pattern.match(name)):
                base = self.resolve(mode[1])
                return replace(base, how=MODE, mode=base.mode + mode[2], works=False) if base.candidates else None
        return None


def _one_of(found: list[Served], how: str) -> Resolution:
    return Resolution(found[0] if len(found) == 1 else None, how, tuple(found))


def _grouped(models: Iterable[Served], name: Callable[[Served], str]) -> dict[str, list[Served]]:
    groups: dict[str, list[Served]] = {}
    for model in models:
        groups.setdefault(name(model), []).append(model)
    return groups


def _spelling(name: str) -> str:
    """Forget case and punctuation, except before a tag or a variant (`:`), and before a date as another cloud writes it (`@`)."""
    return _PARTS.sub(lambda part: normalize_key(part[0]), name)


def _dateless(name: str) -> str:
    return _ANY_DATE.sub(r"\1", _spelling(name))


def _no_name(_: str) -> Iterator[str]:
    yield from ()


def _anthropic_aliases(name: str) -> Iterator[str]:
    """`claude-sonnet-4-5` is the newest of its dates, `claude-opus-4-0` that of `claude-opus-4`, before them `-latest` stood for it."""
    if known := _ZERO_VERSION.match(name) or _LATEST.match(name):
        yield known[1]
    if _MINOR_VERSION.match(name):
        yield name


def _gemini_aliases(name: str) -> Iterator[str]:
    if name.startswith("models/"):
        yield name.removeprefix("models/")


def _ollama_aliases(name: str) -> Iterator[str]:
    yield name.removesuffix(":latest") if name.endswith(":latest") else f"{name}:latest"


def _openrouter_aliases(name: str) -> Iterator[str]:
    """A suffix that says how to route fits every model; a dated name is the permanent one of a model that is listed without."""
    if route := _ROUTES.match(name):
        yield route[1]
    if dated := _ANY_DATE.match(name):
        yield dated[1]


def _anthropic_rules(spelling: str) -> Iterator[str]:
    """Names before Claude 4 end in the family, later ones in the version."""
    if last := _FAMILY_LAST.match(spelling):
        yield f"claude-{last[2]}-{last[1]}{last[3] or ''}"
    if first := _FAMILY_FIRST.match(spelling):
        yield f"claude-{first[2]}-{first[1]}{first[3] or ''}"


def _openai_rules(spelling: str) -> Iterator[str]:
    if spelling.endswith("-chat"):
        yield f"{spelling}-latest"


def _gemini_rules(spelling: str) -> Iterator[str]:
    """`gemini-flash-1.5-8b` became `gemini-1.5-flash-8b`; what follows must be the same."""
    legacy = re.sub(r"\A(gemini-(?:flash|pro)-[0-9])-([0-9])(?=-|\Z)", r"\1.\2", spelling)
    yield normalize_key(native_id("gemini", legacy))


def _may_be_undated(provider: str, name: str) -> bool:
    """OpenAI lists an undated alias where there is one, Anthropic none; of Claude 3 nothing undated was ever taken."""
    return bool(_WHOLE_VERSION.match(name)) if provider == "anthropic" else name == name.lower()


_ALIASES: dict[str, Callable[[str], Iterator[str]]] = {
    "anthropic": _anthropic_aliases,
    "gemini": _gemini_aliases,
    "ollama": _ollama_aliases,
    "openrouter": _openrouter_aliases,
}
_RULES: dict[str, Callable[[str], Iterator[str]]] = {
    "anthropic": _anthropic_rules,
    "openai": _openai_rules,
    "gemini": _gemini_rules,
}
