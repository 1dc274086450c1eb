"""Time modelsync against the floor and print ratios, targets and goals. Judges nothing: it fails on no number.

    make bench                      everything; a few minutes
    make bench ARGS='--quick'       without the hundredfold catalog, the other libraries and the history
    make bench ARGS='--history'     the history alone: recorded lists with errors in them, and what the guards made of those

Each row runs two whole processes in turn, ours and the one it is measured by, and compares their medians: absolute times
drift between machines and minutes, ratios hardly do.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
PASS = [PYTHON, "-c", "pass"]
LOAD = "import sys; from modelsync import Catalog; Catalog.load(sys.argv[1])"
LOOK_UP = """
import sys, timeit
from modelsync import Catalog
catalog = Catalog.load(sys.argv[1])
key = next(f"{entry.provider}/{entry.key}" for entry in catalog)
print(min(timeit.repeat(lambda: catalog[key], number=20000, repeat=5)) / 20000 * 1e6)
"""
DONE_OR_PARTIAL = (0, 4)
LAYOUTS = ("litellm", "list", "prices")
MEGABYTE = 1024 * 1024
ROW = "{:<34} {:>10} {:>10} {:>9}  {:>9} {:>9}  {}"


@dataclass(frozen=True)
class Run:
    """One process: wall-clock seconds, peak resident bytes, exit code."""

    seconds: float
    peak: int
    code: int


@dataclass(frozen=True)
class Limits:
    """What a row should not exceed (`target`) and what would be fine (`goal`; None: none was set)."""

    target: float
    goal: float | None = None
    unit: str = "x"

    def verdict(self, value: float) -> str:
        """Say which of the two is met."""
        if self.goal is not None and value <= self.goal:
            return "goal met"
        return "target met" if value <= self.target else "over"

    def show(self, value: float | None) -> str:
        """Format a number of this row's kind."""
        return "" if value is None else f"{value:.2f}{self.unit}"


class Workplace:
    """A folder with the inputs of one size, and the commands that work in it.

    The floor reads and writes the prices of input and output alone: `basic` is the same work, `full` that with every price.
    """

    def __init__(self, root: Path, factor: int, detail: str = "basic") -> None:
        self.inputs = root / f"inputs{factor}-{detail}"
        self.listing = self.inputs / "listing.json"
        self.scratch = root / f"work{factor}-{detail}"
        subprocess.run([PYTHON, str(HERE / "inputs.py"), str(self.inputs), str(factor), detail], check=True)

    def fresh(self) -> None:
        """Lay out the catalog and its lock as the inputs have them: no backups."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        for name in ("catalog.yml", "catalog.lock.json", "modelsync.toml"):
            if (self.inputs / name).exists():
                shutil.copy(self.inputs / name, self.scratch)

    def sync(self, *options: str) -> list[str]:
        """Return our command."""
        where = ["--source", str(self.listing), "--catalog", str(self.scratch / "catalog.yml")]
        return [str(Path(PYTHON).with_name("modelsync")), "sync", *options, *where]

    def floor(self, *options: str) -> list[str]:
        """Return the floor's command, on a catalog of its own."""
        catalog = self.inputs / "floor.yml"
        if not catalog.exists():
            shutil.copy(self.inputs / "catalog.yml", catalog)
        return [PYTHON, "-I", str(HERE / "floor.py"), str(catalog), str(self.listing), *options]


class Shaped(Workplace):
    """The list of another workplace, and a catalog of another layout that no sync has seen."""

    def __init__(self, place: Workplace, layout: str) -> None:
        self.inputs = place.inputs / layout
        self.listing = place.listing
        self.scratch = place.scratch.with_name(f"{place.scratch.name}-{layout}")


def run(command: list[str], folder: Path | None = None) -> Run:
    """Run a process to its end in a folder, whose settings it finds; its output is thrown away."""
    environment = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "LC_ALL": "C.UTF-8"}
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), process.returncode)


