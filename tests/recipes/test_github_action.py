"""The GitHub Action: its own steps, in clones of a real repository, against a stand-in for GitHub's pull requests."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import command
from modelsync.errors import Exit

if TYPE_CHECKING:
    from pathlib import Path

BRANCH = "modelsync/update"
BOTH = ["llm_models.lock.json", "llm_models.yml"]
DEARER = "0.0000031"
PROPOSED = {"held": "false", "changed": "true", "pull-request": "https://github.example/o/r/pull/1"}
DAMAGED = "        features: []\n        features: []\n"  # an entry with a key twice is held


@pytest.fixture(scope="module")
def first_proposal(first_forge: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the project in which the action has run once; it is copied."""
    forge = first_forge.copy(tmp_path_factory.mktemp("proposal"))
    forge.listing(command.record(prompt=DEARER))
    assert forge.action().outputs == PROPOSED
    return forge


@pytest.fixture
def proposed(first_proposal: Any, tmp_path: Path) -> Any:
    """Return a project to which the dearer price was proposed."""
    return first_proposal.copy(tmp_path)


@pytest.fixture
def settled(proposed: Any) -> Any:
    """Return a project whose `main` agrees with upstream, lock included."""
    proposed.merge()
    proposed.gh = {"pulls": [], "writes": [], "forbidden": False}
    return proposed


# ------------------------------------------------------------------------------------------------------- one rolling PR


def test_the_first_run_opens_one_pull_request_with_the_catalog_and_its_lock(forge: Any, record: Any) -> None:
    """One commit on main's, by the bot, with these two files; the pull request has the plan; main and the clone stay."""
    forge.listing(record(prompt=DEARER))
    main, clone = forge.tip("main"), forge.clone()
    before = {path: path.read_bytes() for path in clone.iterdir() if path.is_file()}
    run = forge.action(clone)
    assert (run.code, run.commands) == (0, []), run.log
    assert forge.proposed() == BOTH
    assert "input: 0.0031\n" in forge.show()
    assert "# the good one" in forge.show()
    assert forge.git(forge.bare, "rev-list", f"main..{BRANCH}").split() == [forge.tip()]
    assert forge.git(forge.bare, "log", "-1", "--format=%an|%s", BRANCH) == "github-actions[bot]|Update LLM models"
    (pull,) = forge.gh["pulls"]
    assert (pull["head"], pull["base"], pull["title"]) == (BRANCH, "main", "Update LLM models")
    assert "gpt-4o" in pull["body"]
    assert run.summary == pull["body"]
    assert run.outputs == PROPOSED | {"pull-request": pull["url"]}
    assert forge.tip("main") == main
    assert {path: path.read_bytes() for path in clone.iterdir() if path.is_file()} == before
    assert forge.git(clone, "status", "--porcelain", "--branch") == "## main...origin/main"


def test_a_second_run_on_the_same_listing_changes_nothing(proposed: Any) -> None:
    """No push, no edit, no second pull request; the outputs still name the one there is."""
    refs = proposed.refs()
    again = proposed.action()
    assert (again.code, again.outputs) == (0, PROPOSED)
    assert proposed.refs() == refs
    assert proposed.gh["writes"] == ["create"]


def test_a_new_day_alone_is_no_reason_to_push(proposed: Any) -> None:
    """The branch was made on another day, so that its lock has other days; nothing else moved."""
    _rewrite_tip(proposed, "llm_models.lock.json", re.sub(r'"\d{4}-\d\d-\d\d"', '"2026-01-31"', _lock(proposed)))
    refs = proposed.refs()
    assert proposed.action().code == 0
    assert proposed.refs() == refs
    assert "2026-01-31" in _lock(proposed)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [("llm_models.lock.json", DEARER, "0.0000032"), ("llm_models.yml", "# ours", "# whose")],
    ids=["base", "catalog"],
)
def test_a_branch_that_differs_in_anything_else_is_pushed(proposed: Any, path: str, old: str, new: str) -> None:
    """The days are overlooked; the values of the lock and the text of the catalog are not."""
    true = proposed.show(path)
    _rewrite_tip(proposed, path, true.replace(old, new) + "\n")
    assert proposed.show(path) != true
    proposed.action()
    assert proposed.show(path) == true


