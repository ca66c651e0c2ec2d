"""How is the host's benchmark run? `python -m bench.host [--quick] [--postgres] [--in-memory]`, `make bench-host`."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.contenders import ROOT
from bench.host import measure
from bench.host.contenders import NOTHING, NOTHING_TITLE
from bench.host.house import house
from bench.host.measure import CACHED, FULL, QUICK, Effort
from bench.host.report import Results, report

PARTS = ("costs", "loads", "replays", "memory", "timers")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the page, say where it is."""
    parser = argparse.ArgumentParser(prog="python -m bench.host", description="Compare our host with one by hand.")
    parser.add_argument("--quick", action="store_true", help="a minute of everything: to see that it works")
    parser.add_argument("--postgres", action="store_true", help="the read model on PostgreSQL instead of SQLite")
    parser.add_argument("--in-memory", action="store_true", help="Temporal's server keeps nothing on disk")
    parser.add_argument("--only", choices=PARTS, nargs="*", default=PARTS, help="these parts alone")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/benchmarks-host.md")
    asked = parser.parse_args(arguments)
    effort = QUICK if asked.quick else FULL
    before = os.getloadavg()[0]
    results = asyncio.run(_measured(effort, asked.only, postgres=asked.postgres, in_memory=asked.in_memory))
    today = time.strftime("%Y-%m-%d", time.gmtime())
    asked.out.write_text(report(results, date=today, before=before, after=os.getloadavg()[2]), "utf-8")
    _say(f"written: {asked.out}")
    return 0


async def _measured(effort: Effort, only: Sequence[str], *, postgres: bool, in_memory: bool) -> Results:
    found = Results(read_model="PostgreSQL" if postgres else "SQLite", server="memory" if in_memory else "one file")
    async with house(postgres=postgres, in_memory=in_memory) as built:
        await built.open(CACHED)
        found.contenders = {who.name: who.title for who in built.everybody} | {NOTHING: NOTHING_TITLE}
        if "costs" in only:
            found.costs = await measure.costs(built, effort)
            _say("events: " + ", ".join(f"{name} {cost.events:.2f}" for name, cost in found.costs.items()))
        if "loads" in only:
            found.loads = await measure.loads(built, effort, _say)
        if "replays" in only:
            found.replays = await measure.replays(built, effort)
            for each in found.replays:
                _say("replay: " + ", ".join(f"{name} {1000 * r.seconds:.0f} ms" for name, r in each.items()))
        if "memory" in only:
            found.memory = await measure.memory(built, effort)
            _say("memory: " + ", ".join(f"{name} {each / 1000:.0f} kB" for name, each in found.memory.items()))
        if "timers" in only:
            found.timers = await measure.timers(built, effort, _say)
    return found


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