def in_turn(
    ours: list[str],
    base: list[str],
    times: int,
    before: Callable[[], None] = lambda: None,
    *,
    folder: Path | None = None,
) -> tuple[Run, Run]:
    """Run the two commands alternately; return the median of each. `before` prepares every run of ours, untimed.

    Ours runs in `folder`, the base wherever this runs.
    """
    ours_runs, base_runs = list[Run](), list[Run]()
    for _ in range(times):
        before()
        ours_runs.append(run(ours, folder))
        base_runs.append(run(base))
    return median(ours_runs), median(base_runs)


def median(runs: list[Run]) -> Run:
    """Return the median time, the highest peak and the worst exit code."""
    return Run(
        statistics.median(one.seconds for one in runs), max(one.peak for one in runs), max(one.code for one in runs)
    )


def milliseconds(seconds: float) -> str:
    """Format a time."""
    return f"{seconds * 1000:.1f} ms"


def report(name: str, ours: Run, base: Run, limits: Limits) -> None:
    """Print the row of a ratio, or that our command failed."""
    if ours.code not in DONE_OR_PARTIAL:
        print(ROW.format(name, f"exit {ours.code}", "", "", "", "", "failed"), flush=True)
        return
    value = ours.seconds / base.seconds
    times = (milliseconds(ours.seconds), milliseconds(base.seconds))
    numbers = (limits.show(value), limits.show(limits.target), limits.show(limits.goal))
    print(ROW.format(name, *times, *numbers, limits.verdict(value)), flush=True)


def report_number(name: str, value: float, limits: Limits) -> None:
    """Print the row of a number that is no ratio."""
    numbers = (limits.show(value), limits.show(limits.target), limits.show(limits.goal))
    print(ROW.format(name, "", "", *numbers, limits.verdict(value)), flush=True)


def start_up(times: int) -> Run:
    """Measure what it costs to do nothing. Returns the time of `modelsync --help`."""
    helped, base = in_turn([str(Path(PYTHON).with_name("modelsync")), "--help"], PASS, times)
    report("modelsync --help / pass", helped, base, Limits(6, 4))
    report("import modelsync / pass", *in_turn([PYTHON, "-c", "import modelsync"], PASS, times), Limits(3, 1.5))
    return helped


def one_list(place: Workplace, times: int) -> Run:
    """Measure a catalog and a listing of real size. Returns the time of applying."""
    place.fresh()
    dry = in_turn(place.sync("--dry-run"), place.floor(), times, folder=place.scratch)
    report("sync --dry-run / floor", *dry, Limits(3, 2))
    applied, base = in_turn(place.sync(), place.floor("--write"), times, place.fresh, folder=place.scratch)
    report("sync, applying / floor --write", applied, base, Limits(3.3, 2.2))
    again = in_turn(place.sync(), place.floor(), times, folder=place.scratch)
    report("second sync / floor", *again, Limits(2.5, 1.5))
    return applied


def every_price(place: Workplace, times: int) -> None:
    """Measure the same with all prices, of which the floor has two: the limits are those of the smaller work."""
    applied = in_turn(place.sync(), place.floor("--write"), times, place.fresh, folder=place.scratch)
    report("  every price, applying / floor", *applied, Limits(3.3, 2.2))
    again = in_turn(place.sync(), place.floor(), times, folder=place.scratch)
    report("  every price, second sync / floor", *again, Limits(2.5, 1.5))


def reading(place: Workplace, times: int) -> None:
    """Measure what an application pays to read its catalog."""
    catalog = str(place.inputs / "full.yml")
    report("load 420 entries / pass", *in_turn([PYTHON, "-c", LOAD, catalog], PASS, times), Limits(5, 3))
    looked = subprocess.run([PYTHON, "-c", LOOK_UP, catalog], capture_output=True, text=True, check=False)
    if looked.returncode:
        print(ROW.format("look one up", f"exit {looked.returncode}", "", "", "", "", "failed"))
    else:
        report_number("look one up", float(looked.stdout), Limits(1, 0.2, " us"))


