"""`make fuzz`: random inputs for every reader until the time is up; what fails is kept in tests/fuzz/found/."""

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from random import Random
from signal import ITIMER_VIRTUAL, SIGVTALRM, setitimer, signal

from tests.fuzz.targets import TARGETS

FOUND = Path(__file__).parent / "found"
LONGEST = 10.0
"""Seconds of our own work after which an input counts as a hang; that a machine is busy is no hang."""


class Hang(Exception):
    """An input took longer than LONGEST."""


@contextmanager
def bounded() -> Iterator[None]:
    """Raise Hang inside when the time is up."""

    def stop(*_signal: object) -> None:
        raise Hang

    signal(SIGVTALRM, stop)
    setitimer(ITIMER_VIRTUAL, LONGEST)
    try:
        yield
    finally:
        setitimer(ITIMER_VIRTUAL, 0)


def main() -> int:
    """Fuzz; the exit status says whether something was found."""
    parser = argparse.ArgumentParser("python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("targets", nargs="*", default=list(TARGETS), metavar="TARGET", help=", ".join(TARGETS))
    options = parser.parse_args()
    seen: Counter[str] = Counter()
    tried = {name: _fuzz(name, options.seconds / len(options.targets), options.seed, seen) for name in options.targets}
    sys.stdout.write(f"seed {options.seed}: {tried} inputs, {len(seen)} different failures\n")
    return 1 if seen else 0


def _fuzz(name: str, seconds: float, seed: int, seen: Counter[str]) -> int:
    target, make = TARGETS[name]
    random = Random(f"{seed}/{name}")
    end, tried = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        source = make(random)
        tried += 1
        try:
            with bounded():
                target(source)
        except Exception as error:
            _keep(name, source, error, seen)
    return tried


def _keep(name: str, source: bytes, error: Exception, seen: Counter[str]) -> None:
    """Keep the first input of every different failure; a failure is where it happened and what it was."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    failure = f"{name}: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {str(error)[:200]}"
    key = f"{name}/{type(error).__name__}/{place.filename}/{place.lineno}/{str(error)[:60]}"
    seen[key] += 1
    if seen[key] == 1:
        file = FOUND / name / f"{sha256(source).hexdigest()[:16]}.{name}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source)
        sys.stdout.write(f"{failure}\n  kept as {file}\n")


if __name__ == "__main__":
    sys.exit(main())
