"""What the providers serve, beside the catalog: asked of all at the same time, then compared, filtered and judged."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.document import parse
from modelsync.catalog.entries import read_sections
from modelsync.domain.served import Served, ServedList
from modelsync.errors import Exit, UsageError
from modelsync.fetch.providers import Failed, NotRunning, Skipped
from modelsync.normalize.native import Directory
from modelsync.pipeline.asking import ask_providers
from modelsync.pipeline.telling import Tell, say_nothing
from modelsync.settings import vendors
from modelsync.sources.registry import APIS
from modelsync.store.files import read_state
from modelsync.views.served import Answer, Offer, Serving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelsync.catalog.entries import Section
    from modelsync.fetch.listing import Surroundings
    from modelsync.fetch.providers import Outcome
    from modelsync.project import Project
    from modelsync.settings import Settings
    from modelsync.sources.api import Api

_WILD = frozenset("*?[")


class Wanted(Struct, frozen=True):
    """Which models are wanted: `pattern` is a glob for the whole of an id or a name, or a part of one ("" for all), in any case;
    `new` leaves those that are in the catalog out.
    """

    pattern: str = ""
    new: bool = False

    def wants(self, model: Served, *, known: bool) -> bool:
        """Say whether a model is wanted; `known` says that it is in the catalog."""
        return not (self.new and known) and any(self._names(text.lower()) for text in (model.id, model.name))

    def _names(self, text: str) -> bool:
        pattern = self.pattern.lower()
        return fnmatchcase(text, pattern) if _WILD.intersection(pattern) else pattern in text


def serving_of(
    apis: Sequence[Api],
    settings: Settings,
    project: Project | None,
    wanted: Wanted,
    *,
    around: Surroundings,
    tell: Tell = say_nothing,
) -> Serving:
    """Ask providers what they serve and find it in the project's catalog, where there is one. Writes nothing.

    Raises `CatalogInvalid` for a catalog that cannot be read, and `UsageError` when what is new is wanted and there is none
    to compare with; both before anybody is asked.
    """
    sections = _sections(project) if project is not None else None
    if sections is None and wanted.new:
        raise UsageError("there is no catalog to say what is new", hint="Name one with --catalog.")
    outcomes = ask_providers(apis, settings, around, tell)
    by_provider = {section.provider: section for section in sections or ()}
    answers = tuple(
        _answer(outcome, by_provider.get(provider), wanted, settings) for provider, outcome in outcomes.items()
    )
    catalog = str(project.catalog) if project is not None and sections is not None else ""
    return Serving(answers, around.today, catalog, chosen=wanted != Wanted())


def _sections(project: Project) -> tuple[Section, ...] | None:
    """Read the catalog's entries; None where there is no such file. The lock is not looked at."""
    data = read_state(project.catalog).data
    if data is None:
        return None
    path = str(project.catalog)
    return read_sections(
        parse(data, path, several=project.layout.several), project.layout, unit=project.settings.unit, path=path
    )


def _answer(outcome: Outcome, section: Section | None, wanted: Wanted, settings: Settings) -> Answer:
    match outcome:
        case Skipped():
            message = "" if outcome.needs_key else "not in the recording"
            return Answer(outcome.provider, outcome.display, "skipped", message=message, variables=outcome.variables)
        case NotRunning():
            variables = APIS[outcome.provider].base_variables
            return Answer(outcome.provider, outcome.display, "not running", message=outcome.base, variables=variables)
        case Failed():
            return Answer(outcome.provider, outcome.display, "failed", message=outcome.message, hint=outcome.hint)
        case ServedList():
            offers = _offers(outcome, section, wanted, settings)
            return Answer(outcome.provider, APIS[outcome.provider].display, "listed", outcome, offers)


def _offers(listed: ServedList, section: Section | None, wanted: Wanted, settings: Settings) -> tuple[Offer, ...]:
    keys = _keys(listed, section, settings) if section is not None else {}
    known = {model.alias_of or model.id for model in listed.models if model.id in keys}
    return tuple(
        Offer(model, tuple(keys.get(model.id, ())))
        for model in listed.models
        if wanted.wants(model, known=model.id in keys or (model.alias_of or model.id) in known)
    )


def _keys(listed: ServedList, section: Section, settings: Settings) -> dict[str, list[str]]:
    """Served id → keys of the entries that mean it. An entry that names a mode (`-high`) of a model is no entry of the model."""
    prefixes = [vendor for vendor, provider in vendors(settings).items() if provider == section.provider]
    directory = Directory(section.provider, listed, prefixes)
    found: dict[str, list[str]] = {}
    for entry in section.entries:
        meant = directory.resolve(entry.known_as)
        if meant.served is not None and not meant.mode:
            found.setdefault(meant.served.id, []).append(entry.key)
    return found


def exit_code(serving: Serving) -> Exit:
    """Return what the answers mean: nobody answered, somebody failed or said only a part, or all is well."""
    lists = [answer.listed for answer in serving.answers if answer.listed is not None]
    if not lists:
        return Exit.NOTHING_FETCHED
    whole = all(listed.complete for listed in lists) and all(answer.state != "failed" for answer in serving.answers)
    return Exit.DONE if whole else Exit.PARTIAL
