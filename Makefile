# Everything a newcomer types. Each target does the set-up that it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXTRAS := dev

.PHONY: demo test ui setup system clean

demo: setup
	@bash examples/demo.sh

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/pytest

ui: setup
	@cd examples && ../$(BIN)/codices ui

setup: system $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[$(EXTRAS)]"
	touch $@

system:
	@bash scripts/install_system_packages.sh

bench-%: setup
	$(BIN)/python -m benchmarks.$*

bench-extraction: setup
	@bash scripts/install_system_packages.sh --drawing
	$(BIN)/python -m benchmarks.extraction

clean:
	rm -rf $(VENV) examples/.codices
