"""On which worker, and in which order, do tests run with `-n`? Files stay whole, and the long ones come first.

xdist itself begins with the files of the most tests. Those are the quick ones: at the end one worker would still be at
a file of a few long tests while the others have nothing left to do.
"""

from collections import Counter
from zlib import crc32

import pytest
from xdist.scheduler import LoadFileScheduling

TOGETHER = "tests/e2e/"
"""These files share an installation that takes long to start."""

APART = {
    "tests/architecture/test_architecture.py": 4,
    "tests/conformance/control_flow/test_control_flow.py": 8,
    "tests/conformance/events/test_same_outcome.py": 4,
    "tests/golden/test_golden.py": 4,
    "tests/records/test_golden_facts.py": 8,
}
"""Files of many tests, of which only those with the same parameter share anything, and in how many parts they run."""


def scope_of(nodeid: str) -> str:
    """Say with which others a test runs on the same worker."""
    file = nodeid.partition("::")[0]
    if file in APART:
        return f"{file} {crc32(nodeid.partition('[')[2].encode()) % APART[file]}"
    return TOGETHER if file.startswith(TOGETHER) else file


def long_first(items: list[pytest.Item]) -> None:
    """Put what has the fewest tests first, what runs together before all else."""
    counted = Counter(scope_of(item.nodeid) for item in items)

    def place(item: pytest.Item) -> tuple[bool, int, str]:
        scope = scope_of(item.nodeid)
        return scope != TOGETHER, counted[scope], scope

    items.sort(key=place)


class LongFirst(LoadFileScheduling):
    """Gives whole files to workers, in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)
