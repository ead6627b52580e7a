# make demo and make test need Python and make; they do their own set-up in .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# What is imported is compiled once, and not anew in every program that a test starts.
unexport PYTHONDONTWRITEBYTECODE

INSTALLED := $(VENV)/.installed
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test soak lint docs bench fuzz mutants release-check chromium clean

help: ## say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[cli,sandbox]'
	@touch $@

$(READY): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[cli,forms,sandbox,bulk,plot,spark]' --group test --group typing --group docs
	@touch $@

# Some packages hold templates that are no Python, which is no failure.
$(VENV)/.compiled: $(READY)
	@$(BIN)/python -m compileall -qq $(VENV)/lib || true
	@touch $@

demo: $(INSTALLED) ## walk the vendor's guide against a Number API on this machine
	@$(BIN)/python examples/demo.py

lint: $(READY) ## judge the style and the types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(READY) ## build the documentation as a site, in docs/_build
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --jobs auto docs docs/_build
	@echo docs/_build/index.html

# What the tests have from npm: ajv, the second validator of the exported schemas, and axe-core, which judges the page.
# Without npm their tests skip, which is a failure in CI.
$(VENV)/%/.ready: tests/%/package.json tests/%/package-lock.json | $(READY)
	@mkdir -p $(@D)
	@cp $^ $(@D)
	@if command -v npm >/dev/null; then npm ci --prefix $(@D) --silent --no-audit --no-fund && touch $@; fi

# The browser that the page is tried in, which Debian has.
chromium: export DEBIAN_FRONTEND = noninteractive
chromium:
	@command -v chromium >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && apt-get update -qq \
	&& apt-get install -qq --no-install-recommends chromium fonts-liberation; } >/dev/null \
	|| echo "There is no chromium, and it cannot be installed from here: the tests of the page in a browser skip."

test: ## everything that this machine can run
	@$(MAKE) --no-print-directory --jobs=2 lint $(VENV)/.compiled chromium $(VENV)/ajv/.ready $(VENV)/axe/.ready
	$(BIN)/python -m pytest -n 3 --dist worksteal --durations=10 --cov --cov-report=term --cov-fail-under=100 tests # three on two cores: some wait
	$(BIN)/python -m pytest -n 2 --dist loadfile README.md CONTRIBUTING.md capabilities docs # each block goes on where the last one ended

soak: $(READY) ## the long counts
	SOAK=1 $(BIN)/python -m pytest -n 2 --dist worksteal --durations=25 tests/test_hostile_values.py tests/test_numberplan.py tests/test_purchases.py tests/test_hostile_data.py tests/test_openapi.py tests/test_bulk_portfolio.py tests/test_bulk_spark.py

FUZZ_SECONDS ?= 60

fuzz: $(READY) ## let a fuzzer try every door for FUZZ_SECONDS each, and keep what it learns
	$(BIN)/python -m pip install --quiet --group fuzz
	$(BIN)/python -m fuzz $(FUZZ_SECONDS)

mutants: $(READY) ## change the code that decides in hundreds of small ways, and see whether the tests notice
	$(BIN)/python -m pip install --quiet --group mutants
	$(BIN)/python -m mutants $(MUTANTS)

BENCH := .venv-bench

$(BENCH)/.ready: pyproject.toml
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --upgrade pip
	$(BENCH)/bin/python -m pip install --quiet --editable '.[cli,sandbox,bulk]' --group bench
	@touch $@

bench: $(BENCH)/.ready ## measure it beside others, in an environment of its own
	$(BENCH)/bin/python -m mypy --strict benchmarks # here, where the peers are
	$(BENCH)/bin/python -m benchmarks $(BENCH_OPTIONS)

RELEASE := .venv-release
PYTHONS ?= $(shell sed -n 's/.*Python :: \(3\.[0-9]*\)",/\1/p' pyproject.toml)

$(RELEASE)/.ready: pyproject.toml
	$(PYTHON) -m venv $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet --upgrade pip
	$(RELEASE)/bin/python -m pip install --quiet --group release
	@touch $@

# Pyenv shows those of its Pythons only that it is told to; Debian has some of the others.
release-check: export PYENV_VERSION := $(shell pyenv version-name 2>/dev/null):$(shell pyenv versions --bare 2>/dev/null | paste -sd:)
release-check: export PATH := $(CURDIR)/$(RELEASE)/bin:$(PATH):$(CURDIR)/$(RELEASE)/debian/usr/bin
release-check: $(RELEASE)/.ready ## build the release, and try it as installed, lowest and newest, on every Python to be had
	@missing=$$(for it in $(PYTHONS); do python$$it --version >/dev/null 2>&1 || echo $$it; done); \
	[ -z "$$missing" ] || release/pythons.sh $(RELEASE)/debian $$missing
	nox --pythons $(PYTHONS)

clean: ## take away what make has made
	rm -rf $(VENV) $(BENCH) $(RELEASE) .nox docs/_build docs/matrix docs/reference docs/rules screenshots .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
