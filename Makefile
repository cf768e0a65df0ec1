# README's two commands are `make run` and `make test`; each sets up its own environment first.
# `make check` adds the tools that we did not write; .ci/run shows what it needs.
BOARD ?= keystone
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
# Each worker takes the tests of a file in a row, so that what they share is made once and not in every worker.
DIST := --dist worksteal

.PHONY: run test check nightly mutants mutation-order lint types format golden bench clean
.DEFAULT_GOAL := run

run: $(VENV)/ready
	$(BIN)/hypgen build --board $(BOARD)

test: $(VENV)/ready-dev
	$(BIN)/pytest -q -n $(JOBS) $(DIST) -m "not oracle and not slow and not nightly"

check: $(VENV)/ready-dev
	$(BIN)/pytest -q -n $(JOBS) $(DIST) -m "not nightly" --oracle-minimums

nightly: $(VENV)/ready-dev
	$(BIN)/pytest -q -n $(JOBS) -m nightly

mutants: $(VENV)/ready
	$(BIN)/hypgen mutate --all-boards -j $(JOBS)

# In which scenario each mutant is looked at first: where it was killed.
mutation-order: $(VENV)/ready
	mkdir -p out
	$(BIN)/hypgen mutate --all-boards -j $(JOBS) --format json >out/mutants.json; test $$? -le 1
	$(BIN)/python -m hypgen.mutation.order out/mutants.json

lint: $(VENV)/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/ready-dev
	$(BIN)/mypy

format: $(VENV)/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: $(VENV)/ready-dev
	HYPGEN_UPDATE_GOLDEN=1 $(BIN)/pytest -q -n $(JOBS) -m "not oracle and not slow and not nightly" -k golden

bench: $(VENV)/ready-dev
	$(BIN)/python benchmarks/first_light.py
	$(BIN)/python benchmarks/assembler.py
	$(BIN)/python benchmarks/core.py

$(VENV)/ready: pyproject.toml
	@sh .ci/make-venv "$(PYTHON)" "$(VENV)"
	$(BIN)/pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready
	$(BIN)/pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
