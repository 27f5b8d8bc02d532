# make run     the site at http://127.0.0.1:8000/ (PORT=8123 make run for another port); Ctrl-C stops it
# make test    everything that tests need, then all tests, on PostgreSQL and on SQLite
# make check   style, types, templates, migrations, layers, documentation

PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PIP_OPTIONS := --quiet --disable-pip-version-check --require-hashes
# The tests that touch the database, run a second time on SQLite.
DATABASE_TESTS := $(wildcard tests/models tests/actions tests/web tests/api tests/tasks tests/admin) \
  tests/test_settings.py tests/test_every_response.py
WORKERS ?= 2

.PHONY: run test check lint types templates migrations fuzz drill bench pictures lock clean
.DEFAULT_GOAL := run

run: .venv/runtime.stamp var/static.stamp
	@exec $(MANAGE) up --prepare

test: .venv/test.stamp chromium
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not fuzz and not drill"
	TEST_DATABASE=sqlite $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not fuzz and not drill" $(DATABASE_TESTS)

check: lint types templates migrations
	$(BIN)/python -m pytest -q tests/test_layers.py tests/test_docs.py

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/test.stamp
	$(BIN)/mypy

templates: .venv/test.stamp
	$(BIN)/djlint templates --lint --quiet

migrations: .venv/test.stamp
	$(MANAGE) makemigrations --check --dry-run

fuzz: .venv/test.stamp
	$(BIN)/python -m pytest -m fuzz --timeout 3600

drill: .venv/test.stamp
	$(BIN)/python -m pytest -m drill --timeout 3600

bench: .venv/runtime.stamp
	$(BIN)/python tests/load/bench_answers.py

pictures: .venv/test.stamp chromium var/static.stamp
	$(MANAGE) take_pictures

# --- What the targets above stand on ---

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] \
	  + ". Name another: PYTHON=python3.11 make run" if sys.version_info < (3, 11) else 0)'
	@echo "Making the environment in .venv"
	@# Debian splits the part of venv that installs pip into a package of its own; the machine's pip serves as well.
	@$(PYTHON) -m venv .venv 2>/dev/null || $(PYTHON) -m venv --without-pip --clear .venv

define install
	@echo "Installing $(1)"
	@if [ -x $(BIN)/pip ]; then $(BIN)/python -m pip install $(PIP_OPTIONS) --requirement $(1); \
	else $(PYTHON) -m pip --python $(BIN)/python install $(PIP_OPTIONS) --requirement $(1); fi
	@touch $@
endef

.venv/runtime.stamp: requirements.txt | .venv/bin/python
	$(call install,requirements.txt)

# The test requirements hold the runtime ones as well.
.venv/test.stamp: requirements-test.txt | .venv/bin/python
	$(call install,requirements-test.txt)
	@touch .venv/runtime.stamp

var/static.stamp: .venv/runtime.stamp mlopsprep/static.py $(shell find static 2>/dev/null)
	@mkdir -p var
	@echo "Collecting static files"
	@COLLECTED_STATIC=1 $(MANAGE) collectstatic --noinput --verbosity 0
	@touch $@

.PHONY: chromium
chromium:
	@if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing chromium for the browser tests"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null; \
	  else \
	    echo "The browser tests need Chromium, and only root may install it: sudo apt-get install chromium" >&2; exit 1; \
	  fi; \
	fi

# Pin the newest versions that pyproject.toml allows, with their hashes. uv lives in an environment of its own.
lock:
	$(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet uv
	var/lock/bin/uv pip compile pyproject.toml $(LOCK_OPTIONS) --output-file requirements.txt
	var/lock/bin/uv pip compile pyproject.toml --extra test --constraint requirements.txt $(LOCK_OPTIONS) \
	  --output-file requirements-test.txt
LOCK_OPTIONS := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
  --no-emit-find-links --annotation-style line

# Everything that was made, learners' data in var/ excepted: remove that by hand.
clean:
	rm -rf .venv var/static var/static.stamp var/lock var/mypy var/pytest .ruff_cache .hypothesis .pytest_cache .mypy_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
