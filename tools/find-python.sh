#!/bin/sh
# Print the path of a Python that can build the environment (3.11 or newer, with venv), or say what is missing.
#   tools/find-python.sh [PYTHON]     only this one is tried when named
set -u
asked=${1:-}
[ -n "$asked" ] || set -- python3.13 python3.12 python3.11 python3
old="" unable=""
for name in "$@"; do
    found=$("$name" -c 'import sys; print(sys.executable)' 2>/dev/null) || continue
    if ! "$found" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        old=$found
    elif ! "$found" -c 'import ensurepip, venv' 2>/dev/null; then
        unable=$found
    else
        echo "$found"
        exit 0
    fi
done
{
    if [ -n "$unable" ]; then
        echo "$unable cannot make virtual environments: its modules venv and ensurepip are missing."
        echo "On Debian or Ubuntu: sudo apt install python3-venv"
    elif [ -n "$old" ]; then
        echo "modelsync needs Python 3.11 or newer; $old is $("$old" -c 'import platform; print(platform.python_version())')."
    else
        echo "No Python was found${asked:+ under the name $asked}; modelsync needs 3.11 or newer."
    fi
    echo "If you have one elsewhere, name it: make PYTHON=/path/to/python3 ..."
} >&2
exit 1