def test_a_later_listing_moves_the_same_branch_and_the_same_pull_request(proposed: Any, record: Any) -> None:
    """Still one commit on main's and one pull request, with the newer price in file and text."""
    main, first = proposed.tip("main"), proposed.gh["pulls"][0]["body"]
    proposed.listing(record(prompt="0.0000033"))
    second = proposed.action()
    assert second.outputs == PROPOSED
    assert "input: 0.0033\n" in proposed.show()
    assert proposed.git(proposed.bare, "rev-list", f"main..{BRANCH}").split() == [proposed.tip()]
    assert proposed.gh["writes"] == ["create", "edit"]
    assert second.summary != first
    assert proposed.gh["pulls"][0]["body"] == second.summary
    assert proposed.tip("main") == main


def test_the_branch_follows_main(proposed: Any) -> None:
    """Where a person changed the catalog on main, the proposal is made anew upon that; other commits leave it alone."""
    tip = proposed.tip()
    proposed.person_commits({"app.txt": "another app\n"})
    proposed.action()
    assert proposed.tip() == tip
    text = proposed.show(branch="main") + "\n"
    main = proposed.person_commits({"llm_models.yml": text.replace("# ours", "# theirs")})
    proposed.action()
    assert proposed.show().startswith("# theirs")
    assert proposed.git(proposed.bare, "rev-parse", f"{BRANCH}^") == main


def test_what_a_person_did_on_main_is_no_longer_proposed(proposed: Any) -> None:
    """The proposed text was typed into main: what remains is the lock, and the branch starts from there."""
    main = proposed.person_commits({"llm_models.yml": proposed.show() + "\n"})
    proposed.action()
    assert proposed.proposed() == ["llm_models.lock.json"]
    assert proposed.git(proposed.bare, "rev-parse", f"{BRANCH}^") == main


def test_nothing_to_do(settled: Any) -> None:
    """Main agrees with upstream: changed=false, no branch, no pull request."""
    refs = settled.refs()
    run = settled.action()
    assert (run.code, run.commands) == (0, [])
    assert run.outputs == {"held": "false", "changed": "false", "pull-request": ""}
    assert settled.refs() == refs
    assert settled.gh["writes"] == []


def test_a_pull_request_that_is_out_of_date_is_left_and_named(settled: Any, record: Any) -> None:
    """Upstream went back to what main has: the proposal stays for a person to close."""
    settled.listing(record(prompt="0.0000033"))
    url = settled.action().outputs["pull-request"]
    settled.listing(record(prompt=DEARER))
    refs = settled.refs()
    run = settled.action()
    assert run.outputs == {"held": "false", "changed": "false", "pull-request": url}
    assert run.says("notice", f"{url} is out of date")
    assert settled.refs() == refs
    assert settled.gh["writes"] == ["create"]


def test_what_a_person_closed_is_not_opened_again_until_it_changes(proposed: Any, record: Any) -> None:
    """A closed proposal was declined; a newer listing makes a new one."""
    state = proposed.gh
    state["pulls"][0] |= {"state": "CLOSED", "headRefOid": proposed.tip()}
    proposed.gh = state
    run = proposed.action()
    assert run.says("notice", "proposed exactly this and was closed")
    assert run.outputs["pull-request"] == ""
    assert len(proposed.gh["pulls"]) == 1
    proposed.listing(record(prompt="0.0000033"))
    assert proposed.action().outputs["pull-request"].endswith("/2")


def test_what_a_person_closed_stays_closed_when_the_branch_is_deleted(proposed: Any, record: Any) -> None:
    """GitHub keeps the declined commit: the same is not pushed again, on another day neither; a newer listing is."""
    _rewrite_tip(proposed, "llm_models.lock.json", re.sub(r'"\d{4}-\d\d-\d\d"', '"2026-01-31"', _lock(proposed)))
    state = proposed.gh
    state["pulls"][0] |= {"state": "CLOSED", "headRefOid": proposed.tip()}
    proposed.gh = state
    proposed.git(proposed.bare, "update-ref", "refs/pull/1/head", proposed.tip())
    proposed.git(proposed.bare, "update-ref", "-d", f"refs/heads/{BRANCH}")
    refs = proposed.refs()
    run = proposed.action()
    assert (run.code, run.outputs["pull-request"]) == (0, "")
    assert run.says("notice", "/1 proposed exactly this and was closed")
    assert proposed.refs() == refs
    proposed.listing(record(prompt="0.0000033"))
    assert proposed.action().outputs["pull-request"].endswith("/2")


