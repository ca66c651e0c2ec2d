"""How is the benchmark run? `python -m bench [--quick] [--only-ours] [--out FILE]`, or `make bench-engine`."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from bench import measure
from bench.contenders import ENGINES, EVALUATORS, OUR_ENGINE, READERS, ROOT, Contender
from bench.measure import FULL, QUICK, Effort
from bench.report import Results, report

Measured = TypeVar("Measured")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the page, say where it is."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Compare our engine, reader and FEEL.")
    parser.add_argument("--quick", action="store_true", help="one small process, once: to see that it works")
    parser.add_argument("--only-ours", action="store_true", help="leave the other engines out")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/benchmarks.md")
    asked = parser.parse_args(arguments)
    everybody = {"engines": ENGINES, "readers": READERS, "evaluators": EVALUATORS}
    contenders = {part: (OUR_ENGINE,) if asked.only_ours else each for part, each in everybody.items()}
    results = _measured(contenders, QUICK if asked.quick else FULL)
    asked.out.write_text(
        report(results, contenders, date=time.strftime("%Y-%m-%d", time.gmtime()), load=os.getloadavg()[2]), "utf-8"
    )
    _say(f"written: {asked.out}")
    return 0


def _measured(contenders: Mapping[str, Sequence[Contender]], effort: Effort) -> Results:
    engines = contenders["engines"]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        return Results(
            saved=_told("saved at each wait", lambda: measure.engines(engines, effort, saved=True, folder=folder)),
            in_memory=_told("in memory", lambda: measure.engines(engines, effort, saved=False, folder=folder)),
            same_bytes=_told("same bytes", lambda: measure.same_bytes(effort, folder=folder)),
            long_runs=_told("long runs", lambda: measure.long_runs(engines, effort, folder=folder)),
            reading=_told("reading", lambda: measure.reading(contenders["readers"], effort, folder=folder)),
            compiled=_told("FEEL compiled", lambda: measure.feel(contenders["evaluators"], effort, compiled=True)),
            parsed=_told("FEEL parsed", lambda: measure.feel(contenders["evaluators"], effort, compiled=False)),
        )


def _told(what: str, ask: Callable[[], Measured]) -> Measured:
    """Measure one part and say how long it took."""
    began = time.perf_counter()
    measured = ask()
    _say(f"{what}: {time.perf_counter() - began:.0f} s")
    return measured


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
