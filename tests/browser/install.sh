#!/bin/sh
# Installs what the browser tests need: Debian's Chromium with Arial-sized fonts, and under .run/browser bpmn-js with
# Camunda's element templates and their schema (all MIT but bpmn-js, whose licence keeps its logo shown).
set -eu
cd "$(dirname "$0")/../.."
command -v chromium >/dev/null 2>&1 || {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation
}
mkdir -p .run/browser
npm install --prefix .run/browser --no-audit --no-fund --silent \
    bpmn-js@18.31.1 bpmn-js-element-templates@2.37.0 bpmn-js-properties-panel@6.0.1 @bpmn-io/properties-panel@3.55.0 \
    camunda-bpmn-js-behaviors@1.18.0 zeebe-bpmn-moddle@2.0.0 esbuild@0.28.2 @camunda/zeebe-element-templates-json-schema@0.46.0
NODE_PATH=.run/browser/node_modules .run/browser/node_modules/.bin/esbuild tests/browser/designer.js --bundle \
    --outfile=.run/browser/designer.js --log-level=warning '--define:process.env.NODE_ENV="production"'