def test_a_closed_proposal_that_the_forge_has_forgotten(proposed: Any) -> None:
    """Its commit is nowhere any more: it is proposed anew."""
    state = proposed.gh
    state["pulls"][0] |= {"state": "CLOSED", "headRefOid": proposed.tip()}
    proposed.gh = state
    proposed.git(proposed.bare, "update-ref", "-d", f"refs/heads/{BRANCH}")
    assert proposed.action().outputs["pull-request"].endswith("/2")


def test_a_branch_of_the_same_name_in_a_fork_is_another(forge: Any, record: Any) -> None:
    """Anybody may open a pull request from a fork: it is not taken for ours."""
    forge.listing(record(prompt=DEARER))
    theirs = {"url": "https://github.example/o/r/pull/1", "state": "OPEN", "head": BRANCH, "body": "mine"}
    forge.gh = forge.gh | {"pulls": [theirs | {"isCrossRepository": True}]}
    assert forge.action().outputs["pull-request"].endswith("/2")
    assert forge.gh["pulls"][0]["body"] == "mine"


def test_commits_of_a_person_on_the_branch_are_left(proposed: Any, record: Any) -> None:
    """Someone corrected the proposal: a warning, and nothing is pushed over it."""
    text = proposed.show() + "\n"
    proposed.person_commits({"llm_models.yml": text.replace("# ours", "# reviewed")}, branch=BRANCH)
    proposed.listing(record(prompt="0.0000033"))
    refs = proposed.refs()
    run = proposed.action()
    assert (run.code, run.outputs["pull-request"]) == (0, PROPOSED["pull-request"])
    assert run.says("warning", f"Someone else has committed to {BRANCH}")
    assert proposed.refs() == refs


def test_a_commit_of_another_workflow_does_not_hide_a_person_s(proposed: Any, record: Any) -> None:
    """Every workflow commits under the bot's name: what counts is every commit of the branch, not the last one's committer."""
    bot = proposed.git(proposed.bare, "log", "-1", "--format=%ce", BRANCH)
    proposed.person_commits({"notes.txt": "mine\n"}, branch=BRANCH)
    clone = proposed.clone("--branch", BRANCH)
    proposed.git(clone, "commit", "--quiet", "--allow-empty", "--message", "autofix", email=bot)
    proposed.git(clone, "push", "--quiet", "origin", BRANCH)
    _left_alone(proposed, record)


@pytest.mark.parametrize("how", ["amended", "moved"])
def test_a_commit_that_another_workflow_rewrote_is_left(proposed: Any, record: Any, how: str) -> None:
    """Its message and committer are still ours; its tree, or the commit it stands on, is not."""
    clone = proposed.clone("--branch", BRANCH)
    message = proposed.git(clone, "log", "-1", "--format=%B")
    parent = proposed.git(clone, "rev-parse", "HEAD^")
    (clone / "notes.txt").write_text("mine\n", encoding="utf-8")
    proposed.git(clone, "add", "notes.txt")
    tree = proposed.git(clone, "write-tree")
    if how == "moved":
        parent = proposed.git(clone, "commit-tree", tree, "-p", parent, "-m", "by hand")
        tree = proposed.git(clone, "rev-parse", "HEAD^{tree}")
    _replace_tip(proposed, clone, tree, parent, message)
    _left_alone(proposed, record)


def test_our_trailer_is_no_proof_on_a_person_s_commit(proposed: Any, record: Any) -> None:
    """A person who amends keeps the message; the committer tells."""
    clone = proposed.clone("--branch", BRANCH)
    proposed.git(clone, "commit", "--quiet", "--amend", "--no-edit")
    proposed.git(clone, "push", "--quiet", "--force", "origin", BRANCH)
    _left_alone(proposed, record)


def _left_alone(forge: Any, record: Any) -> None:
    """A newer listing: the branch stays, with a warning."""
    forge.listing(record(prompt="0.0000033"))
    refs = forge.refs()
    run = forge.action()
    assert (run.code, run.says("warning", f"Someone else has committed to {BRANCH}")) == (0, True), run.log
    assert forge.refs() == refs


