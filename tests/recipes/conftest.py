"""A project on a forge: a bare repository, fresh clones of it, and a runner that carries out the recipes' own steps."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

from command import CATALOG, SOURCES, record

if TYPE_CHECKING:
    from collections.abc import Mapping

BRANCH = "modelsync/update"
EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")


class Run(NamedTuple):
    """What came of a job: its exit code, all it printed, its outputs and its summary."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str

    @property
    def commands(self) -> list[str]:
        """The workflow commands that GitHub's runner would obey: those not fenced off by `stop-commands`."""
        obeyed: list[str] = []
        fence = ""
        for line in map(str.strip, self.log.splitlines()):
            if fence:
                fence = "" if line == f"::{fence}::" else fence
            elif line.startswith("::stop-commands::"):
                fence = line.removeprefix("::stop-commands::")
            elif line.startswith("::") or "##[" in line:
                obeyed.append(line)
        return obeyed

    def says(self, kind: str, text: str) -> bool:
        """Whether there is an annotation of this kind with this text."""
        return any(line.startswith(f"::{kind} ") and text in line for line in self.commands)


class Forge:
    """A bare repository with a catalog on `main`, a listing, and GitHub's pull requests in a file.

    Nothing in its folder but the clones names the folder, so that a copy without them is another forge in the same state.
    """

    def __init__(self, folder: Path, repo: Path) -> None:
        self.folder = folder
        self.repo = repo
        self.bare = folder / "origin.git"
        self.source = folder / "models.json"
        self.gh_state = folder / "gh.json"
        self._count = 0
        self._time = datetime(2026, 3, 1, tzinfo=UTC)

    def make(self) -> None:
        """Make what is in the folder: the catalog agrees with its listing and has no lock yet."""
        self.gh_state.write_text(json.dumps({"pulls": [], "writes": [], "forbidden": False}), encoding="utf-8")
        self.listing(record())
        self._install()
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare)], check=True)
        first = self.folder / "clone 0"
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(first)], check=True)
        self.git(first, "remote", "add", "origin", str(self.bare))
        (first / "llm_models.yml").write_text(CATALOG, encoding="utf-8")
        (first / "app.txt").write_text("the app\n", encoding="utf-8")
        self.git(first, "add", "--all")
        self.git(first, "commit", "--quiet", "--message", "first")
        self.git(first, "push", "--quiet", "origin", "main")

    def copy(self, folder: Path) -> Forge:
        """Return a forge in the same state in another folder, without clones."""
        other = Forge(folder, self.repo)
        other._time = self._time
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("clone *"), dirs_exist_ok=True)
        return other

    def _install(self) -> None:
        """Leave what the step that installs modelsync leaves: its environment, with this source in it; and `gh`."""
        places = {
            "runner/modelsync/bin/modelsync": f'PYTHONPATH="{SOURCES}" exec "{sys.executable}" -m modelsync "$@"',
            "runner/modelsync/bin/python3": f'exec "{sys.executable}" "$@"',
            "bin/gh": f'exec "{sys.executable}" "{Path(__file__).with_name("gh.py")}" "$@"',
        }
        for name, line in places.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
            path.chmod(0o755)

    def listing(self, *records: dict[str, Any]) -> None:
        """Write what upstream says."""
        self.source.write_text(json.dumps({"data": records}), encoding="utf-8")

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the environment of a job: nobody is configured as git's user, and no setting of this machine is seen.

        Each is a minute later than the one before: two commits are never the same one because they were made at once.
        """
        self._time += timedelta(minutes=1)
        now = self._time.isoformat()
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": now,
            "GIT_COMMITTER_DATE": now,
            "GITHUB_ACTIONS": "true",
            "GH_STATE": str(self.gh_state),
            "RUNNER_TEMP": str(self.folder / "runner"),
            "GITHUB_ACTION_PATH": str(self.repo),
        } | variables

    def git(self, folder: Path, *words: str, email: str = "p@example.org") -> str:
        """Run git as somebody and return what it prints."""
        who = {f"GIT_{role}_{what}": email for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        done = subprocess.run(
            ["git", *words], cwd=folder, env=self.environment(**who), check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip()

    def clone(self, *options: str) -> Path:
        """Check `main` out anew, shallow unless told otherwise, as a job finds it."""
        self._count += 1
        place = self.folder / f"clone {self._count}"
        self.git(self.folder, "clone", "--quiet", *(options or ("--depth=1",)), self.bare.as_uri(), str(place))
        return place

    def person_commits(self, files: Mapping[str, str | None], *, branch: str = "main") -> str:
        """Let a person commit files (None: remove it) to a branch, and return the commit."""
        place = self.clone("--branch", branch)
        for name, text in files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8")
        self.git(place, "add", "--all")
        self.git(place, "commit", "--quiet", "--message", "by hand")
        self.git(place, "push", "--quiet", "origin", branch)
        return self.tip(branch)

    def merge(self) -> None:
        """Merge the rolling branch and delete it, as a reviewer does."""
        self.git(self.bare, "update-ref", "refs/heads/main", self.tip())
        self.git(self.bare, "update-ref", "-d", f"refs/heads/{BRANCH}")

    def tip(self, branch: str = BRANCH) -> str:
        """Return the commit a branch of the remote is at, or nothing."""
        return self.git(self.bare, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    def refs(self) -> str:
        """Return every ref of the remote with its commit."""
        return self.git(self.bare, "for-each-ref")

    def show(self, path: str = "llm_models.yml", branch: str = BRANCH) -> str:
        """Return a file as it is on a branch of the remote."""
        return self.git(self.bare, "show", f"{branch}:{path}")

    def proposed(self) -> list[str]:
        """Return the names of the files in which the rolling branch differs from `main`."""
        return self.git(self.bare, "-c", "core.quotePath=false", "diff", "--name-only", "main", BRANCH).splitlines()

    @property
    def gh(self) -> Any:
        """The state behind `gh`."""
        return json.loads(self.gh_state.read_text(encoding="utf-8"))

    @gh.setter
    def gh(self, state: Any) -> None:
        self.gh_state.write_text(json.dumps(state), encoding="utf-8")

    def action(self, clone: Path | None = None, **inputs: str) -> Run:
        """Run the action's steps as GitHub does, in a fresh clone: all but the first, which installs from a registry."""
        values = {name: spec["default"] for name, spec in action_file(self.repo)["inputs"].items()}
        values |= {"source": str(self.source)} | {name.replace("_", "-"): value for name, value in inputs.items()}
        install, *steps = action_file(self.repo)["runs"]["steps"]
        assert install["name"] == "Install modelsync"
        place = clone or self.clone()
        code, log, outputs, summary = 0, "", self.folder / "outputs", self.folder / "summary"
        outputs.write_text("", encoding="utf-8")
        summary.write_text("", encoding="utf-8")
        for step in steps:
            env = {name: evaluated(text, values) for name, text in step["env"].items()}
            env |= {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary)}
            folder = place / evaluated(step["working-directory"], values)
            done = run_shell(step["run"], folder, self.environment(**env))
            assert done.stderr == "", "a second stream would mix with the fence against commands at will"
            code, log = done.returncode, log + done.stdout
            if code:
                break
        written = dict(line.split("=", 1) for line in outputs.read_text(encoding="utf-8").splitlines())
        return Run(code, log, written, summary.read_text(encoding="utf-8"))


def action_file(repo: Path) -> Any:
    """Return action.yml."""
    return yaml.safe_load((repo / "action.yml").read_text(encoding="utf-8"))


def evaluated(text: str, inputs: Mapping[str, str]) -> str:
    """Replace the expressions of GitHub that the action uses."""
    known = {f"inputs.{name}": value for name, value in inputs.items()} | {"github.token": "a-token"}
    once = EXPRESSION.sub(lambda found: known[found[1]], text)
    return EXPRESSION.sub(lambda found: known[found[1]], once)  # the default of an input may be one


def run_shell(script: str, folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step's script as the runner does."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=folder, env=env, check=False, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip


@pytest.fixture(scope="session")
def first_forge(tmp_path_factory: pytest.TempPathFactory, repo: Path) -> Forge:
    """Return the project that the tests copy."""
    made = Forge(tmp_path_factory.mktemp("forge"), repo)
    made.make()
    return made


@pytest.fixture
def forge(tmp_path: Path, first_forge: Forge) -> Forge:
    """Return a project whose catalog agrees with its listing and has no lock yet."""
    return first_forge.copy(tmp_path)


@pytest.fixture(name="run_shell")
def run_shell_fixture() -> Any:
    """Return the function that runs a step's script."""
    return run_shell
