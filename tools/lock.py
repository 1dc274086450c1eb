"""Write constraints.txt: the exact version and the hashes of every package the project installs.

    make lock

One resolution covers every supported Python and platform. Its packages are printed in sections (`# section: NAME`), each
holding what its group needs beyond the sections above it, so that the Makefile can install the first ones alone.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "constraints.txt"
OLDEST_PYTHON = "3.11"
SECTIONS: dict[str, tuple[str, ...]] = {
    "runtime": (),
    "build": ("build",),
    "test": ("test",),
    "check": ("check",),
    "lock": ("lock",),
    "audit": ("audit",),
}
"""Section → the dependency groups of pyproject.toml it adds to the sections before it."""

HEADER = """\
# Exact versions and hashes of everything modelsync is run, built, tested and checked with.
# Written by `make lock`; do not edit. Installed by the Makefile with `pip install --require-hashes`.
"""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def resolve(groups: tuple[str, ...], *options: str) -> dict[str, str]:
    """Resolve the runtime dependencies and `groups` for all platforms. Returns package name → its lines."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", *options]
    for group in groups:
        command += ["--group", group]
    done = subprocess.run([*command, "pyproject.toml"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return blocks(done.stdout)


def blocks(requirements: str) -> dict[str, str]:
    """Split a requirements text into package name → its lines; a package pinned twice by marker keeps both."""
    packages: dict[str, str] = {}
    for block in re.split(r"\n(?=\S)", requirements.strip()):
        name = _NAME.match(block)
        if name is None:
            message = f"not a requirement: {block!r}"
            raise ValueError(message)
        packages[name[0]] = packages.get(name[0], "") + block.rstrip() + "\n"
    return packages


def render() -> str:
    """Return the text of constraints.txt for today's newest releases within the bounds of pyproject.toml."""
    everything = tuple(group for groups in SECTIONS.values() for group in groups)
    pinned = resolve(everything, "--generate-hashes")
    text, written, groups = HEADER, set[str](), ()
    for section, added in SECTIONS.items():
        groups = (*groups, *added)
        names = sorted(pinned.keys() if groups == everything else resolve(groups).keys() & pinned.keys())
        text += f"\n# section: {section}\n" + "".join(pinned[name] for name in names if name not in written)
        written |= set(names)
    return text


def main() -> int:
    """Write constraints.txt and say what changed in numbers."""
    before = OUTPUT.read_text(encoding="utf-8") if OUTPUT.exists() else ""
    text = render()
    OUTPUT.write_text(text, encoding="utf-8")
    pins = [line.split()[0] for line in text.splitlines() if "==" in line]
    changed = [pin for pin in pins if pin not in before.split()]
    print(f"constraints.txt: {len(pins)} packages, {len(changed)} new or moved: {' '.join(changed) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