def test_a_person_s_commits_that_are_merged_already_hold_nothing_up(proposed: Any, record: Any) -> None:
    """The branch was merged and not deleted: the next proposal starts anew."""
    text = proposed.show() + "\n"
    commit = proposed.person_commits({"llm_models.yml": text.replace("# ours", "# reviewed")}, branch=BRANCH)
    proposed.git(proposed.bare, "update-ref", "refs/heads/main", commit)
    proposed.listing(record(prompt="0.0000033"))
    assert proposed.action().code == 0
    assert proposed.git(proposed.bare, "rev-parse", f"{BRANCH}^") == commit


RACE = """\
#!/bin/sh
if [ "$1" = committed ] && grep --quiet refs/remotes/origin/modelsync/update; then
    git --git-dir="$BARE" update-ref refs/heads/modelsync/update refs/heads/main
fi
"""


def test_a_branch_that_moves_meanwhile_is_not_overwritten(proposed: Any, record: Any) -> None:
    """Somebody pushes between the look at the branch and the push: theirs stays, and the step fails."""
    proposed.listing(record(prompt="0.0000033"))
    clone = proposed.clone("--no-single-branch")
    proposed.git(clone, "update-ref", "-d", f"refs/remotes/origin/{BRANCH}")
    hook = clone / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(RACE.replace("$BARE", str(proposed.bare)), encoding="utf-8")
    hook.chmod(0o755)
    run = proposed.action(clone)
    assert run.code != 0
    assert "stale info" in run.log
    assert proposed.tip() == proposed.tip("main")
    assert proposed.gh["writes"] == ["create"]


@pytest.mark.parametrize("options", [("--depth=1",), ("--no-single-branch",)], ids=["shallow", "full"])
def test_a_clone_stays_as_deep_as_it_was(forge: Any, record: Any, options: tuple[str, ...]) -> None:
    """Later steps of the job may want the history."""
    forge.person_commits({"app.txt": "another app\n"})
    forge.listing(record(prompt=DEARER))
    forge.action()
    forge.listing(record(prompt="0.0000033"))
    clone = forge.clone(*options)
    history = forge.git(clone, "rev-list", "HEAD")
    assert forge.action(clone).code == 0
    assert "input: 0.0033\n" in forge.show()
    assert forge.git(clone, "rev-list", "HEAD") == history


# ---------------------------------------------------------------------------------------------------------- exit codes


def test_held_changes_are_a_warning(forge: Any, record: Any) -> None:
    """Exit 4: the rest is proposed, the step succeeds, and says so."""
    damaged = forge.show(branch="main").replace("        features: []", DAMAGED)
    forge.person_commits({"llm_models.yml": damaged + "\n"})
    forge.listing(record(prompt=DEARER), record("openai/gpt-9"))
    run = forge.action()
    assert run.code == 0
    assert run.says("warning", "Something waits for a person")
    assert run.outputs["held"] == "true"
    assert forge.proposed() == BOTH
    assert "gpt-9" in forge.show()
    assert "input: 0.0025\n" in forge.show()


def _in_the_wrong_unit(forge: Any) -> None:
    text = forge.show(branch="main").replace("0.0025", "2.5").replace("0.01", "10")
    forge.person_commits({"llm_models.yml": text + "\n"})


def _no_listing(forge: Any) -> None:
    forge.source.write_text("<html>", encoding="utf-8")


def _damaged_lock(forge: Any) -> None:
    forge.person_commits({"llm_models.lock.json": "<<<<<<< HEAD\n"})


def _wrong_settings(forge: Any) -> None:
    forge.person_commits({"modelsync.toml": "sorce = 'snapshot'\n"})


FAILURES = [
    (_in_the_wrong_unit, Exit.REFUSED, "unit"),
    (_no_listing, Exit.NOTHING_FETCHED, "models.json"),
    (_damaged_lock, Exit.INVALID, "llm_models.lock.json"),
    (_wrong_settings, Exit.INVALID, "sorce"),
]


@pytest.mark.parametrize(("breaks", "code", "word"), FAILURES, ids=["refused", "no listing", "lock", "settings"])
def test_any_other_failure_fails_the_step_and_says_why(forge: Any, breaks: Any, code: Exit, word: str) -> None:
    """The exit code is modelsync's, the log has its message, nothing is pushed."""
    breaks(forge)
    refs = forge.refs()
    run = forge.action()
    assert run.code == code
    assert "modelsync: " in run.log
    assert word in run.log
    assert run.says("error", f"exit code {code.value}")
    assert forge.refs() == refs
    assert forge.gh["writes"] == []


