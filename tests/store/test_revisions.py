"""A file as a revision of a real git repository has it; nothing of the repository or the environment is run."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from modelsync.errors import InvalidFile, Refused
from modelsync.store.revisions import Git, NoSuchRevision

if TYPE_CHECKING:
    from pathlib import Path

PERSON = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}


class Repository:
    """A git repository with a catalog in a folder of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.catalog = root / "config" / "llm_models.yml"
        self.catalog.parent.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        """Run git as a person does."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | PERSON
        environment["GIT_CONFIG_GLOBAL"] = os.devnull
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, text: str | None) -> str:
        """Commit the catalog with this text, or without it, and return the hash."""
        if text is None:
            self.catalog.unlink()
            (self.catalog.parent / "other").touch()
        else:
            self.catalog.write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-qm", "x", "--allow-empty")
        return self.git("rev-parse", "HEAD")

    def find(self, revision: str, **variables: str) -> str:
        """Find a commit, in an environment with these variables."""
        return _git(**variables).commit_of(revision, self.catalog)

    def show(self, revision: str, **variables: str) -> bytes | None:
        """Read the catalog of a revision."""
        return _git(**variables).read(self.find(revision, **variables), self.catalog)


def _git(**variables: str) -> Git:
    """Return what is tested, in an environment in which git finds no settings of this machine."""
    return Git({"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **variables})


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return an empty repository."""
    return Repository(tmp_path / "repository")


class TestNames:
    """Whatever names a commit."""

    def test_each_way_to_name_one(self, repository: Repository) -> None:
        """Hashes, short ones, branches, tags with and without a message, steps back."""
        first, second = repository.commit("one"), repository.commit("two")
        repository.git("branch", "side", first)
        repository.git("tag", "light", first)
        repository.git("tag", "-a", "heavy", "-m", "x", first)
        for name in (first, first[:9], "side", "light", "heavy", "HEAD~1", "main^", "refs/heads/side", "@~1"):
            assert (repository.find(name), repository.show(name)) == (first, b"one"), name
        assert repository.show("HEAD") == repository.show(second) == b"two"

    @pytest.mark.parametrize(
        "name",
        ["nope", "", " ", "-x", "--all", "--output=x", "HEAD~99", "HEAD..HEAD", "^HEAD", "HEAD:config", "a\nb", "HEAD --help", "$(touch x)", "`x`", "\0", "*"],
        ids=repr,
    )  # fmt: skip
    def test_what_names_none(self, repository: Repository, name: str) -> None:
        """No option, no range, no other object, no shell: an error that says so, and no file anywhere."""
        repository.commit("one")
        before = sorted(path.name for path in repository.root.rglob("*") if ".git" not in path.parts)
        with pytest.raises(NoSuchRevision) as caught:
            repository.find(name)
        assert caught.value.exit_code == 2
        assert sorted(path.name for path in repository.root.rglob("*") if ".git" not in path.parts) == before

    def test_a_branch_that_looks_like_an_option_is_reached_by_its_full_name(self, repository: Repository) -> None:
        """`-x` is refused, `refs/heads/-x` is a name."""
        commit = repository.commit("one")
        repository.git("update-ref", "refs/heads/-x", commit)
        assert repository.find("refs/heads/-x") == commit


