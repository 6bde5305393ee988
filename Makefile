# What you need: Python 3.11 or newer and make. The first target you run makes .venv with the tested versions.

VENV ?= .venv
PYTHON ?=# the one to use, a name or a path; else .ci/python looks for one
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OUT ?= out
PLUGINS := out/plugins-env
PLUGINS_READY := $(PLUGINS)/.ready
BENCH := out/bench-env
BENCH_READY := $(BENCH)/.ready
CODE := rules_engine tests benchmarks $(wildcard plugins)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-long lint types contract format bench bench-all plugins transcripts wheel-check clean

help: ## what each target does
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

venv: $(READY) ## make .venv with what the other targets need

$(READY): pyproject.toml constraints.txt
	@python=$$(sh .ci/python $(PYTHON)) \
		&& echo "Making $(VENV) with $$($$python --version) and installing what is needed (once; half a minute or so)" \
		&& $$python -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY) ## score real data (UCI Online Retail), show the ranked leads, explain one of them
	@BIN=$(BIN) OUT=$(OUT) sh .ci/demo

test: lint types contract ## lint, types, import contract, tests
	$(BIN)/python -m pytest -n 2 -m "not long"

test-long: $(READY) ## the long random tests (at most 50 minutes)
	timeout 3000 $(BIN)/python -m pytest -n 2 -m long

lint: $(READY) ## ruff: lint and format
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

format: $(READY) ## let ruff lay out the code
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

types: $(READY) ## mypy --strict on rules_engine
	$(BIN)/mypy

contract: $(READY) ## import-linter: no stage imports a higher one
	$(BIN)/lint-imports

bench: $(BENCH_READY) ## the quick benchmarks, beside DuckDB, Polars, pandas and other rule engines (a few minutes)
	$(BENCH)/bin/python -m benchmarks

bench-all: $(BENCH_READY) ## all benchmarks, up to 100 million events (a quarter of an hour on a quiet machine, 3 GB of disk)
	$(BENCH)/bin/python -m benchmarks --all

$(BENCH_READY): pyproject.toml constraints.txt benchmarks/requirements.txt
	@echo "Making $(BENCH) and installing what the benchmarks need (once; a minute or so)"
	@python=$$(sh .ci/python $(PYTHON)) && $$python -m venv $(BENCH)
	@# what is compared with has versions of its own
	@awk -F== 'NR == FNR { own[$$1]; next } !($$1 in own)' benchmarks/requirements.txt constraints.txt > $(BENCH)/constraints.txt
	@$(BENCH)/bin/python -m pip install -qq --constraint $(BENCH)/constraints.txt --editable '.[batch]' --requirement benchmarks/requirements.txt
	@touch $(BENCH_READY)

plugins: $(PLUGINS_READY) ## install the sample plugins in an environment of their own and run their tests
	$(PLUGINS)/bin/rules plugins
	$(PLUGINS)/bin/python -m pytest plugins

$(PLUGINS_READY): pyproject.toml constraints.txt $(wildcard plugins/*/pyproject.toml)
	@echo "Making $(PLUGINS) and installing the sample plugins (once; half a minute or so)"
	@python=$$(sh .ci/python $(PYTHON)) && $$python -m venv $(PLUGINS)
	@$(PLUGINS)/bin/python -m pip install -qq --constraint constraints.txt --editable '.[batch]' \
		$(foreach plugin,$(wildcard plugins/*/pyproject.toml),--editable '$(dir $(plugin))[test]')
	@touch $(PLUGINS_READY)

transcripts: $(READY) $(PLUGINS_READY) ## write the expected output of tests/cli and of the docs anew (read the diff)
	$(BIN)/python -m tests.cli.transcripts
	$(BIN)/python -m tests.docs.examples README.md docs/*.md
	$(PLUGINS)/bin/python -m tests.docs.examples plugins/*/README.md

wheel-check: $(READY) ## build the package, install it away from the checkout, use it (core alone, then [batch])
	@python=$$(sh .ci/python $(PYTHON)) && BIN=$(BIN) PYTHON=$$python bash .ci/wheel-check

clean: ## remove what the targets made, .venv included
	rm -rf $(VENV) $(OUT) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
