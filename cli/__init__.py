"""Which commands does `pathways` have? One file per command; this is a composition root, nobody imports it.

`check`, `simulate`, `tck` and `probe` start without even the module that reads command lines.
"""

import sys
from importlib import import_module

QUICK = ("check", "simulate", "tck", "probe")
"""Commands whose file has its own `main(arguments) -> exit status`."""


def main() -> None:
    """Run the command line."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in QUICK:
        sys.exit(import_module(f"cli.{name}").main(sys.argv[2:]))
    try:
        import_module("cli.app").command_line(name)()
    except Exception as error:
        from records.database import is_away  # here: most commands need no more than the API's address
        from workflows.host.connection import TemporalAway
        from workflows.host.settings import SettingsError

        if is_away(error):
            sys.exit("The database does not answer: see whether it runs, and whether PATHWAYS_DATABASE names it.")
        if not isinstance(error, SettingsError | TemporalAway):
            raise
        sys.exit(str(error))
