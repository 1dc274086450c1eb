"""Real files of other teams: each is read by a layout of ours and synced twice with one recorded list.

python tests/wild/trial.py FOLDER    prints what came of each as a table; FOLDER has the recorded data
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from msgspec.structs import replace

from modelsync.errors import ModelsyncError
from modelsync.fetch.listing import Surroundings
from modelsync.pipeline.opening import Opened, open_catalog
from modelsync.pipeline.syncing import sync_project
from modelsync.planning.changes import Plan, Update
from modelsync.planning.context import Options
from modelsync.project import Project, open_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from modelsync.fetch.exchange import Call, Response

LAYOUTS = Path(__file__).resolve().parent / "layouts"
DAY = "2026-08-21"
LISTING = "openrouter/models.2026-08-21T0812Z.json"
HEAD = (
    "file",
    "kind",
    "unit",
    "lines of the layout",
    "rows",
    "entries",
    "prices",
    "matched",
    "values changed",
    "held",
    "refused",
)


class Trial(NamedTuple):
    """One file, what was read in it, and what two syncs planned and left; `refused` says why there is none of this."""

    name: str
    told: dict[str, Any]
    project: Project
    old: bytes
    before: Opened | None = None
    first: Plan | None = None
    new: bytes = b""
    second: Plan | None = None
    again: bytes = b""
    refused: ModelsyncError | None = None

    @property
    def rows(self) -> int:
        """How many rows were counted in the file by another reader."""
        return self.told_of("rows")

    def told_of(self, sort: str) -> int:
        """How many facts of a sort it counted."""
        return sum(pattern["measured"][sort] for pattern in self.told["patterns"])

    @property
    def updates(self) -> list[Update]:
        """The changes of the first sync."""
        return [change for change in self.first.changes if isinstance(change, Update)] if self.first else []


def settings_files() -> list[Path]:
    """Return the layouts, as the settings of the team that has the file."""
    return sorted(LAYOUTS.glob("*.toml"))


def told(data: Path) -> dict[str, dict[str, Any]]:
    """Return what another reader counted in each file, by its name."""
    return {Path(one["file"]).stem: one for one in json.loads((data / "wild" / "layouts.json").read_bytes())}


def laid_out(settings: Path, data: Path, folder: Path) -> Project:
    """Put a file and its settings into a folder, as their team has them."""
    (folder / "modelsync.toml").write_bytes(settings.read_bytes())
    project = open_project(folder=folder, source=str(data / LISTING))
    project = replace(project, catalog=folder / project.catalog.name)
    project.catalog.write_bytes((data / "wild" / f"{settings.stem}.yaml").read_bytes())
    return project


def try_out(settings: Path, data: Path, folder: Path) -> Trial:
    """Read a file and sync it twice."""
    project = laid_out(settings, data, folder)
    trial = Trial(settings.stem, told(data)[settings.stem], project, project.catalog.read_bytes())
    try:
        before = open_catalog(project)
        first, new = sync(project), project.catalog.read_bytes()
        second, again = sync(project), project.catalog.read_bytes()
    except ModelsyncError as error:
        return trial._replace(refused=error)
    return trial._replace(before=before, first=first, new=new, second=second, again=again)


def sync(project: Project) -> Plan:
    """Sync as the command does, on the day of the list."""
    around = Surroundings(environment={}, today=DAY, stdin=BytesIO(), send=_no_network)
    now = datetime.fromisoformat(DAY).replace(hour=12, tzinfo=UTC)
    return sync_project(project, Options(), around=around, now=now).plan


def _no_network(call: Call) -> Response:
    message = f"{call.request.url} was to be fetched"
    raise AssertionError(message)


def row_of(trial: Trial, settings: Path) -> tuple[str, ...]:
    """Say what came of a file, for the table."""
    opening = (
        f"`{trial.name}`",
        trial.told["kind"],
        trial.project.settings.unit,
        str(len(settings.read_text("utf-8").splitlines())),
        str(trial.rows),
    )
    if trial.before is None or trial.first is None:
        return (*opening, "", "", "", "", "", getattr(trial.refused, "problem", str(trial.refused)))
    counted = Counter(name.startswith("pricing.") for entry in trial.before.entries for name in entry.fields)
    changed = sum(len(update.fields) for update in trial.updates)
    numbers = (len(trial.before.entries), counted[True], len(trial.first.lock.entries), changed, len(trial.first.held))
    return (*opening, *map(str, numbers), "")


def table(data: Path) -> str:
    """Return the table of all files, and below it how many there are of each sort."""
    rows: list[tuple[str, ...]] = []
    for settings in settings_files():
        with tempfile.TemporaryDirectory() as folder:
            rows.append(row_of(try_out(settings, data, Path(folder)), settings))
    return _markdown(rows) + f"\n{_summary(rows)}\n"


def _summary(rows: Sequence[tuple[str, ...]]) -> str:
    read = [row for row in rows if not row[-1]]
    numbers = [[int(row[column] or 0) for row in read] for column in (5, 6, 7, 8, 9)]
    entries, prices, matched, changed, held = map(sum, numbers)
    return (
        f"Of {len(rows)} files {len(read)} are read: {entries} entries with {prices} prices. {matched} entries are models of the list; "
        f"{changed} of their values are changed by the first sync, {held} changes are held."
    )


def _markdown(rows: Iterable[tuple[str, ...]]) -> str:
    lines = [HEAD, tuple("---" for _ in HEAD), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def main() -> NoReturn:
    """Print the table."""
    sys.stdout.write(table(Path(sys.argv[1])))
    sys.exit()


if __name__ == "__main__":
    main()
