"""Run the command line with `python -m cli`."""

from cli import main

main()
