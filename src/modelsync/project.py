"""Where things are: the settings in force, and the catalog they, a flag or a default name."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from modelsync.errors import SettingsInvalid, UsageError
from modelsync.layouts.layout import Layout
from modelsync.settings import Found, Settings, check_providers, find, layout, load
from modelsync.store.files import lock_path

DEFAULT_CATALOGS = ("llm_models.yml", "config/llm_models.yml")


class Project(Struct, frozen=True):
    """A catalog and the settings that apply to it; `settings_file` is None when there is none."""

    catalog: Path
    settings: Settings
    settings_file: Path | None = None

    @property
    def layout(self) -> Layout:
        """How the catalog is shaped."""
        return layout(self.settings)


def open_project(
    catalog: str | None = None,
    *,
    folder: Path,
    source: str | None = None,
    preset: str | None = None,
    unit: str | None = None,
    settings_file: Path | None = None,
    forgiving: bool = False,
) -> Project:
    """Find the settings from `folder` upwards, or take the file that is named; let the arguments win over them, and name the catalog.

    Raises `SettingsInvalid` for bad settings and `UsageError` when no catalog is named and none, or more than one, of the
    default ones is there, or where its name is not UTF-8. A catalog that is named need not exist yet. `forgiving` takes
    broken settings for none, so that a restore is possible whatever is broken.
    """
    if settings_file is not None:
        found = _checked(Found(load(settings_file), settings_file))
    else:
        found = _forgiven(folder) if forgiving else settings_in(folder)
    base = found.path.parent if found.path is not None else folder
    given = {"source": source or _source(found.settings.source, base), "preset": preset, "unit": unit}
    settings = replace(found.settings, **{name: value for name, value in given.items() if value is not None})
    _check_choices(settings)
    if catalog is not None:
        path = folder / catalog
    elif settings.catalog is not None:
        path = base / settings.catalog
    else:
        path = _default(folder, base)
    return Project(with_a_name(_relative(path, folder)), settings, found.path)


def project_to_start(catalog: str | None = None, *, folder: Path) -> Project:
    """Name the catalog that is to be started: the one named, else that of the folder's settings, else a default one that is there.

    Settings in the folder hold for it too, so that no second catalog comes beside one in use; settings above it are another
    project's. Raises as `open_project`.
    """
    found = settings_in(folder)
    if found.path is None or found.path.parent != folder:
        found = Found(Settings(), None)
    named = catalog or found.settings.catalog
    if named is None and not _present([folder / name for name in DEFAULT_CATALOGS]):
        named = DEFAULT_CATALOGS[0]
    path = folder / named if named is not None else _default(folder, folder)
    return Project(with_a_name(_relative(path, folder)), found.settings, found.path)


def settings_in(folder: Path) -> Found:
    """Find the settings from `folder` upwards. Raises `SettingsInvalid`, also where they are for a provider whose list nobody reads."""
    return _checked(find(folder))


def _checked(found: Found) -> Found:
    if found.settings.providers:
        from modelsync.sources.registry import APIS

        check_providers(found, tuple(APIS))
    return found


def with_a_name(catalog: Path) -> Path:
    """Return the path of a catalog. Raises `UsageError` where it is no text: the lock, plans and settings name it."""
    try:
        str(catalog).encode()
    except UnicodeEncodeError:
        raise UsageError(f"the name of the catalog is not UTF-8: {catalog}", hint="Rename it.") from None
    return catalog


def _check_choices(settings: Settings) -> None:
    import msgspec

    try:
        msgspec.convert(msgspec.to_builtins(settings), Settings)
    except msgspec.ValidationError as error:
        raise SettingsInvalid("the command line or environment", str(error)) from error


def _forgiven(folder: Path) -> Found:
    try:
        return settings_in(folder)
    except SettingsInvalid:
        return Found(Settings(), None)


def _source(named: str, base: Path) -> str:
    """A file that the settings name is meant relative to the settings."""
    return str(base / named) if (base / named).is_file() else named


def _default(folder: Path, base: Path) -> Path:
    """The one default catalog in the working folder, else beside the settings.

    A deleted one is known by its lock or its backups, so that it can be restored.
    """
    here, there = ([place / name for name in DEFAULT_CATALOGS] for place in (folder, base))
    there = _present(here) or _present(there) or [path for path in there if _is_remembered(path)]
    if len(there) == 1:
        return there[0]
    if there:
        raise UsageError(
            f"two catalogs, and none is named: {' and '.join(DEFAULT_CATALOGS)}",
            hint='Say which with --catalog, or `catalog = "…"` in modelsync.toml.',
        )
    raise UsageError(
        f"no catalog: neither {' nor '.join(DEFAULT_CATALOGS)} is here",
        hint="Name one with --catalog, or start one with `modelsync init`.",
    )


def _is_remembered(path: Path) -> bool:
    from modelsync.store.backups import backups

    return lock_path(path).exists() or bool(backups(path))


def _present(paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.exists() or path.is_symlink()]


def _relative(path: Path, folder: Path) -> Path:
    """Shorten a path inside the working folder to what a person would type."""
    try:
        return path.relative_to(folder)
    except ValueError:
        return path
