"""What the settings say of a catalog's layout that the catalog has nothing for, with the line of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.catalog.misfits import misfits
from modelsync.layouts.table import Table
from modelsync.settings import line_in_layout

if TYPE_CHECKING:
    from modelsync.catalog.document import Document
    from modelsync.catalog.misfits import Misfit
    from modelsync.project import Project


def found_misfits(document: Document, project: Project) -> tuple[Misfit, ...]:
    """Return what a layout of the team's own asks for in vain. Of a built-in one nobody expects that all of it is there."""
    return misfits(document, project.layout) if isinstance(project.settings.layout, Table) else ()


def line_of(misfit: Misfit, project: Project) -> int:
    """Return the line of the settings that is at fault; 0 where no file says it."""
    return line_in_layout(project.settings_file, misfit.setting) if project.settings_file is not None else 0


def settings_at_fault(document: Document, project: Project) -> str:
    """Say which line of the settings is why a catalog cannot be read through its layout; empty where none is."""
    wrong = next((misfit for misfit in found_misfits(document, project) if misfit.is_error), None)
    if wrong is None:
        return ""
    line = line_of(wrong, project)
    place = f"{project.settings_file}:{line}: " if line else ""
    return f"{place}`layout.{wrong.setting}`: {wrong.problem}"
