#!/bin/sh
# Build a virtual environment from sections of constraints.txt; every file's hash is checked.
#   tools/setup.sh VENV SECTION...          make VENV anew and install the sections
#   tools/setup.sh --add VENV SECTION...    install them into a VENV that exists
# PYTHON names the Python to build with; without it the newest suitable one is taken.
set -eu
unset PYTHONDONTWRITEBYTECODE PYTHONPATH 2>/dev/null || true
tools=$(dirname "$0")

if [ "$1" = --add ]; then
    shift
    venv=$1
else
    venv=$1
    python=$("$tools/find-python.sh" "${PYTHON:-}")
    echo "Building $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
    # Only Python 3.11 brings it; it would run code at every start of this environment.
    "$venv/bin/python" -m pip uninstall --quiet --yes setuptools 2>/dev/null
fi
shift

awk -v wanted=" $* " '/^# section: /{on = index(wanted, " " $3 " ")} on' "$tools/../constraints.txt" >"$venv/pins.txt"
"$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --compile --require-hashes -r "$venv/pins.txt"
