#!/usr/bin/env bash
# Propose what a sync would change as one commit on one rolling branch. The checkout, its index and its branch stay as
# they are: the plan is applied to copies of the catalog and its lock, and only these two files are committed.
#
# Run it in a clean clone, in the folder where `modelsync sync` would be run. It listens to these variables:
#   BRANCH        the rolling branch on the remote `origin`
#   BASE          the branch it is proposed for; without it, the one checked out
#   TITLE         the commit's message
#   CATALOG       --catalog, where it is not the default one
#   SOURCE        --source, where it is not what the settings say
#   SCRATCH       an empty folder; `body.md` in it will describe the proposal
#   DECLINED      a ref on `origin` whose commit is a proposal that was turned down; exactly that is not made again
#   PUSH_OPTIONS  options for `git push -o`, one a line
# and to git's own GIT_AUTHOR_* and GIT_COMMITTER_*.
#
# Standard output says, one `name=value` a line:
#   held     whether something waits for a person (modelsync's exit code 4)
#   changed  whether the catalog or its lock would change
#   state    pushed | same (the branch proposes exactly this already) | foreign (someone else has committed to the branch) |
#            declined (there is no branch, and DECLINED proposed exactly this)
#   tip      the commit at the branch's tip, or that of DECLINED
#   base     the branch it is proposed for
# `state` and `tip` come only with changed=true. Any other exit code of modelsync is passed on, and nothing is pushed.
set -euo pipefail
# A failure inside `$( )` ends the run. Bash before 4.4 cannot be told so; there, nothing follows what may fail.
shopt -s inherit_errexit 2>/dev/null || true
export GIT_AUTHOR_NAME="${GIT_AUTHOR_NAME:-modelsync}" GIT_AUTHOR_EMAIL="${GIT_AUTHOR_EMAIL:-modelsync@localhost}"
export GIT_COMMITTER_NAME="${GIT_COMMITTER_NAME:-$GIT_AUTHOR_NAME}"
export GIT_COMMITTER_EMAIL="${GIT_COMMITTER_EMAIL:-$GIT_AUTHOR_EMAIL}"

# The trailer of our commits: the parent and the tree they were made with.
TRAILER="Modelsync-Proposal"

# Prints, each ended by NUL: the paths of the catalog and its lock in the repository, and the names they are known by. A
# catalog may be a symlink; its lock lies beside the link. The shell would drop a line break from the end of a name.
PLACES='
import json, os, sys
catalog, top = json.load(sys.stdin)["catalog"], os.path.realpath(sys.argv[1])
folder, lock = os.path.split(os.path.splitext(catalog)[0] + ".lock.json")
paths = os.path.realpath(catalog), os.path.join(os.path.realpath(folder), lock)
for name in *(os.path.relpath(path, top) for path in paths), os.path.basename(catalog), lock:
    if name.startswith(".." + os.sep):
        sys.exit(f"rolling-branch: {name} lies outside the repository")
    if "\n" in name:
        sys.exit(f"rolling-branch: a name with a line break in it cannot be proposed: {name!a}")
    sys.stdout.write(name + "\0")
'

main() {
    held=false
    check_branches
    check_clean
    make_plan
    find_files
    apply_to_copies
    echo "held=$held"
    if [ ${#moved[@]} -eq 0 ]; then
        echo "changed=false"
        say "$base agrees with upstream; there is nothing to propose."
    else
        echo "changed=true"
        propose
        printf '%s\n' "state=$state" "tip=$tip" "base=$base"
    fi
}

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "rolling-branch: $*"
    exit 2
}

in_repo() { git -C "$top" "$@"; }

# ----------------------------------------------------------------------------------------------- what must hold before

check_branches() {
    top=$(git rev-parse --show-toplevel)
    base=${BASE:-$(git symbolic-ref --quiet --short HEAD || true)}
    [ -n "$base" ] || fail "no branch is checked out (HEAD is detached): say with BASE which one the change is for"
    git check-ref-format "refs/heads/$base" || fail "not a branch name: $base"
    git check-ref-format "refs/heads/$BRANCH" || fail "not a branch name: $BRANCH"
    default=$(git ls-remote --symref origin HEAD | sed -n 's|^ref: refs/heads/\(.*\)[[:space:]]HEAD$|\1|p')
    if [ "$BRANCH" = "$base" ] || [ "$BRANCH" = "$default" ]; then
        fail "$BRANCH is the branch the change is for, or the default one; the rolling branch must be another"
    fi
    checked_out=$(git symbolic-ref --quiet --short HEAD || true)
    case $BRANCH in
        main | master | "$checked_out")
            fail "$BRANCH is checked out, or has the name of a default branch; the rolling branch must be another"
            ;;
    esac
}

check_clean() {
    changes=$(git status --porcelain --untracked-files=no)
    [ -z "$changes" ] || fail "the checkout has changes that are not committed:"$'\n'"$changes"
}

require_committed() {
    mode=$(mode_of "$1")
    case $mode in
        100*) ;;
        "") [ ! -e "$top/$1" ] || fail "$1 is not committed" ;;
        *) fail "$1 is no plain file in git (mode $mode)" ;;
    esac
}

mode_of() { in_repo ls-tree HEAD -- "$1" | cut -d ' ' -f 1; }

# ------------------------------------------------------------------------------------------------------- plan and apply

# Runs modelsync; exit code 4 says that something is held, any other failure is this script's.
run_modelsync() {
    code=0
    modelsync "$@" || code=$?
    case $code in
        0) ;;
        4) held=true ;;
        *) exit "$code" ;;
    esac
}

