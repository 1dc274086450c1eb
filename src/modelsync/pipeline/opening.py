"""A catalog and its lock, read together: what everything else starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.catalog.document import Mapping, locate, parse
from modelsync.catalog.entries import read_sections
from modelsync.catalog.splice import why_not_editable
from modelsync.domain import lock_format
from modelsync.errors import CatalogInvalid, LockInvalid, SettingsInvalid, UsageError
from modelsync.settings import hint_beside
from modelsync.store.files import digest, lock_path, read_state
from modelsync.store.pending import effective_lock

if TYPE_CHECKING:
    from modelsync.catalog.document import Document
    from modelsync.catalog.entries import Entry, Path, Section
    from modelsync.catalog.view import Catalog
    from modelsync.domain.lock import Lock
    from modelsync.project import Project


class Opened(Struct, frozen=True):
    """A catalog as it was read: its bytes' digests, its document and entries, its lock (None: there is none)."""

    project: Project
    document: Document
    sections: tuple[Section, ...]
    lock: Lock | None
    catalog_digest: str
    lock_digest: str

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry, in the order of the file."""
        return tuple(entry for section in self.sections for entry in section.entries)

    def why_not_editable(self, path: tuple[str | int, ...]) -> str | None:
        """Say why a path of the catalog cannot be edited, or None."""
        return why_not_editable(self.document, path)

    def line_of(self, provider: str, key: str) -> int:
        """Return the line on which an entry starts, counted from 1; for one that is not written there, the first line."""
        return next(
            (self.line_at(entry.path) for entry in self.entries if (entry.provider, entry.key) == (provider, key)), 1
        )

    def line_at(self, path: Path) -> int:
        """Return the line of a key of a mapping, else that of the value itself; the first for what is not written there."""
        try:
            return self._line_at(path)
        except KeyError:
            return 1

    def _line_at(self, path: Path) -> int:
        around = locate(self.document, path[:-1]) if path else None
        if isinstance(around, Mapping):
            return self.document.position(around.pairs[around.numbers()[str(path[-1])]][0].start)[0]
        return self.document.position(locate(self.document, path).start)[0]


def open_catalog(project: Project) -> Opened:
    """Read catalog and lock. Raises `CatalogInvalid`, `LockInvalid` or `SettingsInvalid`; writes nothing."""
    catalog = project.catalog
    data = catalog_bytes(project)
    document = parse(data, str(catalog), several=project.layout.several)
    try:
        sections = read_sections(document, project.layout, unit=project.settings.unit, path=str(catalog))
    except CatalogInvalid as error:
        if project.layout.described:
            error.hint = hint_beside(catalog) or error.hint
        error.hint = _fault(document, project) or error.hint
        raise
    if not any(section.entries for section in sections) and (fault := _fault(document, project)):
        raise CatalogInvalid(str(catalog), "the layout leads to no model", line=1, column=1, hint=fault)
    lock, locked = open_lock(project)
    return Opened(project, document, sections, lock, digest(data), digest(locked))


def _fault(document: Document, project: Project) -> str:
    from modelsync.pipeline.fault import settings_at_fault  # a catalog that can be read does without

    return settings_at_fault(document, project)


def catalog_bytes(project: Project) -> bytes:
    """Read the bytes of the catalog. Raises `UsageError` where there is none."""
    state = read_state(project.catalog)
    if state.data is None:
        hint = "`modelsync init` starts one, `modelsync restore` brings one back."
        raise UsageError(f"no such catalog: {project.catalog}", hint=hint)
    return state.data


def open_lock(project: Project) -> tuple[Lock | None, bytes | None]:
    """Read the lock and its bytes; None where there is none.

    Raises `LockInvalid` where it is damaged or another catalog's, and `SettingsInvalid` where it has another unit than the settings.
    """
    catalog, settings = project.catalog, project.settings
    locked = effective_lock(catalog)
    if locked is None:
        return None, None
    lock = lock_format.decode(locked, str(lock_path(catalog)))
    if lock.catalog not in ("", catalog.name) and catalog.with_name(lock.catalog).exists():
        problem = f"it belongs to {lock.catalog}, which lies beside {catalog.name}: two catalogs cannot share a lock"
        raise LockInvalid(str(lock_path(catalog)), problem, hint="Rename one of the two.")
    if lock.unit != settings.unit:
        raise SettingsInvalid(
            str(project.settings_file or "the settings"),
            f"the unit is {settings.unit!r}, but the lock was made with {lock.unit!r}",
            hint=f'Set `unit = "{lock.unit}"`; if the catalog was really converted, delete {lock_path(catalog)} to start over.',
        )
    return lock, locked


def view_of(opened: Opened) -> Catalog:
    """Return a catalog as applications see it. Raises `CatalogInvalid` for an entry that is damaged."""
    from modelsync.catalog.view import Catalog  # a sync does without

    upstream = {name: entry.upstream for name, entry in opened.lock.entries.items()} if opened.lock is not None else {}
    project = opened.project
    return Catalog.of(opened.sections, str(project.catalog), unit=project.settings.unit, upstream=upstream)
