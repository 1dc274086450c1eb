#!/bin/sh
# Run `make test` with every supported Python found on PATH or under ~/.pyenv, each in an environment of its own.
set -u
make=$1
tools=$(dirname "$0")
passed="" failed="" absent=""
for version in 3.11 3.12 3.13; do
    python=""
    for candidate in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
        python=$("$tools/find-python.sh" "$candidate" 2>/dev/null) && break
    done
    if [ -z "$python" ]; then
        absent="$absent $version"
    elif "$make" --no-print-directory test VENV=".venv-$version" PYTHON="$python"; then
        passed="$passed $version"
    else
        failed="$failed $version"
    fi
done
echo "passed:${passed:- none}; failed:${failed:- none}; not found:${absent:- none}"
[ -z "$failed" ] && [ -n "$passed" ]
