# Two commands matter: `make demo` and `make test`. Both install what is missing first.
#
#   make demo            serves the demo at http://127.0.0.1:8080
#   make test            lints, checks types, and runs every test
#   make lock            pins the dependencies anew (.ci/constraints.txt)
#   make screenshots     takes the pictures of docs/viewer.md anew (docs/screenshots)
#   make goldens         redraws the golden pictures (look at them before you commit them)
#
# PYTHON=python3.12 chooses another interpreter, PORT=9000 another port.

PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt

# Tests that want the machine for themselves: they look how soon something is seen or heard. The others run three at a
# time, by files, the long ones first: each waits now and then for a server, a browser or a clock, and two cores are busy.
ALONE := tests/test_bench_viewers.py tests/browser/test_lip_sync.py tests/browser/test_live_time.py \
	tests/browser/test_originals.py tests/browser/test_timeline.py tests/browser/test_own_view.py \
	tests/stage/test_replacement.py tests/stage/test_arriving_stage.py tests/stage/test_ray_stage.py \
	tests/test_lip_sync.py tests/faults
AT_ONCE := --numprocesses 3 --dist loadfile --no-loadscope-reorder

# What failed is tried once more by itself: real browsers, sockets and clocks on two cores sometimes wait for each other
# longer than a test does. What fails twice has failed, and so has a run that did not come to its tests.
AGAIN := $(BIN)/python -m pytest --last-failed --last-failed-no-failures none

# Modules are compiled once, and not by each of the thousand processes that tests start, whatever the machine's habit is.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test lint types page-check pytest lock goldens screenshots clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#  *make /make /p' Makefile

demo: $(VENV)/.installed
	@.ci/system-packages opengl
	@echo "Preparing the stage; the first time takes half a minute ..."
	@$(BIN)/avatar-server serve demo --port $(PORT)

# What looks at the sources alone does so side by side.
test: $(VENV)/.installed-for-tests web_client/node_modules/.installed
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint types page-check
	@$(MAKE) --no-print-directory pytest

lint: $(VENV)/.installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-for-tests
	$(BIN)/mypy

page-check: web_client/node_modules/.installed
	cd web_client && npm run --silent check && npm run --silent test

pytest: $(VENV)/.installed-for-tests
	@.ci/system-packages opengl chromium players janus turn
	$(BIN)/python -m pytest $(AT_ONCE) $(ALONE:%=--ignore=%) || $(AGAIN)
	$(BIN)/python -m pytest $(ALONE) || $(AGAIN)

$(VENV)/bin/python:
	@.ci/system-packages python
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "avatar-server needs Python 3.11 or newer, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml .ci/constraints.txt
	$(PIP) --editable .
	@touch $@

# torch comes first and by itself: its default build for Linux carries gigabytes of CUDA that nothing here uses.
$(VENV)/.installed-for-tests: $(VENV)/.installed
	$(BIN)/python -c 'import torch' 2>/dev/null || .ci/install-torch $(BIN)/python
	$(PIP) --editable '.[test]'
	@touch $@

web_client/node_modules/.installed: web_client/package.json web_client/package-lock.json
	@.ci/system-packages node
	cd web_client && npm ci --silent --no-audit --no-fund
	@touch $@

lock: $(VENV)/.installed-for-tests
	.ci/lock $(BIN)/python

goldens: $(VENV)/.installed-for-tests
	AVATAR_SERVER_GOLDEN=write $(BIN)/python -m pytest -q tests/render/test_golden.py

screenshots: $(VENV)/.installed-for-tests
	@.ci/system-packages opengl chromium
	$(BIN)/python -m avatar_server.bench.screenshots

clean:
	rm -rf $(VENV) web_client/node_modules .mypy_cache .ruff_cache .pytest_cache .out
