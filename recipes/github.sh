#!/usr/bin/env bash
# One rolling pull request: what action.yml runs after modelsync is installed. Besides the variables of rolling-branch.sh
# (BRANCH, BASE, TITLE, CATALOG, SOURCE) it needs `gh` with GH_TOKEN, and what every job on GitHub has.
set -euo pipefail
exec 2>&1 # one stream, so that the fence below stands where it should
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SCRATCH=$(mktemp -d "$RUNNER_TEMP/modelsync-XXXXXX")
export SCRATCH
export GIT_AUTHOR_NAME="github-actions[bot]" GIT_AUTHOR_EMAIL="41898282+github-actions[bot]@users.noreply.github.com"
# Asked only where the checkout has no credentials of its own (`persist-credentials: false`).
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=credential.helper GIT_CONFIG_VALUE_0='!gh auth git-credential'

main() {
    list_pull_requests
    propose_branch
    output "held=$(result held)" "changed=$(result changed)"
    cat "$SCRATCH/body.md" >>"$GITHUB_STEP_SUMMARY"
    if [ "$(result held)" = true ]; then
        echo "::warning title=modelsync::Something waits for a person, or a source failed or was not whole (exit code 4); the summary says what."
    fi
    if [ "$(result changed)" = false ]; then
        leave_stale
    else
        settle_pull_request
    fi
    output "pull-request=$open"
}

output() { printf '%s\n' "$@" >>"$GITHUB_OUTPUT"; }

result() { sed -n "s/^$1=//p" "$SCRATCH/result"; }

# While it runs, nothing printed is a command to the runner: messages may quote what upstream sent.
propose_branch() {
    fence=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
    echo "::stop-commands::$fence"
    code=0
    "$here/rolling-branch.sh" >"$SCRATCH/result" || code=$?
    echo "::$fence::"
    if [ "$code" -ne 0 ]; then
        echo "::error title=modelsync::Nothing was proposed (exit code $code); the reason is in the log above."
        exit "$code"
    fi
}

# Leaves in `pulls` the branch's pull requests, newest first, and sets `open` to the address of the open one. A branch of the
# same name in a fork is another branch. The newest that somebody closed is told to rolling-branch.sh, as GitHub keeps its
# commit when the branch is deleted.
list_pull_requests() {
    gh pr list --head "$BRANCH" --state all --limit 100 --json state,headRefOid,url,isCrossRepository \
        --jq '.[] | select(.isCrossRepository | not) | [.state, .headRefOid, .url] | join(" ")' >"$SCRATCH/pulls"
    open=$(awk '$1 == "OPEN" {print $3; exit}' "$SCRATCH/pulls")
    closed=$(awk '$1 == "CLOSED" {print $3; exit}' "$SCRATCH/pulls")
    export DECLINED="${closed:+refs/pull/${closed##*/}/head}"
}

# Prints the address of a pull request that somebody closed when it proposed exactly what would be proposed now.
declined() { awk -v tip="$(result tip)" '$1 == "CLOSED" && $2 == tip {print $3; exit}' "$SCRATCH/pulls"; }

leave_stale() {
    [ -z "$open" ] ||
        echo "::notice title=modelsync::$open is out of date: its base agrees with upstream by now. It is left as it is."
}

settle_pull_request() {
    declined=$(declined)
    if [ "$(result state)" = foreign ]; then
        echo "::warning title=modelsync::Someone else has committed to $BRANCH; it is left as it is. Merge it, or delete it to start anew."
    elif [ -n "$open" ]; then
        update_body
    elif [ -n "$declined" ]; then
        echo "::notice title=modelsync::$declined proposed exactly this and was closed; it is not opened again."
    else
        create
    fi
}

update_body() {
    if [ "$(gh pr view "$open" --json body --jq .body)" = "$(cat "$SCRATCH/body.md")" ]; then
        echo "$open says all this already."
    else
        gh pr edit "$open" --body-file "$SCRATCH/body.md"
    fi
}

create() {
    gh pr create --head "$BRANCH" --base "$(result base)" --title "$TITLE" --body-file "$SCRATCH/body.md" >"$SCRATCH/created" || {
        echo "::error title=modelsync::The branch $BRANCH was pushed, but no pull request could be opened. It needs the permission" \
            "'pull-requests: write', and the repository's setting 'Allow GitHub Actions to create and approve pull requests'."
        exit 1
    }
    open=$(tail -n 1 "$SCRATCH/created")
    echo "Opened $open"
}

main