def test_a_pull_request_that_may_not_be_opened(forge: Any, record: Any) -> None:
    """The step fails naming the setting; once that is given, the next run opens it although nothing is to be pushed."""
    forge.listing(record(prompt=DEARER))
    forge.gh = forge.gh | {"forbidden": True}
    run = forge.action()
    assert run.code == 1
    assert run.says("error", "Allow GitHub Actions to create and approve pull requests")
    forge.gh = forge.gh | {"forbidden": False}
    refs = forge.refs()
    assert forge.action().outputs["pull-request"].endswith("/1")
    assert forge.refs() == refs


# ------------------------------------------------------------------------------------------------------ where things are


def test_a_catalog_in_a_folder_with_a_space(forge: Any, record: Any) -> None:
    """The folder and the catalog are inputs; settings are found from there; paths need not be ASCII."""
    text = forge.show(branch="main")
    forge.person_commits({
        "llm_models.yml": None, "the app/modèles, all.yaml": text + "\n", "the app/modelsync.toml": "expect_lock = true\n"
    })  # fmt: skip
    forge.listing(record(prompt=DEARER))
    run = forge.action(working_directory="the app", catalog="modèles, all.yaml")
    assert run.code == 0, run.log
    assert forge.proposed() == ["the app/modèles, all.lock.json", "the app/modèles, all.yaml"]
    assert forge.action(working_directory="the app", catalog="modèles, all.yaml").code == 0
    assert forge.gh["writes"] == ["create"]


def test_a_catalog_that_settings_above_name(forge: Any, record: Any) -> None:
    """The job runs in a subfolder, the settings and the catalog they name lie above."""
    forge.person_commits({
        "llm_models.yml": None, "conf/models.yml": forge.show(branch="main") + "\n",
        "modelsync.toml": 'catalog = "conf/models.yml"\n', "sub/x": "x",
    })  # fmt: skip
    forge.listing(record(prompt=DEARER))
    assert forge.action(working_directory="sub").code == 0
    assert forge.proposed() == ["conf/models.lock.json", "conf/models.yml"]


def test_a_catalog_behind_a_symlink(forge: Any, record: Any) -> None:
    """The link stays a link: the file behind it is changed, and the lock lies beside the link."""
    clone = forge.clone()
    (clone / "shared").mkdir()
    (clone / "llm_models.yml").rename(clone / "shared" / "models.yml")
    (clone / "llm_models.yml").symlink_to("shared/models.yml")
    forge.git(clone, "add", "--all")
    forge.git(clone, "commit", "--quiet", "--message", "shared")
    forge.git(clone, "push", "--quiet", "origin", "main")
    forge.listing(record(prompt=DEARER))
    assert forge.action().code == 0
    assert forge.proposed() == ["llm_models.lock.json", "shared/models.yml"]


def test_an_executable_catalog_stays_one(forge: Any, record: Any) -> None:
    """The mode in git is kept."""
    clone = forge.clone()
    forge.git(clone, "update-index", "--chmod=+x", "llm_models.yml")
    forge.git(clone, "commit", "--quiet", "--message", "mode")
    forge.git(clone, "push", "--quiet", "origin", "main")
    forge.listing(record(prompt=DEARER))
    assert forge.action().code == 0
    assert forge.git(forge.bare, "ls-tree", BRANCH, "llm_models.yml").startswith("100755 ")


# ------------------------------------------------------------------------------------------------------- what is refused


def _edited(forge: Any, clone: Path) -> None:
    assert forge
    (clone / "app.txt").write_text("edited\n", encoding="utf-8")


def _detached(forge: Any, clone: Path) -> None:
    forge.git(clone, "checkout", "--quiet", "--detach")


def _stray_lock(forge: Any, clone: Path) -> None:
    assert forge
    (clone / "llm_models.lock.json").write_text('{"version": 1}', encoding="utf-8")


def _ignored_lock(forge: Any, clone: Path) -> None:
    (clone / ".gitignore").write_text("*.lock.json\n", encoding="utf-8")
    forge.git(clone, "add", ".gitignore")
    forge.git(clone, "commit", "--quiet", "--message", "ignore")


def _as_it_is(forge: Any, clone: Path) -> None:
    assert forge
    assert clone.is_dir()


