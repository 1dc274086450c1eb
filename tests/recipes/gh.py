"""A stand-in for GitHub behind `gh`: pull requests in a JSON file, heads from the real bare repository.

It knows the calls that the recipe makes and fails on any other. Its state: `pulls`, the list of pull requests; `writes`, the
verbs that changed something; `forbidden`, whether opening one is against the repository's settings.
"""
# ruff: noqa: T201  # a command speaks by printing

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

STATE = Path(os.environ["GH_STATE"])
LIST_JQ = '.[] | select(.isCrossRepository | not) | [.state, .headRefOid, .url] | join(" ")'
LIST_JSON = "state,headRefOid,url,isCrossRepository"


def main() -> int:
    """Carry out one call."""
    if not os.environ.get("GH_TOKEN"):
        sys.exit("gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.")
    state = json.loads(STATE.read_text(encoding="utf-8"))
    group, verb, *rest = sys.argv[1:]
    assert group == "pr"
    code = {"list": _list, "view": _view, "edit": _edit, "create": _create}[verb](state, rest)
    STATE.write_text(json.dumps(state), encoding="utf-8")
    return code


def _list(state: dict[str, Any], words: list[str]) -> int:
    asked = _parse(words, "--head", "--state", "--limit", "--json", "--jq")
    assert (asked.json, asked.jq, asked.state) == (LIST_JSON, LIST_JQ, "all")
    found = [pull for pull in state["pulls"] if pull["head"] == asked.head and not pull["isCrossRepository"]]
    for pull in reversed(found):
        oid = _head(asked.head) if pull["state"] == "OPEN" else pull["headRefOid"]
        print(pull["state"], oid, pull["url"])
    return 0


def _view(state: dict[str, Any], words: list[str]) -> int:
    url, *rest = words
    asked = _parse(rest, "--json", "--jq")
    assert (asked.json, asked.jq) == ("body", ".body")
    print(_pull(state, url)["body"])
    return 0


def _edit(state: dict[str, Any], words: list[str]) -> int:
    url, *rest = words
    _pull(state, url)["body"] = Path(_parse(rest, "--body-file").body_file).read_text(encoding="utf-8")
    state["writes"].append("edit")
    return 0


def _create(state: dict[str, Any], words: list[str]) -> int:
    asked = _parse(words, "--head", "--base", "--title", "--body-file")
    if state["forbidden"]:
        print("GitHub Actions is not permitted to create or approve pull requests", file=sys.stderr)
        return 1
    assert _head(asked.head), "the branch must be there first"
    url = f"https://github.example/o/r/pull/{len(state['pulls']) + 1}"
    body = Path(asked.body_file).read_text(encoding="utf-8")
    state["pulls"].append(
        {"url": url, "state": "OPEN", "head": asked.head, "base": asked.base, "title": asked.title, "body": body}
        | {"isCrossRepository": False, "headRefOid": ""}
    )
    state["writes"].append("create")
    print(url)
    return 0


def _parse(words: list[str], *options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for option in options:
        parser.add_argument(option, required=True)
    return parser.parse_args(words)


def _pull(state: dict[str, Any], url: str) -> dict[str, Any]:
    return next(pull for pull in state["pulls"] if pull["url"] == url)


def _head(branch: str) -> str:
    command = ["git", "ls-remote", "origin", f"refs/heads/{branch}"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.partition("\t")[0]


sys.exit(main())