make_plan() {
    where=()
    [ -z "${CATALOG:-}" ] || where=(--catalog "$CATALOG")
    from=()
    [ -z "${SOURCE:-}" ] || from=(--source "$SOURCE")
    run_modelsync plan -o "$SCRATCH/plan.json" --format markdown ${where[@]+"${where[@]}"} ${from[@]+"${from[@]}"} \
        >"$SCRATCH/body.md"
}

find_files() {
    modelsync backups --format json ${where[@]+"${where[@]}"} | python3 -c "$PLACES" "$top" >"$SCRATCH/places"
    {
        IFS= read -r -d '' catalog
        IFS= read -r -d '' lock
        IFS= read -r -d '' catalog_name
        IFS= read -r -d '' lock_name
    } <"$SCRATCH/places"
    require_committed "$catalog"
    require_committed "$lock"
    if in_repo check-ignore --quiet -- "./$lock"; then
        fail "$lock is ignored by git, but belongs into the same commit as $catalog"
    fi
}

# Leaves the new catalog and the new lock in SCRATCH, and in `moved` the paths of those that are new.
apply_to_copies() {
    mkdir "$SCRATCH/files"
    new_catalog=$SCRATCH/files/$catalog_name
    new_lock=$SCRATCH/files/$lock_name
    cp "$top/$catalog" "$new_catalog"
    [ ! -e "$top/$lock" ] || cp "$top/$lock" "$new_lock"
    run_modelsync apply "$SCRATCH/plan.json" --catalog "$new_catalog" --format json >"$SCRATCH/applied.json"
    moved=()
    cmp -s "$top/$catalog" "$new_catalog" || moved+=("$catalog")
    [ ! -e "$new_lock" ] || cmp -s "$top/$lock" "$new_lock" || moved+=("$lock")
}

# ------------------------------------------------------------------------------------------------------- commit and push

propose() {
    commit_moved
    fetch_tip "refs/heads/$BRANCH"
    if [ -z "$tip" ] && was_declined; then
        state=declined
        say "Exactly this was proposed before, and turned down."
    elif [ -n "$tip" ] && is_foreign; then
        state=foreign
        say "$BRANCH has commits that modelsync did not make; it is left as it is. Merge it, or delete it to start anew."
    elif [ -n "$tip" ] && is_same; then
        state=same
        say "$BRANCH proposes exactly this already."
    else
        push
        state=pushed
        tip=$commit
    fi
}

# Sets `commit` to the proposal: one commit on the one checked out.
commit_moved() {
    export GIT_INDEX_FILE=$SCRATCH/index
    git read-tree HEAD
    for path in "${moved[@]}"; do
        new=$new_catalog
        [ "$path" != "$lock" ] || new=$new_lock
        mode=$(mode_of "$path")
        blob=$(in_repo hash-object -w --path="$path" -- "$new")
        in_repo update-index --add --cacheinfo "${mode:-100644},$blob,$path"
    done
    tree=$(git write-tree)
    parent=$(git rev-parse HEAD)
    commit=$(git commit-tree "$tree" -p "$parent" -m "$TITLE" -m "$TRAILER: $parent $tree")
}

# Sets `tip` to the commit of a ref on the remote, or to nothing. A full clone must not become a shallow one.
fetch_tip() {
    tip=$(git ls-remote origin "$1")
    [ -n "$tip" ] || return 0
    shallow=$(git rev-parse --is-shallow-repository)
    depth=()
    [ "$shallow" = false ] || depth=(--depth=2)
    git fetch --quiet --no-tags ${depth[@]+"${depth[@]}"} origin "$1" || return
    tip=$(git rev-parse FETCH_HEAD)
}

# Whether DECLINED is exactly this proposal, which is then `tip`.
was_declined() {
    if [ -n "${DECLINED:-}" ] && fetch_tip "$DECLINED" && [ -n "$tip" ] && is_ours && is_same; then
        return 0
    fi
    tip=
    return 1
}

# What is merged already holds nothing up, whoever made it. That counts only where the default branch is known: to the branch
# checked out, every branch that it began from looks merged.
is_foreign() {
    is_ours && return 1
    [ -n "$default" ] || fail "$BRANCH is not modelsync's, and the remote does not say which branch is its default one"
    ! git merge-base --is-ancestor "$tip" HEAD
}

# Whether the branch is one commit, by the same committer, as it was made here: on the parent and with the tree that its
# trailer names. So no other commit is beneath it, and nobody has amended it.
is_ours() {
    made=$(git log -1 --format=%B "$tip" | sed -n "s/^$TRAILER: //p" | tail -n 1)
    is=$(git log -1 --format="%P %T %ce" "$tip")
    [ "$is" = "$made $GIT_COMMITTER_EMAIL" ]
}

# The lock notes the day a value moved. A branch that differs in nothing else is left, or it would be pushed every day.
is_same() {
    for path in "$catalog" "$lock"; do
        [ "$(blob "$tip^" "$path")" = "$(blob HEAD "$path")" ] || return 1
    done
    [ "$(blob "$tip" "$catalog")" = "$(blob "$commit" "$catalog")" ] || return 1
    theirs=$(without_days "$tip") || return 1
    mine=$(without_days "$commit") || return 1
    [ "$theirs" = "$mine" ]
}

blob() { in_repo rev-parse --quiet --verify "$1:$2" || echo none; }

without_days() { in_repo cat-file blob "$1:$lock" | sed -E 's/"[0-9]{4}-[0-9]{2}-[0-9]{2}"/"day"/g'; }

push() {
    options=()
    while IFS= read -r option; do
        [ -z "$option" ] || options+=(-o "$option")
    done <<<"${PUSH_OPTIONS:-}"
    git push --quiet --force-with-lease="refs/heads/$BRANCH:$tip" ${options[@]+"${options[@]}"} \
        origin "$commit:refs/heads/$BRANCH"
    say "Pushed $commit to $BRANCH."
}

main
