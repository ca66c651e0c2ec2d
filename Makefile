# Two commands do all the set-up: `make demo` and `make test`. Everything is installed into .venv from requirements.lock.
PYTHON ?= $(shell for p in python3.12 python3.11 python3 python3.13 python3.14; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
SETUP := .venv/.installed
AUDITOR := .run/audit/bin/pip-audit
SCHEMA := .run/browser/node_modules/@camunda/zeebe-element-templates-json-schema/resources/schema.json

.PHONY: demo up test test-slow lint check test-browser bench-engine bench-host tck pictures lock record guide fuzz-api audit long-lives fuzz chaos properties clean help

help: ## what can I run?
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(SETUP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; found none. Set PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q activities api cli demo interop pathways policy records workflows worker.py
	@touch $(SETUP)

# Camunda's schema (MIT) comes as an npm package; without npm or its registry nine tests say that it is absent.
$(SCHEMA):
	@mkdir -p .run/browser
	@npm install --prefix .run/browser --no-audit --no-fund --silent --fetch-retries=0 --fetch-timeout=15000 \
		@camunda/zeebe-element-templates-json-schema@0.46.0 || echo "Camunda's schema cannot be had: its tests skip"

demo: $(SETUP) ## start everything, run real referrals through all nine pathways (ONCE=1: check and stop)
	$(BIN)/pathways demo $(if $(ONCE),--once)

up: $(SETUP) ## Temporal server with UI, worker and API in one process group, until Ctrl-C
	$(BIN)/pathways up

test: $(SETUP) $(SCHEMA) ## every test but the slow suites (test-slow, test-browser); one that hangs ends the run by name
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser and not slow" \
		-o faulthandler_timeout=900 -o faulthandler_exit_on_timeout=true $(ARGS)

test-slow: $(SETUP) ## kill -9 of each process, forty patients, every tagged case of the library on Temporal, decades
	$(BIN)/python -m pytest -n 2 -m slow $(ARGS)

lint: $(SETUP) ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: $(SETUP) ## findings of every pathway in the library
	$(BIN)/pathways check pathways/library/*/pathway.bpmn

test-browser: $(SETUP) ## open every diagram in bpmn-js in a real browser (installs bpmn-js; needs Chromium)
	bash tests/browser/install.sh
	$(BIN)/python -m pytest -m browser tests/browser $(ARGS)

bench-engine: $(SETUP) ## our engine, reader and FEEL beside others', in one run → docs/benchmarks.md (QUICK=1: a try)
	-bash bench/install.sh
	$(BIN)/python -m bench $(if $(QUICK),--quick --out /dev/stdout)

bench-host: $(SETUP) ## our host beside a hand-written workflow, in one run → docs/benchmarks-host.md (QUICK=1: a try)
	$(BIN)/python -m bench.host $(if $(QUICK),--quick --out /dev/stdout) $(if $(POSTGRES),--postgres) $(ARGS)

tck: $(SETUP) ## FEEL and DMN on the cases of the DMN TCK (DIR=its folder) → docs/dmn-tck.md
	$(BIN)/pathways tck $(DIR) --docs

pictures: $(SETUP) ## draw every pathway's picture.svg from its own diagram
	$(BIN)/python -m pathways.picture pathways/library docs/designing

fuzz: $(SETUP) ## random files for the readers, FEEL, DMN, forms and simulate (FUZZ_SECONDS=60); finds are kept
	$(BIN)/python -m tests.fuzz --seconds $(or $(FUZZ_SECONDS),60) $(ARGS)

properties: $(SETUP) ## new random processes and redrawings for the engine's properties (PROPERTY_EXAMPLES=1000)
	NEW_EXAMPLES=1 PROPERTY_EXAMPLES=$(or $(PROPERTY_EXAMPLES),1000) $(BIN)/python -m pytest -n 2 tests/properties $(ARGS)

chaos: $(SETUP) ## kill, cut and confuse everything under CASES=1000 cases for SECONDS=600 (SEED=, DATABASE=postgres|sqlite)
	$(BIN)/python -m tests.chaos --cases $(or $(CASES),1000) --seconds $(or $(SECONDS),600) \
		--database $(or $(DATABASE),postgres) $(if $(SEED),--seed $(SEED)) $(ARGS)

long-lives: $(SETUP) ## a thousand switches of history with requests in flight (make test does thirty; SWITCHES=n)
	SWITCHES=$(or $(SWITCHES),1000) $(BIN)/python -m pytest tests/host/test_long_lives.py -s -k thousand $(ARGS)

fuzz-api: $(SETUP) ## schemathesis over every operation, longer than make test does (API_EXAMPLES=50 API_SEED=n)
	API_EXAMPLES=$(or $(API_EXAMPLES),50) API_SEED=$(or $(API_SEED),7) $(BIN)/python -m pytest tests/api/test_schemathesis.py -s

$(AUDITOR): $(SETUP)
	-$(PYTHON) -m venv .run/audit && .run/audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1

audit: $(AUDITOR) ## known vulnerabilities of the pinned dependencies (WHERE_TOLD=1: what nobody can tell is only named)
	$(BIN)/python tools/audit.py $(AUDITOR) $(if $(WHERE_TOLD),--where-told)

guide: $(SETUP) ## draw the designer's guide anew in a real bpmn-js (installs it; needs Chromium)
	bash tests/browser/install.sh
	$(BIN)/python tools/guide/draw.py
	$(BIN)/python -m pathways.picture docs/designing/valve_dental_check

record: $(SETUP) ## record a history of this build for the replay gate
	$(BIN)/python -m tests.replay.record

lock: ## pin every dependency with its hashes
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra dev --extra embedded \
		pyproject.toml -o requirements.lock

clean: ## remove what was installed and what demo runs left
	rm -rf .venv .run build *.egg-info