def _on_develop(forge: Any, clone: Path) -> None:
    """Nobody can say what the default branch is; another one is checked out, and there is a third."""
    forge.git(forge.bare, "symbolic-ref", "HEAD", "refs/heads/trunk")
    forge.git(forge.bare, "update-ref", "refs/heads/release", "refs/heads/main")
    forge.git(clone, "checkout", "--quiet", "-b", "develop")


REFUSALS = [
    (_edited, {}, 2, "the checkout has changes that are not committed:\n M app.txt"),
    (_detached, {}, 2, "HEAD is detached"),
    (_stray_lock, {}, Exit.INVALID, "llm_models.lock.json"),
    (_ignored_lock, {}, 2, "llm_models.lock.json is ignored by git"),
    (_as_it_is, {"branch": "main"}, 2, "main is the branch the change is for, or the default one"),
    (_as_it_is, {"branch": "main", "base": "release"}, 2, "main is the branch the change is for, or the default one"),
    (_as_it_is, {"branch": "release", "base": "release"}, 2, "release is the branch the change is for"),
    (_on_develop, {"branch": "main"}, 2, "main is checked out, or has the name of a default branch"),
    (_on_develop, {"branch": "master"}, 2, "master is checked out, or has the name of a default branch"),
    (_on_develop, {"branch": "develop", "base": "main"}, 2, "develop is checked out, or has the name"),
    (_on_develop, {"branch": "release", "base": "main"}, 2, "release is not modelsync's, and the remote does not say"),
    (_as_it_is, {"branch": "a..b"}, 2, "not a branch name: a..b"),
    (_as_it_is, {"base": "-x y"}, 2, "not a branch name: -x y"),
    (_as_it_is, {"catalog": "elsewhere.yml"}, 2, "elsewhere.yml"),
]


@pytest.mark.parametrize(
    ("change", "inputs", "code", "message"),
    REFUSALS,
    ids=[
        "dirty",
        "detached",
        "stray",
        "ignored",
        "main",
        "default",
        "own base",
        "main unknown",
        "master",
        "checked out",
        "default unknown",
        "branch",
        "base",
        "missing",
    ],
)
def test_what_is_refused(forge: Any, record: Any, change: Any, inputs: dict[str, str], code: int, message: str) -> None:
    """The step fails with the reason, and nothing is pushed."""
    forge.listing(record(prompt=DEARER))
    clone = forge.clone()
    change(forge, clone)
    refs = forge.refs()
    run = forge.action(clone, **inputs)
    assert run.code == code, run.log
    assert message in run.log
    assert forge.refs() == refs
    assert forge.gh["writes"] == []


def test_a_catalog_outside_the_repository(forge: Any, record: Any) -> None:
    """What is not in the repository cannot be proposed to it."""
    outside = forge.folder / "outside.yml"
    outside.write_text(forge.show(branch="main") + "\n", encoding="utf-8")
    forge.listing(record(prompt=DEARER))
    run = forge.action(catalog=str(outside))
    assert run.code != 0
    assert "outside.yml lies outside the repository" in run.log
    assert forge.tip() == ""


def test_a_catalog_that_is_not_committed(forge: Any, record: Any) -> None:
    """It would be proposed whole, with whatever else is in it."""
    clone = forge.clone()
    (clone / "new.yml").write_text(forge.show(branch="main") + "\n", encoding="utf-8")
    forge.listing(record(prompt=DEARER))
    run = forge.action(clone, catalog="new.yml")
    assert run.code == 2
    assert "new.yml is not committed" in run.log


def test_a_name_that_ends_in_a_line_break(forge: Any, record: Any) -> None:
    """The shell would drop it and propose the lock of a file that is not there."""
    name = "models.yml\n"
    forge.person_commits({name: forge.show(branch="main") + "\n"})
    forge.listing(record(prompt=DEARER))
    run = forge.action(catalog=name)
    assert run.code != 0
    assert r"a name with a line break in it cannot be proposed: 'models.yml\n'" in run.log
    assert forge.tip() == ""


FILTER = """\
#!/bin/sh
text=$(cat)
case $text in *0.0031*) echo "the filter is broken" >&2; exit 1;; esac
printf '%s\\n' "$text"
"""


