#!/bin/sh
# Install modelsync from this checkout into a virtual environment of its own; the hash of every file from outside is checked.
#   recipes/install.sh VENV
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
"$source/tools/setup.sh" "$1" runtime build
"$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --compile "$source"
