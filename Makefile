# `make help` explains the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup run test check format lint types contracts bench reference lock clean

help: ## Show what each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## Install everything from the lock file into .venv

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "AllIN needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "installing from requirements.lock (about 1.8 GB; once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --config-settings editable_mode=compat -e . ; \
	else \
	  $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --quiet --no-deps --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --config-settings editable_mode=compat -e . ; \
	fi
	@# Where Python may not keep bytecode, each of the many processes would compile all of this anew.
	@$(BIN)/python -m compileall -q app assets foundation identity mail pipelines platforms predictions publishing reporting sandbox warehouse
	@touch $(STAMP)

run: setup ## Start everything and print where it is; Ctrl-C stops it
	@exec $(BIN)/allin up

test: setup ## Run the tests
	$(BIN)/python -m pytest

check: format lint types contracts test ## Everything CI checks: format, lint, types, import contracts, tests

format: setup ## Is the code formatted? (`ruff format` mends it)
	$(BIN)/ruff format --check .

lint: setup ## Lint
	$(BIN)/ruff check .

types: setup ## Types, strictly, tests too
	$(BIN)/mypy .

contracts: setup ## Who may import whom
	$(BIN)/lint-imports

bench: setup ## Measure what we promise
	$(BIN)/allin bench start --json

reference: setup ## Write docs/reference.md from the code
	$(BIN)/python -m app.reference > docs/reference.md

lock: ## Make requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" -o requirements.lock

clean: ## Remove what was built (not your data in .allin)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
