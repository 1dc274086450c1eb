"""A file as a git revision has it. git is asked to read; no hook, filter, pager or remote of the repository is run."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.errors import InvalidFile, Refused, UsageError
from modelsync.store.files import resolve

if TYPE_CHECKING:
    from pathlib import Path

_TRUSTED = frozenset({"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"})
_QUIET = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
_REGULAR = (b"100644", b"100755")
_HASH = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class NoSuchRevision(UsageError):
    """The name is no revision, or there is no repository to look in."""


class Git(Struct, frozen=True):
    """The git on the PATH of `environment`, whose variables that steer git do not count; one that takes too long is left."""

    environment: Mapping[str, str]
    patience_seconds: float = 20

    def commit_of(self, revision: str, path: Path) -> str:
        """Return the hash of the commit that `revision` (`HEAD~3`, a branch, a tag, a hash) names in the repository of `path`.

        Raises `NoSuchRevision` when it names none, there is no repository, or git is not installed, and `Refused` when git does
        not answer.
        """
        if revision.startswith("-") or not revision.strip() or not revision.isprintable():
            raise NoSuchRevision(
                f"{revision!r} is no git revision", hint="Name one such as HEAD~1, a branch, a tag or a hash."
            )
        folder = resolve(path).parent
        done = self._run(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if done.returncode == 0 and _HASH.fullmatch(found := done.stdout.decode().strip()):
            return found
        complaint = done.stderr.decode(errors="replace")
        if "not a git repository" in complaint:
            raise NoSuchRevision(f"{folder} is in no git repository")
        if "dubious ownership" in complaint:
            raise NoSuchRevision(
                f"git does not trust the repository of {folder}", hint=f"Say `git -C {folder} status`."
            )
        raise NoSuchRevision(f"git knows no revision {revision!r} in {folder}")

    def share_repository(self, one: Path, other: Path) -> bool:
        """Say whether the files behind two paths lie in the working tree of one repository."""
        tops = [self._run(resolve(path).parent, "rev-parse", "--show-toplevel") for path in (one, other)]
        return tops[0].stdout == tops[1].stdout and not any(top.returncode for top in tops)

    def read(self, commit: str, path: Path) -> bytes | None:
        """Return the bytes of the file behind `path` in a commit, None when the commit has no such file.

        `commit` is a hash that `commit_of` gave. Raises `InvalidFile` for what is no regular file there or cannot be read.
        """
        real = resolve(path)
        listed = self._run(real.parent, "ls-tree", "-z", commit, "--", real.name)
        if listed.returncode:
            raise InvalidFile(f"{commit[:12]}:{path.name}", _complaint(listed))
        if not listed.stdout:
            return None
        mode, _, blob = listed.stdout.partition(b"\t")[0].split(b" ")
        if mode not in _REGULAR:
            raise InvalidFile(f"{commit[:12]}:{path.name}", "it is no regular file in that revision")
        found = self._run(real.parent, "cat-file", "blob", blob.decode())
        if found.returncode:
            raise InvalidFile(f"{commit[:12]}:{path.name}", _complaint(found))
        return found.stdout

    def _run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run git in a folder. No argument is the user's alone: each is a hash, or stands behind `--`, or cannot begin with `-`."""
        command = [
            "git",
            "--no-pager",
            "--literal-pathspecs",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
        ]
        environment = {
            name: value for name, value in self.environment.items() if not name.startswith("GIT_") or name in _TRUSTED
        }
        try:
            return subprocess.run(  # noqa: S603  # no shell; see above for what the arguments are
                [*command, *arguments],
                cwd=folder,
                env=environment | _QUIET,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self.patience_seconds,
                check=False,
            )
        except FileNotFoundError as error:
            hint = "Install git, or name a backup: `modelsync backups` lists them."
            raise NoSuchRevision("git is not installed, so that no revision can be read", hint=hint) from error
        except subprocess.TimeoutExpired as error:
            raise Refused(f"git did not answer within {self.patience_seconds:g} seconds") from error


def _complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return f"git cannot read it: {lines[-1].removeprefix('fatal: ') if lines else f'exit code {done.returncode}'}"
