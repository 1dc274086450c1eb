# Everything a developer does has a name here; `make` lists them. Works with the make of Debian and of macOS (3.81).
# VENV=DIR and PYTHON=/path/to/python3 choose the environment and what it is built with; ARGS are handed to pytest.

VENV = .venv
BIN = $(VENV)/bin
USER_VENV = $(VENV)-user
SOURCES = src tests tools bench

# With bytecode switched off every start compiles every module again.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH
export PYTHON

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test check format lint types rooms smoke docs docs-check snapshot coverage bench test-all test-lowest fuzz crash audit lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' Makefile

# ------------------------------------------------------------------------------------------------------- environments

$(VENV)/.test: pyproject.toml constraints.txt tools/setup.sh
	@tools/setup.sh $(VENV) runtime build test
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.check: $(VENV)/.test
	@tools/setup.sh --add $(VENV) check
	@touch $@

# As a user gets it: the wheel and the runtime dependencies, nothing else.
$(USER_VENV)/.runtime: constraints.txt tools/setup.sh
	@tools/setup.sh $(USER_VENV) runtime
	@touch $@

$(USER_VENV)/.ready: $(VENV)/.test $(USER_VENV)/.runtime $(shell find src -name '*.py' -o -name '*.gz')
	@rm -rf build/wheel
	@$(BIN)/python -m pip wheel --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir build/wheel .
	@$(USER_VENV)/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall --compile build/wheel/*.whl
	@touch $@

$(VENV)-lock/.ready: constraints.txt tools/setup.sh
	@tools/setup.sh $(VENV)-lock lock
	@touch $@

$(VENV)-audit/.ready: constraints.txt tools/setup.sh
	@tools/setup.sh $(VENV)-audit runtime build test audit
	@touch $@

# What the benchmark compares with: hundreds of megabytes that nothing else needs.
$(VENV)-peers/.ready: $(VENV)/.test bench/peers.txt
	@$(BIN)/python -m venv --clear $(VENV)-peers
	@$(VENV)-peers/bin/python -m pip install --quiet --quiet --disable-pip-version-check --compile --require-hashes -r bench/peers.txt
	@touch $@

# --------------------------------------------------------------------------------------------------------------- verbs

demo: $(VENV)/.test ## sync a sample catalog, offline, in the folder demo/
	@$(BIN)/python tools/demo.py demo

test: $(VENV)/.test ## run all tests
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

check: lint types rooms smoke docs-check coverage ## everything that must hold before a commit lands

format: $(VENV)/.check ## format the code and apply safe fixes
	@$(BIN)/ruff check --fix --exit-zero --quiet $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

lint: $(VENV)/.check
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)

types: $(VENV)/.check
	@$(BIN)/basedpyright --pythonpath $(BIN)/python

rooms: $(VENV)/.check
	@$(BIN)/lint-imports --no-cache

smoke: $(USER_VENV)/.ready
	@$(USER_VENV)/bin/modelsync --help >build/help.txt
	@echo "The wheel runs with its runtime dependencies alone."

docs: $(VENV)/.test ## write the generated pages of docs/
	@$(BIN)/python tools/docs.py

snapshot: $(VENV)/.test ## make the embedded snapshot: LISTING=models.json DAY=2026-08-21
	@$(BIN)/python tools/snapshot.py "$(LISTING)" "$(DAY)"

docs-check: $(VENV)/.test
	@if [ -f tools/docs.py ]; then $(BIN)/python tools/docs.py --check; fi

coverage: $(VENV)/.test
	@$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term-missing:skip-covered $(ARGS)

bench: $(USER_VENV)/.ready ## print the performance table, with other libraries beside ours; fails on nothing
	@$(if $(filter --quick --history,$(ARGS)),,$(MAKE) --no-print-directory $(VENV)-peers/.ready || echo "The peers could not be installed: their rows are left out.")
	@$(USER_VENV)/bin/python bench/run.py --peers $(VENV)-peers/bin/python $(ARGS)

test-all: ## run the tests on every Python 3.11-3.13 found, with all recorded lists, not with a sample of them
	@MODELSYNC_RECORDED=all tools/each-python.sh $(MAKE)

test-lowest: $(VENV)-lock/.ready ## run the tests with the oldest dependencies pyproject.toml allows
	@tools/setup.sh $(VENV)-lowest runtime build test
	@$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --resolution lowest-direct \
	    --no-header --no-annotate --generate-hashes pyproject.toml -o $(VENV)-lowest/lowest.txt
	@$(VENV)-lowest/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r $(VENV)-lowest/lowest.txt
	@$(VENV)-lowest/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(VENV)-lowest/bin/pytest $(ARGS)

fuzz: $(VENV)/.test ## run the property tests for long, with new examples every time
	@HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest -m hypothesis $(ARGS)

crash: $(VENV)/.test ## kill, starve and cut the power at every system call, not at a sample of them (needs strace)
	@MODELSYNC_CRASH=all $(BIN)/pytest tests/crash $(ARGS)

audit: $(VENV)-audit/.ready ## look up known vulnerabilities of every pinned package (asks the network, so no part of check)
	@$(VENV)-audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off --requirement constraints.txt $(ARGS)

lock: $(VENV)-lock/.ready ## move constraints.txt to the newest releases
	@PATH="$$PWD/$(VENV)-lock/bin:$$PATH" $(VENV)-lock/bin/python tools/lock.py

clean: ## remove everything these targets made
	@rm -rf .venv .venv-* build demo .coverage .coverage.* .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +
