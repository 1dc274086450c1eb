"""The GitLab job: its own script, in clones of a real repository that takes push options as GitLab does."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

BRANCH = "modelsync/update"
OPTIONS = """\
merge_request.create
merge_request.target=main
merge_request.title=Update LLM models
merge_request.remove_source_branch
"""
NOTE_OPTIONS = """\
#!/bin/sh
i=0
while [ "$i" -lt "${GIT_PUSH_OPTION_COUNT:-0}" ]; do
    eval "printf '%s\\n' \\"\\$GIT_PUSH_OPTION_$i\\"" >>../options
    i=$((i + 1))
done
"""


@pytest.fixture(name="job")
def job_fixture(forge: Any, run_shell: Any) -> Any:
    """Return the function that runs the job's script in a fresh, detached checkout, and gives what came of it."""
    spec = yaml.safe_load((forge.repo / "recipes" / "gitlab.yml").read_text(encoding="utf-8"))["modelsync"]
    forge.git(forge.bare, "config", "receive.advertisePushOptions", "true")
    hook = forge.bare / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(NOTE_OPTIONS, encoding="utf-8")
    hook.chmod(0o755)

    def run() -> Any:
        place = forge.clone()
        forge.git(place, "checkout", "--quiet", "--detach")
        known = {"CI_PROJECT_DIR": str(place), "CI_COMMIT_BRANCH": "main"}
        variables = {name: _expanded(str(value), known) for name, value in spec["variables"].items()}
        path = f"{forge.folder / 'runner/modelsync/bin'}:{forge.folder / 'bin'}:{os.environ['PATH']}"
        env = forge.environment(**known, **variables, SOURCE=str(forge.source), code=str(forge.repo), PATH=path)
        done = run_shell("\n".join(spec["script"]), place, env)
        (artifact,) = spec["artifacts"]["paths"]
        return done.returncode, done.stdout + done.stderr, place / artifact

    return run


def _expanded(text: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda found: variables[found[1]], text)


def _options(forge: Any) -> str:
    path: Path = forge.folder / "options"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_the_first_run_asks_for_a_merge_request(forge: Any, record: Any, job: Any) -> None:
    """The rolling branch has both files, GitLab is asked for a merge request to main, the body is kept; main stays."""
    forge.listing(record(prompt="0.0000031"))
    main = forge.tip("main")
    code, log, body = job()
    assert code == 0, log
    assert forge.proposed() == ["llm_models.lock.json", "llm_models.yml"]
    assert _options(forge) == OPTIONS
    assert "gpt-4o" in body.read_text(encoding="utf-8")
    assert forge.tip("main") == main


def test_a_second_run_pushes_nothing_and_a_later_listing_moves_the_branch(forge: Any, record: Any, job: Any) -> None:
    """The same branch, and the same request each time it is pushed: GitLab keeps one for a branch."""
    forge.listing(record(prompt="0.0000031"))
    job()
    refs = forge.refs()
    assert job()[0] == 0
    assert forge.refs() == refs
    assert _options(forge) == OPTIONS
    forge.listing(record(prompt="0.0000033"))
    assert job()[0] == 0
    assert _options(forge) == OPTIONS * 2
    assert forge.git(forge.bare, "rev-list", f"main..{BRANCH}").split() == [forge.tip()]


def test_held_changes_end_the_job_with_the_code_it_may_fail_with(forge: Any, record: Any, job: Any) -> None:
    """The rest is pushed; the code is one that GitLab shows as a warning."""
    text = forge.show(branch="main").replace("        features: []", "        features: []\n        features: []")
    forge.person_commits({"llm_models.yml": text + "\n"})
    forge.listing(record(prompt="0.0000031"), record("openai/gpt-9"))
    code, log, _ = job()
    assert code == 4, log
    assert "gpt-9" in forge.show()
    spec = yaml.safe_load((forge.repo / "recipes" / "gitlab.yml").read_text(encoding="utf-8"))["modelsync"]
    assert spec["allow_failure"] == {"exit_codes": [4]}


def test_any_other_failure_fails_the_job(forge: Any, job: Any) -> None:
    """No listing: exit 3 with the reason, nothing pushed."""
    forge.source.write_text("<html>", encoding="utf-8")
    code, log, _ = job()
    assert code == 3
    assert "modelsync: " in log
    assert forge.tip() == ""
