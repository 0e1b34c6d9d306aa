# make demo: trains a reader, exports it and shows where it looked. make page: the live page of letters.
# make test: the tests that are not marked slow. make test-slow: the others. make coverage: all, with branch coverage,
# which takes a quarter longer. make lint: the linters.
# make test-backends: the core tests on JAX and PyTorch; it fails if one of them cannot be installed.
# Each makes its own environment in .venv; PYTHON names the interpreter to make it with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A module to a process, in the order that tests/conftest.py gives.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: demo page test test-slow coverage test-backends lint audit clean

demo: $(VENV)/run.stamp
	rm -rf runs/demo
	$(BIN)/python train.py --steps 1500 --out runs/demo
	$(BIN)/python export.py runs/demo/reader.keras
	$(BIN)/python visualize.py runs/demo/reader.onnx
	$(BIN)/python -m keras_reader evaluate runs/demo/reader.onnx --count 5000

page: $(VENV)/run.stamp
	$(BIN)/python -m keras_reader page letters --out site

test: $(VENV)/dev.stamp
	$(PYTEST) -m "not slow"

# SLOW names which of them: before a change lands, those that are not marked long.
SLOW ?= slow

test-slow: $(VENV)/dev.stamp
	$(PYTEST) -m "$(SLOW)"

coverage: $(VENV)/dev.stamp
	$(PYTEST) --cov

# JAX comes with the other packages of the tests; PyTorch, which is large, with these tests alone.
test-backends: $(VENV)/dev.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 \
		|| echo "error: torch==2.13.0 cannot be installed: the core tests do not run on PyTorch" >&2
	$(BIN)/python -m tests.backends jax torch

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/pyright --pythonpath $(BIN)/python
	@if command -v npx >/dev/null; then set -ex; \
		npx --yes prettier@3.10.1 --check eslint.config.mjs keras_reader/visualization/page/static; \
		npx --yes eslint@10.15.0 keras_reader/visualization/page/static/js; \
	else echo "the page's JavaScript is not checked, since there is no npx: on Debian, apt-get install npm"; fi
	@$(MAKE) --no-print-directory audit

# Known vulnerabilities of the pinned dependencies; where there is no way to ask for them, it says so and passes.
audit: $(VENV)/dev.stamp
	@report=$$($(BIN)/pip-audit --no-deps --disable-pip -r requirements.txt --progress-spinner off --timeout 15 2>&1); \
	case "$$report" in \
		*"Found "*" known vulnerabilit"*) echo "$$report"; exit 1;; \
		*"could not be audited"* | *Error* | *error*) echo "pip-audit: the list of vulnerabilities cannot be had here";; \
		*) echo "$$report";; \
	esac

clean:
	rm -rf $(VENV) runs img site exported build dist *.egg-info

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "error: $(PYTHON) is not Python 3.11 to 3.13: make PYTHON=python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV) \
		|| { echo "error: no venv module: on Debian, apt-get install python3-venv" >&2; rm -rf $(VENV); exit 2; }

$(VENV)/run.stamp: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -e .
	touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -e '.[dev]'
	touch $@