def peers(place: Workplace, python: str) -> None:
    """Compare with other libraries that know prices, where they are installed."""
    print(flush=True)
    subprocess.run([PYTHON, str(HERE / "peers.py"), str(place.inputs / "full.yml"), python], check=False)


def hundredfold(root: Path, times: int, small: Run, nothing: Run) -> None:
    """Measure a catalog and a listing a hundred times as large: time, memory, and whether cost grew linearly."""
    place = Workplace(root, 100)
    large, base = in_turn(place.sync(), place.floor("--write"), times, place.fresh, folder=place.scratch)
    report("100x, applying / floor at 100x", large, base, Limits(2.5, 1.6))
    if large.code in DONE_OR_PARTIAL and small.code in DONE_OR_PARTIAL:
        report_number("100x, peak memory", large.peak / MEGABYTE, Limits(450, None, " MB"))
        growth = (large.seconds - nothing.seconds) / (small.seconds - nothing.seconds)
        report_number("100x / 1x, above start-up", growth, Limits(120))
    complete = Workplace(root, 100, "full")
    complete.fresh()
    every = run(complete.sync(), complete.scratch)
    if every.code in DONE_OR_PARTIAL:
        report_number("  every price, peak memory", every.peak / MEGABYTE, Limits(450, None, " MB"))
    peak = layouts(place, times, (Limits(2.5, 1.6), Limits(2.5, 1.6)))
    report_number("  20,000 entries, peak memory", peak / MEGABYTE, Limits(450, None, " MB"))


def layouts(place: Workplace, times: int, limits: tuple[Limits, Limits]) -> int:
    """Measure the first and the second sync of a catalog of each other layout. Returns the highest peak of bytes."""
    peak = 0
    for layout in LAYOUTS:
        shaped = Shaped(place, layout)
        first = in_turn(shaped.sync(), shaped.floor("--write"), times, shaped.fresh, folder=shaped.scratch)
        report(f"  {layout}, applying / floor", *first, limits[0])
        second = in_turn(shaped.sync(), shaped.floor(), times, folder=shaped.scratch)
        report(f"  {layout}, second sync / floor", *second, limits[1])
        peak = max(peak, first[0].peak, second[0].peak)
    return peak


def history() -> int:
    """Replay the recorded lists in a process of its own: a child's peak memory is never counted below its parent's."""
    print(flush=True)
    return subprocess.run([PYTHON, str(HERE / "history.py")], check=False).returncode


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Time modelsync against the floor.")
    parser.add_argument(
        "--quick", action="store_true", help="leave out the hundredfold catalog, the other libraries and the history"
    )
    parser.add_argument("--history", action="store_true", help="only replay the recorded lists")
    parser.add_argument("--times", type=int, default=15, help="runs of each small row (default 15)")
    parser.add_argument("--peers", default="", help="the Python of an environment with what bench/peers.txt names")
    options = parser.parse_args()
    if options.history:
        return history()
    packages = Path(
        subprocess.check_output([PYTHON, "-c", "import modelsync; print(modelsync.__path__[0])"], text=True).strip()
    )
    compileall.compile_dir(packages, quiet=2)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, medians of {options.times} runs in turn\n")
    print(ROW.format("row", "ours", "base", "ratio", "target", "goal", ""))
    with tempfile.TemporaryDirectory(prefix="modelsync-bench-") as folder:
        root = Path(folder)
        place = Workplace(root, 1)
        nothing = start_up(options.times)
        small = one_list(place, options.times)
        complete = Workplace(root, 1, "full")
        every_price(complete, options.times)
        layouts(place, options.times, (Limits(3.3, 2.2), Limits(2.5, 1.5)))
        reading(complete, options.times)
        if not options.quick:
            hundredfold(root, max(3, options.times // 5), small, nothing)
            peers(complete, options.peers)
    return 0 if options.quick else history()


if __name__ == "__main__":
    sys.exit(main())
