# Everything happens in .venv; only Python 3.11 or newer and make are needed.
PYTHON ?= python3
EXTRAS ?=
BIN := .venv/bin

.PHONY: help setup run test lint bench clean

help:
	@echo "make run     install and start the doorkeeper (with a demo when there is no camera)"
	@echo "make test    install and run all tests"
	@echo "make lint    ruff and mypy"
	@echo "make bench   measure, print tables, write bench/results.json"
	@echo "make setup   only create .venv (EXTRAS=dlib adds the dlib detectors and encoder)"

setup: .venv/.installed$(EXTRAS)

run: .venv/.installed
	@exec $(BIN)/ostiary up --demo-if-no-camera

test: .venv/.installed-test
	$(BIN)/python -m pytest $(ARGS)

lint: .venv/.installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.installed-test
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf .venv .cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "Python's venv module is missing (Debian: sudo apt install python3-venv)"; exit 1; }

.venv/.installed: pyproject.toml requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.installed%: pyproject.toml requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(patsubst -%,%,$*)]'
	@touch $@ .venv/.installed
