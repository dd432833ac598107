# `make demo` and `make test` set up all that they need in .venv; PYTHON chooses the interpreter (3.11 to 3.13).
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: demo test test-slow peers check format clean

demo: $(INSTALLED)
	$(BIN)/toolkit demo $(DEMO)

test: check
	$(BIN)/pytest -m "not slow"

test-slow: $(INSTALLED)
	$(BIN)/pytest -m slow

# Other people's packages compute the same figures. They are heavy, or GPL, or (irrCAC) need an old pandas: each lives
# in an environment of its own and none is a dependency.
peers: .venv-peers/.installed
	.venv-peers/bin/python -m pytest tests/*_peers.py
	.venv-peers/irrcac/bin/python -m pytest --noconftest -o addopts= -p no:timeout -k irrcac tests/test_agreement_peers.py

.venv-peers/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . \
		pytest pytest-timeout hypothesis krippendorff scikit-learn statsmodels nltk crowd-kit sacrebleu
	$(PYTHON) -m venv .venv-peers/irrcac
	.venv-peers/irrcac/bin/python -m pip install --quiet --disable-pip-version-check irrCAC 'pandas<3' pydantic pytest
	touch $@

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[train,dev]'
	touch $(INSTALLED)

clean:
	rm -rf .venv .venv-peers build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
