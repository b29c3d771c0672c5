# Two commands matter: `make run` opens the window, `make test` proves that everything works.
# Both set up what is missing first and are quick when nothing changed.

PYTHON ?= python3
SETUP = $(PYTHON) packaging/setup.py
VENV = .venv/bin/python
# How many processes share the tests; a local model takes all cores besides.
TESTERS ?= 2

.PHONY: run test setup bench screenshots test-consumers format lint clean

run: ## set everything up and open the window (GPU=cuda|vulkan|metal|hip builds llama.cpp for a GPU)
	@$(SETUP) run $(if $(GPU),--gpu $(GPU))
	@$(VENV) -m workbench $(ARGS)

test: ## set everything up and run all checks and tests
	@$(SETUP) test $(if $(GPU),--gpu $(GPU))
	@$(VENV) -m ruff check --quiet workbench tests packaging
	@$(VENV) -m ruff format --check --quiet workbench tests packaging
	@$(VENV) -m mypy
	@.venv/bin/lint-imports --no-cache
	@$(VENV) -m pytest --numprocesses $(TESTERS) --dist loadfile $(ARGS)

test-consumers: ## the training consumers' own code loads our files and trains on them (own environment)
	@$(SETUP) consumers
	@WORKBENCH_PYTHON=$(CURDIR)/$(VENV) .venv-consumers/bin/python -m pytest -m consumers tests/consumers

bench: ## measure the budgets and write BENCHMARKS.md
	@$(SETUP) test
	@$(VENV) -m tests.benchmarks

screenshots: ## take the README's pictures anew
	@$(SETUP) test
	@$(VENV) packaging/screenshots.py

setup:
	@$(SETUP) test

format:
	@$(VENV) -m ruff check --fix workbench tests packaging
	@$(VENV) -m ruff format workbench tests packaging

clean: ## remove what can be made again
	rm -rf .venv .venv-consumers .mypy_cache .ruff_cache .pytest_cache artefacts build dist
