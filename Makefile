# The same targets locally and in CI. `make` alone lists them.
# Needs only Python 3.11+ with venv; no root, no uv, no node.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
RECEIVERS := build/receivers/.installed
SMART_FORMS := build/smart-forms/page/form.js
LOCK   := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

KILLS   ?= 20
WORKERS ?= auto
REPORTS ?= 100000

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test pytest lint format proto proto-check proto-release cases cases-write scoreboard scoreboard-fhir components conformance bench bench-load bench-store screenshots keystrokes wheel lock clean fhir-package kill-test receivers helios smart-forms form-pictures messages compiled axe bench-form

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv and install the locked packages (again only when a lock changed)

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("emh_report needs Python 3.11 or newer; try: make PYTHON=python3.12 setup")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## Start the gRPC server and the form with example data
	$(BIN)/emh-report serve --demo

test: lint pytest ## Everything a change must pass: lint, types, layers, wire contract, tests

# each process of the tests would compile every module again
pytest kill-test: export PYTHONDONTWRITEBYTECODE =

pytest: setup ## Only the tests, in as many processes as there are cores (WORKERS=0: in one)
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: setup ## ruff, mypy, import layers, buf
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
	@if [ -e proto/released.binpb ]; then echo $(BIN)/buf breaking; $(BIN)/buf breaking --against proto/released.binpb; fi

format: setup ## Rewrite Python and proto files in the house format
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format
	$(BIN)/buf format --write

proto: setup ## Regenerate emh_report/v1 from proto/
	$(BIN)/python -m scripts.generate_proto

proto-check: setup ## Fail when emh_report/v1 is not what proto/ generates
	$(BIN)/python -m scripts.generate_proto --check

proto-release: setup ## Record proto/ as the released contract that later changes must not break
	$(BIN)/buf build --exclude-source-info -o proto/released.binpb

messages: setup ## Bring the catalogs of the form's languages up to date with its words, and compile them
	$(BIN)/python -m scripts.messages

cases: setup ## Count the facts of the published cases and where each went; fails on a gap
	$(BIN)/python -m scripts.cases

cases-write: setup ## Rewrite the expected exports in tests/cases; review the diff
	$(BIN)/python -m scripts.cases --write

scoreboard: setup ## Print what the cases cover and how they score
	$(BIN)/python -m scripts.scoreboard

scoreboard-fhir: setup ## Plant 22 kinds of mistakes and more into FHIR bundles; fails when one is not caught
	$(BIN)/python -m scripts.fhir_scoreboard

components: setup ## Install the second FHIR judge and grpcurl for the tests that need them
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --no-deps --no-build-isolation -r requirements/components.txt

conformance: components ## Let the official HL7 validator and other judges look at every FHIR output (needs a JDK and Maven)
	$(BIN)/python -m scripts.conformance

fhir-package: setup ## Build the FHIR package (profiles, terminology, examples) into dist/ (needs node)
	npm ci --no-progress
	$(BIN)/python -m scripts.fhir_package

kill-test: setup ## Kill writers of a store at random moments and count what was lost (KILLS=200)
	$(BIN)/python -m scripts.kill_test --kills $(KILLS)

screenshots: setup ## Take pictures of the form into build/screenshots, to be looked at (needs Chromium)
	$(BIN)/python -m scripts.screenshots

keystrokes: setup ## Enter published cases into the form by keyboard and print how many keys that takes (needs Chromium)
	$(BIN)/python -m scripts.keystrokes

axe: setup ## Let axe look at every page and state of the form; writes docs/accessibility.md (needs Chromium and node)
	npm ci --no-progress
	$(BIN)/python -m scripts.axe_table

receivers: setup $(RECEIVERS) ## Send a report twice to FHIR servers of others (needs node, a JDK and Maven)
	npm ci --no-progress
	$(BIN)/python -m scripts.receivers

$(RECEIVERS): requirements/receivers.txt
	$(PYTHON) -m venv build/receivers
	build/receivers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

helios: ## Install one more FHIR server of others for `make receivers` (needs Rust 1.90; takes minutes the first time)
	CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --locked --debug --no-default-features --features R4,sqlite helios-hfs@0.2.7

smart-forms: $(SMART_FORMS) ## Build the page of Smart Forms, a form engine of others, for the tests that need it (needs node)

$(SMART_FORMS): $(wildcard tests/node/smart-forms/*)
	mkdir -p build/smart-forms/page
	cp .npmrc $^ build/smart-forms/
	cd build/smart-forms && npm ci --no-progress && npm run --silent build && cp index.html page/

form-pictures: setup $(SMART_FORMS) ## Take the pictures of our Questionnaire in LHC-Forms and Smart Forms for docs/images
	$(BIN)/python -m scripts.form_pictures

bench: setup ## Compare speed with other software on this machine (node and npm for one of the rows)
	$(BIN)/python -m benchmarks.side_by_side

bench-form: setup ## Time of the form to its first response, bytes over the wire, feedback with 20 lesions (Chromium for one row)
	$(BIN)/python -m benchmarks.form

bench-load: setup ## Memory of a worker over many requests, and what a second worker brings
	$(BIN)/python -m benchmarks.load

bench-store: setup ## Fill a store and see how its times change (REPORTS=100000)
	$(BIN)/python -m benchmarks.store --reports $(REPORTS)

wheel: setup ## Build the wheel into dist/
	$(BIN)/python -m hatchling build -t wheel

compiled: setup ## Build the wheel with its hot modules compiled into dist/compiled (needs a C compiler)
	rm -rf build/compiled
	EMH_REPORT_COMPILE=1 $(BIN)/python -m hatchling build -t wheel -d dist/compiled

lock: setup ## Resolve requirements/*.txt again (uv from the registry, needed here only)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(LOCK) --quiet --upgrade -o requirements/runtime.txt
	$(LOCK) --quiet --upgrade --group dev -c requirements/runtime.txt -o requirements/dev.txt

clean: ## Remove the environment, caches and build output
	rm -rf $(VENV) node_modules build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
