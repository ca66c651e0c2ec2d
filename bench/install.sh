#!/usr/bin/env bash
# Installs what the benchmark compares us with, pinned, under bench/ only: bench/.venv and bench/node_modules.
# Each half may fail alone (a registry out of reach, no Node): it says so, and the benchmark leaves those engines out.
set -u
cd "$(dirname "$0")"
python="${PYTHON:-../.venv/bin/python}"
failed=0

if [ ! -x .venv/bin/python ]; then "$python" -m venv .venv || failed=1; fi
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt; then
  echo "bench: SpiffWorkflow and bpmn-io could not be installed from PyPI; they will not be measured." >&2
  rm -rf .venv
  failed=1
fi

if ! command -v npm >/dev/null; then
  echo "bench: npm was not found (Node 20.12 or newer); bpmn-engine, bpmn-moddle and feelin will not be measured." >&2
  failed=1
elif ! npm ci --silent --no-audit --no-fund; then
  echo "bench: the npm packages could not be installed; bpmn-engine, bpmn-moddle and feelin will not be measured." >&2
  rm -rf node_modules
  failed=1
fi
exit "$failed"