def test_a_lock_is_never_pushed_without_its_catalog(forge: Any, record: Any) -> None:
    """A step that fails on the way to the commit ends the run: here git's own filter of the catalog."""
    forge.person_commits({".gitattributes": "*.yml filter=check\n"})
    clone = forge.clone()
    script = forge.folder / "filter"
    script.write_text(FILTER, encoding="utf-8")
    script.chmod(0o755)
    forge.git(clone, "config", "filter.check.required", "true")
    forge.git(clone, "config", "filter.check.clean", str(script))
    forge.listing(record(prompt=DEARER))
    run = forge.action(clone)
    assert run.code != 0
    assert "the filter is broken" in run.log
    assert forge.tip() == ""
    assert forge.gh["writes"] == []


def test_a_detached_head_with_a_base(forge: Any, record: Any) -> None:
    """A checkout of a commit works where the input says which branch it is for."""
    forge.listing(record(prompt=DEARER))
    clone = forge.clone()
    _detached(forge, clone)
    assert forge.action(clone, base="main").code == 0
    assert forge.gh["pulls"][0]["base"] == "main"


# ------------------------------------------------------------------------------------------------------------ hostility

EVIL = "`touch pwned` $(touch pwned) \"; touch pwned; ' ${IFS}"


def test_hostile_text_stays_text(forge: Any, record: Any) -> None:
    """What upstream sends and what inputs hold is never run, and is no command to the runner."""
    evil = record("openai/gpt-9", name=EVIL + "\n::error::x\n##[error]x", description=f"{EVIL}\n::set-output name=a::b")
    forge.listing(record(prompt=DEARER), evil, record(f"openai/{EVIL}\n::error::y"))
    run = forge.action(title=EVIL)
    told = "Something waits for a person, or a source failed or was not whole (exit code 4); the summary says what."
    assert (run.code, run.commands) == (0, [f"::warning title=modelsync::{told}"]), run.log  # a record has no usable id
    assert set(run.outputs) == {"held", "changed", "pull-request"}
    assert forge.gh["pulls"][0]["title"] == EVIL
    assert forge.git(forge.bare, "log", "-1", "--format=%s", BRANCH) == EVIL
    assert list(forge.folder.rglob("pwned")) == []


def test_a_message_is_no_command_to_the_runner(forge: Any) -> None:
    """An error that quotes something hostile is printed where the runner obeys nothing."""
    run = forge.action(source="::add-mask::x ##[error]y")
    assert run.code != 0
    assert "## [error]y" in run.log
    assert [line.partition(" ")[0] for line in run.commands] == ["::error"]


def test_no_expression_is_pasted_into_a_script(repo: Path) -> None:
    """Inputs reach the steps as environment variables; no third party's action is used."""
    for step in _action(repo)["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert "uses" not in step


def test_inputs_and_outputs_are_documented(repo: Path) -> None:
    """Each has a description; each output comes from a step; every input is used."""
    action = _action(repo)
    text = (repo / "action.yml").read_text(encoding="utf-8")
    for name, spec in action["inputs"].items():
        assert spec["description"].endswith(".")
        assert "default" in spec
        assert f"${{{{ inputs.{name} }}}}" in text
    ids = {step.get("id") for step in action["runs"]["steps"]}
    for name, spec in action["outputs"].items():
        assert spec["description"].endswith(".")
        assert spec["value"] in {f"${{{{ steps.{step}.outputs.{name} }}}}" for step in ids}


def _action(repo: Path) -> Any:
    return yaml.safe_load((repo / "action.yml").read_text(encoding="utf-8"))


def _lock(forge: Any) -> str:
    text = forge.show("llm_models.lock.json")
    assert json.loads(text)
    return f"{text}\n"


def _rewrite_tip(forge: Any, path: str, text: str) -> None:
    """Change a file in the bot's own commit, so that it seems to have been made so."""
    clone = forge.clone("--branch", BRANCH)
    (clone / path).write_text(text, encoding="utf-8")
    forge.git(clone, "add", path)
    tree, parent = forge.git(clone, "write-tree"), forge.git(clone, "rev-parse", "HEAD^")
    _replace_tip(forge, clone, tree, parent, f"Update LLM models\n\nModelsync-Proposal: {parent} {tree}")


def _replace_tip(forge: Any, clone: Path, tree: str, parent: str, message: str) -> None:
    """Force a commit by the bot upon the rolling branch."""
    bot = forge.git(forge.bare, "log", "-1", "--format=%ce", BRANCH)
    commit = forge.git(clone, "commit-tree", tree, "-p", parent, "-m", message, email=bot)
    forge.git(clone, "push", "--quiet", "--force", "origin", f"{commit}:refs/heads/{BRANCH}")
