#!/bin/sh
# Installs what the browser tests need: Debian's Chromium with Arial-sized fonts, and bpmn-js under .run/browser.
set -eu
cd "$(dirname "$0")/../.."
command -v chromium >/dev/null 2>&1 || {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation
}
mkdir -p .run/browser
npm install --prefix .run/browser --no-audit --no-fund --silent bpmn-js@18.31.1
