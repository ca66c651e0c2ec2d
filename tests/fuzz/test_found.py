"""Does everything that fuzzing ever found stay repaired? And does a short run, always the same, find nothing?"""

from pathlib import Path
from random import Random

import pytest

from tests.fuzz.__main__ import FOUND, bounded
from tests.fuzz.targets import TARGETS

KEPT = sorted(path for path in FOUND.rglob("*") if path.is_file() and path.parent.name in TARGETS)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_fuzzing_found_stays_repaired(path: Path) -> None:
    target, _ = TARGETS[path.parent.name]
    with bounded():
        target(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_finds_nothing(name: str) -> None:
    target, make = TARGETS[name]
    random = Random(f"always the same/{name}")
    for _ in range(40):
        with bounded():
            target(make(random))
