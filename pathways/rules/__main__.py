"""Prints `docs/check-rules.md`."""

import sys

from pathways.rules.page import page

sys.stdout.write(page())
