"""`python -m tests.chaos`: a thousand cases while everything around them is killed, cut and confused (README.md)."""

import argparse
import asyncio
import logging
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.plan import ROUTES
from tests.chaos.run import Options, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=600, help="the storm lasts at most so long")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="decides everything that chance decides")
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--width", type=int, default=60, help="cases that are looked after at a time")
    parser.add_argument("--outage", type=float, default=20, help="seconds without a database, in the middle; 0: none")
    parser.add_argument("--only", choices=ROUTES, default="", help="cases of this way alone, such as many rivals: told")
    parser.add_argument(
        "--keep", type=Path, help="folder for databases and logs, which stay; else they stay where something was wrong"
    )
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    folder = options.keep or Path(tempfile.mkdtemp(prefix="chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    chosen = Options(
        cases=options.cases,
        seconds=options.seconds,
        seed=options.seed,
        database=options.database,
        width=options.width,
        outage=options.outage,
        only=options.only,
        folder=folder,
    )
    status = asyncio.run(run(chosen, random.Random(f"weather {options.seed}")))
    if status:
        print(f"databases and logs are kept: {folder}")
    elif not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
