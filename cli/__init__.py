"""Which commands does `pathways` have? One file per command; this is a composition root, nobody imports it.

`check`, `simulate` and `tck` start without the modules that only the other commands need.
"""

import sys
from importlib import import_module

QUICK = ("check", "simulate", "tck")
"""Commands whose file has its own `main(arguments) -> exit status`."""


def main() -> None:
    """Run the command line."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in QUICK:
        sys.exit(import_module(f"cli.{name}").main(sys.argv[2:]))
    import_module("cli.app").app()