class TestFiles:
    """What a commit has."""

    def test_a_file_that_is_not_there(self, repository: Repository) -> None:
        """None, before it was made and after it was deleted."""
        none = repository.git("commit", "--allow-empty", "-qm", "x") or "HEAD"
        assert repository.show(none) is None
        repository.commit("one")
        assert repository.show("HEAD~1") is None
        repository.commit(None)
        repository.catalog.touch()
        assert repository.show("HEAD") is None

    @pytest.mark.parametrize("name", ["-x.yml", ":(glob)*.yml", "a b\u00fc\u4e2d.yml", "*.yml", "\\x.yml", "--.yml"])
    def test_the_name_is_taken_literally(self, repository: Repository, name: str) -> None:
        """No option, no pattern, no quoting."""
        repository.commit("the other")
        repository.catalog = repository.catalog.with_name(name)
        assert repository.show("HEAD") is None
        repository.commit("mine")
        assert repository.show("HEAD") == b"mine"

    def test_bytes_are_bytes(self, repository: Repository) -> None:
        """No line end and no encoding is touched on the way."""
        repository.git("config", "core.autocrlf", "true")
        data = b"\xef\xbb\xbfa: 1\r\nb: \xff\r\n\0"
        repository.catalog.write_bytes(data)
        (repository.root / ".gitattributes").write_text("* -text\n")
        repository.git("add", "-A")
        repository.git("commit", "-qm", "x")
        assert repository.show("HEAD") == data

    def test_a_symlink_now_is_followed_and_one_then_is_refused(self, repository: Repository, tmp_path: Path) -> None:
        """What counts is the file behind the name, where it lies today."""
        repository.commit("one")
        link = tmp_path / "link.yml"
        link.symlink_to(repository.catalog)
        assert _git().read(_git().commit_of("HEAD", link), link) == b"one"
        repository.catalog.unlink()
        repository.catalog.symlink_to("elsewhere")
        repository.git("add", "-A")
        repository.git("commit", "-qm", "x")
        repository.catalog.unlink()
        repository.catalog.write_text("a file again")
        with pytest.raises(InvalidFile, match="no regular file"):
            repository.show("HEAD")
        assert repository.show("HEAD~1") == b"one"

    def test_a_repository_that_has_lost_an_object(self, repository: Repository) -> None:
        """An error that names the file and says what git says."""
        repository.commit("one")
        blob = repository.git("rev-parse", "HEAD:config/llm_models.yml")
        (repository.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
        with pytest.raises(InvalidFile, match=r"llm_models\.yml: git cannot read it: .*bad file"):
            repository.show("HEAD")


class TestSurroundings:
    """Where there is no git, no repository, or somebody who means harm."""

    def test_no_repository(self, tmp_path: Path) -> None:
        """The folder is named."""
        git = _git(GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
        with pytest.raises(NoSuchRevision, match=f"{tmp_path} is in no git repository"):
            git.commit_of("HEAD", tmp_path / "llm_models.yml")

    def test_no_git(self, repository: Repository, tmp_path: Path) -> None:
        """The way out is a backup."""
        with pytest.raises(NoSuchRevision, match="git is not installed") as caught:
            repository.show("HEAD", PATH=str(tmp_path))
        assert "modelsync backups" in caught.value.hint

    def test_a_repository_of_somebody_else(self, repository: Repository, tmp_path: Path) -> None:
        """Git does not trust it; the error says so instead of that there is none."""
        repository.commit("one")
        answer = 'echo "fatal: detected dubious ownership in repository" >&2; exit 128'
        with pytest.raises(NoSuchRevision, match="does not trust"):
            repository.show("HEAD", PATH=_fake_git(tmp_path, answer))

    def test_a_git_that_does_not_answer(self, repository: Repository, tmp_path: Path) -> None:
        """It is left, not waited for."""
        git = Git({"PATH": _fake_git(tmp_path, "exec sleep 600")}, patience_seconds=0.2)
        with pytest.raises(Refused, match=r"git did not answer within 0\.2 seconds"):
            git.commit_of("HEAD", repository.catalog)

    def test_nothing_of_the_environment_or_the_repository_runs(self, repository: Repository, tmp_path: Path) -> None:
        """Hooks, pagers, monitors, filters, traces and redirections in variables and settings leave no trace."""
        first = repository.commit("one")
        trap, trace = tmp_path / "trapped", tmp_path / "trace"
        script = tmp_path / "trap.sh"
        script.write_text(f"#!/bin/sh\ntouch {trap}\ncat\n")
        script.chmod(0o755)
        for key in (
            "core.pager",
            "core.fsmonitor",
            "core.sshCommand",
            "diff.external",
            "pager.show",
            "pager.cat-file",
            "filter.x.smudge",
            "filter.x.clean",
            "diff.x.textconv",
            "gpg.program",
        ):
            repository.git("config", key, str(script))
        repository.git("config", "log.showSignature", "true")
        (repository.root / ".gitattributes").write_text("* filter=x diff=x\n")
        for hook in ("post-index-change", "post-checkout", "reference-transaction", "fsmonitor-watchman"):
            path = repository.root / ".git" / "hooks" / hook
            path.write_text(script.read_text())
            path.chmod(0o755)
        hostile = {
            "GIT_DIR": str(tmp_path), "GIT_WORK_TREE": str(tmp_path), "GIT_INDEX_FILE": str(trap), "GIT_TRACE": str(trace), "GIT_TRACE2": str(trace), "GIT_PAGER": str(script), "GIT_EXTERNAL_DIFF": str(script),
            "GIT_SSH_COMMAND": str(script), "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": str(script), "GIT_EXEC_PATH": str(tmp_path), "GIT_OBJECT_DIRECTORY": str(tmp_path), "PAGER": str(script),
        }  # fmt: skip
        assert (repository.find("HEAD", **hostile), repository.show("HEAD", **hostile)) == (first, b"one")
        assert not trap.exists()
        assert not trace.exists()

    def test_nothing_is_written(self, repository: Repository) -> None:
        """The repository is byte for byte as it was, index included."""
        repository.commit("one")
        repository.catalog.write_text("changed")
        before = _bytes(repository.root)
        repository.show("HEAD")
        assert _bytes(repository.root) == before


def _fake_git(folder: Path, script: str) -> str:
    """Put a `git` that runs a script before the others, and return the PATH."""
    path = folder / "bin" / "git"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return f"{path.parent}{os.pathsep}{os.path.dirname(sys.executable)}{os.pathsep}/usr/bin{os.pathsep}/bin"


def _bytes(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}
